//! `Compare`: branches on a value.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::path::Path;
use crate::simulate::branch::Outcome;
use crate::simulate::call::Call;
use serde_json::Value;

pub(super) const BEHAVIOUR: Behaviour = Behaviour::silent(enter);

fn enter(call: &mut Call, action: &Action) -> Turn {
    let value = action.parameters.get("ComparisonValue");
    let Some(path) = value.and_then(Value::as_str).and_then(Path::parse) else {
        return Turn::malformed(action, "its ComparisonValue is no JSONPath");
    };
    Turn::Leave(match call.resolve(&path) {
        Some(value) => Outcome::Result(value),
        // What has no value meets no condition, not even one that an empty text
        // would meet.
        None => Outcome::Failed {
            error_type: "NoMatchingCondition",
            reason: format!("{path} has no value"),
        },
    })
}
