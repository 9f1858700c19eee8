"""The product's decisions against those of a slow evaluator of our own, on random policies of every kind."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_evaluator import decide, explicit_denials
from scenarios import Scenario, each_condition, scenario

from ecrgen import PolicyDocument, Request, evaluate

# Drawing every choice of a scenario takes far longer than deciding it, so an example is a seed for so many of them.
SCENARIOS = 25
SEEDS = st.integers(0, 2**32 - 1)


def parsed(written: Any) -> Any:
    """Documents as the product takes them, in whatever lists they lie."""
    return [parsed(each) for each in written] if isinstance(written, list) else PolicyDocument.from_dict(written)


def agree(asked: Scenario) -> None:
    expected, layer = decide(asked.request, **asked.policies)
    given_policies = {name: parsed(written) for name, written in asked.policies.items()}
    decision = evaluate(Request(**asked.request), **given_policies)
    assert decision.effect == expected, (layer, asked)
    if expected == "ExplicitDeny":
        assert decision.layer in explicit_denials(asked.request, **asked.policies), asked
    else:
        assert decision.layer == layer, asked


def test_every_condition_is_the_reference_evaluators() -> None:
    """Each condition of the scenarios holds for the same values of its key, in an Allow and in a Deny."""
    for asked in each_condition():
        agree(asked)


@settings(max_examples=60)
@given(SEEDS)
def test_every_decision_is_the_reference_evaluators(seed: int) -> None:
    """Whatever is asked of whichever policies, product and reference decide the same."""
    chance = random.Random(seed)
    for _ in range(SCENARIOS):
        agree(scenario(chance))


@pytest.mark.slow
@settings(max_examples=1_000)
@given(SEEDS)
def test_every_one_of_many_decisions_is_the_reference_evaluators(seed: int) -> None:
    """The same, in the long run, of 25,000."""
    chance = random.Random(seed)
    for _ in range(SCENARIOS):
        agree(scenario(chance))


def test_every_layer_allows_and_denies_often() -> None:
    """The random scenarios are worth asking: each effect, and each layer's explicit and implicit deny, occurs often."""
    counted: Counter[tuple[str, str]] = Counter()
    chance = random.Random(0)
    for _ in range(1_500):
        request, policies = scenario(chance)
        decided = decide(request, **policies)
        counted[decided] += 1
        if decided[0] == "ExplicitDeny":
            for layer in explicit_denials(request, **policies):
                counted["denied by", layer] += 1
    wanted = [("Allow", "identity"), ("Allow", "resource")]
    wanted += [
        ("denied by", each) for each in ("rcp", "scp", "endpoint", "resource", "identity", "boundary", "session")
    ]
    wanted += [("ImplicitDeny", each) for each in ("scp", "endpoint", "resource", "identity", "boundary", "session")]
    assert {each: counted[each] for each in wanted if counted[each] < 10} == {}
