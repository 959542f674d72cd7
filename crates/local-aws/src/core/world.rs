//! What all services share.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::task::JoinSet;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::ports::{Clock, Ids};
use crate::core::state::State;
use crate::core::store::Store;

/// The account that the embedded AWS plays. No account of AWS has this number.
pub const ACCOUNT: &str = "000000000000";

/// The embedded AWS: state and ports.
pub struct World {
    state: Mutex<State>,
    store: Store,
    tasks: Mutex<JoinSet<()>>,
    endpoint: OnceLock<String>,
    public_url: OnceLock<String>,
    /// The one Region it plays.
    pub region: String,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Makes identifiers.
    pub ids: Ids,
    /// DynamoDB's tables.
    pub tables: crate::dynamodb::Tables,
    /// The running functions.
    pub functions: crate::lambda::Functions,
    /// The code of functions.
    pub packages: crate::lambda::Packages,
    /// The datapoints of metrics.
    pub metrics: crate::cloudwatch::Metrics,
    /// Tells of changes of pipes.
    pub pipes: crate::pipes::Changes,
    /// The SMS that were sent.
    pub outbox: crate::sns::Outbox,
    /// The messages in SQS's queues.
    pub messages: crate::sqs::Messages,
    /// The token buckets of APIs.
    pub throttles: crate::apigateway::Throttles,
    /// The deployments of REST APIs, ready to answer.
    pub rest_apis: crate::apigateway::rest::Cache,
    /// Fault rules, and how often each operation was called.
    pub traffic: crate::core::traffic::Traffic,
}

impl World {
    pub(crate) fn new(
        state: State,
        store: Store,
        region: String,
        clock: Arc<dyn Clock>,
        ids: Ids,
        tables: crate::dynamodb::Tables,
    ) -> Self {
        Self {
            state: Mutex::new(state),
            metrics: crate::cloudwatch::Metrics::of(&store.dir().join("cloudwatch")),
            outbox: crate::sns::Outbox::of(&store.dir().join("sns")),
            messages: crate::sqs::Messages::of(&store.dir().join("sqs")),
            packages: crate::lambda::Packages::below(
                &store.dir().join("lambda"),
                store.key().clone(),
            ),
            store,
            tasks: Mutex::new(JoinSet::new()),
            endpoint: OnceLock::new(),
            public_url: OnceLock::new(),
            region,
            clock,
            ids,
            tables,
            functions: crate::lambda::Functions::default(),
            pipes: crate::pipes::Changes::default(),
            throttles: crate::apigateway::Throttles::default(),
            rest_apis: crate::apigateway::rest::Cache::default(),
            traffic: crate::core::traffic::Traffic::default(),
        }
    }

    /// Reads the state. The lock is held while `read` runs: no awaiting, no I/O.
    pub fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state. On an error nothing of the change is kept only if
    /// `write` checked before it changed: check first.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn write<T, E>(&self, write: impl FnOnce(&mut State) -> Result<T, E>) -> Result<T, E> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        write(&mut state)
    }

    /// Saves the state if it changed. The gateway calls it before it answers;
    /// background work calls it after each step.
    ///
    /// # Errors
    /// `InternalFailure` when the disk refuses.
    pub fn flush(&self) -> ServiceResult<()> {
        // Saved under the lock, so that an older moment never replaces a newer one.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.is_changed() {
            return Ok(());
        }
        self.store.save(&mut state).map_err(ServiceError::internal)
    }

    /// Gives the folder back; see [`Store::release`].
    pub(crate) fn release(&self) {
        self.store.release();
    }

    /// Runs work in the background until it ends or the server stops.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(work);
    }

    /// Whether nothing runs in the background.
    pub(crate) fn is_idle(&self) -> bool {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.is_empty()
    }

    pub(crate) fn take_tasks(&self) -> JoinSet<()> {
        std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The folder of the state, for a service's own files.
    pub fn dir(&self) -> &Path {
        self.store.dir()
    }

    /// A service's own folder below the state's folder; not created.
    pub fn service_dir(&self, service: &str) -> PathBuf {
        self.store.dir().join(service)
    }

    pub(crate) fn set_endpoint(&self, url: String, public_url: String) {
        // Set once, at start.
        let _ = self.endpoint.set(url);
        let _ = self.public_url.set(public_url);
    }

    /// The gateway's URL, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        self.endpoint.get().map_or("", String::as_str)
    }

    /// Where the gateway is found by people who come later
    /// ([`crate::server::Config::public_port`]).
    pub fn public_url(&self) -> &str {
        self.public_url.get().map_or("", String::as_str)
    }

    /// `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`.
    pub fn arn(&self, service: &str, resource: impl std::fmt::Display) -> String {
        format!("arn:aws:{service}:{}:{ACCOUNT}:{resource}", self.region)
    }
}
