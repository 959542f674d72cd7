//! `DeleteObject` and `DeleteObjects`.

use serde_json::{Value, json};

use super::super::conditions::Conditions;
use super::super::names::{self, VERSION_LENGTH, VERSION_LETTERS};
use super::super::state::bucket_arn;
use super::super::versions::{self, Deleted};
use super::super::{access, body, errors, xml};
use super::Job;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Permission;
use crate::core::wire::response::Response;

/// The most objects of one `DeleteObjects`.
const MOST: usize = 1000;

pub(super) fn delete(job: &Job<'_>) -> ServiceResult<Response> {
    names::check_key(job.key)?;
    let version_id = job.request.query_value("versionId");
    version_id.map_or(Ok(()), names::check_version)?;
    let conditions = Conditions::read(job.request);
    let conditional = job.request.header("if-match").is_some();
    let deleted = job.world.write(|state| {
        let bucket = state.of_mut::<crate::s3::State>().bucket_mut(job.bucket)?;
        if conditional {
            let current = bucket.current(job.key).map(|object| object.etag.as_str());
            conditions.on_write(job.key, current)?;
        }
        let id = job.world.ids.token(VERSION_LENGTH, VERSION_LETTERS);
        let deleted = versions::delete(bucket, job.key, version_id, id, job.call.now);
        Ok::<_, ServiceError>((bucket.folder.clone(), deleted))
    });
    let (folder, deleted) = deleted?;
    job.forget(&folder, &deleted.obsolete)?;
    let mut answer = Response::empty(204);
    if deleted.delete_marker {
        answer = answer.with_header("x-amz-delete-marker", "true");
    }
    if let Some(id) = deleted.version_id {
        answer = answer.with_header("x-amz-version-id", id);
    }
    Ok(answer)
}

/// One object to be deleted.
struct Item {
    key: String,
    version_id: Option<String>,
}

pub(super) fn delete_many(job: &Job<'_>) -> ServiceResult<Response> {
    let (items, quiet) = read(job)?;
    job.world
        .read(|state| state.of::<crate::s3::State>().bucket(job.bucket).map(drop))?;
    let mut obsolete = Vec::new();
    let mut folder = String::new();
    let mut done = Vec::new();
    let mut failed = Vec::new();
    for item in &items {
        match delete_one(job, item) {
            Ok((place, deleted)) => {
                folder = place;
                obsolete.extend(deleted.obsolete.iter().cloned());
                done.push(told(item, deleted));
            }
            Err(error) if error.is_not_implemented() || error.status >= 500 => return Err(error),
            Err(error) => failed.push(json!({
                "Key": item.key,
                "VersionId": item.version_id,
                "Code": error.code,
                "Message": error.message,
            })),
        }
    }
    job.forget(&folder, &obsolete)?;
    if quiet {
        done.clear();
    }
    Ok(job.xml("DeleteResult", &json!({"Deleted": done, "Error": failed})))
}

fn read(job: &Job<'_>) -> ServiceResult<(Vec<Item>, bool)> {
    let header = |name: &str| job.request.header(name).is_some();
    let payload = body::payload(job.request)?;
    if !header("content-md5") && payload.checksum.is_none() {
        return Err(errors::invalid_request(
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
        ));
    }
    let document = xml::read(&payload.bytes, "Delete")?;
    let quiet = document.child_flag("Quiet")?;
    let mut items = Vec::new();
    for child in document.structure(&["Object", "Quiet"])? {
        if child.name != "Object" {
            continue;
        }
        for member in &child.children {
            match member.name.as_str() {
                "Key" | "VersionId" => {}
                "ETag" | "LastModifiedTime" | "Size" => {
                    return Err(ServiceError::not_implemented(format!(
                        "{} of an object of s3:DeleteObjects",
                        member.name
                    )));
                }
                _ => return Err(errors::malformed_xml()),
            }
        }
        let key = child
            .child_text("Key")?
            .filter(|key| !key.is_empty())
            .ok_or_else(errors::malformed_xml)?;
        items.push(Item {
            key: key.to_owned(),
            version_id: child.child_text("VersionId")?.map(str::to_owned),
        });
    }
    if items.is_empty() || items.len() > MOST {
        return Err(errors::malformed_xml());
    }
    Ok((items, quiet))
}

fn delete_one(job: &Job<'_>, item: &Item) -> ServiceResult<(String, Deleted)> {
    let permission = Permission {
        action: match item.version_id {
            Some(_) => "s3:DeleteObjectVersion".to_owned(),
            None => "s3:DeleteObject".to_owned(),
        },
        resource: format!("{}/{}", bucket_arn(job.bucket), item.key),
    };
    let mut supplied = access::supplied(job.request);
    if let Some(id) = &item.version_id {
        supplied.insert("s3:versionid".to_owned(), vec![id.clone()]);
    }
    access::check(
        job.world,
        &job.call.principal,
        &permission,
        job.bucket,
        &supplied,
    )?;
    names::check_key(&item.key)?;
    let version_id = item.version_id.as_deref();
    if let Some(id) = version_id {
        // Here, other than in DeleteObject, what cannot be a version is a missing one.
        names::check_version(id).map_err(|_| errors::no_such_version(&item.key, id))?;
    }
    job.world.write(|state| {
        let bucket = state.of_mut::<crate::s3::State>().bucket_mut(job.bucket)?;
        let id = job.world.ids.token(VERSION_LENGTH, VERSION_LETTERS);
        let deleted = versions::delete(bucket, &item.key, version_id, id, job.call.now);
        Ok((bucket.folder.clone(), deleted))
    })
}

fn told(item: &Item, deleted: Deleted) -> Value {
    let marker = deleted.delete_marker.then_some(true);
    json!({
        "Key": item.key,
        "VersionId": item.version_id,
        "DeleteMarker": marker,
        "DeleteMarkerVersionId": deleted.version_id.filter(|_| deleted.delete_marker),
    })
}
