//! `Range: bytes=…` (RFC 9110, section 14).

use std::ops::Range;

use crate::core::error::{ServiceError, ServiceResult};

/// The bytes that a `Range` header asks of an object of `size` bytes; `None` for all of it,
/// also when the header makes no sense (RFC 9110: then it is as if absent).
///
/// # Errors
/// `InvalidRange` (416) when none of the bytes exist; several ranges are not implemented
/// (nor are they in S3).
pub fn read(header: &str, size: u64) -> ServiceResult<Option<Range<u64>>> {
    let Some(spec) = header.trim().strip_prefix("bytes=") else {
        return Ok(None);
    };
    if spec.contains(',') {
        return Err(ServiceError::not_implemented(
            "several ranges in one request to S3",
        ));
    }
    let Some((first, last)) = spec.trim().split_once('-') else {
        return Ok(None);
    };
    let number = |text: &str| match text {
        "" => Some(None),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            // More than fits is more than there is.
            Some(Some(digits.parse().unwrap_or(u64::MAX)))
        }
        _ => None,
    };
    let (Some(first), Some(last)) = (number(first), number(last)) else {
        return Ok(None);
    };
    let range = match (first, last) {
        (Some(first), Some(last)) if last < first => return Ok(None),
        (Some(first), Some(last)) => first..last.saturating_add(1).min(size),
        (Some(first), None) => first..size,
        (None, Some(0)) => size..size,
        (None, Some(tail)) => size.saturating_sub(tail)..size,
        (None, None) => return Ok(None),
    };
    if range.start >= size {
        return Err(ServiceError::new(
            416,
            "InvalidRange",
            "The requested range is not satisfiable",
        )
        .with("RangeRequested", header)
        .with("ActualObjectSize", size));
    }
    Ok(Some(range))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges() {
        for (header, expected) in [
            ("bytes=0-4", Some(0..5)),
            ("bytes=2-", Some(2..10)),
            ("bytes=-3", Some(7..10)),
            ("bytes=-30", Some(0..10)),
            ("bytes=9-99999999999999999999999", Some(9..10)),
            ("bytes=5-4", None),
            ("bytes=-", None),
            ("bytes=a-b", None),
            ("lines=0-4", None),
        ] {
            assert_eq!(read(header, 10).unwrap(), expected, "{header}");
        }
        for header in ["bytes=10-", "bytes=10-12", "bytes=-0"] {
            assert_eq!(
                read(header, 10).unwrap_err().code,
                "InvalidRange",
                "{header}"
            );
        }
        assert_eq!(read("bytes=0-0", 0).unwrap_err().status, 416);
        assert!(read("bytes=0-1,4-5", 10).unwrap_err().is_not_implemented());
    }

    proptest! {
        #[test]
        fn a_range_lies_within_the_object(header in "bytes=[0-9]{0,3}-[0-9]{0,3}", size in 0_u64..500) {
            if let Ok(Some(range)) = read(&header, size) {
                prop_assert!(range.start < range.end && range.end <= size);
            }
        }
    }
}
