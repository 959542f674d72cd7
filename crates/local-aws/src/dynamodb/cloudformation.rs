//! `AWS::DynamoDB::Table`.

mod properties;
mod requests;

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use self::properties::Properties;
use self::requests::{create_request, tag_list, update_requests};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};
use crate::dynamodb::set_point_in_time_recovery;

/// The type.
pub struct Table;

impl Table {
    fn table_name(context: &Context<'_>, properties: &Properties) -> String {
        properties
            .table_name
            .clone()
            .unwrap_or_else(|| context.generated_name(255))
    }

    async fn describe(context: &Context<'_>, name: &str) -> ServiceResult<Created> {
        let tables = &context.world.handle::<crate::dynamodb::Tables>();
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
        let tables = &context.world.handle::<crate::dynamodb::Tables>();
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
            .handle::<crate::dynamodb::Tables>()
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
        let tables = &context.world.handle::<crate::dynamodb::Tables>();
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
        let tables = &context.world.handle::<crate::dynamodb::Tables>();
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
        let described: Value = context
            .world
            .handle::<crate::dynamodb::Tables>()
            .call("DescribeTable", &json!({ "TableName": physical_id }))
            .await?;
        for request in update_requests(physical_id, &described["Table"], &old, &new)? {
            let _: Value = context
                .world
                .handle::<crate::dynamodb::Tables>()
                .call("UpdateTable", &request)
                .await?;
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
        let deleted: ServiceResult<Value> = context
            .world
            .handle::<crate::dynamodb::Tables>()
            .call("DeleteTable", &request)
            .await;
        match deleted {
            Err(error) if error.code != "ResourceNotFoundException" => return Err(error),
            _ => {}
        }
        context.world.write(|state| {
            state
                .of_mut::<crate::dynamodb::State>()
                .point_in_time_recovery
                .remove(physical_id);
            Ok(())
        })
    }
}
