//! The outbox: e-mails that would have been sent, one JSON line each in a file that only grows.
//! Those that go to nobody, as all their recipients are suppressed, are in a file beside.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::core::lines::Lines;

/// An e-mail. Addresses are as they were given.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Email {
    /// What `SendEmail` answered.
    pub message_id: String,
    /// When it was sent.
    pub time: Timestamp,
    /// From whom.
    pub from: String,
    /// To whom.
    pub to: Vec<String>,
    /// Who gets a copy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<String>,
    /// Who gets a copy that the others do not know of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bcc: Vec<String>,
    /// Whom an answer goes to, if not to the sender.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reply_to: Vec<String>,
    /// The subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The text as HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Further headers, names and values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Tags, names and values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, String)>,
    /// Who does not get it: addresses on the account's suppression list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppressed: Vec<String>,
}

/// The files.
#[derive(Debug)]
pub struct Outbox {
    sent: Lines,
    undelivered: Lines,
    changed: watch::Sender<()>,
}

impl Outbox {
    /// Those in a folder, which need not exist.
    pub(crate) fn of(folder: &Path) -> Self {
        Self {
            sent: Lines::at(folder.join("outbox.ndjson")),
            undelivered: Lines::at(folder.join("undelivered.ndjson")),
            changed: watch::channel(()).0,
        }
    }

    /// Puts an e-mail out, to who is not suppressed.
    pub(super) fn send(&self, email: &Email) -> std::io::Result<()> {
        let recipients = email.to.len() + email.cc.len() + email.bcc.len();
        if email.suppressed.len() < recipients {
            self.sent.append(email)?;
        } else {
            self.undelivered.append(email)?;
        }
        self.changed.send_replace(());
        Ok(())
    }

    /// The e-mails that were sent, without the first `after`.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn sent(&self, after: usize) -> std::io::Result<Vec<Email>> {
        self.sent.read(after)
    }

    /// The e-mails that were accepted and went to nobody, without the first `after`.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn undelivered(&self, after: usize) -> std::io::Result<Vec<Email>> {
        self.undelivered.read(after)
    }

    /// Tells when an e-mail was sent or accepted. Many may be one change: read on from the last
    /// one that was seen.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_as_documented() {
        let email = Email {
            message_id: "id".to_owned(),
            time: "2026-01-31T12:00:00Z".parse().unwrap(),
            from: "Campus <events@example.com>".to_owned(),
            to: vec!["ada@example.org".to_owned()],
            subject: Some("Thank you".to_owned()),
            text: Some("hello".to_owned()),
            ..Email::default()
        };
        insta::assert_snapshot!(
            serde_json::to_string(&email).unwrap(),
            @r#"{"messageId":"id","time":"2026-01-31T12:00:00Z","from":"Campus <events@example.com>","to":["ada@example.org"],"subject":"Thank you","text":"hello"}"#
        );
    }

    #[test]
    fn what_goes_to_nobody_is_kept_beside() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::of(&folder.path().join("ses"));
        let email = |to: &[&str], suppressed: &[&str]| Email {
            to: to.iter().map(ToString::to_string).collect(),
            suppressed: suppressed.iter().map(ToString::to_string).collect(),
            ..Email::default()
        };
        outbox.send(&email(&["a", "b"], &["a"])).unwrap();
        outbox.send(&email(&["a", "b"], &["a", "b"])).unwrap();
        assert_eq!(outbox.sent(0).unwrap().len(), 1);
        assert_eq!(outbox.undelivered(0).unwrap().len(), 1);
    }
}
