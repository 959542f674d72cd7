//! Keys to AWS that were given by the environment.

use std::fmt;

use aws_credential_types::Credentials;

/// An access key, as the environment gives it (AWS SDKs and Tools Reference Guide,
/// "AWS access keys").
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`, of temporary keys.
    pub session_token: Option<String>,
}

const ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
const SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// Those of an environment, if it has both halves.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        Some(Self {
            access_key_id: set(ACCESS_KEY_ID)?,
            secret_access_key: set(SECRET_ACCESS_KEY)?,
            session_token: set(SESSION_TOKEN),
        })
    }

    /// Whether a variable is a part of them.
    pub fn is_one(name: &str) -> bool {
        [ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN].contains(&name)
    }

    /// Their parts in order; an absent token is empty.
    pub fn parts(&self) -> [&str; 3] {
        let token = self.session_token.as_deref().unwrap_or_default();
        [&self.access_key_id, &self.secret_access_key, token]
    }

    /// From the parts in order.
    pub fn from_parts(parts: &[String]) -> Option<Self> {
        let [access_key_id, secret_access_key, token, ..] = parts else {
            return None;
        };
        Some(Self {
            access_key_id: access_key_id.clone(),
            secret_access_key: secret_access_key.clone(),
            session_token: Some(token.clone()).filter(|token| !token.is_empty()),
        })
    }

    pub(super) fn credentials(&self) -> Credentials {
        Credentials::new(
            &self.access_key_id,
            &self.secret_access_key,
            self.session_token.clone(),
            None,
            "the environment",
        )
    }
}
