//! Where the program keeps what is its own: beside the user's other things, never in a
//! checkout. Somebody else fills a checkout; what lies there is not ours.

use std::path::{Path, PathBuf};

use local_aws::store::Key;
use safe_files::PrivateFolder;
use sha2::{Digest as _, Sha256};

use super::arguments::Global;
use super::error::{CommandError, Kind};
use crate::manifest::Manifest;

/// What one folder of all programs' is called in it.
const PROGRAM: &str = "vanity-deploy";

/// What a name of a folder takes of the digest of a manifest's place.
const DIGITS: usize = 16;

/// The folder of the embedded AWS: `--local-dir`, else one of the user's that goes by the
/// real path of the manifest, or without one of the current folder.
pub(super) fn local(global: &Global, manifest: Option<&Manifest>) -> Result<PathBuf, CommandError> {
    if let Some(dir) = &global.local_dir {
        return Ok(dir.clone());
    }
    Ok(state()?.join("local").join(own_name(manifest)?))
}

/// The folder of the zips of a manifest's functions.
pub(super) fn artifacts(manifest: &Manifest) -> Result<PathBuf, CommandError> {
    let cache = of_user("XDG_CACHE_HOME", ".cache")?;
    let artifacts = cache.join("artifacts").join(own_name(Some(manifest))?);
    private(&cache)?;
    private(&artifacts)?;
    Ok(artifacts)
}

/// The user's key; made when it is needed and not there.
pub(super) fn key() -> Result<Key, CommandError> {
    let folder = private(&state()?)?;
    Key::find_or_make(&folder).map_err(|error| unusable(folder.path(), &error))
}

/// The user's key for who only looks. Without one the user made no folder, and no key is
/// right.
pub(super) fn key_to_look() -> Result<Key, CommandError> {
    let path = state()?;
    let unusable = |error: std::io::Error| unusable(&path, &error);
    let key = match PrivateFolder::find(&path).map_err(unusable)? {
        Some(folder) => Key::find(&folder).map_err(unusable)?,
        None => None,
    };
    key.map_or_else(Key::random, Ok).map_err(unusable)
}

/// The folder of what lasts (XDG Base Directory Specification: `XDG_STATE_HOME`).
fn state() -> Result<PathBuf, CommandError> {
    of_user("XDG_STATE_HOME", ".local/state")
}

fn of_user(variable: &str, below_home: &str) -> Result<PathBuf, CommandError> {
    // The specification has relative ones ignored.
    let named = std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let base = named.or_else(|| std::env::home_dir().map(|home| home.join(below_home)));
    match base.filter(|base| base.is_absolute()) {
        Some(base) => Ok(base.join(PROGRAM)),
        None => Err(CommandError::new(
            Kind::Failed,
            "there is no place for what this program keeps: you have no home folder",
        )
        .hint(format!("set {variable} to a folder of yours"))),
    }
}

fn private(path: &Path) -> Result<PrivateFolder, CommandError> {
    PrivateFolder::make(path).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::new(
        Kind::Failed,
        format!("{} cannot be used: {error}", path.display()),
    )
    .hint("it must be a folder of yours, and no link")
}

/// A name that goes by the real path of the manifest: the folder's, for people, and a
/// digest of the path.
fn own_name(manifest: Option<&Manifest>) -> Result<String, CommandError> {
    let path = manifest.map_or(Path::new("."), |manifest| manifest.path.as_path());
    let real = std::fs::canonicalize(path).map_err(|error| {
        CommandError::new(
            Kind::Failed,
            format!("{} cannot be found: {error}", path.display()),
        )
    })?;
    let folder = match manifest {
        Some(_) => real.parent(),
        None => Some(real.as_path()),
    };
    Ok(name_of(folder.unwrap_or(&real), &real))
}

fn name_of(folder: &Path, real: &Path) -> String {
    let word: String = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(*letter))
        .take(40)
        .collect();
    let digest = const_hex::encode(Sha256::digest(real.as_os_str().as_encoded_bytes()));
    format!("{word}-{}", &digest[..DIGITS])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_for_people_and_by_its_place() {
        let name = |path: &str| {
            let manifest = Path::new(path).join("vanity-deploy.yaml");
            name_of(Path::new(path), &manifest)
        };
        insta::assert_snapshot!(name("/home/u/my solution"), @"mysolution-5b23c27260d497be");
        assert_ne!(name("/home/u/a"), name("/other/a"));
        assert!(name("/").starts_with('-'));
    }
}
