//! HTTP APIs as values: integrations, routes and stages; and what the service
//! keeps.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::routing::RouteKey;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::rows::{AnyRows, Rows};

/// What the service keeps.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// HTTP APIs by id.
    #[serde(skip)]
    pub apis: Rows<Api>,
    /// REST APIs.
    #[serde(default)]
    pub rest: super::rest::State,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "apigateway";

    fn collections(&mut self) -> Vec<(String, &mut dyn AnyRows)> {
        vec![
            ("apis".to_owned(), &mut self.apis),
            ("rest".to_owned(), &mut self.rest.apis),
        ]
    }
}

/// The longest that an integration of an HTTP API may take, in milliseconds, and what it may
/// take when nothing is said (AWS docs, "API Gateway quotas", "Integration timeout").
pub const LONGEST_INTEGRATION: i64 = 30_000;

/// An HTTP API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// The id.
    pub id: String,
    /// What can be changed.
    pub settings: ApiSettings,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
    /// Integrations by id.
    pub integrations: BTreeMap<String, Integration>,
    /// Routes by id.
    pub routes: BTreeMap<String, Route>,
    /// Stages by name.
    pub stages: BTreeMap<String, Stage>,
}

/// The settings of an API.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiSettings {
    /// The name; need not be unique.
    pub name: String,
    /// A description.
    pub description: Option<String>,
    /// Cross-origin requests.
    pub cors: Option<Cors>,
    /// Refuses requests to the default endpoint.
    pub disable_execute_api_endpoint: bool,
}

/// How cross-origin requests are answered; names compare without case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// `access-control-allow-credentials`.
    pub allow_credentials: bool,
    /// `access-control-allow-headers`.
    pub allow_headers: Vec<String>,
    /// `access-control-allow-methods`.
    pub allow_methods: Vec<String>,
    /// `access-control-allow-origin`.
    pub allow_origins: Vec<String>,
    /// `access-control-expose-headers`.
    pub expose_headers: Vec<String>,
    /// Seconds.
    pub max_age: Option<i64>,
}

/// A Lambda proxy integration with payload format 2.0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Integration {
    /// ARN of the function, or of an alias or version of it.
    pub uri: String,
    /// A description.
    pub description: Option<String>,
    /// How long the function may take; 50 to [`LONGEST_INTEGRATION`].
    pub timeout_in_millis: i64,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// E.g. `GET /vanitynumbers` or `$default`.
    pub key: String,
    /// `integrations/ID`.
    pub target: Option<String>,
}

/// A stage that deploys every change by itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What can be changed.
    pub settings: StageSettings,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
}

/// The settings of a stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageSettings {
    /// A description.
    pub description: Option<String>,
    /// For routes without settings of their own.
    pub default_route: Option<RouteSettings>,
    /// By route key.
    pub routes: BTreeMap<String, RouteSettings>,
    /// Where and how requests are logged.
    pub access_log: Option<AccessLog>,
    /// Stage variables.
    pub variables: BTreeMap<String, String>,
}

/// Throttling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteSettings {
    /// Requests at once.
    pub burst_limit: Option<f64>,
    /// Requests per second.
    pub rate_limit: Option<f64>,
}

/// Access logging.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessLog {
    /// ARN of a log group.
    pub destination_arn: String,
    /// One line, with `$context.…` variables.
    pub format: String,
}

pub(super) fn bad_request(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "BadRequestException", message)
}

fn conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "ConflictException", message)
}

pub(super) fn not_found(kind: &str, id: &str) -> ServiceError {
    ServiceError::new(
        404,
        "NotFoundException",
        format!("Invalid {kind} identifier specified {id}"),
    )
}

impl State {
    /// An API by id.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn api(&self, id: &str) -> ServiceResult<&Api> {
        self.apis.get(id).ok_or_else(|| not_found("API", id))
    }

    pub(super) fn api_mut(&mut self, id: &str) -> ServiceResult<&mut Api> {
        self.apis.get_mut(id).ok_or_else(|| not_found("API", id))
    }

    /// Creates an API.
    ///
    /// # Errors
    /// `BadRequestException`, `ConflictException`.
    pub fn create_api(
        &mut self,
        id: &str,
        settings: ApiSettings,
        tags: BTreeMap<String, String>,
        now: Timestamp,
    ) -> ServiceResult<()> {
        settings.check()?;
        if self.apis.contains_key(id) {
            return Err(conflict(format!("API {id} already exists")));
        }
        self.apis.insert(
            id.to_owned(),
            Api {
                id: id.to_owned(),
                settings,
                tags,
                created: now,
                integrations: BTreeMap::new(),
                routes: BTreeMap::new(),
                stages: BTreeMap::new(),
            },
        );
        Ok(())
    }
}

impl ApiSettings {
    pub(super) fn check(&self) -> ServiceResult<()> {
        if !(1..=128).contains(&self.name.chars().count()) {
            return Err(bad_request("The name must have 1 to 128 characters."));
        }
        self.cors.as_ref().map_or(Ok(()), Cors::check)
    }
}

const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

impl Cors {
    fn check(&self) -> ServiceResult<()> {
        let any_origin = self.allow_origins.iter().any(|origin| origin == "*");
        if self.allow_credentials && any_origin {
            return Err(bad_request(
                "allowCredentials is not supported when allowOrigins is *.",
            ));
        }
        let invalid_origin = self
            .allow_origins
            .iter()
            .find(|origin| *origin != "*" && !origin.contains("://"));
        if let Some(origin) = invalid_origin {
            return Err(bad_request(format!(
                "Invalid format for origin {origin}: a scheme and a host, or *."
            )));
        }
        let invalid_method = self
            .allow_methods
            .iter()
            .find(|method| *method != "*" && !METHODS.contains(&method.as_str()));
        if let Some(method) = invalid_method {
            return Err(bad_request(format!(
                "Invalid method {method} in allowMethods."
            )));
        }
        match self.max_age {
            Some(age) if !(-1..=86_400).contains(&age) => {
                Err(bad_request("maxAge must be between -1 and 86400."))
            }
            _ => Ok(()),
        }
    }
}

impl Integration {
    /// The function's ARN in an integration URI.
    ///
    /// # Errors
    /// `BadRequestException`.
    pub fn function_arn(uri: &str) -> ServiceResult<&str> {
        // The long form that REST APIs use is accepted as well.
        let arn = uri
            .split_once(":lambda:path/2015-03-31/functions/")
            .and_then(|(_, rest)| rest.strip_suffix("/invocations"))
            .unwrap_or(uri);
        let parts: Vec<&str> = arn.split(':').collect();
        match parts.as_slice() {
            ["arn", "aws", "lambda", _, _, "function", name] if !name.is_empty() => Ok(arn),
            ["arn", "aws", "lambda", _, _, "function", name, qualifier]
                if !name.is_empty() && !qualifier.is_empty() =>
            {
                Ok(arn)
            }
            _ => Err(bad_request(format!(
                "Invalid integration URI specified {uri}"
            ))),
        }
    }

    /// How long the function may take.
    pub(super) fn time_limit(&self) -> Duration {
        // Checked when it was put: between the shortest and the longest.
        Duration::from_millis(self.timeout_in_millis.unsigned_abs())
    }

    fn check(&self) -> ServiceResult<()> {
        Self::function_arn(&self.uri)?;
        if !(50..=LONGEST_INTEGRATION).contains(&self.timeout_in_millis) {
            return Err(bad_request(format!(
                "Timeout should be between 50 ms and {LONGEST_INTEGRATION} ms"
            )));
        }
        Ok(())
    }
}

impl Api {
    /// Creates or replaces an integration.
    ///
    /// # Errors
    /// `BadRequestException`.
    pub fn put_integration(&mut self, id: &str, integration: Integration) -> ServiceResult<()> {
        integration.check()?;
        self.integrations.insert(id.to_owned(), integration);
        Ok(())
    }

    /// Deletes an integration that no route names; one that is gone is no error.
    ///
    /// # Errors
    /// `ConflictException`.
    pub fn delete_integration(&mut self, id: &str) -> ServiceResult<()> {
        let target = format!("integrations/{id}");
        if self
            .routes
            .values()
            .any(|route| route.target.as_ref() == Some(&target))
        {
            return Err(conflict(format!(
                "Cannot delete Integration '{id}' because it is referenced by one or more Routes."
            )));
        }
        self.integrations.remove(id);
        Ok(())
    }

    /// Creates or replaces a route.
    ///
    /// # Errors
    /// `BadRequestException`, `ConflictException`, `NotFoundException` (integration).
    pub fn put_route(&mut self, id: &str, route: Route) -> ServiceResult<()> {
        RouteKey::parse(&route.key)?;
        if let Some(target) = &route.target {
            let integration = target
                .strip_prefix("integrations/")
                .ok_or_else(|| bad_request(format!("Invalid target {target}")))?;
            if !self.integrations.contains_key(integration) {
                return Err(not_found("Integration", integration));
            }
        }
        if self
            .routes
            .iter()
            .any(|(other, known)| other != id && known.key == route.key)
        {
            return Err(conflict(format!(
                "Route with key {} already exists for this API",
                route.key
            )));
        }
        self.routes.insert(id.to_owned(), route);
        Ok(())
    }

    /// Creates a stage.
    ///
    /// # Errors
    /// `BadRequestException`, `ConflictException`.
    pub fn create_stage(&mut self, name: &str, stage: Stage) -> ServiceResult<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let valid =
            name == "$default" || ((1..=128).contains(&name.len()) && name.chars().all(plain));
        if !valid {
            return Err(bad_request(
                "Stage name only allows a-zA-Z0-9-_ and $default",
            ));
        }
        if self.stages.contains_key(name) {
            return Err(conflict("Stage already exists"));
        }
        stage.settings.check()?;
        self.stages.insert(name.to_owned(), stage);
        Ok(())
    }
}

impl StageSettings {
    pub(super) fn check(&self) -> ServiceResult<()> {
        for settings in self.default_route.iter().chain(self.routes.values()) {
            let limits = [settings.burst_limit, settings.rate_limit];
            if limits.into_iter().flatten().any(|limit| limit < 0.0) {
                return Err(bad_request("Throttling limits must not be negative."));
            }
        }
        for key in self.routes.keys() {
            RouteKey::parse(key)?;
        }
        if let Some(log) = &self.access_log {
            if super::access_log::group_name(&log.destination_arn).is_none() {
                return Err(bad_request("Invalid ARN specified in the request"));
            }
            if log.format.is_empty() || log.format.contains('\n') {
                return Err(bad_request(
                    "Access Log format must be single line, new line character is allowed only at end of the format",
                ));
            }
        }
        Ok(())
    }

    /// The throttling of a route.
    pub fn throttling(&self, route_key: &str) -> RouteSettings {
        let default = self.default_route.unwrap_or_default();
        match self.routes.get(route_key) {
            Some(own) => RouteSettings {
                burst_limit: own.burst_limit.or(default.burst_limit),
                rate_limit: own.rate_limit.or(default.rate_limit),
            },
            None => default,
        }
    }
}

#[cfg(test)]
mod tests;
