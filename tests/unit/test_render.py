"""Rendering: exactly what the template, the arguments and the guards say, and nothing that a value could add."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrgen import Catalog, EcrgenError, PolicyDocument
from ecrgen.catalog import render, sandbox
from ecrgen.catalog.bind import EXAMPLE_REGIONS
from ecrgen.catalog.load import builtin_file

HERE = {"account": "111122223333", "region": "eu-west-1"}
REPOSITORY = "arn:aws:ecr:eu-west-1:111122223333:repository/"
BUILTIN = Catalog.load(builtin_file())


# What the built-in catalog renders


def test_the_documented_policies_come_out_to_the_letter(documented: dict[str, Any]) -> None:
    """The three personas of the AWS page are equal to its policies, order of elements and values included."""
    with pytest.warns(UserWarning, match="example"):
        rendered = {
            "console-read-only": BUILTIN.render("console-read-only"),
            "self-view": BUILTIN.render("self-view"),
            "single-repo": BUILTIN.render("single-repo", repo="my-repo"),
        }
    assert rendered.keys() == documented.keys()
    for name, policy in rendered.items():
        assert json.dumps(policy.to_dict()) == json.dumps(
            PolicyDocument.from_dict(documented[name]).to_dict(),
        )
        assert policy.to_dict() == documented[name]


@pytest.mark.parametrize("partition", EXAMPLE_REGIONS)
@pytest.mark.filterwarnings("ignore:account 123456789012:UserWarning")
def test_every_partition_has_its_own_arns(partition: str) -> None:
    """A region gives its partition, and a partition its example region, in every ARN."""
    region = EXAMPLE_REGIONS[partition]
    for policy in (
        BUILTIN.render("single-repo", repo="my-repo", region=region, account="111122223333"),
        BUILTIN.render("single-repo", repo="my-repo", partition=partition, region=region, account="111122223333"),
    ):
        assert arns(policy) == {"*", f"arn:{partition}:ecr:{region}:111122223333:repository/my-repo"}
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        policy = BUILTIN.render("pull", repo="my-repo", partition=partition)
        assert arns(policy) == {"*", f"arn:{partition}:ecr:{region}:123456789012:repository/my-repo"}
    assert f"arn:{partition}:iam::*:user/${{aws:username}}" in arns(BUILTIN.render("self-view", partition=partition))


def test_one_arn_is_a_string_and_several_are_a_list() -> None:
    """A single ARN is written as a string, several as a list in the order given, regions outside."""

    def resource(**given_values: Any) -> Any:
        return BUILTIN.render("pull", **{**HERE, **given_values}).to_dict()["Statement"][1]["Resource"]

    assert resource(repo="ab") == REPOSITORY + "ab"
    assert resource(repo=["ab"]) == REPOSITORY + "ab"
    assert resource(repo=["cd", "ab", "cd"]) == [REPOSITORY + "cd", REPOSITORY + "ab"]
    us = REPOSITORY.replace("eu-west-1", "us-east-1")
    regions = ["eu-west-1", "us-east-1", "eu-west-1"]
    assert resource(repo="ab", region=regions) == [REPOSITORY + "ab", us + "ab"]
    assert resource(repo=["ab", "cd"], region=regions) == [
        *(REPOSITORY + "ab", REPOSITORY + "cd"),
        *(us + "ab", us + "cd"),
    ]


def arns(policy: PolicyDocument) -> set[str]:
    return {resource for statement in policy.statements for resource in statement.resources}


# Where account, region and partition come from


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Catalog]:
    """A catalog in a directory of its own, from YAML text and templates by name."""
    monkeypatch.chdir(tmp_path)

    def make(text: str, **templates: str) -> Catalog:
        Path("templates").mkdir(exist_ok=True)
        for name, body in templates.items():
            Path("templates", f"{name}.j2").write_text(body)
        Path("c.yaml").write_text("version: 1\n" + text)
        sandbox.environment.cache_clear()
        render.condition_of.cache_clear()
        return Catalog.load("c.yaml")

    return make


def test_a_value_given_beats_the_catalog_beats_the_environment(
    site: Callable[..., Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Account and region come from the caller, then the catalog, then the AWS_… variables, which are told apart."""
    catalog = site("extends: builtin\naccount: '444455556666'\nregion: [ap-south-1, sa-east-1]\n")

    def where(**given_values: Any) -> set[tuple[str, ...]]:
        policy = catalog.render("pull", repo="ab", **given_values)
        return {tuple(arn.split(":")[1:5]) for arn in arns(policy) - {"*"}}

    assert where() == {
        ("aws", "ecr", "ap-south-1", "444455556666"),
        ("aws", "ecr", "sa-east-1", "444455556666"),
    }
    named = where()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    assert where() == named
    assert catalog.target().overruled == (
        "the catalog names ap-south-1 and sa-east-1, so AWS_DEFAULT_REGION ('eu-north-1') does not count; region would",
    )
    monkeypatch.setenv("AWS_REGION", "cn-north-1")
    monkeypatch.setenv("AWS_ACCOUNT_ID", "777788889999")
    assert where() == named
    assert [sentence.split()[3:9] for sentence in catalog.target().overruled] == [
        ["444455556666,", "so", "AWS_ACCOUNT_ID", "('777788889999')", "does", "not"],
        ["ap-south-1", "and", "sa-east-1,", "so", "AWS_REGION", "('cn-north-1')"],
    ]
    assert where(**HERE) == {("aws", "ecr", "eu-west-1", "111122223333")}
    assert catalog.target(**HERE).overruled == ()
    monkeypatch.setenv("AWS_REGION", "sa-east-1")
    monkeypatch.setenv("AWS_ACCOUNT_ID", "444455556666")
    assert (where(), catalog.target().overruled) == (named, ())
    nameless = site("extends: builtin\n")
    assert nameless.target().regions == ("sa-east-1",)
    monkeypatch.setenv("AWS_REGION", "")
    monkeypatch.setenv("AWS_ACCOUNT_ID", "")
    assert (where(), nameless.target().regions) == (named, ("eu-north-1",))


def test_the_environment_takes_no_catalog_to_another_partition(
    site: Callable[..., Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A catalog's partition holds against AWS_REGION; only who calls may say otherwise."""
    catalog = site("extends: builtin\npartition: aws-cn\n")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with pytest.raises(EcrgenError, match="AWS_REGION: us-east-1 is a region of partition aws, not of aws-cn"):
        catalog.render("pull", repo="ab")
    assert "arn:aws:ecr:us-east-1:111122223333:repository/ab" in arns(
        catalog.render("pull", repo="ab", account="111122223333", region="us-east-1")
    )


@pytest.mark.parametrize(
    ("given_values", "environment", "expected"),
    [
        ({"account": "12345678901"}, {}, "account: '12345678901': an account id is 12 digits 0-9"),
        ({"account": ""}, {}, "account: '': an account id is 12 digits 0-9"),
        ({"account": "\u0661\u0662\u0663456789012"}, {}, "account: '\\u0661\\u0662\\u0663456789012': an account id"),
        ({"account": "123456789012\n"}, {}, "account: '123456789012\\n': an account id is 12 digits 0-9"),
        ({}, {"AWS_ACCOUNT_ID": "1234"}, "AWS_ACCOUNT_ID: '1234': an account id is 12 digits 0-9"),
        ({"region": "us-east"}, {}, "region: 'us-east': not the name of a region, such as us-east-1"),
        ({"region": ""}, {}, "region: '': not the name of a region"),
        ({"region": "*"}, {}, "region: '*': not the name of a region"),
        ({}, {"AWS_REGION": "mars"}, "AWS_REGION: 'mars': not the name of a region"),
        ({}, {"AWS_DEFAULT_REGION": "mars"}, "AWS_DEFAULT_REGION: 'mars': not the name of a region"),
        ({"region": ["us-east-1", "cn-north-1"]}, {}, "region: cn-north-1 is a region of partition aws-cn, not of aws"),
        ({"region": "us-east-1", "partition": "aws-cn"}, {}, "region: us-east-1 is a region of partition aws, not of"),
        ({"partition": "aws-cn"}, {"AWS_REGION": "us-east-1"}, "AWS_REGION: us-east-1 is a region of partition aws"),
        ({"partition": "aws-xx"}, {}, "partition: 'aws-xx': no such partition; one of: aws, aws-cn"),
        ({"partition": ""}, {}, "partition: '': no such partition"),
    ],
)
def test_a_target_that_is_none_names_where_it_came_from(
    given_values: dict[str, Any], environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong account, region or partition is told after the argument or variable that gave it."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(EcrgenError) as caught:
        BUILTIN.render("pull", repo="ab", **given_values)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(expected)


@pytest.mark.parametrize(
    ("name", "given_values", "note"),
    [
        ("pull", {"repo": "ab"}, "account 123456789012 and region us-east-1 are examples; give your own"),
        ("pull", {"repo": "ab", "region": "eu-west-1"}, "account 123456789012 is an example; give your own"),
        ("pull", {"repo": "ab", "account": "111122223333"}, "region us-east-1 is an example; give your own"),
        (
            "pull",
            {"repo": "ab", "partition": "aws-cn"},
            "account 123456789012 and region cn-north-1 are examples; give your own",
        ),
        ("pull", {"repo": "ab", **HERE}, None),
        ("pull", {"repo": "ab", "account": "123456789012", "region": "us-east-1"}, None),
        ("console-read-only", {}, None),
        ("self-view", {}, None),
        ("login", {"guards": ["regions=us-east-1"]}, None),
    ],
)
def test_example_values_are_told_where_they_show(name: str, given_values: dict[str, Any], note: str | None) -> None:
    """AWS's example account and region come with a warning when nobody gave them and the document holds them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        BUILTIN.render(name, **given_values)
    assert [str(warning.message) for warning in caught] == ([note] if note else [])
    assert all(warning.filename == __file__ for warning in caught)


def test_example_values_are_told_once_for_all_grants(site: Callable[..., Catalog]) -> None:
    """Over many grants the warning about example values comes once."""
    catalog = site(
        "extends: builtin\nregion: eu-west-1\ngrants:\n  a: {persona: login}\n"
        "  b: {persona: pull, with: {repo: ab}}\n  c: {persona: pull, with: {repo: cd}}\n"
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert [item.grant.name for item in catalog.render_all()] == ["a", "b", "c"]
    assert [str(warning.message) for warning in caught] == ["account 123456789012 is an example; give your own"]


# Arguments and guards


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("pul", {}, ["no persona 'pul'; meant pull?"]),
        ("", {}, ["no persona ''; one of: console-read-only"]),
        ("pull", {}, ["pull: repo: is missing; Repository to pull from"]),
        ("pull", {"repo": []}, ["pull: repo: is missing; Repository to pull from"]),
        ("pull", {"repo": ()}, ["pull: repo: needs at least one value"]),
        ("pull", {"repo": None}, ["pull: repo: is missing"]),
        ("pull", {"repos": "ab"}, ["pull: repos: no such parameter; meant repo?", "pull: repo: is missing"]),
        ("login", {"repo": "ab"}, ["login: repo: no such parameter; it takes no arguments"]),
        ("pull", {"repo": True}, ["pull: repo: must be a repository's name, such as my-repo"]),
        ("pull", {"repo": ["ab", 'a"b']}, ["pull: repo: 'a\"b': not a repository's name"]),
        (
            "pull",
            {"repo": "A*", "guards": ["mfaa", "mfa=1", "vpc", "org=x", "source-ip=10.0.0.0/8,203.0.113.0/24"]},
            [
                "pull: repo: 'A*': a repository is one plain name, without * or ?; for a prefix use a persona such as "
                "pull-prefix",
                "guard: no guard 'mfaa'; meant mfa?",
                "guard: mfa: takes no value",
                "guard: vpc: needs a value: VPC id, such as vpc-0123456789abcdef0",
                "guard: org: 'x': an organization's id is o- and 10 to 32 letters and digits",
                "guard: source-ip: '10.0.0.0/8': overlaps 10.0.0.0/8, which is not public",
            ],
        ),
        (
            "pull",
            {"account": "12", "region": "mars"},
            [
                "pull: repo: is missing; Repository to pull from",
                "account: '12': an account id is 12 digits 0-9",
                "region: 'mars': not the name of a region",
            ],
        ),
        ("login", {"account": 12345678901}, ["account: '12345678901': an account id is 12 digits 0-9"]),
        (
            "login",
            {"guards": ["vpce=vpc-0123456789abcdef0"]},
            ["guard: vpce: 'vpc-0123456789abcdef0': a VPC endpoint's"],
        ),
        (
            "login",
            {"guards": ["vpc=vpce-0123456789abcdef0"]},
            ["guard: vpc: 'vpce-0123456789abcdef0': must match vpc-"],
        ),
        ("login", {"guards": ["vpc=vpc-01234567,"]}, ["guard: vpc: '': must match vpc-"]),
        ("login", {"guards": ["regions=eu-west-1,mars"]}, ["guard: regions: 'mars': not the name of a region"]),
        ("login", {"guards": ["expires=2027-01-31"]}, ["guard: expires: '2027-01-31': a timestamp has date, time"]),
        ("login", {"guards": ["tag=team=*"]}, ["guard: tag: 'team=*': a tag is key=value"]),
        ("login", {"guards": ["tag=team=${aws:username}"]}, ["guard: tag: 'team=${aws:username}': a tag is"]),
        ("login", {"guards": ["via=*"]}, ["guard: via: '*': a service principal is such as"]),
        ("login", {"guards": ["mfa-age=0"]}, ["guard: mfa-age: '0': a duration is seconds"]),
        ("login", {"guards": ["", "="]}, ["guard: no guard ''; one of: mfa", "guard: no guard ''; one of: mfa"]),
    ],
)
def test_wrong_arguments_and_guards_are_told_together(
    name: str, arguments: dict[str, Any], expected: list[str]
) -> None:
    """Every wrong argument and guard is one problem, with its name and what would be right."""
    with pytest.raises(EcrgenError) as caught:
        BUILTIN.render(name, **{**HERE, **arguments})
    assert len(caught.value.problems) == len(expected)
    for problem, beginning in zip(caught.value.problems, expected, strict=True):
        assert problem.startswith(beginning)


GUARDS: dict[str, dict[str, Any]] = {
    "mfa": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    "mfa-age=1h": {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}},
    "tls": {"Bool": {"aws:SecureTransport": "true"}},
    "via=cloudformation.amazonaws.com": {
        "ForAnyValue:StringEquals": {"aws:CalledVia": ["cloudformation.amazonaws.com"]},
    },
    "source-ip=203.0.113.0/24,2001:db8::/32": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}},
    "vpc=vpc-0123456789abcdef0": {"StringEquals": {"aws:SourceVpc": ["vpc-0123456789abcdef0"]}},
    "vpce=vpce-01234567,vpce-76543210": {"StringEquals": {"aws:SourceVpce": ["vpce-01234567", "vpce-76543210"]}},
    "org=o-a1b2c3d4e5": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
    "tag=team=payments": {"StringEquals": {"aws:ResourceTag/team": "payments"}},
    "tag=team=${aws:PrincipalTag/team}": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
    "source-account=111122223333": {"StringEquals": {"aws:SourceAccount": ["111122223333"]}},
    "source-arn=arn:aws:lambda:eu-west-1:111122223333:function:*": {
        "ArnLike": {"aws:SourceArn": ["arn:aws:lambda:eu-west-1:111122223333:function:*"]}
    },
    "expires=2099-01-31T00:00:00+01:00": {"DateLessThan": {"aws:CurrentTime": "2099-01-30T23:00:00Z"}},
    "regions=eu-west-1,us-east-1": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}},
}


def test_every_built_in_guard_is_in_the_table() -> None:
    """No guard goes untested."""
    assert {text.partition("=")[0] for text in GUARDS} == set(BUILTIN.guards)


@pytest.mark.parametrize("text", GUARDS)
@pytest.mark.parametrize("name", BUILTIN.personas)
def test_a_guard_adds_its_condition_and_nothing_else(name: str, text: str) -> None:
    """Each guard puts exactly its documented condition into every statement of every persona, and changes no more."""
    repo = BUILTIN.personas[name].parameters.get("repo")
    arguments = dict(BUILTIN.personas[name].expect[0].arguments)
    if repo is not None:
        arguments["repo"] = ("ab/*", "cd/*") if repo.type == "repository-pattern" else ("ab", "cd")
    target = BUILTIN.target(**HERE)
    unguarded = render.written(BUILTIN.bind(name, arguments), target).to_dict()
    guarded = render.written(BUILTIN.bind(name, arguments, [text]), target).to_dict()
    for statement in unguarded["Statement"]:
        assert statement["Effect"] == "Allow"
        own = statement.get("Condition", {})
        for operator, keys in GUARDS[text].items():
            assert not own.get(operator, {}).keys() & keys.keys()
            own[operator] = own.get(operator, {}) | keys
        statement["Condition"] = own
    assert guarded == unguarded


MIXED = """{"Version": "2012-10-17", "Statement": [
  {"Sid": "A", "Effect": "Allow", "Action": "ecr:ListImages", "Resource": "*"},
  {"Sid": "B", "Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::x",
   "Condition": {"StringEquals": {"aws:sourcevpc": "vpc-01234567"}, "Bool": {"aws:ViaAWSService": "false"}}},
  {"Sid": "C", "Effect": "Deny", "Action": "ecr:*", "Resource": "*"},
  {"Sid": "D", "Effect": "Deny", "Action": "ecr:*", "Resource": "*", "Condition": {"Bool": {"k": "true"}}}
]}"""


def test_a_guard_joins_the_conditions_that_are_there(site: Callable[..., Catalog]) -> None:
    """On a statement with conditions of its own the guard stands beside them; a Deny is never touched."""
    catalog = site("extends: builtin\npersonas: {p: {summary: P, template: p.j2}}\n", p=MIXED)
    conditions = [
        s.get("Condition") for s in catalog.render("p", guards=["tls", "org=o-a1b2c3d4e5"]).to_dict()["Statement"]
    ]
    assert conditions == [
        {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        {
            "StringEquals": {"aws:sourcevpc": "vpc-01234567", "aws:PrincipalOrgID": "o-a1b2c3d4e5"},
            "Bool": {"aws:ViaAWSService": "false", "aws:SecureTransport": "true"},
        },
        None,
        {"Bool": {"k": "true"}},
    ]
    one = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    catalog = site("extends: builtin\npersonas: {p: {summary: P, template: p.j2}}\n", p=one)
    assert catalog.render("p", guards="tls").to_dict()["Statement"] == {
        **json.loads(one)["Statement"],
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }


def test_the_same_guard_twice_is_once() -> None:
    """A guard given twice, or one whose values are there already in another order, changes nothing."""
    once = BUILTIN.render("login", guards=["mfa", "source-ip=203.0.113.0/24,198.51.100.7"])
    twice = ["mfa", "source-ip=203.0.113.0/24,198.51.100.7", "mfa", "source-ip=198.51.100.7,203.0.113.0/24"]
    assert BUILTIN.render("login", guards=twice) == once
    assert BUILTIN.render("login", guards=["tag=a=x", "tag=b=y"]).statements[0].conditions == (
        ("StringEquals", "aws:ResourceTag/a", ("x",)),
        ("StringEquals", "aws:ResourceTag/b", ("y",)),
    )


@pytest.mark.parametrize(
    ("guards", "message"),
    [
        (
            ["source-ip=203.0.113.0/24", "source-ip=198.51.100.7"],
            "guard source-ip=198.51.100.7: statement GetAuthorizationToken has IpAddress aws:SourceIp with other "
            "values already, and IAM cannot say both; give one guard with the values that should hold",
        ),
        (
            ["mfa-age=1h", "mfa-age=60m", "mfa-age=2h"],
            "guard mfa-age=7200: statement GetAuthorizationToken has Numeric",
        ),
        (
            ["tag=Team=a", "tag=team=b"],
            "guard tag=team=b: statement GetAuthorizationToken has StringEquals aws:Resource",
        ),
        (["regions=eu-west-1", "regions=eu-west-1,us-east-1"], "guard regions=eu-west-1,us-east-1: statement GetAuth"),
        (["expires=2099-01-31T00:00:00Z", "expires=2099-02-01T00:00:00Z"], "guard expires=2099-02-01T00:00:00Z: state"),
    ],
)
def test_what_and_cannot_say_is_an_error(guards: list[str], message: str) -> None:
    """Other values under the same operator and key would widen, so they are refused."""
    with pytest.raises(EcrgenError) as caught:
        BUILTIN.render("login", guards=guards)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(message)


def test_a_conflict_with_the_template_is_an_error_that_names_the_grant(site: Callable[..., Catalog]) -> None:
    """A key that the template uses, in whatever case, is not overwritten by a guard's."""
    catalog = site(
        "extends: builtin\npersonas: {p: {summary: P, template: p.j2}}\n"
        "grants: {g: {persona: p, guards: vpc=vpc-76543210}}\n",
        p=MIXED,
    )
    with pytest.raises(
        EcrgenError, match=r"^grant g: guard vpc=vpc-76543210: statement B has StringEquals aws:SourceVpc"
    ):
        list(catalog.render_all())
    assert catalog.render("p", guards=["vpc=vpc-01234567"]).statements[1].conditions == (
        ("StringEquals", "aws:sourcevpc", ("vpc-01234567",)),
        ("Bool", "aws:ViaAWSService", ("false",)),
    )


# Templates that are wrong, or mean ill

PERSONA = (
    "extends: builtin\npersonas: {p: {summary: P, template: p.j2, parameters: {v: {type: string, required: false}, "
    "n: {type: integer, default: 7}, l: {type: string, many: true, default: [x, y]}, t: {type: tag, default: a=b}}}}\n"
    "guards: {g: {summary: G, template: p.j2}}\n"
)
POLICY = '{"Statement": {"Effect": "Allow", "Action": "ecr:ListImages", "Resource": %s}}'


def repeated(first: str, step: str, use: str) -> str:
    """A template of 42 lines: `a` made 40 times of itself, and then used."""
    return f"{{% set a = {first} %}}\n" + f"{{% set a = {step} %}}\n" * 40 + f"{{{{ {use} }}}}"


CALLED = "only arn, macros and blocks can be called in a template; values have no methods"
HOSTILE: dict[str, tuple[str, str]] = {
    "nothing": ("", "p.j2: its output: not JSON: line 1 column 1"),
    "no JSON": ("{\n  oops\n}", "p.j2: its output: not JSON: line 2 column 3"),
    "two documents": (POLICY % '"*"' * 2, "p.j2: its output: not JSON: line 1 column"),
    "JSON but no policy": ('["a"]', "p.j2: its output is no identity policy: must be an object, not a list"),
    "an unknown element": ('{"Statment": []}', "no identity policy: Statment: no such element; meant Statement?"),
    "no statement": ('{"Statement": []}', "p.j2: its output is no identity policy: Statement: holds no statement"),
    "a principal": (
        '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}',
        "p.j2: its output is no identity policy: Statement[0]: an identity policy has no Principal",
    ),
    "an id": (
        '{"Id": "x", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}',
        "p.j2: its output is no identity policy: Id: an identity policy has no Id",
    ),
    "a resource policy": (
        '{"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": "*"}, "Action": "*"}}',
        "p.j2: its output is no identity policy: Statement[0]: an identity policy has no Principal",
    ),
    "duplicate keys": (
        '{"Statement": {"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}}',
        'p.j2: its output: duplicate key "Effect"',
    ),
    "a duplicate key by a value": (
        '{"Statement": {"Effect": "Deny", {{ "Effect" }}: "Allow", "Action": "*", "Resource": "*"}}',
        'p.j2: its output: duplicate key "Effect"',
    ),
    "NaN": ('{"x": NaN}', "p.j2: its output: NaN is not JSON"),
    "a number without end": ('{"x": {{ 1e999 }}}', "p.j2: its output: Infinity is not JSON"),
    "a syntax error": ("{\n{{ repo | }}\n}", "p.j2:2: "),
    "an unclosed block": ("{% if n %}\n{", "p.j2:1: Unexpected end of template"),
    "an unknown tag": ("\n\n{% frobnicate %}", "p.j2:3: Encountered unknown tag 'frobnicate'"),
    "an unknown filter": ("\n{{ v | nosuch }}", "p.j2:2: No filter named 'nosuch'"),
    "an undefined name": ("{\n\n{{ nosuch }}}", "p.j2:3: UndefinedError: 'nosuch' is undefined"),
    "an undefined name in an ARN": ("\n{{ nosuch | repository_arn }}", "p.j2:2: UndefinedError: 'nosuch' is undefined"),
    "an undefined name in a condition": ("{% if nosuch %}{% endif %}", "p.j2:1: UndefinedError: 'nosuch' is undefined"),
    "an undefined attribute": (
        "{{ t.nosuch }}",
        "p.j2:1: UndefinedError: 'ecrgen.catalog.argument_types.Tag object' has no",
    ),
    "an undefined index": ("{{ l[7] }}", "p.j2:1: UndefinedError: "),
    "an undefined text": ("{{ nosuch ~ 'x' }}", "p.j2:1: UndefinedError: 'nosuch' is undefined"),
    "a missing include": ("{\n{% include 'nosuch.j2' %}}", "p.j2:2: no such template: "),
    "an include from above": ("{% include '../c.yaml' %}", "p.j2:1: no such template: "),
    "an absolute include": ("{% include '/etc/passwd' %}", "p.j2:1: no such template: "),
    "an include of a directory": ("{% include '.' %}", "p.j2:1: no such template: "),
    "a missing parent": ("{% extends 'nosuch.j2' %}", "p.j2:1: no such template: "),
    "an import from above": ("{% import '../c.yaml' as c %}", "p.j2:1: no such template: "),
    "an include of itself": ("\n{% include 'p.j2' %}", "p.j2: calls or includes itself without an end"),
    "a parent of itself": ("{% extends 'p.j2' %}", "p.j2: calls or includes itself without an end"),
    "an import of itself": ("{% import 'p.j2' as p %}", "p.j2: calls or includes itself without an end"),
    "a recursive macro": (
        "{% macro m(x) %}{{ m(x) }}{% endmacro %}\n{{ m(1) }}",
        "p.j2: calls or includes itself without an end",
    ),
    "a macro that doubles": (
        "{% macro m(x) %}{{ m(x ~ x) }}{% endmacro %}\n{{ m('xx') }}",
        "p.j2:1: makes more than 1000000 characters or items; a policy has a few thousand",
    ),
    "a recursive loop": (
        "{% for a in l recursive %}\n{{ loop(l) }}{% endfor %}",
        "p.j2: calls or includes itself without an end",
    ),
    "a recursive block": ("{% block b %}\n{{ self.b() }}{% endblock %}", "p.j2: calls or includes itself without"),
    "a megabyte": ("x" * 1_000_001, "p.j2: writes more than 1000000 characters; a policy has a few thousand"),
    "loops in loops": (
        "".join(f"{{% for a{i} in '0123456789' %}}" for i in range(9)) + "x" * 100 + "{% endfor %}" * 9,
        "p.j2: writes more than 1000000 characters; a policy has a few thousand",
    ),
    "text times a billion": ('{{ "a" * 10**9 }}', "p.j2:1: TypeError: "),
    "a billion times text": ('{{ 1000000000 * "a" }}', "p.j2:1: TypeError: * is for whole numbers in a template"),
    "a list times a billion": ("{{ l * 1000000000 }}", "p.j2:1: TypeError: * is for whole numbers in a template"),
    "a tower of powers": ("{{ 9**9**9**9 }}", "p.j2:1: TypeError: ** is for whole numbers in a template"),
    "squares of squares": ("{% set a = 9 %}" + "{% set a = a * a %}" * 40 + "{{ a }}", "p.j2:1: TypeError: * is for"),
    "a wide format": ('{{ "%1000000000d" % 1 }}', "p.j2:1: TypeError: % is for whole numbers in a template"),
    "doubled text": (
        repeated("'xx'", "a ~ a", "a"),
        "p.j2:20: makes more than 1000000 characters or items",
    ),
    "doubled text by +": (
        repeated("'xx'", "a + a", "a"),
        "p.j2:20: makes more than 1000000 characters or items",
    ),
    "doubled lists by +": (
        repeated("l", "a + a", "a"),
        "p.j2:20: makes more than 1000000 characters or items",
    ),
    "lists of lists": (
        repeated("1", "[a, a]", "a"),
        "p.j2:42: writes more than 1000000 characters",
    ),
    "mappings of mappings": (
        repeated("1", "{'a': a, 'b': a}", "a"),
        "p.j2:42: writes more than 1000000 characters",
    ),
    "lists of lists as text": (
        repeated("1", "[a, a]", "a | string"),
        "p.j2:42: TypeError: a list or a mapping is no text",
    ),
    "a class": (
        "{{ ''.__class__ }}",
        "p.j2:1: SecurityError: access to attribute '__class__' of 'str' object is unsafe.",
    ),
    "a class of an argument": ("{{ n.__class__.__mro__ }}", "p.j2:1: SecurityError: access to attribute '__class__'"),
    "a class by subscript": ("{{ n['__class__'] }}", "p.j2:1: SecurityError: access to attribute '__class__'"),
    "a class by filter": ("{{ n | attr('__class__') }}", "p.j2:1: No filter named 'attr'"),
    "classes by map": ("{{ l | map(attribute='__class__') | list }}", "p.j2:1: No filter named 'map'"),
    "an attribute of a function": ("{{ arn.__globals__ }}", "p.j2:1: SecurityError: access to attribute '__globals__'"),
    "the function itself": ("{{ arn }}", "p.j2:1: TypeError: Object of type function is not JSON serializable"),
    "a method": ("{{ 'x'.upper() }}", f"p.j2:1: TypeError: {CALLED}"),
    "a format": ("{{ '{0.__class__}'.format(n) }}", f"p.j2:1: TypeError: {CALLED}"),
    "a format of a mapping": ("{{ '{a}'.format_map({'a': n}) }}", f"p.j2:1: TypeError: {CALLED}"),
    "padding": ("{{ 'x'.ljust(1000000000) }}", f"p.j2:1: TypeError: {CALLED}"),
    "a join": ("{{ 'x'.join(l) }}", f"p.j2:1: TypeError: {CALLED}"),
    "lipsum": ("{{ lipsum() }}", "p.j2:1: UndefinedError: 'lipsum' is undefined"),
    "cycler": ("{{ cycler('a') }}", "p.j2:1: UndefinedError: 'cycler' is undefined"),
    "joiner": ("{{ joiner() }}", "p.j2:1: UndefinedError: 'joiner' is undefined"),
    "namespace": ("{% set ns = namespace() %}", "p.j2:1: UndefinedError: 'namespace' is undefined"),
    "range": ("{% for i in range(10) %}{% endfor %}", "p.j2:1: UndefinedError: 'range' is undefined"),
    "dict": ("{{ dict(a=1) }}", "p.j2:1: UndefinedError: 'dict' is undefined"),
    "the context": ("{{ self._TemplateReference__context }}", "p.j2:1: SecurityError: "),
    "the template": ("{{ self }}", "p.j2:1: TypeError: Object of type TemplateReference is not JSON serializable"),
    "the loop": ("{% for a in l %}{{ loop }}{% endfor %}", "p.j2:1: TypeError: Object of type LoopContext is not"),
    "a macro": ("{% macro m() %}{% endmacro %}{{ m }}", "p.j2:1: TypeError: Object of type Macro is not JSON"),
    "calling a value": ("{{ v() }}", f"p.j2:1: TypeError: {CALLED}"),
    "a call block": (
        "\n{% macro m() %}{% endmacro %}{% call m() %}{% endcall %}",
        "p.j2:2: {% call %} and {% filter %}",
    ),
    "a filter block": (
        "\n{% filter default('\"', true) %}{% endfilter %}",
        "p.j2:2: {% call %} and {% filter %} write",
    ),
    "escaping": ('{% autoescape true %}{"x": {{ l[0] }}}{% endautoescape %}', "p.j2: its output: not JSON"),
    "division by zero": ("{\n{{ n / 0 }}}", "p.j2:2: ZeroDivisionError: division by zero"),
    "adding text and number": ("{{ 'a' + 1 }}", "p.j2:1: TypeError: + is for whole numbers in a template, + and ~"),
    "an ARN of a number": ("{{ n | repository_arn }}", "p.j2:1: TypeError: an ARN is made of text, not of 7"),
    "an ARN of nothing": ("{{ v | repository_arn }}", "p.j2:1: TypeError: an ARN is made of text, not of null"),
    "an ARN of no repositories": (
        "{{ [] | repository_arn }}",
        "p.j2:1: TypeError: an ARN of nothing; the list is empty",
    ),
    "an ARN of a list of lists": ("{{ [l] | repository_arn }}", "p.j2:1: TypeError: an ARN is made of text, not of ["),
    "an ARN of a tag": ("{{ t | repository_arn }}", "p.j2:1: TypeError: an ARN is made of text, not of "),
    "a public ARN of a number": ("{{ n | public_repository_arn }}", "p.j2:1: TypeError: an ARN is made of text, not"),
    "an ARN without a region": (
        "{{ arn('ecr', 'repository/a', region=[]) }}",
        "p.j2:1: TypeError: an ARN of nothing; the list is empty",
    ),
    "an ARN without a resource": (
        "{{ arn('iam') }}",
        "p.j2:1: TypeError: arn() missing 1 required positional argument",
    ),
    "a tag": ("{{ t }}", "p.j2:1: TypeError: Object of type Tag is not JSON serializable"),
    "a value in a string": (
        POLICY % '"arn:aws:ecr:*:*:repository/{{ l[0] }}"',
        "p.j2: its output: not JSON: line 1 column 103: Invalid control character at; an expression stands by "
        "itself, without quotes around it",
    ),
    "a value in a key": (
        '{"{{ l[0] }}": 1}',
        "p.j2: its output: not JSON: line 1 column 3: Invalid control character",
    ),
    "numbers side by side": ('{"x": {{ n }}{{ n }}}', "p.j2: its output: not JSON: line 1 column"),
    "a minus before a number": ('{"x": -{{ n }}}', "p.j2: its output: not JSON: line 1 column"),
    "bottomless nesting": ("[" * 100_000, "p.j2: its output: not a policy: nested too deeply"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_template_that_is_wrong_is_told_by_line(name: str, site: Callable[..., Catalog]) -> None:
    """Whatever is wrong with a template, or reached for, is one problem with its name and, if it has one, its line."""
    body, expected = HOSTILE[name]
    catalog = site(PERSONA, p=body)
    with pytest.raises(EcrgenError) as caught:
        catalog.render("p", **HERE)
    assert len(caught.value.problems) == 1
    assert expected in caught.value.problems[0]
    assert caught.value.problems[0].startswith("p.j2:")


def test_an_error_in_an_included_template_names_that_template(site: Callable[..., Catalog]) -> None:
    """The line is of the file it stands in."""
    catalog = site(PERSONA, p='{% include "sub/q.j2" %}')
    Path("templates/sub").mkdir()
    Path("templates/sub/q.j2").write_text("\n\n{{ nosuch }}")
    with pytest.raises(EcrgenError, match=r"^sub/q\.j2:3: UndefinedError: 'nosuch' is undefined$"):
        catalog.render("p", **HERE)


def test_a_template_that_is_gone_or_no_text_is_told(site: Callable[..., Catalog]) -> None:
    """A template removed after loading, and one that is not UTF-8, are problems with their name."""
    catalog = site(PERSONA, p="{}")
    Path("templates/p.j2").unlink()
    with pytest.raises(EcrgenError, match=r"^p\.j2: no such template: .*/templates/p\.j2$"):
        catalog.render("p", **HERE)
    Path("templates/p.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(EcrgenError, match=r"^p\.j2: not UTF-8 text$"):
        catalog.render("p", **HERE)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("[]", "p.j2: its output is no Condition block: Condition: must be an object, not a list"),
        ("{}", "p.j2: its output is an empty Condition block, which guards nothing"),
        ('{"Bool": {}}', "p.j2: its output is an empty Condition block, which guards nothing"),
        ('{"Bol": {"a": "b"}}', "p.j2: its output is no Condition block: Condition.Bol: no such condition operator"),
        ('{"Bool": {"a": {}}}', "p.j2: its output is no Condition block: Condition.Bool.a: must be a string"),
        ('{"Bool": {"a": {{ value }}, "a": "b"}}', 'p.j2: its output: duplicate key "a"'),
        ("{{ nosuch }}", "p.j2:1: UndefinedError: 'nosuch' is undefined"),
    ],
)
def test_a_guard_that_is_no_condition_is_refused(body: str, message: str, site: Callable[..., Catalog]) -> None:
    """A guard's template writes a Condition block with at least one condition."""
    with pytest.raises(EcrgenError) as caught:
        site(PERSONA, p=body).render("login", guards=["g"])
    assert caught.value.problems[0].startswith(message)


def test_what_a_template_may_do(site: Callable[..., Catalog]) -> None:
    """Loops, conditions, macros of text, sums, the allowed filters and ARNs of any service write what they should."""
    catalog = site(
        PERSONA,
        p="""{# a comment #}{% set who = "role/" ~ l | first + "-" ~ n %}
{"Version": {{ "2012" + "-10-17" }}, "Statement": [{% for each in l | sort | unique | list %}
  {"Sid": {{ "S" ~ loop.index }}, "Effect": {{ "Deny" if n * 2 == 14 and n % 2 == 1 else "Allow" }},
   "Action": {{ [each ~ ":*", t.key ~ ":" ~ t.value] }}, "Resource": {{ arn("iam", who) }},
   "Condition": {"NumericEquals": {"k": {{ n }}, "n": {{ n | string }}},
                 "Bool": {"b": {{ true }}, "c": {{ true ~ "" }}}}
  }{% if not loop.last %},{% endif %}{% endfor %}
]}""",
    )
    condition = {"NumericEquals": {"k": 7, "n": "7"}, "Bool": {"b": True, "c": "true"}}
    resource = "arn:aws:iam::111122223333:role/x-7"
    assert catalog.render("p", **HERE).to_dict() == {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": sid, "Effect": "Deny", "Action": [f"{each}:*", "a:b"], "Resource": resource, "Condition": condition}
            for sid, each in (("S1", "x"), ("S2", "y"))
        ],
    }


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'my-repo' | repository_arn", "arn:aws:ecr:eu-west-1:111122223333:repository/my-repo"),
        ("arn('s3', 'bucket/key', account='')", "arn:aws:s3:::bucket/key"),
        ("arn('iam', ['user/a', 'user/b'])", ["arn:aws:iam::111122223333:user/a", "arn:aws:iam::111122223333:user/b"]),
        (
            "arn('signer', '/signing-profiles/x', region=regions[0])",
            "arn:aws:signer:eu-west-1:111122223333:/signing-prof",
        ),
        ("arn('iam', 'role/x', account='444455556666')", "arn:aws:iam::444455556666:role/x"),
        (
            "arn('ecr', ['repository/a', 'repository/b'], region=['eu-west-1', 'us-east-1'], account=['1', '2'])",
            [
                f"arn:aws:ecr:{region}:{account}:repository/{name}"
                for account in "12"
                for region in ("eu-west-1", "us-east-1")
                for name in "ab"
            ],
        ),
        ("'web' | public_repository_arn", "arn:aws:ecr-public::111122223333:repository/web"),
        (
            "['web', 'api'] | public_repository_arn",
            ["arn:aws:ecr-public::111122223333:repository/web", "arn:aws:ecr-public::111122223333:repository/api"],
        ),
        ("'arn:' ~ partition ~ ':iam::' ~ account ~ ':root'", "arn:aws:iam::111122223333:root"),
    ],
)
def test_arns_are_made_for_the_target(expression: str, expected: Any, site: Callable[..., Catalog]) -> None:
    """The functions for ARNs put in partition, account and, where asked, region of the target."""
    resource = (
        site(PERSONA, p=POLICY % f"{{{{ {expression} }}}}").render("p", **HERE).to_dict()["Statement"]["Resource"]
    )
    assert resource == expected or resource.startswith(expected)


def test_ecr_public_is_in_one_partition() -> None:
    """A persona for ECR Public is refused where there is none."""
    with pytest.raises(EcrgenError, match="partition aws-cn has no ECR Public; only partition aws has"):
        BUILTIN.render("public-push", repo="web", account="111122223333", region="cn-north-1")


@pytest.mark.parametrize(
    "value", ['a"b', "a\\b", "a', 'b", "{{ n }}", "{% x %}", ",", '", "', ":", "]}", "é", "#}", "//"]
)
def test_a_value_is_a_value_whatever_it_holds(value: str, site: Callable[..., Catalog]) -> None:
    """Quotes, braces, commas and jinja's own marks in a value stay inside it."""
    catalog = site(PERSONA, p=POLICY % "[{{ v }}, {{ l }}, {{ v ~ v }}]".replace("{{ l }}", '"z"'))
    policy = catalog.render("p", v=value, **HERE)
    assert policy.statements[0].resources == (value, "z", value + value)


@pytest.mark.parametrize("value", [",", ":", "]", "}", '"', "\\", " ", "x", '","', '", "'])
def test_a_value_within_quotes_is_refused(value: str, site: Callable[..., Catalog]) -> None:
    """An expression inside a JSON string, as value, key or item, is an error, never another structure."""
    for body in ('{"x": ["a{{ v }}b"]}', '{"a{{ v }}b": "c"}', '{"x": "{{ v }}"}', '["{{ v }}"]'):
        with pytest.raises(EcrgenError, match=r"not JSON: .*an expression stands by itself"):
            site(PERSONA, p=body).render("p", v=value, **HERE)


# Properties

lower = "abcdefghijklmnopqrstuvwxyz0123456789"
names = st.from_regex(r"[a-z0-9]{1,4}(?:[._-][a-z0-9]{1,3})?(?:/[a-z0-9]{2,4}){0,2}", fullmatch=True).filter(
    lambda name: len(name) > 1
)
anything = names | st.text(max_size=8) | st.text('ab/-._*?"{}$', max_size=8)
REGIONS = {"us-east-1": "aws", "eu-west-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"}
regions = st.sampled_from(sorted(REGIONS))
accounts = st.from_regex(r"[0-9]{12}", fullmatch=True)
REPOSITORY_PERSONAS = ("single-repo", "pull", "push")


@given(
    st.sampled_from(REPOSITORY_PERSONAS),
    st.lists(anything, min_size=1, max_size=4),
    st.lists(regions, min_size=1, max_size=2),
    accounts,
    st.lists(st.sampled_from(sorted(GUARDS)), max_size=2),
)
@settings(max_examples=120, deadline=None)
def test_arns_are_built_from_exactly_the_arguments(
    name: str, repositories: list[str], given_regions: list[str], account: str, guards: list[str]
) -> None:
    """Whatever is accepted, the ARNs are those of the arguments, and everything else is the template's."""
    try:
        policy = BUILTIN.render(name, repo=repositories, region=given_regions, account=account, guards=guards)
    except EcrgenError:
        return
    partition = REGIONS[given_regions[0]]
    expected = {
        f"arn:{partition}:ecr:{region}:{account}:repository/{repository}"
        for region in given_regions
        for repository in repositories
    }
    assert arns(policy) == expected | {"*"}
    model = BUILTIN.render(name, repo="my-repo", **HERE)
    assert [bare(statement, expected) for statement in policy.to_dict()["Statement"]] == [
        bare(statement, {REPOSITORY + "my-repo"}) for statement in model.to_dict()["Statement"]
    ]
    assert all("*" not in arn.removeprefix("arn") for arn in expected)


def bare(statement: Mapping[str, Any], repositories: set[str]) -> dict[str, Any]:
    """A statement without its condition, with all the repositories named `all`."""
    resource = statement["Resource"]
    listed = {resource} if isinstance(resource, str) else set(resource)
    return {
        **{element: value for element, value in statement.items() if element not in ("Condition", "Resource")},
        "Resource": "all" if listed == repositories else resource,
    }


@given(st.lists(names.map(lambda n: n + "/*") | names.map(lambda n: n + "*") | anything, min_size=1, max_size=3))
@settings(max_examples=100, deadline=None)
def test_a_prefix_ends_in_one_star(patterns: list[str]) -> None:
    """pull-prefix puts each pattern into an ARN as it is, and each has one wildcard, its last character."""
    try:
        policy = BUILTIN.render("pull-prefix", repo=patterns, **HERE)
    except EcrgenError:
        return
    assert arns(policy) == {REPOSITORY + pattern for pattern in patterns} | {"*"}
    assert all(arn.index("*") == len(arn) - 1 and "?" not in arn for arn in arns(policy))


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """A catalog whose persona takes texts of any kind, in every position of a statement."""
    directory = tmp_path_factory.mktemp("texts")
    (directory / "templates").mkdir()
    (directory / "templates" / "p.j2").write_text(
        '{"Statement": {"Sid": {{ one }}, "Effect": "Allow", "Action": [{{ two }}, "fixed"], '
        '"Resource": {{ several }}, "Condition": {"StringEquals": { {{ one }}: {{ two }}}}}}'
    )
    (directory / "c.yaml").write_text(
        "version: 1\npersonas: {p: {summary: P, template: p.j2, parameters: {one: {type: string}, two: {type: string}, "
        "several: {type: string, many: true, default: none}}}}\n"
    )
    return Catalog.load(directory / "c.yaml")


@given(st.text(max_size=12), st.text(max_size=12), st.lists(st.text(max_size=6), max_size=3))
@settings(max_examples=150, deadline=None)
def test_text_of_any_kind_stays_one_value(texts: Catalog, one: str, two: str, several: list[str]) -> None:
    """In a template of strings and lists, each argument that is accepted comes out as exactly that value."""
    arguments = {"one": one, "two": two, **({"several": several} if several else {})}
    try:
        policy = texts.render("p", **HERE, **arguments)
    except EcrgenError:
        return
    assert policy.to_dict() == {
        "Statement": {
            "Sid": one,
            "Effect": "Allow",
            "Action": [two, "fixed"],
            "Resource": list(dict.fromkeys(several or ["none"])),
            "Condition": {"StringEquals": {one: two}},
        }
    }


# The same bytes, once compiled, one at a time

PROGRAM = """
import sys
from ecrgen import Catalog
catalog = Catalog.load(sys.argv[1])
for item in catalog.render_all(account="111122223333", region=["eu-west-1", "us-east-1"]):
    print(item.grant.name, item.policy.to_json())
for name in catalog.personas:
    print(name, catalog.personas[name])
"""


def test_the_same_input_gives_the_same_bytes(site: Callable[..., Catalog]) -> None:
    """In processes with different hash seeds, the policies of all grants are equal to the byte."""
    site(
        "extends: builtin\ngrants:\n  a: {persona: single-repo, with: {repo: [cd, ab, ef]}, guards: [mfa, tls, "
        "'via=lambda.amazonaws.com,cloudformation.amazonaws.com']}\n"
        "  b: {persona: pull-prefix, with: {repo: [b/*, a/*]}}\n"
        "  c: {persona: push, with: {repo: ab}, guards: [tag=team=a, 'source-ip=203.0.113.0/24,198.51.100.7', tls]}\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, "c.yaml"],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(builtin_file().parent)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1
    assert outputs.pop().count(b'"Version"') == 3


def test_a_template_is_compiled_once_in_a_process(
    site: Callable[..., Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many grants, and however often a catalog is loaded, each template is compiled once."""
    compiled = []
    original = sandbox._Environment.compile

    def counting(self: Any, source: Any, name: Any = None, *rest: Any, **options: Any) -> Any:
        compiled.append(name)
        return original(self, source, name, *rest, **options)

    monkeypatch.setattr(sandbox._Environment, "compile", counting)
    text = "extends: builtin\ngrants:\n" + "".join(
        f"  g{index}: {{persona: pull, with: {{repo: r{index}}}, guards: [tls, vpc=vpc-0123456{index}]}}\n"
        for index in range(10)
    )
    catalog = site(text)
    assert len(list(catalog.render_all(**HERE))) == len(list(Catalog.load("c.yaml").render_all(**HERE))) == 10
    assert sorted(compiled) == ["guards/tls.json.j2", "guards/vpc.json.j2", "pull.json.j2"]


def test_all_grants_are_rendered_one_at_a_time(site: Callable[..., Catalog]) -> None:
    """render_all is a generator: a later grant's error comes when it is reached, and earlier policies are not kept."""
    grants = "".join(f"  g{index}: {{persona: pull, with: {{repo: r{index}x}}}}\n" for index in range(3000))
    catalog = site(
        "extends: builtin\npersonas: {bad: {summary: B, template: bad.j2}}\ngrants:\n"
        + grants
        + "  last: {persona: bad}\n",
        bad="{{ nosuch }}",
    )
    policies = catalog.render_all(**HERE)
    next(policies)
    tracemalloc.start()
    try:
        for _ in range(2999):
            next(policies)
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert kept < 300_000
    with pytest.raises(EcrgenError, match=r"^grant last: bad\.j2:1: UndefinedError"):
        next(policies)
