//! May this be done with a resource that has a policy of its own?

use iam_policy::{Asker, Context, Decision, Policy, Question};

use super::authorize::{Verdict, circumstances, denied, general_circumstances, judge, session_arn};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Permission, Principal};
use crate::core::world::{ACCOUNT, World};

/// Whether a caller may do something with a resource of the same account, by its own
/// policies and the resource's (AWS docs, "Policy evaluation logic": policies within a
/// single account). An explicit deny of either wins; else one of them must allow it.
/// The administrator is the account's root: only the resource's policy can deny it
/// something. A service has no policies of its own: the resource's must allow it.
///
/// `supplied` are the condition keys that the resource's service adds.
///
/// # Errors
/// `AccessDenied` or `AccessDeniedException`, in the words of the action's service.
pub fn authorize_on(
    world: &World,
    principal: &Principal,
    permission: &Permission,
    resource_policy: Option<&Policy>,
    supplied: &Context,
) -> ServiceResult<()> {
    let (caller, outcome) = match principal {
        Principal::Administrator => {
            let arn = format!("arn:aws:iam::{ACCOUNT}:root");
            let mut context = general_circumstances(world);
            context.extend(iam_policy::context([
                ("aws:PrincipalAccount", ACCOUNT),
                ("aws:PrincipalArn", arn.as_str()),
                ("aws:PrincipalType", "Account"),
                ("aws:userid", ACCOUNT),
            ]));
            context.extend(supplied.clone());
            let arns = [arn.clone()];
            let said = ask(resource_policy, permission, identity(&arns), &context);
            (arn, by_resource(said == Decision::ExplicitDeny))
        }
        Principal::AssumedRole {
            role_name,
            session_name,
        } => {
            let caller = session_arn(role_name, session_name);
            let outcome = world.read(|state| {
                let Ok(role) = state.of::<crate::iam::State>().role(role_name) else {
                    // Deleted while its sessions live.
                    return Ok(Verdict::NoPolicy.reason(&permission.action));
                };
                let mut context = circumstances(world, role, session_name);
                context.extend(supplied.clone());
                let arns = [role.arn(), caller.clone()];
                let said = ask(resource_policy, permission, identity(&arns), &context);
                if said == Decision::ExplicitDeny {
                    return Ok(by_resource(true));
                }
                // Naming the account trusts its administrators to allow it to whom they
                // like; only naming the role, its session or everybody allows it outright.
                let nobody = Asker::Identity {
                    account: "",
                    arns: &arns,
                };
                let outright =
                    ask(resource_policy, permission, nobody, &context) == Decision::Allow;
                let verdict = judge(role, permission, &context)?;
                Ok::<_, ServiceError>(match verdict {
                    Verdict::NoPolicy if outright => None,
                    other => other.reason(&permission.action),
                })
            })?;
            (caller, outcome)
        }
        Principal::Service {
            service,
            source_arn,
        } => {
            let mut context = general_circumstances(world);
            context.extend(iam_policy::context([(
                "aws:SourceArn",
                source_arn.as_str(),
            )]));
            if let Some(account) = source_arn.split(':').nth(4).filter(|text| !text.is_empty()) {
                context.extend(iam_policy::context([("aws:SourceAccount", account)]));
            }
            context.extend(supplied.clone());
            let said = ask(
                resource_policy,
                permission,
                Asker::Service(service),
                &context,
            );
            let outcome = match said {
                Decision::Allow => None,
                Decision::ExplicitDeny => by_resource(true),
                Decision::ImplicitDeny => Some(format!(
                    "because no resource-based policy allows the {} action",
                    permission.action
                )),
            };
            (service.clone(), outcome)
        }
    };
    match outcome {
        None => Ok(()),
        Some(reason) => Err(denied(&caller, permission, &reason)),
    }
}

fn identity(arns: &[String]) -> Asker<'_> {
    Asker::Identity {
        account: ACCOUNT,
        arns,
    }
}

fn ask(
    resource_policy: Option<&Policy>,
    permission: &Permission,
    asker: Asker<'_>,
    context: &Context,
) -> Decision {
    iam_policy::decide(
        resource_policy,
        &Question {
            asker: Some(asker),
            action: &permission.action,
            resource: &permission.resource,
            context,
        },
    )
}

fn by_resource(denied: bool) -> Option<String> {
    denied.then(|| "with an explicit deny in a resource-based policy".to_owned())
}
