"""Expectations: what is asked, what fails, and what is said about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.errors import EcrgenError
from ecrgen.proof.expectations import Outcome, examples, located, outcomes

MY_REPO = "arn:aws:ecr:us-east-1:123456789012:repository/my-repo"
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
BUILTIN = Catalog.load(builtin_file())


def site(directory: Path, statements: list[Any], expect: list[Any], **more: Any) -> Catalog:
    """A catalog with one persona `p` of these statements; `REPO` in them is the ARN of its parameter."""
    (directory / "templates").mkdir(exist_ok=True)
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)
    template = f"p{len(list((directory / 'templates').iterdir()))}.json.j2"  # a template is read once in a process
    (directory / "templates" / template).write_text(policy.replace('"REPO"', "{{ repo | repository_arn }}"))
    parameters = {"repo": {"type": "repository", "default": "my-repo"}}
    persona = {"summary": "A persona", "template": template, "parameters": parameters, "expect": expect, **more}
    file = directory / "site.yaml"
    file.write_text(json.dumps({"version": "1", "extends": "builtin", "personas": {"p": persona}}, indent=1))
    return Catalog.load(file)


def allow(action: Any, resource: Any = "REPO", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def asked(directory: Path, statements: list[Any], **expectation: Any) -> list[Outcome]:
    catalog = site(directory, statements, [expectation])
    return list(outcomes(catalog, catalog.personas["p"]))


def met(directory: Path, statements: list[Any], **expectation: Any) -> list[bool]:
    return [outcome.met for outcome in asked(directory, statements, **expectation)]


@pytest.mark.parametrize("name", BUILTIN.personas)
def test_builtin_personas_keep_their_promises(name: str) -> None:
    """Every persona of the built-in catalog has expectations, with denials among them, and meets all of them."""
    found = outcomes(BUILTIN, BUILTIN.personas[name])
    assert {outcome.expected for outcome in found} == {"allow", "deny"}
    assert [outcome.words for outcome in found if not outcome.met] == []


def test_every_guard_is_closed_and_opens() -> None:
    """Of each built-in guard a persona promises that nothing is allowed without its condition, and some with it."""
    closed, opened = set(), set()
    for persona in BUILTIN.personas.values():
        for expectation in persona.expect:
            guards = {text.partition("=")[0] for text in expectation.guards}
            if "*" in expectation.deny and not expectation.allow:
                closed |= guards
            if expectation.allow:
                opened |= guards
    assert closed == opened == set(BUILTIN.guards)


def test_allow_means_every_action(tmp_path: Path) -> None:
    """An operation in `allow` fails if one of its actions, or of what it needs, is denied; the first is named."""
    found = asked(tmp_path, [allow(PULL[0]), allow("ecr:GetAuthorizationToken", "*")], allow=["login", "pull my-repo"])
    assert [outcome.met for outcome in found] == [True, False]
    assert found[1].reason.startswith(f"ecr:GetDownloadUrlForLayer on {MY_REPO} is denied: no statement")
    assert met(tmp_path, [allow(PULL)], allow=["pull my-repo"]) == [False]


def test_deny_means_impossible(tmp_path: Path) -> None:
    """An operation in `deny` fails only if all of its own actions are allowed, even where login is not."""
    assert met(tmp_path, [allow(PULL[0])], deny=["pull my-repo"]) == [True]
    found = asked(tmp_path, [allow(PULL, Sid="Pull")], deny=["pull my-repo"])
    assert [outcome.met for outcome in found] == [False]
    assert found[0].reason == f"ecr:GetDownloadUrlForLayer on {MY_REPO} is allowed by Pull (Statement[0])"


def test_deny_of_an_action(tmp_path: Path) -> None:
    """An action in `deny` fails if it is allowed."""
    entries = [f"{action} my-repo" for action in (*PULL, "ecr:PutImage")]
    assert met(tmp_path, [allow(PULL)], deny=entries) == [False, False, True]


def test_explicit_deny_is_named(tmp_path: Path) -> None:
    """An entry of `allow` that a Deny breaks is reported with that statement."""
    deny = {"Sid": "No", "Effect": "Deny", "Action": "ecr:*", "Resource": "*"}
    found = asked(tmp_path, [allow(PULL), deny], allow=["ecr:BatchGetImage my-repo"])
    assert found[0].reason == f"ecr:BatchGetImage on {MY_REPO} is denied by No (Statement[1])"


PUT_ELSEWHERE = allow("ecr:PutImage", "arn:aws:ecr:us-east-1:123456789012:repository/secret")


@pytest.mark.parametrize(
    ("more", "is_met"),
    [
        ([], True),
        ([allow("ecr:PutImage")], False),
        ([allow("ecr:Put*")], False),
        ([allow("*")], False),
        ([PUT_ELSEWHERE], False),
        ([{**PUT_ELSEWHERE, "Resource": "arn:aws:ecr:*:9?*:repository/*/x"}], False),
        ([allow("s3:GetObject", "arn:aws:s3:::some-bucket/*")], False),
        ([allow("iam:GetUser", "arn:aws:iam::*:user/${aws:PrincipalAccount}")], False),
        ([allow("iam:GetUser", "arn:aws:iam::*:user/${aws:username}")], True),
        ([allow("ecr:NotYetKnown", "*")], False),
        ([{"Effect": "Allow", "NotAction": "ecr:*", "Resource": "*"}], False),
        ([{"Effect": "Allow", "Action": "ecr:PutImage", "NotResource": MY_REPO}], False),
        ([{"Effect": "Allow", "Action": PULL[0], "NotResource": MY_REPO}], False),
        ([allow("ecr:PutImage", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})], True),
        ([allow("ecr:PutImage"), {"Effect": "Deny", "Action": "ecr:Put*", "Resource": "*"}], True),
        ([allow(PULL[0], [MY_REPO])], True),
        ([allow("ecr:BatchGetImag?")], False),
        ([allow("ecr:BatchGet*")], False),
        ([allow(["ecr:GetAuthorizationToken", "ecr:PutImage"])], False),
    ],
)
def test_nothing_else(tmp_path: Path, more: list[Any], is_met: bool) -> None:
    """`*` in `deny` fails for whatever the policy allows, on any resource it names, that `allow` does not show."""
    found = met(tmp_path, [allow(PULL), *more], allow=[f"{action} my-repo" for action in PULL], deny="*")
    assert found == [True, True, is_met]


def test_nothing_else_shows_what_allow_says_only(tmp_path: Path) -> None:
    """What `deny` asks for is not shown by it: `*` still finds an action of an operation that is impossible."""
    assert met(tmp_path, [allow(PULL[0])], deny=["pull my-repo", "*"]) == [True, False]


def test_nothing_else_in_other_accounts(tmp_path: Path) -> None:
    """`*` finds what is allowed in another account, though the caller would need that account's consent as well."""
    elsewhere = allow("ecr:PutImage", "arn:aws:ecr:us-east-1:444455556666:repository/prod")
    for principal in ("arn:aws:iam::123456789012:user/alice", "arn:aws:sts::123456789012:assumed-role/ci/session"):
        assert met(tmp_path, [elsewhere], **{"as": principal}, deny="*") == [False]


def test_several_resources_for_several_actions(tmp_path: Path) -> None:
    """Of several resources, an action that works on one of them only has to be shown on that one."""
    arns = {kind: f"arn:aws:iam::123456789012:{kind}/x" for kind in ("role", "user")}
    both = [allow(["iam:GetRole", "iam:GetUser"], list(arns.values()))]
    shown = [f"iam:GetRole {arns['role']}", f"iam:GetUser {arns['user']}"]
    assert met(tmp_path, both, allow=shown, deny="*") == [True, True, True]
    assert met(tmp_path, both, allow=shown[:1], deny="*") == [True, False]
    assert met(tmp_path, [allow("iam:GetRole", "*"), allow("iam:GetUser")], allow=shown[:1], deny="*")[1] is False


def test_what_does_nothing_is_not_more(tmp_path: Path) -> None:
    """A login scoped to a repository gives nothing, so that it is nothing beyond the login that is shown."""
    statements = [allow("ecr:GetAuthorizationToken", "*"), allow("ecr:GetAuthorizationToken")]
    assert met(tmp_path, statements, allow="login", deny="*") == [True, True]


@pytest.mark.parametrize(
    ("entry", "is_met"),
    [
        ("ecr:* my-repo", True),
        ("* my-repo", True),
        ("ecr:* other", False),
        ("ecr:Put* other", True),
        ("ecr:batch* other", False),
        ("iam:* arn:aws:iam::123456789012:user/bob", True),
    ],
)
def test_wildcard_on_a_resource(tmp_path: Path, entry: str, is_met: bool) -> None:
    """A wildcard in `deny` with a resource fails for what is allowed on it and not shown on that very resource."""
    statements = [allow(PULL, "*"), allow("ecr:GetAuthorizationToken", "*")]
    assert met(tmp_path, statements, allow=["pull my-repo"], deny=entry)[-1] is is_met


def test_closed_guard(tmp_path: Path) -> None:
    """With a guard and without its condition, `*` in `deny` holds; with the condition it does not."""
    context = {"aws:MultiFactorAuthPresent": "true"}
    assert met(tmp_path, [allow(PULL)], guards="mfa", deny="*") == [True]
    assert met(tmp_path, [allow(PULL)], guards="mfa", deny="*", context=context) == [False]


def test_as_and_context_are_asked(tmp_path: Path) -> None:
    """The principal and the context of an expectation are those of its requests."""
    own = [allow("iam:GetUser", "arn:aws:iam::*:user/${aws:username}")]
    entry = "iam:GetUser arn:aws:iam::123456789012:user/alice"
    for name in ("alice", "bob"):
        assert met(tmp_path, own, **{"as": f"arn:aws:iam::123456789012:user/{name}"}, allow=entry) == [name == "alice"]


def test_the_same_wherever_it_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the environment nor the catalog's account and region change what an expectation says."""
    monkeypatch.setenv("AWS_REGION", "cn-north-1")
    monkeypatch.setenv("AWS_ACCOUNT_ID", "999999999999")
    assert met(tmp_path, [allow(PULL)], allow=[f"{PULL[0]} {MY_REPO}"]) == [True]


def test_every_wrong_entry_at_once(tmp_path: Path) -> None:
    """Entries that name nothing to ask are problems of the catalog's file, all at once, each with its line."""
    entries = ["psh my-repo", "push", "push my-repo now", "ecr:PutImag my-repo", "ecr:Nix*", "push My", "ecr:* x*"]
    catalog = site(
        tmp_path,
        [allow(PULL)],
        [
            {"with": {"repo": "MY"}, "allow": "login"},
            {"guards": "mffa", "allow": "login"},
            {"deny": entries, "allow": "ecr:* my-repo"},
            {"as": "bob", "allow": "login"},
        ],
    )
    with pytest.raises(EcrgenError) as raised:
        outcomes(catalog, catalog.personas["p"])
    problems = raised.value.problems
    assert [problem.split(": ")[1].partition("expect.")[2] for problem in problems] == [
        *("0", "1", "2.allow.0"),
        *(f"2.deny.{index}" for index in range(len(entries))),
        "3.allow.0",
    ]
    lines = (tmp_path / "site.yaml").read_text().splitlines()
    for entry, problem in zip(entries, problems[3:], strict=False):
        assert lines[int(problem.split(":")[1]) - 1].strip().strip(",") == json.dumps(entry)
        assert f": {entry}: " in problem


def test_a_persona_of_a_registry_is_asked_for_its_grantees(tmp_path: Path) -> None:
    """The registry's policy decides: for those whom it names, whatever their own account allows, and no others."""
    statements = [allow("ecr:ReplicateImage")]
    ask = {"to": "account/444455556666", "allow": "ecr:ReplicateImage my-repo", "deny": "*"}

    def kept(who: str, **more: Any) -> list[bool]:
        catalog = site(tmp_path, statements, [{**ask, **more, "as": who}], policy="registry")
        return [outcome.met for outcome in outcomes(catalog, catalog.personas["p"])]

    there = "arn:aws:sts::444455556666:assumed-role/any/session"
    assert kept(there) == [True, True]
    assert kept(there, to="arn:aws:iam::444455556666:role/any") == [True, True]
    assert kept(there, to="arn:aws:iam::444455556666:role/other")[0] is False
    assert kept("arn:aws:sts::444455556667:assumed-role/any/session")[0] is False
    assert kept("arn:aws:iam::123456789012:user/ann")[0] is False
    assert kept("arn:aws:iam::123456789012:user/ann", to="user/ann") == [True, True]
    assert kept(there, deny=["login", "*"]) == [True, True, True]
    assert kept(there, allow="ecr:ReplicateImage other") == [False, False]


def test_what_is_wrong_of_a_persona_of_a_registry_is_said_with_its_line(tmp_path: Path) -> None:
    """Its expectations name grantees and who asks, no other persona's do; AWS has no managed policy for it."""
    ask = {"as": "arn:aws:iam::444455556666:user/ann", "allow": "ecr:ReplicateImage my-repo"}
    expect = [{**ask, "to": ["account/1", "role/ci"]}, ask, {"to": "account/444455556666", "deny": "*"}]
    for more, problems in (
        (
            {"policy": "registry", "to": "account", "managed_policy": "X"},
            [
                "managed_policy: AWS's managed policies are attached to grantees; a registry's policy takes none",
                "expect.0.to.0: account/1: an account id is 12 digits, such as account/444455556666",
                "expect.0.to.0: role/ci: p is for account/… only",
                "expect.1: no to; say whom the registry's policy names, such as to: account/444455556666",
                "expect.2: no as; say who asks, such as as: arn:aws:iam::444455556666:role/ci",
            ],
        ),
        (
            {},
            [
                "expect.0.to.0: account/1: an account id is 12 digits, such as account/444455556666",
                "expect.0.to: is for a persona with policy: registry, whose policy names its grantees",
                "expect.2.to: is for a persona with policy: registry, whose policy names its grantees",
            ],
        ),
    ):
        with pytest.raises(EcrgenError) as raised:
            site(tmp_path, [allow("ecr:ReplicateImage")], expect, **more)
        found = [problem.partition("personas.p.")[2] for problem in raised.value.problems]
        assert sorted(found) == sorted(problems)


def test_located_names_the_file_of_the_persona(tmp_path: Path) -> None:
    """A problem with a built-in persona names the built-in file, though a site's catalog extends it."""
    catalog = site(tmp_path, [allow(PULL)], [{"allow": "login"}])
    assert located(catalog, ("personas", "p", "expect", 0), "x").startswith(f"{tmp_path / 'site.yaml'}:")
    assert located(catalog, ("personas", "pull", "expect", 0), "x").startswith("the built-in catalog.yaml:")


def test_examples() -> None:
    """A persona's examples are what its expectations render to, each once."""
    found = list(examples(BUILTIN, BUILTIN.personas["single-repo"]))
    assert len(found) == len({policy.to_json() for policy in found}) == 4
    assert sum("MultiFactorAuthPresent" in policy.to_json() for policy in found) == 1


def test_examples_without_expectations(tmp_path: Path) -> None:
    """A persona that promises nothing is still rendered once, with examples of its parameters' types."""
    catalog = site(tmp_path, [allow(PULL)], [{"allow": "login"}])
    (tmp_path / "site.yaml").write_text((tmp_path / "site.yaml").read_text().replace('"default"', '"help"'))
    text = (tmp_path / "site.yaml").read_text().split('"expect"')[0].rstrip().rstrip(",") + "}}}"
    (tmp_path / "site.yaml").write_text(text)
    catalog = Catalog.load(tmp_path / "site.yaml")
    assert [MY_REPO in policy.to_json() for policy in examples(catalog, catalog.personas["p"])] == [True]
