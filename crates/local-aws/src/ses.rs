//! SES, API v2: e-mail, kept in an outbox instead of being sent.
//!
//! - [`addresses`]: what an address is. Pure. [`message`]: what an e-mail must be. Pure.
//! - [`identities`], [`suppression`], [`account`]: who may send, who gets nothing, how much may be
//!   sent. Pure. [`sending`]: what becomes of an e-mail. Pure.
//! - [`outbox`]: the e-mails, in files that only grow.

mod account;
mod addresses;
pub mod cloudformation;
mod identities;
mod message;
mod metrics;
mod operations;
pub mod outbox;
mod sending;
mod state;
mod suppression;

use std::sync::Arc;

use async_trait::async_trait;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::registration::Registration;
use crate::core::resource::Typed;
use crate::core::service::{Call, Permission, Principal, Protocol, Request, Route, Service};
use crate::core::wire::response::Response;
use crate::core::world::{ACCOUNT, World};

pub use account::AccountChange;
pub use outbox::{Email, Outbox};
pub use state::State;

/// `BadRequestException` (400).
fn bad_request(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "BadRequestException", message)
}

/// The ARN of an identity (AWS docs, "Actions, resources, and condition keys for Amazon SES").
fn identity_arn(world: &World, name: &str) -> String {
    world.arn("ses", format_args!("identity/{name}"))
}

/// The service.
pub struct Ses;

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    handles: |handles, store| handles.insert(Outbox::of(&store.dir().join("ses"))),
    resource_types: &[&Typed::<cloudformation::EmailIdentity>::TYPE],
    metric: metrics::known,
    peers: &["cloudwatch"],
    ..Registration::new("ses", "ses", &Ses, crate::core::state::State::with::<State>)
};

#[async_trait]
impl Service for Ses {
    fn protocol(&self) -> Protocol {
        Protocol::RestJson {
            message_member: "message",
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        // Clients of API v1 sign for the same name and send a form.
        if request.path == "/" {
            return Err(ServiceError::not_implemented(
                "SES, API v1 (2010-12-01): use API v2",
            ));
        }
        // Where clients from before the autumn of 2026 find what has a POST of its own by now.
        match (request.method.as_str(), request.path.trim_end_matches('/')) {
            ("GET", "/v2/email/identities") => return Ok(Route::new("ListEmailIdentities")),
            ("GET", "/v2/email/configuration-sets") => {
                return Err(ServiceError::not_implemented("ses:ListConfigurationSets"));
            }
            _ => {}
        }
        crate::operations::SES.route(request, operations::OPERATIONS)
    }

    fn permissions(
        &self,
        world: &World,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        operations::permissions(world, route, request)
    }

    /// As every service does; who may not send is told so in words of SES's own.
    fn authorize(
        &self,
        world: &World,
        principal: &Principal,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<()> {
        let Principal::AssumedRole {
            role_name,
            session_name,
        } = principal
        else {
            return Ok(());
        };
        for permission in self.permissions(world, route, request)? {
            world
                .authorize(role_name, session_name, &permission)
                .map_err(|error| {
                    if route.operation != "SendEmail" || error.code != "AccessDeniedException" {
                        return error;
                    }
                    let Permission { action, resource } = &permission;
                    ServiceError {
                        message: format!(
                            "User `arn:aws:sts::{ACCOUNT}:assumed-role/{role_name}/{session_name}' is not authorized to perform `{action}' on resource `{resource}'"
                        ),
                        ..error
                    }
                })?;
        }
        Ok(())
    }

    async fn handle(
        &self,
        world: &Arc<World>,
        call: &Call,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Response> {
        operations::run(world, call, route, request)
    }
}
