//! Tasks.

use crate::spec::{
    ActionSpec, Hosts, NO_MATCHING_ERROR, any, dynamic, id, integer_or_path, one_or_none, text,
};

pub(super) const ACTIONS: &[&ActionSpec] = &[&CREATE_TASK];

const CREATE_TASK: ActionSpec = ActionSpec::new("CreateTask", Hosts::ALL)
    .parameters(&[
        // The flow or a template; the documentation requires the flow.
        id("ContactFlowId"),
        dynamic("Name"),
        dynamic("Description"),
        any("Attributes"),
        any("References"),
        integer_or_path("DelaySeconds", 1, 518_400),
        text("ScheduledTime"),
        id("TaskTemplateId"),
        any("TaskFields"),
        any("RelatedContactId"),
        any("Assignment"),
        any("QuickConnectId"),
    ])
    .groups(&[one_or_none(&["DelaySeconds", "ScheduledTime"])])
    .optional_errors(NO_MATCHING_ERROR);
