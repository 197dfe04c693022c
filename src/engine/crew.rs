//! The live runs: starts their supervisors, adopts those of an earlier engine (R8), waits for their ends, and stops them.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::ready::Ready;
use super::seen::Seen;
use super::turn::{Fact, Try};
use crate::domain::RunId;
use crate::domain::run::RunState;
use crate::domain::signal::StopSignal;
use crate::store::runs::Live;
use crate::supervise::{
    Evidence, Reply, RunFolder, Spawner, Spec, Supervisor, ask_with, end_strays, inspect, paused_since,
};

/// How soon to look again at a run whose supervisor is just being made, or whose lock is just being let go.
const SHORTLY: Duration = Duration::from_millis(5);
/// A pause that does not come about is looked for ever more rarely, at last so often.
const RARELY: Duration = Duration::from_secs(1);

/// The attempt of a run that lives.
struct Member {
    attempt: u32,
    /// `None`: its start was sent and not answered yet.
    supervisor: Option<Arc<Supervisor>>,
    /// A stop request that was passed on, and whether it was to kill.
    stopped: Option<bool>,
    /// The request to pause (`true`) or to resume that was passed on last, and who waits for what becomes of it.
    paused: Option<(bool, Waits)>,
}

/// A task of the runtime that ends with this handle.
struct Waits(AbortHandle);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The live runs and the spawner.
pub(super) struct Crew {
    runs: PathBuf,
    exe: PathBuf,
    spawner: Ready<Spawner>,
    /// What stood in the scripts of runs whose start was not answered yet.
    seen: HashMap<RunId, Arc<Seen>>,
    live: HashMap<RunId, Member>,
    /// Folders for which the spawner had no room yet.
    unsent: Vec<RunFolder>,
    facts: mpsc::UnboundedSender<Fact>,
}

impl Crew {
    /// A crew without runs. To be made inside the runtime.
    pub(super) fn new(
        runs: PathBuf,
        exe: PathBuf,
        spawner: Spawner,
        facts: mpsc::UnboundedSender<Fact>,
    ) -> io::Result<Self> {
        let spawner = Ready::new(spawner)?;
        let (seen, live) = (HashMap::new(), HashMap::new());
        Ok(Self { runs, exe, spawner, seen, live, unsent: Vec::new(), facts })
    }

    /// Starts an admitted run, in the script of which this was seen.
    pub(super) fn start(&mut self, spec: &Spec, seen: Option<Seen>) {
        if let Some(seen) = seen {
            self.seen.insert(spec.run, Arc::new(seen));
        }
        match RunFolder::create(&self.runs, spec) {
            Ok(folder) => self.send(folder),
            // An earlier engine has started it, or is about to: the decision stands, this is its run.
            Err(e) if matches!(e.kind(), ErrorKind::AlreadyExists | ErrorKind::WouldBlock) => {
                self.look_at(Try { run: spec.run, attempt: spec.attempt });
            }
            Err(e) => {
                let of = Try { run: spec.run, attempt: spec.attempt };
                let no_room = matches!(e.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
                let fact = if no_room { Fact::NoRoom } else { Fact::CouldNotStart };
                self.tell(fact(of, e.to_string()));
            }
        }
    }

    fn send(&mut self, folder: RunFolder) {
        let of = Try { run: folder.run(), attempt: folder.attempt() };
        let sent = match self.spawner.get().start(folder) {
            Err(not_sent) if not_sent.error.kind() == ErrorKind::BrokenPipe => {
                self.replace_spawner();
                self.spawner.get().start(not_sent.folder)
            }
            sent => sent,
        };
        match sent {
            Ok(()) => self.awaited(of),
            // There is room again when it has said something.
            Err(not_sent) if not_sent.error.kind() == ErrorKind::WouldBlock => self.unsent.push(not_sent.folder),
            Err(not_sent) => self.tell(Fact::CouldNotStart(of, not_sent.to_string())),
        }
    }

    /// Takes what the spawner says, and sends what it had no room for. A spawner that died is replaced; runs go on.
    pub(super) async fn replies(&mut self) -> io::Result<()> {
        self.spawner.readable().await?;
        loop {
            match self.spawner.get().receive() {
                Ok(Some(Reply::Started { run, supervisor })) => {
                    if let Some(of) = self.present(run) {
                        let seen = self.seen.remove(&run);
                        self.tell(Fact::Started(of, Timestamp::now(), seen));
                        self.hold(of, Arc::new(supervisor));
                    }
                }
                Ok(Some(Reply::Failed { run, error })) => {
                    tracing::warn!(%run, error, "the spawner could not start a run");
                    self.present(run).into_iter().for_each(|of| self.look_at(of));
                }
                Ok(None) => break,
                Err(e) => {
                    tracing::warn!(error = %e, "the spawner is gone");
                    self.replace_spawner();
                    break;
                }
            }
        }
        for folder in std::mem::take(&mut self.unsent) {
            self.send(folder);
        }
        Ok(())
    }

    /// Makes a fresh spawner from the binary. What was sent to the dead one and not answered is looked at anew.
    fn replace_spawner(&mut self) {
        match Spawner::from_exe(&self.exe).and_then(Ready::new) {
            Ok(spawner) => self.spawner = spawner,
            Err(e) => tracing::error!(error = %e, "no new spawner can be made"),
        }
        let unanswered = self.live.iter().filter(|(_, member)| member.supervisor.is_none());
        let unanswered: Vec<Try> = unanswered.map(|(run, member)| Try { run: *run, attempt: member.attempt }).collect();
        for of in unanswered {
            self.look_at(of);
        }
    }

    /// Takes over what an earlier engine left (R8).
    pub(super) fn adopt(&mut self, live: &[Live], boot: &str) {
        for left in live {
            let of = Try { run: left.run, attempt: left.attempt };
            if left.state == RunState::Starting && left.boot.as_deref() != Some(boot) {
                // After a power failure the newest files may be gone: that there is no trace of a start proves nothing.
                match inspect(&self.folder(left.run), left.attempt) {
                    Ok(Evidence::Ended(record)) => self.tell(Fact::Ended(of, record)),
                    _ => self.tell(Fact::Lost(of, "the machine was restarted".to_owned())),
                }
            } else {
                self.look_at(of);
            }
        }
    }

    /// The attempt of a run whose start was sent last: there is never more than one.
    fn present(&self, run: RunId) -> Option<Try> {
        self.live.get(&run).map(|member| Try { run, attempt: member.attempt })
    }

    fn awaited(&mut self, of: Try) {
        self.live.insert(of.run, Member { attempt: of.attempt, supervisor: None, stopped: None, paused: None });
    }

    /// Finds out what became of an attempt from its folder, now or shortly, and goes on from there.
    fn look_at(&mut self, of: Try) {
        self.awaited(of);
        let (folder, facts) = (self.folder(of.run), self.facts.clone());
        tokio::spawn(async move {
            loop {
                match inspect(&folder, of.attempt) {
                    Ok(Evidence::Starting) => tokio::time::sleep(SHORTLY).await,
                    Ok(Evidence::Alive(supervisor, started_at)) => {
                        let _ = facts.send(Fact::Found(of, Arc::new(supervisor), started_at));
                        // The engine before may have passed a pause on and not lived to write down that it came about: without
                        // this, a request to resume would meet a run that looks as if it were not paused.
                        if let Ok(Some(since)) = paused_since(&folder) {
                            let _ = facts.send(Fact::Paused(of.run, Some(since)));
                        }
                        return;
                    }
                    other => {
                        let _ = facts.send(verdict(of, &folder, other).await);
                        return;
                    }
                }
            }
        });
    }

    /// Holds a supervisor that lives, and tells when it has ended.
    pub(super) fn hold(&mut self, of: Try, supervisor: Arc<Supervisor>) {
        let member = Member { attempt: of.attempt, supervisor: Some(supervisor.clone()), stopped: None, paused: None };
        self.live.insert(of.run, member);
        let (run, folder, facts) = (of.run, self.folder(of.run), self.facts.clone());
        tokio::spawn(async move {
            if let Err(e) = ended(supervisor).await {
                tracing::error!(%run, error = %e, "cannot wait for a supervisor");
            }
            let _ = facts.send(evidence_of_end(of, &folder).await);
        });
    }

    /// Passes a stop request on, once; a request to kill also after one to stop (R4). A signal is that of this request alone.
    pub(super) fn stop(&mut self, run: RunId, kill: bool, signal: Option<StopSignal>) {
        let folder = self.folder(run);
        let Some(member) = self.live.get_mut(&run) else { return };
        let Some(supervisor) = &member.supervisor else { return };
        if member.stopped.is_some_and(|killed| killed || !kill) {
            return;
        }
        if let Some(signal) = signal.filter(|_| !kill)
            && let Err(e) = ask_with(&folder, signal)
        {
            tracing::warn!(%run, error = %e, "the signal cannot be passed on; it is asked to stop with that of its task");
        }
        let sent = if kill { supervisor.kill() } else { supervisor.stop() };
        match sent {
            Ok(()) => member.stopped = Some(kill),
            Err(e) => tracing::error!(%run, error = %e, "cannot signal a supervisor"),
        }
    }

    /// Passes on, once, that a run is to stand still or to go on, and tells when that has come about (R4).
    pub(super) fn pause(&mut self, run: RunId, pause: bool) {
        let (folder, facts) = (self.folder(run), self.facts.clone());
        let Some(member) = self.live.get_mut(&run) else { return };
        let Some(supervisor) = &member.supervisor else { return };
        if member.paused.as_ref().is_some_and(|(passed_on, _)| *passed_on == pause) {
            return;
        }
        let sent = if pause { supervisor.pause() } else { supervisor.resume() };
        if let Err(e) = sent {
            tracing::error!(%run, error = %e, "cannot signal a supervisor");
            return;
        }
        let waits = tokio::spawn(async move {
            let mut again = SHORTLY;
            loop {
                match paused_since(&folder) {
                    Ok(since) if since.is_some() == pause => {
                        let _ = facts.send(Fact::Paused(run, since));
                        return;
                    }
                    Ok(_) => {}
                    Err(e) => tracing::warn!(%run, error = %e, "cannot see whether a run stands still"),
                }
                tokio::time::sleep(again).await;
                again = (again * 2).min(RARELY);
            }
        });
        member.paused = Some((pause, Waits(waits.abort_handle())));
    }

    /// Forgets an attempt that has ended.
    pub(super) fn forget(&mut self, of: Try) {
        if self.present(of.run) == Some(of) {
            self.live.remove(&of.run);
            self.seen.remove(&of.run);
        }
    }

    fn folder(&self, run: RunId) -> PathBuf {
        self.runs.join(run.to_string())
    }

    fn tell(&self, fact: Fact) {
        // The receiver is the loop that owns this crew.
        let _ = self.facts.send(fact);
    }
}

/// Waits until a supervisor has ended.
async fn ended(supervisor: Arc<Supervisor>) -> io::Result<()> {
    Ready::new(supervisor)?.readable().await
}

/// What the folder says once the supervisor has ended. Its lock can outlive it for an instant, in a command that was just
/// being executed.
async fn evidence_of_end(of: Try, folder: &Path) -> Fact {
    loop {
        match inspect(folder, of.attempt) {
            Ok(Evidence::Starting | Evidence::Alive(..)) => tokio::time::sleep(SHORTLY).await,
            other => return verdict(of, folder, other).await,
        }
    }
}

/// The fact that the evidence proves. A supervisor that lives is not an end. Of a run that is lost, what is left is ended.
async fn verdict(of: Try, folder: &Path, evidence: io::Result<Evidence>) -> Fact {
    match evidence {
        Ok(Evidence::Ended(record)) => Fact::Ended(of, record),
        Ok(Evidence::NeverStarted) => Fact::NeverStarted(of),
        Ok(Evidence::Lost { rebooted: true }) => Fact::Lost(of, "the machine was restarted".to_owned()),
        Ok(Evidence::Lost { rebooted: false } | Evidence::Starting | Evidence::Alive(..)) => {
            Fact::Lost(of, format!("its supervisor was killed{}", without_strays(of, folder.to_owned()).await))
        }
        Err(e) => Fact::Lost(of, format!("its folder cannot be read: {e}")),
    }
}

/// Ends the processes that nobody watches any more, and says so: the spawner does it only if it outlived the supervisor.
async fn without_strays(of: Try, folder: PathBuf) -> String {
    let ended = tokio::task::spawn_blocking(move || end_strays(&folder, of.attempt)).await;
    match ended.unwrap_or_else(|e| Err(io::Error::other(e))) {
        Ok(0) => String::new(),
        Ok(1) => "; 1 process that it left behind was ended".to_owned(),
        Ok(n) => format!("; {n} processes that it left behind were ended"),
        Err(e) => {
            tracing::error!(run = %of.run, error = %e, "cannot look for what a lost run left behind");
            format!("; what it left behind could not be looked for: {e}")
        }
    }
}
