//! Writing, deleting and finding versions, as the bucket's versioning has it (AWS docs,
//! "How S3 Versioning works"). Pure: what is no longer needed on disk is answered.

use jiff::Timestamp;

use super::errors;
use super::names::NULL_VERSION;
use super::state::{Bucket, Object, Version, Versioning};
use crate::core::error::ServiceResult;

/// What a write did.
#[derive(Debug, Default, PartialEq)]
pub struct Written {
    /// The version's id, where the bucket has versioning.
    pub version_id: Option<String>,
    /// Files of bytes that nothing refers to any more.
    pub obsolete: Vec<String>,
}

/// Writes an object. `id` is the version's id, should it need one.
pub fn put(bucket: &mut Bucket, key: &str, object: Object, id: String, now: Timestamp) -> Written {
    push(bucket, key, Some(object), id, now)
}

fn push(
    bucket: &mut Bucket,
    key: &str,
    object: Option<Object>,
    id: String,
    now: Timestamp,
) -> Written {
    let versioning = bucket.versioning;
    let versions = bucket.objects.get_or_default(key);
    let id = match versioning {
        Some(Versioning::Enabled) => id,
        Some(Versioning::Suspended) | None => NULL_VERSION.to_owned(),
    };
    let mut obsolete = Vec::new();
    versions.retain(|version| {
        if version.id == id {
            obsolete.extend(version.object.as_ref().map(|object| object.blob.clone()));
        }
        version.id != id
    });
    versions.push(Version {
        id: id.clone(),
        modified: now,
        object,
    });
    Written {
        version_id: versioning.map(|_| id),
        obsolete,
    }
}

/// What a deletion did.
#[derive(Debug, Default, PartialEq)]
pub struct Deleted {
    /// Whether a delete marker was made or removed.
    pub delete_marker: bool,
    /// The version made or removed, where the bucket has versioning or one was named.
    pub version_id: Option<String>,
    /// Files of bytes that nothing refers to any more.
    pub obsolete: Vec<String>,
}

/// Deletes an object: one version for good, or, with no version named, the object, of which
/// versioning may keep the versions. What is not there is deleted too, as on AWS.
pub fn delete(
    bucket: &mut Bucket,
    key: &str,
    version_id: Option<&str>,
    marker_id: String,
    now: Timestamp,
) -> Deleted {
    if let Some(id) = version_id {
        return Deleted {
            version_id: Some(id.to_owned()),
            ..remove(bucket, key, id)
        };
    }
    match bucket.versioning {
        None => Deleted {
            delete_marker: false,
            version_id: None,
            ..remove(bucket, key, NULL_VERSION)
        },
        Some(_) => {
            let written = push(bucket, key, None, marker_id, now);
            Deleted {
                delete_marker: true,
                version_id: written.version_id,
                obsolete: written.obsolete,
            }
        }
    }
}

fn remove(bucket: &mut Bucket, key: &str, id: &str) -> Deleted {
    let mut deleted = Deleted::default();
    let Some(versions) = bucket.objects.get_mut(key) else {
        return deleted;
    };
    versions.retain(|version| {
        if version.id != id {
            return true;
        }
        match &version.object {
            Some(object) => deleted.obsolete.push(object.blob.clone()),
            None => deleted.delete_marker = true,
        }
        false
    });
    if versions.is_empty() {
        bucket.objects.remove(key);
    }
    deleted
}

/// What a key and a version's id, if given, mean.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// An object.
    Object(Version, Object),
    /// A delete marker.
    Marker(Version),
}

/// Finds a version, the current one when none is named.
///
/// # Errors
/// `NoSuchKey`, `NoSuchVersion`.
pub fn find(bucket: &Bucket, key: &str, version_id: Option<&str>) -> ServiceResult<Found> {
    let version = match version_id {
        None => bucket.latest(key).ok_or_else(|| errors::no_such_key(key)),
        Some(id) => bucket
            .objects
            .get(key)
            .and_then(|versions| versions.iter().find(|version| version.id == id))
            .ok_or_else(|| errors::no_such_version(key, id)),
    }?;
    Ok(match &version.object {
        Some(object) => Found::Object(version.clone(), object.clone()),
        None => Found::Marker(version.clone()),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::super::checksums::Algorithm;
    use super::*;
    use proptest::prelude::*;

    pub(in super::super) fn object(blob: &str) -> Object {
        Object {
            blob: blob.to_owned(),
            size: 1,
            etag: format!("etag-{blob}"),
            checksum: Algorithm::Crc32.of(blob.as_bytes()),
            headers: BTreeMap::new(),
            metadata: BTreeMap::new(),
            tags: BTreeMap::new(),
        }
    }

    fn now() -> Timestamp {
        "2026-01-31T12:00:00Z".parse().unwrap()
    }

    fn bucket(versioning: Option<Versioning>) -> Bucket {
        Bucket {
            versioning,
            ..Bucket::new("b", "f".to_owned(), now())
        }
    }

    fn write(bucket: &mut Bucket, blob: &str) -> Written {
        put(bucket, "k", object(blob), format!("v{blob}"), now())
    }

    fn erase(bucket: &mut Bucket, version: Option<&str>) -> Deleted {
        delete(bucket, "k", version, "marker".to_owned(), now())
    }

    fn blob(bucket: &Bucket, version: Option<&str>) -> String {
        match find(bucket, "k", version) {
            Ok(Found::Object(_, object)) => object.blob,
            Ok(Found::Marker(version)) => format!("marker {}", version.id),
            Err(error) => error.code.into_owned(),
        }
    }

    #[test]
    fn without_versioning_a_write_replaces_and_a_deletion_removes() {
        let mut bucket = bucket(None);
        assert_eq!(write(&mut bucket, "1"), Written::default());
        let second = write(&mut bucket, "2");
        assert_eq!(
            (second.version_id, second.obsolete),
            (None, vec!["1".to_owned()])
        );
        assert_eq!(blob(&bucket, None), "2");
        assert_eq!(blob(&bucket, Some("null")), "2");
        assert_eq!(blob(&bucket, Some("v2")), "NoSuchVersion");
        let gone = erase(&mut bucket, None);
        assert_eq!(gone.obsolete, ["2"]);
        assert_eq!((gone.delete_marker, gone.version_id), (false, None));
        assert!(bucket.objects.is_empty());
        assert_eq!(erase(&mut bucket, None), Deleted::default());
    }

    #[test]
    fn with_versioning_everything_stays_until_its_version_is_named() {
        let mut bucket = bucket(Some(Versioning::Enabled));
        assert_eq!(write(&mut bucket, "1").version_id.as_deref(), Some("v1"));
        write(&mut bucket, "2");
        let marked = erase(&mut bucket, None);
        assert!(marked.delete_marker && marked.obsolete.is_empty());
        assert_eq!(blob(&bucket, None), "marker marker");
        assert_eq!(blob(&bucket, Some("v1")), "1");
        let unmarked = erase(&mut bucket, Some("marker"));
        assert!(unmarked.delete_marker && unmarked.obsolete.is_empty());
        assert_eq!(blob(&bucket, None), "2");
        assert_eq!(erase(&mut bucket, Some("v2")).obsolete, ["2"]);
        assert_eq!(blob(&bucket, None), "1");
        assert_eq!(erase(&mut bucket, Some("v1")).obsolete, ["1"]);
        assert!(bucket.objects.is_empty());
        assert!(erase(&mut bucket, Some("v1")).obsolete.is_empty());
    }

    #[test]
    fn suspended_versioning_replaces_the_null_version_and_keeps_the_others() {
        let mut bucket = bucket(None);
        write(&mut bucket, "0");
        bucket.versioning = Some(Versioning::Enabled);
        write(&mut bucket, "1");
        bucket.versioning = Some(Versioning::Suspended);
        let written = write(&mut bucket, "2");
        assert_eq!(written.version_id.as_deref(), Some("null"));
        assert_eq!(written.obsolete, ["0"]);
        assert_eq!(blob(&bucket, Some("v1")), "1");
        let marked = erase(&mut bucket, None);
        assert_eq!(marked.version_id.as_deref(), Some("null"));
        assert_eq!(marked.obsolete, ["2"]);
        assert_eq!(blob(&bucket, None), "marker null");
        assert_eq!(blob(&bucket, Some("v1")), "1");
    }

    proptest! {
        /// Whatever is done, a file is referred to exactly until it is told obsolete.
        #[test]
        fn no_bytes_are_lost_nor_left_behind(steps in prop::collection::vec((0..5_u8, 0..3_usize), 0..40)) {
            let mut bucket = bucket(None);
            let mut kept = std::collections::BTreeSet::new();
            for (count, (step, which)) in steps.into_iter().enumerate() {
                let obsolete = match step {
                    0 | 1 => {
                        kept.insert(count.to_string());
                        write(&mut bucket, &count.to_string()).obsolete
                    }
                    2 => delete(&mut bucket, "k", None, format!("m{count}"), now()).obsolete,
                    3 => {
                        let id = bucket.objects.get("k").and_then(|all| all.get(which)).map(|one| one.id.clone());
                        match id {
                            Some(id) => erase(&mut bucket, Some(&id)).obsolete,
                            None => Vec::new(),
                        }
                    }
                    _ => {
                        bucket.versioning = Some([Versioning::Enabled, Versioning::Suspended][which % 2]);
                        Vec::new()
                    }
                };
                for blob in obsolete {
                    prop_assert!(kept.remove(&blob), "{blob} was told twice");
                }
                let referred: std::collections::BTreeSet<String> = bucket
                    .objects
                    .values()
                    .flatten()
                    .filter_map(|version| Some(version.object.as_ref()?.blob.clone()))
                    .collect();
                prop_assert_eq!(&referred, &kept);
                prop_assert!(bucket.objects.values().all(|versions| !versions.is_empty()));
            }
        }
    }
}
