//! Throttling by documented rates, on request: a token bucket per operation,
//! on the gateway's clock.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::token_bucket::{Rate, TokenBucket};

/// Buckets; without [`Throttle::documented`] everything is admitted.
#[derive(Debug, Default)]
pub struct Throttle {
    on: bool,
    buckets: BTreeMap<(String, String), TokenBucket>,
}

impl Throttle {
    /// Throttles at the documented rates.
    pub fn documented() -> Self {
        Self {
            on: true,
            buckets: BTreeMap::new(),
        }
    }

    /// The documented rate, where there is one worth keeping here.
    ///
    /// Connect: 2 requests per second with a burst of 5 for most operations
    /// (AWS docs, "Amazon Connect service quotas"). IAM, CloudFormation and
    /// Lambda publish no figure per operation, but for Lambda's control plane:
    /// 15 per second over all operations ("Lambda quotas"), kept per operation here.
    pub fn rate(service: &str, _operation: &str) -> Option<Rate> {
        let (per_second, burst) = match service {
            "connect" => (2.0, 5.0),
            "lambda" => (15.0, 15.0),
            _ => return None,
        };
        Some(Rate { per_second, burst })
    }

    /// Takes a token.
    ///
    /// # Errors
    /// `ThrottlingException` for Connect, `TooManyRequestsException` for Lambda
    /// (429 both) when the bucket is empty.
    pub fn admit(&mut self, service: &str, operation: &str, now: Timestamp) -> ServiceResult<()> {
        // Invoke has its own limits (concurrency), none of the control plane.
        if !self.on || operation == "Invoke" {
            return Ok(());
        }
        let Some(rate) = Self::rate(service, operation) else {
            return Ok(());
        };
        let key = (service.to_owned(), operation.to_owned());
        let bucket = self.buckets.entry(key);
        let bucket = bucket.or_insert_with(|| TokenBucket::full(rate, now));
        if !bucket.take(rate, now) {
            let code = if service == "lambda" {
                "TooManyRequestsException"
            } else {
                "ThrottlingException"
            };
            return Err(ServiceError::new(429, code, "Rate exceeded"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    #[test]
    fn the_burst_is_admitted_then_two_a_second() {
        let start: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let mut throttle = Throttle::documented();
        let mut admitted = |now| {
            throttle
                .admit("connect", "DescribeContactFlow", now)
                .is_ok()
        };
        assert_eq!((0..9).filter(|_| admitted(start)).count(), 5);
        let later = start + 1.second();
        assert_eq!((0..9).filter(|_| admitted(later)).count(), 2);
    }

    #[test]
    fn off_by_default() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let mut throttle = Throttle::default();
        assert!((0..1000).all(|_| throttle.admit("connect", "X", now).is_ok()));
    }
}
