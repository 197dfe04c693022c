//! How it looks: styled snapshots of one fixed state at the four sizes of UX 28, in both themes and both sets of glyphs.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use super::key;
use crate::domain::run::{Outcome, Run, RunState, Trigger, Usage};
use crate::domain::schedule::{Decision, Schedule, Slot};
use crate::domain::spread::Spread;
use crate::domain::task::{Definition, Kind, Status, Task, Work};
use crate::domain::when::When;
use crate::domain::why::{Entry, Pause};
use crate::domain::{RunId, ScheduleId, TaskId};
use crate::lock::{Holder, Role};
use crate::output::{Line, Sgr, Stream};
use crate::store::order::Order;
use crate::store::overview::Overview;
use crate::store::schedules::AgendaRow;
use crate::store::tasks::{LastRun, TaskRow};
use crate::tui::action::{self, Scope};
use crate::tui::effect::{Effect, Kind as Of};
use crate::tui::keymap::Keymap;
use crate::tui::log::message::{Extent, LogAnswer, LogRequest, Row, Window};
use crate::tui::log::text::Text;
use crate::tui::model::Model;
use crate::tui::model::bulk::{Bulk, Target, Verb, Weight};
use crate::tui::model::draft::Checked;
use crate::tui::model::inspector::Between;
use crate::tui::model::layer::Layer;
use crate::tui::model::toast::Level;
use crate::tui::model::window::Page;
use crate::tui::msg::{Answer, Details, Engine, Heat, Moment, Msg, Planned};
use crate::tui::theme::{Glyphs, Theme};
use crate::tui::update::{start, update};
use crate::tui::view::{self, Look};

pub(super) const NOW: &str = "2026-11-21T14:12:43Z";
pub(super) const SIZES: [(u16, u16); 4] = [(120, 40), (80, 24), (60, 20), (40, 12)];

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn row(id: i64, slug: &str, last: Option<(RunState, Option<Outcome>, &str)>) -> TaskRow {
    let last = last.map(|(state, outcome, when)| LastRun {
        attempt: 1,
        attempts: 1,
        retry_at: None,
        id: RunId(1000 + id),
        state,
        outcome,
        started_at: (state != RunState::Queued).then(|| at(when)),
        finished_at: outcome.map(|_| at(when)),
        paused_at: None,
        kill_at: None,
    });
    TaskRow {
        id: TaskId(id),
        slug: slug.to_owned(),
        kind: Kind::Command,
        status: None,
        paused: false,
        pause_reason: None,
        late_since: None,
        due_at: None,
        next_at: None,
        startup: false,
        after: None,
        missed: 0,
        rank: 0,
        category: String::new(),
        tag: String::new(),
        last,
        order: Order::Name,
    }
}

/// One task in each state.
fn tasks() -> Vec<TaskRow> {
    use RunState::{Finished, Queued, Running, Stopping};
    let todo = |id, slug, status, due: Option<&str>| TaskRow {
        kind: Kind::Todo,
        status: Some(status),
        due_at: due.map(at),
        ..row(id, slug, None)
    };
    vec![
        row(1, "backup-db", Some((Running, None, "2026-11-21T14:12:01Z"))),
        todo(2, "buy-disks", Status::Open, Some("2026-11-20T09:00:00Z")),
        row(3, "cert-renew", Some((Finished, Some(Outcome::Succeeded), "2026-11-21T02:00:00Z"))),
        row(4, "docker-prune", Some((Finished, Some(Outcome::Cancelled), "2026-11-21T03:15:00Z"))),
        row(5, "media-transcode-of-everything-there-is", Some((Stopping, None, "2026-11-21T13:00:36Z"))),
        row(6, "offsite-sync", Some((Finished, Some(Outcome::Failed(23)), "2026-11-21T12:00:00Z"))),
        row(7, "photo-index", Some((Finished, Some(Outcome::Succeeded), "2026-11-15T04:00:00Z"))),
        todo(8, "renew-domain", Status::InProgress, None),
        row(9, "restic-check", Some((Finished, Some(Outcome::TimedOut), "2026-11-21T05:00:00Z"))),
        row(10, "smart-report", Some((Finished, Some(Outcome::Signaled(9)), "2026-11-21T06:00:00Z"))),
        row(11, "vm-snapshot", Some((Queued, None, "2026-11-21T14:12:00Z"))),
        row(12, "wake-nas", None),
        TaskRow { late_since: Some(at("2026-11-21T06:00:00Z")), ..row(13, "weekly-report", None) },
        TaskRow {
            paused: true,
            pause_reason: Some("failed 3 times in a row".to_owned()),
            ..row(14, "yum-update", None)
        },
        TaskRow { paused: true, ..row(15, "zfs-scrub", None) },
    ]
}

fn run(id: i64, state: RunState, outcome: Option<Outcome>, start: &str, seconds: i64, trigger: Trigger) -> Run {
    let start = at(start);
    Run {
        id: RunId(id),
        task: TaskId(1),
        slug: "backup-db".to_owned(),
        state,
        outcome,
        trigger,
        attempt: 1,
        attempts: 1,
        retry_at: None,
        slot: None,
        queued_at: start,
        not_before: None,
        started_at: Some(start),
        finished_at: outcome.map(|_| start + Duration::from_secs(seconds.unsigned_abs())),
        usage: None,
        limits: None,
        reason: None,
        came_after: None,
        pause_requested: false,
        paused_at: None,
        kill_at: None,
        removed: None,
    }
}

fn runs() -> Vec<Run> {
    use RunState::{Finished, Running};
    vec![
        run(1284, Running, None, "2026-11-21T14:12:01Z", 0, Trigger::Manual),
        run(1283, Finished, Some(Outcome::Succeeded), "2026-11-21T13:42:00Z", 91, Trigger::Schedule),
        run(1281, Finished, Some(Outcome::Failed(1)), "2026-11-21T12:42:00Z", 3, Trigger::Schedule),
        run(1278, Finished, Some(Outcome::Cancelled), "2026-11-20T11:12:00Z", 11, Trigger::CatchUp),
    ]
}

fn agenda() -> Vec<AgendaRow> {
    let schedule = |id, when: When, next: &str| Schedule {
        id: ScheduleId(id),
        task: TaskId(id),
        rule: when.into(),
        zone: "UTC".to_owned(),
        anchor: at("2026-01-01T00:00:00Z"),
        watermark: at(NOW),
        slot_at: Some(at(next)),
        next_at: Some(at(next)),
        calendar: None,
        spread: Spread::by(""),
    };
    let cron = |text| When::parse(text, &TimeZone::UTC, at(NOW)).unwrap();
    let row = |id, when: When, next: &str, slug: &str| AgendaRow {
        schedule: schedule(id, when, next),
        slug: slug.to_owned(),
        at: at(next),
        aside: None,
    };
    let backup = row(1, cron("*/30 * * * *"), "2026-11-21T14:30:00Z", "backup-db");
    let lost = AgendaRow { aside: Some("skipped: run #1284 usually takes 42m".to_owned()), ..backup };
    let mut cert = row(3, cron("0 2 * * *"), "2026-11-22T02:00:00Z", "cert-renew");
    cert.schedule.rule.options.jitter = Some(Duration::from_secs(600));
    cert.schedule.zone = "Asia/Tokyo".to_owned();
    let rests = row(15, cron("0 3 * * *"), "2026-11-22T03:00:00Z", "zfs-scrub");
    let rests = AgendaRow { aside: Some("paused".to_owned()), ..rests };
    vec![lost, cert, rests, row(9, cron("at 2026-12-24 18:00"), "2026-12-24T18:00:00Z", "restic-check")]
}

pub(super) fn details() -> Details {
    let definition = Definition::new("Backup DB", Work::Command("pg_dump app".to_owned()));
    let task = Task {
        id: TaskId(1),
        slug: "backup-db".to_owned(),
        definition,
        last_run: Some(RunId(1283)),
        failures: 0,
        late_since: None,
        created_at: at("2026-01-01T00:00:00Z"),
        updated_at: at("2026-01-01T00:00:00Z"),
    };
    let fields = vec![
        ("name", "Backup DB".to_owned()),
        (
            "command",
            "pg_dump app | zstd > \"/srv/dump/app-$(date +%F).sql.zst\" && rclone copy /srv/dump remote:\n\x1b[2Jgone?"
                .to_owned(),
        ),
    ];
    let next = vec![(at("2026-11-21T14:30:00Z"), None), (at("2026-11-21T15:00:00Z"), None)];
    let planned = Planned { rule: "*/30 * * * *".to_owned(), zone: "Europe/Berlin".to_owned(), next };
    let usage = Usage {
        cpu: Duration::from_millis(1230),
        max_rss_bytes: 52 << 20,
        peak_bytes: 80 << 20,
        samples: 2,
        output_bytes: 1_288_490_189,
    };
    let mut last =
        run(1281, RunState::Finished, Some(Outcome::Failed(127)), "2026-11-21T12:42:00Z", 3, Trigger::Schedule);
    last.usage = Some(usage);
    let slot = |due: &str, decision, reason: Option<&str>, run| Slot {
        schedule: ScheduleId(1),
        due_at: at(due),
        zone: "Europe/Berlin".to_owned(),
        civil: String::new(),
        decision,
        reason: reason.map(str::to_owned),
        run,
        decided_at: at(due),
    };
    let slots = vec![
        slot("2026-11-21T14:00:00Z", Decision::Skipped, Some("run 1280 was still running"), None),
        slot("2026-11-21T13:30:00Z", Decision::Run, None, Some(RunId(1281))),
    ];
    let now = vec!["the 14:30 slot will be skipped: run #1284 usually takes 42m".to_owned()];
    let mut heat = Heat { since: at("2026-10-24T14:12:43Z"), ..Heat::default() };
    for day in 0..7 {
        heat.runs[day][2] = day as u32;
        heat.runs[day][14] = 1;
    }
    heat.failed[5][2] = 1;
    Details { task, fields, schedules: vec![planned], now, last: Some(last), slots, heat }
}

/// A model, and what it asked of the log's worker.
pub(super) struct Stage {
    pub(super) model: Model,
    log: Vec<LogRequest>,
}

impl Stage {
    pub(super) fn empty((width, height): (u16, u16)) -> Self {
        let moment = Moment { at: at(NOW), since: Duration::from_secs(60) };
        let mut model = Model::new(moment, TimeZone::UTC, Size::new(width, height));
        model.host = "homelab".to_owned();
        model.runs_folder = PathBuf::from("/runs");
        let _ = start(&mut model);
        Self { model, log: Vec::new() }
    }

    pub(super) fn full(size: (u16, u16)) -> Self {
        let mut stage = Self::empty(size);
        let overview = Overview {
            tasks: 13,
            running: 2,
            queued: 1,
            failed: 3,
            late: 1,
            draining: None,
            unread: 0,
            next: Some((at("2026-11-21T14:30:00Z"), "backup-db".to_owned())),
        };
        let holder = Holder { pid: 4021, role: Role::Daemon, version: "0.1.0".to_owned(), since: at(NOW) };
        let whole = |rows| Page { rows, at_start: true, at_end: true };
        stage.answer(Of::Pulse, Answer::Pulse(1, Engine::Elsewhere(holder)));
        stage.answer(Of::Overview, Answer::Overview(overview));
        stage.answer(Of::Tasks, Answer::Tasks(String::new(), whole(tasks())));
        stage.answer(Of::Runs, Answer::Runs(Some(TaskId(1)), Page { rows: runs(), at_start: true, at_end: true }));
        stage.answer(Of::Agenda, Answer::Agenda(agenda()));
        stage.print(&[
            ("14:12:01.020", Stream::Out, "dumping postgres: app (1.2 GiB)"),
            ("14:12:03.881", Stream::Err, "warning: table \"events\" is bloated (38%)"),
            ("14:12:09.310", Stream::Out, "\x1b[32mwrote\x1b[0m /srv/dump/app-20261121.sql.zst"),
        ]);
        stage
    }

    pub(super) fn send(&mut self, msg: Msg) {
        let now = self.model.now;
        let effects = update(&mut self.model, now, msg);
        self.log.extend(effects.into_iter().filter_map(|effect| match effect {
            Effect::Log(request) => Some(request),
            _ => None,
        }));
    }

    /// Presses a key; what the loop is to do then.
    pub(super) fn effects(&mut self, name: &str) -> Vec<Effect> {
        let now = self.model.now;
        update(&mut self.model, now, Msg::Key(key(name)))
    }

    pub(super) fn answer(&mut self, kind: Of, answer: Answer) {
        self.send(Msg::Answer(0, kind, Box::new(answer)));
    }

    pub(super) fn press(&mut self, keys: &str) {
        for name in keys.split_whitespace() {
            self.send(Msg::Key(key(name)));
        }
    }

    /// Lets the worker of the log answer, if the log was opened.
    pub(super) fn print(&mut self, lines: &[(&str, Stream, &str)]) {
        let number = self.log.iter().rev().find_map(|request| match request {
            LogRequest::Open { ask, .. } | LogRequest::View(ask) => Some(ask.number),
            _ => None,
        });
        let Some(number) = number else { return };
        let rows = (0..).zip(lines).map(|(number, (time, stream, text))| {
            let line = Line {
                attempt: 1,
                number,
                next: number + 1,
                offset: 0,
                at: at(&format!("2026-11-21T{time}Z")),
                stream: *stream,
                bytes: text.as_bytes().to_vec(),
                cut: 0,
                rewritten: false,
                length: text.len() as u64,
                complete: true,
                gap: None,
            };
            let text = Text::of(&line, &mut Sgr::default(), "…");
            Row {
                number,
                next: number + 1,
                begins: None,
                at: line.at,
                stream: *stream,
                level: text.level(),
                text,
                is_gap: false,
                before: None,
                context: false,
                cut: 0,
                source: None,
            }
        });
        let window = Window { first: 0, rows: rows.collect(), end: lines.len() as u64, sieve: 0 };
        let extent = Extent { lines: lines.len() as u64, bytes: 100, ..Extent::default() };
        self.send(Msg::Log(LogAnswer::Lines { number, extent, window }));
    }

    pub(super) fn buffer(&self, look: Look) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, self.model.size.width, self.model.size.height));
        view::draw(&self.model, look, &mut buf);
        buf
    }

    /// Where the cursor is shown.
    pub(super) fn cursor(&self) -> Option<Position> {
        let mut buf = Buffer::empty(Rect::new(0, 0, self.model.size.width, self.model.size.height));
        view::draw(&self.model, UNICODE, &mut buf)
    }

    pub(super) fn snapshot(&self, look: Look) -> String {
        styled(&self.buffer(look))
    }

    pub(super) fn text(&self, look: Look) -> String {
        let buf = self.buffer(look);
        rows(&buf).map(|row| line(row).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }
}

pub(super) fn rows(buf: &Buffer) -> impl Iterator<Item = &[Cell]> {
    buf.content.chunks(usize::from(buf.area.width))
}

pub(super) fn line(row: &[Cell]) -> String {
    let mut line = String::new();
    let mut skip = 0;
    for cell in row {
        if skip == 0 {
            line.push_str(cell.symbol());
            skip = cell.symbol().width().max(1);
        }
        skip -= 1;
    }
    line
}

/// The text, and below it for each row what is styled: `column+length style`.
fn styled(buf: &Buffer) -> String {
    let mut text = String::new();
    for row in rows(buf) {
        let _ = writeln!(text, "{}", line(row).trim_end());
    }
    for (y, row) in rows(buf).enumerate() {
        let mut spans = Vec::new();
        let mut x = 0;
        while x < row.len() {
            let style = name(&row[x]);
            let length = row[x..].iter().take_while(|cell| name(cell) == style).count();
            if !style.is_empty() {
                spans.push(format!("{x}+{length} {style}"));
            }
            x += length;
        }
        if !spans.is_empty() {
            let _ = writeln!(text, "{y:>2}: {}", spans.join(", "));
        }
    }
    text
}

fn name(cell: &Cell) -> String {
    let mut words = Vec::new();
    if cell.fg != Color::Reset {
        words.push(format!("{}", cell.fg).to_lowercase());
    }
    if cell.bg != Color::Reset {
        words.push(format!("on-{}", cell.bg).to_lowercase());
    }
    words.extend(cell.modifier.iter_names().map(|(name, _)| name.to_lowercase()));
    words.join(" ")
}

pub(super) const UNICODE: Look = Look { theme: Theme::Ansi, glyphs: &Glyphs::UNICODE };
pub(super) const LOOKS: [(&str, Look); 3] = [
    ("ansi", UNICODE),
    ("mono", Look { theme: Theme::Mono, glyphs: &Glyphs::UNICODE }),
    ("ascii", Look { theme: Theme::Mono, glyphs: &Glyphs::ASCII }),
];

#[test]
fn ux_26_ux_27_ux_28_the_panes_at_every_size_theme_and_set_of_glyphs() {
    for (width, height) in SIZES {
        for (name, look) in LOOKS {
            let stage = Stage::full((width, height));
            insta::assert_snapshot!(format!("panes-{width}x{height}-{name}"), stage.snapshot(look));
        }
    }
}

#[test]
fn the_ascii_set_is_ascii_to_the_last_cell() {
    for size in SIZES {
        for keys in ["", "3", "2", "4", "?", "a", "!", "z", ":", "F12 D"] {
            let mut stage = Stage::full(size);
            stage.press(keys);
            let text = stage.text(LOOKS[2].1);
            assert!(text.is_ascii(), "{size:?} {keys}\n{text}");
        }
    }
}

#[test]
fn the_other_panes_and_the_details() {
    let mut stage = Stage::full((80, 24));
    stage.press("3");
    insta::assert_snapshot!("runs-80x24", stage.text(UNICODE));
    stage.press("2");
    insta::assert_snapshot!("next-80x24", stage.text(UNICODE));
    let mut stage = Stage::full((120, 40));
    stage.press("4 4");
    stage.answer(Of::Details, Answer::Details(TaskId(1), Some(Box::new(details()))));
    insta::assert_snapshot!("details-120x40", stage.text(UNICODE));
}

#[test]
fn the_form_says_what_is_wrong_and_when_it_runs_next() {
    for size in [(80, 24), (40, 12)] {
        let mut stage = Stage::full(size);
        stage.press("a B a c k u p Tab d u m p Tab Tab * / 3 0 Tab Tab Tab");
        let Some(Layer::Form(form)) = stage.model.layers.last() else { panic!("no form") };
        let draft = form.draft();
        let checked = Checked {
            errors: vec![("when", "hour, column 5: is missing".to_owned())],
            next: vec![(at("2026-11-21T14:30:00Z"), None), (at("2026-11-21T15:00:00Z"), None)],
            understood: vec!["*/30 * * * *".to_owned()],
            todo: false,
            slug: Some(("backup-2".to_owned(), Some("backup".to_owned()))),
            sees: Some("/bin/sh -c in /home/ana, HOME=/home/ana, PATH=/usr/bin:/bin".to_owned()),
        };
        stage.answer(Of::Check, Answer::Checked(draft, checked));
        insta::assert_snapshot!(format!("form-{}x{}", size.0, size.1), stage.text(UNICODE));
    }
}

#[test]
fn questions_help_and_messages_lie_over_the_panes() {
    for size in [(80, 24), (40, 12)] {
        let mut stage = Stage::full(size);
        let bulk = Bulk::one(Verb::Delete, Target::Task(TaskId(1)), "backup-db".to_owned());
        let weight = Weight {
            schedules: agenda().len(),
            history: (1284, false),
            bytes: 3 << 30,
            live: vec![RunId(1284)],
            downstream: vec!["offsite-sync".to_owned()],
            ..Weight::default()
        };
        stage.answer(Of::Weigh, Answer::Weighed(bulk, Box::new(weight)));
        insta::assert_snapshot!(format!("delete-{}x{}", size.0, size.1), stage.snapshot(UNICODE));
        stage.press("Esc ? r u n");
        insta::assert_snapshot!(format!("help-{}x{}", size.0, size.1), stage.text(UNICODE));
        // A toast on the hint line is none of theirs.
        stage.model.now.since += Duration::from_secs(60);
        stage.send(Msg::Tick);
        stage.press("Esc : s t o p");
        insta::assert_snapshot!(format!("palette-{}x{}", size.0, size.1), stage.snapshot(UNICODE));
        stage.press("Esc F12");
        for (name, bytes) in [("Ctrl-x", "\x18"), ("Alt-x", "\x1bx"), ("Up", "\x1b[A"), ("D", "D")] {
            stage.model.between = Some(Between::Tmux);
            stage.send(Msg::Sent(Some(key(name)), bytes.as_bytes().to_vec()));
        }
        insta::assert_snapshot!(format!("inspector-{}x{}", size.0, size.1), stage.text(UNICODE));
        stage.press("Esc Esc");
        stage.model.keymap = Keymap::read("\"task.run\" = \"g r\"\n\"run.stop\" = \"g x\"\n\"task.add\" = \"g n a\"").0;
        stage.press("g");
        insta::assert_snapshot!(format!("chord-{}x{}", size.0, size.1), stage.snapshot(UNICODE));
        stage.press("Esc j x !");
        insta::assert_snapshot!(format!("messages-{}x{}", size.0, size.1), stage.text(UNICODE));
    }
}

/// One of everything that can have become of a slot.
pub(super) fn past() -> Vec<Entry> {
    let slot = |due: &str, decision, reason: Option<&str>, run: Option<Run>| {
        let due_at = at(due);
        let civil = due_at.to_zoned(TimeZone::get("Europe/Berlin").unwrap()).strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let slot = Slot {
            schedule: ScheduleId(1),
            due_at,
            zone: "Europe/Berlin".to_owned(),
            civil,
            decision,
            reason: reason.map(str::to_owned),
            run: run.as_ref().map(|run| run.id),
            decided_at: due_at,
        };
        Entry::Slot(slot, run.map(Box::new))
    };
    let Run { id, .. } = runs()[0];
    let mut live = runs()[0].clone();
    live.reason = Some("\x1b[2Jwipes".to_owned());
    vec![
        slot("2026-11-21T14:12:00Z", Decision::Run, None, Some(live)),
        slot("2026-11-21T13:42:00Z", Decision::Run, None, Some(runs()[1].clone())),
        slot("2026-11-21T13:12:00Z", Decision::Skipped, Some(&format!("run #{id} was still running")), None),
        slot("2026-11-21T12:40:00Z", Decision::Run, None, Some(runs()[2].clone())),
        slot("2026-11-20T12:00:00Z", Decision::Missed, Some("Tempo was not running"), None),
        Entry::Pause(Pause {
            from: at("2026-11-19T08:00:00Z"),
            until: Some(at("2026-11-20T07:30:00Z")),
            reason: Some("failed 3 times in a row".to_owned()),
        }),
        slot("2026-10-25T01:30:00Z", Decision::Run, None, None),
    ]
}

#[test]
fn why_shows_what_holds_now_and_what_became_of_each_slot() {
    for size in [(120, 40), (80, 24), (40, 12)] {
        let mut stage = Stage::full(size);
        stage.press("w");
        let now = vec![
            "run #1284 is running since Sat 2026-11-21 14:12:01 UTC".to_owned(),
            "next slot Sat 2026-11-21 14:42:00 UTC".to_owned(),
        ];
        let page = Page { rows: past(), at_start: true, at_end: true };
        stage.answer(Of::Why, Answer::Why(TaskId(1), Some(now), page));
        stage.press("j j");
        insta::assert_snapshot!(format!("why-{}x{}", size.0, size.1), stage.snapshot(UNICODE));
    }
}

#[test]
fn the_title_says_which_filter_holds_and_how_many_tasks_it_shows() {
    for (size, said) in [((120, 40), "1 Tasks  2/13 /ba "), ((80, 24), "1 Tasks  2/13 /ba "), ((40, 12), "2 /ba")] {
        let mut stage = Stage::full(size);
        stage.press("/ b a Enter");
        let rows = tasks().into_iter().take(2).collect();
        stage.answer(Of::Tasks, Answer::Tasks("ba".to_owned(), Page { rows, at_start: true, at_end: true }));
        let text = stage.text(UNICODE);
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn a_long_name_is_cut_before_a_word_of_a_status_is() {
    let ran = |outcome| Some((RunState::Finished, Some(outcome), "2026-11-21T02:00:00Z"));
    let rows = vec![
        row(1, "backup", None),
        row(2, "back-up-the-database", None),
        row(3, "media-transcode", ran(Outcome::Succeeded)),
        row(4, "offsite-synchronisation-of-it", ran(Outcome::Cancelled)),
        TaskRow { missed: 2, ..row(5, "thermals-of-all-the-machines-there", ran(Outcome::Succeeded)) },
    ];
    let page = Page { rows, at_start: true, at_end: true };
    for (size, shown) in [
        ((80, 24), vec!["backup never", "back-up-the-da… never", "offsite-synchr… cancelled", "… missed 2"]),
        ((40, 12), vec!["media-transcode 02:00 ok", "offsite-synchronisation-of… cancelled", "… missed 2"]),
        ((120, 40), vec!["never ran", "cancelled", "… missed 2"]),
    ] {
        let mut stage = Stage::full(size);
        stage.answer(Of::Tasks, Answer::Tasks(String::new(), page.clone()));
        let text = stage.text(UNICODE);
        let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for shown in shown {
            assert!(text.contains(shown) || squeezed.contains(shown), "{size:?} {shown}\n{text}");
        }
    }
}

#[test]
fn r6_a_run_that_waits_for_its_retry_says_which_and_when_in_every_pane() {
    let mut stage = Stage::full((120, 40));
    let retry_at = Some(at("2026-11-21T14:30:10Z"));
    let reason = Some("exit 1; attempt 2 of 4 at 14:30:10".to_owned());
    let waits = Run {
        attempts: 4,
        retry_at,
        reason,
        ..run(1290, RunState::WaitingRetry, None, "2026-11-21T14:10:00Z", 0, Trigger::Schedule)
    };
    let second = Run {
        attempt: 2,
        attempts: 4,
        ..run(1291, RunState::Running, None, "2026-11-21T14:12:00Z", 0, Trigger::Schedule)
    };
    let rows = vec![second, waits.clone()];
    stage.answer(Of::Runs, Answer::Runs(Some(TaskId(1)), Page { rows, at_start: true, at_end: true }));
    let mut of_task = row(1, "backup-db", Some((RunState::WaitingRetry, None, "2026-11-21T14:10:00Z")));
    of_task.last = of_task.last.map(|last| LastRun { attempts: 4, retry_at, ..last });
    let rows = vec![of_task];
    stage.answer(Of::Tasks, Answer::Tasks(String::new(), Page { rows, at_start: true, at_end: true }));
    let lines = |text: &str, word: &str| text.lines().filter(|line| line.contains(word)).count();
    let text = stage.text(UNICODE);
    assert_eq!((lines(&text, "retry 2/4 14:30:10"), lines(&text, "attempt 2/4")), (2, 1), "{text}");
    let details = Details { last: Some(waits), ..details() };
    stage.press("3 j");
    stage.answer(Of::Details, Answer::Details(TaskId(1), Some(Box::new(details))));
    stage.press("4");
    stage.press("4");
    let text = stage.text(UNICODE);
    for shown in [
        "Run #1290, selected in Runs",
        "attempt  1 of 4",
        "retry    Sat 2026-11-21 14:30:10",
        "it waits for its next attempt",
        "exit 1; attempt 2 of 4",
    ] {
        assert!(text.contains(shown), "{shown}\n{text}");
    }
}

#[test]
fn the_bar_is_in_the_list_that_the_other_panes_follow() {
    let mut stage = Stage::full((120, 40));
    let bars = |stage: &Stage| stage.text(UNICODE).lines().filter(|line| line.starts_with("│▌")).count();
    // One is in the runs.
    assert_eq!(bars(&stage), 2);
    stage.press("2");
    assert_eq!(bars(&stage), 2);
    assert!(!stage.text(UNICODE).contains("▌► backup-db"));
}

#[test]
fn a_task_that_waits_for_a_startup_says_so() {
    let mut stage = Stage::full((80, 24));
    let rows = vec![TaskRow { startup: true, ..row(1, "mount", None) }, row(2, "other", None)];
    stage.answer(Of::Tasks, Answer::Tasks(String::new(), Page { rows, at_start: true, at_end: true }));
    let text = stage.text(UNICODE);
    assert!(text.contains("mount             startup"), "{text}");
}

#[test]
fn a_message_that_is_longer_than_its_line_is_wrapped_and_read_to_its_end() {
    for size in [(120, 40), (50, 12)] {
        let mut stage = Stage::full(size);
        let words: Vec<String> = (1..60).map(|n| format!("word{n}")).collect();
        stage.model.tell(Level::Error, words.join(" "));
        stage.press("! l");
        let start = stage.text(UNICODE);
        assert!(size.0 == 120 || !start.contains("word59"), "{start}");
        assert!(start.contains("word1 "), "{start}");
        stage.press("G");
        let end = stage.text(UNICODE);
        assert!(end.contains("word59"), "{end}");
        stage.press("g");
        assert_eq!(stage.text(UNICODE), start);
    }
}

#[test]
fn the_help_of_a_narrow_screen_keeps_keys_and_words_apart_and_whole() {
    for pane in ["1", "2", "3", "4", "4 4"] {
        let mut stage = Stage::full((50, 160));
        stage.press(pane);
        let scope = stage.model.scope();
        stage.press("?");
        let text = stage.text(UNICODE);
        for spec in action::within(scope) {
            // The border, a blank, the bar of the selection; 11 columns of keys and one between.
            let parts = |line: &str| (line.chars().skip(3).take(12).collect(), line.chars().skip(15).collect());
            let said: Vec<(String, String)> = text.lines().map(parts).collect();
            let of_spec = |(keys, title): &&(String, String)| {
                let title = title.trim_matches(['│', ' ']);
                let start = title.trim_end_matches('…');
                let behind = spec.title.strip_prefix(start).unwrap_or("?");
                keys.ends_with(' ')
                    && keys.split_whitespace().all(|key| spec.keys.contains(&key))
                    && keys.trim_end().len() >= spec.keys[0].len()
                    && !start.is_empty()
                    && (behind.is_empty() || (title != start && behind.starts_with([' ', ',', ';'])))
            };
            assert!(said.iter().any(|line| of_spec(&line)), "{}\n{text}", spec.id);
        }
    }
}

#[test]
fn the_header_says_where_the_engine_is_as_long_as_there_is_room() {
    for width in 60..130 {
        let mut stage = Stage::full((width, 24));
        stage.model.host = "a-host-with-a-long-name".to_owned();
        let text = stage.text(UNICODE);
        let header = text.lines().next().unwrap_or_default();
        for said in ["engine", "4021", "14:30", "► 2", "✗ 3"] {
            assert!(header.contains(said), "{width}: {header}");
        }
    }
}

#[test]
fn t11_the_header_says_that_the_clock_is_not_set() {
    for width in [60, 120] {
        let mut stage = Stage::full((width, 24));
        assert!(!stage.text(UNICODE).contains("clock not set"));
        stage.model.now.at = jiff::Timestamp::UNIX_EPOCH;
        assert!(stage.text(UNICODE).lines().next().unwrap_or_default().contains("clock not set"));
    }
}

#[test]
fn r3_the_header_says_that_nothing_new_starts_and_when_it_is_safe_to_stop() {
    for width in [60, 120] {
        let mut stage = Stage::full((width, 24));
        let mut drained = stage.model.overview.clone().unwrap();
        drained.draining = Some(at(NOW));
        for (running, said) in [(2, "draining"), (0, "drained: safe to stop")] {
            let overview = Overview { running, ..drained.clone() };
            stage.answer(Of::Overview, Answer::Overview(overview));
            assert!(stage.text(UNICODE).lines().next().unwrap_or_default().contains(said), "{said} at {width}");
        }
    }
}

#[test]
fn nothing_of_the_panes_is_beside_what_lies_over_them_at_80x24() {
    for keys in ["?", "a", "!", ":", "F12"] {
        let mut stage = Stage::full((80, 24));
        stage.press(keys);
        let text = stage.text(UNICODE);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with("? help"), "the header stays\n{text}");
        let top = lines.iter().position(|line| line.starts_with("╭─ ") && line.trim_end().chars().count() == 80);
        assert!(top.is_some(), "the box is as wide as the screen\n{text}");
    }
}

#[test]
fn a_menu_stands_at_the_bottom_with_each_key_of_its_scope() {
    for size in SIZES {
        let mut stage = Stage::full(size);
        stage.model.layers.push(Layer::Menu(Scope::Why));
        let text = stage.text(UNICODE);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[lines.len() - 2].contains("Esc close"), "{size:?}\n{text}");
        for spec in action::within(Scope::Why) {
            let words: Vec<&str> = spec.title.split(' ').take(1).collect();
            let shown = lines.iter().any(|line| line.contains(spec.keys[0]) && line.contains(words[0]));
            assert!(shown, "{size:?}: {}\n{text}", spec.id);
        }
    }
}

#[test]
fn ux_51_an_empty_store_names_the_next_keys() {
    for size in SIZES {
        let mut stage = Stage::empty(size);
        stage.answer(Of::Tasks, Answer::Tasks(String::new(), Page { rows: Vec::new(), at_start: true, at_end: true }));
        let text = stage.text(UNICODE);
        for named in ["a add a task", "i import your crontab", "T load the example", "? help", ": commands"] {
            assert!(text.contains(named), "{size:?}: {named}\n{text}");
        }
    }
}

#[test]
fn ux_28_ux_51_the_help_key_is_on_every_screen_and_no_hint_is_cut() {
    let words: Vec<String> = crate::tui::action::all().map(|spec| format!("{} {}", spec.keys[0], spec.hint)).collect();
    for width in 40..130 {
        for height in [10, 12, 16, 24, 40, 50] {
            let stage = Stage::full((width, height));
            let text = stage.text(UNICODE);
            assert!(text.contains("? help") && text.contains(": commands"), "{width}x{height}\n{text}");
            let hints = text.lines().last().unwrap_or_default();
            for hint in hints.trim().split("  ").map(str::trim).filter(|hint| !hint.is_empty()) {
                assert!(words.iter().any(|word| word == hint), "{width}x{height}: {hint:?} in {hints:?}");
            }
        }
    }
}

#[test]
fn ux_22_no_size_and_no_state_panics() {
    let mut sizes: Vec<(u16, u16)> = (1..60).map(|n| (n, n / 2 + 1)).collect();
    sizes.extend([(1, 1), (200, 60), (30, 8), (84, 46), (300, 8), (30, 200)]);
    for size in sizes {
        for keys in
            ["", "2", "3", "4 4", "a", "?", "!", "/ x", "z", "3 z", "5", "5 z l l - -", ",", "4 z", "w", ":", "F12 j g"]
        {
            let mut stage = Stage::full((120, 40));
            stage.press(keys);
            stage.send(Msg::Resize(Size::new(size.0, size.1)));
            let _ = stage.text(UNICODE);
        }
    }
}

#[test]
fn names_and_commands_from_outside_cannot_act_on_the_terminal() {
    let mut stage = Stage::full((120, 40));
    stage.model.host = "a\x1b]0;title\x07b".to_owned();
    stage.press("4 4");
    stage.answer(Of::Details, Answer::Details(TaskId(1), Some(Box::new(details()))));
    let buf = stage.buffer(UNICODE);
    assert!(buf.content.iter().all(|cell| !cell.symbol().chars().any(char::is_control)));
}

#[test]
fn ux_37_a_zoomed_log_is_nothing_but_its_text() {
    let mut stage = Stage::full((80, 24));
    stage.press("4 z");
    stage.print(&[("14:12:01.020", Stream::Out, "dumping postgres"), ("14:12:03.881", Stream::Err, "warning")]);
    stage.model.now.since += Duration::from_secs(10);
    stage.send(Msg::Tick);
    assert_eq!(stage.text(UNICODE).trim_end(), "dumping postgres\nwarning");
}

#[test]
fn too_small_says_what_it_needs() {
    let stage = Stage::full((28, 6));
    assert_eq!(stage.text(UNICODE).trim(), "needs 30x8 · q quits");
}

#[test]
fn the_selected_row_has_a_bar_and_reverse_video_in_every_theme() {
    for (name, look) in LOOKS {
        let buf = Stage::full((120, 40)).buffer(look);
        assert_eq!(buf[(1, 2)].symbol(), look.glyphs.bar, "{name}");
        assert!(buf[(5, 2)].modifier.contains(Modifier::REVERSED), "{name}");
    }
}
