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

/// A stack that was rolled back is made anew by whoever executed it, not called again here.
static ROLE_OF_A_PIPE: Thing = Thing {
    until: "the pipe may assume its role",
    young: Duration::ZERO,
    settled: Duration::ZERO,
    advice: "",
};

/// Likewise.
static ROLE_OF_A_SCHEDULE: Thing = Thing {
    until: "the schedule may assume its role",
    young: Duration::ZERO,
    settled: Duration::ZERO,
    advice: "",
};

pub(super) const ROWS: &[Row] = &[
    Row {
        service: "CloudFormation",
        operations: &["ExecuteChangeSet"],
        code: "ROLLBACK_COMPLETE",
        phrases: &["AWS::Pipes::Pipe", "Cannot access stream"],
        thing: &ROLE_OF_A_PIPE,
        source: "hashicorp/terraform-provider-aws #40572 (the words; over 90 s)",
    },
    Row {
        service: "CloudFormation",
        operations: &["ExecuteChangeSet"],
        code: "ROLLBACK_COMPLETE",
        phrases: &[
            "AWS::Scheduler::Schedule",
            "must allow AWS EventBridge Scheduler to assume the role",
        ],
        thing: &ROLE_OF_A_SCHEDULE,
        source: "aws/aws-sdk-js-v3 #6494 (the words, of CreateSchedule itself)",
    },
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
