//! The resource types of services that do not bring their own.

pub mod dynamodb_table;
