//! The lines that a function's process writes.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::net::unix::pipe::Receiver;
use tokio::task::JoinHandle;

use crate::core::ports::Clock;

/// The longest line; a longer one is cut into several events, as CloudWatch
/// Logs would refuse it.
const LINE_LIMIT: usize = 256 * 1024;

/// Collects what a process writes to its standard output and error.
pub struct Output {
    pipes: Vec<Arc<Pipe>>,
    lines: Arc<Lines>,
    pumps: Vec<JoinHandle<()>>,
}

struct Pipe {
    receiver: Receiver,
    /// The same pipe, read without asking the runtime's reactor, whose
    /// knowledge may be older than what the process has written.
    file: File,
    partial: Mutex<Vec<u8>>,
}

struct Lines {
    clock: Arc<dyn Clock>,
    events: Mutex<Vec<(Timestamp, String)>>,
}

impl Output {
    /// Starts to read.
    ///
    /// # Errors
    /// When a descriptor is no pipe.
    pub fn new(descriptors: Vec<OwnedFd>, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let lines = Arc::new(Lines {
            clock,
            events: Mutex::default(),
        });
        let mut pipes = Vec::new();
        let mut pumps = Vec::new();
        for descriptor in descriptors {
            let file = File::from(descriptor.try_clone()?);
            let pipe = Arc::new(Pipe {
                receiver: Receiver::from_owned_fd(descriptor)?,
                file,
                partial: Mutex::default(),
            });
            pumps.push(tokio::spawn(pump(Arc::clone(&pipe), Arc::clone(&lines))));
            pipes.push(pipe);
        }
        Ok(Self {
            pipes,
            lines,
            pumps,
        })
    }

    /// Everything that was written until now and not taken before. A line
    /// without an end counts when it is `flush`ed.
    pub fn take(&self, flush: bool) -> Vec<(Timestamp, String)> {
        for pipe in &self.pipes {
            let mut partial = lock(&pipe.partial);
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = (&pipe.file).read(&mut buffer) {
                self.lines.add(&mut partial, &buffer[..count]);
            }
            if flush && !partial.is_empty() {
                let rest = std::mem::take(&mut *partial);
                self.lines.push(&rest);
            }
        }
        std::mem::take(&mut *lock(&self.lines.events))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        for pump in &self.pumps {
            pump.abort();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads all the time, so that the process never waits for a full pipe.
async fn pump(pipe: Arc<Pipe>, lines: Arc<Lines>) {
    let mut buffer = vec![0; 16 * 1024];
    while pipe.receiver.readable().await.is_ok() {
        let mut partial = lock(&pipe.partial);
        match pipe.receiver.try_read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => lines.add(&mut partial, &buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

impl Lines {
    fn add(&self, partial: &mut Vec<u8>, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            partial.extend_from_slice(piece);
            if piece.ends_with(b"\n") || partial.len() >= LINE_LIMIT {
                let line = std::mem::take(partial);
                self.push(&line);
            }
        }
    }

    fn push(&self, line: &[u8]) {
        let mut text = String::from_utf8_lossy(line).into_owned();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        lock(&self.events).push((self.clock.now(), text));
    }
}
