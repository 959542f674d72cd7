//! The resource types of CloudWatch Logs in CloudFormation.

pub mod log_group;
pub mod metric_filter;

pub use log_group::LogGroup;
pub use metric_filter::MetricFilter;
