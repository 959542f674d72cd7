//! Reads and checks the manifest.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use safe_files::read_regular;

use super::files::{FileError, Files, Found};
use super::model::Document;
use super::source::SourceError;
use super::tree::{self, Node};
use super::{names, parameters};
use crate::engine::nearest::{hint, nearest};

/// The manifest's name when none is given.
pub const FILE_NAME: &str = "vanity-deploy.yaml";

/// A manifest that was read.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The file.
    pub path: PathBuf,
    /// Its folder; all files in it are named from there.
    pub dir: PathBuf,
    /// Its text.
    pub text: String,
    /// What it says.
    pub document: Document,
    /// Where it says what.
    pub tree: Node,
    /// The files it may name.
    pub files: Files,
}

/// Reads a manifest. The files it names lie in its folder, or in `allowed`: files, and
/// folders with all in them.
///
/// # Errors
/// A file that cannot be read, is no YAML, has unknown keys or names that cannot be; an
/// allowed path that is not there.
pub fn load(path: &Path, allowed: &[PathBuf]) -> Result<Manifest, SourceError> {
    let content = read_regular(path).map_err(|error| {
        SourceError::new(path, "", format!("cannot be read: {error}"))
            .help("name the manifest with --manifest FILE, or run in its folder")
    })?;
    let text = text_of(path, content)?;
    let document = parse(path, &text)?;
    let tree = tree::read_yaml(&text)
        .map_err(|error| SourceError::new(path, &text, error.message).at(error.at..error.at))?;
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir.to_owned(),
        _ => PathBuf::from("."),
    };
    let files = Files::new(&dir, allowed).map_err(|(path, error)| {
        SourceError::new(&path, "", format!("cannot be found: {error}"))
            .help("--allow-outside names files and folders that are there")
    })?;
    let manifest = Manifest {
        path: path.to_owned(),
        dir,
        text,
        document,
        tree,
        files,
    };
    check(&manifest)?;
    Ok(manifest)
}

/// Text is UTF-8.
fn text_of(path: &Path, content: Vec<u8>) -> Result<String, SourceError> {
    String::from_utf8(content).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
        let end = before.len();
        SourceError::new(path, &before, "it is no UTF-8").at(end..end)
    })
}

fn parse(path: &Path, text: &str) -> Result<Document, SourceError> {
    // Read twice: as a plain value first, which refuses the same key twice.
    let twice: Result<serde_yaml::Value, _> = serde_yaml::from_str(text);
    let parsed = twice.and_then(|_| serde_yaml::from_str::<Document>(text));
    parsed.map_err(|error| {
        let (message, help) = in_words(&error.to_string());
        let source = SourceError::new(path, text, message).help(help);
        match error.location() {
            Some(location) => source.at_line(location.line(), location.column()),
            None => source,
        }
    })
}

/// serde's words in ours: the unknown key, and the nearest known one.
fn in_words(message: &str) -> (String, String) {
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(head, _)| head);
    if let Some((path, rest)) = message.split_once("unknown variant `") {
        let (word, expected) = rest.split_once('`').unwrap_or((rest, ""));
        let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        let place = path.trim_end_matches([':', ' ']);
        return (
            format!("{place}: `{word}` is none of them"),
            near(word, &known),
        );
    }
    let Some((path, rest)) = message.split_once("unknown field `") else {
        return (message.to_owned(), String::new());
    };
    let (key, expected) = rest.split_once('`').unwrap_or((rest, ""));
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    let place = path.trim_end_matches([':', ' ']);
    let what = if place.is_empty() {
        format!("unknown key `{key}`")
    } else {
        format!("unknown key `{key}` in {place}")
    };
    (what, near(key, &known))
}

fn near(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", known.join(", ")),
    }
}

fn check(manifest: &Manifest) -> Result<(), SourceError> {
    let document = &manifest.document;
    let wrong = |message: String| SourceError::new(&manifest.path, &manifest.text, message);
    if document.version != 1 {
        return Err(wrong(format!(
            "version {} is not known; this program reads version 1",
            document.version
        ))
        .at_text("version:"));
    }
    if let Some(default) = &document.default
        && !document.solutions.contains_key(default)
    {
        return Err(wrong(format!(
            "the default solution `{default}` is not there{}",
            hint(default, document.solutions.keys().map(String::as_str))
        ))
        .at_text(default));
    }
    let named = |names: Vec<&String>, what: &str| -> Result<(), SourceError> {
        match names.into_iter().find(|name| !names::is_valid(name)) {
            Some(name) => Err(wrong(format!("`{name}` cannot be the name of {what}"))
                .at_text(&format!("{name}:"))
                .help("a letter, then letters, digits and hyphens, 40 at most")),
            None => Ok(()),
        }
    };
    named(document.solutions.keys().collect(), "a solution")?;
    named(document.environments.keys().collect(), "an environment")?;
    let mut flows: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, solution) in &document.solutions {
        named(solution.stacks.keys().collect(), "a stack")?;
        named(solution.functions.keys().collect(), "a function")?;
        named(solution.seed.keys().collect(), "a seed")?;
        named(solution.objects.keys().collect(), "an object")?;
        for flow in solution.flows.values() {
            if let Some(other) = flows.insert(&flow.name, name) {
                let who = if other == name {
                    format!("twice by {name}")
                } else {
                    format!("by {other} and by {name}")
                };
                return Err(
                    wrong(format!("the flow name \"{}\" is claimed {who}", flow.name))
                        .at_text(&flow.name)
                        .help("names of flows are unique on an instance: rename one"),
                );
            }
        }
    }
    parameters::check(manifest)
}

impl Manifest {
    /// An error of this file, without a place yet.
    pub fn wrong(&self, message: impl Into<String>) -> SourceError {
        SourceError::new(&self.path, &self.text, message)
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
                None => Err(SourceError::new(
                    &self.path,
                    &self.text,
                    "no solution is named, and the manifest has no default",
                )),
            };
        }
        for name in names {
            if !known.contains_key(name) {
                return Err(SourceError::new(
                    &self.path,
                    &self.text,
                    format!(
                        "there is no solution `{name}`{}",
                        hint(name, known.keys().map(String::as_str))
                    ),
                ));
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
