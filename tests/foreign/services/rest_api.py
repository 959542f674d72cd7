"""API Gateway: a REST API that `aws cloudformation deploy` makes, asked as a browser
asks, and read through its control plane."""

import concurrent.futures
import json
import re
import urllib.error
import urllib.request

from clients import ACCOUNT, REGION
from report import has, holds, same
from services import functions

STACK = "foreign-rest"
BUCKET = "foreign-rest-pages"
PAGE = "<!doctype html><title>é</title>".encode()
QUICK = {"Delay": 1, "MaxAttempts": 30}

TEMPLATE = r"""
Parameters:
  Burst: {Type: Number, Default: 500}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: BUCKET_NAME}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: phone, AttributeType: S}, {AttributeName: event, AttributeType: S}]
      KeySchema: [{AttributeName: phone, KeyType: HASH}, {AttributeName: event, KeyType: RANGE}]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: apigateway.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: own
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: "dynamodb:PutItem", Resource: !GetAtt Table.Arn}
              - {Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${Bucket.Arn}/index.html"}
  LogRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: apigateway.amazonaws.com}, Action: "sts:AssumeRole"}]
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"]
  Account:
    Type: AWS::ApiGateway::Account
    Properties: {CloudWatchRoleArn: !GetAtt LogRole.Arn}
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /aws/vendedlogs/foreign-rest, RetentionInDays: 7}
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: foreign
      Description: Tried by foreign clients
      EndpointConfiguration: {Types: [REGIONAL]}
      BinaryMediaTypes: [image/png]
      Tags: [{Key: purpose, Value: check}]
  Registration:
    Type: AWS::ApiGateway::Model
    Properties:
      RestApiId: !Ref Api
      Name: Registration
      ContentType: application/json
      Description: A registration
      Schema:
        $schema: http://json-schema.org/draft-04/schema#
        type: object
        required: [name, email, phone, year]
        additionalProperties: false
        properties:
          name: {type: string, minLength: 1, maxLength: 10}
          email: {type: string, maxLength: 40}
          phone: {type: string, pattern: '^\+[1-9][0-9]{6,14}$'}
          year: {type: integer, minimum: 1, maximum: 4}
  Validator:
    Type: AWS::ApiGateway::RequestValidator
    Properties: {RestApiId: !Ref Api, Name: all, ValidateRequestBody: true, ValidateRequestParameters: true}
  Register:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: register}
  Event:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !Ref Register, PathPart: "{event}"}
  Function:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: function}
  Everything:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !Ref Function, PathPart: "{proxy+}"}
  Page:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: GET
      AuthorizationType: NONE
      MethodResponses:
        - StatusCode: "200"
          ResponseParameters: {method.response.header.Content-Type: true, method.response.header.Cache-Control: true}
        - StatusCode: "502"
      Integration:
        Type: AWS
        IntegrationHttpMethod: GET
        Uri: !Sub "arn:${AWS::Partition}:apigateway:${AWS::Region}:s3:path/${Bucket}/{key}"
        Credentials: !GetAtt Role.Arn
        RequestParameters: {integration.request.path.key: "'index.html'"}
        IntegrationResponses:
          - StatusCode: "200"
            SelectionPattern: "200"
            ResponseParameters:
              method.response.header.Content-Type: integration.response.header.Content-Type
              method.response.header.Cache-Control: "'no-store'"
          - {StatusCode: "502", ResponseTemplates: {application/json: '{"error":"no page"}'}}
  Post:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Event
      HttpMethod: POST
      AuthorizationType: NONE
      OperationName: Register
      RequestValidatorId: !Ref Validator
      RequestModels: {application/json: !Ref Registration}
      RequestParameters: {method.request.path.event: true, method.request.header.X-Form: true}
      MethodResponses:
        - StatusCode: "201"
          ResponseModels: {application/json: Empty}
          ResponseParameters: {method.response.header.Access-Control-Allow-Origin: true}
        - {StatusCode: "400"}
        - {StatusCode: "500"}
      Integration:
        Type: AWS
        IntegrationHttpMethod: POST
        Uri: !Sub "arn:${AWS::Partition}:apigateway:${AWS::Region}:dynamodb:action/PutItem"
        Credentials: !GetAtt Role.Arn
        PassthroughBehavior: NEVER
        TimeoutInMillis: 5000
        RequestTemplates:
          application/json: |
            #set($in = $input.path('$'))
            {
              "TableName": "$stageVariables.table",
              "ConditionExpression": "attribute_not_exists(phone)",
              "Item": {
                "phone": {"S": "$in.phone"},
                "event": {"S": "$util.urlDecode($input.params('event'))"},
                "name": {"S": "$util.escapeJavaScript($in.name).replaceAll("\\'", "'")"},
                "email": {"S": $input.json('$.email')},
                "year": {"N": "$in.year"},
                "kind": {"S": "#if($in.year == 1)first#elseif($in.year < 4)middle#{else}last#end"},
                "request": {"S": "$context.requestId"}
              }
            }
        IntegrationResponses:
          - StatusCode: "201"
            SelectionPattern: "200"
            ResponseParameters: {method.response.header.Access-Control-Allow-Origin: "'*'"}
            ResponseTemplates: {application/json: '{"id": "$context.requestId"}'}
          - StatusCode: "400"
            SelectionPattern: 4\d{2}
            ResponseTemplates:
              application/json: |
                #if($input.path('$.__type').endsWith('ConditionalCheckFailedException'))
                #set($context.responseOverride.status = 409)
                {"error": "registered already"}
                #else
                {"error": $input.json('$.__type')}
                #end
          - {StatusCode: "500"}
  Options:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Event
      HttpMethod: OPTIONS
      AuthorizationType: NONE
      MethodResponses:
        - StatusCode: "204"
          ResponseParameters:
            method.response.header.Access-Control-Allow-Origin: true
            method.response.header.Access-Control-Allow-Methods: true
            method.response.header.Access-Control-Allow-Headers: true
      Integration:
        Type: MOCK
        RequestTemplates: {application/json: '{"statusCode": 204}'}
        IntegrationResponses:
          - StatusCode: "204"
            ResponseParameters:
              method.response.header.Access-Control-Allow-Origin: "'*'"
              method.response.header.Access-Control-Allow-Methods: "'POST,OPTIONS'"
              method.response.header.Access-Control-Allow-Headers: "'content-type,x-form'"
  Proxy:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Everything
      HttpMethod: ANY
      AuthorizationType: NONE
      Integration:
        Type: AWS_PROXY
        IntegrationHttpMethod: POST
        TimeoutInMillis: 1000
        Uri: !Sub "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/FUNCTION_ARN:live/invocations"
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: FUNCTION_ARN:live
      Action: lambda:InvokeFunction
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/GET/function/*"
  InvalidBody:
    Type: AWS::ApiGateway::GatewayResponse
    Properties:
      RestApiId: !Ref Api
      ResponseType: BAD_REQUEST_BODY
      StatusCode: "400"
      ResponseTemplates: {application/json: '{"message":$context.error.messageString,"details":"$context.error.validationErrorString"}'}
  Refusals:
    Type: AWS::ApiGateway::GatewayResponse
    Properties:
      RestApiId: !Ref Api
      ResponseType: DEFAULT_4XX
      ResponseParameters: {gatewayresponse.header.Access-Control-Allow-Origin: "'*'"}
  DeploymentOne:
    Type: AWS::ApiGateway::Deployment
    DependsOn: [Page, Post, Options, Proxy, InvalidBody, Refusals]
    Properties: {RestApiId: !Ref Api, Description: The first}
  Stage:
    Type: AWS::ApiGateway::Stage
    DependsOn: Account
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref DeploymentOne
      StageName: v1
      Variables: {table: !Ref Table}
      TracingEnabled: true
      MethodSettings:
        - {HttpMethod: "*", ResourcePath: "/*", ThrottlingBurstLimit: 200, ThrottlingRateLimit: 100, MetricsEnabled: true, LoggingLevel: ERROR, DataTraceEnabled: false}
        - {HttpMethod: OPTIONS, ResourcePath: "/~1register~1{event}", ThrottlingBurstLimit: !Ref Burst, ThrottlingRateLimit: 0}
      AccessLogSetting:
        DestinationArn: !GetAtt Group.Arn
        Format: '{"id":"$context.requestId","method":"$context.httpMethod","path":"$context.resourcePath","status":"$context.status","integration":"$context.integration.status","error":"$context.error.responseType","agent":"$context.identity.userAgent"}'
      Tags: [{Key: purpose, Value: check}]
Outputs:
  Id: {Value: !Ref Api}
  Table: {Value: !Ref Table}
  Url: {Value: !Sub "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}"}
"""
TEMPLATE = TEMPLATE.replace("BUCKET_NAME", BUCKET).replace("FUNCTION_ARN", functions.ARN)


def ask(url, method="GET", headers=None, body=None):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def pages(clients):
    """S3 beside the subject: its answers are looked at elsewhere."""
    return clients.session.client("s3", endpoint_url=clients.url)


def run(context):
    report, clients = context.report, context.clients
    cloudformation = clients.of("cloudformation")

    def deploy(template=TEMPLATE, *arguments):
        path = clients.file("rest.yaml", template)
        done = clients.cli(
            "cloudformation", "deploy", "--stack-name", STACK, "--template-file", path,
            "--capabilities", "CAPABILITY_IAM", *arguments,
        )
        same(done.returncode, 0, f"the exit code of deploy ({done.stdout}{done.stderr})")
        outputs = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    with report.check("apigateway `aws cloudformation deploy` makes a REST API; its URL leads here"):
        outputs = deploy()
        same(outputs["Url"], f"{clients.url}/_vanity-deploy/execute-api/{outputs['Id']}/v1", "the URL")
    requests(report, clients, outputs)
    proxy(report, outputs)
    logs(report, clients, outputs)
    control_plane(report, clients, outputs)
    domain_names(report, clients, outputs)
    with report.check("apigateway a change is live with the next deployment, throttling at once"):
        changed = TEMPLATE.replace("'POST,OPTIONS'", "'POST'")
        deploy(changed, "--parameter-overrides", "Burst=1")
        url = f"{outputs['Url']}/register/a"
        status, headers, _ = ask(url, "OPTIONS")
        if status != 429:
            same(headers["access-control-allow-methods"], "POST,OPTIONS", "the methods before")
            status, headers, body = ask(url, "OPTIONS")
        same(status, 429, "the status")
        same(headers["access-control-allow-origin"], "*", "the header of DEFAULT_4XX")
        deploy(changed.replace("DeploymentOne", "DeploymentTwo").replace("!Ref Burst, ThrottlingRateLimit: 0", "50, ThrottlingRateLimit: 100000"))
        status, headers, _ = ask(url, "OPTIONS")
        same((status, headers["access-control-allow-methods"]), (204, "POST"), "the methods after")
    with report.check("apigateway DeleteStack takes the API away"):
        pages(clients).delete_object(Bucket=BUCKET, Key="index.html")
        cloudformation.delete_stack(StackName=STACK)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig=QUICK)
        same(clients.of("apigateway").get_rest_apis()["items"], [], "the APIs")
        same(ask(outputs["Url"])[0], 404, "the status")


def requests(report, clients, outputs):
    url, dynamodb = outputs["Url"], clients.of("dynamodb")
    form = {"Content-Type": "application/json", "X-Form": "1"}
    person = {"name": "Zoë \"O'H\"", "email": "a@b.example", "phone": "+18005550100", "year": 2}

    def post(event="open-house", headers=form, raw=None, **changes):
        body = {**person, **changes}
        body = {name: value for name, value in body.items() if value is not None}
        return ask(f"{url}/register/{event}", "POST", headers, json.dumps(body).encode() if raw is None else raw)

    with report.check("apigateway the page comes out of the bucket with the role of the integration"):
        status, _, body = ask(f"{url}/")
        same((status, json.loads(body)), (502, {"error": "no page"}), "without a page")
        pages(clients).put_object(Bucket=BUCKET, Key="index.html", Body=PAGE, ContentType="text/html; charset=utf-8")
        for path in ("", "/"):
            status, headers, body = ask(url + path, headers={"Accept": "text/html,*/*;q=0.8"})
            same((status, body), (200, PAGE), "the page")
            same((headers["content-type"], headers["cache-control"]), ("text/html; charset=utf-8", "no-store"), "the headers")
    with report.check("apigateway a valid registration is an item"):
        status, headers, body = post("open%20house")
        same(status, 201, f"the status ({body})")
        same(headers["access-control-allow-origin"], "*", "Access-Control-Allow-Origin")
        item = dynamodb.get_item(TableName=outputs["Table"], Key={"phone": {"S": "+18005550100"}, "event": {"S": "open house"}})["Item"]
        same((item["name"]["S"], item["year"]["N"], item["kind"]["S"]), (person["name"], "2", "middle"), "the item")
        same(item["request"]["S"], json.loads(body)["id"], "the request id")
        same(headers["x-amzn-requestid"], item["request"]["S"], "x-amzn-RequestId")
    with report.check("apigateway the same phone and event a second time is a 409, another event is not"):
        status, _, body = post("open%20house", name="Other")
        same((status, json.loads(body)), (409, {"error": "registered already"}), "the answer")
        same(post("other")[0], 201, "the status of the other event")
    with report.check("apigateway of fifty at once, one registers"):
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            statuses = sorted(answer[0] for answer in pool.map(lambda _: post("race"), range(50)))
        same(statuses, [201] + [409] * 49, "the statuses")

    def invalid(what, details, **arguments):
        with report.check(f"apigateway {what} is refused before the table"):
            status, headers, body = post("invalid", **arguments)
            same(status, 400, f"the status ({body})")
            same(json.loads(body)["message"], "Invalid request body", "the message")
            holds(re.search(details, json.loads(body)["details"]), f"{details} is not in {body}")
            found = dynamodb.query(
                TableName=outputs["Table"], KeyConditionExpression="phone = :p AND event = :e",
                ExpressionAttributeValues={":p": {"S": person["phone"]}, ":e": {"S": "invalid"}},
            )
            same(found["Count"], 0, "the items")

    invalid("a body without a name", r'object has missing required properties \(\["name"\]\)', name=None)
    invalid("a name that is too long", "too long", name="x" * 11)
    invalid("an empty name", "too short", name="")
    invalid("a phone that is none", "ECMA 262 regex", phone="0800")
    invalid("a year beyond the last", "maximum", year=5)
    invalid("a year that is text", "does not match any allowed primitive type", year="2")
    invalid("a field that nobody asked for", r'not allowed by the schema: \["admin"\]', admin=True)
    invalid("a body that is no JSON", "Unknown error parsing request body", raw=b"{")
    invalid("no body", "Unknown error parsing request body", raw=b"")
    invalid("a list", "primitive type", raw=b"[]")

    def refused(what, answer, status, message, error):
        with report.check(f"apigateway {what} is a {status}"):
            got, headers, body = answer()
            same((got, json.loads(body)), (status, {"message": message}), "the answer")
            same(headers["x-amzn-errortype"], error, "x-amzn-ErrorType")

    refused(
        "a header that must be there and is not", lambda: post(headers={"Content-Type": "application/json"}),
        400, "Missing required request parameters: [X-Form]", "BadRequestException",
    )
    refused(
        "another content type", lambda: post(headers={**form, "Content-Type": "text/plain"}),
        415, "Unsupported Media Type", "UnsupportedMediaTypeException",
    )
    for method, path in (("GET", "/register/a"), ("POST", "/"), ("GET", "/nothing"), ("POST", "/register"), ("POST", "/register/a/b")):
        refused(f"{method} {path}", lambda: ask(url + path, method), 403, "Missing Authentication Token", "MissingAuthenticationTokenException")
    refused("a stage that is not there", lambda: ask(url[:-2] + "v2/"), 403, "Forbidden", "ForbiddenException")
    with report.check("apigateway a preflight is answered"):
        status, headers, body = ask(
            f"{url}/register/a", "OPTIONS", {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}
        )
        same((status, body), (204, b""), "the answer")
        same(
            [headers[f"access-control-allow-{name}"] for name in ("origin", "methods", "headers")],
            ["*", "POST,OPTIONS", "content-type,x-form"], "the headers",
        )
    with report.check("apigateway the host that the API has on AWS leads to it"):
        host = f"{outputs['Id']}.execute-api.{REGION}.amazonaws.com"
        status, _, body = ask(f"{clients.url}/v1/", headers={"Host": host})
        same((status, body), (200, PAGE), "the page")


def proxy(report, outputs):
    url = f"{outputs['Url']}/function/a%20b/c"
    with report.check("apigateway a function gets the request in format 1.0"):
        status, headers, body = ask(f"{url}?x=1&x=2", headers={"X-Foreign": "yes"})
        same((status, headers["content-type"]), (200, "application/json"), f"the answer ({body[:200]})")
        event = json.loads(body)
        has(
            event,
            "resource path httpMethod headers multiValueHeaders queryStringParameters multiValueQueryStringParameters "
            "pathParameters stageVariables requestContext isBase64Encoded",
            "the event",
        )
        same((event["resource"], event["path"], event["pathParameters"]), ("/function/{proxy+}", "/function/a%20b/c", {"proxy": "a b/c"}), "the path")
        same((event["queryStringParameters"], event["multiValueQueryStringParameters"]), ({"x": "2"}, {"x": ["1", "2"]}), "the query")
        same(event["headers"]["X-Foreign"], "yes", "the header")
        has(event["requestContext"], "accountId apiId stage requestId requestTimeEpoch resourcePath resourceId identity path", "requestContext")

    def fails(what, wish, status, message, method="GET"):
        with report.check(f"apigateway {what} is a {status}"):
            got, _, body = ask(url, method, {"X-Do": wish})
            same((got, json.loads(body)), (status, {"message": message}), "the answer")

    fails("a function that fails", "fail", 502, "Internal server error")
    fails("an answer that is none", "malformed", 502, "Internal server error")
    fails("a function that takes too long", "sleep", 504, "Endpoint request timed out")
    fails("a function that is not permitted", "", 500, "Internal server error", method="PUT")


def logs(report, clients, outputs):
    client = clients.of("logs")
    with report.check("apigateway requests are in the access log, a line each"):
        pages = client.get_paginator("filter_log_events").paginate(logGroupName="/aws/vendedlogs/foreign-rest")
        lines = [json.loads(event["message"]) for page in pages for event in page["events"]]
        holds(len(lines) > 60, f"only {len(lines)} lines")
        kinds = {(line["method"], line["path"], line["status"], line["integration"], line["error"]) for line in lines}
        for kind in (
            ("GET", "/", "200", "200", "-"),
            ("POST", "/register/{event}", "201", "200", "-"),
            ("POST", "/register/{event}", "409", "400", "-"),
            ("POST", "/register/{event}", "400", "-", "BAD_REQUEST_BODY"),
            ("POST", "/register/{event}", "415", "-", "UNSUPPORTED_MEDIA_TYPE"),
            ("GET", "/function/{proxy+}", "504", "-", "INTEGRATION_TIMEOUT"),
        ):
            holds(kind in kinds, f"no line {kind} in {sorted(kinds)}")
        same(len({line["id"] for line in lines}), len(lines), "the number of ids")
    with report.check("apigateway what went wrong is in the execution log"):
        events = client.filter_log_events(logGroupName=f"API-Gateway-Execution-Logs_{outputs['Id']}/v1")["events"]
        said = "\n".join(event["message"] for event in events)
        for words in ("Invalid request body", "timeout error", "Malformed Lambda proxy response"):
            holds(words in said, f"{words} is not in {said}")


DOMAIN = "pages.foreign.example"
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012"


def domain_names(report, clients, outputs):
    """A name of one's own: as a client sets it up, and asked by that name."""
    client, api = clients.of("apigateway"), outputs["Id"]
    regional = {"types": ["REGIONAL"]}
    with report.check("apigateway CreateDomainName, GetDomainName, GetDomainNames, UpdateDomainName"):
        made = client.create_domain_name(domainName=DOMAIN, regionalCertificateArn=CERTIFICATE,
                                         endpointConfiguration=regional, securityPolicy="TLS_1_2", tags={"purpose": "foreign"})
        has(made, "domainName domainNameArn regionalDomainName regionalHostedZoneId regionalCertificateArn endpointConfiguration domainNameStatus securityPolicy tags", "the domain name")
        holds(re.fullmatch(rf"d-[a-z0-9]{{10}}\.execute-api\.{REGION}\.amazonaws\.com", made["regionalDomainName"]), made["regionalDomainName"])
        same(client.get_domain_name(domainName=DOMAIN)["regionalDomainName"], made["regionalDomainName"], "the target")
        listed = [item["domainName"] for page in client.get_paginator("get_domain_names").paginate() for item in page["items"]]
        same(listed, [DOMAIN], "the domain names")
        changed = client.update_domain_name(domainName=DOMAIN, patchOperations=[
            {"op": "replace", "path": "/endpointAccessMode", "value": "BASIC"},
            {"op": "replace", "path": "/securityPolicy", "value": "SecurityPolicy_TLS13_1_2_2021_06"}])
        same((changed["securityPolicy"], changed["endpointAccessMode"]), ("SecurityPolicy_TLS13_1_2_2021_06", "BASIC"), "how requests come in")
    with report.check("apigateway base path mappings lead a name to a stage"):
        made = client.create_base_path_mapping(domainName=DOMAIN, restApiId=api, stage="v1")
        same((made["basePath"], made["restApiId"], made["stage"]), ("(none)", api, "v1"), "the mapping")
        client.create_base_path_mapping(domainName=DOMAIN, basePath="all", restApiId=api)
        same(client.get_base_path_mapping(domainName=DOMAIN, basePath="(none)")["stage"], "v1", "the stage")
        listed = [item["basePath"] for page in client.get_paginator("get_base_path_mappings").paginate(domainName=DOMAIN) for item in page["items"]]
        same(sorted(listed), ["(none)", "all"], "the base paths")
        by_cli = clients.cli_json("apigateway", "get-base-path-mappings", "--domain-name", DOMAIN, "--query", "items[].basePath")
        same(sorted(by_cli), ["(none)", "all"], "the base paths by the CLI")
        for path in ("/", "/all/v1/"):
            status, _, body = ask(f"{clients.url}{path}", headers={"Host": DOMAIN})
            same((status, body), (200, PAGE), f"{path} of the domain name")
        same(ask(f"{clients.url}/", headers={"Host": "other.foreign.example"})[0], 421, "the status for another name")
    with report.check("apigateway UpdateBasePathMapping, DeleteBasePathMapping"):
        changed = client.update_base_path_mapping(domainName=DOMAIN, basePath="all", patchOperations=[{"op": "replace", "path": "/stage", "value": "v1"}])
        same(changed["stage"], "v1", "the stage")
        client.delete_base_path_mapping(domainName=DOMAIN, basePath="all")
    report.refuses("apigateway GetBasePathMapping of nothing", "NotFoundException",
                   lambda: client.get_base_path_mapping(domainName=DOMAIN, basePath="all"), status=404)
    report.refuses("apigateway CreateDomainName again", "ConflictException",
                   lambda: client.create_domain_name(domainName=DOMAIN, regionalCertificateArn=CERTIFICATE, endpointConfiguration=regional), status=409)
    with report.check("apigateway DeleteDomainName"):
        client.delete_domain_name(domainName=DOMAIN)
        same(ask(f"{clients.url}/", headers={"Host": DOMAIN})[0], 421, "the status for a name that is gone")
    report.refuses("apigateway GetDomainName of nothing", "NotFoundException",
                   lambda: client.get_domain_name(domainName=DOMAIN), status=404)


def control_plane(report, clients, outputs):
    client, api = clients.of("apigateway"), outputs["Id"]
    with report.check("apigateway GetRestApi, GetRestApis"):
        got = client.get_rest_api(restApiId=api)
        has(got, "id name description createdDate endpointConfiguration rootResourceId tags binaryMediaTypes apiKeySource", "the API")
        same((got["name"], got["tags"]["purpose"], got["binaryMediaTypes"]), ("foreign", "check", ["image/png"]), "the API")
        listed = [item["id"] for page in client.get_paginator("get_rest_apis").paginate() for item in page["items"]]
        holds(api in listed, "it is not listed")
        by_cli = clients.cli_json("apigateway", "get-rest-apis", "--query", "items[].id")
        holds(api in by_cli, "the CLI does not list it")
    with report.check("apigateway GetResources, GetResource, GetMethod, GetIntegration and the responses"):
        pages = client.get_paginator("get_resources").paginate(restApiId=api, embed=["methods"], PaginationConfig={"PageSize": 2})
        resources = {item["path"]: item for page in pages for item in page["items"]}
        same(sorted(resources), ["/", "/function", "/function/{proxy+}", "/register", "/register/{event}"], "the paths")
        event = resources["/register/{event}"]
        same((event["parentId"], event["pathPart"]), (resources["/register"]["id"], "{event}"), "the resource")
        where = {"restApiId": api, "resourceId": event["id"]}
        same(sorted(client.get_resource(**where)["resourceMethods"]), ["OPTIONS", "POST"], "the methods")
        where["httpMethod"] = "POST"
        method = client.get_method(**where)
        has(method, "httpMethod authorizationType apiKeyRequired requestValidatorId operationName requestParameters requestModels methodResponses methodIntegration", "the method")
        same(method["requestParameters"], {"method.request.path.event": True, "method.request.header.X-Form": True}, "requestParameters")
        integration = client.get_integration(**where)
        has(integration, "type httpMethod uri credentials requestTemplates passthroughBehavior timeoutInMillis integrationResponses", "the integration")
        same(integration["uri"], f"arn:aws:apigateway:{REGION}:dynamodb:action/PutItem", "uri")
        same(client.get_integration_response(**where, statusCode="400")["selectionPattern"], "4\\d{2}", "selectionPattern")
        # Its model has no error for a status that is none: nothing to hold it against.
        unrecorded = clients.of("apigateway", raw=True)
        same(unrecorded.get_method_response(**where, statusCode="201")["responseModels"], {"application/json": "Empty"}, "responseModels")
        by_cli = clients.cli_json("apigateway", "get-method", "--rest-api-id", api, "--resource-id", event["id"], "--http-method", "POST")
        same(by_cli["operationName"], "Register", "operationName")
    with report.check("apigateway models, validators and gateway responses"):
        models = [item["name"] for page in client.get_paginator("get_models").paginate(restApiId=api) for item in page["items"]]
        same(sorted(models), ["Empty", "Error", "Registration"], "the models")
        schema = json.loads(client.get_model(restApiId=api, modelName="Registration")["schema"])
        same(schema["required"], ["name", "email", "phone", "year"], "required")
        validator = client.get_request_validators(restApiId=api)["items"][0]
        same((validator["name"], validator["validateRequestBody"]), ("all", True), "the validator")
        same(client.get_request_validator(restApiId=api, requestValidatorId=validator["id"])["name"], "all", "its name")
        responses = {item["responseType"]: item for item in client.get_gateway_responses(restApiId=api, limit=500)["items"]}
        same(len(responses), 21, "the number of types")
        same((responses["THROTTLED"]["statusCode"], responses["THROTTLED"]["defaultResponse"]), ("429", True), "THROTTLED")
        own = client.get_gateway_response(restApiId=api, responseType="DEFAULT_4XX")
        same(own["responseParameters"], {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}, "the parameters")
    with report.check("apigateway stages, deployments and the account"):
        stage = client.get_stage(restApiId=api, stageName="v1")
        has(stage, "deploymentId stageName createdDate lastUpdatedDate methodSettings variables accessLogSettings tracingEnabled tags cacheClusterEnabled", "the stage")
        settings = stage["methodSettings"]
        same(sorted(settings), ["*/*", "~1register~1{event}/OPTIONS"], "the settings")
        same((settings["*/*"]["throttlingBurstLimit"], settings["*/*"]["throttlingRateLimit"], settings["*/*"]["loggingLevel"]), (200, 100.0, "ERROR"), "the defaults")
        same(stage["accessLogSettings"]["destinationArn"], f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/vendedlogs/foreign-rest", "the log")
        same([item["stageName"] for item in client.get_stages(restApiId=api)["item"]], ["v1"], "the stages")
        same(client.get_stages(restApiId=api, deploymentId="other0")["item"], [], "the stages of another deployment")
        deployments = client.get_deployments(restApiId=api)["items"]
        same([(item["id"], item["description"]) for item in deployments], [(stage["deploymentId"], "The first")], "the deployments")
        summary = client.get_deployment(restApiId=api, deploymentId=stage["deploymentId"], embed=["apisummary"])["apiSummary"]
        same(summary["/"], {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}, "the summary")
        holds("LogRole" in client.get_account()["cloudwatchRoleArn"], "the account has another role")
    absent = {"restApiId": api, "resourceId": "absent"}
    for name, call in (
        ("GetRestApi", lambda: client.get_rest_api(restApiId="absent0000")),
        ("GetResources", lambda: client.get_resources(restApiId="absent0000")),
        ("GetResource", lambda: client.get_resource(**absent)),
        ("GetMethod", lambda: client.get_method(**absent, httpMethod="GET")),
        ("GetIntegration", lambda: client.get_integration(**absent, httpMethod="GET")),
        ("GetModel", lambda: client.get_model(restApiId=api, modelName="Absent")),
        ("GetRequestValidator", lambda: client.get_request_validator(restApiId=api, requestValidatorId="absent")),
        ("GetStage", lambda: client.get_stage(restApiId=api, stageName="absent")),
        ("GetDeployment", lambda: client.get_deployment(restApiId=api, deploymentId="absent")),
    ):
        report.refuses(f"apigateway {name} of nothing", "NotFoundException", call, status=404)
    report.refuses(
        "apigateway TestInvokeMethod", "NotImplementedByLocalAws",
        lambda: client.test_invoke_method(restApiId=api, resourceId="x", httpMethod="GET"), status=501,
    )
    report.refuses(
        "apigateway CreateRestApi", "NotImplementedByLocalAws", lambda: client.create_rest_api(name="x"), status=501,
    )
