//! The instance's functions, numbers and named things.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Age, PortResult, Progress, Tags};
use crate::engine::text::LookupKind;

/// The instance's functions, numbers and named things.
#[async_trait]
pub trait Resources: Send + Sync {
    /// ARNs of the functions associated with the instance.
    async fn associated_functions(&self, instance: &str) -> PortResult<Vec<String>>;
    /// Associates a function; associated already is done. `age` is that of the function or
    /// of its policy, which this edits.
    async fn associate_function(
        &self,
        instance: &str,
        arn: &str,
        age: Age,
        progress: &dyn Progress,
    ) -> PortResult<()>;
    /// Ends the association; none is done.
    async fn disassociate_function(&self, instance: &str, arn: &str) -> PortResult<()>;
    /// Names and ARNs of all queues, hours, prompts or modules.
    async fn lookup(
        &self,
        instance: &str,
        kind: LookupKind,
    ) -> PortResult<BTreeMap<String, String>>;
    /// The numbers of the instance, and what they ring: a few requests for all of them.
    async fn listed_numbers(&self, instance_arn: &str) -> PortResult<Vec<ListedNumber>>;
    /// A listed number with its tags: a request for each. `None`: it was released, or its
    /// claim failed.
    async fn described_number(&self, listed: &ListedNumber) -> PortResult<Option<PhoneNumber>>;
    /// The numbers of the instance, all with their tags.
    async fn phone_numbers(&self, instance_arn: &str) -> PortResult<Vec<PhoneNumber>> {
        let listed = self.listed_numbers(instance_arn).await?;
        let described = listed.iter().map(|number| self.described_number(number));
        let described = futures::future::try_join_all(described).await?;
        Ok(described.into_iter().flatten().collect())
    }
    /// Finds a number to have and claims it for the instance, and waits.
    async fn claim_phone_number(
        &self,
        instance_arn: &str,
        country: &str,
        number_type: &str,
        tags: &Tags,
        token: &str,
        progress: &dyn Progress,
    ) -> PortResult<PhoneNumber>;
    /// Binds a number to a flow.
    async fn bind_phone_number(
        &self,
        instance: &str,
        phone_number_id: &str,
        flow_id: &str,
        progress: &dyn Progress,
    ) -> PortResult<()>;
    /// Ends a number's binding.
    async fn unbind_phone_number(&self, instance: &str, phone_number_id: &str) -> PortResult<()>;
    /// Gives a number back: it may never come again.
    async fn release_phone_number(&self, phone_number_id: &str, token: &str) -> PortResult<()>;
}

/// A phone number of the instance, as far as a list tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedNumber {
    /// Its id.
    pub id: String,
    /// E.164.
    pub number: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// `TOLL_FREE`, `DID`, …
    pub number_type: String,
    /// The flow it is bound to, by id.
    pub flow_id: Option<String>,
    /// Why it is not known whether it is bound to a flow, in words.
    pub doubt: Option<String>,
}

/// A phone number of the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    /// Its id.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// E.164.
    pub number: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// `TOLL_FREE`, `DID`, …
    pub number_type: String,
    /// The flow it is bound to, by id.
    pub flow_id: Option<String>,
    /// Why it is not known whether it is bound to a flow, in words.
    pub doubt: Option<String>,
    /// Tags.
    pub tags: Tags,
}
