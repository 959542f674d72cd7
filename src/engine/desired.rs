//! What is wanted, with refs still in it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use indexmap::IndexMap;

use super::item::Item;
use super::plan::ResourceId;
use super::text::Text;

/// One solution in one environment.
#[derive(Debug, Clone, Default)]
pub struct Desired {
    /// The solution's name.
    pub solution: String,
    /// The environment's name.
    pub environment: String,
    /// Id of the instance it is deployed to; known when there is a target.
    pub instance: String,
    /// The file that says all this, to show where a problem is.
    pub manifest: SourceFile,
    /// Parameters, `${param.NAME}`.
    pub parameters: IndexMap<String, Parameter>,
    /// Stacks by their name in the manifest.
    pub stacks: IndexMap<String, Stack>,
    /// S3 objects by their name in the manifest.
    pub objects: IndexMap<String, Object>,
    /// Items that tables begin with, by their name in the manifest.
    pub seeds: IndexMap<String, Seed>,
    /// Functions by their name in the manifest.
    pub functions: IndexMap<String, Function>,
    /// Flows by their name in the manifest.
    pub flows: IndexMap<String, Flow>,
    /// Phone numbers by their name in the manifest.
    pub phone_numbers: IndexMap<String, PhoneNumber>,
}

/// A file as it is shown to people. The places of refs in [`Text`]s are places in it,
/// those of a flow's content in the flow's own file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name as the user knows it.
    pub path: std::path::PathBuf,
    /// Its text.
    pub text: std::sync::Arc<str>,
}

/// A parameter that the solution declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its value; of a secret, the reference that CloudFormation resolves. `None`:
    /// nobody gave one, and nothing is deployed.
    pub value: Option<String>,
    /// Whether it may stand in parameters of stacks alone.
    pub is_secret: bool,
    /// Whether the value is the declared default: nobody gave one.
    pub is_default: bool,
}

/// An S3 object.
#[derive(Debug, Clone)]
pub struct Object {
    /// The bucket's name.
    pub bucket: Text,
    /// Its key.
    pub key: Text,
    /// What it holds.
    pub content: std::sync::Arc<Vec<u8>>,
    /// The file that holds it, by its path from the manifest's folder.
    pub origin: String,
    /// SHA-256 of that, in hexadecimal.
    pub sha256: String,
    /// Its media type.
    pub content_type: String,
    /// The telephone numbers that its schema finds in it, in the order of the file.
    pub numbers: Vec<NamedNumber>,
}

/// A telephone number in a file, in E.164.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedNumber {
    /// The number.
    pub number: String,
    /// Where, in bytes of the file.
    pub at: Range<usize>,
    /// Whether it must be one of the instance's.
    pub of_instance: bool,
    /// Whether it is in a range that the numbering plans are known to have. They grow: one that
    /// is not may still be good.
    pub is_known: bool,
}

/// Items that a table begins with: written where their key is not there yet.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The table's name.
    pub table: Text,
    /// The items.
    pub items: Vec<SeedItem>,
    /// The file they stand in, by its path from the manifest's folder; `None`: they
    /// stand in the manifest.
    pub origin: Option<String>,
    /// The file they stand in, to show where a problem is.
    pub file: std::path::PathBuf,
    /// The file's text as it is.
    pub source: String,
}

/// An item and its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedItem {
    /// The item.
    pub attributes: Item,
    /// Its place, in bytes.
    pub span: Range<usize>,
    /// The places of its attributes' values.
    pub places: BTreeMap<String, Range<usize>>,
}

/// A CloudFormation stack.
#[derive(Debug, Clone, Default)]
pub struct Stack {
    /// Its name on AWS.
    pub physical: String,
    /// The template's text.
    pub template: String,
    /// The resources of the template.
    pub resources: Vec<TemplateResource>,
    /// The template's file, as plans name it: its path from the manifest's folder.
    pub origin: String,
    /// Parameters that the template declares.
    pub declared: BTreeMap<String, TemplateParameter>,
    /// The names of the template's outputs.
    pub outputs: Vec<String>,
    /// The exports that its template gives and takes.
    pub exports: super::template::Exports,
    /// Values given.
    pub parameters: BTreeMap<String, Text>,
    /// What comes before it though it names nothing of it.
    pub depends_on: BTreeSet<ResourceId>,
}

/// A parameter as a template declares it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateParameter {
    /// Its default, when that is plain.
    pub default: Option<String>,
    /// `NoEcho`: its value is shown to nobody.
    pub is_no_echo: bool,
}

/// A resource as a template declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateResource {
    /// Logical id.
    pub logical_id: String,
    /// E.g. `AWS::DynamoDB::Table`.
    pub resource_type: String,
    /// `DeletionPolicy`, when it is given as plain text.
    pub deletion_policy: Option<String>,
}

impl TemplateResource {
    /// Whether deleting the stack keeps it.
    pub fn is_retained(&self) -> bool {
        matches!(
            self.deletion_policy.as_deref(),
            Some("Retain" | "RetainExceptOnCreate")
        )
    }
}

/// A Lambda function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name on AWS.
    pub physical: String,
    /// ARN of its role.
    pub role: Text,
    /// MB.
    pub memory: u32,
    /// Seconds.
    pub timeout: u32,
    /// Variables.
    pub environment: BTreeMap<String, Text>,
    /// E.g. `provided.al2023`.
    pub runtime: String,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// For people.
    pub description: String,
    /// Whether the instance may invoke it.
    pub connect: bool,
    /// The event a new version must answer before it goes live.
    pub probe: Option<Probe>,
    /// Where its code comes from.
    pub source: CodeSource,
    /// Its code; set once the artifact is built.
    pub code: Code,
    /// What comes before it though it names nothing of it.
    pub depends_on: BTreeSet<ResourceId>,
}

/// An event that a new version must answer before it goes live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Its file, by its path from the manifest's folder.
    pub origin: String,
    /// The event: JSON.
    pub event: Vec<u8>,
}

/// Where a function's code comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeSource {
    /// A cargo package, in words: with its executable and features where they are named.
    Package(String),
    /// A zip that is there already, by its path from the manifest's folder.
    Zip(String),
}

/// A function's zip.
#[derive(Debug, Clone, Default)]
pub struct Code {
    /// The zip's bytes.
    pub zip: std::sync::Arc<Vec<u8>>,
    /// Base64 of their SHA-256, as Lambda tells it.
    pub sha256: String,
}

/// A flow.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Its name on the instance.
    pub physical: String,
    /// API value, e.g. `CONTACT_FLOW`.
    pub flow_type: String,
    /// For people.
    pub description: String,
    /// The file's text, refs and all.
    pub content: Text,
    /// The file, by its path from the manifest's folder.
    pub origin: String,
    /// The file, to show where a problem is.
    pub file: std::path::PathBuf,
    /// The file's text as it is.
    pub source: String,
}

/// A phone number and the flow that answers it.
#[derive(Debug, Clone)]
pub struct PhoneNumber {
    /// The flow, by its name in the manifest.
    pub flow: String,
    /// Which number.
    pub choice: NumberChoice,
}

/// Which number a name of the manifest stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberChoice {
    /// A certain one, in E.164; it is never claimed.
    Certain(String),
    /// Any that fits.
    Any {
        /// ISO 3166 alpha-2.
        country: String,
        /// `TOLL_FREE`, `DID`, …
        number_type: String,
    },
}

impl NumberChoice {
    /// Whether a number of the instance can be it.
    pub fn fits(&self, there: &super::ports::PhoneNumber) -> bool {
        self.is(&there.number, &there.country, &there.number_type)
    }

    /// Whether a number of a list can be it.
    pub fn fits_listed(&self, there: &super::ports::ListedNumber) -> bool {
        self.is(&there.number, &there.country, &there.number_type)
    }

    fn is(&self, there: &str, in_country: &str, of_type: &str) -> bool {
        match self {
            Self::Certain(number) => number == there,
            Self::Any {
                country,
                number_type,
            } => country == in_country && number_type == of_type,
        }
    }
}

impl Desired {
    /// Tags of everything that is deployed.
    pub fn tags(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            (TAG_SOLUTION.to_owned(), self.solution.clone()),
            (TAG_ENVIRONMENT.to_owned(), self.environment.clone()),
            (TAG_INSTANCE.to_owned(), self.instance.clone()),
        ])
    }

    /// Whether tags say that a resource is of this solution, environment and instance.
    pub fn owns(&self, tags: &BTreeMap<String, String>) -> bool {
        self.tags()
            .iter()
            .all(|(key, value)| tags.get(key) == Some(value))
    }

    /// Whose a resource that is not ours is, by its tags.
    pub fn owner(&self, tags: &BTreeMap<String, String>) -> String {
        let tag = |key: &str| tags.get(key).map(String::as_str);
        match (tag(TAG_SOLUTION), tag(TAG_ENVIRONMENT), tag(TAG_INSTANCE)) {
            (Some(solution), Some(environment), instance) => {
                let mut owner =
                    format!("it belongs to the solution {solution} (environment {environment}");
                if let Some(instance) = instance.filter(|id| *id != self.instance) {
                    owner.push_str(&format!(", instance {instance}"));
                }
                owner.push(')');
                owner
            }
            _ => "it was not made by vanity-deploy".to_owned(),
        }
    }
}

/// The tag that names the solution.
pub const TAG_SOLUTION: &str = "vanity-deploy:solution";
/// The tag that names the environment.
pub const TAG_ENVIRONMENT: &str = "vanity-deploy:environment";
/// The tag that names the instance: functions and stacks are the account's, and
/// another instance may have its own.
pub const TAG_INSTANCE: &str = "vanity-deploy:instance";
/// The tag with the resource's name in the manifest.
pub const TAG_NAME: &str = "vanity-deploy:name";
/// The tag with the digest of what a flow was meant to be.
pub const TAG_DESIRED: &str = "vanity-deploy:desired";
/// The tag with the service's own digest of a flow after our last write.
pub const TAG_PUBLISHED: &str = "vanity-deploy:published";

/// The tags that say whose a resource is, and what it is there.
pub const OWNERSHIP_TAGS: [&str; 4] = [TAG_SOLUTION, TAG_ENVIRONMENT, TAG_INSTANCE, TAG_NAME];
