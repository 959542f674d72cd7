//! Clients: where to, who, how often, how long.

use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::cloudformation::CloudFormation;
use super::consistency::Consistency;
use super::dynamodb::DynamoDb;
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

/// Tries of the request that opens a run.
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
}

/// Why there are no clients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// No Region is configured.
    #[error(
        "no Region is configured: give --region, or set AWS_REGION, or `region` in the profile"
    )]
    NoRegion,
    /// The endpoint is no URL.
    #[error("the endpoint `{url}` is no http:// or https:// URL")]
    Endpoint {
        /// As given.
        url: String,
    },
}

/// Makes the clients. Sends nothing, but for the credentials and Region of machines
/// on AWS, which ask the machine's metadata service.
///
/// # Errors
/// [`ConnectError`]
pub async fn connect(options: &Options) -> Result<Connection, ConnectError> {
    let (config, pace) = match &options.local {
        Some(local) => (local_config(local), Pace::unlimited()),
        None => (aws_config(options).await?, Pace::connect()),
    };
    let region = config.region().ok_or(ConnectError::NoRegion)?.to_string();
    Ok(Connection {
        ports: ports(&config, &Waiting::default(), &pace),
        region,
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
    // The first request of a run: without a network it should be told soon.
    let mut sts = aws_sdk_sts::config::Builder::from(config);
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

async fn aws_config(options: &Options) -> Result<SdkConfig, ConnectError> {
    if let Some(url) = &options.endpoint_url
        && !(url.starts_with("http://") || url.starts_with("https://"))
    {
        return Err(ConnectError::Endpoint { url: url.clone() });
    }
    let http = https();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http.clone())
        .retry_config(retry())
        .timeout_config(timeouts());
    if let Some(name) = app_name() {
        loader = loader.app_name(name);
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Some(profile) = &options.profile {
        // The SDK's own chain would prefer the environment's keys to the profile
        // that was asked for.
        let region = match &options.region {
            Some(region) => Some(Region::new(region.clone())),
            None => {
                aws_config::default_provider::region::Builder::default()
                    .profile_name(profile)
                    .build()
                    .region()
                    .await
            }
        };
        let provider = ProfileFileCredentialsProvider::builder()
            .configure(
                &ProviderConfig::without_region()
                    .with_region(region)
                    .with_http_client(http),
            )
            .profile_name(profile)
            .build();
        loader = loader.profile_name(profile).credentials_provider(provider);
    } else if let Some(keys) = &options.keys {
        // As in the SDK's own chain: before a profile that the environment names.
        loader = loader.credentials_provider(keys.credentials());
    }
    let config = loader.load().await;
    if config.region().is_none() {
        return Err(ConnectError::NoRegion);
    }
    Ok(config)
}

/// HTTPS by rustls with ring, the system's certificates and the environment's proxy.
fn https() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder().proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .build()
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
