//! The embedded AWS over HTTP, a module per service.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod apigateway;
mod client;
mod cloudformation;
mod cloudwatch;
mod connect;
mod consistency;
mod gateway;
mod iam;
mod lambda;
mod logs;
mod metric_filters;
mod pipes;
mod rest_api;
mod s3;
mod scheduler;
mod secrets;
mod ses;
mod sns;
mod sqs;
mod streams;
mod sts;
