"""Importing: what an account has → grants whose policies decide the same."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imported_accounts import BUILTIN, REGION, Json, found_in, loaded, of, union
from whole_accounts import PROD, TOOLS, allow, details, document, group, role, snapshot, user

from ecrgen.audit.imported import Imported
from ecrgen.catalog.managed import attached_policy
from ecrgen.errors import EcrgenError
from ecrgen.policy.access import diff
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import evaluate
from ecrgen.policy.request import Request

READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
POWER_USER = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"


def summary(found: Imported) -> list[tuple[Any, ...]]:
    """Persona, arguments, guards and grantees of the catalog's grants."""
    return [
        (
            each.persona.name,
            {name: value for name, value in each.arguments.items() if value is not None},
            list(map(str, each.guards)),
            list(each.to),
        )
        for each in loaded(found).grants.values()
    ]


CASES: dict[str, tuple[Json, list[tuple[str, Json, list[str]]]]] = {
    "names and a guard": (
        of("push", ("tls",), repo=["team/web", "team/api"]),
        [("push", {"repo": ("team/api", "team/web")}, ["tls"])],
    ),
    "a prefix": (of("read-prefix", repo=["team/*"]), [("read-prefix", {"repo": ("team/*",)}, [])]),
    "several guards": (
        of("pull", ("source-ip=203.0.113.0/24,198.51.100.7", "regions=eu-central-1"), repo=["a1"]),
        [("pull", {"repo": ("a1",)}, ["regions=eu-central-1", "source-ip=203.0.113.0/24,198.51.100.7"])],
    ),
    "a union of two personas under different guards": (
        union(of("pull", repo=["a1"]), of("push", ("vpc=vpc-0a1b2c3d",), repo=["b1"])),
        [("pull", {"repo": ("a1",)}, []), ("push", {"repo": ("b1",)}, ["vpc=vpc-0a1b2c3d"])],
    ),
    "login apart from a guard that stops it": (
        union(of("login"), of("pull-prefix", ("tag=Team=${aws:PrincipalTag/Team}",), repo=["team/*"])),
        [("login", {}, []), ("pull-prefix", {"repo": ("team/*",)}, ["tag=Team=${aws:PrincipalTag/Team}"])],
    ),
    "keys of tags": (
        of("create-and-push", repo=["team/*"], tag_key=["team", "cost"]),
        [("create-and-push", {"repo": ("team/*",), "tag_key": ("team", "cost")}, [])],
    ),
    "another account's images": (
        of("node-pull", repo=["team/*"], addon_account=["602401143452"]),
        [("node-pull", {"repo": ("team/*",), "addon_account": ("602401143452",)}, [])],
    ),
    "IAM": (of("operator", namespace="pay"), [("operator", {"namespace": "pay"}, [])]),
    "a service of its own": (
        of("stackset-operator", stack_set="ecr-access", namespace="pay"),
        [("stackset-operator", {"stack_set": "ecr-access", "namespace": "pay"}, [])],
    ),
    "IAM and ECR": (
        of("operator", namespace="pay", repo=["team/*"]),
        [("operator", {"namespace": "pay", "repo": ("team/*",)}, [])],
    ),
    "ECR Public": (of("public-push", repo=["web"]), [("public-push", {"repo": ("web",)}, [])]),
    "other services beside": (
        union(of("pull", repo=["a1"]), document(allow("s3:GetObject", "ecr:GetDownloadUrlForLayer", on="*"))),
        [],
    ),
    "a service of its own beside": (
        union(of("pull", repo=["a1"]), document(allow("s3:GetObject", on="*"))),
        [("pull", {"repo": ("a1",)}, [])],
    ),
    "an action more": (union(of("pull", repo=["a1"]), document(allow("ecr:ListImages"))), []),
    "a Deny": (
        union(of("pull", repo=["a1"]), document({"Effect": "Deny", "Action": "ecr:PutImage", "Resource": "*"})),
        [],
    ),
    "a condition that is no guard": (
        document(allow("ecr:GetAuthorizationToken", on="*", Condition={"StringLike": {"aws:userid": "*:ci"}})),
        [],
    ),
    "a wildcard that will name more tomorrow": (
        document(allow("ecr:GetAuthorization*", on="*")),
        [],
    ),
    "everything": (document(allow("*", on="*")), []),
    "all but something": (document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), []),
}


@pytest.mark.parametrize("name", CASES)
def test_a_policy_becomes_the_personas_that_decide_the_same(name: str) -> None:
    """The persona, its arguments and guards are found again; what no personas decide is left, with a reason."""
    policy, wanted = CASES[name]
    found = found_in(snapshot(role("ci", policy)))
    assert sorted(summary(found), key=str) == sorted(((*each, ["role/ci"]) for each in wanted), key=str)
    assert [each.policies for each in found.left] == ([] if wanted else [("inline policy p0 of role/ci",)])


def test_those_who_have_the_same_share_a_grant() -> None:
    """Policies that decide alike, however they are written, are one grant to all that have one, a group among them."""
    pull = of("pull", repo=["a1"])
    other = document(*reversed(pull["Statement"]))
    found = found_in(
        snapshot(role("ci", pull), role("cd", other, path="/team/"), user("ann", groups=["devs"]), group("devs", pull))
    )
    assert summary(found) == [("pull", {"repo": ("a1",)}, [], ["group/devs", "role/ci", "role/team/cd"])]


def test_aws_s_own_policies_are_recognised() -> None:
    """One that a persona gives is a managed grant; another one is left, with the nearest persona."""
    found = found_in(
        snapshot(
            role("look", attached=[READ_ONLY]), role("push", attached=[POWER_USER]), role("s3", document(allow("s3:*")))
        )
    )
    (grant,) = loaded(found).grants.values()
    assert (grant.persona.name, grant.managed, grant.to) == ("console-read-only", True, ("role/look",))
    (left,) = found.left
    assert left.near is not None
    assert left.near.candidate.bound.persona.name == "console-read-only"
    assert found.silent == 1


def test_what_aws_edited_since_is_not_taken_for_its_policy() -> None:
    """A version of AWS's policy that is another than ecrgen's data is no managed grant."""
    edited = document(allow("ecr:GetAuthorizationToken", on="*"))
    found = found_in(snapshot(role("look", attached=[READ_ONLY]), managed={READ_ONLY: edited}))
    assert found.grants == ()
    assert len(found.left) == 1


def test_repositories_of_several_regions_are_told_apart() -> None:
    """The regions of the repositories are the grant's own where they are not the catalog's."""
    policy = union(of("pull", repo=["a1"]), of("push", repo=["b1"], region=["us-east-1", "eu-central-1"]))
    grants = loaded(found_in(snapshot(role("ci", policy)))).grants.values()
    assert {(each.persona.name, each.account, each.regions) for each in grants} == {
        ("pull", None, ()),
        ("push", None, ("eu-central-1", "us-east-1")),
    }


def test_another_account_s_repositories_are_left() -> None:
    """No grant is made that a run in the repositories' account would have let somebody in."""
    policy = union(of("pull", repo=["a1"], account=TOOLS), of("push", repo=["b1"]))
    found = found_in(snapshot(role("ci", policy)), snapshot(account=TOOLS))
    assert found.grants == ()
    assert [each.reason for each in found.left] == [
        f"names repositories of account {TOOLS}, whose policies a grant would change, too"
    ]
    (left,) = found_in(snapshot(role("ci", policy))).left
    assert left.reason.endswith(f"give the snapshot of account {TOOLS}, which may let them in already")


@pytest.mark.parametrize("region", ["us-east-1", REGION])
def test_the_region_is_the_policy_s_whatever_the_environment_says(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that does not say which regions an account uses still makes grants for those that its policies name."""
    policy = of("pull", repo=["a1"], region=region)
    found = found_in(details(role("ci", policy), role("login", of("login"))))
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    grants = {each.persona.name: each for each in loaded(found).grants.values()}
    assert (grants["pull"].regions, grants["login"].regions) == ((region,), ())


def test_several_accounts_are_one_catalog() -> None:
    """Grantees of another account than the first are named by ARN."""
    pull, own = of("pull", repo=["a1"]), of("pull", repo=["a1"], account=TOOLS)
    found = found_in(snapshot(role("ci", pull)), snapshot(role("ci", own, account=TOOLS), account=TOOLS))
    assert {(each.account, each.to) for each in loaded(found).grants.values()} == {
        (None, ("role/ci",)),
        (TOOLS, (f"arn:aws:iam::{TOOLS}:role/ci",)),
    }


def test_what_is_not_known_is_said() -> None:
    """A policy without a document is left with the reason, and an account without users and roles is an error."""
    found = found_in(snapshot(role("ci", attached=[f"arn:aws:iam::{PROD}:policy/lost"])))
    assert [each.reason for each in found.left] == ["not known: the file does not hold its document"]
    with pytest.raises(EcrgenError, match="holds no users and roles of account 111122223333"):
        found_in({**snapshot(), "iam": None})


def test_no_grant_is_made_that_plan_refuses() -> None:
    """A policy that speaks of the user's name becomes a grant to a user, and is left where a role has it."""
    assert summary(found_in(snapshot(user("ann", of("self-view"))))) == [("self-view", {}, [], ["user/ann"])]
    (left,) = found_in(snapshot(role("ci", of("self-view")))).left
    assert left.reason.startswith("speaks of ${aws:username}")


REPOSITORIES = ("a1", "team/web", "team/web2")
PATTERNS = ("team/*", "a*")
GUARDS = (
    "tls",
    "mfa",
    "source-ip=203.0.113.0/24",
    "tag=team=a",
    "regions=eu-central-1",
    "expires=2030-01-01T00:00:00Z",
)


@st.composite
def personas(draw: st.DrawFn, accounts: tuple[str, ...] = (PROD, PROD, PROD, TOOLS)) -> Json:
    """The policy of some persona, with some arguments and guards."""
    guards = tuple(draw(st.lists(st.sampled_from(GUARDS), max_size=2, unique=True)))
    region = draw(st.sampled_from([REGION, ["eu-central-1", "us-east-1"]]))
    account = draw(st.sampled_from(accounts))
    name = draw(
        st.sampled_from(["pull", "push", "read", "single-repo", "cleanup", "repo-admin", "login", "console-read-only"])
        | st.sampled_from(["pull-prefix", "read-prefix", "cached-pull", "create-and-push", "repo-admin-prefix"])
    )
    repo = BUILTIN.personas[name].parameters.get("repo")
    if repo is None:
        return of(name, guards, account, region)
    names = REPOSITORIES if repo.type == "repository" else PATTERNS
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    return of(name, guards, account, region, repo=chosen)


NOISE = (
    allow("ecr:ListImages", on=f"arn:aws:ecr:{REGION}:{PROD}:repository/a1"),
    allow("ecr:Get*", on="*"),
    {"Effect": "Deny", "Action": "ecr:PutImage", "Resource": "*"},
    {"Effect": "Deny", "Action": "ecr:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
)


@st.composite
def policies(draw: st.DrawFn) -> Json:
    """A union of personas, perhaps with something that is none, as somebody else would write it."""
    statements = union(*draw(st.lists(personas(), min_size=1, max_size=3)))["Statement"]
    statements += draw(st.lists(st.sampled_from(NOISE), max_size=1))
    written = []
    for each in draw(st.permutations(statements)):
        bare = {key: value for key, value in each.items() if key != "Sid"}
        actions = bare["Action"] if isinstance(bare["Action"], list) else [bare["Action"]]
        cut = draw(st.integers(0, len(actions) - 1))
        parts = [actions[:cut], actions[cut:]] if cut and draw(st.booleans()) else [actions]
        written += [
            {**bare, "Action": [action.upper() if at else action for action in part]} for at, part in enumerate(parts)
        ]
    return document(*written)


KEYS: dict[str, tuple[str, ...]] = {
    "aws:SecureTransport": ("true", "false"),
    "aws:MultiFactorAuthPresent": ("true", "false"),
    "aws:SourceIp": ("203.0.113.9", "192.0.2.1"),
    "aws:ResourceTag/team": ("a", "b"),
    "aws:CurrentTime": ("2029-01-01T00:00:00Z", "2031-01-01T00:00:00Z"),
}
ON = [
    "*",
    *(f"arn:aws:ecr:{REGION}:{PROD}:repository/{name}" for name in (*REPOSITORIES, "team/x", "b1")),
    f"arn:aws:ecr:us-east-1:{PROD}:repository/team/web",
    f"arn:aws:ecr:{REGION}:{TOOLS}:repository/a1",
]


def decided_alike(before: PolicyDocument, after: list[PolicyDocument], context: dict[str, str]) -> None:
    """Every action that is spoken of and one that is not, on every repository, there and elsewhere, in a context."""
    named = {action.lower() for each in (before, *after) for one in each.statements for action in one.actions}
    for action, on in product(sorted({each for each in named if "*" not in each} | {"ecr:deleterepository"}), ON):
        request = Request(action, on, context=context)
        old, new = evaluate(request, identity=[before]), evaluate(request, identity=after)
        assert old.allowed == new.allowed, (request, before)


CONTEXTS = st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in KEYS.items()})


@settings(deadline=None, max_examples=15)
@given(st.lists(policies(), min_size=1, max_size=2), st.lists(CONTEXTS, min_size=3, max_size=3))
def test_no_decision_differs_from_what_was_imported(roles: list[Json], contexts: list[dict[str, str]]) -> None:
    """The law: loaded and rendered, the grants to a role decide what the policies decide that they are in place of."""
    found = found_in(snapshot(*(role(f"r{at}", each) for at, each in enumerate(roles))))
    catalog = loaded(found)
    target = catalog.target()
    for at, each in enumerate(roles):
        grants = [grant for grant in catalog.grants.values() if f"role/r{at}" in grant.to]
        left = [name for one in found.left for name in one.policies if name.endswith(f" of role/r{at}")]
        assert bool(grants) != bool(left)
        if grants:
            before = PolicyDocument.from_dict(each)
            after = [attached_policy(grant, grant.target(target)) for grant in grants]
            assert diff(before, after) == ()
            for context in contexts:
                decided_alike(before, after, context)


@settings(deadline=None, max_examples=40)
@given(personas((PROD,)))
def test_every_persona_is_found_again(policy: Json) -> None:
    """No policy that a persona renders to is left."""
    assert found_in(details(role("ci", policy))).left == ()
