//! One search through many outputs, in their order: small ones side by side, large ones block by block.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::Reader;
use super::block::Hit;
use super::lanes::{lanes, share};
use super::{Grain, Scan, Wanted};

/// Outputs that are looked at side by side.
const SIDE_BY_SIDE: usize = 32;

/// An output to go through.
#[derive(Debug, Clone)]
pub struct Source<K> {
    /// Whose it is.
    pub key: K,
    /// The run folder, which need not be there.
    pub folder: PathBuf,
    /// It grows no more: its last line counts also without line end.
    pub whole: bool,
}

/// What is found in an output.
#[derive(Debug)]
pub enum Found<'a> {
    /// These of its lines, in order.
    Lines(&'a mut Reader, Vec<Hit>),
    /// It was gone through: so many of its lines are wanted.
    End(&'a mut Reader, u64),
    /// It cannot be read.
    Failed(io::Error),
}

/// How to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// With this output.
    On,
    /// With the one after it.
    Output,
    /// Not at all.
    Stop,
}

/// An output of one block, and what is wanted in it.
struct Small {
    reader: Reader,
    hits: Vec<Hit>,
    matches: u64,
}

enum Looked {
    Small(Box<Small>),
    Large(Box<Reader>),
}

/// Goes through outputs, and hands what it finds to `found`. `shows` says whether the lines are wanted, or only their number. Before
/// each step, of some milliseconds, `stop` is asked. Returns whether it came to the end.
pub fn sweep<K: Sync>(
    wanted: &Arc<Wanted>,
    sources: &[Source<K>],
    shows: bool,
    stop: &dyn Fn() -> bool,
    found: &mut dyn FnMut(&K, Found<'_>) -> Next,
) -> bool {
    for together in sources.chunks(SIDE_BY_SIDE) {
        if stop() {
            return false;
        }
        let mut threads = vec![(); lanes()];
        let looked = share(&mut threads, together, |(), source| look(wanted, source, shows));
        for (source, looked) in together.iter().zip(looked) {
            let next = match looked {
                Err(e) => found(&source.key, Found::Failed(e)),
                Ok(Looked::Large(mut reader)) => go_through(wanted, source, &mut reader, shows, stop, found),
                Ok(Looked::Small(small)) => {
                    let Small { mut reader, hits, matches } = *small;
                    let next =
                        if hits.is_empty() { Next::On } else { found(&source.key, Found::Lines(&mut reader, hits)) };
                    if next == Next::On { found(&source.key, Found::End(&mut reader, matches)) } else { next }
                }
            };
            if next == Next::Stop {
                return false;
            }
        }
    }
    true
}

/// Looks through an output if it is a small one.
fn look<K>(wanted: &Arc<Wanted>, source: &Source<K>, shows: bool) -> io::Result<Looked> {
    let mut reader = Reader::open(&source.folder)?;
    if reader.bytes() > Grain::default().block as u64 {
        return Ok(Looked::Large(Box::new(reader)));
    }
    let mut scan = Scan::new(Arc::clone(wanted)).alone();
    let mut hits = Vec::new();
    while step(&mut scan, &mut reader, source.whole, shows, &mut |more| hits.extend(more))? {}
    Ok(Looked::Small(Box::new(Small { reader, hits, matches: scan.matches() })))
}

fn go_through<K>(
    wanted: &Arc<Wanted>,
    source: &Source<K>,
    reader: &mut Reader,
    shows: bool,
    stop: &dyn Fn() -> bool,
    found: &mut dyn FnMut(&K, Found<'_>) -> Next,
) -> Next {
    let mut scan = Scan::new(Arc::clone(wanted));
    loop {
        if stop() {
            return Next::Stop;
        }
        let mut hits = Vec::new();
        let more = match step(&mut scan, reader, source.whole, shows, &mut |more| hits.extend(more)) {
            Ok(more) => more,
            Err(e) => return found(&source.key, Found::Failed(e)),
        };
        if !hits.is_empty() {
            match found(&source.key, Found::Lines(reader, hits)) {
                Next::On => {}
                next => return next,
            }
        }
        if !more {
            return found(&source.key, Found::End(reader, scan.matches()));
        }
    }
}

fn step(
    scan: &mut Scan,
    reader: &mut Reader,
    whole: bool,
    shows: bool,
    take: &mut dyn FnMut(Vec<Hit>),
) -> io::Result<bool> {
    if shows { scan.step_shown(reader, whole, usize::MAX, take) } else { scan.step(reader, whole) }
}
