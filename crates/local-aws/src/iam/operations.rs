//! The operations on the wire: parameters in, results out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::roles::{NewRole, Role};
use super::{managed, names};
use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Unread, absent};
use crate::core::wire::query::{self, Query};
use crate::core::world::World;

/// Every operation that is implemented.
pub(super) const OPERATIONS: &[&str] = &[
    "AttachRolePolicy",
    "CreateRole",
    "DeleteRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "GetRole",
    "GetRolePolicy",
    "ListAttachedRolePolicies",
    "ListInstanceProfilesForRole",
    "ListRolePolicies",
    "ListRoleTags",
    "ListRoles",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "TagRole",
    "UntagRole",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
];

/// Documents are answered percent-encoded (RFC 3986), as AWS does.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

fn encoded(document: &str) -> String {
    utf8_percent_encode(document, UNRESERVED).to_string()
}

fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

fn tag_map(tags: Vec<Tag>) -> ServiceResult<BTreeMap<String, String>> {
    let mut map = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for tag in tags {
        let new = seen.insert(tag.key.to_lowercase());
        map.insert(tag.key, tag.value);
        if !new {
            return Err(ServiceError::new(
                400,
                "InvalidInput",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
    }
    names::check_given_tags(&map)?;
    Ok(map)
}

fn tag_list(tags: &BTreeMap<String, String>) -> Vec<(String, Value)> {
    tags.iter()
        .map(|(key, value)| (key.clone(), json!({"Key": key, "Value": value})))
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateRole {
    path: Option<String>,
    role_name: String,
    assume_role_policy_document: String,
    description: Option<String>,
    #[serde(default, deserialize_with = "query::optional_integer")]
    max_session_duration: Option<i64>,
    permissions_boundary: Option<String>,
    #[serde(default, deserialize_with = "query::list")]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RoleOnly {
    role_name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UpdateRole {
    role_name: String,
    description: Option<String>,
    #[serde(default, deserialize_with = "query::optional_integer")]
    max_session_duration: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct TrustPolicy {
    role_name: String,
    policy_document: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Boundary {
    role_name: String,
    permissions_boundary: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct InlinePolicy {
    role_name: String,
    policy_name: String,
    policy_document: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct InlinePolicyName {
    role_name: String,
    policy_name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Attachment {
    role_name: String,
    policy_arn: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct TagRole {
    role_name: String,
    #[serde(deserialize_with = "query::list")]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UntagRole {
    role_name: String,
    #[serde(deserialize_with = "query::list")]
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OfRole {
    role_name: String,
    path_prefix: Option<String>,
    marker: Option<String>,
    #[serde(default, deserialize_with = "query::optional_integer")]
    max_items: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListRoles {
    path_prefix: Option<String>,
    marker: Option<String>,
    #[serde(default, deserialize_with = "query::optional_integer")]
    max_items: Option<i64>,
}

/// Reads the parameters of an operation.
fn read<T: DeserializeOwned>(query: &Query) -> ServiceResult<T> {
    query
        .parameters()
        .map_err(|error| match Unread::of(&error.message) {
            Unread::Unknown(name) => ServiceError::not_implemented(format!(
                "the parameter {name} of iam:{}",
                query.action
            )),
            Unread::Missing(name) => ServiceError::new(400, "ValidationError", absent(name)),
            Unread::Other => error,
        })
}

/// Does an operation; `None` for operations without a result.
pub(super) fn run(
    world: &World,
    call: &Call,
    operation: &str,
    query: &Query,
) -> ServiceResult<Option<Value>> {
    names::check_request(query)?;
    match operation {
        "CreateRole" => create_role(world, call, read(query)?).map(Some),
        "GetRole" => {
            let input: RoleOnly = read(query)?;
            world.read(|state| {
                let role = state.of::<crate::iam::State>().role(&input.role_name)?;
                let mut described = describe(role, Detail::Full);
                // Empty when the role was not used within the tracking period.
                described["RoleLastUsed"] = json!({});
                Ok(Some(json!({ "Role": described })))
            })
        }
        "ListRoles" => list_roles(world, read(query)?).map(Some),
        "UpdateRole" => {
            let input: UpdateRole = read(query)?;
            world.write(|state| {
                state.of_mut::<crate::iam::State>().update_role(
                    &input.role_name,
                    input.description,
                    input.max_session_duration,
                )
            })?;
            // The one change that answers an (empty) result.
            Ok(Some(json!({})))
        }
        "ListRolePolicies"
        | "ListAttachedRolePolicies"
        | "ListRoleTags"
        | "ListInstanceProfilesForRole" => list_of_role(world, operation, read(query)?).map(Some),
        "GetRolePolicy" => {
            let input: InlinePolicyName = read(query)?;
            world.read(|state| {
                let document = state
                    .of::<crate::iam::State>()
                    .role_policy(&input.role_name, &input.policy_name)?;
                Ok(Some(json!({
                    "RoleName": input.role_name,
                    "PolicyName": input.policy_name,
                    "PolicyDocument": encoded(document),
                })))
            })
        }
        other => change(world, other, query).map(|()| None),
    }
}

/// The operations that answer nothing.
fn change(world: &World, operation: &str, query: &Query) -> ServiceResult<()> {
    match operation {
        "DeleteRole" => {
            let input: RoleOnly = read(query)?;
            world.write(|state| {
                state
                    .of_mut::<crate::iam::State>()
                    .delete_role(&input.role_name)
            })
        }
        "UpdateAssumeRolePolicy" => {
            let input: TrustPolicy = read(query)?;
            world.write(|state| {
                state
                    .of_mut::<crate::iam::State>()
                    .update_trust_policy(&input.role_name, input.policy_document)
            })
        }
        "PutRolePermissionsBoundary" => {
            let input: Boundary = read(query)?;
            world.write(|state| {
                state
                    .of_mut::<crate::iam::State>()
                    .set_permissions_boundary(&input.role_name, Some(input.permissions_boundary))
            })
        }
        "DeleteRolePermissionsBoundary" => {
            let input: RoleOnly = read(query)?;
            world.write(|state| {
                state
                    .of_mut::<crate::iam::State>()
                    .set_permissions_boundary(&input.role_name, None)
            })
        }
        "PutRolePolicy" => {
            let input: InlinePolicy = read(query)?;
            world.write(|state| {
                state.of_mut::<crate::iam::State>().put_role_policy(
                    &input.role_name,
                    &input.policy_name,
                    input.policy_document,
                )
            })
        }
        "DeleteRolePolicy" => {
            let input: InlinePolicyName = read(query)?;
            world.write(|state| {
                state
                    .of_mut::<crate::iam::State>()
                    .delete_role_policy(&input.role_name, &input.policy_name)
            })
        }
        "AttachRolePolicy" => {
            let input: Attachment = read(query)?;
            world.write(|state| {
                state
                    .of_mut::<crate::iam::State>()
                    .attach_role_policy(&input.role_name, &input.policy_arn)
            })
        }
        "DetachRolePolicy" => {
            let input: Attachment = read(query)?;
            world.write(|state| {
                state
                    .of_mut::<crate::iam::State>()
                    .detach_role_policy(&input.role_name, &input.policy_arn)
            })
        }
        "TagRole" => {
            let input: TagRole = read(query)?;
            let tags = tag_map(input.tags)?;
            world.write(|state| {
                state
                    .of_mut::<crate::iam::State>()
                    .tag_role(&input.role_name, tags)
            })
        }
        "UntagRole" => {
            let input: UntagRole = read(query)?;
            names::check_tag_keys(&input.tag_keys)?;
            world.write(|state| {
                state
                    .of_mut::<crate::iam::State>()
                    .untag_role(&input.role_name, &input.tag_keys)
            })
        }
        other => Err(ServiceError::not_implemented(format!("iam:{other}"))),
    }
}

fn create_role(world: &World, call: &Call, input: CreateRole) -> ServiceResult<Value> {
    let new = NewRole {
        name: input.role_name,
        path: input.path,
        trust_policy: input.assume_role_policy_document,
        description: input.description,
        max_session_duration: input.max_session_duration,
        permissions_boundary: input.permissions_boundary,
        tags: tag_map(input.tags)?,
    };
    let id = world.ids.unique_id("AROA", 21);
    world.write(|state| {
        let role = state
            .of_mut::<crate::iam::State>()
            .create_role(new, id, call.now)?;
        let (arn, shown) = (role.arn(), describe(role, Detail::Full));
        super::consistency::made(state, &arn, call.now);
        Ok(json!({ "Role": shown }))
    })
}

/// Lists leave out tags and the boundary (AWS docs, `ListRoles`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Full,
    List,
}

fn describe(role: &Role, detail: Detail) -> Value {
    let mut value = json!({
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn(),
        "CreateDate": date(role.created),
        "AssumeRolePolicyDocument": encoded(&role.trust_policy),
        "Description": role.description,
        "MaxSessionDuration": role.max_session_duration,
    });
    if detail == Detail::Full {
        if let Some(arn) = &role.permissions_boundary {
            value["PermissionsBoundary"] = json!({
                "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
                "PermissionsBoundaryArn": arn,
            });
        }
        if !role.tags.is_empty() {
            value["Tags"] = tag_list(&role.tags)
                .into_iter()
                .map(|(_, tag)| tag)
                .collect();
        }
    }
    value
}

fn list_roles(world: &World, input: ListRoles) -> ServiceResult<Value> {
    let prefix = input.path_prefix.unwrap_or_else(|| "/".to_owned());
    if !prefix.starts_with('/') {
        return Err(ServiceError::new(
            400,
            "ValidationError",
            "The specified value for pathPrefix is invalid. It must begin with the / character.",
        ));
    }
    let roles = world.read(|state| {
        state
            .of::<crate::iam::State>()
            .roles(&prefix)
            .map(|role| (role.name.clone(), describe(role, Detail::List)))
            .collect()
    });
    page("Roles", roles, input.marker, input.max_items)
}

fn list_of_role(world: &World, operation: &str, input: OfRole) -> ServiceResult<Value> {
    if input.path_prefix.is_some() && operation != "ListAttachedRolePolicies" {
        return Err(ServiceError::not_implemented(format!(
            "the parameter PathPrefix of iam:{operation}"
        )));
    }
    page_size(input.max_items)?;
    input
        .path_prefix
        .as_deref()
        .map_or(Ok(()), names::check_policy_path_prefix)?;
    let (member, items) = world.read(|state| {
        let role = state.of::<crate::iam::State>().role(&input.role_name)?;
        let listed: (&str, Vec<(String, Value)>) = match operation {
            "ListRolePolicies" => (
                "PolicyNames",
                role.inline_policies
                    .keys()
                    .map(|name| (name.clone(), json!(name)))
                    .collect(),
            ),
            "ListAttachedRolePolicies" => (
                "AttachedPolicies",
                role.attached_policies
                    .iter()
                    .filter_map(|arn| managed::find(arn))
                    .filter(|policy| {
                        policy
                            .path()
                            .starts_with(input.path_prefix.as_deref().unwrap_or("/"))
                    })
                    .map(|policy| {
                        let described =
                            json!({"PolicyName": policy.name(), "PolicyArn": policy.arn});
                        (policy.arn.to_owned(), described)
                    })
                    .collect(),
            ),
            "ListRoleTags" => ("Tags", tag_list(&role.tags)),
            // There are no instances here, and so no profiles.
            _ => ("InstanceProfiles", Vec::new()),
        };
        ServiceResult::Ok(listed)
    })?;
    page(member, items, input.marker, input.max_items)
}

/// `MaxItems` between 1 and 1000; 100 when absent.
fn page_size(max_items: Option<i64>) -> ServiceResult<usize> {
    match max_items.map(usize::try_from) {
        None => Ok(100),
        Some(Ok(limit @ 1..=1000)) => Ok(limit),
        Some(_) => Err(ServiceError::new(
            400,
            "ValidationError",
            constraint::message(
                Shown::Nothing,
                "maxItems",
                "Member must have value between 1 and 1000",
            ),
        )),
    }
}

/// A page of items that are in the order of their keys; the marker is the last
/// key of the page before.
fn page(
    member: &str,
    items: Vec<(String, Value)>,
    marker: Option<String>,
    max_items: Option<i64>,
) -> ServiceResult<Value> {
    let limit = page_size(max_items)?;
    let mut rest = items
        .into_iter()
        .filter(|(key, _)| marker.as_ref().is_none_or(|marker| key > marker));
    let listed: Vec<(String, Value)> = rest.by_ref().take(limit).collect();
    let truncated = rest.next().is_some();
    let marker = truncated
        .then(|| listed.last().map(|(key, _)| key.clone()))
        .flatten();
    let values: Vec<Value> = listed.into_iter().map(|(_, value)| value).collect();
    Ok(json!({ member: values, "IsTruncated": truncated, "Marker": marker }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_encoded_as_uri_components() {
        assert_eq!(
            encoded(r#"{"a": "b*-_.~"}"#),
            "%7B%22a%22%3A%20%22b%2A-_.~%22%7D"
        );
    }

    #[test]
    fn tag_keys_that_differ_in_case_are_duplicates() {
        let tag = |key: &str| Tag {
            key: key.to_owned(),
            value: String::new(),
        };
        assert_eq!(tag_map(vec![tag("a"), tag("b")]).unwrap().len(), 2);
        let error = tag_map(vec![tag("Team"), tag("team")]).unwrap_err();
        assert_eq!(error.code, "InvalidInput");
        let many = (0..51).map(|n| tag(&n.to_string())).collect();
        assert_eq!(tag_map(many).unwrap_err().code, "ValidationError");
    }

    #[test]
    fn pages_go_on_after_the_marker() {
        let items = || {
            ["a", "b", "c"]
                .into_iter()
                .map(|name| (name.to_owned(), json!(name)))
                .collect::<Vec<_>>()
        };
        let first = page("Names", items(), None, Some(2)).unwrap();
        assert_eq!(
            first,
            json!({"Names": ["a", "b"], "IsTruncated": true, "Marker": "b"})
        );
        let second = page("Names", items(), Some("b".to_owned()), Some(2)).unwrap();
        assert_eq!(
            second,
            json!({"Names": ["c"], "IsTruncated": false, "Marker": null})
        );
        assert!(page("Names", items(), None, Some(0)).is_err());
    }
}
