"""CloudWatch: alarms of stacks, whose states follow what really happens."""

import json

from clients import ACCOUNT, REGION
from report import has, holds, same
from services import iam as roles
from services.bootstrap import zipped
from services.edges import QUICK
from services.sns import kept

NAME = "foreign-alarms"


def alarm(name, namespace, metric, dimensions, **changes):
    properties = {
        "AlarmName": f"{NAME}-{name}",
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        **changes,
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {key: value for key, value in properties.items() if value is not None}}


def template(**resources):
    return json.dumps({"Resources": resources})


RESOURCES = {
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": NAME, "Tags": [{"Key": "a", "Value": "1"}]}},
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": NAME}},
    "Lost": alarm(
        "lost", "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": NAME},
        Statistic="Maximum", AlarmActions=[{"Ref": "Topic"}], AlarmDescription="Lost messages", Tags=[{"Key": "a", "Value": "1"}],
    ),
    "Failing": alarm("failing", "AWS/Lambda", "Errors", {"FunctionName": NAME}),
    "Elsewhere": alarm("elsewhere", "AWS/EC2", "CPUUtilization", {"InstanceId": "i-0"}),
}


def run(context):
    report, clients = context.report, context.clients
    cloudwatch, stacks, sqs = clients.of("cloudwatch"), clients.of("cloudformation"), clients.of("sqs")
    iam, functions = clients.of("iam"), clients.of("lambda")

    def state(name):
        (found,) = cloudwatch.describe_alarms(AlarmNames=[f"{NAME}-{name}"])["MetricAlarms"]
        return found["StateValue"]

    with report.check("cloudwatch alarms of a stack are described whole"):
        stacks.create_stack(StackName=NAME, TemplateBody=template(**RESOURCES))
        stacks.get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig=QUICK)
        (found,) = cloudwatch.describe_alarms(AlarmNames=[f"{NAME}-lost"])["MetricAlarms"]
        has(
            found,
            "AlarmName AlarmArn AlarmDescription AlarmConfigurationUpdatedTimestamp ActionsEnabled OKActions AlarmActions "
            "InsufficientDataActions StateValue StateReason StateUpdatedTimestamp MetricName Namespace Statistic Dimensions Period "
            "EvaluationPeriods Threshold ComparisonOperator TreatMissingData StateTransitionedTimestamp",
            "the alarm",
        )
        arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{NAME}-lost"
        same(found["AlarmArn"], arn, "AlarmArn")
        same(found["AlarmActions"], [f"arn:aws:sns:{REGION}:{ACCOUNT}:{NAME}"], "AlarmActions")
        holds({"Key": "a", "Value": "1"} in cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"], "the tag is not there")
        same(found["StateValue"], "OK", "StateValue")
    with report.check("cloudwatch an alarm on a queue rings when a message is there, and tells the topic"):
        before = len(kept(clients, "notifications"))
        url = sqs.get_queue_url(QueueName=NAME)["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="x")
        same(state("lost"), "ALARM", "StateValue")
        (told,) = kept(clients, "notifications", before)
        same(told["subject"], f'ALARM: "{NAME}-lost" in {REGION}', "the subject")
        same(json.loads(told["message"])["NewStateValue"], "ALARM", "NewStateValue")
        holds("undelivered" not in told, f"it is undelivered: {told}")
    with report.check("cloudwatch an alarm on what is not here has no data and says why"):
        (found,) = cloudwatch.describe_alarms(AlarmNames=[f"{NAME}-elsewhere"])["MetricAlarms"]
        same(found["StateValue"], "INSUFFICIENT_DATA", "StateValue")
        holds("has no metric AWS/EC2 CPUUtilization" in found["StateReason"], f"StateReason is {found['StateReason']}")
        same(state("failing"), "INSUFFICIENT_DATA", "the state of the errors of no function")
    with report.check("cloudwatch an alarm on errors rings when a function fails"):
        role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(roles.TRUST))["Role"]["Arn"]
        functions.create_function(
            FunctionName=NAME, Runtime="provided.al2023", Handler="bootstrap", Role=role, Code={"ZipFile": zipped()}, Timeout=5
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=NAME, WaiterConfig=QUICK)
        functions.invoke(FunctionName=NAME, Payload=b"{}")
        same(state("failing"), "OK", "the state after a success")
        functions.invoke(FunctionName=NAME, Payload=b'{"do": "fail"}')
        same(state("failing"), "ALARM", "the state after a failure")
        functions.delete_function(FunctionName=NAME)
        iam.delete_role(RoleName=NAME)
    with report.check("cloudwatch alarms by prefix, state, action and page"):
        names = lambda **filters: [found["AlarmName"].removeprefix(f"{NAME}-") for found in cloudwatch.describe_alarms(**filters)["MetricAlarms"]]
        same(names(AlarmNamePrefix=NAME), ["elsewhere", "failing", "lost"], "by prefix")
        same(names(AlarmNamePrefix=NAME, StateValue="ALARM"), ["lost"], "by state")
        same(names(AlarmNamePrefix=NAME, ActionPrefix="arn:aws:sns"), ["lost"], "by action")
        same(names(AlarmNamePrefix=NAME, AlarmTypes=["CompositeAlarm"]), [], "by type")
        pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=NAME, PaginationConfig={"PageSize": 1})
        same([len(page["MetricAlarms"]) for page in pages], [1, 1, 1], "the pages")
    with report.check("cloudwatch by the aws CLI"):
        found = clients.cli_json("cloudwatch", "describe-alarms", "--alarm-names", f"{NAME}-lost")["MetricAlarms"]
        same([one["StateValue"] for one in found], ["ALARM"], "the states")
    with report.check("cloudwatch a stack changes an alarm in place"):
        changed = {**RESOURCES, "Lost": alarm("lost", "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": NAME}, Statistic="Maximum", Threshold=1)}
        stacks.update_stack(StackName=NAME, TemplateBody=template(**changed))
        stacks.get_waiter("stack_update_complete").wait(StackName=NAME, WaiterConfig=QUICK)
        (found,) = cloudwatch.describe_alarms(AlarmNames=[f"{NAME}-lost"])["MetricAlarms"]
        same((found["Threshold"], found["StateValue"]), (1.0, "OK"), "threshold and state")

    absent = "NotImplementedByLocalAws"
    report.refuses("cloudwatch a page of nobody", "InvalidNextToken", lambda: cloudwatch.describe_alarms(NextToken="nobody"), status=400)
    report.refuses("cloudwatch names and a prefix", "ValidationError", lambda: cloudwatch.describe_alarms(AlarmNames=["a"], AlarmNamePrefix="a"))
    report.refuses("cloudwatch children of an alarm", absent, lambda: cloudwatch.describe_alarms(ChildrenOfAlarmName="a"))
    report.refuses("cloudwatch PutMetricData", absent, lambda: cloudwatch.put_metric_data(Namespace="a", MetricData=[{"MetricName": "a", "Value": 1}]))
    report.refuses(
        "cloudwatch tags of no alarm", "ResourceNotFoundException",
        lambda: cloudwatch.list_tags_for_resource(ResourceARN=f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:absent"), status=404,
    )
    report.refuses("cloudwatch tags of what is no alarm", "InvalidParameterValue", lambda: cloudwatch.list_tags_for_resource(ResourceARN="alarm"))
    with report.check("cloudwatch alarms that cannot be fail their stack"):
        for words, changes in (
            ("a period of 61 seconds", {"Period": 61}),
            ("a period of 10 seconds", {"Period": 10}),
            ("no statistic of that name", {"Statistic": "Most"}),
            ("an anomaly band", {"ComparisonOperator": "GreaterThanUpperThreshold"}),
            ("more datapoints than periods", {"DatapointsToAlarm": 2}),
            ("an action that is no topic", {"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]}),
        ):
            name = f"{NAME}-wrong"
            stacks.create_stack(StackName=name, TemplateBody=template(Wrong=alarm("wrong", "AWS/SQS", "x", {}, **changes)))
            try:
                stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=QUICK)
                holds(False, f"{words} is accepted")
            except Exception as error:
                holds("ROLLBACK" in str(error), f"{words}: {error}")
            stacks.delete_stack(StackName=name)
            stacks.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=QUICK)
    with report.check("cloudwatch the stack goes, and its alarms with it"):
        stacks.delete_stack(StackName=NAME)
        stacks.get_waiter("stack_delete_complete").wait(StackName=NAME, WaiterConfig=QUICK)
        same(cloudwatch.describe_alarms(AlarmNamePrefix=NAME)["MetricAlarms"], [], "the alarms")
