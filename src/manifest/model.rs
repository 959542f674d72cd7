//! The manifest as it is written.

use std::path::PathBuf;

use indexmap::IndexMap;

use super::fields::{Fields, Record, Scalar as Value, one_of};
use super::telephone::{Country, E164, NumberType};
use super::tree::{Node, Plain};

/// The whole file.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Version of the manifest's format, when it is readable: 1.
    pub version: Option<u32>,
    /// The solution meant when none is named.
    pub default: Option<String>,
    /// Solutions by name.
    pub solutions: IndexMap<String, Solution>,
    /// Environments by name.
    pub environments: IndexMap<String, Environment>,
}

impl Record for Document {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let version = fields.required("version");
        let default = fields.optional("default");
        let solutions = fields.required_records("solutions");
        let environments = fields.records("environments");
        Some(Self {
            version,
            default,
            solutions,
            environments,
        })
    }
}

/// Stacks, functions, flows and phone numbers that are deployed together.
#[derive(Debug, Clone, Default)]
pub struct Solution {
    /// For people.
    pub description: String,
    /// Values that differ from environment to environment.
    pub parameters: IndexMap<String, Parameter>,
    /// CloudFormation stacks.
    pub stacks: IndexMap<String, Stack>,
    /// Lambda functions.
    pub functions: IndexMap<String, Function>,
    /// Flows.
    pub flows: IndexMap<String, Flow>,
    /// Phone numbers.
    pub phone_numbers: IndexMap<String, PhoneNumber>,
    /// S3 objects from files.
    pub objects: IndexMap<String, Object>,
    /// DynamoDB items.
    pub seed: IndexMap<String, Seed>,
}

impl Record for Solution {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let description = fields.optional("description").unwrap_or_default();
        let parameters = fields.records("parameters");
        let stacks = fields.records("stacks");
        let functions = fields.records("functions");
        let flows = fields.records("flows");
        let phone_numbers = fields.records("phone_numbers");
        let objects = fields.records("objects");
        let seed = fields.records("seed");
        Some(Self {
            description,
            parameters,
            stacks,
            functions,
            flows,
            phone_numbers,
            objects,
            seed,
        })
    }
}

/// A value that differs from environment to environment.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// What it may be.
    pub kind: ParameterType,
    /// Its value where no other is given.
    pub default: Option<String>,
    /// For people.
    pub description: String,
    /// A regular expression that the whole value matches; of strings.
    pub pattern: Option<String>,
    /// The only values there may be; of strings and numbers.
    pub allowed: Option<Vec<String>>,
    /// The least value; of numbers.
    pub min: Option<f64>,
    /// The greatest value; of numbers.
    pub max: Option<f64>,
}

impl Record for Parameter {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let kind = fields.required("type");
        let default = fields.optional("default");
        let description = fields.optional("description").unwrap_or_default();
        let pattern = fields.optional("pattern");
        let allowed = fields.list("allowed");
        let min = fields.optional("min");
        let max = fields.optional("max");
        Some(Self {
            kind: kind?,
            default,
            description,
            pattern,
            allowed,
            min,
            max,
        })
    }
}

/// What a parameter may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl Value for ParameterType {
    fn read(text: &str, _: Plain) -> Result<Self, (String, String)> {
        let all = [Self::String, Self::Number, Self::Boolean, Self::Secret];
        one_of(text, &all.map(|kind| (kind.word(), kind)))
    }
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
#[derive(Debug, Clone)]
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

impl Record for Object {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let bucket = fields.required("bucket");
        let key = fields.required("key");
        let file = fields.required("file");
        let schema = fields.optional("schema");
        let content_type = fields.optional("content_type");
        Some(Self {
            bucket: bucket?,
            key: key?,
            file: file?,
            schema,
            content_type,
        })
    }
}

/// Items that a table begins with.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The table's name.
    pub table: String,
    /// A file with a list of items, JSON or YAML.
    pub file: Option<PathBuf>,
    /// The items in place.
    pub items: Option<Node>,
}

impl Record for Seed {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let table = fields.required("table");
        let file = fields.optional("file");
        let items = fields.node("items").cloned();
        Some(Self {
            table: table?,
            file,
            items,
        })
    }
}

/// A CloudFormation stack.
#[derive(Debug, Clone)]
pub struct Stack {
    /// The template's file.
    pub template: PathBuf,
    /// Parameters; texts with refs, numbers and booleans as they are written.
    pub parameters: IndexMap<String, String>,
    /// What comes before it though it names nothing of it: `function.NAME`, `stack.NAME`, …
    pub depends_on: Vec<String>,
}

impl Record for Stack {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let template = fields.required("template");
        let parameters = fields.scalars("parameters");
        let depends_on = fields.list("depends_on").unwrap_or_default();
        Some(Self {
            template: template?,
            parameters,
            depends_on,
        })
    }
}

/// A Lambda function.
#[derive(Debug, Clone)]
pub struct Function {
    /// For people.
    pub description: String,
    /// A cargo package.
    pub package: Option<String>,
    /// The executable of the package.
    pub bin: Option<String>,
    /// Features of the package, beside its default ones.
    pub features: Vec<String>,
    /// Whether the workspace's `Cargo.lock` is taken as it is (it is, when absent).
    pub locked: Option<bool>,
    /// A zip that is there already.
    pub zip: Option<PathBuf>,
    /// ARN of its role.
    pub role: String,
    /// MB (default 128).
    pub memory: u32,
    /// Seconds (default 3).
    pub timeout: u32,
    /// `x86_64` (the default) or `arm64`.
    pub architecture: Architecture,
    /// Variables.
    pub environment: IndexMap<String, String>,
    /// Whether the instance may invoke it.
    pub connect: bool,
    /// A file with the event that a new version must answer before it goes live.
    pub probe: Option<PathBuf>,
    /// What comes before it though it names nothing of it: `stack.NAME`, …
    pub depends_on: Vec<String>,
}

impl Record for Function {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let description = fields.optional("description").unwrap_or_default();
        let package = fields.optional("package");
        let bin = fields.optional("bin");
        let features = fields.list("features").unwrap_or_default();
        let locked = fields.optional("locked");
        let zip = fields.optional("zip");
        let role = fields.required("role");
        let memory = fields.optional("memory").unwrap_or(128);
        let timeout = fields.optional("timeout").unwrap_or(3);
        let architecture = fields.optional("architecture").unwrap_or_default();
        let environment = fields.scalars("environment");
        let connect = fields.optional("connect").unwrap_or_default();
        let probe = fields.optional("probe");
        let depends_on = fields.list("depends_on").unwrap_or_default();
        Some(Self {
            description,
            package,
            bin,
            features,
            locked,
            zip,
            role: role?,
            memory,
            timeout,
            architecture,
            environment,
            connect,
            probe,
            depends_on,
        })
    }
}

/// The processor a function runs on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Architecture {
    /// Intel and AMD, 64 bits.
    #[default]
    X86_64,
    /// ARM, 64 bits.
    Arm64,
}

impl Value for Architecture {
    fn read(text: &str, _: Plain) -> Result<Self, (String, String)> {
        one_of(
            text,
            &[Self::X86_64, Self::Arm64].map(|one| (one.as_str(), one)),
        )
    }
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
#[derive(Debug, Clone)]
pub struct Flow {
    /// The JSON file.
    pub file: PathBuf,
    /// Its name on the instance.
    pub name: String,
    /// For people.
    pub description: String,
    /// The API's name of its type (default `CONTACT_FLOW`).
    pub flow_type: String,
}

impl Record for Flow {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let file = fields.required("file");
        let name = fields.required("name");
        let description = fields.optional("description").unwrap_or_default();
        let flow_type = fields
            .optional("type")
            .unwrap_or_else(|| "CONTACT_FLOW".to_owned());
        Some(Self {
            file: file?,
            name: name?,
            description,
            flow_type,
        })
    }
}

/// A phone number.
#[derive(Debug, Clone)]
pub struct PhoneNumber {
    /// The flow that answers: `${flow.NAME}`.
    pub flow: String,
    /// ISO 3166 alpha-2; a certain number needs none.
    pub country: Option<String>,
    /// `TOLL_FREE`, `DID`, …; a certain number needs none.
    pub number_type: Option<String>,
    /// One certain number in E.164.
    pub number: Option<String>,
}

impl Record for PhoneNumber {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let flow = fields.required("flow");
        let (country, number_type) = if fields.has("number") {
            (fields.optional("country"), fields.optional("type"))
        } else {
            (fields.required("country"), fields.required("type"))
        };
        let number = fields.optional("number").map(|E164(number)| number);
        let is_complete = number.is_some() || (country.is_some() && number_type.is_some());
        Some(Self {
            flow: flow.filter(|_| is_complete)?,
            country: country.map(|Country(country)| country),
            number_type: number_type.map(|NumberType(number_type)| number_type),
            number,
        })
    }
}

/// An environment: a deployed copy.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Values of `${param.NAME}`, for every solution that declares them.
    pub parameters: IndexMap<String, String>,
    /// What is said for one solution alone.
    pub solutions: IndexMap<String, OfSolution>,
    /// Whether `down` is refused.
    pub protect: bool,
}

impl Record for Environment {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let parameters = fields.scalars("parameters");
        let solutions = fields.records("solutions");
        let protect = fields.optional("protect").unwrap_or_default();
        Some(Self {
            parameters,
            solutions,
            protect,
        })
    }
}

/// What an environment says for one solution.
#[derive(Debug, Clone, Default)]
pub struct OfSolution {
    /// Values of `${param.NAME}`; they go before those for every solution.
    pub parameters: IndexMap<String, String>,
}

impl Record for OfSolution {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let parameters = fields.scalars("parameters");
        Some(Self { parameters })
    }
}
