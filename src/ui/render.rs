//! Values as text for people. Pure; colours are escape codes that the door
//! strips where they are not wanted.

use unicode_width::UnicodeWidthStr;

use super::foreign;
use super::lines::Lines;
use super::style::{BAD, CARE, DIM, GOOD, STRONG, VOICE, paint};
use crate::engine::outputs::{Outputs, is_url};
use crate::engine::plan::{Action, Change, Irreversible, Plan};
use crate::engine::ports::Replacement;
use crate::engine::status::Row;
use crate::engine::wanted::Part;

/// A plan.
pub fn plan(plan: &Plan) -> Lines {
    let mut lines = vec![heading(plan), String::new()];
    let width = |text: fn(&Change) -> usize| plan.changes.iter().map(text).max().unwrap_or(0);
    let kinds = width(|change| change.resource.kind.word().width());
    let names = width(|change| foreign::line(&change.resource.name).width());
    for change in &plan.changes {
        let (sign, style) = match change.action {
            Action::Keep => (" ", DIM),
            Action::Create => ("+", GOOD),
            Action::Update => ("~", CARE),
            Action::Delete => ("-", BAD),
        };
        let what = format!(
            "{sign} {}  {}",
            padded(change.resource.kind.word(), kinds),
            padded(&foreign::line(&change.resource.name), names),
        );
        let mut line = format!("  {}", paint(style, what));
        if change.physical != change.resource.name {
            line.push_str(&format!("  {}", foreign::line(&change.physical)));
        }
        if !change.details.is_empty() {
            line.push_str(&paint(DIM, format!("  {}", change.details.join(", "))));
        }
        lines.push(line);
        if change.action != Action::Keep {
            lines.extend(change.wanted.iter().filter_map(part));
        }
        if change.action == Action::Update {
            lines.extend(change.stack_changes.iter().map(stack_change));
        }
        for irreversible in &change.irreversible {
            lines.push(format!(
                "      {}",
                paint(BAD, loss(irreversible, change.action))
            ));
        }
    }
    lines.push(String::new());
    lines.push(summary(plan));
    lines.into_iter().collect()
}

fn heading(plan: &Plan) -> String {
    let place = match plan.target.as_str() {
        "local" => "this machine".to_owned(),
        _ => format!("account {}", foreign::line(&plan.account)),
    };
    let environment = match plan.environment.as_str() {
        "default" => String::new(),
        other => format!(" ({})", foreign::line(other)),
    };
    format!(
        "{}{environment} on {place}, {}",
        paint(STRONG, &plan.solution),
        foreign::line(&plan.region)
    )
}

/// A part of what is wanted. What the line of the resource says, and what says nothing,
/// is left out.
fn part(part: &Part) -> Option<String> {
    if part.name == "name" || part.written.is_empty() {
        return None;
    }
    let is_reference = part.name == part.written;
    let mut line = match (&part.value, is_reference) {
        (None, true) => return None,
        (Some(value), true) => format!("{}: {value}", part.name),
        (Some(value), false) => format!("{}: {} = {value}", part.name, part.written),
        (None, false) => format!("{}: {}", part.name, part.written),
    };
    if let Some(bytes) = part.bytes {
        line.push_str(&format!(", {bytes} bytes"));
    }
    // Of what is hidden it says nothing to people.
    if let Some(sha256) = part.sha256.as_ref().filter(|_| !part.is_hidden) {
        line.push_str(&format!(", sha256 {sha256}"));
    }
    Some(format!("      {}", paint(DIM, line)))
}

fn stack_change(change: &crate::engine::ports::StackChange) -> String {
    let mut words = format!(
        "{} {} ({})",
        change.action.as_str().to_lowercase(),
        change.logical_id,
        change.resource_type
    );
    if !change.properties.is_empty() {
        words.push_str(&format!(": {}", change.properties.join(", ")));
    }
    let mut line = format!("      {}", foreign::line(words));
    match change.replacement {
        Some(Replacement::True) => line.push_str(&paint(BAD, ", replaced")),
        Some(Replacement::Conditional) => line.push_str(&paint(CARE, ", perhaps replaced")),
        _ => {}
    }
    line
}

fn loss(irreversible: &Irreversible, action: Action) -> String {
    let goes = action == Action::Delete;
    let overwritten = if goes { "deleted" } else { "overwritten" };
    match irreversible {
        Irreversible::DataLoss { .. } => format!("! {irreversible} and its data would be lost"),
        Irreversible::Overwrite { flow } => {
            format!("! edits of \"{flow}\" made on the instance would be {overwritten}")
        }
        Irreversible::OverwriteObject { object } => {
            format!("! what somebody put at {object} would be {overwritten}")
        }
        Irreversible::TakeBack { what } if goes => format!("! {what}: would be lost"),
        Irreversible::TakeBack { what } => format!("! {what}: would be taken back"),
        Irreversible::ReleaseNumber { number } => {
            format!("! {number} would be given back, perhaps for good")
        }
    }
}

/// How a solution in an environment stands, a line for each resource.
pub fn status(solution: &str, environment: &str, rows: &[Row]) -> Lines {
    let mut lines = Lines::from(format!(
        "{} ({})",
        paint(STRONG, solution),
        foreign::line(environment)
    ));
    let widest =
        |text: fn(&Row) -> String| rows.iter().map(|row| text(row).width()).max().unwrap_or(0);
    let name = |row: &Row| foreign::line(&row.name);
    let physical = |row: &Row| foreign::line(&row.physical);
    let kinds = widest(|row| row.kind.word().to_owned());
    let (names, physicals) = (widest(name), widest(physical));
    for row in rows {
        let (sign, style) = match (row.ok, row.drifted) {
            (true, _) => ("✓", GOOD),
            (false, true) => ("≠", CARE),
            (false, false) => ("·", DIM),
        };
        lines.push(format!(
            "  {} {}  {}  {}  {}",
            paint(style, sign),
            padded(row.kind.word(), kinds),
            padded(&name(row), names),
            padded(&physical(row), physicals),
            paint(style, &row.state)
        ));
    }
    lines
}

/// A text and as many spaces as it takes to be so many columns wide: a terminal shows some
/// letters in two columns and some in none.
fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width())))
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
pub fn outputs(outputs: &Outputs) -> Lines {
    let mut rows: Vec<(String, String)> = Vec::new();
    for number in outputs.phone_numbers.values() {
        rows.push(("Call".to_owned(), paint(VOICE, number)));
    }
    for arn in outputs.functions.values() {
        rows.push(("Function".to_owned(), foreign::line(arn)));
    }
    for flow in outputs.flows.values() {
        // The id is enough to find it; `--json` has the ARN.
        let id = flow.arn.rsplit('/').next().unwrap_or(&flow.arn);
        rows.push((
            "Flow".to_owned(),
            format!("{}  {}", foreign::line(&flow.name), paint(DIM, id)),
        ));
    }
    for (_, url) in outputs.urls() {
        rows.push(("URL".to_owned(), paint(VOICE, url)));
    }
    for (stack, values) in &outputs.stacks {
        for (name, value) in values {
            if !is_url(value) {
                let label = foreign::line(format!("{stack}.{name}"));
                rows.push((label, foreign::line(value)));
            }
        }
    }
    let width = rows
        .iter()
        .map(|(label, _)| label.width())
        .max()
        .unwrap_or(0);
    rows.into_iter()
        .map(|(label, value)| format!("  {}  {value}", padded(&label, width)))
        .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_one_line() {
        let mut one = Part {
            name: "description".to_owned(),
            written: "a\n  + stack b\u{1b}[2J\u{202e}".to_owned(),
            value: None,
            is_hidden: false,
            sha256: None,
            bytes: None,
        };
        let line = part(&one).unwrap();
        assert!(
            line.contains("a\\n  + stack b\\u{1b}[2J\\u{202e}"),
            "{line}"
        );
        one.written.clear();
        assert_eq!(part(&one), None, "nothing says nothing");
    }

    #[test]
    fn columns_are_as_wide_as_a_terminal_shows_them() {
        let row = |name: &str| Row {
            kind: crate::engine::plan::ResourceKind::Flow,
            name: name.to_owned(),
            physical: "Flow".to_owned(),
            state: "published".to_owned(),
            ok: true,
            drifted: false,
        };
        let lines: Vec<String> = status(
            "s",
            "default",
            &[row("電話"), row("e\u{301}t"), row("main")],
        )
        .guarded()
        .map(|line| anstream::adapter::strip_str(&line).to_string())
        .collect();
        let ends = |line: &String| line.split("Flow").next().unwrap().width();
        assert_eq!(lines.len(), 4);
        assert!(
            lines[1..].iter().all(|line| ends(line) == ends(&lines[3])),
            "{lines:#?}"
        );
    }
}
