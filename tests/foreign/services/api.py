"""API Gateway: an HTTP API that a stack makes, read by its API and called as the internet does."""

import json
import urllib.error
import urllib.request

from clients import ACCOUNT, REGION
from report import has, holds, same
from services import functions

STACK = "foreign-api"
QUICK = {"Delay": 1, "MaxAttempts": 30}


def template(permitted=True):
    resources = {
        "Api": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {"Name": "foreign", "ProtocolType": "HTTP", "CorsConfiguration": {"AllowOrigins": ["*"], "AllowMethods": ["GET"]}},
        },
        "Integration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": {"Ref": "Api"}, "IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0",
                "IntegrationUri": f"{functions.ARN}:live",
            },
        },
        "Route": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {"ApiId": {"Ref": "Api"}, "RouteKey": "GET /numbers/{number}", "Target": {"Fn::Sub": "integrations/${Integration}"}},
        },
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "$default", "AutoDeploy": True},
        },
    }
    if permitted:
        resources["Permission"] = {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": f"{functions.ARN}:live", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com",
                "SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/GET/numbers/*"},
            },
        }
    return json.dumps(
        {"Resources": resources, "Outputs": {"Id": {"Value": {"Ref": "Api"}}, "Url": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}}}}
    )


def get(url, method="GET", headers=None):
    request = urllib.request.Request(url, method=method, headers=headers or {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def run(context):
    report, clients = context.report, context.clients
    cloudformation, client = clients.of("cloudformation"), clients.of("apigatewayv2")

    def stack(update=False, **params):
        call = cloudformation.update_stack if update else cloudformation.create_stack
        call(StackName=STACK, **params)
        waiter = "stack_update_complete" if update else "stack_create_complete"
        cloudformation.get_waiter(waiter).wait(StackName=STACK, WaiterConfig=QUICK)
        outputs = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    with report.check("apigatewayv2 a stack makes an HTTP API"):
        outputs = stack(TemplateBody=template(permitted=False))
        api = outputs["Id"]
    with report.check("apigatewayv2 GetApi, GetApis and what belongs to it"):
        got = client.get_api(ApiId=api)
        has(got, "ApiId ApiEndpoint Name ProtocolType RouteSelectionExpression CreatedDate CorsConfiguration", "the API")
        holds(api in [item["ApiId"] for page in client.get_paginator("get_apis").paginate() for item in page["Items"]], "it is not listed")
        route = client.get_routes(ApiId=api)["Items"][0]
        same(route["RouteKey"], "GET /numbers/{number}", "RouteKey")
        integration = client.get_integrations(ApiId=api)["Items"][0]
        same(route["Target"], f"integrations/{integration['IntegrationId']}", "Target")
        has(integration, "IntegrationType IntegrationUri PayloadFormatVersion TimeoutInMillis", "the integration")
        stage = client.get_stages(ApiId=api)["Items"][0]
        same((stage["StageName"], stage["AutoDeploy"]), ("$default", True), "the stage")
    with report.check("apigatewayv2 a function that is not permitted is not invoked"):
        status, _, body = get(f"{outputs['Url']}/numbers/1")
        same((status, json.loads(body)), (500, {"message": "Internal Server Error"}), "the answer")
    with report.check("apigatewayv2 a permitted function is invoked with an event of version 2.0"):
        stack(update=True, TemplateBody=template())
        status, headers, body = get(f"{outputs['Url']}/numbers/42?a=1&a=2", headers={"X-Foreign": "yes", "Cookie": "c=1"})
        same(status, 200, f"the status ({body[:200]})")
        event = json.loads(body)
        has(
            event,
            "version routeKey rawPath rawQueryString cookies headers queryStringParameters requestContext pathParameters isBase64Encoded",
            "the event",
        )
        same(
            (event["routeKey"], event["pathParameters"], event["queryStringParameters"], event["rawQueryString"]),
            ("GET /numbers/{number}", {"number": "42"}, {"a": "1,2"}, "a=1&a=2"),
            "route and parameters",
        )
        same((event["headers"].get("x-foreign"), event["cookies"]), ("yes", ["c=1"]), "header and cookies")
        has(
            event["requestContext"],
            "accountId apiId domainName domainPrefix http requestId routeKey stage time timeEpoch", "requestContext",
        )
        same((event["requestContext"]["accountId"], event["requestContext"]["apiId"]), (ACCOUNT, api), "the ids")
    with report.check("apigatewayv2 the policy names the route of the API"):
        document = json.loads(clients.of("lambda").get_policy(FunctionName=functions.NAME, Qualifier="live")["Policy"])
        sources = [s["Condition"]["ArnLike"]["AWS:SourceArn"] for s in document["Statement"] if s["Principal"] == {"Service": "apigateway.amazonaws.com"}]
        same(sources, [f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/*/GET/numbers/*"], "the sources")
    with report.check("apigatewayv2 what has no route is Not Found"):
        for method, path in (("GET", "/other"), ("POST", "/numbers/1"), ("GET", "/numbers")):
            status, _, body = get(outputs["Url"] + path, method)
            same((status, json.loads(body)), (404, {"message": "Not Found"}), f"{method} {path}")
    with report.check("apigatewayv2 CORS is answered by the API"):
        status, headers, _ = get(
            f"{outputs['Url']}/numbers/1", "OPTIONS", {"Origin": "https://example.com", "Access-Control-Request-Method": "GET"}
        )
        same(status, 204, "the status")
        same(headers["access-control-allow-origin"], "*", "access-control-allow-origin")
    report.refuses("apigatewayv2 GetApi of nothing", "NotFoundException", lambda: client.get_api(ApiId="absent0000"), status=404)
    report.refuses("apigatewayv2 GetRoutes of nothing", "NotFoundException", lambda: client.get_routes(ApiId="absent0000"), status=404)
    with report.check("apigatewayv2 DeleteStack takes API and permission away"):
        cloudformation.delete_stack(StackName=STACK)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig=QUICK)
        same([item for item in client.get_apis()["Items"] if item["ApiId"] == api], [], "the API")
    functions.finish(context)
