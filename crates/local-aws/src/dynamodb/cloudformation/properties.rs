//! The properties of `AWS::DynamoDB::Table`, as the resource reference has them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::core::property;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Properties {
    #[serde(default, deserialize_with = "property::optional_text")]
    pub(super) table_name: Option<String>,
    #[serde(default)]
    pub(super) attribute_definitions: Vec<AttributeDefinition>,
    pub(super) key_schema: Vec<KeySchemaElement>,
    #[serde(default)]
    pub(super) billing_mode: Option<String>,
    #[serde(default)]
    pub(super) provisioned_throughput: Option<Throughput>,
    #[serde(default)]
    pub(super) on_demand_throughput: Option<OnDemandThroughput>,
    #[serde(default)]
    pub(super) global_secondary_indexes: Vec<Index>,
    #[serde(default)]
    pub(super) local_secondary_indexes: Vec<Index>,
    #[serde(default)]
    pub(super) stream_specification: Option<StreamSpecification>,
    #[serde(default, rename = "SSESpecification")]
    pub(super) sse_specification: Option<SseSpecification>,
    #[serde(default)]
    pub(super) table_class: Option<String>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    pub(super) deletion_protection_enabled: Option<bool>,
    #[serde(default)]
    pub(super) point_in_time_recovery_specification: Option<PointInTimeRecovery>,
    #[serde(default)]
    pub(super) time_to_live_specification: Option<TimeToLive>,
    // Read by `Context::tags`.
    #[serde(default, rename = "Tags")]
    pub(super) _tags: Vec<Tag>,
}

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
    #[serde(deserialize_with = "property::integer")]
    pub(super) read_capacity_units: i64,
    #[serde(deserialize_with = "property::integer")]
    pub(super) write_capacity_units: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct OnDemandThroughput {
    #[serde(
        default,
        deserialize_with = "property::optional_integer",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) max_read_request_units: Option<i64>,
    #[serde(
        default,
        deserialize_with = "property::optional_integer",
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
    #[serde(rename = "SSEEnabled", deserialize_with = "property::boolean")]
    pub(super) enabled: bool,
    #[serde(rename = "SSEType", default)]
    pub(super) sse_type: Option<String>,
    #[serde(rename = "KMSMasterKeyId", default)]
    pub(super) key: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct PointInTimeRecovery {
    #[serde(default, deserialize_with = "property::optional_boolean")]
    pub(super) point_in_time_recovery_enabled: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct TimeToLive {
    #[serde(default)]
    pub(super) attribute_name: Option<String>,
    #[serde(deserialize_with = "property::boolean")]
    pub(super) enabled: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Tag {
    #[serde(rename = "Key", deserialize_with = "property::text")]
    pub(super) _key: String,
    #[serde(rename = "Value", deserialize_with = "property::text")]
    pub(super) _value: String,
}

impl Properties {
    pub(super) fn recovery(&self) -> bool {
        self.point_in_time_recovery_specification
            .as_ref()
            .and_then(|specification| specification.point_in_time_recovery_enabled)
            .unwrap_or(false)
    }

    pub(super) fn stream(&self) -> Value {
        match &self.stream_specification {
            Some(stream) => {
                json!({"StreamEnabled": true, "StreamViewType": stream.stream_view_type})
            }
            None => json!({"StreamEnabled": false}),
        }
    }

    /// The attribute that holds the time to live, when it is on.
    pub(super) fn time_to_live(&self) -> Option<&str> {
        let specification = self.time_to_live_specification.as_ref()?;
        specification
            .enabled
            .then(|| specification.attribute_name.as_deref().unwrap_or_default())
    }

    pub(super) fn index(&self, name: &str) -> Option<&Index> {
        self.global_secondary_indexes
            .iter()
            .find(|index| index.index_name == name)
    }
}
