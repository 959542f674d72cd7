//! What was found in a zip that somebody else packed, so that it is unpacked once
//! and not at each run.
//!
//! The zip's digest is the key: it is sent anyway, and to know its digest takes a
//! fraction of what unpacking does. So nothing hangs on times of files, and no
//! changed zip can be taken for the one before.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::architecture::Architecture;
use super::cache;
use super::command::Target;

/// Changes whenever what is asked of a zip does.
const FORMAT: u32 = 1;

/// For whom a zip was looked at, and what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Question {
    format: u32,
    code_sha256: String,
    for_aws: bool,
    /// The machine that was asked for.
    wanted: Architecture,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Found {
    /// The machine that it is for.
    pub architecture: Architecture,
    /// Bytes of the files in it.
    pub unzipped_size: u64,
    /// Libraries that Lambda lacks; empty when it is for Lambda.
    pub missing: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    question: Question,
    found: Found,
}

impl Question {
    /// Of the zip with this digest.
    pub(super) fn new(code_sha256: &str, target: Target, wanted: Architecture) -> Self {
        Self {
            format: FORMAT,
            code_sha256: code_sha256.to_owned(),
            for_aws: target == Target::Aws,
            wanted,
        }
    }

    /// The file that remembers the last answer about the zip at `path`.
    fn file(&self, cache_dir: &Path, path: &Path) -> PathBuf {
        let path = Sha256::digest(path.as_os_str().as_encoded_bytes());
        let target = if self.for_aws { "aws" } else { "local" };
        let name = const_hex::encode(&path[..8]);
        cache_dir.join(format!("zip-{name}-{target}-{}.json", self.wanted))
    }

    /// What was found before. Whatever is missing or damaged is as if it were not there.
    pub(super) fn look_up(&self, cache_dir: &Path, path: &Path) -> Option<Found> {
        let text = std::fs::read(self.file(cache_dir, path)).ok()?;
        let record: Record = serde_json::from_slice(&text).ok()?;
        (record.question == *self).then_some(record.found)
    }

    /// Remembers what was found.
    pub(super) fn remember(&self, cache_dir: &Path, path: &Path, found: &Found) -> io::Result<()> {
        let record = Record {
            question: self.clone(),
            found: found.clone(),
        };
        cache::write_atomically(&self.file(cache_dir, path), &serde_json::to_vec(&record)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_question_about_the_same_bytes_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let path = Path::new("/w/f.zip");
        let ask = |digest: &str, target, wanted| {
            Question::new(digest, target, wanted).look_up(folder.path(), path)
        };
        let found = Found {
            architecture: Architecture::Arm64,
            unzipped_size: 7,
            missing: Vec::new(),
        };
        let question = Question::new("digest", Target::Aws, Architecture::Arm64);
        assert_eq!(question.look_up(folder.path(), path), None);
        question.remember(folder.path(), path, &found).unwrap();
        assert_eq!(question.look_up(folder.path(), path), Some(found));
        assert_eq!(question.look_up(folder.path(), Path::new("/w/g.zip")), None);
        assert_eq!(ask("other", Target::Aws, Architecture::Arm64), None);
        assert_eq!(ask("digest", Target::Local, Architecture::Arm64), None);
        assert_eq!(ask("digest", Target::Aws, Architecture::X86_64), None);
        let file = question.file(folder.path(), path);
        std::fs::write(file, "{").unwrap();
        assert_eq!(question.look_up(folder.path(), path), None);
    }
}
