//! The one door to stdout and stderr. stdout carries data, stderr everything
//! else; with `--json` stdout is NDJSON, its first line the format's version.
//!
//! - [`render`]: values as text for people. Pure.
//! - [`progress`]: what happens during an apply: a terminal, plain lines, JSON.
//! - [`snippet`]: an error at its place in a file.
//! - [`env_file`]: outputs for a program that reads `NAME=value` lines. Pure.
//! - [`foreign`]: text that others wrote, as it is shown. Pure.
//! - [`lines`]: what we say; [`guard`]: how it leaves. Pure.

pub mod env_file;
pub mod foreign;
pub mod guard;
pub mod lines;
pub mod progress;
pub mod render;
pub mod snippet;
pub mod style;

use std::io::{BufRead, IsTerminal, Write};

use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice};
use serde::Serialize;
use serde_json::{Value, json};

use lines::{Lines, Said};

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
            write_json(&json!({ "format": "vanity-deploy", "version": JSON_FORMAT }));
        }
        ui
    }

    /// Whether stdout is JSON.
    pub fn is_json(&self) -> bool {
        self.settings.json
    }

    /// Data for people: to stdout; with JSON nothing.
    pub fn data(&self, what: &(impl Said + ?Sized)) {
        if !self.settings.json {
            self.raw(what);
        }
    }

    /// Data for programs: a JSON line `{"type": kind, …}`; without JSON nothing.
    pub fn record(&self, kind: &str, value: &impl Serialize) {
        if self.settings.json {
            write_json(&tagged(kind, value));
        }
    }

    /// Text for a program that is not NDJSON, e.g. `--env-file`: to stdout, always.
    pub fn raw(&self, what: &(impl Said + ?Sized)) {
        self.progress
            .suspend(|| write(std::io::stdout(), self.settings.color, &what.said()));
    }

    /// Something to know: to stderr, unless quiet.
    pub fn note(&self, what: &(impl Said + ?Sized)) {
        if !self.settings.quiet && !self.settings.json {
            self.complain(what);
        }
    }

    /// What went wrong: to stderr, always.
    pub fn complain(&self, what: &(impl Said + ?Sized)) {
        self.progress
            .suspend(|| write(std::io::stderr(), self.settings.color, &what.said()));
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
        let _ = write!(stderr, "{}", guard::line(question));
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
}

/// What is said before the command line is understood: help to stdout, what is wrong
/// with the command line to stderr.
pub fn usage(lines: &Lines, is_error: bool) {
    if is_error {
        write(std::io::stderr(), ColorChoice::Auto, lines);
    } else {
        write(std::io::stdout(), ColorChoice::Auto, lines);
    }
}

/// A reader that went away (a closed pipe) is no failure of the work.
fn write(stream: impl RawStream + AsLockedWrite, color: ColorChoice, lines: &Lines) {
    let text: String = lines.guarded().map(|line| line + "\n").collect();
    let _ = AutoStream::new(stream, color).write_all(text.as_bytes());
}

/// A line of JSON to stdout.
fn write_json(value: &Value) {
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{}", guard::json(&value.to_string()));
}

/// Where the log is written to: stderr, each event a line whatever it holds.
#[derive(Debug, Clone, Copy)]
pub struct Log;

impl Write for Log {
    // An event comes whole, with the line's end after it.
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        write(std::io::stderr(), ColorChoice::Auto, &Lines::from(line));
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
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
