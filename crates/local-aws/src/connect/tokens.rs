//! Client tokens: the same request twice is one request.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::errors;
use crate::core::error::ServiceResult;
use crate::core::rows::{AnyRows, Rows};

/// How long a token is remembered, in hours: seven days (AWS docs, `CreateInstance`).
const HOURS: i64 = 7 * 24;

/// The tokens of late requests.
#[derive(Debug, Default, Clone)]
pub struct Tokens(Rows<Remembered>);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remembered {
    digest: String,
    answer: String,
    until: Timestamp,
}

/// One request as a token identifies it.
#[derive(Debug, Clone)]
pub struct Claim {
    key: Option<String>,
    digest: String,
}

impl Claim {
    /// A request: its operation, what it is about (path labels), its body.
    pub fn new(
        operation: &str,
        about: &str,
        token: Option<&str>,
        body: &Map<String, Value>,
    ) -> Self {
        let sorted: BTreeMap<&String, &Value> =
            body.iter().filter(|(k, _)| *k != "ClientToken").collect();
        let text = serde_json::json!([about, sorted]).to_string();
        Self {
            key: token.map(|token| format!("{operation} {token}")),
            digest: const_hex::encode(Sha256::digest(text.as_bytes())),
        }
    }
}

impl Tokens {
    /// They are saved one by one.
    pub fn rows(&mut self) -> &mut dyn AnyRows {
        &mut self.0
    }

    /// What the first request with this token was answered.
    ///
    /// # Errors
    /// `IdempotencyException` when that was another request.
    pub fn recall(&self, claim: &Claim, now: Timestamp) -> ServiceResult<Option<String>> {
        let Some(remembered) = claim.key.as_ref().and_then(|key| self.0.get(key)) else {
            return Ok(None);
        };
        if remembered.until <= now {
            return Ok(None);
        }
        if remembered.digest != claim.digest {
            return Err(errors::idempotency(
                "The client token was used before with other parameters.",
            ));
        }
        Ok(Some(remembered.answer.clone()))
    }

    /// Remembers the answer; forgets what is too old.
    pub fn remember(&mut self, claim: Claim, answer: impl Into<String>, now: Timestamp) {
        self.0.retain(|_, remembered| remembered.until > now);
        if let Some(key) = claim.key {
            let remembered = Remembered {
                digest: claim.digest,
                answer: answer.into(),
                until: now + HOURS.hours(),
            };
            self.0.insert(key, remembered);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claim(token: Option<&str>, body: &Value) -> Claim {
        Claim::new("ClaimPhoneNumber", "", token, body.as_object().unwrap())
    }

    #[test]
    fn a_token_is_one_request_for_seven_days() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let mut tokens = Tokens::default();
        let body = json!({ "a": 1, "b": 2, "ClientToken": "t" });
        let first = claim(Some("t"), &body);
        assert_eq!(tokens.recall(&first, now).unwrap(), None);
        tokens.remember(first, "id", now);

        let same = claim(Some("t"), &json!({ "b": 2, "a": 1 }));
        assert_eq!(tokens.recall(&same, now).unwrap().as_deref(), Some("id"));
        let other = claim(Some("t"), &json!({ "a": 2 }));
        assert_eq!(
            tokens.recall(&other, now).unwrap_err().code,
            "IdempotencyException"
        );
        let later = now + (7 * 24).hours();
        assert_eq!(tokens.recall(&same, later).unwrap(), None);
    }

    #[test]
    fn without_a_token_nothing_is_remembered() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let mut tokens = Tokens::default();
        tokens.remember(claim(None, &json!({})), "id", now);
        assert_eq!(tokens.recall(&claim(None, &json!({})), now).unwrap(), None);
    }
}
