//! What is wanted, part by part, as a plan shows it and a reviewer reads it: with its
//! refs as they are written, and what they stand for as far as that is known. The
//! digests of plans are made of these parts, so that what is reviewed is what is
//! applied. Pure.
//!
//! Which parts there are is the kinds' business.

use serde::{Deserialize, Serialize};

use super::diff::digest_parts;
use super::plan::digest;
use super::text::Text;
use super::values::Values;

/// What is shown in the place of a value that is nobody's business.
pub const HIDDEN: &str = "(hidden)";

/// One part of what is wanted of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What it is, e.g. `memory`, `variable TABLE_NAME`; no resource has two of a name.
    pub name: String,
    /// As it is written, with its refs: `${stack.storage.TableName}`. A file by its path
    /// from the manifest's folder. [`HIDDEN`] when it is neither a ref nor for every eye.
    pub written: String,
    /// What it is with the values of its refs; absent without refs, when one is not
    /// known yet, and when the value is hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether its value is shown to nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_hidden: bool,
    /// SHA-256, 64 hexadecimal digits: of the file's content, or of what is hidden
    /// together with its name and its resource's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Bytes of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

impl Part {
    pub(super) fn plain(name: impl Into<String>, written: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            written: written.into(),
            value: None,
            is_hidden: false,
            sha256: None,
            bytes: None,
        }
    }

    pub(super) fn text(name: impl Into<String>, text: &Text, values: &Values) -> Self {
        let has_references = text.references().next().is_some();
        Self {
            value: has_references.then(|| values.known(text)).flatten(),
            ..Self::plain(name, text.to_string())
        }
    }

    /// Only that it is another one can be seen of it.
    pub(super) fn hidden(resource: &str, name: String, text: &Text, values: &Values) -> Self {
        let written = text.to_string();
        let value = values.known(text).unwrap_or_default();
        let sha256 = digest_parts([resource, &name, &written, &value]);
        Self {
            is_hidden: true,
            sha256: Some(sha256),
            // A ref is a name, not a value.
            ..Self::plain(
                name,
                if text.is_references_only() {
                    written
                } else {
                    HIDDEN.to_owned()
                },
            )
        }
    }

    pub(super) fn file(name: &str, path: &str, content: &[u8]) -> Self {
        Self {
            sha256: Some(digest(content)),
            bytes: u64::try_from(content.len()).ok(),
            ..Self::plain(name, path)
        }
    }
}

/// The digest of what is wanted of a resource.
pub(super) fn digest_of(parts: &[Part]) -> String {
    // Serializing plain data cannot fail.
    digest(&serde_json::to_vec(parts).unwrap_or_default())
}

#[cfg(test)]
pub(super) mod tests;
