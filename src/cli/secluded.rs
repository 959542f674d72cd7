//! What others may read of this process.
//!
//! A build script and a function that runs on this machine are the repository's code and
//! run as the user. They get an environment of their own, but on Linux every process of
//! the same user can read the one that this process was started with
//! (`/proc/PID/environ`), and nobody can take a variable out of that. So the program
//! starts itself anew, in the same process, with what is needed alone; the keys to AWS
//! come after it through a pipe that is empty once they were read.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::artifact::Environment;
use crate::aws::Keys;

/// Says which descriptor the keys come from.
const KEYS_FROM: &str = "VANITY_DEPLOY_KEYS_FROM";

/// Whose services are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Services {
    /// Those of AWS: its keys and settings are needed.
    Aws,
    /// Those of this machine.
    Local,
}

/// Starts anew without the variables that are not needed, if there are any, and gives the
/// keys to AWS that were among them. Before anything else is done: nothing is undone.
///
/// # Errors
/// When the program cannot be started anew, or the keys do not arrive.
pub(super) fn seclude(services: Services, named: &[String]) -> io::Result<Option<Keys>> {
    if let Some(descriptor) = std::env::var_os(KEYS_FROM) {
        return receive(&descriptor).map(Some);
    }
    let parts = divide(std::env::vars_os().collect(), services, named);
    if parts.dropped {
        return Err(start_anew(parts));
    }
    Ok(None)
}

/// The variables of a process, by what becomes of them.
struct Parts {
    kept: Vec<(OsString, OsString)>,
    keys: Option<Keys>,
    dropped: bool,
}

fn divide(all: Vec<(OsString, OsString)>, services: Services, named: &[String]) -> Parts {
    let for_builds = Environment::for_builds(all.iter().cloned(), named);
    let of = |wanted: &str| {
        let found = all.iter().find(|(name, _)| name == wanted);
        found.and_then(|(_, value)| value.clone().into_string().ok())
    };
    let keys = match services {
        Services::Aws => Keys::of(of),
        Services::Local => None,
    };
    let is_kept = |name: &OsStr| {
        let name = name.to_string_lossy();
        for_builds.get(&name).is_some() || is_our_own(&name, services, keys.is_some())
    };
    let (kept, dropped): (Vec<_>, Vec<_>) = all.iter().cloned().partition(|(name, value)| {
        // What is set to nothing tells nothing.
        value.is_empty() || is_kept(name)
    });
    Parts {
        kept,
        keys,
        dropped: !dropped.is_empty(),
    }
}

/// What this program itself reads. Keys that it was handed otherwise are not kept; half of
/// a pair is, for AWS's own client to complain about.
fn is_our_own(name: &str, services: Services, has_keys: bool) -> bool {
    if name.starts_with("VANITY_DEPLOY_") || name.starts_with("CLICOLOR") {
        return true;
    }
    let is_for_aws = name.starts_with("AWS_") || FOR_CREDENTIALS.contains(&name);
    services == Services::Aws && is_for_aws && !(has_keys && Keys::is_one(name))
}

/// What the way to AWS needs beside `AWS_*` and what builds are given too (proxies, the
/// system's authorities): the authorities as Python's programs have them, and where a
/// `credential_process` finds a keyring, an agent or the terminal to ask at. None is a secret.
const FOR_CREDENTIALS: [&str; 6] = [
    "REQUESTS_CA_BUNDLE",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
    "GPG_TTY",
    "DISPLAY",
    "WAYLAND_DISPLAY",
];

/// Only comes back with an error.
fn start_anew(parts: Parts) -> io::Error {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return error,
    };
    let mut arguments = std::env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    command.args(arguments).env_clear().envs(parts.kept);
    let reader = match parts.keys.map(|keys| send(&keys)).transpose() {
        Ok(reader) => reader,
        Err(error) => return error,
    };
    if let Some(reader) = &reader {
        command.env(KEYS_FROM, reader.as_raw_fd().to_string());
    }
    command.exec()
}

/// Fills a pipe whose end for reading outlives the start.
fn send(keys: &Keys) -> io::Result<io::PipeReader> {
    let (reader, mut writer) = io::pipe()?;
    rustix::io::fcntl_setfd(&reader, rustix::io::FdFlags::empty())?;
    // Some thousand bytes at most: a pipe holds 65,536 (pipe(7)), so nobody waits.
    for part in keys.parts() {
        writer.write_all(part.as_bytes())?;
        writer.write_all(b"\0")?;
    }
    Ok(reader)
}

/// Empties the pipe. Its first descriptor stays open and goes to every child; there is
/// nothing in it any more.
fn receive(descriptor: &OsStr) -> io::Result<Keys> {
    let wrong = || {
        let reason = format!("{KEYS_FROM} is for this program's own use");
        io::Error::new(io::ErrorKind::InvalidInput, reason)
    };
    let number: u32 = descriptor
        .to_str()
        .and_then(|number| number.parse().ok())
        .ok_or_else(wrong)?;
    let mut content = Vec::new();
    let descriptors = if cfg!(target_os = "linux") {
        "/proc/self/fd"
    } else {
        "/dev/fd"
    };
    std::fs::File::open(format!("{descriptors}/{number}"))?.read_to_end(&mut content)?;
    let parts = content
        .split(|byte| *byte == 0)
        .map(|part| OsString::from_vec(part.to_vec()).into_string());
    let parts: Vec<String> = parts.collect::<Result<_, _>>().map_err(|_| wrong())?;
    Keys::from_parts(&parts).ok_or_else(wrong)
}

/// Nobody but the superuser may look into this process from now on: no memory, no files,
/// no environment (`PR_SET_DUMPABLE`, prctl(2)). There is no core dump of it either.
pub(super) fn close_to_others() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // Without it the program works as well; what it keeps is told in SECURITY.md.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(services: Services, names: &[&str]) -> (Vec<String>, bool, bool) {
        let all = names
            .iter()
            .map(|name| (OsString::from(name), OsString::from("value")))
            .collect();
        let parts = divide(all, services, &[]);
        let kept = parts.kept.into_iter();
        (
            kept.map(|(name, _)| name.into_string().unwrap()).collect(),
            parts.keys.is_some(),
            parts.dropped,
        )
    }

    const ALL: &[&str] = &[
        "PATH",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "GITHUB_TOKEN",
        "VANITY_DEPLOY_LOCAL_DIR",
        "ANYTHING",
    ];

    #[test]
    fn on_this_machine_nothing_of_aws_is_needed() {
        assert_eq!(
            divided(Services::Local, ALL),
            (
                vec!["PATH".to_owned(), "VANITY_DEPLOY_LOCAL_DIR".to_owned()],
                false,
                true
            )
        );
    }

    #[test]
    fn keys_to_aws_are_carried_and_its_settings_kept() {
        let kept = ["PATH", "AWS_PROFILE", "VANITY_DEPLOY_LOCAL_DIR"].map(ToOwned::to_owned);
        assert_eq!(divided(Services::Aws, ALL), (kept.to_vec(), true, true));
        // Half of a pair is no key.
        let half = &["AWS_ACCESS_KEY_ID"];
        assert_eq!(
            divided(Services::Aws, half),
            (vec!["AWS_ACCESS_KEY_ID".to_owned()], false, false)
        );
    }

    #[test]
    fn the_way_to_aws_is_kept() {
        let needed = [
            "HTTPS_PROXY",
            "https_proxy",
            "NO_PROXY",
            "SSL_CERT_FILE",
            "REQUESTS_CA_BUNDLE",
            "AWS_CA_BUNDLE",
            "AWS_USE_FIPS_ENDPOINT",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "DBUS_SESSION_BUS_ADDRESS",
        ];
        let (kept, _, dropped) = divided(Services::Aws, &needed);
        assert_eq!(kept, needed);
        assert!(!dropped);
        let (kept, ..) = divided(Services::Local, &needed);
        assert_eq!(kept, needed[..4]);
    }

    #[test]
    fn what_is_needed_alone_needs_no_new_start() {
        assert!(!divided(Services::Local, &["PATH", "HOME", "TERM"]).2);
    }

    #[test]
    fn keys_go_through_a_pipe_and_leave_nothing_in_it() {
        let keys = Keys {
            access_key_id: "AKID".to_owned(),
            secret_access_key: "a/b+c=".to_owned(),
            session_token: None,
        };
        let mut reader = send(&keys).unwrap();
        let descriptor = OsString::from(reader.as_raw_fd().to_string());
        assert_eq!(receive(&descriptor).unwrap(), keys);
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty());
        assert!(receive(OsStr::new("../../etc/passwd")).is_err());
    }
}
