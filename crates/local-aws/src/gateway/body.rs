//! Reads a body, within its bound.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::limits;
use crate::core::error::{ServiceError, ServiceResult};

/// How long the next bytes of a body may take.
pub const LONGEST_SILENCE: Duration = Duration::from_secs(30);

/// Reads a body of at most `limit` bytes, whose sender falls silent for `silence` at most.
/// One that says that it is longer is not begun.
///
/// # Errors
/// `RequestEntityTooLargeException` (413); `RequestTimeout` (408) when the sender falls
/// silent; `IncompleteBody` (400) when it hangs up.
pub async fn read(body: Body, limit: usize, silence: Duration) -> ServiceResult<Bytes> {
    let told = body.size_hint().lower();
    if usize::try_from(told).map_or(true, |told| told > limit) {
        return Err(limits::too_long(limit));
    }
    let mut body = Limited::new(body, limit);
    let mut read = BytesMut::new();
    loop {
        let frame = tokio::time::timeout(silence, body.frame())
            .await
            .map_err(|_| {
                let words = "the rest of the body did not come";
                ServiceError::new(408, "RequestTimeout", words)
            })?;
        match frame {
            None => return Ok(read.freeze()),
            Some(Ok(frame)) => {
                if let Some(bytes) = frame.data_ref() {
                    read.extend_from_slice(bytes);
                }
            }
            Some(Err(error)) if error.is::<LengthLimitError>() => {
                return Err(limits::too_long(limit));
            }
            Some(Err(error)) => {
                return Err(ServiceError::new(400, "IncompleteBody", error.to_string()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn at_most(limit: usize, body: Body) -> ServiceResult<Bytes> {
        read(body, limit, LONGEST_SILENCE).await
    }

    fn chunks(chunks: &[&'static str]) -> Body {
        let chunks: Vec<std::io::Result<&str>> = chunks.iter().map(|chunk| Ok(*chunk)).collect();
        Body::from_stream(futures::stream::iter(chunks))
    }

    #[tokio::test]
    async fn what_is_longer_is_refused_whether_it_says_so_or_not() {
        assert_eq!(at_most(3, Body::from("abc")).await.unwrap(), "abc");
        assert_eq!(at_most(3, chunks(&["ab", "c"])).await.unwrap(), "abc");
        assert_eq!(at_most(0, Body::empty()).await.unwrap(), "");
        for body in [Body::from("abcd"), chunks(&["ab", "cd"])] {
            assert_eq!(at_most(3, body).await.unwrap_err().status, 413);
        }
    }

    #[tokio::test]
    async fn a_sender_that_falls_silent_or_hangs_up_is_told_apart() {
        let silent = Body::from_stream(futures::stream::pending::<std::io::Result<Bytes>>());
        let error = read(silent, 3, Duration::from_millis(1)).await.unwrap_err();
        assert_eq!((error.status, &*error.code), (408, "RequestTimeout"));
        let gone = futures::stream::iter([Err::<Bytes, _>(std::io::Error::other("gone"))]);
        let error = at_most(3, Body::from_stream(gone)).await.unwrap_err();
        assert_eq!((error.status, &*error.code), (400, "IncompleteBody"));
    }
}
