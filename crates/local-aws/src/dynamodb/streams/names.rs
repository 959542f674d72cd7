//! Names around a stream: its ARN and label, its shard, sequence numbers and
//! shard iterators.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::core::error::{ServiceError, ServiceResult};

/// Turns a stored sequence number into its public form of 21 digits (21 to 40
/// by the service model); of one width, so that text and numbers sort alike.
const OFFSET: i128 = 100_000_000_000_000_000_000;

/// How long an iterator lives (AWS docs, `GetShardIterator`), in microseconds.
pub(super) const ITERATOR_LIFE: i64 = 15 * 60 * 1_000_000;

/// The public form of a stored sequence number.
pub(super) fn sequence_number(stored: i64) -> String {
    (OFFSET + i128::from(stored)).to_string()
}

/// The stored form of a public sequence number; `None` for one that no stream gave.
pub(super) fn stored_number(public: &str) -> Option<i64> {
    if !public.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let stored = public.parse::<i128>().ok()?.checked_sub(OFFSET)?;
    i64::try_from(stored).ok().filter(|stored| *stored >= 0)
}

/// When a stream began, in microseconds of Unix time, by the label that dynoxide
/// stores: `SECONDS.NANOSECONDS`.
pub(super) fn begin(label: &str) -> Option<i64> {
    let (seconds, nanoseconds) = label.split_once('.')?;
    let seconds: i64 = seconds.parse().ok()?;
    let nanoseconds: i64 = nanoseconds.parse().ok()?;
    seconds
        .checked_mul(1_000_000)?
        .checked_add(nanoseconds / 1_000)
}

/// A label as DynamoDB writes it, `2026-01-31T12:00:00.123`.
pub(super) fn public_label(begin: i64) -> String {
    let time = Timestamp::from_microsecond(begin).unwrap_or_default();
    format!("{:.3}", time).trim_end_matches('Z').to_owned()
}

/// The one shard of a stream. Its name is within the service model's 28 to 65 characters.
pub(super) fn shard_id(begin: i64) -> String {
    format!("shardId-{begin:020}-{:08x}", begin & 0xffff_ffff)
}

/// The table and the label of `arn:aws:dynamodb:REGION:ACCOUNT:table/TABLE/stream/LABEL`.
pub(super) fn parse_arn<'a>(arn: &'a str, prefix: &str) -> Option<(&'a str, &'a str)> {
    let (table, label) = arn.strip_prefix(prefix)?.split_once("/stream/")?;
    (!table.is_empty() && !label.is_empty()).then_some((table, label))
}

/// Where reading goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Iterator {
    /// The stream.
    pub(super) stream_arn: String,
    /// The stored sequence number after which to read.
    pub(super) after: i64,
    /// When it was given out, in microseconds of Unix time.
    pub(super) issued: i64,
}

impl Iterator {
    /// As clients get it: the stream's ARN in the open, as DynamoDB does.
    pub(super) fn encode(&self) -> String {
        let place = format!("{}:{}", self.after, self.issued);
        format!("{}|1|{}", self.stream_arn, URL_SAFE_NO_PAD.encode(place))
    }

    /// Reads one back.
    ///
    /// # Errors
    /// `ValidationException` for a text that is no iterator.
    pub(super) fn decode(text: &str) -> ServiceResult<Self> {
        let read = || {
            let (stream_arn, place) = text.split_once("|1|")?;
            let place = String::from_utf8(URL_SAFE_NO_PAD.decode(place).ok()?).ok()?;
            let (after, issued) = place.split_once(':')?;
            Some(Self {
                stream_arn: stream_arn.to_owned(),
                after: after.parse().ok()?,
                issued: issued.parse().ok()?,
            })
        };
        read().ok_or_else(|| {
            ServiceError::new(
                400,
                "ValidationException",
                "Invalid ShardIterator: it was not given out by this service",
            )
        })
    }
}

/// The ARN of the stream that an iterator reads, for permissions.
pub(in crate::dynamodb) fn arn_of_iterator(iterator: &str) -> &str {
    iterator.split('|').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_numbers_are_of_one_width_and_come_back() {
        for stored in [0, 1, 1_763_725_033_123_456, i64::MAX] {
            let public = sequence_number(stored);
            assert_eq!(public.len(), 21, "{public}");
            assert_eq!(stored_number(&public), Some(stored));
        }
        for never in [
            "",
            "5",
            "+100000000000000000005",
            "99999999999999999999999999999999999999999",
            "1e30",
        ] {
            assert_eq!(stored_number(never), None, "{never}");
        }
    }

    #[test]
    fn labels_read_as_times() {
        let begin = begin("1763725033.123456001").unwrap();
        assert_eq!(begin, 1_763_725_033_123_456);
        assert_eq!(public_label(begin), "2025-11-21T11:37:13.123");
        let shard = shard_id(begin);
        assert!((28..=65).contains(&shard.len()), "{shard}");
    }

    #[test]
    fn iterators_come_back_and_others_are_refused() {
        let iterator = Iterator {
            stream_arn:
                "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-31T12:00:00.123"
                    .to_owned(),
            after: 7,
            issued: 8,
        };
        let text = iterator.encode();
        assert_eq!(Iterator::decode(&text).unwrap(), iterator);
        assert_eq!(arn_of_iterator(&text), iterator.stream_arn);
        for wrong in ["", "x", "arn|1|!!", "arn|2|Nzo4"] {
            assert_eq!(
                Iterator::decode(wrong).unwrap_err().code,
                "ValidationException"
            );
        }
    }

    #[test]
    fn an_arn_names_a_table_and_a_label() {
        let prefix = "arn:aws:dynamodb:us-east-1:000000000000:table/";
        let arn = format!("{prefix}t/stream/2026");
        assert_eq!(parse_arn(&arn, prefix), Some(("t", "2026")));
        for wrong in [
            "t/stream/2026".to_owned(),
            format!("{prefix}t"),
            format!("{prefix}t/stream/"),
        ] {
            assert_eq!(parse_arn(&wrong, prefix), None);
        }
    }
}
