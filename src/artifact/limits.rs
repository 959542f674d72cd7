//! The sizes of code that Lambda takes, known before anything is uploaded.

use super::error::ArtifactError;

/// Bytes of a zip that is sent with the request (AWS Lambda developer guide,
/// "Lambda quotas": 50 MB, which the service counts as 50 × 2²⁰).
pub(super) const ZIPPED: u64 = 50 * 1024 * 1024;

/// Bytes of a function's code when unpacked, layers included (the same page: 250 MB).
pub(super) const UNZIPPED: u64 = 250 * 1024 * 1024;

/// Refuses code that Lambda would refuse.
pub(super) fn check(
    function: &str,
    zip_size: u64,
    unzipped_size: u64,
) -> Result<(), ArtifactError> {
    if zip_size > ZIPPED {
        return Err(ArtifactError::ZipTooLarge {
            function: function.to_owned(),
            size: zip_size,
            limit: ZIPPED,
        });
    }
    if unzipped_size > UNZIPPED {
        return Err(ArtifactError::CodeTooLarge {
            function: function.to_owned(),
            size: unzipped_size,
            limit: UNZIPPED,
        });
    }
    Ok(())
}
