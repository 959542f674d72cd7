//! The one port: turns pages in a browser away, identifies the caller, the service and the
//! operation, applies faults and throttling, checks permissions, calls the service and gives
//! its answer the wire shape of its protocol.
//!
//! - [`serve`]: the connections. [`admission`]: who is let in, by [`host`] and [`origin`].
//! - [`body`], [`limits`]: how much of a request is read.
//! - [`credentials`], [`signature`]: who signs. [`services`]: the services.

pub mod admission;
mod body;
pub mod control;
pub mod credentials;
pub mod host;
pub mod limits;
pub mod origin;
pub mod serve;
pub mod services;
pub mod signature;
pub mod throttle;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;

use crate::connect::quotas::Grant;
use crate::core::calls;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::faults::Faults;
use crate::core::ports::Busy;
use crate::core::service::{Call, Protocol, Request, Service};
use crate::core::state::State;
use crate::core::store::Token;
use crate::core::wire::cbor;
use crate::core::wire::response::{self, Response};
use crate::core::world::World;
use admission::Admitted;
use origin::Place;
use throttle::Throttle;

/// How an error is told before it is known which protocol the client speaks.
const UNKNOWN: Protocol = Protocol::RestJson {
    message_member: "message",
};

/// The answer to a request that is not read to its end: no other can follow it.
fn turned_away(error: &ServiceError) -> http::Response<Body> {
    response::error(error, UNKNOWN, "")
        .with_header("connection", "close")
        .into_http()
}

/// The gateway in front of the services.
pub struct Gateway {
    world: Arc<World>,
    throttle: Mutex<Throttle>,
    token: Option<Token>,
}

impl Gateway {
    /// A gateway with every service. By `token` it proves to others who it is.
    pub(crate) fn new(world: Arc<World>, token: Option<Token>) -> Self {
        Self {
            world,
            throttle: Mutex::new(Throttle::default()),
            token,
        }
    }

    /// The answer to a challenge, which only this one can give; `None`: it is not there
    /// for others.
    pub(crate) fn proof(&self, challenge: &str) -> Option<String> {
        self.token.as_ref().map(|token| token.proof(challenge))
    }

    /// The state and ports behind it.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Replaces the fault rules.
    pub fn set_faults(&self, faults: Faults) {
        self.world.traffic.set_faults(faults);
    }

    /// Grants a quota, for as long as the state is kept.
    ///
    /// # Errors
    /// `InternalFailure` when the disk refuses.
    pub fn grant(&self, grant: Grant) -> ServiceResult<()> {
        self.world.write(|state| {
            state.of_mut::<crate::connect::State>().grant(grant);
            Ok::<_, ServiceError>(())
        })?;
        self.world.flush()
    }

    /// Makes the account a new one to SES and to SNS's SMS: in both sandboxes, with a dollar a
    /// month for SMS. It stays so as long as the state is kept, or until it is told otherwise.
    ///
    /// # Errors
    /// `InternalFailure` when the disk refuses.
    pub fn play_new_account(&self) -> ServiceResult<()> {
        let now = self.world.clock.now();
        self.world.write(|state| {
            let change = crate::sns::AccountChange::to_new_account();
            state
                .of_mut::<crate::sns::State>()
                .change_account(&change, now)?;
            let change = crate::ses::AccountChange::to_new_account();
            state.of_mut::<crate::ses::State>().change_account(&change);
            Ok::<_, ServiceError>(())
        })?;
        self.world.flush()
    }

    /// Turns throttling by the documented rates on or off.
    pub fn set_throttle(&self, throttle: Throttle) {
        *self.throttle.lock().unwrap_or_else(PoisonError::into_inner) = throttle;
    }

    /// How often each operation was called since the start, as `service:Operation`.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.world.traffic.counts()
    }

    /// Answers one HTTP request; `None` means: close the connection without an answer.
    pub async fn answer(&self, request: http::Request<Body>) -> Option<http::Response<Body>> {
        let _busy = Busy::begin(self.world.clock.as_ref());
        let (head, body) = request.into_parts();
        let now = self.world.clock.now();
        let secret = |key: &str| {
            let secret = |state: &State| {
                state
                    .of::<crate::sts::State>()
                    .secret(key, now)
                    .map(str::to_owned)
            };
            self.world.read(secret)
        };
        let is_domain = |name: &str| {
            self.world.read(|state| {
                let rest = &state.of::<crate::apigateway::State>().rest;
                rest.domains.contains_key(name)
            })
        };
        let admitted = match admission::admit(head, &self.world.region, secret, is_domain) {
            Ok(admitted) => admitted,
            Err(error) => {
                tracing::warn!(code = %error.code, "{}", error.message);
                return Some(turned_away(&error));
            }
        };
        let Admitted { mut request, place } = admitted;
        let limit = limits::longest_body(&place, &request);
        request.body = match body::read(body, limit, body::LONGEST_SILENCE).await {
            Ok(body) => body,
            Err(error) => return Some(turned_away(&error)),
        };
        match place {
            Place::Deployed | Place::Own => Some(control::answer(self, &request).await),
            Place::Service(scope) => self.answer_service(&scope, &request).await,
        }
        .map(Response::into_http)
    }

    async fn answer_service(
        &self,
        scope: &credentials::Scope,
        request: &Request,
    ) -> Option<Response> {
        let request_id = self.world.ids.uuid();
        let Some(service) = self.world.service(&scope.service) else {
            let error = ServiceError::not_implemented(format!("the service {}", scope.service));
            return Some(response::error(&error, UNKNOWN, &request_id));
        };
        let cbor_target = service.cbor_target().filter(|_| cbor::is_spoken(request));
        let translated = cbor_target.map(|target| cbor::to_json(request, target));
        let outcome = match translated.transpose() {
            Ok(translated) => {
                let request = translated.as_ref().unwrap_or(request);
                self.answer_operation(service, scope, request, &request_id)
                    .await
            }
            Err(error) => Err(error),
        };
        let response = match outcome {
            Ok(response) => response?,
            Err(error) => service.refusal(&error, &request_id),
        };
        let response = response.with_request_id(&request_id, service.protocol());
        let response = match cbor_target {
            Some(_) => cbor::from_json(response),
            None => response,
        };
        Some(response.for_method(&request.method))
    }

    async fn answer_operation(
        &self,
        service: &dyn Service,
        scope: &credentials::Scope,
        request: &Request,
        request_id: &str,
    ) -> ServiceResult<Option<Response>> {
        self.check_region(scope)?;
        let route = service.route(request)?;
        tracing::debug!(service = scope.service, operation = %route.operation, request_id, "request");
        let traffic = &self.world.traffic;
        traffic.count(&scope.service, route.operation);
        let principal = credentials::principal(&self.world, &scope.access_key, service.protocol())?;
        let now = self.world.clock.now();
        self.throttle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .admit(&scope.service, route.operation, now)?;
        let call = Call {
            request_id: request_id.to_owned(),
            principal,
            now,
        };
        calls::perform(&self.world, &scope.service, service, &route, &call, request).await
    }

    fn check_region(&self, scope: &credentials::Scope) -> ServiceResult<()> {
        // IAM and STS are signed for us-east-1 by many clients wherever they are.
        let global = matches!(scope.service.as_str(), "iam" | "sts");
        if global || scope.region == self.world.region {
            return Ok(());
        }
        Err(ServiceError::not_implemented(format!(
            "Region {}: this one plays {}",
            scope.region, self.world.region
        )))
    }
}
