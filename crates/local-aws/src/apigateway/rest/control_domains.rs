//! Operations on custom domain names and base path mappings, read and written.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::apis::not_found;
use super::control::page;
use super::domains::{self, Domain, Mapping, Security};
use crate::apigateway::State;
use crate::apigateway::apis::bad_request;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Request, Route};
use crate::core::wire::response::Response;
use crate::core::world::World;

/// Whether a route is one of these.
pub fn owns(request: &Request) -> bool {
    request.path.starts_with("/domainnames")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CreateDomainName {
    domain_name: String,
    regional_certificate_arn: Option<String>,
    #[serde(default)]
    endpoint_configuration: EndpointConfiguration,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    security_policy: Option<String>,
    endpoint_access_mode: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointConfiguration {
    #[serde(default)]
    types: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CreateBasePathMapping {
    base_path: Option<String>,
    rest_api_id: String,
    stage: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Patch {
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PatchOperation {
    op: String,
    path: String,
    value: Option<String>,
}

/// The body, of these members; what it must have and has not is a bad request.
fn body<T: DeserializeOwned>(request: &Request, known: &[&str]) -> ServiceResult<T> {
    let members: Map<String, Value> = request.json()?;
    if let Some(name) = members.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(ServiceError::not_implemented(format!("the member {name}")));
    }
    request
        .json()
        .map_err(|error| bad_request(format!("Invalid request input: {}", error.message)))
}

/// What is replaced, by its path.
fn patches(request: &Request) -> ServiceResult<Vec<(String, String)>> {
    let patch: Patch = body(request, &["patchOperations"])?;
    patch
        .patch_operations
        .into_iter()
        .map(PatchOperation::replacement)
        .collect()
}

impl PatchOperation {
    /// The value that takes the place of the old one.
    fn replacement(self) -> ServiceResult<(String, String)> {
        match (self.op.as_str(), self.value) {
            ("replace", Some(value)) => Ok((self.path, value)),
            ("replace", None) => Err(bad_request("Invalid patch operation: no value")),
            (op @ ("add" | "copy" | "move" | "remove" | "test"), _) => Err(
                ServiceError::not_implemented(format!("the patch operation {op} on {}", self.path)),
            ),
            (op, _) => Err(bad_request(format!("Invalid patch operation {op}"))),
        }
    }
}

/// Answers.
///
/// # Errors
/// `BadRequestException`, `ConflictException`, `NotFoundException`.
pub fn handle(
    world: &World,
    call: &Call,
    route: &Route,
    request: &Request,
) -> ServiceResult<Response> {
    if request.query_value("domainNameId").is_some() {
        return Err(ServiceError::not_implemented(
            "private custom domain names (domainNameId)",
        ));
    }
    let name = route.label("domain_name");
    let base_path = route.label("base_path");
    match route.operation {
        "GetDomainNames" | "GetDomainName" | "GetBasePathMappings" | "GetBasePathMapping" => {
            Response::json(&read(world, route, request)?)
        }
        "CreateDomainName" => {
            let known = [
                "domainName",
                "endpointAccessMode",
                "endpointConfiguration",
                "regionalCertificateArn",
                "securityPolicy",
                "tags",
            ];
            let input: CreateDomainName = body(request, &known)?;
            let domain = new_domain(world, call, input)?;
            let answer = describe(world, &domain);
            world.write(|state| {
                let rest = &mut state.of_mut::<State>().rest;
                rest.create_domain(&world.region, domain)
            })?;
            Response::json_with_status(201, &answer)
        }
        "UpdateDomainName" => {
            let patches = patches(request)?;
            let changed = world.write(|state| {
                let rest = &mut state.of_mut::<State>().rest;
                let known = rest.domain(name)?;
                let mut certificate = known.certificate.clone();
                let mut security = known.security.clone();
                for (path, value) in patches {
                    match path.as_str() {
                        "/regionalCertificateArn" => certificate = value,
                        "/securityPolicy" => security.policy = Some(value),
                        "/endpointAccessMode" => security.access_mode = Some(value),
                        _ => {
                            return Err(ServiceError::not_implemented(format!("patching {path}")));
                        }
                    }
                }
                let domain = rest.update_domain(&world.region, name, certificate, security)?;
                Ok(describe(world, domain))
            })?;
            Response::json(&changed)
        }
        "DeleteDomainName" => {
            world.write(|state| {
                let rest = &mut state.of_mut::<State>().rest;
                rest.domain(name)?;
                rest.domains.remove(name);
                Ok::<_, ServiceError>(())
            })?;
            Ok(Response::empty(202))
        }
        "CreateBasePathMapping" => {
            let input: CreateBasePathMapping = body(request, &["basePath", "restApiId", "stage"])?;
            let base_path = domains::base_path(input.base_path.as_deref())?;
            let mapping = Mapping {
                api: input.rest_api_id,
                stage: input.stage.filter(|stage| !stage.is_empty()),
            };
            let answer = describe_mapping(&base_path, &mapping);
            world.write(|state| {
                let rest = &mut state.of_mut::<State>().rest;
                rest.put_mapping(name, &base_path, mapping, true)
            })?;
            Response::json_with_status(201, &answer)
        }
        "UpdateBasePathMapping" => {
            let patches = patches(request)?;
            let changed = world.write(|state| {
                let rest = &mut state.of_mut::<State>().rest;
                let mut mapping = mapping(rest.domain(name)?, base_path)?.clone();
                for (path, value) in patches {
                    match path.as_str() {
                        "/restapiId" => mapping.api = value,
                        "/stage" => mapping.stage = Some(value).filter(|stage| !stage.is_empty()),
                        _ => {
                            return Err(ServiceError::not_implemented(format!("patching {path}")));
                        }
                    }
                }
                rest.put_mapping(name, base_path, mapping.clone(), false)?;
                Ok(describe_mapping(base_path, &mapping))
            })?;
            Response::json(&changed)
        }
        _ => {
            world.write(|state| {
                let rest = &mut state.of_mut::<State>().rest;
                rest.delete_mapping(name, base_path)
            })?;
            Ok(Response::empty(202))
        }
    }
}

fn read(world: &World, route: &Route, request: &Request) -> ServiceResult<Value> {
    let name = route.label("domain_name");
    world.read(|state| {
        let rest = &state.of::<State>().rest;
        match route.operation {
            "GetDomainNames" => {
                let domains = rest.domains.values();
                page(
                    domains.map(|domain| describe(world, domain)).collect(),
                    request,
                )
            }
            "GetDomainName" => Ok(describe(world, rest.domain(name)?)),
            "GetBasePathMappings" => {
                let mappings = rest.domain(name)?.mappings.iter();
                page(
                    mappings
                        .map(|(base_path, mapping)| describe_mapping(base_path, mapping))
                        .collect(),
                    request,
                )
            }
            _ => {
                let base_path = route.label("base_path");
                let found = mapping(rest.domain(name)?, base_path)?;
                Ok(describe_mapping(base_path, found))
            }
        }
    })
}

fn mapping<'a>(domain: &'a Domain, base_path: &str) -> ServiceResult<&'a Mapping> {
    domain
        .mappings
        .get(base_path)
        .ok_or_else(|| not_found("base path mapping"))
}

fn new_domain(world: &World, call: &Call, input: CreateDomainName) -> ServiceResult<Domain> {
    match input.endpoint_configuration.types.as_slice() {
        [kind] if kind == "REGIONAL" => {}
        kinds
            if kinds
                .iter()
                .any(|kind| !["EDGE", "PRIVATE", "REGIONAL"].contains(&kind.as_str())) =>
        {
            return Err(bad_request("Invalid endpoint type"));
        }
        _ => {
            return Err(ServiceError::not_implemented(
                "a domain name whose endpoint type is not REGIONAL",
            ));
        }
    }
    let id = world.ids.token(10, "abcdefghijklmnopqrstuvwxyz0123456789");
    Ok(Domain {
        name: input.domain_name,
        id: format!("d-{id}"),
        certificate: input
            .regional_certificate_arn
            .ok_or_else(|| bad_request("A regional certificate must be provided"))?,
        security: Security {
            policy: input.security_policy,
            access_mode: input.endpoint_access_mode,
        },
        tags: input.tags,
        created: call.now,
        mappings: BTreeMap::new(),
    })
}

fn describe(world: &World, domain: &Domain) -> Value {
    let mut value = json!({
        "domainName": domain.name,
        "domainNameArn": domains::arn(&world.region, &domain.name),
        "certificateUploadDate": domain.created.as_second(),
        "regionalDomainName": domain.regional_name(&world.region),
        "regionalHostedZoneId": domains::HOSTED_ZONE,
        "regionalCertificateArn": domain.certificate,
        "endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"},
        "domainNameStatus": "AVAILABLE",
        // A domain name takes TLS 1.2 and newer when nothing is said.
        "securityPolicy": domain.security.policy.as_deref().unwrap_or("TLS_1_2"),
        "routingMode": "BASE_PATH_MAPPING_ONLY",
    });
    if let Some(mode) = &domain.security.access_mode {
        value["endpointAccessMode"] = json!(mode);
    }
    if !domain.tags.is_empty() {
        value["tags"] = json!(domain.tags);
    }
    value
}

fn describe_mapping(base_path: &str, mapping: &Mapping) -> Value {
    let mut value = json!({ "basePath": base_path, "restApiId": mapping.api });
    if let Some(stage) = &mapping.stage {
        value["stage"] = json!(stage);
    }
    value
}
