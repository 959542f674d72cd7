//! `PublishVersion` and `ListVersionsByFunction`.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::{page, qualified, settle, stamp, unqualified};
use crate::core::constraint::Checks;
use crate::core::error::ServiceResult;
use crate::core::service::{Request, Route};
use crate::core::wire::response::Response;
use crate::core::world::World;
use crate::lambda::configuration::{self, Status};
use crate::lambda::functions::{self, Publish};
use crate::lambda::validate;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(rename = "CodeSha256")]
    code_sha256: Option<String>,
    #[serde(rename = "Description")]
    description: Option<String>,
    #[serde(rename = "RevisionId")]
    revision_id: Option<String>,
}

pub(super) fn publish(
    world: &Arc<World>,
    route: &Route,
    request: &Request,
) -> ServiceResult<Response> {
    let name = unqualified(world, route)?;
    let known = &["CodeSha256", "Description", "RevisionId"];
    let body: Body = validate::body(route.operation, request.json()?, known)?;
    let mut checks = Checks::default();
    if let Some(description) = &body.description {
        checks.length("description", description, 0, 256);
    }
    checks.done()?;
    let wanted = Publish {
        code_sha256: body.code_sha256,
        description: body.description,
        revision_id: body.revision_id,
    };
    let region = &world.region;
    let published = stamp(world);
    let (value, pending) = world.write(|state| -> ServiceResult<(Value, Option<String>)> {
        let function = state.of::<crate::lambda::State>().function(&name, region)?;
        functions::check_changeable(function, &name.arn(region))?;
        let number = functions::publish(
            state.of_mut::<crate::lambda::State>(),
            &name,
            region,
            &wanted,
            published,
        )?;
        let function = state.of::<crate::lambda::State>().function(&name, region)?;
        let version = function.version(Some(number)).unwrap_or(&function.latest);
        let qualifier = number.to_string();
        let value =
            configuration::to_json(region, &name.name, version, Some(number), Some(&qualifier));
        let pending =
            (version.status == Status::Creating).then(|| version.configuration.code.sha256.clone());
        Ok((value, pending))
    })?;
    if let Some(sha256) = pending {
        settle::later(world, name.name, sha256);
    }
    Response::json_with_status(201, &value)
}

pub(super) fn list(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let name = qualified(world, route, request)?;
    let all = world.read(|state| -> ServiceResult<Vec<Value>> {
        let function = state
            .of::<crate::lambda::State>()
            .function(&name, &world.region)?;
        Ok(super::functions::versions(
            &world.region,
            &name.name,
            function,
        ))
    })?;
    page(request, all, "Versions", 50)
}
