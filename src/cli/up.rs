//! `up`: plan, show, ask, apply.

use std::collections::BTreeSet;
use std::path::Path;

use local_aws::Access;

use super::Outcome;
use super::arguments::{Global, Up};
use super::embedded::Embedded;
use super::error::{CommandError, Kind};
use super::session::{self, Create, Session};
use super::{code, lookups, named_numbers, solutions};
use crate::artifact::Target;
use crate::engine::apply::apply;
use crate::engine::compare::differences;
use crate::engine::desired::Desired;
use crate::engine::diff::Allowances;
use crate::engine::outputs::Outputs;
use crate::engine::plan::Plan;
use crate::engine::prepare::{self, Permits, Prepared};
use crate::engine::values::Values;
use crate::manifest::Manifest;
use crate::manifest::parameters::Missing;
use crate::ui::lines::Lines;
use crate::ui::style::{DIM, GOOD, paint};
use crate::ui::{Ui, foreign, render};

pub(super) async fn run(ui: &Ui, global: &Global, command: &Up) -> Outcome {
    let manifest = solutions::manifest(global)?;
    let mut desired = solutions::desired(&manifest, &command.selection, Missing::Refused)?;
    let target = if global.local {
        Target::Local
    } else {
        Target::Aws
    };
    // The embedded AWS is held as short as can be; AWS is asked first, before a
    // build of minutes finds out that there are no credentials.
    if global.local {
        code::attach(ui, global, &manifest, &mut desired, target).await?;
    }
    let create = command.create_instance.then_some(if command.yes {
        Create::Unasked
    } else {
        Create::Ask
    });
    let session = session::open(ui, global, &manifest, create, Access::Full).await?;
    if !global.local {
        code::attach(ui, global, &manifest, &mut desired, target).await?;
    }
    let outcome = deploy(ui, &manifest, &session, global, command, desired).await;
    tell_time(ui, &session);
    session.close().await;
    outcome
}

async fn deploy(
    ui: &Ui,
    manifest: &Manifest,
    session: &Session,
    global: &Global,
    command: &Up,
    desired: Vec<Desired>,
) -> Outcome {
    let permits = Permits {
        overwrite_drift: command.overwrite_drift,
        replace: command.replace.clone(),
    };
    let allowances = Allowances {
        claim_numbers: command.claim_numbers,
    };
    let mut prepared = prepare_all(ui, session, desired, allowances).await?;
    let outcome = approve(ui, session, command, &prepared, &permits).await;
    match outcome {
        Ok(Approval::NothingToDo | Approval::Given) => {}
        Ok(Approval::Asked) => {
            // Time has passed while somebody read the plan.
            let again: Vec<Desired> = prepared.iter().map(|one| one.desired.clone()).collect();
            let before: Vec<Plan> = prepared.iter().map(|one| one.plan.clone()).collect();
            discard_all(session, &prepared).await?;
            prepared = prepare_all(ui, session, again, allowances).await?;
            let now: Vec<&Plan> = prepared.iter().map(|one| &one.plan).collect();
            if before.iter().collect::<Vec<_>>() != now {
                let superseded =
                    CommandError::from(crate::engine::error::EngineError::Superseded {
                        reason: "something changed while you looked at it".to_owned(),
                    });
                let error = differences(&before, &now)
                    .into_iter()
                    .fold(superseded, CommandError::because);
                discard_all(session, &prepared).await?;
                return Err(error);
            }
        }
        Err(error) => {
            discard_all(session, &prepared).await?;
            return Err(error);
        }
    }
    for (index, one) in prepared.iter().enumerate() {
        let values = if one.plan.is_empty() {
            Values::new(&one.desired, &one.observed)
        } else {
            match apply(&session.ports, one, &permits, ui.reporter()).await {
                Ok(values) => values,
                Err(error) => {
                    forget_all(session, &prepared[index..]).await;
                    return Err(CommandError::engine(&error, Some(&one.desired)));
                }
            }
        };
        ui.settle();
        tell_outputs(
            ui,
            manifest,
            session,
            &Outputs::new(&one.desired, &values),
            global,
            command,
        );
    }
    Ok(0)
}

/// How long it would have taken in the time that was virtual.
fn tell_time(ui: &Ui, session: &Session) {
    if let Some(passed) = session.passed() {
        let seconds = passed.as_secs();
        ui.record("time", &Passed { seconds });
        let line = format!("  {} min {} s of virtual time", seconds / 60, seconds % 60);
        ui.note(&paint(DIM, line));
    }
}

#[derive(serde::Serialize)]
struct Passed {
    seconds: u64,
}

async fn prepare_all(
    ui: &Ui,
    session: &Session,
    desired: Vec<Desired>,
    allowances: Allowances,
) -> Result<Vec<Prepared>, CommandError> {
    let mut all: Vec<Prepared> = Vec::new();
    let mut reserved = BTreeSet::new();
    let names = lookups::names(session, &desired).await?;
    named_numbers::check(ui, session, &desired).await?;
    for one in desired {
        ui.reporter()
            .busy(&format!("reading what is there of {}", one.solution));
        let for_error = one.clone();
        let prepared = prepare::prepare(
            session.site(),
            one,
            allowances,
            &reserved,
            &names,
            ui.reporter(),
        )
        .await;
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                forget_all(session, &all).await;
                return Err(CommandError::engine(&error, Some(&for_error)));
            }
        };
        reserved.extend(prepared.numbers());
        all.push(prepared);
    }
    ui.settle();
    Ok(all)
}

/// After a failure: what cannot be discarded is no news then.
async fn forget_all(session: &Session, prepared: &[Prepared]) {
    for one in prepared {
        let _ = prepare::discard(&session.ports, one).await;
    }
}

async fn discard_all(session: &Session, prepared: &[Prepared]) -> Result<(), CommandError> {
    for one in prepared {
        prepare::discard(&session.ports, one).await?;
    }
    Ok(())
}

enum Approval {
    NothingToDo,
    /// By a flag, a plan file, or because the target is local.
    Given,
    /// By somebody at the terminal.
    Asked,
}

async fn approve(
    ui: &Ui,
    session: &Session,
    command: &Up,
    prepared: &[Prepared],
    permits: &Permits,
) -> Result<Approval, CommandError> {
    for one in prepared {
        ui.record("plan", &one.plan);
        ui.note(&if one.plan.is_empty() {
            let solution = foreign::line(&one.plan.solution);
            let mut note = Lines::from(format!("{solution}: nothing to change."));
            for change in one
                .plan
                .changes
                .iter()
                .filter(|change| !change.details.is_empty())
            {
                note.push(format!(
                    "  {}: {}",
                    foreign::line(&change.resource),
                    foreign::line(change.details.join(", "))
                ));
            }
            note
        } else {
            let mut note = render::plan(&one.plan);
            note.push("");
            note
        });
        super::plan::tell_beside(ui, one);
    }
    let pending: Vec<_> = prepared.iter().flat_map(|one| one.plan.pending()).collect();
    prepare::check_all_permits(&pending, permits)?;
    if let Some(file) = &command.plan {
        check_plan_file(file, prepared)?;
        return Ok(Approval::Given);
    }
    if prepared.iter().all(|one| one.plan.is_empty()) {
        return Ok(Approval::NothingToDo);
    }
    let destroys = prepared
        .iter()
        .flat_map(|one| one.plan.pending())
        .any(|change| !change.irreversible.is_empty());
    if command.yes || (session.local.is_some() && !destroys) {
        return Ok(Approval::Given);
    }
    match ui.confirm("Apply?").await {
        Ok(true) => Ok(Approval::Asked),
        Ok(false) => Err(CommandError::new(Kind::Refused, "not applied")),
        Err(no_terminal) => Err(CommandError::new(Kind::Refused, no_terminal.to_string())
            .hint("--yes applies without asking; `plan` shows what would be done")),
    }
}

/// The plan must be the one that somebody looked at.
fn check_plan_file(file: &Path, prepared: &[Prepared]) -> Result<(), CommandError> {
    let wrong = |reason: String| {
        CommandError::new(Kind::InvalidInput, format!("{}: {reason}", file.display()))
    };
    let text = safe_files::read_regular(file)
        .map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let plans: Vec<Plan> = serde_json::from_slice(&text)
        .map_err(|error| wrong(format!("is no plan of this version: {error}")))?;
    let now: Vec<&Plan> = prepared.iter().map(|one| &one.plan).collect();
    if plans.iter().collect::<Vec<_>>() == now {
        return Ok(());
    }
    let superseded = CommandError::from(crate::engine::error::EngineError::Superseded {
        reason: format!(
            "what is there or what is wanted is not what it was when {} was made",
            file.display()
        ),
    });
    Err(differences(&plans, &now)
        .into_iter()
        .fold(superseded, CommandError::because))
}

fn tell_outputs(
    ui: &Ui,
    manifest: &Manifest,
    session: &Session,
    outputs: &Outputs,
    global: &Global,
    command: &Up,
) {
    ui.record("outputs", outputs);
    ui.note("");
    ui.data(&render::outputs(outputs));
    let is_own = session.local.as_ref().is_some_and(Embedded::is_own);
    if is_own && !outputs.urls().is_empty() {
        ui.note(&paint(
            DIM,
            "  (URLs of the embedded AWS answer while `vanity-deploy local` runs)",
        ));
    }
    let Some(number) = outputs.phone_numbers.values().next() else {
        return;
    };
    let target = if session.local.is_some() {
        match &global.local_dir {
            Some(dir) => format!("--local --local-dir {}", dir.display()),
            None => "--local".to_owned(),
        }
    } else {
        format!("--instance-arn {}", session.instance.arn)
    };
    let solution = if manifest.document.default.as_ref() == Some(&outputs.solution) {
        String::new()
    } else {
        format!(" --solution {}", outputs.solution)
    };
    let environment =
        if command.selection.environment.env == crate::manifest::names::DEFAULT_ENVIRONMENT {
            String::new()
        } else {
            format!(" --env {}", command.selection.environment.env)
        };
    ui.note("");
    ui.note(&format!(
        "{} {} answers. {}",
        paint(GOOD, "✓"),
        foreign::line(number),
        paint(
            DIM,
            format!("Try: vanity-deploy call {target}{solution}{environment} --from +18007246837")
        )
    ));
}
