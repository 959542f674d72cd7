//! A place for what cargo makes that nobody else writes to.
//!
//! cargo tells the path of an executable and lets go of its lock: by the time
//! that the file is read, another build may have put another executable of the
//! same name there, as when each function's is named `bootstrap`. So the final
//! files go to a folder of our own, under a lock of our own, while all that takes
//! long is shared with whoever else builds (`build.build-dir`, since cargo 1.91).

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::workspace::Workspace;

/// How often a lock that somebody else holds is asked for.
const PAUSE: Duration = Duration::from_millis(50);

/// Where cargo is told to put things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// `build.target-dir`: the final files.
    pub target_dir: PathBuf,
    /// `build.build-dir`: the intermediate ones; `None` from a cargo that puts
    /// both into one directory.
    pub build_dir: Option<PathBuf>,
}

impl Place {
    /// The place for the slot `name` in `cache_dir`.
    pub(super) fn of(cache_dir: &Path, name: &str, workspace: &Workspace) -> Self {
        let Some(build_dir) = &workspace.build_dir else {
            // Everything of the workspace, so that dependencies are built once.
            return Self {
                target_dir: cache_dir.join("target"),
                build_dir: None,
            };
        };
        let build_dir = if build_dir.starts_with(&workspace.root) {
            build_dir.clone()
        } else {
            // Two checkouts that build into one directory get each other's crates from
            // cargo: it tells packages of a workspace apart by their path within it.
            let root = workspace.root.as_os_str().as_encoded_bytes();
            let digest = const_hex::encode(&Sha256::digest(root)[..8]);
            build_dir.join(format!("vanity-deploy-{digest}"))
        };
        Self {
            target_dir: cache_dir.join("out").join(name),
            build_dir: Some(build_dir),
        }
    }

    /// Where intermediate files go.
    pub(super) fn intermediate(&self) -> &Path {
        self.build_dir.as_deref().unwrap_or(&self.target_dir)
    }

    /// Waits until nobody else of us builds here. `waiting` is called once when
    /// somebody does. What is given holds the lock.
    pub(super) async fn lock(&self, waiting: impl FnOnce()) -> io::Result<File> {
        let path = self.target_dir.with_added_extension("lock");
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)?;
        let mut waiting = Some(waiting);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => {
                    if let Some(waiting) = waiting.take() {
                        waiting();
                    }
                    tokio::time::sleep(PAUSE).await;
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn workspace(build_dir: &str) -> Workspace {
        let build_dir = match build_dir {
            "" => String::new(),
            path => format!(r#","build_directory":"{path}""#),
        };
        Workspace::read(&format!(
            r#"{{"packages":[],"workspace_root":"/w/a","target_directory":"/t"{build_dir}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn final_files_are_apart_and_intermediate_ones_are_shared() {
        let place = Place::of(Path::new("/c"), "greet-aws", &workspace("/w/a/target"));
        assert_eq!(place.target_dir, Path::new("/c/out/greet-aws"));
        assert_eq!(place.build_dir.as_deref(), Some(Path::new("/w/a/target")));
    }

    #[test]
    fn a_directory_that_checkouts_may_share_is_parted() {
        let place = Place::of(Path::new("/c"), "greet-aws", &workspace("/t"));
        assert!(place.intermediate().starts_with("/t"));
        assert_ne!(place.intermediate(), Path::new("/t"));
        // Named alike, but not within.
        let place = Place::of(Path::new("/c"), "greet-aws", &workspace("/w/ab/target"));
        assert_ne!(place.intermediate(), Path::new("/w/ab/target"));
    }

    #[test]
    fn an_older_cargo_has_one_directory_for_all() {
        let place = Place::of(Path::new("/c"), "greet-aws", &workspace(""));
        assert_eq!(place.intermediate(), Path::new("/c/target"));
        assert_eq!(place.build_dir, None);
    }

    #[tokio::test]
    async fn the_second_waits_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::of(folder.path(), "greet.x", &workspace("/w/a/target"));
        let first = place.lock(|| unreachable!("nobody has it")).await.unwrap();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let second = tokio::spawn({
            let place = place.clone();
            async move { place.lock(|| sender.send(()).unwrap()).await.unwrap() }
        });
        receiver.await.unwrap();
        assert!(!second.is_finished());
        drop(first);
        second.await.unwrap();
    }
}
