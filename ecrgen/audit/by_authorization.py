"""What IAM keeps of a denied request: in place of what its message tells, and as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ecrgen.account.authorization import Authorization, Check, Evaluated, Evaluation, Matched
from ecrgen.audit.denial import Denial
from ecrgen.messages import in_words
from ecrgen.policy.layers import TERMS, Layer

__all__ = ["Said", "by_authorization", "denial_of", "keys_of", "policies_of"]


@dataclass(frozen=True, slots=True)
class Said:
    """A policy that was looked at, and the Sids of its statements that matched."""

    policy: Evaluated
    allowing: tuple[str, ...] = ()
    denying: tuple[str, ...] = ()


def denial_of(told: Denial, found: Authorization) -> Denial:
    """The denial with what AWS says of it: the action and resource, the layer that decided, how, and its policy.

    Where several checks deny in the same way, the layer is that of the first in AWS's order.
    """
    one = decisive(told, found)
    if one is None or one.effect not in ("implicit", "explicit"):
        return told
    layer, policies = layer_of(one, found.policies)
    principal = found.keys(one).get("aws:principalarn")
    arn = principal if isinstance(principal, str) else None
    return replace(
        told,
        principal=told.principal or arn,
        action=one.action,
        resource=one.resource,
        layer=layer,
        effect=one.effect,
        policy=next((each.uri for each in policies if each.denying and each.uri.startswith("arn:")), None),
        role=arn if arn and ":role/" in arn else told.role,
    )


def keys_of(told: Denial, found: Authorization) -> dict[str, Any]:
    """The context keys of the request, in lower case, with their values."""
    one = decisive(told, found)
    return {} if one is None else found.keys(one)


def decisive(told: Denial, found: Authorization) -> Evaluation | None:
    """The evaluation that a message is about: of its action and resource, of its action, or the first that denied."""
    denied = [each for each in found.evaluations if each.effect in ("implicit", "explicit")]
    return min(denied, default=None, key=lambda each: (not is_about(told, each), each.resource != told.resource))


def is_about(told: Denial, one: Evaluation) -> bool:
    return one.action.lower() == (told.action or "").lower()


def layer_of(one: Evaluation, policies: Iterable[Evaluated]) -> tuple[Layer | None, tuple[Matched, ...]]:
    """The layer that denied, with the policies that matched; where AWS shows no checks, that of a policy's Deny."""
    for check in one.checks or ():
        if check.effect == one.effect:
            return check.layer, check.matched
    denying = {each.uri: each for each in one.matched if each.denying}
    return next(((each.layer, (denying[each.uri],)) for each in policies if each.uri in denying), (None, ()))


def by_authorization(told: Denial, found: Authorization) -> Iterator[str]:
    """Sentences about what AWS looked at, those that deny first."""
    one = decisive(told, found)
    if one is None:
        yield "By AWS, none of what it evaluated for the request was denied; it does not say why the request was."
        return
    named = {each.uri: each for each in found.policies}
    if not is_about(told, one) and told.action is not None:
        yield f"By AWS, {one.action} on {one.resource} was denied, not {told.action}."
    if one.checks is None:
        yield (
            "AWS shows the checks of a request to the account and the organization of whoever was denied: "
            "ask as somebody there."
        )
    for check in one.checks or ():
        if check.effect == "explicit":
            yield from denied_by(check, named)
        elif check.effect == "implicit":
            yield f"By AWS, no {term(check)} allows it{looked_at(check, found.policies)}."
    others = [each for each in found.evaluations if each is not one and each.effect in ("implicit", "explicit")]
    if others:
        yield f"By AWS, also denied: {in_words(f'{each.action} on {each.resource}' for each in others)}."
    yield from (f"AWS does not show {each}: {each.unread}." for each in found.policies if each.unread)


def denied_by(check: Check, named: dict[str, Evaluated]) -> Iterator[str]:
    denying = [each for each in check.matched if each.denying]
    for each in denying:
        statements = in_words(sid or "without a Sid" for sid in each.denying)
        yield f"By AWS, statement {statements} of {named.get(each.uri, each.uri)} denies it ({term(check)})."
    if not denying:
        yield f"By AWS, a {term(check)} denies it, which it does not show."


def term(check: Check) -> str:
    """The kind of policies of a check, with those whose they are where there are several."""
    words = TERMS[check.layer] if check.layer else f"policy of check {check.name}"
    return f"{words} of {check.target}" if check.target else words


def looked_at(check: Check, policies: Iterable[Evaluated]) -> str:
    """The policies that could have allowed it, in words."""
    asked = [
        str(each)
        for each in policies
        if each.layer == check.layer and (check.target is None or check.target in each.attached)
    ]
    return f"; it looked at {in_words(asked)}" if asked else "; there is none" if check.layer else ""


def policies_of(told: Denial, found: Authorization) -> tuple[Said, ...]:
    """The policies that AWS looked at, each with the statements that matched for the request."""
    one = decisive(told, found)
    matched = [] if one is None else [*one.matched, *(each for check in one.checks or () for each in check.matched)]
    return tuple(
        Said(
            policy,
            tuple(dict.fromkeys(sid for each in matched if each.uri == policy.uri for sid in each.allowing)),
            tuple(dict.fromkeys(sid for each in matched if each.uri == policy.uri for sid in each.denying)),
        )
        for policy in found.policies
    )
