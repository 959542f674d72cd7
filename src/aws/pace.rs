//! Not faster than Connect lets: its operations take two requests a second each,
//! with a burst of five (AWS docs, "Amazon Connect API throttling quotas"). A
//! request that waits here costs nothing; one that is throttled costs a try.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Requests per second of one operation.
const RATE: f64 = 2.0;
/// Requests at once after a rest.
const BURST: f64 = 5.0;

/// A token bucket per operation, shared by all adapters of a service.
#[derive(Clone)]
pub struct Pace {
    buckets: Option<Arc<Mutex<Buckets>>>,
}

struct Buckets {
    start: Instant,
    by_operation: BTreeMap<&'static str, Bucket>,
}

impl Pace {
    /// The rates of Connect.
    pub fn connect() -> Self {
        Self {
            buckets: Some(Arc::new(Mutex::new(Buckets {
                start: Instant::now(),
                by_operation: BTreeMap::new(),
            }))),
        }
    }

    /// As fast as can be.
    pub fn unlimited() -> Self {
        Self { buckets: None }
    }

    /// Waits until a request of the operation may go.
    pub async fn admit(&self, operation: &'static str) {
        let pause = match &self.buckets {
            None => return,
            Some(buckets) => {
                let mut buckets = buckets.lock().unwrap_or_else(PoisonError::into_inner);
                let now = buckets.start.elapsed();
                buckets
                    .by_operation
                    .entry(operation)
                    .or_insert_with(Bucket::full)
                    .take(now)
            }
        };
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
}

/// Tokens; below zero they are promised to requests that wait.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Duration,
}

impl Bucket {
    fn full() -> Self {
        Self {
            tokens: BURST,
            at: Duration::ZERO,
        }
    }

    /// Takes a token; how long to wait for it.
    fn take(&mut self, now: Duration) -> Duration {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * RATE).min(BURST) - 1.0;
        self.at = now.max(self.at);
        if self.tokens >= 0.0 {
            Duration::ZERO
        } else {
            Duration::from_secs_f64(-self.tokens / RATE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn after_the_burst_each_waits_its_turn() {
        let mut bucket = Bucket::full();
        let pauses: Vec<u128> = (0..8)
            .map(|_| bucket.take(Duration::ZERO).as_millis())
            .collect();
        assert_eq!(pauses, [0, 0, 0, 0, 0, 500, 1000, 1500]);
        // After the queue is served and a rest, the burst is back.
        assert!(bucket.take(Duration::from_secs(10)).is_zero());
    }

    proptest! {
        #[test]
        fn never_more_than_burst_and_rate(gaps in proptest::collection::vec(0u64..3000, 1..60)) {
            let mut bucket = Bucket::full();
            let mut now = Duration::ZERO;
            let mut sent: Vec<f64> = Vec::new();
            for gap in gaps {
                now += Duration::from_millis(gap);
                sent.push((now + bucket.take(now)).as_secs_f64());
            }
            for (i, first) in sent.iter().enumerate() {
                for (j, last) in sent.iter().enumerate().skip(i) {
                    let count = (j - i + 1) as f64;
                    prop_assert!(count <= BURST + (last - first) * RATE + 1e-6);
                }
            }
        }
    }
}
