//! Instances.

pub mod operations;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::flows::Flow;
use super::lookups::Named;
use super::modules::Module;
use super::queues::OutboundCallerConfig;
use super::quotas::Quota;
use super::values::{DirectoryType, InstanceStatus};
use super::{State, epoch, errors};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::rows::Rows;
use crate::core::world::ACCOUNT;

/// The id of the instance that a fresh state is born with. It never changes,
/// so that its ARN can be written down: the last group spells `vanity`.
pub const LOCAL_INSTANCE_ID: &str = "00000000-0000-4000-8000-76616e697479";
/// Its alias.
pub const LOCAL_INSTANCE_ALIAS: &str = "vanity-local";

/// An instance and what is in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// Its id, a UUID.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its alias.
    pub alias: String,
    /// Where its users are kept.
    pub identity: DirectoryType,
    /// When it was made.
    pub created: Timestamp,
    /// Whether it is ready.
    pub status: InstanceStatus,
    /// Whether it takes calls.
    pub inbound_calls: bool,
    /// Whether it makes calls.
    pub outbound_calls: bool,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its flows, by id.
    #[serde(skip)]
    pub flows: Rows<Flow>,
    /// Its flow modules, by id.
    #[serde(skip)]
    pub modules: Rows<Module>,
    /// Its queues, by id.
    pub queues: BTreeMap<String, Named>,
    /// What its queues show who is called from them, by the queue's id.
    #[serde(default)]
    pub outbound: BTreeMap<String, OutboundCallerConfig>,
    /// Its hours of operation, by id.
    pub hours: BTreeMap<String, Named>,
    /// Its prompts, by id.
    pub prompts: BTreeMap<String, Named>,
    /// ARNs of the associated functions.
    pub functions: BTreeSet<String>,
}

impl Instance {
    /// An instance that is being made: nothing in it yet.
    pub fn new(id: &str, alias: &str, region: &str, created: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            arn: format!("arn:aws:connect:{region}:{ACCOUNT}:instance/{id}"),
            alias: alias.to_owned(),
            identity: DirectoryType::ConnectManaged,
            created,
            status: InstanceStatus::CreationInProgress,
            inbound_calls: true,
            outbound_calls: true,
            tags: BTreeMap::new(),
            flows: Rows::default(),
            modules: Rows::default(),
            queues: BTreeMap::new(),
            outbound: BTreeMap::new(),
            hours: BTreeMap::new(),
            prompts: BTreeMap::new(),
            functions: BTreeSet::new(),
        }
    }

    /// The Region in its ARN.
    pub fn region(&self) -> &str {
        self.arn.split(':').nth(3).unwrap_or_default()
    }

    fn summary(&self) -> Value {
        json!({
            "Id": self.id,
            "Arn": self.arn,
            "IdentityManagementType": self.identity,
            "InstanceAlias": self.alias,
            "CreatedTime": epoch(self.created),
            "ServiceRole": format!(
                "arn:aws:iam::{ACCOUNT}:role/aws-service-role/connect.amazonaws.com/AWSServiceRoleForAmazonConnect_{}",
                self.id.replace('-', "").chars().rev().take(20).collect::<String>(),
            ),
            "InstanceStatus": self.status,
            "InboundCallsEnabled": self.inbound_calls,
            "OutboundCallsEnabled": self.outbound_calls,
            "InstanceAccessUrl": format!("https://{}.my.connect.aws", self.alias),
        })
    }

    fn description(&self) -> Value {
        let mut description = self.summary();
        if let Value::Object(map) = &mut description
            && !self.tags.is_empty()
        {
            map.insert("Tags".to_owned(), json!(self.tags));
        }
        description
    }
}

impl State {
    /// An instance by its id or ARN, ready or not.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn instance_in_any_status(&self, reference: &str) -> ServiceResult<&Instance> {
        self.instances
            .values()
            .find(|instance| reference == instance.id || reference == instance.arn)
            .ok_or_else(|| absent(reference))
    }

    /// An instance that is ready, by its id or ARN.
    ///
    /// # Errors
    /// `ResourceNotFoundException`; `InvalidRequestException` while it is being made.
    pub fn instance(&self, reference: &str) -> ServiceResult<&Instance> {
        let instance = self.instance_in_any_status(reference)?;
        check_ready(instance)?;
        Ok(instance)
    }

    /// An instance that is ready, to change it.
    ///
    /// # Errors
    /// As [`State::instance`].
    pub fn instance_mut(&mut self, reference: &str) -> ServiceResult<&mut Instance> {
        let instance = self
            .instances
            .values_mut()
            .find(|instance| reference == instance.id || reference == instance.arn)
            .ok_or_else(|| absent(reference))?;
        check_ready(instance)?;
        Ok(instance)
    }

    /// Takes in a new instance.
    ///
    /// # Errors
    /// `ServiceQuotaExceededException`, `InvalidRequestException`
    /// when another has its alias.
    pub fn create_instance(&mut self, instance: Instance) -> ServiceResult<()> {
        self.check_quota(Quota::Instances, self.instances.len())?;
        if self
            .instances
            .values()
            .any(|other| other.alias == instance.alias)
        {
            return Err(errors::invalid_request(format!(
                "An instance with the alias {} exists already.",
                instance.alias
            )));
        }
        self.instances.insert(instance.id.clone(), instance);
        Ok(())
    }

    /// Deletes an instance with all that is in it; its phone numbers are released.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn delete_instance(&mut self, reference: &str, now: Timestamp) -> ServiceResult<()> {
        let id = self.instance_in_any_status(reference)?.id.clone();
        let numbers: Vec<String> = self
            .phone_numbers
            .values()
            .filter(|number| number.instance_id == id)
            .map(|number| number.id.clone())
            .collect();
        for number in numbers {
            self.release_phone_number(&number, now)?;
        }
        self.instances.remove(&id);
        Ok(())
    }
}

fn absent(reference: &str) -> ServiceError {
    errors::not_found(format!("The instance {reference} does not exist."))
}

fn check_ready(instance: &Instance) -> ServiceResult<()> {
    if instance.status == InstanceStatus::Active {
        return Ok(());
    }
    Err(errors::invalid_request(format!(
        "The instance {} is not active: {}.",
        instance.id,
        instance.status.api_name()
    )))
}
