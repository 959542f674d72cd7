//! What dynamic references stand for, read from Parameter Store and Secrets Manager at
//! the moment that a resource is made or changed.

use serde_json::{Map, Value};

use super::template::dynamic::{self, DynamicReference};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::INVALID_PROPERTIES;
use crate::core::world::World;
use crate::ssm;

/// Properties with their dynamic references put in place. Who keeps the answer keeps secrets.
///
/// # Errors
/// A reference to what is not there, in the service's words.
pub fn put_in_place(
    world: &World,
    kind: &str,
    properties: &Map<String, Value>,
) -> ServiceResult<Map<String, Value>> {
    if !properties.values().any(dynamic::is_in) {
        return Ok(properties.clone());
    }
    dynamic::resolve(properties, &|reference| find(world, kind, reference))
        .map_err(|reason| ServiceError::new(400, INVALID_PROPERTIES, reason))
}

fn find(world: &World, kind: &str, reference: &DynamicReference<'_>) -> Result<String, String> {
    match reference {
        DynamicReference::Parameter { name, version } => {
            let read = world
                .read(|state| state.of::<crate::ssm::State>().get(name, *version))
                .map_err(|_| {
                    let version = version.map(|text| format!(":{text}")).unwrap_or_default();
                    format!("Parameters: [ssm:{name}{version}] cannot be found.")
                })?;
            if read.kind == ssm::Kind::SecureString {
                return Err(format!(
                    "Non-secure ssm prefix was used for secure parameter: {name}"
                ));
            }
            Ok(read.value)
        }
        // None of the types here is among those whose properties take one.
        DynamicReference::SecureParameter { name } => Err(format!(
            "SSM Secure reference is not supported in: [{kind}/Properties] ({name})"
        )),
        DynamicReference::Secret {
            id,
            key,
            stage,
            version,
        } => {
            let text = world
                .read(|state| {
                    let value = state
                        .of::<crate::secretsmanager::State>()
                        .value(id, *version, *stage);
                    value.map(ToOwned::to_owned)
                })
                .map_err(|error| {
                    format!(
                        "{} (Service: AWSSecretsManager; Status Code: {}; Error Code: {})",
                        error.message, error.status, error.code
                    )
                })?;
            let Some(key) = key else { return Ok(text) };
            let json: Value = serde_json::from_str(&text)
                .map_err(|_| "Could not parse SecretString JSON".to_owned())?;
            match json.get(key) {
                Some(Value::String(value)) => Ok(value.clone()),
                Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
                _ => {
                    Err("Could not find a value associated with JSONKey in SecretString".to_owned())
                }
            }
        }
    }
}
