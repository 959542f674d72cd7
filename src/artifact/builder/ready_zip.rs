//! Zips that somebody else packed.

use std::path::PathBuf;

use super::{Builder, blocking, cannot_run, finish, judge, lacking, requirement};
use crate::artifact::archive;
use crate::artifact::command::Target;
use crate::artifact::elf::{ElfError, ElfRequirement, GlibcVersion};
use crate::artifact::error::ArtifactError;
use crate::artifact::host;
use crate::artifact::libraries;
use crate::artifact::progress::{Progress, ProgressSink};
use crate::artifact::ready::{Found, Question};
use crate::artifact::request::{Artifact, Request};

impl Builder {
    pub(super) async fn take_zip(
        &self,
        request: &Request,
        path: PathBuf,
        progress: ProgressSink<'_>,
    ) -> Result<Artifact, ArtifactError> {
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
        let (job, cache_dir) = (request.clone(), self.cache_dir.clone());
        let (artifact, missing) = blocking(&request.function, move || {
            let code_sha256 = archive::code_sha256(&zip);
            let wanted = requirement.map_or(job.architecture, |one| one.architecture);
            let question = Question::new(&code_sha256, job.target, wanted);
            let found = match question.look_up(&cache_dir, &path) {
                Some(found) => found,
                None => {
                    let found = look_into(&job, &path, &zip, requirement)?;
                    if let Err(error) = question.remember(&cache_dir, &path, &found) {
                        tracing::debug!(%error, "the zip will be unpacked again next time");
                    }
                    found
                }
            };
            let artifact = finish(
                &job.function,
                zip,
                found.unzipped_size,
                found.architecture,
                code_sha256,
            )?;
            Ok((Artifact { path, ..artifact }, found.missing))
        })
        .await?;
        if !missing.is_empty() {
            progress(Progress::Note {
                text: &lacking(&missing),
            });
        }
        Ok(artifact)
    }
}

/// Unpacks a zip and judges what is in it.
fn look_into(
    request: &Request,
    path: &std::path::Path,
    zip: &[u8],
    requirement: Option<ElfRequirement>,
) -> Result<Found, ArtifactError> {
    let inspected = archive::inspect(zip).map_err(|source| ArtifactError::Archive {
        function: request.function.clone(),
        file: path.to_owned(),
        source: Box::new(source),
    })?;
    let mut found = Found {
        architecture: request.architecture,
        unzipped_size: inspected.unzipped_size,
        missing: Vec::new(),
    };
    let Some(requirement) = requirement.filter(|_| !inspected.bootstrap.starts_with(b"#!")) else {
        return Ok(found);
    };
    let hint = format!(
        "build it for Linux on {} against glibc {} or older, or statically with musl",
        requirement.architecture,
        GlibcVersion::PROVIDED_AL2023
    );
    let facts = judge(request, path, &inspected.bootstrap, requirement, hint)?;
    found.architecture = facts.architecture;
    found.missing = libraries::missing(&facts.libraries, &inspected.names);
    if request.target == Target::Aws && !found.missing.is_empty() {
        let hint = "put the libraries into the zip's folder lib/, or link them statically";
        let source = ElfError::LibrariesMissing(found.missing);
        return Err(cannot_run(request, path, source, hint.to_owned()));
    }
    Ok(found)
}
