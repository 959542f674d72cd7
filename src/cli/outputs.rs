//! `outputs`: what a deployment gives.

use super::Outcome;
use super::arguments::{Global, Outputs};
use super::{session, solutions};
use crate::engine::observe::observe;
use crate::engine::outputs::Outputs as Given;
use crate::engine::values::Values;
use crate::manifest::parameters::Missing;
use crate::ui::lines::Lines;
use crate::ui::{Ui, foreign, render};

pub(super) async fn run(ui: &Ui, global: &Global, command: &Outputs) -> Outcome {
    let manifest = solutions::manifest(global)?;
    let mut desired = solutions::desired(&manifest, &command.selection, Missing::Tolerated)?;
    let session = session::open(ui, global, &manifest, None).await?;
    session.claim(&mut desired);
    for one in &desired {
        let observed = observe(&session.ports, &session.identity, &session.instance, one).await?;
        let outputs = Given::new(one, &Values::new(one, &observed));
        ui.record("outputs", &outputs);
        if command.env_file {
            ui.raw(&Lines::of(&render::env_file(&outputs)));
        } else if outputs.is_empty() {
            let solution = foreign::line(&one.solution);
            ui.note(&format!("{solution}: nothing is deployed."));
        } else {
            ui.data(&render::outputs(&outputs));
        }
    }
    session.close().await;
    Ok(0)
}
