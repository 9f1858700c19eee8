"""Files of accounts, for the commands that ask what an account really gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from ecrgen.account.account import Account, Held
from ecrgen.account.read_account import read_account
from ecrgen.audit.accounts import Accounts
from ecrgen.audit.standing import Standing, answer_of
from ecrgen.catalog.model import Target
from ecrgen.cli.documents import Named, read_text
from ecrgen.cli.limits import Limiting
from ecrgen.cli.views.answer import Answered
from ecrgen.errors import EcrgenError, Problems
from ecrgen.policy.arn import Arn
from ecrgen.proof.operations import Question

__all__ = ["States", "at_home", "gaps", "of_accounts", "read_accounts"]

States = Annotated[
    list[str] | None,
    typer.Option(
        "--state",
        metavar="FILE",
        help="What an account has: a snapshot, or what `aws iam get-account-authorization-details` wrote; "
        "again for more accounts, - is standard input.",
    ),
]


def read_accounts(names: Sequence[str]) -> Accounts:
    """The accounts of these files. Raises EcrgenError with every problem."""
    problems = Problems()
    accounts: list[Account] = []
    if names.count("-") > 1:
        raise EcrgenError("-: standard input can be read once only")
    for name in names:
        with problems.collected():
            accounts.append(read_account(name, read_text(name)))
    problems.stop()
    return Accounts(accounts)


def at_home(accounts: Accounts, target: Target, principal: str) -> Target:
    """The target with what the files say in place of AWS's examples: the caller's account, and its only region."""
    account = accounts.of_arn(principal)
    if account is not None and "account" in target.examples:
        target = replace(
            target, account=account.id, partition=account.partition, examples=target.examples - {"account"}
        )
    owner = accounts.by_id.get(target.account)
    if owner is not None and "region" in target.examples and len(owner.regions) == 1:
        target = replace(target, regions=owner.regions, examples=target.examples - {"region"})
    return target


def of_accounts(accounts: Accounts, asked: Question, limiting: Limiting) -> Answered:
    """The answer of all that accounts have to a question. Raises EcrgenError where no file has the caller."""
    found = answer_of(accounts, asked, given_beside(limiting))
    names = tuple(standing.names() for standing in found.standings)
    unknown = tuple(f"{held}: {held.unknown}" for held in found.unknown)
    return Answered(found.told, names[-1], found.answer, found.missing, found.not_considered, names, unknown)


def gaps(accounts: Accounts, about: str) -> Iterator[str]:
    """Words about the repository that a question is about, where its account's file does not have it, and the gaps."""
    arn = Arn.parse(about)
    owner = accounts.of_arn(about)
    known = set(owner.repositories) if owner else set()
    listed = owner.registries.keys() - owner.unlisted.keys() if owner else ()
    if arn and owner and arn.region in listed and "*" not in about and about not in known:
        yield f"{owner.source}: has no repository {about}; asked as if there were one without a policy"
    for account in accounts.by_id.values():
        yield from (f"{account.source}: could not be read whole: {words}" for words in account.unread)


def given_beside(limiting: Limiting) -> Standing:
    """The policies that limit, as what no file tells. Raises EcrgenError for a boundary, which a file does tell."""
    if limiting.boundary is not None:
        raise EcrgenError("--boundary: the file of the account says whose boundary is which; leave it out")
    return Standing(
        session=held(limiting.session),
        scps=tuple(tuple(map(of, level)) for level in limiting.scps),
        rcps=tuple(tuple(map(of, level)) for level in limiting.rcps),
        endpoint=held(limiting.endpoint),
    )


def held(policy: Named | None) -> Held | None:
    return None if policy is None else of(policy)


def of(policy: Named) -> Held:
    return Held(policy.name, policy.document)
