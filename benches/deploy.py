#!/usr/bin/env python3
"""Whole deployments as whole processes, against `aws cloudformation deploy` of the
same storage stack against the same embedded AWS. Runs take turns; medians and
ratios are of one run of this script.

    benches/deploy.py [--runs 9] [--program target/debug/vanity-deploy]

Needs the aws CLI. The function's zip is built before anything is timed.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def timed(command, environment=None):
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return seconds


class Served:
    """The embedded AWS, served on a free port with a state of its own."""

    def __init__(self, program, folder):
        self.process = subprocess.Popen(
            [program, "local", "--port", "0", "--json", "--local-dir", folder],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.process.stdout.readline()
        self.url = json.loads(self.process.stdout.readline())["url"]

    def stop(self):
        self.process.terminate()
        self.process.wait()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=9)
    options.add_argument("--program", default=os.path.join(ROOT, "target/debug/vanity-deploy"))
    options = options.parse_args()
    program = os.path.abspath(options.program)
    figures = {"up, first": [], "up, no change": [], "aws deploy, first": [], "aws deploy, no change": []}
    environment = dict(os.environ, AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local",
                       AWS_DEFAULT_REGION="us-east-1", AWS_REGION="us-east-1", AWS_PAGER="")
    folder = tempfile.mkdtemp()
    try:
        local = os.path.join(folder, "warm")
        timed([program, "up", "--local", "--local-dir", local])
        for run in range(options.runs):
            local = os.path.join(folder, f"up{run}")
            up = [program, "up", "--local", "--local-dir", local]
            figures["up, first"].append(timed(up))
            figures["up, no change"].append(timed(up))
            served = Served(program, os.path.join(folder, f"aws{run}"))
            deploy = ["aws", "--endpoint-url", served.url, "cloudformation", "deploy",
                      "--stack-name", "storage", "--template-file", "templates/vanity-numbers.yaml",
                      "--parameter-overrides", "FunctionName=f", "--capabilities", "CAPABILITY_IAM",
                      "--no-fail-on-empty-changeset"]
            figures["aws deploy, first"].append(timed(deploy, environment))
            # The CLI names its change sets by the second; two in one would collide.
            time.sleep(1.1)
            figures["aws deploy, no change"].append(timed(deploy, environment))
            served.stop()
    finally:
        shutil.rmtree(folder)
    for name, seconds in figures.items():
        print(f"{name:24} median {statistics.median(seconds) * 1000:6.0f} ms   "
              f"min {min(seconds) * 1000:6.0f}   max {max(seconds) * 1000:6.0f}")
    for ours, theirs in [("up, first", "aws deploy, first"), ("up, no change", "aws deploy, no change")]:
        ratios = [a / b for a, b in zip(figures[ours], figures[theirs])]
        print(f"{ours} / {theirs}: {statistics.median(ratios):.2f} (pair by pair, median of {options.runs})")


if __name__ == "__main__":
    main()
