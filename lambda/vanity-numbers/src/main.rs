//! The function's process: Lambda's Runtime API on one side, the table on the other.

use std::io::Write as _;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use vanity_numbers::dynamo::DynamoTable;
use vanity_numbers::handler::{Context, handle};
use vanity_numbers::lookup::Patience;
use vanity_numbers::settings::Settings;
use vanity_numbers::table::Table;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let variable = |name: &str| std::env::var(name).ok();
    let table = DynamoTable::read(variable);
    let table = table.as_ref();
    let settings = Settings::read(variable);
    let settings = &settings;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let start = Instant::now();
        let context = Context {
            table: table.map(|table| table as &dyn Table),
            patience: Patience::default(),
            settings,
            now: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| {
                    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
                }),
        };
        let (answer, line) = handle(&event.payload, &context).await;
        let line = line.with("requestId", event.context.request_id).with(
            "durationUs",
            u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX),
        );
        // A log that cannot be written must not cost the caller the answer.
        let _ = writeln!(std::io::stderr(), "{}", line.to_json());
        answer
    }))
    .await
}
