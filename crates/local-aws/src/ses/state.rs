//! What SES keeps.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::{Account, AccountChange};
use super::identities::{Identities, Verification};
use super::suppression::Suppression;
use crate::core::error::ServiceResult;

/// What SES keeps.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct State {
    pub(super) identities: Identities,
    pub(super) suppression: Suppression,
    pub(super) account: Account,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "ses";
}

impl State {
    /// Changes what AWS grants the account.
    pub fn change_account(&mut self, change: &AccountChange) {
        self.account.change(change);
    }

    /// What AWS grants the account, and what it sent.
    pub fn shown_account(&self, now: Timestamp) -> Value {
        self.account.shown(now)
    }

    /// Says of identities how far their owners' proofs are.
    ///
    /// # Errors
    /// `NotFoundException`; then nothing is changed.
    pub fn set_verification(
        &mut self,
        given: &BTreeMap<String, Verification>,
    ) -> ServiceResult<()> {
        self.identities.set_verification(given)
    }
}
