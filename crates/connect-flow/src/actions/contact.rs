//! Actions that change the contact.

use crate::spec::ActionCheck;
use crate::spec::{
    ActionSpec, CALLER, Hosts, NO_MATCHING_ERROR, Parameter, Shape, any, choice, dynamic, id, map,
    object, some_of, text,
};

pub(super) const ACTIONS: &[&ActionSpec] = &[
    &ATTRIBUTES,
    &VOICE,
    &CALLBACK_NUMBER,
    &EVENT_HOOKS,
    &DATA,
    &PREVIOUS_PARTICIPANT,
    &OUTBOUND_CALL,
    &RESUME,
    &TAG,
    &UNTAG,
    &PERSISTENT_ASSOCIATION,
    &SEGMENT_MEMBERSHIP,
    &LOAD_CONTENT,
];

const ATTRIBUTES: ActionSpec = ActionSpec::new("UpdateContactAttributes", Hosts::ALL)
    .parameters(&[
        map("Attributes").required(),
        // The documentation requires it; the designer mostly leaves it out.
        choice("TargetContact", &["Current", "Related"]),
    ])
    .errors(NO_MATCHING_ERROR)
    .check(attribute_names);

fn attribute_names(action: &mut ActionCheck<'_>) {
    let Some(attributes) = action
        .parameter("Attributes")
        .and_then(|map| map.as_object())
    else {
        return;
    };
    // A key may itself be dynamic, and then holds `$` and `.`.
    let odd = attributes
        .keys()
        .any(|key| key.is_empty() || !crate::path::has_path(key) && key.contains(['$', '.']));
    if odd {
        action.invalid_value("Parameters.Attributes");
    }
}

const VOICE: ActionSpec = ActionSpec::new("UpdateContactTextToSpeechVoice", Hosts::ALL)
    .parameters(&[
        // The service does not look at the values.
        dynamic("TextToSpeechVoice").required(),
        dynamic("TextToSpeechEngine"),
        dynamic("TextToSpeechStyle"),
    ])
    .optional_errors(NO_MATCHING_ERROR);

const CALLBACK_NUMBER: ActionSpec = ActionSpec::new("UpdateContactCallbackNumber", CALLER)
    .parameters(&[
        Parameter::new("CallbackNumber", Shape::Text(crate::spec::Binding::Path)).required(),
    ])
    .errors(&["InvalidCallbackNumber", "CallbackNumberNotDialable"]);

const EVENT_HOOKS: ActionSpec = ActionSpec::new("UpdateContactEventHooks", Hosts::ALL)
    .parameters(&[object(
        "EventHooks",
        &[
            id("AgentHold"),
            id("AgentWhisper"),
            id("CustomerHold"),
            id("CustomerQueue"),
            id("CustomerRemaining"),
            id("CustomerWhisper"),
            id("DefaultAgentUI"),
            id("DisconnectAgentUI"),
            id("PauseContact"),
            id("ResumeContact"),
        ],
    )
    .required()])
    .errors(NO_MATCHING_ERROR)
    .check(|action| {
        let hooks = action.parameter("EventHooks").and_then(|v| v.as_object());
        if hooks.is_some_and(|hooks| hooks.len() != 1) {
            action.invalid_value("Parameters.EventHooks");
        }
    });

const DATA: ActionSpec = ActionSpec::new("UpdateContactData", Hosts::ALL)
    .parameters(&[
        dynamic("Name"),
        dynamic("Description"),
        dynamic("LanguageCode"),
        dynamic("CustomerId"),
        // One report has it refused; it is documented.
        any("References"),
        any("SegmentAttributes"),
        text("WisdomSessionArn"),
        any("IsVoiceIdStreamingEnabled"),
        any("IsVoiceAuthenticationEnabled"),
        any("IsFraudDetectionEnabled"),
        any("VoiceAuthenticationThreshold"),
        any("VoiceAuthenticationResponseTime"),
        any("FraudDetectionThreshold"),
        any("WatchlistId"),
        choice("TargetContact", &["Current", "Related"]),
    ])
    .groups(&[some_of(&[
        "Name",
        "Description",
        "LanguageCode",
        "CustomerId",
        "References",
        "SegmentAttributes",
        "WisdomSessionArn",
        "IsVoiceIdStreamingEnabled",
        "IsVoiceAuthenticationEnabled",
        "IsFraudDetectionEnabled",
        "VoiceAuthenticationThreshold",
        "VoiceAuthenticationResponseTime",
        "FraudDetectionThreshold",
        "WatchlistId",
    ])])
    .errors(NO_MATCHING_ERROR);

const PREVIOUS_PARTICIPANT: ActionSpec = ActionSpec::new(
    "UpdatePreviousContactParticipantState",
    Hosts::INBOUND.and(Hosts::TRANSFER),
)
.parameters(&[choice(
    "PreviousContactParticipantState",
    &["AgentOnHold", "CustomerOnHold", "OffHold"],
)
.required()])
.errors(NO_MATCHING_ERROR);

const OUTBOUND_CALL: ActionSpec = ActionSpec::new("CompleteOutboundCall", Hosts::OUTBOUND_WHISPER)
    .parameters(&[object("CallerId", &[text("Number").required()])]);

const RESUME: ActionSpec =
    ActionSpec::new("ResumeContact", Hosts::ALL).optional_errors(NO_MATCHING_ERROR);

const TAG: ActionSpec = ActionSpec::new("TagContact", Hosts::ALL)
    .parameters(&[map("Tags").required()])
    .errors(NO_MATCHING_ERROR)
    .check(|action| {
        let tags = action.parameter("Tags").and_then(|tags| tags.as_object());
        if tags.is_some_and(|tags| tags.len() > 6) {
            action.problem("More than 6 tags in Parameters.Tags", "Parameters.Tags");
        }
    });

const UNTAG: ActionSpec = ActionSpec::new("UntagContact", Hosts::ALL)
    .parameters(&[Parameter::new(
        "TagKeys",
        Shape::List(&Shape::Text(crate::spec::Binding::Static)),
    )
    .required()])
    .errors(NO_MATCHING_ERROR)
    .check(|action| {
        let keys = action.parameter("TagKeys").and_then(|keys| keys.as_array());
        if keys.is_some_and(Vec::is_empty) {
            action.invalid_value("Parameters.TagKeys");
        }
    });

const PERSISTENT_ASSOCIATION: ActionSpec =
    ActionSpec::new("CreatePersistentContactAssociation", Hosts::ALL)
        .parameters(&[
            choice("RehydrationType", &["ENTIRE_PAST_SESSION", "FROM_SEGMENT"]),
            text("SourceContactId"),
            any("ClientToken"),
        ])
        .optional_errors(NO_MATCHING_ERROR);

/// Documented in the administrator guide alone, without its parameters.
const SEGMENT_MEMBERSHIP: ActionSpec = ActionSpec::new("CheckSegmentMembership", Hosts::ALL)
    .parameters(&[any("SegmentId"), any("SegmentName"), any("ProfileId")])
    .conditions(crate::spec::ConditionRule::Any(crate::spec::EQUALS))
    .optional_errors(&["NoMatchingError", "NoMatchingCondition"]);

const LOAD_CONTENT: ActionSpec = ActionSpec::new("LoadContactContent", Hosts::ALL)
    .parameters(&[choice("ContentType", &["EmailMessage"])])
    .optional_errors(NO_MATCHING_ERROR);
