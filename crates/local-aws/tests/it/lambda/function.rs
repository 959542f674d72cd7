//! The function that the tests deploy: a Runtime API client with nothing but the
//! standard library. A package's `bootstrap` is a script that executes this
//! test program again, to run [`main`].
//!
//! The event tells what to do; the variable `INIT` what to do before the first one.
#![allow(
    clippy::print_stdout,
    reason = "a function logs to its standard output"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

/// The function's package: a `bootstrap`, and `marker` to tell packages apart.
pub fn package(marker: &str) -> Vec<u8> {
    let program = std::env::current_exe().unwrap();
    let script = format!(
        "#!/bin/sh\nexec '{}' lambda::function::main --exact --ignored --nocapture --quiet\n",
        program.display()
    );
    zip(&[("bootstrap", &script, 0o755), ("marker", marker, 0o644)])
}

/// A zip of text files.
pub fn zip(files: &[(&str, &str, u32)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text, mode) in files {
        let options = zip::write::SimpleFileOptions::default().unix_permissions(*mode);
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
#[ignore = "what the functions of these tests run"]
fn main() {
    let Ok(api) = std::env::var("AWS_LAMBDA_RUNTIME_API") else {
        panic!("to be run as a function only");
    };
    let mut runtime = Runtime::connect(&api);
    match std::env::var("INIT").as_deref() {
        Ok("exit") => std::process::exit(3),
        Ok("error") => {
            let error = json!({ "errorType": "NoTable", "errorMessage": "no table" });
            runtime.call("POST", "init/error", error.to_string().as_bytes());
            std::process::exit(1);
        }
        _ => {}
    }
    let mut invocations = 0;
    loop {
        let (headers, event) = runtime.call("GET", "invocation/next", b"");
        invocations += 1;
        let header = |name: &str| {
            let line = headers.iter().find(|(known, _)| known == name);
            line.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let id = header("lambda-runtime-aws-request-id");
        let event: Value = serde_json::from_slice(&event).unwrap();
        println!("event {event}");
        match event["do"].as_str() {
            Some("exit") => std::process::exit(event["code"].as_i64().unwrap() as i32),
            Some("hang") => loop {
                std::thread::park();
            },
            Some("fail") => {
                let error = json!({ "errorType": "Refused", "errorMessage": "as told" });
                let path = format!("invocation/{id}/error");
                runtime.call("POST", &path, error.to_string().as_bytes());
            }
            Some("large") => {
                let body = format!("\"{}\"", "a".repeat(6 * 1024 * 1024 + 100));
                runtime.call(
                    "POST",
                    &format!("invocation/{id}/response"),
                    body.as_bytes(),
                );
            }
            // Says that it has started, and waits until the file is there.
            Some("wait") => {
                std::fs::write(event["started"].as_str().unwrap(), "").unwrap();
                while !std::path::Path::new(event["file"].as_str().unwrap()).exists() {
                    std::thread::yield_now();
                }
                runtime.call("POST", &format!("invocation/{id}/response"), b"\"waited\"");
            }
            _ if event.is_array() => {
                let id = format!("invocation/{id}");
                match batch(&event) {
                    Ok(answer) => {
                        let path = format!("{id}/response");
                        runtime.call("POST", &path, answer.to_string().as_bytes());
                    }
                    Err(error) => {
                        runtime.call("POST", &format!("{id}/error"), error.to_string().as_bytes());
                    }
                }
            }
            _ => {
                let answer = json!({
                    "event": event,
                    "invocations": invocations,
                    "process": std::process::id(),
                    "marker": std::fs::read_to_string("marker").unwrap_or_default(),
                    "arn": header("lambda-runtime-invoked-function-arn"),
                    "deadline": header("lambda-runtime-deadline-ms"),
                    "trace": header("lambda-runtime-trace-id"),
                    "context": header("lambda-runtime-client-context"),
                    "variables": std::env::vars().collect::<std::collections::BTreeMap<_, _>>(),
                });
                let path = format!("invocation/{id}/response");
                runtime.call("POST", &path, answer.to_string().as_bytes());
            }
        }
    }
}

/// A batch of a pipe: a line of it in the file `OUTBOX`, then what its items ask for
/// in their attribute `do`: `fail`: to be named as failed; `crash`: that the function
/// fails; `twice`: to be named as failed the first time.
fn batch(event: &Value) -> Result<Value, Value> {
    let outbox = std::env::var("OUTBOX").unwrap();
    let before = std::fs::read_to_string(&outbox).unwrap_or_default();
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&outbox)
        .unwrap();
    file.write_all(format!("{event}\n").as_bytes()).unwrap();
    let mut failures = Vec::new();
    for record in event.as_array().unwrap() {
        let id = record["eventID"].as_str().unwrap();
        match record["dynamodb"]["NewImage"]["do"]["S"].as_str() {
            Some("crash") => {
                return Err(json!({ "errorType": "Crash", "errorMessage": "as told" }));
            }
            Some("fail") => failures.push(json!({ "itemIdentifier": id })),
            Some("twice") if !before.contains(id) => failures.push(json!({ "itemIdentifier": id })),
            _ => {}
        }
    }
    Ok(json!({ "batchItemFailures": failures }))
}

struct Runtime {
    api: String,
    stream: BufReader<TcpStream>,
}

impl Runtime {
    fn connect(api: &str) -> Self {
        let stream = TcpStream::connect(api).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            api: api.to_owned(),
            stream: BufReader::new(stream),
        }
    }

    /// One request on the kept connection: headers (names in lower case) and body.
    fn call(&mut self, method: &str, path: &str, body: &[u8]) -> (Vec<(String, String)>, Vec<u8>) {
        let head = format!(
            "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n\r\n",
            self.api,
            body.len()
        );
        let request = [head.as_bytes(), body].concat();
        if self.stream.get_mut().write_all(&request).is_err() {
            std::process::exit(0);
        }
        let mut headers = Vec::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).unwrap_or_default() == 0 {
                // The environment has ended.
                std::process::exit(0);
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(": ") {
                let name = name.to_ascii_lowercase();
                if name == "content-length" {
                    length = value.parse().unwrap();
                }
                headers.push((name, value.to_owned()));
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        (headers, body)
    }
}
