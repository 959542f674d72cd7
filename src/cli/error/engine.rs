//! Errors of the engine: with the service's own words, at their places in the user's files.

use std::ops::Range;
use std::sync::Arc;

use super::super::credentials;
use super::{CommandError, Kind, Spot};
use crate::engine::desired::{Desired, Stack};
use crate::engine::error::{Drifted, EngineError, FailureKind, ServiceFailure};
use crate::engine::lookups::{self, Unknown};
use crate::engine::plan::{Action, Irreversible, ResourceId, ResourceKind};

impl CommandError {
    /// An error of the engine, with the places in flow files that a service's
    /// problems are about.
    pub fn engine(error: &EngineError, desired: Option<&Desired>) -> Self {
        let this = Self::of_engine(error, desired);
        match desired {
            Some(desired) => this.with_all_rights(error, desired),
            None => this,
        }
    }

    fn of_engine(error: &EngineError, desired: Option<&Desired>) -> Self {
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
                if resource.kind == ResourceKind::Stack
                    && let Some(desired) = desired
                    && let Some(stack) = desired.stacks.get(&resource.name)
                {
                    this.places = template_places(desired, stack, &failure.problems);
                }
                if resource.kind == ResourceKind::Stack && failure.kind == FailureKind::Invalid {
                    this.kind = Kind::InvalidInput;
                }
                this
            }
            EngineError::Request { failure, .. } => base(kind_of(failure)).with_failure(failure),
            EngineError::State { .. } => base(Kind::Failed),
            EngineError::Taken { .. } => base(Kind::Refused),
            EngineError::Circle(_) => base(Kind::InvalidInput),
            EngineError::Unresolved {
                resource,
                reference,
                ..
            } => {
                let mut this = base(Kind::InvalidInput);
                let place = desired.and_then(|desired| {
                    reference_place(desired, resource, reference, &this.message)
                });
                if let Some(place) = place {
                    this.places = vec![place];
                    this.message = String::new();
                }
                this
            }
            EngineError::Lookups(unknown) => {
                let of = |desired| unknown.iter().map(move |one| (desired, one.clone()));
                match desired {
                    Some(desired) => Self::lookups(&of(desired).collect::<Vec<_>>()),
                    None => base(Kind::InvalidInput),
                }
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
            EngineError::Drift(drifted) => {
                let mut this = base(Kind::Drift);
                this.causes = drift_causes(drifted);
                this.hint(drift_hint(drifted))
            }
        }
    }

    /// Refs of solutions to what the instance does not have, at their places. What stands in
    /// a file of two solutions is told once.
    pub fn lookups(unknown: &[(&Desired, Unknown)]) -> Self {
        let mut this = Self::new(Kind::InvalidInput, "");
        let places = unknown
            .iter()
            .map(|(desired, one)| lookup_place(desired, one));
        this.places = places.collect();
        let place = |spot: &Spot| (spot.path.clone(), spot.span.as_ref().map(|span| span.start));
        this.places.sort_by_key(place);
        this.places.dedup_by_key(|spot| place(spot));
        this
    }

    fn with_failure(mut self, failure: &ServiceFailure) -> Self {
        let mut cause = format!(
            "{} {}: {}",
            failure.service, failure.operation, failure.code
        );
        // The problems come one by one below: a flow has no other message.
        let is_said = failure.message.is_empty() || failure.message == failure.problems.join("; ");
        if !is_said {
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
            FailureKind::AccessDenied if failure.service == "S3" => {
                self.with_needed_right(failure).hint(
                    "or the bucket belongs to another account than the deployer's: that is \
                     refused (ExpectedBucketOwner), and there is no option yet that allows it",
                )
            }
            FailureKind::AccessDenied => self.with_needed_right(failure),
            FailureKind::Throttled => self.hint("AWS throttles; run the same command again"),
            FailureKind::Quota => self.hint(
                "a quota is reached: delete what is not needed, or ask for more in Service Quotas",
            ),
            _ => self,
        }
    }
}

/// What others did: of one resource each thing that its line does not say already, of
/// several everything.
fn drift_causes(drifted: &[Drifted]) -> Vec<String> {
    let is_alone = drifted.len() == 1;
    let words = |one: &Drifted| -> Vec<String> {
        let losses = one.losses.iter();
        if is_alone {
            let is_said = |loss: &&Irreversible| match loss {
                Irreversible::Overwrite { .. } => true,
                Irreversible::OverwriteObject { .. } => one.resource.kind == ResourceKind::Object,
                _ => false,
            };
            let others = losses.filter(|loss| !is_said(loss));
            others.map(ToString::to_string).collect()
        } else {
            losses
                .map(|loss| format!("{}: {loss}", one.resource))
                .collect()
        }
    };
    drifted.iter().flat_map(words).collect()
}

fn drift_hint(drifted: &[Drifted]) -> &'static str {
    let is_content = |loss: &Irreversible| {
        matches!(
            loss,
            Irreversible::Overwrite { .. } | Irreversible::OverwriteObject { .. }
        )
    };
    let mut losses = drifted.iter().flat_map(|one| &one.losses);
    if drifted.iter().all(|one| one.action == Action::Delete) {
        "--overwrite-drift goes on all the same, and that is lost"
    } else if losses.all(is_content) {
        "--overwrite-drift replaces the edit by what the manifest says"
    } else {
        "--overwrite-drift takes it back"
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
pub(in crate::cli) fn kind_of_failure(kind: FailureKind) -> Kind {
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

/// Each problem at its place in the stack's template.
fn template_places(desired: &Desired, stack: &Stack, problems: &[String]) -> Vec<Spot> {
    let Ok(tree) = crate::manifest::tree::read_yaml(&stack.template) else {
        return Vec::new();
    };
    let folder = desired.manifest.path.parent();
    let file = folder.map_or_else(|| stack.origin.clone().into(), |at| at.join(&stack.origin));
    problems
        .iter()
        .map(|problem| Spot {
            path: file.display().to_string(),
            text: stack.template.as_str().into(),
            span: crate::engine::template::problem::pointer(problem)
                .and_then(|pointer| tree.key_at(&pointer)),
            message: problem.clone(),
            hint: None,
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
    place_of_text(
        desired,
        &unknown.resource,
        unknown.at.clone(),
        unknown.to_string(),
    )
}

/// Where a ref of a resource stands, if it stands in one of its texts.
fn reference_place(
    desired: &Desired,
    resource: &ResourceId,
    reference: &str,
    message: &str,
) -> Option<Spot> {
    let (_, at) = lookups::texts(desired)
        .filter(|(id, _)| id == resource)
        .flat_map(|(_, text)| text.references())
        .find(|(one, _)| one.to_string() == reference)?;
    Some(place_of_text(desired, resource, at, message.to_owned()))
}

fn place_of_text(
    desired: &Desired,
    resource: &ResourceId,
    at: Range<usize>,
    message: String,
) -> Spot {
    let flow = (resource.kind == ResourceKind::Flow)
        .then(|| desired.flows.get(&resource.name))
        .flatten();
    let (path, text) = match flow {
        Some(flow) => (&flow.file, flow.source.as_str().into()),
        None => (&desired.manifest.path, Arc::clone(&desired.manifest.text)),
    };
    Spot {
        path: path.display().to_string(),
        text,
        span: Some(at),
        message,
        hint: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_early_validation_refuses_stands_at_its_line_of_the_template() {
        let template = "Resources:\n  Numbers:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      TableName: numbers\n";
        let stack = Stack {
            template: template.to_owned(),
            origin: "templates/storage.yaml".to_owned(),
            ..Stack::default()
        };
        let mut desired = Desired {
            stacks: std::iter::once(("storage".to_owned(), stack)).collect(),
            ..Desired::default()
        };
        desired.manifest.path = "app/vanity-deploy.yaml".into();
        let failure = ServiceFailure {
            service: "CloudFormation",
            operation: "CreateChangeSet",
            kind: FailureKind::Invalid,
            code: "FAILED".to_owned(),
            message: "The following hook(s)/validation failed: \
                [AWS::EarlyValidation::ResourceExistenceCheck]."
                .to_owned(),
            problems: vec![
                "Numbers: Resource of type 'AWS::DynamoDB::Table' with identifier 'numbers' \
                 already exists. (at /Resources/Numbers/Properties/TableName)"
                    .to_owned(),
                "Numbers: something else".to_owned(),
            ],
            request_id: None,
        };
        let error = EngineError::Service {
            resource: ResourceId::new(ResourceKind::Stack, "storage"),
            doing: "making a change set",
            failure: Box::new(failure),
        };
        let error = CommandError::engine(&error, Some(&desired));
        assert_eq!(error.kind, Kind::InvalidInput);
        let told: Vec<(&str, &str)> = error
            .places
            .iter()
            .map(|place| {
                let text = place.span.clone().map(|span| &place.text[span]);
                (place.path.as_str(), text.unwrap_or_default())
            })
            .collect();
        let file = "app/templates/storage.yaml";
        assert_eq!(told, [(file, "TableName"), (file, "Numbers")]);
        // What the change set itself says is told too.
        assert!(error.causes[0].contains("EarlyValidation"), "{error:?}");
    }
}
