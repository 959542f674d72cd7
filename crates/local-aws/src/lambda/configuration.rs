//! The configuration of a function: how a request gives it, what AWS allows,
//! and how answers show it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::errors;
use super::layers;
use super::names::{self, is_word};
use super::state::{Version, version_name};
use crate::core::constraint::Checks;
use crate::core::error::{ServiceError, ServiceResult};

/// The runtimes that run here: those that bring their own `bootstrap`.
pub const RUNTIMES: &[&str] = &["provided.al2023", "provided.al2"];

/// The other runtimes of the service model.
const OTHER_RUNTIMES: &[&str] = &[
    "nodejs",
    "nodejs4.3",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "java8",
    "java8.al2",
    "java11",
    "python2.7",
    "python3.6",
    "python3.7",
    "python3.8",
    "python3.9",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "dotnet6",
    "dotnet8",
    "nodejs4.3-edge",
    "go1.x",
    "ruby2.5",
    "ruby2.7",
    "provided",
    "nodejs18.x",
    "python3.10",
    "java17",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "python3.11",
    "nodejs20.x",
    "python3.12",
    "java21",
    "python3.13",
    "nodejs22.x",
    "nodejs24.x",
    "python3.14",
    "java25",
    "dotnet10",
    "ruby4.0",
];

/// Environment variables that a function may not set (AWS docs, "Defined runtime
/// environment variables").
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

/// Bytes of all variables of a function together, as JSON.
const ENVIRONMENT_LIMIT: usize = 4096;

/// A deployment package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// SHA-256 of the zip, in hexadecimal digits.
    pub sha256: String,
    /// Bytes of the zip.
    pub size: u64,
}

/// What a function is, apart from how it is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// The package.
    pub code: Code,
    /// One of [`RUNTIMES`].
    pub runtime: String,
    /// ARN of the role it runs with.
    pub role: String,
    /// The handler; a `provided` runtime reads it from `_HANDLER`.
    pub handler: String,
    /// For people.
    pub description: String,
    /// Seconds.
    pub timeout: u32,
    /// Megabytes.
    pub memory_size: u32,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// Its variables; `None` when never given.
    pub environment: Option<BTreeMap<String, String>>,
    /// Its log group, when it is not `/aws/lambda/NAME`.
    pub log_group: Option<String>,
    /// ARNs of layer versions, all of other accounts: there are none here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// When code or configuration last changed.
    pub last_modified: Timestamp,
}

/// Where a version is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// `State: Pending`; the package is being unpacked.
    Creating,
    /// `State: Active`, `LastUpdateStatus: Successful`.
    Ready,
    /// `State: Active`, `LastUpdateStatus: InProgress`.
    Updating,
    /// `State: Failed`: the package could not be unpacked.
    CreationFailed,
    /// `State: Active`, `LastUpdateStatus: Failed`.
    UpdateFailed,
}

/// The members that `CreateFunction` and `UpdateFunctionConfiguration` share.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Settings {
    /// Runtime.
    pub runtime: Option<String>,
    /// ARN of the role.
    pub role: Option<String>,
    /// Handler.
    pub handler: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Seconds.
    pub timeout: Option<i64>,
    /// Megabytes.
    pub memory_size: Option<i64>,
    /// Variables.
    pub environment: Option<Environment>,
    /// Tracing; `PassThrough` only.
    pub tracing_config: Option<TracingConfig>,
    /// `/tmp`; 512 MB only.
    pub ephemeral_storage: Option<EphemeralStorage>,
    /// Snapshots; `None` only.
    pub snap_start: Option<SnapStart>,
    /// Logging; text only.
    pub logging_config: Option<LoggingConfig>,
    /// ARNs of layer versions.
    pub layers: Option<Vec<String>>,
    /// File systems; an empty list only.
    pub file_system_configs: Option<Vec<Value>>,
    /// Where events go that failed; nowhere only.
    pub dead_letter_config: Option<DeadLetterConfig>,
}

/// The members of [`Settings`].
pub const SETTINGS: &[&str] = &[
    "Runtime",
    "Role",
    "Handler",
    "Description",
    "Timeout",
    "MemorySize",
    "Environment",
    "TracingConfig",
    "EphemeralStorage",
    "SnapStart",
    "LoggingConfig",
    "Layers",
    "FileSystemConfigs",
    "DeadLetterConfig",
];

/// `Environment` of a request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Environment {
    /// The variables.
    pub variables: Option<BTreeMap<String, String>>,
}

/// `TracingConfig` of a request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TracingConfig {
    mode: Option<String>,
}

/// `EphemeralStorage` of a request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EphemeralStorage {
    size: i64,
}

/// `SnapStart` of a request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SnapStart {
    apply_on: Option<String>,
}

/// `LoggingConfig` of a request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LoggingConfig {
    log_format: Option<String>,
    application_log_level: Option<String>,
    system_log_level: Option<String>,
    log_group: Option<String>,
}

/// `DeadLetterConfig` of a request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeadLetterConfig {
    target_arn: Option<String>,
}

impl Settings {
    /// Checks what the service model says of each member.
    pub fn check(&self, checks: &mut Checks) {
        if let Some(runtime) = &self.runtime {
            let all: Vec<&str> = [RUNTIMES, OTHER_RUNTIMES].concat();
            checks.one_of("runtime", runtime, &all);
        }
        if let Some(role) = &self.role
            && !is_role_arn(role)
        {
            checks.pattern(
                "role",
                role,
                "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
            );
        }
        if let Some(handler) = &self.handler {
            checks.length("handler", handler, 0, 128);
            if handler.is_empty() || handler.contains(char::is_whitespace) {
                checks.pattern("handler", handler, "[^\\s]+");
            }
        }
        if let Some(description) = &self.description {
            checks.length("description", description, 0, 256);
        }
        if let Some(timeout) = self.timeout {
            checks.range("timeout", timeout, 1, 900);
        }
        if let Some(size) = self.memory_size {
            checks.range("memorySize", size, 128, 10_240);
        }
        let target = self.dead_letter_target();
        if !target.is_empty() && !target.starts_with("arn:") {
            checks.pattern(
                "deadLetterConfig.targetArn",
                target,
                "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()",
            );
        }
        for arn in self.layers.iter().flatten() {
            layers::check(checks, arn);
        }
        for name in self.variables().keys() {
            if !is_variable_name(name) {
                checks.pattern("environment.variables", name, "[a-zA-Z]([a-zA-Z0-9_])+");
            }
        }
        if let Some(storage) = &self.ephemeral_storage {
            checks.range("ephemeralStorage.size", storage.size, 512, 10_240);
        }
        if let Some(mode) = self.tracing_mode() {
            checks.one_of("tracingConfig.mode", mode, &["Active", "PassThrough"]);
        }
        if let Some(logging) = &self.logging_config {
            if let Some(format) = &logging.log_format {
                checks.one_of("loggingConfig.logFormat", format, &["JSON", "Text"]);
            }
            if let Some(group) = &logging.log_group {
                checks.length("loggingConfig.logGroup", group, 1, 512);
                if !is_log_group(group) {
                    checks.pattern("loggingConfig.logGroup", group, "[\\.\\-_/#A-Za-z0-9]+");
                }
            }
        }
    }

    /// Refuses what AWS refuses beyond the model, and what is not implemented.
    ///
    /// # Errors
    /// `InvalidParameterValueException`, `NotImplementedByLocalAws`.
    pub fn check_values(&self) -> ServiceResult<()> {
        if let Some(runtime) = &self.runtime
            && !RUNTIMES.contains(&runtime.as_str())
        {
            return Err(ServiceError::not_implemented(format!(
                "the runtime {runtime}: only {} run here",
                RUNTIMES.join(" and ")
            )));
        }
        check_variables(self.variables())?;
        if self.tracing_mode() == Some("Active") {
            return Err(ServiceError::not_implemented("TracingConfig.Mode Active"));
        }
        if let Some(storage) = &self.ephemeral_storage
            && storage.size != 512
        {
            return Err(ServiceError::not_implemented(
                "EphemeralStorage.Size other than 512",
            ));
        }
        match self
            .snap_start
            .as_ref()
            .and_then(|snap| snap.apply_on.as_deref())
        {
            None | Some("None") => {}
            Some(other) => {
                return Err(ServiceError::not_implemented(format!(
                    "SnapStart.ApplyOn {other}"
                )));
            }
        }
        if let Some(logging) = &self.logging_config {
            if logging.log_format.as_deref() == Some("JSON") {
                return Err(ServiceError::not_implemented(
                    "LoggingConfig.LogFormat JSON",
                ));
            }
            if logging.application_log_level.is_some() || logging.system_log_level.is_some() {
                return Err(errors::invalid(
                    "Log level is not supported for the log format Text.",
                ));
            }
        }
        // Nothing is what there is: that is what clears them on AWS.
        if self
            .file_system_configs
            .as_ref()
            .is_some_and(|all| !all.is_empty())
        {
            return Err(ServiceError::not_implemented("FileSystemConfigs"));
        }
        if !self.dead_letter_target().is_empty() {
            return Err(ServiceError::not_implemented("DeadLetterConfig.TargetArn"));
        }
        Ok(())
    }

    /// Whether environment variables are given.
    pub fn has_variables(&self) -> bool {
        !self.variables().is_empty()
    }

    fn variables(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.environment
            .as_ref()
            .and_then(|environment| environment.variables.as_ref())
            .unwrap_or(&NONE)
    }

    /// Empty for none.
    fn dead_letter_target(&self) -> &str {
        self.dead_letter_config
            .as_ref()
            .and_then(|config| config.target_arn.as_deref())
            .unwrap_or_default()
    }

    fn tracing_mode(&self) -> Option<&str> {
        self.tracing_config.as_ref()?.mode.as_deref()
    }

    /// A configuration changed by what is given; checked before.
    pub fn apply(self, mut base: Configuration) -> Configuration {
        let number = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
        if let Some(runtime) = self.runtime {
            base.runtime = runtime;
        }
        if let Some(role) = self.role {
            base.role = role;
        }
        if let Some(handler) = self.handler {
            base.handler = handler;
        }
        if let Some(description) = self.description {
            base.description = description;
        }
        if let Some(timeout) = self.timeout {
            base.timeout = number(timeout);
        }
        if let Some(size) = self.memory_size {
            base.memory_size = number(size);
        }
        if let Some(environment) = self.environment {
            base.environment = environment.variables.filter(|all| !all.is_empty());
        }
        if let Some(layers) = self.layers {
            base.layers = layers;
        }
        if let Some(logging) = self.logging_config {
            base.log_group = logging.log_group;
        }
        base
    }
}

/// Whether a text is the ARN of a role.
pub fn is_role_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, resource] = parts.as_slice() else {
        return false;
    };
    let path = resource.strip_prefix("role").unwrap_or_default();
    let name = path.strip_prefix('/').unwrap_or(path);
    *arn == "arn"
        && partition.starts_with("aws")
        && *service == "iam"
        && region.is_empty()
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "_+=,.@-/".contains(letter))
}

fn is_variable_name(name: &str) -> bool {
    name.len() >= 2
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_log_group(name: &str) -> bool {
    name.chars().all(|letter| {
        letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_' | '/' | '#')
    })
}

fn check_variables(variables: &BTreeMap<String, String>) -> ServiceResult<()> {
    let reserved: Vec<&str> = variables
        .keys()
        .map(String::as_str)
        .filter(|name| RESERVED.contains(name))
        .collect();
    if !reserved.is_empty() {
        return Err(errors::invalid(format!(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided contains reserved keys that are currently not supported \
             for modification. Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    let size = serde_json::to_string(variables).map_or(0, |text| text.len());
    if size > ENVIRONMENT_LIMIT {
        return Err(errors::invalid(format!(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided exceeded the 4KB limit. They measure {size} bytes as JSON."
        )));
    }
    Ok(())
}

/// Checks `Architectures` of a request: one of the two.
pub fn check_architectures(checks: &mut Checks, architectures: Option<&Vec<String>>) {
    let Some(given) = architectures else { return };
    match given.as_slice() {
        [one] => checks.one_of("architectures", one, &["x86_64", "arm64"]),
        _ => checks.length("architectures", &"a".repeat(given.len()), 1, 1),
    }
}

impl Configuration {
    /// The group its lines go to.
    pub fn log_group(&self, name: &str) -> String {
        self.log_group
            .clone()
            .unwrap_or_else(|| format!("/aws/lambda/{name}"))
    }

    /// The name of the role, the last part of its ARN.
    pub fn role_name(&self) -> &str {
        self.role.rsplit('/').next().unwrap_or_default()
    }

    /// Whether publishing would make the same version: all but when it was modified.
    pub fn same_as(&self, other: &Self) -> bool {
        Self {
            last_modified: other.last_modified,
            ..self.clone()
        } == *other
    }
}

/// `CodeSha256` of answers: Base64 of the digest whose hexadecimal digits are kept.
pub fn code_sha256(hex: &str) -> String {
    use base64::Engine as _;
    let bytes: Vec<u8> = (0..hex.len() / 2)
        .filter_map(|at| u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok())
        .collect();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// `FunctionConfiguration` of the service model. `qualifier` is what the ARN
/// ends with, if anything.
pub fn to_json(
    region: &str,
    name: &str,
    version: &Version,
    number: Option<u64>,
    qualifier: Option<&str>,
) -> Value {
    let configuration = &version.configuration;
    let modified = configuration
        .last_modified
        .strftime("%Y-%m-%dT%H:%M:%S%.3f+0000");
    let mut shown = json!({
        "FunctionName": name,
        "FunctionArn": names::arn(region, name, qualifier),
        "Runtime": configuration.runtime,
        "Role": configuration.role,
        "Handler": configuration.handler,
        "CodeSize": configuration.code.size,
        "Description": configuration.description,
        "Timeout": configuration.timeout,
        "MemorySize": configuration.memory_size,
        "LastModified": modified.to_string(),
        "CodeSha256": code_sha256(&configuration.code.sha256),
        "Version": version_name(number),
        "TracingConfig": { "Mode": "PassThrough" },
        "RevisionId": version.revision_id,
        "PackageType": "Zip",
        "Architectures": [configuration.architecture],
        "EphemeralStorage": { "Size": 512 },
        "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": configuration.log_group(name) },
    });
    if let Value::Object(map) = &mut shown {
        if let Some(variables) = &configuration.environment {
            map.insert("Environment".to_owned(), json!({ "Variables": variables }));
        }
        if !configuration.layers.is_empty() {
            map.insert("Layers".to_owned(), layers::to_json(&configuration.layers));
        }
        map.extend(version.status.to_json());
    }
    shown
}

impl Status {
    fn to_json(self) -> Map<String, Value> {
        let members: &[(&str, &str)] = match self {
            Self::Creating => &[
                ("State", "Pending"),
                ("StateReason", "The function is being created."),
                ("StateReasonCode", "Creating"),
            ],
            Self::Ready => &[("State", "Active"), ("LastUpdateStatus", "Successful")],
            Self::Updating => &[
                ("State", "Active"),
                ("LastUpdateStatus", "InProgress"),
                ("LastUpdateStatusReason", "The function is being created."),
                ("LastUpdateStatusReasonCode", "Creating"),
            ],
            Self::CreationFailed => &[
                ("State", "Failed"),
                ("StateReason", "The deployment package cannot be unpacked."),
                ("StateReasonCode", "InvalidZipFileException"),
            ],
            Self::UpdateFailed => &[
                ("State", "Active"),
                ("LastUpdateStatus", "Failed"),
                (
                    "LastUpdateStatusReason",
                    "The deployment package cannot be unpacked.",
                ),
                ("LastUpdateStatusReasonCode", "InvalidZipFileException"),
            ],
        };
        members
            .iter()
            .map(|(key, value)| ((*key).to_owned(), Value::from(*value)))
            .collect()
    }

    /// How it goes on when the package has been unpacked, or could not be.
    #[must_use]
    pub fn settled(self, unpacked: bool) -> Self {
        match (self, unpacked) {
            (Self::Creating | Self::Updating, true) => Self::Ready,
            (Self::Creating, false) => Self::CreationFailed,
            (Self::Updating, false) => Self::UpdateFailed,
            (other, _) => other,
        }
    }
}

/// Whether a name is one that `CreateFunction` takes.
pub fn is_function_name(name: &str) -> bool {
    is_word(name) && name.len() <= 64
}
