"""Persona `operator` allows exactly the calls that ecrgen makes: no action less, no resource more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import scenario_halves
from accounts import ACCOUNT, PREFIX, READ_ONLY, allowing, grant, wanted
from operator_policy import STACK, Ask, allowed, asks
from scenario import NEW, OLD, seed
from server import Call, Reply, Server, no_fault
from world import add_grantees

from ecrgen.account.connection import Connection
from ecrgen.account.desired import Desired, DesiredGrant
from ecrgen.account.fetch import read_state, with_past
from ecrgen.account.fetch_resources import read_resources
from ecrgen.account.stacks import with_stacks
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.reference import expand
from ecrgen.provision.apply import apply
from ecrgen.provision.history import rollback
from ecrgen.provision.owners import telling
from ecrgen.provision.plan import plan

Connect = Callable[..., Connection]

OTHER_POLICIES = (
    f"arn:aws:iam::{ACCOUNT}:policy/x",
    f"arn:aws:iam::{ACCOUNT}:policy/ecrgen/pay2/x",
    f"arn:aws:iam::{ACCOUNT}:policy/ecrgen/pa/x",
    f"arn:aws:iam::{ACCOUNT}:policy/ecrgenx/pay/x",
    f"arn:aws:iam::{ACCOUNT}:policy/x/ecrgen/pay/x",
    PREFIX.replace(ACCOUNT, "999999999999") + "x",
    f"arn:aws:iam::{ACCOUNT}:policy/AmazonEC2ContainerRegistryReadOnly",
    "arn:aws:iam::aws:policy/AdministratorAccess",
)
OTHER_GRANTEES = (
    "arn:aws:iam::999999999999:role/ci",
    "arn:aws:iam::999999999999:user/ann",
    "arn:aws:iam::999999999999:group/devs",
    f"arn:aws:iam::{ACCOUNT}:instance-profile/ci",
    f"arn:aws:iam::{ACCOUNT}:policy/ci",
)
OTHER_STACKS = (
    "arn:aws:cloudformation:us-east-1:999999999999:stack/access/0b2d5f1e",
    f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stackset/access:0b2d5f1e",
)
EVERYWHERE = ("*", f"{PREFIX}x", f"arn:aws:iam::{ACCOUNT}:role/ci", STACK)


@pytest.fixture
def recorded(server: Server, connected: Connect) -> set[Ask]:
    """What every command asks IAM for: plan, apply, rollback, destroy, with and without reading in bulk."""
    connection = connected()

    def run(desired: Desired, prune: bool = True) -> None:
        grantees = {attachment.grantee for attachment in desired.attachments}
        actual = read_state(connection, "pay", grantees)
        made = plan(desired, actual)
        assert not with_stacks(connection, actual, telling(made, actual), ["us-east-1"]).unknown
        assert apply(made, connection, prune=prune).complete

    denied = Reply(403, "AccessDenied")
    for before in (no_fault, lambda call: denied if call.operation == "GetAccountAuthorizationDetails" else None):
        server.reset()
        seed(server.account)
        add_grantees(server.account, "user/new")
        server.before = before
        run(NEW)
        run(wanted(*(grant(p.grant, p.document, "user/new", "group/devs") for p in NEW.policies.values())))
        actual = with_past(connection, read_state(connection, "pay"), "full")
        assert apply(rollback(actual, "full", "v5"), connection, prune=False).complete
        run(wanted())
    # one of each action: what is asked about one policy or grantee is asked about all
    return set({ask.action: ask for call in server.ever for ask in asks(call)}.values())


def forbidden(recorded: set[Ask]) -> Iterator[Ask]:
    """What must stay denied: the same actions elsewhere and about other policies, and every other action of IAM."""
    actions = {ask.action for ask in recorded}
    for ask in recorded:
        if ask.resource == "*":
            continue
        for other in (*OTHER_GRANTEES, *OTHER_POLICIES, *OTHER_STACKS):
            yield ask._replace(resource=other)
        if ask.policy:
            yield ask._replace(policy=None)
            for policy in (*OTHER_POLICIES, *([READ_ONLY] if "Detach" in ask.action else [])):
                yield ask._replace(policy=policy)
    for action in expand("iam:*") + expand("ecr:*") + expand("sts:*"):
        if action not in actions:
            yield from (Ask(action, each, policy) for each in EVERYWHERE for policy in (PREFIX + "x", READ_ONLY))


def faults(policy: PolicyDocument, recorded: set[Ask], closed: list[Ask]) -> Iterator[Ask]:
    """What the policy denies and should not, or allows and should not."""
    yield from (ask for ask in recorded if not allowed(policy, ask))
    yield from (ask for ask in closed if allowed(policy, ask))


def narrower(policy: PolicyDocument) -> Iterator[tuple[str, PolicyDocument]]:
    """The policy without each action, but for those that only attach AWS's own."""
    for index, statement in enumerate(policy.statements):
        for action in statement.actions:
            rest = tuple(other for other in statement.actions if other != action)
            yield f"without {action}", with_statement(policy, index, replace(statement, action=rest))


def wider(policy: PolicyDocument) -> Iterator[tuple[str, PolicyDocument]]:
    """The policy with each resource, each condition and each list of actions wider than it is."""
    for index, statement in enumerate(policy.statements):
        for resource in statement.resources:
            for wide in widened(resource):
                resources = tuple(wide if other == resource else other for other in statement.resources)
                yield f"{resource} as {wide}", with_statement(policy, index, replace(statement, resource=resources))
        more = replace(statement, action=(*statement.actions, "iam:PassRole"))
        yield "with iam:PassRole", with_statement(policy, index, more)
        yield "with iam:*", with_statement(policy, index, replace(statement, action="iam:*"))
        if statement.condition is None:
            continue
        yield "without its condition", with_statement(policy, index, replace(statement, condition=None))
        for operator, key, values in statement.conditions:
            for wide in widened(values[0]):
                block = ((operator.replace("Equals", "Like"), ((key, wide),)),)
                yield f"{key} as {wide}", with_statement(policy, index, replace(statement, condition=block))


def widened(arn: str) -> Iterator[str]:
    """ARNs that hold more than this one: `*`, any account, the resource cut short from its end."""
    if arn == "*":
        return
    head, _, resource = arn.rpartition(":")
    yield "*"
    yield f"arn:aws:iam::*:{resource}"
    yield f"{head}:*"
    parts = resource.split("/")
    for count in range(1, len(parts) - 1):
        yield f"{head}:{'/'.join(parts[:count])}/*"
    if len(parts) > 2:
        yield f"{head}:{'/'.join(parts[:-1])}*"


def with_statement(policy: PolicyDocument, index: int, statement: Statement) -> PolicyDocument:
    statements = list(policy.statements)
    statements[index] = statement
    return replace(policy, statement=tuple(statements))


def test_exactly_what_is_called(recorded: set[Ask], operator_policy: PolicyDocument) -> None:
    """Every call is allowed; without any one action one is not; with anything wider something is that must not be."""
    recorded |= {
        Ask(f"iam:Attach{kind}Policy", f"arn:aws:iam::{ACCOUNT}:{kind.lower()}/x", READ_ONLY)
        for kind in ("Role", "User", "Group")
    }
    closed = list(dict.fromkeys(forbidden(recorded)))
    assert list(faults(operator_policy, recorded, closed)) == []
    unseen = [what for what, policy in narrower(operator_policy) if not next(faults(policy, recorded, closed), None)]
    unseen += [what for what, policy in wider(operator_policy) if not next(faults(policy, recorded, closed), None)]
    assert unseen == []


def test_aws_own_policy_is_attached_and_left(server: Server, connected: Connect) -> None:
    """AWS's own policy is attached by the same role, and is still there after everything else is gone."""
    add_grantees(server.account, "role/ci")
    server.account.managed_policies[READ_ONLY] = policy = aws_policy(server)
    look = DesiredGrant("look", "look", ("role/ci",), managed_policy="AmazonEC2ContainerRegistryReadOnly")
    desired = wanted(look)
    connection = connected()
    assert apply(plan(desired, read_state(connection, "pay")), connection, prune=True).complete
    assert plan(desired, read_state(connection, "pay")).steps == ()
    assert plan(wanted(), read_state(connection, "pay")).steps == ()
    assert policy.attachment_count == 1


def aws_policy(server: Server) -> object:
    from moto.iam.models import AWSManagedPolicy

    data = {"Arn": READ_ONLY, "Path": "/", "DefaultVersionId": "v1", "CreateDate": "2015-12-21T17:06:01+00:00"}
    data |= {"Document": allowing("*").to_dict(), "UpdateDate": data["CreateDate"], "AttachmentCount": 0}
    return AWSManagedPolicy.from_data("AmazonEC2ContainerRegistryReadOnly", ACCOUNT, "us-east-1", data)


def test_a_call_that_it_does_not_allow_is_seen(server: Server, operator_policy: PolicyDocument) -> None:
    """The fixture that watches every test would notice a call beyond the persona."""
    call = Call(0, "DeleteRole", {"RoleName": "ci"}, "")
    assert [allowed(operator_policy, ask) for ask in asks(call)] == [False]
    assert OLD.policies


def test_exactly_what_is_called_for_resource_policies(
    server: Server, connected: Connect, operator_policy: PolicyDocument, registry_operator_policy: PolicyDocument
) -> None:
    """With `repo`, every call is allowed on those repositories and on no others, and without any action one is not."""
    scenario_halves.seed(server)
    connection = connected()
    assert apply(scenario_halves.planned(connection), connection, prune=True).complete
    nothing = read_resources(connection, "pay", (), ["us-east-1"], everywhere=True)
    assert apply(plan(wanted(), read_state(connection, "pay"), nothing), connection, prune=True).complete
    server.registry().registry_policy = None
    half = scenario_halves.half("", scenario_halves.saying("all", "ecr:PutImage", resource="*"))
    alone = read_resources(connection, "pay", [half], ["us-east-1"], everywhere=False)
    assert apply(plan(wanted(), read_state(connection, "pay"), alone), connection, prune=True).complete
    nothing = read_resources(connection, "pay", (), ["us-east-1"], everywhere=True)
    assert apply(plan(wanted(), read_state(connection, "pay"), nothing), connection, prune=True).complete
    asked = {ask for call in server.ever for ask in asks(call) if ask.action.startswith("ecr:")}
    assert [ask for ask in asked if allowed(operator_policy, ask)] == []
    actions = {ask.action for ask in asked}
    writes = {"ecr:SetRepositoryPolicy", "ecr:DeleteRepositoryPolicy"}
    reads = {"ecr:DescribeRepositories", "ecr:GetRepositoryPolicy"}
    assert actions == writes | reads | {f"ecr:{verb}RegistryPolicy" for verb in ("Get", "Put", "Delete")}
    own = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository"
    elsewhere = (own.replace(ACCOUNT, "999999999999"), own.replace("us-east-1", "ap-south-1"))
    closed = [Ask(action, f"{place}/team/web") for action in writes | reads for place in elsewhere]
    closed += [Ask(action, f"{own}/{name}") for action in writes for name in ("teams/web", "team", "other")]
    closed += [Ask(action, f"{own}/team/web") for action in expand("ecr:*") if action not in actions]
    assert list(faults(registry_operator_policy, asked, closed)) == []
    of_ecr = [what for what, less in narrower(registry_operator_policy) if what.startswith("without ecr:")]
    seen = [what for what, less in narrower(registry_operator_policy) if next(faults(less, asked, closed), None)]
    assert set(of_ecr) <= set(seen)
