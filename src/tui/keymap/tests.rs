use super::*;

fn read(text: &str) -> (Keymap, Vec<String>) {
    let (map, problems) = Keymap::read(text);
    (map, problems.iter().map(Problem::to_string).collect())
}

fn id<'a>(map: &'a Keymap, scope: Scope, keys: &str) -> Option<&'a str> {
    map.find(scope, keys).map(|row| row.id)
}

#[test]
fn ux_43_a_key_a_list_none_and_a_chord_are_read_with_or_without_quotes() {
    let (map, problems) = read(
        "\"task.run\" = \"C-x\"\n\"task.delete\" = [\"D\", \"Z d\", \"Z d\"]\n\"task.add\" = \"none\"\nhelp = \"f12\"\n[log]\nwrap = \"W\"\n",
    );
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(id(&map, Scope::Tasks, "Ctrl-x"), Some("task.run"));
    assert_eq!(id(&map, Scope::Tasks, "r"), None);
    assert_eq!(id(&map, Scope::Tasks, "a"), None);
    assert_eq!(id(&map, Scope::Log, "F12"), Some("help"));
    assert_eq!((id(&map, Scope::Log, "W"), id(&map, Scope::Log, "w")), (Some("log.wrap"), None));
    assert_eq!(id(&map, Scope::Tasks, "Z d"), Some("task.delete"));
    let rest: Vec<_> = map.continuations(Scope::Tasks, "Z").map(|(rest, row)| (rest, row.id)).collect();
    assert_eq!(rest, [("d", "task.delete")]);
    assert_eq!(map.key_of(Action::Add), None);
    assert_eq!(map.key_of(Action::Delete), Some("D"));
}

#[test]
fn ux_43_a_persons_key_is_taken_from_every_default_that_shares_a_scope_and_from_no_other() {
    // `g` alone begins a chord now, so that it cannot go to the first row too; in the log and the messages nothing has changed.
    let (map, problems) = read("\"task.add\" = \"j\"\n\"task.run\" = \"g r\"\n");
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(id(&map, Scope::Tasks, "j"), Some("task.add"));
    assert_eq!(map.within(Scope::Tasks).iter().find(|row| row.id == "move.down").map(Row::key), Some("Down"));
    assert_eq!(map.within(Scope::Tasks).iter().find(|row| row.id == "move.first").map(Row::key), Some("Home"));
    assert_eq!(id(&map, Scope::Messages, "j"), Some("move.down"));
    assert_eq!(id(&map, Scope::Messages, "g"), Some("move.first"));
    assert_eq!(id(&map, Scope::Log, "j"), Some("log.down"));
    assert_eq!(map.within(Scope::Log).iter().find(|row| row.id == "log.first").map(Row::key), Some("Home"));
}

#[test]
fn ux_43_whatever_key_a_person_takes_it_is_theirs_though_the_table_has_it_too() {
    // As if a new version had given any of these keys to something else.
    for spec in action::all().filter(|spec| spec.scopes.contains(&Scope::Tasks)) {
        for key in spec.keys.iter().filter(|key| **key != "Esc") {
            let (map, problems) = read(&format!("\"task.why\" = {key:?}\n"));
            assert_eq!(problems, Vec::<String>::new(), "{key}");
            let owners: Vec<_> =
                map.within(Scope::Tasks).iter().filter(|row| row.keys.iter().any(|own| own == key)).collect();
            assert_eq!(owners.iter().map(|row| row.id).collect::<Vec<_>>(), ["task.why"], "{key}");
        }
    }
}

#[test]
fn ux_43_a_clash_of_two_wishes_names_both_owners_and_both_lines_and_the_first_wins() {
    let (map, problems) = read("# mine\n\"task.run\" = \"b\"\n\n\"task.edit\" = [\"b\", \"B\"]\n");
    assert_eq!(
        problems,
        [
            "keys.toml:4: `b` is wanted by task.run (line 2) and task.edit (line 4) in Tasks, Next, Runs, Script, Details, Timeline: there it does task.run"
        ]
    );
    assert_eq!((id(&map, Scope::Tasks, "b"), id(&map, Scope::Tasks, "B")), (Some("task.run"), Some("task.edit")));
    assert_eq!(id(&map, Scope::Tasks, "e"), None);
    let (map, problems) = read("\"task.run\" = \"b\"\n\"task.edit\" = \"b e\"\n");
    assert!(problems[0].contains("task.run (line 1) and task.edit (line 2)"), "{problems:?}");
    assert_eq!((id(&map, Scope::Tasks, "b"), id(&map, Scope::Tasks, "b e")), (Some("task.run"), None));
    // Where they share no scope there is no clash.
    assert_eq!(read("\"task.edit\" = \"b\"\n\"log.wrap\" = \"b\"\n").1, Vec::<String>::new());
}

#[test]
fn ux_43_what_is_wrong_is_said_by_line_with_what_would_be_right_and_the_rest_is_in_force() {
    let (map, problems) = read(
        "\"task.rnu\" = \"r\"\n\"task.run\" = \"Crtl-r\"\nthis is no toml\n\"task.edit\" = 7\n\"task.why\" = \"b\"\nback = \"b Esc\"\n\"form.save\" = \"x\"\n\"prompt.accept\" = \"Tab\"\n",
    );
    let expected = [
        ("keys.toml:1: ", "the nearest is `task.run`"),
        ("keys.toml:2: ", "no key is called `Crtl-r`"),
        ("keys.toml:3: ", ""),
        ("keys.toml:4: ", "takes a key such as"),
        ("keys.toml:6: ", "Esc always goes one step back"),
        ("keys.toml:7: ", "edits the text there"),
        ("keys.toml:8: ", "the same in every prompt"),
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (problem, (place, what)) in problems.iter().zip(expected) {
        assert!(problem.starts_with(place) && problem.contains(what), "{problem}: {what}");
    }
    assert_eq!(id(&map, Scope::Tasks, "b"), Some("task.why"));
    assert_eq!(id(&map, Scope::Tasks, "r"), Some("task.run"), "what could not be read leaves the default");
    assert_eq!(id(&map, Scope::Tasks, "e"), Some("task.edit"));
}

#[test]
fn ux_44_esc_leads_back_whatever_the_file_says() {
    let (map, problems) = read("back = \"b\"\n\"why.close\" = \"none\"\n\"form.close\" = \"F12\"\n");
    assert_eq!(problems, Vec::<String>::new());
    for (scope, owner) in [(Scope::Tasks, "back"), (Scope::Why, "why.close"), (Scope::Form, "form.close")] {
        assert_eq!(id(&map, scope, "Esc"), Some(owner));
    }
    assert_eq!(map.key_of(Action::Back), Some("b"));
}

#[test]
fn ux_38_what_destroys_on_a_key_that_is_hit_by_accident_is_said_and_done() {
    for key in ["Ctrl-x", "Space", "Enter"] {
        let (map, problems) = read(&format!("\"task.delete\" = {key:?}\n\"task.add\" = {key:?}\n"));
        assert!(problems.iter().any(|p| p.contains("task.delete is on") && p.contains("by accident")), "{problems:?}");
        assert_eq!(id(&map, Scope::Tasks, key), Some("task.delete"));
    }
}

#[test]
fn ux_43_every_default_is_the_table() {
    let map = Keymap::default();
    for scope in scopes_of_table() {
        let keys: Vec<Vec<String>> = map.within(scope).iter().map(|row| row.keys.clone()).collect();
        let wanted: Vec<Vec<String>> =
            action::within(scope).map(|spec| spec.keys.iter().map(|key| (*key).to_owned()).collect()).collect();
        assert_eq!(keys, wanted, "{scope:?}");
    }
}

#[test]
fn a_pane_has_its_own_keys_and_those_of_anywhere() {
    let map = Keymap::default();
    assert_eq!(id(&map, Scope::Tasks, "D"), Some("task.delete"));
    assert_eq!(id(&map, Scope::Tasks, "F1"), Some("help"));
    assert_eq!(id(&map, Scope::Form, "q"), None);
    assert_eq!(id(&map, Scope::Log, "D"), None);
}
