use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

fn canonical(text: &str) -> String {
    match Filter::parse(text) {
        Ok(filter) => filter.to_string(),
        Err(e) => panic!("{}", e.under(text)),
    }
}

#[test]
fn a5_the_filter_of_the_specification_is_read_and_written() {
    let text = "status:open priority:<=3 due:<3d category:media assignee:ana text";
    assert_eq!(canonical(text), text);
    for (text, expected) in [
        ("", ""),
        ("  two   words ", "two words"),
        ("\"two words\"", "\"two words\""),
        ("a and b or c", "(a b) or c"),
        ("a (b or not c)", "a (b or -c)"),
        ("-(a b)", "-(a b)"),
        ("+home -work", "+home -work"),
        ("@ana -@ben prio:2", "assignee:ana -assignee:ben priority:2"),
        ("\"@ana\"", "\"@ana\""),
        ("-+home", "not +home"),
        ("tag:home,work", "tag:home,work"),
        ("Priority<=3", "priority:<=3"),
        ("priority=3", "priority:3"),
        ("status:done,in-progress", "status:completed,in_progress"),
        ("due:3d", "due:<3d"),
        ("due:none", "due:none"),
        ("due:overdue", "due:overdue"),
        ("due:\">\"", "due:\">\""),
        ("created:>=2026-12-24T18:00", "created:>=2026-12-24T18:00:00"),
        ("category:/media/", "category:media"),
        ("category=media", "category:=media"),
        ("category:\"a b\",c", "category:\"a b\",c"),
        ("progress:50%", "progress:50"),
        ("name=Backup", "name:=Backup"),
        ("field.customer:acme field.hours:>3", "field.customer:acme field.hours:>3"),
        ("paused:true state:queued", "paused:yes state:waiting"),
        ("load=4 x<y", "\"load=4\" \"x<y\""),
        ("\"or\" \"-x\"", "\"or\" \"-x\""),
    ] {
        if text == "due:\">\"" {
            assert!(Filter::parse(text).is_err());
            continue;
        }
        assert_eq!(canonical(text), expected, "{text}");
        assert_eq!(canonical(expected), expected, "{text}");
    }
}

#[test]
fn a5_what_is_wrong_is_said_with_its_place_and_what_would_be_right() {
    let wrong = |text: &str| Filter::parse(text).unwrap_err().under(text);
    assert_eq!(
        wrong("a prioritty:3 b"),
        "there is no key `prioritty`; did you mean priority?\n  a prioritty:3 b\n    ^^^^^^^^^"
    );
    assert_eq!(wrong("cate:media"), "there is no key `cate`; did you mean category?\n  cate:media\n  ^^^^");
    assert!(
        wrong("http://x")
            .starts_with("there is no key `http`; put \" around it to search for the text, or use status, ")
    );
    assert_eq!(
        wrong("priority:<11 x"),
        "`11` is not a number from 1 to 10, as in priority:<=3\n  priority:<11 x\n            ^^"
    );
    assert_eq!(
        wrong("status:opne"),
        "`opne` is no status; did you mean open? There are open, in_progress, completed, cancelled\n  status:opne\n         ^^^^"
    );
    assert!(wrong("status:overdue").starts_with("what is overdue is due:overdue\n"));
    assert!(wrong("due:soon").starts_with("`soon` is not a time, write due:<3d, due:today"), "{}", wrong("due:soon"));
    assert_eq!(wrong("(a or b"), "this ( has no )\n  (a or b\n  ^");
    assert_eq!(wrong("a)"), "there is no ( for this )\n  a)\n   ^");
    assert!(wrong("a \"b").starts_with("this quote has no end"));
    assert!(wrong("a or").starts_with("`or` stands between two things"));
    assert!(wrong("not").starts_with("nothing follows that could be left out"));
    assert!(wrong("tag:").starts_with("a value is missing behind `tag`, as in tag:home or +home"));
    assert!(wrong("status:<open").starts_with("status has no order; write status:open"));
    assert!(wrong("due:2026-12-24T10:00").starts_with("an instant goes with < or >"));
    assert!(wrong(&"(".repeat(100)).starts_with("this goes too deep"));
}

#[test]
fn a5_days_begin_in_the_zone_of_the_person_and_durations_count_from_now() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let now: Timestamp = "2026-10-25T12:00:00Z".parse().unwrap();
    let asker = Asker::new(zone, now, Some("ana".to_owned()));
    let range = |text: &str| match Filter::parse(text).unwrap().bind(&asker) {
        Bound::Is(Test::Range(_, from, to)) => {
            let text = |at: i64| Timestamp::from_microsecond(at).map_or("-".to_owned(), |at| at.to_string());
            (text(from), text(to))
        }
        other => panic!("{other:?}"),
    };
    let (from, to) = range("due:today");
    assert_eq!(
        (from.as_str(), to.as_str()),
        ("2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999999Z"),
        "a day of 25 hours"
    );
    assert_eq!(range("due:<3d").1, "2026-10-28T11:59:59.999999Z");
    assert_eq!(range("due:<=tomorrow").1, "2026-10-26T22:59:59.999999Z");
    assert_eq!(range("due:>2026-12-24").0, "2026-12-24T23:00:00Z");
    assert_eq!(range("created:<7d").0, "2026-10-18T12:00:00.000001Z", "younger than seven days");
    assert_eq!(range("created:>7d").1, "2026-10-18T11:59:59.999999Z");
    assert_eq!(range("created:>-7d").0, "2026-10-18T12:00:00.000001Z", "after that instant");
    assert_eq!(Filter::parse("assignee:me").unwrap().bind(&asker), Bound::Is(Test::Assignee(Some("ana".to_owned()))),);
}

#[test]
fn a5_overdue_is_what_the_list_calls_late_and_a_day_is_late_when_it_is_over() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let now: Timestamp = "2026-10-25T12:00:00Z".parse().unwrap();
    let asker = Asker::new(zone.clone(), now, None);
    let Bound::All(all) = Filter::parse("due:overdue").unwrap().bind(&asker) else { panic!() };
    let Bound::Any(ranges) = &all[1] else { panic!("{all:?}") };
    let mut late = 0;
    for quarter in -200..40i64 {
        for micro in [-1, 0, 1] {
            let due = now.as_microsecond() + quarter * 900_000_000 + micro;
            let found = ranges.iter().any(
                |one| matches!(one, Bound::Is(Test::Range(Column::Due, from, to)) if (*from..=*to).contains(&due)),
            );
            let wanted = crate::domain::due::is_overdue(Timestamp::from_microsecond(due).unwrap(), &zone, now);
            assert_eq!(found, wanted, "{quarter} {micro}");
            late += usize::from(found);
        }
    }
    assert_eq!(late, 200 * 3 + 2 - 1, "all that is past, but for today as a day");
}

#[test]
fn a5_keys_and_values_are_completed_and_those_of_the_store_are_asked_for() {
    let of = |text: &str| completion(text, text.chars().count());
    assert_eq!(of("a pri").candidates, ["priority:"]);
    assert_eq!((of("a -st").at, of("a -st").candidates), (3, vec!["status:".to_owned(), "state:".to_owned()]));
    assert_eq!(of("status:open,c").candidates, ["completed", "cancelled"]);
    assert_eq!(of("status:open,c").typed, "c");
    assert_eq!(of("due:<to").candidates, ["today", "tomorrow"]);
    assert_eq!((of("+ho").stored, of("+ho").typed), (Some(Key::Tag), "ho".to_owned()));
    assert_eq!((of("(assignee:m").stored, of("(assignee:m").candidates), (Some(Key::Assignee), vec!["me".to_owned()]));
    assert_eq!(of("").candidates, Vec::<String>::new());
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        (0u64..1_000_000).prop_map(|s| When::Distance(std::time::Duration::from_secs(s))),
        (any::<bool>(), 0u64..1_000_000).prop_map(|(ahead, s)| When::Shift(ahead, std::time::Duration::from_secs(s))),
        Just(When::Now),
        (-1i8..=1).prop_map(When::Day),
        (1i8..=28).prop_map(|day| When::Date(jiff::civil::date(2026, 11, day))),
        (0i8..24).prop_map(|hour| When::Clock(jiff::civil::date(2026, 11, 22).at(hour, 7, 0, 0))),
        (0i64..4_000_000_000).prop_map(|s| When::At(Timestamp::from_second(s).unwrap())),
    ]
}

/// Any comparison that is more than being the same.
fn order() -> impl Strategy<Value = Compare> {
    prop_oneof![Just(Compare::Less), Just(Compare::AtMost), Just(Compare::More), Just(Compare::AtLeast)]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-c]{1,4}",
        1 => "[a-zA-ZäÄÉé0-9 ()\"\\\\:<>=,+./-]{1,8}",
        1 => prop_oneof![Just("or".to_owned()), Just("not".to_owned()), Just("none".to_owned()), Just("any".to_owned())],
    ]
}

fn term() -> impl Strategy<Value = Term> {
    let names = |key: Key| {
        proptest::collection::vec(text(), 1..3).prop_map(move |mut names| {
            if key == Key::Category {
                for name in &mut names {
                    *name = name.trim_matches('/').to_owned();
                    if name.is_empty() {
                        "x".clone_into(name);
                    }
                }
            }
            Term::Names(key, names, false)
        })
    };
    prop_oneof![
        text().prop_map(Term::Word),
        proptest::sample::subsequence(vec!["open", "in_progress", "completed", "cancelled"], 1..4)
            .prop_map(|words| Term::Words(Key::Status, words)),
        proptest::sample::select(vec!["command", "script", "todo"]).prop_map(|word| Term::Words(Key::Kind, vec![word])),
        proptest::sample::select(vec![
            "running", "waiting", "failed", "ok", "never", "late", "paused", "lost", "skipped"
        ])
        .prop_map(|word| Term::Words(Key::State, vec![word])),
        (prop_oneof![Just(Key::Paused), Just(Key::Blocked)], prop_oneof![Just("yes"), Just("no")])
            .prop_map(|(key, word)| Term::Words(key, vec![word])),
        (prop_oneof![Just(Compare::Is), order()], 1i64..=10).prop_map(|(c, n)| Term::Number(Key::Priority, c, n)),
        (prop_oneof![Just(Compare::Is), order()], 0i64..=100).prop_map(|(c, n)| Term::Number(Key::Progress, c, n)),
        (
            proptest::sample::select(vec![
                Key::Due,
                Key::Created,
                Key::Updated,
                Key::Begun,
                Key::Done,
                Key::Next,
                Key::Last
            ]),
            order(),
            when()
        )
            .prop_map(|(key, compare, when)| Term::Time(key, compare, when)),
        (-1i8..=1).prop_map(|day| Term::Time(Key::Due, Compare::Is, When::Day(day))),
        Just(Term::Overdue),
        names(Key::Tag),
        names(Key::Category),
        names(Key::Assignee),
        names(Key::Type),
        (text(), any::<bool>()).prop_map(|(text, exactly)| Term::Contains(Key::Name, text, exactly)),
        text().prop_map(|text| Term::Contains(Key::Text, text, false)),
        (prop_oneof![Just(Compare::Is), order()], prop_oneof!["[0-9]{1,2}", text()])
            .prop_map(|(compare, value)| Term::Field("f".to_owned(), compare, value)),
        (
            proptest::sample::select(Key::ALL.into_iter().filter(|key| key.may_lack()).collect::<Vec<_>>()),
            any::<bool>()
        )
            .prop_map(|(key, has)| Term::Has(key, has)),
        any::<bool>().prop_map(|has| Term::HasField("f".to_owned(), has)),
    ]
}

/// Filters as the parser makes them.
pub(crate) fn filter() -> impl Strategy<Value = Filter> {
    let leaf = term().prop_map(Filter::Term);
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::All),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::Any),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #[test]
    fn a5_the_canonical_text_of_any_filter_reads_back(filter in filter()) {
        let text = filter.to_string();
        let read = Filter::parse(&text);
        prop_assert_eq!(read.as_ref().ok(), Some(&filter), "{}", text);
    }

    #[test]
    fn a5_no_text_makes_the_parser_fail_otherwise_than_with_a_message(text in "[a-z:<>=()\"\\\\ +,.-]{0,30}") {
        match Filter::parse(&text) {
            Ok(filter) => prop_assert_eq!(Filter::parse(&filter.to_string()).ok(), Some(filter)),
            Err(e) => prop_assert!(e.at <= text.chars().count() && !e.problem.is_empty()),
        }
    }
}
