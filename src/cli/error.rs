//! Every error as the user sees it: what failed, on which resource, the
//! service's own words, what to do; and the table of exit codes.

mod access;
mod engine;

use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

pub(super) use engine::kind_of_failure;

use super::credentials;
use crate::artifact::ArtifactError;
use crate::aws::Setting;
use crate::engine::error::{EngineError, ServiceFailure};
use crate::manifest::{Faults, SourceError};
use crate::ui::Ui;
use crate::ui::env_file::EnvFileError;
use crate::ui::foreign;
use crate::ui::lines::Lines;
use crate::ui::snippet::{self, Place};
use crate::ui::style::{BAD, CARE, STRONG, paint};

/// What kind of error it is: the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Something failed.
    Failed,
    /// Refused: destructive, or not confirmed.
    Refused,
    /// No credentials, or none that AWS accepts.
    Credentials,
    /// Manifest, flow, template or policy is wrong.
    InvalidInput,
    /// Another deployment has it.
    Locked,
    /// Somebody changed it since it was deployed.
    Drift,
    /// The command line is wrong.
    Usage,
    /// Ctrl-C.
    Interrupted,
}

impl Kind {
    /// The exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Refused => 3,
            Self::Credentials => 4,
            Self::InvalidInput => 5,
            Self::Locked => 6,
            Self::Drift => 7,
            Self::Usage => 64,
            Self::Interrupted => 130,
        }
    }
}

/// An error of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandError {
    /// What kind.
    pub kind: Kind,
    /// What failed.
    pub message: String,
    /// The words of whoever refused.
    pub causes: Vec<String>,
    /// Places in files, each with what is wrong there.
    pub places: Vec<Spot>,
    /// What to do.
    pub hints: Vec<String>,
}

/// A place in a file and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    path: String,
    text: Arc<str>,
    span: Option<Range<usize>>,
    message: String,
    hint: Option<String>,
}

impl Spot {
    /// A place in a text.
    pub fn new(path: &str, text: &str, span: Range<usize>, message: String) -> Self {
        Self {
            path: path.to_owned(),
            text: text.into(),
            span: Some(span),
            message,
            hint: None,
        }
    }

    /// With what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Tells it as a warning: nothing ends by it.
    pub fn warn(&self, ui: &Ui) {
        ui.record("warning", &self.record());
        let mut lines = snippet::render_warning(&self.message, self.place());
        lines.extend(self.hint.as_deref().map(hint));
        ui.note(&lines);
    }

    fn place(&self) -> Place<'_> {
        Place {
            path: &self.path,
            text: &self.text,
            span: self.span.as_ref(),
        }
    }

    fn record(&self) -> PlaceRecord<'_> {
        let before = self
            .span
            .as_ref()
            .and_then(|span| self.text.get(..span.start));
        PlaceRecord {
            path: &self.path,
            line: before.map(|before| before.matches('\n').count() + 1),
            column: before
                .map(|before| before.rsplit('\n').next().unwrap_or("").chars().count() + 1),
            message: &self.message,
            hint: self.hint.as_deref(),
        }
    }
}

fn hint(hint: &str) -> String {
    format!("{} {}", paint(CARE, "hint:"), foreign::line(hint))
}

/// An error in JSON.
#[derive(Debug, Serialize)]
pub struct Record<'a> {
    kind: Kind,
    exit_code: u8,
    message: &'a str,
    causes: &'a [String],
    places: Vec<PlaceRecord<'a>>,
    hints: &'a [String],
}

#[derive(Debug, Serialize)]
struct PlaceRecord<'a> {
    path: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    message: &'a str,
    hint: Option<&'a str>,
}

impl CommandError {
    /// An error of a kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            causes: Vec::new(),
            places: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// With the words of whoever refused.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// With what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Ctrl-C.
    pub fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "interrupted")
            .hint("what was done stays; the same command goes on from there")
    }

    /// The same, explained by how AWS is reached.
    #[must_use]
    pub fn explained(mut self, failure: &ServiceFailure, setting: &Setting) -> Self {
        let hints = credentials::hints(failure.kind, Some(setting));
        if !hints.is_empty() {
            self.hints = hints;
        }
        self
    }

    /// As text for people.
    pub fn render(&self) -> Lines {
        let mut lines = Lines::new();
        for (index, spot) in self.places.iter().enumerate() {
            lines.extend(snippet::render(&spot.message, spot.place()));
            let next = self.places.get(index + 1);
            // What to do about several is said once, behind the last.
            if let Some(help) = &spot.hint
                && next.is_none_or(|next| next.hint.as_ref() != Some(help))
            {
                lines.push(hint(help));
            }
        }
        if self.places.is_empty() || !self.message.is_empty() {
            lines.push(format!(
                "{} {}",
                paint(BAD, "error:"),
                paint(STRONG, &self.message)
            ));
        }
        for cause in &self.causes {
            lines.extend(
                foreign::quoted(cause)
                    .into_iter()
                    .map(|line| format!("  {line}")),
            );
        }
        lines.extend(self.hints.iter().map(|one| match one.strip_prefix("  ") {
            // It goes on from the hint above.
            Some(more) => format!("      {}", foreign::line(more)),
            None => hint(one),
        }));
        lines
    }

    /// As a value for programs.
    pub fn record(&self) -> Record<'_> {
        Record {
            kind: self.kind,
            exit_code: self.kind.exit_code(),
            message: match self.places.first() {
                Some(first) if self.message.is_empty() => &first.message,
                _ => &self.message,
            },
            causes: &self.causes,
            places: self.places.iter().map(Spot::record).collect(),
            hints: &self.hints,
        }
    }
}

impl From<SourceError> for CommandError {
    fn from(error: SourceError) -> Self {
        Faults::from(error).into()
    }
}

/// So many faults are told at once; nobody reads more.
const MOST_REPORTED: usize = 100;

impl From<Faults> for CommandError {
    fn from(faults: Faults) -> Self {
        let mut this = Self::new(Kind::InvalidInput, "");
        let mut faults = faults.into_iter();
        let reported = faults.by_ref().take(MOST_REPORTED).map(|fault| Spot {
            path: fault.path.display().to_string(),
            text: fault.text,
            span: fault.span,
            message: fault.message,
            hint: fault.help,
        });
        this.places = reported.collect();
        match faults.count() {
            0 => this,
            more => this.hint(format!("{more} more things are wrong")),
        }
    }
}

impl From<EngineError> for CommandError {
    fn from(error: EngineError) -> Self {
        Self::engine(&error, None)
    }
}

impl From<ArtifactError> for CommandError {
    fn from(error: ArtifactError) -> Self {
        let kind = if error.is_invalid_input() {
            Kind::InvalidInput
        } else {
            Kind::Failed
        };
        let mut this = Self::new(kind, error.to_string());
        this.causes = error.words().map(ToOwned::to_owned).into_iter().collect();
        this.hints = error.hint().into_iter().collect();
        this
    }
}

impl From<EnvFileError> for CommandError {
    fn from(error: EnvFileError) -> Self {
        let hint = match &error {
            EnvFileError::Unfit { quotable: true, .. } => {
                "--env-file=shell quotes it for a shell; --env-file=literal leaves it as it is, \
                 for $GITHUB_ENV and docker alone"
            }
            EnvFileError::Unfit { .. } => "--json has every value",
            EnvFileError::SameName { .. } => {
                "rename one of them, or write a file for each solution; --json keeps them apart"
            }
        };
        Self::new(Kind::Failed, error.to_string()).hint(hint)
    }
}

impl From<local_aws::StartError> for CommandError {
    fn from(error: local_aws::StartError) -> Self {
        use local_aws::StartError;
        use local_aws::store::StoreError;
        let (kind, hint) = match &error {
            StartError::Store(StoreError::InUse { .. }) => (
                Kind::Locked,
                "stop it or wait until it is done, or use another --local-dir",
            ),
            StartError::Store(StoreError::Damaged { .. }) => (
                Kind::Failed,
                "nothing was changed; restore the folder, or delete it to begin anew",
            ),
            StartError::Store(StoreError::Released { .. }) => {
                (Kind::Failed, "start the embedded AWS again")
            }
            StartError::Store(StoreError::NotOurs { .. }) => (
                Kind::Refused,
                "delete it to begin anew, or use another --local-dir",
            ),
            StartError::Store(StoreError::OtherFormat { .. }) => (
                Kind::Failed,
                "nothing was changed; delete it to begin anew, or use another --local-dir",
            ),
            StartError::Store(StoreError::OtherRegion { .. }) => {
                (Kind::Failed, "give that --region, or another --local-dir")
            }
            StartError::Store(StoreError::Io { .. }) => {
                (Kind::Failed, "check the folder, or use another --local-dir")
            }
            StartError::Listen { .. } => (Kind::Failed, "give another --port"),
            StartError::Tables { .. } => (
                Kind::Failed,
                "nothing was changed; restore the folder, or delete it to begin anew",
            ),
        };
        Self::new(kind, error.to_string()).hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::error::{FailureKind, ServiceFailure};

    #[test]
    fn a_bucket_that_is_refused_may_be_anothers() {
        let hints = |service: &'static str| {
            let failure = ServiceFailure {
                service,
                operation: "PutObject",
                kind: FailureKind::AccessDenied,
                code: "AccessDenied".to_owned(),
                message: "Access Denied".to_owned(),
                problems: Vec::new(),
                request_id: None,
            };
            CommandError::from(EngineError::Request {
                doing: "uploading the object",
                failure: Box::new(failure),
            })
            .hints
            .concat()
        };
        assert!(hints("S3").contains("ExpectedBucketOwner"));
        assert!(!hints("Lambda").contains("ExpectedBucketOwner"));
    }
}
