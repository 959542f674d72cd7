//! Pages of keys and versions. Pure.

use super::state::{Bucket, Version};

/// What a page starts behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Start {
    /// The beginning.
    #[default]
    Beginning,
    /// Everything up to and with this key or common prefix, with all keys of the prefix.
    After(String),
    /// This version of this key.
    AfterVersion(String, String),
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Keys start so.
    pub prefix: String,
    /// Keys that have it behind the prefix are told as common prefixes.
    pub delimiter: String,
    /// Where the page starts.
    pub start: Start,
    /// How many keys and common prefixes at most.
    pub limit: usize,
}

impl Wanted {
    /// The common prefix that a key is told as; `rest` is the key behind the prefix.
    fn common_prefix<'a>(&self, key: &'a str, rest: &str) -> Option<&'a str> {
        if self.delimiter.is_empty() {
            return None;
        }
        let at = rest.find(self.delimiter.as_str())?;
        key.get(..self.prefix.len() + at + self.delimiter.len())
    }
}

/// A page.
#[derive(Debug, Default, PartialEq)]
pub struct Page<'a> {
    /// The keys, or the versions of keys, in order.
    pub items: Vec<(&'a str, &'a Version, bool)>,
    /// The common prefixes, in order.
    pub prefixes: Vec<String>,
    /// Where the next page starts behind, when there is one: the last key or common
    /// prefix, and the version's id unless it was a prefix.
    pub next: Option<(String, Option<String>)>,
}

/// The current objects of a bucket.
pub fn objects<'a>(bucket: &'a Bucket, wanted: &Wanted) -> Page<'a> {
    let current = bucket.objects.iter().filter_map(|(key, versions)| {
        let version = versions.last()?;
        version.object.as_ref()?;
        Some((key.as_str(), version, true))
    });
    page(current, wanted)
}

/// All versions and delete markers of a bucket, the newest of a key first. The third of
/// each says whether it is the latest.
pub fn versions<'a>(bucket: &'a Bucket, wanted: &Wanted) -> Page<'a> {
    let all = bucket.objects.iter().flat_map(|(key, versions)| {
        let count = versions.len();
        let numbered = versions.iter().enumerate().rev();
        numbered.map(move |(number, version)| (key.as_str(), version, number + 1 == count))
    });
    page(all, wanted)
}

fn page<'a>(
    items: impl Iterator<Item = (&'a str, &'a Version, bool)>,
    wanted: &Wanted,
) -> Page<'a> {
    let mut page = Page::default();
    if wanted.limit == 0 {
        return page;
    }
    let mut last = None;
    // Behind the version of the marker within its key; a marker that is gone is as if it
    // were the last of its key.
    let mut behind_marker = false;
    for (key, version, latest) in items {
        let Some(rest) = key.strip_prefix(wanted.prefix.as_str()) else {
            continue;
        };
        let prefix = wanted.common_prefix(key, rest);
        match &wanted.start {
            Start::Beginning => {}
            Start::After(marker) if key <= marker.as_str() || (prefix == Some(marker.as_str())) => {
                continue;
            }
            Start::After(_) => {}
            Start::AfterVersion(marker, id) => {
                if key < marker.as_str() {
                    continue;
                }
                if key == marker.as_str() && !behind_marker {
                    behind_marker = version.id == *id;
                    continue;
                }
            }
        }
        if prefix.is_some() && page.prefixes.last().map(String::as_str) == prefix {
            continue;
        }
        if page.items.len() + page.prefixes.len() == wanted.limit {
            page.next = last;
            return page;
        }
        match prefix {
            Some(prefix) => {
                page.prefixes.push(prefix.to_owned());
                last = Some((prefix.to_owned(), None));
            }
            None => {
                page.items.push((key, version, latest));
                last = Some((key.to_owned(), Some(version.id.clone())));
            }
        }
    }
    page
}

/// A key as `encoding-type=url` has it: like a form, but slashes stay.
pub fn url_encoded(text: &str) -> String {
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    encoded.replace("%2F", "/")
}

#[cfg(test)]
mod tests {
    use super::super::state::Versioning;
    use super::super::versions as write;
    use super::super::versions::tests::object;
    use super::*;
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn bucket(keys: &[&str]) -> Bucket {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let mut bucket = Bucket::new("b", "f".to_owned(), now);
        bucket.versioning = Some(Versioning::Enabled);
        for (number, key) in keys.iter().enumerate() {
            let id = format!("v{number}");
            if let Some(key) = key.strip_prefix('-') {
                write::delete(&mut bucket, key, None, id, now);
            } else {
                write::put(&mut bucket, key, object(&id), id.clone(), now);
            }
        }
        bucket
    }

    fn told(page: &Page<'_>) -> (Vec<String>, Vec<String>) {
        let items = page.items.iter();
        (
            items
                .map(|(key, version, _)| format!("{key}@{}", version.id))
                .collect(),
            page.prefixes.clone(),
        )
    }

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn prefixes_and_delimiters() {
        let bucket = bucket(&["a", "b/1", "b/2", "b/c/3", "d", "-d", "e/"]);
        let list = |prefix: &str, delimiter: &str| {
            let wanted = Wanted {
                prefix: prefix.to_owned(),
                delimiter: delimiter.to_owned(),
                limit: 100,
                ..Wanted::default()
            };
            told(&objects(&bucket, &wanted))
        };
        let all = ["a@v0", "b/1@v1", "b/2@v2", "b/c/3@v3", "e/@v6"];
        assert_eq!(list("", ""), (strings(&all), vec![]));
        assert_eq!(list("", "/"), (strings(&["a@v0"]), strings(&["b/", "e/"])));
        assert_eq!(
            list("b/", "/"),
            (strings(&["b/1@v1", "b/2@v2"]), strings(&["b/c/"]))
        );
        assert_eq!(list("e/", "/"), (strings(&["e/@v6"]), vec![]));
        assert_eq!(list("x", ""), (vec![], vec![]));
    }

    #[test]
    fn versions_are_told_newest_first_with_their_markers() {
        let bucket = bucket(&["a", "b", "a", "-a"]);
        let wanted = Wanted {
            limit: 100,
            ..Wanted::default()
        };
        let page = versions(&bucket, &wanted);
        let told: Vec<(&str, &str, bool, bool)> = page
            .items
            .iter()
            .map(|(key, version, latest)| {
                (*key, version.id.as_str(), version.object.is_none(), *latest)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("a", "v3", true, true),
                ("a", "v2", false, false),
                ("a", "v0", false, false),
                ("b", "v1", false, true),
            ]
        );
    }

    #[test]
    fn keys_are_encoded_as_in_forms() {
        assert_eq!(url_encoded("a b/ü+&.txt"), "a+b/%C3%BC%2B%26.txt");
    }

    proptest! {
        /// Pages put together are the list in one piece, whatever the page's size.
        #[test]
        fn pages_lose_and_repeat_nothing(
            keys in prop::collection::vec("-?[ab/]{1,4}", 0..25),
            prefix in "[ab]{0,2}",
            delimiter in "/?",
            limit in 1..5_usize,
        ) {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let bucket = bucket(&keys);
            let mut wanted = Wanted { prefix, delimiter, start: Start::Beginning, limit: 1000 };
            let whole_objects = told(&objects(&bucket, &wanted));
            let whole_versions = told(&versions(&bucket, &wanted));
            wanted.limit = limit;
            let mut paged = (Vec::new(), Vec::new());
            loop {
                let page = objects(&bucket, &wanted);
                let (items, prefixes) = told(&page);
                prop_assert!(items.len() + prefixes.len() <= limit);
                paged.0.extend(items);
                paged.1.extend(prefixes);
                match page.next {
                    Some((key, _)) => wanted.start = Start::After(key),
                    None => break,
                }
            }
            prop_assert_eq!(paged, whole_objects);
            let mut paged = (Vec::new(), Vec::new());
            wanted.start = Start::Beginning;
            loop {
                let page = versions(&bucket, &wanted);
                let (items, prefixes) = told(&page);
                paged.0.extend(items);
                paged.1.extend(prefixes);
                match page.next {
                    Some((key, Some(id))) => wanted.start = Start::AfterVersion(key, id),
                    Some((prefix, None)) => wanted.start = Start::After(prefix),
                    None => break,
                }
            }
            prop_assert_eq!(paged, whole_versions);
        }
    }
}
