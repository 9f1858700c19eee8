"""The check families: each looks at a whole policy for one kind of mistake, and none knows another."""

from __future__ import annotations

from ecrgen.policy.check.families import (
    actions,
    addresses,
    condition_actions,
    condition_keys,
    condition_sense,
    condition_shape,
    condition_values,
    control,
    ecr,
    ecr_access,
    ecr_docker,
    ecr_policy,
    elements,
    escalation,
    grammar,
    lock_out,
    principals,
    quotas,
    redundancy,
    resources,
    variables,
)
from ecrgen.policy.check.family import Family

__all__ = ["FAMILIES"]

FAMILIES: tuple[Family, ...] = (
    actions.FAMILY,
    addresses.FAMILY,
    condition_actions.FAMILY,
    condition_keys.FAMILY,
    condition_sense.FAMILY,
    condition_shape.FAMILY,
    condition_values.FAMILY,
    control.FAMILY,
    ecr.FAMILY,
    ecr_access.FAMILY,
    ecr_docker.FAMILY,
    ecr_policy.FAMILY,
    elements.FAMILY,
    escalation.FAMILY,
    grammar.FAMILY,
    lock_out.FAMILY,
    principals.FAMILY,
    quotas.FAMILY,
    redundancy.FAMILY,
    resources.FAMILY,
    variables.FAMILY,
)
