//! Calling a flow module.

use crate::spec::{ActionSpec, ConditionRule, EQUALS, Hosts, NO_MATCHING_ERROR, any, id};

pub(super) const ACTIONS: &[&ActionSpec] = &[&INVOKE_MODULE];

/// Its `Input` and its conditions are checked against the module that it names,
/// which only the service knows.
const INVOKE_MODULE: ActionSpec = ActionSpec::new(
    "InvokeFlowModule",
    // First inbound flows and modules only; the newer page says every type.
    Hosts::ALL,
)
.parameters(&[id("FlowModuleId").required(), any("Input")])
.conditions(ConditionRule::Any(EQUALS))
.errors(NO_MATCHING_ERROR)
.optional_errors(&["NoMatchingCondition"]);
