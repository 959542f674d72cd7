//! The state on disk: one database in a folder of the user's own, of which what changed is
//! written, and a lock so that one process at a time owns the folder.
//!
//! What is in a state is done: its pipes go on, its functions run as the user. So a folder
//! that another user, another machine or a checkout made is refused. Who made it is told
//! by a seal with the user's own [`Key`] over the folder's place.

mod database;
mod key;
mod lock;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use safe_files::PrivateFolder;
use sha2::{Digest as _, Sha256};

use database::{Database, FORMAT, Refused};
pub use key::Key;
pub use lock::{Holder, Served, Token};
use lock::{Lock, NotTaken};

use crate::core::state::State;

const STATE_FILE: &str = "state.sqlite";
/// What SQLite has beside it.
const FILES_OF_SQLITE: [&str; 3] = [
    "state.sqlite-wal",
    "state.sqlite-shm",
    "state.sqlite-journal",
];
/// Where format 1 had its state.
const STATE_FILE_OF_BEFORE: &str = "state.json";
const MAKER_FILE: &str = "maker";
/// What the seal of a folder is for.
const MADE: &str = "vanity-deploy made this folder";

/// Where a state is kept.
#[derive(Debug, Clone)]
pub struct StateFolder {
    /// The folder; made when it is not there.
    pub path: PathBuf,
    /// The key of the user whose it is.
    pub key: Key,
}

impl StateFolder {
    /// A number of its own that follows from the place.
    pub(crate) fn seed(&self) -> u64 {
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
        digest
            .iter()
            .take(8)
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or a file in it cannot be used.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// `read`, `write`, `create`, `lock`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said, or what is unsafe about it.
        source: io::Error,
    },
    /// Somebody else made the folder.
    #[error("{path} was not made by you on this machine; what it holds would run as you")]
    NotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// The state file is not a state.
    #[error("{path} is damaged: {reason}")]
    Damaged {
        /// The state file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// The state was saved by a version of the program that keeps it otherwise.
    #[error("{path} holds a state in format {stored}; this version reads format {FORMAT}")]
    OtherFormat {
        /// The folder.
        path: PathBuf,
        /// The state's format.
        stored: u32,
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

/// What is given back at once. The database goes first: whoever has the lock may open it.
struct Owned {
    database: Database,
    _lock: Lock,
}

/// A folder that this process owns.
pub struct Store {
    folder: PrivateFolder,
    key: Key,
    // The system releases the lock when the process ends, however it ends. None: given back.
    owned: Mutex<Option<Owned>>,
    // Keeps a temporary folder alive for an embedded AWS without a folder of its own.
    _temporary: Option<tempfile::TempDir>,
}

impl Store {
    /// Takes the folder (made when absent) and reads its state into `empty`.
    ///
    /// # Errors
    /// [`StoreError::InUse`] at once when another process has it; [`StoreError::NotOurs`]
    /// for a folder that was made elsewhere. A damaged state is an error and stays as it is.
    pub fn open(
        folder: &StateFolder,
        region: &str,
        what: &str,
        served: Option<Served>,
        empty: State,
    ) -> Result<(Self, State), StoreError> {
        let path = &folder.path;
        let private = take_folder(path, &folder.key)?;
        let holder = Holder {
            pid: std::process::id(),
            what: what.to_owned(),
            served,
        };
        let lock = Lock::take(&private, &holder).map_err(|reason| match reason {
            NotTaken::Held(holder) => StoreError::InUse {
                path: path.clone(),
                holder,
            },
            NotTaken::Io(source) => StoreError::Io {
                action: "lock",
                path: path.join(lock::FILE),
                source,
            },
        })?;
        let database = open_database(&private, region)?;
        let state = load(&private, &database, empty)?;
        let store = Self {
            folder: private,
            key: folder.key.clone(),
            owned: Mutex::new(Some(Owned {
                database,
                _lock: lock,
            })),
            _temporary: None,
        };
        Ok((store, state))
    }

    /// A folder that goes when the store goes.
    ///
    /// # Errors
    /// When the system gives no temporary folder.
    pub fn temporary(region: &str, empty: State) -> Result<(Self, State), StoreError> {
        let place = Path::new("a temporary folder");
        let folder = tempfile::tempdir().map_err(io("create", place))?;
        let kept = StateFolder {
            path: folder.path().to_owned(),
            key: Key::random().map_err(io("create", place))?,
        };
        let (mut store, state) = Self::open(&kept, region, "an embedded AWS", None, empty)?;
        store._temporary = Some(folder);
        Ok((store, state))
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// What is sealed in it is sealed with this.
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Gives the folder back: another may take it, and nothing is saved any more
    /// by requests that are still open.
    pub fn release(&self) {
        *self.owned.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Saves what changed in the state, all of it or nothing.
    ///
    /// # Errors
    /// When the disk refuses; what was there before is still there then. When the folder
    /// was given back.
    pub fn save(&self, state: &mut State) -> Result<(), StoreError> {
        let mut owned = self.owned.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(owned) = owned.as_mut() else {
            return Err(StoreError::Released {
                path: self.dir().to_owned(),
            });
        };
        let path = self.dir().join(STATE_FILE);
        let changes = state
            .changes()
            .map_err(|error| io("write", &path)(error.into()))?;
        owned
            .database
            .save(&changes)
            .map_err(|error| io("write", &path)(io::Error::other(error)))?;
        state.saved();
        Ok(())
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Store").field(&self.dir()).finish()
    }
}

/// Whether there is a state in the folder.
///
/// # Errors
/// When the folder cannot be looked into.
pub fn is_there(path: &Path) -> Result<bool, StoreError> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(io("read", path)(error)),
    }
}

fn io<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> StoreError + 'a {
    move |source| StoreError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}

/// Takes a folder of the user's own, or makes it.
fn take_folder(path: &Path, key: &Key) -> Result<PrivateFolder, StoreError> {
    if !is_there(path)? {
        make_folder(path, key)?;
    }
    let found = PrivateFolder::find(path).map_err(io("use", path))?;
    let folder = found.ok_or_else(|| io("use", path)(io::ErrorKind::NotFound.into()))?;
    let seal = folder.read(MAKER_FILE).map_err(io("use", path))?;
    let place = place(path)?;
    let is_ours = seal
        .and_then(|seal| String::from_utf8(seal).ok())
        .is_some_and(|seal| key.is_seal(MADE, place.as_os_str().as_encoded_bytes(), &seal));
    if is_ours {
        Ok(folder)
    } else {
        Err(StoreError::NotOurs {
            path: path.to_owned(),
        })
    }
}

/// Makes a folder with its seal already in it: whoever sees the folder sees both.
fn make_folder(path: &Path, key: &Key) -> Result<(), StoreError> {
    let above = path
        .parent()
        .filter(|above| !above.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    safe_files::make_private_folders(above).map_err(io("create", above))?;
    let name = path
        .file_name()
        .ok_or_else(|| io("create", path)(io::ErrorKind::InvalidInput.into()))?;
    let place = place(above)?.join(name);
    let seal = key.seal(MADE, place.as_os_str().as_encoded_bytes());
    let made = tempfile::tempdir_in(above).map_err(io("create", path))?;
    let folder = PrivateFolder::make(made.path()).map_err(io("create", path))?;
    folder
        .replace(MAKER_FILE, seal.as_bytes())
        // A state in a working tree is nobody's to commit.
        .and_then(|()| folder.replace(".gitignore", b"*\n"))
        .map_err(io("create", path))?;
    match fs::rename(made.path(), path) {
        Ok(()) => {
            // It has another name now: there is nothing to remove.
            let _ = made.keep();
            Ok(())
        }
        // Another process made it in this moment; what it is is looked at next.
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        Err(error) => Err(io("create", path)(error)),
    }
}

/// The one name of a folder, without links in it.
fn place(path: &Path) -> Result<PathBuf, StoreError> {
    fs::canonicalize(path).map_err(io("use", path))
}

fn open_database(folder: &PrivateFolder, region: &str) -> Result<Database, StoreError> {
    let before = folder.path().join(STATE_FILE_OF_BEFORE);
    if fs::symlink_metadata(&before).is_ok() {
        return Err(StoreError::OtherFormat {
            path: folder.path().to_owned(),
            stored: 1,
        });
    }
    // SQLite would follow a link, and gives the files beside it the rights of this one.
    let path = folder.path().join(STATE_FILE);
    folder.open(STATE_FILE).map_err(io("read", &path))?;
    for name in FILES_OF_SQLITE {
        let path = folder.path().join(name);
        folder.check(name).map_err(io("read", &path))?;
    }
    Database::open(&path, region).map_err(|refused| match refused {
        Refused::Format(stored) => StoreError::OtherFormat {
            path: folder.path().to_owned(),
            stored,
        },
        Refused::Region(stored) => StoreError::OtherRegion {
            path: folder.path().to_owned(),
            stored,
            wanted: region.to_owned(),
        },
        Refused::Sqlite(error) => damaged(folder)(error),
    })
}

fn load(
    folder: &PrivateFolder,
    database: &Database,
    mut state: State,
) -> Result<State, StoreError> {
    let saved = database.load().map_err(damaged(folder))?;
    state.load(saved).map_err(damaged(folder))?;
    Ok(state)
}

fn damaged<E: ToString>(folder: &PrivateFolder) -> impl Fn(E) -> StoreError {
    move |error| StoreError::Damaged {
        path: folder.path().join(STATE_FILE),
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

    fn below(folder: &tempfile::TempDir) -> StateFolder {
        StateFolder {
            path: folder.path().join("state"),
            key: Key::random().unwrap(),
        }
    }

    fn open(folder: &StateFolder, what: &str) -> Result<(Store, State), StoreError> {
        Store::open(folder, "us-east-1", what, None, State::default())
    }

    #[test]
    fn sqlite_has_the_fixes_of_2025_07() {
        // CVE-2025-6965 is mended in 3.50.2, CVE-2025-7709 in 3.50.3.
        assert!(rusqlite::version_number() >= 3_050_004);
    }

    #[test]
    fn a_second_owner_is_told_who_has_it() {
        let above = tempfile::tempdir().unwrap();
        let folder = below(&above);
        let (_first, _) = open(&folder, "the first").unwrap();
        let error = open(&folder, "the second").unwrap_err();
        assert!(
            error.to_string().contains("in use by the first (process "),
            "{error}"
        );
    }

    #[test]
    fn whoever_serves_others_says_where() {
        let above = tempfile::tempdir().unwrap();
        let folder = below(&above);
        let served = Served {
            url: "http://127.0.0.1:4599".to_owned(),
            region: "us-east-1".to_owned(),
            token: Token::random().unwrap(),
        };
        let _first = Store::open(
            &folder,
            "us-east-1",
            "test",
            Some(served.clone()),
            State::default(),
        )
        .unwrap();
        let error = open(&folder, "test").unwrap_err();
        let StoreError::InUse { holder, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(holder.served, Some(served));
    }

    #[test]
    fn a_folder_that_was_given_back_is_free_and_no_longer_written() {
        let above = tempfile::tempdir().unwrap();
        let folder = below(&above);
        let (first, mut state) = open(&folder, "the first").unwrap();
        first.release();
        let error = first.save(&mut state).unwrap_err();
        assert!(matches!(error, StoreError::Released { .. }), "{error}");
        open(&folder, "the second").unwrap();
    }

    #[test]
    fn a_damaged_state_is_said_and_left_alone() {
        let above = tempfile::tempdir().unwrap();
        let folder = below(&above);
        drop(open(&folder, "test").unwrap());
        let path = folder.path.join(STATE_FILE);
        fs::write(&path, "{\"format\": 1, \"region\":").unwrap();
        let error = open(&folder, "test").unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "{\"format\": 1, \"region\":"
        );
    }

    #[test]
    fn what_is_saved_is_read_again_in_the_same_region_only() {
        let above = tempfile::tempdir().unwrap();
        let folder = below(&above);
        let (store, mut state) = open(&folder, "test").unwrap();
        store.save(&mut state).unwrap();
        drop(store);
        open(&folder, "test").unwrap();
        let error = Store::open(&folder, "eu-west-2", "test", None, State::default()).unwrap_err();
        assert!(matches!(error, StoreError::OtherRegion { .. }), "{error}");
    }

    #[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
    struct Number(u8);

    impl crate::core::state::Slice for Number {
        const NAME: &str = "number";
    }

    #[test]
    fn what_is_saved_outlives_the_process_however_it_ends() {
        let above = tempfile::tempdir().unwrap();
        let folder = below(&above);
        let empty = State::default().with::<Number>();
        let (store, mut state) = Store::open(&folder, "us-east-1", "test", None, empty).unwrap();
        state.of_mut::<Number>().0 = 7;
        store.save(&mut state).unwrap();
        // Nothing is closed: this is what a process that is killed now leaves.
        let left = above.path().join("left");
        fs::create_dir(&left).unwrap();
        for entry in fs::read_dir(&folder.path).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), left.join(entry.file_name())).unwrap();
        }
        let database = Database::open(&left.join(STATE_FILE), "us-east-1").unwrap();
        let saved = database.load().unwrap();
        assert_eq!(saved.slices, [("number".to_owned(), "7".to_owned())]);
    }

    #[test]
    fn a_state_of_another_version_is_refused_and_left_alone() {
        let above = tempfile::tempdir().unwrap();
        let folder = below(&above);
        drop(open(&folder, "test").unwrap());
        let refused = |wanted: u32| {
            let error = open(&folder, "test").unwrap_err();
            assert!(
                matches!(error, StoreError::OtherFormat { stored, .. } if stored == wanted),
                "{error}"
            );
        };
        let database = rusqlite::Connection::open(folder.path.join(STATE_FILE)).unwrap();
        let later = FORMAT + 1;
        database.pragma_update(None, "user_version", later).unwrap();
        drop(database);
        refused(later);
        fs::write(folder.path.join(STATE_FILE_OF_BEFORE), "{}").unwrap();
        refused(1);
        let kept = fs::read_to_string(folder.path.join(STATE_FILE_OF_BEFORE)).unwrap();
        assert_eq!(kept, "{}");
    }

    #[test]
    fn a_folder_that_somebody_else_made_is_left_alone() {
        let above = tempfile::tempdir().unwrap();
        let folder = below(&above);
        let (store, mut state) = open(&folder, "test").unwrap();
        store.save(&mut state).unwrap();
        drop(store);
        // Another user's key, another place, no seal at all.
        let other = StateFolder {
            path: folder.path.clone(),
            key: Key::random().unwrap(),
        };
        let moved = StateFolder {
            path: above.path().join("moved"),
            key: folder.key.clone(),
        };
        let refused = |folder: &StateFolder| {
            let error = open(folder, "test").unwrap_err();
            assert!(matches!(error, StoreError::NotOurs { .. }), "{error}");
        };
        refused(&other);
        fs::rename(&folder.path, &moved.path).unwrap();
        refused(&moved);
        fs::remove_file(moved.path.join(MAKER_FILE)).unwrap();
        refused(&moved);
    }

    #[test]
    fn a_link_is_neither_followed_nor_made() {
        let above = tempfile::tempdir().unwrap();
        let precious = above.path().join("precious");
        fs::write(&precious, "kept").unwrap();
        let ours = [lock::FILE, STATE_FILE, MAKER_FILE];
        for name in ours.into_iter().chain(FILES_OF_SQLITE) {
            let folder = StateFolder {
                path: above.path().join(format!("with {name}")),
                key: Key::random().unwrap(),
            };
            drop(open(&folder, "test").unwrap());
            let path = folder.path.join(name);
            let _ = fs::remove_file(&path);
            symlink(&precious, &path).unwrap();
            let error = open(&folder, "test").unwrap_err();
            assert!(error.to_string().contains("a symbolic link"), "{error}");
        }
        let folder = StateFolder {
            path: above.path().join("link"),
            key: Key::random().unwrap(),
        };
        symlink(above.path(), &folder.path).unwrap();
        let error = open(&folder, "test").unwrap_err();
        assert!(error.to_string().contains("a symbolic link"), "{error}");
        assert_eq!(fs::read_to_string(precious).unwrap(), "kept");
    }

    #[test]
    fn an_empty_folder_is_taken_and_closed_to_others() {
        let above = tempfile::tempdir().unwrap();
        let folder = below(&above);
        fs::create_dir(&folder.path).unwrap();
        fs::set_permissions(&folder.path, fs::Permissions::from_mode(0o777)).unwrap();
        let (store, mut state) = open(&folder, "test").unwrap();
        store.save(&mut state).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&folder.path), 0o700);
        for entry in fs::read_dir(&folder.path).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
    }
}
