"""Lambda: functions, versions, aliases, policies, invocations."""

import base64
import hashlib
import json

from clients import ACCOUNT, REGION
from report import Wrong, has, holds, same
from services import function_urls
from services import iam as roles
from services.bootstrap import log_tail, zipped

NAME = "foreign-function"
ROLE = "foreign-function-role"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}"
QUICK = {"Delay": 1, "MaxAttempts": 20}


def run(context):
    report, clients = context.report, context.clients
    client, iam = clients.of("lambda"), clients.of("iam")
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(roles.TRUST))["Role"]["Arn"]
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=roles.BASIC)
    first, second = zipped(1), zipped(2)

    def definition(**changes):
        return {
            "FunctionName": NAME,
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Role": role,
            "Code": {"ZipFile": first},
            "Description": "Tried by foreign clients",
            "Timeout": 2,
            "MemorySize": 256,
            "Environment": {"Variables": {"GREETING": "hello"}},
            "Architectures": ["x86_64"],
            "Tags": {"purpose": "check"},
            **changes,
        }

    def invoke(payload, **params):
        return client.invoke(FunctionName=NAME, Payload=json.dumps(payload).encode(), **params)

    with report.check("lambda CreateFunction answers the configuration"):
        created = client.create_function(**definition())
        has(
            created,
            "FunctionName FunctionArn Runtime Role Handler CodeSize Description Timeout MemorySize LastModified "
            "CodeSha256 Version Environment TracingConfig RevisionId State PackageType Architectures "
            "EphemeralStorage SnapStart LoggingConfig",
            "the configuration",
        )
        same(created["FunctionArn"], ARN, "FunctionArn")
        same(created["CodeSize"], len(first), "CodeSize")
        same(created["CodeSha256"], base64.b64encode(hashlib.sha256(first).digest()).decode(), "CodeSha256")
        same(created["Version"], "$LATEST", "Version")
    for waiter in ("function_active_v2", "function_updated_v2", "function_exists"):
        with report.check(f"lambda the {waiter} waiter"):
            client.get_waiter(waiter).wait(FunctionName=NAME, WaiterConfig=QUICK)
    with report.check("lambda GetFunction answers code, tags and configuration"):
        function = client.get_function(FunctionName=NAME)
        has(function, "Configuration Code Tags", "the function")
        has(function["Code"], "RepositoryType", "the code")
        same(function["Tags"], {"purpose": "check"}, "Tags")
        same(function["Configuration"]["State"], "Active", "State")
        same(function["Configuration"]["LastUpdateStatus"], "Successful", "LastUpdateStatus")
    with report.check("lambda a function is named by name, partial ARN and ARN"):
        for name in (NAME, f"{ACCOUNT}:function:{NAME}", ARN):
            same(client.get_function_configuration(FunctionName=name)["FunctionArn"], ARN, "FunctionArn")
    with report.check("lambda Invoke runs the code and answers its payload"):
        answer = invoke({"number": 1}, LogType="Tail")
        same(answer["StatusCode"], 200, "StatusCode")
        same(answer["ExecutedVersion"], "$LATEST", "ExecutedVersion")
        same(json.loads(answer["Payload"].read()), {"version": 1, "event": {"number": 1}}, "the payload")
        tail = log_tail(answer)
        holds("START RequestId" in tail and "REPORT RequestId" in tail, f"the log is {tail!r}")
        holds("FunctionError" not in answer, "an error is told")
    with report.check("lambda the environment has what was given and what AWS sets"):
        names = "GREETING AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_REGION _HANDLER AWS_ACCESS_KEY_ID AWS_SESSION_TOKEN LAMBDA_TASK_ROOT AWS_LAMBDA_LOG_GROUP_NAME"
        answer = json.loads(invoke({"do": "environment", "names": names.split()})["Payload"].read())
        same([name for name, value in answer.items() if not value], [], "what is not set")
        same(answer["GREETING"], "hello", "GREETING")
        same(answer["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "256", "the memory")
        same(answer["AWS_LAMBDA_LOG_GROUP_NAME"], f"/aws/lambda/{NAME}", "the log group")
    with report.check("lambda the runtime is told deadline and ARN"):
        answer = json.loads(invoke({"do": "context"})["Payload"].read())
        headers = {name.lower(): value for name, value in answer.items()}
        has(
            headers,
            "lambda-runtime-aws-request-id lambda-runtime-deadline-ms lambda-runtime-invoked-function-arn lambda-runtime-trace-id",
            "the headers",
        )
        same(headers["lambda-runtime-invoked-function-arn"], ARN, "the ARN")
    with report.check("lambda a function that fails answers 200 with FunctionError"):
        answer = invoke({"do": "fail"})
        same(answer["FunctionError"], "Unhandled", "FunctionError")
        same(answer["StatusCode"], 200, "StatusCode")
        same(json.loads(answer["Payload"].read())["errorMessage"], "as wished", "errorMessage")
    with report.check("lambda a function that exits is Runtime.ExitError"):
        answer = invoke({"do": "crash"})
        same(answer["FunctionError"], "Unhandled", "FunctionError")
        same(json.loads(answer["Payload"].read())["errorType"], "Runtime.ExitError", "errorType")
    with report.check("lambda a function that is too slow times out"):
        answer = invoke({"do": "sleep"})
        same(answer["FunctionError"], "Unhandled", "FunctionError")
        message = json.loads(answer["Payload"].read())
        holds("Task timed out after 2.00 seconds" in message["errorMessage"], f"it says {message}")
    with report.check("lambda an event and a dry run"):
        same(invoke({}, InvocationType="Event")["StatusCode"], 202, "StatusCode of an event")
        same(invoke({}, InvocationType="DryRun")["StatusCode"], 204, "StatusCode of a dry run")
    with report.check("lambda Invoke by the aws CLI"):
        out = clients.cli_json("lambda", "invoke", "--function-name", NAME, "--payload", '{"a":1}', "answer.json")
        same(out["StatusCode"], 200, "StatusCode")
    with report.check("lambda UpdateFunctionConfiguration and its waiter"):
        updated = client.update_function_configuration(
            FunctionName=NAME, Timeout=3, Environment={"Variables": {"GREETING": "good day"}}, Description="changed",
            Role=role, Handler="bootstrap", MemorySize=512, Runtime="provided.al2023", EphemeralStorage={"Size": 512},
            TracingConfig={"Mode": "PassThrough"}, RevisionId=client.get_function_configuration(FunctionName=NAME)["RevisionId"],
        )
        same(updated["Timeout"], 3, "Timeout")
        client.get_waiter("function_updated").wait(FunctionName=NAME, WaiterConfig=QUICK)
        same(client.get_function_configuration(FunctionName=NAME)["Description"], "changed", "Description")
        answer = json.loads(invoke({"do": "environment", "names": ["GREETING"]})["Payload"].read())
        same(answer, {"GREETING": "good day"}, "the environment")
    with report.check("lambda PublishVersion once, again of the same code the same"):
        one = client.publish_version(FunctionName=NAME, Description="first")
        same(one["Version"], "1", "Version")
        same(one["FunctionArn"], f"{ARN}:1", "FunctionArn")
        client.get_waiter("published_version_active").wait(FunctionName=NAME, Qualifier="1", WaiterConfig=QUICK)
        same(client.publish_version(FunctionName=NAME, Description="first")["Version"], "1", "Version")
    with report.check("lambda PublishVersion of the code and revision that are meant"):
        now = client.get_function_configuration(FunctionName=NAME)
        same(client.publish_version(FunctionName=NAME, CodeSha256=now["CodeSha256"], RevisionId=now["RevisionId"])["Version"], "1", "Version")
    with report.check("lambda aliases name versions, and invocations go there"):
        alias = client.create_alias(FunctionName=NAME, Name="live", FunctionVersion="1", Description="what Connect invokes")
        has(alias, "AliasArn Name FunctionVersion Description RevisionId", "the alias")
        same(alias["AliasArn"], f"{ARN}:live", "AliasArn")
        client.update_function_code(FunctionName=NAME, ZipFile=second)
        client.get_waiter("function_updated_v2").wait(FunctionName=NAME, WaiterConfig=QUICK)
        answer = invoke({}, Qualifier="live")
        same(answer["ExecutedVersion"], "1", "ExecutedVersion")
        same(json.loads(answer["Payload"].read())["version"], 1, "the code behind the alias")
        same(json.loads(invoke({})["Payload"].read())["version"], 2, "the newest code")
        two = client.publish_version(FunctionName=NAME)
        moved = client.update_alias(FunctionName=NAME, Name="live", FunctionVersion=two["Version"])
        client.update_alias(FunctionName=NAME, Name="live", Description="moved", RevisionId=moved["RevisionId"])
        holds(moved["RevisionId"] != alias["RevisionId"], "the RevisionId of the alias stays")
        same(client.get_alias(FunctionName=NAME, Name="live")["FunctionVersion"], "2", "FunctionVersion")
        same(json.loads(invoke({}, Qualifier="live")["Payload"].read())["version"], 2, "the code behind the alias")
    with report.check("lambda UpdateFunctionCode with DryRun and Publish"):
        revision = client.get_function_configuration(FunctionName=NAME)["RevisionId"]
        client.update_function_code(FunctionName=NAME, ZipFile=zipped(3), DryRun=True)
        same(client.get_function_configuration(FunctionName=NAME)["RevisionId"], revision, "RevisionId after a dry run")
        same(client.update_function_code(FunctionName=NAME, ZipFile=zipped(3), Publish=True)["Version"], "3", "Version")
    with report.check("lambda the paginators of functions, versions and aliases"):
        versions = [
            v["Version"]
            for page in client.get_paginator("list_versions_by_function").paginate(FunctionName=NAME, PaginationConfig={"PageSize": 1})
            for v in page["Versions"]
        ]
        same(versions, ["$LATEST", "1", "2", "3"], "versions")
        aliases = client.get_paginator("list_aliases").paginate(FunctionName=NAME).build_full_result()["Aliases"]
        same([a["Name"] for a in aliases], ["live"], "aliases")
        same(client.list_aliases(FunctionName=NAME, FunctionVersion="2", MaxItems=1)["Aliases"][0]["Name"], "live", "the alias of version 2")
        same(client.list_aliases(FunctionName=NAME, FunctionVersion="1")["Aliases"], [], "the aliases of version 1")
        functions = client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1}).build_full_result()
        holds(NAME in [f["FunctionName"] for f in functions["Functions"]], "the function is not listed")
    with report.check("lambda permissions are statements of the policy of the alias"):
        instance = f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/11111111-2222-3333-4444-555555555555"
        statement = json.loads(
            client.add_permission(
                FunctionName=NAME, Qualifier="live", StatementId="connect", Action="lambda:InvokeFunction",
                Principal="connect.amazonaws.com", SourceArn=instance, SourceAccount=ACCOUNT,
            )["Statement"]
        )
        same(
            statement,
            {
                "Sid": "connect",
                "Effect": "Allow",
                "Principal": {"Service": "connect.amazonaws.com"},
                "Action": "lambda:InvokeFunction",
                "Resource": f"{ARN}:live",
                "Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT}, "ArnLike": {"AWS:SourceArn": instance}},
            },
            "the statement",
        )
        policy = client.get_policy(FunctionName=NAME, Qualifier="live")
        has(policy, "Policy RevisionId", "the policy")
        document = json.loads(policy["Policy"])
        same((document["Version"], document["Id"], document["Statement"]), ("2012-10-17", "default", [statement]), "the policy")
    with report.check("lambda a permission conditional on the revision of the policy"):
        revision = client.get_policy(FunctionName=NAME, Qualifier="live")["RevisionId"]
        client.add_permission(
            FunctionName=NAME, Qualifier="live", StatementId="conditional", Action="lambda:InvokeFunction",
            Principal="connect.amazonaws.com", RevisionId=revision,
        )
        revision = client.get_policy(FunctionName=NAME, Qualifier="live")["RevisionId"]
        client.remove_permission(FunctionName=NAME, Qualifier="live", StatementId="conditional", RevisionId=revision)
    with report.check("lambda reserved concurrency is put, read and removed"):
        same(client.put_function_concurrency(FunctionName=NAME, ReservedConcurrentExecutions=5)["ReservedConcurrentExecutions"], 5, "the concurrency")
        same(client.get_function_concurrency(FunctionName=NAME)["ReservedConcurrentExecutions"], 5, "the concurrency")
        client.delete_function_concurrency(FunctionName=NAME)
        holds("ReservedConcurrentExecutions" not in client.get_function_concurrency(FunctionName=NAME), "it is still reserved")
    with report.check("lambda tags by the ARN of the function"):
        client.tag_resource(Resource=ARN, Tags={"a": "1"})
        same(client.list_tags(Resource=ARN)["Tags"], {"a": "1", "purpose": "check"}, "Tags")
        client.untag_resource(Resource=ARN, TagKeys=["a"])
        same(client.list_tags(Resource=ARN)["Tags"], {"purpose": "check"}, "Tags")
    with report.check("lambda the log of an invocation is in its group"):
        found = clients.of("logs").filter_log_events(logGroupName=f"/aws/lambda/{NAME}", filterPattern='"asked for fail"')
        holds(found["events"], "the function's own words are not there")

    refusals(report, client, definition, invoke, role)
    function_urls.run(context, NAME)

    with report.check("lambda RemovePermission, then no policy is left"):
        client.remove_permission(FunctionName=NAME, Qualifier="live", StatementId="connect")
    report.refuses(
        "lambda GetPolicy of a function without one", "ResourceNotFoundException",
        lambda: client.get_policy(FunctionName=NAME, Qualifier="live"), status=404,
    )


def finish(context):
    """Takes the function down, after Connect and API Gateway used it."""
    report, client = context.report, context.clients.of("lambda")
    with report.check("lambda DeleteAlias and DeleteFunction, then it is gone"):
        client.delete_alias(FunctionName=NAME, Name="live")
        client.delete_function(FunctionName=NAME)
    report.refuses(
        "lambda GetFunction of a deleted function", "ResourceNotFoundException",
        lambda: client.get_function(FunctionName=NAME), status=404,
    )


def refusals(report, client, definition, invoke, role):
    refuses, invalid, absent, conflict = (
        report.refuses, "InvalidParameterValueException", "ResourceNotFoundException", "ResourceConflictException",
    )

    def create(**changes):
        return lambda: client.create_function(**definition(FunctionName="foreign-wrong", **changes))

    refuses("lambda a function that is there already", conflict, lambda: client.create_function(**definition()), says="already exist", status=409)
    refuses("lambda a role that is not there", invalid, create(Role=f"arn:aws:iam::{ACCOUNT}:role/absent"), says="cannot be assumed by Lambda", status=400)
    refuses("lambda a zip that is none", invalid, create(Code={"ZipFile": b"no zip"}), says="unzip", status=400)
    refuses("lambda a reserved environment variable", invalid, create(Environment={"Variables": {"AWS_REGION": "x"}}), says="AWS_REGION")
    refuses("lambda more than 4 KB of environment", invalid, create(Environment={"Variables": {"LONG": "x" * 4096}}), says="4096|4KB|4 KB")
    refuses("lambda no code", invalid, create(Code={}))
    refuses("lambda GetFunction of nothing", absent, lambda: client.get_function(FunctionName="absent"), status=404, says=f"Function not found: arn:aws:lambda:{REGION}:{ACCOUNT}:function:absent")
    refuses("lambda Invoke of nothing", absent, lambda: client.invoke(FunctionName="absent"), status=404)
    refuses("lambda Invoke of no such alias", absent, lambda: client.invoke(FunctionName=NAME, Qualifier="absent"), status=404)
    refuses("lambda Invoke with what is no JSON", "InvalidRequestContentException", lambda: client.invoke(FunctionName=NAME, Payload=b"{no"), status=400)
    refuses("lambda Invoke with more than 6 MB", "RequestTooLargeException", lambda: invoke({"a": "x" * 6_300_000}), status=413)
    refuses("lambda UpdateFunctionCode of nothing", absent, lambda: client.update_function_code(FunctionName="absent", ZipFile=zipped()), status=404)
    stale = "00000000-0000-0000-0000-000000000000"
    failed = "PreconditionFailedException"
    refuses("lambda a stale RevisionId of the code", failed, lambda: client.update_function_code(FunctionName=NAME, ZipFile=zipped(), RevisionId=stale), status=412)
    refuses("lambda a stale RevisionId of the configuration", failed, lambda: client.update_function_configuration(FunctionName=NAME, Timeout=4, RevisionId=stale), status=412)
    refuses("lambda a stale RevisionId of the alias", failed, lambda: client.update_alias(FunctionName=NAME, Name="live", FunctionVersion="1", RevisionId=stale), status=412)
    refuses("lambda a stale RevisionId of the version", failed, lambda: client.publish_version(FunctionName=NAME, RevisionId=stale), status=412)
    refuses("lambda a version of other code", invalid, lambda: client.publish_version(FunctionName=NAME, CodeSha256="x" * 43 + "="), status=400)
    refuses("lambda an alias that is there already", conflict, lambda: client.create_alias(FunctionName=NAME, Name="live", FunctionVersion="1"), status=409)
    refuses("lambda an alias of no version", absent, lambda: client.create_alias(FunctionName=NAME, Name="other", FunctionVersion="99"), status=404)
    refuses("lambda GetAlias of nothing", absent, lambda: client.get_alias(FunctionName=NAME, Name="absent"), status=404)

    def permit(**changes):
        given = {
            "FunctionName": NAME, "Qualifier": "live", "StatementId": "other",
            "Action": "lambda:InvokeFunction", "Principal": "connect.amazonaws.com", **changes,
        }
        return lambda: client.add_permission(**given)

    refuses("lambda a duplicate statement id", conflict, permit(StatementId="connect"), status=409, says="already exist")
    refuses("lambda a permission on a missing function", absent, permit(FunctionName="absent"), status=404)
    refuses("lambda a permission on a missing alias", absent, permit(Qualifier="absent"), status=404)
    refuses("lambda a permission for a principal that is none", invalid, permit(Principal="nobody"), status=400)
    refuses("lambda a stale RevisionId of the policy", failed, permit(RevisionId=stale), status=412)
    refuses("lambda RemovePermission of no such statement", absent, lambda: client.remove_permission(FunctionName=NAME, Qualifier="live", StatementId="absent"), status=404)
    refuses("lambda DeleteFunction of nothing", absent, lambda: client.delete_function(FunctionName="absent"), status=404)
    refuses("lambda DeleteFunction of a version that an alias names", conflict, lambda: client.delete_function(FunctionName=NAME, Qualifier="2"), status=409)
    refuses("lambda a tag of AWS's own", invalid, lambda: client.tag_resource(Resource=ARN, Tags={"aws:x": "1"}))
    with report.check("lambda a function without an executable bootstrap fails to start, not to be made"):
        client.create_function(**definition(FunctionName="foreign-broken", Code={"ZipFile": zipped(name="other")}))
        client.get_waiter("function_active_v2").wait(FunctionName="foreign-broken", WaiterConfig=QUICK)
        answer = client.invoke(FunctionName="foreign-broken", Payload=b"{}")
        kind = json.loads(answer["Payload"].read()).get("errorType")
        client.delete_function(FunctionName="foreign-broken")
        if kind != "Runtime.InvalidEntrypoint":
            raise Wrong(f"errorType is {kind}")
