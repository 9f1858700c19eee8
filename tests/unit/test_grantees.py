"""Grantees: the texts that are ones, and what a catalog says of those that are wrong, by file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ecrgen import Catalog, EcrgenError
from ecrgen.catalog.grantees import (
    AnAccount,
    Grantee,
    IamEntity,
    Organization,
    PermissionSet,
    Service,
    account_of,
    read_grantee,
)

UNIT = ("r-ab12", "ou-ab12-11111111")
READ: dict[str, tuple[Grantee, str | None]] = {
    "role/ci": (IamEntity("role", "ci"), "111122223333"),
    "user/team/ann@example.com": (IamEntity("user", "ann@example.com", "/team/"), "111122223333"),
    "group/devs": (IamEntity("group", "devs"), "111122223333"),
    "arn:aws:iam::444455556666:role/ci": (IamEntity("role", "ci", "/", "aws", "444455556666"), "444455556666"),
    "arn:aws-cn:iam::444455556666:user/a/b": (IamEntity("user", "b", "/a/", "aws-cn", "444455556666"), "444455556666"),
    "account/444455556666": (AnAccount("444455556666"), "444455556666"),
    "org/o-a1b2c3d4e5": (Organization("o-a1b2c3d4e5"), None),
    "org/o-a1b2c3d4e5/r-ab12/ou-ab12-11111111": (Organization("o-a1b2c3d4e5", UNIT), None),
    "org/o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222": (
        Organization("o-a1b2c3d4e5", (*UNIT, "ou-ab12-22222222")),
        None,
    ),
    "service/lambda.amazonaws.com": (Service("lambda.amazonaws.com"), None),
    "permission-set/Dev_Ops": (PermissionSet("Dev_Ops"), "111122223333"),
    "permission-set/444455556666/Dev": (PermissionSet("Dev", "444455556666"), "444455556666"),
}
REFUSED = {
    "ci": "not a grantee; write role/NAME",
    "": "not a grantee",
    "role/": "not a grantee",
    "role/c*": "not a grantee",
    "role/ci\n": "not a grantee",
    "policy/ci": "not a grantee",
    "arn:aws:iam::444455556666:root": "write account/444455556666",
    "arn:aws:iam::444455556666:policy/ci": "not a grantee",
    "arn:aws:iam::444455556666:role/c*": "not a grantee",
    "arn:aws:iam::4444:role/ci": "no ARN of a role, user or group",
    "arn:aws:iam::*:role/ci": "no ARN of a role, user or group",
    "arn:aws:s3::444455556666:role/ci": "no ARN of a role, user or group",
    "arn:aws:sts::444455556666:assumed-role/ci/me": "a session; policies are attached to its role: role/ci",
    "account/1234": "an account id is 12 digits",
    "account/444455556666/x": "not a grantee",
    "account/*": "an account id is 12 digits",
    "org/a1b2c3d4e5": "org/o-a1b2c3d4e5",
    "org/o-*": "org/o-a1b2c3d4e5",
    "org/o-a1b2c3d4e5/r-ab12": "a unit is named with its root",
    "org/o-a1b2c3d4e5/ou-ab12-11111111": "a unit is named with its root",
    "org/o-a1b2c3d4e5/r-ab12/ou-cd34-11111111": "is no unit of root r-ab12, such as ou-ab12-11111111",
    "org/o-a1b2c3d4e5/r-ab12/*": "is no unit of root r-ab12",
    "service/lambda": "such as service/lambda.amazonaws.com",
    "service/*.amazonaws.com": "such as service/lambda.amazonaws.com",
    "permission-set/" + "x" * 33: "at most 32 letters",
    "permission-set/a*": "at most 32 letters",
    "permission-set/4444/Dev": "write permission-set/NAME or permission-set/ID/NAME",
}


@pytest.mark.parametrize("text", READ)
def test_a_text_is_read(text: str) -> None:
    """Each text is its grantee, says where it lives, and is written as it was read."""
    grantee, account = READ[text]
    assert read_grantee(text) == grantee
    assert account_of(grantee, "111122223333") == account
    assert str(grantee) == text


@pytest.mark.parametrize("text", REFUSED)
def test_a_text_that_is_no_grantee(text: str) -> None:
    """What is not a grantee is refused, with what would be right."""
    with pytest.raises(EcrgenError) as raised:
        read_grantee(text)
    assert REFUSED[text] in str(raised.value)


SOURCE = "guards: source-account=444455556666"
LAMBDA = "to: service/lambda.amazonaws.com, guards: [tls, source-account=444455556666"
WRONG = {
    "to: [role/ci, cl]": "to.1: cl: not a grantee; write role/NAME",
    "to: [role/ci, role/ci, account/1]": "to.2: account/1: an account id is 12 digits",
    "to: account/111122223333": "to.0: account/111122223333: is the account of the repositories",
    "to: arn:aws:iam::444455556666:group/devs": "name roles or users, or account/444455556666",
    "to: arn:aws-cn:iam::444455556666:role/ci": "is of partition aws-cn, and nobody has access to repositories of aws",
    "{to: group/devs, account: '444455556666'}": "name roles or users, or account/111122223333",
    "{to: account/444455556666, account: '444455556666'}": "is the account of the repositories",
    "to: service/lambda.amazonaws.com": "add guard source-account=ID or source-arn=ARN",
    f"{{to: role/ci, {SOURCE}}}": "guards.0: guard source-account=444455556666: nobody but an AWS service meets it",
    f"{{{SOURCE}}}": "nobody but an AWS service meets it",
    f"{{{LAMBDA}, mfa]}}": "guards.2: guard mfa: no AWS service",
    f"{{{LAMBDA}, 'tag=a=${{aws:PrincipalTag/a}}']}}": "ever meets it; give service/lambda.amazonaws.com a grant of",
    "{to: account/444455556666, managed: true}": "AWS's own policy is attached to roles, users and groups only",
    "{to: arn:aws:iam::444455556666:role/ci, managed: true}": "names no repository, so it lets nobody of another",
    "region: cn-north-1": "region.0: cn-north-1 is a region of partition aws-cn, not of aws",
    "region: [eu-west-1, eu-wset-1]": "region.1: 'eu-wset-1': ",
    "through: repository": "through: 'repository': must be where other accounts are let in",
}


# Grants of replication, and of pull-through-cache where they say so.
WRONG_IN_REGISTRY = {
    "managed: false": "persona.0: replication names its grantees in the registry's policy; add to: account/4",
    "to: [account/444455556666, role/ci]": "to.1: role/ci: replication is for account/… only",
    "to: org/o-a1b2c3d4e5": "to.0: org/o-a1b2c3d4e5: replication is for account/… only",
    "to: account/111122223333": "to.0: account/111122223333: a registry's policy gives nothing to its own account",
    "{to: account/444455556666, managed: true}": "managed: AWS has no managed policy for replication",
    "{to: service/ecr.amazonaws.com, guards: source-account=444455556666}": "replication is for account/… only",
    "{to: account/444455556666, guards: source-account=444455556666}": "nobody but an AWS service meets it",
    "cache: [role/ci, group/devs]": "to.1: group/devs: pull-through-cache is for role/… or user/… only",
    "cache: [user/ann, arn:aws-cn:iam::444455556666:role/ci]": ": is of partition aws-cn",
}


def load(
    grant: str,
    directory: Path,
    settings: str = 'account: "111122223333"\nregion: us-east-1\n',
    persona: str = "persona: pull, with: {repo: my-repo}",
) -> Catalog:
    inner = grant.removeprefix("{").removesuffix("}")
    entry = f"  web: {{{persona},\n    {inner}}}\n"
    file = directory / "c.yaml"
    file.write_text(f"version: 1\nextends: builtin\n{settings}grants:\n{entry}")
    return Catalog.load(file)


@pytest.mark.parametrize("grant", WRONG)
def test_what_is_wrong_of_a_grant_is_said_with_its_line(grant: str, tmp_path: Path) -> None:
    """Whatever does not go together in a grant is one problem, at its line."""
    with pytest.raises(EcrgenError) as raised:
        load(grant, tmp_path)
    (problem,) = raised.value.problems
    assert problem.startswith(f"{tmp_path}/c.yaml:7: grants.web.")
    assert WRONG[grant] in problem


@pytest.mark.parametrize("grant", WRONG_IN_REGISTRY)
def test_what_is_wrong_of_a_grant_in_a_registry_is_said_with_its_line(grant: str, tmp_path: Path) -> None:
    """A persona that is for the registry's policy has to be granted to somebody whom that can name."""
    name = "pull-through-cache" if grant.startswith("cache") else "replication"
    with pytest.raises(EcrgenError) as raised:
        load(grant.replace("cache:", "to:"), tmp_path, persona=f"persona: {name}, with: {{repo: my-repo/*}}")
    problem = raised.value.problems[0]
    assert re.match(rf"{tmp_path}/c.yaml:[67]: grants.web.", problem)
    assert WRONG_IN_REGISTRY[grant] in problem


@pytest.mark.parametrize(
    "grant",
    [
        "to: [role/ci, user/ann, group/devs, arn:aws:iam::111122223333:group/devs]",
        "{to: [role/ci, account/111122223333], account: '444455556666', region: [eu-west-1, us-east-1]}",
        f"{{to: [account/444455556666, service/lambda.amazonaws.com], {SOURCE}}}",
        f"{{{LAMBDA}, tag=a=b, expires=2099-01-31T00:00:00Z]}}",
        "{to: [org/o-a1b2c3d4e5], through: registry, guards: mfa}",
    ],
)
def test_what_goes_together(grant: str, tmp_path: Path) -> None:
    """Grantees of every kind where they can be."""
    assert load(grant, tmp_path).grants["web"].to


def test_where_no_account_is_named_nothing_is_guessed(tmp_path: Path) -> None:
    """Without an account of the catalog's own, an ARN may be of any account."""
    grants = load("to: [arn:aws:iam::444455556666:group/devs, account/111122223333]", tmp_path, "").grants
    assert len(grants["web"].to) == 2


def test_a_grant_has_a_target_of_its_own(tmp_path: Path) -> None:
    """Account and regions of a grant are those of its ARNs, whatever the catalog's are, and no examples any more."""
    catalog = load("{account: '444455556666', region: eu-west-1}", tmp_path, "")
    ((_, policy),) = catalog.render_all()
    assert policy.statements[1].resources == ("arn:aws:ecr:eu-west-1:444455556666:repository/my-repo",)
    assert catalog.grants["web"].target(catalog.target()).examples == frozenset()
    with pytest.raises(EcrgenError, match="grant web: region: eu-west-1 is no region of partition aws-cn"):
        next(catalog.render_all(partition="aws-cn"))
