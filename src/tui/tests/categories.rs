//! The tree of categories over a store.

use super::Rig;
use super::stage::{LOOKS, Stage, UNICODE};
use crate::domain::category::{Branch, Count, tree};
use crate::domain::task::{Definition, Status, Work};
use crate::store::tasks;
use crate::tui::effect::Kind as Of;
use crate::tui::model::Pane;
use crate::tui::model::layer::Layer;
use crate::tui::msg::Answer;

fn add(rig: &Rig, name: &str, category: &str) {
    let definition = Definition { category: category.to_owned(), ..Definition::new(name, Work::Todo(Status::Open)) };
    rig.world.store.write(move |db| tasks::add(db, &definition, jiff::Timestamp::now())).unwrap();
}

/// The rows of the tree, each with what is to be done and with all of its tasks.
fn rows(rig: &Rig) -> Vec<String> {
    let Some(Layer::Categories(categories)) = rig.model.layers.last() else { panic!("no categories") };
    let row = |(_, branch, folded): (usize, &Branch, bool)| {
        let sign = if folded { "+" } else { "" };
        format!("{}{sign}{} {}/{}", ".".repeat(branch.depth), branch.name(), branch.count.open, branch.count.tasks)
    };
    categories.visible(99).map(row).collect()
}

#[test]
fn a5_categories_are_a_tree_with_counts_that_follow_what_changes_and_lead_to_their_tasks() {
    let mut rig = Rig::new(&["backup"]);
    for (name, category) in [("roll", "media/films"), ("tune", "media/music"), ("shelf", "media"), ("rent", "home")] {
        add(&rig, name, category);
    }
    rig.wake();
    rig.press("f");
    assert_eq!(rows(&rig), [" 0/1", "home 1/1", "media 3/3", ".films 1/1", ".music 1/1"]);
    add(&rig, "another roll", "media/films");
    rig.wake();
    assert_eq!(rows(&rig)[2..4], ["media 4/4", ".films 2/2"]);
    rig.press("j j h");
    assert_eq!(rows(&rig), [" 0/1", "home 1/1", "+media 4/4"]);
    rig.press("Enter");
    assert!(rig.model.layers.is_empty());
    assert_eq!((rig.model.filter.as_str(), rig.model.focus), ("category:media", Pane::Tasks));
    let listed: Vec<&str> = rig.model.tasks.rows().iter().map(|row| row.slug.as_str()).collect();
    assert_eq!(listed, ["another-roll", "roll", "shelf", "tune"]);
    // What is done is in it, and no longer to be done.
    rig.press("d f");
    assert_eq!(rows(&rig), [" 0/1", "home 1/1", "+media 3/4"], "as it was left");
    rig.press("l l j Enter");
    assert_eq!(rig.model.filter, "category:media/music");
    rig.press("f g Enter");
    assert_eq!((rig.model.filter.as_str(), rig.selected()), ("category:none", "backup"));
    rig.press("f - = f");
    assert!(rig.model.layers.is_empty(), "its key closes it, too");
}

#[test]
fn the_tree_of_categories_at_several_sizes() {
    let names = [
        "",
        "home",
        "home/money",
        "media",
        "media/films/in black and white, with subtitles",
        "media/music",
        "x\u{1b}[2J",
    ];
    let counts = || {
        let count = |n: usize| Count { tasks: 10_u64.pow(n as u32) + 3, open: if n == 0 { 0 } else { n as u64 * 7 } };
        tree(names.iter().enumerate().map(|(n, name)| ((*name).to_owned(), count(n))))
    };
    for (name, size, keys, look) in [
        ("80x24", (80, 24), "f", UNICODE),
        ("folded-50x20", (50, 20), "f j j j h", UNICODE),
        ("ascii-30x9", (30, 9), "f G", LOOKS[2].1),
    ] {
        let mut stage = Stage::full(size);
        let mut keys = keys.split_whitespace();
        stage.press(keys.next().unwrap());
        stage.answer(Of::Categories, Answer::Categories(counts()));
        keys.for_each(|key| stage.press(key));
        insta::assert_snapshot!(format!("categories-{name}"), stage.text(look));
    }
    for width in [20, 33, 200] {
        for height in [4, 5, 8, 60] {
            let mut stage = Stage::full((width, height));
            stage.press("f");
            stage.answer(Of::Categories, Answer::Categories(counts()));
            stage.press("G");
            stage.text(UNICODE);
        }
    }
}
