//! Which profile of the AWS configuration is used, and what it says of credentials and of
//! the network. The SDK reads the rest of it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::error::Error;

use aws_config::profile::{Profile, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use super::{ConnectError, Variables};

/// Which profile is used, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Its name.
    pub name: String,
    /// Who names it.
    pub by: Chosen,
}

/// Who names a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// The command line. Its credentials go before those of the environment.
    Option,
    /// This variable.
    Variable(&'static str),
    /// Nobody: `default`, which need not be there.
    Nobody,
}

/// Where credentials come from, as far as it can be told before they are fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
    Environment,
    /// A profile.
    Profile {
        /// The one that has them: the end of a chain of `source_profile`.
        name: String,
        /// How it has them.
        kind: ProfileKind,
    },
    /// `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`.
    WebIdentity,
    /// The role of the container or the machine, if there is one.
    Machine,
    /// Keys of the embedded AWS.
    Local,
}

/// How a profile has credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileKind {
    /// `aws_access_key_id`.
    Keys,
    /// `sso_session` or `sso_start_url`: `aws sso login`.
    Sso,
    /// `login_session`: `aws login`.
    Login,
    /// `credential_process`.
    Process,
    /// `web_identity_token_file`.
    WebIdentity,
    /// `credential_source`: the environment, the container or the machine.
    Elsewhere,
    /// It has none.
    Nothing,
}

/// Which profile is used: that of the command line, then of `AWS_PROFILE`, then of
/// `AWS_DEFAULT_PROFILE`, which the AWS CLI reads beside it.
pub fn select(option: Option<&str>, variables: &dyn Variables) -> Selection {
    if let Some(name) = option {
        return Selection {
            name: name.to_owned(),
            by: Chosen::Option,
        };
    }
    ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]
        .into_iter()
        .find_map(|variable| {
            Some(Selection {
                name: variables.get(variable)?,
                by: Chosen::Variable(variable),
            })
        })
        .unwrap_or_else(|| Selection {
            name: "default".to_owned(),
            by: Chosen::Nobody,
        })
}

/// Reads the files `~/.aws/config` and `~/.aws/credentials`, or those that the environment
/// names instead.
///
/// # Errors
/// A file that is no configuration; a profile that is named and not there.
pub async fn load(selection: &Selection) -> Result<ProfileSet, ConnectError> {
    let name = Cow::Owned(selection.name.clone());
    let profiles =
        aws_config::profile::load(&Fs::real(), &Env::real(), &Default::default(), Some(name))
            .await
            .map_err(|error| {
                let reason = error
                    .source()
                    .map_or_else(|| error.to_string(), ToString::to_string);
                ConnectError::Configuration {
                    // It comes in two lines.
                    reason: reason.split_whitespace().collect::<Vec<_>>().join(" "),
                }
            })?;
    check(&profiles, selection)?;
    Ok(profiles)
}

fn check(profiles: &ProfileSet, selection: &Selection) -> Result<(), ConnectError> {
    if selection.by == Chosen::Nobody || profiles.get_profile(&selection.name).is_some() {
        return Ok(());
    }
    let known: BTreeSet<&str> = profiles.profiles().collect();
    Err(ConnectError::NoProfile {
        selection: selection.clone(),
        known: known.into_iter().map(ToOwned::to_owned).collect(),
    })
}

/// The profile and those that it takes credentials from, as the SDK goes through them: each
/// with a role names the next by `source_profile`; at one with keys of its own behind the first
/// it ends.
fn chain<'a>(profiles: &'a ProfileSet, name: &str) -> Vec<&'a Profile> {
    let mut chain: Vec<&Profile> = Vec::new();
    let mut next = profiles.get_profile(name);
    while let Some(profile) = next.take() {
        if chain.iter().any(|known| known.name() == profile.name()) {
            break;
        }
        chain.push(profile);
        let ends = chain.len() > 1 && profile.get("aws_access_key_id").is_some();
        if is_role(profile) && !ends {
            next = profile
                .get("source_profile")
                .and_then(|source| profiles.get_profile(source));
        }
    }
    chain
}

/// Whether a profile assumes a role with the credentials of another.
fn is_role(profile: &Profile) -> bool {
    profile.get("role_arn").is_some() && profile.get("web_identity_token_file").is_none()
}

/// Where the credentials of a profile come from.
pub fn source(profiles: &ProfileSet, name: &str) -> Option<Source> {
    let last = chain(profiles, name).pop()?;
    let has = |key| last.get(key).is_some();
    // In the order in which the SDK looks for them.
    let kind = if has("credential_source") {
        ProfileKind::Elsewhere
    } else if has("web_identity_token_file") {
        ProfileKind::WebIdentity
    } else if has("sso_session") || has("sso_start_url") {
        ProfileKind::Sso
    } else if has("login_session") {
        ProfileKind::Login
    } else if has("credential_process") {
        ProfileKind::Process
    } else if has("aws_access_key_id") {
        ProfileKind::Keys
    } else {
        ProfileKind::Nothing
    };
    Some(Source::Profile {
        name: last.name().to_owned(),
        kind,
    })
}

/// Refuses a role that asks for a code of a device: the SDK leaves `mfa_serial` unread and
/// would assume the role without, which is refused or gives less than the AWS CLI gets.
///
/// # Errors
/// [`ConnectError::Mfa`]
pub fn without_device(profiles: &ProfileSet, name: &str) -> Result<(), ConnectError> {
    let asks = chain(profiles, name)
        .into_iter()
        .filter(|profile| is_role(profile))
        .find_map(|profile| Some((profile, profile.get("mfa_serial")?)));
    match asks {
        None => Ok(()),
        Some((profile, serial)) => Err(ConnectError::Mfa {
            selected: name.to_owned(),
            profile: profile.name().to_owned(),
            serial: serial.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn profiles(config: &str) -> ProfileSet {
        let fs = Fs::from_slice(&[("config", config)]);
        let env = Env::from_slice(&[("AWS_CONFIG_FILE", "config")]);
        aws_config::profile::load(&fs, &env, &Default::default(), None)
            .await
            .unwrap()
    }

    fn selection(name: &str, by: Chosen) -> Selection {
        Selection {
            name: name.to_owned(),
            by,
        }
    }

    #[test]
    fn the_command_line_goes_before_the_environment() {
        let both = |name: &str| match name {
            "AWS_PROFILE" => Some("one".to_owned()),
            "AWS_DEFAULT_PROFILE" => Some("two".to_owned()),
            _ => None,
        };
        let second = |name: &str| both(name).filter(|_| name == "AWS_DEFAULT_PROFILE");
        assert_eq!(
            select(Some("mine"), &both),
            selection("mine", Chosen::Option)
        );
        assert_eq!(
            select(None, &both),
            selection("one", Chosen::Variable("AWS_PROFILE"))
        );
        assert_eq!(
            select(None, &second),
            selection("two", Chosen::Variable("AWS_DEFAULT_PROFILE"))
        );
        assert_eq!(
            select(None, &|_: &str| None),
            selection("default", Chosen::Nobody)
        );
    }

    #[tokio::test]
    async fn a_profile_that_is_named_must_be_there() {
        let profiles = profiles("[profile b]\nregion = x\n[default]\nregion = y\n").await;
        assert!(check(&profiles, &selection("b", Chosen::Option)).is_ok());
        assert!(check(&profiles, &selection("nosuch", Chosen::Nobody)).is_ok());
        let missing = selection("nosuch", Chosen::Variable("AWS_PROFILE"));
        assert_eq!(
            check(&profiles, &missing).unwrap_err().to_string(),
            "there is no profile `nosuch`, which AWS_PROFILE names; there are: b, default"
        );
    }

    #[tokio::test]
    async fn the_source_is_the_end_of_the_chain() {
        let profiles = profiles(
            "[profile keys]\naws_access_key_id = a\naws_secret_access_key = b\n\
             [profile sso]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n\
             [sso-session s]\nsso_region = us-east-1\nsso_start_url = https://x\n\
             [profile login]\nlogin_session = arn\n\
             [profile process]\ncredential_process = true\n\
             [profile web]\nrole_arn = r\nweb_identity_token_file = f\n\
             [profile role]\nrole_arn = r\nsource_profile = sso\n\
             [profile second]\nrole_arn = r\nsource_profile = role\n\
             [profile machine]\nrole_arn = r\ncredential_source = Ec2InstanceMetadata\n\
             [profile circle]\nrole_arn = r\nsource_profile = circle\n\
             [profile none]\nregion = x\n",
        )
        .await;
        for (name, end, kind) in [
            ("keys", "keys", ProfileKind::Keys),
            ("sso", "sso", ProfileKind::Sso),
            ("login", "login", ProfileKind::Login),
            ("process", "process", ProfileKind::Process),
            ("web", "web", ProfileKind::WebIdentity),
            ("role", "sso", ProfileKind::Sso),
            ("second", "sso", ProfileKind::Sso),
            ("machine", "machine", ProfileKind::Elsewhere),
            ("circle", "circle", ProfileKind::Nothing),
            ("none", "none", ProfileKind::Nothing),
        ] {
            let expected = Source::Profile {
                name: end.to_owned(),
                kind,
            };
            assert_eq!(source(&profiles, name), Some(expected), "{name}");
        }
        assert_eq!(source(&profiles, "nosuch"), None);
    }

    #[tokio::test]
    async fn a_role_that_asks_for_a_device_is_found_in_the_chain() {
        let profiles = profiles(
            "[profile base]\naws_access_key_id = a\naws_secret_access_key = b\nmfa_serial = no\n\
             [profile role]\nrole_arn = r\nsource_profile = base\nmfa_serial = arn:mfa\n\
             [profile second]\nrole_arn = r\nsource_profile = role\n",
        )
        .await;
        // Without a role it means nothing, to the AWS CLI neither.
        assert!(without_device(&profiles, "base").is_ok());
        for name in ["role", "second"] {
            assert_eq!(
                without_device(&profiles, name),
                Err(ConnectError::Mfa {
                    selected: name.to_owned(),
                    profile: "role".to_owned(),
                    serial: "arn:mfa".to_owned(),
                })
            );
        }
    }
}
