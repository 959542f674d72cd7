//! `down`: undo a deployment, keep what holds data.

use local_aws::Access;

use super::Outcome;
use super::arguments::{Down, Global};
use super::error::{CommandError, Kind};
use super::session::{self, Session};
use super::solutions;
use crate::engine::desired::Desired;
use crate::engine::destroy::{self, Scope, Undoing};
use crate::engine::drift;
use crate::engine::observe::{Purpose, observe, observe_data};
use crate::manifest::Manifest;
use crate::manifest::parameters::Missing;
use crate::ui::lines::Lines;
use crate::ui::{Ui, foreign, render};

pub(super) async fn run(ui: &Ui, global: &Global, command: &Down) -> Outcome {
    let manifest = solutions::manifest(global)?;
    check_protection(&manifest, &command.selection.environment.env)?;
    let mut desired = solutions::desired(&manifest, &command.selection, Missing::Tolerated)?;
    let session = session::open(ui, global, &manifest, None, Access::Full).await?;
    session.claim(&mut desired);
    let outcome = undo(ui, &session, command, desired).await;
    session.close().await;
    outcome
}

fn check_protection(manifest: &Manifest, environment: &str) -> Result<(), CommandError> {
    let protected = manifest
        .document
        .environments
        .get(environment)
        .is_some_and(|environment| environment.protect);
    if !protected {
        return Ok(());
    }
    Err(CommandError::new(
        Kind::Refused,
        format!("the environment {environment} is protected"),
    )
    .hint("`protect: true` in the manifest says so; take it out to undo the deployment"))
}

async fn undo(ui: &Ui, session: &Session, command: &Down, desired: Vec<Desired>) -> Outcome {
    let scope = Scope {
        delete_data: command.delete_data,
        release_numbers: command.release_numbers,
    };
    let mut all: Vec<Undoing> = Vec::new();
    // The last deployed goes first.
    for one in desired.into_iter().rev() {
        ui.reporter()
            .busy(&format!("reading what is there of {}", one.solution));
        let mut observed =
            observe(&session.ports, &session.identity, &session.instance, &one).await?;
        observe_data(&session.ports, &one, &mut observed, Purpose::Undo).await?;
        all.push(destroy::plan(&session.ports, one, observed, session.target(), scope).await?);
    }
    ui.settle();
    for undoing in &all {
        ui.record("plan", &undoing.plan);
        ui.note(&if undoing.plan.is_empty() {
            let solution = foreign::line(&undoing.plan.solution);
            let mut note = Lines::from(format!("{solution}: nothing is deployed."));
            // What stays because it is not ours.
            for change in &undoing.plan.changes {
                note.push(foreign::line(format!(
                    "  {} ({}): {}",
                    change.resource,
                    change.physical,
                    change.details.join(", ")
                )));
            }
            note
        } else {
            let mut note = render::plan(&undoing.plan);
            note.push("");
            note
        });
    }
    approve(ui, session, command, &all).await?;
    for undoing in all.iter().filter(|undoing| !undoing.plan.is_empty()) {
        destroy::destroy(&session.ports, undoing, ui.reporter()).await?;
        ui.settle();
        ui.note("");
        ui.note(&format!(
            "{} is down.",
            foreign::line(&undoing.plan.solution)
        ));
    }
    Ok(0)
}

async fn approve(
    ui: &Ui,
    session: &Session,
    command: &Down,
    all: &[Undoing],
) -> Result<(), CommandError> {
    let pending = || all.iter().flat_map(|undoing| undoing.plan.pending());
    if !command.overwrite_drift {
        drift::check(pending())?;
    }
    let destroys = command.delete_data
        || command.release_numbers
        || pending().any(|change| !change.irreversible.is_empty());
    let nothing = all.iter().all(|undoing| undoing.plan.is_empty());
    if nothing || command.yes || (session.local.is_some() && !destroys) {
        return Ok(());
    }
    match ui.confirm("Undo?").await {
        Ok(true) => Ok(()),
        Ok(false) => Err(CommandError::new(Kind::Refused, "nothing was undone")),
        Err(no_terminal) => Err(CommandError::new(Kind::Refused, no_terminal.to_string())
            .hint("--yes undoes without asking")),
    }
}
