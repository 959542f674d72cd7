//! The manifest as it is written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use indexmap::IndexMap;
use serde::Deserialize;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Version of the manifest's format: 1.
    pub version: u32,
    /// The solution meant when none is named.
    pub default: Option<String>,
    /// Solutions by name.
    pub solutions: IndexMap<String, Solution>,
    /// Environments by name.
    #[serde(default)]
    pub environments: IndexMap<String, Environment>,
}

/// Stacks, functions, flows and phone numbers that are deployed together.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Solution {
    /// For people.
    #[serde(default)]
    pub description: String,
    /// Values that differ from environment to environment.
    #[serde(default)]
    pub parameters: IndexMap<String, Parameter>,
    /// CloudFormation stacks.
    #[serde(default)]
    pub stacks: IndexMap<String, Stack>,
    /// Lambda functions.
    #[serde(default)]
    pub functions: IndexMap<String, Function>,
    /// Flows.
    #[serde(default)]
    pub flows: IndexMap<String, Flow>,
    /// Phone numbers.
    #[serde(default)]
    pub phone_numbers: IndexMap<String, PhoneNumber>,
    /// S3 objects from files.
    #[serde(default)]
    pub objects: IndexMap<String, Object>,
    /// DynamoDB items.
    #[serde(default)]
    pub seed: IndexMap<String, Seed>,
}

/// A value that differs from environment to environment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// What it may be.
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// Its value where no other is given.
    pub default: Option<Scalar>,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// A regular expression that the whole value matches; of strings.
    pub pattern: Option<String>,
    /// The only values there may be; of strings and numbers.
    pub allowed: Option<Vec<Scalar>>,
    /// The least value; of numbers.
    pub min: Option<f64>,
    /// The greatest value; of numbers.
    pub max: Option<f64>,
}

/// What a parameter may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterType {
    /// Text.
    String,
    /// A decimal number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A reference to a secret, for stack parameters alone.
    Secret,
}

impl ParameterType {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Secret => "secret",
        }
    }
}

/// An S3 object from a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// The file.
    pub file: PathBuf,
    /// A file with the JSON schema that the file must follow.
    pub schema: Option<PathBuf>,
    /// Its media type; by the file's extension when none is given.
    pub content_type: Option<String>,
}

/// Items that a table begins with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// The table's name.
    pub table: String,
    /// A file with a list of items, JSON or YAML.
    pub file: Option<PathBuf>,
    /// The items in place.
    pub items: Option<serde_yaml::Value>,
}

/// A CloudFormation stack.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    /// The template's file.
    pub template: PathBuf,
    /// Parameters; texts with refs, numbers and booleans as they are written.
    #[serde(default)]
    pub parameters: BTreeMap<String, Scalar>,
}

/// A Lambda function.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// For people.
    #[serde(default)]
    pub description: String,
    /// A cargo package.
    pub package: Option<String>,
    /// A zip that is there already.
    pub zip: Option<PathBuf>,
    /// ARN of its role.
    pub role: String,
    /// MB (default 128).
    #[serde(default = "default_memory")]
    pub memory: u32,
    /// Seconds (default 3).
    #[serde(default = "default_timeout")]
    pub timeout: u32,
    /// `x86_64` (the default) or `arm64`.
    #[serde(default)]
    pub architecture: Architecture,
    /// Variables.
    #[serde(default)]
    pub environment: BTreeMap<String, Scalar>,
    /// Whether the instance may invoke it.
    #[serde(default)]
    pub connect: bool,
    /// A file with the event that a new version must answer before it goes live.
    pub probe: Option<PathBuf>,
}

fn default_memory() -> u32 {
    128
}

fn default_timeout() -> u32 {
    3
}

/// The processor a function runs on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Architecture {
    /// Intel and AMD, 64 bits.
    #[default]
    #[serde(rename = "x86_64")]
    X86_64,
    /// ARM, 64 bits.
    #[serde(rename = "arm64")]
    Arm64,
}

impl Architecture {
    /// As Lambda spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

/// A flow.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// The JSON file.
    pub file: PathBuf,
    /// Its name on the instance.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// The API's name of its type (default `CONTACT_FLOW`).
    #[serde(default = "default_flow_type", rename = "type")]
    pub flow_type: String,
}

fn default_flow_type() -> String {
    "CONTACT_FLOW".to_owned()
}

/// A phone number.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneNumber {
    /// The flow that answers: `${flow.NAME}`.
    pub flow: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// `TOLL_FREE`, `DID`, …
    #[serde(rename = "type")]
    pub number_type: String,
    /// One certain number in E.164.
    pub number: Option<String>,
}

/// An environment: a deployed copy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Values of `${param.NAME}`, for every solution that declares them.
    #[serde(default)]
    pub parameters: BTreeMap<String, Scalar>,
    /// What is said for one solution alone.
    #[serde(default)]
    pub solutions: BTreeMap<String, OfSolution>,
    /// Whether `down` is refused.
    #[serde(default)]
    pub protect: bool,
}

/// What an environment says for one solution.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfSolution {
    /// Values of `${param.NAME}`; they go before those for every solution.
    #[serde(default)]
    pub parameters: BTreeMap<String, Scalar>,
}

/// A plain value, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar(pub String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Scalar;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, a number or a boolean")
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(text.to_owned()))
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Scalar, E> {
                Ok(Scalar(flag.to_string()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar(number.to_string()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar(number.to_string()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar(number.to_string()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
