//! Writing where a person says.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::{Kind, Unsafe};

/// Writes a file whole or not at all: a reader sees the old content or the new one.
/// `mode` is the new file's, e.g. `0o600`.
///
/// # Errors
/// What the system says; [`Unsafe::Kind`] within when the path is a link or anything
/// else than a file: that stays as it is.
pub fn replace(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    write(path, content, mode, Durability::OnDisk)
}

/// Whether a write is over when the system has it, or when the disk has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    Cached,
    OnDisk,
}

pub(crate) fn write(
    path: &Path,
    content: &[u8],
    mode: u32,
    durability: Durability,
) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => {
            return Err(Unsafe::Kind {
                is: Kind::of(metadata.file_type()),
                wanted: Kind::File,
            }
            .into());
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(mode))
        .tempfile_in(folder)?;
    file.write_all(content)?;
    if durability == Durability::OnDisk {
        // A rename that is on the disk before the content leaves an empty file behind.
        file.as_file().sync_data()?;
    }
    // The rename replaces a link that came in between, it does not follow it.
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        replace(&at("file"), b"one", 0o600).unwrap();
        replace(&at("file"), b"two", 0o600).unwrap();
        assert_eq!(fs::read(at("file")).unwrap(), b"two");
        assert_eq!(
            fs::metadata(at("file")).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::write(at("precious"), "kept").unwrap();
        std::os::unix::fs::symlink(at("precious"), at("link")).unwrap();
        let error = replace(&at("link"), b"three", 0o600).unwrap_err();
        assert_eq!(error.to_string(), "it is a symbolic link, not a file");
        assert_eq!(fs::read(at("precious")).unwrap(), b"kept");
        let error = replace(folder.path(), b"four", 0o600).unwrap_err();
        assert_eq!(error.to_string(), "it is a folder, not a file");
        // Nothing half-written is left.
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
