//! What is wanted of a function, part by part, as a plan shows it. Its structure is taken apart
//! without `..`: a field that is added must be shown, or left out with a reason.

use super::diff::configuration;
use crate::engine::desired::{Code, CodeSource, Function, Probe};
use crate::engine::ports::FunctionConfiguration;
use crate::engine::values::Values;
use crate::engine::wanted::Part;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// The parts of a function.
pub(super) fn parts(values: &Values, function: &Function) -> Vec<Part> {
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
        // An order, which changes nothing that is deployed.
        depends_on: _,
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
    Some(const_hex::encode(bytes))
}
