//! The types of flows.

use std::fmt;

/// The type of a flow, a property of the resource and not of its content
/// (`ContactFlowType` in the API model of Amazon Connect).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FlowType {
    /// An inbound flow.
    ContactFlow,
    /// What a customer hears while waiting in a queue.
    CustomerQueue,
    /// What a customer on hold hears.
    CustomerHold,
    /// What a customer hears before an agent joins.
    CustomerWhisper,
    /// What an agent on hold hears.
    AgentHold,
    /// What an agent hears before a customer joins.
    AgentWhisper,
    /// What a customer who is called hears before the agent joins.
    OutboundWhisper,
    /// A transfer to an agent.
    AgentTransfer,
    /// A transfer to a queue.
    QueueTransfer,
    /// An outbound campaign journey.
    Campaign,
}

impl FlowType {
    /// Every type, in the order of the API model.
    pub const ALL: [Self; 10] = [
        Self::ContactFlow,
        Self::CustomerQueue,
        Self::CustomerHold,
        Self::CustomerWhisper,
        Self::AgentHold,
        Self::AgentWhisper,
        Self::OutboundWhisper,
        Self::AgentTransfer,
        Self::QueueTransfer,
        Self::Campaign,
    ];

    /// The name in the API, such as `CONTACT_FLOW`.
    pub const fn api_name(self) -> &'static str {
        match self {
            Self::ContactFlow => "CONTACT_FLOW",
            Self::CustomerQueue => "CUSTOMER_QUEUE",
            Self::CustomerHold => "CUSTOMER_HOLD",
            Self::CustomerWhisper => "CUSTOMER_WHISPER",
            Self::AgentHold => "AGENT_HOLD",
            Self::AgentWhisper => "AGENT_WHISPER",
            Self::OutboundWhisper => "OUTBOUND_WHISPER",
            Self::AgentTransfer => "AGENT_TRANSFER",
            Self::QueueTransfer => "QUEUE_TRANSFER",
            Self::Campaign => "CAMPAIGN",
        }
    }

    /// The type of this name in the API.
    pub fn from_api_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|flow_type| flow_type.api_name() == name)
    }

    /// The name that the flow designer writes into `Metadata.type`, such as `contactFlow`.
    pub const fn designer_name(self) -> &'static str {
        match self {
            Self::ContactFlow => "contactFlow",
            Self::CustomerQueue => "customerQueue",
            Self::CustomerHold => "customerHold",
            Self::CustomerWhisper => "customerWhisper",
            Self::AgentHold => "agentHold",
            Self::AgentWhisper => "agentWhisper",
            Self::OutboundWhisper => "outboundWhisper",
            Self::AgentTransfer => "agentTransfer",
            Self::QueueTransfer => "queueTransfer",
            Self::Campaign => "campaign",
        }
    }

    /// The type that `Metadata.type` hints at.
    pub fn from_designer_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|flow_type| flow_type.designer_name() == name)
    }
}

impl fmt::Display for FlowType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.api_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_types() {
        for flow_type in FlowType::ALL {
            assert_eq!(
                FlowType::from_api_name(flow_type.api_name()),
                Some(flow_type)
            );
            assert_eq!(
                FlowType::from_designer_name(flow_type.designer_name()),
                Some(flow_type)
            );
        }
        assert_eq!(FlowType::from_api_name("contact_flow"), None);
    }
}
