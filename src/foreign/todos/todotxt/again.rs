//! How a line comes again: `rec:`.

use jiff::Timestamp;

use super::super::repeat;
use crate::domain::exchange::Todo;
use crate::domain::field::Context;
use crate::domain::recur::{Length, Recur, Rhythm, Unit};
use crate::domain::zone;

/// How it comes again, as others know it.
pub(super) const REC: &str = "rec";

/// The same as Tempo knows it, where that says more; a space is a `_`, and a `_` is two.
pub(super) const RECUR: &str = "recur";

/// The letters of the units of [`REC`]; `b` is a working day.
const UNITS: [(char, Unit); 4] = [('d', Unit::Day), ('w', Unit::Week), ('m', Unit::Month), ('y', Unit::Year)];

/// Lets it come again as Tempo wrote it, as long as that is what the other mark says.
pub(super) fn set(todo: &mut Todo, rec: Option<&str>, exact: Option<String>, context: &Context) -> Result<(), String> {
    let due = todo.definition.due_at;
    if let Some(exact) = exact {
        let exact = Recur::parse(&exact, &context.zone, context.now).map_err(|e| format!("{RECUR}: {e}"))?;
        if rec.map(str::to_owned) == marks(&exact, due, context).0 {
            todo.set_recur(exact);
            return Ok(());
        }
    }
    let Some(text) = rec else { return Ok(()) };
    match read_rec(text, due, todo.times.created, context) {
        Ok(recur) => {
            if let (None, Rhythm::Every(_, Some(from))) = (due, &recur.rhythm) {
                // What comes by the calendar is due on its days.
                todo.definition.due_at = zone::instant(*from, &context.zone);
            }
            todo.set_recur(recur);
        }
        Err(why) => {
            todo.remarks.push(format!("it does not come again here, and keeps its field {REC}: {why}"));
            todo.keep(REC, text);
        }
    }
    Ok(())
}

/// `1w` a week after it was done, `+1w` a week after it was due.
fn read_rec(
    text: &str,
    due: Option<Timestamp>,
    created: Option<Timestamp>,
    context: &Context,
) -> Result<Recur, String> {
    let wrong = || format!("`{text}` is not how often, as in 3d, 1w, +2w, +1m, +1y or +1b");
    let (is_strict, length) = text.strip_prefix('+').map_or((false, text), |length| (true, length));
    let digits = length.bytes().take_while(u8::is_ascii_digit).count();
    let count: u16 = length[..digits].parse().map_err(|_| wrong())?;
    let from = context.zone.to_datetime(due.or(created).unwrap_or(context.now));
    let unit = length[digits..].chars().next().unwrap_or('d');
    if count == 0 || length[digits..].len() > 1 {
        return Err(wrong());
    }
    if unit == 'b' {
        let of_each = "only every working day, rec:+1b, comes by working days";
        return if is_strict && count == 1 { repeat::on_days(from.time(), WORKDAYS) } else { Err(of_each.to_owned()) };
    }
    let (_, unit) = UNITS.iter().find(|(letter, _)| *letter == unit).ok_or_else(wrong)?;
    if is_strict {
        return Ok(repeat::every(count, *unit, from));
    }
    Ok(Recur { rhythm: Rhythm::AfterDone(Length { count, unit: *unit }), until: None, zone: None, lacks_time: false })
}

/// The days of `b`.
const WORKDAYS: &str = "* * 1-5";

/// Both marks of one that is due then: the first for others, the second where that does not say it all.
pub(super) fn marks(recur: &Recur, due: Option<Timestamp>, context: &Context) -> (Option<String>, Option<String>) {
    let letter = |unit: &Unit| UNITS.iter().find(|(_, known)| known == unit).map(|(letter, _)| *letter);
    let clock = due.map(|due| repeat::wall(recur, due, &context.zone).time());
    let rec = match &recur.rhythm {
        Rhythm::Every(Length { count, unit }, _) => letter(unit).map(|letter| format!("+{count}{letter}")),
        Rhythm::AfterDone(Length { count, unit }) => letter(unit).map(|letter| format!("{count}{letter}")),
        Rhythm::Calendar(expr) => clock
            .and_then(|clock| repeat::days_of(expr, clock))
            .filter(|days| days.join(" ") == WORKDAYS)
            .map(|_| "+1b".to_owned()),
    };
    let read = rec.as_ref().and_then(|rec| read_rec(rec, due, None, context).ok());
    let is_all = read.as_ref() == Some(recur) && (due.is_some() || recur.is_chained());
    (rec, (!is_all).then(|| recur.to_string().replace('_', "__").replace(' ', "_")))
}

/// A text of which a space was written as `_`, and a `_` as two.
pub(super) fn words_of(mark: &str) -> String {
    mark.split("__").map(|part| part.replace('_', " ")).collect::<Vec<_>>().join("_")
}
