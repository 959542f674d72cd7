//! Actions that nothing follows.

use crate::spec::ActionCheck;
use crate::spec::{ActionSpec, Hosts, any, text};

pub(super) const ACTIONS: &[&ActionSpec] =
    &[&DISCONNECT, &END_FLOW, &END_MODULE, &TRANSFER_TO_AGENT];

const DISCONNECT: ActionSpec = ActionSpec::terminal(
    "DisconnectParticipant",
    Hosts::INBOUND
        .and(Hosts::TRANSFER)
        .and(Hosts::QUEUE)
        .and(Hosts::MODULES),
);

const END_FLOW: ActionSpec = ActionSpec::terminal(
    "EndFlowExecution",
    // The newer page of the documentation allows it in inbound flows, where it
    // disconnects. Nothing is said of holds and transfers: accepted.
    Hosts::ALL,
);

const END_MODULE: ActionSpec = ActionSpec::terminal("EndFlowModuleExecution", Hosts::MODULES)
    .parameters(&[text("Result"), any("ResultData")])
    .check(declared_results);

/// `Result` and `ResultData` exist only when the module's own settings declare them.
fn declared_results(action: &mut ActionCheck<'_>) {
    let settings = action.module_settings();
    let declares = |section: &str| settings.as_ref().is_some_and(|s| s.get(section).is_some());
    for (parameter, section) in [("Result", "transitions"), ("ResultData", "resultData")] {
        if action.parameter(parameter).is_some() && !declares(section) {
            action.unknown_parameter(parameter);
        }
    }
}

const TRANSFER_TO_AGENT: ActionSpec = ActionSpec::terminal(
    "TransferContactToAgent",
    Hosts::TRANSFER.and(Hosts::MODULES),
);
