//! Stacks: template and parameters against what CloudFormation has.

use std::collections::BTreeMap;

use super::wanted::{names_secret, parts};
use crate::engine::desired::{Desired, Stack, TemplateResource};
use crate::engine::diff::{Compared, digest_parts, with};
use crate::engine::error::EngineError;
use crate::engine::observe::Observed;
use crate::engine::plan::{Action, Change, ResourceId, ResourceKind};
use crate::engine::ports::{ChangeAction, ObservedStack, StackChange, StackStatus};
use crate::engine::values::Values;

/// The changes of all stacks, in the order of work; what a stack that changes gives is
/// forgotten on the way.
pub(in crate::engine) fn diff(
    compared: &Compared<'_>,
    values: &mut Values,
) -> Result<Vec<Change>, EngineError> {
    let desired = compared.desired;
    let mut changes = Vec::new();
    for resource in compared.graph.order() {
        if resource.kind != ResourceKind::Stack {
            continue;
        }
        let Some((name, stack)) = desired.stacks.get_key_value(&resource.name) else {
            continue;
        };
        let change = one(desired, compared.observed, values, name, stack)?;
        let change = with(change, parts(desired, values, stack));
        if change.action != Action::Keep {
            values.forget_outputs(name);
        }
        changes.push(change);
    }
    Ok(changes)
}

fn one(
    desired: &Desired,
    observed: &Observed,
    values: &Values,
    name: &str,
    stack: &Stack,
) -> Result<Change, EngineError> {
    let resource = ResourceId::new(ResourceKind::Stack, name);
    let parameters = known_parameters(values, stack);
    let mut change = Change {
        resource: resource.clone(),
        physical: stack.physical.clone(),
        action: Action::Create,
        details: vec![inventory(&stack.resources)],
        wanted: Vec::new(),
        stack_changes: Vec::new(),
        irreversible: Vec::new(),
        desired: String::new(),
        observed: String::new(),
    };
    let Some(there) = observed.stacks.get(name) else {
        change.stack_changes = additions(stack);
        return Ok(change);
    };
    change.observed = digest_parts([
        there.arn.as_str(),
        there.status.as_str(),
        there.template.as_deref().unwrap_or_default(),
    ]);
    if there.status.never_was() {
        change.stack_changes = additions(stack);
        change.details.push(format!("after {}", there.status));
        return check_owner(desired, &resource, there).map(|()| change);
    }
    check_owner(desired, &resource, there)?;
    check_status(&resource, there)?;
    let mut details = Vec::new();
    if there.template.as_deref().map(as_returned) != Some(as_returned(&stack.template)) {
        details.push("template".to_owned());
    }
    match &parameters {
        Some(parameters) => details.extend(changed_parameters(desired, stack, there, parameters)),
        None => details.push("parameters known after apply".to_owned()),
    }
    if observed.unchanged.contains(name) {
        details.clear();
    } else if details.is_empty() && has_hidden_parameter(stack, there) {
        // Only CloudFormation knows: its change set says whether anything changes.
        details.push("perhaps a hidden parameter".to_owned());
    } else if let Some(parameters) = &parameters
        && details.is_empty()
        && let Some(name) = garbled_parameter(stack, there, parameters)
    {
        // So here: `F?te` may be `Fête` or `Fâte`.
        details.push(format!("perhaps {name}, which is told back with ?"));
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
fn as_returned(template: &str) -> String {
    let mut reported = String::with_capacity(template.len());
    for character in template.trim_end().chars() {
        if character.is_ascii() && character != '?' {
            reported.push(character);
        } else if !reported.ends_with('?') {
            reported.push('?');
        }
    }
    reported
}

/// CloudFormation tells asterisks for a `NoEcho` parameter, whatever its value; other values may
/// be asterisks too (`AllowedOrigins: "*"`).
fn has_hidden_parameter(stack: &Stack, there: &ObservedStack) -> bool {
    let mut declared = stack.declared.iter();
    declared.any(|(name, declared)| declared.is_no_echo && there.parameters.contains_key(name))
}

/// Whether a value is told back in place of another: CloudFormation stores what is beyond ASCII and
/// tells `?` for it (aws-cloudformation/cloudformation-coverage-roadmap #1220).
fn is_garbled(now: &str, wanted: &str) -> bool {
    now != wanted && !wanted.is_ascii() && as_returned(now) == as_returned(wanted)
}

/// A parameter of which cannot be told whether it is as wanted.
fn garbled_parameter<'a>(
    stack: &'a Stack,
    there: &ObservedStack,
    wanted: &BTreeMap<String, String>,
) -> Option<&'a str> {
    let mut declared = stack.declared.iter();
    declared.find_map(|(name, declared)| {
        let wanted = wanted.get(name).or(declared.default.as_ref())?;
        let now = there.parameters.get(name)?;
        is_garbled(now, wanted).then_some(name.as_str())
    })
}

fn known_parameters(values: &Values, stack: &Stack) -> Option<BTreeMap<String, String>> {
    stack
        .parameters
        .iter()
        .map(|(name, text)| values.known(text).map(|value| (name.clone(), value)))
        .collect()
}

fn changed_parameters(
    desired: &Desired,
    stack: &Stack,
    there: &ObservedStack,
    wanted: &BTreeMap<String, String>,
) -> Vec<String> {
    stack
        .declared
        .iter()
        .filter_map(|(name, declared)| {
            let wanted = wanted.get(name).or(declared.default.as_ref())?;
            let now = there.parameters.get(name);
            let told_back = now == Some(wanted) || now.is_some_and(|now| is_garbled(now, wanted));
            if (declared.is_no_echo && now.is_some()) || told_back {
                return None;
            }
            let is_secret = stack
                .parameters
                .get(name)
                .is_some_and(|text| names_secret(desired, text));
            Some(match now {
                Some(_) if is_secret => format!("{name} changes"),
                None if declared.is_no_echo || is_secret => format!("{name} is new"),
                Some(now) => format!("{name}: {now} → {wanted}"),
                None => format!("{name}: {wanted}"),
            })
        })
        .collect()
}

fn check_status(resource: &ResourceId, there: &ObservedStack) -> Result<(), EngineError> {
    let reason = match there.status {
        StackStatus::UpdateRollbackFailed => format!(
            "the stack is UPDATE_ROLLBACK_FAILED ({}); continue its rollback first: \
             aws cloudformation continue-update-rollback --stack-name {}",
            there.status_reason.as_deref().unwrap_or("no reason given"),
            there.arn
        ),
        StackStatus::DeleteFailed => format!(
            "the stack is DELETE_FAILED ({}); end its deletion first, keeping what could not be \
             deleted: aws cloudformation delete-stack --stack-name {} --retain-resources …",
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
    let ours = desired.owns(&there.tags) || there.status == StackStatus::ReviewInProgress;
    if ours {
        return Ok(());
    }
    Err(EngineError::Taken {
        resource: resource.clone(),
        reason: format!(
            "the stack {} is there and {}; delete it, or deploy with another --env",
            there.arn,
            desired.owner(&there.tags)
        ),
    })
}

fn additions(stack: &Stack) -> Vec<StackChange> {
    stack
        .resources
        .iter()
        .map(|resource| StackChange {
            action: ChangeAction::Add,
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
        assert_eq!(as_returned("a: \u{2026}b\n"), as_returned("a: ?b"));
        assert_eq!(as_returned("a: \u{2026}b\n"), as_returned("a: ???b"));
        assert_ne!(as_returned("a: b"), as_returned("a: c"));
    }

    /// Of the stack of every kind, whose parameter `Password` is `NoEcho`.
    fn changes(now: &[(&str, &str)], wanted: &[(&str, &str)]) -> (Vec<String>, bool) {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            pairs.iter().map(owned).collect()
        };
        let desired = crate::engine::wanted::tests::desired();
        let stack = &desired.stacks["storage"];
        let there = ObservedStack {
            arn: "arn".to_owned(),
            status: StackStatus::UpdateComplete,
            status_reason: None,
            parameters: map(now),
            outputs: BTreeMap::new(),
            tags: BTreeMap::new(),
            template: Some(stack.template.clone()),
            termination_protection: false,
        };
        (
            changed_parameters(&desired, stack, &there, &map(wanted)),
            has_hidden_parameter(stack, &there),
        )
    }

    #[test]
    fn letters_that_are_told_back_as_question_marks_are_no_change() {
        assert!(is_garbled("F?te", "Fête"));
        assert!(is_garbled("F??te", "Fête"), "a mark for each byte");
        assert!(!is_garbled("Fête", "Fête"));
        assert!(!is_garbled("Feier", "Fête"));
        assert!(!is_garbled("Fete?", "Fete!"), "ASCII is told as it is");
        let none = Vec::<String>::new();
        let trusted = |value| [("Trusted", value)];
        assert_eq!(changes(&trusted("F?te"), &trusted("Fête")), (none, false));
        assert_eq!(
            changes(&trusted("F?te"), &trusted("Feier")),
            (vec!["Trusted: F?te → Feier".to_owned()], false)
        );
    }

    #[test]
    fn asterisks_are_a_value_unless_the_parameter_is_no_echo() {
        let none = Vec::<String>::new();
        let trusted = |value| [("Trusted", value)];
        assert_eq!(changes(&trusted("*"), &trusted("*")), (none.clone(), false));
        assert_eq!(
            changes(&trusted("*"), &trusted("https://a")),
            (vec!["Trusted: * → https://a".to_owned()], false)
        );
        assert_eq!(
            changes(&[("Password", "****")], &[("Password", "hunter2")]),
            (none, true)
        );
        assert_eq!(
            changes(&[], &[("Password", "hunter2")]),
            (vec!["Password is new".to_owned()], false)
        );
    }
}
