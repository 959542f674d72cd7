//! `AWS::Lambda::Permission` (AWS resource reference).

use super::names::FunctionName;
use super::policy::{self, Grant, Statement};
use crate::core::error::ServiceResult;
use crate::core::property::declare;
use crate::core::resource::{Context, Created, Declared, Known, Resource, deleted};
use crate::lambda::State;

declare! {
    /// `AWS::Lambda::Permission`: a statement of a function's resource policy.
    pub struct Permission is "AWS::Lambda::Permission" gives ["Id"] {
        required action: String => Replace,
        required function_name: String => Replace,
        required principal: String => Replace,
        #[serde(rename = "PrincipalOrgID")]
        optional principal_org_id: String => Replace,
        optional source_account: String => Replace,
        optional source_arn: String => Replace,
    }
}

/// Statement ids have at most 100 characters.
fn statement_id(context: &Context<'_>) -> String {
    context.generated_name(100)
}

impl Permission {
    fn function(&self, context: &Context<'_>) -> ServiceResult<FunctionName> {
        FunctionName::read(&self.function_name, None, &context.world.region)
    }
}

impl Resource for Permission {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let name = self.function(context)?;
        let id = statement_id(context);
        let statement = Statement::read(&Grant {
            statement_id: Some(id.clone()),
            action: Some(self.action),
            principal: Some(self.principal),
            source_arn: self.source_arn,
            source_account: self.source_account,
            principal_org_id: self.principal_org_id,
            ..Grant::default()
        })?;
        let world = context.world;
        let revision_id = world.ids.uuid();
        world.write(|state| {
            let lambda = state.of_mut::<State>();
            policy::add(lambda, &name, &world.region, statement, None, revision_id)
        })?;
        Ok(Self::created(&id, &[&id]))
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        let name = self.function(context)?;
        let id = statement_id(context);
        let there = context.world.read(|state| {
            let function = state.of::<State>().functions.get(&name.name)?;
            let statements = function.policies.get(name.qualifier_or_latest())?;
            statements.iter().find(|known| known.id == id).map(|_| ())
        });
        Ok(there.map(|()| Self::created(&id, &[&id])))
    }

    /// Every change replaces it, and it carries no tags.
    async fn update(self, _: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        Ok(Self::created(known.physical_id, &[known.physical_id]))
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let name = known.properties()?.function(context)?;
        let world = context.world;
        let revision_id = world.ids.uuid();
        let removed = world.write(|state| {
            policy::remove(
                state.of_mut::<State>(),
                &name,
                &world.region,
                known.physical_id,
                None,
                revision_id,
            )
        });
        deleted(removed, "ResourceNotFoundException")
    }
}
