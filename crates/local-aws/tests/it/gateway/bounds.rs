//! How much of a request is read, and of whom.

use super::{Wire, status};
use crate::client::Aws;

/// The head of a request that says how long its body is; the body never comes.
fn head(line: &str, service: &str, length: usize, extra: &str) -> String {
    format!(
        "{line}\r\nhost: localhost\r\ncontent-length: {length}\r\n{extra}authorization: AWS4-HMAC-SHA256 Credential=AKIALOCAL/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n"
    )
}

#[tokio::test]
async fn what_is_refused_is_refused_before_its_body() {
    let aws = Aws::start().await;
    let mib = 1024 * 1024;
    let create = "POST /2015-03-31/functions HTTP/1.1";
    for (line, service, length, extra, expected) in [
        (create, "lambda", 80 * mib + 1, "", 413),
        ("PUT /b/k HTTP/1.1", "s3", 80 * mib + 1, "", 413),
        ("PUT /b?policy HTTP/1.1", "s3", 8 * mib + 1, "", 413),
        ("POST / HTTP/1.1", "iam", 8 * mib + 1, "", 413),
        ("POST / HTTP/1.1", "dynamodb", 16 * mib + 1, "", 413),
        ("PUT /_vanity-deploy/faults HTTP/1.1", "", mib + 1, "", 413),
        (
            "POST /_vanity-deploy/execute-api/abc/ HTTP/1.1",
            "",
            10 * mib + 1,
            "",
            413,
        ),
        (
            create,
            "lambda",
            100,
            "origin: https://evil.example\r\n",
            403,
        ),
        (create, "lambda", 100, "sec-fetch-site: cross-site\r\n", 403),
    ] {
        let mut wire = Wire::open(&aws).await;
        wire.write(&head(line, service, length, extra)).await;
        let answer = wire.rest().await;
        assert_eq!(status(&answer), expected, "{line}: {answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
    // Nobody who waits to be asked for the body is asked for it in vain.
    let mut wire = Wire::open(&aws).await;
    let waits = head(create, "lambda", 100 * mib, "expect: 100-continue\r\n");
    wire.write(&waits).await;
    assert_eq!(status(&wire.head().await), 413);
    let mut wire = Wire::open(&aws).await;
    let form = "Action=ListRoles&Version=2010-05-08";
    let asked = "expect: 100-continue\r\n";
    wire.write(&head("POST / HTTP/1.1", "iam", form.len(), asked))
        .await;
    assert_eq!(status(&wire.head().await), 100);
    wire.write(form).await;
    assert_eq!(status(&wire.head().await), 200);
}

#[tokio::test]
async fn a_body_in_chunks_is_read_to_its_bound() {
    let aws = Aws::start().await;
    let mut wire = Wire::open(&aws).await;
    let chunk = "x".repeat(0x10_0000);
    wire.write("PUT /_vanity-deploy/faults HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n")
        .await;
    wire.write(&format!("100000\r\n{chunk}\r\n1\r\nx\r\n"))
        .await;
    assert_eq!(status(&wire.head().await), 413);
}
