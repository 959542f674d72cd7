//! S3 over HTTP.

use crate::client::{Answer, Aws};

mod access;
mod objects;
mod versions;

/// Requests to S3 of one embedded AWS.
struct S3 {
    aws: Aws,
}

impl S3 {
    async fn start() -> Self {
        Self {
            aws: Aws::start().await,
        }
    }

    async fn with_bucket(name: &str) -> Self {
        let s3 = Self::start().await;
        s3.send("PUT", &format!("/{name}"), &[], "").await.ok();
        s3
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<bytes::Bytes>,
    ) -> Answer {
        self.aws.request("s3", method, path, headers, body).await
    }

    /// A PUT with the integrity header that configurations must have.
    async fn configure(&self, path: &str, body: &str) -> Answer {
        self.configure_by("PUT", path, body).await
    }

    async fn configure_by(&self, method: &str, path: &str, body: &str) -> Answer {
        let md5 = versions::md5(body);
        let headers = [("content-md5", md5.as_str())];
        self.send(method, path, &headers, body.to_owned()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer
        .headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.element("Code").unwrap_or_default())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
