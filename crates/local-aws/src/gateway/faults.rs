//! Faults and latency on request: which call of which operation, before or
//! after it takes effect.

use serde::{Deserialize, Serialize};

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
    pub fn effects(&mut self, service: &str, operation: &str, moment: Moment) -> Vec<Effect> {
        let matches = |pattern: &str, name: &str| pattern == "*" || pattern == name;
        let mut effects = Vec::new();
        for rule in &mut self.rules {
            if rule.when != moment
                || !matches(&rule.service, service)
                || !matches(&rule.operation, operation)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_strikes_the_nth_call_and_no_other() {
        let mut faults: Faults = serde_json::from_str(
            r#"[{"service":"lambda","operation":"CreateFunction","from":2,
                 "effect":{"error":{"status":500,"code":"ServiceException"}}}]"#,
        )
        .unwrap();
        let mut strike = |operation| {
            !faults
                .effects("lambda", operation, Moment::Before)
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
        assert!(
            faults
                .effects("sts", "GetCallerIdentity", Moment::Before)
                .is_empty()
        );
        for _ in 0..3 {
            assert_eq!(
                faults.effects("sts", "GetCallerIdentity", Moment::After),
                [Effect::Disconnect]
            );
        }
    }
}
