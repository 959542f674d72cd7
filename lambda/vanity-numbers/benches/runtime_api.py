#!/usr/bin/env python3
"""How fast the function's process is ready and answers, through the Lambda Runtime API.

    cargo build --profile lambda -p vanity-numbers
    lambda/vanity-numbers/benches/runtime_api.py target/lambda/vanity-numbers

Serves the Runtime API and a table in memory (GetItem, UpdateItem) on loopback, starts the process
several times, and prints: start to ready (the first request for an event), the first and the warm
invocation, resident memory, and the size of the binary and of its zip.
"""

import http.server
import io
import json
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time
import zipfile

EVENTS = 400


class State:
    """One run of the process."""

    def __init__(self):
        self.started = 0.0
        self.ready = None
        self.sent = 0.0
        self.times = []
        self.answers = []
        self.table = {}
        self.done = threading.Event()


state = State()


def event(index):
    # Half of the numbers are known from the second round on.
    number = f"+1800{7246837 if index % 2 else 2000000 + index * 7919 % 7999999}"
    return {"Name": "ContactFlowEvent", "Details": {"ContactData": {"CustomerEndpoint": {"Address": number}}}}


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def reply(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if state.ready is None:
            state.ready = time.perf_counter()
        if len(state.times) >= EVENTS:
            state.done.set()
            threading.Event().wait()
        index = len(state.times)
        body = json.dumps(event(index)).encode()
        state.sent = time.perf_counter()
        self.reply(200, body, [("Lambda-Runtime-Aws-Request-Id", str(index)), ("Lambda-Runtime-Deadline-Ms", "9999999999999"),
                               ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:111122223333:function:vanity-numbers")])

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.headers.get("X-Amz-Target", "")
        if target:
            request = json.loads(body)
            if target.endswith("GetItem"):
                item = state.table.get(request["Key"]["phoneNumber"]["S"])
                answer = {"Item": item} if item else {}
            else:
                # Every value is named after its attribute.
                item = state.table.setdefault(request["Key"]["phoneNumber"]["S"], {})
                item.update({name[1:]: value for name, value in request["ExpressionAttributeValues"].items()})
                answer = {}
            self.reply(200, json.dumps(answer).encode(), [("Content-Type", "application/x-amz-json-1.0")])
            return
        state.times.append(time.perf_counter() - state.sent)
        state.answers.append(json.loads(body))
        self.reply(202, b"")

    def log_message(self, *_):
        pass


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def main():
    global state
    binary = sys.argv[1]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    environment = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}", "AWS_LAMBDA_FUNCTION_NAME": "vanity-numbers",
        "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_LOG_STREAM_NAME": "s", "AWS_LAMBDA_LOG_GROUP_NAME": "g", "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "TABLE_NAME": "numbers",
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{port}",
    }
    ready, first, warm, memory = [], [], [], []
    for _ in range(7):
        state = State()
        start = time.perf_counter()
        process = subprocess.Popen([binary], env=environment, stderr=subprocess.DEVNULL)
        if not state.done.wait(60):
            process.kill()
            sys.exit("the process did not answer in 60 s")
        memory.append(resident(process.pid))
        process.kill()
        process.wait()
        assert state.answers[1]["VanityNumber1"] == "+1-800-PAINTER", state.answers[1]
        assert state.table["+18007246837"]["vanityNumbers"]["L"], "nothing was stored"
        ready.append(1000 * (state.ready - start))
        first.append(1000 * state.times[0])
        warm += [1000 * one for one in state.times[10:]]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.write(binary, "bootstrap")
    warm.sort()
    print(f"start to ready    {statistics.median(ready):7.1f} ms")
    print(f"first invocation  {statistics.median(first):7.1f} ms")
    print(f"warm invocation   {statistics.median(warm):7.2f} ms, p99 {warm[int(len(warm) * 0.99)]:.2f} ms")
    print(f"resident memory   {statistics.median(memory):7.1f} MiB at most")
    print(f"binary            {os.path.getsize(binary) / 1e6:7.2f} MB, zipped {len(packed.getvalue()) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
