#!/usr/bin/env python3
"""A rush of registrations: POSTed at once, each must be an item and one SMS.

    benches/registrations.py [--registrations 2000] [--at-once 100] [--program target/debug/vanity-deploy]
    benches/registrations.py --storm

Deploys event-registration in a folder of its own, serves it, and times whole requests from the
outside. Ends with an error when one is lost, refused, or told twice. Needs boto3, to read the table.

In a storm the event changes twice while they register, an `up` between fails its probe, and SNS throttles
until the pipe has given some up: those are told by the recovery.
"""

import argparse
import collections
import concurrent.futures
import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse

import boto3

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests/browser"))
from served import Served, eventually  # noqa: E402


def phone(number):
    return f"+1415{5_000_000 + number:07}"


class Visitors:
    """Each thread keeps its connection, as a load balancer would."""

    def __init__(self, page):
        self.url = urllib.parse.urlsplit(page)
        self.kept = threading.local()

    def register(self, number):
        connection = getattr(self.kept, "connection", None)
        if connection is None:
            connection = self.kept.connection = http.client.HTTPConnection(self.url.netloc, timeout=120)
        body = json.dumps({"name": f"Visitor {number}", "email": f"v{number}@example.com",
                           "rollNumber": f"R-{number}", "phone": phone(number), "year": number % 4 + 1})
        start = time.perf_counter()
        connection.request("POST", f"{self.url.path}register", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - start


def up(served, *parameters):
    """`up` beside the server; its exit code."""
    command = [served.program, "up", "event-registration", "--local", "--local-dir", served.folder]
    for parameter in parameters:
        command += ["--param", parameter]
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode


def storm(served, limits, wanted, saved):
    """What goes on while they register; what went otherwise than it should."""
    throttled = {"status": 400, "code": "Throttled", "message": "Rate exceeded"}
    served.faults([{"service": "sns", "operation": "Publish", "times": wanted, "effect": {"error": throttled}}])
    wrong = []
    for share, parameters, expected in [(.2, ["EventId=winter", "EventName=Winter"], 0),
                                        (.4, ["EventId=autumn", "SmsText=Hi"], 1),
                                        (.6, ["EventId=summer", "EventName=Summer"], 0)]:
        while len(saved) < share * wanted:
            time.sleep(.05)
        code = up(served, *limits, *parameters)
        if code != expected:
            wrong.append(f"up {parameters}: {code}")
    return wrong


def recover(served):
    """Invokes the recovery until nothing is open; how many it confirmed."""
    functions = boto3.client("lambda", endpoint_url=served.url, region_name="us-east-1",
                             aws_access_key_id="local", aws_secret_access_key="local")
    event, confirmed = {"Name": "event-registration.recover", "olderThanSeconds": 0}, 0
    while True:
        answer = functions.invoke(FunctionName="event-registration:live", Payload=json.dumps(event))
        answer = json.loads(answer["Payload"].read())
        if "found" not in answer:
            sys.exit(f"the recovery failed: {answer}")
        confirmed += answer["confirmed"]
        if answer["complete"] and answer["found"] == 0:
            return confirmed
        time.sleep(1)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--registrations", type=int, default=2000)
    options.add_argument("--at-once", type=int, default=100)
    options.add_argument("--storm", action="store_true")
    options.add_argument("--program", default=os.path.join(ROOT, "target/debug/vanity-deploy"))
    options = options.parse_args()
    os.chdir(ROOT)
    wanted = options.registrations
    limits = [f"RequestsPerSecond={10 * wanted}", f"RequestBurst={wanted}"]
    if options.storm:
        limits.append("Retries=2")
    served = Served(os.path.abspath(options.program), *limits)
    recovered, wrong = 0, []
    try:
        visitors = Visitors(served.page)
        start = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(options.at_once) as pool:
            done = []
            weather = pool.submit(storm, served, limits, wanted, done) if options.storm else None

            def register(number):
                # A storm lasts: they come one after another.
                time.sleep(1 if options.storm else 0)
                answer = visitors.register(number)
                done.append(number)
                return answer

            answers = list(pool.map(register, range(wanted)))
            if weather:
                wrong = weather.result()
        saved = time.perf_counter() - start
        statuses = collections.Counter(status for status, _ in answers)
        if options.storm:
            served.faults([])
            recovered = recover(served)
        eventually("an SMS for each", lambda: len(served.outbox()) >= wanted, 900)
        told = time.perf_counter() - start
        numbers = collections.Counter(sms["phoneNumber"] for sms in served.outbox())
        tables = boto3.client("dynamodb", endpoint_url=served.url, region_name="us-east-1",
                              aws_access_key_id="local", aws_secret_access_key="local")

        def items():
            pages = tables.get_paginator("scan").paginate(
                TableName=served.output("TableName"), ConsistentRead=True)
            return [item for page in pages for item in page["Items"]]

        eventually("a mark on each", lambda: all("confirmedAt" in item for item in items()), 300)
        kept = items()
    finally:
        served.stop()
    seconds = sorted(seconds for _, seconds in answers)
    print(f"{wanted} registrations, {options.at_once} at once")
    print(f"answers               {dict(statuses)}")
    print(f"items                 {len(kept)}, {sum('confirmedAt' in item for item in kept)} confirmed")
    print(f"SMS                   {sum(numbers.values())} to {len(numbers)} numbers, {sum(count > 1 for count in numbers.values())} told twice")
    if options.storm:
        print(f"by the recovery       {recovered}")
    print(f"all saved after       {saved:.1f} s ({wanted / saved:.0f} a second)")
    print(f"all told after        {told:.1f} s")
    print(f"a POST                median {statistics.median(seconds) * 1000:.0f} ms, 99th percentile {seconds[int(len(seconds) * .99)] * 1000:.0f} ms")
    if wrong:
        sys.exit("\n".join(wrong))
    expected = {phone(number) for number in range(wanted)}
    if statuses != {201: wanted} or len(kept) != wanted or set(numbers) != expected or sum(numbers.values()) != wanted:
        sys.exit("not every registration was saved and told once")


if __name__ == "__main__":
    main()
