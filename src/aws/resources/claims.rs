//! Phone numbers that are claimed: searched for, claimed, waited for.

use std::time::Duration;

use aws_sdk_connect::types::{PhoneNumberCountryCode, PhoneNumberType, PhoneNumberWorkflowStatus};

use super::{ConnectResources, SERVICE, client_token};
use crate::aws::consistency::{About, Words};
use crate::aws::flows::sdk_tags;
use crate::engine::error::{FailureKind, ServiceFailure};
use crate::engine::ports::{PhoneNumber, PortResult, Progress, Tags};

const CLAIM: &str = "ClaimPhoneNumber";

/// Numbers offered by one search.
const OFFERS: i32 = 10;
/// So many of the offered numbers are tried.
const TRIES: usize = 5;
/// A claim is done or failed within this.
const CLAIMING: Duration = Duration::from_secs(5 * 60);
/// The code of a claim that Connect gave up.
const CLAIM_FAILED: &str = "FAILED";
/// The code of a claim that Connect gave up because somebody else was faster.
const CLAIM_LOST: &str = "FAILED, not available";
/// How Connect says so: there is no code for it (hashicorp/terraform-provider-aws #45572).
const NOT_AVAILABLE: &str = "Phone number not available";
/// What is known of claims that fail for another reason (service model, `PhoneNumberStatus`;
/// documentation of `ClaimPhoneNumber`).
const LIMITS: &str = "mostly the instance has reached its limit of claimed numbers (Service \
    Quotas, \"Phone numbers per instance\"); what is claimed and released within 180 days counts, \
    up to 200 % of that limit, so no other number is tried";

impl ConnectResources {
    /// Finds a number to have and claims it, and waits.
    pub(super) async fn claimed(
        &self,
        instance_arn: &str,
        country: &str,
        number_type: &str,
        tags: &Tags,
        token: &str,
        progress: &dyn Progress,
    ) -> PortResult<PhoneNumber> {
        let _one_at_a_time = self.claiming.lock().await;
        let offers = self.offers(instance_arn, country, number_type).await?;
        let mut last = None;
        for number in offers.iter().take(TRIES) {
            // A token belongs to one number.
            let token = client_token(token, number);
            progress.note(&format!("claiming {number}"));
            let claim = self.claim(instance_arn, number, tags, &token, progress);
            let failure = match claim.await {
                Ok(number) => return Ok(number),
                Err(failure) => failure,
            };
            if failure.code == "IdempotencyException" {
                // An earlier run of this call claimed another number and lost sight of it.
                let ours = self
                    .claimed_before(instance_arn, country, number_type, tags)
                    .await?;
                return ours.ok_or(failure);
            }
            if !may_another_be_had(&failure) {
                return Err(failure);
            }
            progress.note(&format!("{number} cannot be had: {}", failure.message));
            last = Some(failure);
        }
        Err(last.unwrap_or_else(|| SERVICE.incomplete(CLAIM, "PhoneNumberId")))
    }

    /// Numbers to have, best first.
    async fn offers(
        &self,
        instance_arn: &str,
        country: &str,
        number_type: &str,
    ) -> PortResult<Vec<String>> {
        const SEARCH: &str = "SearchAvailablePhoneNumbers";
        self.pace.admit(SEARCH).await;
        let found = self
            .client
            .search_available_phone_numbers()
            .target_arn(instance_arn)
            .phone_number_country_code(PhoneNumberCountryCode::from(country))
            .phone_number_type(PhoneNumberType::from(number_type))
            .max_results(OFFERS)
            .send()
            .await
            .map_err(|error| SERVICE.failure(SEARCH, error))?;
        let numbers: Vec<String> = found
            .available_numbers_list
            .unwrap_or_default()
            .into_iter()
            .filter_map(|offer| offer.phone_number)
            .collect();
        if numbers.is_empty() {
            return Err(SERVICE.state(
                SEARCH,
                FailureKind::Other,
                "none available",
                format!("Amazon Connect has no {number_type} number in {country} to claim now"),
            ));
        }
        Ok(numbers)
    }

    /// Claims one number and waits for it.
    async fn claim(
        &self,
        instance_arn: &str,
        number: &str,
        tags: &Tags,
        token: &str,
        progress: &dyn Progress,
    ) -> PortResult<PhoneNumber> {
        self.pace.admit(CLAIM).await;
        let id = self
            .client
            .claim_phone_number()
            .target_arn(instance_arn)
            .phone_number(number)
            .set_tags((!tags.is_empty()).then(|| sdk_tags(tags)))
            .client_token(token)
            .send()
            .await
            .map_err(|error| SERVICE.failure(CLAIM, error))?
            .phone_number_id
            .ok_or_else(|| SERVICE.incomplete(CLAIM, "PhoneNumberId"))?;
        self.consistency.made(&id);
        let names = [id.as_str()];
        let mut wait = self.waiting.at_most(CLAIMING);
        let mut words = Words::default();
        loop {
            let describe = || self.describe_number(&id);
            let looked = self
                .consistency
                .settled(About::names(&names), progress, describe)
                .await;
            if let Some((number, claim)) = wait.look(looked)? {
                match claim.status {
                    Some(PhoneNumberWorkflowStatus::Claimed) => return Ok(number),
                    Some(PhoneNumberWorkflowStatus::Failed) => {
                        return Err(failed(claim.message.unwrap_or_default()));
                    }
                    _ => {}
                }
            }
            words.say(progress, wait.waited(), || {
                format!("waiting until {number} is claimed")
            });
            if !wait.pause().await {
                return Err(SERVICE.gave_up(
                    CLAIM,
                    format!(
                        "{number} (id {id}) is still being claimed after {} minutes",
                        CLAIMING.as_secs() / 60
                    ),
                ));
            }
        }
    }

    /// A number of this kind that carries all these tags.
    async fn claimed_before(
        &self,
        instance_arn: &str,
        country: &str,
        number_type: &str,
        tags: &Tags,
    ) -> PortResult<Option<PhoneNumber>> {
        let listed = self.list_numbers(instance_arn).await?;
        let fitting = listed
            .iter()
            .filter(|number| number.country == country && number.number_type == number_type);
        let looked = fitting.map(|number| self.tagged_number(number));
        let numbers = futures::future::try_join_all(looked).await?;
        Ok(numbers.into_iter().flatten().find(|number| {
            !tags.is_empty()
                && tags
                    .iter()
                    .all(|(key, value)| number.tags.get(key) == Some(value))
        }))
    }
}

/// A claim that Connect gave up, in its words.
fn failed(message: String) -> ServiceFailure {
    if message.contains(NOT_AVAILABLE) {
        return SERVICE.state(CLAIM, FailureKind::Other, CLAIM_LOST, message);
    }
    let message = match message.is_empty() {
        true => LIMITS.to_owned(),
        false => format!("{message}; {LIMITS}"),
    };
    SERVICE.state(CLAIM, FailureKind::Other, CLAIM_FAILED, message)
}

/// Whether another number may be had. The target of the claim was searched for numbers just
/// now, and the number was offered: a request that is refused for its parameters is refused
/// for a number that is gone. It has claimed nothing, so another costs nothing.
fn may_another_be_had(failure: &ServiceFailure) -> bool {
    let is_refused =
        failure.code == "InvalidParameterException" || failure.kind == FailureKind::NotFound;
    failure.code == CLAIM_LOST || (is_refused && failure.operation == CLAIM)
}
