//! Clients of AWS services inside a function.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

/// What Lambda's environment says about the account it runs in. What is missing shows when
/// a service is asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ENDPOINT_URL_<SERVICE>` or `AWS_ENDPOINT_URL`.
    pub endpoint_url: Option<String>,
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: Option<String>,
}

/// Without the secrets: settings end up in error messages.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("region", &self.region)
            .field("endpoint_url", &self.endpoint_url)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// How long a client waits, and how often it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until a connection stands.
    pub connect: Duration,
    /// For each try.
    pub attempt: Duration,
    /// Tries in all.
    pub attempts: u32,
}

impl Settings {
    /// Reads the settings for a service through `variable`. `service` is the service's id in
    /// the names of endpoint variables, e.g. `DYNAMODB`
    /// (AWS SDKs and Tools Reference Guide, "Service-specific endpoints").
    #[must_use]
    pub fn read(service: &str, variable: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self {
            region: given("AWS_REGION")
                .or_else(|| given("AWS_DEFAULT_REGION"))
                .unwrap_or_else(|| "us-east-1".to_owned()),
            endpoint_url: given(&format!("AWS_ENDPOINT_URL_{service}"))
                .or_else(|| given("AWS_ENDPOINT_URL")),
            access_key_id: given("AWS_ACCESS_KEY_ID").unwrap_or_default(),
            secret_access_key: given("AWS_SECRET_ACCESS_KEY").unwrap_or_default(),
            session_token: given("AWS_SESSION_TOKEN"),
        }
    }

    /// The configuration that a service's client is made of. Nothing is sent yet. The
    /// service's crate adds its behaviour version.
    #[must_use]
    pub fn sdk_config(self, patience: Patience) -> SdkConfig {
        let credentials = Credentials::from_keys(
            self.access_key_id,
            self.secret_access_key,
            self.session_token,
        );
        let plain = self
            .endpoint_url
            .as_deref()
            .is_some_and(|url| url.starts_with("http://"));
        // Without TLS no certificates are read.
        let http_client = if plain {
            Builder::new().build_http()
        } else {
            Builder::new()
                .tls_provider(tls::Provider::Rustls(
                    tls::rustls_provider::CryptoMode::Ring,
                ))
                .build_https()
        };
        let mut builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .retry_config(RetryConfig::standard().with_max_attempts(patience.attempts))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(patience.connect)
                    .operation_attempt_timeout(patience.attempt)
                    .build(),
            );
        builder.set_endpoint_url(self.endpoint_url);
        builder.build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &'static [(&str, &str)]) -> Settings {
        Settings::read("DYNAMODB", |name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn settings_come_from_the_environment() {
        let settings = environment(&[
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:2"),
            ("AWS_SESSION_TOKEN", ""),
        ]);
        assert_eq!(settings.endpoint_url.as_deref(), Some("http://127.0.0.1:2"));
        assert_eq!(settings.region, "eu-west-1");
        assert_eq!(settings.session_token, None);
    }

    #[test]
    fn secrets_are_not_shown() {
        let settings = environment(&[("AWS_SECRET_ACCESS_KEY", "sesame")]);
        assert!(!format!("{settings:?}").contains("sesame"));
    }

    #[test]
    fn the_configuration_goes_where_the_settings_say() {
        let config =
            environment(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")]).sdk_config(Patience {
                connect: Duration::from_millis(500),
                attempt: Duration::from_millis(900),
                attempts: 2,
            });
        assert_eq!(config.endpoint_url(), Some("http://127.0.0.1:1"));
        assert_eq!(config.retry_config().unwrap().max_attempts(), 2);
    }
}
