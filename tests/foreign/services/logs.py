"""CloudWatch Logs: groups, streams, events, retention."""

import time

from clients import ACCOUNT, REGION
from report import has, holds, same

GROUP = "/foreign/checks"


def run(context):
    report, clients = context.report, context.clients
    logs = clients.of("logs")
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}"
    with report.check("logs CreateLogGroup, described with both ARNs"):
        logs.create_log_group(logGroupName=GROUP, tags={"purpose": "check"})
        groups = logs.describe_log_groups(logGroupNamePrefix="/foreign/")["logGroups"]
        same(len(groups), 1, "the count of groups")
        has(groups[0], "logGroupName creationTime metricFilterCount arn storedBytes logGroupArn", "the group")
        same(groups[0]["arn"], f"{arn}:*", "arn")
        same(groups[0]["logGroupArn"], arn, "logGroupArn")
        holds("retentionInDays" not in groups[0], "a retention nobody gave")
    with report.check("logs retention is set and removed"):
        logs.put_retention_policy(logGroupName=GROUP, retentionInDays=30)
        group = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"][0]
        same(group["retentionInDays"], 30, "retentionInDays")
        logs.delete_retention_policy(logGroupName=GROUP)
        group = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"][0]
        holds("retentionInDays" not in group, "the retention stays")
    with report.check("logs events come back in order, by stream and by filter"):
        logs.create_log_stream(logGroupName=GROUP, logStreamName="one")
        now = int(time.time() * 1000)
        put = logs.put_log_events(
            logGroupName=GROUP,
            logStreamName="one",
            logEvents=[
                {"timestamp": now - 2, "message": "first"},
                {"timestamp": now - 1, "message": "ERROR second"},
                {"timestamp": now, "message": "third"},
            ],
        )
        has(put, "nextSequenceToken", "the answer")
        events = logs.get_log_events(logGroupName=GROUP, logStreamName="one", startFromHead=True)
        has(events, "events nextForwardToken nextBackwardToken", "the answer")
        same([e["message"] for e in events["events"]], ["first", "ERROR second", "third"], "messages")
        has(events["events"][0], "timestamp message ingestionTime", "an event")
        found = logs.filter_log_events(logGroupName=GROUP, filterPattern="ERROR")
        same([e["message"] for e in found["events"]], ["ERROR second"], "filtered messages")
        has(found["events"][0], "logStreamName timestamp message ingestionTime eventId", "an event")
    with report.check("logs GetLogEvents ends where the token repeats"):
        first = logs.get_log_events(logGroupName=GROUP, logStreamName="one", startFromHead=True, limit=2)
        same(len(first["events"]), 2, "the first page")
        second = logs.get_log_events(
            logGroupName=GROUP, logStreamName="one", startFromHead=True, nextToken=first["nextForwardToken"]
        )
        same([e["message"] for e in second["events"]], ["third"], "the second page")
        last = logs.get_log_events(
            logGroupName=GROUP, logStreamName="one", startFromHead=True, nextToken=second["nextForwardToken"]
        )
        same(last["events"], [], "the third page")
        same(last["nextForwardToken"], second["nextForwardToken"], "the token at the end")
    with report.check("logs streams tell their first and last event"):
        stream = logs.describe_log_streams(logGroupName=GROUP)["logStreams"][0]
        has(
            stream,
            "logStreamName creationTime firstEventTimestamp lastEventTimestamp lastIngestionTime "
            "arn storedBytes",
            "the stream",
        )
        same(stream["arn"], f"{arn}:log-stream:one", "arn")
    with report.check("logs the paginators with pages of one"):
        logs.create_log_group(logGroupName=GROUP + "/second")
        pages = logs.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=GROUP, PaginationConfig={"PageSize": 1}
        )
        same([len(page["logGroups"]) for page in pages], [1, 1], "groups a page")
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=GROUP, PaginationConfig={"PageSize": 1}
        )
        same([e["message"] for page in pages for e in page["events"]], ["first", "ERROR second", "third"], "messages")
    with report.check("logs tags by the ARN of the group"):
        logs.tag_resource(resourceArn=arn, tags={"a": "1"})
        same(logs.list_tags_for_resource(resourceArn=arn)["tags"], {"a": "1", "purpose": "check"}, "tags")
        logs.untag_resource(resourceArn=arn, tagKeys=["a"])
        same(logs.list_tags_for_resource(resourceArn=arn)["tags"], {"purpose": "check"}, "tags")
    with report.check("logs metric filters are put, described, tested and deleted"):
        error = '{ ($.level = "ERROR") && ($.expected NOT EXISTS) }'
        made = [{"metricName": "Errors", "metricNamespace": "Foreign", "metricValue": "1", "defaultValue": 0.0, "unit": "Count"}]
        logs.put_metric_filter(logGroupName=GROUP, filterName="errors", filterPattern=error, metricTransformations=made)
        (found,) = logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"]
        has(found, "filterName filterPattern metricTransformations creationTime logGroupName", "the filter")
        same((found["filterPattern"], found["metricTransformations"]), (error, made), "pattern and transformations")
        same(logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"][0]["metricFilterCount"], 1, "metricFilterCount")
        same(len(logs.describe_metric_filters(metricName="Errors", metricNamespace="Foreign")["metricFilters"]), 1, "by the metric")
        tested = logs.test_metric_filter(filterPattern=error, logEventMessages=['{"level":"INFO"}', '{"level":"ERROR"}'])["matches"]
        same([match["eventMessage"] for match in tested], ['{"level":"ERROR"}'], "the matches")
        logs.delete_metric_filter(logGroupName=GROUP, filterName="errors")
        same(logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"], [], "the filters")

    refuses = report.refuses
    refuses(
        "logs a metric filter whose pattern is none",
        "InvalidParameterException",
        lambda: logs.put_metric_filter(logGroupName=GROUP, filterName="f", filterPattern="{ $.a > b }", metricTransformations=made),
        status=400,
    )
    refuses(
        "logs a metric filter on space-delimited fields",
        "NotImplementedByLocalAws",
        lambda: logs.put_metric_filter(logGroupName=GROUP, filterName="f", filterPattern="[a, b]", metricTransformations=made),
    )
    refuses(
        "logs DeleteMetricFilter of nothing",
        "ResourceNotFoundException",
        lambda: logs.delete_metric_filter(logGroupName=GROUP, filterName="absent"),
    )
    refuses(
        "logs a group that is there already",
        "ResourceAlreadyExistsException",
        lambda: logs.create_log_group(logGroupName=GROUP),
        status=400,
    )
    refuses(
        "logs a group name with a space",
        "InvalidParameterException",
        lambda: logs.create_log_group(logGroupName="no good"),
        status=400,
    )
    for days in (2, 0, 29, 3654):
        refuses(
            f"logs a retention of {days} days",
            "InvalidParameterException",
            lambda days=days: logs.put_retention_policy(logGroupName=GROUP, retentionInDays=days),
        )
    absent = "ResourceNotFoundException"
    refuses("logs a retention for nothing", absent, lambda: logs.put_retention_policy(logGroupName="/absent", retentionInDays=30))
    refuses("logs events of no group", absent, lambda: logs.get_log_events(logGroupName="/absent", logStreamName="x"))
    refuses("logs events of no stream", absent, lambda: logs.get_log_events(logGroupName=GROUP, logStreamName="x"))
    refuses("logs a filter over no group", absent, lambda: logs.filter_log_events(logGroupName="/absent"))
    refuses("logs DeleteLogGroup of nothing", absent, lambda: logs.delete_log_group(logGroupName="/absent"))
    refuses("logs tags of nothing", absent, lambda: logs.list_tags_for_resource(resourceArn=arn + "-absent"))
    refuses(
        "logs a stream that is there already",
        "ResourceAlreadyExistsException",
        lambda: logs.create_log_stream(logGroupName=GROUP, logStreamName="one"),
    )
    refuses(
        "logs a stream name with a colon",
        "InvalidParameterException",
        lambda: logs.create_log_stream(logGroupName=GROUP, logStreamName="a:b"),
    )
    refuses(
        "logs events out of order",
        "InvalidParameterException",
        lambda: logs.put_log_events(
            logGroupName=GROUP,
            logStreamName="one",
            logEvents=[{"timestamp": now, "message": "b"}, {"timestamp": now - 5, "message": "a"}],
        ),
    )
    with report.check("logs DeleteLogGroup, then it is gone"):
        logs.delete_log_group(logGroupName=GROUP)
        logs.delete_log_group(logGroupName=GROUP + "/second")
        same(logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"], [], "groups")
