//! Finding tasks among 1,000,000: first pages, paging, counts, adding; beside SQLite asked the same question plainly in the same run,
//! and beside taskwarrior with 100,000 tasks when it is installed. Prints `metric value unit`. `cargo bench --bench tasks [FOLDER]`
//! takes the store of a folder that `million` has filled, or makes one; names of questions behind it ask only these.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints figures, or panics")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tempo::domain::change::By;
use tempo::domain::filter::{Asker, Filter};
use tempo::domain::task::{Definition, Status, Work};
use tempo::store::changes::Step;
use tempo::store::find::Found;
use tempo::store::order::Order;
use tempo::store::{From, Store};

#[path = "tasks/many.rs"]
mod many;
#[path = "tasks/people.rs"]
mod people;

const ROWS: u32 = 1_000_000;
const TASKWARRIOR: u32 = 100_000;
const PAGE: usize = 100;
const TIMES: usize = 5;

/// A name, what is asked, by which order, and how one would ask SQLite for it that knows nothing but the tables.
type Asked = (&'static str, &'static str, Order, &'static str);

const ASKED: &[Asked] = &[
    ("open", "status:open", Order::Name, "t.status = 'open'"),
    ("spec", "status:open priority:<=3 due:<3d category:media assignee:ana photos", Order::State,
     "t.status = 'open' AND t.priority <= 3 AND t.due_at < :soon AND (t.category = 'media' OR t.category LIKE 'media/%')
      AND t.assignee = 'ana' AND (t.name LIKE '%photos%' OR t.description LIKE '%photos%')"),
    ("open_urgent", "status:open priority:<=2", Order::Name, "t.status = 'open' AND t.priority <= 2"),
    ("done_by_state", "status:done", Order::State, "t.status = 'completed'"),
    ("overdue", "due:overdue", Order::State, "t.status IN ('open', 'in_progress') AND t.due_at < :now"),
    ("due_soon", "due:<3d due:>now", Order::Name, "t.due_at BETWEEN :now AND :soon"),
    ("no_due", "due:none", Order::Next, "t.due_at IS NULL"),
    ("category", "category:media", Order::Category, "(t.category = 'media' OR t.category LIKE 'media/%')"),
    ("last_category", "category:work/weekly", Order::Name, "(t.category = 'work/weekly' OR t.category LIKE 'work/weekly/%')"),
    ("tag", "+security", Order::Tag, "EXISTS (SELECT 1 FROM task_tags g WHERE g.task_id = t.id AND g.tag = 'security')"),
    ("tags", "+security +legal +idea", Order::Name,
     "(SELECT count(*) FROM task_tags g WHERE g.task_id = t.id AND g.tag IN ('security', 'legal', 'idea')) = 3"),
    ("not_tag", "not +nas", Order::Name, "NOT EXISTS (SELECT 1 FROM task_tags g WHERE g.task_id = t.id AND g.tag = 'nas')"),
    ("mine", "assignee:lea -status:completed,cancelled", Order::State,
     "t.assignee = 'lea' AND t.status IS NOT 'completed' AND t.status IS NOT 'cancelled'"),
    ("failing", "state:failed,late,missed", Order::State, "t.last_class = 3 OR t.late_since IS NOT NULL OR t.missed > 0"),
    ("timed_out", "state:timed_out", Order::Last,
     "(SELECT r.outcome FROM runs r WHERE r.id = t.last_run_id) = 'timed_out'"),
    ("paused_by_next", "paused:yes", Order::Next, "t.paused = 1"),
    ("todos_by_last", "kind:todo", Order::Last, "t.kind = 'todo'"),
    ("none_at_all", "kind:todo state:ok", Order::Name, "t.kind = 'todo' AND t.last_class = 4"),
    ("half_and_half", "created:>2024-06-01 updated:<2000d due:none", Order::Name,
     "t.created_at > 1717200000000000 AND t.due_at IS NULL"),
    ("rare_meeting", "status:open assignee:ana category:club +night priority:1", Order::Name,
     "t.status = 'open' AND t.assignee = 'ana' AND (t.category = 'club' OR t.category LIKE 'club/%') AND t.priority = 1
      AND EXISTS (SELECT 1 FROM task_tags g WHERE g.task_id = t.id AND g.tag = 'night')"),
    ("either", "(category:garden or +bug) -status:done updated:<30d", Order::Last,
     "((t.category = 'garden' OR t.category LIKE 'garden/%') OR EXISTS (SELECT 1 FROM task_tags g WHERE g.task_id = t.id AND g.tag = 'bug'))
      AND t.status IS NOT 'completed' AND t.updated_at > :month"),
    ("common_word", "audit", Order::Name, "(t.name LIKE '%audit%' OR t.slug LIKE '%audit%' OR t.description LIKE '%audit%')"),
    ("common_words", "numbers agree winter", Order::State,
     "t.description LIKE '%numbers%' AND t.description LIKE '%agree%' AND t.description LIKE '%winter%'"),
    ("rare_word", "zygote", Order::Name, "(t.name LIKE '%zygote%' OR t.slug LIKE '%zygote%' OR t.description LIKE '%zygote%')"),
    ("no_such_word", "xylophone", Order::Name,
     "(t.name LIKE '%xylophone%' OR t.slug LIKE '%xylophone%' OR t.description LIKE '%xylophone%')"),
    ("two_letters", "qx", Order::Name, "(t.name LIKE '%qx%' OR t.slug LIKE '%qx%' OR t.description LIKE '%qx%')"),
    ("without_words", "-the -before kind:todo", Order::Name,
     "t.kind = 'todo' AND NOT (t.name LIKE '%the%' OR t.description LIKE '%the%' OR t.description LIKE '%before%')"),
    ("word_and_rare", "heating state:timed_out", Order::State,
     "(SELECT r.outcome FROM runs r WHERE r.id = t.last_run_id) = 'timed_out' AND t.name LIKE '%heating%'"),
    ("progress", "progress:>=50 status:open", Order::Category, "t.progress >= 50 AND t.status = 'open'"),
];

fn main() {
    if cfg!(debug_assertions) {
        return;
    }
    // `cargo bench --bench tasks many`: only that part.
    if std::env::args().any(|argument| argument == "many") {
        return many::run();
    }
    let mut given = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let made;
    let folder = if let Some(folder) = given.next() {
        PathBuf::from(folder)
    } else {
        made = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let start = Instant::now();
        people::fill(made.path(), ROWS);
        println!("store_made {:.0} s", start.elapsed().as_secs_f64());
        made.path().to_owned()
    };
    let path = folder.join("tempo.db");
    println!("store_size {:.0} MiB", std::fs::metadata(&path).unwrap().len() as f64 / f64::from(1 << 20));
    let store = Store::open(&path).unwrap();
    let names: Vec<String> = given.collect();
    let asked: Vec<&Asked> =
        ASKED.iter().filter(|(name, ..)| names.is_empty() || names.iter().any(|one| one == name)).collect();
    let pages = pages(&store, &asked);
    paging(&store, &asked);
    if !names.is_empty() {
        return;
    }
    changes(&store);
    adding(&store);
    rest(pages);
    many::run();
    taskwarrior();
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn spread(name: &str, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    let at = |share: usize| values[(values.len() * share / 100).min(values.len() - 1)];
    println!("{name}_p50 {:.2} ms", at(50));
    println!("{name}_p95 {:.2} ms", at(95));
    println!("{name}_max {:.2} ms", values[values.len() - 1]);
}

fn asker() -> Asker {
    Asker::new(TimeZone::UTC, Timestamp::now(), Some("ana".to_owned()))
}

/// The first page of each filter, each time read anew on a connection that has answered nothing else; and SQLite's own answer.
fn pages(store: &Store, asked: &[&Asked]) -> Vec<f64> {
    let mut all = Vec::new();
    for (name, text, order, plain) in asked {
        let filter = Filter::parse(text).unwrap();
        let (mut times, mut rows) = (Vec::new(), 0);
        // What the machine has let go of meanwhile is in memory again.
        std::io::copy(&mut std::fs::File::open(store.path()).unwrap(), &mut std::io::sink()).unwrap();
        let before = read_from_disk();
        for _ in 0..TIMES {
            let db = store.reader().unwrap();
            let start = Instant::now();
            rows = db.finder().page(&db, (&filter, &asker()), *order, &From::Start, PAGE).unwrap().len();
            times.push(ms(start));
        }
        let read = read_from_disk() - before;
        let bare = bare(store, *order, plain);
        times.sort_by(f64::total_cmp);
        println!(
            "first_page_{name} {:.2} ms (at most {:.2}; {rows} rows; {read} KiB from the disk; bare SQLite {bare:.1} ms)",
            times[TIMES / 2],
            times[TIMES - 1]
        );
        all.extend(times);
    }
    all
}

/// KiB that this process has read from the disk, and not from memory.
fn read_from_disk() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap();
    io.lines().find_map(|line| line.strip_prefix("read_bytes: ")).unwrap().parse::<u64>().unwrap() / 1024
}

/// The first page as one would ask SQLite for it.
fn bare(store: &Store, order: Order, condition: &str) -> f64 {
    let column = match order {
        Order::Name => "slug",
        Order::State => "rank, slug",
        Order::Next => "order_next, slug",
        Order::Last => "order_last, slug",
        Order::Due => "order_due, slug",
        Order::Category => "category, slug",
        Order::Tag => "tag, slug",
    };
    let now = Timestamp::now().as_microsecond();
    let condition = condition
        .replace(":soon", &(now + 3 * 86_400_000_000).to_string())
        .replace(":now", &now.to_string())
        .replace(":month", &(now - 30 * 86_400_000_000).to_string());
    let db = rusqlite::Connection::open(store.path()).unwrap();
    let sql = format!(
        "SELECT id, slug, name, status FROM tasks t WHERE deleted_at IS NULL AND ({condition}) ORDER BY {column} LIMIT {PAGE}"
    );
    let mut query = db.prepare(&sql).unwrap();
    let start = Instant::now();
    let mut rows = query.query([]).unwrap();
    while rows.next().unwrap().is_some() {}
    ms(start)
}

fn rest(pages: Vec<f64>) {
    spread("first_page", pages);
}

/// Page after page down and up again.
fn paging(store: &Store, asked: &[&Asked]) {
    let mut all = Vec::new();
    for (name, text, order, _) in asked {
        let mut times = Vec::new();
        let filter = Filter::parse(text).unwrap();
        let db = store.reader().unwrap();
        let mut page = |from: &From<_>, timed: bool| {
            let start = Instant::now();
            let rows = db.finder().page(&db, (&filter, &asker()), *order, from, PAGE).unwrap();
            if timed {
                times.push(ms(start));
            }
            rows
        };
        let mut last = page(&From::Start, false).pop();
        // As the dashboard does once nobody types any more, to say how many there are.
        db.finder().find(&db, &filter, &asker()).unwrap().settle(&db, *order).unwrap();
        for _ in 0..20 {
            let Some(row) = last.take() else { break };
            last = page(&From::After(row.place(*order)), true).pop();
        }
        if let Some(row) = last {
            page(&From::Before(row.place(*order)), true);
        }
        let end = page(&From::End, false);
        if let Some(first) = end.first() {
            page(&From::Before(first.place(*order)), true);
        }
        println!("next_page_{name}_max {:.2} ms", times.iter().copied().fold(0.0, f64::max));
        all.extend(times);
    }
    spread("next_page", all);
}

/// What a count costs at first, and after one change.
fn changes(store: &Store) {
    let db = store.reader().unwrap();
    let views =
        ["status:open,in_progress due:<=today", "due:overdue", "state:failed,late,missed", "kind:script", "audit"];
    for text in views {
        let filter = Filter::parse(text).unwrap();
        let start = Instant::now();
        let mut found = Found::new(&db, &filter, &asker()).unwrap();
        let count = found.count(&db).unwrap();
        println!("count_first {:.2} ms ({text}: {count})", ms(start));
        let mut times = Vec::new();
        for n in 0..20 {
            store
                .write(move |db| {
                    db.execute("UPDATE tasks SET priority = 1 + priority % 10 WHERE id = ?1", [1 + n * 7919])?;
                    Ok(())
                })
                .unwrap();
            let start = Instant::now();
            found.refresh(&db, &filter, &asker()).unwrap();
            found.count(&db).unwrap();
            times.push(ms(start));
        }
        spread("count_after_one_change", times);
    }
}

fn adding(store: &Store) {
    let definition = |n: usize| {
        let mut one = Definition::new(format!("call the printer shop {n}"), Work::Todo(Status::Open));
        "work/weekly".clone_into(&mut one.category);
        one.tags = vec!["phone".to_owned(), "quick".to_owned()];
        one.assignee = Some("ana".to_owned());
        "ask for a second offer and compare prices before the next audit".clone_into(&mut one.description);
        one
    };
    let mut times = Vec::new();
    for n in 0..50 {
        let one = definition(n);
        let start = Instant::now();
        store.write(move |db| Step::new(By::Cli, Timestamp::now()).add(db, &one, &[]).map(drop)).unwrap();
        times.push(ms(start));
    }
    spread("add_with_sync", times);
    // Several in one transaction: what each costs beside the sync.
    let many: Vec<Definition> = (50..250).map(definition).collect();
    let count = many.len();
    let inside = store
        .write(move |db| {
            let start = Instant::now();
            for one in &many {
                Step::new(By::Cli, Timestamp::now()).add(db, one, &[])?;
            }
            Ok(ms(start))
        })
        .unwrap();
    println!("add_without_sync {:.3} ms", inside / count as f64);
    let floor = tempfile::NamedTempFile::new_in(store.path().parent().unwrap()).unwrap();
    let mut syncs = Vec::new();
    for _ in 0..20 {
        (&floor).write_all(&[0; 4096]).unwrap();
        let start = Instant::now();
        floor.as_file().sync_all().unwrap();
        syncs.push(ms(start));
    }
    spread("floor_sync", syncs);
}

/// Taskwarrior with a tenth of the tasks: what it needs for the same question.
fn taskwarrior() {
    let has = Command::new("task").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !has.is_ok_and(|status| status.success()) {
        println!("# taskwarrior is not installed");
        return;
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let rc = folder.path().join("taskrc");
    std::fs::write(
        &rc,
        format!("data.location={}\nconfirmation=off\ngc=off\nverbose=nothing\n", folder.path().display()),
    )
    .unwrap();
    let now = Timestamp::now().as_second();
    let mut pending = std::io::BufWriter::new(std::fs::File::create(folder.path().join("pending.data")).unwrap());
    for (n, one) in people::people(TASKWARRIOR).enumerate() {
        let status = match one.status {
            Some("completed") => "completed",
            Some("cancelled") => "deleted",
            _ => "pending",
        };
        let mut line = format!(
            "[description:\"{} {}\" entry:\"{}\" status:\"{status}\"",
            one.name,
            one.description,
            now + one.created
        );
        if !one.category.is_empty() {
            write!(line, " project:\"{}\"", one.category.replace('/', ".")).unwrap();
        }
        if !one.tags.is_empty() {
            write!(line, " tags:\"{}\"", one.tags.join(",")).unwrap();
        }
        if let Some(due) = one.due {
            write!(line, " due:\"{}\"", now + due).unwrap();
        }
        writeln!(pending, "{line} uuid:\"00000000-0000-4000-8000-{n:012x}\"]").unwrap();
    }
    pending.flush().unwrap();
    let run = |arguments: &[&str]| {
        let start = Instant::now();
        let output =
            Command::new("task").env("TASKRC", &rc).env("TASKDATA", folder.path()).args(arguments).output().unwrap();
        (ms(start), output.stdout.len())
    };
    let (took, bytes) = run(&["limit:100", "status:pending", "list"]);
    println!("taskwarrior_first_page_at_100000 {took:.0} ms ({bytes} B)");
    let (took, _) = run(&["status:pending", "count"]);
    println!("taskwarrior_count_at_100000 {took:.0} ms");
    let (took, _) = run(&["add", "call the printer shop"]);
    println!("taskwarrior_add_at_100000 {took:.0} ms");
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    people::fill(home.path(), TASKWARRIOR);
    let tempo = |arguments: &[&str]| {
        let start = Instant::now();
        let output =
            Command::new(env!("CARGO_BIN_EXE_tempo")).env("TEMPO_HOME", home.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        ms(start)
    };
    tempo(&["list", "--count"]);
    println!("tempo_count_at_100000 {:.0} ms", tempo(&["list", "--count", "status:open"]));
    println!("tempo_whole_list_at_100000 {:.0} ms", tempo(&["list", "status:open", "+security"]));
    println!("tempo_add_at_100000 {:.0} ms", tempo(&["add", "call the printer shop", "--todo"]));
}
