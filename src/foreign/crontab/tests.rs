use proptest::prelude::*;

use super::super::tests::here;
use super::*;

fn user(text: &str) -> Plan {
    read("crontab", text, Format::User, "crontab -e", &here())
}

fn one(text: &str) -> Job {
    let mut plan = user(text);
    assert_eq!((plan.jobs.len(), plan.refused.as_slice()), (1, &[][..]), "{text:?}");
    plan.jobs.remove(0)
}

fn command(job: &Job) -> &str {
    let Work::Command(command) = &job.definition.work else { panic!("{job:?}") };
    command
}

#[test]
fn t5_an_entry_keeps_its_schedule_and_its_command() {
    for (line, when, expected) in [
        ("30 2 * * 1-5 /usr/bin/backup --all", "30 2 * * 1-5", "/usr/bin/backup --all"),
        ("  */5\t*  * * *   echo 'a  b'  ", "*/5 * * * *", "echo 'a  b'"),
        ("@daily /usr/bin/a", "0 0 * * *", "/usr/bin/a"),
        ("@reboot /usr/bin/a", "startup", "/usr/bin/a"),
        ("0 0 13 * fri x", "0 0 13 * 5", "x"),
        ("-*/5 * * * * quiet", "*/5 * * * *", "quiet"),
        ("* * * * * A=1 b", "* * * * *", "A=1 b"),
        ("0 30 2 * * * six fields are a command that begins with a star", "", ""),
    ] {
        let plan = user(line);
        match plan.jobs.as_slice() {
            [job] => assert_eq!((job.schedules[0].rule.to_string().as_str(), command(job)), (when, expected), "{line}"),
            _ => assert!(when.is_empty() && plan.refused.len() == 1, "{line}: {plan:?}"),
        }
    }
}

#[test]
fn variables_are_for_the_entries_below_and_quotes_keep_spaces() {
    let plan = user("* * * * * a\nA = x y \n'B C'=\" d \"\nSHELL=/bin/bash\nE=\n* * * * * b\nA=z\n* * * * * c\n");
    let env = |i: usize| plan.jobs[i].definition.execution.env.clone();
    let of = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(env(0), of(&[("PATH", PATH), ("SHELL", "/bin/sh")]));
    let second = [("A", "x y"), ("B C", " d "), ("E", ""), ("PATH", PATH), ("SHELL", "/bin/bash")];
    assert_eq!(env(1), of(&second));
    assert_eq!(plan.jobs[1].definition.execution.shell, PathBuf::from("/bin/bash"));
    assert_eq!(env(2)["A"], "z");
}

#[test]
fn home_is_the_folder_and_logname_stays_what_it_is() {
    let job = one("HOME=/srv/www\nLOGNAME=bob\nPATH=/opt/bin:/bin\n@hourly x\n");
    assert_eq!(job.definition.execution.cwd, Some(PathBuf::from("/srv/www")));
    assert_eq!(job.definition.execution.env["PATH"], "/opt/bin:/bin");
    assert!(!job.definition.execution.env.contains_key("LOGNAME"));
    assert!(job.notes.iter().any(|line| line.starts_with("LOGNAME=bob")), "{:?}", job.notes);
}

#[test]
fn percent_signs_are_text_for_standard_input_as_in_cron() {
    for (text, expected, input) in [
        ("date +\\%F", "date +%F", None),
        ("cat%a%b", "cat", Some("a\nb\n")),
        ("cat%a%b%", "cat", Some("a\nb\n")),
        ("cat%100\\%%b", "cat", Some("100%\nb\n")),
        ("cat%", "cat", None),
        ("a\\b", "a\\b", None),
        ("a\\\\b", "a\\\\b", None),
        ("cat%a\\b", "cat", Some("a\\b\n")),
        ("cat%a\\\\%b", "cat", Some("a\\%b\n")),
        ("a\\\\%b", "a\\\\", Some("b\n")),
        ("cat%%", "cat", Some("\n")),
        ("a\\", "a\\", None),
    ] {
        assert_eq!(input::split(text), (expected.to_owned(), input.map(str::to_owned)), "{text:?}");
    }
}

#[test]
fn a_command_with_text_for_its_input_reads_that_text_in_a_real_shell() {
    for (entry, printed) in [
        ("cat%hello%world $HOME", "hello\nworld $HOME\n"),
        ("true; cat # all of it%END_OF_INPUT%b", "END_OF_INPUT\nb\n"),
        ("cat%Eé%Aé%Bé", "Eé\nAé\nBé\n"),
        ("tr a b | cat%aa", "bb\n"),
    ] {
        let job = one(&format!("* * * * * {entry}\n"));
        let output = std::process::Command::new("/bin/sh").args(["-c", command(&job)]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), printed, "{}", command(&job));
        assert!(output.status.success() && output.stderr.is_empty());
        assert!(job.notes.iter().any(|line| line.contains("here-document")));
    }
    let job = one("* * * * * exit 3%text\n");
    let status = std::process::Command::new("/bin/sh").args(["-c", command(&job)]).status().unwrap();
    assert_eq!(status.code(), Some(3));
}

#[test]
fn a_comment_right_above_is_the_name() {
    let plan = user(
        "# Photos\n0 1 * * * a\n0 2 * * * /bin/b.sh\n# Not this\n\n0 3 * * * c\n# one\n# two\n0 4 * * * d\n# X\nA=1\n0 5 * * * e\n",
    );
    let names: Vec<&str> = plan.jobs.iter().map(|job| job.definition.name.as_str()).collect();
    assert_eq!(names, ["Photos", "b", "c", "d", "e"]);
}

#[test]
fn what_cron_does_with_mail_delay_zone_and_boot_is_said() {
    let job = one("MAILTO=ana@example.org\nRANDOM_DELAY=30\nCRON_TZ=asia/tokyo\n@reboot x\n");
    for word in ["@reboot", "MAILTO=ana@example.org", "RANDOM_DELAY=30", "Asia/Tokyo"] {
        assert!(job.notes.iter().any(|line| line.contains(word)), "{word}: {:?}", job.notes);
    }
    assert_eq!(job.schedules[0].zone, "Asia/Tokyo");
    let late = one("RANDOM_DELAY=30\n0 12 * * * x\n");
    assert_eq!(late.schedules[0].rule.to_string(), "0 12 * * * jitter=30m");
    assert!(late.notes[0].contains("RANDOM_DELAY=30"), "{late:?}");
    assert_eq!(one("MAILTO=\"\"\n0 12 * * * x\n").notes, Vec::<String>::new());
}

#[test]
fn a_system_crontab_has_users_and_a_job_of_another_one_is_made_paused() {
    let plan = read(
        "/etc/crontab",
        "17 *\t* * *\troot    cd / && a\n@daily ana b\n1 1 * * * root\n",
        Format::System,
        "edit it",
        &here(),
    );
    assert_eq!(plan.jobs.iter().map(command).collect::<Vec<_>>(), ["cd / && a", "b"]);
    assert_eq!(plan.jobs.iter().map(|job| job.definition.paused).collect::<Vec<_>>(), [true, false]);
    assert!(plan.jobs[0].notes[0].contains("as root") && plan.jobs[0].notes[0].contains("as ana"), "{plan:?}");
    assert_eq!(plan.jobs[1].notes, Vec::<String>::new());
    assert_eq!(
        (plan.refused[0].place.as_str(), plan.refused[0].why.contains("no command")),
        ("/etc/crontab:3:15", true)
    );
}

#[test]
fn a_system_crontab_is_known_by_the_users_in_it() {
    let is_user = |name: &str| matches!(name, "root" | "ana" | "mail");
    for (text, format) in [
        ("A=b\n17 * * * * root cd /\n# x\n@daily mail y\n", Some(Format::System)),
        ("* * * * * ana /bin/a\n@daily ana b\n", Some(Format::System)),
        ("* * * * * mail -s a b\n", None),
        ("* * * * * root a\n* * * * * date now\n", Some(Format::User)),
        ("* * * * * root\n", Some(Format::User)),
        ("", Some(Format::User)),
    ] {
        assert_eq!(Format::of(text, &is_user, &|name| name == "mail"), format, "{text}");
    }
}

#[test]
fn x1_what_cannot_be_imported_has_its_line_and_a_reason() {
    for (text, place, why) in [
        ("\n61 * * * * x", "crontab:2:1", "minute: 61 is out of range"),
        ("  0 25  * * * x", "crontab:1:5", "hour: 25 is out of range"),
        ("-0 1,x * * * y", "crontab:1:6", "hour: `x` is not a value"),
        ("* * * * x", "crontab:1:1", "neither NAME=VALUE nor five fields"),
        (" * * * * *  ", "crontab:1:11", "no command"),
        ("@fortnightly x", "crontab:1:1", "@fortnightly"),
        ("@reboot", "crontab:1:8", "no command"),
        ("0 0 30 2 * x", "crontab:1:5", "never comes"),
        ("hello", "crontab:1:1", "neither"),
        ("CRON_TZ=Mars/Base\n@daily x", "crontab:2:1", "`Mars/Base` is not a time zone"),
        (
            "CRON_TZ=Mars/Base\n0 25 * * * x",
            "crontab:2:3",
            "hour: 25 is out of range; write 0 to 23; and it is meant in the zone of CRON_TZ",
        ),
        ("SHELL=/usr/bin/fish\n@daily x%y", "crontab:2:8", "standard input"),
        ("@daily \u{fffd}", "crontab:1:1", "UTF-8"),
        ("@daily % x", "crontab:1:8", "no command"),
        ("A=\"x\" y", "crontab:1:1", "neither"),
    ] {
        let plan = user(text);
        assert_eq!(plan.jobs, [], "{text:?}");
        let [refused] = plan.refused.as_slice() else { panic!("{text:?}: {plan:?}") };
        assert!(refused.place == place && refused.why.contains(why), "{text:?}: {refused:?}");
    }
}

#[test]
fn t5_how_the_day_fields_go_together_is_said() {
    for (fields, said) in [
        ("0 0 13 * 5", Some("*or*")),
        ("0 0 1,* * 5", Some("*or*")),
        ("0 0 */2 * 1", Some("day of month `*/2` begins with a star")),
        ("0 0 1-7 * */7", Some("day of week `*/7` begins with a star")),
        ("0 0 * * 5", None),
        ("0 0 13 * *", None),
        ("@weekly", None),
    ] {
        let notes = one(&format!("{fields} x")).notes;
        assert_eq!(notes.len(), usize::from(said.is_some()), "{fields}: {notes:?}");
        assert!(said.is_none_or(|said| notes[0].contains(said)), "{fields}: {notes:?}");
    }
}

/// A comment, an empty line or a variable; the rest must be a job or refused.
fn is_silent(line: &str) -> bool {
    let line = line.strip_suffix('\r').unwrap_or(line).trim_start_matches([' ', '\t']);
    line.starts_with('#') || line.trim().is_empty() || (!line.contains('\u{fffd}') && variable(line).is_some())
}

proptest! {
    #[test]
    fn x1_no_text_makes_it_panic_and_no_line_is_dropped(text in ".*|([-@0-9a-zA-Z*/,= \t%\\\\\"'#\n\r\u{fffd}é]{0,80})", system: bool) {
        let format = if system { Format::System } else { Format::User };
        let plan = read("c", &text, format, "", &here());
        let expected = text.split('\n').filter(|line| !is_silent(line)).count();
        prop_assert_eq!(plan.jobs.len() + plan.refused.len(), expected);
    }

    #[test]
    fn whatever_the_text_for_the_input_the_shell_gives_it_to_the_command(input in "[a-zA-Z$`'\"\\\\ !*#&;|<>(){}é]{1,30}") {
        // A backslash before what ends the text is kept, and nothing is expanded.
        let job = one(&format!("* * * * * cat%{input}\n"));
        let output = std::process::Command::new("/bin/sh").args(["-c", command(&job)]).output().unwrap();
        prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{input}\n"));
    }
}
