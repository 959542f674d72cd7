"""Counts checks and prints one line for each."""

import contextlib
import re
import sys
import traceback

from botocore.exceptions import ClientError


class Wrong(AssertionError):
    """What a check found, in words for the reader."""


class Report:
    def __init__(self, wire):
        self.wire = wire
        self.passed = 0
        self.failed = 0

    def passes(self, name):
        self.passed += 1
        print(f"ok {name}", flush=True)

    def fails(self, name, findings):
        self.failed += 1
        print(f"FAILED {name}", flush=True)
        for finding in findings:
            for line in str(finding).splitlines():
                print(f"    {line}", flush=True)

    @contextlib.contextmanager
    def check(self, name):
        """One check: what raises fails it, and so does an answer not of the model."""
        self.wire.drain()
        findings = []
        try:
            yield
        except Wrong as wrong:
            findings.append(str(wrong))
        except ClientError as error:
            findings.append(seen(error))
        except Exception as error:
            frame = traceback.extract_tb(sys.exc_info()[2])[-1]
            findings.append(f"{type(error).__name__}: {error} ({frame.name}:{frame.lineno})")
        findings += dict.fromkeys(self.wire.drain())
        if findings:
            self.fails(name, findings)
        else:
            self.passes(name)

    def refuses(self, name, code, call, says=None, status=None, members=None):
        """One check: the call is refused with the code, as its client sees it.

        `says` is a pattern that the message must match; `members` a function
        that looks at the whole parsed answer.
        """
        with self.check(f"{name} is refused with {code}"):
            try:
                answer = call()
            except ClientError as error:
                got = error.response["Error"].get("Code")
                if got != code:
                    raise Wrong(seen(error)) from error
                if says and not re.search(says, error.response["Error"].get("Message", "")):
                    raise Wrong(f"the message does not match {says!r}: {seen(error)}") from error
                http = error.response["ResponseMetadata"]["HTTPStatusCode"]
                if status and http != status:
                    raise Wrong(f"HTTP status {http}, not {status}: {seen(error)}") from error
                if members:
                    members(error.response)
            else:
                answer.pop("ResponseMetadata", None)
                raise Wrong(f"accepted: {str(answer)[:300]}")


def seen(error):
    """An error as the client sees it."""
    response = error.response
    http = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    said = response.get("Error", {})
    return f"{error.operation_name}: HTTP {http} {said.get('Code')}: {said.get('Message')}"


def same(got, wanted, what):
    if got != wanted:
        raise Wrong(f"{what} is {got!r}, not {wanted!r}")


def has(value, names, what):
    """The members that AWS gives though the model does not require them."""
    missing = [name for name in names.split() if name not in value]
    if missing:
        raise Wrong(f"{what} has no {', '.join(missing)}: {value!r}"[:500])


def holds(condition, words):
    if not condition:
        raise Wrong(words)
