#!/usr/bin/env python3
"""Calls of one customer at the same time, through the Lambda API of the embedded AWS.

    cargo build --release
    lambda/customer-lookup/benches/simultaneous_calls.py target/release/vanity-deploy

Deploys customer-lookup to a folder of its own, serves it, invokes the function 1,000 times (40 at
once, in as many processes; the embedded Lambda runs 100 at most), and compares the row before and
after: every call is counted, none twice. Prints how long an invocation took.
"""

import argparse
import concurrent.futures
import http.client
import json
import pathlib
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[3]
NUMBER = "+12065550101"
EVENT = json.dumps(
    {
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {"CustomerEndpoint": {"Address": NUMBER, "Type": "TELEPHONE_NUMBER"}},
            "Parameters": {},
        },
    }
)


def authorization(service):
    # The embedded AWS reads the scope and checks no signature.
    scope = f"local/20260101/us-east-1/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"


class Client(threading.local):
    """A connection for each thread."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address)

    def post(self, service, path, body, headers=()):
        headers = {"Authorization": authorization(service), **dict(headers)}
        self.connection.request("POST", path, body, headers)
        response = self.connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {answer.decode()}")
        return json.loads(answer), dict(response.getheaders())


def count(client, table):
    key = {"TableName": table, "Key": {"CalledNumber": {"S": NUMBER}}}
    headers = {
        "X-Amz-Target": "DynamoDB_20120810.GetItem",
        "Content-Type": "application/x-amz-json-1.0",
    }
    answer, _ = client.post("dynamodb", "/", json.dumps(key), headers)
    return int(answer["Item"]["CallCount"]["N"])


def invoke(client):
    start = time.perf_counter()
    path = "/2015-03-31/functions/customer-lookup:live/invocations"
    answer, headers = client.post("lambda", path, EVENT)
    took = time.perf_counter() - start
    if "X-Amz-Function-Error" in headers or answer.get("FirstName") != "Robin":
        raise RuntimeError(f"{headers}: {answer}")
    return took, int(answer["CallCount"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=40)
    arguments = parser.parse_args()
    program = arguments.program.resolve()
    with tempfile.TemporaryDirectory() as folder:
        local = ["--local-dir", folder]
        up = [program, "up", "customer-lookup", "--local", "--quiet", *local]
        subprocess.run(up, cwd=ROOT, check=True)
        outputs = [program, "outputs", "customer-lookup", "--local", "--json", *local]
        lines = subprocess.run(outputs, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        table = json.loads(lines.splitlines()[1])["stacks"]["storage"]["TableName"]
        server = subprocess.Popen(
            [program, "local", "--port", "0", "--json", *local],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            url = next(
                json.loads(line)["url"] for line in server.stdout if '"listening"' in line
            )
            client = Client(urllib.parse.urlparse(url).netloc)
            before = count(client, table)
            start = time.perf_counter()
            with concurrent.futures.ThreadPoolExecutor(arguments.at_once) as pool:
                calls = list(pool.map(lambda _: invoke(client), range(arguments.calls)))
            took = time.perf_counter() - start
            after = count(client, table)
        finally:
            server.terminate()
            server.wait()
    times = sorted(took * 1000 for took, _ in calls)
    seen = sorted(count for _, count in calls)
    print(f"{arguments.calls} calls, {arguments.at_once} at once: {took:.2f} s")
    print(f"counted {after - before}; each saw another count: {seen == list(range(before, after))}")
    print(
        f"an invocation: median {statistics.median(times):.1f} ms, "
        f"99th percentile {times[int(len(times) * 0.99) - 1]:.1f} ms, worst {times[-1]:.1f} ms"
    )
    if after - before != arguments.calls:
        raise SystemExit("calls were lost or counted twice")


if __name__ == "__main__":
    main()
