//! Token buckets: so many requests at once, and so many a second from then on.

use jiff::Timestamp;

/// How a bucket fills.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Sustained requests per second.
    pub per_second: f64,
    /// The bucket's size.
    pub burst: f64,
}

/// A bucket.
#[derive(Debug, Clone, Copy)]
pub struct TokenBucket {
    tokens: f64,
    since: Timestamp,
}

impl TokenBucket {
    /// A full one.
    pub fn full(rate: Rate, now: Timestamp) -> Self {
        Self {
            tokens: rate.burst,
            since: now,
        }
    }

    /// Takes a token; whether there was one.
    pub fn take(&mut self, rate: Rate, now: Timestamp) -> bool {
        let elapsed = now.duration_since(self.since).as_secs_f64().max(0.0);
        self.tokens = (self.tokens + elapsed * rate.per_second).min(rate.burst);
        self.since = now;
        let there = self.tokens >= 1.0;
        if there {
            self.tokens -= 1.0;
        }
        there
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    #[test]
    fn the_burst_then_the_rate_and_never_more_than_the_burst() {
        let rate = Rate {
            per_second: 2.0,
            burst: 3.0,
        };
        let start: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let mut bucket = TokenBucket::full(rate, start);
        let mut taken = |now| (0..9).filter(|_| bucket.take(rate, now)).count();
        assert_eq!(taken(start), 3);
        assert_eq!(taken(start + 1.second()), 2);
        assert_eq!(taken(start + 1.minute()), 3);
        // A clock that goes back gives nothing.
        assert_eq!(taken(start), 0);
    }
}
