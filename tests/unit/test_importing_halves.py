"""Importing what policies of repositories and registries say: to whom, by which persona, and with which other half."""

from __future__ import annotations

from typing import Any

import pytest
from imported_accounts import BUILTIN, REGION, Json, found_in, loaded, of, union
from whole_accounts import PROD, TOOLS, allow, document, role, snapshot, user

from ecrgen.audit.imported import Imported

THIRD = "777788889999"
CI = f"arn:aws:iam::{TOOLS}:role/ci"
PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
IN_ORG = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
FOR_TOOLS = {"StringEquals": {"aws:SourceAccount": TOOLS}}
LAMBDA = {"Service": "lambda.amazonaws.com"}


def repository(name: str, region: str = REGION) -> str:
    return f"arn:aws:ecr:{region}:{PROD}:repository/{name}"


def pull(to: Any, **more: Any) -> Json:
    return allow(*PULL, Principal=to, **more)


def unit(name: str) -> Json:
    return {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{name}/*"}}


def users_of(*sets: str, suffix: str = "?" * 16) -> Json:
    arns = [
        f"arn:aws:iam::{TOOLS}:role/aws-reserved/sso.amazonaws.com/{path}AWSReservedSSO_{name}_{suffix}"
        for name in sets
        for path in ("", "*/")
    ]
    return {"ArnLike": {"aws:PrincipalArn": arns}}


def summary(found: Imported) -> list[tuple[Any, ...]]:
    """Persona, repositories, guards, grantees and the way of the catalog's grants, as they are loaded."""
    return sorted(
        (each.persona.name, each.arguments["repo"], tuple(map(str, each.guards)), each.to, each.through_registry)
        for each in loaded(found).grants.values()
    )


# A repository's statements, and the grants that they become: persona, guards, grantees.
OF_A_REPOSITORY: dict[str, tuple[list[Json], list[tuple[str, tuple[str, ...], tuple[str, ...]]]]] = {
    "an account by its number": ([pull({"AWS": TOOLS})], [("pull", (), (f"account/{TOOLS}",))]),
    "several accounts": (
        [pull({"AWS": [f"arn:aws:iam::{TOOLS}:root", THIRD]})],
        [("pull", (), (f"account/{TOOLS}", f"account/{THIRD}"))],
    ),
    "an account twice, in two statements": (
        [
            allow(PULL[0], Principal={"AWS": TOOLS}),
            allow(PULL[1].upper(), Principal={"AWS": f"arn:aws:iam::{TOOLS}:root"}),
        ],
        [("pull", (), (f"account/{TOOLS}",))],
    ),
    "an account under a guard": (
        [pull({"AWS": TOOLS}, Condition={"Bool": {"aws:SecureTransport": "true"}})],
        [("pull", ("tls",), (f"account/{TOOLS}",))],
    ),
    "a role of an account without a file": (
        [pull({"AWS": f"arn:aws:iam::{THIRD}:role/team/x"})],
        [("pull", (), (f"arn:aws:iam::{THIRD}:role/team/x",))],
    ),
    "an organization": ([pull("*", Condition=IN_ORG)], [("pull", (), ("org/o-a1b2c3d4e5",))]),
    "an organization, and TLS": (
        [pull({"AWS": "*"}, Condition=IN_ORG | {"Bool": {"aws:SecureTransport": "true"}})],
        [("pull", ("tls",), ("org/o-a1b2c3d4e5",))],
    ),
    "an account of an organization": (
        [pull({"AWS": TOOLS}, Condition=IN_ORG)],
        [("pull", ("org=o-a1b2c3d4e5",), (f"account/{TOOLS}",))],
    ),
    "a unit": (
        [pull("*", Condition=unit("o-a1b2c3d4e5/r-ab12/ou-ab12-11111111"))],
        [("pull", (), ("org/o-a1b2c3d4e5/r-ab12/ou-ab12-11111111",))],
    ),
    "a service": (
        [pull(LAMBDA, Condition=FOR_TOOLS)],
        [("pull", (f"source-account={TOOLS}",), ("service/lambda.amazonaws.com",))],
    ),
    "a service, by its resources": (
        [pull(LAMBDA, Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:lambda:{REGION}:{TOOLS}:function:*"}})],
        [("pull", (f"source-arn=arn:aws:lambda:{REGION}:{TOOLS}:function:*",), ("service/lambda.amazonaws.com",))],
    ),
    "a permission set": (
        [pull({"AWS": TOOLS}, Condition=users_of("Dev"))],
        [("pull", (), (f"permission-set/{TOOLS}/Dev",))],
    ),
    "push beside pull, to others": (
        [
            pull({"AWS": TOOLS}),
            allow(
                *("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:PutImage"),
                *("ecr:InitiateLayerUpload", "ecr:UploadLayerPart"),
                Principal={"AWS": THIRD},
            ),
        ],
        [("pull", (), (f"account/{TOOLS}",)), ("push", (), (f"account/{THIRD}",))],
    ),
    "its own account beside another": ([pull({"AWS": [PROD, TOOLS]})], [("pull", (), (f"account/{TOOLS}",))]),
    "Resource and an action that have no effect": (
        [pull({"AWS": TOOLS}, Resource="*"), allow("ecr:GetAuthorizationToken", Principal={"AWS": TOOLS})],
        [("pull", (), (f"account/{TOOLS}",))],
    ),
}


@pytest.mark.parametrize("name", OF_A_REPOSITORY)
def test_a_repository_s_statements_become_grants(name: str) -> None:
    """Whom they let in, by what they decide, not by how they are written."""
    statements, wanted = OF_A_REPOSITORY[name]
    found = found_in(snapshot(repositories={repository("team/web"): document(*statements)}))
    assert summary(found) == sorted((persona, ("team/web",), guards, to, False) for persona, guards, to in wanted)
    assert all("has no effect" in each.reason for each in found.left)


LEFT: dict[str, tuple[Json, str]] = {
    "everybody": (pull("*"), "lets in everybody"),
    "whom a condition tells": (
        pull("*", Condition={"StringEquals": {"aws:PrincipalAccount": TOOLS}}),
        "whom a condition alone tells",
    ),
    "a pattern of organizations": (
        pull("*", Condition={"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
        "whom a condition alone tells",
    ),
    "a role of its own account": (pull({"AWS": f"arn:aws:iam::{PROD}:role/node"}), "of its own account"),
    "its own account": (pull({"AWS": PROD}), "its own account as a whole"),
    "a role that is gone": (pull({"AWS": "AROAEXAMPLEEXAMPLE12"}), "a user or role that is no more"),
    "a session": (pull({"AWS": f"arn:aws:sts::{TOOLS}:assumed-role/ci/job"}), "no grant is to such a principal"),
    "a federated provider": (pull({"Federated": "accounts.google.com"}), "no grant is to such a principal"),
    "a service for anybody": (pull(LAMBDA), "no condition on aws:SourceAccount or aws:SourceArn"),
    "all but somebody": (
        {"Effect": "Allow", "NotPrincipal": {"AWS": TOOLS}, "Action": list(PULL)},
        "all but some (NotPrincipal)",
    ),
    "all actions but some": ({"Effect": "Allow", "Principal": {"AWS": TOOLS}, "NotAction": "ecr:Put*"}, "(NotAction)"),
    "a Deny": ({"Effect": "Deny", "Principal": {"AWS": TOOLS}, "Action": list(PULL)}, "grants only allow"),
    "a Resource": (pull({"AWS": TOOLS}, Resource=repository("team/web")), "names a Resource"),
    "only a login": (allow("ecr:GetAuthorizationToken", Principal={"AWS": TOOLS}), "has no effect"),
    "actions of no persona": (allow("ecr:SetRepositoryPolicy", Principal={"AWS": TOOLS}), "no personas give the same"),
    "the users of sets that begin alike": (
        pull({"AWS": TOOLS}, Condition=users_of("Dev", suffix="*")),
        "no personas give the same",
    ),
    "a condition of no guard": (
        pull({"AWS": TOOLS}, Condition={"StringLike": {"aws:userid": "*:ci"}}),
        "no personas give the same",
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_no_grant_says_is_left_where_it_is(name: str) -> None:
    """One statement is left with its reason, and another one beside it becomes a grant."""
    statement, reason = LEFT[name]
    beside = pull({"AWS": THIRD}, Sid="Beside")
    found = found_in(snapshot(repositories={repository("team/web"): document(statement, beside)}))
    (left,) = found.left
    assert left.statement
    assert left.policies == (f"Statement[0] of the policy of {repository('team/web')}",)
    assert reason in left.reason
    assert [each.statements for each in found.grants] == [
        (f"statement Beside of the policy of {repository('team/web')}",)
    ]
    assert summary(found) == [("pull", ("team/web",), (), (f"account/{THIRD}",), False)]


def test_the_nearest_persona_has_its_difference() -> None:
    """A statement that is more than a persona's half is said with the persona, and what would be lost."""
    statement = allow(*PULL, "ecr:SetRepositoryPolicy", Principal={"AWS": TOOLS})
    (left,) = found_in(snapshot(repositories={repository("team/web"): document(statement)})).left
    assert left.near is not None
    assert left.near.candidate.bound.persona.name == "pull"
    assert [(each.direction, [str(one) for one in each.actions]) for each in left.near.differences] == [
        ("lost", ["ecr:SetRepositoryPolicy"])
    ]


def test_repositories_and_regions_that_say_the_same_are_one_grant() -> None:
    """Equal statements of several repositories are one grant, of several regions, too."""
    said = document(pull({"AWS": TOOLS}))
    names = ("team/web", "team/api")
    found = found_in(
        {
            **snapshot(repositories={repository(each, at): said for each in names for at in (REGION, "us-east-1")}),
            "regions": [REGION, "us-east-1"],
            "registries": [{"region": at, "policy": None} for at in (REGION, "us-east-1")],
        }
    )
    (grant,) = found.grants
    assert grant.target.regions == (REGION, "us-east-1")
    assert summary(found) == [("pull", ("team/api", "team/web"), (), (f"account/{TOOLS}",), False)]


def test_a_registry_s_statements_become_grants() -> None:
    """Those of replication and of a cache are the registry's own personas; others are through the registry."""
    own = "ecr:CreateRepository"
    registry = document(
        allow(
            "ecr:ReplicateImage", own, Principal={"AWS": f"arn:aws:iam::{TOOLS}:root"}, Resource=repository("prod/*")
        ),
        allow("ecr:BatchImportUpstreamImage", own, Principal={"AWS": f"arn:aws:iam::{PROD}:role/node"})
        | {"Resource": repository("hub/*")},
        pull("*", Condition=IN_ORG, Resource=[repository("base/*"), repository("tool/*")]),
        pull({"AWS": THIRD}, Resource="*"),
    )
    found = found_in(snapshot(registry=registry, repositories={repository("team/web"): None}))
    assert summary(found) == [
        ("pull-prefix", ("base/*", "tool/*"), (), ("org/o-a1b2c3d4e5",), True),
        ("pull-through-cache", ("hub/*",), (), ("role/node",), False),
        ("replication", ("prod/*",), (), (f"account/{TOOLS}",), False),
    ]
    (left,) = found.left  # no persona is for all repositories
    assert left.policies == (f"Statement[3] of the policy of the registry of account {PROD} in {REGION}",)
    assert left.near is not None


def both(identity: Json, *statements: Json, registry: Json | None = None, to: str = "role") -> Imported:
    """What is found where somebody of another account has an identity policy for repositories here."""
    there = role("ci", identity, account=TOOLS) if to == "role" else user("ci", identity, account=TOOLS)
    policy = document(*statements) if statements else None
    return found_in(
        snapshot(repositories={repository("team/web"): policy, repository("team/api"): None}, registry=registry),
        {**snapshot(there, account=TOOLS), "repositories": []},
    )


def test_both_halves_are_one_grant() -> None:
    """An identity policy there and the repository's statement here are in place of one grant to the role."""
    found = both(of("pull", repo=["team/web"]), pull({"AWS": CI}))
    (grant,) = found.grants
    assert grant.instead_of == (f"inline policy p0 of {CI}",)
    assert grant.statements == (f"Statement[0] of the policy of {repository('team/web')}",)
    assert summary(found) == [("pull", ("team/web",), (), (CI,), False)]
    assert found.left == ()


def test_a_role_whose_account_is_let_in_has_its_half_already() -> None:
    """Where the repository lets in the role's whole account, a grant to the role adds nothing, and is made."""
    found = both(of("pull", repo=["team/web"]), pull({"AWS": TOOLS}))
    assert summary(found) == [("pull", ("team/web",), (), (CI, f"account/{TOOLS}"), False)]
    assert found.left == ()


def test_both_halves_through_the_registry() -> None:
    """A prefix in the identity policy, and the registry's policy that lets in for it."""
    said = document(pull({"AWS": CI}, Resource=repository("team/*")))
    found = both(of("pull-prefix", repo=["team/*"]), registry=said)
    assert summary(found) == [("pull-prefix", ("team/*",), (), (CI,), True)]
    assert found.left == ()


# What a role of another account has, what the repository lets in, and what is left: the policy, the statement or both.
ONE_SIDED: dict[str, tuple[Json, list[Json], int, int]] = {
    "no policy of the repository": (of("pull", repo=["team/web"]), [], 1, 0),
    "another role's": (of("pull", repo=["team/web"]), [pull({"AWS": f"{CI}2"})], 1, 1),
    "for another repository": (of("pull", repo=["team/api"]), [pull({"AWS": CI})], 1, 1),
    "less than the policy": (of("read", repo=["team/web"]), [pull({"AWS": CI})], 1, 1),
    "under a condition more": (
        of("pull", repo=["team/web"]),
        [pull({"AWS": CI}, Condition={"Bool": {"aws:SecureTransport": "true"}})],
        1,
        1,
    ),
    "for a part of the policy": (
        union(of("pull", repo=["team/web"]), of("push", repo=["team/api"])),
        [pull({"AWS": CI})],
        1,
        1,
    ),
    "nothing there": (of("login"), [pull({"AWS": CI})], 0, 1),
    "a pattern and one repository of it": (of("pull-prefix", repo=["team/*"]), [pull({"AWS": CI})], 1, 1),
}


@pytest.mark.parametrize("name", ONE_SIDED)
def test_one_half_alone_is_left(name: str) -> None:
    """No grant is made whose other half somebody does not have today: it would let them in."""
    identity, statements, policies, said = ONE_SIDED[name]
    found = both(identity, *statements)
    assert [sum(each.statement is kind for each in found.left) for kind in (False, True)] == [policies, said]
    assert [each.bound.persona.name for each in found.grants] == ([] if policies else ["login"])


def test_of_several_who_have_a_policy_those_who_are_let_in_have_a_grant() -> None:
    """One policy of three roles: two are let in by the repository, and the third is left."""
    policy = of("pull", repo=["team/web"])
    here = snapshot(repositories={repository("team/web"): document(pull({"AWS": [CI, f"{CI}2"]}))})
    there = snapshot(*(role(name, policy, account=TOOLS) for name in ("ci", "ci2", "ci3")), account=TOOLS)
    found = found_in(here, {**there, "repositories": []})
    assert summary(found) == [("pull", ("team/web",), (), (CI, f"{CI}2"), False)]
    assert [each.policies for each in found.left] == [(f"inline policy p0 of {CI}3",)]


def test_of_an_account_without_a_file_the_other_half_is_said_to_be_unseen() -> None:
    """The grant is made, and names the account in which its identity half would be."""
    (grant,) = found_in(snapshot(repositories={repository("team/web"): document(pull({"AWS": CI}))})).grants
    assert grant.unseen == (TOOLS,)


def test_a_policy_that_nobody_could_read_is_said() -> None:
    """A repository whose policy is not in the file is left with the reason."""
    state = {**snapshot(), "repositories": [{"arn": repository("team/web"), "unread": "access denied"}]}
    (left,) = found_in(state).left
    assert (left.policies, left.reason) == ((f"the policy of {repository('team/web')}",), "not known: access denied")


def test_the_registry_s_personas_are_known() -> None:
    """Those whose statements are looked for are the built-in ones; a new one is to be tried above."""
    assert [each.name for each in BUILTIN.personas.values() if each.of_registry] == [
        "replication",
        "pull-through-cache",
    ]
