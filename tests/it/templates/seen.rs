//! Rules for what is seen when a function fails, and for what accounts ask of roles and data.

use serde_json::Value;

use super::model::{Resource, Template, listed, text};
use super::rules::{Finding, unless};

/// A version is probed before it goes live, and the probe may fail: that is a refused deployment, which
/// no caller met. Under `FunctionName` alone it counts; under the alias it does not (Lambda Developer
/// Guide, "Using CloudWatch metrics with Lambda": the dimension `Resource`, a function's version or
/// alias).
pub fn functions_are_watched_as_they_are_called(template: &Template) -> Vec<Finding> {
    let of_functions = |alarm: &Resource<'_>| {
        alarm.get("Namespace") == "AWS/Lambda" && dimension(*alarm, "FunctionName").is_some()
    };
    template
        .of("AWS::CloudWatch::Alarm")
        .filter(of_functions)
        .filter(|alarm| {
            let name = dimension(*alarm, "FunctionName").unwrap_or_default();
            dimension(*alarm, "Resource") != Some(format!("{name}:live"))
        })
        .map(|alarm| Finding::new(alarm.id, "no dimension Resource of the alias live"))
        .collect()
}

fn dimension(alarm: Resource<'_>, name: &str) -> Option<String> {
    let dimensions = listed(alarm.get("Dimensions")).iter();
    let mut named = dimensions.filter(|one| one["Name"] == name);
    named.next().map(|one| text(&one["Value"]))
}

/// A function that answers whatever happens says what went wrong in its log alone.
pub fn error_lines_raise_an_alarm(template: &Template) -> Vec<Finding> {
    let is_watched = |group: Resource<'_>| {
        let reference = format!("${{{}}}", group.id);
        let filters = template.of("AWS::Logs::MetricFilter");
        let mut filters = filters.filter(|filter| text(filter.get("LogGroupName")) == reference);
        filters.any(|filter| {
            let counted = listed(filter.get("MetricTransformations")).iter();
            let mut counted =
                counted.map(|one| ["MetricNamespace", "MetricName"].map(|name| text(&one[name])));
            counted.any(|metric| {
                template.of("AWS::CloudWatch::Alarm").any(|alarm| {
                    metric == ["Namespace", "MetricName"].map(|name| text(alarm.get(name)))
                })
            })
        })
    };
    template
        .of("AWS::Logs::LogGroup")
        .filter(|group| text(group.get("LogGroupName")).starts_with("/aws/lambda/"))
        .filter(|group| !is_watched(*group))
        .map(|group| Finding::new(group.id, "nobody hears of its error lines"))
        .collect()
}

/// Accounts with the usual guard rails let nobody make a role without the boundary, or outside the path,
/// that they name.
pub fn roles_take_what_accounts_ask_for(template: &Template) -> Vec<Finding> {
    unless(
        template,
        &["AWS::IAM::Role"],
        "no PermissionsBoundary and Path by parameters",
        |role| {
            let by_parameter = |name: &str| {
                let value = text(role.get(name));
                let named = template
                    .section("Parameters")
                    .map(|(id, _)| format!("${{{id}}}"));
                named.into_iter().any(|parameter| parameter == value)
            };
            by_parameter("PermissionsBoundary") && by_parameter("Path")
        },
    )
}

/// Who called or registered is not kept for ever, and not lost by a slip.
pub fn personal_data_ends_and_is_protected(template: &Template) -> Vec<Finding> {
    unless(
        template,
        &["AWS::DynamoDB::Table"],
        "no TimeToLiveSpecification, or DeletionProtectionEnabled is no choice",
        |table| {
            // A text, or a parameter that names the attribute.
            *table.get("TimeToLiveSpecification/AttributeName") != Value::Null
                && *table.get("DeletionProtectionEnabled") != Value::Null
        },
    )
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::templates::rules::{assert_found, assert_none, assert_rule, one};

    #[test]
    fn alarms_of_the_alias() {
        let with = |dimensions: &str| {
            one(
                "AWS::CloudWatch::Alarm",
                &format!("{{ Namespace: AWS/Lambda, Dimensions: [{dimensions}] }}"),
            )
        };
        let name = "{ Name: FunctionName, Value: !Ref Name }";
        let rule = functions_are_watched_as_they_are_called;
        assert_found(rule, &with(name), "One", "alias live");
        for wrong in ["!Ref Name", "!Sub '${Other}:live'", "!Sub '${Name}:1'"] {
            let resource = format!("{name}, {{ Name: Resource, Value: {wrong} }}");
            assert_found(rule, &with(&resource), "One", "alias live");
        }
        let right = format!("{name}, {{ Name: Resource, Value: !Sub '${{Name}}:live' }}");
        assert_none(rule, &with(&right));
        let queue = "{ Namespace: AWS/SQS, Dimensions: [{ Name: QueueName, Value: q }] }";
        assert_none(rule, &one("AWS::CloudWatch::Alarm", queue));
    }

    #[test]
    fn alarms_of_error_lines() {
        const RIGHT: &str = "
Resources:
  Group:
    Type: AWS::Logs::LogGroup
    Properties: { LogGroupName: !Sub '/aws/lambda/${Name}' }
  Lines:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !Ref Group
      MetricTransformations: [{ MetricNamespace: Mine, MetricName: !Sub '${Name}-errors' }]
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: { Namespace: Mine, MetricName: !Sub '${Name}-errors' }
";
        let rule = error_lines_raise_an_alarm;
        assert_none(rule, RIGHT);
        for (from, to) in [
            ("!Ref Group", "!Ref Other"),
            (
                "Namespace: Mine, MetricName: !Sub '${Name}-errors' }\n",
                "Namespace: Mine, MetricName: x }\n",
            ),
            ("{ Namespace: Mine", "{ Namespace: Yours"),
            ("AWS::Logs::MetricFilter", "AWS::Other::Thing"),
        ] {
            assert!(RIGHT.contains(from), "{from}");
            assert_found(rule, &RIGHT.replace(from, to), "Group", "error lines");
        }
        // The log of requests has none.
        assert_none(
            rule,
            &one(
                "AWS::Logs::LogGroup",
                "{ LogGroupName: !Sub '/aws/vendedlogs/${A}' }",
            ),
        );
    }

    #[test]
    fn roles_of_guarded_accounts() {
        let role = |properties: &str| {
            format!(
                "Parameters: {{ Boundary: {{}}, Path: {{}} }}\n{}",
                one("AWS::IAM::Role", properties)
            )
        };
        let rule = roles_take_what_accounts_ask_for;
        let boundary = "PermissionsBoundary: !If [Has, !Ref Boundary, !Ref AWS::NoValue]";
        for wrong in [
            "{}".to_owned(),
            format!("{{ {boundary} }}"),
            format!("{{ {boundary}, Path: / }}"),
        ] {
            assert_found(rule, &role(&wrong), "One", "by parameters");
        }
        assert_none(rule, &role(&format!("{{ {boundary}, Path: !Ref Path }}")));
    }

    #[test]
    fn lifetimes_of_personal_data() {
        let ends = "TimeToLiveSpecification: { AttributeName: expiresAt, Enabled: true }";
        let wrong = [
            format!("{{ {ends} }}"),
            "{ DeletionProtectionEnabled: true }".to_owned(),
        ];
        let wrong = wrong.each_ref().map(String::as_str);
        let right = format!("{{ {ends}, DeletionProtectionEnabled: !Ref Protected }}");
        assert_rule(
            personal_data_ends_and_is_protected,
            "AWS::DynamoDB::Table",
            &wrong,
            &[&right],
        );
    }
}
