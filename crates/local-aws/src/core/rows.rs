//! Values that are saved one by one: what a service has many of.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Values by key, read as a map. What is changed is remembered, so that a write saves what
/// it wrote, however many values there are.
#[derive(Debug, Clone)]
pub struct Rows<V> {
    values: BTreeMap<String, V>,
    changed: BTreeSet<String>,
}

impl<V> Default for Rows<V> {
    fn default() -> Self {
        Self {
            values: BTreeMap::new(),
            changed: BTreeSet::new(),
        }
    }
}

impl<V: PartialEq> PartialEq for Rows<V> {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl<V> Deref for Rows<V> {
    type Target = BTreeMap<String, V>;

    fn deref(&self) -> &Self::Target {
        &self.values
    }
}

impl<V> Rows<V> {
    /// A value that is going to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        let value = self.values.get_mut(key)?;
        self.changed.insert(key.to_owned());
        Some(value)
    }

    /// Puts a value in place of the one that is there.
    pub fn insert(&mut self, key: String, value: V) {
        self.changed.insert(key.clone());
        self.values.insert(key, value);
    }

    /// Puts a value in place of the one that is there, and gives it to be changed on.
    pub fn put(&mut self, key: String, value: V) -> &mut V {
        self.changed.insert(key.clone());
        match self.values.entry(key) {
            Entry::Occupied(mut there) => {
                there.insert(value);
                there.into_mut()
            }
            Entry::Vacant(place) => place.insert(value),
        }
    }

    /// Puts a value behind the last. The keys of rows that are only ever pushed to are
    /// numbers, in the order in which their values came.
    pub fn push(&mut self, value: V) {
        let last = self.values.last_key_value();
        let next = last.and_then(|(key, _)| key.parse::<u64>().ok());
        let next = next.map_or(0, |last| last + 1);
        self.insert(format!("{next:020}"), value);
    }

    /// Takes a value away.
    pub fn remove(&mut self, key: &str) -> Option<V> {
        let value = self.values.remove(key)?;
        self.changed.insert(key.to_owned());
        Some(value)
    }

    /// A value that is going to change, made when it is not there.
    pub fn get_or_default(&mut self, key: &str) -> &mut V
    where
        V: Default,
    {
        self.changed.insert(key.to_owned());
        self.values.entry(key.to_owned()).or_default()
    }

    /// Puts in many values.
    pub fn extend(&mut self, values: impl IntoIterator<Item = (String, V)>) {
        for (key, value) in values {
            self.insert(key, value);
        }
    }

    /// Takes away what is not to be kept.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &V) -> bool) {
        let changed = &mut self.changed;
        self.values.retain(|key, value| {
            let kept = keep(key, value);
            if !kept {
                changed.insert(key.clone());
            }
            kept
        });
    }
}

/// A key and the JSON of its value; `None`: it was taken away.
pub type Change = (String, Option<String>);

/// [`Rows`] of values of a type that is not known here.
pub trait AnyRows {
    /// What changed since [`AnyRows::saved`].
    ///
    /// # Errors
    /// A value that is no JSON.
    fn changes(&self) -> serde_json::Result<Vec<Change>>;

    /// What changed is on disk.
    fn saved(&mut self);

    /// Takes a value from the disk.
    ///
    /// # Errors
    /// JSON of another shape.
    fn load(&mut self, key: &str, json: &str) -> serde_json::Result<()>;
}

impl<V: Serialize + DeserializeOwned> AnyRows for Rows<V> {
    fn changes(&self) -> serde_json::Result<Vec<Change>> {
        let json = |key: &String| self.values.get(key).map(serde_json::to_string).transpose();
        self.changed
            .iter()
            .map(|key| Ok((key.clone(), json(key)?)))
            .collect()
    }

    fn saved(&mut self) {
        self.changed.clear();
    }

    fn load(&mut self, key: &str, json: &str) -> serde_json::Result<()> {
        let value = serde_json::from_str(json)?;
        self.values.insert(key.to_owned(), value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows<Vec<u8>> {
        let mut rows = Rows::default();
        for key in ["a", "b", "c"] {
            rows.load(key, "[1]").unwrap();
        }
        rows
    }

    #[test]
    fn what_is_read_is_no_change() {
        let rows = rows();
        assert_eq!(rows.get("a"), Some(&vec![1]));
        assert_eq!(rows.keys().count(), 3);
        assert_eq!(rows.changes().unwrap(), []);
    }

    #[test]
    fn every_way_to_change_is_remembered_until_it_is_saved() {
        let mut rows = rows();
        rows.get_mut("a").unwrap().push(2);
        assert!(rows.get_mut("none").is_none());
        assert!(rows.remove("none").is_none());
        rows.remove("b").unwrap();
        rows.get_or_default("d").push(4);
        rows.insert("e".to_owned(), vec![5]);
        rows.put("f".to_owned(), vec![6]).push(7);
        rows.retain(|key, _| key != "c");
        let json = |json: &str| Some(json.to_owned());
        let wanted = [
            ("a", json("[1,2]")),
            ("b", None),
            ("c", None),
            ("d", json("[4]")),
            ("e", json("[5]")),
            ("f", json("[6,7]")),
        ];
        let wanted: Vec<Change> = wanted.map(|(key, json)| (key.to_owned(), json)).into();
        assert_eq!(rows.changes().unwrap(), wanted);
        rows.saved();
        assert_eq!(rows.changes().unwrap(), []);
    }

    #[test]
    fn what_is_pushed_stays_in_order_also_after_a_load() {
        let mut rows = Rows::default();
        for number in 0..11 {
            rows.push(number);
        }
        let mut again = Rows::default();
        for (key, json) in rows.changes().unwrap() {
            again.load(&key, &json.unwrap()).unwrap();
        }
        again.push(11);
        assert!(again.values().copied().eq(0..12));
        assert_eq!(again.changes().unwrap().len(), 1);
    }
}
