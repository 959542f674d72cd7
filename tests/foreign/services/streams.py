"""DynamoDB Streams: streams of tables, shards, iterators, records."""

import time

from clients import ACCOUNT, REGION
from report import has, holds, same

TABLE = "foreign-streamed"


def table(dynamodb, name, view):
    created = dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
    )
    return created["TableDescription"]["LatestStreamArn"]


def run(context):
    report, clients = context.report, context.clients
    dynamodb, streams = clients.of("dynamodb"), clients.of("dynamodbstreams")
    arn = table(dynamodb, TABLE, "NEW_AND_OLD_IMAGES")
    prefix = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}/stream/"

    def put(identity, count):
        dynamodb.put_item(TableName=TABLE, Item={"id": {"S": identity}, "count": {"N": str(count)}})

    def iterator(kind, **more):
        return streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **more)["ShardIterator"]

    def records(kind, **more):
        return streams.get_records(ShardIterator=iterator(kind, **more), Limit=100)["Records"]

    def told(records):
        return [(record["eventName"], record["dynamodb"]["Keys"]["id"]["S"]) for record in records]

    with report.check("dynamodbstreams the table tells its stream"):
        described = dynamodb.describe_table(TableName=TABLE)["Table"]
        same(described["LatestStreamArn"], arn, "LatestStreamArn")
        same(arn, prefix + described["LatestStreamLabel"], "LatestStreamArn")
        time.strptime(described["LatestStreamLabel"][:-4], "%Y-%m-%dT%H:%M:%S")
        same(described["StreamSpecification"]["StreamViewType"], "NEW_AND_OLD_IMAGES", "StreamViewType")
    with report.check("dynamodbstreams ListStreams and DescribeStream"):
        listed = streams.list_streams(TableName=TABLE, Limit=10)["Streams"]
        same([stream["StreamArn"] for stream in listed], [arn], "the streams")
        holds(arn in [s["StreamArn"] for s in streams.list_streams()["Streams"]], "the stream is not listed")
        later = streams.list_streams(ExclusiveStartStreamArn=arn)["Streams"]
        holds(arn not in [s["StreamArn"] for s in later], "the stream comes after itself")
        described = streams.describe_stream(StreamArn=arn, Limit=1)["StreamDescription"]
        has(
            described,
            "StreamArn StreamLabel StreamStatus StreamViewType CreationRequestDateTime TableName KeySchema Shards",
            "the stream",
        )
        same(described["StreamStatus"], "ENABLED", "StreamStatus")
        has(described["Shards"][0], "ShardId SequenceNumberRange", "the shard")
        after = streams.describe_stream(StreamArn=arn, ExclusiveStartShardId=described["Shards"][0]["ShardId"])
        same(after["StreamDescription"]["Shards"], [], "the shards after the only one")
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    put("a", 1)
    put("b", 1)
    put("a", 2)
    dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": "b"}})
    changes = [("INSERT", "a"), ("INSERT", "b"), ("MODIFY", "a"), ("REMOVE", "b")]
    with report.check("dynamodbstreams records from every position"):
        found = records("TRIM_HORIZON")
        same(told(found), changes, "the records")
        has(found[2], "eventID eventName eventVersion eventSource awsRegion dynamodb", "a record")
        has(
            found[2]["dynamodb"],
            "ApproximateCreationDateTime Keys NewImage OldImage SequenceNumber SizeBytes StreamViewType",
            "a change",
        )
        same(found[2]["awsRegion"], REGION, "awsRegion")
        same(len({record["eventID"] for record in found}), 4, "the count of ids")
        third = found[2]["dynamodb"]["SequenceNumber"]
        same(told(records("AT_SEQUENCE_NUMBER", SequenceNumber=third)), changes[2:], "the records at")
        same(told(records("AFTER_SEQUENCE_NUMBER", SequenceNumber=third)), changes[3:], "the records after")
        latest = iterator("LATEST")
        put("c", 1)
        same(told(streams.get_records(ShardIterator=latest)["Records"]), [("INSERT", "c")], "the records since")
    with report.check("dynamodbstreams the next iterator goes on"):
        seen, following = [], iterator("TRIM_HORIZON")
        for _ in range(6):
            page = streams.get_records(ShardIterator=following, Limit=1)
            seen += told(page["Records"])
            following = page["NextShardIterator"]
        same(seen, [*changes, ("INSERT", "c")], "the records")
    with report.check("dynamodbstreams a write that changes nothing is no change"):
        latest = iterator("LATEST")
        put("c", 1)
        same(streams.get_records(ShardIterator=latest)["Records"], [], "the records")
    with report.check("dynamodbstreams by the aws CLI"):
        described = clients.cli_json("dynamodbstreams", "describe-stream", "--stream-arn", arn)["StreamDescription"]
        given = clients.cli_json(
            "dynamodbstreams",
            "get-shard-iterator",
            "--stream-arn",
            arn,
            "--shard-id",
            described["Shards"][0]["ShardId"],
            "--shard-iterator-type",
            "TRIM_HORIZON",
        )
        found = clients.cli_json("dynamodbstreams", "get-records", "--shard-iterator", given["ShardIterator"])
        same(told(found["Records"])[:4], changes, "the records")

    refuses, invalid, absent = report.refuses, "ValidationException", "ResourceNotFoundException"
    other = arn.replace(TABLE, "absent")
    refuses("dynamodbstreams a stream of no table", absent, lambda: streams.describe_stream(StreamArn=other), status=400)
    refuses("dynamodbstreams a stream with another label", absent, lambda: streams.describe_stream(StreamArn=prefix + "2020-01-01T00:00:00.000"))
    refuses("dynamodbstreams more shards than allowed", invalid, lambda: streams.describe_stream(StreamArn=arn, Limit=101))
    refuses(
        "dynamodbstreams a shard that is not of the stream",
        absent,
        lambda: streams.get_shard_iterator(StreamArn=arn, ShardId="shardId-00000000000000000000-00000000", ShardIteratorType="LATEST"),
    )
    refuses("dynamodbstreams a position without its number", invalid, lambda: iterator("AT_SEQUENCE_NUMBER"))
    refuses("dynamodbstreams a number without its position", invalid, lambda: iterator("LATEST", SequenceNumber="1" * 21))
    refuses("dynamodbstreams a number that no stream gave", invalid, lambda: iterator("AT_SEQUENCE_NUMBER", SequenceNumber="9" * 40))
    refuses("dynamodbstreams an iterator of one's own", invalid, lambda: streams.get_records(ShardIterator="mine"))
    refuses("dynamodbstreams more records than allowed", invalid, lambda: streams.get_records(ShardIterator=latest, Limit=1001))

    with report.check("dynamodbstreams a stream that is off is read to its end"):
        dynamodb.update_table(TableName=TABLE, StreamSpecification={"StreamEnabled": False})
        put("d", 1)
        described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
        same(described["StreamStatus"], "DISABLED", "StreamStatus")
        has(described["Shards"][0]["SequenceNumberRange"], "StartingSequenceNumber EndingSequenceNumber", "the range")
        page = streams.get_records(ShardIterator=iterator("TRIM_HORIZON"))
        same(told(page["Records"])[-1], ("INSERT", "c"), "the last record")
        holds("NextShardIterator" not in page, "a closed shard goes on")
    with report.check("dynamodbstreams another stream of the table begins empty"):
        dynamodb.update_table(TableName=TABLE, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
        first, arn = arn, dynamodb.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
        holds(first != arn, "it is the first one")
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        put("e", 1)
        found = records("TRIM_HORIZON")
        same(told(found), [("INSERT", "e")], "the records")
        holds("NewImage" not in found[0]["dynamodb"], "keys only have an image")
    dynamodb.delete_table(TableName=TABLE)
    refuses("dynamodbstreams the stream of a table that is gone", absent, lambda: streams.describe_stream(StreamArn=arn))
