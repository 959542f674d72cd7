//! Items as they are written: plain values become what DynamoDB keeps, YAML tags
//! make sets and bytes. Pure.

use std::collections::BTreeMap;
use std::ops::Range;

use base64::Engine as _;

use super::tree::{Node, Plain, Shape};
use crate::engine::desired::SeedItem;
use crate::engine::item::{Attribute, LARGEST, canonical_number, repeats, size};
use crate::engine::nearest::nearest;
use crate::engine::text::Text;

/// DynamoDB nests values so deep (AWS docs, "Quotas in Amazon DynamoDB").
const DEEPEST: usize = 32;

const TAGS: &[&str] = &["!SS", "!NS", "!B", "!BS"];

/// Why something is no item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct BadValue {
    /// Where, in bytes of the text.
    pub at: Range<usize>,
    /// Why.
    pub reason: String,
}

fn bad<T>(node: &Node, reason: impl Into<String>) -> Result<T, BadValue> {
    Err(BadValue {
        at: node.span.clone(),
        reason: reason.into(),
    })
}

/// Whether `${…}` in a text may be a ref that somebody hopes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refs {
    /// In the manifest: it is an error, for it would stay as it is.
    Refused,
    /// In a file of data: it is text like any other.
    Text,
}

/// The items of a list.
///
/// # Errors
/// [`BadValue`], the first of each item.
pub fn items(list: &Node, refs: Refs) -> Result<Vec<SeedItem>, Vec<BadValue>> {
    let Shape::List(nodes) = &list.shape else {
        return bad(list, "a list of items is wanted here").map_err(|error| vec![error]);
    };
    let mut items = Vec::new();
    let mut wrong = Vec::new();
    for node in nodes {
        match item(node, refs) {
            Ok(item) => items.push(item),
            Err(error) => wrong.push(error),
        }
    }
    if wrong.is_empty() {
        Ok(items)
    } else {
        Err(wrong)
    }
}

fn item(node: &Node, refs: Refs) -> Result<SeedItem, BadValue> {
    let Shape::Map(entries) = &node.shape else {
        return bad(node, "an item is a map of attributes");
    };
    if let Some(tag) = &node.tag {
        return bad(node, format!("an item has no tag `{tag}`"));
    }
    if entries.is_empty() {
        return bad(node, "an item has at least its key");
    }
    let mut item = SeedItem {
        attributes: BTreeMap::new(),
        span: node.span.clone(),
        places: BTreeMap::new(),
    };
    for entry in entries {
        check_name(&entry.key, &entry.span)?;
        let value = attribute(&entry.value, refs, 1)?;
        item.attributes.insert(entry.key.clone(), value);
        item.places
            .insert(entry.key.clone(), entry.value.span.clone());
    }
    let bytes = size(&item.attributes);
    if bytes > LARGEST {
        return bad(
            node,
            format!("the item has about {bytes} bytes; DynamoDB keeps {LARGEST} at most"),
        );
    }
    Ok(item)
}

fn check_name(name: &str, at: &Range<usize>) -> Result<(), BadValue> {
    if name.is_empty() || name.len() > 65_535 {
        return Err(BadValue {
            at: at.clone(),
            reason: "the name of an attribute has 1 to 65,535 bytes".to_owned(),
        });
    }
    Ok(())
}

fn attribute(node: &Node, refs: Refs, depth: usize) -> Result<Attribute, BadValue> {
    if depth > DEEPEST {
        return bad(
            node,
            format!("DynamoDB nests values {DEEPEST} levels deep at most"),
        );
    }
    if let Some(tag) = &node.tag {
        return tagged(node, tag, refs);
    }
    match &node.shape {
        Shape::Scalar { text, .. } => match node.plain() {
            Some(Plain::Null) => Ok(Attribute::Null),
            Some(Plain::Bool(flag)) => Ok(Attribute::Bool(flag)),
            Some(Plain::Number) => number(node, text).map(Attribute::N),
            _ => plain_text(node, text, refs).map(Attribute::S),
        },
        Shape::List(nodes) => nodes
            .iter()
            .map(|node| attribute(node, refs, depth + 1))
            .collect::<Result<_, _>>()
            .map(Attribute::L),
        Shape::Map(entries) => entries
            .iter()
            .map(|entry| {
                check_name(&entry.key, &entry.span)?;
                Ok((entry.key.clone(), attribute(&entry.value, refs, depth + 1)?))
            })
            .collect::<Result<_, _>>()
            .map(Attribute::M),
    }
}

fn plain_text(node: &Node, text: &str, refs: Refs) -> Result<String, BadValue> {
    if refs == Refs::Refused
        && let Ok(parsed) = Text::parse(text)
        && let Some((reference, _)) = parsed.references().next()
    {
        return bad(
            node,
            format!("{reference}: refs are not read in items, which hold plain values"),
        );
    }
    Ok(text.to_owned())
}

/// A number in the spelling that DynamoDB takes.
fn number(node: &Node, text: &str) -> Result<String, BadValue> {
    match canonical_number(text) {
        Ok(_) => Ok(text.trim_start_matches('+').to_owned()),
        Err(error) => bad(node, error.to_string()),
    }
}

fn tagged(node: &Node, tag: &str, refs: Refs) -> Result<Attribute, BadValue> {
    let set = match tag {
        "!SS" => Attribute::Ss(each(node, tag, |node, text| match node.plain() {
            Some(Plain::Text) => plain_text(node, text, refs),
            _ => bad(node, format!("`{text}` is no text here: quote it")),
        })?),
        "!NS" => Attribute::Ns(each(node, tag, |node, text| match node.plain() {
            Some(Plain::Number) => number(node, text),
            _ => bad(node, format!("`{text}` is no number")),
        })?),
        "!BS" => Attribute::Bs(each(node, tag, bytes)?),
        "!B" => {
            return match node.text() {
                Some(text) => bytes(node, text).map(Attribute::B),
                None => bad(node, "!B takes bytes in Base64"),
            };
        }
        // YAML's own: the text as it is.
        "!!str" => {
            return match node.text() {
                Some(text) => plain_text(node, text, refs).map(Attribute::S),
                None => bad(node, "!!str takes a text"),
            };
        }
        _ => {
            let hint = match nearest(tag, TAGS.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", TAGS.join(", ")),
            };
            return bad(node, format!("`{tag}` is no tag of items: {hint}"));
        }
    };
    if repeats(&set) {
        return bad(node, "a set has each element once");
    }
    Ok(set)
}

/// The elements of a set.
fn each<T>(
    node: &Node,
    tag: &str,
    read: impl Fn(&Node, &str) -> Result<T, BadValue>,
) -> Result<Vec<T>, BadValue> {
    let Shape::List(nodes) = &node.shape else {
        return bad(node, format!("{tag} takes a list"));
    };
    if nodes.is_empty() {
        return bad(node, "DynamoDB knows no empty set");
    }
    nodes
        .iter()
        .map(|node| match (node.text(), &node.tag) {
            (Some(text), None) => read(node, text),
            _ => bad(node, format!("an element of {tag} is a plain value")),
        })
        .collect()
}

fn bytes(node: &Node, text: &str) -> Result<Vec<u8>, BadValue> {
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .or_else(|error| bad(node, format!("no Base64: {error}")))
}

#[cfg(test)]
mod tests {
    use super::super::tree::{read_json, read_yaml};
    use super::*;

    fn of_yaml(text: &str) -> Result<Vec<SeedItem>, (String, String)> {
        items(&read_yaml(text).unwrap(), Refs::Refused).map_err(|errors| {
            (
                text[errors[0].at.clone()].to_owned(),
                errors[0].reason.clone(),
            )
        })
    }

    #[test]
    fn plain_values_become_what_dynamodb_keeps() {
        let text = "\
- CalledNumber: '+18005550100'
  Calls: 12345678901234567890.10
  Quoted: '12'
  Vip: true
  Note: null
  Tags: !SS [a, b]
  Scores: !NS [1, 2.5]
  Photo: !B aGk=
  Photos: !BS [aGk=]
  Address: { City: Reno, Lines: [1, two] }
  Zip: !!str 00501
";
        let items = of_yaml(text).unwrap();
        let s = |text: &str| Attribute::S(text.to_owned());
        let n = |text: &str| Attribute::N(text.to_owned());
        let expected = [
            ("CalledNumber", s("+18005550100")),
            ("Calls", n("12345678901234567890.10")),
            ("Quoted", s("12")),
            ("Vip", Attribute::Bool(true)),
            ("Note", Attribute::Null),
            ("Tags", Attribute::Ss(vec!["a".into(), "b".into()])),
            ("Scores", Attribute::Ns(vec!["1".into(), "2.5".into()])),
            ("Photo", Attribute::B(b"hi".to_vec())),
            ("Photos", Attribute::Bs(vec![b"hi".to_vec()])),
            (
                "Address",
                Attribute::M(BTreeMap::from([
                    ("City".to_owned(), s("Reno")),
                    ("Lines".to_owned(), Attribute::L(vec![n("1"), s("two")])),
                ])),
            ),
            ("Zip", s("00501")),
        ];
        let expected: BTreeMap<String, Attribute> = expected
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        assert_eq!(items[0].attributes, expected);
        assert_eq!(&text[items[0].places["Vip"].clone()], "true");
    }

    #[test]
    fn json_says_the_same_without_tags() {
        let text = r#"[{"Id": "\ud83d\ude00", "N": 1e2, "B": false, "L": [null]}]"#;
        let items = items(&read_json(text).unwrap(), Refs::Text).unwrap();
        assert_eq!(
            items[0].attributes["Id"],
            Attribute::S("\u{1f600}".to_owned())
        );
        assert_eq!(items[0].attributes["N"], Attribute::N("1e2".to_owned()));
        assert_eq!(
            items[0].attributes["L"],
            Attribute::L(vec![Attribute::Null])
        );
    }

    #[test]
    fn what_is_no_item_is_told_at_its_place() {
        let wrong = [
            ("a: 1\n", "a: 1\n", "a list of items is wanted here"),
            ("- 5\n", "5", "an item is a map of attributes"),
            ("- {}\n", "{}", "an item has at least its key"),
            ("- { A: !SS [] }\n", "!SS []", "DynamoDB knows no empty set"),
            (
                "- { A: !SS [x, x] }\n",
                "!SS [x, x]",
                "a set has each element once",
            ),
            (
                "- { A: !NS [1, 1.0] }\n",
                "!NS [1, 1.0]",
                "a set has each element once",
            ),
            ("- { A: !SS [1] }\n", "1", "`1` is no text here: quote it"),
            ("- { A: !NS [x] }\n", "x", "`x` is no number"),
            (
                "- { A: !S x }\n",
                "!S x",
                "`!S` is no tag of items: did you mean `!SS`?",
            ),
            (
                "- { A: '${phone.main}' }\n",
                "'${phone.main}'",
                "${phone.main}: refs are not read in items, which hold plain values",
            ),
        ];
        for (text, place, reason) in wrong {
            let (at, why) = of_yaml(text).unwrap_err();
            assert_eq!(why, reason);
            // A tagged value's place may begin at its tag or behind it.
            assert!(place.contains(at.trim()), "{at:?} in {text:?}");
        }
        assert!(
            of_yaml("- { A: !B '%%' }\n")
                .unwrap_err()
                .1
                .starts_with("no Base64")
        );
        let large = format!("- {{ A: {} }}\n", "x".repeat(LARGEST));
        assert!(of_yaml(&large).unwrap_err().1.contains("409600 at most"));
        let deep = format!("- {{ A: {}1{} }}\n", "[".repeat(33), "]".repeat(33));
        assert!(of_yaml(&deep).unwrap_err().1.contains("32 levels"));
        assert!(
            of_yaml("- { A: 1e200 }\n")
                .unwrap_err()
                .1
                .contains("out of DynamoDB's range")
        );
    }
}
