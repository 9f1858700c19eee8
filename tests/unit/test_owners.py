"""Who owns a namespace, by what is known of its policies, and which of them are asked about."""

from __future__ import annotations

import pytest

from ecrgen.account.desired import DesiredGrant, desired_state
from ecrgen.account.namespace import Namespace
from ecrgen.account.state import Entity, Grantee, IamState, ManagedPolicy, Version
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.owners import owned, telling
from ecrgen.provision.plan import plan

SPACE = Namespace("aws", "111122223333", "pay")
DOCUMENT = PolicyDocument.from_dict(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:ListImages", "Resource": "*"}]}
)
OTHER = PolicyDocument.from_dict(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*"}]}
)


def policy(grant: str, tags: dict[str, str] | None = None, stack: str = "") -> ManagedPolicy:
    version = Version("v1", "2026-01-01T00:00:00Z", DOCUMENT.to_json(indent=None))
    return ManagedPolicy(SPACE.arn(SPACE.policy_name(grant, 1)), (version,), "v1", (), tags, stack)


def account(*policies: ManagedPolicy) -> IamState:
    taken = {each.name.lower(): each.arn for each in policies}
    return IamState(SPACE, {each.name: each for each in policies}, {Grantee("role", "ci"): Entity("/")}, taken)


STACK = "belongs to CloudFormation's stack"
BACK = "docs/moving.md says how ecrgen takes it back"


@pytest.mark.parametrize(
    ("policies", "said"),
    [
        ([policy("a"), policy("b", {}), policy("c", {"ecrgen:grant": "c"})], []),
        (
            [policy("a", stack="access in eu-west-1")],
            [f"ecrgen.pay.a {STACK} access in eu-west-1; change it by `ecrgen export cloudformation`"],
        ),
        (
            [policy("a", stack="StackSet-ecr-0b2d5f1e in us-east-1")],
            [f"ecrgen.pay.a {STACK} StackSet-ecr-0b2d5f1e in us-east-1; change it by `ecrgen stackset apply`"],
        ),
        (
            [policy("a", {"ecrgen:managed-by": "terraform"}, "access in eu-west-1")],
            [f"ecrgen.pay.a {STACK} access in eu-west-1; change it by `ecrgen export cloudformation`"],
        ),
        (
            [policy(name, {"ecrgen:managed-by": "terraform"}) for name in "abcd"],
            ["ecrgen.pay.a and 3 more belong to Terraform; change it by `ecrgen export terraform`"],
        ),
        (
            [policy("a", {"ecrgen:managed-by": "pulumi"}), policy("b", {"ecrgen:managed-by": "terraform"})],
            [
                "ecrgen.pay.a belongs to pulumi, as the tag ecrgen:managed-by says; change it there",
                "ecrgen.pay.b belongs to Terraform; change it by `ecrgen export terraform`",
            ],
        ),
        ([policy("a", {"ecrgen:managed-by": ""})], []),
    ],
)
def test_each_owner_is_named_once(policies: list[ManagedPolicy], said: list[str]) -> None:
    """With the policies that tell of it, and what to do; a stack counts more than a tag, which it leaves alone."""
    assert list(owned(account(*policies))) == [f"namespace pay: {each}; {BACK}" for each in said]


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        ({"a": DOCUMENT, "b": DOCUMENT}, ()),
        ({"a": OTHER, "b": DOCUMENT}, ("ecrgen.pay.a",)),
        ({"a": OTHER}, ("ecrgen.pay.a", "ecrgen.pay.b")),
        ({"a": DOCUMENT, "b": DOCUMENT, "c": OTHER}, ("ecrgen.pay.a",)),
        ({"a": OTHER, "b": DOCUMENT, "c": OTHER}, ("ecrgen.pay.a",)),
    ],
)
def test_what_is_asked_about(wanted: dict[str, PolicyDocument], asked: tuple[str, ...]) -> None:
    """What changes or goes; one of the namespace where policies only come; nothing where nothing changes."""
    actual = account(policy("a"), policy("b"))
    desired = desired_state(SPACE, [DesiredGrant(name, "pull", (), each) for name, each in wanted.items()])
    assert telling(plan(desired, actual), actual) == asked


def test_a_namespace_that_is_empty_is_nobodys() -> None:
    """The first policy needs nobody's leave, and AWS's own policies are no namespace's."""
    own = DesiredGrant("own", "pull", ("role/ci",), None, "AmazonEC2ContainerRegistryReadOnly")
    desired = desired_state(SPACE, [DesiredGrant("a", "pull", (), DOCUMENT), own])
    assert telling(plan(desired, account()), account()) == ()
    only = desired_state(SPACE, [DesiredGrant("b", "pull", (), DOCUMENT), own])
    assert telling(plan(only, account(policy("b"))), account(policy("b"))) == ()
