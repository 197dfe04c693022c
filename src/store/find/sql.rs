//! A filter as SQL: a condition on a row, and for each part of it the index from which the tasks are read that have it.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value as Sql;

use crate::domain::filter::{Bound, Column, Compare, FactTest, FieldTest, Place, Test};
use crate::store::{Db, Result};

/// A text of SQL with `?` for each of its values.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece {
    pub(super) sql: String,
    pub(super) values: Vec<Sql>,
}

impl Piece {
    fn new(sql: impl Into<String>, values: impl IntoIterator<Item = Sql>) -> Self {
        Self { sql: sql.into(), values: values.into_iter().collect() }
    }

    /// What every task has.
    pub(super) fn always() -> Self {
        Self::new("1", [])
    }

    fn joined(pieces: Vec<Self>, between: &str, nothing: &str) -> Self {
        if pieces.is_empty() {
            return Self::new(nothing, []);
        }
        let sql = pieces.iter().map(|piece| piece.sql.as_str()).collect::<Vec<_>>().join(between);
        Self { sql: format!("({sql})"), values: pieces.into_iter().flat_map(|piece| piece.values).collect() }
    }
}

/// Whether a row `t` of tasks has it: never NULL.
pub(super) fn condition(bound: &Bound) -> Piece {
    match bound {
        Bound::All(all) => Piece::joined(all.iter().map(condition).collect(), " AND ", "1"),
        Bound::Any(any) => Piece::joined(any.iter().map(condition).collect(), " OR ", "0"),
        Bound::Not(inner) => {
            let inner = condition(inner);
            Piece { sql: format!("NOT {}", inner.sql), ..inner }
        }
        Bound::Is(test) => {
            let test = one(test);
            Piece { sql: format!("(({}) IS TRUE)", test.sql), ..test }
        }
    }
}

/// The expression of a column.
const fn name(column: Column) -> &'static str {
    match column {
        Column::Due => "due_at",
        Column::Created => "created_at",
        Column::Updated => "updated_at",
        Column::Begun => "begun_at",
        Column::Done => "done_at",
        Column::Next => "order_next",
        Column::Last => "last_at",
        Column::Progress => "progress",
    }
}

/// The values between which something is that has the column at all.
fn limits(column: Column, from: i64, to: i64) -> [Sql; 2] {
    match column {
        Column::Next => [from.into(), to.min(i64::MAX - 1).into()],
        Column::Progress => [from.max(1).into(), to.into()],
        _ => [from.into(), to.into()],
    }
}

fn one(test: &Test) -> Piece {
    let owned = |text: &str| Sql::from(text.to_owned());
    let equal = |column: &str, value: &Option<String>| match value {
        None => Piece::new(format!("t.{column} IS NOT NULL"), []),
        Some(value) => Piece::new(format!("t.{column} = ?"), [owned(value)]),
    };
    match test {
        Test::Facts(test) => fact(*test),
        Test::Outcome(word) => {
            Piece::new("(SELECT r.outcome FROM runs r WHERE r.id = t.last_run_id) = ?", [owned(word)])
        }
        Test::Range(column, from, to) => {
            Piece::new(format!("t.{} BETWEEN ? AND ?", name(*column)), limits(*column, *from, *to))
        }
        Test::Blocked => Piece::new("t.blocked > 0", []),
        Test::Assignee(value) => equal("assignee", value),
        Test::Type(value) => equal("type", value),
        Test::Tag(None) => Piece::new("t.tag > ''", []),
        Test::Tag(Some(tag)) => {
            Piece::new("EXISTS (SELECT 1 FROM task_tags g WHERE g.task_id = t.id AND g.tag = ?)", [owned(tag)])
        }
        Test::Category(None) => Piece::new("t.category > ''", []),
        Test::Category(Some((name, false))) => Piece::new("t.category = ?", [owned(name)]),
        // `0` follows `/`.
        Test::Category(Some((name, true))) => Piece::new(
            "(t.category = ? OR (t.category >= ? AND t.category < ?))",
            [owned(name), owned(&format!("{name}/")), owned(&format!("{name}0"))],
        ),
        Test::Contains(place, wanted) => {
            let columns: &[&str] = match place {
                Place::Anywhere => &["slug", "name", "command", "category", "description"],
                Place::Name => &["name"],
            };
            // LIKE knows the capitals of ASCII alone, and is fast.
            let is_ascii = wanted.is_ascii();
            let wanted = if is_ascii { like_pattern(wanted) } else { folded(wanted) };
            let has = |column: &&str| {
                if is_ascii { format!("t.{column} LIKE ? ESCAPE '\\'") } else { format!("{HAS_TEXT}(t.{column}, ?)") }
            };
            let each: Vec<String> = columns.iter().map(has).collect();
            Piece::new(format!("({})", each.join(" OR ")), columns.iter().map(|_| owned(&wanted)))
        }
        Test::Name(wanted) => Piece::new("t.name = ?", [owned(wanted)]),
        Test::Field(name, test) => {
            let test = field(test);
            Piece {
                sql: format!("EXISTS (SELECT 1 FROM task_fields WHERE task_id = t.id AND name = ? AND {})", test.sql),
                values: [owned(name)].into_iter().chain(test.values).collect(),
            }
        }
    }
}

fn fact(test: FactTest) -> Piece {
    let bits = |shift: u8, width: i64, mask: u8| {
        Piece::new(format!("((? >> ((t.facts >> {shift}) & {width})) & 1)"), [i64::from(mask).into()])
    };
    let bit = |bit: u16| Piece::new(format!("(t.facts & {bit}) <> 0"), []);
    match test {
        FactTest::Work(mask) => bits(12, 7, mask),
        FactTest::Class(mask) => bits(9, 7, mask),
        FactTest::HasLast => bit(16),
        FactTest::HasNext => bit(32),
        FactTest::Missed => bit(64),
        FactTest::Late => bit(128),
        FactTest::Paused => bit(256),
        FactTest::Priority(from, to) => Piece::new("t.priority BETWEEN ? AND ?", [from.into(), to.into()]),
    }
}

/// Of a row of `task_fields`.
fn field(test: &FieldTest) -> Piece {
    let sign = |compare: &Compare| if *compare == Compare::Is { "=" } else { compare.sign() };
    match test {
        FieldTest::Any => Piece::new("1", []),
        FieldTest::Is(value) => Piece::new("value = ?", [value.clone().into()]),
        FieldTest::Number(compare, number) => Piece::new(
            format!(
                "CASE WHEN json_valid(value) AND json_type(value) IN ('integer', 'real')
                 THEN CAST(value AS REAL) {} ? ELSE 0 END",
                sign(compare)
            ),
            [(*number).into()],
        ),
        FieldTest::Text(compare, value) => Piece::new(format!("value {} ?", sign(compare)), [value.clone().into()]),
    }
}

/// The SQL function for what [`has_text`] says.
const HAS_TEXT: &str = "has_text";

/// Lets a connection look for texts with capitals beyond those of ASCII.
pub(in crate::store) fn know_texts(db: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    db.create_scalar_function(HAS_TEXT, 2, flags, |values| {
        let text = |at| values.get_raw(at).as_str_or_null();
        Ok(text(0)?.zip(text(1)?).is_some_and(|(text, wanted)| has_text(text, wanted)))
    })
}

/// Whether a text has another one in it that is [folded](folded), in capitals or not.
fn has_text(text: &str, wanted: &str) -> bool {
    // Most texts are of ASCII.
    (wanted.is_ascii() || !text.is_ascii()) && folded(text).contains(wanted)
}

/// Without capitals, letter by letter.
fn folded(text: &str) -> String {
    let small = |c: char| {
        let mut small = c.to_lowercase();
        small.next().filter(|_| small.next().is_none()).unwrap_or(c)
    };
    text.chars().map(small).collect()
}

/// `%text%` with the wildcards in it taken literally.
fn like_pattern(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// From where the tasks are read that have it, each of them once; and whether all of these have it. `None`: no index knows.
pub(super) fn source(db: &Db, test: &Test) -> Result<Option<(Piece, bool)>> {
    let owned = |text: &str| Sql::from(text.to_owned());
    let equal = |column: &str, value: &Option<String>| {
        let (also, values) = match value {
            None => (String::new(), None),
            Some(value) => (format!(" AND {column} = ?"), Some(owned(value))),
        };
        Piece::new(
            format!(
                "SELECT id FROM tasks INDEXED BY tasks_{column} WHERE {column} IS NOT NULL AND deleted_at IS NULL{also}"
            ),
            values,
        )
    };
    let piece = match test {
        Test::Facts(_) | Test::Outcome(_) => return Ok(None),
        Test::Range(column, from, to) => {
            let (index, also) = match column {
                Column::Due => ("tasks_due", "due_at IS NOT NULL AND deleted_at IS NULL AND "),
                Column::Created => ("tasks_created", "deleted_at IS NULL AND "),
                Column::Updated => ("tasks_updated", "deleted_at IS NULL AND "),
                Column::Begun => ("tasks_begun", "begun_at IS NOT NULL AND deleted_at IS NULL AND "),
                Column::Done => ("tasks_done", "done_at IS NOT NULL AND "),
                Column::Next => ("tasks_by_next", "deleted_at IS NULL AND "),
                Column::Last => ("tasks_last_at", "last_at IS NOT NULL AND deleted_at IS NULL AND "),
                Column::Progress => ("tasks_progress", "progress > 0 AND deleted_at IS NULL AND "),
            };
            Piece::new(
                format!("SELECT id FROM tasks INDEXED BY {index} WHERE {also}{} BETWEEN ? AND ?", name(*column)),
                limits(*column, *from, *to),
            )
        }
        Test::Blocked => {
            Piece::new("SELECT id FROM tasks INDEXED BY tasks_blocked WHERE blocked > 0 AND deleted_at IS NULL", [])
        }
        Test::Assignee(value) => equal("assignee", value),
        Test::Type(value) => equal("type", value),
        Test::Tag(None) => {
            Piece::new("SELECT id FROM tasks INDEXED BY tasks_by_tag WHERE deleted_at IS NULL AND tag > ''", [])
        }
        Test::Tag(Some(tag)) => {
            Piece::new("SELECT task_id FROM task_tags INDEXED BY task_tags_tag WHERE tag = ?", [owned(tag)])
        }
        Test::Category(None) => Piece::new(
            "SELECT id FROM tasks INDEXED BY tasks_by_category WHERE deleted_at IS NULL AND category > ''",
            [],
        ),
        Test::Category(Some((name, below))) => {
            let of = "SELECT id FROM tasks INDEXED BY tasks_by_category WHERE deleted_at IS NULL AND category";
            let mut piece = Piece::new(format!("{of} = ?"), [owned(name)]);
            if *below {
                piece.sql = format!("{} UNION ALL {of} >= ? AND category < ?", piece.sql);
                piece.values.extend([owned(&format!("{name}/")), owned(&format!("{name}0"))]);
            }
            piece
        }
        Test::Contains(_, wanted) | Test::Name(wanted) => {
            return Ok(text(db, wanted, &Sample::read(db)?)?.map(|text| (text.piece, false)));
        }
        Test::Field(name, test) => {
            let test = field(test);
            Piece {
                sql: format!(
                    "SELECT task_id FROM task_fields INDEXED BY task_fields_name WHERE name = ? AND {}",
                    test.sql
                ),
                values: [owned(name)].into_iter().chain(test.values).collect(),
            }
        }
    };
    Ok(Some((piece, true)))
}

/// Tasks by which it is guessed how many have a part of a filter.
const SAMPLED: usize = 300;

/// What stands in some tasks anywhere.
pub(super) struct Sample {
    /// About how many tasks there are.
    pub(super) tasks: usize,
    words: Vec<String>,
}

impl Sample {
    /// Numbers that tasks may have, of this many tasks, always the same.
    pub(super) fn ids(tasks: usize) -> Sql {
        let mut chance = 0x9E37_79B9_7F4A_7C15_u64;
        let ids = (0..SAMPLED).map(|_| {
            chance ^= chance << 13;
            chance ^= chance >> 7;
            chance ^= chance << 17;
            (chance % tasks.max(1) as u64 + 1).to_string()
        });
        format!("[{}]", ids.collect::<Vec<_>>().join(",")).into()
    }

    /// About how many tasks there are.
    pub(super) fn tasks(db: &Db) -> Result<usize> {
        let last: i64 = db.prepare_cached("SELECT coalesce(max(id), 0) FROM tasks")?.query_row([], |row| row.get(0))?;
        Ok(last as usize)
    }

    pub(super) fn read(db: &Db) -> Result<Self> {
        let tasks = Self::tasks(db)?;
        let mut query = db.prepare_cached(
            "SELECT words FROM tasks WHERE deleted_at IS NULL AND id IN (SELECT value FROM json_each(?1))",
        )?;
        let words = query.query_map([Self::ids(tasks)], |row| Ok(row.get::<_, String>(0)?.to_lowercase()))?;
        Ok(Self { tasks, words: words.collect::<rusqlite::Result<_>>()? })
    }

    /// How many tasks have it, more or less.
    fn weight(&self, part: &str) -> usize {
        let finder = memchr::memmem::Finder::new(part);
        let have = self.words.iter().filter(|words| finder.find(words.as_bytes()).is_some()).count();
        have * self.tasks / self.words.len().max(1)
    }
}

/// From where the tasks are read that may have a text, and about how many these are.
pub(super) struct Text {
    pub(super) piece: Piece,
    pub(super) weight: usize,
}

/// So many parts of a text are looked for; more make hardly a difference.
const PARTS: usize = 5;

/// What begins with one or two letters is not looked for when so many texts have it: then it is found soon without an index.
const COMMON: usize = 50_000;

/// How a text is looked for by its parts of three letters; `None`: no index knows.
pub(super) fn text(db: &Db, text: &str, sample: &Sample) -> Result<Option<Text>> {
    let letters: Vec<char> = text.chars().collect();
    if letters.is_empty() || letters.contains(&'\0') || (letters.len() < 3 && !text.is_ascii()) {
        return Ok(None);
    }
    let quoted = |part: &str| format!("\"{}\"", part.replace('"', "\"\""));
    let found = |wanted: String, weight| {
        let piece = Piece::new("SELECT rowid FROM task_words WHERE task_words MATCH ?", [wanted.into()]);
        Ok(Some(Text { piece, weight }))
    };
    if letters.len() >= 3 {
        let mut parts: Vec<(usize, String)> = letters
            .windows(3)
            .map(|part| part.iter().collect::<String>())
            .map(|part| (sample.weight(&part.to_lowercase()), part))
            .collect();
        parts.sort_unstable();
        parts.dedup();
        // To read what is frequent takes longer than to look at the tasks that the rarest leaves.
        let rare = parts.partition_point(|(weight, _)| *weight == 0).max(1);
        let weight = parts.first().map_or(0, |(weight, _)| *weight);
        let all = parts[..rare].iter().step_by(rare.div_ceil(PARTS)).map(|(_, part)| quoted(part));
        return found(all.collect::<Vec<_>>().join(" AND "), weight);
    }
    // Of one or two letters: what begins with them.
    let begin = text.to_ascii_lowercase();
    let mut query =
        db.prepare_cached("SELECT term, doc FROM task_parts WHERE term >= ?1 AND term < ?1 || char(1114111)")?;
    let mut rows = query.query([&begin])?;
    let (mut all, mut texts) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        all.push(quoted(&row.get::<_, String>("term")?));
        texts += row.get::<_, i64>("doc")? as usize;
        if texts > COMMON {
            return Ok(None);
        }
    }
    if all.is_empty() {
        return Ok(Some(Text { piece: Piece::new("SELECT 0 WHERE 0", []), weight: 0 }));
    }
    found(all.join(" OR "), texts)
}
