"""SNS: SMS to the outbox, what is refused, opted-out numbers, topics."""

import json

from clients import ACCOUNT, REGION
from report import Wrong, has, holds, same
from services import iam as roles
from services.bootstrap import zipped
from services.edges import QUICK, control, raw

NUMBER = "+15555550123"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:foreign"


def kept(clients, what, after=0):
    status, _, body = raw(clients.url, "GET", f"/_vanity-deploy/sns/{what}?after={after}", body=None)
    same(status, 200, f"the status of {what} ({body})")
    return json.loads(body)


def text(value, kind="String"):
    return {"DataType": kind, "StringValue": value}


def run(context):
    report, clients = context.report, context.clients
    sms(report, clients)
    refusals(report, clients)
    opted_out(report, clients)
    new_account(report, clients)
    topics(report, clients)
    faults(report, clients)
    rights(report, clients)


def sms(report, clients):
    sns = clients.of("sns")
    with report.check("sns Publish of an SMS, and it is in the outbox"):
        before = len(kept(clients, "outbox"))
        answer = sns.publish(
            PhoneNumber=NUMBER,
            Message="Grüße, Ada & <all> 🎉",
            MessageAttributes={
                "AWS.SNS.SMS.SenderID": text("Campus"),
                "AWS.SNS.SMS.SMSType": text("Transactional"),
                "AWS.SNS.SMS.MaxPrice": text("0.50", "Number"),
                "AWS.MM.SMS.OriginationNumber": text("+15555550100"),
                "AWS.MM.SMS.EntityId": text("1201159123456789012"),
                "AWS.MM.SMS.TemplateId": text("1107159123456789012"),
                "own": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
            },
        )
        has(answer, "MessageId", "the answer")
        holds("SequenceNumber" not in answer, "a sequence number of an SMS")
        (message,) = kept(clients, "outbox", before)
        same(message["messageId"], answer["MessageId"], "messageId")
        same(message["phoneNumber"], NUMBER, "phoneNumber")
        same(message["message"], "Grüße, Ada & <all> 🎉", "message")
        same((message["senderId"], message["smsType"]), ("Campus", "Transactional"), "how it is sent")
        same((message["entityId"], message["templateId"]), ("1201159123456789012", "1107159123456789012"), "as what it is registered")
        same((message["originationNumber"], message["maxPrice"]), ("+15555550100", "0.50"), "from where and for what")
    with report.check("sns Publish by the aws CLI"):
        before = len(kept(clients, "outbox"))
        answer = clients.cli_json("sns", "publish", "--phone-number", "+4915112345678", "--message", "by the CLI")
        same([sms["messageId"] for sms in kept(clients, "outbox", before)], [answer["MessageId"]], "the outbox")
    with report.check("sns the account's defaults are those of a message that says nothing"):
        sns.set_sms_attributes(attributes={"DefaultSMSType": "Transactional", "DefaultSenderID": "Account"})
        same(
            sns.get_sms_attributes()["attributes"],
            {"DefaultSMSType": "Transactional", "DefaultSenderID": "Account", "MonthlySpendLimit": "1000"},
            "all attributes",
        )
        same(sns.get_sms_attributes(attributes=["DefaultSenderID"])["attributes"], {"DefaultSenderID": "Account"}, "one attribute")
        before = len(kept(clients, "outbox"))
        sns.publish(PhoneNumber=NUMBER, Message="x")
        (message,) = kept(clients, "outbox", before)
        same((message["senderId"], message["smsType"]), ("Account", "Transactional"), "how it is sent")
    with report.check("sns phones get their own part of a structured message"):
        before = len(kept(clients, "outbox"))
        sns.publish(PhoneNumber=NUMBER, MessageStructure="json", Message=json.dumps({"default": "d", "sms": "s"}))
        same([sms["message"] for sms in kept(clients, "outbox", before)], ["s"], "the outbox")


def refusals(report, clients):
    sns = clients.of("sns")
    before = len(kept(clients, "outbox"))
    refuses = report.refuses
    for number in ("5555550123", "+0555555012", "+1 555 555 0123", "+1555", "+1234567890123456", "ada", ""):
        refuses(
            f"sns an SMS to {number!r}",
            "InvalidParameter",
            lambda number=number: sns.publish(PhoneNumber=number, Message="x"),
            says="is not valid to publish to|no value" if number else None,
            status=400,
        )
    for words, arguments in (
        ("no target", {"Message": "x"}),
        ("two targets", {"Message": "x", "PhoneNumber": NUMBER, "TopicArn": TOPIC}),
        ("an empty message", {"Message": "", "PhoneNumber": NUMBER}),
        ("1,601 characters", {"Message": "x" * 1601, "PhoneNumber": NUMBER}),
        ("262,145 bytes", {"Message": "x" * 262145, "PhoneNumber": NUMBER}),
        ("a subject of two lines", {"Message": "x", "PhoneNumber": NUMBER, "Subject": "a\nb"}),
        ("a structure that is none", {"Message": "x", "PhoneNumber": NUMBER, "MessageStructure": "json"}),
        ("a group", {"Message": "x", "PhoneNumber": NUMBER, "MessageGroupId": "g"}),
    ):
        refuses(f"sns Publish with {words}", "InvalidParameter", lambda arguments=arguments: sns.publish(**arguments), status=400)
    for name, value, code in (
        ("AWS.SNS.SMS.SenderID", text("TwelveLetters"), "InvalidParameter"),
        ("AWS.SNS.SMS.SenderID", text("12345"), "InvalidParameter"),
        ("AWS.SNS.SMS.SMSType", text("Cheap"), "InvalidParameter"),
        ("AWS.SNS.SMS.MaxPrice", text("much", "Number"), "ParameterValueInvalid"),
        ("AWS.MM.SMS.OriginationNumber", text("12"), "InvalidParameter"),
        ("AWS.SNS.SMS.OriginationNumber", text("12345"), "InvalidParameter"),
        ("AWS.MM.SMS.EntityId", text("1 2"), "InvalidParameter"),
        ("AWS.MM.SMS.TemplateId", text("x" * 65), "InvalidParameter"),
        ("AWS.MM.SMS.Keyword", text("1"), "NotImplementedByLocalAws"),
        ("own", text("x", "Colour"), "ParameterValueInvalid"),
        ("own", text(""), "ParameterValueInvalid"),
        ("my own", text("x"), "ParameterValueInvalid"),
    ):
        refuses(
            f"sns the attribute {name} {value}",
            code,
            lambda name=name, value=value: sns.publish(PhoneNumber=NUMBER, Message="x", MessageAttributes={name: value}),
        )
    for name, value, code in (
        ("DefaultSMSType", "Cheap", "InvalidParameter"),
        ("DefaultSenderID", "1", "InvalidParameter"),
        ("Colour", "red", "InvalidParameter"),
        ("MonthlySpendLimit", "1001", "InvalidParameter"),
        ("MonthlySpendLimit", "much", "InvalidParameter"),
        ("DeliveryStatusIAMRole", "r", "NotImplementedByLocalAws"),
    ):
        refuses(f"sns the setting {name}={value}", code, lambda name=name, value=value: sns.set_sms_attributes(attributes={name: value}))
    refuses("sns a setting that is none", "InvalidParameter", lambda: sns.get_sms_attributes(attributes=["Colour"]))
    with report.check("sns nothing that was refused is in the outbox"):
        same(kept(clients, "outbox", before), [], "the outbox")


def opted_out(report, clients):
    sns = clients.of("sns")
    with report.check("sns who opted out gets nothing, and comes back once"):
        control(clients, "sns/opted-out", [NUMBER])
        before, held = len(kept(clients, "outbox")), len(kept(clients, "undelivered"))
        sns.publish(PhoneNumber=NUMBER, Message="unwanted")
        same(kept(clients, "outbox", before), [], "the outbox")
        (sms,) = kept(clients, "undelivered", held)
        same((sms["message"], sms["undelivered"]), ("unwanted", "Phone number is opted out"), "what was not delivered")
        same(sns.check_if_phone_number_is_opted_out(phoneNumber=NUMBER)["isOptedOut"], True, "isOptedOut")
        same(sns.list_phone_numbers_opted_out()["phoneNumbers"], [NUMBER], "the numbers")
        sns.opt_in_phone_number(phoneNumber=NUMBER)
        same(sns.check_if_phone_number_is_opted_out(phoneNumber=NUMBER)["isOptedOut"], False, "isOptedOut")
    control(clients, "sns/opted-out", [NUMBER])
    report.refuses("sns opting in twice in a month", "InvalidParameter", lambda: sns.opt_in_phone_number(phoneNumber=NUMBER), status=400)
    control(clients, "sns/opted-out", [])
    report.refuses(
        "sns whether nobody opted out", "InvalidParameter", lambda: sns.check_if_phone_number_is_opted_out(phoneNumber="1"), says="incorrectly formatted"
    )


def new_account(report, clients):
    """The sandbox and a dollar a month."""
    sns = clients.of("sns")
    status, _, before = raw(clients.url, "GET", "/_vanity-deploy/sns/account", body=None)
    same(status, 200, "the status of the account")
    try:
        with report.check("sns a new account sends to verified numbers alone"):
            same(sns.get_sms_sandbox_account_status()["IsInSandbox"], False, "IsInSandbox")
            control(clients, "sns/account", {"sandbox": True, "spendQuota": 1, "spent": 0})
            same(sns.get_sms_sandbox_account_status()["IsInSandbox"], True, "IsInSandbox")
            same(sns.get_sms_attributes(attributes=["MonthlySpendLimit"])["attributes"], {"MonthlySpendLimit": "1"}, "the limit")
            held, sent = len(kept(clients, "undelivered")), len(kept(clients, "outbox"))
            accepted = sns.publish(PhoneNumber=NUMBER, Message="too soon")
            same([sms["messageId"] for sms in kept(clients, "undelivered", held)], [accepted["MessageId"]], "what was not delivered")
            sns.create_sms_sandbox_phone_number(PhoneNumber=NUMBER, LanguageCode="de-DE")
            password = kept(clients, "outbox", sent)[0]["message"].split()[-1]
            same(sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"], [{"PhoneNumber": NUMBER, "Status": "Pending"}], "the numbers")
            sns.verify_sms_sandbox_phone_number(PhoneNumber=NUMBER, OneTimePassword=password)
            same(sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"], [{"PhoneNumber": NUMBER, "Status": "Verified"}], "the numbers")
            sns.publish(PhoneNumber=NUMBER, Message="welcome")
            same([sms["message"] for sms in kept(clients, "outbox", sent + 1)], ["welcome"], "the outbox")
        with report.check("sns numbers of the sandbox come in pages, by the aws CLI too"):
            for last in range(3):
                sns.create_sms_sandbox_phone_number(PhoneNumber=f"+1555555017{last}")
            pages = list(sns.get_paginator("list_sms_sandbox_phone_numbers").paginate(PaginationConfig={"PageSize": 3}))
            same([len(page["PhoneNumbers"]) for page in pages], [3, 1], "the pages")
            listed = clients.cli_json("sns", "list-sms-sandbox-phone-numbers", "--page-size", "2")
            same(len(listed["PhoneNumbers"]), 4, "the numbers by the CLI")
        for words, code, call, http in (
            ("a password that was not sent", "VerificationException",
             lambda: sns.verify_sms_sandbox_phone_number(PhoneNumber=NUMBER, OneTimePassword="00000"), 400),
            ("a password of letters", "InvalidParameter",
             lambda: sns.verify_sms_sandbox_phone_number(PhoneNumber=NUMBER, OneTimePassword="abcde"), 400),
            ("a number that was never added", "ResourceNotFound",
             lambda: sns.verify_sms_sandbox_phone_number(PhoneNumber="+15555550188", OneTimePassword="00000"), 404),
            ("a number that is none", "InvalidParameter", lambda: sns.create_sms_sandbox_phone_number(PhoneNumber="0123"), 400),
            ("deleting within a day", "UserError", lambda: sns.delete_sms_sandbox_phone_number(PhoneNumber=NUMBER), 400),
            ("deleting what is not there", "ResourceNotFound", lambda: sns.delete_sms_sandbox_phone_number(PhoneNumber="+15555550188"), 404),
            ("a limit above a dollar", "InvalidParameter", lambda: sns.set_sms_attributes(attributes={"MonthlySpendLimit": "2"}), 400),
        ):
            report.refuses(f"sns sandbox: {words}", code, call, status=http)
        with report.check("sns nothing is delivered beyond the month's limit or a message's"):
            control(clients, "sns/account", {"spent": 0.99})
            held, sent = len(kept(clients, "undelivered")), len(kept(clients, "outbox"))
            sns.publish(PhoneNumber=NUMBER, Message="dear", MessageAttributes={"AWS.SNS.SMS.MaxPrice": text("0.001", "Number")})
            sns.publish(PhoneNumber=NUMBER, Message="the last")
            sns.publish(PhoneNumber=NUMBER, Message="too much")
            same([sms["message"] for sms in kept(clients, "outbox", sent)], ["the last"], "the outbox")
            same(
                [sms["undelivered"] for sms in kept(clients, "undelivered", held)],
                ["This delivery would exceed max price", "No quota left for account"],
                "the reasons",
            )
    finally:
        control(clients, "sns/account", json.loads(before))


def topics(report, clients):
    sns = clients.of("sns")
    with report.check("sns topics are made, published to and deleted"):
        arn = sns.create_topic(Name="foreign", Attributes={"DisplayName": "Foreign"}, Tags=[{"Key": "a", "Value": "1"}])["TopicArn"]
        same(arn, TOPIC, "TopicArn")
        same(sns.create_topic(Name="foreign")["TopicArn"], TOPIC, "the ARN of the same again")
        attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        has(attributes, "TopicArn Owner Policy DisplayName SubscriptionsConfirmed", "the attributes")
        holds(TOPIC in [topic["TopicArn"] for topic in sns.list_topics()["Topics"]], "it is not listed")
        same(sns.list_tags_for_resource(ResourceArn=arn)["Tags"], [{"Key": "a", "Value": "1"}], "Tags")
        before = len(kept(clients, "notifications"))
        sns.publish(TopicArn=arn, Message="m", Subject="s")
        (notification,) = kept(clients, "notifications", before)
        same((notification["topicArn"], notification["subject"], notification["message"]), (arn, "s", "m"), "the notification")
        sns.delete_topic(TopicArn=arn)
        sns.delete_topic(TopicArn=arn)
    report.refuses("sns Publish to no topic", "NotFound", lambda: sns.publish(TopicArn=TOPIC, Message="x"), status=404)
    report.refuses("sns attributes of no topic", "NotFound", lambda: sns.get_topic_attributes(TopicArn=TOPIC), status=404)
    report.refuses("sns tags of no topic", "ResourceNotFound", lambda: sns.list_tags_for_resource(ResourceArn=TOPIC), status=404)
    report.refuses("sns a topic with a space", "InvalidParameter", lambda: sns.create_topic(Name="a b"))
    report.refuses("sns a FIFO topic", "NotImplementedByLocalAws", lambda: sns.create_topic(Name="a.fifo", Attributes={"FifoTopic": "true"}))
    report.refuses("sns a key of one's own", "NotImplementedByLocalAws", lambda: sns.create_topic(Name="k", Attributes={"KmsMasterKeyId": "k"}))
    report.refuses("sns a subscription", "NotImplementedByLocalAws", lambda: sns.subscribe(TopicArn=TOPIC, Protocol="sms", Endpoint=NUMBER))


def faults(report, clients):
    """A batch with one bad record: the fault strikes one number alone, twice."""
    sns = clients.of("sns")
    try:
        with report.check("sns a fault rule strikes one phone number alone"):
            control(clients, "faults", [{
                "service": "sns", "operation": "Publish", "match": f"PhoneNumber={NUMBER}", "times": 1,
                "effect": {"error": {"status": 500, "code": "InternalError", "message": "as wished"}},
            }])
            sns.publish(PhoneNumber="+15555550199", Message="another")
            try:
                sns.publish(PhoneNumber=NUMBER, Message="struck")
                raise Wrong("the rule did not strike")
            except sns.exceptions.InternalErrorException:
                pass
            sns.publish(PhoneNumber=NUMBER, Message="again")
    finally:
        control(clients, "faults", [])


def rights(report, clients):
    """The resource of an SMS is its phone number: no ARN names it."""
    iam, client = clients.of("iam"), clients.of("lambda")
    name = "foreign-sms"
    with report.check("sns a function has a session to send with"):
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(roles.TRUST))["Role"]["Arn"]
        client.create_function(
            FunctionName=name, Runtime="provided.al2023", Handler="bootstrap", Role=arn, Code={"ZipFile": zipped()}, Timeout=5
        )
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=QUICK)
        wanted = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
        answer = client.invoke(FunctionName=name, Payload=json.dumps({"do": "environment", "names": wanted}).encode())
        session = {key.lower(): value for key, value in json.loads(answer["Payload"].read()).items()}
    as_role = clients.of("sns", **session)

    def allow(**statement):
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish", **statement}]}
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(document))

    send = lambda: as_role.publish(PhoneNumber=NUMBER, Message="x")
    denied = r"not authorized to perform: SNS:Publish on resource: \+15555550123"
    report.refuses("sns an SMS from a function without a policy", "AuthorizationError", send, says=denied, status=403)
    allow(Resource="arn:aws:sns:*:*:*")
    report.refuses("sns an SMS from a function that may publish to every topic", "AuthorizationError", send, says=denied)
    with report.check("sns an SMS from a function that may publish to what is no topic"):
        allow(NotResource="arn:aws:sns:*:*:*")
        send()
    report.refuses(
        "sns a topic from a function that may send SMS alone", "AuthorizationError", lambda: as_role.publish(TopicArn=TOPIC, Message="x"), says=TOPIC
    )
    client.delete_function(FunctionName=name)
    iam.delete_role_policy(RoleName=name, PolicyName="p")
    iam.delete_role(RoleName=name)
