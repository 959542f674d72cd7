//! Every template that is delivered keeps every rule.

mod data;
mod messages;
mod model;
mod policies;
mod rules;
mod seen;
mod stages;
mod text;

use std::fs;
use std::path::Path;

use model::Template;
use rules::RULES;

/// Where a template may break a rule: file, rule, place, and why it must.
const EXCEPTIONS: &[(&str, &str, &str, &str)] = &[
    (
        "event-registration.yaml",
        "exact-resources",
        "FunctionRole/sms/SmsAndNothingElse",
        "an SMS to a phone number has no ARN; the statement excludes all that has one \
         (SNS Developer Guide, \"Identity-based policies\")",
    ),
    (
        "event-registration.yaml",
        "exact-resources",
        "FunctionRole/sms/WhoOptedOutAndWhatTheAccountMay",
        "these actions of SNS know no resource (Service Authorization Reference, \"Actions, resources, \
         and condition keys for Amazon SNS\")",
    ),
];

fn templates() -> Vec<(String, Template)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut templates: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, Template::read(&fs::read_to_string(path).unwrap()))
        })
        .collect();
    templates.sort_by(|one, other| one.0.cmp(&other.0));
    templates
}

#[test]
fn every_template_keeps_every_rule() {
    let templates = templates();
    assert!(templates.len() >= 3, "where are the templates?");
    let mut broken = Vec::new();
    let mut used = vec![false; EXCEPTIONS.len()];
    for (file, template) in &templates {
        for (rule, check) in RULES {
            for finding in check(template) {
                let exception = EXCEPTIONS.iter().position(|(in_file, of, at, _)| {
                    in_file == file && of == rule && *at == finding.at
                });
                match exception {
                    Some(index) => used[index] = true,
                    None => {
                        broken.push(format!("{file}: {rule}: {}: {}", finding.at, finding.what))
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    for (exception, used) in EXCEPTIONS.iter().zip(used) {
        assert!(used, "not needed any more: {exception:?}");
    }
}

#[test]
fn rules_have_names_of_their_own() {
    let names: Vec<_> = RULES.iter().map(|(name, _)| *name).collect();
    assert!(names.is_sorted_by(|one, other| one < other), "{names:?}");
}
