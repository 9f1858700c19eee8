"""Kinds of the fuzzer that nobody's account is asked for: policies, the files that hold some, and texts of denials."""

from __future__ import annotations

import json
import random
from functools import cache
from typing import Any

import random_policies as usual
import yaml
from command_line import ecrgen
from fuzz.case import SECRET, Case, ended
from fuzz.mutate import mutated_text, mutated_value
from fuzz.policies import RESOURCES, policy
from tables import TESTS

from ecrgen.errors import EcrgenError
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.kinds import KINDS as POLICY_KINDS
from ecrgen.policy.pack import pack

__all__ = ["denials", "files", "policies"]

FORMATS = ((), ("--json",), ("--format", "sarif"), ("--fail-on", "suggestion"))
LAYERS = ("--boundary", "--session", "--scp", "--rcp", "--endpoint", "--policy")
CONTEXT = (
    *("aws:SourceIp=203.0.113.7", "aws:MultiFactorAuthPresent=true", "aws:CurrentTime=2026-06-01T00:00:00Z"),
    *("aws:CurrentTime=x", "aws:PrincipalTag/x=a", "aws:SourceIp=1", "aws:TagKeys=a"),
)
CALLERS = ("arn:aws:iam::123456789012:role/ci", "arn:aws:sts::123456789012:assumed-role/ci/x", usual.ALICE, "*")
QUESTIONS = ("push", "pull", "login", "list", "ecr:PutImage", "ecr:BatchGetImage", "iam:PassRole", "ecr:*")


def policies(case: Case) -> str:
    """Two policies of the grammar, also large ones: checked, compared, asked, and packed."""
    rng = case.rng
    own = rng.random() < 1 / 6
    for name in ("a.json", "b.json"):
        text = json.dumps(policy(rng, rng.choice((1, 2, 4, 30, 150)), own))
        if rng.random() < 0.1:
            text = changed(rng, json.loads(text))
        (case.directory / name).write_text(text, errors="surrogatepass")
    match rng.randrange(4):
        case 0:
            kind = ("--type", rng.choice([*POLICY_KINDS])) if rng.random() < 0.6 else ()
            return ended(ecrgen("check", "a.json", "b.json", *kind, *rng.choice(FORMATS)))
        case 1:
            return ended(ecrgen("diff", "a.json", "b.json", *rng.choice(((), ("--json",)))))
        case 2:
            return ended(ecrgen("can", "--policy", "a.json", *asked(rng)))
    return packed(case)


def asked(rng: random.Random) -> tuple[str, ...]:
    """What a policy is asked, and by what else it is limited."""
    resource = rng.choice(
        ("ab", "team/web", "team/alice", usual.REPOSITORY + "ab", usual.REPOSITORY + "a:" * 100, "x" * 300)
    )
    question = (rng.choice(QUESTIONS), *((resource,) if rng.random() < 0.8 else ()))
    more = (rng.choice(LAYERS), "b.json") if rng.random() < 0.5 else ()
    who = ("--as", rng.choice(CALLERS)) if rng.random() < 0.4 else ()
    context = tuple(word for _ in range(rng.randrange(3)) for word in ("--context", rng.choice(CONTEXT)))
    shape = ("--json",) if rng.random() < 0.3 else ()
    return (*question, *more, *who, *context, *shape, "--account", "123456789012", "--region", "us-east-1")


def packed(case: Case) -> str:
    """Policies in as few as possible, which no command does by itself; what comes out decides as what went in."""
    texts = [(case.directory / name).read_bytes() for name in ("a.json", "b.json")]
    end, said = "packed", ""
    try:
        pack([PolicyDocument.from_json(text.decode(errors="replace")) for text in texts])
    except EcrgenError as error:
        end, said = "not packed", str(error)
    assert "bug" not in said, said
    return end


def files(case: Case) -> str:
    """A file of the forms that tools write around policies, changed as text or as values."""
    rng = case.rng
    (case.directory / "file").write_text(held(rng), errors="surrogatepass")
    (case.directory / "b.json").write_text(json.dumps(policy(rng, 2)), errors="surrogatepass")
    match rng.randrange(3):
        case 0:
            return ended(ecrgen("check", "file", *rng.choice(FORMATS)))
        case 1:
            return ended(ecrgen("diff", *rng.choice((("file", "b.json"), ("b.json", "file")))))
    return ended(ecrgen("can", "--policy", "file", *asked(rng)))


def held(rng: random.Random) -> str:
    """A case of tests/cases/sources, changed as text or as values, or with other policies in it."""
    case = rng.choice(cases("sources"))
    if "data" in case and rng.random() < 0.8:
        return changed(rng, case["data"]) if rng.random() < 0.5 else json.dumps(refilled(rng, case["data"]))
    text = str(case["text"]) if "text" in case else json.dumps(case["data"])
    return mutated_text(
        rng, text, ("!Sub ", "!GetAtt ", "!Ref ", "Fn::Join", "&a ", "*a ", "<<: *a", "- ", "\n", "${x}")
    )


def refilled(rng: random.Random, value: Any) -> Any:
    """The value with policies of the grammar in place of those in it, also where they are texts."""
    if isinstance(value, dict):
        return policy(rng, 3) if "Statement" in value else {key: refilled(rng, each) for key, each in value.items()}
    if isinstance(value, list):
        return [refilled(rng, each) for each in value]
    return json.dumps(policy(rng, 3)) if isinstance(value, str) and "Statement" in value else value


def changed(rng: random.Random, value: Any) -> str:
    """A value changed, as text."""
    return json.dumps(mutated_value(rng, value))


def denials(case: Case) -> str:
    """A text of tests/cases/explain, changed, or several of them behind each other."""
    rng = case.rng
    texts = [str(rng.choice(cases("explain"))["text"]) for _ in range(rng.choice((1, 1, 2, 50)))]
    text = mutated_text(
        rng, "\n".join(texts), ("<ROLE>", "User: ", " on resource: ", '"', "\\u001b", "{", "because no ", SECRET[:3])
    )
    for name in ("ROLE", "WEB", "FAR", "IMAGE", "URL", "S", "I"):
        text = text.replace(f"<{name}>", rng.choice(RESOURCES))
    shape = ("--json",) if rng.random() < 0.3 else ()
    if rng.random() < 0.8:
        return ended(ecrgen("explain", "-", *shape, stdin=text.encode(errors="surrogatepass")))
    return ended(ecrgen("explain", *shape, "--", text.replace("\x00", "")))


@cache
def cases(area: str) -> list[dict[str, Any]]:
    """The cases of an area, which say more forms than a grammar here would know."""
    tables = [yaml.safe_load(path.read_text()) for path in sorted((TESTS / "cases" / area).glob("*.yaml"))]
    return [case for table in tables for case in table["cases"]]
