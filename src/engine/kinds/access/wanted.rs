//! What is wanted of an access, part by part, as a plan shows it. Its structure is taken apart
//! without `..`: a field that is added must be shown, or left out with a reason.

use super::diff::{statement, statement_id};
use crate::engine::desired::Function;
use crate::engine::observe::Observed;
use crate::engine::values::LIVE;
use crate::engine::wanted::Part;

/// The parts of an access.
pub(super) fn parts(observed: &Observed, function: &Function) -> Vec<Part> {
    let statement = statement(&observed.instance, &observed.identity.account);
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
    vec![
        Part::plain("alias", format!("{}:{LIVE}", function.physical)),
        Part::plain("statement", statement_id(&observed.instance)),
        Part::plain("principal", statement.principal),
        Part::plain("source ARN", or_none(statement.source_arn)),
        Part::plain("source account", or_none(statement.source_account)),
    ]
}
