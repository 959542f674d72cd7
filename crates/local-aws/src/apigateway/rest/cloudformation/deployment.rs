//! `AWS::ApiGateway::Deployment` and `::Stage`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use super::{Properties, id, only, part, plain, read, texts};
use crate::apigateway::apis::{AccessLog, RouteSettings, bad_request};
use crate::apigateway::rest::apis::{conflict, not_found};
use crate::apigateway::rest::model::{MethodSettings, StageSettings};
use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};

/// `AWS::ApiGateway::Deployment`.
#[derive(Debug)]
pub struct Deployment;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeploymentProperties {
    #[serde(default, deserialize_with = "property::optional_text")]
    description: Option<String>,
    #[serde(deserialize_with = "property::text")]
    rest_api_id: String,
}

#[async_trait]
impl ResourceType for Deployment {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::Deployment"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("Description", OnChange::Update),
                Property::required("RestApiId", OnChange::Replace),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["DeploymentId"]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: DeploymentProperties = read(context, properties)?;
        let id = id(context, 6);
        context.world.write(|state| {
            let api = state
                .of_mut::<crate::apigateway::State>()
                .rest
                .api_mut(&wanted.rest_api_id)?;
            // A create that is repeated does not take another picture.
            if api.deployments.contains_key(&id) {
                return Ok(());
            }
            api.deploy(&id, wanted.description, context.call.now)
        })?;
        Ok(part(&id, "DeploymentId"))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Properties,
        after: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: DeploymentProperties = read(context, after)?;
        context.world.write(|state| {
            let api = state
                .of_mut::<crate::apigateway::State>()
                .rest
                .api_mut(&wanted.rest_api_id)?;
            let deployment = api
                .deployments
                .get_mut(physical_id)
                .ok_or_else(|| not_found("Deployment"))?;
            deployment.description = wanted.description;
            Ok::<_, ServiceError>(())
        })?;
        Ok(part(physical_id, "DeploymentId"))
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        properties: &Properties,
    ) -> Result<(), ServiceError> {
        let known: DeploymentProperties = read(context, properties)?;
        context.world.write(|state| {
            match state
                .of_mut::<crate::apigateway::State>()
                .rest
                .apis
                .get_mut(&known.rest_api_id)
            {
                Some(api) => api.delete_deployment(physical_id),
                None => Ok(()),
            }
        })
    }
}

/// `AWS::ApiGateway::Stage`.
#[derive(Debug)]
pub struct Stage;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct StageProperties {
    #[serde(default)]
    access_log_setting: Option<AccessLogSetting>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    cache_cluster_enabled: Option<bool>,
    #[serde(deserialize_with = "property::text")]
    deployment_id: String,
    #[serde(default, deserialize_with = "property::optional_text")]
    description: Option<String>,
    #[serde(default)]
    method_settings: Vec<MethodSetting>,
    #[serde(deserialize_with = "property::text")]
    rest_api_id: String,
    #[serde(deserialize_with = "property::text")]
    stage_name: String,
    #[serde(default)]
    tags: Option<Value>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    tracing_enabled: Option<bool>,
    #[serde(default)]
    variables: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct AccessLogSetting {
    #[serde(deserialize_with = "property::text")]
    destination_arn: String,
    #[serde(deserialize_with = "property::text")]
    format: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct MethodSetting {
    #[serde(default, deserialize_with = "property::optional_boolean")]
    cache_data_encrypted: Option<bool>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    caching_enabled: Option<bool>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    data_trace_enabled: Option<bool>,
    #[serde(deserialize_with = "property::text")]
    http_method: String,
    #[serde(default, deserialize_with = "property::optional_text")]
    logging_level: Option<String>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    metrics_enabled: Option<bool>,
    #[serde(deserialize_with = "property::text")]
    resource_path: String,
    #[serde(default, deserialize_with = "property::optional_text")]
    throttling_burst_limit: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    throttling_rate_limit: Option<String>,
}

impl MethodSetting {
    /// `PATH/METHOD`, the slashes of the path as `~1`; `*/*` for all.
    fn key(&self) -> Result<String, ServiceError> {
        let path = self
            .resource_path
            .strip_prefix('/')
            .ok_or_else(|| bad_request("Invalid method setting path: it begins with /"))?;
        match (path, self.http_method.as_str()) {
            ("*", "*") => Ok("*/*".to_owned()),
            ("*", method) | (_, method @ "*") => Err(ServiceError::not_implemented(format!(
                "method settings for {} and {method}",
                self.resource_path
            ))),
            (path, method) => {
                let path = path.strip_prefix("~1").unwrap_or(path).replace('/', "~1");
                Ok(format!("~1{path}/{method}"))
            }
        }
    }

    fn settings(self, context: &Context<'_>) -> Result<MethodSettings, ServiceError> {
        if self.caching_enabled == Some(true) || self.cache_data_encrypted == Some(true) {
            return Err(ServiceError::not_implemented("caches of stages"));
        }
        let number = |name: &str, text: Option<String>| {
            let Some(text) = text else { return Ok(None) };
            let number: Option<f64> = text.parse().ok();
            match number.filter(|number| number.is_finite()) {
                Some(number) => Ok(Some(number)),
                None => Err(property::invalid(
                    context.logical_id,
                    &format!("#/MethodSettings/{name}: expected type: Number, found: {text}"),
                )),
            }
        };
        Ok(MethodSettings {
            throttling: RouteSettings {
                burst_limit: number("ThrottlingBurstLimit", self.throttling_burst_limit)?,
                rate_limit: number("ThrottlingRateLimit", self.throttling_rate_limit)?,
            },
            logging_level: self.logging_level,
            metrics: self.metrics_enabled,
            data_trace: self.data_trace_enabled,
        })
    }
}

impl StageProperties {
    fn settings(self, context: &Context<'_>) -> Result<StageSettings, ServiceError> {
        let cached = self.cache_cluster_enabled.unwrap_or_default().to_string();
        only("CacheClusterEnabled", Some(&cached), &["false"])?;
        let mut methods = BTreeMap::new();
        for setting in self.method_settings {
            methods.insert(setting.key()?, setting.settings(context)?);
        }
        Ok(StageSettings {
            deployment: self.deployment_id,
            description: self.description,
            methods,
            access_log: self.access_log_setting.map(|log| AccessLog {
                destination_arn: log.destination_arn,
                // YAML's folded text ends with a line break.
                format: log.format.trim_end_matches('\n').to_owned(),
            }),
            variables: texts(context, self.variables)?,
            tracing: self.tracing_enabled.unwrap_or_default(),
        })
    }

    fn put(self, context: &Context<'_>, new: bool) -> Result<Created, ServiceError> {
        let tags = context.tags(self.tags.as_ref());
        let (api, name) = (self.rest_api_id.clone(), self.stage_name.clone());
        let settings = self.settings(context)?;
        context.world.write(|state| {
            let rest = &mut state.of_mut::<crate::apigateway::State>().rest;
            if new && rest.api(&api)?.stages.contains_key(&name) {
                return Err(conflict("Stage already exists"));
            }
            rest.put_stage(&api, &name, settings, tags, context.call.now)
        })?;
        Ok(plain(&name))
    }
}

#[async_trait]
impl ResourceType for Stage {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::Stage"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("AccessLogSetting", OnChange::Update),
                Property::optional("CacheClusterEnabled", OnChange::Update),
                // Needed as long as canaries are not implemented.
                Property::required("DeploymentId", OnChange::Update),
                Property::optional("Description", OnChange::Update),
                Property::optional("MethodSettings", OnChange::Update),
                Property::required("RestApiId", OnChange::Replace),
                Property::required("StageName", OnChange::Replace),
                Property::optional("Tags", OnChange::Update),
                Property::optional("TracingEnabled", OnChange::Update),
                Property::optional("Variables", OnChange::Update),
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
        wanted.put(context, true)
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
                .rest
                .api(&wanted.rest_api_id)
                .ok()?;
            let stage = api.stages.get(&wanted.stage_name)?;
            let tag = |name: &str| stage.tags.get(&format!("aws:cloudformation:{name}"));
            let ours = tag("stack-id").is_some_and(|id| id == context.stack_id)
                && tag("logical-id").is_some_and(|id| id == context.logical_id);
            ours.then(|| plain(&wanted.stage_name))
        }))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        _physical_id: &str,
        _before: &Properties,
        after: &Properties,
    ) -> Result<Created, ServiceError> {
        let wanted: StageProperties = read(context, after)?;
        wanted.put(context, false)
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        properties: &Properties,
    ) -> Result<(), ServiceError> {
        let known: StageProperties = read(context, properties)?;
        context.world.write(|state| {
            if let Some(api) = state
                .of_mut::<crate::apigateway::State>()
                .rest
                .apis
                .get_mut(&known.rest_api_id)
            {
                api.stages.remove(physical_id);
            }
            Ok(())
        })
    }
}
