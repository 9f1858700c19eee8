"""Both halves of old and new grants in one account, others' statements beside them, and who has what meanwhile."""

from __future__ import annotations

import json
from typing import Any

from accounts import ACCOUNT, allowing, grant, wanted
from moto.iam.models import IAMBackend, iam_backends
from server import Call, Server
from world import add_grantees, add_policy, add_repositories, attach, default_text, holders, repository

from ecrgen.account.connection import Connection
from ecrgen.account.fetch import read_state
from ecrgen.account.fetch_resources import read_resources
from ecrgen.catalog.halves import ResourceHalf
from ecrgen.catalog.places import Place, Registry
from ecrgen.catalog.sids import sid_of, sid_prefix
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.evaluate import evaluate
from ecrgen.policy.request import Request
from ecrgen.provision.changes import Plan
from ecrgen.provision.plan import plan

# The calls of a run that nothing disturbs, after GetCallerIdentity; a test keeps the number true.
CALLS = 29
CONSUMER = "444455556666"
ROLE = f"arn:aws:iam::{CONSUMER}:role/ci"
EVERYBODY = {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}
NAMES = ("team/web", "team/api", "team/old")
ACTIONS = ("ecr:BatchGetImage", "ecr:PutImage")
REGISTRY = Registry(ACCOUNT, "us-east-1")
THEIRS = {"Sid": "new policy", "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "ecr:ListImages"}


def saying(name: str, action: str, *, everybody: bool = False, resource: str = "") -> Statement:
    whom = EVERYBODY if everybody else {"Principal": {"AWS": ROLE}}
    where = {"Resource": resource} if resource else {}
    return Statement.from_dict({"Sid": sid_of("pay", name, 1), "Effect": "Allow", "Action": action, **whom, **where})


def half(name: str, statement: Statement) -> ResourceHalf:
    place: Place = repository(name) if name else REGISTRY
    return ResourceHalf(place, (statement,))


OLD = wanted(
    grant("fence", allowing(denied=["team/web"]), "role/mine"), grant("push", allowing("team/api"), "role/mine")
)
NEW = wanted(
    grant("fence", allowing(denied=["team/api"], actions="PutImage BatchGetImage"), "role/mine"),
    grant("more", allowing("team/web", actions="BatchGetImage"), "role/mine"),
)
WERE = (
    half("team/web", saying("org", "ecr:PutImage", everybody=True)),
    half("team/api", saying("ci", "ecr:BatchGetImage")),
    half("team/old", saying("ci", "ecr:BatchGetImage")),
    half("", saying("all", "ecr:BatchGetImage", resource=repository("team/old").arn)),
)
HALVES = (
    half("team/web", saying("ci", "ecr:BatchGetImage")),
    half("team/api", saying("org", "ecr:PutImage", everybody=True)),
    half("team/api", saying("ci", "ecr:PutImage")),
    half("", saying("all", "ecr:BatchGetImage", everybody=True, resource=repository("team/web").arn)),
)


def planned(connection: Connection) -> Plan:
    resources = read_resources(connection, "pay", HALVES, ["us-east-1"], everywhere=True)
    return plan(NEW, read_state(connection, "pay"), resources)


def seed(server: Server) -> None:
    """The account of the old grants; others have statements in the policies of a repository and of the registry."""
    account = server.account
    add_grantees(account, "role/mine")
    iam_backends[CONSUMER]["aws"].create_role("ci", "{}", "/", None, "", [], None)
    for name, policy in OLD.policies.items():
        add_policy(account, name, policy.document)
    for attachment in OLD.attachments:
        attach(account, attachment.policy, str(attachment.grantee))
    add_repositories(server.registry(), *NAMES)
    write(server, WERE, {"team/web": [THEIRS], "": [{**THEIRS, "Resource": "*"}]})


def write(server: Server, halves: tuple[ResourceHalf, ...], others: dict[str, list[Any]]) -> None:
    registry = server.registry()
    for name in (*NAMES, ""):
        place = repository(name) if name else REGISTRY
        ours = [each.to_dict() for one in halves if one.place == place for each in one.statements]
        text = json.dumps({"Version": "2012-10-17", "Statement": [*others.get(name, ()), *ours]})
        if name:
            registry.repositories[name].policy = text
        else:
            registry.registry_policy = text


def documents(server: Server) -> dict[str, PolicyDocument]:
    """The policies of resources, by the repository's name; the registry's by none."""
    registry = server.registry()
    texts = {name: registry.repositories[name].policy for name in NAMES} | {"": registry.registry_policy}
    return {name: PolicyDocument.from_json(text) for name, text in texts.items() if text}


def others(server: Server) -> list[dict[str, Any]]:
    found = [each.to_dict() for document in documents(server).values() for each in document.statements]
    return [each for each in found if not each["Sid"].startswith(sid_prefix("pay"))]


def ours(server: Server) -> dict[str, set[str]]:
    """What the namespace says in each policy, as text."""
    found: dict[str, set[str]] = {}
    for name, document in documents(server).items():
        said = {
            json.dumps(each.to_dict()) for each in document.statements if (each.sid or "").startswith(sid_prefix("pay"))
        }
        found |= {name: said} if said else {}
    return found


def asked() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in HALVES:
        name = "" if one.place == REGISTRY else str(one.place).partition("repository/")[2]
        found.setdefault(name, set()).update(json.dumps(each.to_dict()) for each in one.statements)
    return found


def access(account: IAMBackend, server: Server) -> set[tuple[str, str, str]]:
    """Who may do what: a role of the account by both halves, one of another account by what its owner's half allows."""
    policies = {arn: PolicyDocument.from_json(default_text(each)) for arn, each in account.managed_policies.items()}
    mine = next(holder for who, holder in holders(account) if who == "role/mine")
    identity = [policies[arn] for arn in mine.managed_policies if arn in policies]
    everything = PolicyDocument.from_dict({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    callers = {
        f"arn:aws:sts::{ACCOUNT}:assumed-role/mine/me": identity,
        f"arn:aws:sts::{CONSUMER}:assumed-role/ci/me": [everything],
    }
    there = documents(server)
    out = set()
    for caller, own in callers.items():
        for action in ACTIONS:
            for name in NAMES:
                request = Request(action, repository(name).arn, caller, {"aws:PrincipalOrgID": "o-a1b2c3d4e5"})
                here = [document for place, document in there.items() if place in ("", name)]
                if evaluate(request, identity=own, resource=here).allowed:
                    out.add((caller, action, name))
    return out


def watch(server: Server, bound: set[tuple[str, str, str]]) -> list[str]:
    """Notes every write after which somebody has what neither side gives, or others' statements are not theirs."""
    faults: list[str] = []
    theirs = others(server)

    def look(call: Call) -> None:
        more = access(server.account, server) - bound
        if more:
            faults.append(f"{call.number} {call.operation}: {more}")
        if others(server) != theirs:
            faults.append(f"{call.number} {call.operation}: others' statements")

    server.seen = look
    return faults
