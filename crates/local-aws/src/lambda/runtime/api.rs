//! The Lambda Runtime API, version 2018-06-01, for one execution environment
//! (AWS docs, "Using the Lambda runtime API for custom runtimes"). No page in a browser is
//! answered: it could take an invocation away, or tell the function's failure.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::core::wire::sender;

/// Bytes of a response (6 MB and a little, as AWS counts).
pub const RESPONSE_LIMIT: usize = 6_291_556;

const PREFIX: &str = "/2018-06-01/runtime/";

/// An invocation as a runtime gets it.
#[derive(Debug, Clone)]
pub struct Work {
    /// `Lambda-Runtime-Aws-Request-Id`.
    pub request_id: String,
    /// `Lambda-Runtime-Deadline-Ms`: Unix time in milliseconds.
    pub deadline_ms: i64,
    /// `Lambda-Runtime-Invoked-Function-Arn`, with the qualifier that was asked for.
    pub function_arn: String,
    /// `Lambda-Runtime-Trace-Id`.
    pub trace_id: String,
    /// `Lambda-Runtime-Client-Context`, JSON.
    pub client_context: Option<String>,
    /// The event.
    pub payload: Bytes,
}

/// What a runtime says.
#[derive(Debug)]
pub enum Event {
    /// It is ready for an invocation.
    Next(oneshot::Sender<Work>),
    /// It answers the invocation.
    Response(Bytes),
    /// Its answer is larger than [`RESPONSE_LIMIT`].
    TooLarge,
    /// The function failed.
    Error(Bytes),
    /// It cannot start.
    InitError(Bytes),
}

/// A Runtime API that listens; dropped, it stops.
#[derive(Debug)]
pub struct RuntimeApi {
    address: SocketAddr,
    current: Current,
    events: mpsc::UnboundedReceiver<Event>,
    server: JoinHandle<()>,
}

/// The id of the invocation that is being worked on.
type Current = Arc<Mutex<Option<String>>>;

#[derive(Clone)]
struct Shared {
    events: mpsc::UnboundedSender<Event>,
    current: Current,
}

impl RuntimeApi {
    /// Starts one on a free port of the loopback.
    ///
    /// # Errors
    /// When no port is to be had.
    pub async fn listen() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (sender, events) = mpsc::unbounded_channel();
        let current = Current::default();
        let router = Router::new().fallback(handle).with_state(Shared {
            events: sender,
            current: Arc::clone(&current),
        });
        let listener = listener.tap_io(|stream| {
            // Without it, a response waits for the acknowledgement of the one before.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "no TCP_NODELAY for a Runtime API");
            }
        });
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "a Runtime API stopped serving");
            }
        });
        Ok(Self {
            address,
            current,
            events,
            server,
        })
    }

    /// `AWS_LAMBDA_RUNTIME_API`: host and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the runtime says next.
    pub async fn event(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Gives the runtime an invocation; false when it has hung up.
    pub fn give(&self, waiting: oneshot::Sender<Work>, work: Work) -> bool {
        *lock(&self.current) = Some(work.request_id.clone());
        waiting.send(work).is_ok()
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock(current: &Current) -> std::sync::MutexGuard<'_, Option<String>> {
    current.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn handle(State(shared): State<Shared>, request: Request<Body>) -> Response<Body> {
    if !sender::is_of_this_machine(request.headers()) {
        return refuse(
            StatusCode::FORBIDDEN,
            "ForbiddenToPages",
            "this is for processes of this machine, not for pages in a browser",
        );
    }
    let path = request.uri().path().to_owned();
    let Some(rest) = path.strip_prefix(PREFIX) else {
        return refuse(StatusCode::NOT_FOUND, "NotFound", "no such path");
    };
    let segments: Vec<&str> = rest.split('/').collect();
    match (request.method(), segments.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => next(&shared).await,
        (&Method::POST, ["invocation", id, kind @ ("response" | "error")]) => {
            answered(&shared, id, kind, request).await
        }
        (&Method::POST, ["init", "error"]) => {
            let body = read(request).await.unwrap_or_default();
            accept(&shared, Event::InitError(body))
        }
        _ => refuse(StatusCode::NOT_FOUND, "NotFound", "no such path"),
    }
}

async fn next(shared: &Shared) -> Response<Body> {
    let (sender, receiver) = oneshot::channel();
    if shared.events.send(Event::Next(sender)).is_err() {
        return gone();
    }
    let Ok(work) = receiver.await else {
        return gone();
    };
    let mut response = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", &work.request_id)
        .header("lambda-runtime-deadline-ms", work.deadline_ms)
        .header("lambda-runtime-invoked-function-arn", &work.function_arn)
        .header("lambda-runtime-trace-id", &work.trace_id);
    if let Some(context) = &work.client_context {
        response = response.header("lambda-runtime-client-context", context);
    }
    response
        .body(Body::from(work.payload))
        .unwrap_or_else(|_| gone())
}

async fn answered(shared: &Shared, id: &str, kind: &str, request: Request<Body>) -> Response<Body> {
    if lock(&shared.current).as_deref() != Some(id) {
        return refuse(
            StatusCode::BAD_REQUEST,
            "InvalidRequestID",
            "Invalid request ID",
        );
    }
    let body = read(request).await;
    // Answered once; a second answer is to an invocation that is over.
    if lock(&shared.current).take().is_none() {
        return refuse(
            StatusCode::BAD_REQUEST,
            "InvalidRequestID",
            "Invalid request ID",
        );
    }
    match (kind, body) {
        ("response", Some(body)) => accept(shared, Event::Response(body)),
        ("response", None) => {
            // Whether anybody hears it or not, the runtime is told.
            let _ = shared.events.send(Event::TooLarge);
            refuse(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                &format!("Exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."),
            )
        }
        (_, body) => accept(shared, Event::Error(body.unwrap_or_default())),
    }
}

async fn read(request: Request<Body>) -> Option<Bytes> {
    let body = Limited::new(request.into_body(), RESPONSE_LIMIT);
    body.collect().await.ok().map(|body| body.to_bytes())
}

fn accept(shared: &Shared, event: Event) -> Response<Body> {
    if shared.events.send(event).is_err() {
        return gone();
    }
    answer(StatusCode::ACCEPTED, &json!({ "status": "OK" }))
}

/// The environment is about to be ended.
fn gone() -> Response<Body> {
    refuse(
        StatusCode::INTERNAL_SERVER_ERROR,
        "ContainerError",
        "the execution environment has ended",
    )
}

fn refuse(status: StatusCode, kind: &str, message: &str) -> Response<Body> {
    answer(
        status,
        &json!({ "errorMessage": message, "errorType": kind }),
    )
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    response
}
