//! What all services share.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::task::JoinSet;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::handles::Handles;
use crate::core::ports::{Clock, Ids};
use crate::core::registration::{self, Registration};
use crate::core::service::{Permission, Service};
use crate::core::state::State;
use crate::core::store::Store;

/// The account that the embedded AWS plays. No account of AWS has this number.
pub const ACCOUNT: &str = "000000000000";

/// The embedded AWS: state and ports.
pub struct World {
    state: Mutex<State>,
    store: Store,
    tasks: Mutex<JoinSet<()>>,
    services: &'static [&'static Registration],
    handles: Handles,
    endpoint: OnceLock<String>,
    public_url: OnceLock<String>,
    /// The one Region it plays.
    pub region: String,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Makes identifiers.
    pub ids: Ids,
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
        services: &'static [&'static Registration],
        handles: Handles,
    ) -> Self {
        Self {
            state: Mutex::new(state),
            store,
            tasks: Mutex::new(JoinSet::new()),
            services,
            handles,
            endpoint: OnceLock::new(),
            public_url: OnceLock::new(),
            region,
            clock,
            ids,
            traffic: crate::core::traffic::Traffic::default(),
        }
    }

    /// Every service.
    pub(crate) fn services(&self) -> impl Iterator<Item = &'static Registration> + use<> {
        self.services.iter().copied()
    }

    /// The service of that name in the SigV4 credential scope.
    pub(crate) fn service(&self, scope: &str) -> Option<&'static dyn Service> {
        registration::of_scope(self.services(), scope)
    }

    /// What a service keeps in memory, by its type.
    pub fn handle<T: Any + Send + Sync>(&self) -> &T {
        self.handles.get()
    }

    /// Whether a session of a role may do something.
    ///
    /// # Errors
    /// `AccessDenied` or `AccessDeniedException`; `NotImplemented` when no service decides.
    pub(crate) fn authorize(
        &self,
        role_name: &str,
        session_name: &str,
        permission: &Permission,
    ) -> ServiceResult<()> {
        match self.services().find_map(|service| service.authorize) {
            Some(authorize) => authorize(self, role_name, session_name, permission),
            None => Err(ServiceError::not_implemented("permissions of roles")),
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
