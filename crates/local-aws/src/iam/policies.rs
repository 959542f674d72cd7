//! The inline and attached policies of roles.

use iam_policy::{Kind, PolicyError};

use super::roles::State;
use super::{managed, names};
use crate::core::error::{ServiceError, ServiceResult};

/// IAM's quota for all inline policies of a role together.
const INLINE_LIMIT: usize = 10_240;
/// IAM's default quota of managed policies per role.
const ATTACHED_LIMIT: usize = 10;

/// Characters that count towards quotas: all but white space (AWS docs, "IAM
/// and STS quotas").
pub(super) fn size(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}

fn no_such_policy(name: &str) -> ServiceError {
    ServiceError::new(
        404,
        "NoSuchEntity",
        format!("The role policy with name {name} cannot be found."),
    )
}

impl State {
    /// Adds or replaces an inline policy.
    ///
    /// # Errors
    /// `NoSuchEntity`, `ValidationError`, `MalformedPolicyDocument`, `LimitExceeded`.
    pub fn put_role_policy(
        &mut self,
        role: &str,
        name: &str,
        document: String,
    ) -> ServiceResult<()> {
        names::check_policy(name)?;
        let others: usize = self
            .role(role)?
            .inline_policies
            .iter()
            .filter(|(other, _)| *other != name)
            .map(|(_, document)| size(document))
            .sum();
        iam_policy::parse(&document, Kind::Identity)?;
        if others + size(&document) > INLINE_LIMIT {
            return Err(ServiceError::new(
                409,
                "LimitExceeded",
                format!("Maximum policy size of {INLINE_LIMIT} bytes exceeded for role {role}"),
            ));
        }
        self.role_mut(role)?
            .inline_policies
            .insert(name.to_owned(), document);
        Ok(())
    }

    /// The document of an inline policy.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn role_policy(&self, role: &str, name: &str) -> ServiceResult<&str> {
        self.role(role)?
            .inline_policies
            .get(name)
            .map(String::as_str)
            .ok_or_else(|| no_such_policy(name))
    }

    /// Removes an inline policy.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn delete_role_policy(&mut self, role: &str, name: &str) -> ServiceResult<()> {
        self.role_mut(role)?
            .inline_policies
            .remove(name)
            .map(drop)
            .ok_or_else(|| no_such_policy(name))
    }

    /// Attaches a managed policy; attaching it twice is no error.
    ///
    /// # Errors
    /// `NoSuchEntity`, `ValidationError`, `LimitExceeded`.
    pub fn attach_role_policy(&mut self, role: &str, arn: &str) -> ServiceResult<()> {
        let role = self.role_mut(role)?;
        let policy = managed::find_attachable(arn)?;
        if !role.attached_policies.contains(arn) && role.attached_policies.len() >= ATTACHED_LIMIT {
            return Err(ServiceError::new(
                409,
                "LimitExceeded",
                format!("Cannot exceed quota for PoliciesPerRole: {ATTACHED_LIMIT}"),
            ));
        }
        role.attached_policies.insert(policy.arn.to_owned());
        Ok(())
    }

    /// Detaches a managed policy.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn detach_role_policy(&mut self, role: &str, arn: &str) -> ServiceResult<()> {
        if self.role_mut(role)?.attached_policies.remove(arn) {
            return Ok(());
        }
        Err(ServiceError::new(
            404,
            "NoSuchEntity",
            format!("Policy {arn} was not found."),
        ))
    }
}

impl From<PolicyError> for ServiceError {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::NotImplemented(_) => Self::not_implemented(error),
            other => Self::new(400, "MalformedPolicyDocument", other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_has_and_this_has_not_is_no_malformed_policy() {
        let error: ServiceError = PolicyError::NotImplemented("IpAddress".to_owned()).into();
        assert_eq!(
            (error.status, error.code.as_ref()),
            (501, "NotImplementedByLocalAws")
        );
        let error: ServiceError = PolicyError::Json.into();
        assert_eq!(
            (error.status, error.code.as_ref()),
            (400, "MalformedPolicyDocument")
        );
    }
}
