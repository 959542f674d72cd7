//! The event that a function gets: payload format 2.0 (AWS docs, "Create AWS
//! Lambda proxy integrations for HTTP APIs").

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::routing::Taken;
use crate::core::service::Request;
use crate::core::world::ACCOUNT;

/// What is known of a request beside its bytes.
#[derive(Debug, Clone)]
pub(super) struct Arrival<'a> {
    /// Id of the API.
    pub api: &'a str,
    /// The Region.
    pub region: &'a str,
    /// The stage's name.
    pub stage: &'a str,
    /// The stage's variables.
    pub variables: &'a BTreeMap<String, String>,
    /// The path as AWS has it: with the stage, unless it is `$default`.
    pub path: &'a str,
    /// Id of the request.
    pub request_id: &'a str,
    /// When it arrived.
    pub now: Timestamp,
}

/// The event.
pub(super) fn event(request: &Request, arrival: &Arrival<'_>, taken: &Taken) -> Value {
    let domain = format!(
        "{}.execute-api.{}.amazonaws.com",
        arrival.api, arrival.region
    );
    let path = percent_encoding::percent_decode_str(arrival.path)
        .decode_utf8_lossy()
        .into_owned();
    let (headers, cookies) = headers(request);
    let mut event = json!({
        "version": "2.0",
        "routeKey": taken.key,
        "rawPath": path,
        "rawQueryString": form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&request.query)
            .finish(),
    });
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    let user_agent = headers.get("user-agent").cloned().unwrap_or_default();
    event["headers"] = json!(headers);
    if !request.query.is_empty() {
        event["queryStringParameters"] = joined(request.query.iter().cloned());
    }
    event["requestContext"] = json!({
        "accountId": ACCOUNT,
        "apiId": arrival.api,
        "domainName": domain,
        "domainPrefix": arrival.api,
        "http": {
            "method": request.method.as_str(),
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": user_agent,
        },
        "requestId": arrival.request_id,
        "routeKey": taken.key,
        "stage": arrival.stage,
        "time": time(arrival.now),
        "timeEpoch": arrival.now.as_millisecond(),
    });
    if !taken.variables.is_empty() {
        event["pathParameters"] = json!(taken.variables);
    }
    if !arrival.variables.is_empty() {
        event["stageVariables"] = json!(arrival.variables);
    }
    let text = std::str::from_utf8(&request.body)
        .ok()
        .filter(|_| is_text(request.header("content-type")));
    if !request.body.is_empty() {
        event["body"] = match text {
            Some(text) => json!(text),
            None => json!(STANDARD.encode(&request.body)),
        };
    }
    event["isBase64Encoded"] = json!(!request.body.is_empty() && text.is_none());
    event
}

/// `12/Mar/2020:19:03:58 +0000`
pub(super) fn time(now: Timestamp) -> String {
    now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}

/// Bodies of other types are encoded.
fn is_text(content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type else {
        return true;
    };
    let kind = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    kind.starts_with("text/")
        || matches!(
            kind.as_str(),
            "application/json" | "application/xml" | "application/javascript"
        )
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
}

/// Headers in lower case, those of one name joined; cookies apart.
fn headers(request: &Request) -> (BTreeMap<String, String>, Vec<String>) {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    let mut cookies = Vec::new();
    for (name, value) in &request.headers {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if name == http::header::COOKIE {
            cookies.extend(text.split("; ").map(str::to_owned));
            continue;
        }
        headers
            .entry(name.as_str().to_owned())
            .and_modify(|known| {
                known.push(',');
                known.push_str(&text);
            })
            .or_insert(text);
    }
    headers.insert("x-forwarded-for".to_owned(), "127.0.0.1".to_owned());
    headers.insert("x-forwarded-port".to_owned(), "443".to_owned());
    headers.insert("x-forwarded-proto".to_owned(), "https".to_owned());
    (headers, cookies)
}

fn joined(pairs: impl Iterator<Item = (String, String)>) -> Value {
    let mut map: Map<String, Value> = Map::new();
    for (name, value) in pairs {
        let text = match map.get(&name).and_then(Value::as_str) {
            Some(known) => format!("{known},{value}"),
            None => value,
        };
        map.insert(name, text.into());
    }
    Value::Object(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, body: &[u8], headers: &[(&'static str, &str)]) -> Request {
        Request {
            method: method.parse().unwrap(),
            path: String::new(),
            query: vec![
                ("phonenumber".to_owned(), "+1 800".to_owned()),
                ("a".to_owned(), "1".to_owned()),
                ("a".to_owned(), "2".to_owned()),
            ],
            headers: headers
                .iter()
                .map(|(name, value)| {
                    let name = http::HeaderName::from_static(name);
                    (name, http::HeaderValue::from_str(value).unwrap())
                })
                .collect(),
            body: bytes::Bytes::copy_from_slice(body),
        }
    }

    fn made(request: &Request) -> Value {
        let arrival = Arrival {
            api: "abc",
            region: "us-east-1",
            stage: "$default",
            variables: &BTreeMap::new(),
            path: "/pets/a%20b",
            request_id: "id",
            now: "2020-03-12T19:03:58.390Z".parse().unwrap(),
        };
        let taken = Taken {
            key: "GET /pets/{name}".to_owned(),
            integration: None,
            variables: BTreeMap::from([("name".to_owned(), "a b".to_owned())]),
        };
        event(request, &arrival, &taken)
    }

    #[test]
    fn the_event_has_the_documented_shape() {
        let request = request(
            "GET",
            b"",
            &[("x-a", "1"), ("cookie", "c=1; d=2"), ("user-agent", "u")],
        );
        insta::assert_snapshot!(serde_json::to_string_pretty(&made(&request)).unwrap(), @r#"
        {
          "version": "2.0",
          "routeKey": "GET /pets/{name}",
          "rawPath": "/pets/a b",
          "rawQueryString": "phonenumber=%2B1+800&a=1&a=2",
          "cookies": [
            "c=1",
            "d=2"
          ],
          "headers": {
            "user-agent": "u",
            "x-a": "1",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https"
          },
          "queryStringParameters": {
            "phonenumber": "+1 800",
            "a": "1,2"
          },
          "requestContext": {
            "accountId": "000000000000",
            "apiId": "abc",
            "domainName": "abc.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "abc",
            "http": {
              "method": "GET",
              "path": "/pets/a b",
              "protocol": "HTTP/1.1",
              "sourceIp": "127.0.0.1",
              "userAgent": "u"
            },
            "requestId": "id",
            "routeKey": "GET /pets/{name}",
            "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1584039838390
          },
          "pathParameters": {
            "name": "a b"
          },
          "isBase64Encoded": false
        }
        "#);
    }

    #[test]
    fn bodies_that_are_no_text_are_encoded() {
        let json = made(&request(
            "POST",
            b"{}",
            &[("content-type", "application/json; charset=utf-8")],
        ));
        assert_eq!(
            (&json["body"], &json["isBase64Encoded"]),
            (&json!("{}"), &json!(false))
        );
        let form = made(&request(
            "POST",
            b"a=b",
            &[("content-type", "application/x-www-form-urlencoded")],
        ));
        assert_eq!(
            (&form["body"], &form["isBase64Encoded"]),
            (&json!("YT1i"), &json!(true))
        );
        let binary = made(&request("POST", b"\xff", &[]));
        assert_eq!(binary["isBase64Encoded"], json!(true));
    }
}
