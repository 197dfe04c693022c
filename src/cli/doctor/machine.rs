//! What the machine around Tempo does to runs: their environment, cgroups, the service, and logging out (R7, R8, R9).

use std::fs;
use std::path::Path;

use super::{Findings, Verdict};
use crate::cli::{Context, service};
use crate::supervise::{Login, Logout, Place, Standing, place};

/// Variables that many programs depend on, and that differ most between a shell and a service.
const SHOWN: &[&str] = &["PATH", "HOME", "LANG"];

pub(super) fn check(engine: Option<u32>, cx: &Context, found: &mut Findings) {
    environment(engine, found);
    cgroups(engine, found);
    if let Some(report) = service::report(cx) {
        let verdict = if report.good { Verdict::Ok } else { Verdict::Warn };
        found.add("service", verdict, report.text);
    }
    let login = Login::read(Path::new("/"));
    // Without an engine, the one that would be started from here.
    let standing = Standing::of(Path::new("/"), engine.unwrap_or_else(std::process::id));
    let (verdict, text) = logout(&login, standing);
    found.add("logout", verdict, text);
}

/// What runs inherit: from the engine, or from what would be started here.
fn environment(engine: Option<u32>, found: &mut Findings) {
    let process = engine.map_or_else(|| "self".to_owned(), |pid| pid.to_string());
    let Ok(block) = fs::read(format!("/proc/{process}/environ")) else { return };
    let (text, complete) = shown(&block);
    let whose = if engine.is_some() { "of the engine" } else { "of this shell, with an engine started here" };
    let verdict = if complete { Verdict::Ok } else { Verdict::Warn };
    let rest = "less what belongs to a terminal or a login; `env` of a task adds to it";
    found.add("environment", verdict, format!("{whose}: {text}; {rest}"));
}

/// The variables of an environment block that matter, and whether those are there without which little works.
fn shown(block: &[u8]) -> (String, bool) {
    let variables: Vec<String> =
        block.split(|byte| *byte == 0).map(|variable| String::from_utf8_lossy(variable).into_owned()).collect();
    let value = |name: &str| {
        let value = variables.iter().find_map(|variable| variable.strip_prefix(name)?.strip_prefix('='));
        value.filter(|value| !value.is_empty())
    };
    let text: Vec<String> = SHOWN.iter().map(|name| format!("{name}={}", value(name).unwrap_or("(not set)"))).collect();
    (text.join(" "), value("PATH").is_some() && value("HOME").is_some())
}

fn cgroups(engine: Option<u32>, found: &mut Findings) {
    let process = engine.map_or_else(|| "self".to_owned(), |pid| pid.to_string());
    let text = match place(Path::new("/"), &process) {
        Ok(Place::Unit(path)) => format!("each run has one below {}, which was handed down", path.display()),
        Ok(Place::Scope) => "each run has one, in a scope of your service manager".to_owned(),
        Err(why) => format!("none for runs, so that limits are kept by other means: {why}"),
    };
    found.add("cgroups", Verdict::Ok, text);
}

/// What logging out does to runs of an engine that stands there.
fn logout(login: &Login, engine: Standing) -> (Verdict, &'static str) {
    match login.logout(engine) {
        Logout::GoOn if !login.systemd => (Verdict::Ok, "runs go on: no systemd ends them"),
        Logout::GoOn if login.lingers && engine == Standing::Session && login.kills => (
            Verdict::Ok,
            "runs go on, since lingering is on; the engine ends with the session, unless it is a service (`tempo service install`)",
        ),
        Logout::GoOn => (Verdict::Ok, "the engine and its runs go on when you log out"),
        Logout::EndedWithSession => (
            Verdict::Warn,
            "systemd ends everything that you started when you log out (KillUserProcesses=yes), runs included; \
             `loginctl enable-linger` keeps runs, `tempo service install` the engine, too",
        ),
        Logout::EndedWithManager => (
            Verdict::Warn,
            "your service manager ends some seconds after your last session, and the engine and runs with it; \
             `loginctl enable-linger` keeps them",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r9_the_variables_that_matter_are_shown_and_missing_ones_are_noticed() {
        let (text, complete) = shown(b"HOME=/home/ana\0PATH=/usr/bin:/bin\0SECRET=x\0");
        assert_eq!((text.as_str(), complete), ("PATH=/usr/bin:/bin HOME=/home/ana LANG=(not set)", true));
        assert!(!shown(b"HOME=/home/ana\0PATH=\0").1);
    }

    #[test]
    fn r8_what_a_logout_does_is_one_sentence() {
        let login = |lingers, kills| Login { systemd: true, manager: true, lingers, kills };
        let said = |lingers, kills, standing| logout(&login(lingers, kills), standing);
        assert!(said(false, true, Standing::Session).1.contains("KillUserProcesses"));
        assert!(said(false, false, Standing::Manager).1.contains("enable-linger"));
        assert_eq!(said(true, true, Standing::Session).0, Verdict::Ok);
        assert_eq!(said(false, false, Standing::Session).0, Verdict::Ok);
    }
}
