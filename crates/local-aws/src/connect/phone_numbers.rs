//! Phone numbers: searched, claimed, described, released.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::input::Input;
use super::instances::Instance;
use super::number_inventory::{self, Offer};
use super::page::page;
use super::tokens::Claim;
use super::values::{ClaimStatus, PhoneNumberType};
use super::{Exchange, State, errors, present};
use crate::error::{ServiceError, ServiceResult};
use crate::gateway::response::Response;
use crate::world::{ACCOUNT, World};

/// Phone numbers per instance (AWS docs, "Amazon Connect service quotas", default).
const MOST_NUMBERS: usize = 5;
/// For how long a released number cannot be had again, in hours: 180 days
/// (AWS docs, `ReleasePhoneNumber`).
const COOLDOWN_HOURS: i64 = 180 * 24;
/// How long a claim takes here; seconds to minutes on AWS.
const CLAIMING: Duration = Duration::from_millis(200);

/// A number that is ours or on its way to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneNumber {
    /// Its id, a UUID.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// E.164.
    pub number: String,
    /// ISO 3166 country.
    pub country: String,
    /// What kind of number.
    pub kind: PhoneNumberType,
    /// Its description.
    pub description: Option<String>,
    /// The instance it is claimed to.
    pub instance_id: String,
    /// That instance's ARN.
    pub target_arn: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// How far the claim is.
    pub status: ClaimStatus,
    /// Why it failed.
    pub message: Option<String>,
    /// The flow that answers.
    pub flow_id: Option<String>,
}

impl PhoneNumber {
    /// A number whose claim to an instance is on its way.
    pub fn new(id: String, offer: Offer, instance: &Instance) -> Self {
        Self {
            arn: format!(
                "arn:aws:connect:{}:{ACCOUNT}:phone-number/{id}",
                instance.region()
            ),
            id,
            number: offer.number,
            country: offer.country.to_owned(),
            kind: offer.kind,
            description: None,
            instance_id: instance.id.clone(),
            target_arn: instance.arn.clone(),
            tags: BTreeMap::new(),
            status: ClaimStatus::InProgress,
            message: None,
            flow_id: None,
        }
    }

    /// `ClaimedPhoneNumberSummary`.
    fn claimed(&self) -> Value {
        present(json!({
            "PhoneNumberId": self.id,
            "PhoneNumberArn": self.arn,
            "PhoneNumber": self.number,
            "PhoneNumberCountryCode": self.country,
            "PhoneNumberType": self.kind,
            "PhoneNumberDescription": self.description,
            "TargetArn": self.target_arn,
            "InstanceId": self.instance_id,
            "Tags": self.tags,
            "PhoneNumberStatus": present(json!({
                "Status": self.status,
                "Message": self.message,
            })),
        }))
    }

    /// `ListPhoneNumbersSummary`.
    fn listed(&self) -> Value {
        present(json!({
            "PhoneNumberId": self.id,
            "PhoneNumberArn": self.arn,
            "PhoneNumber": self.number,
            "PhoneNumberCountryCode": self.country,
            "PhoneNumberType": self.kind,
            "TargetArn": self.target_arn,
            "InstanceId": self.instance_id,
            "PhoneNumberDescription": self.description,
        }))
    }
}

impl State {
    /// A number by its id or ARN.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn phone_number(&self, reference: &str) -> ServiceResult<&PhoneNumber> {
        self.phone_numbers
            .values()
            .find(|number| reference == number.id || reference == number.arn)
            .ok_or_else(|| absent(reference))
    }

    /// The same, to change it.
    ///
    /// # Errors
    /// As [`State::phone_number`].
    pub fn phone_number_mut(&mut self, reference: &str) -> ServiceResult<&mut PhoneNumber> {
        self.phone_numbers
            .values_mut()
            .find(|number| reference == number.id || reference == number.arn)
            .ok_or_else(|| absent(reference))
    }

    /// Whether nobody has the number and it does not cool down.
    pub fn is_available(&self, number: &str, now: Timestamp) -> bool {
        let cooling = self
            .released
            .get(number)
            .is_some_and(|released| now < *released + COOLDOWN_HOURS.hours());
        !cooling
            && !self
                .phone_numbers
                .values()
                .any(|other| other.number == number)
    }

    /// Begins a claim.
    ///
    /// # Errors
    /// `ResourceNotFoundException` for an instance that is not there and for a
    /// number that cannot be had.
    pub fn claim_phone_number(
        &mut self,
        id: String,
        number: &str,
        target: &str,
        now: Timestamp,
    ) -> ServiceResult<&mut PhoneNumber> {
        let instance = self.instance(target)?;
        let offer = number_inventory::offer(number)
            .filter(|_| self.is_available(number, now))
            .ok_or_else(|| {
                errors::not_found(format!(
                    "The phone number {number} cannot be claimed: search for available ones first."
                ))
            })?;
        let claimed = PhoneNumber::new(id.clone(), offer, instance);
        Ok(self.phone_numbers.entry(id).or_insert(claimed))
    }

    /// Ends a claim: it succeeds while the instance has room.
    pub fn settle_claim(&mut self, id: &str) {
        let Some(number) = self.phone_numbers.get(id) else {
            return;
        };
        let instance_id = number.instance_id.clone();
        let held = self
            .phone_numbers
            .values()
            .filter(|other| {
                other.instance_id == instance_id && other.status == ClaimStatus::Claimed
            })
            .count();
        if let Some(number) = self.phone_numbers.get_mut(id)
            && number.status == ClaimStatus::InProgress
        {
            if held < MOST_NUMBERS {
                number.status = ClaimStatus::Claimed;
            } else {
                number.status = ClaimStatus::Failed;
                number.message = Some(format!(
                    "The instance has {MOST_NUMBERS} phone numbers already, the default quota of Connect."
                ));
            }
        }
    }

    /// Gives a number back. A claimed one cools down before it can be had again.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn release_phone_number(&mut self, reference: &str, now: Timestamp) -> ServiceResult<()> {
        let id = self.phone_number(reference)?.id.clone();
        if let Some(number) = self.phone_numbers.remove(&id)
            && number.status == ClaimStatus::Claimed
        {
            self.released.insert(number.number, now);
        }
        Ok(())
    }

    /// Moves a number to another instance; its flow stays behind.
    ///
    /// # Errors
    /// `ResourceNotFoundException`; `InvalidParameterException` while it is
    /// being claimed.
    pub fn move_phone_number(
        &mut self,
        reference: &str,
        target: &str,
    ) -> ServiceResult<&PhoneNumber> {
        let instance = self.instance(target)?;
        let (instance_id, target_arn) = (instance.id.clone(), instance.arn.clone());
        let number = self.phone_number_mut(reference)?;
        check_claimed(number)?;
        if number.instance_id != instance_id {
            number.instance_id = instance_id;
            number.target_arn = target_arn;
            number.flow_id = None;
            number.status = ClaimStatus::InProgress;
        }
        Ok(number)
    }
}

/// That a number can be worked with.
///
/// # Errors
/// `InvalidParameterException`.
pub fn check_claimed(number: &PhoneNumber) -> ServiceResult<()> {
    if number.status == ClaimStatus::Claimed {
        return Ok(());
    }
    Err(errors::invalid_parameter(format!(
        "The phone number {} is not claimed: {}.",
        number.number,
        number.status.api_name()
    )))
}

fn absent(reference: &str) -> ServiceError {
    errors::not_found(format!("The phone number {reference} does not exist."))
}

/// Ends a claim after a while.
pub fn finish_claim(world: &Arc<World>, id: String) {
    let world_of_task = Arc::clone(world);
    world.spawn(async move {
        tokio::time::sleep(CLAIMING).await;
        let world = world_of_task;
        let done = world.write(|state| {
            state.connect.settle_claim(&id);
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
    if !number_inventory::serves(country, kind) {
        return Err(ServiceError::not_implemented(format!(
            "{} phone numbers of {country} in connect:SearchAvailablePhoneNumbers",
            kind.api_name()
        )));
    }
    exchange.world.read(|state| {
        let connect = &state.connect;
        connect.instance(target)?;
        let offers: Vec<Offer> = number_inventory::search(country, kind)
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
        let connect = &mut state.connect;
        if let Some(id) = connect.tokens.recall(&claim, now)? {
            return Ok((id, false));
        }
        let claimed = connect.claim_phone_number(id.clone(), number, target, now)?;
        claimed.description = description;
        claimed.tags = tags;
        connect.tokens.remember(claim, id.clone(), now);
        Ok::<_, ServiceError>((id, true))
    })?;
    if fresh {
        finish_claim(exchange.world, id.clone());
    }
    let arn = exchange
        .world
        .arn("connect", format_args!("phone-number/{id}"));
    Response::json(&json!({ "PhoneNumberId": id, "PhoneNumberArn": arn }))
}

/// `\+[1-9]\d{1,14}$`.
fn is_e164(number: &str) -> bool {
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
            .connect
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
        let connect = &mut state.connect;
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
        let connect = &mut state.connect;
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
            .map(|target| state.connect.instance(target))
            .transpose()?;
        let numbers: Vec<&PhoneNumber> = ours(&state.connect, &countries, &kinds)
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
        let instance = state.connect.instance(instance_id)?;
        let numbers: Vec<&PhoneNumber> = ours(&state.connect, &countries, &kinds)
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

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::super::instances::LOCAL_INSTANCE_ID;
    use super::*;

    fn claim(state: &mut State, number: &str) -> ServiceResult<String> {
        let id = format!("id of {number}");
        state
            .claim_phone_number(id, number, LOCAL_INSTANCE_ID, fixture::now())
            .map(|number| number.id.clone())
    }

    #[test]
    fn e164() {
        for good in ["+18005550199", "+44", "+123456789012345"] {
            assert!(is_e164(good), "{good}");
        }
        for bad in ["18005550199", "+0800", "+1", "+1234567890123456", "+1 800"] {
            assert!(!is_e164(bad), "{bad}");
        }
    }

    #[test]
    fn a_claim_is_in_progress_and_then_claimed() {
        let mut state = fixture::state();
        let id = claim(&mut state, "+18005550100").unwrap();
        let status = |state: &State| state.phone_number(&id).unwrap().status;
        assert_eq!(status(&state), ClaimStatus::InProgress);
        assert!(check_claimed(state.phone_number(&id).unwrap()).is_err());
        state.settle_claim(&id);
        assert_eq!(status(&state), ClaimStatus::Claimed);
        let arn = state.phone_number(&id).unwrap().arn.clone();
        assert_eq!(state.phone_number(&arn).unwrap().id, id);
    }

    #[test]
    fn only_available_numbers_can_be_claimed() {
        let mut state = fixture::state();
        // Ours already, and not in the inventory.
        for number in ["+18005550199", "+18005551234"] {
            let error = claim(&mut state, number).unwrap_err();
            assert_eq!(error.code, "ResourceNotFoundException", "{number}");
        }
        let id = claim(&mut state, "+18005550100").unwrap();
        assert!(claim(&mut state, "+18005550100").is_err());
        // A claim that never succeeded leaves no trace; a claimed number cools down.
        state.release_phone_number(&id, fixture::now()).unwrap();
        let id = claim(&mut state, "+18005550100").unwrap();
        state.settle_claim(&id);
        state.release_phone_number(&id, fixture::now()).unwrap();
        assert!(claim(&mut state, "+18005550100").is_err());
        let later = fixture::now() + COOLDOWN_HOURS.hours();
        assert!(!state.is_available("+18005550100", later - 1.second()));
        assert!(state.is_available("+18005550100", later));
    }

    #[test]
    fn beyond_the_quota_a_claim_fails_and_says_why() {
        let mut state = fixture::state();
        let ids: Vec<String> = (0..4)
            .map(|n| claim(&mut state, &format!("+1800555010{n}")).unwrap())
            .collect();
        for id in &ids {
            state.settle_claim(id);
        }
        let status = |id: &String| state.phone_number(id).unwrap().status;
        assert_eq!(status(&ids[2]), ClaimStatus::Claimed);
        assert_eq!(status(&ids[3]), ClaimStatus::Failed);
        let described = state.phone_number(&ids[3]).unwrap().claimed();
        assert!(
            described["PhoneNumberStatus"]["Message"]
                .as_str()
                .unwrap()
                .contains("quota")
        );
    }

    #[test]
    fn a_moved_number_leaves_its_flow_behind() {
        let mut state = fixture::state();
        let mut other = Instance::new("other", "other", "us-east-1", fixture::now());
        other.status = super::super::values::InstanceStatus::Active;
        state.create_instance(other).unwrap();
        let id = state.phone_numbers.keys().next().unwrap().clone();
        state.phone_number_mut(&id).unwrap().flow_id = Some("flow".to_owned());
        let moved = state.move_phone_number(&id, "other").unwrap();
        assert_eq!(moved.flow_id, None);
        assert_eq!(moved.status, ClaimStatus::InProgress);
        assert!(moved.target_arn.ends_with("instance/other"));
    }
}
