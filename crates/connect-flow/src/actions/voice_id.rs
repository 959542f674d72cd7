//! Voice ID, whose support ended on 2026-05-20; flows that use it still exist.

use crate::spec::{ActionSpec, ConditionRule, Hosts, NO_MATCHING_ERROR, choice};

pub(super) const ACTIONS: &[&ActionSpec] = &[&START, &CHECK];

const START: ActionSpec =
    ActionSpec::new("StartVoiceIdStream", Hosts::ALL).optional_errors(NO_MATCHING_ERROR);

const CHECK: ActionSpec = ActionSpec::new("CheckVoiceId", Hosts::ALL)
    .parameters(&[choice(
        "CheckVoiceIdOption",
        &["enrollmentStatus", "voiceAuthentication", "fraudDetection"],
    )
    .required()])
    .conditions(ConditionRule::Among(&[
        "Enrolled",
        "NotEnrolled",
        "OptedOut",
        "Authenticated",
        "NotAuthenticated",
        "Inconclusive",
        "HighRisk",
        "LowRisk",
    ]))
    .optional_errors(NO_MATCHING_ERROR);
