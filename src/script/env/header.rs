//! The header of a Python script that says what it needs (PEP 723): `# /// script`, TOML behind `#`, `# ///`.

use serde::Deserialize;
use toml::Spanned;

use crate::domain::python::Requires;

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// The packages, as requirement specifiers (PEP 508), in its order.
    pub dependencies: Vec<String>,
    /// Which versions of Python will do.
    pub requires_python: Requires,
}

/// A header that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the script: {what}")]
pub struct WrongHeader {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    dependencies: Vec<Spanned<String>>,
    #[serde(rename = "requires-python")]
    requires_python: Option<Spanned<String>>,
}

const BEGIN: &str = "# /// script";
const END: &str = "# ///";

/// Reads the header of a script; `None` when it has none.
///
/// # Errors
/// When a header is not closed, there are two, or what it says is not TOML of the right kinds.
pub fn header(script: &str) -> Result<Option<Header>, WrongHeader> {
    let lines: Vec<&str> = script.lines().map(str::trim_end).collect();
    let Some(begin) = lines.iter().position(|line| *line == BEGIN) else { return Ok(None) };
    let wrong = |line: usize, what: &str| Err(WrongHeader { line: line + 1, what: what.to_owned() });
    let is_inside = |line: &&&str| **line == "#" || line.starts_with("# ");
    let inside = lines[begin + 1..].iter().take_while(is_inside).count();
    // Of several, the last line that closes it does, as the PEP's own expression finds it.
    let Some(length) = lines[begin + 1..=begin + inside].iter().rposition(|line| *line == END) else {
        return wrong(
            begin,
            "`# /// script` is not closed: a line `# ///` ends it, and each line between begins with #",
        );
    };
    let after = begin + length + 2;
    if let Some(second) = lines[after..].iter().position(|line| *line == BEGIN) {
        return wrong(after + second, "a second `# /// script`: a script has one");
    }
    let content = &lines[begin + 1..=begin + length];
    let content: Vec<&str> = content.iter().map(|line| line.strip_prefix("# ").unwrap_or("")).collect();
    let toml = content.join("\n");
    // The place in the TOML as the line in the script.
    let line_of = |offset: usize| begin + 1 + toml[..offset.min(toml.len())].matches('\n').count();
    let raw: Raw = match toml::from_str(&toml) {
        Ok(raw) => raw,
        Err(e) => {
            let what = format!(
                "{}; right is `# dependencies = [\"requests\"]` or `# requires-python = \">=3.9\"`",
                e.message()
            );
            return wrong(line_of(e.span().map_or(0, |span| span.start)), &what);
        }
    };
    let mut dependencies = Vec::with_capacity(raw.dependencies.len());
    for dependency in raw.dependencies {
        let text = dependency.get_ref().trim();
        // It becomes a line of what the installer reads, and an option there would be one of the installer's.
        if text.is_empty() || text.starts_with('-') || text.contains(char::is_control) {
            return wrong(line_of(dependency.span().start), &format!("`{text}` is not a package such as requests>=2"));
        }
        dependencies.push(text.to_owned());
    }
    let requires_python = match raw.requires_python {
        None => Requires::default(),
        Some(text) => match text.get_ref().parse() {
            Ok(requires) => requires,
            Err(e) => return wrong(line_of(text.span().start), &format!("requires-python: {e}")),
        },
    };
    Ok(Some(Header { dependencies, requires_python }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pep_723_a_header_says_packages_and_versions_wherever_it_stands() {
        let script = "#!/usr/bin/env python3\n\"\"\"Doc.\"\"\"\n# /// script\r\n# requires-python = \">=3.9\"\n# dependencies = [\n#\n#   \"requests<3\",  # why\n#   \"rich\",\n# ]\n# [tool.x]\n# y = 1\n# ///\nimport requests\n";
        let header = header(script).unwrap().unwrap();
        assert_eq!(header.dependencies, ["requests<3", "rich"]);
        assert_eq!(header.requires_python.to_string(), ">=3.9");
    }

    #[test]
    fn pep_723_what_is_not_quite_a_header_is_none() {
        for script in [
            "",
            "print(1)",
            "#/// script\n# ///\n",
            "# /// other\n# a = 1\n# ///\n",
            "x = '''\n # /// script\n# ///'''",
        ] {
            assert_eq!(header(script).unwrap(), None, "{script}");
        }
        assert_eq!(header("# /// script\n# ///").unwrap(), Some(Header::default()));
        // The last line that closes it counts.
        let nested = "# /// script\n# dependencies = ['a']\n# [tool.b]\n# text = '''\n# ///\n# '''\n# ///\n";
        assert_eq!(header(nested).unwrap().unwrap().dependencies, ["a"]);
    }

    #[test]
    fn x1_a_wrong_header_is_named_with_its_line_and_what_is_right() {
        for (script, line, expected) in [
            ("\n# /// script\n# dependencies = []\nimport x\n", 2, "is not closed"),
            ("# /// script\n# dependencies = []\n\n# ///\n", 1, "each line between begins with #"),
            ("# /// script\n# ///\n\n# /// script\n# ///\n", 4, "a script has one"),
            ("# /// script\n# a = 1\n# dependencies = 'requests'\n# ///\n", 3, "dependencies = [\"requests\"]"),
            ("# /// script\n# dependencies = [\n#   'a',\n#   7,\n# ]\n# ///\n", 4, "dependencies"),
            ("# /// script\n# dependencies = ['a', '--index-url=x']\n# ///\n", 2, "not a package"),
            ("# /// script\n# x\n# ///\n", 2, "right is"),
            ("# /// script\n#\n# requires-python = '3.9'\n# ///\n", 3, ">=3.9"),
        ] {
            let e = header(script).unwrap_err();
            assert!(e.line == line && e.what.contains(expected), "{script}: {e}");
        }
    }
}
