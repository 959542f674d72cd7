//! Parameters and their versions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::rows::{AnyRows, Rows};
use crate::core::world::ACCOUNT;

/// Versions that are kept of a parameter (AWS docs, "Working with parameter versions").
const MOST_VERSIONS: usize = 100;
/// Characters of a value in the standard tier (AWS docs, "Managing parameter tiers").
const MOST_CHARACTERS: usize = 4096;
/// Levels of a name (AWS docs, PutParameter).
const MOST_LEVELS: usize = 15;

/// What Parameter Store keeps.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    #[serde(skip)]
    parameters: Rows<Parameter>,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "ssm";

    fn collections(&mut self) -> Vec<(String, &mut dyn AnyRows)> {
        vec![("parameters".to_owned(), &mut self.parameters)]
    }
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Text.
    String,
    /// Texts with commas between them.
    StringList,
    /// Text that is kept encrypted.
    SecureString,
}

impl Kind {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::StringList => "StringList",
            Self::SecureString => "SecureString",
        }
    }

    /// The type of that name.
    ///
    /// # Errors
    /// `ValidationException` for a name that is none.
    pub fn read(name: &str) -> ServiceResult<Self> {
        match name {
            "String" => Ok(Self::String),
            "StringList" => Ok(Self::StringList),
            "SecureString" => Ok(Self::SecureString),
            other => Err(invalid(constraint::message(
                Shown::Value(&other),
                "type",
                "Member must satisfy enum value set: [SecureString, StringList, String]",
            ))),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameter {
    kind: Kind,
    description: Option<String>,
    tags: BTreeMap<String, String>,
    /// Oldest first; the last is the current one.
    versions: Vec<Version>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Version {
    number: u64,
    value: String,
    modified: Timestamp,
}

/// A parameter as it is to be written.
#[derive(Debug, Clone)]
pub(super) struct Put<'a> {
    pub name: &'a str,
    pub value: &'a str,
    pub kind: Option<Kind>,
    pub description: Option<String>,
    pub overwrite: bool,
    pub tags: BTreeMap<String, String>,
}

/// A version of a parameter as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Its type.
    pub kind: Kind,
    /// Its value, in clear.
    pub value: String,
    /// Its version.
    pub version: u64,
    /// When that version was written.
    pub modified: Timestamp,
}

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "ValidationException", message)
}

/// The name in a name, a name with a version or an ARN, and the version.
pub(super) fn selector(text: &str) -> (&str, Option<&str>) {
    let name = match text.split_once(":parameter") {
        Some((head, rest)) if head.starts_with("arn:") => {
            // The slash before a plain name is the ARN's.
            let plain = rest.strip_prefix('/').unwrap_or(rest);
            if plain.contains('/') { rest } else { plain }
        }
        _ => text,
    };
    match name.split_once(':') {
        Some((name, version)) => (name, Some(version)),
        None => (name, None),
    }
}

/// The ARN of a parameter.
pub(super) fn arn(region: &str, name: &str) -> String {
    let slash = if name.starts_with('/') { "" } else { "/" };
    format!("arn:aws:ssm:{region}:{ACCOUNT}:parameter{slash}{name}")
}

/// The rules of names (AWS docs, PutParameter).
fn check_name(name: &str) -> ServiceResult<()> {
    let lower = name.trim_start_matches('/').to_ascii_lowercase();
    if lower.starts_with("aws") || lower.starts_with("ssm") {
        return Err(invalid(
            "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).",
        ));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_/".contains(c);
    let slashes = name.matches('/').count();
    let hierarchical = slashes == 0 || name.starts_with('/');
    if !name.chars().all(plain) || !hierarchical || name.ends_with('/') || name.contains("//") {
        return Err(invalid(
            "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_",
        ));
    }
    if slashes > MOST_LEVELS {
        return Err(ServiceError::new(
            400,
            "HierarchyLevelLimitExceededException",
            "A hierarchy can have a maximum of 15 levels.",
        ));
    }
    Ok(())
}

impl State {
    /// Writes a parameter; its new version.
    ///
    /// # Errors
    /// The service's own.
    pub(super) fn put(&mut self, put: Put<'_>, now: Timestamp) -> ServiceResult<u64> {
        check_name(put.name)?;
        if put.value.is_empty() || put.value.chars().count() > MOST_CHARACTERS {
            return Err(invalid(
                "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
            ));
        }
        match self.parameters.get_mut(put.name) {
            None => {
                let kind = put.kind.ok_or_else(|| {
                    invalid("A parameter type is required when you create a parameter.")
                })?;
                let version = Version {
                    number: 1,
                    value: put.value.to_owned(),
                    modified: now,
                };
                let parameter = Parameter {
                    kind,
                    description: put.description,
                    tags: put.tags,
                    versions: vec![version],
                };
                self.parameters.insert(put.name.to_owned(), parameter);
                Ok(1)
            }
            Some(_) if !put.overwrite => Err(ServiceError::new(
                400,
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
            )),
            Some(_) if !put.tags.is_empty() => Err(invalid(
                "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
            )),
            Some(parameter) => {
                let number = parameter.versions.last().map_or(0, |last| last.number) + 1;
                if let Some(kind) = put.kind {
                    parameter.kind = kind;
                }
                if put.description.is_some() {
                    parameter.description = put.description;
                }
                parameter.versions.push(Version {
                    number,
                    value: put.value.to_owned(),
                    modified: now,
                });
                let surplus = parameter.versions.len().saturating_sub(MOST_VERSIONS);
                parameter.versions.drain(..surplus);
                Ok(number)
            }
        }
    }

    /// A parameter by its name, or one version of it.
    ///
    /// # Errors
    /// `ParameterNotFound`, `ParameterVersionNotFound`.
    pub fn get(&self, name: &str, version: Option<&str>) -> ServiceResult<Read> {
        let parameter = self
            .parameters
            .get(name)
            .ok_or_else(|| ServiceError::new(400, "ParameterNotFound", ""))?;
        let found = match version {
            None => parameter.versions.last(),
            Some(text) => {
                // What is no number is a label.
                let number: u64 = text.parse().map_err(|_| {
                    ServiceError::not_implemented(format!("labels of parameters ({name}:{text})"))
                })?;
                parameter
                    .versions
                    .iter()
                    .find(|version| version.number == number)
            }
        };
        let found = found.ok_or_else(|| {
            ServiceError::new(
                400,
                "ParameterVersionNotFound",
                format!(
                    "Systems Manager could not find version {} of {name}. Verify the version and try again.",
                    version.unwrap_or_default()
                ),
            )
        })?;
        Ok(Read {
            kind: parameter.kind,
            value: found.value.clone(),
            version: found.number,
            modified: found.modified,
        })
    }

    pub(super) fn delete(&mut self, name: &str) -> ServiceResult<()> {
        self.parameters
            .remove(name)
            .map(drop)
            .ok_or_else(|| ServiceError::new(400, "ParameterNotFound", ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(state: &mut State, name: &str, value: &str, overwrite: bool) -> ServiceResult<u64> {
        let put = Put {
            name,
            value,
            kind: Some(Kind::String),
            description: None,
            overwrite,
            tags: BTreeMap::new(),
        };
        state.put(put, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn versions_are_numbered_and_the_oldest_go() {
        let mut state = State::default();
        assert_eq!(put(&mut state, "/a/b", "0", false), Ok(1));
        let again = put(&mut state, "/a/b", "1", false).unwrap_err();
        assert_eq!(again.code, "ParameterAlreadyExists");
        for n in 2..=101 {
            assert_eq!(put(&mut state, "/a/b", "x", true), Ok(n));
        }
        assert_eq!(state.get("/a/b", None).unwrap().version, 101);
        assert_eq!(state.get("/a/b", Some("2")).unwrap().version, 2);
        let gone = state.get("/a/b", Some("1")).unwrap_err();
        assert_eq!(gone.code, "ParameterVersionNotFound");
        assert_eq!(state.get("/a", None).unwrap_err().code, "ParameterNotFound");
    }

    #[test]
    fn names_are_checked() {
        let mut state = State::default();
        for name in ["aws-x", "/ssm/x", "a b", "a/b", "/a/", "/a//b", "/ä"] {
            let error = put(&mut state, name, "x", false).unwrap_err();
            assert_eq!(error.code, "ValidationException", "{name}");
        }
        let deep = "/a".repeat(16);
        let error = put(&mut state, &deep, "x", false).unwrap_err();
        assert_eq!(error.code, "HierarchyLevelLimitExceededException");
        assert!(put(&mut state, "a.b-c_d", "x", false).is_ok());
        assert!(put(&mut state, "long", &"x".repeat(4097), false).is_err());
    }

    #[test]
    fn a_parameter_is_named_in_three_ways() {
        assert_eq!(selector("a:3"), ("a", Some("3")));
        let name = |arn: &str| selector(arn).0.to_owned();
        for known in ["/a/b", "plain"] {
            assert_eq!(name(&arn("us-east-1", known)), known);
        }
    }
}
