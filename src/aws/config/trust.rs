//! The certificate authorities that the user names, instead of the system's.

use std::path::Path;

use aws_smithy_http_client::tls::TrustStore;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::{ConnectError, Variables};

/// A file of certificate authorities, and who names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The file.
    pub path: String,
    /// `AWS_CA_BUNDLE`, `ca_bundle` or `REQUESTS_CA_BUNDLE`.
    pub named_by: &'static str,
}

/// The file that is named, if one is: by `AWS_CA_BUNDLE`, then by the profile, then by
/// `REQUESTS_CA_BUNDLE`, as botocore reads them (`configprovider.py`, `endpoint.py`).
pub fn named(in_profile: Option<&str>, variables: &dyn Variables) -> Option<Bundle> {
    let of = |named_by, path: Option<String>| {
        let path = path.filter(|path| !path.is_empty())?;
        Some(Bundle { path, named_by })
    };
    of("AWS_CA_BUNDLE", variables.get("AWS_CA_BUNDLE"))
        .or_else(|| of("ca_bundle", in_profile.map(ToOwned::to_owned)))
        .or_else(|| of("REQUESTS_CA_BUNDLE", variables.get("REQUESTS_CA_BUNDLE")))
}

/// Trust in the authorities of a file and in no other, as with the AWS CLI.
///
/// # Errors
/// [`ConnectError::Bundle`]: it cannot be read, or has no certificate that can be used.
pub fn store(bundle: &Bundle) -> Result<TrustStore, ConnectError> {
    let wrong = |reason: String| ConnectError::Bundle {
        bundle: bundle.clone(),
        reason,
    };
    let bytes = safe_files::read_regular(Path::new(&bundle.path))
        .map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let authorities = authorities(&bytes).map_err(|reason| wrong(reason.to_owned()))?;
    Ok(authorities.into_iter().fold(
        // Without the system's.
        TrustStore::empty(),
        TrustStore::with_pem_certificate,
    ))
}

/// The authorities of a PEM file, each as PEM of its own. One that cannot be used is left
/// aside, as of the system's; the HTTP client would end the program at it.
fn authorities(bytes: &[u8]) -> Result<Vec<String>, &'static str> {
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(bytes)
        .collect::<Result<_, _>>()
        .map_err(|_| "is damaged: a certificate in it is cut off, or is no Base64")?;
    if certificates.is_empty() {
        return Err("has no certificate in it: PEM is needed (-----BEGIN CERTIFICATE-----)");
    }
    let usable: Vec<String> = certificates
        .into_iter()
        .filter(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok())
        .map(|certificate| pem(&certificate))
        .collect();
    if usable.is_empty() {
        return Err("has no certificate in it that can be read");
    }
    Ok(usable)
}

fn pem(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHORITY: &str = include_str!("../../../tests/it/certificates/authority.pem");

    #[test]
    fn the_environment_goes_before_the_profile() {
        let by = |in_profile: Option<&str>, set: &[&str]| {
            let set: Vec<String> = set.iter().map(ToString::to_string).collect();
            named(in_profile, &move |name: &str| {
                set.iter().any(|one| one == name).then(|| "f".to_owned())
            })
            .map(|bundle| bundle.named_by)
        };
        assert_eq!(by(Some("p"), &["AWS_CA_BUNDLE"]), Some("AWS_CA_BUNDLE"));
        assert_eq!(by(Some("p"), &["REQUESTS_CA_BUNDLE"]), Some("ca_bundle"));
        assert_eq!(
            by(None, &["REQUESTS_CA_BUNDLE"]),
            Some("REQUESTS_CA_BUNDLE")
        );
        assert_eq!(by(None, &[]), None);
    }

    #[test]
    fn what_cannot_be_used_is_left_aside_and_what_has_nothing_is_refused() {
        let other = pem(b"no certificate");
        let both = format!("# ours\n{AUTHORITY}{other}");
        assert_eq!(authorities(both.as_bytes()).unwrap().len(), 1);
        assert!(authorities(other.as_bytes()).is_err());
        assert!(authorities(b"").is_err());
        assert!(authorities(b"\0\x01DER").is_err());
        let cut = AUTHORITY.replace("-----END CERTIFICATE-----", "");
        assert!(authorities(cut.as_bytes()).unwrap_err().contains("cut off"));
        let garbled = AUTHORITY.replacen('M', "!", 1);
        assert!(authorities(garbled.as_bytes()).is_err());
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_with_who_names_it() {
        let bundle = Bundle {
            path: "/nowhere/ca.pem".to_owned(),
            named_by: "AWS_CA_BUNDLE",
        };
        let error = store(&bundle).unwrap_err().to_string();
        assert!(
            error.starts_with("/nowhere/ca.pem, which AWS_CA_BUNDLE names, cannot be read: "),
            "{error}"
        );
    }
}
