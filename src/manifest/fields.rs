//! Maps with known keys, read to the end: what is wrong is kept with its place, and the
//! rest is read all the same, so that everything wrong is told at once. Pure.

use std::ops::Range;
use std::path::PathBuf;

use indexmap::IndexMap;

use super::tree::{Entry, Node, Plain, Shape};
use crate::engine::nearest::nearest;

/// Something wrong at a place of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where, in bytes.
    pub at: Range<usize>,
    /// What.
    pub message: String,
    /// What to do; empty when there is nothing to say.
    pub help: String,
}

impl Fault {
    fn new(at: &Range<usize>, message: String) -> Self {
        Self {
            at: at.clone(),
            message,
            help: String::new(),
        }
    }
}

/// What is made of a map with known keys.
pub trait Record: Sized {
    /// Reads all keys there may be; `None` when it cannot be made, which a fault says.
    fn read(fields: &mut Fields<'_>) -> Option<Self>;
}

/// What is made of a scalar.
pub trait Scalar: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong, and what to do.
    fn read(text: &str, plain: Plain) -> Result<Self, (String, String)>;
}

/// Reads a document.
pub fn read<T: Record>(node: &Node) -> (Option<T>, Vec<Fault>) {
    record(node, first_key(node), String::new())
}

fn first_key(node: &Node) -> Range<usize> {
    match &node.shape {
        Shape::Map(entries) if !entries.is_empty() => entries[0].span.clone(),
        _ => node.span.clone(),
    }
}

fn record<T: Record>(node: &Node, place: Range<usize>, path: String) -> (Option<T>, Vec<Fault>) {
    let mut faults = Vec::new();
    let entries = entries(node, &path, &mut faults);
    let is_map = faults.is_empty();
    let mut fields = Fields {
        place,
        path,
        entries,
        known: Vec::new(),
        missing: Vec::new(),
        faults,
    };
    let value = T::read(&mut fields);
    if !is_map {
        // What is no map lacks every key; that it is none says it all.
        fields.missing.clear();
    }
    (value, fields.finish())
}

/// The entries of a map; nothing behind a key is an empty one.
fn entries<'a>(node: &'a Node, path: &str, faults: &mut Vec<Fault>) -> &'a [Entry] {
    check_tag(node, faults);
    match &node.shape {
        Shape::Map(entries) => entries,
        Shape::Scalar { .. } if node.plain() == Some(Plain::Null) => &[],
        shape => {
            let place = if path.is_empty() {
                "a manifest".to_owned()
            } else {
                path.to_owned()
            };
            let message = format!("{place} is a map of keys and values, not {}", word(shape));
            faults.push(Fault::new(&node.span, message));
            &[]
        }
    }
}

fn word(shape: &Shape) -> &'static str {
    match shape {
        Shape::Scalar { .. } => "a plain value",
        Shape::List(_) => "a list",
        Shape::Map(_) => "a map",
    }
}

fn check_tag(node: &Node, faults: &mut Vec<Fault>) {
    if let Some(tag) = node.tag.as_deref().filter(|tag| *tag != "!!str") {
        faults.push(Fault {
            at: node.span.clone(),
            message: format!("the tag `{tag}` says nothing here"),
            help: "a manifest names things by refs: `${stack.NAME.OUTPUT}`".to_owned(),
        });
    }
}

/// The keys of one map.
pub struct Fields<'a> {
    /// Where to tell what is missing.
    place: Range<usize>,
    /// The keys that lead here, with dots between.
    path: String,
    entries: &'a [Entry],
    known: Vec<&'static str>,
    missing: Vec<&'static str>,
    faults: Vec<Fault>,
}

impl<'a> Fields<'a> {
    /// The value of a key, whatever it is; nothing behind a key is no value.
    pub fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.push(key);
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        (entry.value.plain() != Some(Plain::Null)).then_some(&entry.value)
    }

    /// Whether something stands behind a key; asks for nothing.
    pub fn has(&self, key: &str) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.key == key && entry.value.plain() != Some(Plain::Null))
    }

    /// A value that may be left out; also `None` when it is wrong.
    pub fn optional<T: Scalar>(&mut self, key: &'static str) -> Option<T> {
        let node = self.node(key)?;
        let path = self.path_of(key);
        scalar(node, &path, &mut self.faults)
    }

    /// A value that must be there.
    pub fn required<T: Scalar>(&mut self, key: &'static str) -> Option<T> {
        if self.node(key).is_none() {
            self.missing.push(key);
        }
        self.known.pop();
        self.optional(key)
    }

    /// A list of values; those that are wrong are left out.
    pub fn list<T: Scalar>(&mut self, key: &'static str) -> Option<Vec<T>> {
        let node = self.node(key)?;
        let path = self.path_of(key);
        check_tag(node, &mut self.faults);
        let Shape::List(nodes) = &node.shape else {
            let message = format!("{path} is a list, not {}", word(&node.shape));
            self.faults.push(Fault::new(&node.span, message));
            return None;
        };
        let read = nodes
            .iter()
            .filter_map(|node| scalar(node, &path, &mut self.faults));
        Some(read.collect())
    }

    /// Values by names of the user's own; those that are wrong are left out.
    pub fn scalars<T: Scalar>(&mut self, key: &'static str) -> IndexMap<String, T> {
        self.named(key, |entry, path, faults| {
            scalar(&entry.value, &path, faults)
        })
    }

    /// Records by names of the user's own; those that cannot be made are left out.
    pub fn records<T: Record>(&mut self, key: &'static str) -> IndexMap<String, T> {
        self.named(key, |entry, path, faults| {
            let (value, found) = record(&entry.value, entry.span.clone(), path);
            faults.extend(found);
            value
        })
    }

    /// As [`Fields::records`], where there must be some.
    pub fn required_records<T: Record>(&mut self, key: &'static str) -> IndexMap<String, T> {
        if self.node(key).is_none() {
            self.missing.push(key);
        }
        self.known.pop();
        self.records(key)
    }

    fn named<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&'a Entry, String, &mut Vec<Fault>) -> Option<T>,
    ) -> IndexMap<String, T> {
        let Some(node) = self.node(key) else {
            return IndexMap::new();
        };
        let path = self.path_of(key);
        entries(node, &path, &mut self.faults)
            .iter()
            .filter_map(|entry| {
                let path = format!("{path}.{}", entry.key);
                Some((entry.key.clone(), read(entry, path, &mut self.faults)?))
            })
            .collect()
    }

    fn path_of(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        }
    }

    /// What is wrong: also every key that nobody asked for, and those that are missing.
    fn finish(mut self) -> Vec<Fault> {
        for entry in self.entries {
            if self.known.contains(&entry.key.as_str()) {
                continue;
            }
            let place = match self.path.as_str() {
                "" => String::new(),
                path => format!(" in {path}"),
            };
            let near = nearest(&entry.key, self.known.iter().copied());
            // The key that is meant is not missing besides.
            self.missing.retain(|missing| Some(*missing) != near);
            self.faults.push(Fault {
                at: entry.span.clone(),
                message: format!("unknown key `{}`{place}", entry.key),
                help: did_you_mean(near, &self.known),
            });
        }
        for key in &self.missing {
            let message = match self.path.as_str() {
                "" => format!("the manifest needs the key `{key}`"),
                path => format!("{path} needs the key `{key}`"),
            };
            self.faults.push(Fault::new(&self.place, message));
        }
        self.faults
    }
}

fn did_you_mean(near: Option<&str>, known: &[&str]) -> String {
    match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", known.join(", ")),
    }
}

fn scalar<T: Scalar>(node: &Node, path: &str, faults: &mut Vec<Fault>) -> Option<T> {
    let before = faults.len();
    check_tag(node, faults);
    if faults.len() > before {
        return None;
    }
    let (message, help) = match (node.text(), node.plain()) {
        (Some(_), Some(Plain::Null)) => (
            format!("{path} is empty"),
            "an empty text is written \"\"".to_owned(),
        ),
        (Some(text), Some(plain)) => match T::read(text, plain) {
            Ok(value) => return Some(value),
            Err((message, help)) => (format!("{path}: {message}"), help),
        },
        _ => (
            format!("{path} is one plain value, not {}", word(&node.shape)),
            String::new(),
        ),
    };
    faults.push(Fault {
        at: node.span.clone(),
        message,
        help,
    });
    None
}

/// One of a few words.
///
/// # Errors
/// That it is none of them, with the nearest one.
pub fn one_of<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, (String, String)> {
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let near = nearest(text, known.iter().copied());
    Err((
        format!("`{text}` is none of them"),
        did_you_mean(near, &known),
    ))
}

/// As it is written, letter by letter: `1.10`, `NO` and `+1800` are texts here.
impl Scalar for String {
    fn read(text: &str, _: Plain) -> Result<Self, (String, String)> {
        Ok(text.to_owned())
    }
}

impl Scalar for PathBuf {
    fn read(text: &str, _: Plain) -> Result<Self, (String, String)> {
        Ok(Self::from(text))
    }
}

impl Scalar for bool {
    fn read(text: &str, plain: Plain) -> Result<Self, (String, String)> {
        match plain {
            Plain::Bool(flag) => Ok(flag),
            _ => Err((
                format!("`{text}` is no boolean"),
                "true or false".to_owned(),
            )),
        }
    }
}

impl Scalar for u32 {
    fn read(text: &str, plain: Plain) -> Result<Self, (String, String)> {
        let number = (plain == Plain::Number).then(|| text.parse().ok());
        number
            .flatten()
            .ok_or_else(|| (format!("`{text}` is no whole number"), String::new()))
    }
}

impl Scalar for f64 {
    fn read(text: &str, plain: Plain) -> Result<Self, (String, String)> {
        let number = (plain == Plain::Number).then(|| text.parse().ok());
        number
            .flatten()
            .ok_or_else(|| (format!("`{text}` is no number"), String::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::read_yaml;
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Page {
        title: String,
        size: u32,
        hidden: bool,
        words: IndexMap<String, String>,
    }

    impl Record for Page {
        fn read(fields: &mut Fields<'_>) -> Option<Self> {
            let title = fields.required("title");
            let size = fields.optional("size").unwrap_or(7);
            let hidden = fields.optional("hidden").unwrap_or_default();
            let words = fields.scalars("words");
            Some(Self {
                title: title?,
                size,
                hidden,
                words,
            })
        }
    }

    struct Book(IndexMap<String, Page>);

    impl Record for Book {
        fn read(fields: &mut Fields<'_>) -> Option<Self> {
            Some(Self(fields.required_records("pages")))
        }
    }

    /// Each place as it is written, with what is said of it.
    fn faults(text: &str) -> Vec<(String, String)> {
        let (_, faults) = read::<Book>(&read_yaml(text).unwrap());
        let reported = |fault: Fault| (text[fault.at].to_owned(), fault.message);
        faults.into_iter().map(reported).collect()
    }

    #[test]
    fn values_are_what_is_written() {
        let text =
            "pages: { a: { title: 1.10, words: { x: NO, y: +1800, z: 0x1F } }, b: { title: '' } }";
        let (book, faults) = read::<Book>(&read_yaml(text).unwrap());
        assert_eq!(faults, []);
        let pages = book.unwrap().0;
        assert_eq!(pages["a"].title, "1.10");
        assert_eq!(pages["a"].size, 7);
        let words: Vec<&str> = pages["a"].words.values().map(String::as_str).collect();
        assert_eq!(words, ["NO", "+1800", "0x1F"]);
        assert_eq!(pages["b"].title, "");
    }

    #[test]
    fn everything_wrong_is_told_and_the_rest_is_read() {
        let text = "pages:\n  a: { title: [x], size: big, hidden: yes, colour: red }\n  b: 5\n  c: { title: ok, words: { x: { y: z }, w: !Ref v } }\n  d:\n  e: { titel: x, size: -1 }\n";
        let reported: Vec<(String, String)> = faults(text);
        let expected = [
            ("[x]", "pages.a.title is one plain value, not a list"),
            ("big", "pages.a.size: `big` is no whole number"),
            ("yes", "pages.a.hidden: `yes` is no boolean"),
            ("colour", "unknown key `colour` in pages.a"),
            (
                "5",
                "pages.b is a map of keys and values, not a plain value",
            ),
            ("{ y: z }", "pages.c.words.x is one plain value, not a map"),
            ("!Ref v", "the tag `!Ref` says nothing here"),
            ("d", "pages.d needs the key `title`"),
            ("-1", "pages.e.size: `-1` is no whole number"),
            ("titel", "unknown key `titel` in pages.e"),
        ];
        let expected: Vec<(String, String)> = expected
            .into_iter()
            .map(|(place, message)| (place.to_owned(), message.to_owned()))
            .collect();
        assert_eq!(reported, expected);
        let (book, _) = read::<Book>(&read_yaml(text).unwrap());
        assert_eq!(book.unwrap().0.keys().collect::<Vec<_>>(), ["c"]);
    }

    #[test]
    fn a_document_that_is_none_is_told_once() {
        assert_eq!(faults("- x").len(), 1);
        assert_eq!(
            faults("page: {}"),
            [("page".to_owned(), "unknown key `page`".to_owned())]
        );
        assert_eq!(faults("{}").len(), 1);
    }
}
