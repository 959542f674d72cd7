//! `AWS::DynamoDB::Table`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::cloudformation::property;
use crate::cloudformation::resource::{Context, Created, OnChange, Property, ResourceType};
use crate::dynamodb::set_point_in_time_recovery;
use crate::error::{ServiceError, ServiceResult};

/// The type.
pub struct Table;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Properties {
    #[serde(default, deserialize_with = "property::optional_text")]
    table_name: Option<String>,
    #[serde(default)]
    attribute_definitions: Vec<AttributeDefinition>,
    key_schema: Vec<KeySchemaElement>,
    #[serde(default)]
    billing_mode: Option<String>,
    #[serde(default)]
    provisioned_throughput: Option<Throughput>,
    #[serde(default)]
    on_demand_throughput: Option<OnDemandThroughput>,
    #[serde(default)]
    global_secondary_indexes: Vec<Index>,
    #[serde(default)]
    local_secondary_indexes: Vec<Index>,
    #[serde(default)]
    stream_specification: Option<StreamSpecification>,
    #[serde(default, rename = "SSESpecification")]
    sse_specification: Option<SseSpecification>,
    #[serde(default)]
    table_class: Option<String>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    deletion_protection_enabled: Option<bool>,
    #[serde(default)]
    point_in_time_recovery_specification: Option<PointInTimeRecovery>,
    #[serde(default)]
    time_to_live_specification: Option<TimeToLive>,
    // Read by `Context::tags`.
    #[serde(default, rename = "Tags")]
    _tags: Vec<Tag>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct AttributeDefinition {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct KeySchemaElement {
    attribute_name: String,
    key_type: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Throughput {
    #[serde(deserialize_with = "property::integer")]
    read_capacity_units: i64,
    #[serde(deserialize_with = "property::integer")]
    write_capacity_units: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OnDemandThroughput {
    #[serde(
        default,
        deserialize_with = "property::optional_integer",
        skip_serializing_if = "Option::is_none"
    )]
    max_read_request_units: Option<i64>,
    #[serde(
        default,
        deserialize_with = "property::optional_integer",
        skip_serializing_if = "Option::is_none"
    )]
    max_write_request_units: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Index {
    index_name: String,
    key_schema: Vec<KeySchemaElement>,
    projection: Projection,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provisioned_throughput: Option<Throughput>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Projection {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    projection_type: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    non_key_attributes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct StreamSpecification {
    stream_view_type: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct SseSpecification {
    #[serde(rename = "SSEEnabled", deserialize_with = "property::boolean")]
    enabled: bool,
    #[serde(rename = "SSEType", default)]
    sse_type: Option<String>,
    #[serde(rename = "KMSMasterKeyId", default)]
    key: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct PointInTimeRecovery {
    #[serde(default, deserialize_with = "property::optional_boolean")]
    point_in_time_recovery_enabled: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct TimeToLive {
    #[serde(default)]
    attribute_name: Option<String>,
    #[serde(deserialize_with = "property::boolean")]
    enabled: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Tag {
    #[serde(rename = "Key", deserialize_with = "property::text")]
    _key: String,
    #[serde(rename = "Value", deserialize_with = "property::text")]
    _value: String,
}

impl Properties {
    fn recovery(&self) -> bool {
        self.point_in_time_recovery_specification
            .as_ref()
            .and_then(|specification| specification.point_in_time_recovery_enabled)
            .unwrap_or(false)
    }

    fn stream(&self) -> Value {
        match &self.stream_specification {
            Some(stream) => {
                json!({"StreamEnabled": true, "StreamViewType": stream.stream_view_type})
            }
            None => json!({"StreamEnabled": false}),
        }
    }

    /// The attribute that holds the time to live, when it is on.
    fn time_to_live(&self) -> Option<&str> {
        let specification = self.time_to_live_specification.as_ref()?;
        specification
            .enabled
            .then(|| specification.attribute_name.as_deref().unwrap_or_default())
    }

    fn index(&self, name: &str) -> Option<&Index> {
        self.global_secondary_indexes
            .iter()
            .find(|index| index.index_name == name)
    }
}

fn create_request(name: &str, properties: &Properties, tags: &BTreeMap<String, String>) -> Value {
    let mut request = json!({
        "TableName": name,
        "AttributeDefinitions": properties.attribute_definitions,
        "KeySchema": properties.key_schema,
        "Tags": tag_list(tags),
    });
    let mut set = |member: &str, value: Option<Value>| {
        if let Some(value) = value {
            request[member] = value;
        }
    };
    set(
        "BillingMode",
        properties.billing_mode.clone().map(Value::from),
    );
    set(
        "ProvisionedThroughput",
        properties.provisioned_throughput.as_ref().map(|t| json!(t)),
    );
    set(
        "OnDemandThroughput",
        properties.on_demand_throughput.as_ref().map(|t| json!(t)),
    );
    let list = |indexes: &[Index]| (!indexes.is_empty()).then(|| json!(indexes));
    set(
        "GlobalSecondaryIndexes",
        list(&properties.global_secondary_indexes),
    );
    set(
        "LocalSecondaryIndexes",
        list(&properties.local_secondary_indexes),
    );
    set(
        "StreamSpecification",
        properties
            .stream_specification
            .is_some()
            .then(|| properties.stream()),
    );
    set(
        "SSESpecification",
        properties.sse_specification.as_ref().map(|sse| {
            let mut value = json!({ "Enabled": sse.enabled });
            if let Some(sse_type) = &sse.sse_type {
                value["SSEType"] = json!(sse_type);
            }
            if let Some(key) = &sse.key {
                value["KMSMasterKeyId"] = json!(key);
            }
            value
        }),
    );
    set(
        "TableClass",
        properties.table_class.clone().map(Value::from),
    );
    set(
        "DeletionProtectionEnabled",
        properties.deletion_protection_enabled.map(Value::from),
    );
    request
}

fn tag_list(tags: &BTreeMap<String, String>) -> Value {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

/// The calls of `UpdateTable`, each with one kind of change: DynamoDB takes one
/// online index at a time and refuses requests that change nothing.
fn update_requests(
    name: &str,
    before: &Properties,
    after: &Properties,
) -> Result<Vec<Value>, ServiceError> {
    if before.sse_specification != after.sse_specification {
        return Err(ServiceError::not_implemented(
            "a change of SSESpecification of AWS::DynamoDB::Table",
        ));
    }
    let mut requests = Vec::new();
    let mut request = |members: Value| {
        let mut value = json!({ "TableName": name });
        if let (Value::Object(target), Value::Object(source)) = (&mut value, members) {
            target.extend(source);
        }
        requests.push(value);
    };
    // The default is PROVISIONED (AWS docs, AWS::DynamoDB::Table).
    let mode = |properties: &Properties| {
        properties
            .billing_mode
            .clone()
            .unwrap_or_else(|| "PROVISIONED".to_owned())
    };
    if mode(before) != mode(after) {
        let mut members = json!({ "BillingMode": mode(after) });
        if let Some(throughput) = &after.provisioned_throughput {
            members["ProvisionedThroughput"] = json!(throughput);
        }
        request(members);
    } else if before.provisioned_throughput != after.provisioned_throughput
        && let Some(throughput) = &after.provisioned_throughput
    {
        request(json!({ "ProvisionedThroughput": throughput }));
    }
    if before.on_demand_throughput != after.on_demand_throughput && mode(after) == "PAY_PER_REQUEST"
    {
        let of = |properties: &Properties, pick: fn(&OnDemandThroughput) -> Option<i64>| {
            properties.on_demand_throughput.as_ref().and_then(pick)
        };
        // -1 takes a ceiling away (botocore model, OnDemandThroughput).
        request(json!({ "OnDemandThroughput": {
            "MaxReadRequestUnits": of(after, |t| t.max_read_request_units).unwrap_or(-1),
            "MaxWriteRequestUnits": of(after, |t| t.max_write_request_units).unwrap_or(-1),
        }}));
    }
    if before.deletion_protection_enabled != after.deletion_protection_enabled {
        let enabled = after.deletion_protection_enabled.unwrap_or(false);
        request(json!({ "DeletionProtectionEnabled": enabled }));
    }
    if before.table_class != after.table_class {
        let class = after.table_class.as_deref().unwrap_or("STANDARD");
        request(json!({ "TableClass": class }));
    }
    if before.stream_specification != after.stream_specification {
        if before.stream_specification.is_some() && after.stream_specification.is_some() {
            request(json!({ "StreamSpecification": { "StreamEnabled": false } }));
        }
        request(json!({ "StreamSpecification": after.stream() }));
    }
    for change in index_changes(before, after)? {
        request(json!({
            "AttributeDefinitions": after.attribute_definitions,
            "GlobalSecondaryIndexUpdates": [change],
        }));
    }
    Ok(requests)
}

/// At most one index is made or deleted in an update; an index whose keys or
/// projection change is neither (AWS docs, AWS::DynamoDB::Table).
fn index_changes(before: &Properties, after: &Properties) -> Result<Vec<Value>, ServiceError> {
    let mut changes = Vec::new();
    let mut online = 0;
    for index in &before.global_secondary_indexes {
        if after.index(&index.index_name).is_none() {
            online += 1;
            changes.push(json!({ "Delete": { "IndexName": index.index_name } }));
        }
    }
    for index in &after.global_secondary_indexes {
        match before.index(&index.index_name) {
            None => {
                online += 1;
                changes.push(json!({ "Create": index }));
            }
            Some(old) if old == index => {}
            Some(old)
                if old.key_schema != index.key_schema || old.projection != index.projection =>
            {
                return Err(ServiceError::new(
                    400,
                    "ValidationException",
                    "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights Specification. You can create a new GSI with a different name.",
                ));
            }
            Some(_) => {
                if let Some(throughput) = &index.provisioned_throughput {
                    changes.push(json!({ "Update": {
                        "IndexName": index.index_name,
                        "ProvisionedThroughput": throughput,
                    }}));
                }
            }
        }
    }
    if online > 1 {
        return Err(ServiceError::new(
            400,
            "ValidationException",
            "Cannot perform more than one GSI creation or deletion in a single update",
        ));
    }
    Ok(changes)
}

impl Table {
    fn table_name(context: &Context<'_>, properties: &Properties) -> String {
        properties
            .table_name
            .clone()
            .unwrap_or_else(|| context.generated_name(255))
    }

    async fn describe(context: &Context<'_>, name: &str) -> ServiceResult<Created> {
        let tables = &context.world.tables;
        let described: Value = tables
            .call("DescribeTable", &json!({ "TableName": name }))
            .await?;
        let table = &described["Table"];
        let mut attributes = BTreeMap::from([("Arn".to_owned(), table["TableArn"].clone())]);
        let streams = table["StreamSpecification"]["StreamEnabled"] == json!(true);
        if streams && let Some(stream) = table.get("LatestStreamArn") {
            attributes.insert("StreamArn".to_owned(), stream.clone());
        }
        Ok(Created {
            physical_id: name.to_owned(),
            attributes,
        })
    }

    /// What `CreateTable` does not take. Brings it about whatever there was.
    async fn settle(
        context: &Context<'_>,
        name: &str,
        properties: &Properties,
    ) -> ServiceResult<()> {
        set_point_in_time_recovery(context.world, name, properties.recovery()).await?;
        let tables = &context.world.tables;
        let now: Value = tables
            .call("DescribeTimeToLive", &json!({ "TableName": name }))
            .await?;
        let now = &now["TimeToLiveDescription"];
        let is = (now["TimeToLiveStatus"] == json!("ENABLED"))
            .then(|| now["AttributeName"].as_str().unwrap_or_default());
        let wanted = properties.time_to_live();
        if is == wanted {
            return Ok(());
        }
        for (attribute, enabled) in [(is, false), (wanted, true)] {
            let Some(attribute) = attribute else { continue };
            let _: Value = tables
                .call(
                    "UpdateTimeToLive",
                    &json!({
                        "TableName": name,
                        "TimeToLiveSpecification": {"AttributeName": attribute, "Enabled": enabled},
                    }),
                )
                .await?;
        }
        Ok(())
    }

    async fn tags(context: &Context<'_>, arn: &Value) -> ServiceResult<BTreeMap<String, String>> {
        let listed: Value = context
            .world
            .tables
            .call("ListTagsOfResource", &json!({ "ResourceArn": arn }))
            .await?;
        let text = |tag: &Value, member: &str| tag[member].as_str().map(str::to_owned);
        Ok(listed["Tags"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|tag| Some((text(tag, "Key")?, text(tag, "Value")?)))
            .collect())
    }

    async fn retag(context: &Context<'_>, arn: &Value, own: Option<&Value>) -> ServiceResult<()> {
        let wanted = context.tags(own);
        let now = Self::tags(context, arn).await?;
        let tables = &context.world.tables;
        let gone: Vec<&String> = now
            .keys()
            .filter(|key| !wanted.contains_key(*key))
            .collect();
        if !gone.is_empty() {
            let request = json!({ "ResourceArn": arn, "TagKeys": gone });
            let _: Value = tables.call("UntagResource", &request).await?;
        }
        if wanted
            .iter()
            .any(|(key, value)| now.get(key) != Some(value))
        {
            let request = json!({ "ResourceArn": arn, "Tags": tag_list(&wanted) });
            let _: Value = tables.call("TagResource", &request).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl ResourceType for Table {
    fn name(&self) -> &'static str {
        "AWS::DynamoDB::Table"
    }

    fn properties(&self) -> &'static [Property] {
        const PROPERTIES: &[Property] = &[
            Property::optional("TableName", OnChange::Replace),
            Property::optional("AttributeDefinitions", OnChange::Conditional),
            Property::required("KeySchema", OnChange::Replace),
            Property::optional("BillingMode", OnChange::Update),
            Property::optional("ProvisionedThroughput", OnChange::Update),
            Property::optional("OnDemandThroughput", OnChange::Update),
            Property::optional("GlobalSecondaryIndexes", OnChange::Update),
            Property::optional("LocalSecondaryIndexes", OnChange::Replace),
            Property::optional("StreamSpecification", OnChange::Update),
            Property::optional("SSESpecification", OnChange::Update),
            Property::optional("TableClass", OnChange::Update),
            Property::optional("DeletionProtectionEnabled", OnChange::Update),
            Property::optional("PointInTimeRecoverySpecification", OnChange::Update),
            Property::optional("TimeToLiveSpecification", OnChange::Update),
            Property::optional("Tags", OnChange::Update),
        ];
        PROPERTIES
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Arn", "StreamArn"]
    }

    fn name_property(&self) -> Option<&'static str> {
        Some("TableName")
    }

    /// A new attribute (for a new index) does not replace, another type of an
    /// attribute that is there does.
    fn replaces(&self, _property: &str, before: Option<&Value>, after: Option<&Value>) -> bool {
        let types = |value: Option<&Value>| -> BTreeMap<String, Value> {
            value
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|definition| {
                    let name = definition.get("AttributeName")?.as_str()?;
                    Some((name.to_owned(), definition.get("AttributeType")?.clone()))
                })
                .collect()
        };
        let after = types(after);
        types(before)
            .iter()
            .any(|(name, kind)| after.get(name).is_some_and(|other| other != kind))
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let read: Properties = property::read(context.logical_id, properties)?;
        let name = Self::table_name(context, &read);
        let request = create_request(&name, &read, &context.tags(properties.get("Tags")));
        let tables = &context.world.tables;
        let _: Value = tables.call("CreateTable", &request).await?;
        if let Err(error) = Self::settle(context, &name, &read).await {
            // Nothing stays of a create that failed.
            if read.deletion_protection_enabled == Some(true) {
                let request = json!({ "TableName": name, "DeletionProtectionEnabled": false });
                let _: Value = tables.call("UpdateTable", &request).await?;
            }
            self.delete(context, &name, properties).await?;
            return Err(error);
        }
        Self::describe(context, &name).await
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Option<Created>, ServiceError> {
        let read: Properties = property::read(context.logical_id, properties)?;
        let name = Self::table_name(context, &read);
        let created = match Self::describe(context, &name).await {
            Ok(created) => created,
            Err(error) if error.code == "ResourceNotFoundException" => return Ok(None),
            Err(error) => return Err(error),
        };
        let arn = created.attributes.get("Arn").cloned().unwrap_or_default();
        let tags = Self::tags(context, &arn).await?;
        let ours = tags.get("aws:cloudformation:stack-id").map(String::as_str)
            == Some(context.stack_id)
            && tags
                .get("aws:cloudformation:logical-id")
                .map(String::as_str)
                == Some(context.logical_id);
        if !ours {
            return Ok(None);
        }
        Self::settle(context, &name, &read).await?;
        Ok(Some(created))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let old: Properties = property::read(context.logical_id, before)?;
        let new: Properties = property::read(context.logical_id, after)?;
        for request in update_requests(physical_id, &old, &new)? {
            let _: Value = context.world.tables.call("UpdateTable", &request).await?;
        }
        Self::settle(context, physical_id, &new).await?;
        let created = Self::describe(context, physical_id).await?;
        if let Some(arn) = created.attributes.get("Arn") {
            Self::retag(context, arn, after.get("Tags")).await?;
        }
        Ok(created)
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _properties: &Map<String, Value>,
    ) -> Result<(), ServiceError> {
        let request = json!({ "TableName": physical_id });
        let deleted: ServiceResult<Value> =
            context.world.tables.call("DeleteTable", &request).await;
        match deleted {
            Err(error) if error.code != "ResourceNotFoundException" => return Err(error),
            _ => {}
        }
        context.world.write(|state| {
            state.dynamodb.point_in_time_recovery.remove(physical_id);
            Ok(())
        })
    }
}
