//! Rules for what carries messages, and for what tells that they do not arrive.

use serde_json::Value;

use super::model::{Resource, Template, get, listed, text};
use super::rules::{Finding, unless};

pub fn queues_are_encrypted(template: &Template) -> Vec<Finding> {
    unless(
        template,
        &["AWS::SQS::Queue"],
        "neither SqsManagedSseEnabled nor a key",
        |queue| queue.get("SqsManagedSseEnabled") == true || !queue.get("KmsMasterKeyId").is_null(),
    )
}

/// What reads a stream, and how it does: a queue as a source has dead letters of its own.
fn streams(template: &Template) -> Vec<(Resource<'_>, &Value)> {
    let pipes = template.of("AWS::Pipes::Pipe").flat_map(|pipe| {
        ["DynamoDBStreamParameters", "KinesisStreamParameters"]
            .map(|name| (pipe, get(pipe.get("SourceParameters"), name)))
    });
    let mappings = template.of("AWS::Lambda::EventSourceMapping");
    let mappings = mappings.map(|mapping| (mapping, &mapping.whole["Properties"]));
    pipes
        .chain(mappings)
        .filter(|(_, parameters)| !get(parameters, "StartingPosition").is_null())
        .collect()
}

pub fn streams_give_up_to_a_queue(template: &Template) -> Vec<Finding> {
    let has_queue = |parameters: &Value| {
        !get(parameters, "DeadLetterConfig/Arn").is_null()
            || !get(parameters, "DestinationConfig/OnFailure/Destination").is_null()
    };
    let without = streams(template).into_iter();
    without
        .filter(|(_, parameters)| !has_queue(parameters))
        .map(|(resource, _)| Finding::new(resource.id, "what fails has nowhere to go"))
        .collect()
}

/// Without a number a record is tried until it is a day old, and all behind it wait.
pub fn retries_end(template: &Template) -> Vec<Finding> {
    let endless = |parameters: &Value| {
        let attempts = get(parameters, "MaximumRetryAttempts");
        attempts.is_null() || *attempts == -1
    };
    let without = streams(template).into_iter();
    without
        .filter(|(_, parameters)| endless(parameters))
        .map(|(resource, _)| Finding::new(resource.id, "no MaximumRetryAttempts"))
        .collect()
}

/// A queue without dead letters of its own is where messages end: somebody must hear of them.
pub fn dead_letters_raise_an_alarm(template: &Template) -> Vec<Finding> {
    unless(
        template,
        &["AWS::SQS::Queue"],
        "no alarm on the messages in it",
        |queue| {
            let name = format!("${{{}.QueueName}}", queue.id);
            let watches = |alarm: Resource<'_>| {
                alarm.get("Namespace") == "AWS/SQS"
                    && alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
                    && listed(alarm.get("Dimensions"))
                        .iter()
                        .any(|one| one["Name"] == "QueueName" && text(&one["Value"]) == name)
            };
            !queue.get("RedrivePolicy").is_null()
                || template.of("AWS::CloudWatch::Alarm").any(watches)
        },
    )
}

pub fn alarms_say_what_missing_data_means(template: &Template) -> Vec<Finding> {
    unless(
        template,
        &["AWS::CloudWatch::Alarm"],
        "no TreatMissingData",
        |alarm| alarm.get("TreatMissingData").is_string(),
    )
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::templates::rules::{assert_found, assert_none, assert_rule, one};

    #[test]
    fn queue_encryption() {
        let wrong = ["{ SqsManagedSseEnabled: false }"];
        let right = [
            "{ SqsManagedSseEnabled: true }",
            "{ KmsMasterKeyId: !Ref Key }",
        ];
        assert_rule(queues_are_encrypted, "AWS::SQS::Queue", &wrong, &right);
    }

    /// Both ways to read a stream, with more in the parameters.
    fn readers(parameters: &str) -> [String; 2] {
        [
            one(
                "AWS::Pipes::Pipe",
                &format!(
                    "{{ SourceParameters: {{ DynamoDBStreamParameters: \
                     {{ StartingPosition: LATEST {parameters} }} }} }}"
                ),
            ),
            one(
                "AWS::Lambda::EventSourceMapping",
                &format!("{{ StartingPosition: LATEST {parameters} }}"),
            ),
        ]
    }

    #[test]
    fn dead_letter_queue() {
        let rule = streams_give_up_to_a_queue;
        for template in readers("") {
            assert_found(rule, &template, "One", "nowhere to go");
        }
        assert_none(rule, &readers(", DeadLetterConfig: { Arn: !Ref Queue }")[0]);
        let destination = ", DestinationConfig: { OnFailure: { Destination: !Ref Queue } }";
        assert_none(rule, &readers(destination)[1]);
        // A queue has dead letters of its own.
        let queue = "{ SourceParameters: { SqsQueueParameters: { BatchSize: 1 } } }";
        assert_none(rule, &one("AWS::Pipes::Pipe", queue));
    }

    #[test]
    fn retries() {
        for attempts in ["", ", MaximumRetryAttempts: -1"] {
            for template in readers(attempts) {
                assert_found(retries_end, &template, "One", "MaximumRetryAttempts");
            }
        }
        for template in readers(", MaximumRetryAttempts: 5") {
            assert_none(retries_end, &template);
        }
    }

    #[test]
    fn dead_letter_alarm() {
        const RIGHT: &str = "
Resources:
  One: { Type: AWS::SQS::Queue }
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{ Name: QueueName, Value: !GetAtt One.QueueName }]
";
        let rule = dead_letters_raise_an_alarm;
        assert_none(rule, RIGHT);
        for (from, to) in [
            ("One.QueueName", "Other.QueueName"),
            ("Visible", "Delayed"),
            ("AWS/SQS", "AWS/SNS"),
        ] {
            assert_found(rule, &RIGHT.replace(from, to), "One", "no alarm");
        }
        assert_found(rule, &one("AWS::SQS::Queue", "{}"), "One", "no alarm");
        let passes_on = "{ RedrivePolicy: { maxReceiveCount: 3 } }";
        assert_none(rule, &one("AWS::SQS::Queue", passes_on));
    }

    #[test]
    fn alarms_without_data() {
        let right = ["{ TreatMissingData: notBreaching }"];
        let rule = alarms_say_what_missing_data_means;
        assert_rule(rule, "AWS::CloudWatch::Alarm", &[], &right);
    }
}
