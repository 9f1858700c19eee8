"""What clients show: tests/cases/operations/*.yaml, an operation and the actions that are missing → the first message.

A case has a `name`, the actions that are `missing` of all that its `operation` (or its file's) needs, and what each
client `shows`; null is nothing. A case says its own `source` where somebody has published that message.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from tables import load

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.model import Target
from ecrgen.policy.document import PolicyDocument
from ecrgen.proof.operations import Answer, Situation, answer, question

CASES = load("operations", {"name", "operation", "missing", "context", "shows", "source"})
SESSION = "arn:aws:sts::111122223333:assumed-role/ci/job"
REGISTRY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
CATALOG = Catalog.load(builtin_file())


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def answered(operation: str, missing: list[str], context: dict[str, str] | None = None) -> Answer:
    situation = Situation(Target("aws", "111122223333", ("eu-west-1",)), SESSION, context or {})
    asked = question(CATALOG, operation, "team/web", situation)
    allowed = [step.request.action for step in asked.steps if step.request.action not in missing]
    statement = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
    return answer(asked, identity=[PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statement})])


def in_full(text: str | None) -> str | None:
    def sentence(found: re.Match[str]) -> str:
        service, _, _ = found[1].partition(":")
        place = {"ecr": "ecr:eu-west-1:111122223333", "ecr-public": "ecr-public::111122223333"}.get(service)
        on = "*" if place is None or "Token" in found[1] else f"arn:aws:{place}:repository/team/web"
        return (
            f"User: {SESSION} is not authorized to perform: {found[1]} on resource: {on} "
            f"because no identity-based policy allows the {found[1]} action"
        )

    if text is None:
        return None
    text = text.replace("URL", f"https://{REGISTRY}/v2/team/web").replace("IMAGE", f"{REGISTRY}/team/web")
    return re.sub("<(.*?)>", sentence, text)


@pytest.mark.parametrize(("table", "case"), CASES)
def test_case(table: dict[str, Any], case: dict[str, Any]) -> None:
    """A client shows the first denial in the order of its requests, or what it makes of one without a body."""
    found = answered(case.get("operation", table.get("operation")), listed(case["missing"]), case.get("context"))
    assert found.answer == "no"
    expected = {client: in_full(text) for client, text in case["shows"].items()}
    assert {client: found.messages[client] for client in expected} == expected
    assert bool(expected) == bool(found.messages)


@pytest.mark.parametrize("name", CATALOG.operations)
def test_nothing_missing(name: str) -> None:
    """Where all is allowed, no client shows anything."""
    found = answered(name, [])
    assert found.answer == "yes"
    assert set(found.messages.values()) <= {None}


@pytest.mark.parametrize("name", [name for name, each in CATALOG.operations.items() if each.clients])
def test_every_action_of_clients(name: str) -> None:
    """Of each action that an operation tells of a client, its denial alone is shown, and by a table's case with one."""
    operation = CATALOG.operations[name]
    for client in operation.clients:
        for request in client.requests:
            for action in request.actions:
                found = answered(name, [action], {"aws:TagKeys": "team"})
                message = found.messages[client.name]
                assert message is not None, (client.name, action)
                assert "{" not in message
                if "{denial}" in request.shows:
                    assert action in message
    tested = {case.get("operation", table.get("operation")) for table, case in (each.values for each in CASES)}
    assert name in tested | {"login"}
