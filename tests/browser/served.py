"""A solution (event-registration, unless another is named), deployed in a folder of its own and served."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

SOLUTION = "event-registration"
EVENT = "Open House at St. John's \"2027\" – für alle"


class Served:
    """`up --local`, then `local`, as their users run them."""

    def __init__(self, program, *parameters, solution=SOLUTION, path="v1/"):
        self.program, self.folder = program, tempfile.mkdtemp()
        local = ["--local-dir", self.folder]
        up = [program, "up", solution, "--local", *local]
        for parameter in parameters:
            up += ["--param", parameter]
        subprocess.run(up, check=True, stdout=subprocess.DEVNULL)
        outputs = [program, "outputs", solution, "--local", "--json", *local]
        outputs = subprocess.run(outputs, check=True, stdout=subprocess.PIPE, text=True).stdout
        self.outputs = json.loads(outputs.splitlines()[1])
        self.start(program, local)
        self.page = f"{self.url}/_vanity-deploy/execute-api/{self.output('ApiId')}/{path}"

    def output(self, key):
        return find(self.outputs, key)

    def start(self, program, local):
        command = [program, "local", "--port", "0", "--json", *local]
        self.log = open(f"{self.folder}.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        for line in self.process.stdout:
            record = json.loads(line)
            if record.get("type") == "listening":
                self.url = record["url"]
                # It records every SMS; nobody reading, it would wait.
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return
        sys.exit("the server did not tell where it listens")

    def ask(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def call(self, solution, number, keys="1,2"):
        """Somebody calls the solution's line."""
        call = [self.program, "call", "--local", "--solution", solution, "--from", number, "--press", keys]
        subprocess.run([*call, "--local-dir", self.folder], check=True, stdout=subprocess.DEVNULL)

    def outbox(self):
        return self.ask("/_vanity-deploy/sns/outbox")

    def faults(self, rules):
        self.ask("/_vanity-deploy/faults", rules, "PUT")

    def calls(self):
        return self.ask("/_vanity-deploy/counts")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=60)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def find(value, key):
    """The value of a key, wherever it is in the outputs."""
    if isinstance(value, dict):
        if key in value:
            return value[key]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            found = find(one, key)
            if found is not None:
                return found
    return None


def eventually(what, look, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"there never was {what}")
