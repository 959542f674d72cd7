//! Phone numbers that are claimed: searched for, claimed, waited for.

use std::time::Duration;

use aws_sdk_connect::types::{PhoneNumberCountryCode, PhoneNumberType, PhoneNumberWorkflowStatus};

use super::{APPEARANCE, ConnectResources, SERVICE, client_token};
use crate::aws::flows::sdk_tags;
use crate::engine::error::{FailureKind, ServiceFailure};
use crate::engine::ports::{PhoneNumber, PortResult, Progress, Resources, Tags};

const CLAIM: &str = "ClaimPhoneNumber";

/// Numbers offered by one search.
const OFFERS: i32 = 10;
/// So many of the offered numbers are tried.
const TRIES: usize = 3;
/// A claim is done or failed within this.
const CLAIMING: Duration = Duration::from_secs(5 * 60);
/// The code of a claim that Connect gave up.
const CLAIM_FAILED: &str = "FAILED";

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
            let failure = match self.claim(instance_arn, number, tags, &token).await {
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
            if !may_be_had_by_another(&failure) {
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
        let mut wait = self.waiting.at_most(CLAIMING);
        loop {
            let looked = match self.describe_number(&id).await {
                Err(failure)
                    if failure.kind == FailureKind::NotFound && wait.waited() < APPEARANCE =>
                {
                    None
                }
                looked => wait.look(looked)?,
            };
            if let Some((number, claim)) = looked {
                match claim.status {
                    Some(PhoneNumberWorkflowStatus::Claimed) => return Ok(number),
                    Some(PhoneNumberWorkflowStatus::Failed) => {
                        let message = claim.message.unwrap_or_default();
                        return Err(SERVICE.state(
                            CLAIM,
                            FailureKind::Other,
                            CLAIM_FAILED,
                            message,
                        ));
                    }
                    _ => {}
                }
            }
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
        let numbers = self.phone_numbers(instance_arn).await?;
        Ok(numbers.into_iter().find(|number| {
            !tags.is_empty()
                && number.country == country
                && number.number_type == number_type
                && tags
                    .iter()
                    .all(|(key, value)| number.tags.get(key) == Some(value))
        }))
    }
}

/// Whether a claim failed so that another number may be had.
fn may_be_had_by_another(failure: &ServiceFailure) -> bool {
    failure.code == CLAIM_FAILED || failure.kind == FailureKind::NotFound
}
