//! `AWS::ApiGateway::RestApi`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::apigateway::State;
use crate::apigateway::apis::bad_request;
use crate::apigateway::cloudformation::{id, only, part::change};
use crate::apigateway::rest::domains::Security;
use crate::apigateway::rest::model::{self, Definition};
use crate::core::error::ServiceResult;
use crate::core::property::declare;
use crate::core::resource::{Context, Created, Declared, Known, Resource};

declare! {
    /// `AWS::ApiGateway::RestApi`.
    pub struct RestApi is "AWS::ApiGateway::RestApi" gives ["RestApiId", "RootResourceId"] {
        optional api_key_source_type: String => Update,
        defaulted binary_media_types: Vec<String> => Update,
        optional description: String => Update,
        optional disable_execute_api_endpoint: bool => Update,
        optional endpoint_access_mode: String => Update,
        defaulted endpoint_configuration: EndpointConfiguration => Update,
        // Needed as long as Body is not implemented.
        required name: String => Update,
        optional security_policy: String => Update,
        optional tags: Value => Update,
    }
}

declare! {
    #[derive(Default)]
    struct EndpointConfiguration {
        defaulted types: Vec<String>,
        optional ip_address_type: String,
    }
}

impl RestApi {
    fn check(&self) -> ServiceResult<()> {
        if self.name.is_empty() {
            return Err(bad_request("API name must not be empty"));
        }
        only(
            "ApiKeySourceType",
            self.api_key_source_type.as_deref(),
            &["HEADER"],
        )?;
        let endpoint = &self.endpoint_configuration;
        only(
            "IpAddressType",
            endpoint.ip_address_type.as_deref(),
            &["ipv4"],
        )?;
        match endpoint.types.as_slice() {
            [] => self.security().check("EDGE"),
            [kind] => {
                only("endpoint type", Some(kind), &["EDGE", "REGIONAL"])?;
                self.security().check(kind)
            }
            _ => Err(bad_request("Only one endpoint type may be given")),
        }
    }

    fn security(&self) -> Security {
        Security {
            policy: self.security_policy.clone(),
            access_mode: self.endpoint_access_mode.clone(),
        }
    }

    fn apply(self, context: &Context<'_>, api: &mut model::RestApi) {
        api.security = self.security();
        api.tags = context.tags(self.tags.as_ref());
        api.name = self.name;
        api.description = self.description;
        let kind = self.endpoint_configuration.types.into_iter().next();
        api.endpoint_type = kind.unwrap_or_else(|| "EDGE".to_owned());
        let definition = &mut api.definition;
        definition.binary_media_types = self.binary_media_types;
        definition.disable_execute_api_endpoint =
            self.disable_execute_api_endpoint.unwrap_or_default();
    }

    fn stored(api: &model::RestApi) -> Created {
        Self::created(&api.id, &[&api.id, &api.definition.root])
    }
}

impl Resource for RestApi {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        self.check()?;
        let id = id(context, 10);
        let root: String = id.chars().rev().collect();
        let mut api = model::RestApi {
            id: id.clone(),
            name: String::new(),
            description: None,
            endpoint_type: String::new(),
            security: Security::default(),
            tags: BTreeMap::new(),
            created: context.call.now,
            definition: Definition::new(&root),
            deployments: BTreeMap::new(),
            stages: BTreeMap::new(),
        };
        self.apply(context, &mut api);
        let created = Self::stored(&api);
        context.world.write(|state| {
            state.of_mut::<State>().rest.apis.insert(id, api);
            Ok(created)
        })
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        let id = id(context, 10);
        Ok(context.world.read(|state| {
            let apis = &state.of::<State>().rest.apis;
            apis.get(&id).map(Self::stored)
        }))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        self.check()?;
        change(context, known.physical_id, |api: &mut model::RestApi| {
            self.apply(context, api);
            Ok(Self::stored(api))
        })
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        context.world.write(|state| {
            state.of_mut::<State>().rest.apis.remove(known.physical_id);
            Ok(())
        })
    }
}
