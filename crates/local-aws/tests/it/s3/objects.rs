//! Buckets and objects.

use super::{S3, code, header, refused};

const ABC_SHA256: &str = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

#[tokio::test]
async fn an_object_comes_back_as_it_was_put() {
    let s3 = S3::with_bucket("things").await;
    let headers = [
        ("content-type", "application/json"),
        ("cache-control", "no-cache"),
        ("x-amz-meta-colour", "green"),
        ("x-amz-checksum-sha256", ABC_SHA256),
    ];
    let put = s3
        .send("PUT", "/things/a/b%20c.json", &headers, "abc")
        .await
        .ok();
    assert_eq!(header(&put, "etag"), "\"900150983cd24fb0d6963f7d28e17f72\"");
    assert_eq!(header(&put, "x-amz-checksum-sha256"), ABC_SHA256);
    assert_eq!(header(&put, "x-amz-server-side-encryption"), "AES256");
    assert!(!put.headers.contains_key("x-amz-version-id"));
    assert!(!header(&put, "x-amz-request-id").is_empty());

    let got = s3.get("/things/a/b%20c.json").await.ok();
    assert_eq!(got.body, "abc");
    for (name, value) in [
        ("content-type", "application/json"),
        ("cache-control", "no-cache"),
        ("x-amz-meta-colour", "green"),
        ("content-length", "3"),
        ("accept-ranges", "bytes"),
        ("x-amz-checksum-sha256", ""),
    ] {
        assert_eq!(header(&got, name), value, "{name}");
    }
    let head = s3
        .send(
            "HEAD",
            "/things/a/b%20c.json",
            &[("x-amz-checksum-mode", "ENABLED")],
            "",
        )
        .await
        .ok();
    assert_eq!(head.body, "");
    assert_eq!(header(&head, "content-length"), "3");
    assert_eq!(header(&head, "x-amz-checksum-sha256"), ABC_SHA256);
    assert_eq!(header(&head, "x-amz-checksum-type"), "FULL_OBJECT");

    let gone = s3.send("DELETE", "/things/a/b%20c.json", &[], "").await;
    assert_eq!((gone.status, gone.body.as_str()), (204, ""));
    let missing = s3.get("/things/a/b%20c.json").await;
    assert_eq!(code(&missing), refused(404, "NoSuchKey"));
    assert_eq!(missing.element("Key").as_deref(), Some("a/b c.json"));
    let missing = s3.send("HEAD", "/things/a/b%20c.json", &[], "").await;
    assert_eq!((missing.status, missing.body.as_str()), (404, ""));
}

#[tokio::test]
async fn a_bucket_is_made_listed_and_deleted_when_empty() {
    let s3 = S3::with_bucket("things").await;
    // One's own bucket again is no error in us-east-1.
    s3.send("PUT", "/things", &[], "").await.ok();
    s3.send("PUT", "/things/k", &[], "x").await.ok();
    assert_eq!(s3.get("/").await.ok().elements("Name"), ["things"]);
    assert_eq!(
        s3.get("/things?list-type=2").await.ok().elements("Key"),
        ["k"]
    );
    let full = s3.send("DELETE", "/things", &[], "").await;
    assert_eq!(code(&full), refused(409, "BucketNotEmpty"));
    s3.send("DELETE", "/things/k", &[], "").await.ok();
    assert_eq!(s3.send("DELETE", "/things", &[], "").await.status, 204);
    for path in ["/things?list-type=2", "/things/k", "/things?versions"] {
        assert_eq!(
            code(&s3.get(path).await),
            refused(404, "NoSuchBucket"),
            "{path}"
        );
    }
    let head = s3.send("HEAD", "/things", &[], "").await;
    assert_eq!((head.status, head.body.as_str()), (404, ""));
    let wrong = s3.send("PUT", "/Things", &[], "").await;
    assert_eq!(code(&wrong), refused(400, "InvalidBucketName"));
}

#[tokio::test]
async fn a_bucket_may_stand_in_the_host() {
    let s3 = S3::with_bucket("things").await;
    for host in ["things.s3.us-east-1.amazonaws.com", "things.localhost:4599"] {
        let host = [("host", host)];
        s3.send("PUT", "/a/b", &host, host[0].1).await.ok();
        let got = s3.get("/things/a/b").await.ok();
        assert_eq!(got.body, host[0].1);
        let listed = s3.send("GET", "/?list-type=2", &host, "").await.ok();
        assert_eq!(listed.elements("Key"), ["a/b"]);
    }
}

#[tokio::test]
async fn bytes_that_do_not_match_their_checksum_are_not_kept() {
    let s3 = S3::with_bucket("things").await;
    let wrong = [
        ("x-amz-checksum-sha256", ABC_SHA256, "BadDigest"),
        ("content-md5", "kAFQmDzST7DWlj99KOF/cg==", "BadDigest"),
        ("content-md5", "no", "InvalidDigest"),
        ("x-amz-checksum-crc32", "no", "InvalidRequest"),
        ("x-amz-sdk-checksum-algorithm", "CRC32", "InvalidRequest"),
    ];
    for (name, value, expected) in wrong {
        let put = s3.send("PUT", "/things/k", &[(name, value)], "abd").await;
        assert_eq!(code(&put), refused(400, expected), "{name}");
    }
    assert_eq!(s3.get("/things/k").await.status, 404);
    let put = s3
        .send(
            "PUT",
            "/things/k",
            &[("content-md5", "kAFQmDzST7DWlj99KOF/cg==")],
            "abc",
        )
        .await
        .ok();
    // Without a checksum of the caller's S3 makes one.
    assert!(!header(&put, "x-amz-checksum-crc64nvme").is_empty());
}

#[tokio::test]
async fn a_body_may_come_in_chunks_with_its_checksum_behind() {
    let s3 = S3::with_bucket("things").await;
    let headers = [
        ("content-encoding", "aws-chunked,gzip"),
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-decoded-content-length", "3"),
        ("x-amz-trailer", "x-amz-checksum-sha256"),
        ("x-amz-sdk-checksum-algorithm", "SHA256"),
    ];
    let body = format!("2\r\nab\r\n1\r\nc\r\n0\r\nx-amz-checksum-sha256:{ABC_SHA256}\r\n\r\n");
    s3.send("PUT", "/things/k", &headers, body.clone())
        .await
        .ok();
    let got = s3
        .send(
            "GET",
            "/things/k",
            &[("x-amz-checksum-mode", "ENABLED")],
            "",
        )
        .await
        .ok();
    assert_eq!(got.body, "abc");
    assert_eq!(header(&got, "content-encoding"), "gzip");
    assert_eq!(header(&got, "x-amz-checksum-sha256"), ABC_SHA256);
    let damaged = body.replace("\nab\r", "\naB\r");
    let put = s3.send("PUT", "/things/k", &headers, damaged).await;
    assert_eq!(code(&put), refused(400, "BadDigest"));
}

#[tokio::test]
async fn what_is_not_implemented_says_its_name() {
    let s3 = S3::with_bucket("things").await;
    for (method, path, name, value, expected) in [
        (
            "POST",
            "/things/k?uploads",
            "x-a",
            "",
            "CreateMultipartUpload",
        ),
        (
            "PUT",
            "/things/k",
            "x-amz-copy-source",
            "/things/l",
            "CopyObject",
        ),
        ("GET", "/things", "x-a", "", "ListObjects"),
        ("GET", "/things?cors", "x-a", "", "GetBucketCors"),
        ("GET", "/things/k?partNumber=1", "x-a", "", "partNumber"),
        (
            "PUT",
            "/things/k",
            "x-amz-server-side-encryption",
            "aws:kms",
            "aws:kms",
        ),
        (
            "PUT",
            "/things/k",
            "x-amz-object-lock-mode",
            "GOVERNANCE",
            "x-amz-object-lock-mode",
        ),
        (
            "PUT",
            "/things/k",
            "x-amz-storage-class",
            "GLACIER",
            "GLACIER",
        ),
    ] {
        let answer = s3.send(method, path, &[(name, value)], "").await;
        assert_eq!(answer.status, 501, "{method} {path}: {}", answer.body);
        let (_, message) = answer.error();
        assert!(message.contains(expected), "{message}");
    }
}
