"""IAM: roles, their policies and their tags."""

import json

from clients import ACCOUNT
from report import has, holds, same

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}],
}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
ROLE = "foreign-role"


def trust(**changes):
    document = json.loads(json.dumps(TRUST))
    document["Statement"][0].update(changes)
    return json.dumps({**document})


def run(context):
    report, clients = context.report, context.clients
    iam = clients.of("iam")
    with report.check("iam CreateRole answers the whole role"):
        role = iam.create_role(
            RoleName=ROLE,
            Path="/foreign/",
            AssumeRolePolicyDocument=json.dumps(TRUST),
            Description="Tried by foreign clients",
            MaxSessionDuration=7200,
            Tags=[{"Key": "purpose", "Value": "check"}],
        )["Role"]
        has(role, "Path RoleName RoleId Arn CreateDate AssumeRolePolicyDocument Tags", "the role")
        same(role["Arn"], f"arn:aws:iam::{ACCOUNT}:role/foreign/{ROLE}", "Arn")
        holds(role["RoleId"].startswith("AROA"), f"RoleId is {role['RoleId']}")
    with report.check("iam GetRole answers what was given"):
        role = iam.get_role(RoleName=ROLE)["Role"]
        same(role["AssumeRolePolicyDocument"], TRUST, "the trust policy")
        same(role["MaxSessionDuration"], 7200, "MaxSessionDuration")
        same(role["Description"], "Tried by foreign clients", "Description")
        has(role, "RoleLastUsed", "the role")
    with report.check("iam inline policies are put, listed, read and replaced"):
        iam.put_role_policy(RoleName=ROLE, PolicyName="read", PolicyDocument=json.dumps(POLICY))
        same(iam.list_role_policies(RoleName=ROLE)["PolicyNames"], ["read"], "PolicyNames")
        policy = iam.get_role_policy(RoleName=ROLE, PolicyName="read")
        same(policy["PolicyDocument"], POLICY, "the policy")
        has(policy, "RoleName PolicyName PolicyDocument", "the policy")
    with report.check("iam managed policies are attached once and listed"):
        for _ in range(2):
            iam.attach_role_policy(RoleName=ROLE, PolicyArn=BASIC)
        attached = iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]
        same(
            attached,
            [{"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": BASIC}],
            "AttachedPolicies",
        )
    with report.check("iam tags are added, replaced, listed and removed"):
        iam.tag_role(RoleName=ROLE, Tags=[{"Key": "a", "Value": "1"}, {"Key": "purpose", "Value": "b"}])
        tags = {tag["Key"]: tag["Value"] for tag in iam.list_role_tags(RoleName=ROLE)["Tags"]}
        same(tags, {"a": "1", "purpose": "b"}, "Tags")
        iam.untag_role(RoleName=ROLE, TagKeys=["a"])
        same(len(iam.list_role_tags(RoleName=ROLE)["Tags"]), 1, "the count of tags")
    with report.check("iam UpdateRole and UpdateAssumeRolePolicy"):
        iam.update_role(RoleName=ROLE, Description="changed", MaxSessionDuration=3600)
        document = trust(Principal={"Service": ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]})
        iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=document)
        role = iam.get_role(RoleName=ROLE)["Role"]
        same(role["Description"], "changed", "Description")
        same(role["AssumeRolePolicyDocument"], json.loads(document), "the trust policy")
    with report.check("iam the ListRoles paginator with pages of one"):
        iam.create_role(RoleName="foreign-second", AssumeRolePolicyDocument=json.dumps(TRUST))
        pages = iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 1})
        names = [role["RoleName"] for page in pages for role in page["Roles"]]
        holds({ROLE, "foreign-second"} <= set(names), f"the roles are {names}")
        same(len(names), len(set(names)), "the count of roles")
        under = iam.list_roles(PathPrefix="/foreign/")["Roles"]
        same([role["RoleName"] for role in under], [ROLE], "roles under /foreign/")
    with report.check("iam lists of one role in pages, by path, and its boundary"):
        same(iam.list_attached_role_policies(RoleName=ROLE, PathPrefix="/service-role/", MaxItems=1)["AttachedPolicies"][0]["PolicyArn"], BASIC, "PolicyArn")
        same(iam.list_attached_role_policies(RoleName=ROLE, PathPrefix="/other/")["AttachedPolicies"], [], "AttachedPolicies")
        iam.put_role_policy(RoleName=ROLE, PolicyName="another", PolicyDocument=json.dumps(POLICY))
        names = iam.get_paginator("list_role_policies").paginate(RoleName=ROLE, PaginationConfig={"PageSize": 1}).build_full_result()["PolicyNames"]
        same(names, ["another", "read"], "PolicyNames")
        iam.delete_role_policy(RoleName=ROLE, PolicyName="another")
        iam.put_role_permissions_boundary(RoleName=ROLE, PermissionsBoundary=BASIC)
        same(iam.get_role(RoleName=ROLE)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"], BASIC, "the boundary")
        iam.delete_role_permissions_boundary(RoleName=ROLE)
        holds("PermissionsBoundary" not in iam.get_role(RoleName=ROLE)["Role"], "the boundary stays")
    with report.check("iam the role_exists waiter"):
        iam.get_waiter("role_exists").wait(RoleName=ROLE, WaiterConfig={"Delay": 1, "MaxAttempts": 1})

    refusals(report, iam)

    with report.check("iam DeleteRole of an empty role, then it is gone"):
        iam.delete_role_policy(RoleName=ROLE, PolicyName="read")
        iam.detach_role_policy(RoleName=ROLE, PolicyArn=BASIC)
        iam.delete_role(RoleName=ROLE)
        iam.delete_role(RoleName="foreign-second")
    report.refuses(
        "iam GetRole of a deleted role", "NoSuchEntity", lambda: iam.get_role(RoleName=ROLE), status=404
    )


def refusals(report, iam):
    def create(name="foreign-wrong", **params):
        params.setdefault("AssumeRolePolicyDocument", json.dumps(TRUST))
        return lambda: iam.create_role(RoleName=name, **params)

    refuses = report.refuses
    malformed = "MalformedPolicyDocument"
    for what, document in {
        "that is no JSON": "{",
        "without a statement": json.dumps({"Version": "2012-10-17"}),
        "without a principal": json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
        ),
        "with a resource": trust(Resource="*"),
        "with an effect that is none": trust(Effect="Permit"),
        "with an unknown element": trust(Resources="*"),
        "with an action that is not of STS": trust(Action="lambda:InvokeFunction"),
        "of another version": json.dumps({**TRUST, "Version": "2020-01-01"}),
        "with a service that is none": trust(Principal={"Service": "lambda"}),
        "with a principal of another kind": trust(Principal={"Robot": "x"}),
    }.items():
        refuses(f"iam a trust policy {what}", malformed, create(AssumeRolePolicyDocument=document), status=400)
    refuses("iam a role name with a space", "ValidationError", create("no good name"), status=400)
    refuses("iam a role that is there already", "EntityAlreadyExists", create(ROLE), status=409)
    refuses(
        "iam a role whose name differs only in case",
        "EntityAlreadyExists",
        create(ROLE.upper()),
        status=409,
    )
    refuses(
        "iam a role with a path that does not end in a slash",
        "ValidationError",
        create(Path="/foreign"),
    )
    refuses(
        "iam a duplicate tag",
        "InvalidInput",
        create(Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]),
        status=400,
    )
    refuses("iam a tag of AWS's own", "InvalidInput", create(Tags=[{"Key": "aws:x", "Value": "1"}]))
    refuses(
        "iam an inline policy with a principal",
        malformed,
        lambda: iam.put_role_policy(RoleName=ROLE, PolicyName="p", PolicyDocument=json.dumps(TRUST)),
    )
    refuses(
        "iam an inline policy without a resource",
        malformed,
        lambda: iam.put_role_policy(
            RoleName=ROLE,
            PolicyName="p",
            PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject"}}',
        ),
    )
    refuses(
        "iam an inline policy with an action without a service",
        malformed,
        lambda: iam.put_role_policy(
            RoleName=ROLE,
            PolicyName="p",
            PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"GetItem","Resource":"*"}}',
        ),
    )
    refuses(
        "iam an inline policy with a resource that is no ARN",
        malformed,
        lambda: iam.put_role_policy(
            RoleName=ROLE,
            PolicyName="p",
            PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"bucket"}}',
        ),
    )
    refuses(
        "iam a policy for a role that is not there",
        "NoSuchEntity",
        lambda: iam.put_role_policy(RoleName="absent", PolicyName="p", PolicyDocument=json.dumps(POLICY)),
        status=404,
    )
    refuses(
        "iam a managed policy that is not there",
        "NoSuchEntity",
        lambda: iam.attach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicyAnywhere"),
        status=404,
    )
    refuses(
        "iam GetRolePolicy of nothing",
        "NoSuchEntity",
        lambda: iam.get_role_policy(RoleName=ROLE, PolicyName="absent"),
        status=404,
    )
    refuses(
        "iam DetachRolePolicy of what is not attached",
        "NoSuchEntity",
        lambda: iam.detach_role_policy(
            RoleName="foreign-second", PolicyArn=BASIC
        ),
        status=404,
    )
    refuses(
        "iam DeleteRole with policies", "DeleteConflict", lambda: iam.delete_role(RoleName=ROLE), status=409
    )
    refuses("iam DeleteRole of nothing", "NoSuchEntity", lambda: iam.delete_role(RoleName="absent"))
