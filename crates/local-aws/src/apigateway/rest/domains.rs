//! Custom domain names and what each leads to (AWS docs, "Custom domain name for public REST APIs in
//! API Gateway"): Regional ones, with base path mappings.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::apis::{conflict, not_found};
use super::model::State;
use crate::apigateway::apis::bad_request;
use crate::core::error::ServiceResult;

/// What stands for a mapping of the name itself, in paths and ids (service model,
/// `GetBasePathMapping`: "(none)").
pub const NO_BASE_PATH: &str = "(none)";

/// The hosted zone of Regional domain names. On AWS each Region has its own; there is no Route 53
/// here that could want it.
pub const HOSTED_ZONE: &str = "Z00000000LOCAL";

/// The ARN of a domain name (service authorization reference, "API Gateway Management").
pub fn arn(region: &str, name: &str) -> String {
    format!("arn:aws:apigateway:{region}::/domainnames/{name}")
}

/// How a request must come in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Security {
    /// `SecurityPolicy`.
    pub policy: Option<String>,
    /// `EndpointAccessMode`.
    pub access_mode: Option<String>,
}

/// The policies of the service model that are not those of edge-optimized endpoints.
const POLICIES: &[&str] = &[
    "SecurityPolicy_TLS13_1_2_2021_06",
    "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_PQ_2025_09",
    "SecurityPolicy_TLS13_1_3_2025_09",
    "SecurityPolicy_TLS13_1_3_FIPS_2025_09",
    "TLS_1_0",
    "TLS_1_2",
];

const EDGE_POLICIES: &[&str] = &[
    "SecurityPolicy_TLS12_2018_EDGE",
    "SecurityPolicy_TLS12_PFS_2025_EDGE",
    "SecurityPolicy_TLS13_2025_EDGE",
    "TLS_1_0",
];

impl Security {
    /// Whether an endpoint of this type can have it.
    ///
    /// # Errors
    /// `BadRequestException`.
    pub fn check(&self, endpoint: &str) -> ServiceResult<()> {
        let known = if endpoint == "EDGE" {
            EDGE_POLICIES
        } else {
            POLICIES
        };
        let policy = self.policy.as_deref();
        if let Some(policy) = policy
            && !known.contains(&policy)
        {
            return Err(bad_request(format!(
                "Invalid security policy {policy} for the endpoint type {endpoint}"
            )));
        }
        // "When you use an enhanced security policy, you must also set the endpoint access mode"
        // (AWS docs, "Security policies for REST APIs in API Gateway").
        let enhanced = policy.is_some_and(|policy| policy.starts_with("SecurityPolicy_"));
        match self.access_mode.as_deref() {
            None if enhanced => Err(bad_request(
                "An endpoint access mode is required for a security policy that starts with SecurityPolicy_",
            )),
            None | Some("BASIC" | "STRICT") => Ok(()),
            Some(mode) => Err(bad_request(format!("Invalid endpoint access mode {mode}"))),
        }
    }
}

/// A custom domain name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// The name, in small letters.
    pub name: String,
    /// The first label of its Regional domain name.
    pub id: String,
    /// ARN of its certificate.
    pub certificate: String,
    /// How a request must come in.
    pub security: Security,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
    /// Mappings by base path; [`NO_BASE_PATH`] is that of the name itself.
    pub mappings: BTreeMap<String, Mapping>,
}

/// What a base path leads to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Id of a REST API.
    pub api: String,
    /// Its stage; without one a request names the stage after the base path.
    pub stage: Option<String>,
}

/// What a request to a custom domain name is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Id of the API.
    pub api: String,
    /// The path at the API, stage included.
    pub path: String,
}

impl Domain {
    /// The name that a DNS record points to.
    pub fn regional_name(&self, region: &str) -> String {
        format!("{}.execute-api.{region}.amazonaws.com", self.id)
    }

    /// Where a path below the name leads: the mapping of its first segment, or that of the name.
    pub fn destination(&self, path: &str) -> Option<Destination> {
        let rest = path.strip_prefix('/').unwrap_or(path);
        let (first, below) = match rest.find('/') {
            Some(at) => (&rest[..at], &rest[at..]),
            None => (rest, "/"),
        };
        let (mapping, path) = match self.mappings.get(first) {
            Some(mapping) => (mapping, below),
            None => (self.mappings.get(NO_BASE_PATH)?, path),
        };
        Some(Destination {
            api: mapping.api.clone(),
            path: match &mapping.stage {
                Some(stage) => format!("/{stage}{path}"),
                None => path.to_owned(),
            },
        })
    }
}

/// The key of a base path as it is given: nothing and an empty one are the name itself.
pub fn base_path(given: Option<&str>) -> ServiceResult<String> {
    let given = given.unwrap_or_default();
    if given.is_empty() || given == NO_BASE_PATH {
        return Ok(NO_BASE_PATH.to_owned());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "$-_.+!*'()/".contains(c);
    if !given.chars().all(plain) || given.contains('/') {
        return Err(bad_request(
            "API mapping key name may contain only letters, numbers and one of $-_.+!*'(),",
        ));
    }
    Ok(given.to_owned())
}

fn check_name(name: &str) -> ServiceResult<()> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    // `*.example.org` is a wildcard, which is not implemented.
    if !name.contains('.') || name.len() > 253 || !name.split('.').all(label) {
        return Err(bad_request(format!("Invalid domain name {name}")));
    }
    Ok(())
}

/// A certificate of the Region in AWS Certificate Manager, which itself is not here: any ARN of one.
fn check_certificate(region: &str, arn: &str) -> ServiceResult<()> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", "aws", "acm", here, _, certificate]
            if *here == region && certificate.starts_with("certificate/") =>
        {
            Ok(())
        }
        _ => Err(bad_request(format!(
            "Invalid certificate ARN: {arn}. Certificate must be in '{region}'."
        ))),
    }
}

impl State {
    /// A domain name.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn domain(&self, name: &str) -> ServiceResult<&Domain> {
        self.domains
            .get(name)
            .ok_or_else(|| not_found("domain name"))
    }

    /// A domain name that is changed.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn domain_mut(&mut self, name: &str) -> ServiceResult<&mut Domain> {
        self.domains
            .get_mut(name)
            .ok_or_else(|| not_found("domain name"))
    }

    /// Creates a domain name.
    ///
    /// # Errors
    /// `BadRequestException`, `ConflictException`.
    pub fn create_domain(&mut self, region: &str, domain: Domain) -> ServiceResult<()> {
        check_name(&domain.name)?;
        check_certificate(region, &domain.certificate)?;
        domain.security.check("REGIONAL")?;
        if self.domains.contains_key(&domain.name) {
            return Err(conflict("The domain name you provided already exists."));
        }
        self.domains.insert(domain.name.clone(), domain);
        Ok(())
    }

    /// Changes what can be changed of a domain name.
    ///
    /// # Errors
    /// `BadRequestException`, `NotFoundException`.
    pub fn update_domain(
        &mut self,
        region: &str,
        name: &str,
        certificate: String,
        security: Security,
    ) -> ServiceResult<&mut Domain> {
        check_certificate(region, &certificate)?;
        security.check("REGIONAL")?;
        let domain = self.domain_mut(name)?;
        domain.certificate = certificate;
        domain.security = security;
        Ok(domain)
    }

    /// Creates a mapping, or replaces one.
    ///
    /// # Errors
    /// `BadRequestException`, `ConflictException` (when it is new and there already),
    /// `NotFoundException`.
    pub fn put_mapping(
        &mut self,
        domain: &str,
        base_path: &str,
        mapping: Mapping,
        new: bool,
    ) -> ServiceResult<()> {
        self.domain(domain)?;
        let api = self
            .apis
            .get(&mapping.api)
            .ok_or_else(|| bad_request("Invalid REST API identifier specified"))?;
        if let Some(stage) = &mapping.stage
            && !api.stages.contains_key(stage)
        {
            return Err(bad_request("Invalid stage identifier specified"));
        }
        let domain = self.domain_mut(domain)?;
        if new && domain.mappings.contains_key(base_path) {
            return Err(conflict("Base path already exists for this domain name"));
        }
        domain.mappings.insert(base_path.to_owned(), mapping);
        Ok(())
    }

    /// Takes a mapping away.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn delete_mapping(&mut self, domain: &str, base_path: &str) -> ServiceResult<()> {
        self.domain_mut(domain)?
            .mappings
            .remove(base_path)
            .map(|_| ())
            .ok_or_else(|| not_found("base path mapping"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(mappings: &[(&str, &str, Option<&str>)]) -> Domain {
        Domain {
            name: "register.example.org".to_owned(),
            id: "d-abc".to_owned(),
            certificate: "arn:aws:acm:us-east-1:000000000000:certificate/1".to_owned(),
            security: Security::default(),
            tags: BTreeMap::new(),
            created: Timestamp::UNIX_EPOCH,
            mappings: mappings
                .iter()
                .map(|(base, api, stage)| {
                    let mapping = Mapping {
                        api: (*api).to_owned(),
                        stage: stage.map(str::to_owned),
                    };
                    ((*base).to_owned(), mapping)
                })
                .collect(),
        }
    }

    #[test]
    fn a_path_leads_to_the_stage_of_its_mapping() {
        let both = domain(&[(NO_BASE_PATH, "whole", Some("v1")), ("other", "o", None)]);
        let to = |domain: &Domain, path: &str| {
            domain
                .destination(path)
                .map(|found| format!("{} {}", found.api, found.path))
        };
        for (path, expected) in [
            ("/", "whole /v1/"),
            ("/register", "whole /v1/register"),
            ("/others/x", "whole /v1/others/x"),
            ("/other", "o /"),
            ("/other/v2/x", "o /v2/x"),
        ] {
            assert_eq!(to(&both, path).as_deref(), Some(expected), "{path}");
        }
        assert_eq!(to(&domain(&[("other", "o", None)]), "/register"), None);
    }

    #[test]
    fn an_enhanced_policy_wants_an_access_mode() {
        let security = |policy: &str, mode: Option<&str>| Security {
            policy: Some(policy.to_owned()),
            access_mode: mode.map(str::to_owned),
        };
        let enhanced = "SecurityPolicy_TLS13_1_2_2021_06";
        assert!(security(enhanced, Some("STRICT")).check("REGIONAL").is_ok());
        assert!(security(enhanced, None).check("REGIONAL").is_err());
        assert!(security(enhanced, Some("LAX")).check("REGIONAL").is_err());
        assert!(security(enhanced, Some("BASIC")).check("EDGE").is_err());
        assert!(security("TLS_1_2", None).check("REGIONAL").is_ok());
        assert!(security("TLS_1_4", None).check("REGIONAL").is_err());
        assert!(Security::default().check("EDGE").is_ok());
    }

    #[test]
    fn what_is_no_domain_name_or_certificate_is_refused() {
        let mut state = State::default();
        let mut create = |name: &str, certificate: &str| {
            let mut made = domain(&[]);
            made.name = name.to_owned();
            made.certificate = certificate.to_owned();
            state.create_domain("us-east-1", made)
        };
        let right = "arn:aws:acm:us-east-1:000000000000:certificate/1";
        for name in [
            "localhost",
            "a..b",
            "-a.b",
            "A.example.org",
            "*.example.org",
            "",
        ] {
            assert!(create(name, right).is_err(), "{name}");
        }
        let elsewhere = "arn:aws:acm:eu-west-1:000000000000:certificate/1";
        for certificate in [
            "",
            "arn:aws:iam::000000000000:server-certificate/x",
            elsewhere,
        ] {
            assert!(
                create("a.example.org", certificate).is_err(),
                "{certificate}"
            );
        }
        assert!(create("a.example.org", right).is_ok());
        let again = create("a.example.org", right).unwrap_err();
        assert_eq!(again.code, "ConflictException");
    }
}
