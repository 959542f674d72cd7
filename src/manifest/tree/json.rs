//! Trees of JSON texts.

use std::collections::HashSet;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{Entry, Node, Shape, TreeError};

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

/// Reads a JSON text (RFC 8259, no comments). The same key twice is an error.
///
/// # Errors
/// [`TreeError`]
pub fn read(text: &str) -> Result<Node, TreeError> {
    let parsed =
        parse_to_ast(text, &CollectOptions::default(), &STRICT).map_err(|error| TreeError {
            at: error.range().start,
            message: error.kind().to_string(),
        })?;
    match parsed.value {
        Some(value) => node(value),
        None => Err(TreeError {
            at: 0,
            message: "the document is empty".to_owned(),
        }),
    }
}

fn node(value: Value<'_>) -> Result<Node, TreeError> {
    let range = value.range();
    let scalar = |text: &str, plain: bool| Shape::Scalar {
        text: text.to_owned(),
        plain,
    };
    let shape = match value {
        Value::StringLit(string) => scalar(&string.value, false),
        Value::NumberLit(number) => scalar(number.value, true),
        Value::BooleanLit(flag) => scalar(if flag.value { "true" } else { "false" }, true),
        Value::NullKeyword(_) => scalar("null", true),
        Value::Array(array) => Shape::List(
            array
                .elements
                .into_iter()
                .map(node)
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(object) => {
            let mut entries: Vec<Entry> = Vec::new();
            let mut keys = HashSet::new();
            for property in object.properties {
                let at = property.name.range();
                let key = property.name.into_string();
                if !keys.insert(key.clone()) {
                    return Err(TreeError {
                        at: at.start,
                        message: format!("the key {key:?} is given twice"),
                    });
                }
                entries.push(Entry {
                    key,
                    span: at.start..at.end,
                    value: node(property.value)?,
                });
            }
            Shape::Map(entries)
        }
    };
    Ok(Node {
        span: range.start..range.end,
        tag: None,
        shape,
    })
}
