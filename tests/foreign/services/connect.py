"""Connect: instances, flows, functions, phone numbers, lookups, tags."""

import hashlib
import json
import time

from clients import ACCOUNT, REGION
from report import Wrong, has, holds, same
from services import functions

# An id that nobody has.
NOTHING = "11111111-2222-3333-4444-555555555555"
FLOW = {
    "Version": "2019-10-30",
    "StartAction": "greet",
    "Actions": [
        {
            "Identifier": "greet",
            "Type": "MessageParticipant",
            "Parameters": {"Text": "Hello"},
            "Transitions": {"NextAction": "end", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "end"}]},
        },
        {"Identifier": "end", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}},
    ],
}


def flow(**changes):
    return json.dumps({**FLOW, **changes})


def broken():
    """A flow with a transition to an action that is not there."""
    actions = json.loads(json.dumps(FLOW["Actions"]))
    actions[0]["Transitions"]["NextAction"] = "nowhere"
    return flow(Actions=actions)


def problems(response):
    found = response.get("problems")
    if not found or not all(isinstance(p.get("message"), str) for p in found):
        raise Wrong(f"no problems are told: {response}")


def until(call, good, what):
    for _ in range(100):
        value = call()
        if good(value):
            return value
        time.sleep(0.1)
    raise Wrong(f"{what} does not come")


def run(context):
    report, clients = context.report, context.clients
    connect = clients.of("connect")
    with report.check("connect ListInstances and DescribeInstance tell the local instance"):
        summaries = connect.get_paginator("list_instances").paginate(PaginationConfig={"PageSize": 1}).build_full_result()
        summary = summaries["InstanceSummaryList"][0]
        has(
            summary,
            "Id Arn IdentityManagementType InstanceAlias CreatedTime ServiceRole InstanceStatus "
            "InboundCallsEnabled OutboundCallsEnabled InstanceAccessUrl",
            "the summary",
        )
        described = connect.describe_instance(InstanceId=summary["Id"])["Instance"]
        has(
            described,
            "Id Arn IdentityManagementType InstanceAlias CreatedTime ServiceRole InstanceStatus InboundCallsEnabled OutboundCallsEnabled InstanceAccessUrl",
            "the instance",
        )
        same(described["InstanceStatus"], "ACTIVE", "InstanceStatus")
        same(described["Arn"], f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/{described['Id']}", "Arn")
        same(connect.describe_instance(InstanceId=described["Arn"])["Instance"]["Id"], described["Id"], "by its ARN")
    instance, instance_arn = described["Id"], described["Arn"]
    with report.check("connect by the aws CLI"):
        listed = clients.cli_json("connect", "list-instances")["InstanceSummaryList"]
        same(listed[0]["Id"], instance, "Id")

    lookups(report, connect, instance)
    flow_id = flows(report, clients, connect, instance, instance_arn)
    numbers(report, connect, instance, instance_arn, flow_id)
    lambdas(context, connect, instance, instance_arn)
    queues(report, connect, instance, flow_id)
    instances(report, connect)
    with report.check("connect DeleteContactFlow, then it is gone"):
        connect.delete_contact_flow(InstanceId=instance, ContactFlowId=flow_id)
    report.refuses(
        "connect DescribeContactFlow of a deleted flow", "ResourceNotFoundException",
        lambda: connect.describe_contact_flow(InstanceId=instance, ContactFlowId=flow_id), status=404,
    )


def queues(report, connect, instance, inbound_id):
    queue = connect.list_queues(InstanceId=instance, QueueTypes=["STANDARD"])["QueueSummaryList"][0]["Id"]
    of_queue = dict(InstanceId=instance, QueueId=queue)
    describe = lambda: connect.describe_queue(**of_queue)["Queue"]
    end = {"Identifier": "end", "Type": "EndFlowExecution", "Parameters": {}, "Transitions": {}}
    content = json.dumps({"Version": "2019-10-30", "StartAction": "end", "Actions": [end]})
    whisper = connect.create_contact_flow(
        InstanceId=instance, Name="Foreign Whisper", Type="OUTBOUND_WHISPER", Content=content
    )["ContactFlowId"]
    with report.check("connect UpdateQueueOutboundCallerConfig sets all of it, and takes all of it away"):
        holds("OutboundCallerConfig" not in describe(), "a configuration nobody gave")
        config = {"OutboundCallerIdName": "Foreign", "OutboundFlowId": whisper}
        connect.update_queue_outbound_caller_config(**of_queue, OutboundCallerConfig=config)
        same(describe()["OutboundCallerConfig"], config, "the configuration")
        connect.update_queue_outbound_caller_config(**of_queue, OutboundCallerConfig={})
        holds("OutboundCallerConfig" not in describe(), "the configuration stays")
    for what, config, code in (
        ("an inbound flow as whisper", {"OutboundFlowId": inbound_id}, "InvalidParameterException"),
        ("a flow that is not there", {"OutboundFlowId": queue}, "ResourceNotFoundException"),
        ("a number that is not there", {"OutboundCallerIdNumberId": queue}, "ResourceNotFoundException"),
    ):
        report.refuses(
            f"connect {what} for a queue", code,
            lambda config=config: connect.update_queue_outbound_caller_config(**of_queue, OutboundCallerConfig=config),
        )
    connect.delete_contact_flow(InstanceId=instance, ContactFlowId=whisper)


def lookups(report, connect, instance):
    for operation, key, wanted in (
        ("list_queues", "QueueSummaryList", "Id Arn Name QueueType"),
        ("list_hours_of_operations", "HoursOfOperationSummaryList", "Id Arn Name"),
        ("list_prompts", "PromptSummaryList", "Id Arn Name"),
    ):
        with report.check(f"connect {operation} in pages of one names what an instance is born with"):
            pages = connect.get_paginator(operation).paginate(InstanceId=instance, PaginationConfig={"PageSize": 1})
            found = [item for page in pages for item in page[key]]
            holds(found, "nothing is there")
            has(found[0], wanted, "the first")
            same(len({item["Id"] for item in found}), len(found), "the count of ids")
    with report.check("connect ListContactFlowModules"):
        connect.get_paginator("list_contact_flow_modules").paginate(InstanceId=instance, PaginationConfig={"PageSize": 10}).build_full_result()
        connect.list_contact_flow_modules(InstanceId=instance, ContactFlowModuleState="ACTIVE")
    with report.check("connect ListQueues by type"):
        queues = connect.list_queues(InstanceId=instance, QueueTypes=["STANDARD"])["QueueSummaryList"]
        same({queue["QueueType"] for queue in queues}, {"STANDARD"}, "the types")
        holds("BasicQueue" in {queue["Name"] for queue in queues}, f"the queues are {queues}")
    missing = "ResourceNotFoundException"
    for operation in ("list_queues", "list_prompts", "list_hours_of_operations", "list_contact_flows", "list_lambda_functions"):
        call = lambda operation=operation: getattr(connect, operation)(InstanceId=NOTHING)
        report.refuses(f"connect {operation} of no instance", missing, call, status=404)
    report.refuses("connect DescribeInstance of nothing", missing, lambda: connect.describe_instance(InstanceId=NOTHING), status=404)
    report.refuses(
        "connect a page token that nobody gave", "InvalidRequestException",
        lambda: connect.list_queues(InstanceId=instance, NextToken="nonsense"), status=400,
    )


def flows(report, clients, connect, instance, instance_arn):
    with report.check("connect CreateContactFlow, DescribeContactFlow"):
        created = connect.create_contact_flow(
            InstanceId=instance, Name="Foreign flow", Type="CONTACT_FLOW", Description="Tried by foreign clients",
            Content=flow(), Status="PUBLISHED", Tags={"purpose": "check"},
        )
        has(created, "ContactFlowId ContactFlowArn FlowContentSha256", "the answer")
        flow_id = created["ContactFlowId"]
        same(created["ContactFlowArn"], f"{instance_arn}/contact-flow/{flow_id}", "ContactFlowArn")
        described = connect.describe_contact_flow(InstanceId=instance, ContactFlowId=flow_id)["ContactFlow"]
        has(described, "Arn Id Name Type State Status Description Content Tags FlowContentSha256", "the flow")
        same(json.loads(described["Content"]), FLOW, "Content")
        same((described["State"], described["Status"]), ("ACTIVE", "PUBLISHED"), "State and Status")
        same(described["FlowContentSha256"], created["FlowContentSha256"], "FlowContentSha256")
    arn = created["ContactFlowArn"]
    with report.check("connect a flow by its ARN, an instance by its ARN"):
        same(connect.describe_contact_flow(InstanceId=instance_arn, ContactFlowId=arn)["ContactFlow"]["Id"], flow_id, "Id")
    with report.check("connect UpdateContactFlowContent changes content and digest"):
        connect.update_contact_flow_content(InstanceId=instance, ContactFlowId=flow_id, Content=flow(StartAction="end"))
        described = connect.describe_contact_flow(InstanceId=instance, ContactFlowId=flow_id)["ContactFlow"]
        holds(described["FlowContentSha256"] != created["FlowContentSha256"], "the digest stays")
        same(json.loads(described["Content"])["StartAction"], "end", "StartAction")
    with report.check("connect UpdateContactFlowMetadata and UpdateContactFlowName"):
        connect.update_contact_flow_metadata(
            InstanceId=instance, ContactFlowId=flow_id, Name="Foreign flow renamed", Description="changed", ContactFlowState="ARCHIVED"
        )
        described = connect.describe_contact_flow(InstanceId=instance, ContactFlowId=flow_id)["ContactFlow"]
        same((described["Name"], described["Description"], described["State"]), ("Foreign flow renamed", "changed", "ARCHIVED"), "the flow")
        connect.update_contact_flow_metadata(InstanceId=instance, ContactFlowId=flow_id, ContactFlowState="ACTIVE")
        connect.update_contact_flow_name(InstanceId=instance, ContactFlowId=flow_id, Name="Foreign flow", Description="again")
        described = connect.describe_contact_flow(InstanceId=instance, ContactFlowId=flow_id)["ContactFlow"]
        same((described["Name"], described["Description"], described["State"]), ("Foreign flow", "again", "ACTIVE"), "the flow")
    with report.check("connect tags of a flow by its ARN"):
        connect.tag_resource(resourceArn=arn, tags={"vanity-deploy:solution": "x"})
        same(connect.list_tags_for_resource(resourceArn=arn)["tags"], {"purpose": "check", "vanity-deploy:solution": "x"}, "tags")
        connect.untag_resource(resourceArn=arn, tagKeys=["purpose"])
        same(connect.list_tags_for_resource(resourceArn=arn)["tags"], {"vanity-deploy:solution": "x"}, "tags")
    with report.check("connect SearchContactFlows by tag, with digest and tags"):
        found = connect.search_contact_flows(
            InstanceId=instance, MaxResults=100,
            SearchFilter={"TagFilter": {"TagCondition": {"TagKey": "vanity-deploy:solution", "TagValue": "x"}}},
        )
        same([f["Id"] for f in found["ContactFlows"]], [flow_id], "the flows")
        has(found["ContactFlows"][0], "Arn Id Name Type State Status Tags", "the flow")
        same(found["ApproximateTotalCount"], 1, "ApproximateTotalCount")
    with report.check("connect SearchContactFlows by name and type, its paginator"):
        found = connect.search_contact_flows(
            InstanceId=instance,
            SearchCriteria={"StringCondition": {"FieldName": "name", "Value": "Foreign", "ComparisonType": "STARTS_WITH"}},
        )["ContactFlows"]
        same([f["Id"] for f in found], [flow_id], "by name")
        pages = connect.get_paginator("search_contact_flows").paginate(
            InstanceId=instance, SearchCriteria={"TypeCondition": "CONTACT_FLOW"}, PaginationConfig={"PageSize": 1}
        )
        found = [f["Id"] for page in pages for f in page["ContactFlows"]]
        holds(flow_id in found and len(found) == len(set(found)), f"by type: {found}")
    with report.check("connect SearchContactFlows by every kind of filter and condition"):
        search = lambda **given: {f["Id"] for f in connect.search_contact_flows(InstanceId=instance, **given)["ContactFlows"]}
        tag = {"TagKey": "vanity-deploy:solution", "TagValue": "x"}
        other = {"TagKey": "vanity-deploy:solution", "TagValue": "y"}
        name = {"StringCondition": {"FieldName": "name", "Value": "Foreign flow", "ComparisonType": "EXACT"}}
        for given, found in (
            ({"SearchFilter": {"TagFilter": {"AndConditions": [tag, other]}}}, False),
            ({"SearchFilter": {"TagFilter": {"OrConditions": [[tag], [other]]}}}, True),
            ({"SearchFilter": {"FlowAttributeFilter": {"TagCondition": tag}}}, True),
            ({"SearchFilter": {"FlowAttributeFilter": {"ContactFlowTypeCondition": {"ContactFlowType": "CUSTOMER_HOLD"}}}}, False),
            ({"SearchFilter": {"FlowAttributeFilter": {"AndCondition": {
                "TagConditions": [tag], "ContactFlowTypeCondition": {"ContactFlowType": "CONTACT_FLOW"}}}}}, True),
            ({"SearchFilter": {"FlowAttributeFilter": {"OrConditions": [{"TagConditions": [other]}, {"TagConditions": [tag]}]}}}, True),
            ({"SearchCriteria": name}, True),
            ({"SearchCriteria": {"AndConditions": [name, {"TypeCondition": "CUSTOMER_HOLD"}]}}, False),
            ({"SearchCriteria": {"OrConditions": [name, {"TypeCondition": "CUSTOMER_HOLD"}]}}, True),
            ({"SearchCriteria": {"AndConditions": [name, {"StateCondition": "ACTIVE"}, {"StatusCondition": "PUBLISHED"}]}}, True),
            ({"SearchCriteria": {"StringCondition": {"FieldName": "description", "Value": "gai", "ComparisonType": "CONTAINS"}}}, True),
        ):
            same(flow_id in search(**given), found, f"whether {given} finds it")
    with report.check("connect ListContactFlows in pages of one"):
        pages = connect.get_paginator("list_contact_flows").paginate(
            InstanceId=instance, ContactFlowTypes=["CONTACT_FLOW"], PaginationConfig={"PageSize": 1}
        )
        summaries = [s for page in pages for s in page["ContactFlowSummaryList"]]
        mine = [s for s in summaries if s["Id"] == flow_id]
        same(len(mine), 1, "how often the flow is listed")
        has(mine[0], "Id Arn Name ContactFlowType ContactFlowState ContactFlowStatus", "the summary")
    with report.check("connect SAVED content is not validated, and is no published flow"):
        saved = connect.create_contact_flow(InstanceId=instance, Name="Foreign draft", Type="CONTACT_FLOW", Content=broken(), Status="SAVED")["ContactFlowId"]
        draft = connect.describe_contact_flow(InstanceId=instance, ContactFlowId=f"{saved}:$SAVED")["ContactFlow"]
        same(draft["Status"], "SAVED", "Status of the draft")
        connect.update_contact_flow_content(InstanceId=instance, ContactFlowId=f"{flow_id}:$SAVED", Content=broken())
        live = connect.describe_contact_flow(InstanceId=instance, ContactFlowId=flow_id)["ContactFlow"]
        same(json.loads(live["Content"])["StartAction"], "end", "StartAction of the live flow")
    report.refuses(
        "connect DescribeContactFlow of what was never published", "ContactFlowNotPublishedException",
        lambda: connect.describe_contact_flow(InstanceId=instance, ContactFlowId=saved), status=404,
    )
    with report.check("connect every type of flow has content that is valid for it"):
        for kind, last in (
            ("CUSTOMER_QUEUE", "EndFlowExecution"), ("CUSTOMER_HOLD", None), ("CUSTOMER_WHISPER", "EndFlowExecution"),
            ("AGENT_HOLD", None), ("AGENT_WHISPER", "EndFlowExecution"), ("OUTBOUND_WHISPER", "EndFlowExecution"),
            ("AGENT_TRANSFER", "DisconnectParticipant"), ("QUEUE_TRANSFER", "DisconnectParticipant"),
        ):
            action = {"Identifier": "a", "Type": last, "Parameters": {}, "Transitions": {}}
            if last is None:
                action = {"Identifier": "a", "Type": "MessageParticipantIteratively", "Parameters": {"Messages": [{"Text": "wait"}]}, "Transitions": {}}
            content = json.dumps({"Version": "2019-10-30", "StartAction": "a", "Actions": [action]})
            try:
                made = connect.create_contact_flow(InstanceId=instance, Name=f"Foreign {kind}", Type=kind, Content=content)
            except Exception as error:
                raise Wrong(f"{kind}: {error} {getattr(error, 'response', {}).get('problems')}") from error
            connect.delete_contact_flow(InstanceId=instance, ContactFlowId=made["ContactFlowId"])

    refuses, invalid, missing = report.refuses, "InvalidContactFlowException", "ResourceNotFoundException"

    def create(name="Foreign wrong", **changes):
        given = {"InstanceId": instance, "Name": name, "Type": "CONTACT_FLOW", "Content": flow(), **changes}
        return lambda: connect.create_contact_flow(**given)

    wrong_contents = {
        "that is no JSON": "{",
        "of an empty object": "{}",
        "of another version": flow(Version="2012-10-17"),
        "with a start that is not there": flow(StartAction="nowhere"),
        "with a transition to nowhere": broken(),
        "without actions": flow(Actions=[]),
        "with an unknown action": flow(Actions=[{**FLOW["Actions"][0], "Type": "Sing"}, FLOW["Actions"][1]]),
        "with an action twice": flow(Actions=[*FLOW["Actions"], FLOW["Actions"][1]]),
        "with a parameter of no action": flow(Actions=[FLOW["Actions"][0], {**FLOW["Actions"][1], "Parameters": {"Loud": "yes"}}]),
        "with a message of nothing": flow(Actions=[{**FLOW["Actions"][0], "Parameters": {}}, FLOW["Actions"][1]]),
    }
    for what, content in wrong_contents.items():
        refuses(f"connect publishing content {what}", invalid, create(Content=content), status=400, members=problems)
    refuses(
        "connect publishing an action that the type of flow has not", invalid,
        create(Type="CUSTOMER_WHISPER"), status=400, members=problems,
    )
    refuses("connect updating to invalid content", invalid, lambda: connect.update_contact_flow_content(InstanceId=instance, ContactFlowId=flow_id, Content=broken()), status=400, members=problems)
    with report.check("connect invalid content has problems and no message"):
        events = []
        connect.meta.events.register_first("before-parse.connect.UpdateContactFlowContent", lambda response_dict, **_: events.append(response_dict["body"]), unique_id="raw")
        try:
            connect.update_contact_flow_content(InstanceId=instance, ContactFlowId=flow_id, Content="{")
        except connect.exceptions.InvalidContactFlowException:
            pass
        finally:
            connect.meta.events.unregister("before-parse.connect.UpdateContactFlowContent", unique_id="raw")
        same(list(json.loads(events[0])), ["problems"], "the members of the body")
    refuses("connect a flow name that is taken", "DuplicateResourceException", create("Foreign flow"), status=409)
    refuses(
        "connect renaming to a name that is taken", "DuplicateResourceException",
        lambda: connect.update_contact_flow_name(InstanceId=instance, ContactFlowId=saved, Name="Foreign flow"), status=409,
    )
    refuses("connect a flow on no instance", missing, create(InstanceId=NOTHING), status=404)
    refuses("connect UpdateContactFlowContent of nothing", missing, lambda: connect.update_contact_flow_content(InstanceId=instance, ContactFlowId=NOTHING, Content=flow()), status=404)
    refuses("connect UpdateContactFlowMetadata of nothing", missing, lambda: connect.update_contact_flow_metadata(InstanceId=instance, ContactFlowId=NOTHING, Name="x"), status=404)
    refuses("connect DeleteContactFlow of nothing", missing, lambda: connect.delete_contact_flow(InstanceId=instance, ContactFlowId=NOTHING), status=404)
    refuses("connect tags of no flow", missing, lambda: connect.list_tags_for_resource(resourceArn=f"{instance_arn}/contact-flow/{NOTHING}"), status=404)
    refuses("connect a tag of AWS's own", "InvalidParameterException", lambda: connect.tag_resource(resourceArn=arn, tags={"aws:x": "1"}), status=400)
    connect.delete_contact_flow(InstanceId=instance, ContactFlowId=saved)
    return flow_id


def numbers(report, connect, instance, instance_arn, flow_id):
    with report.check("connect SearchAvailablePhoneNumbers offers numbers of the country and type"):
        offers = connect.search_available_phone_numbers(
            TargetArn=instance_arn, PhoneNumberCountryCode="US", PhoneNumberType="DID", PhoneNumberPrefix="+1206", MaxResults=3
        )["AvailableNumbersList"]
        same(len(offers), 3, "the count of offers")
        has(offers[0], "PhoneNumber PhoneNumberCountryCode PhoneNumberType", "an offer")
        holds(all(offer["PhoneNumber"].startswith("+1206") for offer in offers), f"the offers are {offers}")
    number = offers[0]["PhoneNumber"]
    with report.check("connect ClaimPhoneNumber, IN_PROGRESS, then CLAIMED; the same token the same number"):
        token = hashlib.sha256(number.encode()).hexdigest()[:36]
        claim = lambda: connect.claim_phone_number(
            TargetArn=instance_arn, PhoneNumber=number, PhoneNumberDescription="check", Tags={"purpose": "check"}, ClientToken=token
        )
        claimed = claim()
        has(claimed, "PhoneNumberId PhoneNumberArn", "the answer")
        same(claim()["PhoneNumberId"], claimed["PhoneNumberId"], "PhoneNumberId of the second call")
        describe = lambda: connect.describe_phone_number(PhoneNumberId=claimed["PhoneNumberId"])["ClaimedPhoneNumberSummary"]
        summary = until(describe, lambda s: s["PhoneNumberStatus"]["Status"] == "CLAIMED", "CLAIMED")
        has(
            summary,
            "PhoneNumberId PhoneNumberArn PhoneNumber PhoneNumberCountryCode PhoneNumberType TargetArn InstanceId Tags PhoneNumberStatus",
            "the number",
        )
        same(summary["PhoneNumber"], number, "PhoneNumber")
    phone = claimed["PhoneNumberId"]
    with report.check("connect a claimed number is offered no more"):
        offers = connect.search_available_phone_numbers(TargetArn=instance_arn, PhoneNumberCountryCode="US", PhoneNumberType="DID", PhoneNumberPrefix=number)
        same(offers["AvailableNumbersList"], [], "the offers")
    with report.check("connect ListPhoneNumbersV2 in pages of one"):
        listed = connect.list_phone_numbers_v2(
            TargetArn=instance_arn, PhoneNumberCountryCodes=["US"], PhoneNumberTypes=["DID"], PhoneNumberPrefix=number
        )["ListPhoneNumbersSummaryList"]
        same([n["PhoneNumberId"] for n in listed], [phone], "what the filters find")
        pages = connect.get_paginator("list_phone_numbers_v2").paginate(TargetArn=instance_arn, PaginationConfig={"PageSize": 1})
        found = [n for page in pages for n in page["ListPhoneNumbersSummaryList"]]
        mine = [n for n in found if n["PhoneNumberId"] == phone]
        same(len(mine), 1, "how often the number is listed")
        has(mine[0], "PhoneNumberId PhoneNumberArn PhoneNumber PhoneNumberCountryCode PhoneNumberType TargetArn InstanceId", "the summary")
    with report.check("connect a number bound to a flow is an association of the flow"):
        connect.associate_phone_number_contact_flow(InstanceId=instance, PhoneNumberId=phone, ContactFlowId=flow_id)
        batch = connect.batch_get_flow_association(InstanceId=instance, ResourceIds=[claimed["PhoneNumberArn"]], ResourceType="VOICE_PHONE_NUMBER")
        found = batch["FlowAssociationSummaryList"]
        same(len(found), 1, "the count of associations")
        has(found[0], "ResourceId FlowId ResourceType", "the association")
        holds(flow_id in found[0]["FlowId"], f"FlowId is {found[0]['FlowId']}")
        listed = connect.get_paginator("list_flow_associations").paginate(
            InstanceId=instance, ResourceType="VOICE_PHONE_NUMBER", PaginationConfig={"PageSize": 1}
        ).build_full_result()["FlowAssociationSummaryList"]
        holds(any(flow_id in one["FlowId"] for one in listed), f"the associations are {listed}")
        connect.disassociate_phone_number_contact_flow(InstanceId=instance, PhoneNumberId=phone)
        batch = connect.batch_get_flow_association(InstanceId=instance, ResourceIds=[claimed["PhoneNumberArn"]], ResourceType="VOICE_PHONE_NUMBER")
        same(batch["FlowAssociationSummaryList"], [], "the associations")

    refuses, missing, invalid = report.refuses, "ResourceNotFoundException", "InvalidParameterException"
    refuses("connect a claim for no instance", missing, lambda: connect.claim_phone_number(TargetArn=f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/{NOTHING}", PhoneNumber=offers_free(connect, instance_arn)), status=404)
    refuses("connect a token that came with another number", "IdempotencyException", lambda: connect.claim_phone_number(TargetArn=instance_arn, PhoneNumber=offers_free(connect, instance_arn), ClientToken=token), status=409)
    refuses("connect DescribePhoneNumber of nothing", missing, lambda: connect.describe_phone_number(PhoneNumberId=NOTHING), status=404)
    refuses("connect ReleasePhoneNumber of nothing", missing, lambda: connect.release_phone_number(PhoneNumberId=NOTHING), status=404)
    refuses("connect a number bound to no flow", missing, lambda: connect.associate_phone_number_contact_flow(InstanceId=instance, PhoneNumberId=phone, ContactFlowId=NOTHING), status=404)
    refuses("connect no number bound to a flow", missing, lambda: connect.associate_phone_number_contact_flow(InstanceId=instance, PhoneNumberId=NOTHING, ContactFlowId=flow_id), status=404)
    with report.check("connect ReleasePhoneNumber"):
        connect.release_phone_number(PhoneNumberId=phone)
        pages = connect.get_paginator("list_phone_numbers_v2").paginate(TargetArn=instance_arn)
        holds(phone not in [n["PhoneNumberId"] for page in pages for n in page["ListPhoneNumbersSummaryList"]], "the number is still listed")


def offers_free(connect, instance_arn):
    return connect.search_available_phone_numbers(TargetArn=instance_arn, PhoneNumberCountryCode="US", PhoneNumberType="TOLL_FREE")[
        "AvailableNumbersList"
    ][0]["PhoneNumber"]


def lambdas(context, connect, instance, instance_arn):
    report, client = context.report, context.clients.of("lambda")
    arn = f"{functions.ARN}:live"
    with report.check("connect a function is associated, listed, and permitted by a statement of Connect's own"):
        connect.associate_lambda_function(InstanceId=instance, FunctionArn=arn)
        listed = connect.get_paginator("list_lambda_functions").paginate(InstanceId=instance, PaginationConfig={"PageSize": 1}).build_full_result()
        same(listed["LambdaFunctions"], [arn], "LambdaFunctions")
        document = json.loads(client.get_policy(FunctionName=functions.NAME, Qualifier="live")["Policy"])
        statement = document["Statement"][0]
        same(statement["Sid"], f"connect-{instance}", "Sid")
        same(statement["Principal"], {"Service": "connect.amazonaws.com"}, "Principal")
        same(statement["Condition"]["ArnLike"]["AWS:SourceArn"], instance_arn, "the source")
    report.refuses(
        "connect a function that is associated already", "ResourceConflictException",
        lambda: connect.associate_lambda_function(InstanceId=instance, FunctionArn=arn), status=409,
    )
    report.refuses(
        "connect an ARN that is no function", "InvalidParameterException",
        lambda: connect.associate_lambda_function(InstanceId=instance, FunctionArn="arn:aws:s3:::bucket"), status=400,
    )
    report.refuses(
        "connect functions of no instance", "ResourceNotFoundException",
        lambda: connect.associate_lambda_function(InstanceId=NOTHING, FunctionArn=arn), status=404,
    )
    with report.check("connect DisassociateLambdaFunction"):
        connect.disassociate_lambda_function(InstanceId=instance, FunctionArn=arn)
        same(connect.list_lambda_functions(InstanceId=instance)["LambdaFunctions"], [], "LambdaFunctions")


def instances(report, connect):
    with report.check("connect CreateInstance, CREATION_IN_PROGRESS, then ACTIVE"):
        made = connect.create_instance(
            IdentityManagementType="CONNECT_MANAGED", InstanceAlias="foreign-instance",
            InboundCallsEnabled=True, OutboundCallsEnabled=False, ClientToken="foreign", Tags={"purpose": "check"},
        )
        has(made, "Id Arn", "the answer")
        describe = lambda: connect.describe_instance(InstanceId=made["Id"])["Instance"]
        described = until(describe, lambda i: i["InstanceStatus"] == "ACTIVE", "ACTIVE")
        same(described["InstanceAlias"], "foreign-instance", "InstanceAlias")
        same(described["Tags"], {"purpose": "check"}, "Tags")
    report.refuses(
        "connect a third instance", "ServiceQuotaExceededException",
        lambda: connect.create_instance(IdentityManagementType="CONNECT_MANAGED", InstanceAlias="foreign-third", InboundCallsEnabled=True, OutboundCallsEnabled=True),
        status=402,
    )
    with report.check("connect DeleteInstance"):
        connect.delete_instance(InstanceId=made["Id"])
    report.refuses(
        "connect an alias that is taken", "InvalidRequestException",
        lambda: connect.create_instance(
            IdentityManagementType="CONNECT_MANAGED", InboundCallsEnabled=True, OutboundCallsEnabled=True,
            InstanceAlias=connect.list_instances()["InstanceSummaryList"][0]["InstanceAlias"],
        ),
        status=400,
    )
    report.refuses(
        "connect an instance without an alias", "InvalidRequestException",
        lambda: connect.create_instance(IdentityManagementType="CONNECT_MANAGED", InboundCallsEnabled=True, OutboundCallsEnabled=True),
        status=400,
    )
