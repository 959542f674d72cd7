//! One action under examination: what rules ask of it and say about it.

use super::{ActionSpec, Host};
use crate::FlowType;
use crate::document::Condition;
use crate::path;
use crate::problem::Problems;
use serde_json::{Map, Value};

/// A rule that the table cannot express.
pub(crate) type Check = fn(&mut ActionCheck<'_>);

/// An action, its entry in the table, and the problems found so far.
pub(crate) struct ActionCheck<'a> {
    pub(crate) index: usize,
    pub(crate) spec: &'static ActionSpec,
    host: Host,
    settings: Option<&'a str>,
    parameters: &'a Map<String, Value>,
    transitions: &'a Map<String, Value>,
    problems: &'a mut Problems,
}

impl<'a> ActionCheck<'a> {
    pub(crate) fn new(
        index: usize,
        members: &'a Map<String, Value>,
        spec: &'static ActionSpec,
        host: Host,
        settings: Option<&'a str>,
        empty: &'a Map<String, Value>,
        problems: &'a mut Problems,
    ) -> Self {
        // The designer leaves out parameters and transitions that are empty.
        let mut part = |key: &str| match members.get(key) {
            None | Some(Value::Null) => empty,
            Some(Value::Object(map)) => map,
            Some(_) => {
                let route = format!("Actions[{index}].{key}");
                problems.add(
                    format!("Invalid Action property value. Path: {route}"),
                    Some(route),
                );
                empty
            }
        };
        let (parameters, transitions) = (part("Parameters"), part("Transitions"));
        Self {
            index,
            spec,
            host,
            settings,
            parameters,
            transitions,
            problems,
        }
    }

    pub(crate) fn parameters(&self) -> &'a Map<String, Value> {
        self.parameters
    }

    pub(crate) fn transitions(&self) -> &'a Map<String, Value> {
        self.transitions
    }

    /// The value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'a Value> {
        self.parameters.get(name)
    }

    /// The value of a parameter that is a string.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.parameter(name)?.as_str()
    }

    /// The value of a parameter that is a number, or a string that says one.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        integer(self.parameter(name)?)
    }

    /// Whether the action stands in a flow of this type.
    pub(crate) fn is_in(&self, flow_type: FlowType) -> bool {
        self.host == Host::Flow(flow_type)
    }

    /// What a module declares, from the API request's `Settings`.
    pub(crate) fn module_settings(&self) -> Option<Value> {
        serde_json::from_str(self.settings?).ok()
    }

    /// The conditions that have the right shape.
    pub(crate) fn conditions(&self) -> Vec<Condition> {
        self.branches("Conditions")
            .iter()
            .filter_map(|branch| read_condition(branch.get("Condition")?))
            .collect()
    }

    pub(crate) fn branches(&self, key: &str) -> &'a [Value] {
        let branches = self.transitions.get(key).and_then(Value::as_array);
        branches.map(Vec::as_slice).unwrap_or_default()
    }

    fn error_types(&self) -> impl Iterator<Item = &'a str> {
        self.branches("Errors")
            .iter()
            .filter_map(|error| error.get("ErrorType")?.as_str())
    }

    /// A problem in the given words at a route within the action.
    pub(crate) fn problem(&mut self, message: &str, route: &str) {
        let route = self.route(route);
        self.problems.add(message, Some(route));
    }

    fn route(&self, within: &str) -> String {
        if within.is_empty() {
            format!("Actions[{}]", self.index)
        } else {
            format!("Actions[{}].{within}", self.index)
        }
    }

    fn pathed(&mut self, what: &str, route: &str) {
        let path = self.route(route);
        self.problems
            .add(format!("{what}. Path: {path}"), Some(path));
    }

    /// A value that the service does not take.
    pub(crate) fn invalid_value(&mut self, route: &str) {
        self.pathed("Invalid Action property value", route);
    }

    /// Something that must be there and is not.
    pub(crate) fn missing(&mut self, route: &str) {
        self.pathed("Action is missing required property", route);
    }

    /// A parameter that the action does not have.
    pub(crate) fn unknown_parameter(&mut self, name: &str) {
        self.unknown_name(&format!("Parameters.{name}"));
    }

    pub(crate) fn unknown_name(&mut self, route: &str) {
        self.pathed("Invalid Action property name", route);
    }

    pub(crate) fn unsupported(&mut self, what: &str, route: &str) {
        self.pathed(&format!("Action does not support {what}"), route);
    }

    pub(crate) fn needs_parameter(&mut self, name: &str) {
        if self.parameter(name).is_none() {
            self.missing(&format!("Parameters.{name}"));
        }
    }

    /// Error branches that must be there.
    pub(crate) fn needs_errors(&mut self, error_types: &[&str]) {
        for error_type in error_types {
            if !self.error_types().any(|found| found == *error_type) {
                self.error_problem("Action is missing required error", error_type);
            }
        }
    }

    /// Error branches that must not be there.
    pub(crate) fn refuses_errors(&mut self, error_types: &[&str]) {
        for error_type in error_types {
            if self.error_types().any(|found| found == *error_type) {
                self.refuse_error(error_type);
            }
        }
    }

    pub(crate) fn refuse_error(&mut self, error_type: &str) {
        self.error_problem("Invalid Action error", error_type);
    }

    fn error_problem(&mut self, what: &str, error_type: &str) {
        let path = self.route("");
        self.problems.add(
            format!("{what}. Error: {error_type}, Path: {path}"),
            Some(path),
        );
    }

    /// For actions that take conditions in one of their modes only.
    pub(crate) fn refuses_conditions(&mut self) {
        if !self.branches("Conditions").is_empty() {
            self.unsupported("conditions", "Transitions.Conditions");
        }
    }
}

pub(crate) fn read_condition(value: &Value) -> Option<Condition> {
    let operands = value.get("Operands")?.as_array()?;
    Some(Condition {
        operator: value.get("Operator")?.as_str()?.to_owned(),
        operands: operands
            .iter()
            .map(|operand| operand.as_str().map(str::to_owned))
            .collect::<Option<_>>()?,
    })
}

pub(crate) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) if !path::has_path(text) => text.parse().ok(),
        _ => None,
    }
}
