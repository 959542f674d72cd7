//! What is wanted, part by part, as a plan shows it and a reviewer reads it: with its
//! refs as they are written, and what they stand for as far as that is known. The
//! digests of plans are made of these parts, so that what is reviewed is what is
//! applied. Pure.
//!
//! Every structure of [`desired`](super::desired) is taken apart here without `..`: a
//! field that is added must be shown, or left out with a reason.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::desired::{
    Code, CodeSource, Desired, Flow, Function, Object, PhoneNumber, Probe, Seed, SeedItem, Stack,
};
use super::diff::{configuration, digest_parts, statement, statement_id};
use super::observe::Observed;
use super::plan::digest;
use super::ports::FunctionConfiguration;
use super::text::{Reference, Text};
use super::values::{LIVE, Values};

/// What is shown in the place of a value that is nobody's business.
pub const HIDDEN: &str = "(hidden)";

/// One part of what is wanted of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What it is, e.g. `memory`, `variable TABLE_NAME`; no resource has two of a name.
    pub name: String,
    /// As it is written, with its refs: `${stack.storage.TableName}`. A file by its path
    /// from the manifest's folder. [`HIDDEN`] when it is neither a ref nor for every eye.
    pub written: String,
    /// What it is with the values of its refs; absent without refs, when one is not
    /// known yet, and when the value is hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether its value is shown to nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_hidden: bool,
    /// SHA-256, 64 hexadecimal digits: of the file's content, or of what is hidden
    /// together with its name and its resource's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Bytes of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

impl Part {
    fn plain(name: impl Into<String>, written: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            written: written.into(),
            value: None,
            is_hidden: false,
            sha256: None,
            bytes: None,
        }
    }

    fn text(name: impl Into<String>, text: &Text, values: &Values) -> Self {
        let has_references = text.references().next().is_some();
        Self {
            value: has_references.then(|| values.known(text)).flatten(),
            ..Self::plain(name, text.to_string())
        }
    }

    /// Only that it is another one can be seen of it.
    fn hidden(resource: &str, name: String, text: &Text, values: &Values) -> Self {
        let written = text.to_string();
        let value = values.known(text).unwrap_or_default();
        let sha256 = digest_parts([resource, &name, &written, &value]);
        Self {
            is_hidden: true,
            sha256: Some(sha256),
            // A ref is a name, not a value.
            ..Self::plain(
                name,
                if text.is_references_only() {
                    written
                } else {
                    HIDDEN.to_owned()
                },
            )
        }
    }

    fn file(name: &str, path: &str, content: &[u8]) -> Self {
        Self {
            sha256: Some(digest(content)),
            bytes: u64::try_from(content.len()).ok(),
            ..Self::plain(name, path)
        }
    }
}

/// The digest of what is wanted of a resource.
pub(super) fn digest_of(parts: &[Part]) -> String {
    // Serializing plain data cannot fail.
    digest(&serde_json::to_vec(parts).unwrap_or_default())
}

/// The parts of a stack. Its tags are the plan's.
pub(super) fn stack(desired: &Desired, values: &Values, stack: &Stack) -> Vec<Part> {
    let Stack {
        physical,
        template,
        origin,
        parameters,
        declared,
        // Read from the template, whose digest is a part.
        resources: _,
        outputs: _,
    } = stack;
    let mut parts = vec![
        Part::plain("name", physical),
        Part::file("template", origin, template.as_bytes()),
    ];
    parts.extend(parameters.iter().map(|(key, text)| {
        let name = format!("parameter {key}");
        let is_no_echo = declared
            .get(key)
            .is_some_and(|declared| declared.is_no_echo);
        if is_no_echo || names_secret(desired, text) {
            Part::hidden(physical, name, text, values)
        } else {
            Part::text(name, text, values)
        }
    }));
    parts
}

/// Whether a text has a value that nobody may read.
pub(super) fn names_secret(desired: &Desired, text: &Text) -> bool {
    text.references().any(|(reference, _)| match reference {
        Reference::Parameter(name) => desired
            .parameters
            .get(name)
            .is_some_and(|parameter| parameter.is_secret),
        _ => false,
    })
}

/// The parts of an object.
pub(super) fn object(values: &Values, object: &Object) -> Vec<Part> {
    let Object {
        bucket,
        key,
        content,
        origin,
        content_type,
        // Made of the content.
        sha256: _,
    } = object;
    vec![
        Part::file("file", origin, content),
        Part::text("bucket", bucket, values),
        Part::text("key", key, values),
        Part::plain("content type", content_type),
    ]
}

/// The parts of a seed.
pub(super) fn seed(values: &Values, seed: &Seed) -> Vec<Part> {
    let Seed {
        table,
        items,
        origin,
        source,
        // Where problems are shown.
        file: _,
    } = seed;
    let attributes: Vec<_> = items
        .iter()
        .map(|item| {
            let SeedItem {
                attributes,
                span: _,
                places: _,
            } = item;
            attributes
        })
        .collect();
    let mut parts = vec![Part::text("table", table, values)];
    // The manifest has more than the items that stand in it.
    if let Some(origin) = origin {
        parts.push(Part::file("file", origin, source.as_bytes()));
    }
    parts.push(Part {
        sha256: Some(digest(format!("{attributes:?}").as_bytes())),
        ..Part::plain("items", items.len().to_string())
    });
    parts
}

/// The parts of a function.
pub(super) fn function(values: &Values, function: &Function) -> Vec<Part> {
    let Function {
        physical,
        role,
        environment,
        source,
        code: Code { zip, sha256 },
        connect,
        probe,
        // Parts of the configuration.
        memory: _,
        timeout: _,
        runtime: _,
        architecture: _,
        description: _,
    } = function;
    let FunctionConfiguration {
        memory,
        timeout,
        runtime,
        handler,
        architecture,
        description,
        // Texts below.
        role: _,
        environment: _,
        // A manifest names none: none is wanted of any function.
        layers: _,
        file_systems: _,
        dead_letter_target: _,
    } = configuration(function, String::new(), Default::default());
    let mut parts = vec![
        Part::plain("name", physical),
        Part {
            sha256: hexadecimal(sha256),
            bytes: u64::try_from(zip.len()).ok(),
            ..match source {
                CodeSource::Package(package) => Part::plain("package", package),
                CodeSource::Zip(path) => Part::plain("zip", path),
            }
        },
        Part::text("role", role, values),
        Part::plain("memory", format!("{memory} MB")),
        Part::plain("timeout", format!("{timeout} s")),
        Part::plain("runtime", runtime),
        Part::plain("handler", handler),
        Part::plain("architecture", architecture),
        Part::plain("description", description),
        Part::plain("connect", connect.to_string()),
    ];
    if let Some(Probe { origin, event }) = probe {
        parts.push(Part::file("probe", origin, event));
    }
    parts.extend(
        environment
            .iter()
            .map(|(name, text)| Part::text(format!("variable {name}"), text, values)),
    );
    parts
}

/// The Base64 that Lambda tells, in hexadecimal.
fn hexadecimal(base64: &str) -> Option<String> {
    let bytes = BASE64.decode(base64).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The parts of an access.
pub(super) fn access(observed: &Observed, function: &Function) -> Vec<Part> {
    let statement = statement(&observed.instance, &observed.identity.account);
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
    vec![
        Part::plain("alias", format!("{}:{LIVE}", function.physical)),
        Part::plain("statement", statement_id(&observed.instance)),
        Part::plain("principal", statement.principal),
        Part::plain("source ARN", or_none(statement.source_arn)),
        Part::plain("source account", or_none(statement.source_account)),
    ]
}

/// The parts of a flow. Its refs stand in its file: what each stands for is a part of
/// its own, named by the ref.
pub(super) fn flow(values: &Values, flow: &Flow) -> Vec<Part> {
    let Flow {
        physical,
        flow_type,
        description,
        content,
        origin,
        source,
        // Where problems are shown.
        file: _,
    } = flow;
    let references: BTreeSet<&Reference> = content
        .references()
        .map(|(reference, _)| reference)
        .collect();
    let mut parts = vec![
        Part::plain("name", physical),
        Part::plain("type", flow_type),
        Part::plain("description", description),
        Part::file("file", origin, source.as_bytes()),
    ];
    parts.extend(references.into_iter().map(|reference| Part {
        value: values.get(reference),
        ..Part::plain(reference.to_string(), reference.to_string())
    }));
    parts
}

/// The parts of a phone number.
pub(super) fn phone_number(values: &Values, number: &PhoneNumber) -> Vec<Part> {
    let PhoneNumber {
        flow,
        country,
        number_type,
        number,
    } = number;
    let reference = Reference::Flow(flow.clone());
    vec![
        Part {
            value: values.get(&reference),
            ..Part::plain("flow", reference.to_string())
        },
        Part::plain("country", country),
        Part::plain("type", number_type),
        Part::plain("number", number.as_deref().unwrap_or("any that is free")),
    ]
}

#[cfg(test)]
pub(super) mod tests;
