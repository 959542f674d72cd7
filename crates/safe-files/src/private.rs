//! Folders of the program's own, for its user alone.

use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::replace::{Durability, write};
use crate::{Kind, Unsafe, read_regular};

/// The user's, and nobody else's.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A folder that belongs to the user who runs the program and that nobody else may
/// enter. Its files are regular files of that user with one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateFolder(PathBuf);

impl PrivateFolder {
    /// Takes the folder, which is made when it is not there; those above it too. A folder
    /// that others may enter is closed to them.
    ///
    /// # Errors
    /// What the system says; [`Unsafe`] within for a link, for what is no folder and for
    /// a folder of another user.
    pub fn make(path: &Path) -> io::Result<Self> {
        if let Some(above) = path.parent() {
            fs::create_dir_all(above)?;
        }
        match DirBuilder::new().mode(FOLDER_MODE).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let metadata = look_at(path)?;
        if metadata.mode() & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(FOLDER_MODE))?;
        }
        Ok(Self(path.to_owned()))
    }

    /// Takes the folder if it is there.
    ///
    /// # Errors
    /// Those of [`PrivateFolder::make`]; [`io::ErrorKind::PermissionDenied`] for one that
    /// others may write to.
    pub fn find(path: &Path) -> io::Result<Option<Self>> {
        match look_at(path) {
            Ok(metadata) if metadata.mode() & 0o022 != 0 => Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "other users may write to it",
            )),
            Ok(_) => Ok(Some(Self(path.to_owned()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes sure that somebody who opens a file of the folder by its name, if it is there,
    /// opens a file of this user's own.
    ///
    /// # Errors
    /// What the system says; [`Unsafe`] within, as for [`PrivateFolder::open`].
    pub fn check(&self, name: &str) -> io::Result<()> {
        match fs::symlink_metadata(self.0.join(name)) {
            Ok(metadata) => Ok(check_file(&metadata)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A file of the folder, opened for reading and writing, made when it is not there.
    ///
    /// # Errors
    /// What the system says; [`Unsafe`] within for a link, for what is no regular file,
    /// for a file of another user or with another name: nothing of it was changed.
    pub fn open(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR
            | OFlags::CREATE
            | OFlags::NOFOLLOW
            | OFlags::NONBLOCK
            | OFlags::NOCTTY
            | OFlags::CLOEXEC;
        let path = self.0.join(name);
        // Before it is opened: a device may do something then.
        match fs::symlink_metadata(&path) {
            Ok(metadata) => check_file(&metadata)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mode = Mode::from_raw_mode(FILE_MODE as rustix::fs::RawMode);
        let file = File::from(rustix::fs::open(&path, flags, mode)?);
        check_file(&file.metadata()?)?;
        Ok(file)
    }

    /// The bytes of a file of the folder; `None`: it is not there.
    ///
    /// # Errors
    /// What the system says; [`Unsafe`] within, as for [`PrivateFolder::open`].
    pub fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.0.join(name);
        match fs::symlink_metadata(&path) {
            Ok(metadata) => check_file(&metadata)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
        read_regular(&path).map(Some)
    }

    /// Replaces a file of the folder, whole or not at all; it is not waited for until the
    /// disk has it.
    ///
    /// # Errors
    /// Those of [`crate::replace`].
    pub fn replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        write(&self.0.join(name), content, FILE_MODE, Durability::Cached)
    }

    /// Makes a file of the folder, whole; `false`: there is one already.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(&self, name: &str, content: &[u8]) -> io::Result<bool> {
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        file.write_all(content)?;
        match file.persist_noclobber(self.0.join(name)) {
            Ok(_) => Ok(true),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.error),
        }
    }
}

/// Makes a folder and those above it that are not there, for the user alone.
///
/// # Errors
/// What the system says.
pub fn make_private_folders(path: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(path)
}

/// Opens a file to read it and append to it, made for the user alone when it is not there.
///
/// # Errors
/// What the system says.
pub fn append(path: &Path) -> io::Result<File> {
    fs::OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .mode(FILE_MODE)
        .open(path)
}

/// What is known of a folder that is the user's own.
fn look_at(path: &Path) -> io::Result<Metadata> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Err(Unsafe::Kind {
            is: Kind::of(metadata.file_type()),
            wanted: Kind::Folder,
        }
        .into());
    }
    check_owner(&metadata)?;
    Ok(metadata)
}

fn check_file(metadata: &Metadata) -> Result<(), Unsafe> {
    if !metadata.is_file() {
        return Err(Unsafe::Kind {
            is: Kind::of(metadata.file_type()),
            wanted: Kind::File,
        });
    }
    check_owner(metadata)?;
    if metadata.nlink() > 1 {
        return Err(Unsafe::HardLinked);
    }
    Ok(())
}

fn check_owner(metadata: &Metadata) -> Result<(), Unsafe> {
    let uid = metadata.uid();
    if uid == rustix::process::geteuid().as_raw() {
        Ok(())
    } else {
        Err(Unsafe::Owner { uid })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn a_folder_is_made_for_its_user_alone() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("a/b/c");
        let folder = PrivateFolder::make(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
        folder.replace("file", b"text").unwrap();
        assert_eq!(mode(&path.join("file")), 0o600);
        assert_eq!(folder.read("file").unwrap().unwrap(), b"text");
        assert_eq!(folder.read("other").unwrap(), None);
        assert!(folder.create("new", b"one").unwrap());
        assert!(!folder.create("new", b"two").unwrap());
        assert_eq!(folder.read("new").unwrap().unwrap(), b"one");
        folder.open("lock").unwrap().write_all(b"x").unwrap();
        assert_eq!(mode(&path.join("lock")), 0o600);
    }

    #[test]
    fn a_folder_that_is_open_to_others_is_closed_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("open");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        let error = PrivateFolder::find(&path).unwrap_err();
        assert_eq!(error.to_string(), "other users may write to it");
        PrivateFolder::make(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
        assert!(PrivateFolder::find(&path).unwrap().is_some());
        assert_eq!(PrivateFolder::find(&path.join("not")).unwrap(), None);
    }

    #[test]
    fn links_are_refused_and_what_they_lead_to_stays() {
        let above = tempfile::tempdir().unwrap();
        let at = |name: &str| above.path().join(name);
        fs::write(at("precious"), "kept").unwrap();
        let folder = PrivateFolder::make(&at("folder")).unwrap();
        std::os::unix::fs::symlink(at("precious"), folder.path().join("lock")).unwrap();
        fs::hard_link(at("precious"), folder.path().join("hard")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, folder.path().join("fifo"), Mode::RWXU).unwrap();
        let opened = |name: &str| folder.open(name).unwrap_err().to_string();
        assert_eq!(opened("lock"), "it is a symbolic link, not a file");
        assert_eq!(opened("hard"), "it has other names (hard links)");
        assert_eq!(opened("fifo"), "it is a FIFO, not a file");
        assert!(folder.read("lock").is_err());
        assert!(folder.replace("lock", b"gone").is_err());
        assert_eq!(fs::read(at("precious")).unwrap(), b"kept");

        std::os::unix::fs::symlink(folder.path(), at("link")).unwrap();
        let error = PrivateFolder::make(&at("link")).unwrap_err();
        assert_eq!(error.to_string(), "it is a symbolic link, not a folder");
        let error = PrivateFolder::make(&at("precious")).unwrap_err();
        assert_eq!(error.to_string(), "it is a file, not a folder");
    }
}
