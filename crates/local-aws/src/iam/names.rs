//! What names, paths, descriptions and tags may look like (IAM's service model).

use std::collections::BTreeMap;

use crate::error::{ServiceError, ServiceResult};

fn invalid(value: &str, at: &str, constraint: impl std::fmt::Display) -> ServiceError {
    ServiceError::new(
        400,
        "ValidationError",
        format!(
            "1 validation error detected: Value '{value}' at '{at}' failed to satisfy constraint: {constraint}"
        ),
    )
}

fn check_name(name: &str, at: &str, limit: usize) -> ServiceResult<()> {
    if name.is_empty() {
        return Err(invalid(
            name,
            at,
            "Member must have length greater than or equal to 1",
        ));
    }
    if name.chars().count() > limit {
        return Err(invalid(
            name,
            at,
            format_args!("Member must have length less than or equal to {limit}"),
        ));
    }
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-');
    if !name.chars().all(allowed) {
        // IAM's own words for this one.
        return Err(ServiceError::new(
            400,
            "ValidationError",
            format!(
                "The specified value for {at} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
            ),
        ));
    }
    Ok(())
}

pub(super) fn check_role(name: &str) -> ServiceResult<()> {
    check_name(name, "roleName", 64)
}

pub(super) fn check_policy(name: &str) -> ServiceResult<()> {
    check_name(name, "policyName", 128)
}

pub(super) fn check_path(path: &str) -> ServiceResult<()> {
    let printable = path.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    let shape = path == "/" || (path.len() > 2 && path.starts_with('/') && path.ends_with('/'));
    if printable && shape && path.len() <= 512 {
        return Ok(());
    }
    Err(ServiceError::new(
        400,
        "ValidationError",
        "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    ))
}

pub(super) fn check_description(description: &str) -> ServiceResult<()> {
    if description.chars().count() > 1000 {
        return Err(invalid(
            description,
            "description",
            "Member must have length less than or equal to 1000",
        ));
    }
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
    if !description.chars().all(allowed) {
        return Err(invalid(
            description,
            "description",
            r"Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*",
        ));
    }
    Ok(())
}

pub(super) fn check_session_duration(seconds: i64) -> ServiceResult<u32> {
    match u32::try_from(seconds) {
        Ok(value @ 3600..=43200) => Ok(value),
        _ => Err(invalid(
            &seconds.to_string(),
            "maxSessionDuration",
            "Member must have value between 3600 and 43200",
        )),
    }
}

/// Tags as they will be, all of them. `aws:` is reserved but for the tags that
/// CloudFormation writes.
pub(super) fn check_tags(tags: &BTreeMap<String, String>) -> ServiceResult<()> {
    let own = tags.keys().filter(|key| !key.starts_with("aws:")).count();
    if own > 50 {
        return Err(ServiceError::new(
            409,
            "LimitExceeded",
            "The number of tags has reached the maximum limit.",
        ));
    }
    for (key, value) in tags {
        let reserved =
            key.to_ascii_lowercase().starts_with("aws:") && !key.starts_with("aws:cloudformation:");
        if reserved {
            return Err(ServiceError::new(
                400,
                "InvalidInput",
                "Caller is not allowed to use the reserved tag prefix aws:",
            ));
        }
        let allowed = |c: char| {
            c.is_alphanumeric()
                || c.is_whitespace()
                || matches!(c, '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@')
        };
        if key.is_empty() || key.chars().count() > 128 || !key.chars().all(allowed) {
            return Err(invalid(
                key,
                "tags.member.key",
                r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+",
            ));
        }
        if value.chars().count() > 256 || !value.chars().all(allowed) {
            return Err(invalid(
                value,
                "tags.member.value",
                r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*",
            ));
        }
    }
    Ok(())
}
