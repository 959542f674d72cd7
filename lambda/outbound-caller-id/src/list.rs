//! The country routing list: which number to show to customers of which country.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::country::Country;
use crate::number::{self, Number};

/// The key of the number for all other countries.
pub const DEFAULT_KEY: &str = "Default";

/// The text is no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// It is no JSON.
    #[error("it is no JSON: {0}")]
    Json(String),
    /// It is JSON of another kind.
    #[error("it is no JSON object")]
    NoObject,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The number to show. Whether the numbering plans know its range does not count: an instance
    /// may have a number of a range that is younger than they are here.
    Number(Number),
    /// What is written there is no number in E.164.
    Invalid,
}

/// The list, as far as it can be used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoutingList {
    countries: BTreeMap<Country, Entry>,
    default: Option<Entry>,
}

impl RoutingList {
    /// Reads a JSON object of numbers by country. Keys are read in any case, the later of two that
    /// are the same then counts; keys that are neither a country nor [`DEFAULT_KEY`], such as
    /// `$schema`, say nothing.
    ///
    /// # Errors
    ///
    /// [`ListError`] when it is no JSON object. Entries that are no numbers are kept as such.
    pub fn read(bytes: &[u8]) -> Result<Self, ListError> {
        // A byte order mark is what some editors begin a file with.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let value: Value =
            serde_json::from_slice(bytes).map_err(|error| ListError::Json(error.to_string()))?;
        let object = value.as_object().ok_or(ListError::NoObject)?;
        let mut list = Self::default();
        for (key, value) in object {
            let key = key.trim();
            if let Some(country) = Country::read(key) {
                list.countries.insert(country, entry(value));
            } else if key.eq_ignore_ascii_case(DEFAULT_KEY) {
                list.default = Some(entry(value));
            }
        }
        Ok(list)
    }

    /// The entry of a country.
    #[must_use]
    pub fn country(&self, country: Country) -> Option<&Entry> {
        self.countries.get(&country)
    }

    /// The entry for all other countries.
    #[must_use]
    pub fn otherwise(&self) -> Option<&Entry> {
        self.default.as_ref()
    }

    /// The keys of the entries that cannot be used.
    #[must_use]
    pub fn invalid(&self) -> Vec<String> {
        let mut keys: Vec<String> = self
            .countries
            .iter()
            .filter(|(_, entry)| **entry == Entry::Invalid)
            .map(|(country, _)| country.to_string())
            .collect();
        keys.extend((self.default == Some(Entry::Invalid)).then(|| DEFAULT_KEY.to_owned()));
        keys
    }

    /// The keys of the entries with numbers of ranges that the numbering plans do not know. They are used
    /// all the same.
    #[must_use]
    pub fn unknown_ranges(&self) -> Vec<String> {
        let is_unknown = |entry: &Entry| matches!(entry, Entry::Number(number) if !number.exists);
        let countries = self.countries.iter();
        let countries = countries.filter(|(_, entry)| is_unknown(entry));
        let mut keys: Vec<String> = countries.map(|(country, _)| country.to_string()).collect();
        let default = self.default.as_ref().is_some_and(is_unknown);
        keys.extend(default.then(|| DEFAULT_KEY.to_owned()));
        keys
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.countries.len() + usize::from(self.default.is_some())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn entry(value: &Value) -> Entry {
    match value.as_str().map(number::read) {
        Some(Ok(number)) if number.is_whole() => Entry::Number(number),
        _ => Entry::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> RoutingList {
        RoutingList::read(text.as_bytes()).unwrap()
    }

    fn shown(entry: Option<&Entry>) -> &str {
        match entry {
            None => "none",
            Some(Entry::Invalid) => "invalid",
            Some(Entry::Number(number)) => &number.e164,
        }
    }

    #[test]
    fn keys_are_read_in_any_case() {
        let list = read(
            r#"{"us": "+12125550100", "Ca": "+1 416 555 0100", "GB": "+442079460100", "DEFAULT": "+18005550100"}"#,
        );
        let country = |code: &str| shown(list.country(Country::read(code).unwrap())).to_owned();
        assert_eq!(country("US"), "+12125550100");
        assert_eq!(country("CA"), "+14165550100");
        assert_eq!(country("GB"), "+442079460100");
        assert_eq!(country("JE"), "none");
        assert_eq!(shown(list.otherwise()), "+18005550100");
        assert_eq!(list.invalid(), [""; 0]);
    }

    #[test]
    fn the_later_of_two_counts() {
        let list = read(r#"{"us": "+12125550100", "US": "+12125550101"}"#);
        let us = Country::read("US").unwrap();
        assert_eq!(shown(list.country(us)), "+12125550101");
        assert_eq!(list.len(), 1);
    }

    #[test]
    fn entries_that_are_no_numbers_spoil_nothing_else() {
        let list = read(
            r#"{"$schema": "./x.json", "US": "12125550100", "CA": null, "MX": 525512345678, "DE": "+49",
                "FR": "+3319900", "GB": "+442079460100", "Default": {}}"#,
        );
        assert_eq!(list.invalid(), ["CA", "DE", "MX", "US", "Default"]);
        assert_eq!(list.unknown_ranges(), ["FR"]);
        assert_eq!(
            shown(list.country(Country::read("FR").unwrap())),
            "+3319900"
        );
        assert_eq!(
            shown(list.country(Country::read("GB").unwrap())),
            "+442079460100"
        );
    }

    #[test]
    fn what_is_no_list_says_why() {
        for text in ["", "{", "{\"US\": }", "\u{0}"] {
            assert!(
                matches!(RoutingList::read(text.as_bytes()), Err(ListError::Json(_))),
                "{text}"
            );
        }
        for text in ["[]", "null", "3", "\"+12125550100\""] {
            assert_eq!(RoutingList::read(text.as_bytes()), Err(ListError::NoObject));
        }
        assert!(read("\u{feff}{}").is_empty());
    }
}
