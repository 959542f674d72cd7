#!/usr/bin/env python3
"""Drives the embedded AWS with clients that are not ours: boto3 and the aws CLI.

    check.py --url http://127.0.0.1:PORT [--templates DIR] [--service NAME]… [--without-mutations]

Prints a line for each check and, last, the counts; exit code 1 when one failed.
"""

import argparse
import importlib
import sys
from dataclasses import dataclass

import mutations
from clients import Clients, temporary_home
from report import Report
from wire import Wire

# In this order: roles before functions, functions before Connect.
SERVICES = {
    "judge": "judge",
    "sts": "sts",
    "iam": "iam",
    "logs": "logs",
    "dynamodb": "dynamodb",
    "dynamodbstreams": "streams",
    "lambda": "functions",
    "connect": "connect",
    "s3": "s3",
    "cloudformation": "cloudformation",
    "apigateway": "rest_api",
    "apigatewayv2": "api",
    "sesv2": "ses",
    "sns": "sns",
    "sqs": "sqs",
    "cloudwatch": "cloudwatch",
    "secretsmanager": "secretsmanager",
    "ssm": "secrets",
    "pipes": "pipes",
    "scheduler": "scheduler",
    "edges": "edges",
    "operations": "operations",
    "templates": "templates",
}


@dataclass
class Context:
    """What the checks of one service need."""

    report: Report
    clients: Clients
    templates: str


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True, help="where the embedded AWS answers")
    parser.add_argument("--templates", default="templates", help="the folder of the templates")
    parser.add_argument("--service", action="append", choices=SERVICES, help="only this service")
    parser.add_argument("--without-mutations", action="store_true", help="no inputs made from the models")
    arguments = parser.parse_args()
    wire = Wire()
    report = Report(wire)
    with temporary_home() as home:
        context = Context(report, Clients(arguments.url, home, wire), arguments.templates)
        for service, module in SERVICES.items():
            if arguments.service and service not in arguments.service:
                continue
            try:
                importlib.import_module(f"services.{module}").run(context)
            except Exception as error:
                # What a later check needs is not there: that service ends here.
                report.fails(f"{service} could go on", [f"{type(error).__name__}: {error}"])
            if not arguments.without_mutations:
                mutations.run(report, context.clients, service)
        if not arguments.service:
            name = f"{wire.answers} answers and {wire.errors} errors were held against botocore's models"
            with report.check(name):
                if not wire.answers or not wire.errors:
                    raise AssertionError("the check of the wire saw nothing")
    print(f"foreign clients: {report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
