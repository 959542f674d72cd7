//! Mapping templates: the part of the Velocity Template Language (1.7) that API
//! Gateway's own reference uses (AWS docs, "Mapping template and access logging
//! variable reference").
//!
//! Strict: a directive, function, method or JSONPath that is not implemented is
//! an error when the template is read, that is, at deployment. Values cannot be
//! changed in place (`$map.put`, `$list.add`), only set.
//!
//! [`parse()`] reads, [`check`] refuses what is known to be unknown,
//! [`evaluate`] renders, [`methods`] are those of values, [`text`] the
//! functions of `$util`.

mod check;
mod evaluate;
mod expression;
mod methods;
mod parse;
#[cfg(test)]
mod tests;
mod text;

use serde_json::Value;

pub use evaluate::{Inputs, Overrides, Parameters, Rendered, render};
pub use parse::parse;
pub(super) use text::quoted;

/// A template that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Vec<Node>);

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Text(String),
    Reference(Reference),
    Set {
        target: Target,
        value: Expression,
    },
    If {
        branches: Vec<(Expression, Vec<Node>)>,
        otherwise: Vec<Node>,
    },
    ForEach {
        variable: String,
        list: Expression,
        body: Vec<Node>,
    },
    Break,
    Stop,
}

#[derive(Debug, Clone, PartialEq)]
enum Target {
    Variable(String),
    /// `$context.responseOverride.status`
    Status,
    /// `$context.responseOverride.header.NAME`
    ResponseHeader(String),
    /// `$context.requestOverride.header.NAME`, `.path.NAME`, `.querystring.NAME`
    Request(Location, String),
}

/// Where a request carries a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// The path.
    Path,
    /// The query.
    QueryString,
    /// The headers.
    Header,
}

impl Location {
    /// `path`, `querystring` or `header`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "path" => Some(Self::Path),
            "querystring" => Some(Self::QueryString),
            "header" => Some(Self::Header),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Reference {
    /// As written, for what has no value.
    source: String,
    quiet: bool,
    root: String,
    path: Vec<Access>,
}

#[derive(Debug, Clone, PartialEq)]
enum Access {
    Property(String),
    Method(String, Vec<Expression>),
    Index(Expression),
}

#[derive(Debug, Clone, PartialEq)]
enum Expression {
    Literal(Value),
    /// A text in double quotes with references or directives in it.
    Interpolated(Vec<Node>),
    List(Vec<Expression>),
    Range(Box<Expression>, Box<Expression>),
    Map(Vec<(Expression, Expression)>),
    Reference(Reference),
    Not(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// What is wrong with a template, or with what it was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It cannot be read.
    #[error("line {line}: {problem}")]
    Syntax {
        /// From 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// Velocity or API Gateway has it, or nobody has; this has not.
    #[error("{0} is not implemented in mapping templates")]
    NotImplemented(String),
    /// It failed while it was rendered.
    #[error("{0}")]
    Failed(String),
    /// The body that it reads is no JSON.
    #[error("Could not parse request body into json: {0}")]
    Body(String),
}
