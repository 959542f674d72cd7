//! `AWS::Lambda::Permission` (AWS resource reference).

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::names::FunctionName;
use super::policy::{self, Grant, Statement};
use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};

/// `AWS::Lambda::Permission`: a statement of a function's resource policy.
#[derive(Debug)]
pub struct Permission;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Properties {
    #[serde(deserialize_with = "property::text")]
    action: String,
    #[serde(deserialize_with = "property::text")]
    function_name: String,
    #[serde(deserialize_with = "property::text")]
    principal: String,
    #[serde(default, deserialize_with = "property::optional_text")]
    source_arn: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    source_account: Option<String>,
    #[serde(
        default,
        rename = "PrincipalOrgID",
        deserialize_with = "property::optional_text"
    )]
    principal_org_id: Option<String>,
}

fn created(id: &str) -> Created {
    Created {
        physical_id: id.to_owned(),
        attributes: BTreeMap::from([("Id".to_owned(), json!(id))]),
    }
}

/// Statement ids have at most 100 characters.
fn statement_id(context: &Context<'_>) -> String {
    context.generated_name(100)
}

fn read(
    context: &Context<'_>,
    properties: &Map<String, Value>,
) -> Result<(FunctionName, Properties), ServiceError> {
    let properties: Properties = property::read(context.logical_id, properties)?;
    let name = FunctionName::read(&properties.function_name, None, &context.world.region)?;
    Ok((name, properties))
}

#[async_trait]
impl ResourceType for Permission {
    fn name(&self) -> &'static str {
        "AWS::Lambda::Permission"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required("Action", OnChange::Replace),
                Property::required("FunctionName", OnChange::Replace),
                Property::required("Principal", OnChange::Replace),
                Property::optional("PrincipalOrgID", OnChange::Replace),
                Property::optional("SourceAccount", OnChange::Replace),
                Property::optional("SourceArn", OnChange::Replace),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Id"]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let (name, properties) = read(context, properties)?;
        let id = statement_id(context);
        let statement = Statement::read(&Grant {
            statement_id: Some(id.clone()),
            action: Some(properties.action),
            principal: Some(properties.principal),
            source_arn: properties.source_arn,
            source_account: properties.source_account,
            principal_org_id: properties.principal_org_id,
            ..Grant::default()
        })?;
        let world = context.world;
        let revision_id = world.ids.uuid();
        world.write(|state| {
            policy::add(
                state.of_mut::<crate::lambda::State>(),
                &name,
                &world.region,
                statement,
                None,
                revision_id,
            )
        })?;
        Ok(created(&id))
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Option<Created>, ServiceError> {
        let (name, _) = read(context, properties)?;
        let id = statement_id(context);
        let there = context.world.read(|state| {
            let function = state
                .of::<crate::lambda::State>()
                .functions
                .get(&name.name)?;
            let statements = function.policies.get(name.qualifier_or_latest())?;
            statements.iter().find(|known| known.id == id).map(|_| ())
        });
        Ok(there.map(|()| created(&id)))
    }

    async fn update(
        &self,
        _context: &Context<'_>,
        physical_id: &str,
        _before: &Map<String, Value>,
        _after: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        // Every change replaces it, and it carries no tags.
        Ok(created(physical_id))
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        properties: &Map<String, Value>,
    ) -> Result<(), ServiceError> {
        let (name, _) = read(context, properties)?;
        let world = context.world;
        let revision_id = world.ids.uuid();
        let removed = world.write(|state| {
            policy::remove(
                state.of_mut::<crate::lambda::State>(),
                &name,
                &world.region,
                physical_id,
                None,
                revision_id,
            )
        });
        match removed {
            Err(error) if error.code == "ResourceNotFoundException" => Ok(()),
            other => other,
        }
    }
}
