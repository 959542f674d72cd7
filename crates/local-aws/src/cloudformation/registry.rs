//! Every resource type that is implemented.

use crate::core::resource::ResourceType;

fn registry() -> &'static [&'static dyn ResourceType] {
    &[
        &crate::apigateway::cloudformation::Api,
        &crate::apigateway::cloudformation::Integration,
        &crate::apigateway::cloudformation::Route,
        &crate::apigateway::cloudformation::Stage,
        &crate::apigateway::rest::cloudformation::Account,
        &crate::apigateway::rest::cloudformation::Deployment,
        &crate::apigateway::rest::cloudformation::GatewayResponse,
        &crate::apigateway::rest::cloudformation::Method,
        &crate::apigateway::rest::cloudformation::Model,
        &crate::apigateway::rest::cloudformation::RequestValidator,
        &crate::apigateway::rest::cloudformation::Resource,
        &crate::apigateway::rest::cloudformation::RestApi,
        &crate::apigateway::rest::cloudformation::Stage,
        &crate::cloudwatch::cloudformation::MetricAlarm,
        &super::resources::dynamodb_table::Table,
        &crate::iam::cloudformation::Policy,
        &crate::iam::cloudformation::Role,
        &crate::lambda::cloudformation::Permission,
        &crate::logs::cloudformation::LogGroup,
        &crate::pipes::cloudformation::Pipe,
        &crate::s3::cloudformation::Bucket,
        &crate::s3::cloudformation::BucketPolicy,
        &crate::sns::cloudformation::Topic,
        &crate::sqs::cloudformation::Queue,
        &crate::sqs::cloudformation::QueuePolicy,
    ]
}

/// The resource type of that name.
pub fn find(name: &str) -> Option<&'static dyn ResourceType> {
    registry()
        .iter()
        .copied()
        .find(|resource_type| resource_type.name() == name)
}
