//! The function's process: Lambda's Runtime API on one side, the table, SNS and SES on the other.

use std::io::Write as _;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use event_registration::confirm::Means;
use event_registration::dynamo::DynamoRegistrations;
use event_registration::handler::{Context, handle};
use event_registration::ses::SesEmail;
use event_registration::settings::Settings;
use event_registration::sns::SnsSms;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let variable = |name: &str| std::env::var(name).ok();
    let settings = Settings::read(variable);
    let services = settings.as_ref().map(|settings| {
        let registrations = DynamoRegistrations::new(&settings.table_name, variable);
        let sms = SnsSms::new(settings.sms.clone(), variable);
        // Without a sender none is sent.
        let sender = settings.email.as_ref().map(|email| email.sender.clone());
        let email = SesEmail::new(sender.unwrap_or_default(), variable);
        (settings, registrations, sms, email)
    });
    let services = &services;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let start = Instant::now();
        let context = services
            .as_ref()
            .map(|(settings, registrations, sms, email)| Context {
                means: Means {
                    settings,
                    registrations,
                    sms,
                    email,
                    now: &now,
                },
                deadline: event.context.deadline,
            })
            .map_err(|error| *error);
        let (answer, lines) = handle(&event.payload, context).await;
        let duration = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        for line in lines {
            let line = line
                .with("requestId", event.context.request_id.as_str())
                .with("durationUs", duration);
            // A log that cannot be written must not cost anybody the SMS.
            let _ = writeln!(std::io::stderr(), "{}", line.to_json());
        }
        answer
    }))
    .await
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}
