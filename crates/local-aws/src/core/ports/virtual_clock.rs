//! A clock that goes on by itself when everybody sleeps.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;

use super::Clock;

/// How long nothing may have happened before the time of the next sleeper comes. The one who
/// is about to ask again has asked by then; when not, it was slow, which is allowed.
const QUIET: Duration = Duration::from_millis(4);
/// How often a sleeper looks.
const LOOK: Duration = Duration::from_millis(1);

/// The machine's time, and more: when nothing is being answered and all who wait for something
/// sleep on this clock, it is put forward to when the first of them wakes. What takes minutes
/// on AWS takes no time, and how long it takes there is what the clock says.
#[derive(Debug)]
pub struct VirtualClock {
    origin: Timestamp,
    started: Instant,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// By how much the machine's time was put forward.
    ahead: Duration,
    /// Who sleeps until when, since the origin.
    sleepers: BTreeSet<(Duration, u64)>,
    next: u64,
    /// How much is being done.
    busy: usize,
    /// When something happened last.
    stirred: Instant,
}

/// One who sleeps; dropped, no more.
struct Sleeper<'a> {
    clock: &'a VirtualClock,
    key: (Duration, u64),
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        self.clock.lock().sleepers.remove(&self.key);
    }
}

impl VirtualClock {
    /// A clock that shows this time now.
    pub fn new(origin: Timestamp) -> Self {
        let started = Instant::now();
        Self {
            origin,
            started,
            inner: Mutex::new(Inner {
                ahead: Duration::ZERO,
                sleepers: BTreeSet::new(),
                next: 0,
                busy: 0,
                stirred: started,
            }),
        }
    }

    /// Puts it forward.
    pub fn advance(&self, by: Duration) {
        self.lock().ahead += by;
    }

    /// The time that passed on it.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed() + self.lock().ahead
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lie_down(&self, length: Duration) -> Sleeper<'_> {
        let until = self.elapsed() + length;
        let mut inner = self.lock();
        let key = (until, inner.next);
        inner.next += 1;
        inner.stirred = Instant::now();
        inner.sleepers.insert(key);
        Sleeper { clock: self, key }
    }

    fn wakes(&self, sleeper: &Sleeper<'_>) -> bool {
        let real = self.started.elapsed();
        let mut inner = self.lock();
        let elapsed = real + inner.ahead;
        if elapsed >= sleeper.key.0 {
            return true;
        }
        let quiet = inner.busy == 0 && inner.stirred.elapsed() >= QUIET;
        if quiet && inner.sleepers.first() == Some(&sleeper.key) {
            inner.ahead += sleeper.key.0 - elapsed;
            inner.stirred = Instant::now();
            return true;
        }
        false
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.origin + self.elapsed()
    }

    async fn sleep(&self, length: Duration) {
        let sleeper = self.lie_down(length);
        while !self.wakes(&sleeper) {
            tokio::time::sleep(LOOK).await;
        }
    }

    fn begun(&self) {
        let mut inner = self.lock();
        inner.busy += 1;
        inner.stirred = Instant::now();
    }

    fn ended(&self) {
        let mut inner = self.lock();
        inner.busy = inner.busy.saturating_sub(1);
        inner.stirred = Instant::now();
    }

    fn not_before(&self, instant: Timestamp) {
        let behind = instant.duration_since(self.now());
        if let Ok(behind) = Duration::try_from(behind) {
            self.advance(behind);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Busy;
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn clock() -> Arc<VirtualClock> {
        Arc::new(VirtualClock::new("2026-01-31T12:00:00Z".parse().unwrap()))
    }

    #[tokio::test]
    async fn an_hour_is_over_at_once_and_the_earlier_wakes_first() {
        let clock = clock();
        let woken = Arc::new(Mutex::new(Vec::new()));
        let sleep = |hours: u32| {
            let (clock, woken) = (Arc::clone(&clock), Arc::clone(&woken));
            async move {
                clock.sleep(HOUR * hours).await;
                woken.lock().unwrap().push((hours, clock.elapsed() / 3600));
            }
        };
        let began = Instant::now();
        tokio::join!(sleep(3), sleep(1), sleep(2));
        assert!(began.elapsed() < Duration::from_secs(60));
        let woken = woken.lock().unwrap();
        let hours: Vec<u32> = woken.iter().map(|(hours, _)| *hours).collect();
        assert_eq!(hours, [1, 2, 3]);
        for (hours, seconds) in woken.iter() {
            // A test machine may be slow; an hour of it is not.
            assert_eq!(seconds.as_secs(), u64::from(*hours));
        }
    }

    #[tokio::test]
    async fn nobody_sleeps_away_what_is_being_done() {
        let clock = clock();
        let busy = Busy::begin(clock.as_ref());
        let slept = clock.sleep(HOUR);
        tokio::pin!(slept);
        tokio::select! {
            () = &mut slept => panic!("it was put forward while something was being done"),
            () = tokio::time::sleep(QUIET * 5) => {}
        }
        drop(busy);
        slept.await;
        assert!(clock.elapsed() >= HOUR);
    }

    #[tokio::test]
    async fn who_went_away_is_not_waited_for() {
        let clock = clock();
        {
            let gone = clock.sleep(HOUR);
            let _ = tokio::time::timeout(Duration::from_millis(1), gone).await;
        }
        clock.sleep(HOUR * 2).await;
        assert!(clock.lock().sleepers.is_empty());
    }

    #[test]
    fn it_is_not_before_what_was() {
        let clock = clock();
        let later: Timestamp = "2026-01-31T13:00:00Z".parse().unwrap();
        clock.not_before(later);
        assert!(clock.now() >= later);
        clock.not_before("2026-01-31T12:00:00Z".parse().unwrap());
        assert!(clock.elapsed() < HOUR + HOUR);
    }
}
