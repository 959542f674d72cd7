//! A seed: items whose key the table lacks are written, several at once. An item
//! that is there stays as it is, also when it came a moment ago.

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::engine::apply::Work;
use crate::engine::error::EngineError;
use crate::engine::item::{Item, KeyAttribute, check_keys};
use crate::engine::plan::Change;
use crate::engine::ports::Progress as _;

/// Items on their way at once.
const AT_ONCE: usize = 16;
/// A note after so many items.
const NOTE_EVERY: usize = 100;

pub(in crate::engine) async fn apply(
    work: &Work<'_>,
    change: &Change,
) -> Result<String, EngineError> {
    let name = &change.resource.name;
    let Some(seed) = work.prepared.desired.seeds.get(name) else {
        return Ok(String::new());
    };
    let table = work.values().resolve(&change.resource, &seed.table)?;
    let seen = work
        .prepared
        .observed
        .seeds
        .get(name)
        .filter(|seen| seen.table == table);
    let key = match seen {
        Some(seen) => seen.key.clone(),
        None => work.table_key(change, &table).await?,
    };
    let items: Vec<&Item> = seed.items.iter().map(|item| &item.attributes).collect();
    check_keys(items.iter().copied(), &key).map_err(|problem| EngineError::Item {
        resource: change.resource.clone(),
        problem,
    })?;
    let lacking: Vec<&Item> = items
        .iter()
        .enumerate()
        .filter(|(index, _)| {
            let present = seen.and_then(|seen| seen.present.as_ref().ok());
            present.is_none_or(|present| present.get(*index) != Some(&true))
        })
        .map(|(_, item)| *item)
        .collect();
    let written = work.write_items(change, &table, &key, &lacking).await?;
    let there = items.len() - written;
    Ok(match there {
        0 => format!("{written} written"),
        _ => format!("{written} written, {there} were there"),
    })
}

impl Work<'_> {
    async fn table_key(
        &self,
        change: &Change,
        table: &str,
    ) -> Result<Vec<KeyAttribute>, EngineError> {
        let key = self.ports.tables.key(table).await;
        key.map_err(self.failed(change, "reading the table"))?
            .ok_or_else(|| EngineError::State {
                resource: change.resource.clone(),
                reason: format!("there is no table {table}"),
            })
    }

    async fn write_items(
        &self,
        change: &Change,
        table: &str,
        key: &[KeyAttribute],
        items: &[&Item],
    ) -> Result<usize, EngineError> {
        let notes = self.notes(change);
        let mut answers = stream::iter(items)
            .map(|item| self.ports.tables.put_new(table, key, item))
            .buffer_unordered(AT_ONCE)
            .enumerate()
            .map(|(count, answer)| answer.map(|written| (count + 1, written)));
        let mut written = 0;
        while let Some((count, is_written)) = answers
            .try_next()
            .await
            .map_err(self.failed(change, "writing an item"))?
        {
            written += usize::from(is_written);
            if count % NOTE_EVERY == 0 && count < items.len() {
                notes.note(&format!("{count} of {} items", items.len()));
            }
        }
        Ok(written)
    }
}
