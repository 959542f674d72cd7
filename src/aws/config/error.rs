//! Why there are no clients.

use super::Setting;
use super::profile::{Chosen, Selection};
use super::trust::Bundle;
use crate::aws::failure::credentials::Refusal;

/// Why there are no clients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// No Region is configured.
    #[error("no Region is configured")]
    NoRegion {
        /// Where it was looked for.
        selection: Selection,
    },
    /// The endpoint is no URL.
    #[error("the endpoint `{url}` is no http:// or https:// URL")]
    Endpoint {
        /// As given.
        url: String,
    },
    /// A profile that is named is not there.
    #[error("there is no profile `{}`{}; {}", .selection.name, names(.selection), listed(.known))]
    NoProfile {
        /// Its name, and who names it.
        selection: Selection,
        /// The names of those that are there, sorted.
        known: Vec<String>,
    },
    /// The AWS configuration cannot be read.
    #[error("the AWS configuration cannot be read: {reason}")]
    Configuration {
        /// Where and why.
        reason: String,
    },
    /// A role that asks for the code of a device.
    #[error(
        "the role of the profile `{profile}` asks for a code of the device {serial} (mfa_serial), \
         and only the AWS CLI can ask you for it"
    )]
    Mfa {
        /// The profile that was named.
        selected: String,
        /// The one with the role.
        profile: String,
        /// The device's ARN or serial number.
        serial: String,
    },
    /// The file of certificate authorities is of no use.
    #[error("{}, which {} names, {reason}", .bundle.path, .bundle.named_by)]
    Bundle {
        /// The file, and who names it.
        bundle: Bundle,
        /// What is wrong with it.
        reason: String,
    },
    /// A variable for a proxy names none.
    #[error("{variable} {reason}")]
    Proxy {
        /// The variable.
        variable: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The environment has half of a pair of keys. Whatever else there is would be used instead.
    #[error("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not")]
    HalfOfKeys,
    /// There are no credentials.
    #[error("there are no credentials for AWS")]
    Credentials {
        /// Why.
        refusal: Refusal,
        /// Where they were looked for.
        setting: Box<Setting>,
    },
}

fn names(selection: &Selection) -> String {
    match selection.by {
        Chosen::Variable(variable) => format!(", which {variable} names"),
        Chosen::Option | Chosen::Nobody => String::new(),
    }
}

fn listed(known: &[String]) -> String {
    match known {
        [] => "there are none".to_owned(),
        known => format!("there are: {}", known.join(", ")),
    }
}
