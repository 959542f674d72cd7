//! `AWS::ApiGateway::*` (AWS resource reference).

mod account;
mod deployment;
mod method;
mod parts;
mod rest_api;

use std::collections::BTreeMap;

use serde_json::Value;

use super::model::RestApi as StoredApi;
use crate::apigateway::State;
use crate::core::error::ServiceResult;
use crate::core::property;
use crate::core::resource::Context;

pub use account::Account;
pub use deployment::{Deployment, Stage};
pub use method::Method;
pub use parts::{GatewayResponse, Model, RequestValidator, Resource};
pub use rest_api::RestApi;

/// Changes an API.
fn change<T>(
    context: &Context<'_>,
    api: &str,
    change: impl FnOnce(&mut StoredApi) -> ServiceResult<T>,
) -> ServiceResult<T> {
    context
        .world
        .write(|state| change(state.of_mut::<State>().rest.api_mut(api)?))
}

/// Takes something away; an API that is gone has it no more.
fn take(
    context: &Context<'_>,
    api: &str,
    take: impl FnOnce(&mut StoredApi) -> ServiceResult<()>,
) -> ServiceResult<()> {
    context.world.write(
        |state| match state.of_mut::<State>().rest.apis.get_mut(api) {
            Some(api) => take(api),
            None => Ok(()),
        },
    )
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
