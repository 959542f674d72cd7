//! `ListObjectsV2` and `ListObjectVersions`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::errors;
use super::super::list::{self, Start, Wanted, url_encoded};
use super::super::state::{Object, Version};
use super::buckets::iso_date;
use super::{Job, owner_id};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::response::Response;

/// The most keys of one page.
const MOST: usize = 1000;

/// How texts are written.
#[derive(Clone, Copy)]
struct Encoding {
    url: bool,
}

impl Encoding {
    fn read(job: &Job<'_>) -> ServiceResult<Self> {
        match job.request.query_value("encoding-type") {
            None => Ok(Self { url: false }),
            Some("url") => Ok(Self { url: true }),
            Some(other) => Err(errors::invalid_argument(
                "encoding-type",
                other,
                "Invalid Encoding Method specified in Request",
            )),
        }
    }

    fn of(self, text: &str) -> String {
        if self.url {
            url_encoded(text)
        } else {
            text.to_owned()
        }
    }

    fn name(self) -> Option<&'static str> {
        self.url.then_some("url")
    }
}

fn parameter<'a>(job: &'a Job<'_>, name: &str) -> &'a str {
    job.request.query_value(name).unwrap_or_default()
}

/// `max-keys` as given, and as it counts.
fn limit(job: &Job<'_>) -> ServiceResult<usize> {
    let Some(text) = job.request.query_value("max-keys") else {
        return Ok(MOST);
    };
    let number: i32 = text.parse().map_err(|_| {
        errors::invalid_argument(
            "max-keys",
            text,
            "Provided max-keys not an integer or within integer range",
        )
    })?;
    let number = usize::try_from(number).map_err(|_| {
        errors::invalid_argument(
            "maxKeys",
            text,
            "Argument maxKeys must be an integer between 0 and 2147483647",
        )
    })?;
    Ok(number.min(MOST))
}

pub(super) fn objects(job: &Job<'_>) -> ServiceResult<Response> {
    let list_type = parameter(job, "list-type");
    if list_type != "2" {
        return Err(errors::invalid_argument(
            "list-type",
            list_type,
            "Invalid List Type specified in Request",
        ));
    }
    let encoding = Encoding::read(job)?;
    let token = job.request.query_value("continuation-token");
    let start_after = job.request.query_value("start-after");
    let start = match (token, start_after) {
        (Some(token), _) => Start::After(opened(token)?),
        (None, Some(key)) if !key.is_empty() => Start::After(key.to_owned()),
        (None, _) => Start::Beginning,
    };
    let limit = limit(job)?;
    let wanted = Wanted {
        prefix: parameter(job, "prefix").to_owned(),
        delimiter: parameter(job, "delimiter").to_owned(),
        start,
        limit,
    };
    let with_owner = parameter(job, "fetch-owner") == "true";
    let value = job.world.read(|state| {
        let page = list::objects(state.of::<crate::s3::State>().bucket(job.bucket)?, &wanted);
        let contents: Vec<Value> = page
            .items
            .iter()
            .filter_map(|(key, version, _)| {
                let object = version.object.as_ref()?;
                let owner = with_owner.then(|| json!({"ID": owner_id()}));
                Some(entry(&encoding.of(key), version, object, owner))
            })
            .collect();
        Ok::<_, ServiceError>(json!({
            "Name": job.bucket,
            "Prefix": encoding.of(&wanted.prefix),
            "Delimiter": given(&wanted.delimiter, encoding),
            "MaxKeys": limit,
            "EncodingType": encoding.name(),
            "KeyCount": contents.len() + page.prefixes.len(),
            "IsTruncated": page.next.is_some(),
            "ContinuationToken": token,
            "NextContinuationToken": page.next.map(|(key, _)| sealed(&key)),
            "StartAfter": start_after.filter(|key| !key.is_empty()).map(|key| encoding.of(key)),
            "Contents": contents,
            "CommonPrefixes": prefixes(&page.prefixes, encoding),
        }))
    })?;
    Ok(job.xml("ListBucketResult", &value))
}

pub(super) fn versions(job: &Job<'_>) -> ServiceResult<Response> {
    let encoding = Encoding::read(job)?;
    let key_marker = parameter(job, "key-marker");
    let id_marker = parameter(job, "version-id-marker");
    let start = match (key_marker, id_marker) {
        ("", "") => Start::Beginning,
        ("", id) => {
            return Err(errors::invalid_argument(
                "version-id-marker",
                id,
                "A version-id marker cannot be specified without a key marker.",
            ));
        }
        (key, "") => Start::After(key.to_owned()),
        (key, id) => Start::AfterVersion(key.to_owned(), id.to_owned()),
    };
    let limit = limit(job)?;
    let wanted = Wanted {
        prefix: parameter(job, "prefix").to_owned(),
        delimiter: parameter(job, "delimiter").to_owned(),
        start,
        limit,
    };
    let value = job.world.read(|state| {
        let page = list::versions(state.of::<crate::s3::State>().bucket(job.bucket)?, &wanted);
        let (mut objects, mut markers) = (Vec::new(), Vec::new());
        for (key, version, latest) in &page.items {
            let key = encoding.of(key);
            let owner = Some(json!({"ID": owner_id()}));
            match &version.object {
                Some(object) => {
                    let mut entry = entry(&key, version, object, owner);
                    entry["VersionId"] = json!(version.id);
                    entry["IsLatest"] = json!(latest);
                    objects.push(entry);
                }
                None => markers.push(json!({
                    "Key": key,
                    "VersionId": version.id,
                    "IsLatest": latest,
                    "LastModified": iso_date(version.modified),
                    "Owner": owner,
                })),
            }
        }
        let (next_key, next_id) = match &page.next {
            Some((key, id)) => (Some(encoding.of(key)), id.clone()),
            None => (None, None),
        };
        Ok::<_, ServiceError>(json!({
            "Name": job.bucket,
            "Prefix": encoding.of(&wanted.prefix),
            "KeyMarker": encoding.of(key_marker),
            "VersionIdMarker": id_marker,
            "NextKeyMarker": next_key,
            "NextVersionIdMarker": next_id,
            "MaxKeys": limit,
            "Delimiter": given(&wanted.delimiter, encoding),
            "EncodingType": encoding.name(),
            "IsTruncated": page.next.is_some(),
            "Version": objects,
            "DeleteMarker": markers,
            "CommonPrefixes": prefixes(&page.prefixes, encoding),
        }))
    })?;
    Ok(job.xml("ListVersionsResult", &value))
}

fn given(text: &str, encoding: Encoding) -> Option<String> {
    (!text.is_empty()).then(|| encoding.of(text))
}

fn prefixes(prefixes: &[String], encoding: Encoding) -> Vec<Value> {
    prefixes
        .iter()
        .map(|prefix| json!({"Prefix": encoding.of(prefix)}))
        .collect()
}

fn entry(key: &str, version: &Version, object: &Object, owner: Option<Value>) -> Value {
    json!({
        "Key": key,
        "LastModified": iso_date(version.modified),
        "ETag": format!("\"{}\"", object.etag),
        "ChecksumAlgorithm": object.checksum.algorithm.name(),
        "ChecksumType": "FULL_OBJECT",
        "Size": object.size,
        "StorageClass": "STANDARD",
        "Owner": owner,
    })
}

/// A continuation token: nobody reads it but [`opened`].
fn sealed(key: &str) -> String {
    format!("1{}", URL_SAFE_NO_PAD.encode(key))
}

fn opened(token: &str) -> ServiceResult<String> {
    token
        .strip_prefix('1')
        .and_then(|rest| URL_SAFE_NO_PAD.decode(rest).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            errors::invalid_argument(
                "continuation-token",
                token,
                "The continuation token provided is incorrect",
            )
        })
}
