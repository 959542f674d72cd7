#!/usr/bin/env python3
"""Whole deployments as whole processes, beside `aws cloudformation deploy` of the storage stack alone.

    benches/deploy.py [--runs 9] [--program target/release/vanity-deploy] [--beside moto,ministack]

`aws cloudformation deploy` runs against the same embedded AWS, and against the emulators named with
`--beside`, each in a process of its own, started anew for every run. Runs take turns; medians and
ratios are of one run of this script. Needs the aws CLI; the emulators are installed below
target/benches. The function's zip is built before anything is timed.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOLS = os.path.join(ROOT, "target", "benches")
REQUIREMENTS = ["moto[server,cloudformation,dynamodb,iam]==5.2.5", "ministack==1.5.33"]


def timed(command, environment=None, accepted=(0,)):
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode not in accepted:
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
        for line in self.process.stdout:
            told = json.loads(line)
            if "url" in told:
                self.url = told["url"]
                return
        sys.exit("vanity-deploy local does not serve")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Emulator:
    """Another emulator of AWS, on a free port."""

    def __init__(self, name):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        binaries = os.path.join(TOOLS, "bin")
        command = {"moto": [os.path.join(binaries, "moto_server"), "-H", "127.0.0.1", "-p", str(port)],
                   "ministack": [os.path.join(binaries, "ministack")]}[name]
        environment = dict(os.environ, GATEWAY_PORT=str(port), EDGE_PORT=str(port),
                           PATH=binaries + os.pathsep + os.environ["PATH"])
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(self.url, timeout=1).close()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        self.stop()
        sys.exit(f"{name} does not answer at {self.url}")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def installed():
    if not os.path.exists(os.path.join(TOOLS, "bin", "moto_server")):
        subprocess.check_call([sys.executable, "-m", "venv", TOOLS])
        subprocess.check_call([os.path.join(TOOLS, "bin", "pip"), "install", "--quiet", *REQUIREMENTS])
    listed = subprocess.run([os.path.join(TOOLS, "bin", "pip"), "list", "--format", "json"],
                            capture_output=True, text=True, check=True)
    versions = {each["name"]: each["version"] for each in json.loads(listed.stdout)}
    return {name: versions[name] for name in ("moto", "ministack")}


def deploy_beside(name, url, figures, environment):
    deploy = ["aws", "--endpoint-url", url, "cloudformation", "deploy",
              "--stack-name", "storage", "--template-file", "templates/vanity-numbers.yaml",
              "--parameter-overrides", "FunctionName=f", "--capabilities", "CAPABILITY_IAM",
              "--no-fail-on-empty-changeset"]
    figures.setdefault(f"aws deploy on {name}, first", []).append(timed(deploy, environment))
    # The CLI names its change sets by the second; two in one would collide.
    time.sleep(1.1)
    figures.setdefault(f"aws deploy on {name}, no change", []).append(
        # An emulator may call an unchanged stack an error; the time is that of the answer all the same.
        timed(deploy, environment, accepted=(0,) if name == "ours" else (0, 255)))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=9)
    options.add_argument("--program", default=os.path.join(ROOT, "target/release/vanity-deploy"))
    options.add_argument("--beside", default="")
    options = options.parse_args()
    program = os.path.abspath(options.program)
    others = [name for name in options.beside.split(",") if name]
    versions = installed() if others else {}
    figures = {}
    environment = dict(os.environ, AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local",
                       AWS_DEFAULT_REGION="us-east-1", AWS_REGION="us-east-1", AWS_PAGER="")
    folder = tempfile.mkdtemp()
    try:
        timed([program, "up", "--local", "--local-dir", os.path.join(folder, "warm")])
        for run in range(options.runs):
            local = ["--local", "--local-dir", os.path.join(folder, f"up{run}")]
            for name, command in [("up, first", "up"), ("up, no change", "up"), ("plan, no change", "plan"),
                                  ("status", "status"), ("down", "down")]:
                figures.setdefault(name, []).append(timed([program, command, *local]))
            served = Served(program, os.path.join(folder, f"aws{run}"))
            deploy_beside("ours", served.url, figures, environment)
            served.stop()
            for name in others:
                emulator = Emulator(name)
                deploy_beside(name, emulator.url, figures, environment)
                emulator.stop()
    finally:
        shutil.rmtree(folder)
    for name, version in versions.items():
        print(f"{name} {version}")
    for name, seconds in figures.items():
        print(f"{name:34} median {statistics.median(seconds) * 1000:6.0f} ms   "
              f"min {min(seconds) * 1000:6.0f}   max {max(seconds) * 1000:6.0f}")
    for ours in ("up, first", "up, no change"):
        for other in ("ours", *others):
            theirs = f"aws deploy on {other}, {ours.split(', ')[1]}"
            ratios = [a / b for a, b in zip(figures[ours], figures[theirs])]
            print(f"{ours} / {theirs}: {statistics.median(ratios):.2f} (pair by pair, median of {options.runs})")


if __name__ == "__main__":
    main()
