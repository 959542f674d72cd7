//! The one list of services.

use crate::core::state::State;

/// The state of an AWS in which nothing is yet.
pub(crate) fn empty_state() -> State {
    State::default()
        .with::<crate::apigateway::State>()
        .with::<crate::cloudformation::State>()
        .with::<crate::cloudwatch::State>()
        .with::<crate::connect::State>()
        .with::<crate::dynamodb::State>()
        .with::<crate::iam::State>()
        .with::<crate::lambda::State>()
        .with::<crate::logs::State>()
        .with::<crate::pipes::State>()
        .with::<crate::s3::State>()
        .with::<crate::secretsmanager::State>()
        .with::<crate::sns::State>()
        .with::<crate::sqs::State>()
        .with::<crate::ssm::State>()
        .with::<crate::sts::State>()
}
