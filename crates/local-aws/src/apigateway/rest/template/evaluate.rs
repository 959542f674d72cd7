//! Renders a template.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::text::{self, plain};
use super::{
    Access, Expression, Location, Node, Operator, Reference, Target, Template, TemplateError,
    methods,
};
use crate::apigateway::rest::json_path::JsonPath;

/// How often a `#foreach` goes round (AWS docs, "Amazon API Gateway important notes").
const ROUNDS: usize = 1_000;

/// How much a template may do and write.
const STEPS: usize = 1_000_000;
const LARGEST: usize = 10 * 1024 * 1024;

/// The parameters of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameters {
    /// Of the path.
    pub path: BTreeMap<String, String>,
    /// Of the query; the last of those of one name.
    pub querystring: BTreeMap<String, String>,
    /// Headers; names as they came.
    pub header: BTreeMap<String, String>,
}

impl Parameters {
    /// A parameter by where it is; headers without regard to case.
    pub fn get(&self, location: Location, name: &str) -> Option<&String> {
        match location {
            Location::Path => self.path.get(name),
            Location::QueryString => self.querystring.get(name),
            Location::Header => self
                .header
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, value)| value),
        }
    }

    fn to_value(&self) -> Value {
        json!({ "path": self.path, "querystring": self.querystring, "header": self.header })
    }
}

/// What a template is given.
#[derive(Debug, Clone)]
pub struct Inputs<'a> {
    /// `$input.body`
    pub body: &'a str,
    /// `$input.params()`
    pub parameters: &'a Parameters,
    /// `$context`
    pub context: &'a Value,
    /// `$stageVariables`
    pub stage_variables: &'a BTreeMap<String, String>,
}

/// What a template sets outside itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// `$context.requestOverride`
    pub request: Vec<(Location, String, String)>,
    /// `$context.responseOverride.status`
    pub status: Option<u16>,
    /// `$context.responseOverride.header`
    pub headers: Vec<(String, String)>,
}

/// What came of a template.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rendered {
    /// Its text.
    pub text: String,
    /// What it set.
    pub overrides: Overrides,
}

/// Renders a template.
///
/// # Errors
/// [`TemplateError`].
pub fn render(template: &Template, inputs: &Inputs<'_>) -> Result<Rendered, TemplateError> {
    let mut run = Run {
        inputs,
        body: OnceCell::new(),
        variables: BTreeMap::new(),
        overrides: Overrides::default(),
        steps: 0,
    };
    let mut text = String::new();
    run.nodes(&template.0, &mut text)?;
    Ok(Rendered {
        text,
        overrides: run.overrides,
    })
}

struct Run<'a> {
    inputs: &'a Inputs<'a>,
    body: OnceCell<Value>,
    variables: BTreeMap<String, Value>,
    overrides: Overrides,
    steps: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Stop,
}

impl Run<'_> {
    fn nodes(&mut self, nodes: &[Node], out: &mut String) -> Result<Flow, TemplateError> {
        for node in nodes {
            self.steps += 1;
            if self.steps > STEPS || out.len() > LARGEST {
                return Err(TemplateError::Failed(
                    "the template does too much".to_owned(),
                ));
            }
            let flow = self.node(node, out)?;
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn node(&mut self, node: &Node, out: &mut String) -> Result<Flow, TemplateError> {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Reference(reference) => match self.reference(reference)? {
                Some(value) => out.push_str(&plain(&value)),
                // What the context has not is empty; Velocity would show the reference.
                None if reference.quiet || reference.root == "context" => {}
                None => out.push_str(&reference.source),
            },
            Node::Set { target, value } => {
                let value = self.expression(value)?;
                self.set(target, value)?;
            }
            Node::If {
                branches,
                otherwise,
            } => {
                for (condition, nodes) in branches {
                    if truth(self.expression(condition)?.as_ref()) {
                        return self.nodes(nodes, out);
                    }
                }
                return self.nodes(otherwise, out);
            }
            Node::ForEach {
                variable,
                list,
                body,
            } => return self.for_each(variable, list, body, out),
            Node::Break => return Ok(Flow::Break),
            Node::Stop => return Ok(Flow::Stop),
        }
        Ok(Flow::On)
    }

    fn set(&mut self, target: &Target, value: Option<Value>) -> Result<(), TemplateError> {
        // Velocity leaves a variable as it is when there is nothing to set.
        let Some(value) = value else { return Ok(()) };
        match target {
            Target::Variable(name) => {
                self.variables.insert(name.clone(), value);
            }
            Target::Status => {
                let status = plain(&value)
                    .parse()
                    .ok()
                    .filter(|status| (100..600).contains(status));
                let problem =
                    || TemplateError::Failed(format!("no HTTP status: {}", plain(&value)));
                self.overrides.status = Some(status.ok_or_else(problem)?);
            }
            Target::ResponseHeader(name) => {
                self.overrides.headers.push((name.clone(), plain(&value)));
            }
            Target::Request(location, name) => {
                let set = (*location, name.clone(), plain(&value));
                self.overrides.request.push(set);
            }
        }
        Ok(())
    }

    fn for_each(
        &mut self,
        variable: &str,
        list: &Expression,
        body: &[Node],
        out: &mut String,
    ) -> Result<Flow, TemplateError> {
        let items: Vec<Value> = match self.expression(list)? {
            None => Vec::new(),
            Some(Value::Array(items)) => items,
            Some(Value::Object(members)) => members.into_iter().map(|(_, value)| value).collect(),
            Some(_) => return Ok(Flow::On),
        };
        if items.len() > ROUNDS {
            let problem = format!(
                "#foreach goes round {} times, more than {ROUNDS}",
                items.len()
            );
            return Err(TemplateError::Failed(problem));
        }
        let outside = ["foreach", "velocityCount", variable]
            .map(|name| (name.to_owned(), self.variables.get(name).cloned()));
        let count = items.len();
        let mut flow = Flow::On;
        for (index, item) in items.into_iter().enumerate() {
            let turn = json!({
                "index": index,
                "count": index + 1,
                "first": index == 0,
                "last": index + 1 == count,
                "hasNext": index + 1 < count,
            });
            self.variables.insert("foreach".to_owned(), turn);
            self.variables
                .insert("velocityCount".to_owned(), json!(index + 1));
            self.variables.insert(variable.to_owned(), item);
            flow = self.nodes(body, out)?;
            if flow != Flow::On {
                break;
            }
        }
        for (name, value) in outside {
            match value {
                Some(value) => self.variables.insert(name, value),
                None => self.variables.remove(&name),
            };
        }
        Ok(if flow == Flow::Stop {
            Flow::Stop
        } else {
            Flow::On
        })
    }

    /// `None` is null, also of what is not defined.
    fn reference(&mut self, reference: &Reference) -> Result<Option<Value>, TemplateError> {
        let mut path = reference.path.as_slice();
        let mut value = match reference.root.as_str() {
            root @ ("input" | "util") => {
                let Some((first, rest)) = path.split_first() else {
                    return Err(TemplateError::NotImplemented(reference.source.clone()));
                };
                path = rest;
                self.ours(root, first)?
            }
            "context" => Some(self.inputs.context.clone()),
            "stageVariables" => Some(json!(self.inputs.stage_variables)),
            name => self.variables.get(name).cloned(),
        };
        for access in path {
            let Some(receiver) = value.filter(|value| !value.is_null()) else {
                return Ok(None);
            };
            value = match access {
                Access::Property(name) => property(&receiver, name),
                Access::Index(index) => {
                    let index = self.expression(index)?;
                    index.and_then(|index| element(&receiver, &index))
                }
                Access::Method(name, arguments) => {
                    let mut given = Vec::with_capacity(arguments.len());
                    for argument in arguments {
                        given.push(self.expression(argument)?);
                    }
                    methods::call(&receiver, name, &given)?
                }
            };
        }
        Ok(value.filter(|value| !value.is_null()))
    }

    /// `$input.…` and `$util.…`
    fn ours(&mut self, root: &str, access: &Access) -> Result<Option<Value>, TemplateError> {
        let (name, arguments) = match access {
            Access::Property(name) if root == "input" && name == "body" => {
                return Ok(Some(json!(self.inputs.body)));
            }
            Access::Method(name, arguments) => (name.as_str(), arguments.as_slice()),
            _ => return Err(TemplateError::NotImplemented(format!("${root}"))),
        };
        let argument = match arguments {
            [] => None,
            [argument, ..] => Some(self.expression(argument)?.unwrap_or(Value::Null)),
        };
        match (root, name, argument) {
            ("input", "params", None) => Ok(Some(self.inputs.parameters.to_value())),
            ("input", "params", Some(name)) => {
                let name = plain(&name);
                let found = [Location::Path, Location::QueryString, Location::Header]
                    .into_iter()
                    .find_map(|location| self.inputs.parameters.get(location, &name));
                Ok(Some(json!(found.map_or("", String::as_str))))
            }
            ("input", "path", Some(path)) => {
                let found = self.find(&path)?;
                // What is not there is an empty text, not null.
                Ok(Some(found.unwrap_or_else(|| json!(""))))
            }
            ("input", "json", Some(path)) => {
                let found = self.find(&path)?.unwrap_or_else(|| json!(""));
                Ok(Some(json!(found.to_string())))
            }
            ("util", name, Some(argument)) => text::util(name, &argument).map(Some),
            (root, name, _) => Err(TemplateError::NotImplemented(format!("${root}.{name}"))),
        }
    }

    fn find(&self, path: &Value) -> Result<Option<Value>, TemplateError> {
        let path = JsonPath::parse(&plain(path))
            .map_err(|error| TemplateError::NotImplemented(error.to_string()))?;
        if self.body.get().is_none() {
            let body = match self.inputs.body.trim() {
                "" => json!({}),
                text => serde_json::from_str(text)
                    .map_err(|error| TemplateError::Body(error.to_string()))?,
            };
            // Set above only here.
            let _ = self.body.set(body);
        }
        Ok(self.body.get().and_then(|body| path.find(body)))
    }

    fn expression(&mut self, expression: &Expression) -> Result<Option<Value>, TemplateError> {
        self.steps += 1;
        Ok(match expression {
            Expression::Literal(value) => Some(value.clone()),
            Expression::Interpolated(nodes) => {
                let mut text = String::new();
                self.nodes(nodes, &mut text)?;
                Some(json!(text))
            }
            Expression::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.push(self.expression(item)?.unwrap_or(Value::Null));
                }
                Some(Value::Array(list))
            }
            Expression::Range(first, last) => {
                let ends = (self.expression(first)?, self.expression(last)?);
                range(ends.0.as_ref(), ends.1.as_ref())?
            }
            Expression::Map(members) => {
                let mut map = Map::new();
                for (key, value) in members {
                    let key = self.expression(key)?.unwrap_or(Value::Null);
                    let value = self.expression(value)?.unwrap_or(Value::Null);
                    map.insert(plain(&key), value);
                }
                Some(Value::Object(map))
            }
            Expression::Reference(reference) => self.reference(reference)?,
            Expression::Not(operand) => Some(json!(!truth(self.expression(operand)?.as_ref()))),
            Expression::Binary(operator, left, right) => {
                let left = self.expression(left)?;
                match operator {
                    Operator::Or if truth(left.as_ref()) => return Ok(Some(json!(true))),
                    Operator::And if !truth(left.as_ref()) => return Ok(Some(json!(false))),
                    _ => {}
                }
                let right = self.expression(right)?;
                binary(*operator, left.as_ref(), right.as_ref())
            }
        })
    }
}

/// Only null and `false` are false, as in Velocity 1.7.
fn truth(value: Option<&Value>) -> bool {
    !matches!(value, None | Some(Value::Null | Value::Bool(false)))
}

fn property(receiver: &Value, name: &str) -> Option<Value> {
    match receiver {
        Value::Object(members) => members.get(name).cloned(),
        // Bean properties of texts and lists.
        Value::String(text) if name == "empty" => Some(json!(text.is_empty())),
        Value::Array(items) if name == "empty" => Some(json!(items.is_empty())),
        _ => None,
    }
}

fn element(receiver: &Value, index: &Value) -> Option<Value> {
    match receiver {
        Value::Object(members) => members.get(plain(index).as_str()).cloned(),
        Value::Array(items) => {
            let at = index.as_i64()?;
            let at = if at < 0 {
                i64::try_from(items.len()).ok()?.checked_add(at)?
            } else {
                at
            };
            items.get(usize::try_from(at).ok()?).cloned()
        }
        _ => None,
    }
}

fn range(first: Option<&Value>, last: Option<&Value>) -> Result<Option<Value>, TemplateError> {
    let ends = first
        .and_then(Value::as_i64)
        .zip(last.and_then(Value::as_i64));
    let Some((first, last)) = ends else {
        return Ok(None);
    };
    if first.abs_diff(last) >= ROUNDS as u64 {
        let problem = format!("the range [{first}..{last}] is longer than {ROUNDS}");
        return Err(TemplateError::Failed(problem));
    }
    let items: Vec<i64> = if first <= last {
        (first..=last).collect()
    } else {
        (last..=first).rev().collect()
    };
    Ok(Some(json!(items)))
}

fn binary(operator: Operator, left: Option<&Value>, right: Option<&Value>) -> Option<Value> {
    use Operator as O;
    Some(match operator {
        O::Or | O::And => json!(truth(right)),
        O::Equal => json!(equal(left, right)),
        O::NotEqual => json!(!equal(left, right)),
        O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual => {
            // What are no numbers cannot be compared: false.
            let numbers = left
                .and_then(Value::as_f64)
                .zip(right.and_then(Value::as_f64));
            json!(numbers.is_some_and(|(left, right)| match operator {
                O::Less => left < right,
                O::LessOrEqual => left <= right,
                O::Greater => left > right,
                _ => left >= right,
            }))
        }
        O::Add if is_text(left) || is_text(right) => {
            let part = |value: Option<&Value>| {
                value.map_or(Cow::Borrowed("null"), |value| Cow::Owned(plain(value)))
            };
            json!(format!("{}{}", part(left), part(right)))
        }
        O::Add | O::Subtract | O::Multiply | O::Divide | O::Remainder => {
            return calculate(operator, left?, right?);
        }
    })
}

fn is_text(value: Option<&Value>) -> bool {
    matches!(value, Some(Value::String(_)))
}

/// Numbers by value, the rest by what they are or how they are written.
fn equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    let (left, right) = (left.unwrap_or(&Value::Null), right.unwrap_or(&Value::Null));
    match (left, right) {
        (Value::Null, _) | (_, Value::Null) => left == right,
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Array(_), Value::Array(_)) | (Value::Object(_), Value::Object(_)) => left == right,
        _ => plain(left) == plain(right),
    }
}

/// Null when a divisor is zero, as in Velocity; overflow is null too.
fn calculate(operator: Operator, left: &Value, right: &Value) -> Option<Value> {
    use Operator as O;
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        return match operator {
            O::Add => left.checked_add(right),
            O::Subtract => left.checked_sub(right),
            O::Multiply => left.checked_mul(right),
            O::Divide => left.checked_div(right),
            _ => left.checked_rem(right),
        }
        .map(|number| json!(number));
    }
    let (left, right) = (left.as_f64()?, right.as_f64()?);
    if right == 0.0 && matches!(operator, O::Divide | O::Remainder) {
        return None;
    }
    let number = match operator {
        O::Add => left + right,
        O::Subtract => left - right,
        O::Multiply => left * right,
        O::Divide => left / right,
        _ => left % right,
    };
    number.is_finite().then(|| json!(number))
}
