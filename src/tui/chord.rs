//! The names of keys, as the action table, the help and the hint line write them: `j`, `Ctrl-d`, `Shift-Tab`, `PgDn`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The name of a key. Names are compared, so that one table of texts says everything about keys.
pub fn name(key: KeyEvent) -> String {
    let code = match key.code {
        KeyCode::Char(' ') => "Space".to_owned(),
        KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::CONTROL) => c.to_lowercase().to_string(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::F(n) => format!("F{n}"),
        KeyCode::Enter => "Enter".to_owned(),
        KeyCode::Esc => "Esc".to_owned(),
        KeyCode::Tab => "Tab".to_owned(),
        KeyCode::BackTab => "Shift-Tab".to_owned(),
        KeyCode::Backspace => "Backspace".to_owned(),
        KeyCode::Delete => "Del".to_owned(),
        KeyCode::Insert => "Ins".to_owned(),
        KeyCode::Home => "Home".to_owned(),
        KeyCode::End => "End".to_owned(),
        KeyCode::PageUp => "PgUp".to_owned(),
        KeyCode::PageDown => "PgDn".to_owned(),
        KeyCode::Up => "Up".to_owned(),
        KeyCode::Down => "Down".to_owned(),
        KeyCode::Left => "Left".to_owned(),
        KeyCode::Right => "Right".to_owned(),
        _ => String::new(),
    };
    let control = if key.modifiers.contains(KeyModifiers::CONTROL) { "Ctrl-" } else { "" };
    let alt = if key.modifiers.contains(KeyModifiers::ALT) { "Alt-" } else { "" };
    format!("{control}{alt}{code}")
}

/// The keys that have a name, and other ways to write it, in lower case.
const NAMED: &[(&str, &[&str])] = &[
    ("Space", &["spc", "blank"]),
    ("Enter", &["return", "cr", "ret"]),
    ("Esc", &["escape"]),
    ("Tab", &[]),
    ("Shift-Tab", &["backtab"]),
    ("Backspace", &["bs"]),
    ("Del", &["delete"]),
    ("Ins", &["insert"]),
    ("Home", &[]),
    ("End", &[]),
    ("PgUp", &["pageup", "page-up", "prior"]),
    ("PgDn", &["pagedown", "page-down", "pgdown", "next"]),
    ("Up", &[]),
    ("Down", &[]),
    ("Left", &[]),
    ("Right", &[]),
];

/// Control keys that terminals send as another key.
const SAME: &[(&str, &str)] = &[("Ctrl-i", "Tab"), ("Ctrl-m", "Enter"), ("Ctrl-[", "Esc"), ("Ctrl-h", "Backspace")];

/// The name of a key as a person writes it: `ctrl-r`, `C-r`, `<C-r>`, `^r`, `alt+x`, `M-x`, `space`, `pagedown`, `f5`.
///
/// # Errors
/// What would be right, in one line.
pub fn parse(text: &str) -> Result<String, String> {
    let inner = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).filter(|inner| !inner.is_empty());
    let mut rest = inner.unwrap_or(text);
    let (mut control, mut alt, mut shift) = (false, false, false);
    loop {
        let strip = |names: &[&str]| {
            names.iter().find_map(|name| {
                let (head, tail) = rest.split_at_checked(name.len())?;
                (head.eq_ignore_ascii_case(name) && !tail.is_empty()).then_some(tail)
            })
        };
        if let Some(tail) = strip(&["ctrl-", "ctrl+", "control-", "control+", "c-", "^"]) {
            (control, rest) = (true, tail);
        } else if let Some(tail) = strip(&["alt-", "alt+", "meta-", "meta+", "m-", "a-"]) {
            (alt, rest) = (true, tail);
        } else if let Some(tail) = strip(&["shift-", "shift+", "s-"]) {
            (shift, rest) = (true, tail);
        } else {
            break;
        }
    }
    let mut code = code(rest).ok_or_else(|| {
        format!("no key is called `{text}`; keys are written as in j, G, Ctrl-r, Alt-x, F5, Space, Enter, PgDn")
    })?;
    if shift {
        code = match code.as_str() {
            "Tab" | "Shift-Tab" => "Shift-Tab".to_owned(),
            one if one.chars().count() == 1 && !control => one.to_uppercase(),
            other => {
                return Err(format!("a terminal does not tell Shift-{other} from {other}: write it without Shift"));
            }
        };
    }
    if control && code.chars().count() == 1 {
        code = code.to_lowercase();
    }
    let name = format!("{}{}{code}", if control { "Ctrl-" } else { "" }, if alt { "Alt-" } else { "" });
    match SAME.iter().find(|(one, _)| *one == name) {
        Some((_, sent)) => Err(format!("a terminal sends {name} as {sent}: write {sent}")),
        None => Ok(name),
    }
}

/// The name of a key without modifiers.
fn code(text: &str) -> Option<String> {
    let mut letters = text.chars();
    if let (Some(one), None) = (letters.next(), letters.next()) {
        return (!one.is_control() && one != ' ').then(|| one.to_string());
    }
    let lower = text.to_lowercase();
    let named = NAMED.iter().find(|(name, others)| name.eq_ignore_ascii_case(text) || others.contains(&lower.as_str()));
    let function = || {
        let number: u8 = lower.strip_prefix('f')?.parse().ok()?;
        (1..=12).contains(&number).then(|| format!("F{number}"))
    };
    named.map(|(name, _)| (*name).to_owned()).or_else(function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_name_that_the_table_uses() {
        for (code, modifiers, expected) in [
            (KeyCode::Char('j'), KeyModifiers::NONE, "j"),
            (KeyCode::Char('G'), KeyModifiers::NONE, "G"),
            (KeyCode::Char('d'), KeyModifiers::CONTROL, "Ctrl-d"),
            (KeyCode::Char(' '), KeyModifiers::NONE, "Space"),
            (KeyCode::BackTab, KeyModifiers::SHIFT, "Shift-Tab"),
            (KeyCode::Enter, KeyModifiers::ALT, "Alt-Enter"),
            (KeyCode::F(1), KeyModifiers::NONE, "F1"),
            (KeyCode::PageDown, KeyModifiers::NONE, "PgDn"),
        ] {
            assert_eq!(name(KeyEvent::new(code, modifiers)), expected);
        }
    }

    #[test]
    fn ux_43_a_key_is_read_however_people_write_it() {
        for (written, expected) in [
            ("j", "j"),
            ("G", "G"),
            ("ctrl-r", "Ctrl-r"),
            ("Ctrl-R", "Ctrl-r"),
            ("C-r", "Ctrl-r"),
            ("<C-r>", "Ctrl-r"),
            ("^r", "Ctrl-r"),
            ("^", "^"),
            ("-", "-"),
            ("<", "<"),
            ("<space>", "Space"),
            ("space", "Space"),
            ("alt+x", "Alt-x"),
            ("M-X", "Alt-X"),
            ("ctrl-alt-x", "Ctrl-Alt-x"),
            ("shift-tab", "Shift-Tab"),
            ("S-g", "G"),
            ("f5", "F5"),
            ("PageDown", "PgDn"),
            ("return", "Enter"),
            ("Ctrl-Space", "Ctrl-Space"),
            ("\u{f6}", "\u{f6}"),
        ] {
            assert_eq!(parse(written).as_deref(), Ok(expected), "{written}");
        }
        for (wrong, right) in [
            ("foo", "keys are written as in"),
            ("F13", "keys are written as in"),
            ("Ctrl-", "keys are written as in"),
            ("shift-F5", "without Shift"),
            ("ctrl-i", "write Tab"),
            ("C-m", "write Enter"),
        ] {
            assert!(parse(wrong).is_err_and(|e| e.contains(right)), "{wrong}: {:?}", parse(wrong));
        }
    }
}
