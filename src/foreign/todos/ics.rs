//! iCalendar (RFC 5545): to-dos as VTODO and coming runs as VEVENT; both are read as to-dos.
//!
//! A priority is the same there, and 10 is 9; without one it is 5. CATEGORIES are the tags and the category. DTSTART, LOCATION and URL
//! are the fields `scheduled`, `location` and `url`; a COMMENT is a note. RELATED-TO with RELTYPE=DEPENDS-ON (RFC 9253) is what it
//! waits for, and RRULE how it comes again (`rule`); one that no series here can have is the field `rrule`. What only Tempo has stands in
//! X-TEMPO-... (3.8.8.2), which other programs pass on.

mod again;
mod line;
mod read;
mod rule;
mod write;
mod zones;

pub(super) use self::read::read;
pub use self::write::{FRAME, Slot, comes_once, slot, todo};
pub use self::zones::Zones;

/// What only Tempo has.
const CATEGORY: &str = "X-TEMPO-CATEGORY";
const PRIORITY: &str = "X-TEMPO-PRIORITY";
const ASSIGNEE: &str = "X-TEMPO-ASSIGNEE";
const TYPE: &str = "X-TEMPO-TYPE";
const BEGUN: &str = "X-TEMPO-BEGUN";
/// How it comes again, exactly.
const RECUR: &str = "X-TEMPO-RECUR";
/// The tasks that the machine does and for which it waits: their slugs.
const MACHINES: &str = "X-TEMPO-DEPENDS-ON";
/// A to-do for which it waits: the value of RELTYPE.
const WAITS: &str = "DEPENDS-ON";
/// A custom field: `name=value`.
const FIELD: &str = "X-TEMPO-FIELD";
/// When a COMMENT was written: a parameter.
const AT: &str = "X-TEMPO-AT";
/// A coming run: the slug of its task.
const SLOT: &str = "X-TEMPO-SLOT";

/// Properties that are custom fields here.
const FIELDS: &[(&str, &str)] = &[("LOCATION", "location"), ("URL", "url")];
/// When work on it is to begin.
const SCHEDULED: &str = "scheduled";
/// How it comes again.
const RRULE: &str = "rrule";
/// When an event ends.
const END: &str = "end";
