//! `numbers`: what a caller from a number would hear.

use serde::Serialize;
use vanity::TOLD;

use super::Outcome;
use super::arguments::Numbers;
use super::error::{CommandError, Kind};
use crate::ui::Ui;
use crate::ui::style::{DIM, STRONG, VOICE, paint};

/// How many are made and stored.
const MADE: usize = 5;

#[derive(Serialize)]
struct Found<'a> {
    phone_number: &'a str,
    /// What a caller is told.
    vanity_numbers: &'a [String],
    /// What a caller is told who asks for more.
    more: &'a [String],
    /// What the digits make: told as well when there are fewer than three, and among the three when it
    /// is a strong one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<FoundPattern>,
}

#[derive(Serialize)]
struct FoundPattern {
    display: String,
    kind: &'static str,
    meaning: String,
}

impl From<vanity::Pattern> for FoundPattern {
    fn from(pattern: vanity::Pattern) -> Self {
        Self {
            display: pattern.display(),
            kind: pattern.kind().code(),
            meaning: pattern.meaning(),
        }
    }
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
    let displays = vanity::told(&number, MADE);
    // Where there are three, a strong pattern is one of those told.
    let pattern =
        vanity::pattern(&number).filter(|pattern| found.len() < TOLD || pattern.is_strong());
    ui.record(
        "numbers",
        &Found {
            phone_number: &number.e164(),
            vanity_numbers: &displays[..displays.len().min(TOLD)],
            more: &displays[displays.len().min(TOLD)..],
            pattern: pattern.clone().map(FoundPattern::from),
        },
    );
    if found.is_empty() {
        ui.data(&format!("{} spells no word.", number.e164()));
    }
    for (index, display) in displays.iter().enumerate() {
        let reported = if index < TOLD { "" } else { "  on request" };
        ui.data(&format!(
            "{}  {}{}",
            index + 1,
            paint(VOICE, display),
            paint(DIM, reported)
        ));
        let of_words = found.iter().find(|vanity| vanity.display() == *display);
        if let (true, None, Some(pattern)) = (command.explain, of_words, &pattern) {
            ui.data(&format!(
                "     {} {}",
                paint(STRONG, "a strong pattern"),
                paint(DIM, pattern.meaning())
            ));
        }
        if let (true, Some(vanity)) = (command.explain, of_words) {
            for reason in vanity.explain() {
                ui.data(&format!(
                    "     {} {}",
                    paint(STRONG, reason.rule),
                    paint(DIM, reason.meaning)
                ));
            }
        }
    }
    if let Some(pattern) = pattern.filter(|_| found.len() < TOLD) {
        ui.data(&format!(
            "{}{}  {}",
            if found.is_empty() { "" } else { "   " },
            paint(VOICE, pattern.display()),
            paint(DIM, format!("a pattern: {}", pattern.meaning()))
        ));
    }
    Ok(0)
}
