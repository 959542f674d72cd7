//! Parameters whose value was given for what is deployed, and is not given now: what is deployed
//! goes back to the default, which may not be meant. Pure.

use std::fmt;

use serde::Serialize;

use super::desired::{Desired, Parameter};
use super::observe::Observed;
use super::text::{Reference, Text};

/// A parameter that goes back to its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Returned {
    /// The parameter of the solution.
    pub parameter: String,
    /// What is deployed.
    pub deployed: String,
    /// What the manifest says where nothing is given.
    pub default: String,
}

impl fmt::Display for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            parameter,
            deployed,
            default,
        } = self;
        write!(
            f,
            "{parameter} becomes {default:?}, its default, as no value is given; {deployed:?} is \
             deployed. `environments:` in the manifest keeps a value for good, --param \
             {parameter}=… for one run"
        )
    }
}

/// The parameters that go back, in the order of the manifest. What no stack and no function has
/// as it is given, letter by letter, cannot be told.
pub fn returned(desired: &Desired, observed: &Observed) -> Vec<Returned> {
    let of = |name: &str, parameter: &Parameter| {
        let default = parameter.value.as_deref()?;
        if !parameter.is_default || parameter.is_secret {
            return None;
        }
        let deployed = deployed(desired, observed, name)?;
        (deployed != default).then(|| Returned {
            parameter: name.to_owned(),
            deployed: deployed.to_owned(),
            default: default.to_owned(),
        })
    };
    let all = desired.parameters.iter();
    all.filter_map(|(name, parameter)| of(name, parameter))
        .collect()
}

/// The value that a parameter has where it is deployed.
fn deployed<'a>(desired: &Desired, observed: &'a Observed, name: &str) -> Option<&'a str> {
    let of_stacks = desired.stacks.iter().find_map(|(stack, wanted)| {
        let there = observed.stacks.get(stack)?;
        let of = |(key, text): (&String, &Text)| {
            let is_hidden = wanted.declared.get(key).is_some_and(|one| one.is_no_echo);
            let value = there.parameters.get(key)?;
            (is_just(text, name) && !is_hidden).then_some(value.as_str())
        };
        wanted.parameters.iter().find_map(of)
    });
    of_stacks.or_else(|| {
        desired.functions.iter().find_map(|(function, wanted)| {
            let there = observed.functions.get(function)?;
            let of = |(key, text): (&String, &Text)| {
                let value = there.configuration.environment.get(key)?;
                is_just(text, name).then_some(value.as_str())
            };
            wanted.environment.iter().find_map(of)
        })
    })
}

/// Whether a text is a parameter and nothing else.
fn is_just(text: &Text, name: &str) -> bool {
    let mut references = text.references();
    let only = matches!(references.next(), Some((Reference::Parameter(one), _)) if one == name);
    only && references.next().is_none() && text.is_references_only()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::engine::desired::{Stack, TemplateParameter};
    use crate::engine::ports::{ObservedStack, StackStatus};
    use crate::engine::wanted::tests as example;

    fn parameter(value: &str, is_default: bool) -> Parameter {
        Parameter {
            value: Some(value.to_owned()),
            is_secret: false,
            is_default,
        }
    }

    /// A stack with `${param.Event}` in a parameter of that text, and `winter` deployed.
    fn told(text: &str, parameter: Parameter, is_no_echo: bool) -> Vec<Returned> {
        let mut desired = Desired::default();
        desired.parameters.insert("Event".to_owned(), parameter);
        let declared = TemplateParameter {
            default: None,
            is_no_echo,
        };
        let stack = Stack {
            parameters: [("EventId".to_owned(), Text::parse(text).unwrap())].into(),
            declared: [("EventId".to_owned(), declared)].into(),
            ..Stack::default()
        };
        desired.stacks.insert("storage".to_owned(), stack);
        let mut observed = example::observed();
        let there = ObservedStack {
            arn: "arn".to_owned(),
            status: StackStatus::CreateComplete,
            status_reason: None,
            parameters: [("EventId".to_owned(), "winter".to_owned())].into(),
            outputs: BTreeMap::new(),
            tags: BTreeMap::new(),
            template: None,
            termination_protection: false,
        };
        observed.stacks.insert("storage".to_owned(), there);
        returned(&desired, &observed)
    }

    #[test]
    fn what_nobody_gave_this_time_is_told() {
        let event = "${param.Event}";
        let told_one = told(event, parameter("open", true), false);
        assert_eq!(
            told_one,
            [Returned {
                parameter: "Event".to_owned(),
                deployed: "winter".to_owned(),
                default: "open".to_owned(),
            }]
        );
        assert!(told(event, parameter("open", false), false).is_empty());
        assert!(told(event, parameter("winter", true), false).is_empty());
        assert!(told(event, parameter("open", true), true).is_empty());
        assert!(told("a${param.Event}", parameter("open", true), false).is_empty());
        let secret = Parameter {
            is_secret: true,
            ..parameter("open", true)
        };
        assert!(told(event, secret, false).is_empty());
    }
}
