//! Objects in the places where they are wanted.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use crate::engine::desired::Desired;
use crate::engine::error::EngineError;
use crate::engine::observe::{Observed, ObservedPlace, on};
use crate::engine::plan::ResourceKind;
use crate::engine::ports::{Bucket, Ports};
use crate::engine::values::Values;

/// What is in the places of objects, as far as it is known where they are.
pub(in crate::engine) async fn observe(
    ports: &Ports,
    desired: &Desired,
    observed: &Observed,
    values: &Values,
) -> Result<BTreeMap<String, ObservedPlace>, EngineError> {
    let owner = observed.identity.account.as_str();
    let objects = try_join_all(desired.objects.iter().map(|(name, object)| {
        let place = values.known(&object.bucket).zip(values.known(&object.key));
        async move {
            let Some((bucket, key)) = place else {
                return Ok(None);
            };
            let of = Bucket {
                name: &bucket,
                owner,
            };
            let object = ports.objects.head(of, &key).await;
            let object = object.map_err(on(ResourceKind::Object, name, "reading the object"))?;
            let place = ObservedPlace {
                bucket,
                key,
                object,
            };
            Ok::<_, EngineError>(Some((name.clone(), place)))
        }
    }));
    Ok(objects.await?.into_iter().flatten().collect())
}
