//! Parameters of a solution: what each may be, and what it is in an environment.

use std::collections::BTreeMap;
use std::ops::Range;

use indexmap::IndexMap;
use regex::Regex;

use super::load::Manifest;
use super::model::{Document, OfSolution, Parameter, ParameterType, Solution};
use super::secret;
use super::source::{Faults, SourceError};
use super::tree::{Node, is_decimal};
use crate::engine::desired;
use crate::engine::nearest::{hint, nearest};

/// What becomes of a parameter that has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is an error: something would be deployed without it.
    Refused,
    /// What needs it is not known: nothing is deployed.
    Tolerated,
}

/// Why a value is none of a parameter. A secret's value is never said.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadValue {
    /// No number.
    #[error("`{0}` is no number")]
    Number(String),
    /// No boolean.
    #[error("`{0}` is no boolean: true or false")]
    Boolean(String),
    /// None of those allowed.
    #[error("`{value}` is not allowed{hint}")]
    Allowed {
        /// The value.
        value: String,
        /// The nearest one.
        hint: String,
    },
    /// Does not match.
    #[error("`{value}` does not match `{pattern}`")]
    Pattern {
        /// The value.
        value: String,
        /// The pattern.
        pattern: String,
    },
    /// Too small.
    #[error("{value} is too small: {min} at least")]
    Small {
        /// The value.
        value: String,
        /// The limit.
        min: f64,
    },
    /// Too large.
    #[error("{value} is too large: {max} at most")]
    Large {
        /// The value.
        value: String,
        /// The limit.
        max: f64,
    },
    /// A pattern that cannot be compiled, though it is one.
    #[error("the pattern `{pattern}` is too large: repeat less in it")]
    LargePattern {
        /// The pattern.
        pattern: String,
    },
    /// No reference to a secret.
    #[error(transparent)]
    Secret(#[from] secret::NoReference),
}

/// The value as it is passed on, its pattern not yet looked at.
///
/// # Errors
/// [`BadValue`]
fn value_of(parameter: &Parameter, allowed: &[String], text: &str) -> Result<String, BadValue> {
    let text_owned = || text.to_owned();
    match parameter.kind {
        ParameterType::Secret => {
            return secret::Reference::parse(text)
                .map(|reference| reference.dynamic())
                .map_err(BadValue::from);
        }
        ParameterType::Boolean if text != "true" && text != "false" => {
            return Err(BadValue::Boolean(text_owned()));
        }
        ParameterType::Number => {
            let number = text
                .parse::<f64>()
                .ok()
                .filter(|_| is_decimal(text))
                .ok_or_else(|| BadValue::Number(text_owned()))?;
            if let Some(min) = parameter.min.filter(|min| number < *min) {
                return Err(BadValue::Small {
                    value: text_owned(),
                    min,
                });
            }
            if let Some(max) = parameter.max.filter(|max| number > *max) {
                return Err(BadValue::Large {
                    value: text_owned(),
                    max,
                });
            }
        }
        ParameterType::Boolean | ParameterType::String => {}
    }
    if !allowed.is_empty() && !allowed.iter().any(|one| one == text) {
        return Err(BadValue::Allowed {
            value: text_owned(),
            hint: hint(text, allowed.iter().map(String::as_str)),
        });
    }
    Ok(text_owned())
}

/// Holds a value against the pattern of its parameter. Compiling one costs milliseconds
/// (`.{1,1000}`), so only the values of a solution that is meant come here.
///
/// # Errors
/// [`BadValue::Pattern`], [`BadValue::LargePattern`]
fn check_pattern(parameter: &Parameter, text: &str) -> Result<(), BadValue> {
    let Some(pattern) = &parameter.pattern else {
        return Ok(());
    };
    match Regex::new(&whole(pattern)) {
        Ok(regex) if regex.is_match(text) => Ok(()),
        Ok(_) => Err(BadValue::Pattern {
            value: text.to_owned(),
            pattern: pattern.clone(),
        }),
        Err(_) => Err(BadValue::LargePattern {
            pattern: pattern.clone(),
        }),
    }
}

/// A pattern that the whole value must match, as CloudFormation's `AllowedPattern`.
fn whole(pattern: &str) -> String {
    format!("^(?:{pattern})$")
}

/// Checks what the solutions declare, and all that the environments give, but whether it
/// matches its pattern: [`values`] does, for the solutions that are meant.
pub(super) fn check(manifest: &Manifest, faults: &mut Faults) {
    for (name, solution) in &manifest.document.solutions {
        for (parameter, declared) in &solution.parameters {
            faults.take(check_declared(manifest, name, parameter, declared));
        }
    }
    for (name, environment) in &manifest.document.environments {
        for parameter in environment.parameters.keys() {
            let path = ["environments", name, "parameters", parameter];
            let mut declaring = declaring(manifest, parameter).peekable();
            if declaring.peek().is_none() && !is_written(manifest, parameter) {
                let all = manifest.document.solutions.values();
                let known: Vec<&str> = all.flat_map(names).collect();
                let fault = unknown(manifest, parameter, "no solution", &known);
                faults.push(fault.at_place(manifest.key_place(&path)));
            }
            for solution in declaring {
                faults.take(check_given(manifest, solution, parameter, &path));
            }
        }
        for (solution, given) in &environment.solutions {
            let path = ["environments", name, "solutions", solution];
            faults.extend(check_of_solution(manifest, solution, given, path));
        }
    }
}

/// What an environment gives to one solution.
fn check_of_solution(
    manifest: &Manifest,
    solution: &str,
    given: &OfSolution,
    path: [&str; 4],
) -> Vec<SourceError> {
    let Some(declared) = manifest.document.solutions.get(solution) else {
        let hint = hint(solution, manifest.names(&["solutions"]));
        let message = format!("there is no solution `{solution}`{hint}");
        let fault = manifest.wrong(message);
        return vec![fault.at_place(manifest.key_place(&path))];
    };
    let written = manifest.names(&["solutions", solution, "parameters"]);
    let check = |parameter: &String| {
        let path = [path[0], path[1], path[2], path[3], "parameters", parameter];
        if !written.contains(&parameter.as_str()) {
            let known: Vec<&str> = names(declared).collect();
            let fault = unknown(manifest, parameter, solution, &known);
            return Some(fault.at_place(manifest.key_place(&path)));
        }
        check_given(manifest, solution, parameter, &path).err()
    };
    given.parameters.keys().filter_map(check).collect()
}

/// Whether a solution declares it, be it wrongly.
fn is_written(manifest: &Manifest, parameter: &str) -> bool {
    let declares = |solution: &String| {
        let path = ["solutions", solution, "parameters", parameter];
        manifest.tree.at(&path).is_some()
    };
    manifest.document.solutions.keys().any(declares)
}

/// The text with every value that is meant to name a secret and does not, and so may be
/// one, put out of sight: as long as it was, byte for byte, so that places stay right.
pub(super) fn out_of_sight(document: &Document, tree: &Node, text: String) -> String {
    let mut places: Vec<Range<usize>> = Vec::new();
    let mut hide = |path: &[&str]| {
        let is_reference = |text: &str| secret::Reference::parse(text).is_ok();
        match tree.at(path) {
            Some(node) if !node.text().is_some_and(is_reference) => {
                places.push(node.span.clone());
            }
            _ => {}
        }
    };
    for (solution, declared) in &document.solutions {
        let written = tree.at(&["solutions", solution, "parameters"]);
        for entry in written.map_or(&[][..], Node::entries) {
            let name = entry.key.as_str();
            // What has no type that can be read may be meant as a secret.
            let declared = declared.parameters.get(name);
            if declared.is_some_and(|declared| declared.kind != ParameterType::Secret) {
                continue;
            }
            hide(&["solutions", solution, "parameters", name, "default"]);
            for environment in document.environments.keys() {
                let path = ["environments", environment];
                hide(&[path[0], path[1], "parameters", name]);
                hide(&[path[0], path[1], "solutions", solution, "parameters", name]);
            }
        }
    }
    if places.is_empty() {
        return text;
    }
    let hidden = |(at, letter): (usize, char)| {
        if !letter.is_whitespace() && places.iter().any(|place| place.contains(&at)) {
            "*".repeat(letter.len_utf8())
        } else {
            letter.to_string()
        }
    };
    text.char_indices().map(hidden).collect()
}

fn names(solution: &Solution) -> impl Iterator<Item = &str> {
    solution.parameters.keys().map(String::as_str)
}

fn declaring<'a>(manifest: &'a Manifest, parameter: &'a str) -> impl Iterator<Item = &'a String> {
    manifest
        .document
        .solutions
        .iter()
        .filter(move |(_, solution)| solution.parameters.contains_key(parameter))
        .map(|(name, _)| name)
}

fn unknown(manifest: &Manifest, name: &str, who: &str, known: &[&str]) -> SourceError {
    manifest.wrong(format!(
        "{who} has {} parameter `{name}`{}",
        if who == "no solution" { "a" } else { "no" },
        hint(name, known.iter().copied())
    ))
}

fn check_given(
    manifest: &Manifest,
    solution: &str,
    parameter: &str,
    path: &[&str],
) -> Result<(), SourceError> {
    let is_known = manifest
        .document
        .solutions
        .get(solution)
        .is_some_and(|solution| solution.parameters.contains_key(parameter));
    let Some((text, span)) = manifest.scalar(path).filter(|_| is_known) else {
        return Ok(());
    };
    let declared = &manifest.document.solutions[solution].parameters[parameter];
    value_of(declared, &allowed(manifest, solution, parameter), &text)
        .map(|_| ())
        .map_err(|error| at_value(manifest, parameter, &error, span))
}

/// The value of a declared parameter.
fn value(
    manifest: &Manifest,
    solution: &str,
    parameter: &str,
    text: &str,
) -> Result<String, BadValue> {
    let declared = &manifest.document.solutions[solution].parameters[parameter];
    let allowed = allowed(manifest, solution, parameter);
    let value = value_of(declared, &allowed, text)?;
    check_pattern(declared, text)?;
    Ok(value)
}

fn allowed(manifest: &Manifest, solution: &str, parameter: &str) -> Vec<String> {
    let path = ["solutions", solution, "parameters", parameter, "allowed"];
    manifest.scalars(&path)
}

/// A wrong value at its place.
fn at_value(
    manifest: &Manifest,
    parameter: &str,
    error: &BadValue,
    span: Range<usize>,
) -> SourceError {
    let mut source = manifest
        .wrong(format!("the parameter {parameter}: {error}"))
        .at(span.clone());
    if matches!(error, BadValue::Secret(_)) {
        source = source.help(secret::HELP);
    }
    source
}

fn check_declared(
    manifest: &Manifest,
    solution: &str,
    name: &str,
    parameter: &Parameter,
) -> Result<(), SourceError> {
    let path = ["solutions", solution, "parameters", name];
    let at = |key: &str| manifest.key_place(&[path[0], path[1], path[2], path[3], key]);
    let wrong = |message: String| manifest.wrong(format!("the parameter {name}: {message}"));
    if !is_valid_name(name) {
        return Err(manifest
            .wrong(format!("`{name}` cannot be the name of a parameter"))
            .at_place(manifest.key_place(&path))
            .help("a letter, then letters, digits, hyphens and underscores, 64 at most"));
    }
    let text_only = [
        ("pattern", parameter.pattern.is_some()),
        ("allowed", parameter.allowed.is_some()),
    ];
    let number_only = [
        ("min", parameter.min.is_some()),
        ("max", parameter.max.is_some()),
    ];
    let kind = parameter.kind;
    let refused = text_only
        .into_iter()
        .filter(|(key, _)| {
            !(kind == ParameterType::String || (kind == ParameterType::Number && *key == "allowed"))
        })
        .chain(
            number_only
                .into_iter()
                .filter(|_| kind != ParameterType::Number),
        )
        .find(|(_, given)| *given);
    if let Some((key, _)) = refused {
        return Err(wrong(format!("`{key}` is nothing for a {}", kind.word())).at_place(at(key)));
    }
    if let Some(pattern) = &parameter.pattern
        && let Err(error) = regex_syntax::parse(&whole(pattern))
    {
        let last = error.to_string();
        let reason = last.lines().last().unwrap_or_default();
        let reason = reason.strip_prefix("error: ").unwrap_or(reason);
        return Err(wrong(format!("the pattern is none: {reason}")).at_place(at("pattern")));
    }
    if let (Some(min), Some(max)) = (parameter.min, parameter.max)
        && min > max
    {
        return Err(wrong(format!("min {min} is more than max {max}")).at_place(at("min")));
    }
    if parameter.allowed.as_ref().is_some_and(Vec::is_empty) {
        return Err(wrong("no value at all is allowed".to_owned()).at_place(at("allowed")));
    }
    check_given(
        manifest,
        solution,
        name,
        &[path[0], path[1], path[2], path[3], "default"],
    )
}

fn is_valid_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.len() <= 64
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Refuses what the command line gives and none of the selected solutions knows.
///
/// # Errors
/// Each such name, with the nearest right one.
pub fn check_command_line(
    manifest: &Manifest,
    selected: &[String],
    given: &BTreeMap<String, String>,
) -> Result<(), Faults> {
    let mut faults = Faults::default();
    let solutions = &manifest.document.solutions;
    for name in given.keys() {
        let mut chosen = selected.iter().filter_map(|one| solutions.get(one));
        if chosen.any(|solution| solution.parameters.contains_key(name)) {
            continue;
        }
        let known: Vec<&str> = selected
            .iter()
            .filter_map(|one| solutions.get(one))
            .flat_map(names)
            .collect();
        let error = manifest.wrong(format!(
            "--param {name}: {} no parameter `{name}`{}",
            match selected {
                [one] => format!("{one} has"),
                many => format!("{} have", many.join(", ")),
            },
            hint(name, known.iter().copied())
        ));
        faults.push(match declaring(manifest, name).next() {
            Some(other) if nearest(name, known).is_none() => {
                error.help(format!("it is one of {other}, which is not selected"))
            }
            _ => error,
        });
    }
    faults.none_or(())
}

/// The parameters of a solution in an environment: defaults, then what the
/// environment gives to all, then what it gives to this solution, then the
/// command line.
///
/// # Errors
/// Each wrong value; without a value what has no default, when that is refused.
pub(super) fn values(
    manifest: &Manifest,
    solution: &str,
    environment: &str,
    given: &BTreeMap<String, String>,
    missing: Missing,
) -> Result<IndexMap<String, desired::Parameter>, Faults> {
    let Some(written) = manifest.document.solutions.get(solution) else {
        return Ok(IndexMap::new());
    };
    let mut values = IndexMap::new();
    let mut faults = Faults::default();
    for (name, parameter) in &written.parameters {
        let place = [solution, name, environment];
        let resolved = faults.take(resolved(manifest, place, given.get(name), missing));
        let parameter = desired::Parameter {
            value: resolved.flatten(),
            is_secret: parameter.kind == ParameterType::Secret,
            is_default: !given.contains_key(name) && !is_in(manifest, place),
        };
        values.insert(name.clone(), parameter);
    }
    faults.none_or(values)
}

/// Where an environment gives a parameter's value: for its solution, for all.
fn in_environment<'a>([solution, name, environment]: [&'a str; 3]) -> [Vec<&'a str>; 2] {
    let environment = ["environments", environment];
    let of = |rest: &[&'a str]| environment.iter().chain(rest).copied().collect();
    [
        of(&["solutions", solution, "parameters", name]),
        of(&["parameters", name]),
    ]
}

/// Whether an environment gives a parameter's value.
fn is_in(manifest: &Manifest, place: [&str; 3]) -> bool {
    let mut places = in_environment(place).into_iter();
    places.any(|path| manifest.scalar(&path).is_some())
}

/// The value of one parameter of a solution in an environment.
fn resolved(
    manifest: &Manifest,
    [solution, name, environment]: [&str; 3],
    given: Option<&String>,
    missing: Missing,
) -> Result<Option<String>, SourceError> {
    let [of_solution, of_all] = in_environment([solution, name, environment]);
    let own: [&[&str]; 3] = [
        &of_solution,
        &of_all,
        &["solutions", solution, "parameters", name, "default"],
    ];
    let declared_at = manifest.key_place(&["solutions", solution, "parameters", name]);
    if let Some(text) = given {
        return value(manifest, solution, name, text)
            .map(Some)
            .map_err(|error| {
                let source = manifest
                    .wrong(format!("--param {name}: {error}"))
                    .at_place(declared_at);
                match error {
                    BadValue::Secret(_) => source.help(secret::HELP),
                    _ => source,
                }
            });
    }
    if let Some((text, span)) = own.iter().find_map(|path| manifest.scalar(path)) {
        return value(manifest, solution, name, &text)
            .map(Some)
            .map_err(|error| at_value(manifest, name, &error, span));
    }
    match missing {
        Missing::Tolerated => Ok(None),
        Missing::Refused => Err(manifest
            .wrong(format!("the parameter {name} of {solution} has no value"))
            .at_place(declared_at)
            .help(format!(
                "give it with --param {name}=…, or in `environments: {environment}: parameters:`"
            ))),
    }
}

#[cfg(test)]
mod tests;
