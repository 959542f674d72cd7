//! Function URLs: what they are, and what each operation does to the state.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors;
use super::names::{self, FunctionName, LATEST, is_version_number};
use super::state::{Function, State};
use crate::core::constraint::Checks;
use crate::core::error::{ServiceError, ServiceResult};

/// Where a URL is on this machine, below the public URL of the embedded AWS.
pub const PREFIX: &str = "/_vanity-deploy/lambda-url/";

/// The URL of a function or of one of its aliases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Url {
    /// What is in its host name on AWS.
    pub id: String,
    /// `AWS_IAM` or `NONE`.
    pub auth_type: String,
    /// For browsers of other origins; as it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    /// `BUFFERED` or `RESPONSE_STREAM`.
    pub invoke_mode: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
}

/// `Cors` of the service model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Cors {
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_credentials: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_headers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_methods: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_origins: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expose_headers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_age: Option<i64>,
}

/// What `CreateFunctionUrlConfig` and `UpdateFunctionUrlConfig` give.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Change {
    /// Who may call it.
    pub auth_type: Option<String>,
    /// For browsers of other origins.
    pub cors: Option<Cors>,
    /// How it answers.
    pub invoke_mode: Option<String>,
}

/// The members of [`Change`].
pub const CHANGE: &[&str] = &["AuthType", "Cors", "InvokeMode"];

impl Change {
    /// Checks what the service model says of the members.
    pub fn check(&self, checks: &mut Checks) {
        if let Some(auth_type) = &self.auth_type {
            checks.one_of("authType", auth_type, &["NONE", "AWS_IAM"]);
        }
        if let Some(mode) = &self.invoke_mode {
            checks.one_of("invokeMode", mode, &["BUFFERED", "RESPONSE_STREAM"]);
        }
        if let Some(cors) = &self.cors {
            cors.check(checks);
        }
    }
}

impl Cors {
    fn check(&self, checks: &mut Checks) {
        // Most members of the list, fewest and most characters of each.
        let lists = [
            ("cors.allowHeaders", &self.allow_headers, 100, 0, 1024),
            ("cors.allowMethods", &self.allow_methods, 6, 0, 6),
            ("cors.allowOrigins", &self.allow_origins, 100, 1, 253),
            ("cors.exposeHeaders", &self.expose_headers, 100, 0, 1024),
        ];
        for (member, list, count, least, most) in lists {
            let list = list.as_deref().unwrap_or_default();
            checks.count(member, list.len(), 0, count);
            for value in list {
                checks.length(member, value, least, most);
            }
        }
        if let Some(age) = self.max_age {
            checks.range("cors.maxAge", age, 0, 86_400);
        }
    }
}

/// Reads `FunctionName` and `Qualifier` of these operations: an alias or nothing,
/// never a version (botocore, `FunctionUrlFunctionName`, `FunctionUrlQualifier`).
///
/// # Errors
/// `ValidationException`, and those of [`FunctionName::read`].
pub fn read_name(text: &str, qualifier: Option<&str>, region: &str) -> ServiceResult<FunctionName> {
    let mut checks = Checks::default();
    checks.length("functionName", text, 1, 140);
    let is_alias = |qualifier: &str| qualifier != LATEST && !is_version_number(qualifier);
    if let Some(qualifier) = qualifier
        && !is_alias(qualifier)
    {
        checks.pattern("qualifier", qualifier, "((?!^\\d+$)^[0-9a-zA-Z-_]+$)");
    }
    checks.done()?;
    let name = FunctionName::read(text, qualifier, region)?;
    match name.qualifier.as_deref() {
        Some(derived) if !is_alias(derived) => {
            let mut checks = Checks::default();
            checks.pattern(
                "functionName",
                text,
                "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]{1,64})(:((?!\\d+$)[0-9a-zA-Z-_]+))?",
            );
            checks.done()?;
            Err(ServiceError::internal("a version passed for an alias"))
        }
        _ => Ok(name),
    }
}

/// Makes the URL of a function or alias.
///
/// # Errors
/// `ResourceNotFoundException`, `ResourceConflictException` when it has one.
pub fn create(
    state: &mut State,
    name: &FunctionName,
    region: &str,
    id: String,
    change: Change,
    now: Timestamp,
) -> ServiceResult<()> {
    let arn = name.arn(region);
    let function = owner_mut(state, name)?;
    let key = name.qualifier_or_latest();
    if function.urls.contains_key(key) {
        return Err(errors::conflict(format!(
            "Failed to create function url config for [functionArn = {arn}]. Error message:  \
             FunctionUrlConfig exists for this Lambda function"
        )));
    }
    let url = Url {
        id,
        // Required; checked before.
        auth_type: change.auth_type.unwrap_or_default(),
        cors: change.cors,
        invoke_mode: change.invoke_mode.unwrap_or_else(|| "BUFFERED".to_owned()),
        created: now,
        modified: now,
    };
    function.urls.insert(key.to_owned(), url);
    Ok(())
}

/// The URL of a function or alias.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn get<'a>(state: &'a State, name: &FunctionName) -> ServiceResult<&'a Url> {
    state
        .functions
        .get(&name.name)
        .and_then(|function| function.urls.get(name.qualifier_or_latest()))
        .ok_or_else(missing)
}

/// Changes what is given of a URL.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn update(
    state: &mut State,
    name: &FunctionName,
    change: Change,
    now: Timestamp,
) -> ServiceResult<()> {
    let url = state
        .functions
        .get_mut(&name.name)
        .and_then(|function| function.urls.get_mut(name.qualifier_or_latest()))
        .ok_or_else(missing)?;
    if let Some(auth_type) = change.auth_type {
        url.auth_type = auth_type;
    }
    if let Some(mode) = change.invoke_mode {
        url.invoke_mode = mode;
    }
    if change.cors.is_some() {
        url.cors = change.cors;
    }
    url.modified = now;
    Ok(())
}

/// Deletes a URL.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn delete(state: &mut State, name: &FunctionName) -> ServiceResult<()> {
    state
        .functions
        .get_mut(&name.name)
        .and_then(|function| function.urls.remove(name.qualifier_or_latest()))
        .map(|_| ())
        .ok_or_else(missing)
}

/// All URLs of a function, by what they are of: [`LATEST`] or an alias.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn list<'a>(state: &'a State, name: &FunctionName) -> ServiceResult<&'a BTreeMap<String, Url>> {
    match state.functions.get(&name.name) {
        Some(function) => Ok(&function.urls),
        None => Err(no_function()),
    }
}

impl Url {
    /// `FunctionUrlConfig` of the service model, below the public URL.
    pub fn to_json(&self, region: &str, public_url: &str, function: &str, key: &str) -> Value {
        let qualifier = Some(key).filter(|key| *key != LATEST);
        let mut shown = json!({
            "FunctionUrl": format!("{public_url}{PREFIX}{}/", self.id),
            "FunctionArn": names::arn(region, function, qualifier),
            "AuthType": self.auth_type,
            "CreationTime": instant(self.created),
            "LastModifiedTime": instant(self.modified),
            "InvokeMode": self.invoke_mode,
        });
        if let Some(cors) = &self.cors {
            shown["Cors"] = json!(cors);
        }
        shown
    }
}

fn instant(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

fn owner_mut<'a>(state: &'a mut State, name: &FunctionName) -> ServiceResult<&'a mut Function> {
    let known = |function: &&mut Function| match name.qualifier.as_deref() {
        None => true,
        Some(alias) => function.aliases.contains_key(alias),
    };
    state
        .functions
        .get_mut(&name.name)
        .filter(known)
        .ok_or_else(no_function)
}

fn no_function() -> ServiceError {
    errors::not_found("Function does not exist")
}

fn missing() -> ServiceError {
    errors::not_found("The resource you requested does not exist.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_of_the_function_or_of_an_alias_and_never_of_a_version() {
        let read = |text: &str, qualifier: Option<&str>| {
            read_name(text, qualifier, "us-east-1")
                .map(|name| name.qualifier)
                .map_err(|error| error.code.into_owned())
        };
        assert_eq!(read("greet", None), Ok(None));
        assert_eq!(read("greet", Some("live")), Ok(Some("live".to_owned())));
        assert_eq!(read("greet:live", None), Ok(Some("live".to_owned())));
        let refused = Err("ValidationException".to_owned());
        for (text, qualifier) in [
            ("greet", Some("1")),
            ("greet", Some(LATEST)),
            ("greet:1", None),
            ("greet:$LATEST", None),
        ] {
            assert_eq!(read(text, qualifier), refused, "{text} {qualifier:?}");
        }
    }

    #[test]
    fn what_the_model_forbids_of_cors_is_told_together() {
        let change = Change {
            auth_type: Some("ANYONE".to_owned()),
            cors: Some(Cors {
                allow_methods: Some(vec!["CONNECT".to_owned(); 7]),
                allow_origins: Some(vec![String::new()]),
                max_age: Some(86_401),
                ..Cors::default()
            }),
            invoke_mode: Some("STREAM".to_owned()),
        };
        let mut checks = Checks::default();
        change.check(&mut checks);
        let message = checks.done().unwrap_err().message;
        for member in [
            "authType",
            "invokeMode",
            "cors.allowMethods",
            "cors.allowOrigins",
            "cors.maxAge",
        ] {
            assert!(message.contains(member), "{member} in {message}");
        }
    }
}
