//! Reads the expressions of directives and arguments.

use serde_json::{Value, json};

use super::parse::{Parser, is_start, nodes};
use super::{Expression, Operator, TemplateError};

/// Operators by how tightly they bind, the loosest first.
const LEVELS: &[&[(&str, Operator)]] = &[
    &[("||", Operator::Or), ("or", Operator::Or)],
    &[("&&", Operator::And), ("and", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("eq", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("ne", Operator::NotEqual),
    ],
    &[
        ("<=", Operator::LessOrEqual),
        ("le", Operator::LessOrEqual),
        ("<", Operator::Less),
        ("lt", Operator::Less),
        (">=", Operator::GreaterOrEqual),
        ("ge", Operator::GreaterOrEqual),
        (">", Operator::Greater),
        ("gt", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[
        ("*", Operator::Multiply),
        ("/", Operator::Divide),
        ("%", Operator::Remainder),
    ],
];

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Result<Expression, TemplateError> {
        self.deeper(|parser| parser.level(0))
    }

    fn level(&mut self, level: usize) -> Result<Expression, TemplateError> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.operator(operators) {
            let right = self.level(level + 1)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        self.blanks();
        let found = operators
            .iter()
            .find(|(word, _)| {
                let rest = self.rest();
                let Some(after) = rest.strip_prefix(word) else {
                    return false;
                };
                !word.starts_with(is_start) || !after.starts_with(|c: char| c.is_alphanumeric())
            })
            .copied();
        let (word, operator) = found?;
        self.at += word.len();
        Some(operator)
    }

    fn unary(&mut self) -> Result<Expression, TemplateError> {
        self.blanks();
        let negated = self.eat("!") || self.word("not");
        if !negated {
            return self.primary();
        }
        let operand = self.deeper(Self::unary)?;
        Ok(Expression::Not(Box::new(operand)))
    }

    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest();
        let whole = rest
            .strip_prefix(word)
            .is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
        if whole {
            self.at += word.len();
        }
        whole
    }

    fn primary(&mut self) -> Result<Expression, TemplateError> {
        match self.peek() {
            Some('(') => {
                self.at += 1;
                let inside = self.expression()?;
                self.expect(")")?;
                Ok(inside)
            }
            Some('[') => {
                self.at += 1;
                self.deeper(Self::list_or_range)
            }
            Some('{') => {
                self.at += 1;
                self.deeper(Self::map)
            }
            Some('$') => self
                .reference()?
                .map(Expression::Reference)
                .ok_or_else(|| self.error("a reference expected after '$'")),
            Some(quote @ ('\'' | '"')) => self.string(quote),
            Some(c) if c.is_ascii_digit() || c == '-' => self.number(),
            _ if self.word("true") => Ok(Expression::Literal(json!(true))),
            _ if self.word("false") => Ok(Expression::Literal(json!(false))),
            Some(c) => Err(self.error(&format!("an expression expected, found '{c}'"))),
            None => Err(self.error("an expression expected, found the end")),
        }
    }

    fn string(&mut self, quote: char) -> Result<Expression, TemplateError> {
        self.at += 1;
        let rest = self.rest();
        let end = rest
            .find(quote)
            .ok_or_else(|| self.error("a text without an end"))?;
        let content = &rest[..end];
        self.at += end + 1;
        if self.peek() == Some(quote) {
            return Err(self.error("doubled quotes in a text are not implemented"));
        }
        if quote == '"' && content.contains(['$', '#']) {
            let inside = self.deeper(|parser| nodes(content, parser.depth))?;
            return Ok(Expression::Interpolated(inside));
        }
        Ok(Expression::Literal(json!(content)))
    }

    fn number(&mut self) -> Result<Expression, TemplateError> {
        let rest = self.rest();
        let digits = |text: &str| {
            text.find(|c: char| !c.is_ascii_digit())
                .unwrap_or(text.len())
        };
        let sign = usize::from(rest.starts_with('-'));
        let mut end = sign + digits(&rest[sign..]);
        // `1..5` is a range.
        if rest[end..].starts_with('.') && rest[end + 1..].starts_with(|c: char| c.is_ascii_digit())
        {
            end += 1 + digits(&rest[end + 1..]);
        }
        let text = &rest[..end];
        let value: Value = match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(number), _) => json!(number),
            (_, Ok(number)) if text.contains('.') => json!(number),
            _ => return Err(self.error(&format!("no number: {text}"))),
        };
        self.at += end;
        Ok(Expression::Literal(value))
    }

    fn list_or_range(&mut self) -> Result<Expression, TemplateError> {
        self.blanks();
        if self.eat("]") {
            return Ok(Expression::List(Vec::new()));
        }
        let first = self.expression()?;
        self.blanks();
        if self.eat("..") {
            let last = self.expression()?;
            self.expect("]")?;
            return Ok(Expression::Range(Box::new(first), Box::new(last)));
        }
        let mut items = vec![first];
        if !self.eat("]") {
            self.expect(",")?;
            items.extend(self.list("]")?);
        }
        Ok(Expression::List(items))
    }

    fn map(&mut self) -> Result<Expression, TemplateError> {
        let mut members = Vec::new();
        self.blanks();
        if self.eat("}") {
            return Ok(Expression::Map(members));
        }
        loop {
            let key = self.expression()?;
            self.expect(":")?;
            members.push((key, self.expression()?));
            self.blanks();
            if self.eat("}") {
                return Ok(Expression::Map(members));
            }
            self.expect(",")?;
        }
    }
}
