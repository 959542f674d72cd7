//! The tables of seeds, and which of the items they have.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use crate::engine::desired::{Desired, Seed};
use crate::engine::error::EngineError;
use crate::engine::item::{self, Item};
use crate::engine::observe::{ObservedSeed, on};
use crate::engine::plan::ResourceKind;
use crate::engine::ports::Ports;
use crate::engine::values::Values;

/// The tables of seeds that exist, by the seed's name, as far as it is known which.
pub(in crate::engine) async fn observe(
    ports: &Ports,
    desired: &Desired,
    values: &Values,
) -> Result<BTreeMap<String, ObservedSeed>, EngineError> {
    let seeds = try_join_all(desired.seeds.iter().map(|(name, seed)| {
        let table = values.known(&seed.table);
        async move {
            let seed = match table {
                Some(table) => observed_seed(ports, name, seed, table).await?,
                None => None,
            };
            Ok::<_, EngineError>(seed.map(|seed| (name.clone(), seed)))
        }
    }));
    Ok(seeds.await?.into_iter().flatten().collect())
}

async fn observed_seed(
    ports: &Ports,
    name: &str,
    seed: &Seed,
    table: String,
) -> Result<Option<ObservedSeed>, EngineError> {
    let key = ports.tables.key(&table).await;
    let key = key.map_err(on(ResourceKind::Seed, name, "reading the table"))?;
    let Some(key) = key else {
        return Ok(None);
    };
    let items = || seed.items.iter().map(|item| &item.attributes);
    let present = match item::check_keys(items(), &key) {
        Ok(()) => {
            let keys: Vec<Item> = items().map(|one| item::key_of(one, &key)).collect();
            let present = ports.tables.present(&table, &key, &keys).await;
            Ok(present.map_err(on(ResourceKind::Seed, name, "reading the items"))?)
        }
        Err(problem) => Err(problem),
    };
    Ok(Some(ObservedSeed {
        table,
        key,
        present,
    }))
}
