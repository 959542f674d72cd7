"""EventBridge Scheduler: schedules that invoke functions."""

import json

from clients import ACCOUNT, REGION
from report import has, same
from services import iam as roles

NAME = "foreign-schedule"
TRUST = json.loads(json.dumps(roles.TRUST).replace("lambda.amazonaws.com", "scheduler.amazonaws.com"))


def run(context):
    report, clients = context.report, context.clients
    scheduler, iam = clients.of("scheduler"), clients.of("iam")
    role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    stranger = iam.create_role(RoleName=f"{NAME}-stranger", AssumeRolePolicyDocument=json.dumps(roles.TRUST))["Role"]["Arn"]
    arn = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{NAME}"
    target = {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}", "RoleArn": role, "Input": "{}"}
    definition = {"ScheduleExpression": "cron(0 4 1 1 ? *)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}

    with report.check("scheduler a schedule is made and described whole"):
        same(scheduler.create_schedule(Name=NAME, **definition)["ScheduleArn"], arn, "ScheduleArn")
        found = scheduler.get_schedule(Name=NAME)
        has(found, "Arn CreationDate FlexibleTimeWindow GroupName LastModificationDate Name ScheduleExpression State Target", "the schedule")
        same((found["Arn"], found["GroupName"], found["State"]), (arn, "default", "ENABLED"), "ARN, group and state")
        same(found["Target"]["RetryPolicy"], {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}, "RetryPolicy")
    with report.check("scheduler an update says all anew"):
        changed = {**definition, "ScheduleExpression": "rate(5 days)", "State": "DISABLED", "Description": "off"}
        scheduler.update_schedule(Name=NAME, **changed)
        found = scheduler.get_schedule(Name=NAME, GroupName="default")
        same((found["ScheduleExpression"], found["State"], found["Description"]), ("rate(5 days)", "DISABLED", "off"), "what was changed")
    with report.check("scheduler schedules are listed by prefix, state and page"):
        scheduler.create_schedule(Name=f"{NAME}-2", **definition)
        names = lambda **filters: [one["Name"] for one in scheduler.list_schedules(**filters)["Schedules"]]
        same(names(NamePrefix=NAME), [NAME, f"{NAME}-2"], "by prefix")
        same(names(State="ENABLED"), [f"{NAME}-2"], "by state")
        pages = scheduler.get_paginator("list_schedules").paginate(PaginationConfig={"PageSize": 1})
        same([len(page["Schedules"]) for page in pages], [1, 1], "the pages")

    refuses = report.refuses
    absent = "NotImplementedByLocalAws"
    made = lambda **changes: lambda: scheduler.create_schedule(**{"Name": f"{NAME}-wrong", **definition, **changes})
    refuses("scheduler a schedule that is there", "ConflictException", made(Name=NAME), status=409)
    refuses("scheduler a schedule of nobody", "ResourceNotFoundException", lambda: scheduler.get_schedule(Name="absent"), status=404)
    refuses("scheduler an expression that is none", "ValidationException", made(ScheduleExpression="daily"), status=400)
    refuses("scheduler a role that trusts another", "ValidationException", made(Target={**target, "RoleArn": stranger}))
    refuses("scheduler a group that is not there", "ResourceNotFoundException", made(GroupName="other"))
    refuses("scheduler another time zone", absent, made(ScheduleExpressionTimezone="Europe/Berlin"))
    refuses("scheduler a target that is no function", absent, made(Target={**target, "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}))
    refuses("scheduler CreateScheduleGroup", absent, lambda: scheduler.create_schedule_group(Name="g"))
    with report.check("scheduler schedules are deleted"):
        for name in (NAME, f"{NAME}-2"):
            scheduler.delete_schedule(Name=name)
        same(names(), [], "the schedules")
        for name in (NAME, f"{NAME}-stranger"):
            iam.delete_role(RoleName=name)
