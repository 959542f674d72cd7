//! A state as it is at birth, for tests.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::State;
use super::flows::NewFlow;
use super::instances::{Instance, LOCAL_INSTANCE_ID};
use super::values::{FlowStatus, FlowType};
use crate::core::ports::Ids;

/// The smallest inbound flow.
pub const FLOW: &str = r#"{"Version":"2019-10-30","StartAction":"end","Actions":[{"Identifier":"end","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}"#;

/// The smallest module.
pub const MODULE: &str = r#"{"Version":"2019-10-30","StartAction":"end","Actions":[{"Identifier":"end","Type":"EndFlowModuleExecution","Parameters":{},"Transitions":{}}],"Settings":{"InputParameters":[],"OutputParameters":[],"Transitions":[]}}"#;

pub fn now() -> Timestamp {
    "2026-01-31T12:00:00Z".parse().unwrap()
}

pub fn state() -> State {
    let mut state = State::default();
    assert!(state.be_born("us-east-1", &Ids::seeded(7), now()));
    state
}

pub fn instance(state: &State) -> &Instance {
    state.instance(LOCAL_INSTANCE_ID).unwrap()
}

pub fn instance_mut(state: &mut State) -> &mut Instance {
    state.instance_mut(LOCAL_INSTANCE_ID).unwrap()
}

/// Adds an inbound flow and tells its id.
pub fn add_flow(state: &mut State, name: &str, status: FlowStatus) -> String {
    let id = format!("id of {name}");
    let flow = NewFlow {
        id: id.clone(),
        name: name.to_owned(),
        flow_type: FlowType::ContactFlow,
        description: None,
        content: FLOW.to_owned(),
        status,
        tags: BTreeMap::new(),
    };
    instance_mut(state).create_flow(flow, now()).unwrap();
    id
}
