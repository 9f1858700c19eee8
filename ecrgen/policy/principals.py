"""What Principal and NotPrincipal say of a caller.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

from typing import Literal, assert_never

from ecrgen.policy.caller import Caller, caller_of
from ecrgen.policy.elements import Effect

__all__ = ["Principals", "Reach"]

# How a Principal names a caller: itself; among others, so that its permissions boundary and session policy still limit
# what it is given; or only its account, which then has to allow it too.
Reach = Literal["caller", "limited", "account"]


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
        """The way in which these values name the caller, by the form that reaches furthest; None where none does.

        The ARN of a user, a role's session or a federated user names just that; the ARN of a role names whoever has
        the role, within the limits of each of them.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
        """
        if self.names_itself(caller):
            return "caller" if caller.type != "AssumedRole" or caller.is_session else "limited"
        if self.everyone or self.names_role(caller):
            return "limited"
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
