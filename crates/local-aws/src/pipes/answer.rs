//! What a target function's answer says about its batch (AWS docs, "Partial
//! batch failures" of EventBridge Pipes and "Reporting batch item failures" of
//! Lambda's stream sources).

use serde_json::Value;

use super::delivery::Outcome;

/// How a function may name a record: Pipes documents the `eventID`, Lambda's own
/// stream sources document the sequence number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names<'a> {
    /// `eventID`.
    pub event_id: &'a str,
    /// `dynamodb.SequenceNumber`.
    pub sequence_number: &'a str,
}

/// Reads an answer. All went well when it names no failures; a failure that it
/// names wrongly makes the whole batch one.
pub fn outcome(payload: &[u8], batch: &[Names<'_>]) -> Outcome {
    // An empty answer is none; one that is no JSON did not come from a runtime.
    let Ok(answer) = serde_json::from_slice::<Value>(payload) else {
        return Outcome::Success;
    };
    let failures = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return Outcome::Success,
        Some(Value::Array(failures)) if failures.is_empty() => return Outcome::Success,
        Some(Value::Array(failures)) => failures,
        Some(_) => return Outcome::Failure,
    };
    let place = |failure: &Value| {
        let identifier = failure.get("itemIdentifier")?.as_str()?;
        batch
            .iter()
            .position(|names| names.event_id == identifier || names.sequence_number == identifier)
    };
    let places: Option<Vec<usize>> = failures.iter().map(place).collect();
    match places.and_then(|places| places.into_iter().min()) {
        Some(first) => Outcome::Partial(first),
        None => Outcome::Failure,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BATCH: &[Names<'static>] = &[
        Names {
            event_id: "a",
            sequence_number: "1",
        },
        Names {
            event_id: "b",
            sequence_number: "2",
        },
        Names {
            event_id: "c",
            sequence_number: "3",
        },
    ];

    fn of(answer: &Value) -> Outcome {
        outcome(answer.to_string().as_bytes(), BATCH)
    }

    #[test]
    fn an_answer_without_failures_is_a_success() {
        for answer in [
            json!(null),
            json!({}),
            json!("done"),
            json!([1]),
            json!({ "batchItemFailures": null }),
            json!({ "batchItemFailures": [] }),
        ] {
            assert_eq!(of(&answer), Outcome::Success, "{answer}");
        }
        assert_eq!(outcome(b"", BATCH), Outcome::Success);
    }

    #[test]
    fn the_first_failed_record_counts() {
        let failed = |ids: &[&str]| {
            let failures: Vec<Value> = ids
                .iter()
                .map(|id| json!({ "itemIdentifier": id }))
                .collect();
            of(&json!({ "batchItemFailures": failures }))
        };
        assert_eq!(failed(&["b"]), Outcome::Partial(1));
        assert_eq!(failed(&["c", "b"]), Outcome::Partial(1));
        assert_eq!(failed(&["3"]), Outcome::Partial(2));
        assert_eq!(failed(&["a", "2"]), Outcome::Partial(0));
        // A name that nobody has.
        assert_eq!(failed(&["b", "x"]), Outcome::Failure);
    }

    #[test]
    fn failures_that_name_nothing_are_of_the_whole_batch() {
        for answer in [
            json!({ "batchItemFailures": "b" }),
            json!({ "batchItemFailures": [{ "itemIdentifier": "" }] }),
            json!({ "batchItemFailures": [{ "itemIdentifier": null }] }),
            json!({ "batchItemFailures": [{ "itemIdentifier": 2 }] }),
            json!({ "batchItemFailures": [{ "identifier": "b" }] }),
            json!({ "batchItemFailures": [{}] }),
        ] {
            assert_eq!(of(&answer), Outcome::Failure, "{answer}");
        }
    }
}
