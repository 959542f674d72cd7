//! Records on their way through a pipe: what a filter lets through, gathered
//! until a batch is full or has waited long enough. No I/O, no clock.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::Names;
use super::pattern::Pattern;

/// A record as the target gets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The record's JSON.
    pub event: Value,
    /// That JSON's length in bytes.
    pub bytes: usize,
}

impl Record {
    /// A record as `GetRecords` answers it, as Pipes sends it on.
    pub fn new(mut event: Value, stream_arn: &str) -> Self {
        if let Some(identity) = event.get("userIdentity").cloned() {
            // In events its members begin with small letters.
            event["userIdentity"] = json!({
                "type": identity["Type"],
                "principalId": identity["PrincipalId"],
            });
        }
        event["eventSourceARN"] = stream_arn.into();
        let bytes = event.to_string().len();
        Self { event, bytes }
    }

    /// `dynamodb.SequenceNumber`.
    pub fn sequence_number(&self) -> &str {
        self.event["dynamodb"]["SequenceNumber"]
            .as_str()
            .unwrap_or_default()
    }

    /// Unix time in seconds.
    pub fn created(&self) -> i64 {
        self.event["dynamodb"]["ApproximateCreationDateTime"]
            .as_i64()
            .unwrap_or_default()
    }

    /// How a function names it.
    pub fn names(&self) -> Names<'_> {
        Names {
            event_id: self.event["eventID"].as_str().unwrap_or_default(),
            sequence_number: self.sequence_number(),
        }
    }

    /// Which of so many lanes it goes: one item's changes all go the same.
    fn lane(&self, lanes: usize) -> usize {
        let mut hasher = DefaultHasher::new();
        let keys = &self.event["dynamodb"]["Keys"];
        let mut parts: Vec<String> = keys
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| format!("{name}{value}"))
            .collect();
        parts.sort();
        parts.hash(&mut hasher);
        usize::try_from(hasher.finish() % lanes.max(1) as u64).unwrap_or(0)
    }
}

/// The filters of a pipe: one that matches is enough, and none lets all through.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filters(Vec<Pattern>);

impl Filters {
    /// Of the patterns, checked when the pipe was made.
    pub fn new(patterns: Vec<Pattern>) -> Self {
        Self(patterns)
    }

    fn let_through(&self, event: &Value) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| pattern.matches(event))
    }
}

/// What was read and is not yet delivered.
#[derive(Debug, Default)]
pub struct Gathered {
    records: Vec<Record>,
    /// The sequence number up to which the stream was read.
    through: Option<String>,
}

impl Gathered {
    /// Takes what was read next.
    pub fn take_in(&mut self, records: impl IntoIterator<Item = Record>, filters: &Filters) {
        for record in records {
            self.through = Some(record.sequence_number().to_owned());
            if filters.let_through(&record.event) {
                self.records.push(record);
            }
        }
    }

    /// How many records wait.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Up to where the stream is done with when no record waits: all that was read
    /// was filtered out.
    pub fn skipped(&mut self) -> Option<String> {
        if self.is_empty() {
            self.through.take()
        } else {
            None
        }
    }

    /// The records, when there are `most` or the first has waited for the window.
    pub fn ready(&mut self, most: usize, waited: Duration, window: Duration) -> Option<Ready> {
        let full = self.len() >= most;
        if self.is_empty() || !(full || waited >= window) {
            return None;
        }
        let rest = self.records.split_off(most.min(self.len()));
        let records = std::mem::replace(&mut self.records, rest);
        // What was filtered out behind the last record is done with it, too, unless
        // others wait that came between.
        let through = match (self.is_empty(), records.last()) {
            (true, _) => self.through.take(),
            (false, last) => last.map(|record| record.sequence_number().to_owned()),
        };
        Some(Ready { records, through })
    }
}

/// Records to be delivered.
#[derive(Debug, PartialEq)]
pub struct Ready {
    /// The records, in order.
    pub records: Vec<Record>,
    /// Up to where the stream is done with when they are delivered.
    pub through: Option<String>,
}

/// Deals records to lanes that are delivered at the same time.
pub fn lanes(records: Vec<Record>, lanes: usize) -> Vec<Vec<Record>> {
    let mut dealt = vec![Vec::new(); lanes.max(1)];
    for record in records {
        let lane = record.lane(lanes);
        if let Some(lane) = dealt.get_mut(lane) {
            lane.push(record);
        }
    }
    dealt.retain(|lane| !lane.is_empty());
    dealt
}

/// Cuts records into batches of at most so many records and bytes as a JSON list;
/// a record that is too large alone is a batch alone.
pub fn cut(records: &[Record], most: usize, most_bytes: usize) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let (mut start, mut bytes) = (0, 2);
    for (at, record) in records.iter().enumerate() {
        let more = record.bytes + 1;
        if at > start && (at - start >= most || bytes + more > most_bytes) {
            batches.push(start..at);
            (start, bytes) = (at, 2);
        }
        bytes += more;
    }
    if start < records.len() {
        batches.push(start..records.len());
    }
    batches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(number: usize, name: &str) -> Record {
        let event = json!({
            "eventID": format!("e{number}"),
            "eventName": name,
            "dynamodb": {
                "ApproximateCreationDateTime": 1,
                "Keys": { "id": { "S": (number % 5).to_string() } },
                "SequenceNumber": number.to_string(),
            },
        });
        Record::new(event, "arn:stream")
    }

    fn inserts() -> Filters {
        Filters::new(vec![Pattern::parse(r#"{"eventName":["INSERT"]}"#).unwrap()])
    }

    fn numbers(records: &[Record]) -> Vec<&str> {
        records.iter().map(Record::sequence_number).collect()
    }

    #[test]
    fn a_record_goes_on_as_pipes_sends_it() {
        let event = json!({
            "eventID": "1",
            "dynamodb": { "SequenceNumber": "7" },
            "userIdentity": { "PrincipalId": "dynamodb.amazonaws.com", "Type": "Service" },
        });
        insta::assert_snapshot!(Record::new(event, "arn:stream").event.to_string(), @r#"{"eventID":"1","dynamodb":{"SequenceNumber":"7"},"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},"eventSourceARN":"arn:stream"}"#);
    }

    #[test]
    fn a_batch_waits_for_its_size_or_its_window() {
        let window = Duration::from_secs(5);
        let mut gathered = Gathered::default();
        gathered.take_in((1..=2).map(|n| record(n, "INSERT")), &Filters::default());
        assert_eq!(gathered.ready(3, Duration::ZERO, window), None);
        let early = gathered.ready(3, window, window).unwrap();
        assert_eq!(numbers(&early.records), ["1", "2"]);
        gathered.take_in((3..=6).map(|n| record(n, "INSERT")), &Filters::default());
        let full = gathered.ready(3, Duration::ZERO, window).unwrap();
        assert_eq!(
            (numbers(&full.records), full.through),
            (vec!["3", "4", "5"], Some("5".to_owned()))
        );
        assert_eq!(gathered.len(), 1);
    }

    #[test]
    fn what_is_filtered_out_is_done_with() {
        let mut gathered = Gathered::default();
        gathered.take_in([record(1, "MODIFY"), record(2, "REMOVE")], &inserts());
        assert_eq!(gathered.skipped(), Some("2".to_owned()));
        assert_eq!(gathered.skipped(), None);
        gathered.take_in([record(3, "INSERT"), record(4, "MODIFY")], &inserts());
        assert_eq!(gathered.skipped(), None);
        let ready = gathered.ready(10, Duration::ZERO, Duration::ZERO).unwrap();
        assert_eq!(
            (numbers(&ready.records), ready.through),
            (vec!["3"], Some("4".to_owned()))
        );
    }

    #[test]
    fn the_next_record_is_not_done_with_too_early() {
        let mut gathered = Gathered::default();
        let read = [
            record(1, "INSERT"),
            record(2, "MODIFY"),
            record(3, "INSERT"),
            record(4, "MODIFY"),
        ];
        gathered.take_in(read, &inserts());
        let first = gathered.ready(1, Duration::ZERO, Duration::ZERO).unwrap();
        assert_eq!(first.through, Some("1".to_owned()));
        let second = gathered.ready(1, Duration::ZERO, Duration::ZERO).unwrap();
        assert_eq!(second.through, Some("4".to_owned()));
    }

    proptest! {
        #[test]
        fn batches_hold_every_record_once_within_the_limits(
            sizes in proptest::collection::vec(1usize..50, 0..60),
            most in 1usize..10,
            most_bytes in 20usize..120,
        ) {
            let records: Vec<Record> = sizes
                .iter()
                .map(|bytes| Record { event: Value::Null, bytes: *bytes })
                .collect();
            let batches = cut(&records, most, most_bytes);
            let mut next = 0;
            for batch in batches {
                prop_assert_eq!(batch.start, next);
                prop_assert!(!batch.is_empty() && batch.len() <= most);
                let bytes: usize = 1 + records[batch.clone()].iter().map(|r| r.bytes + 1).sum::<usize>();
                prop_assert!(bytes <= most_bytes || batch.len() == 1);
                next = batch.end;
            }
            prop_assert_eq!(next, records.len());
        }

        #[test]
        fn lanes_keep_the_order_of_each_item(count in 0usize..60, wanted in 1usize..10) {
            let records: Vec<Record> = (0..count).map(|n| record(n, "INSERT")).collect();
            let dealt = lanes(records, wanted);
            prop_assert!(dealt.len() <= wanted);
            let mut seen = 0;
            let mut of_item = std::collections::BTreeMap::new();
            for (at, lane) in dealt.iter().enumerate() {
                let mut before = None;
                for record in lane {
                    let number: usize = record.sequence_number().parse().unwrap();
                    prop_assert!(before < Some(number));
                    before = Some(number);
                    prop_assert_eq!(*of_item.entry(number % 5).or_insert(at), at);
                    seen += 1;
                }
            }
            prop_assert_eq!(seen, count);
        }
    }
}
