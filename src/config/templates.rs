//! Templates of tasks: those that come along, and the person's own in the folder `templates` beside `config.toml`.
//!
//! ```toml
//! title = "Shell command"          # in the list
//! about = "one line of shell"      # under it
//! needs = ["rsync"]                # programs without which it cannot run
//! change = ["FROM: the folder"]    # what the person has to change, in words
//! [task]                           # the fields of a task but its name, as in `tempo import`
//! command = "echo hello"
//! when = "daily at 08:00"
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use toml::{Spanned, Value};

use super::Problem;
use crate::domain::field::{Context, Field};
use crate::domain::rule::Rule;
use crate::domain::spread::Spread;
use crate::domain::task::{Definition, Status, Work};

/// Those that come along, in the order of the list.
const BUILT_IN: &[(&str, &str)] = &[
    ("command.toml", include_str!("../../assets/templates/command.toml")),
    ("restic.toml", include_str!("../../assets/templates/restic.toml")),
    ("rsync.toml", include_str!("../../assets/templates/rsync.toml")),
    ("docker-prune.toml", include_str!("../../assets/templates/docker-prune.toml")),
    ("http-check.toml", include_str!("../../assets/templates/http-check.toml")),
    ("disk-space.toml", include_str!("../../assets/templates/disk-space.toml")),
    ("certificate.toml", include_str!("../../assets/templates/certificate.toml")),
    ("database-dump.toml", include_str!("../../assets/templates/database-dump.toml")),
];

/// A file that is larger than this is something else.
const LARGEST_BYTES: u64 = 1 << 20;

/// The key of the schedules, which are no field of a definition.
const WHEN: &str = "when";

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// What it is called in the list.
    pub title: String,
    /// What it does, in a line.
    pub about: String,
    /// Programs without which it cannot run.
    pub needs: Vec<String>,
    /// What is to be changed, in words.
    pub change: Vec<String>,
    /// Texts by the key of their field, in the order of the file; `when` holds the schedules.
    pub fields: Vec<(&'static str, String)>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    title: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    change: Vec<String>,
    task: BTreeMap<Spanned<String>, Spanned<Value>>,
}

/// All of them, the person's own behind those that come along; and what is wrong with the own ones, which are then left out.
pub fn all(folder: &Path) -> (Vec<Template>, Vec<Problem>) {
    let (mut templates, mut problems) = (Vec::new(), Vec::new());
    let mut take = |read: Result<Template, Problem>| match read {
        Ok(template) => templates.push(template),
        Err(problem) => problems.push(problem),
    };
    for (name, text) in BUILT_IN {
        take(read(name, text));
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect();
    files.sort();
    for file in files {
        take(load(&file));
    }
    (templates, problems)
}

fn load(file: &Path) -> Result<Template, Problem> {
    let name = file.display().to_string();
    let wrong = |text: String| Problem { place: name.clone(), text };
    // Asked first: opening what is no file, such as a pipe, could take for ever.
    let metadata = std::fs::metadata(file).map_err(|e| wrong(e.to_string()))?;
    if !metadata.is_file() || metadata.len() > LARGEST_BYTES {
        return Err(wrong("is not a template".to_owned()));
    }
    let text = std::fs::read_to_string(file).map_err(|e| wrong(e.to_string()))?;
    read(&name, &text)
}

/// Reads one. The problem names the line, and the field where it is about one.
fn read(name: &str, text: &str) -> Result<Template, Problem> {
    let line = |offset: usize| text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
    let wrong = |offset: usize, text: String| Problem { place: format!("{name}:{}", line(offset)), text };
    let document: Document = toml::from_str(text)
        .map_err(|e| wrong(e.span().map_or(0, |span| span.start), e.message().lines().collect::<Vec<_>>().join(" ")))?;
    // The values are read as the form will read them, so that a mistake is found in the file, with its line.
    let context = Context { zone: TimeZone::UTC, now: Timestamp::now(), folder: "/".into() };
    let mut definition = Definition::new("", Work::Todo(Status::Open));
    let mut entries: Vec<_> = document.task.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    // What is to be done comes first: other fields only apply to something that runs.
    entries.sort_by_key(|(key, _)| !matches!(key.get_ref().as_str(), "command" | "script"));
    let mut fields = Vec::new();
    for (key, value) in entries {
        let place = key.span().start;
        let (key, parts) = parts(key.get_ref(), value.get_ref()).map_err(|e| wrong(place, e))?;
        for part in &parts {
            let checked = if key == WHEN {
                Rule::parse_for(Spread::by(""), part, &context.zone, context.now, &context.folder)
                    .map(drop)
                    .map_err(|e| format!("{key}: {e}"))
            } else {
                Field::named(key).and_then(|field| field.set(&mut definition, part, &context))
            };
            checked.map_err(|e| wrong(place, e))?;
        }
        fields.push((key, joined(key, &parts)));
    }
    let Document { title, about, needs, change, .. } = document;
    Ok(Template { title, about, needs, change, fields })
}

/// The field of a key, and its value as the texts that it takes one after the other.
fn parts(key: &str, value: &Value) -> Result<(&'static str, Vec<String>), String> {
    let key = match key {
        WHEN => WHEN,
        "name" => return Err("name: a template has none; the person gives it".to_owned()),
        key => Field::named(key).map_err(|e| format!("{e}, {WHEN}"))?.key,
    };
    let scalar = |value: &Value| match value {
        Value::String(text) => Ok(text.trim_end_matches('\n').to_owned()),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => Ok(value.to_string()),
        Value::Array(_) | Value::Table(_) => Err(format!("{key}: takes a text")),
    };
    let texts = match (key, value) {
        (WHEN, Value::Array(values)) => values.iter().map(scalar).collect::<Result<_, _>>()?,
        (WHEN, value) => scalar(value)?.split(';').map(|part| part.trim().to_owned()).collect(),
        ("tags" | "after", Value::Array(values)) => {
            vec![values.iter().map(scalar).collect::<Result<Vec<_>, _>>()?.join(", ")]
        }
        ("secrets", Value::Array(values)) => vec![values.iter().map(scalar).collect::<Result<Vec<_>, _>>()?.join("; ")],
        ("env", Value::Table(variables)) => variables
            .iter()
            .map(|(name, value)| Ok(format!("{name}={}", scalar(value)?)))
            .collect::<Result<_, String>>()?,
        (_, value) => vec![scalar(value)?],
    };
    Ok((key, texts))
}

/// As it stands in the form: variables a line each, schedules with `;`.
fn joined(key: &str, parts: &[String]) -> String {
    parts.join(if key == "env" { "\n" } else { "; " })
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn those_that_come_along_are_right_and_say_what_they_need_and_what_to_change() {
        let (templates, problems) = all(Path::new("/nowhere"));
        assert_eq!(problems, []);
        assert_eq!(templates.len(), 8);
        for template in templates {
            assert!(!template.about.is_empty() && !template.change.is_empty(), "{}", template.title);
            let keys: Vec<&str> = template.fields.iter().map(|(key, _)| *key).collect();
            assert!(keys.contains(&"command") && keys.contains(&"when"), "{}: {keys:?}", template.title);
        }
    }

    #[test]
    fn their_commands_are_shell() {
        for template in all(Path::new("/nowhere")).0 {
            let (_, command) = template.fields.iter().find(|(key, _)| *key == "command").unwrap();
            let checked = Command::new("/bin/sh").args(["-n", "-c", command]).output().unwrap();
            assert!(checked.status.success(), "{}: {checked:?}", template.title);
        }
    }

    /// Runs the command of a template as a task of it would, in a home of its own with these programs in front of the others.
    fn run(title: &str, home: &Path, env: &[(&str, &str)]) -> (Option<i32>, String) {
        let template = all(Path::new("/nowhere")).0.into_iter().find(|template| template.title == title).unwrap();
        let text = |key: &str| template.fields.iter().find(|(k, _)| *k == key).map_or("", |(_, text)| text.as_str());
        let path = format!("{}:{}", home.join("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("/bin/sh");
        command.args(["-c", text("command")]).current_dir(home).env_clear().stdin(Stdio::null());
        command.env("HOME", home).env("PATH", path);
        command.envs(text("env").lines().filter_map(|line| line.split_once('=')));
        let output = command.envs(env.iter().copied()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    }

    /// A program that only says how it was called.
    fn stub(home: &Path, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = home.join("bin").join(name);
        std::fs::create_dir_all(home.join("bin")).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn they_work_where_their_programs_are() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        assert!(run("Shell command", home, &[]).1.contains("hello from "));
        // Every disk is more than 0 percent full, and none is more than 100.
        stub(home, "df", "echo head; echo '/dev/sda 100 91 9 91% /'; echo 'tmpfs 100 100 0 100% /run'");
        let (code, said) = run("Disk space check", home, &[]);
        assert!(code == Some(1) && said.contains("/: 91% used") && said.contains("nearly full: /"), "{said}");
        assert!(!said.contains("/run"), "{said}");
        assert_eq!(run("Disk space check", home, &[("LIMIT", "95")]).0, Some(0));

        stub(home, "pg_dump", "for word; do case $word in --file=*) echo dumped > \"${word#--file=}\";; esac; done");
        let (code, said) = run("Database dump", home, &[("KEEP", "1")]);
        assert!(code == Some(0) && said.contains("7 bytes"), "{said}");
        stub(
            home,
            "pg_dump",
            "for word; do case $word in --file=*) echo half > \"${word#--file=}\";; esac; done; exit 1",
        );
        assert_eq!(run("Database dump", home, &[]).0, Some(1));
        let left = std::fs::read_dir(home.join("dumps")).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(
            left.into_iter().all(|name| Path::new(&name).extension() == Some("dump".as_ref())),
            "half a dump is left"
        );

        stub(home, "rsync", "echo \"$@\"");
        let (code, said) = run("rsync mirror", home, &[]);
        assert!(code == Some(1) && said.contains("is empty or not there"), "{said}");
        std::fs::create_dir_all(home.join("Documents")).unwrap();
        std::fs::write(home.join("Documents/a"), "a").unwrap();
        assert!(run("rsync mirror", home, &[]).1.contains("--archive --delete --backup"));

        stub(home, "restic", "[ \"$1\" != cat ] && echo \"$1 $RESTIC_REPOSITORY\"");
        let (code, said) = run("restic backup", home, &[]);
        let begun: Vec<&str> = said.lines().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!((code, begun), (Some(0), vec!["made", "init", "backup", "forget"]), "{said}");
        assert!(!run("restic backup", home, &[]).1.contains("made"), "the password is made once");

        stub(home, "docker", "echo \"$@\"");
        assert_eq!(run("docker prune", home, &[]).1, "system prune --force --filter until=168h\n");
        stub(home, "curl", "for url; do :; done; echo \"200 from $url\"");
        assert_eq!(run("HTTP check", home, &[]).1, "200 from https://example.org/\n");
        stub(home, "openssl", "case $1 in s_client) exit 1;; *) cat; exit 1;; esac");
        let (code, said) = run("Certificate expiry", home, &[]);
        assert!(code == Some(1) && said.contains("no certificate from example.org:443"), "{said}");
    }

    #[test]
    fn x1_an_own_one_that_is_wrong_is_named_with_its_line_and_the_others_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "a.toml",
            "title = \"Mine\"\n[task]\ncommand = \"true\"\nwhen = [\"every 1h\", \"startup\"]\nenv = { A = 1, B = \"x\" }\n",
        );
        write("b.toml", "title = \"Wrong\"\n[task]\ncommand = \"true\"\nwhen = \"sometimes\"\n");
        write("c.toml", "title = \"Wrong\"\n[task]\nname = \"x\"\n");
        write("d.toml", "titel = 1\n");
        write("e.toml", "title = \"Wrong\"\n[task]\ncommand = \"true\"\ntimeout = \"soon\"\n");
        write("notes.txt", "not a template");
        let (templates, problems) = all(folder.path());
        let mine = templates.last().unwrap();
        assert_eq!(mine.title, "Mine");
        let expected = [("command", "true"), ("when", "every 1h; startup"), ("env", "A=1\nB=x")];
        assert_eq!(mine.fields, expected.map(|(key, text)| (key, text.to_owned())));
        let places: Vec<&str> = problems.iter().map(|p| p.place.rsplit_once('/').unwrap().1).collect();
        assert_eq!(places, ["b.toml:4", "c.toml:3", "d.toml:1", "e.toml:4"], "{problems:?}");
        assert!(problems[0].text.starts_with("when: "), "{problems:?}");
    }
}
