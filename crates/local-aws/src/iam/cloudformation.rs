//! `AWS::IAM::Role` and `AWS::IAM::Policy` (AWS resource reference).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::roles::{NewRole, Role as StoredRole, State};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::{declare, document};
use crate::core::resource::{Context, Created, Declared, Known, Resource, obsolete};

declare! {
    /// `AWS::IAM::Role`.
    pub struct Role is "AWS::IAM::Role" gives ["Arn", "RoleId"] {
        required assume_role_policy_document: Value => Update,
        optional description: String => Update,
        defaulted managed_policy_arns: BTreeSet<String> => Update,
        optional max_session_duration: i64 => Update,
        optional path: String => Replace,
        optional permissions_boundary: String => Update,
        defaulted policies: Vec<Inline> => Update,
        optional role_name: String => Name,
        optional tags: Value => Update,
    }
}

declare! {
    struct Inline {
        required policy_name: String,
        required policy_document: Value,
    }
}

impl Role {
    fn name(&self, context: &Context<'_>) -> String {
        context.name(self.role_name.as_ref(), 64)
    }

    fn stored(role: &StoredRole) -> Created {
        Self::created(&role.name, &[&role.arn(), &role.id])
    }

    fn inline(&self) -> BTreeMap<&str, String> {
        self.policies
            .iter()
            .map(|policy| {
                (
                    policy.policy_name.as_str(),
                    document(&policy.policy_document),
                )
            })
            .collect()
    }

    /// Brings the policies of a role to what is wanted; those that the template
    /// never named stay.
    fn set_policies(
        &self,
        iam: &mut State,
        name: &str,
        before: Option<&Self>,
    ) -> Result<(), ServiceError> {
        let wanted = self.inline();
        if let Some(before) = before {
            for policy in before.inline().into_keys() {
                if !wanted.contains_key(policy) {
                    // Gone already is as good.
                    let _ = iam.delete_role_policy(name, policy);
                }
            }
            for arn in before
                .managed_policy_arns
                .difference(&self.managed_policy_arns)
            {
                let _ = iam.detach_role_policy(name, arn);
            }
        }
        for (policy, document) in wanted {
            iam.put_role_policy(name, policy, document)?;
        }
        for arn in &self.managed_policy_arns {
            iam.attach_role_policy(name, arn)?;
        }
        Ok(())
    }
}

impl Resource for Role {
    fn exists(state: &crate::core::state::State, name: &str) -> bool {
        state.of::<State>().role(name).is_ok()
    }

    fn capability(properties: &Map<String, Value>) -> Option<&'static str> {
        Some(if properties.contains_key("RoleName") {
            "CAPABILITY_NAMED_IAM"
        } else {
            "CAPABILITY_IAM"
        })
    }

    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let id = context.world.ids.unique_id("AROA", 21);
        let name = self.name(context);
        // A policy that is refused leaves no half role.
        let (arn, created) = context.atomically(|iam: &mut State| {
            let new = NewRole {
                name: name.clone(),
                path: self.path.clone(),
                trust_policy: document(&self.assume_role_policy_document),
                description: self.description.clone(),
                max_session_duration: self.max_session_duration,
                permissions_boundary: self.permissions_boundary.clone(),
                tags: context.tags(self.tags.as_ref()),
            };
            iam.create_role(new, id, context.call.now)?;
            self.set_policies(iam, &name, None)?;
            let role = iam.role(&name)?;
            Ok((role.arn(), Self::stored(role)))
        })?;
        let now = context.call.now;
        context.world.write(|state| {
            super::consistency::made(state, &arn, now);
            Ok(created)
        })
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        let name = self.name(context);
        Ok(context.world.read(|state| {
            let role = state.of::<State>().role(&name).ok()?;
            context.owns(&role.tags).then(|| Self::stored(role))
        }))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        let before = known.properties()?;
        let name = known.physical_id;
        let tags = context.tags(self.tags.as_ref());
        context.atomically(|iam: &mut State| {
            iam.update_trust_policy(name, document(&self.assume_role_policy_document))?;
            iam.update_role(
                name,
                Some(self.description.clone().unwrap_or_default()),
                Some(self.max_session_duration.unwrap_or(3600)),
            )?;
            iam.set_permissions_boundary(name, self.permissions_boundary.clone())?;
            self.set_policies(iam, name, Some(&before))?;
            let obsolete = obsolete(&iam.role(name)?.tags, &tags);
            iam.untag_role(name, &obsolete)?;
            iam.tag_role(name, tags)?;
            Ok(Self::stored(iam.role(name)?))
        })
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let properties = known.properties()?;
        let name = known.physical_id;
        context.atomically(|iam: &mut State| {
            if iam.role(name).is_err() {
                return Ok(());
            }
            for policy in properties.inline().into_keys() {
                let _ = iam.delete_role_policy(name, policy);
            }
            for arn in &properties.managed_policy_arns {
                let _ = iam.detach_role_policy(name, arn);
            }
            // What somebody else attached is in the way, as on AWS.
            iam.delete_role(name)
        })
    }
}

declare! {
    /// `AWS::IAM::Policy`: one inline policy of several roles.
    pub struct Policy is "AWS::IAM::Policy" gives ["Id"] {
        required policy_document: Value => Update,
        required policy_name: String => Update,
        required roles: Vec<String> => Update,
    }
}

impl Policy {
    fn put(&self, iam: &mut State) -> Result<(), ServiceError> {
        let document = document(&self.policy_document);
        self.roles
            .iter()
            .try_for_each(|role| iam.put_role_policy(role, &self.policy_name, document.clone()))
    }

    fn remove(&self, iam: &mut State) {
        for role in &self.roles {
            // Gone already is as good.
            let _ = iam.delete_role_policy(role, &self.policy_name);
        }
    }
}

impl Resource for Policy {
    fn capability(_properties: &Map<String, Value>) -> Option<&'static str> {
        Some("CAPABILITY_IAM")
    }

    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        context.atomically(|iam: &mut State| self.put(iam))?;
        let id = context.generated_name(128);
        Ok(Self::created(&id, &[&id]))
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        // Putting an inline policy twice is the same as once.
        self.create(context).await.map(Some)
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        let before = known.properties()?;
        context.atomically(|iam: &mut State| {
            before.remove(iam);
            self.put(iam)
        })?;
        Ok(Self::created(known.physical_id, &[known.physical_id]))
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let properties = known.properties()?;
        context.world.write(|state| {
            properties.remove(state.of_mut::<State>());
            Ok(())
        })
    }
}
