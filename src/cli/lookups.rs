//! Refs to things of the instance, checked for all selected solutions before any is planned.

use super::error::CommandError;
use super::session::Session;
use crate::engine::desired::Desired;
use crate::engine::lookups::{Names, unknown};
use crate::engine::observe;

/// What the instance has of what the solutions have refs to.
///
/// # Errors
/// All refs that name nothing, each at its place.
pub(super) async fn names(session: &Session, desired: &[Desired]) -> Result<Names, CommandError> {
    let names = observe::lookups(&session.ports, &session.instance, desired).await?;
    let all = desired.iter().flat_map(|one| {
        let unknown = unknown(one, &names);
        unknown.into_iter().map(move |unknown| (one, unknown))
    });
    let all: Vec<_> = all.collect();
    if all.is_empty() {
        return Ok(names);
    }
    Err(CommandError::lookups(&all))
}
