//! API Gateway: HTTP APIs, made through CloudFormation, read through `/v2/apis`
//! and answered by [`execute`]; REST APIs are in [`rest`].

mod access_log;
mod answer;
pub mod apis;
pub mod cloudformation;
mod cors;
mod describe;
mod event;
pub mod execute;
mod invoke;
#[cfg(test)]
mod provisioning_tests;
pub mod rest;
mod routing;
mod throttles;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::registration::Registration;
use crate::core::resource::Typed;
use crate::core::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::core::wire::response::Response;
use crate::core::world::World;
use crate::operations::{API_GATEWAY, API_GATEWAY_V2};

pub use apis::State;
pub use throttles::Throttles;

/// What of HTTP APIs is implemented.
const IMPLEMENTED: &[&str] = &[
    "GetApi",
    "GetApis",
    "GetIntegrations",
    "GetRoutes",
    "GetStages",
];

/// The service.
pub struct ApiGateway;

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    handles: |handles, _| {
        handles.insert(Throttles::default());
        handles.insert(rest::Cache::default());
    },
    resource_types: &[
        &Typed::<cloudformation::Api>::TYPE,
        &Typed::<cloudformation::Integration>::TYPE,
        &Typed::<cloudformation::Route>::TYPE,
        &Typed::<cloudformation::Stage>::TYPE,
        &Typed::<rest::cloudformation::Account>::TYPE,
        &Typed::<rest::cloudformation::BasePathMapping>::TYPE,
        &Typed::<rest::cloudformation::Deployment>::TYPE,
        &Typed::<rest::cloudformation::DomainName>::TYPE,
        &Typed::<rest::cloudformation::GatewayResponse>::TYPE,
        &Typed::<rest::cloudformation::Method>::TYPE,
        &Typed::<rest::cloudformation::Model>::TYPE,
        &Typed::<rest::cloudformation::RequestValidator>::TYPE,
        &Typed::<rest::cloudformation::Resource>::TYPE,
        &Typed::<rest::cloudformation::RestApi>::TYPE,
        &Typed::<rest::cloudformation::Stage>::TYPE,
    ],
    metric: rest::metrics::known,
    peers: &["cloudwatch", "iam", "lambda", "logs"],
    ..Registration::new(
        "apigateway",
        "apigateway",
        &ApiGateway,
        crate::core::state::State::with::<State>,
    )
};

#[async_trait]
impl Service for ApiGateway {
    fn protocol(&self) -> Protocol {
        Protocol::RestJson {
            message_member: "message",
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        if request.path.starts_with("/v2/") {
            return API_GATEWAY_V2.route(request, IMPLEMENTED);
        }
        API_GATEWAY.route(request, rest::control::IMPLEMENTED)
    }

    fn permissions(
        &self,
        world: &World,
        _route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        // API Gateway's actions are HTTP methods, its resources paths.
        Ok(vec![Permission {
            action: format!("apigateway:{}", request.method),
            resource: format!("arn:aws:apigateway:{}::{}", world.region, request.path),
        }])
    }

    async fn handle(
        &self,
        world: &Arc<World>,
        call: &Call,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Response> {
        if rest::control::owns(request) {
            return rest::control::handle(world, call, route, request);
        }
        let id = route.label("apiId");
        let items: Vec<Value> = world.read(|state| {
            let apis = state.of::<crate::apigateway::State>();
            Ok::<_, ServiceError>(match route.operation {
                "GetApis" => apis
                    .apis
                    .values()
                    .map(|api| describe::api(world, api))
                    .collect(),
                "GetIntegrations" => apis
                    .api(id)?
                    .integrations
                    .iter()
                    .map(|(id, integration)| describe::integration(id, integration))
                    .collect(),
                "GetRoutes" => apis
                    .api(id)?
                    .routes
                    .iter()
                    .map(|(id, route)| describe::route(id, route))
                    .collect(),
                "GetStages" => apis
                    .api(id)?
                    .stages
                    .iter()
                    .map(|(name, stage)| describe::stage(name, stage))
                    .collect(),
                _ => vec![describe::api(world, apis.api(id)?)],
            })
        })?;
        if route.operation == "GetApi" {
            return Response::json(&items.first());
        }
        Response::json(&page(items, request)?)
    }
}

/// Where an API of this emulation answers, from its URL on AWS: exactly
/// `https://ID.execute-api.REGION.amazonaws.com` or that of a custom domain name, with or
/// without a path. `None` for every other text.
pub fn local_url(world: &World, apis: &State, url: &str) -> Option<String> {
    let host_and_path = url.strip_prefix("https://")?;
    let end = host_and_path.find('/').unwrap_or(host_and_path.len());
    let (host, path) = host_and_path.split_at(end);
    if apis.rest.domains.contains_key(host) {
        let path = execute::path_of_domain(host, path);
        return Some(format!("{}{path}", world.public_url()));
    }
    let (id, rest) = host_and_path.split_once(".execute-api.")?;
    let path = rest
        .strip_prefix(world.region.as_str())?
        .strip_prefix(".amazonaws.com")?;
    let lives = apis.apis.contains_key(id) || apis.rest.apis.contains_key(id);
    let whole = path.is_empty() || path.starts_with('/');
    (lives && whole).then(|| format!("{}{path}", describe::endpoint(world, id)))
}

/// A page of items; the token is the offset of the next.
fn page(items: Vec<Value>, request: &Request) -> ServiceResult<Value> {
    let number = |name: &str, default: usize| match request.query_value(name) {
        None => Ok(default),
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| apis::bad_request(format!("Invalid {name} {text}"))),
    };
    let from = number("nextToken", 0)?;
    let most = number("maxResults", 500)?.clamp(1, 500);
    let total = items.len();
    let listed: Vec<Value> = items.into_iter().skip(from).take(most).collect();
    let mut answer = json!({ "items": listed });
    if total > from + most {
        answer["nextToken"] = json!((from + most).to_string());
    }
    Ok(answer)
}
