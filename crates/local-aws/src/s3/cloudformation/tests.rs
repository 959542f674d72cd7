//! The resource types driven as a stack drives them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::state::{Bucket, Versioning};
use super::super::versions;
use super::super::versions::tests::object;
use crate::cloudformation::registry::find;
use crate::core::error::ServiceError;
use crate::core::resource::{Context, Created};
use crate::core::service::{Call, Principal};
use crate::core::world::World;
use crate::server::{self, Config, Running};

const BUCKET: &str = "AWS::S3::Bucket";
const POLICY: &str = "AWS::S3::BucketPolicy";

struct Stack {
    running: Running,
    call: Call,
    tags: BTreeMap<String, String>,
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

impl Stack {
    async fn start() -> Self {
        let running = server::start(Config::default()).await.unwrap();
        let now = running.gateway().world().clock.now();
        Self {
            running,
            call: Call {
                request_id: String::new(),
                principal: Principal::Administrator,
                now,
            },
            tags: BTreeMap::from([("team".to_owned(), "a".to_owned())]),
        }
    }

    fn world(&self) -> &Arc<World> {
        self.running.gateway().world()
    }

    fn context(&self) -> Context<'_> {
        Context {
            world: self.world(),
            call: &self.call,
            stack_name: "Numbers",
            stack_id: "arn:aws:cloudformation:us-east-1:000000000000:stack/Numbers/1",
            logical_id: "Files",
            stack_tags: &self.tags,
            token: "ABCDEFGHIJKL",
        }
    }

    async fn create(&self, kind: &str, properties: Value) -> Result<Created, ServiceError> {
        let kind = find(kind).unwrap();
        let created = kind.create(&self.context(), &map(&properties)).await?;
        let mut known: Vec<&str> = created.attributes.keys().map(String::as_str).collect();
        known.sort_unstable();
        assert_eq!(known, kind.attributes(), "{}", kind.name());
        let adopted = kind.adopt(&self.context(), &map(&properties)).await?;
        assert_eq!(adopted.as_ref(), Some(&created), "{}", kind.name());
        Ok(created)
    }

    async fn update(
        &self,
        kind: &str,
        id: &str,
        before: Value,
        after: Value,
    ) -> Result<Created, ServiceError> {
        let kind = find(kind).unwrap();
        kind.update(&self.context(), id, &map(&before), &map(&after))
            .await
    }

    async fn delete(&self, kind: &str, id: &str) -> Result<(), ServiceError> {
        let kind = find(kind).unwrap();
        kind.delete(&self.context(), id, &Map::new()).await
    }

    fn bucket(&self, name: &str) -> Bucket {
        self.world()
            .read(|state| state.of::<crate::s3::State>().bucket(name).cloned())
            .unwrap()
    }
}

fn everything() -> Value {
    json!({
        "BucketName": "numbers-files",
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "true"},
        ]},
        "VersioningConfiguration": {"Status": "Enabled"},
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": true, "IgnorePublicAcls": "true",
            "BlockPublicPolicy": true, "RestrictPublicBuckets": false,
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
        "LifecycleConfiguration": {"Rules": [
            {"Id": "old", "Status": "Enabled", "Prefix": "a/", "ExpirationInDays": "30"},
            {"Status": "Disabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 90, "NewerNoncurrentVersions": 3}},
        ]},
        "Tags": [{"Key": "colour", "Value": "green"}],
    })
}

#[tokio::test]
async fn a_bucket_is_what_its_properties_say() {
    let stack = Stack::start().await;
    let created = stack.create(BUCKET, everything()).await.unwrap();
    assert_eq!(created.physical_id, "numbers-files");
    assert_eq!(created.attributes["Arn"], "arn:aws:s3:::numbers-files");
    assert_eq!(
        created.attributes["RegionalDomainName"],
        "numbers-files.s3.us-east-1.amazonaws.com"
    );
    let bucket = stack.bucket("numbers-files");
    assert_eq!(bucket.versioning, Some(Versioning::Enabled));
    assert!(bucket.bucket_key);
    let block = bucket.public_access_block.unwrap();
    assert!(block.ignore_public_acls && !block.restrict_public_buckets);
    assert_eq!(bucket.ownership.unwrap().name(), "BucketOwnerPreferred");
    assert_eq!(
        (bucket.tags["colour"].as_str(), bucket.tags["team"].as_str()),
        ("green", "a")
    );
    let rules = bucket.lifecycle.unwrap().rules;
    assert_eq!(
        (rules[0].id.as_str(), rules[0].expiration_days),
        ("old", Some(30))
    );
    assert_eq!(
        (rules[1].id.as_str(), rules[1].newer_noncurrent_versions),
        ("Files-2", Some(3))
    );

    let again = stack.create(BUCKET, everything()).await.unwrap_err();
    assert_eq!(again.message, "numbers-files already exists");
}

#[tokio::test]
async fn a_bucket_without_properties_is_private_and_has_a_name() {
    let stack = Stack::start().await;
    let created = stack.create(BUCKET, json!({})).await.unwrap();
    assert_eq!(created.physical_id, "numbers-files-abcdefghijkl");
    let bucket = stack.bucket(&created.physical_id);
    assert_eq!(bucket.versioning, None);
    assert!(bucket.public_access_block.unwrap().block_public_policy);
    assert_eq!(bucket.ownership.unwrap().name(), "BucketOwnerEnforced");
}

#[tokio::test]
async fn what_a_template_no_longer_says_is_taken_back() {
    let stack = Stack::start().await;
    stack.create(BUCKET, everything()).await.unwrap();
    let bare = json!({"BucketName": "numbers-files"});
    // Twice, as after a crash.
    for _ in 0..2 {
        stack
            .update(BUCKET, "numbers-files", everything(), bare.clone())
            .await
            .unwrap();
        let bucket = stack.bucket("numbers-files");
        assert_eq!(bucket.versioning, Some(Versioning::Suspended));
        assert_eq!(bucket.public_access_block, None);
        assert_eq!(bucket.ownership, None);
        assert_eq!(bucket.lifecycle, None);
        assert!(!bucket.bucket_key && !bucket.tags.contains_key("colour"));
    }
    // What was never said stays.
    stack
        .update(BUCKET, "numbers-files", bare.clone(), bare)
        .await
        .unwrap();
    assert_eq!(
        stack.bucket("numbers-files").versioning,
        Some(Versioning::Suspended)
    );
}

#[tokio::test]
async fn a_bucket_with_objects_is_not_deleted() {
    let stack = Stack::start().await;
    stack.create(BUCKET, everything()).await.unwrap();
    let now = stack.call.now;
    stack
        .world()
        .write(|state| {
            let bucket = state
                .of_mut::<crate::s3::State>()
                .bucket_mut("numbers-files")?;
            versions::put(bucket, "k", object("1"), "v1".to_owned(), now);
            versions::delete(bucket, "k", None, "v2".to_owned(), now);
            Ok::<_, ServiceError>(())
        })
        .unwrap();
    let refused = stack.delete(BUCKET, "numbers-files").await.unwrap_err();
    assert_eq!(refused.code, "BucketNotEmpty");
    stack
        .world()
        .write(|state| {
            let bucket = state
                .of_mut::<crate::s3::State>()
                .bucket_mut("numbers-files")?;
            bucket.objects.retain(|_, _| false);
            Ok::<_, ServiceError>(())
        })
        .unwrap();
    stack.delete(BUCKET, "numbers-files").await.unwrap();
    stack.delete(BUCKET, "numbers-files").await.unwrap();
}

#[tokio::test]
async fn properties_that_are_wrong_or_absent_here_are_said() {
    let stack = Stack::start().await;
    let rule = |members: Value| json!({"LifecycleConfiguration": {"Rules": [members]}});
    let encryption = |algorithm: &str| {
        json!({"BucketEncryption": {"ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}},
        ]}})
    };
    for (properties, expected) in [
        (encryption("aws:kms"), "aws:kms"),
        (
            rule(json!({"Status": "Enabled", "Transitions": []})),
            "Transitions of a lifecycle rule",
        ),
        (
            rule(json!({"Status": "Enabled", "TagFilters": []})),
            "TagFilters of a lifecycle rule",
        ),
        (rule(json!({"Status": "Enabled"})), "at least one action"),
        (
            rule(json!({"Status": "On", "ExpirationInDays": 1})),
            "unknown variant `On`",
        ),
        (
            rule(json!({"Status": "Enabled", "ExpirationInDays": 0})),
            "positive integer",
        ),
        (
            json!({"VersioningConfiguration": {"Status": "Off"}}),
            "unknown variant `Off`",
        ),
        (json!({"BucketName": "Has-Capitals"}), "not valid"),
        (
            json!({"OwnershipControls": {"Rules": []}}),
            "exactly one rule",
        ),
    ] {
        let error = stack.create(BUCKET, properties.clone()).await.unwrap_err();
        assert!(error.message.contains(expected), "{properties}: {error}");
    }
}

fn only_with_tls(bucket: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "TLS",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }],
    })
}

#[tokio::test]
async fn a_policy_belongs_to_one_bucket() {
    let stack = Stack::start().await;
    stack
        .create(BUCKET, json!({"BucketName": "abc"}))
        .await
        .unwrap();
    let policy = |document: Value| json!({"Bucket": "abc", "PolicyDocument": document});
    let elsewhere = stack
        .create(POLICY, policy(only_with_tls("abd")))
        .await
        .unwrap_err();
    assert_eq!(elsewhere.code, "MalformedPolicy");
    let mut public = only_with_tls("abc");
    public["Statement"][0]["Effect"] = json!("Allow");
    let public = stack.create(POLICY, policy(public)).await.unwrap_err();
    assert_eq!((public.status, public.code.as_ref()), (403, "AccessDenied"));

    let created = stack
        .create(POLICY, policy(only_with_tls("abc")))
        .await
        .unwrap();
    assert_eq!(created.physical_id, "abc");
    let again = stack
        .create(POLICY, policy(only_with_tls("abc")))
        .await
        .unwrap_err();
    assert_eq!(
        again.message,
        "The bucket policy already exists on bucket abc."
    );
    stack
        .update(
            POLICY,
            "abc",
            policy(only_with_tls("abc")),
            policy(only_with_tls("abc")),
        )
        .await
        .unwrap();
    assert!(
        stack
            .bucket("abc")
            .policy
            .unwrap()
            .contains("SecureTransport")
    );
    stack.delete(POLICY, "abc").await.unwrap();
    assert_eq!(stack.bucket("abc").policy, None);
    stack.delete(POLICY, "absent").await.unwrap();
}
