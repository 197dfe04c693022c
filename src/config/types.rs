//! The types of tasks as they stand in the settings: `[types.order]`, and a line for each field.

use std::collections::BTreeMap;

use toml::{Spanned, Value};

use super::lenient::line_of;
use crate::domain::types::{Shape, TaskType, Types};

/// What would be right.
const FORM: &str = "\"text\", \"number\", \"date\" or a list of choices such as [\"new\", \"paid\"]";

/// Reads all of them.
///
/// # Errors
/// What is wrong with the first wrong one, as the end of a sentence that begins with `types`.
pub(super) fn read(value: &Value) -> Result<Types, String> {
    let wrong =
        || "takes types with their fields, as in { order = { customer = \"text\", hours = \"number\" } }".to_owned();
    let mut types = BTreeMap::new();
    for (name, fields) in value.as_table().ok_or_else(wrong)? {
        check_name(name)?;
        let fields = fields.as_table().ok_or_else(|| {
            format!("has {name} = {fields}; a type is a table of fields, as in {{ customer = \"text\" }}")
        })?;
        let mut all = TaskType::new();
        for (field, shape) in fields {
            check_name(field)?;
            let shape = shape_of(shape).ok_or_else(|| format!("has {name}.{field} = {shape}; a field is {FORM}"))?;
            all.insert(field.clone(), shape);
        }
        types.insert(name.clone(), all);
    }
    Ok(Types { declared: types, wrong: None })
}

/// As they are written in TOML.
pub(super) fn written(types: &Types) -> String {
    let shape = |shape: &Shape| match shape {
        Shape::Text => Value::String("text".to_owned()),
        Shape::Number => Value::String("number".to_owned()),
        Shape::Date => Value::String("date".to_owned()),
        Shape::Choice(words) => Value::Array(words.iter().cloned().map(Value::String).collect()),
    };
    let fields = |fields: &TaskType| Value::Table(fields.iter().map(|(name, of)| (name.clone(), shape(of))).collect());
    Value::Table(types.declared.iter().map(|(name, of)| (name.clone(), fields(of))).collect()).to_string()
}

/// The line of the first type or field in a text of TOML that is wrong.
pub(super) fn wrong_line(text: &str) -> Option<usize> {
    #[derive(serde::Deserialize)]
    struct File {
        types: BTreeMap<Spanned<String>, Spanned<Value>>,
    }
    #[derive(serde::Deserialize)]
    struct Fields {
        types: BTreeMap<String, BTreeMap<Spanned<String>, Spanned<Value>>>,
    }
    let of_types = toml::from_str::<File>(text).ok()?.types;
    let is_wrong = |(name, fields): &(&Spanned<String>, &Spanned<Value>)| {
        check_name(name.get_ref()).is_err() || !fields.get_ref().is_table()
    };
    if let Some((name, _)) = of_types.iter().find(is_wrong) {
        return Some(line_of(text, name.span().start));
    }
    let fields = toml::from_str::<Fields>(text).ok()?.types;
    let all = fields.values().flat_map(BTreeMap::iter);
    let wrong = all.filter(|(name, shape)| check_name(name.get_ref()).is_err() || shape_of(shape.get_ref()).is_none());
    wrong.map(|(name, _)| line_of(text, name.span().start)).min()
}

fn check_name(name: &str) -> Result<(), String> {
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if is_word { Ok(()) } else { Err(format!("has `{name}`; a name is one word of letters, digits, - and _")) }
}

fn shape_of(value: &Value) -> Option<Shape> {
    match value {
        Value::Array(words) => {
            let words: Vec<String> = words
                .iter()
                .map(|word| {
                    Some(word.as_str()?.trim().to_owned()).filter(|word| !word.is_empty() && !word.contains(';'))
                })
                .collect::<Option<_>>()?;
            Some(words).filter(|words| !words.is_empty()).map(Shape::Choice)
        }
        value => match value.as_str()? {
            "text" => Some(Shape::Text),
            "number" => Some(Shape::Number),
            "date" => Some(Shape::Date),
            _ => None,
        },
    }
}
