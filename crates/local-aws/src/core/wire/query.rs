//! The parameters of the query protocol as a JSON value:
//! `Tags.member.1.Key=a` becomes `{"Tags": [{"Key": "a"}]}`. All leaves are strings.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Request;

/// A parsed request of the query protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// `Action`.
    pub action: String,
    /// `Version`.
    pub version: String,
    parameters: Value,
}

enum Node {
    Leaf(String),
    Branch(BTreeMap<String, Node>),
}

impl Query {
    /// Reads the form in the body (POST) or the query (GET).
    ///
    /// # Errors
    /// `MissingAction` (400) without an `Action`; `MalformedQueryString` (404)
    /// when a name is both a value and a structure.
    pub fn parse(request: &Request) -> ServiceResult<Self> {
        let mut pairs: Vec<(String, String)> =
            form_urlencoded::parse(&request.body).into_owned().collect();
        pairs.extend(request.query.iter().cloned());
        let mut root = BTreeMap::new();
        let (mut action, mut version) = (None, String::new());
        for (name, value) in pairs {
            match name.as_str() {
                "Action" => action = Some(value),
                "Version" => version = value,
                // Presigned requests carry their signature here.
                signature if signature.starts_with("X-Amz-") => {}
                _ => insert(&mut root, &name, value).ok_or_else(|| {
                    ServiceError::new(
                        404,
                        "MalformedQueryString",
                        format!("The query string contains a syntax error at {name}"),
                    )
                })?,
            }
        }
        let action = action.ok_or_else(|| {
            ServiceError::new(
                400,
                "MissingAction",
                "The request is missing an action or a required parameter.",
            )
        })?;
        Ok(Self {
            action,
            version,
            parameters: value_of(Node::Branch(root)),
        })
    }

    /// The parameters as a type with `#[serde(deny_unknown_fields)]`.
    ///
    /// # Errors
    /// `ValidationError` (400) in serde's words; use the service's own checks
    /// for what has words of its own.
    pub fn parameters<T: DeserializeOwned>(&self) -> ServiceResult<T> {
        T::deserialize(&self.parameters)
            .map_err(|error| ServiceError::new(400, "ValidationError", error.to_string()))
    }

    /// One top-level parameter that is a plain value.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).and_then(Value::as_str)
    }
}

fn insert(branch: &mut BTreeMap<String, Node>, name: &str, value: String) -> Option<()> {
    match name.split_once('.') {
        None => match branch.insert(name.to_owned(), Node::Leaf(value)) {
            Some(Node::Branch(_)) => None,
            _ => Some(()),
        },
        Some((head, rest)) => {
            let node = branch
                .entry(head.to_owned())
                .or_insert_with(|| Node::Branch(BTreeMap::new()));
            match node {
                Node::Branch(children) => insert(children, rest, value),
                Node::Leaf(_) => None,
            }
        }
    }
}

fn value_of(node: Node) -> Value {
    match node {
        Node::Leaf(text) => Value::String(text),
        Node::Branch(mut children) => {
            // A list: `member.1`, `member.2`, … An empty list arrives as `Tags=`.
            if children.len() == 1
                && let Some(Node::Branch(_)) = children.get("member")
                && let Some(Node::Branch(items)) = children.remove("member")
            {
                let mut items: Vec<(u64, Node)> = items
                    .into_iter()
                    .map(|(index, node)| (index.parse().unwrap_or(u64::MAX), node))
                    .collect();
                items.sort_by_key(|(index, _)| *index);
                return items.into_iter().map(|(_, node)| value_of(node)).collect();
            }
            Value::Object(
                children
                    .into_iter()
                    .map(|(name, node)| (name, value_of(node)))
                    .collect::<Map<_, _>>(),
            )
        }
    }
}

/// For `#[serde(deserialize_with = "query::boolean")]`.
///
/// # Errors
/// When it is neither `true` nor `false`.
pub fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(serde::de::Error::custom(format!(
            "expected true or false, got {other}"
        ))),
    }
}

/// For `#[serde(default, deserialize_with = "query::optional_boolean")]`.
///
/// # Errors
/// When it is neither `true` nor `false`.
pub fn optional_boolean<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    boolean(deserializer).map(Some)
}

/// For `#[serde(default, deserialize_with = "query::optional_integer")]`.
///
/// # Errors
/// When it is no integer.
pub fn optional_integer<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map(Some)
        .map_err(|_| serde::de::Error::custom(format!("expected an integer, got {text}")))
}

/// For lists: `#[serde(default, deserialize_with = "query::list")]`. An empty
/// list is sent as an empty value.
///
/// # Errors
/// Those of the items.
pub fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        value => Vec::<T>::deserialize(value).map_err(serde::de::Error::custom),
    }
}

/// For maps: `#[serde(default, deserialize_with = "query::entries")]`. Each entry arrives as
/// `NAME.entry.N.key` and `NAME.entry.N.value` (the service may name the two otherwise); they
/// come out in the order of their numbers.
///
/// # Errors
/// When it is no map, and those of the entries.
pub fn entries<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    use serde::de::Error;
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entries<T> {
        entry: BTreeMap<String, T>,
    }
    let value = Value::deserialize(deserializer)?;
    if value.as_str() == Some("") {
        return Ok(Vec::new());
    }
    let read = Entries::<T>::deserialize(value).map_err(D::Error::custom)?;
    let mut numbered: Vec<(u64, T)> = Vec::new();
    for (number, entry) in read.entry {
        let number = number
            .parse()
            .map_err(|_| D::Error::custom(format!("no number of an entry: {number}")))?;
        numbered.push((number, entry));
    }
    numbered.sort_by_key(|(number, _)| *number);
    Ok(numbered.into_iter().map(|(_, entry)| entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(body: &str) -> Query {
        Query::parse(&Request {
            method: http::Method::POST,
            path: "/".to_owned(),
            query: Vec::new(),
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::copy_from_slice(body.as_bytes()),
        })
        .unwrap()
    }

    #[test]
    fn members_become_lists_in_their_order() {
        let query = parse(
            "Action=CreateStack&Version=2010-05-15&Tags.member.2.Key=b&Tags.member.10.Key=c&Tags.member.1.Key=a%20a&Role.Name=x",
        );
        assert_eq!(query.action, "CreateStack");
        assert_eq!(
            query.parameters::<Value>().unwrap(),
            json!({"Role": {"Name": "x"}, "Tags": [{"Key": "a a"}, {"Key": "b"}, {"Key": "c"}]})
        );
    }

    #[test]
    fn entries_of_a_map_come_in_their_order() {
        #[derive(Debug, Deserialize, PartialEq)]
        struct Entry {
            key: String,
            value: String,
        }
        #[derive(Debug, Deserialize)]
        struct Input {
            #[serde(default, deserialize_with = "entries")]
            attributes: Vec<Entry>,
        }
        let read = |body: &str| parse(body).parameters::<Input>();
        let keys = |input: Input| -> Vec<String> {
            input
                .attributes
                .into_iter()
                .map(|entry| entry.key)
                .collect()
        };
        let text = "Action=X&attributes.entry.10.key=c&attributes.entry.10.value=3\
            &attributes.entry.2.key=b&attributes.entry.2.value=2";
        assert_eq!(keys(read(text).unwrap()), ["b", "c"]);
        assert!(keys(read("Action=X&attributes=").unwrap()).is_empty());
        assert!(keys(read("Action=X").unwrap()).is_empty());
        for wrong in [
            "attributes.entry.x.key=a",
            "attributes.member.1=a",
            "attributes=a",
        ] {
            assert!(read(&format!("Action=X&{wrong}")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn unknown_parameters_are_refused_by_name() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Input {
            #[serde(rename = "StackName")]
            _stack_name: String,
        }
        let error = parse("Action=X&StackName=a&Surprise=1")
            .parameters::<Input>()
            .unwrap_err();
        assert!(error.message.contains("Surprise"), "{error}");
    }
}
