//! Why a template or its parameters are refused, in CloudFormation's words where known.

use crate::core::error::ServiceError;

/// Why a template or its parameters are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The text is neither JSON nor YAML.
    #[error("Template format error: {language} not well-formed. (line {line}, column {column})")]
    NotWellFormed {
        /// `JSON` or `YAML`.
        language: &'static str,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A key twice in one map.
    #[error(
        "Template format error: {language} not well-formed. Duplicate key: {what} (line {line}, column {column})"
    )]
    DuplicateKey {
        /// `JSON` or `YAML`.
        language: &'static str,
        /// The key as the reader names it.
        what: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Nested deeper than is read.
    #[error(
        "Template format error: YAML nested deeper than {deepest} levels. (line {line}, column {column})"
    )]
    TooDeep {
        /// So many levels are read.
        deepest: usize,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// YAML has them, CloudFormation does not.
    #[error("Template error: YAML aliases are not allowed in CloudFormation templates")]
    Alias,
    /// The whole is no map.
    #[error("Template format error: unsupported structure.")]
    UnsupportedStructure,
    /// Something is wrong at a place.
    #[error("Template format error: [{path}] {problem}")]
    At {
        /// E.g. `/Resources/Table`.
        path: String,
        /// What is wrong there.
        problem: String,
    },
    /// Any other fault of form.
    #[error("Template format error: {0}")]
    Format(String),
    /// A fault in the use of functions.
    #[error("Template error: {0}")]
    Error(String),
    /// Unknown top-level sections.
    #[error("Invalid template property or properties [{}]", .0.join(", "))]
    UnknownSections(Vec<String>),
    /// An unknown attribute of a resource.
    #[error("Invalid template resource property '{0}'")]
    UnknownResourceAttribute(String),
    /// References to what is not there.
    #[error("Template format error: Unresolved resource dependencies [{}] in the {section} block of the template", .names.join(", "))]
    Unresolved {
        /// What is referred to.
        names: Vec<String>,
        /// `Resources` or `Outputs`.
        section: &'static str,
    },
    /// A circle.
    #[error("Circular dependency between resources: [{}]", .0.join(", "))]
    Circular(Vec<String>),
    /// Resource types that this does not know.
    #[error("Template format error: Unrecognized resource types: [{}]", .0.join(", "))]
    UnrecognizedTypes(Vec<String>),
    /// A property that the resource type has not, or not here.
    #[error("Encountered unsupported property {property} in resource {logical_id} of type {kind}")]
    UnsupportedProperty {
        /// The property.
        property: String,
        /// The resource.
        logical_id: String,
        /// Its type.
        kind: String,
    },
    /// Parameters without a value.
    #[error("Parameters: [{}] must have values", .0.join(", "))]
    MissingParameters(Vec<String>),
    /// Parameters that the template does not declare.
    #[error("Parameters: [{}] do not exist in the template", .0.join(", "))]
    UnknownParameters(Vec<String>),
    /// A parameter's value breaks a constraint.
    #[error("{0}")]
    Parameter(String),
    /// A refusal that needs no lead.
    #[error("{0}")]
    Validation(String),
    /// Capabilities that the caller did not acknowledge.
    #[error("Requires capabilities : [{}]", .0.join(", "))]
    Capabilities(Vec<String>),
    /// AWS has it, this has not.
    #[error("the embedded AWS does not implement {0}")]
    NotImplemented(String),
}

impl From<TemplateError> for ServiceError {
    fn from(error: TemplateError) -> Self {
        match error {
            TemplateError::NotImplemented(what) => Self::not_implemented(what),
            TemplateError::Capabilities(_) => {
                Self::new(400, "InsufficientCapabilitiesException", error.to_string())
            }
            _ => Self::new(400, "ValidationError", error.to_string()),
        }
    }
}
