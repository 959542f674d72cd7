//! Items: is their key there, and written unless it is.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeValue, KeyType as KeyRole, KeysAndAttributes, ScalarAttributeType,
};

use super::{DynamoDb, PATIENCE, SERVICE};
use crate::engine::error::FailureKind;
use crate::engine::item::{Attribute, Item, KeyAttribute, KeyType, identity};
use crate::engine::ports::PortResult;

/// Keys of one BatchGetItem (its service model).
const BATCH: usize = 100;

impl DynamoDb {
    pub(super) async fn key_schema(&self, table: &str) -> PortResult<Option<Vec<KeyAttribute>>> {
        const DESCRIBE: &str = "DescribeTable";
        let answer = self.client.describe_table().table_name(table).send().await;
        let description = match answer.map_err(|error| SERVICE.failure(DESCRIBE, error)) {
            Ok(answer) => answer.table,
            Err(failure) if failure.kind == FailureKind::NotFound => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let description = description.ok_or_else(|| SERVICE.incomplete(DESCRIBE, "Table"))?;
        let mut key = description
            .key_schema()
            .iter()
            .map(|element| {
                let name = element.attribute_name();
                let defined = description
                    .attribute_definitions()
                    .iter()
                    .find(|defined| defined.attribute_name() == name)
                    .map(|defined| defined.attribute_type());
                let key_type = match defined {
                    Some(ScalarAttributeType::S) => KeyType::S,
                    Some(ScalarAttributeType::N) => KeyType::N,
                    Some(ScalarAttributeType::B) => KeyType::B,
                    _ => return Err(SERVICE.incomplete(DESCRIBE, "type of a key attribute")),
                };
                Ok(KeyAttribute {
                    name: name.to_owned(),
                    key_type,
                    is_sort: *element.key_type() == KeyRole::Range,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if key.is_empty() {
            return Err(SERVICE.incomplete(DESCRIBE, "KeySchema"));
        }
        key.sort_by_key(|part| part.is_sort);
        Ok(Some(key))
    }

    pub(super) async fn present_keys(
        &self,
        table: &str,
        key: &[KeyAttribute],
        keys: &[Item],
    ) -> PortResult<Vec<bool>> {
        const GET: &str = "BatchGetItem";
        let mut found: BTreeSet<Vec<Vec<u8>>> = BTreeSet::new();
        for batch in keys.chunks(BATCH) {
            let mut wait = self.waiting.at_most(PATIENCE);
            let mut asked: Vec<HashMap<String, AttributeValue>> =
                batch.iter().map(values).collect();
            while !asked.is_empty() {
                let request = request(key, std::mem::take(&mut asked))
                    .map_err(|error| SERVICE.state(GET, FailureKind::Invalid, "request", error))?;
                let answer = self
                    .client
                    .batch_get_item()
                    .request_items(table, request.clone())
                    .send()
                    .await
                    .map_err(|error| SERVICE.failure(GET, error));
                match wait.look(answer)? {
                    Some(answer) => {
                        let items = answer.responses.into_iter().flatten();
                        found.extend(
                            items
                                .flat_map(|(_, items)| items)
                                .map(|item| identity(&scalars(&item), key)),
                        );
                        // What was not answered is asked again.
                        let rest = answer.unprocessed_keys.into_iter().flatten();
                        asked.extend(rest.flat_map(|(_, rest)| rest.keys));
                    }
                    None => asked = request.keys,
                }
                if !asked.is_empty() && !wait.pause().await {
                    return Err(SERVICE.gave_up(
                        GET,
                        format!(
                            "table {table} did not give all keys in {} minutes",
                            PATIENCE.as_secs() / 60
                        ),
                    ));
                }
            }
        }
        Ok(keys
            .iter()
            .map(|one| found.contains(&identity(one, key)))
            .collect())
    }

    pub(super) async fn put_unless_there(
        &self,
        table: &str,
        key: &[KeyAttribute],
        item: &Item,
    ) -> PortResult<bool> {
        const PUT: &str = "PutItem";
        let partition = key.first().map(|part| part.name.as_str());
        let mut wait = self.waiting.at_most(PATIENCE);
        loop {
            let answer = self
                .client
                .put_item()
                .table_name(table)
                .set_item(Some(values(item)))
                .condition_expression("attribute_not_exists(#key)")
                .expression_attribute_names("#key", partition.unwrap_or_default())
                .send()
                .await
                .map_err(|error| SERVICE.failure(PUT, error));
            match answer {
                Err(failure) if failure.code == "ConditionalCheckFailedException" => {
                    return Ok(false);
                }
                answer => {
                    if wait.look(answer)?.is_some() {
                        return Ok(true);
                    }
                }
            }
            if !wait.pause().await {
                return Err(SERVICE.gave_up(
                    PUT,
                    format!(
                        "table {table} throttled for {} minutes",
                        PATIENCE.as_secs() / 60
                    ),
                ));
            }
        }
    }
}

/// Asks for the keys alone, as they are after all writes.
fn request(
    key: &[KeyAttribute],
    keys: Vec<HashMap<String, AttributeValue>>,
) -> Result<KeysAndAttributes, String> {
    let names: HashMap<String, String> = key
        .iter()
        .enumerate()
        .map(|(index, part)| (format!("#k{index}"), part.name.clone()))
        .collect();
    let projection: Vec<String> = (0..key.len()).map(|index| format!("#k{index}")).collect();
    KeysAndAttributes::builder()
        .set_keys(Some(keys))
        .consistent_read(true)
        .projection_expression(projection.join(", "))
        .set_expression_attribute_names(Some(names))
        .build()
        .map_err(|error| error.to_string())
}

fn values(item: &Item) -> HashMap<String, AttributeValue> {
    item.iter()
        .map(|(name, attribute)| (name.clone(), value(attribute)))
        .collect()
}

fn value(attribute: &Attribute) -> AttributeValue {
    match attribute {
        Attribute::S(text) => AttributeValue::S(text.clone()),
        Attribute::N(number) => AttributeValue::N(number.clone()),
        Attribute::B(bytes) => AttributeValue::B(Blob::new(bytes.clone())),
        Attribute::Bool(flag) => AttributeValue::Bool(*flag),
        Attribute::Null => AttributeValue::Null(true),
        Attribute::L(all) => AttributeValue::L(all.iter().map(value).collect()),
        Attribute::M(all) => AttributeValue::M(values(all)),
        Attribute::Ss(texts) => AttributeValue::Ss(texts.clone()),
        Attribute::Ns(numbers) => AttributeValue::Ns(numbers.clone()),
        Attribute::Bs(all) => AttributeValue::Bs(all.iter().cloned().map(Blob::new).collect()),
    }
}

/// The attributes that a key may have.
fn scalars(item: &HashMap<String, AttributeValue>) -> Item {
    item.iter()
        .filter_map(|(name, value)| {
            let attribute = match value {
                AttributeValue::S(text) => Attribute::S(text.clone()),
                AttributeValue::N(number) => Attribute::N(number.clone()),
                AttributeValue::B(bytes) => Attribute::B(bytes.clone().into_inner()),
                _ => return None,
            };
            Some((name.clone(), attribute))
        })
        .collect()
}

#[cfg(test)]
#[path = "items_tests.rs"]
mod tests;
