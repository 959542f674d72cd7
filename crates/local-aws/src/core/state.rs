//! The state of all services: each has a slice of its own and names it by its type.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::rows::AnyRows;

/// What one service keeps.
pub trait Slice: Default + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name on disk, which no other slice has.
    const NAME: &str;

    /// What it has many of: collections that are saved row by row and that serde skips, each
    /// with a name that no other collection of this slice ever has.
    fn collections(&mut self) -> Vec<(String, &mut dyn AnyRows)> {
        Vec::new()
    }
}

/// A [`Slice`] of a type that is not known here.
trait AnySlice: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
    fn to_json(&self) -> serde_json::Result<String>;
    fn load(&mut self, json: &str) -> serde_json::Result<()>;
    fn rows(&mut self) -> Vec<(String, &mut dyn AnyRows)>;
}

impl<S: Slice> AnySlice for S {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    fn load(&mut self, json: &str) -> serde_json::Result<()> {
        *self = serde_json::from_str(json)?;
        Ok(())
    }

    fn rows(&mut self) -> Vec<(String, &mut dyn AnyRows)> {
        self.collections()
    }
}

struct Held {
    slice: Box<dyn AnySlice>,
    changed: bool,
    /// The collections that may have rows on disk.
    on_disk: BTreeSet<String>,
}

/// What a save writes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Slices by name, as JSON without their collections.
    pub slices: Vec<(&'static str, String)>,
    /// Collections, with their slice, that are no more.
    pub gone: Vec<(&'static str, String)>,
    /// Values of collections.
    pub rows: Vec<ChangedRow>,
}

/// A value of a collection that is to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRow {
    /// The slice's name.
    pub slice: &'static str,
    /// The collection's name.
    pub collection: String,
    /// The value's key.
    pub key: String,
    /// The value; `None`: it was taken away.
    pub json: Option<String>,
}

/// What was saved.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Slices by name, as JSON without their collections.
    pub slices: Vec<(String, String)>,
    /// Values of collections.
    pub rows: Vec<SavedRow>,
}

/// A value of a collection that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedRow {
    /// The slice's name.
    pub slice: String,
    /// The collection's name.
    pub collection: String,
    /// The value's key.
    pub key: String,
    /// The value.
    pub json: String,
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
            on_disk: BTreeSet::new(),
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

    /// What is to be saved: the slices that changed since [`State::saved`].
    ///
    /// # Errors
    /// A value that is no JSON.
    pub fn changes(&mut self) -> serde_json::Result<Changes> {
        let mut changes = Changes::default();
        for (&slice, held) in self.0.iter_mut().filter(|(_, held)| held.changed) {
            changes.slices.push((slice, held.slice.to_json()?));
            let mut gone = held.on_disk.clone();
            for (collection, rows) in held.slice.rows() {
                gone.remove(&collection);
                for (key, json) in rows.changes()? {
                    let collection = collection.clone();
                    changes.rows.push(ChangedRow {
                        slice,
                        collection,
                        key,
                        json,
                    });
                }
            }
            changes
                .gone
                .extend(gone.into_iter().map(|name| (slice, name)));
        }
        Ok(changes)
    }

    /// What changed is on disk.
    pub fn saved(&mut self) {
        for held in self.0.values_mut().filter(|held| held.changed) {
            held.changed = false;
            held.on_disk.clear();
            for (collection, rows) in held.slice.rows() {
                rows.saved();
                held.on_disk.insert(collection);
            }
        }
    }

    /// Reads what was saved. A slice that was not saved stays empty.
    ///
    /// # Errors
    /// A slice or a collection that is not known, or that cannot be read: its name and why.
    pub fn load(&mut self, saved: Saved) -> Result<(), String> {
        for (name, json) in saved.slices {
            let held = self.0.get_mut(name.as_str());
            let held = held.ok_or_else(|| format!("the unknown part {name}"))?;
            let loaded = held.slice.load(&json);
            loaded.map_err(|error| format!("in {name}: {error}"))?;
        }
        let mut rows: BTreeMap<(String, String), Vec<(String, String)>> = BTreeMap::new();
        for row in saved.rows {
            let collection = rows.entry((row.slice, row.collection)).or_default();
            collection.push((row.key, row.json));
        }
        for (&slice, held) in &mut self.0 {
            for (collection, values) in held.slice.rows() {
                let found = rows.remove(&(slice.to_owned(), collection.clone()));
                for (key, json) in found.into_iter().flatten() {
                    let loaded = values.load(&key, &json);
                    loaded.map_err(|error| format!("in {slice} {collection} {key}: {error}"))?;
                }
                held.on_disk.insert(collection);
            }
        }
        match rows.into_keys().next() {
            Some((slice, collection)) => Err(format!("the unknown part {slice} {collection}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::core::rows::Rows;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Shelves {
        named: BTreeMap<String, Shelf>,
    }

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Shelf {
        #[serde(skip)]
        books: Rows<u8>,
    }

    impl Slice for Shelves {
        const NAME: &str = "shelves";

        fn collections(&mut self) -> Vec<(String, &mut dyn AnyRows)> {
            let shelves = self.named.iter_mut();
            shelves
                .map(|(name, shelf)| (name.clone(), &mut shelf.books as &mut dyn AnyRows))
                .collect()
        }
    }

    fn state() -> State {
        State::default().with::<Shelves>()
    }

    fn put(state: &mut State, shelf: &str, book: &str, pages: u8) {
        let shelves = &mut state.of_mut::<Shelves>().named;
        let shelf = shelves.entry(shelf.to_owned()).or_default();
        shelf.books.insert(book.to_owned(), pages);
    }

    /// As the store does it.
    fn save(state: &mut State, saved: &mut Saved) {
        let changes = state.changes().unwrap();
        for (name, json) in changes.slices {
            saved.slices.retain(|(known, _)| known != name);
            saved.slices.push((name.to_owned(), json));
        }
        for (slice, collection) in &changes.gone {
            let of = |row: &SavedRow| row.slice == *slice && row.collection == *collection;
            saved.rows.retain(|row| !of(row));
        }
        for row in changes.rows {
            let is = |saved: &SavedRow| saved.collection == row.collection && saved.key == row.key;
            saved.rows.retain(|saved| !is(saved));
            if let Some(json) = row.json {
                saved.rows.push(SavedRow {
                    slice: row.slice.to_owned(),
                    collection: row.collection,
                    key: row.key,
                    json,
                });
            }
        }
        state.saved();
    }

    #[test]
    fn a_slice_that_is_only_read_is_not_changed() {
        let mut state = state();
        assert!(state.of::<Shelves>().named.is_empty());
        assert!(!state.is_changed());
        put(&mut state, "a", "one", 1);
        assert!(state.is_changed());
        state.saved();
        assert!(!state.is_changed());
        assert_eq!(state.of::<Shelves>().named.len(), 1);
    }

    #[test]
    fn a_save_writes_what_changed_and_nothing_else() {
        let mut state = state();
        for book in 0..100 {
            put(&mut state, "a", &format!("{book}"), book);
        }
        state.saved();
        assert_eq!(state.changes().unwrap(), Changes::default());
        put(&mut state, "a", "7", 70);
        let changes = state.changes().unwrap();
        assert_eq!(changes.slices.len(), 1);
        let row = ChangedRow {
            slice: "shelves",
            collection: "a".to_owned(),
            key: "7".to_owned(),
            json: Some("70".to_owned()),
        };
        assert_eq!(changes.rows, [row]);
        assert_eq!(
            state.changes().unwrap(),
            changes,
            "a save that failed is repeated"
        );
    }

    #[test]
    fn what_is_saved_is_loaded_again() {
        let (mut first, mut saved) = (state(), Saved::default());
        put(&mut first, "a", "one", 1);
        put(&mut first, "b", "two", 2);
        save(&mut first, &mut saved);
        put(&mut first, "a", "one", 3);
        first.of_mut::<Shelves>().named.remove("b");
        save(&mut first, &mut saved);
        let mut second = state();
        second.load(saved).unwrap();
        assert_eq!(second.of::<Shelves>(), first.of::<Shelves>());
        assert_eq!(second.of::<Shelves>().named["a"].books["one"], 3);
        assert!(!second.is_changed());
    }

    #[test]
    fn a_collection_that_goes_after_a_load_goes_on_disk_too() {
        let (mut first, mut saved) = (state(), Saved::default());
        put(&mut first, "a", "one", 1);
        save(&mut first, &mut saved);
        let mut second = state();
        second.load(saved.clone()).unwrap();
        second.of_mut::<Shelves>().named.clear();
        save(&mut second, &mut saved);
        assert_eq!(saved.rows, []);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let (mut first, mut saved) = (state(), Saved::default());
        put(&mut first, "a", "one", 1);
        save(&mut first, &mut saved);
        let error = State::default().load(saved.clone()).unwrap_err();
        assert_eq!(error, "the unknown part shelves");
        saved.slices.clear();
        let error = state().load(saved).unwrap_err();
        assert_eq!(error, "the unknown part shelves a");
    }
}
