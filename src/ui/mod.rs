//! The one door to stdout and stderr. stdout carries data, stderr everything
//! else; with `--json` stdout is NDJSON, its first line the format's version.
//!
//! - [`render`]: values as text for people. Pure.
//! - [`progress`]: what happens during an apply: a terminal, plain lines, JSON.
//! - [`snippet`]: an error at its place in a file.

pub mod progress;
pub mod render;
pub mod snippet;
pub mod style;

use std::io::{BufRead, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;
use serde_json::{Value, json};

/// Version of the JSON format.
pub const JSON_FORMAT: u32 = 1;

/// How to speak.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// NDJSON on stdout.
    pub json: bool,
    /// Only data and errors.
    pub quiet: bool,
    /// Colours: always, never, or as the terminal and `NO_COLOR` say.
    pub color: ColorChoice,
}

/// The door.
pub struct Ui {
    settings: Settings,
    progress: progress::Display,
}

/// Why nothing was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot ask: there is no terminal")]
pub struct NoTerminal;

impl Ui {
    /// Opens the door. With JSON the line with the format's version goes out at once.
    pub fn new(settings: Settings) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let terminal = std::io::stderr().is_terminal() && !dumb;
        let style = if settings.json {
            progress::Style::Json
        } else if settings.quiet {
            progress::Style::Quiet
        } else if terminal {
            progress::Style::Terminal
        } else {
            progress::Style::Plain
        };
        let ui = Self {
            settings,
            progress: progress::Display::new(style, settings.color),
        };
        if settings.json {
            ui.line(&json!({ "format": "vanity-deploy", "version": JSON_FORMAT }).to_string());
        }
        ui
    }

    /// Whether stdout is JSON.
    pub fn is_json(&self) -> bool {
        self.settings.json
    }

    /// Data for people: to stdout; with JSON nothing.
    pub fn data(&self, text: &str) {
        if !self.settings.json {
            self.progress.suspend(|| self.line(text));
        }
    }

    /// Data for programs: a JSON line `{"type": kind, …}`; without JSON nothing.
    pub fn record(&self, kind: &str, value: &impl Serialize) {
        if self.settings.json {
            self.line(&tagged(kind, value).to_string());
        }
    }

    /// Text for a program that is not NDJSON, e.g. `--env-file`: to stdout, always.
    pub fn raw(&self, text: &str) {
        self.line(text);
    }

    /// Something to know: to stderr, unless quiet.
    pub fn note(&self, text: &str) {
        if !self.settings.quiet && !self.settings.json {
            self.progress.suspend(|| self.error_line(text));
        }
    }

    /// What went wrong: to stderr, always.
    pub fn complain(&self, text: &str) {
        self.progress.suspend(|| self.error_line(text));
    }

    /// Takes events of the engine.
    pub fn reporter(&self) -> &progress::Display {
        &self.progress
    }

    /// Ends the display of running work.
    pub fn settle(&self) {
        self.progress.clear();
    }

    /// Asks for a yes.
    ///
    /// # Errors
    /// [`NoTerminal`] when there is nobody to ask.
    pub async fn confirm(&self, question: &str) -> Result<bool, NoTerminal> {
        Ok(matches!(
            self.ask(&format!("{question} [y/N] ")).await?.trim(),
            "y" | "Y" | "yes" | "Yes" | "YES"
        ))
    }

    /// Asks for a line.
    ///
    /// # Errors
    /// [`NoTerminal`] when there is nobody to ask.
    pub async fn ask(&self, question: &str) -> Result<String, NoTerminal> {
        if self.settings.json || !Self::can_ask() {
            return Err(NoTerminal);
        }
        let mut stderr = AutoStream::new(std::io::stderr(), self.settings.color).lock();
        // A question that cannot be shown is answered by nobody: an empty line is a no.
        let _ = write!(stderr, "{question}");
        let _ = stderr.flush();
        drop(stderr);
        // On a thread of its own, so that Ctrl-C is heard while nothing is typed.
        let reading = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            match std::io::stdin().lock().read_line(&mut line) {
                Ok(0) | Err(_) => Err(NoTerminal),
                Ok(_) => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
            }
        });
        reading.await.unwrap_or(Err(NoTerminal))
    }

    /// Whether there is somebody to ask.
    pub fn can_ask() -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    // A reader that went away (a closed pipe) is no failure of the work.
    fn line(&self, text: &str) {
        let mut stdout = AutoStream::new(std::io::stdout(), self.settings.color).lock();
        let _ = writeln!(stdout, "{text}");
    }

    fn error_line(&self, text: &str) {
        let mut stderr = AutoStream::new(std::io::stderr(), self.settings.color).lock();
        let _ = writeln!(stderr, "{text}");
    }
}

/// `{"type": kind, …}`; a value that is no object stands under `value`.
fn tagged(kind: &str, value: &impl Serialize) -> Value {
    let mut record = serde_json::Map::from_iter([("type".to_owned(), json!(kind))]);
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => record.extend(members),
        Ok(other) => {
            record.insert("value".to_owned(), other);
        }
        Err(error) => {
            record.insert("unserializable".to_owned(), json!(error.to_string()));
        }
    }
    Value::Object(record)
}
