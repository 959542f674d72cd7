//! The operations on phone numbers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::PhoneNumber;
use super::inventory::{self, Offer};
use crate::connect::consistency::{self, Claiming};
use crate::connect::input::Input;
use crate::connect::page::page;
use crate::connect::tokens::Claim;
use crate::connect::values::{ClaimStatus, PhoneNumberType};
use crate::connect::{Exchange, State, errors, present};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::response::Response;
use crate::core::world::World;

/// How long a claim takes here; seconds to minutes on AWS.
const CLAIMING: Duration = Duration::from_millis(200);

/// Ends a claim after a while.
pub fn finish_claim(world: &Arc<World>, id: String) {
    end_claim(world, id, Claiming::Ours(None));
}

fn end_claim(world: &Arc<World>, id: String, claiming: Claiming) {
    let world_of_task = Arc::clone(world);
    world.spawn(async move {
        let world = world_of_task;
        let (time, lost) = match claiming {
            Claiming::Ours(time) => (time, false),
            Claiming::Failing(time) => (Some(time), true),
            Claiming::Refused => return,
        };
        match time {
            Some(time) => world.clock.sleep(time).await,
            None => tokio::time::sleep(CLAIMING).await,
        }
        let done = world.write(|state| {
            let connect = state.of_mut::<crate::connect::State>();
            if lost {
                connect.lose_claim(&id);
            }
            connect.settle_claim(&id);
            Ok(())
        });
        if let Err(error) = done.and_then(|()| world.flush()) {
            tracing::error!(%error, "a claimed phone number could not be saved");
        }
    });
}

/// The instance in `TargetArn` or `InstanceId`, of which one may be given.
fn target<'i>(input: &'i Input<'_>) -> ServiceResult<Option<&'i str>> {
    let target = input.text("TargetArn")?;
    let instance = input.bounded("InstanceId", 1, 100)?;
    match (target, instance) {
        (Some(_), Some(_)) => Err(input.invalid("Give TargetArn or InstanceId, not both.")),
        (Some(arn), None) if arn.contains(":traffic-distribution-group/") => Err(
            ServiceError::not_implemented("traffic distribution groups in connect"),
        ),
        (Some(arn), None) if !arn.starts_with("arn:") => {
            Err(input.invalid(format!("The TargetArn {arn} is no ARN.")))
        }
        (target, instance) => Ok(target.or(instance)),
    }
}

fn required_target<'i>(input: &'i Input<'_>) -> ServiceResult<&'i str> {
    target(input)?.ok_or_else(|| input.invalid("Give TargetArn or InstanceId."))
}

/// `PhoneNumberPrefix`: "+" and up to eleven digits.
fn prefix<'i>(input: &'i Input<'_>) -> ServiceResult<Option<&'i str>> {
    let prefix = input.text("PhoneNumberPrefix")?;
    let good = |prefix: &str| {
        prefix.strip_prefix('+').is_some_and(|digits| {
            (1..=11).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    match prefix {
        Some(prefix) if !good(prefix) => Err(input.invalid(format!(
            "The PhoneNumberPrefix {prefix} is not + and 1 to 11 digits."
        ))),
        prefix => Ok(prefix),
    }
}

/// ISO 3166 country codes are two capital letters; which of them have numbers
/// is another question.
fn check_country(input: &Input<'_>, country: &str) -> ServiceResult<()> {
    if country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(());
    }
    Err(input.invalid(format!("{country} is no country code.")))
}

/// `SearchAvailablePhoneNumbers`.
pub fn search_available(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let members = [
        "TargetArn",
        "InstanceId",
        "PhoneNumberCountryCode",
        "PhoneNumberType",
        "PhoneNumberPrefix",
        "MaxResults",
        "NextToken",
    ];
    let input = exchange.input(&members, &[])?;
    let target = required_target(&input)?;
    let country = input.required("PhoneNumberCountryCode", 2, 2)?;
    check_country(&input, country)?;
    let kind: PhoneNumberType = input.required_choice("PhoneNumberType")?;
    let prefix = prefix(&input)?.unwrap_or_default();
    let most = input.max_results(10)?;
    let token = input.bounded("NextToken", 1, 100_000)?;
    if !inventory::serves(country, kind) {
        return Err(ServiceError::not_implemented(format!(
            "{} phone numbers of {country} in connect:SearchAvailablePhoneNumbers",
            kind.api_name()
        )));
    }
    exchange.world.read(|state| {
        let connect = state.of::<crate::connect::State>();
        connect.instance(target)?;
        let offers: Vec<Offer> = inventory::search(country, kind)
            .filter(|offer| offer.number.starts_with(prefix))
            .filter(|offer| connect.is_available(&offer.number, exchange.call.now))
            .collect();
        let page = page(
            "SearchAvailablePhoneNumbers",
            offers,
            |offer| offer.number.clone(),
            token,
            most,
        )?;
        let items: Vec<Value> = page
            .items
            .iter()
            .map(|offer| {
                json!({
                    "PhoneNumber": offer.number,
                    "PhoneNumberCountryCode": offer.country,
                    "PhoneNumberType": offer.kind,
                })
            })
            .collect();
        Response::json(&present(json!({
            "AvailableNumbersList": items,
            "NextToken": page.next_token,
        })))
    })
}

/// `ClaimPhoneNumber`.
pub fn claim(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let members = [
        "TargetArn",
        "InstanceId",
        "PhoneNumber",
        "PhoneNumberDescription",
        "Tags",
        "ClientToken",
    ];
    let input = exchange.input(&members, &[])?;
    let target = required_target(&input)?;
    let number = input.required("PhoneNumber", 1, 16)?;
    if !is_e164(number) {
        return Err(input.invalid(format!(
            "The phone number {number} does not satisfy the pattern \\+[1-9]\\d{{1,14}}$"
        )));
    }
    let description = input
        .bounded("PhoneNumberDescription", 0, 500)?
        .map(str::to_owned);
    let tags = input.tags("Tags")?;
    let token = input.bounded("ClientToken", 0, 500)?;
    let claim = Claim::new("ClaimPhoneNumber", "", token, input.body());
    let now = exchange.call.now;
    let id = exchange.world.ids.uuid();
    let (id, fresh) = exchange.world.write(|state| {
        let connect = state.of_mut::<crate::connect::State>();
        if let Some(id) = connect.tokens.recall(&claim, now)? {
            return Ok((id, None));
        }
        connect.check_claimable(number, target, now)?;
        let claiming = consistency::claiming(state, &id, now);
        let connect = state.of_mut::<crate::connect::State>();
        if claiming == Claiming::Refused {
            connect.give_to_another(number, now);
            return Err(errors::invalid_parameter(consistency::not_available(
                number,
            )));
        }
        let claimed = connect.claim_phone_number(id.clone(), number, target, now)?;
        claimed.description = description;
        claimed.tags = tags;
        connect.tokens.remember(claim, id.clone(), now);
        Ok::<_, ServiceError>((id, Some(claiming)))
    })?;
    if let Some(claiming) = fresh {
        end_claim(exchange.world, id.clone(), claiming);
    }
    let arn = exchange
        .world
        .arn("connect", format_args!("phone-number/{id}"));
    Response::json(&json!({ "PhoneNumberId": id, "PhoneNumberArn": arn }))
}

/// `\+[1-9]\d{1,14}$`.
pub(super) fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// `DescribePhoneNumber`.
pub fn describe(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &[])?;
    let reference = input.label("PhoneNumberId")?;
    let summary = exchange.world.read(|state| {
        state
            .of::<crate::connect::State>()
            .phone_number(reference)
            .map(PhoneNumber::claimed)
    })?;
    Response::json(&json!({ "ClaimedPhoneNumberSummary": summary }))
}

/// `ReleasePhoneNumber`.
pub fn release(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &["clientToken"])?;
    let reference = input.label("PhoneNumberId")?;
    let now = exchange.call.now;
    let token = input.query("clientToken");
    let claim = Claim::new("ReleasePhoneNumber", reference, token, input.body());
    exchange.world.write(|state| {
        let connect = state.of_mut::<crate::connect::State>();
        if connect.tokens.recall(&claim, now)?.is_none() {
            connect.release_phone_number(reference, now)?;
            connect.tokens.remember(claim, "", now);
        }
        Ok::<_, ServiceError>(())
    })?;
    Ok(Response::empty(200))
}

/// `UpdatePhoneNumber`: moves a number to another instance.
pub fn update(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&["TargetArn", "InstanceId", "ClientToken"], &[])?;
    let reference = input.label("PhoneNumberId")?;
    let target = required_target(&input)?;
    let token = input.bounded("ClientToken", 0, 500)?;
    let claim = Claim::new("UpdatePhoneNumber", reference, token, input.body());
    let now = exchange.call.now;
    let (id, arn) = exchange.world.write(|state| {
        let connect = state.of_mut::<crate::connect::State>();
        if connect.tokens.recall(&claim, now)?.is_none() {
            connect.move_phone_number(reference, target)?;
            connect.tokens.remember(claim, "", now);
        }
        let number = connect.phone_number(reference)?;
        Ok::<_, ServiceError>((number.id.clone(), number.arn.clone()))
    })?;
    finish_claim(exchange.world, id.clone());
    Response::json(&json!({ "PhoneNumberId": id, "PhoneNumberArn": arn }))
}

/// `ListPhoneNumbersV2`.
pub fn list_v2(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let members = [
        "TargetArn",
        "InstanceId",
        "MaxResults",
        "NextToken",
        "PhoneNumberCountryCodes",
        "PhoneNumberTypes",
        "PhoneNumberPrefix",
    ];
    let input = exchange.input(&members, &[])?;
    let target = target(&input)?;
    let countries = input.texts("PhoneNumberCountryCodes", 10)?;
    for country in &countries {
        check_country(&input, country)?;
    }
    let kinds: Vec<PhoneNumberType> = input.choices("PhoneNumberTypes", 6)?;
    let prefix = prefix(&input)?.unwrap_or_default();
    let most = input.max_results(1000)?;
    let token = input.bounded("NextToken", 1, 100_000)?;
    exchange.world.read(|state| {
        let instance = target
            .map(|target| state.of::<crate::connect::State>().instance(target))
            .transpose()?;
        let numbers: Vec<&PhoneNumber> =
            ours(state.of::<crate::connect::State>(), &countries, &kinds)
                .filter(|number| instance.is_none_or(|instance| number.instance_id == instance.id))
                .filter(|number| number.number.starts_with(prefix))
                .collect();
        let page = page(
            "ListPhoneNumbersV2",
            numbers,
            |number| number.number.clone(),
            token,
            most,
        )?;
        let items: Vec<Value> = page.items.into_iter().map(PhoneNumber::listed).collect();
        Response::json(&present(json!({
            "ListPhoneNumbersSummaryList": items,
            "NextToken": page.next_token,
        })))
    })
}

/// The numbers that are or will be ours, of these countries and kinds (of all
/// when none are named).
fn ours<'s>(
    state: &'s State,
    countries: &[String],
    kinds: &[PhoneNumberType],
) -> impl Iterator<Item = &'s PhoneNumber> {
    state
        .phone_numbers
        .values()
        .filter(|number| number.status != ClaimStatus::Failed)
        .filter(move |number| countries.is_empty() || countries.contains(&number.country))
        .filter(move |number| kinds.is_empty() || kinds.contains(&number.kind))
}

/// `ListPhoneNumbers`.
pub fn list(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let query = [
        "phoneNumberTypes",
        "phoneNumberCountryCodes",
        "nextToken",
        "maxResults",
    ];
    let input = exchange.input(&[], &query)?;
    let instance_id = input.instance()?;
    let kinds: Vec<PhoneNumberType> = input.query_choices("phoneNumberTypes", 6)?;
    let countries: Vec<String> = input
        .query_all("phoneNumberCountryCodes")
        .into_iter()
        .map(str::to_owned)
        .collect();
    for country in &countries {
        check_country(&input, country)?;
    }
    let most = input.query_max_results(1000, 100)?;
    exchange.world.read(|state| {
        let instance = state.of::<crate::connect::State>().instance(instance_id)?;
        let numbers: Vec<&PhoneNumber> =
            ours(state.of::<crate::connect::State>(), &countries, &kinds)
                .filter(|number| number.instance_id == instance.id)
                .collect();
        let page = page(
            "ListPhoneNumbers",
            numbers,
            |number| number.number.clone(),
            input.query("nextToken"),
            most,
        )?;
        let items: Vec<Value> = page
            .items
            .into_iter()
            .map(|number| {
                json!({
                    "Id": number.id,
                    "Arn": number.arn,
                    "PhoneNumber": number.number,
                    "PhoneNumberType": number.kind,
                    "PhoneNumberCountryCode": number.country,
                })
            })
            .collect();
        Response::json(&present(json!({
            "PhoneNumberSummaryList": items,
            "NextToken": page.next_token,
        })))
    })
}
