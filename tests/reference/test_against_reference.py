"""The product's decisions against those of a slow evaluator of our own, on random policies of every kind."""

from __future__ import annotations

import inspect
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from reference_evaluator import decide, explicit_denials
from strategies import FULL, LAYERS, scenarios

from ecrgen import PolicyDocument, Request, evaluate

BOTH = tuple(name for name in LAYERS if name in inspect.signature(evaluate).parameters)
Scenario = tuple[dict[str, Any], dict[str, Any]]


def parsed(written: Any) -> Any:
    """Documents as the product takes them, in whatever lists they lie."""
    return [parsed(each) for each in written] if isinstance(written, list) else PolicyDocument.from_dict(written)


# The product's readings of variables without a value and of plain operators on several values (docs/adr/0007) are not
# yet the careful ones, 4 and 5 of the reference evaluator: where these decide, nothing is asked. With True, all is.
CAREFUL = False
# Nor does the product know, in a request of `*`, aws:ResourceAccount, or a Deny of the registry's policy (reading 6).
WITHOUT_RESOURCE = False


def agree(scenario: Scenario) -> None:
    request, policies = scenario
    told = dict(policies)
    if "session" not in BOTH and ":federated-user/" in request["principal"]:
        told["session"] = FULL  # the product cannot be told of one
    expected, layer = decide(request, **told)
    assume(CAREFUL or decide(request, **told, careful=False) == (expected, layer))
    assume(WITHOUT_RESOURCE or request["resource"] != "*" or not (told["resource"] or "ResourceAccount" in str(told)))
    decision = evaluate(Request(**request), **{name: parsed(written) for name, written in policies.items()})
    assert decision.effect == expected, layer
    found = getattr(decision, "layer", None)
    if expected == "ExplicitDeny" and found is not None:
        assert found in explicit_denials(request, **told)


@settings(max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios(BOTH))
def test_every_decision_is_the_reference_evaluators(scenario: Scenario) -> None:
    """Whatever is asked of whichever policies, product and reference decide the same."""
    agree(scenario)


@pytest.mark.slow
@settings(max_examples=50_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios(BOTH))
def test_every_one_of_many_decisions_is_the_reference_evaluators(scenario: Scenario) -> None:
    """The same, in the long run, of many more."""
    agree(scenario)


def test_every_layer_allows_and_denies_often() -> None:
    """The random scenarios are worth asking: each effect, and each layer's explicit and implicit deny, occurs often."""
    counted: Counter[tuple[str, str]] = Counter()

    @settings(
        max_examples=1_500, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(scenarios())
    def count(scenario: Scenario) -> None:
        request, policies = scenario
        counted[decide(request, **policies)] += 1
        if decide(request, **policies)[0] == "ExplicitDeny":
            for layer in explicit_denials(request, **policies):
                counted["denied by", layer] += 1

    count()
    wanted = [("Allow", "identity"), ("Allow", "resource")]
    wanted += [
        ("denied by", each) for each in ("rcp", "scp", "endpoint", "resource", "identity", "boundary", "session")
    ]
    wanted += [("ImplicitDeny", each) for each in ("scp", "endpoint", "resource", "identity", "boundary", "session")]
    assert {each: counted[each] for each in wanted if counted[each] < 10} == {}
