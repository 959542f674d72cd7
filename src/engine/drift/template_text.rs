//! What a property of a template comes to, as far as it is known from outside: texts,
//! parameters, pseudo parameters and the names of resources. The rest is a gap.

use serde_yaml::Value;

use crate::engine::ports::{ObservedStack, StackResource};

/// A template, parsed.
pub(super) struct Template(Value);

impl Template {
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_yaml::from_str(text).ok().map(Self)
    }

    pub(super) fn has_transform(&self) -> bool {
        let everywhere = self.0.get("Transform").is_some();
        everywhere || mentions(&self.0, "Fn::Transform")
    }

    pub(super) fn has_type(&self, resource_type: &str) -> bool {
        let resources = self.0.get("Resources").and_then(Value::as_mapping);
        resources
            .into_iter()
            .flat_map(|all| all.values())
            .any(|one| one.get("Type").and_then(Value::as_str) == Some(resource_type))
    }

    /// Whether the value that CloudFormation tells of a parameter is not what its ref comes
    /// to: it only names that (AWS docs, "Supported AWS-specific parameter types":
    /// `AWS::SSM::Parameter::Value<…>`), or it is asterisks in its stead (`NoEcho`). That
    /// the value is asterisks proves nothing: another parameter's may be.
    fn is_untold(&self, parameter: &str) -> bool {
        let parameter = self.0.get("Parameters").and_then(|all| all.get(parameter));
        let Some(parameter) = parameter else {
            return false;
        };
        let kind = parameter.get("Type").and_then(Value::as_str);
        let is_looked_up = kind.is_some_and(|kind| kind.starts_with("AWS::SSM::Parameter::Value"));
        let is_no_echo = match parameter.get("NoEcho") {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        };
        is_looked_up || is_no_echo
    }

    pub(super) fn properties(&self, logical_id: &str) -> Option<&Value> {
        self.0.get("Resources")?.get(logical_id)?.get("Properties")
    }
}

/// Whether a key is anywhere in a value.
fn mentions(value: &Value, key: &str) -> bool {
    match value {
        Value::Mapping(mapping) => mapping
            .iter()
            .any(|(name, value)| name.as_str() == Some(key) || mentions(value, key)),
        Value::Sequence(values) => values.iter().any(|value| mentions(value, key)),
        Value::Tagged(tagged) => tagged.tag == "Transform" || mentions(&tagged.value, key),
        _ => false,
    }
}

/// What is known of a stack.
pub(super) struct Scope<'a> {
    pub(super) stack: &'a ObservedStack,
    pub(super) template: &'a Template,
    pub(super) resources: &'a [StackResource],
    pub(super) account: &'a str,
}

/// A text with gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
    /// Whether the property may not have been given at all.
    optional: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Known(String),
    Gap,
}

impl Pattern {
    fn known(text: impl Into<String>) -> Self {
        let text = text.into();
        // A dynamic reference: CloudFormation alone sees what is behind it.
        if text.contains("{{resolve:") {
            return Self::gap();
        }
        Self::of(vec![Piece::Known(text)])
    }

    fn gap() -> Self {
        Self::of(vec![Piece::Gap])
    }

    fn of(pieces: Vec<Piece>) -> Self {
        Self {
            pieces,
            optional: false,
        }
    }

    /// Whether a text may be this. A gap is some text without wildcards: those would be
    /// an opening that the template did not ask for.
    pub(super) fn matches(&self, text: &str) -> bool {
        fits(&self.pieces, text)
    }

    pub(super) fn may_be_absent(&self) -> bool {
        self.optional
    }
}

fn fits(pieces: &[Piece], text: &str) -> bool {
    match pieces {
        [] => text.is_empty(),
        [Piece::Known(known), rest @ ..] => text
            .strip_prefix(known.as_str())
            .is_some_and(|text| fits(rest, text)),
        [Piece::Gap, rest @ ..] => text
            .char_indices()
            .take_while(|(_, letter)| !matches!(letter, '*' | '?'))
            .any(|(at, letter)| fits(rest, &text[at + letter.len_utf8()..])),
    }
}

impl Scope<'_> {
    /// What a property comes to.
    pub(super) fn text(&self, value: &Value) -> Pattern {
        match value {
            Value::String(text) => Pattern::known(text),
            Value::Number(number) => Pattern::known(number.to_string()),
            Value::Bool(flag) => Pattern::known(flag.to_string()),
            Value::Tagged(tagged) => {
                let name = tagged.tag.to_string();
                self.call(name.trim_start_matches('!'), &tagged.value)
            }
            Value::Mapping(mapping) if mapping.len() == 1 => match mapping.iter().next() {
                Some((name, argument)) => {
                    let name = name.as_str().unwrap_or_default();
                    self.call(name.strip_prefix("Fn::").unwrap_or(name), argument)
                }
                None => Pattern::gap(),
            },
            _ => Pattern::gap(),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Pattern {
        match (function, argument) {
            ("Ref", Value::String(name)) => self.reference(name),
            ("Sub", Value::String(text)) => self.substitute(text, None),
            ("Sub", Value::Sequence(parts)) => match parts.as_slice() {
                [Value::String(text), names] => self.substitute(text, Some(names)),
                _ => Pattern::gap(),
            },
            ("Join", Value::Sequence(parts)) => match parts.as_slice() {
                [Value::String(separator), Value::Sequence(parts)] => self.join(separator, parts),
                _ => Pattern::gap(),
            },
            // One of its branches may be `AWS::NoValue`.
            ("If", _) => Pattern {
                optional: true,
                ..Pattern::gap()
            },
            _ => Pattern::gap(),
        }
    }

    fn reference(&self, name: &str) -> Pattern {
        let arn: Vec<&str> = self.stack.arn.split([':', '/']).collect();
        let part = |at: usize| {
            arn.get(at)
                .map_or_else(Pattern::gap, |part| Pattern::known(*part))
        };
        match name {
            "AWS::AccountId" => Pattern::known(self.account),
            "AWS::Partition" => part(1),
            "AWS::Region" => part(3),
            "AWS::StackId" => Pattern::known(&self.stack.arn),
            "AWS::StackName" => part(6),
            "AWS::NoValue" => Pattern {
                optional: true,
                ..Pattern::gap()
            },
            _ => match self.stack.parameters.get(name) {
                Some(_) if self.template.is_untold(name) => Pattern::gap(),
                Some(value) => Pattern::known(value),
                None => self
                    .resources
                    .iter()
                    .find(|one| one.logical_id == name && !one.physical_id.is_empty())
                    .map_or_else(Pattern::gap, |one| Pattern::known(&one.physical_id)),
            },
        }
    }

    fn substitute(&self, text: &str, names: Option<&Value>) -> Pattern {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            pieces.push(Piece::Known(before.to_owned()));
            let Some((name, after)) = after.split_once('}') else {
                return Pattern::gap();
            };
            let own = names.and_then(|names| names.get(name));
            match (name.strip_prefix('!'), own) {
                (Some(literal), _) => pieces.push(Piece::Known(format!("${{{literal}}}"))),
                (None, Some(value)) => pieces.extend(self.text(value).pieces),
                (None, None) if name.contains('.') => pieces.push(Piece::Gap),
                (None, None) => pieces.extend(self.reference(name).pieces),
            }
            rest = after;
        }
        pieces.push(Piece::Known(rest.to_owned()));
        Pattern::of(pieces)
    }

    fn join(&self, separator: &str, parts: &[Value]) -> Pattern {
        let mut pieces = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                pieces.push(Piece::Known(separator.to_owned()));
            }
            pieces.extend(self.text(part).pieces);
        }
        Pattern::of(pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ports::StackStatus;

    #[test]
    fn asterisks_are_a_value_unless_the_parameter_is_no_echo() {
        let template = Template::read(
            "Parameters:\n  Plain: { Type: String }\n  Hidden: { Type: String, NoEcho: true }\n  \
             Quoted: { Type: String, NoEcho: 'TRUE' }\nResources: {}\n",
        )
        .unwrap();
        let parameters = ["Plain", "Hidden", "Quoted"];
        let stack = ObservedStack {
            arn: String::new(),
            status: StackStatus::CreateComplete,
            status_reason: None,
            parameters: parameters
                .map(|name| (name.to_owned(), "****".to_owned()))
                .into(),
            outputs: std::collections::BTreeMap::new(),
            tags: std::collections::BTreeMap::new(),
            template: None,
            termination_protection: false,
        };
        let scope = Scope {
            stack: &stack,
            template: &template,
            resources: &[],
            account: "111122223333",
        };
        let may_be = |parameter: &str, text: &str| scope.reference(parameter).matches(text);
        assert!(may_be("Plain", "****"));
        assert!(!may_be("Plain", "hunter2"), "its value is reported");
        for hidden in ["Hidden", "Quoted"] {
            assert!(may_be(hidden, "hunter2"), "{hidden}");
        }
    }
}
