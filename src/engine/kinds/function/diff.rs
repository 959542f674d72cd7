//! Functions: code and configuration of what is live.

use std::collections::BTreeMap;

use super::wanted::parts;
use crate::engine::desired::{Desired, Function};
use crate::engine::diff::{Compared, digest_parts, with};
use crate::engine::drift;
use crate::engine::error::EngineError;
use crate::engine::observe::Observed;
use crate::engine::plan::{Action, Change, ResourceId, ResourceKind};
use crate::engine::ports::{FunctionConfiguration, ObservedFunction};
use crate::engine::values::{LIVE, Values};

/// The changes of all functions.
pub(in crate::engine) fn diff(
    compared: &Compared<'_>,
    values: &Values,
) -> Result<Vec<Change>, EngineError> {
    let Compared {
        desired, observed, ..
    } = compared;
    let mut changes = Vec::new();
    for (name, function) in &desired.functions {
        let change = one(desired, observed, values, name, function)?;
        changes.push(with(change, parts(values, function)));
    }

    Ok(changes)
}

fn one(
    desired: &Desired,
    observed: &Observed,
    values: &Values,
    name: &str,
    function: &Function,
) -> Result<Change, EngineError> {
    let resource = ResourceId::new(ResourceKind::Function, name);
    let configuration = known_configuration(values, function);
    let mut change = Change {
        resource: resource.clone(),
        physical: function.physical.clone(),
        action: Action::Create,
        details: vec![summary(function)],
        wanted: Vec::new(),
        stack_changes: Vec::new(),
        irreversible: Vec::new(),
        desired: String::new(),
        observed: String::new(),
    };
    let Some(there) = observed.functions.get(name) else {
        return Ok(change);
    };
    if !desired.owns(&there.tags) {
        return Err(EngineError::Taken {
            resource,
            reason: format!(
                "the function {} is there and {}; delete it, or deploy with another --env",
                there.arn,
                desired.owner(&there.tags)
            ),
        });
    }
    change.observed = digest_parts([
        there.code_sha256.as_str(),
        &format!("{:?}", there.configuration),
    ]);
    change.details = differences(there, function, configuration.as_ref());
    note_drift(desired, observed, &mut change);
    change.action = if change.details.is_empty() {
        Action::Keep
    } else {
        Action::Update
    };
    Ok(change)
}

/// The configuration, if all refs in it have a value.
fn known_configuration(values: &Values, function: &Function) -> Option<FunctionConfiguration> {
    let environment: Option<BTreeMap<String, String>> = function
        .environment
        .iter()
        .map(|(name, text)| values.known(text).map(|value| (name.clone(), value)))
        .collect();
    Some(configuration(
        function,
        values.known(&function.role)?,
        environment?,
    ))
}

/// The configuration that a function shall have.
pub(in crate::engine) fn configuration(
    function: &Function,
    role: String,
    environment: BTreeMap<String, String>,
) -> FunctionConfiguration {
    FunctionConfiguration {
        role,
        memory: function.memory,
        timeout: function.timeout,
        environment,
        runtime: function.runtime.clone(),
        handler: "bootstrap".to_owned(),
        architecture: function.architecture.clone(),
        description: function.description.clone(),
        // A manifest has none of these: whatever is there is somebody else's.
        layers: Vec::new(),
        file_systems: Vec::new(),
        dead_letter_target: None,
    }
}

/// Notes on a change what somebody else has on the function and would be lost by it.
pub(super) fn note_drift(desired: &Desired, observed: &Observed, change: &mut Change) {
    let findings = drift::of(desired, observed, &change.resource);
    if findings.is_empty() {
        return;
    }
    change
        .details
        .push("changed on AWS since it was deployed".to_owned());
    // What was seen is part of what the plan was made for.
    change.observed = digest_parts([change.observed.as_str(), &format!("{findings:?}")]);
    let losses = findings.iter().map(|one| one.loss(&change.physical));
    change.irreversible = losses.collect();
}

fn differences(
    there: &ObservedFunction,
    wanted: &Function,
    configuration: Option<&FunctionConfiguration>,
) -> Vec<String> {
    let mut details = Vec::new();
    if there.code_sha256 != wanted.code.sha256 {
        details.push(format!("code: {}", size(wanted.code.zip.len())));
    }
    match configuration {
        Some(configuration) => {
            details.extend(configuration_differences(
                &there.configuration,
                configuration,
            ));
        }
        None => details.push("configuration known after apply".to_owned()),
    }
    if there.live_version.is_none() {
        details.push(format!("alias {LIVE}"));
    }
    details
}

/// What differs between two configurations, in words.
pub(in crate::engine) fn configuration_differences(
    now: &FunctionConfiguration,
    wanted: &FunctionConfiguration,
) -> Vec<String> {
    let mut details = Vec::new();
    let mut compare = |what: &str, now: &str, wanted: &str| {
        if now != wanted {
            details.push(format!("{what}: {now} → {wanted}"));
        }
    };
    compare("role", &now.role, &wanted.role);
    compare(
        "memory",
        &format!("{} MB", now.memory),
        &format!("{} MB", wanted.memory),
    );
    compare(
        "timeout",
        &format!("{} s", now.timeout),
        &format!("{} s", wanted.timeout),
    );
    compare("runtime", &now.runtime, &wanted.runtime);
    compare("handler", &now.handler, &wanted.handler);
    compare("architecture", &now.architecture, &wanted.architecture);
    compare("description", &now.description, &wanted.description);
    // Variables by name only: their values may be nobody's business.
    let names = now.environment.keys().chain(
        wanted
            .environment
            .keys()
            .filter(|name| !now.environment.contains_key(*name)),
    );
    for name in names {
        match (now.environment.get(name), wanted.environment.get(name)) {
            (Some(before), Some(after)) if before == after => {}
            (Some(_), Some(_)) => details.push(format!("variable {name} changes")),
            (None, _) => details.push(format!("variable {name} is new")),
            (_, None) => details.push(format!("variable {name} goes")),
        }
    }
    details
}

fn summary(function: &Function) -> String {
    format!(
        "{}, {}, {} MB, {} s, {}",
        function.runtime,
        function.architecture,
        function.memory,
        function.timeout,
        size(function.code.zip.len())
    )
}

/// `3.1 MB`, `12 kB`.
fn size(bytes: usize) -> String {
    #[allow(clippy::cast_precision_loss, reason = "a size for people")]
    let bytes = bytes as f64;
    if bytes >= 1e6 {
        format!("{:.1} MB", bytes / 1e6)
    } else {
        format!("{:.0} kB", (bytes / 1e3).ceil())
    }
}
