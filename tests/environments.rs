//! The environments of scripts on the real binary: every Python of this machine, wheels from a folder, no network.
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A machine that is heavily loaded builds an environment in this time.
const PATIENCE: Duration = Duration::from_secs(240);

/// Stands for `uv`: it makes an environment, and installs when the file `go` is there. Then every package is a module that says its name.
const UV: &str = r#"#!/bin/sh
set -eu
case $1 in
venv)
    for env; do :; done
    while [ "$1" != --python ]; do shift; done
    exec "$2" -m venv --without-pip "$env" ;;
pip)
    echo "$$" >> "$TEST_HOME/installing"
    until [ -e "$TEST_HOME/go" ]; do sleep 0.05; done
    for requirements; do :; done
    library=$("$4" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    while read -r name; do
        echo "name = '$name'" > "$library/$name.py"
        mkdir "$library/$name-1.0.dist-info"
        printf 'Metadata-Version: 2.1\nName: %s\nVersion: 1.0\n' "$name" > "$library/$name-1.0.dist-info/METADATA"
    done < "$requirements" ;;
esac
"#;

/// Makes a wheel of a module without anything else.
const WHEEL: &str = include_str!("wheel.py");

struct Home {
    folder: tempfile::TempDir,
    with_uv: bool,
    daemon: Option<Child>,
}

impl Drop for Home {
    fn drop(&mut self) {
        // What still builds ends with this.
        let _ = fs::write(self.at("go"), "");
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

#[derive(Debug)]
struct Answer {
    code: i32,
    out: String,
    err: String,
}

impl Home {
    /// With a daemon, and with a `uv` that waits in `PATH` when that is wanted.
    fn new(with_uv: bool) -> Self {
        let mut home = Self { folder: tempfile::tempdir().unwrap(), with_uv, daemon: None };
        fs::create_dir(home.at("bin")).unwrap();
        fs::create_dir(home.at("wheels")).unwrap();
        if with_uv {
            fs::write(home.at("bin/uv"), UV).unwrap();
            fs::set_permissions(home.at("bin/uv"), fs::Permissions::from_mode(0o755)).unwrap();
        }
        home.engine();
        home
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tempo"));
        let path = std::env::var("PATH").unwrap_or_default();
        let path = if self.with_uv { format!("{}:{path}", self.at("bin").display()) } else { path };
        command.args(args).stdin(Stdio::null()).current_dir(self.folder.path());
        command.env("PATH", path).env("TEMPO_HOME", self.folder.path()).env("TEST_HOME", self.folder.path());
        command.env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", self.at("wheels"));
        command.env("UV_NO_INDEX", "1").env("UV_OFFLINE", "1").env("UV_FIND_LINKS", self.at("wheels"));
        command
    }

    fn engine(&mut self) {
        let log = File::create(self.at("daemon.log")).unwrap();
        self.daemon = Some(self.command(&["daemon"]).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
        poll("the engine", || self.at("engine.lock").exists());
    }

    fn tempo(&self, args: &[&str]) -> Answer {
        let output = self.command(args).output().unwrap();
        Answer {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn ok(&self, args: &[&str]) -> String {
        let answer = self.tempo(args);
        assert_eq!(answer.code, 0, "{args:?}: {answer:?}");
        answer.out
    }

    fn json(&self, args: &[&str]) -> Vec<Value> {
        let out = self.ok(&[args, &["--json"]].concat());
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The Pythons that can install packages, the newest first.
    fn pythons(&self) -> Vec<(String, String)> {
        let all = self.json(&["env", "--pythons"]);
        let text = |python: &Value, key: &str| python[key].as_str().unwrap().to_owned();
        let minor = |version: &str| version.split('.').nth(1).and_then(|n| n.parse::<u32>().ok()).unwrap_or(0);
        let usable = all.iter().filter(|python| python["has_pip"] == true && python["implementation"] == "cpython");
        let usable = usable.map(|python| (text(python, "version"), text(python, "path")));
        usable.filter(|(version, _)| minor(version) >= 8).collect()
    }

    /// A script of Tempo's own, with a task of this name.
    fn script(&self, name: &str, text: &str, requirements: &str, python: Option<&str>) {
        let folder = self.at("scripts").join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("main.py"), text).unwrap();
        fs::write(folder.join("requirements.txt"), requirements).unwrap();
        let script = folder.join("main.py").display().to_string();
        let mut args = vec!["add", name, "--script", &script];
        args.extend(python.iter().flat_map(|python| ["--python", *python]));
        self.ok(&args);
    }

    fn environment(&self, task: &str) -> Value {
        self.json(&["env", task]).remove(0)
    }

    fn state(&self, task: &str) -> String {
        self.environment(task)["environment"]["state"].as_str().unwrap_or("none").to_owned()
    }

    fn wait_for(&self, task: &str, state: &str) {
        poll(&format!("{task} is {state}"), || self.state(task) == state);
    }

    /// Until so many installations have begun, ever.
    fn installing(&self, count: usize) {
        poll("an installation", || {
            fs::read_to_string(self.at("installing")).is_ok_and(|text| text.lines().count() >= count)
        });
    }

    fn builds(&self, task: &str) -> Vec<Value> {
        let runs = self.json(&["runs", task]);
        runs.into_iter().filter(|run| run["trigger"] == "environment").collect()
    }
}

fn poll(what: &str, is: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < deadline, "{what} has not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn wheel(python: &str, folder: &Path, name: &str, version: &str) {
    let made = Command::new(python).args(["-c", WHEEL]).arg(folder).args([name, version]).status().unwrap();
    assert!(made.success());
}

#[test]
fn every_python_of_this_machine_runs_a_script_in_an_environment_of_its_own() {
    let home = Home::new(false);
    let pythons = home.pythons();
    assert!(
        !pythons.is_empty(),
        "no Python 3.8 or newer with venv and pip is found: {:?}",
        home.ok(&["env", "--pythons"])
    );
    let (newest, oldest) = (&pythons[0], &pythons[pythons.len() - 1]);
    wheel(&newest.1, &home.at("wheels"), "hello", "1.5");
    let says = "import sys\nprint('%d.%d.%d' % sys.version_info[:3], sys.prefix)\n";
    for (n, (version, path)) in pythons.iter().enumerate() {
        // Packages take a while: of two of them.
        let full = n == 0 || n == pythons.len() - 1;
        let text = if full { format!("import hello\nassert hello.version == '1.5'\n{says}") } else { says.to_owned() };
        home.script(&format!("p{n}"), &text, if full { "hello>=1\n" } else { "" }, Some(path));
        assert!(home.ok(&["show", &format!("p{n}")]).contains(path), "{version}");
    }
    for (n, (version, path)) in pythons.iter().enumerate() {
        let task = format!("p{n}");
        home.wait_for(&task, "ready");
        let env = home.environment(&task);
        let folder = env["environment"]["folder"].as_str().unwrap();
        assert_eq!(home.ok(&["run", &task, "--wait"]), format!("{version} {folder}\n"), "{path}");
        assert!(home.ok(&["env", &task, "check"]).contains("works"));
        assert_eq!(home.builds(&task).len(), 1, "built ahead, once");
    }
    for (n, version) in [(0, &newest.0), (pythons.len() - 1, &oldest.0)] {
        let env = home.environment(&format!("p{n}"));
        assert_eq!(
            (&env["environment"]["version"], &env["packages"][0]["name"]),
            (&Value::from(version.as_str()), &"hello".into())
        );
        assert_eq!(env["packages"].as_array().unwrap().len(), 1, "{env}");
    }
    // The work has one run, and the build is none of it.
    let shown = home.json(&["show", "p0"]).remove(0);
    assert_eq!(shown["last_run"]["outcome"], "succeeded");
    lock(&home, &newest.1);
}

/// A lock keeps the version that it was made with, until it is made anew.
fn lock(home: &Home, python: &str) {
    let text = "import hello\nprint(hello.version)\n";
    fs::write(home.at("scripts/p0/main.py"), text).unwrap();
    let file = home.at("scripts/p0/requirements.lock");
    assert_eq!(home.ok(&["env", "p0", "lock"]), format!("1 version is locked in {}\n", file.display()));
    assert!(fs::read_to_string(&file).unwrap().ends_with("\nhello==1.5\n"));
    wheel(python, &home.at("wheels"), "hello", "2.0");
    assert_eq!(home.ok(&["run", "p0", "--wait"]), "1.5\n");
    let env = home.environment("p0");
    assert_eq!((&env["environment"]["locked"], &env["environment"]["drift"]), (&true.into(), &false.into()));
    fs::write(home.at("scripts/p0/requirements.txt"), "hello>=2\n").unwrap();
    poll("the drift", || home.environment("p0")["environment"]["drift"] == true);
    assert_eq!(home.ok(&["run", "p0", "--wait"]), "1.5\n", "what is locked is run");
    let check = home.command(&["env", "p0", "check"]).output().unwrap();
    let said = String::from_utf8(check.stdout).unwrap();
    assert_eq!(check.status.code(), Some(1), "{said}");
    assert!(
        said.starts_with("the lock is older than the requirements") && said.contains("`tempo env p0 lock`"),
        "{said}"
    );
    home.ok(&["env", "p0", "lock"]);
    assert_eq!(home.ok(&["run", "p0", "--wait"]), "2.0\n");
}

#[test]
fn a_broken_package_is_said_in_the_words_of_the_installer_and_the_next_content_is_built() {
    let home = Home::new(false);
    home.script("etl", "print('runs')\n", "nonesuch-package\n", None);
    home.wait_for("etl", "failed");
    let reason = home.environment("etl")["environment"]["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("nonesuch-package"), "{reason}");
    // By hand it is tried again, and why it cannot start is the reason of the run.
    let run = home.tempo(&["run", "etl", "--wait"]);
    assert_eq!((run.code, run.out.as_str()), (125, ""), "{run:?}");
    assert!(run.err.contains("could not start") && run.err.contains("nonesuch-package"), "{run:?}");
    assert_eq!(home.builds("etl").len(), 2);
    // A schedule does not try so soon again.
    home.ok(&["set", "etl", "when=every 1s"]);
    poll("a slot", || home.json(&["why", "etl"]).iter().any(|entry| entry.to_string().contains("a moment ago")));
    home.ok(&["pause", "etl"]);
    assert_eq!(home.builds("etl").len(), 2);
    fs::write(home.at("scripts/etl/requirements.txt"), "# nothing\n").unwrap();
    home.wait_for("etl", "ready");
    assert_eq!(home.ok(&["run", "etl", "--wait"]), "runs\n");
    // Another one that cannot be made at all.
    home.ok(&["set", "etl", "python=3.99"]);
    home.wait_for("etl", "impossible");
    let run = home.tempo(&["run", "etl", "--wait"]);
    assert!(run.code == 125 && run.err.contains("no Python 3.99 is found; there are "), "{run:?}");
    let shell = home.tempo(&["env", "etl", "shell"]);
    assert!(shell.code == 1 && shell.err.contains("no Python 3.99"), "{shell:?}");
}

#[test]
fn r8_an_engine_that_is_killed_in_the_middle_of_a_build_loses_nothing() {
    let mut home = Home::new(true);
    home.script("etl", "import a\nprint(a.name)\n", "a\n", None);
    home.installing(1);
    let run = home.ok(&["run", "etl"]).trim().to_owned();
    poll("the wait", || {
        home.json(&["show-run", &run])[0]["reason"].as_str().is_some_and(|why| why.contains("its environment"))
    });
    assert_eq!(home.state("etl"), "building");
    let mut daemon = home.daemon.take().unwrap();
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    fs::write(home.at("go"), "").unwrap();
    home.engine();
    poll("the run", || home.json(&["show-run", &run])[0]["outcome"] == "succeeded");
    assert_eq!(home.ok(&["output", &run]), "a\n");
    assert_eq!(home.builds("etl").len(), 1);
    // What somebody takes away is built again.
    let folder = home.environment("etl")["environment"]["folder"].as_str().unwrap().to_owned();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(home.ok(&["run", "etl", "--wait"]), "a\n");
    assert_eq!(home.builds("etl").len(), 2);
    assert!(home.ok(&["env", "etl", "remove"]).contains("1 environment was removed"));
    assert_eq!(home.state("etl"), "none");
}

#[test]
fn a_build_that_is_stopped_or_outdated_ends_and_the_run_that_waits_hears_of_it() {
    let home = Home::new(true);
    home.script("etl", "import b\nprint(b.name)\n", "a\n", None);
    home.installing(1);
    let run = home.ok(&["run", "etl"]).trim().to_owned();
    let waits =
        || home.json(&["show-run", &run])[0]["reason"].as_str().is_some_and(|why| why.contains("its environment"));
    poll("the wait", waits);
    let build = home.builds("etl")[0]["id"].to_string();
    home.ok(&["stop", &build]);
    poll("the end", || home.json(&["show-run", &run])[0]["outcome"] == "could_not_start");
    let reason = home.json(&["show-run", &run])[0]["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains(&format!("(#{build}): cancelled")), "{reason}");
    assert_eq!(home.state("etl"), "failed");
    // The second one is under way when the requirements change: a third takes its place.
    let run = home.ok(&["run", "etl"]).trim().to_owned();
    home.installing(2);
    fs::write(home.at("scripts/etl/requirements.txt"), "b\n").unwrap();
    home.installing(3);
    fs::write(home.at("go"), "").unwrap();
    poll("the run", || home.json(&["show-run", &run])[0]["outcome"] == "succeeded");
    assert_eq!(home.ok(&["output", &run]), "b\n");
    let outcomes: Vec<Value> = home.builds("etl").iter().map(|run| run["outcome"].clone()).collect();
    assert_eq!(outcomes, ["succeeded", "cancelled", "cancelled"]);
    assert_eq!(home.json(&["show", "etl"])[0]["failures"], 0, "it fares by its work");
    // One that is forced is built though one is ready, and the one that was ready stays until then.
    let before = home.environment("etl")["environment"]["folder"].clone();
    assert_eq!(home.tempo(&["env", "etl", "build", "--wait"]).code, 0);
    assert_eq!(home.environment("etl")["environment"]["folder"], before);
    assert!(home.ok(&["env", "etl", "build", "--wait", "--force"]).contains("installing 1 package with uv"));
    poll("the new one", || home.environment("etl")["environment"]["folder"] != before);
    assert_eq!(home.ok(&["run", "etl", "--wait"]), "b\n");
}
