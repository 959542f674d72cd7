//! Rules for what a template says: descriptions, and nothing that ties it to one place.

use serde_json::Value;

use super::model::Template;
use super::rules::Finding;

pub fn everything_is_described(template: &Template) -> Vec<Finding> {
    let described = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    let mut found = Vec::new();
    if !described(template.description()) {
        found.push(Finding::new("Description", "the template is not described"));
    }
    for section in ["Parameters", "Outputs"] {
        for (name, value) in template.section(section) {
            if !described(&value["Description"]) {
                found.push(Finding::new(
                    format!("{section}/{name}"),
                    "is not described",
                ));
            }
        }
    }
    found
}

/// No account, Region or partition but the one that the stack is in.
pub fn nothing_is_tied_to_one_place(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    for section in ["Mappings", "Conditions", "Resources", "Outputs"] {
        for (name, value) in template.section(section) {
            tied(&format!("{section}/{name}"), value, &mut found);
        }
    }
    for (name, parameter) in template.section("Parameters") {
        // What is allowed may be told by a pattern of ARNs.
        tied(
            &format!("Parameters/{name}"),
            &parameter["Default"],
            &mut found,
        );
    }
    found
}

fn tied(at: &str, value: &Value, found: &mut Vec<Finding>) {
    match value {
        Value::String(text) => {
            let literal = account(text)
                .or_else(|| region(text))
                .or_else(|| partition(text));
            found.extend(literal.map(|literal| Finding::new(at, literal)));
        }
        Value::Number(number) => {
            let literal = account(&number.to_string());
            found.extend(literal.map(|literal| Finding::new(at, literal)));
        }
        Value::Array(values) => values.iter().for_each(|value| tied(at, value, found)),
        Value::Object(members) => members.values().for_each(|value| tied(at, value, found)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// Twelve digits by themselves.
fn account(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_digit())
        .find(|digits| digits.len() == 12)
        .map(|digits| format!("the account {digits}"))
}

/// Two letters, a quarter of heaven, a digit.
fn region(text: &str) -> Option<String> {
    const QUARTERS: &[&str] = &[
        "central",
        "east",
        "north",
        "northeast",
        "northwest",
        "south",
        "southeast",
        "southwest",
        "west",
    ];
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .find(|word| {
            let parts: Vec<_> = word.split('-').collect();
            parts.windows(3).any(|parts| {
                let (area, digit) = (parts[0], parts[2]);
                (area.len() == 2 || area == "gov")
                    && QUARTERS.contains(&parts[1])
                    && digit.len() == 1
                    && digit.bytes().all(|byte| byte.is_ascii_digit())
            })
        })
        .map(|word| format!("the Region {word}"))
}

/// `arn:aws`, and the domain of one partition where it is not the name of a service.
fn partition(text: &str) -> Option<String> {
    if text.contains("arn:aws") {
        return Some("the partition of arn:aws".to_owned());
    }
    let is_service = text.strip_suffix(".amazonaws.com").is_some_and(|name| {
        name.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
    });
    (text.contains("amazonaws.com") && !is_service).then(|| "the domain amazonaws.com".to_owned())
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::templates::rules::{assert_found, assert_none, one};

    #[test]
    fn descriptions() {
        let rule = everything_is_described;
        let whole = "
Description: A template
Parameters: { Name: { Type: String, Description: A name } }
Outputs: { Arn: { Value: x, Description: An ARN } }
";
        assert_none(rule, whole);
        for (from, at) in [
            ("Description: A template", "Description"),
            (", Description: A name", "Parameters/Name"),
            (", Description: An ARN", "Outputs/Arn"),
        ] {
            assert_found(rule, &whole.replace(from, ""), at, "not described");
        }
    }

    #[test]
    fn portability() {
        let rule = nothing_is_tied_to_one_place;
        for (value, what) in [
            ("!Sub 'x:111122223333:y'", "the account 111122223333"),
            ("111122223333", "the account 111122223333"),
            ("[{ A: eu-central-1 }]", "the Region eu-central-1"),
            ("x.us-gov-west-1.y", "the Region us-gov-west-1"),
            ("arn:aws:iam::aws:policy/X", "arn:aws"),
            (
                "!Sub 'https://${Api}.amazonaws.com/'",
                "the domain amazonaws.com",
            ),
        ] {
            let template = one("AWS::Other::Thing", &format!("{{ Some: {value} }}"));
            assert_found(rule, &template, "Resources/One", what);
        }
        let default = "Parameters: { Where: { Type: String, Default: us-east-1 } }";
        assert_found(rule, default, "Parameters/Where", "the Region us-east-1");
        let portable = one(
            "AWS::Other::Thing",
            "{ A: !Sub 'arn:${AWS::Partition}:s3:::x', B: pipes.amazonaws.com, C: 1209600, \
             D: '2012-10-17', E: north-by-1, F: 1773065100123 }",
        );
        assert_none(rule, &portable);
        let pattern =
            "Parameters: { Arn: { Type: String, AllowedPattern: 'arn:aws[a-z-]*:s3.*' } }";
        assert_none(rule, pattern);
    }
}
