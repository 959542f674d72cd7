//! What the engine needs of the world, as traits. The adapters in `aws/`
//! implement them; no AWS type is named here.
//!
//! Every method that reads "nothing there" answers `None` or an empty list;
//! AccessDenied is never taken for "not found". Methods that start long work
//! wait until it is done and report on the way through [`Progress`].

mod words;

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::error::ServiceFailure;
use super::function_policy::Statement;
use super::item::{Item, KeyAttribute};
use super::text::LookupKind;

pub use words::{
    ChangeAction, FlowState, FlowStatus, InstanceStatus, Replacement, ResourceStatus, StackStatus,
};

/// The result of a port.
pub type PortResult<T> = Result<T, ServiceFailure>;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// Told what happens during long work; the words are for people.
pub trait Progress: Send + Sync {
    /// One line, e.g. `Table CREATE_IN_PROGRESS`.
    fn note(&self, line: &str);
}

/// Who deploys, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account's 12 digits.
    pub account: String,
    /// The caller's ARN.
    pub arn: String,
    /// The Region of the clients.
    pub region: String,
}

/// A Connect instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its ARN.
    pub arn: String,
    /// Its id.
    pub id: String,
    /// Its alias, when it has one.
    pub alias: Option<String>,
    /// How it stands.
    pub status: InstanceStatus,
}

/// Identity and instance.
#[async_trait]
pub trait Account: Send + Sync {
    /// Who the credentials belong to.
    async fn identity(&self) -> PortResult<Identity>;
    /// An instance by its ARN or id.
    async fn instance(&self, arn_or_id: &str) -> PortResult<Option<Instance>>;
    /// All instances (for a search by alias, and for hints).
    async fn instances(&self) -> PortResult<Vec<Instance>>;
    /// Makes an instance (inbound and outbound calls, Connect-managed users) and waits until it is ACTIVE.
    async fn create_instance(&self, alias: &str, progress: &dyn Progress) -> PortResult<Instance>;
}

/// A stack as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedStack {
    /// Its ARN; everything after the first read is pinned to it.
    pub arn: String,
    /// How it stands.
    pub status: StackStatus,
    /// Why it is in that status.
    pub status_reason: Option<String>,
    /// Parameters; a `NoEcho` one reads `****`.
    pub parameters: BTreeMap<String, String>,
    /// Outputs.
    pub outputs: BTreeMap<String, String>,
    /// Tags.
    pub tags: Tags,
    /// The template as it was sent; `None` when the stack has none yet.
    pub template: Option<String>,
    /// Whether termination protection is on.
    pub termination_protection: bool,
}

/// What a stack shall become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackInput {
    /// The stack's name, or its ARN for an update.
    pub stack: String,
    /// Whether the stack is made by this.
    pub create: bool,
    /// The template's text.
    pub template: String,
    /// All its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Tags of the stack and its resources.
    pub tags: Tags,
    /// Makes a repeated call the same call; letters, digits and hyphens.
    pub token: String,
}

/// A change set that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// Its ARN.
    pub arn: String,
    /// The stack's ARN.
    pub stack_arn: String,
    /// What it does to each resource.
    pub changes: Vec<StackChange>,
}

/// What a change set does to a resource of the stack.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StackChange {
    /// What is done to it.
    pub action: ChangeAction,
    /// The resource's logical id.
    pub logical_id: String,
    /// Its type, e.g. `AWS::DynamoDB::Table`.
    pub resource_type: String,
    /// Whether it is replaced, of [`ChangeAction::Modify`].
    pub replacement: Option<Replacement>,
    /// The properties that change.
    pub properties: Vec<String>,
}

/// A resource of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackResource {
    /// Logical id.
    pub logical_id: String,
    /// Physical id; empty when it was never made.
    pub physical_id: String,
    /// E.g. `AWS::DynamoDB::Table`.
    pub resource_type: String,
    /// How it stands.
    pub status: ResourceStatus,
    /// Why.
    pub status_reason: Option<String>,
}

/// CloudFormation.
#[async_trait]
pub trait Stacks: Send + Sync {
    /// A stack by name or ARN; a deleted one is none.
    async fn describe(&self, stack: &str) -> PortResult<Option<ObservedStack>>;
    /// Makes a change set and waits for it. `None`: nothing would change (the
    /// empty change set is deleted again).
    async fn change_set(&self, input: &StackInput) -> PortResult<Option<ChangeSet>>;
    /// Executes a change set and waits until the stack is done. A failure says the
    /// first resource that failed, in its own words (root cause first).
    async fn execute(
        &self,
        change_set: &ChangeSet,
        token: &str,
        progress: &dyn Progress,
    ) -> PortResult<ObservedStack>;
    /// Forgets a change set; of a stack that never was, the empty stack too.
    async fn discard(&self, change_set: &ChangeSet) -> PortResult<()>;
    /// Waits while a stack is `*_IN_PROGRESS`.
    async fn settle(&self, arn: &str, progress: &dyn Progress)
    -> PortResult<Option<ObservedStack>>;
    /// Deletes a stack by ARN and waits; resources whose policy says so are kept.
    async fn delete(&self, arn: &str, token: &str, progress: &dyn Progress) -> PortResult<()>;
    /// The stack's resources, also of one just deleted, by ARN.
    async fn resources(&self, arn: &str) -> PortResult<Vec<StackResource>>;
}

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
    /// Makes a function and waits until it is active. A role that cannot be assumed
    /// yet is waited for, with a deadline.
    async fn create(
        &self,
        name: &str,
        configuration: &FunctionConfiguration,
        zip: &[u8],
        tags: &Tags,
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
    /// Replaces the configuration of `$LATEST` and waits.
    async fn update_configuration(
        &self,
        name: &str,
        configuration: &FunctionConfiguration,
        progress: &dyn Progress,
    ) -> PortResult<()>;
    /// Publishes `$LATEST` if its code has this digest; the version's number.
    async fn publish(&self, name: &str, code_sha256: &str) -> PortResult<String>;
    /// Invokes a version or alias and waits for the answer, with the tail of the log.
    async fn invoke(&self, name: &str, qualifier: &str, payload: &[u8]) -> PortResult<Invocation>;
    /// Invokes a new version with its probe. An answer that says that the role may
    /// not do something is asked for again for a while: what a role was just allowed
    /// takes some seconds to be known everywhere (AWS docs, "Troubleshoot IAM",
    /// eventual consistency).
    async fn probe(
        &self,
        name: &str,
        version: &str,
        payload: &[u8],
        progress: &dyn Progress,
    ) -> PortResult<Invocation>;
    /// Points an alias at a version, making it when it is not there. Its ARN.
    async fn set_alias(&self, name: &str, alias: &str, version: &str) -> PortResult<String>;
    /// Lets a principal invoke an alias for a source; the same statement twice is once.
    async fn permit(
        &self,
        name: &str,
        alias: &str,
        statement_id: &str,
        statement: &PolicyStatement,
    ) -> PortResult<()>;
    /// Removes a statement of the policy of an alias, of the function itself without one;
    /// gone already is done.
    async fn revoke(&self, name: &str, alias: Option<&str>, statement_id: &str) -> PortResult<()>;
    /// Deletes the URL of an alias, of the function itself without one; gone already is done.
    async fn delete_url(&self, name: &str, alias: Option<&str>) -> PortResult<()>;
    /// Deletes a function with its versions and aliases; gone already is done.
    async fn delete(&self, name: &str) -> PortResult<()>;
}

/// A flow as it is on the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedFlow {
    /// Its id.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// API value, e.g. `CONTACT_FLOW`.
    pub flow_type: String,
    /// For people.
    pub description: String,
    /// Whether it was published.
    pub status: FlowStatus,
    /// Whether it is in use.
    pub state: FlowState,
    /// Tags.
    pub tags: Tags,
    /// The service's digest of the published content.
    pub content_sha256: Option<String>,
}

/// A flow to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowInput {
    /// Display name.
    pub name: String,
    /// API value.
    pub flow_type: String,
    /// For people.
    pub description: String,
    /// Content; published.
    pub content: String,
    /// Tags.
    pub tags: Tags,
}

/// Flows of an instance. Flows are addressed by id.
#[async_trait]
pub trait Flows: Send + Sync {
    /// All flows that carry these tags.
    async fn tagged(&self, instance: &str, tags: &Tags) -> PortResult<Vec<ObservedFlow>>;
    /// The flow of that exact name, whoever made it.
    async fn named(&self, instance: &str, name: &str) -> PortResult<Option<ObservedFlow>>;
    /// How many flows there are, of whomever.
    async fn count(&self, instance: &str) -> PortResult<usize>;
    /// The published content.
    async fn content(&self, instance: &str, id: &str) -> PortResult<String>;
    /// Makes and publishes a flow.
    async fn create(&self, instance: &str, input: &FlowInput) -> PortResult<ObservedFlow>;
    /// Replaces and publishes the content; the service's new digest.
    async fn update_content(
        &self,
        instance: &str,
        id: &str,
        content: &str,
    ) -> PortResult<Option<String>>;
    /// Renames, and sets the description; also takes it out of the archive.
    async fn update_metadata(
        &self,
        instance: &str,
        id: &str,
        name: &str,
        description: &str,
    ) -> PortResult<()>;
    /// Adds tags to a flow or a phone number, by ARN.
    async fn tag(&self, arn: &str, tags: &Tags) -> PortResult<()>;
    /// Takes tags off a flow or a phone number, by ARN.
    async fn untag(&self, arn: &str, keys: &[&str]) -> PortResult<()>;
    /// Deletes a flow; gone already is done.
    async fn delete(&self, instance: &str, id: &str) -> PortResult<()>;
}

/// The instance's functions, numbers and named things.
#[async_trait]
pub trait Resources: Send + Sync {
    /// ARNs of the functions associated with the instance.
    async fn associated_functions(&self, instance: &str) -> PortResult<Vec<String>>;
    /// Associates a function; associated already is done.
    async fn associate_function(&self, instance: &str, arn: &str) -> PortResult<()>;
    /// Ends the association; none is done.
    async fn disassociate_function(&self, instance: &str, arn: &str) -> PortResult<()>;
    /// Names and ARNs of all queues, hours, prompts or modules.
    async fn lookup(
        &self,
        instance: &str,
        kind: LookupKind,
    ) -> PortResult<BTreeMap<String, String>>;
    /// The numbers of the instance.
    async fn phone_numbers(&self, instance_arn: &str) -> PortResult<Vec<PhoneNumber>>;
    /// Finds a number to have and claims it for the instance, and waits.
    async fn claim_phone_number(
        &self,
        instance_arn: &str,
        country: &str,
        number_type: &str,
        tags: &Tags,
        token: &str,
        progress: &dyn Progress,
    ) -> PortResult<PhoneNumber>;
    /// Binds a number to a flow.
    async fn bind_phone_number(
        &self,
        instance: &str,
        phone_number_id: &str,
        flow_id: &str,
    ) -> PortResult<()>;
    /// Ends a number's binding.
    async fn unbind_phone_number(&self, instance: &str, phone_number_id: &str) -> PortResult<()>;
    /// Gives a number back: it may never come again.
    async fn release_phone_number(&self, phone_number_id: &str, token: &str) -> PortResult<()>;
}

/// A phone number of the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    /// Its id.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// E.164.
    pub number: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// `TOLL_FREE`, `DID`, …
    pub number_type: String,
    /// The flow it is bound to, by id.
    pub flow_id: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// Tables: those that seeds are written to, and those that stacks kept.
#[async_trait]
pub trait Tables: Send + Sync {
    /// The key of a table, partition key first; `None`: there is no such table.
    async fn key(&self, table: &str) -> PortResult<Option<Vec<KeyAttribute>>>;
    /// Which of these keys the table has, read consistently. The keys are whole, of
    /// the right types, and each is there once.
    async fn present(
        &self,
        table: &str,
        key: &[KeyAttribute],
        keys: &[Item],
    ) -> PortResult<Vec<bool>>;
    /// Writes an item unless its key is there; whether it was written.
    async fn put_new(&self, table: &str, key: &[KeyAttribute], item: &Item) -> PortResult<bool>;
    /// Deletes a table with its data; gone already is done.
    async fn delete(&self, name: &str) -> PortResult<()>;
}

/// An object as it is in its bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedObject {
    /// Its entity tag, as the service spells it.
    pub etag: String,
    /// Its bytes.
    pub size: u64,
    /// The service's own SHA-256 of the whole content, in hexadecimal, when it keeps one.
    pub sha256: Option<String>,
    /// The SHA-256 that vanity-deploy noted when it uploaded it.
    pub uploaded: Option<String>,
    /// Its media type.
    pub content_type: Option<String>,
    /// Whose it is, as tags: noted when it was uploaded.
    pub owner: Tags,
}

/// A bucket, and the account that it must belong to: names of buckets are the world's,
/// and what is meant for one's own must not go to a stranger's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket<'a> {
    /// Its name.
    pub name: &'a str,
    /// The account's id, 12 digits.
    pub owner: &'a str,
}

/// An object to be put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInput {
    /// The bucket.
    pub bucket: String,
    /// The account that the bucket must belong to.
    pub bucket_owner: String,
    /// The key.
    pub key: String,
    /// The content.
    pub content: std::sync::Arc<Vec<u8>>,
    /// Its SHA-256 in hexadecimal; the service checks it, and it is noted.
    pub sha256: String,
    /// Its media type.
    pub content_type: String,
    /// Whose it is, as tags.
    pub owner: Tags,
    /// The entity tag of what it replaces; `None`: nothing may be there.
    pub replaces: Option<String>,
}

/// S3. A bucket that belongs to another account than it must is a failure of the kind
/// [`AccessDenied`](super::error::FailureKind::AccessDenied).
#[async_trait]
pub trait Objects: Send + Sync {
    /// An object; `None`: there is no such object, or no such bucket. That it may not
    /// be read is a failure.
    async fn head(&self, bucket: Bucket<'_>, key: &str) -> PortResult<Option<ObservedObject>>;
    /// Puts an object where what it replaces still is. Otherwise the failure's kind is
    /// [`Conflict`](super::error::FailureKind::Conflict) or
    /// [`NotFound`](super::error::FailureKind::NotFound).
    async fn put(&self, input: &ObjectInput) -> PortResult<()>;
    /// Deletes all versions of all objects of a bucket; no bucket is done.
    async fn empty(&self, bucket: Bucket<'_>, progress: &dyn Progress) -> PortResult<()>;
    /// Deletes an empty bucket; gone already is done.
    async fn delete_bucket(&self, bucket: Bucket<'_>) -> PortResult<()>;
}

/// Everything the engine works with.
pub struct Ports {
    /// STS and instances.
    pub account: Box<dyn Account>,
    /// CloudFormation.
    pub stacks: Box<dyn Stacks>,
    /// Lambda.
    pub functions: Box<dyn Functions>,
    /// Connect: flows.
    pub flows: Box<dyn Flows>,
    /// Connect: the rest.
    pub resources: Box<dyn Resources>,
    /// DynamoDB.
    pub tables: Box<dyn Tables>,
    /// S3.
    pub objects: Box<dyn Objects>,
}
