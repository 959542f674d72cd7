"""SQS: standard queues, messages, batches, dead letters, policies."""

import json
import time

from clients import ACCOUNT, REGION
from report import has, holds, same

ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:foreign"
GONE = "AWS.SimpleQueueService.NonExistentQueue"
MEASURED = "ApproximateNumberOfMessages"


def run(context):
    report, clients = context.report, context.clients
    url = queues(report, clients)
    messages(report, clients, url)
    batches(report, clients, url)
    dead_letters(report, clients)
    refusals(report, clients, url)
    policies(report, clients, url)
    deletion(report, clients, url)


def attributes(sqs, url, *names):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names)).get("Attributes", {})


def queues(report, clients):
    sqs = clients.of("sqs")
    with report.check("sqs CreateQueue, found by its name and its attributes"):
        url = sqs.create_queue(QueueName="foreign", Attributes={"VisibilityTimeout": "60"}, tags={"a": "1"})["QueueUrl"]
        holds(url.endswith(f"/{ACCOUNT}/foreign"), f"QueueUrl is {url}")
        same(sqs.create_queue(QueueName="foreign")["QueueUrl"], url, "the URL of the same again")
        same(sqs.get_queue_url(QueueName="foreign", QueueOwnerAWSAccountId=ACCOUNT)["QueueUrl"], url, "QueueUrl")
        shown = attributes(sqs, url, "All")
        has(
            shown,
            "QueueArn ApproximateNumberOfMessages ApproximateNumberOfMessagesDelayed ApproximateNumberOfMessagesNotVisible "
            "CreatedTimestamp LastModifiedTimestamp VisibilityTimeout MaximumMessageSize MessageRetentionPeriod DelaySeconds "
            "ReceiveMessageWaitTimeSeconds SqsManagedSseEnabled",
            "the attributes",
        )
        same(shown["QueueArn"], ARN, "QueueArn")
        same(
            (shown["VisibilityTimeout"], shown["MessageRetentionPeriod"], shown["MaximumMessageSize"], shown["SqsManagedSseEnabled"]),
            ("60", "345600", "1048576", "true"),
            "the attributes",
        )
        same(attributes(sqs, url, "Policy", "RedrivePolicy"), {}, "what was never set")
    with report.check("sqs SetQueueAttributes and tags"):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "30", "SqsManagedSseEnabled": "false"})
        same(attributes(sqs, url, "VisibilityTimeout", "SqsManagedSseEnabled"), {"VisibilityTimeout": "30", "SqsManagedSseEnabled": "false"}, "attributes")
        sqs.tag_queue(QueueUrl=url, Tags={"b": "2"})
        same(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"a": "1", "b": "2"}, "Tags")
        sqs.untag_queue(QueueUrl=url, TagKeys=["a", "b"])
        holds("Tags" not in sqs.list_queue_tags(QueueUrl=url), "tags are left")
    with report.check("sqs the paginator with pages of one"):
        sqs.create_queue(QueueName="foreign-second")
        pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix="foreign", PaginationConfig={"PageSize": 1})
        same([page["QueueUrls"][0].rsplit("/", 1)[1] for page in pages], ["foreign", "foreign-second"], "the queues")
        sqs.delete_queue(QueueUrl=url + "-second")
        holds("QueueUrls" not in sqs.list_queues(QueueNamePrefix="nobody"), "queues of nobody")
    with report.check("sqs by the aws CLI"):
        # This client takes the address of SQS from nowhere else.
        endpoint = ["--endpoint-url", clients.url]
        same(clients.cli_json("sqs", "get-queue-url", "--queue-name", "foreign", *endpoint)["QueueUrl"], url, "QueueUrl")
        clients.cli_json("sqs", "send-message", "--queue-url", url, "--message-body", "by the CLI", *endpoint)
        got = clients.cli_json("sqs", "receive-message", "--queue-url", url, *endpoint)["Messages"][0]
        same(got["Body"], "by the CLI", "Body")
        clients.cli_json("sqs", "delete-message", "--queue-url", url, "--receipt-handle", got["ReceiptHandle"], *endpoint)
    return url


def messages(report, clients, url):
    sqs = clients.of("sqs")
    with report.check("sqs a message with attributes comes through whole"):
        # boto3 checks the MD5s itself.
        sent = sqs.send_message(
            QueueUrl=url,
            MessageBody="Grüße & <all> 🎉",
            MessageAttributes={
                "text": {"DataType": "String", "StringValue": "é"},
                "number": {"DataType": "Number.int", "StringValue": "7"},
                "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
            },
            MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}},
        )
        has(sent, "MessageId MD5OfMessageBody MD5OfMessageAttributes MD5OfMessageSystemAttributes", "the answer")
        (got,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])["Messages"]
        same(got["Body"], "Grüße & <all> 🎉", "Body")
        same(got["MessageAttributes"]["bytes"]["BinaryValue"], b"\x00\xff", "bytes")
        same(got["MessageAttributes"]["number"], {"StringValue": "7", "DataType": "Number.int"}, "number")
        same(got["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"], "MD5OfMessageAttributes")
        has(got["Attributes"], "SenderId SentTimestamp ApproximateReceiveCount ApproximateFirstReceiveTimestamp AWSTraceHeader", "the attributes")
        same(attributes(sqs, url, MEASURED, f"{MEASURED}NotVisible"), {MEASURED: "0", f"{MEASURED}NotVisible": "1"}, "the counts")
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
        (again,) = sqs.receive_message(QueueUrl=url, AttributeNames=["ApproximateReceiveCount"], MessageAttributeNames=["nu.*", "text"])["Messages"]
        same(again["Attributes"], {"ApproximateReceiveCount": "2"}, "Attributes")
        same(sorted(again["MessageAttributes"]), ["number", "text"], "the attributes asked for")
        # The older handle is accepted and deletes nothing.
        sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
        same(attributes(sqs, url, f"{MEASURED}NotVisible"), {f"{MEASURED}NotVisible": "1"}, "the counts")
        sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
        same(attributes(sqs, url, f"{MEASURED}NotVisible"), {f"{MEASURED}NotVisible": "0"}, "the counts")
    with report.check("sqs a delayed message is waited for"):
        sqs.send_message(QueueUrl=url, MessageBody="late", DelaySeconds=1)
        same(attributes(sqs, url, f"{MEASURED}Delayed"), {f"{MEASURED}Delayed": "1"}, "the counts")
        holds("Messages" not in sqs.receive_message(QueueUrl=url), "it came at once")
        began = time.monotonic()
        (got,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
        holds(time.monotonic() - began < 9, "it was waited for to the end")
        same(got["Body"], "late", "Body")
        sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])


def batches(report, clients, url):
    sqs = clients.of("sqs")
    with report.check("sqs batches tell what came and what did not"):
        answer = sqs.send_message_batch(
            QueueUrl=url,
            Entries=[{"Id": str(n), "MessageBody": f"body {n}"} for n in range(9)] + [{"Id": "bad", "MessageBody": "x", "DelaySeconds": 901}],
        )
        same([entry["Id"] for entry in answer["Successful"]], [str(n) for n in range(9)], "Successful")
        same([(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]], [("bad", "InvalidParameterValue", True)], "Failed")
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        same([message["Body"] for message in got], [f"body {n}" for n in range(9)], "the bodies")
        answer = sqs.delete_message_batch(
            QueueUrl=url,
            Entries=[{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in got] + [{"Id": "bad", "ReceiptHandle": "x"}],
        )
        same(len(answer["Successful"]), 9, "the count of those deleted")
        same([(entry["Id"], entry["Code"]) for entry in answer["Failed"]], [("bad", "ReceiptHandleIsInvalid")], "Failed")
    refuses = report.refuses
    entry = {"Id": "a", "MessageBody": "x"}
    for words, entries, code in (
        ("an empty batch", [], "EmptyBatchRequest"),
        ("eleven entries", [{"Id": str(n), "MessageBody": "x"} for n in range(11)], "TooManyEntriesInBatchRequest"),
        ("two of one id", [entry, entry], "BatchEntryIdsNotDistinct"),
        ("an id with a space", [{"Id": "a b", "MessageBody": "x"}], "InvalidBatchEntryId"),
        ("two megabytes", [{"Id": str(n), "MessageBody": "x" * 600_000} for n in range(2)], "BatchRequestTooLong"),
    ):
        code = f"AWS.SimpleQueueService.{code}"
        refuses(f"sqs {words}", code, lambda entries=entries: sqs.send_message_batch(QueueUrl=url, Entries=entries), status=400)


def dead_letters(report, clients):
    sqs = clients.of("sqs")
    with report.check("sqs what is received too often goes to the dead letters"):
        dead = sqs.create_queue(QueueName="foreign-dead")["QueueUrl"]
        redrive = json.dumps({"deadLetterTargetArn": f"{ARN}-dead", "maxReceiveCount": 2})
        source = sqs.create_queue(QueueName="foreign-source", Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "0"})["QueueUrl"]
        same(attributes(sqs, source, "RedrivePolicy"), {"RedrivePolicy": redrive}, "RedrivePolicy")
        sent = sqs.send_message(QueueUrl=source, MessageBody="poison")
        for _ in range(2):
            same(len(sqs.receive_message(QueueUrl=source)["Messages"]), 1, "the messages")
        holds("Messages" not in sqs.receive_message(QueueUrl=source), "it is received a third time")
        (got,) = sqs.receive_message(QueueUrl=dead, MessageSystemAttributeNames=["DeadLetterQueueSourceArn"])["Messages"]
        same((got["MessageId"], got["Attributes"]), (sent["MessageId"], {"DeadLetterQueueSourceArn": f"{ARN}-source"}), "the dead letter")
        for url in (dead, source):
            sqs.delete_queue(QueueUrl=url)
    report.refuses(
        "sqs a dead-letter queue that is not there",
        "InvalidAttributeValue",
        lambda: sqs.create_queue(QueueName="foreign-x", Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": f"{ARN}-absent", "maxReceiveCount": 2})}),
        says="does not exist",
    )


def refusals(report, clients, url):
    sqs = clients.of("sqs")
    absent = url + "-absent"
    value, missing = "InvalidParameterValue", "MissingParameter"
    for words, code, call in (
        ("a queue of another kind", "QueueAlreadyExists", lambda: sqs.create_queue(QueueName="foreign", Attributes={"DelaySeconds": "9"})),
        ("a queue name with a space", value, lambda: sqs.create_queue(QueueName="no good")),
        ("a queue name of 81 letters", value, lambda: sqs.create_queue(QueueName="q" * 81)),
        ("a FIFO queue", "NotImplementedByLocalAws", lambda: sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})),
        ("a key of one's own", "NotImplementedByLocalAws", lambda: sqs.create_queue(QueueName="k", Attributes={"KmsMasterKeyId": "k"})),
        ("an attribute that is none", "InvalidAttributeName", lambda: sqs.create_queue(QueueName="k", Attributes={"Colour": "red"})),
        ("an attribute that is measured", "InvalidAttributeName", lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"QueueArn": "x"})),
        ("a visibility of 12 hours and a second", "InvalidAttributeValue", lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "43201"})),
        ("a policy that is none", "InvalidAttributeValue", lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": "{"})),
        ("the URL of no queue", GONE, lambda: sqs.get_queue_url(QueueName="absent")),
        ("a queue of another account", GONE, lambda: sqs.get_queue_url(QueueName="foreign", QueueOwnerAWSAccountId="111122223333")),
        ("attributes of no queue", GONE, lambda: sqs.get_queue_attributes(QueueUrl=absent, AttributeNames=["All"])),
        ("a message to no queue", GONE, lambda: sqs.send_message(QueueUrl=absent, MessageBody="x")),
        ("a message to no URL", "InvalidAddress", lambda: sqs.send_message(QueueUrl="foreign", MessageBody="x")),
        ("a message from no queue", GONE, lambda: sqs.receive_message(QueueUrl=absent)),
        ("an empty message", missing, lambda: sqs.send_message(QueueUrl=url, MessageBody="")),
        ("a message with a bell", "InvalidMessageContents", lambda: sqs.send_message(QueueUrl=url, MessageBody="\a")),
        ("a message of a megabyte and a byte", value, lambda: sqs.send_message(QueueUrl=url, MessageBody="x" * 1_048_577)),
        ("a delay of 15 minutes and a second", value, lambda: sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=901)),
        ("an attribute of AWS", value, lambda: sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes={"AWS.x": {"DataType": "String", "StringValue": "x"}})),
        ("an attribute of no type", value, lambda: sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes={"x": {"DataType": "Colour", "StringValue": "x"}})),
        ("a deduplication id", value, lambda: sqs.send_message(QueueUrl=url, MessageBody="x", MessageDeduplicationId="d")),
        ("eleven messages at once", value, lambda: sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=11)),
        ("no message at once", value, lambda: sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=0)),
        ("a wait of 21 seconds", value, lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=21)),
        ("a handle that is none", "ReceiptHandleIsInvalid", lambda: sqs.delete_message(QueueUrl=url, ReceiptHandle="x")),
        ("the visibility of what is no message", "ReceiptHandleIsInvalid", lambda: sqs.change_message_visibility(QueueUrl=url, ReceiptHandle="x", VisibilityTimeout=1)),
        ("a page token without a size", value, lambda: sqs.list_queues(NextToken="a")),
        ("a tag without a key", value, lambda: sqs.tag_queue(QueueUrl=url, Tags={"": "x"})),
    ):
        report.refuses(f"sqs {words}", code, call, status=501 if code == "NotImplementedByLocalAws" else 400)
    with report.check("sqs a message that is visible again is not in flight"):
        sqs.send_message(QueueUrl=url, MessageBody="x")
        (got,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
        try:
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=9)
            holds(False, "accepted")
        except sqs.exceptions.MessageNotInflight:
            pass
        sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])


def policies(report, clients, url):
    sqs = clients.of("sqs")

    def statement(**changes):
        return {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": ARN, **changes}

    def put(one):
        document = json.dumps({"Version": "2012-10-17", "Statement": [one]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
        same(attributes(sqs, url, "Policy"), {"Policy": document}, "Policy")

    with report.check("sqs a policy is kept as given"):
        put(statement(Condition={"Bool": {"aws:SecureTransport": "false"}}))
        sqs.send_message(QueueUrl=url, MessageBody="x")
        put(statement())
    report.refuses("sqs a message that the queue's policy denies", "AccessDenied", lambda: sqs.send_message(QueueUrl=url, MessageBody="x"), says="explicit deny")
    with report.check("sqs a policy is taken away"):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
        sqs.send_message(QueueUrl=url, MessageBody="x")


def deletion(report, clients, url):
    sqs = clients.of("sqs")
    with report.check("sqs PurgeQueue, once a minute"):
        sqs.purge_queue(QueueUrl=url)
        same(attributes(sqs, url, MEASURED), {MEASURED: "0"}, "the counts")
    report.refuses("sqs a second purge", "AWS.SimpleQueueService.PurgeQueueInProgress", lambda: sqs.purge_queue(QueueUrl=url))
    with report.check("sqs DeleteQueue, then it is gone and its name rests"):
        sqs.delete_queue(QueueUrl=url)
    report.refuses("sqs DeleteQueue of nothing", GONE, lambda: sqs.delete_queue(QueueUrl=url))
    report.refuses("sqs a name that rests", "AWS.SimpleQueueService.QueueDeletedRecently", lambda: sqs.create_queue(QueueName="foreign"))
    with report.check("sqs a queue for what is recorded"):
        # The inputs of above are sent again with things that are wrong: to a queue that is there.
        sqs.create_queue(QueueName="foreign-last")
