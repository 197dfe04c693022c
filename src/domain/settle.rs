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
        recur(definition, context)?;
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

fn recur(definition: &mut Definition, context: &Context) -> Result<(), String> {
    let Some(recur) = &mut definition.recur else { return Ok(()) };
    let zone = recur.zone(&context.zone);
    if let Rhythm::Every(length, from @ None) = &mut recur.rhythm {
        let due = definition.due_at.ok_or_else(|| {
            format!("recur: every {length} from when on? Say when the first one is due, with due, or behind it from=2026-12-31T18:00")
        })?;
        *from = Some(zone.to_datetime(due));
    }
    if definition.due_at.is_none() && !recur.is_chained() {
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
