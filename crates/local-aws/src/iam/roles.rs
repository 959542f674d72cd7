//! Roles as values: create, read, change, delete.

use iam_policy::Kind;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{managed, names};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::rows::{AnyRows, Rows};
use crate::core::world::ACCOUNT;

/// What IAM keeps.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// By name; names differ by more than case.
    #[serde(skip)]
    pub(super) roles: Rows<Role>,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "iam";

    fn collections(&mut self) -> Vec<(String, &mut dyn AnyRows)> {
        vec![("roles".to_owned(), &mut self.roles)]
    }
}

/// A role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The name.
    pub name: String,
    /// Starts with `AROA`.
    pub id: String,
    /// `/` or `/…/`.
    pub path: String,
    /// Who may assume it, as given.
    pub trust_policy: String,
    /// May be absent, which is not the same as empty.
    pub description: Option<String>,
    /// Seconds.
    pub max_session_duration: u32,
    /// ARN of a managed policy.
    pub permissions_boundary: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Inline policies by name, as given.
    pub inline_policies: BTreeMap<String, String>,
    /// ARNs of the attached managed policies.
    pub attached_policies: BTreeSet<String>,
    /// When it was made.
    pub created: Timestamp,
}

impl Role {
    /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:role{}{}", self.path, self.name)
    }
}

/// What a new role is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewRole {
    /// The name.
    pub name: String,
    /// Default `/`.
    pub path: Option<String>,
    /// The trust policy's document.
    pub trust_policy: String,
    /// A description.
    pub description: Option<String>,
    /// Seconds; default 3600.
    pub max_session_duration: Option<i64>,
    /// ARN of a managed policy.
    pub permissions_boundary: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// IAM's quota for the trust policy, in characters without white space.
const TRUST_POLICY_LIMIT: usize = 2048;

fn no_such_role(name: &str) -> ServiceError {
    ServiceError::new(
        404,
        "NoSuchEntity",
        format!("The role with name {name} cannot be found."),
    )
}

impl State {
    /// Creates a role. `id` starts with `AROA`.
    ///
    /// # Errors
    /// `ValidationError`, `MalformedPolicyDocument`, `EntityAlreadyExists`,
    /// `NoSuchEntity` (permissions boundary), `LimitExceeded`, `InvalidInput`.
    pub fn create_role(
        &mut self,
        new: NewRole,
        id: String,
        now: Timestamp,
    ) -> ServiceResult<&Role> {
        names::check_role(&new.name)?;
        let path = new.path.unwrap_or_else(|| "/".to_owned());
        names::check_path(&path)?;
        check_trust_policy(&new.trust_policy)?;
        if let Some(description) = &new.description {
            names::check_description(description)?;
        }
        let max_session_duration =
            names::check_session_duration(new.max_session_duration.unwrap_or(3600))?;
        if let Some(arn) = &new.permissions_boundary {
            managed::find_boundary(arn)?;
        }
        names::check_tags(&new.tags)?;
        if let Some(taken) = self
            .roles
            .keys()
            .find(|name| name.eq_ignore_ascii_case(&new.name))
        {
            return Err(ServiceError::new(
                409,
                "EntityAlreadyExists",
                format!("Role with name {taken} already exists."),
            ));
        }
        let role = Role {
            name: new.name.clone(),
            id,
            path,
            trust_policy: new.trust_policy,
            description: new.description,
            max_session_duration,
            permissions_boundary: new.permissions_boundary,
            tags: new.tags,
            inline_policies: BTreeMap::new(),
            attached_policies: BTreeSet::new(),
            created: now,
        };
        Ok(self.roles.put(new.name, role))
    }

    /// A role by name.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn role(&self, name: &str) -> ServiceResult<&Role> {
        self.roles.get(name).ok_or_else(|| no_such_role(name))
    }

    pub(super) fn role_mut(&mut self, name: &str) -> ServiceResult<&mut Role> {
        self.roles.get_mut(name).ok_or_else(|| no_such_role(name))
    }

    /// A role by ARN.
    pub fn role_by_arn(&self, arn: &str) -> Option<&Role> {
        let name = arn.rsplit('/').next()?;
        self.roles.get(name).filter(|role| role.arn() == arn)
    }

    /// The roles whose path starts so, in the order of their names.
    pub fn roles<'a>(&'a self, path_prefix: &'a str) -> impl Iterator<Item = &'a Role> {
        self.roles
            .values()
            .filter(move |role| role.path.starts_with(path_prefix))
    }

    /// Changes what is given.
    ///
    /// # Errors
    /// `NoSuchEntity`, `ValidationError`.
    pub fn update_role(
        &mut self,
        name: &str,
        description: Option<String>,
        max_session_duration: Option<i64>,
    ) -> ServiceResult<()> {
        if let Some(description) = &description {
            names::check_description(description)?;
        }
        let duration = max_session_duration
            .map(names::check_session_duration)
            .transpose()?;
        let role = self.role_mut(name)?;
        if description.is_some() {
            role.description = description;
        }
        if let Some(duration) = duration {
            role.max_session_duration = duration;
        }
        Ok(())
    }

    /// Replaces the trust policy.
    ///
    /// # Errors
    /// `NoSuchEntity`, `MalformedPolicyDocument`, `LimitExceeded`.
    pub fn update_trust_policy(&mut self, name: &str, document: String) -> ServiceResult<()> {
        self.role(name)?;
        check_trust_policy(&document)?;
        self.role_mut(name)?.trust_policy = document;
        Ok(())
    }

    /// Sets or removes the permissions boundary.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn set_permissions_boundary(
        &mut self,
        name: &str,
        arn: Option<String>,
    ) -> ServiceResult<()> {
        if let Some(arn) = &arn {
            managed::find_boundary(arn)?;
        }
        self.role_mut(name)?.permissions_boundary = arn;
        Ok(())
    }

    /// Deletes a role that has no policies.
    ///
    /// # Errors
    /// `NoSuchEntity`, `DeleteConflict`.
    pub fn delete_role(&mut self, name: &str) -> ServiceResult<()> {
        let role = self.role(name)?;
        let conflict = |message: &str| Err(ServiceError::new(409, "DeleteConflict", message));
        if !role.attached_policies.is_empty() {
            return conflict("Cannot delete entity, must detach all policies first.");
        }
        if !role.inline_policies.is_empty() {
            return conflict("Cannot delete entity, must delete policies first.");
        }
        self.roles.remove(name);
        Ok(())
    }

    /// Adds tags, replacing the values of those that are there.
    ///
    /// # Errors
    /// `NoSuchEntity`, `ValidationError`, `InvalidInput`, `LimitExceeded`.
    pub fn tag_role(&mut self, name: &str, tags: BTreeMap<String, String>) -> ServiceResult<()> {
        let mut all = self.role(name)?.tags.clone();
        all.extend(tags);
        names::check_tags(&all)?;
        self.role_mut(name)?.tags = all;
        Ok(())
    }

    /// Removes tags; those that are not there are no error.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn untag_role(&mut self, name: &str, keys: &[String]) -> ServiceResult<()> {
        let role = self.role_mut(name)?;
        role.tags.retain(|key, _| !keys.contains(key));
        Ok(())
    }
}

fn check_trust_policy(document: &str) -> ServiceResult<()> {
    iam_policy::parse(document, Kind::Trust)?;
    if super::policies::size(document) > TRUST_POLICY_LIMIT {
        return Err(ServiceError::new(
            409,
            "LimitExceeded",
            format!("Cannot exceed quota for ACLSizePerRole: {TRUST_POLICY_LIMIT}"),
        ));
    }
    Ok(())
}

#[cfg(test)]
#[path = "roles_tests.rs"]
mod tests;
