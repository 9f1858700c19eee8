"""What IAM is asked when ecrgen calls it, and the policy of persona `operator` that should allow exactly that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from accounts import ACCOUNT, READ_ONLY
from server import Call

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.policy.arn import Arn
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Request, evaluate


class Ask(NamedTuple):
    """An action on a resource, with the policy that is attached or detached (None: it is about none)."""

    action: str
    resource: str
    policy: str | None = None


def operator() -> PolicyDocument:
    """The built-in persona for the namespace that the tests use, with one policy of AWS's own to attach."""
    catalog = Catalog.load(builtin_file())
    return catalog.render("operator", namespace="pay", managed_policy=READ_ONLY, account=ACCOUNT, region="us-east-1")


def asks(call: Call) -> Iterable[Ask]:
    """What a call needs. GetCallerIdentity needs no permission, and CreatePolicy with tags needs TagPolicy too.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    """
    operation, given = call.operation, call.parameters
    if operation == "GetCallerIdentity":
        return
    for kind in ("Role", "User", "Group"):
        if f"{kind}Name" in given:
            resource = f"arn:aws:iam::{ACCOUNT}:{kind.lower()}/{given[f'{kind}Name']}"
            yield Ask(f"iam:{operation}", resource, given.get("PolicyArn"))
            return
    if operation == "CreatePolicy":
        arn = f"arn:aws:iam::{ACCOUNT}:policy{given['Path']}{given['PolicyName']}"
        yield Ask("iam:CreatePolicy", arn)
        if any(name.startswith("Tags") for name in given):
            yield Ask("iam:TagPolicy", arn)
        return
    yield Ask(f"iam:{operation}", given.get("PolicyArn", "*"))


def allowed(policy: PolicyDocument, ask: Ask) -> bool:
    """Whether the policy, on a role of the resource's own account, allows it."""
    arn = Arn.parse(ask.resource)
    caller = f"arn:aws:iam::{arn.account if arn and arn.account.isdigit() else ACCOUNT}:role/operator"
    context = {"iam:PolicyARN": ask.policy} if ask.policy else {}
    return evaluate(Request(ask.action, ask.resource, caller, context), identity=[policy]).allowed
