//! What stands after a `%` in an entry: text for the standard input of its command (crontab(5)).

/// The command and the text for its standard input: the first `%` parts them, those that follow are ends of lines, and `\%` is a
/// percent sign. In the command, a backslash before a backslash shields it. The text ends with the end of a line.
pub(super) fn split(text: &str) -> (String, Option<String>) {
    let mut command = String::new();
    let mut chars = text.chars();
    let mut shielded = false;
    let mut parted = false;
    for c in chars.by_ref() {
        match c {
            '%' if shielded => {
                command.pop();
                command.push('%');
            }
            '%' => {
                parted = true;
                break;
            }
            c => command.push(c),
        }
        shielded = c == '\\' && !shielded;
    }
    if !parted {
        return (command, None);
    }
    let mut input = String::new();
    for c in chars {
        match c {
            '%' if input.ends_with('\\') => {
                input.pop();
                input.push('%');
            }
            '%' => input.push('\n'),
            c => input.push(c),
        }
    }
    if !input.is_empty() && !input.ends_with('\n') {
        input.push('\n');
    }
    (command, Some(input).filter(|input| !input.is_empty()))
}

/// The command with this text as its standard input, for a shell that is like sh.
pub(super) fn here_document(command: &str, input: &str) -> String {
    let end = end_of(input);
    format!("{{\n{command}\n}} <<'{end}'\n{input}{end}")
}

/// A mark for the end of a here-document. No line of the text begins with its first letter, because dash 0.5.12 loses bytes of
/// lines that begin like the mark.
fn end_of(text: &str) -> String {
    let begins_a_line = |letter: char| text.lines().any(|line| line.starts_with(letter));
    let mut end = "END_OF_INPUT".to_owned();
    if begins_a_line('E')
        && let Some(letter) = ('A'..='Z').chain('a'..='z').find(|letter| !begins_a_line(*letter))
    {
        end = format!("{letter}_{end}");
    }
    while text.lines().any(|line| line == end) {
        end.push('_');
    }
    end
}
