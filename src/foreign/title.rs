//! Names for jobs that have none: from the comment above them, or from what they run.

use crate::domain::name::is_speaking;

/// A comment that is longer than this many characters explains, and names nothing.
const LONGEST: usize = 60;

/// Programs that only run another one, with the options of theirs that take a value of their own.
const WRAPPERS: &[(&str, &str)] = &[
    ("sudo", "u g"),
    ("nice", "n"),
    ("ionice", "c n p"),
    ("chrt", ""),
    ("timeout", "k s"),
    ("flock", "w E"),
    ("env", "u"),
    ("nohup", ""),
    ("setsid", ""),
    ("exec", ""),
    ("time", ""),
    ("chronic", ""),
    ("cronic", ""),
    ("systemd-cat", "t p"),
    ("command", ""),
];

/// Programs of which the file that they interpret says more than they do.
const INTERPRETERS: &[&str] =
    &["sh", "bash", "dash", "zsh", "ksh", "python", "python2", "python3", "perl", "php", "ruby", "node"];

/// The text of a comment line (without its `#`) as a name, when it looks like a title.
pub fn from_comment(text: &str) -> Option<String> {
    let title = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '#' | '-' | '=' | '*' | '.' | ':'));
    let words: Vec<&str> = title.split_whitespace().collect();
    let header =
        |word: &&&str| matches!(word.to_lowercase().as_str(), "dom" | "dow" | "mon" | "command" | "hour" | "minute");
    let begins_as_entry = title.starts_with(|c: char| c.is_ascii_digit() || c == '@') && words.len() > 4;
    let looks_like_a_title = title.chars().count() <= LONGEST
        && title.chars().any(char::is_alphabetic)
        && words.iter().filter(header).count() < 2
        && !begins_as_entry
        && !title.contains(['=', '|', '>', '\\', '`', ';'])
        && !text.trim_start().starts_with(['*', '/'])
        && is_speaking(title);
    looks_like_a_title.then(|| words.join(" "))
}

/// A name for a shell command line: its program, and the word after it that says what it does.
pub fn from_command(command: &str) -> String {
    let first = command.lines().next().unwrap_or_default();
    let mut parts = first.split(['|', ';', '&']).map(str::trim).filter(|part| !part.is_empty());
    // `cd /srv && make`, `[ -x /bin/a ] && /bin/a`: what is done comes later.
    let prepares = |part: &&str| {
        let words = program(part);
        !matches!(
            words.first().map_or("", String::as_str),
            "cd" | "[" | "[[" | "test" | "export" | "set" | "." | "source" | "umask" | "sleep" | "true" | ":"
        )
    };
    let part = parts.clone().find(prepares).or_else(|| parts.next()).unwrap_or_default();
    let words = program(part);
    let Some((program, arguments)) = words.split_first() else { return "job".to_owned() };
    let mut stem = stem(program);
    let mut arguments = arguments.iter().filter(|word| !word.starts_with('-') && !word.contains(['>', '<', '$', '`']));
    if INTERPRETERS.contains(&stem.as_str())
        && let Some(script) = arguments.next()
    {
        stem = self::stem(script);
    }
    let subject = arguments.next().map(|word| self::stem(word)).filter(|word| word.len() <= 24 && is_speaking(word));
    let name = subject.map_or_else(|| stem.clone(), |subject| format!("{stem} {subject}"));
    if is_speaking(&name) { name } else { "job".to_owned() }
}

/// The words of a command from its program on: without variables before it, and without programs that only run another.
fn program(part: &str) -> Vec<String> {
    let clean = |word: &str| word.trim_matches(|c| matches!(c, '"' | '\'' | '(' | ')' | '{' | '}')).to_owned();
    let mut words: Vec<String> = part.split_whitespace().map(clean).filter(|word| !word.is_empty()).collect();
    loop {
        let Some(first) = words.first().cloned() else { return words };
        let assigns = first.split_once('=').is_some_and(|(name, _)| !name.is_empty() && !name.contains('/'));
        let wrapper = WRAPPERS.iter().find(|(name, _)| *name == stem(&first));
        if words.len() < 2 || !(assigns || wrapper.is_some()) {
            return words;
        }
        words.remove(0);
        let Some((name, valued)) = wrapper.filter(|_| !assigns) else { continue };
        while words.len() > 1 && words[0].starts_with('-') {
            let option = words.remove(0);
            let takes_value = option.len() == 2 && valued.split(' ').any(|letter| option[1..] == *letter);
            if takes_value && words.len() > 1 {
                words.remove(0);
            }
        }
        // `timeout 5m make`, `flock /run/lock make`: a word of their own comes first.
        if matches!(*name, "timeout" | "flock") && words.len() > 1 {
            words.remove(0);
            while words.len() > 1 && words[0].starts_with('-') {
                words.remove(0);
            }
        }
    }
}

/// The last part of a path without what comes after its dot: `/srv/backup.sh` is `backup`, `/etc/cron.daily` stays `cron.daily`.
fn stem(path: &str) -> String {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    match last.rsplit_once('.') {
        Some((stem, "sh" | "py" | "pl" | "rb" | "php" | "js" | "bash" | "timer" | "service")) if !stem.is_empty() => {
            stem.to_owned()
        }
        _ => last.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_that_looks_like_a_title_is_a_name() {
        for (comment, name) in [
            (" Back up the photos", Some("Back up the photos")),
            ("## Rotate logs: ##", Some("Rotate logs")),
            ("--- certificates ---", Some("certificates")),
            (" m h  dom mon dow   command", None),
            (" m h dom mon dow user	command", None),
            ("0 5 * * 1 tar -zcf /var/backups/home.tgz /home/", None),
            ("*/5 * * * * /usr/bin/old", None),
            ("@daily /usr/bin/something old and gone", None),
            (" MAILTO=ana@example.org", None),
            (" -------------------------------", None),
            (" This one is a long explanation of what happens and why it has to happen at night", None),
            (" >>> see /etc/default", None),
            ("", None),
            (" äöü", None),
        ] {
            assert_eq!(from_comment(comment).as_deref(), name, "{comment:?}");
        }
    }

    #[test]
    fn a_command_is_named_by_what_it_does() {
        for (command, name) in [
            ("/usr/local/bin/backup.sh", "backup"),
            ("/usr/bin/certbot -q renew", "certbot renew"),
            ("cd / && run-parts --report /etc/cron.hourly", "run-parts cron.hourly"),
            ("test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )", "run-parts cron.daily"),
            ("[ -x /usr/bin/foo ] && /usr/bin/foo --now", "foo"),
            ("FOO=1 BAR=2 /opt/job.py", "job"),
            ("/usr/bin/python3 /srv/scripts/report.py --weekly", "report"),
            ("nice -n 19 ionice -c3 rsync -a /srv/photos/ /mnt/backup", "rsync photos"),
            ("flock -n /run/x.lock /usr/bin/php artisan schedule:run", "artisan schedule:run"),
            ("timeout -k 5 60 curl -fsS https://example.org/ping", "curl ping"),
            ("sudo -u www-data /var/www/cron.php", "cron"),
            ("echo hello > /tmp/x", "echo hello"),
            ("{\ncat\n} <<'X'", "job"),
            ("", "job"),
            ("  ", "job"),
            ("äö", "job"),
        ] {
            assert_eq!(from_command(command), name, "{command:?}");
        }
    }
}
