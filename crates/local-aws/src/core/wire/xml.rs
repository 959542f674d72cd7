//! JSON values as the XML of the query protocol and of REST services.

use serde_json::{Value, json};

use crate::core::error::ServiceError;

/// What the query protocol calls an entry of a map.
const ENTRY: &str = "entry";

/// A map as the query protocol has it: `<entry><key>…</key><value>…</value></entry>` for each.
pub fn map<'a>(pairs: impl IntoIterator<Item = (&'a String, &'a String)>) -> Value {
    let entries: Vec<Value> = pairs
        .into_iter()
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect();
    json!({ ENTRY: entries })
}

/// `<OpResponse xmlns="…"><OpResult>…</OpResult><ResponseMetadata>…`.
pub fn query_response(
    operation: &str,
    namespace: &str,
    result: Option<&Value>,
    request_id: &str,
) -> String {
    let mut text = format!("<{operation}Response xmlns=\"{namespace}\">");
    if let Some(result) = result {
        element(&mut text, &format!("{operation}Result"), result);
    }
    text.push_str("<ResponseMetadata><RequestId>");
    text.push_str(request_id);
    text.push_str("</RequestId></ResponseMetadata>");
    text.push_str(&format!("</{operation}Response>"));
    text
}

/// `<ErrorResponse><Error>…`.
pub fn query_error(error: &ServiceError, namespace: &str, request_id: &str) -> String {
    let fault = if error.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{fault}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
        escape(&error.code),
        escape(&error.message),
    )
}

/// A document of a REST service: objects become children, arrays the same element
/// again and again (lists are named by their items), null nothing at all.
pub fn document(root: &str, namespace: &str, value: &Value) -> String {
    let mut text = format!("{DECLARATION}<{root} xmlns=\"{namespace}\">");
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| repeated(&mut text, name, value)),
        other => scalar(&mut text, other),
    }
    text.push_str(&format!("</{root}>"));
    text
}

/// `<Error>` of a REST service, with the error's own members between.
pub fn rest_error(error: &ServiceError, request_id: &str) -> String {
    let mut text = format!(
        "{DECLARATION}<Error><Code>{}</Code><Message>{}</Message>",
        escape(&error.code),
        escape(&error.message),
    );
    for (name, value) in error.members.iter() {
        repeated(&mut text, name, value);
    }
    text.push_str(&format!(
        "<RequestId>{request_id}</RequestId><HostId>local</HostId></Error>"
    ));
    text
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

fn repeated(text: &mut String, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| repeated(text, name, item)),
        value => {
            text.push_str(&format!("<{name}>"));
            match value {
                Value::Object(members) => members
                    .iter()
                    .for_each(|(name, value)| repeated(text, name, value)),
                other => scalar(text, other),
            }
            text.push_str(&format!("</{name}>"));
        }
    }
}

fn scalar(text: &mut String, value: &Value) {
    match value {
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::String(string) => text.push_str(&escape(string)),
        Value::Null | Value::Array(_) | Value::Object(_) => {}
    }
}

/// Writes a value as an element: objects become children, arrays `<member>`
/// children, null nothing at all.
fn element(text: &mut String, name: &str, value: &Value) {
    if value.is_null() {
        return;
    }
    text.push('<');
    text.push_str(name);
    text.push('>');
    match value {
        Value::Array(items) => items.iter().for_each(|item| element(text, "member", item)),
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    // See `map`.
                    Value::Array(entries) if name == ENTRY => {
                        entries.iter().for_each(|entry| element(text, name, entry));
                    }
                    _ => element(text, name, value),
                }
            }
        }
        other => scalar(text, other),
    }
    text.push_str("</");
    text.push_str(name);
    text.push('>');
}

/// Text for an XML element. Characters that XML 1.0 cannot carry become U+FFFD.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // A raw carriage return would be normalised away by the reader.
            '\r' => escaped.push_str("&#13;"),
            '\t' | '\n' => escaped.push(character),
            control if control < ' ' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_become_entries() {
        let pairs = std::collections::BTreeMap::from([
            ("a".to_owned(), "1".to_owned()),
            ("b".to_owned(), "<".to_owned()),
        ]);
        let mut text = String::new();
        element(&mut text, "attributes", &map(&pairs));
        assert_eq!(
            text,
            "<attributes><entry><key>a</key><value>1</value></entry>\
             <entry><key>b</key><value>&lt;</value></entry></attributes>"
        );
    }

    #[test]
    fn values_become_elements_and_lists_members() {
        let value = json!({"Stacks": [{"StackName": "a<b", "Drift": null}], "Empty": []});
        let text = query_response("DescribeStacks", "urn:x", Some(&value), "id");
        assert_eq!(
            text,
            "<DescribeStacksResponse xmlns=\"urn:x\"><DescribeStacksResult><Stacks><member>\
             <StackName>a&lt;b</StackName></member></Stacks><Empty></Empty></DescribeStacksResult>\
             <ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DescribeStacksResponse>"
        );
    }

    #[test]
    fn a_rest_document_names_lists_by_their_items() {
        let value = json!({
            "Name": "a&b",
            "Contents": [{"Key": "x", "Size": 1}, {"Key": "y"}],
            "TagSet": {"Tag": []},
            "Prefix": "",
            "Delimiter": null,
        });
        assert_eq!(
            document("ListBucketResult", "urn:x", &value),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"urn:x\">\
             <Name>a&amp;b</Name><Contents><Key>x</Key><Size>1</Size></Contents>\
             <Contents><Key>y</Key></Contents><TagSet></TagSet><Prefix></Prefix></ListBucketResult>"
        );
        assert!(
            document("LocationConstraint", "urn:x", &json!("eu-west-1"))
                .ends_with("<LocationConstraint xmlns=\"urn:x\">eu-west-1</LocationConstraint>")
        );
    }

    #[test]
    fn a_rest_error_tells_its_members() {
        let error = ServiceError::new(404, "NoSuchKey", "no <key>").with("Key", "a/b");
        assert!(rest_error(&error, "id").ends_with(
            "<Error><Code>NoSuchKey</Code><Message>no &lt;key&gt;</Message><Key>a/b</Key>\
             <RequestId>id</RequestId><HostId>local</HostId></Error>"
        ));
    }
}
