//! References to secrets. The deployer passes them on to CloudFormation, which
//! resolves them; it never reads a secret itself.

/// What to write instead of a secret.
pub const HELP: &str = "write secretsmanager:NAME or secretsmanager:NAME:JSON_KEY, ssm:NAME or \
                        ssm:NAME:VERSION, or ssm-secure:NAME; a secret itself stands in no manifest and on no \
                        command line";

/// A text that is no reference. What it is stays unsaid: it may be the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoReference(&'static str);

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// In Secrets Manager.
    SecretsManager {
        /// Its name or ARN.
        secret: String,
        /// The key of its JSON.
        json_key: Option<String>,
    },
    /// In Parameter Store.
    Parameter {
        /// `ssm`, or `ssm-secure` for a `SecureString`.
        service: &'static str,
        /// Its name.
        name: String,
        /// Its version; without one the newest.
        version: Option<u64>,
    },
}

impl Reference {
    /// Reads `secretsmanager:NAME[:JSON_KEY]`, `ssm:NAME[:VERSION]` or
    /// `ssm-secure:NAME[:VERSION]`.
    ///
    /// # Errors
    /// [`NoReference`]
    pub fn parse(text: &str) -> Result<Self, NoReference> {
        let (service, rest) = text
            .split_once(':')
            .ok_or(NoReference("a secret is given by a reference to it"))?;
        match service {
            "secretsmanager" => secret(rest),
            "ssm" => parameter("ssm", rest),
            "ssm-secure" => parameter("ssm-secure", rest),
            _ => Err(NoReference("a secret is given by a reference to it")),
        }
    }

    /// As CloudFormation's dynamic reference (AWS docs, "Get values stored in other
    /// services using dynamic references").
    pub fn dynamic(&self) -> String {
        match self {
            Self::SecretsManager { secret, json_key } => match json_key {
                Some(key) => format!("{{{{resolve:secretsmanager:{secret}:SecretString:{key}}}}}"),
                None => format!("{{{{resolve:secretsmanager:{secret}}}}}"),
            },
            Self::Parameter {
                service,
                name,
                version,
            } => match version {
                Some(version) => format!("{{{{resolve:{service}:{name}:{version}}}}}"),
                None => format!("{{{{resolve:{service}:{name}}}}}"),
            },
        }
    }
}

fn secret(rest: &str) -> Result<Reference, NoReference> {
    // An ARN has six colons of its own: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME.
    let name_end = if rest.starts_with("arn:") {
        let colons: Vec<usize> = rest.match_indices(':').map(|(at, _)| at).collect();
        if colons.len() < 6 {
            return Err(NoReference("the ARN of the secret is not whole"));
        }
        colons.get(6).copied()
    } else {
        rest.find(':')
    };
    let (name, key) = match name_end {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-:".contains(c);
    if name.is_empty() || name.len() > 2048 || !name.chars().all(is_name) {
        return Err(NoReference("that is no name of a secret"));
    }
    let is_key = |key: &str| !key.is_empty() && !key.contains([':', '{', '}']);
    if key.is_some_and(|key| !is_key(key)) {
        return Err(NoReference("that is no JSON key of a secret"));
    }
    Ok(Reference::SecretsManager {
        secret: name.to_owned(),
        json_key: key.map(ToOwned::to_owned),
    })
}

fn parameter(service: &'static str, rest: &str) -> Result<Reference, NoReference> {
    let (name, version) = match rest.split_once(':') {
        Some((name, version)) => (name, Some(version)),
        None => (rest, None),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(NoReference(
            "that is no name of a parameter in Parameter Store",
        ));
    }
    let version = version
        .map(str::parse)
        .transpose()
        .map_err(|_| NoReference("the version of a parameter in Parameter Store is a number"))?;
    Ok(Reference::Parameter {
        service,
        name: name.to_owned(),
        version,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dynamic(text: &str) -> String {
        Reference::parse(text).unwrap().dynamic()
    }

    #[test]
    fn references_become_cloudformations() {
        assert_eq!(
            dynamic("secretsmanager:prod/token"),
            "{{resolve:secretsmanager:prod/token}}"
        );
        assert_eq!(
            dynamic("secretsmanager:prod/token:key"),
            "{{resolve:secretsmanager:prod/token:SecretString:key}}"
        );
        let arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:token-AbCdEf";
        assert_eq!(
            dynamic(&format!("secretsmanager:{arn}:key")),
            format!("{{{{resolve:secretsmanager:{arn}:SecretString:key}}}}")
        );
        assert_eq!(
            dynamic(&format!("secretsmanager:{arn}")),
            format!("{{{{resolve:secretsmanager:{arn}}}}}")
        );
        assert_eq!(
            dynamic("ssm:/prod/token:3"),
            "{{resolve:ssm:/prod/token:3}}"
        );
        assert_eq!(dynamic("ssm-secure:token"), "{{resolve:ssm-secure:token}}");
    }

    #[test]
    fn a_literal_is_refused_and_not_repeated() {
        for literal in [
            "hunter2",
            "sm:hunter2",
            "secretsmanager:",
            "secretsmanager:hunter2:",
            "secretsmanager:arn:hunter2",
            "ssm:hunter2:x",
            "ssm:hunter 2",
        ] {
            let error = Reference::parse(literal).unwrap_err();
            assert!(!error.to_string().contains("hunter"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_reference_breaks_out_of_its_braces(text in "(secretsmanager|ssm|ssm-secure):.{0,40}") {
            if let Ok(reference) = Reference::parse(&text) {
                let dynamic = reference.dynamic();
                let inner = &dynamic[2..dynamic.len() - 2];
                prop_assert!(!inner.contains(['{', '}']), "{dynamic}");
            }
        }
    }
}
