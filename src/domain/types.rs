//! Types of tasks that the settings declare, and what the fields of their tasks may hold.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::quantity::parse_time;

/// The types that the settings declare.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Types {
    /// By their names.
    pub declared: BTreeMap<String, TaskType>,
    /// What is wrong with the settings, so that some of them may be missing: `config.toml:3: types has ...`.
    pub wrong: Option<String>,
}

/// The fields of a type by their names.
pub type TaskType = BTreeMap<String, Shape>;

/// What a field may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Anything.
    Text,
    /// A number, with or without a fraction.
    Number,
    /// A day.
    Date,
    /// One of these words.
    Choice(Vec<String>),
}

impl Shape {
    /// A value in its canonical form.
    ///
    /// # Errors
    /// What would be right.
    pub fn read(&self, value: &str, zone: &TimeZone, now: Timestamp) -> Result<String, String> {
        match self {
            Self::Text => Ok(value.to_owned()),
            Self::Number => number(value).ok_or_else(|| format!("`{value}` is not a number; write it as in 3 or 2.5")),
            Self::Date => {
                let day = value
                    .parse::<Date>()
                    .or_else(|_| parse_time(value, zone, now).map(|at| zone.to_datetime(at).date()));
                day.map(|day| day.to_string())
                    .map_err(|_| format!("`{value}` is not a day; write it as in 2026-12-24 or tomorrow"))
            }
            Self::Choice(words) => words
                .iter()
                .find(|word| word.to_lowercase() == value.to_lowercase())
                .cloned()
                .ok_or_else(|| format!("`{value}` is not one of {}", words.join(", "))),
        }
    }
}

fn number(value: &str) -> Option<String> {
    if let Ok(whole) = value.parse::<i64>() {
        return Some(whole.to_string());
    }
    let plain = value.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
    value.parse::<f64>().ok().filter(|number| plain && number.is_finite()).map(|number| number.to_string())
}

impl Types {
    /// Brings the fields of a task of this type into their canonical form: those that are not as they were `before`, and all of them
    /// when the type is another one.
    ///
    /// # Errors
    /// `type: ...` or `field: ...`, with the types or fields that there are.
    pub fn settle(
        &self,
        (task_type, fields): (Option<&str>, &mut BTreeMap<String, String>),
        before: (Option<&str>, &BTreeMap<String, String>),
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<(), String> {
        if (task_type, &*fields) == before {
            return Ok(());
        }
        let Some(name) = task_type else {
            return match fields.keys().next() {
                None => Ok(()),
                Some(field) => Err(format!(
                    "field: without a type it has no {field}; give it one, or take the field away with field={field}="
                )),
            };
        };
        let declared =
            self.declared.get(name).ok_or_else(|| format!("type: there is no type `{name}`; {}", self.names()))?;
        for (field, value) in
            fields.iter_mut().filter(|(field, value)| task_type != before.0 || before.1.get(*field) != Some(*value))
        {
            let shape = declared.get(field).ok_or_else(|| {
                let names: Vec<&str> = declared.keys().map(String::as_str).collect();
                let has = if names.is_empty() { "has none".to_owned() } else { format!("has {}", names.join(", ")) };
                let wrong = self.wrong.as_ref().map_or_else(String::new, |wrong| format!("; but {wrong}"));
                format!("field: the type {name} has no field `{field}`; it {has}{wrong}")
            })?;
            *value = shape.read(value, zone, now).map_err(|e| format!("field: {field}: {e}"))?;
        }
        Ok(())
    }

    fn names(&self) -> String {
        if let Some(wrong) = &self.wrong {
            return format!("not all that are declared can be read: {wrong}");
        }
        if self.declared.is_empty() {
            return "none are declared: write [types.NAME] with its fields into config.toml".to_owned();
        }
        let names: Vec<&str> = self.declared.keys().map(String::as_str).collect();
        format!("config.toml declares {}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types() -> Types {
        let order = [
            ("customer", Shape::Text),
            ("hours", Shape::Number),
            ("due-to-ship", Shape::Date),
            ("state", Shape::Choice(vec!["new".to_owned(), "Paid".to_owned()])),
        ];
        let order = order.map(|(name, shape)| (name.to_owned(), shape)).into();
        Types { declared: [("order".to_owned(), order), ("bug".to_owned(), TaskType::new())].into(), wrong: None }
    }

    fn fields(all: &[(&str, &str)]) -> BTreeMap<String, String> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn settle(
        task_type: Option<&str>,
        all: &[(&str, &str)],
        before: (Option<&str>, &[(&str, &str)]),
    ) -> Result<BTreeMap<String, String>, String> {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut all = fields(all);
        types().settle((task_type, &mut all), (before.0, &fields(before.1)), &TimeZone::UTC, now).map(|()| all)
    }

    #[test]
    fn a1_the_fields_of_a_type_are_checked_and_kept_in_one_form() {
        let all = [("customer", "Acme & Sons"), ("hours", "2.50"), ("due-to-ship", "tomorrow"), ("state", "paid")];
        let expected =
            fields(&[("customer", "Acme & Sons"), ("hours", "2.5"), ("due-to-ship", "2026-11-23"), ("state", "Paid")]);
        let settled = settle(Some("order"), &all, (None, &[])).unwrap();
        assert_eq!(settled, expected);
        let again: Vec<(&str, &str)> = settled.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(settle(Some("order"), &again, (None, &[])), Ok(expected));
        for (number, canonical) in [("007", "7"), ("-3", "-3"), ("1e3", "1000"), ("+2", "2")] {
            assert_eq!(settle(Some("order"), &[("hours", number)], (None, &[])), Ok(fields(&[("hours", canonical)])));
        }
    }

    #[test]
    fn x1_a_wrong_type_field_or_value_says_what_would_be_right() {
        for (task_type, field, expected) in [
            (Some("ordr"), ("hours", "3"), "type: there is no type `ordr`; config.toml declares bug, order"),
            (
                Some("order"),
                ("hour", "3"),
                "field: the type order has no field `hour`; it has customer, due-to-ship, hours, state",
            ),
            (Some("bug"), ("hours", "3"), "field: the type bug has no field `hours`; it has none"),
            (None, ("hours", "3"), "field: without a type it has no hours"),
            (Some("order"), ("hours", "three"), "field: hours: `three` is not a number"),
            (Some("order"), ("hours", "inf"), "field: hours: `inf` is not a number"),
            (Some("order"), ("due-to-ship", "soon"), "field: due-to-ship: `soon` is not a day"),
            (Some("order"), ("state", "old"), "field: state: `old` is not one of new, Paid"),
        ] {
            let e = settle(task_type, &[field], (None, &[])).unwrap_err();
            assert!(e.contains(expected), "{e}");
        }
        let e = Types::default().settle(
            (Some("order"), &mut BTreeMap::new()),
            (None, &BTreeMap::new()),
            &TimeZone::UTC,
            Timestamp::UNIX_EPOCH,
        );
        assert!(e.unwrap_err().contains("none are declared"));
        let wrong = Types { wrong: Some("config.toml:3: types has order.hours = 3".to_owned()), ..types() };
        let said = |name, field: &str| {
            let (mut fields, none) = (fields(&[(field, "1")]), BTreeMap::new());
            wrong.settle((Some(name), &mut fields), (None, &none), &TimeZone::UTC, Timestamp::UNIX_EPOCH).unwrap_err()
        };
        assert!(said("parcel", "a").ends_with("can be read: config.toml:3: types has order.hours = 3"));
        assert!(said("order", "weight").ends_with("state; but config.toml:3: types has order.hours = 3"));
    }

    #[test]
    fn a1_what_is_left_as_it_was_is_not_asked_for_again_when_its_type_is_no_longer_declared() {
        let old: &[(&str, &str)] = &[("weight", "3 kg")];
        assert!(settle(Some("parcel"), old, (Some("parcel"), old)).is_ok());
        assert!(settle(Some("order"), &[("weight", "3 kg"), ("hours", "1")], (Some("order"), old)).is_ok());
        assert!(settle(Some("order"), old, (Some("parcel"), old)).is_err());
    }
}
