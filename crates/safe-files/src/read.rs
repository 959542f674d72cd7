//! Reading what people name.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use crate::{Kind, Unsafe};

/// The bytes of a regular file; links to one are followed.
///
/// A named pipe would be waited for until somebody writes, a device may do something
/// when it is opened: neither is opened.
///
/// # Errors
/// What the system says; [`Unsafe::Kind`] within for what is no regular file.
pub fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    let is_file = |kind| match kind {
        Kind::File => Ok(()),
        is => Err(Unsafe::Kind {
            is,
            wanted: Kind::File,
        }),
    };
    is_file(Kind::of(fs::metadata(path)?.file_type()))?;
    // Another one may have taken its place since: then it is not waited for either.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let metadata = file.metadata()?;
    is_file(Kind::of(metadata.file_type()))?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a regular file.
///
/// # Errors
/// Those of [`read_regular`], and `InvalidData` for what is not UTF-8.
pub fn read_regular_to_string(path: &Path) -> io::Result<String> {
    String::from_utf8(read_regular(path)?)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_a_file_is_read_and_nothing_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "text").unwrap();
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        std::os::unix::fs::symlink(at("nothing"), at("dangling")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, at("fifo"), Mode::RWXU).unwrap();
        std::os::unix::fs::symlink(at("fifo"), at("link to fifo")).unwrap();

        assert_eq!(read_regular_to_string(&at("file")).unwrap(), "text");
        assert_eq!(read_regular_to_string(&at("link")).unwrap(), "text");
        let refusal = |path: &Path| read_regular(path).unwrap_err().to_string();
        assert_eq!(refusal(&at("fifo")), "it is a FIFO, not a file");
        assert_eq!(refusal(&at("link to fifo")), "it is a FIFO, not a file");
        assert_eq!(refusal(&at("socket")), "it is a socket, not a file");
        assert_eq!(refusal(folder.path()), "it is a folder, not a file");
        assert_eq!(
            refusal(Path::new("/dev/null")),
            "it is a device, not a file"
        );
        assert_eq!(
            read_regular(&at("dangling")).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }

    #[test]
    fn what_is_no_text_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, [0xff]).unwrap();
        let error = read_regular_to_string(&path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
