"""Lambda: function URLs, the permissions that open them, and layers as configuration."""

import json

from clients import ACCOUNT, REGION
from report import has, same

LAYER = f"arn:aws:lambda:{REGION}:444455556666:layer:foreign:1"
QUICK = {"Delay": 1, "MaxAttempts": 20}


def run(context, name):
    """On a function that has the alias `live`."""
    report, clients = context.report, context.clients
    client = clients.of("lambda")
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    with report.check("lambda a URL of an alias is made, read and changed"):
        made = client.create_function_url_config(
            FunctionName=name, Qualifier="live", AuthType="NONE", Cors={"AllowOrigins": ["*"], "AllowMethods": ["GET"]}
        )
        has(made, "FunctionUrl FunctionArn AuthType CreationTime InvokeMode", "the URL")
        same(made["FunctionArn"], f"{arn}:live", "FunctionArn")
        client.update_function_url_config(FunctionName=name, Qualifier="live", AuthType="AWS_IAM", InvokeMode="RESPONSE_STREAM")
        read = client.get_function_url_config(FunctionName=name, Qualifier="live")
        same((read["AuthType"], read["InvokeMode"], read["Cors"]), ("AWS_IAM", "RESPONSE_STREAM", made["Cors"]), "the URL")
        same(read["FunctionUrl"], made["FunctionUrl"], "FunctionUrl")
    with report.check("lambda the URL of the function itself, by the aws CLI"):
        out = clients.cli_json("lambda", "create-function-url-config", "--function-name", name, "--auth-type", "NONE")
        same(out["FunctionArn"], arn, "FunctionArn")
    with report.check("lambda the paginator of URLs tells those of the function and of its aliases"):
        pages = client.get_paginator("list_function_url_configs").paginate(FunctionName=name, PaginationConfig={"PageSize": 1})
        same([u["FunctionArn"] for page in pages for u in page["FunctionUrlConfigs"]], [arn, f"{arn}:live"], "the URLs")
    with report.check("lambda the two permissions that open a URL to everybody"):
        for statement, given, condition in (
            ("url", {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"}, {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}),
            ("via", {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True}, {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}),
        ):
            made = client.add_permission(FunctionName=name, StatementId=statement, Principal="*", **given)
            same(json.loads(made["Statement"])["Condition"], condition, "Condition")
            client.remove_permission(FunctionName=name, StatementId=statement)
    refusals(report, client, name)
    with report.check("lambda DeleteFunctionUrlConfig, then none is listed"):
        client.delete_function_url_config(FunctionName=name)
        client.delete_function_url_config(FunctionName=name, Qualifier="live")
        same(client.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"], [], "the URLs")
    with report.check("lambda layers are kept as configuration, and an empty list takes them away"):
        client.update_function_configuration(FunctionName=name, Layers=[LAYER])
        client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=QUICK)
        same([layer["Arn"] for layer in client.get_function_configuration(FunctionName=name)["Layers"]], [LAYER], "Layers")
        client.update_function_configuration(FunctionName=name, Layers=[], FileSystemConfigs=[], DeadLetterConfig={"TargetArn": ""})
        client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=QUICK)
        same(client.get_function_configuration(FunctionName=name).get("Layers", []), [], "Layers")


def refusals(report, client, name):
    refuses, invalid, absent = report.refuses, "InvalidParameterValueException", "ResourceNotFoundException"

    def create(**changes):
        return lambda: client.create_function_url_config(**{"FunctionName": name, "AuthType": "NONE", **changes})

    refuses("lambda a second URL", "ResourceConflictException", create(Qualifier="live"), status=409)
    refuses("lambda a URL of a version", "ValidationException", create(Qualifier="1"), status=400)
    refuses("lambda a URL of no such alias", absent, create(Qualifier="absent"), status=404)
    refuses("lambda a URL of no function", absent, create(FunctionName="absent"), status=404)
    refuses("lambda the URLs of no function", absent, lambda: client.list_function_url_configs(FunctionName="absent"), status=404)
    refuses("lambda the URL of an alias that has none", absent, lambda: client.get_function_url_config(FunctionName=name, Qualifier="absent"), status=404)
    refuses(
        "lambda FunctionUrlAuthType for another action", invalid,
        lambda: client.add_permission(FunctionName=name, StatementId="x", Action="lambda:InvokeFunction", Principal="*", FunctionUrlAuthType="NONE"),
        status=400,
    )
    own = LAYER.replace("444455556666", ACCOUNT)
    refuses(
        "lambda a layer of this account that is not there", invalid,
        lambda: client.update_function_configuration(FunctionName=name, Layers=[own]), status=400, says="does not exist",
    )
