//! Stacks: template and parameters against what CloudFormation has.

use std::collections::BTreeMap;

use super::digest_parts;
use crate::engine::desired::{Desired, Stack, TAG_DESIRED, TemplateResource, owns};
use crate::engine::error::EngineError;
use crate::engine::observe::Observed;
use crate::engine::plan::{Action, Change, ResourceId, ResourceKind};
use crate::engine::ports::{ObservedStack, StackChange};
use crate::engine::values::Values;

pub(super) fn diff(
    desired: &Desired,
    observed: &Observed,
    values: &Values,
    name: &str,
    stack: &Stack,
) -> Result<Change, EngineError> {
    let resource = ResourceId::new(ResourceKind::Stack, name);
    let parameters = known_parameters(values, stack);
    let digest = desired_digest(&stack.template, parameters.as_ref());
    let mut change = Change {
        resource: resource.clone(),
        physical: stack.physical.clone(),
        action: Action::Create,
        details: vec![inventory(&stack.resources)],
        stack_changes: Vec::new(),
        irreversible: Vec::new(),
        desired: digest.clone(),
        observed: String::new(),
    };
    let Some(there) = observed.stacks.get(name) else {
        change.stack_changes = additions(stack);
        return Ok(change);
    };
    change.observed = digest_parts([
        there.arn.as_str(),
        &there.status,
        there.template.as_deref().unwrap_or_default(),
    ]);
    if never_was(&there.status) {
        change.stack_changes = additions(stack);
        change.details.push(format!("after {}", there.status));
        return check_owner(desired, &resource, there).map(|()| change);
    }
    check_owner(desired, &resource, there)?;
    check_status(&resource, there)?;
    let mut details = Vec::new();
    if there.template.as_deref().map(as_told_back) != Some(as_told_back(&stack.template)) {
        details.push("template".to_owned());
    }
    match &parameters {
        Some(parameters) => details.extend(changed_parameters(stack, there, parameters)),
        None => details.push("parameters known after apply".to_owned()),
    }
    let hidden = there.tags.get(TAG_DESIRED) != Some(&digest);
    if details.is_empty() && hidden && parameters.is_some() {
        details.push("a hidden parameter".to_owned());
    }
    change.action = if details.is_empty() {
        Action::Keep
    } else {
        Action::Update
    };
    change.details = details;
    Ok(change)
}

/// A template as CloudFormation tells it back: it is said to give `?` for what is
/// not ASCII, and the white space at the end means nothing.
fn as_told_back(template: &str) -> String {
    let mut told = String::with_capacity(template.len());
    for character in template.trim_end().chars() {
        if character.is_ascii() && character != '?' {
            told.push(character);
        } else if !told.ends_with('?') {
            told.push('?');
        }
    }
    told
}

/// The digest kept on the stack: template and all parameters, hidden ones too.
pub(in crate::engine) fn desired_digest(
    template: &str,
    parameters: Option<&BTreeMap<String, String>>,
) -> String {
    let parameters = parameters.into_iter().flatten();
    digest_parts(
        [template]
            .into_iter()
            .chain(parameters.flat_map(|(name, value)| [name.as_str(), value.as_str()])),
    )
}

fn known_parameters(values: &Values, stack: &Stack) -> Option<BTreeMap<String, String>> {
    stack
        .parameters
        .iter()
        .map(|(name, text)| values.known(text).map(|value| (name.clone(), value)))
        .collect()
}

fn changed_parameters(
    stack: &Stack,
    there: &ObservedStack,
    wanted: &BTreeMap<String, String>,
) -> Vec<String> {
    stack
        .declared
        .iter()
        .filter_map(|(name, default)| {
            let wanted = wanted.get(name).or(default.as_ref())?;
            let now = there.parameters.get(name);
            // A NoEcho parameter reads as asterisks; the digest tells whether it changed.
            let hidden = now.is_some_and(|now| !now.is_empty() && now.chars().all(|c| c == '*'));
            (!hidden && now != Some(wanted)).then(|| match now {
                Some(now) => format!("{name}: {now} → {wanted}"),
                None => format!("{name}: {wanted}"),
            })
        })
        .collect()
}

/// Statuses of a stack that has nothing to update: it is deleted (or its review
/// taken over) and made anew.
pub(in crate::engine) fn never_was(status: &str) -> bool {
    matches!(
        status,
        "REVIEW_IN_PROGRESS"
            | "ROLLBACK_COMPLETE"
            | "ROLLBACK_FAILED"
            | "CREATE_FAILED"
            | "DELETE_FAILED"
    )
}

fn check_status(resource: &ResourceId, there: &ObservedStack) -> Result<(), EngineError> {
    let reason = match there.status.as_str() {
        "UPDATE_ROLLBACK_FAILED" => format!(
            "the stack is UPDATE_ROLLBACK_FAILED ({}); continue its rollback first: \
             aws cloudformation continue-update-rollback --stack-name {}",
            there.status_reason.as_deref().unwrap_or("no reason given"),
            there.arn
        ),
        _ => return Ok(()),
    };
    Err(EngineError::State {
        resource: resource.clone(),
        reason,
    })
}

fn check_owner(
    desired: &Desired,
    resource: &ResourceId,
    there: &ObservedStack,
) -> Result<(), EngineError> {
    // A stack in review has no tags yet: its change set carries them.
    let ours = owns(&there.tags, &desired.solution, &desired.environment)
        || there.status == "REVIEW_IN_PROGRESS";
    if ours {
        return Ok(());
    }
    Err(EngineError::Taken {
        resource: resource.clone(),
        reason: format!(
            "the stack {} was not made by this solution and environment; \
             delete it, or deploy with another --env",
            there.arn
        ),
    })
}

fn additions(stack: &Stack) -> Vec<StackChange> {
    stack
        .resources
        .iter()
        .map(|resource| StackChange {
            action: "Add".to_owned(),
            logical_id: resource.logical_id.clone(),
            resource_type: resource.resource_type.clone(),
            replacement: None,
            properties: Vec::new(),
        })
        .collect()
}

/// `1 Table, 2 Role`, in the template's order.
fn inventory(resources: &[TemplateResource]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for resource in resources {
        let full = &resource.resource_type;
        let word = full.rsplit("::").next().unwrap_or(full);
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    let words: Vec<String> = counts
        .into_iter()
        .map(|(word, count)| {
            if count == 1 {
                word.to_owned()
            } else {
                format!("{count} {word}")
            }
        })
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_the_same_whatever_became_of_its_letters() {
        assert_eq!(as_told_back("a: \u{2026}b\n"), as_told_back("a: ?b"));
        assert_eq!(as_told_back("a: \u{2026}b\n"), as_told_back("a: ???b"));
        assert_ne!(as_told_back("a: b"), as_told_back("a: c"));
    }
}
