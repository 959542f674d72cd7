//! STS: who am I, and the sessions that functions run with.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::{ServiceError, ServiceResult};
use crate::gateway::query::Query;
use crate::gateway::response::Response;
use crate::service::{Call, Permission, Principal, Protocol, Request, Route, Service};
use crate::world::{ACCOUNT, World};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// What STS keeps.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    sessions: BTreeMap<String, Session>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Session {
    role_name: String,
    session_name: String,
    expires: Timestamp,
}

/// Keys of a role session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Starts with `ASIA`.
    pub access_key_id: String,
    /// The secret; never verified here.
    pub secret_access_key: String,
    /// The session token; never verified here.
    pub session_token: String,
}

impl State {
    /// The session that a temporary key belongs to.
    pub fn session(&self, access_key: &str) -> Option<Principal> {
        self.sessions
            .get(access_key)
            .map(|session| Principal::AssumedRole {
                role_name: session.role_name.clone(),
                session_name: session.session_name.clone(),
            })
    }
}

/// Issues keys for a session of a role, as Lambda does for a function. Valid
/// for twelve hours; keys long expired are forgotten.
pub fn issue(world: &World, role_name: &str, session_name: &str) -> Credentials {
    let now = world.clock.now();
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let credentials = Credentials {
        access_key_id: world.ids.unique_id("ASIA", 20),
        secret_access_key: world.ids.token(40, letters),
        session_token: world.ids.token(64, letters),
    };
    let issued: Result<(), std::convert::Infallible> = world.write(|state| {
        state
            .sts
            .sessions
            .retain(|_, session| session.expires > now);
        state.sts.sessions.insert(
            credentials.access_key_id.clone(),
            Session {
                role_name: role_name.to_owned(),
                session_name: session_name.to_owned(),
                expires: now + 12.hours(),
            },
        );
        Ok(())
    });
    match issued {
        Ok(()) => credentials,
    }
}

/// The service.
pub struct Sts;

#[async_trait]
impl Service for Sts {
    fn protocol(&self) -> Protocol {
        Protocol::Query {
            namespace: NAMESPACE,
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        match Query::parse(request)?.action.as_str() {
            "GetCallerIdentity" => Ok(Route::new("GetCallerIdentity")),
            other => Err(ServiceError::not_implemented(format!("sts:{other}"))),
        }
    }

    fn permissions(
        &self,
        _world: &World,
        _route: &Route,
        _request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        // GetCallerIdentity needs no permission (AWS docs, STS API reference).
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        world: &Arc<World>,
        call: &Call,
        route: &Route,
        _request: &Request,
    ) -> ServiceResult<Response> {
        let (arn, user_id) = match &call.principal {
            Principal::AssumedRole {
                role_name,
                session_name,
            } => (
                format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role_name}/{session_name}"),
                format!("{}:{session_name}", role_id(world, role_name)),
            ),
            Principal::Administrator | Principal::Service { .. } => {
                (format!("arn:aws:iam::{ACCOUNT}:root"), ACCOUNT.to_owned())
            }
        };
        let result = json!({ "Arn": arn, "UserId": user_id, "Account": ACCOUNT });
        Ok(Response::query(
            route.operation,
            NAMESPACE,
            Some(&result),
            &call.request_id,
        ))
    }
}

/// A session outlives its role; then nobody knows the id any more.
fn role_id(world: &World, role_name: &str) -> String {
    world.read(|state| {
        state
            .iam
            .role(role_name)
            .map_or_else(|_| "AROA".to_owned(), |role| role.id.clone())
    })
}
