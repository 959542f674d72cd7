//! Secrets and their versions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::rows::{AnyRows, Rows};

/// The staging label of the version in use.
pub(super) const CURRENT: &str = "AWSCURRENT";
/// The staging label of the version before it.
const PREVIOUS: &str = "AWSPREVIOUS";

/// What Secrets Manager keeps, by name.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    #[serde(skip)]
    secrets: Rows<Secret>,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "secretsmanager";

    fn collections(&mut self) -> Vec<(String, &mut dyn AnyRows)> {
        vec![("secrets".to_owned(), &mut self.secrets)]
    }
}

/// A secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Secret {
    pub arn: String,
    pub description: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub created: Timestamp,
    pub changed: Timestamp,
    /// When it goes for good; set while it is marked for deletion.
    pub deletion: Option<Timestamp>,
    /// By version id.
    pub versions: BTreeMap<String, Version>,
}

/// A version of a secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Version {
    pub value: String,
    pub stages: Vec<String>,
    pub created: Timestamp,
}

pub(super) fn not_found(what: impl std::fmt::Display) -> ServiceError {
    ServiceError::new(
        400,
        "ResourceNotFoundException",
        format!("Secrets Manager can't find the specified secret{what}."),
    )
}

pub(super) fn invalid_parameter(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "InvalidParameterException", message)
}

fn invalid_request(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "InvalidRequestException", message)
}

/// Names: letters, digits and `/_+=.@-` (AWS docs, CreateSecret).
fn check_name(name: &str) -> ServiceResult<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
    if name.is_empty() || name.len() > 512 || !name.chars().all(plain) {
        return Err(ServiceError::new(
            400,
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        ));
    }
    Ok(())
}

impl State {
    /// Forgets what was marked for deletion and whose time has come.
    pub(super) fn expire(&mut self, now: Timestamp) {
        self.secrets
            .retain(|_, secret| secret.deletion.is_none_or(|at| at > now));
    }

    /// The ARN of a secret by its name or ARN.
    pub fn arn(&self, id: &str) -> Option<String> {
        self.find(id).map(|(_, secret)| secret.arn.clone())
    }

    fn find(&self, id: &str) -> Option<(&String, &Secret)> {
        if let Some(found) = self.secrets.get_key_value(id) {
            return Some(found);
        }
        if !id.starts_with("arn:") {
            return None;
        }
        // An ARN is also found without its last seven characters (AWS docs, GetSecretValue).
        self.secrets.iter().find(|(_, secret)| {
            let short = secret.arn.len().saturating_sub(7);
            secret.arn == id || secret.arn.get(..short) == Some(id)
        })
    }

    /// A secret with its name, whether it is marked for deletion or not.
    pub(super) fn any(&self, id: &str) -> ServiceResult<(&str, &Secret)> {
        self.find(id)
            .map(|(name, secret)| (name.as_str(), secret))
            .ok_or_else(|| not_found(""))
    }

    /// A secret that is not marked for deletion, with its name.
    pub(super) fn active(&self, id: &str) -> ServiceResult<(&str, &Secret)> {
        let found = self.any(id)?;
        if found.1.deletion.is_some() {
            return Err(invalid_request(
                "You can't perform this operation on the secret because it was marked for deletion.",
            ));
        }
        Ok(found)
    }

    fn active_mut(&mut self, id: &str) -> ServiceResult<(String, &mut Secret)> {
        let name = self.active(id)?.0.to_owned();
        let secret = self.secrets.get_mut(&name).ok_or_else(|| not_found(""))?;
        Ok((name, secret))
    }

    /// Makes a secret without a version.
    pub(super) fn create(&mut self, name: &str, secret: Secret) -> ServiceResult<()> {
        check_name(name)?;
        match self.secrets.get(name) {
            Some(there) if there.deletion.is_some() => Err(invalid_request(
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
            )),
            Some(_) => Err(ServiceError::new(
                400,
                "ResourceExistsException",
                format!("The operation failed because the secret {name} already exists."),
            )),
            None => {
                self.secrets.insert(name.to_owned(), secret);
                Ok(())
            }
        }
    }

    /// Adds a version and makes it the current one; the name, the ARN and its stages.
    pub(super) fn put(
        &mut self,
        id: &str,
        version_id: &str,
        value: String,
        now: Timestamp,
    ) -> ServiceResult<(String, String, Vec<String>)> {
        let (name, secret) = self.active_mut(id)?;
        match secret.versions.get(version_id) {
            Some(there) if there.value == value => {
                return Ok((name, secret.arn.clone(), there.stages.clone()));
            }
            Some(_) => {
                return Err(ServiceError::new(
                    400,
                    "ResourceExistsException",
                    format!(
                        "You can't use ClientRequestToken {version_id} because that value is already in use for a version of secret {}.",
                        secret.arn
                    ),
                ));
            }
            None => {}
        }
        for version in secret.versions.values_mut() {
            version.stages.retain(|stage| stage != PREVIOUS);
            for stage in &mut version.stages {
                if stage == CURRENT {
                    PREVIOUS.clone_into(stage);
                }
            }
        }
        // A version without a label is deprecated and goes.
        secret
            .versions
            .retain(|_, version| !version.stages.is_empty());
        let stages = vec![CURRENT.to_owned()];
        secret.versions.insert(
            version_id.to_owned(),
            Version {
                value,
                stages: stages.clone(),
                created: now,
            },
        );
        secret.changed = now;
        Ok((name, secret.arn.clone(), stages))
    }

    /// A version: by its id, its label or both; the current one by default.
    ///
    /// # Errors
    /// `ResourceNotFoundException`, `InvalidRequestException`.
    pub(super) fn version(
        &self,
        id: &str,
        version_id: Option<&str>,
        stage: Option<&str>,
    ) -> ServiceResult<(&str, &Secret, &str, &Version)> {
        let (name, secret) = self.active(id)?;
        let stage = stage.or(version_id.is_none().then_some(CURRENT));
        let found = secret.versions.iter().find(|(known, version)| {
            version_id.is_none_or(|wanted| wanted == known.as_str())
                && stage.is_none_or(|wanted| version.stages.iter().any(|known| known == wanted))
        });
        let Some((version_id, version)) = found else {
            let by = match (version_id, stage) {
                (Some(version), _) => format!(" value for VersionId: {version}"),
                (None, stage) => {
                    format!(" value for staging label: {}", stage.unwrap_or_default())
                }
            };
            return Err(not_found(by));
        };
        Ok((name, secret, version_id, version))
    }

    /// The text of a version; see [`State::version`].
    ///
    /// # Errors
    /// As [`State::version`].
    pub fn value(
        &self,
        id: &str,
        version_id: Option<&str>,
        stage: Option<&str>,
    ) -> ServiceResult<&str> {
        self.version(id, version_id, stage)
            .map(|(_, _, _, version)| version.value.as_str())
    }

    /// Marks a secret for deletion; its name and ARN.
    pub(super) fn delete(&mut self, id: &str, at: Timestamp) -> ServiceResult<(String, String)> {
        let (name, secret) = self.active_mut(id)?;
        secret.deletion = Some(at);
        Ok((name, secret.arn.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:a/b-AbCdEf";

    fn state() -> State {
        let mut state = State::default();
        let secret = Secret {
            arn: ARN.to_owned(),
            description: None,
            tags: BTreeMap::new(),
            created: Timestamp::UNIX_EPOCH,
            changed: Timestamp::UNIX_EPOCH,
            deletion: None,
            versions: BTreeMap::new(),
        };
        state.create("a/b", secret).unwrap();
        state
    }

    fn put(state: &mut State, version: &str, value: &str) -> ServiceResult<Vec<String>> {
        state
            .put("a/b", version, value.to_owned(), Timestamp::UNIX_EPOCH)
            .map(|(_, _, stages)| stages)
    }

    #[test]
    fn the_last_version_is_current_and_the_one_before_previous() {
        let mut state = state();
        let none = state.value("a/b", None, None).unwrap_err();
        assert_eq!(
            none.message,
            "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT."
        );
        for (version, value) in [("1", "one"), ("2", "two"), ("3", "three")] {
            put(&mut state, version, value).unwrap();
        }
        assert_eq!(state.value("a/b", None, None), Ok("three"));
        assert_eq!(state.value(ARN, None, Some(PREVIOUS)), Ok("two"));
        assert_eq!(state.value(&ARN[..ARN.len() - 7], None, None), Ok("three"));
        assert_eq!(state.value("a/b", Some("2"), None), Ok("two"));
        assert!(state.value("a/b", Some("1"), None).is_err());
    }

    #[test]
    fn a_repeated_put_is_the_same_put() {
        let mut state = state();
        put(&mut state, "1", "one").unwrap();
        assert_eq!(put(&mut state, "1", "one"), Ok(vec![CURRENT.to_owned()]));
        let error = put(&mut state, "1", "other").unwrap_err();
        assert_eq!(error.code, "ResourceExistsException");
    }

    #[test]
    fn what_is_marked_for_deletion_is_not_read_and_goes() {
        let mut state = state();
        put(&mut state, "1", "one").unwrap();
        let later = Timestamp::from_second(60).unwrap();
        state.delete("a/b", later).unwrap();
        let error = state.value("a/b", None, None).unwrap_err();
        assert_eq!(error.code, "InvalidRequestException");
        assert!(state.any("a/b").is_ok());
        state.expire(later);
        assert_eq!(
            state.any("a/b").unwrap_err().code,
            "ResourceNotFoundException"
        );
    }
}
