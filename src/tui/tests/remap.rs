//! Every key is another one: no text names a key by which nothing happens.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{A_WHILE, Rig};
use crate::domain::run::{Outcome, Trigger};
use crate::store::{runs, tasks};
use crate::tui::action::{self, Action, Scope};
use crate::tui::keymap::Keymap;
use crate::tui::log::message::{Extent, Window};
use crate::tui::log::{LogAction, LogAnswer};
use crate::tui::model::Pane;
use crate::tui::model::layer::Layer;
use crate::tui::msg::{Engine, Msg};

/// A keymap in which every action that can be moved is on a chord of its own.
fn moved() -> Keymap {
    let mut file = String::new();
    let rows = action::all().filter(|spec| spec.scopes != [Scope::Prompt]);
    for (n, spec) in rows.enumerate() {
        let letter = |n: usize| char::from(b'a' + u8::try_from(n).unwrap());
        writeln!(file, "\"{}\" = \"Alt-{} {}\"", spec.id, letter(n / 26), letter(n % 26)).unwrap();
    }
    let (map, problems) = Keymap::read(&file);
    assert!(problems.is_empty(), "{problems:#?}");
    map
}

/// What a person does and sees.
struct Person {
    rig: Rig,
    /// The keys of the table, without Esc, which stays, and without digits, which are also numbers.
    keys: BTreeSet<&'static str>,
    /// How often a text named a key.
    named: usize,
}

impl Person {
    fn new(names: &[&str]) -> Self {
        let mut rig = Rig::new(names);
        rig.model.keymap = moved();
        rig.model.engine = Some(Engine::Here);
        let keys = action::all().flat_map(|spec| spec.keys.iter().copied());
        let keys = keys.filter(|key| *key != "Esc" && !key.chars().all(|c| c.is_ascii_digit())).collect();
        Self { rig, keys, named: 0 }
    }

    /// Presses the key of an action where it is now, and looks at everything.
    fn act(&mut self, action: Action) {
        let scope = self.rig.model.key_scope().unwrap_or_else(|| self.rig.model.scope());
        let key = self.rig.model.keymap.key_in(scope, action);
        let key = key.unwrap_or_else(|| panic!("{action:?} has no key in {scope:?}")).to_owned();
        self.press(&key);
    }

    fn press(&mut self, keys: &str) {
        self.rig.press(keys);
        self.look();
        self.rig.wait(A_WHILE);
        self.look();
    }

    /// Nothing that is said, and nothing that is on the screen, names a key of the table by what it does: `u undoes`. Of the lower
    /// borders of what lies over the panes nothing is a key at all: `Ctrl-s save`.
    fn look(&mut self) {
        let said: Vec<String> = self.rig.model.messages.all().iter().map(|message| message.text.clone()).collect();
        let screen = self.rig.screen();
        for text in said.iter().map(String::as_str).chain(screen.lines()) {
            let words: Vec<&str> =
                text.split(|c: char| " ();,:·│".contains(c)).filter(|word| !word.is_empty()).collect();
            for (at, word) in words.iter().enumerate().skip(1) {
                let does = word.len() > 3 && word.ends_with('s') && word.chars().all(|c| c.is_ascii_lowercase());
                // The second key of a chord is a letter too.
                let chord = at >= 2 && words[at - 2].starts_with("Alt-");
                let key = words[at - 1];
                assert!(chord || !(does && self.keys.contains(key)), "`{key} {word}` in {text:?}\n{screen}");
            }
            self.named +=
                usize::from(words.windows(3).any(|words| words[0].starts_with("Alt-") && words[2].ends_with('s')));
        }
        // The keys of a question and of a menu are its own, and so are those of text.
        if matches!(self.rig.model.layers.last(), None | Some(Layer::Dialog(_) | Layer::Menu(_) | Layer::Inspector(_)))
        {
            return;
        }
        for line in screen.lines().filter(|line| line.contains('╰')) {
            let border = line.split_once('╰').map_or("", |(_, border)| border);
            for word in border.split_whitespace() {
                let letter = word.chars().count() == 1 && word.chars().all(|c| c.is_ascii_alphabetic());
                // The second key of a chord.
                let letter = letter && !border.contains("Alt-");
                assert!(!(letter || word.len() > 1 && self.keys.contains(word)), "{word:?} in {border:?}\n{screen}");
            }
        }
    }
}

#[test]
fn ux_43_with_every_key_moved_no_toast_and_no_border_names_one_of_before() {
    let mut person = Person::new(&["alpha", "bravo", "charlie"]);
    let add = |person: &mut Person, name: &str| {
        person.act(Action::Add);
        person.rig.type_text(name);
        person.act(Action::FieldAfter);
        person.rig.type_text("echo x");
        person.look();
    };
    add(&mut person, "delta");
    person.act(Action::Templates);
    person.press("Esc");
    person.act(Action::Schedule);
    person.rig.type_text("every 1h");
    person.act(Action::ScheduleAfter);
    person.act(Action::ScheduleAdd);
    person.press("Esc");
    person.act(Action::FormSave);
    assert!(person.rig.said().starts_with("added delta (Alt-"), "{}", person.rig.said());
    person.act(Action::Undo);
    person.act(Action::Redo);
    person.act(Action::Edit);
    person.rig.type_text("s");
    person.press("Esc");
    person.act(Action::Edit);
    person.act(Action::FormSave);
    person.act(Action::Schedule);
    person.rig.type_text("x");
    person.press("Esc");
    person.act(Action::Schedule);
    person.act(Action::FormRevert);
    person.press("Esc");
    person.act(Action::Pause);
    person.act(Action::Pause);
    person.act(Action::Run);
    person.act(Action::Run);
    person.press("y");
    person.act(Action::Stop);
    person.act(Action::Duplicate);
    person.act(Action::AllRuns);
    person.act(Action::AllRuns);
    person.act(Action::Zoom);
    person.act(Action::Zoom);
    person.act(Action::RunWith);
    person.press("Esc");
    person.act(Action::Tags);
    person.press("Esc");
    for action in [
        Action::Help,
        Action::Palette,
        Action::Messages,
        Action::Hunt,
        Action::Why,
        Action::ImportCrontab,
        Action::Menu(Scope::Copy),
        Action::Menu(Scope::Sort),
        Action::Inspect,
    ] {
        person.act(action);
        person.press("Esc Esc");
        assert!(person.rig.model.layers.is_empty(), "{action:?}");
    }
    // Over several, with one that fails.
    for verb in [Action::Pause, Action::Run, Action::Stop, Action::Kill, Action::Delete] {
        person.act(Action::MarkAll);
        person.act(verb);
        person.press(if verb == Action::Kill { "Esc" } else { "y" });
        person.press("Esc Esc");
    }
    assert!(person.rig.slugs().is_empty(), "{:?}", person.rig.slugs());
    person.look();
    person.act(Action::Undo);
    // A run that goes on, and one that ended.
    let alpha = tasks::find(&person.rig.reader, "alpha").unwrap().id;
    let start = move |db: &crate::store::Db| {
        let now = jiff::Timestamp::now();
        for ends in [true, false] {
            let run = runs::queue(db, alpha, Trigger::Schedule, None, &[], now)?;
            runs::starting(db, run, "boot")?;
            runs::running(db, run, 1, now)?;
            if ends {
                runs::finish(db, run, Outcome::Failed(3), None, None, now)?;
            }
        }
        Ok(())
    };
    person.rig.world.store.write(start).unwrap();
    person.rig.wake();
    person.act(Action::FocusRuns);
    person.act(Action::First);
    person.act(Action::PauseRun);
    person.act(Action::Stop);
    person.press("y");
    person.act(Action::Compare);
    person.press("Esc");
    person.act(Action::FocusMain);
    assert_eq!((person.rig.model.focus, person.rig.model.scope()), (Pane::Main, Scope::Log));
    in_the_log(&mut person);
    person.act(Action::FocusMain);
    person.look();
    // As many as there are texts that help.
    assert!(person.named > 30, "{}", person.named);
}

/// What the log pane says about keys.
fn in_the_log(person: &mut Person) {
    let extent = Extent { lines: 10, ..Extent::default() };
    person.rig.send(Msg::Log(LogAnswer::Lines { number: 1000, extent, window: Window::default() }));
    for (action, said) in [(LogAction::NextBookmark, " sets one)"), (LogAction::MoreContext, " hides by level")] {
        person.act(Action::Log(action));
        assert!(person.rig.said().contains(said), "{}", person.rig.said());
    }
}

#[test]
fn ux_43_with_every_key_moved_the_first_run_and_a_screen_that_is_too_small_name_theirs() {
    let mut person = Person::new(&[]);
    person.rig.model.layers.push(Layer::FirstRun(crate::tui::model::first::FirstRun::new(std::time::Duration::ZERO)));
    person.rig.wait(A_WHILE);
    for _ in 0..3 {
        person.look();
        assert!(person.rig.screen().contains("Alt-"), "{}", person.rig.screen());
        person.act(Action::Accept);
    }
    person.rig.send(Msg::Resize(ratatui::layout::Size::new(28, 6)));
    let quit = person.rig.model.key_of(Action::Quit);
    assert!(person.rig.screen().contains(&format!("{quit} quits")), "{}", person.rig.screen());
}
