//! What is sent while the embedded AWS is served: SMS, e-mails, and messages to topics, as they come.

use local_aws::ses::{self, Email};
use local_aws::sns::{self, Notification, Sms};

use super::error::{CommandError, Kind};
use crate::ui::{Ui, foreign};

/// Every message, as it is sent or as it is not delivered.
pub(super) struct Messages<'a> {
    ui: &'a Ui,
    outbox: &'a sns::Outbox,
    mail: &'a ses::Outbox,
    seen: Seen,
}

/// How many of each kind were shown.
struct Seen {
    sms: usize,
    lost_sms: usize,
    notifications: usize,
    mails: usize,
    lost_mails: usize,
}

impl<'a> Messages<'a> {
    /// Those that come from now on: those of an earlier time were shown then.
    ///
    /// # Errors
    /// What was sent before cannot be read.
    pub(super) fn from_now(
        ui: &'a Ui,
        outbox: &'a sns::Outbox,
        mail: &'a ses::Outbox,
    ) -> Result<Self, CommandError> {
        let seen = Seen {
            sms: of_sns(outbox.sent(0))?.len(),
            lost_sms: of_sns(outbox.undelivered(0))?.len(),
            notifications: of_sns(outbox.notifications(0))?.len(),
            mails: of_ses(mail.sent(0))?.len(),
            lost_mails: of_ses(mail.undelivered(0))?.len(),
        };
        Ok(Self {
            ui,
            outbox,
            mail,
            seen,
        })
    }

    /// Shows them, until the work is dropped.
    ///
    /// # Errors
    /// What is sent cannot be read.
    pub(super) async fn show(mut self) -> Result<(), CommandError> {
        let (mut changes, mut mails) = (self.outbox.changes(), self.mail.changes());
        loop {
            self.show_new()?;
            let changed = tokio::select! {
                changed = changes.changed() => changed,
                changed = mails.changed() => changed,
            };
            if changed.is_err() {
                return Ok(());
            }
        }
    }

    fn show_new(&mut self) -> Result<(), CommandError> {
        let Self {
            ui,
            outbox,
            mail,
            seen,
        } = self;
        let sms = of_sns(outbox.sent(seen.sms))?;
        let lost_sms = of_sns(outbox.undelivered(seen.lost_sms))?;
        seen.sms += sms.len();
        seen.lost_sms += lost_sms.len();
        for sms in sms.iter().chain(&lost_sms) {
            ui.record("sms", sms);
            ui.note(&sms_line(sms));
        }
        let mails = of_ses(mail.sent(seen.mails))?;
        let lost_mails = of_ses(mail.undelivered(seen.lost_mails))?;
        seen.mails += mails.len();
        seen.lost_mails += lost_mails.len();
        for email in mails.iter().chain(&lost_mails) {
            ui.record("email", email);
            ui.note(&email_line(email));
        }
        for notification in of_sns(outbox.notifications(seen.notifications))? {
            ui.record("notification", &notification);
            ui.note(&notification_line(&notification));
            seen.notifications += 1;
        }
        Ok(())
    }
}

fn of_sns<T>(read: std::io::Result<T>) -> Result<T, CommandError> {
    read.map_err(|error| unreadable("SNS", &error))
}

fn of_ses<T>(read: std::io::Result<T>) -> Result<T, CommandError> {
    read.map_err(|error| unreadable("SES", &error))
}

fn unreadable(service: &str, error: &std::io::Error) -> CommandError {
    CommandError::new(
        Kind::Failed,
        format!("the outbox of {service} cannot be read: {error}"),
    )
}

fn sms_line(sms: &Sms) -> String {
    let sender = sms
        .sender_id
        .as_ref()
        .map(|sender| format!(" from {sender}"))
        .unwrap_or_default();
    let lost = undelivered(sms.undelivered.as_deref());
    foreign::line(format!(
        "SMS to {}{sender}: {}{lost}",
        sms.phone_number, sms.message
    ))
}

fn email_line(email: &Email) -> String {
    let to: Vec<&str> = email
        .to
        .iter()
        .chain(&email.cc)
        .chain(&email.bcc)
        .map(String::as_str)
        .collect();
    let text = email.text.as_ref().or(email.html.as_ref());
    let text = text.map(|text| format!(": {text}")).unwrap_or_default();
    let lost = if email.suppressed.is_empty() {
        String::new()
    } else {
        let suppressed = email.suppressed.join(", ");
        format!(" (undelivered: {suppressed} is on the account's suppression list)")
    };
    foreign::line(format!(
        "E-mail to {} from {}: {}{text}{lost}",
        to.join(", "),
        email.from,
        email.subject.as_deref().unwrap_or_default()
    ))
}

/// Why something did not arrive, if so.
fn undelivered(reason: Option<&str>) -> String {
    reason
        .map(|reason| format!(" (undelivered: {reason})"))
        .unwrap_or_default()
}

fn notification_line(notification: &Notification) -> String {
    let text = notification
        .subject
        .as_ref()
        .unwrap_or(&notification.message);
    let lost = undelivered(notification.undelivered.as_deref());
    foreign::line(format!("SNS to {}: {text}{lost}", notification.topic_arn))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sms() -> Sms {
        Sms {
            message_id: "id".to_owned(),
            time: jiff::Timestamp::UNIX_EPOCH,
            phone_number: "+15555550123".to_owned(),
            message: "Thank you,\nAda\u{1b}[31m!".to_owned(),
            sender_id: Some("Campus".to_owned()),
            sms_type: "Transactional".to_owned(),
            origination_number: None,
            max_price: None,
            entity_id: None,
            template_id: None,
            undelivered: None,
        }
    }

    #[test]
    fn an_sms_is_one_line() {
        insta::assert_snapshot!(sms_line(&sms()), @r"SMS to +15555550123 from Campus: Thank you,\nAda\u{1b}[31m!");
    }

    #[test]
    fn an_sms_that_was_not_delivered_says_so() {
        let sms = Sms {
            message: "Thank you".to_owned(),
            sender_id: None,
            undelivered: Some("Phone number is opted out".to_owned()),
            ..sms()
        };
        insta::assert_snapshot!(sms_line(&sms), @"SMS to +15555550123: Thank you (undelivered: Phone number is opted out)");
    }

    #[test]
    fn an_email_is_one_line_too() {
        let email = Email {
            from: "Campus <events@example.com>".to_owned(),
            to: vec!["ada@example.org".to_owned()],
            bcc: vec!["archive@example.com".to_owned()],
            subject: Some("Thank you".to_owned()),
            text: Some("Dear Ada,\nwelcome!".to_owned()),
            suppressed: vec!["ada@example.org".to_owned()],
            ..Email::default()
        };
        insta::assert_snapshot!(email_line(&email), @r"E-mail to ada@example.org, archive@example.com from Campus <events@example.com>: Thank you: Dear Ada,\nwelcome! (undelivered: ada@example.org is on the account's suppression list)");
    }

    #[test]
    fn a_notification_that_was_lost_says_so() {
        let notification = Notification {
            message_id: "id".to_owned(),
            time: jiff::Timestamp::UNIX_EPOCH,
            topic_arn: "arn:aws:sns:us-east-1:000000000000:alarms".to_owned(),
            subject: Some("ALARM: \"a\" in us-east-1".to_owned()),
            message: "{}".to_owned(),
            undelivered: Some("NotFound: Topic does not exist".to_owned()),
        };
        insta::assert_snapshot!(notification_line(&notification), @r#"SNS to arn:aws:sns:us-east-1:000000000000:alarms: ALARM: "a" in us-east-1 (undelivered: NotFound: Topic does not exist)"#);
    }
}
