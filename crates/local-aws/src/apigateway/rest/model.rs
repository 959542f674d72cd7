//! REST APIs as values.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::apigateway::apis::{AccessLog, RouteSettings};
use crate::core::rows::Rows;

/// What is kept of REST APIs.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// APIs by id.
    #[serde(skip)]
    pub apis: Rows<RestApi>,
    /// The role that writes to CloudWatch Logs, of the account in the Region.
    pub log_role: Option<String>,
    /// Custom domain names.
    #[serde(default)]
    pub domains: BTreeMap<String, super::domains::Domain>,
}

/// The longest that an integration of a REST API may take, in milliseconds, and what it may
/// take when nothing is said (AWS docs, "API Gateway quotas", "Integration timeout").
pub const LONGEST_INTEGRATION: i64 = 29_000;

/// An API: what is edited, what was deployed, and where it is served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestApi {
    /// The id.
    pub id: String,
    /// The name; need not be unique.
    pub name: String,
    /// A description.
    pub description: Option<String>,
    /// `REGIONAL` or `EDGE`.
    pub endpoint_type: String,
    /// How a request must come in.
    #[serde(default)]
    pub security: super::domains::Security,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
    /// What a deployment takes a picture of.
    pub definition: Definition,
    /// Deployments by id.
    pub deployments: BTreeMap<String, Deployment>,
    /// Stages by name.
    pub stages: BTreeMap<String, Stage>,
}

/// What a deployment takes a picture of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Id of the resource `/`.
    pub root: String,
    /// Media types that are no text.
    pub binary_media_types: Vec<String>,
    /// Refuses requests to the default endpoint.
    pub disable_execute_api_endpoint: bool,
    /// Resources by id.
    pub resources: BTreeMap<String, Resource>,
    /// Models by name.
    pub models: BTreeMap<String, Model>,
    /// Request validators by id.
    pub validators: BTreeMap<String, Validator>,
    /// Gateway responses by type.
    pub gateway_responses: BTreeMap<String, GatewayResponse>,
}

/// A segment of a path.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Id of the resource above; none for the root.
    pub parent: Option<String>,
    /// The last segment; empty for the root.
    pub part: String,
    /// The whole path, e.g. `/register`.
    pub path: String,
    /// Methods by HTTP method or `ANY`.
    pub methods: BTreeMap<String, Method>,
}

/// A method.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// A name for people and SDKs.
    pub operation_name: Option<String>,
    /// `method.request.LOCATION.NAME`: whether it must be there.
    pub request_parameters: BTreeMap<String, bool>,
    /// Names of models by content type.
    pub request_models: BTreeMap<String, String>,
    /// Id of a request validator.
    pub validator: Option<String>,
    /// By status code.
    pub responses: BTreeMap<String, MethodResponse>,
    /// What answers.
    pub integration: Option<Integration>,
}

/// What a method may answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodResponse {
    /// `method.response.header.NAME`: whether it must be there.
    pub parameters: BTreeMap<String, bool>,
    /// Names of models by content type.
    pub models: BTreeMap<String, String>,
}

/// How a request reaches what answers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Integration {
    /// What it is.
    pub kind: IntegrationKind,
    /// Of an AWS service or a function.
    pub uri: Option<String>,
    /// The HTTP method towards the service.
    pub http_method: Option<String>,
    /// ARN of the role to call the service with.
    pub credentials: Option<String>,
    /// Mapping templates by content type.
    pub request_templates: BTreeMap<String, String>,
    /// What happens to bodies that no template is for.
    pub passthrough: Passthrough,
    /// `integration.request.…` by what it is taken from.
    pub request_parameters: BTreeMap<String, String>,
    /// In the order in which they were given.
    pub responses: Vec<IntegrationResponse>,
    /// Base64 or bytes.
    pub content_handling: Option<ContentHandling>,
    /// How long the service may take; 50 to [`LONGEST_INTEGRATION`].
    pub timeout_in_millis: i64,
}

impl Integration {
    /// How long the service may take.
    pub fn time_limit(&self) -> Duration {
        // Checked when it was put: between the shortest and the longest.
        Duration::from_millis(self.timeout_in_millis.unsigned_abs())
    }
}

/// Kinds of integrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IntegrationKind {
    /// An AWS service, through templates.
    Aws,
    /// A function that gets the request as it is.
    AwsProxy,
    /// Nobody.
    Mock,
}

impl IntegrationKind {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::AwsProxy => "AWS_PROXY",
            Self::Mock => "MOCK",
        }
    }
}

/// What happens to bodies whose content type no template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Passthrough {
    /// They pass.
    WhenNoMatch,
    /// They pass when there is no template at all.
    WhenNoTemplates,
    /// They are refused.
    Never,
}

impl Passthrough {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WhenNoMatch => "WHEN_NO_MATCH",
            Self::WhenNoTemplates => "WHEN_NO_TEMPLATES",
            Self::Never => "NEVER",
        }
    }
}

/// Base64 or bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContentHandling {
    /// From Base64 to bytes.
    ConvertToBinary,
    /// From bytes to Base64.
    ConvertToText,
}

impl ContentHandling {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConvertToBinary => "CONVERT_TO_BINARY",
            Self::ConvertToText => "CONVERT_TO_TEXT",
        }
    }
}

/// What becomes of the integration's answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntegrationResponse {
    /// The status of the method's response.
    pub status: String,
    /// A regular expression for the integration's status; none is the default.
    pub selection_pattern: Option<String>,
    /// Mapping templates by content type.
    pub templates: BTreeMap<String, String>,
    /// `method.response.header.NAME` by what it is taken from.
    pub parameters: BTreeMap<String, String>,
    /// Base64 or bytes.
    pub content_handling: Option<ContentHandling>,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The id.
    pub id: String,
    /// A description.
    pub description: Option<String>,
    /// Its content type.
    pub content_type: String,
    /// A JSON schema, draft 4.
    pub schema: Value,
}

/// A request validator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validator {
    /// Its name.
    pub name: Option<String>,
    /// Whether bodies are held against the models.
    pub body: bool,
    /// Whether required parameters must be there.
    pub parameters: bool,
}

/// What API Gateway answers for itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayResponse {
    /// HTTP status; none is that of the type.
    pub status: Option<u16>,
    /// `gatewayresponse.header.NAME` by what it is taken from.
    pub parameters: BTreeMap<String, String>,
    /// Templates with simple variables by content type.
    pub templates: BTreeMap<String, String>,
}

/// A picture of an API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// A description.
    pub description: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// The picture.
    pub definition: Definition,
}

/// Where a deployment is served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What can be changed.
    pub settings: StageSettings,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
}

/// The settings of a stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageSettings {
    /// Id of the deployment that is served.
    pub deployment: String,
    /// A description.
    pub description: Option<String>,
    /// By `PATH/METHOD`, the slashes of the path as `~1`; `*/*` for all.
    pub methods: BTreeMap<String, MethodSettings>,
    /// Where and how requests are logged.
    pub access_log: Option<AccessLog>,
    /// Stage variables.
    pub variables: BTreeMap<String, String>,
    /// Whether X-Ray is wanted; there is none here.
    pub tracing: bool,
}

/// The settings of methods in a stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodSettings {
    /// Throttling.
    pub throttling: RouteSettings,
    /// `OFF`, `ERROR` or `INFO`.
    pub logging_level: Option<String>,
    /// Whether CloudWatch metrics are wanted; there are none here.
    pub metrics: Option<bool>,
    /// Whether whole requests are logged.
    pub data_trace: Option<bool>,
}

impl StageSettings {
    /// The settings of a method, each from the closest that gives it.
    pub fn of_method(&self, path: &str, method: &str) -> MethodSettings {
        let own = format!("{}/{method}", path.replace('/', "~1"));
        let mut settings = MethodSettings::default();
        for key in [own.as_str(), "*/*"] {
            let Some(given) = self.methods.get(key) else {
                continue;
            };
            let throttling = &mut settings.throttling;
            throttling.burst_limit = throttling.burst_limit.or(given.throttling.burst_limit);
            throttling.rate_limit = throttling.rate_limit.or(given.throttling.rate_limit);
            settings.logging_level = settings.logging_level.or(given.logging_level.clone());
            settings.metrics = settings.metrics.or(given.metrics);
            settings.data_trace = settings.data_trace.or(given.data_trace);
        }
        settings
    }
}
