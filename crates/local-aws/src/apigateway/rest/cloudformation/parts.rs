//! Parts of a definition: `AWS::ApiGateway::Resource`, `::Model`,
//! `::RequestValidator` and `::GatewayResponse`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use super::{Properties, id, part, plain, read, texts};
use crate::apigateway::apis::bad_request;
use crate::apigateway::rest::apis::conflict;
use crate::apigateway::rest::model::{self, Definition};
use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};

/// Changes the definition of an API.
fn change<T>(
    context: &Context<'_>,
    api: &str,
    change: impl FnOnce(&mut Definition) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    context.world.write(|state| {
        change(
            &mut state
                .of_mut::<crate::apigateway::State>()
                .rest
                .api_mut(api)?
                .definition,
        )
    })
}

/// Takes something away; an API that is gone has it no more.
fn take(
    context: &Context<'_>,
    api: &str,
    take: impl FnOnce(&mut Definition) -> Result<(), ServiceError>,
) -> Result<(), ServiceError> {
    context.world.write(|state| {
        match state
            .of_mut::<crate::apigateway::State>()
            .rest
            .apis
            .get_mut(api)
        {
            Some(api) => take(&mut api.definition),
            None => Ok(()),
        }
    })
}

/// `AWS::ApiGateway::Resource`.
#[derive(Debug)]
pub struct Resource;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ResourceProperties {
    #[serde(deserialize_with = "property::text")]
    parent_id: String,
    #[serde(deserialize_with = "property::text")]
    path_part: String,
    #[serde(deserialize_with = "property::text")]
    rest_api_id: String,
}

impl ResourceProperties {
    fn put(&self, context: &Context<'_>, id: &str) -> Result<Created, ServiceError> {
        change(context, &self.rest_api_id, |definition| {
            definition.create_resource(id, &self.parent_id, &self.path_part)
        })?;
        Ok(part(id, "ResourceId"))
    }
}

#[async_trait]
impl ResourceType for Resource {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::Resource"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required("ParentId", OnChange::Replace),
                Property::required("PathPart", OnChange::Replace),
                Property::required("RestApiId", OnChange::Replace),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["ResourceId"]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: ResourceProperties = read(context, properties)?;
        wanted.put(context, &id(context, 6))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Properties,
        after: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: ResourceProperties = read(context, after)?;
        wanted.put(context, physical_id)
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        properties: &Properties,
    ) -> Result<(), ServiceError> {
        let known: ResourceProperties = read(context, properties)?;
        take(context, &known.rest_api_id, |definition| {
            definition.delete_resource(physical_id);
            Ok(())
        })
    }
}

/// `AWS::ApiGateway::Model`.
#[derive(Debug)]
pub struct Model;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ModelProperties {
    #[serde(default, deserialize_with = "property::optional_text")]
    content_type: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    description: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    name: Option<String>,
    #[serde(deserialize_with = "property::text")]
    rest_api_id: String,
    #[serde(default)]
    schema: Option<Value>,
}

impl ModelProperties {
    fn put(self, context: &Context<'_>, name: &str) -> Result<Created, ServiceError> {
        let schema = match self.schema {
            None => serde_json::json!({}),
            Some(Value::String(text)) => serde_json::from_str(&text).map_err(|error| {
                bad_request(format!("Invalid model specified: Could not parse: {error}"))
            })?,
            Some(schema) => schema,
        };
        let model = model::Model {
            id: id(context, 6),
            description: self.description,
            content_type: self
                .content_type
                .unwrap_or_else(|| "application/json".to_owned()),
            schema,
        };
        change(context, &self.rest_api_id, |definition| {
            let other = definition.models.get(name).map(|known| &known.id);
            if other.is_some_and(|id| *id != model.id) {
                return Err(conflict("Model name already exists for this REST API"));
            }
            definition.put_model(name, model)
        })?;
        Ok(plain(name))
    }
}

#[async_trait]
impl ResourceType for Model {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::Model"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("ContentType", OnChange::Replace),
                Property::optional("Description", OnChange::Update),
                Property::optional("Name", OnChange::Replace),
                Property::required("RestApiId", OnChange::Replace),
                Property::optional("Schema", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &[]
    }

    fn name_property(&self) -> Option<&'static str> {
        Some("Name")
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: ModelProperties = read(context, properties)?;
        let generated = || {
            let mut name = context.generated_name(128);
            name.retain(|c| c.is_ascii_alphanumeric());
            name
        };
        let name = wanted.name.clone().unwrap_or_else(generated);
        wanted.put(context, &name)
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Properties,
        after: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: ModelProperties = read(context, after)?;
        wanted.put(context, physical_id)
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        properties: &Properties,
    ) -> Result<(), ServiceError> {
        let known: ModelProperties = read(context, properties)?;
        take(context, &known.rest_api_id, |definition| {
            definition.delete_model(physical_id)
        })
    }
}

/// `AWS::ApiGateway::RequestValidator`.
#[derive(Debug)]
pub struct RequestValidator;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RequestValidatorProperties {
    #[serde(default, deserialize_with = "property::optional_text")]
    name: Option<String>,
    #[serde(deserialize_with = "property::text")]
    rest_api_id: String,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    validate_request_body: Option<bool>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    validate_request_parameters: Option<bool>,
}

impl RequestValidatorProperties {
    fn put(self, context: &Context<'_>, id: &str) -> Result<Created, ServiceError> {
        let validator = model::Validator {
            name: self.name,
            body: self.validate_request_body.unwrap_or_default(),
            parameters: self.validate_request_parameters.unwrap_or_default(),
        };
        change(context, &self.rest_api_id, |definition| {
            definition.put_validator(id, validator);
            Ok(())
        })?;
        Ok(part(id, "RequestValidatorId"))
    }
}

#[async_trait]
impl ResourceType for RequestValidator {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::RequestValidator"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("Name", OnChange::Replace),
                Property::required("RestApiId", OnChange::Replace),
                Property::optional("ValidateRequestBody", OnChange::Update),
                Property::optional("ValidateRequestParameters", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["RequestValidatorId"]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: RequestValidatorProperties = read(context, properties)?;
        wanted.put(context, &id(context, 6))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Properties,
        after: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: RequestValidatorProperties = read(context, after)?;
        wanted.put(context, physical_id)
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        properties: &Properties,
    ) -> Result<(), ServiceError> {
        let known: RequestValidatorProperties = read(context, properties)?;
        take(context, &known.rest_api_id, |definition| {
            definition.delete_validator(physical_id)
        })
    }
}

/// `AWS::ApiGateway::GatewayResponse`.
#[derive(Debug)]
pub struct GatewayResponse;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GatewayResponseProperties {
    #[serde(default)]
    response_parameters: BTreeMap<String, Value>,
    #[serde(default)]
    response_templates: BTreeMap<String, Value>,
    #[serde(deserialize_with = "property::text")]
    response_type: String,
    #[serde(deserialize_with = "property::text")]
    rest_api_id: String,
    #[serde(default, deserialize_with = "property::optional_integer")]
    status_code: Option<i64>,
}

impl GatewayResponseProperties {
    fn put(self, context: &Context<'_>, id: &str) -> Result<Created, ServiceError> {
        let status = self.status_code.map(u16::try_from).transpose();
        let response = model::GatewayResponse {
            status: status.map_err(|_| bad_request("Invalid status code"))?,
            parameters: texts(context, self.response_parameters)?,
            templates: texts(context, self.response_templates)?,
        };
        change(context, &self.rest_api_id, |definition| {
            definition.put_gateway_response(&self.response_type, response)
        })?;
        Ok(part(id, "Id"))
    }
}

#[async_trait]
impl ResourceType for GatewayResponse {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::GatewayResponse"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("ResponseParameters", OnChange::Update),
                Property::optional("ResponseTemplates", OnChange::Update),
                Property::required("ResponseType", OnChange::Replace),
                Property::required("RestApiId", OnChange::Replace),
                Property::optional("StatusCode", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Id"]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: GatewayResponseProperties = read(context, properties)?;
        wanted.put(context, &id(context, 12))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Properties,
        after: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: GatewayResponseProperties = read(context, after)?;
        wanted.put(context, physical_id)
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        _physical_id: &str,
        properties: &Properties,
    ) -> Result<(), ServiceError> {
        let known: GatewayResponseProperties = read(context, properties)?;
        take(context, &known.rest_api_id, |definition| {
            definition.gateway_responses.remove(&known.response_type);
            Ok(())
        })
    }
}
