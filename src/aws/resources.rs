//! Connect: associations of functions, things by name, phone numbers.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_connect::Client;
use aws_sdk_connect::types::{ContactFlowModuleState, QueueType};
use tokio::sync::Mutex;

use super::consistency::{About, Consistency, Words};
use super::failure::Service;
use super::flows::resource_id;
use super::instances::instance_id;
use super::pace::Pace;
use super::wait::Waiting;
use crate::engine::error::FailureKind;
use crate::engine::ports::{
    Age, ListedNumber, PhoneNumber, PortResult, Progress, Resources, Silent, Tags,
};
use crate::engine::text::LookupKind;

const SERVICE: Service = Service("Connect");

/// A page of a list.
const LIST_PAGE: i32 = 1000;
/// A page of associated functions.
const FUNCTIONS_PAGE: i32 = 25;
/// An association in conflict that is not listed is tried again for so long.
const ASSOCIATING: Duration = Duration::from_secs(30);

/// Functions, numbers and named things of an instance.
pub struct ConnectResources {
    client: Client,
    waiting: Waiting,
    pace: Pace,
    consistency: Consistency,
    /// Claims that run side by side can pick the same number.
    claiming: Mutex<()>,
}

/// All items of all pages of a paginated operation of Connect.
macro_rules! every {
    ($self:ident, $operation:literal, $instance:expr, $request:expr) => {{
        let names = [instance_id($instance)];
        let read = || async {
            $self.pace.admit($operation).await;
            let mut items = Vec::new();
            let mut pages = $request.into_paginator().items().send();
            while let Some(item) = pages.next().await {
                items.push(item.map_err(|error| SERVICE.failure($operation, error))?);
            }
            Ok(items)
        };
        $self
            .consistency
            .settled(About::names(&names), &Silent, read)
            .await?
    }};
}

mod claims;
mod numbers;

impl ConnectResources {
    /// Over this client.
    pub fn new(client: Client, waiting: Waiting, pace: Pace, consistency: Consistency) -> Self {
        Self {
            client,
            waiting,
            pace,
            consistency,
            claiming: Mutex::new(()),
        }
    }

    async fn associate(&self, instance: &str, arn: &str) -> PortResult<()> {
        const ASSOCIATE: &str = "AssociateLambdaFunction";
        self.pace.admit(ASSOCIATE).await;
        self.client
            .associate_lambda_function()
            .instance_id(instance_id(instance))
            .function_arn(arn)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| SERVICE.failure(ASSOCIATE, error))
    }
}

#[async_trait]
impl Resources for ConnectResources {
    async fn associated_functions(&self, instance: &str) -> PortResult<Vec<String>> {
        Ok(every!(
            self,
            "ListLambdaFunctions",
            instance,
            self.client
                .list_lambda_functions()
                .instance_id(instance_id(instance))
                .max_results(FUNCTIONS_PAGE)
        ))
    }

    async fn associate_function(
        &self,
        instance: &str,
        arn: &str,
        age: Age,
        progress: &dyn Progress,
    ) -> PortResult<()> {
        if age == Age::Young {
            self.consistency.made(arn);
        }
        let names = [instance_id(instance), arn];
        let mut wait = self.waiting.at_most(ASSOCIATING);
        let mut words = Words::default();
        loop {
            let associate = || self.associate(instance, arn);
            let about = About::names(&names);
            let failure = match self.consistency.settled(about, progress, associate).await {
                Ok(()) => {
                    // Flows that name it are validated by servers that may not know it yet.
                    self.consistency.made(arn);
                    return Ok(());
                }
                Err(failure) => failure,
            };
            // There already, or in each other's way: the list tells which.
            if failure.code != "ResourceConflictException" {
                return Err(failure);
            }
            let there = self.associated_functions(instance).await?;
            if there.iter().any(|associated| associated == arn) {
                return Ok(());
            }
            words.say(progress, wait.waited(), || {
                "waiting until another change of the instance's functions is done".to_owned()
            });
            if !wait.pause().await {
                return Err(failure);
            }
        }
    }

    async fn disassociate_function(&self, instance: &str, arn: &str) -> PortResult<()> {
        const DISASSOCIATE: &str = "DisassociateLambdaFunction";
        self.pace.admit(DISASSOCIATE).await;
        let answer = self
            .client
            .disassociate_lambda_function()
            .instance_id(instance_id(instance))
            .function_arn(arn)
            .send()
            .await;
        gone_is_done(answer.map_err(|error| SERVICE.failure(DISASSOCIATE, error)))
    }

    async fn lookup(
        &self,
        instance: &str,
        kind: LookupKind,
    ) -> PortResult<BTreeMap<String, String>> {
        let id = instance_id(instance);
        let named: Vec<(Option<String>, Option<String>)> = match kind {
            LookupKind::Queue => every!(
                self,
                "ListQueues",
                instance,
                self.client
                    .list_queues()
                    .instance_id(id)
                    // Agents' own queues have no name.
                    .queue_types(QueueType::Standard)
                    .max_results(LIST_PAGE)
            )
            .into_iter()
            .map(|queue| (queue.name, queue.arn))
            .collect(),
            LookupKind::Hours => every!(
                self,
                "ListHoursOfOperations",
                instance,
                self.client
                    .list_hours_of_operations()
                    .instance_id(id)
                    .max_results(LIST_PAGE)
            )
            .into_iter()
            .map(|hours| (hours.name, hours.arn))
            .collect(),
            LookupKind::Prompt => every!(
                self,
                "ListPrompts",
                instance,
                self.client
                    .list_prompts()
                    .instance_id(id)
                    .max_results(LIST_PAGE)
            )
            .into_iter()
            .map(|prompt| (prompt.name, prompt.arn))
            .collect(),
            LookupKind::Module => every!(
                self,
                "ListContactFlowModules",
                instance,
                self.client
                    .list_contact_flow_modules()
                    .instance_id(id)
                    // An archived module cannot be invoked.
                    .contact_flow_module_state(ContactFlowModuleState::Active)
                    .max_results(LIST_PAGE)
            )
            .into_iter()
            .map(|module| (module.name, module.arn))
            .collect(),
        };
        Ok(named
            .into_iter()
            .filter_map(|(name, arn)| Some((name?, arn?)))
            .collect())
    }

    async fn listed_numbers(&self, instance_arn: &str) -> PortResult<Vec<ListedNumber>> {
        self.list_numbers(instance_arn).await
    }

    async fn described_number(&self, listed: &ListedNumber) -> PortResult<Option<PhoneNumber>> {
        self.tagged_number(listed).await
    }

    async fn claim_phone_number(
        &self,
        instance_arn: &str,
        country: &str,
        number_type: &str,
        tags: &Tags,
        token: &str,
        progress: &dyn Progress,
    ) -> PortResult<PhoneNumber> {
        self.claimed(instance_arn, country, number_type, tags, token, progress)
            .await
    }

    async fn bind_phone_number(
        &self,
        instance: &str,
        phone_number_id: &str,
        flow_id: &str,
        progress: &dyn Progress,
    ) -> PortResult<()> {
        const BIND: &str = "AssociatePhoneNumberContactFlow";
        let names = [instance_id(instance), phone_number_id, resource_id(flow_id)];
        let bind = || async {
            self.pace.admit(BIND).await;
            self.client
                .associate_phone_number_contact_flow()
                .instance_id(instance_id(instance))
                .phone_number_id(phone_number_id)
                .contact_flow_id(resource_id(flow_id))
                .send()
                .await
                .map(|_| ())
                .map_err(|error| SERVICE.failure(BIND, error))
        };
        self.consistency
            .settled(About::names(&names), progress, bind)
            .await
    }

    async fn unbind_phone_number(&self, instance: &str, phone_number_id: &str) -> PortResult<()> {
        const UNBIND: &str = "DisassociatePhoneNumberContactFlow";
        self.pace.admit(UNBIND).await;
        let answer = self
            .client
            .disassociate_phone_number_contact_flow()
            .instance_id(instance_id(instance))
            .phone_number_id(phone_number_id)
            .send()
            .await;
        gone_is_done(answer.map_err(|error| SERVICE.failure(UNBIND, error)))
    }

    async fn release_phone_number(&self, phone_number_id: &str, token: &str) -> PortResult<()> {
        const RELEASE: &str = "ReleasePhoneNumber";
        self.pace.admit(RELEASE).await;
        let answer = self
            .client
            .release_phone_number()
            .phone_number_id(phone_number_id)
            .client_token(client_token(token, phone_number_id))
            .send()
            .await;
        gone_is_done(answer.map_err(|error| SERVICE.failure(RELEASE, error)))
    }
}

fn gone_is_done<T>(outcome: PortResult<T>) -> PortResult<()> {
    match outcome {
        Err(failure) if failure.kind != FailureKind::NotFound => Err(failure),
        _ => Ok(()),
    }
}

/// The `ClientToken` of a claim or release: a UUID (botocore model, `ClientToken` of
/// `ClaimPhoneNumber`), the same for the same run and number.
fn client_token(token: &str, number: &str) -> String {
    let hex = crate::engine::plan::digest(format!("{token} {number}").as_bytes());
    format!(
        "{}-{}-4{}-8{}-{}",
        &hex[0..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32]
    )
}

#[cfg(test)]
#[path = "resources_tests.rs"]
mod tests;
