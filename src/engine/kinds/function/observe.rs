//! Functions as they are.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use crate::engine::desired::Desired;
use crate::engine::error::EngineError;
use crate::engine::observe::on;
use crate::engine::plan::ResourceKind;
use crate::engine::ports::{ObservedFunction, Ports};

/// The functions that exist, by their name in the manifest.
pub(in crate::engine) async fn observe(
    ports: &Ports,
    desired: &Desired,
) -> Result<BTreeMap<String, ObservedFunction>, EngineError> {
    let functions = try_join_all(desired.functions.iter().map(|(name, function)| async move {
        let observed = ports.functions.describe(&function.physical).await;
        observed
            .map(|function| function.map(|function| (name.clone(), function)))
            .map_err(on(ResourceKind::Function, name, "reading the function"))
    }));
    Ok(functions.await?.into_iter().flatten().collect())
}
