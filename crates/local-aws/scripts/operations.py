#!/usr/bin/env python3
"""Rebuild crates/local-aws/src/operations/*.txt: which operations AWS has, from botocore's service models.

    crates/local-aws/scripts/operations.py 1.44.8                  # this version, by pip
    crates/local-aws/scripts/operations.py botocore-….whl          # or a wheel, or a folder it was unpacked to
    … --check                                                      # write nothing, fail if a file would change
    crates/local-aws/scripts/operations.py --version               # the version that is kept
    crates/local-aws/scripts/operations.py --news                  # say whether PyPI has a newer one; never fails

The same version gives the same bytes. A line is an operation: its name alone where the name goes
over the wire (query and JSON protocols); method, path with labels and what the path's query fixes,
name for REST. S3 has one path for many operations, so its lines are: level, method, what the query
says of this operation alone, what else an operation must have of the query and (with `@`) of the
headers, name. What AWS calls deprecated is left out where another operation looks the same, and so
is what has a host of its own.

Also held against the models: crates/local-aws/src/dynamodb/members.txt, which says what the database
behind the embedded DynamoDB knows, and so is written by hand.
"""

import argparse
import gzip
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

SOURCES = pathlib.Path(__file__).resolve().parent.parent / "src"
KEPT = SOURCES / "operations"
MEMBERS = SOURCES / "dynamodb" / "members.txt"
SERVICES = (
    "apigateway",
    "apigatewayv2",
    "cloudformation",
    "cloudwatch",
    "connect",
    "dynamodb",
    "dynamodbstreams",
    "iam",
    "lambda",
    "logs",
    "pipes",
    "s3",
    "scheduler",
    "secretsmanager",
    "sesv2",
    "sns",
    "sqs",
    "ssm",
    "sts",
)
REST = ("rest-json", "rest-xml")
# Signed for s3express and sent to s3express-control.REGION.amazonaws.com (S3 API reference), never to S3.
S3_ELSEWHERE = ("ListDirectoryBuckets",)


class Models:
    """The service models in a wheel of botocore, or in the folder that it was unpacked to."""

    def __init__(self, path):
        self.archive = None if path.is_dir() else zipfile.ZipFile(path)
        self.folder = path
        if self.archive:
            self.names = self.archive.namelist()
        else:
            self.names = [file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()]
        version = re.search(r'^__version__ = ["\'](.+)["\']$', self.read("botocore/__init__.py").decode(), re.MULTILINE)
        if version is None:
            raise SystemExit(f"{path}: botocore/__init__.py tells no version")
        self.version = version.group(1)

    def read(self, name):
        return self.archive.read(name) if self.archive else (self.folder / name).read_bytes()

    def service(self, name):
        """The newest model of a service, and the date that is its version."""
        pattern = re.compile(rf"botocore/data/{name}/([0-9-]+)/service-2\.json(\.gz)?")
        found = sorted(match.groups() + (match.string,) for match in map(pattern.fullmatch, self.names) if match)
        if not found:
            raise SystemExit(f"{self.folder} has no model of {name}")
        date, packed, path = max(found, key=lambda match: match[0])
        text = self.read(path)
        return date, json.loads(gzip.decompress(text) if packed else text)


def lines(service, model):
    """The lines of a service, in the order of their operations' names."""
    if service == "s3":
        return s3_lines(model)
    if model["metadata"]["protocol"] in REST:
        return [f"{call['http']['method']} {call['http']['requestUri']} {name}" for name, call in sorted(model["operations"].items())]
    return sorted(model["operations"])


def s3_lines(model):
    calls = {
        name: call
        for name, call in sorted(model["operations"].items())
        if name not in S3_ELSEWHERE and "hostPrefix" not in call.get("endpoint", {})
    }
    marks = {name: s3_marks(model, call) for name, call in calls.items()}
    current = {marks[name] for name, call in calls.items() if not call.get("deprecated")}
    return [f"{marks[name]} {name}" for name, call in calls.items() if not (call.get("deprecated") and marks[name] in current)]


def s3_marks(model, call):
    """Level, method, the fixed query and what else is required: what tells an operation of S3 from others."""
    path, _, query = call["http"]["requestUri"].partition("?")
    level = "object" if "{Key+}" in path else "bucket" if "{Bucket}" in path else "service"
    fixed = [mark for mark in query.split("&") if mark and not mark.startswith("x-id=")]
    shape = model["shapes"].get(call.get("input", {}).get("shape"), {})
    required = []
    for member in shape.get("required", ()):
        place = shape["members"][member]
        prefix = {"querystring": "", "header": "@"}.get(place.get("location"))
        if prefix is not None:
            required.append(prefix + place["locationName"])
    return f"{level} {call['http']['method']} {'&'.join(fixed) or '-'} {'&'.join(required) or '-'}"


def text(service, models):
    date, model = models.service(service)
    header = f"# botocore {models.version}, {service} {date}. Made by scripts/operations.py."
    return "\n".join([header, *lines(service, model)]) + "\n"


def strange_members(models):
    """What members.txt names and DynamoDB does not have."""
    _, model = models.service("dynamodb")
    for line in MEMBERS.read_text(encoding="ascii").splitlines():
        operation, *members = line.split()
        known = model["operations"].get(operation)
        if known is None:
            yield f"DynamoDB has no operation {operation}"
            continue
        shape = model["shapes"][known["input"]["shape"]]
        yield from (f"{operation} has no member {member}" for member in members if member not in shape["members"])


def kept_version():
    """The version that all files were made from."""
    found = set()
    for service in SERVICES:
        first = (KEPT / f"{service}.txt").read_text(encoding="ascii").partition("\n")[0]
        found.update(re.findall(r"^# botocore ([^,]+),", first))
    if len(found) != 1:
        raise SystemExit(f"the files in {KEPT} are of {sorted(found) or 'no version'}")
    return found.pop()


def download(version, folder):
    """The wheel of a version; `None` when it cannot be had."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download"]
    done = subprocess.run([*pip, "--no-deps", "--dest", folder, f"botocore=={version}"], capture_output=True, text=True)
    wheels = list(pathlib.Path(folder).glob(f"botocore-{version}-*.whl"))
    if done.returncode == 0 and wheels:
        return wheels[0]
    print(f"botocore {version} cannot be had: {done.stderr.strip()}", file=sys.stderr)
    return None


def news():
    """Says whether PyPI is ahead of what is kept."""
    kept = kept_version()
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "index", "versions", "botocore"]
    try:
        done = subprocess.run(pip, capture_output=True, text=True, timeout=60)
        newest = re.match(r"botocore \((.+?)\)", done.stdout)
    except (OSError, subprocess.TimeoutExpired):
        newest = None
    if newest is None:
        print(f"not checked: PyPI cannot be asked what is newer than botocore {kept}")
    elif numbers(newest.group(1)) > numbers(kept):
        print(f"notice: botocore {newest.group(1)} is out, the operations kept are those of {kept}")
    else:
        print(f"botocore {kept} is the newest")


def numbers(version):
    return [int(part) for part in re.findall(r"\d+", version)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", help="a version of botocore, a wheel, or an unpacked one; default: the version that is kept")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if a file would change")
    parser.add_argument("--version", action="store_true", help="print the version that is kept")
    parser.add_argument("--news", action="store_true", help="say whether PyPI has a newer one")
    arguments = parser.parse_args()
    if arguments.version:
        return print(kept_version())
    if arguments.news:
        return news()
    with tempfile.TemporaryDirectory() as folder:
        given = arguments.source or kept_version()
        path = pathlib.Path(given)
        if not path.exists():
            path = download(given, folder)
            if path is None:
                if arguments.check:
                    return print("not checked: there is no wheel to check against")
                sys.exit(1)
        rebuild(Models(path), arguments.check)


def rebuild(models, check):
    wrong = [f"{MEMBERS}: {what}" for what in strange_members(models)]
    for service in SERVICES:
        file, made = KEPT / f"{service}.txt", text(service, models)
        kept = file.read_text(encoding="ascii") if file.exists() else ""
        if check and made != kept:
            wrong.append(f"{file} is not what botocore {models.version} makes")
        if not check and made != kept:
            file.write_text(made, encoding="ascii")
            print(f"{file}: {made.count(chr(10)) - 1} operations")
    if wrong:
        sys.exit("\n".join(wrong))
    if check:
        print(f"the operations kept are those of botocore {models.version}")


if __name__ == "__main__":
    main()
