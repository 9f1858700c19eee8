"""The case tables of policy evaluation: tests/cases/evaluate/*.yaml, one file for each family of rules.

A file has its `source` (AWS's pages), what every `request` and `statement` of it starts from (`resource_statement` in
resource policies), and `cases`. A case has a `name`; `identity` and `resource`, one policy or a list, each a statement,
a document, or the name of a file in tests/documented; or a `condition`, for a statement of which only that matters;
`boundary`, `session` and `endpoint`, one policy each; `scps` and `rcps`, a list of levels, each one policy or a list;
what is special about its `request` and `context`; and what to `expect`: the effect, with the Sids that decided or, for
an implicit deny, a part of the reason. `denies` says that a Deny with the
condition applies where an Allow does not. `layer` is the layer that decides; `not_considered` are those nobody gave.
"""

from __future__ import annotations

from typing import Any

import pytest
from tables import document_of, load

from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Decision, Request, evaluate
from ecrgen.policy.operators import CONDITION_OPERATORS, operator_of

KEYS = {
    "name",
    "identity",
    "resource",
    "condition",
    "request",
    "context",
    "expect",
    "layer",
    "not_considered",
    "denies",
}
LIMITS = {"boundary", "session", "endpoint", "scps", "rcps"}
STARTS: dict[str, dict[str, Any]] = {
    "boundary": {"Sid": "B"},
    "session": {"Sid": "P"},
    "endpoint": {"Sid": "E", "Principal": "*"},
    "scps": {"Sid": "O"},
    "rcps": {"Sid": "C", "Effect": "Deny", "Principal": "*"},
}


CASES = load("evaluate", KEYS | LIMITS)


def documents_of(start: dict[str, Any], written: Any) -> list[PolicyDocument]:
    return [document_of(start, each) for each in (written if isinstance(written, list) else [written])]


def identity_of(table: dict[str, Any], case: dict[str, Any]) -> list[PolicyDocument]:
    start = {"Sid": "S", "Effect": "Allow", **table.get("statement", {})}
    return documents_of(start, {"Condition": case["condition"]} if "condition" in case else case.get("identity", []))


def limits_of(case: dict[str, Any]) -> dict[str, Any]:
    """The policies that limit what the others allow."""
    limits: dict[str, Any] = {}
    for name in case.keys() & LIMITS:
        start = {"Effect": "Allow", "Action": "*", "Resource": "*", **STARTS[name]}
        if name in ("scps", "rcps"):
            limits[name] = [documents_of(start, level) for level in case[name]]
        else:
            limits[name] = document_of(start, case[name])
    return limits


def decide(table: dict[str, Any], case: dict[str, Any], identity: list[PolicyDocument]) -> Decision:
    start = {"Sid": "R", "Effect": "Allow", **table.get("resource_statement", {})}
    resource = documents_of(start, case.get("resource", []))
    fields = {**table.get("request", {}), **case.get("request", {})}
    request = Request(**fields, context=case.get("context", {}))
    return evaluate(request, identity=identity, resource=resource, **limits_of(case))


@pytest.mark.parametrize(("table", "case"), CASES)
def test_case(table: dict[str, Any], case: dict[str, Any]) -> None:
    """A decision has the effect that AWS documents, names the statements that gave it, and says why."""
    decision = decide(table, case, identity_of(table, case))
    ((effect, why),) = case["expect"].items()
    assert decision.effect == effect, decision.reason
    assert decision.allowed == (effect == "Allow")
    if effect == "ImplicitDeny":
        assert decision.matched == ()
        assert why in decision.reason
    else:
        sids = why if isinstance(why, list) else [why]
        assert [match.sid for match in decision.matched] == sids, decision.reason
        assert all(str(match) in decision.reason for match in decision.matched)
    if "layer" in case:
        assert decision.layer == case["layer"]
    if "not_considered" in case:
        assert list(decision.not_considered) == case["not_considered"]


@pytest.mark.parametrize(("table", "case"), [each for each in CASES if "condition" in each.values[1]])
def test_deny_of_the_same_condition(table: dict[str, Any], case: dict[str, Any]) -> None:
    """A condition holds for a Deny exactly when it holds for an Allow, but where the case says that it denies more."""
    start = {"Sid": "S", **table.get("statement", {}), "Effect": "Deny"}
    everything = PolicyDocument.from_dict({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    decision = decide(table, case, [everything, document_of(start, {"Condition": case["condition"]})])
    assert not (case.get("denies") and "Allow" in case["expect"]), "what an Allow asks, a Deny asks no more of"
    assert decision.effect == ("ExplicitDeny" if "Allow" in case["expect"] or case.get("denies") else "Allow")


def test_every_operator_has_cases() -> None:
    """No condition operator is left untested: each has a case that matches and one that does not."""
    tested = {
        (operator_of(name).comparison.name, operator_of(name).negated, effect)
        for case in CASES
        for name in case.values[1].get("condition", {})
        for effect in case.values[1]["expect"]
    }
    operators = {(operator.comparison.name, operator.negated) for operator in CONDITION_OPERATORS.values()}
    assert {(*operator, effect) for operator in operators for effect in ("Allow", "ImplicitDeny")} <= tested
