//! `AWS::ApiGateway::Method`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{flags, texts};
use crate::apigateway::State;
use crate::apigateway::apis::bad_request;
use crate::apigateway::cloudformation::only;
use crate::apigateway::cloudformation::part::{change, take};
use crate::apigateway::rest::apis::{conflict, not_found};
use crate::apigateway::rest::model::{
    self, ContentHandling, IntegrationKind, IntegrationResponse, LONGEST_INTEGRATION,
    MethodResponse, Passthrough, RestApi,
};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::declare;
use crate::core::resource::{Context, Created, Declared, Known, Resource};

declare! {
    /// `AWS::ApiGateway::Method`.
    pub struct Method is "AWS::ApiGateway::Method" gives [] {
        optional api_key_required: bool => Update,
        optional authorization_type: String => Update,
        required http_method: String => Replace,
        optional integration: IntegrationProperties => Update,
        defaulted method_responses: Vec<MethodResponseProperties> => Update,
        optional operation_name: String => Update,
        defaulted request_models: BTreeMap<String, Value> => Update,
        defaulted request_parameters: BTreeMap<String, Value> => Update,
        optional request_validator_id: String => Update,
        required resource_id: String => Replace,
        required rest_api_id: String => Replace,
    }
}

declare! {
    struct MethodResponseProperties {
        required status_code: String,
        defaulted response_models: BTreeMap<String, Value>,
        defaulted response_parameters: BTreeMap<String, Value>,
    }
}

declare! {
    struct IntegrationProperties {
        #[serde(rename = "Type")]
        required kind: String,
        optional connection_type: String,
        optional content_handling: String,
        optional credentials: String,
        optional integration_http_method: String,
        defaulted integration_responses: Vec<IntegrationResponseProperties>,
        optional passthrough_behavior: String,
        defaulted request_parameters: BTreeMap<String, Value>,
        defaulted request_templates: BTreeMap<String, Value>,
        optional timeout_in_millis: i64,
        optional uri: String,
    }
}

declare! {
    struct IntegrationResponseProperties {
        required status_code: String,
        optional selection_pattern: String,
        defaulted response_parameters: BTreeMap<String, Value>,
        defaulted response_templates: BTreeMap<String, Value>,
        optional content_handling: String,
    }
}

impl IntegrationProperties {
    fn integration(self, context: &Context<'_>) -> ServiceResult<model::Integration> {
        let kind = match self.kind.as_str() {
            "AWS" => IntegrationKind::Aws,
            "AWS_PROXY" => IntegrationKind::AwsProxy,
            "MOCK" => IntegrationKind::Mock,
            other => {
                return Err(ServiceError::not_implemented(format!(
                    "the integration type {other}"
                )));
            }
        };
        let connection = self.connection_type.as_deref();
        only("ConnectionType", connection, &["INTERNET"])?;
        if let Some(handling) = &self.content_handling {
            return Err(ServiceError::not_implemented(format!(
                "the ContentHandling {handling} of a request"
            )));
        }
        let passthrough = match self.passthrough_behavior.as_deref() {
            None | Some("WHEN_NO_MATCH") => Passthrough::WhenNoMatch,
            Some("WHEN_NO_TEMPLATES") => Passthrough::WhenNoTemplates,
            Some("NEVER") => Passthrough::Never,
            Some(other) => {
                return Err(bad_request(format!("Invalid passthrough behavior {other}")));
            }
        };
        let mut responses = Vec::new();
        for response in self.integration_responses {
            responses.push(IntegrationResponse {
                status: response.status_code,
                selection_pattern: response.selection_pattern,
                templates: texts(context, response.response_templates)?,
                parameters: texts(context, response.response_parameters)?,
                content_handling: match response.content_handling.as_deref() {
                    None => None,
                    Some("CONVERT_TO_BINARY") => Some(ContentHandling::ConvertToBinary),
                    Some("CONVERT_TO_TEXT") => Some(ContentHandling::ConvertToText),
                    Some(other) => {
                        return Err(bad_request(format!("Invalid content handling {other}")));
                    }
                },
            });
        }
        Ok(model::Integration {
            kind,
            uri: self.uri,
            http_method: self.integration_http_method,
            credentials: self.credentials,
            request_templates: texts(context, self.request_templates)?,
            passthrough,
            request_parameters: texts(context, self.request_parameters)?,
            responses,
            content_handling: None,
            timeout_in_millis: self.timeout_in_millis.unwrap_or(LONGEST_INTEGRATION),
        })
    }
}

impl Method {
    fn put(self, context: &Context<'_>, new: bool) -> ServiceResult<()> {
        let authorization = self.authorization_type.as_deref();
        only("AuthorizationType", authorization, &["NONE"])?;
        if self.api_key_required == Some(true) {
            return Err(ServiceError::not_implemented(
                "methods that need an API key",
            ));
        }
        let mut responses = BTreeMap::new();
        for response in self.method_responses {
            responses.insert(
                response.status_code,
                MethodResponse {
                    parameters: flags(context, response.response_parameters)?,
                    models: texts(context, response.response_models)?,
                },
            );
        }
        let integration = self.integration.map(|known| known.integration(context));
        let method = model::Method {
            operation_name: self.operation_name,
            request_parameters: flags(context, self.request_parameters)?,
            request_models: texts(context, self.request_models)?,
            validator: self.request_validator_id,
            responses,
            integration: integration.transpose()?,
        };
        change(context, &self.rest_api_id, |api: &mut RestApi| {
            let definition = &mut api.definition;
            let resource = definition
                .resources
                .get(&self.resource_id)
                .ok_or_else(|| not_found("Resource"))?;
            if new && resource.methods.contains_key(&self.http_method) {
                return Err(conflict("Method already exists for this resource"));
            }
            definition.put_method(&self.resource_id, &self.http_method, method)
        })
    }
}

impl Resource for Method {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        self.put(context, true)?;
        Ok(Self::created(&context.generated_name(64), &[]))
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        let exists = context.world.read(|state| {
            let api = state.of::<State>().rest.api(&self.rest_api_id).ok();
            api.and_then(|api| api.definition.resources.get(&self.resource_id))
                .is_some_and(|resource| resource.methods.contains_key(&self.http_method))
        });
        Ok(exists.then(|| Self::created(&context.generated_name(64), &[])))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        self.put(context, false)?;
        Ok(Self::created(known.physical_id, &[]))
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let known = known.properties()?;
        take(context, &known.rest_api_id, |api: &mut RestApi| {
            if let Some(resource) = api.definition.resources.get_mut(&known.resource_id) {
                resource.methods.remove(&known.http_method);
            }
            Ok(())
        })
    }
}
