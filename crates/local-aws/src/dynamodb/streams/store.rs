//! The records of streams, read where dynoxide (pinned to one version) writes
//! them. Its own streams API takes records of an earlier table or stream of the
//! same name for this one's, knows no retention and searches all records at
//! every write; hence a second connection to the same database.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::names;
use crate::core::error::{ServiceError, ServiceResult};

/// How long records are kept (AWS docs, "Change data capture for DynamoDB
/// Streams"), in seconds.
const RETENTION: i64 = 24 * 60 * 60;

/// A table's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stream {
    /// The table.
    pub(super) table: String,
    /// Whether changes are still recorded.
    pub(super) enabled: bool,
    /// `StreamViewType`.
    pub(super) view: String,
    /// When it began, in microseconds of Unix time.
    pub(super) begin: i64,
    /// The table's key schema as JSON.
    pub(super) key_schema: String,
}

/// A stored record; images and keys are JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) event_id: String,
    pub(super) event_name: String,
    pub(super) keys: String,
    pub(super) new_image: Option<String>,
    pub(super) old_image: Option<String>,
    pub(super) number: i64,
    /// Unix time in seconds.
    pub(super) created: i64,
    /// Whether the service itself deleted the item, at the end of its time to live.
    pub(super) by_service: bool,
}

/// The second connection.
pub(in crate::dynamodb) struct Store(Mutex<Connection>);

impl Store {
    /// Opens the database that dynoxide has opened already.
    pub(in crate::dynamodb) fn open(path: &Path) -> Result<Self, rusqlite::Error> {
        let connection = Connection::open(path)?;
        // dynoxide looks for a table's highest sequence number at every write.
        connection.execute_batch(
            "CREATE INDEX IF NOT EXISTS stream_records_by_number
             ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
             CREATE INDEX IF NOT EXISTS stream_records_by_age ON _stream_records (created_at);",
        )?;
        Ok(Self(Mutex::new(connection)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the records that are past their retention.
    pub(in crate::dynamodb) fn trim(&self, now_seconds: i64) -> ServiceResult<()> {
        self.connection()
            .execute(
                "DELETE FROM _stream_records WHERE created_at < ?1",
                params![now_seconds.saturating_sub(RETENTION)],
            )
            .map(|_| ())
            .map_err(ServiceError::internal)
    }

    /// The streams of one table or all, by table.
    pub(super) fn streams(&self, table: Option<&str>) -> ServiceResult<Vec<Stream>> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(
                "SELECT table_name, stream_enabled, stream_view_type, stream_label, key_schema
                 FROM _tables WHERE stream_label IS NOT NULL AND (?1 IS NULL OR table_name = ?1)
                 ORDER BY table_name",
            )
            .map_err(ServiceError::internal)?;
        let read = |row: &Row<'_>| {
            let view: Option<String> = row.get(2)?;
            let label: String = row.get(3)?;
            Ok(Stream {
                table: row.get(0)?,
                enabled: row.get::<_, Option<i64>>(1)?.unwrap_or(0) != 0,
                view: view.unwrap_or_default(),
                begin: names::begin(&label).unwrap_or_default(),
                key_schema: row.get(4)?,
            })
        };
        let streams = statement
            .query_map(params![table], read)
            .and_then(Iterator::collect)
            .map_err(ServiceError::internal)?;
        Ok(streams)
    }

    /// The highest sequence number of a table's records.
    pub(super) fn last(&self, table: &str) -> ServiceResult<Option<i64>> {
        self.connection()
            .prepare_cached(
                "SELECT CAST(sequence_number AS INTEGER) FROM _stream_records
                 WHERE table_name = ?1 ORDER BY CAST(sequence_number AS INTEGER) DESC LIMIT 1",
            )
            .and_then(|mut statement| {
                statement
                    .query_row(params![table], |row| row.get(0))
                    .optional()
            })
            .map_err(ServiceError::internal)
    }

    /// The records of a table after a stored sequence number, in order.
    pub(super) fn after(
        &self,
        table: &str,
        number: i64,
        limit: usize,
    ) -> ServiceResult<Vec<Stored>> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(
                "SELECT event_id, event_name, keys_json, new_image, old_image,
                        CAST(sequence_number AS INTEGER), created_at, user_identity
                 FROM _stream_records
                 WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) > ?2
                 ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?3",
            )
            .map_err(ServiceError::internal)?;
        let read = |row: &Row<'_>| {
            Ok(Stored {
                event_id: row.get::<_, Option<String>>(0)?.unwrap_or_default(),
                event_name: row.get(1)?,
                keys: row.get(2)?,
                new_image: row.get(3)?,
                old_image: row.get(4)?,
                number: row.get(5)?,
                created: row.get(6)?,
                by_service: row.get::<_, Option<String>>(7)?.is_some(),
            })
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let records = statement
            .query_map(params![table, number, limit], read)
            .and_then(Iterator::collect)
            .map_err(ServiceError::internal)?;
        Ok(records)
    }
}

/// The stored sequence number that everything older than the retention is below:
/// stored numbers are microseconds of Unix time, or one more than the one before.
pub(super) fn horizon(now_microseconds: i64) -> i64 {
    now_microseconds.saturating_sub(RETENTION * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, dynoxide::Database, Store) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.sqlite");
        let database = dynoxide::Database::new(&path.to_string_lossy()).unwrap();
        let store = Store::open(&path).unwrap();
        (folder, database, store)
    }

    fn insert(store: &Store, table: &str, number: i64, created: i64) {
        store
            .connection()
            .execute(
                "INSERT INTO _stream_records
                 (table_name, event_name, keys_json, sequence_number, shard_id, created_at, event_id)
                 VALUES (?1, 'INSERT', '{}', ?2, 's', ?3, 'e')",
                params![table, number.to_string(), created],
            )
            .unwrap();
    }

    #[test]
    fn records_are_in_the_order_of_their_numbers() {
        let (_folder, _database, store) = store();
        for number in [9, 10, 100] {
            insert(&store, "t", number, 0);
        }
        insert(&store, "other", 50, 0);
        let numbers = |after, limit| -> Vec<i64> {
            let records = store.after("t", after, limit).unwrap();
            records.iter().map(|record| record.number).collect()
        };
        assert_eq!(numbers(0, 10), [9, 10, 100]);
        assert_eq!(numbers(9, 1), [10]);
        assert_eq!(store.last("t").unwrap(), Some(100));
        assert_eq!(store.last("absent").unwrap(), None);
    }

    #[test]
    fn records_live_a_day() {
        let (_folder, _database, store) = store();
        let now = 1_763_725_033;
        insert(&store, "t", 1, now - RETENTION - 1);
        insert(&store, "t", 2, now - RETENTION);
        store.trim(now).unwrap();
        let left = store.after("t", 0, 10).unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].number, 2);
    }

    /// The statements of dynoxide that would search all records.
    #[test]
    fn dynoxide_finds_the_last_number_by_the_index() {
        let (_folder, _database, store) = store();
        let plan: String = store
            .connection()
            .query_row(
                "EXPLAIN QUERY PLAN
                 SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1
                 FROM _stream_records WHERE table_name = 't'",
                [],
                |row| row.get(3),
            )
            .unwrap();
        assert!(plan.contains("stream_records_by_number"), "{plan}");
    }
}
