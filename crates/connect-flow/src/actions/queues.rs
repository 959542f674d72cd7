//! Actions that route the contact to queues and agents.

use crate::spec::{
    ActionSpec, Hosts, NO_MATCHING_ERROR, Parameter, Shape, any, exactly_one, id, integer_or_path,
    one_or_none,
};

pub(super) const ACTIONS: &[&ActionSpec] = &[
    &TARGET_QUEUE,
    &TRANSFER_TO_QUEUE,
    &DEQUEUE,
    &ROUTING_BEHAVIOR,
    &ROUTING_CRITERIA,
    &ROUTE_TO_AGENT,
];

const TARGET_QUEUE: ActionSpec = ActionSpec::new(
    "UpdateContactTargetQueue",
    Hosts::INBOUND.and(Hosts::TRANSFER).and(Hosts::MODULES),
)
.parameters(&[id("QueueId"), id("AgentId")])
.groups(&[exactly_one(&["QueueId", "AgentId"])])
.errors(NO_MATCHING_ERROR);

const TRANSFER_TO_QUEUE: ActionSpec = ActionSpec::new(
    "TransferContactToQueue",
    Hosts::INBOUND.and(Hosts::TRANSFER).and(Hosts::MODULES),
)
.errors(&["QueueAtCapacity", "NoMatchingError"]);

const DEQUEUE: ActionSpec = ActionSpec::new(
    "DequeueContactAndTransferToQueue",
    Hosts::QUEUE.and(Hosts::MODULES),
)
.parameters(&[id("QueueId"), id("AgentId")])
// Both are documented as optional.
.groups(&[one_or_none(&["QueueId", "AgentId"])])
.errors(&["QueueAtCapacity", "NoMatchingError"]);

const ROUTING_BEHAVIOR: ActionSpec = ActionSpec::new(
    "UpdateContactRoutingBehavior",
    // The action's page names inbound flows; the administrator guide's table
    // has queue and transfer flows too.
    Hosts::INBOUND
        .and(Hosts::TRANSFER)
        .and(Hosts::QUEUE)
        .and(Hosts::MODULES),
)
.parameters(&[
    integer_or_path("QueuePriority", 1, i64::MAX),
    integer_or_path("QueueTimeAdjustmentSeconds", i64::MIN, i64::MAX),
])
.groups(&[exactly_one(&[
    "QueuePriority",
    "QueueTimeAdjustmentSeconds",
])]);

const ROUTING_CRITERIA: ActionSpec = ActionSpec::new(
    "UpdateContactRoutingCriteria",
    Hosts::INBOUND.and(Hosts::QUEUE).and(Hosts::TRANSFER),
)
.parameters(&[Parameter::new("RoutingCriteria", Shape::Any).required()])
.errors(NO_MATCHING_ERROR);

/// Documented in the administrator guide alone, without its parameters.
const ROUTE_TO_AGENT: ActionSpec = ActionSpec::new("RouteContactToAgent", Hosts::QUEUE)
    .parameters(&[any("AgentId"), any("QueueId")])
    .optional_errors(NO_MATCHING_ERROR);
