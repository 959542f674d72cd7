//! JSONPath as `$input.path` and parameter mappings use it: names, indexes,
//! wildcards and deep names. Filters, slices and functions are refused.

use serde_json::Value;

/// A path that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    /// From the end when negative.
    Index(i64),
    Every,
    /// A name at any depth.
    Deep(String),
}

/// Why a path is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It does not begin with `$`.
    #[error("a JSONPath begins with $: {0}")]
    NoRoot(String),
    /// JSONPath has it, this has not, or nobody has.
    #[error("in the JSONPath {path}: {part} is not implemented")]
    Unknown {
        /// The whole path.
        path: String,
        /// From where on it was not understood.
        part: String,
    },
}

impl JsonPath {
    /// Reads a path such as `$.a['b c'][0]`.
    ///
    /// # Errors
    /// [`PathError`].
    pub fn parse(path: &str) -> Result<Self, PathError> {
        let mut rest = path
            .trim()
            .strip_prefix('$')
            .ok_or_else(|| PathError::NoRoot(path.to_owned()))?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = step(rest).ok_or_else(|| PathError::Unknown {
                path: path.to_owned(),
                part: rest.to_owned(),
            })?;
            steps.push(step);
            rest = after;
        }
        Ok(Self(steps))
    }

    /// What the path leads to; `None` when there is nothing. A path with a
    /// wildcard or a deep name gives a list.
    pub fn find(&self, root: &Value) -> Option<Value> {
        let mut found = vec![root];
        let many = self
            .0
            .iter()
            .any(|step| matches!(step, Step::Every | Step::Deep(_)));
        for step in &self.0 {
            let mut next = Vec::new();
            for value in found {
                match step {
                    Step::Name(name) => next.extend(value.get(name)),
                    Step::Index(index) => next.extend(at(value, *index)),
                    Step::Every => match value {
                        Value::Array(items) => next.extend(items),
                        Value::Object(members) => next.extend(members.values()),
                        _ => {}
                    },
                    Step::Deep(name) => deep(value, name, &mut next),
                }
            }
            found = next;
        }
        if many {
            return Some(Value::Array(found.into_iter().cloned().collect()));
        }
        found.first().map(|value| (*value).clone())
    }
}

fn step(rest: &str) -> Option<(Step, &str)> {
    if let Some(after) = rest.strip_prefix("..") {
        let (name, after) = name(after)?;
        return Some((Step::Deep(name), after));
    }
    if let Some(after) = rest.strip_prefix(".*").or_else(|| rest.strip_prefix("[*]")) {
        return Some((Step::Every, after));
    }
    if let Some(after) = rest.strip_prefix('.') {
        let (name, after) = name(after)?;
        return Some((Step::Name(name), after));
    }
    let inside = rest.strip_prefix('[')?;
    if let Some(quote) = inside.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        let (name, after) = inside[1..].split_once(quote)?;
        if name.contains('\\') {
            return None;
        }
        return Some((Step::Name(name.to_owned()), after.strip_prefix(']')?));
    }
    let (index, after) = inside.split_once(']')?;
    Some((Step::Index(index.trim().parse().ok()?), after))
}

fn name(text: &str) -> Option<(String, &str)> {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '$' | '@' | ':'))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    // `$.a.length()` and its like are functions.
    let valid = !name.is_empty() && (rest.is_empty() || rest.starts_with(['.', '[']));
    valid.then(|| (name.to_owned(), rest))
}

fn at(value: &Value, index: i64) -> Option<&Value> {
    let items = value.as_array()?;
    let index = match usize::try_from(index) {
        Ok(index) => index,
        Err(_) => items
            .len()
            .checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
    };
    items.get(index)
}

fn deep<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| deep(item, name, found)),
        Value::Object(members) => {
            found.extend(members.get(name));
            members.values().for_each(|item| deep(item, name, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn found(path: &str) -> Option<Value> {
        let root = json!({
            "a": {"b c": [1, 2, {"d": null}], "n": "x"},
            "list": [{"n": 1}, {"n": 2}, {"m": 3}],
            "$x": true,
        });
        JsonPath::parse(path).unwrap().find(&root)
    }

    #[test]
    fn paths_lead_to_values() {
        assert_eq!(found("$.a.n"), Some(json!("x")));
        assert_eq!(found("$['a'][\"b c\"][0]"), Some(json!(1)));
        assert_eq!(found("$.a['b c'][-1].d"), Some(Value::Null));
        assert_eq!(found("$.list[*].n"), Some(json!([1, 2])));
        assert_eq!(found("$..n"), Some(json!(["x", 1, 2])));
        assert_eq!(found("$.$x"), Some(json!(true)));
        assert_eq!(found("$.nothing.at.all"), None);
        assert_eq!(found("$.list[-9]"), None);
        assert_eq!(found("$.nothing[*]"), Some(json!([])));
        assert_eq!(found("$").unwrap()["a"]["n"], "x");
    }

    #[test]
    fn what_is_not_implemented_is_refused() {
        for path in [
            "",
            "a.b",
            "$.",
            "$a",
            "$[",
            "$[?(@.a)]",
            "$[0:2]",
            "$.a.length()",
            "$['a\\'b']",
            "$..",
            "$['a'",
            "$.a b",
        ] {
            assert!(JsonPath::parse(path).is_err(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_path_panics(path in "[$]?[.\\[\\]a*'\"0-9?:@ -]{0,12}") {
            if let Ok(path) = JsonPath::parse(&path) {
                path.find(&json!({"a": [[1], {"a": 2}]}));
            }
        }
    }
}
