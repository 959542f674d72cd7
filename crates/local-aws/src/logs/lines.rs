//! The lines of a stream: one file of JSON lines, bounded.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::groups::{Group, Stream};

/// A stream's file is cut to its newer half when it grows beyond this.
const BYTES_PER_STREAM: u64 = 4 * 1024 * 1024;

/// One writer or reader at a time: a file that is being cut is not whole.
static FILES: Mutex<()> = Mutex::new(());

fn lock() -> MutexGuard<'static, ()> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// When it happened; milliseconds since 1970.
    #[serde(rename = "t")]
    pub timestamp: i64,
    /// When it came in; milliseconds since 1970.
    #[serde(rename = "i")]
    pub ingestion: i64,
    /// The message.
    #[serde(rename = "m")]
    pub message: String,
}

/// The folder of a group's files.
pub(super) fn folder(root: &Path, group: &Group) -> PathBuf {
    root.join(&group.folder)
}

fn path(root: &Path, group: &Group, stream: &Stream) -> PathBuf {
    folder(root, group).join(format!("{}.jsonl", stream.file))
}

/// Appends events to a stream's file.
pub(super) fn append(
    root: &Path,
    group: &Group,
    stream: &Stream,
    events: &[(Timestamp, String)],
    now: Timestamp,
) -> std::io::Result<()> {
    let mut text = String::new();
    for (timestamp, message) in events {
        let line = Line {
            timestamp: timestamp.as_millisecond(),
            ingestion: now.as_millisecond(),
            message: message.clone(),
        };
        text.push_str(&serde_json::to_string(&line)?);
        text.push('\n');
    }
    let _lock = lock();
    safe_files::make_private_folders(&folder(root, group))?;
    let path = path(root, group, stream);
    let mut file = safe_files::append(&path)?;
    mend(&mut file)?;
    file.write_all(text.as_bytes())?;
    if file.metadata()?.len() > BYTES_PER_STREAM {
        drop(file);
        cut(&path)?;
    }
    Ok(())
}

/// Cuts off a last line that was torn when a process was killed, so that the
/// next one does not continue it.
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
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    file.set_len(end.map_or(0, |end| end as u64 + 1))
}

/// Keeps the newer half of the lines.
fn cut(path: &Path) -> std::io::Result<()> {
    let text = fs::read_to_string(path)?;
    let middle = text.floor_char_boundary(text.len() / 2);
    let from = text[middle..]
        .find('\n')
        .map_or(text.len(), |at| middle + at + 1);
    fs::write(path, &text[from..])
}

/// The events of a stream by time; of those at the same time, first come first.
/// A stream that nothing was written to has none.
pub(super) fn read(root: &Path, group: &Group, stream: &Stream) -> std::io::Result<Vec<Line>> {
    let text = {
        let _lock = lock();
        match fs::read_to_string(path(root, group, stream)) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        }
    };
    // The last line may be torn when the process was killed.
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut lines = complete
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<Vec<Line>, _>>()?;
    lines.sort_by_key(|line| line.timestamp);
    Ok(lines)
}

/// Removes a stream's file.
pub(super) fn remove(root: &Path, group: &Group, stream: &Stream) -> std::io::Result<()> {
    let _lock = lock();
    gone(fs::remove_file(path(root, group, stream)))
}

/// Removes a group's folder.
pub(super) fn remove_group(root: &Path, group: &Group) -> std::io::Result<()> {
    let _lock = lock();
    gone(fs::remove_dir_all(folder(root, group)))
}

fn gone(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn now() -> Timestamp {
        "2026-01-31T12:00:00Z".parse().unwrap()
    }

    fn group() -> (Group, Stream) {
        let stream = Stream {
            file: "s".to_owned(),
            created: now(),
            first_event: None,
            last_event: None,
            last_ingestion: None,
        };
        let group = Group {
            folder: "g".to_owned(),
            created: now(),
            retention_in_days: None,
            tags: BTreeMap::new(),
            streams: BTreeMap::new(),
            metric_filters: BTreeMap::new(),
        };
        (group, stream)
    }

    #[test]
    fn what_is_appended_is_read_in_the_order_of_time() {
        let root = tempfile::tempdir().unwrap();
        let (group, stream) = group();
        assert_eq!(read(root.path(), &group, &stream).unwrap(), []);
        let earlier = now() - jiff::SignedDuration::from_secs(1);
        let events = [(now(), "b\n\"é".to_owned()), (earlier, "a".to_owned())];
        append(root.path(), &group, &stream, &events, now()).unwrap();
        append(
            root.path(),
            &group,
            &stream,
            &[(now(), "c".to_owned())],
            now(),
        )
        .unwrap();
        let lines = read(root.path(), &group, &stream).unwrap();
        let messages: Vec<_> = lines.iter().map(|line| line.message.as_str()).collect();
        assert_eq!(messages, ["a", "b\n\"é", "c"]);
        remove_group(root.path(), &group).unwrap();
        remove_group(root.path(), &group).unwrap();
        assert_eq!(read(root.path(), &group, &stream).unwrap(), []);
    }

    #[test]
    fn a_torn_last_line_is_no_event() {
        let root = tempfile::tempdir().unwrap();
        let (group, stream) = group();
        append(
            root.path(),
            &group,
            &stream,
            &[(now(), "a".to_owned())],
            now(),
        )
        .unwrap();
        let path = path(root.path(), &group, &stream);
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str("{\"t\":1,");
        fs::write(&path, text).unwrap();
        assert_eq!(read(root.path(), &group, &stream).unwrap().len(), 1);
        append(
            root.path(),
            &group,
            &stream,
            &[(now(), "b".to_owned())],
            now(),
        )
        .unwrap();
        assert_eq!(read(root.path(), &group, &stream).unwrap().len(), 2);
    }

    #[test]
    fn a_stream_that_grows_keeps_its_newer_half() {
        let root = tempfile::tempdir().unwrap();
        let (group, stream) = group();
        for index in 0..5 {
            let message = format!("{index}{}", "é".repeat(500_000));
            append(root.path(), &group, &stream, &[(now(), message)], now()).unwrap();
        }
        let lines = read(root.path(), &group, &stream).unwrap();
        assert!(lines.len() < 5 && !lines.is_empty());
        assert!(lines.iter().any(|line| line.message.starts_with('4')));
    }
}
