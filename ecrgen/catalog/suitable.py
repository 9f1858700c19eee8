"""What of a persona or a grant does not go together: grantees with their places, guards, and AWS's own policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from ecrgen.catalog.grantees import (
    EXAMPLES,
    AnAccount,
    Grantee,
    IamEntity,
    Service,
    account_of,
    grantees_of,
    kind_of,
)
from ecrgen.catalog.model import BoundGuard, Grant, Persona
from ecrgen.messages import in_words

__all__ = ["Unsuitable", "example_grantee", "out_of_place", "unsuitable", "unsuitable_persona"]


class Unsuitable(NamedTuple):
    """What is wrong in a grant: the key, the text or the number of the value there, and the message."""

    key: Literal["persona", "to", "guards", "managed"]
    value: str | int
    message: str


def unsuitable_persona(persona: Persona) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """All of a persona that does not go together, each with its place below the persona."""
    if persona.of_registry and persona.managed_policy is not None:
        yield ("managed_policy",), "AWS's managed policies are attached to grantees; a registry's policy takes none"
    for index, expectation in enumerate(persona.expect):
        place = ("expect", index)
        if not persona.of_registry:
            if expectation.to:
                yield (*place, "to"), "is for a persona with policy: registry, whose policy names its grantees"
            continue
        if not expectation.to:
            yield place, f"no to; say whom the registry's policy names, such as to: {example_grantee(persona)}"
        if expectation.principal is None:
            yield place, "no as; say who asks, such as as: arn:aws:iam::444455556666:role/ci"
        for number, (text, grantee) in enumerate(grantees_of(expectation.to).items()):
            wrong = not_for(persona, text, grantee)
            if wrong:
                yield (*place, "to", number), wrong


def example_grantee(persona: Persona) -> str:
    """A grantee that a persona is for, to show what one looks like."""
    return next((EXAMPLES[kind] for kind in persona.to if kind in EXAMPLES), EXAMPLES["account"])


def not_for(persona: Persona, text: str, grantee: Grantee) -> str | None:
    """Why a persona is not for such a grantee, in words; None where it is."""
    if not persona.to or kind_of(grantee) in persona.to:
        return None
    return f"{text}: {persona.name} is for {in_words([f'{each}/…' for each in persona.to], 'or')} only"


def out_of_place(
    persona: Persona, grantee: Grantee, home: str | None, registry: str | None, partition: str | None
) -> str | None:
    """Why a grantee cannot have a persona's access in the account `registry`, in words; None where it can.

    `home` is the catalog's own account, `partition` that of the repositories; None is one that is not known yet.
    """
    wrong = unnameable(grantee, home, registry) if persona.of_registry else None
    return wrong or misplaced(grantee, home, registry, partition)


def unnameable(grantee: Grantee, home: str | None, registry: str | None) -> str | None:
    """Why the policy of the registry of account `registry` cannot give to a grantee, in words; None where it can.

    An account that is named whole gives to its principals by their identity policies, so that naming one's own gives
    nothing. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    kind = kind_of(grantee)
    if kind == "group":
        return f"{grantee}: a registry's policy can name no group; name roles or users"
    if kind in ("account", "permission-set") and registry is not None and account_of(grantee, home) == registry:
        what = "as a whole" if kind == "account" else "by a permission set"
        return f"{grantee}: a registry's policy gives nothing to its own account {what}; name roles or users there"
    return None


def misplaced(grantee: Grantee, home: str | None, registry: str | None, partition: str | None) -> str | None:
    """Why a grantee cannot have what is in the account `registry`, in words; None where it can.

    `home` is the catalog's own account, `partition` that of the repositories; None is one that is not known yet.
    """
    if isinstance(grantee, IamEntity) and None not in (grantee.partition, partition) and grantee.partition != partition:
        return f"{grantee}: is of partition {grantee.partition}, and nobody has access to repositories of {partition}"
    account = account_of(grantee, home)
    if account is None or registry is None:
        return None
    if isinstance(grantee, AnAccount) and account == registry:
        return (
            f"{grantee}: is the account of the repositories, where identity policies are enough; "
            "name the roles, users or groups"
        )
    if isinstance(grantee, IamEntity) and grantee.kind == "group" and account != registry:
        return (
            f"{grantee}: a repository policy of account {registry} can name no group of account {account}; "
            f"name roles or users, or account/{account}"
        )
    return None


def unsuitable(grant: Grant, home: str | None, partition: str | None) -> Iterator[Unsuitable]:
    """All that does not go together, as far as it is known without an account.

    `home` is the catalog's own account and `partition` its partition; None is one that nobody names yet.
    """
    grantees = grantees_of(grant.to)
    registry = grant.account or home
    if grant.persona.of_registry and not grant.to:
        name = grant.persona.name
        yield Unsuitable(
            "persona",
            name,
            f"{name} names its grantees in the registry's policy; add to: {example_grantee(grant.persona)}",
        )
    for text, grantee in grantees.items():
        wrong = not_for(grant.persona, text, grantee)
        wrong = wrong or out_of_place(grant.persona, grantee, home, registry, partition)
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
