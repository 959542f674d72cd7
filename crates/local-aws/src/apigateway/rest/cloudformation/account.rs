//! `AWS::ApiGateway::Account`: the role that writes logs, one for the account
//! in the Region.

use async_trait::async_trait;
use serde::Deserialize;

use super::{Properties, id, part, read};
use crate::apigateway::apis::bad_request;
use crate::apigateway::rest::services;
use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};

/// `AWS::ApiGateway::Account`.
#[derive(Debug)]
pub struct Account;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Wanted {
    #[serde(default, deserialize_with = "property::optional_text")]
    cloud_watch_role_arn: Option<String>,
}

fn put(context: &Context<'_>, properties: &Properties) -> Result<(), ServiceError> {
    let wanted: Wanted = read(context, properties)?;
    if let Some(arn) = &wanted.cloud_watch_role_arn
        && services::assumed_role(context.world, arn)?.is_none()
    {
        return Err(bad_request(
            "The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.",
        ));
    }
    context.world.write(|state| {
        state.of_mut::<crate::apigateway::State>().rest.log_role = wanted.cloud_watch_role_arn;
        Ok(())
    })
}

#[async_trait]
impl ResourceType for Account {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::Account"
    }

    fn properties(&self) -> &'static [Property] {
        const { &[Property::optional("CloudWatchRoleArn", OnChange::Update)] }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Id"]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Properties,
    ) -> Result<Created, ServiceError> {
        put(context, properties)?;
        Ok(part(&id(context, 12), "Id"))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Properties,
        after: &Properties,
    ) -> Result<Created, ServiceError> {
        put(context, after)?;
        Ok(part(physical_id, "Id"))
    }

    /// The setting is of the account, not of the stack, and stays.
    async fn delete(
        &self,
        _context: &Context<'_>,
        _physical_id: &str,
        _properties: &Properties,
    ) -> Result<(), ServiceError> {
        Ok(())
    }
}
