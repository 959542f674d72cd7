//! What a web page tries, and the honest use beside it.

use serde_json::{Value, json};

use super::{Wire, status};
use crate::client::Aws;

const SIGNED: &str = "authorization: AWS4-HMAC-SHA256 Credential=AKIALOCAL/20260101/us-east-1/";
const TRUST: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";

/// A request of one's own, after which the connection is closed: status and body.
async fn send(aws: &Aws, line: &str, headers: &[&str], body: &str) -> (u16, String) {
    let mut wire = Wire::open(aws).await;
    let headers: String = headers
        .iter()
        .map(|header| format!("{header}\r\n"))
        .collect();
    let length = body.len();
    wire.write(&format!(
        "{line}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    ))
    .await;
    let answer = wire.rest().await;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status(&answer), body.to_owned())
}

async fn roles(aws: &Aws) -> Vec<String> {
    aws.query("iam", "ListRoles", &[])
        .await
        .ok()
        .elements("RoleName")
}

fn host(aws: &Aws) -> String {
    aws.url().replace("http://", "host: ")
}

#[tokio::test]
async fn a_page_creates_no_role() {
    let aws = Aws::start().await;
    let host = host(&aws);
    let create = format!("Action=CreateRole&Version=2010-05-08&AssumeRolePolicyDocument={TRUST}");
    let credential = "X-Amz-Credential=AKIALOCAL/20260101/us-east-1/iam/aws4_request";
    let post = format!("POST /?{credential} HTTP/1.1");
    let browser = "user-agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/60.0";
    let signs: &[&[&str]] = &[
        &["origin: https://evil.example"],
        &["origin: null"],
        &["origin: http://localhost:3000", "sec-fetch-site: same-site"],
        &["sec-fetch-site: cross-site", "sec-fetch-mode: no-cors"],
        &[
            "origin: https://evil.example",
            "sec-fetch-site: cross-site",
            "sec-fetch-mode: navigate",
        ],
        // A page that the gateway serves itself, e.g. a deployed one.
        &["sec-fetch-site: same-origin"],
        &[browser],
    ];
    for (number, signs) in signs.iter().enumerate() {
        let named = format!("{create}&RoleName=page{number}");
        let headers = [&[host.as_str(), "content-type: text/plain"], *signs].concat();
        let (status, body) = send(&aws, &post, &headers, &named).await;
        assert_eq!(status, 403, "{signs:?}: {body}");
        let get = format!("GET /?{credential}&{named} HTTP/1.1");
        let (status, body) = send(&aws, &get, &headers, "").await;
        assert_eq!(status, 403, "{signs:?}: {body}");
    }
    // Followed from wherever a link was opened: what the browser calls the user's own will.
    let own_will = ["sec-fetch-site: none", "sec-fetch-mode: navigate"];
    let get = format!("GET /?{credential}&{create}&RoleName=link HTTP/1.1");
    let headers = [&[host.as_str()], &own_will[..]].concat();
    assert_eq!(send(&aws, &get, &headers, "").await.0, 403);
    assert_eq!(roles(&aws).await, Vec::<String>::new());

    // Beside it: clients that are no browser, with the credential in either place.
    let named = format!("{create}&RoleName=client");
    let (status, body) = send(&aws, &post, &[&host], &named).await;
    assert_eq!(status, 200, "{body}");
    // Node's `fetch` names a mode, and is no browser.
    let get = format!("GET /?{credential}&{create}&RoleName=node HTTP/1.1");
    let node = [host.as_str(), "sec-fetch-mode: cors", "user-agent: node"];
    let (status, body) = send(&aws, &get, &node, "").await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(roles(&aws).await, ["client", "node"]);
}

#[tokio::test]
async fn only_its_own_hosts_are_answered() {
    let aws = Aws::start().await;
    let address = aws.url().replace("http://", "");
    let (_, port) = address.split_once(':').unwrap();
    let list = "GET /?Action=ListRoles&Version=2010-05-08 HTTP/1.1";
    let signed = format!("{SIGNED}iam/aws4_request, SignedHeaders=host, Signature=0");
    for own in ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"] {
        for host in [own.to_owned(), format!("{own}:{port}")] {
            let header = format!("host: {host}");
            let (status, body) = send(&aws, list, &[&header, &signed], "").await;
            assert_eq!(status, 200, "{host}: {body}");
        }
    }
    for foreign in [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "s3.evil.example",
        "abc.execute-api.us-east-1.evil.example",
        "localhost.localstack.cloud",
        "0.0.0.0",
        "localhost.",
        "user@localhost",
        "localhost:x",
        "",
    ] {
        for path in [
            "/?Action=ListRoles&Version=2010-05-08",
            "/_vanity-deploy/health",
            "/b/k",
        ] {
            let line = format!("GET {path} HTTP/1.1");
            let header = format!("host: {foreign}");
            let (status, body) = send(&aws, &line, &[&header, &signed], "").await;
            assert_eq!(status, 421, "{foreign}{path}: {body}");
            let told: Value = serde_json::from_str(&body).unwrap();
            assert!(told["message"].as_str().unwrap().contains("127.0.0.1"));
        }
    }
    // None, two, and one that the request line contradicts.
    let own = format!("host: {address}");
    assert_eq!(send(&aws, list, &[&signed], "").await.0, 421);
    let old = list.replace("1.1", "1.0");
    assert_eq!(send(&aws, &old, &[&signed], "").await.0, 421);
    let two = [own.as_str(), "host: evil.example", &signed];
    assert_eq!(send(&aws, list, &two, "").await.0, 421);
    for (authority, expected) in [(address.as_str(), 200), ("evil.example", 421)] {
        let line = list.replace("/?", &format!("http://{authority}/?"));
        let (status, body) = send(&aws, &line, &[&own, &signed], "").await;
        assert_eq!(status, expected, "{authority}: {body}");
    }
    // A bucket's host is answered by S3 alone.
    let bucket = format!("host: things.localhost:{port}");
    assert_eq!(send(&aws, list, &[&bucket, &signed], "").await.0, 421);
    let health = "GET /_vanity-deploy/health HTTP/1.1";
    let s3 = format!("{SIGNED}s3/aws4_request, SignedHeaders=host, Signature=0");
    let (status, body) = send(&aws, health, &[&bucket, &s3], "").await;
    assert_eq!(
        (status, body.contains("NoSuchBucket")),
        (404, true),
        "{body}"
    );
}

#[tokio::test]
async fn the_gateways_own_paths_are_for_no_foreign_page() {
    let aws = Aws::start().await;
    let host = host(&aws);
    let origin = host.replace("host: ", "origin: http://");
    let evil = "origin: https://evil.example";
    let (cross, same, none) = (
        "sec-fetch-site: cross-site",
        "sec-fetch-site: same-origin",
        "sec-fetch-site: none",
    );
    let navigate = "sec-fetch-mode: navigate";
    let read = [
        "GET /_vanity-deploy/health HTTP/1.1",
        "GET /_vanity-deploy/sns/outbox HTTP/1.1",
        "GET /_vanity-deploy/counts HTTP/1.1",
    ];
    let change = [
        "POST /_vanity-deploy/connect/invoke HTTP/1.1",
        "PUT /_vanity-deploy/faults HTTP/1.1",
        "PUT /_vanity-deploy/throttle HTTP/1.1",
        "PUT /_vanity-deploy/sns/opted-out HTTP/1.1",
    ];
    for line in read.iter().chain(&change) {
        for signs in [&[evil][..], &[cross], &[cross, navigate], &[evil, same]] {
            let headers = [&[host.as_str()], signs].concat();
            let (status, body) = send(&aws, line, &headers, "[]").await;
            assert_eq!(status, 403, "{line} {signs:?}: {body}");
        }
    }
    // What a page of the gateway's own, and who types the address, may see, but not do.
    for signs in [&[same][..], &[origin.as_str()], &[none, navigate]] {
        let headers = [&[host.as_str()], signs].concat();
        for line in read {
            let (status, body) = send(&aws, line, &headers, "").await;
            assert_eq!(status, 200, "{line} {signs:?}: {body}");
        }
        for line in change {
            let (status, body) = send(&aws, line, &headers, "[]").await;
            assert_eq!(status, 403, "{line} {signs:?}: {body}");
        }
    }
    // A client that is no browser does.
    let (status, _) = send(&aws, change[1], &[&host], "[]").await;
    assert_eq!(status, 204);
    let (status, body) = send(&aws, change[0], &[&host], "{}").await;
    assert_eq!(status, 400, "{body}");
}

#[tokio::test]
async fn a_deployed_stage_is_called_from_wherever() {
    let aws = Aws::start().await;
    let host = host(&aws);
    let (_, port) = host.rsplit_once(':').unwrap();
    // There is none here: what answers is API Gateway, not the door.
    let gone = json!({"message": "Not Found"}).to_string();
    let by_host = format!("host: abc.execute-api.us-east-1.localhost:{port}");
    for (host, path) in [
        (host.as_str(), "/_vanity-deploy/execute-api/abc/v1/"),
        (&by_host, "/v1/"),
        ("host: abc.execute-api.us-east-1.amazonaws.com", "/v1/"),
        // The path below an API's host is the API's, whatever it looks like.
        (&by_host, "/_vanity-deploy/faults"),
    ] {
        for method in ["GET", "POST"] {
            for signs in [
                &["origin: https://evil.example"][..],
                &["sec-fetch-site: cross-site", "sec-fetch-mode: navigate"],
                &["sec-fetch-site: none"],
                &[],
            ] {
                let headers = [&[host], signs].concat();
                let line = format!("{method} {path} HTTP/1.1");
                let answer = send(&aws, &line, &headers, "").await;
                assert_eq!(answer, (404, gone.clone()), "{host}{path} {signs:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_url_that_anybody_can_presign_is_no_pages() {
    let aws = Aws::start().await;
    let host = host(&aws);
    aws.request("s3", "PUT", "/things", &[], "").await.ok();
    aws.request("s3", "PUT", "/things/a", &[], "here")
        .await
        .ok();
    let date = aws.running().gateway().world().clock.now();
    let date = date.strftime("%Y%m%dT%H%M%SZ").to_string();
    let presigned = |method: &str| {
        format!(
            "{method} /things/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIALOCAL%2F{}%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date={date}&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0 HTTP/1.1",
            &date[..8]
        )
    };
    for signs in [
        "origin: https://evil.example",
        "sec-fetch-site: cross-site",
        "sec-fetch-site: same-origin",
    ] {
        for method in ["GET", "PUT"] {
            let (status, body) = send(&aws, &presigned(method), &[&host, signs], "gone").await;
            assert_eq!(status, 403, "{method} {signs}: {body}");
        }
    }
    // A client uses it, and the user may open it.
    let opened = ["sec-fetch-site: none", "sec-fetch-mode: navigate"];
    for signs in [&[][..], &opened] {
        let headers = [&[host.as_str()], signs].concat();
        let answer = send(&aws, &presigned("GET"), &headers, "").await;
        assert_eq!(answer, (200, "here".to_owned()));
    }
}
