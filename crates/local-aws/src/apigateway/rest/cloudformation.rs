//! `AWS::ApiGateway::*` (AWS resource reference).

mod account;
mod deployment;
mod method;
mod parts;
mod rest_api;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created};

pub use account::Account;
pub use deployment::{Deployment, Stage};
pub use method::Method;
pub use parts::{GatewayResponse, Model, RequestValidator, Resource};
pub use rest_api::RestApi;

type Properties = Map<String, Value>;

fn read<T: DeserializeOwned>(
    context: &Context<'_>,
    properties: &Properties,
) -> Result<T, ServiceError> {
    property::read(context.logical_id, properties)
}

/// An id as API Gateway makes them (small letters and digits), the same at every
/// call for one resource.
fn id(context: &Context<'_>, length: usize) -> String {
    let mut id = context.token.to_ascii_lowercase();
    id.truncate(length);
    id
}

/// One of the values that are implemented.
fn only(name: &str, value: Option<&str>, implemented: &[&str]) -> Result<(), ServiceError> {
    match value {
        Some(value) if !implemented.contains(&value) => {
            Err(ServiceError::not_implemented(format!("the {name} {value}")))
        }
        _ => Ok(()),
    }
}

/// A part of an API, with its id as the one attribute.
fn part(id: &str, attribute: &str) -> Created {
    Created {
        physical_id: id.to_owned(),
        attributes: BTreeMap::from([(attribute.to_owned(), json!(id))]),
    }
}

fn plain(id: &str) -> Created {
    Created {
        physical_id: id.to_owned(),
        attributes: BTreeMap::new(),
    }
}

/// A map of texts, whose values may be other scalars.
fn texts(
    context: &Context<'_>,
    values: BTreeMap<String, Value>,
) -> Result<BTreeMap<String, String>, ServiceError> {
    values
        .into_iter()
        .map(|(name, value)| match property::scalar(&value) {
            Some(text) => Ok((name, text)),
            None => Err(property::invalid(
                context.logical_id,
                &format!("#/{name}: expected type: String, found: {value}"),
            )),
        })
        .collect()
}

/// A map of booleans, which may be texts.
fn flags(
    context: &Context<'_>,
    values: BTreeMap<String, Value>,
) -> Result<BTreeMap<String, bool>, ServiceError> {
    texts(context, values)?
        .into_iter()
        .map(|(name, text)| match text.parse() {
            Ok(flag) => Ok((name, flag)),
            Err(_) => Err(property::invalid(
                context.logical_id,
                &format!("#/{name}: expected type: Boolean, found: {text}"),
            )),
        })
        .collect()
}
