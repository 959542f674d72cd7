//! The solutions that a command is about: manifest read, refs resolved.

use std::path::Path;

use super::arguments::{Environment, Global, Selection};
use super::error::{CommandError, Kind};
use crate::engine::desired::Desired;
use crate::manifest::{self, Manifest};

/// Reads the manifest that the command line names, or the nearest one.
pub(super) fn manifest(global: &Global) -> Result<Manifest, CommandError> {
    if let Some(path) = &global.manifest {
        return Ok(manifest::load(path)?);
    }
    let here = std::env::current_dir()
        .map_err(|error| CommandError::new(Kind::Failed, format!("no current folder: {error}")))?;
    match Manifest::find(&here) {
        // Named as the user would: from here when it is here.
        Some(path) if path.parent() == Some(&here) => {
            Ok(manifest::load(Path::new(manifest::load::FILE_NAME))?)
        }
        Some(path) => Ok(manifest::load(&path)?),
        None => Err(CommandError::new(
            Kind::InvalidInput,
            format!(
                "there is no {} here or in a folder above",
                manifest::load::FILE_NAME
            ),
        )
        .hint("name it with --manifest FILE")),
    }
}

/// What is wanted of the selected solutions; functions have no code yet.
pub(super) fn desired(
    manifest: &Manifest,
    selection: &Selection,
) -> Result<Vec<Desired>, CommandError> {
    manifest
        .select(&selection.solutions, selection.all)?
        .iter()
        .map(|solution| one(manifest, solution, &selection.environment))
        .collect()
}

/// What is wanted of one solution.
pub(super) fn one(
    manifest: &Manifest,
    solution: &str,
    environment: &Environment,
) -> Result<Desired, CommandError> {
    let parameters = environment.parameters.iter().cloned().collect();
    Ok(manifest::resolve::resolve(
        manifest,
        solution,
        &environment.env,
        &parameters,
    )?)
}
