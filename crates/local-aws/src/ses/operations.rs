//! The operations on the wire.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::addresses::Address;
use super::identities::{Identity, Verification, is_address, normal};
use super::message::{SendEmail, ToSend};
use super::outbox::Email;
use super::suppression::Reason;
use super::{State, bad_request, identity_arn, metrics, sending};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Permission, Request, Route, Unread};
use crate::core::wire::response::{Response, epoch_seconds};
use crate::core::world::World;

/// Every operation that is implemented.
pub(super) const OPERATIONS: &[&str] = &[
    "CreateEmailIdentity",
    "DeleteEmailIdentity",
    "DeleteSuppressedDestination",
    "GetAccount",
    "GetEmailIdentity",
    "GetSuppressedDestination",
    "ListEmailIdentities",
    "ListSuppressedDestinations",
    "PutSuppressedDestination",
    "SendEmail",
];

/// The most of a page (AWS API reference, `ListEmailIdentities`, `ListSuppressedDestinations`).
const PAGE: usize = 1000;
/// The most tags (AWS resource reference, `AWS::SES::EmailIdentity`).
const TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateIdentity {
    email_identity: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct PutSuppressed {
    email_address: String,
    reason: String,
}

/// `ListEmailIdentities` as clients send it by now; those of before have it in the query.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase", default)]
struct ListIdentities {
    filter: BTreeMap<String, String>,
    next_token: Option<String>,
    page_size: Option<i64>,
}

fn read<T: DeserializeOwned>(operation: &str, request: &Request) -> ServiceResult<T> {
    request
        .json()
        .map_err(|error| match Unread::of(&error.message) {
            Unread::Unknown(name) => {
                ServiceError::not_implemented(format!("the parameter {name} of ses:{operation}"))
            }
            Unread::Missing(name) => bad_request(format!("{name} must be given.")),
            Unread::Other => error,
        })
}

/// What a role needs. A simple e-mail needs another right than a raw one (AWS docs, "Identity and
/// access management in Amazon SES"), on the identity that its sender sends as.
pub(super) fn permissions(
    world: &World,
    route: &Route,
    request: &Request,
) -> ServiceResult<Vec<Permission>> {
    let body: Value = match route.operation {
        "CreateEmailIdentity" | "SendEmail" => request.json()?,
        _ => Value::Null,
    };
    let operation = match route.operation {
        "SendEmail" if !body["Content"]["Raw"].is_null() => "SendRawEmail",
        operation => operation,
    };
    let resource = match route.operation {
        "SendEmail" => {
            let from = body["FromEmailAddress"].as_str().unwrap_or_default();
            let name = Address::read(from).map_or_else(
                |_| from.to_owned(),
                |address| {
                    world.read(|state| {
                        let known = state.of::<State>().identities.of(&address);
                        known.unwrap_or(&address.address).to_owned()
                    })
                },
            );
            identity_arn(world, &name)
        }
        "CreateEmailIdentity" => {
            let name = body["EmailIdentity"].as_str().unwrap_or_default();
            identity_arn(world, name)
        }
        "DeleteEmailIdentity" | "GetEmailIdentity" => {
            identity_arn(world, route.label("EmailIdentity"))
        }
        _ => "*".to_owned(),
    };
    Ok(vec![Permission {
        action: format!("ses:{operation}"),
        resource,
    }])
}

/// Does an operation.
pub(super) fn run(
    world: &Arc<World>,
    call: &Call,
    route: &Route,
    request: &Request,
) -> ServiceResult<Response> {
    let operation = route.operation;
    let answer = match operation {
        "SendEmail" => send(world, call, read::<SendEmail>(operation, request)?.check()?),
        "GetAccount" => Ok(world.read(|state| state.of::<State>().account.told(call.now))),
        "CreateEmailIdentity" => {
            let input: CreateIdentity = read(operation, request)?;
            create_identity(world, &input)
        }
        "GetEmailIdentity" => {
            let name = normal(route.label("EmailIdentity"))?;
            world.read(|state| {
                let identity = state.of::<State>().identities.get(&name)?;
                Ok(told(&name, identity))
            })
        }
        "ListEmailIdentities" => {
            let input = list_input(request)?;
            world.read(|state| list_identities(state.of(), &input))
        }
        "DeleteEmailIdentity" => {
            let name = normal(route.label("EmailIdentity"))?;
            world.write(|state| {
                let identities = &mut state.of_mut::<State>().identities;
                identities.delete(&name).map(|()| json!({}))
            })
        }
        "PutSuppressedDestination" => {
            let input: PutSuppressed = read(operation, request)?;
            let address = Address::read(&input.email_address)?.address;
            let reason = reason(&input.reason)?;
            world.write(|state| {
                let list = &mut state.of_mut::<State>().suppression;
                list.put(&address, reason, call.now);
                Ok(json!({}))
            })
        }
        "GetSuppressedDestination" => {
            let address = Address::read(route.label("EmailAddress"))?.address;
            world.read(|state| {
                let found = state.of::<State>().suppression.get(&address)?;
                Ok(json!({ "SuppressedDestination": {
                    "EmailAddress": address,
                    "Reason": found.reason.name(),
                    "LastUpdateTime": epoch_seconds(found.updated),
                } }))
            })
        }
        "DeleteSuppressedDestination" => {
            let address = Address::read(route.label("EmailAddress"))?.address;
            world.write(|state| {
                let list = &mut state.of_mut::<State>().suppression;
                list.delete(&address).map(|()| json!({}))
            })
        }
        "ListSuppressedDestinations" => world.read(|state| list_suppressed(state.of(), request)),
        other => Err(ServiceError::not_implemented(format!("ses:{other}"))),
    }?;
    Response::json(&answer)
}

fn send(world: &World, call: &Call, email: ToSend) -> ServiceResult<Value> {
    let suppressed = world.write(|state| {
        let suppressed = sending::decide(state.of(), &email, &world.region, call.now)?;
        let recipients = email.recipients().count();
        state.of_mut::<State>().account.count(recipients, call.now);
        Ok::<_, ServiceError>(suppressed)
    })?;
    let given = |addresses: Vec<Address>| -> Vec<String> {
        addresses.into_iter().map(|address| address.given).collect()
    };
    let recipients = email.recipients().count();
    // As the ids of SES look: hexadecimal digits in groups, and a running number.
    let id = world.ids.uuid();
    let email = Email {
        message_id: format!("01{}{id}-000000", world.ids.token(14, "0123456789abcdef")),
        time: call.now,
        from: email.from.given,
        to: given(email.to),
        cc: given(email.cc),
        bcc: given(email.bcc),
        reply_to: given(email.reply_to),
        subject: Some(email.subject),
        text: email.text,
        html: email.html,
        headers: email.headers,
        tags: email.tags,
        suppressed,
    };
    world
        .handle::<super::Outbox>()
        .send(&email)
        .map_err(ServiceError::internal)?;
    metrics::sent(world, email.suppressed.len() < recipients);
    Ok(json!({ "MessageId": email.message_id }))
}

/// An identity that was just made. On AWS its owner follows a link or adds records to the domain;
/// here that is done at once, unless the account keeps identities pending.
pub(super) fn made(world: &World, name: &str, tags: BTreeMap<String, String>) -> Identity {
    let pending = world.read(|state| state.of::<State>().account.keeps_pending());
    let token = || world.ids.token(32, "abcdefghijklmnopqrstuvwxyz234567");
    Identity {
        verification: if pending {
            Verification::Pending
        } else {
            Verification::Success
        },
        tags,
        feedback: true,
        tokens: if is_address(name) {
            Vec::new()
        } else {
            (0..3).map(|_| token()).collect()
        },
    }
}

fn create_identity(world: &World, input: &CreateIdentity) -> ServiceResult<Value> {
    let name = normal(&input.email_identity)?;
    if input.tags.len() > TAGS {
        return Err(bad_request(format!("An identity has at most {TAGS} tags.")));
    }
    let wrong = |tag: &&Tag| {
        !(1..=128).contains(&tag.key.chars().count())
            || tag.value.chars().count() > 256
            || tag.key.starts_with("aws:")
    };
    if let Some(tag) = input.tags.iter().find(wrong) {
        return Err(bad_request(format!("The tag {} is invalid.", tag.key)));
    }
    let tags = input.tags.iter();
    let tags = tags
        .map(|tag| (tag.key.clone(), tag.value.clone()))
        .collect();
    let identity = made(world, &name, tags);
    // At the moment of the answer nobody has proved anything yet.
    let mut answer = json!({
        "IdentityType": kind(&name),
        "VerifiedForSendingStatus": false,
    });
    if !is_address(&name) {
        answer["DkimAttributes"] = dkim(&identity, "NOT_STARTED");
    }
    world.write(|state| {
        let identities = &mut state.of_mut::<State>().identities;
        identities.create(&name, identity).map(|()| answer)
    })
}

/// `IdentityType`.
fn kind(name: &str) -> &'static str {
    if is_address(name) {
        "EMAIL_ADDRESS"
    } else {
        "DOMAIN"
    }
}

fn dkim(identity: &Identity, status: &str) -> Value {
    if identity.tokens.is_empty() {
        return json!({
            "SigningEnabled": false,
            "Status": "NOT_STARTED",
            "SigningAttributesOrigin": "AWS_SES",
            "NextSigningKeyLength": "RSA_1024_BIT",
        });
    }
    json!({
        "SigningEnabled": true,
        "Status": status,
        "Tokens": identity.tokens,
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": "RSA_2048_BIT",
        "CurrentSigningKeyLength": "RSA_2048_BIT",
    })
}

/// `GetEmailIdentity`, as users report its answers, but for the MAIL FROM domain: without one AWS
/// says less of it than its model requires.
fn told(name: &str, identity: &Identity) -> Value {
    let tags = identity.tags.iter();
    let tags: Vec<Value> = tags
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    json!({
        "IdentityType": kind(name),
        "FeedbackForwardingStatus": identity.feedback,
        "VerifiedForSendingStatus": identity.verification == Verification::Success,
        "DkimAttributes": dkim(identity, status(identity.verification)),
        "Policies": {},
        "Tags": tags,
        "VerificationStatus": status(identity.verification),
        "VerificationInfo": {},
    })
}

fn status(verification: Verification) -> &'static str {
    match verification {
        Verification::Pending => "PENDING",
        Verification::Success => "SUCCESS",
        Verification::Failed => "FAILED",
        Verification::TemporaryFailure => "TEMPORARY_FAILURE",
    }
}

fn list_input(request: &Request) -> ServiceResult<ListIdentities> {
    if request.method == http::Method::POST {
        return read("ListEmailIdentities", request);
    }
    let (next_token, page_size) = query_page(request, &[])?;
    Ok(ListIdentities {
        next_token,
        page_size,
        ..ListIdentities::default()
    })
}

fn list_identities(state: &State, input: &ListIdentities) -> ServiceResult<Value> {
    for (key, value) in &input.filter {
        let known = match key.as_str() {
            "IDENTITY_NAME_CONTAINS" => !value.is_empty(),
            "IDENTITY_TYPE" => ["EMAIL_ADDRESS", "DOMAIN", "MANAGED_DOMAIN"].contains(&&**value),
            "VERIFICATION_STATUS" => [
                "PENDING",
                "SUCCESS",
                "FAILED",
                "TEMPORARY_FAILURE",
                "NOT_STARTED",
            ]
            .contains(&&**value),
            _ => false,
        };
        if !known {
            return Err(bad_request(format!("{key}={value} is no filter.")));
        }
    }
    let identities = state.identities.all().filter(|(name, identity)| {
        input.filter.iter().all(|(key, value)| match key.as_str() {
            "IDENTITY_NAME_CONTAINS" => name.contains(value),
            "IDENTITY_TYPE" => kind(name) == value,
            _ => status(identity.verification) == value,
        })
    });
    let (after, size) = (input.next_token.as_deref(), page_size(input.page_size)?);
    let (page, next) = paged(identities, after, size);
    let shown: Vec<Value> = page
        .into_iter()
        .map(|(name, identity)| {
            json!({
                "IdentityType": kind(name),
                "IdentityName": name,
                "SendingEnabled": identity.verification == Verification::Success,
                "VerificationStatus": status(identity.verification),
            })
        })
        .collect();
    Ok(with_next(json!({ "EmailIdentities": shown }), next))
}

fn reason(name: &str) -> ServiceResult<Reason> {
    Reason::parse(name).ok_or_else(|| bad_request(format!("{name} is no reason.")))
}

fn list_suppressed(state: &State, request: &Request) -> ServiceResult<Value> {
    let (after, size) = query_page(request, &["Reason", "StartDate", "EndDate"])?;
    let (after, size) = (after.as_deref(), page_size(size)?);
    let moment = |name: &str| -> ServiceResult<Option<Timestamp>> {
        let text = request.query_value(name);
        text.map(|text| {
            text.parse()
                .map_err(|_| bad_request(format!("{name} is no date.")))
        })
        .transpose()
    };
    let (from, until) = (moment("StartDate")?, moment("EndDate")?);
    let reasons = request.query.iter().filter(|(name, _)| name == "Reason");
    let reasons: Vec<Reason> = reasons
        .map(|(_, name)| reason(name))
        .collect::<ServiceResult<_>>()?;
    let wanted = state.suppression.all().filter(|(_, suppressed)| {
        (reasons.is_empty() || reasons.contains(&suppressed.reason))
            && from.is_none_or(|from| suppressed.updated >= from)
            && until.is_none_or(|until| suppressed.updated <= until)
    });
    let (page, next) = paged(wanted, after, size);
    let shown: Vec<Value> = page
        .into_iter()
        .map(|(address, suppressed)| {
            json!({
                "EmailAddress": address,
                "Reason": suppressed.reason.name(),
                "LastUpdateTime": epoch_seconds(suppressed.updated),
            })
        })
        .collect();
    Ok(with_next(
        json!({ "SuppressedDestinationSummaries": shown }),
        next,
    ))
}

/// The token and size of a page; `others` is what else the query may have.
fn query_page(request: &Request, others: &[&str]) -> ServiceResult<(Option<String>, Option<i64>)> {
    let known = |name: &str| ["NextToken", "PageSize"].contains(&name) || others.contains(&name);
    if let Some((name, _)) = request.query.iter().find(|(name, _)| !known(name)) {
        return Err(ServiceError::not_implemented(format!(
            "the parameter {name} of ses"
        )));
    }
    let size = request.query_value("PageSize");
    let size = size.map(|text| {
        text.parse()
            .map_err(|_| bad_request("PageSize is no number."))
    });
    let token = request.query_value("NextToken").map(str::to_owned);
    Ok((token, size.transpose()?))
}

/// From 0 to 1000 (AWS API reference). What a page of none is, SES does not say: here the default.
fn page_size(given: Option<i64>) -> ServiceResult<usize> {
    match given.map(usize::try_from) {
        None | Some(Ok(0)) => Ok(PAGE),
        Some(Ok(size)) if size <= PAGE => Ok(size),
        _ => Err(bad_request(format!("PageSize is from 0 to {PAGE}."))),
    }
}

/// A page after a name, and the token of the next.
fn paged<'a, V>(
    all: impl Iterator<Item = (&'a String, &'a V)>,
    after: Option<&str>,
    size: usize,
) -> (Vec<(&'a String, &'a V)>, Option<&'a String>) {
    let after = after.filter(|token| !token.is_empty());
    let mut rest = all.filter(|(name, _)| after.is_none_or(|after| name.as_str() > after));
    let page: Vec<(&String, &V)> = rest.by_ref().take(size).collect();
    let next = rest.next().and_then(|_| page.last()).map(|(name, _)| *name);
    (page, next)
}

fn with_next(mut answer: Value, next: Option<&String>) -> Value {
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    answer
}
