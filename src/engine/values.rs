//! What refs stand for, as far as it is known.

use std::collections::BTreeMap;

use super::desired::Desired;
use super::error::EngineError;
use super::kinds;
use super::nearest::hint;
use super::observe::Observed;
use super::plan::{ResourceId, ResourceKind};
use super::text::{LookupKind, Reference, Text};

/// The alias that callers invoke.
pub const LIVE: &str = "live";

/// Known values; grows while a plan is applied.
#[derive(Debug, Clone, Default)]
pub struct Values {
    fixed: BTreeMap<Reference, String>,
    outputs: BTreeMap<String, BTreeMap<String, String>>,
    lookups: BTreeMap<LookupKind, BTreeMap<String, String>>,
    /// What stands for texts with refs: as much of them is known as of those.
    texts: BTreeMap<Reference, Text>,
}

impl Values {
    /// What is known from what is there.
    pub fn new(desired: &Desired, observed: &Observed) -> Self {
        let mut values = Self {
            lookups: observed.lookups.clone(),
            ..Self::default()
        };
        values.set(Reference::InstanceArn, &observed.instance.arn);
        values.set(Reference::InstanceId, &observed.instance.id);
        values.set(Reference::Region, &observed.identity.region);
        values.set(Reference::Account, &observed.identity.account);
        for (name, parameter) in &desired.parameters {
            if let Some(value) = &parameter.value {
                values.set(Reference::Parameter(name.clone()), value);
            }
        }
        for kind in ResourceKind::ALL {
            kinds::values(kind, desired, observed, &mut values);
        }
        values
    }

    /// Sets a value.
    pub fn set(&mut self, reference: Reference, value: impl Into<String>) {
        self.fixed.insert(reference, value.into());
    }

    /// Sets what is known as far as the refs in it are. The text has no ref that is set
    /// in this way.
    pub(super) fn set_text(&mut self, reference: Reference, text: &Text) {
        self.texts.insert(reference, text.clone());
    }

    /// Sets all outputs of a stack.
    pub fn set_outputs(&mut self, stack: &str, outputs: BTreeMap<String, String>) {
        self.outputs.insert(stack.to_owned(), outputs);
    }

    /// Outputs of a stack that is about to change are not known.
    pub fn forget_outputs(&mut self, stack: &str) {
        self.outputs.remove(stack);
    }

    /// All outputs of a stack, if it is there.
    pub fn outputs(&self, stack: &str) -> Option<&BTreeMap<String, String>> {
        self.outputs.get(stack)
    }

    /// A value, if it is known.
    pub fn get(&self, reference: &Reference) -> Option<String> {
        match reference {
            Reference::StackOutput { stack, output } => {
                self.outputs.get(stack)?.get(output).cloned()
            }
            Reference::Lookup(kind, name) => self.lookups.get(kind)?.get(name).cloned(),
            // No text that is set here has a ref to one that is: this ends.
            other => match self.fixed.get(other) {
                Some(value) => Some(value.clone()),
                None => self.known(self.texts.get(other)?),
            },
        }
    }

    /// A text with its values, if all are known.
    pub fn known(&self, text: &Text) -> Option<String> {
        text.resolve(|reference| self.get(reference)).ok()
    }

    /// A text with the values that are known, for people.
    pub fn shown(&self, text: &Text) -> String {
        text.resolve(|reference| {
            let known = self.get(reference);
            Some(known.unwrap_or_else(|| reference.to_string()))
        })
        .unwrap_or_default()
    }

    /// A text with its values.
    ///
    /// # Errors
    /// [`EngineError::Unresolved`] with the reason, or the nearest name there is.
    pub fn resolve(&self, resource: &ResourceId, text: &Text) -> Result<String, EngineError> {
        text.resolve(|reference| self.get(reference))
            .map_err(|reference| self.unresolved(resource, reference))
    }

    /// A JSON document with its values, compact.
    ///
    /// # Errors
    /// [`EngineError::Unresolved`] with the reason, or the nearest name there is.
    pub fn resolve_json(&self, resource: &ResourceId, text: &Text) -> Result<String, EngineError> {
        let json = text
            .resolve_in_json(|reference| self.get(reference))
            .map_err(|reference| self.unresolved(resource, reference))?;
        compact(&json).map_err(|error| EngineError::State {
            resource: resource.clone(),
            reason: format!("its content is not JSON: {error}"),
        })
    }

    /// The error for a ref without a value.
    pub fn unresolved(&self, resource: &ResourceId, reference: &Reference) -> EngineError {
        let hint = match reference {
            // The template declares it, or the ref had been refused before anything was asked.
            Reference::StackOutput { stack, .. } => self
                .outputs
                .get(stack)
                .map(|_| "; the stack gives no such output: its Condition is false".to_owned()),
            Reference::Lookup(kind, name) => self
                .lookups
                .get(kind)
                .map(|names| hint(name, names.keys().map(String::as_str))),
            _ => None,
        };
        EngineError::Unresolved {
            resource: resource.clone(),
            reference: reference.to_string(),
            hint: hint.unwrap_or_default(),
        }
    }
}

/// JSON without the white space between its parts; the order of keys stays.
///
/// # Errors
/// When it is no JSON.
pub fn compact(json: &str) -> Result<String, serde_json::Error> {
    serde_json::from_str::<serde_json::Value>(json).map(|value| value.to_string())
}
