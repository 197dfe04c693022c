//! How it looks: styled snapshots of one fixed state at the four sizes of UX 28, in both themes and both sets of glyphs.

use super::key;
use super::stage::{LOOKS, NOW, SIZES, Stage, UNICODE, agenda, at, details, row, run, runs, tasks};
use crate::domain::run::{Outcome, Run, RunState, Trigger};
use crate::domain::schedule::{Decision, Slot};
use crate::domain::why::{Entry, Pause};
use crate::domain::{RunId, ScheduleId, TaskId};
use crate::output::Stream;
use crate::store::overview::Overview;
use crate::store::tasks::{LastRun, TaskRow};
use crate::tui::action::{self, Scope};
use crate::tui::editor::EditorAnswer;
use crate::tui::editor::message::Executed;
use crate::tui::effect::Kind as Of;
use crate::tui::keymap::Keymap;
use crate::tui::model::bulk::{Bulk, Target, Verb, Weight};
use crate::tui::model::draft::Checked;
use crate::tui::model::inspector::Between;
use crate::tui::model::layer::Layer;
use crate::tui::model::toast::Level;
use crate::tui::model::window::Page;
use crate::tui::msg::{Answer, Details, Msg};
use jiff::tz::TimeZone;
use ratatui::layout::Size;
use ratatui::style::Modifier;
use std::time::Duration;

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
    stage.press("4 4 4");
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
            again: None,
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
        stage.answer(Of::Tasks, Answer::Tasks("ba".to_owned(), Page { rows, at_start: true, at_end: true }, None));
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
        stage.answer(Of::Tasks, Answer::Tasks(String::new(), page.clone(), None));
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
    stage.answer(Of::Tasks, Answer::Tasks(String::new(), Page { rows, at_start: true, at_end: true }, None));
    let lines = |text: &str, word: &str| text.lines().filter(|line| line.contains(word)).count();
    let text = stage.text(UNICODE);
    assert_eq!((lines(&text, "retry 2/4 14:30:10"), lines(&text, "attempt 2/4")), (2, 1), "{text}");
    let details = Details { last: Some(waits), ..details() };
    stage.press("3 j");
    stage.answer(Of::Details, Answer::Details(TaskId(1), Some(Box::new(details))));
    stage.press("4");
    stage.press("4 4");
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
    stage.answer(Of::Tasks, Answer::Tasks(String::new(), Page { rows, at_start: true, at_end: true }, None));
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
    for pane in ["1", "2", "3", "4", "4 4", "4 4 4"] {
        let mut stage = Stage::full((50, 1500));
        stage.press(pane);
        if let Some(task) = stage.model.editor.asked {
            let shown = Executed::Command("echo".to_owned());
            stage.send(Msg::Editor(EditorAnswer::Shown(task, "backup-db".to_owned(), shown)));
        }
        let scope = stage.model.scope();
        stage.press("?");
        let text = stage.text(UNICODE);
        for spec in action::within(scope) {
            // The border, a blank, the bar of the selection; 11 columns of keys and one between.
            let parts = |line: &str| (line.chars().skip(3).take(12).collect(), line.chars().skip(15).collect());
            let mut said: Vec<(String, String)> = Vec::new();
            for (keys, title) in text.lines().map(parts) {
                let (keys, title): (String, String) = (keys, title);
                let title = title.trim_matches(['│', ' ']);
                match said.last_mut().filter(|_| keys.trim().is_empty()) {
                    Some((_, before)) => before.extend([" ", title]),
                    None => said.push((keys, title.to_owned())),
                }
            }
            // Of what is not possible now the reason is worth more than the rest of the words.
            let is_possible = stage.model.reason(spec.action).is_none();
            let of_spec = |(keys, title): &&(String, String)| {
                keys.ends_with(' ')
                    && keys.split_whitespace().all(|key| spec.keys.contains(&key))
                    && keys.trim_end().len() >= spec.keys[0].len()
                    && (title.trim() == spec.title || (!is_possible && !title.trim().is_empty()))
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
        stage.answer(
            Of::Tasks,
            Answer::Tasks(String::new(), Page { rows: Vec::new(), at_start: true, at_end: true }, None),
        );
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
        for keys in [
            "",
            "2",
            "3",
            "4 4",
            "4 4 4",
            "a",
            "?",
            "!",
            "/ x",
            "z",
            "3 z",
            "5",
            "5 z l l - -",
            ",",
            "4 z",
            "w",
            ":",
            "F12 j g",
        ] {
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
    stage.press("4 4 4");
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

#[test]
fn ux_28_the_help_of_a_narrow_screen_goes_on_in_more_rows_and_its_cursor_stays_on_the_screen() {
    for width in [30, 40, 50, 73] {
        let mut stage = Stage::full((width, 20));
        stage.press("?");
        for key in ["Down", "PgDn", "Up", "PgUp"] {
            for _ in 0..300 {
                stage.press(key);
                let text = stage.text(UNICODE);
                assert_eq!(text.lines().filter(|line| line.contains('▌')).count().min(1), 1, "{width} {key}\n{text}");
            }
        }
    }
}
