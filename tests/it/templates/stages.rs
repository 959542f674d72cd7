//! Rules for the stages of APIs.

use serde_json::Value;

use super::model::{Template, get, listed};
use super::rules::{Finding, unless};

const STAGES: &[&str] = &["AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"];

pub fn stages_log_requests(template: &Template) -> Vec<Finding> {
    unless(template, STAGES, "no access log", |stage| {
        // The same property, named differently by the two APIs.
        ["AccessLogSetting", "AccessLogSettings"]
            .iter()
            .any(|name| {
                let settings = stage.get(name);
                !get(settings, "DestinationArn").is_null() && get(settings, "Format").is_string()
            })
    })
}

pub fn stages_are_throttled(template: &Template) -> Vec<Finding> {
    unless(
        template,
        STAGES,
        "no rate and burst for all routes",
        |stage| {
            let limited = |settings: &Value| {
                !get(settings, "ThrottlingRateLimit").is_null()
                    && !get(settings, "ThrottlingBurstLimit").is_null()
            };
            let of_all = |settings: &&Value| {
                settings["HttpMethod"] == "*" && settings["ResourcePath"] == "/*"
            };
            let mut methods = listed(stage.get("MethodSettings")).iter().filter(of_all);
            limited(stage.get("DefaultRouteSettings")) || methods.any(limited)
        },
    )
}

/// A Regional REST API takes TLS 1.0 unless it names another policy (API Gateway Developer Guide,
/// "Supported security policies"); an enhanced one also needs an access mode ("Security policies
/// for REST APIs in API Gateway"). HTTP APIs take TLS 1.2 and newer and have no such property.
pub fn endpoints_take_no_old_tls(template: &Template) -> Vec<Finding> {
    let kinds = ["AWS::ApiGateway::RestApi", "AWS::ApiGateway::DomainName"];
    unless(template, &kinds, "takes TLS 1.0", |endpoint| {
        let policy = endpoint.get("SecurityPolicy").as_str().unwrap_or("TLS_1_0");
        let enhanced = policy.starts_with("SecurityPolicy_");
        policy != "TLS_1_0" && (!enhanced || endpoint.get("EndpointAccessMode").is_string())
    })
}

/// An account that has no API yet refuses its settings (CloudFormation template reference,
/// `AWS::ApiGateway::Account`: "you must add a DependsOn attribute").
pub fn the_account_is_set_after_an_api(template: &Template) -> Vec<Finding> {
    let apis: Vec<&str> = template
        .of("AWS::ApiGateway::RestApi")
        .map(|api| api.id)
        .collect();
    template
        .of("AWS::ApiGateway::Account")
        .filter(|account| {
            let needs = &account.whole["DependsOn"];
            let named = needs.as_str().into_iter();
            let named = named.chain(listed(needs).iter().filter_map(Value::as_str));
            !named.into_iter().any(|name| apis.contains(&name))
        })
        .map(|account| Finding::new(account.id, "depends on no API"))
        .collect()
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::templates::rules::assert_rule;

    #[test]
    fn account_role_after_an_api() {
        let found = |depends: &str| {
            let template = format!(
                "Resources:\n  Api: {{ Type: AWS::ApiGateway::RestApi }}\n  Account: {{ Type: \
                 AWS::ApiGateway::Account{depends} }}\n"
            );
            the_account_is_set_after_an_api(&Template::read(&template)).len()
        };
        assert_eq!(found(""), 1);
        assert_eq!(found(", DependsOn: Role"), 1);
        assert_eq!(found(", DependsOn: Api"), 0);
        assert_eq!(found(", DependsOn: [Role, Api]"), 0);
    }

    #[test]
    fn endpoint_tls() {
        let enhanced = "SecurityPolicy: SecurityPolicy_TLS13_1_2_2021_06";
        let with = |more: &str| format!("{{ {enhanced}{more} }}");
        let (wrong, right) = (with(""), with(", EndpointAccessMode: STRICT"));
        for kind in ["AWS::ApiGateway::RestApi", "AWS::ApiGateway::DomainName"] {
            assert_rule(
                endpoints_take_no_old_tls,
                kind,
                &["{ Name: a }", "{ SecurityPolicy: TLS_1_0 }", &wrong],
                &["{ SecurityPolicy: TLS_1_2 }", &right],
            );
        }
    }

    #[test]
    fn api_access_logs() {
        let settings = "{ DestinationArn: !GetAtt Log.Arn, Format: $context.requestId }";
        for (kind, name) in [
            ("AWS::ApiGateway::Stage", "AccessLogSetting"),
            ("AWS::ApiGatewayV2::Stage", "AccessLogSettings"),
        ] {
            let with = |settings: &str| format!("{{ {name}: {settings} }}");
            let wrong = with("{ Format: $context.requestId }");
            let never = with("!Ref AWS::NoValue");
            let chosen = with(&format!("!If [Logged, {settings}, !Ref AWS::NoValue]"));
            let right = [with(settings), chosen];
            let right = right.each_ref().map(String::as_str);
            assert_rule(stages_log_requests, kind, &[&wrong, &never], &right);
        }
    }

    #[test]
    fn api_throttling() {
        let rule = stages_are_throttled;
        let limits = "ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20";
        let default = |limits: &str| format!("{{ DefaultRouteSettings: {{ {limits} }} }}");
        let (wrong, right) = (default("ThrottlingRateLimit: 10"), default(limits));
        assert_rule(rule, "AWS::ApiGatewayV2::Stage", &[&wrong], &[&right]);
        let methods = |path: &str, limits: &str| {
            format!("{{ MethodSettings: [{{ HttpMethod: '*', ResourcePath: {path}, {limits} }}] }}")
        };
        let wrong = [
            methods("/register", limits),
            methods("/*", "ThrottlingBurstLimit: 20"),
        ];
        let wrong = wrong.each_ref().map(String::as_str);
        let right = methods("/*", limits);
        assert_rule(rule, "AWS::ApiGateway::Stage", &wrong, &[&right]);
    }
}
