//! Marks, ranges, and the way back with Esc.

use proptest::prelude::*;

use super::{Rig, key};
use crate::domain::run::Trigger;
use crate::store::{runs, tasks};
use crate::tui::model::layer::Layer;
use crate::tui::model::{Model, Pane};
use crate::tui::msg::Msg;

fn marked(rig: &Rig) -> Vec<String> {
    let mut slugs: Vec<String> = rig.model.marks.tasks.all().map(|(_, slug)| slug.to_owned()).collect();
    slugs.sort();
    slugs
}

#[test]
fn ux_3_space_marks_and_goes_down_and_marks_survive_filter_refresh_and_a_new_name_of_the_list() {
    let mut rig = Rig::new(&["a", "b", "c", "d"]);
    rig.press("Space Space");
    assert_eq!((marked(&rig), rig.selected()), (vec!["a".to_owned(), "b".to_owned()], "c"));
    rig.press("k Space");
    assert_eq!(marked(&rig), ["a"], "a second Space takes the mark away");
    rig.press("/");
    rig.type_text("d");
    rig.press("Enter Space");
    rig.add("aa");
    rig.wake();
    assert_eq!(marked(&rig), ["a", "d"]);
    rig.press("Esc");
    assert_eq!((marked(&rig).len(), rig.model.filter.as_str()), (0, "d"), "the marks go before the filter");
    rig.press("Esc");
    assert_eq!(rig.model.filter, "");
}

#[test]
fn ux_3_a_range_follows_the_cursor_and_is_kept_by_space_or_left_by_esc() {
    let mut rig = Rig::new(&["a", "b", "c", "d", "e"]);
    rig.press("j v j j");
    assert_eq!(rig.model.marks.tasks.count(&rig.model.tasks), (3, false));
    rig.press("k");
    assert_eq!(rig.model.marks.tasks.count(&rig.model.tasks), (2, false));
    rig.press("Esc");
    assert_eq!(rig.model.marks.tasks.count(&rig.model.tasks), (0, false));
    rig.press("v k Space");
    assert_eq!((marked(&rig), rig.model.marks.tasks.has_range()), (vec!["b".to_owned(), "c".to_owned()], false));
    rig.press("G v k v");
    assert_eq!(marked(&rig), ["b", "c"], "a second v leaves the range, too");
}

#[test]
fn ux_3_a_range_and_all_reach_beyond_what_is_loaded() {
    let names: Vec<String> = (0..700).map(|n| format!("t{n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut rig = Rig::new(&[]);
    rig.add_all(&names);
    rig.wake();
    rig.press("g j v G");
    assert!(rig.model.marks.tasks.count(&rig.model.tasks).1, "the range is longer than what is loaded");
    rig.press("D");
    assert!(rig.model.layers.is_empty() && rig.said().contains("Space marks it first"), "{}", rig.said());
    rig.press("Space");
    assert_eq!(marked(&rig).len(), 699);
    rig.press("Esc *");
    assert_eq!((marked(&rig).len(), rig.said()), (700, "700 marked (Esc: none)"));
    rig.press("Esc /");
    rig.type_text("t69");
    rig.press("Enter *");
    assert_eq!(marked(&rig).len(), 10);
}

#[test]
fn ux_3_more_than_ten_thousand_are_not_marked_and_that_is_said() {
    let mut rig = Rig::new(&[]);
    let names: Vec<String> = (0..10_001).map(|n| format!("t{n:05}")).collect();
    rig.add_all(&names.iter().map(String::as_str).collect::<Vec<_>>());
    rig.wake();
    rig.press("*");
    assert_eq!(rig.model.marks.tasks.count(&rig.model.tasks).0, 10_000);
    assert_eq!(rig.said(), "marked the first 10000: there are more");
    rig.press("G Space");
    assert_eq!(rig.said(), "no more than 10000 can be marked");
}

#[test]
fn ux_3_marked_runs_are_forgotten_when_the_list_is_another_one() {
    let mut rig = Rig::new(&["a", "b"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.world
        .store
        .write(move |db| {
            (0..5).try_for_each(|_| runs::queue(db, task, Trigger::Manual, None, &[], jiff::Timestamp::now()).map(drop))
        })
        .unwrap();
    rig.wake();
    rig.press("3 g Space Space");
    assert_eq!(rig.model.marks.runs.all().count(), 2);
    rig.press("*");
    assert_eq!(rig.model.marks.runs.all().count(), 5);
    rig.press("r");
    assert!(rig.said().starts_with("it is done to tasks, and 5 are marked here"), "{}", rig.said());
    rig.press("A");
    assert!(rig.model.marks.runs.is_empty());
}

fn is_at_the_top(model: &Model) -> bool {
    model.layers.is_empty()
        && model.filter.is_empty()
        && model.marks.tasks.is_empty()
        && !model.zoom
        && model.focus == Pane::Tasks
}

#[test]
fn ux_44_esc_from_every_layer_leads_to_the_top_and_never_quits() {
    for keys in [
        "Space Space v j z",
        "/ a Enter *",
        "! l",
        "? a",
        "R a b",
        "t x",
        "a x",
        "e x",
        "s x",
        "D",
        "r x x",
        "4 4 4 z w",
        "3 Space v z",
        "2 Enter /",
        "A 3 *",
        "q",
    ] {
        let mut rig = Rig::new(&["alpha", "beta", "gamma"]);
        let task = tasks::find(&rig.reader, "alpha").unwrap().id;
        rig.plan(task, "every 1h");
        rig.wake();
        rig.press("r");
        rig.press(keys);
        rig.exit = None;
        for _ in 0..12 {
            rig.press("Esc");
        }
        assert!(is_at_the_top(&rig.model) && rig.exit.is_none(), "{keys}: {:?}", rig.model.layers);
        rig.press("Esc Esc");
        assert!(rig.exit.is_none(), "{keys}");
    }
}

/// Something that happens to a list with marks in it.
#[derive(Debug, Clone)]
enum Event {
    Key(&'static str),
    Filter(&'static str),
    Added(u32),
    Deleted(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        prop::sample::select(vec![
            "j", "k", "G", "g", "PgDn", "PgUp", "Ctrl-d", "1", "3", "Tab", "z", "4", "A", "!", "Esc-1"
        ])
        .prop_map(Event::Key),
        prop::sample::select(vec!["", "t", "1", "zz"]).prop_map(Event::Filter),
        (0..1000_u32).prop_map(Event::Added),
        (0..30_usize).prop_map(Event::Deleted),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn ux_3_marks_survive_moving_filtering_and_whatever_others_add_and_delete(events in prop::collection::vec(event(), 1..20)) {
        let mut rig = Rig::new(&["t03", "t11", "t17", "t21", "t35"]);
        rig.press("j Space j Space");
        let before = marked(&rig);
        prop_assert_eq!(before.len(), 2);
        for event in events {
            match event {
                Event::Key("Esc-1") => {
                    // Only what lies over the panes is closed by it.
                    if !rig.model.layers.is_empty() {
                        rig.press("Esc");
                    }
                }
                Event::Key(name) => rig.send(Msg::Key(key(name))),
                Event::Filter(text) if rig.model.layers.is_empty() && rig.model.focus == Pane::Tasks => {
                    rig.press("/ Ctrl-u");
                    rig.type_text(text);
                    rig.press("Enter");
                }
                Event::Filter(_) => {}
                Event::Added(n) => {
                    rig.add(&format!("t{n:03}x"));
                    rig.wake();
                }
                Event::Deleted(at) => {
                    let slugs: Vec<String> = rig.slugs().into_iter().filter(|slug| !before.contains(slug)).collect();
                    if let Some(slug) = slugs.get(at) {
                        let task = tasks::find(&rig.reader, slug).unwrap().id;
                        rig.world.store.write(move |db| tasks::delete(db, task, jiff::Timestamp::now())).unwrap();
                        rig.wake();
                    }
                }
            }
            prop_assert_eq!(marked(&rig), before.clone());
        }
        if matches!(rig.model.layers.last(), Some(Layer::Messages(_))) {
            rig.press("Esc");
        }
        prop_assert_eq!(marked(&rig), before);
    }
}

#[test]
fn ux_28_a_mark_under_the_cursor_stands_behind_the_glyph_and_covers_no_name_and_no_group() {
    let mut rig = Rig::new(&["a"]);
    rig.press("t");
    rig.type_text("nightly");
    rig.press("Enter");
    for (order, row) in [(", n", "▌·●a"), (", t", "▌nightly ·●a")] {
        rig.press(order);
        assert!(rig.screen().contains(&row.replace('●', " ")), "{}", rig.screen());
        rig.press("Space");
        assert!(rig.screen().contains(row), "{row}: {}", rig.screen());
        rig.press("Space");
    }
}
