//! Between the program and the embedded AWS: hands requests on, and answers some as AWS may
//! answer and the embedded one does not.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::http::{Answer, send};

/// What becomes of an answer: gets `METHOD PATH BODY` and what the embedded AWS answered.
pub type Change = Box<dyn Fn(&str, Answer) -> Answer + Send + Sync>;

/// A running one.
pub struct Between {
    pub url: String,
    change: Arc<Mutex<Option<Arc<Change>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Between {
    /// In front of an endpoint; changes nothing yet.
    pub async fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let this = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            change: Arc::default(),
            asked: Arc::default(),
        };
        let (change, asked) = (Arc::clone(&this.change), Arc::clone(&this.asked));
        let upstream = upstream.to_owned();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let change = change.lock().unwrap().clone();
                let one = handled(stream, upstream.clone(), change, Arc::clone(&asked));
                tokio::spawn(one);
            }
        });
        this
    }

    /// Changes answers from now on.
    pub fn changes(&self, change: impl Fn(&str, Answer) -> Answer + Send + Sync + 'static) {
        *self.change.lock().unwrap() = Some(Arc::new(Box::new(change)));
        self.asked.lock().unwrap().clear();
    }

    /// How many requests contained this since then, as `METHOD PATH BODY`.
    pub fn count(&self, part: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|one| one.contains(part)).count()
    }
}

/// An error of the REST-JSON protocol.
pub fn refusal(status: u16, code: &str, message: &str) -> Answer {
    Answer {
        status,
        headers: vec![("x-amzn-errortype".to_owned(), code.to_owned())],
        body: serde_json::json!({ "Message": message })
            .to_string()
            .into_bytes(),
    }
}

async fn handled(
    mut stream: TcpStream,
    upstream: String,
    change: Option<Arc<Change>>,
    asked: Arc<Mutex<Vec<String>>>,
) {
    let Some((head, body)) = request(&mut stream).await else {
        return;
    };
    let mut lines = head.lines();
    let first = lines.next().unwrap();
    let (method, rest) = first.split_once(' ').unwrap();
    let (path, _) = rest.rsplit_once(' ').unwrap();
    let headers: Vec<(&str, &str)> = lines
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| {
            !["host", "content-length", "connection"].contains(&name.to_lowercase().as_str())
        })
        .collect();
    let asks = format!("{method} {path} {body}");
    let mut answer = send(method, &format!("{upstream}{path}"), &headers, &body).await;
    if let Some(change) = change {
        answer = change(&asks, answer);
    }
    asked.lock().unwrap().push(asks);
    let mut head = format!("HTTP/1.1 {} -\r\nConnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        let own = ["connection", "content-length", "transfer-encoding"];
        if !own.contains(&name.to_lowercase().as_str()) {
            head += &format!("{name}: {value}\r\n");
        }
    }
    head += &format!("Content-Length: {}\r\n\r\n", answer.body.len());
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&answer.body).await;
}

/// Head and body of a request whose length is given.
async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let length = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, length)| length.parse().unwrap());
            if bytes.len() >= end + 4 + length {
                let body = bytes[end + 4..].to_vec();
                return Some((head, String::from_utf8(body).unwrap()));
            }
        }
        let read = stream.read_buf(&mut bytes).await.ok()?;
        if read == 0 {
            return None;
        }
    }
}
