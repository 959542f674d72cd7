//! What differs between a stack and what it shall be: the changes of a change
//! set, and what a change of a property does to a resource.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::state::{Export, Resource};
use super::template::desired::{Desired, Wanted};
use super::template::functions::{Reference, references};
use super::template::intrinsics::Lookup;
use super::template::{Policy, Template, TemplateError};
use crate::cloudformation::registry;
use crate::core::property::scalar;
use crate::core::resource::{OnChange, ResourceType};

/// What stands for a value that is known only when the change set is executed.
pub const UNKNOWN: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// `RequiresRecreation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Recreation {
    /// Updated in place.
    Never,
    /// Depends on the value.
    Conditionally,
    /// Replaced.
    Always,
}

impl Recreation {
    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Never => "Never",
            Self::Conditionally => "Conditionally",
            Self::Always => "Always",
        }
    }
}

/// `Action` of a resource change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeAction {
    /// A new resource.
    Add,
    /// A changed one.
    Modify,
    /// One that leaves the stack.
    Remove,
}

/// A change of one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What happens.
    pub action: ChangeAction,
    /// The resource.
    pub logical_id: String,
    /// Its physical id, when it exists.
    pub physical_id: Option<String>,
    /// Its type.
    pub kind: String,
    /// `PolicyAction`, when something is or may be taken away.
    pub policy_action: Option<String>,
    /// `Replacement` of a `Modify`.
    pub replacement: Option<String>,
    /// What causes it.
    pub details: Vec<Detail>,
    /// Properties before, for `IncludePropertyValues`.
    pub before: Option<Value>,
    /// Properties after.
    pub after: Option<Value>,
}

impl Change {
    /// `Scope`: the attributes that change, each once.
    pub fn scope(&self) -> Vec<&str> {
        let mut scope: Vec<&str> = Vec::new();
        for detail in &self.details {
            if !scope.contains(&detail.attribute.as_str()) {
                scope.push(&detail.attribute);
            }
        }
        scope
    }
}

/// A cause of a `Modify`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// `Properties`, `Tags`, `Metadata`, `DeletionPolicy` or `UpdateReplacePolicy`.
    pub attribute: String,
    /// The property.
    pub name: Option<String>,
    /// What the change does.
    pub recreation: Recreation,
    /// Whether the new value is known only later.
    pub dynamic: bool,
    /// `ParameterReference`, `ResourceReference`, `ResourceAttribute`, `DirectModification`.
    pub source: String,
    /// The parameter, resource or `Resource.Attribute` behind it.
    pub causing_entity: Option<String>,
    /// The value before.
    pub before: Option<Value>,
    /// The value after.
    pub after: Option<Value>,
}

/// A property whose value differs.
#[derive(Debug, Clone, PartialEq)]
pub struct PropertyChange {
    /// Its name.
    pub name: String,
    /// The value before.
    pub before: Option<Value>,
    /// The value after.
    pub after: Option<Value>,
    /// What the type says about it.
    pub on_change: OnChange,
}

impl PropertyChange {
    /// Whether this change, now that the values are known, replaces the resource.
    pub fn replaces(&self, kind: &dyn ResourceType) -> bool {
        match self.on_change {
            OnChange::Update => false,
            OnChange::Replace => true,
            OnChange::Conditional => kind.replaces(self.before.as_ref(), self.after.as_ref()),
        }
    }
}

/// The properties that differ, in the order of the type's own list.
pub fn property_changes(
    kind: &dyn ResourceType,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Vec<PropertyChange> {
    kind.properties()
        .iter()
        .filter_map(|property| {
            let (old, new) = (before.get(property.name), after.get(property.name));
            let same = match (old, new) {
                (Some(old), Some(new)) => same(old, new),
                (None, None) => true,
                _ => false,
            };
            (!same).then(|| PropertyChange {
                name: property.name.to_owned(),
                before: old.cloned(),
                after: new.cloned(),
                on_change: property.on_change,
            })
        })
        .collect()
}

/// Equal, when `5` and `"5"` are the same: a parameter is always text.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => match (scalar(left), scalar(right)) {
            (Some(left), Some(right)) => left == right,
            _ => left == right,
        },
    }
}

/// One side of a comparison: a template and what it means.
pub struct Side<'a> {
    /// The template.
    pub template: &'a Template,
    /// Its parameters' values.
    pub parameters: &'a IndexMap<String, String>,
    /// The stack's tags.
    pub tags: &'a BTreeMap<String, String>,
    /// What it means.
    pub desired: &'a Desired,
}

/// The changes that bring a stack from what it is to what it shall be.
/// `before` is `None` for a new stack.
///
/// # Errors
/// What cannot be resolved; a changed type of a resource.
pub fn changes(
    before: Option<&Side<'_>>,
    after: &Side<'_>,
    resources: &IndexMap<String, Resource>,
    exports: &BTreeMap<String, Export>,
) -> Result<Vec<Change>, TemplateError> {
    refuse_other_types(after.desired, resources)?;
    let mut planned = Planned {
        resources,
        exports,
        created: BTreeSet::new(),
        modified: BTreeSet::new(),
    };
    let mut changes = Vec::new();
    for (id, wanted) in &after.desired.resources {
        let existing = resources.get(id).filter(|resource| resource.exists());
        let Some(existing) = existing else {
            planned.created.insert(id.clone());
            let properties = after.desired.properties(wanted, &planned)?;
            changes.push(add(id, wanted, mask(after, wanted, properties)));
            continue;
        };
        let properties = after.desired.properties(wanted, &planned)?;
        let details = details(before, after, id, wanted, existing, &properties, &planned)?;
        if details.is_empty() {
            continue;
        }
        let replacement = replacement(&details);
        if replacement == "False" {
            if details
                .iter()
                .any(|detail| detail.attribute == "Properties")
            {
                planned.modified.insert(id.clone());
            }
        } else {
            planned.created.insert(id.clone());
        }
        changes.push(Change {
            action: ChangeAction::Modify,
            logical_id: id.clone(),
            physical_id: existing.physical_id.clone(),
            kind: wanted.kind.clone(),
            policy_action: (replacement != "False").then(|| {
                match wanted.update_replace_policy {
                    Policy::Delete => "ReplaceAndDelete",
                    Policy::Retain | Policy::RetainExceptOnCreate => "ReplaceAndRetain",
                }
                .to_owned()
            }),
            replacement: Some(replacement.to_owned()),
            details,
            before: Some(context(mask(
                before.unwrap_or(after),
                wanted,
                existing.properties.clone(),
            ))),
            after: Some(context(mask(after, wanted, properties))),
        });
    }
    for (id, existing) in resources.iter().rev() {
        if existing.exists() && !after.desired.resources.contains_key(id) {
            changes.push(remove(id, existing));
        }
    }
    Ok(changes)
}

fn refuse_other_types(
    desired: &Desired,
    resources: &IndexMap<String, Resource>,
) -> Result<(), TemplateError> {
    let other: Vec<String> = desired
        .resources
        .iter()
        .filter(|(id, wanted)| {
            resources
                .get(*id)
                .is_some_and(|existing| existing.exists() && existing.kind != wanted.kind)
        })
        .map(|(id, _)| id.clone())
        .collect();
    if other.is_empty() {
        return Ok(());
    }
    Err(TemplateError::Validation(format!(
        "Update of resource type is not permitted. The new template modifies resource type of the following resources: [{}]",
        other.join(", ")
    )))
}

fn context(properties: Map<String, Value>) -> Value {
    let mut context = Map::new();
    context.insert("Properties".to_owned(), Value::Object(properties));
    Value::Object(context)
}

fn add(id: &str, wanted: &Wanted, properties: Map<String, Value>) -> Change {
    Change {
        action: ChangeAction::Add,
        logical_id: id.to_owned(),
        physical_id: None,
        kind: wanted.kind.clone(),
        policy_action: None,
        replacement: None,
        details: Vec::new(),
        before: None,
        after: Some(context(properties)),
    }
}

fn remove(id: &str, existing: &Resource) -> Change {
    let policy = match existing.deletion_policy {
        Policy::Delete => "Delete",
        Policy::Retain | Policy::RetainExceptOnCreate => "Retain",
    };
    Change {
        action: ChangeAction::Remove,
        logical_id: id.to_owned(),
        physical_id: existing.physical_id.clone(),
        kind: existing.kind.clone(),
        policy_action: Some(policy.to_owned()),
        replacement: None,
        details: Vec::new(),
        before: Some(context(existing.properties.clone())),
        after: None,
    }
}

/// `Replacement`, from the details as AWS docs (ResourceChange) define it.
fn replacement(details: &[Detail]) -> &'static str {
    let certain = |detail: &Detail| detail.recreation == Recreation::Always && !detail.dynamic;
    if details.iter().any(certain) {
        "True"
    } else if details
        .iter()
        .any(|detail| detail.recreation != Recreation::Never)
    {
        "Conditional"
    } else {
        "False"
    }
}

/// Resources as they will be: what is made or replaced is not known yet, nor
/// are the attributes of what is modified.
struct Planned<'a> {
    resources: &'a IndexMap<String, Resource>,
    exports: &'a BTreeMap<String, Export>,
    created: BTreeSet<String>,
    modified: BTreeSet<String>,
}

impl Lookup for Planned<'_> {
    fn physical_id(&self, logical_id: &str) -> Option<Value> {
        if self.created.contains(logical_id) {
            return Some(Value::from(UNKNOWN));
        }
        let existing = self.resources.get(logical_id)?;
        existing.physical_id.clone().map(Value::from)
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
        if self.created.contains(logical_id) || self.modified.contains(logical_id) {
            return Some(Value::from(UNKNOWN));
        }
        let existing = self.resources.get(logical_id)?;
        existing.attributes.get(attribute).cloned()
    }

    fn import(&self, name: &str) -> Option<Value> {
        self.exports
            .get(name)
            .map(|export| Value::from(export.value.clone()))
    }
}

fn details(
    before: Option<&Side<'_>>,
    after: &Side<'_>,
    id: &str,
    wanted: &Wanted,
    existing: &Resource,
    properties: &Map<String, Value>,
    planned: &Planned<'_>,
) -> Result<Vec<Detail>, TemplateError> {
    let Some(kind) = registry::find(&wanted.kind) else {
        return Ok(Vec::new());
    };
    let known = existing.attempted.as_ref().unwrap_or(&existing.properties);
    let mut details = Vec::new();
    for change in property_changes(kind, known, properties) {
        let old = before
            .and_then(|side| side.desired.resources.get(id))
            .and_then(|old| old.properties.get(&change.name));
        let new = wanted.properties.get(&change.name);
        details.extend(causes(before, after, old, new, &change, planned)?);
    }
    let attribute = |attribute: &str, differs: bool| {
        differs.then(|| Detail {
            attribute: attribute.to_owned(),
            name: None,
            recreation: Recreation::Never,
            dynamic: false,
            source: "DirectModification".to_owned(),
            causing_entity: None,
            before: None,
            after: None,
        })
    };
    let taggable = kind
        .properties()
        .iter()
        .any(|property| property.name == "Tags");
    details.extend(attribute(
        "Tags",
        taggable && existing.stack_tags != *after.tags,
    ));
    let metadata = after.desired.metadata(wanted, planned)?;
    details.extend(attribute("Metadata", metadata != existing.metadata));
    details.extend(attribute(
        "DeletionPolicy",
        wanted.deletion_policy != existing.deletion_policy,
    ));
    details.extend(attribute(
        "UpdateReplacePolicy",
        wanted.update_replace_policy != existing.update_replace_policy,
    ));
    Ok(details)
}

/// Why a property changes: the template itself, a parameter, or another resource.
fn causes(
    before: Option<&Side<'_>>,
    after: &Side<'_>,
    old: Option<&Value>,
    new: Option<&Value>,
    change: &PropertyChange,
    planned: &Planned<'_>,
) -> Result<Vec<Detail>, TemplateError> {
    let recreation = match change.on_change {
        OnChange::Update => Recreation::Never,
        OnChange::Replace => Recreation::Always,
        OnChange::Conditional => Recreation::Conditionally,
    };
    let hidden = new
        .into_iter()
        .chain(old)
        .any(|value| uses_no_echo(after.template, value));
    let shown = |value: &Option<Value>| {
        value.as_ref().map(|value| {
            if hidden {
                Value::from(super::template::parameters::NO_ECHO)
            } else {
                value.clone()
            }
        })
    };
    let detail = |source: &str, causing_entity: Option<String>, dynamic: bool| Detail {
        // A property `Tags` is told as the attribute (botocore model, ResourceAttribute).
        attribute: if change.name == "Tags" {
            "Tags"
        } else {
            "Properties"
        }
        .to_owned(),
        name: (change.name != "Tags").then(|| change.name.clone()),
        recreation,
        dynamic,
        source: source.to_owned(),
        causing_entity,
        before: shown(&change.before),
        after: shown(&change.after),
    };
    let mut found = BTreeSet::new();
    if let Some(new) = new {
        references(new, &mut found)?;
    }
    let mut causes = Vec::new();
    for reference in found {
        match reference {
            Reference::Name(name) => {
                let parameter = after.parameters.get(&name);
                let old = before.and_then(|side| side.parameters.get(&name));
                if parameter.is_some() && before.is_some() && parameter != old {
                    causes.push(detail("ParameterReference", Some(name), false));
                } else if planned.created.contains(&name) {
                    causes.push(detail("ResourceReference", Some(name), true));
                }
            }
            Reference::Attribute(id, attribute) => {
                if planned.created.contains(&id) || planned.modified.contains(&id) {
                    let entity = match attribute {
                        Some(attribute) => format!("{id}.{attribute}"),
                        None => id,
                    };
                    causes.push(detail("ResourceAttribute", Some(entity), true));
                }
            }
        }
    }
    if causes.is_empty() || old != new {
        causes.push(detail("DirectModification", None, false));
    }
    Ok(causes)
}

fn uses_no_echo(template: &Template, value: &Value) -> bool {
    let mut found = BTreeSet::new();
    if references(value, &mut found).is_err() {
        return false;
    }
    found.iter().any(|reference| match reference {
        Reference::Name(name) => template
            .parameters
            .get(name)
            .is_some_and(|declaration| declaration.no_echo),
        Reference::Attribute(..) => false,
    })
}

/// Hides the properties that carry a `NoEcho` parameter.
fn mask(
    side: &Side<'_>,
    wanted: &Wanted,
    mut properties: Map<String, Value>,
) -> Map<String, Value> {
    for (name, expression) in &wanted.properties {
        if uses_no_echo(side.template, expression)
            && let Some(value) = properties.get_mut(name)
        {
            *value = Value::from(super::template::parameters::NO_ECHO);
        }
    }
    properties
}
