//! Who deploys (STS) and where (Connect instances).

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_connect::types::{DirectoryType, InstanceStatus};
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;

use super::consistency::{About, Consistency};
use super::failure::Service;
use super::regions::{EVERYBODYS, must_be_enabled};
use super::wait::Waiting;
use crate::engine::error::{CredentialsFault, FailureKind, ServiceFailure};
use crate::engine::ports::{self, Account, Identity, Instance, PortResult, Progress, Silent};

const STS: Service = Service("STS");
const CONNECT: Service = Service("Connect");

/// Instances take minutes; one that takes longer is broken.
const CREATION: Duration = Duration::from_secs(20 * 60);
/// How long AWS may throttle the request that opens a run: others deploy too, and end.
const THROTTLED: Duration = Duration::from_secs(60);

/// Identity and instances.
pub struct ConnectAccount {
    sts: aws_sdk_sts::Client,
    connect: aws_sdk_connect::Client,
    region: String,
    waiting: Waiting,
    consistency: Consistency,
}

impl ConnectAccount {
    /// Over these clients.
    pub fn new(
        sts: aws_sdk_sts::Client,
        connect: aws_sdk_connect::Client,
        region: String,
        waiting: Waiting,
        consistency: Consistency,
    ) -> Self {
        Self {
            sts,
            connect,
            region,
            waiting,
            consistency,
        }
    }

    /// Who calls. Its client gives up soon, so that a network that is not there is told soon;
    /// who is throttled waits.
    async fn caller(&self) -> PortResult<GetCallerIdentityOutput> {
        let mut wait = self.waiting.at_most(THROTTLED);
        loop {
            let answer = self.sts.get_caller_identity().send().await;
            match answer.map_err(|error| STS.failure("GetCallerIdentity", error)) {
                Err(failure) if failure.kind == FailureKind::Throttled => {
                    if !wait.pause().await {
                        return Err(failure);
                    }
                }
                Err(failure) => return Err(self.explained(failure).await),
                Ok(caller) => return Ok(caller),
            }
        }
    }

    /// A Region that the account has not enabled does not know its keys, and says so in the
    /// words for keys that nobody knows (AWS Account Management Reference, "Enable or disable
    /// AWS Regions in your account"). A Region that every account has tells the one from the
    /// other; who calls may be asked without any permission.
    async fn explained(&self, failure: ServiceFailure) -> ServiceFailure {
        let unknown = FailureKind::Credentials(CredentialsFault::Unknown);
        if failure.kind != unknown || !must_be_enabled(&self.region) {
            return failure;
        }
        let there =
            aws_sdk_sts::Config::builder().region(aws_sdk_sts::config::Region::new(EVERYBODYS));
        let request = self.sts.get_caller_identity().customize();
        match request.config_override(there).send().await {
            Err(_) => failure,
            Ok(_) => ServiceFailure {
                kind: FailureKind::Credentials(CredentialsFault::NotEnabled),
                message: format!(
                    "{} (in {EVERYBODYS} these credentials are good)",
                    failure.message
                ),
                ..failure
            },
        }
    }

    async fn describe(&self, id: &str) -> PortResult<Option<(Instance, Option<String>)>> {
        let names = [id];
        let describe = || async {
            self.connect
                .describe_instance()
                .instance_id(id)
                .send()
                .await
                .map_err(|error| CONNECT.failure("DescribeInstance", error))
        };
        let about = About::names(&names);
        let found = match self.consistency.settled(about, &Silent, describe).await {
            Ok(found) => found.instance,
            Err(failure) if failure.kind == FailureKind::NotFound => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let found = found.ok_or_else(|| CONNECT.incomplete("DescribeInstance", "Instance"))?;
        let reason = found.status_reason.and_then(|reason| reason.message);
        let arn = found
            .arn
            .ok_or_else(|| CONNECT.incomplete("DescribeInstance", "Arn"))?;
        let instance = Instance {
            id: instance_id(&arn).to_owned(),
            arn,
            alias: found.instance_alias,
            status: status(found.instance_status),
        };
        Ok(Some((instance, reason)))
    }
}

fn status(status: Option<InstanceStatus>) -> ports::InstanceStatus {
    ports::InstanceStatus::parse(
        status
            .as_ref()
            .map(|status| status.as_str())
            .unwrap_or_default(),
    )
}

#[async_trait]
impl Account for ConnectAccount {
    async fn identity(&self) -> PortResult<Identity> {
        let caller = self.caller().await?;
        Ok(Identity {
            account: caller
                .account
                .ok_or_else(|| STS.incomplete("GetCallerIdentity", "Account"))?,
            arn: caller
                .arn
                .ok_or_else(|| STS.incomplete("GetCallerIdentity", "Arn"))?,
            region: self.region.clone(),
        })
    }

    async fn instance(&self, arn_or_id: &str) -> PortResult<Option<Instance>> {
        if let Some(region) = region_of(arn_or_id)
            && region != self.region
        {
            // Asked in the wrong Region, the service would say: not found.
            return Err(CONNECT.state(
                "DescribeInstance",
                FailureKind::Invalid,
                "wrong Region",
                format!(
                    "the instance is in {region}, and the Region in use is {}",
                    self.region
                ),
            ));
        }
        let found = self.describe(instance_id(arn_or_id)).await?;
        Ok(found
            .map(|(instance, _)| instance)
            // The same id in another account's ARN is another instance.
            .filter(|instance| !arn_or_id.starts_with("arn:") || instance.arn == arn_or_id))
    }

    async fn instances(&self) -> PortResult<Vec<Instance>> {
        let mut instances = Vec::new();
        let mut pages = self
            .connect
            .list_instances()
            .max_results(10)
            .into_paginator()
            .items()
            .send();
        while let Some(found) = pages.next().await {
            let found = found.map_err(|error| CONNECT.failure("ListInstances", error))?;
            let arn = found
                .arn
                .ok_or_else(|| CONNECT.incomplete("ListInstances", "Arn"))?;
            instances.push(Instance {
                id: instance_id(&arn).to_owned(),
                arn,
                alias: found.instance_alias,
                status: status(found.instance_status),
            });
        }
        Ok(instances)
    }

    async fn create_instance(&self, alias: &str, progress: &dyn Progress) -> PortResult<Instance> {
        const CREATE: &str = "CreateInstance";
        // Set here, so that every try of this call is the same call.
        let token = format!("{:032x}", fastrand::u128(..));
        let made = self
            .connect
            .create_instance()
            .client_token(token)
            .identity_management_type(DirectoryType::ConnectManaged)
            .instance_alias(alias)
            .inbound_calls_enabled(true)
            .outbound_calls_enabled(true)
            .send()
            .await
            .map_err(|error| CONNECT.failure(CREATE, error))?;
        let id = made.id.ok_or_else(|| CONNECT.incomplete(CREATE, "Id"))?;
        self.consistency.made(&id);
        progress.note(&format!("instance {alias} CREATION_IN_PROGRESS"));
        let mut wait = self.waiting.at_most(CREATION);
        while wait.pause().await {
            match wait.look(self.describe(&id).await)? {
                None => {}
                Some(None) => {
                    return Err(CONNECT.state(
                        CREATE,
                        FailureKind::NotFound,
                        "disappeared",
                        format!("instance {id} was created and is not there"),
                    ));
                }
                Some(Some((instance, reason))) => match &instance.status {
                    ports::InstanceStatus::Active => return Ok(instance),
                    ports::InstanceStatus::CreationInProgress => {}
                    status => {
                        return Err(CONNECT.state(
                            CREATE,
                            FailureKind::Other,
                            status.as_str(),
                            reason.unwrap_or_else(|| format!("the instance is {status}")),
                        ));
                    }
                },
            }
        }
        Err(CONNECT.gave_up(
            CREATE,
            format!(
                "instance {alias} is still being created after {} minutes",
                CREATION.as_secs() / 60
            ),
        ))
    }
}

/// The id of an instance given by ARN or id.
pub(super) fn instance_id(arn_or_id: &str) -> &str {
    arn_or_id.rsplit_once('/').map_or(arn_or_id, |(_, id)| id)
}

/// The Region in an ARN.
fn region_of(arn_or_id: &str) -> Option<&str> {
    arn_or_id
        .strip_prefix("arn:")?
        .split(':')
        .nth(2)
        .filter(|region| !region.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str =
        "arn:aws:connect:eu-west-2:111122223333:instance/2b6f1c1e-5a44-4a4b-9d3e-0c8a9a0f5a11";

    #[test]
    fn an_instance_is_named_by_arn_or_id() {
        assert_eq!(instance_id(ARN), "2b6f1c1e-5a44-4a4b-9d3e-0c8a9a0f5a11");
        assert_eq!(instance_id("2b6f"), "2b6f");
        assert_eq!(region_of(ARN), Some("eu-west-2"));
        assert_eq!(region_of("2b6f"), None);
    }
}
