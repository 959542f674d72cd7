//! A server that answers as services of AWS do and remembers what it was asked, in plain HTTP
//! and in TLS; and a proxy that remembers where it was asked to go.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What a server was asked: the head and the body of a request, as they came.
pub type Asked = Arc<Mutex<Vec<String>>>;

/// A status and a body for a request, or nothing: then it is refused with 501.
type Answer = Option<(u16, String)>;

/// A server of a test's own, until the test ends.
pub struct FakeAws {
    pub url: String,
    pub port: u16,
    asked: Asked,
}

impl FakeAws {
    /// Plain HTTP.
    pub fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        Self::serve(answer, None)
    }

    /// HTTPS with the certificate of `localhost`, which the tests' own authority signed.
    pub fn start_tls(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let certificate = include_bytes!("certificates/server.pem");
        let key = include_bytes!("certificates/server.key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(certificate).unwrap()],
                PrivateKeyDer::from_pem_slice(key).unwrap(),
            )
            .unwrap();
        Self::serve(answer, Some(Arc::new(config)))
    }

    fn serve(
        answer: impl Fn(&str) -> Answer + Send + Sync + 'static,
        tls: Option<Arc<rustls::ServerConfig>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = match tls {
            Some(_) => format!("https://localhost:{port}"),
            None => format!("http://127.0.0.1:{port}"),
        };
        let asked = Asked::default();
        let heard = Arc::clone(&asked);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                stream.set_read_timeout(Some(Duration::from_secs(10))).ok();
                let (answer, heard, tls) = (Arc::clone(&answer), Arc::clone(&heard), tls.clone());
                thread::spawn(move || match tls {
                    None => talk(stream, &*answer, &heard),
                    Some(config) => {
                        let connection = rustls::ServerConnection::new(config).unwrap();
                        talk(
                            rustls::StreamOwned::new(connection, stream),
                            &*answer,
                            &heard,
                        );
                    }
                });
            }
        });
        Self { url, port, asked }
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// How many requests contained this.
    pub fn count(&self, part: &str) -> usize {
        self.asked()
            .iter()
            .filter(|request| request.contains(part))
            .count()
    }
}

/// One request and its answer; the connection is closed after it.
fn talk(mut stream: impl Read + Write, answer: &dyn Fn(&str) -> Answer, heard: &Asked) {
    let Some(request) = read(&mut stream) else {
        return;
    };
    let (status, body) = answer(&request).unwrap_or((501, String::new()));
    heard.lock().unwrap().push(request);
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body.as_bytes());
    let _ = stream.flush();
}

/// A whole request; nothing for who goes away before.
fn read(stream: &mut impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    (name.eq_ignore_ascii_case("content-length"))
                        .then(|| value.trim().parse::<usize>().ok())?
                })
                .unwrap_or(0);
            if body.len() >= length {
                return Some(text);
            }
        }
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&part[..read]),
        }
    }
}

/// A proxy that lets nobody through, or everybody to one port of this machine.
pub struct Proxy {
    pub url: String,
    asked: Asked,
}

impl Proxy {
    /// `to` is the port that every tunnel ends at; without it all are refused.
    pub fn start(to: Option<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://user:pa%20ss@{}", listener.local_addr().unwrap());
        let asked = Asked::default();
        let heard = Arc::clone(&asked);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let heard = Arc::clone(&heard);
                thread::spawn(move || {
                    let Some(request) = read(&mut stream) else {
                        return;
                    };
                    heard.lock().unwrap().push(request);
                    match to {
                        None => {
                            let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
                        }
                        Some(port) => tunnel(stream, port),
                    }
                });
            }
        });
        Self { url, asked }
    }

    /// The hosts that it was asked for, each once.
    pub fn hosts(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let mut hosts: Vec<String> = asked
            .iter()
            .filter_map(|request| Some(request.split(' ').nth(1)?.to_owned()))
            .collect();
        hosts.dedup();
        hosts
    }

    /// Whether it was told who asks.
    pub fn was_told_who_asks(&self) -> bool {
        // user:pa ss
        let asked = self.asked.lock().unwrap();
        !asked.is_empty()
            && asked
                .iter()
                .all(|request| request.contains("Basic dXNlcjpwYSBzcw=="))
    }
}

fn tunnel(mut near: TcpStream, port: u16) {
    let mut far = TcpStream::connect(("127.0.0.1", port)).unwrap();
    near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
    let (mut from_near, mut to_far) = (near.try_clone().unwrap(), far.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_near, &mut to_far);
        let _ = to_far.shutdown(std::net::Shutdown::Write);
    });
    let _ = std::io::copy(&mut far, &mut near);
    let _ = near.shutdown(std::net::Shutdown::Both);
}
