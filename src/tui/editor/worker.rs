//! The thread that reads, writes and watches the files of the task that is shown. It waits for wishes and for changes, and for nothing
//! else.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::check;
use super::description::{self, Saved};
use super::draft;
use super::environment;
use super::message::{Disk, EditorAnswer, EditorRequest, Executed, Saving};
use crate::config::Paths;
use crate::domain::TaskId;
use crate::domain::environment::{Environment, State};
use crate::domain::task::Work;
use crate::domain::version::{Content, Origin};
use crate::script::{self, Unread, env};
use crate::store::{Reader, Store, StoreError, environments, scripts, tasks};
use crate::tui::mailbox::{Mailbox, Sender};
use crate::tui::worker::scripts::home;
use crate::watch::{Watch, Watched};

/// A file that was changed is read when nothing more happens to it for so long.
const SETTLED: Duration = Duration::from_millis(60);

/// So long the end of a dashboard waits for its last drafts to be kept.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The worker's end that the dashboard holds. Dropping it ends the thread when all that it was asked is done.
#[derive(Debug)]
pub struct EditorWorker {
    requests: Sender<Option<EditorRequest>>,
    ended: mpsc::Receiver<()>,
}

/// A file is the same while this is.
type Stamp = Option<(SystemTime, u64, u64)>;

/// What the thread knows.
#[derive(Debug)]
pub struct Files {
    store: Store,
    reader: Reader,
    paths: Paths,
    drafts: PathBuf,
    shown: Option<(TaskId, Option<Work>)>,
    stamps: BTreeMap<PathBuf, Stamp>,
    environment: Option<Environment>,
    /// The description of a to-do.
    described: Option<String>,
}

/// A check that takes a while.
#[derive(Debug, Clone)]
pub struct Check {
    path: PathBuf,
    bytes: Vec<u8>,
    /// The interpreter of the task's environment.
    python: Option<PathBuf>,
}

impl Check {
    /// Carries it out.
    pub fn run(self) -> EditorAnswer {
        let (found, unknown) = check::check(&self.path, &self.bytes, self.python.as_deref());
        EditorAnswer::Checked { path: self.path, hash: Content::of(self.bytes).hash, found, unknown }
    }

    /// What is said when it cannot be carried out, and why.
    fn not_run(self, why: &str) -> EditorAnswer {
        let (hash, unknown) = (Content::of(self.bytes).hash, Some(why.to_owned()));
        EditorAnswer::Checked { path: self.path, hash, found: Vec::new(), unknown }
    }
}

impl EditorWorker {
    /// Starts the thread. `answers` is called on it, and on others.
    pub fn start(mut files: Files, answers: impl Fn(EditorAnswer) + Send + Sync + 'static) -> io::Result<Self> {
        let mailbox = Mailbox::new()?;
        let requests = mailbox.sender();
        let watch = Watch::new()?;
        let (finished, ended) = mpsc::channel();
        let answers = Arc::new(answers);
        thread::Builder::new().name("tui-editor".to_owned()).spawn(move || {
            serve(&mut files, &mailbox, &watch, &answers);
            // Nobody waits when the dashboard has waited long enough.
            let _ = finished.send(());
        })?;
        Ok(Self { requests, ended })
    }

    /// Hands a request over; never blocks.
    pub fn send(&self, request: EditorRequest) {
        self.requests.send(Some(request));
    }
}

impl Drop for EditorWorker {
    fn drop(&mut self) {
        self.requests.send(None);
        let _ = self.ended.recv_timeout(LAST_WORDS);
    }
}

fn serve<A: Fn(EditorAnswer) + Send + Sync + 'static>(
    files: &mut Files,
    mailbox: &Mailbox<Option<EditorRequest>>,
    watch: &Watch,
    answers: &Arc<A>,
) {
    let mut watched: BTreeMap<PathBuf, Watched> = BTreeMap::new();
    let mut settles = false;
    files.waiting().into_iter().for_each(answers.as_ref());
    loop {
        let quiet = wait(mailbox, watch, settles.then_some(SETTLED));
        while let Some(request) = mailbox.try_recv() {
            let Some(request) = request else { return };
            let (said, check) = files.carry_out(request);
            said.into_iter().for_each(answers.as_ref());
            if let Some(check) = check {
                let unchecked = check.clone();
                let to = Arc::clone(answers);
                let started = thread::Builder::new().name("tui-check".to_owned()).spawn(move || to(check.run()));
                if let Err(e) = started {
                    // Somebody may wait for it.
                    answers(unchecked.not_run(&e.to_string()));
                }
            }
        }
        files.watch(watch, &mut watched);
        // The last writer is waited for.
        if !watch.names().is_empty() {
            settles = true;
        } else if settles && quiet {
            settles = false;
            files.look(false).into_iter().for_each(answers.as_ref());
        }
    }
}

/// Waits for a wish or a change; true when the time was over before.
fn wait(mailbox: &Mailbox<Option<EditorRequest>>, watch: &Watch, left: Option<Duration>) -> bool {
    let timeout = left.map(|t| Timespec { tv_sec: t.as_secs() as i64, tv_nsec: i64::from(t.subsec_nanos()) });
    let (mailbox, watch) = (mailbox.as_fd(), watch.as_fd());
    let mut fds = [PollFd::from_borrowed_fd(mailbox, PollFlags::IN), PollFd::from_borrowed_fd(watch, PollFlags::IN)];
    // A signal is no reason to do anything but look.
    matches!(poll(&mut fds, timeout.as_ref()), Ok(0))
}

impl Files {
    /// Those of the tasks in a store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn new(store: &Store, paths: &Paths) -> Result<Self, StoreError> {
        let (store, reader) = (store.clone(), store.reader()?);
        let drafts = paths.drafts();
        let (paths, stamps) = (paths.clone(), BTreeMap::new());
        Ok(Self { store, reader, paths, drafts, shown: None, stamps, environment: None, described: None })
    }

    /// Does what is wished, and what takes longer is given back.
    pub fn carry_out(&mut self, request: EditorRequest) -> (Vec<EditorAnswer>, Option<Check>) {
        match request {
            EditorRequest::Show(None) => {
                self.shown = None;
                self.stamps.clear();
            }
            EditorRequest::Show(Some(task)) => {
                let same = self.shown.as_ref().is_some_and(|(shown, _)| *shown == task);
                if !same {
                    self.shown = Some((task, None));
                }
                return (self.look(!same).into_iter().collect(), None);
            }
            EditorRequest::Save(saving) => return self.save(saving),
            // Any text is a description.
            EditorRequest::Check { path, .. } if description::task(&path).is_some() => {}
            EditorRequest::Check { path, bytes } => {
                let python = self.shown.as_ref().and_then(|(task, _)| self.python_of(*task));
                return (Vec::new(), Some(Check { path, bytes, python }));
            }
            EditorRequest::Draft { path, bytes, revision } => {
                let kept = draft::keep(&self.drafts, &path, &bytes, Timestamp::now());
                let kept = kept.map_err(|e| format!("{}: {e}", self.drafts.display()));
                return (vec![EditorAnswer::Drafted(path, revision, kept)], None);
            }
            EditorRequest::Forget(path) => {
                if let Err(e) = draft::forget(&self.drafts, &path) {
                    tracing::warn!(error = %e, file = %path.display(), "a draft stays");
                }
            }
        }
        (Vec::new(), None)
    }

    /// Drafts of before that wait.
    pub fn waiting(&self) -> Option<EditorAnswer> {
        let files = draft::waiting(&self.drafts);
        (!files.is_empty()).then_some(EditorAnswer::Waiting(files))
    }

    /// Reads what the task that is shown executes, when that has changed or is wanted anyway.
    pub fn look(&mut self, anyway: bool) -> Option<EditorAnswer> {
        let (task, before) = self.shown.clone()?;
        let (slug, work, text) = match tasks::get(&self.reader, task) {
            Ok(found) => (found.slug, found.definition.work, found.definition.description),
            Err(StoreError::NotFound(_)) => {
                let news = anyway || before.is_some();
                self.shown = Some((task, None));
                return news.then(|| EditorAnswer::Shown(task, String::new(), Executed::Gone));
            }
            Err(e) => return Some(EditorAnswer::Shown(task, String::new(), Executed::Unknown(e.to_string()))),
        };
        let paths = match &work {
            Work::Script(path) => {
                std::iter::once(path.clone()).chain(home(&self.paths).requirements_of(path)).collect()
            }
            _ => Vec::new(),
        };
        let stamps: BTreeMap<PathBuf, Stamp> = paths.iter().map(|path| (path.clone(), stamp(path))).collect();
        let environment = match &work {
            Work::Script(_) => self.environment_of(task),
            _ => None,
        };
        let described = matches!(work, Work::Todo(_)).then_some(text);
        let same = before.as_ref() == Some(&work)
            && stamps == self.stamps
            && environment == self.environment
            && described == self.described;
        if !anyway && same {
            return None;
        }
        (self.shown, self.stamps) = (Some((task, Some(work.clone()))), stamps);
        (self.environment, self.described) = (environment, described.clone());
        let executed = match work {
            Work::Script(_) => Executed::Files(
                paths
                    .into_iter()
                    .map(|path| {
                        let disk = self.read(&path);
                        (path, disk)
                    })
                    .collect(),
                self.environment.as_ref().map(|known| environment::text(known, &slug)),
            ),
            Work::Command(command) => Executed::Command(command),
            Work::Todo(_) => {
                let path = description::path(task);
                let bytes = described.unwrap_or_default().into_bytes();
                let draft = draft::read(&self.drafts, &path).filter(|draft| draft.bytes != bytes);
                let disk = Disk { bytes: Ok(Some(bytes)), locked: None, draft };
                Executed::Files(vec![(path, disk)], None)
            }
        };
        Some(EditorAnswer::Shown(task, slug, executed))
    }

    fn read(&self, path: &Path) -> Disk {
        let bytes = content(path);
        let locked = home(&self.paths).may_write(path).err().map(|e| format!("read-only: {e}"));
        let same = |draft: &super::message::Draft| matches!(&bytes, Ok(now) if now.as_deref().unwrap_or_default() == draft.bytes);
        let draft = draft::read(&self.drafts, path).filter(|draft| !same(draft));
        Disk { bytes, locked, draft }
    }

    fn save(&mut self, saving: Saving) -> (Vec<EditorAnswer>, Option<Check>) {
        if let Some(task) = description::task(&saving.path) {
            return (vec![self.save_description(task, saving)], None);
        }
        let Saving { task: (task, slug), file, path, bytes, revision, over } = saving;
        let now = match content(&path) {
            Ok(now) => now,
            Err(e) => return (vec![EditorAnswer::Unsaved(path, e)], None),
        };
        let content = Content::of(bytes);
        let known = now.as_deref().map(|now| Content::of(now).hash);
        // Somebody else has written the same: there is nothing to ask.
        if over.is_some_and(|over| over != known) && known != Some(content.hash) {
            return (vec![EditorAnswer::Conflict(path, now)], None);
        }
        if let Err(e) = home(&self.paths).save(&path, &content.bytes) {
            return (vec![EditorAnswer::Unsaved(path, e.to_string())], None);
        }
        if let Some(stamp_of) = self.stamps.get_mut(&path) {
            *stamp_of = stamp(&path);
        }
        if let Err(e) = draft::forget(&self.drafts, &path) {
            tracing::warn!(error = %e, file = %path.display(), "a draft stays");
        }
        let content = content.at(script::commit_of(&path));
        let noted = content.clone();
        let noted = self.store.write(move |db| scripts::note(db, task, file, &noted, Origin::Saved, Timestamp::now()));
        let version = noted.as_ref().ok().copied().flatten();
        let mut said = vec![EditorAnswer::Saved { path: path.clone(), revision, hash: content.hash, version }];
        if let Err(e) = noted {
            said.push(EditorAnswer::Unnoted(path.clone(), e.to_string()));
        }
        if self.has_drifted(task) {
            said.push(EditorAnswer::OldLock(path.clone(), slug));
        }
        let python = self.python_of(task);
        (said, Some(Check { path, bytes: content.bytes, python }))
    }

    /// Whether what a task asks for has changed since it was locked. What cannot be read is said when it is built.
    fn has_drifted(&self, task: TaskId) -> bool {
        let need = tasks::get(&self.reader, task).ok().and_then(|task| env::Need::of(&task));
        let workshop = env::Workshop::new(self.paths.scripts(), self.paths.environments());
        need.is_some_and(|need| workshop.has_drifted(&need).unwrap_or(false))
    }

    fn save_description(&mut self, task: TaskId, saving: Saving) -> EditorAnswer {
        let Saving { path, bytes, revision, over, .. } = saving;
        let saved = self.store.write(move |db| description::save(db, task, bytes, over, Timestamp::now()));
        match saved {
            Ok(Saved::Yes(hash)) => {
                if let Err(e) = draft::forget(&self.drafts, &path) {
                    tracing::warn!(error = %e, file = %path.display(), "a draft stays");
                }
                EditorAnswer::Saved { path, revision, hash, version: None }
            }
            Ok(Saved::Conflict(theirs)) => EditorAnswer::Conflict(path, Some(theirs.into_bytes())),
            Err(e) => EditorAnswer::Unsaved(path, e.to_string()),
        }
    }

    /// The interpreter that the script of a task will run with: that in its environment, else the one that this is made with.
    fn python_of(&self, task: TaskId) -> Option<PathBuf> {
        let known = self.environment_of(task)?;
        let inside = known.folder.filter(|_| known.state == State::Ready).map(|folder| folder.join("bin/python"));
        inside.into_iter().chain(known.python).find(|python| python.exists())
    }

    fn environment_of(&self, task: TaskId) -> Option<Environment> {
        match environments::get(&self.reader, task) {
            Ok(known) => known,
            Err(e) => {
                tracing::warn!(error = %e, "an environment is not shown");
                None
            }
        }
    }

    /// Watches the folders of the files that are shown, and no others.
    fn watch(&self, watch: &Watch, watched: &mut BTreeMap<PathBuf, Watched>) {
        let folder = |path: &PathBuf| {
            // A link is changed where it leads to, and where it is.
            let real = fs::canonicalize(path).ok().and_then(|real| real.parent().map(Path::to_owned));
            path.parent().map(Path::to_owned).into_iter().chain(real).collect::<Vec<_>>()
        };
        let wanted: Vec<PathBuf> = self.stamps.keys().flat_map(folder).collect();
        watched.retain(|folder, watched| {
            let stays = wanted.contains(folder);
            if !stays {
                watch.remove(*watched);
            }
            stays
        });
        for folder in wanted {
            if !watched.contains_key(&folder)
                && let Ok(new) = watch.add_folder(&folder)
            {
                watched.insert(folder, new);
            }
        }
    }
}

fn content(path: &Path) -> Result<Option<Vec<u8>>, String> {
    match script::read(path) {
        Ok(content) => Ok(Some(content.bytes)),
        Err(Unread::Io(e)) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e.to_string()),
    }
}

fn stamp(path: &Path) -> Stamp {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len(), metadata.ino()))
}
