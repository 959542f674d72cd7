//! The state of all services: each has a slice of its own and names it by its type.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::ser::{SerializeMap as _, Serializer};
use serde_json::Value;

/// What one service keeps.
pub trait Slice: Default + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name on disk, which no other slice has.
    const NAME: &str;
}

/// A [`Slice`] of a type that is not known here.
trait AnySlice: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
    fn to_json(&self) -> serde_json::Result<Value>;
    fn load(&mut self, json: Value) -> serde_json::Result<()>;
}

impl<S: Slice> AnySlice for S {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn to_json(&self) -> serde_json::Result<Value> {
        serde_json::to_value(self)
    }

    fn load(&mut self, json: Value) -> serde_json::Result<()> {
        *self = serde_json::from_value(json)?;
        Ok(())
    }
}

struct Held {
    slice: Box<dyn AnySlice>,
    changed: bool,
}

/// The slices, by name. One that is asked for must have been put in by [`State::with`].
#[derive(Default)]
pub struct State(BTreeMap<&'static str, Held>);

impl fmt::Debug for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is in a slice is nobody's to log: secrets, variables.
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl State {
    /// With an empty slice of a service.
    #[must_use]
    pub fn with<S: Slice>(mut self) -> Self {
        let held = Held {
            slice: Box::new(S::default()),
            changed: false,
        };
        self.0.insert(S::NAME, held);
        self
    }

    /// A slice.
    ///
    /// # Panics
    /// When the slice is not in the list of services: a mistake of the program, not of a state.
    #[expect(clippy::panic, reason = "every slice is in the one list of services")]
    pub fn of<S: Slice>(&self) -> &S {
        let held = self.0.get(S::NAME);
        match held.and_then(|held| held.slice.as_any().downcast_ref()) {
            Some(slice) => slice,
            None => panic!("the slice {} is in the list of services", S::NAME),
        }
    }

    /// A slice that is going to change: it is saved with the next flush.
    ///
    /// # Panics
    /// As [`State::of`].
    #[expect(clippy::panic, reason = "every slice is in the one list of services")]
    pub fn of_mut<S: Slice>(&mut self) -> &mut S {
        let slice = self.0.get_mut(S::NAME).and_then(|held| {
            held.changed = true;
            held.slice.as_any_mut().downcast_mut()
        });
        match slice {
            Some(slice) => slice,
            None => panic!("the slice {} is in the list of services", S::NAME),
        }
    }

    /// Whether a slice is going to change since [`State::saved`].
    pub fn is_changed(&self) -> bool {
        self.0.values().any(|held| held.changed)
    }

    /// Everything is on disk.
    pub fn saved(&mut self) {
        for held in self.0.values_mut() {
            held.changed = false;
        }
    }

    /// Reads what was saved. A slice that was not saved stays empty.
    ///
    /// # Errors
    /// A slice that is not known, or that cannot be read: its name and why.
    pub fn load(&mut self, saved: serde_json::Map<String, Value>) -> Result<(), String> {
        for (name, json) in saved {
            let held = self.0.get_mut(name.as_str());
            let held = held.ok_or_else(|| format!("the unknown part {name}"))?;
            let loaded = held.slice.load(json);
            loaded.map_err(|error| format!("in {name}: {error}"))?;
        }
        Ok(())
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, held) in &self.0 {
            let json = held.slice.to_json().map_err(serde::ser::Error::custom)?;
            map.serialize_entry(name, &json)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Numbers(Vec<u8>);

    impl Slice for Numbers {
        const NAME: &str = "numbers";
    }

    fn state() -> State {
        State::default().with::<Numbers>()
    }

    fn saved(state: &State) -> serde_json::Map<String, Value> {
        let json = serde_json::to_value(state).unwrap();
        json.as_object().unwrap().clone()
    }

    #[test]
    fn a_slice_that_is_only_read_is_not_changed() {
        let mut state = state();
        assert!(state.of::<Numbers>().0.is_empty());
        assert!(!state.is_changed());
        state.of_mut::<Numbers>().0.push(7);
        assert!(state.is_changed());
        state.saved();
        assert!(!state.is_changed());
        assert_eq!(state.of::<Numbers>().0, [7]);
    }

    #[test]
    fn what_is_saved_is_loaded_again() {
        let mut first = state();
        first.of_mut::<Numbers>().0.push(7);
        let mut second = state();
        second.load(saved(&first)).unwrap();
        assert_eq!(second.of::<Numbers>().0, [7]);
        assert!(!second.is_changed());
        assert_eq!(state().load(serde_json::Map::new()), Ok(()));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let error = State::default().load(saved(&state())).unwrap_err();
        assert_eq!(error, "the unknown part numbers");
    }
}
