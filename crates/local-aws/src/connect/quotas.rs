//! How much there may be: AWS's default quotas, and what was granted beyond them. As on AWS,
//! more that was granted stays granted: it is kept with the state.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{State, errors};
use crate::core::error::{ServiceError, ServiceResult};

/// A quota of Connect that AWS adjusts on request (AWS docs, "Amazon Connect service quotas").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quota {
    /// Instances of the account.
    Instances,
    /// Flows of an instance.
    FlowsPerInstance,
    /// Flow modules of an instance.
    FlowModulesPerInstance,
    /// Functions that an instance may invoke.
    FunctionsPerInstance,
    /// Phone numbers of an instance.
    PhoneNumbersPerInstance,
}

impl Quota {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Instances,
        Self::FlowsPerInstance,
        Self::FlowModulesPerInstance,
        Self::FunctionsPerInstance,
        Self::PhoneNumbersPerInstance,
    ];

    /// Its name on the command line and in the state.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Instances => "instances",
            Self::FlowsPerInstance => "flows-per-instance",
            Self::FlowModulesPerInstance => "flow-modules-per-instance",
            Self::FunctionsPerInstance => "functions-per-instance",
            Self::PhoneNumbersPerInstance => "phone-numbers-per-instance",
        }
    }

    /// What an account has that never asked for more.
    pub const fn default_value(self) -> usize {
        match self {
            Self::Instances => 2,
            Self::FlowsPerInstance => 100,
            Self::FlowModulesPerInstance => 200,
            Self::FunctionsPerInstance => 50,
            Self::PhoneNumbersPerInstance => 5,
        }
    }

    /// Who is full, of what.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Instances => ("account", "instances"),
            Self::FlowsPerInstance => ("instance", "flows"),
            Self::FlowModulesPerInstance => ("instance", "flow modules"),
            Self::FunctionsPerInstance => ("instance", "functions"),
            Self::PhoneNumbersPerInstance => ("instance", "phone numbers"),
        }
    }
}

/// A quota and what it is to be; written `NAME=NUMBER`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// Which.
    pub quota: Quota,
    /// So many, at least one.
    pub value: usize,
}

/// A grant that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// Not `NAME=NUMBER`.
    #[error("a quota is NAME=NUMBER, for instance {}=1000", Quota::FlowsPerInstance.name())]
    Form,
    /// No quota of that name.
    #[error("no quota is called {name}; there are {all}", name = .0, all = Quota::ALL.map(Quota::name).join(", "))]
    Name(String),
    /// No number, or none.
    #[error("{0} is no number from 1 on")]
    Number(String),
}

impl FromStr for Grant {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        let (name, number) = text.split_once('=').ok_or(GrantError::Form)?;
        let quota = Quota::ALL
            .into_iter()
            .find(|quota| quota.name() == name)
            .ok_or_else(|| GrantError::Name(name.to_owned()))?;
        let value = number.parse().ok().filter(|value| *value > 0);
        let value = value.ok_or_else(|| GrantError::Number(number.to_owned()))?;
        Ok(Self { quota, value })
    }
}

/// What was granted; what was not has its default.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Quotas(BTreeMap<Quota, usize>);

impl Quotas {
    /// Takes in a grant in place of an earlier one.
    pub(super) fn grant(&mut self, grant: Grant) {
        self.0.insert(grant.quota, grant.value);
    }

    /// The refusal of one more than there are, when there may not be one more.
    pub(super) fn full(&self, quota: Quota, there: usize) -> Option<Full> {
        let default = quota.default_value();
        let value = self.0.get(&quota).copied().unwrap_or(default);
        (there >= value).then_some(Full { quota, value })
    }
}

/// There may not be one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full {
    quota: Quota,
    value: usize,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whose, what) = self.quota.words();
        let Self { quota, value } = self;
        let of = if *value == quota.default_value() {
            "the default quota"
        } else {
            "the quota"
        };
        write!(
            f,
            "The {whose} has {value} {what} already, {of} ({}).",
            quota.name()
        )
    }
}

impl From<Full> for ServiceError {
    /// The error that the service model names for the operation that adds one.
    fn from(full: Full) -> Self {
        match full.quota {
            Quota::FlowsPerInstance | Quota::FlowModulesPerInstance => {
                errors::limit_exceeded(full.to_string())
            }
            // A claim of a phone number fails later, and without an error of this kind.
            Quota::Instances | Quota::FunctionsPerInstance | Quota::PhoneNumbersPerInstance => {
                errors::quota_exceeded(full.to_string())
            }
        }
    }
}

impl State {
    /// Grants a quota.
    pub(crate) fn grant(&mut self, grant: Grant) {
        self.quotas.grant(grant);
    }

    /// That there may be one more.
    ///
    /// # Errors
    /// `LimitExceededException` for flows and modules, else `ServiceQuotaExceededException`.
    pub(super) fn check_quota(&self, quota: Quota, there: usize) -> ServiceResult<()> {
        match self.quotas.full(quota, there) {
            Some(full) => Err(full.into()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_a_name_and_a_number() {
        let grant: Grant = "flows-per-instance=1000".parse().unwrap();
        assert_eq!(grant.quota, Quota::FlowsPerInstance);
        assert_eq!(grant.value, 1000);
        for (text, message) in [
            (
                "1000",
                "a quota is NAME=NUMBER, for instance flows-per-instance=1000",
            ),
            (
                "flows=1000",
                "no quota is called flows; there are instances, flows-per-instance, \
                 flow-modules-per-instance, functions-per-instance, phone-numbers-per-instance",
            ),
            ("instances=0", "0 is no number from 1 on"),
            ("instances=-1", "-1 is no number from 1 on"),
            ("instances=", " is no number from 1 on"),
        ] {
            let error = text.parse::<Grant>().unwrap_err();
            assert_eq!(error.to_string(), message, "{text}");
        }
    }

    #[test]
    fn the_names_in_the_state_are_those_of_the_command_line() {
        for quota in Quota::ALL {
            let in_state = serde_json::to_value(quota).unwrap();
            assert_eq!(in_state, quota.name());
        }
    }

    #[test]
    fn what_is_granted_is_the_quota_from_then_on() {
        let mut quotas = Quotas::default();
        let full = |quotas: &Quotas, there| {
            let full = quotas.full(Quota::FlowsPerInstance, there);
            full.map(|full| full.to_string())
        };
        assert_eq!(full(&quotas, 99), None);
        assert_eq!(
            full(&quotas, 100).as_deref(),
            Some("The instance has 100 flows already, the default quota (flows-per-instance).")
        );
        quotas.grant("flows-per-instance=300".parse().unwrap());
        assert_eq!(full(&quotas, 299), None);
        assert_eq!(
            full(&quotas, 300).as_deref(),
            Some("The instance has 300 flows already, the quota (flows-per-instance).")
        );
        // The others stay.
        assert!(quotas.full(Quota::Instances, 2).is_some());
    }
}
