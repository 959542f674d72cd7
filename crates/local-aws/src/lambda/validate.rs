//! The members of a request that this emulation has.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Unread, absent};

/// Reads the body of an operation into `T`, whose members are `known`.
///
/// # Errors
/// `NotImplementedByLocalAws` that names a member which is not among `known`;
/// `ValidationException` for a nested one that is absent,
/// `SerializationException` for one of the wrong type.
pub fn body<T: DeserializeOwned>(
    operation: &str,
    body: Map<String, Value>,
    known: &[&str],
) -> ServiceResult<T> {
    let body: Map<String, Value> = body
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect();
    if let Some(member) = body.keys().find(|member| !known.contains(&member.as_str())) {
        return Err(ServiceError::not_implemented(format!(
            "the member {member} of lambda:{operation}"
        )));
    }
    serde_json::from_value(Value::Object(body)).map_err(|error| {
        let message = error.to_string();
        match Unread::of(&message) {
            Unread::Unknown(member) => ServiceError::not_implemented(format!(
                "the nested member {member} of lambda:{operation}"
            )),
            Unread::Missing(member) => {
                ServiceError::new(400, "ValidationException", absent(member))
            }
            Unread::Other => ServiceError::new(400, "SerializationException", message),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nested_member_that_is_absent_is_no_matter_of_reading() {
        #[derive(Debug, serde::Deserialize)]
        struct Storage {
            #[serde(rename = "Size")]
            _size: u32,
        }
        #[derive(Debug, serde::Deserialize)]
        struct Input {
            #[serde(rename = "Storage")]
            _storage: Storage,
        }
        let read = |given: Value| {
            let given = given.as_object().unwrap().clone();
            body::<Input>("CreateFunction", given, &["Storage"])
                .unwrap_err()
                .code
        };
        let absent = serde_json::json!({ "Storage": {} });
        assert_eq!(read(absent), "ValidationException");
        let wrong = serde_json::json!({ "Storage": { "Size": "large" } });
        assert_eq!(read(wrong), "SerializationException");
    }

    #[test]
    fn a_member_that_is_not_implemented_is_named() {
        let given = serde_json::json!({ "VpcConfig": {} });
        let error = body::<Value>(
            "CreateFunction",
            given.as_object().unwrap().clone(),
            &["Role"],
        )
        .unwrap_err();
        assert!(
            error.message.contains("VpcConfig of lambda:CreateFunction"),
            "{error}"
        );
    }
}
