//! Actions that say something to the participant.

use crate::spec::ActionCheck;
use crate::spec::{
    ActionSpec, ConditionRule, Hosts, LOWER_TRUE_FALSE, NO_MATCHING_ERROR, Parameter, Shape,
    choice, dynamic, exactly_one, fixed, integer, object, text,
};

pub(super) const ACTIONS: &[&ActionSpec] = &[&MESSAGE_PARTICIPANT, &MESSAGE_ITERATIVELY];

pub(super) const SPOKEN: &[&str] = &["Text", "SSML", "PromptId", "Media"];

/// An audio file in S3.
pub(super) const MEDIA: Parameter = object(
    "Media",
    &[
        text("Uri").required(),
        choice("SourceType", &["S3"]),
        choice("MediaType", &["Audio"]),
    ],
);

const MESSAGE_PARTICIPANT: ActionSpec = ActionSpec::new(
    "MessageParticipant",
    Hosts::INBOUND
        .and(Hosts::TRANSFER)
        .and(Hosts::WHISPER)
        .and(Hosts::QUEUE)
        .and(Hosts::MODULES),
)
.parameters(&[
    dynamic("Text"),
    dynamic("SSML"),
    text("PromptId"),
    MEDIA,
    choice("SkipWhenDTMFBufferEnabled", LOWER_TRUE_FALSE),
])
.groups(&[exactly_one(SPOKEN)])
// Without the branch a failure goes on as if the message had been heard.
.optional_errors(NO_MATCHING_ERROR);

const MESSAGES: Shape = Shape::Object(&[
    dynamic("Text"),
    dynamic("SSML"),
    text("PromptId"),
    MEDIA,
    // Written by the designer beside a prompt's id; its meaning is not documented.
    fixed("PromptName"),
]);

const MESSAGE_ITERATIVELY: ActionSpec = ActionSpec::new(
    "MessageParticipantIteratively",
    Hosts::QUEUE.and(Hosts::HOLD).and(Hosts::MODULES),
)
.parameters(&[
    Parameter::new("Messages", Shape::List(&MESSAGES)).required(),
    // The upper bound is not documented; a day is beyond any queue.
    integer("InterruptFrequencySeconds", 1, 86_400),
])
.conditions(ConditionRule::Among(&["MessagesInterrupted"]))
.optional_errors(NO_MATCHING_ERROR)
.optional_next_action()
.check(each_message_says_one_thing);

fn each_message_says_one_thing(action: &mut ActionCheck<'_>) {
    let Some(messages) = action
        .parameter("Messages")
        .and_then(|list| list.as_array())
    else {
        return;
    };
    if messages.is_empty() {
        action.invalid_value("Parameters.Messages");
    }
    for (index, message) in messages.iter().enumerate() {
        let said = SPOKEN.iter().filter(|key| message.get(**key).is_some());
        if message.is_object() && said.count() != 1 {
            action.invalid_value(&format!("Parameters.Messages[{index}]"));
        }
    }
}
