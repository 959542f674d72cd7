//! What change sets show.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::change_set::{Consequence, consequence};
use super::diff::ChangeAction;
use super::machine;
use super::state::{Export, Resource, Stack, Version};
use super::status::{ResourceStatus, StackStatus};
use super::template::intrinsics::Environment;
use super::template::{Policy, read};

const TEMPLATE: &str = "
Parameters:
  Class: {Type: String, Default: STANDARD}
  Secret: {Type: String, Default: a, NoEcho: true}
Resources:
  A:
    Type: AWS::DynamoDB::Table
    Properties: {KeySchema: [], TableClass: !Ref Class}
  B:
    Type: AWS::DynamoDB::Table
    Properties: {KeySchema: [], Tags: [{Key: a, Value: !GetAtt A.Arn}]}
  C:
    Type: AWS::DynamoDB::Table
    Properties: {KeySchema: [], TableName: !Sub 'after-${A}', BillingMode: !Ref Secret}
Outputs:
  O: {Value: !Ref A}
";

fn version(template: &str, parameters: &[(&str, &str)]) -> Version {
    let parameters = [("Class", "STANDARD"), ("Secret", "a")]
        .iter()
        .map(|(key, value)| {
            let given = parameters.iter().find(|(given, _)| given == key);
            let value = given.map_or(*value, |(_, value)| value);
            ((*key).to_owned(), value.to_owned())
        })
        .collect();
    Version {
        template: template.to_owned(),
        parameters,
        ..Version::default()
    }
}

/// The stack of the template above, as it is after its creation.
fn stack() -> Stack {
    let now = "2026-01-02T03:04:05Z".parse().unwrap();
    let mut stack = machine::new_stack(
        "arn:s".to_owned(),
        "s".to_owned(),
        StackStatus::CreateComplete,
        now,
    );
    stack.version = version(TEMPLATE, &[]);
    let properties = [
        ("A", json!({"KeySchema": [], "TableClass": "STANDARD"})),
        (
            "B",
            json!({"KeySchema": [], "Tags": [{"Key": "a", "Value": "arn:a-1"}]}),
        ),
        (
            "C",
            json!({"KeySchema": [], "TableName": "after-a-1", "BillingMode": "a"}),
        ),
    ];
    for (id, properties) in properties {
        let physical_id = format!("{}-1", id.to_lowercase());
        stack.resources.insert(
            id.to_owned(),
            Resource {
                kind: "AWS::DynamoDB::Table".to_owned(),
                attributes: BTreeMap::from([(
                    "Arn".to_owned(),
                    json!(format!("arn:{physical_id}")),
                )]),
                physical_id: Some(physical_id),
                properties: properties.as_object().unwrap().clone(),
                attempted: None,
                metadata: None,
                depends: std::collections::BTreeSet::new(),
                deletion_policy: Policy::Delete,
                update_replace_policy: Policy::Delete,
                stack_tags: BTreeMap::new(),
                token: String::new(),
                status: ResourceStatus::CreateComplete,
                status_reason: None,
                updated: now,
            },
        );
    }
    stack.outputs.insert(
        "O".to_owned(),
        super::state::Output {
            value: "a-1".to_owned(),
            description: None,
            export: None,
        },
    );
    stack
}

fn compared(stack: &Stack, version: &Version) -> Result<Consequence, String> {
    let template = read(&version.template).unwrap();
    let environment = Environment {
        region: "us-east-1".to_owned(),
        account: "000000000000".to_owned(),
        stack_name: "s".to_owned(),
        stack_id: "arn:s".to_owned(),
    };
    let exports: BTreeMap<String, Export> = BTreeMap::new();
    consequence(stack, version, &template, environment, &exports).map_err(|error| error.to_string())
}

/// One line per change and cause.
fn shown(consequence: &Consequence) -> String {
    let mut lines = Vec::new();
    for change in &consequence.changes {
        lines.push(format!(
            "{:?} {} {} {}",
            change.action,
            change.logical_id,
            change.replacement.as_deref().unwrap_or("-"),
            change.policy_action.as_deref().unwrap_or("-"),
        ));
        for detail in &change.details {
            let text =
                |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
            lines.push(format!(
                "  {}.{} {:?} {} {} {}: {} -> {}",
                detail.attribute,
                detail.name.as_deref().unwrap_or("-"),
                detail.recreation,
                if detail.dynamic { "Dynamic" } else { "Static" },
                detail.source,
                detail.causing_entity.as_deref().unwrap_or("-"),
                text(&detail.before),
                text(&detail.after),
            ));
        }
    }
    lines.join("\n")
}

fn changed(from: &str, to: &str) -> String {
    let template = TEMPLATE.replace(from, to);
    assert_ne!(template, TEMPLATE);
    shown(&compared(&stack(), &version(&template, &[])).unwrap())
}

#[test]
fn the_same_again_is_no_change() {
    let same = compared(&stack(), &version(TEMPLATE, &[])).unwrap();
    assert_eq!((same.any, same.changes.len()), (false, 0));
    // Comments and the order of resources are no change either.
    let other = TEMPLATE.replace("Outputs:", "# more\nOutputs:");
    assert!(!compared(&stack(), &version(&other, &[])).unwrap().any);
}

#[test]
fn a_new_stack_adds_everything_in_order() {
    let empty = machine::new_stack(
        "arn:s".to_owned(),
        "s".to_owned(),
        StackStatus::ReviewInProgress,
        "2026-01-02T03:04:05Z".parse().unwrap(),
    );
    let all = compared(&empty, &version(TEMPLATE, &[])).unwrap();
    assert!(
        all.changes
            .iter()
            .all(|change| change.action == ChangeAction::Add)
    );
    assert_eq!(
        all.changes[1].after,
        Some(
            json!({"Properties": {"KeySchema": [], "Tags": [{"Key": "a", "Value": "{{changeSet:KNOWN_AFTER_APPLY}}"}]}})
        )
    );
}

#[test]
fn a_changed_parameter_is_the_cause_and_what_reads_the_resource_may_change_too() {
    let consequence = compared(
        &stack(),
        &version(TEMPLATE, &[("Class", "STANDARD_INFREQUENT_ACCESS")]),
    )
    .unwrap();
    insta::assert_snapshot!(shown(&consequence), @r#"
    Modify A False -
      Properties.TableClass Never Static ParameterReference Class: "STANDARD" -> "STANDARD_INFREQUENT_ACCESS"
    Modify B False -
      Tags.- Never Dynamic ResourceAttribute A.Arn: [{"Key":"a","Value":"arn:a-1"}] -> [{"Key":"a","Value":"{{changeSet:KNOWN_AFTER_APPLY}}"}]
    "#);
}

#[test]
fn a_replacement_makes_those_that_refer_to_it_change() {
    insta::assert_snapshot!(changed("TableClass: !Ref Class", "TableClass: !Ref Class, TableName: new"), @r#"
    Modify A True ReplaceAndDelete
      Properties.TableName Always Static DirectModification -: - -> "new"
    Modify B False -
      Tags.- Never Dynamic ResourceAttribute A.Arn: [{"Key":"a","Value":"arn:a-1"}] -> [{"Key":"a","Value":"{{changeSet:KNOWN_AFTER_APPLY}}"}]
    Modify C Conditional ReplaceAndDelete
      Properties.TableName Always Dynamic ResourceReference A: "after-a-1" -> "after-{{changeSet:KNOWN_AFTER_APPLY}}"
    "#);
}

#[test]
fn a_property_that_may_or_may_not_replace_is_conditional() {
    insta::assert_snapshot!(changed("TableClass: !Ref Class", "TableClass: !Ref Class, AttributeDefinitions: []"), @r#"
    Modify A Conditional ReplaceAndDelete
      Properties.AttributeDefinitions Conditionally Static DirectModification -: - -> []
    Modify B False -
      Tags.- Never Dynamic ResourceAttribute A.Arn: [{"Key":"a","Value":"arn:a-1"}] -> [{"Key":"a","Value":"{{changeSet:KNOWN_AFTER_APPLY}}"}]
    Modify C Conditional ReplaceAndDelete
      Properties.TableName Always Dynamic ResourceReference A: "after-a-1" -> "after-{{changeSet:KNOWN_AFTER_APPLY}}"
    "#);
}

#[test]
fn what_leaves_the_template_is_removed_or_kept() {
    let template =
        TEMPLATE.split("  C:\n").next().unwrap().to_owned() + "Outputs: {O: {Value: !Ref A}}\n";
    let mut stack = stack();
    insta::assert_snapshot!(shown(&compared(&stack, &version(&template, &[])).unwrap()), @"Remove C - Delete");
    stack.resources["C"].deletion_policy = Policy::Retain;
    insta::assert_snapshot!(shown(&compared(&stack, &version(&template, &[])).unwrap()), @"Remove C - Retain");
}

#[test]
fn policies_metadata_tags_and_outputs_are_changes_too() {
    insta::assert_snapshot!(changed("  A:\n", "  A:\n    DeletionPolicy: Retain\n    Metadata: {M: 1}\n"), @r"
    Modify A False -
      Metadata.- Never Static DirectModification -: - -> -
      DeletionPolicy.- Never Static DirectModification -: - -> -
    ");
    let mut tagged = version(TEMPLATE, &[]);
    tagged.tags.insert("team".to_owned(), "a".to_owned());
    let consequence = compared(&stack(), &tagged).unwrap();
    assert_eq!(consequence.changes.len(), 3);
    assert_eq!(consequence.changes[0].scope(), ["Tags"]);
    let other = TEMPLATE.replace("Value: !Ref A}", "Value: !Ref B}");
    let consequence = compared(&stack(), &version(&other, &[])).unwrap();
    assert_eq!((consequence.any, consequence.changes.len()), (true, 0));
}

#[test]
fn secrets_are_hidden() {
    let consequence =
        compared(&stack(), &version(TEMPLATE, &[("Secret", "hidden-value")])).unwrap();
    insta::assert_snapshot!(shown(&consequence), @r#"
    Modify C False -
      Properties.BillingMode Never Static ParameterReference Secret: "****" -> "****"
    "#);
    let all = serde_json::to_string(&consequence.changes).unwrap();
    assert!(!all.contains("hidden-value"), "{all}");
}

#[test]
fn the_type_of_a_resource_cannot_change() {
    let template = TEMPLATE.replacen("AWS::DynamoDB::Table", "AWS::Logs::LogGroup", 1);
    let template = template.replace("{KeySchema: [], TableClass: !Ref Class}", "{}");
    insta::assert_snapshot!(compared(&stack(), &version(&template, &[])).unwrap_err(), @"Update of resource type is not permitted. The new template modifies resource type of the following resources: [A]");
}
