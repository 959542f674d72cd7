//! What a dead-letter queue is told of records that were given up: where they
//! are in the stream, not what they hold (AWS docs, "Pipe DLQ behavior").

use jiff::Timestamp;
use serde_json::{Value, json};

use super::batch::Record;
use super::delivery::Condition;

/// The message's body.
pub fn message(
    pipe_arn: &str,
    stream_arn: &str,
    shard_id: &str,
    records: &[Record],
    condition: Condition,
    now: Timestamp,
) -> Value {
    let number = |record: Option<&Record>| {
        record
            .map(Record::sequence_number)
            .unwrap_or_default()
            .to_owned()
    };
    let arrival = |record: Option<&Record>| {
        let seconds = record.map(Record::created).unwrap_or_default();
        Timestamp::from_second(seconds)
            .unwrap_or_default()
            .to_string()
    };
    json!({
        "context": {
            "partnerResourceArn": pipe_arn,
            "condition": condition.word(),
        },
        "version": "1.0",
        "timestamp": format!("{now:.3}"),
        "DDBStreamBatchInfo": {
            "shardId": shard_id,
            "startSequenceNumber": number(records.first()),
            "endSequenceNumber": number(records.last()),
            "approximateArrivalOfFirstRecord": arrival(records.first()),
            "approximateArrivalOfLastRecord": arrival(records.last()),
            "batchSize": records.len(),
            "streamArn": stream_arn,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_tells_where_the_records_are() {
        let record = |number: &str, created: i64| {
            let event = json!({ "dynamodb": { "SequenceNumber": number, "ApproximateCreationDateTime": created } });
            Record::new(event, "arn:stream")
        };
        let records = [
            record("100000000000000000001", 1_700_000_000),
            record("100000000000000000002", 1_700_000_001),
        ];
        let now = "2026-01-31T12:00:00.5Z".parse().unwrap();
        let told = message(
            "arn:pipe",
            "arn:stream",
            "shardId-1",
            &records,
            Condition::RetryAttemptsExhausted,
            now,
        );
        insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap(), @r#"
        {
          "context": {
            "partnerResourceArn": "arn:pipe",
            "condition": "RetryAttemptsExhausted"
          },
          "version": "1.0",
          "timestamp": "2026-01-31T12:00:00.500Z",
          "DDBStreamBatchInfo": {
            "shardId": "shardId-1",
            "startSequenceNumber": "100000000000000000001",
            "endSequenceNumber": "100000000000000000002",
            "approximateArrivalOfFirstRecord": "2023-11-14T22:13:20Z",
            "approximateArrivalOfLastRecord": "2023-11-14T22:13:21Z",
            "batchSize": 2,
            "streamArn": "arn:stream"
          }
        }
        "#);
    }
}
