//! The way from a function of the manifest to its zip.

mod package;
mod ready_zip;
mod settings;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::architecture::Architecture;
use super::command::{Host, Target};
use super::elf::{self, ElfError, ElfFacts, ElfRequirement, GlibcVersion};
use super::environment::Environment;
use super::error::ArtifactError;
use super::limits;
use super::progress::ProgressSink;
use super::request::{Artifact, Request, Source};

/// Builds, checks and packs functions.
#[derive(Debug, Clone)]
pub struct Builder {
    cache_dir: PathBuf,
    cargo: PathBuf,
    environment: Environment,
}

impl Builder {
    /// Zips and what is known of them are kept in `cache_dir`, which is made
    /// when needed. cargo is what the variable `CARGO` names, else `cargo`.
    pub fn new(cache_dir: impl Into<PathBuf>, environment: Environment) -> Self {
        Self {
            cache_dir: cache_dir.into(),
            cargo: environment.get("CARGO").unwrap_or("cargo".as_ref()).into(),
            environment,
        }
    }

    /// The code that `request` wants. Dropping the future stops cargo.
    pub async fn build(
        &self,
        request: &Request,
        progress: ProgressSink<'_>,
    ) -> Result<Artifact, ArtifactError> {
        let started = Instant::now();
        let request = &request.absolute()?;
        let mut artifact = match &request.source {
            Source::Zip(path) => {
                let path = request.workspace_dir.join(path);
                self.take_zip(request, path, progress).await?
            }
            Source::Package(package) => self.take_package(request, package, progress).await?,
        };
        artifact.elapsed = started.elapsed();
        Ok(artifact)
    }

    async fn read(&self, request: &Request, path: PathBuf) -> Result<Vec<u8>, ArtifactError> {
        let function = request.function.clone();
        blocking(&request.function, move || {
            safe_files::read_regular(&path).map_err(|source| ArtifactError::File {
                function,
                action: "read",
                path,
                source,
            })
        })
        .await
    }
}

/// What the executable of a package has to be; `None` when it is for a machine
/// that only this machine's own toolchain knows.
fn requirement(request: &Request, host: &Host) -> Option<ElfRequirement> {
    match request.target {
        Target::Aws => Some(ElfRequirement {
            architecture: request.architecture,
            glibc: Some(GlibcVersion::PROVIDED_AL2023),
        }),
        Target::Local if host.os == "linux" => {
            host.architecture.map(|architecture| ElfRequirement {
                architecture,
                glibc: None,
            })
        }
        Target::Local => None,
    }
}

/// Whether the executable `file` is one for the machine that is meant.
fn judge(
    request: &Request,
    file: &Path,
    executable: &[u8],
    requirement: ElfRequirement,
    hint: String,
) -> Result<ElfFacts, ArtifactError> {
    elf::check(executable, requirement).map_err(|source| cannot_run(request, file, source, hint))
}

fn cannot_run(request: &Request, file: &Path, source: ElfError, hint: String) -> ArtifactError {
    ArtifactError::Executable {
        function: request.function.clone(),
        file: file.to_owned(),
        place: match request.target {
            Target::Local => "this machine",
            Target::Aws => "Lambda",
        },
        source: Box::new(source),
        hint,
    }
}

/// What is told of libraries that are here and not on Lambda.
fn lacking(missing: &[String]) -> String {
    format!(
        "it needs {}, which Lambda does not have: for AWS it will be refused",
        missing.join(", ")
    )
}

/// Measures a zip and holds it against Lambda's limits.
fn finish(
    function: &str,
    zip: Vec<u8>,
    unzipped_size: u64,
    architecture: Architecture,
    code_sha256: String,
) -> Result<Artifact, ArtifactError> {
    let zip_size = zip.len() as u64;
    limits::check(function, zip_size, unzipped_size)?;
    Ok(Artifact {
        code_sha256,
        zip: Arc::new(zip),
        path: PathBuf::new(),
        architecture,
        zip_size,
        unzipped_size,
        built: false,
        elapsed: Duration::ZERO,
    })
}

/// Runs work that keeps a core busy or waits for the disk away from the tasks.
async fn blocking<T: Send + 'static>(
    function: &str,
    work: impl FnOnce() -> Result<T, ArtifactError> + Send + 'static,
) -> Result<T, ArtifactError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(ArtifactError::CutOff {
            function: function.to_owned(),
            reason: error.to_string(),
        }),
    }
}

#[cfg(all(test, unix))]
mod cache_tests;
#[cfg(all(test, unix))]
mod package_tests;
#[cfg(test)]
mod ready_zip_tests;
#[cfg(test)]
mod tests;
