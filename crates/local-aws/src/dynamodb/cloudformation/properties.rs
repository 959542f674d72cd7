//! The objects in the properties of `AWS::DynamoDB::Table`, as the resource reference has them.

use serde::{Deserialize, Serialize};

use crate::core::property::{self, PropertyValue};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct AttributeDefinition {
    pub(super) attribute_name: String,
    pub(super) attribute_type: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct KeySchemaElement {
    pub(super) attribute_name: String,
    pub(super) key_type: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Throughput {
    #[serde(deserialize_with = "property::required")]
    pub(super) read_capacity_units: i64,
    #[serde(deserialize_with = "property::required")]
    pub(super) write_capacity_units: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct OnDemandThroughput {
    #[serde(
        default,
        deserialize_with = "property::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) max_read_request_units: Option<i64>,
    #[serde(
        default,
        deserialize_with = "property::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) max_write_request_units: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Index {
    pub(super) index_name: String,
    pub(super) key_schema: Vec<KeySchemaElement>,
    pub(super) projection: Projection,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) provisioned_throughput: Option<Throughput>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Projection {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) projection_type: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) non_key_attributes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct StreamSpecification {
    pub(super) stream_view_type: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SseSpecification {
    #[serde(rename = "SSEEnabled", deserialize_with = "property::required")]
    pub(super) enabled: bool,
    #[serde(rename = "SSEType", default)]
    pub(super) sse_type: Option<String>,
    #[serde(rename = "KMSMasterKeyId", default)]
    pub(super) key: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct PointInTimeRecovery {
    #[serde(default, deserialize_with = "property::optional")]
    pub(super) point_in_time_recovery_enabled: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct TimeToLive {
    #[serde(default)]
    pub(super) attribute_name: Option<String>,
    #[serde(deserialize_with = "property::required")]
    pub(super) enabled: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Tag {
    #[serde(deserialize_with = "property::required")]
    key: String,
    #[serde(deserialize_with = "property::required")]
    value: String,
}

impl PropertyValue for Throughput {}
impl PropertyValue for OnDemandThroughput {}
impl PropertyValue for StreamSpecification {}
impl PropertyValue for SseSpecification {}
impl PropertyValue for PointInTimeRecovery {}
impl PropertyValue for TimeToLive {}
