//! Whether a function, or a version of it, can be worked with.

use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::{LastUpdateStatus, State};

/// What `State` and `LastUpdateStatus` come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    Ready,
    Pending(String),
    Failed { status: String, reason: String },
}

pub(super) fn readiness(found: &GetFunctionConfigurationOutput) -> Readiness {
    match &found.state {
        Some(State::Failed | State::Deactivated | State::Deleting) => {
            return Readiness::Failed {
                status: format!("State {}", text(found.state.as_ref().map(State::as_str))),
                reason: why(
                    found.state_reason.as_deref(),
                    found.state_reason_code.as_ref().map(|code| code.as_str()),
                ),
            };
        }
        Some(State::Pending | State::Deactivating) => {
            return Readiness::Pending(format!(
                "function is {}",
                text(found.state.as_ref().map(State::as_str))
            ));
        }
        // An inactive function has been idle: it wakes when it is called.
        _ => {}
    }
    match &found.last_update_status {
        Some(LastUpdateStatus::Failed) => Readiness::Failed {
            status: "LastUpdateStatus Failed".to_owned(),
            reason: why(
                found.last_update_status_reason.as_deref(),
                found
                    .last_update_status_reason_code
                    .as_ref()
                    .map(|code| code.as_str()),
            ),
        },
        Some(LastUpdateStatus::InProgress) => {
            Readiness::Pending("function update is in progress".to_owned())
        }
        _ => Readiness::Ready,
    }
}

fn text(text: Option<&str>) -> &str {
    text.unwrap_or_default()
}

fn why(reason: Option<&str>, code: Option<&str>) -> String {
    match (reason.filter(|reason| !reason.is_empty()), code) {
        (Some(reason), Some(code)) => format!("{reason} ({code})"),
        (Some(reason), None) => reason.to_owned(),
        (None, Some(code)) => code.to_owned(),
        (None, None) => "Lambda gives no reason".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_lambda::types::{LastUpdateStatusReasonCode, StateReasonCode};

    fn configuration() -> aws_sdk_lambda::operation::get_function_configuration::builders::GetFunctionConfigurationOutputBuilder{
        GetFunctionConfigurationOutput::builder()
    }

    #[test]
    fn a_function_is_ready_when_active_and_updated() {
        let ready = configuration()
            .state(State::Active)
            .last_update_status(LastUpdateStatus::Successful)
            .build();
        assert_eq!(readiness(&ready), Readiness::Ready);
        let idle = configuration()
            .state(State::Inactive)
            .state_reason_code(StateReasonCode::Idle)
            .build();
        assert_eq!(readiness(&idle), Readiness::Ready);
    }

    #[test]
    fn a_failed_state_or_update_is_an_error_with_its_reason() {
        let failed = configuration()
            .state(State::Active)
            .last_update_status(LastUpdateStatus::Failed)
            .last_update_status_reason("no ENI")
            .last_update_status_reason_code(LastUpdateStatusReasonCode::EniLimitExceeded)
            .build();
        assert_eq!(
            readiness(&failed),
            Readiness::Failed {
                status: "LastUpdateStatus Failed".to_owned(),
                reason: "no ENI (EniLimitExceeded)".to_owned()
            }
        );
        let failed = configuration().state(State::Failed).build();
        assert!(matches!(readiness(&failed), Readiness::Failed { .. }));
    }

    #[test]
    fn pending_and_updating_are_waited_for() {
        for pending in [
            configuration().state(State::Pending).build(),
            configuration()
                .state(State::Active)
                .last_update_status(LastUpdateStatus::InProgress)
                .build(),
        ] {
            assert!(matches!(readiness(&pending), Readiness::Pending(_)));
        }
    }
}
