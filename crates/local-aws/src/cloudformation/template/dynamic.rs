//! Dynamic references: `{{resolve:SERVICE:KEY}}` in the properties of a resource, put in
//! place when the resource is made or changed, and never kept
//! (AWS docs, "Get values stored in other services using dynamic references").

use serde_json::{Map, Value};

use super::error::TemplateError;

const OPEN: &str = "{{resolve:";
const CLOSE: &str = "}}";

/// What a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DynamicReference<'a> {
    /// `{{resolve:ssm:NAME[:VERSION]}}`: a parameter that is not secret.
    Parameter {
        /// Its name.
        name: &'a str,
        /// Its version; without one the latest.
        version: Option<&'a str>,
    },
    /// `{{resolve:ssm-secure:NAME[:VERSION]}}`.
    SecureParameter {
        /// Its name.
        name: &'a str,
    },
    /// `{{resolve:secretsmanager:ID[:SecretString[:KEY[:STAGE[:VERSION]]]]}}`.
    Secret {
        /// Its name or ARN.
        id: &'a str,
        /// The key of its JSON; without one the whole text.
        key: Option<&'a str>,
        /// The version's staging label.
        stage: Option<&'a str>,
        /// The version's id.
        version: Option<&'a str>,
    },
}

impl<'a> DynamicReference<'a> {
    /// Reads what stands between `{{resolve:` and `}}`.
    ///
    /// # Errors
    /// In words, what is wrong with it.
    fn parse(inner: &'a str) -> Result<Self, String> {
        let wrong = || format!("Invalid dynamic reference {OPEN}{inner}{CLOSE}");
        let (service, key) = inner.split_once(':').ok_or_else(wrong)?;
        match service {
            "ssm" | "ssm-secure" => {
                let (name, version) = match key.split_once(':') {
                    Some((name, version)) => (name, Some(version)),
                    None => (key, None),
                };
                let plain = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
                let number = version.is_none_or(|text| {
                    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
                });
                if name.is_empty() || !name.chars().all(plain) || !number {
                    return Err(wrong());
                }
                if service == "ssm-secure" {
                    return Ok(Self::SecureParameter { name });
                }
                Ok(Self::Parameter { name, version })
            }
            "secretsmanager" => Self::secret(key).ok_or_else(wrong),
            other => Err(format!(
                "Invalid dynamic reference service name {other} in {OPEN}{inner}{CLOSE}"
            )),
        }
    }

    fn secret(key: &'a str) -> Option<Self> {
        // An ARN has six colons of its own.
        let colons = if key.starts_with("arn:") { 6 } else { 0 };
        let end = key.match_indices(':').nth(colons).map(|(at, _)| at);
        let (id, rest) = match end {
            Some(at) => (&key[..at], key[at + 1..].split(':').collect()),
            None => (key, Vec::new()),
        };
        let part = |index: usize| rest.get(index).copied().filter(|part| !part.is_empty());
        let text = part(0).is_none_or(|kind| kind == "SecretString");
        if id.is_empty() || !text || rest.len() > 4 {
            return None;
        }
        Some(Self::Secret {
            id,
            key: part(1),
            stage: part(2),
            version: part(3),
        })
    }
}

/// Whether there is a dynamic reference anywhere in a value.
pub fn is_in(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(OPEN),
        Value::Array(items) => items.iter().any(is_in),
        Value::Object(map) => map.values().any(is_in),
        _ => false,
    }
}

/// Checks those references whose text is already whole: one that a function makes
/// (`Fn::Sub`) is checked when it is put in place.
///
/// # Errors
/// The first that cannot be one.
pub fn check(value: &Value) -> Result<(), TemplateError> {
    match value {
        Value::String(text) if !text.contains("${") => replaced(text, &|_| Ok(String::new()))
            .map(drop)
            .map_err(TemplateError::Error),
        Value::Array(items) => items.iter().try_for_each(check),
        Value::Object(map) => map.values().try_for_each(check),
        _ => Ok(()),
    }
}

/// Properties with every reference replaced by what `find` gives for it.
///
/// # Errors
/// What `find` says, or what is wrong with a reference.
pub fn resolve(
    properties: &Map<String, Value>,
    find: &dyn Fn(&DynamicReference<'_>) -> Result<String, String>,
) -> Result<Map<String, Value>, String> {
    properties
        .iter()
        .map(|(name, value)| Ok((name.clone(), resolve_value(value, find)?)))
        .collect()
}

fn resolve_value(
    value: &Value,
    find: &dyn Fn(&DynamicReference<'_>) -> Result<String, String>,
) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) if text.contains(OPEN) => Value::String(replaced(text, find)?),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| resolve_value(item, find))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(map) => Value::Object(resolve(map, find)?),
        other => other.clone(),
    })
}

fn replaced(
    text: &str,
    find: &dyn Fn(&DynamicReference<'_>) -> Result<String, String>,
) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(OPEN) {
        out.push_str(&rest[..at]);
        let inner = &rest[at + OPEN.len()..];
        let end = inner
            .find(CLOSE)
            .ok_or_else(|| format!("Invalid dynamic reference {}", &rest[at..]))?;
        out.push_str(&find(&DynamicReference::parse(&inner[..end])?)?);
        rest = &inner[end + CLOSE.len()..];
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let properties = match json!({ "P": [{ "Q": text }] }) {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        let found = resolve(&properties, &|reference| Ok(format!("<{reference:?}>")))?;
        Ok(found["P"][0]["Q"].as_str().unwrap().to_owned())
    }

    #[test]
    fn references_are_read() {
        insta::assert_snapshot!(read("a {{resolve:ssm:/x/y:3}} b {{resolve:ssm:z}}").unwrap(), @r#"a <Parameter { name: "/x/y", version: Some("3") }> b <Parameter { name: "z", version: None }>"#);
        insta::assert_snapshot!(read("{{resolve:ssm-secure:z:1}}").unwrap(), @r#"<SecureParameter { name: "z" }>"#);
        insta::assert_snapshot!(read("{{resolve:secretsmanager:a/b}}").unwrap(), @r#"<Secret { id: "a/b", key: None, stage: None, version: None }>"#);
        insta::assert_snapshot!(read("{{resolve:secretsmanager:a:SecretString:user::v1}}").unwrap(), @r#"<Secret { id: "a", key: Some("user"), stage: None, version: Some("v1") }>"#);
        insta::assert_snapshot!(read("{{resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf:SecretString:user}}").unwrap(), @r#"<Secret { id: "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf", key: Some("user"), stage: None, version: None }>"#);
        assert_eq!(read("{{plain}}"), Ok("{{plain}}".to_owned()));
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in [
            "{{resolve:ssm:a b}}",
            "{{resolve:ssm:a:b}}",
            "{{resolve:ssm:}}",
            "{{resolve:vault:a}}",
            "{{resolve:secretsmanager:}}",
            "{{resolve:secretsmanager:a:SecretBinary}}",
            "{{resolve:secretsmanager:a:SecretString:k:s:v:w}}",
            "{{resolve:ssm:a",
            "{{resolve:}}",
        ] {
            assert!(read(text).is_err(), "{text}");
            assert!(check(&json!(text)).is_err(), "{text}");
        }
        assert!(check(&json!({ "Fn::Sub": "{{resolve:${Service}:a}}" })).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(\\{\\{resolve:|ssm:|secretsmanager:|arn:|[a-z:]|\\}\\}| )*") {
            let _ = read(&text);
        }
    }
}
