"""Several accounts, each of a file of its own, asked together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ecrgen.account.account import Account, Principal
from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import Arn
from ecrgen.policy.caller import caller_of
from ecrgen.policy.request import Request

__all__ = ["Accounts"]


class Accounts:
    """Accounts by their ids. What one file says of the organisation above the others holds for them, too."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        given = tuple(accounts)
        above = {account: found for each in given for account, found in each.organizations.items()}
        self.by_id: dict[str, Account] = {}
        for account in given:
            other = self.by_id.get(account.id)
            if other is not None:
                raise EcrgenError(
                    f"{account.source}: is of account {account.id}, and so is {other.source}; give one file for each"
                )
            self.by_id[account.id] = replace(account, organizations={**above, **account.organizations})

    def of_arn(self, text: str) -> Account | None:
        """The account of what has this ARN; None where no file has it."""
        arn = Arn.parse(text)
        return None if arn is None else self.by_id.get(arn.account)

    def principal(self, principal: str) -> Principal | None:
        """The user or role that a principal is, or is a session of; None for a kind that has no identity policies.

        Raises EcrgenError where no file has it.
        """
        caller = caller_of(principal)
        if caller is None or not caller.account:
            return None
        account = self.by_id.get(caller.account)
        if account is None:
            of = ", ".join(self.by_id)
            raise EcrgenError(f"no file holds account {caller.account}, only {of}; give its snapshot with --state, too")
        return account.principal(caller)

    def owner(self, request: Request) -> Account | None:
        """The account of a request's resource; of `*`, the caller's own."""
        return self.of_arn(request.principal if request.resource == "*" else request.resource)
