//! The rules for every template that is delivered: one small function each, with an example that
//! breaks it beside it.

use super::model::{Resource, Template};
use super::{data, messages, policies, seen, stages, text};

/// Where a template breaks a rule, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub at: String,
    pub what: String,
}

impl Finding {
    pub fn new(at: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            what: what.into(),
        }
    }
}

/// From a template to where it breaks the rule.
pub type Rule = fn(&Template) -> Vec<Finding>;

/// All rules, by name.
pub const RULES: &[(&str, Rule)] = &[
    (
        "account-role-after-an-api",
        stages::the_account_is_set_after_an_api,
    ),
    (
        "alarms-of-the-alias",
        seen::functions_are_watched_as_they_are_called,
    ),
    (
        "alarms-without-data",
        messages::alarms_say_what_missing_data_means,
    ),
    ("api-access-logs", stages::stages_log_requests),
    ("api-throttling", stages::stages_are_throttled),
    ("bucket-encryption", data::buckets_are_encrypted),
    (
        "bucket-policy-retained",
        data::bucket_policies_stay_with_their_buckets,
    ),
    ("bucket-public-access", data::buckets_are_not_public),
    ("bucket-tls", data::buckets_refuse_plain_connections),
    ("bucket-versions", data::buckets_keep_versions),
    ("data-retained", data::data_outlives_the_stack),
    ("dead-letter-alarm", messages::dead_letters_raise_an_alarm),
    ("dead-letter-queue", messages::streams_give_up_to_a_queue),
    ("described", text::everything_is_described),
    ("endpoint-tls", stages::endpoints_take_no_old_tls),
    ("error-lines", seen::error_lines_raise_an_alarm),
    ("exact-actions", policies::exact_actions),
    ("exact-principals", policies::exact_principals),
    ("exact-resources", policies::exact_resources),
    ("invocation-source", policies::invocations_name_their_source),
    ("lifetimes-said", data::lifetimes_are_said),
    ("log-retention", data::logs_end),
    ("own-policies", policies::own_policies),
    ("personal-data", seen::personal_data_ends_and_is_protected),
    ("portable", text::nothing_is_tied_to_one_place),
    ("queue-encryption", messages::queues_are_encrypted),
    ("retries-end", messages::retries_end),
    ("role-guards", seen::roles_take_what_accounts_ask_for),
    ("service-source", policies::services_name_their_source),
    ("table-encryption", data::tables_are_encrypted),
    ("table-recovery", data::tables_can_be_recovered),
];

/// The resources of some types for which something is not so.
pub fn unless(
    template: &Template,
    kinds: &[&str],
    what: &str,
    is_so: impl Fn(Resource<'_>) -> bool,
) -> Vec<Finding> {
    template
        .resources()
        .filter(|resource| kinds.contains(&resource.kind) && !is_so(*resource))
        .map(|resource| Finding::new(resource.id, what))
        .collect()
}

/// A rule finds just this.
pub fn assert_found(rule: Rule, template: &str, at: &str, what: &str) {
    let found = rule(&Template::read(template));
    let is_meant = |finding: &Finding| finding.at == at && finding.what.contains(what);
    assert!(
        found.iter().any(is_meant),
        "{what} at {at}: {found:?} in {template}"
    );
}

/// A rule finds nothing.
pub fn assert_none(rule: Rule, template: &str) {
    assert_eq!(rule(&Template::read(template)), [], "{template}");
}

/// A role with one statement about what it may do.
pub fn policy_of_a_role(statement: &str) -> String {
    format!(
        "
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: policy
          PolicyDocument:
            Statement: {statement}
"
    )
}

/// A role with one statement about who may assume it.
pub fn trust_of_a_role(statement: &str) -> String {
    format!(
        "
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{statement}]
"
    )
}

/// A template of one resource.
pub fn one(kind: &str, properties: &str) -> String {
    format!("Resources: {{ One: {{ Type: '{kind}', Properties: {properties} }} }}")
}

/// Without the property and with a wrong one the rule finds `One`, with a right one nothing.
pub fn assert_rule(rule: Rule, kind: &str, wrong: &[&str], right: &[&str]) {
    for properties in ["{}"].iter().chain(wrong) {
        assert_found(rule, &one(kind, properties), "One", "");
    }
    for properties in right {
        assert_none(rule, &one(kind, properties));
    }
    assert_none(rule, &one("AWS::Other::Thing", "{}"));
}
