//! Reading requests: members that several operations share, and their limits.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cloudformation::state::Version;
use crate::cloudformation::template::parameters::{Given, bind};
use crate::cloudformation::template::{MAX_BODY, Template, read as read_template, validate};
use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::query::{Query, list, optional_boolean};

/// The request as a type; the errors are those of AWS.
///
/// # Errors
/// `ValidationError` for what is missing; a parameter that is not implemented
/// is refused by its name.
pub fn read<T: DeserializeOwned>(query: &Query) -> ServiceResult<T> {
    query.parameters().map_err(|error: ServiceError| {
        let quoted = |lead: &str| {
            error
                .message
                .strip_prefix(lead)
                .and_then(|rest| rest.split('`').next())
                .map(str::to_owned)
        };
        if let Some(name) = quoted("unknown field `") {
            return ServiceError::not_implemented(format!(
                "the parameter {name} of cloudformation:{}",
                query.action
            ));
        }
        if let Some(name) = quoted("missing field `") {
            return missing(&name);
        }
        error
    })
}

/// `ValidationError` (400).
pub fn refused(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "ValidationError", message)
}

/// The error for a required member that is not there.
pub fn missing(name: &str) -> ServiceError {
    refused(constraint::message(
        Shown::Null,
        &lower(name),
        "Member must not be null",
    ))
}

/// A member's name as validation errors spell it.
fn lower(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

fn constraint(value: &str, name: &str, words: &str) -> ServiceError {
    refused(constraint::message(
        Shown::Value(&value),
        &lower(name),
        words,
    ))
}

/// A name of letters, digits and hyphens that starts with a letter.
///
/// # Errors
/// `ValidationError` with the pattern of the service model.
pub fn check_name(value: &str, member: &str) -> ServiceResult<()> {
    let mut letters = value.chars();
    let good = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !good {
        return Err(constraint(
            value,
            member,
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
        ));
    }
    if value.len() > 128 {
        return Err(constraint(
            value,
            member,
            "Member must have length less than or equal to 128",
        ));
    }
    Ok(())
}

/// A length in characters.
///
/// # Errors
/// `ValidationError` in the words of AWS's validation.
pub fn check_length(value: &str, member: &str, least: usize, most: usize) -> ServiceResult<()> {
    let length = value.chars().count();
    if (least..=most).contains(&length) {
        return Ok(());
    }
    Err(constraint(
        // A value that is too long is not repeated.
        if length > most { "" } else { value },
        member,
        &format!("Member must have length between {least} and {most}"),
    ))
}

/// A change set's name or ARN.
///
/// # Errors
/// `ValidationError` with the pattern of the service model.
pub fn check_change_set(name_or_id: &str) -> ServiceResult<()> {
    check_length(name_or_id, "ChangeSetName", 1, 1600)?;
    let arn = name_or_id.strip_prefix("arn:").is_some_and(|rest| {
        rest.chars()
            .all(|c| c.is_ascii_alphanumeric() || "-:/".contains(c))
    });
    let mut letters = name_or_id.chars();
    let name = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '-');
    if arn || name {
        return Ok(());
    }
    Err(constraint(
        name_or_id,
        "ChangeSetName",
        "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/]*",
    ))
}

/// What the service model says of the members that make a version, before any
/// stack is looked up.
///
/// # Errors
/// `ValidationError`.
pub fn check_members(
    template_body: Option<&str>,
    tags: Option<&[Tag]>,
    capabilities: &[String],
) -> ServiceResult<()> {
    if template_body.is_some() {
        template_text(template_body)?;
    }
    if let Some(tags) = tags {
        self::tags(tags)?;
    }
    check_capabilities(capabilities)
}

fn check_capabilities(capabilities: &[String]) -> ServiceResult<()> {
    let known = [
        "CAPABILITY_IAM",
        "CAPABILITY_NAMED_IAM",
        "CAPABILITY_AUTO_EXPAND",
    ];
    match capabilities
        .iter()
        .find(|capability| !known.contains(&capability.as_str()))
    {
        None => Ok(()),
        Some(capability) => Err(refused(constraint::message(
            Shown::Value(&format_args!("[{capability}]")),
            "capabilities",
            "Member must satisfy constraint: [Member must satisfy enum value set: [CAPABILITY_AUTO_EXPAND, CAPABILITY_NAMED_IAM, CAPABILITY_IAM]]",
        ))),
    }
}

/// A client request token.
///
/// # Errors
/// `ValidationError` with the pattern of the service model.
pub fn check_token(token: Option<&str>, member: &str) -> ServiceResult<()> {
    let Some(token) = token else { return Ok(()) };
    let mut letters = token.chars();
    let good = letters.next().is_some_and(|c| c.is_ascii_alphanumeric())
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '-')
        && token.len() <= 128;
    if good {
        return Ok(());
    }
    Err(constraint(
        token,
        member,
        "Member must satisfy regular expression pattern: [a-zA-Z0-9][-a-zA-Z0-9]*",
    ))
}

/// A parameter as sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Parameter {
    parameter_key: Option<String>,
    parameter_value: Option<String>,
    #[serde(default, deserialize_with = "optional_boolean")]
    use_previous_value: Option<bool>,
}

/// A tag as sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Tag {
    key: String,
    value: String,
}

/// `RollbackConfiguration`: only without triggers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct RollbackConfiguration {
    #[serde(default, deserialize_with = "list")]
    rollback_triggers: Vec<Value>,
    monitoring_time_in_minutes: Option<String>,
}

impl RollbackConfiguration {
    /// Refuses what would watch alarms.
    ///
    /// # Errors
    /// `not_implemented` for triggers and monitoring time.
    pub fn check(&self) -> ServiceResult<()> {
        let monitoring = self
            .monitoring_time_in_minutes
            .as_deref()
            .is_some_and(|minutes| minutes != "0");
        if monitoring || !self.rollback_triggers.is_empty() {
            return Err(ServiceError::not_implemented(
                "RollbackConfiguration with triggers or monitoring time",
            ));
        }
        Ok(())
    }
}

/// Where the template comes from, and everything that makes a version.
pub struct Source<'a> {
    /// `TemplateBody`.
    pub template_body: Option<&'a str>,
    /// `UsePreviousTemplate`.
    pub use_previous_template: bool,
    /// `Parameters`.
    pub parameters: &'a [Parameter],
    /// `Tags`; `None` keeps those that there are.
    pub tags: Option<&'a [Tag]>,
    /// `Capabilities`.
    pub capabilities: &'a [String],
    /// What the stack is now.
    pub previous: Option<&'a Version>,
}

/// The template's text, within its size.
///
/// # Errors
/// `ValidationError` when it is missing, empty or too large.
pub fn template_text(body: Option<&str>) -> ServiceResult<&str> {
    let body =
        body.ok_or_else(|| refused("Either Template URL or Template Body must be specified."))?;
    if body.is_empty() {
        return Err(constraint(
            body,
            "TemplateBody",
            "Member must have length greater than or equal to 1",
        ));
    }
    if body.len() > MAX_BODY {
        // The template is not repeated in the error: it is large.
        return Err(refused(constraint::message(
            Shown::Nothing,
            "templateBody",
            format_args!("Member must have length less than or equal to {MAX_BODY}"),
        )));
    }
    Ok(body)
}

impl Source<'_> {
    /// Reads and checks everything: template, parameters, tags, capabilities.
    ///
    /// # Errors
    /// `ValidationError`, `InsufficientCapabilitiesException`.
    pub fn version(&self) -> ServiceResult<(Version, Template)> {
        let body = match (self.use_previous_template, self.template_body) {
            (true, Some(_)) => {
                return Err(refused(
                    "Template Body and Use Previous Template cannot be specified together.",
                ));
            }
            (true, None) => self
                .previous
                .map(|version| version.template.as_str())
                .filter(|template| !template.is_empty())
                .ok_or_else(|| {
                    refused(
                        "UsePreviousTemplate cannot be used for a stack that has no template yet.",
                    )
                })?,
            (false, body) => template_text(body)?,
        };
        let template = read_template(body)?;
        let given = given(self.parameters)?;
        let empty = IndexMap::new();
        let previous = self.previous.map_or(&empty, |version| &version.parameters);
        let parameters = bind(&template, &given, previous)?;
        check_capabilities(self.capabilities)?;
        validate::require_capabilities(&template, self.capabilities)?;
        let tags = match self.tags {
            Some(tags) => self::tags(tags)?,
            None => self
                .previous
                .map(|version| version.tags.clone())
                .unwrap_or_default(),
        };
        let version = Version {
            template: body.to_owned(),
            parameters,
            tags,
            capabilities: self.capabilities.to_vec(),
        };
        Ok((version, template))
    }
}

fn given(parameters: &[Parameter]) -> ServiceResult<IndexMap<String, Given>> {
    let mut given = IndexMap::new();
    for parameter in parameters {
        let key = parameter
            .parameter_key
            .clone()
            .ok_or_else(|| missing("ParameterKey"))?;
        let value = match (
            parameter.use_previous_value.unwrap_or(false),
            &parameter.parameter_value,
        ) {
            (true, None) => Given::Previous,
            (false, Some(value)) => Given::Value(value.clone()),
            (true, Some(_)) => {
                return Err(refused(format!(
                    "Invalid input for parameter key {key}. Cannot specify usePreviousValue as true and non empty value for a parameter"
                )));
            }
            (false, None) => {
                return Err(refused(format!(
                    "Invalid input for parameter key {key}. Need to specify either usePreviousValue as true or a value for the parameter"
                )));
            }
        };
        if given.insert(key.clone(), value).is_some() {
            return Err(refused(format!("Duplicate parameter key {key}")));
        }
    }
    Ok(given)
}

fn tags(tags: &[Tag]) -> ServiceResult<BTreeMap<String, String>> {
    if tags.len() > 50 {
        return Err(refused(constraint::message(
            Shown::Nothing,
            "tags",
            "Member must have length less than or equal to 50",
        )));
    }
    let mut map = BTreeMap::new();
    for tag in tags {
        if tag.key.is_empty() || tag.key.chars().count() > 128 {
            return Err(constraint(
                &tag.key,
                "tags.key",
                "Member must have length between 1 and 128",
            ));
        }
        if tag.value.is_empty() || tag.value.chars().count() > 256 {
            return Err(constraint(
                &tag.value,
                "tags.value",
                "Member must have length between 1 and 256",
            ));
        }
        if tag.key.to_ascii_lowercase().starts_with("aws:") {
            return Err(refused(format!(
                "aws: prefixed tag key names are not allowed for external use: {}",
                tag.key
            )));
        }
        if map.insert(tag.key.clone(), tag.value.clone()).is_some() {
            return Err(refused(format!("Duplicate tag keys found: {}", tag.key)));
        }
    }
    Ok(map)
}

/// One page of a list; the token is the place where the next one begins.
///
/// # Errors
/// `ValidationError` for a token that is none.
pub fn page<T>(
    items: Vec<T>,
    token: Option<&str>,
    size: usize,
) -> ServiceResult<(Vec<T>, Option<String>)> {
    use base64::Engine;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let start = match token {
        None => 0,
        Some(token) => engine
            .decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.strip_prefix("from:")?.parse::<usize>().ok())
            .ok_or_else(|| refused("The specified NextToken is invalid."))?,
    };
    let next = start.saturating_add(size);
    let token = (next < items.len()).then(|| engine.encode(format!("from:{next}")));
    let items = items.into_iter().skip(start).take(size).collect();
    Ok((items, token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_without_gap_or_repetition() {
        let mut seen = Vec::new();
        let mut token = None;
        loop {
            let (items, next) = page((0..25).collect(), token.as_deref(), 10).unwrap();
            seen.extend(items);
            let Some(next) = next else { break };
            token = Some(next);
        }
        assert_eq!(seen, (0..25).collect::<Vec<_>>());
        assert!(page(vec![1], Some("nonsense"), 10).is_err());
    }

    #[test]
    fn change_sets_are_named_or_identified() {
        assert!(check_change_set("first-1").is_ok());
        assert!(check_change_set("arn:aws:cloudformation:us-east-1:0:changeSet/a/b").is_ok());
        for wrong in ["", "1a", "a_b", "arn:a b"] {
            assert_eq!(
                check_change_set(wrong).unwrap_err().code,
                "ValidationError",
                "{wrong}"
            );
        }
        assert!(check_change_set(&"a".repeat(1601)).is_err());
    }

    #[test]
    fn names_start_with_a_letter() {
        assert!(check_name("a-1", "StackName").is_ok());
        insta::assert_snapshot!(check_name("1a", "StackName").unwrap_err().message, @"1 validation error detected: Value '1a' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*");
    }
}
