//! What the embedded AWS answers while it does not agree with itself yet, and that it does
//! in the end: each once while it lasts and once when it is over.

mod claims;
mod connect;
mod policies;
mod roles;
mod search;
mod stacks;

use std::sync::Arc;
use std::time::Duration;

use local_aws::Config;
use local_aws::consistency::{Lag, Model, Truth};
use local_aws::ports::VirtualClock;
use serde_json::Value;

use crate::client::{Answer, Aws};

/// An embedded AWS that takes its time, which passes by hand.
pub struct Slow {
    aws: Aws,
    clock: Arc<VirtualClock>,
}

impl Slow {
    async fn start(seed: u64) -> Self {
        Self::with(Model::Real { seed }).await
    }

    async fn with(consistency: Model) -> Self {
        let clock = Arc::new(VirtualClock::new("2026-01-31T12:00:00Z".parse().unwrap()));
        let aws = Aws::with(Config {
            clock: clock.clone(),
            consistency,
            ..Config::default()
        })
        .await;
        Self { aws, clock }
    }

    fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// Asks once a second until it is done: the answers before, and how long it took.
    async fn until_ok<F>(&self, ask: impl Fn() -> F) -> (Vec<Answer>, Answer)
    where
        F: Future<Output = Answer>,
    {
        let mut refused = Vec::new();
        for _ in 0..600 {
            let answer = ask().await;
            if answer.status < 300 {
                return (refused, answer);
            }
            refused.push(answer);
            self.pass(Duration::from_secs(1));
        }
        panic!("never: {:?}", refused.last());
    }
}

/// The code of an error of a REST protocol, and its message.
fn error(answer: &Answer) -> (String, String) {
    let code = answer.headers["x-amzn-errortype"].to_str().unwrap();
    let body = answer.json();
    let message = body["message"].as_str().or(body["Message"].as_str());
    (code.to_owned(), message.unwrap_or_default().to_owned())
}

/// The first seed under which the first of its kind takes this long at least.
fn slow_seed(lag: Lag, least: Duration) -> u64 {
    (0..).find(|seed| lag.length(*seed, 0) >= least).unwrap()
}

/// The first seed that has this answer to what nobody has proved.
fn seed_of(truth: Truth, answer: u64, of: u64) -> u64 {
    (0..)
        .find(|seed| truth.answer(*seed, of) == answer)
        .unwrap()
}

async fn call(aws: &Aws, method: &str, path: &str, body: &Value) -> Answer {
    aws.rest("connect", method, path, body).await
}
