//! The filter prompt and the views, against a store.

use ratatui::layout::Size;

use super::Rig;
use crate::domain::task::{Definition, Status, Work};
use crate::store::tasks;
use crate::tui::model::edit;
use crate::tui::model::layer::Layer;
use crate::tui::model::toast::Level;
use crate::tui::msg::Msg;

fn rig() -> Rig {
    let mut rig = Rig::new(&["backup", "check-disk"]);
    for (name, category, assignee, tag) in [
        ("Pay rent", "home/money", "ana", "monthly"),
        ("Mend roof", "home", "ben", "roof"),
        ("Book flight", "travel", "ana", "trip"),
    ] {
        let mut definition = Definition::new(name, Work::Todo(Status::Open));
        definition.category = category.to_owned();
        definition.assignee = Some(assignee.to_owned());
        definition.tags = vec![tag.to_owned()];
        let now = jiff::Timestamp::now();
        rig.world.store.write(move |db| tasks::add(db, &definition, now)).unwrap();
    }
    rig.wake();
    rig
}

/// What stands in the prompt.
fn prompt(rig: &Rig) -> String {
    match rig.model.layers.last() {
        Some(Layer::Prompt(prompt)) => edit::text(&prompt.text),
        _ => String::new(),
    }
}

fn listed(rig: &Rig) -> Vec<&str> {
    rig.model.tasks.rows().iter().map(|row| row.slug.as_str()).collect()
}

#[test]
fn a5_the_list_takes_the_language_as_it_is_typed_and_keeps_its_rows_while_a_filter_is_not_whole() {
    let mut rig = rig();
    rig.press("/");
    rig.type_text("status:open category:home");
    assert_eq!(listed(&rig), ["mend-roof", "pay-rent"]);
    rig.type_text(" (assignee:ana");
    assert_eq!(listed(&rig), ["mend-roof", "pay-rent"], "the last that was right");
    assert!(rig.screen().contains("this ( has no )"), "{}", rig.screen());
    rig.press("Enter");
    assert!(!rig.model.layers.is_empty(), "it stays to be mended");
    rig.type_text(")");
    assert_eq!(listed(&rig), ["pay-rent"]);
    rig.press("Enter");
    assert!(rig.model.layers.is_empty());
    assert_eq!(rig.model.filter, "status:open category:home (assignee:ana)");
    rig.press("/ Esc");
    assert_eq!(listed(&rig), ["pay-rent"], "Esc goes back to the filter of before");
}

#[test]
fn a5_tab_completes_keys_words_and_what_the_store_has() {
    let mut rig = rig();
    rig.press("/");
    for (typed, expected) in [
        ("stat", "status:"),
        ("in", "status:in_progress"),
        (" assig", "status:in_progress assignee:"),
        ("b", "status:in_progress assignee:ben"),
        (" -category:ho", "status:in_progress assignee:ben -category:home"),
        (" +mo", "status:in_progress assignee:ben -category:home +monthly"),
    ] {
        rig.type_text(typed);
        rig.press("Tab");
        assert_eq!(prompt(&rig), expected);
    }
}

#[test]
fn a5_a_view_lists_its_tasks_and_its_count_follows_what_changes() {
    let mut rig = rig();
    rig.press("F");
    let shown = |rig: &Rig, name: &str| {
        let row = rig.screen().lines().find(|row| row.contains(name)).unwrap_or_default().to_owned();
        row.split_whitespace().skip_while(|word| *word != name).nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!((shown(&rig, "Mine"), shown(&rig, "Today")), ("2".to_owned(), "0".to_owned()));
    let definition =
        Definition { assignee: Some("ana".to_owned()), ..Definition::new("One more", Work::Todo(Status::Open)) };
    rig.world.store.write(move |db| tasks::add(db, &definition, jiff::Timestamp::now())).unwrap();
    rig.wake();
    assert_eq!(shown(&rig, "Mine"), "3");
    rig.press("6");
    assert!(rig.model.layers.is_empty());
    assert_eq!(listed(&rig), ["book-flight", "one-more", "pay-rent"]);
    assert_eq!(rig.model.order, crate::store::order::Order::State);
}

#[test]
fn a5_the_present_filter_is_kept_under_a_name_and_forgotten_again() {
    let mut rig = rig();
    rig.press("F s");
    assert!(rig.said().starts_with("there is no filter to keep"), "{}", rig.said());
    rig.press("Esc /");
    rig.type_text("category:home");
    rig.press("Enter F s");
    rig.type_text("House");
    rig.press("Enter");
    assert!(rig.said().starts_with("kept as the view House"), "{}", rig.said());
    rig.press("F 1");
    assert!(listed(&rig).is_empty(), "nothing is due today");
    rig.press("F 8");
    assert_eq!(listed(&rig), ["mend-roof", "pay-rent"]);
    rig.press("F G D");
    assert_eq!(rig.said(), "the view House is forgotten");
    rig.press("D");
    assert_eq!(rig.said(), "Blocked comes with Tempo and stays");
}

#[test]
fn a5_how_many_a_filter_finds_is_said_once_it_is_typed_and_follows_what_changes() {
    let mut rig = Rig::new(&[]);
    rig.world
        .store
        .write(|db| {
            for n in 0..700 {
                let mut one = Definition::new(format!("t {n:03}"), Work::Todo(Status::Open));
                one.category = if n % 7 == 0 { "few" } else { "many" }.to_owned();
                tasks::add(db, &one, jiff::Timestamp::now())?;
            }
            Ok(())
        })
        .unwrap();
    rig.wake();
    rig.press("/");
    rig.type_text("category:many");
    assert_eq!(rig.model.found, None, "a page is all that is read for each letter");
    assert!(rig.screen().contains("many/700 "), "{}", rig.screen());
    rig.press("Enter");
    assert!(rig.screen().contains("600/700 "), "{}", rig.screen());
    rig.world.store.write(|db| tasks::delete(db, crate::domain::TaskId(2), jiff::Timestamp::now())).unwrap();
    rig.wake();
    assert!(rig.screen().contains("599/699 "), "{}", rig.screen());
    // What makes further pages quick is done for this order, and again for another one.
    for _ in 0..2 {
        assert_eq!(rig.model.settled, Some(("category:many".to_owned(), rig.model.order)));
        rig.press(", s");
    }
}

#[test]
fn x1_what_is_wrong_with_a_filter_is_said_once_and_beside_what_is_typed() {
    let wrong = "status:open category:home (assignee:ana";
    for width in [120, 80, 40] {
        let mut rig = rig();
        rig.send(Msg::Resize(Size::new(width, 24)));
        rig.press("/");
        rig.type_text(wrong);
        for key in ["Left", "Enter"] {
            rig.press(key);
            let screen = rig.screen();
            assert!(screen.matches("this ( has no )").count() <= 1, "{width} {key}: {screen}");
            let prompt = screen.lines().last().unwrap();
            let typed = prompt.trim_start_matches(" filter tasks: ");
            // What does not fit ends at the cursor.
            assert!(typed.starts_with(wrong) || width == 40, "{width} {key}: {screen}");
        }
        let screen = rig.screen();
        assert_eq!(screen.matches("this ( has no )").count(), 1, "{width}: {screen}");
        assert!(!screen.lines().last().unwrap().contains("has no )"), "{width}: {screen}");
    }
}

#[test]
fn what_a_toast_hides_is_counted_in_words() {
    let mut rig = rig();
    for text in ["one", "two", "three"] {
        rig.model.tell(Level::Warn, text);
    }
    assert!(rig.screen().contains(" three (and 2 more, see ! Messages) "), "{}", rig.screen());
    rig.send(Msg::Resize(Size::new(30, 12)));
    assert!(rig.screen().contains(" three (and 2 more) "), "{}", rig.screen());
}
