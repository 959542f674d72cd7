//! Refs to something of the instance, such as `${queue.NAME}`: they can only be wrong
//! now, not later, and all that are wrong are told at once. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use super::desired::Desired;
use super::error::EngineError;
use super::kinds;
use super::nearest::hint;
use super::plan::{ResourceId, ResourceKind};
use super::text::{LookupKind, Reference, Text};

/// A ref to something that the instance does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The resource that has the ref.
    pub resource: ResourceId,
    /// What kind of thing is named.
    pub kind: LookupKind,
    /// Its name.
    pub name: String,
    /// Where, in bytes of the file that the resource's texts stand in.
    pub at: Range<usize>,
    /// The nearest right name, or what there is.
    pub hint: String,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            resource,
            kind,
            name,
            hint,
            ..
        } = self;
        let reference = Reference::Lookup(*kind, name.clone());
        write!(
            f,
            "{resource}: {reference}: the instance has no {} `{name}`{hint}",
            kind.word()
        )
    }
}

/// Names and ARNs of what the instance has, by kind.
pub type Names = BTreeMap<LookupKind, BTreeMap<String, String>>;

/// The kinds that solutions have refs to.
pub fn kinds_of<'a>(desired: impl IntoIterator<Item = &'a Desired>) -> BTreeSet<LookupKind> {
    desired
        .into_iter()
        .flat_map(texts)
        .flat_map(|(_, text)| text.references())
        .filter_map(|(reference, _)| match reference {
            Reference::Lookup(kind, _) => Some(*kind),
            _ => None,
        })
        .collect()
}

/// Checks every such ref of a solution.
///
/// # Errors
/// [`EngineError::Lookups`] with all that name nothing.
pub fn check(desired: &Desired, names: &Names) -> Result<(), EngineError> {
    let unknown = unknown(desired, names);
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(EngineError::Lookups(unknown))
    }
}

/// All such refs of a solution that name nothing.
pub fn unknown(desired: &Desired, names: &Names) -> Vec<Unknown> {
    texts(desired)
        .flat_map(|(resource, text)| {
            text.references()
                .filter_map(move |(reference, at)| one(names, &resource, reference, at))
        })
        .collect()
}

fn one(
    names: &Names,
    resource: &ResourceId,
    reference: &Reference,
    at: Range<usize>,
) -> Option<Unknown> {
    let Reference::Lookup(kind, name) = reference else {
        return None;
    };
    let there = names.get(kind);
    if there.is_some_and(|there| there.contains_key(name)) {
        return None;
    }
    let there = there.into_iter().flat_map(BTreeMap::keys);
    Some(Unknown {
        resource: resource.clone(),
        kind: *kind,
        name: name.clone(),
        at,
        hint: hint(name, there.map(String::as_str)),
    })
}

/// Every text with refs, and whose it is.
pub fn texts(desired: &Desired) -> impl Iterator<Item = (ResourceId, &Text)> {
    ResourceKind::ALL.into_iter().flat_map(|kind| {
        let texts = kinds::texts(kind, desired).into_iter();
        texts.map(move |(name, text)| (ResourceId::new(kind, name), text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::desired::Stack;

    #[test]
    fn every_ref_that_names_nothing_is_told_with_its_place() {
        let text = |source: &str| Text::parse(source).unwrap();
        let mut desired = Desired::default();
        let stack = Stack {
            parameters: [
                ("A".to_owned(), text("${queue.A} ${flow.a} ${queue.B}")),
                ("B".to_owned(), text("${hours.C}").located(|_| 100..110)),
            ]
            .into(),
            ..Stack::default()
        };
        desired.stacks.insert("s".to_owned(), stack);
        let names = Names::new();
        let Err(EngineError::Lookups(unknown)) = check(&desired, &names) else {
            panic!("the instance has nothing");
        };
        let places: Vec<Range<usize>> = unknown.iter().map(|one| one.at.clone()).collect();
        assert_eq!(places, [0..10, 21..31, 100..110]);
        assert_eq!(
            unknown[2].to_string(),
            "stack s: ${hours.C}: the instance has no hours `C`"
        );
        assert!(check(&Desired::default(), &names).is_ok());
    }
}
