"""What is fuzzed: each kind makes input in a directory of its own and gives it to ecrgen, any number of times."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from accounts import allowing
from command_line import ecrgen
from fuzz.case import SECRET, Case, ended
from fuzz.documents import denials, files, policies
from fuzz.mutate import mutated_text, mutated_value
from fuzz.templates import template
from server import Call, Changed, Cut, Page, Reply
from snapshots import GOOD
from world import add_grantees, add_policy, attach

from ecrgen.catalog import sandbox
from ecrgen.catalog.model import BoundPersona, Persona, Target, Template
from ecrgen.catalog.render import render
from ecrgen.errors import EcrgenError

__all__ = ["KINDS"]

TARGET = Target("aws", "123456789012", ("us-east-1",))
POLICY = '{"Statement": {"Effect": "Allow", "Action": "ecr:ListImages", "Resource": {{ repo | repository_arn }}}}'
CATALOG = """\
version: 1
extends: builtin
include: [more/*.yaml]
namespace: pay
account: "123456789012"
region: [us-east-1, eu-west-1]
personas:
  audit:
    summary: List images
    source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-info.html
    template: p.j2
    parameters:
      repo: {type: repository, many: true, pattern: "[a-z/]+", help: Repository to look at}
      size: {type: integer, default: "3"}
    expect:
      - {with: {repo: my-repo}, allow: list-them my-repo, deny: [login, "ecr:PutImage my-repo"]}
guards:
  office:
    summary: Only from a network
    template: g.j2
    parameter: {type: cidr, many: true, help: Network}
    caution: Locks out who is elsewhere
    breaks: ecr:GetAuthorizationToken
operations:
  list-them: {summary: List images, actions: [ecr:ListImages], on: repository}
grants:
  web: {persona: push, with: {repo: [team/api]}, guards: [tls, "office=203.0.113.0/24"], to: [role/ci]}
  db: {persona: audit, with: {repo: [a/b, c/d]}, to: [user/ann, group/devs]}
ignore:
  - {code: ECR_PUBLIC_ACCESS, where: web, because: it is public}
"""
MORE = "version: 1\ngrants: {more: {persona: pull-prefix, with: {repo: a/*}, to: role/ci}}\n"
ACCOUNT = """\
version: 1
extends: builtin
namespace: pay
region: us-east-1
grants:
  ci: {persona: push, with: {repo: [team/api]}, to: [role/ci]}
  two: {persona: pull, with: {repo: [team/b]}, to: [group/devs, user/ann]}
"""
WORDS = (
    "personas:",
    "- ",
    "{",
    "}",
    "&a ",
    "*a",
    "!!python/object:os ",
    "<<: *a",
    "? ",
    "|\n",
    "---\n",
    "to:",
    "include:",
)
COMMANDS = (
    *(
        ("list",),
        ("check",),
        ("check", "--format", "sarif"),
        ("render", "--all"),
        ("show", "audit"),
        ("show", "office"),
    ),
    *(
        ("render", "audit", "--repo", "ab", "--guard", "office=203.0.113.0/24"),
        ("can", "pull", "--repo", "ab", "push", "ab"),
    ),
    *(
        ("can", "audit", "--repo", "ab", "list-them", "ab", "--json"),
        ("list", "--json"),
        ("schema",),
        ("can", "--help"),
    ),
)
PLANS = ((), ("--json",), ("--format", "markdown"), ("--prune",), ("--exit-code",))
ENDS = (("plan",), ("apply", "--yes"), ("apply", "--yes", "--prune", "--json"), ("history", "ci"), ("destroy", "--yes"))


def templates(case: Case) -> str:
    """A template from the grammar, with others beside it, links to a secret, and what is no file."""
    place = case.directory / "templates"
    place.mkdir()
    for name in ("p.j2", "q.j2", "r.j2", "s.j2"):
        (place / name).write_text(template(case.rng), errors="surrogatepass")
    links = {"out": "../../secret", "environ": "/proc/self/environ", "loop": "loop", "dir": "..", "null": "/dev/zero"}
    for name, target in links.items():
        os.symlink(target, place / name)
    os.mkfifo(place / "fifo")
    sandbox.environment.cache_clear()
    persona = Persona("p", "P", Template(place, "p.j2"))
    arguments: dict[str, Any] = {"a": "x", "l": ("ab", "cd"), "repo": ("team/web",), "n": 3}
    try:
        end, said = "rendered", render(BoundPersona(persona, arguments), TARGET).to_json()
    except EcrgenError as error:
        end, said = "refused", str(error)
    assert SECRET not in said, "a secret is shown"
    assert end == "rendered" or len(said) < 2000, "a long message"
    return end


def catalogs(case: Case) -> str:
    """A catalog changed as text or as values, with links beside it; what shows, checks and renders it."""
    rng = case.rng
    for name in ("templates", "more"):
        (case.directory / name).mkdir()
    (case.directory / "templates" / "p.j2").write_text(
        POLICY if rng.random() < 0.8 else template(rng), errors="replace"
    )
    (case.directory / "templates" / "g.j2").write_text('{"IpAddress": {"aws:SourceIp": {{ value }}}}')
    for name, target in {"x.yaml": "../../secret", "fifo.yaml": "x.yaml", "y.yaml": "/proc/self/environ"}.items():
        if rng.random() < 0.05:
            os.symlink(target, case.directory / "more" / name)
    (case.directory / "more" / "grants.yaml").write_text(
        MORE if rng.random() < 0.8 else mutated_text(rng, MORE, WORDS), errors="replace"
    )
    if rng.random() < 0.5:
        text = mutated_text(rng, CATALOG, WORDS)
    else:
        text = yaml.safe_dump(mutated_value(rng, yaml.load(CATALOG, yaml.BaseLoader)), allow_unicode=rng.random() < 0.5)
    (case.directory / "catalog.yaml").write_text(text, errors="surrogatepass")
    return ended(ecrgen(*rng.choice(COMMANDS)))


def snapshots(case: Case) -> str:
    """A snapshot changed as text or as values, planned with in each format."""
    rng = case.rng
    (case.directory / "catalog.yaml").write_text(ACCOUNT)
    if rng.random() < 0.2:
        text = mutated_text(rng, json.dumps(GOOD), ('"', "{", "[", ",", "\\ud800", "NaN", "1e999"))
    else:
        text = json.dumps(mutated_value(rng, GOOD))
    (case.directory / "state.json").write_text(text, errors="surrogatepass")
    return ended(ecrgen("plan", "--state", "state.json", *rng.choice(PLANS)))


def answers(case: Case) -> str:
    """AWS's answers changed, replaced, refused or cut off, in any command; then an apply that nothing disturbs."""
    rng, server = case.rng, case.server
    (case.directory / "catalog.yaml").write_text(ACCOUNT)
    server.reset()
    add_grantees(server.account, "role/ci", "user/ann", "group/devs")
    old = add_policy(server.account, "ecrgen.pay.old", allowing("x"))
    attach(server.account, old.arn, "role/ci")
    chance = rng.choice((0.05, 0.2, 1.0))

    def fault(call: Call) -> Page | Reply | Changed | Cut | None:
        if rng.random() >= chance:
            return None
        return rng.choice((Changed(changed), Changed(changed), Changed(changed), *FAULTS))

    def changed(body: bytes) -> bytes:
        return mutated_text(rng, body.decode(), ("<", ">", "</member>", "<member>", "&#0;", "<![CDATA[")).encode(
            errors="replace"
        )

    server.after = fault
    end = ended(ecrgen(*rng.choice(ENDS)))
    server.after = lambda call: None
    done = ecrgen("apply", "--yes", "--prune")
    assert done.code == 0, f"the next apply does not mend it: {done}"
    assert ecrgen("plan", "--exit-code").code == 0, "changes are pending after an apply"
    return end


FAULTS = (
    Page(f"<html>{SECRET}</html>"),
    Page("", 200),
    Page(f'{{"message": "{SECRET}"}}', 403),
    Page("<R/>", 302),
    Page("<R><x>", 200, short=True),
    Reply(400, "Throttling"),
    Reply(403, "AccessDenied"),
    Reply(404, "NoSuchEntity"),
    Reply(409, "EntityAlreadyExists"),
    Reply(500, "ServiceFailure"),
    Reply(400, "\x1b[2J"),
    Cut(),
)


# How often in a round, which is as long for each kind.
KINDS: Mapping[Callable[[Case], str], int] = {
    templates: 30,
    catalogs: 4,
    snapshots: 4,
    policies: 8,
    files: 8,
    denials: 8,
    answers: 1,
}
