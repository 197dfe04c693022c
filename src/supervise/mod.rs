//! The processes of runs: the spawner, one supervisor per run, and what they leave in the run folder.
//!
//! ```text
//! engine --start(folder, lock)--> spawner --fork--> supervisor --posix_spawn--> the command (leader) and its descendants
//!        <--Started(pid, pidfd)--         (no exec)     |  ^
//!        --TERM = stop, USR1 = kill, TSTP, CONT (pidfd)-|--'      pipes -> output, output.idx
//!        <--pidfd readable, exit.json-------------------'
//! ```
//!
//! - The lock in the run folder is the proof of life. It is taken before the start and handed over as an open file, from the
//!   engine to the spawner to the supervisor, so that it is held without a gap until the supervisor ends (R8).
//! - The start record is written into it before the command can begin; `exit.json` appears, complete, when it is over.
//! - What each process may use is set before the first instruction (`confine`); what all of them use together is measured (`meter`)
//!   now and then, written down, and ended when it is too much (`watchdog`) (R7).
//! - Nothing here has threads. The spawner is forked from a process that has none either, and supervisors from the spawner.
//! - The command is an argv and nothing more: a runner that executes it elsewhere is an argv, too.

mod cgroup;
mod command;
mod confine;
mod course;
mod family;
mod folder;
mod handle;
mod launch;
mod login;
mod meter;
mod nest;
mod processes;
mod pty;
mod pump;
mod record;
mod scope;
mod secrets;
mod spawner;
mod spec;
mod strays;
mod supervisor;
mod sys;
mod tree;
mod watchdog;

pub use command::{Own, build, check, command};
pub use folder::{Evidence, RunFolder, allowed, ask_with, boot_id, inspect, is_held, paused_since, spec_of};
pub use handle::Supervisor;
pub use login::{Login, Logout, Standing};
pub use nest::{Place, place};

pub use processes::{Process, processes};
pub use record::{Capped, Ended, ExitRecord, NotKept, StopCause};
pub use spawner::{NotSent, Reply, Spawner, spawner_main};
pub use spec::Spec;
pub use strays::{Member, end_strays, members};
pub use sys::ignore_hangups;
