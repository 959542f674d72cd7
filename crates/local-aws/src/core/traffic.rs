//! What happens to every call of an operation, whoever makes it, a client or a
//! service of the embedded AWS with somebody's rights: it is counted, and faults
//! strike it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::faults::{Effect, Faults, Moment};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Request;

/// Fault rules, and how often each operation was called.
#[derive(Debug, Default)]
pub struct Traffic {
    faults: Mutex<Faults>,
    counts: Mutex<BTreeMap<String, u64>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Traffic {
    /// Replaces the fault rules.
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.faults) = faults;
    }

    /// How often each operation was called since the start, as `service:Operation`.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        lock(&self.counts).clone()
    }

    /// Counts a call.
    pub(crate) fn count(&self, service: &str, operation: &str) {
        *lock(&self.counts)
            .entry(format!("{service}:{operation}"))
            .or_default() += 1;
    }

    /// Applies the fault rules; false means: the connection is dropped.
    ///
    /// # Errors
    /// The error that a rule gives.
    pub(crate) async fn strike(
        &self,
        service: &str,
        operation: &str,
        moment: Moment,
        request: &Request,
    ) -> ServiceResult<bool> {
        let effects = lock(&self.faults).effects(service, operation, moment, request);
        for effect in effects {
            match effect {
                Effect::Latency { milliseconds } => {
                    tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
                }
                Effect::Disconnect => return Ok(false),
                Effect::Error {
                    status,
                    code,
                    message,
                } => return Err(ServiceError::new(status, code, message)),
            }
        }
        Ok(true)
    }
}
