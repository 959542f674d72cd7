//! `TagResource`, `UntagResource`, `ListTags`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::core::constraint::Checks;
use crate::core::error::ServiceResult;
use crate::core::service::{Request, Route};
use crate::core::wire::response::Response;
use crate::core::world::World;
use crate::lambda::tags;
use crate::lambda::validate;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Body {
    tags: Option<BTreeMap<String, String>>,
}

pub(super) fn tag(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let name = tags::resource(route.label("Resource"), &world.region)?;
    let body: Body = validate::body(route.operation, request.json()?, &["Tags"])?;
    let mut checks = Checks::default();
    checks.required("tags", body.tags.as_ref());
    checks.done()?;
    let given = body.tags.unwrap_or_default();
    world.write(|state| {
        let function = state
            .of_mut::<crate::lambda::State>()
            .function_mut(&name, &world.region)?;
        tags::check(&given, &function.tags)?;
        function.tags.extend(given);
        Ok::<(), crate::core::error::ServiceError>(())
    })?;
    Ok(Response::empty(204))
}

pub(super) fn untag(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let name = tags::resource(route.label("Resource"), &world.region)?;
    let keys: Vec<&String> = request
        .query
        .iter()
        .filter(|(key, _)| key == "tagKeys")
        .map(|(_, value)| value)
        .collect();
    let mut checks = Checks::default();
    checks.required("tagKeys", keys.first());
    checks.done()?;
    world.write(|state| {
        let function = state
            .of_mut::<crate::lambda::State>()
            .function_mut(&name, &world.region)?;
        function.tags.retain(|key, _| !keys.contains(&key));
        Ok::<(), crate::core::error::ServiceError>(())
    })?;
    Ok(Response::empty(204))
}

pub(super) fn list(world: &World, route: &Route) -> ServiceResult<Response> {
    let name = tags::resource(route.label("Resource"), &world.region)?;
    let tags = world.read(|state| {
        state
            .of::<crate::lambda::State>()
            .function(&name, &world.region)
            .map(|function| function.tags.clone())
    })?;
    Response::json(&json!({ "Tags": tags }))
}
