"""What accounts say of a request that was denied: the statements to blame, or why it would be allowed now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ecrgen.audit.accounts import Accounts
from ecrgen.audit.denial import Denial
from ecrgen.audit.standing import Found, Standing, answer_of
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Target
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words
from ecrgen.policy.arn import Arn
from ecrgen.policy.layers import TERMS, Layer
from ecrgen.proof.operations import Situation, question
from ecrgen.proof.wording import cause_of, with_names

__all__ = ["Blame", "by_accounts"]


class Blame(NamedTuple):
    """Sentences about a denial, and the kind of policy that decided it; None where none did, or it is not known."""

    causes: tuple[str, ...] = ()
    lacking: Layer | None = None


def by_accounts(catalog: Catalog, accounts: Accounts, denial: Denial) -> Blame:
    """What is to blame for a denial by all that accounts have; a sentence that says why, where they cannot tell."""
    if denial.principal is None or denial.action is None or denial.resource is None:
        lacking = [name for name in ("principal", "action", "resource") if getattr(denial, name) is None]
        return Blame((f"The text does not name the {in_words(lacking, 'or')}, so the state cannot be asked.",))
    arn = Arn.parse(denial.resource) or Arn.parse(denial.principal)
    region = next((each.regions[0] for each in accounts.by_id.values() if each.regions), "us-east-1")
    account, partition = (arn.account, arn.partition) if arn else ("", "aws")
    target = Target(partition, account, ((arn.region if arn else "") or region,))
    resource = None if denial.resource == "*" else denial.resource
    try:
        asked = question(catalog, denial.action, resource, Situation(target, denial.principal))
        found = answer_of(accounts, asked, Standing())
    except EcrgenError as error:
        return Blame(tuple(f"The state cannot be asked: {problem}." for problem in error.problems))
    missing = (
        {step.decision.layer for step in found.told.asked if step.answer == "no"} if found.answer == "no" else set()
    )
    return Blame(tuple(sentences(found)), missing.pop() if len(missing) == 1 else None)


def sentences(found: Found) -> Iterator[str]:
    """The cause of each step that is not allowed, and what the answer leaves open."""
    for step, standing in zip(found.told.asked, found.standings, strict=True):
        cause = with_names(cause_of(step), standing.names(), all_named=True)
        match step.answer:
            case "no" if found.answer == "if" and any(held.document is None for held in standing.resource):
                yield f"The state says that {step.request.action} depends on policies that it does not hold."
            case "no":
                yield f"The state says: {cause}."
            case "if":
                yield f"The state says that {step.request.action} depends on the request: {cause}."
            case "yes" if found.answer == "yes":
                action = step.request.action
                yield f"The state says that {action} is allowed by {cause}. What denied it is not in the state."
            case _:
                pass
    for held in found.unknown:
        yield f"The state does not tell all: {held}: {held.unknown}."
    if found.not_considered:
        yield f"The state does not hold: {in_words(TERMS[layer] for layer in found.not_considered)}."
