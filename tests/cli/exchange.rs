//! import and export of to-dos of other programs: taskwarrior's JSON, todo.txt, CSV and iCalendar.

use std::fs;

use super::Home;

fn write(home: &Home, name: &str, text: &str) {
    fs::write(home.path().join(name), text).unwrap();
}

const TASKWARRIOR: &str = r#"[
{"description":"Fix the tap","due":"20301224T170000Z","entry":"20161101T080000Z","priority":"H","project":"home.kitchen","status":"pending","tags":["next"],"uuid":"296d835e-8f85-4224-8f36-c612cad1b9f8","annotations":[{"entry":"20161101T090000Z","description":"asked the shop"}]},
{"description":"!!","status":"pending"},
{"description":"Old","end":"20161110T100000Z","entry":"20161001T080000Z","status":"completed","uuid":"a1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e"}
]
"#;

#[test]
fn taskwarriors_tasks_come_once_are_changed_when_they_come_again_and_one_undo_takes_them_back() {
    let home = Home::new();
    write(&home, "tw.json", TASKWARRIOR);
    let dry = home.tempo(&["import", "tw.json", "--dry-run"]);
    assert!(
        dry.code == 4 && dry.out.contains("fix-the-tap  would be added") && dry.out.contains("would add 2"),
        "{dry:?}"
    );
    assert!(home.json(&["list"]).is_empty());
    home.refuses(&["import", "tw.json"], 4, &["tw.json:3: `!!`", "nothing was imported; --skip-invalid"]);
    assert!(home.json(&["list"]).is_empty());
    let answer = home.tempo(&["import", "tw.json", "--skip-invalid"]);
    assert_eq!(
        (answer.code, answer.out.as_str()),
        (4, "fix-the-tap  added\nold  added\nadded 2, 1 refused\n"),
        "{answer:?}"
    );
    assert!(answer.err.contains("tw.json:3: `!!`") && answer.err.contains("1 of 3 cannot be imported"), "{answer:?}");
    let tap = &home.json(&["show", "fix-the-tap"])[0];
    assert_eq!((&tap["category"], &tap["priority"]), (&"home/kitchen".into(), &2.into()));
    assert_eq!(tap["fields"]["uid"], "296d835e-8f85-4224-8f36-c612cad1b9f8");
    assert_eq!(home.json(&["show", "old"])[0]["done_at"], "2016-11-10T11:00:00+01:00");

    home.ok(&["set", "fix-the-tap", "assignee=ana"]);
    let changed = TASKWARRIOR
        .replace("Fix the tap", "Mend the tap")
        .replace("{\"description\":\"!!\",\"status\":\"pending\"},\n", "");
    write(&home, "tw.json", &changed);
    let lines = home.json(&["import", "tw.json"]);
    let results: Vec<&str> = lines.iter().map(|line| line["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["changed", "there"], "{lines:?}");
    let tap = &home.json(&["show", "fix-the-tap"])[0];
    assert_eq!((&tap["name"], &tap["assignee"]), (&"Mend the tap".into(), &"ana".into()));
    let out = home.ok(&["export", "--format", "taskwarrior"]);
    let back: Vec<serde_json::Value> = serde_json::from_str(&out).unwrap();
    assert_eq!((&back[0]["project"], &back[0]["tempo_assignee"]), (&"home.kitchen".into(), &"ana".into()));
    assert_eq!(back[0]["annotations"][0]["description"], "asked the shop");
    for _ in 0..3 {
        home.ok(&["undo"]);
    }
    assert!(home.json(&["list"]).is_empty());
}

#[test]
fn a_todo_txt_goes_out_and_comes_back_and_what_has_no_place_in_it_is_said() {
    let home = Home::new();
    write(
        &home,
        "todo.txt",
        "(A) 2016-11-01 Call Mom @phone +Family due:2030-11-30\n\nx 2016-11-03 2016-11-01 Pay the rent\n",
    );
    assert_eq!(home.ok(&["import", "todo.txt"]), "call-mom  added\npay-the-rent  added\nadded 2\n");
    assert!(home.ok(&["import", "todo.txt"]).ends_with("added 0, 2 as they are already\n"));
    home.ok(&["add", "backup", "--command", "true"]);
    home.ok(&["set", "call-mom", "description=long"]);
    let answer = home.tempo(&["export", "out/../todo.txt"]);
    assert_eq!(answer.code, 1, "there is no folder out: {answer:?}");
    let answer = home.tempo(&["export", "todo.txt"]);
    assert!(
        answer.code == 0 && answer.err.contains("1 task is left out") && answer.err.contains("description (1)"),
        "{answer:?}"
    );
    let text = fs::read_to_string(home.path().join("todo.txt")).unwrap();
    let expected = "(A) 2016-11-01 Call Mom +Family @phone due:2030-11-30 slug:call-mom\nx 2016-11-03 2016-11-01 Pay the rent slug:pay-the-rent\n";
    assert_eq!(text, expected);
    write(&home, "todo.txt", &text.replace("Call Mom", "Call Dad"));
    let answer = home.tempo(&["import", "todo.txt"]);
    assert!(answer.out.contains("call-mom  skipped") && answer.err.contains("--replace"), "{answer:?}");
    assert!(home.ok(&["import", "todo.txt", "--replace"]).contains("call-mom  changed"));
    let mom = &home.json(&["show", "call-mom"])[0];
    assert_eq!((&mom["name"], &mom["description"]), (&"Call Dad".into(), &"long".into()));
}

#[test]
fn a_table_takes_its_columns_in_any_order_and_says_the_line_of_what_is_wrong() {
    let home = Home::new();
    write(&home, "a.csv", "due,name,assignee,tags\r\n2030-01-02,\"Milk, \"\"oat\"\"\",ana,\"a,b\"\r\n,Bread,,\r\n");
    assert_eq!(home.ok(&["import", "a.csv", "--dry-run"]), "milk-oat  would be added\nbread  would be added\n");
    assert_eq!(home.ok(&["import", "a.csv"]), "milk-oat\nbread\n");
    let milk = &home.json(&["show", "milk-oat"])[0];
    assert_eq!((&milk["name"], &milk["kind"]), (&"Milk, \"oat\"".into(), &"todo".into()));
    assert_eq!((&milk["assignee"], &milk["tags"]), (&"ana".into(), &serde_json::json!(["a", "b"])));
    for (text, words) in [
        ("name,colour,size\na,b,c\n", &["a.csv:1", "`colour`, `size` are no columns", "there are name"][..]),
        ("due,name,field.Shop\r\n,x,\r\n,y,Aldi\r\n", &["a.csv:3", "task `y`", "without a type it has no Shop"]),
        ("name,priority\nx,1\ny,11\n", &["a.csv:3", "task `y`", "priority", "1 to 10"]),
        ("name,due\n\"two\nlines\",2030-01-01\n", &["a.csv:2", "one line"]),
        ("name,tags\nx,a,b\n", &["a.csv:2", "3 cells for 2 columns"]),
        ("name,name\nx,y\n", &["a.csv:1", "name is there twice"]),
        ("due,tags\n,\n", &["a.csv:1", "no column name"]),
    ] {
        write(&home, "a.csv", text);
        home.refuses(&["import", "a.csv"], 4, words);
    }
}

#[test]
fn x1_all_wrong_places_of_a_file_are_told_at_once_nothing_of_it_is_imported_and_the_rest_is_when_that_is_wished() {
    let home = Home::new();
    let lines = |of: fn(usize) -> String| (0..30).map(of).collect::<String>();
    let priority = |n: usize| if n < 25 { 11 + n } else { 2 };
    let table = "name,priority\n".to_owned() + &lines(|n| format!("x{n},{}\n", if n < 25 { 11 + n } else { 2 }));
    let toml = (0..30).fold(String::new(), |text, n| {
        text + &format!("[[task]]\nname = \"x{n}\"\nkind = \"todo\"\npriority = {}\n", priority(n))
    });
    let todos = "BEGIN:VCALENDAR\n".to_owned()
        + &lines(|n| {
            format!("BEGIN:VTODO\nSUMMARY:{}\nEND:VTODO\n", if n < 25 { "!".to_owned() } else { format!("x{n}") })
        })
        + "END:VCALENDAR\n";
    for (name, text, first, last) in [
        ("a.csv", &table, "a.csv:2: ", "a.csv:21: "),
        ("a.toml", &toml, "a.toml:4: ", "a.toml:80: "),
        ("a.ics", &todos, "a.ics:2: ", "a.ics:59: "),
    ] {
        write(&home, name, text);
        home.refuses(&["import", name], 4, &[first, last, "and 5 more are wrong", "nothing was imported"]);
        assert!(home.json(&["list"]).is_empty(), "{name}");
        let answer = home.tempo(&["import", name, "--skip-invalid"]);
        assert_eq!(answer.code, 4, "{answer:?}");
        assert!(
            [first, last, "25 of 30 cannot be imported"].iter().all(|said| answer.err.contains(said)),
            "{answer:?}"
        );
        assert_eq!(home.json(&["list"]).len(), 5, "{name}");
        home.ok(&["undo"]);
    }
    // What only the store knows is told in the same way.
    let waits = "name,depends-on\na,nothing\nb,a\nc,d\nd,c\ne,\nf,none\n";
    write(&home, "b.csv", waits);
    let circle = ["b.csv:5: task `d`: depends-on", "circle", "nothing was imported"];
    home.refuses(&["import", "b.csv"], 4, &circle);
    write(&home, "b.csv", &waits.replace("d,c\n", ""));
    home.refuses(&["import", "b.csv"], 4, &["b.csv:2: task `a`: depends-on", "b.csv:4: task `c`", "b.csv:6: task `f`"]);
    assert!(home.json(&["list"]).is_empty());
    let answer = home.tempo(&["import", "b.csv", "--skip-invalid"]);
    assert_eq!((answer.code, answer.out.as_str()), (4, "e\n"), "{answer:?}");
    assert!(answer.err.contains("b.csv:3: task `b`: depends-on") && answer.err.contains("4 of 5"), "{answer:?}");
}

#[test]
fn s4_a_table_of_all_tasks_makes_the_same_tasks_in_another_home() {
    let home = Home::new();
    home.ok(&[
        "add",
        "Back up",
        "--command",
        "echo \"a, b\"",
        "--when",
        "30 2 * * *; every 5m",
        "--env",
        "A=b c",
        "--timeout",
        "5m",
    ]);
    let milk = r#"{"description":"Milk","due":"20300102T090000Z","status":"completed","entry":"20160101T100000Z",
        "end":"20161110T100000Z","Shop":"Aldi, \"the\" one","tempo_remind":"2h, 1d","uuid":"296d835e-8f85-4224-8f36-c612cad1b9f8"}"#;
    write(&home, "milk.json", milk);
    home.ok(&["import", "milk.json"]);
    home.ok(&["export", "all.csv"]);
    let text = fs::read_to_string(home.path().join("all.csv")).unwrap();
    assert!(text.starts_with("slug,name,kind,status,command,"), "{text}");
    let other = Home::new();
    write(&other, "all.csv", &text);
    other.ok(&["import", "all.csv"]);
    assert_eq!(other.ok(&["export", "--format", "csv"]), text);
    assert_eq!(other.ok(&["export"]), home.ok(&["export"]));
}

#[test]
fn s4_the_ends_of_lines_of_a_description_come_back_in_every_form_and_nothing_is_said_to_have_changed() {
    let home = Home::new();
    let text =
        "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nSUMMARY:Tap\nDESCRIPTION:  two\\nlines\\n\\n\nEND:VTODO\nEND:VCALENDAR\n";
    write(&home, "tap.ics", text);
    home.ok(&["import", "tap.ics"]);
    assert_eq!(home.json(&["show", "tap"])[0]["description"], "  two\nlines\n\n");
    let all = home.ok(&["export"]);
    for form in ["toml", "csv", "taskwarrior", "ics"] {
        let text = home.ok(&["export", "--format", form]);
        let other = Home::new();
        for home in [&home, &other] {
            write(home, "file", &text);
            let answer = home.tempo(&["import", "file", "--from", form]);
            assert!(answer.code == 0 && !answer.out.contains("changed"), "{form}: {answer:?}");
        }
        assert_eq!(other.ok(&["export"]), all, "{form}");
        if matches!(form, "toml" | "csv") {
            assert_eq!(other.ok(&["export", "--format", form]), text);
        }
    }
}

#[test]
fn s4_what_an_export_leaves_out_is_said_for_every_field_and_form() {
    let home = Home::new();
    let text = "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:paint@example.com\nSUMMARY:Paint\nDESCRIPTION:white\nCATEGORIES:a b,c\nEND:VTODO\nEND:VCALENDAR\n";
    write(&home, "paint.ics", text);
    home.ok(&["import", "paint.ics"]);
    home.ok(&["note", "paint", "asked the shop"]);
    home.ok(&["start", "paint"]);
    home.ok(&["done", "paint"]);
    for (form, said) in [
        ("toml", "tempo: toml has no place for notes (1), time spent (1): they are left out\n"),
        ("csv", "tempo: csv has no place for notes (1), time spent (1): they are left out\n"),
        ("taskwarrior", "tempo: taskwarrior has no place for time spent (1): they are left out\n"),
        ("ics", "tempo: ics has no place for time spent (1): they are left out\n"),
        (
            "todotxt",
            "tempo: todotxt has no spaces in a tag or category: each is a _ there (1 task)\ntempo: todotxt has no place for begun (1), description (1), notes (1), time spent (1), uid (1): they are left out\n",
        ),
    ] {
        let answer = home.tempo(&["export", "--format", form]);
        assert_eq!((answer.code, answer.err.as_str()), (0, said), "{form}");
        // When it was begun goes along.
        if matches!(form, "csv" | "taskwarrior" | "ics") {
            let other = Home::new();
            write(&other, "file", &answer.out);
            other.ok(&["import", "file", "--from", form]);
            let begun = |home: &Home| {
                home.ok(&["show", "paint"]).lines().find(|line| line.starts_with("begun")).map(str::to_owned)
            };
            assert!(begun(&other).is_some() && begun(&other) == begun(&home), "{form}: {:?}", begun(&other));
        }
    }
}

#[test]
fn a2_s4_a_day_without_a_time_is_the_same_day_in_a_home_of_another_zone() {
    let home = Home::new();
    home.ok(&["add", "Bins", "--todo", "--due", "2030-11-26", "--recur", "every week"]);
    home.ok(&["add", "Call", "--todo", "--due", "2030-11-26"]);
    home.ok(&["add", "Tea", "--todo", "--due", "2030-11-26 16:00"]);
    for form in ["toml", "csv", "ics"] {
        let text = home.ok(&["export", "--format", form]);
        let other = Home::new();
        write(&other, "file", &text);
        let there = |args: &[&str]| {
            let output = other.command(args).env("TZ", "America/New_York").output().unwrap();
            assert!(output.status.success(), "{form}: {output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        there(&["import", "file", "--from", form]);
        for (slug, due) in [("bins", "T00:00:00-05:00"), ("call", "T00:00:00-05:00"), ("tea", "T10:00:00-05:00")] {
            let shown: serde_json::Value = serde_json::from_str(&there(&["show", slug, "--json"])).unwrap();
            assert_eq!(shown["due_at"], format!("2030-11-26{due}"), "{form}: {text}");
        }
        if form != "ics" {
            assert_eq!(there(&["export", "--format", form]), text);
        }
        let done = there(&["done", "bins"]);
        assert!(done.contains("comes again: due 2030-12-03 00:00"), "{form}: {done}");
    }
}

#[test]
fn a_calendar_has_the_to_dos_and_the_coming_runs_and_is_the_same_file_until_something_changes() {
    let home = Home::new();
    home.ok(&["add", "Nightly", "--command", "true", "--when", "30 2 * * *"]);
    home.ok(&["add", "Often", "--command", "true", "--when", "every 5m"]);
    home.ok(&["add", "Rests", "--command", "true", "--when", "every 5m"]);
    home.ok(&["pause", "rests"]);
    home.ok(&["add", "Milk", "--todo", "--due", "2030-01-02 10:00", "--remind", "2h"]);
    let answer = home.tempo(&["export", "tempo.ics"]);
    assert!(answer.code == 0 && answer.err.contains("more than 1000 runs"), "{answer:?}");
    let text = fs::read_to_string(home.path().join("tempo.ics")).unwrap();
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 1000);
    assert_eq!((text.matches("BEGIN:VTODO").count(), text.matches("SUMMARY:Rests").count()), (1, 0));
    assert!(text.contains("DUE:20300102T090000Z\r\n") && text.contains("TRIGGER;RELATED=END:-PT2H0M0S\r\n"), "{text}");
    let nightly = home.ok(&["export", "--format", "ics", "--task", "nightly"]);
    assert!((29..=31).contains(&nightly.matches("BEGIN:VEVENT").count()), "{nightly}");
    assert_eq!(
        home.ok(&["export", "--format", "ics", "--task", "milk"]),
        home.ok(&["export", "--format", "ics", "--task", "milk"])
    );
    let answer = home.tempo(&["import", "tempo.ics"]);
    assert_eq!((answer.code, answer.out.as_str()), (0, "milk  there\nadded 0, 1 as they are already\n"), "{answer:?}");
    assert!(answer.err.contains("1000 are left out"), "{answer:?}");
    home.refuses(&["export", "--format", "ics", "--versions"], 4, &["ics has no --versions"]);
}

#[test]
fn a5_an_export_has_what_a_filter_finds_in_every_form() {
    let home = Home::new();
    home.ok(&["add", "Milk", "--todo", "--tag", "home", "--due", "2030-01-02 10:00"]);
    home.ok(&["add", "Report", "--todo", "--due", "2030-01-02 10:00"]);
    home.ok(&["add", "nightly", "--command", "true", "--cron", "0 3 * * *", "--tag", "home"]);
    for form in ["toml", "csv", "taskwarrior", "todotxt", "ics"] {
        let answer = home.tempo(&["export", "--format", form, "--filter", "+home kind:todo"]);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{form}: {answer:?}");
        assert!(answer.out.contains("Milk"), "{form}: {}", answer.out);
        assert!(!answer.out.contains("Report") && !answer.out.contains("nightly"), "{form}: {}", answer.out);
    }
    let calendar = home.ok(&["export", "--format", "ics", "--filter", "+home"]);
    assert!(calendar.contains("BEGIN:VEVENT") && !calendar.contains("Report"), "{calendar}");
    // A file that follows has nothing in it when nothing is found.
    assert!(!home.ok(&["export", "--format", "ics", "--filter", "+nothing"]).contains("BEGIN:VTODO"));
    home.refuses(&["export", "--filter", "prio:<"], 4, &["prio"]);
    assert_eq!(home.tempo(&["export", "--filter", "+home", "--task", "milk"]).code, 2);
}

#[test]
fn a3_a_dependency_on_what_a_filter_leaves_out_is_left_out_and_said_and_every_home_takes_the_file() {
    let home = Home::new();
    home.ok(&["add", "Walls", "--todo"]);
    home.ok(&["add", "Floor", "--todo", "--tag", "house"]);
    home.ok(&["add", "Roof", "--todo", "--tag", "house", "--depends-on", "walls; floor"]);
    home.ok(&["add", "Build", "--command", "true"]);
    home.ok(&["add", "Deploy", "--command", "true", "--tag", "house", "--after", "build"]);
    let told = "dependencies on what is not in this export are left out: deploy on build; roof on walls\n";
    for form in ["toml", "csv"] {
        let answer = home.tempo(&["export", "--format", form, "--filter", "+house"]);
        assert_eq!((answer.code, answer.err), (0, format!("tempo: {told}")), "{form}");
        let other = Home::new();
        write(&other, "file", &answer.out);
        other.ok(&["import", "file", "--from", form]);
        assert_eq!(other.json(&["show", "roof"])[0]["depends_on"], serde_json::json!(["floor"]), "{form}");
        let answer = home.tempo(&["export", "--format", form, "--task", "roof"]);
        assert!(
            answer.code == 0 && answer.err.contains("roof on floor, walls") && !answer.out.contains("walls"),
            "{answer:?}"
        );
        home.ok(&["export", "--format", form]);
    }
    // The trash does not go out either.
    assert_eq!(home.tempo(&["rm", "walls"]).code, 0);
    assert!(home.tempo(&["export"]).err.contains("left out: roof on walls\n"));
}

#[test]
fn the_form_can_be_said_and_is_else_known_by_its_beginning() {
    let home = Home::new();
    write(&home, "list", "Water the plants\n");
    assert_eq!(home.ok(&["import", "list", "--from", "todotxt"]), "water-the-plants  added\nadded 1\n");
    write(&home, "calendar", "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nSUMMARY:Tidy up\nEND:VTODO\nEND:VCALENDAR\n");
    assert_eq!(home.ok(&["import", "calendar"]), "tidy-up  added\nadded 1\n");
    home.refuses(&["import", "list", "--from", "ics"], 4, &["list:1", "no line of a calendar"]);
}

/// A home with what waits for others and what comes again, in all the ways there are.
fn house() -> Home {
    let home = Home::new();
    home.ok(&["add", "Back up", "--command", "true"]);
    home.ok(&["add", "Walls", "--todo"]);
    home.ok(&["add", "Roof", "--todo", "--depends-on", "walls"]);
    home.ok(&["add", "Move in", "--todo", "--depends-on", "roof; back-up"]);
    for (name, due, rule) in [
        ("Rent", "2030-01-31 09:00", "every month"),
        ("Bins", "2030-01-03 07:00", "every 2 weeks until=2031-01-01"),
        ("Stand-up", "2030-01-02 09:30", "weekdays at 9:30"),
        ("Pay", "2030-01-25 18:00", "0 12 25 * * tz=America/New_York"),
        ("Plants", "2030-01-02 18:00", "3 days after done"),
    ] {
        home.ok(&["add", name, "--todo", "--due", due, "--recur", rule]);
    }
    home
}

#[test]
fn a2_a3_s4_what_waits_and_what_comes_again_is_the_same_in_another_home_by_every_form() {
    let home = house();
    let wanted = |home: &Home| -> Vec<serde_json::Value> {
        let keys = ["slug", "depends_on", "recur", "due_at", "series"];
        let tasks = home.json(&["list"]);
        let show = |task: &serde_json::Value| home.json(&["show", task["slug"].as_str().unwrap()]).remove(0);
        let all = tasks.iter().map(show).filter(|task| task["kind"] == "todo");
        all.map(|task| keys.iter().map(|key| task[*key].clone()).collect()).collect()
    };
    let all = wanted(&home);
    assert_eq!(all.len(), 8);
    for form in ["taskwarrior", "todotxt", "ics", "csv"] {
        let text = home.tempo(&["export", "--format", form]);
        assert_eq!(text.code, 0, "{text:?}");
        let once = text.err.contains("1 to-do comes again in a way that");
        assert_eq!(once, matches!(form, "ics"), "{form}: {}", text.err);
        let other = Home::new();
        if form != "csv" {
            // What the machine does has no place in it.
            other.ok(&["add", "Back up", "--command", "true"]);
        }
        write(&other, "file", &text.out);
        let came = other.tempo(&["import", "file", "--from", form]);
        assert_eq!(came.code, 0, "{form}: {came:?}");
        assert_eq!(wanted(&other), all, "{form}: {}", text.out);
        // Here it is as it was, and nothing of it is there twice.
        write(&home, "file", &text.out);
        let again = home.tempo(&["import", "file", "--from", form]);
        let said = if form == "csv" { again.err } else { again.out };
        assert!(
            said.contains(if form == "csv" { "skipped" } else { "added 0, 8 as they are already" }),
            "{form}: {said}"
        );
    }
}

#[test]
fn a2_a3_taskwarriors_templates_and_dependencies_come_and_what_cannot_be_is_said_for_each() {
    let home = Home::new();
    write(
        &home,
        "tw.json",
        r#"[
{"description":"Rent","status":"recurring","uuid":"b1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e","due":"20300131T080000Z","recur":"monthly","mask":"-"},
{"description":"Rent","status":"pending","uuid":"c1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e","due":"20300131T080000Z","recur":"monthly","parent":"b1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e","imask":0},
{"description":"Hourly","status":"recurring","uuid":"d1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e","due":"20300131T080000Z","recur":"3h"},
{"description":"Roof","status":"pending","uuid":"e1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e","depends":["e2d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e","ffffffff-c8b9-4f3c-8a8a-3d1a2b3c4d5e"]},
{"description":"Walls","status":"pending","uuid":"e2d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e","depends":"e3d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e"},
{"description":"Ground","status":"pending","uuid":"e3d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e","depends":["e1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e"]}
]
"#,
    );
    let came = home.tempo(&["import", "tw.json"]);
    assert_eq!(came.code, 0, "{came:?}");
    for part in [
        "rent  added\n",
        "line 4: it is the template of a series with which Tempo does not go on",
        "line 5: it waits for ffffffff-c8b9-4f3c-8a8a-3d1a2b3c4d5e, which is not here",
        "line 7: that would be a circle: Roof -> Walls -> Ground -> Roof",
        "added 5\n",
    ] {
        assert!(came.out.contains(part), "{part}: {}", came.out);
    }
    assert!(came.err.contains("1 template is part of the open instance"), "{}", came.err);
    let rent = &home.json(&["show", "rent"])[0];
    assert_eq!((&rent["recur"], &rent["series"]["index"]), (&"every month from=2030-01-31T09:00".into(), &1.into()));
    let roof = &home.json(&["show", "roof"])[0];
    assert_eq!(roof["fields"]["depends"], "ffffffff-c8b9-4f3c-8a8a-3d1a2b3c4d5e");
    home.ok(&["done", "rent"]);
    let out = home.ok(&["export", "--format", "taskwarrior"]);
    let all: Vec<serde_json::Value> = serde_json::from_str(&out).unwrap();
    let of = |key: &str, value: &str| all.iter().filter(|task| task[key] == value).count();
    let templates = all.iter().filter(|task| task["status"] == "recurring" && task["description"] == "Rent").count();
    assert_eq!((of("uuid", "c1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e"), templates), (1, 1), "{out}");
    assert_eq!(of("parent", "b1d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e"), 2, "{out}");
    let walls = all.iter().find(|task| task["description"] == "Walls").unwrap();
    assert_eq!(walls["depends"], serde_json::json!(["e3d62d21-c8b9-4f3c-8a8a-3d1a2b3c4d5e"]));
}

#[test]
fn x1_a_type_that_could_not_be_read_is_told_with_the_line_of_the_settings() {
    let home = Home::new();
    home.ok(&["add", "Bill", "--todo"]);
    home.refuses(&["set", "bill", "type=order"], 4, &["none are declared"]);
    for (text, said) in [
        (
            "[types.order]\ncustomer = \"text\"\nhours = \"nummer\"\n",
            "config.toml:3: types has order.hours = \"nummer\"",
        ),
        ("[types.order\ncustomer = \"text\"\n", "config.toml:1: "),
    ] {
        write(&home, "config.toml", text);
        home.refuses(&["set", "bill", "type=order"], 4, &["there is no type `order`; not all", said]);
        home.refuses(&["config", "check"], 4, &[said]);
    }
}

#[test]
fn an_ending_that_no_form_has_is_refused_with_those_that_there_are() {
    let home = Home::new();
    home.ok(&["add", "Milk", "--todo"]);
    for file in ["x.txt", "x.foo"] {
        home.refuses(&["export", file], 4, &[file, ".toml", ".json", "todo.txt", ".csv", ".ics", "--format"]);
        assert!(!home.path().join(file).exists());
        assert_eq!(home.tempo(&["export", file, "--format", "todotxt"]).code, 0);
        assert!(fs::read_to_string(home.path().join(file)).unwrap().contains("Milk"));
    }
    assert_eq!(home.tempo(&["export", "my-todo.txt"]).code, 0);
    assert!(!fs::read_to_string(home.path().join("my-todo.txt")).unwrap().contains("tempo-export"));
    home.ok(&["export", "tasks"]);
    assert!(fs::read_to_string(home.path().join("tasks")).unwrap().contains("tempo-export"));
}
