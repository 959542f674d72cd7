//! Faults and latency on request: which call of which operation, before or
//! after it takes effect.

use serde::{Deserialize, Serialize};

use crate::core::service::Request;

/// A list of rules with their counters.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Faults {
    rules: Vec<Rule>,
}

/// When a rule strikes, and how.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Service as in the credential scope, or `*`.
    pub service: String,
    /// Operation, or `*`.
    pub operation: String,
    /// Only calls whose body has this text in it. A form (the query protocol) is looked at
    /// decoded, as lines `Name=value`: `PhoneNumber=+15555550123`.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The first matching call that is struck, counted from 1 (default 1).
    #[serde(default = "first")]
    pub from: u64,
    /// How many calls in a row are struck (default 1; 0: all from there on).
    #[serde(default = "once")]
    pub times: u64,
    /// Before the operation takes effect, or after it (the answer is lost).
    #[serde(default)]
    pub when: Moment,
    /// What happens.
    pub effect: Effect,
    #[serde(skip)]
    seen: u64,
}

fn first() -> u64 {
    1
}

fn once() -> u64 {
    1
}

/// Before or after the operation takes effect.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// Nothing has happened yet.
    #[default]
    Before,
    /// It has happened; only the answer is touched.
    After,
}

/// What a rule does to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Effect {
    /// The call takes longer.
    Latency {
        /// By this much.
        milliseconds: u64,
    },
    /// The connection is closed without an answer.
    Disconnect,
    /// This error is answered.
    Error {
        /// HTTP status.
        status: u16,
        /// The error's code.
        code: String,
        /// The error's message.
        #[serde(default)]
        message: String,
    },
}

impl Faults {
    /// The effects on this call, in the order of the rules; counts the call.
    pub fn effects(
        &mut self,
        service: &str,
        operation: &str,
        moment: Moment,
        request: &Request,
    ) -> Vec<Effect> {
        let matches = |pattern: &str, name: &str| pattern == "*" || pattern == name;
        let mut effects = Vec::new();
        for rule in &mut self.rules {
            if rule.when != moment
                || !matches(&rule.service, service)
                || !matches(&rule.operation, operation)
                || !rule.body.as_ref().is_none_or(|text| has(request, text))
            {
                continue;
            }
            rule.seen += 1;
            let struck =
                rule.seen >= rule.from && (rule.times == 0 || rule.seen - rule.from < rule.times);
            if struck {
                effects.push(rule.effect.clone());
            }
        }
        effects
    }
}

/// Whether the body has the text in it.
fn has(request: &Request, text: &str) -> bool {
    let form = request
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !form {
        return String::from_utf8_lossy(&request.body).contains(text);
    }
    let lines: Vec<String> = form_urlencoded::parse(&request.body)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    lines.join("\n").contains(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(content_type: &'static str, body: &'static str) -> Request {
        let mut headers = http::HeaderMap::new();
        headers.insert("content-type", http::HeaderValue::from_static(content_type));
        Request {
            method: http::Method::POST,
            path: "/".to_owned(),
            query: Vec::new(),
            headers,
            body: body.into(),
        }
    }

    #[test]
    fn a_rule_may_strike_certain_bodies_only() {
        let mut faults: Faults = serde_json::from_str(
            r#"[{"service":"sns","operation":"Publish","match":"PhoneNumber=+15555550123","effect":"disconnect"}]"#,
        )
        .unwrap();
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        let mut strikes = |content_type, body| {
            let request = request(content_type, body);
            !faults
                .effects("sns", "Publish", Moment::Before, &request)
                .is_empty()
        };
        assert!(!strikes(form, "Action=Publish&PhoneNumber=%2B15555550199"));
        assert!(!strikes(
            "text/plain",
            "Action=Publish&PhoneNumber=%2B15555550123"
        ));
        assert!(strikes(form, "Action=Publish&PhoneNumber=%2B15555550123"));
        // Calls that do not match are not counted, those that do are: once is over.
        assert!(!strikes(form, "Action=Publish&PhoneNumber=%2B15555550123"));
    }

    #[test]
    fn a_rule_strikes_the_nth_call_and_no_other() {
        let mut faults: Faults = serde_json::from_str(
            r#"[{"service":"lambda","operation":"CreateFunction","from":2,
                 "effect":{"error":{"status":500,"code":"ServiceException"}}}]"#,
        )
        .unwrap();
        let any = request("application/json", "{}");
        let mut strike = |operation| {
            !faults
                .effects("lambda", operation, Moment::Before, &any)
                .is_empty()
        };
        assert!(!strike("CreateFunction"));
        assert!(!strike("GetFunction"));
        assert!(strike("CreateFunction"));
        assert!(!strike("CreateFunction"));
    }

    #[test]
    fn after_is_another_moment_than_before() {
        let mut faults: Faults = serde_json::from_str(
            r#"[{"service":"*","operation":"*","times":0,"when":"after","effect":"disconnect"}]"#,
        )
        .unwrap();
        let any = request("application/json", "{}");
        assert!(
            faults
                .effects("sts", "GetCallerIdentity", Moment::Before, &any)
                .is_empty()
        );
        for _ in 0..3 {
            assert_eq!(
                faults.effects("sts", "GetCallerIdentity", Moment::After, &any),
                [Effect::Disconnect]
            );
        }
    }
}
