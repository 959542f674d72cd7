//! The outbox: SMS that would have been sent, one JSON line each in a file that only grows.
//!
//! What is accepted and never delivered (to numbers that opted out, beyond the sandbox or the
//! month's limit) is kept in a file of its own beside, and so are notifications to topics.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::core::lines::Lines;

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
    /// The most it may cost in US dollars, where a limit was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_price: Option<String>,
    /// The sender's number with the authority of the recipient's country, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_id: Option<String>,
    /// The text's number with that authority, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// Why it was never delivered, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undelivered: Option<String>,
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
    sent: Lines,
    undelivered: Lines,
    notifications: Lines,
    changed: watch::Sender<()>,
}

impl Outbox {
    /// Those in a folder, which need not exist.
    pub(crate) fn of(folder: &Path) -> Self {
        Self {
            sent: Lines::at(folder.join("outbox.ndjson")),
            undelivered: Lines::at(folder.join("undelivered.ndjson")),
            notifications: Lines::at(folder.join("notifications.ndjson")),
            changed: watch::channel(()).0,
        }
    }

    /// Puts a message out.
    pub(super) fn send(&self, sms: &Sms) -> std::io::Result<()> {
        self.add(&self.sent, sms)
    }

    /// Keeps a message that is not delivered.
    pub(super) fn withhold(&self, sms: &Sms) -> std::io::Result<()> {
        self.add(&self.undelivered, sms)
    }

    /// Keeps a message to a topic.
    pub(super) fn notify(&self, notification: &Notification) -> std::io::Result<()> {
        self.add(&self.notifications, notification)
    }

    fn add(&self, lines: &Lines, message: &impl Serialize) -> std::io::Result<()> {
        lines.append(message)?;
        self.changed.send_replace(());
        Ok(())
    }

    /// The messages to topics, without the first `after`.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn notifications(&self, after: usize) -> std::io::Result<Vec<Notification>> {
        self.notifications.read(after)
    }

    /// The messages that were sent, without the first `after`.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn sent(&self, after: usize) -> std::io::Result<Vec<Sms>> {
        self.sent.read(after)
    }

    /// The messages that were accepted and not delivered, without the first `after`.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn undelivered(&self, after: usize) -> std::io::Result<Vec<Sms>> {
        self.undelivered.read(after)
    }

    /// Tells when something was sent, withheld or published. Many messages may be one change: read
    /// on from the last one that was seen.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
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
            entity_id: None,
            template_id: None,
            undelivered: None,
        }
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
        let mut changes = outbox.changes();
        assert!(!changes.has_changed().unwrap());
        outbox.withhold(&sms("unwanted")).unwrap();
        assert!(changes.has_changed().unwrap());
        changes.mark_unchanged();
        outbox.send(&sms("wanted")).unwrap();
        assert!(changes.has_changed().unwrap());
        assert_eq!(outbox.undelivered(0).unwrap().len(), 1);
    }
}
