//! The templates that come along are right, and do what they say; those of a person say what is wrong with them.

mod scripts;

use std::process::{Command, Stdio};

use super::*;

#[test]
fn those_that_come_along_are_right_and_say_what_they_need_and_what_to_change() {
    let (templates, problems) = all(Path::new("/nowhere"));
    assert_eq!(problems, []);
    assert_eq!(templates.len(), 18);
    for template in templates {
        assert!(!template.about.is_empty() && !template.change.is_empty(), "{}", template.title);
        let keys: Vec<&str> = template.fields.iter().map(|(key, _)| *key).collect();
        let is_empty = matches!(template.name.as_str(), "python" | "shell");
        assert!(keys.contains(&"command") != template.script.is_some(), "{}: {keys:?}", template.title);
        assert!(keys.contains(&"when") != is_empty, "{}: {keys:?}", template.title);
    }
}

#[test]
fn their_commands_are_shell() {
    for template in all(Path::new("/nowhere")).0 {
        let Some((_, command)) = template.fields.iter().find(|(key, _)| *key == "command") else { continue };
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
    stub(home, "pg_dump", "for word; do case $word in --file=*) echo half > \"${word#--file=}\";; esac; done; exit 1");
    assert_eq!(run("Database dump", home, &[]).0, Some(1));
    let left = std::fs::read_dir(home.join("dumps")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| Path::new(&name).extension() == Some("dump".as_ref())), "half a dump is left");

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
fn one_is_found_by_the_name_of_its_file_and_an_own_one_goes_before_those_that_come_along() {
    let folder = tempfile::tempdir().unwrap();
    let named = |name: &str| named(folder.path(), name);
    assert_eq!(named("py-backup").unwrap().title, "Backup (Python)");
    assert!(named("nothing").unwrap_err().starts_with("there is no template `nothing`; there are command, restic"));
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("python.toml", "title = \"Mine\"\nscript = \"#!/usr/bin/python3\\n\"\nrequirements = \"requests\"\n[task]\n");
    let mine = named("python").unwrap();
    assert_eq!((mine.title.as_str(), mine.requirements.as_str()), ("Mine", "requests"));
    for (text, line, said) in [
        ("script = \"print(1)\"\n[task]\n", 2, "script: its first line says"),
        ("script = \"#!/bin/sh\"\n[task]\ncommand = \"true\"\n", 4, "command: the template has a script already"),
        ("requirements = \"x\"\n[task]\n", 2, "requirements: goes with script"),
    ] {
        write("wrong.toml", &format!("title = \"Wrong\"\n{text}"));
        let e = named("wrong").unwrap_err();
        assert!(e.contains(&format!("wrong.toml:{line}: {said}")), "{e}");
    }
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
