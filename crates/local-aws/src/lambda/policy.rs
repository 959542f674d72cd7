//! Resource policies: who else may invoke a function, and whether somebody may.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors;
use super::names::{FunctionName, LATEST, is_word};
use super::state::{State, missing_qualifier};
use crate::core::constraint::Checks;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::world::ACCOUNT;

/// Bytes of a policy document (AWS docs, "Lambda quotas").
const POLICY_LIMIT: usize = 20_480;

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// `StatementId`, unique in the policy.
    pub id: String,
    /// E.g. `lambda:InvokeFunction`.
    pub action: String,
    /// Who.
    pub principal: Grantee,
    /// Only on behalf of this resource; `*` and `?` match as in ARNs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_arn: Option<String>,
    /// Only on behalf of this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_account: Option<String>,
    /// Only for members of this organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// Only while the function's URL asks for this authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_auth_type: Option<String>,
    /// Only through the function's URL.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub via_url: bool,
}

/// Whom a statement allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grantee {
    /// Everybody: `*`.
    Everybody,
    /// A service, e.g. `connect.amazonaws.com`.
    Service(String),
    /// An account (as the ARN of its root) or an identity, by ARN.
    Aws(String),
}

/// `AddPermission` of the service model.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Grant {
    /// Unique in the policy.
    pub statement_id: Option<String>,
    /// What is allowed.
    pub action: Option<String>,
    /// To whom.
    pub principal: Option<String>,
    /// For which resource.
    pub source_arn: Option<String>,
    /// For which account.
    pub source_account: Option<String>,
    /// For which organization.
    #[serde(rename = "PrincipalOrgID")]
    pub principal_org_id: Option<String>,
    /// Only for this authentication of the function's URL.
    pub function_url_auth_type: Option<String>,
    /// Only through the function's URL.
    pub invoked_via_function_url: Option<bool>,
    /// Only at this revision.
    pub revision_id: Option<String>,
}

/// The members of [`Grant`].
pub const GRANT: &[&str] = &[
    "StatementId",
    "Action",
    "Principal",
    "SourceArn",
    "SourceAccount",
    "PrincipalOrgID",
    "FunctionUrlAuthType",
    "InvokedViaFunctionUrl",
    "RevisionId",
];

/// Checks the id of a statement to remove. Dots are for statements of layers and
/// of services, which `AddPermission` does not take.
pub fn check_statement_id(checks: &mut Checks, id: &str) {
    checks.length("statementId", id, 1, 100);
    if !is_word(&id.replace('.', "-")) {
        checks.pattern("statementId", id, "([a-zA-Z0-9-_.]+)");
    }
}

impl Statement {
    /// A statement from a request.
    ///
    /// # Errors
    /// `ValidationException`, `InvalidParameterValueException` for a principal
    /// that cannot be.
    pub fn read(grant: &Grant) -> ServiceResult<Self> {
        let mut checks = Checks::default();
        checks.required("statementId", grant.statement_id.as_ref());
        checks.required("action", grant.action.as_ref());
        checks.required("principal", grant.principal.as_ref());
        let id = grant.statement_id.clone().unwrap_or_default();
        let action = grant.action.clone().unwrap_or_default();
        let principal = grant.principal.clone().unwrap_or_default();
        if grant.statement_id.is_some() {
            checks.length("statementId", &id, 1, 100);
            if !is_word(&id) {
                checks.pattern("statementId", &id, "([a-zA-Z0-9-_]+)");
            }
        }
        if grant.action.is_some() && !is_action(&action) {
            checks.pattern("action", &action, "(lambda:[*]|lambda:[a-zA-Z]+|[*])");
        }
        if grant.principal.is_some()
            && (principal.is_empty() || principal.contains(char::is_whitespace))
        {
            checks.pattern("principal", &principal, "[^\\s]+");
        }
        if let Some(arn) = &grant.source_arn
            && !is_source_arn(arn)
        {
            checks.pattern(
                "sourceArn",
                arn,
                "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)",
            );
        }
        if let Some(account) = &grant.source_account
            && !is_account(account)
        {
            checks.pattern("sourceAccount", account, "\\d{12}");
        }
        if let Some(organization) = &grant.principal_org_id
            && !is_organization(organization)
        {
            checks.pattern("principalOrgID", organization, "o-[a-z0-9]{10,32}");
        }
        if let Some(auth_type) = &grant.function_url_auth_type {
            checks.one_of("functionUrlAuthType", auth_type, &["NONE", "AWS_IAM"]);
        }
        checks.done()?;
        if grant.function_url_auth_type.is_some() && action != "lambda:InvokeFunctionUrl" {
            return Err(errors::invalid(
                "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action",
            ));
        }
        // What AWS writes into the statement for it is documented nowhere.
        if grant.invoked_via_function_url == Some(false) {
            return Err(ServiceError::not_implemented(
                "InvokedViaFunctionUrl false of lambda:AddPermission",
            ));
        }
        Ok(Self {
            id,
            action,
            principal: Grantee::read(&principal)?,
            source_arn: grant.source_arn.clone(),
            source_account: grant.source_account.clone(),
            organization: grant.principal_org_id.clone(),
            url_auth_type: grant.function_url_auth_type.clone(),
            via_url: grant.invoked_via_function_url == Some(true),
        })
    }

    /// As the policy document has it.
    pub fn to_json(&self, resource: &str) -> Value {
        let mut shown = json!({
            "Sid": self.id,
            "Effect": "Allow",
            "Principal": match &self.principal {
                Grantee::Everybody => json!("*"),
                Grantee::Service(service) => json!({ "Service": service }),
                Grantee::Aws(arn) => json!({ "AWS": arn }),
            },
            "Action": self.action,
            "Resource": resource,
        });
        let mut condition = json!({});
        if let Some(account) = &self.source_account {
            condition["StringEquals"]["AWS:SourceAccount"] = json!(account);
        }
        if let Some(organization) = &self.organization {
            condition["StringEquals"]["aws:PrincipalOrgID"] = json!(organization);
        }
        if let Some(arn) = &self.source_arn {
            condition["ArnLike"]["AWS:SourceArn"] = json!(arn);
        }
        if let Some(auth_type) = &self.url_auth_type {
            condition["StringEquals"]["lambda:FunctionUrlAuthType"] = json!(auth_type);
        }
        if self.via_url {
            condition["Bool"]["lambda:InvokedViaFunctionUrl"] = json!("true");
        }
        if condition != json!({}) {
            shown["Condition"] = condition;
        }
        shown
    }

    /// Whether it lets a service invoke on behalf of a resource.
    fn lets_invoke(&self, service: &str, source_arn: &str) -> bool {
        let principal = match &self.principal {
            Grantee::Everybody => true,
            Grantee::Service(allowed) => allowed == service,
            Grantee::Aws(_) => false,
        };
        let action = matches!(
            self.action.as_str(),
            "lambda:InvokeFunction" | "lambda:*" | "*"
        );
        let arn = self
            .source_arn
            .as_deref()
            .is_none_or(|pattern| arn_like(pattern, source_arn));
        let account = self
            .source_account
            .as_deref()
            .is_none_or(|account| Some(account) == source_arn.split(':').nth(4));
        // No service acts as a member of an organization, and none comes through the URL.
        let elsewhere = self.organization.is_some() || self.url_auth_type.is_some() || self.via_url;
        principal && action && arn && account && !elsewhere
    }
}

impl Grantee {
    fn read(text: &str) -> ServiceResult<Self> {
        if text == "*" {
            return Ok(Self::Everybody);
        }
        if is_account(text) {
            return Ok(Self::Aws(format!("arn:aws:iam::{text}:root")));
        }
        let identity = text
            .strip_prefix("arn:aws:iam::")
            .or_else(|| text.strip_prefix("arn:aws:sts::"))
            .and_then(|rest| rest.split_once(':'))
            .is_some_and(|(account, resource)| is_account(account) && !resource.is_empty());
        if identity {
            return Ok(Self::Aws(text.to_owned()));
        }
        let service = text.strip_suffix(".amazonaws.com").is_some_and(|name| {
            !name.is_empty()
                && name.bytes().all(|byte| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte)
                })
        });
        if service {
            return Ok(Self::Service(text.to_owned()));
        }
        Err(errors::invalid(
            "The provided principal was invalid. Please check the principal and try again.",
        ))
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_action(text: &str) -> bool {
    text == "*"
        || text.strip_prefix("lambda:").is_some_and(|name| {
            name == "*" || (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic()))
        })
}

fn is_organization(text: &str) -> bool {
    text.strip_prefix("o-").is_some_and(|tail| {
        (10..=32).contains(&tail.len())
            && tail
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

fn is_source_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, _] = parts.as_slice() else {
        return false;
    };
    let region_ok = region.is_empty()
        || (region.contains('-')
            && region.ends_with(|last: char| last.is_ascii_digit())
            && region
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
    *arn == "arn"
        && partition.starts_with("aws")
        && !service.is_empty()
        && service
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && region_ok
        && (account.is_empty() || is_account(account))
}

/// `ArnLike`: each of the six parts by itself, with `*` and `?` (AWS docs, "IAM
/// JSON policy elements: Condition operators").
pub fn arn_like(pattern: &str, arn: &str) -> bool {
    let patterns: Vec<&str> = pattern.splitn(6, ':').collect();
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    patterns.len() == 6
        && parts.len() == 6
        && patterns
            .iter()
            .zip(&parts)
            .all(|(pattern, part)| matches(pattern.as_bytes(), part.as_bytes()))
}

/// `*` is any text, `?` any one character.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(&letter) if letter == b'?' || letter == text[seen] => {
                at += 1;
                seen += 1;
            }
            _ => match star {
                Some((from, swallowed)) => {
                    star = Some((from, swallowed + 1));
                    at = from + 1;
                    seen = swallowed + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == b'*')
}

/// The qualifier whose policy a name means.
///
/// # Errors
/// `InvalidParameterValueException` for `$LATEST`, which has no policy of its own.
fn policy_key(name: &FunctionName) -> ServiceResult<&str> {
    match name.qualifier.as_deref() {
        None => Ok(LATEST),
        Some(LATEST) => Err(errors::invalid(
            "We currently do not support adding policies for $LATEST.",
        )),
        Some(qualifier) => Ok(qualifier),
    }
}

/// Adds a statement to the policy of a function, version or alias.
///
/// # Errors
/// `ResourceNotFoundException`, `PreconditionFailedException`,
/// `ResourceConflictException` for a statement id that is taken,
/// `PolicyLengthExceededException`.
pub fn add(
    state: &mut State,
    name: &FunctionName,
    region: &str,
    statement: Statement,
    revision: Option<&str>,
    revision_id: String,
) -> ServiceResult<()> {
    let key = policy_key(name)?;
    let function = state.function_mut(name, region)?;
    let Some(current) = function.revision_mut(key) else {
        return Err(missing_qualifier(name, region));
    };
    errors::check_revision(revision, current)?;
    let mut statements = function.policies.get(key).cloned().unwrap_or_default();
    if statements.iter().any(|known| known.id == statement.id) {
        return Err(errors::conflict(format!(
            "The statement id ({}) provided already exists. Please provide a new statement id, or \
             remove the existing statement.",
            statement.id
        )));
    }
    statements.push(statement);
    let size = document(&statements, &name.arn(region)).to_string().len();
    if size > POLICY_LIMIT {
        return Err(errors::policy_too_long(size, POLICY_LIMIT));
    }
    function.policies.insert(key.to_owned(), statements);
    if let Some(current) = function.revision_mut(key) {
        *current = revision_id;
    }
    Ok(())
}

/// Removes a statement.
///
/// # Errors
/// `ResourceNotFoundException`, `PreconditionFailedException`.
pub fn remove(
    state: &mut State,
    name: &FunctionName,
    region: &str,
    id: &str,
    revision: Option<&str>,
    revision_id: String,
) -> ServiceResult<()> {
    let key = policy_key(name)?;
    let function = state.function_mut(name, region)?;
    let Some(current) = function.revision_mut(key) else {
        return Err(missing_qualifier(name, region));
    };
    errors::check_revision(revision, current)?;
    let statements = function.policies.entry(key.to_owned()).or_default();
    let before = statements.len();
    statements.retain(|statement| statement.id != id);
    let after = statements.len();
    if after == 0 {
        function.policies.remove(key);
    }
    if after == before {
        return Err(errors::not_found(format!(
            "Statement {id} is not found in resource policy."
        )));
    }
    if let Some(current) = function.revision_mut(key) {
        *current = revision_id;
    }
    Ok(())
}

/// The policy document of a function, version or alias, and its revision.
///
/// # Errors
/// `ResourceNotFoundException` also when there is no policy.
pub fn get(state: &State, name: &FunctionName, region: &str) -> ServiceResult<(Value, String)> {
    let function = state.function(name, region)?;
    let key = name.qualifier_or_latest();
    let version = function
        .resolve(key)
        .ok_or_else(|| missing_qualifier(name, region))?
        .version;
    let revision = match function.aliases.get(key) {
        Some(alias) => &alias.revision_id,
        None => &version.revision_id,
    };
    let statements = function
        .policies
        .get(key)
        .ok_or_else(|| errors::not_found("The resource you requested does not exist."))?;
    Ok((document(statements, &name.arn(region)), revision.clone()))
}

fn document(statements: &[Statement], resource: &str) -> Value {
    let statements: Vec<Value> = statements
        .iter()
        .map(|statement| statement.to_json(resource))
        .collect();
    json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements })
}

/// Whether a service may invoke what the name means, on behalf of a resource:
/// the policy of exactly that qualifier counts.
///
/// # Errors
/// `ResourceNotFoundException`, `AccessDeniedException`.
pub fn check_invoke(
    state: &State,
    name: &FunctionName,
    region: &str,
    service: &str,
    source_arn: &str,
) -> ServiceResult<()> {
    let function = state.function(name, region)?;
    let allowed = function
        .policies
        .get(name.qualifier_or_latest())
        .is_some_and(|statements| {
            statements
                .iter()
                .any(|statement| statement.lets_invoke(service, source_arn))
        });
    if allowed {
        return Ok(());
    }
    Err(denied(name, region, service, source_arn))
}

fn denied(name: &FunctionName, region: &str, service: &str, source_arn: &str) -> ServiceError {
    errors::access_denied(format!(
        "User: {service} is not authorized to perform: lambda:InvokeFunction on resource: {} \
         because no resource-based policy allows the lambda:InvokeFunction action for {source_arn} \
         of account {}",
        name.arn(region),
        source_arn.split(':').nth(4).unwrap_or(ACCOUNT),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INSTANCE: &str = "arn:aws:connect:us-east-1:000000000000:instance/i-1";

    fn grant() -> Grant {
        Grant {
            statement_id: Some("connect".to_owned()),
            action: Some("lambda:InvokeFunction".to_owned()),
            principal: Some("connect.amazonaws.com".to_owned()),
            ..Grant::default()
        }
    }

    fn lets(grant: &Grant, service: &str, arn: &str) -> bool {
        Statement::read(grant).unwrap().lets_invoke(service, arn)
    }

    #[test]
    fn every_condition_counts() {
        assert!(lets(&grant(), "connect.amazonaws.com", INSTANCE));
        assert!(!lets(&grant(), "apigateway.amazonaws.com", INSTANCE));
        let with = |change: fn(&mut Grant)| {
            let mut grant = grant();
            change(&mut grant);
            lets(&grant, "connect.amazonaws.com", INSTANCE)
        };
        assert!(with(|grant| grant.source_arn = Some(INSTANCE.to_owned())));
        assert!(with(|grant| {
            grant.source_arn = Some("arn:aws:connect:us-east-1:000000000000:instance/*".to_owned());
        }));
        assert!(!with(
            |grant| grant.source_arn = Some(format!("{INSTANCE}0"))
        ));
        assert!(with(
            |grant| grant.source_account = Some("000000000000".to_owned())
        ));
        assert!(!with(
            |grant| grant.source_account = Some("111122223333".to_owned())
        ));
        assert!(!with(
            |grant| grant.principal_org_id = Some("o-0123456789".to_owned())
        ));
        assert!(!with(
            |grant| grant.action = Some("lambda:GetFunction".to_owned())
        ));
        assert!(with(|grant| grant.principal = Some("*".to_owned())));
        assert!(!with(
            |grant| grant.principal = Some("000000000000".to_owned())
        ));
    }

    #[test]
    fn a_star_does_not_reach_over_a_colon_of_an_arn() {
        assert!(arn_like("arn:aws:connect:*:*:instance/*", INSTANCE));
        assert!(arn_like(
            "arn:aws:connect:us-east-?:000000000000:instance/i-1",
            INSTANCE
        ));
        assert!(!arn_like("arn:aws:*:instance/i-1", INSTANCE));
        assert!(!arn_like("*", INSTANCE));
        assert!(arn_like(
            "arn:aws:execute-api:us-east-1:000000000000:a1/*/GET/*",
            "arn:aws:execute-api:us-east-1:000000000000:a1/prod/GET/numbers"
        ));
    }

    #[test]
    fn principals_are_services_accounts_and_identities() {
        let read = |text: &str| Grantee::read(text).map_err(|error| error.code.into_owned());
        assert_eq!(
            read("111122223333"),
            Ok(Grantee::Aws("arn:aws:iam::111122223333:root".to_owned()))
        );
        let user = "arn:aws:iam::111122223333:user/ada";
        assert_eq!(read(user), Ok(Grantee::Aws(user.to_owned())));
        for wrong in [
            "connect",
            ".amazonaws.com",
            "arn:aws:iam::1:root",
            "Connect.amazonaws.com",
        ] {
            assert_eq!(
                read(wrong),
                Err("InvalidParameterValueException".to_owned()),
                "{wrong}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_arn_is_like_itself_and_like_stars(tail in "[a-z0-9/*-]{0,20}") {
            let arn = format!("arn:aws:connect:us-east-1:000000000000:{tail}");
            prop_assert!(arn_like(&arn, &arn));
            prop_assert!(arn_like("arn:*:*:*:*:*", &arn));
        }
    }
}
