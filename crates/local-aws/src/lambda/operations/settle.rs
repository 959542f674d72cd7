//! What goes on after a function was created or updated: its package is
//! unpacked, and then it is active.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::core::world::World;
use crate::lambda::configuration::Status;
use crate::lambda::functions;

/// Unpacks the package of a function in the background.
pub(super) fn later(world: &Arc<World>, name: String, sha256: String) {
    let owned = Arc::clone(world);
    world.spawn(async move { settle(&owned, &name, &sha256).await });
}

async fn settle(world: &Arc<World>, name: &str, sha256: &str) {
    let packages = world.handle::<crate::lambda::Packages>().clone();
    let hash = sha256.to_owned();
    let unpacked = match tokio::task::spawn_blocking(move || packages.unpack(&hash)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, function = name, "the package cannot be unpacked");
            false
        }
        Err(error) => {
            tracing::error!(%error, function = name, "unpacking was cut off");
            false
        }
    };
    let done: Result<(), std::convert::Infallible> = world.write(|state| {
        // Deleted in the meantime, perhaps.
        if let Some(function) = state
            .of_mut::<crate::lambda::State>()
            .functions
            .get_mut(name)
        {
            functions::settle(function, sha256, unpacked, || world.ids.uuid());
        }
        Ok(())
    });
    let Ok(()) = done;
    retire(world);
    if let Err(error) = world.flush() {
        tracing::error!(%error, function = name, "the state could not be saved");
    }
}

/// Ends the waiting environments of what is no more.
pub(super) fn retire(world: &World) {
    let generations: BTreeSet<String> = world.read(|state| {
        state
            .of::<crate::lambda::State>()
            .functions
            .values()
            .flat_map(|function| function.all_versions())
            .map(|version| version.generation.clone())
            .collect()
    });
    world
        .handle::<crate::lambda::Functions>()
        .retire(|generation| generations.contains(generation));
}

/// Goes on with the functions whose package the process before did not unpack,
/// and removes the packages of functions that are no more.
pub fn resume(world: &Arc<World>) {
    let (pending, in_use): (Vec<(String, String)>, BTreeSet<String>) = world.read(|state| {
        let pending = state
            .of::<crate::lambda::State>()
            .functions
            .iter()
            .flat_map(|(name, function)| {
                function
                    .all_versions()
                    .filter(|version| matches!(version.status, Status::Creating | Status::Updating))
                    .map(|version| (name.clone(), version.configuration.code.sha256.clone()))
            });
        (
            pending.collect(),
            state
                .of::<crate::lambda::State>()
                .code_in_use()
                .map(str::to_owned)
                .collect(),
        )
    });
    if let Err(error) = world
        .handle::<crate::lambda::Packages>()
        .sweep(&|sha256| in_use.contains(sha256))
    {
        tracing::warn!(%error, "the packages of deleted functions could not be removed");
    }
    for (name, sha256) in pending {
        later(world, name, sha256);
    }
}
