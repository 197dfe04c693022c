//! The service on a made-up machine, whose `systemctl` writes down what it is asked.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::*;
use crate::cli::out::Out;
use crate::config::Paths;

struct Machine {
    folder: tempfile::TempDir,
    service: Service,
    cx: Context,
}

impl Machine {
    /// One with systemd and a manager that says this about the service.
    fn new(shown: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        let uid = rustix::process::geteuid().as_raw();
        fs::create_dir_all(root.join("run/systemd/system")).unwrap();
        fs::create_dir_all(root.join(format!("run/user/{uid}/systemd"))).unwrap();
        let systemctl = folder.path().join("systemctl");
        let calls = folder.path().join("calls");
        let script =
            format!("#!/bin/sh\necho \"$@\" >> {}\ncase $2 in show) printf '{shown}';; esac\n", calls.display());
        fs::write(&systemctl, script).unwrap();
        fs::set_permissions(&systemctl, fs::Permissions::from_mode(0o755)).unwrap();
        let unit = folder.path().join("config/systemd/user/tempo.service");
        let service = Service { root, systemctl: systemctl.into(), unit };
        let cx = Context {
            paths: Paths::under(&folder.path().join("home")),
            json: false,
            zone: TimeZone::UTC,
            zone_name: "UTC".to_owned(),
            now: Timestamp::now(),
            out: Out::to(fs::File::create(folder.path().join("out")).unwrap()),
            check: |_| Vec::new(),
        };
        Self { folder, service, cx }
    }

    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default();
        calls.lines().map(|line| line.trim_start_matches("--user ").to_owned()).collect()
    }

    fn out(&mut self) -> String {
        self.cx.out.flush().unwrap();
        fs::read_to_string(self.folder.path().join("out")).unwrap()
    }
}

#[test]
fn r8_install_writes_the_unit_enables_and_starts_it_and_says_what_a_logout_does() {
    let mut machine = Machine::new("");
    machine.service.install(true, false, &mut machine.cx).unwrap();
    assert_eq!(machine.calls(), ["daemon-reload", "enable tempo.service", "restart tempo.service"]);
    let unit = fs::read_to_string(&machine.service.unit).unwrap();
    assert!(unit.contains(&format!("TEMPO_HOME={}/home", machine.folder.path().display())), "{unit}");
    let out = machine.out();
    assert!(out.contains("wrote /") && out.contains("loginctl enable-linger"), "{out}");

    machine.service.install(false, false, &mut machine.cx).unwrap();
    assert_eq!(machine.calls()[3..], ["enable tempo.service"], "unchanged, and not to be started");
}

#[test]
fn r8_a_unit_that_a_person_changed_is_neither_overwritten_nor_removed_without_force() {
    let mut machine = Machine::new("");
    machine.service.install(true, false, &mut machine.cx).unwrap();
    let unit = machine.service.unit.clone();
    let changed = fs::read_to_string(&unit).unwrap().replace("RestartSec=2", "RestartSec=60");
    fs::write(&unit, &changed).unwrap();
    let calls = machine.calls().len();
    for error in [
        machine.service.install(true, false, &mut machine.cx).unwrap_err(),
        machine.service.uninstall(false, &mut machine.cx).unwrap_err(),
    ] {
        assert!(matches!(&error, CliError::Refused(text) if text.contains("--force")), "{error}");
    }
    assert_eq!((fs::read_to_string(&unit).unwrap(), machine.calls().len()), (changed, calls));
    machine.service.uninstall(true, &mut machine.cx).unwrap();
    assert!(!unit.exists());
    assert_eq!(machine.calls()[calls..], ["disable --now tempo.service", "daemon-reload"]);
    machine.service.uninstall(false, &mut machine.cx).unwrap();
    assert!(machine.out().contains("there is no "));
}

#[test]
fn r8_where_no_manager_is_there_the_reason_is_said() {
    let mut machine = Machine::new("");
    fs::remove_dir_all(machine.service.root.join("run/user")).unwrap();
    let error = machine.service.install(true, false, &mut machine.cx).unwrap_err();
    assert!(matches!(&error, CliError::Refused(text) if text.contains("log in yourself")), "{error}");
    fs::remove_dir_all(machine.service.root.join("run")).unwrap();
    let error = machine.service.install(true, false, &mut machine.cx).unwrap_err();
    assert!(matches!(&error, CliError::Refused(text) if text.contains("tempo daemon")), "{error}");
    assert!(!machine.service.unit.exists() && machine.calls().is_empty());
}

#[test]
fn status_says_what_the_manager_knows() {
    let shown = r"UnitFileState=enabled\nActiveState=active\nMainPID=77\nFragmentPath=/x/tempo.service\n";
    let mut machine = Machine::new(shown);
    assert_eq!(machine.service.status(&mut machine.cx).unwrap(), 0);
    let out = machine.out();
    assert!(out.contains("active, process 77, enabled") && out.contains("/x/tempo.service"), "{out}");
    let mut machine = Machine::new(r"ActiveState=inactive\nMainPID=0\n");
    assert_eq!(machine.service.status(&mut machine.cx).unwrap(), 1);
    assert!(machine.out().contains("not installed"));
}

#[test]
fn doctor_names_what_is_wrong_with_the_service() {
    let mut machine = Machine::new(r"UnitFileState=disabled\nActiveState=failed\nMainPID=0\nFragmentPath=/x\n");
    machine.service.install(true, false, &mut machine.cx).unwrap();
    let report = machine.service.report(&machine.cx).unwrap();
    assert!(
        !report.good && report.text.contains("not enabled") && report.text.contains("it is failed"),
        "{}",
        report.text
    );
    let other = unit::text(Path::new("/gone/tempo"), &machine.cx.paths);
    unit::write(&machine.service.unit, &other).unwrap();
    let report = machine.service.report(&machine.cx).unwrap();
    assert!(report.text.contains("/gone/tempo is gone"), "{}", report.text);
}
