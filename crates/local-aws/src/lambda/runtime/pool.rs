//! The execution environments of all functions: those that wait for work, and
//! how many work.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::environment::Environment;
use crate::core::error::ServiceResult;
use crate::core::world::World;
use crate::lambda::errors;

/// How many invocations may run at a time, of all functions together.
pub const CONCURRENCY: usize = 100;

/// How long an environment waits for another invocation.
const IDLE_LIMIT: Duration = Duration::from_secs(15 * 60);

/// How long an environment is used at all; its keys are valid for twelve hours.
const LIFE_LIMIT: Duration = Duration::from_secs(6 * 60 * 60);

/// The running functions.
#[derive(Default)]
pub struct Functions {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// By generation of the version.
    idle: HashMap<String, Vec<Idle>>,
    /// By function.
    working: HashMap<String, usize>,
    total: usize,
    stopped: bool,
}

struct Idle {
    environment: Environment,
    since: Instant,
}

/// The right to one invocation; given back when dropped.
pub struct Permit {
    world: Arc<World>,
    function: String,
}

impl Functions {
    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An environment that waits for work.
    pub fn take(&self, generation: &str) -> Option<Environment> {
        let now = Instant::now();
        let mut old = Vec::new();
        let found = {
            let mut inner = self.lock();
            for idle in inner.idle.values_mut() {
                let (kept, expired): (Vec<_>, Vec<_>) = std::mem::take(idle)
                    .into_iter()
                    .partition(|one| one.is_fresh(now));
                *idle = kept;
                old.extend(expired);
            }
            inner.idle.retain(|_, idle| !idle.is_empty());
            inner.idle.get_mut(generation).and_then(Vec::pop)
        };
        // Killed outside of the lock.
        drop(old);
        found.map(|idle| idle.environment)
    }

    /// Takes an environment back after its work.
    pub fn put(&self, generation: &str, environment: Environment) {
        let mut inner = self.lock();
        if inner.stopped {
            return;
        }
        inner
            .idle
            .entry(generation.to_owned())
            .or_default()
            .push(Idle {
                environment,
                since: Instant::now(),
            });
    }

    /// Ends the waiting environments of generations that are no more.
    pub fn retire(&self, lives: impl Fn(&str) -> bool) {
        let retired: Vec<Vec<Idle>> = {
            let mut inner = self.lock();
            let dead: Vec<String> = inner
                .idle
                .keys()
                .filter(|generation| !lives(generation))
                .cloned()
                .collect();
            dead.iter()
                .filter_map(|generation| inner.idle.remove(generation))
                .collect()
        };
        drop(retired);
    }

    /// Ends every execution environment.
    pub async fn stop(&self) {
        let idle: Vec<Idle> = {
            let mut inner = self.lock();
            inner.stopped = true;
            inner.idle.drain().flat_map(|(_, idle)| idle).collect()
        };
        for one in idle {
            one.environment.stop().await;
        }
    }
}

impl Idle {
    fn is_fresh(&self, now: Instant) -> bool {
        now.duration_since(self.since) < IDLE_LIMIT
            && now.duration_since(self.environment.started) < LIFE_LIMIT
    }
}

impl Permit {
    /// Lets an invocation begin.
    ///
    /// # Errors
    /// `TooManyRequestsException` beyond the reserved or the whole concurrency.
    pub fn acquire(
        world: &Arc<World>,
        function: &str,
        reserved: Option<u32>,
    ) -> ServiceResult<Self> {
        let mut inner = world.handle::<crate::lambda::Functions>().lock();
        let working = inner.working.get(function).copied().unwrap_or_default();
        if reserved.is_some_and(|limit| working >= limit as usize) {
            return Err(errors::too_many_requests(
                "ReservedFunctionConcurrentInvocationLimitExceeded",
            ));
        }
        if inner.total >= CONCURRENCY {
            return Err(errors::too_many_requests(
                "ConcurrentInvocationLimitExceeded",
            ));
        }
        inner.total += 1;
        inner.working.insert(function.to_owned(), working + 1);
        Ok(Self {
            world: Arc::clone(world),
            function: function.to_owned(),
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut inner = self.world.handle::<crate::lambda::Functions>().lock();
        inner.total = inner.total.saturating_sub(1);
        let working = inner.working.get(&self.function).copied().unwrap_or(1);
        if working <= 1 {
            inner.working.remove(&self.function);
        } else {
            inner.working.insert(self.function.clone(), working - 1);
        }
    }
}
