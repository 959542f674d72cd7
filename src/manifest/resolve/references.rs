//! Refs of a solution: each must name something that is there, and none may show a secret.

use std::path::Path;
use std::sync::Arc;

use super::Resolver;
use crate::engine::desired::Desired;
use crate::engine::nearest::hint;
use crate::engine::text::{Reference, Text};
use crate::manifest::source::SourceError;

/// Whether a text may name secrets: CloudFormation alone resolves references to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secrets {
    Resolved,
    Refused,
}

impl Resolver<'_> {
    /// Every ref to something of the solution must name something that is there.
    pub(super) fn check_references(&mut self, desired: &Desired) {
        let manifest = Arc::clone(&self.manifest.text);
        let path = self.manifest.path.as_path();
        let parameters = desired
            .stacks
            .values()
            .flat_map(|stack| stack.parameters.values());
        for text in parameters {
            self.check_text(desired, text, path, &manifest, Secrets::Resolved);
        }
        let functions = desired
            .functions
            .values()
            .flat_map(|function| function.environment.values().chain([&function.role]));
        let seeds = desired.seeds.values().map(|seed| &seed.table);
        let objects = desired
            .objects
            .values()
            .flat_map(|object| [&object.bucket, &object.key]);
        for text in functions.chain(seeds).chain(objects) {
            self.check_text(desired, text, path, &manifest, Secrets::Refused);
        }
        for flow in desired.flows.values() {
            let source: Arc<str> = flow.source.as_str().into();
            self.check_text(
                desired,
                &flow.content,
                &flow.file,
                &source,
                Secrets::Refused,
            );
        }
    }

    fn check_text(
        &mut self,
        desired: &Desired,
        text: &Text,
        path: &Path,
        shown: &Arc<str>,
        secrets: Secrets,
    ) {
        for (reference, at) in text.references() {
            let reason = self.missing(desired, reference).or_else(|| match secrets {
                Secrets::Refused => exposed(desired, reference),
                Secrets::Resolved => None,
            });
            if let Some(reason) = reason {
                let fault = SourceError::new(path, Arc::clone(shown), reason);
                self.faults.push(fault.at(at));
            }
        }
    }

    /// Why a ref cannot be served, whatever is on AWS. What is there and wrong is no
    /// reason: that is told where it is.
    fn missing(&self, desired: &Desired, reference: &Reference) -> Option<String> {
        let absent = |what: &str, name: &str, names: Vec<&str>| {
            (!names.contains(&name)).then(|| {
                let hint = hint(name, names);
                format!("{reference}: there is no {what} `{name}`{hint}")
            })
        };
        let names = |section: &'static str| self.manifest.names(&self.path(&[section]));
        match reference {
            Reference::StackOutput { stack, output } => match desired.stacks.get(stack) {
                Some(stack) => {
                    let outputs = stack.outputs.iter().map(String::as_str);
                    absent("output", output, outputs.collect())
                }
                None => absent("stack", stack, names("stacks")),
            },
            Reference::Function(name) | Reference::FunctionName(name) => {
                absent("function", name, names("functions"))
            }
            Reference::ObjectBucket(name) | Reference::ObjectKey(name) => {
                absent("object", name, names("objects"))
            }
            Reference::Flow(name) => absent("flow", name, names("flows")),
            Reference::Phone(name) => absent("phone number", name, names("phone_numbers")),
            Reference::Parameter(name) => absent("parameter", name, names("parameters")),
            _ => None,
        }
    }
}

/// Why a ref cannot stand outside the parameters of a stack.
fn exposed(desired: &Desired, reference: &Reference) -> Option<String> {
    let Reference::Parameter(name) = reference else {
        return None;
    };
    let parameter = desired.parameters.get(name)?;
    parameter.is_secret.then(|| {
        format!(
            "{reference} is a secret: only CloudFormation resolves it, so it stands in the \
             parameters of stacks alone"
        )
    })
}
