"""The least persona that lets a denied operation through, as a command and as a grant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from ecrgen.audit.denial import MASKED, Denial
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.managed import attached_policy
from ecrgen.catalog.model import Grant, Persona, Target
from ecrgen.catalog.render import has_identity_half, render
from ecrgen.errors import EcrgenError
from ecrgen.policy.access import access
from ecrgen.policy.arn import Arn, partition_of
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.names import ACCOUNT, PERMISSION_SET
from ecrgen.policy.reference import action as known_action
from ecrgen.proof.operations import Answer, Situation, answer, question

__all__ = ["Half", "Remedy", "grantee_of", "grants_giving", "of_repository", "remedy"]

Half = Literal["identity", "repository"]
RESERVED = re.compile(rf"AWSReservedSSO_(?P<name>{PERMISSION_SET})_[0-9a-f]{{16}}")
PLACE = "REPOSITORY"
HARMLESS = ("Read", "List")


@dataclass(frozen=True, slots=True)
class Remedy:
    """A persona with its arguments: the command that renders it, and the entry under `grants:` of a catalog."""

    persona: str
    arguments: Mapping[str, str]
    command: str
    grant: Mapping[str, Any] | None


def grantee_of(catalog: Catalog, denial: Denial) -> str | None:
    """Whom a grant would be to, as a catalog writes it; None where the text does not say, and for whom none can be.

    A principal of another account than the resource or the catalog is written as its ARN.
    """
    caller = denial.caller
    if caller is None:
        return f"account/{denial.account}" if denial.account and denial.across_accounts else None
    if caller.type == "Service":
        return f"service/{caller.name}"
    if caller.type == "Account" and denial.across_accounts:
        return f"account/{caller.account}"
    if caller.type not in ("User", "AssumedRole"):
        return None
    reserved = RESERVED.fullmatch(caller.name)
    elsewhere = catalog.account is not None and caller.account not in (catalog.account, MASKED)
    far = caller.account if denial.across_accounts or elsewhere else ""
    if reserved and caller.type == "AssumedRole":
        return "/".join(filter(None, ("permission-set", far, reserved["name"])))
    arn = denial.role if denial.role and caller.is_session else caller.arn
    return arn if far else arn.split(":", 5)[5]


def remedy(catalog: Catalog, name: str, denial: Denial) -> Remedy | None:
    """The persona that does an operation or action and allows least beside it; None where no persona does.

    One that takes names of repositories comes before one that takes patterns; then the one with the fewest actions
    that change something and are not asked for, and the one with the fewest actions.
    """
    arn = Arn.parse(denial.resource or "")
    repository = arn.resource.removeprefix("repository/") if arn and arn.service in ("ecr", "ecr-public") else None
    target = target_of(catalog, arn)
    found = []
    for number, persona in enumerate(catalog.personas.values()):
        if persona.of_registry:
            continue  # whom it lets in is for the registry's account to say, not for who was denied
        for arguments, pattern in arguments_for(persona, repository or "my-repo"):
            size = size_of(catalog, persona, arguments, target, name, repository or "my-repo")
            if size is not None:
                found.append((pattern, size, number, persona, arguments))
    if not found:
        return None
    _, _, _, persona, arguments = min(found, key=lambda each: each[:3])
    if repository is None:
        arguments = dict.fromkeys(arguments, PLACE)
    return Remedy(
        persona.name, arguments, command(persona, arguments, target, arn), grant(catalog, persona, arguments, denial)
    )


def of_repository(found: Remedy) -> Remedy:
    """The remedy with the command that prints what the repository's own policy has to say for the grantee."""
    if found.grant is None or not all(each.startswith(("arn:", "account/")) for each in found.grant["to"]):
        return found
    to = [f"--to {shell(each)}" for each in found.grant["to"]]
    return replace(found, command=" ".join([found.command, *to, "--repository-policy"]))


def target_of(catalog: Catalog, arn: Arn | None) -> Target:
    """The target that a denied request was for, as far as its resource says so."""
    target = catalog.target()
    if arn is None:
        return target
    account = arn.account if re.fullmatch(ACCOUNT, arn.account) else target.account
    region = arn.region if partition_of(arn.region) else target.regions[0]
    return Target(partition_of(region) or target.partition, account, (region,))


def arguments_for(persona: Persona, repository: str) -> Iterator[tuple[dict[str, str], bool]]:
    """The arguments that name this repository, where the persona needs no others; and whether one is a pattern."""
    required = [parameter for parameter in persona.parameters.values() if parameter.required]
    if any(parameter.type not in ("repository", "repository-pattern") for parameter in required):
        return
    patterns = any(parameter.type == "repository-pattern" for parameter in required)
    prefix = f"{repository.rpartition('/')[0] or repository}/*" if "/" in repository else f"{repository}*"
    yield (
        {each.name: prefix if each.type == "repository-pattern" else repository for each in required},
        patterns,
    )


def size_of(
    catalog: Catalog, persona: Persona, arguments: Mapping[str, str], target: Target, name: str, repository: str
) -> tuple[int, int] | None:
    """How much a persona allows, None where it does not do what is asked: the entries that change something and were
    not asked for, and all entries.
    """
    try:
        policy = render(catalog.bind(persona.name, arguments), target)
        asked = question(catalog, name, repository, Situation(target))
    except EcrgenError:
        return None  # what a persona of this catalog cannot be asked, it is no remedy for
    if answer(asked, identity=[policy]).answer != "yes":
        return None
    wanted = {step.request.action for step in asked.steps}
    given = [entry.action for entry in access(policy) if entry.effect == "Allow"]
    known = [action for name in given if (action := known_action(name)) is not None]
    changing = [each for each in known if each.access_level not in HARMLESS and each.name not in wanted]
    return len(changing), len(given)


def command(persona: Persona, arguments: Mapping[str, str], target: Target, arn: Arn | None) -> str:
    options = [f"--{name.replace('_', '-')} {shell(value)}" for name, value in arguments.items()]
    if arn is not None and arn.service == "ecr" and arguments:
        options += [f"--region {target.regions[0]}"] if partition_of(arn.region) else []
        options += [f"--account {arn.account}"] if re.fullmatch(ACCOUNT, arn.account) else []
    return " ".join(["ecrgen render", persona.name, *options])


def shell(value: str) -> str:
    return value if re.fullmatch(r"[\w./:-]+", value) else "'" + value.replace("'", "'\\''") + "'"


def grant(catalog: Catalog, persona: Persona, arguments: Mapping[str, str], denial: Denial) -> dict[str, Any] | None:
    """The grant under the catalog's `grants:`; None where the text does not say to whom."""
    to, arn = grantee_of(catalog, denial), Arn.parse(denial.resource or "")
    if to is None:
        return None
    place: dict[str, str] = {}
    if arn is not None and arn.service == "ecr":
        if re.fullmatch(ACCOUNT, arn.account) and arn.account != catalog.account:
            place["account"] = arn.account
        if partition_of(arn.region) and catalog.regions != (arn.region,):
            place["region"] = arn.region
    given = {name: [value] for name, value in arguments.items()}
    return {"persona": persona.name, **({"with": given} if given else {}), "to": [to], **place}


def grants_giving(catalog: Catalog, name: str, denial: Denial) -> Iterator[tuple[Grant, Answer]]:
    """The catalog's grants that give an operation or action on the denied resource, always or under conditions."""
    arn = Arn.parse(denial.resource or "")
    caller = denial.caller
    if arn is None and denial.resource != "*":
        return
    target = target_of(catalog, arn)
    principal = caller.principal if caller and caller.account != MASKED else None
    for grant in catalog.grants.values():
        if not has_identity_half(grant):
            continue
        try:
            policy: PolicyDocument = attached_policy(grant, grant.target(target))
            asked = question(
                catalog, name, denial.resource if arn else None, Situation(target, home(principal, target))
            )
        except EcrgenError:
            continue  # a grant for another partition, or of AWS's own policy that is not known, says nothing here
        found = answer(asked, identity=[policy])
        if found.answer != "no":
            yield grant, found


def home(principal: str | None, target: Target) -> str | None:
    """The principal in the account of the target, so that only its own policies are asked."""
    arn = Arn.parse(principal or "")
    return str(Arn(target.partition, arn.service, "", target.account, arn.resource)) if arn else None
