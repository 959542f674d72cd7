"""What belongs to no service alone: keys, Regions, protocols, throttling, faults,
and a function's own rights."""

import json
import urllib.error
import urllib.request

from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from clients import REGION
from report import Wrong, has, holds, same, seen
from services import functions
from services import iam as roles
from services.bootstrap import zipped

QUICK = {"Delay": 1, "MaxAttempts": 20}
SERVICES = ("sts", "iam", "logs", "dynamodb", "lambda", "connect", "cloudformation", "apigatewayv2", "sns", "sqs", "cloudwatch")
FORGED = {"aws_access_key_id": "ASIAAAAAAAAAAAAAAAAA", "aws_secret_access_key": "none", "aws_session_token": "none"}
# What a service answers to a temporary key that nobody issued (AWS docs, "Common errors").
FORGED_CODES = {"query": "InvalidClientTokenId", "json": "UnrecognizedClientException", "rest-json": "UnrecognizedClientException"}
READS = {
    "sts": lambda c: c.get_caller_identity(),
    "iam": lambda c: c.list_roles(),
    "logs": lambda c: c.describe_log_groups(),
    "sns": lambda c: c.list_topics(),
    "sqs": lambda c: c.list_queues(),
    "cloudwatch": lambda c: c.describe_alarms(),
    "dynamodb": lambda c: c.list_tables(),
    "lambda": lambda c: c.list_functions(),
    "connect": lambda c: c.list_instances(),
    "cloudformation": lambda c: c.list_stacks(),
    "apigatewayv2": lambda c: c.get_apis(),
}


def raw(url, method="POST", path="/", headers=None, body=b""):
    """A request without any client between."""
    request = urllib.request.Request(url + path, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def signed(service, region=REGION):
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential=local/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    }


def run(context):
    report, clients = context.report, context.clients
    keys(report, clients)
    protocols(report, clients)
    throttling(report, clients)
    rights(report, clients)


def keys(report, clients):
    for service in SERVICES:
        client = clients.of(service, **FORGED)
        code = FORGED_CODES[client.meta.service_model.resolved_protocol]
        report.refuses(f"{service} with a temporary key that nobody issued", code, lambda: READS[service](client))
    with report.check("a request without a signature is refused"):
        status, _, body = raw(clients.url, headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"}, body=b"{}")
        same(status, 403, "the status")
        holds(b"Missing Authentication Token" in body, f"the body is {body}")
    with report.check("a signature that is none is refused"):
        status, _, body = raw(clients.url, headers={"Authorization": "Bearer x"}, body=b"{}")
        same(status, 400, "the status")
    with report.check("a service that is not there is named"):
        status, _, body = raw(clients.url, headers=signed("kinesis"), body=b"{}")
        same(status, 501, "the status")
        holds(b"kinesis" in body, f"the body is {body}")
    with report.check("another Region is refused by its name"):
        status, _, body = raw(clients.url, headers=signed("cloudformation", "eu-west-1"), body=b"Action=ListStacks&Version=2010-05-15")
        same(status, 501, "the status")
        holds(b"eu-west-1" in body, f"the body is {body}")
    with report.check("IAM and STS are answered whatever Region is signed for"):
        for service, version, action in (("iam", "2010-05-08", "ListRoles"), ("sts", "2011-06-15", "GetCallerIdentity")):
            status, _, body = raw(clients.url, headers=signed(service, "eu-west-1"), body=f"Action={action}&Version={version}".encode())
            same(status, 200, f"{service} ({body[:200]})")


def protocols(report, clients):
    url = clients.url
    with report.check("dynamodb and logs answer what is no JSON with SerializationException"):
        for service, target, version in (("dynamodb", "DynamoDB_20120810.ListTables", "1.0"), ("logs", "Logs_20140328.DescribeLogGroups", "1.1")):
            headers = {**signed(service), "X-Amz-Target": target, "Content-Type": f"application/x-amz-json-{version}"}
            status, _, body = raw(url, headers=headers, body=b"{no")
            same(status, 400, f"the status of {service}")
            holds("SerializationException" in json.loads(body)["__type"], f"the body is {body}")
    with report.check("an operation that a JSON service does not know is UnknownOperationException"):
        for service, target in (("dynamodb", "DynamoDB_20120810.Sing"), ("logs", "Logs_20140328.Sing"), ("dynamodb", "Nothing.ListTables"), ("logs", "")):
            status, _, body = raw(url, headers={**signed(service), "X-Amz-Target": target}, body=b"{}")
            code = json.loads(body)["__type"]
            same((status, code), (400, "UnknownOperationException"), f"{service} {target} ({body})")
    with report.check("a query without an action is MissingAction"):
        for service in ("iam", "cloudformation", "sts"):
            status, _, body = raw(url, headers=signed(service), body=b"Version=2010-05-08")
            same(status, 400, f"the status of {service}")
            holds(b"<Code>MissingAction</Code>" in body, f"the body is {body}")
    with report.check("a path that Lambda and Connect do not have is 404"):
        for service in ("lambda", "connect"):
            status, headers, body = raw(url, "GET", "/no/such/path", headers=signed(service), body=None)
            same(status, 404, f"the status of {service} ({body})")
            has({name.lower() for name in headers}, "x-amzn-errortype x-amzn-requestid", "the headers")
    with report.check("REST services answer what is no JSON with SerializationException"):
        instance = clients.of("connect").list_instances()["InstanceSummaryList"][0]["Id"]
        for service, method, path in (("lambda", "POST", "/2015-03-31/functions"), ("connect", "PUT", f"/contact-flows/{instance}")):
            status, headers, body = raw(url, method, path, headers=signed(service), body=b"{no")
            headers = {name.lower(): value for name, value in headers.items()}
            same((status, headers.get("x-amzn-errortype")), (400, "SerializationException"), f"{service} ({body})")
    with report.check("a presigned request is answered"):
        link = clients.of("sts").generate_presigned_url("get_caller_identity", HttpMethod="GET")
        status, _, body = raw("", "GET", link, body=None)
        same(status, 200, f"the status ({body[:200]})")
        holds(b"<Account>" in body, f"the body is {body}")


def control(clients, name, value):
    status, _, body = raw(clients.url, "PUT", f"/_vanity-deploy/{name}", body=json.dumps(value).encode())
    same(status, 204, f"{name} ({body})")


def throttling(report, clients):
    """Both are answered in the shape that clients know how to retry."""
    connect, cloudformation = clients.of("connect"), clients.of("cloudformation")

    def errors(call, count):
        found = []
        for _ in range(count):
            try:
                call()
            except ClientError as error:
                found.append((error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]))
        return found

    try:
        with report.check("throttling by the documented rates is answered in Connect's words"):
            control(clients, "throttle", True)
            # Far more than two a second, on any machine that serves at all.
            found = errors(lambda: connect.list_instances(), 30)
            same(set(found), {("ThrottlingException", 429)}, "what Connect answers")
    finally:
        control(clients, "throttle", False)
    try:
        with report.check("a fault rule refuses the second call, and only that"):
            control(clients, "faults", [{
                "service": "cloudformation", "operation": "DescribeStacks", "from": 2,
                "effect": {"error": {"status": 503, "code": "ServiceUnavailable", "message": "as wished"}},
            }])
            found = [len(errors(lambda: cloudformation.describe_stacks(), 1)) for _ in range(3)]
            same(found, [0, 1, 0], "the errors of three calls")
            # The code is the rule's, not the model's.
            report.wire.drain()
        with report.check("a fault rule hangs up, and the client sees a closed connection"):
            control(clients, "faults", [{"service": "sts", "operation": "*", "effect": "disconnect"}])
            try:
                clients.of("sts").get_caller_identity()
                raise Wrong("answered")
            except (ConnectionClosedError, EndpointConnectionError):
                pass
    finally:
        control(clients, "faults", [])


def rights(report, clients):
    """A function acts with its role's policies, a caller from outside with the resource's."""
    iam, client, dynamodb, connect = (clients.of(name) for name in ("iam", "lambda", "dynamodb", "connect"))
    name, role = "foreign-rights", "foreign-rights-role"
    with report.check("lambda credentials of a function are a session of its role"):
        arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(roles.TRUST))["Role"]["Arn"]
        client.create_function(
            FunctionName=name, Runtime="provided.al2023", Handler="bootstrap", Role=arn, Code={"ZipFile": zipped()}, Timeout=5
        )
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=QUICK)
        wanted = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
        answer = client.invoke(FunctionName=name, Payload=json.dumps({"do": "environment", "names": wanted}).encode())
        session = {key.lower(): value for key, value in json.loads(answer["Payload"].read()).items()}
        identity = clients.of("sts", **session).get_caller_identity()
        holds(f":assumed-role/{role}/{name}" in identity["Arn"], f"Arn is {identity['Arn']}")
        holds(identity["UserId"].startswith("AROA"), f"UserId is {identity['UserId']}")
    table = {
        "TableName": "foreign-rights", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    table_arn = dynamodb.create_table(**table)["TableDescription"]["TableArn"]
    as_role = clients.of("dynamodb", **session)
    get = lambda: as_role.get_item(TableName="foreign-rights", Key={"id": {"S": "a"}})
    report.refuses("dynamodb a function without a policy", "AccessDeniedException", get, says="not authorized to perform: dynamodb:GetItem", status=400)

    def allow(effect="Allow", **changes):
        statement = {"Effect": effect, "Action": "dynamodb:GetItem", "Resource": table_arn, **changes}
        iam.put_role_policy(RoleName=role, PolicyName=effect, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    with report.check("dynamodb a function with the right policy"):
        allow()
        get()
    report.refuses(
        "dynamodb another operation than the policy's", "AccessDeniedException",
        lambda: as_role.put_item(TableName="foreign-rights", Item={"id": {"S": "a"}}), says="dynamodb:PutItem",
    )
    report.refuses("dynamodb a table that is not the policy's", "AccessDeniedException", lambda: as_role.get_item(TableName="other", Key={"id": {"S": "a"}}))
    allow("Deny")
    report.refuses("dynamodb an allowed operation that is denied too", "AccessDeniedException", get, says="explicit deny")
    # CloudFormation for a role is not implemented, and says so.
    for service in ("iam", "logs", "lambda", "connect", "apigatewayv2"):
        protocol = clients.of(service).meta.service_model.resolved_protocol
        code = "AccessDenied" if protocol == "query" else "AccessDeniedException"
        report.refuses(f"{service} from a function without the right", code, lambda: READS[service](clients.of(service, **session)))
    with report.check("connect invokes only what is associated and permitted"):
        instance = connect.list_instances()["InstanceSummaryList"][0]
        function_arn = functions.ARN.replace(functions.NAME, name)
        invoke = lambda: raw(
            clients.url, "POST", "/_vanity-deploy/connect/invoke",
            body=json.dumps({"instance_arn": instance["Arn"], "function_arn": function_arn, "payload": {"a": 1}}).encode(),
        )
        same(invoke()[0], 403, "the status without an association")
        connect.associate_lambda_function(InstanceId=instance["Id"], FunctionArn=function_arn)
        status, _, body = invoke()
        same(status, 200, f"the status ({body})")
        same(json.loads(body)["payload"], {"version": 1, "event": {"a": 1}}, "the payload")
        client.remove_permission(FunctionName=name, StatementId=f"connect-{instance['Id']}")
        same(invoke()[0], 403, "the status without a permission")
        connect.disassociate_lambda_function(InstanceId=instance["Id"], FunctionArn=function_arn)
    client.delete_function(FunctionName=name)
    dynamodb.delete_table(TableName="foreign-rights")
    for policy in ("Allow", "Deny"):
        iam.delete_role_policy(RoleName=role, PolicyName=policy)
    iam.delete_role(RoleName=role)
