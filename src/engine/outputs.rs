//! What a deployment gives to whoever uses it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::desired::Desired;
use super::text::Reference;
use super::values::Values;

/// The outputs of one solution in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outputs {
    /// The solution.
    pub solution: String,
    /// The environment.
    pub environment: String,
    /// Numbers to call, E.164, by their name in the manifest.
    pub phone_numbers: BTreeMap<String, String>,
    /// ARNs of the functions' live aliases.
    pub functions: BTreeMap<String, String>,
    /// Flows.
    pub flows: BTreeMap<String, FlowOutput>,
    /// Outputs of the stacks.
    pub stacks: BTreeMap<String, BTreeMap<String, String>>,
}

/// A flow that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowOutput {
    /// Its name on the instance.
    pub name: String,
    /// Its ARN.
    pub arn: String,
}

impl Outputs {
    /// What is there of what is wanted.
    pub fn new(desired: &Desired, values: &Values) -> Self {
        let get = |reference: Reference| values.get(&reference);
        Self {
            solution: desired.solution.clone(),
            environment: desired.environment.clone(),
            phone_numbers: present(desired.phone_numbers.keys(), |name| {
                get(Reference::Phone(name))
            }),
            functions: present(desired.functions.keys(), |name| {
                get(Reference::Function(name))
            }),
            flows: desired
                .flows
                .iter()
                .filter_map(|(name, flow)| {
                    let arn = get(Reference::Flow(name.clone()))?;
                    let name_on_instance = flow.physical.clone();
                    Some((
                        name.clone(),
                        FlowOutput {
                            name: name_on_instance,
                            arn,
                        },
                    ))
                })
                .collect(),
            stacks: desired
                .stacks
                .keys()
                .filter_map(|name| Some((name.clone(), values.outputs(name)?.clone())))
                .collect(),
        }
    }

    /// Whether nothing of the solution is there.
    pub fn is_empty(&self) -> bool {
        self.phone_numbers.is_empty()
            && self.functions.is_empty()
            && self.flows.is_empty()
            && self.stacks.is_empty()
    }

    /// Outputs of stacks that are URLs, as `stack.Output` and URL.
    pub fn urls(&self) -> Vec<(String, String)> {
        self.stacks
            .iter()
            .flat_map(|(stack, outputs)| {
                outputs
                    .iter()
                    .filter(|(_, value)| is_url(value))
                    .map(move |(name, value)| (format!("{stack}.{name}"), value.clone()))
            })
            .collect()
    }
}

/// Whether a value is a web address.
pub fn is_url(value: &str) -> bool {
    value.starts_with("https://") || value.starts_with("http://")
}

fn present<'a>(
    names: impl Iterator<Item = &'a String>,
    value: impl Fn(String) -> Option<String>,
) -> BTreeMap<String, String> {
    names
        .filter_map(|name| Some((name.clone(), value(name.clone())?)))
        .collect()
}
