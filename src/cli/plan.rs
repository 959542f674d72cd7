//! `plan`: what `up` would change.

use std::collections::BTreeSet;
use std::path::Path;

use local_aws::Access;

use super::Outcome;
use super::arguments::{Global, Plan};
use super::error::{CommandError, Kind};
use super::{code, lookups, named_numbers, session, solutions};
use crate::artifact::Target;
use crate::engine::diff::Allowances;
use crate::engine::drift;
use crate::engine::prepare::{self, Prepared};
use crate::manifest::parameters::Missing;
use crate::ui::foreign;
use crate::ui::style::{CARE, paint};
use crate::ui::{Ui, render};

/// Exit code of `--detailed-exitcode` when something would change.
const PENDING: u8 = 2;

/// As any other file: a plan holds no secrets.
const PLAN_MODE: u32 = 0o644;

pub(super) async fn run(ui: &Ui, global: &Global, command: &Plan) -> Outcome {
    let manifest = solutions::manifest(global)?;
    let mut desired = solutions::desired(&manifest, &command.selection, Missing::Refused)?;
    let target = if global.local {
        Target::Local
    } else {
        Target::Aws
    };
    if let Some(file) = &command.out {
        check_out(file)?;
    }
    // As `up` does: AWS is asked first, before a build of minutes finds out that there are no
    // credentials, and the embedded AWS is held as short as can be.
    if global.local {
        code::attach(ui, global, &manifest, &mut desired, target).await?;
    }
    let session = session::open(ui, global, &manifest, None, Access::Look).await?;
    check_unfinished(&session)?;
    if !global.local {
        code::attach(ui, global, &manifest, &mut desired, target).await?;
    }
    let mut plans = Vec::new();
    let mut reserved = BTreeSet::new();
    let names = lookups::names(&session, &desired).await?;
    named_numbers::check(ui, &session, &desired).await?;
    for one in desired {
        let for_error = one.clone();
        let prepared = prepare::prepare(
            session.site(),
            one,
            Allowances {
                claim_numbers: command.claim_numbers,
            },
            &reserved,
            &names,
            ui.reporter(),
        )
        .await
        .map_err(|error| CommandError::engine(&error, Some(&for_error)))?;
        reserved.extend(prepared.numbers());
        // A plan alone leaves nothing behind.
        prepare::discard(&session.ports, &prepared).await?;
        ui.settle();
        ui.record("plan", &prepared.plan);
        ui.data(&render::plan(&prepared.plan));
        tell_beside(ui, &prepared);
        plans.push(prepared.plan);
    }
    session.close().await;
    if let Some(file) = &command.out {
        let text = serde_json::to_vec_pretty(&plans)
            .map_err(|error| CommandError::new(Kind::Failed, error.to_string()))?;
        check_out(file)?;
        safe_files::replace(file, &text, PLAN_MODE).map_err(|error| unwritable(file, &error))?;
        ui.note(&format!("kept in {}", file.display()));
    }
    let pending = plans.iter().any(|plan| !plan.is_empty());
    // As `up` would refuse it.
    Ok(if plans.iter().any(drift::is_in) {
        Kind::Drift.exit_code()
    } else if pending && command.detailed_exitcode {
        PENDING
    } else {
        0
    })
}

/// Tells what an apply may run into that the plan does not say.
pub(super) fn tell_beside(ui: &Ui, prepared: &Prepared) {
    if let Some(quota) = &prepared.flow_quota {
        ui.record("flow-quota", quota);
        ui.note(&paint(CARE, format!("  {quota}")));
    }
    for returned in &prepared.returned {
        ui.record("default", returned);
        ui.note(&paint(CARE, format!("  {}", foreign::line(returned))));
    }
}

/// A plan goes where nothing is, or a plan: whatever else is there stays. Found out before
/// the plan is made.
fn check_out(file: &Path) -> Result<(), CommandError> {
    let refused = |reason: &str| {
        CommandError::new(
            Kind::Refused,
            format!("{} is {reason} and is not overwritten", file.display()),
        )
        .hint("give --out the name of a new file")
    };
    match std::fs::symlink_metadata(file) {
        Ok(metadata) if !metadata.is_file() => {
            let kind = safe_files::Kind::of(metadata.file_type()).to_string();
            return Err(refused(&kind));
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return check_folder(file),
        Err(error) => return Err(unwritable(file, &error)),
    }
    let text = safe_files::read_regular(file).map_err(|error| unwritable(file, &error))?;
    // As `mktemp` makes one.
    if text.is_empty() || serde_json::from_slice::<Vec<Header>>(&text).is_ok() {
        Ok(())
    } else {
        Err(refused("no plan"))
    }
}

/// What every plan has, of whatever version.
#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "that they are there is all that is asked")]
struct Header {
    format: u32,
    solution: String,
    environment: String,
    changes: Vec<serde_json::Value>,
}

fn check_folder(file: &Path) -> Result<(), CommandError> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match folder.map(std::fs::metadata) {
        None => Ok(()),
        Some(Ok(metadata)) if metadata.is_dir() => Ok(()),
        Some(Ok(_)) => Err(unwritable(file, &std::io::ErrorKind::NotADirectory.into())),
        Some(Err(error)) => Err(unwritable(file, &error)),
    }
}

fn unwritable(file: &Path, error: &std::io::Error) -> CommandError {
    CommandError::new(
        Kind::Failed,
        format!("{} cannot be written: {error}", file.display()),
    )
}

/// Work that was cut off does not go on for who only looks: a plan would wait for ever.
fn check_unfinished(session: &session::Session) -> Result<(), CommandError> {
    let unfinished = session
        .local
        .as_ref()
        .map(super::embedded::Embedded::unfinished)
        .unwrap_or_default();
    if unfinished.is_empty() {
        return Ok(());
    }
    Err(CommandError::new(
        Kind::Failed,
        format!(
            "an earlier run was cut off while it changed {}",
            unfinished.join(", ")
        ),
    )
    .hint("`up --local` goes on with it"))
}
