//! What can go wrong with a function's code, in words for the person who has
//! to mend it.

use std::io;
use std::path::PathBuf;

use super::architecture::Architecture;
use super::archive::ArchiveError;
use super::elf::ElfError;

/// Why there is no zip of a function. The message says what failed and on
/// which function; [`ArtifactError::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// No `Cargo.toml` where the package should be.
    #[error("function {function}: no Cargo.toml in {}, where package {package} should be", .directory.display())]
    NoWorkspace {
        /// The function's name in the manifest.
        function: String,
        /// The cargo package.
        package: String,
        /// Where it was looked for.
        directory: PathBuf,
    },
    /// cargo could not be started.
    #[error("function {function}: cannot run {}: {source}", .cargo.display())]
    CargoMissing {
        /// The function's name in the manifest.
        function: String,
        /// The program.
        cargo: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// cargo ended with an error.
    #[error("function {function}: `{command}` failed")]
    Compile {
        /// The function's name in the manifest.
        function: String,
        /// The command line.
        command: String,
        /// cargo's own words, the last lines of them: [`ArtifactError::words`].
        output: String,
    },
    /// cargo cannot tell what the workspace is.
    #[error("function {function}: `cargo metadata` cannot be read: {source}")]
    Metadata {
        /// The function's name in the manifest.
        function: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The workspace has no package of this name.
    #[error("function {function}: the workspace has no package {package}")]
    UnknownPackage {
        /// The function's name in the manifest.
        function: String,
        /// What the manifest names.
        package: String,
        /// The packages that there are.
        names: Vec<String>,
    },
    /// The package has no executable of this name.
    #[error("function {function}: package {package} has no executable {bin}")]
    UnknownExecutable {
        /// The function's name in the manifest.
        function: String,
        /// The cargo package.
        package: String,
        /// What the manifest names.
        bin: String,
        /// The executables that there are.
        names: Vec<String>,
    },
    /// The package has no feature of this name.
    #[error("function {function}: package {package} has no feature {feature}")]
    UnknownFeature {
        /// The function's name in the manifest.
        function: String,
        /// The cargo package.
        package: String,
        /// What the manifest names.
        feature: String,
        /// The features that there are.
        names: Vec<String>,
    },
    /// The executable has `required-features` that are not on.
    #[error(
        "function {function}: the executable {bin} of package {package} is only built with the features {}",
        .missing.join(", ")
    )]
    FeaturesMissing {
        /// The function's name in the manifest.
        function: String,
        /// The cargo package.
        package: String,
        /// Its executable.
        bin: String,
        /// The features that are off.
        missing: Vec<String>,
    },
    /// cargo built, and told of no such executable.
    #[error("function {function}: cargo built package {package} but told of no executable {bin}")]
    NothingMade {
        /// The function's name in the manifest.
        function: String,
        /// The cargo package.
        package: String,
        /// The executable.
        bin: String,
    },
    /// The versions of the dependencies are not written down, or are others.
    #[error("function {function}: {} {}", .file.display(), lock_in_words(*.absent))]
    LockFile {
        /// The function's name in the manifest.
        function: String,
        /// The workspace's `Cargo.lock`.
        file: PathBuf,
        /// Whether there is none, rather than one that does not fit.
        absent: bool,
        /// cargo's own words.
        output: String,
    },
    /// The build is told of a processor that Lambda's are not.
    #[error("function {function}: {origin} sets {flag}: {reason}")]
    Processor {
        /// The function's name in the manifest.
        function: String,
        /// A file or a variable.
        origin: String,
        /// The flag of rustc.
        flag: String,
        /// Why it cannot be.
        reason: &'static str,
    },
    /// The package has no executable.
    #[error("function {function}: package {package} has no executable")]
    NoExecutable {
        /// The function's name in the manifest.
        function: String,
        /// The cargo package.
        package: String,
    },
    /// The package has several executables, and none is named for the job.
    #[error("function {function}: package {package} has several executables: {}", .names.join(", "))]
    AmbiguousExecutable {
        /// The function's name in the manifest.
        function: String,
        /// The cargo package.
        package: String,
        /// Their names.
        names: Vec<String>,
    },
    /// This machine cannot build for Lambda's.
    #[error(
        "function {function}: {host} cannot build for Linux on {architecture} without a cross compiler"
    )]
    NoCrossCompiler {
        /// The function's name in the manifest.
        function: String,
        /// What is wanted.
        architecture: Architecture,
        /// What this machine is.
        host: String,
    },
    /// The executable cannot run where it shall.
    #[error("function {function}: {} cannot run on {place}: {source}", .file.display())]
    Executable {
        /// The function's name in the manifest.
        function: String,
        /// The executable, or the zip that it is in.
        file: PathBuf,
        /// Where it shall run.
        place: &'static str,
        /// What is wrong with it.
        source: Box<ElfError>,
        /// What to do about it.
        hint: String,
    },
    /// The zip given in the manifest is none that Lambda can run.
    #[error("function {function}: {}: {source}", .file.display())]
    Archive {
        /// The function's name in the manifest.
        function: String,
        /// The zip.
        file: PathBuf,
        /// What is wrong with it.
        source: Box<ArchiveError>,
    },
    /// The zip is larger than Lambda takes.
    #[error("function {function}: the zip has {}; Lambda takes at most {}", size_in_words(*.size), size_in_words(*.limit))]
    ZipTooLarge {
        /// The function's name in the manifest.
        function: String,
        /// Bytes of the zip.
        size: u64,
        /// Bytes that Lambda takes.
        limit: u64,
    },
    /// The code is larger than Lambda takes.
    #[error("function {function}: the code has {} unpacked; Lambda takes at most {}", size_in_words(*.size), size_in_words(*.limit))]
    CodeTooLarge {
        /// The function's name in the manifest.
        function: String,
        /// Bytes of the files in the zip.
        size: u64,
        /// Bytes that Lambda takes.
        limit: u64,
    },
    /// The zip could not be made.
    #[error("function {function}: cannot pack the executable: {source}")]
    Pack {
        /// The function's name in the manifest.
        function: String,
        /// What the packer said.
        source: zip::result::ZipError,
    },
    /// A file could not be read or written.
    #[error("function {function}: cannot {action} {}: {source}", .path.display())]
    File {
        /// The function's name in the manifest.
        function: String,
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A step of the work was cut off, as when the program is ending.
    #[error("function {function}: the work was cut off: {reason}")]
    CutOff {
        /// The function's name in the manifest.
        function: String,
        /// Why.
        reason: String,
    },
}

impl ArtifactError {
    /// The words of whoever failed, of several lines.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Compile { output, .. } => Some(output),
            Self::LockFile { output, .. } if !output.is_empty() => Some(output),
            _ => None,
        }
    }

    /// What to do about it, when there is something to say.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoWorkspace { package, .. } => format!(
                "put the manifest beside the Cargo.toml of the workspace that has package {package}, \
                 or give a ready zip with `zip: PATH`"
            ),
            Self::CargoMissing { .. } => {
                "install Rust from https://rustup.rs, or name cargo in the \
                 environment variable CARGO"
                    .to_owned()
            }
            Self::NoExecutable { package, .. } => format!(
                "give package {package} a src/main.rs: the executable that answers the Lambda Runtime API"
            ),
            Self::AmbiguousExecutable { names, .. } => format!(
                "say which one is the function, with `bin: {}` beside `package`",
                names.first().map_or("NAME", String::as_str)
            ),
            Self::UnknownPackage { names, .. } => format!("its packages are {}", names.join(", ")),
            Self::UnknownExecutable { names, .. } => {
                format!("its executables are {}", names.join(", "))
            }
            Self::UnknownFeature { names, .. } if names.is_empty() => "it has none".to_owned(),
            Self::UnknownFeature { names, .. } => format!("its features are {}", names.join(", ")),
            Self::FeaturesMissing { missing, .. } => format!(
                "turn them on with `features: [{}]` beside `package`",
                missing.join(", ")
            ),
            Self::LockFile { absent: true, .. } => {
                "run `cargo generate-lockfile` and commit it, so that what is deployed is what was \
                 tried; or say `locked: false` beside `package`"
                    .to_owned()
            }
            Self::LockFile { absent: false, .. } => {
                "run `cargo update --workspace`, look at what changed in it and commit it; or say \
                 `locked: false` beside `package`"
                    .to_owned()
            }
            Self::Processor { .. } => {
                "leave it out for Lambda, or name a processor that Lambda has: x86-64-v3 (AVX2), \
                 on arm64 neoverse-n1"
                    .to_owned()
            }
            Self::NoCrossCompiler { architecture, .. } => format!(
                "install one (`pip install cargo-zigbuild ziglang` or cargo-lambda) and the target \
                 (`rustup target add {}`)",
                architecture.gnu_triple()
            ),
            Self::Executable { hint, .. } => hint.clone(),
            Self::Archive { .. } => {
                "pack the executable as `bootstrap` with mode 0755 at the root of \
                 the zip, or let it be built with `package: NAME`"
                    .to_owned()
            }
            Self::ZipTooLarge { .. } | Self::CodeTooLarge { .. } => {
                "make it smaller: `strip = true` \
                 in the cargo profile, fewer features of the dependencies"
                    .to_owned()
            }
            Self::Compile { .. }
            | Self::Metadata { .. }
            | Self::NothingMade { .. }
            | Self::Pack { .. }
            | Self::File { .. }
            | Self::CutOff { .. } => return None,
        })
    }

    /// The key of the function in the manifest that is at fault, if one is.
    pub fn key(&self) -> Option<&'static str> {
        match self {
            Self::NoWorkspace { .. }
            | Self::UnknownPackage { .. }
            | Self::NoExecutable { .. }
            | Self::AmbiguousExecutable { .. }
            | Self::FeaturesMissing { .. } => Some("package"),
            Self::UnknownExecutable { .. } => Some("bin"),
            Self::UnknownFeature { .. } => Some("features"),
            Self::Archive { .. } => Some("zip"),
            _ => None,
        }
    }

    /// Whether the input is at fault (a zip, a manifest that names the wrong
    /// thing) rather than the work on it.
    pub fn is_invalid_input(&self) -> bool {
        matches!(
            self,
            Self::NoWorkspace { .. }
                | Self::UnknownPackage { .. }
                | Self::UnknownExecutable { .. }
                | Self::UnknownFeature { .. }
                | Self::FeaturesMissing { .. }
                | Self::LockFile { .. }
                | Self::Processor { .. }
                | Self::NoExecutable { .. }
                | Self::AmbiguousExecutable { .. }
                | Self::Archive { .. }
                | Self::Executable { .. }
                | Self::ZipTooLarge { .. }
                | Self::CodeTooLarge { .. }
        )
    }
}

fn lock_in_words(absent: bool) -> &'static str {
    if absent {
        "is not there"
    } else {
        "does not fit the packages' Cargo.toml"
    }
}

/// Bytes in MiB, as Lambda counts its limits; small ones in bytes.
fn size_in_words(bytes: u64) -> String {
    const MEBIBYTE: u64 = 1024 * 1024;
    if bytes < MEBIBYTE {
        return format!("{bytes} bytes");
    }
    // Rounded up, so that what is over the limit never looks equal to it.
    let tenths = (bytes * 10).div_ceil(MEBIBYTE);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_too_many_does_not_look_equal_to_the_limit() {
        let error = super::super::limits::check("greet", 50 * 1024 * 1024 + 1, 1).err();
        insta::assert_snapshot!(error.map(|e| e.to_string()).unwrap_or_default(), @"function greet: the zip has 50.1 MiB; Lambda takes at most 50.0 MiB");
        let error = super::super::limits::check("greet", 1, 251 * 1024 * 1024).err();
        insta::assert_snapshot!(error.map(|e| e.to_string()).unwrap_or_default(), @"function greet: the code has 251.0 MiB unpacked; Lambda takes at most 250.0 MiB");
        assert!(super::super::limits::check("greet", 50 * 1024 * 1024, 250 * 1024 * 1024).is_ok());
        assert_eq!(size_in_words(12), "12 bytes");
    }
}
