//! `plan`: what `up` would change.

use std::collections::BTreeSet;

use super::Outcome;
use super::arguments::{Global, Plan};
use super::error::{CommandError, Kind};
use super::{code, session, solutions};
use crate::artifact::Target;
use crate::engine::diff::Allowances;
use crate::engine::drift;
use crate::engine::prepare;
use crate::manifest::parameters::Missing;
use crate::ui::{Ui, render};

/// Exit code of `--detailed-exitcode` when something would change.
const PENDING: u8 = 2;

pub(super) async fn run(ui: &Ui, global: &Global, command: &Plan) -> Outcome {
    let manifest = solutions::manifest(global)?;
    let mut desired = solutions::desired(&manifest, &command.selection, Missing::Refused)?;
    let target = if global.local {
        Target::Local
    } else {
        Target::Aws
    };
    for solution in &mut desired {
        code::attach(ui, &manifest, solution, target).await?;
    }
    let session = session::open(ui, global, &manifest, None).await?;
    let mut plans = Vec::new();
    let mut reserved = BTreeSet::new();
    for one in desired {
        let for_error = one.clone();
        let prepared = prepare::prepare(
            session.site(),
            one,
            Allowances {
                claim_numbers: command.claim_numbers,
            },
            &reserved,
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
        plans.push(prepared.plan);
    }
    session.close().await;
    if let Some(file) = &command.out {
        let text = serde_json::to_vec_pretty(&plans)
            .map_err(|error| CommandError::new(Kind::Failed, error.to_string()))?;
        std::fs::write(file, text).map_err(|error| {
            CommandError::new(
                Kind::Failed,
                format!("{} cannot be written: {error}", file.display()),
            )
        })?;
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
