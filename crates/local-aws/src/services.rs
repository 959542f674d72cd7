//! The one list of services. CloudFormation, which makes the things of all others, stands
//! above it: the gateway knows it beside these.

use crate::core::registration::Registration;

/// Every service whose things CloudFormation may make.
pub(crate) static SERVICES: &[Registration] = &[
    crate::apigateway::REGISTRATION,
    crate::cloudwatch::REGISTRATION,
    crate::connect::REGISTRATION,
    crate::dynamodb::REGISTRATION,
    crate::iam::REGISTRATION,
    crate::lambda::REGISTRATION,
    crate::logs::REGISTRATION,
    crate::pipes::REGISTRATION,
    crate::s3::REGISTRATION,
    crate::scheduler::REGISTRATION,
    crate::secretsmanager::REGISTRATION,
    crate::ses::REGISTRATION,
    crate::sns::REGISTRATION,
    crate::sqs::REGISTRATION,
    crate::ssm::REGISTRATION,
    crate::sts::REGISTRATION,
];
