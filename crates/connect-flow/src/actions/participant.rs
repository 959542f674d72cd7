//! Actions that ask the participant, or connect them to somebody else.

use super::messages::MEDIA;
use crate::FlowType;
use crate::spec::ActionCheck;
use crate::spec::{
    ActionSpec, Binding, CALLER, ConditionRule, EQUALS, Hosts, LOWER_TRUE_FALSE, NO_MATCHING_ERROR,
    Parameter, Shape, TRUE_FALSE, any, choice, dynamic, exactly_one, fixed, id, integer,
    integer_or_path, map, object, one_or_none, some_of, text,
};

pub(super) const ACTIONS: &[&ActionSpec] = &[
    &GET_PARTICIPANT_INPUT,
    &LEX_BOT,
    &SHOW_VIEW,
    &THIRD_PARTY,
    &AGENTIC_CX,
    &AUTHENTICATE,
];

/// The keys of a telephone.
const KEYS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"];

const GET_PARTICIPANT_INPUT: ActionSpec = ActionSpec::new(
    "GetParticipantInput",
    // The administrator guide's table lists the outbound whisper too.
    CALLER.and(Hosts::OUTBOUND_WHISPER),
)
.parameters(&[
    dynamic("Text"),
    dynamic("SSML"),
    text("PromptId"),
    MEDIA,
    integer("InputTimeLimitSeconds", 1, 180),
    choice("StoreInput", TRUE_FALSE),
    object(
        "InputValidation",
        &[
            object(
                "PhoneNumberValidation",
                &[
                    choice("NumberFormat", &["Local", "E164"]).required(),
                    fixed("CountryCode"),
                ],
            ),
            object(
                "CustomValidation",
                // Console: 1 to 20 digits; the service's own bound is not known.
                &[integer("MaximumLength", 1, 100).required()],
            ),
        ],
    ),
    object(
        "InputEncryption",
        &[text("EncryptionKeyId").required(), text("Key").required()],
    ),
    object(
        "DTMFConfiguration",
        &[
            fixed("InputTerminationSequence"),
            choice("DisableCancelKey", TRUE_FALSE),
            integer("InterdigitTimeLimitSeconds", 1, 20),
        ],
    ),
    choice("EnableDTMFBuffer", LOWER_TRUE_FALSE),
])
.groups(&[one_or_none(&["Text", "SSML", "PromptId", "Media"])])
.conditions(ConditionRule::Among(KEYS))
.optional_errors(&[
    "NoMatchingError",
    "NoMatchingCondition",
    "InputTimeLimitExceeded",
    "InvalidPhoneNumber",
])
.check(input_modes);

/// A menu, a stored input and the setting of the touchtone buffer are one type
/// with three sets of rules.
fn input_modes(action: &mut ActionCheck<'_>) {
    if action.parameter("EnableDTMFBuffer").is_some() {
        action.needs_errors(NO_MATCHING_ERROR);
        return;
    }
    action.needs_parameter("InputTimeLimitSeconds");
    action.needs_parameter("StoreInput");
    if action.text("StoreInput") == Some("True") {
        stored_input(action);
    } else {
        menu(action);
    }
}

fn menu(action: &mut ActionCheck<'_>) {
    for refused in ["InputValidation", "InputEncryption", "DTMFConfiguration"] {
        if action.parameter(refused).is_some() {
            action.invalid_value(&format!("Parameters.{refused}"));
        }
    }
    action.needs_errors(&[
        "NoMatchingCondition",
        "InputTimeLimitExceeded",
        "NoMatchingError",
    ]);
    action.refuses_errors(&["InvalidPhoneNumber"]);
}

fn stored_input(action: &mut ActionCheck<'_>) {
    action.needs_parameter("InputValidation");
    action.refuses_conditions();
    action.needs_errors(NO_MATCHING_ERROR);
    // Silence takes the success branch with the value "Timeout".
    action.refuses_errors(&["InputTimeLimitExceeded", "NoMatchingCondition"]);

    let Some(validation) = action.parameter("InputValidation") else {
        return;
    };
    let phone_number = validation.get("PhoneNumberValidation");
    let custom = validation.get("CustomValidation");
    if phone_number.is_some() == custom.is_some() {
        action.invalid_value("Parameters.InputValidation");
    }
    if let Some(phone_number) = phone_number {
        let local = phone_number.get("NumberFormat").and_then(|v| v.as_str()) == Some("Local");
        if local && phone_number.get("CountryCode").is_none() {
            action.missing("Parameters.InputValidation.PhoneNumberValidation.CountryCode");
        }
        if action.parameter("InputEncryption").is_some() {
            action.invalid_value("Parameters.InputEncryption");
        }
    } else {
        // Whether a missing InvalidPhoneNumber branch is refused with
        // PhoneNumberValidation is not known; without it the branch is.
        action.refuses_errors(&["InvalidPhoneNumber"]);
    }
    termination(action);
}

fn termination(action: &mut ActionCheck<'_>) {
    let Some(configuration) = action.parameter("DTMFConfiguration") else {
        return;
    };
    let word = |key| configuration.get(key).and_then(|value| value.as_str());
    let Some(sequence) = word("InputTerminationSequence") else {
        return;
    };
    let keys = !sequence.is_empty() && sequence.chars().all(|key| "0123456789*#".contains(key));
    // `*` clears what was typed unless that is switched off.
    let cancels = sequence.contains('*') && word("DisableCancelKey") != Some("True");
    if !keys || sequence.chars().count() > 5 || cancels {
        action.invalid_value("Parameters.DTMFConfiguration.InputTerminationSequence");
    }
}

const LEX_BOT: ActionSpec = ActionSpec::new("ConnectParticipantWithLexBot", CALLER)
    .parameters(&[
        dynamic("Text"),
        dynamic("SSML"),
        text("PromptId"),
        MEDIA,
        object("LexInitializationData", &[dynamic("InitialMessage")]),
        object("LexV2Bot", &[text("AliasArn").required()]),
        object(
            "LexBot",
            &[
                text("Name").required(),
                text("Region").required(),
                text("Alias").required(),
            ],
        ),
        map("LexSessionAttributes"),
        any("LexTimeoutSeconds"),
    ])
    .groups(&[
        exactly_one(&["LexV2Bot", "LexBot"]),
        one_or_none(&["Text", "SSML", "PromptId", "Media"]),
        some_of(&["Text", "SSML", "PromptId", "Media", "LexInitializationData"]),
    ])
    // The result is the intent's name. Intents with sentiment branches test
    // more than that; what they look like is not known well enough to refuse.
    .conditions(ConditionRule::Any(EQUALS))
    .errors(&["NoMatchingError", "NoMatchingCondition"])
    // Reports differ on whether it must, may or must not be there.
    .optional_errors(&["InputTimeLimitExceeded"]);

const SHOW_VIEW: ActionSpec = ActionSpec::new(
    "ShowView",
    Hosts::INBOUND.and(Hosts::QUEUE).and(Hosts::MODULES),
)
.parameters(&[
    object("ViewResource", &[text("Id").required(), fixed("Version")]).required(),
    integer("InvocationTimeLimitSeconds", 1, 604_800).required(),
    any("ViewData"),
    any("SensitiveDataConfiguration"),
])
.conditions(ConditionRule::Any(EQUALS))
.errors(&[
    "NoMatchingError",
    "NoMatchingCondition",
    "TimeLimitExceeded",
]);

const THIRD_PARTY: ActionSpec = ActionSpec::new(
    "TransferParticipantToThirdParty",
    Hosts::INBOUND.and(Hosts::QUEUE).and(Hosts::TRANSFER),
)
.parameters(&[
    text("ThirdPartyPhoneNumber").required(),
    integer_or_path("ThirdPartyConnectionTimeLimitSeconds", 0, 600).required(),
    choice("ContinueFlowExecution", TRUE_FALSE).required(),
    Parameter::new("ThirdPartyDTMFDigits", Shape::Text(Binding::StaticOrPath)),
    object("CallerId", &[text("Number"), text("Name")]),
])
.errors(NO_MATCHING_ERROR)
.optional_errors(&["CallFailed", "ConnectionTimeLimitExceeded"])
.check(third_party_outcomes);

fn third_party_outcomes(action: &mut ActionCheck<'_>) {
    const OUTCOMES: &[&str] = &["CallFailed", "ConnectionTimeLimitExceeded"];
    let goes_on = action.text("ContinueFlowExecution") == Some("True");
    if goes_on && !action.is_in(FlowType::AgentTransfer) {
        action.needs_errors(OUTCOMES);
    } else {
        action.refuses_errors(OUTCOMES);
    }
    let Some(digits) = action.text("ThirdPartyDTMFDigits") else {
        return;
    };
    let allowed =
        digits.starts_with('$') || digits.chars().all(|key| "0123456789,*#".contains(key));
    if !allowed || digits.chars().count() > 50 {
        action.invalid_value("Parameters.ThirdPartyDTMFDigits");
    }
}

/// New in 2026: it exists, its parameters and branches are hardly known.
const AGENTIC_CX: ActionSpec = ActionSpec::new("ConnectParticipantWithAgenticCX", Hosts::ALL)
    .parameters(&[
        any("AgentConfiguration"),
        any("WorkspaceId"),
        any("ApplicationId"),
        any("Alias"),
        dynamic("Text"),
        dynamic("SSML"),
        id("PromptId"),
        MEDIA,
    ])
    .conditions(ConditionRule::Any(EQUALS))
    .optional_errors(&[
        "NoMatchingError",
        "NoMatchingCondition",
        "InputTimeLimitExceeded",
    ]);

const AUTHENTICATE: ActionSpec = ActionSpec::new("AuthenticateParticipant", Hosts::INBOUND)
    .parameters(&[
        any("CognitoConfiguration"),
        any("CustomerProfilesConfiguration"),
        any("TimeLimitMinutes"),
    ])
    // Which results it has is documented nowhere.
    .conditions(ConditionRule::Any(EQUALS))
    .optional_errors(&[
        "NoMatchingError",
        "NoMatchingCondition",
        "TimeLimitExceeded",
    ]);
