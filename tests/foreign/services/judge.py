"""The judge himself: answers that are wrong must be seen to be wrong."""

import json

import wire
from report import holds, same


def run(context):
    report, clients = context.report, context.clients

    def model(service, operation):
        return clients.of(service).meta.service_model.operation_model(operation)

    def json_findings(service, operation, body):
        return wire.check_rest_output(model(service, operation).output_shape, 200, {"content-type": "application/json"}, json.dumps(body).encode())

    def error_findings(service, operation, status, code, body=b"{}"):
        operation = model(service, operation)
        protocol = operation.service_model.resolved_protocol
        return wire.check_error(operation, protocol, status, {"x-amzn-errortype": code}, body)

    with report.check("the judge sees what is wrong in JSON"):
        alias = {"AliasArn": "arn:aws:lambda:us-east-1:000000000000:function:f:live", "Name": "live", "FunctionVersion": "1"}
        same(json_findings("lambda", "GetAlias", alias), [], "the findings of a good answer")
        for wrong in (
            {**alias, "Colour": "red"},  # unknown
            {**alias, "Name": 5},  # of another type
            {**alias, "Name": None},  # null
            {**alias, "Name": "no good"},  # not of its pattern
            {**alias, "Description": "x" * 300},  # too long
        ):
            same(len(json_findings("lambda", "GetAlias", wrong)), 1, f"the count of findings of {wrong}")
        function = {"Configuration": {"State": "Asleep"}}
        same(len(json_findings("lambda", "GetFunction", function)), 1, "the count of findings of an unknown value")
        flow = {"ContactFlow": {"Id": "a", "LastModifiedTime": "yesterday"}}
        same(len(json_findings("connect", "DescribeContactFlow", flow)), 1, "the count of findings of a time")
    with report.check("the judge sees what is wrong in XML"):
        def xml_findings(inner):
            operation = model("sts", "GetCallerIdentity")
            body = (
                '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
                f"{inner}</GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
            )
            return wire.check_query_output(operation, operation.output_shape, body.encode())

        same(xml_findings("<Account>000000000000</Account>"), [], "the findings of a good answer")
        for wrong in ("<Colour>red</Colour>", "<Account><a/></Account>", "<Account>1</Account><Account>1</Account>", "<Arn>short</Arn>"):
            same(len(xml_findings(wrong)), 1, f"the count of findings of {wrong}")
        operation = model("cloudformation", "DescribeStacks")
        body = (
            '<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>'
            "<StackName>a</StackName></member></Stacks></DescribeStacksResult><ResponseMetadata/></DescribeStacksResponse>"
        )
        found = wire.check_query_output(operation, operation.output_shape, body.encode())
        holds(any("CreationTime is required" in finding for finding in found), f"the findings are {found}")
    with report.check("the judge sees what is wrong in XML over REST"):
        def rest_findings(inner, headers=None, namespace=wire.XML_NAMESPACE):
            operation = model("s3", "ListObjectsV2")
            body = f'<ListBucketResult xmlns="{namespace}">{inner}</ListBucketResult>'
            return wire.check_rest_xml_output(operation, operation.output_shape, headers or {}, body.encode())

        good = "<Name>abc</Name><Contents><Key>a</Key><Size>1</Size></Contents><Contents><Key>b</Key></Contents>"
        same(rest_findings(good, {"x-amz-request-id": "r", "x-amz-meta-a": "b"}), [], "the findings of a good answer")
        for wrong in ("<Colour>red</Colour>", "<Name>a</Name><Name>b</Name>", "<Contents><Size>x</Size></Contents>", "<EncodingType>b64</EncodingType>"):
            same(len(rest_findings(wrong)), 1, f"the count of findings of {wrong}")
        same(len(rest_findings(good, {"x-amz-colour": "red"})), 1, "the count of findings of a header")
        same(len(rest_findings(good, namespace="urn:x")), 1, "the count of findings of a namespace")

        def rest_error(status, code, request="<RequestId>r</RequestId><HostId>h</HostId>"):
            body = f"<Error><Code>{code}</Code><Message>m</Message>{request}</Error>"
            return wire.check_error(model("s3", "GetObject"), "rest-xml", status, {}, body.encode())

        same(rest_error(404, "NoSuchKey"), [], "the findings of a good error")
        for wrong in ((400, "NoSuchKey"), (403, "NoSuchBucket"), (400, "NoSuchColour"), (404, "NoSuchKey", "<RequestId>r</RequestId>")):
            same(len(rest_error(*wrong)), 1, f"the count of findings of {wrong}")
    with report.check("the judge sees what is wrong in errors"):
        same(error_findings("connect", "CreateContactFlow", 409, "DuplicateResourceException"), [], "the findings of a good error")
        for service, operation, status, code, body in (
            ("connect", "CreateContactFlow", 400, "DuplicateResourceException", b"{}"),  # another status
            ("connect", "CreateContactFlow", 402, "ServiceQuotaExceededException", b"{}"),  # of another operation
            ("connect", "CreateContactFlow", 400, "NoSuchException", b"{}"),  # of nobody
            ("connect", "CreateContactFlow", 400, "InvalidContactFlowException", b'{"Message":"x"}'),  # has no message
            ("connect", "CreateContactFlow", 400, "InvalidContactFlowException", b'{"problems":[{"text":"x"}]}'),
        ):
            same(len(error_findings(service, operation, status, code, body)), 1, f"the count of findings of {status} {code} {body}")
