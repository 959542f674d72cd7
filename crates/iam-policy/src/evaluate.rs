//! The decision: an explicit deny wins, then an allow, else an implicit deny.

use super::{Context, Effect, Policy, PrincipalPattern, Statement, Version, pattern};

/// Who asks; only policies with principals look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker<'a> {
    /// An AWS service, e.g. `lambda.amazonaws.com`.
    Service(&'a str),
    /// Somebody of an account.
    Identity {
        /// The account's number.
        account: &'a str,
        /// The ARN; for a session, of the role and of the session.
        arns: &'a [String],
    },
}

/// May this be done?
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who asks; `None` for identity policies, which are about their owner.
    pub asker: Option<Asker<'a>>,
    /// E.g. `dynamodb:GetItem`.
    pub action: &'a str,
    /// ARN of the resource, or `*` where the action knows none.
    pub resource: &'a str,
    /// The circumstances, by condition key in lower case.
    pub context: &'a Context,
}

/// What policies say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// A statement allows it and none denies it.
    Allow,
    /// No statement allows it.
    ImplicitDeny,
    /// A statement denies it.
    ExplicitDeny,
}

/// What the policies say together.
pub fn decide<'a>(
    policies: impl IntoIterator<Item = &'a Policy>,
    question: &Question<'_>,
) -> Decision {
    let mut decision = Decision::ImplicitDeny;
    for policy in policies {
        for statement in &policy.statements {
            if !statement.applies(policy.version, question) {
                continue;
            }
            match statement.effect {
                Effect::Deny => return Decision::ExplicitDeny,
                Effect::Allow => decision = Decision::Allow,
            }
        }
    }
    decision
}

impl Statement {
    fn applies(&self, version: Version, question: &Question<'_>) -> bool {
        let principal = match (&self.principal, question.asker) {
            (None, _) => true,
            (Some(matching), Some(asker)) => matching.holds(|pattern| pattern.is(asker)),
            (Some(_), None) => false,
        };
        principal
            && self
                .action
                .holds(|pattern| pattern::action(pattern, question.action))
            && self.resource.as_ref().is_none_or(|matching| {
                matching.holds(|pattern| {
                    pattern::resource(pattern, question.resource, version, question.context)
                })
            })
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(version, question.context))
    }
}

impl PrincipalPattern {
    fn is(&self, asker: Asker<'_>) -> bool {
        match (self, asker) {
            (Self::Everyone, _) => true,
            (Self::Service(name), Asker::Service(asker)) => name == asker,
            (Self::Account(number), Asker::Identity { account, .. }) => number == account,
            (Self::Arn(arn), Asker::Identity { arns, .. }) => arns.contains(arn),
            _ => false,
        }
    }
}
