//! The one port: identifies the caller, the service and the operation, applies
//! faults and throttling, checks permissions, calls the service and gives its
//! answer the wire shape of its protocol.

pub mod control;
pub mod credentials;
pub mod faults;
pub mod query;
pub mod response;
pub mod services;
pub mod throttle;
pub mod traffic;
pub mod xml;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use http_body_util::BodyExt;

use crate::error::{ServiceError, ServiceResult};
use crate::service::{Call, Protocol, Request, Service};
use crate::store::Token;
use crate::world::World;
use faults::{Faults, Moment};
use response::Response;
use throttle::Throttle;

/// The largest request: a 50 MB zip in Base64 with room for the rest.
const MAX_BODY: usize = 80 * 1024 * 1024;

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
        let (parts, body) = request.into_parts();
        let body = match http_body_util::Limited::new(body, MAX_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => {
                let error =
                    ServiceError::new(413, "RequestEntityTooLargeException", error.to_string());
                let protocol = Protocol::RestJson {
                    message_member: "message",
                };
                return Some(response::error(&error, protocol, "").into_http());
            }
        };
        let query = parts.uri.query().unwrap_or_default();
        let path = parts.uri.path();
        let host = parts.headers.get(http::header::HOST);
        let path = host
            .and_then(|host| host.to_str().ok())
            .and_then(|host| {
                crate::apigateway::execute::path_of_host(&self.world.region, host, path)
            })
            .unwrap_or_else(|| path.to_owned());
        let request = Request {
            method: parts.method,
            path,
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers: parts.headers,
            body,
        };
        if control::owns(&request.path) {
            return Some(control::answer(self, &request).await.into_http());
        }
        self.answer_service(&request).await.map(Response::into_http)
    }

    async fn answer_service(&self, request: &Request) -> Option<Response> {
        let request_id = self.world.ids.uuid();
        let unknown = Protocol::RestJson {
            message_member: "message",
        };
        let scope = match credentials::scope(request) {
            Ok(scope) => scope,
            Err(error) => return Some(response::error(&error, unknown, &request_id)),
        };
        let Some(service) = services::find(&scope.service) else {
            let error = ServiceError::not_implemented(format!("the service {}", scope.service));
            return Some(response::error(&error, unknown, &request_id));
        };
        let outcome = self
            .answer_operation(service, &scope, request, &request_id)
            .await;
        let response = match outcome {
            Ok(response) => response?,
            Err(error) => service.refusal(&error, &request_id),
        };
        Some(
            response
                .with_request_id(&request_id, service.protocol())
                .for_method(&request.method),
        )
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
        if !traffic
            .strike(&scope.service, route.operation, Moment::Before, request)
            .await?
        {
            return Ok(None);
        }
        service.authorize(&self.world, &principal, &route, request)?;
        let call = Call {
            request_id: request_id.to_owned(),
            principal,
            now,
        };
        let outcome = service.handle(&self.world, &call, &route, request).await;
        self.world.flush()?;
        if !traffic
            .strike(&scope.service, route.operation, Moment::After, request)
            .await?
        {
            return Ok(None);
        }
        outcome.map(Some)
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
