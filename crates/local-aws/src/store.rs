//! The state on disk: one file, replaced whole, and a lock so that one process
//! at a time owns the folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::world::State;

const STATE_FILE: &str = "state.json";
const LOCK_FILE: &str = "lock";
/// Changes when a state of before can no longer be read.
const FORMAT: u32 = 1;

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or a file in it cannot be read or written.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// `read`, `write`, `create`, `lock`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The state file is not a state.
    #[error("{path} is damaged: {reason}")]
    Damaged {
        /// The state file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// The state is of another Region.
    #[error("{path} holds the state of Region {stored}, not {wanted}")]
    OtherRegion {
        /// The folder.
        path: PathBuf,
        /// The state's Region.
        stored: String,
        /// The Region asked for.
        wanted: String,
    },
    /// This process had it and gave it back.
    #[error("{path} was given back: this embedded AWS has stopped")]
    Released {
        /// The folder.
        path: PathBuf,
    },
    /// Another process has it.
    #[error("{path} is in use by {holder}")]
    InUse {
        /// The folder.
        path: PathBuf,
        /// Who, as written by the holder.
        holder: Holder,
    },
}

/// The process that holds a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// What it does, e.g. `vanity-deploy local`.
    pub what: String,
    /// Where it serves whoever wants the folder; `None`: only itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Served>,
}

/// An embedded AWS that is there for others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// Its URL, `http://127.0.0.1:PORT`.
    pub url: String,
    /// The Region it plays.
    pub region: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (process {})", self.what, self.pid)
    }
}

#[derive(Serialize, Deserialize)]
struct Envelope<S> {
    format: u32,
    region: String,
    state: S,
}

/// A folder that this process owns.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    region: String,
    // Held for its lock; the system releases it when the process ends, however it
    // ends. None: given back.
    lock: Mutex<Option<File>>,
    // Keeps a temporary folder alive for an embedded AWS without a folder of its own.
    _temporary: Option<tempfile::TempDir>,
}

impl Store {
    /// Takes the folder (created when absent) and reads its state.
    ///
    /// # Errors
    /// [`StoreError::InUse`] at once when another process has it; a damaged
    /// state is an error and stays as it is.
    pub fn open(
        dir: &Path,
        region: &str,
        what: &str,
        served: Option<Served>,
    ) -> Result<(Self, State), StoreError> {
        fs::create_dir_all(dir).map_err(io("create", dir))?;
        let lock = take_lock(dir, what, served)?;
        let state = load(&dir.join(STATE_FILE), dir, region)?;
        let store = Self {
            dir: dir.to_owned(),
            region: region.to_owned(),
            lock: Mutex::new(Some(lock)),
            _temporary: None,
        };
        Ok((store, state))
    }

    /// A folder that goes when the store goes.
    ///
    /// # Errors
    /// When the system gives no temporary folder.
    pub fn temporary(region: &str) -> Result<(Self, State), StoreError> {
        let folder = tempfile::tempdir().map_err(io("create", Path::new("a temporary folder")))?;
        let (mut store, state) = Self::open(folder.path(), region, "an embedded AWS", None)?;
        store._temporary = Some(folder);
        Ok((store, state))
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Gives the folder back: another may take it, and nothing is saved any more
    /// by requests that are still open.
    pub fn release(&self) {
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Replaces the state on disk, whole or not at all.
    ///
    /// # Errors
    /// When the disk refuses; the old state is still there then. When the folder
    /// was given back.
    pub fn save(&self, state: &State) -> Result<(), StoreError> {
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if lock.is_none() {
            return Err(StoreError::Released {
                path: self.dir.clone(),
            });
        }
        let path = self.dir.join(STATE_FILE);
        let next = self.dir.join("state.json.next");
        let envelope = Envelope {
            format: FORMAT,
            region: self.region.clone(),
            state,
        };
        let text = serde_json::to_vec(&envelope).map_err(|error| StoreError::Damaged {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        fs::write(&next, text).map_err(io("write", &next))?;
        fs::rename(&next, &path).map_err(io("write", &path))
    }
}

fn io<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> StoreError + 'a {
    move |source| StoreError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}

fn take_lock(dir: &Path, what: &str, served: Option<Served>) -> Result<File, StoreError> {
    let path = dir.join(LOCK_FILE);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(io("lock", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // Best effort: the holder may be writing its line just now.
            let _ = file.read_to_string(&mut text);
            let holder = serde_json::from_str(&text).unwrap_or_else(|_| Holder {
                pid: 0,
                what: "another process".to_owned(),
                served: None,
            });
            return Err(StoreError::InUse {
                path: dir.to_owned(),
                holder,
            });
        }
        Err(TryLockError::Error(source)) => return Err(io("lock", &path)(source)),
    }
    let holder = Holder {
        pid: std::process::id(),
        what: what.to_owned(),
        served,
    };
    let line = serde_json::to_string(&holder).unwrap_or_default();
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(line.as_bytes()))
        .map_err(io("lock", &path))?;
    Ok(file)
}

fn load(path: &Path, dir: &Path, region: &str) -> Result<State, StoreError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(State::default()),
        Err(error) => return Err(io("read", path)(error)),
    };
    let damaged = |reason: String| StoreError::Damaged {
        path: path.to_owned(),
        reason,
    };
    let envelope: Envelope<State> =
        serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    if envelope.format != FORMAT {
        return Err(damaged(format!(
            "its format is {}, this version reads {FORMAT}",
            envelope.format
        )));
    }
    if envelope.region != region {
        return Err(StoreError::OtherRegion {
            path: dir.to_owned(),
            stored: envelope.region,
            wanted: region.to_owned(),
        });
    }
    Ok(envelope.state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_owner_is_told_who_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let (_first, _) = Store::open(folder.path(), "us-east-1", "the first", None).unwrap();
        let error = Store::open(folder.path(), "us-east-1", "the second", None).unwrap_err();
        assert!(
            error.to_string().contains("in use by the first (process "),
            "{error}"
        );
    }

    #[test]
    fn whoever_serves_others_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let served = Served {
            url: "http://127.0.0.1:4599".to_owned(),
            region: "us-east-1".to_owned(),
        };
        let path = folder.path();
        let _first = Store::open(path, "us-east-1", "test", Some(served.clone())).unwrap();
        let error = Store::open(path, "us-east-1", "test", None).unwrap_err();
        let StoreError::InUse { holder, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(holder.served, Some(served));
    }

    #[test]
    fn a_folder_that_was_given_back_is_free_and_no_longer_written() {
        let folder = tempfile::tempdir().unwrap();
        let (first, state) = Store::open(folder.path(), "us-east-1", "the first", None).unwrap();
        first.release();
        let error = first.save(&state).unwrap_err();
        assert!(matches!(error, StoreError::Released { .. }), "{error}");
        Store::open(folder.path(), "us-east-1", "the second", None).unwrap();
    }

    #[test]
    fn a_damaged_state_is_said_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(STATE_FILE);
        fs::write(&path, "{\"format\": 1, \"region\":").unwrap();
        let error = Store::open(folder.path(), "us-east-1", "test", None).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "{\"format\": 1, \"region\":"
        );
    }

    #[test]
    fn what_is_saved_is_read_again_in_the_same_region_only() {
        let folder = tempfile::tempdir().unwrap();
        let (store, state) = Store::open(folder.path(), "us-east-1", "test", None).unwrap();
        store.save(&state).unwrap();
        drop(store);
        Store::open(folder.path(), "us-east-1", "test", None).unwrap();
        let error = Store::open(folder.path(), "eu-west-2", "test", None).unwrap_err();
        assert!(matches!(error, StoreError::OtherRegion { .. }), "{error}");
    }
}
