"""`ecrgen who`: everybody who can do something, and whom a repository's policy lets in from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import ecrgen
from whole_accounts import PROD, REPO, TOOLS, allow, details, document, group, organization, role, snapshot, user

PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
LOGIN = allow("ecr:GetAuthorizationToken", on="*")
PULLS = document(LOGIN, allow(*PULL, Sid="Pull"))
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
TLS = document(LOGIN, allow(*PULL, Condition={"Bool": {"aws:SecureTransport": "true"}}))
NOBODYS = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "AROAIOSFODNN7EXAMPLE"}})


def who(directory: Path, *states: Any, ask: tuple[str, ...] = ("pull", REPO)) -> dict[str, Any]:
    options: list[str] = []
    for number, state in enumerate(states):
        file = directory / f"{number}.json"
        file.write_text(json.dumps(state))
        options += ["--state", str(file)]
    done = ecrgen("who", *options, *ask, "--json")
    found: dict[str, Any] = json.loads(done.out)
    assert done.code == (0 if found["principals"] or found["others"] else 1)
    return found


def of(found: list[dict[str, Any]]) -> dict[str, str]:
    return {each["principal"]: each["answer"] for each in found}


def test_everybody_of_an_account(tmp_path: Path) -> None:
    """Who can is listed with the answer, its conditions, and the statements by which; who cannot is not."""
    state = snapshot(
        role("ci", PULLS),
        role("none"),
        role("tls", TLS),
        role("admin", attached=[ADMIN]),
        role("left", PULLS, AssumeRolePolicyDocument=NOBODYS),
        user("ann", groups=["devs"]),
        group("devs", PULLS),
    )
    found = who(tmp_path, state)
    by_name = {each["principal"].rpartition("/")[2]: each for each in found["principals"]}
    assert {name: each["answer"] for name, each in by_name.items()} == {
        "admin": "if",
        "ann": "yes",
        "ci": "yes",
        "left": "yes",
        "tls": "if",
    }
    assert by_name["ci"]["through"] == [
        {"policy": "inline policy p0", "group": None, "statement": 0, "sid": None},
        {"policy": "inline policy p0", "group": None, "statement": 1, "sid": "Pull"},
    ]
    assert by_name["ann"]["through"][1]["group"] == "devs"
    assert [key["key"] for key in by_name["tls"]["conditions"]] == ["aws:SecureTransport"]
    assert by_name["admin"]["unknown"] == [f"{ADMIN}: the file does not hold its document"]
    assert [name for name, each in by_name.items() if not each["assumable"]] == ["left"]
    assert (found["operation"], found["resource"], found["others"]) == ("pull", REPO, [])


def test_alike_by_what_they_have_not_by_its_name(tmp_path: Path) -> None:
    """Of callers who are asked as one, each is told the names of its own policies."""
    named = [{"PolicyName": "mine", "PolicyDocument": PULLS}]
    found = who(tmp_path, snapshot(role("ci", PULLS), role("cd", RolePolicyList=named)))
    assert {each["through"][0]["policy"] for each in found["principals"]} == {"inline policy p0", "inline policy mine"}


ORG = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
DEPLOY = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy-*"}}


@pytest.mark.parametrize(
    ("principal", "condition", "others"),
    [
        ("*", DEPLOY, {"arn:aws:iam::*:role/deploy-*": "yes"}),
        ("*", {**ORG, **DEPLOY}, {"arn:aws:iam::*:role/deploy-*": "if"}),
        ({"AWS": TOOLS}, DEPLOY, {f"arn:aws:iam::{TOOLS}:role/deploy-*": "yes"}),
        ("*", {"StringLike": {"aws:PrincipalArn": "*:role/deploy-*"}}, {"*:role/deploy-*": "yes"}),
        ("*", {"StringLike": {"aws:PrincipalArn": "*deploy*"}}, {"*deploy*": "yes"}),
        (
            "*",
            {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/deploy"}},
            {"arn:aws:iam::*:role/deploy": "yes"},
        ),
        (
            {"AWS": TOOLS},
            {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{TOOLS}:root"}},
            {f"arn:aws:iam::{TOOLS}:root": "yes"},
        ),
        (
            {"AWS": TOOLS},
            {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}},
            {f"arn:aws:iam::{TOOLS}:user/*": "yes"},
        ),
        ({"AWS": TOOLS}, {"StringEquals": {"aws:PrincipalType": "User"}}, {f"arn:aws:iam::{TOOLS}:user/*": "yes"}),
        ({"AWS": TOOLS}, {"StringEquals": {"aws:PrincipalType": "Account"}}, {f"arn:aws:iam::{TOOLS}:root": "yes"}),
        ("*", {"StringLike": {"aws:username": "ann*"}}, {"arn:aws:iam::*:user/ann*": "yes"}),
        ("*", {"StringLike": {"aws:PrincipalAccount": "4444*"}}, {"account/4444*": "yes"}),
        (
            "*",
            {"StringLike": {"aws:PrincipalAccount": "4444*"}, **DEPLOY},
            {"arn:aws:iam::4444*:role/deploy-*": "yes"},
        ),
        ("*", {"StringLike": {"aws:PrincipalOrgID": "o-a1*"}}, {"org/o-a1*": "yes"}),
        (
            "*",
            {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "*/ou-ab12-11111111/*"}},
            {"org/*/ou-ab12-11111111": "yes"},
        ),
        (
            "*",
            {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
            {"org/o-a1b2c3d4e5": "yes", "whoever is in no organization": "yes"},
        ),
        ("*", {"Null": {"aws:PrincipalOrgID": "true"}}, {"whoever is in no organization": "yes"}),
        ("*", {"StringLike": {"aws:PrincipalServiceName": "*.amazonaws.com"}}, {"service/*.amazonaws.com": "yes"}),
        ({"AWS": f"arn:aws:sts::{TOOLS}:federated-user/bob"}, {}, {f"arn:aws:sts::{TOOLS}:federated-user/bob": "yes"}),
        ({"AWS": f"arn:aws:iam::{TOOLS}:root"}, {}, {f"account/{TOOLS}": "yes"}),
    ],
)
def test_others_told_apart_by_who_they_are(
    tmp_path: Path, principal: Any, condition: dict[str, Any], others: dict[str, str]
) -> None:
    """Whoever of the rest is let in is listed under what a policy calls such callers: an ARN, a name, a kind."""
    lets_in = document(allow(*PULL, Principal=principal, Condition=condition))
    assert of(who(tmp_path, snapshot(repositories={REPO: lets_in}))["others"]) == others


@pytest.mark.parametrize(
    ("principal", "spared", "denied", "others"),
    [
        (
            {"AWS": TOOLS},
            {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{TOOLS}:role/deploy-*"}},
            "ecr:*",
            {f"arn:aws:iam::{TOOLS}:role/deploy-*": "yes"},
        ),
        ("*", {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, "ecr:*", {"org/o-a1b2c3d4e5": "yes"}),
        ("*", {"StringNotEquals": {"aws:PrincipalAccount": TOOLS}}, "ecr:*", {f"account/{TOOLS}": "yes"}),
        (
            {"AWS": TOOLS},
            {"StringNotEquals": {"aws:PrincipalType": "User"}},
            "ecr:*",
            {f"arn:aws:iam::{TOOLS}:user/*": "yes"},
        ),
        (
            {"AWS": TOOLS},
            {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}},
            "ecr:*",
            {f"arn:aws:iam::{TOOLS}:user/*": "yes", f"arn:aws:iam::{TOOLS}:root": "yes"},
        ),
        ({"AWS": TOOLS}, {"Bool": {"aws:SecureTransport": "false"}}, "ecr:*", {f"account/{TOOLS}": "if"}),
        ("*", {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}, "ecr:*", {"any AWS service": "yes"}),
        ("*", {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}, "ecr:Delete*", {"*": "yes"}),
        (
            {"AWS": TOOLS},
            {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}},
            "ecr:Delete*",
            {f"account/{TOOLS}": "yes"},
        ),
    ],
)
def test_others_whom_a_deny_spares(
    tmp_path: Path, principal: Any, spared: dict[str, Any], denied: str, others: dict[str, str]
) -> None:
    """Whom a Deny leaves of those that are let in is listed, and not beside them where it takes nothing from them."""
    lets_in = document(
        allow(*PULL, Principal=principal),
        {"Effect": "Deny", "Principal": "*", "Action": denied, "Condition": spared},
    )
    assert of(who(tmp_path, snapshot(repositories={REPO: lets_in}))["others"]) == others


def test_others_whom_two_statements_mean(tmp_path: Path) -> None:
    """One statement gives a part to some roles of all accounts, another the rest to an account: to its roles, all."""
    lets_in = document(
        allow(PULL[0], Principal="*", Condition=DEPLOY),
        allow(PULL[1], Principal={"AWS": [TOOLS, "999999999999"]}),
    )
    assert of(who(tmp_path, snapshot(repositories={REPO: lets_in}))["others"]) == {
        f"arn:aws:iam::{account}:role/deploy-*": "yes" for account in (TOOLS, "999999999999")
    }


def test_others_of_the_own_organization(tmp_path: Path) -> None:
    """A policy that means the organisation of the repository's owner by a variable lets that one's members in."""
    lets_in = document(
        allow(*PULL, Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}})
    )
    state = snapshot(repositories={REPO: lets_in}, organization=organization())
    assert of(who(tmp_path, state)["others"]) == {"org/o-a1b2c3d4e5": "yes"}


@pytest.mark.parametrize(
    ("statement", "others"),
    [
        (allow(*PULL, Principal="*"), {"*": "yes"}),
        (allow(*PULL, Principal={"AWS": "*"}, Condition={"Bool": {"aws:SecureTransport": "true"}}), {"*": "if"}),
        (allow(*PULL, Principal={"AWS": TOOLS}), {f"account/{TOOLS}": "yes"}),
        (allow(*PULL, Principal={"AWS": f"arn:aws:iam::{TOOLS}:root"}), {f"account/{TOOLS}": "yes"}),
        (
            allow(*PULL, Principal={"AWS": f"arn:aws:iam::{TOOLS}:role/a/ci"}),
            {f"arn:aws:iam::{TOOLS}:role/a/ci": "yes"},
        ),
        (allow(*PULL, Principal={"Service": "lambda.amazonaws.com"}), {"service/lambda.amazonaws.com": "yes"}),
        (
            allow(
                *PULL,
                Principal={"Service": "lambda.amazonaws.com"},
                Condition={"StringEquals": {"aws:SourceAccount": TOOLS}},
            ),
            {"service/lambda.amazonaws.com": "if"},
        ),
        (
            allow(*PULL, Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
            {"org/o-a1b2c3d4e5": "yes"},
        ),
        (
            allow(
                *PULL,
                Principal="*",
                Condition={
                    "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-abcd/ou-abcd-12345678/*"}
                },
            ),
            {"org/o-a1b2c3d4e5/r-abcd/ou-abcd-12345678": "yes"},
        ),
        (
            allow(*PULL, Principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": [TOOLS, PROD]}}),
            {f"account/{TOOLS}": "yes"},
        ),
        (
            allow(
                *PULL, Principal="*", Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{TOOLS}:role/deploy-*"}}
            ),
            {f"arn:aws:iam::{TOOLS}:role/deploy-*": "yes"},
        ),
        (
            allow(
                *PULL,
                Principal={"AWS": TOOLS},
                Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{TOOLS}:role/deploy-*"}},
            ),
            {f"arn:aws:iam::{TOOLS}:role/deploy-*": "yes"},
        ),
        (
            allow(*PULL, Principal="*", Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}),
            {"any AWS service": "yes"},
        ),
        (
            allow(*PULL, Principal="*", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
            {"*": "yes"},
        ),
        (allow("ecr:BatchGetImage", Principal="*"), {}),
        (allow(*PULL, Principal={"AWS": "AROAIOSFODNN7EXAMPLE"}), {}),
        (allow(*PULL, Principal={"AWS": f"arn:aws:iam::{PROD}:role/gone"}), {}),
        ({**allow(*PULL, Principal="*"), "Effect": "Deny"}, {}),
    ],
)
def test_others(tmp_path: Path, statement: dict[str, Any], others: dict[str, str]) -> None:
    """Whom a repository's or the registry's policy lets in from elsewhere, by its Principal or by its conditions."""
    assert of(who(tmp_path, snapshot(repositories={REPO: document(statement)}))["others"]) == others
    assert of(who(tmp_path, snapshot(registry=document({**statement, "Resource": "*"})))["others"]) == others


def test_others_are_held_by_what_is_above(tmp_path: Path) -> None:
    """A resource control policy of the resource's organisation keeps out whom the repository's policy would let in."""
    keep = document(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "ecr:*",
            "Resource": "*",
            "Condition": {
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        }
    )
    lets_in = document(
        allow(*PULL, Principal="*"),
        allow(*PULL, Principal={"AWS": TOOLS}),
        allow(*PULL, Principal={"Service": "lambda.amazonaws.com"}),
    )
    state = snapshot(repositories={REPO: lets_in}, organization=organization(rcps=[keep]))
    assert of(who(tmp_path, state)["others"]) == {
        f"account/{TOOLS}": "if",
        "service/lambda.amazonaws.com": "yes",
        "org/o-a1b2c3d4e5": "yes",
        "any AWS service": "yes",
    }


def test_a_session_that_is_named(tmp_path: Path) -> None:
    """A session of a role that a policy names by its own ARN is one of the account's."""
    session = f"arn:aws:sts::{PROD}:assumed-role/ci/nightly"
    state = snapshot(
        role("ci", document(LOGIN)), repositories={REPO: document(allow(*PULL, Principal={"AWS": session}))}
    )
    assert of(who(tmp_path, state)["principals"]) == {session: "yes"}


def test_a_federated_user_that_is_named(tmp_path: Path) -> None:
    """A federated user that a policy names is listed; what its session's own policy gives is not known."""
    federated = f"arn:aws:sts::{PROD}:federated-user/bob"
    state = snapshot(user("bob"), repositories={REPO: document(allow(*PULL, Principal={"AWS": federated}))})
    found = who(tmp_path, state)
    assert of(found["principals"]) == {federated: "if"}
    assert [each.partition(":")[0] for each in found["principals"][0]["unknown"]] == [
        "the policies of the user who asked for the session",
        "the policy of the session",
    ]


@pytest.mark.parametrize(
    ("tags", "answer"), [({"team": "web"}, "yes"), ({"team": "api"}, None), ({}, None), (None, "if")]
)
def test_tags_that_are_not_there(tmp_path: Path, tags: dict[str, str] | None, answer: str | None) -> None:
    """Where a file holds a repository's tags it holds all of them, so that a tag which is not there is no if."""
    needs_tag = allow(*PULL, Condition={"StringEquals": {"aws:ResourceTag/team": "web"}})
    untagged = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"Null": {"ecr:ResourceTag/no": "false"}},
    }
    state = snapshot(role("ci", document(LOGIN, needs_tag, untagged)))
    state["repositories"] = [{"arn": REPO, "tags": tags, "policy": None}]
    assert [each["answer"] for each in who(tmp_path, state)["principals"]] == ([answer] if answer else [])


@pytest.mark.parametrize(("tags", "answer"), [([{"Key": "team", "Value": "web"}], "yes"), ([], None), (None, "if")])
def test_tags_that_a_user_does_not_have(tmp_path: Path, tags: Any, answer: str | None) -> None:
    """The same of a user's tags; users of whose tags nothing is known are not taken for ones without."""
    own = allow(*PULL, Condition={"StringEquals": {"aws:PrincipalTag/team": "web"}})
    more = {} if tags is None else {"Tags": tags}
    state = snapshot(user("ann", document(LOGIN, own), **more), user("bob", document(LOGIN, own), Tags=[]))
    assert [each["answer"] for each in who(tmp_path, state)["principals"]] == ([answer] if answer else [])


def test_several_accounts(tmp_path: Path) -> None:
    """Those of every account that has a file are asked with their own policies; only the rest are others."""
    lets_in = document(allow(*PULL, Principal={"AWS": [TOOLS, "999999999999"]}))
    theirs = details(role("ci", PULLS, account=TOOLS), role("none", account=TOOLS))
    found = who(tmp_path, snapshot(repositories={REPO: lets_in}), theirs)
    assert of(found["principals"]) == {f"arn:aws:iam::{TOOLS}:role/ci": "yes"}
    assert of(found["others"]) == {"account/999999999999": "yes"}


def test_nobody_and_nothing(tmp_path: Path) -> None:
    """Exit 1 says that nobody can; what is not known is said; a login needs no repository; a file is needed."""
    file = tmp_path / "a.json"
    file.write_text(json.dumps(details(role("ci", PULLS))))
    nobody = ecrgen("who", "push", REPO, "--state", str(file))
    assert (nobody.code, nobody.err) == (1, "")
    assert nobody.out.splitlines()[0] == f"nobody who is known can push {REPO}"
    assert nobody.out.splitlines()[1].startswith("not considered: resource-based policy")
    assert of(json.loads(ecrgen("who", "login", "--state", str(file), "--json").out)["principals"]) == {
        f"arn:aws:iam::{PROD}:role/ci": "yes"
    }
    none = ecrgen("who", "push", REPO)
    assert (none.code, none.out) == (2, "")
    assert none.err.startswith("error: --state: name the file of an account")
    unknown = ecrgen("who", "psh", REPO, "--state", str(file))
    assert unknown.code == 2
    assert "push" in unknown.err


@pytest.mark.parametrize(
    ("change", "unknown"),
    [
        ({"iam": None}, f"the users and roles of account {PROD}"),
        ({"repositories": [{"arn": REPO, "unread": "AccessDenied"}]}, "the policy of repository/team/web"),
        ({"registries": [{"region": "eu-central-1", "unread": "x"}]}, "the registry policy of eu-central-1"),
        ({"repositories": None}, "the policy of repository/team/web"),
    ],
)
def test_what_may_let_in_more(tmp_path: Path, change: dict[str, Any], unknown: str) -> None:
    """That nobody can is not said where what would tell more was not read."""
    state = snapshot() | change
    assert [each.partition(": ")[0] for each in who(tmp_path, state)["unknown"]] == [unknown]
    done = ecrgen("who", "pull", REPO, "--state", str(tmp_path / "0.json"))
    assert done.out.startswith(f"nobody who is known can pull {REPO}\nnot known, and it may let in more: {unknown}: ")


def test_a_resource_of_an_account_that_no_file_holds(tmp_path: Path) -> None:
    """Whom another account's resource lets in is not known without its file, and neither is who is in that account."""
    found = who(tmp_path, details(role("ci", PULLS, account=TOOLS), role("none", account=TOOLS)))
    assert of(found["principals"]) == {f"arn:aws:iam::{TOOLS}:role/ci": "if"}
    assert [each.partition(":")[0] for each in found["principals"][0]["unknown"]] == ["the resource's own policies"]
    assert [each.partition(",")[0] for each in found["unknown"]] == [f"account {PROD}"]
    done = ecrgen("who", "push", REPO, "--state", str(tmp_path / "0.json"))
    assert (done.code, done.out.splitlines()[0]) == (1, f"nobody who is known can push {REPO}")


def test_where_it_matters_a_note_says_what_of_the_environment_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the environment says of the region is remarked upon where it could be meant: not beside an ARN."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    catalog, file = tmp_path / "catalog.yaml", tmp_path / "a.json"
    catalog.write_text("version: 1\nextends: builtin\nregion: eu-central-1\n")
    file.write_text(json.dumps(snapshot(role("ci", PULLS))))
    for resource, notes in (("team/web", 1), (REPO, 0)):
        done = ecrgen("-c", str(catalog), "who", "pull", resource, "--state", str(file))
        assert (done.code, done.err.count("so AWS_REGION ('us-east-1') does not count")) == (0, notes)


def test_nobody_but_others(tmp_path: Path) -> None:
    """Where only others can, that is what is said."""
    file = tmp_path / "a.json"
    file.write_text(json.dumps(snapshot(repositories={REPO: document(allow(*PULL, Principal={"AWS": TOOLS}))})))
    done = ecrgen("who", "pull", REPO, "--state", str(file))
    assert done.code == 0
    assert done.out.splitlines()[:2] == [
        f"nobody of the files' users and roles can pull {REPO}",
        "others can, whom the resource's policies let in, as far as their own accounts let them:",
    ]


@pytest.mark.parametrize("gone", [("scps",), ("rcps",), ("scps", 0, "policies")])
def test_levels_that_are_missing(tmp_path: Path, gone: tuple[Any, ...]) -> None:
    """Levels of an organisation's policies that a file leaves out are not taken for none."""
    state = snapshot(role("ci", PULLS), organization=organization())
    *way, last = gone
    part: Any = state["organization"]["accounts"][PROD]
    for step in way:
        part = part[step]
    del part[last]
    file = tmp_path / "a.json"
    file.write_text(json.dumps(state))
    done = ecrgen("who", "pull", REPO, "--state", str(file))
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(f"lacks {last}\n")


def test_text(tmp_path: Path) -> None:
    """A person reads who, by what, under which conditions, and which others."""
    file = tmp_path / "a.json"
    lets_in = document(allow(*PULL, Principal={"AWS": TOOLS}))
    file.write_text(json.dumps(snapshot(role("ci", PULLS), role("tls", TLS), repositories={REPO: lets_in})))
    done = ecrgen("who", "pull", "team/web", "--state", str(file))
    assert done.out.splitlines() == [
        f"these can pull {REPO}:",
        f"  yes  arn:aws:iam::{PROD}:role/ci",
        "       through inline policy p0: Statement[0], Pull",
        f"  if   arn:aws:iam::{PROD}:role/tls",
        "       through inline policy p0: Statement[0], Statement[1]",
        "       aws:SecureTransport: yes with true; no with false",
        "others can, too, whom the resource's policies let in, as far as their own accounts let them:",
        f"  yes  account/{TOOLS}",
        "       through the policy of repository/team/web: Statement[0]",
        "not considered: session policy, service control policy, resource control policy, VPC endpoint policy",
    ]
    assert (done.code, done.err) == (0, "")
