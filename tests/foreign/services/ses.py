"""SES v2: e-mails to the outbox, identities, the sandbox, the suppression list, rights."""

import json

from clients import ACCOUNT, REGION
from report import has, holds, same
from services import iam as roles
from services.bootstrap import zipped
from services.edges import QUICK, control, raw

SENDER = "events@example.com"
TO = "ada@example.org"


def kept(clients, what, after=0):
    status, _, body = raw(clients.url, "GET", f"/_vanity-deploy/ses/{what}?after={after}", body=None)
    same(status, 200, f"the status of {what} ({body})")
    return json.loads(body)


def part(text):
    return {"Data": text, "Charset": "UTF-8"}


def email(**other):
    return {
        "FromEmailAddress": SENDER,
        "Destination": {"ToAddresses": [TO]},
        "Content": {"Simple": {"Subject": part("Thank you"), "Body": {"Text": part("hello")}}},
        **other,
    }


def simple(subject=part("s"), body={"Text": part("t")}, **other):
    return {"Simple": {"Subject": subject, "Body": body, **other}}


def run(context):
    report, clients = context.report, context.clients
    identities(report, clients)
    mails(report, clients)
    refusals(report, clients)
    suppression(report, clients)
    sandbox(report, clients)
    rights(report, clients)
    gone(report, clients)


def identities(report, clients):
    ses = clients.of("sesv2")
    with report.check("sesv2 an address and a domain become identities"):
        made = ses.create_email_identity(EmailIdentity=SENDER, Tags=[{"Key": "a", "Value": "1"}])
        same((made["IdentityType"], made["VerifiedForSendingStatus"]), ("EMAIL_ADDRESS", False), "the answer")
        made = ses.create_email_identity(EmailIdentity="Example.NET")
        same((made["IdentityType"], len(made["DkimAttributes"]["Tokens"])), ("DOMAIN", 3), "the answer")
        shown = ses.get_email_identity(EmailIdentity=SENDER)
        has(shown, "IdentityType FeedbackForwardingStatus DkimAttributes Policies VerificationStatus", "the identity")
        same((shown["VerificationStatus"], shown["VerifiedForSendingStatus"]), ("SUCCESS", True), "the proof")
        same(shown["Tags"], [{"Key": "a", "Value": "1"}], "Tags")
        same(ses.get_email_identity(EmailIdentity="example.net")["DkimAttributes"]["Status"], "SUCCESS", "DKIM")
    with report.check("sesv2 identities are listed in pages, by the aws CLI too"):
        listed, token = [], {}
        while True:
            page = ses.list_email_identities(PageSize=1, **token)
            listed += [identity["IdentityName"] for identity in page["EmailIdentities"]]
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        same(listed, [SENDER, "example.net"], "the names")
        by_cli = clients.cli_json("sesv2", "list-email-identities")["EmailIdentities"]
        same([identity["IdentityName"] for identity in by_cli], listed, "the names by the CLI")
    with report.check("sesv2 an identity may wait for its owner"):
        control(clients, "ses/account", {"pending": True})
        try:
            ses.create_email_identity(EmailIdentity="late@example.org")
        finally:
            control(clients, "ses/account", {"pending": False})
        same(ses.get_email_identity(EmailIdentity="late@example.org")["VerificationStatus"], "PENDING", "the proof")
        control(clients, "ses/identities", {"late@example.org": "FAILED"})
        same(ses.get_email_identity(EmailIdentity="late@example.org")["VerificationStatus"], "FAILED", "the proof")
    refuses = report.refuses
    refuses(
        "sesv2 an identity twice", "AlreadyExistsException",
        lambda: ses.create_email_identity(EmailIdentity=SENDER), says="already exist", status=400,
    )
    for name in ("nobody", "a b@example.com", "Ada <ada@example.com>", "@example.com", "-.com"):
        refuses(f"sesv2 the identity {name}", "BadRequestException", lambda name=name: ses.create_email_identity(EmailIdentity=name), status=400)
    refuses("sesv2 an identity that is not there", "NotFoundException", lambda: ses.get_email_identity(EmailIdentity="no@example.com"), status=404)
    refuses(
        "sesv2 a key of one's own", "NotImplementedByLocalAws",
        lambda: ses.create_email_identity(EmailIdentity="k.example", DkimSigningAttributes={"NextSigningKeyLength": "RSA_2048_BIT"}),
    )


def mails(report, clients):
    ses = clients.of("sesv2")
    with report.check("sesv2 SendEmail, and it is in the outbox"):
        before = len(kept(clients, "outbox"))
        sent = ses.get_account()["SendQuota"]["SentLast24Hours"]
        answer = ses.send_email(
            FromEmailAddress="Campus <events@example.com>",
            Destination={"ToAddresses": [TO], "CcAddresses": ["Bob <bob@example.org>"], "BccAddresses": ["c@example.org"]},
            ReplyToAddresses=["help@example.org"],
            Content=simple(
                part("Grüße, Ada 🎉"), {"Text": part("one\ntwo"), "Html": part("<p>one</p>")}, Headers=[{"Name": "X-A", "Value": "b c"}]
            ),
            EmailTags=[{"Name": "event", "Value": "open-house"}],
        )
        (mail,) = kept(clients, "outbox", before)
        same(mail["messageId"], answer["MessageId"], "messageId")
        same((mail["from"], mail["to"], mail["cc"], mail["bcc"]),
             ("Campus <events@example.com>", [TO], ["Bob <bob@example.org>"], ["c@example.org"]), "from and to")
        same((mail["replyTo"], mail["subject"], mail["text"], mail["html"]),
             (["help@example.org"], "Grüße, Ada 🎉", "one\ntwo", "<p>one</p>"), "what is in it")
        same((mail["headers"], mail["tags"]), ([["X-A", "b c"]], [["event", "open-house"]]), "headers and tags")
        same(ses.get_account()["SendQuota"]["SentLast24Hours"], sent + 3, "what was sent")
    with report.check("sesv2 SendEmail by the aws CLI, from below a verified domain"):
        before = len(kept(clients, "outbox"))
        answer = clients.cli_json(
            "sesv2", "send-email", "--from-email-address", "x@mail.example.net", "--destination", f"ToAddresses={TO}",
            "--content", json.dumps(simple()),
        )
        same([mail["messageId"] for mail in kept(clients, "outbox", before)], [answer["MessageId"]], "the outbox")
    with report.check("sesv2 GetAccount of an account with production access"):
        account = ses.get_account()
        same((account["ProductionAccessEnabled"], account["SendingEnabled"]), (True, True), "what it may")
        same(account["SuppressionAttributes"]["SuppressedReasons"], ["BOUNCE", "COMPLAINT"], "SuppressedReasons")


def refusals(report, clients):
    ses = clients.of("sesv2")
    before = len(kept(clients, "outbox"))
    failed = r"^Email address is not verified\. The following identities failed the check in region US-EAST-1: "
    for words, mail, says in (
        ("from a stranger", email(FromEmailAddress="Ada <ada@example.org>"), failed + "Ada <ada@example.org>$"),
        ("from one whose proof failed", email(FromEmailAddress="late@example.org"), failed + "late@example.org$"),
        ("in another case", email(FromEmailAddress="Events@example.com"), failed + "Events@example.com$"),
        ("whose bounces go to a stranger", email(FeedbackForwardingEmailAddress="b@example.org"), failed + "b@example.org$"),
    ):
        report.refuses(f"sesv2 an e-mail {words}", "MessageRejected", lambda mail=mail: ses.send_email(**mail), says=says, status=400)
    for words, mail in (
        ("from nobody", {key: value for key, value in email().items() if key != "FromEmailAddress"}),
        ("to nobody", email(Destination={})),
        ("to an empty address", email(Destination={"ToAddresses": [""]})),
        ("to no address", email(Destination={"ToAddresses": ["ada"]})),
        ("to two in one", email(Destination={"ToAddresses": ["a@example.org, b@example.org"]})),
        ("to 51", email(Destination={"BccAddresses": [f"a{n}@example.org" for n in range(51)]})),
        ("to letters beyond ASCII", email(Destination={"ToAddresses": ["ä@example.org"]})),
        ("without a body", email(Content=simple(body={}))),
        ("without content", email(Content={})),
        ("with two contents", email(Content={**simple(), "Template": {"TemplateName": "t"}})),
        ("of letters without a charset", email(Content=simple({"Data": "Grüße"}))),
        ("with a subject of two lines", email(Content=simple(part("a\r\nBcc: b@example.org")))),
        ("with a header of two lines", email(Content=simple(Headers=[{"Name": "X", "Value": "a\nb"}]))),
        ("with a tag of two words", email(EmailTags=[{"Name": "a", "Value": "b c"}])),
    ):
        report.refuses(f"sesv2 an e-mail {words}", "BadRequestException", lambda mail=mail: ses.send_email(**mail), status=400)
    for words, mail in (
        ("by a template", email(Content={"Template": {"TemplateName": "t", "TemplateData": "{}"}})),
        ("raw", email(Content={"Raw": {"Data": b"Subject: s\r\n\r\nt"}})),
        ("with an attachment", email(Content=simple(Attachments=[{"RawContent": b"a", "FileName": "a.txt"}]))),
        ("in a configuration set", email(ConfigurationSetName="c")),
    ):
        report.refuses(f"sesv2 an e-mail {words}", "NotImplementedByLocalAws", lambda mail=mail: ses.send_email(**mail))
    with report.check("sesv2 nothing that was refused is in the outbox"):
        same(kept(clients, "outbox", before), [], "the outbox")


def suppression(report, clients):
    ses = clients.of("sesv2")
    with report.check("sesv2 who is suppressed gets nothing"):
        ses.put_suppressed_destination(EmailAddress="bounced@Example.org", Reason="BOUNCE")
        ses.put_suppressed_destination(EmailAddress="angry@example.org", Reason="COMPLAINT")
        held, sent = len(kept(clients, "undelivered")), len(kept(clients, "outbox"))
        ses.send_email(**email(Destination={"ToAddresses": ["bounced@example.org"]}))
        same([mail["suppressed"] for mail in kept(clients, "undelivered", held)], [["bounced@example.org"]], "what went to nobody")
        ses.send_email(**email(Destination={"ToAddresses": [TO, "angry@example.org"]}))
        (mail,) = kept(clients, "outbox", sent)
        same((mail["to"], mail["suppressed"]), ([TO, "angry@example.org"], ["angry@example.org"]), "who gets it")
    with report.check("sesv2 the suppression list is read, filtered and in pages"):
        found = ses.get_suppressed_destination(EmailAddress="bounced@example.org")["SuppressedDestination"]
        same((found["EmailAddress"], found["Reason"]), ("bounced@example.org", "BOUNCE"), "the address")
        listed = lambda **how: [one["EmailAddress"] for one in ses.list_suppressed_destinations(**how)["SuppressedDestinationSummaries"]]
        same(listed(), ["angry@example.org", "bounced@example.org"], "all")
        same(listed(Reasons=["BOUNCE"]), ["bounced@example.org"], "those that bounced")
        same(listed(StartDate=found["LastUpdateTime"], Reasons=["BOUNCE", "COMPLAINT"])[-1], "bounced@example.org", "those since")
        same(listed(EndDate="2026-01-01T00:00:00Z"), [], "those until")
        first = ses.list_suppressed_destinations(PageSize=1)
        same(listed(NextToken=first["NextToken"]), ["bounced@example.org"], "the second page")
        ses.delete_suppressed_destination(EmailAddress="bounced@example.org")
        ses.delete_suppressed_destination(EmailAddress="angry@example.org")
        same(listed(), [], "what is left")
    for words, call in (
        ("reading", lambda: ses.get_suppressed_destination(EmailAddress="no@example.org")),
        ("deleting", lambda: ses.delete_suppressed_destination(EmailAddress="no@example.org")),
    ):
        report.refuses(f"sesv2 {words} who is not suppressed", "NotFoundException", call, says="suppression list", status=404)
    report.refuses(
        "sesv2 suppressing no address", "BadRequestException", lambda: ses.put_suppressed_destination(EmailAddress="x", Reason="BOUNCE"), status=400
    )


def sandbox(report, clients):
    ses = clients.of("sesv2")
    try:
        with report.check("sesv2 in the sandbox only who is verified gets mail"):
            control(clients, "ses/account", {"sandbox": True})
            account = ses.get_account()
            same((account["ProductionAccessEnabled"], account["SendQuota"]["Max24HourSend"]), (False, 200.0), "the account")
            before = len(kept(clients, "outbox"))
            ses.send_email(**email(Destination={"ToAddresses": ["x@example.net", "success@simulator.amazonses.com"]}))
            same(len(kept(clients, "outbox", before)), 1, "what was sent")
        report.refuses(
            "sesv2 in the sandbox an e-mail to a stranger", "MessageRejected", lambda: ses.send_email(**email()),
            says=f"in region US-EAST-1: {TO}$", status=400,
        )
    finally:
        control(clients, "ses/account", {"sandbox": False})


def rights(report, clients):
    """The resource of an e-mail is the identity that its sender sends as."""
    iam, client = clients.of("iam"), clients.of("lambda")
    name = "foreign-mail"
    with report.check("sesv2 a function has a session to send with"):
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(roles.TRUST))["Role"]["Arn"]
        client.create_function(
            FunctionName=name, Runtime="provided.al2023", Handler="bootstrap", Role=arn, Code={"ZipFile": zipped()}, Timeout=5
        )
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=QUICK)
        wanted = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
        answer = client.invoke(FunctionName=name, Payload=json.dumps({"do": "environment", "names": wanted}).encode())
        session = {key.lower(): value for key, value in json.loads(answer["Payload"].read()).items()}
    as_role = clients.of("sesv2", **session)

    def allow(identity, action="ses:SendEmail"):
        statement = {"Effect": "Allow", "Action": action, "Resource": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{identity}"}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(document))

    send = lambda: as_role.send_email(**email(FromEmailAddress="x@mail.example.net"))
    denied = r"not authorized to perform `ses:SendEmail' on resource `arn:aws:ses:us-east-1:\d+:identity/example.net'"
    report.refuses("sesv2 an e-mail from a function without a policy", "AccessDeniedException", send, says=denied, status=403)
    allow(SENDER)
    report.refuses("sesv2 an e-mail from a function that may send as another", "AccessDeniedException", send, says=denied)
    allow("example.net", "ses:SendRawEmail")
    report.refuses("sesv2 an e-mail from a function that may send raw ones", "AccessDeniedException", send, says=denied)
    with report.check("sesv2 an e-mail from a function that may send it"):
        allow("example.net")
        send()
    report.refuses("sesv2 the account from a function that may send", "AccessDeniedException", as_role.get_account, says="ses:GetAccount")
    client.delete_function(FunctionName=name)
    iam.delete_role_policy(RoleName=name, PolicyName="p")
    iam.delete_role(RoleName=name)


def gone(report, clients):
    ses = clients.of("sesv2")
    with report.check("sesv2 identities are deleted, once"):
        for name in (SENDER, "Example.NET", "late@example.org"):
            ses.delete_email_identity(EmailIdentity=name)
        holds(not ses.list_email_identities()["EmailIdentities"], "there is still one")
    report.refuses("sesv2 deleting what is not there", "NotFoundException", lambda: ses.delete_email_identity(EmailIdentity=SENDER), status=404)
    report.refuses("sesv2 an e-mail from whom was deleted", "MessageRejected", lambda: ses.send_email(**email()), status=400)
