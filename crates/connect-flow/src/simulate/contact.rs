//! Who calls whom: what a contact brings into its first flow.

use indexmap::IndexMap;
use serde::Serialize;

/// A contact as it arrives. Ids, Region and instance come from the driver.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contact {
    /// Id of the contact.
    pub contact_id: String,
    /// First contact of the chain; the contact itself unless it was transferred.
    pub initial_contact_id: String,
    /// The contact before this one in the chain.
    pub previous_contact_id: Option<String>,
    /// ARN of the instance.
    pub instance_arn: String,
    /// Region of the instance.
    pub aws_region: String,
    /// `VOICE`, `CHAT`, `TASK` or `EMAIL`.
    pub channel: String,
    /// `INBOUND`, `OUTBOUND`, `TRANSFER`, …
    pub initiation_method: String,
    /// The customer; without one the number is withheld.
    pub customer_endpoint: Option<Endpoint>,
    /// The number that was called.
    pub system_endpoint: Option<Endpoint>,
    /// Language of the contact, as in `en-US`.
    pub language_code: Option<String>,
    /// Name of the contact.
    pub name: Option<String>,
    /// Description of the contact.
    pub description: Option<String>,
    /// Id of the customer, given by a flow.
    pub customer_id: Option<String>,
    /// The queue that the contact is in or will be put into.
    pub queue: Option<Queue>,
    /// User-defined attributes.
    pub attributes: IndexMap<String, String>,
    /// Tags.
    pub tags: IndexMap<String, String>,
    /// Segment attributes, such as `connect:Subtype`.
    pub segment_attributes: IndexMap<String, String>,
}

/// One end of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// A number in E.164.
    pub address: String,
    /// `TELEPHONE_NUMBER` for calls.
    pub kind: String,
}

/// A queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// Its name, when the driver knows it.
    pub name: Option<String>,
    /// Its ARN or id, as the flow names it.
    pub arn: String,
    /// The number that its outbound calls show.
    pub outbound_caller_id: Option<String>,
}

impl Endpoint {
    /// A telephone number.
    pub fn telephone(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            kind: "TELEPHONE_NUMBER".to_owned(),
        }
    }
}

impl Contact {
    /// An inbound call from a number, or from a withheld one.
    ///
    /// Instance, Region and the number called are placeholders of the
    /// documentation's kind; set the fields to what is true.
    pub fn inbound_call(contact_id: impl Into<String>, from: Option<&str>) -> Self {
        let contact_id = contact_id.into();
        Self {
            initial_contact_id: contact_id.clone(),
            contact_id,
            previous_contact_id: None,
            instance_arn: "arn:aws:connect:us-east-1:111122223333:instance/00000000-0000-0000-0000-000000000000".to_owned(),
            aws_region: "us-east-1".to_owned(),
            channel: "VOICE".to_owned(),
            initiation_method: "INBOUND".to_owned(),
            customer_endpoint: from.map(Endpoint::telephone),
            system_endpoint: Some(Endpoint::telephone("+18005550100")),
            language_code: Some("en-US".to_owned()),
            name: None,
            description: None,
            customer_id: None,
            queue: None,
            attributes: IndexMap::new(),
            tags: IndexMap::new(),
            segment_attributes: IndexMap::from([(
                "connect:Subtype".to_owned(),
                "connect:Telephony".to_owned(),
            )]),
        }
    }

    /// An outbound call to a customer, made for a queue, as it enters an outbound whisper.
    ///
    /// The system's end is the number of the queue, where it has one. Instance
    /// and Region are placeholders as in [`Contact::inbound_call`].
    pub fn outbound_call(
        contact_id: impl Into<String>,
        to: impl Into<String>,
        queue: Option<Queue>,
    ) -> Self {
        let number = queue
            .as_ref()
            .and_then(|queue| queue.outbound_caller_id.clone());
        Self {
            initiation_method: "OUTBOUND".to_owned(),
            customer_endpoint: Some(Endpoint::telephone(to)),
            system_endpoint: number.map(Endpoint::telephone),
            queue,
            ..Self::inbound_call(contact_id, None)
        }
    }

    /// Whether this is a call.
    pub fn is_voice(&self) -> bool {
        self.channel == "VOICE"
    }
}
