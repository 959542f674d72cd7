//! The members of a request, as strictly as the service model says: unknown
//! ones are refused by name, required ones demanded, lengths and values checked.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::errors;
use super::values::ApiEnum;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Request, Route, Unread};

/// Operations whose model has `InvalidRequestException` and no `InvalidParameterException`.
const WITHOUT_INVALID_PARAMETER: &[&str] = &[
    "CreateInstance",
    "DeleteInstance",
    "DescribeInstance",
    "ListInstances",
    "UpdateContactFlowModuleContent",
];

/// The members of one request.
pub struct Input<'a> {
    operation: &'static str,
    route: &'a Route,
    body: Map<String, Value>,
    query: &'a [(String, String)],
}

impl<'a> Input<'a> {
    /// Reads a request whose body and query may have these members and no others.
    ///
    /// # Errors
    /// `SerializationException` for a body that is no JSON object; not
    /// implemented, naming it, for an unknown member.
    pub fn read(
        route: &'a Route,
        request: &'a Request,
        body_members: &[&str],
        query_members: &[&str],
    ) -> ServiceResult<Self> {
        let operation = route.operation;
        let mut body: Map<String, Value> = request.json()?;
        body.retain(|_, value| !value.is_null());
        let unknown = body
            .keys()
            .find(|name| !body_members.contains(&name.as_str()))
            .or_else(|| {
                request
                    .query
                    .iter()
                    .map(|(name, _)| name)
                    // Those of a presigned URL belong to the signature.
                    .find(|name| {
                        !query_members.contains(&name.as_str()) && !name.starts_with("X-Amz-")
                    })
            });
        if let Some(name) = unknown {
            return Err(ServiceError::not_implemented(format!(
                "the member {name} of connect:{operation}"
            )));
        }
        Ok(Self {
            operation,
            route,
            body,
            query: &request.query,
        })
    }

    /// The error for a bad parameter that this operation's model has.
    pub fn invalid(&self, message: impl Into<String>) -> ServiceError {
        if WITHOUT_INVALID_PARAMETER.contains(&self.operation) {
            errors::invalid_request(message)
        } else {
            errors::invalid_parameter(message)
        }
    }

    /// Checks a length in characters.
    ///
    /// # Errors
    /// When it is outside of the bounds, in the words of AWS's validation.
    pub fn check_length(
        &self,
        name: &str,
        value: &str,
        least: usize,
        most: usize,
    ) -> ServiceResult<()> {
        let length = value.chars().count();
        let broken = if length < least {
            Some(("greater", least))
        } else if length > most {
            Some(("less", most))
        } else {
            None
        };
        broken.map_or(Ok(()), |(than, bound)| {
            Err(self.invalid(format!(
                "Value at '{name}' failed to satisfy constraint: Member must have length {than} than or equal to {bound}"
            )))
        })
    }

    /// A path label within its length (the model has none for some: then 500).
    ///
    /// # Errors
    /// When it is too long.
    pub fn label(&self, name: &str) -> ServiceResult<&'a str> {
        let value = self.route.label(name);
        self.check_length(name, value, 1, 500)?;
        Ok(value)
    }

    /// The `InstanceId` of the path, an id or an ARN.
    ///
    /// # Errors
    /// When it is too long.
    pub fn instance(&self) -> ServiceResult<&'a str> {
        let value = self.route.label("InstanceId");
        self.check_length("InstanceId", value, 1, 100)?;
        Ok(value)
    }

    /// A text member of the body.
    ///
    /// # Errors
    /// `SerializationException` when it is no text.
    pub fn text(&self, name: &str) -> ServiceResult<Option<&str>> {
        match self.body.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(serialization(name, "a string")),
        }
    }

    /// A text member within its length.
    ///
    /// # Errors
    /// When it is no text, too short or too long.
    pub fn bounded(&self, name: &str, least: usize, most: usize) -> ServiceResult<Option<&str>> {
        let value = self.text(name)?;
        if let Some(value) = value {
            self.check_length(name, value, least, most)?;
        }
        Ok(value)
    }

    /// A text member that must be there, within its length.
    ///
    /// # Errors
    /// When it is absent, too short or too long.
    pub fn required(&self, name: &str, least: usize, most: usize) -> ServiceResult<&str> {
        self.bounded(name, least, most)?
            .ok_or_else(|| self.missing(name))
    }

    /// The error for a required member that is absent.
    pub fn missing(&self, name: &str) -> ServiceError {
        self.invalid(format!(
            "Value null at '{name}' failed to satisfy constraint: Member must not be null"
        ))
    }

    /// A member of an enumeration.
    ///
    /// # Errors
    /// When it is no value of it.
    pub fn choice<T: ApiEnum>(&self, name: &str) -> ServiceResult<Option<T>> {
        self.text(name)?
            .map(|text| self.choose(name, text))
            .transpose()
    }

    /// A member of an enumeration that must be there.
    ///
    /// # Errors
    /// When it is absent or no value of it.
    pub fn required_choice<T: ApiEnum>(&self, name: &str) -> ServiceResult<T> {
        self.choice(name)?.ok_or_else(|| self.missing(name))
    }

    fn choose<T: ApiEnum>(&self, name: &str, text: &str) -> ServiceResult<T> {
        T::from_api_name(text).ok_or_else(|| {
            self.invalid(format!(
                "Value '{text}' at '{name}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
                T::api_names().join(", ")
            ))
        })
    }

    /// A list of values of an enumeration in the body, no longer than `most`.
    ///
    /// # Errors
    /// When it is no list, too long, or has something else in it.
    pub fn choices<T: ApiEnum>(&self, name: &str, most: usize) -> ServiceResult<Vec<T>> {
        self.texts(name, most)?
            .iter()
            .map(|text| self.choose(name, text))
            .collect()
    }

    /// A list of texts in the body, no longer than `most`.
    ///
    /// # Errors
    /// When it is no list of texts or too long.
    pub fn texts(&self, name: &str, most: usize) -> ServiceResult<Vec<String>> {
        let values: Vec<String> = self.structure(name)?.unwrap_or_default();
        self.check_count(name, values.len(), most)?;
        Ok(values)
    }

    fn check_count(&self, name: &str, count: usize, most: usize) -> ServiceResult<()> {
        if count > most {
            return Err(self.invalid(format!(
                "Value at '{name}' failed to satisfy constraint: Member must have length less than or equal to {most}"
            )));
        }
        Ok(())
    }

    /// True or false.
    ///
    /// # Errors
    /// When it is neither.
    pub fn boolean(&self, name: &str) -> ServiceResult<Option<bool>> {
        match self.body.get(name) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(_) => Err(serialization(name, "a boolean")),
        }
    }

    /// A structure, read with its own strictness.
    ///
    /// # Errors
    /// `SerializationException` naming what could not be read, the error for a bad
    /// parameter for what is missing or not of its enumeration, not implemented
    /// for what is unknown.
    pub fn structure<T: DeserializeOwned>(&self, name: &str) -> ServiceResult<Option<T>> {
        self.body
            .get(name)
            .map(|value| {
                T::deserialize(value).map_err(|error| {
                    let message = error.to_string();
                    match Unread::of(&message) {
                        Unread::Unknown(member) => ServiceError::not_implemented(format!(
                            "the member {name}.{member} of connect:{}",
                            self.operation
                        )),
                        Unread::Missing(member) => self.missing(&format!("{name}.{member}")),
                        // A value outside of an enumeration is read, but not valid.
                        Unread::Other if message.starts_with("unknown variant") => {
                            self.invalid(format!("{name}: {message}"))
                        }
                        Unread::Other => ServiceError::new(
                            400,
                            "SerializationException",
                            format!("{name}: {message}"),
                        ),
                    }
                })
            })
            .transpose()
    }

    /// Tags, checked; empty when absent.
    ///
    /// # Errors
    /// When there are none in it, too many, or one is not as the model wants it.
    pub fn tags(&self, name: &str) -> ServiceResult<BTreeMap<String, String>> {
        let Some(tags) = self.structure::<BTreeMap<String, String>>(name)? else {
            return Ok(BTreeMap::new());
        };
        if tags.is_empty() {
            return Err(self.invalid(format!(
                "Value at '{name}' failed to satisfy constraint: Member must have length greater than or equal to 1"
            )));
        }
        super::tags::check(&tags).map_err(|message| self.invalid(message))?;
        Ok(tags)
    }

    /// `MaxResults` of the body between 1 and `most`; `most` when absent.
    ///
    /// # Errors
    /// When it is no number between.
    pub fn max_results(&self, most: usize) -> ServiceResult<usize> {
        match self.body.get("MaxResults") {
            None => Ok(most),
            Some(Value::Number(number)) => self.check_max_results(number.as_i64(), most),
            Some(_) => Err(serialization("MaxResults", "an integer")),
        }
    }

    /// `maxResults` of the query between 1 and `most`; `default` when absent.
    ///
    /// # Errors
    /// When it is no number between.
    pub fn query_max_results(&self, most: usize, default: usize) -> ServiceResult<usize> {
        match self.query("maxResults") {
            None => Ok(default),
            Some(text) => self.check_max_results(text.parse().ok(), most),
        }
    }

    fn check_max_results(&self, value: Option<i64>, most: usize) -> ServiceResult<usize> {
        value
            .and_then(|value| usize::try_from(value).ok())
            .filter(|value| (1..=most).contains(value))
            .ok_or_else(|| {
                self.invalid(format!(
                    "Value at 'maxResults' failed to satisfy constraint: Member must have value between 1 and {most}"
                ))
            })
    }

    /// A query parameter.
    pub fn query(&self, name: &str) -> Option<&'a str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A query parameter that must be there.
    ///
    /// # Errors
    /// When it is absent or empty.
    pub fn required_query(&self, name: &str) -> ServiceResult<&'a str> {
        self.query(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| self.missing(name))
    }

    /// Every value of a query parameter that may be repeated.
    pub fn query_all(&self, name: &str) -> Vec<&'a str> {
        self.query
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// The values of an enumeration in a repeated query parameter.
    ///
    /// # Errors
    /// When there are more than `most` or one is no value of it.
    pub fn query_choices<T: ApiEnum>(&self, name: &str, most: usize) -> ServiceResult<Vec<T>> {
        let values = self.query_all(name);
        self.check_count(name, values.len(), most)?;
        values
            .into_iter()
            .map(|text| self.choose(name, text))
            .collect()
    }

    /// The whole body, to compare requests that carry the same client token.
    pub fn body(&self) -> &Map<String, Value> {
        &self.body
    }
}

fn serialization(name: &str, expected: &str) -> ServiceError {
    ServiceError::new(
        400,
        "SerializationException",
        format!("{name} must be {expected}"),
    )
}

#[cfg(test)]
mod tests;
