//! JSON values as the XML of the query protocol.

use serde_json::Value;

use crate::error::ServiceError;

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
        Value::Null => {}
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::String(string) => text.push_str(&escape(string)),
        Value::Array(items) => items.iter().for_each(|item| element(text, "member", item)),
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| element(text, name, value)),
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
    use serde_json::json;

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
}
