//! Which way leads out of an action: conditions, then errors, then `NextAction`.

use super::{StopReason, Why, operators};
use crate::document::Action;
use serde_json::Value;

/// How an action came out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    /// It did what it does.
    Done,
    /// It has a result for the conditions.
    Result(Value),
    /// It failed.
    Failed {
        /// The type of the error branch.
        error_type: &'static str,
        /// What went wrong.
        reason: String,
    },
}

impl Outcome {
    /// The failure that every action may have.
    pub(super) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed {
            error_type: "NoMatchingError",
            reason: reason.into(),
        }
    }
}

/// The action to come, and why.
pub(super) fn choose(action: &Action, outcome: &Outcome) -> Result<(String, Why), StopReason> {
    match outcome {
        Outcome::Done => next(action, None),
        Outcome::Result(result) => {
            condition(action, result).map_or_else(|| unmatched(action, result), Ok)
        }
        Outcome::Failed { error_type, reason } => error(action, error_type, reason)
            .or_else(|| error(action, "NoMatchingError", reason))
            .map_or_else(|| next(action, Some(reason)), Ok),
    }
}

fn condition(action: &Action, result: &Value) -> Option<(String, Why)> {
    action.transitions.conditions.iter().find_map(|branch| {
        let operator = &branch.condition.operator;
        let mut operands = branch.condition.operands.iter();
        let operand = operands.find(|operand| operators::holds(operator, result, operand))?;
        let why = Why::Condition {
            result: operators::text(result),
            operator: operator.clone(),
            operand: operand.clone(),
        };
        Some((branch.next_action.clone(), why))
    })
}

fn unmatched(action: &Action, result: &Value) -> Result<(String, Why), StopReason> {
    let reason = format!("no condition matches {:?}", operators::text(result));
    error(action, "NoMatchingCondition", &reason).map_or_else(|| next(action, Some(&reason)), Ok)
}

fn error(action: &Action, error_type: &str, reason: &str) -> Option<(String, Why)> {
    let mut errors = action.transitions.errors.iter();
    let branch = errors.find(|branch| branch.error_type == error_type)?;
    let why = Why::Error {
        error_type: error_type.to_owned(),
        reason: reason.to_owned(),
    };
    Some((branch.next_action.clone(), why))
}

fn next(action: &Action, despite: Option<&String>) -> Result<(String, Why), StopReason> {
    let why = Why::NextAction {
        despite: despite.cloned(),
    };
    match &action.transitions.next_action {
        Some(next) => Ok((next.clone(), why)),
        None => Err(StopReason::NoBranch {
            identifier: action.identifier.clone(),
            reason: despite
                .cloned()
                .unwrap_or_else(|| "it has no NextAction".to_owned()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn action() -> Action {
        let flow = crate::Flow::parse(
            r#"{"Version": "2019-10-30", "StartAction": "a", "Actions": [{"Identifier": "a", "Type": "X",
            "Transitions": {"NextAction": "next",
              "Conditions": [
                {"NextAction": "many", "Condition": {"Operator": "NumberGreaterThan", "Operands": ["9"]}},
                {"NextAction": "ten", "Condition": {"Operator": "Equals", "Operands": ["10"]}}],
              "Errors": [
                {"NextAction": "none", "ErrorType": "NoMatchingCondition"},
                {"NextAction": "late", "ErrorType": "InputTimeLimitExceeded"},
                {"NextAction": "error", "ErrorType": "NoMatchingError"}]}}]}"#,
        );
        flow.unwrap().actions.remove(0)
    }

    fn chosen(action: &Action, outcome: &Outcome) -> String {
        match choose(action, outcome) {
            Ok((next, _)) => next,
            Err(stop) => stop.to_string(),
        }
    }

    #[test]
    fn conditions_then_errors_then_next_action() {
        let mut action = action();
        let late = Outcome::Failed {
            error_type: "InputTimeLimitExceeded",
            reason: "silence".to_owned(),
        };
        assert_eq!(
            chosen(&action, &Outcome::Result(json!("10"))),
            "many",
            "the first that holds"
        );
        assert_eq!(chosen(&action, &Outcome::Result(json!("x"))), "none");
        assert_eq!(chosen(&action, &late), "late");
        assert_eq!(chosen(&action, &Outcome::failed("no")), "error");
        assert_eq!(chosen(&action, &Outcome::Done), "next");
        action.transitions.errors.remove(1);
        assert_eq!(chosen(&action, &late), "error");
        action.transitions.errors.clear();
        assert_eq!(chosen(&action, &late), "next");
        assert_eq!(chosen(&action, &Outcome::Result(json!("x"))), "next");
        action.transitions.next_action = None;
        assert_eq!(
            chosen(&action, &late),
            "the action \"a\" has no branch to take: silence"
        );
    }
}
