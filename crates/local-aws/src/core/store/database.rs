//! The state in SQLite: a row a slice, a row a value of its collections, and one transaction
//! for what changed, so that a write costs what it writes and what is on disk is always one
//! moment.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use crate::core::state::{Changes, Saved, SavedRow};

/// Rises when a state of before can no longer be read.
pub(super) const FORMAT: u32 = 3;

/// Committed is written to the file of the journal, so that it survives the end of the process,
/// however it ends (SQLite docs, "PRAGMA synchronous"). The lock of the folder lets in one
/// process only: no index of the journal in a file that is shared.
const SETTINGS: &str = "
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
";

const SCHEMA: &str = "
CREATE TABLE region (name TEXT NOT NULL) STRICT;
CREATE TABLE slices (name TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE rows (
    slice TEXT NOT NULL,
    collection TEXT NOT NULL,
    key TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (slice, collection, key)
) STRICT, WITHOUT ROWID;
";

/// Why a database cannot be used.
#[derive(Debug)]
pub(super) enum Refused {
    /// It is of another version of this program.
    Format(u32),
    /// It is of another Region.
    Region(String),
    /// It is no database of a state, or the disk refuses.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// An open database of a state.
#[derive(Debug)]
pub(super) struct Database(Connection);

impl Database {
    /// Opens the database in a file, which may be empty.
    pub(super) fn open(file: &Path, region: &str) -> Result<Self, Refused> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(file, flags)?;
        connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
        connection.set_prepared_statement_cache_capacity(16);
        let format = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if format != FORMAT {
            let tables: u32 =
                connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            if format != 0 || tables != 0 {
                return Err(Refused::Format(format));
            }
        }
        connection.execute_batch(SETTINGS)?;
        if format != FORMAT {
            let transaction = connection.transaction()?;
            transaction.execute_batch(SCHEMA)?;
            transaction.execute("INSERT INTO region VALUES (?1)", [region])?;
            transaction.pragma_update(None, "user_version", FORMAT)?;
            transaction.commit()?;
        }
        let stored: Option<String> = connection
            .query_row("SELECT name FROM region", [], |row| row.get(0))
            .optional()?;
        match stored {
            Some(stored) if stored != region => Err(Refused::Region(stored)),
            _ => Ok(Self(connection)),
        }
    }

    /// Everything that was saved.
    pub(super) fn load(&self) -> rusqlite::Result<Saved> {
        let mut slices = self.0.prepare("SELECT name, json FROM slices")?;
        let slices = slices.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut rows = self
            .0
            .prepare("SELECT slice, collection, key, json FROM rows")?;
        let rows = rows.query_map([], |row| {
            Ok(SavedRow {
                slice: row.get(0)?,
                collection: row.get(1)?,
                key: row.get(2)?,
                json: row.get(3)?,
            })
        })?;
        Ok(Saved {
            slices: slices.collect::<rusqlite::Result<_>>()?,
            rows: rows.collect::<rusqlite::Result<_>>()?,
        })
    }

    /// Saves what changed, all of it or nothing.
    pub(super) fn save(&mut self, changes: &Changes) -> rusqlite::Result<()> {
        let transaction = self.0.transaction()?;
        for (name, json) in &changes.slices {
            transaction
                .prepare_cached("INSERT OR REPLACE INTO slices VALUES (?1, ?2)")?
                .execute(params![name, json])?;
        }
        for (slice, collection) in &changes.gone {
            transaction
                .prepare_cached("DELETE FROM rows WHERE slice = ?1 AND collection = ?2")?
                .execute(params![slice, collection])?;
        }
        for row in &changes.rows {
            match &row.json {
                Some(json) => transaction
                    .prepare_cached("INSERT OR REPLACE INTO rows VALUES (?1, ?2, ?3, ?4)")?
                    .execute(params![row.slice, row.collection, row.key, json])?,
                None => transaction
                    .prepare_cached(
                        "DELETE FROM rows WHERE slice = ?1 AND collection = ?2 AND key = ?3",
                    )?
                    .execute(params![row.slice, row.collection, row.key])?,
            };
        }
        transaction.commit()
    }
}
