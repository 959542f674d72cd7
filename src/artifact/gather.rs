//! Finds out, after cargo has run, from what an executable was made.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::cargo;
use super::environment::Environment;
use super::inputs::{Doubt, Inputs, dep_info, looked_for_above, watched_by_build_script};
use super::messages::Report;

/// What is asked.
pub(super) struct Question<'a> {
    /// Where cargo was run.
    pub workspace_dir: &'a Path,
    /// cargo.
    pub cargo: &'a Path,
    /// What it was given.
    pub environment: &'a Environment,
    /// What it told.
    pub report: &'a Report,
    /// What it made.
    pub executable: &'a Path,
}

/// The inputs of what cargo made.
pub(super) async fn gather(question: Question<'_>) -> Result<Inputs, Doubt> {
    let mut inputs = Inputs {
        workspace_dir: question.workspace_dir.to_owned(),
        packages: question.report.local_packages.iter().cloned().collect(),
        on_path: ["cargo-zigbuild", "cargo-lambda", "zig", "rustc"]
            .map(PathBuf::from)
            .into_iter()
            .chain([question.cargo.to_owned()])
            .collect(),
        ..Inputs::default()
    };
    for directory in &inputs.packages {
        inputs.files.extend(looked_for_above(directory));
    }
    inputs
        .files
        .extend(looked_for_above(question.workspace_dir));
    if let Some(home) = question.environment.cargo_home() {
        inputs.files.insert(home.join("config"));
        inputs.files.insert(home.join("config.toml"));
    }
    if let Some(home) = question.environment.rustup_home() {
        // The default toolchain, and those chosen for a directory.
        inputs.files.insert(home.join("settings.toml"));
    }
    inputs.files.extend(read_by_rustc(&question)?);
    inputs.files.extend(read_by_build_scripts(question.report)?);
    inputs.programs = toolchain(&question).await?;
    Ok(inputs)
}

/// The sources of the executable and of all local packages in it, from the
/// dep-info file that cargo writes beside it.
fn read_by_rustc(question: &Question<'_>) -> Result<Vec<PathBuf>, Doubt> {
    let path = question.executable.with_extension("d");
    let text = fs::read_to_string(&path).map_err(|source| Doubt::Unreadable {
        path: path.clone(),
        source,
    })?;
    let mut files = dep_info(&text).ok_or_else(|| Doubt::NotUnderstood(path.clone()))?;
    if files.is_empty() || files.iter().any(|file| !file.is_absolute()) {
        return Err(Doubt::NotUnderstood(path));
    }
    // What a build script generated follows from what it read.
    files.retain(|file| {
        !question
            .report
            .build_scripts
            .iter()
            .any(|(directory, _)| file.starts_with(directory))
    });
    Ok(files)
}

/// What the build scripts of packages from a registry watch outside of them.
/// Those of local packages are told in the dep-info file.
fn read_by_build_scripts(report: &Report) -> Result<Vec<PathBuf>, Doubt> {
    let mut files = Vec::new();
    for (directory, local) in &report.build_scripts {
        if *local {
            continue;
        }
        // cargo keeps what a script printed beside its output directory.
        let path = directory.with_file_name("output");
        let output = fs::read(&path).map_err(|source| Doubt::Unreadable {
            path: path.clone(),
            source,
        })?;
        files.extend(
            watched_by_build_script(&String::from_utf8_lossy(&output))
                // Others are relative to the package, which does not change.
                .filter(|watched| watched.is_absolute())
                .map(Path::to_owned),
        );
    }
    Ok(files)
}

/// The programs of the toolchain that rustup, or who else, chose for the workspace.
async fn toolchain(question: &Question<'_>) -> Result<BTreeSet<PathBuf>, Doubt> {
    let rustc = Path::new("rustc");
    let arguments = ["--print", "sysroot"];
    let answer = cargo::ask(
        rustc,
        &arguments,
        question.workspace_dir,
        question.environment,
    )
    .await
    .map_err(|source| Doubt::Unreadable {
        path: rustc.to_owned(),
        source,
    })?;
    let sysroot = Path::new(answer.text.trim());
    if !answer.success || !sysroot.is_absolute() {
        return Err(Doubt::NotUnderstood("rustc --print sysroot".into()));
    }
    let programs = ["rustc", "cargo"].map(|name| {
        sysroot
            .join("bin")
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    });
    Ok(programs.into_iter().collect())
}
