//! Start and stop the embedded AWS.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::core::consistency::{Model, Settling};
use crate::core::handles::Handles;
use crate::core::ports::{Clock, Ids, SystemClock};
use crate::core::store::{self, Served, StateFolder, Store, StoreError, Token};
use crate::core::world::World;
use crate::dynamodb::Tables;
use crate::gateway::{Gateway, serve, services};

/// The port that people serve on when they name none.
pub const DEFAULT_PORT: u16 = 4599;

/// What is done with a state that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// What it says goes on: stacks, pipes, alarms, expired items.
    Full,
    /// Nothing goes on by itself and no folder is made: for who only looks. Requests are
    /// answered as ever.
    Look,
}

/// How to start.
pub struct Config {
    /// Where the state is kept; `None`: in a temporary folder.
    pub folder: Option<StateFolder>,
    /// What is done with what is there.
    pub access: Access,
    /// The port on 127.0.0.1; 0: any free one.
    pub port: u16,
    /// The port written into URLs that outlive this server, such as an API's;
    /// `None`: the port it listens on.
    pub public_port: Option<u16>,
    /// The one Region it plays.
    pub region: String,
    /// Who starts it, told to others who want the same folder.
    pub what: String,
    /// Whether it is there for them: they are told its URL too.
    pub shared: bool,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Fixes identifiers, for tests.
    pub seed: Option<u64>,
    /// Whether it takes its time to agree with itself.
    pub consistency: Model,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            folder: None,
            access: Access::Full,
            port: 0,
            public_port: None,
            region: "us-east-1".to_owned(),
            what: "an embedded AWS".to_owned(),
            shared: false,
            clock: Arc::new(SystemClock),
            seed: None,
            consistency: Model::default(),
        }
    }
}

impl Config {
    /// The identifiers of what an account has from the start. They follow from the folder,
    /// so that a plan that was made before there was one is still the plan.
    fn born_with(&self) -> Ids {
        match (self.seed, &self.folder) {
            (Some(seed), _) => Ids::seeded(seed),
            (None, Some(folder)) => Ids::seeded(folder.seed()),
            (None, None) => Ids::random(),
        }
    }
}

/// Why it does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The state cannot be had.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The port cannot be had.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// DynamoDB's database cannot be opened.
    #[error("cannot open the tables in {path}: {reason}")]
    Tables {
        /// The database file.
        path: PathBuf,
        /// What the database said.
        reason: String,
    },
}

/// A running embedded AWS. Call [`Running::stop`]; dropping it leaves the
/// server to the end of the runtime.
pub struct Running {
    gateway: Arc<Gateway>,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

/// Starts the embedded AWS.
///
/// # Errors
/// [`StartError`]: the folder is in use or damaged, the port is taken.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, config.port));
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen { address, source })?;
    let address = listener
        .local_addr()
        .map_err(|source| StartError::Listen { address, source })?;
    let token = config.shared.then(Token::random).transpose();
    let token = token.map_err(|source| StartError::Listen { address, source })?;
    let (store, mut state) = match &config.folder {
        Some(folder) if config.access == Access::Full || store::is_there(&folder.path)? => {
            // Who connects before it serves waits in the listener's queue.
            let served = token.clone().map(|token| Served {
                url: format!("http://{address}"),
                region: config.region.clone(),
                token,
            });
            Store::open(
                folder,
                &config.region,
                &config.what,
                served,
                services::empty_state(),
            )?
        }
        _ => Store::temporary(&config.region, services::empty_state())?,
    };
    if config.consistency != Model::Immediate {
        state.of_mut::<Settling>().set_model(config.consistency);
        if let Some(latest) = state.of::<Settling>().latest() {
            config.clock.not_before(latest);
        }
    }
    let mut handles = Handles::default();
    for service in services::all() {
        (service.handles)(&mut handles, &store);
    }
    // The one that is waited for.
    let tables = Tables::open(store.dir(), &config.region).await;
    handles.insert(tables.map_err(|error| StartError::Tables {
        path: Tables::file(store.dir()),
        reason: error.to_string(),
    })?);
    let born = config.born_with();
    let ids = config.seed.map_or_else(Ids::random, Ids::seeded);
    let world = Arc::new(World::new(
        state,
        store,
        config.region,
        config.clock,
        ids,
        services::all(),
        handles,
    ));
    let lasting = config.public_port.unwrap_or_else(|| address.port());
    world.set_endpoint(
        format!("http://{address}"),
        format!("http://127.0.0.1:{lasting}"),
    );
    crate::connect::be_born(&world, &born);
    if config.access == Access::Full {
        for service in services::all() {
            (service.resume)(&world);
        }
    }
    let gateway = Arc::new(Gateway::new(world, token));
    let (stop, stopped) = oneshot::channel::<()>();
    // Stopped on purpose or dropped: both end the service.
    let served = tokio::spawn(serve::gateway(listener, Arc::clone(&gateway), stopped));
    Ok(Running {
        gateway,
        address,
        stop,
        served,
    })
}

impl Running {
    /// The URL of the gateway, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The gateway, to set faults and read counts in-process.
    pub fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    /// Whether nothing goes on by itself: no stack, no pipe, no alarm.
    pub fn is_idle(&self) -> bool {
        self.gateway.world().is_idle()
    }

    /// Names of stacks on which work was cut off.
    pub fn unfinished_stacks(&self) -> Vec<String> {
        let world = self.gateway.world();
        world.read(|state| {
            let stacks = state.of::<crate::cloudformation::State>().stacks.values();
            let unfinished = stacks.filter(|stack| stack.operation.is_some());
            unfinished.map(|stack| stack.name.clone()).collect()
        })
    }

    /// The SMS that were sent.
    pub fn outbox(&self) -> &crate::sns::Outbox {
        self.gateway.world().handle::<crate::sns::Outbox>()
    }

    /// The e-mails that were sent.
    pub fn mail(&self) -> &crate::ses::Outbox {
        self.gateway.world().handle::<crate::ses::Outbox>()
    }

    /// A request to one of the gateway's own paths ([`crate::gateway::control`]),
    /// without going through the port: status and body of the answer.
    pub async fn control(&self, method: http::Method, path: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        let request = crate::core::service::Request {
            method,
            path: path.to_owned(),
            query: Vec::new(),
            headers: http::HeaderMap::new(),
            body: body.into(),
        };
        let response = crate::gateway::control::answer(&self.gateway, &request).await;
        (response.status, response.body.to_vec())
    }

    /// Stops: ends functions and background work, saves the state, frees the folder.
    pub async fn stop(self) {
        let world = Arc::clone(self.gateway.world());
        // Not serving any more. Connections that are kept open still hold the world,
        // so the folder is given back in so many words below.
        let _ = self.stop.send(());
        self.served.abort();
        world.take_tasks().shutdown().await;
        world.handle::<crate::lambda::Functions>().stop().await;
        let left: Result<(), Infallible> = world.write(|state| {
            if state.of::<Settling>().model() != Model::Immediate {
                let now = world.clock.now();
                state.of_mut::<Settling>().leave(now);
            }
            Ok(())
        });
        let Ok(()) = left;
        if let Err(error) = world.flush() {
            tracing::error!(%error, "the last state could not be saved");
        }
        world.release();
    }
}
