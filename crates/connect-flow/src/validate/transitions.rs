//! What leads out of an action, against the table.

use crate::document::Condition;
use crate::spec::check::{ActionCheck, read_condition};
use crate::spec::{ConditionRule, NextAction};
use serde_json::Value;
use std::collections::HashSet;

pub(super) fn check(action: &mut ActionCheck<'_>, identifiers: &HashSet<&str>) {
    for (name, value) in action.transitions() {
        let list = matches!(name.as_str(), "Conditions" | "Errors");
        if list && !value.is_array() && !value.is_null() {
            action.invalid_value(&format!("Transitions.{name}"));
        }
    }
    let next = action.transitions().get("NextAction");
    let next = next.filter(|next| !next.is_null());
    if action.spec.next_action == NextAction::Terminal {
        let branches =
            !action.branches("Conditions").is_empty() || !action.branches("Errors").is_empty();
        if next.is_some() || branches {
            action.unsupported("transitions", "Transitions");
        }
        return;
    }
    match next {
        Some(next) => target(action, next, identifiers, "Transitions.NextAction"),
        None if action.spec.next_action == NextAction::Required => {
            action.missing("Transitions.NextAction");
        }
        None => {}
    }
    errors(action, identifiers);
    conditions(action, identifiers);
}

fn target(action: &mut ActionCheck<'_>, next: &Value, identifiers: &HashSet<&str>, route: &str) {
    let exists = next.as_str().is_some_and(|next| identifiers.contains(next));
    if !exists {
        action.invalid_value(route);
    }
}

fn branch_target(
    action: &mut ActionCheck<'_>,
    branch: &Value,
    identifiers: &HashSet<&str>,
    route: &str,
) {
    let route = format!("{route}.NextAction");
    match branch.get("NextAction") {
        Some(next) => target(action, next, identifiers, &route),
        None => action.missing(&route),
    }
}

fn errors(action: &mut ActionCheck<'_>, identifiers: &HashSet<&str>) {
    let spec = action.spec;
    for (index, error) in action.branches("Errors").iter().enumerate() {
        let route = format!("Transitions.Errors[{index}]");
        branch_target(action, error, identifiers, &route);
        match error.get("ErrorType").and_then(Value::as_str) {
            None => action.missing(&format!("{route}.ErrorType")),
            Some(kind) => {
                let known =
                    spec.required_errors.contains(&kind) || spec.optional_errors.contains(&kind);
                if !known {
                    action.refuse_error(kind);
                }
            }
        }
    }
    action.needs_errors(spec.required_errors);
}

fn conditions(action: &mut ActionCheck<'_>, identifiers: &HashSet<&str>) {
    let branches = action.branches("Conditions");
    if matches!(action.spec.conditions, ConditionRule::Refused) {
        action.refuses_conditions();
        return;
    }
    let mut tests = Vec::new();
    let mut sound = true;
    for (index, branch) in branches.iter().enumerate() {
        let route = format!("Transitions.Conditions[{index}]");
        branch_target(action, branch, identifiers, &route);
        match branch.get("Condition").and_then(read_condition) {
            Some(test) => {
                if test.operands.iter().any(String::is_empty) {
                    let message = format!("Invalid branch. Path: {}.Evaluate", action.index);
                    action.problem(&message, &route);
                }
                sound &= test.operands.len() == 1;
                tests.push(test);
            }
            None => sound = false,
        }
    }
    if !sound || !allowed(action.spec.conditions, &tests) {
        action.invalid_value("Transitions.Conditions");
    }
}

fn allowed(rule: ConditionRule, tests: &[Condition]) -> bool {
    match rule {
        ConditionRule::Refused => tests.is_empty(),
        ConditionRule::Any(operators) => tests
            .iter()
            .all(|test| operators.contains(&test.operator.as_str())),
        ConditionRule::Among(operands) => equals_among(operands, tests),
        ConditionRule::Exactly(operands) => {
            tests.len() == operands.len() && equals_among(operands, tests)
        }
    }
}

fn equals_among(operands: &[&str], tests: &[Condition]) -> bool {
    let mut seen = HashSet::new();
    tests.iter().all(|test| {
        let operand = test
            .operands
            .first()
            .map(String::as_str)
            .unwrap_or_default();
        // An empty operand has its own message.
        let known = operand.is_empty() || operands.contains(&operand);
        test.operator == "Equals" && known && seen.insert(operand)
    })
}
