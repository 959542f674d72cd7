//! The enumerations of the service model that are kept or compared.

/// An enumeration with its values as the service model spells them.
macro_rules! api_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value, in the order of the service model.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The value as the API spells it.
            pub const fn api_name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl crate::connect::values::ApiEnum for $name {
            fn from_api_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.api_name() == name)
            }

            fn api_names() -> Vec<&'static str> {
                Self::ALL.iter().map(|value| value.api_name()).collect()
            }
        }
    };
}

/// An enumeration of the service model.
pub trait ApiEnum: Sized {
    /// The value of this spelling.
    fn from_api_name(name: &str) -> Option<Self>;
    /// Every spelling.
    fn api_names() -> Vec<&'static str>;
}

api_enum! {
    /// `ContactFlowType`.
    FlowType {
        /// An inbound flow.
        ContactFlow = "CONTACT_FLOW",
        /// What a customer hears in a queue.
        CustomerQueue = "CUSTOMER_QUEUE",
        /// What a customer on hold hears.
        CustomerHold = "CUSTOMER_HOLD",
        /// What a customer hears before an agent joins.
        CustomerWhisper = "CUSTOMER_WHISPER",
        /// What an agent on hold hears.
        AgentHold = "AGENT_HOLD",
        /// What an agent hears before a customer joins.
        AgentWhisper = "AGENT_WHISPER",
        /// What a called customer hears before the agent joins.
        OutboundWhisper = "OUTBOUND_WHISPER",
        /// A transfer to an agent.
        AgentTransfer = "AGENT_TRANSFER",
        /// A transfer to a queue.
        QueueTransfer = "QUEUE_TRANSFER",
        /// An outbound campaign journey.
        Campaign = "CAMPAIGN",
    }
}

api_enum! {
    /// `ContactFlowState` and `ContactFlowModuleState`.
    FlowState {
        /// In use.
        Active = "ACTIVE",
        /// Put away.
        Archived = "ARCHIVED",
    }
}

api_enum! {
    /// `ContactFlowStatus` and `ContactFlowModuleStatus`.
    FlowStatus {
        /// Live.
        Published = "PUBLISHED",
        /// A draft.
        Saved = "SAVED",
    }
}

api_enum! {
    /// `DirectoryType`.
    DirectoryType {
        /// Users come from an identity provider.
        Saml = "SAML",
        /// Users are kept by Connect.
        ConnectManaged = "CONNECT_MANAGED",
        /// Users come from a directory.
        ExistingDirectory = "EXISTING_DIRECTORY",
    }
}

api_enum! {
    /// `InstanceStatus`.
    InstanceStatus {
        /// Being made.
        CreationInProgress = "CREATION_IN_PROGRESS",
        /// Ready.
        Active = "ACTIVE",
        /// Could not be made.
        CreationFailed = "CREATION_FAILED",
    }
}

api_enum! {
    /// `PhoneNumberType`.
    PhoneNumberType {
        /// The caller pays nothing.
        TollFree = "TOLL_FREE",
        /// A local number.
        Did = "DID",
        /// A universal international freephone number.
        Uifn = "UIFN",
        /// A shared-cost number.
        Shared = "SHARED",
        /// A third party's toll-free number.
        ThirdPartyTollFree = "THIRD_PARTY_TF",
        /// A third party's local number.
        ThirdPartyDid = "THIRD_PARTY_DID",
        /// A short code.
        ShortCode = "SHORT_CODE",
    }
}

api_enum! {
    /// `PhoneNumberWorkflowStatus`.
    ClaimStatus {
        /// Ours.
        Claimed = "CLAIMED",
        /// On its way.
        InProgress = "IN_PROGRESS",
        /// Refused.
        Failed = "FAILED",
    }
}

api_enum! {
    /// `QueueType`.
    QueueType {
        /// A queue of contacts.
        Standard = "STANDARD",
        /// An agent's own queue.
        Agent = "AGENT",
    }
}

api_enum! {
    /// `ListFlowAssociationResourceType`.
    FlowAssociationType {
        /// A WhatsApp number.
        WhatsApp = "WHATSAPP_MESSAGING_PHONE_NUMBER",
        /// A number that can be called.
        VoicePhoneNumber = "VOICE_PHONE_NUMBER",
        /// An address for incoming mail.
        InboundEmail = "INBOUND_EMAIL",
        /// An address for outgoing mail.
        OutboundEmail = "OUTBOUND_EMAIL",
        /// An analytics connector.
        AnalyticsConnector = "ANALYTICS_CONNECTOR",
    }
}

api_enum! {
    /// `StringComparisonType`.
    StringComparison {
        /// The field begins with the value.
        StartsWith = "STARTS_WITH",
        /// The field has the value in it.
        Contains = "CONTAINS",
        /// The field is the value.
        Exact = "EXACT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_lead_back_to_their_values_and_are_kept_so() {
        for flow_type in FlowType::ALL {
            let name = flow_type.api_name();
            assert_eq!(FlowType::from_api_name(name), Some(*flow_type));
            assert_eq!(serde_json::to_value(flow_type).unwrap(), name);
        }
        assert_eq!(FlowType::from_api_name("contact_flow"), None);
        assert_eq!(FlowType::api_names().len(), 10);
    }
}
