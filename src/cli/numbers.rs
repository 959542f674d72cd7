//! `numbers`: what a caller from a number would hear.

use serde::Serialize;

use super::Outcome;
use super::arguments::Numbers;
use super::error::{CommandError, Kind};
use crate::ui::Ui;
use crate::ui::style::{DIM, STRONG, VOICE, paint};

/// How many are made and stored, and how many a caller is told.
const MADE: usize = 5;
const TOLD: usize = 3;

#[derive(Serialize)]
struct Found<'a> {
    phone_number: &'a str,
    /// What a caller is told.
    vanity_numbers: &'a [String],
    /// What a caller is told who asks for more.
    more: &'a [String],
}

pub(super) fn run(ui: &Ui, command: &Numbers) -> Outcome {
    let number = vanity::PhoneNumber::parse(&command.number).map_err(|error| {
        CommandError::new(
            Kind::InvalidInput,
            format!("`{}` is no phone number: {error}", command.number),
        )
        .hint("with its country code, e.g. +18007246837")
    })?;
    let found = vanity::best(&number, MADE);
    let displays: Vec<String> = found.iter().map(vanity::VanityNumber::display).collect();
    ui.record(
        "numbers",
        &Found {
            phone_number: &number.e164(),
            vanity_numbers: &displays[..displays.len().min(TOLD)],
            more: &displays[displays.len().min(TOLD)..],
        },
    );
    if found.is_empty() {
        ui.data(&format!("{} spells no word.", number.e164()));
        return Ok(0);
    }
    for (index, (vanity, display)) in found.iter().zip(&displays).enumerate() {
        let told = if index < TOLD { "" } else { "  on request" };
        ui.data(&format!(
            "{}  {}{}",
            index + 1,
            paint(VOICE, display),
            paint(DIM, told)
        ));
        if command.explain {
            for reason in vanity.explain() {
                ui.data(&format!(
                    "     {} {}",
                    paint(STRONG, reason.rule),
                    paint(DIM, reason.meaning)
                ));
            }
        }
    }
    Ok(0)
}
