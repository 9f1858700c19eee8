"""What rules tell apart without saying so: the actions of a wildcard, and the members of an account"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from ecrgen.policy.access.spelling import Spelling
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.permission import Permission

__all__ = ["known_actions", "members_of_accounts"]

SERVICE_ACTIONS = re.compile(r"(?P<service>[a-z0-9-]+):.+", re.DOTALL)
MEMBER = re.compile(r"AWS:arn:(?P<partition>[^:]+):(?:iam|sts)::(?P<account>[^:]+):.+", re.DOTALL)


def members_of_accounts(rules: Sequence[Permission]) -> dict[Pattern, tuple[Pattern, int]]:
    """For a principal of an account, the account's own pattern and the rules that deny: a Deny of an account is one of
    everybody in it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts
    """
    denying = sum(1 << place for place, rule in enumerate(rules) if rule.effect == "Deny")
    found: dict[Pattern, tuple[Pattern, int]] = {}
    for pattern in {pattern for rule in rules for pattern in rule.principals.patterns} if denying else ():
        member = MEMBER.fullmatch(pattern.spelling)
        if member:
            account = Pattern(f"AWS:arn:{member['partition']}:iam::{member['account']}:root")
            found[pattern] = account, denying
    return found


def known_actions(permissions: Sequence[Permission], spelling: Spelling) -> list[Pattern]:
    """The actions of the reference to tell apart: of services where a wildcard is not all that is said.

    `*` and other patterns of many services are not expanded.
    """
    services: dict[str, set[Pattern]] = defaultdict(set)
    for pattern in {pattern for each in permissions for pattern in each.actions.patterns}:
        found = SERVICE_ACTIONS.fullmatch(pattern.spelling)
        if found:
            services[found["service"]].add(pattern)
    known: dict[Pattern, str] = {}
    for said in services.values():
        wild = [pattern for pattern in said if not pattern.is_text]
        if wild and len(said) > 1:
            from ecrgen.policy.reference import expand  # reads data of several megabytes

            known |= {
                Pattern.of(name, "action"): name for pattern in wild for name in expand(spelling.patterns[pattern])
            }
    spelling.patterns |= known
    return sorted(known)
