//! How the builder looks, over a store with a fixed past and a fixed now.

use jiff::tz::TimeZone;
use ratatui::layout::Size;

use super::super::stage::{LOOKS, NOW, Stage, UNICODE, at};
use super::{Rig, took};
use crate::domain::when::When;
use crate::store::{schedules, tasks};
use crate::tui::effect::{Editor, Kind};
use crate::tui::model::builder::Builder;
use crate::tui::model::layer::Layer;
use crate::tui::model::outlook::Asked;
use crate::tui::msg::{Answer, Editable, Msg};
use crate::tui::worker::{World, preview};

fn builder(stage: &Stage) -> &Builder {
    match stage.model.layers.last() {
        Some(Layer::Builder(builder)) => builder,
        other => panic!("no builder but {other:?}"),
    }
}

/// The builder over these schedules of a task whose runs take 40 minutes, beside two others that are due at night.
fn stage(size: (u16, u16), when: &str, keys: &str) -> Stage {
    let rig = Rig::new(&["backup-db", "offsite-sync", "rotate-logs"]);
    let task = tasks::find(&rig.reader, "backup-db").unwrap().id;
    took(&rig, task, 40, 20);
    for slug in ["offsite-sync", "rotate-logs"] {
        let other = tasks::find(&rig.reader, slug).unwrap().id;
        let nightly = When::parse("30 2 * * *", &TimeZone::UTC, at(NOW)).unwrap();
        rig.world.store.write(move |db| schedules::add(db, other, &nightly, "Europe/Berlin", at(NOW))).unwrap();
    }
    let world =
        World { zone: TimeZone::get("Europe/Berlin").unwrap(), zone_name: "Europe/Berlin".into(), ..rig.world.clone() };
    let mut stage = Stage::full(size);
    let texts = [("name", "backup-db"), ("command", "dump"), ("when", when), ("overlap", "skip"), ("timeout", "1h")];
    let texts = texts.map(|(key, text)| (key, text.to_owned())).to_vec();
    let editor = Editor::Builder(None);
    let editable = Editable { task, slug: "backup-db".to_owned(), texts, schedules: Vec::new(), editor };
    stage.answer(Kind::Editable, Answer::Editable(Box::new(editable)));
    stage.press(keys);
    let asked = builder(&stage).asked();
    let outlook = preview::outlook(&rig.reader, &world, &asked, at(NOW)).unwrap();
    stage.answer(Kind::Preview, Answer::Previewed(asked, Box::new(outlook)));
    stage
}

#[test]
fn ux_28_the_builder_at_every_size() {
    for (width, height) in [(120, 40), (80, 24), (50, 24), (40, 12)] {
        let stage = stage((width, height), "every 30 minutes, mon-fri, 06:00-22:00", "");
        insta::assert_snapshot!(format!("builder-{width}x{height}"), stage.snapshot(UNICODE));
        let (name, ascii) = LOOKS[2];
        insta::assert_snapshot!(format!("builder-{width}x{height}-{name}"), stage.snapshot(ascii));
    }
}

#[test]
fn a_night_with_collisions_a_long_month_days_left_out_and_the_second_of_two_schedules() {
    let when = "30 2 * * * except=2026-12-24..2026-12-26,sun jitter=5m; 30 2 31 * *";
    for (name, size, keys) in [
        ("daily-120x40", (120, 40), "Tab Tab"),
        ("daily-80x24", (80, 24), "Tab Tab"),
        ("daily-80x24-below", (80, 24), "PgDn PgDn"),
        ("second-120x40", (120, 40), "F6"),
    ] {
        insta::assert_snapshot!(format!("builder-{name}"), stage(size, when, keys).text(UNICODE));
    }
}

#[test]
fn ux_45_what_is_wrong_is_marked_at_its_token() {
    for (name, size, when, keys) in [
        ("cron-80x24", (80, 24), "30 2 * 13 *", ""),
        ("phrase-40x12", (40, 12), "every weekday and sundays att 7:30", ""),
        ("zone-80x24", (80, 24), "30 2 * * * tz=Europe/Berln", "Tab Tab Tab"),
        ("missed-80x24", (80, 24), "30 2 * * * missed=never", "Tab"),
    ] {
        insta::assert_snapshot!(format!("builder-wrong-{name}"), stage(size, when, keys).snapshot(UNICODE));
    }
}

#[test]
fn t4_t10_around_the_changes_of_the_clock_and_on_excluded_days_each_slot_says_what_becomes_of_it() {
    let rig = Rig::new(&["a"]);
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let world = World { zone, zone_name: "Europe/Berlin".into(), ..rig.world.clone() };
    for (name, when, now) in [
        ("spring", "30 2 * * *", "2027-03-26T10:00:00Z"),
        ("autumn", "*/30 2 * * *", "2026-10-24T10:00:00Z"),
        ("moved", "0 9 * * mon except=2026-10-26,2026-10-27 excluded=shift", "2026-10-23T10:00:00Z"),
    ] {
        let mut stage = stage((120, 40), when, "");
        let asked = builder(&stage).asked();
        let unknown = Asked { task: None, ..asked.clone() };
        let outlook = preview::outlook(&rig.reader, &world, &unknown, at(now)).unwrap();
        stage.answer(Kind::Preview, Answer::Previewed(asked, Box::new(outlook)));
        insta::assert_snapshot!(format!("builder-{name}-120x40"), stage.text(UNICODE));
    }
}

#[test]
fn the_cursor_and_the_field_with_the_focus_are_on_every_screen_and_nothing_panics() {
    for field in 0..11 {
        let mut stage = stage((120, 40), "30 2 31 * * jitter=5m except=sun; every 1h", &"Tab ".repeat(field));
        let label = builder(&stage).fields[field].label;
        for width in (30..130).step_by(7) {
            for height in [8, 10, 12, 16, 24, 40, 60] {
                stage.send(Msg::Resize(Size::new(width, height)));
                let text = stage.text(UNICODE);
                assert!(text.contains(&format!("▌{label}")), "{width}x{height} {label}\n{text}");
                assert!(stage.cursor().is_some_and(|at| at.x < width && at.y < height), "{width}x{height} {label}");
            }
        }
    }
}

#[test]
fn the_builder_in_ascii_is_ascii() {
    for size in [(120, 40), (80, 24), (40, 12)] {
        let text = stage(size, "30 2 31 * * jitter=5m except=sun; every 1h", "").text(LOOKS[2].1);
        assert!(text.is_ascii(), "{text}");
    }
}
