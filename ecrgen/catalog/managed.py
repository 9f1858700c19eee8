"""The managed policy of AWS's own that a grant attaches instead of a rendered one (`managed: true`)"""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from ecrgen.catalog.bind import bind_arguments
from ecrgen.catalog.model import BoundPersona, Grant, Persona, Target
from ecrgen.catalog.render import render, render_grant
from ecrgen.errors import EcrgenError
from ecrgen.policy.access import Difference, diff
from ecrgen.policy.aws_policies import AwsPolicy, aws_policies, aws_policy
from ecrgen.policy.document import PolicyDocument

__all__ = [
    "ANY_TARGET",
    "Managed",
    "attached_policy",
    "managed_of_persona",
    "managed_policy",
    "managed_unlike",
    "same_access",
]

# A policy of AWS's own names no account and no region, so a persona that gives the same does not look at these.
ANY_TARGET = Target("aws", "123456789012", ("us-east-1",))


def managed_policy(bound: BoundPersona) -> str | None:
    """The name of AWS's policy, with its path: the one that the persona names, else one that gives the same as it.

    None where there is none, as for what stands in a registry's policy.
    Raises EcrgenError for a persona that cannot be rendered.
    """
    if bound.persona.managed_policy is not None:
        return bound.persona.managed_policy
    if bound.persona.of_registry:
        return None
    found = same_access(render(bound, ANY_TARGET))
    return None if found is None else found.name_in_arn


def managed_unlike(bound: BoundPersona, target: Target) -> tuple[Difference, ...] | None:
    """What AWS's policy gives that the persona with its arguments does not, and the reverse.

    None where it is a policy whose document is not known. Raises EcrgenError for a persona that cannot be rendered.
    """
    known = aws_policy(managed_policy(bound) or "")
    return None if known is None else diff(render(bound, target), known.document)


def attached_policy(grant: Grant, target: Target) -> PolicyDocument:
    """The document that a grant attaches: what it renders to, or the policy of AWS's own.

    Raises EcrgenError for one that cannot be rendered, and for a policy of AWS's own whose document is not known.
    """
    if not grant.managed:
        return render_grant(grant, target)
    name = managed_policy(grant.bound)
    known = aws_policy(name or "")
    if known is None:
        raise EcrgenError(
            f"grant {grant.name}: attaches AWS's own {name}, whose document ecrgen does not have; "
            "save it in a file and give that with --policy"
        )
    return known.document


class Managed(NamedTuple):
    """AWS's policy for a persona without arguments: its name, with version and date where it is known.

    `same` is whether it gives what the persona gives, no more and no less.
    """

    name: str
    same: bool


def managed_of_persona(persona: Persona) -> Managed | None:
    """AWS's policy for a persona, as far as its arguments do not matter; None where it has none."""
    arguments, missing = bind_arguments(persona.parameters, {})
    bound, found = BoundPersona(persona, arguments), None
    if not missing:
        with suppress(EcrgenError):  # what cannot be rendered gives nothing; check says why
            found = same_access(render(bound, ANY_TARGET))
    named = persona.managed_policy
    if named is not None:
        known = aws_policy(named)
        return Managed(str(known or named), known is not None and known == found)
    return None if found is None else Managed(str(found), True)


def same_access(document: PolicyDocument) -> AwsPolicy | None:
    """The policy that gives what a document gives, no more and no less, and that anybody may have; None without one."""
    return next(
        (each for each in aws_policies().values() if each.attachable and not diff(each.document, document)), None
    )
