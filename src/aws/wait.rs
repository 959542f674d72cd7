//! Waiting for long work by polling: when to look again, how long at most, and
//! which failures of a look are no failure of the work.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::engine::error::{FailureKind, ServiceFailure};
use crate::engine::ports::Progress;

/// The first looks, soon: small things and the embedded AWS are done by then, and a look too
/// late is what a person waits for.
const SOON: [Duration; 4] = [
    Duration::from_millis(20),
    Duration::from_millis(40),
    Duration::from_millis(80),
    Duration::from_millis(160),
];
/// The pause after those, from which the pauses grow.
const THEN: Duration = Duration::from_millis(320);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(5);
/// How much longer each pause is than the one before.
const GROWTH: f64 = 1.6;
/// So many looks in a row may get no answer before the wait is given up.
const UNANSWERED: u32 = 12;
/// So long a wait goes on while every look is throttled. Throttling passes within seconds,
/// and the SDK has tried each look several times.
const THROTTLED: Duration = Duration::from_secs(5 * 60);
/// After so long a wait says what it waits for,
const FIRST_WORD: Duration = Duration::from_secs(5);
/// and then again each so long.
const AGAIN: Duration = Duration::from_secs(30);

/// Time and chance, so that tests need neither.
#[async_trait]
pub trait Pause: Send + Sync {
    /// Lets this much time pass.
    async fn sleep(&self, duration: Duration);
    /// A number in `0.0..1.0`.
    fn random(&self) -> f64;
}

/// The runtime's timer and the thread's generator.
pub struct RealPause;

#[async_trait]
impl Pause for RealPause {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn random(&self) -> f64 {
        fastrand::f64()
    }
}

/// Makes waits.
#[derive(Clone)]
pub struct Waiting {
    pause: Arc<dyn Pause>,
}

impl Default for Waiting {
    fn default() -> Self {
        Self::new(Arc::new(RealPause))
    }
}

impl Waiting {
    /// Waits that pass time this way.
    pub fn new(pause: Arc<dyn Pause>) -> Self {
        Self { pause }
    }

    /// A wait without an end of its own.
    pub fn endless(&self) -> Wait {
        self.wait(None)
    }

    /// A wait that pauses this long in all at most.
    pub fn at_most(&self, limit: Duration) -> Wait {
        self.wait(Some(limit))
    }

    /// Sixteen hexadecimal digits that no other run has.
    pub fn nonce(&self) -> String {
        let half = || {
            let drawn = self.pause.random() * (f64::from(u32::MAX) + 1.0);
            // Cut off, and at most the largest.
            drawn as u32
        };
        format!("{:08x}{:08x}", half(), half())
    }

    fn wait(&self, limit: Option<Duration>) -> Wait {
        Wait {
            pause: Arc::clone(&self.pause),
            limit,
            pauses: 0,
            waited: Duration::ZERO,
            unanswered: 0,
            throttled_since: None,
            next_word: FIRST_WORD,
        }
    }
}

/// One wait: pauses that grow, and patience with looks that fail.
pub struct Wait {
    pause: Arc<dyn Pause>,
    limit: Option<Duration>,
    pauses: u32,
    waited: Duration,
    unanswered: u32,
    /// How long it had waited when it was throttled first, of the looks since the last answer.
    throttled_since: Option<Duration>,
    /// When it says next what it waits for.
    next_word: Duration,
}

impl Wait {
    /// As [`Self::pause`], and says what is waited for after five seconds, then now and then.
    pub async fn pause_until(&mut self, what: &str, progress: &dyn Progress) -> bool {
        if self.waited >= self.next_word {
            progress.note(&self.words(what));
            self.has_spoken();
        }
        self.pause().await
    }

    /// Something else was said: the next word can wait.
    pub fn has_spoken(&mut self) {
        self.next_word = self.waited + AGAIN;
    }

    fn words(&self, what: &str) -> String {
        let throttled = match self.throttled_since {
            Some(_) => ", AWS throttles",
            None => "",
        };
        if self.next_word == FIRST_WORD {
            return format!("waiting until {what}{throttled}");
        }
        let seconds = self.waited.as_secs();
        format!("waiting until {what} ({seconds} s{throttled})")
    }

    /// Pauses before the next look; false when the limit is used up, without a pause.
    pub async fn pause(&mut self) -> bool {
        let mut next = jittered(delay(self.pauses), self.pause.random());
        if let Some(limit) = self.limit {
            let left = limit.saturating_sub(self.waited);
            if left.is_zero() {
                return false;
            }
            next = next.min(left);
        }
        self.pause.sleep(next).await;
        self.waited += next;
        self.pauses += 1;
        true
    }

    /// What a look gave: `None` for a failure that only this look has, and that the
    /// next may not: a throttled request, an answer that never came.
    ///
    /// # Errors
    /// Any other failure, too many looks in a row without an answer, and minutes of nothing
    /// but throttling.
    pub fn look<T>(
        &mut self,
        outcome: Result<T, ServiceFailure>,
    ) -> Result<Option<T>, ServiceFailure> {
        let failure = match outcome {
            Ok(value) => {
                self.unanswered = 0;
                self.throttled_since = None;
                return Ok(Some(value));
            }
            Err(failure) => failure,
        };
        match failure.kind {
            FailureKind::Throttled => {
                let since = *self.throttled_since.get_or_insert(self.waited);
                if self.waited.saturating_sub(since) < THROTTLED {
                    Ok(None)
                } else {
                    Err(failure)
                }
            }
            FailureKind::Unreachable if self.unanswered < UNANSWERED => {
                self.unanswered += 1;
                Ok(None)
            }
            _ => Err(failure),
        }
    }

    /// How long it has paused in all.
    pub fn waited(&self) -> Duration {
        self.waited
    }
}

/// The pause before look `n`, from zero, without jitter.
fn delay(n: u32) -> Duration {
    let looks = usize::try_from(n).unwrap_or(usize::MAX);
    if let Some(soon) = SOON.get(looks) {
        return *soon;
    }
    let exponent = i32::try_from(looks - SOON.len()).unwrap_or(i32::MAX);
    let grown = THEN.as_secs_f64() * GROWTH.powi(exponent);
    Duration::from_secs_f64(grown.min(LONGEST.as_secs_f64()))
}

/// Between three quarters of a delay and all of it, so that waits that began
/// together do not look together.
fn jittered(delay: Duration, random: f64) -> Duration {
    delay.mul_f64(0.75 + 0.25 * random)
}

#[cfg(test)]
pub mod testing {
    //! Waits that take no time.

    use std::sync::Mutex;

    use super::*;

    /// Remembers the pauses and makes none.
    #[derive(Default)]
    pub struct NoPause {
        slept: Mutex<Vec<Duration>>,
    }

    impl NoPause {
        /// The pauses so far.
        pub fn slept(&self) -> Vec<Duration> {
            self.slept.lock().unwrap().clone()
        }
    }

    #[async_trait]
    impl Pause for NoPause {
        async fn sleep(&self, duration: Duration) {
            self.slept.lock().unwrap().push(duration);
            tokio::task::yield_now().await;
        }

        fn random(&self) -> f64 {
            1.0
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::error::CredentialsFault;

    use super::testing::NoPause;
    use super::*;
    use crate::aws::testing::Notes;

    fn failure(kind: FailureKind) -> ServiceFailure {
        ServiceFailure {
            service: "Lambda",
            operation: "GetFunction",
            kind,
            code: String::new(),
            message: String::new(),
            problems: Vec::new(),
            request_id: None,
        }
    }

    #[tokio::test]
    async fn pauses_grow_to_five_seconds() {
        let pause = Arc::new(NoPause::default());
        let mut wait = Waiting::new(pause.clone()).endless();
        for _ in 0..12 {
            assert!(wait.pause().await);
        }
        let slept: Vec<u128> = pause.slept().iter().map(Duration::as_millis).collect();
        assert_eq!(
            slept,
            [20, 40, 80, 160, 320, 512, 819, 1310, 2097, 3355, 5000, 5000]
        );
    }

    #[tokio::test]
    async fn a_limit_is_kept_exactly() {
        let pause = Arc::new(NoPause::default());
        let mut wait = Waiting::new(pause.clone()).at_most(Duration::from_millis(300));
        while wait.pause().await {}
        assert_eq!(
            pause.slept(),
            [20, 40, 80, 160].map(Duration::from_millis).to_vec()
        );
        assert_eq!(wait.waited(), Duration::from_millis(300));
    }

    #[test]
    fn jitter_shortens_by_a_quarter_at_most() {
        let delay = Duration::from_secs(4);
        assert_eq!(jittered(delay, 0.0), Duration::from_secs(3));
        assert_eq!(jittered(delay, 0.5), Duration::from_millis(3500));
    }

    #[tokio::test]
    async fn throttled_looks_fail_after_minutes_of_nothing_else_and_refusals_at_once() {
        let mut wait = Waiting::new(Arc::new(NoPause::default())).endless();
        let throttled = || Err(failure(FailureKind::Throttled));
        let mut ends = Vec::new();
        for answered in [true, false] {
            // An answer in between begins the time anew.
            while wait.look::<()>(throttled()).is_ok() {
                wait.pause().await;
            }
            ends.push(wait.waited().as_secs());
            if answered {
                assert_eq!(wait.look(Ok(())), Ok(Some(())));
            }
        }
        assert!((300..=305).contains(&ends[0]), "{ends:?}");
        assert!((600..=615).contains(&ends[1]), "{ends:?}");
        for refusal in [
            FailureKind::AccessDenied,
            FailureKind::Credentials(CredentialsFault::Expired),
        ] {
            assert!(wait.look::<()>(Err(failure(refusal))).is_err());
        }
    }

    #[tokio::test]
    async fn a_wait_says_what_for_after_five_seconds_and_then_each_half_minute() {
        let notes = Notes::default();
        let waiting = Waiting::new(Arc::new(NoPause::default()));
        let mut wait = waiting.at_most(Duration::from_secs(4));
        while wait.pause_until("it is there", &notes).await {}
        assert_eq!(notes.lines(), Vec::<String>::new());

        let mut wait = waiting.at_most(Duration::from_secs(60));
        while wait.pause_until("it is there", &notes).await {
            if wait.waited() > Duration::from_secs(30) {
                let throttled = failure(FailureKind::Throttled);
                assert_eq!(wait.look::<()>(Err(throttled)), Ok(None));
            }
        }
        assert_eq!(
            notes.lines(),
            [
                "waiting until it is there",
                "waiting until it is there (38 s, AWS throttles)",
            ]
        );
    }

    #[test]
    fn a_nonce_is_of_chance_alone() {
        let waiting = Waiting::new(Arc::new(NoPause::default()));
        assert_eq!(waiting.nonce(), "ffffffffffffffff");
        let real = Waiting::default();
        assert_eq!(real.nonce().len(), 16);
        assert_ne!(real.nonce(), real.nonce());
    }

    #[test]
    fn only_unanswered_looks_in_a_row_are_counted() {
        let mut wait = Waiting::default().endless();
        for _ in 0..UNANSWERED {
            assert_eq!(
                wait.look::<()>(Err(failure(FailureKind::Unreachable))),
                Ok(None)
            );
        }
        assert_eq!(wait.look(Ok(())), Ok(Some(())));
        for _ in 0..UNANSWERED {
            assert_eq!(
                wait.look::<()>(Err(failure(FailureKind::Unreachable))),
                Ok(None)
            );
        }
        assert!(
            wait.look::<()>(Err(failure(FailureKind::Unreachable)))
                .is_err()
        );
    }
}
