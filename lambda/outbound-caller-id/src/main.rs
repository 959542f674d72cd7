//! The function's process: Lambda's Runtime API on one side, the list in S3 on the other.

use std::io::Write as _;
use std::time::Instant;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use outbound_caller_id::cache::{Cache, Patience};
use outbound_caller_id::handler::handle;
use outbound_caller_id::s3::S3Store;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let store = S3Store::read(|name| std::env::var(name).ok());
    let cache = Cache::new(store, Patience::default());
    let cache = &cache;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let start = Instant::now();
        let (answer, line) = handle(&event.payload, cache).await;
        let line = line.with("requestId", event.context.request_id).with(
            "durationUs",
            u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX),
        );
        // A log that cannot be written must not cost the call its caller ID.
        let _ = writeln!(std::io::stderr(), "{}", line.to_json());
        answer
    }))
    .await
}
