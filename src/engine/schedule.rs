//! Runs work in the order of its dependencies, independent pieces side by side.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{FuturesUnordered, StreamExt};

use super::error::EngineError;
use super::plan::ResourceId;

/// Runs `work` for every key of `waits`, each after the resources it waits for.
///
/// # Errors
/// The first failure: the one that others would only follow from. What runs
/// when it happens is waited for; nothing more is started.
pub(super) async fn run<'a, W>(
    mut waits: BTreeMap<&'a ResourceId, BTreeSet<&'a ResourceId>>,
    work: impl Fn(&'a ResourceId) -> W,
) -> Result<(), EngineError>
where
    W: Future<Output = Result<(), EngineError>>,
{
    let mut running = FuturesUnordered::new();
    let mut failure = None;
    loop {
        if failure.is_none() {
            let ready: Vec<&ResourceId> = waits
                .iter()
                .filter(|(_, others)| others.is_empty())
                .map(|(resource, _)| *resource)
                .collect();
            for resource in ready {
                waits.remove(resource);
                let piece = work(resource);
                running.push(async move { (resource, piece.await) });
            }
        }
        let Some((resource, outcome)) = running.next().await else {
            break;
        };
        match outcome {
            Ok(()) => waits.values_mut().for_each(|others| {
                others.remove(resource);
            }),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::engine::plan::ResourceKind;

    fn id(name: &str) -> ResourceId {
        ResourceId::new(ResourceKind::Stack, name)
    }

    #[tokio::test]
    async fn work_follows_its_dependencies_and_stops_at_the_first_failure() {
        let ids = [id("a"), id("b"), id("c"), id("d")];
        let waits = BTreeMap::from([
            (&ids[0], BTreeSet::new()),
            (&ids[1], BTreeSet::from([&ids[0]])),
            (&ids[2], BTreeSet::from([&ids[1]])),
            (&ids[3], BTreeSet::new()),
        ]);
        let done = Mutex::new(Vec::new());
        let outcome = run(waits, |resource| {
            done.lock().unwrap().push(resource.name.clone());
            async move {
                if resource.name == "b" {
                    return Err(EngineError::Refused {
                        reason: "b".to_owned(),
                    });
                }
                Ok(())
            }
        })
        .await;
        assert_eq!(outcome.unwrap_err().to_string(), "refused: b");
        assert_eq!(*done.lock().unwrap(), ["a", "d", "b"]);
    }
}
