//! Gives the functions of a solution their code: builds what needs building.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::arguments::Global;
use super::error::CommandError;
use super::folders;
use crate::artifact::{
    Architecture, Artifact, ArtifactError, Builder, Environment, Package, Progress, Request,
    Source, Target,
};
use crate::engine::desired::{Code, Desired};
use crate::manifest::{Manifest, model};
use crate::ui::style::{DIM, paint};
use crate::ui::{Ui, foreign};

/// Builds every function of the solutions and puts the code into what is wanted.
pub(super) async fn attach(
    ui: &Ui,
    global: &Global,
    manifest: &Manifest,
    desired: &mut [Desired],
    target: Target,
) -> Result<Vec<(String, Artifact)>, CommandError> {
    let builder = Builder::new(
        folders::artifacts(manifest)?,
        Environment::for_builds(std::env::vars_os(), &global.build_env),
    );
    let warned = AtomicBool::new(false);
    let mut artifacts = Vec::new();
    for wanted in desired {
        let Some(solution) = manifest.document.solutions.get(&wanted.solution) else {
            continue;
        };
        for (name, function) in &solution.functions {
            if let Some(zip) = &function.zip {
                let place = ["solutions", &wanted.solution, "functions", name, "zip"];
                manifest.find_file(zip, &place)?;
            }
            let request = request(manifest, name, function, target);
            let artifact = builder
                .build(&request, &|progress| show(ui, name, &warned, progress))
                .await
                .map_err(|error| placed(manifest, &wanted.solution, name, error))?;
            if let Some(wanted) = wanted.functions.get_mut(name) {
                // On the local target the code is for this machine, whatever the manifest says.
                wanted.architecture = artifact.architecture.as_str().to_owned();
                wanted.code = Code {
                    sha256: artifact.code_sha256.clone(),
                    zip: Arc::clone(&artifact.zip),
                };
            }
            artifacts.push((name.clone(), artifact));
        }
    }
    ui.settle();
    Ok(artifacts)
}

/// An error at the key of the manifest that is at fault, if one is.
fn placed(manifest: &Manifest, solution: &str, name: &str, error: ArtifactError) -> CommandError {
    let Some(key) = error.key() else {
        return error.into();
    };
    let place = manifest.place(&["solutions", solution, "functions", name, key]);
    let fault = manifest.wrong(error.to_string()).at_place(place);
    fault.help(error.hint().unwrap_or_default()).into()
}

fn request(manifest: &Manifest, name: &str, function: &model::Function, target: Target) -> Request {
    let source = match (&function.package, &function.zip) {
        (Some(package), _) => Source::Package(Package {
            name: package.clone(),
            bin: function.bin.clone(),
            features: function.features.clone(),
            locked: function.locked.unwrap_or(true),
        }),
        (None, Some(zip)) => Source::Zip(zip.clone()),
        // Refused when the manifest was resolved; an empty path fails with its name.
        (None, None) => Source::Zip(std::path::PathBuf::new()),
    };
    Request {
        function: name.to_owned(),
        workspace_dir: manifest.dir.clone(),
        source,
        architecture: match function.architecture {
            model::Architecture::X86_64 => Architecture::X86_64,
            model::Architecture::Arm64 => Architecture::Arm64,
        },
        target,
    }
}

fn show(ui: &Ui, name: &str, warned: &AtomicBool, progress: Progress<'_>) {
    match progress {
        Progress::Begin => {
            if !warned.swap(true, Ordering::Relaxed) {
                ui.note(&paint(
                    DIM,
                    "this runs code of the repository (build scripts, macros, cargo's configuration) \
                     as you, without your credentials in its environment:",
                ));
            }
        }
        Progress::Compiling { command } => ui.note(&format!("building {name}: {command}")),
        Progress::Cargo { line, status: true } => ui.reporter().busy(line.trim()),
        Progress::Cargo {
            line,
            status: false,
        } => ui.note(&quoted(line)),
        Progress::Note { text } => ui.note(&format!("{name}: {}", foreign::line(text))),
        Progress::Packing { .. } => ui.reporter().busy(&format!("packing {name}")),
    }
}

/// cargo's words stand apart from ours.
fn quoted(line: &str) -> String {
    let line = foreign::lines(line).concat();
    format!("  {}{line}", foreign::QUOTE)
}
