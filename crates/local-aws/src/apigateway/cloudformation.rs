//! `AWS::ApiGatewayV2::Api`, `::Integration`, `::Route` and `::Stage` (AWS
//! resource reference).

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::apis::{self, ApiSettings};
use super::describe;
use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};

type Properties = Map<String, Value>;

fn read<T: DeserializeOwned>(
    context: &Context<'_>,
    properties: &Properties,
) -> Result<T, ServiceError> {
    property::read(context.logical_id, properties)
}

/// An id as API Gateway makes them (small letters and digits), the same at every
/// call for one resource.
fn id(context: &Context<'_>, length: usize) -> String {
    let mut id = context.token.to_ascii_lowercase();
    id.truncate(length);
    id
}

/// One of the values that are implemented.
fn only(name: &str, value: Option<&str>, implemented: &[&str]) -> Result<(), ServiceError> {
    match value {
        Some(value) if !implemented.contains(&value) => {
            Err(ServiceError::not_implemented(format!("the {name} {value}")))
        }
        _ => Ok(()),
    }
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let text = property::text(deserializer)?;
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .map(Some)
        .ok_or_else(|| serde::de::Error::custom(format!("expected type: Number, found: {text}")))
}

/// `AWS::ApiGatewayV2::Api`.
#[derive(Debug)]
pub struct Api;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ApiProperties {
    #[serde(deserialize_with = "property::text")]
    name: String,
    #[serde(deserialize_with = "property::text")]
    protocol_type: String,
    #[serde(default, deserialize_with = "property::optional_text")]
    description: Option<String>,
    #[serde(default)]
    cors_configuration: Option<CorsProperties>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    disable_execute_api_endpoint: Option<bool>,
    #[serde(default)]
    tags: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CorsProperties {
    #[serde(default, deserialize_with = "property::optional_boolean")]
    allow_credentials: Option<bool>,
    #[serde(default)]
    allow_headers: Vec<String>,
    #[serde(default)]
    allow_methods: Vec<String>,
    #[serde(default)]
    allow_origins: Vec<String>,
    #[serde(default)]
    expose_headers: Vec<String>,
    #[serde(default, deserialize_with = "property::optional_integer")]
    max_age: Option<i64>,
}

impl ApiProperties {
    fn settings(self) -> Result<ApiSettings, ServiceError> {
        only("ProtocolType", Some(&self.protocol_type), &["HTTP"])?;
        let settings = ApiSettings {
            name: self.name,
            description: self.description,
            cors: self.cors_configuration.map(|cors| apis::Cors {
                allow_credentials: cors.allow_credentials.unwrap_or_default(),
                allow_headers: cors.allow_headers,
                allow_methods: cors.allow_methods,
                allow_origins: cors.allow_origins,
                expose_headers: cors.expose_headers,
                max_age: cors.max_age,
            }),
            disable_execute_api_endpoint: self.disable_execute_api_endpoint.unwrap_or_default(),
        };
        settings.check()?;
        Ok(settings)
    }
}

fn created_api(context: &Context<'_>, id: &str) -> Created {
    let endpoint = describe::endpoint(context.world, id);
    Created {
        physical_id: id.to_owned(),
        attributes: BTreeMap::from([
            ("ApiEndpoint".to_owned(), json!(endpoint)),
            ("ApiId".to_owned(), json!(id)),
        ]),
    }
}

#[async_trait]
impl ResourceType for Api {
    fn name(&self) -> &'static str {
        "AWS::ApiGatewayV2::Api"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("CorsConfiguration", OnChange::Update),
                Property::optional("Description", OnChange::Update),
                Property::optional("DisableExecuteApiEndpoint", OnChange::Update),
                Property::required("Name", OnChange::Update),
                Property::required("ProtocolType", OnChange::Replace),
                Property::optional("Tags", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["ApiEndpoint", "ApiId"]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: ApiProperties = read(context, properties)?;
        let tags = context.tags(wanted.tags.as_ref());
        let settings = wanted.settings()?;
        let id = id(context, 10);
        context.world.write(|state| {
            state.of_mut::<crate::apigateway::State>().create_api(
                &id,
                settings,
                tags,
                context.call.now,
            )
        })?;
        Ok(created_api(context, &id))
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        _properties: &Properties,
    ) -> Result<Option<Created>, ServiceError> {
        let id = id(context, 10);
        let exists = context
            .world
            .read(|state| state.of::<crate::apigateway::State>().api(&id).is_ok());
        Ok(exists.then(|| created_api(context, &id)))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Properties,
        after: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: ApiProperties = read(context, after)?;
        let tags = context.tags(wanted.tags.as_ref());
        let settings = wanted.settings()?;
        context.world.write(|state| {
            let api = state
                .of_mut::<crate::apigateway::State>()
                .api_mut(physical_id)?;
            api.settings = settings;
            api.tags = tags;
            Ok(created_api(context, physical_id))
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
                .apis
                .remove(physical_id);
            Ok(())
        })
    }
}

/// `AWS::ApiGatewayV2::Integration`.
#[derive(Debug)]
pub struct Integration;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct IntegrationProperties {
    #[serde(deserialize_with = "property::text")]
    api_id: String,
    #[serde(deserialize_with = "property::text")]
    integration_type: String,
    #[serde(deserialize_with = "property::text")]
    integration_uri: String,
    #[serde(deserialize_with = "property::text")]
    payload_format_version: String,
    #[serde(default, deserialize_with = "property::optional_text")]
    integration_method: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    connection_type: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    description: Option<String>,
    #[serde(default, deserialize_with = "property::optional_integer")]
    timeout_in_millis: Option<i64>,
}

impl IntegrationProperties {
    fn put(self, context: &Context<'_>, id: &str) -> Result<Created, ServiceError> {
        only(
            "IntegrationType",
            Some(&self.integration_type),
            &["AWS_PROXY"],
        )?;
        only(
            "PayloadFormatVersion",
            Some(&self.payload_format_version),
            &["2.0"],
        )?;
        only(
            "IntegrationMethod",
            self.integration_method.as_deref(),
            &["POST"],
        )?;
        only(
            "ConnectionType",
            self.connection_type.as_deref(),
            &["INTERNET"],
        )?;
        let integration = apis::Integration {
            uri: self.integration_uri,
            description: self.description,
            timeout_in_millis: self
                .timeout_in_millis
                .unwrap_or(super::apis::LONGEST_INTEGRATION),
        };
        context.world.write(|state| {
            state
                .of_mut::<crate::apigateway::State>()
                .api_mut(&self.api_id)?
                .put_integration(id, integration)
        })?;
        Ok(part(id, "IntegrationId"))
    }
}

/// A part of an API, which has its id as the one attribute.
fn part(id: &str, attribute: &str) -> Created {
    Created {
        physical_id: id.to_owned(),
        attributes: BTreeMap::from([(attribute.to_owned(), json!(id))]),
    }
}

#[async_trait]
impl ResourceType for Integration {
    fn name(&self) -> &'static str {
        "AWS::ApiGatewayV2::Integration"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required("ApiId", OnChange::Replace),
                Property::optional("ConnectionType", OnChange::Update),
                Property::optional("Description", OnChange::Update),
                Property::optional("IntegrationMethod", OnChange::Update),
                Property::required("IntegrationType", OnChange::Update),
                Property::required("IntegrationUri", OnChange::Update),
                Property::required("PayloadFormatVersion", OnChange::Update),
                Property::optional("TimeoutInMillis", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["IntegrationId"]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: IntegrationProperties = read(context, properties)?;
        // The id is fixed, so that a create that is repeated makes no second one.
        wanted.put(context, &id(context, 7))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Properties,
        after: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: IntegrationProperties = read(context, after)?;
        wanted.put(context, physical_id)
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        properties: &Properties,
    ) -> Result<(), ServiceError> {
        let properties: IntegrationProperties = read(context, properties)?;
        context.world.write(|state| {
            match state
                .of_mut::<crate::apigateway::State>()
                .apis
                .get_mut(&properties.api_id)
            {
                Some(api) => api.delete_integration(physical_id),
                None => Ok(()),
            }
        })
    }
}

/// `AWS::ApiGatewayV2::Route`.
#[derive(Debug)]
pub struct Route;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RouteProperties {
    #[serde(deserialize_with = "property::text")]
    api_id: String,
    #[serde(deserialize_with = "property::text")]
    route_key: String,
    #[serde(default, deserialize_with = "property::optional_text")]
    target: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    authorization_type: Option<String>,
}

impl RouteProperties {
    fn put(self, context: &Context<'_>, id: &str) -> Result<Created, ServiceError> {
        only(
            "AuthorizationType",
            self.authorization_type.as_deref(),
            &["NONE"],
        )?;
        let route = apis::Route {
            key: self.route_key,
            target: self.target,
        };
        context.world.write(|state| {
            state
                .of_mut::<crate::apigateway::State>()
                .api_mut(&self.api_id)?
                .put_route(id, route)
        })?;
        Ok(part(id, "RouteId"))
    }
}

#[async_trait]
impl ResourceType for Route {
    fn name(&self) -> &'static str {
        "AWS::ApiGatewayV2::Route"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required("ApiId", OnChange::Replace),
                Property::optional("AuthorizationType", OnChange::Update),
                Property::required("RouteKey", OnChange::Update),
                Property::optional("Target", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["RouteId"]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: RouteProperties = read(context, properties)?;
        wanted.put(context, &id(context, 7))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Properties,
        after: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: RouteProperties = read(context, after)?;
        wanted.put(context, physical_id)
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        properties: &Properties,
    ) -> Result<(), ServiceError> {
        let properties: RouteProperties = read(context, properties)?;
        context.world.write(|state| {
            if let Some(api) = state
                .of_mut::<crate::apigateway::State>()
                .apis
                .get_mut(&properties.api_id)
            {
                api.routes.remove(physical_id);
            }
            Ok(())
        })
    }
}

/// `AWS::ApiGatewayV2::Stage`.
#[derive(Debug)]
pub struct Stage;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct StageProperties {
    #[serde(deserialize_with = "property::text")]
    api_id: String,
    #[serde(deserialize_with = "property::text")]
    stage_name: String,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    auto_deploy: Option<bool>,
    #[serde(default, deserialize_with = "property::optional_text")]
    description: Option<String>,
    #[serde(default)]
    default_route_settings: Option<RouteSettingsProperties>,
    #[serde(default)]
    route_settings: BTreeMap<String, RouteSettingsProperties>,
    #[serde(default)]
    access_log_settings: Option<AccessLogProperties>,
    #[serde(default)]
    stage_variables: BTreeMap<String, String>,
    #[serde(default)]
    tags: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RouteSettingsProperties {
    #[serde(default, deserialize_with = "number")]
    throttling_burst_limit: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    throttling_rate_limit: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct AccessLogProperties {
    #[serde(deserialize_with = "property::text")]
    destination_arn: String,
    #[serde(deserialize_with = "property::text")]
    format: String,
}

impl From<RouteSettingsProperties> for apis::RouteSettings {
    fn from(properties: RouteSettingsProperties) -> Self {
        Self {
            burst_limit: properties.throttling_burst_limit,
            rate_limit: properties.throttling_rate_limit,
        }
    }
}

impl StageProperties {
    fn settings(self) -> Result<apis::StageSettings, ServiceError> {
        if self.auto_deploy != Some(true) {
            return Err(ServiceError::not_implemented("a stage without AutoDeploy"));
        }
        let settings = apis::StageSettings {
            description: self.description,
            default_route: self.default_route_settings.map(Into::into),
            routes: self
                .route_settings
                .into_iter()
                .map(|(key, settings)| (key, settings.into()))
                .collect(),
            access_log: self.access_log_settings.map(|log| apis::AccessLog {
                destination_arn: log.destination_arn,
                // YAML's folded text ends with a line break.
                format: log.format.trim_end_matches('\n').to_owned(),
            }),
            variables: self.stage_variables,
        };
        settings.check()?;
        Ok(settings)
    }
}

fn created_stage(name: &str) -> Created {
    Created {
        physical_id: name.to_owned(),
        attributes: BTreeMap::new(),
    }
}

#[async_trait]
impl ResourceType for Stage {
    fn name(&self) -> &'static str {
        "AWS::ApiGatewayV2::Stage"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("AccessLogSettings", OnChange::Update),
                Property::required("ApiId", OnChange::Replace),
                Property::optional("AutoDeploy", OnChange::Update),
                Property::optional("DefaultRouteSettings", OnChange::Update),
                Property::optional("Description", OnChange::Update),
                Property::optional("RouteSettings", OnChange::Update),
                Property::required("StageName", OnChange::Replace),
                Property::optional("StageVariables", OnChange::Update),
                Property::optional("Tags", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &[]
    }

    fn name_property(&self) -> Option<&'static str> {
        Some("StageName")
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: StageProperties = read(context, properties)?;
        let tags = context.tags(wanted.tags.as_ref());
        let (api, name) = (wanted.api_id.clone(), wanted.stage_name.clone());
        let stage = apis::Stage {
            settings: wanted.settings()?,
            tags,
            created: context.call.now,
        };
        context.world.write(|state| {
            state
                .of_mut::<crate::apigateway::State>()
                .api_mut(&api)?
                .create_stage(&name, stage)
        })?;
        Ok(created_stage(&name))
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        properties: &Properties,
    ) -> Result<Option<Created>, ServiceError> {
        let wanted: StageProperties = read(context, properties)?;
        Ok(context.world.read(|state| {
            let api = state
                .of::<crate::apigateway::State>()
                .api(&wanted.api_id)
                .ok()?;
            let stage = api.stages.get(&wanted.stage_name)?;
            let tag = |name: &str| stage.tags.get(&format!("aws:cloudformation:{name}"));
            let ours = tag("stack-id").is_some_and(|id| id == context.stack_id)
                && tag("logical-id").is_some_and(|id| id == context.logical_id);
            ours.then(|| created_stage(&wanted.stage_name))
        }))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Properties,
        after: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: StageProperties = read(context, after)?;
        let tags = context.tags(wanted.tags.as_ref());
        let api = wanted.api_id.clone();
        let settings = wanted.settings()?;
        context.world.write(|state| {
            let stage = state
                .of_mut::<crate::apigateway::State>()
                .api_mut(&api)?
                .stages
                .get_mut(physical_id)
                .ok_or_else(|| apis::not_found("Stage", physical_id))?;
            stage.settings = settings;
            stage.tags = tags;
            Ok(created_stage(physical_id))
        })
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        properties: &Properties,
    ) -> Result<(), ServiceError> {
        let properties: StageProperties = read(context, properties)?;
        context.world.write(|state| {
            if let Some(api) = state
                .of_mut::<crate::apigateway::State>()
                .apis
                .get_mut(&properties.api_id)
            {
                api.stages.remove(physical_id);
            }
            Ok(())
        })
    }
}
