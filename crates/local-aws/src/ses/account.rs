//! The account: whether it is in the sandbox, and how much it may send.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::core::error::{ServiceError, ServiceResult};

/// E-mails in 24 hours and in a second of an account in the sandbox (AWS docs, "Request production
/// access (Moving out of the Amazon SES sandbox)").
const SANDBOX: (u32, f64) = (200, 1.0);
/// The same of an account with production access: what is granted most often. AWS sets it by
/// account.
const PRODUCTION: (u32, f64) = (50_000, 14.0);
/// Minutes of 24 hours.
const DAY: i64 = 24 * 60;

/// The account.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    sandbox: bool,
    /// Identities that are made stay pending.
    pending: bool,
    /// Instead of the quota of an account in the sandbox or out of it.
    daily_quota: Option<u32>,
    /// How many were sent, by minutes since 1970, of the last 24 hours.
    sent: BTreeMap<i64, u32>,
}

/// What is changed of an account; what is absent stays.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AccountChange {
    /// Whether it is in the sandbox.
    sandbox: Option<bool>,
    /// Whether identities that are made stay pending until [`super::State::set_verification`].
    pending: Option<bool>,
    /// E-mails in 24 hours.
    daily_quota: Option<u32>,
}

impl AccountChange {
    /// To an account that never asked AWS for anything.
    pub fn to_new_account() -> Self {
        Self {
            sandbox: Some(true),
            ..Self::default()
        }
    }
}

impl Account {
    /// Changes it.
    pub(super) fn change(&mut self, change: &AccountChange) {
        self.sandbox = change.sandbox.unwrap_or(self.sandbox);
        self.pending = change.pending.unwrap_or(self.pending);
        self.daily_quota = change.daily_quota.or(self.daily_quota);
    }

    /// Whether e-mails go to verified identities alone.
    pub(super) fn is_in_sandbox(&self) -> bool {
        self.sandbox
    }

    /// Whether identities that are made stay pending.
    pub(super) fn keeps_pending(&self) -> bool {
        self.pending
    }

    fn daily_quota(&self) -> u32 {
        let (daily, _) = if self.sandbox { SANDBOX } else { PRODUCTION };
        self.daily_quota.unwrap_or(daily)
    }

    /// How many were sent in the 24 hours before.
    fn sent(&self, now: Timestamp) -> u32 {
        let first = minute(now) - DAY + 1;
        let sent = self.sent.range(first..).map(|(_, count)| *count);
        sent.fold(0, u32::saturating_add)
    }

    /// Whether another may be sent. To many at once counts as many, and is sent when one is left:
    /// what is left is looked at before (AWS docs, "Managing your Amazon SES sending limits").
    ///
    /// # Errors
    /// `TooManyRequestsException`, as the rate's limit is told; `Throttling` in API v1.
    pub(super) fn check_quota(&self, now: Timestamp) -> ServiceResult<()> {
        if self.sent(now) < self.daily_quota() {
            return Ok(());
        }
        Err(ServiceError::new(
            429,
            "TooManyRequestsException",
            "Daily message quota exceeded.",
        ))
    }

    /// Counts what was sent.
    pub(super) fn count(&mut self, recipients: usize, now: Timestamp) {
        let minute = minute(now);
        self.sent.retain(|sent, _| *sent > minute - DAY);
        let count = self.sent.entry(minute).or_default();
        *count = count.saturating_add(u32::try_from(recipients).unwrap_or(u32::MAX));
    }

    /// As it is shown by the gateway's own path.
    pub(super) fn shown(&self, now: Timestamp) -> Value {
        json!({
            "sandbox": self.sandbox,
            "pending": self.pending,
            "dailyQuota": self.daily_quota(),
            "sent": self.sent(now),
        })
    }

    /// `GetAccount`.
    pub(super) fn told(&self, now: Timestamp) -> Value {
        let (_, rate) = if self.sandbox { SANDBOX } else { PRODUCTION };
        json!({
            "DedicatedIpAutoWarmupEnabled": false,
            "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": !self.sandbox,
            "SendQuota": {
                "Max24HourSend": f64::from(self.daily_quota()),
                "MaxSendRate": rate,
                "SentLast24Hours": f64::from(self.sent(now)),
            },
            "SendingEnabled": true,
            // As of accounts made since November 25, 2019 (AWS docs, "Using the Amazon SES
            // account-level suppression list").
            "SuppressionAttributes": { "SuppressedReasons": ["BOUNCE", "COMPLAINT"] },
        })
    }
}

fn minute(now: Timestamp) -> i64 {
    now.as_second().div_euclid(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_days_quota_is_of_the_24_hours_before() {
        let mut account = Account::default();
        account.change(&AccountChange {
            daily_quota: Some(3),
            ..AccountChange::default()
        });
        let noon = at("2026-01-01T12:00:00Z");
        account.check_quota(noon).unwrap();
        account.count(2, noon);
        // One is left, so that ten at once go.
        account.check_quota(noon).unwrap();
        account.count(10, at("2026-01-01T13:00:00Z"));
        let refused = account.check_quota(at("2026-01-02T12:59:59Z")).unwrap_err();
        assert_eq!(
            (refused.status, &*refused.code),
            (429, "TooManyRequestsException")
        );
        account.check_quota(at("2026-01-02T13:00:00Z")).unwrap();
    }

    #[test]
    fn a_new_account_is_in_the_sandbox() {
        let now = at("2026-01-01T12:00:00Z");
        let mut account = Account::default();
        assert_eq!(account.told(now)["ProductionAccessEnabled"], true);
        account.change(&AccountChange::to_new_account());
        let told = account.told(now);
        assert_eq!(told["ProductionAccessEnabled"], false);
        assert_eq!(told["SendQuota"]["Max24HourSend"], 200.0);
        assert_eq!(told["SendQuota"]["MaxSendRate"], 1.0);
    }
}
