//! Buckets themselves.

use serde_json::{Value, json};

use super::super::body;
use super::super::configuration::Ownership;
use super::super::state::{Bucket, bucket_arn};
use super::super::{errors, names, xml};
use super::{Job, owner_id};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::response::Response;

pub(super) fn list(job: &Job<'_>) -> ServiceResult<Response> {
    let parameter = |name: &str| job.request.query_value(name);
    let limit = match parameter("max-buckets") {
        None => usize::MAX,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=10_000).contains(limit))
            .ok_or_else(|| {
                errors::invalid_argument(
                    "max-buckets",
                    text,
                    "Argument max-buckets must be an integer between 1 and 10000.",
                )
            })?,
    };
    let prefix = parameter("prefix").unwrap_or_default();
    let after = parameter("continuation-token").unwrap_or_default();
    let elsewhere = parameter("bucket-region").is_some_and(|region| region != job.world.region);
    // Of the newer answer's members, only who asks with a parameter sees these.
    let detailed = [
        "max-buckets",
        "prefix",
        "continuation-token",
        "bucket-region",
    ]
    .iter()
    .any(|name| parameter(name).is_some());
    let (buckets, more) = job.world.read(|state| {
        let mut found = state.of::<crate::s3::State>().buckets().filter(|bucket| {
            !elsewhere && bucket.name.starts_with(prefix) && bucket.name.as_str() > after
        });
        let page: Vec<Value> = found
            .by_ref()
            .take(limit)
            .map(|bucket| {
                json!({
                    "Name": bucket.name,
                    "CreationDate": iso_date(bucket.created),
                    "BucketRegion": detailed.then(|| job.world.region.clone()),
                    "BucketArn": detailed.then(|| bucket_arn(&bucket.name)),
                })
            })
            .collect();
        (page, found.next().is_some())
    });
    let token = buckets.last().map(|bucket| bucket["Name"].clone());
    Ok(job.xml(
        "ListAllMyBucketsResult",
        &json!({
            "Owner": {"ID": owner_id()},
            "Buckets": {"Bucket": buckets},
            "Prefix": parameter("prefix"),
            "ContinuationToken": token.filter(|_| more),
        }),
    ))
}

/// A time as S3 writes it in XML: seconds, with a fraction of zero.
pub(super) fn iso_date(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

pub(super) fn create(job: &Job<'_>) -> ServiceResult<Response> {
    names::check_bucket(job.bucket)?;
    let payload = body::payload(job.request)?;
    let tags = check_location(job, &payload.bytes)?;
    match job.request.header("x-amz-acl") {
        None | Some("private") => {}
        Some(_) => {
            return Err(ServiceError::new(
                400,
                "InvalidBucketAclWithBlockPublicAccessError",
                "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
            ));
        }
    }
    let ownership = match job.request.header("x-amz-object-ownership") {
        None => Ownership::BucketOwnerEnforced,
        Some(name) => Ownership::find(name).ok_or_else(|| {
            errors::invalid_argument(
                "x-amz-object-ownership",
                name,
                "Invalid x-amz-object-ownership header",
            )
        })?,
    };
    let mut bucket = Bucket::new(job.bucket, job.world.ids.uuid(), job.call.now);
    bucket.ownership = Some(ownership);
    bucket.tags = tags;
    let created = job
        .world
        .write(|state| state.of_mut::<crate::s3::State>().add_bucket(bucket));
    match created {
        Ok(()) => {}
        // In us-east-1 it is no error to create one's own bucket again (AWS docs,
        // CreateBucket, BucketAlreadyOwnedByYou); nothing of it changes.
        Err(error)
            if error.code == "BucketAlreadyOwnedByYou" && job.world.region == "us-east-1" => {}
        Err(error) => return Err(error),
    }
    Ok(Response::empty(200)
        .with_header("location", format!("/{}", job.bucket))
        .with_header("x-amz-bucket-arn", bucket_arn(job.bucket)))
}

type Tags = std::collections::BTreeMap<String, String>;

/// The bucket is made where this AWS is, and that must be what the body says.
fn check_location(job: &Job<'_>, bytes: &[u8]) -> ServiceResult<Tags> {
    let region = job.world.region.as_str();
    let mut tags = Tags::new();
    let mut wanted = None;
    if !bytes.is_empty() {
        let read = xml::read(bytes, "CreateBucketConfiguration")?;
        for child in &read.children {
            match child.name.as_str() {
                "LocationConstraint" => {}
                "Tags" => tags = super::tagging::read_tag_set(child, super::tagging::OF_BUCKET)?,
                "Location" | "Bucket" => {
                    return Err(ServiceError::not_implemented(format!(
                        "{} of s3:CreateBucket",
                        child.name
                    )));
                }
                _ => return Err(errors::malformed_xml()),
            }
        }
        wanted = read.child_text("LocationConstraint")?.map(str::to_owned);
    }
    match (wanted.as_deref(), region) {
        (None, "us-east-1") => Ok(tags),
        (Some("us-east-1" | ""), _) => Err(ServiceError::new(
            400,
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid",
        )
        .with("LocationConstraint", wanted)),
        (Some(wanted), region) if wanted == region => Ok(tags),
        (wanted, _) => Err(ServiceError::new(
            400,
            "IllegalLocationConstraintException",
            format!(
                "The {} location constraint is incompatible for the region specific endpoint this \
                 request was sent to.",
                wanted.unwrap_or("unspecified")
            ),
        )),
    }
}

pub(super) fn head(job: &Job<'_>) -> ServiceResult<Response> {
    job.world
        .read(|state| state.of::<crate::s3::State>().bucket(job.bucket).map(drop))?;
    Ok(Response::empty(200)
        .with_header("content-type", "application/xml")
        .with_header("x-amz-bucket-region", job.world.region.as_str())
        .with_header("x-amz-bucket-arn", bucket_arn(job.bucket))
        .with_header("x-amz-access-point-alias", "false"))
}

pub(super) fn delete(job: &Job<'_>) -> ServiceResult<Response> {
    let gone = job
        .world
        .write(|state| state.of_mut::<crate::s3::State>().delete_bucket(job.bucket))?;
    job.world.flush()?;
    job.blobs().remove_folder(&gone.folder);
    Ok(Response::empty(204))
}

pub(super) fn location(job: &Job<'_>) -> ServiceResult<Response> {
    job.world
        .read(|state| state.of::<crate::s3::State>().bucket(job.bucket).map(drop))?;
    // us-east-1 has no name here.
    let region = match job.world.region.as_str() {
        "us-east-1" => "",
        other => other,
    };
    Ok(job.xml("LocationConstraint", &json!(region)))
}
