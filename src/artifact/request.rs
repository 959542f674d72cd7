//! What is asked of the builder, and what it gives.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::architecture::Architecture;
use super::command::Target;
use super::error::ArtifactError;

/// Where a function's code comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A cargo package of the workspace: `package: NAME`.
    Package(String),
    /// A ready zip, relative to the workspace's directory: `zip: PATH`.
    Zip(PathBuf),
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
    /// Functions of one package share it.
    pub(super) fn slot_name(&self, package: &str) -> String {
        let target = match self.target {
            Target::Local => "local",
            Target::Aws => "aws",
        };
        format!("{package}-{target}-{}", self.architecture)
    }
}
