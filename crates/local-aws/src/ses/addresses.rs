//! Addresses of e-mail and names of domains.

use super::bad_request;
use crate::core::error::ServiceResult;

/// An address: `ada@example.com`, or with a name before it: `Ada <ada@example.com>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// As it was given.
    pub given: String,
    /// `ada@example.com`, the domain in lower case; the part before it is told apart by case
    /// (AWS docs, "Creating and verifying identities in Amazon SES").
    pub address: String,
}

impl Address {
    /// Reads one. No letters beyond ASCII: SES does not know SMTPUTF8, so that a name with others
    /// is to be encoded (MIME) and a domain written in Punycode (AWS API reference, `SendEmail`).
    ///
    /// # Errors
    /// `BadRequestException`.
    pub(super) fn read(given: &str) -> ServiceResult<Self> {
        let text = given.trim();
        if text.is_empty() {
            return Err(bad_request(format!("Invalid email address {given}.")));
        }
        let bare = match text.strip_suffix('>').map(|head| head.rsplit_once('<')) {
            Some(Some((_, bare))) => bare,
            None if !text.contains('<') => text,
            _ => return Err(bad_request("Illegal address")),
        };
        let Some((local, domain)) = bare.rsplit_once('@') else {
            return Err(bad_request("Missing final '@domain'"));
        };
        if domain.is_empty() {
            return Err(bad_request("Missing domain"));
        }
        if text.bytes().any(|byte| byte.is_ascii_control())
            || !text.is_ascii()
            || !is_local_part(local)
            || !is_domain(domain)
        {
            return Err(bad_request("Illegal address"));
        }
        Ok(Self {
            given: given.to_owned(),
            address: format!("{local}@{}", domain.to_ascii_lowercase()),
        })
    }

    /// The domain.
    pub(super) fn domain(&self) -> &str {
        self.address
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
    }
}

/// What stands before the `@`: 64 letters at most (RFC 5321), without what must be quoted.
fn is_local_part(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && !text.starts_with('.')
        && !text.ends_with('.')
        && !text.contains("..")
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte))
}

/// Whether it is a domain's name of two labels or more.
pub(super) fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= 255 && text.contains('.') && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_may_have_a_name() {
        for (given, expected) in [
            ("ada@example.com", "ada@example.com"),
            ("Ada.L+tag@Mail.Example.COM", "Ada.L+tag@mail.example.com"),
            ("Ada <ada@example.com>", "ada@example.com"),
            ("\"Lovelace, Ada\" <ada@example.com>", "ada@example.com"),
            (
                "=?utf-8?B?R3LDvMOfZQ==?= <ada@example.com>",
                "ada@example.com",
            ),
            ("<ada@example.com>", "ada@example.com"),
        ] {
            let address = Address::read(given).unwrap();
            assert_eq!(
                (address.address.as_str(), address.given.as_str()),
                (expected, given)
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_one_address_and_read_again_the_same(text in "[ -~]{0,12}[@<>, ]{0,3}[a-zA-Z.@-]{0,12}>?") {
            let Ok(address) = Address::read(&text) else {
                return Ok(());
            };
            let (local, domain) = address.address.split_once('@').unwrap();
            prop_assert!(is_local_part(local) && is_domain(domain));
            prop_assert_eq!(domain, domain.to_ascii_lowercase());
            let again = Address::read(&address.address).unwrap();
            prop_assert_eq!(again.address, address.address);
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for given in [
            "",
            " ",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "ada@-example.com",
            "ada lovelace@example.com",
            "ada@example.com, b@example.com",
            "a..b@example.com",
            "Ada <ada@example.com> x",
            "Ada <ada@example.com",
            "grüße@example.com",
            "Grüße <ada@example.com>",
            "Ada\r\nBcc: b <ada@example.com>",
        ] {
            let error = Address::read(given).unwrap_err();
            assert_eq!(error.code, "BadRequestException", "{given}");
        }
    }
}
