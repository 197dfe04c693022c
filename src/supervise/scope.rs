//! Asks the user's service manager for a transient scope, through `busctl`: a unit that neither a logout nor a restart of
//! the engine's own unit ends (R8).

use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process, pidfd_open, waitid};

use super::login::runtime_folder;
use super::sys;

/// How long the answer may take: the machine may just be booting. Nothing starts meanwhile; it is asked for once.
const PATIENCE: Duration = Duration::from_secs(10);
/// Where the program is that speaks to the bus.
const BUSCTL: &[&str] = &["/usr/bin/busctl", "/bin/busctl", "/run/current-system/sw/bin/busctl"];

/// Asks for a scope with this process in it, which may make groups of its own below. It is there a moment later, under the
/// name that is returned.
pub(super) fn ask(process: Pid) -> Result<String, String> {
    let busctl = BUSCTL.iter().map(Path::new).find(|path| path.exists()).ok_or("busctl is not installed")?;
    let pid = process.as_raw_nonzero().to_string();
    let name = format!("tempo-runs-{pid}.scope");
    let runtime = runtime_folder(Path::new("/"));
    let bus = runtime.join("bus");
    run(
        busctl,
        &arguments(&name, &pid),
        &[("XDG_RUNTIME_DIR", &runtime), ("DBUS_SESSION_BUS_ADDRESS", &address(&bus))],
        PATIENCE,
    )
    .map_err(|e| format!("the user's service manager gave no scope: {e}"))?;
    Ok(name)
}

fn address(bus: &Path) -> PathBuf {
    [OsStr::new("unix:path="), bus.as_os_str()].into_iter().collect::<std::ffi::OsString>().into()
}

fn arguments<'a>(name: &'a str, pid: &'a str) -> Vec<&'a str> {
    let call = [
        "busctl",
        "--user",
        "call",
        "org.freedesktop.systemd1",
        "/org/freedesktop/systemd1",
        "org.freedesktop.systemd1.Manager",
        "StartTransientUnit",
        "ssa(sv)a(sa(sv))",
        name,
        "fail",
    ];
    let properties = ["4", "Description", "s", "Runs of Tempo", "PIDs", "au", "1", pid, "Delegate", "b", "true"];
    let rest = ["CollectMode", "s", "inactive-or-failed", "0"];
    call.into_iter().chain(properties).chain(rest).collect()
}

/// Runs a program to its end, which has to come in time and be a success.
fn run(program: &Path, argv: &[&str], env: &[(&str, &PathBuf)], patience: Duration) -> io::Result<()> {
    let path = CString::new(program.as_os_str().as_bytes())?;
    let argv = argv.iter().map(|arg| CString::new(*arg)).collect::<Result<Vec<_>, _>>()?;
    let variable =
        |(name, value): &(&str, &PathBuf)| CString::new([name.as_bytes(), b"=", value.as_os_str().as_bytes()].concat());
    let env = env.iter().map(variable).collect::<Result<Vec<_>, _>>()?;
    let null = File::options().write(true).open("/dev/null")?;
    let (said, to_said) = pipe_with(PipeFlags::CLOEXEC)?;
    let pid = sys::spawn(&path, &argv, &env, None, null.as_fd(), to_said.as_fd())?;
    drop(to_said);
    let ended = pidfd_open(pid, PidfdFlags::empty())?;
    let patience = Timespec::try_from(patience).ok();
    let in_time = poll(&mut [PollFd::new(&ended, PollFlags::IN)], patience.as_ref()).is_ok_and(|ready| ready > 0);
    if !in_time {
        let _ = kill_process(pid, Signal::KILL);
    }
    let status = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED)?;
    if !in_time {
        return Err(io::Error::other("no answer in time"));
    }
    if status.and_then(|status| status.exit_status()) == Some(0) {
        return Ok(());
    }
    let mut text = String::new();
    let _ = File::from(said).take(1000).read_to_string(&mut text);
    Err(io::Error::other(text.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> io::Result<()> {
        let variables = [("HERE", &PathBuf::from("/there"))];
        run(Path::new("/bin/sh"), &["sh", "-c", script], &variables, Duration::from_secs(2))
    }

    #[test]
    fn what_a_program_complains_of_is_the_error() {
        shell("test \"$HERE\" = /there").unwrap();
        assert_eq!(shell("echo no such bus >&2; exit 1").unwrap_err().to_string(), "no such bus");
        assert_eq!(shell("exec sleep 1000").unwrap_err().to_string(), "no answer in time");
    }
}
