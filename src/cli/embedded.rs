//! The embedded AWS of a command: one of its own for the time of the command, or
//! the one that `vanity-deploy local` serves from the same folder.

use local_aws::Running;
use local_aws::store::Served;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::error::{CommandError, Kind};

/// Where a URL of an embedded AWS begins: it listens on this machine alone.
const LOOPBACK: &str = "http://127.0.0.1:";

/// The embedded AWS that a command works with.
pub(super) struct Embedded {
    kind: Which,
    region: String,
}

enum Which {
    Own(Running),
    Served { url: String, address: String },
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
    /// than on this machine is checked, and that it answers.
    ///
    /// # Errors
    /// When it is not there.
    pub(super) async fn served(served: Served) -> Result<Self, CommandError> {
        let port: Option<u16> = served
            .url
            .strip_prefix(LOOPBACK)
            .and_then(|port| port.parse().ok());
        let Some(port) = port else {
            return Err(CommandError::new(
                Kind::Failed,
                format!("{} is no embedded AWS of this machine", served.url),
            ));
        };
        let address = format!("127.0.0.1:{port}");
        let (status, _) = ask(&address, "GET", "/_vanity-deploy/health", "").await?;
        if status != 200 {
            return Err(CommandError::new(
                Kind::Failed,
                format!("{} is no embedded AWS: it answers {status}", served.url),
            ));
        }
        Ok(Self {
            kind: Which::Served {
                url: served.url,
                address,
            },
            region: served.region,
        })
    }

    /// Its URL.
    pub(super) fn url(&self) -> String {
        match &self.kind {
            Which::Own(running) => running.url(),
            Which::Served { url, .. } => url.clone(),
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
            Which::Own(running) => Ok(running
                .control(local_aws::Method::POST, path, body.into_bytes())
                .await),
            Which::Served { address, .. } => ask(address, "POST", path, &body).await,
        }
    }

    /// Ends one's own: it saves its state.
    pub(super) async fn stop(self) {
        if let Which::Own(running) = self.kind {
            running.stop().await;
        }
    }
}

/// Asks an embedded AWS of another process: status and body of its answer.
async fn ask(
    address: &str,
    method: &str,
    path: &str,
    body: &str,
) -> Result<(u16, Vec<u8>), CommandError> {
    let failed = |error: std::io::Error| {
        CommandError::new(
            Kind::Failed,
            format!("the embedded AWS at {address} does not answer"),
        )
        .because(error.to_string())
    };
    let mut stream = TcpStream::connect(address).await.map_err(failed)?;
    // HTTP/1.0: the answer ends with the connection, never in chunks.
    let request = format!(
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.map_err(failed)?;
    parse(&answer).ok_or_else(|| failed(std::io::Error::other("no HTTP")))
}

/// Status and body of an HTTP answer that is whole.
fn parse(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    const END: &[u8] = b"\r\n\r\n";
    let end = answer.windows(END.len()).position(|part| part == END)?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut first = head.lines().next()?.split(' ');
    if !first.next()?.starts_with("HTTP/1.") {
        return None;
    }
    let status = first.next()?.parse().ok()?;
    Some((status, answer[end + END.len()..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        assert_eq!(
            parse(b"HTTP/1.0 404 Not Found\r\nA: b\r\n\r\n{\r\n\r\n}"),
            Some((404, b"{\r\n\r\n}".to_vec()))
        );
        assert_eq!(parse(b"HTTP/1.0 200 OK\r\n\r\n"), Some((200, Vec::new())));
        assert_eq!(parse(b"HTTP/1.0 200 OK\r\n"), None);
        assert_eq!(parse(b"SSH-2.0\r\n\r\n"), None);
    }

    #[tokio::test]
    async fn only_this_machine_is_spoken_to() {
        for url in [
            "http://10.0.0.1:80",
            "http://127.0.0.1:80@evil",
            "https://127.0.0.1:1",
        ] {
            let served = Served {
                url: url.to_owned(),
                region: String::new(),
            };
            assert!(Embedded::served(served).await.is_err(), "{url}");
        }
    }
}
