//! The environment variables that cargo is given, and those that can change
//! what it makes. Pure: the caller reads the environment of the process.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Variables that never reach cargo. They tell of one terminal or one parent
/// process; without them two terminals build the same thing.
fn is_dropped(name: &str) -> bool {
    const NAMES: [&str; 19] = [
        "_",
        "SHLVL",
        "PWD",
        "OLDPWD",
        "LINES",
        "COLUMNS",
        "WINDOWID",
        "TERM_SESSION_ID",
        "SSH_CLIENT",
        "SSH_CONNECTION",
        "SSH_TTY",
        "XDG_SESSION_ID",
        // What an outer `cargo run` says of its own package. cargo sets them
        // anew for everything it compiles.
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
        "OUT_DIR",
    ];
    NAMES.contains(&name)
        || name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_BIN_EXE_")
        || name.starts_with("VANITY_DEPLOY_")
}

/// Variables that cargo is given but that cannot change what it makes:
/// credentials (they come and go) and how its words look.
fn is_without_effect(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "RUST_RECURSION_COUNT",
        "TERM",
        "COLORTERM",
        "NO_COLOR",
        "CARGO_TERM_COLOR",
    ];
    NAMES.contains(&name)
}

/// Environment variables as a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

impl Environment {
    /// A variable; one that is set to nothing counts as not set, as with cargo.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }

    /// What cargo is given: all but what tells of one terminal.
    pub(super) fn for_cargo(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .filter(|(name, _)| !name.to_str().is_some_and(is_dropped))
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// What of it can change the code that is made. A build script or `env!`
    /// may read any variable, so all count that are not known to be harmless.
    pub(super) fn with_effect(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.for_cargo()
            .filter(|(name, _)| !name.to_str().is_some_and(is_without_effect))
    }

    /// The files on `PATH` that may be the program `name`, first the one that is run.
    pub(super) fn candidates(&self, name: &Path) -> Vec<PathBuf> {
        // With a directory in its name it is not looked for.
        if name.components().count() > 1 {
            return vec![name.to_owned()];
        }
        let Some(path) = self.get("PATH") else {
            return Vec::new();
        };
        let file = name
            .as_os_str()
            .to_string_lossy()
            .into_owned()
            .trim_end_matches(std::env::consts::EXE_SUFFIX)
            .to_owned()
            + std::env::consts::EXE_SUFFIX;
        std::env::split_paths(path)
            .map(|directory| directory.join(&file))
            .collect()
    }

    /// cargo's home: `CARGO_HOME`, or `.cargo` in the user's home.
    pub(super) fn cargo_home(&self) -> Option<PathBuf> {
        self.home_of("CARGO_HOME", ".cargo")
    }

    /// rustup's home: `RUSTUP_HOME`, or `.rustup` in the user's home.
    pub(super) fn rustup_home(&self) -> Option<PathBuf> {
        self.home_of("RUSTUP_HOME", ".rustup")
    }

    fn home_of(&self, variable: &str, directory: &str) -> Option<PathBuf> {
        self.get(variable).map(PathBuf::from).or_else(|| {
            let home = self.get("HOME").or_else(|| self.get("USERPROFILE"))?;
            Some(Path::new(home).join(directory))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'a>(variables: impl Iterator<Item = (&'a OsStr, &'a OsStr)>) -> Vec<&'a str> {
        variables.filter_map(|(name, _)| name.to_str()).collect()
    }

    #[test]
    fn what_tells_of_one_terminal_does_not_reach_cargo() {
        let environment: Environment = [
            ("PWD", "/w"),
            ("CARGO_PKG_NAME", "outer"),
            ("RUSTFLAGS", "-g"),
            ("AWS_SESSION_TOKEN", "secret"),
            ("AWS_REGION", "us-east-1"),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            names(environment.for_cargo()),
            ["AWS_REGION", "AWS_SESSION_TOKEN", "RUSTFLAGS"]
        );
        assert_eq!(
            names(environment.with_effect()),
            ["AWS_REGION", "RUSTFLAGS"]
        );
    }

    #[test]
    fn a_variable_set_to_nothing_is_not_set() {
        let environment: Environment = [("CARGO", ""), ("HOME", "/home/u")].into_iter().collect();
        assert_eq!(environment.get("CARGO"), None);
        assert_eq!(environment.cargo_home(), Some("/home/u/.cargo".into()));
    }

    #[cfg(unix)]
    #[test]
    fn programs_are_looked_for_on_the_path() {
        let environment: Environment = [("PATH", "/a:/b")].into_iter().collect();
        assert_eq!(
            environment.candidates(Path::new("cargo")),
            [PathBuf::from("/a/cargo"), PathBuf::from("/b/cargo")]
        );
        assert_eq!(
            environment.candidates(Path::new("/opt/cargo")),
            [PathBuf::from("/opt/cargo")]
        );
    }
}
