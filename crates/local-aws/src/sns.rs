//! SNS: SMS to phone numbers, kept in an outbox instead of being sent.
//!
//! - [`publish`]: what a message must be. Pure.
//! - [`settings`]: the account's SMS settings and the numbers that opted out. Pure.
//! - [`account`], [`sandbox`]: what AWS grants the account, and the numbers that SMS go to in the
//!   SMS sandbox. Pure. [`delivery`]: whether an SMS arrives, and what it costs. Pure.
//! - [`topics`]: topics, as far as alarms and publishers need them. Pure.
//! - [`outbox`]: the messages, in files that only grow.

pub mod account;
mod attributes;
pub mod cloudformation;
mod delivery;
mod metrics;
mod operations;
pub mod outbox;
mod publish;
mod sandbox;
mod sandbox_operations;
pub mod settings;
mod topics;

use std::sync::Arc;

use async_trait::async_trait;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::registration::Registration;
use crate::core::resource::Typed;
use crate::core::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::core::wire::query::Query;
use crate::core::wire::response::Response;
use crate::core::world::World;

pub use account::AccountChange;
pub use operations::notify;
pub use outbox::{Notification, Outbox, Sms};
pub use settings::State;

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// `InvalidParameter` (400) in the words that SNS has for it.
fn invalid(what: impl std::fmt::Display) -> ServiceError {
    ServiceError::new(
        400,
        "InvalidParameter",
        format!("Invalid parameter: {what}"),
    )
}

/// Whether it is a phone number in E.164: `+`, then 7 to 15 digits, the first not 0.
///
/// AWS also takes numbers without the `+` or with dashes and makes E.164 of them; here they
/// are refused, so that what is stored and compared is one form.
pub fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

/// The service.
pub struct Sns;

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    handles: |handles, store| {
        handles.insert(Outbox::of(&store.dir().join("sns")));
    },
    resource_types: &[&Typed::<cloudformation::Topic>::TYPE],
    metric: metrics::known,
    peers: &["cloudwatch"],
    ..Registration::new("sns", "sns", &Sns, crate::core::state::State::with::<State>)
};

#[async_trait]
impl Service for Sns {
    fn protocol(&self) -> Protocol {
        Protocol::Query {
            namespace: NAMESPACE,
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        crate::operations::SNS.in_form(&Query::parse(request)?, operations::OPERATIONS)
    }

    fn permissions(
        &self,
        world: &World,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        let query = Query::parse(request)?;
        // For an SMS the resource is the phone number itself, as AWS's own refusals tell
        // ("… SNS:Publish on resource: +1555…"). No ARN matches it: a policy allows it with
        // `Resource: "*"` or with a `NotResource` of topics.
        // Of the sandbox's operations the resource is none (AWS docs, "Actions, resources, and
        // condition keys for Amazon SNS").
        let phone = (route.operation == "Publish")
            .then(|| query.text("PhoneNumber"))
            .flatten();
        let target = ["TopicArn", "TargetArn", "ResourceArn"]
            .into_iter()
            .find_map(|name| query.text(name))
            .or(phone);
        let resource = match query.text("Name") {
            Some(name) if route.operation == "CreateTopic" => world.arn("sns", name),
            _ => target.unwrap_or("*").to_owned(),
        };
        Ok(vec![Permission {
            action: format!("SNS:{}", route.operation),
            resource,
        }])
    }

    async fn handle(
        &self,
        world: &Arc<World>,
        call: &Call,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Response> {
        let query = Query::parse(request)?;
        let result = operations::run(world, call, route.operation, &query)?;
        Ok(Response::query(
            route.operation,
            NAMESPACE,
            result.as_ref(),
            &call.request_id,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_e164() {
        for (number, expected) in [
            ("+15555550123", true),
            ("+4915112345678", true),
            ("+123456789012345", true),
            ("+1234567890123456", false),
            ("+123456", false),
            ("+05555550123", false),
            ("15555550123", false),
            ("+1 555 555 0123", false),
            ("+1555555012x", false),
            ("+", false),
            ("", false),
        ] {
            assert_eq!(is_e164(number), expected, "{number}");
        }
    }
}
