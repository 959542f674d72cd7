"""Wrong inputs made from the service model: every request that was accepted is
sent again, each time with one thing that the model forbids, and must be refused
as invalid, whatever else could be said about it: AWS checks a request against
its model before it looks at its state."""

import copy
import json

from botocore.exceptions import ClientError, FlexibleChecksumError

from report import seen
from wire import NOT_IMPLEMENTED, matches

# What a service answers to a request that is not of its model.
INVALID = {
    "apigateway": {"BadRequestException"},
    "apigatewayv2": {"BadRequestException"},
    "cloudformation": {"ValidationError", "MissingParameter"},
    "connect": {"InvalidParameterException", "InvalidRequestException"},
    "dynamodb": {"ValidationException"},
    "dynamodbstreams": {"ValidationException"},
    "iam": {"ValidationError", "InvalidInput", "MalformedPolicyDocument"},
    "lambda": {
        "InvalidParameterValueException",
        "InvalidRequestContentException",
        "ValidationException",
    },
    "logs": {"InvalidParameterException"},
    "pipes": {"ValidationException"},
    "scheduler": {"ValidationException"},
    "secretsmanager": {"InvalidParameterException", "ValidationException"},
    "sesv2": {"BadRequestException"},
    "ssm": {"ValidationException"},
    "s3": {
        "400",  # all that HEAD says
        "AccessControlListNotSupported",
        "IllegalLocationConstraintException",
        "IllegalVersioningConfigurationException",
        "InvalidArgument",
        "InvalidBucketOwnerAWSAccountID",
        "InvalidRequest",
        "InvalidStorageClass",
        "InvalidTag",
        "MalformedPolicy",
        "MalformedXML",
    },
    "cloudwatch": {"ValidationError"},
    "sns": {"InvalidParameter", "ParameterValueInvalid", "ValidationError"},
    "sqs": {
        "InvalidAttributeName",
        "InvalidAttributeValue",
        "InvalidParameterValue",
        "MissingParameter",
    },
    "sts": {"ValidationError"},
}

LARGEST = 1_100_000
# AWS passes over a member it does not know; this emulation says that it has none.
UNKNOWN = "with an unknown member"
# What cannot be read is refused before the model's constraints are looked at.
WRONG_TYPE = "of the wrong type"


def run(report, clients, service):
    """One check per operation that was accepted from this service's client."""
    for (owner, operation), requests in sorted(clients.recorded.items()):
        if owner == service:
            check_operation(report, clients, service, operation, requests)


def check_operation(report, clients, service, operation, requests):
    client = clients.of(service, raw=True)
    model = client.meta.service_model.operation_model(operation)
    if model.input_shape is None:
        return
    method = next(
        python for python, name in client.meta.method_to_api_mapping.items() if name == operation
    )
    findings, tried = [], set()
    report.wire.drain()
    for params in requests:
        calls = [
            (words, lambda wrong=wrong: getattr(client, method)(**wrong))
            for words, wrong in of_model(model.input_shape, params)
        ]
        calls += [
            (words, lambda change=change, params=params: with_body(client, operation, method, params, change))
            for words, change in of_body(model, params)
        ]
        for words, call in calls:
            if words not in tried:
                tried.add(words)
                findings += judged(service, words, call)
    findings += dict.fromkeys(report.wire.drain())
    if not tried:
        return
    name = f"{service} {operation} refuses {len(tried)} inputs that its model forbids"
    if findings:
        report.fails(name, findings)
    else:
        report.passes(name)


def judged(service, words, call):
    try:
        call()
    except ClientError as error:
        code = error.response["Error"].get("Code")
        expected = {NOT_IMPLEMENTED} if words == UNKNOWN else INVALID[service]
        if WRONG_TYPE in words:
            expected = expected | {"SerializationException"}
        if code in expected:
            return []
        return [f"{words}: {seen(error)}"]
    except FlexibleChecksumError:  # the client cannot compute what does not exist
        return []
    except Exception as error:  # the serializer cannot even write it, or the server hung up
        return [f"{words}: {type(error).__name__}: {error}"]
    return [f"{words}: accepted"]


def of_model(shape, params):
    """Pairs of words and a request with one violation."""
    for path, inner, value, required in walk(shape, params, ()):
        dotted = ".".join(str(step) for step in path)
        in_path = len(path) == 1 and inner.serialization.get("location") == "uri"
        if required and not in_path:
            yield f"without {dotted}", changed(params, path, None, remove=True)
        for words, wrong in violations(inner, value, in_path):
            yield f"{dotted} {words}", changed(params, path, wrong)


def walk(shape, value, path):
    """Every member given: path, shape, value and whether it is required."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name in value:
                yield path + (name,), member, value[name], name in shape.required_members
                yield from walk(member, value[name], path + (name,))
    elif shape.type_name == "list" and value:
        yield path + (0,), shape.member, value[0], False
        yield from walk(shape.member, value[0], path + (0,))


def violations(shape, value, in_path):
    kind = shape.type_name
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if kind == "string":
        # An empty label would be another path.
        if least and not (in_path and least == 1):
            yield f"of {least - 1} characters", (value * least)[: least - 1]
        if most and most < LARGEST:
            yield f"of {most + 1} characters", longer(value, most + 1)
        if shape.enum:
            yield "outside of its enumeration", "NO_SUCH_VALUE"
        pattern = shape.metadata.get("pattern")
        if pattern:
            wrong = unlike(pattern, value, least or 0, most or 64)
            if wrong is not None:
                yield f"not of its pattern ({wrong!r})", wrong
    elif kind in ("integer", "long"):
        if least is not None:
            yield f"of {least - 1}", least - 1
        if most is not None and most < 2**31 - 1:
            yield f"of {most + 1}", most + 1
    elif kind == "list" and value:
        if least:
            yield f"of {least - 1} items", (value * least)[: least - 1]
        if most and most <= 1000:
            yield f"of {most + 1} items", numbered(value[0], most + 1)
    elif kind == "map" and value and most and most <= 1000:
        some = next(iter(value.values()))
        yield f"of {most + 1} entries", {f"key{n}": some for n in range(most + 1)}
    if kind == "map" and value:
        some = next(iter(value.values()))
        longest = shape.key.metadata.get("max")
        if longest and longest < LARGEST:
            yield f"with a key of {longest + 1} characters", {"k" * (longest + 1): some}
        if shape.key.metadata.get("min"):
            yield "with an empty key", {"": some}
        longest = shape.value.metadata.get("max")
        if shape.value.type_name == "string" and longest and longest < LARGEST:
            yield f"with a value of {longest + 1} characters", {"key": "v" * (longest + 1)}


def longer(value, size):
    filler = value[-1] if value and value[-1].isalnum() else "a"
    return value + filler * (size - len(value)) if len(value) < size else value[:size]


def numbered(item, count):
    """Copies of an item that differ in their first text, so that no duplicate is meant."""
    items = []
    for number in range(count):
        copied = copy.deepcopy(item)
        if isinstance(copied, str):
            copied = f"{copied}{number}"
        elif isinstance(copied, dict):
            for name, value in copied.items():
                if isinstance(value, str):
                    copied[name] = f"{value}{number}"
                    break
        items.append(copied)
    return items


def unlike(pattern, value, least, most):
    """A text within the bounds that is not of the pattern, or nothing."""
    for candidate in (f"{value}!", "not the pattern!", " ", "é", "a b", "\u0007", "-", "{"):
        if least <= len(candidate) <= most and matches(pattern, candidate) is False:
            return candidate
    return None


def changed(params, path, wrong, remove=False):
    copied = copy.deepcopy(params)
    inner = copied
    for step in path[:-1]:
        inner = inner[step]
    if remove:
        del inner[path[-1]]
    else:
        inner[path[-1]] = wrong
    return copied


def of_body(model, params):
    """Pairs of words and a change of the body: a dictionary in every protocol."""

    def unknown(body):
        body["NoSuchMember"] = "x"

    if any(not member.serialization.get("location") for member in model.input_shape.members.values()):
        if "payload" not in model.input_shape.serialization:
            yield UNKNOWN, unknown
    if model.service_model.resolved_protocol == "query":
        return
    for name, member in model.input_shape.members.items():
        if name not in params or member.serialization.get("location"):
            continue
        if name == model.input_shape.serialization.get("payload"):
            return
        wire_name = member.serialization.get("name", name)
        wrong = {"string": {"no": "text"}, "blob": 5, "timestamp": "yesterday"}.get(
            member.type_name, "a text"
        )

        def change(body, wire_name=wire_name, wrong=wrong):
            body[wire_name] = wrong

        yield f"{name} {WRONG_TYPE} ({wrong!r})", change


def with_body(client, operation, method, params, change):
    def rewrite(params, **_):
        if isinstance(params["body"], dict):
            change(params["body"])
            return
        body = json.loads(params["body"] or b"{}")
        change(body)
        params["body"] = json.dumps(body).encode()

    event = f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register_last(event, rewrite)
    try:
        return getattr(client, method)(**params)
    finally:
        client.meta.events.unregister(event, rewrite)
