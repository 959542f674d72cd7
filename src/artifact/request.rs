//! What is asked of the builder, and what it gives.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::architecture::Architecture;
use super::command::Target;
use super::error::ArtifactError;

/// Where a function's code comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A cargo package of the workspace: `package: NAME`.
    Package(Package),
    /// A ready zip, relative to the workspace's directory: `zip: PATH`.
    Zip(PathBuf),
}

/// Which executable of which package is a function, and how it is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The package's name: `package`.
    pub name: String,
    /// The executable's name: `bin`; needless where the package has one only, or one
    /// that is named `bootstrap`.
    pub bin: Option<String>,
    /// Features of the package, beside its default ones: `features`.
    pub features: Vec<String>,
    /// Whether the workspace's `Cargo.lock` is taken as it is: `locked`.
    pub locked: bool,
}

/// Which code is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The function's name in the manifest; errors are told with it.
    pub function: String,
    /// The directory of the manifest, with the workspace's `Cargo.toml`.
    pub workspace_dir: PathBuf,
    /// Where the code comes from.
    pub source: Source,
    /// The machine that Lambda runs it on.
    pub architecture: Architecture,
    /// Where it shall run.
    pub target: Target,
}

/// A function's code, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The zip.
    pub zip: Arc<Vec<u8>>,
    /// Where the zip lies; the file may be replaced by the next build.
    pub path: PathBuf,
    /// What Lambda answers as `CodeSha256`: the Base64 of the zip's SHA-256.
    pub code_sha256: String,
    /// The machine the executable is for. On the local target that is this
    /// machine, whatever the manifest says.
    pub architecture: Architecture,
    /// Bytes of the zip.
    pub zip_size: u64,
    /// Bytes of the files in it.
    pub unzipped_size: u64,
    /// Whether cargo was run; otherwise the zip was known to be up to date.
    pub built: bool,
    /// How long it took.
    pub elapsed: Duration,
}

impl std::fmt::Debug for Artifact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Artifact")
            .field("path", &self.path)
            .field("code_sha256", &self.code_sha256)
            .field("architecture", &self.architecture)
            .field("zip_size", &self.zip_size)
            .field("unzipped_size", &self.unzipped_size)
            .field("built", &self.built)
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}

impl Request {
    /// The request with a directory that means the same wherever it is read from.
    pub(super) fn absolute(&self) -> Result<Self, ArtifactError> {
        let workspace_dir =
            std::path::absolute(&self.workspace_dir).map_err(|source| ArtifactError::File {
                function: self.function.clone(),
                action: "find",
                path: self.workspace_dir.clone(),
                source,
            })?;
        Ok(Self {
            workspace_dir,
            ..self.clone()
        })
    }

    /// The file name, without its extension, under which a package's code is kept.
    /// Functions of one package share it when they are the same executable with the
    /// same features.
    pub(super) fn slot_name(&self, package: &Package) -> String {
        let target = match self.target {
            Target::Local => "local",
            Target::Aws => "aws",
        };
        let mut name = file_name(&package.name);
        if let Some(bin) = &package.bin {
            name = format!("{name}.{}", file_name(bin));
        }
        if !package.features.is_empty() {
            let features = Sha256::digest(package.features.join(",").as_bytes());
            name = format!("{name}+{}", const_hex::encode(&features[..4]));
        }
        format!("{name}-{target}-{}", self.architecture)
    }
}

/// A name as a part of a file's name: what is no cargo name stays in its folder too.
fn file_name(name: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    name.replace(|letter| !is_plain(letter), "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_in_another_way_is_kept_apart() {
        let name = |name: &str, bin: Option<&str>, features: &[&str], target| {
            let package = Package {
                name: name.to_owned(),
                bin: bin.map(str::to_owned),
                features: features.iter().map(ToString::to_string).collect(),
                locked: true,
            };
            let request = Request {
                function: "hello".to_owned(),
                workspace_dir: "/w".into(),
                source: Source::Package(package.clone()),
                architecture: Architecture::Arm64,
                target,
            };
            request.slot_name(&package)
        };
        insta::assert_snapshot!(name("greet", None, &[], Target::Local), @"greet-local-arm64");
        insta::assert_snapshot!(name("greet", Some("put-user"), &[], Target::Aws), @"greet.put-user-aws-arm64");
        insta::assert_snapshot!(name("greet", None, &["a", "b/c"], Target::Aws), @"greet+fb1f0295-aws-arm64");
        insta::assert_snapshot!(name("../../etc/*", None, &[], Target::Aws), @"______etc__-aws-arm64");
    }
}
