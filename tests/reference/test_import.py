"""import of whole accounts: whatever grants were applied there, nobody can do more or less by what is imported

Random grants to others are rendered into an account and its neighbour's, some of them by halves, and rewritten as
others would write them. What is imported is loaded, rendered again in place of what it stands for, and the reference
evaluator asked before and after.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imported_accounts import BUILTIN, REGION, Json, found_in, loaded
from random_catalogs import ACCOUNT as OWNER
from random_catalogs import catalogs
from reference_evaluator import as_list, decide
from whole_accounts import PROD, TOOLS, allow, document, group, role, snapshot, user

from ecrgen import Catalog, EcrgenError, Grant
from ecrgen.audit.imported import Imported
from ecrgen.catalog.bind import bind_guard
from ecrgen.catalog.grantees import IamEntity, read_grantee
from ecrgen.catalog.halves import documents_of, halves_of, halves_of_grant, offline
from ecrgen.catalog.managed import attached_policy
from ecrgen.catalog.model import Target
from ecrgen.catalog.places import Registry
from ecrgen.catalog.render import identity_half

THIRD = "777788889999"
ROLE = f"arn:aws:sts::{OWNER}:assumed-role/ci/job"
HERE = Target("aws", PROD, (REGION,))
NAMES, PATTERNS = ("team/web", "team/api", "base"), ("team/*", "hub/*")
ORGANIZATION = {
    "aws:PrincipalOrgID": "o-a1b2c3d4e5",
    "aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"],
}
SSO = f"arn:aws:iam::{TOOLS}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef"
EVERYTHING = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
CI, ANN, NODE = f"arn:aws:iam::{TOOLS}:role/team/ci", f"arn:aws:iam::{TOOLS}:user/ann", f"arn:aws:iam::{PROD}:role/node"
# Who asks, with what follows from who it is. Those of files have what the files say, everybody else may do everything.
CALLERS: dict[str, tuple[str, Json]] = {
    "ci": (f"arn:aws:sts::{TOOLS}:assumed-role/ci/job", {}),
    "ann": (ANN, {}),
    "node": (f"arn:aws:sts::{PROD}:assumed-role/node/job", {}),
    "somebody there": (f"arn:aws:sts::{TOOLS}:assumed-role/other/job", {}),
    "a third": (f"arn:aws:iam::{THIRD}:role/x", {}),
    "another third": (f"arn:aws:iam::{THIRD}:user/y", {}),
    "a member": ("arn:aws:iam::222233334444:role/x", ORGANIZATION),
    "a set's user": (SSO, {}),
    "lambda": ("lambda.amazonaws.com", {"aws:SourceAccount": TOOLS}),
}
GRANTEES = (
    CI,
    ANN,
    CI,
    f"account/{TOOLS}",
    f"account/{THIRD}",
    f"arn:aws:iam::{THIRD}:role/x",
    NODE,
    "org/o-a1b2c3d4e5",
    "org/o-a1b2c3d4e5/r-ab12/ou-ab12-11111111",
    f"permission-set/{TOOLS}/Dev",
    "service/lambda.amazonaws.com",
)
GUARDS = ("tls", "source-ip=203.0.113.0/24", "tag=team=a", "expires=2099-01-31T00:00:00Z")
CONTEXTS = (
    {},
    {"aws:SecureTransport": "true", "aws:SourceIp": "203.0.113.7", "aws:ResourceTag/team": "a"}
    | {"aws:CurrentTime": "2098-01-31T00:00:00Z"},
)
PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
NOISE = (
    allow("ecr:ListImages", Principal={"AWS": TOOLS}),
    allow("ecr:BatchGetImage", Principal="*"),
    allow(*PULL, Principal={"AWS": [PROD, THIRD]}),
    allow(*PULL, "ecr:GetAuthorizationToken", Principal={"AWS": CI}, Resource="*"),
    allow("ecr:Batch*", "ecr:Get*", Principal={"AWS": TOOLS}),
    allow("ecr:*", Principal={"AWS": CI}),
    allow(*PULL, Principal={"AWS": [CI, NODE]}),
    allow(*PULL, Principal={"AWS": TOOLS}, Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/team/*"}}),
    allow(*PULL, Principal="*", Condition={"StringLike": {"aws:PrincipalOrgID": "o-a1*"}}),
    allow(*PULL, Principal={"AWS": THIRD}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
    allow(*PULL, Principal={"Service": "lambda.amazonaws.com"}),
    {"Effect": "Allow", "NotPrincipal": {"AWS": THIRD}, "Action": "ecr:ListImages"},
    {"Effect": "Allow", "Principal": {"AWS": TOOLS}, "NotAction": "ecr:Put*"},
    {"Effect": "Deny", "Principal": "*", "Action": "ecr:DeleteRepository"},
    {
        "Effect": "Deny",
        "Principal": {"AWS": TOOLS},
        "Action": "ecr:*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    },
)


def arn(name: str) -> str:
    return f"arn:aws:ecr:{REGION}:{PROD}:repository/{name}"


@dataclass
class World:
    """What two accounts have: policies of principals and of repositories by ARN, and the registry's."""

    identity: dict[str, list[Json]] = field(default_factory=lambda: {CI: [], ANN: [], NODE: []})
    repositories: dict[str, list[Json]] = field(default_factory=lambda: {arn(each): [] for each in NAMES})
    registry: list[Json] = field(default_factory=list)

    def states(self) -> list[Json]:
        own = snapshot(
            role("node", *self.identity[NODE]),
            repositories={each: document(*said) if said else None for each, said in self.repositories.items()},
            registry=document(*self.registry) if self.registry else None,
        )
        theirs = snapshot(
            role("ci", *self.identity[CI], account=TOOLS, path="/team/"),
            user("ann", *self.identity[ANN], account=TOOLS),
            account=TOOLS,
        )
        return [own, {**theirs, "repositories": []}]


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    """A grant that somebody of another account could have, or a registry's persona's."""
    name = draw(
        st.sampled_from(["pull", "pull", "push", "read", "single-repo", "cleanup", "repo-admin"])
        | st.sampled_from(["pull-prefix", "read-prefix", "cached-pull", "replication", "pull-through-cache"])
    )
    persona = BUILTIN.personas[name]
    names = NAMES if persona.parameters["repo"].type == "repository" else PATTERNS
    repo = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    to = draw(st.sampled_from([each for each in GRANTEES if not persona.to or each.startswith("account")]))
    guards = draw(st.lists(st.sampled_from(GUARDS), max_size=1))
    if to.startswith("service"):
        guards = [each for each in guards if each != "source-ip=203.0.113.0/24"] + [f"source-account={TOOLS}"]
    bound = BUILTIN.bind(name, {"repo": repo})
    bound = replace(bound, guards=tuple(bind_guard(BUILTIN.guards, each) for each in guards))
    return Grant("g", bound, (to,), through_registry=names is PATTERNS or draw(st.booleans()))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Two accounts with some grants, of some of which a half is missing, and with what others wrote beside them."""
    world = World()
    for grant in draw(st.lists(grants(), min_size=1, max_size=4)):
        missing = draw(st.sampled_from(["", "", "", "identity", "resource"]))
        try:
            halves = halves_of(grant, "pay", PROD, HERE)
        except EcrgenError:
            continue  # of a grant that no catalog takes, such as to create repositories by one's own policy
        for to in grant.to if halves.identity is not None and missing != "identity" else ():
            if to in world.identity:
                world.identity[to].append(rewritten(draw, halves.identity.to_dict()))
        for half in halves.resource if missing != "resource" else ():
            said = world.registry if isinstance(half.place, Registry) else world.repositories[str(half.place)]
            said += rewritten(draw, half.policy.to_dict())["Statement"]
    for said in world.repositories.values():
        said += draw(st.lists(st.sampled_from(NOISE), max_size=1))
    return world


def rewritten(draw: st.DrawFn, policy: Json) -> Json:
    """A policy as somebody else would write it."""
    written = []
    for each in policy["Statement"]:
        bare = {key: value for key, value in each.items() if key != "Sid"}
        actions = bare["Action"] if isinstance(bare["Action"], list) else [bare["Action"]]
        cut = draw(st.integers(0, len(actions) - 1))
        parts = [actions[:cut], actions[cut:]] if cut and draw(st.booleans()) else [actions]
        written += [
            {**bare, "Action": [one.upper() for one in part] if draw(st.booleans()) else part} for part in parts
        ]
    if draw(st.booleans()):
        text = (
            json.dumps(written)
            .replace(f"arn:aws:iam::{TOOLS}:root", TOOLS)
            .replace('"Principal": "*"', '"Principal": {"AWS": "*"}')
        )
        written = json.loads(text)
    return document(*written)


def after(world: World, found: Imported) -> tuple[World, dict[str, int]]:
    """The accounts with the grants in place of what they stand for, and how much of what became what."""
    catalog = loaded(found)
    target, made = catalog.target(), World()
    assert target.account == PROD
    kept = {name for each in found.left for name in each.policies}
    policies = {name for each in found.grants for name in each.instead_of}
    statements = {name for each in found.grants for name in each.statements}
    for who, before in world.identity.items():
        called = who.rpartition(":")[2] if PROD in who else who
        names = [f"inline policy p{at} of {called}" for at in range(len(before))]
        assert all((name in kept) != (name in policies) for name in names)
        made.identity[who] = [each for name, each in zip(names, before, strict=True) if name in kept]
    for place, said, left in (
        (f"the registry of account {PROD} in {REGION}", world.registry, made.registry),
        *((each, said, made.repositories[each]) for each, said in world.repositories.items()),
    ):
        for at, each in enumerate(said):
            name = f"Statement[{at}] of the policy of {place}"
            assert (name in kept) != (name in statements)
            left += [each] if name in kept else []
    render_into(made, catalog, target)
    return made, {"policies": len(policies), "statements": len(statements), "kept": len(kept)}


def render_into(made: World, catalog: Catalog, target: Target) -> None:
    """What `render --all` prints, where it belongs."""
    halves = []
    for grant in catalog.grants.values():
        identity = identity_half(grant, target)
        for to in grant.to:
            grantee = read_grantee(to)
            who = f"arn:aws:iam::{PROD}:{to}" if isinstance(grantee, IamEntity) and grantee.account is None else to
            if identity is not None and who in made.identity:
                made.identity[who].append(identity.to_dict())
        halves += offline(halves_of_grant(grant, catalog.namespace, target).resource)
    for half in documents_of(halves):
        said = made.registry if isinstance(half.place, Registry) else made.repositories[str(half.place)]
        said += half.policy.to_dict()["Statement"]


def decisions(world: World) -> dict[tuple[str, str, str, int], bool]:
    """Who can do what on which repository, in which context, by the reference evaluator."""
    actions = ("ecr:BatchGetImage", "ecr:PutImage", "ecr:ListImages", "ecr:CreateRepository", "ecr:BatchDeleteImage")
    more = ("ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:DescribeImages", "ecr:DeleteRepository")
    who = {"ci": CI, "ann": ANN, "node": NODE}
    found = {}
    for name in (*NAMES, "hub/x", "other"):
        said = [world.registry] if world.registry else []
        said += [world.repositories[arn(name)]] if world.repositories.get(arn(name)) else []
        resource = [document(*each) for each in said]
        for caller, (principal, keys) in CALLERS.items():
            identity = world.identity[who[caller]] if caller in who else [] if caller == "lambda" else [EVERYTHING]
            for number, context in enumerate(CONTEXTS):
                for action in (*actions, *more):
                    request = {"action": action, "resource": arn(name), "principal": principal}
                    effect, _ = decide({**request, "context": {**context, **keys}}, identity, resource)
                    found[caller, action, name, number] = effect == "Allow"
    return found


def check(world: World, counts: dict[str, int]) -> None:
    made, number = after(world, found_in(*world.states()))
    before, now = decisions(world), decisions(made)
    assert {key: value for key, value in now.items() if before[key] != value} == {}
    for key, value in number.items():
        counts[key] += value


@pytest.mark.parametrize(
    "examples",
    [pytest.param(12, id="some"), pytest.param(400, id="many", marks=pytest.mark.slow)],
)
def test_nobody_can_do_more_or_less_by_what_is_imported(examples: int) -> None:
    """The law for both halves; and policies, statements and both left and imported ones are among what is tried."""
    counts: dict[str, int] = defaultdict(int)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(worlds())
    def law(world: World) -> None:
        check(world, counts)

    law()
    assert min(counts["policies"], counts["statements"], counts["kept"]) > examples / 4


HOLDS: Json = {
    "aws:MultiFactorAuthPresent": "true",
    "aws:SecureTransport": "true",
    "aws:SourceIp": "203.0.113.7",
    "aws:ResourceTag/team": "a",
    "aws:PrincipalTag/team": "a",
}


def account_of(catalog: Catalog) -> tuple[dict[str, list[Json]], Json]:
    """The policies of a catalog's grantees, as they are rendered, and an account that has them."""
    target = catalog.target(OWNER, REGION)
    held: dict[str, list[Json]] = {}
    for grant in catalog.grants.values():
        for to in grant.to:
            held.setdefault(to, []).append(attached_policy(grant, target).to_dict())
    entities = []
    for to, policies in held.items():
        kind, _, path = to.partition("/")
        above, _, name = f"/{path}".rpartition("/")
        if kind == "role":
            entities.append(role(name, *policies, account=OWNER, path=f"{above}/"))
        elif kind == "user":
            entities.append(user(name, *policies, account=OWNER))
        else:
            entities += [group(name, *policies, account=OWNER), user("member", groups=[name], account=OWNER)]
    return held, {**snapshot(*entities, account=OWNER), "repositories": []}


@pytest.mark.parametrize(
    "examples",
    [pytest.param(8, id="some"), pytest.param(200, id="many", marks=pytest.mark.slow)],
)
def test_every_grant_of_a_random_catalog_is_found_again(examples: int) -> None:
    """What a catalog renders to becomes grants that decide the same, with nothing left."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(catalogs(), st.integers(0, 1 << 32))
    def law(catalog: Catalog, seed: int) -> None:
        chance = Random(seed)
        held, state = account_of(catalog)
        if not held:
            return
        found = found_in(state)
        assert found.left == ()
        again = loaded(found)
        target = again.target()
        for to, before in held.items():
            now = [
                attached_policy(each, each.target(target)).to_dict() for each in again.grants.values() if to in each.to
            ]
            said = [each for policy in (*before, *now) for each in policy["Statement"]]
            for each in chance.sample(said, min(len(said), 6)):
                action, on = (chance.choice(as_list(each[key])) for key in ("Action", "Resource"))
                principal = f"arn:aws:iam::{OWNER}:user/ann" if to.startswith("user/") else ROLE
                request = {"action": action.replace("*", "x"), "resource": on.replace("*", "x"), "principal": principal}
                request["resource"] = "*" if on == "*" else request["resource"].replace("${aws:username}", "ann")
                for context in ({}, HOLDS):
                    asked = {**request, "context": context}
                    assert decide(asked, before)[0] == decide(asked, now)[0], asked

    law()
