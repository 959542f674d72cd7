//! What AWS grants an account for SMS, and what a month's SMS have cost.
//!
//! A new account is in the SMS sandbox and may spend a dollar a month (AWS docs, "Using the
//! Amazon SNS SMS sandbox" and "Setting SMS messaging preferences"). Here an account has asked
//! for more, unless it is told to play a new one.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::core::error::{ServiceError, ServiceResult};

/// Millionths of a US dollar.
pub(super) type Micros = u64;

const DOLLAR: Micros = 1_000_000;
/// US dollars a month that this account was granted.
const QUOTA: u32 = 1_000;
/// US dollars a month of a new account.
const NEW_QUOTA: u32 = 1;
/// What a part of an SMS costs: a round figure of ours. On AWS it differs by country, carrier
/// and day.
const PRICE: Micros = 10_000;

/// The account, as far as SMS go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    sandbox: bool,
    quota: u32,
    price: Micros,
    /// The month of `spent`, such as `2026-01`, in UTC.
    month: String,
    spent: Micros,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            sandbox: false,
            quota: QUOTA,
            price: PRICE,
            month: String::new(),
            spent: 0,
        }
    }
}

/// What is changed of an account; what is absent stays.
#[derive(Debug, Default, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AccountChange {
    /// Whether it is in the SMS sandbox.
    sandbox: Option<bool>,
    /// US dollars a month that AWS lets it spend at most.
    spend_quota: Option<u32>,
    /// US dollars that a part of an SMS costs.
    price: Option<f64>,
    /// US dollars that were spent this month.
    spent: Option<f64>,
}

impl AccountChange {
    /// To an account that never asked AWS for anything.
    pub fn to_new_account() -> Self {
        Self {
            sandbox: Some(true),
            spend_quota: Some(NEW_QUOTA),
            ..Self::default()
        }
    }
}

/// An account as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    sandbox: bool,
    spend_quota: u32,
    price: f64,
    spent: f64,
}

impl Account {
    /// Whether SMS go to verified numbers alone.
    pub(super) fn is_in_sandbox(&self) -> bool {
        self.sandbox
    }

    /// US dollars a month that `MonthlySpendLimit` may be at most.
    pub(super) fn quota(&self) -> u32 {
        self.quota
    }

    /// What so many parts of an SMS cost.
    pub(super) fn cost(&self, parts: u32) -> Micros {
        self.price.saturating_mul(Micros::from(parts))
    }

    /// What this month's SMS have cost.
    pub(super) fn spent(&self, now: Timestamp) -> Micros {
        if self.month == month(now) {
            self.spent
        } else {
            0
        }
    }

    /// Counts what was spent.
    pub(super) fn spend(&mut self, cost: Micros, now: Timestamp) {
        self.spent = self.spent(now).saturating_add(cost);
        self.month = month(now);
    }

    /// Changes it.
    ///
    /// # Errors
    /// `InvalidParameter` for what is no amount of money.
    pub(super) fn change(&mut self, change: &AccountChange, now: Timestamp) -> ServiceResult<()> {
        let price = change.price.map(micros).transpose()?;
        let spent = change.spent.map(micros).transpose()?;
        self.sandbox = change.sandbox.unwrap_or(self.sandbox);
        self.quota = change.spend_quota.unwrap_or(self.quota);
        self.price = price.unwrap_or(self.price);
        if let Some(spent) = spent {
            self.month = month(now);
            self.spent = spent;
        }
        Ok(())
    }

    /// As it is shown.
    pub(super) fn shown(&self, now: Timestamp) -> Shown {
        Shown {
            sandbox: self.sandbox,
            spend_quota: self.quota,
            price: dollars(self.price),
            spent: dollars(self.spent(now)),
        }
    }
}

fn month(now: Timestamp) -> String {
    now.to_zoned(TimeZone::UTC).strftime("%Y-%m").to_string()
}

/// In US dollars.
pub(super) fn dollars(micros: Micros) -> f64 {
    #[allow(
        clippy::cast_precision_loss,
        reason = "nobody spends 2^53 millionths of a dollar here"
    )]
    let micros = micros as f64;
    micros / 1e6
}

/// Whole US dollars.
pub(super) fn whole_dollars(dollars: u32) -> Micros {
    Micros::from(dollars) * DOLLAR
}

/// Of US dollars, at most a million of them.
///
/// # Errors
/// `InvalidParameter`.
pub(super) fn micros(dollars: f64) -> ServiceResult<Micros> {
    if !(0.0..=1e6).contains(&dollars) {
        return Err(super::invalid(format_args!(
            "{dollars} Reason: is no amount of US dollars"
        )));
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 10^12"
    )]
    let micros = (dollars * 1e6).round() as Micros;
    Ok(micros)
}

/// A `MonthlySpendLimit`: whole US dollars, no more than the account was granted (AWS API
/// reference, `SetSMSAttributes`: "the maximum allowed by Amazon SNS").
///
/// # Errors
/// `InvalidParameter`.
pub(super) fn spend_limit(value: &str, quota: u32) -> ServiceResult<u32> {
    let refused = |reason: &str| -> ServiceError {
        super::invalid(format_args!("MonthlySpendLimit Reason: {value} {reason}"))
    };
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let limit: u32 = digits
        .then(|| value.parse().ok())
        .flatten()
        .ok_or_else(|| refused("is no whole number of US dollars"))?;
    if limit > quota {
        return Err(refused(&format!(
            "is more than the {quota} US dollars a month that this account was granted"
        )));
    }
    Ok(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_spent_is_spent_in_a_month_of_utc() {
        let mut account = Account::default();
        let last = at("2026-01-31T23:59:59Z");
        account.spend(account.cost(3), last);
        account.spend(account.cost(1), last);
        assert_eq!(account.spent(last), 40_000);
        let next = at("2026-02-01T00:00:00Z");
        assert_eq!(account.spent(next), 0);
        account.spend(5, next);
        assert_eq!(account.spent(next), 5);
    }

    #[test]
    fn a_new_account_is_in_the_sandbox_with_a_dollar() {
        let now = at("2026-01-01T00:00:00Z");
        let mut account = Account::default();
        account
            .change(&AccountChange::to_new_account(), now)
            .unwrap();
        insta::assert_snapshot!(
            serde_json::to_string(&account.shown(now)).unwrap(),
            @r#"{"sandbox":true,"spendQuota":1,"price":0.01,"spent":0.0}"#
        );
    }

    #[test]
    fn a_change_changes_what_it_names_and_nothing_at_an_error() {
        let now = at("2026-01-01T00:00:00Z");
        let mut account = Account::default();
        let change = |text: &str| serde_json::from_str::<AccountChange>(text).unwrap();
        account
            .change(&change(r#"{"price": 0.5, "spent": 1.25}"#), now)
            .unwrap();
        assert_eq!(
            (account.cost(2), account.spent(now)),
            (1_000_000, 1_250_000)
        );
        assert_eq!((account.sandbox, account.quota), (false, QUOTA));
        let before = account.clone();
        for wrong in [r#"{"sandbox": true, "price": -1}"#, r#"{"spent": 1e9}"#] {
            assert!(account.change(&change(wrong), now).is_err(), "{wrong}");
            assert_eq!(account, before, "{wrong}");
        }
        assert!(serde_json::from_str::<AccountChange>(r#"{"sandpit": true}"#).is_err());
    }

    #[test]
    fn a_limit_is_whole_dollars_up_to_what_was_granted() {
        assert_eq!(spend_limit("0", 1), Ok(0));
        assert_eq!(spend_limit("1", 1), Ok(1));
        for wrong in ["2", "-1", "0.5", "+1", "", "one", "99999999999999999999"] {
            assert!(spend_limit(wrong, 1).is_err(), "{wrong}");
        }
    }
}
