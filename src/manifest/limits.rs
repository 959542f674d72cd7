//! What AWS does not take, told at its place before anything is deployed. What a ref becomes is
//! not known here: a text with refs is judged by its letters without them. Pure.

use std::collections::BTreeMap;

use super::load::Manifest;
use super::model::{Function, PhoneNumber, Solution};
use super::source::{Faults, SourceError};
use crate::engine::text::Text;

/// Lambda API reference, CreateFunction: Description.
const FUNCTION_DESCRIPTION: usize = 256;
/// Lambda API reference, CreateFunction: MemorySize, in MB.
const MEMORY: std::ops::RangeInclusive<u32> = 128..=10_240;
/// Lambda API reference, CreateFunction: Timeout, in seconds.
const TIMEOUT: std::ops::RangeInclusive<u32> = 1..=900;
/// Lambda developer guide, quotas: all environment variables together, in bytes.
const VARIABLES: usize = 4_096;
/// CloudFormation API reference, CreateChangeSet: TemplateBody, in bytes.
const TEMPLATE_BODY: usize = 51_200;

/// Checks what the manifest itself says.
pub fn check(manifest: &Manifest, faults: &mut Faults) {
    let mut numbers: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for (solution, written) in &manifest.document.solutions {
        for (name, function) in &written.functions {
            check_function(manifest, [solution, name], function, faults);
        }
        check_numbers(manifest, solution, written, &mut numbers, faults);
    }
}

fn check_function(
    manifest: &Manifest,
    [solution, name]: [&str; 2],
    function: &Function,
    faults: &mut Faults,
) {
    let wrong = |key: &'static str, message: String| {
        let place = manifest.place(&["solutions", solution, "functions", name, key]);
        manifest.wrong(message).at_place(place)
    };
    let length = function.description.chars().count();
    if length > FUNCTION_DESCRIPTION {
        let message = format!(
            "the description of a function has {FUNCTION_DESCRIPTION} letters at most, this one {length}"
        );
        faults.push(wrong("description", message));
    }
    for (key, value, range, unit) in [
        ("memory", function.memory, MEMORY, "MB"),
        ("timeout", function.timeout, TIMEOUT, "seconds"),
    ] {
        if !range.contains(&value) {
            let message = format!(
                "the {key} of a function is {} to {} {unit}, not {value}",
                range.start(),
                range.end()
            );
            faults.push(wrong(key, message));
        }
    }
    let bytes: usize = function
        .environment
        .iter()
        .map(|(name, value)| name.len() + literal(value))
        .sum();
    if bytes > VARIABLES {
        let message = format!(
            "the environment of a function has {VARIABLES} bytes at most, names and values together; \
             this one has {bytes}"
        );
        faults.push(wrong("environment", message));
    }
    for variable in function.environment.keys() {
        if !is_variable(variable) {
            let place = [
                "solutions",
                solution,
                "functions",
                name,
                "environment",
                variable,
            ];
            let message = format!("Lambda takes no variable named `{variable}`");
            let fault = manifest.wrong(message).at_place(manifest.place(&place));
            faults.push(fault.help("a letter, then one or more letters, digits and underscores"));
        }
    }
}

/// Lambda API reference, Environment: the names of variables are `[a-zA-Z]([a-zA-Z0-9_])+`.
fn is_variable(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && name.len() > 1
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// The bytes of a text that stay whatever its refs become.
fn literal(text: &str) -> usize {
    match Text::parse(text) {
        Ok(parsed) => {
            let refs: usize = parsed.references().map(|(_, at)| at.len()).sum();
            text.len().saturating_sub(refs)
        }
        // What is wrong with it is told elsewhere.
        Err(_) => 0,
    }
}

fn check_numbers<'a>(
    manifest: &Manifest,
    solution: &'a str,
    written: &'a Solution,
    numbers: &mut BTreeMap<&'a str, (&'a str, &'a str)>,
    faults: &mut Faults,
) {
    for (name, PhoneNumber { number, .. }) in &written.phone_numbers {
        let Some(number) = number else { continue };
        if let Some((other, key)) = numbers.insert(number, (solution, name)) {
            let message = format!("{number} is the number {key} of {other} already");
            let place = ["solutions", solution, "phone_numbers", name, "number"];
            let fault = manifest.wrong(message).at_place(manifest.place(&place));
            faults.push(fault.help("a number rings one flow"));
        }
    }
}

/// Checks the size of a template as it is sent.
///
/// # Errors
/// Too long to be sent.
pub fn template(path: &std::path::Path, text: &str) -> Result<(), SourceError> {
    if text.len() <= TEMPLATE_BODY {
        return Ok(());
    }
    let message = format!(
        "the template has {} bytes; one that is sent without a bucket has {TEMPLATE_BODY} at most",
        text.len()
    );
    Err(SourceError::new(path, text, message)
        .at(0..0)
        .help("split it into several stacks; templates by way of a bucket are not implemented"))
}
