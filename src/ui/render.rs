//! Values as text for people. Pure; colours are escape codes that the door
//! strips where they are not wanted.

use super::style::{BAD, CARE, DIM, GOOD, STRONG, VOICE, paint};
use crate::engine::outputs::{Outputs, is_url};
use crate::engine::plan::{Action, Change, Irreversible, Plan};

/// A plan.
pub fn plan(plan: &Plan) -> String {
    let mut lines = vec![heading(plan), String::new()];
    let width = |text: fn(&Change) -> usize| plan.changes.iter().map(text).max().unwrap_or(0);
    let kind_width = width(|change| change.resource.kind.word().len());
    let name_width = width(|change| change.resource.name.chars().count());
    for change in &plan.changes {
        let (sign, style) = match change.action {
            Action::Keep => (" ", DIM),
            Action::Create => ("+", GOOD),
            Action::Update => ("~", CARE),
            Action::Delete => ("-", BAD),
        };
        let what = format!(
            "{sign} {:kind_width$}  {:name_width$}",
            change.resource.kind.word(),
            change.resource.name,
        );
        let mut line = format!("  {}", paint(style, what));
        if change.physical != change.resource.name {
            line.push_str(&format!("  {}", change.physical));
        }
        if !change.details.is_empty() {
            line.push_str(&paint(DIM, format!("  {}", change.details.join(", "))));
        }
        lines.push(line);
        if change.action == Action::Update {
            lines.extend(change.stack_changes.iter().map(stack_change));
        }
        for irreversible in &change.irreversible {
            lines.push(format!("      {}", paint(BAD, loss(irreversible))));
        }
    }
    lines.push(String::new());
    lines.push(summary(plan));
    lines.join("\n")
}

fn heading(plan: &Plan) -> String {
    let place = match plan.target.as_str() {
        "local" => "this machine".to_owned(),
        _ => format!("account {}", plan.account),
    };
    let environment = match plan.environment.as_str() {
        "default" => String::new(),
        other => format!(" ({other})"),
    };
    format!(
        "{}{environment} on {place}, {}",
        paint(STRONG, &plan.solution),
        plan.region
    )
}

fn stack_change(change: &crate::engine::ports::StackChange) -> String {
    let mut line = format!(
        "      {} {} ({})",
        change.action.to_lowercase(),
        change.logical_id,
        change.resource_type
    );
    if !change.properties.is_empty() {
        line.push_str(&format!(": {}", change.properties.join(", ")));
    }
    match change.replacement.as_deref() {
        Some("True") => line.push_str(&paint(BAD, ", replaced")),
        Some("Conditional") => line.push_str(&paint(CARE, ", perhaps replaced")),
        _ => {}
    }
    line
}

fn loss(irreversible: &Irreversible) -> String {
    match irreversible {
        Irreversible::DataLoss { what } => format!("! {what} and its data would be lost"),
        Irreversible::Overwrite { flow } => {
            format!("! edits of \"{flow}\" made on the instance would be overwritten")
        }
        Irreversible::OverwriteObject { object } => {
            format!("! what somebody put at {object} would be overwritten")
        }
        Irreversible::TakeBack { what } => format!("! {what}: would be taken back"),
        Irreversible::ReleaseNumber { number } => {
            format!("! {number} would be given back, perhaps for good")
        }
    }
}

/// `3 to create, 1 to update.`
pub fn summary(plan: &Plan) -> String {
    let count = |action: Action| {
        plan.changes
            .iter()
            .filter(|change| change.action == action)
            .count()
    };
    let words: Vec<String> = [
        (Action::Create, "to create"),
        (Action::Update, "to update"),
        (Action::Delete, "to delete"),
    ]
    .into_iter()
    .map(|(action, words)| (count(action), words))
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{count} {words}"))
    .collect();
    if words.is_empty() {
        "Nothing to change.".to_owned()
    } else {
        format!("{}.", words.join(", "))
    }
}

/// What a deployment gives.
pub fn outputs(outputs: &Outputs) -> String {
    let mut rows: Vec<(String, String)> = Vec::new();
    for number in outputs.phone_numbers.values() {
        rows.push(("Call".to_owned(), paint(VOICE, number)));
    }
    for arn in outputs.functions.values() {
        rows.push(("Function".to_owned(), arn.clone()));
    }
    for flow in outputs.flows.values() {
        // The id is enough to find it; `--json` has the ARN.
        let id = flow.arn.rsplit('/').next().unwrap_or(&flow.arn);
        rows.push((
            "Flow".to_owned(),
            format!("{}  {}", flow.name, paint(DIM, id)),
        ));
    }
    for (_, url) in outputs.urls() {
        rows.push(("URL".to_owned(), paint(VOICE, url)));
    }
    for (stack, values) in &outputs.stacks {
        for (name, value) in values {
            if !is_url(value) {
                rows.push((format!("{stack}.{name}"), value.clone()));
            }
        }
    }
    let width = rows.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    rows.into_iter()
        .map(|(label, value)| format!("  {label:width$}  {value}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Outputs as `NAME=value` lines for a shell or a pipeline.
pub fn env_file(outputs: &Outputs) -> String {
    let name = |parts: &[&str]| {
        parts
            .join("_")
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_uppercase()
                } else {
                    '_'
                }
            })
            .collect::<String>()
    };
    let mut lines = Vec::new();
    for (key, number) in &outputs.phone_numbers {
        lines.push(format!("{}={number}", name(&["PHONE_NUMBER", key])));
    }
    for (key, arn) in &outputs.functions {
        lines.push(format!("{}={arn}", name(&["FUNCTION", key])));
    }
    for (key, flow) in &outputs.flows {
        lines.push(format!("{}={}", name(&["FLOW", key]), flow.arn));
    }
    for (stack, values) in &outputs.stacks {
        for (key, value) in values {
            lines.push(format!("{}={value}", name(&["STACK", stack, key])));
        }
    }
    lines.join("\n")
}

/// `0.4 s`, `2 min 5 s`.
pub fn seconds(seconds: f64) -> String {
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!(
            "{:.0} min {:.0} s",
            (seconds / 60.0).floor(),
            seconds % 60.0
        )
    }
}
