//! To-dos of other programs in a real store: they come once, and again as what they are.

use std::collections::HashSet;

use super::*;
use crate::domain::change::By;
use crate::domain::exchange::Wait;
use crate::domain::task::Status;
use crate::store::From;
use crate::store::{Store, changes};

fn todo(name: &str, uid: Option<&str>) -> Todo {
    let mut todo = Todo::new(1, name).unwrap();
    todo.uid = uid.map(str::to_owned);
    todo
}

fn put_all(store: &Store, todos: Vec<Todo>, now: Timestamp) -> Vec<Became> {
    store
        .write(move |db| {
            let (mut known, mut step) = (Known::of(db, &todos)?, Step::new(By::Cli, now));
            todos.iter().map(|todo| Ok(put(db, &mut step, &mut known, todo, false)?.0)).collect()
        })
        .unwrap()
}

#[test]
fn a_to_do_that_comes_again_is_found_and_one_undo_takes_all_of_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tempo.db")).unwrap();
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let mut first = todo("Milk", Some("a-1"));
    first.times.created = Some("2020-01-01T00:00:00Z".parse().unwrap());
    first.notes = vec![Remark { at: first.times.created, text: "oat".to_owned() }];
    let all = vec![first.clone(), todo("Milk", Some("a-2")), todo("Milk", None), todo("Milk", None)];
    let slugs = ["milk", "milk-2", "milk-3", "milk-4"].map(str::to_owned);
    assert_eq!(put_all(&store, all.clone(), now), slugs.clone().map(Became::Added));
    let again = put_all(&store, all, now);
    let there: HashSet<&String> =
        again.iter().map(|became| if let Became::There(slug) = became { slug } else { panic!("{again:?}") }).collect();
    assert_eq!(there.len(), 4, "two that are alike are two");
    first.set_status(Status::Completed);
    first.times.done = Some("2021-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(put_all(&store, vec![first], now), [Became::Updated("milk".to_owned())]);
    let db = store.reader().unwrap();
    let milk = tasks::find(&db, "milk").unwrap();
    assert_eq!(milk.created_at.to_string(), "2020-01-01T00:00:00Z");
    assert_eq!(milk.done_at.map(|at| at.to_string()).as_deref(), Some("2021-01-01T00:00:00Z"));
    assert_eq!(notes::of_task(&db, milk.id).unwrap().len(), 1);
    store.write(move |db| changes::undo(db, now)).unwrap();
    assert_eq!(tasks::find(&db, "milk").unwrap().definition.work, Work::Todo(Status::Open));
    store.write(move |db| changes::undo(db, now)).unwrap();
    assert_eq!(tasks::count(&db).unwrap(), 0);
}

#[test]
fn what_went_out_with_a_uuid_of_its_own_is_the_same_when_it_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tempo.db")).unwrap();
    let now: Timestamp = "2026-11-22T12:00:00.123456Z".parse().unwrap();
    put_all(&store, vec![todo("Bread", None)], now);
    let db = store.reader().unwrap();
    let mut out = outgoing(&db, &tasks::find(&db, "bread").unwrap()).unwrap().unwrap();
    let uid = out.uid.clone();
    // Other programs know whole seconds.
    out.times.created = Some("2026-11-22T12:00:00Z".parse().unwrap());
    out.set_status(Status::Completed);
    assert_eq!(put_all(&store, vec![out], now), [Became::Updated("bread".to_owned())]);
    assert_eq!(outgoing(&db, &tasks::find(&db, "bread").unwrap()).unwrap().unwrap().uid, uid);
}

#[test]
fn what_another_store_named_is_never_a_task_of_this_one_though_numbers_and_times_are_the_same() {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    // todo.txt knows days: many were added at one instant.
    let of_a_day = |name: &str| {
        let mut todo = todo(name, None);
        todo.times.created = Some("2026-11-01T00:00:00Z".parse().unwrap());
        todo
    };
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from", "to"].map(|name| Store::open(&folder.path().join(name).join("tempo.db")).unwrap());
    put_all(&from, vec![of_a_day("Zebra"), of_a_day("Apple")], now);
    put_all(&to, vec![of_a_day("Precious")], now);
    let mut sent = Vec::new();
    let db = from.reader().unwrap();
    each(&db, |task| {
        sent.extend(outgoing(&db, task)?);
        Ok::<_, StoreError>(())
    })
    .unwrap();
    let added = ["apple", "zebra"].map(|slug| Became::Added(slug.to_owned()));
    assert_eq!(put_all(&to, sent.clone(), now), added);
    let there = ["apple", "zebra"].map(|slug| Became::There(slug.to_owned()));
    assert_eq!(put_all(&to, sent.clone(), now), there, "again");
    assert_eq!(put_all(&from, sent, now), there, "and where they came from");
    let db = to.reader().unwrap();
    assert_eq!(tasks::find(&db, "precious").unwrap().definition.name, "Precious");
    assert_eq!(tasks::count(&db).unwrap(), 3);
}

#[test]
fn a_rehearsal_says_what_would_come_of_it_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tempo.db")).unwrap();
    let now = Timestamp::now();
    let became = store
        .rehearse(move |db| put(db, &mut Step::new(By::Cli, now), &mut Known::default(), &todo("Eggs", None), false));
    assert_eq!(became.unwrap().0, Became::Added("eggs".to_owned()));
    assert_eq!(tasks::count(&store.reader().unwrap()).unwrap(), 0);
    assert!(store.rehearse(|db| tasks::find(db, "eggs")).is_err());
}

/// What became of each, and the remarks.
fn put_noted(store: &Store, todos: Vec<Todo>, now: Timestamp) -> Vec<(Became, Vec<String>)> {
    store
        .write(move |db| {
            let todos = crate::domain::exchange::in_order(todos);
            let (mut known, mut step) = (Known::of(db, &todos)?, Step::new(By::Cli, now));
            todos.iter().map(|todo| put(db, &mut step, &mut known, todo, false)).collect()
        })
        .unwrap()
}

fn waiting(name: &str, uid: &str, on: &[&str]) -> Todo {
    let mut todo = todo(name, Some(uid));
    todo.waits = on.iter().map(|uid| Wait::uid((*uid).to_owned())).collect();
    todo.say("depends-on");
    todo
}

fn waits(db: &Db, slug: &str) -> Vec<String> {
    tasks::find(db, slug).unwrap().definition.depends_on.into_iter().map(|one| one.task).collect()
}

const NOW: &str = "2026-11-22T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a3_what_waits_for_others_of_the_import_or_of_the_store_waits_here_and_the_rest_is_kept_until_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tempo.db")).unwrap();
    let now = at(NOW);
    put_all(&store, vec![todo("There", Some("u-0"))], now);
    let done =
        put_noted(&store, vec![waiting("Roof", "u-2", &["u-1", "u-0", "u-9"]), waiting("Walls", "u-1", &[])], now);
    assert_eq!(done[0].0, Became::Added("walls".to_owned()), "what is waited for comes before");
    assert!(done[1].1[0].contains("waits for u-9, which is not here"), "{done:?}");
    let db = store.reader().unwrap();
    assert_eq!(waits(&db, "roof"), ["there", "walls"]);
    let roof = tasks::find(&db, "roof").unwrap();
    assert_eq!((roof.definition.custom[DEPENDS].as_str(), roof.blocked), ("u-9", 2));
    let out = outgoing(&db, &roof).unwrap().unwrap();
    let names: Vec<&str> = out.waits.iter().map(Wait::name).collect();
    assert_eq!((names, out.definition.depends_on.len()), (vec!["u-0", "u-1"], 0));
    // It comes as it went; and what was missing has come.
    let again = waiting("Roof", "u-2", &["u-1", "u-0", "u-9"]);
    assert_eq!(put_noted(&store, vec![again.clone()], now)[0].0, Became::There("roof".to_owned()));
    put_noted(&store, vec![again, todo("Late", Some("u-9"))], now);
    assert_eq!(waits(&db, "roof"), ["late", "there", "walls"]);
    assert_eq!(tasks::find(&db, "roof").unwrap().definition.custom.get(DEPENDS), None);
    // It waits for less, but for what no other program knows.
    store
        .write(move |db| {
            let mut step = Step::new(By::Cli, now);
            step.add(db, &Definition::new("Crane", Work::Command("true".to_owned())), &[])?;
            let roof = tasks::find(db, "roof")?;
            let mut definition = roof.definition;
            definition.depends_on.push(Dependency { task: "crane".to_owned(), each: false });
            definition.depends_on.sort_by(|a, b| a.task.cmp(&b.task));
            step.define(db, roof.id, &definition, &[]).map(drop)
        })
        .unwrap();
    put_noted(&store, vec![waiting("Roof", "u-2", &["u-1"])], now);
    assert_eq!(waits(&db, "roof"), ["crane", "walls"]);
}

#[test]
fn a3_x1_a_circle_is_said_with_its_way_and_what_else_came_is_here() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tempo.db")).unwrap();
    let now = at(NOW);
    put_noted(&store, vec![waiting("Egg", "u-1", &["u-2"]), waiting("Hen", "u-2", &[])], now);
    let done = put_noted(&store, vec![waiting("Old hen", "u-2", &["u-1"])], now);
    assert_eq!(done[0].0, Became::Updated("hen".to_owned()));
    assert!(done[0].1[0].contains("circle: hen -> egg -> hen"), "{done:?}");
    let db = store.reader().unwrap();
    let hen = tasks::find(&db, "hen").unwrap();
    assert_eq!((hen.definition.name.as_str(), hen.definition.custom[DEPENDS].as_str()), ("Old hen", "u-1"));
    assert_eq!((waits(&db, "egg"), waits(&db, "hen")), (vec!["hen".to_owned()], vec![]));
}

fn instance(index: u8, status: Status, day: &str) -> Todo {
    let mut todo = todo("Rent", Some(&format!("i-{index}")));
    todo.series = Some("parent-1".to_owned());
    todo.definition.due_at = Some(at(&format!("2026-{day}T09:00:00Z")));
    todo.say("due");
    todo.set_status(status);
    if status == Status::Open {
        let rule = "every month from=2026-11-30T09:00 tz=UTC";
        todo.set_recur(crate::domain::recur::Recur::parse(rule, &jiff::tz::TimeZone::UTC, at(NOW)).unwrap());
    }
    todo
}

#[test]
fn a2_a_series_of_another_program_is_one_here_however_far_both_are() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tempo.db")).unwrap();
    let now = at(NOW);
    put_all(&store, vec![instance(0, Status::Open, "11-30")], now);
    let db = store.reader().unwrap();
    let all = || tasks::page(&db, &From::Start, 9).unwrap().into_iter().map(|row| row.slug).collect::<Vec<_>>();
    // There it was done, and the next one was made; here, too.
    let both = vec![instance(0, Status::Completed, "11-30"), instance(1, Status::Open, "12-30")];
    put_all(&store, both.clone(), now);
    assert_eq!(all(), ["rent", "rent-1"]);
    let rent = tasks::find(&db, "rent").unwrap();
    assert_eq!(rent.definition.custom[UID], "i-1");
    assert_eq!(series::of_task(&db, rent.id).unwrap().unwrap().index, 2);
    let became = put_all(&store, both, now);
    assert_eq!(became, [Became::There("rent-1".to_owned()), Became::There("rent".to_owned())]);
    // A newer one that is open there, while this one is as well, is no second series.
    let done = put_noted(&store, vec![instance(2, Status::Open, "12-31")], now);
    assert!(done[0].1[0].contains("goes on with rent, which is open"), "{done:?}");
    assert_eq!(tasks::find(&db, "rent-2").unwrap().definition.recur, None);
    // A template alone is the open instance.
    let mut template = instance(3, Status::Open, "12-30");
    template.uid = None;
    assert_eq!(put_all(&store, vec![template], now), [Became::There("rent".to_owned())]);
    // One that was done here has a successor with a name of its own.
    store
        .write(move |db| {
            let rent = tasks::find(db, "rent")?;
            let mut definition = rent.definition;
            definition.work = Work::Todo(Status::Completed);
            Step::new(By::Cli, now).define(db, rent.id, &definition, &[]).map(drop)
        })
        .unwrap();
    let next = tasks::find(&db, "rent").unwrap().definition.custom;
    assert_eq!((next.get(UID), next[PARENT].as_str()), (None, "parent-1"));
    let out = outgoing(&db, &tasks::find(&db, "rent").unwrap()).unwrap().unwrap();
    assert_eq!(out.series.as_deref(), Some("parent-1"));
}

#[test]
fn a2_a_series_of_tempo_goes_out_under_one_name_and_comes_back_as_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tempo.db")).unwrap();
    let now = at(NOW);
    let mut first = instance(0, Status::Open, "11-30");
    (first.uid, first.series) = (None, None);
    put_all(&store, vec![first], now);
    let db = store.reader().unwrap();
    let out = || outgoing(&db, &tasks::find(&db, "rent").unwrap()).unwrap().unwrap();
    let mut done = out();
    let name = done.series.clone();
    assert!(name.is_some());
    done.say("recur");
    assert_eq!(put_all(&store, vec![done.clone()], now), [Became::There("rent".to_owned())]);
    done.set_status(Status::Completed);
    // There the next one was made as well, under a name that is new here.
    let mut next = instance(1, Status::Open, "12-30");
    next.series = name.clone();
    put_all(&store, vec![done, next], now);
    assert_eq!((tasks::count(&db).unwrap(), out().series), (2, name));
    assert_eq!(out().uid.as_deref(), Some("i-1"));
}

#[test]
fn a2_a_calendar_that_has_the_whole_series_says_nothing_about_what_is_done_here() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tempo.db")).unwrap();
    let now = at(NOW);
    let mut master = instance(0, Status::Open, "11-30");
    master.series = None;
    put_all(&store, vec![master.clone()], now);
    store
        .write(move |db| {
            let rent = tasks::find(db, "rent")?;
            let mut definition = rent.definition;
            definition.work = Work::Todo(Status::Completed);
            Step::new(By::Cli, now).define(db, rent.id, &definition, &[]).map(drop)
        })
        .unwrap();
    master.definition.assignee = Some("ana".to_owned());
    master.say("assignee");
    assert_eq!(put_all(&store, vec![master.clone()], now), [Became::Updated("rent".to_owned())]);
    let db = store.reader().unwrap();
    let (done, open) = (tasks::find(&db, "rent-1").unwrap(), tasks::find(&db, "rent").unwrap());
    assert_eq!((done.definition.is_closed(), done.definition.assignee), (true, None));
    assert_eq!(
        (open.definition.due_at, open.definition.assignee.as_deref()),
        (Some(at("2026-12-30T09:00:00Z")), Some("ana"))
    );
    assert_eq!(put_all(&store, vec![master], now), [Became::There("rent".to_owned())]);
}

#[test]
fn s5_notes_that_come_with_a_change_go_with_its_undo_and_all_of_it_is_one_step() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tempo.db")).unwrap();
    let now = at(NOW);
    let (milk, bread) = (todo("Milk", Some("u-1")), todo("Bread", Some("u-2")));
    put_all(&store, vec![milk.clone(), bread.clone()], now);
    let note = |todo: &Todo, text: &str| {
        let mut todo = todo.clone();
        todo.notes = vec![Remark { at: Some(at("2026-11-01T08:00:00Z")), text: text.to_owned() }];
        todo
    };
    let (mut first, second) = (note(&milk, "oat"), note(&bread, "rye"));
    first.set_status(Status::Completed);
    let became = put_all(&store, vec![first, second, todo("Eggs", Some("u-3"))], now);
    assert!(matches!(became.as_slice(), [Became::Updated(_), Became::Updated(_), Became::Added(_)]), "{became:?}");
    let db = store.reader().unwrap();
    let notes = || -> usize {
        ["milk", "bread"]
            .iter()
            .map(|slug| notes::of_task(&db, tasks::find(&db, slug).unwrap().id).unwrap().len())
            .sum()
    };
    assert_eq!(notes(), 2);
    store.write(move |db| changes::undo(db, now)).unwrap();
    assert_eq!((notes(), tasks::count(&db).unwrap()), (0, 2));
    assert!(!tasks::find(&db, "milk").unwrap().definition.is_closed());
    store.write(move |db| changes::redo(db, now)).unwrap();
    assert_eq!((notes(), tasks::count(&db).unwrap()), (2, 3));
}
