//! Where a mapped parameter is taken from (AWS docs, "API Gateway request and
//! response data mapping reference").

use std::collections::BTreeMap;

use serde_json::Value;

use super::json_path::JsonPath;
use super::template::{Location, Parameters};

/// The source of a mapped parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `'text'`
    Text(String),
    /// `method.request.LOCATION.NAME`
    Parameter(Location, String),
    /// `method.request.body` or `integration.response.body`, with a JSONPath.
    Body(Option<JsonPath>),
    /// `integration.response.header.NAME`
    Header(String),
    /// `context.NAME`
    Context(String),
    /// `stageVariables.NAME`
    StageVariable(String),
}

/// On which side a mapping is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Integration request: from the method request.
    Request,
    /// Method response: from the integration response.
    Response,
    /// Gateway response: from the method request, without its body.
    Gateway,
}

impl Source {
    /// Reads an expression; `None` when it is none, or none of this side.
    pub fn parse(side: Side, expression: &str) -> Option<Self> {
        if let Some(text) = expression.strip_prefix('\'') {
            return text
                .strip_suffix('\'')
                .map(|text| Self::Text(text.to_owned()));
        }
        let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
        if let Some(name) = expression.strip_prefix("context.") {
            return named(name).map(Self::Context);
        }
        if let Some(name) = expression.strip_prefix("stageVariables.") {
            return named(name).map(Self::StageVariable);
        }
        let rest = match side {
            Side::Request | Side::Gateway => expression.strip_prefix("method.request.")?,
            Side::Response => expression.strip_prefix("integration.response.")?,
        };
        if side != Side::Gateway
            && let Some(path) = rest.strip_prefix("body")
        {
            if path.is_empty() {
                return Some(Self::Body(None));
            }
            let path = path.strip_prefix('.')?;
            let path = path.strip_prefix("$.").unwrap_or(path);
            return JsonPath::parse(&format!("$.{path}"))
                .ok()
                .map(|path| Self::Body(Some(path)));
        }
        let (location, name) = rest.split_once('.')?;
        let location = Location::parse(location)?;
        let name = named(name)?;
        match (side, location) {
            (Side::Response, Location::Header) => Some(Self::Header(name)),
            (Side::Response, _) => None,
            _ => Some(Self::Parameter(location, name)),
        }
    }

    /// The declaration that a method needs for it.
    pub fn declaration(&self) -> Option<String> {
        let Self::Parameter(location, name) = self else {
            return None;
        };
        let location = match location {
            Location::Path => "path",
            Location::QueryString => "querystring",
            Location::Header => "header",
        };
        Some(format!("method.request.{location}.{name}"))
    }
}

/// What sources are taken from.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The parameters of the method request.
    pub parameters: &'a Parameters,
    /// The headers of the integration's answer; names in lower case.
    pub headers: &'a [(String, String)],
    /// The body on that side.
    pub body: &'a str,
    /// `$context`
    pub context: &'a Value,
    /// The stage's variables.
    pub stage_variables: &'a BTreeMap<String, String>,
}

impl Sources<'_> {
    /// The value of a source; `None` when there is none.
    pub fn value(&self, source: &Source) -> Option<String> {
        match source {
            Source::Text(text) => Some(text.clone()),
            Source::Parameter(location, name) => self.parameters.get(*location, name).cloned(),
            Source::Body(None) => Some(self.body.to_owned()),
            Source::Body(Some(path)) => {
                let body: Value = serde_json::from_str(self.body).ok()?;
                match path.find(&body)? {
                    Value::String(text) => Some(text),
                    Value::Null => None,
                    other => Some(other.to_string()),
                }
            }
            Source::Header(name) => self
                .headers
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.clone()),
            Source::Context(name) => context(self.context, name),
            Source::StageVariable(name) => self.stage_variables.get(name).cloned(),
        }
    }
}

/// A variable of `$context` by its dotted name.
pub fn context(context: &Value, name: &str) -> Option<String> {
    let found = name
        .split('.')
        .try_fold(context, |value, part| value.get(part))?;
    match found {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn sources_are_read_and_resolved() {
        let parameters = Parameters {
            path: BTreeMap::from([("key".to_owned(), "a.html".to_owned())]),
            ..Parameters::default()
        };
        let context = json!({"requestId": "r", "error": {"message": "m"}, "n": 1});
        let headers = [("content-type".to_owned(), "text/html".to_owned())];
        let variables = BTreeMap::from([("v".to_owned(), "1".to_owned())]);
        let sources = Sources {
            parameters: &parameters,
            headers: &headers,
            body: r#"{"a":{"b":"x"},"n":2}"#,
            context: &context,
            stage_variables: &variables,
        };
        let value = |side, expression: &str| {
            Source::parse(side, expression).and_then(|source| sources.value(&source))
        };
        let request = |expression: &str| value(Side::Request, expression);
        assert_eq!(request("'index.html'").as_deref(), Some("index.html"));
        assert_eq!(request("''").as_deref(), Some(""));
        assert_eq!(
            request("method.request.path.key").as_deref(),
            Some("a.html")
        );
        assert_eq!(request("method.request.path.no"), None);
        assert_eq!(request("method.request.body.a.b").as_deref(), Some("x"));
        assert_eq!(request("method.request.body.n").as_deref(), Some("2"));
        assert_eq!(request("context.error.message").as_deref(), Some("m"));
        assert_eq!(request("stageVariables.v").as_deref(), Some("1"));
        let response = |expression: &str| value(Side::Response, expression);
        assert_eq!(
            response("integration.response.header.Content-Type").as_deref(),
            Some("text/html")
        );
        for wrong in [
            "",
            "'",
            "key",
            "method.request.path",
            "method.request.cookie.x",
            "integration.response.header.x",
        ] {
            assert_eq!(Source::parse(Side::Request, wrong), None, "{wrong}");
        }
        for wrong in ["integration.response.path.x", "method.request.header.x"] {
            assert_eq!(Source::parse(Side::Response, wrong), None, "{wrong}");
        }
        assert_eq!(Source::parse(Side::Gateway, "method.request.body"), None);
    }

    proptest! {
        #[test]
        fn no_expression_panics(expression in "('|method\\.request\\.|integration\\.response\\.|body|header|path|\\.|a|é){0,6}") {
            for side in [Side::Request, Side::Response, Side::Gateway] {
                let _ = Source::parse(side, &expression);
            }
        }
    }
}
