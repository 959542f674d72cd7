//! An item of the table as DynamoDB has it, and the update that makes it what is wanted. Pure.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::table::{Stored, TableError};

/// What every item in the index of the last callers has under `recent`.
pub(crate) const RECENT: &str = "caller";

/// The attributes of an item beside its key.
fn attributes(item: &Stored) -> BTreeMap<&'static str, AttributeValue> {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let number = |value: u64| AttributeValue::N(value.to_string());
    let numbers = item.vanity_numbers.iter().map(|number| text(number));
    let mut attributes = BTreeMap::from([
        ("vanityNumbers", AttributeValue::L(numbers.collect())),
        ("wordListVersion", text(&item.word_list_version)),
    ]);
    if let Some(called_at) = item.called_at {
        attributes.insert("calledAt", number(called_at));
        attributes.insert("recent", text(RECENT));
    }
    if let Some(contact) = &item.first_contact {
        attributes.insert("firstContactId", text(contact));
    }
    if let Some(chosen) = &item.chosen_number {
        attributes.insert("chosenNumber", text(chosen));
    }
    if let Some(expires_at) = item.expires_at {
        attributes.insert("expiresAt", number(expires_at));
    }
    attributes
}

/// What an `UpdateItem` is given beside table and key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Update {
    pub expression: String,
    pub condition: String,
    pub values: HashMap<String, AttributeValue>,
}

/// Writes what differs, if words and lifetime are still those that were read.
pub(crate) fn update(wanted: &Stored, read: Option<&Stored>) -> Update {
    let after = attributes(wanted);
    let before = read.map(attributes).unwrap_or_default();
    let mut values = HashMap::new();
    let mut set = Vec::new();
    for (name, value) in &after {
        if before.get(name) != Some(value) {
            set.push(format!("{name} = :{name}"));
            values.insert(format!(":{name}"), value.clone());
        }
    }
    let remove: Vec<_> = before
        .keys()
        .filter(|name| !after.contains_key(*name))
        .copied()
        .collect();
    let clause = |verb: &str, parts: String| match parts.as_str() {
        "" => String::new(),
        parts => format!("{verb} {parts} "),
    };
    let expression = clause("SET", set.join(", ")) + &clause("REMOVE", remove.join(", "));
    let condition = if read.is_none() {
        "attribute_not_exists(phoneNumber)".to_owned()
    } else {
        let unmoved = |name: &'static str| match before.get(name) {
            Some(value) => (format!("{name} = :read_{name}"), Some(value)),
            None => (format!("attribute_not_exists({name})"), None),
        };
        let parts = ["wordListVersion", "expiresAt"].map(|name| {
            let (part, value) = unmoved(name);
            values.extend(value.map(|value| (format!(":read_{name}"), value.clone())));
            part
        });
        parts.join(" AND ")
    };
    Update {
        expression: expression.trim_end().to_owned(),
        condition,
        values,
    }
}

/// Reads an item.
pub(crate) fn stored(item: &HashMap<String, AttributeValue>) -> Result<Stored, TableError> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    let number = |name: &str| item.get(name)?.as_n().ok()?.parse().ok();
    let numbers = item
        .get("vanityNumbers")
        .and_then(|value| value.as_l().ok())
        .map(Vec::as_slice);
    Ok(Stored {
        vanity_numbers: numbers
            .ok_or(TableError::Malformed("vanityNumbers is no list"))?
            .iter()
            .map(|number| number.as_s().cloned())
            .collect::<Result<_, _>>()
            .map_err(|_| {
                TableError::Malformed("vanityNumbers holds something other than strings")
            })?,
        word_list_version: text("wordListVersion")
            .ok_or(TableError::Malformed("wordListVersion is no string"))?,
        called_at: number("calledAt"),
        first_contact: text("firstContactId"),
        chosen_number: text("chosenNumber"),
        expires_at: number("expiresAt"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> Stored {
        Stored {
            vanity_numbers: vec!["+1-800-PAINTER".to_owned(), "+1-800-RAG-OVER".to_owned()],
            word_list_version: "1.abc".to_owned(),
            called_at: Some(1_700_000_000_000),
            first_contact: Some("0f0e0d0c".to_owned()),
            chosen_number: Some("+1-800-PAINTER".to_owned()),
            expires_at: Some(1_800_000_000),
        }
    }

    #[test]
    fn an_item_reads_back_as_it_was_written() {
        let owned = |(name, value): (&str, AttributeValue)| (name.to_owned(), value);
        let attributes = attributes(&item()).into_iter().map(owned).collect();
        assert_eq!(stored(&attributes), Ok(item()));
    }

    #[test]
    fn only_callers_are_in_the_index() {
        let looked_up = Stored {
            called_at: None,
            ..item()
        };
        assert!(!attributes(&looked_up).contains_key("recent"));
        assert!(attributes(&item()).contains_key("recent"));
    }

    #[test]
    fn a_new_item_is_written_only_where_there_is_none() {
        let update = update(&item(), None);
        assert_eq!(update.condition, "attribute_not_exists(phoneNumber)");
        assert_eq!(
            update.expression,
            "SET calledAt = :calledAt, chosenNumber = :chosenNumber, expiresAt = :expiresAt, \
             firstContactId = :firstContactId, recent = :recent, vanityNumbers = :vanityNumbers, \
             wordListVersion = :wordListVersion"
        );
        assert_eq!(update.values.len(), 7);
    }

    #[test]
    fn a_choice_touches_nothing_else_and_wants_the_words_that_were_read() {
        let read = Stored {
            chosen_number: None,
            ..item()
        };
        let update = update(&item(), Some(&read));
        assert_eq!(update.expression, "SET chosenNumber = :chosenNumber");
        assert_eq!(
            update.condition,
            "wordListVersion = :read_wordListVersion AND expiresAt = :read_expiresAt"
        );
        let mut named: Vec<_> = update.values.keys().map(String::as_str).collect();
        named.sort_unstable();
        assert_eq!(
            named,
            [":chosenNumber", ":read_expiresAt", ":read_wordListVersion"]
        );
    }

    #[test]
    fn what_is_wanted_no_more_is_removed() {
        let wanted = Stored {
            chosen_number: None,
            first_contact: None,
            expires_at: None,
            ..item()
        };
        let update = update(&wanted, Some(&item()));
        assert_eq!(
            update.expression,
            "REMOVE chosenNumber, expiresAt, firstContactId"
        );
        let never = super::update(&item(), Some(&wanted));
        assert!(
            never
                .condition
                .ends_with(" AND attribute_not_exists(expiresAt)")
        );
    }

    /// DynamoDB refuses a value that no expression uses, and an expression whose value is missing.
    #[test]
    fn every_value_is_used_and_every_use_has_its_value() {
        let nothing = Stored::default();
        let mut states = vec![None, Some(nothing.clone()), Some(item())];
        for lacking in 0..4 {
            let mut item = item();
            match lacking {
                0 => item.called_at = None,
                1 => item.first_contact = None,
                2 => item.chosen_number = None,
                _ => item.expires_at = None,
            }
            states.push(Some(item));
        }
        for read in &states {
            for wanted in states.iter().flatten() {
                let update = update(wanted, read.as_ref());
                let text = format!("{} {}", update.expression, update.condition);
                let mut used: Vec<&str> = text
                    .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
                    .filter(|word| word.starts_with(':'))
                    .collect();
                used.sort_unstable();
                let mut given: Vec<&str> = update.values.keys().map(String::as_str).collect();
                given.sort_unstable();
                assert_eq!(used, given, "{update:?}");
            }
        }
    }

    #[test]
    fn a_foreign_item_is_malformed_and_no_panic() {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        for item in [
            HashMap::from([("phoneNumber".to_owned(), text("+1"))]),
            HashMap::from([
                ("vanityNumbers".to_owned(), text("PAINTER")),
                ("wordListVersion".to_owned(), text("1")),
            ]),
            HashMap::from([(
                "vanityNumbers".to_owned(),
                AttributeValue::L(vec![AttributeValue::Bool(true)]),
            )]),
        ] {
            assert!(matches!(stored(&item), Err(TableError::Malformed(_))));
        }
    }
}
