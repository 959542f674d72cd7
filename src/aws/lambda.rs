//! Lambda: functions, their versions, alias and permissions.

mod changes;
mod policy;
mod reach;
mod readiness;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionConfiguration as Described, InvocationType, LogType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::failure::Service;
use super::wait::Waiting;
use super::young::{AT_WORK, Patience};
use crate::engine::error::{FailureKind, ServiceFailure};
use crate::engine::function_policy::Place;
use crate::engine::ports::{
    Age, FunctionConfiguration, Functions, Invocation, ObservedFunction, PolicyStatement,
    PortResult, Progress, Tags,
};

pub(super) const SERVICE: Service = Service("Lambda");

/// The alias that is live.
const LIVE: &str = "live";

/// The longest that a function may run, and a little for the way.
const INVOCATION: Duration = Duration::from_secs(15 * 60 + 30);

/// Functions.
pub struct Lambda {
    client: Client,
    waiting: Waiting,
}

impl Lambda {
    /// Over this client.
    pub fn new(client: Client, waiting: Waiting) -> Self {
        Self { client, waiting }
    }

    /// The configuration of a version or alias, of `$LATEST` without.
    async fn configuration(
        &self,
        name: &str,
        qualifier: Option<&str>,
    ) -> PortResult<Option<GetFunctionConfigurationOutput>> {
        let answer = self
            .client
            .get_function_configuration()
            .function_name(name)
            .set_qualifier(qualifier.map(str::to_owned))
            .send()
            .await;
        match answer {
            Ok(found) => Ok(Some(found)),
            Err(error) => absent(SERVICE.failure("GetFunctionConfiguration", error)),
        }
    }
}

/// Whether a function failed because its role may not do something.
fn is_denied(answer: &Invocation) -> bool {
    let payload = String::from_utf8_lossy(&answer.payload);
    let log = answer.log_tail.as_deref().unwrap_or_default();
    ["AccessDenied", "not authorized to perform"]
        .iter()
        .any(|sign| payload.contains(sign) || log.contains(sign))
}

#[async_trait]
impl Functions for Lambda {
    async fn describe(&self, name: &str) -> PortResult<Option<ObservedFunction>> {
        const GET: &str = "GetFunction";
        let latest = async {
            let answer = self.client.get_function().function_name(name).send().await;
            match answer {
                Ok(found) => Ok(Some(found)),
                Err(error) => absent(SERVICE.failure(GET, error)),
            }
        };
        // Only the unqualified function tells its tags.
        let (latest, live, alias, of_live, of_function, urls) = futures::join!(
            latest,
            self.configuration(name, Some(LIVE)),
            self.alias(name, LIVE),
            self.policy(name, Place::Live),
            self.policy(name, Place::Function),
            self.urls(name),
        );
        let Some(latest) = latest? else {
            return Ok(None);
        };
        if let Some(error) = &latest.tags_error {
            return Err(SERVICE.state(
                GET,
                FailureKind::AccessDenied,
                error.error_code(),
                error.message(),
            ));
        }
        let tags: Tags = latest.tags.unwrap_or_default().into_iter().collect();
        let latest = latest
            .configuration
            .ok_or_else(|| SERVICE.incomplete(GET, "Configuration"))?;
        let arn = latest
            .function_arn
            .clone()
            .ok_or_else(|| SERVICE.incomplete(GET, "FunctionArn"))?;
        let live = live?.map(described);
        let alias = alias?.filter(|_| live.is_some()).unwrap_or_default();
        let mut statements = of_live?;
        statements.extend(of_function?);
        let shown = live.unwrap_or(latest);
        Ok(Some(ObservedFunction {
            arn: unqualified(&arn).to_owned(),
            code_sha256: shown.code_sha256.clone().unwrap_or_default(),
            revision: shown.revision_id.clone(),
            configuration: configuration(shown),
            live_version: alias.version,
            other_versions: alias.others,
            tags,
            statements,
            urls: urls?,
        }))
    }

    async fn create(
        &self,
        name: &str,
        configuration: &FunctionConfiguration,
        zip: &[u8],
        tags: &Tags,
        age: Age,
        progress: &dyn Progress,
    ) -> PortResult<()> {
        self.make(name, configuration, zip, tags, age, progress)
            .await
    }

    async fn update_code(
        &self,
        name: &str,
        architecture: &str,
        zip: &[u8],
        progress: &dyn Progress,
    ) -> PortResult<()> {
        self.replace_code(name, architecture, zip, progress).await
    }

    async fn update_configuration(
        &self,
        name: &str,
        configuration: &FunctionConfiguration,
        age: Age,
        progress: &dyn Progress,
    ) -> PortResult<()> {
        self.replace_configuration(name, configuration, age, progress)
            .await
    }

    async fn publish(
        &self,
        name: &str,
        code_sha256: &str,
        progress: &dyn Progress,
    ) -> PortResult<String> {
        self.publish_version(name, code_sha256, progress).await
    }

    async fn invoke(&self, name: &str, qualifier: &str, payload: &[u8]) -> PortResult<Invocation> {
        const INVOKE: &str = "Invoke";
        let answer = self
            .client
            .invoke()
            .function_name(name)
            .qualifier(qualifier)
            .invocation_type(InvocationType::RequestResponse)
            .log_type(LogType::Tail)
            .payload(Blob::new(payload))
            .customize()
            .config_override(changes::read_timeout(INVOCATION))
            .send()
            .await
            .map_err(|error| SERVICE.failure(INVOKE, error))?;
        let log_tail = match answer.log_result {
            None => None,
            Some(encoded) => {
                let bytes = STANDARD.decode(encoded.as_bytes()).map_err(|error| {
                    SERVICE.state(
                        INVOKE,
                        FailureKind::Other,
                        "unreadable log",
                        format!("LogResult is not Base64: {error}"),
                    )
                })?;
                // The tail is cut at 4 KB, maybe in the middle of a character.
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
        };
        Ok(Invocation {
            payload: answer.payload.map(Blob::into_inner).unwrap_or_default(),
            error: answer.function_error,
            log_tail,
        })
    }

    async fn probe(
        &self,
        name: &str,
        version: &str,
        payload: &[u8],
        age: Age,
        progress: &dyn Progress,
    ) -> PortResult<Invocation> {
        let mut patience = Patience::new(&self.waiting, age, progress);
        loop {
            match self.invoke(name, version, payload).await {
                Ok(answer) if answer.error.is_some() && is_denied(&answer) => {
                    if !patience.goes_on(&AT_WORK).await {
                        return Ok(answer);
                    }
                }
                Ok(answer) => return Ok(answer),
                Err(failure) => patience.after(failure).await?,
            }
        }
    }

    async fn set_alias(
        &self,
        name: &str,
        alias: &str,
        version: &str,
        progress: &dyn Progress,
    ) -> PortResult<String> {
        self.point_alias(name, alias, version, progress).await
    }

    async fn permit(
        &self,
        name: &str,
        alias: &str,
        statement_id: &str,
        statement: &PolicyStatement,
        age: Age,
        progress: &dyn Progress,
    ) -> PortResult<()> {
        self.add_permission(name, alias, statement_id, statement, age, progress)
            .await
    }

    async fn revoke(
        &self,
        name: &str,
        alias: Option<&str>,
        statement_id: &str,
        progress: &dyn Progress,
    ) -> PortResult<()> {
        self.remove_permission(name, alias, statement_id, progress)
            .await
    }

    async fn delete_url(
        &self,
        name: &str,
        alias: Option<&str>,
        progress: &dyn Progress,
    ) -> PortResult<()> {
        self.remove_url(name, alias, progress).await
    }

    async fn delete(&self, name: &str, progress: &dyn Progress) -> PortResult<()> {
        self.remove(name, progress).await
    }
}

/// `None` for a failure that says: there is none.
fn absent<T>(failure: ServiceFailure) -> PortResult<Option<T>> {
    match failure.kind {
        FailureKind::NotFound => Ok(None),
        _ => Err(failure),
    }
}

/// A function's ARN without version or alias.
fn unqualified(arn: &str) -> &str {
    match arn.match_indices(':').nth(6) {
        Some((end, _)) => &arn[..end],
        None => arn,
    }
}

/// The answer of one operation as the type of the others: only what is read.
fn described(found: GetFunctionConfigurationOutput) -> Described {
    Described::builder()
        .set_function_arn(found.function_arn)
        .set_runtime(found.runtime)
        .set_role(found.role)
        .set_handler(found.handler)
        .set_description(found.description)
        .set_timeout(found.timeout)
        .set_memory_size(found.memory_size)
        .set_code_sha256(found.code_sha256)
        .set_version(found.version)
        .set_environment(found.environment)
        .set_revision_id(found.revision_id)
        .set_architectures(found.architectures)
        .set_layers(found.layers)
        .set_file_system_configs(found.file_system_configs)
        .set_dead_letter_config(found.dead_letter_config)
        .build()
}

fn configuration(found: Described) -> FunctionConfiguration {
    FunctionConfiguration {
        role: found.role.unwrap_or_default(),
        memory: positive(found.memory_size),
        timeout: positive(found.timeout),
        environment: found
            .environment
            .and_then(|environment| environment.variables)
            .unwrap_or_default()
            .into_iter()
            .collect(),
        runtime: found
            .runtime
            .map(|runtime| runtime.as_str().to_owned())
            .unwrap_or_default(),
        handler: found.handler.unwrap_or_default(),
        architecture: found
            .architectures
            .unwrap_or_default()
            .first()
            .map_or("x86_64", |architecture| architecture.as_str())
            .to_owned(),
        description: found.description.unwrap_or_default(),
        layers: found
            .layers
            .unwrap_or_default()
            .into_iter()
            .filter_map(|layer| layer.arn)
            .collect(),
        file_systems: found
            .file_system_configs
            .unwrap_or_default()
            .into_iter()
            .map(|system| system.arn)
            .collect(),
        dead_letter_target: found
            .dead_letter_config
            .and_then(|config| config.target_arn)
            .filter(|arn| !arn.is_empty()),
    }
}

fn positive(number: Option<i32>) -> u32 {
    number
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
