use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::*;

/// A machine with a `python3` of this version in its only folder of `PATH`, and a folder for scripts.
struct Machine {
    folder: tempfile::TempDir,
    workshop: Workshop,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["bin", "scripts/etl", "envs", "elsewhere"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        let workshop = Workshop::new(at("scripts"), at("envs"));
        let machine = Self { folder, workshop };
        machine.python("python3", "3.12.1", true);
        machine
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn python(&self, name: &str, version: &str, has_pip: bool) {
        let file = self.at("bin").join(name);
        let path = self.at(&format!("python-{version}"));
        fs::write(&path, "").unwrap();
        let said = format!(
            "{{\"path\": \"{}\", \"version\": \"{version}\", \"implementation\": \"cpython\", \"has_venv\": {has_pip}, \"has_pip\": {has_pip}}}",
            path.display()
        );
        fs::write(&file, format!("#!/bin/sh\necho '{said}'\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn need(&self, script: &str, python: Option<&str>) -> Need {
        Need {
            slug: "etl".to_owned(),
            script: self.at(script),
            python: python.map(|text| text.parse().unwrap()),
            path: Some(self.at("bin").into_os_string()),
        }
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.at(file), text).unwrap();
    }

    fn fit(&self, script: &str) -> Fit {
        self.workshop.fit(&self.need(script, None))
    }

    fn plan(&self, script: &str) -> Plan {
        match self.fit(script) {
            Fit::Missing(plan) => *plan,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_script_of_tempo_s_own_one_with_a_header_and_one_with_an_interpreter_have_environments() {
    let machine = Machine::new();
    machine.write("scripts/etl/main.py", "print(1)");
    machine.write("scripts/etl/main.sh", "echo");
    machine.write("elsewhere/a.py", "print(1)");
    machine.write("elsewhere/requirements.txt", "rich\n");
    machine.write("elsewhere/b", "#!/usr/bin/env python3\n# /// script\n# dependencies = ['requests']\n# ///\n");
    assert_eq!(machine.plan("scripts/etl/main.py").builder, Builder::Bare);
    for plain in ["scripts/etl/main.sh", "elsewhere/a.py", "elsewhere/none.py"] {
        assert_eq!(machine.fit(plain), Fit::Plain, "{plain}");
    }
    let with_header = machine.plan("elsewhere/b");
    assert_eq!(with_header.requirements.lines, ["requests"], "a file beside it may belong to another script");
    let Fit::Missing(named) = machine.workshop.fit(&machine.need("elsewhere/a.py", Some("3.12"))) else { panic!() };
    assert_eq!(named.requirements.lines, ["rich"]);
    assert_eq!(named.folder, machine.at("envs/etl"));
}

#[test]
fn the_key_is_that_of_the_interpreter_and_of_what_is_to_be_installed() {
    let machine = Machine::new();
    machine.write("scripts/etl/main.py", "print(1)");
    let key = || machine.plan("scripts/etl/main.py").key;
    let mut keys = BTreeSet::from([key()]);
    machine.write("scripts/etl/main.py", "print(2)");
    machine.write("scripts/etl/requirements.txt", "# nothing yet\n\n");
    assert!(!keys.insert(key()), "neither the code nor a comment is in it");
    machine.write("scripts/etl/requirements.txt", "a\nb\n");
    assert!(keys.insert(key()));
    machine.write("scripts/etl/requirements.txt", "a  # first\n\nb");
    assert!(!keys.insert(key()));
    machine.write("scripts/etl/requirements.txt", "b\na\n");
    assert!(keys.insert(key()), "the order stays");
    machine.write("scripts/etl/main.py", "# /// script\n# dependencies = ['c']\n# ///\n");
    assert!(keys.insert(key()), "the header adds to the file");
    machine.write("scripts/etl/c.txt", "a<2");
    machine.write("scripts/etl/requirements.txt", "b\na\n-c c.txt\n");
    assert!(keys.insert(key()));
    machine.write("scripts/etl/c.txt", "a<3");
    assert!(keys.insert(key()), "constraints count by what they say");
    // An upgrade of the machine: the same name is another version.
    machine.python("python3", "3.13.0", true);
    fs::File::open(machine.at("bin/python3")).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert!(keys.insert(key()));
}

#[test]
fn an_interpreter_is_chosen_by_what_the_task_names_and_the_script_requires() {
    let machine = Machine::new();
    machine.python("python3.8", "3.8.18", true);
    let script = "scripts/etl/main.py";
    let version = |python: Option<&str>| match machine.workshop.fit(&machine.need(script, python)) {
        Fit::Missing(plan) => Ok(plan.python.version.to_string()),
        Fit::Impossible(why) => Err(why),
        other => panic!("{other:?}"),
    };
    machine.write(script, "");
    let by_path = machine.at("bin/python3.8").display().to_string();
    for (python, expected) in
        [(None, "3.12.1"), (Some("3.8"), "3.8.18"), (Some("python3.8"), "3.8.18"), (Some(&by_path), "3.8.18")]
    {
        assert_eq!(version(python).unwrap(), expected, "{python:?}");
    }
    machine.write(script, "# /// script\n# requires-python = '<3.9'\n# ///\n");
    let older = version(None).unwrap();
    assert!(older.starts_with("3.8.") || older.starts_with("3.7.") || older.starts_with("3.6."), "{older}");
    let both = version(Some("3.12.1")).unwrap_err();
    assert!(both.contains("requires Python <3.9") && both.contains("names 3.12.1"), "{both}");
    machine.write(script, "# /// script\n# requires-python = '>=4'\n# ///\n");
    let none = version(None).unwrap_err();
    assert!(
        none.starts_with("no Python >=4 is found; there are ") && none.contains("tempo set TASK python="),
        "{none}"
    );
    let gone = version(Some("/nowhere/python3")).unwrap_err();
    assert!(gone.contains("/nowhere/python3: No such file"), "{gone}");
    assert!(version(Some("python3.99")).unwrap_err().contains("no such interpreter"));
    machine.write(script, "# /// script\n# dependencies = 7\n# ///\n");
    assert!(version(None).unwrap_err().starts_with("line 2 of the script"));
}

#[test]
fn an_interpreter_that_cannot_make_environments_is_refused_with_what_to_install() {
    let machine = Machine::new();
    machine.python("python3.11", "3.11.2", false);
    machine.write("scripts/etl/main.py", "");
    machine.write("scripts/etl/requirements.txt", "rich");
    let fit = machine.workshop.fit(&machine.need("scripts/etl/main.py", Some("python3.11")));
    match fit {
        Fit::Impossible(why) => assert!(why.contains("install python3.11-venv"), "{why}"),
        // A machine with uv has no need of it.
        Fit::Missing(plan) => assert!(matches!(plan.builder, Builder::Uv(_)), "{plan:?}"),
        other => panic!("{other:?}"),
    }
    let uv = machine.at("bin/uv");
    fs::write(&uv, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&uv, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(machine.plan("scripts/etl/main.py").builder, Builder::Uv(uv));
}

#[test]
fn a_lock_says_what_is_installed_until_the_requirements_are_locked_again() {
    let machine = Machine::new();
    let script = "scripts/etl/main.py";
    machine.write(script, "");
    machine.write("scripts/etl/requirements.txt", "rich\n");
    let before = machine.plan(script);
    assert!(!before.locked && !before.drift);
    let lock = format!("# asked: {}\nrich==13.0\npygments==2.0\n", before.asked);
    let asked = machine.workshop.asked(&machine.need(script, None)).unwrap().unwrap();
    assert_eq!(asked.hash, before.asked);
    fs::write(&asked.lock, lock).unwrap();
    let locked = machine.plan(script);
    assert_eq!(locked.requirements.lines, ["rich==13.0", "pygments==2.0"]);
    assert!(locked.locked && !locked.drift && locked.key != before.key);
    let has_drifted = || machine.workshop.has_drifted(&machine.need(script, None)).unwrap();
    assert!(!has_drifted());
    machine.write("scripts/etl/requirements.txt", "rich\nrequests\n");
    let drifted = machine.plan(script);
    assert!(drifted.drift && drifted.key == locked.key && has_drifted());
    let asked = machine.workshop.asked(&machine.need(script, None)).unwrap().unwrap();
    assert_eq!(asked.requirements.lines, ["rich", "requests"], "whatever is locked");
}

/// Builds what is missing, as the engine's run would.
fn build(plan: &Plan, run: i64) -> std::process::Output {
    use std::io::Write;
    let argv = plan.command(RunId(run));
    let mut child = Command::new(&argv[0])
        .args(&argv[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env("PIP_NO_INDEX", "1")
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(plan.input().as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn what_the_command_builds_is_ready_and_a_build_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("scripts/etl")).unwrap();
    fs::write(at("scripts/etl/main.py"), "").unwrap();
    let workshop = Workshop::new(at("scripts"), at("envs"));
    let need = Need { slug: "etl".to_owned(), script: at("scripts/etl/main.py"), python: None, path: None };
    let Fit::Missing(plan) = workshop.fit(&need) else { panic!("{:?}", workshop.fit(&need)) };
    let built = build(&plan, 7);
    let said = String::from_utf8_lossy(&built.stdout).into_owned();
    assert!(built.status.success(), "{said}{}", String::from_utf8_lossy(&built.stderr));
    assert!(
        said.starts_with("[1/2] making the environment with Python 3") && said.contains("ready: 0 packages"),
        "{said}"
    );
    let Fit::Ready(_, ready) = workshop.fit(&need) else { panic!("{:?}", workshop.fit(&need)) };
    assert_eq!(ready.folder, plan.place(RunId(7)));
    assert_eq!(check(&ready).unwrap(), Vec::<String>::new());
    // The next one fails, and the one that works stays.
    fs::write(at("scripts/etl/requirements.txt"), "/no/such/wheel.whl\n").unwrap();
    let Fit::Missing(broken) = workshop.fit(&need) else { panic!() };
    let failed = build(&broken, 8);
    assert!(!failed.status.success());
    assert!(!broken.place(RunId(8)).exists() && ready.folder.exists());
    // What is not as it was noted is found.
    let mut other = ready.clone();
    other.marker.packages.push(Package { name: "rich".to_owned(), version: "13.0".to_owned(), source: None });
    assert_eq!(check(&other).unwrap(), ["rich 13.0 is not there any more"]);
    fs::remove_file(ready.python()).unwrap();
    assert_eq!(check(&ready).unwrap().len(), 1);
    fs::remove_file(at("scripts/etl/requirements.txt")).unwrap();
    assert!(matches!(workshop.fit(&need), Fit::Missing(_)), "it is to be built again");
}
