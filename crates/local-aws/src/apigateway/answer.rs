//! What a function's answer means: format 2.0.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::core::wire::response::Response;

/// `{"message": …}`, as API Gateway answers for itself.
pub(super) fn message(status: u16, text: &str) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: serde_json::json!({ "message": text }).to_string().into(),
    }
}

/// The function's answer as an HTTP response; `None` when it is none, which is
/// a 500.
///
/// Without a `statusCode` the whole payload is the body of a 200.
pub(super) fn answer(payload: &[u8]) -> Option<Response> {
    let value: Value = serde_json::from_slice(payload).ok()?;
    let Some(status) = value.get("statusCode") else {
        return Some(Response {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: bytes::Bytes::copy_from_slice(payload),
        });
    };
    let status = match status {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    let status = u16::try_from(status)
        .ok()
        .filter(|status| (100..600).contains(status))?;
    let mut headers = headers(value.get("headers"))?;
    if !headers.iter().any(|(name, _)| name == "content-type") {
        headers.push((
            "content-type".to_owned(),
            "text/plain;charset=UTF-8".to_owned(),
        ));
    }
    match value.get("cookies") {
        None | Some(Value::Null) => {}
        Some(Value::Array(cookies)) => {
            for cookie in cookies {
                headers.push(("set-cookie".to_owned(), cookie.as_str()?.to_owned()));
            }
        }
        Some(_) => return None,
    }
    let encoded = match value.get("isBase64Encoded") {
        None | Some(Value::Null) => false,
        Some(flag) => flag.as_bool()?,
    };
    let body = match value.get("body") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) if encoded => STANDARD.decode(text).ok()?,
        Some(Value::String(text)) => text.clone().into_bytes(),
        Some(_) => return None,
    };
    Some(Response {
        status,
        headers,
        body: body.into(),
    })
}

fn headers(value: Option<&Value>) -> Option<Vec<(String, String)>> {
    match value {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Object(members)) => members
            .iter()
            .map(|(name, value)| {
                let text = match value {
                    Value::String(text) => text.clone(),
                    Value::Bool(flag) => flag.to_string(),
                    Value::Number(number) => number.to_string(),
                    _ => return None,
                };
                Some((name.to_ascii_lowercase(), text))
            })
            .collect(),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    type Answered = (u16, Vec<(String, String)>, String);

    fn answered(value: &Value) -> Option<Answered> {
        answer(value.to_string().as_bytes()).map(|response| {
            let body = String::from_utf8(response.body.to_vec()).unwrap();
            (response.status, response.headers, body)
        })
    }

    #[test]
    fn an_answer_without_a_status_is_the_body() {
        let (status, headers, body) = answered(&json!({"a": 1})).unwrap();
        assert_eq!((status, body.as_str()), (200, r#"{"a":1}"#));
        assert_eq!(headers[0].1, "application/json");
        assert_eq!(answered(&json!("hi")).unwrap().2, "\"hi\"");
    }

    #[test]
    fn an_answer_with_a_status_is_a_response() {
        let (status, headers, body) = answered(&json!({
            "statusCode": 201,
            "headers": {"Content-Type": "text/html", "X-Number": 7},
            "cookies": ["a=1", "b=2"],
            "body": "aGk=",
            "isBase64Encoded": true,
        }))
        .unwrap();
        assert_eq!((status, body.as_str()), (201, "hi"));
        let headers: Vec<String> = headers
            .into_iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        assert_eq!(
            headers,
            [
                "content-type: text/html",
                "x-number: 7",
                "set-cookie: a=1",
                "set-cookie: b=2"
            ]
        );
        assert_eq!(answered(&json!({"statusCode": 204})).unwrap().2, "");
    }

    #[test]
    fn what_is_no_response() {
        for value in [
            json!({"statusCode": 99}),
            json!({"statusCode": "x"}),
            json!({"statusCode": 200, "body": {"a": 1}}),
            json!({"statusCode": 200, "headers": []}),
            json!({"statusCode": 200, "body": "%", "isBase64Encoded": true}),
        ] {
            assert_eq!(answered(&value), None, "{value}");
        }
        assert!(answer(b"not json").is_none());
    }
}
