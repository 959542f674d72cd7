//! The list as it is now: asked for at every call by its entity tag, kept for when it cannot be had.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use function_kit::limit::in_time;

use crate::list::{ListError, RoutingList};
use crate::store::{Fetched, Store, StoreError};

/// How long the list may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// When there is none yet.
    pub first: Duration,
    /// When the one from before would do.
    pub refresh: Duration,
}

impl Default for Patience {
    /// Far below the 8 seconds that Connect waits at most: somebody waits for the call to go out.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(1500),
            refresh: Duration::from_millis(500),
        }
    }
}

/// Why the list is not what the object holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListProblem {
    /// The object cannot be had.
    #[error("the list cannot be read: {0}")]
    Store(#[from] StoreError),
    /// The object is no list.
    #[error("the list is none: {0}")]
    List(#[from] ListError),
}

/// The list that counts now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// The list: the object's, or the last one that was good; `None` when there was none yet.
    pub list: Option<Arc<RoutingList>>,
    /// Why it is not the object's.
    pub problem: Option<ListProblem>,
}

/// What is remembered from call to call.
#[derive(Debug, Default)]
struct Memory {
    /// Of the object last read, good or not.
    etag: Option<String>,
    /// What was wrong with that.
    problem: Option<ListError>,
    /// The last one that was good.
    list: Option<Arc<RoutingList>>,
}

/// Remembers the list of a store.
pub struct Cache<S> {
    store: S,
    patience: Patience,
    memory: Mutex<Memory>,
}

impl<S: Store> Cache<S> {
    /// Nothing is read yet.
    pub fn new(store: S, patience: Patience) -> Self {
        Self {
            store,
            patience,
            memory: Mutex::default(),
        }
    }

    /// The list that counts now. Never takes longer than the patience, never fails.
    pub async fn current(&self) -> Current {
        let (known, limit) = {
            let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
            let limit = match memory.list {
                Some(_) => self.patience.refresh,
                None => self.patience.first,
            };
            (memory.etag.clone(), limit)
        };
        let fetch = self.store.fetch(known.as_deref());
        let fetched = in_time(limit, StoreError::Timeout, fetch).await;
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let problem = match fetched {
            Err(error) => Some(error.into()),
            Ok(Fetched::Unchanged) => memory.problem.clone().map(ListProblem::from),
            Ok(Fetched::New { etag, bytes }) => {
                memory.etag = etag;
                match RoutingList::read(&bytes) {
                    Ok(list) => {
                        memory.list = Some(Arc::new(list));
                        memory.problem = None;
                        None
                    }
                    Err(error) => {
                        memory.problem = Some(error.clone());
                        Some(error.into())
                    }
                }
            }
        };
        Current {
            list: memory.list.clone(),
            problem,
        }
    }
}
