//! Checksums of objects and request bodies (AWS docs, "Checking object integrity").

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::errors;
use crate::core::error::{ServiceError, ServiceResult};

/// An algorithm that S3 offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// CRC-32.
    #[serde(rename = "CRC32")]
    Crc32,
    /// CRC-32C.
    #[serde(rename = "CRC32C")]
    Crc32c,
    /// CRC-64/NVME; what S3 computes when the caller names none.
    #[serde(rename = "CRC64NVME")]
    Crc64Nvme,
    /// SHA-1.
    #[serde(rename = "SHA1")]
    Sha1,
    /// SHA-256.
    #[serde(rename = "SHA256")]
    Sha256,
    /// SHA-512.
    #[serde(rename = "SHA512")]
    Sha512,
    /// MD5.
    #[serde(rename = "MD5")]
    Md5,
}

/// A checksum in Base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checksum {
    /// How it is computed.
    pub algorithm: Algorithm,
    /// Base64 of its bytes (of a CRC, in network order).
    pub value: String,
}

const ALL: [Algorithm; 7] = [
    Algorithm::Crc32,
    Algorithm::Crc32c,
    Algorithm::Crc64Nvme,
    Algorithm::Sha1,
    Algorithm::Sha256,
    Algorithm::Sha512,
    Algorithm::Md5,
];
const PREFIX: &str = "x-amz-checksum-";

impl Algorithm {
    /// As S3 writes it, e.g. `CRC32`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
            Self::Md5 => "MD5",
        }
    }

    /// The header of its value, e.g. `x-amz-checksum-crc32`.
    pub fn header(self) -> String {
        format!("{PREFIX}{}", self.name().to_ascii_lowercase())
    }

    /// How many bytes it has.
    fn size(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// The checksum of some bytes.
    pub fn of(self, bytes: &[u8]) -> Checksum {
        use crc_fast::CrcAlgorithm as Crc;
        let crc = |algorithm| crc_fast::checksum(algorithm, bytes).to_be_bytes();
        let value = match self {
            // The 32 bits stand in the lower half.
            Self::Crc32 => STANDARD.encode(&crc(Crc::Crc32IsoHdlc)[4..]),
            Self::Crc32c => STANDARD.encode(&crc(Crc::Crc32Iscsi)[4..]),
            Self::Crc64Nvme => STANDARD.encode(crc(Crc::Crc64Nvme)),
            Self::Sha1 => STANDARD.encode(Sha1::digest(bytes)),
            Self::Sha256 => STANDARD.encode(Sha256::digest(bytes)),
            Self::Sha512 => STANDARD.encode(Sha512::digest(bytes)),
            Self::Md5 => STANDARD.encode(Md5::digest(bytes)),
        };
        Checksum {
            algorithm: self,
            value,
        }
    }

    fn find(name: &str) -> ServiceResult<Self> {
        if let Some(found) = ALL
            .into_iter()
            .find(|one| name.eq_ignore_ascii_case(one.name()))
        {
            return Ok(found);
        }
        match name.to_ascii_uppercase().as_str() {
            "XXHASH64" | "XXHASH3" | "XXHASH128" => Err(ServiceError::not_implemented(format!(
                "the checksum algorithm {name}"
            ))),
            _ => Err(errors::invalid_request(
                "Checksum algorithm provided is unsupported. Please try again with any of the \
                 valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
            )),
        }
    }
}

/// MD5 in hexadecimal, as in an ETag.
pub fn md5_hex(bytes: &[u8]) -> String {
    const_hex::encode(Md5::digest(bytes))
}

/// SHA-256 in hexadecimal, as in `x-amz-content-sha256`.
pub fn sha256_hex(bytes: &[u8]) -> String {
    const_hex::encode(Sha256::digest(bytes))
}

/// Holds the bytes of a request against the checksums that came with it, in headers or
/// trailers (names in lower case). Answers the one that is given, if any.
///
/// # Errors
/// `BadDigest`, `InvalidDigest`, `InvalidRequest`.
pub fn verify<'a>(
    bytes: &[u8],
    given: impl Iterator<Item = (&'a str, &'a str)>,
) -> ServiceResult<Option<Checksum>> {
    let mut promised = None;
    let mut found: Option<Checksum> = None;
    for (name, value) in given {
        if name == "content-md5" {
            check_md5(bytes, value)?;
        } else if name == "x-amz-sdk-checksum-algorithm" {
            promised = Some(Algorithm::find(value)?);
        } else if let Some(rest) = name.strip_prefix(PREFIX) {
            if matches!(rest, "mode" | "type") {
                continue;
            }
            let checksum = read(rest, value)?;
            if found.is_some() {
                return Err(errors::invalid_request(
                    "Expecting a single x-amz-checksum- header. Multiple checksum Types are not \
                     allowed.",
                ));
            }
            found = Some(checksum);
        }
    }
    if let Some(promised) = promised {
        match &found {
            None => {
                return Err(errors::invalid_request(
                    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* \
                     or x-amz-trailer headers were found.",
                ));
            }
            Some(found) if found.algorithm != promised => {
                return Err(errors::invalid_request(
                    "Value for x-amz-sdk-checksum-algorithm header is invalid.",
                ));
            }
            Some(_) => {}
        }
    }
    if let Some(given) = &found
        && given.algorithm.of(bytes) != *given
    {
        return Err(ServiceError::new(
            400,
            "BadDigest",
            format!(
                "The {} you specified did not match the calculated checksum.",
                given.algorithm.name()
            ),
        ));
    }
    Ok(found)
}

fn read(name: &str, value: &str) -> ServiceResult<Checksum> {
    let algorithm = Algorithm::find(name)?;
    let long_enough = STANDARD
        .decode(value)
        .is_ok_and(|bytes| bytes.len() == algorithm.size());
    if !long_enough {
        return Err(errors::invalid_request(format!(
            "Value for {} header is invalid.",
            algorithm.header()
        )));
    }
    Ok(Checksum {
        algorithm,
        value: value.to_owned(),
    })
}

fn check_md5(bytes: &[u8], value: &str) -> ServiceResult<()> {
    let well_formed = STANDARD.decode(value).is_ok_and(|bytes| bytes.len() == 16);
    if !well_formed {
        return Err(ServiceError::new(
            400,
            "InvalidDigest",
            "The Content-MD5 you specified was invalid.",
        )
        .with("Content-MD5", value));
    }
    let calculated = Algorithm::Md5.of(bytes).value;
    if calculated == value {
        return Ok(());
    }
    Err(ServiceError::new(
        400,
        "BadDigest",
        "The Content-MD5 you specified did not match what we received.",
    )
    .with("ExpectedDigest", value)
    .with("CalculatedDigest", calculated))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the catalogues for "123456789", RFC 1321 and FIPS 180 for "abc".
    #[test]
    fn the_algorithms_give_their_published_values() {
        let hex_of = |algorithm: Algorithm, text: &str| {
            const_hex::encode(
                STANDARD
                    .decode(algorithm.of(text.as_bytes()).value)
                    .unwrap(),
            )
        };
        assert_eq!(hex_of(Algorithm::Crc32, "123456789"), "cbf43926");
        assert_eq!(hex_of(Algorithm::Crc32c, "123456789"), "e3069283");
        assert_eq!(
            hex_of(Algorithm::Crc64Nvme, "123456789"),
            "ae8b14860a799888"
        );
        assert_eq!(
            hex_of(Algorithm::Md5, "abc"),
            "900150983cd24fb0d6963f7d28e17f72"
        );
        assert_eq!(
            hex_of(Algorithm::Sha1, "abc"),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(
            hex_of(Algorithm::Sha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        for algorithm in ALL {
            let bytes = STANDARD.decode(algorithm.of(b"x").value).unwrap();
            assert_eq!(bytes.len(), algorithm.size(), "{algorithm:?}");
            assert_eq!(
                Algorithm::find(&algorithm.name().to_lowercase()).unwrap(),
                algorithm
            );
        }
    }

    fn verified(pairs: &[(&str, &str)]) -> Result<Option<Checksum>, (String, String)> {
        verify(b"abc", pairs.iter().copied())
            .map_err(|error| (error.code.into_owned(), error.message))
    }

    #[test]
    fn a_right_checksum_is_kept() {
        let right = Algorithm::Sha256.of(b"abc");
        let header = right.algorithm.header();
        assert_eq!(verified(&[]), Ok(None));
        assert_eq!(
            verified(&[
                ("x-amz-sdk-checksum-algorithm", "SHA256"),
                (&header, &right.value)
            ]),
            Ok(Some(right))
        );
        let md5 = Algorithm::Md5.of(b"abc").value;
        assert_eq!(verified(&[("content-md5", &md5)]), Ok(None));
    }

    #[test]
    fn wrong_checksums_are_told_apart() {
        let code = |pairs: &[(&str, &str)]| verified(pairs).unwrap_err().0;
        let wrong = Algorithm::Crc32.of(b"abd").value;
        let right = Algorithm::Crc32.of(b"abc").value;
        assert_eq!(code(&[("x-amz-checksum-crc32", &wrong)]), "BadDigest");
        assert_eq!(code(&[("x-amz-checksum-crc32", "AAAA")]), "InvalidRequest");
        assert_eq!(code(&[("x-amz-checksum-crc32", "no")]), "InvalidRequest");
        assert_eq!(code(&[("x-amz-checksum-crc16", &right)]), "InvalidRequest");
        assert_eq!(
            code(&[("x-amz-checksum-xxhash3", &right)]),
            "NotImplementedByLocalAws"
        );
        assert_eq!(
            code(&[("x-amz-sdk-checksum-algorithm", "CRC32")]),
            "InvalidRequest"
        );
        assert_eq!(
            code(&[
                ("x-amz-sdk-checksum-algorithm", "SHA1"),
                ("x-amz-checksum-crc32", &right)
            ]),
            "InvalidRequest"
        );
        let sha = Algorithm::Sha1.of(b"abc").value;
        assert_eq!(
            code(&[
                ("x-amz-checksum-sha1", &sha),
                ("x-amz-checksum-crc32", &right)
            ]),
            "InvalidRequest"
        );
        let md5 = Algorithm::Md5.of(b"abd").value;
        assert_eq!(code(&[("content-md5", &md5)]), "BadDigest");
        assert_eq!(code(&[("content-md5", "YWJj")]), "InvalidDigest");
    }
}
