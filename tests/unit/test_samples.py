"""Samples: what `show` says of a persona is what can and check say."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrgen import Catalog
from ecrgen.catalog.model import BoundGuard, BoundPersona
from ecrgen.errors import EcrgenError
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Decision, Request, evaluate
from ecrgen.proof.cautions import broken_operations
from ecrgen.proof.expectations import EXAMPLE_TARGET
from ecrgen.proof.operations import Situation, question
from ecrgen.proof.registry_half import decided
from ecrgen.proof.samples import sample_of

BUILTIN = Catalog.load()
SAMPLES = {name: sample_of(BUILTIN, persona, EXAMPLE_TARGET) for name, persona in BUILTIN.personas.items()}


def decided_by_identity(request: Request, policy: PolicyDocument) -> Decision:
    return evaluate(request, identity=[policy])


@pytest.mark.parametrize("name", BUILTIN.personas)
def test_the_operations_of_a_sample_are_those_that_are_allowed(name: str) -> None:
    """An operation is named if all of its requests are allowed by the policy that is shown, and only then."""
    sample = SAMPLES[name]
    assert sample.policy is not None
    assert sample.given is not None
    allowed = []
    for operation in BUILTIN.operations.values():
        on = sample.given.repository if operation.on == "repository" else None
        who = sample.persona.expect[0].principal if sample.persona.of_registry else None
        asked = question(BUILTIN, operation.name, on, Situation(EXAMPLE_TARGET, who))
        decide = decided if sample.persona.of_registry else decided_by_identity
        if all(decide(step.request, sample.policy).allowed for step in asked.steps):
            allowed.append(operation.name)
    assert list(sample.given.operations) == allowed
    assert allowed or sample.given.actions
    own = BUILTIN.operations.get(name)  # pull is for pull, push for push
    assert own is None or name in allowed


@pytest.mark.parametrize("name", BUILTIN.personas)
def test_a_guard_that_breaks_an_operation_does_not_fit(name: str) -> None:
    """A guard does not fit where check would find it to break an operation always, and a service's is for services."""
    sample = SAMPLES[name]
    for suited in sample.guards:
        guard = suited.guard
        bound = BoundPersona(sample.persona, {}, (BoundGuard(guard),))
        assert sample.policy is not None
        found = list(broken_operations(BUILTIN.operations, bound, sample.policy))
        always = bool(found) and " can fail" not in found[0].message
        assert bool(suited.breaks) == always
        assert not (suited.fits and (always or guard.only_for == "services"))
        assert bool(suited.caution) >= bool(found)


def test_a_persona_that_cannot_be_rendered_says_why(tmp_path: Path) -> None:
    """A sample of a broken template has the problem in the place of a policy."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/broken.j2").write_text("{{ nosuch }}")
    (tmp_path / "site.yaml").write_text("version: 1\npersonas: {broken: {summary: Broken, template: broken.j2}}\n")
    catalog = Catalog.load(tmp_path / "site.yaml")
    sample = sample_of(catalog, catalog.personas["broken"], EXAMPLE_TARGET)
    assert sample.policy is None
    assert "nosuch" in sample.problem
    with pytest.raises(EcrgenError, match="nosuch"):
        catalog.render("broken")
