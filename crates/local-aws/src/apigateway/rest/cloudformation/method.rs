//! `AWS::ApiGateway::Method`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use super::{Properties, flags, only, plain, read, texts};
use crate::apigateway::apis::bad_request;
use crate::apigateway::rest::apis::{conflict, not_found};
use crate::apigateway::rest::model::{
    self, ContentHandling, IntegrationKind, IntegrationResponse, LONGEST_INTEGRATION,
    MethodResponse, Passthrough,
};
use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};

/// `AWS::ApiGateway::Method`.
#[derive(Debug)]
pub struct Method;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Wanted {
    #[serde(default, deserialize_with = "property::optional_boolean")]
    api_key_required: Option<bool>,
    #[serde(default, deserialize_with = "property::optional_text")]
    authorization_type: Option<String>,
    #[serde(deserialize_with = "property::text")]
    http_method: String,
    #[serde(default)]
    integration: Option<IntegrationProperties>,
    #[serde(default)]
    method_responses: Vec<MethodResponseProperties>,
    #[serde(default, deserialize_with = "property::optional_text")]
    operation_name: Option<String>,
    #[serde(default)]
    request_models: BTreeMap<String, Value>,
    #[serde(default)]
    request_parameters: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "property::optional_text")]
    request_validator_id: Option<String>,
    #[serde(deserialize_with = "property::text")]
    resource_id: String,
    #[serde(deserialize_with = "property::text")]
    rest_api_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct MethodResponseProperties {
    #[serde(deserialize_with = "property::text")]
    status_code: String,
    #[serde(default)]
    response_models: BTreeMap<String, Value>,
    #[serde(default)]
    response_parameters: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct IntegrationProperties {
    #[serde(rename = "Type", deserialize_with = "property::text")]
    kind: String,
    #[serde(default, deserialize_with = "property::optional_text")]
    connection_type: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    content_handling: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    credentials: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    integration_http_method: Option<String>,
    #[serde(default)]
    integration_responses: Vec<IntegrationResponseProperties>,
    #[serde(default, deserialize_with = "property::optional_text")]
    passthrough_behavior: Option<String>,
    #[serde(default)]
    request_parameters: BTreeMap<String, Value>,
    #[serde(default)]
    request_templates: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "property::optional_integer")]
    timeout_in_millis: Option<i64>,
    #[serde(default, deserialize_with = "property::optional_text")]
    uri: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct IntegrationResponseProperties {
    #[serde(deserialize_with = "property::text")]
    status_code: String,
    #[serde(default, deserialize_with = "property::optional_text")]
    selection_pattern: Option<String>,
    #[serde(default)]
    response_parameters: BTreeMap<String, Value>,
    #[serde(default)]
    response_templates: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "property::optional_text")]
    content_handling: Option<String>,
}

impl IntegrationProperties {
    fn integration(self, context: &Context<'_>) -> Result<model::Integration, ServiceError> {
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
        only(
            "ConnectionType",
            self.connection_type.as_deref(),
            &["INTERNET"],
        )?;
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

impl Wanted {
    fn put(self, context: &Context<'_>, new: bool) -> Result<(), ServiceError> {
        only(
            "AuthorizationType",
            self.authorization_type.as_deref(),
            &["NONE"],
        )?;
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
        context.world.write(|state| {
            let definition = &mut state
                .of_mut::<crate::apigateway::State>()
                .rest
                .api_mut(&self.rest_api_id)?
                .definition;
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

#[async_trait]
impl ResourceType for Method {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::Method"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("ApiKeyRequired", OnChange::Update),
                Property::optional("AuthorizationType", OnChange::Update),
                Property::required("HttpMethod", OnChange::Replace),
                Property::optional("Integration", OnChange::Update),
                Property::optional("MethodResponses", OnChange::Update),
                Property::optional("OperationName", OnChange::Update),
                Property::optional("RequestModels", OnChange::Update),
                Property::optional("RequestParameters", OnChange::Update),
                Property::optional("RequestValidatorId", OnChange::Update),
                Property::required("ResourceId", OnChange::Replace),
                Property::required("RestApiId", OnChange::Replace),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &[]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: Wanted = read(context, properties)?;
        wanted.put(context, true)?;
        Ok(plain(&context.generated_name(64)))
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        properties: &Properties,
    ) -> Result<Option<Created>, ServiceError> {
        let wanted: Wanted = read(context, properties)?;
        let exists = context.world.read(|state| {
            let api = state
                .of::<crate::apigateway::State>()
                .rest
                .api(&wanted.rest_api_id)
                .ok();
            api.and_then(|api| api.definition.resources.get(&wanted.resource_id))
                .is_some_and(|resource| resource.methods.contains_key(&wanted.http_method))
        });
        Ok(exists.then(|| plain(&context.generated_name(64))))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Properties,
        after: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: Wanted = read(context, after)?;
        wanted.put(context, false)?;
        Ok(plain(physical_id))
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        _physical_id: &str,
        properties: &Properties,
    ) -> Result<(), ServiceError> {
        let known: Wanted = read(context, properties)?;
        context.world.write(|state| {
            let api = state
                .of_mut::<crate::apigateway::State>()
                .rest
                .apis
                .get_mut(&known.rest_api_id);
            let resource = api.and_then(|api| api.definition.resources.get_mut(&known.resource_id));
            if let Some(resource) = resource {
                resource.methods.remove(&known.http_method);
            }
            Ok(())
        })
    }
}
