//! `status`: what is deployed, and where it drifted.

use serde::Serialize;

use local_aws::Access;

use super::Outcome;
use super::arguments::{Global, Status};
use super::error::Kind;
use super::{session, solutions};
use crate::engine::observe::{Purpose, observe, observe_data};
use crate::engine::status::{Row, rows};
use crate::manifest::parameters::Missing;
use crate::ui::{Ui, render};

#[derive(Debug, Serialize)]
struct Report<'a> {
    solution: &'a str,
    environment: &'a str,
    resources: &'a [Row],
}

pub(super) async fn run(ui: &Ui, global: &Global, command: &Status) -> Outcome {
    let manifest = solutions::manifest(global)?;
    let mut desired = solutions::desired(&manifest, &command.selection, Missing::Tolerated)?;
    let session = session::open(ui, global, &manifest, None, Access::Look).await?;
    session.claim(&mut desired);
    let mut drifted = false;
    for one in &desired {
        let mut observed =
            observe(&session.ports, &session.identity, &session.instance, one).await?;
        observe_data(&session.ports, one, &mut observed, Purpose::Compare).await?;
        let rows = rows(one, &observed);
        drifted |= rows.iter().any(|row| row.drifted);
        ui.record(
            "status",
            &Report {
                solution: &one.solution,
                environment: &one.environment,
                resources: &rows,
            },
        );
        ui.data(&render::status(&one.solution, &one.environment, &rows));
    }
    session.close().await;
    Ok(if drifted { Kind::Drift.exit_code() } else { 0 })
}
