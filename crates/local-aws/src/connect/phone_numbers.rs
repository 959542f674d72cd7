//! Phone numbers: searched, claimed, described, released.

pub mod inventory;
pub mod operations;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use inventory::Offer;

use super::instances::Instance;
use super::quotas::Quota;
use super::values::{ClaimStatus, PhoneNumberType};
use super::{State, errors, present};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::world::ACCOUNT;

/// For how long a released number cannot be had again, in hours: 180 days
/// (AWS docs, `ReleasePhoneNumber`).
const COOLDOWN_HOURS: i64 = 180 * 24;

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
        let offer = self.check_claimable(number, target, now)?;
        let instance = self.instance(target)?;
        let claimed = PhoneNumber::new(id.clone(), offer, instance);
        Ok(self.phone_numbers.entry(id).or_insert(claimed))
    }

    /// What is offered of a number that can be claimed.
    ///
    /// # Errors
    /// As [`State::claim_phone_number`].
    pub fn check_claimable(
        &self,
        number: &str,
        target: &str,
        now: Timestamp,
    ) -> ServiceResult<Offer> {
        self.instance(target)?;
        inventory::offer(number)
            .filter(|_| self.is_available(number, now))
            .ok_or_else(|| {
                errors::not_found(format!(
                    "The phone number {number} cannot be claimed: search for available ones first."
                ))
            })
    }

    /// Somebody else has the number now.
    pub fn give_to_another(&mut self, number: &str, now: Timestamp) {
        self.released.insert(number.to_owned(), now);
    }

    /// Ends a claim that somebody else won.
    pub fn lose_claim(&mut self, id: &str) {
        if let Some(number) = self.phone_numbers.get_mut(id)
            && number.status == ClaimStatus::InProgress
        {
            number.status = ClaimStatus::Failed;
            number.message = Some(super::consistency::not_available(&number.number));
        }
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
        let full = self.quotas.full(Quota::PhoneNumbersPerInstance, held);
        if let Some(number) = self.phone_numbers.get_mut(id)
            && number.status == ClaimStatus::InProgress
        {
            if let Some(full) = full {
                number.status = ClaimStatus::Failed;
                number.message = Some(full.to_string());
            } else {
                number.status = ClaimStatus::Claimed;
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
