//! Schedules as they are kept.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::expression::Expression;

/// The schedules by name, all of the group `default`.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    pub(super) schedules: BTreeMap<String, Schedule>,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "scheduler";
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Schedule {
    pub name: String,
    pub settings: Settings,
    pub created: Timestamp,
    pub modified: Timestamp,
    /// The time that it runs for next; `None`: never again.
    pub next: Option<Run>,
}

/// A run to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Run {
    /// When the expression says.
    pub scheduled: Timestamp,
    /// When it is done, within the flexible time window.
    pub due: Timestamp,
}

/// What a request says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub description: Option<String>,
    pub expression: String,
    pub timezone: Option<String>,
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    /// Minutes of the flexible time window; `None`: it is off.
    pub window: Option<i64>,
    pub enabled: bool,
    /// Whether it goes when it will not run again.
    pub delete_after: bool,
    pub target: Target,
}

/// What is invoked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Target {
    /// The ARN of a function, a version or an alias.
    pub arn: String,
    pub role_arn: String,
    pub input: String,
    /// How often it is tried again.
    pub retries: i64,
    /// Seconds after which it is not tried again.
    pub longest: i64,
    pub dead_letter_queue: Option<String>,
}

impl Settings {
    /// The run at a time or the first after it; `chance`, from 0 to 1, says where in the window.
    pub fn run(&self, from: Timestamp, created: Timestamp, chance: f64) -> Option<Run> {
        if !self.enabled {
            return None;
        }
        // It was read when it was put.
        let expression = Expression::parse(&self.expression).ok()?;
        // API reference, `CreateSchedule`: `StartDate` is of no meaning to one-time schedules.
        let start = match expression {
            Expression::At(_) => created,
            _ => self.start.unwrap_or(created),
        };
        let scheduled = expression.at_or_after(from.max(start), start)?;
        if self.end.is_some_and(|end| scheduled > end) {
            return None;
        }
        let seconds = self.window.unwrap_or(0).saturating_mul(60);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "a day of seconds at most"
        )]
        let later = (seconds as f64 * chance) as i64;
        let due = scheduled
            .checked_add(jiff::SignedDuration::from_secs(later))
            .unwrap_or(scheduled);
        Some(Run { scheduled, due })
    }
}
