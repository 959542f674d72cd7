//! Connect: instances, flows, flow modules, phone numbers, and the functions
//! that an instance may invoke.
//!
//! | file | its job |
//! |---|---|
//! | [`routes`] | which operation a path asks for, by the service model's table |
//! | [`input`] | the members of a request, as strictly as the model |
//! | [`instances`], [`defaults`], `default_flows` | instances and what they are born with |
//! | [`flows`], [`modules`], [`content`] | flows and modules, drafts, validation |
//! | [`search`] | `SearchContactFlows` |
//! | `consistency` | what is answered while what was just made is not known everywhere |
//! | [`phone_numbers`], [`flow_associations`] | numbers and who answers on them |
//! | [`quotas`] | how much there may be of all that |
//! | [`associations`], `functions`, [`invoke`] | functions: associated, permitted, invoked |
//! | [`lookups`], [`tags`] | queues, hours, prompts; tags of everything |
//! | [`page`], [`tokens`], [`arns`], [`values`], `errors`, `permissions` | what they share |
//!
//! A fresh state has one instance, alias [`instances::LOCAL_INSTANCE_ALIAS`],
//! with the fixed id [`instances::LOCAL_INSTANCE_ID`] and two claimed numbers
//! ([`defaults::LOCAL_NUMBERS`]).

pub mod arns;
pub mod associations;
mod consistency;
pub mod content;
mod default_flows;
pub mod defaults;
mod errors;
#[cfg(test)]
mod fixture;
pub mod flow_associations;
pub mod flows;
mod functions;
pub mod input;
pub mod instances;
pub mod invoke;
pub mod lookups;
pub mod modules;
pub mod page;
mod permissions;
pub mod phone_numbers;
pub mod queues;
pub mod quotas;
pub mod routes;
pub mod search;
pub mod tags;
pub mod tokens;
pub mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::ports::Ids;
use crate::core::registration::Registration;
use crate::core::rows::AnyRows;
use crate::core::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::core::wire::response::Response;
use crate::core::world::World;
use input::Input;
use instances::Instance;
use phone_numbers::PhoneNumber;
use tokens::Tokens;
use values::{ClaimStatus, InstanceStatus};

/// What the service keeps.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct State {
    /// Whether the first instance was made; deleting it does not bring it back.
    born: bool,
    /// Instances by id.
    instances: BTreeMap<String, Instance>,
    /// Phone numbers by id.
    phone_numbers: BTreeMap<String, PhoneNumber>,
    /// When numbers were given back, by E.164 number.
    released: BTreeMap<String, Timestamp>,
    /// Quotas that are not the default.
    quotas: quotas::Quotas,
    /// What is searched, while it is not what is.
    index: search::index::Index,
    /// Client tokens of late requests.
    #[serde(skip)]
    tokens: Tokens,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "connect";

    fn collections(&mut self) -> Vec<(String, &mut dyn AnyRows)> {
        let mut all: Vec<(String, &mut dyn AnyRows)> =
            vec![("tokens".to_owned(), self.tokens.rows())];
        for (id, instance) in &mut self.instances {
            all.push((format!("flows {id}"), &mut instance.flows));
            all.push((format!("modules {id}"), &mut instance.modules));
        }
        all
    }
}

/// One request and the world it is made in.
pub struct Exchange<'a> {
    /// The embedded AWS.
    pub world: &'a Arc<World>,
    /// Who and when.
    pub call: &'a Call,
    /// What for.
    pub route: &'a Route,
    /// The request itself.
    pub request: &'a Request,
}

impl<'a> Exchange<'a> {
    /// Its members; others than these are refused.
    ///
    /// # Errors
    /// Those of [`Input::read`].
    pub fn input(&self, body: &[&str], query: &[&str]) -> ServiceResult<Input<'a>> {
        Input::read(self.route, self.request, body, query)
    }
}

/// Seconds since 1970, as rest-json writes timestamps.
fn epoch(timestamp: Timestamp) -> Value {
    #[allow(
        clippy::cast_precision_loss,
        reason = "milliseconds of this millennium fit"
    )]
    let seconds = timestamp.as_millisecond() as f64 / 1000.0;
    json!(seconds)
}

/// The object without its members that are null: absent ones, to clients.
fn present(mut value: Value) -> Value {
    if let Value::Object(map) = &mut value {
        map.retain(|_, member| !member.is_null());
    }
    value
}

/// The service.
pub struct Connect;

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    resume,
    peers: &["lambda"],
    ..Registration::new(
        "connect",
        "connect",
        &Connect,
        crate::core::state::State::with::<State>,
    )
};

#[async_trait]
impl Service for Connect {
    fn protocol(&self) -> Protocol {
        Protocol::RestJson {
            message_member: "Message",
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        routes::find(request)
    }

    fn permissions(
        &self,
        world: &World,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        permissions::required(world, route, request)
    }

    async fn handle(
        &self,
        world: &Arc<World>,
        call: &Call,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Response> {
        let exchange = Exchange {
            world,
            call,
            route,
            request,
        };
        // What was there before is known to the index; then what this call does.
        search::index::follow(world, call.now)?;
        consistency::refuse(&exchange)?;
        let response = dispatch(&exchange)?;
        consistency::remember(&exchange, &response)?;
        search::index::follow(world, call.now)?;
        Ok(response)
    }
}

fn dispatch(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    match exchange.route.operation {
        "AssociateLambdaFunction" => associations::associate(exchange),
        "AssociatePhoneNumberContactFlow" => flow_associations::associate(exchange),
        "BatchGetFlowAssociation" => flow_associations::batch_get(exchange),
        "ClaimPhoneNumber" => phone_numbers::operations::claim(exchange),
        "CreateContactFlow" => flows::operations::create(exchange),
        "CreateContactFlowModule" => modules::operations::create(exchange),
        "CreateInstance" => instances::operations::create(exchange),
        "DeleteContactFlow" => flows::operations::delete(exchange),
        "DeleteContactFlowModule" => modules::operations::delete(exchange),
        "DeleteInstance" => instances::operations::delete(exchange),
        "DescribeContactFlow" => flows::operations::describe(exchange),
        "DescribeContactFlowModule" => modules::operations::describe(exchange),
        "DescribeInstance" => instances::operations::describe(exchange),
        "DescribePhoneNumber" => phone_numbers::operations::describe(exchange),
        "DescribeQueue" => queues::describe(exchange),
        "DisassociateLambdaFunction" => associations::disassociate(exchange),
        "DisassociatePhoneNumberContactFlow" => flow_associations::disassociate(exchange),
        "ListContactFlowModules" => modules::operations::list(exchange),
        "ListContactFlows" => flows::operations::list(exchange),
        "ListFlowAssociations" => flow_associations::list(exchange),
        "ListHoursOfOperations" => lookups::list_hours(exchange),
        "ListInstances" => instances::operations::list(exchange),
        "ListLambdaFunctions" => associations::list(exchange),
        "ListPhoneNumbers" => phone_numbers::operations::list(exchange),
        "ListPhoneNumbersV2" => phone_numbers::operations::list_v2(exchange),
        "ListPrompts" => lookups::list_prompts(exchange),
        "ListQueues" => lookups::list_queues(exchange),
        "ListTagsForResource" => tags::list(exchange),
        "ReleasePhoneNumber" => phone_numbers::operations::release(exchange),
        "SearchAvailablePhoneNumbers" => phone_numbers::operations::search_available(exchange),
        "SearchContactFlows" => search::search(exchange),
        "TagResource" => tags::tag(exchange),
        "UntagResource" => tags::untag(exchange),
        "UpdateContactFlowContent" => flows::operations::update_content(exchange),
        "UpdateContactFlowMetadata" | "UpdateContactFlowName" => {
            flows::operations::update_metadata(exchange)
        }
        "UpdateContactFlowModuleContent" => modules::operations::update_content(exchange),
        "UpdateContactFlowModuleMetadata" => modules::operations::update_metadata(exchange),
        "UpdateQueueOutboundCallerConfig" => queues::update_outbound(exchange),
        "UpdatePhoneNumber" => phone_numbers::operations::update(exchange),
        other => Err(ServiceError::not_implemented(format!("connect:{other}"))),
    }
}

/// Makes the instance that a fresh state is born with; `ids` are its identifiers.
pub fn be_born(world: &World, ids: &Ids) {
    if world.read(|state| state.of::<crate::connect::State>().is_born()) {
        return;
    }
    let now = world.clock.now();
    let outcome = world.write(|state| {
        state
            .of_mut::<crate::connect::State>()
            .be_born(&world.region, ids, now);
        Ok(())
    });
    // The ids of what was born are kept from the start.
    if let Err(error) = outcome.and_then(|()| world.flush()) {
        tracing::error!(%error, "the first instance could not be saved");
    }
}

/// Goes on with claims and instances in progress.
pub fn resume(world: &Arc<World>) {
    let (instances, numbers) = world.read(|state| {
        let connect = state.of::<crate::connect::State>();
        let instances: Vec<String> = connect
            .instances
            .values()
            .filter(|instance| instance.status == InstanceStatus::CreationInProgress)
            .map(|instance| instance.id.clone())
            .collect();
        let numbers: Vec<String> = connect
            .phone_numbers
            .values()
            .filter(|number| number.status == ClaimStatus::InProgress)
            .map(|number| number.id.clone())
            .collect();
        (instances, numbers)
    });
    for id in instances {
        instances::operations::finish_creation(world, id);
    }
    for id in numbers {
        phone_numbers::operations::finish_claim(world, id);
    }
}
