//! Constraints of the service model, and the members of a request that this
//! emulation has.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{ServiceError, ServiceResult};
use crate::service::{Unread, absent};

/// Collects violated constraints into the one `ValidationException` of AWS.
#[derive(Debug, Default)]
pub struct Checks(Vec<String>);

impl Checks {
    fn fail(&mut self, member: &str, value: &str, constraint: &str) {
        self.0.push(format!(
            "Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
        ));
    }

    /// A length in characters.
    pub fn length(&mut self, member: &str, value: &str, least: usize, most: usize) {
        let length = value.chars().count();
        if length < least {
            let constraint = format!("Member must have length greater than or equal to {least}");
            self.fail(member, value, &constraint);
        }
        if length > most {
            let constraint = format!("Member must have length less than or equal to {most}");
            self.fail(member, value, &constraint);
        }
    }

    /// How many a list has.
    pub fn count(&mut self, member: &str, length: usize, least: usize, most: usize) {
        let shown = format!("[{length} members]");
        if length < least {
            let constraint = format!("Member must have length greater than or equal to {least}");
            self.fail(member, &shown, &constraint);
        }
        if length > most {
            let constraint = format!("Member must have length less than or equal to {most}");
            self.fail(member, &shown, &constraint);
        }
    }

    /// A number's range.
    pub fn range(&mut self, member: &str, value: i64, least: i64, most: i64) {
        if value < least {
            let constraint = format!("Member must have value greater than or equal to {least}");
            self.fail(member, &value.to_string(), &constraint);
        }
        if value > most {
            let constraint = format!("Member must have value less than or equal to {most}");
            self.fail(member, &value.to_string(), &constraint);
        }
    }

    /// Says that a value is not of the pattern.
    pub fn pattern(&mut self, member: &str, value: &str, pattern: &str) {
        let constraint = format!("Member must satisfy regular expression pattern: {pattern}");
        self.fail(member, value, &constraint);
    }

    /// A value must be one of an enumeration.
    pub fn one_of(&mut self, member: &str, value: &str, values: &[&str]) {
        if !values.contains(&value) {
            let constraint = format!(
                "Member must satisfy enum value set: [{}]",
                values.join(", ")
            );
            self.fail(member, value, &constraint);
        }
    }

    /// A member that must be there.
    pub fn required<T>(&mut self, member: &str, value: Option<&T>) {
        if value.is_none() {
            self.0.push(format!(
                "Value null at '{member}' failed to satisfy constraint: Member must not be null"
            ));
        }
    }

    /// What was found.
    ///
    /// # Errors
    /// `ValidationException` (400) that lists every violated constraint.
    pub fn done(self) -> ServiceResult<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let count = self.0.len();
        let noun = if count == 1 { "error" } else { "errors" };
        Err(ServiceError::new(
            400,
            "ValidationException",
            format!("{count} validation {noun} detected: {}", self.0.join("; ")),
        ))
    }
}

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
    fn violations_are_told_together_in_the_words_of_aws() {
        let mut checks = Checks::default();
        checks.range("timeout", 901, 1, 900);
        checks.one_of("packageType", "Tar", &["Zip", "Image"]);
        let error = checks.done().unwrap_err();
        assert_eq!(error.code, "ValidationException");
        insta::assert_snapshot!(error.message, @"2 validation errors detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900; Value 'Tar' at 'packageType' failed to satisfy constraint: Member must satisfy enum value set: [Zip, Image]");
    }

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
