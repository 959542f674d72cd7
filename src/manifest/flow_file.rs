//! Flow files: what is no flow is named for what it is, at `plan` already. Pure.

use serde_json::Value;

/// The longest content that Connect takes, in characters (service quotas of Amazon Connect,
/// "Flow content"; connect-flow judges it once more when the refs have their values).
pub const LONGEST: usize = connect_flow::validate::MAXIMUM_CONTENT;

/// Why a JSON text cannot be a flow, and what to do; nothing when it may be one.
pub fn misfit(text: &str) -> Option<(String, String)> {
    let value: Value = serde_json::from_str(text).ok()?;
    match &value {
        Value::Object(members) => {
            for (member, operation, query) in [
                ("ContactFlow", "DescribeContactFlow", "ContactFlow.Content"),
                (
                    "ContactFlowModule",
                    "DescribeContactFlowModule",
                    "ContactFlowModule.Content",
                ),
            ] {
                if content(members.get(member)).is_some() {
                    return Some((
                        format!(
                            "this is an answer of {operation}: the flow is the text in {query}"
                        ),
                        take_out(&format!(".{query}")),
                    ));
                }
            }
            let is_flow = members.contains_key("Actions") || members.contains_key("StartAction");
            (!is_flow && content(Some(&value)).is_some()).then(|| {
                (
                    "this wraps a flow: the flow is the text in Content".to_owned(),
                    take_out(".Content"),
                )
            })
        }
        Value::String(inner) if serde_json::from_str::<Value>(inner).is_ok() => Some((
            "this is a flow as one JSON text".to_owned(),
            "`--query ContactFlow.Content --output text` writes it as it is; `jq -r . FILE` takes \
             it out"
                .to_owned(),
        )),
        _ => Some((
            format!("a flow is a JSON object, not {}", word(&value)),
            String::new(),
        )),
    }
}

/// The text behind `Content`, if it is one that could be a flow.
fn content(of: Option<&Value>) -> Option<&str> {
    let text = of?.get("Content")?.as_str()?;
    serde_json::from_str::<Value>(text).ok()?;
    Some(text)
}

fn take_out(query: &str) -> String {
    format!("take it out: `jq -r {query} FILE > FLOW`, or give that file's flow as its own")
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = r#"{\"Version\":\"2019-10-30\",\"StartAction\":\"a\",\"Actions\":[]}"#;

    #[test]
    fn what_tools_keep_around_a_flow_is_named() {
        let cases = [
            (
                format!(r#"{{"ContactFlow":{{"Arn":"a","Content":"{FLOW}"}}}}"#),
                "answer of DescribeContactFlow",
            ),
            (
                format!(r#"{{"ContactFlowModule":{{"Content":"{FLOW}"}}}}"#),
                "answer of DescribeContactFlowModule",
            ),
            (
                format!(r#"{{"Name":"x","ContactFlowType":"y","Content":"{FLOW}"}}"#),
                "wraps a flow",
            ),
            (format!("\"{FLOW}\""), "one JSON text"),
            ("[]".to_owned(), "not a list"),
            ("null".to_owned(), "not null"),
            ("\"hello\"".to_owned(), "not a text"),
        ];
        for (text, told) in cases {
            let (message, _) = misfit(&text).unwrap();
            assert!(message.contains(told), "{text}: {message}");
        }
    }

    #[test]
    fn a_flow_is_a_flow_whatever_else_it_has() {
        assert_eq!(
            misfit(r#"{"Version":"2019-10-30","StartAction":"a","Actions":[],"Content":"{}"}"#),
            None
        );
        // Not a flow either, but for Connect's own words to say.
        assert_eq!(misfit("{}"), None);
    }
}
