//! The function's process: Lambda's Runtime API on one side, the table on the other.

use std::io::Write as _;
use std::time::Instant;

use customer_lookup::dynamo::DynamoTable;
use customer_lookup::handler::{Context, handle};
use customer_lookup::lookup::Patience;
use customer_lookup::settings::Settings;
use customer_lookup::table::Table;
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

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
            settings,
            patience: Patience::default(),
            now: Timestamp::now(),
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
