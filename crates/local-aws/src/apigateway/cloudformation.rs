//! `AWS::ApiGatewayV2::Api`, `::Integration`, `::Route` and `::Stage` (AWS
//! resource reference), and what they share with `AWS::ApiGateway::*`.

pub(super) mod part;

use std::collections::BTreeMap;

use serde_json::Value;

use self::part::{Part, Stored, change, take};
use super::State;
use super::apis::{self, ApiSettings};
use super::describe;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::declare;
use crate::core::resource::{Context, Created, Declared, Known, Resource};

/// An id as API Gateway makes them (small letters and digits), the same at every
/// call for one resource.
pub(super) fn id(context: &Context<'_>, length: usize) -> String {
    let mut id = context.token.to_ascii_lowercase();
    id.truncate(length);
    id
}

/// One of the values that are implemented.
pub(super) fn only(name: &str, value: Option<&str>, implemented: &[&str]) -> ServiceResult<()> {
    match value {
        Some(value) if !implemented.contains(&value) => {
            Err(ServiceError::not_implemented(format!("the {name} {value}")))
        }
        _ => Ok(()),
    }
}

declare! {
    /// Where a stage writes what about every request.
    pub(super) struct AccessLogSetting {
        required destination_arn: String,
        required format: String,
    }
}

impl From<AccessLogSetting> for apis::AccessLog {
    fn from(log: AccessLogSetting) -> Self {
        Self {
            destination_arn: log.destination_arn,
            // YAML's folded text ends with a line break.
            format: log.format.trim_end_matches('\n').to_owned(),
        }
    }
}

impl Stored for apis::Api {
    fn find<'a>(state: &'a mut State, id: &str) -> ServiceResult<&'a mut Self> {
        state.api_mut(id)
    }
}

declare! {
    /// `AWS::ApiGatewayV2::Api`.
    pub struct Api is "AWS::ApiGatewayV2::Api" gives ["ApiEndpoint", "ApiId"] {
        optional cors_configuration: CorsProperties => Update,
        optional description: String => Update,
        optional disable_execute_api_endpoint: bool => Update,
        required name: String => Update,
        required protocol_type: String => Replace,
        optional tags: Value => Update,
    }
}

declare! {
    struct CorsProperties {
        optional allow_credentials: bool,
        defaulted allow_headers: Vec<String>,
        defaulted allow_methods: Vec<String>,
        defaulted allow_origins: Vec<String>,
        defaulted expose_headers: Vec<String>,
        optional max_age: i64,
    }
}

impl Api {
    fn settings(self) -> ServiceResult<ApiSettings> {
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

    fn identified(context: &Context<'_>, id: &str) -> Created {
        Self::created(id, &[&describe::endpoint_on_aws(context.world, id), id])
    }
}

impl Resource for Api {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let tags = context.tags(self.tags.as_ref());
        let settings = self.settings()?;
        let id = id(context, 10);
        context.world.write(|state| {
            let apis = state.of_mut::<State>();
            apis.create_api(&id, settings, tags, context.call.now)
        })?;
        Ok(Self::identified(context, &id))
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        let id = id(context, 10);
        let exists = context
            .world
            .read(|state| state.of::<State>().api(&id).is_ok());
        Ok(exists.then(|| Self::identified(context, &id)))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        let tags = context.tags(self.tags.as_ref());
        let settings = self.settings()?;
        change(context, known.physical_id, |api: &mut apis::Api| {
            api.settings = settings;
            api.tags = tags;
            Ok(Self::identified(context, known.physical_id))
        })
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        context.world.write(|state| {
            state.of_mut::<State>().apis.remove(known.physical_id);
            Ok(())
        })
    }
}

declare! {
    /// `AWS::ApiGatewayV2::Integration`.
    pub struct Integration is "AWS::ApiGatewayV2::Integration" gives ["IntegrationId"] {
        required api_id: String => Replace,
        optional connection_type: String => Update,
        optional description: String => Update,
        optional integration_method: String => Update,
        required integration_type: String => Update,
        required integration_uri: String => Update,
        required payload_format_version: String => Update,
        optional timeout_in_millis: i64 => Update,
    }
}

impl Part for Integration {
    type Api = apis::Api;
    const ID_LENGTH: usize = 7;

    fn api(&self) -> &str {
        &self.api_id
    }

    fn put(self, _: &Context<'_>, api: &mut apis::Api, id: &str) -> ServiceResult<()> {
        let kind = Some(self.integration_type.as_str());
        only("IntegrationType", kind, &["AWS_PROXY"])?;
        let version = Some(self.payload_format_version.as_str());
        only("PayloadFormatVersion", version, &["2.0"])?;
        let method = self.integration_method.as_deref();
        only("IntegrationMethod", method, &["POST"])?;
        let connection = self.connection_type.as_deref();
        only("ConnectionType", connection, &["INTERNET"])?;
        let integration = apis::Integration {
            uri: self.integration_uri,
            description: self.description,
            timeout_in_millis: self
                .timeout_in_millis
                .unwrap_or(super::apis::LONGEST_INTEGRATION),
        };
        api.put_integration(id, integration)
    }

    fn take(self, api: &mut apis::Api, id: &str) -> ServiceResult<()> {
        api.delete_integration(id)
    }
}

declare! {
    /// `AWS::ApiGatewayV2::Route`.
    pub struct Route is "AWS::ApiGatewayV2::Route" gives ["RouteId"] {
        required api_id: String => Replace,
        optional authorization_type: String => Update,
        required route_key: String => Update,
        optional target: String => Update,
    }
}

impl Part for Route {
    type Api = apis::Api;
    const ID_LENGTH: usize = 7;

    fn api(&self) -> &str {
        &self.api_id
    }

    fn put(self, _: &Context<'_>, api: &mut apis::Api, id: &str) -> ServiceResult<()> {
        let authorization = self.authorization_type.as_deref();
        only("AuthorizationType", authorization, &["NONE"])?;
        let route = apis::Route {
            key: self.route_key,
            target: self.target,
        };
        api.put_route(id, route)
    }

    fn take(self, api: &mut apis::Api, id: &str) -> ServiceResult<()> {
        api.routes.remove(id);
        Ok(())
    }
}

declare! {
    /// `AWS::ApiGatewayV2::Stage`.
    pub struct Stage is "AWS::ApiGatewayV2::Stage" gives [] {
        optional access_log_settings: AccessLogSetting => Update,
        required api_id: String => Replace,
        optional auto_deploy: bool => Update,
        optional default_route_settings: RouteSettingsProperties => Update,
        optional description: String => Update,
        defaulted route_settings: BTreeMap<String, RouteSettingsProperties> => Update,
        required stage_name: String => Name,
        defaulted stage_variables: BTreeMap<String, String> => Update,
        optional tags: Value => Update,
    }
}

declare! {
    struct RouteSettingsProperties {
        optional throttling_burst_limit: f64,
        optional throttling_rate_limit: f64,
    }
}

impl From<RouteSettingsProperties> for apis::RouteSettings {
    fn from(properties: RouteSettingsProperties) -> Self {
        Self {
            burst_limit: properties.throttling_burst_limit,
            rate_limit: properties.throttling_rate_limit,
        }
    }
}

impl Stage {
    fn settings(self) -> ServiceResult<apis::StageSettings> {
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
            access_log: self.access_log_settings.map(Into::into),
            variables: self.stage_variables,
        };
        settings.check()?;
        Ok(settings)
    }
}

impl Resource for Stage {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let (api, name) = (self.api_id.clone(), self.stage_name.clone());
        let stage = apis::Stage {
            tags: context.tags(self.tags.as_ref()),
            settings: self.settings()?,
            created: context.call.now,
        };
        change(context, &api, |api: &mut apis::Api| {
            api.create_stage(&name, stage)
        })?;
        Ok(Self::created(&name, &[]))
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        Ok(context.world.read(|state| {
            let api = state.of::<State>().api(&self.api_id).ok()?;
            let stage = api.stages.get(&self.stage_name)?;
            context
                .owns(&stage.tags)
                .then(|| Self::created(&self.stage_name, &[]))
        }))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        let tags = context.tags(self.tags.as_ref());
        let api = self.api_id.clone();
        let settings = self.settings()?;
        change(context, &api, |api: &mut apis::Api| {
            let stage = api.stages.get_mut(known.physical_id);
            let stage = stage.ok_or_else(|| apis::not_found("Stage", known.physical_id))?;
            stage.settings = settings;
            stage.tags = tags;
            Ok(Self::created(known.physical_id, &[]))
        })
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let api = known.properties()?.api_id;
        take(context, &api, |api: &mut apis::Api| {
            api.stages.remove(known.physical_id);
            Ok(())
        })
    }
}
