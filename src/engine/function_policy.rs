//! A function's resource policy as it is, statement by statement: more than
//! [`PolicyStatement`] can ask for, as others may have written it.

use std::fmt;

use super::ports::PolicyStatement;

/// Whose policy a statement is in: each qualifier has its own (AWS docs, "Viewing
/// resource-based IAM policies in Lambda").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Of the alias that is live.
    Live,
    /// Of the function without a qualifier.
    Function,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// In which policy.
    pub place: Place,
    /// Its `Sid`; AddPermission always gives one.
    pub id: Option<String>,
    /// Whether it allows; a `Deny` gives nobody anything.
    pub allows: bool,
    /// Who.
    pub principals: Vec<Principal>,
    /// What, e.g. `lambda:InvokeFunction`.
    pub actions: Vec<String>,
    /// When; all of them must hold.
    pub conditions: Vec<Condition>,
    /// Elements that cannot be judged, e.g. `NotPrincipal`.
    pub unread: Vec<String>,
}

/// Whom a statement means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// `*`.
    Anyone,
    /// E.g. `connect.amazonaws.com`.
    Service(String),
    /// An account's number, the ARN of an account or identity, or the id that is left of
    /// a deleted one.
    Aws(String),
    /// A federated or canonical user.
    Other(String),
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// E.g. `ArnLike`.
    pub operator: String,
    /// E.g. `AWS:SourceArn`; its case means nothing.
    pub key: String,
    /// Any of them will do.
    pub values: Vec<String>,
}

const INVOKE: &str = "lambda:InvokeFunction";
const SOURCE_ARN: &str = "aws:SourceArn";
const SOURCE_ACCOUNT: &str = "aws:SourceAccount";

impl Statement {
    /// Whether it is what [`permit`](super::ports::Functions::permit) would make, no more
    /// and no less.
    pub fn is(&self, wanted: &PolicyStatement) -> bool {
        let conditions = [
            (SOURCE_ARN, wanted.source_arn.as_ref()),
            (SOURCE_ACCOUNT, wanted.source_account.as_ref()),
        ];
        let all = conditions
            .iter()
            .all(|(key, value)| self.only(key) == value.map(String::as_str));
        let count = conditions.iter().filter(|(_, value)| value.is_some());
        self.lets_invoke(&wanted.principal) && all && self.conditions.len() == count.count()
    }

    /// Whether it lets nobody but a service invoke, and for nothing but one resource.
    pub fn lets_only(&self, service: &str, source_arn: &str) -> bool {
        self.lets_invoke(service) && self.only(SOURCE_ARN) == Some(source_arn)
    }

    fn lets_invoke(&self, service: &str) -> bool {
        self.allows
            && self.unread.is_empty()
            && self.principals == [Principal::Service(service.to_owned())]
            && self.actions == [INVOKE]
    }

    /// The one value that a condition key must have.
    pub fn only(&self, key: &str) -> Option<&str> {
        self.conditions
            .iter()
            .filter(|condition| condition.key.eq_ignore_ascii_case(key))
            .find_map(Condition::only)
    }
}

impl Condition {
    /// The one value that it asks for; an operator `…IfExists` asks for none.
    fn only(&self) -> Option<&str> {
        const EQUAL: &[&str] = &["ArnLike", "ArnEquals", "StringEquals", "StringLike", "Bool"];
        match self.values.as_slice() {
            [one] if EQUAL.contains(&self.operator.as_str()) => Some(one),
            _ => None,
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("anyone"),
            Self::Service(service) => f.write_str(service),
            Self::Aws(text) => match account(text) {
                Some(account) => write!(f, "account {account}"),
                None => f.write_str(text),
            },
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// The account that a principal means as a whole: by number, or as the ARN of its root.
pub fn account(text: &str) -> Option<&str> {
    let number = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if number(text) {
        return Some(text);
    }
    let parts: Vec<&str> = text.split(':').collect();
    match parts[..] {
        ["arn", _, "iam", "", account, "root"] if number(account) => Some(account),
        _ => None,
    }
}

/// `account 444455556666 may invoke it (statement evil)`.
impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |list: Vec<String>| match list.is_empty() {
            true => "somebody".to_owned(),
            false => list.join(" and "),
        };
        let who = words(self.principals.iter().map(ToString::to_string).collect());
        let what: Vec<&str> = self.actions.iter().map(|action| deed(action)).collect();
        write!(f, "{who} may {}", what.join(" and "))?;
        if self.place == Place::Function {
            f.write_str(" unqualified")?;
        }
        for condition in &self.conditions {
            let values = condition.values.join(" or ");
            write!(f, ", {} {} {values}", condition.operator, condition.key)?;
        }
        if !self.unread.is_empty() {
            write!(f, ", {}", self.unread.join(", "))?;
        }
        match &self.id {
            Some(id) => write!(f, " (statement {id})"),
            None => f.write_str(" (a statement without an id)"),
        }
    }
}

fn deed(action: &str) -> &str {
    match action {
        INVOKE => "invoke it",
        "lambda:InvokeFunctionUrl" => "call its URL",
        "*" | "lambda:*" => "do anything with it",
        other => other,
    }
}
