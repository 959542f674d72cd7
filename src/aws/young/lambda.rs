//! What Lambda refuses while it is young: roles, and aliases for the operations on policies.

use std::time::Duration;

use super::{Row, Thing};

/// Whoever makes a function waits so long for its role. Most roles are known within seconds,
/// several reports have more than five minutes and one has 15 (hashicorp/terraform-provider-aws
/// #44517). Ten minutes are twice what is seldom; who has to wait longer runs `up` again.
static ROLE: Thing = Thing {
    until: "the role can be assumed by Lambda",
    young: Duration::from_secs(10 * 60),
    settled: Duration::from_secs(60),
    advice: "the role's trust policy must let lambda.amazonaws.com assume it (sts:AssumeRole)",
};

/// What a role may do, where functions run: "changes that I make are not always immediately
/// visible" (IAM user guide, "Troubleshoot IAM").
pub static AT_WORK: Thing = Thing {
    until: "the role and what it may do are known where functions run",
    young: Duration::from_secs(2 * 60),
    settled: Duration::from_secs(30),
    advice: "the role's trust policy must let lambda.amazonaws.com assume it (sts:AssumeRole)",
};

/// An alias that was made by this run. Of one that was there before, nothing is waited for:
/// it is gone.
static ALIAS: Thing = Thing {
    until: "the alias is known",
    young: Duration::from_secs(60),
    settled: Duration::ZERO,
    advice: "",
};

/// A version that was published by this run.
pub static VERSION: Thing = Thing {
    until: "the new version is known",
    young: Duration::from_secs(60),
    settled: Duration::from_secs(30),
    advice: "",
};

/// Another change of the function or of its policy: each has one writer at a time. Whoever
/// that is, it is done within minutes.
pub static CHANGE: Thing = Thing {
    until: "another change of the function is done",
    young: Duration::from_secs(5 * 60),
    settled: Duration::from_secs(5 * 60),
    advice: "",
};

/// They check that the role can be assumed, and let it use the key of the variables.
const WITH_ROLE: &[&str] = &["CreateFunction", "UpdateFunctionConfiguration"];

pub(super) const ROWS: &[Row] = &[
    Row {
        service: "Lambda",
        operations: WITH_ROLE,
        // As for every other parameter that is wrong.
        code: "InvalidParameterValueException",
        phrases: &["cannot be assumed by Lambda"],
        thing: &ROLE,
        source: "hashicorp/terraform-provider-aws #44517; aws/chalice #1069",
    },
    Row {
        service: "Lambda",
        operations: WITH_ROLE,
        code: "InvalidParameterValueException",
        // Without the second, the key itself may be wrong: an alias, or one of another Region.
        phrases: &[
            "KMS key is invalid for CreateGrant",
            "does not refer to a valid principal",
        ],
        thing: &ROLE,
        source: "hashicorp/terraform-provider-aws #4633 and #5849; aws/chalice #1069",
    },
    Row {
        service: "Lambda",
        operations: &["Invoke"],
        // As when the caller may not invoke it.
        code: "AccessDeniedException",
        phrases: &["cannot be assumed by Lambda"],
        thing: &AT_WORK,
        source: "aws/chalice #1342",
    },
    Row {
        service: "Lambda",
        operations: &["Invoke"],
        code: "KMSAccessDeniedException",
        phrases: &[],
        thing: &AT_WORK,
        source: "hashicorp/terraform-provider-aws #6352; API reference, Invoke",
    },
    Row {
        service: "Lambda",
        operations: &["Invoke"],
        // "The resource already exists, or another operation is in progress": of what is
        // invoked, the second.
        code: "ResourceConflictException",
        phrases: &[],
        thing: &VERSION,
        source: "API reference, Invoke; Lambda developer guide, \"Lambda function states\"",
    },
    Row {
        service: "Lambda",
        operations: &["CreateAlias", "Invoke"],
        code: "ResourceNotFoundException",
        phrases: &[],
        thing: &VERSION,
        source: "suspected: API reference, CreateAlias and Invoke",
    },
    Row {
        service: "Lambda",
        // Not CreateFunction, CreateAlias and AddPermission: there it also says that the thing
        // is there already.
        operations: &[
            "DeleteFunction",
            "DeleteFunctionUrlConfig",
            "PublishVersion",
            "RemovePermission",
            "UpdateAlias",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
        ],
        code: "ResourceConflictException",
        phrases: &[],
        thing: &CHANGE,
        source: "API reference, UpdateFunctionCode; hashicorp/terraform-provider-aws #5154; \
                 anomalyco/sst #6923",
    },
    Row {
        service: "Lambda",
        operations: &["PublishVersion"],
        // The revision moved between two requests, as it does by itself when an update ends.
        code: "PreconditionFailedException",
        phrases: &[],
        thing: &CHANGE,
        source: "API reference, PublishVersion",
    },
    Row {
        service: "Lambda",
        operations: &["AddPermission"],
        code: "ResourceNotFoundException",
        phrases: &[],
        thing: &ALIAS,
        source: "API reference, AddPermission; what was just made may not be found",
    },
];
