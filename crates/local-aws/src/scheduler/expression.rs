//! Schedule expressions (user guide, "Schedule types in EventBridge Scheduler"): `rate(…)`,
//! `at(…)` and `cron(…)`, in UTC. Pure.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::core::error::{ServiceError, ServiceResult};

/// When a schedule runs.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// Every so many seconds from the start on.
    Rate(i64),
    /// Once.
    At(Timestamp),
    /// In the minutes that fit.
    Cron(Cron),
}

/// The values of each field that fit; `None`: every one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cron {
    minutes: Vec<i64>,
    hours: Vec<i64>,
    days: Option<Vec<i64>>,
    months: Vec<i64>,
    /// 1 is Sunday.
    weekdays: Option<Vec<i64>>,
    years: Vec<i64>,
}

const MONTHS: &[&str] = &[
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

fn invalid(text: &str) -> ServiceError {
    ServiceError::new(
        400,
        "ValidationException",
        format!("Invalid Schedule Expression {text}."),
    )
}

impl Expression {
    /// Reads one.
    ///
    /// # Errors
    /// `ValidationException`; 501 for `L`, `W` and `#` in a cron expression.
    pub fn parse(text: &str) -> ServiceResult<Self> {
        let inside = |name: &str| {
            let rest = text.strip_prefix(name)?.strip_prefix('(')?;
            rest.strip_suffix(')')
        };
        if let Some(inner) = inside("rate") {
            return rate(inner).map(Self::Rate).ok_or_else(|| invalid(text));
        }
        if let Some(inner) = inside("at") {
            return at(inner).map(Self::At).ok_or_else(|| invalid(text));
        }
        let inner = inside("cron").ok_or_else(|| invalid(text))?;
        if inner.contains(['#', 'W']) && !inner.contains("WED") || inner.split(' ').any(is_last) {
            return Err(ServiceError::not_implemented(format!(
                "L, W and # in the schedule expression {text}"
            )));
        }
        Cron::parse(inner)
            .map(Self::Cron)
            .ok_or_else(|| invalid(text))
    }

    /// The first run that is not before a time; `start` is the first of a rate.
    pub fn at_or_after(&self, from: Timestamp, start: Timestamp) -> Option<Timestamp> {
        match self {
            Self::At(time) => (*time >= from).then_some(*time),
            Self::Cron(cron) => cron.at_or_after(from),
            Self::Rate(seconds) => {
                let passed = from.duration_since(start).as_millis().max(0);
                let each = i128::from(*seconds) * 1000;
                let count = passed.div_euclid(each) + i128::from(passed.rem_euclid(each) != 0);
                let later = i64::try_from(count * each).ok()?;
                start.checked_add(SignedDuration::from_millis(later)).ok()
            }
        }
    }
}

/// `L`, alone or behind a number.
fn is_last(field: &str) -> bool {
    field.ends_with('L') && !field.ends_with("JUL")
}

/// `5 minutes`; seconds.
fn rate(inner: &str) -> Option<i64> {
    let (value, unit) = inner.split_once(' ')?;
    let value: i64 = value.parse().ok().filter(|value| *value > 0)?;
    let seconds = match unit {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    // Longer than a calendar has no next time.
    value.checked_mul(seconds).filter(|all| *all < 1 << 40)
}

/// `yyyy-mm-ddThh:mm:ss`.
fn at(inner: &str) -> Option<Timestamp> {
    let time: DateTime = inner.parse().ok()?;
    if inner.len() != "yyyy-mm-ddThh:mm:ss".len() || !inner.contains('T') {
        return None;
    }
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

impl Cron {
    fn parse(inner: &str) -> Option<Self> {
        let fields: Vec<&str> = inner.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays, years] = fields.as_slice() else {
            return None;
        };
        // One of the two days is `?` (user guide).
        if (*days == "?") == (*weekdays == "?") {
            return None;
        }
        let day = |text: &str, range: (i64, i64), names: &[&str]| match text {
            "?" => Some(None),
            text => field(text, range, names).map(Some),
        };
        Some(Self {
            minutes: field(minutes, (0, 59), &[])?,
            hours: field(hours, (0, 23), &[])?,
            days: day(days, (1, 31), &[])?,
            months: field(months, (1, 12), MONTHS)?,
            weekdays: day(weekdays, (1, 7), WEEKDAYS)?,
            years: field(years, (1970, 2199), &[])?,
        })
    }

    fn fits(&self, date: Date) -> bool {
        let has = |values: &[i64], value: i8| values.contains(&i64::from(value));
        let weekday = date.weekday().to_sunday_one_offset();
        self.years.contains(&i64::from(date.year()))
            && has(&self.months, date.month())
            && self.days.as_ref().is_none_or(|days| has(days, date.day()))
            && self.weekdays.as_ref().is_none_or(|days| has(days, weekday))
    }

    fn at_or_after(&self, from: Timestamp) -> Option<Timestamp> {
        let whole = from.as_second() + i64::from(from.subsec_nanosecond() > 0);
        let minute = whole.div_euclid(60) + i64::from(whole.rem_euclid(60) > 0);
        let from = Timestamp::from_second(minute.checked_mul(60)?).ok()?;
        let from = from.to_zoned(TimeZone::UTC).datetime();
        let mut date = from.date();
        while i64::from(date.year()) <= 2199 {
            if self.fits(date) {
                for hour in &self.hours {
                    for minute in &self.minutes {
                        let (hour, minute) =
                            (i8::try_from(*hour).ok()?, i8::try_from(*minute).ok()?);
                        let time = date.at(hour, minute, 0, 0);
                        if time >= from {
                            return Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp());
                        }
                    }
                }
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }
}

/// The values of a field, sorted: `*`, `7`, `MON`, `1-5`, `0/15`, `1-30/10`, and lists of them.
fn field(text: &str, (least, most): (i64, i64), names: &[&str]) -> Option<Vec<i64>> {
    let value = |text: &str| {
        let named = names.iter().position(|name| *name == text);
        let value = match named {
            Some(position) => i64::try_from(position).ok()? + 1,
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (least..=most).contains(&value).then_some(value)
    };
    let mut values = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (first, last) = match (range, range.split_once('-')) {
            ("*", _) => (least, most),
            (_, Some((first, last))) => (value(first)?, value(last)?),
            // `5/10`: from 5 on.
            (one, None) if part.contains('/') => (value(one)?, most),
            (one, None) => (value(one)?, value(one)?),
        };
        if first > last {
            return None;
        }
        values.extend((first..=last).step_by(usize::try_from(step).ok()?));
    }
    values.sort_unstable();
    values.dedup();
    Some(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn next(expression: &str, from: &str) -> Option<String> {
        let start = time("2026-01-31T12:00:30Z");
        let expression = Expression::parse(expression).unwrap();
        let found = expression.at_or_after(time(from), start);
        found.map(|time| time.to_string())
    }

    #[test]
    fn when_it_runs_next() {
        for (expression, from, expected) in [
            // The first at once, the next after the rate, whenever it is asked.
            (
                "rate(1 hour)",
                "2026-01-31T12:00:30Z",
                "2026-01-31T12:00:30Z",
            ),
            (
                "rate(1 hour)",
                "2026-01-31T12:00:31Z",
                "2026-01-31T13:00:30Z",
            ),
            (
                "rate(5 minutes)",
                "2026-01-31T12:06:00Z",
                "2026-01-31T12:10:30Z",
            ),
            (
                "rate(2 days)",
                "2026-02-01T00:00:00Z",
                "2026-02-02T12:00:30Z",
            ),
            (
                "at(2026-02-01T08:30:15)",
                "2026-01-31T12:00:00Z",
                "2026-02-01T08:30:15Z",
            ),
            (
                "cron(0 * * * ? *)",
                "2026-01-31T12:00:30Z",
                "2026-01-31T13:00:00Z",
            ),
            (
                "cron(0 * * * ? *)",
                "2026-01-31T13:00:00Z",
                "2026-01-31T13:00:00Z",
            ),
            (
                "cron(15 8 ? * MON-FRI *)",
                "2026-01-31T12:00:00Z",
                "2026-02-02T08:15:00Z",
            ),
            (
                "cron(15 8 ? * 2-6 *)",
                "2026-01-31T12:00:00Z",
                "2026-02-02T08:15:00Z",
            ),
            (
                "cron(0/20 23 31 * ? *)",
                "2026-01-31T23:41:00Z",
                "2026-03-31T23:00:00Z",
            ),
            (
                "cron(5,10 0 1 JAN ? 2030)",
                "2026-01-31T12:00:00Z",
                "2030-01-01T00:05:00Z",
            ),
            (
                "cron(0 0 29 2 ? *)",
                "2026-01-31T12:00:00Z",
                "2028-02-29T00:00:00Z",
            ),
            (
                "cron(0 0 1 JUL ? *)",
                "2026-01-31T12:00:00Z",
                "2026-07-01T00:00:00Z",
            ),
        ] {
            assert_eq!(
                next(expression, from).as_deref(),
                Some(expected),
                "{expression}"
            );
        }
        assert_eq!(
            next("at(2026-01-01T00:00:00)", "2026-01-31T12:00:00Z"),
            None
        );
        assert_eq!(next("cron(0 0 30 2 ? *)", "2026-01-31T12:00:00Z"), None);
        assert_eq!(next("cron(0 0 1 1 ? 2020)", "2026-01-31T12:00:00Z"), None);
    }

    #[test]
    fn what_is_no_expression() {
        for text in [
            "",
            "hourly",
            "rate(0 minutes)",
            "rate(1 second)",
            "rate(-1 days)",
            "rate(1)",
            "rate(1 hour",
            "rate(99999999999999 days)",
            "at(tomorrow)",
            "at(2026-02-01)",
            "at(2026-02-30T00:00:00)",
            "cron(0 * * * ?)",
            "cron(0 * * * * *)",
            "cron(0 * ? * ? *)",
            "cron(60 * * * ? *)",
            "cron(0 24 * * ? *)",
            "cron(0 0 0 * ? *)",
            "cron(0 0 1 13 ? *)",
            "cron(0 0 ? * 8 *)",
            "cron(5-1 * * * ? *)",
            "cron(0/0 * * * ? *)",
            "cron(a * * * ? *)",
            "cron(0 * * * ? 1969)",
            "cron(? * * * ? *)",
        ] {
            assert_eq!(
                Expression::parse(text).unwrap_err().code,
                "ValidationException",
                "{text}"
            );
        }
        for text in [
            "cron(0 0 L * ? *)",
            "cron(0 0 ? * 6L *)",
            "cron(0 0 3W * ? *)",
            "cron(0 0 ? * 6#3 *)",
        ] {
            assert!(
                Expression::parse(text).unwrap_err().is_not_implemented(),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_rate_has_one_run_in_each_of_its_lengths(minutes in 1_i64..5000, later in 0_i64..10_000_000) {
            let start = time("2026-01-31T12:00:30Z");
            let from = start + SignedDuration::from_secs(later);
            let run = Expression::Rate(minutes * 60).at_or_after(from, start).unwrap();
            prop_assert!(run >= from && run < from + SignedDuration::from_mins(minutes));
            prop_assert_eq!((run.as_second() - start.as_second()) % (minutes * 60), 0);
        }

        #[test]
        fn no_text_is_a_panic(text in "(cron|rate|at)\\([0-9A-Z*?/,# -]{0,24}\\)") {
            if let Ok(expression) = Expression::parse(&text) {
                expression.at_or_after(time("2026-01-31T12:00:30Z"), time("2026-01-31T12:00:30Z"));
            }
        }
    }
}
