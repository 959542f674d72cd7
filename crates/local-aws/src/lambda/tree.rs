//! The files of a folder as one digest, and a quick way to see that none changed.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// What is known of the files of a folder without reading them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamps(Vec<Stamp>);

/// Path below the folder, kind and mode, size, inode, and when anything about it changed
/// last (`ctime`, which nobody can set back), in nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    path: PathBuf,
    mode: u32,
    size: u64,
    inode: u64,
    changed: i128,
}

impl Stamps {
    /// The paths.
    #[cfg(test)]
    pub(super) fn names(&self) -> Vec<String> {
        let name = |stamp: &Stamp| stamp.path.to_string_lossy().into_owned();
        self.0.iter().map(name).collect()
    }
}

/// The stamps of everything below `root`, in the order of their paths.
pub(super) fn stamps(root: &Path) -> io::Result<Stamps> {
    let mut all = Vec::new();
    for (path, metadata) in entries(root)? {
        let nanoseconds = i128::from(metadata.ctime_nsec());
        all.push(Stamp {
            path,
            mode: metadata.mode(),
            size: metadata.len(),
            inode: metadata.ino(),
            changed: i128::from(metadata.ctime()) * 1_000_000_000 + nanoseconds,
        });
    }
    Ok(Stamps(all))
}

/// SHA-256, in hexadecimal, over the paths, kinds, modes and contents of everything below
/// `root`.
pub(super) fn digest(root: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    for (path, metadata) in entries(root)? {
        let name = path.as_os_str().as_bytes();
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
        hash.update(metadata.mode().to_be_bytes());
        // Of a link nothing is read: its mode makes it another thing already.
        if metadata.is_file() {
            let content = fs::read(root.join(&path))?;
            hash.update((content.len() as u64).to_be_bytes());
            hash.update(content);
        }
    }
    Ok(const_hex::encode(hash.finalize()))
}

fn entries(root: &Path) -> io::Result<Vec<(PathBuf, Metadata)>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                folders.push(path.clone());
            }
            found.push((path, metadata));
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(found)
}
