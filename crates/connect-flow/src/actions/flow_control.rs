//! Actions that only decide where the flow goes on.

use crate::FlowType;
use crate::path::Path;
use crate::spec::ActionCheck;
use crate::spec::{
    ActionSpec, CALLER, ConditionRule, Hosts, NO_MATCHING_ERROR, NUMBER_OPERATORS, Parameter,
    Shape, any, choice, fixed, id, integer, integer_or_path, map, one_or_none,
};

pub(super) const ACTIONS: &[&ActionSpec] = &[
    &COMPARE,
    &CHECK_HOURS,
    &CHECK_METRIC_DATA,
    &GET_METRIC_DATA,
    &LOOP,
    &WAIT,
    &DISTRIBUTE,
    &TRANSFER_TO_FLOW,
    &UPDATE_FLOW_ATTRIBUTES,
    &LOGGING,
    &CHECK_OUTBOUND_CALL,
];

const COMPARE: ActionSpec = ActionSpec::new("Compare", Hosts::ALL)
    .parameters(&[fixed_or_path("ComparisonValue").required()])
    .conditions(ConditionRule::Any(&[
        "Equals",
        "TextStartsWith",
        "TextEndsWith",
        "TextContains",
        "NumberGreaterThan",
        "NumberGreaterOrEqualTo",
        "NumberLessThan",
        "NumberLessOrEqualTo",
        // Undocumented, but the service takes it.
        "KeyExists",
    ]))
    .errors(&["NoMatchingCondition"])
    .check(comparison_value);

const fn fixed_or_path(name: &'static str) -> Parameter {
    // Judged by `comparison_value`, which knows more than a binding can say.
    Parameter::new(name, Shape::Any)
}

/// Roots that hold a value themselves.
const LEAF_ROOTS: &[&str] = &[
    "AwsRegion",
    "Channel",
    "ContactId",
    "CustomerId",
    "Description",
    "InitialContactId",
    "InitiationMethod",
    "InstanceARN",
    "LanguageCode",
    "Name",
    "PreviousContactId",
    "RelatedContactId",
    "StoredCustomerInput",
    "TextToSpeechVoiceId",
];

/// Roots with something below them.
const BRANCH_ROOTS: &[&str] = &[
    "AdditionalEmailRecipients",
    "Agent",
    "AgenticCX",
    "Attributes",
    "Capabilities",
    "Case",
    "Customer",
    "CustomerEndpoint",
    "DataTableList",
    "DataTables",
    "Email",
    "External",
    "FlowAttributes",
    "LambdaInvocation",
    "Lex",
    "Loop",
    "Media",
    "MediaStreams",
    "Metrics",
    "Modules",
    "Queue",
    "References",
    "SegmentAttributes",
    "SystemEndpoint",
    "Tags",
    "Task",
    "Views",
    "Wisdom",
];

fn comparison_value(action: &mut ActionCheck<'_>) {
    let Some(value) = action.parameter("ComparisonValue") else {
        return;
    };
    let path = value.as_str().and_then(Path::parse);
    let real = path.is_some_and(|path| {
        let leaf = path.keys().len() > 1;
        // One report has $.Agent refused in inbound flows; in others it is filled.
        let agent = path.root() == "Agent" && action.is_in(FlowType::ContactFlow);
        !agent && (LEAF_ROOTS.contains(&path.root()) || leaf && BRANCH_ROOTS.contains(&path.root()))
    });
    if !real {
        action.invalid_value("Parameters.ComparisonValue");
    }
}

const CHECK_HOURS: ActionSpec = ActionSpec::new("CheckHoursOfOperation", CALLER)
    .parameters(&[id("HoursOfOperationId")])
    .conditions(ConditionRule::Exactly(&["True", "False"]))
    .errors(NO_MATCHING_ERROR);

const CHECK_METRIC_DATA: ActionSpec = ActionSpec::new("CheckMetricData", CALLER)
    .parameters(&[
        choice(
            "MetricType",
            &[
                "NumberOfAgentsAvailable",
                "NumberOfAgentsStaffed",
                "NumberOfAgentsOnline",
                "OldestContactInQueueAgeSeconds",
                "NumberOfContactsInQueue",
            ],
        )
        .required(),
        id("QueueId"),
        id("AgentId"),
    ])
    .groups(&[one_or_none(&["QueueId", "AgentId"])])
    .conditions(ConditionRule::Any(NUMBER_OPERATORS))
    .errors(&["NoMatchingError", "NoMatchingCondition"])
    .check(metric_conditions);

fn metric_conditions(action: &mut ActionCheck<'_>) {
    let agents = action
        .text("MetricType")
        .is_some_and(|metric| metric.starts_with("NumberOfAgents"));
    let conditions = action.conditions();
    let somebody = conditions
        .iter()
        .all(|condition| condition.operator == "NumberGreaterThan" && condition.operands == ["0"]);
    if conditions.is_empty() || agents && !somebody {
        action.invalid_value("Transitions.Conditions");
    }
}

const GET_METRIC_DATA: ActionSpec = ActionSpec::new("GetMetricData", Hosts::ALL)
    .parameters(&[
        id("QueueId"),
        id("AgentId"),
        // Voice and Chat are documented; whether others are refused is not known.
        fixed("QueueChannel"),
    ])
    .groups(&[one_or_none(&["QueueId", "AgentId"])])
    .errors(NO_MATCHING_ERROR);

const LOOP: ActionSpec = ActionSpec::new("Loop", Hosts::ALL)
    .parameters(&[
        integer_or_path("LoopCount", 0, 100),
        // The loop over a list: its keys are documented nowhere.
        any("LoopName"),
        any("LoopArray"),
        any("LoopElements"),
    ])
    .conditions(ConditionRule::Exactly(&["ContinueLooping", "DoneLooping"]))
    .optional_errors(NO_MATCHING_ERROR)
    .check(|action| {
        let over_a_list = ["LoopName", "LoopArray", "LoopElements"]
            .iter()
            .any(|key| action.parameter(key).is_some());
        if !over_a_list {
            action.needs_parameter("LoopCount");
        }
    });

const WAIT: ActionSpec = ActionSpec::new("Wait", Hosts::ALL)
    .parameters(&[
        integer_or_path("TimeLimitSeconds", 1, 604_800).required(),
        any("Events"),
        integer_or_path("MinimumWaitTimeSeconds", 0, 604_800),
    ])
    .conditions(ConditionRule::Among(&[
        "WaitCompleted",
        "CustomerReturned",
        "BotParticipantDisconnected",
        "Continue",
    ]))
    .errors(NO_MATCHING_ERROR)
    .optional_errors(&["ParticipantNotFound"])
    .check(wait_conditions);

/// `WaitCompleted` always, and one condition for each event waited for.
fn wait_conditions(action: &mut ActionCheck<'_>) {
    const EVENTS: &[&str] = &["CustomerReturned", "BotParticipantDisconnected"];
    let events: Vec<&str> = action
        .parameter("Events")
        .and_then(|events| events.as_array())
        .map(|events| events.iter().filter_map(|event| event.as_str()).collect())
        .unwrap_or_default();
    if events.iter().any(|event| !EVENTS.contains(event)) {
        action.invalid_value("Parameters.Events");
    }
    let tested: Vec<String> = action
        .conditions()
        .iter()
        .flat_map(|condition| condition.operands.clone())
        .collect();
    let complete = std::iter::once("WaitCompleted")
        .chain(events)
        .all(|event| tested.iter().any(|tested| tested == event));
    if !complete {
        action.invalid_value("Transitions.Conditions");
    }
}

const DISTRIBUTE: ActionSpec = ActionSpec::new("DistributeByPercentage", CALLER)
    .conditions(ConditionRule::Any(&["NumberLessThan"]))
    .errors(&["NoMatchingCondition"])
    .check(percentages_rise);

/// Each threshold is one more than the sum of the percentages up to it.
fn percentages_rise(action: &mut ActionCheck<'_>) {
    let mut last = 1;
    let mut rising = true;
    for condition in action.conditions() {
        match condition
            .operands
            .first()
            .map(|operand| operand.parse::<u32>())
        {
            Some(Ok(threshold)) if threshold >= last && threshold <= 101 => last = threshold,
            _ => rising = false,
        }
    }
    if !rising {
        action.invalid_value("Transitions.Conditions");
    }
}

const TRANSFER_TO_FLOW: ActionSpec = ActionSpec::new(
    "TransferToFlow",
    Hosts::INBOUND.and(Hosts::TRANSFER).and(Hosts::MODULES),
)
.parameters(&[id("ContactFlowId").required()])
.errors(NO_MATCHING_ERROR);

const UPDATE_FLOW_ATTRIBUTES: ActionSpec = ActionSpec::new("UpdateFlowAttributes", Hosts::ALL)
    .parameters(&[map("FlowAttributes").required()])
    .errors(NO_MATCHING_ERROR)
    .check(flow_attributes);

fn flow_attributes(action: &mut ActionCheck<'_>) {
    let Some(attributes) = action
        .parameter("FlowAttributes")
        .and_then(|map| map.as_object())
    else {
        return;
    };
    for (key, attribute) in attributes {
        let named = !key.is_empty() && !key.contains(['$', '.']);
        let value = attribute
            .get("Value")
            .is_some_and(|value| value.is_string());
        if !named || !value {
            action.invalid_value("Parameters.FlowAttributes");
            return;
        }
    }
}

const LOGGING: ActionSpec = ActionSpec::new("UpdateFlowLoggingBehavior", Hosts::ALL)
    .parameters(&[choice("FlowLoggingBehavior", &["Enabled", "Disabled"]).required()]);

const CHECK_OUTBOUND_CALL: ActionSpec = ActionSpec::new("CheckOutboundCallStatus", Hosts::ALL)
    // How long to listen, seen in exports; not documented.
    .parameters(&[integer("TimeLimitSeconds", 0, 600)])
    .conditions(ConditionRule::Among(&[
        "CallAnswered",
        "VoicemailBeep",
        "VoicemailNoBeep",
        "NotDetected",
    ]))
    .optional_errors(&["NoMatchingError", "NoMatchingCondition"]);
