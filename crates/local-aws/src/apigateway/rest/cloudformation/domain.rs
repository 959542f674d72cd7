//! `AWS::ApiGateway::DomainName` and `::BasePathMapping`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::apigateway::State;
use crate::apigateway::apis::bad_request;
use crate::apigateway::cloudformation::{id, only};
use crate::apigateway::rest::domains::{self, Domain, Mapping, Security};
use crate::core::error::ServiceResult;
use crate::core::property::declare;
use crate::core::resource::{Context, Created, Declared, Known, Resource};
use crate::core::world::World;

declare! {
    /// `AWS::ApiGateway::DomainName`.
    pub struct DomainName is "AWS::ApiGateway::DomainName" gives [
        "DomainNameArn", "RegionalDomainName", "RegionalHostedZoneId"
    ] {
        required domain_name: String => Name,
        optional endpoint_access_mode: String => Update,
        defaulted endpoint_configuration: EndpointConfiguration => Update,
        // Needed as long as edge-optimized domain names are not implemented.
        required regional_certificate_arn: String => Update,
        optional routing_mode: String => Update,
        optional security_policy: String => Update,
        optional tags: Value => Update,
    }
}

declare! {
    #[derive(Default)]
    struct EndpointConfiguration {
        optional ip_address_type: String,
        defaulted types: Vec<String>,
    }
}

impl DomainName {
    fn check(&self) -> ServiceResult<()> {
        let endpoint = &self.endpoint_configuration;
        let kind = endpoint.ip_address_type.as_deref();
        only("IpAddressType", kind, &["ipv4"])?;
        let routing = self.routing_mode.as_deref();
        only("RoutingMode", routing, &["BASE_PATH_MAPPING_ONLY"])?;
        match endpoint.types.as_slice() {
            // Without a type a domain name is edge-optimized.
            [] => only("endpoint type", Some("EDGE"), &["REGIONAL"]),
            [kind] => only("endpoint type of a domain name", Some(kind), &["REGIONAL"]),
            _ => Err(bad_request("Only one endpoint type may be given")),
        }
    }

    fn security(&self) -> Security {
        Security {
            policy: self.security_policy.clone(),
            access_mode: self.endpoint_access_mode.clone(),
        }
    }

    fn stored(world: &World, domain: &Domain) -> Created {
        Self::created(
            &domain.name,
            &[
                &domains::arn(&world.region, &domain.name),
                &domain.regional_name(&world.region),
                domains::HOSTED_ZONE,
            ],
        )
    }
}

impl Resource for DomainName {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        self.check()?;
        let domain = Domain {
            name: self.domain_name.clone(),
            id: format!("d-{}", id(context, 10)),
            certificate: self.regional_certificate_arn.clone(),
            security: self.security(),
            tags: context.tags(self.tags.as_ref()),
            created: context.call.now,
            mappings: BTreeMap::new(),
        };
        let created = Self::stored(context.world, &domain);
        context.world.write(|state| {
            let rest = &mut state.of_mut::<State>().rest;
            rest.create_domain(&context.world.region, domain)?;
            Ok(created)
        })
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        Ok(context.world.read(|state| {
            let domain = state.of::<State>().rest.domain(&self.domain_name).ok()?;
            context
                .owns(&domain.tags)
                .then(|| Self::stored(context.world, domain))
        }))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        self.check()?;
        let tags = context.tags(self.tags.as_ref());
        let security = self.security();
        let world = context.world;
        world.write(|state| {
            let rest = &mut state.of_mut::<State>().rest;
            let certificate = self.regional_certificate_arn;
            let domain =
                rest.update_domain(&world.region, known.physical_id, certificate, security)?;
            domain.tags = tags;
            Ok(Self::stored(world, domain))
        })
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        context.world.write(|state| {
            let rest = &mut state.of_mut::<State>().rest;
            rest.domains.remove(known.physical_id);
            Ok(())
        })
    }
}

declare! {
    /// `AWS::ApiGateway::BasePathMapping`. Its id is `DOMAIN|BASE_PATH` (resource schema,
    /// `primaryIdentifier`).
    pub struct BasePathMapping is "AWS::ApiGateway::BasePathMapping" gives [] {
        optional base_path: String => Replace,
        required domain_name: String => Replace,
        // Needed as long as mappings to nothing are not implemented.
        required rest_api_id: String => Update,
        optional stage: String => Update,
    }
}

impl BasePathMapping {
    fn put(self, context: &Context<'_>, new: bool) -> ServiceResult<Created> {
        let base_path = domains::base_path(self.base_path.as_deref())?;
        let created = Self::created(&format!("{}|{base_path}", self.domain_name), &[]);
        let mapping = Mapping {
            api: self.rest_api_id,
            stage: self.stage.filter(|stage| !stage.is_empty()),
        };
        context.world.write(|state| {
            let rest = &mut state.of_mut::<State>().rest;
            rest.put_mapping(&self.domain_name, &base_path, mapping, new)?;
            Ok(created)
        })
    }
}

impl Resource for BasePathMapping {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        self.put(context, true)
    }

    async fn update(self, context: &Context<'_>, _: Known<'_, Self>) -> ServiceResult<Created> {
        self.put(context, false)
    }

    /// A mapping that is gone, with its domain name or without, is a success.
    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let mapping = known.properties()?;
        let base_path = domains::base_path(mapping.base_path.as_deref())?;
        context.world.write(|state| {
            let rest = &mut state.of_mut::<State>().rest;
            if let Ok(domain) = rest.domain_mut(&mapping.domain_name) {
                domain.mappings.remove(&base_path);
            }
            Ok(())
        })
    }
}
