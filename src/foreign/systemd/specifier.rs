//! The specifiers of unit files (systemd.unit(5)): `%h`, `%i`, `%n` and the others that are known before a run.

use super::super::Here;
use super::Scope;

/// What specifiers stand for in a unit.
#[derive(Debug, Clone, Copy)]
pub struct Specifiers<'a> {
    /// The full name of the unit.
    pub unit: &'a str,
    /// Whose manager runs it.
    pub scope: Scope,
    /// The machine and the user.
    pub here: &'a Here,
}

impl Specifiers<'_> {
    /// The text with its specifiers replaced. The error names one that is not known.
    pub fn expand(&self, text: &str) -> Result<String, String> {
        let mut expanded = String::with_capacity(text.len());
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                expanded.push(c);
                continue;
            }
            match chars.next() {
                Some(letter) => match self.value(letter) {
                    Some(value) => expanded.push_str(&value),
                    None => {
                        return Err(format!(
                            "the specifier %{letter} is not known here; write its value into the unit"
                        ));
                    }
                },
                None => expanded.push('%'),
            }
        }
        Ok(expanded)
    }

    fn value(&self, letter: char) -> Option<String> {
        let stem = self.unit.rsplit_once('.').map_or(self.unit, |(stem, _)| stem);
        let (prefix, instance) = stem.split_once('@').unwrap_or((stem, ""));
        let last = |name: &str| name.rsplit('-').next().unwrap_or_default().to_owned();
        let Here { user, uid, home, host, .. } = self.here;
        let home = home.display();
        let system = self.scope == Scope::System;
        let folder = |of_system: &str, of_user: String| if system { of_system.to_owned() } else { of_user };
        Some(match letter {
            '%' => "%".to_owned(),
            'n' => self.unit.to_owned(),
            'N' => stem.to_owned(),
            'p' => prefix.to_owned(),
            'P' => unescape(prefix),
            'i' => instance.to_owned(),
            'I' => unescape(instance),
            'j' => last(prefix),
            'J' => unescape(&last(prefix)),
            'f' => format!("/{}", unescape(if instance.is_empty() { prefix } else { instance })),
            'h' => folder("/root", home.to_string()),
            'u' => folder("root", user.clone()),
            'U' => folder("0", uid.to_string()),
            'H' => host.clone(),
            'l' => host.split('.').next().unwrap_or_default().to_owned(),
            't' => folder("/run", format!("/run/user/{uid}")),
            'S' => folder("/var/lib", format!("{home}/.local/state")),
            'C' => folder("/var/cache", format!("{home}/.cache")),
            'L' => folder("/var/log", format!("{home}/.local/state/log")),
            'E' => folder("/etc", format!("{home}/.config")),
            'T' => "/tmp".to_owned(),
            'V' => "/var/tmp".to_owned(),
            _ => return None,
        })
    }
}

/// Takes back what systemd-escape(1) does: `-` is `/`, and `\x2d` a character by its number.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let number = match rest {
            [b'\\', b'x', high, low, ..] => hex(*high).zip(hex(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        bytes.push(match (number, first) {
            (Some(number), _) => number,
            (None, b'-') => b'/',
            (None, other) => *other,
        });
        rest = if number.is_some() { &rest[4..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::here;
    use super::*;

    #[test]
    fn specifiers_stand_for_the_unit_the_user_and_the_machine() {
        let here = here();
        for (scope, text, expected) in [
            (
                Scope::User,
                "%n %N %p %i %I %j",
                "back-up@srv-a\\x2db.service back-up@srv-a\\x2db back-up srv-a\\x2db srv/a-b up",
            ),
            (
                Scope::User,
                "%h %u %U %t %E %S",
                "/home/ana ana 1000 /run/user/1000 /home/ana/.config /home/ana/.local/state",
            ),
            (Scope::System, "%h %u %U %t %E %S", "/root root 0 /run /etc /var/lib"),
            (Scope::System, "%H %l 100%% %f %", "nas nas 100% /srv/a-b %"),
        ] {
            let specifiers = Specifiers { unit: "back-up@srv-a\\x2db.service", scope, here: &here };
            assert_eq!(specifiers.expand(text), Ok(expected.to_owned()));
        }
        let specifiers = Specifiers { unit: "a.service", scope: Scope::User, here: &here };
        assert!(specifiers.expand("a %m").unwrap_err().contains("%m"));
    }
}
