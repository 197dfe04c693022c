//! The live runs: starts their supervisors, adopts those of an earlier engine (R8), waits for their ends, and stops them.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::ready::Ready;
use super::turn::Fact;
use crate::domain::RunId;
use crate::domain::run::RunState;
use crate::store::runs::Live;
use crate::supervise::{Evidence, Reply, RunFolder, Spawner, Spec, Supervisor, inspect};

/// How soon to look again at a run whose supervisor is just being made, or whose lock is just being let go.
const SHORTLY: Duration = Duration::from_millis(5);

/// The live runs and the spawner.
pub(super) struct Crew {
    runs: PathBuf,
    exe: PathBuf,
    spawner: Ready<Spawner>,
    /// `None`: its start was sent and not answered yet.
    live: HashMap<RunId, Option<Arc<Supervisor>>>,
    /// Stop requests that were passed on, and whether they were to kill.
    stopped: HashMap<RunId, bool>,
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
        Ok(Self { runs, exe, spawner, live: HashMap::new(), stopped: HashMap::new(), unsent: Vec::new(), facts })
    }

    /// Starts an admitted run.
    pub(super) fn start(&mut self, spec: &Spec) {
        match RunFolder::create(&self.runs, spec) {
            Ok(folder) => self.send(folder),
            // An earlier engine has started it, or is about to: the decision stands, this is its run.
            Err(e) if matches!(e.kind(), ErrorKind::AlreadyExists | ErrorKind::WouldBlock) => self.look_at(spec.run),
            Err(e) => self.tell(Fact::CouldNotStart(spec.run, e.to_string())),
        }
    }

    fn send(&mut self, folder: RunFolder) {
        let run = folder.run();
        let sent = match self.spawner.get().start(folder) {
            Err(not_sent) if not_sent.error.kind() == ErrorKind::BrokenPipe => {
                self.replace_spawner();
                self.spawner.get().start(not_sent.folder)
            }
            sent => sent,
        };
        match sent {
            Ok(()) => drop(self.live.insert(run, None)),
            // There is room again when it has said something.
            Err(not_sent) if not_sent.error.kind() == ErrorKind::WouldBlock => self.unsent.push(not_sent.folder),
            Err(not_sent) => self.tell(Fact::CouldNotStart(run, not_sent.to_string())),
        }
    }

    /// Takes what the spawner says, and sends what it had no room for. A spawner that died is replaced; runs go on.
    pub(super) async fn replies(&mut self) -> io::Result<()> {
        self.spawner.readable().await?;
        loop {
            match self.spawner.get().receive() {
                Ok(Some(Reply::Started { run, supervisor })) => {
                    self.tell(Fact::Started(run, Timestamp::now()));
                    self.hold(run, Arc::new(supervisor));
                }
                Ok(Some(Reply::Failed { run, error })) => {
                    tracing::warn!(%run, error, "the spawner could not start a run");
                    self.look_at(run);
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
        let unanswered: Vec<RunId> =
            self.live.iter().filter(|(_, supervisor)| supervisor.is_none()).map(|(run, _)| *run).collect();
        for run in unanswered {
            self.look_at(run);
        }
    }

    /// Takes over what an earlier engine left (R8).
    pub(super) fn adopt(&mut self, live: &[Live], boot: &str) {
        for left in live {
            if left.state == RunState::Starting && left.boot.as_deref() != Some(boot) {
                // After a power failure the newest files may be gone: that there is no trace of a start proves nothing.
                match inspect(&self.folder(left.run)) {
                    Ok(Evidence::Ended(record)) => self.tell(Fact::Ended(left.run, record)),
                    _ => self.tell(Fact::Lost(left.run, "the machine was restarted".to_owned())),
                }
            } else {
                self.look_at(left.run);
            }
        }
    }

    /// Finds out what became of a run from its folder, now or shortly, and goes on from there.
    fn look_at(&mut self, run: RunId) {
        self.live.insert(run, None);
        let (folder, facts) = (self.folder(run), self.facts.clone());
        tokio::spawn(async move {
            loop {
                match inspect(&folder) {
                    Ok(Evidence::Starting) => tokio::time::sleep(SHORTLY).await,
                    Ok(Evidence::Alive(supervisor, started_at)) => {
                        let _ = facts.send(Fact::Found(run, Arc::new(supervisor), started_at));
                        return;
                    }
                    other => {
                        let _ = facts.send(verdict(run, other));
                        return;
                    }
                }
            }
        });
    }

    /// Holds a supervisor that lives, and tells when it has ended.
    pub(super) fn hold(&mut self, run: RunId, supervisor: Arc<Supervisor>) {
        self.live.insert(run, Some(supervisor.clone()));
        let (folder, facts) = (self.folder(run), self.facts.clone());
        tokio::spawn(async move {
            if let Err(e) = ended(supervisor).await {
                tracing::error!(%run, error = %e, "cannot wait for a supervisor");
            }
            let _ = facts.send(evidence_of_end(run, &folder).await);
        });
    }

    /// Passes a stop request on, once; a request to kill also after one to stop (R4).
    pub(super) fn stop(&mut self, run: RunId, kill: bool) {
        let Some(Some(supervisor)) = self.live.get(&run) else { return };
        if self.stopped.get(&run).is_some_and(|killed| *killed || !kill) {
            return;
        }
        let sent = if kill { supervisor.kill() } else { supervisor.stop() };
        match sent {
            Ok(()) => drop(self.stopped.insert(run, kill)),
            Err(e) => tracing::error!(%run, error = %e, "cannot signal a supervisor"),
        }
    }

    /// Forgets a run that has ended.
    pub(super) fn forget(&mut self, run: RunId) {
        self.live.remove(&run);
        self.stopped.remove(&run);
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
async fn evidence_of_end(run: RunId, folder: &Path) -> Fact {
    loop {
        match inspect(folder) {
            Ok(Evidence::Starting | Evidence::Alive(..)) => tokio::time::sleep(SHORTLY).await,
            other => return verdict(run, other),
        }
    }
}

/// The fact that the evidence proves. A supervisor that lives is not an end.
fn verdict(run: RunId, evidence: io::Result<Evidence>) -> Fact {
    match evidence {
        Ok(Evidence::Ended(record)) => Fact::Ended(run, record),
        Ok(Evidence::NeverStarted) => Fact::NeverStarted(run),
        Ok(Evidence::Lost { rebooted: true }) => Fact::Lost(run, "the machine was restarted".to_owned()),
        Ok(Evidence::Lost { rebooted: false } | Evidence::Starting | Evidence::Alive(..)) => {
            Fact::Lost(run, "its supervisor was killed".to_owned())
        }
        Err(e) => Fact::Lost(run, format!("its folder cannot be read: {e}")),
    }
}
