//! Whether an object is somebody else's work: by the service's own checksum, and by what
//! was noted at the upload.

use crate::engine::ports::ObservedObject;

/// The digest of what is there: the service's own, else the one noted.
pub fn content(there: &ObservedObject) -> Option<&String> {
    there.sha256.as_ref().or(there.uploaded.as_ref())
}

/// Whether it is not as it was uploaded. Without the service's checksum, as other
/// tools upload, the note is believed; without a note it was never ours.
pub fn is_foreign(there: &ObservedObject) -> bool {
    match (&there.sha256, &there.uploaded) {
        (_, None) => true,
        (Some(now), Some(uploaded)) => now != uploaded,
        (None, Some(_)) => false,
    }
}

/// Whether somebody else put there what is not wanted: writing would lose it.
pub fn is_replaced(there: &ObservedObject, wanted: &str) -> bool {
    is_foreign(there) && content(there).is_none_or(|content| content != wanted)
}
