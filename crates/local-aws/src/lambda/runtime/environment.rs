//! An execution environment: a process of `bootstrap` in a process group of its
//! own, and the Runtime API that it talks to. One invocation at a time.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::api::{Event, RuntimeApi, Work};
use super::failure::Failure;
use super::output::Output;
use super::report;
use super::variables::{Surroundings, variables};
use crate::core::ports::Clock;
use crate::lambda::state::Version;
use crate::sts::Credentials;

/// How long a process may take until it asks for its first invocation (AWS
/// docs, "Understanding the Lambda execution environment lifecycle").
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// What to start.
pub struct Launch<'a> {
    /// The function's name.
    pub name: &'a str,
    /// `$LATEST` or a number.
    pub version_name: &'a str,
    /// Its configuration.
    pub version: &'a Version,
    /// Where the package is unpacked.
    pub task_root: &'a Path,
    /// The Region.
    pub region: &'a str,
    /// The embedded AWS.
    pub endpoint: &'a str,
    /// The role's session.
    pub credentials: &'a Credentials,
    /// A fresh id.
    pub id: String,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

/// A running environment; dropped, its processes are killed.
pub struct Environment {
    child: Child,
    group: Option<Pid>,
    api: RuntimeApi,
    output: Output,
    waiting: Option<oneshot::Sender<Work>>,
    /// When it was started.
    pub started: Instant,
    /// Until when it may be busy with the end of the invocation before.
    settle_by: Instant,
    /// Its log stream.
    pub log_stream: String,
}

/// What the function said.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Its response.
    Response(bytes::Bytes),
    /// Its error.
    Error(bytes::Bytes),
}

/// A start that did not come to work: why, and what the process wrote.
pub struct FailedStart {
    /// Why.
    pub failure: Failure,
    /// The lines it wrote.
    pub lines: Vec<(jiff::Timestamp, String)>,
    /// The log stream it would have had.
    pub log_stream: String,
}

impl Environment {
    /// Starts a process and waits until it asks for work.
    ///
    /// # Errors
    /// [`FailedStart`].
    pub async fn start(launch: Launch<'_>) -> Result<Self, FailedStart> {
        let log_stream = report::log_stream(launch.clock.now(), launch.version_name, &launch.id);
        let failed = |failure, lines| FailedStart {
            failure,
            lines,
            log_stream: log_stream.clone(),
        };
        let mut environment = Self::spawn(&launch, log_stream.clone())
            .await
            .map_err(|failure| failed(failure, Vec::new()))?;
        let limit = environment.started + INIT_LIMIT;
        match timeout_at(limit, environment.ready()).await {
            Ok(Ok(())) => Ok(environment),
            Ok(Err(failure)) => Err(failed(failure, environment.output.take(true))),
            Err(_) => {
                let lines = environment.output.take(true);
                Err(failed(Failure::InitTimedOut(INIT_LIMIT), lines))
            }
        }
    }

    async fn spawn(launch: &Launch<'_>, log_stream: String) -> Result<Self, Failure> {
        let bootstrap = launch.task_root.join("bootstrap");
        check_bootstrap(&bootstrap, &launch.version.configuration.architecture)?;
        let internal = |error: io::Error| Failure::Internal(error.to_string());
        let api = RuntimeApi::listen().await.map_err(internal)?;
        let mut command = Command::new(&bootstrap);
        command
            .current_dir(launch.task_root)
            .env_clear()
            .envs(variables(&Surroundings {
                name: launch.name,
                version: launch.version_name,
                configuration: &launch.version.configuration,
                region: launch.region,
                endpoint: launch.endpoint,
                runtime_api: &api.address().to_string(),
                task_root: launch.task_root,
                log_stream: &log_stream,
                credentials: launch.credentials,
            }))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let started = Instant::now();
        let mut child = spawn(&mut command).await.map_err(|error| {
            Failure::Entrypoint(format!(
                "fork/exec /var/task/bootstrap: {}",
                exec_error(&error)
            ))
        })?;
        let group = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        let descriptors = [
            child
                .stdout
                .take()
                .map(tokio::process::ChildStdout::into_owned_fd),
            child
                .stderr
                .take()
                .map(tokio::process::ChildStderr::into_owned_fd),
        ];
        let descriptors = descriptors
            .into_iter()
            .flatten()
            .collect::<io::Result<Vec<_>>>()
            .map_err(internal)?;
        let output = Output::new(descriptors, Arc::clone(&launch.clock)).map_err(internal)?;
        Ok(Self {
            child,
            group,
            api,
            output,
            waiting: None,
            started,
            settle_by: started + INIT_LIMIT,
            log_stream,
        })
    }

    /// Waits until the process asks for work.
    async fn ready(&mut self) -> Result<(), Failure> {
        while self.waiting.is_none() {
            match self.event().await? {
                Event::Next(waiting) => self.waiting = Some(waiting),
                Event::InitError(payload) => return Err(Failure::Init(payload)),
                // Of an invocation that is over.
                Event::Response(_) | Event::TooLarge | Event::Error(_) => {}
            }
        }
        Ok(())
    }

    async fn event(&mut self) -> Result<Event, Failure> {
        tokio::select! {
            // What it said before it ended counts.
            biased;
            event = self.api.event() => {
                event.ok_or_else(|| Failure::Internal("the Runtime API ended".to_owned()))
            }
            status = self.child.wait() => match status {
                Ok(status) => Err(Failure::Exited(status)),
                Err(error) => Err(Failure::Internal(error.to_string())),
            },
        }
    }

    /// Whether it is ready for another invocation; waits for the end of the one
    /// before, as long as that had time.
    pub async fn settled(&mut self) -> bool {
        if self
            .waiting
            .as_ref()
            .is_some_and(oneshot::Sender::is_closed)
        {
            // The runtime gave up waiting; it may ask again.
            self.waiting = None;
        }
        if self.waiting.is_some() {
            return matches!(self.child.try_wait(), Ok(None));
        }
        matches!(timeout_at(self.settle_by, self.ready()).await, Ok(Ok(())))
    }

    /// Does one invocation. After a [`Failure`] other than
    /// [`Failure::TooLarge`] the environment is of no more use.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn invoke(&mut self, work: Work, limit: Duration) -> Result<Answer, Failure> {
        let deadline = Instant::now() + limit;
        self.settle_by = deadline;
        let invocation = async {
            self.ready().await?;
            let given = match self.waiting.take() {
                Some(waiting) => self.api.give(waiting, work),
                None => false,
            };
            if !given {
                // The runtime hung up in this moment; its end tells why.
                let status = self.child.wait().await;
                return Err(status.map_or_else(
                    |error| Failure::Internal(error.to_string()),
                    Failure::Exited,
                ));
            }
            loop {
                match self.event().await? {
                    Event::Response(payload) => return Ok(Answer::Response(payload)),
                    Event::Error(payload) => return Ok(Answer::Error(payload)),
                    Event::TooLarge => return Err(Failure::TooLarge),
                    Event::InitError(payload) => return Err(Failure::Init(payload)),
                    // A runtime that asks again without an answer waits in vain.
                    Event::Next(waiting) => self.waiting = Some(waiting),
                }
            }
        };
        timeout_at(deadline, invocation)
            .await
            .unwrap_or(Err(Failure::TimedOut(limit)))
    }

    /// The lines written since the last call.
    pub fn take_lines(&self) -> Vec<(jiff::Timestamp, String)> {
        self.output.take(true)
    }

    /// The most memory that the process used, in MB, where the system can tell.
    pub fn memory_used(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
        Some(kilobytes.div_ceil(1024))
    }

    /// Ends its processes and waits for the first of them.
    pub async fn stop(mut self) {
        self.kill();
        if let Err(error) = self.child.wait().await {
            tracing::warn!(%error, "a function's process could not be waited for");
        }
    }

    fn kill(&self) {
        // Once the process is reaped its number may be another's; a group lives
        // on while a child of the process does.
        if let Some(group) = self.group
            && let Err(error) = kill_process_group(group, Signal::KILL)
            && error != rustix::io::Errno::SRCH
        {
            tracing::warn!(%error, "a function's processes could not be killed");
        }
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts a process. Where another thread forks while a fresh executable is
/// still open for writing, the system says "text file busy" for a moment
/// (<https://github.com/golang/go/issues/22315>).
async fn spawn(command: &mut Command) -> io::Result<Child> {
    let mut attempts = 0;
    loop {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && attempts < 100 => {
                attempts += 1;
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            other => return other,
        }
    }
}

/// The system's words for an error of `execve`, which are those of Go too.
fn exec_error(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => {
            "exec format error".to_owned()
        }
        _ => error.to_string(),
    }
}

/// Refuses what Lambda would not start: no `bootstrap`, or one for another
/// architecture than the function's, even if this machine could run it.
fn check_bootstrap(bootstrap: &Path, architecture: &str) -> Result<(), Failure> {
    use std::io::Read as _;
    let file = std::fs::File::open(bootstrap).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::Entrypoint(
            "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]".to_owned(),
        ),
        _ => Failure::Internal(error.to_string()),
    })?;
    let mut head = Vec::new();
    file.take(20)
        .read_to_end(&mut head)
        .map_err(|error| Failure::Internal(error.to_string()))?;
    match elf_machine(&head) {
        Some(machine) if machine != architecture => Err(Failure::Entrypoint(
            "fork/exec /var/task/bootstrap: exec format error".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// The architecture of an ELF file by its first 20 bytes; `None` for anything else.
fn elf_machine(head: &[u8]) -> Option<&'static str> {
    if head.len() < 20 || !head.starts_with(b"\x7fELF") {
        return None;
    }
    // Byte 5 is the byte order, bytes 18 and 19 are e_machine.
    let machine = match head[5] {
        2 => u16::from_be_bytes([head[18], head[19]]),
        _ => u16::from_le_bytes([head[18], head[19]]),
    };
    Some(match machine {
        62 => "x86_64",
        183 => "arm64",
        _ => "another",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_architecture_is_read_from_the_elf_header() {
        let mut head = vec![0; 20];
        head[..4].copy_from_slice(b"\x7fELF");
        head[5] = 1;
        head[18] = 62;
        assert_eq!(elf_machine(&head), Some("x86_64"));
        head[18] = 183;
        assert_eq!(elf_machine(&head), Some("arm64"));
        assert_eq!(elf_machine(b"#!/bin/sh\nexec something"), None);
    }
}
