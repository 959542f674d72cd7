//! The files that a manifest names: which may be read, and how. All reading of them
//! goes through here.
//!
//! What a manifest names leaves the machine: into buckets, templates, flows. So a file
//! lies within the manifest's folder, after all links, or was allowed by whoever runs
//! the command; and nothing is opened that would make the reader wait (a FIFO), act (a
//! device) or read without end.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use safe_files::{Kind, Unsafe, read_regular};

/// Where files may lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The manifest's folder, without links.
    root: PathBuf,
    /// What else was allowed, without links: files, and folders with all in them.
    allowed: Vec<PathBuf>,
}

/// A file that may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is, without links: what is read.
    pub path: PathBuf,
    /// Its path from the manifest's folder, as plans name it.
    pub origin: String,
}

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not there, or is no file that can be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It lies elsewhere, and nobody allowed it.
    #[error("is outside the manifest's folder {}: it is {}", root.display(), path.display())]
    Outside {
        /// What it really is, without links.
        path: PathBuf,
        /// The manifest's folder, without links.
        root: PathBuf,
    },
}

impl Files {
    /// The files below a folder, and what is allowed beside them.
    ///
    /// # Errors
    /// The folder or an allowed path that is not there, with that path.
    pub fn new(folder: &Path, allowed: &[PathBuf]) -> Result<Self, (PathBuf, io::Error)> {
        let real = |path: &Path| fs::canonicalize(path).map_err(|error| (path.to_owned(), error));
        Ok(Self {
            root: real(folder)?,
            allowed: allowed
                .iter()
                .map(|path| real(path))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Finds a file, named from the manifest's folder, that may be read. Nothing of it
    /// is read.
    ///
    /// # Errors
    /// [`FileError`]
    pub fn find(&self, file: &Path) -> Result<Found, FileError> {
        let path = fs::canonicalize(self.root.join(file))?;
        let may_be_read =
            path.starts_with(&self.root) || self.allowed.iter().any(|all| path.starts_with(all));
        if !may_be_read {
            return Err(FileError::Outside {
                path,
                root: self.root.clone(),
            });
        }
        check_regular(&path)?;
        Ok(Found {
            origin: self.origin(&path),
            path,
        })
    }

    /// Reads a file that may be read.
    ///
    /// # Errors
    /// [`FileError`]
    pub fn read(&self, file: &Path) -> Result<(Found, Vec<u8>), FileError> {
        let found = self.find(file)?;
        let content = read_regular(&found.path)?;
        Ok((found, content))
    }

    /// The same on every machine where the folders lie alike: `../shared/page.html`.
    fn origin(&self, path: &Path) -> String {
        let mut root = self.root.components().peekable();
        let mut rest = path.components().peekable();
        while root.peek().is_some() && root.peek() == rest.peek() {
            root.next();
            rest.next();
        }
        let up = root.map(|_| Component::ParentDir);
        let origin: PathBuf = up.chain(rest).collect();
        origin.display().to_string()
    }
}

/// A file is looked at before it is opened, so that a refusal has its place in the manifest
/// also where it is read later.
fn check_regular(path: &Path) -> io::Result<()> {
    match Kind::of(fs::metadata(path)?.file_type()) {
        Kind::File => Ok(()),
        is => Err(Unsafe::Kind {
            is,
            wanted: Kind::File,
        }
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A manifest's folder `m` with files, and what lies beside it.
    fn tree() -> (tempfile::TempDir, Files) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("m/sub")).unwrap();
        fs::create_dir_all(at("beside")).unwrap();
        for file in ["m/a", "m/sub/b", "beside/c", "m2"] {
            fs::write(at(file), file).unwrap();
        }
        symlink("sub/b", at("m/within")).unwrap();
        symlink("../beside/c", at("m/out")).unwrap();
        symlink("../beside", at("m/folder")).unwrap();
        symlink("out", at("m/twice")).unwrap();
        symlink("nowhere", at("m/dangling")).unwrap();
        let files = Files::new(&at("m"), &[]).unwrap();
        (folder, files)
    }

    #[test]
    fn what_lies_within_is_read_and_named_from_the_folder() {
        let (folder, files) = tree();
        let absolute = folder.path().join("m/a");
        for (file, origin) in [
            ("a", "a"),
            ("./sub/../a", "a"),
            ("sub/b", "sub/b"),
            ("../m/a", "a"),
            ("within", "sub/b"),
            (absolute.to_str().unwrap(), "a"),
        ] {
            let (found, content) = files.read(Path::new(file)).unwrap();
            assert_eq!(found.origin, origin, "{file}");
            assert_eq!(content, format!("m/{origin}").into_bytes());
        }
    }

    #[test]
    fn what_lies_elsewhere_is_not_read_unless_it_is_allowed() {
        let (folder, files) = tree();
        let beside = folder.path().join("beside");
        let real = fs::canonicalize(beside.join("c")).unwrap();
        let absolute = beside.join("c");
        let outside = [
            "../beside/c",
            "out",
            "folder/c",
            "twice",
            absolute.to_str().unwrap(),
        ];
        for file in outside {
            match files.read(Path::new(file)) {
                Err(FileError::Outside { path, .. }) => assert_eq!(path, real, "{file}"),
                other => panic!("{file}: {other:?}"),
            }
        }
        // A name that begins alike is another name.
        let alike = files.read(Path::new("../m2"));
        assert!(matches!(alike, Err(FileError::Outside { .. })), "{alike:?}");
        for allowed in [beside.clone(), real, folder.path().join("m/folder")] {
            let files = Files::new(&folder.path().join("m"), &[allowed]).unwrap();
            for file in outside {
                let (found, content) = files.read(Path::new(file)).unwrap();
                assert_eq!(found.origin, "../beside/c");
                assert_eq!(content, b"beside/c");
            }
        }
        let other = Files::new(&folder.path().join("m"), &[folder.path().join("m2")]).unwrap();
        assert!(other.read(Path::new("out")).is_err());
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let (folder, files) = tree();
        let fifo = folder.path().join("m/fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("m/socket"));
        symlink("fifo", folder.path().join("m/to-fifo")).unwrap();
        for (file, word) in [
            ("fifo", "a FIFO"),
            ("to-fifo", "a FIFO"),
            ("socket", "a socket"),
            ("sub", "a folder"),
            ("dangling", "No such file"),
            ("missing", "No such file"),
        ] {
            let error = files.read(Path::new(file)).unwrap_err().to_string();
            assert!(error.contains(word), "{file}: {error}");
        }
        let device = read_regular(Path::new("/dev/zero")).unwrap_err();
        assert!(device.to_string().contains("a device"), "{device}");
    }
}
