//! What a scan has found so far: from line to line, by place in the order, by height.

use std::io;
use std::sync::Arc;

use super::super::Reader;
use super::super::reader::Fault;
use super::progress::Scan;

/// So many blocks are looked through again for the height of each line; of more, a block is at one height.
const EXACT_BLOCKS: usize = 32;

impl Scan {
    /// The first wanted line from `line` on, among those that were gone through.
    pub fn at_or_after(&mut self, line: u64, reader: &mut Reader) -> io::Result<Option<u64>> {
        let offset = reader.line_offset(line)?;
        for number in self.blocks.partition_point(|block| block.end <= offset)..self.blocks.len() {
            if let Some(found) = self.lines_of(number, reader)?.iter().find(|found| **found >= line) {
                return Ok(Some(*found));
            }
        }
        Ok(None)
    }

    /// The last wanted line up to `line`, among those that were gone through.
    pub fn at_or_before(&mut self, line: u64, reader: &mut Reader) -> io::Result<Option<u64>> {
        let offset = reader.line_offset(line.saturating_add(1))?;
        for number in (0..self.blocks.partition_point(|block| block.start < offset)).rev() {
            if let Some(found) = self.lines_of(number, reader)?.iter().rfind(|found| **found <= line) {
                return Ok(Some(*found));
            }
        }
        Ok(None)
    }

    /// How many wanted lines there are up to a wanted line.
    pub fn ordinal(&mut self, line: u64, reader: &mut Reader) -> io::Result<Option<u64>> {
        let offset = reader.line_offset(line)?;
        for number in self.blocks.partition_point(|block| block.end <= offset)..self.blocks.len() {
            let lines = self.lines_of(number, reader)?;
            if let Ok(place) = lines.binary_search(&line) {
                return Ok(Some(self.blocks[number].matches + place as u64 + 1));
            }
            if lines.first().is_some_and(|first| *first > line) {
                break;
            }
        }
        Ok(None)
    }

    /// The numbers of at most `count` wanted lines, from the one on that has `first` of them before it.
    pub fn page(&mut self, first: u64, count: usize, reader: &mut Reader) -> io::Result<Vec<u64>> {
        let mut page = Vec::with_capacity(count.min(1024));
        let from = self.blocks.partition_point(|block| block.matches <= first).saturating_sub(1);
        for number in from..self.blocks.len() {
            let skip = first.saturating_sub(self.blocks[number].matches);
            let lines = self.lines_of(number, reader)?;
            page.extend(lines.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)).take(count - page.len()));
            if page.len() == count {
                break;
            }
        }
        Ok(page)
    }

    /// How many wanted lines there are at each height of all lines, cut into `bands` of the same number of lines.
    pub fn bands(&mut self, bands: usize, reader: &mut Reader) -> io::Result<Vec<u64>> {
        let mut counts = vec![0; bands];
        let lines = reader.lines().max(1);
        let mut add = |line: u64, count: u64| {
            let band = u128::from(line) * bands as u128 / u128::from(lines);
            if let Some(of_band) = counts.get_mut((band as usize).min(bands.saturating_sub(1))) {
                *of_band += count;
            }
        };
        let with_hits: Vec<usize> = (0..self.blocks.len()).filter(|number| self.hits_of(*number) > 0).collect();
        for number in &with_hits {
            if with_hits.len() > EXACT_BLOCKS {
                add(self.blocks[*number].line, self.hits_of(*number));
            } else {
                self.lines_of(*number, reader)?.iter().for_each(|line| add(*line, 1));
            }
        }
        Ok(counts)
    }

    /// How many lines are wanted of a block.
    fn hits_of(&self, number: usize) -> u64 {
        let after = self.blocks.get(number + 1).map_or(self.matches, |next| next.matches);
        after - self.blocks[number].matches
    }

    /// The wanted lines of a block, found again.
    fn lines_of(&mut self, number: usize, reader: &mut Reader) -> io::Result<Arc<[u64]>> {
        if let Some((near, lines)) = &self.near
            && *near == number
        {
            return Ok(Arc::clone(lines));
        }
        if self.hits_of(number) == 0 {
            return Ok(Arc::new([]));
        }
        self.ready(reader, 1)?;
        let block = self.blocks[number];
        let Some(lane) = self.lanes.first_mut() else { return Ok(Arc::new([])) };
        let lines: Arc<[u64]> = match lane.look(&self.wanted, &(block.start..block.end), true, block.carry) {
            Ok(_) => lane.numbers()?.into(),
            // The next step takes notice.
            Err(Fault::Moved) => return Ok(Arc::new([])),
            Err(Fault::Io(e)) => return Err(e),
        };
        self.near = Some((number, Arc::clone(&lines)));
        Ok(lines)
    }
}
