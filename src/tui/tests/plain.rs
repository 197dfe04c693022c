//! What is to be plain at the first look: whole names, where things are, what is meant by what is said.

use ratatui::layout::Size;

use super::{A_WHILE, Rig};
use crate::domain::task::{Definition, Work};
use crate::store::{runs, tasks};
use crate::tui::log::LogAnswer;
use crate::tui::log::message::{Saved, Saving};
use crate::tui::model::layer::Layer;
use crate::tui::msg::Msg;

fn in_category(rig: &Rig, name: &str, category: &str) {
    let definition =
        Definition { category: category.to_owned(), ..Definition::new(name, Work::Command("true".to_owned())) };
    rig.world.store.write(move |db| tasks::add(db, &definition, jiff::Timestamp::now())).unwrap();
}

fn line(rig: &Rig, with: &str) -> String {
    let screen = rig.screen();
    let line = screen.lines().find(|line| line.contains(with));
    line.unwrap_or_else(|| panic!("no {with}:\n{screen}")).to_owned()
}

fn hint_line(rig: &Rig) -> String {
    rig.screen().lines().last().unwrap().to_owned()
}

#[test]
fn names_in_groups_have_16_columns_and_the_group_is_whole_in_the_border() {
    let mut rig = Rig::new(&[]);
    in_category(&rig, "nightly-photo-backups", "media/backup/photos");
    in_category(&rig, "nightly-film-backups", "media/backup/photos");
    in_category(&rig, "scrub", "storage");
    rig.wake();
    rig.press(", c j");
    assert!(line(&rig, "never ran").contains("media/backu… · nightly-film-ba…"), "{}", rig.screen());
    assert!(line(&rig, "nightly-photo-b…").contains("never ran"), "{}", rig.screen());
    assert!(rig.screen().contains("category: media/backup/photos"), "{}", rig.screen());
    // Where there is no room for both, the name goes first.
    rig.send(Msg::Resize(Size::new(80, 24)));
    assert!(line(&rig, "nightly-film-b").contains("never"), "{}", rig.screen());
    assert!(rig.screen().contains("category: media/b"), "{}", rig.screen());
}

#[test]
fn a_copy_is_told_from_its_original_when_both_names_are_cut() {
    let mut rig = Rig::new(&["nightly-backup-of-the-photo-library"]);
    rig.press("c Ctrl-s");
    assert_eq!(rig.slugs().len(), 2);
    let screen = rig.screen();
    let rows: Vec<&str> = screen.lines().filter(|line| line.contains("nightly-")).collect();
    let names: Vec<&str> =
        rows.iter().filter_map(|row| row.split_whitespace().find(|word| word.contains("nightly-"))).collect();
    assert!(names.len() >= 2 && names[0] != names[1], "{screen}");
}

#[test]
fn a_remark_goes_with_the_next_key_and_several_toasts_say_where_they_are() {
    let mut rig = Rig::new(&["a", "b"]);
    rig.press("*");
    assert!(hint_line(&rig).contains("2 marked"), "{}", hint_line(&rig));
    rig.press("Esc");
    assert!(!hint_line(&rig).contains("marked"), "{}", hint_line(&rig));
    rig.press("4 z");
    assert!(hint_line(&rig).contains("z or Esc"));
    rig.press("z");
    assert!(!hint_line(&rig).contains("z or Esc"), "{}", hint_line(&rig));
    rig.press("1 r j r");
    assert!(hint_line(&rig).contains("(and 1 more, see ! Messages)"), "{}", hint_line(&rig));
}

#[test]
fn what_opens_has_the_hint_line_for_itself() {
    let mut rig = Rig::new(&["a"]);
    for (keys, closes) in [("D", "n"), ("e", "Esc"), ("w", "Esc"), (":", "Esc"), ("/", "Esc")] {
        rig.wait(A_WHILE);
        rig.press("r");
        if !rig.model.layers.is_empty() {
            rig.press("Esc");
        }
        rig.press("p p");
        let said = rig.said().to_owned();
        assert!(hint_line(&rig).contains(&said), "{}", hint_line(&rig));
        rig.press(keys);
        assert!(!rig.model.layers.is_empty() && !hint_line(&rig).contains(&said), "{keys}: {}", hint_line(&rig));
        rig.wait(A_WHILE);
        rig.press(closes);
    }
}

#[test]
fn a_command_of_several_lines_is_several_lines_in_the_dry_run() {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap();
    let definition = Definition { work: Work::Command("first line\nsecond line".to_owned()), ..task.definition };
    rig.world.store.write(move |db| tasks::set(db, task.id, &definition, jiff::Timestamp::now())).unwrap();
    rig.press("R");
    let (first, second) = (line(&rig, "first line"), line(&rig, "second line"));
    assert!(first != second && first.contains("executes") && !second.contains("executes"), "{}", rig.screen());
}

#[test]
fn the_details_show_what_a_run_was_given() {
    let mut rig = Rig::new(&["a"]);
    rig.press("R");
    rig.type_text("--full 'my db'");
    rig.press("Tab");
    rig.type_text("LEVEL=9");
    rig.press("Ctrl-s 4 4 4");
    let run = tasks::find(&rig.reader, "a").unwrap().last_run.unwrap();
    assert_eq!(runs::args(&rig.reader, run).unwrap(), ["--full", "my db"]);
    assert!(line(&rig, "arguments").contains("--full 'my db'"), "{}", rig.screen());
    assert!(line(&rig, "variables").contains("LEVEL=9"), "{}", rig.screen());
}

#[test]
fn commands_of_one_title_say_their_pane_in_the_palette() {
    let mut rig = Rig::new(&["a"]);
    rig.press(":");
    let Some(Layer::Palette(palette)) = rig.model.layers.last() else { panic!("{:?}", rig.model.layers) };
    let mut seen = std::collections::BTreeMap::<&str, Vec<Option<&str>>>::new();
    for entry in &palette.entries {
        seen.entry(&entry.title).or_default().push(entry.place.as_deref());
    }
    assert!(seen.values().any(|places| places.len() > 1), "there are none: this test shows nothing");
    for (title, mut places) in seen {
        let count = places.len();
        places.sort_unstable();
        places.dedup();
        assert!(places.len() == count && (count > 1) == places[0].is_some(), "{title}: {places:?}");
    }
    rig.type_text("a page up log");
    let line = line(&rig, "▌A page up");
    assert!(line.contains("  Log ") && line.contains("PgUp"), "{line}");
}

#[test]
fn why_a_run_cannot_be_stopped_is_whole_in_the_help_of_every_width() {
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let mut rig = Rig::new(&["a-rather-long-name-of-a-task"]);
        rig.press("r");
        let run = tasks::find(&rig.reader, "a").unwrap().last_run.unwrap();
        let end = move |db: &crate::store::Db| {
            let now = jiff::Timestamp::now();
            runs::finish(db, run, crate::domain::run::Outcome::Cancelled, None, None, now)
        };
        rig.world.store.write(end).unwrap();
        rig.wake();
        rig.send(Msg::Resize(Size::new(width, height)));
        for (key, verb) in [("x", "Stop"), ("X", "Kill")] {
            rig.press("?");
            rig.type_text(key);
            let line = line(&rig, verb);
            assert!(line.contains(&format!("#{run} has ended")) && !line.contains('…'), "{width}: {line}");
            rig.press("Esc");
        }
    }
}

#[test]
fn a_log_that_was_saved_is_said_with_its_whole_path_below_the_home_folder() {
    let mut rig = Rig::new(&["a"]);
    rig.model.home = Some("/home/ann".to_owned());
    for (path, said) in [
        ("/home/ann/logs/a-1.log", "saved 9 bytes to ~/logs/a-1.log"),
        ("/srv/a-1.log", "saved 9 bytes to /srv/a-1.log"),
    ] {
        rig.send(Msg::Log(LogAnswer::Saved(Saved::Done(path.into(), 9))));
        assert_eq!(rig.said(), said);
    }
    let saving = Saving { span: None, path: "/home/ann/a-1.log".into(), raw: false, overwrite: false };
    rig.send(Msg::Log(LogAnswer::Saved(Saved::Exists(saving))));
    assert!(rig.screen().contains("Overwrite ~/a-1.log?"), "{}", rig.screen());
}

#[test]
fn the_fields_of_the_form_stand_under_headings_that_cost_no_key() {
    let mut rig = Rig::new(&[]);
    rig.press("a");
    let screen = rig.screen();
    let at =
        |text: &str| screen.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {screen}"));
    assert!(at("│ What") < at("name") && at("command") < at("│ When"), "{screen}");
    rig.type_text("one");
    rig.press("Tab");
    rig.type_text("true");
    rig.press("Tab");
    rig.type_text("every 1h");
    rig.press("Ctrl-s");
    assert_eq!(rig.slugs(), ["one"]);
}
