//! What EventBridge Pipes sends for a DynamoDB stream: a JSON array of the stream's records,
//! without a wrapper (AWS docs, "Amazon EventBridge Pipes sources": DynamoDB).

use serde_json::Value;

/// Who registered for what: the key of the table, whom to thank, and with which words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// E.164.
    pub phone: String,
    /// Id of the event.
    pub event: String,
    /// As the visitor wrote it.
    pub name: String,
    /// The visitor's address, where there is one.
    pub email: Option<String>,
    /// What the event was called when the visitor registered. Items of earlier versions have none.
    pub event_name: Option<String>,
    /// The text of the SMS as it was then, with its placeholders.
    pub sms_text: Option<String>,
}

impl Registration {
    /// Reads an item, whose texts are told by their names.
    ///
    /// # Errors
    ///
    /// What is missing.
    pub fn read<'item>(text: impl Fn(&str) -> Option<&'item str>) -> Result<Self, &'static str> {
        let needed = |name, missing| text(name).map(str::to_owned).ok_or(missing);
        let given = |name| {
            text(name)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        Ok(Self {
            phone: needed("phone", "phone is no string")?,
            event: needed("event", "event is no string")?,
            name: needed("name", "name is no string")?,
            email: given("email"),
            event_name: given("eventName"),
            sms_text: given("smsText"),
        })
    }
}

/// One record of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A new registration.
    New {
        /// `eventID`: what a partial failure names the record by (AWS docs, "Amazon EventBridge
        /// Pipes batching and concurrency").
        id: String,
        /// The registration.
        registration: Registration,
    },
    /// A change or a removal: nothing to confirm.
    Other,
    /// Another try would find the same.
    Malformed {
        /// `eventID`, if there is one.
        id: Option<String>,
        /// What is missing or wrong.
        reason: &'static str,
    },
}

/// Reads a record.
#[must_use]
pub fn read(record: &Value) -> Record {
    let id = record["eventID"]
        .as_str()
        .filter(|id| !id.is_empty())
        .map(ToOwned::to_owned);
    match record["eventName"].as_str() {
        Some("INSERT") => {}
        Some("MODIFY" | "REMOVE") => return Record::Other,
        _ => {
            let reason = "eventName is none of INSERT, MODIFY and REMOVE";
            return Record::Malformed { id, reason };
        }
    }
    match (id, registration(&record["dynamodb"]["NewImage"])) {
        (Some(id), Ok(registration)) => Record::New { id, registration },
        (None, Ok(_)) => Record::Malformed {
            id: None,
            reason: "there is no eventID",
        },
        (id, Err(reason)) => Record::Malformed { id, reason },
    }
}

fn registration(image: &Value) -> Result<Registration, &'static str> {
    let registration = Registration::read(|name| image[name]["S"].as_str())?;
    if !is_e164(&registration.phone) {
        return Err("phone is not E.164");
    }
    Ok(registration)
}

/// A plus sign and up to fifteen digits, the first not 0 (ITU-T E.164). Fewer than seven are
/// nobody's mobile number.
fn is_e164(phone: &str) -> bool {
    phone.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_new_item_is_a_registration() {
        let record = json!({
            "eventID": "e1", "eventName": "INSERT", "eventSource": "aws:dynamodb",
            "dynamodb": { "SequenceNumber": "111", "NewImage": {
                "phone": { "S": "+14155550123" }, "event": { "S": "open-house" },
                "name": { "S": "Ada Lovelace" }, "year": { "N": "2" },
                "email": { "S": "ada@example.com" }, "eventName": { "S": "Open House" },
                "smsText": { "S": "{name}: {event}" } } }
        });
        assert_eq!(
            read(&record),
            Record::New {
                id: "e1".to_owned(),
                registration: Registration {
                    phone: "+14155550123".to_owned(),
                    event: "open-house".to_owned(),
                    name: "Ada Lovelace".to_owned(),
                    email: Some("ada@example.com".to_owned()),
                    event_name: Some("Open House".to_owned()),
                    sms_text: Some("{name}: {event}".to_owned()),
                }
            }
        );
    }

    #[test]
    fn a_change_and_a_removal_are_none() {
        assert_eq!(read(&json!({ "eventName": "MODIFY" })), Record::Other);
        assert_eq!(read(&json!({ "eventName": "REMOVE" })), Record::Other);
    }

    #[test]
    fn numbers_are_e164() {
        for good in ["+14155550123", "+442079460018", "+1234567"] {
            assert!(is_e164(good), "{good}");
        }
        for bad in [
            "",
            "+",
            "14155550123",
            "+04155550123",
            "+1415555012345678",
            "+123456",
            "+1415٣550123",
            "+1 415",
        ] {
            assert!(!is_e164(bad), "{bad}");
        }
    }
}
