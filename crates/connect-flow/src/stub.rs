//! The smallest content that Amazon Connect publishes, per flow type: what a
//! flow is created with when others must be able to refer to it before its real
//! content can be written.

use crate::FlowType;

const DISCONNECT: &str = r#"{"Version":"2019-10-30","StartAction":"Disconnect","Actions":[{"Identifier":"Disconnect","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}"#;

const END: &str = r#"{"Version":"2019-10-30","StartAction":"End","Actions":[{"Identifier":"End","Type":"EndFlowExecution","Parameters":{},"Transitions":{}}]}"#;

/// Holds may neither end nor disconnect: they say something until the hold is over.
const REPEAT: &str = r#"{"Version":"2019-10-30","StartAction":"Hold","Actions":[{"Identifier":"Hold","Type":"MessageParticipantIteratively","Parameters":{"Messages":[{"Text":"Please hold."}]},"Transitions":{}}]}"#;

/// Minimal valid content for a flow of this type.
pub const fn stub(flow_type: FlowType) -> &'static str {
    match flow_type {
        FlowType::ContactFlow | FlowType::AgentTransfer | FlowType::QueueTransfer => DISCONNECT,
        FlowType::CustomerWhisper | FlowType::AgentWhisper | FlowType::OutboundWhisper => END,
        FlowType::CustomerHold | FlowType::AgentHold | FlowType::CustomerQueue => REPEAT,
        FlowType::Campaign => END,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate;

    #[test]
    fn every_type_has_a_valid_stub() {
        for flow_type in FlowType::ALL {
            assert_eq!(validate(stub(flow_type), flow_type), [], "{flow_type}");
        }
    }

    #[test]
    fn the_stub_of_one_type_is_not_good_for_all() {
        assert_ne!(
            validate(stub(FlowType::ContactFlow), FlowType::AgentWhisper),
            []
        );
        assert_ne!(
            validate(stub(FlowType::CustomerHold), FlowType::ContactFlow),
            []
        );
    }
}
