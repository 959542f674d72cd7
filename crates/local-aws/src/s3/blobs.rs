//! The bytes of objects: a file each, in a folder per bucket.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;

use super::state::State;

/// The end of the name of a file that is being written.
const UNFINISHED: &str = ".part";

/// The folders of all buckets.
#[derive(Debug, Clone)]
pub struct Blobs {
    root: PathBuf,
}

impl Blobs {
    /// Below the service's own folder.
    pub fn below(service_dir: &Path) -> Self {
        Self {
            root: service_dir.to_owned(),
        }
    }

    fn path(&self, folder: &str, blob: &str) -> PathBuf {
        self.root.join(folder).join(blob)
    }

    /// Writes bytes, whole or not at all.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn write(&self, folder: &str, blob: &str, bytes: &Bytes) -> std::io::Result<()> {
        let path = self.path(folder, blob);
        let unfinished = self.path(folder, &format!("{blob}{UNFINISHED}"));
        tokio::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(self.root.join(folder))
            .await?;
        let mut file = tokio::fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)
            .await?;
        file.write_all(bytes).await?;
        file.flush().await?;
        drop(file);
        tokio::fs::rename(&unfinished, &path).await
    }

    /// Reads bytes; `None` when they are gone.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn read(&self, folder: &str, blob: &str) -> std::io::Result<Option<Bytes>> {
        match tokio::fs::read(self.path(folder, blob)).await {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes what nothing refers to any more. What cannot be removed now is
    /// found again by [`Blobs::sweep`].
    pub fn remove<'a>(&self, folder: &str, blobs: impl IntoIterator<Item = &'a String>) {
        for blob in blobs {
            if let Err(error) = fs::remove_file(self.path(folder, blob)) {
                tracing::warn!(%error, folder, blob, "an object's bytes could not be removed");
            }
        }
    }

    /// Removes the folder of a bucket that is gone.
    pub fn remove_folder(&self, folder: &str) {
        match fs::remove_dir_all(self.root.join(folder)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(%error, folder, "a bucket's folder could not be removed");
            }
            _ => {}
        }
    }

    /// Removes every file that the state does not refer to: what a process that ended
    /// in the middle of a write left behind.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn sweep(&self, state: &State) -> std::io::Result<()> {
        let known: BTreeSet<PathBuf> = state
            .buckets()
            .flat_map(|bucket| {
                let objects = bucket.objects.values().flatten();
                objects.filter_map(|version| {
                    Some(self.path(&bucket.folder, &version.object.as_ref()?.blob))
                })
            })
            .collect();
        let folders: BTreeSet<PathBuf> = state
            .buckets()
            .map(|bucket| self.root.join(&bucket.folder))
            .collect();
        for folder in list(&self.root)? {
            if !folders.contains(&folder) {
                fs::remove_dir_all(&folder)?;
                continue;
            }
            for file in list(&folder)? {
                if !known.contains(&file) {
                    fs::remove_file(&file)?;
                }
            }
        }
        Ok(())
    }
}

fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::state::Bucket;
    use super::super::versions;
    use super::super::versions::tests::object;
    use super::*;

    #[tokio::test]
    async fn what_nothing_refers_to_is_swept_away() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::below(dir.path());
        let now = "2026-01-31T12:00:00Z".parse().unwrap();
        let mut bucket = Bucket::new("abc", "f".to_owned(), now);
        versions::put(&mut bucket, "k", object("kept"), "v".to_owned(), now);
        let mut state = State::default();
        state.add_bucket(bucket).unwrap();
        for (folder, blob) in [("f", "kept"), ("f", "lost"), ("g", "kept")] {
            let bytes = Bytes::from_static(b"x");
            blobs.write(folder, blob, &bytes).await.unwrap();
        }
        std::fs::write(dir.path().join("f/other.part"), "x").unwrap();
        blobs.sweep(&state).unwrap();
        assert_eq!(list(dir.path()).unwrap(), [dir.path().join("f")]);
        assert_eq!(
            list(&dir.path().join("f")).unwrap(),
            [dir.path().join("f/kept")]
        );
        assert!(blobs.read("f", "kept").await.unwrap().is_some());
        assert!(blobs.read("f", "lost").await.unwrap().is_none());
    }
}
