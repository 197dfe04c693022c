use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use rusqlite::params_from_iter;

use super::*;
use crate::domain::TaskId;
use crate::domain::change::By;
use crate::domain::filter::holds::Subject;
use crate::domain::filter::{Asker, Bound, Facts, FieldTest, Filter, Place as Where, Test, tests};
use crate::domain::run::Trigger;
use crate::domain::task::{Definition, Priority, Status, Work};
use crate::store::changes::{self, Step};
use crate::store::order::{Order, Place};
use crate::store::{Db, From, Reader, Store, runs, tasks};

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn asker() -> Asker {
    Asker::new(TimeZone::UTC, now(), Some("a".to_owned()))
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tempo.db")).unwrap();
    (folder, store)
}

fn instant() -> impl Strategy<Value = Timestamp> {
    (-1_000_000i64..1_000_000).prop_map(|s| Timestamp::from_second(now().as_second() + s).unwrap())
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{1,4}", "[a-cA-C %_äÄÉé\"]{1,9}", "x[0-9]{1,2}"]
}

fn definition() -> impl Strategy<Value = Definition> {
    let work = prop_oneof![
        texts().prop_map(Work::Command),
        Just(Work::Script("/x.sh".into())),
        proptest::sample::select(Status::ALL.to_vec()).prop_map(Work::Todo),
    ];
    let name = "[a-c][a-cA-C ]{0,5}";
    let some = || proptest::option::of("[a-c]{1,2}");
    let category = prop_oneof![Just(String::new()), "[a-c]{1,2}(/[a-c]{1,2})?"];
    let value = prop_oneof!["[0-9]{1,2}", "[a-c]{1,3}", Just("2.5".to_owned())];
    (
        (name, work, category, proptest::collection::btree_set("[a-c]{1,3}", 0..3), 1u8..=10, some()),
        (proptest::option::of(instant()), texts(), 0u8..=100, some(), proptest::option::of(value), any::<bool>()),
    )
        .prop_map(
            |((name, work, category, tags, priority, assignee), (due, description, progress, kind, field, paused))| {
                let mut definition = Definition::new(name, work);
                definition.category = category;
                definition.tags = tags.into_iter().collect();
                definition.priority = Priority::new(priority).unwrap();
                definition.assignee = assignee;
                definition.due_at = due;
                definition.description = description;
                definition.progress = if progress < 40 { 0 } else { progress };
                definition.task_type = kind;
                definition.custom = field.map(|value| ("f".to_owned(), value)).into_iter().collect::<BTreeMap<_, _>>();
                definition.paused = paused;
                definition
            },
        )
}

/// Gives a task a newest run of some state, a next slot, and what else comes with time.
fn live(db: &Db, id: TaskId, fate: u8, at: Timestamp) {
    if fate & 1 == 1 {
        db.execute("UPDATE tasks SET upcoming_at = ?2 WHERE id = ?1", (id.0, at.as_microsecond())).unwrap();
    }
    if fate & 2 == 2 {
        db.execute("UPDATE tasks SET late_since = ?2 WHERE id = ?1", (id.0, at.as_microsecond())).unwrap();
    }
    if fate & 4 == 4 {
        db.execute("UPDATE tasks SET missed = 2 WHERE id = ?1", [id.0]).unwrap();
    }
    if fate & 0b1010 == 0b1010 {
        db.execute("UPDATE tasks SET blocked = 1 WHERE id = ?1", [id.0]).unwrap();
    }
    let is_todo = matches!(tasks::get(db, id).unwrap().definition.work, Work::Todo(_));
    if is_todo || fate & 8 == 8 {
        return;
    }
    let run = runs::queue(db, id, Trigger::Manual, None, &[], at).unwrap();
    let end = |outcome: &str, code: Option<i64>| {
        db.execute(
            "UPDATE runs SET state = 'finished', outcome = ?2, exit_code = ?3, started_at = ?4, finished_at = ?4 + 5 WHERE id = ?1",
            (run.0, outcome, code, at.as_microsecond() + 1),
        )
        .unwrap();
    };
    match fate >> 4 {
        0..=2 => {}
        3 | 4 => drop(
            db.execute("UPDATE runs SET state = 'running', started_at = queued_at WHERE id = ?1", [run.0]).unwrap(),
        ),
        5..=8 => end("succeeded", Some(0)),
        9 | 10 => end("failed", Some(1)),
        11 => end("lost", None),
        12 => end("skipped", None),
        13 => end("cancelled", None),
        _ => end("timed_out", None),
    }
}

/// Every task that is not in the trash, with what the store knows of it.
fn subjects(db: &Db) -> Vec<Subject> {
    let number = |sql: &str, id: i64| -> Option<i64> { db.query_row(sql, [id], |row| row.get(0)).unwrap() };
    let blocked = |id: i64| number("SELECT blocked FROM tasks WHERE id = ?1", id).unwrap() > 0;
    let subject = |id: i64| Subject {
        blocked: blocked(id),
        task: tasks::get(db, TaskId(id)).unwrap(),
        facts: Facts(number("SELECT facts FROM tasks WHERE id = ?1", id).unwrap()),
        outcome: db
            .query_row(
                "SELECT outcome FROM runs WHERE id = (SELECT last_run_id FROM tasks WHERE id = ?1)",
                [id],
                |row| row.get(0),
            )
            .unwrap_or(None),
        next: number("SELECT upcoming_at FROM tasks WHERE id = ?1", id),
        last: number(
            "SELECT (SELECT coalesce(finished_at, started_at, queued_at) FROM runs WHERE id = t.last_run_id) FROM tasks t WHERE id = ?1",
            id,
        ),
    };
    living(db).into_iter().map(subject).collect()
}

/// The tasks that are not in the trash.
fn living(db: &Db) -> Vec<i64> {
    let mut ids = db.prepare("SELECT id FROM tasks WHERE deleted_at IS NULL ORDER BY id").unwrap();
    ids.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// A store with such tasks.
fn filled(count: usize, runner: &mut TestRunner) -> (tempfile::TempDir, Store) {
    let (folder, store) = store();
    let strategy = proptest::collection::vec((definition(), any::<u8>(), instant()), count);
    let all = strategy.new_tree(runner).unwrap().current();
    store
        .write(move |db| {
            for (n, (definition, fate, at)) in all.iter().enumerate() {
                let task = tasks::add(db, definition, *at)?;
                live(db, task.id, *fate, *at);
                if n % 11 == 0 {
                    tasks::delete(db, task.id, *at)?;
                }
            }
            Ok(())
        })
        .unwrap();
    (folder, store)
}

/// All that is found, page by page.
fn paged(db: &Reader, filter: &Filter, order: Order, limit: usize) -> Vec<TaskId> {
    let mut from = From::Start;
    let mut found = Vec::new();
    loop {
        let page = db.finder().page(db, (filter, &asker()), order, &from, limit).unwrap();
        found.extend(page.iter().map(|row| row.id));
        match page.last() {
            Some(last) if page.len() == limit => from = From::After(last.place(order)),
            _ => return found,
        }
    }
}

#[test]
fn a5_the_store_finds_what_the_filter_means() {
    let mut runner = TestRunner::new(Config { cases: 250, failure_persistence: None, ..Config::default() });
    let (_folder, store) = filled(150, &mut runner);
    let db = store.reader().unwrap();
    let subjects = subjects(&db);
    assert!(subjects.len() > 100);
    let order = proptest::sample::select(Order::ALL.to_vec());
    runner
        .run(&(tests::filter(), order), |(filter, order)| {
            let bound = filter.bind(&asker());
            let expected: Vec<i64> = subjects.iter().filter(|one| bound.holds(one)).map(|one| one.task.id.0).collect();
            // The condition alone, as it is asked of single rows.
            let piece = sql::condition(&bound);
            let mut query = db
                .prepare(&format!("SELECT id FROM tasks t WHERE t.deleted_at IS NULL AND {} ORDER BY id", piece.sql))
                .unwrap();
            let rows = query.query_map(params_from_iter(&piece.values), |row| row.get(0)).unwrap();
            prop_assert_eq!(
                rows.map(Result::unwrap).collect::<Vec<i64>>(),
                expected.clone(),
                "condition of {}",
                filter
            );
            let mut found = Found::new(&db, &filter, &asker()).unwrap();
            prop_assert_eq!(found.count(&db).unwrap(), expected.len(), "count of {}", filter);
            let listed = paged(&db, &filter, order, 7);
            let all = paged(&db, &Filter::default(), order, 50);
            let in_order: Vec<TaskId> = all.into_iter().filter(|id| expected.contains(&id.0)).collect();
            let last = &in_order[in_order.len().saturating_sub(7)..];
            let met = pages::met(&db, &bound, order, &From::End, 7).unwrap();
            let met: Option<Vec<TaskId>> = met.map(|ids| ids.into_iter().map(TaskId).collect());
            prop_assert_eq!(met.as_deref(), Some(last), "the end of {} by {}", filter, order);
            let end = found.page(&db, order, &From::End, 7).unwrap();
            prop_assert_eq!(end.iter().map(|row| row.id).collect::<Vec<_>>(), last);
            prop_assert_eq!(listed, in_order, "pages of {} by {}", filter, order);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a5_capitals_of_any_alphabet_are_found_as_small_letters_are() {
    let (_folder, store) = store();
    store
        .write(|db| {
            for name in ["Küche", "KÜCHE putzen", "Kuche", "Дом", "ΣΟΦΙΑ", "100 %"] {
                tasks::add(db, &Definition::new(name, Work::Todo(Status::Open)), now())?;
            }
            Ok(())
        })
        .unwrap();
    let db = store.reader().unwrap();
    for (text, expected) in [
        ("küche", 2),
        ("KÜCHE", 2),
        ("Ü", 2),
        ("name:\"üche \"", 1),
        ("kuche", 1),
        ("дОМ", 1),
        ("σοφια", 1),
        ("é", 0),
        ("-ü", 4),
        ("\"ü%\"", 0),
    ] {
        let filter = Filter::parse(text).unwrap();
        assert_eq!(Found::new(&db, &filter, &asker()).unwrap().count(&db).unwrap(), expected, "{text}");
    }
}

#[test]
fn a5_a_page_of_what_many_have_is_met_on_the_way_and_indexes_are_read_for_what_is_rare() {
    let (_folder, store) = store();
    store
        .write(|db| {
            for n in 0..1_100 {
                let mut one = Definition::new(format!("t {n:04}"), Work::Todo(Status::Open));
                one.category = if n == 1_099 { "rare" } else { "often" }.to_owned();
                tasks::add(db, &one, now())?;
            }
            Ok(())
        })
        .unwrap();
    let db = store.reader().unwrap();
    let met = |text: &str, from: &From<Place>| {
        let bound = Filter::parse(text).unwrap().bind(&asker());
        pages::met(&db, &bound, Order::Name, from, 10).unwrap().map(|ids| ids.len())
    };
    assert_eq!(met("category:often", &From::Start), Some(10));
    assert_eq!(met("category:rare", &From::Start), None);
    assert_eq!(met("category:rare", &From::At(Place::named("t-1000"))), Some(1), "the end is near");
    let rare = Filter::parse("category:rare").unwrap();
    let page = db.finder().page(&db, (&rare, &asker()), Order::Name, &From::Start, 10).unwrap();
    assert_eq!(page[0].slug, "t-1099");
    assert_eq!(db.finder().known_count(&rare), Some(1));
}

/// So many tasks that all paths of a set are taken, made by SQLite itself.
const CROWD: i64 = 40_000;

#[test]
fn a5_among_many_tasks_every_path_to_a_set_finds_the_same() {
    let (_folder, store) = store();
    store
        .write(|db| {
            db.execute(
                "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
                 INSERT INTO tasks (id, slug, name, kind, status, category, assignee, due_at, description, progress, created_at, updated_at)
                 SELECT n, 't-' || n, 'T ' || n, 'todo', iif(n % 7 < 3, 'open', 'completed'), iif(n % 6 = 0, 'media', 'media/x'),
                        iif(n % 4 = 0, 'ana', NULL), iif(n % 3 = 0, ?2 + n, NULL),
                        iif(n % 2 = 0, 'numbers ', '') || iif(n % 5 = 0, 'agree ', '') || iif(n % 500 = 1, 'zygote', ''), n % 100, 0, 0 FROM n",
                (CROWD, now().as_microsecond()),
            )?;
            Ok(())
        })
        .unwrap();
    let db = store.reader().unwrap();
    for text in [
        "assignee:ana",
        "assignee:ana status:open",
        "assignee:ana due:any -status:completed category:=media",
        "category:media assignee:ana numbers",
        "numbers agree",
        "numbers agree status:open",
        "numbers agree zygote",
        "due:any progress:>97 numbers",
        "zygote or (progress:3 -numbers)",
        "-numbers -agree assignee:ana",
        "assignee:ana progress:>=4 progress:<5",
        "category:=media agree nothing",
    ] {
        let filter = Filter::parse(text).unwrap();
        let piece = sql::condition(&filter.bind(&asker()));
        let expected: Vec<i64> = db
            .prepare(&format!("SELECT id FROM tasks t WHERE t.deleted_at IS NULL AND {} ORDER BY slug", piece.sql))
            .unwrap()
            .query_map(params_from_iter(&piece.values), |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let page = |found: &mut Found, order: Order, from: &From<Place>| {
            let rows = found.page(&db, order, from, 50).unwrap();
            rows.iter().map(|row| row.id.0).collect::<Vec<_>>()
        };
        let mut found = Found::new(&db, &filter, &asker()).unwrap();
        let first = page(&mut found, Order::Name, &From::Start);
        assert_eq!(first, expected[..expected.len().min(50)], "{text}");
        assert_eq!(page(&mut found, Order::Name, &From::End), expected[expected.len().saturating_sub(50)..], "{text}");
        let by_category = page(&mut found, Order::Category, &From::Start);
        let met = pages::met(&db, &found.bound, Order::Category, &From::Start, 50).unwrap();
        assert!(met.is_none_or(|met| met == by_category), "{text}");
        assert_eq!(found.count(&db).unwrap(), expected.len(), "{text}");
        let mut settled = Found::new(&db, &filter, &asker()).unwrap();
        settled.settle(&db, Order::Name).unwrap();
        assert_eq!(page(&mut settled, Order::Name, &From::Start), first, "{text}");
        assert_eq!(page(&mut settled, Order::Category, &From::Start), by_category, "{text}");
        assert_eq!(settled.known_count(), Some(expected.len()), "{text}");
    }
}

#[test]
fn a5_what_was_found_follows_what_changes_and_the_time() {
    let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    let (_folder, store) = filled(60, &mut runner);
    let db = store.reader().unwrap();
    let change = (
        proptest::collection::vec((definition(), any::<u8>(), instant(), any::<prop::sample::Index>()), 1..8),
        0i64..2_000_000,
    );
    let order = proptest::sample::select(Order::ALL.to_vec());
    runner
        .run(&(tests::filter(), change, order), |(filter, (changes, later), order)| {
            let mut found = Found::new(&db, &filter, &asker()).unwrap();
            found.settle(&db, order).unwrap();
            store
                .write(move |db| {
                    for (definition, fate, at, which) in &changes {
                        let ids = living(db);
                        let id = TaskId(*which.get(&ids));
                        match fate % 5 {
                            0 => drop(tasks::add(db, definition, *at)?),
                            1 => tasks::delete(db, id, *at)?,
                            2 => live(db, id, *fate, *at),
                            _ => drop(tasks::set(db, id, definition, *at)?),
                        }
                    }
                    Ok(())
                })
                .unwrap();
            let later = Asker { now: Timestamp::from_second(now().as_second() + later).unwrap(), ..asker() };
            found.refresh(&db, &filter, &later).unwrap();
            let bound = filter.bind(&later);
            let expected = subjects(&db).iter().filter(|one| bound.holds(one)).count();
            let ids = |rows: Vec<tasks::TaskRow>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
            let paged = ids(found.page(&db, order, &From::Start, 500).unwrap());
            let anew = Found::new(&db, &filter, &later).unwrap().page(&db, order, &From::Start, 500).unwrap();
            prop_assert_eq!(paged, ids(anew), "{} by {}", filter, order);
            prop_assert_eq!(found.count(&db).unwrap(), expected, "{}", filter);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a5_the_facts_of_a_task_give_its_place_in_the_order_of_states() {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let (_folder, store) = filled(200, &mut runner);
    let db = store.reader().unwrap();
    let mut query = db.prepare("SELECT facts, rank FROM tasks").unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let ranks: Vec<(i64, u8)> = rows.map(Result::unwrap).collect();
    assert!(ranks.iter().all(|(facts, rank)| Facts(*facts).rank() == *rank), "{ranks:?}");
    assert_eq!(ranks.iter().map(|(_, rank)| rank).collect::<std::collections::BTreeSet<_>>().len(), 8, "each is met");
}

/// Whether the rows of the table itself are never read: of an index with a condition SQLite does not say that it covers.
fn reads_no_rows(db: &Db, sql: &str) -> bool {
    let root: i64 =
        db.query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'tasks'", [], |row| row.get(0)).unwrap();
    let mut query = db.prepare(&format!("EXPLAIN {sql}")).unwrap();
    let mut rows = query.raw_query();
    let mut steps: Vec<(String, i64, i64)> = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push((row.get("opcode").unwrap(), row.get("p1").unwrap(), row.get("p2").unwrap()));
    }
    let tables: Vec<i64> =
        steps.iter().filter(|(op, _, at)| op == "OpenRead" && *at == root).map(|step| step.1).collect();
    !steps.iter().any(|(op, of, _)| op == "Column" && tables.contains(of))
}

/// The plan of a statement, a line for each step.
fn plan(db: &Db, sql: &str, values: &[rusqlite::types::Value]) -> Vec<String> {
    let mut query = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    for (n, value) in values.iter().enumerate() {
        query.raw_bind_parameter(n + 1, value).unwrap();
    }
    let mut rows = query.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get("detail").unwrap());
    }
    steps
}

#[test]
fn a5_every_part_of_a_filter_is_read_from_an_index_that_holds_all_of_it() {
    let (_folder, store) = store();
    let db = store.reader().unwrap();
    for text in [
        "due:<3d",
        "due:any",
        "created:<7d",
        "updated:today",
        "begun:<1d",
        "done:<1d",
        "next:<1d",
        "last:<1d",
        "progress:>50",
        "category:media",
        "category:=media",
        "category:any",
        "tag:x",
        "tag:any",
        "assignee:ana",
        "assignee:any",
        "type:order",
        "blocked:yes",
        "field.a:b",
        "field.a:>3",
        "field.a:>b",
        "field.a:any",
    ] {
        let Bound::Is(test) = Filter::parse(text).unwrap().bind(&asker()) else { panic!("{text}") };
        let (piece, exact) = sql::source(&db, &test).unwrap().unwrap();
        assert!(exact, "{text}");
        let plan = plan(&db, &piece.sql, &piece.values);
        let steps: Vec<&String> = plan.iter().filter(|step| step.contains("SCAN") || step.contains("SEARCH")).collect();
        let fits = |step: &&String| step.starts_with("SEARCH") && step.contains("INDEX");
        // Of what is mostly missing the whole index is what is asked for.
        let whole = |step: &&String| (text.ends_with(":any") || text == "blocked:yes") && step.contains("INDEX");
        assert!(reads_no_rows(&db, &piece.sql), "{text}");
        assert!(!steps.is_empty() && steps.iter().all(|step| fits(step) || whole(step)), "{text}: {plan:?}");
    }
    for text in ["backup", "\"a b\""] {
        let test = Test::Contains(Where::Anywhere, text.to_owned());
        let (piece, _) = sql::source(&db, &test).unwrap().unwrap();
        assert!(plan(&db, &piece.sql, &piece.values)[0].contains("VIRTUAL TABLE INDEX"), "{text}");
    }
}

#[test]
fn a5_pages_are_read_along_the_index_of_their_order_without_sorting() {
    let (_folder, store) = store();
    let db = store.reader().unwrap();
    let key = Place { number: 3, text: "media".to_owned(), slug: "m".to_owned(), ..Place::default() };
    let sides = [From::Start, From::End, From::After(key.clone()), From::Before(key.clone()), From::At(key)];
    for order in Order::ALL {
        for span in [None, Some((3, 3)), Some((i64::MIN, i64::MAX - 1))] {
            if span.is_some() && order.column().is_none_or(|_| order.is_group()) {
                continue;
            }
            for side in &sides {
                let sql = pages::statement(*order, span, side).unwrap();
                let plan = plan(&db, &sql, &[]);
                assert_eq!(plan.len(), 1, "{sql}: {plan:?}");
                assert!(plan[0].contains("INDEX") && reads_no_rows(&db, &sql), "{sql}: {plan:?}");
                assert!(matches!(side, From::Start | From::End) || plan[0].starts_with("SEARCH"), "{sql}: {plan:?}");
            }
        }
    }
}

#[test]
fn a5_a_text_of_one_or_two_letters_is_found_wherever_it_stands() {
    let (_folder, store) = store();
    for (name, description) in [("alpha", "zq"), ("beta", "a zqx"), ("gamma", "Z q"), ("delta zq", "€ 5")] {
        let definition =
            Definition { description: description.to_owned(), ..Definition::new(name, Work::Todo(Status::Open)) };
        store.write(move |db| tasks::add(db, &definition, now())).unwrap();
    }
    let db = store.reader().unwrap();
    let found = |text: &str| {
        let filter = Filter::containing(text);
        let rows = db.finder().page(&db, (&filter, &asker()), Order::Name, &From::Start, 9).unwrap();
        rows.into_iter().map(|row| row.slug).collect::<Vec<_>>()
    };
    assert_eq!(found("zq"), ["alpha", "beta", "delta-zq"]);
    assert_eq!(found("ZQ"), ["alpha", "beta", "delta-zq"]);
    assert_eq!(found("€"), ["delta-zq"]);
    assert_eq!(found("5"), ["delta-zq"]);
    assert_eq!(found("y"), Vec::<String>::new());
    let test = Test::Contains(Where::Anywhere, "zq".to_owned());
    let (piece, _) = sql::source(&db, &test).unwrap().unwrap();
    assert!(piece.sql.contains("MATCH"), "by its parts");
    let field = Test::Field("x".to_owned(), FieldTest::Any);
    assert!(sql::source(&db, &field).unwrap().is_some());
}

#[test]
fn a5_a_filter_follows_an_undo() {
    let (_folder, store) = store();
    let definition = Definition { category: "media".to_owned(), ..Definition::new("one", Work::Todo(Status::Open)) };
    let id = store.write(move |db| tasks::add(db, &definition, now())).unwrap().id;
    let db = store.reader().unwrap();
    let filter = Filter::parse("category:media status:open one").unwrap();
    let count = || db.finder().find(&db, &filter, &asker()).unwrap().count(&db).unwrap();
    assert_eq!(count(), 1);
    store
        .write(move |db| {
            let mut definition = tasks::get(db, id)?.definition;
            definition.category = "home".to_owned();
            Step::new(By::Cli, now()).define(db, id, &definition, &[]).map(drop)
        })
        .unwrap();
    assert_eq!(count(), 0);
    store.write(move |db| changes::undo(db, now()).map(drop)).unwrap();
    assert_eq!(count(), 1);
}
