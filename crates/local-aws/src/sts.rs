//! STS: who am I, and the sessions that functions run with.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::core::error::ServiceResult;
use crate::core::registration::Registration;
use crate::core::rows::{AnyRows, Rows};
use crate::core::service::{Call, Permission, Principal, Protocol, Request, Route, Service};
use crate::core::wire::query::Query;
use crate::core::wire::response::Response;
use crate::core::world::{ACCOUNT, World};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// What STS keeps.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    #[serde(skip)]
    sessions: Rows<Session>,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "sts";

    fn collections(&mut self) -> Vec<(String, &mut dyn AnyRows)> {
        vec![("sessions".to_owned(), &mut self.sessions)]
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Session {
    role_name: String,
    session_name: String,
    expires: Timestamp,
    /// For the process that issued it alone: it is written nowhere.
    #[serde(skip)]
    secret_access_key: Option<String>,
}

/// Keys of a role session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Starts with `ASIA`.
    pub access_key_id: String,
    /// The secret; verified only in presigned URLs that a page uses.
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

    /// The secret of a temporary key that this process issued and that is not over.
    pub fn secret(&self, access_key: &str, now: Timestamp) -> Option<&str> {
        let session = self.sessions.get(access_key)?;
        let secret = session.secret_access_key.as_deref()?;
        (session.expires > now).then_some(secret)
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
            .of_mut::<crate::sts::State>()
            .sessions
            .retain(|_, session| session.expires > now);
        state.of_mut::<crate::sts::State>().sessions.insert(
            credentials.access_key_id.clone(),
            Session {
                role_name: role_name.to_owned(),
                session_name: session_name.to_owned(),
                expires: now + 12.hours(),
                secret_access_key: Some(credentials.secret_access_key.clone()),
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

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    peers: &["iam"],
    ..Registration::new("sts", "sts", &Sts, crate::core::state::State::with::<State>)
};

#[async_trait]
impl Service for Sts {
    fn protocol(&self) -> Protocol {
        Protocol::Query {
            namespace: NAMESPACE,
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        crate::operations::STS.in_form(&Query::parse(request)?, &["GetCallerIdentity"])
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
            .of::<crate::iam::State>()
            .role(role_name)
            .map_or_else(|_| "AROA".to_owned(), |role| role.id.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_while_it_lasts_and_written_nowhere() {
        let now = Timestamp::UNIX_EPOCH;
        let session = Session {
            role_name: "r".to_owned(),
            session_name: "s".to_owned(),
            expires: now + 1.hours(),
            secret_access_key: Some("hush".to_owned()),
        };
        let mut state = State::default();
        state.sessions.insert("ASIA1".to_owned(), session);
        assert_eq!(state.secret("ASIA1", now), Some("hush"));
        assert_eq!(state.secret("ASIA1", now + 2.hours()), None);
        assert_eq!(state.secret("ASIA2", now), None);
        let written = state.sessions.changes().unwrap();
        assert!(!format!("{written:?}").contains("hush"), "{written:?}");
        let mut read = State::default();
        for (key, json) in written {
            read.sessions.load(&key, &json.unwrap()).unwrap();
        }
        assert!(read.session("ASIA1").is_some());
        assert_eq!(read.secret("ASIA1", now), None);
    }
}
