//! A stored record as `GetRecords` shows it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::names::sequence_number;
use super::store::Stored;

/// The record's JSON and its size in bytes.
pub(super) fn shown(stored: &Stored, view: &str, region: &str) -> (Value, usize) {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let keys = read(&stored.keys);
    let mut size = item_size(&keys);
    let mut change = json!({
        "ApproximateCreationDateTime": stored.created,
        "Keys": keys,
    });
    for (name, image) in [
        ("NewImage", &stored.new_image),
        ("OldImage", &stored.old_image),
    ] {
        if let Some(image) = image {
            let image = read(image);
            size += item_size(&image);
            change[name] = image;
        }
    }
    change["SequenceNumber"] = sequence_number(stored.number).into();
    change["SizeBytes"] = size.into();
    change["StreamViewType"] = view.into();
    let mut record = json!({
        "eventID": stored.event_id,
        "eventName": stored.event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": region,
        "dynamodb": change,
    });
    if stored.by_service {
        record["userIdentity"] = json!({
            "PrincipalId": "dynamodb.amazonaws.com",
            "Type": "Service",
        });
    }
    (record, size)
}

/// Whether a write left the item as it was: DynamoDB records no such write (AWS
/// docs, "Change data capture for DynamoDB Streams"), dynoxide does. Seen only
/// where the record has both images.
pub(super) fn changes_nothing(stored: &Stored) -> bool {
    let read = |text: &String| serde_json::from_str::<Value>(text).ok();
    stored.event_name == "MODIFY"
        && stored.new_image.as_ref().and_then(read) == stored.old_image.as_ref().and_then(read)
        && stored.new_image.is_some()
}

/// The size of attributes (AWS docs, "DynamoDB item sizes and formats").
fn item_size(item: &Value) -> usize {
    item.as_object().map_or(0, |attributes| {
        attributes
            .iter()
            .map(|(name, value)| name.len() + value_size(value))
            .sum()
    })
}

fn value_size(value: &Value) -> usize {
    let Some((kind, value)) = value
        .as_object()
        .and_then(|typed: &Map<_, _>| typed.iter().next())
    else {
        return 0;
    };
    let text = value.as_str().unwrap_or_default();
    let all = |size: fn(&str) -> usize| -> usize {
        value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(size)
            .sum()
    };
    match kind.as_str() {
        "S" => text.len(),
        "N" => number_size(text),
        "B" => binary_size(text),
        "SS" => all(str::len),
        "NS" => all(number_size),
        "BS" => all(binary_size),
        // Three bytes for the list or map itself and one for each of its elements.
        "L" => {
            let elements = value.as_array().into_iter().flatten();
            3 + elements
                .map(|element| 1 + value_size(element))
                .sum::<usize>()
        }
        "M" => {
            let elements = value.as_object().into_iter().flatten();
            3 + elements
                .map(|(name, element)| 1 + name.len() + value_size(element))
                .sum::<usize>()
        }
        // BOOL and NULL.
        _ => 1,
    }
}

/// One byte for two significant digits, one more, and one for a sign.
fn number_size(text: &str) -> usize {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_start_matches('0');
    let significant = match mantissa.contains('.') {
        true => significant,
        false => significant.trim_end_matches('0'),
    };
    significant.len().div_ceil(2) + 1 + usize::from(text.starts_with('-'))
}

fn binary_size(text: &str) -> usize {
    STANDARD
        .decode(text)
        .map_or(text.len(), |bytes| bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> Stored {
        Stored {
            event_id: "e1".to_owned(),
            event_name: "MODIFY".to_owned(),
            keys: r#"{"Id":{"N":"101"}}"#.to_owned(),
            new_image: Some(
                r#"{"Message":{"S":"This item has changed"},"Id":{"N":"101"}}"#.to_owned(),
            ),
            old_image: Some(r#"{"Message":{"S":"New item!"},"Id":{"N":"101"}}"#.to_owned()),
            number: 5,
            created: 1_763_725_033,
            by_service: false,
        }
    }

    #[test]
    fn a_record_is_of_the_documented_shape_and_size() {
        let (record, size) = shown(&stored(), "NEW_AND_OLD_IMAGES", "eu-west-2");
        // The example of the AWS docs, "Amazon DynamoDB stream as a source".
        assert_eq!(size, 59);
        insta::assert_snapshot!(record.to_string(), @r#"{"eventID":"e1","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-2","dynamodb":{"ApproximateCreationDateTime":1763725033,"Keys":{"Id":{"N":"101"}},"NewImage":{"Message":{"S":"This item has changed"},"Id":{"N":"101"}},"OldImage":{"Message":{"S":"New item!"},"Id":{"N":"101"}},"SequenceNumber":"100000000000000000005","SizeBytes":59,"StreamViewType":"NEW_AND_OLD_IMAGES"}}"#);
    }

    #[test]
    fn what_the_service_deleted_says_so() {
        let expired = Stored {
            by_service: true,
            ..stored()
        };
        let (record, _) = shown(&expired, "KEYS_ONLY", "us-east-1");
        assert_eq!(
            record["userIdentity"],
            json!({"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"})
        );
    }

    #[test]
    fn every_type_has_its_size() {
        for (value, size) in [
            (json!({"S": "héllo"}), 6),
            (json!({"N": "-12.5"}), 4),
            (json!({"N": "1000"}), 2),
            (json!({"B": "AAEC"}), 3),
            (json!({"BOOL": true}), 1),
            (json!({"NULL": true}), 1),
            (json!({"SS": ["a", "bc"]}), 3),
            (json!({"NS": ["1", "2"]}), 4),
            (json!({"L": [{"S": "a"}, {"N": "1"}]}), 8),
            (json!({"M": {"k": {"S": "ab"}}}), 7),
        ] {
            assert_eq!(value_size(&value), size, "{value}");
        }
    }
}
