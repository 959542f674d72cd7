//! The operations.

mod buckets;
mod configuration;
mod deleting;
mod listing;
mod reading;
mod tagging;
mod writing;

pub(super) use configuration::check_algorithm;

use std::sync::Arc;

use serde_json::Value;

use super::blobs::Blobs;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Request, Route};
use crate::core::wire::response::Response;
use crate::core::world::{ACCOUNT, World};

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// What an operation works with.
pub(super) struct Job<'a> {
    pub(super) world: &'a Arc<World>,
    pub(super) call: &'a Call,
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    pub(super) request: &'a Request,
}

impl Job<'_> {
    fn blobs(&self) -> Blobs {
        Blobs::below(&self.world.service_dir("s3"))
    }

    /// Removes bytes that the state no longer refers to, once that state is saved.
    fn forget(&self, folder: &str, obsolete: &[String]) -> ServiceResult<()> {
        if obsolete.is_empty() {
            return Ok(());
        }
        self.world.flush()?;
        self.blobs().remove(folder, obsolete);
        Ok(())
    }

    /// An answer with XML.
    fn xml(&self, root: &str, value: &Value) -> Response {
        Response::xml(root, NAMESPACE, value)
    }
}

/// Does an operation.
pub(super) async fn run(
    world: &Arc<World>,
    call: &Call,
    route: &Route,
    request: &Request,
) -> ServiceResult<Response> {
    let job = Job {
        world,
        call,
        bucket: route.label("Bucket"),
        key: route.label("Key"),
        request,
    };
    match route.operation {
        "ListBuckets" => buckets::list(&job),
        "CreateBucket" => buckets::create(&job),
        "HeadBucket" => buckets::head(&job),
        "DeleteBucket" => buckets::delete(&job),
        "GetBucketLocation" => buckets::location(&job),
        "PutObject" => writing::put(&job).await,
        "GetObject" => reading::get(&job).await,
        "HeadObject" => reading::head(&job),
        "DeleteObject" => deleting::delete(&job),
        "DeleteObjects" => deleting::delete_many(&job),
        "ListObjectsV2" => listing::objects(&job),
        "ListObjectVersions" => listing::versions(&job),
        "GetObjectTagging" => tagging::get(&job),
        "PutObjectTagging" => tagging::put(&job),
        "DeleteObjectTagging" => tagging::delete(&job),
        "GetBucketTagging" => tagging::get_of_bucket(&job),
        "PutBucketTagging" => tagging::put_of_bucket(&job),
        "DeleteBucketTagging" => tagging::delete_of_bucket(&job),
        "GetBucketVersioning" => configuration::get_versioning(&job),
        "PutBucketVersioning" => configuration::put_versioning(&job),
        "GetBucketEncryption" => configuration::get_encryption(&job),
        "PutBucketEncryption" => configuration::put_encryption(&job),
        "GetPublicAccessBlock" => configuration::get_public_access_block(&job),
        "PutPublicAccessBlock" => configuration::put_public_access_block(&job),
        "DeletePublicAccessBlock" => configuration::delete_public_access_block(&job),
        "GetBucketPolicy" => configuration::get_policy(&job),
        "PutBucketPolicy" => configuration::put_policy(&job),
        "DeleteBucketPolicy" => configuration::delete_policy(&job),
        "GetBucketOwnershipControls" => configuration::get_ownership(&job),
        "GetBucketLifecycleConfiguration" => configuration::get_lifecycle(&job),
        other => Err(ServiceError::not_implemented(format!("s3:{other}"))),
    }
}

/// The canonical user id of the account: 64 hexadecimal digits.
fn owner_id() -> String {
    format!("{ACCOUNT:0>64}")
}
