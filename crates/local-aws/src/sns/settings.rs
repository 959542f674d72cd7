//! The account's SMS settings, and who does not want SMS.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::account::{self, Account, Micros};
use super::attributes::{SmsOptions, SmsType, is_sender_id};
use super::sandbox::Sandbox;
use super::topics::Topic;
use super::{invalid, is_e164};
use crate::core::error::{ServiceError, ServiceResult};

/// The settings that AWS has.
const NAMES: &[&str] = &[
    "DefaultSMSType",
    "DefaultSenderID",
    "DeliveryStatusIAMRole",
    "DeliveryStatusSuccessSamplingRate",
    "MonthlySpendLimit",
    "UsageReportS3Bucket",
];

/// What SNS keeps.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    sms_attributes: BTreeMap<String, String>,
    opted_out: BTreeMap<String, Timestamp>,
    /// When a number was last opted in by us.
    opted_in: BTreeMap<String, Timestamp>,
    #[serde(default)]
    pub(super) topics: BTreeMap<String, Topic>,
    #[serde(default)]
    pub(super) account: Account,
    #[serde(default)]
    pub(super) sandbox: Sandbox,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "sns";
}

impl State {
    /// `SetSMSAttributes`: all or none.
    ///
    /// # Errors
    /// `InvalidParameter` for a name or value that AWS would not take; settings that would
    /// have no effect here are not implemented.
    pub(super) fn set_sms_attributes(&mut self, given: Vec<(String, String)>) -> ServiceResult<()> {
        for (name, value) in &given {
            check_name(name)?;
            let ok = match name.as_str() {
                "DefaultSMSType" => SmsType::parse(value).is_some(),
                "DefaultSenderID" => value.is_empty() || is_sender_id(value),
                "MonthlySpendLimit" => {
                    account::spend_limit(value, self.account.quota())?;
                    true
                }
                other => {
                    return Err(ServiceError::not_implemented(format!(
                        "the SMS attribute {other}"
                    )));
                }
            };
            if !ok {
                return Err(invalid(format_args!("{name} Reason: {value} is not valid")));
            }
        }
        for (name, value) in given {
            if value.is_empty() {
                self.sms_attributes.remove(&name);
            } else {
                self.sms_attributes.insert(name, value);
            }
        }
        Ok(())
    }

    /// `GetSMSAttributes`: those named, or all; what was set, and the spend limit, which is all
    /// that AWS allows unless it was set (AWS API reference, `SetSMSAttributes`).
    ///
    /// # Errors
    /// `InvalidParameter` for a name that AWS does not have.
    pub(super) fn sms_attributes(
        &self,
        names: &[String],
    ) -> ServiceResult<BTreeMap<String, String>> {
        names.iter().try_for_each(|name| check_name(name))?;
        let mut all = self.sms_attributes.clone();
        all.insert(
            "MonthlySpendLimit".to_owned(),
            self.spend_limit_in_dollars().to_string(),
        );
        all.retain(|name, _| names.is_empty() || names.contains(name));
        Ok(all)
    }

    /// The month's limit: the account's own, never more than AWS granted.
    fn spend_limit_in_dollars(&self) -> u32 {
        let quota = self.account.quota();
        self.sms_attributes
            .get("MonthlySpendLimit")
            .and_then(|limit| limit.parse().ok())
            .map_or(quota, |limit: u32| limit.min(quota))
    }

    /// What a month's SMS may cost.
    pub(super) fn spend_limit(&self) -> Micros {
        account::whole_dollars(self.spend_limit_in_dollars())
    }

    /// Changes what AWS grants the account.
    ///
    /// # Errors
    /// `InvalidParameter` for what is no amount of money.
    pub fn change_account(
        &mut self,
        change: &account::AccountChange,
        now: Timestamp,
    ) -> ServiceResult<()> {
        self.account.change(change, now)
    }

    /// What AWS grants the account, and what it spent.
    pub fn shown_account(&self, now: Timestamp) -> account::Shown {
        self.account.shown(now)
    }

    /// Sender id and type of an SMS: the message's own, else the account's, else AWS's default.
    pub(super) fn sent_as(&self, options: &SmsOptions) -> (Option<String>, SmsType) {
        let default = |name: &str| self.sms_attributes.get(name);
        let sender = options
            .sender_id
            .clone()
            .or_else(|| default("DefaultSenderID").cloned());
        let kind = options
            .sms_type
            .or_else(|| SmsType::parse(default("DefaultSMSType")?))
            .unwrap_or(SmsType::Promotional);
        (sender, kind)
    }

    /// Whether a number wants no SMS.
    pub(super) fn is_opted_out(&self, number: &str) -> bool {
        self.opted_out.contains_key(number)
    }

    /// The numbers that opted out, in order.
    pub(super) fn opted_out(&self) -> impl Iterator<Item = &String> {
        self.opted_out.keys()
    }

    /// Replaces the numbers that opted out, as their owners do by answering STOP.
    ///
    /// # Errors
    /// `InvalidParameter` for what is no phone number.
    pub fn set_opted_out(&mut self, numbers: Vec<String>, now: Timestamp) -> ServiceResult<()> {
        numbers.iter().try_for_each(|number| check_number(number))?;
        self.opted_out = numbers.into_iter().map(|number| (number, now)).collect();
        Ok(())
    }

    /// `OptInPhoneNumber`; once in 30 days (AWS API reference).
    ///
    /// # Errors
    /// `InvalidParameter` when it is too soon or no phone number.
    pub(super) fn opt_in(&mut self, number: &str, now: Timestamp) -> ServiceResult<()> {
        check_number(number)?;
        if !self.opted_out.contains_key(number) {
            return Ok(());
        }
        let month = (30 * 24).hours();
        if self
            .opted_in
            .get(number)
            .is_some_and(|last| now < *last + month)
        {
            return Err(invalid(format_args!(
                "PhoneNumber Reason: {number} was opted in within the last 30 days"
            )));
        }
        self.opted_out.remove(number);
        self.opted_in.insert(number.to_owned(), now);
        Ok(())
    }
}

fn check_name(name: &str) -> ServiceResult<()> {
    if NAMES.contains(&name) {
        return Ok(());
    }
    Err(invalid(format_args!(
        "attributes Reason: {name} is no SMS attribute"
    )))
}

/// Whether it can be a phone number.
///
/// # Errors
/// `InvalidParameter` in SNS's words.
pub(super) fn check_number(number: &str) -> ServiceResult<()> {
    if is_e164(number) {
        return Ok(());
    }
    Err(invalid("PhoneNumber Reason: input incorrectly formatted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "+15555550123";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn pair(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn a_message_is_sent_as_it_says_or_as_the_account_says() {
        let mut state = State::default();
        let none = SmsOptions::default();
        assert_eq!(state.sent_as(&none), (None, SmsType::Promotional));
        state
            .set_sms_attributes(pair("DefaultSMSType", "Transactional"))
            .unwrap();
        state
            .set_sms_attributes(pair("DefaultSenderID", "Campus"))
            .unwrap();
        let campus = Some("Campus".to_owned());
        assert_eq!(state.sent_as(&none), (campus, SmsType::Transactional));
        let own = SmsOptions {
            sender_id: Some("Other".to_owned()),
            sms_type: Some(SmsType::Promotional),
            ..none
        };
        let other = Some("Other".to_owned());
        assert_eq!(state.sent_as(&own), (other, SmsType::Promotional));
    }

    #[test]
    fn settings_are_checked_and_those_without_effect_are_named() {
        let mut state = State::default();
        for (name, value, code) in [
            ("DefaultSMSType", "Cheap", "InvalidParameter"),
            ("DefaultSenderID", "123", "InvalidParameter"),
            ("Colour", "red", "InvalidParameter"),
            ("MonthlySpendLimit", "1001", "InvalidParameter"),
            ("MonthlySpendLimit", "0.5", "InvalidParameter"),
            ("DeliveryStatusIAMRole", "arn", "NotImplementedByLocalAws"),
        ] {
            let error = state.set_sms_attributes(pair(name, value)).unwrap_err();
            assert_eq!(error.code, code, "{name}={value}");
        }
        let limit = BTreeMap::from([("MonthlySpendLimit".to_owned(), "1000".to_owned())]);
        assert_eq!(state.sms_attributes(&[]).unwrap(), limit);
        assert!(state.sms_attributes(&["Colour".to_owned()]).is_err());
    }

    #[test]
    fn a_number_is_opted_in_once_a_month() {
        let mut state = State::default();
        let start = at("2026-01-01T00:00:00Z");
        let out = |state: &mut State| state.set_opted_out(vec![NUMBER.to_owned()], start);
        out(&mut state).unwrap();
        assert!(state.is_opted_out(NUMBER));
        state.opt_in(NUMBER, start).unwrap();
        assert!(!state.is_opted_out(NUMBER));
        out(&mut state).unwrap();
        assert!(state.opt_in(NUMBER, at("2026-01-30T23:59:59Z")).is_err());
        state.opt_in(NUMBER, at("2026-01-31T00:00:00Z")).unwrap();
        assert!(state.opt_in("0123", start).is_err());
    }
}
