"""Every change of a built-in template that changes what it allows makes `ecrgen check` fail.

Templates are mutated one place at a time. A mutant is written beside the original, in a copy of the built-in catalog,
and the personas that use it are proved by the function that the command calls.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.model import Persona, Template
from ecrgen.errors import EcrgenError
from ecrgen.policy.access import diff
from ecrgen.policy.check import Finding, check
from ecrgen.policy.reference import expand
from ecrgen.proof.expectations import examples
from ecrgen.proof.proofs import accepting, prove_personas

BUILTIN = Catalog.load(builtin_file())
TEMPLATES = sorted({persona.template.name for persona in BUILTIN.personas.values()})

# Added to every statement, one at a time.
ADDED = (
    *expand("ecr:*"),
    *("*", "ecr:*", "ecr:Batch*", "ecr:Get*", "ecr:Put*", "ecr:*Image", "ecr:*Layer*", "ecr:?utImage", "e*:PutImage"),
    *(
        "iam:*",
        "iam:PassRole",
        "iam:CreatePolicyVersion",
        "iam:AttachUserPolicy",
        "iam:PutUserPolicy",
        "sts:AssumeRole",
    ),
    *("iam:PutRolePolicy", "iam:CreateRole", "iam:UpdateAssumeRolePolicy", "iam:CreateUser", "iam:*Policy"),
    *("s3:GetObject", "kms:Decrypt", "ecr-public:PutImage", "ecr-public:*", "lambda:*", "ecr:NotYetKnown"),
)
ECR = len(expand("ecr:*"))
# Added to the statements about ECR Public in the place of the actions of ECR.
PUBLIC = expand("ecr-public:*")
# A further statement for the same actions on one of these.
ELSEWHERE = (
    *("*", "arn:aws:ecr:*:*:*", "arn:aws:ecr:*:*:repository/*", "arn:aws:ecr:us-east-1:123456789012:repository/*"),
    "arn:aws:ecr:us-east-1:123456789012:repository/prod/secret",
    "arn:aws:ecr:us-east-1:111122223333:repository/prod",
    *("arn:aws:s3:::*", "arn:aws:iam::*:user/*", "arn:aws:iam::123456789012:user/bob", "arn:aws:iam::*:role/*"),
    *("arn:aws:iam::123456789012:policy/*", "arn:aws:iam::123456789012:policy/ecrgen/*", "arn:aws:iam::aws:policy/*"),
)
PUBLIC_ELSEWHERE = (
    *("*", "arn:aws:ecr-public::123456789012:*", "arn:aws:ecr-public::123456789012:repository/*"),
    *("arn:aws:ecr-public::123456789012:repository/prod", "arn:aws:ecr-public::111122223333:repository/my-repo"),
)
HERE = "region=regions | first"
BOTH = '"repository/" ~ (repo | first), "repository/" ~ (repo | last)'
# Each in the place of `repo | repository_arn`: the repositories, and more.
WIDER_REPOSITORIES = {
    "any region": f'arn("ecr", [{BOTH}], region="*")',
    "regions of the continent": f'arn("ecr", [{BOTH}], region="us-*")',
    "any region and account": f'arn("ecr", [{BOTH}], region="*", account="*")',
    "any account": f'arn("ecr", [{BOTH}], {HERE}, account="*")',
    "some accounts": f'arn("ecr", [{BOTH}], {HERE}, account="1*")',
    "what begins so": f'arn("ecr", [{BOTH}, "repository/" ~ (repo | first) ~ "*"], {HERE})',
    "what begins as the last": f'arn("ecr", [{BOTH}, "repository/" ~ (repo | last) ~ "*"], {HERE})',
    "one character more": f'arn("ecr", [{BOTH}, "repository/" ~ (repo | first) ~ "?"], {HERE})',
    "all below": f'arn("ecr", [{BOTH}, "repository/" ~ (repo | first) ~ "/*"], {HERE})',
    "what ends so": f'arn("ecr", [{BOTH}, "repository/*" ~ (repo | first)], {HERE})',
    "every team's": f'arn("ecr", [{BOTH}, "repository/*/" ~ (repo | first)], {HERE})',
    "another": f'arn("ecr", [{BOTH}, "repository/prod/secret"], {HERE})',
    "every repository": f'arn("ecr", "repository/*", {HERE})',
    "every resource": f'arn("ecr", "*", {HERE})',
    "everything": '"*"',
}
# Each in the place of the user's own ARN.
WIDER_USERS = {
    "any user": 'arn("iam", "user/*", account="*")',
    "what begins so": 'arn("iam", "user/${aws:username}*", account="*")',
    "below a path": 'arn("iam", ["user/${aws:username}", "user/*/${aws:username}"], account="*")',
    "another user": 'arn("iam", ["user/${aws:username}", "user/bob"], account="*")',
    "by tag": 'arn("iam", ["user/${aws:username}", "user/${aws:PrincipalTag/user, \'bob\'}"], account="*")',
    "a session's name": 'arn("iam", ["user/${aws:username, \'session\'}"], account="*")',
    "anybody": 'arn("iam", "*", account="*")',
    "everything": '"*"',
}
WIDER_POLICIES = {
    "what begins so": 'arn("iam", "policy/ecrgen/" ~ namespace ~ "*")',
    "every namespace": 'arn("iam", "policy/ecrgen/*")',
    "every policy": 'arn("iam", "policy/*")',
    "any account": 'arn("iam", "policy/ecrgen/" ~ namespace ~ "/*", account="*")',
    "AWS's own": 'arn("iam", ["policy/ecrgen/" ~ namespace ~ "/*"], account="*")',
    "everything": '"*"',
}
WIDER_GRANTEES = {
    "any account": 'arn("iam", ["group/*", "role/*", "user/*"], account="*")',
    "anything": 'arn("iam", "*")',
    "roles of any account": 'arn("iam", "role/*", account="*")',
    "everything": '"*"',
}
NAMES = '"repository/" ~ (repo | first)'
WIDER_PUBLIC = {
    "any account": f'arn("ecr-public", {NAMES}, account="*")',
    "what begins so": f'arn("ecr-public", {NAMES} ~ "*")',
    "all below": f'arn("ecr-public", [{NAMES}, {NAMES} ~ "/*"])',
    "another": f'arn("ecr-public", [{NAMES}, "repository/prod"])',
    "every repository": 'arn("ecr-public", "repository/*")',
    "everything": '"*"',
}
WIDER_PUBLIC_REGISTRY = {
    "any account": 'arn("ecr-public", "repository/*", account="*")',
    "every resource": 'arn("ecr-public", "*")',
    "everything": '"*"',
}
WIDER_ADD_ONS = {
    "any region": 'arn("ecr", "repository/*", region="*", account=addon_account)',
    "any account": 'arn("ecr", "repository/*", region=regions, account="*")',
    "some accounts": 'arn("ecr", "repository/*", region=regions, account="6*")',
    "accounts that begin alike": 'arn("ecr", "repository/*", region=regions, account="60240114345?")',
    "one's own": 'arn("ecr", "repository/*", region=regions)',
    "one repository": 'arn("ecr", "repository/eks/coredns", region=regions, account=addon_account)',
    "everything": '"*"',
}
WIDER_REGISTRY = {
    "any account": 'arn("ecr", "repository/*", region=regions, account="*")',
    "any region": 'arn("ecr", "repository/*", region="*")',
    "every resource": 'arn("ecr", "*", region=regions)',
    "everything": '"*"',
}
SETS = 'arn("cloudformation", "stackset/" ~ stack_set ~ ":*", region=regions, account="*")'
TARGETS = (
    'arn("cloudformation", ["stackset-target/" ~ stack_set ~ ":*", "type/resource/AWS-IAM-ManagedPolicy", '
    '"type/resource/AWS-ECR-RegistryPolicy"], region="*", account="*")'
)
WIDER_SETS = {
    "any region": SETS.replace("regions", '"*"'),
    "what begins so": SETS.replace('":*"', '"*"'),
    "every set": SETS.replace("stack_set ~", ""),
    "everything": '"*"',
}
WIDER_TARGETS = {
    "of what begins so": TARGETS.replace('":*"', '"*"'),
    "of every set": TARGETS.replace("stack_set ~", '"*" ~'),
    "every type": TARGETS.replace("AWS-IAM-ManagedPolicy", "*"),
    "everything": '"*"',
}
WIDER_STACKS = {
    "any account": 'arn("cloudformation", "stack/*", region="*", account="*")',
    "everything of its": 'arn("cloudformation", "*", region="*")',
    "everything": '"*"',
}
WIDER_NAMESPACES = {"another": '[namespace, "other"]'}
WIDER_TAG_KEYS = {"another": '["team", "owner"]', "none": '"other"'}
WIDER_MANAGED = {"AWS's own": '"arn:aws:iam::aws:policy/*"', "everything": '"*"'}
# What may come in the place of each expression of the templates.
WIDER = {
    "repo | repository_arn": WIDER_REPOSITORIES,
    'arn("cloudformation", "stack/*", region="*")': WIDER_STACKS,
    'arn("iam", "user/${aws:username}", account="*")': WIDER_USERS,
    'arn("iam", "policy/ecrgen/" ~ namespace ~ "/*")': WIDER_POLICIES,
    'arn("iam", ["group/*", "role/*", "user/*"])': WIDER_GRANTEES,
    "managed_policy": WIDER_MANAGED,
    "repo | public_repository_arn": WIDER_PUBLIC,
    'arn("ecr", "repository/*", region=regions, account=addon_account)': WIDER_ADD_ONS,
    "tag_key": WIDER_TAG_KEYS,
    SETS: WIDER_SETS,
    TARGETS: WIDER_TARGETS,
    "namespace": WIDER_NAMESPACES,
    '"*" | repository_arn': WIDER_REGISTRY,
    '"*" | public_repository_arn': WIDER_PUBLIC_REGISTRY,
    "public | public_repository_arn": {
        change: wider.replace("repo | first", "public | first") for change, wider in WIDER_PUBLIC.items()
    },
}
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}

# Changes that change nothing, each with the reason.
REDUNDANT = "AWS's own example says ecr:ListImages twice: ManageRepositoryContents gives it on the same repositories"
MANAGED = json.loads((Path(__file__).parents[1] / "documented" / "single-repo.json").read_text())["Statement"][2][
    "Action"
]
NOTHING_ELSE = "groups, roles and users are all that these actions are asked about"
OF_STAR = "AWS asks these actions of `*` only, so a statement that gives them on a resource gives nothing"
ALREADY = "the statement is on that already"
STACKS_ONLY = "stacks are all that this action is asked about"
REPOSITORIES_ONLY = "repositories are all that these actions are asked about"
PUBLIC_ALL = "arn:aws:ecr-public::123456789012:"
ECR_ALL = "arn:aws:ecr:us-east-1:123456789012:repository/*"
CONTAINED = "a prefix such as team-a/* contains it"
NEEDS_A_VALUE = "IfExists makes no difference beside Null, which asks for the key"
BESIDE = "CreateRepositoriesAndPushImages gives it on the same repositories, whatever the tags"
CREATE_AND_PUSH = (
    *("ecr:CreateRepository", "ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart"),
    *("ecr:CompleteLayerUpload", "ecr:PutImage", "ecr:BatchGetImage"),
)
PREFIXES = (
    *(("node-pull.json.j2", "PullImages"), ("cached-pull.json.j2", "PullAndImportImages")),
    *(("replication.json.j2", "ReplicateImages"), ("pull-through-cache.json.j2", "ImportUpstreamImages")),
    ("operator.json.j2", "ChangeRepositoryPolicies"),
    *(("create-and-push.json.j2", sid) for sid in ("CreateRepositoriesAndPushImages", "TagRepositories")),
)
EQUIVALENT = {
    **{
        (template, f"{sid}: {wider} in place 0"): CONTAINED
        for template, sid in PREFIXES
        for wider in ("what begins so", "what begins as the last", "one character more")
    },
    ("cached-pull.json.j2", "PullAndImportImages: all below in place 0"): CONTAINED,
    ("pull-through-cache.json.j2", "ImportUpstreamImages: all below in place 0"): CONTAINED,
    **{("create-and-push.json.j2", f"TagRepositories: with {action}"): BESIDE for action in CREATE_AND_PUSH},
    ("create-and-push.json.j2", "TagRepositories: ForAllValues:StringEqualsIfExists"): NEEDS_A_VALUE,
    **{("operator.json.j2", f"ReadAccount: also on {resource}"): OF_STAR for resource in ELSEWHERE if resource != "*"},
    **{("auditor.json.j2", f"ReadAccount: also on {resource}"): OF_STAR for resource in ELSEWHERE if resource != "*"},
    **{
        ("stackset-operator.json.j2", f"CreateTheSet: also on {resource}"): OF_STAR
        for resource in ELSEWHERE
        if resource != "*"
    },
    **{
        (template, f"{sid}: {change}"): reason
        for template, sid in (("auditor.json.j2", "ReadRepositories"), ("operator.json.j2", "ReadRepositoryPolicies"))
        for change, reason in (
            (f"also on {ECR_ALL}", ALREADY),
            (f"on {ECR_ALL} instead", ALREADY),
            ("every resource in place 0", REPOSITORIES_ONLY),
        )
    },
    **{
        ("operator.json.j2", f"ReadPublicRepositoryPolicies: {change}"): reason
        for change, reason in (
            (f"also on {PUBLIC_ALL}repository/*", ALREADY),
            (f"on {PUBLIC_ALL}repository/* instead", ALREADY),
            (f"also on {PUBLIC_ALL}*", REPOSITORIES_ONLY),
            (f"on {PUBLIC_ALL}* instead", REPOSITORIES_ONLY),
            ("every resource in place 0", REPOSITORIES_ONLY),
        )
    },
    ("operator.json.j2", "ChangePublicRepositoryPolicies: what begins so in place 0"): CONTAINED,
    ("operator.json.j2", "AskWhichStackHasAPolicy: everything of its in place 0"): STACKS_ONLY,
    ("operator.json.j2", "ReadAttachments: anything in place 0"): NOTHING_ELSE,
    ("operator.json.j2", "AttachPoliciesOfTheNamespace: anything in place 0"): NOTHING_ELSE,
    ("operator.json.j2", "AttachPoliciesOfAws: anything in place 0"): NOTHING_ELSE,
    **{
        ("single-repo.json.j2", f"ListImagesInRepository: with {action}"): REDUNDANT
        for action in MANAGED
        if action != "ecr:ListImages"
    },
    ("single-repo.json.j2", "ListImagesInRepository: dropped"): REDUNDANT,
    ("single-repo.json.j2", "ListImagesInRepository: with the condition of MFA"): REDUNDANT,
    ("single-repo.json.j2", "ManageRepositoryContents: without ecr:ListImages"): REDUNDANT,
}


class Mutant(NamedTuple):
    """A template with one change, said in words."""

    change: str
    values: Any


def read(template: Path) -> Any:
    """A template as JSON values. An expression is a string in « »; a statement under `if` holds that as `IF`."""
    text = re.sub(r"\{\{ *(.*?) *\}\}", lambda found: json.dumps(f"«{found[1]}»"), template.read_text())
    text = re.sub(r"\{% if (.*?) %\},\s*\{", lambda found: ", {" + f'"IF": "{found[1]}",', text)
    return json.loads(text.replace("{% endif %}", ""))


def text_of(values: Any) -> str:
    text = json.dumps(values, indent=1, ensure_ascii=False)
    text = re.sub(r',\s*\{\s*"IF": "(.*?)",(.*?)\n  \}', r"{% if \1 %}, {\2}{% endif %}", text, flags=re.DOTALL)
    return re.sub(STRING, lambda found: "{{ " + json.loads(f'"{found[1]}"') + " }}", text)


STRING = r'"«((?:[^"\\]|\\.)*)»"'


def mutants(values: Any) -> Iterator[Mutant]:
    """Every mutant of a persona's template."""
    statements = values["Statement"]
    for place, statement in enumerate(statements):
        name = statement.get("Sid", f"Statement[{place}]")
        for change, changed in changes(statement):
            new = [*statements[:place], *changed, *statements[place + 1 :]]
            if new:
                yield Mutant(f"{name}: {change}", {**values, "Statement": new})


def changes(statement: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What may come in the place of a statement."""
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    yield "dropped", []
    yield "denies", [{**statement, "Effect": "Deny"}]
    yield "with the condition of MFA", [{**statement, "Condition": {**statement.get("Condition", {}), **MFA}}]
    if "Condition" in statement:
        yield "without its condition", [{key: value for key, value in statement.items() if key != "Condition"}]
    for operator, keys in statement.get("Condition", {}).items():
        others = {name: value for name, value in statement["Condition"].items() if name != operator}
        if others:
            yield f"without {operator}", [{**statement, "Condition": others}]
        for change, condition in conditions(operator, keys):
            yield change, [{**statement, "Condition": {**others, **condition}}]
    for element in ("Action", "Resource"):
        yield f"Not{element}", [{f"Not{key}" if key == element else key: value for key, value in statement.items()}]
    for action in actions if len(actions) > 1 else ():
        yield f"without {action}", [{**statement, "Action": [other for other in actions if other != action]}]
    public, private = "ecr-public:" in str(actions), "ecr:" in str(actions)
    for action in (*PUBLIC, *ADDED[ECR:]) if public else ADDED if private else ADDED[ECR:]:
        if action not in actions:
            yield f"with {action}", [{**statement, "Action": [*actions, action]}]
    for action in ("*", "ecr:*", "iam:*"):
        yield f"{action} instead", [{**statement, "Action": action}]
    for resource in PUBLIC_ELSEWHERE if public else ELSEWHERE:
        if resource != statement["Resource"]:
            yield f"also on {resource}", [statement, {**statement, "Sid": "Further", "Resource": resource}]
            yield f"on {resource} instead", [{**statement, "Resource": resource}]
    text = json.dumps(statement, ensure_ascii=False)
    for found in re.finditer(rf"\[{STRING}\]|{STRING}", text):
        place = text[: found.start()].count("«")
        for change, expression in WIDER[json.loads(f'"{found[1] or found[2]}"')].items():
            wider = text[: found.start()] + json.dumps(f"«{expression}»") + text[found.end() :]
            yield f"{change} in place {place}", [json.loads(wider)]


def conditions(operator: str, keys: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What may come in the place of an operator of a condition."""
    if operator == "Null":
        yield "absent", {operator: {key: "true" if value == "false" else "false" for key, value in keys.items()}}
        return
    yield f"{operator}IfExists", {f"{operator}IfExists": keys}
    yield "any value", {"Null": dict.fromkeys(keys, "false")}
    if operator.startswith("ForAllValues:"):
        yield "of any value", {operator.replace("ForAllValues", "ForAnyValue"): keys}


def guard_mutants(values: Any) -> Iterator[Mutant]:
    """Every mutant of a guard's template that still is a condition."""
    ((operator, keys),) = values.items()
    ((key, value),) = keys.items()
    yield Mutant("passes where the key is absent", {f"{operator}IfExists": keys})
    yield Mutant("asks for the key only", {"Null": {key: "false"}})
    yield Mutant("asks for no such key", {"Null": {key: "true"}})
    yield Mutant("another key", {operator: {"aws:PrincipalTag/other": value}})
    yield Mutant("what always holds", {"Bool": {"aws:PrincipalIsAWSService": "false"}})
    for other in OTHER_OPERATORS[operator]:
        yield Mutant(other, {other: keys})
    if value in ("true", "false"):
        yield Mutant("the opposite", {operator: {key: "false" if value == "true" else "true"}})
        yield Mutant("both", {operator: {key: ["true", "false"]}})


OTHER_OPERATORS = {
    "Bool": [],
    "StringEquals": ["StringNotEquals", "ForAllValues:StringEquals"],
    "ForAnyValue:StringEquals": ["ForAllValues:StringEquals", "ForAnyValue:StringNotEquals", "StringNotEquals"],
    "NumericLessThan": ["NumericLessThanEquals", "NumericGreaterThan", "NumericNotEquals", "NumericEquals"],
    "DateLessThan": ["DateLessThanEquals", "DateGreaterThan", "DateNotEquals", "DateEquals"],
    "IpAddress": ["NotIpAddress"],
    "ArnLike": ["ArnNotLike", "ForAllValues:ArnLike"],
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the built-in catalog and its templates."""
    directory = tmp_path_factory.mktemp("copy")
    shutil.copytree(builtin_file().parent / "templates", directory / "templates")
    shutil.copy(builtin_file(), directory / "catalog.yaml")
    return directory


def passes(catalog: Catalog, names: list[str]) -> bool:
    """Whether `ecrgen check` of these personas exits with 0; findings are only looked for where promises are kept."""
    personas = [catalog.personas[name] for name in names]
    # most mutants already break what is allowed, or the denial of all else, of the first persona's first expectation
    for persona in (*map(first, personas), *personas):
        if any(
            proof.failed for proof in prove_personas(catalog, [persona], lambda policy, grantee=None, kind=None: ())
        ):
            return False

    def find(policy: Any, grantee: Any = None, kind: Any = None, /) -> tuple[Finding, ...]:
        return check(policy, policy_type=kind and kind.name, principal_kind=grantee)

    proofs = accepting(prove_personas(catalog, personas, find), catalog.ignores)
    return all(proof.holds("SECURITY_WARNING") for proof in proofs)


def refused(catalog: Catalog, names: list[str]) -> bool:
    """Whether the mutant says what no registry's policy may say, so that nothing renders it."""
    of_registry = [catalog.personas[name] for name in names if catalog.personas[name].of_registry]
    try:
        return not all([*examples(catalog, each)] for each in of_registry)
    except EcrgenError as error:
        return "its output is no registry's policy" in str(error) or "has no repository half" in str(error)


def first(persona: Persona) -> Persona:
    """The persona with a part of its first expectation, which is quick to ask."""
    return replace(
        persona, expect=tuple(replace(each, deny=("*",) if "*" in each.deny else ()) for each in persona.expect[:1])
    )


def with_template(catalog: Catalog, old: str, template: Template) -> Catalog:
    """The catalog with another template for all who use one."""
    personas = {
        name: replace(persona, template=template) if persona.template.name == old else persona
        for name, persona in catalog.personas.items()
    }
    guards = {
        name: replace(guard, template=template) if guard.template.name == old else guard
        for name, guard in catalog.guards.items()
    }
    return replace(catalog, personas=personas, guards=guards)


def written(copy: Path, mutant: Mutant, number: int, name: str) -> Template:
    new = name.replace(".json.j2", f"-mutant-{number}.json.j2")
    (copy / "templates" / new).write_text(text_of(mutant.values), encoding="utf-8")
    return Template(copy / "templates", new)


# Those with so many mutants that they are tried in the long run only.
LONG = {
    f"{name}.json.j2"
    for name in (
        "operator",
        "single-repo",
        "create-and-push",
        "pull",
        "push",
        "read",
        "node-pull",
        "cached-pull",
        "repo-admin",
    )
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in TEMPLATES]
)
def test_personas(copy: Path, name: str) -> None:
    """No mutant of a persona's template passes, but for those listed; what is redundant, `diff` calls equal too."""
    catalog = Catalog.load(copy / "catalog.yaml")
    users = [persona.name for persona in catalog.personas.values() if persona.template.name == name]
    assert passes(catalog, users)
    survivors = {}
    for number, mutant in enumerate(mutants(read(copy / "templates" / name))):
        mutated = with_template(catalog, name, written(copy, mutant, number, name))
        if not refused(mutated, users) and passes(mutated, users):
            survivors[name, mutant.change] = [
                difference.words
                for user in users
                for old, new in zip(
                    examples(catalog, catalog.personas[user]), examples(mutated, mutated.personas[user]), strict=True
                )
                for difference in diff(old, new)
            ]
    assert survivors.keys() == {place for place in EQUIVALENT if place[0] == name}
    same = (REDUNDANT, CONTAINED, BESIDE, NEEDS_A_VALUE)
    assert not any(words for place, words in survivors.items() if EQUIVALENT[place] in same)


@pytest.mark.parametrize("name", BUILTIN.guards)
def test_guards(copy: Path, name: str) -> None:
    """No mutant of a guard's template passes, and one that drops its condition does not even render."""
    catalog = Catalog.load(copy / "catalog.yaml")
    template = catalog.guards[name].template.name
    users = [p.name for p in catalog.personas.values() if any(name in str(e.guards) for e in p.expect)]
    assert passes(catalog, users)
    survivors = [
        mutant.change
        for number, mutant in enumerate(guard_mutants(read(copy / "templates" / template)))
        if passes(with_template(catalog, template, written(copy, mutant, number, template)), users)
    ]
    assert survivors == []
    emptied = with_template(catalog, template, written(copy, Mutant("no condition", {}), -1, template))
    with pytest.raises(EcrgenError, match="an empty Condition block, which guards nothing"):
        passes(emptied, users)
