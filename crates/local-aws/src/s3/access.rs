//! What a caller must be allowed, and bucket policies.

use iam_policy::{Context, Effect, Kind, Matching, Policy, PolicyError, PrincipalPattern};
use std::collections::BTreeSet;

use serde_json::Value;

use super::errors;
use super::state::bucket_arn;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Permission, Principal, Request, Route};
use crate::core::world::World;
use crate::iam;

/// The longest bucket policy, in bytes (AWS docs, "Bucket policies").
const POLICY_LIMIT: usize = 20 * 1024;

/// What an operation needs (AWS docs, "Required permissions for Amazon S3 API operations").
/// What `DeleteObjects` needs is asked object by object, and answered so.
pub fn permissions(route: &Route, request: &Request) -> Vec<Permission> {
    let bucket = bucket_arn(route.label("Bucket"));
    let object = format!("{bucket}/{}", route.label("Key"));
    let versioned = request.query_value("versionId").is_some();
    let one = |action: &str, resource: &str| {
        vec![Permission {
            action: format!("s3:{action}"),
            resource: resource.to_owned(),
        }]
    };
    match route.operation {
        "ListBuckets" => one("ListAllMyBuckets", "*"),
        "HeadBucket" | "ListObjectsV2" => one("ListBucket", &bucket),
        "ListObjectVersions" => one("ListBucketVersions", &bucket),
        "GetBucketEncryption" => one("GetEncryptionConfiguration", &bucket),
        "PutBucketEncryption" => one("PutEncryptionConfiguration", &bucket),
        "GetPublicAccessBlock" => one("GetBucketPublicAccessBlock", &bucket),
        "PutPublicAccessBlock" | "DeletePublicAccessBlock" => {
            one("PutBucketPublicAccessBlock", &bucket)
        }
        "DeleteBucketTagging" => one("PutBucketTagging", &bucket),
        "GetBucketLifecycleConfiguration" => one("GetLifecycleConfiguration", &bucket),
        "GetObject" | "HeadObject" if versioned => one("GetObjectVersion", &object),
        "GetObject" | "HeadObject" => one("GetObject", &object),
        "DeleteObject" if versioned => one("DeleteObjectVersion", &object),
        "GetObjectTagging" if versioned => one("GetObjectVersionTagging", &object),
        "PutObjectTagging" if versioned => one("PutObjectVersionTagging", &object),
        "DeleteObjectTagging" if versioned => one("DeleteObjectVersionTagging", &object),
        "PutObject" => {
            let mut needed = one("PutObject", &object);
            if request.header("x-amz-tagging").is_some() {
                needed.extend(one("PutObjectTagging", &object));
            }
            if request.header("x-amz-acl").is_some() {
                needed.extend(one("PutObjectAcl", &object));
            }
            needed
        }
        "DeleteObjects" => Vec::new(),
        other if route.labels.contains_key("Key") => one(other, &object),
        other => one(other, &bucket),
    }
}

/// The condition keys that S3 supplies.
pub fn supplied(request: &Request) -> Context {
    let mut context = Context::new();
    for (key, parameter) in [
        ("s3:prefix", "prefix"),
        ("s3:delimiter", "delimiter"),
        ("s3:max-keys", "max-keys"),
        ("s3:versionid", "versionId"),
    ] {
        if let Some(value) = request.query_value(parameter) {
            context.insert(key.to_owned(), vec![value.to_owned()]);
        }
    }
    for header in [
        "x-amz-acl",
        "x-amz-server-side-encryption",
        "x-amz-storage-class",
    ] {
        if let Some(value) = request.header(header) {
            context.insert(format!("s3:{header}"), vec![value.to_owned()]);
        }
    }
    context
}

/// Whether a caller may do something, by its own policies and the bucket's.
///
/// # Errors
/// `AccessDenied`.
pub fn check(
    world: &World,
    principal: &Principal,
    permission: &Permission,
    bucket: &str,
    supplied: &Context,
) -> ServiceResult<()> {
    let document = world.read(|state| {
        let bucket = state.of::<crate::s3::State>().bucket(bucket).ok()?;
        bucket.policy.clone()
    });
    // The account's root can always put right a policy that shuts everybody out (AWS
    // docs, PutBucketPolicy).
    let rescue = *principal == Principal::Administrator
        && matches!(
            permission.action.as_str(),
            "s3:GetBucketPolicy" | "s3:PutBucketPolicy" | "s3:DeleteBucketPolicy"
        );
    let policy = document
        .filter(|_| !rescue)
        .map(|text| iam_policy::parse(&text, Kind::Resource))
        .transpose()
        // It was checked when it was stored.
        .map_err(ServiceError::internal)?;
    iam::authorize_on(world, principal, permission, policy.as_ref(), supplied)
}

/// Reads a bucket policy, as `PutBucketPolicy` does.
///
/// # Errors
/// `MalformedPolicy`, `AccessDenied` for a public policy where these are blocked, and
/// what is not implemented.
pub fn check_policy(
    document: &str,
    bucket: &str,
    iam: &iam::State,
    block_public: bool,
) -> ServiceResult<()> {
    let malformed = |message: &str| ServiceError::new(400, "MalformedPolicy", message);
    if document.len() > POLICY_LIMIT {
        return Err(ServiceError::new(
            400,
            "PolicyTooLarge",
            "Normalized policy document exceeds the maximum allowed size of 20480 bytes.",
        ));
    }
    // S3 wants an object; what else is wrong is told by the policy's own reader.
    if !matches!(serde_json::from_str(document), Ok(Value::Object(_))) {
        return Err(malformed(
            "Policies must be valid JSON and the first byte must be '{'",
        ));
    }
    let policy = iam_policy::parse(document, Kind::Resource).map_err(|error| match error {
        PolicyError::NotImplemented(_) => ServiceError::not_implemented(error),
        PolicyError::Missing(field) => malformed(&format!("Missing required field {field}")),
        PolicyError::Principal { .. } => malformed("Invalid principal in policy"),
        PolicyError::Action(_) => malformed("Policy has invalid action"),
        PolicyError::NoResource | PolicyError::Arn(_) | PolicyError::Partition { .. } => {
            malformed("Policy has invalid resource")
        }
        PolicyError::Version(_) => malformed("The policy must contain a valid version string"),
        other => malformed(&other.to_string()),
    })?;
    let arn = bucket_arn(bucket);
    let objects = format!("{arn}/");
    let mut actions = BTreeSet::new();
    for statement in &policy.statements {
        let resources = statement.resource.as_ref().map_or(&[][..], Matching::items);
        let ours = |resource: &String| *resource == arn || resource.starts_with(&objects);
        if !resources.iter().all(ours) {
            return Err(malformed("Policy has invalid resource"));
        }
        for action in statement.action.items() {
            let s3 = action
                .get(..3)
                .is_some_and(|vendor| vendor.eq_ignore_ascii_case("s3:"));
            if action != "*" && !s3 {
                return Err(malformed("Policy has invalid action"));
            }
            actions.insert(action.clone());
        }
        let principals = statement
            .principal
            .as_ref()
            .map_or(&[][..], Matching::items);
        if !principals.iter().all(|principal| exists(principal, iam)) {
            return Err(malformed("Invalid principal in policy"));
        }
    }
    if block_public && is_public(&policy) {
        return Err(errors::access_denied(
            "User: root is not authorized to perform: s3:PutBucketPolicy because public policies \
             are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
        ));
    }
    Ok(())
}

/// Identities of this account must exist when a policy names them; of others nothing is known.
fn exists(principal: &PrincipalPattern, iam: &iam::State) -> bool {
    let PrincipalPattern::Arn(arn) = principal else {
        return true;
    };
    if arn.split(':').nth(4) != Some(crate::core::world::ACCOUNT) {
        return true;
    }
    match arn
        .splitn(6, ':')
        .nth(5)
        .and_then(|rest| rest.split_once('/'))
    {
        Some(("role", _)) => iam.role_by_arn(arn).is_some(),
        Some(("assumed-role", rest)) => {
            let role = rest.split('/').next().unwrap_or_default();
            iam.role(role).is_ok()
        }
        // There are no users here.
        _ => false,
    }
}

/// Whether a policy lets the public in: an allow for everybody that no condition on who
/// calls narrows to fixed values (AWS docs, "The meaning of public").
fn is_public(policy: &Policy) -> bool {
    const NARROWING: &[&str] = &[
        "aws:principalarn",
        "aws:principalaccount",
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:userid",
    ];
    policy.statements.iter().any(|statement| {
        let everyone = statement
            .principal
            .as_ref()
            .is_some_and(|matching| matching.items().contains(&PrincipalPattern::Everyone));
        let narrowed = statement.conditions.iter().any(|condition| {
            NARROWING.contains(&condition.key.to_ascii_lowercase().as_str())
                && !condition
                    .values
                    .iter()
                    .any(|value| value.contains(['*', '?', '$']))
        });
        statement.effect == Effect::Allow && everyone && !narrowed
    })
}
