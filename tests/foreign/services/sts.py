"""STS: who the callers are."""

from botocore.exceptions import ClientError

from clients import ACCOUNT
from report import has, holds, same, seen


def run(context):
    report, clients = context.report, context.clients
    sts = clients.of("sts")
    with report.check("sts GetCallerIdentity tells the account, a user id and an ARN"):
        identity = sts.get_caller_identity()
        has(identity, "Account Arn UserId", "the identity")
        same(identity["Account"], ACCOUNT, "Account")
        holds(f"::{ACCOUNT}:" in identity["Arn"], f"Arn is {identity['Arn']}")
    with report.check("sts GetCallerIdentity by the aws CLI"):
        same(clients.cli_json("sts", "get-caller-identity")["Account"], ACCOUNT, "Account")
    report.refuses(
        "sts a temporary key that nobody issued",
        "InvalidClientTokenId",
        lambda: clients.of(
            "sts", aws_access_key_id="ASIAAAAAAAAAAAAAAAAA", aws_secret_access_key="none", aws_session_token="none"
        ).get_caller_identity(),
        status=403,
    )
    with report.check("sts an operation that is not implemented says so"):
        try:
            sts.get_access_key_info(AccessKeyId="AKIAAAAAAAAAAAAAAAAA")
        except ClientError as error:
            same(error.response["Error"]["Code"], "NotImplementedByLocalAws", seen(error))
            holds("GetAccessKeyInfo" in str(error), f"it is not named: {error}")
        else:
            raise AssertionError("answered")
