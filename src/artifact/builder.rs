//! The way from a function of the manifest to its zip.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::architecture::Architecture;
use super::archive::{self, Effort};
use super::cache::{self, Made, Slot};
use super::cargo;
use super::command::{self, Host, Target, Tool};
use super::elf::{self, ElfFacts, ElfRequirement, GlibcVersion};
use super::environment::Environment;
use super::error::ArtifactError;
use super::gather::{Question, gather};
use super::host;
use super::limits;
use super::messages::Report;
use super::progress::{Progress, ProgressSink};
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
                self.take_zip(request, path).await?
            }
            Source::Package(package) => self.take_package(request, package, progress).await?,
        };
        artifact.elapsed = started.elapsed();
        Ok(artifact)
    }
}

// Packages: from cargo to the zip.
impl Builder {
    async fn take_package(
        &self,
        request: &Request,
        package: &str,
        progress: ProgressSink<'_>,
    ) -> Result<Artifact, ArtifactError> {
        if !request.workspace_dir.join("Cargo.toml").is_file() {
            return Err(ArtifactError::NoWorkspace {
                function: request.function.clone(),
                package: package.to_owned(),
                directory: request.workspace_dir.clone(),
            });
        }
        let host = host::look_at(&self.environment, request.target).await;
        let tool = command::tool(request.target, request.architecture, &host).map_err(|_| {
            ArtifactError::NoCrossCompiler {
                function: request.function.clone(),
                architecture: request.architecture,
                host: format!("{} on {}", host.os, std::env::consts::ARCH),
            }
        })?;

        // The profile that is tried first stands for the one that is found:
        // which one that is hangs on files that count as inputs.
        let profile = command::profiles(request.target)[0];
        let wanted = command::arguments(tool, package, request.architecture, profile);
        let slot = Slot::new(&self.cache_dir, &request.slot_name(package));
        if let Some(artifact) = self.known(request, &slot, &wanted).await? {
            return Ok(artifact);
        }

        let started = cache::now(&self.cache_dir).map_err(|source| ArtifactError::File {
            function: request.function.clone(),
            action: "write",
            path: self.cache_dir.clone(),
            source,
        })?;
        let report = self.compile(request, package, tool, progress).await?;
        let executable = executable_of(request, package, &report)?;
        let bytes = self.read(request, executable.clone()).await?;
        progress(Progress::Packing {
            size: bytes.len() as u64,
        });
        let artifact = self
            .pack(request, &host, tool, &executable, bytes, &slot)
            .await?;

        let question = Question {
            workspace_dir: &request.workspace_dir,
            cargo: &self.cargo,
            environment: &self.environment,
            report: &report,
            executable: &executable,
        };
        let remembered = match gather(question).await {
            Ok(inputs) => {
                let made = Made {
                    command: &wanted,
                    environment: &self.environment,
                    zip: &artifact.zip,
                    code_sha256: &artifact.code_sha256,
                    architecture: artifact.architecture,
                    unzipped_size: artifact.unzipped_size,
                };
                slot.remember(&made, inputs, started)
            }
            Err(doubt) => Err(doubt),
        };
        if let Err(doubt) = remembered {
            tracing::debug!(%doubt, package, "cargo will be asked again next time");
        }
        Ok(artifact)
    }

    /// What is known from an earlier run, when nothing changed since.
    async fn known(
        &self,
        request: &Request,
        slot: &Slot,
        command: &[String],
    ) -> Result<Option<Artifact>, ArtifactError> {
        let (slot, command) = (slot.clone(), command.to_vec());
        let environment = self.environment.clone();
        let (function, directory) = (request.function.clone(), request.workspace_dir.clone());
        blocking(&request.function, move || {
            let Some((zip, record)) = slot.look_up(&directory, &command, &environment) else {
                return Ok(None);
            };
            let artifact = finish(
                &function,
                zip,
                record.unzipped_size,
                record.architecture,
                record.code_sha256,
            )?;
            Ok(Some(Artifact {
                path: slot.zip,
                ..artifact
            }))
        })
        .await
    }

    /// Checks an executable, packs it and keeps the zip.
    async fn pack(
        &self,
        request: &Request,
        host: &Host,
        tool: Tool,
        executable: &Path,
        bytes: Vec<u8>,
        slot: &Slot,
    ) -> Result<Artifact, ArtifactError> {
        let requirement = requirement(request, host);
        let unchecked = host.architecture.unwrap_or(request.architecture);
        let effort = match request.target {
            Target::Local => Effort::Fast,
            Target::Aws => Effort::Best,
        };
        let (request, executable, slot) = (request.clone(), executable.to_owned(), slot.clone());
        let function = request.function.clone();
        blocking(&function, move || {
            let function = &request.function;
            let architecture = match requirement {
                Some(requirement) => {
                    let hint = command::hint(tool, request.architecture);
                    judge(&request, &executable, &bytes, requirement, hint)?.architecture
                }
                None => unchecked,
            };
            let zip = archive::pack(&bytes, effort).map_err(|source| ArtifactError::Pack {
                function: function.clone(),
                source,
            })?;
            let digest = archive::code_sha256(&zip);
            let artifact = finish(function, zip, bytes.len() as u64, architecture, digest)?;
            slot.keep(&artifact.zip)
                .map_err(|source| ArtifactError::File {
                    function: function.clone(),
                    action: "write",
                    path: slot.zip.clone(),
                    source,
                })?;
            Ok(Artifact {
                built: true,
                path: slot.zip,
                ..artifact
            })
        })
        .await
    }

    /// Runs cargo with the first profile that the workspace has.
    async fn compile(
        &self,
        request: &Request,
        package: &str,
        tool: Tool,
        progress: ProgressSink<'_>,
    ) -> Result<Report, ArtifactError> {
        let profiles = command::profiles(request.target);
        for (position, profile) in profiles.iter().enumerate() {
            let arguments = command::arguments(tool, package, request.architecture, profile);
            let line = format!("cargo {}", arguments.join(" "));
            progress(Progress::Compiling { command: &line });
            let outcome = cargo::run(
                &self.cargo,
                &arguments,
                &request.workspace_dir,
                &self.environment,
                progress,
            )
            .await
            .map_err(|source| ArtifactError::CargoMissing {
                function: request.function.clone(),
                cargo: self.cargo.clone(),
                source,
            })?;
            if outcome.success {
                return Ok(outcome.report);
            }
            let last = position + 1 == profiles.len();
            if last || !command::profile_is_missing(profile, &outcome.words) {
                return Err(ArtifactError::Compile {
                    function: request.function.clone(),
                    command: line,
                    output: outcome.words,
                });
            }
        }
        Ok(Report::default())
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

// Zips that somebody else packed.
impl Builder {
    async fn take_zip(&self, request: &Request, path: PathBuf) -> Result<Artifact, ArtifactError> {
        let zip = self.read(request, path.clone()).await?;
        let host = host::look_at(&self.environment, Target::Local).await;
        let requirement = match request.target {
            Target::Aws => requirement(request, &host),
            // It is for Linux, whatever this machine is.
            Target::Local => Some(ElfRequirement {
                architecture: host.architecture.unwrap_or(request.architecture),
                glibc: None,
            }),
        };
        let job = request.clone();
        blocking(&request.function, move || {
            let inspected = archive::inspect(&zip).map_err(|source| ArtifactError::Archive {
                function: job.function.clone(),
                file: path.clone(),
                source: Box::new(source),
            })?;
            let mut architecture = job.architecture;
            if let Some(requirement) = requirement
                && !inspected.bootstrap.starts_with(b"#!")
            {
                let hint = format!(
                    "build it for Linux on {} against glibc {} or older, or statically with musl",
                    requirement.architecture,
                    GlibcVersion::PROVIDED_AL2023
                );
                architecture =
                    judge(&job, &path, &inspected.bootstrap, requirement, hint)?.architecture;
            }
            let digest = archive::code_sha256(&zip);
            let artifact = finish(
                &job.function,
                zip,
                inspected.unzipped_size,
                architecture,
                digest,
            )?;
            Ok(Artifact { path, ..artifact })
        })
        .await
    }
}

/// The one executable that is the function.
fn executable_of(
    request: &Request,
    package: &str,
    report: &Report,
) -> Result<PathBuf, ArtifactError> {
    let names = match report.executable(package) {
        Ok(path) => return Ok(path.to_owned()),
        Err(names) => names,
    };
    let (function, package) = (request.function.clone(), package.to_owned());
    Err(if names.is_empty() {
        ArtifactError::NoExecutable { function, package }
    } else {
        ArtifactError::AmbiguousExecutable {
            function,
            package,
            names,
        }
    })
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

fn judge(
    request: &Request,
    file: &Path,
    executable: &[u8],
    requirement: ElfRequirement,
    hint: String,
) -> Result<ElfFacts, ArtifactError> {
    elf::check(executable, requirement).map_err(|source| ArtifactError::Executable {
        function: request.function.clone(),
        file: file.to_owned(),
        place: match request.target {
            Target::Local => "this machine",
            Target::Aws => "Lambda",
        },
        source: Box::new(source),
        hint,
    })
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
#[cfg(test)]
mod tests;
