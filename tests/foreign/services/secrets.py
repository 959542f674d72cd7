"""Parameter Store, and stacks that read it and Secrets Manager."""

import json

from clients import ACCOUNT, REGION
from report import has, holds, same

TEMPLATE = {
    "Resources": {
        "Group": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {
                "LogGroupName": "{{resolve:ssm:/foreign/team:1}}-{{resolve:secretsmanager:foreign/app:SecretString:suffix}}",
                "RetentionInDays": 1,
            },
        }
    }
}


def run(context):
    report, clients = context.report, context.clients
    ssm = clients.of("ssm")
    with report.check("ssm PutParameter counts versions, GetParameter reads each"):
        first = ssm.put_parameter(
            Name="/foreign/team",
            Value="red",
            Type="String",
            Description="A team",
            Tags=[{"Key": "purpose", "Value": "check"}],
            Tier="Standard",
            DataType="text",
        )
        same((first["Version"], first["Tier"]), (1, "Standard"), "the answer")
        same(ssm.put_parameter(Name="/foreign/team", Value="blue", Overwrite=True)["Version"], 2, "Version")
        parameter = ssm.get_parameter(Name="/foreign/team")["Parameter"]
        has(parameter, "Name Type Value Version LastModifiedDate ARN DataType", "the parameter")
        same(parameter["Value"], "blue", "Value")
        same(parameter["ARN"], f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/foreign/team", "ARN")
        same(ssm.get_parameter(Name="/foreign/team:1")["Parameter"]["Value"], "red", "the first version")
        same(ssm.get_parameter(Name=parameter["ARN"])["Parameter"]["Value"], "blue", "by ARN")
    with report.check("ssm a SecureString is read in clear only with decryption"):
        ssm.put_parameter(Name="foreign-pin", Value="1234", Type="SecureString")
        holds(ssm.get_parameter(Name="foreign-pin")["Parameter"]["Value"] != "1234", "it is read in clear")
        clear = ssm.get_parameters(Names=["foreign-pin", "foreign-none"], WithDecryption=True)
        same([p["Value"] for p in clear["Parameters"]], ["1234"], "Value")
        same(clear["InvalidParameters"], ["foreign-none"], "InvalidParameters")
    with report.check("ssm the aws CLI reads it"):
        answer = clients.cli_json("ssm", "get-parameter", "--name", "/foreign/team", "--query", "Parameter.Value")
        same(answer, "blue", "the value")
    report.refuses(
        "ssm a second PutParameter without Overwrite",
        "ParameterAlreadyExists",
        lambda: ssm.put_parameter(Name="/foreign/team", Value="x", Type="String"),
        says="already exists",
        status=400,
    )
    report.refuses(
        "ssm a parameter without a type",
        "ValidationException",
        lambda: ssm.put_parameter(Name="/foreign/untyped", Value="x"),
    )
    report.refuses(
        "ssm a reserved name",
        "ValidationException",
        lambda: ssm.put_parameter(Name="aws-foreign", Value="x", Type="String"),
    )
    report.refuses(
        "ssm a parameter that is not there", "ParameterNotFound", lambda: ssm.get_parameter(Name="/foreign/none")
    )
    report.refuses(
        "ssm a version that is not there",
        "ParameterVersionNotFound",
        lambda: ssm.get_parameter(Name="/foreign/team:9"),
    )
    report.refuses(
        "ssm deleting what is not there", "ParameterNotFound", lambda: ssm.delete_parameter(Name="/foreign/none")
    )
    stacks(report, clients)
    with report.check("ssm DeleteParameter deletes"):
        ssm.delete_parameter(Name="foreign-pin")
        same(ssm.get_parameters(Names=["foreign-pin"])["InvalidParameters"], ["foreign-pin"], "what is left")


def stacks(report, clients):
    """The deployment of a template that names a parameter and a secret."""
    secret = json.dumps({"suffix": "s3cr3t"})
    clients.of("secretsmanager").create_secret(Name="foreign/app", SecretString=secret)
    with report.check("cloudformation puts dynamic references in place and keeps no secret"):
        file = clients.file("dynamic.json", json.dumps(TEMPLATE))
        done = clients.cli(
            "cloudformation", "deploy", "--stack-name", "foreign-dynamic", "--template-file", file
        )
        same(done.returncode, 0, f"the exit code ({done.stderr.strip()})")
        groups = clients.of("logs").describe_log_groups(logGroupNamePrefix="red-")["logGroups"]
        same([group["logGroupName"] for group in groups], ["red-s3cr3t"], "the group")
        template = clients.of("cloudformation").get_template(StackName="foreign-dynamic")["TemplateBody"]
        holds("s3cr3t" not in json.dumps(template), "the secret is in the template")
        clients.of("cloudformation").delete_stack(StackName="foreign-dynamic")
