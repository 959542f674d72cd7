#!/usr/bin/env python3
"""What a write costs by what is there already.

    benches/puts.py [--program target/release/vanity-deploy] [--objects 0,1000,10000] [--flows 0,1000]
                    [--puts 200] [--starts 5]

Fills a served embedded AWS with S3 objects and with flows, and times single writes as a client sees
them: a parameter, one flow's content, one object. Then serves the same state anew, several times,
and times how long that takes until it answers, with the memory that it has then. Everything in one
run; figures are medians, and beside them what they are of the figure with nothing there. Needs boto3
(`tests/foreign/run` makes target/foreign with it).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
import botocore.config

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INSTANCE = "00000000-0000-4000-8000-76616e697479"
BUCKET = "benches-puts"
# Those that an instance is born with have room too.
QUOTA = 100


def flow(text):
    end = {"Identifier": "End", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}}
    say = {"Identifier": "Say", "Type": "MessageParticipant", "Parameters": {"Text": text},
           "Transitions": {"NextAction": "End", "Errors": [{"NextAction": "End", "ErrorType": "NoMatchingError"}]}}
    return json.dumps({"Version": "2019-10-30", "StartAction": "Say", "Actions": [say, end]})


class Served:
    """`vanity-deploy local` on a folder of its own."""

    def __init__(self, program, folder, *options):
        environment = {"PATH": os.environ["PATH"], "XDG_STATE_HOME": os.path.join(folder, "state")}
        begun = time.perf_counter()
        self.process = subprocess.Popen(
            [program, "local", "--port", "0", "--json", "--local-dir", os.path.join(folder, "aws"), *options],
            cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            told = json.loads(line)
            if told.get("type") == "listening":
                self.url = told["url"]
                break
        else:
            sys.exit("vanity-deploy local does not serve")
        with urllib.request.urlopen(f"{self.url}/_vanity-deploy/health") as answer:
            answer.read()
        self.ready = time.perf_counter() - begun

    def client(self, service):
        path_style = botocore.config.Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0})
        return boto3.client(service, endpoint_url=self.url, region_name="us-east-1", config=path_style,
                            aws_access_key_id="local", aws_secret_access_key="local")

    def memory(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            [line] = [line for line in status if line.startswith("VmRSS:")]
        return int(line.split()[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


def median(work, times):
    taken = []
    for number in range(times):
        begun = time.perf_counter()
        work(number)
        taken.append(time.perf_counter() - begun)
    return 1000 * statistics.median(taken)


def measure(program, objects, flows, puts, starts):
    with tempfile.TemporaryDirectory() as folder:
        served = Served(program, folder, "--quota", f"flows-per-instance={flows + QUOTA}")
        storage, connect, parameters = (served.client(name) for name in ("s3", "connect", "ssm"))
        storage.create_bucket(Bucket=BUCKET)
        for number in range(objects):
            storage.put_object(Bucket=BUCKET, Key=f"there/{number}", Body=b"x" * 100)
        for number in range(flows + 1):
            made = connect.create_contact_flow(
                InstanceId=INSTANCE, Name=f"Flow {number}", Type="CONTACT_FLOW", Content=flow(f"text {number}"))
        taken = {
            "parameter": median(lambda n: parameters.put_parameter(
                Name="/benches/puts", Value=str(n), Type="String", Overwrite=True), puts),
            "flow": median(lambda n: connect.update_contact_flow_content(
                InstanceId=INSTANCE, ContactFlowId=made["ContactFlowId"], Content=flow(f"new {n}")), puts),
            "object": median(lambda n: storage.put_object(
                Bucket=BUCKET, Key=f"new/{n}", Body=b"x" * 100), puts),
        }
        served.stop()
        ready, memory = [], []
        for _ in range(starts):
            again = Served(program, folder)
            ready.append(again.ready)
            memory.append(again.memory())
            again.stop()
        taken["ready"] = 1000 * statistics.median(ready)
        taken["memory"] = statistics.median(memory)
        return taken


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--program", default=os.path.join(ROOT, "target/release/vanity-deploy"))
    options.add_argument("--objects", default="0,1000,10000")
    options.add_argument("--flows", default="0,1000")
    options.add_argument("--puts", type=int, default=200)
    options.add_argument("--starts", type=int, default=5)
    options = options.parse_args()
    objects = [int(number) for number in options.objects.split(",")]
    flows = [int(number) for number in options.flows.split(",")]
    states = [(number, flows[0]) for number in objects] + [(objects[0], number) for number in flows[1:]]
    first = None
    print(f"{'objects':>8} {'flows':>6}  " + "".join(
        f"{name:>22}" for name in ("parameter ms", "flow ms", "object ms", "ready ms", "memory MiB")))
    for state in states:
        taken = measure(os.path.abspath(options.program), *state, options.puts, options.starts)
        first = first or taken
        cells = "".join(f"{taken[name]:>12.2f} ({taken[name] / first[name]:>5.2f} x)" for name in taken)
        print(f"{state[0]:>8} {state[1]:>6}  {cells}", flush=True)


if __name__ == "__main__":
    main()
