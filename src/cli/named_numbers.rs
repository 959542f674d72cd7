//! Telephone numbers that files name, held against the numbers of the instance before anything
//! is planned.

use std::collections::BTreeSet;

use super::error::{CommandError, Kind, Spot};
use super::session::Session;
use crate::engine::desired::{Desired, NamedNumber, Object};
use crate::engine::error::EngineError;
use crate::ui::Ui;

/// What to do about a number that the instance does not have.
const CLAIM_IT: &str = "name a number that the instance has, or claim this one for it first: on \
                        AWS a call that shows another is cut";

/// Checks the numbers that the solutions' objects name: what is in no range that is known is
/// warned of, and used; what must be a number of the instance and is none is refused, with the
/// embedded AWS warned of.
///
/// # Errors
/// A refusal of Connect; all numbers that the instance does not have, each at its place.
pub(super) async fn check(
    ui: &Ui,
    session: &Session,
    desired: &[Desired],
) -> Result<(), CommandError> {
    let all: Vec<(&Object, &NamedNumber)> = desired
        .iter()
        .flat_map(|one| one.objects.values())
        .flat_map(|object| object.numbers.iter().map(move |number| (object, number)))
        .collect();
    for (object, number) in all.iter().filter(|(_, number)| !number.is_known) {
        let message = format!(
            "{} is in no range of numbers that is known here: it is used all the same",
            number.number
        );
        spot(object, number, message).warn(ui);
    }
    let of_instance: Vec<_> = all
        .iter()
        .filter(|(_, number)| number.of_instance)
        .collect();
    if of_instance.is_empty() {
        return Ok(());
    }
    let listed = session
        .ports
        .resources
        .listed_numbers(&session.instance.arn);
    let listed = listed.await.map_err(|failure| EngineError::Request {
        doing: "reading the phone numbers of the instance",
        failure: Box::new(failure),
    })?;
    let there: BTreeSet<&str> = listed.iter().map(|one| one.number.as_str()).collect();
    let missing = of_instance
        .iter()
        .filter(|(_, number)| !there.contains(number.number.as_str()))
        .map(|(object, number)| {
            let message = format!("the instance has no number {}", number.number);
            spot(object, number, message).with_hint(CLAIM_IT)
        });
    if session.local.is_some() {
        missing.for_each(|spot| spot.warn(ui));
        return Ok(());
    }
    let places: Vec<Spot> = missing.collect();
    if places.is_empty() {
        return Ok(());
    }
    let mut error = CommandError::new(Kind::InvalidInput, "");
    error.places = places;
    Err(error)
}

fn spot(object: &Object, number: &NamedNumber, message: String) -> Spot {
    let text = String::from_utf8_lossy(&object.content);
    Spot::new(&object.origin, text.as_ref(), number.at.clone(), message)
}
