//! What names, paths, descriptions and tags may look like (IAM's service model).

use std::collections::BTreeMap;

use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::query::Query;

fn invalid(value: &str, at: &str, constraint: impl std::fmt::Display) -> ServiceError {
    ServiceError::new(
        400,
        "ValidationError",
        constraint::message(Shown::Value(&value), at, constraint),
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

fn check_length(value: &str, at: &str, least: usize, most: usize) -> ServiceResult<()> {
    let length = value.chars().count();
    let constraint = if length < least {
        format!("Member must have length greater than or equal to {least}")
    } else if length > most {
        format!("Member must have length less than or equal to {most}")
    } else {
        return Ok(());
    };
    // Long values, documents above all, are not repeated.
    let shown = if length > 256 { "" } else { value };
    Err(invalid(shown, at, constraint))
}

/// Text from a space to U+00FF, and for documents tab, line feed and return.
fn check_characters(value: &str, at: &str, document: bool) -> ServiceResult<()> {
    let allowed = |c: char| match c {
        '\t' | '\n' | '\r' => document,
        ' '..='\u{ff}' => true,
        _ => false,
    };
    if value.chars().all(allowed) {
        return Ok(());
    }
    let pattern = if document {
        r"[\u0009\u000A\u000D\u0020-\u00FF]+"
    } else {
        r"[\u0020-\u00FF]+"
    };
    Err(invalid(
        "",
        at,
        format_args!("Member must satisfy regular expression pattern: {pattern}"),
    ))
}

/// What a request says, before anything is looked up: AWS refuses what its
/// model forbids even when what it names is not there.
pub(super) fn check_request(query: &Query) -> ServiceResult<()> {
    let given = |name: &str| query.text(name);
    given("RoleName").map_or(Ok(()), check_role)?;
    given("PolicyName").map_or(Ok(()), check_policy)?;
    for (name, at) in [
        ("PolicyArn", "policyArn"),
        ("PermissionsBoundary", "permissionsBoundary"),
    ] {
        given(name).map_or(Ok(()), |arn| check_length(arn, at, 20, 2048))?;
    }
    for (name, at) in [
        ("PolicyDocument", "policyDocument"),
        ("AssumeRolePolicyDocument", "assumeRolePolicyDocument"),
    ] {
        if let Some(document) = given(name) {
            check_length(document, at, 1, 131_072)?;
            check_characters(document, at, true)?;
        }
    }
    given("PathPrefix").map_or(Ok(()), |prefix| check_length(prefix, "pathPrefix", 1, 512))?;
    if let Some(marker) = given("Marker") {
        check_length(marker, "marker", 1, 320)?;
        check_characters(marker, "marker", false)?;
    }
    Ok(())
}

/// The path that managed policies are listed by.
pub(super) fn check_policy_path_prefix(prefix: &str) -> ServiceResult<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".,+@=_-/".contains(c);
    let shape = prefix.starts_with('/') && prefix.ends_with('/') && !prefix.contains("//");
    if shape && prefix.chars().all(allowed) {
        return Ok(());
    }
    Err(invalid(
        prefix,
        "pathPrefix",
        r"Member must satisfy regular expression pattern: ((/[A-Za-z0-9\.,\+@=_-]+)*)/",
    ))
}

/// The keys of tags to remove.
pub(super) fn check_tag_keys(keys: &[String]) -> ServiceResult<()> {
    if keys.len() > 50 {
        return Err(invalid(
            "",
            "tagKeys",
            "Member must have length less than or equal to 50",
        ));
    }
    keys.iter()
        .try_for_each(|key| check_length(key, "tagKeys", 1, 128))
}

/// The tags of one request.
pub(super) fn check_given_tags(tags: &BTreeMap<String, String>) -> ServiceResult<()> {
    if tags.len() > 50 {
        return Err(invalid(
            "",
            "tags",
            "Member must have length less than or equal to 50",
        ));
    }
    check_tags(tags)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::service::Request;

    fn refused(form: &str) -> Option<String> {
        let request = Request {
            method: http::Method::POST,
            path: "/".to_owned(),
            query: Vec::new(),
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::from(format!("Action=X&{form}")),
        };
        let error = check_request(&Query::parse(&request).unwrap()).err()?;
        assert_eq!(
            (error.status, error.code.as_ref()),
            (400, "ValidationError")
        );
        Some(error.message)
    }

    #[test]
    fn a_request_is_checked_before_anything_is_looked_up() {
        assert_eq!(refused("RoleName=a&PolicyName=b&Marker=c"), None);
        assert!(refused("RoleName=no+good").is_some());
        assert!(refused("RoleName=").is_some());
        assert!(refused("PolicyName=a%21").is_some());
        assert!(refused("PolicyArn=arn%3Ashort").is_some());
        assert!(refused("PolicyDocument=").is_some());
        assert!(refused("PolicyDocument=%7B%09%7D").is_none());
        assert!(refused("PolicyDocument=%07").is_some());
        assert!(refused("Marker=%0A").is_some());
        assert!(refused("PathPrefix=").is_some());
    }

    #[test]
    fn policies_are_listed_by_whole_paths() {
        for good in ["/", "/service-role/", "/a/b/"] {
            assert!(check_policy_path_prefix(good).is_ok(), "{good}");
        }
        for wrong in ["", "a", "/a", "//", "/a!/"] {
            assert!(check_policy_path_prefix(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tag_keys_have_bounds() {
        assert!(check_tag_keys(&["a".to_owned()]).is_ok());
        assert!(check_tag_keys(&[String::new()]).is_err());
        assert!(check_tag_keys(&vec!["a".to_owned(); 51]).is_err());
    }
}
