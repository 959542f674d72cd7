//! What CloudFormation refuses while it is young.

use std::time::Duration;

use super::{Row, Thing};

/// A change set whose ARN is the answer to its request.
static CHANGE_SET: Thing = Thing {
    until: "the change set is known",
    young: Duration::from_secs(30),
    settled: Duration::ZERO,
    advice: "",
};

pub(super) const ROWS: &[Row] = &[
    // The model has the shorter word as the code, the SDK's own name is the longer.
    Row {
        service: "CloudFormation",
        operations: &["DescribeChangeSet"],
        code: "ChangeSetNotFound",
        phrases: &[],
        thing: &CHANGE_SET,
        source: "aws/aws-cdk #6674",
    },
    Row {
        service: "CloudFormation",
        operations: &["DescribeChangeSet"],
        code: "ChangeSetNotFoundException",
        phrases: &[],
        thing: &CHANGE_SET,
        source: "aws/aws-cdk #6674",
    },
];
