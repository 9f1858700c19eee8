"""What of a grant does not go together: its grantees with their places, its guards, and AWS's own policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from ecrgen.catalog.grantees import IamEntity, Service, account_of, grantees_of, misplaced
from ecrgen.catalog.model import BoundGuard, Grant

__all__ = ["Unsuitable", "unsuitable"]


class Unsuitable(NamedTuple):
    """What is wrong in a grant: the key, the text or the number of the value there, and the message."""

    key: Literal["to", "guards", "managed"]
    value: str | int
    message: str


def unsuitable(grant: Grant, home: str | None, partition: str | None) -> Iterator[Unsuitable]:
    """All that does not go together, as far as it is known without an account.

    `home` is the catalog's own account and `partition` its partition; None is one that nobody names yet.
    """
    grantees = grantees_of(grant.to)
    registry = grant.account or home
    for text, grantee in grantees.items():
        wrong = misplaced(grantee, home, registry, partition)
        if wrong:
            yield Unsuitable("to", text, wrong)
        elif grant.managed and not isinstance(grantee, IamEntity):
            yield Unsuitable("to", text, f"{text}: AWS's own policy is attached to roles, users and groups only")
        elif grant.managed and registry is not None and account_of(grantee, home) != registry:
            message = f"{text}: AWS's own policy names no repository, so it lets nobody of another account in"
            yield Unsuitable("to", text, f"{message}; leave managed out")
    services = {text: grantee for text, grantee in grantees.items() if isinstance(grantee, Service)}
    yield from of_guards(grant, services)


def of_guards(grant: Grant, services: Mapping[str, Service]) -> Iterator[Unsuitable]:
    """What is wrong with the guards for these services.

    Somebody could make a service ask for what only the service may have: the confused deputy.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    for number, guard in enumerate(grant.guards):
        if guard.guard.only_for == "services" and not services:
            message = f"guard {guard}: nobody but an AWS service meets it; grant to service/NAME, or leave it out"
            yield Unsuitable("guards", number, message)
        if services and not met_by_services(guard):
            message = f"guard {guard}: no AWS service ever meets it; give {next(iter(services))} a grant of its own"
            yield Unsuitable("guards", number, message)
    if not any(guard.guard.only_for == "services" for guard in grant.guards):
        for text in services:
            yield Unsuitable(
                "to",
                text,
                f"{text}: anybody could make this service ask for them; "
                "add guard source-account=ID or source-arn=ARN, whose requests it may make",
            )


def met_by_services(guard: BoundGuard) -> bool:
    """False for a guard about what the request of a service has not, such as MFA or the caller's own tags."""
    return guard.guard.only_for != "identities" and "${" not in str(guard)
