//! Packs an executable into the zip that Lambda wants, and reads one that
//! somebody else packed. Pure: bytes in, bytes out.
//!
//! The same executable gives the same bytes: one entry, a fixed time, fixed
//! permissions, nothing of the file system. So the zip's digest says whether
//! the code changed, and nothing is sent when it did not.

use std::io::{Cursor, Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::command::Target;
use super::limits;

/// The name under which Lambda's `provided` runtimes look for the executable.
pub(super) const BOOTSTRAP: &str = "bootstrap";

/// How hard to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// The zip goes no further than this machine.
    Fast,
    /// The zip is uploaded, and loaded at each cold start.
    Best,
}

impl Effort {
    /// What the target asks for.
    pub(super) fn of(target: Target) -> Self {
        match target {
            Target::Local => Self::Fast,
            Target::Aws => Self::Best,
        }
    }

    fn level(self) -> i64 {
        match self {
            // Level 1 leaves a quarter more, which then is read, signed, sent and unpacked
            // at each first deployment; what it saves when packing is half of that.
            Self::Fast => 3,
            Self::Best => 9,
        }
    }
}

/// Packs `executable` as `bootstrap`, mode 0755.
pub(super) fn pack(executable: &[u8], effort: Effort) -> Result<Vec<u8>, zip::result::ZipError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(effort.level()))
        // The earliest time that the format can write: 1 January 1980.
        .last_modified_time(DateTime::default())
        .system(zip::System::Unix)
        .unix_permissions(0o755)
        .large_file(false);
    let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(executable.len() / 2)));
    writer.start_file(BOOTSTRAP, options)?;
    writer.write_all(executable)?;
    Ok(writer.finish()?.into_inner())
}

/// What Lambda calls `CodeSha256`: the Base64 of the zip's SHA-256.
pub(super) fn code_sha256(zip: &[u8]) -> String {
    BASE64.encode(Sha256::digest(zip))
}

/// A zip that somebody else packed, as far as it matters here.
#[derive(Debug)]
pub(super) struct Inspected {
    /// The content of `bootstrap`.
    pub bootstrap: Vec<u8>,
    /// The paths of all files.
    pub names: Vec<String>,
    /// The sum of the sizes of all files when unpacked, in bytes.
    pub unzipped_size: u64,
}

/// Why a zip is none that Lambda can run.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Not a zip, or a damaged one.
    #[error("it cannot be read as a zip: {0}")]
    Unreadable(#[from] zip::result::ZipError),
    /// A file in it cannot be unpacked.
    #[error("{BOOTSTRAP} in it cannot be unpacked: {0}")]
    Damaged(#[from] std::io::Error),
    /// No `bootstrap` at its root.
    #[error("it has no file {BOOTSTRAP} at its root{}", found_instead(.elsewhere))]
    NoBootstrap {
        /// Where a file of that name lies instead.
        elsewhere: Vec<String>,
    },
    /// `bootstrap` cannot be executed by the user that Lambda runs it as.
    #[error(
        "{BOOTSTRAP} in it has {}; Lambda runs it as another user, so it needs mode 0755",
        mode_in_words(*.mode)
    )]
    NotExecutable {
        /// The permissions, when the zip has any: those made on Windows have none.
        mode: Option<u32>,
    },
}

fn found_instead(elsewhere: &[String]) -> String {
    if elsewhere.is_empty() {
        String::new()
    } else {
        format!(", but {}", elsewhere.join(", "))
    }
}

fn mode_in_words(mode: Option<u32>) -> String {
    match mode {
        Some(mode) => format!("mode {:04o}", mode & 0o7777),
        None => "no permissions".to_owned(),
    }
}

/// Reads a zip and takes `bootstrap` out of it.
pub(super) fn inspect(zip: &[u8]) -> Result<Inspected, ArchiveError> {
    let mut archive = ZipArchive::new(Cursor::new(zip))?;
    let mut unzipped_size = 0_u64;
    let mut at_root = None;
    let mut elsewhere = Vec::new();
    let mut names = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index)?;
        unzipped_size = unzipped_size.saturating_add(file.size());
        let name = file.name()?;
        names.push(name.clone().into_owned());
        if name == BOOTSTRAP {
            at_root = Some((index, file.unix_mode()));
        } else if name.rsplit('/').next() == Some(BOOTSTRAP) {
            elsewhere.push(name.into_owned());
        }
    }
    let Some((index, mode)) = at_root else {
        return Err(ArchiveError::NoBootstrap { elsewhere });
    };
    if mode.is_none_or(|mode| mode & 0o005 != 0o005) {
        return Err(ArchiveError::NotExecutable { mode });
    }
    let mut bootstrap = Vec::new();
    archive
        .by_index(index)?
        // The size in the directory may lie: never unpack more than can be used.
        .take(limits::UNZIPPED + 1)
        .read_to_end(&mut bootstrap)?;
    Ok(Inspected {
        bootstrap,
        names,
        unzipped_size,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A zip with the files `(name, mode, content)`.
    fn zip_of(files: &[(&str, Option<u32>, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, mode, content) in files {
            let mut options = SimpleFileOptions::default();
            options = match mode {
                Some(mode) => options.unix_permissions(*mode),
                None => options.system(zip::System::Dos),
            };
            writer.start_file(*name, options).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn what_is_packed_is_one_executable_named_bootstrap() {
        let zip = pack(b"code", Effort::Best).unwrap();
        let mut archive = ZipArchive::new(Cursor::new(&zip)).unwrap();
        assert_eq!(archive.len(), 1);
        let file = archive.by_index(0).unwrap();
        assert_eq!(file.name().unwrap(), "bootstrap");
        assert_eq!(file.unix_mode(), Some(0o100_755));
        assert_eq!(file.last_modified(), Some(DateTime::default()));
        drop(file);
        let inspected = inspect(&zip).unwrap();
        assert_eq!(inspected.bootstrap, b"code");
        assert_eq!(inspected.unzipped_size, 4);
    }

    #[test]
    fn the_digest_is_the_one_lambda_answers() {
        // From `openssl dgst -sha256 -binary | base64` of the same three bytes.
        assert_eq!(
            code_sha256(b"abc"),
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
        );
    }

    #[test]
    fn a_zip_without_bootstrap_says_where_it_is_instead() {
        let zip = zip_of(&[("function/bootstrap", Some(0o755), b"x")]);
        insta::assert_snapshot!(inspect(&zip).unwrap_err(), @"it has no file bootstrap at its root, but function/bootstrap");
        let zip = zip_of(&[("index.js", Some(0o644), b"x")]);
        insta::assert_snapshot!(inspect(&zip).unwrap_err(), @"it has no file bootstrap at its root");
    }

    #[test]
    fn a_bootstrap_that_cannot_be_executed_is_refused() {
        let zip = zip_of(&[("bootstrap", Some(0o644), b"x")]);
        insta::assert_snapshot!(inspect(&zip).unwrap_err(), @"bootstrap in it has mode 0644; Lambda runs it as another user, so it needs mode 0755");
        let zip = zip_of(&[("bootstrap", Some(0o700), b"x")]);
        insta::assert_snapshot!(inspect(&zip).unwrap_err(), @"bootstrap in it has mode 0700; Lambda runs it as another user, so it needs mode 0755");
    }

    #[test]
    fn what_is_no_zip_is_refused() {
        insta::assert_snapshot!(inspect(b"not a zip at all, but long enough").unwrap_err(), @"it cannot be read as a zip: invalid Zip archive: Could not find EOCD");
    }

    proptest! {
        #[test]
        fn packing_loses_nothing_and_is_the_same_each_time(content in proptest::collection::vec(any::<u8>(), 0..5000)) {
            for effort in [Effort::Fast, Effort::Best] {
                let zip = pack(&content, effort).unwrap();
                prop_assert_eq!(&pack(&content, effort).unwrap(), &zip);
                prop_assert_eq!(&inspect(&zip).unwrap().bootstrap, &content);
            }
        }

        #[test]
        fn no_damage_makes_inspection_crash(
            position in 0_usize..200,
            byte in any::<u8>(),
            length in 0_usize..200,
        ) {
            let mut zip = pack(b"some content", Effort::Fast).unwrap();
            if let Some(place) = zip.get_mut(position) {
                *place = byte;
            }
            zip.truncate(length);
            let _ = inspect(&zip);
        }
    }
}
