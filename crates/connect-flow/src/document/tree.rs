//! The positions of the values of a JSON text.

use super::{Lines, ParseError};
use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
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
    pub(crate) value: Node,
}

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Reads the positions of a text that is known to be JSON.
pub(super) fn read(text: &str, lines: &Lines) -> Result<Node, ParseError> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT).map_err(|error| {
        ParseError::at(error.range().start, error.kind().to_string(), text, lines)
    })?;
    let value = parsed
        .value
        .ok_or_else(|| ParseError::at(0, "the document is empty", text, lines))?;
    node(&value).map_err(|twice| {
        let message = format!("the key {:?} is given twice", twice.name);
        ParseError::at(twice.offset, message, text, lines)
    })
}

struct Twice {
    name: String,
    offset: usize,
}

fn node(value: &ast::Value<'_>) -> Result<Node, Twice> {
    let shape = match value {
        ast::Value::Object(object) => Shape::Object(members(object)?),
        ast::Value::Array(array) => {
            Shape::Array(array.elements.iter().map(node).collect::<Result<_, _>>()?)
        }
        ast::Value::StringLit(string) => Shape::Text(string.value.to_string()),
        _ => Shape::Other,
    };
    let range = value.range();
    Ok(Node {
        range: range.start..range.end,
        shape,
    })
}

fn members(object: &ast::Object<'_>) -> Result<Vec<Member>, Twice> {
    let mut seen = HashSet::new();
    let mut members = Vec::with_capacity(object.properties.len());
    for property in &object.properties {
        let name = property.name.as_str().to_owned();
        if !seen.insert(name.clone()) {
            return Err(Twice {
                name,
                offset: property.name.range().start,
            });
        }
        members.push(Member {
            name,
            value: node(&property.value)?,
        });
    }
    Ok(members)
}
