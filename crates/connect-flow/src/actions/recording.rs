//! Actions about recording, analytics and media streams.

use crate::spec::ActionCheck;
use crate::spec::{
    ActionSpec, Binding, Hosts, NO_MATCHING_ERROR, Parameter, Shape, any, choice, exactly_one,
    object, some_of,
};

pub(super) const ACTIONS: &[&ActionSpec] = &[
    &RECORDING,
    &RECORDING_AND_ANALYTICS,
    &STREAMING,
    &PROCESSING,
];

const NAMES: Shape = Shape::List(&Shape::Text(Binding::Static));

const RECORDING: ActionSpec = ActionSpec::new(
    "UpdateContactRecordingBehavior",
    Hosts::INBOUND
        .and(Hosts::TRANSFER)
        .and(Hosts::OUTBOUND_WHISPER)
        .and(Hosts::QUEUE)
        .and(Hosts::MODULES),
)
.parameters(&[
    object(
        "RecordingBehavior",
        &[
            Parameter::new("RecordedParticipants", NAMES).required(),
            Parameter::new("ScreenRecordedParticipants", NAMES),
            choice("IVRRecordingBehavior", &["Enabled", "Disabled"]),
        ],
    ),
    // Grows with every release of Contact Lens.
    any("AnalyticsBehavior"),
])
.groups(&[some_of(&["RecordingBehavior", "AnalyticsBehavior"])])
.check(recorded_participants);

fn recorded_participants(action: &mut ActionCheck<'_>) {
    let Some(behavior) = action.parameter("RecordingBehavior") else {
        return;
    };
    let known = [
        ("RecordedParticipants", &["Agent", "Customer"][..]),
        ("ScreenRecordedParticipants", &["Agent"][..]),
    ];
    for (key, allowed) in known {
        let Some(names) = behavior.get(key).and_then(|names| names.as_array()) else {
            continue;
        };
        let names = names.iter().filter_map(|name| name.as_str());
        if names.into_iter().any(|name| !allowed.contains(&name)) {
            action.invalid_value(&format!("Parameters.RecordingBehavior.{key}"));
        }
    }
}

const RECORDING_AND_ANALYTICS: ActionSpec =
    ActionSpec::new("UpdateContactRecordingAndAnalyticsBehavior", Hosts::ALL)
        .parameters(&[
            any("VoiceBehavior"),
            any("ChatBehavior"),
            any("ScreenRecordingBehavior"),
        ])
        .groups(&[exactly_one(&[
            "VoiceBehavior",
            "ChatBehavior",
            "ScreenRecordingBehavior",
        ])])
        .errors(&["NoMatchingError", "ChannelMismatch"])
        .optional_errors(&["InFlightRedactionConfigurationFailed"])
        .check(|action| {
            const REDACTION: &[&str] = &["InFlightRedactionConfigurationFailed"];
            if action.parameter("ChatBehavior").is_some() {
                action.needs_errors(REDACTION);
            } else {
                action.refuses_errors(REDACTION);
            }
        });

const STREAMING: ActionSpec = ActionSpec::new(
    "UpdateContactMediaStreamingBehavior",
    Hosts::INBOUND
        .and(Hosts::QUEUE)
        .and(Hosts::TRANSFER)
        .and(Hosts::WHISPER)
        // Modules are not in the documentation's list; an inbound flow's module
        // is said to be able to do what the flow can.
        .and(Hosts::MODULES),
)
.parameters(&[
    choice("MediaStreamingState", &["Enabled", "Disabled"]).required(),
    choice("MediaStreamType", &["Audio"]),
    any("Participants"),
])
.errors(NO_MATCHING_ERROR);

const PROCESSING: ActionSpec = ActionSpec::new("UpdateContactMediaProcessing", Hosts::ALL)
    .parameters(&[any("ChatProcessor"), any("ChatProcessorSettings")])
    .groups(&[some_of(&["ChatProcessor", "ChatProcessorSettings"])])
    .errors(&["NoMatchingError", "ChannelMismatch"]);
