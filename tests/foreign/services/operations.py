"""Operations that are not there: what AWS has is refused by its name, what it has not as AWS does."""

import re
import urllib.parse

from botocore.exceptions import ClientError

from report import Wrong, holds, same, seen
from services.edges import raw, signed
from wire import NOT_IMPLEMENTED

SERVICES = (
    "apigateway", "apigatewayv2", "cloudformation", "cloudwatch", "connect", "dynamodb", "dynamodbstreams", "iam",
    "lambda", "logs", "pipes", "s3", "secretsmanager", "sesv2", "sns", "sqs", "ssm", "sts",
)
# Nothing of these is absent.
WHOLE = ("dynamodbstreams", "pipes")
# The targets of the JSON services, and the actions of the query services, by their model.
UNKNOWN = {"json": (400, b"UnknownOperationException"), "query": (400, b"InvalidAction"), "rest-json": (404, b"")}


def run(context):
    report, clients = context.report, context.clients
    for service in SERVICES:
        client = clients.of(service, raw=True)
        with report.check(f"{service} names every operation that it does not implement"):
            found, wrong = 0, []
            for python, name in sorted(client.meta.method_to_api_mapping.items()):
                operation = client.meta.service_model.operation_model(name)
                if (service, name) in clients.recorded or elsewhere(service, operation):
                    continue
                told = ask(client, python, operation)
                if told == name:
                    found += 1
                elif told is not None:
                    wrong.append(f"{name}: {told}")
            report.wire.drain()
            if wrong:
                raise Wrong("\n".join(wrong))
            holds(found or service in WHOLE, "nothing is not implemented: this check sees nothing")
        if service != "s3":
            with report.check(f"{service} does not know what AWS does not have"):
                unknown(clients, service, client.meta.service_model)


def elsewhere(service, operation):
    """What never comes here: without a signature, or to a host of its own."""
    unsigned = operation.auth_type in ("none", "bearer")
    hosted = operation.endpoint is not None and "hostPrefix" in operation.endpoint and service == "s3"
    return operation.has_event_stream_output or unsigned or hosted


def ask(client, python, operation):
    """The operation's name when it is refused by it, `None` when it is another answer of AWS, or what is wrong."""
    params = {} if operation.input_shape is None else least(operation.input_shape)
    try:
        getattr(client, python)(**params)
    except ClientError as error:
        code, message = (error.response["Error"].get(member, "") for member in ("Code", "Message"))
        if code == NOT_IMPLEMENTED:
            # S3's deprecated operations look like those that came after them.
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            named = re.search(rf"\b{operation.name}(Configuration)?\b", message)
            return operation.name if named and status == 501 else f"not named: {seen(error)}"
        return seen(error) if "UnknownOperation" in code or "InvalidAction" in code else None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def unknown(clients, service, model):
    protocol = "json" if service == "cloudwatch" else model.resolved_protocol
    status, expected = UNKNOWN[protocol]
    method, path, headers, body = "POST", "/", signed(model.signing_name), b"{}"
    if protocol == "query":
        body = urllib.parse.urlencode({"Action": "Sing", "Version": model.api_version}).encode()
    elif protocol == "json":
        headers["X-Amz-Target"] = f"{model.metadata.get('targetPrefix', 'GraniteServiceVersion20100801')}.Sing"
    else:
        method, path = "PATCH", "/v2/sing" if service == "apigatewayv2" else "/sing"
    found, told, answer = raw(clients.url, method, path, headers=headers, body=body)
    same(found, status, f"the status ({answer})")
    told = {name.lower(): value for name, value in told.items()}
    holds(expected in answer and (expected or told.get("x-amzn-errortype") == "UnknownOperationException"), f"the answer is {answer}")


def least(shape, depth=0):
    """The least that the model wants of a shape."""
    kind = shape.type_name
    if kind == "structure":
        return {name: least(shape.members[name], depth + 1) for name in shape.required_members} if depth < 6 else {}
    if kind == "list":
        return [least(shape.member, depth + 1)] * max(1, shape.metadata.get("min", 0))
    if kind == "map":
        return {}
    if kind == "string":
        return shape.enum[0] if shape.enum else "a" * max(8, shape.metadata.get("min", 0))
    return {"boolean": False, "blob": b"a", "timestamp": "2026-01-01T00:00:00Z", "float": 1.0, "double": 1.0}.get(kind, max(1, shape.metadata.get("min", 1)))
