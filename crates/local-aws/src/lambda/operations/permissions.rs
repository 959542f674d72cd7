//! What a role needs for each operation (AWS docs, "Actions, resources, and
//! condition keys for AWS Lambda").

use serde_json::Value;

use crate::core::error::ServiceResult;
use crate::core::service::{Permission, Request, Route};
use crate::core::world::World;
use crate::lambda::names::FunctionName;

/// What a role needs for a call.
///
/// # Errors
/// Those of a malformed function name.
pub fn permissions(
    world: &World,
    route: &Route,
    request: &Request,
) -> ServiceResult<Vec<Permission>> {
    let action = match route.operation {
        "Invoke" => "lambda:InvokeFunction".to_owned(),
        other => format!("lambda:{other}"),
    };
    let resource = match route.operation {
        "ListFunctions" => "*".to_owned(),
        "ListTags" | "TagResource" | "UntagResource" => route.label("Resource").to_owned(),
        "CreateFunction" => {
            let body: Value = request.json()?;
            let name = body["FunctionName"].as_str().unwrap_or_default();
            FunctionName::read(name, None, &world.region)?.arn(&world.region)
        }
        _ => {
            let qualifier = request.query_value("Qualifier");
            let name = FunctionName::read(route.label("FunctionName"), qualifier, &world.region)?;
            name.arn(&world.region)
        }
    };
    let mut needed = vec![Permission { action, resource }];
    if matches!(
        route.operation,
        "CreateFunction" | "UpdateFunctionConfiguration"
    ) {
        let body: Value = request.json()?;
        if let Some(role) = body["Role"].as_str() {
            needed.push(Permission {
                action: "iam:PassRole".to_owned(),
                resource: role.to_owned(),
            });
        }
    }
    Ok(needed)
}
