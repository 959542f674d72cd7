//! Changes of REST APIs, checked as API Gateway checks them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::model::{
    Definition, Deployment, GatewayResponse, Method, Model, Resource, RestApi, Stage,
    StageSettings, State, Validator,
};
use super::{check_method, gateway_response, schema};
use crate::apigateway::access_log;
use crate::apigateway::apis::bad_request;
use crate::core::error::{ServiceError, ServiceResult};

pub(super) fn conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "ConflictException", message)
}

pub(super) fn not_found(kind: &str) -> ServiceError {
    ServiceError::new(
        404,
        "NotFoundException",
        format!("Invalid {kind} identifier specified"),
    )
}

impl State {
    /// An API by id.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn api(&self, id: &str) -> ServiceResult<&RestApi> {
        self.apis.get(id).ok_or_else(|| not_found("API"))
    }

    pub(super) fn api_mut(&mut self, id: &str) -> ServiceResult<&mut RestApi> {
        self.apis.get_mut(id).ok_or_else(|| not_found("API"))
    }

    /// Creates or replaces a stage; the account must have a role for logs that
    /// the stage wants.
    ///
    /// # Errors
    /// `BadRequestException`, `NotFoundException`.
    pub fn put_stage(
        &mut self,
        api: &str,
        name: &str,
        settings: StageSettings,
        tags: BTreeMap<String, String>,
        now: Timestamp,
    ) -> ServiceResult<()> {
        let wants_logs = settings.access_log.is_some()
            || settings
                .methods
                .values()
                .any(|method| !matches!(method.logging_level.as_deref(), None | Some("OFF")));
        if wants_logs && self.log_role.is_none() {
            return Err(bad_request(
                "CloudWatch Logs role ARN must be set in account settings to enable logging",
            ));
        }
        check_stage(name, &settings)?;
        let api = self.api_mut(api)?;
        if !api.deployments.contains_key(&settings.deployment) {
            return Err(bad_request("Deployment id does not exist"));
        }
        let created = api.stages.get(name).map_or(now, |stage| stage.created);
        let stage = Stage {
            settings,
            tags,
            created,
            updated: now,
        };
        api.stages.insert(name.to_owned(), stage);
        Ok(())
    }
}

fn check_stage(name: &str, settings: &StageSettings) -> ServiceResult<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !(1..=128).contains(&name.len()) || !name.chars().all(plain) {
        return Err(bad_request("Stage name only allows a-zA-Z0-9_-"));
    }
    for method in settings.methods.values() {
        let limits = [method.throttling.burst_limit, method.throttling.rate_limit];
        if limits.into_iter().flatten().any(|limit| limit < 0.0) {
            return Err(bad_request("Throttling limits must not be negative."));
        }
        if let Some(level) = method.logging_level.as_deref()
            && !["OFF", "ERROR", "INFO"].contains(&level)
        {
            return Err(bad_request(format!("Invalid logging level {level}")));
        }
    }
    if let Some(log) = &settings.access_log {
        if access_log::group_name(&log.destination_arn).is_none() {
            return Err(bad_request("Invalid ARN specified in the request"));
        }
        if log.format.contains('\n') {
            return Err(bad_request(
                "Access Log format must be single line, new line character is allowed only at end of the format",
            ));
        }
        // AWS docs, "Set up CloudWatch logging for REST APIs".
        if !["$context.requestId", "$context.extendedRequestId"]
            .iter()
            .any(|id| log.format.contains(id))
        {
            return Err(bad_request(
                "Access Log format must contain $context.requestId or $context.extendedRequestId",
            ));
        }
    }
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let value = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#&=,".contains(c);
    for (name, text) in &settings.variables {
        if name.is_empty() || !name.chars().all(word) || !text.chars().all(value) {
            return Err(bad_request(format!("Invalid stage variable {name}")));
        }
    }
    Ok(())
}

impl Definition {
    /// What a new API has: the root and the two models that are always there.
    pub fn new(root: &str) -> Self {
        let model = |id: &str, description: &str, schema: Value| Model {
            id: id.to_owned(),
            description: Some(description.to_owned()),
            content_type: "application/json".to_owned(),
            schema,
        };
        let draft = "http://json-schema.org/draft-04/schema#";
        let empty = json!({"$schema": draft, "title": "Empty Schema", "type": "object"});
        let error = json!({
            "$schema": draft,
            "title": "Error Schema",
            "type": "object",
            "properties": {"message": {"type": "string"}},
        });
        let top = Resource {
            path: "/".to_owned(),
            ..Resource::default()
        };
        Self {
            root: root.to_owned(),
            resources: BTreeMap::from([(root.to_owned(), top)]),
            models: BTreeMap::from([
                (
                    "Empty".to_owned(),
                    model("empty0", "This is a default empty schema model", empty),
                ),
                (
                    "Error".to_owned(),
                    model("error0", "This is a default error schema model", error),
                ),
            ]),
            ..Self::default()
        }
    }

    /// Creates a resource.
    ///
    /// # Errors
    /// `BadRequestException`, `ConflictException`, `NotFoundException`.
    pub fn create_resource(&mut self, id: &str, parent: &str, part: &str) -> ServiceResult<()> {
        let above = self
            .resources
            .get(parent)
            .ok_or_else(|| not_found("Resource"))?;
        check_part(part)?;
        if above.part.ends_with("+}") {
            return Err(bad_request(format!(
                "Cannot create a child of a resource with a greedy path variable: {}",
                above.part
            )));
        }
        let variable = part.starts_with('{');
        for (other, sibling) in &self.resources {
            if sibling.parent.as_deref() != Some(parent) || other == id {
                continue;
            }
            if sibling.part == part {
                return Err(conflict(format!(
                    "Another resource with the same parent already has this name: {part}"
                )));
            }
            if variable && sibling.part.starts_with('{') {
                return Err(bad_request(format!(
                    "A sibling ({}) of this resource already has a variable path part -- only one is allowed",
                    sibling.part
                )));
            }
        }
        let path = format!("{}/{part}", above.path.trim_end_matches('/'));
        let methods = self
            .resources
            .get(id)
            .map(|known| known.methods.clone())
            .unwrap_or_default();
        let resource = Resource {
            parent: Some(parent.to_owned()),
            part: part.to_owned(),
            path,
            methods,
        };
        self.resources.insert(id.to_owned(), resource);
        Ok(())
    }

    /// Deletes a resource and those below it.
    pub fn delete_resource(&mut self, id: &str) {
        self.resources.remove(id);
        let below: Vec<String> = self
            .resources
            .iter()
            .filter(|(_, resource)| resource.parent.as_deref() == Some(id))
            .map(|(id, _)| id.clone())
            .collect();
        for id in below {
            self.delete_resource(&id);
        }
    }

    /// Creates or replaces a method.
    ///
    /// # Errors
    /// `BadRequestException`, `NotFoundException`.
    pub fn put_method(&mut self, resource: &str, verb: &str, method: Method) -> ServiceResult<()> {
        const VERBS: &[&str] = &[
            "ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT",
        ];
        if !VERBS.contains(&verb) {
            return Err(bad_request(
                "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
            ));
        }
        check_method::check(self, &method)?;
        self.resources
            .get_mut(resource)
            .ok_or_else(|| not_found("Resource"))?
            .methods
            .insert(verb.to_owned(), method);
        Ok(())
    }

    /// Creates or replaces a model.
    ///
    /// # Errors
    /// `BadRequestException`.
    pub fn put_model(&mut self, name: &str, model: Model) -> ServiceResult<()> {
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(bad_request(format!(
                "Model name must be alphanumeric: {name}"
            )));
        }
        if let Err(problem) = schema::compile(&model.schema) {
            return Err(bad_request(format!(
                "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified: {problem}]"
            )));
        }
        self.models.insert(name.to_owned(), model);
        Ok(())
    }

    /// Deletes a model that no method names.
    ///
    /// # Errors
    /// `ConflictException`.
    pub fn delete_model(&mut self, name: &str) -> ServiceResult<()> {
        let used = self.methods().find(|(_, _, method)| {
            let responses = method.responses.values().flat_map(|r| r.models.values());
            responses
                .chain(method.request_models.values())
                .any(|known| known == name)
        });
        if let Some((path, verb, _)) = used {
            return Err(conflict(format!(
                "Cannot delete model '{name}', is referenced in method: {path}/{verb}"
            )));
        }
        self.models.remove(name);
        Ok(())
    }

    /// Creates or replaces a request validator.
    pub fn put_validator(&mut self, id: &str, validator: Validator) {
        self.validators.insert(id.to_owned(), validator);
    }

    /// Deletes a request validator that no method names.
    ///
    /// # Errors
    /// `ConflictException`.
    pub fn delete_validator(&mut self, id: &str) -> ServiceResult<()> {
        if self
            .methods()
            .any(|(_, _, method)| method.validator.as_deref() == Some(id))
        {
            return Err(conflict(format!(
                "Cannot delete request validator '{id}', is referenced in a method"
            )));
        }
        self.validators.remove(id);
        Ok(())
    }

    /// Creates or replaces a gateway response.
    ///
    /// # Errors
    /// `BadRequestException`.
    pub fn put_gateway_response(
        &mut self,
        kind: &str,
        response: GatewayResponse,
    ) -> ServiceResult<()> {
        gateway_response::check(kind, &response)?;
        self.gateway_responses.insert(kind.to_owned(), response);
        Ok(())
    }

    /// Every method with its path and verb.
    pub fn methods(&self) -> impl Iterator<Item = (&str, &str, &Method)> {
        self.resources.values().flat_map(|resource| {
            resource
                .methods
                .iter()
                .map(|(verb, method)| (resource.path.as_str(), verb.as_str(), method))
        })
    }
}

fn check_part(part: &str) -> ServiceResult<()> {
    let inside = part
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .map(|rest| rest.strip_suffix('+').unwrap_or(rest));
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-:".contains(c);
    let name = inside.unwrap_or(part);
    if name.is_empty() || !name.chars().all(plain) {
        return Err(bad_request(
            "Resource's path part only allow a-zA-Z0-9._-: and curly braces at the beginning and the end and an optional plus sign before the closing brace.",
        ));
    }
    Ok(())
}

impl RestApi {
    /// Takes a picture.
    ///
    /// # Errors
    /// `BadRequestException`.
    pub fn deploy(
        &mut self,
        id: &str,
        description: Option<String>,
        now: Timestamp,
    ) -> ServiceResult<()> {
        if self.definition.methods().next().is_none() {
            return Err(bad_request("The REST API doesn't contain any methods"));
        }
        if self
            .definition
            .methods()
            .any(|(_, _, method)| method.integration.is_none())
        {
            return Err(bad_request("No integration defined for method"));
        }
        let deployment = Deployment {
            description,
            created: now,
            definition: self.definition.clone(),
        };
        self.deployments.insert(id.to_owned(), deployment);
        Ok(())
    }

    /// Deletes a deployment that no stage serves; one that is gone is no error.
    ///
    /// # Errors
    /// `BadRequestException`.
    pub fn delete_deployment(&mut self, id: &str) -> ServiceResult<()> {
        if self
            .stages
            .values()
            .any(|stage| stage.settings.deployment == id)
        {
            return Err(bad_request(
                "Active stages pointing to this deployment must be moved or deleted",
            ));
        }
        self.deployments.remove(id);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
