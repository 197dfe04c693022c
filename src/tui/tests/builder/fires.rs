//! The preview is what the engine fires (UX 45): each slot by its own steps over a store, against the ten that are shown.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::Rig;
use crate::domain::TaskId;
use crate::domain::field::Context;
use crate::domain::planner::{Cause, due_slots};
use crate::domain::rule::Rule;
use crate::domain::zone;
use crate::store::{Db, Store, schedules, tasks};
use crate::tui::model::builder::{Builder, Origin};
use crate::tui::model::draft::{Draft, wish_text};
use crate::tui::worker::{World, preview};

/// The next slots as the engine decides them: from slot to slot, each in the transaction that advances the watermark.
fn fired(store: &Store, task: TaskId, rule: &Rule, zone_name: &str, now: Timestamp) -> Vec<Timestamp> {
    let (rule, zone_name, zone) = (rule.clone(), zone_name.to_owned(), zone::zone(zone_name).unwrap());
    let write = move |db: &Db| {
        schedules::replace(db, task, &[], now)?;
        schedules::add(db, task, &rule, &zone_name, now)?;
        let mut fired = Vec::new();
        while fired.len() < 10
            && let Some(schedule) = schedules::of_task(db, task)?.pop().filter(|schedule| schedule.slot_at.is_some())
        {
            let at = schedule.next_at.unwrap();
            let plan = due_slots(&schedule, &zone, at, Cause::NotRunning);
            let Some((newest, _)) = plan.slots.last() else { break };
            let watermark = newest.at;
            fired.extend(plan.slots.iter().map(|(due, _)| due.at));
            schedules::advance(db, &schedule, watermark, plan.next)?;
        }
        Ok(fired)
    };
    store.write(write).unwrap()
}

fn when() -> impl Strategy<Value = String> {
    let minute = prop_oneof![
        Just("*".to_owned()),
        (0..60_u8).prop_map(|n| n.to_string()),
        (2..31_u8).prop_map(|n| format!("*/{n}"))
    ];
    let hour = prop_oneof![
        Just("*".to_owned()),
        (0..4_u8).prop_map(|n| n.to_string()),
        Just("1-3".to_owned()),
        Just("*/2".to_owned())
    ];
    let day = prop_oneof![4 => Just("*"), 1 => Just("1-7"), 1 => Just("31")];
    let weekday = prop_oneof![4 => Just("*"), 1 => Just("sun"), 1 => Just("1-5")];
    let cron = (minute, hour, day, weekday).prop_map(|(m, h, d, w)| format!("{m} {h} {d} * {w}"));
    let options = prop_oneof![
        Just(""),
        Just(" except=mon"),
        Just(" except=sat excluded=shift"),
        Just(" end=2027-06-01"),
        Just(" jitter=45s")
    ];
    let every = (1..200_u32).prop_map(|n| format!("every {n}m"));
    prop_oneof![6 => (cron, options).prop_map(|(cron, options)| format!("{cron}{options}")), 1 => every]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn ux_45_t8_the_preview_is_what_the_engine_fires_in_four_zones_around_both_changes_of_the_clock(
        text in when(),
        zone_name in prop_oneof![Just("Europe/Berlin"), Just("America/New_York"), Just("Australia/Lord_Howe"), Just("Africa/Cairo")],
        change in any::<prop::sample::Index>(),
        before in 0..100_i64,
    ) {
        let zone = zone::zone(zone_name).unwrap();
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let changes: Vec<Timestamp> = zone.following(start).take(2).map(|change| change.timestamp()).collect();
        let now = *change.get(&changes) - SignedDuration::from_mins(before * 37);
        let rig = Rig::new(&["a"]);
        let task = tasks::find(&rig.reader, "a").unwrap().id;
        let world = World { zone: zone.clone(), zone_name: zone_name.to_owned(), ..rig.world.clone() };
        let context = Context { zone: zone.clone(), now, folder: world.folder.clone(), types: None };
        let rule = Rule::parse(&text, &zone, now, &world.folder).unwrap();
        let fired = fired(&world.store, task, &rule, zone_name, now);
        prop_assert!(!fired.is_empty());
        // Before it is saved, and after.
        let (saved, its_zone) = (rule.clone(), zone_name.to_owned());
        let save = move |db: &Db| {
            schedules::replace(db, task, &[], now)?;
            schedules::add(db, task, &saved, &its_zone, now)
        };
        world.store.write(save).unwrap();
        for task in [None, Some(task)] {
            let texts = vec![("command", "true".to_owned()), ("when", wish_text(&rule, zone_name, zone_name, &context))];
            let asked = Builder::new(Origin::Form, Draft { task, base: Vec::new(), texts }, 0).asked();
            let outlook = preview::outlook(&rig.reader, &world, &asked, now).unwrap();
            let seen = outlook.seen.unwrap_or_else(|| panic!("{text}: {:?}", outlook.errors));
            let slots: Vec<Timestamp> = seen.preview.slots.iter().map(|next| next.due.at).collect();
            prop_assert_eq!(slots, &fired[..], "{}", text);
        }
    }
}
