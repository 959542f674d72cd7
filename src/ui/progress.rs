//! What happens during an apply: a line per running resource on a terminal,
//! plain lines elsewhere, JSON for programs.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anstream::ColorChoice;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::foreign;
use super::guard;
use super::render;
use super::style::{BAD, CARE, DIM, GOOD, paint};
use crate::engine::events::{Event, Reporter};
use crate::engine::plan::{Action, ResourceId, ResourceKind};
use crate::engine::ports::Progress;

/// How running work is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Spinners, replaced by a line when done.
    Terminal,
    /// A line when something begins, is noted, or ends.
    Plain,
    /// A JSON line per event, on stdout.
    Json,
    /// Nothing.
    Quiet,
}

/// The display of running work.
pub struct Display {
    style: Style,
    color: ColorChoice,
    bars: MultiProgress,
    running: Mutex<BTreeMap<ResourceId, ProgressBar>>,
    busy: Mutex<Option<ProgressBar>>,
}

impl Display {
    /// A display with nothing on it.
    pub fn new(style: Style, color: ColorChoice) -> Self {
        Self {
            style,
            color,
            bars: MultiProgress::new(),
            running: Mutex::new(BTreeMap::new()),
            busy: Mutex::new(None),
        }
    }

    /// Writes something of its own while the spinners stand aside.
    pub fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        match self.style {
            Style::Terminal => self.bars.suspend(write),
            _ => write(),
        }
    }

    /// Shows what is being done before there are resources to show, e.g. `reading AWS`;
    /// replaces what was shown.
    pub fn busy(&self, what: &str) {
        if self.style != Style::Terminal {
            return;
        }
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = busy.get_or_insert_with(|| self.spinner());
        bar.set_message(foreign::line(what));
    }

    /// Takes all spinners away.
    pub fn clear(&self) {
        if let Some(bar) = self
            .busy
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            bar.finish_and_clear();
        }
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, bar) in std::mem::take(&mut *running) {
            bar.finish_and_clear();
        }
    }

    fn spinner(&self) -> ProgressBar {
        let bar = self.bars.add(ProgressBar::new_spinner());
        // The template is fixed; were it wrong, indicatif's own would do.
        if let Ok(style) = ProgressStyle::with_template("  {spinner:.cyan} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    fn line(&self, text: &str) {
        self.suspend(|| super::write(std::io::stderr(), self.color, &text.into()));
    }

    fn started(&self, resource: &ResourceId, action: Action) {
        let doing = doing(action);
        match self.style {
            Style::Terminal => {
                let bar = self.spinner();
                bar.set_message(message(resource, doing));
                self.running
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(resource.clone(), bar);
            }
            Style::Plain => self.line(&format!("  {}: {doing}", name(resource))),
            Style::Json | Style::Quiet => {}
        }
    }

    fn progress(&self, resource: &ResourceId, note: &str) {
        match self.style {
            Style::Terminal => {
                let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(bar) = running.get(resource) {
                    bar.set_message(message(resource, note));
                }
            }
            // A log of a pipeline wants what is done, not that it began.
            Style::Plain if note.ends_with("_IN_PROGRESS") => {}
            Style::Plain => self.line(&format!("  {}: {}", name(resource), foreign::line(note))),
            Style::Json | Style::Quiet => {}
        }
    }

    fn ended(&self, resource: &ResourceId, line: &str) {
        let bar = self
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(resource);
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        if matches!(self.style, Style::Terminal | Style::Plain) {
            self.line(line);
        }
    }
}

fn name(resource: &ResourceId) -> String {
    foreign::line(resource)
}

/// A running resource's line on a terminal.
fn message(resource: &ResourceId, note: &str) -> String {
    guard::line(&format!("{} {}", name(resource), paint(DIM, note)))
}

fn doing(action: Action) -> &'static str {
    match action {
        Action::Keep => "keeping",
        Action::Create => "creating",
        Action::Update => "updating",
        Action::Delete => "deleting",
    }
}

fn done(action: Action) -> &'static str {
    match action {
        Action::Keep => "kept",
        Action::Create => "created",
        Action::Update => "updated",
        Action::Delete => "deleted",
    }
}

impl Reporter for Display {
    fn event(&self, event: &Event) {
        if self.style == Style::Json {
            super::write_json(&super::tagged("event", event));
            return;
        }
        match event {
            Event::Started { resource, action } => self.started(resource, *action),
            Event::Progress { resource, note } => self.progress(resource, note),
            Event::Finished {
                resource,
                action,
                outcome,
                seconds,
            } => {
                let done = match (resource.kind, action) {
                    (ResourceKind::PhoneNumber, Action::Create | Action::Update) => "bound",
                    (ResourceKind::PhoneNumber, Action::Delete) => "unbound",
                    (ResourceKind::Object, _) => "uploaded",
                    (ResourceKind::Seed, _) => "planted",
                    (ResourceKind::Access, Action::Create | Action::Update) => "given",
                    (ResourceKind::Access, Action::Delete) => "taken away",
                    _ => done(*action),
                };
                let mut line = format!("  {} {} {done}", paint(GOOD, "✓"), name(resource));
                let mut rest = render::seconds(*seconds);
                if !outcome.is_empty() {
                    rest = format!("{outcome}, {rest}");
                }
                line.push_str(&paint(DIM, format!("  {rest}")));
                self.ended(resource, &line);
            }
            Event::Failed { resource, .. } => {
                let line = format!("  {} {} failed", paint(BAD, "✗"), name(resource));
                self.ended(resource, &line);
            }
            Event::Warned { resource, text } => {
                if self.style != Style::Quiet {
                    let warning = paint(CARE, "warning:");
                    let text = foreign::line(text);
                    self.line(&format!("{warning} {}: {text}", name(resource)));
                }
            }
            Event::Kept { what, .. } => {
                if self.style != Style::Quiet {
                    self.line(&paint(DIM, format!("    kept: {what}")));
                }
            }
        }
    }
}

impl Progress for Display {
    fn note(&self, line: &str) {
        match self.style {
            Style::Terminal => self.busy(line),
            Style::Plain => self.line(&format!("  {}", foreign::line(line))),
            Style::Json | Style::Quiet => {}
        }
    }
}
