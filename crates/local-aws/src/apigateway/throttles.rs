//! Token buckets per route of a stage, on the gateway's clock.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::apis::RouteSettings;
use crate::core::token_bucket::{Rate, TokenBucket};

/// Without settings the limits are those of the account: 10,000 requests per
/// second with a burst of 5,000 (AWS docs, "API Gateway quotas").
const ACCOUNT_LIMITS: Rate = Rate {
    per_second: 10_000.0,
    burst: 5_000.0,
};

/// The buckets; not part of the state.
#[derive(Debug, Default)]
pub struct Throttles(Mutex<BTreeMap<String, TokenBucket>>);

impl Throttles {
    /// Whether a request is let through; takes a token if so.
    pub(super) fn admit(&self, bucket: &str, settings: RouteSettings, now: Timestamp) -> bool {
        let rate = Rate {
            per_second: settings.rate_limit.unwrap_or(ACCOUNT_LIMITS.per_second),
            burst: settings.burst_limit.unwrap_or(ACCOUNT_LIMITS.burst),
        };
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(bucket.to_owned());
        let bucket = bucket.or_insert_with(|| TokenBucket::full(rate, now));
        bucket.take(rate, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    #[test]
    fn the_burst_then_the_rate() {
        let throttles = Throttles::default();
        let settings = RouteSettings {
            burst_limit: Some(3.0),
            rate_limit: Some(2.0),
        };
        let start: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let admitted = |bucket: &str, now| {
            (0..9)
                .filter(|_| throttles.admit(bucket, settings, now))
                .count()
        };
        assert_eq!(admitted("a", start), 3);
        assert_eq!(admitted("b", start), 3);
        assert_eq!(admitted("a", start + 1.second()), 2);
        assert_eq!(admitted("a", start + 1.minute()), 3);
    }

    #[test]
    fn a_limit_of_nothing_lets_nothing_through() {
        let closed = RouteSettings {
            burst_limit: Some(0.0),
            rate_limit: Some(0.0),
        };
        assert!(!Throttles::default().admit("a", closed, Timestamp::UNIX_EPOCH));
    }
}
