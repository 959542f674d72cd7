//! Tags of functions.

use std::collections::BTreeMap;

use super::errors;
use super::names::FunctionName;
use crate::core::constraint::Checks;
use crate::core::error::ServiceResult;

/// Tags of one function.
const LIMIT: usize = 50;

/// Checks tags that a request gives, together with those already there.
///
/// # Errors
/// `InvalidParameterValueException`, `ValidationException`.
pub fn check(
    given: &BTreeMap<String, String>,
    present: &BTreeMap<String, String>,
) -> ServiceResult<()> {
    let mut checks = Checks::default();
    for (key, value) in given {
        checks.length("tags.key", key, 1, 128);
        checks.length("tags.value", value, 0, 256);
    }
    checks.done()?;
    if let Some(key) = given.keys().find(|key| key.starts_with("aws:")) {
        return Err(errors::invalid(format!(
            "Tag keys starting with 'aws:' are reserved for system use: {key}"
        )));
    }
    let added = given
        .keys()
        .filter(|key| !present.contains_key(*key))
        .count();
    if present.len() + added > LIMIT {
        return Err(errors::invalid(
            "Number of tags exceeds resource tag limit.",
        ));
    }
    Ok(())
}

/// The function that a tagged resource's ARN means.
///
/// # Errors
/// `InvalidParameterValueException` for a version or alias.
pub fn resource(arn: &str, region: &str) -> ServiceResult<FunctionName> {
    if !arn.starts_with("arn:") {
        let mut checks = Checks::default();
        checks.pattern(
            "resource",
            arn,
            "arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?",
        );
        checks.done()?;
    }
    let name = FunctionName::read(arn, None, region)?;
    if name.qualifier.is_some() {
        return Err(errors::invalid(
            "Tags on function aliases and versions are not supported. Please specify a function ARN.",
        ));
    }
    Ok(name)
}
