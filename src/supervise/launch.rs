//! Starts the command of a run: working folder, environment with its secrets, program, standard streams (R9).

use std::collections::BTreeMap;
use std::ffi::{CString, NulError, OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{MemfdFlags, OFlags, SealFlags, fcntl_add_seals, fcntl_setfl, memfd_create};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::Pid;

use super::confine::{self, Held};
use super::meter::Meter;
use super::pump::Tap;
use super::spec::Spec;
use super::{pty, secrets, strays, sys};
use crate::output::{Stream, masks};

/// Where programs are looked for when the environment has no `PATH`.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A command that was started, and where what it prints is read.
#[derive(Debug)]
pub(super) struct Launched {
    pub(super) leader: Pid,
    pub(super) taps: Vec<Tap>,
    pub(super) held: Held,
}

/// Starts the command of the run in `folder` with this process's environment as the inherited one. The error says in words
/// what is wrong, and with what.
pub(super) fn launch(spec: &Spec, folder: &Path, meter: &mut Meter) -> Result<Launched, String> {
    let name = spec.argv.first().filter(|name| !name.is_empty()).ok_or("the command is empty")?;
    // The folder of this process, which has no other use for one, is where a relative program and PATH are looked up.
    rustix::process::chdir(&spec.cwd).map_err(|e| reason("working folder ", spec.cwd.as_os_str(), &e.into()))?;
    let mut environment = spec.environment(std::env::vars_os());
    let cookie = std::fs::canonicalize(folder).map_err(|e| reason("", folder.as_os_str(), &e))?;
    environment.insert(strays::COOKIE.into(), cookie.into());
    let program = resolve(OsStr::new(name), environment.get(OsStr::new("PATH")))?;
    let secrets = secrets::read(&spec.secrets)?;
    // Before anything can be printed that is to be masked.
    masks::add(folder, secrets.iter().map(|(_, value)| value.as_bytes()))
        .map_err(|e| format!("note what is to be masked: {e}"))?;
    environment.extend(secrets);
    let started = spawn(&program, spec, &environment, meter);
    started.map_err(|e| refused(&program, &e))
}

/// Why a program that was found cannot be executed.
fn refused(program: &Path, error: &io::Error) -> String {
    let plain = || reason("", program.as_os_str(), error);
    match error.raw_os_error() {
        Some(libc::ENOENT) if program.exists() => {
            format!("{}: the interpreter that its first line names does not exist", program.display())
        }
        Some(libc::ENOEXEC) if !begins_as_program(program) => {
            format!("{}: it has no #! line; begin it with #!/bin/sh", plain())
        }
        _ => plain(),
    }
}

/// Whether a file begins as a script with an interpreter does, or as a binary.
fn begins_as_program(path: &Path) -> bool {
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read(&mut start)).unwrap_or(0);
    start[..read].starts_with(b"#!") || start[..read].starts_with(b"\x7fELF")
}

fn spawn(
    program: &Path,
    spec: &Spec,
    environment: &BTreeMap<OsString, OsString>,
    meter: &mut Meter,
) -> io::Result<Launched> {
    let argv = spec.argv.iter().map(|arg| CString::new(arg.as_str())).collect::<Result<Vec<_>, _>>()?;
    let variables = environment.iter().map(variable).collect::<Result<Vec<_>, _>>()?;
    let program = CString::new(program.as_os_str().as_bytes())?;
    let stdin = spec.stdin.as_deref().map(in_memory).transpose()?;
    let stdin = stdin.as_ref().map(AsFd::as_fd);
    if spec.pty {
        let (pty, theirs) = pty::pair()?;
        let (leader, held) = confine::start(&spec.limits, meter, || {
            sys::spawn(&program, &argv, &variables, stdin, theirs.as_fd(), theirs.as_fd())
        })?;
        return Ok(Launched { leader, taps: vec![Tap::of_pty(pty)], held });
    }
    let (stdout, to_stdout) = pipe()?;
    let (stderr, to_stderr) = pipe()?;
    let (leader, held) = confine::start(&spec.limits, meter, || {
        sys::spawn(&program, &argv, &variables, stdin, to_stdout.as_fd(), to_stderr.as_fd())
    })?;
    let taps = vec![Tap::of_pipe(Stream::Out, stdout), Tap::of_pipe(Stream::Err, stderr)];
    Ok(Launched { leader, taps, held })
}

fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (ours, theirs) = pipe_with(PipeFlags::CLOEXEC)?;
    // Of this end; the command's own end blocks, as it expects.
    fcntl_setfl(&ours, OFlags::NONBLOCK)?;
    Ok((ours, theirs))
}

/// A text as a file that is in no folder, to be read from its beginning, and that nobody can change.
fn in_memory(text: &str) -> io::Result<File> {
    let mut file = File::from(memfd_create("stdin", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?);
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    fcntl_add_seals(&file, SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE)?;
    Ok(file)
}

fn variable((name, value): (&OsString, &OsString)) -> Result<CString, NulError> {
    CString::new([name.as_bytes(), b"=", value.as_bytes()].concat())
}

/// Finds the program as `execvp` does, but in the `PATH` that the command will have.
fn resolve(name: &OsStr, path: Option<&OsString>) -> Result<PathBuf, String> {
    if name.as_bytes().contains(&b'/') {
        return Ok(name.into());
    }
    let path = path.map_or(OsStr::new(DEFAULT_PATH), OsString::as_os_str);
    let mut refused = None;
    for folder in std::env::split_paths(path) {
        let candidate = folder.join(name);
        match candidate.metadata() {
            Ok(file) if file.is_file() => match rustix::fs::access(&candidate, rustix::fs::Access::EXEC_OK) {
                Ok(()) => return Ok(candidate),
                Err(e) => refused = refused.or(Some(reason("", candidate.as_os_str(), &e.into()))),
            },
            _ => {}
        }
    }
    Err(refused.unwrap_or_else(|| format!("{}: not found in PATH ({})", name.display(), path.display())))
}

/// `subject: No such file or directory`, without Rust's error number.
fn reason(what: &str, subject: &OsStr, error: &io::Error) -> String {
    let text =
        if error.kind() == ErrorKind::InvalidInput { "contains a NUL byte".to_owned() } else { error.to_string() };
    let text = text.split_once(" (os error").map_or(text.as_str(), |(text, _)| text);
    format!("{what}{}: {text}", subject.display())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn x1_a_script_without_an_interpreter_is_refused_with_what_to_write() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("job");
        let error = io::Error::from_raw_os_error(libc::ENOEXEC);
        fs::write(&script, "echo hello\n").unwrap();
        let hint = "Exec format error: it has no #! line; begin it with #!/bin/sh";
        assert_eq!(refused(&script, &error), format!("{}: {hint}", script.display()));
        fs::write(&script, b"\x7fELF of another machine").unwrap();
        assert_eq!(refused(&script, &error), format!("{}: Exec format error", script.display()));
    }

    #[test]
    fn r9_a_program_is_looked_up_in_the_path_that_the_command_will_have() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = std::env::join_paths([first.path(), second.path()]).unwrap();
        let find = |name: &str| resolve(OsStr::new(name), Some(&path));
        let missing = find("backup").unwrap_err();
        assert!(missing.starts_with("backup: not found in PATH (/"), "{missing}");
        let program = second.path().join("backup");
        fs::write(&program, "").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(find("backup").unwrap_err(), format!("{}: Permission denied", program.display()));
        fs::create_dir(first.path().join("backup")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find("backup").unwrap(), program);
        assert_eq!(resolve(OsStr::new("true"), None).unwrap().file_name(), Some(OsStr::new("true")));
        assert_eq!(resolve(OsStr::new("./here"), Some(&path)).unwrap(), Path::new("./here"));
    }
}
