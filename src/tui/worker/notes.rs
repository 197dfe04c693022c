//! Keeps what was said: a thread of its own, so that no toast waits for the disk, and several of them are one commit.

use std::sync::mpsc;
use std::time::Duration;

use super::super::mailbox::Sender;
use super::super::msg::Msg;
use super::World;
use crate::domain::message::Note;
use crate::store::messages;

/// What is said within this time is kept together.
const GATHER: Duration = Duration::from_millis(300);

/// Jobs that are carried out together at most.
const MOST: usize = 64;

/// What is done about the messages of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoteJob {
    /// Keep these, which go up to this number of the session.
    Keep(u64, Vec<Note>),
    /// Somebody looked at the list up to this message.
    Read(i64),
    /// Somebody looked at what this dashboard has given to be kept.
    ReadOwn,
    /// Remove all up to this message.
    Clear(i64),
}

/// Carries jobs out until there will be none, and says when they are done.
pub(super) fn serve(world: &World, jobs: &mpsc::Receiver<NoteJob>, answers: &Sender<Msg>) {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        // A person who opened the list, or cleared it, looks at it.
        while batch.len() < MOST && batch.iter().all(|job| matches!(job, NoteJob::Keep(..))) {
            match jobs.recv_timeout(GATHER) {
                Ok(job) => batch.push(job),
                Err(_) => break,
            }
        }
        if let Some(msg) = carry_out(world, batch)
            && !answers.send(msg)
        {
            return;
        }
    }
}

/// In one transaction. Up to which number of the session all is kept; nothing when the store refused: it is shown all the same, and
/// the store has said why to whoever asked it for something.
pub(in crate::tui) fn carry_out(world: &World, batch: Vec<NoteJob>) -> Option<Msg> {
    let session = format!("dashboard {}", std::process::id());
    let up_to =
        batch.iter().filter_map(|job| if let NoteJob::Keep(up_to, _) = job { Some(*up_to) } else { None }).max();
    let written = world.store.write(move |db| {
        for job in &batch {
            match job {
                NoteJob::Keep(_, notes) => {
                    notes.iter().try_for_each(|note| messages::add(db, note, &session).map(drop))?;
                }
                NoteJob::Read(id) => messages::read_up_to(db, *id)?,
                NoteJob::ReadOwn => messages::read_of(db, &session)?,
                NoteJob::Clear(id) => drop(messages::clear(db, *id)?),
            }
        }
        Ok(())
    });
    match written {
        Ok(()) => Some(Msg::Kept(up_to.unwrap_or(0))),
        Err(e) => {
            tracing::warn!(error = %e, "messages could not be kept");
            None
        }
    }
}
