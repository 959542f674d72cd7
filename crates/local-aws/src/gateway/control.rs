//! Paths of the gateway's own, which no AWS has: `/_vanity-deploy/…`.
//!
//! - `GET  /_vanity-deploy/health`: who answers; `?challenge=TEXT`: with a proof of it
//!   ([`crate::core::store::Token`]).
//! - `PUT  /_vanity-deploy/faults`: a list of fault rules ([`crate::core::faults::Rule`]).
//! - `PUT  /_vanity-deploy/throttle`: `true` or `false`.
//! - `GET  /_vanity-deploy/counts`: calls per operation since the start.
//! - `GET  /_vanity-deploy/sns/outbox`: the SMS that were sent, a JSON array; `?after=N`
//!   leaves out the first N. `…/sns/undelivered`: those that were accepted and not delivered,
//!   each with its reason.
//!   `…/sns/notifications`: what was published to topics, by alarms too.
//! - `PUT  /_vanity-deploy/sns/opted-out`: the phone numbers whose owners want no SMS, a
//!   JSON array.
//! - `GET`, `PUT /_vanity-deploy/sns/account`: what AWS grants the account for SMS, an object of
//!   `sandbox`, `spendQuota`, `price` and `spent`; a PUT may leave out what stays.
//! - `GET  /_vanity-deploy/ses/outbox`: the e-mails that were sent, a JSON array; `?after=N`
//!   leaves out the first N. `…/ses/undelivered`: those all of whose recipients are suppressed.
//! - `GET`, `PUT /_vanity-deploy/ses/account`: what AWS grants the account for e-mail, an object
//!   of `sandbox`, `pending` (identities that are made stay so) and `dailyQuota`; a PUT may leave
//!   out what stays.
//! - `PUT  /_vanity-deploy/ses/identities`: how far the proofs of identities are, an object of
//!   `PENDING`, `SUCCESS`, `FAILED` or `TEMPORARY_FAILURE` by names.
//! - `POST /_vanity-deploy/connect/invoke`: a function as Connect invokes it.
//! - `ANY  /_vanity-deploy/lambda-url/ID/…`: a function URL, which is not served.
//! - `ANY  /_vanity-deploy/execute-api/API/…`: an API as the internet sees it;
//!   also with the `Host` that it has on AWS.
//!
//! Pages in a browser may call the last, and those of the gateway's own origin read the
//! rest: [`super::origin`].

use serde_json::json;

use super::Gateway;
use super::throttle::Throttle;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::faults::Faults;
use crate::core::service::{Protocol, Request};
use crate::core::wire::response::{self, Response};

const PREFIX: &str = "/_vanity-deploy/";

/// Whether a path is the gateway's own.
pub fn owns(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// Answers a request to the gateway's own paths.
pub async fn answer(gateway: &Gateway, request: &Request) -> Response {
    route(gateway, request).await.unwrap_or_else(|error| {
        let protocol = Protocol::RestJson {
            message_member: "message",
        };
        response::error(&error, protocol, "")
    })
}

async fn route(gateway: &Gateway, request: &Request) -> ServiceResult<Response> {
    let path = request.path.strip_prefix(PREFIX).unwrap_or_default();
    match (request.method.as_str(), path) {
        ("GET", "health") => Response::json(&json!({
            "service": "vanity-deploy local",
            "region": gateway.world().region,
            "account": crate::core::world::ACCOUNT,
            "proof": request.query_value("challenge").and_then(|text| gateway.proof(text)),
        })),
        ("PUT", "faults") => {
            gateway.set_faults(request.json::<Faults>()?);
            Ok(Response::empty(204))
        }
        ("PUT", "throttle") => {
            let on: bool = request.json()?;
            gateway.set_throttle(if on {
                Throttle::documented()
            } else {
                Throttle::default()
            });
            Ok(Response::empty(204))
        }
        ("GET", "counts") => Response::json(&gateway.counts()),
        ("GET", "sns/outbox") => {
            let sent = gateway
                .world()
                .handle::<crate::sns::Outbox>()
                .sent(after(request)?);
            Response::json(&sent.map_err(ServiceError::internal)?)
        }
        ("GET", "sns/notifications") => {
            let kept = gateway
                .world()
                .handle::<crate::sns::Outbox>()
                .notifications(after(request)?);
            Response::json(&kept.map_err(ServiceError::internal)?)
        }
        ("GET", "sns/undelivered") => {
            let kept = gateway
                .world()
                .handle::<crate::sns::Outbox>()
                .undelivered(after(request)?);
            Response::json(&kept.map_err(ServiceError::internal)?)
        }
        ("PUT", "sns/opted-out") => {
            let numbers: Vec<String> = request.json()?;
            let world = gateway.world();
            world.write(|state| {
                state
                    .of_mut::<crate::sns::State>()
                    .set_opted_out(numbers, world.clock.now())
            })?;
            world.flush()?;
            Ok(Response::empty(204))
        }
        ("GET", "sns/account") => {
            let world = gateway.world();
            let shown = world.read(|state| {
                let sns = state.of::<crate::sns::State>();
                sns.shown_account(world.clock.now())
            });
            Response::json(&shown)
        }
        ("PUT", "sns/account") => {
            let change: crate::sns::AccountChange = request.json()?;
            let world = gateway.world();
            world.write(|state| {
                let sns = state.of_mut::<crate::sns::State>();
                sns.change_account(&change, world.clock.now())
            })?;
            world.flush()?;
            Ok(Response::empty(204))
        }
        ("GET", "ses/outbox") => {
            let outbox = gateway.world().handle::<crate::ses::Outbox>();
            let sent = outbox.sent(after(request)?);
            Response::json(&sent.map_err(ServiceError::internal)?)
        }
        ("GET", "ses/undelivered") => {
            let outbox = gateway.world().handle::<crate::ses::Outbox>();
            let kept = outbox.undelivered(after(request)?);
            Response::json(&kept.map_err(ServiceError::internal)?)
        }
        ("GET", "ses/account") => {
            let world = gateway.world();
            let now = world.clock.now();
            let shown = world.read(|state| state.of::<crate::ses::State>().shown_account(now));
            Response::json(&shown)
        }
        ("PUT", "ses/account") => {
            let change: crate::ses::AccountChange = request.json()?;
            let world = gateway.world();
            world.write(|state| {
                state.of_mut::<crate::ses::State>().change_account(&change);
                Ok::<_, ServiceError>(())
            })?;
            world.flush()?;
            Ok(Response::empty(204))
        }
        ("PUT", "ses/identities") => {
            let given = request.json()?;
            let world = gateway.world();
            world.write(|state| state.of_mut::<crate::ses::State>().set_verification(&given))?;
            world.flush()?;
            Ok(Response::empty(204))
        }
        ("POST", "connect/invoke") => {
            let response = crate::connect::invoke::handle(gateway.world(), request).await;
            gateway.world().flush()?;
            response
        }
        (_, path) if path.starts_with("execute-api/") || path.starts_with("custom-domain/") => {
            let response = crate::apigateway::execute::handle(gateway.world(), request).await;
            gateway.world().flush()?;
            response
        }
        (_, path) if path.starts_with("lambda-url/") => Err(ServiceError::not_implemented(
            "requests to the URL of a function (their configuration is kept): invoke the function",
        )),
        _ => Err(ServiceError::new(
            404,
            "NotFound",
            format!("no such path: {}", request.path),
        )),
    }
}

/// `?after=N`, 0 when absent.
fn after(request: &Request) -> ServiceResult<usize> {
    let text = request.query_value("after").unwrap_or("0");
    text.parse()
        .map_err(|_| ServiceError::new(400, "BadRequest", format!("after={text} is no count")))
}
