//! Refs to something of the instance, such as `${queue.NAME}`: they can only be wrong
//! now, not later, and all that are wrong are told at once. Pure.

use std::fmt;
use std::ops::Range;

use super::desired::Desired;
use super::error::EngineError;
use super::nearest::hint;
use super::plan::{ResourceId, ResourceKind};
use super::text::{LookupKind, Reference, Text};
use super::values::Values;

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

/// Checks every such ref of a solution.
///
/// # Errors
/// [`EngineError::Lookups`] with all that name nothing.
pub fn check(desired: &Desired, values: &Values) -> Result<(), EngineError> {
    let unknown: Vec<Unknown> = texts(desired)
        .flat_map(|(resource, text)| {
            text.references()
                .filter_map(move |(reference, at)| unknown(values, &resource, reference, at))
                .collect::<Vec<_>>()
        })
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(EngineError::Lookups(unknown))
    }
}

fn unknown(
    values: &Values,
    resource: &ResourceId,
    reference: &Reference,
    at: Range<usize>,
) -> Option<Unknown> {
    let Reference::Lookup(kind, name) = reference else {
        return None;
    };
    if values.get(reference).is_some() {
        return None;
    }
    let there = values.looked_up(*kind);
    Some(Unknown {
        resource: resource.clone(),
        kind: *kind,
        name: name.clone(),
        at,
        hint: hint(name, there),
    })
}

/// Every text with refs, and whose it is.
fn texts(desired: &Desired) -> impl Iterator<Item = (ResourceId, &Text)> {
    let of = |kind: ResourceKind, name: &str| ResourceId::new(kind, name);
    let stacks = desired.stacks.iter().flat_map(move |(name, stack)| {
        let texts = stack.parameters.values();
        texts.map(move |text| (of(ResourceKind::Stack, name), text))
    });
    let objects = desired.objects.iter().flat_map(move |(name, object)| {
        [&object.bucket, &object.key].map(|text| (of(ResourceKind::Object, name), text))
    });
    let seeds = desired
        .seeds
        .iter()
        .map(move |(name, seed)| (of(ResourceKind::Seed, name), &seed.table));
    let functions = desired.functions.iter().flat_map(move |(name, function)| {
        let texts = function.environment.values().chain([&function.role]);
        texts.map(move |text| (of(ResourceKind::Function, name), text))
    });
    let flows = desired
        .flows
        .iter()
        .map(move |(name, flow)| (of(ResourceKind::Flow, name), &flow.content));
    stacks
        .chain(objects)
        .chain(seeds)
        .chain(functions)
        .chain(flows)
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
            physical: String::new(),
            template: String::new(),
            resources: Vec::new(),
            origin: String::new(),
            declared: std::collections::BTreeMap::new(),
            outputs: Vec::new(),
            parameters: [
                ("A".to_owned(), text("${queue.A} ${flow.a} ${queue.B}")),
                ("B".to_owned(), text("${hours.C}").located(|_| 100..110)),
            ]
            .into(),
        };
        desired.stacks.insert("s".to_owned(), stack);
        let mut values = Values::default();
        values.set(Reference::Region, "us-east-1");
        let Err(EngineError::Lookups(unknown)) = check(&desired, &values) else {
            panic!("the instance has nothing");
        };
        let places: Vec<Range<usize>> = unknown.iter().map(|one| one.at.clone()).collect();
        assert_eq!(places, [0..10, 21..31, 100..110]);
        assert_eq!(
            unknown[2].to_string(),
            "stack s: ${hours.C}: the instance has no hours `C`"
        );
        assert!(check(&Desired::default(), &values).is_ok());
    }
}
