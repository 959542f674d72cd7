//! What a path leads to, in words; and why it is not used.

use std::fmt;
use std::fs::FileType;
use std::io;
use std::os::unix::fs::FileTypeExt as _;

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A device, of blocks or characters.
    Device,
}

impl Kind {
    /// Of a file's type.
    pub fn of(file_type: FileType) -> Self {
        if file_type.is_file() {
            Self::File
        } else if file_type.is_dir() {
            Self::Folder
        } else if file_type.is_symlink() {
            Self::Link
        } else if file_type.is_fifo() {
            Self::Fifo
        } else if file_type.is_socket() {
            Self::Socket
        } else {
            Self::Device
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Link => "a symbolic link",
            Self::Fifo => "a FIFO",
            Self::Socket => "a socket",
            Self::Device => "a device",
        })
    }
}

/// Why something that is there is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsafe {
    /// It is not what is wanted there.
    Kind {
        /// What it is.
        is: Kind,
        /// What is wanted.
        wanted: Kind,
    },
    /// Another user owns it.
    Owner {
        /// The owner's id.
        uid: u32,
    },
    /// It has other names: writing to it writes to them.
    HardLinked,
}

impl fmt::Display for Unsafe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind { is, wanted } => write!(f, "it is {is}, not {wanted}"),
            Self::Owner { uid } => write!(f, "it belongs to another user ({uid})"),
            Self::HardLinked => f.write_str("it has other names (hard links)"),
        }
    }
}

impl std::error::Error for Unsafe {}

impl From<Unsafe> for io::Error {
    fn from(reason: Unsafe) -> Self {
        Self::new(io::ErrorKind::InvalidInput, reason)
    }
}
