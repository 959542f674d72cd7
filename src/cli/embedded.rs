//! The embedded AWS of a command: one of its own for the time of the command, or
//! the one that `vanity-deploy local` serves from the same folder.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use local_aws::store::Served;
use local_aws::{Method, Running};

use super::error::{CommandError, Kind};

/// Where a URL of an embedded AWS begins: it listens on this machine alone.
const LOOPBACK: &str = "http://127.0.0.1:";

/// How long it may take to say who it is. It does nothing for that but answer.
const HEALTH: Duration = Duration::from_secs(5);

/// How long an invocation may take: Lambda's own limit of 900 s, and some more.
const INVOCATION: Duration = Duration::from_secs(930);

/// The embedded AWS that a command works with.
pub(super) struct Embedded {
    kind: Which,
    region: String,
}

enum Which {
    Own(Running),
    Served { url: String },
}

#[derive(serde::Deserialize)]
struct Health {
    proof: Option<String>,
}

impl Embedded {
    /// One that ends with the command.
    pub(super) fn own(running: Running, region: String) -> Self {
        Self {
            kind: Which::Own(running),
            region,
        }
    }

    /// One that another process serves. Its folder says where; that it is nowhere else
    /// than on this machine is checked, that it answers, and that it is the one and not
    /// somebody who has the port by now.
    ///
    /// # Errors
    /// When it is not there, or another.
    pub(super) async fn served(served: Served) -> Result<Self, CommandError> {
        let port: Option<u16> = served
            .url
            .strip_prefix(LOOPBACK)
            .and_then(|port| port.parse().ok());
        if port.is_none() {
            return Err(CommandError::new(
                Kind::Failed,
                format!("{} is no embedded AWS of this machine", served.url),
            ));
        }
        let challenge = random_text()?;
        let path = format!("/_vanity-deploy/health?challenge={challenge}");
        let (status, body) = ask(&served.url, Method::GET, &path, "", HEALTH).await?;
        let proof = serde_json::from_slice::<Health>(&body)
            .ok()
            .and_then(|health| health.proof);
        let is_the_one =
            status == 200 && proof.is_some_and(|proof| served.token.is_proof(&challenge, &proof));
        if !is_the_one {
            return Err(CommandError::new(
                Kind::Failed,
                format!(
                    "what answers at {} is not the embedded AWS of this folder",
                    served.url
                ),
            )
            .hint("another program has its port; stop `vanity-deploy local`, and start it again"));
        }
        Ok(Self {
            kind: Which::Served { url: served.url },
            region: served.region,
        })
    }

    /// Its URL.
    pub(super) fn url(&self) -> String {
        match &self.kind {
            Which::Own(running) => running.url(),
            Which::Served { url } => url.clone(),
        }
    }

    /// The Region it plays.
    pub(super) fn region(&self) -> &str {
        &self.region
    }

    /// Whether it ends with the command.
    pub(super) fn is_own(&self) -> bool {
        matches!(self.kind, Which::Own(_))
    }

    /// Stacks on which work was cut off and does not go on for who only looks.
    pub(super) fn unfinished(&self) -> Vec<String> {
        match &self.kind {
            Which::Own(running) => running.unfinished_stacks(),
            Which::Served { .. } => Vec::new(),
        }
    }

    /// Asks one of its own paths: status and body of the answer.
    ///
    /// # Errors
    /// When it does not answer.
    pub(super) async fn post(
        &self,
        path: &str,
        body: String,
    ) -> Result<(u16, Vec<u8>), CommandError> {
        match &self.kind {
            Which::Own(running) => Ok(running.control(Method::POST, path, body.into_bytes()).await),
            Which::Served { url } => ask(url, Method::POST, path, &body, INVOCATION).await,
        }
    }

    /// Ends one's own: it saves its state.
    pub(super) async fn stop(self) {
        if let Which::Own(running) = self.kind {
            running.stop().await;
        }
    }
}

/// What nobody can have heard before.
fn random_text() -> Result<String, CommandError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        CommandError::new(Kind::Failed, "this machine gives no randomness")
            .because(error.to_string())
    })?;
    Ok(const_hex::encode(bytes))
}

/// Asks an embedded AWS of another process: status and body of its answer.
async fn ask(
    url: &str,
    method: Method,
    path: &str,
    body: &str,
    limit: Duration,
) -> Result<(u16, Vec<u8>), CommandError> {
    let failed = |reason: String| {
        CommandError::new(
            Kind::Failed,
            format!("the embedded AWS at {url} does not answer"),
        )
        .because(reason)
    };
    let request = http::Request::builder()
        .method(method)
        .uri(format!("{url}{path}"))
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
        .map_err(|error| failed(error.to_string()))?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = async {
        let response = client
            .request(request)
            .await
            .map_err(|error| failed(error.to_string()))?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await;
        let body = body.map_err(|error| failed(error.to_string()))?;
        Ok((status, body.to_bytes().to_vec()))
    };
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(failed(format!("nothing came in {} s", limit.as_secs()))),
    }
}

#[cfg(test)]
mod tests {
    use local_aws::store::Token;

    use super::*;

    fn served(url: &str) -> Served {
        Served {
            url: url.to_owned(),
            region: String::new(),
            token: Token::random().unwrap(),
        }
    }

    #[tokio::test]
    async fn only_this_machine_is_spoken_to() {
        for url in [
            "http://10.0.0.1:80",
            "http://127.0.0.1:80@evil",
            "https://127.0.0.1:1",
        ] {
            assert!(Embedded::served(served(url)).await.is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn who_has_the_port_by_now_is_not_believed() {
        let other = local_aws::server::start(local_aws::Config {
            shared: true,
            ..local_aws::Config::default()
        })
        .await
        .unwrap();
        let error = Embedded::served(served(&other.url())).await.err().unwrap();
        assert!(
            error
                .message
                .contains("is not the embedded AWS of this folder"),
            "{}",
            error.message
        );
        other.stop().await;
    }
}
