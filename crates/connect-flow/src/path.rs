//! The JSONPaths of the Flow language: `$.Attributes.name`,
//! `$.Attributes.['two words']`, `$['AwsRegion']`, `$.External.items.0.name`.
//!
//! There is no `*`, no filter and no function: a path is a root and keys.

use std::fmt;
use std::ops::Range;

/// A path, as the keys from the root.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    keys: Vec<String>,
}

/// A piece of a text that may hold paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Said as it stands.
    Literal(&'a str),
    /// To be looked up, with how it was written.
    Path(Path, &'a str),
}

impl Path {
    /// Reads a text that is one path from the first to the last character.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, length) = read(text)?;
        (length == text.len()).then_some(path)
    }

    /// The namespace: `Attributes` in `$.Attributes.name`.
    pub fn root(&self) -> &str {
        &self.keys[0]
    }

    /// The keys from the root on; at least one.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("$")?;
        for key in &self.keys {
            if key.chars().all(is_key_character) {
                write!(out, ".{key}")?;
            } else {
                write!(out, "['{key}']")?;
            }
        }
        Ok(())
    }
}

/// The paths and what stands between them.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut copied = 0;
    for (range, path) in paths(text) {
        if copied < range.start {
            pieces.push(Piece::Literal(&text[copied..range.start]));
        }
        pieces.push(Piece::Path(path, &text[range.clone()]));
        copied = range.end;
    }
    if copied < text.len() {
        pieces.push(Piece::Literal(&text[copied..]));
    }
    pieces
}

/// Whether the text holds a path anywhere.
pub fn has_path(text: &str) -> bool {
    !paths(text).is_empty()
}

fn paths(text: &str) -> Vec<(Range<usize>, Path)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find('$') {
        let start = at + offset;
        match read(&text[start..]) {
            Some((path, length)) => {
                found.push((start..start + length, path));
                at = start + length;
            }
            None => at = start + 1,
        }
    }
    found
}

/// Reads a path at the start of the text and says how many bytes it took.
fn read(text: &str) -> Option<(Path, usize)> {
    let mut rest = text.strip_prefix('$')?;
    let mut keys = Vec::new();
    while let Some((key, after)) = quoted_key(rest).or_else(|| plain_key(rest)) {
        keys.push(key.to_owned());
        rest = after;
    }
    (!keys.is_empty()).then(|| (Path { keys }, text.len() - rest.len()))
}

/// `.name`; a dot that nothing follows ends a sentence, not a path.
fn plain_key(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('.')?;
    let length = text
        .find(|character| !is_key_character(character))
        .unwrap_or(text.len());
    (length > 0).then(|| text.split_at(length))
}

/// `['two words']` or `["two words"]`, with or without a dot before it.
fn quoted_key(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('.').unwrap_or(text).strip_prefix('[')?;
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let (key, after) = text[1..].split_once(quote)?;
    let after = after.strip_prefix(']')?;
    (!key.is_empty()).then_some((key, after))
}

fn is_key_character(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> Vec<String> {
        pieces(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Literal(text) => text.to_owned(),
                Piece::Path(path, _) => format!("<{path}>"),
            })
            .collect()
    }

    #[test]
    fn paths_are_found_within_texts() {
        assert_eq!(
            shown("Hello $.Attributes.first-name. You are $.External.items.0.rank"),
            [
                "Hello ",
                "<$.Attributes.first-name>",
                ". You are ",
                "<$.External.items.0.rank>"
            ]
        );
        assert_eq!(
            shown("arn:aws:lambda:$.AwsRegion:1"),
            ["arn:aws:lambda:", "<$.AwsRegion>", ":1"]
        );
        assert_eq!(shown("$['AwsRegion']"), ["<$.AwsRegion>"]);
        assert_eq!(
            shown("$.Attributes.['two words'].x"),
            ["<$.Attributes['two words'].x>"]
        );
        assert_eq!(
            shown("costs $5 or $.50c?"),
            ["costs $5 or ", "<$.50c>", "?"]
        );
        assert_eq!(shown("$ $. $.[x] $$"), ["$ $. $.[x] $$"]);
        assert_eq!(shown(""), [] as [&str; 0]);
    }

    #[test]
    fn a_path_is_the_whole_text_or_none() {
        assert_eq!(Path::parse("$.External.Count").unwrap().root(), "External");
        assert_eq!(
            Path::parse("$.SegmentAttributes['connect:Subtype']")
                .unwrap()
                .keys(),
            ["SegmentAttributes", "connect:Subtype"]
        );
        assert_eq!(Path::parse("$.External.Count "), None);
        assert_eq!(Path::parse("$"), None);
        assert_eq!(Path::parse("1"), None);
    }

    proptest! {
        #[test]
        fn pieces_are_the_text(text in ".{0,60}") {
            let again: String = pieces(&text)
                .into_iter()
                .map(|piece| match piece {
                    Piece::Literal(text) | Piece::Path(_, text) => text,
                })
                .collect();
            prop_assert_eq!(again, text);
        }
    }
}
