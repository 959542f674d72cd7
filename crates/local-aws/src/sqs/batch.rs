//! What is common to the batches (AWS API reference, `SendMessageBatch`, `DeleteMessageBatch`).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::core::error::{ServiceError, ServiceResult};

/// Entries a batch may have.
const ENTRIES: usize = 10;

fn refused(code: &'static str, message: String) -> ServiceError {
    ServiceError::new(400, code, message)
}

/// Checks the ids of the entries.
///
/// # Errors
/// `EmptyBatchRequest`, `TooManyEntriesInBatchRequest`, `InvalidBatchEntryId`,
/// `BatchEntryIdsNotDistinct`.
pub(super) fn check_ids<'a>(ids: impl Iterator<Item = &'a str>) -> ServiceResult<()> {
    let ids: Vec<&str> = ids.collect();
    if ids.is_empty() {
        return Err(refused(
            "EmptyBatchRequest",
            "There should be at least one entry in the request.".to_owned(),
        ));
    }
    if ids.len() > ENTRIES {
        return Err(refused(
            "TooManyEntriesInBatchRequest",
            format!(
                "Maximum number of entries per request are {ENTRIES}. You have sent {}.",
                ids.len()
            ),
        ));
    }
    let mut seen = BTreeSet::new();
    for id in ids {
        let ok = (1..=80).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !ok {
            return Err(refused(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.".to_owned(),
            ));
        }
        if !seen.insert(id) {
            return Err(refused(
                "BatchEntryIdsNotDistinct",
                format!("Id {id} repeated."),
            ));
        }
    }
    Ok(())
}

/// An entry that failed; what is not implemented fails the whole batch.
///
/// # Errors
/// The error itself, when it is about what this emulation does not have or is its own fault.
pub(super) fn failed(id: &str, error: ServiceError) -> ServiceResult<Value> {
    if error.status >= 500 {
        return Err(error);
    }
    Ok(json!({
        "Id": id,
        "SenderFault": true,
        "Code": super::query_code(&error.code),
        "Message": error.message,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_few_well_formed_and_distinct() {
        let code = |ids: &[&str]| {
            check_ids(ids.iter().copied())
                .err()
                .map(|error| error.code.into_owned())
        };
        assert_eq!(code(&["a", "b-_1"]), None);
        assert_eq!(code(&[]).as_deref(), Some("EmptyBatchRequest"));
        assert_eq!(
            code(&["a"; 11]).as_deref(),
            Some("TooManyEntriesInBatchRequest")
        );
        assert_eq!(code(&["a b"]).as_deref(), Some("InvalidBatchEntryId"));
        assert_eq!(code(&[""]).as_deref(), Some("InvalidBatchEntryId"));
        assert_eq!(
            code(&["a", "a"]).as_deref(),
            Some("BatchEntryIdsNotDistinct")
        );
    }
}
