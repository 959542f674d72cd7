//! The environment variables of a function's process: those that Lambda sets
//! (AWS docs, "Defined runtime environment variables"), the function's own, and
//! nothing of the machine's.

use std::collections::BTreeMap;
use std::path::Path;

use crate::lambda::configuration::Configuration;
use crate::sts::Credentials;

/// What the variables are made of.
pub struct Surroundings<'a> {
    /// The function's name.
    pub name: &'a str,
    /// `$LATEST` or a number.
    pub version: &'a str,
    /// The configuration.
    pub configuration: &'a Configuration,
    /// The Region.
    pub region: &'a str,
    /// The embedded AWS, where the SDKs are to call.
    pub endpoint: &'a str,
    /// Host and port of the Runtime API.
    pub runtime_api: &'a str,
    /// Where the package is unpacked.
    pub task_root: &'a Path,
    /// The log stream.
    pub log_stream: &'a str,
    /// The role's session.
    pub credentials: &'a Credentials,
}

/// All variables of the process.
pub fn variables(of: &Surroundings<'_>) -> BTreeMap<String, String> {
    let configuration = of.configuration;
    let root = of.task_root.display().to_string();
    let libraries =
        format!("/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:{root}:{root}/lib:/opt/lib");
    let mut all: BTreeMap<String, String> = [
        ("LANG", "en_US.UTF-8".to_owned()),
        ("TZ", ":UTC".to_owned()),
        ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin".to_owned()),
        ("LD_LIBRARY_PATH", libraries),
        // Where the SDKs find the embedded AWS; a function may say otherwise.
        ("AWS_ENDPOINT_URL", of.endpoint.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    all.extend(configuration.environment.clone().unwrap_or_default());
    all.extend(
        [
            ("_HANDLER", configuration.handler.clone()),
            ("AWS_ACCESS_KEY_ID", of.credentials.access_key_id.clone()),
            ("AWS_DEFAULT_REGION", of.region.to_owned()),
            (
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                configuration.memory_size.to_string(),
            ),
            ("AWS_LAMBDA_FUNCTION_NAME", of.name.to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", of.version.to_owned()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
            (
                "AWS_LAMBDA_LOG_GROUP_NAME",
                configuration.log_group(of.name),
            ),
            ("AWS_LAMBDA_LOG_STREAM_NAME", of.log_stream.to_owned()),
            ("AWS_LAMBDA_RUNTIME_API", of.runtime_api.to_owned()),
            ("AWS_REGION", of.region.to_owned()),
            (
                "AWS_SECRET_ACCESS_KEY",
                of.credentials.secret_access_key.clone(),
            ),
            ("AWS_SESSION_TOKEN", of.credentials.session_token.clone()),
            ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
            ("LAMBDA_TASK_ROOT", root),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    all
}
