//! What Lambda keeps: functions, their versions, aliases and policies, and how
//! they are found.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::aliases::Alias;
use super::configuration::{Configuration, Status};
use super::errors;
use super::names::{FunctionName, LATEST, is_version_number};
use super::policy::Statement;
use super::urls::Url;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::rows::{AnyRows, Rows};

/// What the service keeps.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Functions by name.
    #[serde(skip)]
    pub functions: Rows<Function>,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "lambda";

    fn collections(&mut self) -> Vec<(String, &mut dyn AnyRows)> {
        vec![("functions".to_owned(), &mut self.functions)]
    }
}

/// A function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// `$LATEST`.
    pub latest: Version,
    /// What invocations of `$LATEST` use while an update of it is in progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serving: Option<Box<Version>>,
    /// The published versions.
    #[serde(default)]
    pub versions: BTreeMap<u64, Version>,
    /// The number of the version published last; numbers are never used again.
    #[serde(default)]
    pub last_version: u64,
    /// The aliases.
    #[serde(default)]
    pub aliases: BTreeMap<String, Alias>,
    /// The tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The resource policies, by qualifier; that of the function itself is at
    /// [`LATEST`].
    #[serde(default)]
    pub policies: BTreeMap<String, Vec<Statement>>,
    /// The URLs of the function ([`LATEST`]) and its aliases.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub urls: BTreeMap<String, Url>,
    /// The reserved concurrency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved_concurrency: Option<u32>,
}

/// One version of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// What it is.
    pub configuration: Configuration,
    /// How it is.
    pub status: Status,
    /// Changes with whatever changes about it, its policy included.
    pub revision_id: String,
    /// Names the code and configuration as environments run them; never used again.
    pub generation: String,
}

/// What a qualifier stands for.
#[derive(Debug, Clone, Copy)]
pub struct Resolved<'a> {
    /// The function.
    pub function: &'a Function,
    /// The version.
    pub version: &'a Version,
    /// The version's number, `None` for `$LATEST`.
    pub number: Option<u64>,
}

impl Resolved<'_> {
    /// `$LATEST` or the number.
    pub fn version_name(&self) -> String {
        version_name(self.number)
    }
}

/// `$LATEST` or the number.
pub fn version_name(number: Option<u64>) -> String {
    number.map_or(LATEST.to_owned(), |number| number.to_string())
}

impl State {
    /// The function of that name.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn function(&self, name: &FunctionName, region: &str) -> ServiceResult<&Function> {
        self.functions
            .get(&name.name)
            .ok_or_else(|| errors::function_not_found(&name.arn(region)))
    }

    /// The function of that name, to change it.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn function_mut(
        &mut self,
        name: &FunctionName,
        region: &str,
    ) -> ServiceResult<&mut Function> {
        self.functions
            .get_mut(&name.name)
            .ok_or_else(|| errors::function_not_found(&name.arn(region)))
    }

    /// The version that a name and qualifier stand for; an alias for the version
    /// it points at.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn resolve(&self, name: &FunctionName, region: &str) -> ServiceResult<Resolved<'_>> {
        let function = self.function(name, region)?;
        function
            .resolve(name.qualifier_or_latest())
            .ok_or_else(|| missing_qualifier(name, region))
    }

    /// The hashes of all code that some version has.
    pub fn code_in_use(&self) -> impl Iterator<Item = &str> {
        self.functions
            .values()
            .flat_map(Function::all_versions)
            .map(|version| version.configuration.code.sha256.as_str())
    }
}

/// No version or alias has that qualifier.
pub fn missing_qualifier(name: &FunctionName, region: &str) -> ServiceError {
    let arn = name.arn(region);
    let qualifier = name.qualifier_or_latest();
    if qualifier == LATEST || is_version_number(qualifier) {
        errors::function_not_found(&arn)
    } else {
        errors::not_found(format!("Cannot find alias arn: {arn}"))
    }
}

impl Function {
    /// What a qualifier stands for; an alias stands for its main version.
    pub fn resolve(&self, qualifier: &str) -> Option<Resolved<'_>> {
        let number = if qualifier == LATEST {
            None
        } else if is_version_number(qualifier) {
            Some(qualifier.parse().ok()?)
        } else {
            self.aliases.get(qualifier)?.version
        };
        self.version(number).map(|version| Resolved {
            function: self,
            version,
            number,
        })
    }

    /// A version by its number, `$LATEST` without.
    pub fn version(&self, number: Option<u64>) -> Option<&Version> {
        match number {
            None => Some(&self.latest),
            Some(number) => self.versions.get(&number),
        }
    }

    /// The revision of what a qualifier names: the alias's own, or the version's.
    pub fn revision_mut(&mut self, qualifier: &str) -> Option<&mut String> {
        if qualifier == LATEST {
            Some(&mut self.latest.revision_id)
        } else if is_version_number(qualifier) {
            let number = qualifier.parse().ok()?;
            Some(&mut self.versions.get_mut(&number)?.revision_id)
        } else {
            Some(&mut self.aliases.get_mut(qualifier)?.revision_id)
        }
    }

    /// `$LATEST`, what still serves for it, and the published versions.
    pub fn all_versions(&self) -> impl Iterator<Item = &Version> {
        std::iter::once(&self.latest)
            .chain(self.serving.as_deref())
            .chain(self.versions.values())
    }

    /// Whether environments of that generation may still take invocations.
    pub fn serves(&self, generation: &str) -> bool {
        self.all_versions()
            .any(|version| version.generation == generation)
    }
}
