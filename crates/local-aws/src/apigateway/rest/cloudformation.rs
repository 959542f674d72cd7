//! `AWS::ApiGateway::*` (AWS resource reference).

mod account;
mod deployment;
mod domain;
mod method;
mod parts;
mod rest_api;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::apigateway::State;
use crate::apigateway::cloudformation::part::Stored;
use crate::core::error::ServiceResult;
use crate::core::property;
use crate::core::resource::Context;

pub use account::Account;
pub use deployment::{Deployment, Stage};
pub use domain::{BasePathMapping, DomainName};
pub use method::Method;
pub use parts::{GatewayResponse, Model, RequestValidator, Resource};
pub use rest_api::RestApi;

impl Stored for super::model::RestApi {
    fn find<'a>(state: &'a mut State, id: &str) -> ServiceResult<&'a mut Self> {
        state.rest.api_mut(id)
    }
}

/// A map of texts, whose values may be other scalars.
fn texts(
    context: &Context<'_>,
    values: BTreeMap<String, Value>,
) -> ServiceResult<BTreeMap<String, String>> {
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
) -> ServiceResult<BTreeMap<String, bool>> {
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
