//! From what the table holds to what is told and what is to be stored. Pure.

use vanity::{PhoneNumber, WORD_LIST_VERSION};

use crate::settings::Settings;
use crate::table::Stored;

/// How many are made and stored.
pub const STORED: usize = 5;

/// How long a known caller is not stamped again, so that a known number costs one read.
const STAMP_INTERVAL_MS: u64 = 24 * 60 * 60 * 1000;

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Stored by an earlier call.
    Table,
    /// Made now.
    WordList,
}

/// A key that the caller has pressed for one of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice<'request> {
    /// From 1, as pressed.
    pub place: &'request str,
    /// The numbers that the caller heard, as the answer before gave them in one string. They are
    /// what the key stands for, also when another word list has come since. Without them it stands
    /// for the numbers as they are now.
    pub told: Option<&'request str>,
}

/// Who asks, which decides what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker<'request> {
    /// A caller.
    Caller {
        /// The contact's id, the same in each invocation of one call.
        contact: Option<&'request str>,
        /// What the caller has chosen now.
        choice: Option<Choice<'request>>,
    },
    /// Somebody on the web.
    Web,
}

/// A question about a number.
#[derive(Debug, Clone, Copy)]
pub struct Question<'request> {
    /// The number.
    pub number: &'request PhoneNumber,
    /// Who asks.
    pub asker: Asker<'request>,
    /// Milliseconds since 1970.
    pub now: u64,
    /// What may be stored, and for how long.
    pub settings: Settings,
}

/// What follows from what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// As displayed, best first, at most [`STORED`].
    pub vanity_numbers: Vec<String>,
    /// Where they came from.
    pub source: Source,
    /// Whether the number called before this contact.
    pub called_before: bool,
    /// The one that was chosen before, if its letters dial this number.
    pub chosen_before: Option<String>,
    /// What is chosen now: a number, or none when there is no such place. `None` when nothing was
    /// to be chosen.
    pub chosen_now: Option<Option<String>>,
    /// What the table is to hold, when that is something else than what it holds.
    pub wanted: Option<Stored>,
}

/// Decides on what was read of the number's item.
#[must_use]
pub fn decide(read: Option<&Stored>, question: &Question<'_>) -> Decision {
    let Question {
        number,
        asker,
        now,
        settings,
    } = *question;
    // The table takes its time to delete what has expired.
    let known = read.filter(|item| !is_expired(item, now));
    let fresh = known.filter(|item| is_fresh(item, number));
    let (vanity_numbers, source) = match fresh {
        Some(item) => (item.vanity_numbers.clone(), Source::Table),
        None => (compute(number), Source::WordList),
    };
    let before = known.cloned().unwrap_or_default();
    let chosen_before = before.chosen_number.clone().filter(|chosen| {
        // Only somebody who edits the table can have put something else there.
        vanity::dials(chosen, number)
    });
    let mut wanted = Stored {
        vanity_numbers: vanity_numbers.clone(),
        word_list_version: WORD_LIST_VERSION.to_owned(),
        ..before.clone()
    };
    let (called_before, chosen_now) = match asker {
        Asker::Web => {
            if known.is_none() {
                wanted.expires_at = settings.expiry(now);
            }
            (false, None)
        }
        Asker::Caller { contact, choice } => {
            let chosen_now = choice.map(|choice| chosen(choice, &vanity_numbers, number));
            if let Some(Some(chosen)) = &chosen_now {
                wanted.chosen_number = Some(chosen.clone());
            }
            let stamped = stamp_is_due(before.called_at, now);
            if stamped {
                wanted.called_at = Some(now);
                // With the stamp and not oftener: the lifetime is a part of what a write is based on.
                wanted.expires_at = settings.expiry(now);
            }
            if before.called_at.is_none() {
                wanted.first_contact = contact.map(str::to_owned);
            }
            // The first contact stays one that has not called before, however often it asks.
            let is_first = contact.is_some() && before.first_contact.as_deref() == contact;
            (before.called_at.is_some() && !is_first, chosen_now)
        }
    };
    let may_store = !matches!(asker, Asker::Web) || settings.store_web_lookups;
    Decision {
        vanity_numbers,
        source,
        called_before,
        chosen_before,
        chosen_now,
        wanted: (may_store && read != Some(&wanted)).then_some(wanted),
    }
}

/// The numbers as they are given back with a choice: what [`Choice::told`] reads.
#[must_use]
pub fn told(vanity_numbers: &[String]) -> String {
    vanity_numbers.join(" ")
}

fn compute(number: &PhoneNumber) -> Vec<String> {
    vanity::told(number, STORED)
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn is_expired(item: &Stored, now: u64) -> bool {
    item.expires_at
        .is_some_and(|expires_at| expires_at <= now / 1000)
}

/// Whether a stored item may be told: made with this word list, and every letter dials this number.
/// The second cannot fail unless somebody edited the table, and then it must.
fn is_fresh(stored: &Stored, number: &PhoneNumber) -> bool {
    stored.word_list_version == WORD_LIST_VERSION
        && stored.vanity_numbers.len() <= STORED
        && stored
            .vanity_numbers
            .iter()
            .all(|displayed| vanity::dials(displayed, number))
}

fn stamp_is_due(called_at: Option<u64>, now: u64) -> bool {
    called_at.is_none_or(|called_at| now.saturating_sub(called_at) >= STAMP_INTERVAL_MS)
}

/// The number that a key stands for.
fn chosen(choice: Choice<'_>, now: &[String], number: &PhoneNumber) -> Option<String> {
    let place = choice.place.trim().parse::<usize>().ok()?.checked_sub(1)?;
    let told: Vec<&str> = choice.told.unwrap_or_default().split(' ').collect();
    // What does not dial this number was not told to this caller.
    let is_told = told.len() <= STORED && told.iter().all(|one| vanity::dials(one, number));
    if is_told {
        told.get(place).map(|one| (*one).to_owned())
    } else {
        now.get(place).cloned()
    }
}
