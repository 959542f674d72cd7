//! What changes a function, and the waits after it.

use std::time::Duration;

use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, DeadLetterConfig, Environment, FunctionCode, Runtime};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::readiness::{Readiness, readiness};
use super::{Lambda, SERVICE};
use crate::aws::young::{CHANGE, Patience};
use crate::engine::error::FailureKind;
use crate::engine::function_policy::Place;
use crate::engine::ports::{
    Age, FunctionConfiguration, PolicyStatement, PortResult, Progress, Tags,
};

/// A function becomes active, or an update done, within this.
const READINESS: Duration = Duration::from_secs(10 * 60);
/// 50 MB as Base64 over a slow line.
const UPLOAD: Duration = Duration::from_secs(10 * 60);

const CREATE: &str = "CreateFunction";
const PUBLISH: &str = "PublishVersion";
const PERMIT: &str = "AddPermission";

/// The code of an operation that meets another on the same function or policy, and of what is
/// there already.
pub(super) const CONFLICT: &str = "ResourceConflictException";

/// Lets an operation take its time to answer.
pub(super) fn read_timeout(limit: Duration) -> aws_sdk_lambda::config::Builder {
    aws_sdk_lambda::Config::builder()
        .timeout_config(TimeoutConfig::builder().read_timeout(limit).build())
}

impl Lambda {
    pub(super) async fn make(
        &self,
        name: &str,
        configuration: &FunctionConfiguration,
        zip: &[u8],
        tags: &Tags,
        age: Age,
        progress: &dyn Progress,
    ) -> PortResult<()> {
        let mut patience = Patience::new(&self.waiting, age, progress);
        while let Err(failure) = self.request(name, configuration, zip, tags).await {
            if failure.kind == FailureKind::Conflict {
                // An earlier try may have come through without its answer.
                if self.is_made(name, zip, tags).await? {
                    break;
                }
                return Err(failure);
            }
            patience.after(failure).await?;
        }
        self.ready(name, None, CREATE, progress).await.map(|_| ())
    }

    async fn request(
        &self,
        name: &str,
        configuration: &FunctionConfiguration,
        zip: &[u8],
        tags: &Tags,
    ) -> PortResult<()> {
        self.client
            .create_function()
            .function_name(name)
            .role(&configuration.role)
            .runtime(Runtime::from(configuration.runtime.as_str()))
            .handler(&configuration.handler)
            .architectures(Architecture::from(configuration.architecture.as_str()))
            .memory_size(integer(configuration.memory))
            .timeout(integer(configuration.timeout))
            .description(&configuration.description)
            .environment(environment(configuration))
            .code(FunctionCode::builder().zip_file(Blob::new(zip)).build())
            .set_tags(Some(
                tags.iter()
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect(),
            ))
            .customize()
            .config_override(read_timeout(UPLOAD))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| SERVICE.failure(CREATE, error))
    }

    /// Whether a function is the one that a request would make: its code and tags.
    async fn is_made(&self, name: &str, zip: &[u8], tags: &Tags) -> PortResult<bool> {
        let found = self
            .client
            .get_function()
            .function_name(name)
            .send()
            .await
            .map_err(|error| SERVICE.failure("GetFunction", error))?;
        let code = found
            .configuration
            .and_then(|configuration| configuration.code_sha256);
        let theirs = found.tags.unwrap_or_default();
        Ok(code == Some(STANDARD.encode(Sha256::digest(zip)))
            && tags
                .iter()
                .all(|(key, value)| theirs.get(key) == Some(value)))
    }

    pub(super) async fn replace_code(
        &self,
        name: &str,
        architecture: &str,
        zip: &[u8],
        progress: &dyn Progress,
    ) -> PortResult<()> {
        const UPDATE: &str = "UpdateFunctionCode";
        let mut patience = Patience::new(&self.waiting, Age::Settled, progress);
        loop {
            let answer = self
                .client
                .update_function_code()
                .function_name(name)
                .zip_file(Blob::new(zip))
                .architectures(Architecture::from(architecture))
                .publish(false)
                .customize()
                .config_override(read_timeout(UPLOAD))
                .send()
                .await
                .map_err(|error| SERVICE.failure(UPDATE, error));
            match answer {
                Ok(_) => return self.ready(name, None, UPDATE, progress).await.map(|_| ()),
                Err(failure) => patience.after(failure).await?,
            }
            self.ready(name, None, UPDATE, progress).await?;
        }
    }

    pub(super) async fn replace_configuration(
        &self,
        name: &str,
        configuration: &FunctionConfiguration,
        age: Age,
        progress: &dyn Progress,
    ) -> PortResult<()> {
        const UPDATE: &str = "UpdateFunctionConfiguration";
        let mut patience = Patience::new(&self.waiting, age, progress);
        loop {
            let answer = self
                .client
                .update_function_configuration()
                .function_name(name)
                .role(&configuration.role)
                .runtime(Runtime::from(configuration.runtime.as_str()))
                .handler(&configuration.handler)
                .memory_size(integer(configuration.memory))
                .timeout(integer(configuration.timeout))
                .description(&configuration.description)
                .environment(environment(configuration))
                // Empty rather than absent: absent would leave what is there.
                .set_layers(Some(configuration.layers.clone()))
                .set_file_system_configs(Some(Vec::new()))
                .dead_letter_config(
                    DeadLetterConfig::builder()
                        .target_arn(configuration.dead_letter_target.clone().unwrap_or_default())
                        .build(),
                )
                .send()
                .await
                .map_err(|error| SERVICE.failure(UPDATE, error));
            match answer {
                Ok(_) => return self.ready(name, None, UPDATE, progress).await.map(|_| ()),
                Err(failure) => patience.after(failure).await?,
            }
            self.ready(name, None, UPDATE, progress).await?;
        }
    }

    /// Waits until a version (`$LATEST` without one) is active and its last update
    /// successful.
    async fn ready(
        &self,
        name: &str,
        version: Option<&str>,
        operation: &'static str,
        progress: &dyn Progress,
    ) -> PortResult<GetFunctionConfigurationOutput> {
        let mut wait = self.waiting.at_most(READINESS);
        let mut reported = String::new();
        loop {
            let found = wait.look(self.configuration(name, version).await)?;
            // One that was just made may not be found yet.
            if let Some(Some(found)) = found {
                match readiness(&found) {
                    Readiness::Ready => return Ok(found),
                    Readiness::Failed { status, reason } => {
                        return Err(SERVICE.state(operation, FailureKind::Other, status, reason));
                    }
                    Readiness::Pending(line) if line != reported => {
                        progress.note(&line);
                        reported = line;
                    }
                    Readiness::Pending(_) => {}
                }
            }
            if !wait.pause_until("the function is ready", progress).await {
                return Err(SERVICE.gave_up(
                    operation,
                    format!(
                        "the function is not ready after {} minutes",
                        READINESS.as_secs() / 60
                    ),
                ));
            }
        }
    }

    pub(super) async fn publish_version(
        &self,
        name: &str,
        code_sha256: &str,
        progress: &dyn Progress,
    ) -> PortResult<String> {
        let mut patience = Patience::new(&self.waiting, Age::Settled, progress);
        loop {
            let latest = self.ready(name, None, PUBLISH, progress).await?;
            if latest.code_sha256.as_deref() != Some(code_sha256) {
                return Err(SERVICE.state(
                    PUBLISH,
                    FailureKind::Conflict,
                    "other code",
                    "the function's code is not what was uploaded: somebody changed it meanwhile",
                ));
            }
            let answer = self
                .client
                .publish_version()
                .function_name(name)
                .code_sha256(code_sha256)
                .set_revision_id(latest.revision_id)
                .send()
                .await
                .map_err(|error| SERVICE.failure(PUBLISH, error));
            match answer {
                Ok(made) => {
                    let version = made
                        .version
                        .ok_or_else(|| SERVICE.incomplete(PUBLISH, "Version"))?;
                    // A version is pending at first and refuses to be invoked then.
                    self.ready(name, Some(&version), PUBLISH, progress).await?;
                    return Ok(version);
                }
                // The revision may have moved between the two requests: look again.
                Err(failure) => patience.after(failure).await?,
            }
        }
    }

    pub(super) async fn add_permission(
        &self,
        name: &str,
        alias: &str,
        statement_id: &str,
        statement: &PolicyStatement,
        age: Age,
        progress: &dyn Progress,
    ) -> PortResult<()> {
        let mut patience = Patience::new(&self.waiting, age, progress);
        loop {
            let failure = match self
                .client
                .add_permission()
                .function_name(name)
                .qualifier(alias)
                .statement_id(statement_id)
                .action("lambda:InvokeFunction")
                .principal(&statement.principal)
                .set_source_arn(statement.source_arn.clone())
                .set_source_account(statement.source_account.clone())
                .send()
                .await
            {
                Ok(_) => return Ok(()),
                Err(error) => SERVICE.failure(PERMIT, error),
            };
            // The statement is there, or somebody else writes the policy.
            if failure.code != CONFLICT {
                patience.after(failure).await?;
                continue;
            }
            let there = self.policy(name, Place::Live).await?;
            let there = there
                .iter()
                .find(|one| one.id.as_deref() == Some(statement_id));
            match there {
                Some(there) if there.is(statement) => return Ok(()),
                Some(_) => {
                    self.remove_permission(name, Some(alias), statement_id, progress)
                        .await?
                }
                None => {}
            }
            if !patience.goes_on(&CHANGE).await {
                return Err(failure);
            }
        }
    }
}

fn environment(configuration: &FunctionConfiguration) -> Environment {
    let variables = configuration
        .environment
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    // Empty rather than absent: absent would leave what is there.
    Environment::builder()
        .set_variables(Some(variables))
        .build()
}

/// Memory and timeouts are small; a number that is not is refused by Lambda.
fn integer(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
