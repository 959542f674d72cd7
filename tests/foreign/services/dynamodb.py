"""DynamoDB: tables, items, indexes, point-in-time recovery, tags."""

from clients import ACCOUNT, REGION
from report import has, holds, same

TABLE = "foreign-table"


def definition(**changes):
    return {
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "phoneNumber", "AttributeType": "S"},
            {"AttributeName": "recent", "AttributeType": "S"},
            {"AttributeName": "calledAt", "AttributeType": "N"},
        ],
        "KeySchema": [{"AttributeName": "phoneNumber", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "recent-callers",
                "KeySchema": [
                    {"AttributeName": "recent", "KeyType": "HASH"},
                    {"AttributeName": "calledAt", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        **changes,
    }


def run(context):
    report, clients = context.report, context.clients
    dynamodb = clients.of("dynamodb")
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}"
    with report.check("dynamodb CreateTable, the table_exists waiter, DescribeTable"):
        table = dynamodb.create_table(**definition(Tags=[{"Key": "purpose", "Value": "check"}]))["TableDescription"]
        same(table["TableArn"], arn, "TableArn")
        dynamodb.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1, "MaxAttempts": 5})
        table = dynamodb.describe_table(TableName=TABLE)["Table"]
        has(
            table,
            "TableName TableStatus TableArn TableId KeySchema AttributeDefinitions ItemCount TableSizeBytes "
            "CreationDateTime BillingModeSummary ProvisionedThroughput GlobalSecondaryIndexes",
            "the table",
        )
        same(table["TableStatus"], "ACTIVE", "TableStatus")
        index = table["GlobalSecondaryIndexes"][0]
        has(index, "IndexName IndexStatus IndexArn KeySchema Projection", "the index")
        same(index["IndexArn"], f"{arn}/index/recent-callers", "IndexArn")
    with report.check("dynamodb items are put, read, updated and deleted"):
        item = {
            "phoneNumber": {"S": "+18007246837"},
            "vanityNumbers": {"L": [{"S": "PAINTER"}]},
            "recent": {"S": "yes"},
            "calledAt": {"N": "1700000000"},
        }
        dynamodb.put_item(TableName=TABLE, Item=item)
        same(dynamodb.get_item(TableName=TABLE, Key={"phoneNumber": {"S": "+18007246837"}})["Item"], item, "the item")
        updated = dynamodb.update_item(
            TableName=TABLE,
            Key={"phoneNumber": {"S": "+18007246837"}},
            UpdateExpression="SET calledAt = :now",
            ExpressionAttributeValues={":now": {"N": "1700000001"}},
            ReturnValues="UPDATED_NEW",
        )
        same(updated["Attributes"], {"calledAt": {"N": "1700000001"}}, "Attributes")
        missing = dynamodb.get_item(TableName=TABLE, Key={"phoneNumber": {"S": "absent"}})
        holds("Item" not in missing, f"an item that is not there is {missing.get('Item')}")
    with report.check("dynamodb a sparse index holds what carries its key"):
        dynamodb.put_item(TableName=TABLE, Item={"phoneNumber": {"S": "+15550100"}})
        found = dynamodb.query(
            TableName=TABLE,
            IndexName="recent-callers",
            KeyConditionExpression="recent = :yes",
            ExpressionAttributeValues={":yes": {"S": "yes"}},
            ScanIndexForward=False,
            Limit=5,
        )
        same(found["Count"], 1, "Count")
        same(set(found["Items"][0]), {"phoneNumber", "recent", "calledAt"}, "the projected members")
    with report.check("dynamodb the scan and list_tables paginators"):
        pages = dynamodb.get_paginator("scan").paginate(TableName=TABLE, PaginationConfig={"PageSize": 1})
        same(sum(page["Count"] for page in pages), 2, "items")
        names = [n for page in dynamodb.get_paginator("list_tables").paginate() for n in page["TableNames"]]
        holds(TABLE in names, f"the tables are {names}")
    with report.check("dynamodb point-in-time recovery is off, then on"):
        backups = dynamodb.describe_continuous_backups(TableName=TABLE)["ContinuousBackupsDescription"]
        same(backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"], "DISABLED", "the status")
        dynamodb.update_continuous_backups(
            TableName=TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        backups = dynamodb.describe_continuous_backups(TableName=TABLE)["ContinuousBackupsDescription"]
        same(backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"], "ENABLED", "the status")
    with report.check("dynamodb tags by the ARN of the table"):
        dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}])
        tags = {tag["Key"] for tag in dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]}
        same(tags, {"a", "purpose"}, "the keys")
        dynamodb.untag_resource(ResourceArn=arn, TagKeys=["a"])
    with report.check("dynamodb by the aws CLI"):
        table = clients.cli_json("dynamodb", "describe-table", "--table-name", TABLE)["Table"]
        same(table["TableArn"], arn, "TableArn")

    refuses, invalid, absent = report.refuses, "ValidationException", "ResourceNotFoundException"
    refuses("dynamodb a table that is there already", "ResourceInUseException", lambda: dynamodb.create_table(**definition()), status=400)
    refuses(
        "dynamodb a key attribute that is not defined",
        invalid,
        lambda: dynamodb.create_table(
            **definition(TableName="wrong", KeySchema=[{"AttributeName": "other", "KeyType": "HASH"}])
        ),
        status=400,
    )
    refuses(
        "dynamodb an attribute that no key uses",
        invalid,
        lambda: dynamodb.create_table(
            TableName="wrong",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("a", "b")],
            KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        ),
    )
    refuses(
        "dynamodb provisioned billing without throughput",
        invalid,
        lambda: dynamodb.create_table(**definition(TableName="wrong", BillingMode="PROVISIONED")),
    )
    refuses(
        "dynamodb throughput with on-demand billing",
        invalid,
        lambda: dynamodb.create_table(
            **definition(
                TableName="wrong", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
            )
        ),
    )
    refuses("dynamodb DescribeTable of nothing", absent, lambda: dynamodb.describe_table(TableName="absent"), status=400)
    refuses("dynamodb PutItem into nothing", absent, lambda: dynamodb.put_item(TableName="absent", Item={"a": {"S": "b"}}))
    refuses("dynamodb an item without its key", invalid, lambda: dynamodb.put_item(TableName=TABLE, Item={"a": {"S": "b"}}))
    refuses("dynamodb a key of the wrong type", invalid, lambda: dynamodb.put_item(TableName=TABLE, Item={"phoneNumber": {"N": "1"}}))
    refuses("dynamodb an empty key", invalid, lambda: dynamodb.put_item(TableName=TABLE, Item={"phoneNumber": {"S": ""}}))
    refuses("dynamodb an index key of the wrong type", invalid, lambda: dynamodb.put_item(TableName=TABLE, Item={"phoneNumber": {"S": "x"}, "calledAt": {"S": "now"}}))
    refuses(
        "dynamodb a condition that does not hold",
        "ConditionalCheckFailedException",
        lambda: dynamodb.put_item(
            TableName=TABLE, Item={"phoneNumber": {"S": "+15550100"}}, ConditionExpression="attribute_not_exists(phoneNumber)"
        ),
        status=400,
    )
    refuses(
        "dynamodb an expression that is none",
        invalid,
        lambda: dynamodb.put_item(TableName=TABLE, Item={"phoneNumber": {"S": "x"}}, ConditionExpression="is good"),
    )
    refuses(
        "dynamodb a query by no key",
        invalid,
        lambda: dynamodb.query(
            TableName=TABLE, KeyConditionExpression="other = :a", ExpressionAttributeValues={":a": {"S": "b"}}
        ),
    )
    refuses(
        "dynamodb a query on no index",
        invalid,
        lambda: dynamodb.query(
            TableName=TABLE, IndexName="absent", KeyConditionExpression="a = :a", ExpressionAttributeValues={":a": {"S": "b"}}
        ),
    )
    refuses("dynamodb backups of nothing", "TableNotFoundException", lambda: dynamodb.describe_continuous_backups(TableName="absent"), status=400)
    refuses("dynamodb DeleteTable of nothing", absent, lambda: dynamodb.delete_table(TableName="absent"))
    with report.check("dynamodb DeleteTable, the table_not_exists waiter"):
        dynamodb.delete_item(TableName=TABLE, Key={"phoneNumber": {"S": "+15550100"}})
        dynamodb.delete_table(TableName=TABLE)
        dynamodb.get_waiter("table_not_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1, "MaxAttempts": 5})
