//! Calls that may take so long and no longer.

use std::time::Duration;

/// Runs a call, but not for longer than `limit`; after that it failed as `late` says, which is
/// given the limit in milliseconds.
///
/// # Errors
/// Those of the call, and `late`.
pub async fn in_time<T, E>(
    limit: Duration,
    late: impl FnOnce(u64) -> E,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match tokio::time::timeout(limit, call).await {
        Ok(outcome) => outcome,
        Err(_) => Err(late(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_has_its_own_outcome_in_time_and_none_after() {
        let limit = Duration::from_millis(5);
        let late = |milliseconds| format!("not within {milliseconds} ms");
        let call = async { Ok(1) };
        assert_eq!(in_time(limit, late, call).await, Ok(1));
        let call = async { Err::<u8, _>("refused".to_owned()) };
        assert_eq!(in_time(limit, late, call).await, Err("refused".to_owned()));
        let call = std::future::pending::<Result<u8, String>>();
        let outcome = in_time(limit, late, call).await;
        assert_eq!(outcome, Err("not within 5 ms".to_owned()));
    }
}
