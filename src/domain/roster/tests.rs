use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::task::{Priority, Status, Work};

fn context() -> Context {
    let now = "2026-11-21T14:12:00Z".parse().unwrap();
    Context { zone: TimeZone::UTC, now, folder: "/".into(), types: None }
}

fn todo(name: &str) -> Definition {
    Definition::new(name, Work::Todo(Status::Open))
}

fn applied(edits: &[Edit], definition: &Definition) -> Result<Definition, String> {
    let mut definition = definition.clone();
    for edit in edits {
        let Deed::Set(set) = &edit.deed else { return Err("trash".to_owned()) };
        for (field, text) in set.values()? {
            field.set(&mut definition, &text, &context())?;
        }
        definition.tags = set.tags(&definition.tags);
    }
    Ok(definition)
}

/// Texts that are hard on a line, trimmed and not empty.
fn hard() -> impl Strategy<Value = String> {
    "[a-d|\\\\\"#:+@ ,'\u{e9}]{0,10}[a-d|\\\\\"]".prop_map(|text| text.trim().to_owned())
}

prop_compose! {
    fn definition()(
        name in hard(),
        category in hard(),
        assignee in proptest::option::of(hard()),
        tags in proptest::collection::btree_set(hard().prop_map(|tag| tag.replace(',', "x")), 0..4),
        priority in 1u8..=10,
        progress in 0u8..=100,
        due in proptest::option::of(0i64..3_000_000_000),
        status in 0usize..4,
        task_type in proptest::option::of("[a-d\\\\\"|]{1,4}"),
        custom in proptest::collection::btree_map("[a-d|.+@#]{1,3}", hard(), 0..3),
    ) -> Definition {
        let status = [Status::Open, Status::InProgress, Status::Completed, Status::Cancelled][status];
        Definition {
            category,
            assignee,
            tags: tags.into_iter().collect(),
            priority: Priority::new(priority).unwrap(),
            progress,
            due_at: due.map(|at| Timestamp::from_second(at).unwrap()),
            task_type,
            custom,
            ..Definition::new(format!("a{name}"), Work::Todo(status))
        }
    }
}

proptest! {
    #[test]
    fn a6_what_a_line_shows_is_read_back_whatever_stands_in_it(a in definition(), b in definition()) {
        let (before, after) = (line(TaskId(7), &b, &context()), line(TaskId(7), &a, &context()));
        let text = format!("{}{after}\r\n", head(1));
        prop_assert_eq!(read(&before, &before).unwrap(), []);
        let edits = read(&before, &text);
        prop_assert!(edits.is_ok(), "{:?}: {}", edits, text);
        prop_assert_eq!(applied(&edits.unwrap(), &b).unwrap(), a, "{}", text);
    }

    #[test]
    fn a6_no_text_at_all_makes_it_stumble(text in "[0-9d a-c|\\\\\":+@#\n\r{}u\u{feff}\u{e9}]{0,40}") {
        let _ = read("1 a | x:\"\n2 b |\n", &text);
    }
}

fn base() -> String {
    let due = Some("2026-12-24T18:00:00Z".parse().unwrap());
    let rent = Definition {
        due_at: due,
        tags: vec!["home".into(), "money".into()],
        assignee: Some("ana".into()),
        ..todo("Pay rent")
    };
    let call = todo("Call Ana");
    let disks = Definition { paused: true, ..Definition::new("scrub", Work::Command("zpool scrub".into())) };
    let line = |id, definition: &Definition| line(TaskId(id), definition, &context());
    format!("{}{}\n{}\n{}\n", head(3), line(3, &rent), line(12, &call), line(40, &disks))
}

#[test]
fn a6_a_line_says_what_a_person_would_write() {
    let base = base();
    let lines: Vec<&str> = base.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(
        lines,
        [
            "    3 Pay rent                     | status:open priority:5 due:2026-12-24T18:00 +home +money @ana",
            "   12 Call Ana                     | status:open priority:5",
            "   40 scrub                        | priority:5 paused:true",
        ]
    );
}

#[test]
fn a6_only_what_was_changed_is_wanted_and_a_line_that_is_removed_leaves_its_task_alone() {
    let edits = read(
        &base(),
        "# other\n\n3 Pay the rent | p:2 status:open due:2026-12-24T18:00 +home +x @bob\nd 12\n 40 scrub | priority:5\n",
    )
    .unwrap();
    let set = |at: usize| if let Deed::Set(set) = &edits[at].deed { set.clone() } else { panic!("{:?}", edits[at]) };
    let told = |set: &Set| {
        let change = |change: &Change| format!("{} {:?}->{} @{}", change.key, change.before, change.text, change.col);
        set.changes.iter().map(change).collect::<Vec<_>>()
    };
    assert_eq!(
        told(&set(0)),
        ["name Some(\"Pay rent\")->Pay the rent @2", "priority Some(\"5\")->2 @17", "assignee Some(\"ana\")->bob @63"]
    );
    assert_eq!((set(0).add, set(0).remove), (vec!["x".to_owned()], vec!["money".to_owned()]));
    assert_eq!((edits[1].task, edits[1].row, &edits[1].deed), (TaskId(12), 3, &Deed::Trash));
    assert_eq!(told(&set(2)), ["paused Some(\"true\")->false @22"]);
    assert_eq!(read(&base(), "").unwrap(), []);
}

#[test]
fn x1_all_that_is_wrong_in_a_line_is_said_at_once() {
    let wrong = read(&base(), "12 b | priorty:3 x name:c +ok\n99 z |").unwrap_err();
    let at: Vec<_> = wrong.iter().map(|wrong| (wrong.row, wrong.col)).collect();
    assert_eq!(at, [(0, 7), (0, 17), (0, 19), (1, 0)], "{wrong:?}");
    let said = ["no field `priorty`", "`x` is neither", "the name stands", "no task of number 99"];
    assert!(wrong.iter().zip(said).all(|(wrong, said)| wrong.text.contains(said)), "{wrong:?}");
}

#[test]
fn x1_what_is_wrong_is_said_with_its_line_and_character_and_what_would_be_right() {
    for (text, row, col, said) in [
        ("x\n", 0, 0, "begins with the number of its task, or with d and that; `x`"),
        ("\n\n  99 a |", 2, 2, "no task of number 99 was opened"),
        ("12 b |\n12 c |", 1, 0, "task 12 has a line already: line 1"),
        ("12 b", 0, 4, "behind the name comes |"),
        ("12 b | priorty:3", 0, 7, "no field `priorty`; did you mean priority?"),
        ("12 b | qqq:3", 0, 7, "some that there are: status, progress"),
        ("12 b | a pri:3", 0, 7, "`a` is neither FIELD:VALUE"),
        ("12 b | p:3 \u{e9} priority:4", 0, 11, "`\u{e9}` is neither"),
        ("12 b | p:3 priority:4", 0, 11, "priority is said twice"),
        ("12 b | due:\"2026", 0, 7, "its quote is not closed"),
        ("12 b | name:c", 0, 7, "the name stands in front of the |"),
        ("d 12 b garbage", 0, 14, "behind the name comes |"),
        ("d 12 3 Pay rent | status:open", 0, 5, "task 12 is `"),
        ("d 12 b | zzz:1", 0, 9, "no field `zzz`"),
    ] {
        let wrong = read(&base(), text).unwrap_err();
        assert_eq!((wrong[0].row, wrong[0].col), (row, col), "{text}");
        assert!(wrong[0].text.contains(said), "{text}: {}", wrong[0].text);
    }
    let many: String = (0..1000).map(|_| "x\n").collect();
    assert_eq!(read(&base(), &many).unwrap_err().len(), 100);
}

#[test]
fn a6_what_somebody_else_changed_meanwhile_is_not_overwritten_and_what_only_they_changed_stays() {
    let edits = read("1 a | status:open priority:5 +x", "1 a | status:open priority:3 +y").unwrap();
    let Deed::Set(set) = &edits[0].deed else { panic!("{edits:?}") };
    let mut theirs = todo("another name");
    theirs.tags = vec!["x".into(), "z".into()];
    assert_eq!(set.overtaken(&theirs, &context()), None);
    let mine = applied(&edits, &theirs).unwrap();
    assert_eq!((mine.name.as_str(), mine.priority.get(), mine.tags.join(" ")), ("another name", 3, "y z".to_owned()));
    theirs.priority = Priority::new(8).unwrap();
    assert_eq!(set.overtaken(&theirs, &context()).unwrap(), "its priority was changed meanwhile: it is `8` now");
    theirs.priority = Priority::new(3).unwrap();
    assert_eq!(set.overtaken(&theirs, &context()), None, "both want the same");
}

#[test]
fn a6_fields_of_a_type_are_words_and_what_somebody_else_made_of_one_is_not_overwritten() {
    let custom = |fields: &[(&str, &str)]| fields.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let mut order = Definition { custom: custom(&[("hours", "3"), ("vendor", "A; B"), ("a:b", "x")]), ..todo("order") };
    let before = line(TaskId(3), &order, &context());
    assert!(before.ends_with(" | status:open priority:5 field.hours:3 field.vendor:\"A; B\""), "{before}");
    let after = before.replace("hours:3", "hours:4").replace(" field.vendor:\"A; B\"", " field.size:M");
    let edits = read(&before, &after).unwrap();
    let changed = applied(&edits, &order).unwrap();
    assert_eq!(changed.custom, custom(&[("a:b", "x"), ("hours", "4"), ("size", "M")]));
    let Deed::Set(set) = &edits[0].deed else { panic!("{edits:?}") };
    assert_eq!(set.overtaken(&order, &context()), None);
    let col = after.find("field.size").unwrap();
    assert_eq!(set.place("field: the type order has no field `size`; it has hours"), col);
    assert_eq!(set.place("field: hours: `x` is not a number"), after.find("field.hours").unwrap());
    order.custom.insert("hours".to_owned(), "9".to_owned());
    assert_eq!(set.overtaken(&order, &context()).unwrap(), "its field.hours was changed meanwhile: it is `9` now");
    for (text, said) in
        [("field.a:1 field.a:2", "field.a is said twice"), ("\"field.a b:1\"", "not the name of a field")]
    {
        let wrong = read(&before, &format!("3 order | {text}")).unwrap_err();
        assert!(wrong[0].text.contains(said), "{text}: {}", wrong[0].text);
    }
}
