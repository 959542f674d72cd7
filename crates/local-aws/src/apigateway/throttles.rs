//! Token buckets per route of a stage, on the gateway's clock.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::apis::RouteSettings;

/// Without settings the limits are those of the account: 10,000 requests per
/// second with a burst of 5,000 (AWS docs, "API Gateway quotas").
const ACCOUNT_LIMITS: (f64, f64) = (10_000.0, 5_000.0);

/// The buckets; not part of the state.
#[derive(Debug, Default)]
pub struct Throttles(Mutex<BTreeMap<String, (f64, Timestamp)>>);

impl Throttles {
    /// Whether a request is let through; takes a token if so.
    pub(super) fn admit(&self, bucket: &str, settings: RouteSettings, now: Timestamp) -> bool {
        let rate = settings.rate_limit.unwrap_or(ACCOUNT_LIMITS.0);
        let burst = settings.burst_limit.unwrap_or(ACCOUNT_LIMITS.1);
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (tokens, since) = buckets.entry(bucket.to_owned()).or_insert((burst, now));
        let elapsed = now.duration_since(*since).as_secs_f64().max(0.0);
        *tokens = (*tokens + elapsed * rate).min(burst);
        *since = now;
        let admitted = *tokens >= 1.0;
        if admitted {
            *tokens -= 1.0;
        }
        admitted
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
