//! What bucket names, keys and version ids may look like.

use super::errors;
use crate::core::error::{ServiceError, ServiceResult};

/// The longest key, in bytes of UTF-8.
const KEY_LIMIT: usize = 1024;
/// The letters of version ids made here.
pub const VERSION_LETTERS: &str =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
/// Their length.
pub const VERSION_LENGTH: usize = 32;
/// The id of a version made while a bucket has no versioning.
pub const NULL_VERSION: &str = "null";

/// AWS docs, "General purpose bucket naming rules".
///
/// # Errors
/// `InvalidBucketName`.
pub fn check_bucket(name: &str) -> ServiceResult<()> {
    let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    let letters = bytes
        .iter()
        .all(|byte| edge(*byte) || matches!(byte, b'.' | b'-'));
    let edges = bytes.first().is_some_and(|byte| edge(*byte))
        && bytes.last().is_some_and(|byte| edge(*byte));
    let reserved = ["xn--", "sthree-", "amzn-s3-demo-"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
            .iter()
            .any(|suffix| name.ends_with(suffix));
    if (3..=63).contains(&bytes.len())
        && letters
        && edges
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !reserved
    {
        return Ok(());
    }
    Err(ServiceError::new(
        400,
        "InvalidBucketName",
        "The specified bucket is not valid.",
    )
    .with("BucketName", name))
}

/// # Errors
/// `KeyTooLongError`.
pub fn check_key(key: &str) -> ServiceResult<()> {
    if key.len() <= KEY_LIMIT {
        return Ok(());
    }
    Err(
        ServiceError::new(400, "KeyTooLongError", "Your key is too long")
            .with("Size", key.len())
            .with("MaxSizeAllowed", KEY_LIMIT),
    )
}

/// # Errors
/// `InvalidArgument` for what no version can be called.
pub fn check_version(id: &str) -> ServiceResult<()> {
    let made_here = id.len() == VERSION_LENGTH
        && id
            .bytes()
            .all(|byte| VERSION_LETTERS.as_bytes().contains(&byte));
    if id == NULL_VERSION || made_here {
        return Ok(());
    }
    Err(errors::invalid_argument(
        "versionId",
        id,
        "Invalid version id specified",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names() {
        let long = "a".repeat(63);
        for good in ["abc", "a-b.c", "0ab", "my.bucket-1", long.as_str()] {
            assert!(check_bucket(good).is_ok(), "{good}");
        }
        let too_long = "a".repeat(64);
        for bad in [
            "ab",
            too_long.as_str(),
            "Abc",
            "a_b",
            "-abc",
            "abc-",
            ".abc",
            "a..b",
            "192.168.5.4",
            "xn--abc",
            "sthree-abc",
            "amzn-s3-demo-a",
            "abc-s3alias",
            "abc--ol-s3",
            "abc.mrap",
            "abc--x-s3",
            "äbc",
            "",
        ] {
            let error = check_bucket(bad).unwrap_err();
            assert_eq!(error.code, "InvalidBucketName", "{bad}");
        }
    }

    #[test]
    fn keys_are_measured_in_bytes() {
        assert!(check_key(&"a".repeat(1024)).is_ok());
        assert!(check_key(&"é".repeat(512)).is_ok());
        let error = check_key(&"é".repeat(513)).unwrap_err();
        assert_eq!(error.code, "KeyTooLongError");
    }

    #[test]
    fn version_ids() {
        assert!(check_version("null").is_ok());
        assert!(check_version(&"aB3._".repeat(7)[..32]).is_ok());
        for bad in ["", "nul", "a", &"-".repeat(32)] {
            assert_eq!(check_version(bad).unwrap_err().code, "InvalidArgument");
        }
    }
}
