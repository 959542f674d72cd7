//! Smithy's RPC v2 CBOR protocol (Smithy 2.0, "Smithy RPC v2 CBOR protocol"), translated to and
//! from the JSON that a service reads and writes. Today's SDKs choose it where a service's model
//! names it first, which CloudWatch's does.

use bytes::Bytes;
use ciborium::Value as Cbor;
use http::HeaderValue;
use serde_json::{Map, Value};

use super::response::Response;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Request;

/// The header that says so, and what it says.
const PROTOCOL: (&str, &str) = ("smithy-protocol", "rpc-v2-cbor");

/// The tag of a time in seconds since 1970 (RFC 8949, 3.4.2).
const EPOCH: u64 = 1;

/// Whether a request is of this protocol.
pub(crate) fn is_spoken(request: &Request) -> bool {
    request.header(PROTOCOL.0) == Some(PROTOCOL.1)
}

/// The request as the JSON protocol has it; `prefix` is that of its `X-Amz-Target`, e.g.
/// `GraniteServiceVersion20100801.`
///
/// # Errors
/// `UnknownOperationException` for a path that is none of the service,
/// `SerializationException` for a body that is no CBOR.
pub(crate) fn to_json(request: &Request, prefix: &str) -> ServiceResult<Request> {
    let service = prefix.trim_end_matches('.');
    let operation = request
        .path
        .strip_prefix("/service/")
        .and_then(|rest| rest.strip_prefix(service))
        .and_then(|rest| rest.strip_prefix("/operation/"))
        .filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .ok_or_else(|| ServiceError::new(400, "UnknownOperationException", ""))?;
    let body = if request.body.is_empty() {
        Value::Object(Map::new())
    } else {
        let read = ciborium::from_reader(&request.body[..]);
        json(read.map_err(|error| unreadable(error.to_string()))?)?
    };
    let target = format!("{prefix}{operation}");
    let mut headers = request.headers.clone();
    let target = HeaderValue::from_str(&target).map_err(ServiceError::internal)?;
    headers.insert("x-amz-target", target);
    Ok(Request {
        path: "/".to_owned(),
        headers,
        body: Bytes::from(body.to_string()),
        ..request.clone()
    })
}

/// An answer in JSON as this protocol has it.
pub(crate) fn from_json(mut response: Response) -> Response {
    let mut body = Vec::new();
    if let Ok(value) = serde_json::from_slice::<Value>(&response.body) {
        // Into memory: it cannot fail.
        let _ = ciborium::into_writer(&cbor("", value), &mut body);
    }
    response.body = body.into();
    response.headers.retain(|(name, _)| name != "content-type");
    response
        .with_header("content-type", "application/cbor")
        .with_header(PROTOCOL.0, PROTOCOL.1)
}

fn unreadable(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "SerializationException", message)
}

fn json(value: Cbor) -> ServiceResult<Value> {
    Ok(match value {
        Cbor::Null => Value::Null,
        Cbor::Bool(flag) => Value::Bool(flag),
        Cbor::Text(text) => Value::String(text),
        Cbor::Float(number) => Value::from(number),
        Cbor::Integer(number) => {
            let number = i128::from(number);
            match i64::try_from(number) {
                Ok(number) => Value::from(number),
                Err(_) => return Err(unreadable(format!("the number {number} is out of range"))),
            }
        }
        // A time; as a number it is what the JSON protocol has.
        Cbor::Tag(EPOCH, time) => json(*time)?,
        Cbor::Array(items) => Value::Array(items.into_iter().map(json).collect::<Result<_, _>>()?),
        Cbor::Map(members) => {
            let mut object = Map::new();
            for (name, value) in members {
                let Cbor::Text(name) = name else {
                    return Err(unreadable("the name of a member is no text"));
                };
                object.insert(name, json(value)?);
            }
            Value::Object(object)
        }
        _ => return Err(unreadable("a value of an unknown kind")),
    })
}

/// Members of answers that are times are named so.
fn is_time(member: &str) -> bool {
    member.ends_with("Timestamp")
}

fn cbor(member: &str, value: Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(flag) => Cbor::Bool(flag),
        Value::String(text) => Cbor::Text(text),
        Value::Number(number) => {
            let plain = match number.as_i64() {
                Some(whole) => Cbor::Integer(whole.into()),
                None => Cbor::Float(number.as_f64().unwrap_or_default()),
            };
            if is_time(member) {
                Cbor::Tag(EPOCH, Box::new(plain))
            } else {
                plain
            }
        }
        Value::Array(items) => {
            let items = items.into_iter().map(|item| cbor(member, item));
            Cbor::Array(items.collect())
        }
        Value::Object(members) => Cbor::Map(
            members
                .into_iter()
                .map(|(name, value)| {
                    let value = cbor(&name, value);
                    (Cbor::Text(name), value)
                })
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn request(path: &str, body: &[u8]) -> Request {
        let mut headers = http::HeaderMap::new();
        headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
        Request {
            method: http::Method::POST,
            path: path.to_owned(),
            query: Vec::new(),
            headers,
            body: Bytes::copy_from_slice(body),
        }
    }

    fn written(value: &Cbor) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).unwrap();
        bytes
    }

    const PATH: &str = "/service/Granite/operation/DescribeAlarms";

    #[test]
    fn a_request_is_what_it_is_in_json() {
        // `{"AlarmNames": ["a"], "MaxRecords": 5}`, the list without a length.
        let body = b"\xa2\x6aAlarmNames\x9f\x61a\xff\x6aMaxRecords\x05";
        let found = to_json(&request(PATH, body), "Granite.").unwrap();
        assert_eq!(found.header("x-amz-target"), Some("Granite.DescribeAlarms"));
        assert_eq!(
            found.json::<Value>().unwrap(),
            json!({"AlarmNames": ["a"], "MaxRecords": 5})
        );
        let empty = to_json(&request(PATH, b""), "Granite.").unwrap();
        assert_eq!(empty.json::<Value>().unwrap(), json!({}));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for (path, body, code) in [
            ("/", &b""[..], "UnknownOperationException"),
            (
                "/service/Other/operation/DescribeAlarms",
                b"",
                "UnknownOperationException",
            ),
            (
                "/service/Granite/operation/a/b",
                b"",
                "UnknownOperationException",
            ),
            (PATH, b"\xa1\x01\x02", "SerializationException"),
            (PATH, b"\xbf", "SerializationException"),
            (PATH, b"\x41a", "SerializationException"),
        ] {
            let error = to_json(&request(path, body), "Granite.").unwrap_err();
            assert_eq!(error.code, code, "{path} {body:?}");
        }
        // Too deep to be read.
        let deep = vec![0x81; 100_000];
        assert!(to_json(&request(PATH, &deep), "Granite.").is_err());
    }

    #[test]
    fn times_are_told_as_such() {
        let answer = json!({"StateUpdatedTimestamp": 1.5, "Period": 60, "Tags": [null, true]});
        let response = from_json(Response::json(&answer).unwrap());
        let read: Cbor = ciborium::from_reader(&response.body[..]).unwrap();
        let members = read.as_map().unwrap();
        let of = |name: &str| {
            let found = members
                .iter()
                .find(|(known, _)| known.as_text() == Some(name));
            found.unwrap().1.clone()
        };
        assert_eq!(
            of("StateUpdatedTimestamp"),
            Cbor::Tag(1, Box::new(Cbor::Float(1.5)))
        );
        assert_eq!(of("Period"), Cbor::Integer(60.into()));
        let headers: Vec<&str> = response
            .headers
            .iter()
            .map(|(_, value)| value.as_ref())
            .collect();
        assert_eq!(headers, ["application/cbor", "rpc-v2-cbor"]);
    }

    proptest! {
        #[test]
        fn no_bytes_are_a_panic(body in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = to_json(&request(PATH, &body), "Granite.");
        }

        #[test]
        fn texts_and_numbers_go_there_and_back(text in ".{0,20}", number in any::<i64>()) {
            let value = json!({ "a": [text], "b": { "c": number } });
            let body = written(&cbor("", value.clone()));
            let found = to_json(&request(PATH, &body), "Granite.").unwrap();
            prop_assert_eq!(found.json::<Value>().unwrap(), value);
        }
    }
}
