//! Lambda: functions, their versions, aliases and policies.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Age, PortResult, Progress, Tags};
use crate::engine::function_policy::Statement;

/// Configuration of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionConfiguration {
    /// ARN of its role.
    pub role: String,
    /// MB.
    pub memory: u32,
    /// Seconds.
    pub timeout: u32,
    /// Variables.
    pub environment: BTreeMap<String, String>,
    /// E.g. `provided.al2023`.
    pub runtime: String,
    /// E.g. `bootstrap`.
    pub handler: String,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// For people.
    pub description: String,
    /// ARNs of layers.
    pub layers: Vec<String>,
    /// ARNs of the access points of file systems.
    pub file_systems: Vec<String>,
    /// ARN of where events go whose asynchronous invocation failed.
    pub dead_letter_target: Option<String>,
}

/// A function as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedFunction {
    /// Unqualified ARN.
    pub arn: String,
    /// Configuration of what is live: the alias's version, or `$LATEST` without an alias.
    pub configuration: FunctionConfiguration,
    /// Base64 of the SHA-256 of its zip.
    pub code_sha256: String,
    /// The version that alias `live` points to; `None` without the alias.
    pub live_version: Option<String>,
    /// Tags.
    pub tags: Tags,
    /// `RevisionId` of what was read (of `$LATEST` when there is no alias).
    pub revision: Option<String>,
    /// The resource policies of the alias and of the function without a qualifier.
    pub statements: Vec<Statement>,
    /// The URLs of the function and of all its aliases.
    pub urls: Vec<FunctionUrl>,
    /// Versions that the alias sends part of the calls to, beside its own.
    pub other_versions: Vec<String>,
}

/// A function's URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionUrl {
    /// The alias that it invokes; `None`: `$LATEST`.
    pub alias: Option<String>,
    /// `AWS_IAM` or `NONE`.
    pub auth_type: String,
}

/// A statement of a function's resource policy, to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyStatement {
    /// E.g. `connect.amazonaws.com`.
    pub principal: String,
    /// `AWS:SourceArn` of its condition.
    pub source_arn: Option<String>,
    /// `AWS:SourceAccount` of its condition.
    pub source_account: Option<String>,
}

/// What an invocation gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// What the function answered, or the error it reported.
    pub payload: Vec<u8>,
    /// `Handled` or `Unhandled` when it failed.
    pub error: Option<String>,
    /// The last lines of its log, when asked for and given.
    pub log_tail: Option<String>,
}

/// Lambda.
#[async_trait]
pub trait Functions: Send + Sync {
    /// A function with what is live of it.
    async fn describe(&self, name: &str) -> PortResult<Option<ObservedFunction>>;
    /// Makes a function and waits until it is active. A role that cannot be assumed yet is
    /// waited for, longer if it is young.
    async fn create(
        &self,
        name: &str,
        configuration: &FunctionConfiguration,
        zip: &[u8],
        tags: &Tags,
        age: Age,
        progress: &dyn Progress,
    ) -> PortResult<()>;
    /// Replaces the code of `$LATEST` and waits.
    async fn update_code(
        &self,
        name: &str,
        architecture: &str,
        zip: &[u8],
        progress: &dyn Progress,
    ) -> PortResult<()>;
    /// Replaces the configuration of `$LATEST` and waits, also for its role.
    async fn update_configuration(
        &self,
        name: &str,
        configuration: &FunctionConfiguration,
        age: Age,
        progress: &dyn Progress,
    ) -> PortResult<()>;
    /// Publishes `$LATEST` if its code has this digest; the version's number.
    async fn publish(
        &self,
        name: &str,
        code_sha256: &str,
        progress: &dyn Progress,
    ) -> PortResult<String>;
    /// Invokes a version or alias and waits for the answer, with the tail of the log.
    async fn invoke(&self, name: &str, qualifier: &str, payload: &[u8]) -> PortResult<Invocation>;
    /// Invokes a new version with its probe. An answer that says that the role may not do
    /// something, or cannot be assumed, is asked for again for a while, longer if it is young:
    /// what a role was just allowed takes some time to be known everywhere (AWS docs,
    /// "Troubleshoot IAM", eventual consistency).
    async fn probe(
        &self,
        name: &str,
        version: &str,
        payload: &[u8],
        age: Age,
        progress: &dyn Progress,
    ) -> PortResult<Invocation>;
    /// Points an alias at a version, making it when it is not there. Its ARN. A version that is
    /// not known yet is waited for.
    async fn set_alias(
        &self,
        name: &str,
        alias: &str,
        version: &str,
        progress: &dyn Progress,
    ) -> PortResult<String>;
    /// Lets a principal invoke an alias for a source; the same statement twice is once. An
    /// alias that is not known yet is waited for if it is young.
    async fn permit(
        &self,
        name: &str,
        alias: &str,
        statement_id: &str,
        statement: &PolicyStatement,
        age: Age,
        progress: &dyn Progress,
    ) -> PortResult<()>;
    /// Removes a statement of the policy of an alias, of the function itself without one;
    /// gone already is done.
    async fn revoke(
        &self,
        name: &str,
        alias: Option<&str>,
        statement_id: &str,
        progress: &dyn Progress,
    ) -> PortResult<()>;
    /// Deletes the URL of an alias, of the function itself without one; gone already is done.
    async fn delete_url(
        &self,
        name: &str,
        alias: Option<&str>,
        progress: &dyn Progress,
    ) -> PortResult<()>;
    /// Deletes a function with its versions and aliases; gone already is done.
    async fn delete(&self, name: &str, progress: &dyn Progress) -> PortResult<()>;
}
