//! `AWS::ApiGateway::RestApi`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Properties, id, only, read};
use crate::apigateway::apis::bad_request;
use crate::apigateway::rest::model::{self, Definition};
use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};

/// `AWS::ApiGateway::RestApi`.
#[derive(Debug)]
pub struct RestApi;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Wanted {
    #[serde(deserialize_with = "property::text")]
    name: String,
    #[serde(default, deserialize_with = "property::optional_text")]
    description: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    api_key_source_type: Option<String>,
    #[serde(default)]
    binary_media_types: Vec<String>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    disable_execute_api_endpoint: Option<bool>,
    #[serde(default)]
    endpoint_configuration: EndpointConfiguration,
    #[serde(default)]
    tags: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct EndpointConfiguration {
    #[serde(default)]
    types: Vec<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    ip_address_type: Option<String>,
}

impl Wanted {
    fn check(&self) -> Result<(), ServiceError> {
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
            [] => Ok(()),
            [kind] => only("endpoint type", Some(kind), &["EDGE", "REGIONAL"]),
            _ => Err(bad_request("Only one endpoint type may be given")),
        }
    }

    fn apply(self, context: &Context<'_>, api: &mut model::RestApi) {
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
}

fn created(api: &model::RestApi) -> Created {
    Created {
        physical_id: api.id.clone(),
        attributes: BTreeMap::from([
            ("RestApiId".to_owned(), json!(api.id)),
            ("RootResourceId".to_owned(), json!(api.definition.root)),
        ]),
    }
}

#[async_trait]
impl ResourceType for RestApi {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::RestApi"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("ApiKeySourceType", OnChange::Update),
                Property::optional("BinaryMediaTypes", OnChange::Update),
                Property::optional("Description", OnChange::Update),
                Property::optional("DisableExecuteApiEndpoint", OnChange::Update),
                Property::optional("EndpointConfiguration", OnChange::Update),
                // Needed as long as Body is not implemented.
                Property::required("Name", OnChange::Update),
                Property::optional("Tags", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["RestApiId", "RootResourceId"]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: Wanted = read(context, properties)?;
        wanted.check()?;
        let id = id(context, 10);
        let root: String = id.chars().rev().collect();
        let mut api = model::RestApi {
            id: id.clone(),
            name: String::new(),
            description: None,
            endpoint_type: String::new(),
            tags: BTreeMap::new(),
            created: context.call.now,
            definition: Definition::new(&root),
            deployments: BTreeMap::new(),
            stages: BTreeMap::new(),
        };
        wanted.apply(context, &mut api);
        let created = created(&api);
        context.world.write(|state| {
            state
                .of_mut::<crate::apigateway::State>()
                .rest
                .apis
                .insert(id, api);
            Ok(created)
        })
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        _properties: &Properties,
    ) -> Result<Option<Created>, ServiceError> {
        let id = id(context, 10);
        let api = |api: &model::RestApi| created(api);
        Ok(context.world.read(|state| {
            state
                .of::<crate::apigateway::State>()
                .rest
                .apis
                .get(&id)
                .map(api)
        }))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Properties,
        after: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: Wanted = read(context, after)?;
        wanted.check()?;
        context.world.write(|state| {
            let api = state
                .of_mut::<crate::apigateway::State>()
                .rest
                .api_mut(physical_id)?;
            wanted.apply(context, api);
            Ok(created(api))
        })
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _properties: &Properties,
    ) -> Result<(), ServiceError> {
        context.world.write(|state| {
            state
                .of_mut::<crate::apigateway::State>()
                .rest
                .apis
                .remove(physical_id);
            Ok(())
        })
    }
}
