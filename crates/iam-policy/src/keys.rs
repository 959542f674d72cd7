//! The condition keys that a policy may name.

use crate::Kind;

/// Keys in lower case that whoever asks [`crate::decide`] for a principal supplies with the
/// [`crate::Context`]; beside them `aws:principaltag/KEY`. `aws:username` exists and is
/// absent for roles (AWS docs, "AWS global condition context keys").
pub const PRINCIPAL_KEYS: &[&str] = &[
    "aws:currenttime",
    "aws:epochtime",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principaltype",
    "aws:requestedregion",
    "aws:securetransport",
    "aws:userid",
    "aws:username",
];

/// Condition keys that S3 supplies for its actions ("Actions, resources, and
/// condition keys for Amazon S3"); on AWS too, other services' calls have none.
const S3_KEYS: &[&str] = &[
    "s3:delimiter",
    "s3:max-keys",
    "s3:prefix",
    "s3:versionid",
    "s3:x-amz-acl",
    "s3:x-amz-server-side-encryption",
    "s3:x-amz-storage-class",
];

/// Condition keys that whoever asks [`crate::decide`] supplies. A key that is
/// never supplied would silently decide otherwise than on AWS.
pub(crate) fn key_is_known(key: &str, kind: Kind) -> bool {
    let key = key.to_ascii_lowercase();
    if kind != Kind::Trust
        && (key.starts_with("aws:principaltag/") || S3_KEYS.contains(&key.as_str()))
    {
        return true;
    }
    let known: &[&str] = match kind {
        Kind::Identity => PRINCIPAL_KEYS,
        Kind::Trust => &["aws:sourcearn", "aws:sourceaccount"],
        Kind::Resource => {
            let source = ["aws:sourcearn", "aws:sourceaccount"];
            if source.contains(&key.as_str()) {
                return true;
            }
            PRINCIPAL_KEYS
        }
    };
    known.contains(&key.as_str())
}
