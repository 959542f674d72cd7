//! May a role's session do this, and who may assume a role?

use iam_policy::{Asker, Context, Decision, Kind, Policy, Question};

use super::managed;
use super::roles::{Role, State};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Permission;
use crate::core::world::{ACCOUNT, World};

/// Whether a role's session may do something, by the role's policies.
///
/// # Errors
/// `AccessDeniedException` (`AccessDenied` from query services) in AWS's words.
pub fn authorize(
    world: &World,
    role_name: &str,
    session_name: &str,
    permission: &Permission,
) -> ServiceResult<()> {
    world.read(|state| {
        let role = state.of::<crate::iam::State>().role(role_name).ok();
        let verdict = match role {
            Some(role) => judge(role, permission, &circumstances(world, role, session_name))?,
            // Deleted while its sessions live.
            None => Verdict::NoPolicy,
        };
        match verdict.reason(&permission.action) {
            None => Ok(()),
            Some(reason) => Err(denied(
                &session_arn(role_name, session_name),
                permission,
                &reason,
            )),
        }
    })
}

/// The ARN of a role's session.
pub(super) fn session_arn(role_name: &str, session_name: &str) -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role_name}/{session_name}")
}

/// What is so at every call, whoever makes it.
pub(super) fn general_circumstances(world: &World) -> Context {
    let now = world.clock.now();
    iam_policy::context([
        ("aws:CurrentTime", now.to_string()),
        ("aws:EpochTime", now.as_second().to_string()),
        ("aws:RequestedRegion", world.region.clone()),
        // The loopback stands for the TLS of AWS's endpoints.
        ("aws:SecureTransport", "true".to_owned()),
    ])
}

/// The circumstances of a call by a role's session.
pub(super) fn circumstances(world: &World, role: &Role, session_name: &str) -> Context {
    let mut context = general_circumstances(world);
    context.extend(iam_policy::context([
        ("aws:PrincipalAccount", ACCOUNT.to_owned()),
        ("aws:PrincipalArn", role.arn()),
        ("aws:PrincipalType", "AssumedRole".to_owned()),
        ("aws:userid", format!("{}:{session_name}", role.id)),
    ]));
    for (key, value) in &role.tags {
        let key = format!("aws:principaltag/{}", key.to_ascii_lowercase());
        context.insert(key, vec![value.clone()]);
    }
    context
}

/// What the policies of a role come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    NoPolicy,
    NoBoundary,
    Denied,
    DeniedByBoundary,
}

impl Verdict {
    pub(super) fn reason(self, action: &str) -> Option<String> {
        match self {
            Self::Allowed => None,
            Self::NoPolicy => Some(format!(
                "because no identity-based policy allows the {action} action"
            )),
            Self::NoBoundary => Some(format!(
                "because no permissions boundary allows the {action} action"
            )),
            Self::Denied => Some("with an explicit deny in an identity-based policy".to_owned()),
            Self::DeniedByBoundary => {
                Some("with an explicit deny in a permissions boundary".to_owned())
            }
        }
    }
}

/// Identity policies must allow, and the permissions boundary too where there is one.
pub(super) fn judge(
    role: &Role,
    permission: &Permission,
    context: &Context,
) -> ServiceResult<Verdict> {
    let question = Question {
        asker: None,
        action: &permission.action,
        resource: &permission.resource,
        context,
    };
    let mut policies = Vec::new();
    for document in role.inline_policies.values() {
        policies.push(read(document)?);
    }
    for arn in &role.attached_policies {
        policies.push(read_managed(arn)?);
    }
    let identity = iam_policy::decide(&policies, &question);
    if identity == Decision::ExplicitDeny {
        return Ok(Verdict::Denied);
    }
    if let Some(arn) = &role.permissions_boundary {
        match iam_policy::decide([&read_managed(arn)?], &question) {
            Decision::Allow => {}
            Decision::ImplicitDeny => return Ok(Verdict::NoBoundary),
            Decision::ExplicitDeny => return Ok(Verdict::DeniedByBoundary),
        }
    }
    Ok(match identity {
        Decision::Allow => Verdict::Allowed,
        _ => Verdict::NoPolicy,
    })
}

/// Policies were checked when they were stored.
fn read(document: &str) -> ServiceResult<Policy> {
    iam_policy::parse(document, Kind::Identity).map_err(ServiceError::internal)
}

fn read_managed(arn: &str) -> ServiceResult<Policy> {
    match managed::find(arn) {
        Some(policy) => read(policy.document),
        None => Err(ServiceError::internal(format_args!(
            "the attached policy {arn} is not built in"
        ))),
    }
}

/// The refusal in the words and with the code of the action's service; `caller` is
/// an ARN or a service principal.
pub(super) fn denied(caller: &str, permission: &Permission, reason: &str) -> ServiceError {
    let Permission { action, resource } = permission;
    let service = action.split(':').next().unwrap_or_default();
    let quote = if service == "s3" { "\"" } else { "" };
    let message = format!(
        "User: {caller} is not authorized to perform: {action} on resource: {quote}{resource}{quote} {reason}"
    );
    // Query services answer 403 AccessDenied, JSON services 400, REST services 403.
    match service {
        "iam" | "s3" | "sts" | "cloudformation" => ServiceError::new(403, "AccessDenied", message),
        "SNS" => ServiceError::new(403, "AuthorizationError", message),
        "cloudwatch" | "dynamodb" | "logs" | "sqs" => {
            ServiceError::new(400, "AccessDeniedException", message)
        }
        _ => ServiceError::new(403, "AccessDeniedException", message),
    }
}

/// The name of a role that a function may run with.
///
/// # Errors
/// `InvalidParameterValueException` in Lambda's words when the role is missing
/// or its trust policy does not let the service assume it.
pub fn assumable_by(state: &State, role_arn: &str, service: &str) -> ServiceResult<String> {
    let refused = || {
        ServiceError::new(
            400,
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        )
    };
    let role = state.role_by_arn(role_arn).ok_or_else(refused)?;
    if trusts(role, service, &Context::new())? {
        return Ok(role.name.clone());
    }
    Err(refused())
}

/// Whether a role's trust policy lets a service assume it in these circumstances.
///
/// # Errors
/// `InternalFailure` when the stored policy cannot be read.
pub fn trusts(role: &Role, service: &str, context: &Context) -> ServiceResult<bool> {
    let policy =
        iam_policy::parse(&role.trust_policy, Kind::Trust).map_err(ServiceError::internal)?;
    let conditional = policy
        .statements
        .iter()
        .any(|statement| !statement.conditions.is_empty());
    if conditional && context.is_empty() {
        return Err(ServiceError::not_implemented(format!(
            "conditions in the trust policy of a role that {service} assumes"
        )));
    }
    let question = Question {
        asker: Some(Asker::Service(service)),
        action: "sts:AssumeRole",
        resource: "*",
        context,
    };
    Ok(iam_policy::decide([&policy], &question) == Decision::Allow)
}

#[cfg(test)]
mod tests {
    use super::super::roles::NewRole;
    use super::*;

    const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/numbers";

    fn trust(service: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
        )
    }

    fn state(new: NewRole) -> State {
        let mut state = State::default();
        let now = "2026-01-31T12:00:00Z".parse().unwrap();
        state.create_role(new, "AROATEST".to_owned(), now).unwrap();
        state
    }

    fn role(service: &str) -> NewRole {
        NewRole {
            name: "r".to_owned(),
            path: Some("/functions/".to_owned()),
            trust_policy: trust(service),
            ..NewRole::default()
        }
    }

    fn get_item() -> Permission {
        Permission {
            action: "dynamodb:GetItem".to_owned(),
            resource: TABLE.to_owned(),
        }
    }

    fn allow(action: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"{TABLE}"}}]}}"#
        )
    }

    fn verdict(state: &State) -> Verdict {
        judge(state.role("r").unwrap(), &get_item(), &Context::new()).unwrap()
    }

    #[test]
    fn lambda_assumes_only_roles_that_trust_it() {
        let arn = "arn:aws:iam::000000000000:role/functions/r";
        let service = "lambda.amazonaws.com";
        assert_eq!(
            assumable_by(&state(role(service)), arn, service).unwrap(),
            "r"
        );
        let refused = [
            (state(role("connect.amazonaws.com")), arn),
            (state(role(service)), "arn:aws:iam::000000000000:role/r"),
            (State::default(), arn),
        ];
        for (state, arn) in refused {
            let error = assumable_by(&state, arn, service).unwrap_err();
            assert_eq!(error.code, "InvalidParameterValueException");
            assert_eq!(
                error.message,
                "The role defined for the function cannot be assumed by Lambda."
            );
        }
    }

    #[test]
    fn nothing_is_allowed_without_a_policy() {
        let mut state = state(role("lambda.amazonaws.com"));
        assert_eq!(verdict(&state), Verdict::NoPolicy);
        state
            .put_role_policy("r", "p", allow("dynamodb:PutItem"))
            .unwrap();
        assert_eq!(verdict(&state), Verdict::NoPolicy);
        state
            .put_role_policy("r", "p", allow("dynamodb:GetItem"))
            .unwrap();
        assert_eq!(verdict(&state), Verdict::Allowed);
    }

    #[test]
    fn a_deny_wins_over_an_attached_policy() {
        let mut state = state(role("lambda.amazonaws.com"));
        state
            .attach_role_policy("r", "arn:aws:iam::aws:policy/AdministratorAccess")
            .unwrap();
        assert_eq!(verdict(&state), Verdict::Allowed);
        let deny = allow("dynamodb:*").replace("Allow", "Deny");
        state.put_role_policy("r", "p", deny).unwrap();
        assert_eq!(verdict(&state), Verdict::Denied);
    }

    #[test]
    fn a_boundary_limits_what_policies_allow() {
        let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        let mut state = state(NewRole {
            permissions_boundary: Some(basic.to_owned()),
            ..role("lambda.amazonaws.com")
        });
        state
            .put_role_policy("r", "p", allow("dynamodb:GetItem"))
            .unwrap();
        assert_eq!(verdict(&state), Verdict::NoBoundary);
        state.set_permissions_boundary("r", None).unwrap();
        assert_eq!(verdict(&state), Verdict::Allowed);
    }

    #[test]
    fn denials_speak_as_aws_does() {
        let reason = Verdict::NoPolicy.reason("dynamodb:GetItem").unwrap();
        let error = denied(&session_arn("r", "f"), &get_item(), &reason);
        assert_eq!(
            (error.status, error.code.as_ref()),
            (400, "AccessDeniedException")
        );
        insta::assert_snapshot!(error.message, @"User: arn:aws:sts::000000000000:assumed-role/r/f is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table/numbers because no identity-based policy allows the dynamodb:GetItem action");
    }
}
