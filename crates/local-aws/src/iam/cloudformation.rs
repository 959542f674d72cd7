//! `AWS::IAM::Role` and `AWS::IAM::Policy` (AWS resource reference).

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::roles::{NewRole, Role as StoredRole, State};
use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};

/// `AWS::IAM::Role`.
#[derive(Debug)]
pub struct Role;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RoleProperties {
    #[serde(default, deserialize_with = "property::optional_text")]
    role_name: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    path: Option<String>,
    assume_role_policy_document: Value,
    #[serde(default)]
    policies: Vec<Inline>,
    #[serde(default)]
    managed_policy_arns: BTreeSet<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    description: Option<String>,
    #[serde(default, deserialize_with = "property::optional_integer")]
    max_session_duration: Option<i64>,
    #[serde(default, deserialize_with = "property::optional_text")]
    permissions_boundary: Option<String>,
    #[serde(default)]
    tags: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Inline {
    #[serde(deserialize_with = "property::text")]
    policy_name: String,
    policy_document: Value,
}

/// A document is JSON, or text of JSON.
fn document(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn created(role: &StoredRole) -> Created {
    Created {
        physical_id: role.name.clone(),
        attributes: BTreeMap::from([
            ("Arn".to_owned(), json!(role.arn())),
            ("RoleId".to_owned(), json!(role.id)),
        ]),
    }
}

impl RoleProperties {
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

#[async_trait]
impl ResourceType for Role {
    fn name(&self) -> &'static str {
        "AWS::IAM::Role"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required("AssumeRolePolicyDocument", OnChange::Update),
                Property::optional("Description", OnChange::Update),
                Property::optional("ManagedPolicyArns", OnChange::Update),
                Property::optional("MaxSessionDuration", OnChange::Update),
                Property::optional("Path", OnChange::Replace),
                Property::optional("PermissionsBoundary", OnChange::Update),
                Property::optional("Policies", OnChange::Update),
                Property::optional("RoleName", OnChange::Replace),
                Property::optional("Tags", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Arn", "RoleId"]
    }

    fn name_property(&self) -> Option<&'static str> {
        Some("RoleName")
    }

    fn exists(&self, state: &crate::core::state::State, name: &str) -> bool {
        state.of::<crate::iam::State>().role(name).is_ok()
    }

    fn capability(&self, properties: &Map<String, Value>) -> Option<&'static str> {
        Some(if properties.contains_key("RoleName") {
            "CAPABILITY_NAMED_IAM"
        } else {
            "CAPABILITY_IAM"
        })
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let wanted: RoleProperties = property::read(context.logical_id, properties)?;
        let id = context.world.ids.unique_id("AROA", 21);
        context.world.write(|state| {
            // On a copy, so that a policy that is refused leaves no half role.
            let mut iam = state.of::<crate::iam::State>().clone();
            let new = NewRole {
                name: wanted
                    .role_name
                    .clone()
                    .unwrap_or_else(|| context.generated_name(64)),
                path: wanted.path.clone(),
                trust_policy: document(&wanted.assume_role_policy_document),
                description: wanted.description.clone(),
                max_session_duration: wanted.max_session_duration,
                permissions_boundary: wanted.permissions_boundary.clone(),
                tags: context.tags(wanted.tags.as_ref()),
            };
            let name = new.name.clone();
            iam.create_role(new, id, context.call.now)?;
            wanted.set_policies(&mut iam, &name, None)?;
            let role = iam.role(&name)?;
            let (arn, answer) = (role.arn(), created(role));
            *state.of_mut::<crate::iam::State>() = iam;
            super::consistency::made(state, &arn, context.call.now);
            Ok(answer)
        })
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Option<Created>, ServiceError> {
        let wanted: RoleProperties = property::read(context.logical_id, properties)?;
        let name = wanted
            .role_name
            .unwrap_or_else(|| context.generated_name(64));
        Ok(context.world.read(|state| {
            let role = state.of::<crate::iam::State>().role(&name).ok()?;
            let tag = |name: &str| role.tags.get(&format!("aws:cloudformation:{name}"));
            let ours = tag("stack-id").is_some_and(|id| id == context.stack_id)
                && tag("logical-id").is_some_and(|id| id == context.logical_id);
            ours.then(|| created(role))
        }))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let before: RoleProperties = property::read(context.logical_id, before)?;
        let after: RoleProperties = property::read(context.logical_id, after)?;
        let tags = context.tags(after.tags.as_ref());
        context.world.write(|state| {
            let mut iam = state.of::<crate::iam::State>().clone();
            let trust = document(&after.assume_role_policy_document);
            iam.update_trust_policy(physical_id, trust)?;
            iam.update_role(
                physical_id,
                Some(after.description.clone().unwrap_or_default()),
                Some(after.max_session_duration.unwrap_or(3600)),
            )?;
            iam.set_permissions_boundary(physical_id, after.permissions_boundary.clone())?;
            after.set_policies(&mut iam, physical_id, Some(&before))?;
            let obsolete: Vec<String> = iam
                .role(physical_id)?
                .tags
                .keys()
                .filter(|key| !tags.contains_key(*key))
                .cloned()
                .collect();
            iam.untag_role(physical_id, &obsolete)?;
            iam.tag_role(physical_id, tags)?;
            let answer = created(iam.role(physical_id)?);
            *state.of_mut::<crate::iam::State>() = iam;
            Ok(answer)
        })
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        properties: &Map<String, Value>,
    ) -> Result<(), ServiceError> {
        let properties: RoleProperties = property::read(context.logical_id, properties)?;
        context.world.write(|state| {
            let mut iam = state.of::<crate::iam::State>().clone();
            if iam.role(physical_id).is_err() {
                return Ok(());
            }
            for policy in properties.inline().into_keys() {
                let _ = iam.delete_role_policy(physical_id, policy);
            }
            for arn in &properties.managed_policy_arns {
                let _ = iam.detach_role_policy(physical_id, arn);
            }
            // What somebody else attached is in the way, as on AWS.
            iam.delete_role(physical_id)?;
            *state.of_mut::<crate::iam::State>() = iam;
            Ok(())
        })
    }
}

/// `AWS::IAM::Policy`: one inline policy of several roles.
#[derive(Debug)]
pub struct Policy;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct PolicyProperties {
    #[serde(deserialize_with = "property::text")]
    policy_name: String,
    policy_document: Value,
    roles: Vec<String>,
}

impl PolicyProperties {
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

fn created_policy(physical_id: String) -> Created {
    Created {
        attributes: BTreeMap::from([("Id".to_owned(), json!(physical_id))]),
        physical_id,
    }
}

#[async_trait]
impl ResourceType for Policy {
    fn name(&self) -> &'static str {
        "AWS::IAM::Policy"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required("PolicyDocument", OnChange::Update),
                Property::required("PolicyName", OnChange::Update),
                Property::required("Roles", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Id"]
    }

    fn capability(&self, _properties: &Map<String, Value>) -> Option<&'static str> {
        Some("CAPABILITY_IAM")
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let wanted: PolicyProperties = property::read(context.logical_id, properties)?;
        context.world.write(|state| {
            let mut iam = state.of::<crate::iam::State>().clone();
            wanted.put(&mut iam)?;
            *state.of_mut::<crate::iam::State>() = iam;
            Ok(created_policy(context.generated_name(128)))
        })
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Option<Created>, ServiceError> {
        // Putting an inline policy twice is the same as once.
        self.create(context, properties).await.map(Some)
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let before: PolicyProperties = property::read(context.logical_id, before)?;
        let after: PolicyProperties = property::read(context.logical_id, after)?;
        context.world.write(|state| {
            let mut iam = state.of::<crate::iam::State>().clone();
            before.remove(&mut iam);
            after.put(&mut iam)?;
            *state.of_mut::<crate::iam::State>() = iam;
            Ok(created_policy(physical_id.to_owned()))
        })
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        _physical_id: &str,
        properties: &Map<String, Value>,
    ) -> Result<(), ServiceError> {
        let properties: PolicyProperties = property::read(context.logical_id, properties)?;
        context.world.write(|state| {
            properties.remove(state.of_mut::<crate::iam::State>());
            Ok(())
        })
    }
}
