"""Secrets Manager: secrets, versions, deletion."""

import json

from report import has, holds, same

NAME = "foreign/secret"


def run(context):
    report, clients = context.report, context.clients
    secrets = clients.of("secretsmanager")
    with report.check("secretsmanager CreateSecret, GetSecretValue by name, ARN and part of the ARN"):
        created = secrets.create_secret(
            Name=NAME,
            Description="Tried by foreign clients",
            SecretString=json.dumps({"user": "one"}),
            Tags=[{"Key": "purpose", "Value": "check"}],
        )
        has(created, "ARN Name VersionId", "the answer")
        for known in (NAME, created["ARN"], created["ARN"][:-7]):
            value = secrets.get_secret_value(SecretId=known)
            same(json.loads(value["SecretString"]), {"user": "one"}, "SecretString")
            same(value["VersionStages"], ["AWSCURRENT"], "VersionStages")
            has(value, "ARN Name VersionId CreatedDate", "the value")
    with report.check("secretsmanager PutSecretValue keeps the version before as AWSPREVIOUS"):
        put = secrets.put_secret_value(SecretId=NAME, SecretString="two")
        same(secrets.get_secret_value(SecretId=NAME)["SecretString"], "two", "the current version")
        before = secrets.get_secret_value(SecretId=NAME, VersionStage="AWSPREVIOUS")
        same(before["VersionId"], created["VersionId"], "the version before")
        by_id = secrets.get_secret_value(SecretId=NAME, VersionId=put["VersionId"])
        same(by_id["SecretString"], "two", "by its id")
        described = secrets.describe_secret(SecretId=NAME)
        has(described, "ARN Name Description Tags VersionIdsToStages CreatedDate LastChangedDate", "the secret")
        same(len(described["VersionIdsToStages"]), 2, "the count of versions")
    with report.check("secretsmanager the aws CLI reads it"):
        answer = clients.cli_json(
            "secretsmanager", "get-secret-value", "--secret-id", NAME, "--query", "SecretString"
        )
        same(answer, "two", "the value")
    report.refuses(
        "secretsmanager the same name twice",
        "ResourceExistsException",
        lambda: secrets.create_secret(Name=NAME, SecretString="x"),
        says="already exists",
        status=400,
    )
    report.refuses(
        "secretsmanager another value for the same token",
        "ResourceExistsException",
        lambda: secrets.put_secret_value(
            SecretId=NAME, SecretString="three", ClientRequestToken=put["VersionId"]
        ),
    )
    report.refuses(
        "secretsmanager a secret that is not there",
        "ResourceNotFoundException",
        lambda: secrets.get_secret_value(SecretId="foreign/none"),
        says="can't find the specified secret",
    )
    report.refuses(
        "secretsmanager a value that is none",
        "InvalidParameterException",
        lambda: secrets.put_secret_value(SecretId=NAME),
    )
    report.refuses(
        "secretsmanager a window and force",
        "InvalidParameterException",
        lambda: secrets.delete_secret(
            SecretId=NAME, RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True
        ),
    )
    report.refuses(
        "secretsmanager a window of three days",
        "InvalidParameterException",
        lambda: secrets.delete_secret(SecretId=NAME, RecoveryWindowInDays=3),
    )
    with report.check("secretsmanager DeleteSecret marks, and what is marked is not read"):
        deleted = secrets.delete_secret(SecretId=NAME, RecoveryWindowInDays=7)
        has(deleted, "ARN Name DeletionDate", "the answer")
        holds("DeletedDate" in secrets.describe_secret(SecretId=NAME), "it is not marked")
    report.refuses(
        "secretsmanager reading what is marked",
        "InvalidRequestException",
        lambda: secrets.get_secret_value(SecretId=NAME),
        says="marked for deletion",
    )
    report.refuses(
        "secretsmanager the name of what is marked",
        "InvalidRequestException",
        lambda: secrets.create_secret(Name=NAME, SecretString="x"),
        says="scheduled for deletion",
    )
