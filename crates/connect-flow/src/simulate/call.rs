//! The state of a call: what the contact carries from action to action.

use super::{Contact, Effect, Event, operators};
use crate::document::Action;
use crate::path::{Path, Piece, pieces};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, VecDeque};

/// Most bytes of all contact attributes together, and of flow attributes.
pub(super) const MAXIMUM_ATTRIBUTES: usize = 32_768;

/// What an action may read and change.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) contact: Contact,
    /// Gone when the flow is left.
    pub(super) flow_attributes: IndexMap<String, String>,
    /// The last answer of a function.
    pub(super) external: Value,
    /// The last stored input.
    pub(super) stored_input: Option<String>,
    /// The voice that speaks.
    pub(super) voice: Option<String>,
    /// Whether an outbound call has gone out.
    pub(super) outbound_completed: bool,
    /// Rounds done, by flow and action; a loop counts on when its flow is entered again.
    pub(super) loops: BTreeMap<(String, String), u32>,
    /// Id of the flow that the contact is in.
    pub(super) flow: String,
    /// Told before anything else is done.
    pub(super) outbox: VecDeque<Effect>,
}

impl Call {
    pub(super) fn new(contact: Contact) -> Self {
        Self {
            contact,
            flow_attributes: IndexMap::new(),
            external: Value::Null,
            stored_input: None,
            voice: None,
            outbound_completed: false,
            loops: BTreeMap::new(),
            flow: String::new(),
            outbox: VecDeque::new(),
        }
    }

    /// Tells the driver about something.
    pub(super) fn tell(&mut self, event: Event) {
        self.outbox.push_back(Effect::Event(event));
    }

    /// The text with its paths resolved; those that lead to nothing are told and
    /// leave nothing behind.
    pub(super) fn fill(&mut self, action: &Action, text: &str) -> String {
        let mut filled = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Literal(literal) => filled.push_str(literal),
                Piece::Path(path, _) => match self.resolve(&path) {
                    Some(value) => filled.push_str(&operators::text(&value)),
                    None => self.tell(Event::PathUnresolved {
                        identifier: action.identifier.clone(),
                        path: path.to_string(),
                    }),
                },
            }
        }
        filled
    }

    /// A parameter of the action as a text, paths resolved.
    pub(super) fn text(&mut self, action: &Action, name: &str) -> Option<String> {
        let value = action.parameters.get(name)?;
        Some(self.fill(action, &operators::text(value)))
    }

    /// A parameter of the action as a number.
    pub(super) fn number(&mut self, action: &Action, name: &str) -> Option<u32> {
        self.text(action, name)?.trim().parse().ok()
    }

    /// A parameter that is a map, keys and values resolved.
    pub(super) fn map(&mut self, action: &Action, name: &str) -> IndexMap<String, String> {
        let mut filled = IndexMap::new();
        let map = action.parameters.get(name).and_then(Value::as_object);
        for (key, value) in map.into_iter().flatten() {
            let key = self.fill(action, key);
            let value = self.fill(action, &operators::text(value));
            filled.insert(key, value);
        }
        filled
    }

    /// Any parameters with the paths in all their strings resolved.
    pub(super) fn fill_all(&mut self, action: &Action, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(action, text)),
            Value::Array(values) => values
                .iter()
                .map(|value| self.fill_all(action, value))
                .collect(),
            Value::Object(members) => {
                let mut filled = Map::new();
                for (key, value) in members {
                    filled.insert(key.clone(), self.fill_all(action, value));
                }
                Value::Object(filled)
            }
            other => other.clone(),
        }
    }

    /// The value that a path leads to.
    pub(super) fn resolve(&self, path: &Path) -> Option<Value> {
        super::namespaces::resolve(self, path)
    }
}

/// How many bytes attributes take up.
pub(super) fn size(attributes: &IndexMap<String, String>) -> usize {
    attributes
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum()
}
