"""The function that foreign clients deploy: a custom runtime in a few lines.

It does what its event says, so that every outcome of an invocation can be tried.
"""

import base64
import io
import sys
import zipfile

SOURCE = '''#!{python}
import json, os, sys, time, urllib.request

api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime"


def post(path, value, headers={{}}):
    urllib.request.urlopen(
        urllib.request.Request(api + path, json.dumps(value).encode(), headers, method="POST")
    ).read()


while True:
    request = urllib.request.urlopen(api + "/invocation/next")
    identity = request.headers["Lambda-Runtime-Aws-Request-Id"]
    event = json.loads(request.read() or b"null")
    wish = event.get("do") if isinstance(event, dict) else None
    # A request to a REST API.
    proxied = isinstance(event, dict) and "httpMethod" in event
    if proxied:
        wish = event["headers"].get("X-Do")
    print("asked for", wish, flush=True)
    if isinstance(event, list):
        print("batch", json.dumps(event), flush=True)
    here = "/invocation/" + identity
    if wish == "fail":
        post(here + "/error", {{"errorMessage": "as wished", "errorType": "Wished"}},
             {{"Lambda-Runtime-Function-Error-Type": "Wished"}})
    elif wish == "crash":
        sys.exit(3)
    elif wish == "sleep":
        time.sleep(30)
    elif wish == "environment":
        post(here + "/response", {{name: os.environ.get(name) for name in event["names"]}})
    elif wish == "context":
        post(here + "/response", {{name: value for name, value in request.headers.items()}})
    elif wish == "malformed":
        post(here + "/response", {{"nothing": "of a response"}})
    elif wish == "proxy":
        post(here + "/response", {{"statusCode": 418, "headers": {{"x-foreign": "yes"}},
                                  "body": json.dumps(event["answer"])}})
    elif proxied or isinstance(event, dict) and event.get("version") == "2.0":
        post(here + "/response", {{"statusCode": 200, "headers": {{"content-type": "application/json"}},
                                  "body": json.dumps(event)}})
    else:
        post(here + "/response", {{"version": {version}, "event": event}})
'''


def zipped(version=1, name="bootstrap", mode=0o755):
    """A zip whose bootstrap is executable; the version makes its bytes differ."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
        entry.external_attr = (0o100000 | mode) << 16
        archive.writestr(entry, SOURCE.format(python=sys.executable, version=version))
    return buffer.getvalue()


def log_tail(answer):
    return base64.b64decode(answer["LogResult"]).decode()
