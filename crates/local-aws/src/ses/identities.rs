//! Identities: addresses and domains that may send.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::addresses::{Address, is_domain};
use super::bad_request;
use crate::core::error::{ServiceError, ServiceResult};

/// Where SES lets everybody send to, verified or not (AWS docs, "Using the mailbox simulator").
const SIMULATOR: &str = "simulator.amazonses.com";

/// How far the owner's proof is (service model, `VerificationStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verification {
    /// The owner has not proved it yet.
    Pending,
    /// It is proved.
    Success,
    /// It was not proved in time.
    Failed,
    /// It was proved and is in doubt.
    TemporaryFailure,
}

/// An identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub(super) verification: Verification,
    pub(super) tags: BTreeMap<String, String>,
    /// Whether bounces are told by e-mail.
    pub(super) feedback: bool,
    /// Of a domain: the names of the three records that prove it.
    pub(super) tokens: Vec<String>,
}

/// The identities by their names.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identities(BTreeMap<String, Identity>);

/// Whether a name is an address and no domain.
pub(super) fn is_address(name: &str) -> bool {
    name.contains('@')
}

/// A name as identities are known by: the domain in lower case.
///
/// # Errors
/// `BadRequestException` for what is neither a bare address nor a domain.
pub(super) fn normal(name: &str) -> ServiceResult<String> {
    let refused = || bad_request(format!("{name} is neither an email address nor a domain."));
    if is_address(name) {
        let address = Address::read(name)?;
        if name.contains('<') || address.given != name.trim() {
            return Err(refused());
        }
        return Ok(address.address);
    }
    if !is_domain(name) {
        return Err(refused());
    }
    Ok(name.to_ascii_lowercase())
}

fn absent(name: &str) -> ServiceError {
    ServiceError::new(
        404,
        "NotFoundException",
        format!("Email identity {name} does not exist."),
    )
}

impl Identities {
    /// Adds one.
    ///
    /// # Errors
    /// `AlreadyExistsException`.
    pub(super) fn create(&mut self, name: &str, identity: Identity) -> ServiceResult<()> {
        if self.0.contains_key(name) {
            return Err(ServiceError::new(
                400,
                "AlreadyExistsException",
                format!("Email identity {name} already exist."),
            ));
        }
        self.0.insert(name.to_owned(), identity);
        Ok(())
    }

    /// One of them.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub(super) fn get(&self, name: &str) -> ServiceResult<&Identity> {
        self.0.get(name).ok_or_else(|| absent(name))
    }

    /// One of them, to be changed.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub(super) fn get_mut(&mut self, name: &str) -> ServiceResult<&mut Identity> {
        self.0.get_mut(name).ok_or_else(|| absent(name))
    }

    /// Takes one away.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub(super) fn delete(&mut self, name: &str) -> ServiceResult<()> {
        self.0.remove(name).map(|_| ()).ok_or_else(|| absent(name))
    }

    /// All of them, in the order of their names.
    pub(super) fn all(&self) -> impl Iterator<Item = (&String, &Identity)> {
        self.0.iter()
    }

    /// Says how far the owners' proofs are.
    ///
    /// # Errors
    /// `NotFoundException`; then nothing is changed.
    pub(super) fn set_verification(
        &mut self,
        given: &BTreeMap<String, Verification>,
    ) -> ServiceResult<()> {
        for name in given.keys() {
            self.get(name)?;
        }
        for (name, verification) in given {
            self.get_mut(name)?.verification = *verification;
        }
        Ok(())
    }

    /// The identity that an address sends as: its own, else its domain's or the nearest domain's
    /// above it ("you can send from any subdomain or email address of the verified domain": AWS
    /// docs, "Creating and verifying identities in Amazon SES"). `None`: there is none.
    pub(super) fn of<'a>(&self, address: &'a Address) -> Option<&'a str> {
        candidates(address).find(|name| self.0.contains_key(*name))
    }

    /// Whether an address may send: it is verified, or a domain of it is.
    pub(super) fn is_verified(&self, address: &Address) -> bool {
        candidates(address).any(|name| {
            let known = self.0.get(name);
            known.is_some_and(|known| known.verification == Verification::Success)
        })
    }

    /// Whether an account in the sandbox may send to an address.
    pub(super) fn may_get(&self, address: &Address) -> bool {
        address.domain() == SIMULATOR || self.is_verified(address)
    }
}

/// The address, its domain, and each domain above that.
fn candidates(address: &Address) -> impl Iterator<Item = &str> {
    let mut rest = Some(address.domain());
    let domains = std::iter::from_fn(move || {
        let domain = rest?;
        rest = domain.split_once('.').map(|(_, above)| above);
        Some(domain)
    });
    std::iter::once(address.address.as_str()).chain(domains)
}

#[cfg(test)]
pub(super) fn identity(verification: Verification) -> Identity {
    Identity {
        verification,
        tags: BTreeMap::new(),
        feedback: true,
        tokens: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::read(text).unwrap()
    }

    #[test]
    fn a_verified_domain_speaks_for_what_is_below_it() {
        let mut identities = Identities::default();
        let mut add = |name: &str, verification| {
            identities.create(name, identity(verification)).unwrap();
        };
        add("example.com", Verification::Success);
        add("late.example.com", Verification::Pending);
        add("ada@example.org", Verification::Success);
        add("bob@example.org", Verification::Failed);
        for (given, verified, sends_as) in [
            ("ada@example.com", true, Some("example.com")),
            ("Ada <ada@EXAMPLE.com>", true, Some("example.com")),
            ("ada@a.b.example.com", true, Some("example.com")),
            ("ada@late.example.com", true, Some("late.example.com")),
            ("ada@notexample.com", false, None),
            ("ada@com", false, None),
            ("ada@example.org", true, Some("ada@example.org")),
            ("Ada@example.org", false, None),
            ("ada@example.ORG", true, Some("ada@example.org")),
            ("bob@example.org", false, Some("bob@example.org")),
        ] {
            let Ok(address) = Address::read(given) else {
                assert!(!verified, "{given}");
                continue;
            };
            assert_eq!(identities.is_verified(&address), verified, "{given}");
            assert_eq!(identities.of(&address), sends_as, "{given}");
        }
        assert!(identities.may_get(&address("success@simulator.amazonses.com")));
        assert!(!identities.is_verified(&address("success@simulator.amazonses.com")));
    }

    #[test]
    fn a_name_is_a_bare_address_or_a_domain() {
        assert_eq!(normal("Ada@Example.com").unwrap(), "Ada@example.com");
        assert_eq!(normal("Example.COM").unwrap(), "example.com");
        for name in [
            "Ada <ada@example.com>",
            "example",
            "",
            "a b.com",
            "@",
            "ada@",
        ] {
            assert_eq!(
                normal(name).unwrap_err().code,
                "BadRequestException",
                "{name}"
            );
        }
    }

    #[test]
    fn proofs_are_changed_together_or_not_at_all() {
        let mut identities = Identities::default();
        identities
            .create("a.example", identity(Verification::Success))
            .unwrap();
        let given = |names: &[&str]| {
            names
                .iter()
                .map(|name| ((*name).to_owned(), Verification::Failed))
                .collect()
        };
        let refused = identities.set_verification(&given(&["a.example", "b.example"]));
        assert_eq!(refused.unwrap_err().code, "NotFoundException");
        let verification =
            |identities: &Identities| identities.get("a.example").unwrap().verification;
        assert_eq!(verification(&identities), Verification::Success);
        identities.set_verification(&given(&["a.example"])).unwrap();
        assert_eq!(verification(&identities), Verification::Failed);
    }
}
