//! Whether a stack of the solution made a statement or a URL: its resources name it
//! (the physical id of an `AWS::Lambda::Permission` is the statement's id), and its
//! template says what it grants. The name alone proves nothing: whoever may read it can
//! give it to a statement of their own, in another policy or in its stead.

use serde_yaml::Value;

use super::template_text::{Scope, Template};
use crate::engine::function_policy::{self, Place, Principal, Statement};
use crate::engine::ports::{FunctionUrl, ObservedStack, StackResource};
use crate::engine::values::LIVE;

const PERMISSION: &str = "AWS::Lambda::Permission";
const URL: &str = "AWS::Lambda::Url";
const NESTED: &str = "AWS::CloudFormation::Stack";

/// A stack and its resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackContents {
    /// The stack.
    pub stack: ObservedStack,
    /// What it made.
    pub resources: Vec<StackResource>,
}

/// Whether a stack with this template may have given somebody a right to a function. A
/// transform may add what the template as it was sent does not show.
pub fn may_grant(template: Option<&str>) -> bool {
    let Some(template) = template else {
        return false;
    };
    match Template::read(template) {
        Some(template) => {
            template.has_transform()
                || [PERMISSION, URL, NESTED]
                    .iter()
                    .any(|one| template.has_type(one))
        }
        None => true,
    }
}

/// ARNs of the stacks that a stack made.
pub fn nested(resources: &[StackResource]) -> impl Iterator<Item = &str> {
    resources
        .iter()
        .filter(|one| one.resource_type == NESTED && one.physical_id.starts_with("arn:"))
        .map(|one| one.physical_id.as_str())
}

/// Condition keys of a statement by the property that asks for them (AWS resource
/// reference, `AWS::Lambda::Permission`).
const CONDITIONS: &[(&str, &str)] = &[
    ("SourceArn", "aws:SourceArn"),
    ("SourceAccount", "aws:SourceAccount"),
    ("PrincipalOrgID", "aws:PrincipalOrgID"),
    ("EventSourceToken", "lambda:EventSourceToken"),
    ("FunctionUrlAuthType", "lambda:FunctionUrlAuthType"),
    ("InvokedViaFunctionUrl", "lambda:InvokedViaFunctionUrl"),
];

impl StackContents {
    /// Whether the stack made a statement of this function's policies, as it is.
    pub fn made_statement(&self, statement: &Statement, function: &str, account: &str) -> bool {
        let Some(id) = &statement.id else {
            return false;
        };
        if !statement.unread.is_empty() {
            return false;
        }
        // Cloud Control spells the two parts of the identifier `FUNCTION|ID`.
        self.made(PERMISSION, |physical| {
            physical.rsplit('|').next() == Some(id)
        })
        .any(|resource| {
            self.declared(resource, account, |properties, scope| {
                is_declared(properties, scope, statement, function, account)
            })
        })
    }

    /// Whether the stack made a URL of this function, as it is.
    pub fn made_url(&self, url: &FunctionUrl, function: &str, account: &str) -> bool {
        let arn = match &url.alias {
            Some(alias) => format!("{function}:{alias}"),
            None => function.to_owned(),
        };
        self.made(URL, |physical| physical == arn).any(|resource| {
            self.declared(resource, account, |properties, scope| {
                let wanted = properties.get("AuthType");
                wanted.is_some_and(|value| scope.text(value).matches(&url.auth_type))
            })
        })
    }

    fn made<'a>(
        &'a self,
        resource_type: &'a str,
        is: impl Fn(&str) -> bool + 'a,
    ) -> impl Iterator<Item = &'a StackResource> {
        self.resources
            .iter()
            .filter(move |one| one.resource_type == resource_type && is(&one.physical_id))
    }

    /// Whether the template declares a resource so. Of one that a transform added, the
    /// template as it was sent says nothing: its name must do.
    fn declared(
        &self,
        resource: &StackResource,
        account: &str,
        so: impl Fn(&Value, &Scope<'_>) -> bool,
    ) -> bool {
        let template = self.stack.template.as_deref().and_then(Template::read);
        let Some(template) = template else {
            return false;
        };
        let scope = Scope {
            stack: &self.stack,
            template: &template,
            resources: &self.resources,
            account,
        };
        match template.properties(&resource.logical_id) {
            Some(properties) => so(properties, &scope),
            None => template.has_transform(),
        }
    }
}

fn is_declared(
    properties: &Value,
    scope: &Scope<'_>,
    statement: &Statement,
    function: &str,
    account: &str,
) -> bool {
    let is = |property: &str, spellings: &[String]| {
        properties.get(property).is_some_and(|value| {
            let wanted = scope.text(value);
            spellings.iter().any(|text| wanted.matches(text))
        })
    };
    let ([principal], [action]) = (&statement.principals[..], &statement.actions[..]) else {
        return false;
    };
    is("Principal", &principal_spellings(principal))
        && is("Action", std::slice::from_ref(action))
        && is(
            "FunctionName",
            &function_spellings(function, statement.place, account),
        )
        && CONDITIONS.iter().all(|(property, key)| {
            properties.get(property).is_none_or(|value| {
                let wanted = scope.text(value);
                match statement.only(key) {
                    Some(there) => wanted.matches(there),
                    None => wanted.may_be_absent(),
                }
            })
        })
}

/// How a template may spell a principal.
fn principal_spellings(principal: &Principal) -> Vec<String> {
    match principal {
        Principal::Anyone => vec!["*".to_owned()],
        Principal::Service(text) | Principal::Other(text) => vec![text.clone()],
        Principal::Aws(text) => std::iter::once(text.clone())
            .chain(function_policy::account(text).map(str::to_owned))
            .collect(),
    }
}

/// How a template may spell the function or its live alias (Lambda API, `FunctionName`).
fn function_spellings(arn: &str, place: Place, account: &str) -> Vec<String> {
    let name = arn.rsplit(':').next().unwrap_or(arn);
    let qualifier = match place {
        Place::Live => format!(":{LIVE}"),
        Place::Function => String::new(),
    };
    [
        arn.to_owned(),
        name.to_owned(),
        format!("function:{name}"),
        format!("{account}:function:{name}"),
    ]
    .iter()
    .map(|text| format!("{text}{qualifier}"))
    .collect()
}
