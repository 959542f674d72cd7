//! DynamoDB: dynoxide behind the gateway. Ours are the names (Region in ARNs),
//! the permissions, point-in-time recovery, which dynoxide has not, and the
//! reading of streams.

mod backups;
mod checks;
pub(crate) mod cloudformation;
mod permissions;
mod streams;
mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::core::error::ServiceResult;
use crate::core::registration::Registration;
use crate::core::resource::Typed;
use crate::core::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::core::wire::response::Response;
use crate::core::world::World;

pub use backups::set_point_in_time_recovery;
pub use streams::position as stream_position;
pub use tables::Tables;

/// DynamoDB deletes expired items within days (AWS docs, "Time to Live"); here
/// one sees it happen.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// What DynamoDB keeps beside tables and items.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Point-in-time recovery by table name; absent is off.
    pub point_in_time_recovery: BTreeMap<String, bool>,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "dynamodb";
}

/// The service.
pub struct DynamoDb;

/// Operations that go to dynoxide as they are, apart from ARNs.
const FORWARDED: &[&str] = &[
    "BatchExecuteStatement",
    "BatchGetItem",
    "BatchWriteItem",
    "CreateTable",
    "DeleteItem",
    "DeleteTable",
    "DescribeTable",
    "DescribeTimeToLive",
    "ExecuteStatement",
    "ExecuteTransaction",
    "GetItem",
    "ListTables",
    "ListTagsOfResource",
    "PutItem",
    "Query",
    "Scan",
    "TagResource",
    "TransactGetItems",
    "TransactWriteItems",
    "UntagResource",
    "UpdateItem",
    "UpdateTable",
    "UpdateTimeToLive",
];

/// Operations that are ours.
const OWN: &[&str] = &["DescribeContinuousBackups", "UpdateContinuousBackups"];

/// Operations of DynamoDB Streams, which has a target of its own.
const STREAMS: &[&str] = &[
    "DescribeStream",
    "GetRecords",
    "GetShardIterator",
    "ListStreams",
];

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    resource_types: &[&Typed::<cloudformation::Table>::TYPE],
    resume,
    ..Registration::new(
        "dynamodb",
        "dynamodb",
        &DynamoDb,
        crate::core::state::State::with::<State>,
    )
};

#[async_trait]
impl Service for DynamoDb {
    fn protocol(&self) -> Protocol {
        Protocol::Json {
            content_type: "application/x-amz-json-1.0",
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        let streams = "DynamoDBStreams_20120810.";
        let target = request.header("x-amz-target").unwrap_or_default();
        if target.starts_with(streams) {
            return crate::operations::DYNAMODB_STREAMS.in_target(request, streams, STREAMS);
        }
        let implemented = [FORWARDED, OWN].concat();
        crate::operations::DYNAMODB.in_target(request, "DynamoDB_20120810.", &implemented)
    }

    fn permissions(
        &self,
        world: &World,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        permissions::required(world, route.operation, request)
    }

    async fn handle(
        &self,
        world: &Arc<World>,
        _call: &Call,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Response> {
        if FORWARDED.contains(&route.operation) {
            checks::check(route.operation, &request.body)?;
        }
        match route.operation {
            "DescribeContinuousBackups" => backups::describe(world, request).await,
            "UpdateContinuousBackups" => backups::update(world, request).await,
            "DeleteTable" => {
                let response = world
                    .handle::<crate::dynamodb::Tables>()
                    .forward("DeleteTable", request)
                    .await?;
                if response.status == 200 {
                    backups::forget(world, request)?;
                }
                Ok(response)
            }
            operation if STREAMS.contains(&operation) => streams::handle(world, operation, request),
            operation => {
                world
                    .handle::<crate::dynamodb::Tables>()
                    .forward(operation, request)
                    .await
            }
        }
    }
}

/// Forgets old records of streams and deletes items whose time to live is over,
/// from time to time while the server runs.
pub fn resume(world: &Arc<World>) {
    let owned = Arc::clone(world);
    world.spawn(async move {
        loop {
            owned.handle::<crate::dynamodb::Tables>().sweep().await;
            tokio::time::sleep(SWEEP_EVERY).await;
        }
    });
}
