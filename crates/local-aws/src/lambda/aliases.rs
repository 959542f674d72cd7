//! Aliases: names that point at a version, or share invocations between two.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors;
use super::names::{self, FunctionName, LATEST, is_version_number, is_word};
use super::state::{Function, State, version_name};
use crate::core::constraint::Checks;
use crate::core::error::ServiceResult;

/// An alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    /// The version's number; `None` is `$LATEST`.
    pub version: Option<u64>,
    /// For people.
    pub description: String,
    /// A second version and its share of the invocations, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional: Option<(u64, f64)>,
    /// Changes with the alias and its policy.
    pub revision_id: String,
}

/// What `CreateAlias` and `UpdateAlias` give.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Change {
    /// `Name`; of `CreateAlias` only.
    pub name: Option<String>,
    /// `$LATEST` or a number.
    pub function_version: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Weighted routing.
    pub routing_config: Option<Routing>,
    /// Changes only this revision; of `UpdateAlias` only.
    pub revision_id: Option<String>,
}

/// `AliasRoutingConfiguration`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Routing {
    additional_version_weights: Option<BTreeMap<String, f64>>,
}

impl Alias {
    /// Whether invocations may go to that version.
    pub fn points_at(&self, number: u64) -> bool {
        self.version == Some(number) || self.additional.is_some_and(|(other, _)| other == number)
    }

    /// The version for one invocation; `chance` is from 0 (included) to 1 (excluded).
    pub fn choose(&self, chance: f64) -> Option<u64> {
        match self.additional {
            Some((number, weight)) if chance < weight => Some(number),
            _ => self.version,
        }
    }

    /// `AliasConfiguration` of the service model.
    pub fn to_json(&self, region: &str, function: &str, name: &str) -> Value {
        let mut shown = json!({
            "AliasArn": names::arn(region, function, Some(name)),
            "Name": name,
            "FunctionVersion": version_name(self.version),
            "Description": self.description,
            "RevisionId": self.revision_id,
        });
        if let Some((number, weight)) = self.additional {
            shown["RoutingConfig"] =
                json!({ "AdditionalVersionWeights": { number.to_string(): weight } });
        }
        shown
    }
}

/// Checks the name of an alias.
pub fn check_name(checks: &mut Checks, name: &str) {
    checks.length("name", name, 1, 128);
    if !is_word(name) || is_version_number(name) {
        checks.pattern("name", name, "(?!^[0-9]+$)([a-zA-Z0-9-_]+)");
    }
}

/// Checks what the service model says of the other members.
pub fn check(checks: &mut Checks, change: &Change) {
    if let Some(version) = &change.function_version {
        checks.length("functionVersion", version, 1, 1024);
    }
    if let Some(version) = &change.function_version
        && version != LATEST
        && !is_version_number(version)
    {
        checks.pattern(
            "functionVersion",
            version,
            "(\\$LATEST(\\.PUBLISHED)?|[0-9]+)",
        );
    }
    if let Some(description) = &change.description {
        checks.length("description", description, 0, 256);
    }
}

/// Makes an alias.
///
/// # Errors
/// `ResourceNotFoundException` for no such function or version,
/// `ResourceConflictException` when the name is taken.
pub fn create(
    state: &mut State,
    function_name: &FunctionName,
    region: &str,
    change: &Change,
    revision_id: String,
) -> ServiceResult<()> {
    let name = change.name.clone().unwrap_or_default();
    let function = state.function_mut(function_name, region)?;
    if function.aliases.contains_key(&name) {
        return Err(errors::conflict(format!(
            "Alias already exists: {}",
            names::arn(region, &function_name.name, Some(&name))
        )));
    }
    let text = change.function_version.as_deref().unwrap_or(LATEST);
    let version = existing(function, function_name, region, text)?;
    let additional = match &change.routing_config {
        None => None,
        Some(routing) => weights(function, version, routing)?,
    };
    let alias = Alias {
        version,
        description: change.description.clone().unwrap_or_default(),
        additional,
        revision_id,
    };
    function.aliases.insert(name, alias);
    Ok(())
}

/// Changes an alias.
///
/// # Errors
/// `ResourceNotFoundException`, `PreconditionFailedException`,
/// `InvalidParameterValueException` for impossible weights.
pub fn update(
    state: &mut State,
    function_name: &FunctionName,
    region: &str,
    name: &str,
    change: &Change,
    revision_id: String,
) -> ServiceResult<()> {
    let function = state.function_mut(function_name, region)?;
    let Some(alias) = function.aliases.get(name) else {
        return Err(missing(region, &function_name.name, name));
    };
    errors::check_revision(change.revision_id.as_deref(), &alias.revision_id)?;
    let version = match change.function_version.as_deref() {
        None => alias.version,
        Some(text) => existing(function, function_name, region, text)?,
    };
    let additional = match &change.routing_config {
        None => alias.additional,
        Some(routing) => weights(function, version, routing)?,
    };
    let updated = Alias {
        version,
        description: change
            .description
            .clone()
            .unwrap_or_else(|| alias.description.clone()),
        additional,
        revision_id,
    };
    function.aliases.insert(name.to_owned(), updated);
    Ok(())
}

/// Deletes an alias with its policy and URL; one that is not there is no error.
///
/// # Errors
/// `ResourceNotFoundException` for no such function.
pub fn delete(
    state: &mut State,
    function_name: &FunctionName,
    region: &str,
    name: &str,
) -> ServiceResult<()> {
    let function = state.function_mut(function_name, region)?;
    function.aliases.remove(name);
    function.policies.remove(name);
    function.urls.remove(name);
    Ok(())
}

/// No alias has that name.
pub fn missing(region: &str, function: &str, name: &str) -> crate::core::error::ServiceError {
    errors::not_found(format!(
        "Cannot find alias arn: {}",
        names::arn(region, function, Some(name))
    ))
}

fn existing(
    function: &Function,
    name: &FunctionName,
    region: &str,
    version: &str,
) -> ServiceResult<Option<u64>> {
    let number = if version == LATEST {
        None
    } else {
        // Longer than any number that was ever given out is a version that is not there.
        Some(version.parse().unwrap_or(u64::MAX))
    };
    if function.version(number).is_none() {
        let arn = names::arn(region, &name.name, Some(version));
        return Err(errors::function_not_found(&arn));
    }
    Ok(number)
}

fn weights(
    function: &Function,
    version: Option<u64>,
    routing: &Routing,
) -> ServiceResult<Option<(u64, f64)>> {
    let all = routing
        .additional_version_weights
        .clone()
        .unwrap_or_default();
    let Some((text, weight)) = all.first_key_value() else {
        return Ok(None);
    };
    if all.len() > 1 {
        return Err(errors::invalid(
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
        ));
    }
    let mut checks = Checks::default();
    if !is_version_number(text) {
        checks.pattern("routingConfig.additionalVersionWeights", text, "[0-9]+");
    }
    if !(0.0..=1.0).contains(weight) {
        checks.range("routingConfig.additionalVersionWeights", -1, 0, 1);
    }
    checks.done()?;
    if version.is_none() {
        return Err(errors::invalid(
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ));
    }
    let number: u64 = text.parse().unwrap_or(u64::MAX);
    if !function.versions.contains_key(&number) {
        return Err(errors::invalid(format!("Invalid function version {text}.")));
    }
    if version == Some(number) {
        return Err(errors::invalid(format!(
            "Invalid function version {text}. Function version {text} is already included in \
             routing configuration."
        )));
    }
    Ok(Some((number, *weight)))
}
