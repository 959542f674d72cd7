//! What DynamoDB is asked for: properties to requests, without I/O.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Table;
use super::properties::{Index, Throughput};
use crate::core::error::ServiceError;

/// The request of `CreateTable`.
pub(super) fn create_request(name: &str, table: &Table, tags: &BTreeMap<String, String>) -> Value {
    let mut request = json!({
        "TableName": name,
        "AttributeDefinitions": table.attribute_definitions,
        "KeySchema": table.key_schema,
        "Tags": tag_list(tags),
    });
    let mut set = |member: &str, value: Option<Value>| {
        if let Some(value) = value {
            request[member] = value;
        }
    };
    set("BillingMode", table.billing_mode.clone().map(Value::from));
    set(
        "ProvisionedThroughput",
        table.provisioned_throughput.as_ref().map(|t| json!(t)),
    );
    set(
        "OnDemandThroughput",
        table.on_demand_throughput.as_ref().map(|t| json!(t)),
    );
    let list = |indexes: &[Index]| (!indexes.is_empty()).then(|| json!(indexes));
    set(
        "GlobalSecondaryIndexes",
        list(&table.global_secondary_indexes),
    );
    set(
        "LocalSecondaryIndexes",
        list(&table.local_secondary_indexes),
    );
    set(
        "StreamSpecification",
        table.stream_specification.is_some().then(|| table.stream()),
    );
    set(
        "SSESpecification",
        table.sse_specification.as_ref().map(|sse| {
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
    set("TableClass", table.table_class.clone().map(Value::from));
    set(
        "DeletionProtectionEnabled",
        table.deletion_protection_enabled.map(Value::from),
    );
    request
}

/// Tags as DynamoDB takes them.
pub(super) fn tag_list(tags: &BTreeMap<String, String>) -> Value {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

/// The requests of `UpdateTable` that bring a table, described by `now`, to
/// `after`; each with one kind of change, because DynamoDB takes one online index
/// at a time and refuses requests that change nothing. `before` is what the
/// template said, for what a description does not tell.
///
/// # Errors
/// What cannot be changed.
pub(super) fn update_requests(
    name: &str,
    now: &Value,
    before: &Table,
    after: &Table,
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
    let mode = after.billing_mode.as_deref().unwrap_or("PROVISIONED");
    let mode_now = now["BillingModeSummary"]["BillingMode"]
        .as_str()
        .unwrap_or("PROVISIONED");
    if mode != mode_now {
        let mut members = json!({ "BillingMode": mode });
        if let Some(throughput) = &after.provisioned_throughput {
            members["ProvisionedThroughput"] = json!(throughput);
        }
        request(members);
    } else if let Some(throughput) = &after.provisioned_throughput
        && !same_throughput(throughput, &now["ProvisionedThroughput"])
    {
        request(json!({ "ProvisionedThroughput": throughput }));
    }
    if mode == "PAY_PER_REQUEST" {
        let wanted = after.on_demand_throughput.as_ref();
        let is = |member: &str| now["OnDemandThroughput"][member].as_i64();
        let read = wanted.and_then(|throughput| throughput.max_read_request_units);
        let write = wanted.and_then(|throughput| throughput.max_write_request_units);
        if read != is("MaxReadRequestUnits") || write != is("MaxWriteRequestUnits") {
            // -1 takes a ceiling away (botocore model, OnDemandThroughput).
            request(json!({ "OnDemandThroughput": {
                "MaxReadRequestUnits": read.unwrap_or(-1),
                "MaxWriteRequestUnits": write.unwrap_or(-1),
            }}));
        }
    }
    let protected = after.deletion_protection_enabled.unwrap_or(false);
    if protected != (now["DeletionProtectionEnabled"] == json!(true)) {
        request(json!({ "DeletionProtectionEnabled": protected }));
    }
    let class = after.table_class.as_deref().unwrap_or("STANDARD");
    let class_now = now["TableClassSummary"]["TableClass"]
        .as_str()
        .unwrap_or("STANDARD");
    if class != class_now {
        request(json!({ "TableClass": class }));
    }
    let stream = after
        .stream_specification
        .as_ref()
        .map(|stream| stream.stream_view_type.as_str());
    let stream_now = (now["StreamSpecification"]["StreamEnabled"] == json!(true))
        .then(|| now["StreamSpecification"]["StreamViewType"].as_str())
        .flatten();
    if stream != stream_now {
        // Another view is another stream (AWS docs, UpdateTable).
        if stream_now.is_some() && stream.is_some() {
            request(json!({ "StreamSpecification": { "StreamEnabled": false } }));
        }
        request(json!({ "StreamSpecification": after.stream() }));
    }
    for change in index_changes(now, before, after)? {
        request(json!({
            "AttributeDefinitions": after.attribute_definitions,
            "GlobalSecondaryIndexUpdates": [change],
        }));
    }
    Ok(requests)
}

fn same_throughput(wanted: &Throughput, now: &Value) -> bool {
    now["ReadCapacityUnits"] == json!(wanted.read_capacity_units)
        && now["WriteCapacityUnits"] == json!(wanted.write_capacity_units)
}

/// At most one index is made or deleted in an update; an index whose keys or
/// projection change is neither (AWS docs, AWS::DynamoDB::Table).
fn index_changes(now: &Value, before: &Table, after: &Table) -> Result<Vec<Value>, ServiceError> {
    let refused = |words: &'static str| Err(ServiceError::new(400, "ValidationException", words));
    let existing: Vec<&Value> = now["GlobalSecondaryIndexes"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let mut changes = Vec::new();
    let mut online = 0;
    for index in &existing {
        let name = index["IndexName"].as_str().unwrap_or_default();
        if after.index(name).is_none() {
            online += 1;
            changes.push(json!({ "Delete": { "IndexName": name } }));
        }
    }
    for index in &after.global_secondary_indexes {
        let Some(is) = existing
            .iter()
            .find(|existing| existing["IndexName"] == json!(index.index_name))
        else {
            online += 1;
            changes.push(json!({ "Create": index }));
            continue;
        };
        if is["KeySchema"] != json!(index.key_schema)
            || !same_projection(&is["Projection"], &json!(index.projection))
        {
            return refused(
                "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights Specification. You can create a new GSI with a different name.",
            );
        }
        let throughput_before = before
            .index(&index.index_name)
            .and_then(|index| index.provisioned_throughput.as_ref());
        if let Some(throughput) = &index.provisioned_throughput
            && throughput_before != Some(throughput)
        {
            changes.push(json!({ "Update": {
                "IndexName": index.index_name,
                "ProvisionedThroughput": throughput,
            }}));
        }
    }
    if online > 1 {
        return refused("Cannot perform more than one GSI creation or deletion in a single update");
    }
    Ok(changes)
}

fn same_projection(left: &Value, right: &Value) -> bool {
    let names = |projection: &Value| -> BTreeSet<String> {
        projection["NonKeyAttributes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect()
    };
    left["ProjectionType"] == right["ProjectionType"] && names(left) == names(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(value: Value) -> Table {
        let mut all = json!({"KeySchema": [], "BillingMode": "PAY_PER_REQUEST"});
        for (name, value) in value.as_object().unwrap() {
            all[name] = value.clone();
        }
        serde_json::from_value(all).unwrap()
    }

    fn requests(now: Value, before: Value, after: Value) -> Result<Vec<Value>, String> {
        let mut described = json!({"BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}});
        for (name, value) in now.as_object().unwrap() {
            described[name] = value.clone();
        }
        update_requests("t", &described, &properties(before), &properties(after))
            .map(|mut requests| {
                for request in &mut requests {
                    request.as_object_mut().unwrap().shift_remove("TableName");
                }
                requests
            })
            .map_err(|error| error.message)
    }

    fn index(name: &str, key: &str) -> Value {
        json!({
            "IndexName": name,
            "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        })
    }

    #[test]
    fn a_table_that_is_as_it_shall_be_is_left_alone() {
        assert_eq!(requests(json!({}), json!({}), json!({})), Ok(vec![]));
        let now = json!({
            "DeletionProtectionEnabled": true,
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"},
            "GlobalSecondaryIndexes": [index("one", "a")],
            "OnDemandThroughput": {"MaxReadRequestUnits": 5},
        });
        let after = json!({
            "DeletionProtectionEnabled": "true",
            "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
            "GlobalSecondaryIndexes": [index("one", "a")],
            "OnDemandThroughput": {"MaxReadRequestUnits": "5"},
        });
        // Whatever the template said before: what counts is what there is.
        assert_eq!(requests(now, json!({}), after), Ok(vec![]));
    }

    #[test]
    fn each_change_is_a_request_of_its_own() {
        let now = json!({
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"},
            "GlobalSecondaryIndexes": [index("one", "a")],
        });
        let after = json!({
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": {"ReadCapacityUnits": "1", "WriteCapacityUnits": 2},
            "DeletionProtectionEnabled": true,
            "TableClass": "STANDARD_INFREQUENT_ACCESS",
            "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
        });
        assert_eq!(
            requests(now, json!({}), after),
            Ok(vec![
                json!({"BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}}),
                json!({"DeletionProtectionEnabled": true}),
                json!({"TableClass": "STANDARD_INFREQUENT_ACCESS"}),
                json!({"StreamSpecification": {"StreamEnabled": false}}),
                json!({"StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"}}),
                json!({"AttributeDefinitions": [], "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "one"}}]}),
            ])
        );
    }

    #[test]
    fn indexes_change_one_at_a_time_and_never_their_keys() {
        let now = json!({"GlobalSecondaryIndexes": [index("one", "a")]});
        let with = |indexes: Vec<Value>| json!({ "GlobalSecondaryIndexes": indexes });
        let two = with(vec![index("two", "a")]);
        insta::assert_snapshot!(requests(now.clone(), json!({}), two).unwrap_err(), @"Cannot perform more than one GSI creation or deletion in a single update");
        let other = with(vec![index("one", "b")]);
        insta::assert_snapshot!(requests(now, json!({}), other).unwrap_err(), @"Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights Specification. You can create a new GSI with a different name.");
    }

    #[test]
    fn encryption_cannot_change_here() {
        insta::assert_snapshot!(requests(json!({}), json!({}), json!({"SSESpecification": {"SSEEnabled": true}})).unwrap_err(), @"the embedded AWS does not implement a change of SSESpecification of AWS::DynamoDB::Table");
    }
}
