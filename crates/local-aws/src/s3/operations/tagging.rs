//! Tags of buckets and objects (AWS docs, "Categorizing your storage using tags").

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::state::{Bucket, Object};
use super::super::xml::Element;
use super::super::{body, errors, names, versions, xml};
use super::Job;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::response::Response;

type Tags = BTreeMap<String, String>;

/// The most tags of a bucket.
pub(super) const OF_BUCKET: usize = 50;
/// The most tags of an object.
const OF_OBJECT: usize = 10;

fn invalid(message: &str) -> ServiceError {
    ServiceError::new(400, "InvalidTag", message)
}

/// Adds a tag to those that were read before it.
fn add(tags: &mut Tags, key: &str, value: &str) -> ServiceResult<()> {
    let allowed = |character: char| {
        character.is_alphanumeric()
            || character.is_whitespace()
            || matches!(character, '+' | '-' | '=' | '.' | '_' | ':' | '/' | '@')
    };
    if !(1..=128).contains(&key.chars().count()) || !key.chars().all(allowed) {
        return Err(invalid("The TagKey you have provided is invalid").with("TagKey", key));
    }
    if value.chars().count() > 256 || !value.chars().all(allowed) {
        return Err(invalid("The TagValue you have provided is invalid").with("TagValue", value));
    }
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(invalid("System tags cannot be added/updated by requester"));
    }
    if tags.insert(key.to_owned(), value.to_owned()).is_some() {
        return Err(invalid("Cannot provide multiple Tags with the same key").with("TagKey", key));
    }
    Ok(())
}

fn check_count(tags: &Tags, most: usize) -> ServiceResult<()> {
    if tags.len() <= most {
        return Ok(());
    }
    let message = if most == OF_OBJECT {
        format!("Object tags cannot be greater than {most}")
    } else {
        format!("Bucket tag count cannot be greater than {most}")
    };
    Err(ServiceError::new(400, "BadRequest", message))
}

/// The tags of `x-amz-tagging`, which has the form of a query.
pub(super) fn of_header(header: Option<&str>) -> ServiceResult<Tags> {
    let mut tags = Tags::new();
    for (key, value) in form_urlencoded::parse(header.unwrap_or_default().as_bytes()) {
        add(&mut tags, &key, &value)?;
    }
    check_count(&tags, OF_OBJECT)?;
    Ok(tags)
}

/// The tags of an element with `Tag` children.
pub(super) fn read_tag_set(set: &Element, most: usize) -> ServiceResult<Tags> {
    let mut tags = Tags::new();
    for tag in set.structure(&["Tag"])? {
        tag.structure(&["Key", "Value"])?;
        let text = |name| tag.child_text(name)?.ok_or_else(errors::malformed_xml);
        add(&mut tags, text("Key")?, text("Value")?)?;
    }
    check_count(&tags, most)?;
    Ok(tags)
}

fn of_body(job: &Job<'_>, most: usize) -> ServiceResult<Tags> {
    let payload = body::payload(job.request)?;
    super::configuration::check_integrity(job, &payload)?;
    let document = xml::read(&payload.bytes, "Tagging")?;
    document.structure(&["TagSet"])?;
    let set = document
        .child("TagSet")?
        .ok_or_else(errors::malformed_xml)?;
    read_tag_set(set, most)
}

fn tag_set(tags: &Tags) -> Value {
    let tags: Vec<Value> = tags
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect();
    json!({"TagSet": {"Tag": tags}})
}

/// The object that a request means, with its version's id.
fn find(job: &Job<'_>, bucket: &Bucket) -> ServiceResult<(String, Object)> {
    let named = job.request.query_value("versionId");
    named.map_or(Ok(()), names::check_version)?;
    match versions::find(bucket, job.key, named)? {
        versions::Found::Object(version, object) => Ok((version.id, object)),
        versions::Found::Marker(_) if named.is_none() => Err(errors::no_such_key(job.key)),
        versions::Found::Marker(_) => Err(errors::method_not_allowed(
            job.request.method.as_str(),
            "DeleteMarker",
        )),
    }
}

/// The version's id, where the bucket has versioning.
fn told(bucket: &Bucket, id: String) -> Option<String> {
    bucket.versioning.map(|_| id)
}

/// Replaces the tags of the object that a request means.
fn set(job: &Job<'_>, tags: Tags) -> ServiceResult<Option<String>> {
    job.world.write(|state| {
        let bucket = state.of_mut::<crate::s3::State>().bucket_mut(job.bucket)?;
        let (id, _) = find(job, bucket)?;
        let object = bucket
            .objects
            .get_mut(job.key)
            .and_then(|versions| versions.iter_mut().find(|version| version.id == id))
            .and_then(|version| version.object.as_mut())
            .ok_or_else(|| errors::no_such_key(job.key))?;
        object.tags = tags;
        Ok(told(bucket, id))
    })
}

fn with_version(answer: Response, id: Option<String>) -> Response {
    match id {
        Some(id) => answer.with_header("x-amz-version-id", id),
        None => answer,
    }
}

pub(super) fn get(job: &Job<'_>) -> ServiceResult<Response> {
    let (value, id) = job.world.read(|state| {
        let bucket = state.of::<crate::s3::State>().bucket(job.bucket)?;
        let (id, object) = find(job, bucket)?;
        Ok::<_, ServiceError>((tag_set(&object.tags), told(bucket, id)))
    })?;
    Ok(with_version(job.xml("Tagging", &value), id))
}

pub(super) fn put(job: &Job<'_>) -> ServiceResult<Response> {
    let id = set(job, of_body(job, OF_OBJECT)?)?;
    Ok(with_version(Response::empty(200), id))
}

pub(super) fn delete(job: &Job<'_>) -> ServiceResult<Response> {
    let id = set(job, Tags::new())?;
    Ok(with_version(Response::empty(204), id))
}

/// Tags that CloudFormation gave; nobody else can give or take them.
fn is_of_the_system(key: &str) -> bool {
    key.starts_with("aws:")
}

pub(super) fn get_of_bucket(job: &Job<'_>) -> ServiceResult<Response> {
    let value = job.world.read(|state| {
        let bucket = state.of::<crate::s3::State>().bucket(job.bucket)?;
        if bucket.tags.is_empty() {
            return Err(
                ServiceError::new(404, "NoSuchTagSet", "The TagSet does not exist")
                    .with("BucketName", job.bucket),
            );
        }
        Ok(tag_set(&bucket.tags))
    })?;
    Ok(job.xml("Tagging", &value))
}

fn set_of_bucket(bucket: &mut Bucket, mut tags: Tags) {
    let system = bucket.tags.iter().filter(|(key, _)| is_of_the_system(key));
    tags.extend(system.map(|(key, value)| (key.clone(), value.clone())));
    bucket.tags = tags;
}

pub(super) fn put_of_bucket(job: &Job<'_>) -> ServiceResult<Response> {
    let tags = of_body(job, OF_BUCKET)?;
    job.world.write(|state| {
        set_of_bucket(
            state.of_mut::<crate::s3::State>().bucket_mut(job.bucket)?,
            tags,
        );
        Ok::<_, ServiceError>(())
    })?;
    Ok(Response::empty(200))
}

pub(super) fn delete_of_bucket(job: &Job<'_>) -> ServiceResult<Response> {
    job.world.write(|state| {
        set_of_bucket(
            state.of_mut::<crate::s3::State>().bucket_mut(job.bucket)?,
            Tags::new(),
        );
        Ok::<_, ServiceError>(())
    })?;
    Ok(Response::empty(204))
}
