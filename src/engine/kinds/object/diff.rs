//! Objects: by the service's own checksum, and by what was noted at the upload. An
//! object that is not as it was uploaded is somebody else's work.

use std::collections::BTreeMap;

use super::wanted::parts;
use crate::engine::desired::{Desired, Object};
use crate::engine::diff::{Compared, digest_parts, with};
use crate::engine::drift::{Finding, is_foreign, is_replaced, object_content};
use crate::engine::error::EngineError;
use crate::engine::observe::Observed;
use crate::engine::plan::{Action, Change, ResourceId, ResourceKind};
use crate::engine::ports::ObservedObject;
use crate::engine::values::Values;

/// The changes of all objects.
pub(in crate::engine) fn diff(
    compared: &Compared<'_>,
    values: &Values,
) -> Result<Vec<Change>, EngineError> {
    let Compared {
        desired, observed, ..
    } = compared;
    let mut changes = Vec::new();
    for (name, object) in &desired.objects {
        let change = one(desired, observed, values, name, object)?;
        changes.push(with(change, parts(values, object)));
    }

    Ok(changes)
}

fn one(
    desired: &Desired,
    observed: &Observed,
    values: &Values,
    name: &str,
    object: &Object,
) -> Result<Change, EngineError> {
    let resource = ResourceId::new(ResourceKind::Object, name);
    let known = values.known(&object.bucket).zip(values.known(&object.key));
    let seen = observed.objects.get(name);
    let place = match (&known, seen) {
        (Some((bucket, key)), _) => place(bucket, key),
        _ => place(&values.shown(&object.bucket), &values.shown(&object.key)),
    };
    // What is in the place that was, when it is not known whether it will be the same.
    let there = seen
        .filter(|seen| {
            known
                .as_ref()
                .is_none_or(|(bucket, key)| (bucket, key) == (&seen.bucket, &seen.key))
        })
        .and_then(|seen| seen.object.as_ref());
    let mut change = compare(desired, &resource, &place, object, there)?;
    if known.is_none() && there.is_some() && change.action == Action::Keep {
        change.action = Action::Update;
        change.details = vec!["place known after apply".to_owned()];
    }
    Ok(change)
}

/// `s3://BUCKET/KEY`.
fn place(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}

/// What becomes of an object where this is there.
///
/// # Errors
/// [`EngineError::Taken`] by an object that belongs to another deployment.
pub(in crate::engine) fn compare(
    desired: &Desired,
    resource: &ResourceId,
    place: &str,
    object: &Object,
    there: Option<&ObservedObject>,
) -> Result<Change, EngineError> {
    let mut change = Change {
        resource: resource.clone(),
        physical: place.to_owned(),
        action: Action::Create,
        details: vec![format!("new, {}", bytes(object.content.len()))],
        wanted: Vec::new(),
        stack_changes: Vec::new(),
        irreversible: Vec::new(),
        desired: String::new(),
        observed: String::new(),
    };
    let Some(there) = there else {
        return Ok(change);
    };
    check_owner(desired, resource, place, &there.owner)?;
    change.observed = digest_parts([
        there.etag.as_str(),
        there.sha256.as_deref().unwrap_or_default(),
        there.uploaded.as_deref().unwrap_or_default(),
    ]);
    change.details.clear();
    let same = object_content(there) == Some(&object.sha256);
    if !same {
        let size = usize::try_from(there.size).unwrap_or(usize::MAX);
        change.details.push(if size == object.content.len() {
            "content".to_owned()
        } else {
            format!("content: {} → {}", bytes(size), bytes(object.content.len()))
        });
    } else if is_foreign(there) {
        // The same, but put there by somebody else: from now on it is known whose it is.
        change.details.push("metadata".to_owned());
    }
    if is_replaced(there, &object.sha256) {
        change.details.push("not what was uploaded last".to_owned());
        change.irreversible.push(Finding::Replaced.loss(place));
    }
    if there.content_type.as_ref() != Some(&object.content_type) {
        change.details.push(format!(
            "type: {} → {}",
            there.content_type.as_deref().unwrap_or("none"),
            object.content_type
        ));
    }
    change.action = if change.details.is_empty() {
        Action::Keep
    } else {
        Action::Update
    };
    Ok(change)
}

fn check_owner(
    desired: &Desired,
    resource: &ResourceId,
    place: &str,
    owner: &BTreeMap<String, String>,
) -> Result<(), EngineError> {
    // Nobody's objects are told apart by their content.
    if owner.is_empty() || desired.owns(owner) {
        return Ok(());
    }
    Err(EngineError::Taken {
        resource: resource.clone(),
        reason: format!(
            "{place} is there and {}; give this one another key",
            desired.owner(owner)
        ),
    })
}

fn bytes(count: usize) -> String {
    match count {
        1 => "1 byte".to_owned(),
        count => format!("{count} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::text::Text;

    fn object() -> Object {
        Object {
            bucket: Text::literal("b"),
            key: Text::literal("k"),
            content: std::sync::Arc::new(b"12345".to_vec()),
            origin: "o.json".to_owned(),
            sha256: "wanted".to_owned(),
            content_type: "application/json".to_owned(),
            numbers: Vec::new(),
        }
    }

    fn there(sha256: Option<&str>, uploaded: Option<&str>) -> ObservedObject {
        ObservedObject {
            etag: "\"e\"".to_owned(),
            size: 3,
            sha256: sha256.map(ToOwned::to_owned),
            uploaded: uploaded.map(ToOwned::to_owned),
            content_type: Some("application/json".to_owned()),
            owner: BTreeMap::new(),
        }
    }

    fn seen(there: Option<&ObservedObject>) -> (Action, String, bool) {
        let resource = ResourceId::new(ResourceKind::Object, "o");
        let change = compare(&Desired::default(), &resource, "s3://b/k", &object(), there).unwrap();
        (
            change.action,
            change.details.join(", "),
            !change.irreversible.is_empty(),
        )
    }

    #[test]
    fn what_is_there_decides_what_is_done() {
        let update = |details: &str, loses: bool| (Action::Update, details.to_owned(), loses);
        let keep = (Action::Keep, String::new(), false);
        let cases = [
            // Ours and as wanted; also without the service's checksum.
            (there(Some("wanted"), Some("wanted")), keep.clone()),
            (there(None, Some("wanted")), keep),
            // Ours and old.
            (
                there(Some("old"), Some("old")),
                update("content: 3 bytes → 5 bytes", false),
            ),
            (
                there(None, Some("old")),
                update("content: 3 bytes → 5 bytes", false),
            ),
            // Replaced by somebody: by what is wanted, or by something else.
            (there(Some("wanted"), None), update("metadata", false)),
            (
                there(Some("wanted"), Some("old")),
                update("metadata", false),
            ),
            (
                there(Some("other"), None),
                update(
                    "content: 3 bytes → 5 bytes, not what was uploaded last",
                    true,
                ),
            ),
            (
                there(Some("other"), Some("wanted")),
                update(
                    "content: 3 bytes → 5 bytes, not what was uploaded last",
                    true,
                ),
            ),
            (
                there(None, None),
                update(
                    "content: 3 bytes → 5 bytes, not what was uploaded last",
                    true,
                ),
            ),
        ];
        for (there, expected) in cases {
            assert_eq!(seen(Some(&there)), expected, "{there:?}");
            assert_eq!(is_replaced(&there, "wanted"), expected.2);
        }
        assert_eq!(
            seen(None),
            (Action::Create, "new, 5 bytes".to_owned(), false)
        );
    }

    #[test]
    fn another_type_is_a_change_and_another_owner_an_error() {
        let mut there = there(Some("wanted"), Some("wanted"));
        there.content_type = None;
        assert_eq!(seen(Some(&there)).1, "type: none → application/json");
        there.owner = BTreeMap::from([(
            crate::engine::desired::TAG_SOLUTION.to_owned(),
            "other".to_owned(),
        )]);
        let resource = ResourceId::new(ResourceKind::Object, "o");
        let taken = compare(
            &Desired::default(),
            &resource,
            "s3://b/k",
            &object(),
            Some(&there),
        );
        assert!(matches!(taken, Err(EngineError::Taken { .. })));
    }
}
