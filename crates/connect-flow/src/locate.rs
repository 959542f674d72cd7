//! From the routes that Amazon Connect puts into its problems to places in the text.

use crate::document::{Lines, Node, Shape};
use crate::route::{Route, Step};
use serde::Serialize;
use serde_json::Value;

/// A stretch of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
    /// Line of the start, from 1.
    pub line: usize,
    /// Column of the start in characters, from 1.
    pub column: usize,
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The value, or the nearest parent of it that exists.
    pub span: Span,
    /// The part of the route that exists.
    pub found: Route,
    /// Whether the whole route exists.
    pub exact: bool,
    /// The action that the route goes through.
    pub action: Option<ActionName>,
}

/// Which action a place belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionName {
    /// Its position in `Actions`, from 0.
    pub index: usize,
    /// Its `Identifier`, when it has one.
    pub identifier: Option<String>,
    /// Its `Type`, when it has one.
    pub kind: Option<String>,
}

/// A string value of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StringAt<'a> {
    /// How to get there from the root.
    pub route: Route,
    /// Where it is written, the quotes included.
    pub span: Span,
    /// What it says, escapes decoded.
    pub value: &'a str,
}

pub(crate) fn locate(
    root: &Node,
    value: &Value,
    lines: &Lines,
    text: &str,
    route: &Route,
) -> Location {
    let route = route.normalized();
    let mut node = root;
    let mut found = Route::default();
    for step in route.steps() {
        let Some(next) = child(node, step) else { break };
        node = next;
        found = found.step(step.clone());
    }
    Location {
        span: span(node, lines, text),
        exact: found == route,
        action: action(value, &route),
        found,
    }
}

fn child<'a>(node: &'a Node, step: &Step) -> Option<&'a Node> {
    match (&node.shape, step) {
        (Shape::Object(members), Step::Key(key)) => members
            .iter()
            .find(|member| member.name == *key)
            .map(|member| &member.value),
        (Shape::Array(elements), Step::Index(index)) => elements.get(*index),
        _ => None,
    }
}

fn action(value: &Value, route: &Route) -> Option<ActionName> {
    let [Step::Key(actions), Step::Index(index), ..] = route.steps() else {
        return None;
    };
    let action = value
        .get(actions)
        .filter(|_| actions == "Actions")?
        .get(index)?;
    let word = |key| action.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(ActionName {
        index: *index,
        identifier: word("Identifier"),
        kind: word("Type"),
    })
}

fn span(node: &Node, lines: &Lines, text: &str) -> Span {
    let (line, column) = lines.position(text, node.range.start);
    Span {
        start: node.range.start,
        end: node.range.end,
        line,
        column,
    }
}

pub(crate) fn strings<'a>(root: &'a Node, lines: &Lines, text: &str) -> Vec<StringAt<'a>> {
    fn walk<'a>(node: &'a Node, route: Route, out: &mut Vec<(Route, &'a Node, &'a str)>) {
        match &node.shape {
            Shape::Object(members) => {
                for member in members {
                    walk(&member.value, route.key(&member.name), out);
                }
            }
            Shape::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    walk(element, route.index(index), out);
                }
            }
            Shape::Text(value) => out.push((route, node, value)),
            Shape::Other => {}
        }
    }
    let mut found = Vec::new();
    walk(root, Route::default(), &mut found);
    found
        .into_iter()
        .map(|(route, node, value)| StringAt {
            route,
            span: span(node, lines, text),
            value,
        })
        .collect()
}

#[cfg(test)]
mod tests;
