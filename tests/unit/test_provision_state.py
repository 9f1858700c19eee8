"""What is read: grantees, snapshots, versions, quotas; and what is desired."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from accounts import ACCOUNT, PAY, PREFIX, READ_ONLY, allowing, grant, managed, repository, state, wanted

from ecrgen.account.answers import Answer
from ecrgen.account.desired import DesiredGrant
from ecrgen.account.snapshot import read_snapshot, state_from_details
from ecrgen.account.state import Entity, Grantee, Quotas, parse_grantee
from ecrgen.errors import EcrgenError, PolicyError
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.plan import plan
from ecrgen.provision.preflight import forecast


@pytest.mark.parametrize(
    ("text", "kind", "name", "path"),
    [
        ("role/ci", "role", "ci", None),
        ("user/ann@example.com", "user", "ann@example.com", None),
        ("group/devs", "group", "devs", None),
        ("role/team/a/ci", "role", "ci", "/team/a/"),
        (f"arn:aws:iam::{ACCOUNT}:role/ci", "role", "ci", "/"),
        (f"arn:aws:iam::{ACCOUNT}:user/team/ann", "user", "ann", "/team/"),
    ],
)
def test_grantees(text: str, kind: str, name: str, path: str | None) -> None:
    """A grantee is a role, user or group by name, with or without its path, or by ARN."""
    grantee = parse_grantee(text, "aws", ACCOUNT)
    assert (grantee.kind, grantee.name, grantee.path) == (kind, name, path)
    assert str(grantee) == f"{kind}/{name}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ci", "not a grantee; write role/NAME"),
        ("", "not a grantee"),
        ("role/", "not a grantee"),
        ("role//ci", "not a grantee"),
        ("role/c*", "not a grantee"),
        ("Role/ci", "not a grantee"),
        ("policy/ci", "not a grantee"),
        (f"role/{'x' * 129}", "not a grantee"),
        ("role/ci\n", "not a grantee"),
        (f"arn:aws:iam::{ACCOUNT}:root", "not a grantee"),
        (f"arn:aws:iam::{ACCOUNT}:policy/ci", "not a grantee"),
        ("arn:aws:iam::999999999999:role/ci", f"not in account {ACCOUNT}"),
        (f"arn:aws-cn:iam::{ACCOUNT}:role/ci", "not in account"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/ci/me", "a session; policies are attached to its role: role/ci"),
        (f"arn:aws:s3::{ACCOUNT}:role/ci", "no ARN of a role, user or group"),
        ("arn:aws:iam", "no ARN of a role, user or group"),
    ],
)
def test_what_is_no_grantee(text: str, words: str) -> None:
    """What cannot have a policy attached here is refused, with what would be right."""
    with pytest.raises(EcrgenError) as raised:
        parse_grantee(text, "aws", ACCOUNT)
    assert words in str(raised.value)


def test_names() -> None:
    """A policy's name says its grant, whatever its part; a name that ecrgen would not give says none."""
    assert [PAY.policy_name("ci", part) for part in (1, 2)] == ["ecrgen.pay.ci", "ecrgen.pay.ci.2"]
    assert [PAY.grant_of(name) for name in ("ecrgen.pay.ci", "ecrgen.pay.ci.12")] == ["ci", "ci"]
    assert [PAY.grant_of(name) for name in ("made-by-hand", "ecrgen.pay.ci.x", "ecrgen.pay.ci.02")] == [None] * 3


def details(document: Any = None, **more: Any) -> dict[str, Any]:
    version: dict[str, Any] = {"VersionId": "v1", "IsDefaultVersion": True, "CreateDate": "2026-01-01T00:00:00+00:00"}
    version["Document"] = allowing("x").to_dict() if document is None else document
    policy: dict[str, Any] = {"Arn": PREFIX + "ecrgen.pay.a", "Path": "/ecrgen/pay/"}
    policy |= {"DefaultVersionId": "v1", "PolicyVersionList": [version]}
    attached = [{"PolicyName": "a", "PolicyArn": PREFIX + "ecrgen.pay.a"}, {"PolicyName": "r", "PolicyArn": READ_ONLY}]
    role: dict[str, Any] = {"RoleName": "ci", "Arn": f"arn:aws:iam::{ACCOUNT}:role/ci", "Path": "/"}
    role |= {"AttachedManagedPolicies": attached}
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": [policy]} | more


@pytest.mark.parametrize(
    "document",
    [
        allowing("x").to_dict(),
        allowing("x").to_json(),
        quote(allowing("x").to_json()),
    ],
    ids=["values", "text", "url-encoded"],
)
def test_a_snapshot(tmp_path: Path, document: Any) -> None:
    """A snapshot is the account: documents as values, as text or URL-encoded, who has what, whose account it is."""
    path = tmp_path / "snapshot.json"
    path.write_text(json.dumps(details(document)))
    actual = read_snapshot(path, "pay")
    assert actual.namespace == PAY
    assert actual.policies["ecrgen.pay.a"].default.document() == allowing("x")
    assert actual.entities == {Grantee("role", "ci"): Entity("/", frozenset({PREFIX + "ecrgen.pay.a", READ_ONLY}))}
    assert plan(wanted(grant("a", allowing("x"), "role/ci")), actual).steps == ()


def test_a_snapshot_of_more() -> None:
    """Versions are ordered by number whatever their dates; AWS's own policies take no name."""
    versions = [
        {"VersionId": f"v{n}", "IsDefaultVersion": n == 10, "CreateDate": "2026-01-01T00:00:00Z", "Document": {}}
        for n in (10, 9, 11)
    ]
    own = details()["Policies"][0] | {"PolicyVersionList": versions, "DefaultVersionId": "v10"}
    aws = own | {"Arn": READ_ONLY, "Path": "/"}
    actual = state_from_details([Answer(details(Policies=[aws, own]), "x")], PAY)
    assert [version.id for version in actual.policies["ecrgen.pay.a"].versions] == ["v9", "v10", "v11"]
    assert actual.taken == {"ecrgen.pay.a": PREFIX + "ecrgen.pay.a"}
    with pytest.raises(PolicyError):
        actual.policies["ecrgen.pay.a"].default.document()


@pytest.mark.parametrize(
    ("text", "account", "words"),
    [
        ("", None, "not JSON"),
        ("[]", None, "no snapshot: UserDetailList, GroupDetailList, RoleDetailList, Policies missing"),
        ('{"Policies": []}', None, "UserDetailList, GroupDetailList, RoleDetailList missing"),
        (json.dumps(details()), "999999999999", f"is of account {ACCOUNT}, not 999999999999"),
        (json.dumps(details(RoleDetailList=[], Policies=[])), None, "so no account; name it in the catalog"),
        (json.dumps(details(Policies=[{}])), None, "no snapshot of GetAccountAuthorizationDetails"),
        (json.dumps(details(Policies=["x"])), None, "no snapshot of GetAccountAuthorizationDetails"),
        (json.dumps(details(RoleDetailList=[{"Arn": 7}])), None, "no snapshot of GetAccountAuthorizationDetails"),
    ],
)
def test_what_is_no_snapshot(tmp_path: Path, text: str, account: str | None, words: str) -> None:
    """A file that is no snapshot, or one of another account, is refused by name."""
    path = tmp_path / "snapshot.json"
    path.write_text(text)
    with pytest.raises(EcrgenError) as raised:
        read_snapshot(path, "pay", account)
    assert words in str(raised.value)
    assert str(path) in str(raised.value)


def test_an_empty_account(tmp_path: Path) -> None:
    """A snapshot of an account that holds nothing is of the account that the catalog names."""
    path = tmp_path / "snapshot.json"
    path.write_text(json.dumps(details(RoleDetailList=[], Policies=[])))
    assert read_snapshot(path, "pay", ACCOUNT).namespace.account == ACCOUNT


def test_whose_a_whole_snapshot_is(tmp_path: Path) -> None:
    """A snapshot says whose it is, also where IAM holds nothing, and one that says two accounts is refused."""
    path = tmp_path / "snapshot.json"
    nothing = details(RoleDetailList=[], Policies=[])
    whole = {"version": 1, "account": "444455556666", "partition": "aws-cn", "iam": nothing}
    path.write_text(json.dumps(whole))
    assert (read_snapshot(path, "pay").namespace.account, read_snapshot(path, "pay").namespace.partition) == (
        "444455556666",
        "aws-cn",
    )
    with pytest.raises(EcrgenError, match=f"is of account 444455556666, not {ACCOUNT}"):
        read_snapshot(path, "pay", ACCOUNT)
    path.write_text(json.dumps({**whole, "iam": details()}))
    with pytest.raises(EcrgenError, match=rf"is of account 444455556666 \(aws-cn\), and its iam of account {ACCOUNT}"):
        read_snapshot(path, "pay")


def test_quotas() -> None:
    """Quotas are the account's where it says so, else the documented ones."""
    summary = {"PoliciesQuota": 5000, "AttachedPoliciesPerRoleQuota": 25, "Users": 3}
    assert Quotas.from_summary(summary) == Quotas(policies=5000, role=25)
    assert [Quotas().attached(kind) for kind in ("role", "user", "group")] == [20, 10, 10]


def many(count: int) -> PolicyDocument:
    return allowing(*(f"team/repository-{n:04}" for n in range(count)))


def test_a_document_over_the_limit_is_packed_into_numbered_parts() -> None:
    """A document over the limit becomes parts under numbered names, each attached to every grantee."""
    desired = wanted(grant("a", many(200), "role/ci", "user/ann"))
    assert list(desired.policies) == ["ecrgen.pay.a", "ecrgen.pay.a.2", "ecrgen.pay.a.3"]
    assert all(policy.document.size <= 6144 for policy in desired.policies.values())
    assert len(desired.attachments) == 6
    named = {r for p in desired.policies.values() for s in p.document.statements for r in s.resources}
    assert named == set(many(200).statements[0].resources)


@pytest.mark.parametrize(
    ("grants", "words"),
    [
        ([grant("a b", allowing("x"))], "a b: a grant's name is of letters, digits, _ and -"),
        ([grant("ci", allowing("x")), grant("CI", allowing("y"))], "CI: differs from grant ci in case only"),
        ([grant("x" * 120, allowing("x"))], "characters, and IAM takes 128; shorten the grant's name"),
        ([grant("a", allowing("x"), "role/c i", "nobody")], "a: nobody: not a grantee"),
    ],
)
def test_what_cannot_be_desired(grants: list[DesiredGrant], words: str) -> None:
    """Names that IAM refuses and grantees that are none are told before anything is compared."""
    with pytest.raises(EcrgenError) as raised:
        wanted(*grants)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("variable", "refused"),
    [("${aws:username}", True), ("${ AWS:UserName }", True), ("${aws:username, 'x'}", False), ("${aws:userid}", False)],
)
def test_username_is_not_for_roles(variable: str, refused: bool) -> None:
    """A document that speaks of a user's name is refused for a role, and taken for users and groups."""
    document = PolicyDocument.from_dict(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "iam:GetUser", "Resource": f"arn:aws:iam::*:user/{variable}"},
        }
    )
    wanted(grant("a", document, "user/ann", "group/devs"))
    if not refused:
        wanted(grant("a", document, "role/ci"))
        return
    with pytest.raises(EcrgenError, match=r"a: role/ci: the policy speaks of \$\{aws:username\}"):
        wanted(grant("a", document, "role/ci", "user/ann"))


def test_the_forecast_is_about_right() -> None:
    """As many repositories as a forecast has room for fit, and not many more."""
    actual = replace(state(attached={"role/ci": [READ_ONLY]}), quotas=Quotas(role=3))
    (first,) = forecast(wanted(grant("a", many(10), "role/ci")), actual)
    assert (first.attached, first.quota) == (2, 3)
    assert first.room is not None
    fits, too_many = 10 + int(first.room * 0.95), 10 + int(first.room * 1.1)
    plan(wanted(grant("a", many(fits), "role/ci")), actual)
    with pytest.raises(EcrgenError, match="role/ci has 1 policies and may have 3"):
        plan(wanted(grant("a", many(too_many), "role/ci")), actual)


def test_a_forecast_counts_what_every_part_repeats() -> None:
    """What stands in one part only takes no room in the next; what frames the repositories does."""
    actual = replace(state(attached={"role/ci": []}), quotas=Quotas(role=2))
    actions = " ".join(f"Action{number}" for number in range(150))
    statements = [allowing("x", actions=actions).statements[0], *allowing("*", actions=actions).statements]
    (framed,) = forecast(wanted(grant("a", PolicyDocument(tuple(statements)), "role/ci")), actual)
    each = len(repository("x")) + 3
    frame = PolicyDocument(tuple(statements[:1])).size - each
    assert frame > 1500
    assert framed.room == (6144 - PolicyDocument(tuple(statements)).size) // each + (6144 - frame) // each


def test_a_forecast_counts_what_others_attached() -> None:
    """Policies of others count, those that are to go do not; a grant without repositories has no room to name."""
    actual = state([managed("ecrgen.pay.old", allowing("x"))], {"role/ci": [READ_ONLY, "ecrgen.pay.old"]})
    (each,) = forecast(wanted(grant("a", allowing("*", actions="GetAuthorizationToken"), "role/ci")), actual)
    assert (each.attached, each.quota, each.room) == (2, 20, None)
