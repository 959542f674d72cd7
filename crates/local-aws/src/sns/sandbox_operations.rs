//! The operations of the SMS sandbox on the wire.

use serde::Deserialize;
use serde_json::{Value, json};

use super::operations::read;
use super::outbox::Sms;
use super::{State, invalid, is_e164};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Call;
use crate::core::wire::query::Query;
use crate::core::world::World;

/// Every operation of the sandbox.
pub(super) const OPERATIONS: &[&str] = &[
    "CreateSMSSandboxPhoneNumber",
    "DeleteSMSSandboxPhoneNumber",
    "GetSMSSandboxAccountStatus",
    "ListSMSSandboxPhoneNumbers",
    "VerifySMSSandboxPhoneNumber",
];

/// Languages that a password may be sent in (service model).
const LANGUAGES: &[&str] = &[
    "en-US", "en-GB", "es-419", "es-ES", "de-DE", "fr-CA", "fr-FR", "it-IT", "ja-JP", "pt-BR",
    "kr-KR", "zh-CN", "zh-TW",
];
/// The most of a page (service model).
const PAGE: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Create {
    phone_number: String,
    language_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Verify {
    phone_number: String,
    one_time_password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    phone_number: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct List {
    next_token: Option<String>,
    max_results: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Does an operation.
pub(super) fn run(
    world: &World,
    call: &Call,
    operation: &str,
    query: &Query,
) -> ServiceResult<Option<Value>> {
    match operation {
        "GetSMSSandboxAccountStatus" => {
            let Nothing {} = read(operation, query)?;
            let inside = world.read(|state| state.of::<State>().account.is_in_sandbox());
            Ok(Some(json!({ "IsInSandbox": inside })))
        }
        "CreateSMSSandboxPhoneNumber" => {
            let input: Create = read(operation, query)?;
            create(world, call, &input).map(|()| Some(json!({})))
        }
        "VerifySMSSandboxPhoneNumber" => {
            let input: Verify = read(operation, query)?;
            check(&input.phone_number)?;
            let password = &input.one_time_password;
            if !(5..=8).contains(&password.len()) || !password.bytes().all(|b| b.is_ascii_digit()) {
                return Err(invalid("OneTimePassword Reason: it has 5 to 8 digits"));
            }
            world.write(|state| {
                let sandbox = &mut state.of_mut::<State>().sandbox;
                sandbox.verify(&input.phone_number, password, call.now)
            })?;
            Ok(Some(json!({})))
        }
        "DeleteSMSSandboxPhoneNumber" => {
            let Delete { phone_number } = read(operation, query)?;
            check(&phone_number)?;
            world.write(|state| {
                let sandbox = &mut state.of_mut::<State>().sandbox;
                sandbox.delete(&phone_number, call.now)
            })?;
            Ok(Some(json!({})))
        }
        "ListSMSSandboxPhoneNumbers" => {
            let input: List = read(operation, query)?;
            world
                .read(|state| list(state.of::<State>(), &input))
                .map(Some)
        }
        other => Err(ServiceError::not_implemented(format!("sns:{other}"))),
    }
}

fn check(number: &str) -> ServiceResult<()> {
    if is_e164(number) {
        return Ok(());
    }
    Err(invalid("PhoneNumber Reason: input incorrectly formatted"))
}

/// Adds a number. The password comes to it as an SMS does, whether or not it may get others.
fn create(world: &World, call: &Call, input: &Create) -> ServiceResult<()> {
    check(&input.phone_number)?;
    if let Some(language) = &input.language_code
        && !LANGUAGES.contains(&language.as_str())
    {
        return Err(invalid(format_args!(
            "LanguageCode Reason: {language} is no language of one-time passwords"
        )));
    }
    let password = world.ids.token(6, "0123456789");
    world.write(|state| {
        let sns = state.of_mut::<State>();
        if sns.is_opted_out(&input.phone_number) {
            return Err(ServiceError::new(
                400,
                "OptedOut",
                format!("The phone number {} is opted out", input.phone_number),
            ));
        }
        sns.sandbox.add(&input.phone_number, &password, call.now)
    })?;
    let sms = Sms {
        message_id: world.ids.uuid(),
        time: call.now,
        phone_number: input.phone_number.clone(),
        message: format!("Your verification code for the SMS sandbox is {password}"),
        sender_id: None,
        sms_type: "Transactional".to_owned(),
        origination_number: None,
        max_price: None,
        entity_id: None,
        template_id: None,
        undelivered: None,
    };
    world
        .handle::<super::Outbox>()
        .send(&sms)
        .map_err(ServiceError::internal)
}

fn list(state: &State, input: &List) -> ServiceResult<Value> {
    let size = match input.max_results.as_deref().map(str::parse) {
        None => PAGE,
        Some(Ok(size)) if (1..=PAGE).contains(&size) => size,
        Some(_) => return Err(invalid("MaxResults Reason: it is from 1 to 100")),
    };
    let after = input.next_token.as_deref();
    if after.is_some_and(|token| !is_e164(token)) {
        return Err(invalid("NextToken Reason: the token is not valid"));
    }
    let mut rest = state
        .sandbox
        .numbers()
        .filter(|(number, _)| after.is_none_or(|after| number.as_str() > after));
    let page: Vec<(&String, bool)> = rest.by_ref().take(size).collect();
    let next = rest.next().and_then(|_| page.last()).map(|(last, _)| last);
    let numbers: Vec<Value> = page
        .iter()
        .map(|(number, verified)| {
            let status = if *verified { "Verified" } else { "Pending" };
            json!({ "PhoneNumber": number, "Status": status })
        })
        .collect();
    Ok(json!({ "PhoneNumbers": numbers, "NextToken": next }))
}
