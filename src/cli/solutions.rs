//! The solutions that a command is about: manifest read, refs resolved.

use std::path::Path;

use super::arguments::{Environment, Global, Selection};
use super::error::{CommandError, Kind};
use crate::engine::desired::Desired;
use crate::engine::order;
use crate::manifest::parameters::{Missing, check_command_line};
use crate::manifest::{self, Manifest};

/// Reads the manifest that the command line names, or the nearest one. Its faults are
/// told with those of the solutions, by [`desired`] or [`one`].
pub(super) fn manifest(global: &Global) -> Result<Manifest, CommandError> {
    let allowed = &global.allow_outside;
    if let Some(path) = &global.manifest {
        return Ok(manifest::read(path, allowed)?);
    }
    let here = std::env::current_dir()
        .map_err(|error| CommandError::new(Kind::Failed, format!("no current folder: {error}")))?;
    match Manifest::find(&here) {
        // Named as the user would: from here when it is here.
        Some(path) if path.parent() == Some(&here) => {
            let name = Path::new(manifest::load::FILE_NAME);
            Ok(manifest::read(name, allowed)?)
        }
        Some(path) => Ok(manifest::read(&path, allowed)?),
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

/// What is wanted of the selected solutions, in the order of work; functions have no code yet.
pub(super) fn desired(
    manifest: &Manifest,
    selection: &Selection,
    missing: Missing,
) -> Result<Vec<Desired>, CommandError> {
    let selected = selected(manifest, &selection.solutions, selection.all)?;
    several(manifest, &selected, &selection.environment, missing).map(order::by_exports)
}

/// A manifest without faults, for those who look at no solution.
pub(super) fn sound(mut manifest: Manifest) -> Result<Manifest, CommandError> {
    let faults = std::mem::take(&mut manifest.faults);
    Ok(faults.none_or(manifest)?)
}

/// The solutions that are meant.
pub(super) fn selected(
    manifest: &Manifest,
    names: &[String],
    all: bool,
) -> Result<Vec<String>, CommandError> {
    manifest.select(names, all).map_err(|error| {
        let mut faults = manifest.faults.clone();
        faults.push(error);
        faults.sorted().into()
    })
}

/// What is wanted of one solution.
pub(super) fn one(
    manifest: &Manifest,
    solution: &str,
    environment: &Environment,
    missing: Missing,
) -> Result<Desired, CommandError> {
    let selected = [solution.to_owned()];
    Ok(several(manifest, &selected, environment, missing)?.remove(0))
}

fn several(
    manifest: &Manifest,
    selected: &[String],
    environment: &Environment,
    missing: Missing,
) -> Result<Vec<Desired>, CommandError> {
    let given = environment.parameters.iter().cloned().collect();
    let mut faults = manifest.faults.clone();
    faults.take(check_command_line(manifest, selected, &given));
    let mut all = Vec::new();
    for solution in selected {
        let env = &environment.env;
        let desired = manifest::resolve::resolve(manifest, solution, env, &given, missing);
        all.extend(faults.take(desired));
    }
    Ok(faults.none_or(all)?)
}
