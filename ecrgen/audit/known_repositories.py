"""The repositories that a report is about: those of the files, those that policies name, and those that may come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ecrgen.audit.accounts import Accounts
from ecrgen.audit.traits import traits_of
from ecrgen.catalog.model import Target
from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import Arn
from ecrgen.proof.resources import resource_of

__all__ = ["OTHER", "repositories_of"]

# The name of a repository that there may be some day.
OTHER = "any-other-repository"


def repositories_of(accounts: Accounts, regions: Sequence[str]) -> tuple[str, ...]:
    """The private repositories of the accounts: those of the files, and those that policies name by their ARN.

    One of the name any-other-repository stands for those that do not exist yet, in each region and below each prefix
    that policies name.
    """
    found = {arn for account in accounts.by_id.values() for arn in account.repositories}
    for account in accounts.by_id.values():
        for region in account.regions or regions:
            found.add(f"arn:{account.partition}:ecr:{region}:{account.id}:repository/{OTHER}")
        for principal in (account.principals or {}).values():
            for held in principal.policies:
                if held.document is not None:
                    found.update(examples(traits_of(held.document, "identity").resources))
    return tuple(sorted(arn for arn in found if (parsed := Arn.parse(arn)) and parsed.account in accounts.by_id))


def examples(resources: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """The repositories that policies name, and one for each prefix."""
    for text, variables in resources:
        arn = text.removesuffix("*") + OTHER if text.endswith("*") else text
        if not variables and is_name(arn):
            yield arn


def is_name(text: str) -> bool:
    """Whether a Resource is the ARN of one private repository."""
    arn = Arn.parse(text)
    if arn is None or arn.service != "ecr":
        return False
    try:
        return resource_of(text, "ecr", Target(arn.partition, arn.account, (arn.region,))).arn == text
    except EcrgenError:
        return False
