//! The environment variables that cargo is given, and those that can change
//! what it makes. Pure: the caller reads the environment of the process.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Variables that a build is given: where programs and their files are, how compilers are
/// set, how the network is reached. Everything else of a terminal or a pipeline is none of
/// a build's business, above all credentials: what builds is the repository's code.
fn is_for_builds(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "TMPDIR",
        "TMP",
        "TEMP",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TERM",
        "COLORTERM",
        "NO_COLOR",
        "SOURCE_DATE_EPOCH",
        // Compilers, linkers, and what they look for.
        "AR",
        "AS",
        "CC",
        "CPP",
        "CXX",
        "LD",
        "NM",
        "RANLIB",
        "STRIP",
        "ARFLAGS",
        "CFLAGS",
        "CPPFLAGS",
        "CXXFLAGS",
        "LDFLAGS",
        "CPATH",
        "C_INCLUDE_PATH",
        "CPLUS_INCLUDE_PATH",
        "LIBRARY_PATH",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "DYLD_FALLBACK_LIBRARY_PATH",
        "SDKROOT",
        "DEVELOPER_DIR",
        "MACOSX_DEPLOYMENT_TARGET",
        "PROTOC",
        "PROTOC_INCLUDE",
        "LIBCLANG_PATH",
        "LLVM_CONFIG_PATH",
        // The network.
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "CURL_CA_BUNDLE",
    ];
    const PREFIXES: &[&str] = &[
        "LC_",
        "XDG_",
        "CARGO",
        "RUST",
        "AR_",
        "CC_",
        "CXX_",
        "CFLAGS_",
        "CXXFLAGS_",
        "HOST_",
        "TARGET_",
        "CMAKE",
        "PKG_CONFIG",
        "BINDGEN_",
        "OPENSSL_",
        "NIX_",
        "ZIG_",
        "SCCACHE_",
        "CCACHE_",
    ];
    let known = NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    known && !is_of_outer_cargo(name) && !is_credential(name)
}

/// What an outer `cargo run` says of its own package. cargo sets them anew for everything
/// it compiles.
fn is_of_outer_cargo(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
    ];
    NAMES.contains(&name) || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_BIN_EXE_")
}

/// Whether a name says that its value opens something, such as
/// `CARGO_REGISTRIES_MINE_TOKEN`.
fn is_credential(name: &str) -> bool {
    const WORDS: [&str; 6] = [
        "TOKEN",
        "SECRET",
        "PASSW",
        "CREDENTIAL",
        "API_KEY",
        "ACCESS_KEY",
    ];
    let name = name.to_ascii_uppercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// Variables that a build is given but that cannot change what it makes: who the user is,
/// and how words look.
fn is_without_effect(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "LANGUAGE",
        "TERM",
        "COLORTERM",
        "NO_COLOR",
        "RUST_RECURSION_COUNT",
    ];
    const PREFIXES: [&str; 3] = ["LC_", "XDG_", "CARGO_TERM_"];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Environment variables as a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// What builds are given of the variables of a process: those of compilers, and those
    /// that the user names.
    pub fn for_builds(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        named: &[String],
    ) -> Self {
        let is_given = |name: &OsStr| {
            name.to_str().is_some_and(|name| {
                is_for_builds(name) || named.iter().any(|wanted| wanted == name)
            })
        };
        Self(
            variables
                .into_iter()
                .filter(|(name, _)| is_given(name))
                .collect(),
        )
    }

    /// A variable; one that is set to nothing counts as not set, as with cargo.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }

    /// The same with one variable more, or of another value.
    pub(super) fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// What a build is given.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// What of it can change the code that is made. A build script or `env!`
    /// may read any variable, so all count that are not known to be harmless.
    pub(super) fn with_effect(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables()
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
impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let variables = variables.into_iter();
        Self::for_builds(
            variables.map(|(name, value)| (name.into(), value.into())),
            &[],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'a>(variables: impl Iterator<Item = (&'a OsStr, &'a OsStr)>) -> Vec<&'a str> {
        variables.filter_map(|(name, _)| name.to_str()).collect()
    }

    #[test]
    fn a_build_is_given_what_builds_need_and_nothing_else() {
        let all = [
            "PWD",
            "CARGO_PKG_NAME",
            "RUSTFLAGS",
            "CARGO_TARGET_DIR",
            "CC_x86_64_unknown_linux_gnu",
            "LANG",
            "PATH",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_PROFILE",
            "AWS_REGION",
            "GITHUB_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "NPM_TOKEN",
            "STRIPE",
            "DATABASE_URL",
            "CARGO_REGISTRIES_MINE_TOKEN",
            "CARGO_REGISTRY_TOKEN",
            "SCCACHE_REDIS_PASSWORD",
            "VANITY_DEPLOY_LOCAL_DIR",
        ];
        let variables = || all.map(|name| (OsString::from(name), OsString::from("value")));
        let environment = Environment::for_builds(variables(), &[]);
        assert_eq!(
            names(environment.variables()),
            [
                "CARGO_TARGET_DIR",
                "CC_x86_64_unknown_linux_gnu",
                "LANG",
                "PATH",
                "RUSTFLAGS"
            ]
        );
        assert_eq!(
            names(environment.with_effect()),
            [
                "CARGO_TARGET_DIR",
                "CC_x86_64_unknown_linux_gnu",
                "PATH",
                "RUSTFLAGS"
            ]
        );
        let named = ["CARGO_REGISTRIES_MINE_TOKEN".to_owned(), "NONE".to_owned()];
        let environment = Environment::for_builds(variables(), &named);
        assert!(environment.get("CARGO_REGISTRIES_MINE_TOKEN").is_some());
        assert!(environment.get("CARGO_REGISTRY_TOKEN").is_none());
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
