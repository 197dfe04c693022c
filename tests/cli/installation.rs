//! doctor, config, completions, man, and databases that cannot be used.

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};

use jiff::Timestamp;
use tempo::lock::{Holder, Lock, Role};

use super::{Home, keys, many_todos, words};

/// Does to the database what no Tempo of this version would, and leaves all of it in the main file.
fn edit_database(home: &Home, sql: &str) {
    let db = rusqlite::Connection::open(home.paths().database()).unwrap();
    db.execute_batch(sql).unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
}

#[test]
fn s3_a_newer_or_foreign_database_is_exit_code_5_and_is_left_as_it_is() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    let path = home.paths().database();
    edit_database(&home, "PRAGMA user_version = 99");
    let newer = fs::read(&path).unwrap();
    home.refuses(&["list"], 5, &["newer", "99"]);
    home.refuses(&["add", "b", "--todo"], 5, &["newer"]);
    assert!(fs::read(&path).unwrap() == newer);

    let foreign = "this is the diary of somebody else, and long enough to be one\n".repeat(20);
    fs::write(&path, &foreign).unwrap();
    home.refuses(&["list"], 5, &["not a Tempo database", "--home"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), foreign);
    let answer = home.tempo(&["doctor"]);
    assert!(answer.code == 1 && answer.out.contains("BAD   database"), "{answer:?}");
}

#[test]
fn home_is_a_flag_or_a_variable_and_the_flag_wins() {
    let home = Home::new();
    let other = home.path().join("other");
    home.ok(&["--home", "other", "add", "a", "--todo"]);
    assert_eq!(home.ok(&["list", "--json"]), "");
    assert_eq!(home.ok(&["list", "--home", other.to_str().unwrap(), "--json"]).lines().count(), 1);
    assert!(other.join("tempo.db").exists());
}

#[test]
fn doctor_finds_nothing_wrong_with_a_new_home_and_makes_nothing() {
    let home = Home::new();
    let answer = home.tempo(&["doctor"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{answer:?}");
    assert!(answer.out.contains("warn  engine"), "{answer:?}");
    assert!(answer.out.contains("ok    time zone     Europe/Berlin"), "{answer:?}");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn doctor_tells_engine_counts_and_live_runs_in_json_too() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--every", "1h"]);
    home.tempo(&["run", "a"]);
    super::runs::start(&home, tempo::domain::RunId(1));
    let holder = Holder { version: "9.9.9".to_owned(), ..Holder::this(Role::Daemon, Timestamp::now()) };
    let _engine = Lock::try_take(&home.paths().engine_lock(), &holder).unwrap().unwrap();
    let found = home.json(&["doctor"]);
    assert_eq!(keys(&found[0]), words("check verdict text repair"));
    let text = |check: &str| {
        let finding = found.iter().find(|finding| finding["check"] == check).unwrap();
        (finding["verdict"].as_str().unwrap(), finding["text"].as_str().unwrap())
    };
    let (verdict, engine) = text("engine");
    assert!(verdict == "warn" && engine.contains("daemon 9.9.9, process"), "{engine}");
    assert!(text("tasks").1.starts_with("1 tasks, 1 running, 0 queued, 0 failed in 24 h; next a at "), "{found:?}");
    assert!(text("live runs").1.starts_with("run 1 of a (0:0"), "{found:?}");
    assert!(text("database").1.ends_with("sound"), "{found:?}");
}

#[test]
fn doctor_says_what_is_wrong_with_exit_code_1() {
    let home = Home::new();
    fs::write(home.path().join("config.toml"), "max_running = 0\n").unwrap();
    let answer = home.tempo(&["doctor"]);
    assert_eq!(answer.code, 1);
    assert!(answer.out.contains("BAD   settings"), "{answer:?}");
    assert!(answer.out.contains("config.toml:1: max_running takes a number"), "{answer:?}");

    let home = Home::new();
    fs::write(home.path().join("many.toml"), many_todos(500)).unwrap();
    home.ok(&["import", "many.toml"]);
    edit_database(&home, "");
    let mut db = fs::OpenOptions::new().write(true).open(home.paths().database()).unwrap();
    db.seek(SeekFrom::Start(4096)).unwrap();
    db.write_all(&[0xaa; 200]).unwrap();
    drop(db);
    let answer = home.tempo(&["doctor"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.out.contains("BAD   database"), "{answer:?}");
}

#[test]
fn config_shows_each_setting_with_its_source() {
    let home = Home::new();
    fs::write(home.path().join("config.toml"), "\nmax_running = 3\ntheme = \"mono\"\n").unwrap();
    let output = home.command(&["config", "--json"]).env("TEMPO_THEME", "ansi").output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let settings: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |key: &str| {
        let setting = settings.iter().find(|setting| setting["key"] == key).unwrap();
        (setting["value"].as_str().unwrap().to_owned(), setting["source"].as_str().unwrap().to_owned())
    };
    assert_eq!(keys(&settings[0]), words("key value source"));
    assert_eq!(of("max_running"), ("3".to_owned(), format!("{}:2", home.paths().settings().display())));
    assert_eq!(of("theme"), ("\"ansi\"".to_owned(), "TEMPO_THEME".to_owned()));
    assert_eq!(of("charset").1, "default");
    assert!(home.ok(&["config"]).contains("max_running"));
    assert_eq!(home.ok(&["config", "path"]), format!("{}\n", home.paths().settings().display()));
}

#[test]
fn x1_config_check_names_the_place_with_exit_code_4() {
    let home = Home::new();
    assert!(home.ok(&["config", "check"]).contains("defaults"));
    fs::write(home.path().join("config.toml"), "theme = \"mono\"\n").unwrap();
    assert!(home.ok(&["config", "check"]).contains("no problem"));
    fs::write(home.path().join("config.toml"), "theme = \"pink\"\nwrong = 1\n").unwrap();
    home.refuses(&["config", "check"], 4, &["config.toml:1: there is no theme", "config.toml:2: there is no setting"]);
    let checked = home.tempo(&["config", "check", "--json"]);
    let checked: serde_json::Value = serde_json::from_str(&checked.out).unwrap();
    assert_eq!(checked["exists"], true);
    let places = checked["problems"].as_array().unwrap().iter().map(|problem| problem["place"].as_str().unwrap());
    assert!(places.clone().count() == 2 && places.clone().any(|place| place.ends_with("config.toml:2")), "{checked}");
    fs::remove_file(home.path().join("config.toml")).unwrap();
    let checked = &home.json(&["config", "check"])[0];
    assert_eq!((&checked["exists"], &checked["problems"]), (&false.into(), &serde_json::json!([])));
}

#[test]
fn r9_doctor_names_secrets_that_are_missing_or_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let (open, closed, missing) = (home.path().join("open"), home.path().join("closed"), home.path().join("missing"));
    for (path, mode) in [(&open, 0o644), (&closed, 0o600)] {
        fs::write(path, "hunter2").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let add = |name: &str, path: &std::path::Path| {
        home.ok(&["add", name, "--command", "true", "--secret", &format!("TOKEN=file:{}", path.display())]);
    };
    add("closed", &closed);
    assert!(!home.tempo(&["doctor"]).out.contains("secret "));
    add("open", &open);
    let answer = home.tempo(&["doctor"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let text = format!("TOKEN of open: {} can be read or changed by others (644): chmod 600", open.display());
    assert!(answer.out.contains(&text), "{answer:?}");
    add("missing", &missing);
    let answer = home.tempo(&["doctor"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.out.contains(&format!("TOKEN of missing: {}", missing.display())), "{answer:?}");
    assert!(!answer.out.contains("hunter2") && !answer.out.contains("closed:"));
}

#[test]
fn completions_and_manual_pages_know_the_verbs() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.ok(&["completions", shell]);
        assert!(script.contains("resume") && script.contains("overlap"), "{shell}");
        assert!(!script.contains("What the engine makes its supervisors with"), "{shell}");
    }
    let page = home.ok(&["man"]);
    assert!(page.contains(".TH tempo 1") && page.contains("tempo\\-add(1)") && !page.contains("spawner"), "{page}");
    let page = home.ok(&["man", "add"]);
    assert!(page.contains("tempo\\-add") && page.contains("parallel=N"), "{page}");
    home.refuses(&["man", "spawner"], 4, &["no verb"]);
}

#[test]
fn r8_doctor_says_before_what_it_would_repair_and_loses_nothing_by_it() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    let folder = home.paths().runs().join("41");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("output"), "of a run before the restore\n").unwrap();
    let finding = |home: &Home| {
        let found = home.json(&["doctor"]);
        found.into_iter().find(|finding| finding["check"] == "run folders")
    };
    let before = finding(&home).unwrap();
    assert_eq!(before["verdict"], "warn");
    assert!(before["text"].as_str().unwrap().starts_with("1 folder belong"), "{before}");
    assert!(before["repair"].as_str().unwrap().contains("runs.unknown"), "{before}");
    assert!(folder.exists(), "only said");

    let answer = home.ok(&["doctor", "--repair"]);
    assert!(answer.contains("moved 1 folder to"), "{answer}");
    assert!(!folder.exists() && finding(&home).is_none());
    let apart = fs::read_dir(home.path().join("runs.unknown")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::read_to_string(apart.join("41/output")).unwrap(), "of a run before the restore\n");
    assert!(home.ok(&["doctor", "--repair"]).contains("there is nothing to repair"));
}

#[test]
fn r8_a_service_is_printed_anywhere_and_installed_only_where_a_manager_is() {
    let home = Home::new();
    let answer = home.tempo(&["service", "install", "--print"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let program = format!("\nExecStart=\"{}\" daemon\n", env!("CARGO_BIN_EXE_tempo"));
    assert!(answer.out.contains(&program), "{answer:?}");
    assert!(answer.out.contains(&format!("\nEnvironment=\"TEMPO_HOME={}\"\n", home.path().display())), "{answer:?}");
    assert!(answer.err.contains("will not stay"), "a build folder is no place for it: {answer:?}");
    if !std::path::Path::new("/run/systemd/system").exists() {
        home.refuses(&["service", "install"], 4, &["systemd", "tempo daemon"]);
        home.refuses(&["service", "status"], 4, &["systemd"]);
    }
    assert!(!home.path().join(".config").exists());
}

#[test]
fn r8_doctor_finds_processes_of_runs_that_are_over_and_ends_them_when_told_to() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    let runs = home.paths().runs();
    fs::create_dir_all(runs.join("7")).unwrap();
    let runs = fs::canonicalize(runs).unwrap();
    let sleeper = |folder: &str| {
        let mut command = std::process::Command::new("sleep");
        command.arg("1000").env("TEMPO_RUN_FOLDER", folder).spawn().unwrap()
    };
    let mut orphan = sleeper(runs.join("7").to_str().unwrap());
    let mut stranger = sleeper("/elsewhere/runs/7");
    let found = home.json(&["doctor"]);
    let finding = found.iter().find(|finding| finding["check"] == "processes").unwrap();
    assert!(finding["text"].as_str().unwrap().contains(&format!("as {} of run 7", orphan.id())), "{finding}");
    assert!(orphan.try_wait().unwrap().is_none(), "only said");
    assert!(home.ok(&["doctor", "--repair"]).contains("processes: killed 1\n"));
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&orphan.wait().unwrap()), Some(9));
    assert!(stranger.try_wait().unwrap().is_none());
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}
