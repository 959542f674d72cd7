//! The operations that each kind of resource is read, made and taken down with, and the IAM
//! actions that they need. A test holds the list against the calls that are made.

use crate::engine::plan::ResourceKind;

/// A service, by the prefix of its IAM actions, and an operation.
pub type Operation = (&'static str, &'static str);

/// The operations whose action does not have their name, or that need more than one (Service
/// Authorization Reference, the tables of actions with their dependent actions). `lambda:AddPermission`
/// comes with an association because Connect writes the statement in the caller's name.
const OTHERWISE: &[(&str, &str, &[&str])] = &[
    (
        "cloudformation",
        "CreateChangeSet",
        &[
            "cloudformation:CreateChangeSet",
            "cloudformation:TagResource",
        ],
    ),
    (
        "connect",
        "AssociateLambdaFunction",
        &["connect:AssociateLambdaFunction", "lambda:AddPermission"],
    ),
    (
        "connect",
        "ClaimPhoneNumber",
        &["connect:ClaimPhoneNumber", "connect:TagResource"],
    ),
    (
        "connect",
        "CreateContactFlow",
        &["connect:CreateContactFlow", "connect:TagResource"],
    ),
    ("connect", "CreateInstance", &CREATE_INSTANCE),
    (
        "connect",
        "DescribeInstance",
        &["connect:DescribeInstance", "ds:DescribeDirectories"],
    ),
    (
        "connect",
        "DisassociateLambdaFunction",
        &[
            "connect:DisassociateLambdaFunction",
            "lambda:RemovePermission",
        ],
    ),
    (
        "connect",
        "ListInstances",
        &["connect:ListInstances", "ds:DescribeDirectories"],
    ),
    (
        "connect",
        "SearchContactFlows",
        &["connect:SearchContactFlows", "connect:DescribeContactFlow"],
    ),
    (
        "lambda",
        "CreateFunction",
        &[
            "lambda:CreateFunction",
            "lambda:TagResource",
            "iam:PassRole",
        ],
    ),
    ("lambda", "Invoke", &["lambda:InvokeFunction"]),
    (
        "lambda",
        "UpdateFunctionConfiguration",
        &["lambda:UpdateFunctionConfiguration", "iam:PassRole"],
    ),
    (
        "s3",
        "DeleteObjects",
        &["s3:DeleteObject", "s3:DeleteObjectVersion"],
    ),
    // Without s3:ListBucket an object that is not there is answered with 403 (API reference, HeadObject).
    ("s3", "HeadObject", &["s3:GetObject", "s3:ListBucket"]),
    ("s3", "ListObjectVersions", &["s3:ListBucketVersions"]),
    // No right is needed for it (API reference, GetCallerIdentity).
    ("sts", "GetCallerIdentity", &[]),
];

/// What `--create-instance` needs: Connect makes a directory and its service-linked role in the
/// caller's name.
const CREATE_INSTANCE: [&str; 10] = [
    "connect:CreateInstance",
    "ds:AuthorizeApplication",
    "ds:CheckAlias",
    "ds:CreateAlias",
    "ds:CreateDirectory",
    "ds:CreateIdentityPoolDirectory",
    "ds:DescribeDirectories",
    "ds:UnauthorizeApplication",
    "iam:CreateServiceLinkedRole",
    "iam:PutRolePolicy",
];

/// The IAM actions that an operation needs; the service in any case, e.g. `Lambda` or `lambda`.
pub fn actions(service: &str, operation: &str) -> Vec<String> {
    let service = service.to_ascii_lowercase();
    OTHERWISE
        .iter()
        .find(|(of, name, _)| *of == service && *name == operation)
        .map_or_else(
            || vec![format!("{service}:{operation}")],
            |(_, _, actions)| actions.iter().map(|action| (*action).to_owned()).collect(),
        )
}

/// The operations of a kind of resource, in all commands together.
pub fn of_kind(kind: ResourceKind) -> &'static [Operation] {
    match kind {
        // Making one is asked for by a flag of its own: [`create_instance`].
        ResourceKind::Instance => &[
            ("sts", "GetCallerIdentity"),
            ("connect", "DescribeInstance"),
            ("connect", "ListInstances"),
        ],
        ResourceKind::Stack => &[
            ("cloudformation", "CreateChangeSet"),
            ("cloudformation", "DeleteChangeSet"),
            ("cloudformation", "DeleteStack"),
            ("cloudformation", "DescribeChangeSet"),
            ("cloudformation", "DescribeEvents"),
            ("cloudformation", "DescribeStackEvents"),
            ("cloudformation", "DescribeStacks"),
            ("cloudformation", "ExecuteChangeSet"),
            ("cloudformation", "GetTemplate"),
            ("cloudformation", "ListChangeSets"),
            ("cloudformation", "ListStackResources"),
        ],
        ResourceKind::Object => &[
            ("s3", "DeleteBucket"),
            ("s3", "DeleteObjects"),
            ("s3", "HeadObject"),
            ("s3", "ListObjectVersions"),
            ("s3", "PutObject"),
        ],
        ResourceKind::Seed => &[
            ("dynamodb", "DeleteTable"),
            ("dynamodb", "DescribeTable"),
            ("dynamodb", "BatchGetItem"),
            ("dynamodb", "PutItem"),
        ],
        ResourceKind::Function => &[
            ("lambda", "CreateAlias"),
            ("lambda", "CreateFunction"),
            ("lambda", "DeleteFunction"),
            ("lambda", "DeleteFunctionUrlConfig"),
            ("lambda", "GetAlias"),
            ("lambda", "GetFunction"),
            ("lambda", "GetFunctionConfiguration"),
            ("lambda", "GetPolicy"),
            ("lambda", "Invoke"),
            ("lambda", "ListFunctionUrlConfigs"),
            ("lambda", "PublishVersion"),
            ("lambda", "RemovePermission"),
            ("lambda", "UpdateAlias"),
            ("lambda", "UpdateFunctionCode"),
            ("lambda", "UpdateFunctionConfiguration"),
        ],
        ResourceKind::Access => &[
            ("lambda", "AddPermission"),
            ("connect", "AssociateLambdaFunction"),
            ("connect", "DisassociateLambdaFunction"),
            ("connect", "ListLambdaFunctions"),
        ],
        ResourceKind::Flow => &[
            ("connect", "CreateContactFlow"),
            ("connect", "DeleteContactFlow"),
            ("connect", "DescribeContactFlow"),
            ("connect", "ListContactFlowModules"),
            ("connect", "ListContactFlows"),
            ("connect", "ListFlowAssociations"),
            ("connect", "ListHoursOfOperations"),
            ("connect", "ListPrompts"),
            ("connect", "ListQueues"),
            ("connect", "SearchContactFlows"),
            ("connect", "TagResource"),
            ("connect", "UntagResource"),
            ("connect", "UpdateContactFlowContent"),
            ("connect", "UpdateContactFlowMetadata"),
        ],
        ResourceKind::PhoneNumber => &[
            ("connect", "AssociatePhoneNumberContactFlow"),
            ("connect", "BatchGetFlowAssociation"),
            ("connect", "ClaimPhoneNumber"),
            ("connect", "DescribePhoneNumber"),
            ("connect", "DisassociatePhoneNumberContactFlow"),
            ("connect", "ListPhoneNumbersV2"),
            ("connect", "ReleasePhoneNumber"),
            ("connect", "SearchAvailablePhoneNumbers"),
        ],
    }
}

/// What `--create-instance` needs beside the rest.
pub fn create_instance() -> Vec<String> {
    actions("connect", "CreateInstance")
}
