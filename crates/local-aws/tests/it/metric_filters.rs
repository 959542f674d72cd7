//! Metric filters: what a log says becomes a metric, and an alarm rings.

use serde_json::{Value, json};

use crate::client::{Answer, Aws};

const TEMPLATE: &str = r#"
Resources:
  Log:
    Type: AWS::Logs::LogGroup
    Properties: { LogGroupName: shop }
  Refusals:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !Ref Log
      FilterPattern: '{ ($.level = "ERROR") && ($.expected NOT EXISTS) }'
      MetricTransformations:
        - { MetricName: Errors, MetricNamespace: Shop, MetricValue: '1', DefaultValue: 0, Unit: Count }
  Slow:
    Type: AWS::Logs::MetricFilter
    Properties:
      FilterName: slow
      LogGroupName: !Ref Log
      FilterPattern: '{ $.latency > 100 }'
      MetricTransformations:
        - MetricName: Latency
          MetricNamespace: Shop
          MetricValue: $.latency
          Dimensions: [ { Key: Page, Value: $.page } ]
  Failing:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: failing
      Namespace: Shop
      MetricName: Errors
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 2
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
  Waiting:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: waiting
      Namespace: Shop
      MetricName: Latency
      Dimensions: [ { Name: Page, Value: basket } ]
      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 250
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
  Nobody:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: nobody
      Namespace: Shop
      MetricName: Latency
      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 250
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
Outputs:
  Slow: { Value: !Ref Slow }
"#;

async fn logs(aws: &Aws, operation: &str, body: Value) -> Answer {
    aws.json("logs", &format!("Logs_20140328.{operation}"), &body)
        .await
}

async fn state(aws: &Aws, name: &str) -> String {
    let body = json!({"AlarmNames": [name]});
    let target = "GraniteServiceVersion20100801.DescribeAlarms";
    let answer = aws.json("monitoring", target, &body).await.ok().json();
    let state = answer["MetricAlarms"][0]["StateValue"].as_str().unwrap();
    state.to_owned()
}

async fn settled(aws: &Aws) -> String {
    for _ in 0..200 {
        let stack = [("StackName", "s")];
        let stacks = aws.query("cloudformation", "DescribeStacks", &stack).await;
        let Some(status) = stacks.element("StackStatus") else {
            return "gone".to_owned();
        };
        if !status.ends_with("_IN_PROGRESS") {
            return status;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the stack does not settle");
}

async fn deployed(template: &str) -> (Aws, String) {
    let aws = Aws::start().await;
    let parameters = [("StackName", "s"), ("TemplateBody", template)];
    aws.query("cloudformation", "CreateStack", &parameters)
        .await
        .ok();
    let status = settled(&aws).await;
    (aws, status)
}

async fn say(aws: &Aws, message: &Value) {
    let now = jiff::Timestamp::now().as_millisecond();
    let put = json!({"logGroupName": "shop", "logStreamName": "s", "logEvents": [
        {"timestamp": now, "message": message.to_string()},
    ]});
    logs(aws, "PutLogEvents", put).await.ok();
}

#[tokio::test]
async fn an_alarm_on_lines_of_a_log_rings() {
    let (aws, status) = deployed(TEMPLATE).await;
    assert_eq!(status, "CREATE_COMPLETE");
    let stream = json!({"logGroupName": "shop", "logStreamName": "s"});
    logs(&aws, "CreateLogStream", stream).await.ok();
    assert_eq!(state(&aws, "failing").await, "OK");
    say(&aws, &json!({"level": "ERROR"})).await;
    say(&aws, &json!({"level": "ERROR", "expected": true})).await;
    say(&aws, &json!({"level": "INFO"})).await;
    assert_eq!(state(&aws, "failing").await, "OK");
    say(&aws, &json!({"level": "ERROR"})).await;
    assert_eq!(state(&aws, "failing").await, "ALARM");

    assert_eq!(state(&aws, "waiting").await, "OK");
    say(&aws, &json!({"latency": 400, "page": "search"})).await;
    say(&aws, &json!({"latency": 200, "page": "basket"})).await;
    assert_eq!(state(&aws, "waiting").await, "OK");
    say(&aws, &json!({"latency": 251, "page": "basket"})).await;
    assert_eq!(state(&aws, "waiting").await, "ALARM");
    // With dimensions it is published by them alone.
    assert_eq!(state(&aws, "nobody").await, "INSUFFICIENT_DATA");
}

#[tokio::test]
async fn a_stack_changes_its_metric_filters_and_takes_them_with_it() {
    let (aws, status) = deployed(TEMPLATE).await;
    assert_eq!(status, "CREATE_COMPLETE");
    let all = json!({"logGroupName": "shop"});
    let found = logs(&aws, "DescribeMetricFilters", all.clone()).await.ok();
    let filters = found.json()["metricFilters"].clone();
    assert_eq!(filters.as_array().unwrap().len(), 2);
    assert_eq!(filters[1]["filterName"], "slow");
    let groups = logs(&aws, "DescribeLogGroups", json!({})).await.ok().json();
    assert_eq!(groups["logGroups"][0]["metricFilterCount"], 2);

    let changed = TEMPLATE.replace("$.latency > 100", "$.latency > 200");
    let update = [("StackName", "s"), ("TemplateBody", changed.as_str())];
    aws.query("cloudformation", "UpdateStack", &update)
        .await
        .ok();
    assert_eq!(settled(&aws).await, "UPDATE_COMPLETE");
    let found = logs(&aws, "DescribeMetricFilters", all).await.ok().json();
    assert_eq!(
        found["metricFilters"][1]["filterPattern"],
        "{ $.latency > 200 }"
    );

    aws.query("cloudformation", "DeleteStack", &[("StackName", "s")])
        .await
        .ok();
    assert_eq!(settled(&aws).await, "gone");
    let found = logs(&aws, "DescribeMetricFilters", json!({})).await.ok();
    assert_eq!(found.json()["metricFilters"], json!([]));
}

#[tokio::test]
async fn a_pattern_that_is_none_fails_its_stack() {
    for pattern in ["{ $.latency > fast }", "[ip, user]"] {
        let wrong = TEMPLATE.replace("{ $.latency > 100 }", pattern);
        let (_aws, status) = deployed(&wrong).await;
        assert_eq!(status, "ROLLBACK_COMPLETE", "{pattern}");
    }
}

#[tokio::test]
async fn what_logs_refuses_of_metric_filters() {
    let aws = Aws::start().await;
    logs(&aws, "CreateLogGroup", json!({"logGroupName": "g"}))
        .await
        .ok();
    let put = |changes: Value| {
        let mut body = json!({"logGroupName": "g", "filterName": "f", "filterPattern": "ERROR",
            "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]});
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let one = |changes: Value| {
        let mut transformation = put(json!({}))["metricTransformations"][0].clone();
        for (name, value) in changes.as_object().unwrap() {
            transformation[name] = value.clone();
        }
        put(json!({"metricTransformations": [transformation]}))
    };
    let (invalid, absent) = ("InvalidParameterException", "ResourceNotFoundException");
    let not_here = "NotImplementedByLocalAws";
    for (operation, body, code) in [
        ("PutMetricFilter", put(json!({"logGroupName": "x"})), absent),
        (
            "PutMetricFilter",
            put(json!({"filterName": "a:b"})),
            invalid,
        ),
        (
            "PutMetricFilter",
            put(json!({"filterPattern": "{ $.a"})),
            invalid,
        ),
        (
            "PutMetricFilter",
            put(json!({"filterPattern": "%a%"})),
            not_here,
        ),
        (
            "PutMetricFilter",
            put(json!({"metricTransformations": []})),
            invalid,
        ),
        (
            "PutMetricFilter",
            put(json!({"applyOnTransformedLogs": true})),
            not_here,
        ),
        (
            "PutMetricFilter",
            put(json!({"fieldSelectionCriteria": "a"})),
            not_here,
        ),
        (
            "PutMetricFilter",
            one(json!({"metricValue": "$.a"})),
            invalid,
        ),
        ("PutMetricFilter", one(json!({"defaultValue": 1})), not_here),
        (
            "DeleteMetricFilter",
            json!({"logGroupName": "g", "filterName": "f"}),
            absent,
        ),
        ("DescribeMetricFilters", json!({"metricName": "m"}), invalid),
        (
            "DescribeMetricFilters",
            json!({"logGroupName": "x"}),
            absent,
        ),
        (
            "TestMetricFilter",
            json!({"filterPattern": "a", "logEventMessages": []}),
            invalid,
        ),
    ] {
        let answer = logs(&aws, operation, body.clone()).await;
        assert_eq!(answer.json()["__type"], code, "{operation} {body}");
    }
}
