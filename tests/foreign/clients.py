"""The foreign clients: boto3 and the aws CLI, with nothing of the caller's environment."""

import json
import os
import subprocess
import sys
import tempfile
import time

import boto3
from botocore.config import Config

REGION = "us-east-1"
ACCOUNT = "000000000000"


class Clients:
    """Clients of one endpoint. `home` is an empty folder that plays HOME."""

    def __init__(self, url, home, wire):
        self.url = url
        self.home = home
        self.wire = wire
        # boto3 reads these itself: nothing of the caller may reach it.
        for name in [name for name in os.environ if name.startswith(("AWS_", "BOTO_"))]:
            del os.environ[name]
        os.environ.update(self.environment())
        self.session = boto3.Session(
            aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION
        )
        self.recorded = {}
        self._clients = {}

    def environment(self):
        nowhere = os.path.join(self.home, "absent")
        return {
            "HOME": self.home,
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
            "AWS_CLI_AUTO_PROMPT": "off",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def of(self, service, raw=False, **credentials):
        """A client. A `raw` one sends what the model forbids and records nothing."""
        key = (service, raw, tuple(sorted(credentials.items())))
        if key not in self._clients:
            client = self.session.client(
                service,
                endpoint_url=self.url,
                config=Config(
                    # One attempt: an error that a retry would hide is a finding.
                    retries={"total_max_attempts": 1, "mode": "standard"},
                    parameter_validation=not raw,
                    connect_timeout=5,
                    read_timeout=30,
                    proxies={},
                ),
                **credentials,
            )
            self.wire.attach(client)
            if not raw and not credentials:
                self._record(client)
            self._clients[key] = client
        return self._clients[key]

    def _record(self, client):
        """Keeps, per operation, the accepted requests that have a member no other had."""
        pending = {}

        def sent(params, model, **_):
            pending[model.name] = dict(params)

        def answered(http_response, model, **_):
            params = pending.pop(model.name, None)
            if params is None or http_response.status_code >= 300:
                return
            key = (model.service_model.service_name, model.name)
            requests = self.recorded.setdefault(key, [])
            known = set().union(*(members(request) for request in requests))
            if not requests or members(params) - known:
                requests.append(params)

        client.meta.events.register("before-parameter-build.*", sent)
        client.meta.events.register("after-call.*", answered)

    def cli(self, *arguments, stdin=None):
        """Runs the aws CLI; the completed process."""
        if arguments[:2] == ("cloudformation", "deploy"):
            # It names its change set after the second, and two in one would be the same.
            time.sleep(1 - time.time() % 1)
        return subprocess.run(
            [sys.executable, "-m", "awscli", *arguments],
            env={**self.environment(), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            cwd=self.home,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def cli_json(self, *arguments):
        """Runs the aws CLI, which must succeed; its output read as JSON."""
        done = self.cli(*arguments, "--output", "json")
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(arguments)}: {done.stderr.strip()}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def file(self, name, text):
        """A file in the empty HOME, for the CLI."""
        path = os.path.join(self.home, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path


def members(value, path=""):
    """The paths of the members that are given."""
    if isinstance(value, dict):
        return {path}.union(*(members(inner, f"{path}.{name}") for name, inner in value.items()))
    if isinstance(value, list):
        return {path}.union(*(members(inner, f"{path}[]") for inner in value))
    return {path}


def temporary_home():
    return tempfile.TemporaryDirectory(prefix="foreign-home-")
