//! How a service is known: it says itself what it is and has, in one value.

use std::sync::Arc;

use super::error::ServiceResult;
use super::handles::Handles;
use super::metric::{Known, Metric};
use super::resource::ResourceType;
use super::service::{Permission, Service};
use super::state::State;
use super::store::Store;
use super::world::World;

/// Decides whether a session of a role may do something.
///
/// # Errors
/// `AccessDenied` or `AccessDeniedException`.
pub type Authorize = fn(
    world: &World,
    role_name: &str,
    session_name: &str,
    permission: &Permission,
) -> ServiceResult<()>;

/// A service of the embedded AWS.
pub struct Registration {
    /// Its folder, by which others name it.
    pub name: &'static str,
    /// Its name in the SigV4 credential scope.
    pub scope: &'static str,
    /// Who answers its requests.
    pub service: &'static dyn Service,
    /// Adds its slice to the state.
    pub state: fn(State) -> State,
    /// Adds what it keeps in memory.
    pub handles: fn(&mut Handles, &Store),
    /// Its resource types in CloudFormation.
    pub resource_types: &'static [&'static dyn ResourceType],
    /// Goes on with what a process before had begun.
    pub resume: fn(&Arc<World>),
    /// What it knows of a metric; `None`: it is none of its own.
    pub metric: fn(&World, &Metric<'_>) -> ServiceResult<Option<Known>>,
    /// Decides for all services what roles may do; one service does.
    pub authorize: Option<Authorize>,
    /// The services whose state, handles and functions it uses.
    pub peers: &'static [&'static str],
}

/// The service of that name in the SigV4 credential scope.
pub fn of_scope(
    mut services: impl Iterator<Item = &'static Registration>,
    scope: &str,
) -> Option<&'static dyn Service> {
    let found = services.find(|service| service.scope == scope);
    found.map(|service| service.service)
}

impl Registration {
    /// A service that keeps nothing in memory, has no resource types, nothing to resume, no
    /// metrics and no peers.
    pub const fn new(
        name: &'static str,
        scope: &'static str,
        service: &'static dyn Service,
        state: fn(State) -> State,
    ) -> Self {
        Self {
            name,
            scope,
            service,
            state,
            handles: |_, _| {},
            resource_types: &[],
            resume: |_| {},
            metric: |_, _| Ok(None),
            authorize: None,
            peers: &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::*;
    use crate::core::calls::call_as;
    use crate::core::ports::{Ids, SystemClock};
    use crate::core::service::{Call, Principal, Protocol, Request, Route};
    use crate::core::state::Slice;
    use crate::core::wire::response::Response;

    /// A service that counts how often it was greeted.
    struct Greeter;

    #[derive(Default, Serialize, Deserialize)]
    struct Greeted {
        times: u32,
    }

    impl Slice for Greeted {
        const NAME: &'static str = "greeter";
    }

    struct Words(&'static str);

    #[async_trait]
    impl Service for Greeter {
        fn protocol(&self) -> Protocol {
            Protocol::Json {
                content_type: "application/json",
            }
        }

        fn route(&self, _: &Request) -> ServiceResult<Route> {
            Ok(Route::new("Greet"))
        }

        fn permissions(&self, _: &World, _: &Route, _: &Request) -> ServiceResult<Vec<Permission>> {
            Ok(Vec::new())
        }

        async fn handle(
            &self,
            world: &Arc<World>,
            _: &Call,
            _: &Route,
            _: &Request,
        ) -> ServiceResult<Response> {
            let times = world.write(|state| {
                let greeted = state.of_mut::<Greeted>();
                greeted.times += 1;
                Ok::<_, crate::error::ServiceError>(greeted.times)
            })?;
            Response::json(&json!({ world.handle::<Words>().0: times }))
        }
    }

    static GREETER: Registration = Registration {
        handles: |handles, _| handles.insert(Words("hello")),
        ..Registration::new("greeter", "greeter", &Greeter, State::with::<Greeted>)
    };
    static ALL: [&Registration; 1] = [&GREETER];

    /// What CONTRIBUTING says of a new service: its folder, and one line.
    #[tokio::test]
    async fn a_new_service_is_one_value() {
        let empty = (GREETER.state)(State::default());
        let (store, state) = Store::temporary("us-east-1", empty).unwrap();
        let mut handles = Handles::default();
        (GREETER.handles)(&mut handles, &store);
        let world = Arc::new(World::new(
            state,
            store,
            "us-east-1".to_owned(),
            Arc::new(SystemClock),
            Ids::seeded(1),
            &ALL,
            handles,
        ));
        let request = Request {
            method: http::Method::POST,
            path: "/".to_owned(),
            query: Vec::new(),
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
        };
        for times in 1..=2 {
            let answer = call_as(&world, Principal::Administrator, "greeter", &request).await;
            let body: serde_json::Value = serde_json::from_slice(&answer.unwrap().body).unwrap();
            assert_eq!(body, json!({ "hello": times }));
        }
        let other = call_as(&world, Principal::Administrator, "other", &request).await;
        assert!(other.unwrap_err().is_not_implemented());
    }
}
