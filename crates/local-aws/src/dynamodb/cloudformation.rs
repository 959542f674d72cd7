//! `AWS::DynamoDB::Table`.

mod properties;
mod requests;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::properties::{
    AttributeDefinition, Index, KeySchemaElement, OnDemandThroughput, PointInTimeRecovery,
    SseSpecification, StreamSpecification, Tag, Throughput, TimeToLive,
};
use self::requests::{create_request, tag_list, update_requests};
use crate::core::error::ServiceResult;
use crate::core::property::declare;
use crate::core::resource::{Context, Created, Known, Resource, deleted, obsolete};
use crate::dynamodb::set_point_in_time_recovery;

declare! {
    /// `AWS::DynamoDB::Table`.
    pub struct Table is "AWS::DynamoDB::Table" gives ["Arn", "StreamArn"] {
        optional table_name: String => Name,
        defaulted attribute_definitions: Vec<AttributeDefinition> => Conditional,
        required key_schema: Vec<KeySchemaElement> => Replace,
        optional billing_mode: String => Update,
        optional provisioned_throughput: Throughput => Update,
        optional on_demand_throughput: OnDemandThroughput => Update,
        defaulted global_secondary_indexes: Vec<Index> => Update,
        defaulted local_secondary_indexes: Vec<Index> => Replace,
        optional stream_specification: StreamSpecification => Update,
        #[serde(rename = "SSESpecification")]
        optional sse_specification: SseSpecification => Update,
        optional table_class: String => Update,
        optional deletion_protection_enabled: bool => Update,
        optional point_in_time_recovery_specification: PointInTimeRecovery => Update,
        optional time_to_live_specification: TimeToLive => Update,
        defaulted tags: Vec<Tag> => Update,
    }
}

impl Table {
    fn name(&self, context: &Context<'_>) -> String {
        context.name(self.table_name.as_ref(), 255)
    }

    fn all_tags(&self, context: &Context<'_>) -> BTreeMap<String, String> {
        context.tags(Some(&json!(self.tags)))
    }

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
    async fn settle(&self, context: &Context<'_>, name: &str) -> ServiceResult<()> {
        set_point_in_time_recovery(context.world, name, self.recovery()).await?;
        let tables = &context.world.handle::<crate::dynamodb::Tables>();
        let now: Value = tables
            .call("DescribeTimeToLive", &json!({ "TableName": name }))
            .await?;
        let now = &now["TimeToLiveDescription"];
        let is = (now["TimeToLiveStatus"] == json!("ENABLED"))
            .then(|| now["AttributeName"].as_str().unwrap_or_default());
        let wanted = self.time_to_live();
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

    async fn remove(context: &Context<'_>, name: &str) -> ServiceResult<()> {
        let tables = &context.world.handle::<crate::dynamodb::Tables>();
        let result: ServiceResult<Value> = tables
            .call("DeleteTable", &json!({ "TableName": name }))
            .await;
        deleted(result, "ResourceNotFoundException")?;
        context.world.write(|state| {
            let dynamodb = state.of_mut::<crate::dynamodb::State>();
            dynamodb.point_in_time_recovery.remove(name);
            Ok(())
        })
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

    async fn retag(&self, context: &Context<'_>, arn: &Value) -> ServiceResult<()> {
        let wanted = self.all_tags(context);
        let now = Self::tags(context, arn).await?;
        let tables = &context.world.handle::<crate::dynamodb::Tables>();
        let gone = obsolete(&now, &wanted);
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

impl Resource for Table {
    /// A new attribute (for a new index) does not replace, another type of an
    /// attribute that is there does.
    fn replaces(before: Option<&Value>, after: Option<&Value>) -> bool {
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

    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let name = self.name(context);
        let request = create_request(&name, &self, &self.all_tags(context));
        let tables = &context.world.handle::<crate::dynamodb::Tables>();
        let _: Value = tables.call("CreateTable", &request).await?;
        if let Err(error) = self.settle(context, &name).await {
            // Nothing stays of a create that failed.
            if self.deletion_protection_enabled == Some(true) {
                let request = json!({ "TableName": name, "DeletionProtectionEnabled": false });
                let _: Value = tables.call("UpdateTable", &request).await?;
            }
            Self::remove(context, &name).await?;
            return Err(error);
        }
        Self::describe(context, &name).await
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        let name = self.name(context);
        let created = match Self::describe(context, &name).await {
            Ok(created) => created,
            Err(error) if error.code == "ResourceNotFoundException" => return Ok(None),
            Err(error) => return Err(error),
        };
        let arn = created.attributes.get("Arn").cloned().unwrap_or_default();
        if !context.owns(&Self::tags(context, &arn).await?) {
            return Ok(None);
        }
        self.settle(context, &name).await?;
        Ok(Some(created))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        let before = known.properties()?;
        let name = known.physical_id;
        let tables = &context.world.handle::<crate::dynamodb::Tables>();
        let described: Value = tables
            .call("DescribeTable", &json!({ "TableName": name }))
            .await?;
        for request in update_requests(name, &described["Table"], &before, &self)? {
            let _: Value = tables.call("UpdateTable", &request).await?;
        }
        self.settle(context, name).await?;
        let created = Self::describe(context, name).await?;
        if let Some(arn) = created.attributes.get("Arn") {
            self.retag(context, arn).await?;
        }
        Ok(created)
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        Self::remove(context, known.physical_id).await
    }
}
