//! Rules for who may do what in a template.

use serde_json::Value;

use super::model::{Resource, Template, get, listed, text};
use super::rules::Finding;

/// Services that say neither `aws:SourceArn` nor `aws:SourceAccount` when they assume a role, so
/// that a condition on them would lock them out: the AWS docs have none in the trust policies for
/// them (Lambda Developer Guide, "Defining Lambda function permissions with an execution role";
/// API Gateway Developer Guide, "API Gateway permissions model for invoking an API").
const SILENT_WHEN_ASSUMING: &[&str] = &["apigateway.amazonaws.com", "lambda.amazonaws.com"];

/// Services whose `SourceArn` holds the account, and of which the AWS docs do not say that they
/// send `aws:SourceAccount`: the ARN of an API (`arn:…:execute-api:REGION:ACCOUNT:API/…`) is proof
/// enough of whose it is. `SourceAccount` is what names the owner where an ARN does not, as that of a
/// bucket (Lambda API reference, "AddPermission").
const ACCOUNT_IN_SOURCE_ARN: &[&str] = &["apigateway.amazonaws.com"];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// What a role may do.
    Identity,
    /// Who may assume a role.
    Trust,
    /// Who may do what with a resource.
    Resource,
}

struct Statement<'a> {
    kind: Kind,
    at: String,
    value: &'a Value,
}

impl Statement<'_> {
    fn allows(&self) -> bool {
        self.value["Effect"] != "Deny"
    }

    fn services(&self) -> impl Iterator<Item = String> {
        listed(&self.value["Principal"]["Service"]).iter().map(text)
    }

    /// Whether some condition that compares asks for the key.
    fn asks_for(&self, key: &str) -> bool {
        let operators = self.value["Condition"].as_object();
        operators.into_iter().flatten().any(|(operator, keys)| {
            let compares = operator.starts_with("StringEquals")
                || operator.starts_with("StringLike")
                || operator.starts_with("Arn");
            let mut keys = keys.as_object().into_iter().flatten();
            compares && keys.any(|(name, value)| name.eq_ignore_ascii_case(key) && value != "*")
        })
    }

    fn found(&self, what: impl Into<String>) -> Finding {
        Finding::new(&self.at, what)
    }
}

fn statements(template: &Template) -> Vec<Statement<'_>> {
    let mut all = Vec::new();
    for (kind, place, document) in template.resources().flat_map(documents) {
        for (index, value) in listed(&document["Statement"]).iter().enumerate() {
            let name = value["Sid"].as_str().map(str::to_owned);
            let name = name.unwrap_or_else(|| index.to_string());
            let at = format!("{place}/{name}");
            all.push(Statement { kind, at, value });
        }
    }
    all
}

/// The policy documents of a resource, and where they are.
fn documents(resource: Resource<'_>) -> Vec<(Kind, String, &Value)> {
    let id = resource.id;
    if resource.kind == "AWS::IAM::Role" {
        let trust = resource.get("AssumeRolePolicyDocument");
        let policies = listed(resource.get("Policies")).iter().map(|policy| {
            let place = format!("{id}/{}", text(&policy["PolicyName"]));
            (Kind::Identity, place, get(policy, "PolicyDocument"))
        });
        return std::iter::once((Kind::Trust, format!("{id}/trust"), trust))
            .chain(policies)
            .collect();
    }
    let kind = if resource.kind.starts_with("AWS::IAM::") {
        Kind::Identity
    } else {
        Kind::Resource
    };
    // As the types name it: policies of IAM, buckets, queues and topics; keys; secrets.
    ["PolicyDocument", "KeyPolicy", "ResourcePolicy"]
        .iter()
        .map(|name| resource.get(name))
        .filter(|document| !document.is_null())
        .map(|document| (kind, id.to_owned(), document))
        .collect()
}

/// What a role may touch is named to the last letter.
pub fn exact_resources(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    for statement in statements(template) {
        if statement.kind != Kind::Identity || !statement.allows() {
            continue;
        }
        let resources = listed(get(statement.value, "Resource"));
        if resources.is_empty() {
            found.push(statement.found("names no Resource"));
        }
        for resource in resources.iter().map(text) {
            if resource.contains(['*', '?']) {
                found.push(statement.found(format!("Resource {resource}")));
            }
        }
    }
    found
}

/// What somebody may do is named.
pub fn exact_actions(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    for statement in statements(template).iter().filter(|it| it.allows()) {
        let actions = listed(get(statement.value, "Action"));
        if actions.is_empty() {
            found.push(statement.found("names no Action"));
        }
        for action in actions.iter().map(text) {
            if action.contains(['*', '?']) {
                found.push(statement.found(format!("Action {action}")));
            }
        }
    }
    found
}

/// Nobody is everybody.
pub fn exact_principals(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    for statement in statements(template).iter().filter(|it| it.allows()) {
        let principal = &statement.value["Principal"];
        let kinds = principal.as_object().into_iter().flatten();
        let mut named = kinds.map(|(_, value)| value).chain([principal]);
        if named.any(|value| listed(value).iter().any(|one| one == "*")) {
            found.push(statement.found("lets everybody in"));
        }
    }
    found
}

/// Policies that AWS keeps allow more than is needed, and change.
pub fn own_policies(template: &Template) -> Vec<Finding> {
    let resources = template.resources();
    resources
        .filter(|resource| resource.kind.starts_with("AWS::IAM::"))
        .flat_map(|resource| {
            let managed = listed(resource.get("ManagedPolicyArns")).iter();
            managed.map(move |arn| Finding::new(resource.id, format!("takes {}", text(arn))))
        })
        .collect()
}

/// A service acts for the one resource that is meant, not for whoever asks it to (the confused
/// deputy): in trust policies and in policies of resources.
pub fn services_name_their_source(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    for statement in statements(template).iter().filter(|it| it.allows()) {
        for service in statement.services() {
            let silent =
                statement.kind == Kind::Trust && SILENT_WHEN_ASSUMING.contains(&service.as_str());
            for key in ["aws:SourceArn", "aws:SourceAccount"] {
                if !silent && !statement.asks_for(key) {
                    found.push(statement.found(format!("{service} without {key}")));
                }
            }
        }
    }
    found
}

/// The same for functions, whose policies are resources of their own.
pub fn invocations_name_their_source(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    for permission in template.of("AWS::Lambda::Permission") {
        let principal = text(permission.get("Principal"));
        let source = text(permission.get("SourceArn"));
        if permission.get("SourceArn").is_null() {
            found.push(Finding::new(
                permission.id,
                format!("{principal} without SourceArn"),
            ));
            continue;
        }
        // arn:PARTITION:SERVICE:REGION:ACCOUNT:…, none of which holds a colon in a template.
        let references = source.replace("::", "..");
        let account = references.split(':').nth(4).unwrap_or_default().to_owned();
        let account_in_arn =
            account == "${AWS..AccountId}" && ACCOUNT_IN_SOURCE_ARN.contains(&principal.as_str());
        if permission.get("SourceAccount").is_null() && !account_in_arn {
            let what = format!("{principal} without SourceAccount");
            found.push(Finding::new(permission.id, what));
        }
    }
    found
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::templates::rules::{assert_found, assert_none, policy_of_a_role, trust_of_a_role};

    #[test]
    fn resources() {
        let rule = exact_resources;
        for (statement, what) in [
            ("{ Action: a:B, Resource: '*' }", "Resource *"),
            (
                "{ Action: a:B, Resource: [!Ref X, !Sub 'arn:${T.Arn}/*'] }",
                "Resource arn:${T.Arn}/*",
            ),
            (
                "{ Action: a:B, Resource: !Join [':', [arn, '*']] }",
                "Resource arn:*",
            ),
            ("{ Action: a:B, NotResource: !Ref X }", "names no Resource"),
            ("{ Action: a:B }", "names no Resource"),
        ] {
            let template = policy_of_a_role(statement);
            assert_found(rule, &template, "Role/policy/0", what);
        }
        for statement in [
            "{ Action: a:B, Resource: !GetAtt Table.Arn }",
            "{ Action: a:B, Resource: !If [C, !Ref A, !Ref B] }",
            "{ Effect: Deny, Action: a:B, Resource: '*' }",
        ] {
            assert_none(rule, &policy_of_a_role(statement));
        }
    }

    #[test]
    fn resources_of_policies_beside_roles() {
        let template = "
Resources:
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Statement: [{ Sid: All, Effect: Allow, Action: a:B, Resource: '*' }]
";
        assert_found(exact_resources, template, "Policy/All", "Resource *");
    }

    #[test]
    fn actions() {
        let rule = exact_actions;
        for (statement, what) in [
            ("{ Action: '*', Resource: x }", "Action *"),
            (
                "{ Action: [s3:GetObject, 's3:Put*'], Resource: x }",
                "Action s3:Put*",
            ),
            (
                "{ NotAction: s3:GetObject, Resource: x }",
                "names no Action",
            ),
        ] {
            assert_found(rule, &policy_of_a_role(statement), "Role/policy/0", what);
        }
        assert_none(
            rule,
            &policy_of_a_role("{ Action: s3:GetObject, Resource: x }"),
        );
        assert_none(
            rule,
            &policy_of_a_role("{ Effect: Deny, Action: 's3:*', Resource: x }"),
        );
    }

    #[test]
    fn principals() {
        let rule = exact_principals;
        for principal in ["'*'", "{ AWS: '*' }", "{ AWS: [!Ref X, '*'] }"] {
            let statement = format!("{{ Action: sts:AssumeRole, Principal: {principal} }}");
            assert_found(
                rule,
                &trust_of_a_role(&statement),
                "Role/trust/0",
                "everybody",
            );
        }
        assert_none(
            rule,
            &trust_of_a_role(
                "{ Action: sts:AssumeRole, Principal: { Service: lambda.amazonaws.com } }",
            ),
        );
    }

    #[test]
    fn policies_of_aws() {
        let role = |properties: &str| {
            format!("Resources: {{ Role: {{ Type: AWS::IAM::Role, Properties: {properties} }} }}")
        };
        let taken = role("{ ManagedPolicyArns: ['arn:x:AmazonSNSFullAccess'] }");
        assert_found(
            own_policies,
            &taken,
            "Role",
            "takes arn:x:AmazonSNSFullAccess",
        );
        assert_none(own_policies, &role("{}"));
    }

    #[test]
    fn sources_of_services() {
        let rule = services_name_their_source;
        let pipes = |condition: &str| {
            trust_of_a_role(&format!(
                "{{ Action: sts:AssumeRole, Principal: {{ Service: pipes.amazonaws.com }}, \
                   Condition: {condition} }}"
            ))
        };
        let arn = "aws:SourceArn: !Sub 'arn:x'";
        let account = "aws:SourceAccount: !Ref AWS::AccountId";
        for (condition, missing) in [
            ("{}".to_owned(), "pipes.amazonaws.com without aws:SourceArn"),
            (
                format!("{{ StringEquals: {{ {arn} }} }}"),
                "without aws:SourceAccount",
            ),
            (
                format!("{{ StringEquals: {{ {account} }} }}"),
                "without aws:SourceArn",
            ),
            (
                format!("{{ StringEquals: {{ {account} }}, ArnLike: {{ aws:SourceArn: '*' }} }}"),
                "without aws:SourceArn",
            ),
            (
                format!("{{ StringNotEquals: {{ {account} }}, ArnLike: {{ {arn} }} }}"),
                "without aws:SourceAccount",
            ),
        ] {
            assert_found(rule, &pipes(&condition), "Role/trust/0", missing);
        }
        let both = format!("{{ StringEquals: {{ {account} }}, ArnLike: {{ {arn} }} }}");
        assert_none(rule, &pipes(&both));
        let silent = "{ Action: sts:AssumeRole, Principal: { Service: lambda.amazonaws.com } }";
        assert_none(rule, &trust_of_a_role(silent));
        // Silent when it assumes a role, not when it sends to a queue.
        let queue = "
Resources:
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      PolicyDocument:
        Statement:
          - { Sid: Send, Effect: Allow, Action: sqs:SendMessage, Principal: { Service: [lambda.amazonaws.com] } }
";
        assert_found(
            rule,
            queue,
            "Policy/Send",
            "lambda.amazonaws.com without aws:SourceArn",
        );
    }

    #[test]
    fn sources_of_invocations() {
        let rule = invocations_name_their_source;
        let permission = |properties: &str| {
            format!(
                "Resources: {{ Permission: {{ Type: AWS::Lambda::Permission, \
                   Properties: {{ Action: lambda:InvokeFunction, {properties} }} }} }}"
            )
        };
        let api =
            "!Sub 'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*'";
        let bucket = "!Sub 'arn:${AWS::Partition}:s3:::${Bucket}'";
        for (properties, missing) in [
            (
                "Principal: apigateway.amazonaws.com".to_owned(),
                "without SourceArn",
            ),
            (
                format!("Principal: s3.amazonaws.com, SourceArn: {bucket}"),
                "s3.amazonaws.com without SourceAccount",
            ),
            // No account in it, whoever asks.
            (
                format!("Principal: apigateway.amazonaws.com, SourceArn: {bucket}"),
                "without SourceAccount",
            ),
            (
                format!("Principal: events.amazonaws.com, SourceArn: {api}"),
                "without SourceAccount",
            ),
        ] {
            assert_found(rule, &permission(&properties), "Permission", missing);
        }
        let account = "SourceAccount: !Ref AWS::AccountId";
        for properties in [
            format!("Principal: s3.amazonaws.com, SourceArn: {bucket}, {account}"),
            format!("Principal: apigateway.amazonaws.com, SourceArn: {api}"),
        ] {
            assert_none(rule, &permission(&properties));
        }
    }
}
