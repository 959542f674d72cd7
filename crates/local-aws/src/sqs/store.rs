//! The messages: a SQLite database of their own, so that a burst of them does not rewrite the
//! state of everything, and so that they outlive a restart.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use tokio::sync::watch;

use super::message::{Attributes, Message};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::ports::Ids;

const SCHEMA: &str = "
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS messages (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    attributes TEXT NOT NULL,
    system_attributes TEXT NOT NULL,
    sender TEXT NOT NULL,
    sent INTEGER NOT NULL,
    visible INTEGER NOT NULL,
    received INTEGER NOT NULL DEFAULT 0,
    first_received INTEGER,
    receipt TEXT,
    origin TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS by_visibility ON messages (queue, visible);
";

/// The most messages that may be received and not deleted at a time (AWS docs, "Amazon SQS
/// message quotas").
const IN_FLIGHT: u64 = 120_000;

/// Times are milliseconds since 1970 throughout.
pub struct Messages {
    path: PathBuf,
    connection: Mutex<Option<Connection>>,
    arrived: watch::Sender<()>,
}

/// How many messages a queue has.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Can be received.
    pub visible: u64,
    /// Received and not deleted.
    pub in_flight: u64,
    /// Held back since they were sent.
    pub delayed: u64,
}

/// A message that is received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What `SendMessage` answered.
    pub id: String,
    /// What deletes it.
    pub receipt: String,
    /// The body.
    pub body: String,
    /// Its attributes.
    pub attributes: Attributes,
    /// Those of the system that were sent with it.
    pub system_attributes: Attributes,
    /// Who sent it.
    pub sender: String,
    /// When it was sent.
    pub sent: i64,
    /// How often it was received, this time included.
    pub count: u64,
    /// When it was first received.
    pub first_received: i64,
    /// ARN of the queue that it failed in, in a dead-letter queue.
    pub origin: Option<String>,
}

/// What is received from where.
#[derive(Debug, Clone, Copy)]
pub struct Receive<'a> {
    /// The queue's id.
    pub queue: &'a str,
    /// The queue's ARN.
    pub queue_arn: &'a str,
    /// How long messages are kept.
    pub retention: i64,
    /// Id of the dead-letter queue, and how often a message is received before it goes there.
    pub dead_letters: Option<(&'a str, u32)>,
    /// At most so many.
    pub limit: u64,
    /// Hidden for so long.
    pub hidden: i64,
    /// Now.
    pub now: i64,
}

/// Why a message is not found by its receipt handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// It is gone, or was received again since.
    Gone,
    /// It is visible again.
    NotInFlight,
}

impl Messages {
    /// Those in a folder, which need not exist; opened when first needed.
    pub(crate) fn of(folder: &Path) -> Self {
        Self {
            path: folder.join("messages.sqlite"),
            connection: Mutex::new(None),
            arrived: watch::channel(()).0,
        }
    }

    /// Tells when a message was sent to any queue.
    pub fn arrivals(&self) -> watch::Receiver<()> {
        self.arrived.subscribe()
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> ServiceResult<T> {
        let mut guard = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let connection = match guard.as_mut() {
            Some(connection) => connection,
            None => guard.insert(open(&self.path)?),
        };
        let transaction = connection.transaction().map_err(ServiceError::internal)?;
        let done = work(&transaction).map_err(ServiceError::internal)?;
        transaction.commit().map_err(ServiceError::internal)?;
        Ok(done)
    }

    /// Takes messages in, all or none, under ids that it answers.
    ///
    /// # Errors
    /// `InternalFailure` when the database fails, as of every function here.
    pub fn send(
        &self,
        queue: &str,
        messages: &[(Message, i64)],
        sender: &str,
        ids: &Ids,
        now: i64,
    ) -> ServiceResult<Vec<String>> {
        let mut rows = Vec::new();
        for (message, delay) in messages {
            rows.push((
                ids.uuid(),
                message,
                to_json(&message.attributes)?,
                to_json(&message.system_attributes)?,
                now + delay * 1000,
            ));
        }
        self.with(|transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO messages (queue, id, body, attributes, system_attributes, sender, sent, visible)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?;
            for (id, message, attributes, system, visible) in &rows {
                insert.execute(params![
                    queue, id, message.body, attributes, system, sender, now, visible
                ])?;
            }
            Ok(())
        })?;
        self.arrived.send_replace(());
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Receives messages, oldest first; those that were received too often go to the
    /// dead-letter queue instead.
    ///
    /// # Errors
    /// `OverLimit` when too many are in flight.
    pub fn receive(&self, from: &Receive<'_>, ids: &Ids) -> ServiceResult<Vec<Received>> {
        let in_flight = self.counts(from.queue, from.retention, from.now)?.in_flight;
        if in_flight >= IN_FLIGHT {
            return Err(ServiceError::new(
                400,
                "OverLimit",
                format!("Too many messages in flight: {in_flight}."),
            ));
        }
        let buried = self.bury(from)?;
        if buried > 0 {
            self.arrived.send_replace(());
        }
        let rows = self.with(|transaction| {
            let mut select = transaction.prepare_cached(
                "SELECT sequence, id, body, attributes, system_attributes, sender, sent, received,
                        first_received, origin
                 FROM messages WHERE queue = ?1 AND visible <= ?2 ORDER BY sequence LIMIT ?3",
            )?;
            let rows: Vec<(i64, Received, String, String)> = select
                .query_map(params![from.queue, from.now, from.limit], |row| {
                    let id: String = row.get(1)?;
                    let received = Received {
                        receipt: handle(from.queue, &id, &ids.uuid()),
                        id,
                        body: row.get(2)?,
                        attributes: Attributes::new(),
                        system_attributes: Attributes::new(),
                        sender: row.get(5)?,
                        sent: row.get(6)?,
                        count: row.get::<_, u64>(7)? + 1,
                        first_received: row.get::<_, Option<i64>>(8)?.unwrap_or(from.now),
                        origin: row.get(9)?,
                    };
                    Ok((row.get(0)?, received, row.get(3)?, row.get(4)?))
                })?
                .collect::<Result<_, _>>()?;
            let mut hide = transaction.prepare_cached(
                "UPDATE messages SET visible = ?2, received = ?3, first_received = ?4, receipt = ?5
                 WHERE sequence = ?1",
            )?;
            for (sequence, received, ..) in &rows {
                hide.execute(params![
                    sequence,
                    from.now + from.hidden,
                    received.count,
                    received.first_received,
                    received.receipt
                ])?;
            }
            Ok(rows)
        })?;
        rows.into_iter()
            .map(|(_, received, attributes, system)| {
                Ok(Received {
                    attributes: from_json(&attributes)?,
                    system_attributes: from_json(&system)?,
                    ..received
                })
            })
            .collect()
    }

    /// Moves what was received too often; tells how many.
    fn bury(&self, from: &Receive<'_>) -> ServiceResult<usize> {
        let Some((target, most)) = from.dead_letters else {
            return Ok(0);
        };
        self.with(|transaction| {
            transaction.execute(
                "UPDATE messages SET queue = ?1, origin = ?2, visible = ?3, received = 0,
                        first_received = NULL, receipt = NULL
                 WHERE queue = ?4 AND visible <= ?3 AND received >= ?5",
                params![target, from.queue_arn, from.now, from.queue, most],
            )
        })
    }

    /// When the next message that is hidden now can be received.
    ///
    /// # Errors
    /// See [`Messages::send`].
    pub fn next_visible(&self, queue: &str, now: i64) -> ServiceResult<Option<i64>> {
        self.with(|transaction| {
            transaction.query_row(
                "SELECT MIN(visible) FROM messages WHERE queue = ?1 AND visible > ?2",
                params![queue, now],
                |row| row.get(0),
            )
        })
    }

    /// Deletes a message by the handle of its last receipt. With an older handle AWS may keep
    /// a message or delete it, and tells of success; here it is kept.
    ///
    /// # Errors
    /// `ReceiptHandleIsInvalid` for what is no handle of this queue.
    pub fn delete(&self, queue: &str, receipt: &str) -> ServiceResult<()> {
        check_handle(queue, receipt)?;
        self.with(|transaction| {
            transaction.execute(
                "DELETE FROM messages WHERE queue = ?1 AND receipt = ?2",
                params![queue, receipt],
            )
        })?;
        Ok(())
    }

    /// Hides a message for so long from now.
    ///
    /// # Errors
    /// `ReceiptHandleIsInvalid` for what is no handle of this queue.
    pub fn hide(
        &self,
        queue: &str,
        receipt: &str,
        hidden: i64,
        now: i64,
    ) -> ServiceResult<Result<(), Lost>> {
        check_handle(queue, receipt)?;
        let outcome = self.with(|transaction| {
            let visible: Option<i64> = transaction
                .query_row(
                    "SELECT visible FROM messages WHERE queue = ?1 AND receipt = ?2",
                    params![queue, receipt],
                    |row| row.get(0),
                )
                .optional()?;
            match visible {
                None => Ok(Err(Lost::Gone)),
                Some(visible) if visible <= now => Ok(Err(Lost::NotInFlight)),
                Some(_) => {
                    transaction.execute(
                        "UPDATE messages SET visible = ?3 WHERE queue = ?1 AND receipt = ?2",
                        params![queue, receipt, now + hidden],
                    )?;
                    Ok(Ok(()))
                }
            }
        })?;
        self.arrived.send_replace(());
        Ok(outcome)
    }

    /// Deletes all messages of a queue.
    ///
    /// # Errors
    /// See [`Messages::send`].
    pub fn purge(&self, queue: &str) -> ServiceResult<()> {
        self.with(|transaction| {
            transaction.execute("DELETE FROM messages WHERE queue = ?1", params![queue])
        })?;
        Ok(())
    }

    /// How many messages a queue has, without those that are kept too long already.
    ///
    /// # Errors
    /// See [`Messages::send`].
    pub fn counts(&self, queue: &str, retention: i64, now: i64) -> ServiceResult<Counts> {
        self.with(|transaction| {
            transaction.execute(
                "DELETE FROM messages WHERE queue = ?1 AND sent <= ?2",
                params![queue, now - retention],
            )?;
            transaction.query_row(
                "SELECT COUNT(*) FILTER (WHERE visible <= ?2),
                        COUNT(*) FILTER (WHERE visible > ?2 AND receipt IS NOT NULL),
                        COUNT(*) FILTER (WHERE visible > ?2 AND receipt IS NULL)
                 FROM messages WHERE queue = ?1",
                params![queue, now],
                |row| {
                    Ok(Counts {
                        visible: row.get(0)?,
                        in_flight: row.get(1)?,
                        delayed: row.get(2)?,
                    })
                },
            )
        })
    }
}

fn open(path: &Path) -> ServiceResult<Connection> {
    if let Some(folder) = path.parent() {
        safe_files::make_private_folders(folder).map_err(ServiceError::internal)?;
    }
    // Its own file is made as this one is: for the user alone.
    safe_files::append(path).map_err(ServiceError::internal)?;
    let connection = Connection::open(path).map_err(ServiceError::internal)?;
    connection
        .execute_batch(SCHEMA)
        .map_err(ServiceError::internal)?;
    Ok(connection)
}

fn to_json(attributes: &Attributes) -> ServiceResult<String> {
    serde_json::to_string(attributes).map_err(ServiceError::internal)
}

fn from_json(text: &str) -> ServiceResult<Attributes> {
    serde_json::from_str(text).map_err(ServiceError::internal)
}

/// A receipt handle: three words that are of no meaning to a client.
fn handle(queue: &str, id: &str, nonce: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(format!("{queue} {id} {nonce}"))
}

fn check_handle(queue: &str, receipt: &str) -> ServiceResult<()> {
    use base64::Engine;
    let ours = base64::engine::general_purpose::STANDARD
        .decode(receipt)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .is_some_and(|text| {
            let words: Vec<&str> = text.split(' ').collect();
            words.len() == 3 && words[0] == queue
        });
    if ours {
        return Ok(());
    }
    Err(ServiceError::new(
        400,
        "ReceiptHandleIsInvalid",
        format!("The input receipt handle \"{receipt}\" is not a valid receipt handle."),
    ))
}

#[cfg(test)]
mod tests;
