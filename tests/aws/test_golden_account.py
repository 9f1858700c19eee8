"""What a person sees of the commands that change an account, and of its history."""

from __future__ import annotations

import json
from contextlib import nullcontext
from functools import cache
from pathlib import Path

import pytest
from command_line import at_terminal, ecrgen
from golden import agree, seen, with_names
from moto.iam.models import iam_backends
from server import Server
from world import add_grantees, add_repositories

from ecrgen.account.connection import connect

SITE = """\
version: 1
extends: builtin
namespace: pay
region: us-east-1
grants:
  payments-ci:
    persona: push
    with: {repo: [payments/api]}
    to: [role/payments-ci, group/payments]
"""


@pytest.fixture(autouse=True)
def account(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account in which the grant was applied, of a catalog that says something else now; a terminal with colours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for module in ("account", "resources"):
        monkeypatch.setattr(f"ecrgen.cli.{module}.waiting", nullcontext)  # what turns or grows while somebody waits
    monkeypatch.setattr("ecrgen.cli.account.connect", cache(connect))  # making one takes longer than all that is asked
    monkeypatch.setattr("ecrgen.cli.apply.progress_of", lambda count: nullcontext(lambda outcome: None))
    add_grantees(server.account, "role/payments-ci", "group/payments")
    catalog = Path("catalog.yaml")
    for text in (SITE, SITE.replace("[payments/api]", "[payments/api, payments/worker]")):
        catalog.write_text(text)
        assert ecrgen("apply", "--yes").code == 0
    catalog.write_text(SITE.replace("push", "single-repo").replace(", group/payments", ""))


def test_what_a_person_sees_of_an_account(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan to be applied, the question, a no, what is done with --yes, versions, and the way back."""

    def shown(command: str, answer: str | None = None) -> str:
        return "".join(seen(command, monkeypatch, lambda: None, answer))

    parts = [
        shown("plan"),
        shown("apply --prune", "n\n"),
        shown("history payments-ci"),
        shown("history payments"),
        shown("rollback payments-ci", "n\n"),
        shown("destroy", "payments\n"),
    ]
    monkeypatch.setenv("COLUMNS", "60")
    code, text = at_terminal("apply", "--prune", answer="y\n")
    assert code == 0
    agree("account", "".join((*parts, "$ ecrgen apply --prune\n-- at 60 columns\n", with_names(text))), request)


OTHER_ACCOUNTS = """\
version: 1
extends: builtin
namespace: pay
account: "123456789012"
region: us-east-1
grants:
  nodes:
    persona: pull
    with: {repo: [team/api, team/web]}
    to: ["arn:aws:iam::444455556666:role/nodes", "arn:aws:iam::444455556666:role/builders"]
  everybody:
    persona: pull-prefix
    with: {repo: team/*}
    to: org/o-a1b2c3d4e5
    through: registry
"""


def test_what_a_person_sees_of_other_accounts(
    server: Server, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plans and applies of the halves in resource policies: new, beside others' statements, narrowed, taken away."""

    def shown(command: str, answer: str | None = None) -> str:
        return "".join(seen(command, monkeypatch, lambda: None, answer))

    add_repositories(server.registry(), "team/api", "team/web")
    theirs = {"Sid": "new policy", "Effect": "Allow", "Principal": "*", "Action": "ecr:ListImages"}
    server.registry().repositories["team/web"].policy = json.dumps({"Statement": [theirs], "Version": "2012-10-17"})
    for role in ("nodes", "builders"):
        iam_backends["444455556666"]["aws"].create_role(role, "{}", "/", None, "", [], None)
    catalog = Path("catalog.yaml")
    catalog.write_text(OTHER_ACCOUNTS)
    parts = [shown("plan"), shown("plan --format markdown")]
    assert ecrgen("apply", "--yes").code == 0
    catalog.write_text(
        OTHER_ACCOUNTS.partition("  everybody:")[0].replace(', "arn:aws:iam::444455556666:role/builders"', "")
    )
    parts += [shown("plan --prune"), shown("destroy", "no\n")]
    agree("other_accounts", "".join(parts), request)
