//! Parts of a definition: `AWS::ApiGateway::Resource`, `::Model`,
//! `::RequestValidator` and `::GatewayResponse`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::texts;
use crate::apigateway::apis::bad_request;
use crate::apigateway::cloudformation::id;
use crate::apigateway::cloudformation::part::{Part, change, take};
use crate::apigateway::rest::apis::conflict;
use crate::apigateway::rest::model::{self, RestApi};
use crate::core::error::ServiceResult;
use crate::core::property::declare;
use crate::core::resource::{self, Context, Created, Declared, Known};

declare! {
    /// `AWS::ApiGateway::Resource`.
    pub struct Resource is "AWS::ApiGateway::Resource" gives ["ResourceId"] {
        required parent_id: String => Replace,
        required path_part: String => Replace,
        required rest_api_id: String => Replace,
    }
}

impl Part for Resource {
    type Api = RestApi;
    const ID_LENGTH: usize = 6;

    fn api(&self) -> &str {
        &self.rest_api_id
    }

    fn put(self, _: &Context<'_>, api: &mut RestApi, id: &str) -> ServiceResult<()> {
        api.definition
            .create_resource(id, &self.parent_id, &self.path_part)
    }

    fn take(self, api: &mut RestApi, id: &str) -> ServiceResult<()> {
        api.definition.delete_resource(id);
        Ok(())
    }
}

declare! {
    /// `AWS::ApiGateway::Model`.
    pub struct Model is "AWS::ApiGateway::Model" gives [] {
        optional content_type: String => Replace,
        optional description: String => Update,
        optional name: String => Name,
        required rest_api_id: String => Replace,
        optional schema: Value => Update,
    }
}

impl Model {
    fn put(self, context: &Context<'_>, name: &str) -> ServiceResult<Created> {
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
        change(context, &self.rest_api_id, |api: &mut RestApi| {
            let other = api.definition.models.get(name).map(|known| &known.id);
            if other.is_some_and(|id| *id != model.id) {
                return Err(conflict("Model name already exists for this REST API"));
            }
            api.definition.put_model(name, model)
        })?;
        Ok(Self::created(name, &[]))
    }
}

impl resource::Resource for Model {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let generated = || {
            let mut name = context.generated_name(128);
            name.retain(|c| c.is_ascii_alphanumeric());
            name
        };
        let name = self.name.clone().unwrap_or_else(generated);
        self.put(context, &name)
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        self.put(context, known.physical_id)
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let api = known.properties()?.rest_api_id;
        take(context, &api, |api: &mut RestApi| {
            api.definition.delete_model(known.physical_id)
        })
    }
}

declare! {
    /// `AWS::ApiGateway::RequestValidator`.
    pub struct RequestValidator is "AWS::ApiGateway::RequestValidator"
        gives ["RequestValidatorId"]
    {
        optional name: String => Replace,
        required rest_api_id: String => Replace,
        optional validate_request_body: bool => Update,
        optional validate_request_parameters: bool => Update,
    }
}

impl Part for RequestValidator {
    type Api = RestApi;
    const ID_LENGTH: usize = 6;

    fn api(&self) -> &str {
        &self.rest_api_id
    }

    fn put(self, _: &Context<'_>, api: &mut RestApi, id: &str) -> ServiceResult<()> {
        let validator = model::Validator {
            name: self.name,
            body: self.validate_request_body.unwrap_or_default(),
            parameters: self.validate_request_parameters.unwrap_or_default(),
        };
        api.definition.put_validator(id, validator);
        Ok(())
    }

    fn take(self, api: &mut RestApi, id: &str) -> ServiceResult<()> {
        api.definition.delete_validator(id)
    }
}

declare! {
    /// `AWS::ApiGateway::GatewayResponse`.
    pub struct GatewayResponse is "AWS::ApiGateway::GatewayResponse" gives ["Id"] {
        defaulted response_parameters: BTreeMap<String, Value> => Update,
        defaulted response_templates: BTreeMap<String, Value> => Update,
        required response_type: String => Replace,
        required rest_api_id: String => Replace,
        optional status_code: i64 => Update,
    }
}

impl Part for GatewayResponse {
    type Api = RestApi;
    const ID_LENGTH: usize = 12;

    fn api(&self) -> &str {
        &self.rest_api_id
    }

    fn put(self, context: &Context<'_>, api: &mut RestApi, _id: &str) -> ServiceResult<()> {
        let status = self.status_code.map(u16::try_from).transpose();
        let response = model::GatewayResponse {
            status: status.map_err(|_| bad_request("Invalid status code"))?,
            parameters: texts(context, self.response_parameters)?,
            templates: texts(context, self.response_templates)?,
        };
        api.definition
            .put_gateway_response(&self.response_type, response)
    }

    fn take(self, api: &mut RestApi, _id: &str) -> ServiceResult<()> {
        let responses = &mut api.definition.gateway_responses;
        responses.remove(&self.response_type);
        Ok(())
    }
}
