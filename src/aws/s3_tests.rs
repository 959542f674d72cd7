//! S3 against a service that answers by a script.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::aws::testing::Script;
use crate::engine::plan::digest;

const OWNER: &str = "111122223333";

fn bucket(name: &str) -> Bucket<'_> {
    Bucket { name, owner: OWNER }
}

fn input(replaces: Option<&str>) -> ObjectInput {
    ObjectInput {
        bucket: "bucket".to_owned(),
        bucket_owner: OWNER.to_owned(),
        key: "folder/key.json".to_owned(),
        content: Arc::new(b"{}".to_vec()),
        sha256: digest(b"{}"),
        content_type: "application/json".to_owned(),
        owner: BTreeMap::from([(TAG_SOLUTION.to_owned(), "hello".to_owned())]),
        replaces: replaces.map(ToOwned::to_owned),
    }
}

struct Silent;

impl Progress for Silent {
    fn note(&self, _: &str) {}
}

#[tokio::test]
async fn what_is_there_is_told_by_checksum_and_note() {
    let sha256 = digest(b"{}");
    let base64 = base64(&sha256).unwrap();
    let script = Script::new().answer(
        "HEAD",
        200,
        &[
            ("etag", "\"e\""),
            ("content-length", "2"),
            ("content-type", "application/json"),
            ("x-amz-checksum-sha256", &base64),
            ("x-amz-checksum-type", "FULL_OBJECT"),
            ("x-amz-meta-vanity-deploy-sha256", &sha256),
            ("x-amz-meta-vanity-deploy-solution", "hello"),
        ],
        "",
    );
    let objects = script.ports().objects;
    let object = objects
        .head(bucket("bucket"), "key")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(object.sha256.as_ref(), Some(&sha256));
    assert_eq!(object.uploaded.as_ref(), Some(&sha256));
    assert_eq!(object.owner, input(None).owner);
    assert_eq!((object.etag.as_str(), object.size), ("\"e\"", 2));
}

#[tokio::test]
async fn a_checksum_of_checksums_is_none_of_the_content() {
    let script = Script::new().answer(
        "HEAD",
        200,
        &[
            ("etag", "\"e-2\""),
            ("content-length", "2"),
            (
                "x-amz-checksum-sha256",
                "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=-2",
            ),
            ("x-amz-checksum-type", "COMPOSITE"),
        ],
        "",
    );
    let object = script
        .ports()
        .objects
        .head(bucket("b-b"), "k")
        .await
        .unwrap();
    assert_eq!(object.unwrap().sha256, None);
}

#[tokio::test]
async fn absent_is_none_and_forbidden_is_not_absent() {
    let script = Script::new().on("HEAD", 404, "").on("HEAD", 403, "");
    let objects = script.ports().objects;
    assert_eq!(objects.head(bucket("bucket"), "key").await.unwrap(), None);
    let failure = objects.head(bucket("bucket"), "key").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::AccessDenied);
    assert!(failure.message.contains("s3:ListBucket"), "{failure}");
}

#[tokio::test]
async fn nothing_is_overwritten_unseen() {
    const REFUSED: &str = "<Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message></Error>";
    let script = Script::new().on("PUT", 200, "").on("PUT", 412, REFUSED).on(
        "PUT",
        404,
        "<Error><Code>NoSuchKey</Code></Error>",
    );
    let objects = script.ports().objects;
    objects.put(&input(None)).await.unwrap();
    let changed = objects.put(&input(Some("\"e\""))).await.unwrap_err();
    assert_eq!(changed.kind, FailureKind::Conflict);
    let gone = objects.put(&input(Some("\"e\""))).await.unwrap_err();
    assert_eq!(gone.kind, FailureKind::NotFound);
    script.assert_used();
}

#[tokio::test]
async fn a_bucket_is_emptied_of_versions_and_markers_page_by_page() {
    let script = Script::new()
        .on(
            "GET",
            200,
            "<ListVersionsResult><Version><Key>a</Key><VersionId>1</VersionId></Version>\
             <DeleteMarker><Key>a</Key><VersionId>2</VersionId></DeleteMarker></ListVersionsResult>",
        )
        .on("POST", 200, "<DeleteResult/>")
        .on("GET", 200, "<ListVersionsResult/>");
    let objects = script.ports().objects;
    objects.empty(bucket("bucket"), &Silent).await.unwrap();
    script.assert_used();
    assert_eq!(script.count("<VersionId>2</VersionId>"), 1);
}

#[tokio::test]
async fn an_object_that_may_not_be_deleted_is_a_failure() {
    let script = Script::new()
        .on(
            "GET",
            200,
            "<ListVersionsResult><Version><Key>a</Key><VersionId>1</VersionId></Version></ListVersionsResult>",
        )
        .on(
            "POST",
            200,
            "<DeleteResult><Error><Key>a</Key><Code>AccessDenied</Code><Message>locked</Message></Error></DeleteResult>",
        );
    let failure = script
        .ports()
        .objects
        .empty(bucket("bucket"), &Silent)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::AccessDenied);
    assert_eq!(failure.message, "a: locked");
}

#[tokio::test]
async fn what_is_gone_is_done() {
    let none = "<Error><Code>NoSuchBucket</Code><Message>no</Message></Error>";
    let script = Script::new().on("GET", 404, none).on("DELETE", 404, none);
    let objects = script.ports().objects;
    objects.empty(bucket("bucket"), &Silent).await.unwrap();
    objects.delete_bucket(bucket("bucket")).await.unwrap();
    script.assert_used();
}

#[tokio::test]
async fn every_request_says_whose_the_bucket_must_be() {
    let script = Script::new()
        .on("HEAD", 404, "")
        .on("PUT", 200, "")
        .on(
            "GET",
            200,
            "<ListVersionsResult><Version><Key>a</Key><VersionId>1</VersionId></Version></ListVersionsResult>",
        )
        .on("POST", 200, "<DeleteResult/>")
        .on("GET", 200, "<ListVersionsResult/>")
        .on("DELETE", 204, "");
    let objects = script.ports().objects;
    objects.head(bucket("bucket"), "k").await.unwrap();
    objects.put(&input(None)).await.unwrap();
    objects.empty(bucket("bucket"), &Silent).await.unwrap();
    objects.delete_bucket(bucket("bucket")).await.unwrap();
    script.assert_used();
    let header = format!("x-amz-expected-bucket-owner: {OWNER}");
    assert_eq!(script.count(&header), script.asked().len());
}

proptest! {
    #[test]
    fn both_spellings_of_a_digest_say_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        prop_assert_eq!(hexadecimal(&base64(&hex).unwrap()).unwrap(), hex);
    }
}
