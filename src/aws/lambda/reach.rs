//! Who reaches a function, and which version they reach: policies, alias, URLs.

use super::changes::CONFLICT;
use super::{LIVE, Lambda, SERVICE, absent, policy};
use crate::aws::young::{Patience, VERSION};
use crate::engine::error::FailureKind;
use crate::engine::function_policy::{Place, Statement};
use crate::engine::ports::{Age, FunctionUrl, PortResult, Progress};

/// Where an alias points to.
#[derive(Debug, Default)]
pub(super) struct Alias {
    /// Its ARN.
    pub(super) arn: Option<String>,
    /// Its version.
    pub(super) version: Option<String>,
    /// The versions that it sends part of the calls to.
    pub(super) others: Vec<String>,
}

impl Alias {
    /// Whether all calls go to this version.
    pub(super) fn is_only(&self, version: &str) -> bool {
        self.version.as_deref() == Some(version) && self.others.is_empty()
    }
}

/// The qualifier of a place's policy.
pub(super) fn qualifier(place: Place) -> Option<&'static str> {
    match place {
        Place::Live => Some(LIVE),
        Place::Function => None,
    }
}

impl Lambda {
    /// The statements of a policy; none without a policy or alias.
    pub(super) async fn policy(&self, name: &str, place: Place) -> PortResult<Vec<Statement>> {
        const GET: &str = "GetPolicy";
        let answer = self
            .client
            .get_policy()
            .function_name(name)
            .set_qualifier(qualifier(place).map(str::to_owned))
            .send()
            .await;
        let found = match answer {
            Ok(found) => found.policy,
            Err(error) => absent(SERVICE.failure(GET, error))?,
        };
        match found {
            None => Ok(Vec::new()),
            Some(text) => policy::statements(&text, place).ok_or_else(|| {
                SERVICE.state(
                    GET,
                    FailureKind::Other,
                    "unreadable policy",
                    format!("the policy is not one: {text}"),
                )
            }),
        }
    }

    /// Where an alias points to; `None` without it.
    pub(super) async fn alias(&self, name: &str, alias: &str) -> PortResult<Option<Alias>> {
        let answer = self
            .client
            .get_alias()
            .function_name(name)
            .name(alias)
            .send()
            .await;
        match answer {
            Ok(found) => Ok(Some(Alias {
                arn: found.alias_arn,
                version: found.function_version,
                others: found
                    .routing_config
                    .and_then(|routing| routing.additional_version_weights)
                    .unwrap_or_default()
                    .into_iter()
                    .filter(|(_, weight)| *weight > 0.0)
                    .map(|(version, _)| version)
                    .collect(),
            })),
            Err(error) => absent(SERVICE.failure("GetAlias", error)),
        }
    }

    /// Points an alias at a version that this run published, making it if it is not there; its
    /// ARN. That the version is not known yet is waited for.
    pub(super) async fn point_alias(
        &self,
        name: &str,
        alias: &str,
        version: &str,
        progress: &dyn Progress,
    ) -> PortResult<String> {
        let mut patience = Patience::new(&self.waiting, Age::Young, progress);
        loop {
            match self.move_alias(name, alias, version).await {
                Ok(Some(arn)) => return Ok(arn),
                Ok(None) => {}
                Err(failure) => {
                    patience.after(failure).await?;
                    continue;
                }
            }
            // The alias is not there, or the function or the version is not: the answer tells.
            let failure = match self.make_alias(name, alias, version).await {
                Ok(arn) => return Ok(arn),
                Err(failure) => failure,
            };
            if failure.code != CONFLICT {
                patience.after(failure).await?;
                continue;
            }
            // An earlier try may have come through without its answer. Otherwise the alias was
            // there, and what is not known is the version.
            match self.alias(name, alias).await? {
                Some(there) if there.is_only(version) => {
                    return there
                        .arn
                        .ok_or_else(|| SERVICE.incomplete("GetAlias", "AliasArn"));
                }
                _ if patience.goes_on(&VERSION).await => {}
                _ => return Err(failure),
            }
        }
    }

    /// `None`: there is no such alias, or no such version.
    async fn move_alias(
        &self,
        name: &str,
        alias: &str,
        version: &str,
    ) -> PortResult<Option<String>> {
        const UPDATE: &str = "UpdateAlias";
        let moved = self
            .client
            .update_alias()
            .function_name(name)
            .name(alias)
            .function_version(version)
            // Without weights of an earlier, half-done move.
            .routing_config(aws_sdk_lambda::types::AliasRoutingConfiguration::builder().build())
            .send()
            .await;
        match moved {
            Ok(alias) => match alias.alias_arn {
                Some(arn) => Ok(Some(arn)),
                None => Err(SERVICE.incomplete(UPDATE, "AliasArn")),
            },
            Err(error) => absent(SERVICE.failure(UPDATE, error)),
        }
    }

    async fn make_alias(&self, name: &str, alias: &str, version: &str) -> PortResult<String> {
        const CREATE: &str = "CreateAlias";
        self.client
            .create_alias()
            .function_name(name)
            .name(alias)
            .function_version(version)
            .send()
            .await
            .map_err(|error| SERVICE.failure(CREATE, error))?
            .alias_arn
            .ok_or_else(|| SERVICE.incomplete(CREATE, "AliasArn"))
    }

    /// The URLs of the function and of all its aliases.
    pub(super) async fn urls(&self, name: &str) -> PortResult<Vec<FunctionUrl>> {
        let mut urls = Vec::new();
        let mut pages = self
            .client
            .list_function_url_configs()
            .function_name(name)
            .into_paginator()
            .items()
            .send();
        while let Some(found) = pages.next().await {
            match found {
                Ok(found) => urls.push(FunctionUrl {
                    alias: found.function_arn.split(':').nth(7).map(str::to_owned),
                    auth_type: found.auth_type.as_str().to_owned(),
                }),
                Err(error) => {
                    return absent(SERVICE.failure("ListFunctionUrlConfigs", error))
                        .map(Option::unwrap_or_default);
                }
            }
        }
        Ok(urls)
    }

    pub(super) async fn remove_permission(
        &self,
        name: &str,
        alias: Option<&str>,
        statement_id: &str,
        progress: &dyn Progress,
    ) -> PortResult<()> {
        let mut patience = Patience::new(&self.waiting, Age::Settled, progress);
        loop {
            let answer = self
                .client
                .remove_permission()
                .function_name(name)
                .set_qualifier(alias.map(str::to_owned))
                .statement_id(statement_id)
                .send()
                .await;
            let answer = answer.map_err(|error| SERVICE.failure("RemovePermission", error));
            match gone(answer) {
                Ok(()) => return Ok(()),
                Err(failure) => patience.after(failure).await?,
            }
        }
    }

    pub(super) async fn remove_url(
        &self,
        name: &str,
        alias: Option<&str>,
        progress: &dyn Progress,
    ) -> PortResult<()> {
        let mut patience = Patience::new(&self.waiting, Age::Settled, progress);
        loop {
            let answer = self
                .client
                .delete_function_url_config()
                .function_name(name)
                .set_qualifier(alias.map(str::to_owned))
                .send()
                .await;
            let answer = answer.map_err(|error| SERVICE.failure("DeleteFunctionUrlConfig", error));
            match gone(answer) {
                Ok(()) => return Ok(()),
                Err(failure) => patience.after(failure).await?,
            }
        }
    }

    pub(super) async fn remove(&self, name: &str, progress: &dyn Progress) -> PortResult<()> {
        let mut patience = Patience::new(&self.waiting, Age::Settled, progress);
        loop {
            let answer = self
                .client
                .delete_function()
                .function_name(name)
                .send()
                .await;
            let answer = answer.map_err(|error| SERVICE.failure("DeleteFunction", error));
            match gone(answer) {
                Ok(()) => return Ok(()),
                Err(failure) => patience.after(failure).await?,
            }
        }
    }
}

/// What is gone already is done.
fn gone<T>(answer: PortResult<T>) -> PortResult<()> {
    match answer {
        Ok(_) => Ok(()),
        Err(failure) => absent::<()>(failure).map(|_| ()),
    }
}
