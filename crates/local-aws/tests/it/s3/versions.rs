//! Versions, conditions, ranges, lists, deletions.

use super::{S3, code, header, refused};
use base64::Engine;

async fn versioned() -> S3 {
    let s3 = S3::with_bucket("things").await;
    s3.configure(
        "/things?versioning",
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
    )
    .await
    .ok();
    s3
}

async fn put(s3: &S3, path: &str, body: &'static str) -> String {
    let answer = s3.send("PUT", path, &[], body).await.ok();
    header(&answer, "x-amz-version-id").to_owned()
}

#[tokio::test]
async fn versions_stay_until_each_is_deleted() {
    let s3 = versioned().await;
    let first = put(&s3, "/things/k", "1").await;
    let second = put(&s3, "/things/k", "2").await;
    let gone = s3.send("DELETE", "/things/k", &[], "").await;
    assert_eq!(
        (gone.status, header(&gone, "x-amz-delete-marker")),
        (204, "true")
    );
    let marker = header(&gone, "x-amz-version-id").to_owned();

    let now = s3.get("/things/k").await;
    assert_eq!(code(&now), refused(404, "NoSuchKey"));
    assert_eq!(header(&now, "x-amz-delete-marker"), "true");
    assert_eq!(header(&now, "x-amz-version-id"), marker);
    let at = |id: &str| format!("/things/k?versionId={id}");
    assert_eq!(s3.get(&at(&first)).await.ok().body, "1");
    let on_marker = s3.get(&at(&marker)).await;
    assert_eq!(code(&on_marker), refused(405, "MethodNotAllowed"));
    assert_eq!(header(&on_marker, "allow"), "DELETE");
    assert_eq!(
        code(&s3.get(&at("a")).await),
        refused(400, "InvalidArgument")
    );
    let unknown = "a".repeat(32);
    assert_eq!(
        code(&s3.get(&at(&unknown)).await),
        refused(404, "NoSuchVersion")
    );

    let listed = s3.get("/things?versions").await.ok();
    assert_eq!(
        listed.elements("VersionId"),
        [&second, &first, &marker].map(String::clone)
    );
    assert_eq!(listed.elements("IsLatest"), ["false", "false", "true"]);
    assert_eq!(
        s3.get("/things?list-type=2")
            .await
            .ok()
            .element("KeyCount")
            .unwrap(),
        "0"
    );
    let full = s3.send("DELETE", "/things", &[], "").await;
    assert_eq!(code(&full), refused(409, "BucketNotEmpty"));

    s3.send("DELETE", &at(&marker), &[], "").await.ok();
    assert_eq!(s3.get("/things/k").await.ok().body, "2");
    for id in [&second, &first] {
        s3.send("DELETE", &at(id), &[], "").await.ok();
    }
    assert_eq!(s3.send("DELETE", "/things", &[], "").await.status, 204);
    // Nothing is left on disk.
    let folder = s3.aws.running().gateway().world().service_dir("s3");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
}

#[tokio::test]
async fn a_reader_with_the_right_etag_gets_nothing_again() {
    let s3 = versioned().await;
    put(&s3, "/things/k", "abc").await;
    let etag = header(&s3.get("/things/k").await, "etag").to_owned();
    let unchanged = s3
        .send("GET", "/things/k", &[("if-none-match", &etag)], "")
        .await;
    assert_eq!((unchanged.status, unchanged.body.as_str()), (304, ""));
    assert_eq!(header(&unchanged, "etag"), etag);
    put(&s3, "/things/k", "abd").await;
    let changed = s3
        .send("GET", "/things/k", &[("if-none-match", &etag)], "")
        .await
        .ok();
    assert_eq!(changed.body, "abd");
    let failed = s3
        .send("GET", "/things/k", &[("if-match", &etag)], "")
        .await;
    assert_eq!(code(&failed), refused(412, "PreconditionFailed"));
    assert_eq!(failed.element("Condition").as_deref(), Some("If-Match"));
    let head = s3
        .send("HEAD", "/things/k", &[("if-match", &etag)], "")
        .await;
    assert_eq!((head.status, head.body.as_str()), (412, ""));
}

#[tokio::test]
async fn of_writers_at_once_one_creates() {
    let s3 = S3::with_bucket("things").await;
    let writers = (0..12).map(|number| {
        let s3 = &s3;
        async move {
            s3.send(
                "PUT",
                "/things/k",
                &[("if-none-match", "*")],
                number.to_string(),
            )
            .await
            .status
        }
    });
    let statuses = futures::future::join_all(writers).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 11);
    let etag = header(&s3.get("/things/k").await, "etag").to_owned();
    let over = s3
        .send("PUT", "/things/k", &[("if-match", &etag)], "x")
        .await;
    assert_eq!(over.status, 200);
    let stale = s3
        .send("PUT", "/things/k", &[("if-match", &etag)], "y")
        .await;
    assert_eq!(code(&stale), refused(412, "PreconditionFailed"));
    let missing = s3
        .send("PUT", "/things/l", &[("if-match", &etag)], "y")
        .await;
    assert_eq!(code(&missing), refused(404, "NoSuchKey"));
    assert_eq!(s3.get("/things/k").await.ok().body, "x");
    // Those who were refused left no bytes behind.
    let world = s3.aws.running().gateway().world();
    let folder = std::fs::read_dir(world.service_dir("s3"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_part_of_an_object() {
    let s3 = S3::with_bucket("things").await;
    put(&s3, "/things/k", "0123456789").await;
    let part = s3
        .send("GET", "/things/k", &[("range", "bytes=2-4")], "")
        .await;
    assert_eq!((part.status, part.body.as_str()), (206, "234"));
    assert_eq!(header(&part, "content-range"), "bytes 2-4/10");
    assert_eq!(header(&part, "content-length"), "3");
    let head = s3
        .send("HEAD", "/things/k", &[("range", "bytes=-1")], "")
        .await;
    assert_eq!((head.status, header(&head, "content-length")), (206, "1"));
    let beyond = s3
        .send("GET", "/things/k", &[("range", "bytes=10-")], "")
        .await;
    assert_eq!(code(&beyond), refused(416, "InvalidRange"));
    assert_eq!(beyond.element("ActualObjectSize").as_deref(), Some("10"));
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let s3 = S3::with_bucket("things").await;
    for key in ["a", "b/1", "b/2", "c d", "e"] {
        put(&s3, &format!("/things/{}", key.replace(' ', "%20")), "x").await;
    }
    let mut path = "/things?list-type=2&max-keys=2&delimiter=/&encoding-type=url".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = s3.get(&path).await.ok();
        seen.push((page.elements("Key"), page.elements("Prefix")[1..].to_vec()));
        let Some(token) = page.element("NextContinuationToken") else {
            break;
        };
        assert_eq!(page.element("IsTruncated").as_deref(), Some("true"));
        path = format!(
            "/things?list-type=2&max-keys=2&delimiter=/&encoding-type=url&continuation-token={token}"
        );
    }
    let strings = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        seen,
        [
            (strings(&["a"]), strings(&["b/"])),
            (strings(&["c+d", "e"]), strings(&[])),
        ]
    );
    let after = s3.get("/things?list-type=2&start-after=b/1").await.ok();
    assert_eq!(after.elements("Key"), ["b/2", "c d", "e"]);
    for wrong in [
        "max-keys=x",
        "max-keys=-1",
        "continuation-token=x",
        "encoding-type=utf8",
    ] {
        let answer = s3.get(&format!("/things?list-type=2&{wrong}")).await;
        assert_eq!(code(&answer), refused(400, "InvalidArgument"), "{wrong}");
    }
}

#[tokio::test]
async fn many_objects_are_deleted_at_once() {
    let s3 = versioned().await;
    let first = put(&s3, "/things/a", "1").await;
    put(&s3, "/things/b&c", "1").await;
    let body = format!(
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Object><Key>a</Key><VersionId>{first}</VersionId></Object>\
         <Object><Key>b&amp;c</Key></Object><Object><Key>never</Key></Object>\
         <Object><Key>a</Key><VersionId>wrong</VersionId></Object></Delete>"
    );
    let bare = s3.send("POST", "/things?delete", &[], body.clone()).await;
    assert_eq!(code(&bare), refused(400, "InvalidRequest"));
    let done = s3.configure_by("POST", "/things?delete", &body).await.ok();
    assert_eq!(done.elements("Key"), ["a", "b&c", "never", "a"]);
    assert_eq!(done.elements("Code"), ["NoSuchVersion"]);
    assert_eq!(done.elements("DeleteMarker"), ["true", "true"]);
    let left = s3.get("/things?versions").await.ok();
    assert_eq!(left.elements("Key"), ["b&c", "b&c", "never"]);

    let quiet = s3
        .configure_by(
            "POST",
            "/things?delete",
            "<Delete><Quiet>true</Quiet><Object><Key>x</Key></Object></Delete>",
        )
        .await
        .ok();
    assert!(quiet.elements("Key").is_empty());
    let many: String = (0..1001)
        .map(|n| format!("<Object><Key>{n}</Key></Object>"))
        .collect();
    for wrong in [
        "<Delete/>".to_owned(),
        "<Delete>".to_owned(),
        format!("<Delete>{many}</Delete>"),
    ] {
        let answer = s3.configure_by("POST", "/things?delete", &wrong).await;
        assert_eq!(code(&answer), refused(400, "MalformedXML"));
    }
}

#[tokio::test]
async fn tags_of_objects_and_buckets() {
    let s3 = S3::with_bucket("things").await;
    s3.send("PUT", "/things/k", &[("x-amz-tagging", "a=1&b=x%20y")], "x")
        .await
        .ok();
    assert_eq!(
        header(&s3.get("/things/k").await, "x-amz-tagging-count"),
        "2"
    );
    let tags = s3.get("/things/k?tagging").await.ok();
    assert_eq!(
        (tags.elements("Key"), tags.elements("Value")),
        (
            vec!["a".to_owned(), "b".to_owned()],
            vec!["1".to_owned(), "x y".to_owned()]
        )
    );
    let set = |key: &str| {
        format!("<Tagging><TagSet><Tag><Key>{key}</Key><Value>v</Value></Tag></TagSet></Tagging>")
    };
    s3.configure("/things/k?tagging", &set("c")).await.ok();
    assert_eq!(
        s3.get("/things/k?tagging").await.ok().elements("Key"),
        ["c"]
    );
    s3.send("DELETE", "/things/k?tagging", &[], "").await.ok();
    assert!(
        s3.get("/things/k?tagging")
            .await
            .ok()
            .elements("Key")
            .is_empty()
    );

    assert_eq!(
        code(&s3.get("/things?tagging").await),
        refused(404, "NoSuchTagSet")
    );
    s3.configure("/things?tagging", &set("d")).await.ok();
    assert_eq!(s3.get("/things?tagging").await.ok().elements("Key"), ["d"]);
    for wrong in ["aws:d", "", "a*b"] {
        let answer = s3.configure("/things?tagging", &set(wrong)).await;
        assert_eq!(code(&answer), refused(400, "InvalidTag"), "{wrong}");
    }
}

#[tokio::test]
async fn objects_outlive_the_server_and_leftovers_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let config = || local_aws::Config {
        folder: Some(crate::client::kept(dir.path())),
        ..local_aws::Config::default()
    };
    let s3 = S3 {
        aws: crate::client::Aws::with(config()).await,
    };
    s3.send("PUT", "/things", &[], "").await.ok();
    s3.send("PUT", "/things/k", &[("x-amz-meta-a", "b")], "abc")
        .await
        .ok();
    s3.aws.stop().await;
    let folder = std::fs::read_dir(dir.path().join("s3"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::write(folder.join("leftover"), "x").unwrap();

    let s3 = S3 {
        aws: crate::client::Aws::with(config()).await,
    };
    let got = s3.get("/things/k").await.ok();
    assert_eq!(
        (got.body.as_str(), header(&got, "x-amz-meta-a")),
        ("abc", "b")
    );
    assert!(!folder.join("leftover").exists());
    s3.aws.stop().await;
}

/// `Content-MD5` of a text.
pub(super) fn md5(text: &str) -> String {
    use md5::Digest;
    base64::engine::general_purpose::STANDARD.encode(md5::Md5::digest(text))
}
