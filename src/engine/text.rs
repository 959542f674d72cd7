//! Text with refs: `${kind.name}` in a manifest or a flow, `$${` for a literal `${`.

use std::fmt;
use std::ops::Range;

/// What a `${…}` names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// `${stack.NAME.OUTPUT}`: an output of a stack of the solution.
    StackOutput {
        /// The stack's name in the manifest.
        stack: String,
        /// The output's name in the template.
        output: String,
    },
    /// `${function.NAME}`: the ARN of the function's alias `live`.
    Function(String),
    /// `${function.NAME.name}`: the function's name on AWS; known before it is there.
    FunctionName(String),
    /// `${object.NAME.bucket}`: the bucket an object is in; whoever names it waits for the object.
    ObjectBucket(String),
    /// `${object.NAME.key}`: the key of an object in its bucket; likewise.
    ObjectKey(String),
    /// `${flow.NAME}`: a flow's ARN.
    Flow(String),
    /// `${module.NAME}`, `${queue.NAME}`, …: something of the instance, by its name there.
    Lookup(LookupKind, String),
    /// `${phone.NAME}`: the E.164 number bound under that name of the manifest.
    Phone(String),
    /// `${instance.arn}`
    InstanceArn,
    /// `${instance.id}`
    InstanceId,
    /// `${region}`
    Region,
    /// `${account}`
    Account,
    /// `${param.NAME}`: a parameter of the solution.
    Parameter(String),
}

/// What is looked up on the instance by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LookupKind {
    /// A flow module.
    Module,
    /// A queue.
    Queue,
    /// Hours of operation.
    Hours,
    /// A prompt.
    Prompt,
}

impl LookupKind {
    /// The word in a ref.
    pub fn word(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Queue => "queue",
            Self::Hours => "hours",
            Self::Prompt => "prompt",
        }
    }
}

/// The kinds of refs, as written, for messages.
pub const KINDS: &[&str] = &[
    "stack.NAME.OUTPUT",
    "function.NAME",
    "function.NAME.name",
    "object.NAME.bucket",
    "object.NAME.key",
    "flow.NAME",
    "module.NAME",
    "queue.NAME",
    "hours.NAME",
    "prompt.NAME",
    "phone.NAME",
    "instance.arn",
    "instance.id",
    "region",
    "account",
    "param.NAME",
];

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StackOutput { stack, output } => write!(f, "${{stack.{stack}.{output}}}"),
            Self::Function(name) => write!(f, "${{function.{name}}}"),
            Self::FunctionName(name) => write!(f, "${{function.{name}.name}}"),
            Self::ObjectBucket(name) => write!(f, "${{object.{name}.bucket}}"),
            Self::ObjectKey(name) => write!(f, "${{object.{name}.key}}"),
            Self::Flow(name) => write!(f, "${{flow.{name}}}"),
            Self::Lookup(kind, name) => write!(f, "${{{}.{name}}}", kind.word()),
            Self::Phone(name) => write!(f, "${{phone.{name}}}"),
            Self::InstanceArn => f.write_str("${instance.arn}"),
            Self::InstanceId => f.write_str("${instance.id}"),
            Self::Region => f.write_str("${region}"),
            Self::Account => f.write_str("${account}"),
            Self::Parameter(name) => write!(f, "${{param.{name}}}"),
        }
    }
}

/// A `${…}` that is no ref.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct BadReference {
    /// Where in the text, in bytes.
    pub at: Range<usize>,
    /// Why.
    pub reason: String,
}

/// Text with its refs taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Reference(Reference, Range<usize>),
}

impl Text {
    /// Takes text apart.
    ///
    /// # Errors
    /// Every `${…}` that is no ref, with its place.
    pub fn parse(source: &str) -> Result<Self, Vec<BadReference>> {
        let mut segments = Vec::new();
        let mut wrong = Vec::new();
        let mut literal = String::new();
        let mut position = 0;
        while let Some(found) = source[position..].find("${") {
            let start = position + found;
            if source[..start].ends_with('$') && start > position {
                // `$${`: the dollar before it escapes it.
                literal.push_str(&source[position..start - 1]);
                literal.push_str("${");
                position = start + 2;
                continue;
            }
            literal.push_str(&source[position..start]);
            let rest = &source[start + 2..];
            let length = rest
                .find(['}', '"', '\n'])
                .filter(|end| rest[*end..].starts_with('}'));
            let Some(length) = length else {
                wrong.push(BadReference {
                    at: start..start + 2,
                    reason: "`${` without its `}` (a literal `${` is written `$${`)".to_owned(),
                });
                position = start + 2;
                continue;
            };
            let at = start..start + 2 + length + 1;
            let reference = match parse_reference(&rest[..length]) {
                Ok(reference) => reference,
                Err(reason) => {
                    position = at.end;
                    wrong.push(BadReference { at, reason });
                    continue;
                }
            };
            if !literal.is_empty() {
                segments.push(Segment::Literal(std::mem::take(&mut literal)));
            }
            position = at.end;
            segments.push(Segment::Reference(reference, at));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        literal.push_str(&source[position..]);
        if !literal.is_empty() {
            segments.push(Segment::Literal(literal));
        }
        Ok(Self { segments })
    }

    /// Text without refs.
    pub fn literal(text: impl Into<String>) -> Self {
        Self {
            segments: vec![Segment::Literal(text.into())],
        }
    }

    /// With the places of its refs in the file that the text stands in.
    #[must_use]
    pub fn located(mut self, place: impl Fn(Range<usize>) -> Range<usize>) -> Self {
        for segment in &mut self.segments {
            if let Segment::Reference(_, at) = segment {
                *at = place(at.clone());
            }
        }
        self
    }

    /// The refs with their places in the source, in its order.
    pub fn references(&self) -> impl Iterator<Item = (&Reference, Range<usize>)> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Reference(reference, at) => Some((reference, at.clone())),
        })
    }

    /// Whether nothing stands in it but refs.
    pub fn is_references_only(&self) -> bool {
        self.segments
            .iter()
            .all(|segment| matches!(segment, Segment::Reference(..)))
    }

    /// Puts values in place of the refs.
    ///
    /// # Errors
    /// The first ref without a value.
    pub fn resolve(
        &self,
        value: impl Fn(&Reference) -> Option<String>,
    ) -> Result<String, &Reference> {
        let mut text = String::new();
        for segment in &self.segments {
            match segment {
                Segment::Literal(literal) => text.push_str(literal),
                Segment::Reference(reference, _) => {
                    text.push_str(&value(reference).ok_or(reference)?);
                }
            }
        }
        Ok(text)
    }

    /// As [`Text::resolve`], with values escaped for the JSON strings they stand in.
    ///
    /// # Errors
    /// The first ref without a value.
    pub fn resolve_in_json(
        &self,
        value: impl Fn(&Reference) -> Option<String>,
    ) -> Result<String, &Reference> {
        self.resolve(|reference| {
            value(reference).map(|text| {
                let quoted = serde_json::Value::String(text).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            })
        })
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Literal(literal) => f.write_str(literal)?,
                Segment::Reference(reference, _) => reference.fmt(f)?,
            }
        }
        Ok(())
    }
}

fn parse_reference(inner: &str) -> Result<Reference, String> {
    let (kind, name) = inner.split_once('.').unwrap_or((inner, ""));
    let named = |make: fn(String) -> Reference| {
        if name.is_empty() {
            Err(format!("`${{{kind}}}` needs a name: `${{{kind}.NAME}}`"))
        } else {
            Ok(make(name.to_owned()))
        }
    };
    match kind {
        "stack" => match name.split_once('.') {
            Some((stack, output)) if !stack.is_empty() && !output.is_empty() => {
                Ok(Reference::StackOutput {
                    stack: stack.to_owned(),
                    output: output.to_owned(),
                })
            }
            _ => Err(format!(
                "`${{{inner}}}` needs a stack and an output: `${{stack.NAME.OUTPUT}}`"
            )),
        },
        "function" => match name.strip_suffix(".name") {
            Some(name) if !name.is_empty() => Ok(Reference::FunctionName(name.to_owned())),
            _ => named(Reference::Function),
        },
        "object" => match name.rsplit_once('.') {
            Some((name, "bucket")) if !name.is_empty() => {
                Ok(Reference::ObjectBucket(name.to_owned()))
            }
            Some((name, "key")) if !name.is_empty() => Ok(Reference::ObjectKey(name.to_owned())),
            _ => Err(format!(
                "`${{{inner}}}` needs an object and what of it: `${{object.NAME.bucket}}` or \
                 `${{object.NAME.key}}`"
            )),
        },
        "flow" => named(Reference::Flow),
        "module" => named(|name| Reference::Lookup(LookupKind::Module, name)),
        "queue" => named(|name| Reference::Lookup(LookupKind::Queue, name)),
        "hours" => named(|name| Reference::Lookup(LookupKind::Hours, name)),
        "prompt" => named(|name| Reference::Lookup(LookupKind::Prompt, name)),
        "phone" => named(Reference::Phone),
        "param" => named(Reference::Parameter),
        "instance" if name == "arn" => Ok(Reference::InstanceArn),
        "instance" if name == "id" => Ok(Reference::InstanceId),
        "region" if name.is_empty() => Ok(Reference::Region),
        "account" if name.is_empty() => Ok(Reference::Account),
        _ => {
            let nearest = super::nearest::nearest(
                kind,
                KINDS
                    .iter()
                    .map(|known| known.split('.').next().unwrap_or(known)),
            );
            let hint = nearest.map_or_else(
                || format!("there are {}", KINDS.join(", ")),
                |name| format!("did you mean `{name}`?"),
            );
            Err(format!(
                "`${{{inner}}}` is no ref: {hint} (a literal `${{` is written `$${{`)"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn references(source: &str) -> Vec<String> {
        Text::parse(source)
            .unwrap()
            .references()
            .map(|(reference, at)| {
                assert_eq!(reference.to_string(), source[at]);
                reference.to_string()
            })
            .collect()
    }

    #[test]
    fn refs_are_found_with_their_places() {
        assert_eq!(
            references(
                "a ${stack.storage.TableName} ${function.f.name}${object.o.key}${flow.read}${queue.Basic Queue}"
            ),
            [
                "${stack.storage.TableName}",
                "${function.f.name}",
                "${object.o.key}",
                "${flow.read}",
                "${queue.Basic Queue}"
            ]
        );
    }

    #[test]
    fn an_escaped_ref_is_literal_and_paths_are_untouched() {
        let text = Text::parse("$${stack.a.b} $.External.x $$ ${region}").unwrap();
        assert_eq!(
            text.resolve(|_| Some("eu-west-2".to_owned())).unwrap(),
            "${stack.a.b} $.External.x $$ eu-west-2"
        );
    }

    #[test]
    fn a_misspelt_kind_names_the_nearest() {
        let errors = Text::parse("x ${functon.a} ${flow.b} ${que").unwrap_err();
        assert_eq!(errors[0].at, 2..14);
        assert!(errors[0].reason.contains("did you mean `function`?"));
        assert_eq!((errors[1].at.clone(), errors.len()), (25..27, 2));
        assert!(Text::parse("${stack.a}").is_err());
        assert!(Text::parse("${object.a}").is_err());
        assert!(Text::parse("${object.a.size}").is_err());
        assert!(Text::parse("${unclosed").is_err());
    }

    #[test]
    fn values_are_escaped_for_json() {
        let text = Text::parse(r#"{"a": "${param.x}"}"#).unwrap();
        let json = text
            .resolve_in_json(|_| Some("say \"hi\"\n".to_owned()))
            .unwrap();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["a"], "say \"hi\"\n");
    }

    proptest! {
        #[test]
        fn any_text_is_taken_apart_or_refused_and_put_together_again(source in ".*") {
            if let Ok(text) = Text::parse(&source)
                && !source.contains("$${")
            {
                prop_assert_eq!(text.to_string(), source);
            }
        }
    }
}
