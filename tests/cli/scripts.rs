//! Scripts: made, edited, their versions, and what each run executed; on the real binary with real files.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempo::lock;

use super::{Home, keys, words};

impl Home {
    fn script(&self, path: &str) -> PathBuf {
        self.path().join("scripts").join(path)
    }

    fn save(&self, path: &str, text: &str) {
        fs::write(self.script(path), text).unwrap();
    }

    /// Runs a verb with an editor that writes this into the file.
    fn edit(&self, args: &[&str], text: &str) -> super::Answer {
        let editor = self.path().join("editor");
        fs::write(&editor, format!("#!/bin/sh\n[ \"$1\" = -x ] || exit 9\ncat > \"$2\" <<'END'\n{text}END\n")).unwrap();
        fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = self.command(&[&["edit"], args].concat());
        let output = command.env("EDITOR", format!("{} -x", editor.display())).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        super::Answer { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The versions of a file: number, origin and content, the oldest first.
    fn versions(&self, task: &str, file: &str) -> Vec<(i64, String, String)> {
        let mut all = self.json(&["versions", task, "--file", file]);
        all.reverse();
        let content = |version: &Value| self.ok(&["versions", task, "--show", &version["id"].to_string()]);
        all.iter().map(|v| (v["id"].as_i64().unwrap(), v["origin"].as_str().unwrap().to_owned(), content(v))).collect()
    }

    fn texts(&self, task: &str) -> Vec<(String, String)> {
        self.versions(task, "script").into_iter().map(|(_, origin, text)| (origin, text)).collect()
    }
}

/// `tempo daemon`, ended by kill at the end at the latest.
struct Daemon(Child);

impl Daemon {
    fn start(home: &Home) -> Self {
        let daemon = Self(home.command(&["daemon"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        until("the engine", || lock::holder(&home.paths().engine_lock()).unwrap().is_some());
        daemon
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for a fact.
fn until(what: &str, mut fact: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !fact() {
        assert!(Instant::now() < deadline, "{what} did not come about");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a1_add_new_makes_a_folder_with_the_script_and_its_task_and_never_takes_what_is_there() {
    let home = Home::new();
    let out = home.ok(&["add", "Photo Index", "--new", "python", "--category", "Media/Photos", "--every", "1h"]);
    let script = home.script("media/photos/photo-index/main.py");
    assert_eq!(out, format!("photo-index\n{}\n", script.display()));
    assert!(fs::read_to_string(&script).unwrap().starts_with("#!/usr/bin/env python3\n"));
    assert_eq!(fs::read_to_string(home.script("media/photos/photo-index/requirements.txt")).unwrap(), "");
    let shown = home.ok(&["show", "photo-index"]);
    assert!(shown.contains(script.to_str().unwrap()) && shown.contains("every 1h"), "{shown}");
    assert_eq!(home.versions("photo-index", "script")[0].1, "created");
    assert_eq!(home.versions("photo-index", "requirements").len(), 1);

    fs::write(&script, "mine\n").unwrap();
    home.ok(&["rm", "photo-index"]);
    let object = &home.json(&["add", "Photo Index", "--new", "shell", "--category", "media/photos"])[0];
    let again = object["script"].as_str().unwrap();
    assert!(again.ends_with("/media/photos/photo-index-2/main.sh") && object["slug"] == "photo-index", "{object}");
    assert_eq!(object.get("requirements"), None);
    assert_eq!(fs::read_to_string(&script).unwrap(), "mine\n");
    assert_eq!(fs::metadata(again).unwrap().permissions().mode() & 0o777, 0o755);

    home.ok(&["undo"]);
    assert!(fs::exists(again).unwrap(), "the files of a task that is taken back stay");
    home.refuses(
        &["add", "x", "--new", "nothing"],
        4,
        &["new: there is no template `nothing`; there are", "py-backup"],
    );
    home.refuses(&["add", "!!!", "--new", "python"], 4, &["needs at least one letter"]);
    assert_eq!(home.tempo(&["add", "x", "--new", "python", "--command", "true"]).code, 2);
    // A template of one's own, of a command as well.
    fs::create_dir(home.path().join("templates")).unwrap();
    let mine = "title = \"Mine\"\nscript = \"#!/usr/bin/env python3\\nimport requests\\n\"\nrequirements = \"requests\"\n[task]\ntimeout = \"5m\"\nenv = { A = 1, B = \"x y\" }\n";
    fs::write(home.path().join("templates/mine.toml"), mine).unwrap();
    home.ok(&["add", "own", "--new", "mine"]);
    assert_eq!(fs::read_to_string(home.script("own/requirements.txt")).unwrap(), "requests");
    let shown = home.ok(&["show", "own"]);
    assert!(shown.contains("5m") && shown.contains("B=x y"), "{shown}");
    let out = home.ok(&["add", "check", "--new", "http-check"]);
    assert_eq!(out, "check\n", "a command has no path, and the schedule of a template is not taken");
    assert_eq!(home.json(&["next", "check"]), [Value::Null; 0]);
}

#[test]
fn an_edit_is_a_version_and_what_was_changed_elsewhere_before_is_another_one() {
    let home = Home::new();
    home.ok(&["add", "job", "--new", "shell"]);
    home.save("job/main.sh", "#!/bin/sh\necho outside\n");
    let answer = home.edit(&["job"], "#!/bin/sh\necho edited\n");
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    assert!(answer.out.contains("main.sh: version 3 (") && answer.out.contains("saved"), "{answer:?}");
    let texts = home.texts("job");
    let origins: Vec<&str> = texts.iter().map(|(origin, _)| origin.as_str()).collect();
    assert_eq!(origins, ["created", "outside", "saved"]);
    assert_eq!(texts[2].1, "#!/bin/sh\necho edited\n");
    let answer = home.edit(&["job"], "#!/bin/sh\necho edited\n");
    assert!(answer.out.ends_with("main.sh: unchanged\n"), "{answer:?}");
    assert_eq!(home.texts("job").len(), 3);
    home.ok(&["add", "py", "--new", "python"]);
    let answer = home.edit(&["py", "--requirements"], "requests\n");
    assert_eq!((answer.code, home.versions("py", "requirements").len()), (0, 2));
    home.ok(&["add", "plain", "--command", "true"]);
    home.refuses(&["edit", "plain"], 4, &["plain is a command and has no script", "tempo set"]);
    home.refuses(&["edit", "job", "--requirements"], 4, &["has no requirements"]);
    let failed = home.command(&["edit", "job"]).env("EDITOR", "exit 3;").output().unwrap();
    assert_eq!(failed.status.code(), Some(1));
}

#[test]
fn what_deserves_a_second_look_is_said_after_an_edit_and_does_not_block_it() {
    let home = Home::new();
    home.ok(&["add", "job", "--new", "shell"]);
    let answer = home.edit(&["job"], "#!/bin/sh\necho ok\nrm -rf $TARGET/old\n");
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.out.contains("main.sh: version ") && answer.out.contains("saved"), "{answer:?}");
    assert!(answer.err.starts_with("tempo: main.sh:3: rm -r on a variable"), "{answer:?}");
    assert_eq!(answer.err.lines().count(), 1, "{answer:?}");
    assert_eq!(home.edit(&["job"], "#!/bin/sh\necho ok\nrm -rf $TARGET/old\n").err, "", "it was said");
    assert_eq!(home.edit(&["job"], "#!/bin/sh\nrm -rf \"${TARGET:?}/old\"\n").err, "");
}

#[test]
fn versions_are_listed_shown_compared_and_brought_back_and_nothing_is_lost() {
    let home = Home::new();
    home.ok(&["add", "job", "--new", "shell"]);
    home.ok(&["add", "other", "--new", "shell"]);
    home.edit(&["job"], "#!/bin/sh\necho one\n");
    home.edit(&["job"], "#!/bin/sh\necho two\n");
    let ids: Vec<String> = home.versions("job", "script").iter().map(|(id, ..)| id.to_string()).collect();
    let [_, one, two] = ids.as_slice() else { panic!("{ids:?}") };
    let object = &home.json(&["versions", "job", "-n", "1"])[0];
    assert_eq!(keys(object), words("id file hash size kept saved_at origin commit"));
    assert_eq!((object["id"].to_string(), &object["size"]), (two.clone(), &Value::from(19)));
    let list = home.ok(&["versions", "job"]);
    assert!(list.starts_with("VERSION") && list.lines().count() == 4, "{list}");

    let answer = home.tempo(&["versions", "job", "--diff", two]);
    assert_eq!(answer.code, 1);
    assert!(answer.out.contains(" #!/bin/sh\n-echo one\n+echo two\n"), "{answer:?}");
    let answer = home.tempo(&["versions", "job", "--diff", two, one]);
    assert!(answer.out.contains("-echo two\n+echo one\n"), "{answer:?}");
    assert_eq!(home.tempo(&["versions", "job", "--diff", one, one]).code, 0);
    let lines = home.tempo(&["versions", "job", "--diff", two, "--json"]).out;
    assert_eq!(lines, "{\"removed\":2,\"text\":\"echo one\"}\n{\"added\":2,\"text\":\"echo two\"}\n");

    home.save("job/main.sh", "#!/bin/sh\necho not saved anywhere\n");
    let out = home.ok(&["versions", "job", "--restore", one]);
    assert!(out.contains(&format!("main.sh: as in version {one}, now version ")), "{out}");
    assert_eq!(fs::read_to_string(home.script("job/main.sh")).unwrap(), "#!/bin/sh\necho one\n");
    assert_eq!(fs::metadata(home.script("job/main.sh")).unwrap().permissions().mode() & 0o777, 0o755);
    let texts = home.texts("job");
    assert_eq!(texts[3], ("outside".to_owned(), "#!/bin/sh\necho not saved anywhere\n".to_owned()));
    assert_eq!(texts[4], ("restored".to_owned(), "#!/bin/sh\necho one\n".to_owned()));
    assert!(home.ok(&["versions", "job", "--restore", one]).contains("already"));
    // It is no change of a definition.
    assert!(home.ok(&["undo", "--list"]).lines().all(|line| !line.contains("changed")));
    home.refuses(&["versions", "other", "--show", one], 3, &[&format!("no version {one} of other")]);
    home.refuses(&["versions", "job", "--show", "999"], 3, &["no version 999"]);

    // With the task into the trash, and back.
    home.ok(&["rm", "job"]);
    home.ok(&["undo"]);
    assert_eq!(home.texts("job").len(), 5);
}

#[test]
fn o4_a_version_that_a_terminal_would_obey_is_byte_exact_in_a_pipe_only() {
    let home = Home::new();
    home.ok(&["add", "job", "--new", "shell"]);
    fs::write(home.script("job/main.sh"), b"#!/bin/sh\r\nprintf '\x1b]0;x\x07\xff'").unwrap();
    home.edit(&["job"], "#!/bin/sh\n");
    let id = home.json(&["versions", "job"])[1]["id"].to_string();
    let output = home.command(&["versions", "job", "--show", &id]).output().unwrap();
    assert_eq!(output.stdout, b"#!/bin/sh\r\nprintf '\x1b]0;x\x07\xff'");
    let diff = home.tempo(&["versions", "job", "--diff", &id]).out;
    assert!(!diff.contains('\u{1b}') && diff.contains("(no line end)") && diff.contains("(CR LF)"), "{diff:?}");
}

#[test]
fn nothing_is_written_into_a_read_only_checkout_and_its_versions_name_the_commit() {
    let home = Home::new();
    let checkout = home.path().join("checkout");
    let commit = "0123456789abcdef0123456789abcdef01234567";
    fs::create_dir_all(checkout.join(".git/refs/heads")).unwrap();
    fs::write(checkout.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(checkout.join(".git/refs/heads/main"), format!("{commit}\n")).unwrap();
    fs::write(checkout.join("job.sh"), "#!/bin/sh\necho one\n").unwrap();
    home.ok(&["add", "job", "--script", "checkout/job.sh"]);
    home.edit(&["job"], "#!/bin/sh\necho two\n");
    let versions = home.json(&["versions", "job"]);
    assert_eq!((&versions[0]["commit"], versions[1]["origin"].as_str()), (&Value::from(commit), Some("outside")));
    assert!(home.ok(&["versions", "job"]).contains("0123456789\n"));
    fs::write(home.path().join("config.toml"), "read_only_scripts = [\"~/checkout\"]\n").unwrap();
    let before = fs::read_to_string(checkout.join("job.sh")).unwrap();
    let answer = home.edit(&["job"], "#!/bin/sh\necho three\n");
    assert_eq!(answer.code, 4);
    assert!(answer.err.contains("which is read-only (read_only_scripts in config.toml)"), "{answer:?}");
    let id = versions[1]["id"].to_string();
    home.refuses(&["versions", "job", "--restore", &id], 4, &["read-only"]);
    assert_eq!(fs::read_to_string(checkout.join("job.sh")).unwrap(), before);
}

#[test]
fn x1_an_import_makes_no_script_in_a_read_only_folder_and_names_that() {
    let home = Home::new();
    let checkout = home.path().join("checkout");
    fs::create_dir(&checkout).unwrap();
    fs::write(checkout.join("there.sh"), "#!/bin/sh\n").unwrap();
    fs::write(home.path().join("config.toml"), "read_only_scripts = [\"~/checkout\"]\n").unwrap();
    let task = |name: &str, file: &str| {
        format!("[[task]]\nname = \"{name}\"\nscript = \"{file}\"\nscript-content = \"#!/bin/sh\\n\"\n")
    };
    let file = home.path().join("tasks.toml");
    let path = file.display().to_string();
    fs::write(&file, task("a", "elsewhere/a.sh") + &task("b", "checkout/new/b.sh")).unwrap();
    let folder = checkout.display().to_string();
    home.refuses(&["import", &path], 4, &["task `b`: script: ", &folder, "read_only_scripts in config.toml"]);
    assert!(!checkout.join("new").exists() && !home.path().join("elsewhere/a.sh").exists());
    assert_eq!(home.json(&["list"]).len(), 0, "all of its tasks are added, or none");
    // What is there already is not written.
    fs::write(&file, task("a", "elsewhere/a.sh") + &task("b", "checkout/there.sh")).unwrap();
    home.ok(&["import", &path]);
    assert_eq!(home.json(&["list"]).len(), 2);
}

#[test]
fn each_run_is_pinned_to_what_it_executed_and_the_version_that_broke_it_is_found() {
    let home = Home::new();
    home.ok(&["add", "job", "--new", "python"]);
    home.refuses(&["versions", "job", "--broke"], 3, &["job has not run yet"]);
    let _daemon = Daemon::start(&home);
    home.save("job/main.py", "print('good')\n");
    home.ok(&["run", "job", "--wait"]);
    let good = home.json(&["show-run", "job"]).remove(0);
    let script = &good["versions"]["script"];
    assert_eq!((script["size"].as_i64(), script["origin"].as_str()), (Some(14), Some("outside")), "{good}");
    assert_eq!(good["versions"]["requirements"]["size"], 0);
    home.refuses(&["versions", "job", "--broke"], 3, &["job is not broken"]);
    home.save("job/main.py", "print('bad')\nraise SystemExit(3)\n");
    home.save("job/requirements.txt", "# nothing yet\n");
    assert_eq!(home.tempo(&["run", "job", "--wait"]).code, 3);
    let bad = home.json(&["show-run", "job"]).remove(0);
    // Runs that build its environment are numbered along, and are neither good nor bad.
    let (good_run, bad_run) = (good["id"].as_i64().unwrap(), bad["id"].as_i64().unwrap());
    home.save("job/main.py", "raise SystemExit(4)\n");
    assert_eq!(home.tempo(&["run", "job", "--wait"]).code, 4);
    let broke = home.ok(&["versions", "job", "--broke"]);
    assert!(broke.contains(&format!("last good run     #{good_run}  script version ")), "{broke}");
    assert!(broke.contains(&format!("first failed run  #{bad_run}  script version ")), "{broke}");
    assert!(
        broke.contains("-print('good')\n+print('bad')\n+raise SystemExit(3)\n") && broke.contains("+# nothing yet\n"),
        "{broke}"
    );
    let object = &home.json(&["versions", "job", "--broke"])[0];
    assert_eq!((object["good_run"].as_i64(), object["bad_run"].as_i64()), (Some(good_run), Some(bad_run)));
    assert_eq!(object["good"]["script"]["hash"], good["versions"]["script"]["hash"]);
    assert!(
        home.ok(&["show-run", &bad_run.to_string()])
            .lines()
            .any(|line| line.starts_with("script ") && line.contains("version "))
    );
    // A command has none, and a script that is gone says why.
    home.ok(&["add", "plain", "--command", "true"]);
    home.ok(&["run", "plain", "--wait"]);
    assert_eq!(home.json(&["show-run", "plain"])[0].get("versions"), None);
    fs::remove_file(home.script("job/main.py")).unwrap();
    assert_ne!(home.tempo(&["run", "job", "--wait"]).code, 0);
    let gone = home.ok(&["show-run", "job"]);
    assert!(gone.contains("no version: No such file"), "{gone}");
}

#[test]
fn the_engine_notices_what_other_programs_write_without_being_asked() {
    let home = Home::new();
    home.ok(&["add", "job", "--new", "python", "--category", "a/b"]);
    home.save("a/b/job/main.py", "while nobody looked\n");
    let _daemon = Daemon::start(&home);
    until("the change from before", || home.texts("job").len() == 2);
    home.save("a/b/job/main.py", "now\n");
    until("the change", || home.texts("job").len() == 3);
    home.ok(&["add", "later", "--new", "shell", "--category", "new/folder"]);
    home.save("new/folder/later/main.sh", "#!/bin/sh\n: changed\n");
    until("the change in a new folder", || home.texts("later").len() == 2);
    assert_eq!(home.texts("later")[1].0, "outside");
}

#[test]
fn a_version_survives_kill_9_of_the_editor_and_no_half_script_is_ever_read() {
    let home = Home::new();
    home.ok(&["add", "job", "--new", "shell"]);
    let long = format!("#!/bin/sh\n{}", "# a line of many\n".repeat(20_000));
    home.save("job/main.sh", &long);
    home.edit(&["job"], "#!/bin/sh\n");
    let versions = home.versions("job", "script");
    let [.., (long_id, ..), (short_id, ..)] = versions.as_slice() else { panic!("{versions:?}") };
    // Who reads meanwhile sees the one or the other.
    let path = home.script("job/main.sh");
    let mut reader = Command::new("/bin/sh")
        .args(["-c", "while :; do wc -c < \"$1\" || exit 1; done", "reader"])
        .arg(&path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    for _ in 0..3 {
        home.ok(&["versions", "job", "--restore", &long_id.to_string()]);
        home.ok(&["versions", "job", "--restore", &short_id.to_string()]);
    }
    reader.kill().unwrap();
    let sizes: Vec<String> = BufReader::new(reader.stdout.take().unwrap()).lines().map_while(Result::ok).collect();
    reader.wait().unwrap();
    let whole = [long.len().to_string(), "10".to_owned()];
    assert!(sizes.len() > 3 && sizes.iter().all(|size| whole.contains(&size.trim().to_owned())), "{sizes:?}");
    let names: Vec<_> = fs::read_dir(home.script("job")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["main.sh"]);
}

#[test]
fn s4_scripts_move_to_another_home_with_their_requirements_schedules_and_versions() {
    let home = Home::new();
    home.ok(&["add", "Photo Index", "--new", "python", "--category", "media", "--cron", "5 2 * * *"]);
    home.ok(&["add", "shell", "--new", "shell"]);
    home.ok(&["add", "plain", "--command", "true"]);
    home.edit(&["photo-index"], "print('''one''', \"\"\"two\"\"\")\n");
    home.edit(&["photo-index", "--requirements"], "requests==2\n");
    home.edit(&["photo-index"], "print('three')\n");
    let file = home.ok(&["export", "--versions"]);
    assert!(file.contains("script = \"$SCRIPTS/media/photo-index/main.py\""), "{file}");
    assert!(file.contains("requirements-content = "), "{file}");

    let other = Home::new();
    fs::write(other.path().join("all.toml"), &file).unwrap();
    assert_eq!(other.ok(&["import", "all.toml"]), "photo-index\nplain\nshell\n");
    let script = other.script("media/photo-index/main.py");
    assert_eq!(fs::read_to_string(&script).unwrap(), "print('three')\n");
    assert_eq!(fs::read_to_string(script.with_file_name("requirements.txt")).unwrap(), "requests==2\n");
    assert_eq!(fs::metadata(other.script("shell/main.sh")).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(other.texts("photo-index"), home.texts("photo-index"));
    let without = |versions: Vec<Value>| -> Vec<Value> {
        versions
            .into_iter()
            .map(|mut version| {
                version.as_object_mut().unwrap().remove("id");
                version
            })
            .collect()
    };
    let list = ["versions", "photo-index", "--file", "requirements"];
    assert_eq!(without(other.json(&list)), without(home.json(&list)));
    assert_eq!(other.ok(&["export", "--versions"]), file, "again the same");

    // One alone, without the past.
    let one = home.ok(&["export", "--task", "photo-index"]);
    assert!(!one.contains("versions") && one.matches("[[task]]").count() == 1, "{one}");
    let third = Home::new();
    fs::write(third.path().join("one.toml"), &one).unwrap();
    third.ok(&["import", "one.toml"]);
    assert_eq!(third.texts("photo-index"), [("imported".to_owned(), "print('three')\n".to_owned())]);
    fs::write(
        third.path().join("bad.toml"),
        one.replace("$SCRIPTS/media", "$SCRIPTS/../media").replace("Photo Index", "Other"),
    )
    .unwrap();
    third.refuses(&["import", "bad.toml"], 4, &["leads out of the folder of the scripts"]);
    // What is there is replaced when that is asked for, and what stood in it is a version.
    third.save("media/photo-index/main.py", "mine\n");
    let answer = third.tempo(&["import", "one.toml", "--replace"]);
    let texts = third.texts("photo-index");
    assert_eq!(
        texts[1..],
        [("outside".to_owned(), "mine\n".to_owned()), ("imported".to_owned(), "print('three')\n".to_owned())]
    );
    let mine = third.versions("photo-index", "script")[1].0.to_string();
    let how =
        format!("main.py was replaced; `tempo versions photo-index --restore {mine}` brings back what stood in it");
    assert!(answer.code == 0 && answer.err.contains(&how), "{answer:?}");
    assert_eq!(fs::read_to_string(third.script("media/photo-index/main.py")).unwrap(), "print('three')\n");
    third.ok(&["versions", "photo-index", "--restore", &mine]);
    assert_eq!(fs::read_to_string(third.script("media/photo-index/main.py")).unwrap(), "mine\n");
    // Without a word of replacing, it is kept, and that is said; nothing of it is a step.
    let fourth = Home::new();
    fs::write(fourth.path().join("one.toml"), &one).unwrap();
    fs::create_dir_all(fourth.script("media/photo-index")).unwrap();
    fourth.save("media/photo-index/main.py", "mine\n");
    let answer = fourth.tempo(&["import", "one.toml"]);
    assert!(answer.err.contains("is another one than in the file: it was kept as it is"), "{answer:?}");
    assert_eq!(fs::read_to_string(fourth.script("media/photo-index/main.py")).unwrap(), "mine\n");
    assert!(fourth.tempo(&["import", "one.toml", "--replace"]).err.contains("main.py was replaced"));
    assert_eq!(fourth.tempo(&["import", "one.toml", "--replace"]).err, "");
    assert_eq!(fourth.json(&["undo", "--list"]).len(), 1, "the first import");
}

#[test]
fn x1_a_number_of_the_other_file_is_refused_with_what_it_is() {
    let home = Home::new();
    home.ok(&["add", "py", "--new", "python"]);
    home.edit(&["py", "--requirements"], "requests\n");
    let script = fs::read_to_string(home.script("py/main.py")).unwrap();
    let id = home.versions("py", "requirements")[0].0.to_string();
    let what = [&*format!("version {id} is one of the requirements, not of the script: say --file requirements")];
    for act in ["--restore", "--show", "--diff"] {
        home.refuses(&["versions", "py", "--file", "script", act, &id], 4, &what);
    }
    assert_eq!(fs::read_to_string(home.script("py/requirements.txt")).unwrap(), "requests\n");
    assert_eq!(fs::read_to_string(home.script("py/main.py")).unwrap(), script);
    // A number alone says of which file it is.
    home.ok(&["versions", "py", "--file", "requirements", "--show", &id]);
    home.ok(&["versions", "py", "--restore", &id]);
    assert_eq!(fs::read_to_string(home.script("py/requirements.txt")).unwrap(), "");
}

#[test]
fn s4_a_backup_holds_scripts_requirements_and_versions() {
    let home = Home::new();
    home.ok(&["add", "job", "--new", "python"]);
    home.edit(&["job", "--requirements"], "requests\n");
    home.ok(&["backup", "all.tar.zst"]);
    fs::remove_dir_all(home.script("")).unwrap();
    let answer = home.tempo(&["restore", "all.tar.zst"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(fs::read_to_string(home.script("job/requirements.txt")).unwrap(), "requests\n");
    assert_eq!(home.versions("job", "requirements").len(), 2);
}
