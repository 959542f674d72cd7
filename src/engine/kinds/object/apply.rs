//! An object: put where nothing is, or in the place of exactly what was seen.

use super::diff::compare;
use crate::engine::apply::Work;
use crate::engine::desired::Object;
use crate::engine::error::{EngineError, FailureKind};
use crate::engine::plan::{Action, Change};
use crate::engine::ports::{Bucket, ObjectInput, ObservedObject};
use crate::engine::prepare::check_permits;

pub(in crate::engine) async fn apply(
    work: &Work<'_>,
    change: &Change,
) -> Result<String, EngineError> {
    let name = &change.resource.name;
    let desired = &work.prepared.desired;
    let Some(object) = desired.objects.get(name) else {
        return Ok(String::new());
    };
    let values = work.values();
    let bucket = values.resolve(&change.resource, &object.bucket)?;
    let key = values.resolve(&change.resource, &object.key)?;
    let seen = work
        .prepared
        .observed
        .objects
        .get(name)
        .filter(|seen| (&seen.bucket, &seen.key) == (&bucket, &key));
    let there = match seen {
        Some(seen) => seen.object.clone(),
        // The plan could not know the place.
        None => work.head(change, &bucket, &key).await?,
    };
    let place = format!("s3://{bucket}/{key}");
    let now = compare(desired, &change.resource, &place, object, there.as_ref())?;
    check_permits(&now, work.permits)?;
    if now.action == Action::Keep {
        return Ok("unchanged after all".to_owned());
    }
    let input = ObjectInput {
        bucket,
        bucket_owner: work.prepared.observed.identity.account.clone(),
        key,
        content: object.content.clone(),
        sha256: object.sha256.clone(),
        content_type: object.content_type.clone(),
        owner: desired.tags(),
        replaces: there.map(|there| there.etag),
    };
    work.put(change, object, &input).await?;
    Ok(format!("{} bytes", object.content.len()))
}

impl Work<'_> {
    async fn head(
        &self,
        change: &Change,
        bucket: &str,
        key: &str,
    ) -> Result<Option<ObservedObject>, EngineError> {
        let bucket = Bucket {
            name: bucket,
            owner: &self.prepared.observed.identity.account,
        };
        let head = self.ports.objects.head(bucket, key).await;
        head.map_err(self.failed(change, "reading the object"))
    }

    async fn put(
        &self,
        change: &Change,
        object: &Object,
        input: &ObjectInput,
    ) -> Result<(), EngineError> {
        let failure = match self.ports.objects.put(input).await {
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        let is_gone = input.replaces.is_some() && failure.kind == FailureKind::NotFound;
        if failure.kind != FailureKind::Conflict && !is_gone {
            return Err(self.failed(change, "uploading the object")(failure));
        }
        // Perhaps it is our own: an answer that got lost, and the same request again.
        let there = self.head(change, &input.bucket, &input.key).await?;
        let is_done = there.is_some_and(|there| {
            there.uploaded.as_ref() == Some(&object.sha256)
                && there.sha256.is_none_or(|sha256| sha256 == object.sha256)
                && there.content_type.as_ref() == Some(&object.content_type)
        });
        if is_done {
            return Ok(());
        }
        Err(EngineError::Superseded {
            reason: format!("s3://{}/{} changed while this ran", input.bucket, input.key),
        })
    }
}
