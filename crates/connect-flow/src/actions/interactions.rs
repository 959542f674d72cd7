//! Actions that reach outside: functions, callbacks, outbound chats, Amazon Q.

use crate::spec::{
    ActionSpec, CALLER, Hosts, NO_MATCHING_ERROR, Parameter, Shape, any, choice, dynamic, id,
    integer, integer_or_path, map, object, one_or_none, text,
};

pub(super) const ACTIONS: &[&ActionSpec] = &[
    &INVOKE_LAMBDA,
    &CREATE_CALLBACK,
    &OUTBOUND_CHAT,
    &WISDOM_SESSION,
];

const INVOKE_LAMBDA: ActionSpec = ActionSpec::new("InvokeLambdaFunction", Hosts::ALL)
    .parameters(&[
        dynamic("LambdaFunctionARN").required(),
        // The console offers up to 60 s for asynchronous invocations; whether the
        // service takes more than 8 then is not known.
        Parameter::new(
            "InvocationTimeLimitSeconds",
            Shape::Integer {
                min: 1,
                max: 60,
                path: false,
            },
        )
        .required(),
        choice("InvocationType", &["SYNCHRONOUS", "ASYNCHRONOUS"]),
        map("LambdaInvocationAttributes"),
        object(
            "ResponseValidation",
            &[choice("ResponseType", &["STRING_MAP", "JSON"]).required()],
        ),
    ])
    .errors(NO_MATCHING_ERROR)
    .check(|action| {
        let limit = action.integer("InvocationTimeLimitSeconds");
        let waits = action.text("InvocationType") != Some("ASYNCHRONOUS");
        if waits && limit.is_some_and(|limit| limit > 8) {
            action.invalid_value("Parameters.InvocationTimeLimitSeconds");
        }
    });

const CREATE_CALLBACK: ActionSpec = ActionSpec::new("CreateCallbackContact", CALLER)
    .parameters(&[
        id("QueueId"),
        id("AgentId"),
        integer("InitialCallDelaySeconds", 1, 259_200).required(),
        integer("RetryDelaySeconds", 1, 259_200).required(),
        integer("MaximumConnectionAttempts", 1, i64::MAX).required(),
        id("ContactFlowId"),
        any("CallerId"),
        any("CallbackMode"),
    ])
    .groups(&[one_or_none(&["QueueId", "AgentId"])])
    .errors(NO_MATCHING_ERROR);

const ENDPOINT: &[Parameter] = &[text("Address").required(), text("Type").required()];

const OUTBOUND_CHAT: ActionSpec = ActionSpec::new("StartOutboundChatContact", Hosts::ALL)
    .parameters(&[
        object("SourceEndpoint", ENDPOINT),
        object("DestinationEndpoint", ENDPOINT),
        text("ContactFlowArn"),
        text("ContactSubtype"),
        any("InitialSystemMessage"),
        any("InitialTemplatedSystemMessage"),
        any("RelatedContactId"),
        any("Attributes"),
        integer_or_path("ChatDurationInMinutes", 60, 10_080),
    ])
    .optional_errors(NO_MATCHING_ERROR);

const WISDOM_SESSION: ActionSpec = ActionSpec::new("CreateWisdomSession", Hosts::ALL)
    .parameters(&[
        text("WisdomAssistantArn").required(),
        any("AIAgentConfiguration"),
    ])
    .errors(NO_MATCHING_ERROR);
