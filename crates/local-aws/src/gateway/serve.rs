//! The connections: accepts them, bounds them, and ends them in order.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::Gateway;

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// How many there may be at once. One more is told 503, which AWS clients try again: to
    /// let it wait could wait for ever, when a function that calls back is what the others
    /// wait for.
    pub connections: usize,
    /// How long a client may take for the head of a request, and leave a connection idle.
    pub head_time: Duration,
    /// Bytes of the request line and all headers.
    pub head_bytes: usize,
    /// How many headers.
    pub headers: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            // Half of the files that a process may have open on most systems.
            // Twice the invocations that an account may have at once: each of them, and who
            // invokes it, may hold one.
            connections: 2_048,
            head_time: Duration::from_secs(30),
            // A presigned URL with a session's token has some 2 kB, the metadata of an
            // object 2 KB, the client context of Lambda 3.5 kB.
            head_bytes: 64 * 1024,
            headers: 100,
        }
    }
}

/// Connections beyond the bound that are told so at once; more are closed without a word.
const TURNED_AWAY_AT_ONCE: usize = 64;

/// Serves the gateway until `stopped`.
pub async fn gateway(listener: TcpListener, gateway: Arc<Gateway>, stopped: impl Future) {
    let handle = move |request| {
        let gateway = Arc::clone(&gateway);
        async move { gateway.answer(request).await.unwrap_or_else(dropped) }
    };
    serve(listener, Bounds::default(), handle, stopped).await;
}

/// A body that fails at once makes hyper drop the connection.
fn dropped() -> Response<Body> {
    let dropped = std::io::Error::other("connection dropped by a fault rule");
    let failing = futures::stream::once(async { Err::<bytes::Bytes, _>(dropped) });
    Response::new(Body::from_stream(failing))
}

/// Answers the requests of all connections until `stopped`. Connections then end with the
/// answer that they are at, and so they do when this is dropped.
async fn serve<H, F>(listener: TcpListener, bounds: Bounds, handle: H, stopped: impl Future)
where
    H: Fn(Request<Body>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(bounds.connections));
    let door = Arc::new(Semaphore::new(TURNED_AWAY_AT_ONCE));
    let stopping = watch::Sender::new(());
    let mut was_full = false;
    tokio::pin!(stopped);
    loop {
        let stream = tokio::select! {
            biased;
            _ = &mut stopped => return,
            stream = accept(&listener) => stream,
        };
        let stops = stopping.subscribe();
        if let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
            was_full = false;
            let handle = handle.clone();
            tokio::spawn(async move {
                connection(stream, bounds, true, handle, stops).await;
                drop(permit);
            });
            continue;
        }
        if !was_full {
            was_full = true;
            let most = bounds.connections;
            tracing::error!("{most} connections are open, and no more are served: 503");
        }
        if let Ok(permit) = Arc::clone(&door).try_acquire_owned() {
            tokio::spawn(async move {
                connection(stream, bounds, false, full, stops).await;
                drop(permit);
            });
        }
    }
}

/// The next connection.
async fn accept(listener: &TcpListener) -> TcpStream {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Without it, an answer may wait for the acknowledgement of the one before.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "no TCP_NODELAY for a connection");
                }
                return stream;
            }
            // That of one client.
            Err(error)
                if matches!(
                    error.kind(),
                    ConnectionAborted | ConnectionRefused | ConnectionReset
                ) => {}
            Err(error) => {
                // Too many open files, most of the time: some may be closed by then.
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// The answers on one connection, to its end.
async fn connection<H, F>(
    stream: TcpStream,
    bounds: Bounds,
    keep_alive: bool,
    handle: H,
    mut stops: watch::Receiver<()>,
) where
    H: Fn(Request<Body>) -> F,
    F: Future<Output = Response<Body>>,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = handle(request.map(Body::new));
        async { Ok::<_, Infallible>(answer.await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head_time)
        .max_buf_size(bounds.head_bytes)
        .max_headers(bounds.headers)
        .keep_alive(keep_alive)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        // An error says that who would stop it is gone.
        _ = stops.changed() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn full(_: Request<Body>) -> Response<Body> {
    let words = r#"{"message":"too many connections are open; close some, or try again"}"#;
    let mut response = Response::new(Body::from(words));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    for (name, value) in [
        ("content-type", "application/json"),
        ("x-amzn-errortype", "ServiceUnavailable"),
        ("retry-after", "1"),
    ] {
        let value = http::HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::{mpsc, oneshot};
    use tokio::task::JoinHandle;

    const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

    struct Served {
        address: std::net::SocketAddr,
        stop: oneshot::Sender<()>,
        ended: JoinHandle<()>,
        /// A permit lets one request be answered.
        go: Arc<Semaphore>,
        /// That a request is being answered.
        begun: mpsc::UnboundedReceiver<()>,
    }

    async fn served(bounds: Bounds) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let go = Arc::new(Semaphore::new(0));
        let waits = Arc::clone(&go);
        let (begins, begun) = mpsc::unbounded_channel();
        let handle = move |_| {
            let waits = Arc::clone(&waits);
            begins.send(()).unwrap();
            async move {
                waits.acquire().await.unwrap().forget();
                Response::new(Body::from("done"))
            }
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(serve(listener, bounds, handle, stopped));
        Served {
            address,
            stop,
            ended,
            go,
            begun,
        }
    }

    impl Served {
        async fn open(&self, bytes: &[u8]) -> TcpStream {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(bytes).await.unwrap();
            stream
        }
    }

    async fn to_the_end(mut stream: TcpStream) -> String {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        String::from_utf8_lossy(&bytes).into_owned()
    }

    async fn one_answer(stream: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"done") {
            bytes.push(stream.read_u8().await.unwrap());
        }
        String::from_utf8(bytes).unwrap()
    }

    #[tokio::test]
    async fn one_connection_too_many_is_told_and_room_is_made_by_an_end() {
        let bounds = Bounds {
            connections: 1,
            ..Bounds::default()
        };
        let mut served = served(bounds).await;
        let mut first = served.open(GET).await;
        served.begun.recv().await.unwrap();
        let second = to_the_end(served.open(GET).await).await;
        assert!(second.starts_with("HTTP/1.1 503 "), "{second}");
        assert!(second.contains("connection: close"), "{second}");
        // The first is as it was.
        served.go.add_permits(2);
        assert!(one_answer(&mut first).await.starts_with("HTTP/1.1 200 "));
        drop(first);
        loop {
            // Its end is noticed a moment after it.
            let mut third = TcpStream::connect(served.address).await.unwrap();
            let _ = third.write_all(GET).await;
            let mut start = [0; 12];
            let _ = third.read_exact(&mut start).await;
            if start == *b"HTTP/1.1 200" {
                break;
            }
        }
    }

    #[tokio::test]
    async fn who_does_not_finish_a_head_and_who_is_idle_are_hung_up_on() {
        let bounds = Bounds {
            head_time: Duration::from_millis(20),
            ..Bounds::default()
        };
        let served = served(bounds).await;
        served.go.add_permits(1);
        for silent in [&b""[..], b"GET / HTTP/1.1\r\nhost: loc"] {
            let told = to_the_end(served.open(silent).await).await;
            assert!(!told.starts_with("HTTP/1.1 200 "), "{told}");
        }
        // Answered, then idle.
        let told = to_the_end(served.open(GET).await).await;
        assert!(told.starts_with("HTTP/1.1 200 "), "{told}");
    }

    #[tokio::test]
    async fn a_head_has_its_bounds() {
        let bounds = Bounds {
            head_bytes: 8192,
            headers: 10,
            ..Bounds::default()
        };
        let served = served(bounds).await;
        let head = |extra: &str| format!("GET / HTTP/1.1\r\nhost: localhost\r\n{extra}\r\n");
        let many = head(&"x-a: b\r\n".repeat(10));
        let long = head(&format!("x-a: {}\r\n", "b".repeat(8192)));
        for head in [many, long] {
            let told = to_the_end(served.open(head.as_bytes()).await).await;
            assert!(told.starts_with("HTTP/1.1 431 "), "{told}");
        }
        served.go.add_permits(1);
        let few = head(&"x-a: b\r\n".repeat(9));
        let mut stream = served.open(few.as_bytes()).await;
        one_answer(&mut stream).await;
    }

    #[tokio::test]
    async fn stopped_it_ends_what_is_idle_and_finishes_what_runs() {
        let mut served = served(Bounds::default()).await;
        served.go.add_permits(1);
        let mut idle = served.open(GET).await;
        one_answer(&mut idle).await;
        served.begun.recv().await.unwrap();
        let running = served.open(GET).await;
        served.begun.recv().await.unwrap();
        served.stop.send(()).unwrap();
        served.ended.await.unwrap();
        assert_eq!(to_the_end(idle).await, "");
        served.go.add_permits(1);
        let told = to_the_end(running).await;
        assert!(told.ends_with("done"), "{told}");
        let refused = TcpStream::connect(served.address).await;
        assert!(refused.is_err());
    }
}
