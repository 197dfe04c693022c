use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::exchange::{Remark, Wait};
use crate::domain::recur::Recur;
use crate::domain::reminder::Reminder;
use crate::domain::task::{Priority, Status};
use crate::domain::zone;

/// A machine in Berlin.
fn context() -> Context {
    Context {
        zone: zone::zone("Europe/Berlin").unwrap(),
        now: "2026-11-22T12:00:00Z".parse().unwrap(),
        folder: "/".into(),
        types: None,
    }
}

fn all(form: Form, text: &str) -> Reading {
    read(form, text, &context()).unwrap()
}

fn one(form: Form, text: &str) -> Todo {
    let mut reading = all(form, text);
    assert_eq!((reading.todos.len(), reading.refused.as_slice()), (1, &[][..]), "{text}");
    reading.todos.remove(0)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn custom(todo: &Todo, name: &str) -> String {
    todo.definition.custom.get(name).cloned().unwrap_or_default()
}

/// As `task export` of taskwarrior 2.6 and 3 prints it.
const TASKWARRIOR: &str = r#"[
{"id":1,"description":"Fix the tap","due":"20261224T170000Z","entry":"20261101T080000Z","modified":"20261102T080000Z","priority":"H","project":"home.kitchen","start":"20261102T080000Z","status":"pending","tags":["plumbing","next"],"uuid":"296d835e-8f85-4224-8f36-c612cad1b9f8","wait":"20261201T090000Z","annotations":[{"entry":"20261101T090000Z","description":"asked the shop"},{"entry":"20261103T090000Z","description":"they call back"}],"depends":["a1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e"],"estimate":3.5,"urgency":21.7},
{"id":0,"description":"Old","end":"20261110T100000Z","entry":"20261001T080000Z","status":"completed","uuid":"a1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e","urgency":0},
{"id":2,"description":"Water\nthe plants","entry":"20261001T080000Z","mask":"-","recur":"weekly","status":"recurring","uuid":"b1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e","priority":"M"},
{"id":3,"description":"Gone","entry":"20261001T080000Z","end":"20261002T080000Z","status":"deleted","uuid":"c1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e"}
]
"#;

#[test]
fn taskwarriors_tasks_keep_all_that_they_are() {
    let reading = all(Form::Taskwarrior, TASKWARRIOR);
    assert_eq!(reading.refused, []);
    let [tap, old, plants, gone] = reading.todos.as_slice() else { panic!("{reading:?}") };
    assert_eq!((tap.line, old.line, gone.line), (2, 3, 5));
    assert_eq!((tap.definition.name.as_str(), tap.definition.category.as_str()), ("Fix the tap", "home/kitchen"));
    assert_eq!((tap.definition.priority.get(), tap.status()), (2, Status::InProgress));
    assert_eq!(tap.definition.tags, ["next", "plumbing"]);
    assert_eq!(tap.definition.due_at, Some(at("2026-12-24T17:00:00Z")));
    assert_eq!(tap.uid.as_deref(), Some("296d835e-8f85-4224-8f36-c612cad1b9f8"));
    assert_eq!(
        (tap.times.created, tap.times.begun),
        (Some(at("2026-11-01T08:00:00Z")), Some(at("2026-11-02T08:00:00Z")))
    );
    let notes: Vec<(Option<Timestamp>, &str)> = tap.notes.iter().map(|note| (note.at, note.text.as_str())).collect();
    assert_eq!(notes[0], (Some(at("2026-11-01T09:00:00Z")), "asked the shop"));
    assert_eq!(notes.len(), 2);
    assert_eq!(custom(tap, "wait"), "2026-12-01T09:00:00Z");
    let waits: Vec<&str> = tap.waits.iter().map(Wait::name).collect();
    assert_eq!((waits, custom(tap, "depends")), (vec!["a1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e"], String::new()));
    assert_eq!((custom(tap, "estimate"), custom(tap, "urgency")), ("3.5".to_owned(), String::new()));
    assert_eq!((old.status(), old.times.done), (Status::Completed, Some(at("2026-11-10T10:00:00Z"))));
    assert_eq!(
        (plants.definition.name.as_str(), plants.definition.description.as_str()),
        ("Water the plants", "Water\nthe plants")
    );
    assert!(plants.definition.paused && plants.remarks.iter().any(|remark| remark.contains("template")), "{plants:?}");
    assert_eq!((custom(plants, "recur"), plants.definition.priority.get()), ("weekly".to_owned(), 4));
    assert_eq!(gone.status(), Status::Cancelled);
    // A task a line is what hooks and older versions give.
    let lines = TASKWARRIOR.trim().trim_matches(['[', ']']).replace("},\n", "}\n");
    assert_eq!(all(Form::Taskwarrior, &lines).todos.len(), 4);
}

#[test]
fn taskwarrior_gets_back_what_it_gave() {
    let reading = all(Form::Taskwarrior, TASKWARRIOR);
    let theirs: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(TASKWARRIOR).unwrap();
    for (todo, mut theirs) in reading.todos.iter().zip(theirs) {
        let mut ours: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&taskwarrior::write(todo, &context().zone)).unwrap();
        for key in ["id", "urgency"] {
            theirs.remove(key);
        }
        ours.retain(|key, _| !key.starts_with("tempo_"));
        if let Some(tags) = theirs.get_mut("tags").and_then(serde_json::Value::as_array_mut) {
            tags.sort_by_key(ToString::to_string);
        }
        // A number is a text that says it, and a name is one line.
        theirs.entry("estimate").and_modify(|number| *number = number.to_string().into());
        theirs.entry("description").and_modify(|text| *text = text.as_str().unwrap().replace('\n', " ").into());
        assert_eq!(ours, theirs);
    }
}

#[test]
fn a_category_with_a_dot_comes_back_from_taskwarrior_unless_its_project_was_changed_there() {
    let mut todo = Todo::new(1, "Rip").unwrap();
    for (category, project) in [("media.video/old", "media.video.old"), ("media/video", "media.video")] {
        category.clone_into(&mut todo.definition.category);
        let text = taskwarrior::write(&todo, &context().zone);
        assert!(text.contains(&format!("\"project\":\"{project}\"")), "{text}");
        assert_eq!(one(Form::Taskwarrior, &text).definition.category, category, "{text}");
        let moved = text.replace(project, "home.cellar").replace(category, "media.video/old");
        assert_eq!(one(Form::Taskwarrior, &moved).definition.category, "home/cellar", "{moved}");
    }
}

#[test]
fn x1_a_wrong_text_says_its_line_and_what_would_be_right() {
    let refused = |form, text: &str| read(form, text, &context()).unwrap_err();
    let (line, why) =
        refused(Form::Taskwarrior, "[\n{\"description\":\"a\",\"status\":\"pending\"},\n{\"description\" \"b\"}\n]");
    assert!(line == 3 && why.contains("no JSON"), "{line}: {why}");
    let (line, why) = refused(Form::Taskwarrior, "[\n{\"description\":\"a\",\"status\":\"pending\"}\n");
    assert!(line == 3 && why.contains("`]` is missing"), "{line}: {why}");
    let reading = all(
        Form::Taskwarrior,
        "[{\"status\":\"pending\"},\n{\"description\":\"a\",\"status\":\"lost\"},\n{\"description\":\"a\",\"due\":\"soon\"}]",
    );
    let whys: Vec<(usize, bool)> = reading
        .refused
        .iter()
        .zip(["no description", "not pending", "due: `soon`"])
        .map(|((line, why), part)| (*line, why.contains(part)))
        .collect();
    assert_eq!(whys, [(1, true), (2, true), (3, true)], "{reading:?}");
    let (line, why) = refused(Form::Ics, "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:a\r\nEND:VCALENDAR\r\n");
    assert!(line == 4 && why.contains("did not begin"), "{line}: {why}");
    let (line, why) = refused(Form::Ics, "BEGIN:VCALENDAR\r\nno line\r\n");
    assert!(line == 2 && why.contains("a colon"), "{line}: {why}");
    let reading = all(
        Form::Ics,
        "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nEND:VTODO\nBEGIN:VTODO\nSUMMARY:x\nDUE:tomorrow\nEND:VTODO\nEND:VCALENDAR\n",
    );
    assert!(reading.refused[0] == (2, "there is no SUMMARY, which is the name of a task".to_owned()), "{reading:?}");
    assert!(reading.refused[1].0 == 5 && reading.refused[1].1.contains("DUE: `tomorrow`"), "{reading:?}");
    let reading = all(Form::Todotxt, "a\n\n!!\nb due:never\n");
    let lines: Vec<usize> = reading.refused.iter().map(|(line, _)| *line).collect();
    assert_eq!((reading.todos.len(), lines), (1, vec![3, 4]));
}

#[test]
fn a_todo_txt_is_read_by_its_rules() {
    let call = one(
        Form::Todotxt,
        "(A) 2026-11-01 Call Mom @phone +Family/Home +PeaceLoveAndHappiness due:2026-11-30 rec:+1w\n",
    );
    assert_eq!((call.definition.name.as_str(), call.definition.category.as_str()), ("Call Mom", "Family/Home"));
    assert_eq!(call.definition.tags, ["+PeaceLoveAndHappiness", "phone"]);
    assert_eq!((call.definition.priority.get(), call.status()), (1, Status::Open));
    assert_eq!(call.times.created, Some(at("2026-10-31T23:00:00Z")));
    assert_eq!(call.definition.due_at, Some(at("2026-11-29T23:00:00Z")));
    let recur = |todo: &Todo| todo.definition.recur.as_ref().map(ToString::to_string).unwrap_or_default();
    assert_eq!((recur(&call).as_str(), custom(&call, "rec")), ("every week from=2026-11-30T00:00", String::new()));
    assert_eq!(recur(&one(Form::Todotxt, "Water rec:3d")), "3 days after done");
    let strict = one(Form::Todotxt, "2026-11-01 Water rec:+1b");
    assert_eq!((recur(&strict).as_str(), strict.definition.due_at), ("0 0 * * 1-5", None));
    let strict = one(Form::Todotxt, "2026-11-01 Water rec:+2m");
    assert_eq!(recur(&strict), "every 2 months from=2026-11-01T00:00");
    assert_eq!(strict.definition.due_at, Some(at("2026-10-31T23:00:00Z")));
    let wrong = one(Form::Todotxt, "Water rec:5b");
    assert_eq!((recur(&wrong), custom(&wrong, "rec")), (String::new(), "5b".to_owned()));
    assert!(wrong.remarks[0].contains("only every working day"), "{wrong:?}");
    let done = one(Form::Todotxt, "x 2011-03-03 2011-03-01 Review Tim's pull request pri:B");
    assert_eq!((done.status(), done.definition.priority.get()), (Status::Completed, 2));
    assert_eq!(
        (done.times.done, done.times.created),
        (Some(at("2011-03-02T23:00:00Z")), Some(at("2011-02-28T23:00:00Z")))
    );
    // What the rules name as no mark of its own.
    for (line, name) in [
        ("xylophone lesson", "xylophone lesson"),
        ("X 2012-01-01 Make resolutions", "X 2012-01-01 Make resolutions"),
        ("Really gotta call Mom (A) at 12:30", "Really gotta call Mom (A) at 12:30"),
        ("(b) Get back to the boss", "(b) Get back to the boss"),
        ("(B)->Submit TPS report", "(B)->Submit TPS report"),
        ("Email SoAndSo at soandso@example.com", "Email SoAndSo at soandso@example.com"),
        ("Learn how to add 2+2", "Learn how to add 2+2"),
        ("read https://example.com/a Re:this", "read https://example.com/a Re:this"),
    ] {
        let todo = one(Form::Todotxt, line);
        assert_eq!(
            (todo.definition.name.as_str(), todo.status(), todo.definition.priority.get()),
            (name, Status::Open, 5)
        );
        assert!(todo.definition.custom.is_empty() && todo.definition.tags.is_empty(), "{todo:?}");
    }
    assert_eq!(one(Form::Todotxt, "(Z) Some day").definition.priority.get(), 10);
    assert_eq!(todotxt::write(&one(Form::Todotxt, "(Z) Some day"), &context()).0, "(Z) Some day\n");
}

/// From RFC 5545 (3.6.2, 3.6.6) and what Nextcloud and Outlook write.
const CALENDAR: &str = "BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//ABC Corporation//NONSGML My Product//EN\r
BEGIN:VTIMEZONE\r
TZID:America/New_York\r
END:VTIMEZONE\r
BEGIN:VTODO\r
UID:20070514T103211Z-123404@example.com\r
DTSTAMP:20070514T103211Z\r
DTSTART:20070514T110000Z\r
DUE;TZID=America/New_York:20070709T130000\r
COMPLETED:20070707T100000Z\r
SUMMARY:Submit Revised Internet-Draft\\, the\r
  second\r
DESCRIPTION:First line\\nwith \\; and \\\\\r
PRIORITY:1\r
CATEGORIES:WORK,Drafts\r
STATUS:COMPLETED\r
PERCENT-COMPLETE:100\r
LOCATION:Room 5\r
X-APPLE-SORT-ORDER:3\r
GEO:37.386013;-122.082932\r
BEGIN:VALARM\r
ACTION:DISPLAY\r
TRIGGER;RELATED=END:-PT30M\r
DESCRIPTION:reminder\r
END:VALARM\r
END:VTODO\r
BEGIN:VEVENT\r
UID:dentist\r
DTSTART;VALUE=DATE:20261201\r
DTEND;VALUE=DATE:20261202\r
SUMMARY:Dentist\r
RRULE:FREQ=YEARLY\r
BEGIN:VALARM\r
TRIGGER:-P1D\r
END:VALARM\r
END:VEVENT\r
BEGIN:VJOURNAL\r
SUMMARY:not a task\r
END:VJOURNAL\r
END:VCALENDAR\r
";

#[test]
fn a_calendar_is_read_with_its_zones_its_folds_and_its_alarms() {
    let reading = all(Form::Ics, CALENDAR);
    let [draft, dentist] = reading.todos.as_slice() else { panic!("{reading:?}") };
    assert_eq!(draft.definition.name, "Submit Revised Internet-Draft, the second");
    assert_eq!(draft.definition.description, "First line\nwith ; and \\");
    assert_eq!(draft.uid.as_deref(), Some("20070514T103211Z-123404@example.com"));
    assert_eq!(draft.definition.due_at, Some(at("2007-07-09T17:00:00Z")));
    assert_eq!((draft.status(), draft.times.done), (Status::Completed, Some(at("2007-07-07T10:00:00Z"))));
    assert_eq!((draft.definition.priority.get(), draft.definition.progress), (1, 100));
    assert_eq!(draft.definition.tags, ["Drafts", "WORK"]);
    assert_eq!(draft.definition.reminders, [Reminder::Before(Duration::from_secs(1800))]);
    assert_eq!(
        (custom(draft, "location"), custom(draft, "scheduled")),
        ("Room 5".to_owned(), "2007-05-14T11:00:00Z".to_owned())
    );
    assert_eq!(dentist.definition.due_at, Some(at("2026-11-30T23:00:00Z")));
    assert_eq!(dentist.definition.reminders, [Reminder::Before(Duration::from_secs(86_400))]);
    assert_eq!(dentist.definition.recur.as_ref().unwrap().to_string(), "every year from=2026-12-01T00:00");
    assert_eq!((custom(dentist, "rrule"), custom(dentist, "end")), (String::new(), "2026-12-01T23:00:00Z".to_owned()));
    assert_eq!(reading.notes, ["what has no place here is left out: GEO (1), VJOURNAL (1)"]);
}

#[test]
fn every_line_of_a_calendar_has_75_octets_at_most_and_a_run_of_tempo_is_no_to_do() {
    let mut todo = Todo::new(0, &"Überlänge, ; \\ ".repeat(12)).unwrap();
    todo.uid = Some("1".to_owned());
    todo.describe(&"日本語\n".repeat(60));
    let slot = ics::Slot {
        uid: "u".to_owned(),
        slug: "backup".to_owned(),
        name: "Back up".to_owned(),
        rule: "30 2 * * *".to_owned(),
        category: String::new(),
        at: at("2026-12-01T02:30:00Z"),
        updated: at("2026-11-01T02:30:00Z"),
    };
    let text = [ics::FRAME[0], &ics::todo(&todo, &context().zone), &ics::slot(&slot), ics::FRAME[1]].concat();
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])), "{text}");
    let reading = all(Form::Ics, &text);
    assert_eq!(reading.todos.len(), 1);
    assert_eq!(reading.todos[0].definition.name, todo.definition.name);
    assert_eq!(reading.todos[0].definition.description, todo.definition.description);
    assert_eq!(reading.notes, ["coming runs of Tempo are no to-dos: 1 are left out"]);
}

#[test]
fn a_form_is_known_by_the_name_of_the_file_or_by_how_it_begins() {
    for (name, form) in [
        ("a.toml", Some(Form::Toml)),
        ("/home/ana/todo.txt", Some(Form::Todotxt)),
        ("Work.ICS", Some(Form::Ics)),
        ("t.json", Some(Form::Taskwarrior)),
        ("a.csv", Some(Form::Csv)),
        ("notes.txt", None),
        ("tasks", None),
    ] {
        assert_eq!(Form::of_file(Path::new(name)), form, "{name}");
    }
    for (text, form) in [
        (TASKWARRIOR, Form::Taskwarrior),
        ("[]", Form::Taskwarrior),
        ("\u{feff}begin:vcalendar\r\n", Form::Ics),
        ("due,\"name\"\n", Form::Csv),
        ("[[task]]\nname = \"a\"\n", Form::Toml),
        ("", Form::Toml),
    ] {
        assert_eq!(Form::of_text(text), form, "{text}");
    }
}

#[test]
fn a2_a_template_of_taskwarrior_and_its_instances_are_one_series() {
    let template = r#"{"description":"Rent","status":"recurring","uuid":"b1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e","due":"20260131T080000Z","recur":"monthly","until":"20271231T230000Z","rtype":"periodic","mask":"+--","entry":"20251201T080000Z"}"#;
    let instance = |index: u8, status: &str, due: &str| {
        format!(
            r#"{{"description":"Rent","status":"{status}","uuid":"c{index}d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e","due":"{due}","recur":"monthly","parent":"b1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e","imask":{index},"rtype":"periodic","entry":"20251201T080000Z"}}"#
        )
    };
    let recur = |todo: &Todo| todo.definition.recur.as_ref().map(ToString::to_string).unwrap_or_default();
    let rule = "every month from=2026-01-31T09:00 until=2027-12-31";
    let first = instance(0, "completed", "20260131T080000Z");
    let (second, third) = (instance(1, "pending", "20260228T080000Z"), instance(2, "pending", "20260331T070000Z"));
    let reading = all(Form::Taskwarrior, &format!("[{template},\n{first},\n{second},\n{third}]"));
    assert_eq!((reading.refused.len(), reading.notes.len()), (0, 1), "{reading:?}");
    let rules: Vec<String> = reading.todos.iter().map(recur).collect();
    assert_eq!(rules, ["", "", rule], "the newest open one is the series");
    let [first, second, third] = reading.todos.as_slice() else { panic!("{reading:?}") };
    assert_eq!((custom(first, "imask").as_str(), custom(first, "recur").as_str()), ("0", "monthly"));
    assert!(second.remarks[0].contains("a newer one of its series is open"), "{second:?}");
    assert!(third.definition.custom.is_empty(), "{third:?}");
    let series = |todo: &Todo| todo.series.clone().unwrap();
    assert!([first, second, third].map(series).iter().all(|name| name.starts_with("b1d62d21")));
    // As it goes out, it is a template and its instance again.
    let out = format!("[{}]", taskwarrior::write(third, &context().zone));
    let both: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&both[0]["status"], &both[0]["mask"], &both[0]["due"]),
        (&"recurring".into(), &"-".into(), &both[1]["due"])
    );
    assert_eq!((&both[1]["parent"], &both[1]["imask"]), (&both[0]["uuid"], &"0".into()));
    assert_eq!((&both[0]["recur"], &both[0]["until"]), (&"monthly".into(), &"20271231T225959Z".into()));
    let back = all(Form::Taskwarrior, &out);
    assert_eq!((back.todos.len(), recur(&back.todos[0]).as_str()), (1, rule));
    // What taskwarrior changed since counts.
    let back = one(Form::Taskwarrior, &out.replace("monthly", "2mo"));
    assert!(recur(&back).starts_with("every 2 months from="), "{}", recur(&back));
    // A template alone is the instance that it would make next; there, the mask counts those that it has made.
    let alone = one(Form::Taskwarrior, template);
    assert_eq!((recur(&alone).as_str(), alone.definition.due_at), (rule, Some(at("2026-04-30T07:00:00Z"))));
    assert_eq!((alone.uid.clone(), series(&alone)), (None, "b1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e".to_owned()));
    // Without its template, an instance says itself how it comes again.
    let by_itself = one(Form::Taskwarrior, &instance(3, "waiting", "20260430T070000Z"));
    assert_eq!(recur(&by_itself), "every month from=2026-04-30T09:00");
    let hourly = one(Form::Taskwarrior, &template.replace("monthly", "3h"));
    assert!(hourly.definition.paused && hourly.remarks[0].contains("`3h`"), "{hourly:?}");
    assert_eq!((custom(&hourly, "status").as_str(), custom(&hourly, "recur").as_str()), ("recurring", "3h"));
}

#[test]
fn a2_a3_a_series_of_a_calendar_is_one_here_on_the_clock_of_its_zone_and_names_what_it_waits_for() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nSUMMARY:Report\nDTSTART;TZID=America/New_York:20261102T090000\nDUE;TZID=America/New_York:20261102T170000\nRRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20270601T000000Z\nEXDATE:20261109T140000Z\nRELATED-TO;RELTYPE=DEPENDS-ON:draft@example.com\nRELATED-TO:parent@example.com\nEND:VTODO\nBEGIN:VTODO\nUID:2\nSUMMARY:Twice a day\nDTSTART:20261102T090000Z\nRRULE:FREQ=DAILY;BYHOUR=9,17\nEND:VTODO\nEND:VCALENDAR\n";
    let reading = all(Form::Ics, text);
    let [report, twice] = reading.todos.as_slice() else { panic!("{reading:?}") };
    let recur = report.definition.recur.as_ref().unwrap();
    assert_eq!(recur.to_string(), "every week from=2026-11-02T17:00 until=2027-05-31 tz=America/New_York");
    assert_eq!(custom(report, "scheduled"), "2026-11-02T14:00:00Z");
    assert_eq!(report.waits, [Wait::uid("draft@example.com".to_owned())]);
    assert!(report.remarks.iter().any(|remark| remark.contains("EXDATE")), "{report:?}");
    let related = "RELATED-TO:parent@example.com is left out: only RELATED-TO;RELTYPE=DEPENDS-ON says";
    assert!(report.remarks.iter().any(|remark| remark.contains(related)), "{report:?}");
    assert!(!reading.notes[0].contains("RELATED-TO"), "{:?}", reading.notes);
    assert_eq!((custom(twice, "rrule").as_str(), twice.definition.recur.is_none()), ("FREQ=DAILY;BYHOUR=9,17", true));
    assert!(twice.remarks[0].contains("BYHOUR has no place"), "{twice:?}");
    // It goes out with the rules of its zone, so that it is due at five there in summer as well.
    let mut zones = ics::Zones::default();
    zones.add(report, &context().zone);
    let out = [ics::FRAME[0], &ics::todo(report, &context().zone), &zones.text(context().now), ics::FRAME[1]].concat();
    for part in [
        "DTSTART;TZID=America/New_York:20261102T000000\r\nDUE;TZID=America/New_York:20261102T170000\r\n",
        "DUE;TZID=America/New_York:20261102T170000\r\n",
        "RRULE:FREQ=WEEKLY;UNTIL=20270601T035959Z\r\n",
        "RELATED-TO;RELTYPE=DEPENDS-ON:draft@example.com\r\n",
        "BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:-0500",
        "BEGIN:DAYLIGHT\r\nDTSTART:20270314T020000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nTZNAME:EDT",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let back = one(Form::Ics, &out);
    assert_eq!((&back.definition, &back.waits), (&report.definition, &report.waits));
    // What another program made of the rule counts.
    let back = one(Form::Ics, &out.replace("FREQ=WEEKLY;", "FREQ=WEEKLY;INTERVAL=2;"));
    let expected = "every 2 weeks from=2026-11-02T17:00 until=2027-05-31 tz=America/New_York";
    assert_eq!(back.definition.recur.as_ref().unwrap().to_string(), expected);
}

#[test]
fn a2_what_comes_again_begins_in_a_calendar_before_it_is_due_on_a_day_of_its_rule_and_comes_back_as_it_was() {
    let zone = context().zone;
    for (due, rule, start, end, trigger) in [
        // At an hour: from the beginning of its day, on the day on which the clock goes back, too.
        ("2026-11-23T17:00:00Z", "0 18 * * 1", "20261123T000000", "20261123T180000", "END"),
        ("2026-10-25T17:00:00Z", "every day from=2026-10-25T18:00", "20261025T000000", "20261025T180000", "END"),
        // A day: all of it.
        ("2026-11-22T23:00:00Z", "0 0 * * 1", "20261123T000000", "20261123T235959", "START"),
        ("2026-10-24T22:00:00Z", "every week from=2026-10-25", "20261025T000000", "20261025T235959", "START"),
    ] {
        let mut todo = Todo::new(1, "Bins").unwrap();
        todo.definition.due_at = Some(due.parse().unwrap());
        todo.definition.recur = Some(Recur::parse(rule, &zone, context().now).unwrap());
        todo.definition.reminders = vec![Reminder::Before(Duration::from_secs(86_400))];
        todo.uid = Some("1".to_owned());
        let text = ics::todo(&todo, &zone);
        // A day is on no clock.
        let tz = if trigger == "END" { ";TZID=Europe/Berlin" } else { "" };
        let times = format!("DTSTART{tz}:{start}\r\nDUE{tz}:{end}\r\nRRULE:");
        assert!(text.contains(&times), "{rule}: {text}");
        assert!(text.contains(&format!("TRIGGER;RELATED={trigger}:-P1D\r\n")), "{rule}: {text}");
        let back = one(Form::Ics, &[ics::FRAME[0], &text, ics::FRAME[1]].concat());
        assert_eq!((&back.definition, &back.remarks), (&todo.definition, &Vec::new()), "{rule}: {text}");
        // The same without what only Tempo reads.
        let plain = text.replace("X-TEMPO-RECUR", "X-OTHER");
        let back = one(Form::Ics, &[ics::FRAME[0], &plain, ics::FRAME[1]].concat());
        assert_eq!(back.definition.due_at, todo.definition.due_at, "{rule}: {plain}");
        assert!(back.definition.recur.is_some() && back.definition.custom.is_empty(), "{rule}: {back:?}");
    }
}

#[test]
fn a2_a_day_without_a_time_is_the_same_day_in_a_calendar_that_is_read_in_another_zone() {
    let zones = ["Europe/Berlin", "America/New_York", "Pacific/Auckland", "UTC"].map(|name| zone::zone(name).unwrap());
    let day = |zone: &TimeZone| zone::instant("2026-11-24T00:00".parse().unwrap(), zone);
    let line = "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nSUMMARY:Bins\nDUE;VALUE=DATE:20261124\nEND:VTODO\nEND:VCALENDAR\n";
    for (from, to) in zones.iter().flat_map(|from| zones.iter().map(move |to| (from, to))) {
        let read = |text: &str, zone: &TimeZone| {
            read(Form::Ics, text, &Context { zone: zone.clone(), ..context() }).unwrap().todos.remove(0)
        };
        let first = read(line, from);
        assert_eq!(first.definition.due_at, day(from));
        for rule in ["", "every week from=2026-11-24T00:00 until=2027-05-31", "0 0 * * 2", "1 week after done"] {
            let mut todo = first.clone();
            todo.definition.recur = (!rule.is_empty()).then(|| Recur::parse(rule, from, context().now).unwrap());
            todo.definition.reminders = vec![Reminder::Before(Duration::from_secs(86_400))];
            let text = [ics::FRAME[0], &ics::todo(&todo, from), ics::FRAME[1]].concat();
            let is_date = text.contains("\r\nDUE;VALUE=DATE:20261124\r\n");
            let floats = text.contains("\r\nDTSTART:20261124T000000\r\nDUE:20261124T235959\r\n");
            assert!(if text.contains("RRULE") { floats } else { is_date }, "{rule}: {text}");
            let back = read(&text, to);
            assert_eq!((back.definition.due_at, &back.definition.recur), (day(to), &todo.definition.recur), "{text}");
            assert_eq!(back.definition.reminders, todo.definition.reminders, "{text}");
            // The same without what only Tempo reads.
            let back = read(&text.replace("X-TEMPO-RECUR", "X-OTHER"), to);
            let is_series = back.definition.recur.is_some_and(|recur| recur.zone.is_none());
            assert_eq!((back.definition.due_at, is_series), (day(to), text.contains("RRULE")), "{text}");
            assert_eq!(ics::todo(&read(&text, from), from), ics::todo(&todo, from), "it goes out as it came");
        }
    }
    // When it is to begin is a date as well, or stands by itself.
    let mut todo = one(Form::Ics, line);
    for (scheduled, part) in [
        ("2026-11-22T23:00:00Z", "DTSTART;VALUE=DATE:20261123\r\n"),
        ("2026-11-22T22:00:00Z", "X-TEMPO-FIELD:scheduled=2026-11-22T22:00:00Z\r\n"),
    ] {
        todo.definition.custom.insert("scheduled".to_owned(), scheduled.to_owned());
        let text = ics::todo(&todo, &context().zone);
        assert!(text.contains(part), "{text}");
        let back = one(Form::Ics, &[ics::FRAME[0], &text, ics::FRAME[1]].concat());
        assert_eq!(back.definition, todo.definition, "{text}");
    }
}

prop_compose! {
    /// What all of the forms have.
    fn any_todo()(
        name in "[A-Z][a-zé]{0,8}( [a-z0-9,;\"\\\\é]{1,8}){0,3}",
        category in "([a-z]{1,5}(\\.[a-z])?(/[a-z]{1,5}){0,2})?",
        mut tags in prop::collection::vec("[a-z]{1,6}", 0..3),
        priority in 1_u8..=10,
        due in prop::option::of(1_500_000_000_i64..2_000_000_000),
        status in 0..4_usize,
        assignee in prop::option::of("[a-z]{1,6}"),
        size in prop::option::of("[a-z0-9]{1,6}"),
        before in prop::collection::btree_set(0_u64..100_000, 0..3),
        note in prop::option::of("[a-z ,;\n\\\\\"]{0,10}[a-z]"),
        created in 1_400_000_000_i64..1_500_000_000,
        waits in prop::collection::btree_set("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}", 0..3),
        recur in 0..8_usize,
    ) -> Todo {
        let mut todo = Todo::new(1, &name).unwrap();
        tags.sort();
        tags.dedup();
        let definition = &mut todo.definition;
        (definition.category, definition.tags, definition.assignee) = (category, tags, assignee);
        definition.priority = Priority::new(priority).unwrap();
        definition.due_at = due.map(|due| Timestamp::from_second(due).unwrap());
        definition.custom = size.map(|size| ("size".to_owned(), size)).into_iter().collect();
        if due.is_some() {
            definition.reminders = before.into_iter().map(|before| Reminder::Before(Duration::from_secs(before))).collect();
        }
        todo.set_status([Status::Open, Status::InProgress, Status::Completed, Status::Cancelled][status]);
        let at = Some(Timestamp::from_second(created).unwrap());
        todo.notes = note.map(|text| Remark { at, text }).into_iter().collect();
        todo.times.created = at;
        if status == 1 {
            todo.times.begun = at;
        } else if status > 1 {
            todo.times.done = at;
            todo.times.begun = at.filter(|_| priority > 5);
        }
        todo.uid = Some("296d835e-8f85-4224-8f36-c612cad1b9f8".to_owned());
        todo.waits = waits.into_iter().map(Wait::uid).collect();
        if let Some(due) = todo.definition.due_at {
            let (zone, now) = (context().zone, context().now);
            let wall = zone.to_datetime(due);
            let texts = [
                String::new(),
                format!("every week from={}", wall.strftime("%Y-%m-%dT%H:%M:%S")),
                "every 2 months from=2010-01-31T10:00 until=2044-01-01".to_owned(),
                format!("{} * * 1-5", wall.strftime("%-S %-M %-H")),
                format!("{} 1,15 * * tz=Asia/Tokyo", wall.strftime("%-M %-H")),
                "10 days after done".to_owned(),
                "12 hours after done".to_owned(),
                "every year from=2016-02-29T08:00 tz=America/New_York".to_owned(),
            ];
            if recur > 0 {
                todo.definition.recur = Some(Recur::parse(&texts[recur], &zone, now).unwrap());
                todo.series = Some("397e946f-8f85-4224-8f36-c612cad1b9f8".to_owned());
            }
        }
        todo
    }
}

proptest! {
    #[test]
    fn what_is_written_for_another_program_is_read_back_as_the_same(todo in any_todo()) {
        let calendar = [ics::FRAME[0], &ics::todo(&todo, &context().zone), ics::FRAME[1]].concat();
        for (form, text) in [(Form::Taskwarrior, taskwarrior::write(&todo, &context().zone)), (Form::Ics, calendar)] {
            let back = one(form, &text);
            prop_assert_eq!(&back.definition, &todo.definition, "{}", text);
            prop_assert_eq!(&back.notes, &todo.notes);
            prop_assert_eq!(&back.waits, &todo.waits);
            prop_assert_eq!(&back.remarks, &Vec::<String>::new());
            prop_assert_eq!(&back.uid, &todo.uid);
            prop_assert_eq!((back.times.created, back.times.begun, back.times.done), (todo.times.created, todo.times.begun, todo.times.done));
        }
        let mut todo = todo;
        for (wait, slug) in todo.waits.iter_mut().zip(["a", "b-2"]) {
            *wait = Wait::slug(slug.to_owned());
        }
        let (line, left_out) = todotxt::write(&todo, &context());
        let back = one(Form::Todotxt, &line);
        prop_assert_eq!(&back.waits, &todo.waits);
        prop_assert_eq!(&back.definition, &todo.definition, "{}", line);
        let expected = [
            (!todo.notes.is_empty(), "notes"),
            (todo.times.begun.is_some(), "begun"),
            (true, "uid"),
            (todo.series.is_some(), "parent"),
        ];
        let expected: Vec<&str> = expected.iter().filter(|(is_there, _)| *is_there).map(|(_, field)| *field).collect();
        prop_assert_eq!(left_out, expected);
        let begin = |at: Option<Timestamp>| at.map(|at| at.to_zoned(context().zone).start_of_day().unwrap().timestamp());
        prop_assert_eq!((back.times.created, back.times.done), (begin(todo.times.created), begin(todo.times.done)));
    }

    #[test]
    fn x1_no_text_makes_a_reader_panic(text in ".*|[\\[\\]{}\":,a-zA-Z0-9;=\\\\\r\n +@()-]{0,80}", head in 0..3_usize) {
        let text = [String::new(), "BEGIN:VCALENDAR\nBEGIN:VTODO\n".to_owned(), "{\"description\":".to_owned()][head].clone() + &text;
        for form in Form::ALL {
            let _ = read(*form, &text, &Context { zone: TimeZone::UTC, ..context() });
        }
    }
}
