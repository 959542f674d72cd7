//! `AWS::ApiGateway::Deployment` and `::Stage`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::texts;
use crate::apigateway::State;
use crate::apigateway::apis::{RouteSettings, bad_request};
use crate::apigateway::cloudformation::part::{change, take};
use crate::apigateway::cloudformation::{AccessLogSetting, id, only};
use crate::apigateway::rest::apis::{conflict, not_found};
use crate::apigateway::rest::model::{MethodSettings, RestApi, StageSettings};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::{self, declare};
use crate::core::resource::{Context, Created, Declared, Known, Resource};

declare! {
    /// `AWS::ApiGateway::Deployment`.
    pub struct Deployment is "AWS::ApiGateway::Deployment" gives ["DeploymentId"] {
        optional description: String => Update,
        required rest_api_id: String => Replace,
    }
}

impl Resource for Deployment {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let id = id(context, 6);
        change(context, &self.rest_api_id, |api: &mut RestApi| {
            // A create that is repeated does not take another picture.
            if api.deployments.contains_key(&id) {
                return Ok(());
            }
            api.deploy(&id, self.description, context.call.now)
        })?;
        Ok(Self::created(&id, &[&id]))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        change(context, &self.rest_api_id, |api: &mut RestApi| {
            let deployment = api.deployments.get_mut(known.physical_id);
            deployment
                .ok_or_else(|| not_found("Deployment"))?
                .description = self.description;
            Ok(Self::created(known.physical_id, &[known.physical_id]))
        })
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let api = known.properties()?.rest_api_id;
        take(context, &api, |api: &mut RestApi| {
            api.delete_deployment(known.physical_id)
        })
    }
}

declare! {
    /// `AWS::ApiGateway::Stage`.
    pub struct Stage is "AWS::ApiGateway::Stage" gives [] {
        optional access_log_setting: AccessLogSetting => Update,
        optional cache_cluster_enabled: bool => Update,
        // Needed as long as canaries are not implemented.
        required deployment_id: String => Update,
        optional description: String => Update,
        defaulted method_settings: Vec<MethodSetting> => Update,
        required rest_api_id: String => Replace,
        required stage_name: String => Name,
        optional tags: Value => Update,
        optional tracing_enabled: bool => Update,
        defaulted variables: BTreeMap<String, Value> => Update,
    }
}

declare! {
    struct MethodSetting {
        optional cache_data_encrypted: bool,
        optional caching_enabled: bool,
        optional data_trace_enabled: bool,
        required http_method: String,
        optional logging_level: String,
        optional metrics_enabled: bool,
        required resource_path: String,
        optional throttling_burst_limit: String,
        optional throttling_rate_limit: String,
    }
}

impl MethodSetting {
    /// `PATH/METHOD`, the slashes of the path as `~1`; `*/*` for all.
    fn key(&self) -> ServiceResult<String> {
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

    fn settings(self, context: &Context<'_>) -> ServiceResult<MethodSettings> {
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

impl Stage {
    fn settings(self, context: &Context<'_>) -> ServiceResult<StageSettings> {
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
            access_log: self.access_log_setting.map(Into::into),
            variables: texts(context, self.variables)?,
            tracing: self.tracing_enabled.unwrap_or_default(),
        })
    }

    fn put(self, context: &Context<'_>, new: bool) -> ServiceResult<Created> {
        let tags = context.tags(self.tags.as_ref());
        let (api, name) = (self.rest_api_id.clone(), self.stage_name.clone());
        let settings = self.settings(context)?;
        context.world.write(|state| {
            let rest = &mut state.of_mut::<State>().rest;
            if new && rest.api(&api)?.stages.contains_key(&name) {
                return Err(conflict("Stage already exists"));
            }
            rest.put_stage(&api, &name, settings, tags, context.call.now)
        })?;
        Ok(Self::created(&name, &[]))
    }
}

impl Resource for Stage {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        self.put(context, true)
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        Ok(context.world.read(|state| {
            let api = state.of::<State>().rest.api(&self.rest_api_id).ok()?;
            let stage = api.stages.get(&self.stage_name)?;
            context
                .owns(&stage.tags)
                .then(|| Self::created(&self.stage_name, &[]))
        }))
    }

    async fn update(self, context: &Context<'_>, _: Known<'_, Self>) -> ServiceResult<Created> {
        self.put(context, false)
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let api = known.properties()?.rest_api_id;
        take(context, &api, |api: &mut RestApi| {
            api.stages.remove(known.physical_id);
            Ok(())
        })
    }
}
