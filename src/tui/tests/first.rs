//! First contact: the import layer, the example set, the templates, the first run.

use std::path::Path;
use std::time::Duration;

use super::Rig;
use super::stage::{LOOKS, Stage, UNICODE};
use crate::domain::task::{Definition, Work};
use crate::domain::when::When;
use crate::store::incoming::{Incoming, Place};
use crate::store::{schedules, tasks};
use crate::tui::effect::Kind as Of;
use crate::tui::keymap::Keymap;
use crate::tui::model::first::{Beginning, FirstRun, Page};
use crate::tui::model::import::{Offer, Offered, Source};
use crate::tui::model::layer::Layer;
use crate::tui::model::templates::Entry;
use crate::tui::model::window::Page as PageOf;
use crate::tui::msg::{Answer, Done, Found, Msg};

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
    rig.send(Msg::Answer(0, Of::Foreign, Box::new(Answer::Foreign(Source::Crontab, Ok(offer)))));
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
    let screen = rig.screen();
    assert!(!screen.contains("Enter create") && screen.contains("Enter close"), "{screen}");
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
    rig.send(Msg::Answer(0, Of::Foreign, Box::new(late)));
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

/// What stands in a field of the form.
fn field(rig: &Rig, key: &str) -> String {
    let Some(Layer::Form(form)) = rig.model.layers.last() else { panic!("no form") };
    form.draft().text(key).to_owned()
}

#[test]
fn a_template_fills_what_is_empty_leaves_the_name_and_says_what_to_change() {
    let mut rig = Rig::new(&[]);
    rig.press("a Tab Tab");
    rig.type_text("every 2h");
    rig.press("F3");
    let Some(Layer::Templates(list)) = rig.model.layers.last() else { panic!("no list") };
    let at = list.entries.as_ref().unwrap().iter().position(|entry| entry.template.title == "HTTP check").unwrap();
    for _ in 0..at {
        rig.press("j");
    }
    rig.press("Enter");
    assert_eq!((field(&rig, "name"), field(&rig, "when")), (String::new(), "every 2h".to_owned()));
    assert!(field(&rig, "command").starts_with("curl --fail"));
    assert_eq!(field(&rig, "env"), "URL=https://example.org/");
    assert_eq!(rig.said(), "when: kept as you typed, the rest is from the template");
    let Some(Layer::Form(form)) = rig.model.layers.last() else { panic!("no form") };
    assert!(form.advice.contains(&"change: URL in env: the page".to_owned()));
    rig.press("Shift-Tab Shift-Tab");
    rig.type_text("Page");
    rig.press("Ctrl-s");
    assert_eq!(rig.slugs(), ["page"]);
}

#[test]
fn every_template_is_a_task_as_soon_as_it_has_a_name() {
    for at in 0..18 {
        let mut rig = Rig::new(&[]);
        rig.press("a");
        rig.type_text("Mine");
        rig.press("F3");
        for _ in 0..at {
            rig.press("j");
        }
        rig.press("Enter Ctrl-s");
        assert_eq!(rig.slugs(), ["mine"], "{at}: {}", rig.said());
        let task = tasks::find_exactly(&rig.reader, "mine").unwrap();
        // Of those that are there to be written by the person, nobody knows when.
        let is_empty = (8..10).contains(&at);
        assert_eq!(schedules::of_task(&rig.reader, task.id).unwrap().is_empty(), is_empty, "{at}");
    }
}

#[test]
fn x1_a_template_of_ones_own_that_is_wrong_is_a_message_with_its_line() {
    let mut rig = Rig::new(&[]);
    let folder = rig.world.paths.templates();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("mine.toml"), "title = \"Mine\"\n[task]\ncommand = \"true\"\n").unwrap();
    std::fs::write(folder.join("wrong.toml"), "title = \"Wrong\"\n[task]\nwhat = 1\n").unwrap();
    rig.press("a F3");
    assert!(rig.said().contains("wrong.toml:3: there is no field `what`"), "{}", rig.said());
    rig.press("G Enter");
    assert_eq!(field(&rig, "command"), "true");
}

#[test]
fn the_form_says_which_slug_a_name_gets_and_what_a_run_will_see() {
    let mut rig = Rig::new(&["backup"]);
    let checked = |rig: &Rig| {
        let Some(Layer::Form(form)) = rig.model.layers.last() else { panic!("no form") };
        form.checked.clone()
    };
    rig.press("a");
    rig.type_text("Backup");
    assert_eq!(checked(&rig).slug, Some(("backup-2".to_owned(), Some("backup".to_owned()))));
    rig.type_text(" of home");
    assert_eq!(checked(&rig).slug, Some(("backup-of-home".to_owned(), None)));
    assert_eq!(checked(&rig).sees, None, "a to-do runs nothing");
    rig.press("Tab");
    rig.type_text("true");
    let sees = checked(&rig).sees.unwrap();
    let path = std::env::var("PATH").unwrap();
    assert!(sees.starts_with("/bin/sh -c in ") && sees.ends_with(&format!("PATH={path}")), "{sees}");
}

#[test]
fn the_import_layer_and_the_templates_at_two_sizes() {
    for size in [(80, 24), (40, 12)] {
        let mut stage = Stage::full(size);
        stage.press("1 i");
        let job = |name: &str, place: Place, notes: &[&str]| Offered {
            task: Incoming {
                definition: Definition::new(name, Work::Command("/usr/local/bin/backup --all".to_owned())),
                wishes: Vec::new(),
            },
            place,
            origin: "crontab:4".to_owned(),
            when: vec!["30 2 * * *, next Sun 2026-11-22 02:30:00".to_owned()],
            notes: notes.iter().map(|&note| note.to_owned()).collect(),
        };
        let offer = Offer {
            jobs: vec![
                job("Backup", Place::New("backup".to_owned()), &["cron passes what is behind % to standard input"]),
                job("Sync", Place::There("sync".to_owned()), &[]),
            ],
            refused: vec![(
                "crontab:9:1".to_owned(),
                "61 * * * * x".to_owned(),
                "minute: 61 is not 0 to 59".to_owned(),
            )],
            notes: vec!["cron mails what a job prints; Tempo sends no mail and keeps it".to_owned()],
            off: vec!["crontab -e    and put a # in front of these lines: 4".to_owned()],
        };
        stage.answer(Of::Foreign, Answer::Foreign(Source::Crontab, Ok(offer)));
        insta::assert_snapshot!(format!("import-{}x{}", size.0, size.1), stage.text(UNICODE));
        let (name, ascii) = LOOKS[2];
        insta::assert_snapshot!(format!("import-{}x{}-{name}", size.0, size.1), stage.snapshot(ascii));
        stage.send(Msg::Done(Box::new(Done::Imported(1))));
        insta::assert_snapshot!(format!("imported-{}x{}", size.0, size.1), stage.text(UNICODE));
        stage.press("Esc a F3");
        let (templates, _) = crate::config::templates::all(Path::new("/nowhere"));
        let lacks = |title: &str| if title == "restic backup" { vec!["restic".to_owned()] } else { Vec::new() };
        let entries = templates.into_iter().map(|template| Entry { lacks: lacks(&template.title), template });
        stage.answer(Of::Templates, Answer::Templates(entries.collect(), Vec::new()));
        stage.press("j");
        insta::assert_snapshot!(format!("templates-{}x{}", size.0, size.1), stage.text(UNICODE));
    }
}

#[test]
fn ux_51_the_first_run_is_three_screens_each_of_which_is_skipped_by_a_key_and_never_comes_again() {
    for (keys, left) in [("Enter Enter Enter", true), ("Esc Esc Esc", true), ("q", true), ("Enter Esc", false)] {
        let mut rig = Rig::new(&[]);
        rig.model.greets = true;
        rig.wake();
        rig.press("Enter");
        let Some(Layer::FirstRun(first)) = rig.model.layers.last() else { panic!("no first run") };
        assert_eq!(first.page, Page::Look, "what was typed for the shell is no answer");
        rig.wait(A_WHILE);
        // Not on what would import something of the machine on which this runs.
        if let Some(Layer::FirstRun(first)) = rig.model.layers.last_mut() {
            first.found = Some(Found::default());
        }
        rig.press(keys);
        assert_eq!(rig.model.layers.is_empty(), left, "{keys}");
        assert_eq!(rig.world.paths.greeted().exists(), left, "{keys}");
        assert!(rig.slugs().is_empty(), "{keys}");
        rig.wake();
        assert_eq!(rig.model.layers.is_empty(), left, "{keys}: it came again");
    }
}

#[test]
fn a_store_with_tasks_is_not_greeted() {
    let mut rig = Rig::new(&["there"]);
    rig.model.greets = true;
    rig.wake();
    assert!(rig.model.layers.is_empty() && !rig.world.paths.greeted().exists());
}

#[test]
fn the_first_run_offers_what_there_is_and_leads_there() {
    let mut rig = Rig::new(&[]);
    rig.model.greets = true;
    rig.wake();
    rig.wait(A_WHILE);
    rig.press("Enter Enter");
    rig.send(Msg::Answer(0, Of::Found, Box::new(Answer::Found(Found { crontab: 3, timers: 0 }))));
    let Some(Layer::FirstRun(first)) = rig.model.layers.last() else { panic!("no first run") };
    let crontab = Beginning::Import(Source::Crontab, 3);
    // Who only presses Enter begins with nothing.
    assert_eq!((first.cursor, first.beginnings()), (0, vec![Beginning::Empty, crontab, Beginning::Example]));
    rig.press("j Enter");
    assert!(matches!(rig.model.layers.last(), Some(Layer::Import(import)) if import.source == Source::Crontab));

    let mut rig = Rig::new(&[]);
    rig.model.greets = true;
    rig.wake();
    rig.wait(A_WHILE);
    rig.press("Enter Enter j j j Enter");
    assert_eq!(rig.slugs().len(), 16);
}

#[test]
fn ux_28_ux_51_the_first_run_at_four_sizes() {
    for size in [(120, 40), (80, 24), (60, 20), (40, 12)] {
        let mut stage = Stage::full(size);
        stage.model.example_folder = "/home/ana/.local/share/tempo/example".into();
        for (page, name) in [(Page::Look, "look"), (Page::Keys, "keys"), (Page::Begin, "begin")] {
            let mut first = FirstRun::new(Duration::ZERO);
            first.page = page;
            first.found = Some(Found { crontab: 3, timers: 1 });
            stage.model.layers = vec![Layer::FirstRun(first)];
            let text = stage.text(UNICODE);
            assert!(text.contains("Enter"), "{text}");
            insta::assert_snapshot!(format!("first-{name}-{}x{}", size.0, size.1), text);
        }
    }
}

#[test]
fn a_look_that_is_wrong_is_put_right_in_the_settings() {
    let mut rig = Rig::new(&[]);
    let file = rig.world.paths.settings();
    std::fs::write(&file, "# mine\nmax_running = 3\n").unwrap();
    rig.model.greets = true;
    rig.wake();
    rig.wait(A_WHILE);
    rig.press("a m");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("# mine\nmax_running = 3\n"), "{text}");
    assert!(text.contains("charset = \"ascii\"\n") && text.contains("theme = \"mono\"\n"), "{text}");
}

#[test]
fn ux_51_what_is_empty_names_the_persons_keys() {
    let mut stage = Stage::empty((120, 40));
    stage.model.keymap = Keymap::read("\"task.add\" = \"+\"\n\"import.crontab\" = \"none\"\n").0;
    let nothing = PageOf { rows: Vec::new(), at_start: true, at_end: true };
    stage.answer(Of::Tasks, Answer::Tasks(String::new(), nothing, None));
    let text = stage.text(UNICODE);
    for named in [
        "+ add a task",
        ":import.crontab import your crontab",
        "Nothing is planned; + adds a task.",
        "Nothing ran yet; + adds a task to run.",
    ] {
        assert!(text.contains(named), "{named}\n{text}");
    }
}
