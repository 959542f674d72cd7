//! A deployed API as the internet sees it, below `/_vanity-deploy/execute-api/API_ID`.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::apis::{Api, Integration, Stage};
use super::event::{self, Arrival};
use super::rest::domains::Destination;
use super::routing::{self, Taken};
use super::{access_log, answer, cors, invoke};
use crate::core::error::ServiceResult;
use crate::core::service::Request;
use crate::core::wire::response::Response;
use crate::core::world::{ACCOUNT, World};

/// Where the APIs are on the gateway.
pub const PREFIX: &str = "/_vanity-deploy/execute-api/";

/// The API that a host's name (in lower case, without a port) stands for:
/// `ID.execute-api.REGION.amazonaws.com` as on AWS, or the same below `localhost`.
pub fn api_of_host<'a>(region: &str, name: &'a str) -> Option<&'a str> {
    let (id, rest) = name.split_once(".execute-api.")?;
    let known = matches!(rest.strip_prefix(region)?, ".amazonaws.com" | ".localhost");
    let plain = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric());
    (known && plain).then_some(id)
}

/// Where custom domain names are on the gateway.
pub const DOMAIN_PREFIX: &str = "/_vanity-deploy/custom-domain/";

/// Whether a path on the gateway is a deployed API's.
pub fn owns(path: &str) -> bool {
    path.starts_with(PREFIX) || path.starts_with(DOMAIN_PREFIX)
}

/// The path on the gateway of a path of a custom domain name.
pub fn path_of_domain(name: &str, path: &str) -> String {
    format!("{DOMAIN_PREFIX}{name}{path}")
}

/// The path on the gateway of a path of an API.
pub fn path_of_api(id: &str, path: &str) -> String {
    format!("{PREFIX}{id}{path}")
}

/// What a request to a custom domain name leads to; `None` when it leads nowhere.
fn destination(world: &World, below: &str) -> Option<Destination> {
    let (name, path) = below
        .find('/')
        .map_or((below, "/"), |at| (&below[..at], &below[at..]));
    world.read(|state| {
        let rest = &state.of::<crate::apigateway::State>().rest;
        rest.domains.get(name)?.destination(path)
    })
}

/// Answers `/_vanity-deploy/execute-api/API_ID/…` and `/_vanity-deploy/custom-domain/NAME/…`.
///
/// # Errors
/// What the embedded AWS does not implement; what an API refuses is an answer.
pub async fn handle(world: &Arc<World>, request: &Request) -> ServiceResult<Response> {
    if let Some(below) = request.path.strip_prefix(DOMAIN_PREFIX) {
        let response = match destination(world, below) {
            Some(to) => {
                super::rest::execute::handle(world, request, &to.api, &to.path, true).await?
            }
            None => None,
        };
        return Ok(response.unwrap_or_else(|| answer::message(403, "Forbidden")));
    }
    let now = world.clock.now();
    let request_id = world.ids.token(
        15,
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    ) + "=";
    let below = request.path.strip_prefix(PREFIX).unwrap_or_default();
    let (id, path) = below
        .find('/')
        .map_or((below, "/"), |at| (&below[..at], &below[at..]));
    let Ok(api) = world.read(|state| state.of::<crate::apigateway::State>().api(id).cloned())
    else {
        let response = super::rest::execute::handle(world, request, id, path, false).await?;
        return Ok(response.unwrap_or_else(|| answer::message(404, "Not Found")));
    };
    if api.settings.disable_execute_api_endpoint {
        return Ok(answer::message(404, "Not Found"));
    }
    let Some((stage_name, stage, path_in_stage)) = stage(&api, path) else {
        return Ok(answer::message(404, "Not Found"));
    };
    if let Some(cors) = &api.settings.cors
        && let Some(response) = cors::preflight(cors, request)
    {
        return Ok(response.with_header("apigw-requestid", request_id));
    }
    let arrival = Arrival {
        api: &api.id,
        region: &world.region,
        stage: stage_name,
        variables: &stage.settings.variables,
        path,
        request_id: &request_id,
        now,
    };
    let taken = routing::route(&api, request.method.as_str(), path_in_stage);
    let outcome = run(world, &api, stage, request, &arrival, taken.as_ref()).await?;
    let response = match &api.settings.cors {
        Some(cors) => cors::apply(cors, request, outcome.response),
        None => outcome.response,
    };
    let response = response.with_header("apigw-requestid", request_id.as_str());
    let problem = outcome.problem;
    log(
        world,
        stage,
        request,
        &arrival,
        taken.as_ref(),
        &response,
        problem,
    )?;
    Ok(response)
}

/// The stage, and the path below it: a named stage is the first segment.
fn stage<'a>(api: &'a Api, path: &'a str) -> Option<(&'a str, &'a Stage, &'a str)> {
    let rest = path.strip_prefix('/').unwrap_or(path);
    let (first, below) = match rest.find('/') {
        Some(at) => (&rest[..at], &rest[at..]),
        None => (rest, "/"),
    };
    if let Some((name, stage)) = api.stages.get_key_value(first)
        && name != "$default"
    {
        return Some((name, stage, below));
    }
    api.stages
        .get_key_value("$default")
        .map(|(name, stage)| (name.as_str(), stage, path))
}

/// An answer, and why it is API Gateway's own.
struct Outcome {
    response: Response,
    /// For `$context.integrationErrorMessage`.
    problem: Option<String>,
}

impl Outcome {
    fn own(status: u16, message: &str, problem: Option<String>) -> Self {
        Self {
            response: answer::message(status, message),
            problem,
        }
    }
}

async fn run(
    world: &Arc<World>,
    api: &Api,
    stage: &Stage,
    request: &Request,
    arrival: &Arrival<'_>,
    taken: Option<&Taken>,
) -> ServiceResult<Outcome> {
    let Some(taken) = taken else {
        return Ok(Outcome::own(404, "Not Found", None));
    };
    let bucket = format!("{}/{}/{}", api.id, arrival.stage, taken.key);
    let throttling = stage.settings.throttling(&taken.key);
    if !world
        .handle::<crate::apigateway::Throttles>()
        .admit(&bucket, throttling, arrival.now)
    {
        return Ok(Outcome::own(429, "Too Many Requests", None));
    }
    let integration = taken
        .integration
        .as_ref()
        .and_then(|id| api.integrations.get(id));
    let Some(integration) = integration else {
        let problem = "the route has no integration".to_owned();
        return Ok(Outcome::own(500, "Internal Server Error", Some(problem)));
    };
    let source_arn = source_arn(&world.region, arrival, request.method.as_str(), &taken.key);
    let invoked = invoke::invoke(
        world,
        Integration::function_arn(&integration.uri)?,
        event::event(request, arrival, taken).to_string(),
        source_arn,
        integration.time_limit(),
    )
    .await?;
    Ok(match invoked {
        invoke::Outcome::Answer(payload) => match answer::answer(&payload) {
            Some(response) => Outcome {
                response,
                problem: None,
            },
            None => {
                let problem = "the function's answer is no response of format 2.0".to_owned();
                Outcome::own(500, "Internal Server Error", Some(problem))
            }
        },
        invoke::Outcome::Failed(problem) => {
            Outcome::own(500, "Internal Server Error", Some(problem))
        }
        invoke::Outcome::Unavailable(problem) => {
            Outcome::own(503, "Service Unavailable", Some(problem))
        }
    })
}

/// On whose behalf the function is invoked:
/// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH` with the route's
/// path, variables in braces; `API/STAGE/$default` for that route.
fn source_arn(region: &str, arrival: &Arrival<'_>, method: &str, key: &str) -> String {
    let (api, stage) = (arrival.api, arrival.stage);
    let tail = match key.split_once(' ') {
        Some((_, path)) => format!("{method}{path}"),
        None => key.to_owned(),
    };
    format!("arn:aws:execute-api:{region}:{ACCOUNT}:{api}/{stage}/{tail}")
}

/// Writes the access log, where the stage has one and its group exists.
fn log(
    world: &World,
    stage: &Stage,
    request: &Request,
    arrival: &Arrival<'_>,
    taken: Option<&Taken>,
    response: &Response,
    problem: Option<String>,
) -> ServiceResult<()> {
    let Some(settings) = &stage.settings.access_log else {
        return Ok(());
    };
    let group = access_log::group_name(&settings.destination_arn).unwrap_or_default();
    if world.read(|state| state.of::<crate::logs::State>().group(group).is_err()) {
        return Ok(());
    }
    let now = world.clock.now();
    let latency = now.as_millisecond() - arrival.now.as_millisecond();
    let mut values = BTreeMap::from([
        ("accountId", ACCOUNT.to_owned()),
        ("apiId", arrival.api.to_owned()),
        ("domainPrefix", arrival.api.to_owned()),
        ("httpMethod", request.method.to_string()),
        ("identity.sourceIp", "127.0.0.1".to_owned()),
        ("path", arrival.path.to_owned()),
        ("protocol", "HTTP/1.1".to_owned()),
        ("requestId", arrival.request_id.to_owned()),
        ("requestTime", event::time(arrival.now)),
        ("requestTimeEpoch", arrival.now.as_second().to_string()),
        ("responseLatency", latency.to_string()),
        ("responseLength", response.body.len().to_string()),
        ("stage", arrival.stage.to_owned()),
        ("status", response.status.to_string()),
    ]);
    if let Some(agent) = request.header("user-agent") {
        values.insert("identity.userAgent", agent.replace('"', "'"));
    }
    if let Some(taken) = taken {
        values.insert("routeKey", taken.key.clone());
    }
    if let Some(problem) = problem {
        values.insert("integrationErrorMessage", problem.replace('"', "'"));
        values.insert("error.message", "Internal Server Error".to_owned());
    }
    let line = access_log::line(&settings.format, &values);
    crate::logs::append(world, group, &stream(arrival.now), vec![(now, line)])
}

/// One stream a day.
fn stream(now: Timestamp) -> String {
    now.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(stage: &'static str) -> Arrival<'static> {
        const NONE: &BTreeMap<String, String> = &BTreeMap::new();
        Arrival {
            api: "abc",
            region: "us-east-1",
            stage,
            variables: NONE,
            path: "/",
            request_id: "id",
            now: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn hosts_name_apis() {
        let api = |name| api_of_host("us-east-1", name);
        assert_eq!(api("abc.execute-api.us-east-1.amazonaws.com"), Some("abc"));
        assert_eq!(api("abc.execute-api.us-east-1.localhost"), Some("abc"));
        for other in [
            "",
            "localhost",
            "abc.execute-api.eu-west-1.amazonaws.com",
            "abc.execute-api.us-east-1.evil.example",
            "abc.execute-api.us-east-1.localhost.evil.example",
            "a/b.execute-api.us-east-1.localhost",
            ".execute-api.us-east-1.localhost",
        ] {
            assert_eq!(api(other), None, "{other}");
        }
    }

    #[test]
    fn the_source_is_the_route() {
        let arn = |stage, key| source_arn("us-east-1", &arrival(stage), "GET", key);
        let head = "arn:aws:execute-api:us-east-1:000000000000:abc";
        assert_eq!(arn("$default", "GET /a"), format!("{head}/$default/GET/a"));
        assert_eq!(arn("$default", "GET /"), format!("{head}/$default/GET/"));
        assert_eq!(arn("v1", "ANY /{x+}"), format!("{head}/v1/GET/{{x+}}"));
        assert_eq!(
            arn("$default", "$default"),
            format!("{head}/$default/$default")
        );
    }

    #[test]
    fn a_named_stage_is_the_first_segment() {
        let api = |stages: &[&str]| Api {
            id: "abc".to_owned(),
            settings: Default::default(),
            tags: BTreeMap::new(),
            created: Timestamp::UNIX_EPOCH,
            integrations: BTreeMap::new(),
            routes: BTreeMap::new(),
            stages: stages
                .iter()
                .map(|name| ((*name).to_owned(), Stage::default()))
                .collect(),
        };
        let found = |api: &Api, path: &str| {
            stage(api, path).map(|(name, _, below)| format!("{name} {below}"))
        };
        let both = api(&["$default", "v1"]);
        assert_eq!(found(&both, "/a/b").as_deref(), Some("$default /a/b"));
        assert_eq!(found(&both, "/v1/b").as_deref(), Some("v1 /b"));
        assert_eq!(found(&both, "/v1").as_deref(), Some("v1 /"));
        assert_eq!(found(&both, "/v11").as_deref(), Some("$default /v11"));
        assert_eq!(found(&api(&["v1"]), "/a"), None);
    }
}
