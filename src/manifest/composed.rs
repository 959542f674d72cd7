//! Names that are put together: none too long, and none made twice. They are judged for every
//! environment of the manifest, so that what deploys in one deploys in all. Pure.

use std::collections::BTreeMap;

use super::load::Manifest;
use super::names::{DEFAULT_ENVIRONMENT, physical};
use super::source::{Faults, SourceError};

/// What gets a composed name: the section, the word, and the longest name that AWS takes
/// (CloudFormation API reference, CreateStack, StackName; Lambda API reference, CreateFunction,
/// FunctionName).
const SECTIONS: [(&str, &str, usize); 2] =
    [("stacks", "stack", 128), ("functions", "function", 64)];

/// Checks them for all environments that the manifest names, and the one that it need not.
pub fn check(manifest: &Manifest, faults: &mut Faults) {
    let mut environments = vec![DEFAULT_ENVIRONMENT];
    environments.extend(manifest.names(&["environments"]));
    for (section, word, longest) in SECTIONS {
        let mut made: BTreeMap<String, String> = BTreeMap::new();
        for solution in manifest.names(&["solutions"]) {
            for part in manifest.names(&["solutions", solution, section]) {
                let place = ["solutions", solution, section, part];
                for environment in &environments {
                    let name = physical(solution, part, environment);
                    let wrong = |message: String| at_key(manifest, &place, message);
                    let which = which(word, solution, part, environment);
                    if let Some(fault) = too_long(&name, word, environment, longest) {
                        faults.push(wrong(fault).help("shorten one of its parts"));
                        break;
                    }
                    if let Some(other) = made.insert(name.clone(), which) {
                        let message = format!(
                            "the {word} is named `{name}`{}, as {other} is",
                            within(environment)
                        );
                        faults.push(wrong(message).help("rename one of the parts"));
                        break;
                    }
                }
            }
        }
    }
}

/// Checks the lengths for an environment that the manifest does not name.
pub fn check_lengths(manifest: &Manifest, solution: &str, environment: &str, faults: &mut Faults) {
    for (section, word, longest) in SECTIONS {
        for part in manifest.names(&["solutions", solution, section]) {
            let name = physical(solution, part, environment);
            if let Some(fault) = too_long(&name, word, environment, longest) {
                let place = ["solutions", solution, section, part];
                faults.push(at_key(manifest, &place, fault).help("shorten one of its parts"));
            }
        }
    }
}

fn too_long(name: &str, word: &str, environment: &str, longest: usize) -> Option<String> {
    let length = name.chars().count();
    (length > longest).then(|| {
        format!(
            "the {word} is named `{name}`{}: {length} letters, {longest} at most",
            within(environment)
        )
    })
}

fn within(environment: &str) -> String {
    if environment == DEFAULT_ENVIRONMENT {
        String::new()
    } else {
        format!(" in the environment {environment}")
    }
}

fn which(word: &str, solution: &str, part: &str, environment: &str) -> String {
    format!("the {word} {part} of {solution}{}", within(environment))
}

fn at_key(manifest: &Manifest, place: &[&str], message: String) -> SourceError {
    manifest.wrong(message).at_place(manifest.key_place(place))
}
