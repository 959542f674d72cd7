//! `status`: what is deployed, and where it drifted.

use serde::Serialize;

use local_aws::Access;

use super::Outcome;
use super::arguments::{Global, Status};
use super::error::Kind;
use super::{session, solutions};
use crate::engine::desired::Desired;
use crate::engine::diff::choose;
use crate::engine::drift;
use crate::engine::observe::{Observed, observe, observe_data};
use crate::engine::plan::{ResourceId, ResourceKind};
use crate::engine::values::LIVE;
use crate::manifest::parameters::Missing;
use crate::ui::lines::Lines;
use crate::ui::style::{CARE, DIM, GOOD, STRONG, paint};
use crate::ui::{Ui, foreign};

/// One resource as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Row {
    kind: &'static str,
    name: String,
    physical: String,
    /// In the service's words where it has some.
    state: String,
    /// Whether it is what the last deployment made it.
    ok: bool,
    /// Whether somebody else changed it since.
    drifted: bool,
}

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
        observe_data(&session.ports, one, &mut observed).await?;
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
        ui.data(&render(one, &rows));
    }
    session.close().await;
    Ok(if drifted { Kind::Drift.exit_code() } else { 0 })
}

fn rows(desired: &Desired, observed: &Observed) -> Vec<Row> {
    let absent = |kind, name: &str, physical: &str| Row {
        kind,
        name: name.to_owned(),
        physical: physical.to_owned(),
        state: "not deployed".to_owned(),
        ok: false,
        drifted: false,
    };
    let mut rows = Vec::new();
    for (name, stack) in &desired.stacks {
        let row = absent("stack", name, &stack.physical);
        rows.push(match observed.stacks.get(name) {
            Some(there) => Row {
                state: there.status.clone(),
                ok: there.status.ends_with("_COMPLETE") && !there.status.contains("ROLLBACK"),
                ..row
            },
            None => row,
        });
    }
    for (name, object) in &desired.objects {
        let place = format!("s3://{}/{}", object.bucket, object.key);
        let row = absent("object", name, &place);
        let Some(seen) = observed.objects.get(name) else {
            rows.push(row);
            continue;
        };
        let row = Row {
            physical: format!("s3://{}/{}", seen.bucket, seen.key),
            ..row
        };
        rows.push(match &seen.object {
            Some(there) => {
                let resource = ResourceId::new(ResourceKind::Object, name);
                let drifted = !drift::of(desired, observed, &resource).is_empty();
                Row {
                    state: if drifted {
                        "replaced in its bucket".to_owned()
                    } else {
                        format!("{} bytes", there.size)
                    },
                    ok: !drifted,
                    drifted,
                    ..row
                }
            }
            None => row,
        });
    }
    for (name, seed) in &desired.seeds {
        let row = absent("seed", name, &seed.table.to_string());
        rows.push(match observed.seeds.get(name) {
            Some(there) => {
                let all = seed.items.len();
                let (state, ok) = match &there.present {
                    Ok(present) => {
                        let present = present.iter().filter(|present| **present).count();
                        (format!("{present} of {all} there"), present == all)
                    }
                    Err(problem) => (format!("item {}: {problem}", problem.item + 1), false),
                };
                Row {
                    physical: there.table.clone(),
                    state,
                    ok,
                    ..row
                }
            }
            None => row,
        });
    }
    for (name, function) in &desired.functions {
        let row = absent("function", name, &function.physical);
        rows.push(match observed.functions.get(name) {
            Some(there) => {
                let alias = format!("{}:{LIVE}", there.arn);
                let reachable = !function.connect || observed.associated.contains(&alias);
                let live = match &there.live_version {
                    Some(version) => format!("version {version} is {LIVE}"),
                    None => format!("has no alias {LIVE}"),
                };
                let access = if reachable { "" } else { ", not associated" };
                let mut state = format!("{live}{access}");
                let findings = drift::of_function(observed, name);
                for finding in &findings {
                    state.push_str(&format!(", {finding}"));
                }
                let drifted = !findings.is_empty();
                Row {
                    state,
                    ok: there.live_version.is_some() && reachable && !drifted,
                    drifted,
                    ..row
                }
            }
            None => row,
        });
    }
    for (name, flow) in &desired.flows {
        let row = absent("flow", name, &flow.physical);
        rows.push(match observed.flows.get(name) {
            Some(there) => {
                let resource = ResourceId::new(ResourceKind::Flow, name);
                let edited = !drift::of(desired, observed, &resource).is_empty();
                Row {
                    state: if edited {
                        "edited on the instance".to_owned()
                    } else {
                        there.status.to_lowercase()
                    },
                    ok: !edited,
                    drifted: edited,
                    ..row
                }
            }
            None => row,
        });
    }
    for (name, number) in &desired.phone_numbers {
        let flow = observed.flows.get(&number.flow);
        let bound = choose(desired, observed, name).filter(|there| {
            there.flow_id.is_some() && there.flow_id.as_ref() == flow.map(|flow| &flow.id)
        });
        rows.push(match bound {
            Some(there) => Row {
                state: format!("rings {}", number.flow),
                ok: true,
                ..absent("number", name, &there.number)
            },
            None => Row {
                state: "not bound".to_owned(),
                ..absent("number", name, "none")
            },
        });
    }
    rows
}

fn render(desired: &Desired, rows: &[Row]) -> Lines {
    let mut lines = Lines::from(format!(
        "{} ({})",
        paint(STRONG, &desired.solution),
        foreign::line(&desired.environment)
    ));
    let width = |text: fn(&Row) -> usize| rows.iter().map(text).max().unwrap_or(0);
    let (kinds, names, physicals) = (
        width(|row| row.kind.len()),
        width(|row| foreign::line(&row.name).chars().count()),
        width(|row| foreign::line(&row.physical).chars().count()),
    );
    for row in rows {
        let (sign, style) = match (row.ok, row.drifted) {
            (true, _) => ("✓", GOOD),
            (false, true) => ("≠", CARE),
            (false, false) => ("·", DIM),
        };
        lines.push(format!(
            "  {} {:kinds$}  {:names$}  {:physicals$}  {}",
            paint(style, sign),
            row.kind,
            foreign::line(&row.name),
            foreign::line(&row.physical),
            paint(style, &row.state)
        ));
    }
    lines
}
