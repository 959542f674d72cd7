//! `local`: serves the embedded AWS until it is interrupted.

use local_aws::sns::{Notification, Outbox, Sms};
use serde::Serialize;

use super::Outcome;
use super::arguments::{Global, Local};
use super::error::{CommandError, Kind};
use super::session::LOCAL_REGION;
use super::{consistency, folders, solutions};
use crate::ui::style::{DIM, VOICE, paint};
use crate::ui::{Ui, foreign};

#[derive(Serialize)]
struct Listening<'a> {
    url: &'a str,
    region: &'a str,
    dir: &'a std::path::Path,
}

pub(super) async fn run(ui: &Ui, global: &Global, command: &Local) -> Outcome {
    if global.virtual_time {
        // Other clients wait on clocks of their own.
        return Err(CommandError::new(
            Kind::Usage,
            "--virtual-time is of the embedded AWS of a command, not of one that is served",
        ));
    }
    // A manifest is not needed to serve; where there is one, its folder is the place.
    let manifest = match solutions::manifest(global) {
        Ok(manifest) => Some(solutions::sound(manifest)?),
        Err(error) if global.manifest.is_none() && error.places.is_empty() => None,
        Err(error) => return Err(error),
    };
    let dir = folders::local(global, manifest.as_ref())?;
    let folder = local_aws::StateFolder {
        path: dir.clone(),
        key: folders::key()?,
    };
    let region = global
        .region
        .clone()
        .unwrap_or_else(|| LOCAL_REGION.to_owned());
    let running = local_aws::server::start(local_aws::Config {
        folder: Some(folder),
        port: command.port,
        region: region.clone(),
        what: "vanity-deploy local".to_owned(),
        shared: true,
        consistency: consistency::model(global),
        ..local_aws::Config::default()
    })
    .await?;
    if let Some(file) = &command.faults {
        running.gateway().set_faults(read_faults(file)?);
    }
    for grant in &command.quotas {
        let granted = running.gateway().grant(*grant);
        granted.map_err(|error| CommandError::new(Kind::Failed, error.to_string()))?;
    }
    if command.throttle {
        running
            .gateway()
            .set_throttle(local_aws::gateway::throttle::Throttle::documented());
    }
    let url = running.url();
    // Before anybody is told the URL: what they send is shown.
    let messages = Messages::from_now(ui, running.outbox())?;
    ui.record(
        "listening",
        &Listening {
            url: &url,
            region: &region,
            dir: &dir,
        },
    );
    ui.data(&format!(
        "The embedded AWS answers at {} ({}, state in {})",
        paint(VOICE, &url),
        foreign::line(&region),
        foreign::line(dir.display())
    ));
    for line in [
        "An emulation, for this machine only. Point any AWS client at it:",
        &format!(
            "  export AWS_ENDPOINT_URL={url} AWS_REGION={region} AWS_DEFAULT_REGION={region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local"
        ),
        "Ctrl-C stops it.",
    ] {
        ui.note(&paint(DIM, line));
    }
    tokio::select! {
        () = super::interrupted() => {}
        outcome = messages.show() => outcome?,
    }
    running.stop().await;
    Ok(0)
}

/// Every SMS and every message to a topic, as it is sent.
struct Messages<'a> {
    ui: &'a Ui,
    outbox: &'a Outbox,
    sent: usize,
    undelivered: usize,
    notified: usize,
}

impl<'a> Messages<'a> {
    /// Those that come from now on: those of an earlier time were shown then.
    fn from_now(ui: &'a Ui, outbox: &'a Outbox) -> Result<Self, CommandError> {
        Ok(Self {
            ui,
            outbox,
            sent: outbox.sent(0).map_err(unreadable)?.len(),
            undelivered: outbox.undelivered(0).map_err(unreadable)?.len(),
            notified: outbox.notifications(0).map_err(unreadable)?.len(),
        })
    }

    /// Shows them, until the work is dropped.
    async fn show(mut self) -> Result<(), CommandError> {
        let mut changes = self.outbox.changes();
        loop {
            for sms in self.outbox.sent(self.sent).map_err(unreadable)? {
                self.ui.record("sms", &sms);
                self.ui.note(&sms_line(&sms));
                self.sent += 1;
            }
            for sms in self
                .outbox
                .undelivered(self.undelivered)
                .map_err(unreadable)?
            {
                self.ui.record("sms", &sms);
                self.ui.note(&sms_line(&sms));
                self.undelivered += 1;
            }
            let notifications = self.outbox.notifications(self.notified);
            for notification in notifications.map_err(unreadable)? {
                self.ui.record("notification", &notification);
                self.ui.note(&notification_line(&notification));
                self.notified += 1;
            }
            if changes.changed().await.is_err() {
                return Ok(());
            }
        }
    }
}

fn unreadable(error: std::io::Error) -> CommandError {
    CommandError::new(
        Kind::Failed,
        format!("the outbox of SNS cannot be read: {error}"),
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

fn read_faults(file: &std::path::Path) -> Result<local_aws::faults::Faults, CommandError> {
    let wrong = |reason: String| {
        CommandError::new(Kind::InvalidInput, format!("{}: {reason}", file.display()))
    };
    let text = safe_files::read_regular(file)
        .map_err(|error| wrong(format!("cannot be read: {error}")))?;
    serde_json::from_slice(&text).map_err(|error| wrong(format!("no fault rules: {error}")))
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
