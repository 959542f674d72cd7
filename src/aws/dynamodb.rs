//! DynamoDB: tables that seeds are written to, and those that stacks kept.

mod items;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;

use super::failure::Service;
use super::wait::Waiting;
use crate::engine::error::FailureKind;
use crate::engine::item::{Item, KeyAttribute};
use crate::engine::ports::{PortResult, Tables};

const SERVICE: Service = Service("DynamoDB");

/// A table that is being made or changed is waited for so long, and a deletion too.
const DELETION: Duration = Duration::from_secs(10 * 60);
/// A table that throttles is asked again for so long, after the SDK's own tries.
const PATIENCE: Duration = Duration::from_secs(2 * 60);

/// Tables.
pub struct DynamoDb {
    client: Client,
    waiting: Waiting,
}

impl DynamoDb {
    /// Over this client.
    pub fn new(client: Client, waiting: Waiting) -> Self {
        Self { client, waiting }
    }
}

#[async_trait]
impl Tables for DynamoDb {
    async fn key(&self, table: &str) -> PortResult<Option<Vec<KeyAttribute>>> {
        self.key_schema(table).await
    }

    async fn present(
        &self,
        table: &str,
        key: &[KeyAttribute],
        keys: &[Item],
    ) -> PortResult<Vec<bool>> {
        self.present_keys(table, key, keys).await
    }

    async fn put_new(&self, table: &str, key: &[KeyAttribute], item: &Item) -> PortResult<bool> {
        self.put_unless_there(table, key, item).await
    }

    async fn delete(&self, name: &str) -> PortResult<()> {
        const DELETE: &str = "DeleteTable";
        let mut wait = self.waiting.at_most(DELETION);
        loop {
            let answer = self.client.delete_table().table_name(name).send().await;
            // A table being deleted answers that it is in use; one that is gone, so.
            if let Err(error) = answer {
                let failure = SERVICE.failure(DELETE, error);
                match failure.kind {
                    FailureKind::NotFound => return Ok(()),
                    FailureKind::Conflict => {}
                    _ if failure.code == "LimitExceededException" => {}
                    _ => return Err(failure),
                }
            }
            if !wait.pause().await {
                return Err(SERVICE.gave_up(
                    DELETE,
                    format!(
                        "table {name} is still there after {} minutes",
                        DELETION.as_secs() / 60
                    ),
                ));
            }
        }
    }
}
