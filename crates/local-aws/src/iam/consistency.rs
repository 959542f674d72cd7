//! A role is not known at once to the services that assume it: seconds mostly, minutes
//! seldom (IAM user guide, "Changes that I make are not always immediately visible";
//! hashicorp/terraform-provider-aws #44517 waited up to 15 minutes).

use jiff::Timestamp;

use crate::core::consistency::{Lag, Young, begin, young};
use crate::core::state::State;

/// A role was made.
pub(super) fn made(state: &mut State, role_arn: &str, now: Timestamp) {
    begin(state, Lag::Role, role_arn, now);
    begin(state, Lag::RoleAtWork, role_arn, now);
}

/// What a service that is to assume a role for the first time does not know yet.
pub fn unknown(state: &State, role_arn: &str, now: Timestamp) -> Option<Young> {
    young(state, Lag::Role, role_arn, now)
}

/// The same where the work is done with a role: another part of the service, later than the
/// one that took the order.
pub fn unknown_at_work(state: &State, role_arn: &str, now: Timestamp) -> Option<Young> {
    young(state, Lag::RoleAtWork, role_arn, now)
}
