"""S3 by boto3, `aws s3` and `aws s3api`: objects, versions, conditions, checksums, policies, a stack."""

import base64
import hashlib
import json
import os
import time
import urllib.error
import urllib.request

from botocore.config import Config

from clients import ACCOUNT, REGION
from report import Wrong, has, holds, same
from services import iam as roles

BUCKET = "foreign-things"
STACK = "foreign-s3"
TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Days: { Type: Number, Default: 30 }
Resources:
  Files:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: { SSEAlgorithm: AES256 }
      VersioningConfiguration: { Status: Enabled }
      PublicAccessBlockConfiguration:
        { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true }
      OwnershipControls: { Rules: [{ ObjectOwnership: BucketOwnerEnforced }] }
      LifecycleConfiguration:
        Rules:
          - Id: old-versions
            Status: Enabled
            NoncurrentVersionExpiration: { NoncurrentDays: !Ref Days }
      Tags: [{ Key: purpose, Value: check }]
  OnlyWithTls:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Files
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: Tls
            Effect: Deny
            Principal: "*"
            Action: s3:*
            Resource: [!GetAtt Files.Arn, !Sub "${Files.Arn}/*"]
            Condition: { Bool: { "aws:SecureTransport": "false" } }
Outputs:
  Name: { Value: !Ref Files }
  Arn: { Value: !GetAtt Files.Arn }
  Domain: { Value: !GetAtt Files.RegionalDomainName }
"""


def sha256(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def http(url, method="GET", headers=None, body=None):
    """A request without any client between."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def run(context):
    report, clients = context.report, context.clients
    s3 = clients.of("s3")
    buckets(report, s3)
    objects(report, s3)
    checksums(report, clients, s3)
    conditions(report, s3)
    lists(report, s3)
    versions(report, s3)
    configuration(report, s3)
    refusals(report, clients, s3)
    rights(report, clients, s3)
    command_line(report, clients, s3)
    addresses(report, clients, s3)
    stack(report, clients, s3)
    with report.check("s3 an empty bucket is deleted and gone"):
        empty(s3, BUCKET)
        s3.delete_bucket(Bucket=BUCKET)
        same([b["Name"] for b in s3.list_buckets()["Buckets"] if b["Name"] == BUCKET], [], "the buckets")
        # What is sent again with wrong inputs finds its bucket.
        s3.create_bucket(Bucket=BUCKET)


def empty(s3, bucket):
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = page.get("Versions", []) + page.get("DeleteMarkers", [])
        items = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
        if items:
            done = s3.delete_objects(Bucket=bucket, Delete={"Objects": items})
            same(done.get("Errors", []), [], "the errors of deleting")


def buckets(report, s3):
    with report.check("s3 CreateBucket, listed, headed, located"):
        made = s3.create_bucket(Bucket=BUCKET)
        same(made["Location"], f"/{BUCKET}", "Location")
        s3.get_waiter("bucket_exists").wait(Bucket=BUCKET, WaiterConfig={"Delay": 1, "MaxAttempts": 2})
        listed = s3.list_buckets()
        has(listed, "Buckets Owner", "the list")
        has(listed["Buckets"][0], "Name CreationDate", "a bucket")
        head = s3.head_bucket(Bucket=BUCKET)
        same(head["BucketRegion"], REGION, "BucketRegion")
        same(s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"], None, "LocationConstraint in us-east-1")
    with report.check("s3 ListBuckets by prefix and page"):
        s3.create_bucket(Bucket=f"{BUCKET}-2", CreateBucketConfiguration={"Tags": [{"Key": "a", "Value": "1"}]})
        pages = s3.get_paginator("list_buckets").paginate(Prefix=BUCKET, PaginationConfig={"PageSize": 1})
        same([[b["Name"] for b in page["Buckets"]] for page in pages], [[BUCKET], [f"{BUCKET}-2"]], "buckets a page")
        same(s3.get_bucket_tagging(Bucket=f"{BUCKET}-2")["TagSet"], [{"Key": "a", "Value": "1"}], "the tags")
        s3.delete_bucket(Bucket=f"{BUCKET}-2")
    with report.check("s3 one's own bucket again is no error in us-east-1"):
        s3.create_bucket(Bucket=BUCKET)
    refuses = report.refuses
    # What boto3 itself does not refuse before it is sent.
    for name in ("Capitals", "a..b", "192.168.5.4", "xn--abc", "abc-s3alias", "under_score", "abc-"):
        refuses(f"s3 the bucket name {name}", "InvalidBucketName", lambda name=name: s3.create_bucket(Bucket=name), status=400)
    refuses(
        "s3 a bucket in another Region", "IllegalLocationConstraintException",
        lambda: s3.create_bucket(Bucket="foreign-elsewhere", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}), status=400,
    )
    refuses("s3 HeadBucket of nothing", "404", lambda: s3.head_bucket(Bucket="foreign-absent"), status=404)
    refuses("s3 DeleteBucket of nothing", "NoSuchBucket", lambda: s3.delete_bucket(Bucket="foreign-absent"), status=404)
    refuses("s3 ListObjectsV2 of nothing", "NoSuchBucket", lambda: s3.list_objects_v2(Bucket="foreign-absent"), status=404)


def objects(report, s3):
    with report.check("s3 an object with everything comes back as it was put"):
        body = b'{"a":1}'
        put = s3.put_object(
            Bucket=BUCKET, Key="a/b c+ü&.json", Body=body, ContentType="application/json", CacheControl="no-cache",
            ContentDisposition="inline", ContentEncoding="identity", ContentLanguage="en", Metadata={"colour": "green", "size": "7"},
            ServerSideEncryption="AES256", StorageClass="STANDARD", Tagging="team=a&cost=1", Expires="Wed, 21 Oct 2026 07:28:00 GMT",
        )
        same(put["ETag"], f'"{hashlib.md5(body).hexdigest()}"', "ETag")
        same(put["ServerSideEncryption"], "AES256", "ServerSideEncryption")
        holds("VersionId" not in put, "a version nobody asked for")
        got = s3.get_object(Bucket=BUCKET, Key="a/b c+ü&.json")
        same(got["Body"].read(), body, "the body")
        head = s3.head_object(Bucket=BUCKET, Key="a/b c+ü&.json")
        for answer in (got, head):
            same(answer["ContentType"], "application/json", "ContentType")
            same(answer["CacheControl"], "no-cache", "CacheControl")
            same(answer["ContentDisposition"], "inline", "ContentDisposition")
            same(answer["ContentLanguage"], "en", "ContentLanguage")
            same(answer["ContentEncoding"], "identity", "ContentEncoding")
            same(answer["Metadata"], {"colour": "green", "size": "7"}, "Metadata")
            same(answer["ContentLength"], 7, "ContentLength")
            same(answer["ETag"], put["ETag"], "ETag")
            has(answer, "LastModified AcceptRanges ServerSideEncryption", "the answer")
        same(got["TagCount"], 2, "TagCount")
    with report.check("s3 an empty object, and one without a type"):
        s3.put_object(Bucket=BUCKET, Key="empty")
        got = s3.get_object(Bucket=BUCKET, Key="empty")
        same((got["Body"].read(), got["ContentType"], got["ContentLength"]), (b"", "binary/octet-stream", 0), "the object")
    with report.check("s3 every byte is kept"):
        data = bytes(range(256)) * 4096
        s3.put_object(Bucket=BUCKET, Key="bytes", Body=data)
        same(s3.get_object(Bucket=BUCKET, Key="bytes")["Body"].read() == data, True, "the bytes are the same")
    with report.check("s3 parts of an object, and headers that the reader wants"):
        part = s3.get_object(Bucket=BUCKET, Key="bytes", Range="bytes=250-260")
        same(part["Body"].read(), bytes(range(250, 256)) + bytes(range(5)), "the part")
        same(part["ContentRange"], f"bytes 250-260/{256 * 4096}", "ContentRange")
        same(s3.get_object(Bucket=BUCKET, Key="bytes", Range="bytes=-1")["Body"].read(), b"\xff", "the last byte")
        got = s3.get_object(Bucket=BUCKET, Key="empty", ResponseContentType="text/plain", ResponseCacheControl="no-store")
        same((got["ContentType"], got["CacheControl"]), ("text/plain", "no-store"), "the headers")
    with report.check("s3 tags of an object"):
        key = {"Bucket": BUCKET, "Key": "empty"}
        s3.put_object_tagging(**key, Tagging={"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]})
        same(s3.get_object_tagging(**key)["TagSet"], [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}], "TagSet")
        s3.delete_object_tagging(**key)
        same(s3.get_object_tagging(**key)["TagSet"], [], "TagSet")
    with report.check("s3 a key that looks like a path stays a key"):
        s3.put_object(Bucket=BUCKET, Key="../../x//y/", Body=b"1")
        same(s3.get_object(Bucket=BUCKET, Key="../../x//y/")["Body"].read(), b"1", "the body")
        s3.delete_object(Bucket=BUCKET, Key="../../x//y/")
    with report.check("s3 DeleteObject, twice"):
        s3.delete_object(Bucket=BUCKET, Key="bytes")
        s3.delete_object(Bucket=BUCKET, Key="bytes")
    refuses = report.refuses
    for operation in (s3.get_object, s3.get_object_tagging):
        refuses(f"s3 {operation.__name__} of nothing", "NoSuchKey", lambda operation=operation: operation(Bucket=BUCKET, Key="bytes"), status=404)
    refuses("s3 HeadObject of nothing", "404", lambda: s3.head_object(Bucket=BUCKET, Key="bytes"), status=404)
    refuses("s3 a key of 1025 bytes", "KeyTooLongError", lambda: s3.put_object(Bucket=BUCKET, Key="k" * 1025), status=400)
    refuses("s3 3 kB of metadata", "MetadataTooLarge", lambda: s3.put_object(Bucket=BUCKET, Key="k", Metadata={"a": "x" * 3000}), status=400)
    refuses("s3 a part that is not there", "InvalidRange", lambda: s3.get_object(Bucket=BUCKET, Key="empty", Range="bytes=5-"), status=416)
    refuses("s3 eleven tags of an object", "BadRequest", lambda: s3.put_object(Bucket=BUCKET, Key="k", Tagging="&".join(f"k{n}=v" for n in range(11))), status=400)
    refuses("s3 a tag of the system", "InvalidTag", lambda: s3.put_object(Bucket=BUCKET, Key="k", Tagging="aws:a=1"), status=400)


def checksums(report, clients, s3):
    data = b"some bytes"
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        with report.check(f"s3 a checksum {algorithm} is verified, kept and told when asked for"):
            member = f"Checksum{algorithm}"
            put = s3.put_object(Bucket=BUCKET, Key="sum", Body=data, ChecksumAlgorithm=algorithm)
            has(put, f"{member} ChecksumType", "the answer")
            if algorithm == "SHA256":
                same(put[member], sha256(data), member)
            head = s3.head_object(Bucket=BUCKET, Key="sum", ChecksumMode="ENABLED")
            same((head[member], head["ChecksumType"]), (put[member], "FULL_OBJECT"), "the checksum")
            # boto3 verifies it as it reads.
            same(s3.get_object(Bucket=BUCKET, Key="sum", ChecksumMode="ENABLED")["Body"].read(), data, "the body")
            listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="sum")["Contents"][0]
            same(listed["ChecksumAlgorithm"], [algorithm], "ChecksumAlgorithm")
    with report.check("s3 without a checksum of the caller S3 makes a CRC64NVME"):
        answered, headers, _ = signed(clients, "PUT", f"/{BUCKET}/sum", body=data)
        same(answered, 200, "the status")
        holds(headers.get("x-amz-checksum-crc64nvme"), f"the headers are {dict(headers)}")
    refuses = report.refuses
    wrong = sha256(b"other")
    refuses("s3 a wrong SHA256", "BadDigest", lambda: s3.put_object(Bucket=BUCKET, Key="bad", Body=data, ChecksumSHA256=wrong), status=400, says="SHA256")
    refuses("s3 a wrong CRC32", "BadDigest", lambda: s3.put_object(Bucket=BUCKET, Key="bad", Body=data, ChecksumCRC32="AAAAAA=="), status=400)
    refuses("s3 a SHA256 that is none", "InvalidRequest", lambda: s3.put_object(Bucket=BUCKET, Key="bad", Body=data, ChecksumSHA256="AAAA"), status=400)
    md5 = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    refuses("s3 a wrong Content-MD5", "BadDigest", lambda: s3.put_object(Bucket=BUCKET, Key="bad", Body=data, ContentMD5=md5), status=400)
    refuses("s3 a Content-MD5 that is none", "InvalidDigest", lambda: s3.put_object(Bucket=BUCKET, Key="bad", Body=data, ContentMD5="no"), status=400)
    refuses("s3 what was refused is not there", "NoSuchKey", lambda: s3.get_object(Bucket=BUCKET, Key="bad"))
    with report.check("s3 a body in chunks with its checksum behind"):
        chunks = b"5\r\nsome \r\n5\r\nbytes\r\n0\r\nx-amz-checksum-sha256:" + sha256(data).encode() + b"\r\n\r\n"
        headers = {
            "Content-Encoding": "aws-chunked", "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "x-amz-decoded-content-length": "10", "x-amz-trailer": "x-amz-checksum-sha256",
        }
        status, _, body = signed(clients, "PUT", f"/{BUCKET}/chunked", headers, chunks)
        same(status, 200, f"the status ({body})")
        got = s3.get_object(Bucket=BUCKET, Key="chunked", ChecksumMode="ENABLED")
        same((got["Body"].read(), got["ChecksumSHA256"], got.get("ContentEncoding")), (data, sha256(data), None), "the object")
        status, _, body = signed(clients, "PUT", f"/{BUCKET}/chunked", headers, chunks.replace(b"some", b"same"))
        same((status, b"<Code>BadDigest</Code>" in body), (400, True), f"the answer to damaged bytes ({body})")
        status, _, body = signed(clients, "PUT", f"/{BUCKET}/chunked", headers, chunks[:12])
        same((status, b"<Code>IncompleteBody</Code>" in body), (400, True), f"the answer to half a body ({body})")


def signed(clients, method, path, headers=None, body=None):
    credential = f"AWS4-HMAC-SHA256 Credential=local/20260101/{REGION}/s3/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"Authorization": credential, "Content-Type": "text/plain", **(headers or {})}
    return http(clients.url + path, method, headers, body)


def conditions(report, s3):
    first = s3.put_object(Bucket=BUCKET, Key="when", Body=b"1")["ETag"]
    modified = s3.head_object(Bucket=BUCKET, Key="when")["LastModified"]
    refuses = report.refuses
    key = {"Bucket": BUCKET, "Key": "when"}
    with report.check("s3 conditions that hold"):
        s3.get_object(**key, IfMatch=first)
        s3.get_object(**key, IfNoneMatch='"other"')
        s3.get_object(**key, IfUnmodifiedSince=modified)
        s3.head_object(**key, IfMatch=first, IfUnmodifiedSince="2020-01-01")
        second = s3.put_object(**key, Body=b"2", IfMatch=first)["ETag"]
        s3.put_object(Bucket=BUCKET, Key="fresh", Body=b"1", IfNoneMatch="*")
        s3.delete_object(Bucket=BUCKET, Key="fresh")
    refuses("s3 a reader who has it already", "304", lambda: s3.get_object(**key, IfNoneMatch=second), status=304)
    refuses("s3 a reader who has seen it", "304", lambda: s3.head_object(**key, IfModifiedSince="2099-01-01"), status=304)
    failed = "PreconditionFailed"
    refuses("s3 GetObject of another version's tag", failed, lambda: s3.get_object(**key, IfMatch=first), status=412)
    refuses("s3 GetObject changed since", failed, lambda: s3.get_object(**key, IfUnmodifiedSince="2020-01-01"), status=412)
    refuses("s3 HeadObject of another version's tag", "412", lambda: s3.head_object(**key, IfMatch=first), status=412)
    refuses("s3 PutObject over what is there", failed, lambda: s3.put_object(**key, Body=b"3", IfNoneMatch="*"), status=412)
    refuses("s3 PutObject over another's", failed, lambda: s3.put_object(**key, Body=b"3", IfMatch=first), status=412)
    refuses("s3 PutObject over what is not there", "NoSuchKey", lambda: s3.put_object(Bucket=BUCKET, Key="no", Body=b"3", IfMatch=first), status=404)
    refuses("s3 PutObject unless it has a tag", "NotImplemented", lambda: s3.put_object(**key, Body=b"3", IfNoneMatch=first), status=501)
    refuses("s3 DeleteObject of another's", failed, lambda: s3.delete_object(**key, IfMatch=first), status=412)
    with report.check("s3 what was refused changed nothing"):
        same(s3.get_object(**key)["Body"].read(), b"2", "the body")
        s3.delete_object(**key, IfMatch=second)


def lists(report, s3):
    keys = ["list/a", "list/b/1", "list/b/2", "list/c d", "list/é&<"]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    with report.check("s3 ListObjectsV2 tells keys, sizes and owners"):
        listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="list/", FetchOwner=True)
        same([item["Key"] for item in listed["Contents"]], keys, "the keys")
        same((listed["KeyCount"], listed["MaxKeys"], listed["IsTruncated"]), (5, 1000, False), "the counts")
        has(listed["Contents"][0], "Key LastModified ETag Size StorageClass Owner ChecksumAlgorithm", "an entry")
    with report.check("s3 ListObjectsV2 with a delimiter"):
        listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="list/", Delimiter="/")
        same([item["Prefix"] for item in listed["CommonPrefixes"]], ["list/b/"], "CommonPrefixes")
        same([item["Key"] for item in listed["Contents"]], [keys[0], keys[3], keys[4]], "the keys")
    with report.check("s3 ListObjectsV2 in pages of one, and behind a key"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="list/", PaginationConfig={"PageSize": 1})
        same([item["Key"] for page in pages for item in page["Contents"]], keys, "the keys")
        listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="list/", StartAfter="list/b/2")
        same([item["Key"] for item in listed["Contents"]], keys[3:], "the keys")
        same(s3.list_objects_v2(Bucket=BUCKET, MaxKeys=0)["KeyCount"], 0, "KeyCount of none")
    with report.check("s3 DeleteObjects, one answer for each"):
        done = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys[:4]]})
        same([item["Key"] for item in done["Deleted"]], keys[:4], "the deleted")
        done = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": keys[4]}], "Quiet": True})
        holds("Deleted" not in done, f"a quiet deletion speaks: {done}")
        same(s3.list_objects_v2(Bucket=BUCKET, Prefix="list/")["KeyCount"], 0, "KeyCount")
    refuses = report.refuses
    refuses("s3 a token of nobody", "InvalidArgument", lambda: s3.list_objects_v2(Bucket=BUCKET, ContinuationToken="none"), status=400)
    refuses("s3 fewer than no keys", "InvalidArgument", lambda: s3.list_objects_v2(Bucket=BUCKET, MaxKeys=-1), status=400)
    refuses("s3 DeleteObjects of none", "MalformedXML", lambda: s3.delete_objects(Bucket=BUCKET, Delete={"Objects": []}), status=400)
    many = [{"Key": str(n)} for n in range(1001)]
    refuses("s3 DeleteObjects of 1001", "MalformedXML", lambda: s3.delete_objects(Bucket=BUCKET, Delete={"Objects": many}), status=400)


def versions(report, s3):
    key = {"Bucket": BUCKET, "Key": "versioned"}
    with report.check("s3 versions of a key, newest first, with the one from before"):
        same("Status" in s3.get_bucket_versioning(Bucket=BUCKET), False, "a status of versioning")
        s3.put_object(**key, Body=b"0")
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        same(s3.get_bucket_versioning(Bucket=BUCKET)["Status"], "Enabled", "Status")
        ids = [s3.put_object(**key, Body=body)["VersionId"] for body in (b"1", b"2")]
        listed = s3.list_object_versions(Bucket=BUCKET, Prefix="versioned")
        same([item["VersionId"] for item in listed["Versions"]], [ids[1], ids[0], "null"], "the versions")
        same([item["IsLatest"] for item in listed["Versions"]], [True, False, False], "IsLatest")
        has(listed["Versions"][0], "ETag Size StorageClass Key VersionId LastModified Owner", "a version")
        for version, body in ((ids[0], b"1"), ("null", b"0")):
            got = s3.get_object(**key, VersionId=version)
            same((got["Body"].read(), got["VersionId"]), (body, version), "a version")
    with report.check("s3 a delete marker hides a key and goes like a version"):
        marked = s3.delete_object(**key)
        holds(marked["DeleteMarker"], f"no marker: {marked}")
        listed = s3.list_object_versions(Bucket=BUCKET, Prefix="versioned")
        same([item["VersionId"] for item in listed["DeleteMarkers"]], [marked["VersionId"]], "the markers")
        same(s3.list_objects_v2(Bucket=BUCKET, Prefix="versioned")["KeyCount"], 0, "KeyCount")
    gone = {**key, "VersionId": marked["VersionId"]}
    report.refuses("s3 GetObject of a deleted key", "NoSuchKey", lambda: s3.get_object(**key), status=404)
    report.refuses("s3 GetObject of a marker", "MethodNotAllowed", lambda: s3.get_object(**gone), status=405)
    report.refuses("s3 a version that was never made", "NoSuchVersion", lambda: s3.get_object(**key, VersionId="a" * 32), status=404)
    report.refuses("s3 a version that cannot be", "InvalidArgument", lambda: s3.get_object(**key, VersionId="no"), status=400)
    with report.check("s3 versions in pages of one"):
        pages = s3.get_paginator("list_object_versions").paginate(Bucket=BUCKET, Prefix="versioned", PaginationConfig={"PageSize": 1})
        found = [item["VersionId"] for page in pages for item in page.get("Versions", []) + page.get("DeleteMarkers", [])]
        same(found, [marked["VersionId"], ids[1], ids[0], "null"], "the versions")
        done = s3.delete_object(**gone)
        holds(done["DeleteMarker"], f"the marker is not told: {done}")
        same(s3.get_object(**key)["Body"].read(), b"2", "the body")
    with report.check("s3 suspended versioning writes the version null"):
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
        same(s3.put_object(**key, Body=b"3")["VersionId"], "null", "VersionId")
        listed = s3.list_object_versions(Bucket=BUCKET, Prefix="versioned")
        same([item["VersionId"] for item in listed["Versions"]], ["null", ids[1], ids[0]], "the versions")
    report.refuses(
        "s3 a bucket with versions cannot go", "BucketNotEmpty", lambda: s3.delete_bucket(Bucket=BUCKET), status=409, says="delete all versions"
    )


def configuration(report, s3):
    with report.check("s3 a new bucket is encrypted, private and without ACLs"):
        rule = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]
        same(rule["ApplyServerSideEncryptionByDefault"], {"SSEAlgorithm": "AES256"}, "the encryption")
        block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
        same(set(block.values()), {True}, "the block of public access")
        rules = s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"]
        same(rules, [{"ObjectOwnership": "BucketOwnerEnforced"}], "the ownership")
    with report.check("s3 configurations are put and got"):
        s3.put_bucket_encryption(
            Bucket=BUCKET,
            ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}]},
        )
        same(s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]["BucketKeyEnabled"], True, "BucketKeyEnabled")
        s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
        same(s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"], [{"Key": "a", "Value": "1"}], "TagSet")
        s3.delete_bucket_tagging(Bucket=BUCKET)
        s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration={"BlockPublicPolicy": True})
        block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
        same((block["BlockPublicPolicy"], block["BlockPublicAcls"]), (True, False), "the block")
        policy = {"Version": "2012-10-17", "Statement": statement("Deny", "*", "s3:PutObject", Condition={"Bool": {"aws:SecureTransport": "false"}})}
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
        same(json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"]), policy, "the policy")
        # The loopback stands for the TLS of AWS.
        s3.put_object(Bucket=BUCKET, Key="secure")
        s3.delete_bucket_policy(Bucket=BUCKET)
    refuses = report.refuses
    refuses("s3 tags that are not there", "NoSuchTagSet", lambda: s3.get_bucket_tagging(Bucket=BUCKET), status=404)
    refuses("s3 a policy that is not there", "NoSuchBucketPolicy", lambda: s3.get_bucket_policy(Bucket=BUCKET), status=404)
    refuses("s3 a lifecycle that is not there", "NoSuchLifecycleConfiguration", lambda: s3.get_bucket_lifecycle_configuration(Bucket=BUCKET), status=404)
    refuses("s3 a policy that is no JSON", "MalformedPolicy", lambda: s3.put_bucket_policy(Bucket=BUCKET, Policy="no"), status=400)
    for words, wrong in (
        ("of another bucket", {"Resource": "arn:aws:s3:::other/*"}),
        ("of another service", {"Action": "sqs:SendMessage"}),
        ("for a role that is not there", {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/absent"}}),
        ("of no effect", {"Effect": "Maybe"}),
    ):
        policy = {"Version": "2012-10-17", "Statement": {**statement("Deny", "*", "s3:PutObject"), **wrong}}
        refuses(f"s3 a policy {words}", "MalformedPolicy", lambda policy=policy: s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy)), status=400)
    policy = {"Version": "2012-10-17", "Statement": statement("Allow", "*", "s3:GetObject")}
    refuses("s3 a public policy", "AccessDenied", lambda: s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy)), status=403)
    s3.delete_public_access_block(Bucket=BUCKET)
    refuses("s3 a block of public access that is not there", "NoSuchPublicAccessBlockConfiguration", lambda: s3.get_public_access_block(Bucket=BUCKET))


def statement(effect, principal, action, **more):
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": f"arn:aws:s3:::{BUCKET}/*", **more}


def refusals(report, clients, s3):
    """What is not here says so, and what S3 would refuse is refused."""
    absent = "NotImplementedByLocalAws"
    key = {"Bucket": BUCKET, "Key": "k"}
    for name, says, call in (
        ("a multipart upload", "CreateMultipartUpload", lambda: s3.create_multipart_upload(**key)),
        ("a copy", "CopyObject", lambda: s3.copy_object(**key, CopySource=f"{BUCKET}/empty")),
        ("the first ListObjects", "ListObjects", lambda: s3.list_objects(Bucket=BUCKET)),
        ("a key of KMS", "aws:kms", lambda: s3.put_object(**key, ServerSideEncryption="aws:kms")),
        ("a key of the caller", "customer", lambda: s3.put_object(**key, SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)),
        ("a storage class", "GLACIER", lambda: s3.put_object(**key, StorageClass="GLACIER")),
        ("object lock", "object-lock", lambda: s3.put_object(**key, ObjectLockLegalHoldStatus="ON")),
        ("a redirect", "website-redirect", lambda: s3.put_object(**key, WebsiteRedirectLocation="/other")),
        ("a part by its number", "partNumber", lambda: s3.get_object(Bucket=BUCKET, Key="empty", PartNumber=1)),
        ("object lock of a bucket", "object-lock", lambda: s3.create_bucket(Bucket="foreign-lock", ObjectLockEnabledForBucket=True)),
        ("a lifecycle by its own operation", "PutBucketLifecycleConfiguration", lambda: s3.put_bucket_lifecycle_configuration(
            Bucket=BUCKET, LifecycleConfiguration={"Rules": [{"ID": "a", "Filter": {"Prefix": ""}, "Status": "Enabled", "Expiration": {"Days": 1}}]})),
    ):
        report.refuses(f"s3 {name}", absent, call, status=501, says=says)
    report.refuses("s3 an ACL", "AccessControlListNotSupported", lambda: s3.put_object(**key, ACL="public-read"), status=400)
    report.refuses("s3 an encryption of nobody", "InvalidArgument", lambda: s3.put_object(**key, ServerSideEncryption="rot13"), status=400)
    report.refuses("s3 a storage class of nobody", "InvalidStorageClass", lambda: s3.put_object(**key, StorageClass="ATTIC"), status=400)
    report.refuses("s3 another owner", "AccessDenied", lambda: s3.get_bucket_location(Bucket=BUCKET, ExpectedBucketOwner="111122223333"), status=403)
    forged = clients.of("s3", aws_access_key_id="ASIAAAAAAAAAAAAAAAAA", aws_secret_access_key="none", aws_session_token="none")
    report.refuses("s3 a temporary key that nobody issued", "InvalidAccessKeyId", lambda: forged.list_buckets(), status=403)
    with report.check("s3 a body that is no XML of S3 is MalformedXML"):
        for body in (b"<no", b"<Other/>", b"<!DOCTYPE a><VersioningConfiguration/>"):
            md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
            status, _, answer = signed(clients, "PUT", f"/{BUCKET}?versioning", {"Content-MD5": md5}, body)
            same((status, b"<Code>MalformedXML</Code>" in answer), (400, True), f"the answer to {body} ({answer})")
    with report.check("s3 a configuration without a checksum is refused"):
        status, _, answer = signed(clients, "PUT", f"/{BUCKET}?versioning", {}, b"<VersioningConfiguration/>")
        same((status, b"<Code>InvalidRequest</Code>" in answer), (400, True), f"the answer ({answer})")


def rights(report, clients, s3):
    """A function reads the one object that its role allows. The role's session comes of the function of `lambda`'s checks."""
    iam, role = clients.of("iam"), "foreign-s3-role"
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(roles.TRUST))["Role"]["Arn"]
    s3.put_object(Bucket=BUCKET, Key="allowed", Body=b"1")
    with report.check("s3 a bucket policy may name a role that exists"):
        policy = {"Version": "2012-10-17", "Statement": statement("Allow", {"AWS": arn}, "s3:GetObject")}
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    with report.check("s3 an explicit deny binds the administrator, who can take it away"):
        policy = {"Version": "2012-10-17", "Statement": statement("Deny", "*", "s3:GetObject")}
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    report.refuses("s3 an object that its bucket denies", "AccessDenied", lambda: s3.get_object(Bucket=BUCKET, Key="allowed"), says="explicit deny in a resource-based policy", status=403)
    report.refuses("s3 HeadObject of an object that its bucket denies", "403", lambda: s3.head_object(Bucket=BUCKET, Key="allowed"), status=403)
    with report.check("s3 the administrator takes the policy away"):
        s3.delete_bucket_policy(Bucket=BUCKET)
        same(s3.get_object(Bucket=BUCKET, Key="allowed")["Body"].read(), b"1", "the body")
    iam.delete_role(RoleName=role)


def command_line(report, clients, s3):
    def cli(*arguments, code=0):
        done = clients.cli(*arguments)
        if done.returncode != code:
            raise Wrong(f"aws {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()} {done.stdout.strip()}")
        return done.stdout

    path = clients.file("sent.json", '{"country": "US"}')
    back = os.path.join(clients.home, "back.json")
    with report.check("aws s3 cp there and back, ls, rm"):
        cli("s3", "cp", path, f"s3://{BUCKET}/cli/sent.json")
        same(s3.head_object(Bucket=BUCKET, Key="cli/sent.json")["ContentType"], "application/json", "ContentType")
        cli("s3", "cp", f"s3://{BUCKET}/cli/sent.json", back)
        same(open(back, encoding="utf-8").read(), '{"country": "US"}', "the file")
        holds("PRE cli/" in cli("s3", "ls", f"s3://{BUCKET}/"), "the prefix is not listed")
        holds("sent.json" in cli("s3", "ls", f"s3://{BUCKET}/cli/"), "the object is not listed")
        holds(BUCKET in cli("s3", "ls"), "the bucket is not listed")
        cli("s3", "rm", f"s3://{BUCKET}/cli/sent.json")
        cli("s3", "ls", f"s3://{BUCKET}/cli/", code=1)
    with report.check("aws s3 sync sends what is new and nothing twice"):
        folder = os.path.join(clients.home, "site")
        os.makedirs(os.path.join(folder, "css"))
        for name in ("index.html", "css/page.css"):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
                out.write(name)
            # S3 tells whole seconds: what was written within the one of its upload is sent again.
            os.utime(os.path.join(folder, name), (time.time() - 60,) * 2)
        same(cli("s3", "sync", folder, f"s3://{BUCKET}/site", "--no-progress").count("upload:"), 2, "the uploads")
        same(cli("s3", "sync", folder, f"s3://{BUCKET}/site", "--no-progress"), "", "what is sent again")
        cli("s3", "rm", f"s3://{BUCKET}/site", "--recursive")
    with report.check("aws s3 mb and rb"):
        cli("s3", "mb", "s3://foreign-made")
        cli("s3", "cp", path, "s3://foreign-made/a")
        cli("s3", "rb", "s3://foreign-made", code=1)
        cli("s3", "rb", "s3://foreign-made", "--force")
    with report.check("aws s3api put-object with a checksum, head-object, get-object"):
        put = clients.cli_json("s3api", "put-object", "--bucket", BUCKET, "--key", "api", "--body", path, "--checksum-algorithm", "SHA256")
        same(put["ChecksumSHA256"], sha256(b'{"country": "US"}'), "ChecksumSHA256")
        head = clients.cli_json("s3api", "head-object", "--bucket", BUCKET, "--key", "api", "--checksum-mode", "ENABLED")
        same(head["ChecksumSHA256"], put["ChecksumSHA256"], "ChecksumSHA256")
        clients.cli_json("s3api", "get-object", "--bucket", BUCKET, "--key", "api", back)
        done = clients.cli("s3api", "get-object", "--bucket", BUCKET, "--key", "api", "--if-none-match", head["ETag"], back)
        holds(done.returncode != 0 and "304" in done.stderr, f"the answer is {done.stderr}")
        done = clients.cli("s3api", "get-bucket-acl", "--bucket", BUCKET)
        holds(done.returncode != 0 and "GetBucketAcl" in done.stderr, f"the answer is {done.stderr}")


def signature(bucket, key, date, seconds):
    """A presigned link; signatures are not verified on loopback."""
    return (
        f"/{bucket}/{key}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=local%2F{date[:8]}%2F{REGION}%2Fs3%2Faws4_request"
        f"&X-Amz-Date={date}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
    )


def addresses(report, clients, s3):
    s3.put_object(Bucket=BUCKET, Key="where", Body=b"here")
    with report.check("s3 a bucket in the host, as AWS and as localhost have it"):
        for host in (f"{BUCKET}.s3.{REGION}.amazonaws.com", f"{BUCKET}.s3.amazonaws.com", f"{BUCKET}.localhost:4599"):
            status, _, body = signed(clients, "GET", "/where", {"Host": host})
            same((status, body), (200, b"here"), f"the answer to {host}")
    with report.check("s3 a presigned GET and PUT, and one whose time is over"):
        # Without a word about it botocore still signs links as before 2014.
        signer = clients.session.client("s3", endpoint_url=clients.url, config=Config(signature_version="s3v4"))
        link = signer.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "where"})
        same(http(link)[::2], (200, b"here"), "the answer")
        link = signer.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "signed"})
        same(http(link, "PUT", {"Content-Type": ""}, b"x")[0], 200, "the status")
        expired = signature(BUCKET, "where", "20260101T000000Z", 60)
        status, _, body = http(clients.url + expired)
        same((status, b"Request has expired" in body), (403, True), f"the answer ({body})")
    with report.check("s3 HEAD answers without a body, also when it refuses"):
        status, headers, body = signed(clients, "HEAD", f"/{BUCKET}/where")
        same((status, headers.get("content-length"), body), (200, "4", b""), "the answer")
        status, _, body = signed(clients, "HEAD", f"/{BUCKET}/absent")
        same((status, body), (404, b""), "the answer")


def stack(report, clients, s3):
    file = clients.file("s3.yaml", TEMPLATE)
    deploy = ("cloudformation", "deploy", "--stack-name", STACK, "--template-file", file)
    cloudformation = clients.of("cloudformation")

    def outputs():
        described = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}

    with report.check("aws cloudformation deploy of a bucket and its policy"):
        done = clients.cli(*deploy)
        same(done.returncode, 0, f"the exit code ({done.stderr})")
        told = outputs()
        name = told["Name"]
        holds(name.startswith("foreign-s3-files-"), f"the name is {name}")
        same((told["Arn"], told["Domain"]), (f"arn:aws:s3:::{name}", f"{name}.s3.{REGION}.amazonaws.com"), "the outputs")
        same(s3.get_bucket_versioning(Bucket=name)["Status"], "Enabled", "Status")
        rule = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]
        same((rule["ID"], rule["Status"], rule["NoncurrentVersionExpiration"]), ("old-versions", "Enabled", {"NoncurrentDays": 30}), "the rule")
        tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=name)["TagSet"]}
        same((tags["purpose"], tags["aws:cloudformation:logical-id"]), ("check", "Files"), "the tags")
        holds("SecureTransport" in s3.get_bucket_policy(Bucket=name)["Policy"], "the policy")
    with report.check("aws cloudformation deploy again changes nothing, then a rule in place"):
        done = clients.cli(*deploy, "--no-fail-on-empty-changeset")
        holds("No changes" in done.stdout, f"it says {done.stdout} {done.stderr}")
        done = clients.cli(*deploy, "--parameter-overrides", "Days=7")
        same(done.returncode, 0, f"the exit code ({done.stderr})")
        same(outputs()["Name"], name, "the name")
        rule = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]
        same(rule["NoncurrentVersionExpiration"], {"NoncurrentDays": 7}, "the rule")
    with report.check("a stack does not take objects along"):
        s3.put_object(Bucket=name, Key="kept", Body=b"1")
        cloudformation.delete_stack(StackName=STACK)
        try:
            cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
            raise Wrong("deleted")
        except Exception as error:
            holds("DELETE_FAILED" in str(error), f"it says {error}")
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        reasons = [event.get("ResourceStatusReason", "") for event in events if event["ResourceStatus"] == "DELETE_FAILED"]
        holds(any("not empty" in reason and "Service: S3, Status Code: 409" in reason for reason in reasons), f"the reasons are {reasons}")
    with report.check("an emptied bucket goes with its stack"):
        empty(s3, name)
        cloudformation.delete_stack(StackName=STACK)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        holds(name not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]], "the bucket is there")
