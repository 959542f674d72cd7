//! Reads a template: text, comments, directives and references.

use super::check;
use super::{Access, Expression, Node, Reference, Template, TemplateError};

/// How deep expressions, blocks and texts may be in each other.
const DEPTH: usize = 40;

/// Reads a template.
///
/// # Errors
/// [`TemplateError::Syntax`] and [`TemplateError::NotImplemented`].
pub fn parse(text: &str) -> Result<Template, TemplateError> {
    nodes(text, 0).map(Template)
}

/// The nodes of a text; `depth` is that of the text it is in.
pub(super) fn nodes(text: &str, depth: usize) -> Result<Vec<Node>, TemplateError> {
    let mut parser = Parser { text, at: 0, depth };
    let (nodes, end) = parser.block()?;
    match end {
        Ending::Text => Ok(nodes),
        Ending::Block => Err(parser.error("#end without a beginning")),
        Ending::Else => Err(parser.error("#else without an #if")),
        Ending::ElseIf => Err(parser.error("#elseif without an #if")),
    }
}

/// What ends a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Text,
    Block,
    Else,
    ElseIf,
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) depth: usize,
}

pub(super) fn is_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

impl<'a> Parser<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn eat(&mut self, expected: &str) -> bool {
        let eaten = self.rest().starts_with(expected);
        if eaten {
            self.at += expected.len();
        }
        eaten
    }

    pub(super) fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    pub(super) fn expect(&mut self, expected: &str) -> Result<(), TemplateError> {
        self.blanks();
        if self.eat(expected) {
            return Ok(());
        }
        let found = match self.peek() {
            Some(c) => format!("'{c}'"),
            None => "the end".to_owned(),
        };
        Err(self.error(&format!("'{expected}' expected, found {found}")))
    }

    pub(super) fn error(&self, problem: &str) -> TemplateError {
        let line = self.text[..self.at].matches('\n').count() + 1;
        TemplateError::Syntax {
            line,
            problem: problem.to_owned(),
        }
    }

    pub(super) fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, TemplateError>,
    ) -> Result<T, TemplateError> {
        if self.depth >= DEPTH {
            return Err(self.error("nested too deeply"));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    pub(super) fn identifier(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        if !rest.starts_with(is_start) {
            return None;
        }
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at += end;
        Some(&rest[..end])
    }

    /// Nodes up to what ends the block, which is read as well.
    fn block(&mut self) -> Result<(Vec<Node>, Ending), TemplateError> {
        let mut nodes = Vec::new();
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.find(['#', '$', '\\']).unwrap_or(rest.len());
            text.push_str(&rest[..plain]);
            self.at += plain;
            let rest = self.rest();
            let Some(first) = rest.chars().next() else {
                push_text(&mut nodes, &mut text);
                return Ok((nodes, Ending::Text));
            };
            let found = match first {
                '$' => self.reference()?.map(Found::Reference),
                '\\' => {
                    self.refuse_escape()?;
                    None
                }
                _ => self.hash()?,
            };
            match found {
                None => {
                    text.push(first);
                    self.at += 1;
                }
                Some(Found::Nothing) => {}
                Some(Found::Text(literal)) => text.push_str(literal),
                Some(Found::Reference(reference)) => {
                    push_text(&mut nodes, &mut text);
                    nodes.push(Node::Reference(reference));
                }
                Some(Found::Node(node)) => {
                    push_text(&mut nodes, &mut text);
                    nodes.push(node);
                }
                Some(Found::End(end)) => {
                    push_text(&mut nodes, &mut text);
                    return Ok((nodes, end));
                }
            }
        }
    }

    /// `\$x` and `\#if` mean different things by what is defined.
    fn refuse_escape(&mut self) -> Result<(), TemplateError> {
        let rest = self.rest();
        let after = rest.trim_start_matches('\\');
        let mut ahead = Parser {
            text: after,
            at: 0,
            depth: self.depth,
        };
        let escapes = match after.chars().next() {
            Some('$') => {
                ahead.at = 1;
                let _ = ahead.eat("!");
                let _ = ahead.eat("{");
                ahead.identifier().is_some()
            }
            Some('#') => matches!(
                directive_name(after),
                Some((name, _)) if DIRECTIVES.contains(&name)
            ),
            _ => false,
        };
        if escapes {
            return Err(
                self.error("a backslash before a reference or a directive is not implemented")
            );
        }
        Ok(())
    }

    /// At `$`: a reference, or `None` when it is plain text.
    pub(super) fn reference(&mut self) -> Result<Option<Reference>, TemplateError> {
        let from = self.at;
        self.at += 1;
        let quiet = self.eat("!");
        let formal = self.eat("{");
        let Some(root) = self.identifier() else {
            self.at = from;
            return Ok(None);
        };
        let root = root.to_owned();
        let path = self.accesses()?;
        if formal && !self.eat("}") {
            return Err(self.error("'}' expected at the end of a reference"));
        }
        let reference = Reference {
            source: self.text[from..self.at].to_owned(),
            quiet,
            root,
            path,
        };
        check::reference(&reference)?;
        Ok(Some(reference))
    }

    fn accesses(&mut self) -> Result<Vec<Access>, TemplateError> {
        let mut path = Vec::new();
        loop {
            let from = self.at;
            if self.eat(".") {
                let Some(name) = self.identifier() else {
                    // A full stop after a reference.
                    self.at = from;
                    return Ok(path);
                };
                if self.eat("(") {
                    let arguments = self.deeper(|parser| parser.list(")"))?;
                    path.push(Access::Method(name.to_owned(), arguments));
                } else {
                    path.push(Access::Property(name.to_owned()));
                }
            } else if self.eat("[") {
                let index = self.deeper(Self::expression)?;
                self.expect("]")?;
                path.push(Access::Index(index));
            } else {
                return Ok(path);
            }
        }
    }

    /// Expressions with commas between them, up to `close`, which is read.
    pub(super) fn list(&mut self, close: &str) -> Result<Vec<Expression>, TemplateError> {
        let mut items = Vec::new();
        self.blanks();
        if self.eat(close) {
            return Ok(items);
        }
        loop {
            items.push(self.expression()?);
            self.blanks();
            if self.eat(close) {
                return Ok(items);
            }
            self.expect(",")?;
        }
    }

    /// At `#`: a comment, a directive, or `None` when it is plain text.
    fn hash(&mut self) -> Result<Option<Found<'a>>, TemplateError> {
        let rest = self.rest();
        if rest.starts_with("##") {
            self.at += rest.find('\n').map_or(rest.len(), |at| at + 1);
            return Ok(Some(Found::Nothing));
        }
        if let Some(comment) = rest.strip_prefix("#*") {
            let length = comment
                .find("*#")
                .ok_or_else(|| self.error("a comment without an end"))?;
            self.at += length + 4;
            return Ok(Some(Found::Nothing));
        }
        if let Some(literal) = rest.strip_prefix("#[[") {
            let length = literal
                .find("]]#")
                .ok_or_else(|| self.error("literal text without an end"))?;
            self.at += length + 6;
            return Ok(Some(Found::Text(&literal[..length])));
        }
        let Some((name, length)) = directive_name(rest) else {
            return Ok(None);
        };
        if !DIRECTIVES.contains(&name) {
            let called = rest[length..].starts_with('(');
            if called || UNKNOWN_DIRECTIVES.contains(&name) {
                return Err(TemplateError::NotImplemented(format!(
                    "the directive #{name}"
                )));
            }
            // A colour, a fragment of a URL.
            return Ok(None);
        }
        self.at += length;
        self.directive(name).map(Some)
    }

    fn directive(&mut self, name: &str) -> Result<Found<'a>, TemplateError> {
        match name {
            "set" => {
                self.expect("(")?;
                self.blanks();
                let reference = match self.peek() {
                    Some('$') => self.reference()?,
                    _ => None,
                };
                let reference = reference.ok_or_else(|| self.error("#set needs a reference"))?;
                let target = check::target(&reference)?;
                self.expect("=")?;
                let value = self.deeper(Self::expression)?;
                self.close()?;
                Ok(Found::Node(Node::Set { target, value }))
            }
            "if" => self.deeper(Self::branches).map(Found::Node),
            "foreach" => self.deeper(Self::for_each).map(Found::Node),
            "elseif" => Ok(Found::End(Ending::ElseIf)),
            "else" => {
                self.line_break();
                Ok(Found::End(Ending::Else))
            }
            "end" => {
                self.line_break();
                Ok(Found::End(Ending::Block))
            }
            "break" => {
                self.line_break();
                Ok(Found::Node(Node::Break))
            }
            _ => Ok(Found::Node(Node::Stop)),
        }
    }

    /// After `#if`.
    fn branches(&mut self) -> Result<Node, TemplateError> {
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        let mut last = false;
        loop {
            let condition = if last {
                None
            } else {
                self.expect("(")?;
                let condition = self.deeper(Self::expression)?;
                self.close()?;
                Some(condition)
            };
            let (nodes, end) = self.block()?;
            match condition {
                Some(condition) => branches.push((condition, nodes)),
                None => otherwise = nodes,
            }
            match end {
                Ending::Block => {
                    return Ok(Node::If {
                        branches,
                        otherwise,
                    });
                }
                Ending::Text => return Err(self.error("#if without an #end")),
                _ if last => return Err(self.error("a branch after #else")),
                Ending::Else => last = true,
                Ending::ElseIf => {}
            }
        }
    }

    /// After `#foreach`.
    fn for_each(&mut self) -> Result<Node, TemplateError> {
        self.expect("(")?;
        self.expect("$")?;
        let variable = self
            .identifier()
            .ok_or_else(|| self.error("#foreach needs a variable"))?
            .to_owned();
        check::variable(&variable)?;
        self.expect("in")?;
        let list = self.deeper(Self::expression)?;
        self.close()?;
        let (body, end) = self.block()?;
        if end != Ending::Block {
            return Err(self.error("#foreach without an #end"));
        }
        Ok(Node::ForEach {
            variable,
            list,
            body,
        })
    }

    fn close(&mut self) -> Result<(), TemplateError> {
        self.expect(")")?;
        self.line_break();
        Ok(())
    }

    /// The blanks up to the end of the line belong to the directive, with it.
    fn line_break(&mut self) {
        let rest = self.rest();
        let after = rest.trim_start_matches([' ', '\t']);
        let end = after
            .strip_prefix("\r\n")
            .or_else(|| after.strip_prefix('\n'));
        if let Some(end) = end {
            self.at += rest.len() - end.len();
        }
    }
}

enum Found<'a> {
    Nothing,
    Text(&'a str),
    Reference(Reference),
    Node(Node),
    End(Ending),
}

const DIRECTIVES: &[&str] = &[
    "set", "if", "elseif", "else", "end", "foreach", "break", "stop",
];

/// Velocity's other directives.
const UNKNOWN_DIRECTIVES: &[&str] = &["define", "evaluate", "include", "macro", "parse"];

/// The name after `#` or in `#{}`, and how long all of it is.
fn directive_name(text: &str) -> Option<(&str, usize)> {
    let rest = text.strip_prefix('#')?;
    let (inside, around) = match rest.strip_prefix('{') {
        Some(inside) => (inside, 3),
        None => (rest, 1),
    };
    let end = inside
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(inside.len());
    let valid = inside.starts_with(is_start) && (around == 1 || inside[end..].starts_with('}'));
    valid.then(|| (&inside[..end], end + around))
}

fn push_text(nodes: &mut Vec<Node>, text: &mut String) {
    if !text.is_empty() {
        nodes.push(Node::Text(std::mem::take(text)));
    }
}
