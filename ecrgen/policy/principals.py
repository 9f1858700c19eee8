"""Callers and policies: what Principal and NotPrincipal say of a caller, and whose policies have to allow a request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

from typing import Literal, assert_never

from ecrgen.policy.elements import Effect
from ecrgen.policy.request import Caller, Request, caller_of

__all__ = ["Needs", "Principals", "Reach", "needs"]

# How a Principal names a caller: itself (or everyone), or only its account, which then has to allow it too.
Reach = Literal["caller", "account"]
# Whose policies have to allow a request before it is allowed.
Needs = Literal["nobody", "either", "both", "resource"]


def needs(request: Request) -> Needs:
    """Whose Allow a request needs, where nothing denies it.

    The root user needs nobody's in the own account and only the resource policy's in another; an AWS service has no
    identity policies; everybody else needs either in the own account and both across accounts. A resource without an
    account in its ARN (and `*`) counts as the caller's own.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    """
    caller = request.caller
    if caller is None:
        return "either"
    if caller.type == "Service":
        return "resource"
    owner = None if request.resource == "*" else request.keys.get("aws:resourceaccount")
    own = owner is None or (owner == caller.account and request.resource.split(":", 2)[1] == caller.partition)
    if caller.type == "Account":
        return "nobody" if own else "resource"
    return "either" if own else "both"


class Principals:
    """The values of one Principal or NotPrincipal. Names are exact: only `*` alone is a wildcard.

    `roles` are partition, account and name of the roles: a session's ARN has no path, and names are unique without it.
    """

    __slots__ = ("everyone", "names", "roles", "services")

    def __init__(self, pairs: tuple[tuple[str, str], ...]) -> None:
        self.everyone = ("*", "*") in pairs or ("AWS", "*") in pairs
        self.names = frozenset(value for kind, value in pairs if kind == "AWS")
        self.services = frozenset(value for kind, value in pairs if kind == "Service")
        self.roles = frozenset(
            (role.partition, role.account, role.name)
            for role in map(caller_of, self.names)
            if role is not None and role.type == "AssumedRole" and not role.is_session
        )

    def reach(self, caller: Caller) -> Reach | None:
        """The way in which a Principal of these values names the caller; None where it does not."""
        if self.everyone or self.names_itself(caller) or self.names_role(caller):
            return "caller"
        if self.names_account(caller):
            return "caller" if caller.type == "Account" else "account"
        return None

    def excepts(self, caller: Caller, effect: Effect) -> bool:
        """True where a NotPrincipal of these values leaves the caller out.

        Of a Deny only where it names the caller's account, and user or role, and session: AWS checks each of them.
        Of an Allow (which AWS does not support any more) where it names any of them.
        """
        match caller.type:
            case "Service":
                links = [self.names_itself(caller)]
            case "Account":
                links = [self.names_account(caller)]
            case "User" | "FederatedUser":
                links = [self.names_account(caller), self.names_itself(caller)]
            case "AssumedRole":
                links = [self.names_account(caller), self.names_itself(caller)]
                if caller.is_session:
                    links.append(self.names_role(caller))
            case _:
                assert_never(caller.type)
        return self.everyone or (all(links) if effect == "Deny" else any(links))

    def names_itself(self, caller: Caller) -> bool:
        return caller.principal in (self.services if caller.type == "Service" else self.names)

    def names_account(self, caller: Caller) -> bool:
        return bool(caller.account) and (caller.root in self.names or caller.account in self.names)

    def names_role(self, caller: Caller) -> bool:
        """True where the role of a session is named; a role without a session is named by its ARN only."""
        return caller.is_session and (caller.partition, caller.account, caller.name) in self.roles
