"""EventBridge Pipes: from a DynamoDB stream to a function."""

import json
import time

from clients import ACCOUNT, REGION
from report import Wrong, has, holds, same
from services import iam as roles
from services import streams
from services.bootstrap import zipped

NAME = "foreign-pipe"
ARN = f"arn:aws:pipes:{REGION}:{ACCOUNT}:pipe/{NAME}"
FUNCTION = "foreign-pipe-function"
TABLE = "foreign-piped"
QUEUE = "foreign-pipe-letters"
ROLE = "foreign-pipe-role"


def trust(service):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
        }
    )


def run(context):
    report, clients = context.report, context.clients
    pipes, iam, client = clients.of("pipes"), clients.of("iam"), clients.of("lambda")
    dynamodb, logs, sqs = clients.of("dynamodb"), clients.of("logs"), clients.of("sqs")
    stream = streams.table(dynamodb, TABLE, "NEW_AND_OLD_IMAGES")
    queue = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
    queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}"
    function_role = iam.create_role(RoleName=f"{ROLE}-function", AssumeRolePolicyDocument=json.dumps(roles.TRUST))["Role"]["Arn"]
    iam.attach_role_policy(RoleName=f"{ROLE}-function", PolicyArn=roles.BASIC)
    client.create_function(
        FunctionName=FUNCTION, Runtime="provided.al2023", Handler="bootstrap", Role=function_role, Code={"ZipFile": zipped(1)}
    )
    client.get_waiter("function_active_v2").wait(FunctionName=FUNCTION, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    version = client.publish_version(FunctionName=FUNCTION)["Version"]
    target = client.create_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=version)["AliasArn"]
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust("pipes.amazonaws.com"))["Role"]["Arn"]
    allowed = [
        (["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"], stream),
        (["lambda:InvokeFunction"], target),
        (["sqs:SendMessage"], queue_arn),
    ]
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource} for actions, resource in allowed],
    }
    iam.put_role_policy(RoleName=ROLE, PolicyName="pipe", PolicyDocument=json.dumps(policy))
    group = f"/aws/vendedlogs/pipes/{NAME}"
    logs.create_log_group(logGroupName=group)
    group_arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"

    def definition(**changes):
        wanted = {
            "Name": NAME,
            "Description": "Tried by foreign clients",
            "DesiredState": "RUNNING",
            "Source": stream,
            "SourceParameters": source(),
            "Target": target,
            "TargetParameters": {"LambdaFunctionParameters": {"InvocationType": "REQUEST_RESPONSE"}},
            "RoleArn": role,
            "Tags": {"purpose": "check"},
            "LogConfiguration": {
                "CloudwatchLogsLogDestination": {"LogGroupArn": group_arn},
                "Level": "INFO",
                "IncludeExecutionData": ["ALL"],
            },
            **changes,
        }
        return {name: value for name, value in wanted.items() if value is not None}

    def source(pattern='{"eventName":["INSERT"]}', **changes):
        return {
            "FilterCriteria": {"Filters": [{"Pattern": pattern}]},
            "DynamoDBStreamParameters": {
                "StartingPosition": "TRIM_HORIZON",
                "BatchSize": 10,
                "MaximumBatchingWindowInSeconds": 0,
                "MaximumRecordAgeInSeconds": 3600,
                "MaximumRetryAttempts": 1,
                "OnPartialBatchItemFailure": "AUTOMATIC_BISECT",
                "ParallelizationFactor": 1,
                "DeadLetterConfig": {"Arn": queue_arn},
                **changes,
            },
        }

    def settled(name=NAME):
        for _ in range(100):
            pipe = pipes.describe_pipe(Name=name)
            if pipe["CurrentState"] == "RUNNING" or not pipe["CurrentState"].endswith("ING"):
                return pipe
            time.sleep(0.05)
        raise Wrong(f"the pipe is {pipe['CurrentState']}")

    def put(identity):
        dynamodb.put_item(TableName=TABLE, Item={"id": {"S": identity}})

    def delivered(*wanted):
        """Waits until the function has logged records of these keys; all that it logged."""
        for _ in range(200):
            try:
                events = logs.filter_log_events(logGroupName=f"/aws/lambda/{FUNCTION}", filterPattern="batch")["events"]
            except logs.exceptions.ResourceNotFoundException:
                events = []
            batches = [json.loads(event["message"].split("batch ", 1)[1]) for event in events if "batch [" in event["message"]]
            records = [record for batch in batches for record in batch]
            if set(wanted) <= {record["dynamodb"]["Keys"]["id"]["S"] for record in records}:
                return records
            time.sleep(0.05)
        raise Wrong(f"{wanted} did not all arrive")

    put("early")
    with report.check("pipes CreatePipe, and it runs"):
        created = pipes.create_pipe(**definition())
        has(created, "Arn Name DesiredState CurrentState CreationTime LastModifiedTime", "the answer")
        same((created["Arn"], created["CurrentState"]), (ARN, "CREATING"), "Arn and CurrentState")
        same(settled()["CurrentState"], "RUNNING", "CurrentState")
    with report.check("pipes DescribePipe tells what was asked for"):
        pipe = pipes.describe_pipe(Name=NAME)
        wanted = definition()
        same({name: pipe.get(name) for name in wanted}, wanted, "the pipe")
        same(pipe["DesiredState"], "RUNNING", "DesiredState")
    with report.check("pipes delivers inserts alone, as Pipes sends them"):
        put("early")
        dynamodb.update_item(
            TableName=TABLE,
            Key={"id": {"S": "early"}},
            UpdateExpression="SET changed = :yes",
            ExpressionAttributeValues={":yes": {"BOOL": True}},
        )
        put("late")
        found = delivered("early", "late")
        same([record["eventName"] for record in found], ["INSERT", "INSERT"], "the events")
        has(found[0], "eventID eventName eventVersion eventSource awsRegion dynamodb eventSourceARN", "a record")
        same(found[0]["eventSourceARN"], stream, "eventSourceARN")
    with report.check("pipes logs its executions"):
        messages = [json.loads(event["message"]) for event in logs.filter_log_events(logGroupName=group)["events"]]
        kinds = [message["messageType"] for message in messages]
        holds({"ExecutionStarted", "ExecutionSucceeded"} <= set(kinds), f"the messages are {kinds}")
        same(messages[0]["resourceArn"], ARN, "resourceArn")
    with report.check("pipes StopPipe, StartPipe, and nothing is lost"):
        same(pipes.stop_pipe(Name=NAME)["CurrentState"], "STOPPING", "CurrentState")
        same(settled()["CurrentState"], "STOPPED", "CurrentState")
        put("meanwhile")
        same(pipes.start_pipe(Name=NAME)["CurrentState"], "STARTING", "CurrentState")
        same(settled()["CurrentState"], "RUNNING", "CurrentState")
        delivered("meanwhile")
    with report.check("pipes UpdatePipe replaces parameters whole and keeps the rest"):
        parameters = source(pattern='{"eventName":["REMOVE"]}')
        del parameters["DynamoDBStreamParameters"]["StartingPosition"]
        parameters["DynamoDBStreamParameters"] = {"BatchSize": 5}
        updated = pipes.update_pipe(Name=NAME, RoleArn=role, SourceParameters=parameters)
        same(updated["CurrentState"], "UPDATING", "CurrentState")
        pipe = settled()
        same(pipe["CurrentState"], "RUNNING", "CurrentState")
        same(pipe["Description"], "Tried by foreign clients", "Description")
        expected = {
            "BatchSize": 5,
            "MaximumBatchingWindowInSeconds": 0,
            "MaximumRecordAgeInSeconds": -1,
            "MaximumRetryAttempts": -1,
            "ParallelizationFactor": 1,
            "StartingPosition": "TRIM_HORIZON",
        }
        same(pipe["SourceParameters"]["DynamoDBStreamParameters"], expected, "the parameters")
    with report.check("pipes ListPipes by every filter, and its paginator"):
        for filters in (
            {"NamePrefix": "foreign-"},
            {"SourcePrefix": stream[:40]},
            {"TargetPrefix": target[:40]},
            {"CurrentState": "RUNNING"},
            {"DesiredState": "RUNNING"},
        ):
            pages = pipes.get_paginator("list_pipes").paginate(**filters, PaginationConfig={"PageSize": 1})
            names = [pipe["Name"] for page in pages for pipe in page["Pipes"]]
            holds(NAME in names, f"{filters} finds {names}")
        same(pipes.list_pipes(NamePrefix="absent", Limit=1)["Pipes"], [], "the pipes of another prefix")
    with report.check("pipes tags"):
        pipes.tag_resource(resourceArn=ARN, tags={"a": "1", "b": "2"})
        pipes.untag_resource(resourceArn=ARN, tagKeys=["b"])
        same(pipes.list_tags_for_resource(resourceArn=ARN)["tags"], {"a": "1", "purpose": "check"}, "tags")
    with report.check("pipes by the aws CLI"):
        pipe = clients.cli_json("pipes", "describe-pipe", "--name", NAME)
        same(pipe["Arn"], ARN, "Arn")
        names = [pipe["Name"] for pipe in clients.cli_json("pipes", "list-pipes")["Pipes"]]
        holds(NAME in names, f"the pipes are {names}")

    refuses, invalid = report.refuses, "ValidationException"

    def create(**changes):
        return lambda: pipes.create_pipe(**definition(**{"Name": "foreign-wrong", **changes}))

    def conflicts(response):
        same((response.get("resourceId"), response.get("resourceType")), (NAME, "Pipe"), "resourceId and resourceType")

    refuses("pipes a pipe that is there already", "ConflictException", create(Name=NAME), status=409, members=conflicts)
    refuses("pipes to start one that runs", "ConflictException", lambda: pipes.start_pipe(Name=NAME), status=409)
    for operation in ("describe_pipe", "delete_pipe", "start_pipe", "stop_pipe"):
        refuses(f"pipes {operation} of nothing", "NotFoundException", lambda: getattr(pipes, operation)(Name="absent"), status=404)
    refuses("pipes UpdatePipe of nothing", "NotFoundException", lambda: pipes.update_pipe(Name="absent", RoleArn=role), status=404)
    refuses("pipes tags of nothing", "NotFoundException", lambda: pipes.list_tags_for_resource(resourceArn=ARN + "x"), status=404)
    refuses("pipes a stream without a position", invalid, create(SourceParameters=None), status=400)
    refuses("pipes a table for a source", invalid, create(Source=stream.split("/stream/")[0]))
    refuses("pipes a tag of AWS's own", invalid, create(Tags={"aws:x": "y"}))
    for words, pattern in (
        ("an operator that is none", '{"a":[{"like":"x"}]}'),
        ("a bare value", '{"a":"x"}'),
        ("an empty list", '{"a":[]}'),
        ("nothing", "{}"),
        ("no JSON", "INSERT"),
        ("bounds that nothing is within", '{"a":[{"numeric":[">",5,"<",1]}]}'),
        ("two stars", '{"a":[{"wildcard":"a**"}]}'),
    ):
        refuses(f"pipes a pattern with {words}", invalid, create(SourceParameters=source(pattern)), says="Event pattern is not valid")
    for words, changes, named in (
        ("an enrichment", {"Enrichment": target}, "Enrichment"),
        ("an input template", {"TargetParameters": {"InputTemplate": "{}"}}, "InputTemplate"),
        ("a queue for a source", {"Source": queue_arn}, "the source"),
        ("a queue for a target", {"Target": queue_arn}, "the target"),
        ("a key of one's own", {"KmsKeyIdentifier": "alias/mine"}, "KmsKeyIdentifier"),
        ("a log in a bucket", {"LogConfiguration": {"Level": "INFO", "S3LogDestination": {"BucketName": "abc", "BucketOwner": ACCOUNT}}}, "S3LogDestination"),
    ):
        refuses(f"pipes {words}", "NotImplementedByLocalAws", create(**changes), says=named)

    def fails(words, reason, **changes):
        with report.check(f"pipes CREATE_FAILED says {words}"):
            create(**changes)()
            pipe = settled("foreign-wrong")
            same(pipe["CurrentState"], "CREATE_FAILED", "CurrentState")
            holds(reason in pipe.get("StateReason", ""), f"the reason is {pipe.get('StateReason')}")
        pipes.delete_pipe(Name="foreign-wrong")
        gone("foreign-wrong")

    def gone(name):
        for _ in range(100):
            if not pipes.list_pipes(NamePrefix=name)["Pipes"]:
                return
            time.sleep(0.05)
        raise Wrong(f"{name} is still there")

    fails("that the role is another's", "does not let pipes.amazonaws.com", RoleArn=function_role)
    fails("that there is no stream", "Cannot access stream", Source=stream.replace(TABLE, "absent"))
    fails("that the function is not its", "lambda:InvokeFunction", Target=target.rsplit(":", 1)[0])
    fails("that there is no queue", "sqs:SendMessage", SourceParameters=source(DeadLetterConfig={"Arn": queue_arn + "x"}))

    with report.check("pipes a batch that cannot be delivered is told to the queue"):
        parameters = source()
        del parameters["DynamoDBStreamParameters"]["StartingPosition"]
        parameters["DynamoDBStreamParameters"]["MaximumRetryAttempts"] = 0
        pipes.update_pipe(Name=NAME, RoleArn=role, SourceParameters=parameters)
        same(settled()["CurrentState"], "RUNNING", "CurrentState")
        client.delete_function(FunctionName=FUNCTION)
        put("undelivered")
        received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
        body = json.loads(received[0]["Body"])
        same(body["context"], {"partnerResourceArn": ARN, "condition": "RetryAttemptsExhausted"}, "context")
        has(
            body["DDBStreamBatchInfo"],
            "shardId startSequenceNumber endSequenceNumber approximateArrivalOfFirstRecord "
            "approximateArrivalOfLastRecord batchSize streamArn",
            "the batch",
        )
    with report.check("pipes DeletePipe"):
        same(pipes.delete_pipe(Name=NAME)["CurrentState"], "DELETING", "CurrentState")
        gone(NAME)
    dynamodb.delete_table(TableName=TABLE)
    sqs.delete_queue(QueueUrl=queue)
    logs.delete_log_group(logGroupName=group)
    iam.delete_role_policy(RoleName=ROLE, PolicyName="pipe")
    iam.delete_role(RoleName=ROLE)
    iam.detach_role_policy(RoleName=f"{ROLE}-function", PolicyArn=roles.BASIC)
    iam.delete_role(RoleName=f"{ROLE}-function")
