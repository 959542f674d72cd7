//! Instances.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::flows::Flow;
use super::lookups::Named;
use super::modules::Module;
use super::tokens::Claim;
use super::values::{DirectoryType, InstanceStatus};
use super::{Exchange, State, defaults, epoch, errors, page, present};
use crate::error::{ServiceError, ServiceResult};
use crate::gateway::response::Response;
use crate::world::{ACCOUNT, World};

/// The id of the instance that a fresh state is born with. It never changes,
/// so that its ARN can be written down: the last group spells `vanity`.
pub const LOCAL_INSTANCE_ID: &str = "00000000-0000-4000-8000-76616e697479";
/// Its alias.
pub const LOCAL_INSTANCE_ALIAS: &str = "vanity-local";

/// Instances per account (AWS docs, "Amazon Connect service quotas", default).
const MOST_INSTANCES: usize = 2;
/// How long a new instance takes here; minutes on AWS.
const CREATION: Duration = Duration::from_millis(200);

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
    pub flows: BTreeMap<String, Flow>,
    /// Its flow modules, by id.
    pub modules: BTreeMap<String, Module>,
    /// Its queues, by id.
    pub queues: BTreeMap<String, Named>,
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
            flows: BTreeMap::new(),
            modules: BTreeMap::new(),
            queues: BTreeMap::new(),
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
    /// `ServiceQuotaExceededException` beyond two, `InvalidRequestException`
    /// when another has its alias.
    pub fn create_instance(&mut self, instance: Instance) -> ServiceResult<()> {
        if self.instances.len() >= MOST_INSTANCES {
            return Err(errors::quota_exceeded(format!(
                "The account has {MOST_INSTANCES} instances already, the default quota of Connect."
            )));
        }
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

/// Makes a new instance ready after a while.
pub fn finish_creation(world: &Arc<World>, id: String) {
    let world_of_task = Arc::clone(world);
    world.spawn(async move {
        tokio::time::sleep(CREATION).await;
        let world = world_of_task;
        let now = world.clock.now();
        let done = world.write(|state| {
            if let Some(instance) = state.connect.instances.get_mut(&id) {
                defaults::furnish(instance, &world.ids, now);
                instance.status = InstanceStatus::Active;
            }
            Ok(())
        });
        if let Err(error) = done.and_then(|()| world.flush()) {
            tracing::error!(%error, "a new instance could not be saved");
        }
    });
}

/// `ListInstances`.
pub fn list(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &["nextToken", "maxResults"])?;
    let most = input.query_max_results(10, 10)?;
    let page = exchange.world.read(|state| {
        page::page(
            "ListInstances",
            state.connect.instances.values().collect(),
            |instance| instance.id.clone(),
            input.query("nextToken"),
            most,
        )
        .map(|page| {
            let items: Vec<Value> = page.items.iter().map(|item| item.summary()).collect();
            (items, page.next_token)
        })
    })?;
    Response::json(&present(
        json!({ "InstanceSummaryList": page.0, "NextToken": page.1 }),
    ))
}

/// `DescribeInstance`.
pub fn describe(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &[])?;
    let description = exchange.world.read(|state| {
        state
            .connect
            .instance_in_any_status(input.instance()?)
            .map(Instance::description)
    })?;
    Response::json(&json!({ "Instance": description }))
}

/// `CreateInstance`.
pub fn create(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let members = [
        "ClientToken",
        "IdentityManagementType",
        "InstanceAlias",
        "DirectoryId",
        "InboundCallsEnabled",
        "OutboundCallsEnabled",
        "Tags",
    ];
    let input = exchange.input(&members, &[])?;
    let token = input.bounded("ClientToken", 0, 500)?;
    let identity: DirectoryType = input.required_choice("IdentityManagementType")?;
    if identity == DirectoryType::ExistingDirectory || input.text("DirectoryId")?.is_some() {
        return Err(ServiceError::not_implemented(
            "instances with an existing directory in connect:CreateInstance",
        ));
    }
    let alias = input.required("InstanceAlias", 1, 45)?;
    if !is_alias(alias) {
        return Err(input.invalid(format!(
            "The alias {alias} does not satisfy the pattern ^(?!d-)([\\da-zA-Z]+)([-]*[\\da-zA-Z])*$"
        )));
    }
    let required = |name| input.boolean(name)?.ok_or_else(|| input.missing(name));
    let now = exchange.call.now;
    let world = exchange.world;
    let mut instance = Instance::new(&world.ids.uuid(), alias, &world.region, now);
    instance.identity = identity;
    instance.inbound_calls = required("InboundCallsEnabled")?;
    instance.outbound_calls = required("OutboundCallsEnabled")?;
    instance.tags = input.tags("Tags")?;
    let claim = Claim::new("CreateInstance", "", token, input.body());
    let (id, fresh) = world.write(|state| {
        if let Some(id) = state
            .connect
            .tokens
            .recall(&claim, now)
            .map_err(as_request)?
        {
            return Ok((id, false));
        }
        let id = instance.id.clone();
        state.connect.create_instance(instance)?;
        state.connect.tokens.remember(claim, id.clone(), now);
        Ok::<_, ServiceError>((id, true))
    })?;
    if fresh {
        finish_creation(world, id.clone());
    }
    let arn = world.arn("connect", format_args!("instance/{id}"));
    Response::json(&json!({ "Id": id, "Arn": arn }))
}

/// `DeleteInstance`.
pub fn delete(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &["clientToken"])?;
    let reference = input.instance()?;
    let now = exchange.call.now;
    let token = input.query("clientToken");
    let claim = Claim::new("DeleteInstance", reference, token, input.body());
    exchange.world.write(|state| {
        let connect = &mut state.connect;
        if connect
            .tokens
            .recall(&claim, now)
            .map_err(as_request)?
            .is_none()
        {
            connect.delete_instance(reference, now)?;
            connect.tokens.remember(claim, "", now);
        }
        Ok::<_, ServiceError>(())
    })?;
    Ok(Response::empty(200))
}

/// Operations whose model has no `IdempotencyException` say it as a bad request.
pub fn as_request(error: ServiceError) -> ServiceError {
    errors::invalid_request(error.message)
}

/// `^(?!d-)([\da-zA-Z]+)([-]*[\da-zA-Z])*$`.
fn is_alias(alias: &str) -> bool {
    !alias.starts_with("d-")
        && !alias.starts_with('-')
        && !alias.ends_with('-')
        && alias.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn aliases_follow_the_pattern() {
        for good in ["vanity-local", "a", "7", "a--b", "dx-1"] {
            assert!(is_alias(good), "{good}");
        }
        for bad in ["d-abc", "-a", "a-", "a_b", "ä"] {
            assert!(!is_alias(bad), "{bad}");
        }
    }

    #[test]
    fn an_instance_is_found_by_id_and_arn_when_ready() {
        let mut state = fixture::state();
        let arn = fixture::instance(&state).arn.clone();
        assert_eq!(
            arn,
            "arn:aws:connect:us-east-1:000000000000:instance/00000000-0000-4000-8000-76616e697479"
        );
        assert!(state.instance(&arn).is_ok());
        assert!(state.instance(LOCAL_INSTANCE_ID).is_ok());
        assert_eq!(
            state.instance("absent").unwrap_err().code,
            "ResourceNotFoundException"
        );
        let instance = Instance::new("new", "new", "us-east-1", fixture::now());
        state.create_instance(instance).unwrap();
        assert!(state.instance_in_any_status("new").is_ok());
        assert_eq!(
            state.instance("new").unwrap_err().code,
            "InvalidRequestException"
        );
    }

    #[test]
    fn two_instances_and_no_alias_twice() {
        let mut state = fixture::state();
        let new = |id, alias| Instance::new(id, alias, "us-east-1", fixture::now());
        let error = state
            .create_instance(new("b", LOCAL_INSTANCE_ALIAS))
            .unwrap_err();
        assert_eq!(error.code, "InvalidRequestException");
        state.create_instance(new("b", "second")).unwrap();
        let error = state.create_instance(new("c", "third")).unwrap_err();
        assert_eq!(
            (error.status, error.code.as_ref()),
            (402, "ServiceQuotaExceededException")
        );
    }

    #[test]
    fn with_an_instance_go_its_numbers() {
        let mut state = fixture::state();
        assert_eq!(state.phone_numbers.len(), 2);
        state
            .delete_instance(LOCAL_INSTANCE_ID, fixture::now())
            .unwrap();
        assert!(state.instances.is_empty());
        assert!(state.phone_numbers.is_empty());
    }
}
