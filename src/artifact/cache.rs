//! What is kept between runs: the zips, and from what they were made.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::architecture::Architecture;
use super::archive;
use super::environment::Environment;
use super::inputs::{Doubt, Inputs, Moment, changed};

/// Changes whenever the record, the digest or the way of packing does.
const FORMAT: u32 = 2;

/// What is known of a zip that lies beside its record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    format: u32,
    inputs: Inputs,
    digest: String,
    /// Size of the zip, and when it last changed as far as the system tells
    /// that reliably: unchanged, it need not be digested again.
    zip: Option<(u64, Moment)>,
    /// The digest of the zip, as Lambda tells it.
    pub code_sha256: String,
    /// The machine the executable is for.
    pub architecture: Architecture,
    /// Bytes of the executable.
    pub unzipped_size: u64,
}

/// The place of one package's zip and of its record.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// The zip.
    pub zip: PathBuf,
    record: PathBuf,
}

impl Slot {
    /// In `directory`, under `name`.
    pub(super) fn new(directory: &Path, name: &str) -> Self {
        Self {
            zip: directory.join(format!("{name}.zip")),
            record: directory.join(format!("{name}.json")),
        }
    }

    /// The zip, when it is certain that cargo would make the same again.
    /// Whatever is missing, damaged or doubtful is as if it were not there.
    pub(super) fn look_up(
        &self,
        workspace_dir: &Path,
        command: &[String],
        environment: &Environment,
    ) -> Option<(Vec<u8>, Record)> {
        let record: Record = serde_json::from_slice(&fs::read(&self.record).ok()?).ok()?;
        if record.format != FORMAT || record.inputs.workspace_dir != workspace_dir {
            return None;
        }
        match record.inputs.fingerprint(command, environment) {
            Ok(fingerprint) if fingerprint.digest == record.digest => {}
            Ok(_) => return None,
            Err(doubt) => {
                tracing::debug!(%doubt, "cargo is asked");
                return None;
            }
        }
        let as_it_was = record.zip.is_some() && record.zip == self.zip_stamp();
        let zip = fs::read(&self.zip).ok()?;
        (as_it_was || archive::code_sha256(&zip) == record.code_sha256).then_some((zip, record))
    }

    /// Size and last change of the zip. Only Unix keeps a time of change that
    /// no program can set back.
    fn zip_stamp(&self) -> Option<(u64, Moment)> {
        let metadata = fs::metadata(&self.zip).ok()?;
        cfg!(unix).then(|| (metadata.len(), changed(&metadata)))
    }

    /// The stamp of the zip, when it is the one that was made here: another
    /// process may have put its own in the same place.
    fn stamp_of(&self, zip: &[u8]) -> Option<(u64, Moment)> {
        let before = self.zip_stamp();
        let same = fs::read(&self.zip).is_ok_and(|kept| kept == zip);
        before.filter(|_| same && self.zip_stamp() == before)
    }

    /// Keeps a zip without a word on what it was made from.
    pub(super) fn keep(&self, zip: &[u8]) -> io::Result<()> {
        // An old record must not speak for the new zip; its digest would not
        // match, but what is not there cannot be misread.
        match fs::remove_file(&self.record) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        write_atomically(&self.zip, zip)
    }

    /// Keeps from what the zip was made, unless a file changed at or after
    /// `started`: cargo may have read the file as it was before.
    pub(super) fn remember(
        &self,
        made: &Made<'_>,
        inputs: Inputs,
        started: Moment,
    ) -> Result<(), Doubt> {
        let mut fingerprint = inputs.fingerprint(made.command, made.environment)?;
        // The same file need not be read twice at each run.
        let mut inputs = inputs;
        if inputs
            .files
            .iter()
            .any(|file| fingerprint.read.contains(file))
        {
            inputs.files.retain(|file| !fingerprint.read.contains(file));
            fingerprint = inputs.fingerprint(made.command, made.environment)?;
        }
        if fingerprint.newest >= started {
            return Err(Doubt::Changed);
        }
        let record = Record {
            format: FORMAT,
            inputs,
            digest: fingerprint.digest,
            zip: self.stamp_of(made.zip),
            code_sha256: made.code_sha256.to_owned(),
            architecture: made.architecture,
            unzipped_size: made.unzipped_size,
        };
        let unreadable = |source| Doubt::Unreadable {
            path: self.record.clone(),
            source,
        };
        let text = serde_json::to_vec_pretty(&record).map_err(|error| unreadable(error.into()))?;
        write_atomically(&self.record, &text).map_err(unreadable)
    }
}

/// What was made, and how.
pub(super) struct Made<'a> {
    pub command: &'a [String],
    pub environment: &'a Environment,
    pub zip: &'a [u8],
    pub code_sha256: &'a str,
    pub architecture: Architecture,
    pub unzipped_size: u64,
}

/// What time it is for the file system that holds `directory`: its clock may
/// be coarser than, or differ from, that of the system.
pub(super) fn now(directory: &Path) -> io::Result<Moment> {
    fs::create_dir_all(directory)?;
    let file = tempfile::NamedTempFile::new_in(directory)?;
    Ok(changed(&file.as_file().metadata()?))
}

/// Writes a file so that a reader sees the old content or the new, never a part.
pub(super) fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}
