//! Packages: from cargo to the zip.

use std::path::{Path, PathBuf};

use super::settings::Settings;
use super::{Builder, blocking, cannot_run, finish, judge, lacking, requirement};
use crate::artifact::archive::{self, Effort};
use crate::artifact::cache::{self, Made, Slot};
use crate::artifact::cargo;
use crate::artifact::command::{self, Host, Target, Tool};
use crate::artifact::elf::ElfError;
use crate::artifact::error::ArtifactError;
use crate::artifact::gather::{Question, gather};
use crate::artifact::host;
use crate::artifact::inputs::{Doubt, Moment};
use crate::artifact::libraries;
use crate::artifact::messages::Report;
use crate::artifact::out::Place;
use crate::artifact::progress::{Progress, ProgressSink};
use crate::artifact::request::{Artifact, Package, Request};
use crate::artifact::workspace::{Chosen, Workspace};

/// One package that is built.
struct Job<'a> {
    builder: &'a Builder,
    request: &'a Request,
    package: &'a Package,
    host: Host,
    tool: Tool,
    slot: Slot,
    progress: ProgressSink<'a>,
}

impl Builder {
    pub(super) async fn take_package(
        &self,
        request: &Request,
        package: &Package,
        progress: ProgressSink<'_>,
    ) -> Result<Artifact, ArtifactError> {
        if !request.workspace_dir.join("Cargo.toml").is_file() {
            return Err(ArtifactError::NoWorkspace {
                function: request.function.clone(),
                package: package.name.clone(),
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
        let job = Job {
            builder: self,
            request,
            package,
            host,
            tool,
            slot: Slot::new(&self.cache_dir, &request.slot_name(package)),
            progress,
        };
        // What the manifest says stands for the executable that is found: which one
        // that is hangs on files that count as inputs.
        let wanted = command::arguments(tool, package, request);
        match job.known(&wanted).await? {
            Some(artifact) => Ok(artifact),
            None => job.make(&wanted).await,
        }
    }
}

impl Job<'_> {
    /// What is known from an earlier run, when nothing changed since.
    async fn known(&self, command: &[String]) -> Result<Option<Artifact>, ArtifactError> {
        let (slot, command) = (self.slot.clone(), command.to_vec());
        let environment = self.builder.environment.clone();
        let function = self.request.function.clone();
        let directory = self.request.workspace_dir.clone();
        blocking(&self.request.function, move || {
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

    /// Runs cargo and packs what it makes.
    async fn make(&self, wanted: &[String]) -> Result<Artifact, ArtifactError> {
        let cache_dir = &self.builder.cache_dir;
        let started = cache::now(cache_dir).map_err(|error| self.unwritten(cache_dir, error))?;
        (self.progress)(Progress::Begin);
        let workspace = self.workspace().await?;
        let chosen = workspace.choose(&self.request.function, self.package)?;
        self.check_lock_file(&workspace)?;
        let name = self.request.slot_name(self.package);
        let place = Place::of(cache_dir, &name, &workspace);
        let settings = self
            .builder
            .settings(self.request, self.tool, &workspace, &place, self.progress)
            .await?;

        // Until the zip is kept: nobody else of us touches what is made here.
        let waiting = || {
            (self.progress)(Progress::Cargo {
                line: "    Blocking waiting for another build of this function",
                status: true,
            });
        };
        let _lock = place
            .lock(waiting)
            .await
            .map_err(|error| self.unwritten(&place.target_dir, error))?;
        // One that was moved here before is not one that was made now.
        let moved = command::moved_by_cargo_lambda(&place.target_dir, &chosen.bin);
        if self.tool == Tool::CargoLambda && moved.is_file() {
            std::fs::remove_file(&moved).map_err(|error| self.unwritten(&moved, error))?;
        }
        let report = self.compile(&chosen, &workspace, &settings).await?;
        let reported = report
            .executable(&chosen.package_id, &chosen.bin)
            .ok_or_else(|| ArtifactError::NothingMade {
                function: self.request.function.clone(),
                package: self.package.name.clone(),
                bin: chosen.bin.clone(),
            })?;
        let executable = match self.tool {
            Tool::CargoLambda if !reported.is_file() => moved,
            _ => reported.to_owned(),
        };
        let bytes = self.builder.read(self.request, executable.clone()).await?;
        (self.progress)(Progress::Packing {
            size: bytes.len() as u64,
        });
        let artifact = self.pack(&executable, bytes).await?;
        let remembered = self
            .remember(wanted, &report, reported, &artifact, started)
            .await;
        if let Err(doubt) = remembered {
            let package = &self.package.name;
            tracing::debug!(%doubt, package, "cargo will be asked again next time");
        }
        Ok(artifact)
    }

    fn unwritten(&self, path: &Path, source: std::io::Error) -> ArtifactError {
        ArtifactError::File {
            function: self.request.function.clone(),
            action: "write",
            path: path.to_owned(),
            source,
        }
    }

    fn cargo_missing(&self, source: std::io::Error) -> ArtifactError {
        ArtifactError::CargoMissing {
            function: self.request.function.clone(),
            cargo: self.builder.cargo.clone(),
            source,
        }
    }

    /// What cargo says of the workspace; it writes nothing.
    async fn workspace(&self) -> Result<Workspace, ArtifactError> {
        let arguments = ["metadata", "--no-deps", "--format-version=1"];
        let answer = cargo::ask(
            &self.builder.cargo,
            &arguments,
            &self.request.workspace_dir,
            &self.builder.environment,
        )
        .await
        .map_err(|source| self.cargo_missing(source))?;
        let function = self.request.function.clone();
        if !answer.success {
            return Err(ArtifactError::Compile {
                function,
                command: format!("cargo {}", arguments.join(" ")),
                output: answer.words,
            });
        }
        Workspace::read(&answer.text).map_err(|source| ArtifactError::Metadata { function, source })
    }

    /// cargo would choose the newest versions that fit, and write them down unasked.
    fn check_lock_file(&self, workspace: &Workspace) -> Result<(), ArtifactError> {
        let file = workspace.root.join("Cargo.lock");
        if !self.package.locked || file.is_file() {
            return Ok(());
        }
        Err(ArtifactError::LockFile {
            function: self.request.function.clone(),
            file,
            absent: true,
            output: String::new(),
        })
    }

    async fn compile(
        &self,
        chosen: &Chosen,
        workspace: &Workspace,
        settings: &Settings,
    ) -> Result<Report, ArtifactError> {
        let exact = Package {
            bin: Some(chosen.bin.clone()),
            ..self.package.clone()
        };
        let arguments = command::arguments(self.tool, &exact, self.request);
        let line = format!("cargo {}", arguments.join(" "));
        (self.progress)(Progress::Compiling { command: &line });
        let mut all = arguments;
        all.extend(command::plumbing(settings.has_profile));
        let outcome = cargo::run(
            &self.builder.cargo,
            &all,
            &self.request.workspace_dir,
            &settings.environment,
            self.progress,
        )
        .await
        .map_err(|source| self.cargo_missing(source))?;
        let function = self.request.function.clone();
        if outcome.success {
            Ok(outcome.report)
        } else if self.package.locked && command::lock_file_is_old(&outcome.words) {
            Err(ArtifactError::LockFile {
                function,
                file: workspace.root.join("Cargo.lock"),
                absent: false,
                output: outcome.words,
            })
        } else {
            Err(ArtifactError::Compile {
                function,
                command: line,
                output: outcome.words,
            })
        }
    }

    /// Checks an executable, packs it and keeps the zip.
    async fn pack(&self, executable: &Path, bytes: Vec<u8>) -> Result<Artifact, ArtifactError> {
        let requirement = requirement(self.request, &self.host);
        let unchecked = self.host.architecture.unwrap_or(self.request.architecture);
        let hint = command::hint(self.tool, self.request.architecture);
        let (request, slot) = (self.request.clone(), self.slot.clone());
        let executable: PathBuf = executable.to_owned();
        let (artifact, missing) = blocking(&self.request.function, move || {
            let function = &request.function;
            let mut architecture = unchecked;
            let mut missing = Vec::new();
            if let Some(requirement) = requirement {
                let facts = judge(&request, &executable, &bytes, requirement, hint)?;
                architecture = facts.architecture;
                missing = libraries::missing(&facts.libraries, &[]);
            }
            if request.target == Target::Aws && !missing.is_empty() {
                let source = ElfError::LibrariesMissing(missing);
                let hint = command::hint_for_libraries();
                return Err(cannot_run(&request, &executable, source, hint));
            }
            let effort = Effort::of(request.target);
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
            let artifact = Artifact {
                built: true,
                path: slot.zip,
                ..artifact
            };
            Ok((artifact, missing))
        })
        .await?;
        if !missing.is_empty() {
            (self.progress)(Progress::Note {
                text: &lacking(&missing),
            });
        }
        Ok(artifact)
    }

    /// Remembers from what the zip was made.
    async fn remember(
        &self,
        wanted: &[String],
        report: &Report,
        executable: &Path,
        artifact: &Artifact,
        started: Moment,
    ) -> Result<(), Doubt> {
        let inputs = gather(Question {
            workspace_dir: &self.request.workspace_dir,
            cargo: &self.builder.cargo,
            environment: &self.builder.environment,
            report,
            executable,
        })
        .await?;
        let made = Made {
            command: wanted,
            environment: &self.builder.environment,
            zip: &artifact.zip,
            code_sha256: &artifact.code_sha256,
            architecture: artifact.architecture,
            unzipped_size: artifact.unzipped_size,
        };
        self.slot.remember(&made, inputs, started)
    }
}
