//! Dates: written as ISO 8601 in UTC, read from what a table may hold, spoken by a flow.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, civil};

/// The instant as it is stored, to the second: `2026-03-09T14:05:00Z`. All of one length, so that
/// the order of the texts is the order of the instants.
#[must_use]
pub fn written(instant: Timestamp) -> String {
    Offset::UTC
        .to_datetime(instant)
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// The instant that a text names: an ISO 8601 date and time with `Z` or an offset, or a date alone
/// (its first second in UTC). `None` when it names none.
#[must_use]
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    // Without a zone, UTC.
    let datetime: civil::DateTime = text.parse().ok()?;
    Offset::UTC.to_timestamp(datetime).ok()
}

/// The day of the instant in UTC, in words: `Monday, March 9, 2026`.
#[must_use]
pub fn spoken(instant: Timestamp) -> String {
    let date: Date = Offset::UTC.to_datetime(instant).date();
    date.strftime("%A, %B %-d, %Y").to_string()
}

/// The instant to the second, the fraction cut off: what [`written`] keeps of it.
#[must_use]
pub fn whole_seconds(instant: Timestamp) -> Timestamp {
    let fraction = SignedDuration::from_nanos(i64::from(instant.subsec_nanosecond()));
    instant.checked_sub(fraction).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_instant_is_written_to_the_second_in_utc() {
        assert_eq!(
            written(instant("2026-03-09T16:05:07.987+02:00")),
            "2026-03-09T14:05:07Z"
        );
    }

    #[test]
    fn what_people_write_is_read() {
        for text in [
            "2026-03-09T14:05:00Z",
            " 2026-03-09T14:05:00.000Z ",
            "2026-03-09 14:05:00Z",
            "2026-03-09T16:05:00+02:00",
            "2026-03-09T14:05:00",
            "2026-03-09 14:05",
        ] {
            assert_eq!(read(text), Some(instant("2026-03-09T14:05:00Z")), "{text}");
        }
        assert_eq!(read("2026-03-09"), Some(instant("2026-03-09T00:00:00Z")));
        for text in ["", "yesterday", "03/09/2026", "2026-13-01", "1773065100"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_spoken() {
        assert_eq!(
            spoken(instant("2026-03-09T23:59:59Z")),
            "Monday, March 9, 2026"
        );
        assert_eq!(
            spoken(instant("2026-03-09T23:59:59-05:00")),
            "Tuesday, March 10, 2026"
        );
    }

    proptest! {
        #[test]
        fn the_order_of_texts_is_the_order_of_instants(
            one in 0_i64..4_000_000_000, other in 0_i64..4_000_000_000, fraction in 0_i32..1_000_000_000,
        ) {
            let one = Timestamp::new(one, fraction).unwrap();
            let other = Timestamp::new(other, fraction).unwrap();
            prop_assert_eq!(written(one).cmp(&written(other)), one.cmp(&other));
            prop_assert_eq!(read(&written(one)), Some(whole_seconds(one)));
        }

        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,40}") {
            let _ = read(&text);
        }
    }
}
