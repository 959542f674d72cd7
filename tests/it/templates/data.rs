//! Rules for what holds data: tables, buckets, logs.

use serde_json::Value;

use super::model::{Resource, Template, get, listed, text};
use super::rules::{Finding, unless};

const TABLES: &[&str] = &["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"];

/// What holds data that nobody else has.
const DATA: &[&str] = &[
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EFS::FileSystem",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
];

/// What holds something for a time: whether it may go with the stack must have been thought of.
const PASSING: &[&str] = &["AWS::Logs::LogGroup", "AWS::SNS::Topic", "AWS::SQS::Queue"];

/// With a key of AWS's KMS, not the one that DynamoDB keeps to itself.
pub fn tables_are_encrypted(template: &Template) -> Vec<Finding> {
    unless(
        template,
        TABLES,
        "SSESpecification.SSEEnabled is not true",
        |table| table.get("SSESpecification/SSEEnabled") == true,
    )
}

pub fn tables_can_be_recovered(template: &Template) -> Vec<Finding> {
    unless(
        template,
        TABLES,
        "there is no point-in-time recovery",
        |table| table.get("PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled") == true,
    )
}

pub fn buckets_are_encrypted(template: &Template) -> Vec<Finding> {
    unless(
        template,
        &["AWS::S3::Bucket"],
        "BucketEncryption names no algorithm",
        |bucket| {
            let rules = listed(bucket.get("BucketEncryption/ServerSideEncryptionConfiguration"));
            let named = |rule| get(rule, "ServerSideEncryptionByDefault/SSEAlgorithm").is_string();
            rules.iter().any(named)
        },
    )
}

pub fn buckets_are_not_public(template: &Template) -> Vec<Finding> {
    unless(
        template,
        &["AWS::S3::Bucket"],
        "PublicAccessBlockConfiguration is not whole",
        |bucket| {
            let blocks = [
                "BlockPublicAcls",
                "BlockPublicPolicy",
                "IgnorePublicAcls",
                "RestrictPublicBuckets",
            ];
            let blocked =
                |name: &&str| *get(bucket.get("PublicAccessBlockConfiguration"), name) == true;
            blocks.iter().all(blocked)
        },
    )
}

pub fn buckets_keep_versions(template: &Template) -> Vec<Finding> {
    unless(
        template,
        &["AWS::S3::Bucket"],
        "VersioningConfiguration is not Enabled",
        |bucket| bucket.get("VersioningConfiguration/Status") == "Enabled",
    )
}

/// The policies of a bucket.
fn policies_of<'a>(
    template: &'a Template,
    bucket: Resource<'a>,
) -> impl Iterator<Item = Resource<'a>> {
    let reference = format!("${{{}}}", bucket.id);
    let policies = template.of("AWS::S3::BucketPolicy");
    policies.filter(move |policy| text(policy.get("Bucket")) == reference)
}

/// The bucket itself and what is in it, for everybody and everything.
pub fn buckets_refuse_plain_connections(template: &Template) -> Vec<Finding> {
    unless(
        template,
        &["AWS::S3::Bucket"],
        "no policy denies what comes without TLS",
        |bucket| {
            let wanted = [
                format!("${{{}.Arn}}", bucket.id),
                format!("${{{}.Arn}}/*", bucket.id),
            ];
            let denies = |statement: &Value| {
                let resources: Vec<_> = listed(&statement["Resource"]).iter().map(text).collect();
                statement["Effect"] == "Deny"
                    && statement["Principal"] == "*"
                    && statement["Action"] == "s3:*"
                    && statement["Condition"]["Bool"]["aws:SecureTransport"] == "false"
                    && wanted.iter().all(|arn| resources.contains(arn))
            };
            policies_of(template, bucket).any(|policy| {
                listed(policy.get("PolicyDocument/Statement"))
                    .iter()
                    .any(denies)
            })
        },
    )
}

fn is_kept(resource: Resource<'_>) -> bool {
    let deletion = &resource.whole["DeletionPolicy"];
    (deletion == "Retain" || deletion == "RetainExceptOnCreate")
        && resource.whole["UpdateReplacePolicy"] == "Retain"
}

pub fn data_outlives_the_stack(template: &Template) -> Vec<Finding> {
    unless(
        template,
        DATA,
        "DeletionPolicy and UpdateReplacePolicy do not both retain",
        is_kept,
    )
}

/// A bucket that is kept without the policy that protects it is the worse for it.
pub fn bucket_policies_stay_with_their_buckets(template: &Template) -> Vec<Finding> {
    unless(
        template,
        &["AWS::S3::BucketPolicy"],
        "goes with the stack, and its bucket stays",
        is_kept,
    )
}

pub fn lifetimes_are_said(template: &Template) -> Vec<Finding> {
    unless(
        template,
        PASSING,
        "says not both DeletionPolicy and UpdateReplacePolicy",
        |resource| {
            resource.whole["DeletionPolicy"].is_string()
                && resource.whole["UpdateReplacePolicy"].is_string()
        },
    )
}

pub fn logs_end(template: &Template) -> Vec<Finding> {
    unless(
        template,
        &["AWS::Logs::LogGroup"],
        "no RetentionInDays",
        |group| !group.get("RetentionInDays").is_null(),
    )
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::templates::rules::{assert_found, assert_none, assert_rule, one};

    #[test]
    fn table_encryption() {
        let wrong = ["{ SSESpecification: { SSEEnabled: false } }"];
        let right = ["{ SSESpecification: { SSEEnabled: true } }"];
        assert_rule(tables_are_encrypted, "AWS::DynamoDB::Table", &wrong, &right);
    }

    #[test]
    fn table_recovery() {
        let with = |on| {
            format!(
                "{{ PointInTimeRecoverySpecification: {{ PointInTimeRecoveryEnabled: {on} }} }}"
            )
        };
        let kind = "AWS::DynamoDB::Table";
        assert_rule(
            tables_can_be_recovered,
            kind,
            &[&with(false)],
            &[&with(true)],
        );
    }

    #[test]
    fn bucket_encryption() {
        let with = |rules: &str| {
            format!("{{ BucketEncryption: {{ ServerSideEncryptionConfiguration: {rules} }} }}")
        };
        let right = with("[{ ServerSideEncryptionByDefault: { SSEAlgorithm: AES256 } }]");
        let wrong = with("[{ BucketKeyEnabled: true }]");
        assert_rule(
            buckets_are_encrypted,
            "AWS::S3::Bucket",
            &[&wrong],
            &[&right],
        );
    }

    #[test]
    fn bucket_public_access() {
        let with = |last: bool| {
            format!(
                "{{ PublicAccessBlockConfiguration: {{ BlockPublicAcls: true, \
                 BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: {last} }} }}"
            )
        };
        assert_rule(
            buckets_are_not_public,
            "AWS::S3::Bucket",
            &[&with(false)],
            &[&with(true)],
        );
    }

    #[test]
    fn bucket_versions() {
        let with = |status| format!("{{ VersioningConfiguration: {{ Status: {status} }} }}");
        let (wrong, right) = (with("Suspended"), with("Enabled"));
        assert_rule(
            buckets_keep_versions,
            "AWS::S3::Bucket",
            &[&wrong],
            &[&right],
        );
    }

    #[test]
    fn bucket_tls() {
        const RIGHT: &str = "
Resources:
  One: { Type: AWS::S3::Bucket }
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref One
      PolicyDocument:
        Statement:
          - Effect: Deny
            Principal: '*'
            Action: s3:*
            Resource: [!GetAtt One.Arn, !Sub '${One.Arn}/*']
            Condition: { Bool: { aws:SecureTransport: 'false' } }
";
        let rule = buckets_refuse_plain_connections;
        assert_none(rule, RIGHT);
        for (from, to) in [
            ("!Ref One", "!Ref Other"),
            ("Deny", "Allow"),
            ("'false'", "'true'"),
            ("s3:*", "s3:GetObject"),
            (", !Sub '${One.Arn}/*'", ""),
            ("!GetAtt One.Arn, ", ""),
            ("Principal: '*'", "Principal: { AWS: !Ref Somebody }"),
        ] {
            assert!(RIGHT.contains(from), "{from}");
            assert_found(rule, &RIGHT.replace(from, to), "One", "without TLS");
        }
        assert_found(rule, &one("AWS::S3::Bucket", "{}"), "One", "without TLS");
    }

    #[test]
    fn lifetimes() {
        let with = |kind: &str, deletion: &str, replacement: &str| {
            format!(
                "Resources: {{ One: {{ Type: '{kind}', DeletionPolicy: {deletion}, \
                 UpdateReplacePolicy: {replacement} }} }}"
            )
        };
        let data = |deletion, replacement| with("AWS::S3::Bucket", deletion, replacement);
        let rule = data_outlives_the_stack;
        assert_found(rule, &one("AWS::DynamoDB::Table", "{}"), "One", "retain");
        assert_found(rule, &data("Delete", "Retain"), "One", "retain");
        assert_found(rule, &data("Retain", "Delete"), "One", "retain");
        assert_found(rule, &data("Snapshot", "Snapshot"), "One", "retain");
        assert_none(rule, &data("Retain", "Retain"));
        assert_none(rule, &data("RetainExceptOnCreate", "Retain"));

        let rule = bucket_policies_stay_with_their_buckets;
        assert_found(
            rule,
            &one("AWS::S3::BucketPolicy", "{}"),
            "One",
            "goes with the stack",
        );
        assert_none(rule, &with("AWS::S3::BucketPolicy", "Retain", "Retain"));

        let rule = lifetimes_are_said;
        assert_found(rule, &one("AWS::SQS::Queue", "{}"), "One", "DeletionPolicy");
        assert_none(rule, &with("AWS::SQS::Queue", "Delete", "Delete"));
    }

    #[test]
    fn log_retention() {
        let right = ["{ RetentionInDays: !Ref Days }"];
        let wrong = ["{ RetentionInDays: !Ref AWS::NoValue }"];
        assert_rule(logs_end, "AWS::Logs::LogGroup", &wrong, &right);
    }
}
