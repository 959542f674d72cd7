"""Holds every answer on the wire against botocore's service model.

botocore's own parsers forgive: they drop members that the model does not know
and never look at bounds, enumerations or required members of an answer. This
reads the raw bytes again and says everything that is not of the model.
"""

import json
import math
import re
import xml.etree.ElementTree as ElementTree
from datetime import datetime
from email.utils import parsedate_to_datetime

# Errors that every operation of a service may answer though the model names them
# for none, with their HTTP status (AWS docs, "Common errors" of each service).
COMMON_ERRORS = {
    "query": {
        "AccessDenied": 403,
        "AccessDeniedException": 400,
        "ExpiredToken": 403,
        "IncompleteSignature": 400,
        "InternalFailure": 500,
        "InvalidAction": 400,
        "InvalidClientTokenId": 403,
        "InvalidParameterCombination": 400,
        "InvalidParameterValue": 400,
        "MalformedQueryString": 404,
        "MissingAction": 400,
        "MissingAuthenticationToken": 403,
        "MissingParameter": 400,
        "OptInRequired": 403,
        "Throttling": 400,
        "ValidationError": 400,
    },
    "json": {
        "AccessDeniedException": 400,
        "IncompleteSignature": 400,
        "InvalidAction": 400,
        # Of services that spoke the query protocol before.
        "InvalidParameterValueException": 400,
        "InvalidSignatureException": 400,
        "MissingAuthenticationTokenException": 400,
        "MissingRequiredParameterException": 400,
        "SerializationException": 400,
        "ThrottlingException": 400,
        "UnknownOperationException": 400,
        "UnrecognizedClientException": 400,
        "ValidationError": 400,
        "ValidationException": 400,
    },
    "rest-json": {
        "AccessDeniedException": 403,
        "IncompleteSignatureException": 400,
        "InvalidSignatureException": 403,
        "MissingAuthenticationTokenException": 403,
        "SerializationException": 400,
        "ThrottlingException": 429,
        "UnrecognizedClientException": 403,
        "UnknownOperationException": 404,
        "ValidationException": 400,
    },
}
# S3 models a handful of its errors; the rest is in its documentation ("Error responses").
COMMON_ERRORS["rest-xml"] = {
    "AccessControlListNotSupported": 400,
    "AccessDenied": 403,
    "AuthorizationQueryParametersError": 400,
    "BadDigest": 400,
    "BadRequest": 400,
    "BucketNotEmpty": 409,
    "IllegalLocationConstraintException": 400,
    "IllegalVersioningConfigurationException": 400,
    "InvalidAccessKeyId": 403,
    "InvalidArgument": 400,
    "InvalidBucketName": 400,
    "InvalidBucketOwnerAWSAccountID": 400,
    "InvalidDigest": 400,
    "InvalidLocationConstraint": 400,
    "InvalidRange": 416,
    "InvalidRequest": 400,
    "InvalidStorageClass": 400,
    "InvalidTag": 400,
    "KeyTooLongError": 400,
    "MalformedPolicy": 400,
    "MalformedXML": 400,
    "MetadataTooLarge": 400,
    "MethodNotAllowed": 405,
    "NoSuchBucket": 404,
    "NoSuchBucketPolicy": 404,
    "NoSuchKey": 404,
    "NoSuchLifecycleConfiguration": 404,
    "NoSuchPublicAccessBlockConfiguration": 404,
    "NoSuchTagSet": 404,
    "NoSuchVersion": 404,
    "NotImplemented": 501,
    "OwnershipControlsNotFoundError": 404,
    "PreconditionFailed": 412,
    "XAmzContentSHA256Mismatch": 400,
}
# How this emulation says, in every protocol, that it does not have something.
NOT_IMPLEMENTED = "NotImplementedByLocalAws"
for common in COMMON_ERRORS.values():
    common[NOT_IMPLEMENTED] = 501

# Errors that the model gives no status: 400 for those of the caller in JSON.
DEFAULT_STATUS = {"json": 400, "rest-json": 400, "query": 400, "rest-xml": 400}

# The namespace of S3's documents, which its model does not tell.
XML_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

# What AWS itself answers though its model says otherwise.
FORGIVEN = (
    # Zero until the first decrease; the model's type is positive.
    "NumberOfDecreasesToday has 0 ",
    # On the wire of AWS too, in no model.
    "TableThroughputModeSummary is unknown to the model",
)

# Values that AWS answers beyond the enumeration: events tell the statuses of the stack
# too, and Lambda says of an update that runs what it says of a function that is made.
FORGIVEN_VALUES = {
    "ResourceStatus": {
        "REVIEW_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    },
    "LastUpdateStatusReasonCode": {"Creating"},
}


class Wire:
    """Collects what is wrong with the answers of the clients it is attached to."""

    def __init__(self):
        self.findings = []
        self.answers = 0
        self.errors = 0

    def attach(self, client):
        client.meta.events.register("before-parse.*", self._before_parse)

    def drain(self):
        findings, self.findings = self.findings, []
        return findings

    def _before_parse(self, operation_model, response_dict, **_):
        protocol = operation_model.service_model.resolved_protocol
        status = response_dict["status_code"]
        body = response_dict["body"]
        headers = response_dict["headers"]
        name = f"{operation_model.service_model.service_name}:{operation_model.name}"
        try:
            if status >= 300 and says_nothing(operation_model, status, body):
                self.answers += 1
                found = []
            elif status >= 300:
                self.errors += 1
                found = check_error(operation_model, protocol, status, headers, body)
            else:
                self.answers += 1
                found = check_output(operation_model, protocol, status, headers, body)
        except Exception as error:  # a body that is not of its format at all
            found = [f"answer cannot be read: {error!r}: {shortened(body)}"]
        if not request_id(protocol, headers, body):
            found.append("no request id")
        self.findings += [
            f"{name} on the wire: {finding}"
            for finding in found
            if not any(words in finding for words in FORGIVEN)
        ]


def shortened(body):
    text = body if isinstance(body, str) else repr(body)
    return text if len(text) < 300 else text[:300] + "…"


def says_nothing(operation_model, status, body):
    """Answers with a status alone: to HEAD, and that nothing was modified."""
    return not body and (status == 304 or operation_model.http.get("method") == "HEAD")


def request_id(protocol, headers, body):
    if protocol == "rest-xml":
        return headers.get("x-amz-request-id")
    if protocol == "query":
        return b"<RequestId>" in body
    return headers.get("x-amzn-requestid")


def check_output(operation_model, protocol, status, headers, body):
    expected = operation_model.http.get("responseCode", 200)
    shape = operation_model.output_shape
    found = []
    varies = shape is not None and any(
        member.serialization.get("location") == "statusCode" for member in shape.members.values()
    )
    partial = status == 206 and "content-range" in headers
    if status != expected and not varies and not partial:
        found.append(f"HTTP status {status}, the model says {expected}")
    if protocol == "query":
        return found + check_query_output(operation_model, shape, body)
    if protocol == "rest-xml":
        return found + check_rest_xml_output(operation_model, shape, headers, body)
    if shape is None:
        if body and body.strip() not in (b"", b"{}"):
            found.append(f"the operation has no output, the body is {shortened(body)}")
        return found
    if protocol == "rest-json":
        return found + check_rest_output(shape, status, headers, body)
    expected_type = f"application/x-amz-json-{operation_model.metadata['jsonVersion']}"
    if headers.get("content-type") != expected_type:
        found.append(f"content type {headers.get('content-type')}, not {expected_type}")
    return found + check_json(shape, json.loads(body), "")


def check_rest_output(shape, status, headers, body):
    found = []
    payload = shape.serialization.get("payload")
    in_body = {}
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        wire_name = member.serialization.get("name", name)
        if location in ("header", "headers", "statusCode"):
            if location == "header" and name in shape.required_members and wire_name not in headers:
                found.append(f"required header {wire_name} is missing")
            if location == "header" and wire_name in headers:
                found += check_scalar(member, headers[wire_name], name, "header")
        elif name != payload:
            in_body[wire_name] = (name, member)
    if payload is not None:
        member = shape.members[payload]
        if member.type_name == "structure" and body:
            found += check_json(member, json.loads(body), "")
        return found
    if not in_body:
        if body.strip() not in (b"", b"{}"):
            found.append(f"no member is in the body, the body is {shortened(body)}")
        return found
    if body and not headers.get("content-type", "").startswith("application/json"):
        found.append(f"content type {headers.get('content-type')}")
    value = json.loads(body) if body else {}
    return found + check_json(shape, value, "", members=in_body)


def check_json(shape, value, path, members=None):
    """What of a JSON value is not of the shape."""
    where = path or "the body"
    if value is None:
        return [f"{where} is null"]
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            return [f"{where} is no object: {value!r}"]
        if getattr(shape, "is_document_type", False):
            return []
        if members is None:
            members = {
                member.serialization.get("name", name): (name, member)
                for name, member in shape.members.items()
            }
        found = []
        for name, inner in value.items():
            if name not in members:
                found.append(f"{path}.{name} is unknown to the model: {shortened(inner)}")
            else:
                found += check_json(members[name][1], inner, f"{path}.{name}")
        present = {members[name][0] for name in value if name in members}
        found += [
            f"{path}.{name} is required and missing"
            for name in shape.required_members
            if name not in present and name in {member[0] for member in members.values()}
        ]
        if getattr(shape, "is_tagged_union", False) and len(value) != 1:
            found.append(f"{where} is a union with {len(value)} members")
        return found
    if kind == "list":
        if not isinstance(value, list):
            return [f"{where} is no list: {value!r}"]
        found = bounds(shape, len(value), where, "items")
        for index, inner in enumerate(value):
            found += check_json(shape.member, inner, f"{path}[{index}]")
        return found
    if kind == "map":
        if not isinstance(value, dict):
            return [f"{where} is no map: {value!r}"]
        found = bounds(shape, len(value), where, "entries")
        for key, inner in value.items():
            found += check_scalar(shape.key, key, f"{path} key", "json")
            found += check_json(shape.value, inner, f"{path}.{key}")
        return found
    return check_scalar(shape, value, where, "json")


def check_query_output(operation_model, shape, body):
    root = ElementTree.fromstring(body)
    found = []
    namespace = ""
    if root.tag.startswith("{"):
        namespace = root.tag[1:].split("}")[0]
    expected = operation_model.service_model.metadata.get("xmlNamespace")
    if expected and namespace != expected:
        found.append(f"namespace {namespace!r}, the model says {expected!r}")
    strip(root)
    if root.tag != f"{operation_model.name}Response":
        found.append(f"root element {root.tag}")
    children = {child.tag: child for child in root}
    if "ResponseMetadata" not in children:
        found.append("no ResponseMetadata")
    children.pop("ResponseMetadata", None)
    wrapper = shape.serialization.get("resultWrapper") if shape is not None else None
    if wrapper:
        result = children.pop(wrapper, None)
        if result is None:
            found.append(f"no {wrapper}")
        else:
            found += check_xml(shape, result, "")
    found += [f"element {name} is unknown to the model" for name in children]
    return found


def check_rest_xml_output(operation_model, shape, headers, body):
    found, in_body, known = [], [], {"x-amz-request-id", "x-amz-id-2"}
    payload = shape.serialization.get("payload") if shape is not None else None
    for name, member in shape.members.items() if shape is not None else ():
        location = member.serialization.get("location")
        wire_name = member.serialization.get("name", name).lower()
        if location == "header":
            known.add(wire_name)
            if wire_name in headers:
                found += check_scalar(member, headers[wire_name], name, "header")
        elif location is None and payload in (None, name):
            in_body.append(member)
    found += [
        f"the header {name} is unknown to the model"
        for name in (name.lower() for name in headers)
        if name.startswith("x-amz-") and not name.startswith("x-amz-meta-") and name not in known
    ]
    if payload is not None and shape.members[payload].type_name in ("blob", "string"):
        return found
    if not in_body:
        return found + ([f"no member is in the body, the body is {shortened(body)}"] if body else [])
    root = ElementTree.fromstring(body)
    if not root.tag.startswith("{" + XML_NAMESPACE + "}"):
        found.append(f"the root {root.tag} is not of {XML_NAMESPACE}")
    strip(root)
    if operation_model.name == "GetBucketLocation":
        # One text without any structure, whatever the model says.
        return found + ([] if root.tag == "LocationConstraint" and not len(root) else [f"root element {root.tag}"])
    return found + check_xml(shape.members[payload] if payload else shape, root, "")


def strip(element):
    for inner in element.iter():
        inner.tag = inner.tag.split("}")[-1]


def check_xml(shape, element, path):
    where = path or "the result"
    kind = shape.type_name
    if kind == "structure":
        members = {}
        for name, member in shape.members.items():
            wire_name = member.serialization.get("name", name)
            if member.type_name == "list" and member.serialization.get("flattened"):
                wire_name = member.member.serialization.get("name", wire_name)
            members[wire_name] = (name, member)
        found, present = [], set()
        for child in element:
            if child.tag not in members:
                found.append(f"{path}.{child.tag} is unknown to the model")
                continue
            name, member = members[child.tag]
            if name in present and not member.serialization.get("flattened"):
                found.append(f"{path}.{name} is there twice")
            present.add(name)
            if member.serialization.get("flattened") and member.type_name == "list":
                found += check_xml(member.member, child, f"{path}.{name}[]")
            else:
                found += check_xml(member, child, f"{path}.{name}")
        if element.text and element.text.strip():
            found.append(f"{where} is a structure and has text {element.text!r}")
        return found + [
            f"{path}.{name} is required and missing"
            for name in shape.required_members
            if name not in present
        ]
    if kind == "list":
        item = shape.member.serialization.get("name", "member")
        found = bounds(shape, len(element), where, "items")
        for index, child in enumerate(element):
            if child.tag != item:
                found.append(f"{where} is a list of {item} and has {child.tag}")
            else:
                found += check_xml(shape.member, child, f"{path}[{index}]")
        return found
    if kind == "map":
        key_name = shape.key.serialization.get("name", "key")
        value_name = shape.value.serialization.get("name", "value")
        found = []
        for entry in element:
            parts = {child.tag: child for child in entry}
            if entry.tag != "entry" or set(parts) != {key_name, value_name}:
                found.append(f"{where} has the entry {entry.tag} {sorted(parts)}")
                continue
            found += check_scalar(shape.key, parts[key_name].text or "", f"{path} key", "xml")
            found += check_xml(shape.value, parts[value_name], f"{path}.{parts[key_name].text}")
        return found
    if len(element):
        return [f"{where} is a {kind} and has elements"]
    return check_scalar(shape, element.text or "", where, "xml")


def check_scalar(shape, value, where, source):
    kind = shape.type_name
    text_source = source in ("xml", "header")
    if kind in ("string", "character"):
        if not isinstance(value, str):
            return [f"{where} is no string: {value!r}"]
        found = bounds(shape, len(value), where, "characters", value)
        if shape.enum and value not in shape.enum and value not in FORGIVEN_VALUES.get(shape.name, ()):
            found.append(f"{where} is {value!r}, none of {shape.enum}")
        pattern = shape.metadata.get("pattern")
        if pattern and matches(pattern, value) is False:
            found.append(f"{where} is {value!r}, not of the pattern {pattern}")
        return found
    if kind in ("integer", "long"):
        if text_source:
            if not re.fullmatch(r"-?[0-9]+", value):
                return [f"{where} is no whole number: {value!r}"]
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            return [f"{where} is no whole number: {value!r}"]
        return bounds(shape, value, where, "")
    if kind in ("float", "double"):
        if text_source:
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
            return [f"{where} is no number: {value!r}"]
        return []
    if kind == "boolean":
        if value not in (("true", "false") if text_source else (True, False)):
            return [f"{where} is no boolean: {value!r}"]
        if not text_source and not isinstance(value, bool):
            return [f"{where} is no boolean: {value!r}"]
        return []
    if kind == "timestamp":
        return check_timestamp(shape, value, where, source)
    if kind == "blob":
        if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", value):
            return [f"{where} is no Base64: {shortened(str(value))}"]
        return []
    return [f"{where} has a type that this check does not know: {kind}"]


def check_timestamp(shape, value, where, source):
    default = {"json": "unixTimestamp", "xml": "iso8601", "header": "rfc822"}[source]
    form = shape.serialization.get("timestampFormat", default)
    try:
        if form == "unixTimestamp":
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ValueError("no number")
            if not 1_000_000_000 < value < 100_000_000_000:
                raise ValueError("no seconds of this age")
        elif form == "iso8601":
            if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value):
                raise ValueError("not ISO 8601 in UTC")
            datetime.fromisoformat(value.replace("Z", "+00:00"))
        else:
            parsedate_to_datetime(value)
    except (ValueError, TypeError) as error:
        return [f"{where} is no {form}: {value!r}: {error}"]
    return []


def bounds(shape, size, where, unit, value=None):
    told = "" if value is None else f": {shortened(value)}"
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        return [f"{where} has {size} {unit}, at least {least} in the model{told}"]
    if most is not None and size > most:
        return [f"{where} has {size} {unit}, at most {most} in the model{told}"]
    return []


def matches(pattern, value):
    """Whether a value is of a pattern of the model; `None` when Python cannot tell.

    The patterns are those of Java, and match the whole value.
    """
    # Some are escaped once too often (PhoneNumber of Connect: \\\\+[1-9]…).
    if re.search(r"\\\\[+d]", pattern):
        pattern = pattern.replace("\\\\", "\\")
    translated = (
        pattern.replace(r"\p{Alnum}", "a-zA-Z0-9")
        .replace(r"\p{Graph}", "!-~")
        .replace(r"\p{Print}", " -~")
        .replace(r"\p{ASCII}", "\x00-\x7f")
        .replace(r"\p{L}", "^\\W\\d_")
        .replace(r"\z", r"\Z")
        .replace("\\u00FF", "\u00ff")
    )
    if r"\p{" in translated or "&&" in translated:
        return None
    try:
        return re.fullmatch(translated, value) is not None
    except re.error:
        return None


def check_error(operation_model, protocol, status, headers, body):
    code, members, found = error_parts(protocol, headers, body)
    if not code:
        return found + [f"an error without a code: HTTP {status} {shortened(body)}"]
    shape = error_shape(operation_model, code)
    if shape is None:
        expected = COMMON_ERRORS[protocol].get(code)
        if expected is None:
            modelled = operation_model.service_model.shape_for_error_code(code)
            known = "the service, not of the operation" if modelled is not None else "nobody"
            return found + [f"the error {code} is one of {known} (HTTP {status})"]
        if status != expected:
            found.append(f"HTTP status {status} with the common error {code}, not {expected}")
        return found
    expected = shape.metadata.get("error", {}).get("httpStatusCode", DEFAULT_STATUS[protocol])
    if shape.metadata.get("fault") and "httpStatusCode" not in shape.metadata.get("error", {}):
        expected = 500
    if status != expected:
        found.append(f"HTTP status {status} with {code}, the model says {expected}")
    if members is not None:
        # Services spell the member with and without a capital; both are read.
        known = {name.lower() if name.lower() == "message" else name for name in shape.members}
        known |= {"__type"}
        # JSON 1.x services say a message whatever the model has; REST ones keep to it, but for
        # SES, whose errors have no members and say one (as users of it report).
        if protocol == "json" or operation_model.service_model.service_name == "sesv2":
            known |= {"message"}
        if "message" not in known and "message" in {name.lower() for name in members}:
            found.append(f"{code} has no message in the model")
            members = {k: v for k, v in members.items() if k.lower() != "message"}
        for name, value in members.items():
            plain = name.lower() if name.lower() == "message" else name
            if plain not in known:
                found.append(f"the member {name} of {code} is unknown to the model")
            elif name in shape.members:
                found += check_json(shape.members[name], value, f"{code}.{name}")
    return found


def error_parts(protocol, headers, body):
    """The error's code, its members (JSON) and what is wrong with its form."""
    if protocol == "query":
        root = ElementTree.fromstring(body)
        strip(root)
        error = root.find("Error")
        if root.tag != "ErrorResponse" or error is None:
            return None, None, [f"no ErrorResponse: {shortened(body)}"]
        parts = {child.tag: child.text for child in error}
        found = [f"the error has no {name}" for name in ("Type", "Code", "Message") if not parts.get(name)]
        return parts.get("Code"), None, found
    if protocol == "rest-xml":
        root = ElementTree.fromstring(body)
        if root.tag != "Error":
            return None, None, [f"no Error: {shortened(body)}"]
        parts = {child.tag: child.text for child in root}
        found = [f"the error has no {name}" for name in ("Code", "Message", "RequestId", "HostId") if not parts.get(name)]
        return parts.get("Code"), None, found
    members = json.loads(body)
    code = headers.get("x-amzn-errortype") if protocol == "rest-json" else members.get("__type")
    if not code:
        return None, members, []
    return code.split("#")[-1].split(":")[0], members, []


def error_shape(operation_model, code):
    # A service that spoke the query protocol before tells the older code in a header beside.
    compatible = operation_model.service_model.metadata.get("awsQueryCompatible") is not None
    for shape in operation_model.error_shapes:
        if code in (shape.metadata.get("error", {}).get("code"), shape.name):
            # A shape with a code of its own goes by that code alone.
            if compatible or shape.metadata.get("error", {}).get("code", code) == code:
                return shape
    return None
