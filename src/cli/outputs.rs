//! `outputs`: what a deployment gives.

use local_aws::Access;

use super::Outcome;
use super::arguments::{Global, Outputs};
use super::{session, solutions};
use crate::engine::observe::observe;
use crate::engine::outputs::Outputs as Given;
use crate::engine::values::Values;
use crate::manifest::parameters::Missing;
use crate::ui::{Ui, env_file, foreign, render};

pub(super) async fn run(ui: &Ui, global: &Global, command: &Outputs) -> Outcome {
    let manifest = solutions::manifest(global)?;
    let mut desired = solutions::desired(&manifest, &command.selection, Missing::Tolerated)?;
    let session = session::open(ui, global, &manifest, None, Access::Look).await?;
    session.claim(&mut desired);
    let mut all = Vec::new();
    for one in &desired {
        let observed = observe(&session.ports, &session.identity, &session.instance, one).await?;
        all.push(Given::new(one, &Values::new(one, &observed)));
    }
    session.close().await;
    if let Some(reader) = command.env_file {
        // All or nothing: half a file would be taken for a whole one.
        ui.raw(&env_file::lines(&all, reader.reader())?);
        return Ok(0);
    }
    for outputs in &all {
        ui.record("outputs", outputs);
        if outputs.is_empty() {
            let solution = foreign::line(&outputs.solution);
            ui.note(&format!("{solution}: nothing is deployed."));
        } else {
            ui.data(&render::outputs(outputs));
        }
    }
    Ok(0)
}
