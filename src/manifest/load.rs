//! Reads and checks the manifest.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use safe_files::read_regular;

use super::files::{FileError, Files, Found};
use super::model::Document;
use super::source::{Faults, SourceError};
use super::tree::{self, Node};
use super::{composed, fields, limits, names, parameters};
use crate::engine::nearest::hint;

/// The manifest's name when none is given.
pub const FILE_NAME: &str = "vanity-deploy.yaml";

/// A manifest that was read, as far as it can be.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The file.
    pub path: PathBuf,
    /// Its folder; all files in it are named from there.
    pub dir: PathBuf,
    /// Its text to be shown: what may be a secret is put out of sight, byte for byte.
    pub text: Arc<str>,
    /// What it says; without what is wrong.
    pub document: Document,
    /// Where it says what.
    pub tree: Node,
    /// The files it may name.
    pub files: Files,
    /// What is wrong with it, before files and refs are looked at.
    pub faults: Faults,
}

/// Reads a manifest. The files it names lie in its folder, or in `allowed`: files, and
/// folders with all in them. What is wrong in it is among its faults, so that it can be
/// told with what is wrong with its files and refs.
///
/// # Errors
/// A file that cannot be read, is no YAML, or of another version; an allowed path that is
/// not there.
pub fn read(path: &Path, allowed: &[PathBuf]) -> Result<Manifest, SourceError> {
    let content = read_regular(path).map_err(|error| {
        SourceError::new(path, "", format!("cannot be read: {error}"))
            .help("name the manifest with --manifest FILE, or run in its folder")
    })?;
    let text = text_of(path, content)?;
    let tree = tree::read_yaml(&text).map_err(|error| {
        SourceError::new(path, text.as_str(), error.message).at(error.at..error.at)
    })?;
    let (document, faults) = fields::read::<Document>(&tree);
    let document = document.unwrap_or_default();
    let text = parameters::out_of_sight(&document, &tree, text);
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir.to_owned(),
        _ => PathBuf::from("."),
    };
    let files = Files::new(&dir, allowed).map_err(|(path, error)| {
        SourceError::new(&path, "", format!("cannot be found: {error}"))
            .help("--allow-outside names files and folders that are there")
    })?;
    let mut manifest = Manifest {
        path: path.to_owned(),
        dir,
        text: text.into(),
        document,
        tree,
        files,
        faults: Faults::default(),
    };
    check_version(&manifest)?;
    let faults = faults.into_iter().map(|fault| {
        let source = manifest.wrong(fault.message);
        source.at(fault.at).help(fault.help)
    });
    let mut faults: Faults = faults.collect();
    check(&manifest, &mut faults);
    parameters::check(&manifest, &mut faults);
    composed::check(&manifest, &mut faults);
    limits::check(&manifest, &mut faults);
    manifest.faults = faults;
    Ok(manifest)
}

/// As [`read`], for those who look at neither files nor refs.
///
/// # Errors
/// Those of [`read`], and the faults.
pub fn load(path: &Path, allowed: &[PathBuf]) -> Result<Manifest, Faults> {
    let mut manifest = read(path, allowed)?;
    std::mem::take(&mut manifest.faults).none_or(manifest)
}

/// Text is UTF-8; the byte order mark that some editors write is none of it.
fn text_of(path: &Path, content: Vec<u8>) -> Result<String, SourceError> {
    if content.starts_with(&[0xff, 0xfe]) || content.starts_with(&[0xfe, 0xff]) {
        return Err(SourceError::new(path, "", "it is UTF-16, not UTF-8").help(SAVE_AS));
    }
    let text = String::from_utf8(content).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
        let end = before.len();
        SourceError::new(path, before, "it is no UTF-8")
            .at(end..end)
            .help(SAVE_AS)
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// What to do with text in another encoding.
const SAVE_AS: &str = "save the file as UTF-8";

/// A manifest of another version has other keys: nothing else is said of it.
fn check_version(manifest: &Manifest) -> Result<(), SourceError> {
    match manifest.document.version {
        None | Some(1) => Ok(()),
        Some(other) => Err(manifest
            .wrong(format!(
                "version {other} is not known; this program reads version 1"
            ))
            .at_place(manifest.place(&["version"]))),
    }
}

fn check(manifest: &Manifest, faults: &mut Faults) {
    let document = &manifest.document;
    let solutions = manifest.names(&["solutions"]);
    if let Some(default) = &document.default
        && !solutions.contains(&default.as_str())
    {
        let hint = hint(default, solutions.iter().copied());
        let message = format!("the default solution `{default}` is not there{hint}");
        let place = manifest.place(&["default"]);
        faults.push(manifest.wrong(message).at_place(place));
    }
    check_names(manifest, &["solutions"], "a solution", faults);
    check_names(manifest, &["environments"], "an environment", faults);
    let mut flows: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, solution) in &document.solutions {
        for (section, what) in [
            ("stacks", "a stack"),
            ("functions", "a function"),
            ("seed", "a seed"),
            ("objects", "an object"),
        ] {
            check_names(manifest, &["solutions", name, section], what, faults);
        }
        for (key, flow) in &solution.flows {
            if let Some(other) = flows.insert(&flow.name, name) {
                let who = if other == name {
                    format!("twice by {name}")
                } else {
                    format!("by {other} and by {name}")
                };
                let message = format!("the flow name \"{}\" is claimed {who}", flow.name);
                let place = manifest.place(&["solutions", name, "flows", key, "name"]);
                let fault = manifest.wrong(message).at_place(place);
                faults.push(fault.help("names of flows are unique on an instance: rename one"));
            }
        }
    }
}

fn check_names(manifest: &Manifest, path: &[&str], what: &str, faults: &mut Faults) {
    for entry in manifest.tree.at(path).map_or(&[][..], Node::entries) {
        if !names::is_valid(&entry.key) {
            let message = format!("`{}` cannot be the name of {what}", entry.key);
            let fault = manifest.wrong(message).at(entry.span.clone());
            faults.push(fault.help("a letter, then letters, digits and hyphens, 40 at most"));
        }
    }
}

impl Manifest {
    /// An error of this file, without a place yet.
    pub fn wrong(&self, message: impl Into<String>) -> SourceError {
        SourceError::new(&self.path, Arc::clone(&self.text), message)
    }

    /// The names that stand in a map, of what is wrong too.
    pub fn names(&self, path: &[&str]) -> Vec<&str> {
        let entries = self.tree.at(path).map_or(&[][..], Node::entries);
        entries.iter().map(|entry| entry.key.as_str()).collect()
    }

    /// Finds a file that the manifest names at a place of its own, and that may be read.
    ///
    /// # Errors
    /// Why not, at that place.
    pub fn find_file(&self, file: &Path, place: &[&str]) -> Result<Found, SourceError> {
        let found = self.files.find(file);
        found.map_err(|error| self.unread(file, place, error))
    }

    /// Reads such a file.
    ///
    /// # Errors
    /// Why not, at its place in the manifest.
    pub fn read_file(&self, file: &Path, place: &[&str]) -> Result<(Found, Vec<u8>), SourceError> {
        let read = self.files.read(file);
        read.map_err(|error| self.unread(file, place, error))
    }

    /// Reads such a file of text; also its path as the user would name it, not `./x`.
    ///
    /// # Errors
    /// Why not, at its place in the manifest; no UTF-8, at its place in the file.
    pub fn read_text(
        &self,
        file: &Path,
        place: &[&str],
    ) -> Result<(Found, PathBuf, String), SourceError> {
        let (found, content) = self.read_file(file, place)?;
        let path = self.named(file);
        let text = text_of(&path, content)?;
        Ok((found, path, text))
    }

    /// A file that the manifest names, as the user would name it: not `./flow.json`.
    pub fn named(&self, file: &Path) -> PathBuf {
        match self.dir.to_str() {
            Some(".") => file.to_owned(),
            _ => self.dir.join(file),
        }
    }

    fn unread(&self, file: &Path, place: &[&str], error: FileError) -> SourceError {
        let source = self
            .wrong(format!("{} {error}", self.named(file).display()))
            .at_place(self.place(place));
        match error {
            FileError::Unreadable(_) => source,
            FileError::Outside { path, .. } => source.help(format!(
                "what a manifest names leaves this machine: move it into the folder, or pass \
                 --allow-outside {} if it is meant to",
                path.display()
            )),
        }
    }

    /// Where a key stands.
    pub fn key_place(&self, path: &[&str]) -> Option<Range<usize>> {
        Some(self.tree.entry_at(path)?.span.clone())
    }

    /// Where a value stands.
    pub fn place(&self, path: &[&str]) -> Option<Range<usize>> {
        Some(self.tree.at(path)?.span.clone())
    }

    /// A scalar as it is written, letter by letter, and its place; `null` is none.
    pub fn scalar(&self, path: &[&str]) -> Option<(String, Range<usize>)> {
        let node = self.tree.at(path)?;
        if node.plain() == Some(tree::Plain::Null) {
            return None;
        }
        Some((node.text()?.to_owned(), node.span.clone()))
    }

    /// The scalars of a list as they are written.
    pub fn scalars(&self, path: &[&str]) -> Vec<String> {
        match self.tree.at(path).map(|node| &node.shape) {
            Some(tree::Shape::List(nodes)) => nodes
                .iter()
                .filter_map(|node| node.text().map(ToOwned::to_owned))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The solutions meant by names on the command line.
    ///
    /// # Errors
    /// An unknown name, or none given and no default.
    pub fn select(&self, names: &[String], all: bool) -> Result<Vec<String>, SourceError> {
        let known = &self.document.solutions;
        if all {
            return Ok(known.keys().cloned().collect());
        }
        if names.is_empty() {
            let only = (known.len() == 1).then(|| known.keys().next()).flatten();
            return match self.document.default.as_ref().or(only) {
                Some(default) => Ok(vec![default.clone()]),
                None => Err(self.wrong("no solution is named, and the manifest has no default")),
            };
        }
        for name in names {
            if !known.contains_key(name) {
                return Err(self.wrong(format!(
                    "there is no solution `{name}`{}",
                    hint(name, known.keys().map(String::as_str))
                )));
            }
        }
        Ok(names.to_vec())
    }

    /// The manifest in the current folder or the nearest one above it.
    pub fn find(start: &Path) -> Option<PathBuf> {
        start
            .ancestors()
            .map(|folder| folder.join(FILE_NAME))
            .find(|file| file.is_file())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong, each as `LINE:COLUMN: MESSAGE`.
    fn reported(text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.yaml");
        std::fs::write(&path, text).unwrap();
        let faults = load(&path, &[]).map(|_| ()).err().unwrap_or_default();
        let prefix = format!("{}:", path.display());
        faults
            .into_iter()
            .map(|fault| fault.to_string().replace(&prefix, ""))
            .collect()
    }

    #[test]
    fn a_place_is_of_the_document_whatever_else_says_the_same() {
        assert_eq!(
            reported("# version: 1.\n# version: 2\nversion: 2\nsolutions: {}\nx: 1\n"),
            ["3:10: version 2 is not known; this program reads version 1"]
        );
        assert_eq!(
            reported("# shop\nversion: 1\ndefault: shop\nsolutions: { other: {} }\n"),
            ["3:10: the default solution `shop` is not there; there is other"]
        );
        assert_eq!(
            reported(
                "version: 1\nsolutions:\n  a:\n    description: 'b_c:'\n    stacks: { b_c: { template: t } }\n"
            ),
            ["5:15: `b_c` cannot be the name of a stack"]
        );
    }

    #[test]
    fn a_key_stands_once_and_what_is_no_manifest_is_told() {
        assert_eq!(
            reported("version: 1\nsolutions: {}\nversion: 1\n"),
            ["3:1: the key \"version\" is given twice"]
        );
        assert_eq!(
            reported("- x\n"),
            ["1:1: a manifest is a map of keys and values, not a list"]
        );
        assert_eq!(
            reported("version: one\nsolutions: {}\n"),
            ["1:10: version: `one` is no whole number"]
        );
    }
}
