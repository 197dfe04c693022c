//! First contact: the import layer, the example set, the templates, the first run.

use std::time::Duration;

use super::Rig;
use crate::domain::task::{Definition, Work};
use crate::domain::when::When;
use crate::store::incoming::{Incoming, Place};
use crate::store::{schedules, tasks};
use crate::tui::effect::Kind;
use crate::tui::model::import::{Offer, Offered, Source};
use crate::tui::model::layer::Layer;
use crate::tui::msg::{Answer, Msg};

/// Longer than the type-ahead guard.
const A_WHILE: Duration = Duration::from_secs(1);

fn offered(name: &str, place: Place) -> Offered {
    let task = Incoming {
        definition: Definition::new(name, Work::Command(format!("echo {name}"))),
        wishes: vec![(When::Every(Duration::from_secs(900)).into(), "UTC".to_owned())],
    };
    Offered { task, place, origin: "crontab:3".to_owned(), when: vec!["every 15m".to_owned()], notes: Vec::new() }
}

/// The import layer over these jobs.
fn import(rig: &mut Rig, jobs: Vec<Offered>) {
    rig.press("i");
    let off = vec!["crontab -e    and put a # in front of these lines: 3".to_owned()];
    let offer = Offer { jobs, off, ..Offer::default() };
    rig.send(Msg::Answer(0, Kind::Foreign, Box::new(Answer::Foreign(Source::Crontab, Ok(offer)))));
}

#[test]
fn an_import_is_shown_first_creates_what_is_new_in_one_step_and_says_how_the_originals_are_switched_off() {
    let mut rig = Rig::new(&["there"]);
    let jobs = vec![
        offered("One", Place::New("one".to_owned())),
        offered("There", Place::There("there".to_owned())),
        offered("Two", Place::New("two".to_owned())),
    ];
    import(&mut rig, jobs);
    // Typed before it could be read.
    rig.press("Enter");
    assert_eq!(rig.slugs(), ["there"]);
    rig.wait(A_WHILE);
    rig.press("Enter");
    assert_eq!(rig.slugs(), ["one", "there", "two"]);
    let one = tasks::find_exactly(&rig.reader, "one").unwrap();
    assert_eq!(schedules::of_task(&rig.reader, one.id).unwrap().len(), 1);
    assert_eq!(rig.said(), "created 2 tasks (u takes them back)");
    let Some(Layer::Import(layer)) = rig.model.layers.last() else { panic!("the layer is gone") };
    assert_eq!(layer.created, Some(2));
    rig.press("Enter");
    assert!(rig.model.layers.is_empty());
    rig.press("u");
    assert_eq!(rig.slugs(), ["there"]);
}

#[test]
fn an_import_with_nothing_new_and_one_that_is_left_create_nothing() {
    let mut rig = Rig::new(&["there"]);
    import(&mut rig, vec![offered("There", Place::There("there".to_owned()))]);
    rig.wait(A_WHILE);
    rig.press("Enter");
    assert!(rig.model.layers.is_empty());
    import(&mut rig, vec![offered("One", Place::New("one".to_owned()))]);
    rig.wait(A_WHILE);
    rig.press("Esc");
    assert!(rig.model.layers.is_empty());
    assert_eq!(rig.slugs(), ["there"]);
}

#[test]
fn an_answer_about_the_source_that_was_left_is_not_shown() {
    let mut rig = Rig::new(&[]);
    rig.press("i Tab");
    let Some(Layer::Import(layer)) = rig.model.layers.last() else { panic!("no layer") };
    let before = layer.offer.clone();
    assert_eq!(layer.source, Source::Timers);
    let late = Answer::Foreign(Source::Crontab, Err("too late".to_owned()));
    rig.send(Msg::Answer(0, Kind::Foreign, Box::new(late)));
    let Some(Layer::Import(layer)) = rig.model.layers.last() else { panic!("no layer") };
    assert_eq!(layer.offer, before);
}

#[test]
fn the_example_is_loaded_after_a_question_writes_only_in_its_folder_and_is_one_step() {
    let mut rig = Rig::new(&[]);
    rig.press("T");
    rig.wait(A_WHILE);
    rig.press("Enter");
    assert!(rig.slugs().is_empty(), "Enter is on the harmless answer");
    rig.press("T");
    rig.wait(A_WHILE);
    rig.press("l");
    assert_eq!(rig.slugs().len(), 16);
    let folder = rig.world.paths.example();
    assert!(folder.join("report.py").is_file());
    for slug in rig.slugs() {
        let task = tasks::find_exactly(&rig.reader, &slug).unwrap();
        let env = &task.definition.execution.env;
        let is_todo = matches!(task.definition.work, Work::Todo(_));
        assert!(is_todo || env.get("TEMPO_EXAMPLE") == Some(&folder.display().to_string()), "{slug}");
    }
    rig.press("T");
    rig.wait(A_WHILE);
    rig.press("l");
    assert_eq!(rig.said(), "the tasks of the example are all here already");
    rig.press("u");
    assert!(rig.slugs().is_empty());
}
