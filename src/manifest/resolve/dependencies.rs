//! `depends_on`: what comes first though nothing of it is named.

use std::collections::BTreeSet;

use super::Resolver;
use crate::engine::nearest::hint;
use crate::engine::plan::{ResourceId, ResourceKind};
use crate::manifest::tree::{Node, Shape};

/// What can come first: the word of a kind, and the key of the manifest that has its resources.
const KINDS: [(&str, &str, ResourceKind); 5] = [
    ("stack", "stacks", ResourceKind::Stack),
    ("object", "objects", ResourceKind::Object),
    ("seed", "seed", ResourceKind::Seed),
    ("function", "functions", ResourceKind::Function),
    ("flow", "flows", ResourceKind::Flow),
];

impl Resolver<'_> {
    /// What a resource, at a path within the solution, says that it depends on. What names
    /// nothing is a fault at its place in the list.
    pub(super) fn dependencies(&mut self, resource: &[&str]) -> BTreeSet<ResourceId> {
        let manifest = self.manifest;
        let path: Vec<&str> = resource.iter().copied().chain(["depends_on"]).collect();
        let Some(Node {
            shape: Shape::List(written),
            ..
        }) = manifest.tree.at(&self.path(&path))
        else {
            return BTreeSet::new();
        };
        let mut found = BTreeSet::new();
        for node in written {
            let Some(text) = node.text() else { continue };
            match self.dependency(text) {
                Ok(id) => {
                    found.insert(id);
                }
                Err(message) => self
                    .faults
                    .push(manifest.wrong(message).at(node.span.clone())),
            }
        }
        found
    }

    fn dependency(&self, text: &str) -> Result<ResourceId, String> {
        let words = KINDS.map(|(word, _, _)| word);
        let (word, name) = text
            .split_once('.')
            .ok_or_else(|| format!("`{text}` is no KIND.NAME, such as `function.NAME`"))?;
        let (_, section, kind) = KINDS
            .into_iter()
            .find(|(known, _, _)| *known == word)
            .ok_or_else(|| {
                let hint = hint(word, words);
                format!("`{text}`: nothing can depend on a `{word}`{hint}")
            })?;
        let names = self.manifest.names(&self.path(&[section]));
        if names.contains(&name) {
            return Ok(ResourceId::new(kind, name));
        }
        let hint = hint(name, names);
        Err(format!("`{text}`: there is no {word} `{name}`{hint}"))
    }
}
