//! The account's suppression list: addresses that bounced or complained, which get nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::core::error::{ServiceError, ServiceResult};

/// Why an address is on the list (service model, `SuppressionListReason`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// It bounced.
    Bounce,
    /// Its owner complained.
    Complaint,
}

impl Reason {
    /// By its name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        [Self::Bounce, Self::Complaint]
            .into_iter()
            .find(|reason| reason.name() == name)
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bounce => "BOUNCE",
            Self::Complaint => "COMPLAINT",
        }
    }
}

/// An address on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    pub(super) reason: Reason,
    pub(super) updated: Timestamp,
}

/// The list, by addresses.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Suppression(BTreeMap<String, Suppressed>);

fn absent(address: &str) -> ServiceError {
    ServiceError::new(
        404,
        "NotFoundException",
        format!("Email address {address} does not exist on your suppression list."),
    )
}

impl Suppression {
    /// Adds an address, or changes why it is there.
    pub(super) fn put(&mut self, address: &str, reason: Reason, now: Timestamp) {
        let updated = now;
        self.0
            .insert(address.to_owned(), Suppressed { reason, updated });
    }

    /// One of them.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub(super) fn get(&self, address: &str) -> ServiceResult<Suppressed> {
        self.0.get(address).copied().ok_or_else(|| absent(address))
    }

    /// Takes an address off.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub(super) fn delete(&mut self, address: &str) -> ServiceResult<()> {
        let found = self.0.remove(address);
        found.map(|_| ()).ok_or_else(|| absent(address))
    }

    /// All of them, in the order of the addresses.
    pub(super) fn all(&self) -> impl Iterator<Item = (&String, &Suppressed)> {
        self.0.iter()
    }

    /// Whether an address is on it.
    pub(super) fn has(&self, address: &str) -> bool {
        self.0.contains_key(address)
    }
}
