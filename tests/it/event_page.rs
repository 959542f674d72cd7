//! The page and the API of event-registration agree.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use serde_yaml::Value;
use sha2::{Digest, Sha256};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn api_resources() -> serde_yaml::Mapping {
    let text =
        fs::read_to_string(repository().join("templates/event-registration-api.yaml")).unwrap();
    let template: Value = serde_yaml::from_str(&text).unwrap();
    template["Resources"].as_mapping().unwrap().clone()
}

/// What a deployment of the API is a copy of.
const DEPLOYED: &[&str] = &[
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::GatewayResponse",
];

#[test]
fn a_change_of_the_api_makes_a_new_deployment() {
    let resources = api_resources();
    let mut digest = Sha256::new();
    let mut deployment = None;
    for (name, resource) in &resources {
        let kind = resource["Type"].as_str().unwrap();
        if kind == "AWS::ApiGateway::Deployment" {
            deployment = name.as_str();
        } else if DEPLOYED.contains(&kind) {
            digest.update(serde_yaml::to_string(name).unwrap());
            digest.update(serde_yaml::to_string(resource).unwrap());
        }
    }
    let mut wanted = "Deployment".to_owned();
    for byte in &digest.finalize()[..4] {
        write!(wanted, "{byte:02x}").unwrap();
    }
    assert_eq!(
        deployment,
        Some(wanted.as_str()),
        "the API in templates/event-registration-api.yaml has changed: without a new name of its \
         deployment the stage would go on serving the old one"
    );
}

#[test]
fn a_deployment_waits_for_all_methods_and_responses() {
    let resources = api_resources();
    let waited: Vec<_> = resources
        .values()
        .find(|resource| resource["Type"] == "AWS::ApiGateway::Deployment")
        .unwrap()["DependsOn"]
        .as_sequence()
        .unwrap()
        .clone();
    for (name, resource) in &resources {
        let kind = resource["Type"].as_str().unwrap();
        if kind == "AWS::ApiGateway::Method" || kind == "AWS::ApiGateway::GatewayResponse" {
            assert!(waited.contains(name), "{name:?}");
        }
    }
}

#[test]
fn the_page_has_the_rules_of_the_model() {
    let page =
        fs::read_to_string(repository().join("solutions/event-registration/page.html")).unwrap();
    let model = &api_resources()["RegistrationModel"]["Properties"]["Schema"];
    assert_eq!(model["additionalProperties"], Value::from(false));
    for (name, rule) in model["properties"].as_mapping().unwrap() {
        let name = name.as_str().unwrap();
        assert!(
            model["required"]
                .as_sequence()
                .unwrap()
                .contains(&Value::from(name))
        );
        if name == "year" {
            for year in rule["minimum"].as_u64().unwrap()..=rule["maximum"].as_u64().unwrap() {
                let choice = format!("name=\"year\" value=\"{year}\"");
                assert!(page.contains(&choice), "{choice}");
            }
            continue;
        }
        let pattern = format!("String.raw`{}`", rule["pattern"].as_str().unwrap());
        assert!(page.contains(&pattern), "{name}: {pattern}");
        let longest = format!("longest: {},", rule["maxLength"].as_u64().unwrap());
        assert!(page.contains(&longest), "{name}: {longest}");
    }
}

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let page =
        fs::read_to_string(repository().join("solutions/event-registration/page.html")).unwrap();
    // What a comment says of a page elsewhere is loaded from nowhere.
    let said = "https://ID.execute-api.REGION.amazonaws.com/v1/";
    let page = page.replace(said, "");
    for tag in ["src=", "<link", "@import", "url(", "http://", "https://"] {
        assert!(!page.contains(tag), "{tag}");
    }
}

/// What stands between two tags, which are there once.
fn between<'a>(page: &'a str, open: &str, close: &str) -> &'a str {
    let (_, rest) = page.split_once(open).unwrap();
    assert!(!rest.contains(open), "{open} twice");
    rest.split_once(close).unwrap().0
}

#[test]
fn the_page_runs_and_shows_what_its_policy_names_and_nothing_else() {
    let page =
        fs::read_to_string(repository().join("solutions/event-registration/page.html")).unwrap();
    let policy = between(
        &page,
        "http-equiv=\"Content-Security-Policy\" content=\"",
        "\"",
    );
    for (directive, open, close) in [
        ("script-src", "<script>", "</script>"),
        ("style-src", "<style>", "</style>"),
    ] {
        let digest = Sha256::digest(between(&page, open, close));
        let hash = base64::engine::general_purpose::STANDARD.encode(digest);
        let wanted = format!("{directive} 'sha256-{hash}'");
        assert!(
            policy.split("; ").any(|one| one == wanted),
            "{wanted}: {policy}"
        );
    }
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    // What no hash covers would be refused by the policy.
    for attribute in [
        " style=",
        " onclick=",
        " onsubmit=",
        " onload=",
        "javascript:",
    ] {
        assert!(!page.contains(attribute), "{attribute}");
    }
}

#[test]
fn every_parameter_of_the_template_can_be_given_by_the_solution() {
    let read = |path: &str| -> Value {
        serde_yaml::from_str(&fs::read_to_string(repository().join(path)).unwrap()).unwrap()
    };
    let template = read("templates/event-registration-api.yaml");
    let manifest = read("vanity-deploy.yaml");
    let given = &manifest["solutions"]["event-registration"]["stacks"]["api"]["parameters"];
    for (name, _) in template["Parameters"].as_mapping().unwrap() {
        assert!(given.get(name).is_some(), "{name:?}");
    }
}

/// CloudFormation takes no larger one in a call (AWS docs, "AWS CloudFormation quotas").
#[test]
fn the_template_fits_into_a_call() {
    let path = repository().join("templates/event-registration-api.yaml");
    assert!(fs::metadata(path).unwrap().len() < 51_200);
}
