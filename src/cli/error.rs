//! Every error as the user sees it: what failed, on which resource, the
//! service's own words, what to do; and the table of exit codes.

use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use super::credentials;
use crate::artifact::ArtifactError;
use crate::aws::Setting;
use crate::engine::desired::Desired;
use crate::engine::error::{EngineError, FailureKind, ServiceFailure};
use crate::engine::lookups::Unknown;
use crate::engine::plan::ResourceKind;
use crate::manifest::{Faults, SourceError};
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
        let hint = |hint: &str| format!("{} {}", paint(CARE, "hint:"), foreign::line(hint));
        for (index, spot) in self.places.iter().enumerate() {
            let place = Place {
                path: &spot.path,
                text: &spot.text,
                span: spot.span.as_ref(),
            };
            lines.extend(snippet::render(&spot.message, place));
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
        lines.extend(self.hints.iter().map(|one| hint(one)));
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
            places: self
                .places
                .iter()
                .map(|spot| {
                    let before = spot
                        .span
                        .as_ref()
                        .and_then(|span| spot.text.get(..span.start));
                    PlaceRecord {
                        path: &spot.path,
                        line: before.map(|before| before.matches('\n').count() + 1),
                        column: before.map(|before| {
                            before.rsplit('\n').next().unwrap_or("").chars().count() + 1
                        }),
                        message: &spot.message,
                        hint: spot.hint.as_deref(),
                    }
                })
                .collect(),
            hints: &self.hints,
        }
    }

    /// An error of the engine, with the places in flow files that a service's
    /// problems are about.
    pub fn engine(error: &EngineError, desired: Option<&Desired>) -> Self {
        let base = |kind: Kind| Self::new(kind, error.to_string());
        match error {
            EngineError::Service {
                resource, failure, ..
            } => {
                let mut this = base(kind_of(failure)).with_failure(failure);
                if resource.kind == ResourceKind::Flow
                    && let Some(flow) =
                        desired.and_then(|desired| desired.flows.get(&resource.name))
                {
                    this.places = problem_places(flow, &failure.problems);
                }
                if resource.kind == ResourceKind::Stack && failure.kind == FailureKind::Invalid {
                    this.kind = Kind::InvalidInput;
                }
                this
            }
            EngineError::Request { failure, .. } => base(kind_of(failure)).with_failure(failure),
            EngineError::State { .. } => base(Kind::Failed),
            EngineError::Taken { .. } => base(Kind::Refused),
            EngineError::Circle(_) | EngineError::Unresolved { .. } => base(Kind::InvalidInput),
            EngineError::Lookups(unknown) => {
                let mut this = base(Kind::InvalidInput);
                if let Some(desired) = desired {
                    let places = unknown.iter().map(|one| lookup_place(desired, one));
                    this.places = places.collect();
                    let order = |spot: &Spot| spot.span.as_ref().map(|span| span.start);
                    this.places
                        .sort_by(|a, b| (&a.path, order(a)).cmp(&(&b.path, order(b))));
                    this.message = String::new();
                }
                this
            }
            EngineError::Item { resource, problem } => {
                let mut this = base(Kind::InvalidInput);
                if let Some(seed) = desired.and_then(|desired| desired.seeds.get(&resource.name)) {
                    this.places = vec![item_place(seed, resource, problem)];
                    this.message = String::new();
                }
                this
            }
            EngineError::Probe { answer, .. } => base(Kind::Failed)
                .because(answer.clone())
                .hint("the function answers its probe with an error: mend it and run `up` again"),
            EngineError::Superseded { .. } => {
                base(Kind::Refused).hint("make a new plan and look at it again")
            }
            EngineError::Refused { .. } => base(Kind::Refused),
            EngineError::Drift { findings, .. } => {
                let mut this = base(Kind::Drift);
                this.causes.clone_from(findings);
                this.hint(if findings.is_empty() {
                    "--overwrite-drift replaces the edit by what the manifest says"
                } else {
                    "--overwrite-drift takes it back"
                })
            }
        }
    }

    fn with_failure(mut self, failure: &ServiceFailure) -> Self {
        let mut cause = format!(
            "{} {}: {}",
            failure.service, failure.operation, failure.code
        );
        // The problems of a flow come one by one below.
        if !failure.message.is_empty() && failure.problems.is_empty() {
            cause.push_str(": ");
            cause.push_str(&failure.message);
        }
        self.causes.push(cause);
        self.causes.extend(
            failure
                .problems
                .iter()
                .map(|problem| format!("- {problem}")),
        );
        if let Some(id) = &failure.request_id {
            self.causes.push(format!("request id {id}"));
        }
        match failure.kind {
            FailureKind::Credentials(_) | FailureKind::Unreachable | FailureKind::Untrusted => {
                self.hints.extend(credentials::hints(failure.kind, None));
                self
            }
            FailureKind::AccessDenied if failure.service == "S3" => self.hint(
                "the deployer's role lacks this permission, or the bucket belongs to another \
                 account than the deployer's: that is refused (ExpectedBucketOwner), and there \
                 is no option yet that allows it",
            ),
            FailureKind::AccessDenied => self.hint("the deployer's role lacks this permission"),
            FailureKind::Throttled => self.hint("AWS throttles; run the same command again"),
            FailureKind::Quota => self.hint(
                "a quota is reached: delete what is not needed, or ask for more in Service Quotas",
            ),
            _ => self,
        }
    }
}

fn kind_of(failure: &ServiceFailure) -> Kind {
    if failure.problems.is_empty() {
        kind_of_failure(failure.kind)
    } else {
        Kind::InvalidInput
    }
}

/// The kind of a command's error for that of a failure.
pub(super) fn kind_of_failure(kind: FailureKind) -> Kind {
    match kind {
        FailureKind::Credentials(_) => Kind::Credentials,
        _ => Kind::Failed,
    }
}

/// Each problem at its place in the flow's file. The content sent has its
/// actions in the file's order, so the service's paths hold for the file.
fn problem_places(flow: &crate::engine::desired::Flow, problems: &[String]) -> Vec<Spot> {
    let Ok(document) = connect_flow::Document::parse(&flow.source) else {
        return Vec::new();
    };
    problems
        .iter()
        .map(|problem| {
            let span = connect_flow::Route::in_message(problem).map(|route| {
                let place = document.locate(&route);
                place.span.start..place.span.end
            });
            Spot {
                path: flow.file.display().to_string(),
                text: flow.source.as_str().into(),
                span,
                message: problem.clone(),
                hint: None,
            }
        })
        .collect()
}

/// An item that its table cannot hold, at its place.
fn item_place(
    seed: &crate::engine::desired::Seed,
    resource: &crate::engine::plan::ResourceId,
    problem: &crate::engine::item::BadItem,
) -> Spot {
    let item = seed.items.get(problem.item);
    let attribute = problem
        .attribute
        .as_ref()
        .and_then(|name| item?.places.get(name));
    Spot {
        path: seed.file.display().to_string(),
        text: seed.source.as_str().into(),
        span: attribute.or(item.map(|item| &item.span)).cloned(),
        message: format!("{resource}: {problem}"),
        hint: None,
    }
}

/// A ref to something that the instance does not have, at its place.
fn lookup_place(desired: &Desired, unknown: &Unknown) -> Spot {
    let flow = (unknown.resource.kind == ResourceKind::Flow)
        .then(|| desired.flows.get(&unknown.resource.name))
        .flatten();
    let (path, text) = match flow {
        Some(flow) => (&flow.file, flow.source.as_str().into()),
        None => (&desired.manifest.path, Arc::clone(&desired.manifest.text)),
    };
    Spot {
        path: path.display().to_string(),
        text,
        span: Some(unknown.at.clone()),
        message: unknown.to_string(),
        hint: None,
    }
}

impl From<SourceError> for CommandError {
    fn from(error: SourceError) -> Self {
        Faults::from(error).into()
    }
}

/// So many faults are told at once; nobody reads more.
const MOST_TOLD: usize = 100;

impl From<Faults> for CommandError {
    fn from(faults: Faults) -> Self {
        let mut this = Self::new(Kind::InvalidInput, "");
        let mut faults = faults.into_iter();
        let told = faults.by_ref().take(MOST_TOLD).map(|fault| Spot {
            path: fault.path.display().to_string(),
            text: fault.text,
            span: fault.span,
            message: fault.message,
            hint: fault.help,
        });
        this.places = told.collect();
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
