//! A flow as a value: actions and what leads from one to the next.

use super::ParseError;
use crate::route::Route;
use serde::Serialize;
use serde_json::{Map, Value};

/// A flow, whatever Amazon Connect would say to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flow {
    /// Version of the language; Amazon Connect knows `2019-10-30` only.
    pub version: String,
    /// Identifier of the action that a contact meets first.
    pub start_action: String,
    /// The actions, in the order of the document.
    pub actions: Vec<Action>,
    /// What the flow designer keeps: names, positions on the canvas.
    pub metadata: Option<Value>,
    /// The boilerplate that modules carry.
    pub settings: Option<Value>,
}

/// One action: what is done, and where to go then.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Action {
    /// Its name within the flow.
    pub identifier: String,
    /// What it does: `MessageParticipant`, `InvokeLambdaFunction`, …
    pub kind: String,
    /// With what; an object.
    pub parameters: Value,
    /// Where to go afterwards.
    pub transitions: Transitions,
}

/// What leads out of an action.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Transitions {
    /// Where to go when nothing else applies.
    pub next_action: Option<String>,
    /// Tested in order against the result of the action; the first that holds wins.
    pub conditions: Vec<Branch>,
    /// Where to go when the action fails.
    pub errors: Vec<ErrorBranch>,
}

/// Where to go when a condition holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Branch {
    /// The identifier of the action to go to.
    pub next_action: String,
    /// The test.
    pub condition: Condition,
}

/// A test of the result of an action.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Condition {
    /// `Equals`, `TextContains`, `NumberGreaterThan`, …
    pub operator: String,
    /// What the result is compared with.
    pub operands: Vec<String>,
}

/// Where to go after an error.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorBranch {
    /// The identifier of the action to go to.
    pub next_action: String,
    /// `NoMatchingError`, `InputTimeLimitExceeded`, …
    pub error_type: String,
}

impl Flow {
    /// Reads the text of a flow; see [`super::Document`] for one that keeps positions.
    ///
    /// # Errors
    /// When the text is not strict JSON or has not the shape of a flow.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        super::Document::parse(text)?.flow()
    }

    /// The action of this name.
    pub fn action(&self, identifier: &str) -> Option<&Action> {
        self.actions
            .iter()
            .find(|action| action.identifier == identifier)
    }
}

/// A value that does not have the shape of a flow.
pub(super) struct Fault {
    pub(super) route: Route,
    pub(super) message: String,
}

type Read<T> = Result<T, Fault>;

pub(super) fn read(value: &Value) -> Read<Flow> {
    let root = Route::default();
    let object = object(value, &root)?;
    let actions = list(object.get("Actions"), &root.key("Actions"))?
        .ok_or_else(|| missing(&root, "Actions"))?;
    Ok(Flow {
        version: text(object, "Version", &root)?,
        start_action: text(object, "StartAction", &root)?,
        actions: each(actions, &root.key("Actions"), action)?,
        metadata: object.get("Metadata").cloned(),
        settings: object.get("Settings").cloned(),
    })
}

fn action(value: &Value, route: &Route) -> Read<Action> {
    let members = object(value, route)?;
    // The designer leaves out what is empty.
    let parameters = match members.get("Parameters") {
        None | Some(Value::Null) => Value::Object(Map::new()),
        Some(parameters) => {
            object(parameters, &route.key("Parameters"))?;
            parameters.clone()
        }
    };
    let transitions = match members.get("Transitions") {
        None | Some(Value::Null) => Transitions::default(),
        Some(value) => transitions(value, &route.key("Transitions"))?,
    };
    Ok(Action {
        identifier: text(members, "Identifier", route)?,
        kind: text(members, "Type", route)?,
        parameters,
        transitions,
    })
}

fn transitions(value: &Value, route: &Route) -> Read<Transitions> {
    let members = object(value, route)?;
    let next_action = match members.get("NextAction") {
        None | Some(Value::Null) => None,
        Some(_) => Some(text(members, "NextAction", route)?),
    };
    let (to_conditions, to_errors) = (route.key("Conditions"), route.key("Errors"));
    let conditions = list(members.get("Conditions"), &to_conditions)?.unwrap_or_default();
    let errors = list(members.get("Errors"), &to_errors)?.unwrap_or_default();
    Ok(Transitions {
        next_action,
        conditions: each(conditions, &to_conditions, branch)?,
        errors: each(errors, &to_errors, error_branch)?,
    })
}

fn branch(value: &Value, route: &Route) -> Read<Branch> {
    let members = object(value, route)?;
    let inner = route.key("Condition");
    let condition = members
        .get("Condition")
        .ok_or_else(|| missing(route, "Condition"))?;
    let condition = object(condition, &inner)?;
    let to_operands = inner.key("Operands");
    let operands = list(condition.get("Operands"), &to_operands)?.unwrap_or_default();
    Ok(Branch {
        next_action: text(members, "NextAction", route)?,
        condition: Condition {
            operator: text(condition, "Operator", &inner)?,
            operands: each(operands, &to_operands, |operand, route| {
                let operand = operand.as_str().ok_or_else(|| wrong(route, "a string"))?;
                Ok(operand.to_owned())
            })?,
        },
    })
}

fn error_branch(value: &Value, route: &Route) -> Read<ErrorBranch> {
    let members = object(value, route)?;
    Ok(ErrorBranch {
        next_action: text(members, "NextAction", route)?,
        error_type: text(members, "ErrorType", route)?,
    })
}

fn each<T>(
    values: &[Value],
    route: &Route,
    read: impl Fn(&Value, &Route) -> Read<T>,
) -> Read<Vec<T>> {
    let values = values.iter().enumerate();
    values
        .map(|(index, value)| read(value, &route.index(index)))
        .collect()
}

fn object<'a>(value: &'a Value, route: &Route) -> Read<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| wrong(route, "an object"))
}

fn list<'a>(value: Option<&'a Value>, route: &Route) -> Read<Option<&'a [Value]>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(values)) => Ok(Some(values)),
        Some(_) => Err(wrong(route, "a list")),
    }
}

fn text(members: &Map<String, Value>, key: &str, route: &Route) -> Read<String> {
    match members.get(key) {
        None => Err(missing(route, key)),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(wrong(&route.key(key), "a string")),
    }
}

fn missing(route: &Route, key: &str) -> Fault {
    let place = if route.is_root() {
        "the flow".to_owned()
    } else {
        route.to_string()
    };
    Fault {
        route: route.clone(),
        message: format!("{place} has no {key}"),
    }
}

fn wrong(route: &Route, expected: &str) -> Fault {
    let place = if route.is_root() {
        "a flow".to_owned()
    } else {
        route.to_string()
    };
    Fault {
        route: route.clone(),
        message: format!("{place} must be {expected}"),
    }
}
