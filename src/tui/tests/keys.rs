//! The person's own keys: in the panes, on the hint line, in help and menus; and chords.

use super::Rig;
use crate::store::tasks;
use crate::tui::keymap::Keymap;
use crate::tui::model::layer::Layer;

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
