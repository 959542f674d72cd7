//! The outbox: SMS that would have been sent, one JSON line each in a file that only grows.
//!
//! What a phone's owner does not want (opted out) is accepted by AWS and never delivered; it
//! is kept in a file of its own beside, and so are notifications to topics.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// An SMS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sms {
    /// What `Publish` answered.
    pub message_id: String,
    /// When it was published.
    pub time: Timestamp,
    /// To whom, E.164.
    pub phone_number: String,
    /// The text.
    pub message: String,
    /// The name shown as its sender, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<String>,
    /// `Promotional` or `Transactional`.
    pub sms_type: String,
    /// The number it was to be sent from, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origination_number: Option<String>,
    /// The most it may cost in US dollars, where a limit was given. Nothing costs anything here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_price: Option<String>,
}

/// A message to a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// What `Publish` answered.
    pub message_id: String,
    /// When it was published.
    pub time: Timestamp,
    /// To which topic.
    pub topic_arn: String,
    /// The subject, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The text.
    pub message: String,
    /// Why it never came to the topic, if so: an alarm does not tell its owner on AWS either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undelivered: Option<String>,
}

/// The files.
#[derive(Debug)]
pub struct Outbox {
    sent: PathBuf,
    undelivered: PathBuf,
    notifications: PathBuf,
    writing: Mutex<()>,
    changed: watch::Sender<()>,
}

impl Outbox {
    /// Those in a folder, which need not exist.
    pub(crate) fn of(folder: &Path) -> Self {
        Self {
            sent: folder.join("outbox.ndjson"),
            undelivered: folder.join("undelivered.ndjson"),
            notifications: folder.join("notifications.ndjson"),
            writing: Mutex::new(()),
            changed: watch::channel(()).0,
        }
    }

    /// Puts a message out.
    pub(super) fn send(&self, sms: &Sms) -> std::io::Result<()> {
        self.append(&self.sent, sms)?;
        self.changed.send_replace(());
        Ok(())
    }

    /// Keeps a message that is not delivered.
    pub(super) fn withhold(&self, sms: &Sms) -> std::io::Result<()> {
        self.append(&self.undelivered, sms)
    }

    /// Keeps a message to a topic.
    pub(super) fn notify(&self, notification: &Notification) -> std::io::Result<()> {
        self.append(&self.notifications, notification)?;
        self.changed.send_replace(());
        Ok(())
    }

    /// The messages to topics, without the first `after`.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn notifications(&self, after: usize) -> std::io::Result<Vec<Notification>> {
        read(&self.notifications, after)
    }

    /// The messages that were sent, without the first `after`.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn sent(&self, after: usize) -> std::io::Result<Vec<Sms>> {
        read(&self.sent, after)
    }

    /// The messages that were accepted and not delivered, without the first `after`.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn undelivered(&self, after: usize) -> std::io::Result<Vec<Sms>> {
        read(&self.undelivered, after)
    }

    /// Tells when something was sent or published. Many messages may be one change: read on from the last
    /// one that was seen.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    fn append(&self, path: &Path, message: &impl Serialize) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = path.parent() {
            safe_files::make_private_folders(folder)?;
        }
        let mut file = safe_files::append(path)?;
        mend(&mut file)?;
        file.write_all(&line)
    }
}

/// Cuts off a line that was torn when a process was killed: its `Publish` was never answered.
fn mend(file: &mut File) -> std::io::Result<()> {
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        file.seek(SeekFrom::Start(length - 1))?;
        file.read_exact(&mut last)?;
    }
    if last == [b'\n'] {
        return Ok(());
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    file.set_len(whole(&bytes).len() as u64)
}

/// The bytes up to the end of the last whole line.
fn whole(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    &bytes[..end.map_or(0, |end| end + 1)]
}

fn read<T: DeserializeOwned>(path: &Path, after: usize) -> std::io::Result<Vec<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    whole(&bytes)
        .split_inclusive(|byte| *byte == b'\n')
        .skip(after)
        .map(|line| serde_json::from_slice(line).map_err(std::io::Error::from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sms(message: &str) -> Sms {
        Sms {
            message_id: "id".to_owned(),
            time: "2026-01-31T12:00:00Z".parse().unwrap(),
            phone_number: "+15555550123".to_owned(),
            message: message.to_owned(),
            sender_id: None,
            sms_type: "Promotional".to_owned(),
            origination_number: None,
            max_price: None,
        }
    }

    fn texts(outbox: &Outbox, after: usize) -> Vec<String> {
        let sent = outbox.sent(after).unwrap();
        sent.into_iter().map(|sms| sms.message).collect()
    }

    #[test]
    fn what_is_sent_is_read_in_order_and_from_any_place() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::of(&folder.path().join("sns"));
        assert!(texts(&outbox, 0).is_empty());
        for message in ["one", "two\nlines", "three"] {
            outbox.send(&sms(message)).unwrap();
        }
        assert_eq!(texts(&outbox, 0), ["one", "two\nlines", "three"]);
        assert_eq!(texts(&outbox, 2), ["three"]);
        assert!(texts(&outbox, 9).is_empty());
        // Another process later.
        let again = Outbox::of(&folder.path().join("sns"));
        assert_eq!(texts(&again, 1), ["two\nlines", "three"]);
    }

    #[test]
    fn a_line_that_was_torn_is_neither_read_nor_continued() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::of(folder.path());
        outbox.send(&sms("whole")).unwrap();
        let path = folder.path().join("outbox.ndjson");
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend(b"{\"messageId\":\"to");
        fs::write(&path, bytes).unwrap();
        assert_eq!(texts(&outbox, 0), ["whole"]);
        outbox.send(&sms("next")).unwrap();
        assert_eq!(texts(&outbox, 0), ["whole", "next"]);
    }

    #[test]
    fn the_line_is_as_documented() {
        insta::assert_snapshot!(
            serde_json::to_string(&sms("hello")).unwrap(),
            @r#"{"messageId":"id","time":"2026-01-31T12:00:00Z","phoneNumber":"+15555550123","message":"hello","smsType":"Promotional"}"#
        );
    }

    #[test]
    fn who_watches_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::of(folder.path());
        let changes = outbox.changes();
        assert!(!changes.has_changed().unwrap());
        outbox.withhold(&sms("unwanted")).unwrap();
        assert!(!changes.has_changed().unwrap());
        outbox.send(&sms("wanted")).unwrap();
        assert!(changes.has_changed().unwrap());
        assert_eq!(outbox.undelivered(0).unwrap().len(), 1);
    }
}
