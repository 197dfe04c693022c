//! What has to fit together in a definition when a person has set its fields, whichever of them came first.

use super::field::Context;
use super::recur::Rhythm;
use super::reminder::Reminder;
use super::task::{Definition, Work};

/// Makes a definition whole that was `before`: the first due time of what comes again, and the fields of its type in their canonical
/// form. What is as it was is not asked for again.
///
/// # Errors
/// The text begins with the key of the field.
pub fn settle(definition: &mut Definition, before: &Definition, context: &Context) -> Result<(), String> {
    let differs = definition.recur != before.recur || definition.due_at != before.due_at;
    if definition.recur.is_some() && !matches!(definition.work, Work::Todo(_)) {
        return Err("recur: only a to-do has one; a command or a script comes again by its schedules: when".to_owned());
    }
    if differs {
        recur(definition, before, context)?;
    }
    if differs || definition.reminders != before.reminders {
        reminders(definition)?;
    }
    if let Some(types) = &context.types {
        types.settle(
            (definition.task_type.as_deref(), &mut definition.custom),
            (before.task_type.as_deref(), &before.custom),
            &context.zone,
            context.now,
        )?;
    }
    Ok(())
}

fn recur(definition: &mut Definition, before: &Definition, context: &Context) -> Result<(), String> {
    // What is done has its place in the series, whenever it is said to have been due.
    let is_moved = definition.recur == before.recur && !definition.is_closed();
    let Some(recur) = &mut definition.recur else { return Ok(()) };
    let zone = recur.zone(&context.zone);
    if let (Rhythm::Every(length, None), None) = (&recur.rhythm, definition.due_at) {
        return Err(format!(
            "recur: every {length} from when on? Say when the first one is due, with due, or behind it from=2026-12-31T18:00"
        ));
    }
    if is_moved && definition.due_at.is_none() && before.due_at.is_some() && !recur.is_chained() {
        return Err(format!("due: it comes again ({recur}), so it is due: say when, or end that first, with recur="));
    }
    let wall = |at| zone.to_datetime(at);
    if let Some(due) = definition.due_at {
        recur.settle(wall(due), before.due_at.filter(|_| is_moved).map(wall));
    } else if !recur.is_chained() {
        recur.lacks_time = false;
        let first = recur.next_after(context.now, &zone);
        definition.due_at = Some(first.ok_or("recur: nothing of it is to come any more: see its end, until")?.at);
    }
    Ok(())
}

fn reminders(definition: &Definition) -> Result<(), String> {
    let before = definition.reminders.iter().find(|one| matches!(one, Reminder::Before(_)));
    match before {
        Some(before) if definition.due_at.is_none() => Err(format!(
            "remind: {before} counts from when it is due, and it is not; say when, with due, or remind at a time, as in 2026-12-24 9:00"
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;

    use super::super::field::Field;
    use super::super::task::Status;
    use super::super::types::Types;
    use super::*;

    fn context() -> Context {
        let now = "2026-01-20T12:00:00Z".parse().unwrap();
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        Context { zone, now, folder: "/".into(), types: Some(Arc::new(Types::default())) }
    }

    fn made(work: Work, fields: &[(&str, &str)]) -> Result<Definition, String> {
        let before = Definition::new("a", work);
        let mut definition = before.clone();
        for (key, text) in fields {
            Field::named(key)?.set(&mut definition, text, &context())?;
        }
        settle(&mut definition, &before, &context()).map(|()| definition)
    }

    fn todo(fields: &[(&str, &str)]) -> Result<Definition, String> {
        made(Work::Todo(Status::Open), fields)
    }

    #[test]
    fn a2_a_periodic_one_counts_from_its_first_due_time_or_has_it_from_the_calendar() {
        let shown = |definition: &Definition| {
            (definition.recur.as_ref().unwrap().to_string(), definition.due_at.unwrap().to_string())
        };
        let a = todo(&[("recur", "every month"), ("due", "2026-01-31 18:00")]).unwrap();
        assert_eq!(shown(&a), ("every month from=2026-01-31T18:00".into(), "2026-01-31T17:00:00Z".into()));
        let b = todo(&[("recur", "weekdays at 9:00")]).unwrap();
        assert_eq!(shown(&b), ("0 9 * * 1-5".into(), "2026-01-21T08:00:00Z".into()));
        let c = todo(&[("recur", "every week from=2026-01-01T9:00 tz=Asia/Tokyo")]).unwrap();
        assert_eq!(shown(&c).1, "2026-01-22T00:00:00Z");
        assert_eq!(todo(&[("recur", "1 week after done")]).unwrap().due_at, None);
        assert!(todo(&[("recur", "every month")]).unwrap_err().starts_with("recur: every 1 month from when on?"));
        assert!(
            todo(&[("recur", "0 9 * * * until=2026-01-01")])
                .unwrap_err()
                .starts_with("recur: nothing of it is to come")
        );
        let of_machine = made(Work::Command("true".into()), &[("recur", "1 week after done")]);
        assert!(of_machine.unwrap_err().contains("by its schedules: when"));
    }

    #[test]
    fn a2_what_comes_again_by_the_calendar_is_not_moved_back_by_taking_its_due_time_away() {
        let before = todo(&[("recur", "every week"), ("due", "2026-01-24 18:00")]).unwrap();
        let without = |recur: &str, before: &Definition| {
            let mut definition = before.clone();
            for (key, text) in [("due", ""), ("recur", recur)] {
                Field::named(key).unwrap().set(&mut definition, text, &context()).unwrap();
            }
            settle(&mut definition, before, &context()).map(|()| definition.due_at)
        };
        let refused = without("every week from=2026-01-24T18:00", &before).unwrap_err();
        assert!(
            refused.starts_with("due: it comes again (every week from=2026-01-24T18:00), so it is due"),
            "{refused}"
        );
        assert_eq!(without("", &before), Ok(None));
        let chained = todo(&[("recur", "1 week after done"), ("due", "2026-01-24 18:00")]).unwrap();
        assert_eq!(without("1 week after done", &chained), Ok(None));
    }

    #[test]
    fn a2_when_it_is_due_is_moved_what_counts_from_there_goes_along_and_what_names_its_days_stays() {
        let moved = |recur: &str, due: &str, to: &str| {
            let before = todo(&[("recur", recur), ("due", due)]).unwrap();
            let mut definition = before.clone();
            Field::named("due").unwrap().set(&mut definition, to, &context()).unwrap();
            settle(&mut definition, &before, &context()).unwrap();
            definition.recur.unwrap().to_string()
        };
        for (recur, due, to, expected) in [
            ("every month", "2026-02-01 18:00", "2026-02-10 9:00", "every month from=2026-02-10T09:00"),
            ("every 2 weeks", "2026-02-02", "2026-02-04", "every 2 weeks from=2026-02-04T00:00"),
            (
                "every week from=2026-01-01T9:00 tz=Asia/Tokyo",
                "2026-01-22 1:00",
                "2026-01-23 2:00",
                "every week from=2026-01-23T10:00 tz=Asia/Tokyo",
            ),
            // The end of a short month at another time is not another day.
            (
                "every month from=2026-01-31T18:00",
                "2026-02-28 18:00",
                "2026-02-28 19:00",
                "every month from=2026-01-31T19:00",
            ),
            (
                "every month from=2026-01-31T18:00",
                "2026-02-28 18:00",
                "2026-02-27 18:00",
                "every month from=2026-02-27T18:00",
            ),
            ("every monday 9:00", "2026-02-02 9:00", "2026-02-04 18:00", "0 9 * * 1"),
            ("1 week after done", "2026-02-02 9:00", "2026-02-04 18:00", "1 week after done"),
        ] {
            assert_eq!(moved(recur, due, to), expected, "{recur} {due} {to}");
        }
        // What is said together is as it is said, and what is done stays in its series.
        let before = todo(&[("recur", "every month"), ("due", "2026-02-01")]).unwrap();
        let set = |fields: &[(&str, &str)]| {
            let mut definition = before.clone();
            for (key, text) in fields {
                Field::named(key).unwrap().set(&mut definition, text, &context()).unwrap();
            }
            settle(&mut definition, &before, &context()).unwrap();
            definition.recur.unwrap().to_string()
        };
        assert_eq!(
            set(&[("due", "2026-02-03"), ("recur", "every month from=2026-01-15")]),
            "every month from=2026-01-15T00:00"
        );
        assert_eq!(set(&[("due", "2026-02-03"), ("status", "done")]), "every month from=2026-02-01T00:00");
    }

    #[test]
    fn a2_days_without_a_time_have_that_of_the_due_time() {
        let rule = |recur: &str, due: &str| {
            todo(&[("recur", recur), ("due", due)]).map(|made| made.recur.unwrap().to_string()).unwrap()
        };
        assert_eq!(rule("every monday", "2026-02-04 18:00"), "0 18 * * 1");
        assert_eq!(rule("monthly on the 31st", "2026-01-31 18:30:05"), "5 30 18 31 * *");
        assert_eq!(rule("every monday tz=Asia/Tokyo", "2026-02-02 1:00"), "0 9 * * 1 tz=Asia/Tokyo");
        for (recur, expected) in
            [("every monday at midnight", "0 0 * * 1"), ("0 0 * * 1", "0 0 * * 1"), ("mondays at 9", "0 9 * * 1")]
        {
            assert_eq!(rule(recur, "2026-02-04 18:00"), expected, "{recur}");
        }
        assert_eq!(rule("every monday", "2026-02-04"), "0 0 * * 1");
        let alone = todo(&[("recur", "every monday")]).unwrap();
        assert!(
            !alone.recur.as_ref().unwrap().lacks_time && alone.due_at.unwrap().to_string() == "2026-01-25T23:00:00Z"
        );
    }

    #[test]
    fn a4_a_reminder_that_counts_from_a_due_time_needs_one() {
        let e = todo(&[("remind", "2026-12-24 9:00, 1d")]).unwrap_err();
        assert!(e.contains("remind: 1d counts from when it is due"), "{e}");
        assert!(todo(&[("remind", "2026-12-24 9:00")]).is_ok());
        let mut with = todo(&[("remind", "1d"), ("due", "2026-02-01")]).unwrap();
        let before = with.clone();
        with.progress = 10;
        assert!(settle(&mut with, &before, &context()).is_ok());
        with.due_at = None;
        assert!(settle(&mut with, &before, &context()).unwrap_err().starts_with("remind: 1d"));
    }

    #[test]
    fn a1_the_type_is_one_of_those_that_are_declared_unless_it_was_there() {
        assert!(todo(&[("type", "order")]).unwrap_err().starts_with("type: there is no type `order`"));
    }
}
