//! What is answered: the flat map of strings that Amazon Connect takes.

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::date;
use crate::number::NumberError;
use crate::settings::Settings;
use crate::table::{AttributeValue, CONTACT_ID, DATE_BEFORE, KEY, LAST_CALL_DATE, Row, TableError};
use crate::text::text;

/// The keys that are the function's. An attribute of such a name is never answered, neither in
/// place of the function's word nor where the function has none to say.
const RESERVED: &[&str] = &[
    "Attribute1Known",
    "Attribute2Known",
    "Attribute3Known",
    "CalledBefore",
    "Found",
    "LastCallDateSpoken",
    "NameKnown",
    "Reason",
];

/// What the function itself keeps in a row.
const KEPT_BY_THE_FUNCTION: &[&str] = &[CONTACT_ID, DATE_BEFORE];

/// Most bytes of an answer, as UTF-8 (Amazon Connect Administrator Guide, "Invoke Lambda
/// functions": 32 KB). More takes the flow to its error branch.
pub const MAXIMUM_BYTES: usize = 32 * 1024;

/// Why there is no row to tell of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotFound {
    /// There was no number to look up.
    Number(NumberError),
    /// No customer has the number.
    Unknown {
        /// E.164.
        number: String,
    },
    /// The table could not be asked.
    Table {
        /// E.164.
        number: String,
        /// What it failed of.
        error: TableError,
    },
    /// The event is none that this function knows.
    Event,
}

impl NotFound {
    /// A word for flows to branch on.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Number(error) => error.code(),
            Self::Unknown { .. } => "not_found",
            Self::Table { error, .. } => error.reason(),
            Self::Event => "unknown_event",
        }
    }
}

/// An answer, and what did not fit in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Flat, and every value a string.
    pub map: Map<String, Value>,
    /// Names of the row's attributes that were left out, in alphabetical order.
    pub left_out: Vec<String>,
    /// Names of the row's attributes that pass for the function's own keys, and so are not
    /// answered, in alphabetical order.
    pub reserved: Vec<String>,
}

/// The answer without a customer: `Found` = `false`, `Reason`, and `CalledNumber` when the number is
/// known.
#[must_use]
pub fn not_found(why: &NotFound) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("Found".to_owned(), "false".into());
    map.insert("Reason".to_owned(), why.reason().into());
    if let NotFound::Unknown { number } | NotFound::Table { number, .. } = why {
        map.insert(KEY.to_owned(), number.as_str().into());
    }
    map
}

/// The answer about a customer: every attribute of the row as [`text`], and the function's own keys.
/// Flows cannot ask whether a value is empty, hence the keys with `true` and `false`:
///
/// - `Found` = `true`;
/// - `NameKnown`: whether `FirstName` is in the answer to greet with;
/// - `CalledBefore`: whether `LastCallDate` is a date, and then `LastCallDateSpoken`, its day in
///   the zone of the settings, in words;
/// - `Attribute1Known` and so on: whether the first attribute that the settings name is in the
///   answer and not empty.
///
/// When this is more than `maximum` bytes, the largest attributes are left out.
#[must_use]
pub fn found(row: &Row, settings: &Settings, maximum: usize) -> Answer {
    let is_reserved = |name: &str| RESERVED.contains(&name);
    let mut attributes: Vec<(&String, Value)> = row
        .iter()
        .filter(|(name, _)| !is_reserved(name) && !KEPT_BY_THE_FUNCTION.contains(&name.as_str()))
        .map(|(name, value)| (name, Value::from(text(value))))
        .collect();
    // Largest first, so that as few as possible are left out; of the same size by name.
    attributes.sort_by_cached_key(|(name, value)| (std::cmp::Reverse(size(name, value)), *name));
    // What is left out makes `true` into the longer `false`.
    let own_size: usize = own(row, settings, &|_| false)
        .iter()
        .map(|(name, value)| size(name, value))
        .sum();
    let mut total = own_size
        + attributes
            .iter()
            .map(|(name, value)| size(name, value))
            .sum::<usize>()
        // The braces; each member is counted with a comma, one more than there are.
        + 1;
    let mut left_out = Vec::new();
    let mut kept = Vec::new();
    for (name, value) in attributes {
        if total > maximum {
            total -= size(name, &value);
            left_out.push(name.clone());
        } else {
            kept.push((name, value));
        }
    }
    left_out.sort();
    kept.sort_by_key(|(name, _)| *name);
    let is_told = |name: &str| {
        kept.iter()
            .any(|(kept, value)| *kept == name && value != &Value::from(""))
    };
    let mut map = own(row, settings, &is_told);
    map.extend(
        kept.iter()
            .map(|(name, value)| ((*name).clone(), value.clone())),
    );
    Answer {
        map,
        left_out,
        reserved: row
            .keys()
            .filter(|name| is_reserved(name))
            .cloned()
            .collect(),
    }
}

/// The function's own keys, of which some depend on what else is told.
fn own(row: &Row, settings: &Settings, is_told: &dyn Fn(&str) -> bool) -> Map<String, Value> {
    let string = |name: &str| match row.get(name) {
        Some(AttributeValue::S(text)) => Some(text.trim()).filter(|text| !text.is_empty()),
        _ => None,
    };
    let name_known = string("FirstName").is_some() && is_told("FirstName");
    let zone = settings.zone.as_ref().unwrap_or(&TimeZone::UTC);
    let last_call = string(LAST_CALL_DATE).and_then(|text| date::day(text, zone));
    let mut map = Map::new();
    let mut put = |name: &str, value: String| map.insert(name.to_owned(), value.into());
    put("Found", "true".to_owned());
    put("NameKnown", name_known.to_string());
    put("CalledBefore", last_call.is_some().to_string());
    if let Some(day) = last_call {
        put("LastCallDateSpoken", date::spoken(day));
    }
    for (index, name) in settings.attributes.iter().enumerate() {
        put(
            &format!("Attribute{}Known", index + 1),
            is_told(name).to_string(),
        );
    }
    map
}

/// Bytes of a member in the answer, with its colon and comma.
fn size(name: &str, value: &Value) -> usize {
    let text = value.as_str().unwrap_or_default();
    quoted(name) + quoted(text) + 2
}

/// Bytes of a text as JSON, in its quotes.
fn quoted(text: &str) -> usize {
    Value::from(text).to_string().len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    fn row(attributes: &[(&str, AttributeValue)]) -> Row {
        attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect()
    }

    fn plain() -> Settings {
        Settings::read(|_| None)
    }

    fn json(row: &Row) -> String {
        Value::from(found(row, &plain(), MAXIMUM_BYTES).map).to_string()
    }

    #[test]
    fn a_row_with_all_that_is_greeted_with() {
        let row = row(&[
            ("CalledNumber", s("+12065550101")),
            ("FirstName", s("Robin")),
            ("LastCallDate", s("2026-03-09T14:05:00Z")),
            ("CallCount", AttributeValue::N("7".to_owned())),
        ]);
        assert_eq!(
            json(&row),
            r#"{"Found":"true","NameKnown":"true","CalledBefore":"true","LastCallDateSpoken":"Monday, March 9, 2026","CallCount":"7","CalledNumber":"+12065550101","FirstName":"Robin","LastCallDate":"2026-03-09T14:05:00Z"}"#
        );
    }

    #[test]
    fn a_row_with_nothing_to_greet_with() {
        for odd in [
            row(&[("CalledNumber", s("+1"))]),
            row(&[("FirstName", s(" ")), ("LastCallDate", s("yesterday"))]),
            row(&[
                ("FirstName", AttributeValue::Null(true)),
                ("LastCallDate", AttributeValue::N("3".to_owned())),
            ]),
        ] {
            let map = found(&odd, &plain(), MAXIMUM_BYTES).map;
            assert_eq!(map["Found"], "true");
            assert_eq!(map["NameKnown"], "false");
            assert_eq!(map["CalledBefore"], "false");
            assert!(!map.contains_key("LastCallDateSpoken"));
        }
    }

    #[test]
    fn an_attribute_cannot_pass_for_the_function_s_own_words() {
        let row = row(&[
            ("Found", s("false")),
            ("NameKnown", s("true")),
            ("CalledBefore", s("true")),
        ]);
        assert_eq!(
            json(&row),
            r#"{"Found":"true","NameKnown":"false","CalledBefore":"false"}"#
        );
    }

    #[test]
    fn nor_where_the_function_has_nothing_to_say() {
        let row = row(&[
            ("FirstName", s("Robin")),
            ("LastCallDateSpoken", s("never")),
            ("Reason", s("not_found")),
            ("Attribute3Known", s("true")),
            (CONTACT_ID, s("5ca32fbd")),
            (DATE_BEFORE, s("")),
        ]);
        let answer = found(&row, &plain(), MAXIMUM_BYTES);
        assert_eq!(
            Value::from(answer.map).to_string(),
            r#"{"Found":"true","NameKnown":"true","CalledBefore":"false","FirstName":"Robin"}"#
        );
        assert_eq!(
            answer.reserved,
            ["Attribute3Known", "LastCallDateSpoken", "Reason"]
        );
    }

    #[test]
    fn nobody_is_greeted_by_a_name_that_is_left_out() {
        let row = row(&[
            ("FirstName", s(&"é\"".repeat(20_000))),
            ("LastCallDate", s("2026-03-09T14:05:00Z")),
        ]);
        let map = found(&row, &plain(), MAXIMUM_BYTES).map;
        assert!(!map.contains_key("FirstName"));
        assert_eq!(map["NameKnown"], "false");
        assert_eq!(map["CalledBefore"], "true");
    }

    #[test]
    fn attributes_that_are_asked_for_are_known_when_they_are_told() {
        let settings = Settings::read(|name| {
            (name == "CONTACT_ATTRIBUTES").then(|| "Tier,Segment,Photo".to_owned())
        });
        let row = row(&[
            ("Tier", s("gold")),
            ("Segment", s("")),
            ("Photo", s(&"p".repeat(40_000))),
        ]);
        let map = found(&row, &settings, MAXIMUM_BYTES).map;
        assert_eq!(map["Attribute1Known"], "true");
        assert_eq!(map["Attribute2Known"], "false");
        assert_eq!(map["Attribute3Known"], "false");
    }

    #[test]
    fn the_largest_are_left_out_when_not_all_fits() {
        let row = row(&[
            ("CalledNumber", s("+12065550101")),
            ("FirstName", s("Robin")),
            ("History", s(&"h".repeat(20_000))),
            ("Notes", s(&"\n".repeat(9_000))),
            ("Photo", s(&"p".repeat(300_000))),
        ]);
        let answer = found(&row, &plain(), MAXIMUM_BYTES);
        // The notes are the smaller on paper and nearly as large as JSON.
        assert_eq!(answer.left_out, ["History", "Photo"]);
        assert_eq!(answer.map["FirstName"], "Robin");
        assert!(answer.map.contains_key("Notes"));
    }

    #[test]
    fn without_a_customer_there_is_a_reason() {
        let json = |why| Value::from(not_found(&why)).to_string();
        assert_eq!(
            json(NotFound::Number(NumberError::Withheld)),
            r#"{"Found":"false","Reason":"withheld"}"#
        );
        let number = "+12065550199".to_owned();
        assert_eq!(
            json(NotFound::Unknown { number }),
            r#"{"Found":"false","Reason":"not_found","CalledNumber":"+12065550199"}"#
        );
    }

    proptest! {
        #[test]
        fn an_answer_fits_and_leaves_out_no_more_than_it_must(
            sizes in proptest::collection::btree_map("\\PC{1,8}", 0_usize..400, 0..20),
            maximum in 100_usize..2_000,
        ) {
            let settings = Settings::read(|name| (name == "CONTACT_ATTRIBUTES").then(|| "a,b".to_owned()));
            let row: Row = sizes.iter().map(|(name, size)| (name.clone(), s(&"é\"".repeat(*size)))).collect();
            let answer = found(&row, &settings, maximum);
            let length = Value::from(answer.map.clone()).to_string().len();
            prop_assert!(length <= maximum || answer.map.len() == 5, "{} bytes", length);
            prop_assert!(answer.map.values().all(Value::is_string));
            // The smallest that was left out would not have fitted beside the others.
            let smallest = answer.left_out.iter().map(|name| size(name, &text(&row[name]).into())).min();
            if let Some(smallest) = smallest {
                // Three keys were counted as the longer `false`.
                prop_assert!(length + smallest + 3 > maximum);
            }
        }
    }
}
