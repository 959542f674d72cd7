//! From what an executable was made, and one digest over it, so that cargo
//! need not be asked when nothing changed.
//!
//! Contents decide, never file times. What counts is at least what cargo
//! itself looks at: the sources of all packages that come from paths, whatever
//! else rustc or a build script read, manifests, lock file, configuration,
//! toolchain, environment. Packages of a registry are pinned by the lock file.
//! Where it is not certain that all is known there is no digest, and cargo is
//! asked: [`Doubt`].

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::environment::Environment;

/// More than this is not read at each run; cargo, which looks at times, is quicker.
const FILES_AT_MOST: usize = 10_000;
/// Bytes of all files together.
const BYTES_AT_MOST: u64 = 64 * 1024 * 1024;

/// Directories in a package that hold no sources: the history, and what this
/// program itself keeps.
const SKIPPED: [&str; 4] = [".git", ".hg", ".jj", ".vanity-deploy"];

/// Why it is not certain that nothing changed. It is never an error: cargo is run.
#[derive(Debug, thiserror::Error)]
pub(super) enum Doubt {
    #[error("{} cannot be read: {source}", .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is a link to a directory", .0.display())]
    LinkedDirectory(PathBuf),
    #[error("{} is neither a file nor a directory", .0.display())]
    Special(PathBuf),
    #[error("there are too many files to read")]
    TooMuch,
    #[error("{0} names a compiler of its own")]
    OwnCompiler(String),
    #[error("{} is not understood", .0.display())]
    NotUnderstood(PathBuf),
    #[error("a file changed while cargo was at work")]
    Changed,
}

/// What an executable was made from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Inputs {
    /// Where cargo was run.
    pub workspace_dir: PathBuf,
    /// Directories of packages; every file in them counts, so that a new one
    /// (another `src/bin/x.rs`, a `build.rs`) is noticed.
    pub packages: BTreeSet<PathBuf>,
    /// Other files, and directories with all that is in them. Those that are
    /// not there count as such: a new `.cargo/config.toml` matters.
    pub files: BTreeSet<PathBuf>,
    /// Programs of the toolchain, too large to be read each time; as for
    /// cargo, their size and times stand for their content.
    pub programs: BTreeSet<PathBuf>,
    /// Names of programs that are looked for on `PATH`.
    pub on_path: BTreeSet<PathBuf>,
}

/// A digest over all inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fingerprint {
    /// SHA-256 in hexadecimal.
    pub digest: String,
    /// When the newest of the files changed last.
    pub newest: Moment,
    /// The files and directories that were read as parts of the packages.
    pub read: BTreeSet<PathBuf>,
}

/// A time of the file system, in nanoseconds since 1970.
pub(super) type Moment = i128;

/// When a file last changed: its content (`mtime`) or, on Unix, anything about
/// it (`ctime`, which nobody can set back).
pub(super) fn changed(metadata: &Metadata) -> Moment {
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |time| time.as_nanos().cast_signed());
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let changed =
            i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec());
        modified.max(changed)
    }
    #[cfg(not(unix))]
    modified
}

impl Inputs {
    /// The digest over the inputs as they are now, the command line and the
    /// environment.
    pub(super) fn fingerprint(
        &self,
        command: &[String],
        environment: &Environment,
    ) -> Result<Fingerprint, Doubt> {
        let mut reader = Reader::default();
        reader.path(b"directory", &self.workspace_dir);
        for argument in command {
            reader.field(b"argument", argument.as_bytes());
        }
        for (name, value) in environment.with_effect() {
            reader.field(b"name", name.as_encoded_bytes());
            reader.field(b"value", value.as_encoded_bytes());
        }
        for name in ["RUSTC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
            for name in [name.to_owned(), format!("CARGO_BUILD_{name}")] {
                if environment.get(&name).is_some() {
                    return Err(Doubt::OwnCompiler(name));
                }
            }
        }
        for directory in &self.packages {
            reader.path(b"package", directory);
            reader.directory(directory, Scope::Package)?;
        }
        let in_packages = std::mem::take(&mut reader.read);
        for file in &self.files {
            if file.is_dir() {
                reader.directory(file, Scope::Watched)?;
            } else {
                reader.file(file, Scope::Watched)?;
            }
        }
        for name in &self.on_path {
            reader.path(b"program", name);
            let found = environment
                .candidates(name)
                .into_iter()
                .find(|file| file.is_file());
            if let Some(file) = found {
                reader.stamp(&file);
            }
        }
        for file in &self.programs {
            reader.stamp(file);
        }
        Ok(Fingerprint {
            digest: const_hex::encode(reader.hash.finalize()),
            newest: reader.newest,
            read: in_packages,
        })
    }
}

/// Why something is read, which says what of it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// It is a package's directory.
    Package,
    /// It lies in a package's directory.
    InPackage,
    /// Somebody asked for exactly this: all of it.
    Watched,
}

#[derive(Default)]
struct Reader {
    hash: Sha256,
    newest: Moment,
    read: BTreeSet<PathBuf>,
    bytes: u64,
}

impl Reader {
    /// Each field with its length, so that no two lists of fields look alike.
    fn field(&mut self, kind: &[u8], content: &[u8]) {
        for part in [kind, content] {
            self.hash.update((part.len() as u64).to_le_bytes());
            self.hash.update(part);
        }
    }

    fn path(&mut self, kind: &[u8], path: &Path) {
        self.field(kind, path.as_os_str().as_encoded_bytes());
    }

    fn seen(&mut self, metadata: &Metadata) {
        self.newest = self.newest.max(changed(metadata));
    }

    fn directory(&mut self, directory: &Path, scope: Scope) -> Result<(), Doubt> {
        let unreadable = |source| Doubt::Unreadable {
            path: directory.to_owned(),
            source,
        };
        let mut entries = fs::read_dir(directory)
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .map_err(unreadable)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        let has = |name: &str| entries.iter().any(|entry| entry.file_name() == name);
        // Caches, cargo's own output among them, say so; and a package within
        // a package is one of its own.
        let cache = scope != Scope::Watched && has("CACHEDIR.TAG");
        let another_package = scope == Scope::InPackage && has("Cargo.toml");
        if cache || another_package {
            return Ok(());
        }
        let within = match scope {
            Scope::Package | Scope::InPackage => Scope::InPackage,
            Scope::Watched => Scope::Watched,
        };
        self.path(b"directory", directory);
        self.read.insert(directory.to_owned());
        // A file that was removed while cargo read it leaves no other trace.
        self.seen(&fs::metadata(directory).map_err(unreadable)?);
        for entry in entries {
            let path = entry.path();
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() {
                let name = entry.file_name();
                let skipped = scope != Scope::Watched && SKIPPED.iter().any(|skip| name == *skip);
                if !skipped {
                    self.directory(&path, within)?;
                }
            } else if kind.is_symlink() && path.is_dir() {
                return Err(Doubt::LinkedDirectory(path));
            } else {
                self.file(&path, within)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, scope: Scope) -> Result<(), Doubt> {
        self.path(b"file", path);
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if is_absent(&error) => {
                self.field(b"absent", b"");
                return Ok(());
            }
            Err(source) => {
                return Err(Doubt::Unreadable {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        if !metadata.is_file() {
            // A socket or pipe that lies about in a package is no source.
            return if scope == Scope::Watched {
                Err(Doubt::Special(path.to_owned()))
            } else {
                Ok(())
            };
        }
        self.bytes += metadata.len();
        if self.bytes > BYTES_AT_MOST || self.read.len() >= FILES_AT_MOST {
            return Err(Doubt::TooMuch);
        }
        let content = fs::read(path).map_err(|source| Doubt::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        if is_cargo_configuration(path) && names_a_compiler(&content) {
            return Err(Doubt::OwnCompiler(path.display().to_string()));
        }
        self.field(b"content", &content);
        self.seen(&metadata);
        self.read.insert(path.to_owned());
        Ok(())
    }

    /// What stands for a program's content.
    fn stamp(&mut self, path: &Path) {
        self.path(b"stamp", path);
        match fs::metadata(path) {
            Ok(metadata) => {
                self.field(b"size", &metadata.len().to_le_bytes());
                self.field(b"changed", &changed(&metadata).to_le_bytes());
            }
            Err(_) => self.field(b"absent", b""),
        }
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Whether a file may be one of cargo's configuration. A directory of another
/// name than `.cargo` can be cargo's home, so only the file's name is asked.
fn is_cargo_configuration(path: &Path) -> bool {
    path.ends_with("config") || path.ends_with("config.toml")
}

/// Whether a `config.toml` of cargo may name another compiler, a wrapper, or
/// another file to read. What it says is not looked at closer: that it speaks
/// of it is doubt enough.
fn names_a_compiler(content: &[u8]) -> bool {
    String::from_utf8_lossy(content).lines().any(|line| {
        let line = line.trim_start();
        !line.starts_with('#') && (line.contains("rustc") || line.contains("include"))
    })
}

/// The files that cargo and rustup look for in a directory and above it.
pub(super) fn looked_for_above(directory: &Path) -> impl Iterator<Item = PathBuf> + '_ {
    directory.ancestors().flat_map(|directory| {
        [
            "Cargo.toml",
            "Cargo.lock",
            ".cargo/config",
            ".cargo/config.toml",
            "rust-toolchain",
            "rust-toolchain.toml",
        ]
        .map(|name| directory.join(name))
    })
}

/// The files named in a dep-info file (`.d`): `output: file file …`, with
/// spaces in names escaped. `None` when it is not of this form.
pub(super) fn dep_info(text: &str) -> Option<Vec<PathBuf>> {
    let mut files = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        // The output's own path may hold a colon; the one that ends it is
        // followed by a space, or ends the line.
        let (_, list) = line
            .split_once(": ")
            .or_else(|| line.strip_suffix(':').map(|o| (o, "")))?;
        let mut name = String::new();
        let mut letters = list.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' if letters.peek() == Some(&' ') => name.extend(letters.next()),
                ' ' if name.is_empty() => {}
                ' ' => files.push(PathBuf::from(std::mem::take(&mut name))),
                other => name.push(other),
            }
        }
        if !name.is_empty() {
            files.push(PathBuf::from(name));
        }
    }
    Some(files)
}

/// The files and directories that a build script asked cargo to watch, from
/// what it printed.
pub(super) fn watched_by_build_script(output: &str) -> impl Iterator<Item = &Path> {
    output.lines().filter_map(|line| {
        let directive = line
            .strip_prefix("cargo::")
            .or_else(|| line.strip_prefix("cargo:"))?;
        Some(Path::new(directive.strip_prefix("rerun-if-changed=")?))
    })
}

#[cfg(test)]
mod tests;
