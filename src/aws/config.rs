//! Clients: where to, who, how often, how long.

mod credentials;
mod error;
mod network;
mod profile;
mod proxy;
mod trust;

use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

pub use error::ConnectError;
pub use profile::{Chosen, ProfileKind, Selection, Source};
pub use trust::Bundle;

use super::cloudformation::CloudFormation;
use super::consistency::Consistency;
use super::dynamodb::DynamoDb;
use super::failure::credentials::{Refusal, refusal};
use super::flows::ConnectFlows;
use super::instances::ConnectAccount;
use super::keys::Keys;
use super::lambda::Lambda;
use super::pace::Pace;
use super::resources::ConnectResources;
use super::retry::QuotaIsFinal;
use super::s3::S3;
use super::wait::Waiting;
use crate::engine::ports::Ports;

/// Tries of one request. Connect lets through two a second; with the pauses of the
/// standard mode this outlasts a burst of others.
const ATTEMPTS: u32 = 7;

/// Tries of the requests that open a run: those for credentials, and who they are of. Without
/// a network it should be told soon.
const FIRST_ATTEMPTS: u32 = 3;

/// Where the embedded AWS listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalEndpoint {
    /// Its URL, `http://127.0.0.1:PORT`.
    pub url: String,
    /// The Region it plays.
    pub region: String,
}

/// What the command line says about the connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The Region; without it that of the environment or the profile.
    pub region: Option<String>,
    /// The profile; its credentials go before those of the environment, as with
    /// the AWS CLI.
    pub profile: Option<String>,
    /// Another endpoint for all services; goes before `AWS_ENDPOINT_URL*`.
    pub endpoint_url: Option<String>,
    /// Keys that the environment gave, which has them no more.
    pub keys: Option<Keys>,
    /// The embedded AWS instead of AWS. Nothing is read of the environment then.
    pub local: Option<LocalEndpoint>,
}

/// Ports with clients behind them.
pub struct Connection {
    /// The ports.
    pub ports: Ports,
    /// The Region that the clients speak to.
    pub region: String,
    /// What its failures are explained by.
    pub setting: Setting,
}

/// How AWS is reached, for who explains why it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The Region.
    pub region: String,
    /// Where the credentials come from.
    pub source: Source,
    /// The variable that names the proxy that is used.
    pub proxy: Option<&'static str>,
    /// The authorities that are trusted instead of the system's.
    pub bundle: Option<Bundle>,
}

/// Variables of the environment. One that is set to nothing counts as not set.
pub trait Variables: Send + Sync {
    /// The value of one.
    fn get(&self, name: &str) -> Option<String>;
}

impl<F: Fn(&str) -> Option<String> + Send + Sync> Variables for F {
    fn get(&self, name: &str) -> Option<String> {
        self(name)
    }
}

/// Those of this process.
fn of_process(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Makes the clients, and fetches the credentials. Sends nothing else, but for the Region of
/// machines on AWS, which comes from the machine's metadata service.
///
/// # Errors
/// [`ConnectError`]
pub async fn connect(options: &Options) -> Result<Connection, ConnectError> {
    connect_waiting(options, &Waiting::default()).await
}

/// [`connect`], with clients that wait so.
///
/// # Errors
/// As [`connect`].
pub async fn connect_waiting(
    options: &Options,
    waiting: &Waiting,
) -> Result<Connection, ConnectError> {
    let (config, pace, setting) = match &options.local {
        Some(local) => {
            let setting = Setting {
                region: local.region.clone(),
                source: Source::Local,
                proxy: None,
                bundle: None,
            };
            (local_config(local), Pace::unlimited(), setting)
        }
        None => {
            let (config, setting) = aws_config(options, &of_process).await?;
            (config, Pace::connect(), setting)
        }
    };
    let region = config.region().map(ToString::to_string).unwrap_or_default();
    Ok(Connection {
        ports: ports(&config, waiting, &pace),
        region,
        setting,
    })
}

/// Ports over a configuration.
pub(super) fn ports(config: &SdkConfig, waiting: &Waiting, pace: &Pace) -> Ports {
    let connect = aws_sdk_connect::Client::from_conf(
        aws_sdk_connect::config::Builder::from(config)
            .retry_classifier(QuotaIsFinal)
            .build(),
    );
    let cloudformation = aws_sdk_cloudformation::Client::from_conf(
        aws_sdk_cloudformation::config::Builder::from(config)
            .retry_classifier(QuotaIsFinal)
            .build(),
    );
    let lambda = aws_sdk_lambda::Client::from_conf(
        aws_sdk_lambda::config::Builder::from(config)
            .retry_classifier(QuotaIsFinal)
            .build(),
    );
    let mut sts = aws_sdk_sts::config::Builder::from(config);
    sts.set_timeout_config(Some(first_timeouts()));
    sts.set_retry_config(
        config
            .retry_config()
            .map(|retry| retry.clone().with_max_attempts(FIRST_ATTEMPTS)),
    );
    let sts = aws_sdk_sts::Client::from_conf(sts.build());
    // DynamoDB means a passing limit on parallel changes of tables by
    // LimitExceededException: its client keeps the SDK's classifiers alone.
    let dynamodb = aws_sdk_dynamodb::Client::new(config);
    // A bucket is no host name of an endpoint that somebody else named.
    let s3 = aws_sdk_s3::Client::from_conf(
        aws_sdk_s3::config::Builder::from(config)
            .force_path_style(config.endpoint_url().is_some())
            .build(),
    );
    let region = config.region().map(ToString::to_string).unwrap_or_default();
    let consistency = Consistency::new(waiting.clone());
    Ports {
        account: Box::new(ConnectAccount::new(
            sts,
            connect.clone(),
            region,
            waiting.clone(),
            consistency.clone(),
        )),
        stacks: Box::new(CloudFormation::new(cloudformation, waiting.clone())),
        functions: Box::new(Lambda::new(lambda, waiting.clone())),
        flows: Box::new(ConnectFlows::new(
            connect.clone(),
            waiting.clone(),
            pace.clone(),
            consistency.clone(),
        )),
        resources: Box::new(ConnectResources::new(
            connect,
            waiting.clone(),
            pace.clone(),
            consistency,
        )),
        tables: Box::new(DynamoDb::new(dynamodb, waiting.clone())),
        objects: Box::new(S3::new(s3)),
    }
}

/// A configuration for the embedded AWS: nothing is loaded from anywhere.
pub(super) fn local_config(local: &LocalEndpoint) -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "vanity-deploy local");
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(local.region.clone()))
        .endpoint_url(&local.url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(Builder::new().build_http())
        // Its faults are injected and its throttling is asked for: both pass soon.
        .retry_config(
            retry()
                .with_initial_backoff(Duration::from_millis(50))
                .with_max_backoff(Duration::from_secs(2)),
        )
        .timeout_config(timeouts());
    config.set_app_name(app_name());
    config.build()
}

/// What the environment and the configuration files say of credentials and of whom to trust.
struct Said {
    selection: Selection,
    keys: Option<Keys>,
    source: Source,
    bundle: Option<Bundle>,
}

async fn said(options: &Options, variables: &dyn Variables) -> Result<Said, ConnectError> {
    let selection = profile::select(options.profile.as_deref(), variables);
    let profiles = profile::load(&selection).await?;
    let keys = options
        .keys
        .clone()
        .or_else(|| Keys::of(|name| variables.get(name)));
    if keys.is_none()
        && selection.by != Chosen::Option
        && variables.get("AWS_ACCESS_KEY_ID").is_some()
    {
        return Err(ConnectError::HalfOfKeys);
    }
    let source = credentials::source(&profiles, &selection, keys.as_ref(), variables);
    if matches!(source, Source::Profile { .. }) {
        profile::without_device(&profiles, &selection.name)?;
    }
    let bundle = trust::named(profiles.get("ca_bundle"), variables);
    Ok(Said {
        selection,
        keys,
        source,
        bundle,
    })
}

async fn aws_config(
    options: &Options,
    variables: &dyn Variables,
) -> Result<(SdkConfig, Setting), ConnectError> {
    if let Some(url) = &options.endpoint_url
        && !(url.starts_with("http://") || url.starts_with("https://"))
    {
        return Err(ConnectError::Endpoint { url: url.clone() });
    }
    proxy::check(variables)?;
    let Said {
        selection,
        keys,
        source,
        bundle,
    } = said(options, variables).await?;
    let trust = bundle.as_ref().map(trust::store).transpose()?;
    let http = network::client(trust);
    let first = ProviderConfig::without_region()
        .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
        .with_http_client(http.clone())
        .with_retry_config(retry().with_max_attempts(FIRST_ATTEMPTS))
        .with_timeout_config(first_timeouts());
    let region = region(options, &selection, &first).await?;
    let setting = Setting {
        region: region.to_string(),
        source,
        proxy: proxy::in_use(variables),
        bundle,
    };
    let config = without_credentials(options, &selection, region.clone(), http).await;
    let first = first
        .with_region(Some(region.clone()))
        .with_use_fips(config.use_fips())
        .with_use_dual_stack(config.use_dual_stack());
    let provider = credentials::provider(&setting.source, &selection, keys, &first, region).await;
    let fetched = credentials::Fetched::from(provider)
        .await
        .map_err(|error| ConnectError::Credentials {
            refusal: match (&setting.source, &error) {
                // The SDK tells each place where it looked, at length.
                (Source::Machine, CredentialsError::CredentialsNotLoaded(_)) => Refusal::nowhere(),
                _ => refusal(&error),
            },
            setting: Box::new(setting.clone()),
        })?;
    let provider = SharedCredentialsProvider::new(fetched);
    let config = config.into_builder().credentials_provider(provider).build();
    Ok((config, setting))
}

/// All of the configuration but for the credentials.
async fn without_credentials(
    options: &Options,
    selection: &Selection,
    region: Region,
    http: SharedHttpClient,
) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .retry_config(retry())
        .timeout_config(timeouts())
        .profile_name(&selection.name)
        .region(region)
        .no_credentials();
    if let Some(name) = app_name() {
        loader = loader.app_name(name);
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader.load().await
}

/// The Region of the command line, else of the environment, the profile or the machine.
async fn region(
    options: &Options,
    selection: &Selection,
    config: &ProviderConfig,
) -> Result<Region, ConnectError> {
    if let Some(region) = &options.region {
        return Ok(Region::new(region.clone()));
    }
    let profile = ProfileFileRegionProvider::builder()
        .configure(config)
        .profile_name(&selection.name)
        .build();
    let machine = ImdsRegionProvider::builder().configure(config).build();
    RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(profile)
        .or_else(machine)
        .region()
        .await
        .ok_or_else(|| ConnectError::NoRegion {
            selection: selection.clone(),
        })
}

fn retry() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(60))
        .build()
}

/// Those of the requests that open a run, which are answered at once or not at all.
fn first_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(10))
        .build()
}

fn app_name() -> Option<AppName> {
    AppName::new("vanity-deploy").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_endpoint_without_a_scheme_is_refused() {
        let options = Options {
            endpoint_url: Some("localhost:4566".to_owned()),
            ..Options::default()
        };
        assert_eq!(
            connect(&options).await.err(),
            Some(ConnectError::Endpoint {
                url: "localhost:4566".to_owned()
            })
        );
    }

    #[tokio::test]
    async fn nobody_at_the_local_endpoint_is_told_as_such() {
        // Bound and dropped: nobody listens there.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", free.local_addr().unwrap());
        drop(free);
        let options = Options {
            local: Some(LocalEndpoint {
                url,
                region: "eu-west-2".to_owned(),
            }),
            ..Options::default()
        };
        let connection = connect(&options).await.unwrap();
        assert_eq!(connection.region, "eu-west-2");
        let failure = connection.ports.account.identity().await.unwrap_err();
        assert_eq!(failure.kind, crate::engine::error::FailureKind::Unreachable);
        assert!(failure.message.contains("refused"), "{failure}");
    }

    #[test]
    fn the_application_is_named_to_aws() {
        assert!(app_name().is_some());
    }
}
