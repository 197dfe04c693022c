//! The person's own keys: in the panes, on the hint line, in help and menus; and chords.

use std::time::Duration;

use super::{A_WHILE, Rig, key};
use crate::store::order::Order;
use crate::store::{runs, tasks};
use crate::tui::action::{self, Action};
use crate::tui::effect::Effect;
use crate::tui::keymap::Keymap;
use crate::tui::model::inspector::Inspector;
use crate::tui::model::layer::Layer;
use crate::tui::model::{Pane, edit};
use crate::tui::msg::Msg;
use crate::tui::update::update;
use crate::tui::worker::intents::kept_order;

fn with(keys: &str) -> Rig {
    let mut rig = Rig::new(&["a", "b"]);
    let (map, problems) = Keymap::read(keys);
    assert_eq!(problems, []);
    rig.model.keymap = map;
    rig
}

#[test]
fn ux_43_a_chord_opens_its_continuations_at_once_and_runs_whole() {
    let mut rig = with("\"task.pause\" = \"g p\"\n\"task.add\" = \"g n a\"\n");
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    rig.plan(task, "every 1h");
    let paused = |rig: &Rig| tasks::get(&rig.reader, task).unwrap().definition.paused;
    rig.press("p");
    assert!(!paused(&rig), "its key is another one now");
    rig.press("g");
    assert!(matches!(rig.model.layers.last(), Some(Layer::Chord(keys)) if keys == "g"));
    rig.press("p");
    assert!(rig.model.layers.is_empty() && paused(&rig));
    rig.press("g n");
    assert!(matches!(rig.model.layers.last(), Some(Layer::Chord(keys)) if keys == "g n"));
    rig.press("a");
    assert!(matches!(rig.model.layers.as_slice(), [Layer::Form(_)]));
}

#[test]
fn ux_44_a_chord_that_is_given_up_or_not_known_does_nothing_else() {
    for keys in ["g Esc", "g Ctrl-c", "g q", "g D", "g n Esc"] {
        let mut rig = with("\"task.pause\" = \"g p\"\n\"task.add\" = \"g n a\"\n");
        rig.press(keys);
        assert!(rig.model.layers.is_empty() && rig.exit.is_none(), "{keys}");
        assert_eq!(
            rig.said().contains("is no key here"),
            !keys.ends_with("Esc") && !keys.ends_with("Ctrl-c"),
            "{keys}"
        );
    }
}

#[test]
fn ux_43_chords_hold_in_every_layer_that_has_the_row() {
    let mut rig = with("\"messages.close\" = \"z z\"\n\"form.save\" = \"Ctrl-x Ctrl-s\"\n");
    rig.press("! z");
    assert!(matches!(rig.model.layers.as_slice(), [Layer::Messages(_), Layer::Chord(_)]));
    rig.press("z");
    assert!(rig.model.layers.is_empty());
    rig.press("a");
    rig.type_text("zz");
    rig.press("Ctrl-x Ctrl-s");
    assert!(rig.slugs().contains(&"zz".to_owned()) || rig.said().starts_with("not saved"), "{}", rig.said());
}

#[test]
fn ux_43_sentences_name_the_persons_keys() {
    let mut rig = Rig::new(&[]);
    rig.model.keymap = Keymap::read("\"task.add\" = \"+\"\n").0;
    rig.press("r");
    assert_eq!(rig.said(), "there is no task here; + adds one");
    rig.model.keymap = Keymap::read("\"task.add\" = \"none\"\n").0;
    rig.press("r");
    assert_eq!(rig.said(), "there is no task here; :task.add adds one");
}

#[test]
fn ux_42_every_action_on_a_task_or_a_run_says_why_it_is_not_possible_without_one() {
    let rig = Rig::new(&[]);
    for spec in action::all().filter(|spec| spec.id.starts_with("task.") || spec.id.starts_with("run.")) {
        let alone = spec.action == Action::Add || spec.pane(rig.model.scope()).is_none();
        assert!(alone || rig.model.reason(spec.action).is_some(), "{} gives no reason", spec.id);
    }
}

/// A sequence that looks random and is the same each time.
fn dice(seed: &mut u64, sides: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as usize % sides
}

#[test]
fn ux_44_esc_leads_from_every_state_to_the_top_and_never_quits() {
    let mut names: Vec<&str> = action::all().flat_map(|spec| spec.keys.iter().copied()).collect();
    names.sort_unstable();
    names.dedup();
    // Those that other states have keys for are reached more often.
    names.extend([":", "?", "F12", "g", "/", "D", "a", "e", "s", "w", "!", "4", "3"]);
    let mut seed = 7;
    for round in 0..80 {
        let mut rig = with("\"task.pause\" = \"g p\"\n\"task.add\" = \"g n a\"\n");
        let mut pressed = Vec::new();
        for _ in 0..=(round % 9) {
            let name = names[dice(&mut seed, names.len())];
            pressed.push(name);
            rig.send(Msg::Key(key(name)));
        }
        rig.wait(A_WHILE);
        rig.exit = None;
        for _ in 0..20 {
            rig.press("Esc");
        }
        assert!(rig.exit.is_none(), "{pressed:?}");
        assert!(rig.model.layers.is_empty(), "{pressed:?}: {:?}", rig.model.layers);
        assert_eq!(
            (rig.model.focus, rig.model.zoom, rig.model.filter.as_str()),
            (Pane::Tasks, false, ""),
            "{pressed:?}"
        );
    }
}

#[test]
fn ctrl_c_is_one_step_back_and_twice_within_a_second_the_question_whether_to_quit() {
    let mut rig = Rig::new(&["a"]);
    rig.press("4 Ctrl-c");
    assert_eq!((rig.model.focus, rig.exit), (Pane::Runs, None));
    rig.model.now.since += Duration::from_secs(2);
    rig.press("Ctrl-c");
    assert!(rig.model.layers.is_empty() && rig.model.focus == Pane::Tasks);
    for keys in ["4", "a", "?", ":", "!", "4 z"] {
        let mut rig = Rig::new(&["a"]);
        rig.press(keys);
        rig.press("Ctrl-c Ctrl-c");
        assert!(matches!(rig.model.layers.last(), Some(Layer::Dialog(dialog)) if dialog.title == "Quit?"), "{keys}");
        assert!(rig.exit.is_none(), "{keys}");
        rig.wait(A_WHILE);
        rig.press("q");
        rig.press("4 Ctrl-c");
        rig.press("j Ctrl-c");
        assert!(rig.model.layers.is_empty() || keys == "a", "another key came between: {keys}");
    }
    let mut rig = Rig::new(&["a"]);
    rig.press("a");
    rig.type_text("half");
    rig.press("Ctrl-c a Ctrl-c Ctrl-c");
    rig.press("Esc");
    assert!(rig.exit.is_none());
}

#[test]
fn h_and_l_and_the_arrows_go_out_and_in_and_never_quit() {
    for (out, inside) in [("h", "l"), ("Left", "Right")] {
        let mut rig = Rig::new(&["a"]);
        rig.press("r");
        rig.press(&format!("{inside} {inside}"));
        assert_eq!(rig.model.focus, Pane::Main);
        rig.press("Esc");
        rig.press(&format!("{out} {out} {out}"));
        assert_eq!((rig.model.focus, rig.exit), (Pane::Tasks, None));
    }
}

#[test]
fn a_prompt_remembers_what_was_typed_for_its_purpose_and_tab_completes_a_name() {
    let mut rig = Rig::new(&["alpha", "beta"]);
    let typed = |rig: &Rig| match rig.model.layers.last() {
        Some(Layer::Prompt(prompt)) => prompt.text.lines()[0].clone(),
        other => panic!("{other:?}"),
    };
    rig.press("/");
    rig.type_text("al");
    rig.press("Enter Esc /");
    rig.type_text("be");
    rig.press("Enter Esc /");
    rig.type_text("x");
    rig.press("Up");
    assert_eq!(typed(&rig), "be");
    rig.press("Up Up");
    assert_eq!(typed(&rig), "al");
    assert_eq!(rig.model.filter, "al", "the list follows");
    rig.press("Down Down");
    assert_eq!(typed(&rig), "x");
    rig.press("Ctrl-u");
    rig.type_text("bet");
    rig.press("Tab");
    assert_eq!(typed(&rig), "beta");
    rig.press("Ctrl-w");
    assert_eq!(typed(&rig), "");
    rig.press("Esc r 4 /");
    rig.press("Up");
    assert_eq!(typed(&rig), "", "the search has a history of its own");
}

fn inspector(rig: &Rig) -> &Inspector {
    match rig.model.layers.last() {
        Some(Layer::Inspector(inspector)) => inspector,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_inspector_says_what_a_key_sends_is_called_and_does_and_does_nothing_itself() {
    let mut rig = with("\"task.pause\" = \"g p\"\n");
    rig.press("F12");
    rig.send(Msg::Sent(Some(key("D")), b"D".to_vec()));
    let seen = &inspector(&rig).seen[0];
    assert_eq!((seen.name.as_deref(), seen.bound.map(|(id, _)| id)), (Some("D"), Some("task.delete")));
    rig.send(Msg::Sent(Some(key("Up")), b"\x1b[A".to_vec()));
    let seen = &inspector(&rig).seen[0];
    assert_eq!((seen.written().as_str(), seen.hex().as_str()), ("ESC [ A", "1b 5b 41"));
    assert_eq!(seen.bound.map(|(id, _)| id), Some("move.up"));
    rig.send(Msg::Sent(Some(key("g")), b"g".to_vec()));
    assert!(inspector(&rig).seen[0].begins);
    rig.send(Msg::Sent(None, b"\x1b[?62c".to_vec()));
    assert_eq!(inspector(&rig).seen[0].name, None);
    for name in ["q", "Ctrl-c", "Ctrl-c", "Esc", "j"] {
        rig.press(name);
    }
    assert_eq!(inspector(&rig).seen.len(), 8, "the last eight");
    rig.press("Esc Esc");
    assert!(rig.model.layers.is_empty() && rig.exit.is_none());
    assert_eq!(rig.slugs(), ["a", "b"]);
    rig.send(Msg::Sent(Some(key("j")), b"j".to_vec()));
    assert_eq!(rig.selected(), "b", "what was on its way when it closed is a key");
}

#[test]
fn the_help_runs_rows_of_menus_and_of_other_panes_and_says_what_a_key_of_a_form_is_for() {
    let mut rig = Rig::new(&["a"]);
    rig.press("r ?");
    rig.type_text("log.wrap");
    rig.press("Enter");
    assert!(rig.model.layers.is_empty() && rig.model.focus == Pane::Main, "{}", rig.said());
    rig.press("1 ?");
    rig.type_text("form.save");
    rig.press("Enter");
    assert_eq!(rig.said(), "that key is for the form");
    assert!(matches!(rig.model.layers.last(), Some(Layer::Help(_))));
}

#[test]
fn f1_tells_the_keys_of_what_is_open_and_leads_back_to_it() {
    for (open, first) in [("a", "form.enter"), (":", "palette.run"), ("/", "prompt.accept"), ("!", "move.down")] {
        let mut rig = Rig::new(&["a"]);
        rig.press(open);
        rig.press("F1");
        let Some(Layer::Help(help)) = rig.model.layers.last() else { panic!("no help over {open}") };
        let lines = help.matching(&rig.model);
        assert_eq!(lines[0].id, first, "{open}");
        assert!(lines.iter().all(|line| line.action.is_none()), "nothing is done below {open}");
        rig.press("Enter Esc");
        assert_eq!(rig.model.layers.len(), 1, "{open}");
    }
}

#[test]
fn ux_43_the_screen_names_the_persons_keys() {
    let mut rig = Rig::new(&[]);
    rig.model.keymap = Keymap::read("\"task.add\" = \"Ctrl-n\"\nhelp = \"F8\"\npalette = \"F9\"\n").0;
    let look = crate::tui::tests::stage::UNICODE;
    let mut buf = ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, 120, 40));
    crate::tui::view::draw(&rig.model, look, &mut buf);
    let text: String = buf.content.iter().map(ratatui::buffer::Cell::symbol).collect();
    for named in ["Ctrl-n add a task", "F8 help", "F9 commands"] {
        assert!(text.contains(named), "{named}");
    }
    assert!(!text.contains("? help"));
}

/// Presses a key of which what it asks the store for is not answered yet.
fn ask(rig: &mut Rig, name: &str) -> Vec<Effect> {
    let moment = rig.moment();
    update(&mut rig.model, moment, Msg::Key(key(name)))
}

/// Types while nothing is answered: nothing but letters that wait.
fn type_ahead(rig: &mut Rig, names: &str) {
    for name in names.split_whitespace() {
        let effects = ask(rig, name);
        assert!(effects.is_empty(), "{name}: {effects:?}");
    }
}

#[test]
fn ux_39_what_is_typed_while_a_form_or_a_prompt_is_on_its_way_is_typed_into_it() {
    for (opens, typed) in [("E", "x x D"), ("t", "x x D")] {
        let mut rig = Rig::new(&["a", "b"]);
        let effects = ask(&mut rig, opens);
        type_ahead(&mut rig, typed);
        assert!(rig.model.layers.is_empty() && rig.slugs().len() == 2, "{opens}");
        rig.carry_out(effects);
        let text = match rig.model.layers.last() {
            Some(Layer::Form(form)) => edit::text(&form.fields[0].text),
            Some(Layer::Prompt(prompt)) => edit::text(&prompt.text),
            other => panic!("{opens}: {other:?}"),
        };
        assert!(text.ends_with("xxD"), "{opens}: {text}");
    }
}

#[test]
fn ux_39_what_is_typed_before_a_question_is_there_is_no_answer_and_no_command() {
    let mut rig = Rig::new(&["a", "b"]);
    let effects = ask(&mut rig, "D");
    type_ahead(&mut rig, "y r");
    rig.carry_out(effects);
    assert!(matches!(rig.model.layers.as_slice(), [Layer::Dialog(_)]), "{:?}", rig.model.layers);
    assert_eq!((rig.slugs().len(), runs::count(&rig.reader, None, 9).unwrap()), (2, 0));
}

#[test]
fn ux_39_enter_in_a_list_that_is_not_read_yet_waits_for_it_and_esc_does_not() {
    let mut rig = Rig::new(&["a", "b"]);
    let effects = ask(&mut rig, "F");
    type_ahead(&mut rig, "5");
    rig.carry_out(effects);
    assert!(rig.model.layers.is_empty(), "{:?}", rig.model.layers);
    assert_eq!(rig.model.filter, "kind:script");
    rig.press("Esc");
    let effects = ask(&mut rig, "F");
    type_ahead(&mut rig, "5");
    drop(ask(&mut rig, "Esc"));
    assert!(rig.model.layers.is_empty());
    rig.carry_out(effects);
    assert_eq!(rig.model.filter, "");
}

#[test]
fn ux_39_enter_in_the_palette_waits_for_the_task_that_is_meant() {
    let mut rig = Rig::new(&["backup", "bake", "web"]);
    rig.press(":");
    rig.type_text("go w");
    let letters = "e b".split(' ').flat_map(|name| ask(&mut rig, name)).collect();
    type_ahead(&mut rig, "Enter");
    assert_eq!(rig.model.layers.len(), 1);
    rig.carry_out(letters);
    assert_eq!((rig.selected(), rig.model.layers.len()), ("web", 0), "{}", rig.said());
    // What needs no answer is done at once.
    rig.press(":");
    rig.type_text("pane.zoo");
    drop(ask(&mut rig, "m"));
    drop(ask(&mut rig, "Enter"));
    assert!(rig.model.zoom);
}

#[test]
fn the_order_of_the_list_is_there_at_the_next_start() {
    let mut rig = Rig::new(&["a"]);
    assert_eq!(kept_order(&rig.world.paths.order()), Order::Name);
    rig.press(", d");
    assert_eq!((rig.model.order, kept_order(&rig.world.paths.order())), (Order::Due, Order::Due));
    // A view has its own, for as long as it is looked at.
    rig.press("F 3");
    assert_eq!((rig.model.order, kept_order(&rig.world.paths.order())), (Order::State, Order::Due));
    std::fs::write(rig.world.paths.order(), "by moon\n").unwrap();
    assert_eq!(kept_order(&rig.world.paths.order()), Order::Name, "what is not known here is as nothing");
    std::fs::remove_file(rig.world.paths.order()).unwrap();
    std::fs::create_dir(rig.world.paths.order()).unwrap();
    rig.press(", n");
    assert!(rig.said().starts_with("the next start will not list by name: cannot write "), "{}", rig.said());
}
