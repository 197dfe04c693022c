//! A dashboard over one fixed state, and what is on its screen as text.

use unicode_width::UnicodeWidthStr;

use super::key;
use crate::domain::run::{Outcome, Run, RunState, Trigger, Usage};
use crate::domain::schedule::{Decision, Schedule, Slot};
use crate::domain::spread::Spread;
use crate::domain::task::{Definition, Kind, Priority, Status, Task, Work};
use crate::domain::when::When;
use crate::domain::{RunId, ScheduleId, TaskId};
use crate::lock::{Holder, Role};
use crate::output::{Line, Sgr, Stream};
use crate::store::order::Order;
use crate::store::overview::Overview;
use crate::store::schedules::AgendaRow;
use crate::store::tasks::{LastRun, TaskRow};
use crate::tui::effect::{Effect, Kind as Of};
use crate::tui::log::message::{Extent, LogAnswer, LogRequest, Row, Window};
use crate::tui::log::text::Text;
use crate::tui::model::Model;
use crate::tui::model::window::Page;
use crate::tui::msg::{Answer, Details, Engine, Heat, Moment, Msg, Planned};
use crate::tui::theme::{Glyphs, Theme};
use crate::tui::update::{start, update};
use crate::tui::view::{self, Look};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Color;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

pub(super) const NOW: &str = "2026-11-21T14:12:43Z";
pub(super) const SIZES: [(u16, u16); 4] = [(120, 40), (80, 24), (60, 20), (40, 12)];

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn row(id: i64, slug: &str, last: Option<(RunState, Option<Outcome>, &str)>) -> TaskRow {
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
        name: slug.to_owned(),
        kind: Kind::Command,
        status: None,
        paused: false,
        pause_reason: None,
        waits: None,
        late_since: None,
        due_at: None,
        priority: Priority::default(),
        progress: 0,
        blocked: 0,
        next_at: None,
        startup: false,
        after: None,
        missed: 0,
        building: None,
        lacks_environment: false,
        rank: 0,
        category: String::new(),
        tag: String::new(),
        last,
        order: Order::Name,
    }
}

/// One task in each state.
pub(super) fn tasks() -> Vec<TaskRow> {
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

pub(super) fn run(
    id: i64,
    state: RunState,
    outcome: Option<Outcome>,
    start: &str,
    seconds: i64,
    trigger: Trigger,
) -> Run {
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

pub(super) fn runs() -> Vec<Run> {
    use RunState::{Finished, Running};
    vec![
        run(1284, Running, None, "2026-11-21T14:12:01Z", 0, Trigger::Manual),
        run(1283, Finished, Some(Outcome::Succeeded), "2026-11-21T13:42:00Z", 91, Trigger::Schedule),
        run(1281, Finished, Some(Outcome::Failed(1)), "2026-11-21T12:42:00Z", 3, Trigger::Schedule),
        run(1278, Finished, Some(Outcome::Cancelled), "2026-11-20T11:12:00Z", 11, Trigger::CatchUp),
    ]
}

pub(super) fn agenda() -> Vec<AgendaRow> {
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
        blocked: 0,
        blocked_since: None,
        todo: None,
        failures: 0,
        late_since: None,
        begun_at: None,
        done_at: None,
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
    Details {
        asked_at: at(NOW),
        description: Vec::new(),
        notes: (Vec::new(), 0),
        spent: Duration::ZERO,
        waits_for: Vec::new(),
        waited_by: Vec::new(),
        task,
        fields,
        environment: None,
        schedules: vec![planned],
        now,
        last: Some(last),
        slots,
        heat,
    }
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
            reminded: None,
            next: Some((at("2026-11-21T14:30:00Z"), "backup-db".to_owned())),
        };
        let holder = Holder { pid: 4021, role: Role::Daemon, version: "0.1.0".to_owned(), since: at(NOW) };
        let whole = |rows| Page { rows, at_start: true, at_end: true };
        stage.answer(Of::Pulse, Answer::Pulse(1, Engine::Elsewhere(holder)));
        stage.answer(Of::Overview, Answer::Overview(overview));
        stage.answer(Of::Tasks, Answer::Tasks(String::new(), whole(tasks()), None));
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

pub(super) fn name(cell: &Cell) -> String {
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
