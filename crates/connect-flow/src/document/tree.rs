//! The positions of the values of a JSON text.
//!
//! serde_json has said before that the text is JSON, so this only looks where things stand: it
//! fails on nothing, and text that is none would only give wrong places.

use std::collections::HashSet;
use std::ops::Range;

/// A value and the bytes it takes up.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) range: Range<usize>,
    pub(crate) shape: Shape,
}

/// What a value is made of, as far as places are concerned.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Object(Vec<Member>),
    Array(Vec<Node>),
    Text(String),
    Other,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Offset of the key's first quote.
    pub(crate) start: usize,
    pub(crate) value: Node,
}

/// Reads the positions of a text that is known to be JSON.
pub(super) fn read(text: &str) -> Node {
    Scanner { text, at: 0 }.value()
}

/// The first key, in the order of the text, that its object has had before.
pub(super) fn twice(node: &Node) -> Option<&Member> {
    match &node.shape {
        Shape::Object(members) => {
            let mut seen = HashSet::new();
            members.iter().find_map(|member| {
                if seen.insert(member.name.as_str()) {
                    twice(&member.value)
                } else {
                    Some(member)
                }
            })
        }
        Shape::Array(elements) => elements.iter().find_map(twice),
        Shape::Text(_) | Shape::Other => None,
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    /// The next byte that is not white space, which is not taken.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let blank = rest
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        self.at += blank.count();
        self.text.as_bytes().get(self.at).copied()
    }

    /// serde_json refuses what is nested deeper than 128, which bounds the recursion.
    fn value(&mut self) -> Node {
        let first = self.peek();
        let start = self.at;
        let shape = match first {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => Shape::Text(self.string()),
            _ => self.literal(),
        };
        Node {
            range: start..self.at,
            shape,
        }
    }

    fn object(&mut self) -> Shape {
        let mut members = Vec::new();
        self.at += 1;
        while let Some(next) = self.peek() {
            if next != b'"' {
                self.at += 1;
                if next == b'}' {
                    break;
                }
                continue;
            }
            let start = self.at;
            let name = self.string();
            if self.peek() == Some(b':') {
                self.at += 1;
            }
            let value = self.value();
            members.push(Member { name, start, value });
        }
        Shape::Object(members)
    }

    fn array(&mut self) -> Shape {
        let mut elements = Vec::new();
        self.at += 1;
        while let Some(next) = self.peek() {
            match next {
                b']' => {
                    self.at += 1;
                    break;
                }
                b',' => self.at += 1,
                _ => elements.push(self.value()),
            }
        }
        Shape::Array(elements)
    }

    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        let mut is_plain = true;
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            self.at += 1;
            match byte {
                b'"' => break,
                b'\\' => {
                    is_plain = false;
                    self.at += 1;
                }
                _ => {}
            }
        }
        let written = self.text.get(start..self.at).unwrap_or_default();
        if is_plain {
            written.trim_matches('"').to_owned()
        } else {
            serde_json::from_str(written).unwrap_or_default()
        }
    }

    /// A number, `true`, `false` or `null`: up to what ends it. Takes a byte at least, so that
    /// every loop comes to an end.
    fn literal(&mut self) -> Shape {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .take_while(|byte| !matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r'))
            .count();
        self.at += length.max(1);
        Shape::Other
    }
}
