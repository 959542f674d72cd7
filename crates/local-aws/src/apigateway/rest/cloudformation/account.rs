//! `AWS::ApiGateway::Account`: the role that writes logs, one for the account
//! in the Region.

use crate::apigateway::State;
use crate::apigateway::apis::bad_request;
use crate::apigateway::cloudformation::id;
use crate::apigateway::rest::services;
use crate::core::error::ServiceResult;
use crate::core::property::declare;
use crate::core::resource::{Context, Created, Declared, Known, Resource};

declare! {
    /// `AWS::ApiGateway::Account`.
    pub struct Account is "AWS::ApiGateway::Account" gives ["Id"] {
        optional cloud_watch_role_arn: String => Update,
    }
}

impl Account {
    fn put(self, context: &Context<'_>, id: &str) -> ServiceResult<Created> {
        if let Some(arn) = &self.cloud_watch_role_arn
            && services::assumed_role(context.world, arn)?.is_none()
        {
            return Err(bad_request(
                "The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.",
            ));
        }
        context.world.write(|state| {
            state.of_mut::<State>().rest.log_role = self.cloud_watch_role_arn;
            Ok(Self::created(id, &[id]))
        })
    }
}

impl Resource for Account {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        self.put(context, &id(context, 12))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        self.put(context, known.physical_id)
    }

    /// The setting is of the account, not of the stack, and stays.
    async fn delete(_context: &Context<'_>, _known: Known<'_, Self>) -> ServiceResult<()> {
        Ok(())
    }
}
