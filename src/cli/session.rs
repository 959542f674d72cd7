//! A command's connection to its target: AWS, or the embedded one.

use std::time::Duration;

use super::arguments::Global;
use super::consistency::{self, Time};
use super::embedded::Embedded;
use super::error::{CommandError, Kind};
use super::folders;
use crate::aws::{self, LocalEndpoint};
use crate::engine::desired::Desired;
use crate::engine::error::EngineError;
use crate::engine::nearest::hint;
use crate::engine::ports::{Identity, Instance, InstanceStatus, Ports};
use crate::engine::prepare::Site;
use crate::manifest::Manifest;
use crate::ui::Ui;
use crate::ui::style::{DIM, paint};
use local_aws::store::Holder;
use local_aws::{Access, StateFolder};

/// The Region that the embedded AWS plays when none is named.
pub(super) const LOCAL_REGION: &str = "us-east-1";
/// How long a command waits for another that has the embedded AWS.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether an instance that is not there is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Create {
    /// After a question.
    Ask,
    /// At once.
    Unasked,
}

/// A target that answers.
pub(super) struct Session {
    /// Its services.
    pub(super) ports: Ports,
    /// Who deploys.
    pub(super) identity: Identity,
    /// The instance.
    pub(super) instance: Instance,
    /// The embedded AWS, when that is the target.
    pub(super) local: Option<Embedded>,
    /// Whose time passes.
    time: Time,
    /// How much of it had passed when the session began.
    before: Option<Duration>,
}

impl Session {
    /// `local` or `aws`.
    pub(super) fn target(&self) -> &'static str {
        if self.local.is_some() { "local" } else { "aws" }
    }

    /// Where solutions are deployed to.
    pub(super) fn site(&self) -> Site<'_> {
        Site {
            ports: &self.ports,
            identity: &self.identity,
            instance: &self.instance,
            target: self.target(),
        }
    }

    /// Tells what is wanted where it is wanted.
    pub(super) fn claim(&self, desired: &mut [Desired]) {
        for one in desired {
            one.instance.clone_from(&self.instance.id);
        }
    }

    /// How much of a virtual time passed since it was opened; `None` when it is the machine's.
    pub(super) fn passed(&self) -> Option<Duration> {
        Some(self.time.passed()?.saturating_sub(self.before?))
    }

    /// Ends it: the embedded AWS saves its state.
    pub(super) async fn close(self) {
        if let Some(local) = self.local {
            local.stop().await;
        }
    }
}

/// Connects to the target that the command line names.
///
/// # Errors
/// No target named, no credentials, no such instance, the embedded AWS in use.
pub(super) async fn open(
    ui: &Ui,
    global: &Global,
    manifest: &Manifest,
    create_instance: Option<Create>,
    access: Access,
) -> Result<Session, CommandError> {
    if !global.local && global.instance_arn.is_none() && global.instance_alias.is_none() {
        return Err(CommandError::new(Kind::Usage, "no target is named").hint(
            "--instance-arn ARN or --instance-alias NAME for AWS, --local for this machine",
        ));
    }
    consistency::check_target(global)?;
    if let Some(arn) = &global.instance_arn {
        check_arn(arn)?;
    }
    let time = Time::new(global);
    let local = if global.local {
        Some(start_local(ui, global, manifest, access, &time).await?)
    } else {
        None
    };
    // An embedded AWS that was left later than now has put its clock forward.
    let before = time.passed();
    let region = global.region.clone().or_else(|| {
        // arn:aws:connect:REGION:…
        let arn = global.instance_arn.as_deref()?;
        arn.split(':').nth(3).map(ToOwned::to_owned)
    });
    let options = aws::Options {
        region,
        profile: global.profile.clone(),
        endpoint_url: global.endpoint_url.clone(),
        keys: global.keys.clone(),
        local: local.as_ref().map(|embedded| LocalEndpoint {
            url: embedded.url(),
            region: embedded.region().to_owned(),
        }),
    };
    let connection = aws::connect_waiting(&options, &time.waiting()).await?;
    let ports = connection.ports;
    let identity = ports.account.identity().await.map_err(|failure| {
        CommandError::from(EngineError::Request {
            doing: "asking AWS who deploys",
            failure: Box::new(failure.clone()),
        })
        .explained(&failure, &connection.setting)
    })?;
    let instance = instance(ui, global, &ports, create_instance).await?;
    Ok(Session {
        ports,
        identity,
        instance,
        local,
        before,
        time,
    })
}

/// Refuses what is no ARN of an instance (Service Authorization Reference, "Amazon Connect":
/// `arn:${Partition}:connect:${Region}:${Account}:instance/${InstanceId}`).
fn check_arn(arn: &str) -> Result<(), CommandError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let is_one = match parts.as_slice() {
        ["arn", partition, "connect", region, account, resource] => {
            !partition.is_empty()
                && !region.is_empty()
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && resource
                    .strip_prefix("instance/")
                    .is_some_and(|id| !id.is_empty() && !id.contains(['/', ':']))
        }
        _ => false,
    };
    if is_one {
        return Ok(());
    }
    let error = CommandError::new(
        Kind::Usage,
        format!("`{arn}` is no ARN of a Connect instance"),
    )
    .hint("arn:aws:connect:REGION:ACCOUNT:instance/ID is needed, as `aws connect list-instances` gives it");
    Err(if arn.contains(':') {
        error
    } else {
        error.hint("an instance is named by its alias with --instance-alias")
    })
}

/// The embedded AWS that `vanity-deploy local` serves from the folder, else one for
/// the time of the command.
async fn start_local(
    ui: &Ui,
    global: &Global,
    manifest: &Manifest,
    access: Access,
    time: &Time,
) -> Result<Embedded, CommandError> {
    let path = folders::local(global, Some(manifest))?;
    // Who only looks makes nothing, not even a key.
    let folder = StateFolder {
        path,
        key: match access {
            Access::Full => folders::key()?,
            Access::Look => folders::key_to_look()?,
        },
    };
    let region = global
        .region
        .clone()
        .unwrap_or_else(|| LOCAL_REGION.to_owned());
    let start = || {
        local_aws::server::start(local_aws::Config {
            folder: Some(folder.clone()),
            access,
            region: region.clone(),
            // This server ends with the command; `vanity-deploy local` comes after it.
            public_port: Some(local_aws::server::DEFAULT_PORT),
            what: "vanity-deploy".to_owned(),
            clock: time.clock(),
            consistency: consistency::model(global),
            ..local_aws::Config::default()
        })
    };
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let mut told = false;
    loop {
        match start().await {
            Err(local_aws::StartError::Store(local_aws::store::StoreError::InUse {
                path,
                holder:
                    Holder {
                        served: Some(served),
                        ..
                    },
            })) => {
                if global.region.is_some() && region != served.region {
                    return Err(CommandError::new(
                        Kind::Failed,
                        format!(
                            "the embedded AWS that is served from {} is in {}, not in {region}",
                            path.display(),
                            served.region
                        ),
                    )
                    .hint("leave --region out, or use another --local-dir"));
                }
                consistency::check_served(global)?;
                let embedded = Embedded::served(served).await?;
                ui.note(&paint(
                    DIM,
                    format!("on the embedded AWS at {}", embedded.url()),
                ));
                return Ok(embedded);
            }
            Err(local_aws::StartError::Store(local_aws::store::StoreError::InUse {
                path,
                holder,
            })) if tokio::time::Instant::now() < deadline && !holder.what.ends_with("local") => {
                if !told {
                    ui.note(&format!(
                        "{} is in use by {holder}: waiting",
                        path.display()
                    ));
                    told = true;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            outcome => return Ok(Embedded::own(outcome?, region)),
        }
    }
}

async fn instance(
    ui: &Ui,
    global: &Global,
    ports: &Ports,
    create: Option<Create>,
) -> Result<Instance, CommandError> {
    let failed = |doing: &'static str| {
        move |failure| {
            CommandError::from(EngineError::Request {
                doing,
                failure: Box::new(failure),
            })
        }
    };
    if let Some(arn) = &global.instance_arn {
        let instance = ports
            .account
            .instance(arn)
            .await
            .map_err(failed("reading the instance"))?;
        return match instance {
            Some(instance) => active(instance),
            None => Err(CommandError::new(
                Kind::InvalidInput,
                format!("there is no instance {arn}"),
            )
            .hint("check the ARN, its Region, and the account of your credentials")),
        };
    }
    let instances = ports
        .account
        .instances()
        .await
        .map_err(failed("reading the instances"))?;
    let Some(alias) = &global.instance_alias else {
        // Only the local target needs no name: it is born with an instance.
        return match instances.into_iter().next() {
            Some(instance) => active(instance),
            None => Err(CommandError::new(
                Kind::Failed,
                "the embedded AWS has no instance",
            )),
        };
    };
    let aliases: Vec<String> = instances
        .iter()
        .filter_map(|instance| instance.alias.clone())
        .collect();
    match instances
        .into_iter()
        .find(|instance| instance.alias.as_ref() == Some(alias))
    {
        Some(instance) => active(instance),
        None if create.is_some() => {
            if create == Some(Create::Ask) {
                ask_for_instance(ui, alias).await?;
            }
            ports
                .account
                .create_instance(alias, ui.reporter())
                .await
                .map_err(failed("making the instance"))
        }
        None => Err(CommandError::new(
            Kind::InvalidInput,
            format!(
                "there is no instance with the alias `{alias}`{}",
                hint(alias, aliases.iter().map(String::as_str))
            ),
        )
        .hint("`up --create-instance` makes one")),
    }
}

/// An instance is not undone by `down`, and only a few may be made in a month.
async fn ask_for_instance(ui: &Ui, alias: &str) -> Result<(), CommandError> {
    let question = format!("There is no instance `{alias}`. Make one?");
    match ui.confirm(&question).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(CommandError::new(Kind::Refused, "no instance was made")),
        Err(no_terminal) => Err(CommandError::new(Kind::Refused, no_terminal.to_string())
            .hint("--yes makes the instance without asking")),
    }
}

fn active(instance: Instance) -> Result<Instance, CommandError> {
    if instance.status == InstanceStatus::Active {
        return Ok(instance);
    }
    Err(CommandError::new(
        Kind::Failed,
        format!("the instance {} is {}", instance.arn, instance.status),
    )
    .hint("it must be ACTIVE; try again when it is"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_arn_of_an_instance_is_told() {
        let id = "2b6f1c1e-5a44-4a4b-9d3e-0c8a9a0f5a11";
        for right in [
            format!("arn:aws:connect:eu-west-2:111122223333:instance/{id}"),
            format!("arn:aws-us-gov:connect:us-gov-west-1:111122223333:instance/{id}"),
        ] {
            assert_eq!(check_arn(&right), Ok(()));
        }
        for wrong in [
            "foo".to_owned(),
            id.to_owned(),
            format!("arn:aws:connect::111122223333:instance/{id}"),
            format!("arn:aws:connect:eu-west-2:1111:instance/{id}"),
            format!("arn:aws:lambda:eu-west-2:111122223333:instance/{id}"),
            format!("arn:aws:connect:eu-west-2:111122223333:instance/{id}/contact-flow/1"),
            "arn:aws:connect:eu-west-2:111122223333:instance/".to_owned(),
        ] {
            let error = check_arn(&wrong).unwrap_err();
            assert_eq!(error.kind, Kind::Usage);
            assert!(error.message.contains(&wrong), "{error:?}");
            assert_eq!(error.hints.len() == 2, !wrong.contains(':'), "{wrong}");
        }
    }
}
