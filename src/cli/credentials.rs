//! What to do about credentials that are not there or not accepted, and about a network that
//! AWS is not reached by.

use super::error::{CommandError, Kind, kind_of_failure};
use crate::aws::regions::must_be_enabled;
use crate::aws::{Bundle, ConnectError, ProfileKind, Setting, Source};
use crate::engine::error::{CredentialsFault, FailureKind};

/// What to do about a failure of credentials or of the network; nothing for any other.
/// `setting` is how AWS is reached, where it is known.
pub fn hints(kind: FailureKind, setting: Option<&Setting>) -> Vec<String> {
    match kind {
        FailureKind::Credentials(fault) => about_credentials(fault, setting),
        FailureKind::Untrusted => vec![about_trust(setting.and_then(|one| one.bundle.as_ref()))],
        FailureKind::Unreachable => vec![about_network(setting)],
        _ => Vec::new(),
    }
}

fn about_credentials(fault: CredentialsFault, setting: Option<&Setting>) -> Vec<String> {
    let region = setting.map(|one| one.region.as_str());
    let source = setting.map_or(&Source::Machine, |one| &one.source);
    match fault {
        CredentialsFault::Missing => vec![sign_in(source)],
        CredentialsFault::Source => vec![mend(source)],
        CredentialsFault::Denied => vec![permit(source)],
        CredentialsFault::Expired => vec![renew(source)],
        CredentialsFault::Unknown => {
            let mut hints = vec![format!(
                "AWS does not know {}, or knows them no longer: {}",
                whose(source),
                renewal(source)
            )];
            if let Some(region) = region.filter(|region| must_be_enabled(region)) {
                hints.push(format!(
                    "they may be good and the Region {region} not enabled for their account: \
                     `aws account get-region-opt-status --region-name {region}` tells, \
                     `aws account enable-region --region-name {region}` enables it"
                ));
            }
            hints
        }
        CredentialsFault::Signature => vec![format!(
            "the secret key is not that of the key id: check {} for one that is cut off or of \
             another key",
            whose(source)
        )],
        CredentialsFault::Clock => vec![
            "set the clock of this machine (`timedatectl set-ntp true` on Linux) and run the same \
             command again: a signature holds for five minutes"
                .to_owned(),
        ],
        CredentialsFault::NotEnabled => vec![match region {
            Some(region) => format!(
                "the account has not enabled the Region {region}, or not signed up for the \
                 service: `aws account enable-region --region-name {region}` enables the Region; \
                 a session token of the global endpoint of STS is not good in it either"
            ),
            None => {
                "the account has not enabled the Region or not signed up for the service".to_owned()
            }
        }],
    }
}

/// The credentials of a source, in words.
fn whose(source: &Source) -> String {
    match source {
        Source::Environment => "the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned(),
        Source::Profile { name, .. } => format!("the credentials of the profile `{name}`"),
        Source::WebIdentity | Source::Machine | Source::Local => "the credentials".to_owned(),
    }
}

/// How to get credentials where there are none.
fn sign_in(source: &Source) -> String {
    match source {
        Source::Profile { name, .. } => format!(
            "the profile `{name}` has no credentials: `aws login --profile {name}` or \
             `aws configure sso --profile {name}` gives it some"
        ),
        _ => "sign in (`aws login`, `aws sso login`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and \
              AWS_SECRET_ACCESS_KEY; `--local` needs none"
            .to_owned(),
    }
}

/// What to do about a source that gives nothing.
fn mend(source: &Source) -> String {
    match source {
        Source::Profile { name, kind } => match kind {
            ProfileKind::Sso => format!("sign in: `aws sso login --profile {name}`"),
            ProfileKind::Login => format!("sign in: `aws login --profile {name}`"),
            ProfileKind::Process => format!(
                "run the credential_process of the profile `{name}` by hand; of the environment \
                 it is given what builds are given, AWS_* and what --build-env names"
            ),
            ProfileKind::WebIdentity => web_identity(),
            ProfileKind::Keys | ProfileKind::Elsewhere | ProfileKind::Nothing => format!(
                "check the profile and those that it takes credentials from (`{name}` is the last)"
            ),
        },
        Source::WebIdentity => web_identity(),
        Source::Environment | Source::Machine | Source::Local => sign_in(source),
    }
}

/// What lets a role be had.
fn permit(source: &Source) -> String {
    match source {
        Source::Profile {
            name,
            kind: ProfileKind::Sso,
        } => format!(
            "the account and the role of the profile `{name}` (sso_account_id, sso_role_name) must \
             be among those that the access portal lists for you; a role that is assumed with them \
             (role_arn) must exist, and its trust policy must let them"
        ),
        Source::WebIdentity
        | Source::Profile {
            kind: ProfileKind::WebIdentity,
            ..
        } => web_identity(),
        source => format!(
            "the role must exist, its trust policy must let {} assume it, and so must their own \
             policies (sts:AssumeRole)",
            whose(source)
        ),
    }
}

fn web_identity() -> String {
    "check the role's ARN, that its trust policy names the provider of the token and who it is \
     for, and that the token in the file is new"
        .to_owned()
}

fn renew(source: &Source) -> String {
    format!("{} have expired: {}", whose(source), renewal(source))
}

fn renewal(source: &Source) -> String {
    match source {
        Source::Environment => {
            "set new ones, AWS_SESSION_TOKEN with them, or unset all three to use a profile"
                .to_owned()
        }
        Source::Profile { name, kind } => match kind {
            ProfileKind::Sso => format!("`aws sso login --profile {name}`"),
            ProfileKind::Login => format!("`aws login --profile {name}`"),
            ProfileKind::Keys => format!("`aws configure --profile {name}` takes new ones"),
            ProfileKind::Process => "see what its credential_process gives".to_owned(),
            ProfileKind::WebIdentity => "see that the token in its file is new".to_owned(),
            ProfileKind::Elsewhere | ProfileKind::Nothing => "fetch new ones".to_owned(),
        },
        Source::WebIdentity => {
            "see that the token in AWS_WEB_IDENTITY_TOKEN_FILE is new".to_owned()
        }
        Source::Machine | Source::Local => {
            "sign in (`aws login`, `aws sso login`), or set new ones \
                                            in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                .to_owned()
        }
    }
}

fn about_trust(bundle: Option<&Bundle>) -> String {
    match bundle {
        Some(Bundle { path, named_by }) => format!(
            "{named_by} names {path}, and no other authority is trusted: it must hold the one \
             that signed this certificate"
        ),
        None => "where a proxy or firewall opens TLS, name the file (PEM) with its certificate \
                 authority in AWS_CA_BUNDLE, or in `ca_bundle` in the profile; a clock that is \
                 wrong makes certificates expired too"
            .to_owned(),
    }
}

fn about_network(setting: Option<&Setting>) -> String {
    match setting.and_then(|one| one.proxy) {
        Some(variable) => format!(
            "check the network, the proxy that {variable} names, and the Region; NO_PROXY names \
             what is reached without it"
        ),
        None => "check the network, the Region and --endpoint-url; where AWS is reached through a \
                 proxy alone, name it in HTTPS_PROXY"
            .to_owned(),
    }
}

/// What to do when there are no clients at all.
fn without_clients(error: &ConnectError) -> Vec<String> {
    match error {
        ConnectError::NoRegion { selection } => vec![format!(
            "give --region, or set AWS_REGION, or `region` in the profile `{}`",
            selection.name
        )],
        ConnectError::NoProfile { .. } => vec![
            "`aws configure list-profiles` lists them; in ~/.aws/config one is headed \
             [profile NAME]"
                .to_owned(),
        ],
        ConnectError::Mfa { selected, .. } => vec![format!(
            "`eval \"$(aws configure export-credentials --profile {selected} --format env)\"` asks \
             for the code and hands its keys on; then run the same command without --profile"
        )],
        ConnectError::Bundle { .. } => vec![
            "a file (PEM) with the certificate authorities to trust instead of the system's is \
             needed"
                .to_owned(),
        ],
        ConnectError::Proxy { .. } => vec!["http://HOST:PORT is needed".to_owned()],
        ConnectError::HalfOfKeys => {
            vec!["set both, or unset the one to use a profile".to_owned()]
        }
        ConnectError::Credentials { refusal, setting } => hints(refusal.kind, Some(setting)),
        ConnectError::Endpoint { .. } | ConnectError::Configuration { .. } => Vec::new(),
    }
}

impl From<ConnectError> for CommandError {
    fn from(error: ConnectError) -> Self {
        let kind = match &error {
            ConnectError::NoRegion { .. } | ConnectError::Endpoint { .. } => Kind::Usage,
            ConnectError::NoProfile { .. }
            | ConnectError::Configuration { .. }
            | ConnectError::HalfOfKeys
            | ConnectError::Mfa { .. } => Kind::Credentials,
            ConnectError::Bundle { .. } | ConnectError::Proxy { .. } => Kind::Failed,
            ConnectError::Credentials { refusal, .. } => kind_of_failure(refusal.kind),
        };
        let mut this = Self::new(kind, error.to_string());
        if let ConnectError::Credentials { refusal, .. } = &error {
            this = this.because(format!("{}: {}", refusal.code, refusal.message));
        }
        this.hints = without_clients(&error);
        this
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(region: &str, source: Source) -> Setting {
        Setting {
            region: region.to_owned(),
            source,
            proxy: None,
            bundle: None,
        }
    }

    fn profile(kind: ProfileKind) -> Source {
        Source::Profile {
            name: "work".to_owned(),
            kind,
        }
    }

    #[test]
    fn each_way_to_sign_in_is_named() {
        let all = [
            Source::Environment,
            Source::WebIdentity,
            Source::Machine,
            profile(ProfileKind::Keys),
            profile(ProfileKind::Sso),
            profile(ProfileKind::Login),
            profile(ProfileKind::Process),
            profile(ProfileKind::WebIdentity),
            profile(ProfileKind::Elsewhere),
            profile(ProfileKind::Nothing),
        ];
        let faults = [
            CredentialsFault::Missing,
            CredentialsFault::Source,
            CredentialsFault::Denied,
            CredentialsFault::Expired,
            CredentialsFault::Unknown,
            CredentialsFault::Signature,
            CredentialsFault::Clock,
            CredentialsFault::NotEnabled,
        ];
        let mut table = String::new();
        for fault in faults {
            table.push_str(&format!("{fault:?}\n"));
            let mut told = Vec::new();
            for source in &all {
                let setting = setting("eu-west-2", source.clone());
                let hints = hints(FailureKind::Credentials(fault), Some(&setting)).join(" // ");
                if !told.contains(&hints) {
                    table.push_str(&format!("  {hints}\n"));
                    told.push(hints);
                }
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn a_region_that_must_be_enabled_is_named_as_such() {
        let of = |region: &str| {
            hints(
                FailureKind::Credentials(CredentialsFault::Unknown),
                Some(&setting(region, Source::Environment)),
            )
            .len()
        };
        assert_eq!(of("af-south-1"), 2);
        assert_eq!(of("us-east-1"), 1);
        assert_eq!(of("us-gov-west-1"), 1);
        assert_eq!(of("cn-north-1"), 1);
    }

    #[test]
    fn the_network_is_explained_by_what_is_set() {
        let mut setting = setting("us-east-1", Source::Machine);
        let of = |kind, setting: &Setting| hints(kind, Some(setting)).concat();
        assert!(of(FailureKind::Unreachable, &setting).contains("name it in HTTPS_PROXY"));
        assert!(of(FailureKind::Untrusted, &setting).contains("AWS_CA_BUNDLE"));
        setting.proxy = Some("https_proxy");
        setting.bundle = Some(Bundle {
            path: "ca.pem".to_owned(),
            named_by: "ca_bundle",
        });
        assert!(of(FailureKind::Unreachable, &setting).contains("https_proxy names"));
        assert!(of(FailureKind::Untrusted, &setting).contains("ca_bundle names ca.pem"));
        assert!(hints(FailureKind::Quota, Some(&setting)).is_empty());
    }
}
