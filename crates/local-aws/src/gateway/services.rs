//! Every service behind the gateway.

use std::sync::LazyLock;

use crate::core::consistency::Settling;
use crate::core::registration::Registration;
use crate::core::state::State;
use crate::services::SERVICES;

/// CloudFormation stands above the list: it makes the things of those in it.
static CLOUDFORMATION: Registration = crate::cloudformation::REGISTRATION;

static ALL: LazyLock<Vec<&'static Registration>> =
    LazyLock::new(|| SERVICES.iter().chain([&CLOUDFORMATION]).collect());

/// All of them.
pub fn all() -> &'static [&'static Registration] {
    &ALL
}

/// The state of an AWS in which nothing is yet.
pub fn empty_state() -> State {
    let add = |state, service: &&Registration| (service.state)(state);
    let empty = State::default().with::<Settling>();
    all().iter().fold(empty, add)
}
