//! Credentials: from where, and fetched once before anything is asked of a service, so that
//! what is wrong with them is told as such, and soon.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use aws_config::Region;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future,
};

use super::Variables;
use super::profile::{self, Chosen, ProfileKind, Selection, Source};
use crate::aws::keys::Keys;

/// Where credentials come from: the profile of the command line, else the environment's keys,
/// else the profile, else what the SDK's chain has behind it.
pub fn source(
    profiles: &ProfileSet,
    selection: &Selection,
    keys: Option<&Keys>,
    variables: &dyn Variables,
) -> Source {
    let in_profile = profile::source(profiles, &selection.name);
    if selection.by == Chosen::Option {
        return in_profile.unwrap_or(Source::Machine);
    }
    if keys.is_some() {
        return Source::Environment;
    }
    let has_some = |source: &Source| {
        let empty = ProfileKind::Nothing;
        !matches!(source, Source::Profile { kind, .. } if *kind == empty)
    };
    if let Some(source) = in_profile.filter(has_some) {
        return source;
    }
    if variables.get("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() {
        return Source::WebIdentity;
    }
    Source::Machine
}

/// The provider of the credentials of a source. `config` has the Region, and whether the
/// endpoints that give them are of FIPS and dual-stack.
pub async fn provider(
    source: &Source,
    selection: &Selection,
    keys: Option<Keys>,
    config: &ProviderConfig,
    region: Region,
) -> SharedCredentialsProvider {
    if selection.by == Chosen::Option {
        // The SDK's own chain would prefer the environment's keys to the profile that was
        // asked for.
        let mut builder = ProfileFileCredentialsProvider::builder()
            .configure(config)
            .profile_name(&selection.name);
        if let Some(keys) = keys {
            // `credential_source = Environment`: they are not in there any more.
            builder = builder.with_custom_provider("Environment", keys.credentials());
        }
        return SharedCredentialsProvider::new(builder.build());
    }
    if *source == Source::Environment
        && let Some(keys) = keys
    {
        return SharedCredentialsProvider::new(keys.credentials());
    }
    let mut chain = DefaultCredentialsChain::builder()
        .configure(config.clone())
        .profile_name(&selection.name);
    chain.set_region(Some(region));
    SharedCredentialsProvider::new(chain.build().await)
}

/// A provider whose first credentials were fetched already: a program is not run twice for
/// them, nor somebody asked twice.
pub struct Fetched {
    first: Mutex<Option<Credentials>>,
    provider: SharedCredentialsProvider,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fetched")
    }
}

impl Fetched {
    /// Fetches the first.
    ///
    /// # Errors
    /// The provider's.
    pub async fn from(provider: SharedCredentialsProvider) -> Result<Self, CredentialsError> {
        let first = provider.provide_credentials().await?;
        Ok(Self {
            first: Mutex::new(Some(first)),
            provider,
        })
    }
}

impl ProvideCredentials for Fetched {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let first = self
            .first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match first {
            Some(credentials) => future::ProvideCredentials::ready(Ok(credentials)),
            None => self.provider.provide_credentials(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_types::os_shim_internal::{Env, Fs};

    async fn profiles(config: &str) -> ProfileSet {
        let fs = Fs::from_slice(&[("config", config)]);
        let env = Env::from_slice(&[("AWS_CONFIG_FILE", "config")]);
        aws_config::profile::load(&fs, &env, &Default::default(), None)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn the_source_is_where_the_aws_cli_looks_first() {
        let profiles =
            profiles("[profile p]\ncredential_process = true\n[default]\nregion = us-east-1\n")
                .await;
        let keys = Keys {
            access_key_id: "a".to_owned(),
            secret_access_key: "b".to_owned(),
            session_token: None,
        };
        let nothing = |_: &str| None;
        let selected = |name: &str, by| Selection {
            name: name.to_owned(),
            by,
        };
        let process = Source::Profile {
            name: "p".to_owned(),
            kind: ProfileKind::Process,
        };
        let variable = Chosen::Variable("AWS_PROFILE");
        let of =
            |name, by, keys: Option<&Keys>| source(&profiles, &selected(name, by), keys, &nothing);
        assert_eq!(of("p", Chosen::Option, Some(&keys)), process);
        assert_eq!(of("p", variable, Some(&keys)), Source::Environment);
        assert_eq!(of("p", variable, None), process);
        assert_eq!(of("default", Chosen::Nobody, None), Source::Machine);
        let pod = |name: &str| {
            (name == "AWS_WEB_IDENTITY_TOKEN_FILE").then(|| "/var/run/token".to_owned())
        };
        assert_eq!(
            source(&profiles, &selected("default", Chosen::Nobody), None, &pod),
            Source::WebIdentity
        );
    }

    #[tokio::test]
    async fn the_first_credentials_are_not_fetched_again() {
        #[derive(Debug)]
        struct Counting(Mutex<usize>);
        impl ProvideCredentials for Counting {
            fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
            where
                Self: 'a,
            {
                *self.0.lock().unwrap() += 1;
                let name = format!("key {}", self.0.lock().unwrap());
                future::ProvideCredentials::ready(Ok(Credentials::new(
                    name, "secret", None, None, "test",
                )))
            }
        }
        let counting = SharedCredentialsProvider::new(Counting(Mutex::new(0)));
        let fetched = Fetched::from(counting).await.unwrap();
        for expected in ["key 1", "key 2"] {
            let credentials = fetched.provide_credentials().await.unwrap();
            assert_eq!(credentials.access_key_id(), expected);
        }
    }
}
