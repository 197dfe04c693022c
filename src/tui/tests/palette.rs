//! The command palette: what it finds, what it does it to, and its history.

use super::{A_WHILE, Rig};
use crate::domain::run::Trigger;
use crate::store::{runs, tasks};
use crate::tui::action::{self, Action, Scope};
use crate::tui::model::layer::Layer;
use crate::tui::model::palette::{Deed, Palette};
use crate::tui::model::{Pane, Tab};
use crate::tui::msg::Msg;

fn palette(rig: &Rig) -> &Palette {
    match rig.model.layers.last() {
        Some(Layer::Palette(palette)) => palette,
        other => panic!("{other:?}"),
    }
}

fn titles(rig: &Rig) -> Vec<&str> {
    palette(rig).entries.iter().map(|entry| entry.title.as_str()).collect()
}

/// Opens it, types and runs the first entry.
fn command(rig: &mut Rig, text: &str) {
    rig.press(":");
    rig.type_text(text);
    rig.press("Enter");
}

#[test]
fn ux_42_every_action_of_every_pane_and_menu_is_in_the_palette_with_its_key_or_the_reason_why_not() {
    let mut rig = Rig::new(&[]);
    let menus: Vec<Scope> = action::all()
        .filter_map(|spec| if let Action::Menu(scope) = spec.action { Some(scope) } else { None })
        .collect();
    for pane in ["1", "2", "3", "4", "4"] {
        rig.press(pane);
        rig.press("Ctrl-p");
        for spec in action::all().filter(|spec| spec.action != Action::Palette) {
            let reachable =
                |scope: &Scope| *scope == Scope::Anywhere || Scope::PANES.contains(scope) || menus.contains(scope);
            if spec.scopes.iter().any(reachable) {
                let entry = palette(&rig).entries.iter().find(|entry| entry.deed == Deed::Act(spec.action));
                let entry = entry.unwrap_or_else(|| panic!("{} is not in the palette of {pane}", spec.id));
                assert!(!entry.key.is_empty(), "{}", spec.id);
            }
        }
        let reason =
            |action| palette(&rig).entries.iter().find(|entry| entry.deed == Deed::Act(action)).unwrap().reason.clone();
        for action in [Action::Run, Action::Delete, Action::Stop, Action::Edit] {
            assert!(reason(action).is_some(), "{action:?} of nothing");
        }
        assert_eq!(reason(Action::Add), None);
        rig.press("Esc");
    }
}

#[test]
fn what_is_typed_finds_actions_by_title_and_id_tasks_and_runs() {
    let mut rig = Rig::new(&["back-up", "mirror"]);
    rig.press("r :");
    rig.type_text("zoom");
    assert_eq!(titles(&rig)[0], "Zoom this pane, and back");
    rig.press("Ctrl-u");
    rig.type_text("task.del");
    assert!(titles(&rig)[0].starts_with("Delete"), "{:?}", titles(&rig));
    rig.press("Ctrl-u");
    rig.type_text("mirr");
    assert_eq!(titles(&rig)[0], "mirror");
    rig.press("Ctrl-u");
    rig.type_text("echo mirror");
    assert!(titles(&rig).contains(&"mirror"), "by its command: {:?}", titles(&rig));
    rig.press("Ctrl-u");
    rig.type_text("nothing is like this");
    assert!(titles(&rig).is_empty(), "{:?}", titles(&rig));
    rig.press("Enter");
    assert_eq!(rig.said(), "no command, task or run is found by `nothing is like this`");
    assert!(rig.screen().contains("no command, task or run is found by `nothing is like this`"), "{}", rig.screen());
    rig.press("Ctrl-u");
    rig.type_text("schedule nobody");
    assert!(rig.screen().contains("no task is found by `nobody`"), "{}", rig.screen());
    rig.press("Esc");
    assert!(rig.model.layers.is_empty());
}

#[test]
fn a_verb_takes_a_task_whatever_is_selected() {
    let mut rig = Rig::new(&["back-up", "back-up-more", "mirror"]);
    let of = |rig: &Rig, slug: &str| {
        let task = tasks::find(&rig.reader, slug).unwrap();
        runs::count(&rig.reader, Some(task.id), 10).unwrap()
    };
    rig.press("j j");
    assert_eq!(rig.selected(), "mirror");
    command(&mut rig, "run back-up");
    assert_eq!((of(&rig, "back-up"), of(&rig, "back-up-more"), of(&rig, "mirror")), (1, 0, 0), "{}", rig.said());
    assert_eq!(rig.selected(), "mirror", "what is selected stays so");
    assert!(rig.model.acting.is_none());
    command(&mut rig, "stop back-up");
    assert!(rig.said().contains("out of the queue"), "{}", rig.said());
    command(&mut rig, "stop mirror");
    assert_eq!(rig.said(), "mirror has not run: nothing to stop");
    command(&mut rig, "go back-up-m");
    assert_eq!((rig.selected(), rig.model.focus), ("back-up-more", Pane::Tasks));
    command(&mut rig, "filter mir");
    assert_eq!((rig.model.filter.as_str(), rig.model.tasks.total()), ("mir", Some(1)));
    command(&mut rig, "go back-up");
    assert_eq!((rig.model.filter.as_str(), rig.selected()), ("", "back-up"));
    command(&mut rig, "add Water the plants");
    let Some(Layer::Form(form)) = rig.model.layers.last() else { panic!("no form") };
    assert_eq!(form.fields[0].text.lines(), ["Water the plants"]);
}

#[test]
fn a_number_shows_what_that_run_printed() {
    let mut rig = Rig::new(&["a", "b"]);
    let task = tasks::find(&rig.reader, "b").unwrap().id;
    let queue = |rig: &Rig| {
        let now = jiff::Timestamp::now();
        rig.world.store.write(move |db| runs::queue(db, task, Trigger::Manual, None, &[], now)).unwrap()
    };
    let (first, _second) = (queue(&rig), queue(&rig));
    rig.wake();
    for text in [format!("{first}"), format!("#{first}"), format!("output {first}")] {
        rig.press("1 g");
        command(&mut rig, &text);
        assert_eq!(rig.model.runs.selected().map(|run| run.id), Some(first), "{text}");
        assert_eq!((rig.model.focus, rig.model.tab, rig.selected()), (Pane::Main, Tab::Log, "b"), "{text}");
    }
    command(&mut rig, "output b");
    assert_eq!((rig.model.focus, rig.model.tab, rig.selected()), (Pane::Main, Tab::Log, "b"));
}

#[test]
fn an_action_acts_on_what_was_selected_before_or_on_nothing() {
    let mut rig = Rig::new(&["a", "b"]);
    rig.press("j :");
    rig.type_text("task.del");
    let b = tasks::find(&rig.reader, "b").unwrap().id;
    let now = jiff::Timestamp::now();
    rig.world
        .store
        .write(move |db| crate::store::changes::Step::new(crate::domain::change::By::Cli, now).delete(db, b))
        .unwrap();
    rig.wake();
    rig.press("Enter");
    assert!(rig.model.layers.is_empty(), "no question about a");
    assert!(rig.said().contains("has gone meanwhile"), "{}", rig.said());
    command(&mut rig, "task.del");
    assert!(matches!(rig.model.layers.last(), Some(Layer::Dialog(dialog)) if dialog.title == "Delete a?"));
}

#[test]
fn an_action_of_another_pane_goes_there() {
    let mut rig = Rig::new(&["a"]);
    command(&mut rig, "log.search");
    assert_eq!((rig.model.focus, rig.model.tab), (Pane::Tasks, Tab::Log), "there is no run: {}", rig.said());
    rig.press("r");
    command(&mut rig, "log.search");
    assert_eq!(rig.model.scope(), Scope::Log);
    assert!(matches!(rig.model.layers.last(), Some(Layer::Prompt(_))));
    rig.press("Esc");
    command(&mut rig, "timeline.now");
    assert_eq!(rig.model.scope(), Scope::Timeline);
}

#[test]
fn ux_13_q_and_quit_leave_from_anywhere() {
    for text in ["q", "quit", "q!", "wq"] {
        let mut rig = Rig::new(&["a"]);
        rig.press("4 z");
        command(&mut rig, text);
        assert!(rig.exit.is_some(), "{text}");
    }
}

#[test]
fn tab_completes_and_ctrl_p_and_up_bring_back_what_was_typed() {
    let mut rig = Rig::new(&["alpha", "beta"]);
    rig.press(":");
    rig.type_text("run be");
    rig.press("Tab");
    let typed = |rig: &Rig| palette(rig).text.lines()[0].clone();
    assert_eq!(typed(&rig), "run beta");
    rig.press("Enter");
    command(&mut rig, "go beta");
    rig.press("Ctrl-p Ctrl-p");
    assert_eq!(typed(&rig), "go beta");
    rig.press("Ctrl-p");
    assert_eq!(typed(&rig), "run beta");
    rig.press("Ctrl-n Ctrl-n");
    assert_eq!(typed(&rig), "");
    rig.press("Up");
    assert_eq!(typed(&rig), "go beta", "Up where nothing is typed");
    rig.press("Down Up");
    assert_eq!(typed(&rig), "go beta", "Up moves where something is");
    rig.send(Msg::Paste("one\ntwo".to_owned()));
    assert_eq!(typed(&rig), "go betaone two");
}

#[test]
fn ux_7_the_palette_asks_for_a_few_tasks_of_many_and_the_one_that_is_named_is_among_them() {
    let names: Vec<String> = (0..200).map(|n| format!("t{n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).chain(["t"]).collect();
    let mut rig = Rig::new(&names);
    rig.press(":");
    rig.type_text("run t");
    assert!(palette(&rig).found.tasks.len() <= 51);
    assert_eq!(titles(&rig)[0], "Run t");
    rig.press("Ctrl-u");
    rig.type_text("run t199");
    assert_eq!(titles(&rig), ["Run t199"]);
    rig.wait(A_WHILE);
}

#[test]
fn ux_38_delete_from_the_palette_is_that_of_the_key_also_with_marks_and_by_name_it_is_that_task_only() {
    let title = |rig: &Rig| match rig.model.layers.last() {
        Some(Layer::Dialog(dialog)) => dialog.title.clone(),
        other => panic!("{other:?}"),
    };
    let mut rig = Rig::new(&["a", "b", "c"]);
    rig.press("Space Space D");
    let of_key = title(&rig);
    assert_eq!(of_key, "Delete 2 tasks?");
    rig.press("Esc");
    command(&mut rig, "task.delete");
    assert_eq!(title(&rig), of_key);
    rig.press("Esc");
    command(&mut rig, "delete c");
    assert_eq!(title(&rig), "Delete c?", "what is marked is not what was named");
    rig.press("Esc");
    command(&mut rig, "run c");
    assert!(rig.said().starts_with("queued #1 of c"), "{}", rig.said());
    assert_eq!(rig.model.marks.tasks.all().count(), 2);
}
