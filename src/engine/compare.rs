//! What differs between two plans, in words: for somebody who looked at one of them and
//! finds that it is not the plan any more. Pure.

use super::plan::{Action, Change, Irreversible, Plan};
use super::wanted::Part;

/// What differs between the plans that were looked at and those of now, a line each:
/// which resource, which part of it, what it was and what it is. Empty: nothing does.
pub fn differences(were: &[Plan], are: &[&Plan]) -> Vec<String> {
    let mut lines = Vec::new();
    for was in were {
        let same = are.iter().find(|is| is.solution == was.solution);
        match same {
            Some(is) => lines.extend(of_plan(was, is)),
            None => lines.push(format!("solution {}: is not planned now", was.solution)),
        }
    }
    for is in are {
        if !were.iter().any(|was| was.solution == is.solution) {
            lines.push(format!("solution {}: was not planned then", is.solution));
        }
    }
    lines
}

fn of_plan(was: &Plan, is: &Plan) -> Vec<String> {
    let Plan {
        format,
        solution,
        environment,
        target,
        account,
        region,
        instance,
        tags,
        changes,
    } = was;
    let mut lines = Lines {
        of: format!("solution {solution}"),
        lines: Vec::new(),
    };
    lines.compare("format", &format.to_string(), &is.format.to_string());
    lines.compare("environment", environment, &is.environment);
    lines.compare("target", target, &is.target);
    lines.compare("account", account, &is.account);
    lines.compare("Region", region, &is.region);
    lines.compare("instance", instance, &is.instance);
    lines.compare("tags", &format!("{tags:?}"), &format!("{:?}", is.tags));
    let mut lines = lines.lines;
    for was in changes {
        match is.change(&was.resource) {
            Some(is) => lines.extend(of_change(was, is)),
            None => lines.push(format!("{}: is no longer planned", was.resource)),
        }
    }
    for is in &is.changes {
        if was.change(&is.resource).is_none() {
            lines.push(format!("{}: was not planned", is.resource));
        }
    }
    lines
}

struct Lines {
    of: String,
    lines: Vec<String>,
}

impl Lines {
    fn compare(&mut self, what: &str, was: &str, is: &str) {
        if was != is {
            self.lines
                .push(format!("{}: {what}: {was} → {is}", self.of));
        }
    }
}

fn of_change(was: &Change, is: &Change) -> Vec<String> {
    let Change {
        resource,
        physical,
        action,
        details,
        wanted,
        stack_changes,
        irreversible,
        // Of the parts, which are compared themselves.
        desired: _,
        observed,
    } = was;
    let mut lines = Lines {
        of: resource.to_string(),
        lines: Vec::new(),
    };
    for part in wanted {
        let of_name = is.wanted.iter().find(|other| other.name == part.name);
        match of_name {
            Some(other) if other == part => {}
            Some(other) => lines.lines.push(format!(
                "{resource}: {}: {} → {}",
                part.name,
                shown(part, Some(other)),
                shown(other, Some(part))
            )),
            None => lines.compare(&part.name, &shown(part, None), "none"),
        }
    }
    for part in &is.wanted {
        if !wanted.iter().any(|other| other.name == part.name) {
            lines.compare(&part.name, "none", &shown(part, None));
        }
    }
    lines.compare("action", word(*action), word(is.action));
    lines.compare("what it is on AWS", physical, &is.physical);
    if *observed != is.observed {
        lines.lines.push(format!(
            "{resource}: what is there has changed since the plan was made"
        ));
    }
    lines.compare(
        "what would be lost",
        &losses(irreversible),
        &losses(&is.irreversible),
    );
    if *stack_changes != is.stack_changes {
        lines.lines.push(format!(
            "{resource}: CloudFormation would change other resources of it"
        ));
    }
    // Details say in words what the rest says: alone, they are all there is to tell.
    if lines.lines.is_empty() {
        lines.compare("details", &details.join(", "), &is.details.join(", "));
    }
    lines.lines
}

/// A part, as much of it as tells it from the other, if there is another.
fn shown(part: &Part, other: Option<&Part>) -> String {
    let mut text = part.written.clone();
    let differs = |of: fn(&Part) -> Option<&String>| other.map(of) != Some(of(part));
    match &part.value {
        Some(value) if differs(|part| part.value.as_ref()) => {
            text.push_str(&format!(" = {value}"));
        }
        None if other
            .is_some_and(|other| other.value.is_some() && other.written == part.written) =>
        {
            text.push_str(", not known");
        }
        _ => {}
    }
    if let Some(sha256) = &part.sha256
        && differs(|part| part.sha256.as_ref())
    {
        // The whole digest stands in the plan.
        let short = sha256.get(..12).unwrap_or(sha256);
        text.push_str(&format!(" (sha256 {short}…)"));
    }
    text
}

fn word(action: Action) -> &'static str {
    match action {
        Action::Keep => "keep",
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
    }
}

fn losses(irreversible: &[Irreversible]) -> String {
    if irreversible.is_empty() {
        return "nothing".to_owned();
    }
    let words: Vec<String> = irreversible
        .iter()
        .map(|one| match one {
            Irreversible::DataLoss { .. } => format!("{one} with its data"),
            _ => one.to_string(),
        })
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests;
