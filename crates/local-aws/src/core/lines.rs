//! A file of JSON lines that only grows: what was sent out.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The file, which need not exist.
#[derive(Debug)]
pub struct Lines {
    path: PathBuf,
    writing: Mutex<()>,
}

impl Lines {
    /// That at a path.
    pub fn at(path: PathBuf) -> Self {
        Self {
            path,
            writing: Mutex::new(()),
        }
    }

    /// Adds a line.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&self, value: &impl Serialize) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = self.path.parent() {
            safe_files::make_private_folders(folder)?;
        }
        let mut file = safe_files::append(&self.path)?;
        mend(&mut file)?;
        file.write_all(&line)
    }

    /// The lines without the first `after`.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn read<T: DeserializeOwned>(&self, after: usize) -> std::io::Result<Vec<T>> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        whole(&bytes)
            .split_inclusive(|byte| *byte == b'\n')
            .skip(after)
            .map(|line| serde_json::from_slice(line).map_err(std::io::Error::from))
            .collect()
    }
}

/// Cuts off a line that was torn when a process was killed: its call was never answered.
fn mend(file: &mut File) -> std::io::Result<()> {
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        file.seek(SeekFrom::Start(length - 1))?;
        file.read_exact(&mut last)?;
    }
    if last == [b'\n'] {
        return Ok(());
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    file.set_len(whole(&bytes).len() as u64)
}

/// The bytes up to the end of the last whole line.
fn whole(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    &bytes[..end.map_or(0, |end| end + 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &Lines, after: usize) -> Vec<String> {
        lines.read(after).unwrap()
    }

    #[test]
    fn what_is_written_is_read_in_order_and_from_any_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("lines.ndjson");
        let lines = Lines::at(path.clone());
        assert!(read(&lines, 0).is_empty());
        for line in ["one", "two\nlines", "three"] {
            lines.append(&line).unwrap();
        }
        assert_eq!(read(&lines, 0), ["one", "two\nlines", "three"]);
        assert_eq!(read(&lines, 2), ["three"]);
        assert!(read(&lines, 9).is_empty());
        // Another process later.
        assert_eq!(read(&Lines::at(path), 1), ["two\nlines", "three"]);
    }

    #[test]
    fn a_line_that_was_torn_is_neither_read_nor_continued() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.ndjson");
        let lines = Lines::at(path.clone());
        lines.append(&"whole").unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend(b"\"to");
        fs::write(&path, bytes).unwrap();
        assert_eq!(read(&lines, 0), ["whole"]);
        lines.append(&"next").unwrap();
        assert_eq!(read(&lines, 0), ["whole", "next"]);
    }
}
