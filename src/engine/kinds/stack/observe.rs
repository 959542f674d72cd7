//! Stacks as they are, what is in them, and waiting while somebody changes them.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use crate::engine::desired::Desired;
use crate::engine::drift::{self, StackContents};
use crate::engine::error::EngineError;
use crate::engine::observe::{Observed, on};
use crate::engine::plan::ResourceKind;
use crate::engine::ports::{ObservedStack, Ports, Progress};

/// The stacks that exist, by their name in the manifest.
pub(in crate::engine) async fn observe(
    ports: &Ports,
    desired: &Desired,
) -> Result<BTreeMap<String, ObservedStack>, EngineError> {
    let stacks = try_join_all(desired.stacks.iter().map(|(name, stack)| async move {
        let observed = ports.stacks.describe(&stack.physical).await;
        observed
            .map(|stack| stack.map(|stack| (name.clone(), stack)))
            .map_err(on(ResourceKind::Stack, name, "reading the stack"))
    }));
    Ok(stacks.await?.into_iter().flatten().collect())
}

/// The contents of the stacks that tell whose a function's statements are. Nothing is read while
/// nothing asks for it: each stack is a call of its own.
pub(in crate::engine) async fn observe_contents(
    ports: &Ports,
    observed: &Observed,
) -> Result<Vec<StackContents>, EngineError> {
    if !drift::asks_stacks(observed) {
        return Ok(Vec::new());
    }
    let granting = observed
        .stacks
        .iter()
        .filter(|(_, stack)| drift::may_grant(stack.template.as_deref()));
    let contents = try_join_all(granting.map(|(name, stack)| contents_of(ports, name, stack)));
    Ok(contents.await?.into_iter().flatten().collect())
}

/// A stack with its resources, and those nested in it.
async fn contents_of(
    ports: &Ports,
    name: &str,
    stack: &ObservedStack,
) -> Result<Vec<StackContents>, EngineError> {
    let failed = || on(ResourceKind::Stack, name, "reading the stack's resources");
    let mut all: Vec<StackContents> = Vec::new();
    let mut next = vec![stack.clone()];
    while let Some(stack) = next.pop() {
        let resources = ports.stacks.resources(&stack.arn).await.map_err(failed())?;
        for arn in drift::nested(&resources) {
            next.extend(ports.stacks.describe(arn).await.map_err(failed())?);
        }
        all.push(StackContents { stack, resources });
    }
    Ok(all)
}

/// Waits for stacks that somebody is changing just now.
pub(in crate::engine) async fn settle(
    ports: &Ports,
    observed: &mut Observed,
    progress: &dyn Progress,
) -> Result<(), EngineError> {
    for (name, stack) in observed.stacks.clone() {
        if !stack.status.is_in_progress() {
            continue;
        }
        progress.note(&format!("stack {name} is {}: waiting", stack.status));
        let settled = ports.stacks.settle(&stack.arn, progress).await.map_err(on(
            ResourceKind::Stack,
            &name,
            "waiting for the stack",
        ))?;
        match settled {
            Some(stack) => observed.stacks.insert(name, stack),
            None => observed.stacks.remove(&name),
        };
    }
    Ok(())
}
