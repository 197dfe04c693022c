//! Command lines of services (systemd.service(5)) as lines of a shell that run the same program with the same arguments.

use super::specifier::Specifiers;
use super::unit::words;

/// A program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// A line for `sh`.
    pub shell: String,
    /// `-`: a failure counts as success.
    pub may_fail: bool,
    /// `+`, `!` or `!!`: without the restrictions of the unit, such as its user.
    pub privileged: bool,
    /// An argument is a variable that falls apart into words; globs must be off in the shell.
    pub splits: bool,
    /// What differs, in sentences without a full stop.
    pub notes: Vec<String>,
}

/// Reads the value of an `ExecStart=`: a command, or several with a `;` between them.
pub fn read(value: &str, specifiers: &Specifiers<'_>) -> Result<Vec<Command>, String> {
    let mut commands = Vec::new();
    for words in split_commands(value)? {
        commands.push(command(&words, specifiers)?);
    }
    if commands.is_empty() { Err("there is no command".to_owned()) } else { Ok(commands) }
}

/// The words of each command. A `;` that is a word parts them, `\;` is one that does not.
fn split_commands(value: &str) -> Result<Vec<Vec<String>>, String> {
    let mut parts = vec![String::new()];
    for word in value.split_inclusive(char::is_whitespace) {
        match (word.trim_end(), parts.last_mut()) {
            (";", _) => parts.push(String::new()),
            ("\\;", Some(part)) => part.push_str("\";\" "),
            (_, Some(part)) => part.push_str(word),
            (_, None) => {}
        }
    }
    let mut commands = Vec::new();
    for part in parts {
        let words = words(&part)?;
        if !words.is_empty() {
            commands.push(words);
        }
    }
    Ok(commands)
}

fn command(words: &[String], specifiers: &Specifiers<'_>) -> Result<Command, String> {
    let (first, rest) = words.split_first().ok_or("there is no command")?;
    let program = first.trim_start_matches(['@', '-', ':', '+', '!']);
    let prefixes = &first[..first.len() - program.len()];
    if program.starts_with('|') {
        return Err("`|` hands the command to the login shell of a user, which Tempo does not".to_owned());
    }
    if program.is_empty() {
        return Err(format!("there is no program after `{prefixes}`"));
    }
    let mut command = Command {
        shell: quote(&specifiers.expand(program)?),
        may_fail: prefixes.contains('-'),
        privileged: prefixes.contains(['+', '!']),
        splits: false,
        notes: Vec::new(),
    };
    let mut rest = rest.iter();
    if prefixes.contains('@') {
        let name = rest.next().ok_or("`@` needs a second word, the name for the program")?;
        command.notes.push(format!("`@`: the program sees its own path as its name, and not `{name}`"));
    }
    for word in rest {
        let word = specifiers.expand(word)?;
        let argument = if prefixes.contains(':') { Some(quote(&word)) } else { argument(&word, &mut command) };
        if let Some(argument) = argument {
            command.shell.push(' ');
            command.shell.push_str(&argument);
        }
    }
    Ok(command)
}

/// An argument with its variables. `$NAME` alone falls apart into words, `${NAME}` does not, `$$` is a dollar, and any other dollar
/// is itself.
fn argument(word: &str, command: &mut Command) -> Option<String> {
    if let Some(name) = word.strip_prefix('$').filter(|rest| !rest.starts_with(['{', '$']) && !rest.is_empty()) {
        if is_name(name) {
            command.splits = true;
            return Some(format!("${name}"));
        }
        command
            .notes
            .push(format!("systemd gives no argument for `{word}`, which is no name of a variable; it is left out"));
        return None;
    }
    let (mut parts, mut literal) = (String::new(), String::new());
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let name = rest
            .strip_prefix("${")
            .and_then(|rest| rest.split_once('}'))
            .map(|(name, _)| name)
            .filter(|name| is_name(name));
        if let Some(name) = name {
            if !literal.is_empty() {
                parts.push_str(&quote(&std::mem::take(&mut literal)));
            }
            parts.extend(["\"${", name, "}\""]);
            rest = &rest[name.len() + 3..];
        } else {
            literal.push(c);
            rest = rest.strip_prefix("$$").unwrap_or(&rest[c.len_utf8()..]);
        }
    }
    if !literal.is_empty() || parts.is_empty() {
        parts.push_str(&quote(&literal));
    }
    Some(parts)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A word as the shell takes it for itself.
pub fn quote(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-./:=,+@%".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::here;
    use super::super::Scope;
    use super::*;

    fn read(value: &str) -> Result<Vec<Command>, String> {
        let here = here();
        super::read(value, &Specifiers { unit: "job@one.service", scope: Scope::User, here: &here })
    }

    fn shell(value: &str) -> String {
        read(value).unwrap().iter().map(|command| command.shell.clone()).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn a_command_line_becomes_a_line_of_the_shell() {
        for (value, expected) in [
            ("/usr/sbin/logrotate /etc/logrotate.conf", "/usr/sbin/logrotate /etc/logrotate.conf"),
            ("/usr/bin/find /a -name *.gz -atime +6", "/usr/bin/find /a -name '*.gz' -atime +6"),
            ("/bin/sh -c 'echo \"a b\" > %h/x; true'", "/bin/sh -c 'echo \"a b\" > /home/ana/x; true'"),
            ("/bin/a %i %%s it's", ""),
            ("/bin/a %i %%s \"it's\" ''", "/bin/a one %s 'it'\\''s' ''"),
            ("/bin/a ${ONE} x${TWO}y$THREE $$ $$FOUR", "/bin/a \"${ONE}\" x\"${TWO}\"'y$THREE' '$' '$FOUR'"),
            ("/bin/a $OPTIONS", "/bin/a $OPTIONS"),
            (":/bin/a $OPTIONS ${X}", "/bin/a '$OPTIONS' '${X}'"),
            ("/bin/a ; /bin/b \\; c;d", "/bin/a | /bin/b ';' 'c;d'"),
            ("/bin/a $1 $ b", "/bin/a '$' b"),
            ("rsync ~/a", "rsync '~/a'"),
        ] {
            if expected.is_empty() {
                assert!(read(value).is_err(), "{value}");
            } else {
                assert_eq!(shell(value), expected, "{value}");
            }
        }
    }

    #[test]
    fn prefixes_are_read_in_any_order() {
        for (value, may_fail, privileged) in
            [("-/bin/a", true, false), ("+-/bin/a", true, true), ("!!/bin/a", false, true)]
        {
            let commands = read(value).unwrap();
            assert_eq!(
                (commands[0].may_fail, commands[0].privileged, commands[0].shell.as_str()),
                (may_fail, privileged, "/bin/a")
            );
        }
        let named = read("@/bin/a b c").unwrap();
        assert_eq!((named[0].shell.as_str(), named[0].notes.len()), ("/bin/a c", 1));
    }

    #[test]
    fn x1_what_is_no_command_is_refused() {
        for (value, why) in [
            ("", "no command"),
            ("-", "no program"),
            ("|cat", "login shell"),
            ("/bin/a 'b", "no second '"),
            ("/bin/a %m", "%m"),
            ("@/bin/a", "second word"),
        ] {
            assert!(read(value).unwrap_err().contains(why), "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_shell_gives_the_program_the_arguments_as_they_are(words in proptest::collection::vec("[a-zA-Z$`'\"\\\\ !*#&;|<>(){}é~%=]{0,12}", 1..4)) {
            let line = words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ");
            let output = std::process::Command::new("/bin/sh").args(["-c", &format!("printf '%s\\n' {line}")]).output().unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            proptest::prop_assert_eq!(printed, words.join("\n") + "\n");
        }

        #[test]
        fn x1_no_value_makes_it_panic(value in ".*|[-@:+!|$%{}a-zA-Z/ ;'\"\\\\]{0,60}") {
            let _ = read(&value);
        }
    }
}
