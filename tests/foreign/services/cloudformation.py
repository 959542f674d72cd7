"""CloudFormation: stacks and change sets by boto3, `aws cloudformation deploy`, templates that it refuses."""

import json
import time

from clients import ACCOUNT, REGION
from report import Wrong, has, holds, same
from services import iam as roles

STACK = "foreign-stack"
QUICK = {"Delay": 1, "MaxAttempts": 30}
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    },
}
GROUP = {
    "Type": "AWS::Logs::LogGroup",
    "Properties": {"LogGroupName": {"Fn::Sub": "/foreign/${AWS::StackName}"}, "RetentionInDays": {"Ref": "Days"}},
}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": roles.TRUST}}
DEPLOYED = """\
AWSTemplateFormatVersion: "2010-09-09"
Description: What aws cloudformation deploy makes
Parameters:
  Days: { Type: Number, Default: 7 }
Resources:
  Group:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub "/foreign/${AWS::StackName}"
      RetentionInDays: !Ref Days
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - { Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }
      Policies:
        - PolicyName: log
          PolicyDocument:
            Version: "2012-10-17"
            Statement: { Effect: Allow, Action: logs:PutLogEvents, Resource: !GetAtt Group.Arn }
Outputs:
  GroupName: { Value: !Ref Group }
  RoleArn: { Value: !GetAtt Role.Arn }
"""


def template(resources=None, **sections):
    if resources is None:
        resources = {"Table": TABLE, "Group": GROUP}
    return json.dumps(
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "Tried by foreign clients",
            "Parameters": {"Days": {"Type": "Number", "Default": 7, "AllowedValues": [1, 7, 14]}},
            "Resources": resources,
            "Outputs": {
                "TableName": {"Value": {"Ref": "Table"}, "Description": "Name", "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-table"}}},
                "TableArn": {"Value": {"Fn::GetAtt": ["Table", "Arn"]}},
            }
            if "Table" in resources
            else {},
            **sections,
        }
    )


def run(context):
    report, clients = context.report, context.clients
    client = clients.of("cloudformation")
    boto(report, clients, client)
    deploy(report, clients, client)
    refusals(report, client)


def boto(report, clients, client):
    with report.check("cloudformation a change set of a new stack, its waiter, its changes"):
        created = client.create_change_set(
            StackName=STACK, ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=template(),
            Description="the first", ClientToken="foreign-first", Tags=[{"Key": "purpose", "Value": "check"}],
            Parameters=[{"ParameterKey": "Days", "ParameterValue": "14"}], Capabilities=["CAPABILITY_IAM"],
        )
        has(created, "Id StackId", "the answer")
        client.get_waiter("change_set_create_complete").wait(ChangeSetName=created["Id"], WaiterConfig=QUICK)
        described = client.describe_change_set(ChangeSetName="first", StackName=STACK)
        has(
            described,
            "ChangeSetName ChangeSetId StackId StackName Description Parameters CreationTime ExecutionStatus "
            "Status NotificationARNs RollbackConfiguration Capabilities Tags Changes IncludeNestedStacks",
            "the change set",
        )
        same((described["Status"], described["ExecutionStatus"]), ("CREATE_COMPLETE", "AVAILABLE"), "the statuses")
        changes = {c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"]["Action"] for c in described["Changes"]}
        same(changes, {"Table": "Add", "Group": "Add"}, "the changes")
        stack = client.describe_stacks(StackName=STACK)["Stacks"][0]
        same(stack["StackStatus"], "REVIEW_IN_PROGRESS", "StackStatus")
        listed = client.get_paginator("list_change_sets").paginate(StackName=STACK).build_full_result()["Summaries"]
        same([summary["ChangeSetName"] for summary in listed], ["first"], "the change sets")
        has(listed[0], "StackId StackName ChangeSetId ChangeSetName ExecutionStatus Status CreationTime Description", "the summary")
    with report.check("cloudformation ExecuteChangeSet, stack_create_complete, the stack"):
        client.execute_change_set(ChangeSetName="first", StackName=STACK, ClientRequestToken="foreign-execute")
        client.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig=QUICK)
        stack = client.describe_stacks(StackName=created["StackId"])["Stacks"][0]
        has(
            stack,
            "StackId StackName ChangeSetId Description Parameters CreationTime RollbackConfiguration StackStatus "
            "DisableRollback NotificationARNs Capabilities Outputs Tags EnableTerminationProtection DriftInformation",
            "the stack",
        )
        outputs = {o["OutputKey"]: o for o in stack["Outputs"]}
        same(outputs["TableName"]["ExportName"], f"{STACK}-table", "ExportName")
        same(outputs["TableArn"]["OutputValue"], f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{outputs['TableName']['OutputValue']}", "TableArn")
        same(stack["Parameters"], [{"ParameterKey": "Days", "ParameterValue": "14"}], "Parameters")
        same(stack["Tags"], [{"Key": "purpose", "Value": "check"}], "Tags")
    with report.check("cloudformation what the stack made is there for the services"):
        name = outputs["TableName"]["OutputValue"]
        same(clients.of("dynamodb").describe_table(TableName=name)["Table"]["TableStatus"], "ACTIVE", "TableStatus")
        group = clients.of("logs").describe_log_groups(logGroupNamePrefix=f"/foreign/{STACK}")["logGroups"][0]
        same(group["retentionInDays"], 14, "retentionInDays")
        tags = clients.of("dynamodb").list_tags_of_resource(ResourceArn=outputs["TableArn"]["OutputValue"])["Tags"]
        found = {tag["Key"]: tag["Value"] for tag in tags}
        same(found.get("purpose"), "check", "the stack's tag on the table")
        same(found.get("aws:cloudformation:stack-name"), STACK, "CloudFormation's tag on the table")
    with report.check("cloudformation events, newest first, by their paginator"):
        events = client.get_paginator("describe_stack_events").paginate(StackName=STACK).build_full_result()["StackEvents"]
        has(events[0], "StackId EventId StackName LogicalResourceId PhysicalResourceId ResourceType Timestamp ResourceStatus", "an event")
        same(
            (events[0]["LogicalResourceId"], events[0]["ResourceStatus"], events[-1]["ResourceStatus"]),
            (STACK, "CREATE_COMPLETE", "REVIEW_IN_PROGRESS"),
            "the newest and the oldest",
        )
        own = [event.get("ClientRequestToken") for event in events if event["ResourceStatus"] == "CREATE_IN_PROGRESS"]
        same(set(own), {"foreign-execute"}, "the tokens")
        times = [event["Timestamp"] for event in events]
        same(times, sorted(times, reverse=True), "the order")
    with report.check("cloudformation resources, by list, by stack, by name"):
        listed = client.get_paginator("list_stack_resources").paginate(StackName=STACK).build_full_result()["StackResourceSummaries"]
        same(sorted(r["LogicalResourceId"] for r in listed), ["Group", "Table"], "the resources")
        has(listed[0], "LogicalResourceId PhysicalResourceId ResourceType LastUpdatedTimestamp ResourceStatus DriftInformation", "a summary")
        resources = client.describe_stack_resources(StackName=STACK)["StackResources"]
        has(resources[0], "StackName StackId LogicalResourceId PhysicalResourceId ResourceType Timestamp ResourceStatus", "a resource")
        one = client.describe_stack_resource(StackName=STACK, LogicalResourceId="Table")["StackResourceDetail"]
        has(one, "StackName StackId LogicalResourceId PhysicalResourceId ResourceType LastUpdatedTimestamp ResourceStatus", "the detail")
        same(one["PhysicalResourceId"], name, "PhysicalResourceId")
    with report.check("cloudformation GetTemplate answers the text as it was sent"):
        answer = client.get_template(StackName=STACK)
        same(answer["TemplateBody"], json.loads(template()), "TemplateBody")
        same(sorted(answer["StagesAvailable"]), ["Original", "Processed"], "StagesAvailable")
    with report.check("cloudformation ValidateTemplate and GetTemplateSummary"):
        valid = client.validate_template(TemplateBody=template({"Role": ROLE}))
        same(valid["Capabilities"], ["CAPABILITY_IAM"], "Capabilities")
        has(valid["Parameters"][0], "ParameterKey DefaultValue NoEcho", "the parameter")
        summary = client.get_template_summary(StackName=STACK)
        has(summary, "Parameters Description ResourceTypes Version", "the summary")
        same(sorted(summary["ResourceTypes"]), ["AWS::DynamoDB::Table", "AWS::Logs::LogGroup"], "ResourceTypes")
    with report.check("cloudformation lists of stacks and exports by their paginators"):
        stacks = client.get_paginator("list_stacks").paginate(StackStatusFilter=["CREATE_COMPLETE"]).build_full_result()["StackSummaries"]
        holds(STACK in [s["StackName"] for s in stacks], "the stack is not listed")
        exports = client.get_paginator("list_exports").paginate().build_full_result()["Exports"]
        same([e for e in exports if e["Name"] == f"{STACK}-table"], [{"ExportingStackId": created["StackId"], "Name": f"{STACK}-table", "Value": name}], "the export")
        all_stacks = client.get_paginator("describe_stacks").paginate().build_full_result()["Stacks"]
        holds(STACK in [s["StackName"] for s in all_stacks], "the stack is not described")
    with report.check("cloudformation a change set without changes has failed, and says why"):
        client.create_change_set(StackName=STACK, ChangeSetName="empty", TemplateBody=template(), Parameters=[{"ParameterKey": "Days", "UsePreviousValue": True}])
        try:
            client.get_waiter("change_set_create_complete").wait(ChangeSetName="empty", StackName=STACK, WaiterConfig=QUICK)
        except Exception:
            pass
        described = client.describe_change_set(ChangeSetName="empty", StackName=STACK)
        same((described["Status"], described["ExecutionStatus"]), ("FAILED", "UNAVAILABLE"), "the statuses")
        holds("didn't contain changes" in described["StatusReason"], f"it says {described['StatusReason']}")
    report.refuses(
        "cloudformation executing a failed change set", "InvalidChangeSetStatus",
        lambda: client.execute_change_set(ChangeSetName="empty", StackName=STACK), status=400,
    )
    with report.check("cloudformation a change set is deleted, also when it is there no more"):
        for _ in range(2):
            client.delete_change_set(ChangeSetName="empty", StackName=STACK)
    report.refuses(
        "cloudformation DescribeChangeSet of nothing", "ChangeSetNotFound",
        lambda: client.describe_change_set(ChangeSetName="empty", StackName=STACK), status=404,
    )
    with report.check("cloudformation a change set tells Modify and Replacement"):
        table = json.loads(json.dumps(TABLE))
        table["Properties"]["AttributeDefinitions"][0]["AttributeName"] = "other"
        table["Properties"]["KeySchema"][0]["AttributeName"] = "other"
        client.create_change_set(
            StackName=STACK, ChangeSetName="replace", ChangeSetType="UPDATE", TemplateBody=template({"Table": table, "Role": ROLE}),
            Capabilities=["CAPABILITY_IAM"],
        )
        client.get_waiter("change_set_create_complete").wait(ChangeSetName="replace", StackName=STACK, WaiterConfig=QUICK)
        changes = {c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"] for c in client.describe_change_set(ChangeSetName="replace", StackName=STACK)["Changes"]}
        same({key: change["Action"] for key, change in changes.items()}, {"Table": "Modify", "Role": "Add", "Group": "Remove"}, "the actions")
        same(changes["Table"]["Replacement"], "True", "Replacement")
        has(changes["Table"], "PhysicalResourceId ResourceType Scope Details", "the change")
        has(changes["Table"]["Details"][0], "Target Evaluation ChangeSource", "a detail")
    with report.check("cloudformation UpdateStack, stack_update_complete"):
        client.update_stack(StackName=STACK, UsePreviousTemplate=True, Parameters=[{"ParameterKey": "Days", "ParameterValue": "1"}])
        client.get_waiter("stack_update_complete").wait(StackName=STACK, WaiterConfig=QUICK)
        group = clients.of("logs").describe_log_groups(logGroupNamePrefix=f"/foreign/{STACK}")["logGroups"][0]
        same(group["retentionInDays"], 1, "retentionInDays")
    report.refuses(
        "cloudformation an update without changes", "ValidationError",
        lambda: client.update_stack(StackName=STACK, UsePreviousTemplate=True, Parameters=[{"ParameterKey": "Days", "UsePreviousValue": True}]),
        says="No updates are to be performed", status=400,
    )
    report.refuses(
        "cloudformation executing a change set that an update has overtaken", "InvalidChangeSetStatus",
        lambda: client.execute_change_set(ChangeSetName="replace", StackName=STACK), status=400, says="OBSOLETE",
    )
    report.refuses(
        "cloudformation a stack that is there already", "AlreadyExistsException",
        lambda: client.create_stack(StackName=STACK, TemplateBody=template()), status=400,
    )
    report.refuses(
        "cloudformation a change set that creates a stack that is there", "ValidationError",
        lambda: client.create_change_set(StackName=STACK, ChangeSetName="again", ChangeSetType="CREATE", TemplateBody=template()), status=400,
    )
    importing(report, client)
    with report.check("cloudformation a failed update is rolled back, with its cause first"):
        clash = {**GROUP, "Properties": {"LogGroupName": f"/foreign/{STACK}"}}
        client.update_stack(StackName=STACK, TemplateBody=template({"Table": TABLE, "Group": GROUP, "Clash": clash}))
        try:
            client.get_waiter("stack_update_complete").wait(StackName=STACK, WaiterConfig=QUICK)
            raise Wrong("the update succeeded")
        except Exception as error:
            if isinstance(error, Wrong):
                raise
        stack = client.describe_stacks(StackName=STACK)["Stacks"][0]
        same(stack["StackStatus"], "UPDATE_ROLLBACK_COMPLETE", "StackStatus")
        events = client.describe_stack_events(StackName=STACK)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
        same(failed[-1]["LogicalResourceId"], "Clash", "what failed first")
        holds("already exists" in failed[-1]["ResourceStatusReason"], f"it says {failed[-1]['ResourceStatusReason']}")
        group = clients.of("logs").describe_log_groups(logGroupNamePrefix=f"/foreign/{STACK}")["logGroups"][0]
        same(group["retentionInDays"], 1, "retentionInDays")
    with report.check("cloudformation a failed create is rolled back, and can only be deleted"):
        client.create_stack(StackName="foreign-failed", TemplateBody=template({"Table": TABLE, "Clash": clash}))
        try:
            client.get_waiter("stack_create_complete").wait(StackName="foreign-failed", WaiterConfig=QUICK)
            raise Wrong("the stack was created")
        except Exception as error:
            if isinstance(error, Wrong):
                raise
        stack = client.describe_stacks(StackName="foreign-failed")["Stacks"][0]
        same(stack["StackStatus"], "ROLLBACK_COMPLETE", "StackStatus")
    report.refuses(
        "cloudformation an update of a stack that was rolled back", "ValidationError",
        lambda: client.update_stack(StackName="foreign-failed", TemplateBody=template()), says="ROLLBACK_COMPLETE state and can not be updated",
    )
    idempotency(report, client)
    unhappy(report, clients, client)
    with report.check("cloudformation termination protection refuses DeleteStack"):
        client.delete_stack(StackName="foreign-failed")
        client.update_termination_protection(StackName=STACK, EnableTerminationProtection=True)
        try:
            client.delete_stack(StackName=STACK)
            raise Wrong("deleted")
        except client.exceptions.ClientError as error:
            same(error.response["Error"]["Code"], "ValidationError", "the code")
            holds("TerminationProtection is enabled" in str(error), str(error))
        client.update_termination_protection(StackName=STACK, EnableTerminationProtection=False)
    with report.check("cloudformation DeleteStack, stack_delete_complete; the ARN still tells"):
        client.delete_stack(StackName=STACK)
        client.get_waiter("stack_delete_complete").wait(StackName=created["StackId"], WaiterConfig=QUICK)
        same(client.describe_stacks(StackName=created["StackId"])["Stacks"][0]["StackStatus"], "DELETE_COMPLETE", "StackStatus")
        same(clients.of("logs").describe_log_groups(logGroupNamePrefix=f"/foreign/{STACK}")["logGroups"], [], "the log groups")
    report.refuses(
        "cloudformation DescribeStacks of nothing", "ValidationError",
        lambda: client.describe_stacks(StackName=STACK), says=f"Stack with id {STACK} does not exist", status=400,
    )
    with report.check("cloudformation DeleteStack of nothing is done"):
        client.delete_stack(StackName="absent")


def idempotency(report, client):
    group = {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}}
    create = lambda **changes: client.create_stack(
        StackName="foreign-token", TemplateBody=template(group), ClientRequestToken="token-1", DisableRollback=False,
        EnableTerminationProtection=False, Tags=[{"Key": "purpose", "Value": "check"}], RollbackConfiguration={}, **changes,
    )
    with report.check("cloudformation the same token is the same call"):
        made = create()
        client.get_waiter("stack_create_complete").wait(StackName="foreign-token", WaiterConfig=QUICK)
        same(create()["StackId"], made["StackId"], "StackId of the second call")
        change_set = lambda: client.create_change_set(
            StackName="foreign-token", ChangeSetName="tokened", TemplateBody=template({"Group": {**group["Group"], "Properties": {"RetentionInDays": 1}}}),
            ClientToken="token-2", OnStackFailure="ROLLBACK", IncludeNestedStacks=False, RollbackConfiguration={},
        )
        same(change_set()["Id"], change_set()["Id"], "Id of the second change set")
        for _ in range(2):
            client.execute_change_set(ChangeSetName="tokened", StackName="foreign-token", ClientRequestToken="token-3")
            client.get_waiter("stack_update_complete").wait(StackName="foreign-token", WaiterConfig=QUICK)
    report.refuses(
        "cloudformation a token that came with another operation", "TokenAlreadyExistsException",
        lambda: client.update_stack(StackName="foreign-token", TemplateBody=template(group), ClientRequestToken="token-3"), status=400,
    )
    report.refuses(
        "cloudformation a change set's name with another template", "AlreadyExistsException",
        lambda: [client.create_change_set(StackName="foreign-token", ChangeSetName="twice", TemplateBody=template(g)) for g in (
            {"Group": {**group["Group"], "Properties": {"RetentionInDays": days}}} for days in (3, 5))][0], status=400,
    )
    with report.check("cloudformation the template of a change set, and DeleteStack with a token"):
        body = client.get_template(ChangeSetName="twice", StackName="foreign-token", TemplateStage="Original")["TemplateBody"]
        same(body["Resources"]["Group"]["Properties"]["RetentionInDays"], 3, "RetentionInDays")
        client.delete_stack(StackName="foreign-token", ClientRequestToken="token-4")
        client.get_waiter("stack_delete_complete").wait(StackName=made["StackId"], WaiterConfig=QUICK)


def unhappy(report, clients, client):
    """Stacks that stop half way, and what gets them going again."""
    logs = clients.of("logs")
    blocked = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/foreign/blocked"}}
    with report.check("cloudformation a create that is not to be rolled back stays CREATE_FAILED"):
        logs.create_log_group(logGroupName="/foreign/blocked")
        client.create_stack(StackName="foreign-unhappy", TemplateBody=template({"Group": GROUP, "Blocked": {**blocked, "DependsOn": "Group"}}), OnFailure="DO_NOTHING")
        stack = until(client, "foreign-unhappy")
        same(stack["StackStatus"], "CREATE_FAILED", "StackStatus")
        holds("Blocked" in stack["StackStatusReason"], f"StackStatusReason is {stack['StackStatusReason']}")
        same(len(logs.describe_log_groups(logGroupNamePrefix="/foreign/foreign-unhappy")["logGroups"]), 1, "the count of what was made")
        client.delete_stack(StackName="foreign-unhappy")
        client.get_waiter("stack_delete_complete").wait(StackName="foreign-unhappy", WaiterConfig=QUICK)
        same(len(logs.describe_log_groups(logGroupNamePrefix="/foreign/blocked")["logGroups"]), 1, "the count of groups of others")
        logs.delete_log_group(logGroupName="/foreign/blocked")
    with report.check("cloudformation OnFailure DELETE leaves nothing"):
        logs.create_log_group(logGroupName="/foreign/blocked")
        made = client.create_stack(StackName="foreign-unhappy", TemplateBody=template({"Group": GROUP, "Blocked": blocked}), OnFailure="DELETE")
        same(until(client, made["StackId"])["StackStatus"], "DELETE_COMPLETE", "StackStatus")
        logs.delete_log_group(logGroupName="/foreign/blocked")
    with report.check("cloudformation a deletion policy of Retain keeps the resource"):
        kept = {**GROUP, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
        made = client.create_stack(StackName="foreign-unhappy", TemplateBody=template({"Group": kept}))
        client.get_waiter("stack_create_complete").wait(StackName="foreign-unhappy", WaiterConfig=QUICK)
        client.delete_stack(StackName="foreign-unhappy")
        client.get_waiter("stack_delete_complete").wait(StackName=made["StackId"], WaiterConfig=QUICK)
        events = client.describe_stack_events(StackName=made["StackId"])["StackEvents"]
        holds("DELETE_SKIPPED" in [event["ResourceStatus"] for event in events], "nothing was skipped")
        logs.delete_log_group(logGroupName="/foreign/foreign-unhappy")
    for what, call in {
        "CancelUpdateStack": lambda: client.cancel_update_stack(StackName=STACK),
        "ContinueUpdateRollback": lambda: client.continue_update_rollback(StackName=STACK),
        "DeleteStack with what to retain": lambda: client.delete_stack(StackName=STACK, RetainResources=["Table"]),
    }.items():
        report.refuses(f"cloudformation {what} of a stack that needs none", "ValidationError", call, status=400)


def until(client, stack):
    """The stack when nothing goes on any more."""
    for _ in range(100):
        found = client.describe_stacks(StackName=stack)["Stacks"][0]
        if not found["StackStatus"].endswith("_IN_PROGRESS"):
            return found
        time.sleep(0.1)
    raise Wrong(f"{stack} stays {found['StackStatus']}")


def importing(report, client):
    with report.check("cloudformation an export that is imported keeps its stack"):
        group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Fn::Sub": ["/foreign/import/${T}", {"T": {"Fn::ImportValue": f"{STACK}-table"}}]}}}
        client.create_stack(StackName="foreign-import", TemplateBody=template({"Group": group}))
        client.get_waiter("stack_create_complete").wait(StackName="foreign-import", WaiterConfig=QUICK)
        same(client.list_imports(ExportName=f"{STACK}-table")["Imports"], ["foreign-import"], "Imports")
        before = client.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
        client.delete_stack(StackName=STACK)
        same(client.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"], before, "StackStatus")
        reason = client.describe_stack_events(StackName=STACK)["StackEvents"][0].get("ResourceStatusReason", "")
        holds("in use by foreign-import" in reason, f"the newest event says {reason!r}")
        client.delete_stack(StackName="foreign-import")
        client.get_waiter("stack_delete_complete").wait(StackName="foreign-import", WaiterConfig=QUICK)


def deploy(report, clients, client):
    """`aws cloudformation deploy`, as its users call it."""
    name = "foreign-deployed"
    path = clients.file("template.yaml", DEPLOYED)
    base = ["cloudformation", "deploy", "--stack-name", name, "--template-file", path]
    iam = ["--capabilities", "CAPABILITY_IAM"]

    def status():
        return client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]

    def deployed(arguments, code, words, then):
        done = clients.cli(*arguments)
        said = done.stdout + done.stderr
        same(done.returncode, code, f"the exit code ({said.strip()})")
        holds(words in said, f"it says {said.strip()}")
        if then:
            same(status(), then, "StackStatus")

    with report.check("aws cloudformation deploy without a capability says so"):
        deployed(base, 255, "InsufficientCapabilities", None)
    with report.check("aws cloudformation deploy creates"):
        deployed(base + iam, 0, "Successfully created/updated stack", "CREATE_COMPLETE")
    with report.check("aws cloudformation deploy of the same has no changes"):
        deployed(base + iam + ["--no-fail-on-empty-changeset"], 0, "No changes to deploy", "CREATE_COMPLETE")
        deployed(base + iam + ["--fail-on-empty-changeset"], 255, "No changes to deploy", "CREATE_COMPLETE")
    with report.check("aws cloudformation deploy updates"):
        deployed(base + iam + ["--parameter-overrides", "Days=14"], 0, "Successfully created/updated stack", "UPDATE_COMPLETE")
        group = clients.of("logs").describe_log_groups(logGroupNamePrefix=f"/foreign/{name}")["logGroups"][0]
        same(group["retentionInDays"], 14, "retentionInDays")
    with report.check("aws cloudformation deploy of what fails is rolled back"):
        deployed(base + iam + ["--parameter-overrides", "Days=2"], 255, "Failed to create/update the stack", "UPDATE_ROLLBACK_COMPLETE")
        group = clients.of("logs").describe_log_groups(logGroupNamePrefix=f"/foreign/{name}")["logGroups"][0]
        same(group["retentionInDays"], 14, "retentionInDays")
    with report.check("aws cloudformation delete-stack and wait"):
        clients.cli_json("cloudformation", "delete-stack", "--stack-name", name)
        clients.cli_json("cloudformation", "wait", "stack-delete-complete", "--stack-name", name)
        same(clients.of("logs").describe_log_groups(logGroupNamePrefix=f"/foreign/{name}")["logGroups"], [], "the log groups")
    report.refuses("cloudformation DescribeStacks after delete-stack", "ValidationError", lambda: client.describe_stacks(StackName=name), status=400)


def refusals(report, client):
    invalid = "ValidationError"

    def refuses(what, body, says, code=invalid, **params):
        report.refuses(
            f"cloudformation {what}", code,
            lambda: client.create_stack(StackName="foreign-wrong", TemplateBody=body, **params), says=says, status=400,
        )

    def resource(**changes):
        return template({"Table": {**TABLE, **changes}})

    def with_property(name, value):
        return template({"Table": {"Type": TABLE["Type"], "Properties": {**TABLE["Properties"], name: value}}})

    refuses("a template that is no YAML", "a: [", "Template format error")
    refuses("a template without resources", json.dumps({"Description": "x"}), "At least one Resources member must be defined")
    refuses("an unknown section", template(Things={}), "Invalid template property or properties \\[Things\\]")
    refuses("an unknown version", template(AWSTemplateFormatVersion="2020-01-01"), "AWSTemplateFormatVersion|Template format error")
    refuses("an unknown resource type", template({"Thing": {"Type": "AWS::No::Such"}}), "Unrecognized resource types: \\[AWS::No::Such\\]")
    refuses("an unknown attribute of a resource", resource(Colour="red"), "Colour")
    refuses("a resource without a type", template({"Thing": {"Properties": {}}}), "Type")
    refuses("a logical id with a hyphen", template({"a-table": TABLE}), "alphanumeric")
    refuses("GetAtt of nothing", template(Outputs={"A": {"Value": {"Fn::GetAtt": ["Absent", "Arn"]}}}), "Absent")
    refuses("GetAtt of no attribute", template(Outputs={"A": {"Value": {"Fn::GetAtt": ["Table", "Colour"]}}}), "Colour")
    refuses("Ref of nothing", with_property("TableName", {"Ref": "Absent"}), "Unresolved resource dependencies \\[Absent\\]")
    refuses("Sub of nothing", with_property("TableName", {"Fn::Sub": "${Absent}"}), "Absent")
    refuses("DependsOn of nothing", resource(DependsOn="Absent"), "Unresolved resource dependencies \\[Absent\\]")
    refuses(
        "a cyclic template",
        template({"A": {**GROUP, "DependsOn": "B"}, "B": {**GROUP, "DependsOn": "A"}}),
        "Circular dependency between resources: \\[",
    )
    refuses("an unknown condition", resource(Condition="Absent"), "Absent")
    refuses("a deletion policy that is none", resource(DeletionPolicy="Keep"), "DeletionPolicy|Keep")
    refuses("a mapping that is not there", with_property("TableName", {"Fn::FindInMap": ["Absent", "a", "b"]}), "Absent")
    refuses("a role without the capability", template({"Role": ROLE}), "CAPABILITY_IAM", code="InsufficientCapabilitiesException")
    named = {**ROLE, "Properties": {**ROLE["Properties"], "RoleName": "foreign-named"}}
    refuses(
        "a named role with CAPABILITY_IAM alone", template({"Role": named}), "CAPABILITY_NAMED_IAM",
        code="InsufficientCapabilitiesException", Capabilities=["CAPABILITY_IAM"],
    )
    refuses("a parameter that is not in the template", template(), "Absent", Parameters=[{"ParameterKey": "Absent", "ParameterValue": "1"}])
    refuses("a parameter outside of its values", template(), "Days", Parameters=[{"ParameterKey": "Days", "ParameterValue": "2"}])
    refuses("a parameter that is no number", template(), "Days|number", Parameters=[{"ParameterKey": "Days", "ParameterValue": "many"}])
    refuses("a parameter twice", template(), "Days", Parameters=[{"ParameterKey": "Days", "ParameterValue": "1"}] * 2)
    refuses("a parameter without a value", template(Parameters={"Days": {"Type": "Number"}}), "Parameters: \\[Days\\] must have values")
    refuses("a parameter of a type that is none", template(Parameters={"Days": {"Type": "Date"}}), "Days|Date|type")
    refuses("a template of more than 51,200 bytes", template(Metadata={"x": "y" * 51_200}), "51200")
    report.refuses("cloudformation a stack name with an underscore", invalid, lambda: client.create_stack(StackName="foreign_wrong", TemplateBody=template()), status=400)
    for what, call in {
        "UpdateStack": lambda: client.update_stack(StackName="absent", TemplateBody=template()),
        "DescribeStackEvents": lambda: client.describe_stack_events(StackName="absent"),
        "ListStackResources": lambda: client.list_stack_resources(StackName="absent"),
        "DescribeStackResource": lambda: client.describe_stack_resource(StackName="absent", LogicalResourceId="Table"),
        "GetTemplate": lambda: client.get_template(StackName="absent"),
        "an update change set": lambda: client.create_change_set(StackName="absent", ChangeSetName="c", TemplateBody=template()),
        "ListChangeSets": lambda: client.list_change_sets(StackName="absent"),
    }.items():
        report.refuses(f"cloudformation {what} of no stack", invalid, call, says="does not exist", status=400)

    # Refused when the resource is made, by the service it belongs to.
    def fails(what, resources, logical_id, says):
        with report.check(f"cloudformation {what} fails the resource and rolls back"):
            name = "foreign-fails"
            client.create_stack(StackName=name, TemplateBody=template(resources, Outputs={}), Capabilities=["CAPABILITY_NAMED_IAM"])
            stack_id = client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
            try:
                client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=QUICK)
                raise Wrong("the stack was created")
            except Exception as error:
                if isinstance(error, Wrong):
                    client.delete_stack(StackName=stack_id)
                    raise
            events = client.describe_stack_events(StackName=stack_id)["StackEvents"]
            client.delete_stack(StackName=stack_id)
            client.get_waiter("stack_delete_complete").wait(StackName=stack_id, WaiterConfig=QUICK)
            reasons = {e["LogicalResourceId"]: e.get("ResourceStatusReason", "") for e in events if e["ResourceStatus"] == "CREATE_FAILED"}
            holds(says in reasons.get(logical_id, ""), f"the reasons are {reasons}")

    def table(**changes):
        return {"Table": {"Type": TABLE["Type"], "Properties": {**TABLE["Properties"], **changes}}}

    def role(document, **changes):
        return {"Role": {"Type": ROLE["Type"], "Properties": {"AssumeRolePolicyDocument": document, **changes}}}

    statement = roles.TRUST["Statement"][0]
    fails("a key attribute that is not defined", table(KeySchema=[{"AttributeName": "other", "KeyType": "HASH"}]), "Table", "other")
    fails("an attribute that no key uses", table(AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("id", "b")]), "Table", "AttributeDefinitions")
    fails("a bad trust policy", role({"Version": "2012-10-17", "Statement": [{**statement, "Principal": {"Service": "lambda"}}]}), "Role", "Invalid principal in policy")
    fails("a role name with a space", role(roles.TRUST, RoleName="no good"), "Role", "")
    fails("a retention value", {"Group": {"Type": GROUP["Type"], "Properties": {"RetentionInDays": 2}}}, "Group", "")
    fails(
        "a permission on a missing function",
        {"Permission": {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": "absent", "Action": "lambda:InvokeFunction", "Principal": "connect.amazonaws.com"}}},
        "Permission", "Function not found",
    )
    refuses("an unknown property of a resource", with_property("Colour", "red"), "Colour")

