//! The operations on instances.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Instance;
use crate::connect::tokens::Claim;
use crate::connect::values::{DirectoryType, InstanceStatus};
use crate::connect::{Exchange, defaults, errors, page, present};
use crate::core::consistency;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::response::Response;
use crate::core::world::World;

/// How long a new instance takes here; minutes on AWS.
const CREATION: Duration = Duration::from_millis(200);

/// Makes a new instance ready after a while.
pub fn finish_creation(world: &Arc<World>, id: String) {
    let world_of_task = Arc::clone(world);
    world.spawn(async move {
        let world = world_of_task;
        let now = world.clock.now();
        let until: Result<_, ServiceError> = world.write(|state| {
            Ok(consistency::begin(
                state,
                consistency::Lag::Instance,
                &id,
                now,
            ))
        });
        let time = until.ok().flatten();
        let time = time.and_then(|until| Duration::try_from(until.duration_since(now)).ok());
        match time {
            Some(time) => world.clock.sleep(time).await,
            None => tokio::time::sleep(CREATION).await,
        }
        let now = world.clock.now();
        let done = world.write(|state| {
            if let Some(instance) = state
                .of_mut::<crate::connect::State>()
                .instances
                .get_mut(&id)
            {
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
            state
                .of::<crate::connect::State>()
                .instances
                .values()
                .collect(),
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
            .of::<crate::connect::State>()
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
            .of::<crate::connect::State>()
            .tokens
            .recall(&claim, now)
            .map_err(as_request)?
        {
            return Ok((id, false));
        }
        let id = instance.id.clone();
        state
            .of_mut::<crate::connect::State>()
            .create_instance(instance)?;
        state
            .of_mut::<crate::connect::State>()
            .tokens
            .remember(claim, id.clone(), now);
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
        let connect = state.of_mut::<crate::connect::State>();
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
pub(super) fn is_alias(alias: &str) -> bool {
    !alias.starts_with("d-")
        && !alias.starts_with('-')
        && !alias.ends_with('-')
        && alias.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
