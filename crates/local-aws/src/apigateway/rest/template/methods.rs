//! The methods of texts, lists, maps and numbers, named as Java names them.

use serde_json::{Value, json};

use super::TemplateError;
use super::text::plain;
use crate::apigateway::rest::java_regex::{self, RegexError};

/// The functions of `$util`.
pub(super) const UTIL: &[&str] = &[
    "base64Decode",
    "base64Encode",
    "escapeJavaScript",
    "parseJson",
    "urlDecode",
    "urlEncode",
];

/// Every method that some value has, with the number of its arguments.
pub(super) const KNOWN: &[(&str, usize)] = &[
    ("charAt", 1),
    ("compareTo", 1),
    ("concat", 1),
    ("contains", 1),
    ("containsKey", 1),
    ("containsValue", 1),
    ("endsWith", 1),
    ("entrySet", 0),
    ("equals", 1),
    ("equalsIgnoreCase", 1),
    ("get", 1),
    ("indexOf", 1),
    ("isEmpty", 0),
    ("keySet", 0),
    ("lastIndexOf", 1),
    ("length", 0),
    ("matches", 1),
    ("replace", 2),
    ("replaceAll", 2),
    ("replaceFirst", 2),
    ("size", 0),
    ("split", 1),
    ("startsWith", 1),
    ("substring", 1),
    ("substring", 2),
    ("toLowerCase", 0),
    ("toString", 0),
    ("toUpperCase", 0),
    ("trim", 0),
    ("values", 0),
];

/// Calls a method; `None` is Java's null.
pub(super) fn call(
    receiver: &Value,
    name: &str,
    arguments: &[Option<Value>],
) -> Result<Option<Value>, TemplateError> {
    match (name, arguments) {
        ("toString", []) => return Ok(Some(plain(receiver).into())),
        ("equals", [other]) => return Ok(Some(json!(other.as_ref() == Some(receiver)))),
        _ => {}
    }
    let mut given = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let argument = argument
            .as_ref()
            .ok_or_else(|| TemplateError::Failed(format!("null as an argument of {name}")))?;
        given.push(argument);
    }
    match receiver {
        Value::String(text) => string(text, name, &given),
        Value::Array(items) => list(items, name, &given),
        Value::Object(members) => map(members, name, &given),
        _ => Err(absent(receiver, name)),
    }
}

fn absent(receiver: &Value, name: &str) -> TemplateError {
    let kind = match receiver {
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
        Value::Number(_) => "a number",
        Value::Bool(_) => "a boolean",
        Value::Null => "null",
    };
    TemplateError::NotImplemented(format!("the method {name} of {kind} with such arguments"))
}

fn list(items: &[Value], name: &str, arguments: &[&Value]) -> Result<Option<Value>, TemplateError> {
    Ok(Some(match (name, arguments) {
        ("size", []) => json!(items.len()),
        ("isEmpty", []) => json!(items.is_empty()),
        ("contains", [item]) => json!(items.contains(item)),
        ("indexOf", [item]) => match items.iter().position(|known| known == *item) {
            Some(at) => json!(at),
            None => json!(-1),
        },
        ("get", [index]) => {
            let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
            let item = index.and_then(|index| items.get(index));
            return match item {
                Some(item) => Ok(Some(item.clone())),
                None => Err(TemplateError::Failed("an index beyond the list".to_owned())),
            };
        }
        _ => return Err(absent(&Value::Array(Vec::new()), name)),
    }))
}

fn map(
    members: &serde_json::Map<String, Value>,
    name: &str,
    arguments: &[&Value],
) -> Result<Option<Value>, TemplateError> {
    Ok(Some(match (name, arguments) {
        ("size", []) => json!(members.len()),
        ("isEmpty", []) => json!(members.is_empty()),
        ("get", [key]) => {
            let found = key.as_str().and_then(|key| members.get(key));
            return Ok(found.filter(|value| !value.is_null()).cloned());
        }
        ("containsKey", [key]) => json!(key.as_str().is_some_and(|key| members.contains_key(key))),
        ("containsValue", [value]) => json!(members.values().any(|known| known == *value)),
        ("keySet", []) => members.keys().cloned().map(Value::from).collect(),
        ("values", []) => members.values().cloned().collect(),
        ("entrySet", []) => members
            .iter()
            .map(|(key, value)| json!({ "key": key, "value": value }))
            .collect(),
        _ => return Err(absent(&json!({}), name)),
    }))
}

fn string(text: &str, name: &str, arguments: &[&Value]) -> Result<Option<Value>, TemplateError> {
    let mut texts = Vec::with_capacity(arguments.len());
    let mut numbers = Vec::with_capacity(arguments.len());
    for argument in arguments {
        texts.extend(argument.as_str());
        numbers.extend(argument.as_i64());
    }
    let unreadable = |error: RegexError| TemplateError::NotImplemented(error.to_string());
    let failed = |problem: String| TemplateError::Failed(format!("{name}: {problem}"));
    if !numbers.is_empty() || arguments.is_empty() {
        return units(text, name, &numbers, arguments.len());
    }
    Ok(Some(match (name, texts.as_slice()) {
        ("compareTo", [other]) => json!(compare(text, other)),
        ("concat", [other]) => json!(format!("{text}{other}")),
        ("contains", [other]) => json!(text.contains(other)),
        ("endsWith", [other]) => json!(text.ends_with(other)),
        ("equalsIgnoreCase", [other]) => json!(text.to_lowercase() == other.to_lowercase()),
        ("indexOf", [other]) => json!(place(text, text.find(other))),
        ("lastIndexOf", [other]) => json!(place(text, text.rfind(other))),
        ("startsWith", [other]) => json!(text.starts_with(other)),
        ("matches", [pattern]) => {
            json!(
                java_regex::whole(pattern)
                    .map_err(unreadable)?
                    .is_match(text)
            )
        }
        ("replace", [from, to]) => json!(text.replace(from, to)),
        ("replaceAll" | "replaceFirst", [pattern, with]) => {
            let pattern = java_regex::find(pattern).map_err(unreadable)?;
            let every = name == "replaceAll";
            json!(java_regex::replace(&pattern, text, with, every).map_err(failed)?)
        }
        ("split", [pattern]) => split(text, &java_regex::find(pattern).map_err(unreadable)?),
        _ => return Err(absent(&json!(""), name)),
    }))
}

/// Where a byte is, in UTF-16 units; -1 when nowhere.
fn place(text: &str, at: Option<usize>) -> i64 {
    at.and_then(|at| i64::try_from(text[..at].encode_utf16().count()).ok())
        .unwrap_or(-1)
}

fn compare(text: &str, other: &str) -> i64 {
    let (mine, theirs): (Vec<u16>, Vec<u16>) = (
        text.encode_utf16().collect(),
        other.encode_utf16().collect(),
    );
    let different = mine.iter().zip(&theirs).find(|(a, b)| a != b);
    match different {
        Some((a, b)) => i64::from(*a) - i64::from(*b),
        None => i64::try_from(mine.len()).unwrap_or(0) - i64::try_from(theirs.len()).unwrap_or(0),
    }
}

/// Java drops empty texts at the end, and one before a match of nothing at the start.
fn split(text: &str, pattern: &regex::Regex) -> Value {
    let mut parts = Vec::new();
    let mut from = 0;
    for found in pattern.find_iter(text) {
        if found.end() == 0 || (found.is_empty() && found.start() == text.len()) {
            continue;
        }
        parts.push(&text[from..found.start()]);
        from = found.end();
    }
    parts.push(&text[from..]);
    while parts.len() > 1 && parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    json!(parts)
}

/// Methods that count in UTF-16 units, and those without arguments.
fn units(
    text: &str,
    name: &str,
    numbers: &[i64],
    arguments: usize,
) -> Result<Option<Value>, TemplateError> {
    let all: Vec<u16> = text.encode_utf16().collect();
    let beyond = || TemplateError::Failed(format!("{name}: an index beyond the text"));
    let cut = |from: i64, to: i64| {
        let (from, to) = (usize::try_from(from).ok()?, usize::try_from(to).ok()?);
        all.get(from..to).map(String::from_utf16_lossy)
    };
    let length = i64::try_from(all.len()).unwrap_or(i64::MAX);
    if numbers.len() != arguments {
        return Err(absent(&json!(""), name));
    }
    Ok(Some(match (name, numbers) {
        ("length", []) => json!(length),
        ("isEmpty", []) => json!(text.is_empty()),
        ("toLowerCase", []) => json!(text.to_lowercase()),
        ("toUpperCase", []) => json!(text.to_uppercase()),
        ("trim", []) => json!(text.trim_matches(|c: char| c <= ' ')),
        ("charAt", [at]) => json!(cut(*at, at.saturating_add(1)).ok_or_else(beyond)?),
        ("substring", [from]) => json!(cut(*from, length).ok_or_else(beyond)?),
        ("substring", [from, to]) => json!(cut(*from, *to).ok_or_else(beyond)?),
        _ => return Err(absent(&json!(""), name)),
    }))
}
