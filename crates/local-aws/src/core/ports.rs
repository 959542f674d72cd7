//! Clock and randomness, so that tests can fix both.

mod virtual_clock;

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

pub use virtual_clock::VirtualClock;

/// Tells the time, and lets it pass.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Lets this much time pass.
    async fn sleep(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }

    /// Something is being done, a request answered: its time is the machine's.
    fn begun(&self) {}

    /// It is done.
    fn ended(&self) {}

    /// Shows this time at least, if it can: so late was it before.
    fn not_before(&self, _instant: Timestamp) {}
}

/// That something is being done, until it is dropped.
pub struct Busy<'a>(&'a dyn Clock);

impl<'a> Busy<'a> {
    /// From now on.
    pub fn begin(clock: &'a dyn Clock) -> Self {
        clock.begun();
        Self(clock)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.ended();
    }
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Makes identifiers; with a seed, always the same ones.
#[derive(Debug)]
pub struct Ids(Mutex<fastrand::Rng>);

impl Ids {
    /// Different at every start.
    pub fn random() -> Self {
        Self(Mutex::new(fastrand::Rng::new()))
    }

    /// The same sequence for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(fastrand::Rng::with_seed(seed)))
    }

    /// A version 4 UUID in lower case.
    pub fn uuid(&self) -> String {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bits = (rng.u128(..) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let hex = format!("{bits:032x}");
        format!(
            "{}-{}-{}-{}-{}",
            &hex[0..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..32]
        )
    }

    /// `length` characters of `alphabet` (ASCII).
    pub fn token(&self, length: usize, alphabet: &str) -> String {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let letters = alphabet.as_bytes();
        (0..length)
            .map(|_| char::from(letters[rng.usize(0..letters.len())]))
            .collect()
    }

    /// `length` capital letters and digits, as in access keys and role ids.
    pub fn unique_id(&self, prefix: &str, length: usize) -> String {
        let tail = length.saturating_sub(prefix.len());
        format!(
            "{prefix}{}",
            self.token(tail, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_version_4_and_repeat_with_the_seed() {
        let ids = Ids::seeded(7);
        let first = ids.uuid();
        assert_eq!(first.len(), 36);
        assert_eq!(&first[14..15], "4");
        assert!("89ab".contains(&first[19..20]));
        assert_ne!(first, ids.uuid());
        assert_eq!(first, Ids::seeded(7).uuid());
    }
}
