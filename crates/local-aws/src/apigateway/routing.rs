//! Route keys, and which route a request takes (AWS docs, "Routes for HTTP APIs").

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use super::apis::{Api, bad_request};
use crate::core::error::ServiceResult;

/// A route key that has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RouteKey {
    /// `$default`: what no other route takes.
    Default,
    /// `METHOD /path`.
    Path {
        /// `None` for `ANY`.
        method: Option<String>,
        segments: Vec<Segment>,
    },
}

/// A segment of a route's path, the more specific first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Segment {
    /// `pets`
    Literal(String),
    /// `{id}`: one segment.
    Variable(String),
    /// `{proxy+}`: all that follows, at the end of a path.
    Greedy(String),
}

impl Segment {
    fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Variable(_) => 1,
            Self::Greedy(_) => 2,
        }
    }
}

const METHODS: &[&str] = &[
    "ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT",
];

impl RouteKey {
    /// Reads a route key.
    ///
    /// # Errors
    /// `BadRequestException`.
    pub(super) fn parse(key: &str) -> ServiceResult<Self> {
        let invalid = || {
            bad_request(format!(
                "The provided route key is not formatted properly for HTTP protocol. Format should be \"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\" (in {key})"
            ))
        };
        if key == "$default" {
            return Ok(Self::Default);
        }
        let (method, path) = key.split_once(' ').ok_or_else(invalid)?;
        let path = path.strip_prefix('/').ok_or_else(invalid)?;
        if !METHODS.contains(&method) || path.contains([' ', '?', '#']) {
            return Err(invalid());
        }
        let texts: Vec<&str> = path.split('/').collect();
        let mut segments = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            let segment = match text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
                Some(name) => match name.strip_suffix('+') {
                    Some(name) if index + 1 == texts.len() => Segment::Greedy(name.to_owned()),
                    Some(_) => return Err(invalid()),
                    None => Segment::Variable(name.to_owned()),
                },
                None if text.contains(['{', '}']) => return Err(invalid()),
                None => Segment::Literal((*text).to_owned()),
            };
            if let Segment::Variable(name) | Segment::Greedy(name) = &segment
                && (name.is_empty() || name.contains(['{', '}', '+']))
            {
                return Err(invalid());
            }
            segments.push(segment);
        }
        Ok(Self::Path {
            method: (method != "ANY").then(|| method.to_owned()),
            segments,
        })
    }

    /// The path variables, when the route takes the request.
    fn take(&self, method: &str, path: &[String]) -> Option<BTreeMap<String, String>> {
        let Self::Path {
            method: wanted,
            segments,
        } = self
        else {
            return Some(BTreeMap::new());
        };
        if wanted.as_ref().is_some_and(|wanted| wanted != method) {
            return None;
        }
        let mut variables = BTreeMap::new();
        for (index, segment) in segments.iter().enumerate() {
            let given = path.get(index)?;
            match segment {
                Segment::Literal(text) if text == given => {}
                Segment::Literal(_) => return None,
                Segment::Variable(_) if given.is_empty() => return None,
                Segment::Variable(name) => {
                    variables.insert(name.clone(), given.clone());
                }
                Segment::Greedy(name) => {
                    variables.insert(name.clone(), path[index..].join("/"));
                    return Some(variables);
                }
            }
        }
        (segments.len() == path.len()).then_some(variables)
    }

    /// Smaller is more specific: by path, segment by segment, then by method;
    /// `$default` is last.
    fn rank(&self) -> (bool, Vec<u8>, bool) {
        match self {
            Self::Default => (true, Vec::new(), true),
            Self::Path { method, segments } => (
                false,
                segments.iter().map(Segment::rank).collect(),
                method.is_none(),
            ),
        }
    }
}

/// The route that a request takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    /// The route key.
    pub key: String,
    /// Id of the integration, when the route has one.
    pub integration: Option<String>,
    /// Path variables.
    pub variables: BTreeMap<String, String>,
}

/// Finds the most specific route for a path (percent-encoded, below the stage).
pub(super) fn route(api: &Api, method: &str, path: &str) -> Option<Taken> {
    let path: Vec<String> = path
        .strip_prefix('/')
        .unwrap_or(path)
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    api.routes
        .values()
        .filter_map(|route| {
            let key = RouteKey::parse(&route.key).ok()?;
            let variables = key.take(method, &path)?;
            Some((key.rank(), route, variables))
        })
        .min_by(|(a, _, _), (b, _, _)| a.cmp(b))
        .map(|(_, route, variables)| Taken {
            key: route.key.clone(),
            integration: route
                .target
                .as_deref()
                .and_then(|target| target.strip_prefix("integrations/"))
                .map(str::to_owned),
            variables,
        })
}

#[cfg(test)]
mod tests {
    use super::super::apis::Route;
    use super::*;

    fn api(keys: &[&str]) -> Api {
        Api {
            id: "a".to_owned(),
            settings: Default::default(),
            tags: BTreeMap::new(),
            created: Default::default(),
            integrations: BTreeMap::new(),
            stages: BTreeMap::new(),
            routes: keys
                .iter()
                .enumerate()
                .map(|(index, key)| {
                    let route = Route {
                        key: (*key).to_owned(),
                        target: None,
                    };
                    (index.to_string(), route)
                })
                .collect(),
        }
    }

    fn taken(api: &Api, method: &str, path: &str) -> String {
        route(api, method, path).map_or_else(String::new, |taken| {
            format!("{} {:?}", taken.key, taken.variables)
        })
    }

    #[test]
    fn the_most_specific_route_takes_a_request() {
        let api = api(&[
            "$default",
            "ANY /{proxy+}",
            "GET /pets/{proxy+}",
            "GET /pets/dog/{id}",
            "ANY /pets/dog/1",
            "GET /pets/dog/1",
        ]);
        let get = |path| taken(&api, "GET", path);
        assert_eq!(get("/pets/dog/1"), "GET /pets/dog/1 {}");
        assert_eq!(taken(&api, "PUT", "/pets/dog/1"), "ANY /pets/dog/1 {}");
        assert_eq!(
            get("/pets/dog/a%2Fb"),
            r#"GET /pets/dog/{id} {"id": "a/b"}"#
        );
        assert_eq!(
            get("/pets/dog/2/3"),
            r#"GET /pets/{proxy+} {"proxy": "dog/2/3"}"#
        );
        assert_eq!(
            taken(&api, "POST", "/x/y"),
            r#"ANY /{proxy+} {"proxy": "x/y"}"#
        );
    }

    #[test]
    fn without_a_default_a_request_may_find_nothing() {
        let api = api(&["GET /", "GET /numbers"]);
        assert_eq!(taken(&api, "GET", "/"), "GET / {}");
        assert_eq!(taken(&api, "GET", "/numbers"), "GET /numbers {}");
        assert_eq!(taken(&api, "POST", "/numbers"), "");
        assert_eq!(taken(&api, "GET", "/numbers/"), "");
        assert_eq!(taken(&api, "GET", "/Numbers"), "");
    }

    #[test]
    fn keys_that_cannot_be() {
        for key in [
            "",
            "GET",
            "GET x",
            "get /x",
            "GET /{a+}/b",
            "GET /{}",
            "GET /a{b}",
            "$other",
            "GET /a b",
        ] {
            assert!(RouteKey::parse(key).is_err(), "{key}");
        }
    }
}
