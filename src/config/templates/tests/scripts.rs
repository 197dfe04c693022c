//! The scripts of the templates that come along are really run, in a home of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::{Template, all};

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Runs the script of a template with these variables and the programs of the folder `bin` in front: its code and all that it
    /// printed.
    fn run(&self, name: &str, env: &[(&str, &str)]) -> (i32, String) {
        let script = self.path("main");
        let text = template(name).script.unwrap();
        fs::write(&script, &text).unwrap();
        let interpreter = if text.starts_with("#!/bin/sh") { "/bin/sh" } else { "python3" };
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(interpreter);
        command.arg(&script).current_dir(self.0.path()).env("HOME", self.0.path()).env("PATH", path);
        let done = command.envs(env.iter().copied()).output().unwrap();
        let said = [done.stdout, done.stderr].concat();
        (done.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned())
    }
}

fn template(name: &str) -> Template {
    all(Path::new("/nowhere")).0.into_iter().find(|template| template.name == name).unwrap()
}

#[test]
fn they_are_python_or_shell() {
    let home = Home::new();
    let mut count = 0;
    for template in all(Path::new("/nowhere")).0 {
        let Some(script) = template.script else { continue };
        home.write("main", &script);
        let file = home.path("main");
        let checked = if script.starts_with("#!/bin/sh\n") {
            Command::new("/bin/sh").arg("-n").arg(&file).output().unwrap()
        } else {
            assert!(script.starts_with("#!/usr/bin/env python3\n"), "{}", template.name);
            Command::new("python3").args(["-m", "py_compile"]).arg(&file).output().unwrap()
        };
        assert!(checked.status.success(), "{}: {checked:?}", template.name);
        count += 1;
    }
    assert_eq!(count, 10);
}

#[test]
fn the_empty_ones_run() {
    let home = Home::new();
    for name in ["python", "shell"] {
        assert_eq!(home.run(name, &[("TEMPO_RUN_ID", "7")]), (0, "run 7\n".to_owned()), "{name}");
    }
}

#[test]
fn a_backup_packs_what_is_there_and_keeps_the_newest() {
    let home = Home::new();
    let (code, said) = home.run("py-backup", &[]);
    assert!(code == 1 && said.contains("is empty or not there"), "{said}");
    home.write("Documents/a.txt", "a");
    home.write("Documents/.cache/b", "b");
    for old in ["2001-01-01-000000", "2002-01-01-000000"] {
        home.write(&format!("backups/Documents-{old}.tar.gz"), "");
    }
    home.write("backups/other.tar.gz", "not ours");
    let (code, said) = home.run("py-backup", &[("KEEP", "2")]);
    assert!(code == 0 && said.contains(": 1 files, ") && said.contains("removes "), "{said}");
    let names = home.names("backups");
    assert_eq!((names.len(), names[0].as_str()), (3, "Documents-2002-01-01-000000.tar.gz"), "{names:?}");
    assert!(names.contains(&"other.tar.gz".to_owned()));
    let (code, said) = home.run("py-backup", &[("TARGET", home.path("Documents/in").to_str().unwrap())]);
    assert!(code == 1 && said.contains("it would pack itself"), "{said}");
}

#[test]
fn the_checks_say_what_is_not_as_it_should_be_and_fail() {
    let home = Home::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let open = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
    let easy = [("LOAD", "100000"), ("MEMORY", "0"), ("DISK", "101")];
    let (code, said) = home.run("py-health-check", &[&easy[..], &[("PORTS", open.as_str())]].concat());
    assert!(code == 0 && said.contains(&format!("{open} answers")), "{said}");
    let (code, said) =
        home.run("py-health-check", &[&easy[..2], &[("DISK", "0"), ("PORTS", "127.0.0.1:1 wrong")]].concat());
    assert!(code == 3 && said.contains("BAD  / used") && said.contains("does not answer"), "{code} {said}");

    let url = format!("http://{open}/");
    let serve = |listener: std::net::TcpListener, answers: Vec<&'static str>| {
        std::thread::spawn(move || {
            for answer in answers {
                // Who only looked whether it answers asked nothing.
                let mut request = [0; 4096];
                let mut stream = listener.accept().unwrap().0;
                while std::io::Read::read(&mut stream, &mut request).unwrap() == 0 {
                    stream = listener.accept().unwrap().0;
                }
                std::io::Write::write_all(&mut stream, answer.as_bytes()).unwrap();
            }
        })
    };
    let good = "HTTP/1.0 200 OK\r\n\r\nall is well";
    let served = serve(listener, vec![good, good, "HTTP/1.0 500 Broken\r\n\r\n"]);
    let check = |env: &[(&str, &str)]| home.run("py-http-check", &[&[("URLS", url.as_str())], env].concat());
    let (code, said) = check(&[]);
    assert!(code == 0 && said.contains("200, 11 bytes"), "{said}");
    let (code, said) = check(&[("WORDS", "welcome")]);
    assert!(code == 1 && said.contains("`welcome` is not in it"), "{said}");
    assert!(check(&[]).1.contains("answers 500 Broken"));
    served.join().unwrap();
    let (code, said) = check(&[]);
    assert!(code == 1 && said.contains("does not answer"), "{said}");
}

#[test]
fn csv_files_are_taken_once_and_wholly_or_not_at_all() {
    let home = Home::new();
    home.write("inbox/a.csv", "\u{feff}name,city\nana,\"Ulm\"\nbo,Bonn\n");
    assert_eq!(home.run("py-csv-sqlite", &[]), (0, "a.csv: 2 rows\n".to_owned()));
    home.write("inbox/b.csv", "name,age \"x\"\ncy,7\n");
    fs::write(home.path("inbox/c.csv"), b"name\ngood\n\xff\xff\n").unwrap();
    let (code, said) = home.run("py-csv-sqlite", &[]);
    assert!(code == 1 && said.contains("a.csv: was taken before") && said.contains("b.csv: 1 rows"), "{said}");
    assert!(said.contains("c.csv: nothing of it was taken"), "{said}");
    let db = home.path("inbox/data.db");
    let query = format!(
        "import sqlite3; print([r for r in sqlite3.connect({db:?}).execute('SELECT name, city FROM rows ORDER BY id')])"
    );
    let done = Command::new("python3").args(["-c", &query]).output().unwrap();
    assert_eq!(String::from_utf8(done.stdout).unwrap(), "[('ana', 'Ulm'), ('bo', 'Bonn'), ('cy', None)]\n");
}

#[test]
fn a_clean_up_only_lists_until_it_is_told_to_remove_and_never_what_is_too_much() {
    let home = Home::new();
    home.write("Downloads/old.log", "old");
    home.write("Downloads/old.txt", "old");
    home.write("Downloads/new.log", "new");
    for name in ["old.log", "old.txt"] {
        let touched = Command::new("touch").args(["-d", "2001-01-01"]).arg(home.path("Downloads").join(name)).status();
        assert!(touched.unwrap().success());
    }
    let (code, said) = home.run("py-clean-up", &[("NAMES", "*.log")]);
    assert!(
        code == 0 && said.contains("would remove") && said.contains("1 files, 3 bytes; nothing was removed"),
        "{said}"
    );
    assert_eq!(home.names("Downloads").len(), 3);
    let (code, _) = home.run("py-clean-up", &[("NAMES", "*.log"), ("DELETE", "1")]);
    assert_eq!((code, home.names("Downloads")), (0, vec!["new.log".to_owned(), "old.txt".to_owned()]));
    for too_much in ["/", "/etc", home.0.path().to_str().unwrap()] {
        let (code, said) = home.run("py-clean-up", &[("FOLDERS", too_much), ("DELETE", "1")]);
        assert!(code == 2 && said.contains("it is too much"), "{too_much}: {said}");
    }
}

#[test]
fn a_report_is_printed_until_there_is_a_server_and_says_when_it_was_not_sent() {
    let home = Home::new();
    let (code, said) = home.run("py-mail-report", &[("COMMAND", "echo hello; exit 3")]);
    assert!(code == 3 && said.contains("Subject: Report of ") && said.contains("failed with 3"), "{said}");
    assert!(said.contains("hello"), "{said}");
    let (code, said) = home.run("py-mail-report", &[("COMMAND", "echo hello"), ("SERVER", "127.0.0.1:1")]);
    assert!(code == 1 && said.contains("was not sent to root@localhost") && said.contains("hello"), "{said}");
}

#[test]
fn the_shell_ones_do_what_they_say() {
    let home = Home::new();
    let stub = |name: &str, body: &str| {
        home.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{body}\n"));
        let executable = Command::new("chmod").arg("+x").arg(home.path("bin").join(name)).status();
        assert!(executable.unwrap().success());
    };
    stub(
        "rsync",
        "for to; do :; done; for from in \"$@\"; do [ -d \"$from\" ] && break; done; cp -R \"$from\" \"$to\"; echo \"$@\"",
    );
    assert!(home.run("sh-rsync-backup", &[]).1.contains("is empty or not there"));
    home.write("Documents/a.txt", "a");
    for old in ["2001-01-01-000000", "2002-01-01-000000"] {
        home.write(&format!("copies/{old}/a.txt"), "");
    }
    let (code, said) = home.run("sh-rsync-backup", &[("KEEP", "2")]);
    assert!(
        code == 0 && said.contains("--link-dest=") && said.contains(": 1 files") && said.contains("removes"),
        "{said}"
    );
    let copies = home.names("copies");
    assert_eq!((copies.len(), copies[0].as_str()), (2, "2002-01-01-000000"), "{copies:?}");

    stub("df", "echo head; echo '/dev/sda 100 91 9 91% /full'; echo 'tmpfs 100 100 0 100% /run'");
    stub("du", "echo '9 /full/large'");
    let (code, said) = home.run("sh-disk-space", &[]);
    assert!(code == 1 && said.contains("nearly full: /full") && said.contains("/full/large"), "{said}");
    assert_eq!(home.run("sh-disk-space", &[("LIMIT", "95")]), (0, "/full: 91% used\n".to_owned()));
}
