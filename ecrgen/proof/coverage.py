"""Coverage: which persona gives each action of ECR, and how each differs from AWS's own managed policies

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistrypublic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Persona, Target
from ecrgen.errors import EcrgenError
from ecrgen.policy import reference
from ecrgen.policy.access import Difference, diff
from ecrgen.policy.access.named import holds
from ecrgen.policy.aws_policies import AwsPolicy, aws_policies, aws_policies_date
from ecrgen.policy.document import PolicyDocument
from ecrgen.proof.samples import example_arguments, example_policy

__all__ = ["Against", "ComparedPersona", "Coverage", "Covered", "Giver", "actions_given", "coverage"]

OWN = ("ecr:", "ecr-public:")


@dataclass(frozen=True, slots=True)
class Giver:
    """A persona that gives an action, with the optional parameters for which it does so only.

    `limited`: under conditions, or where no Deny takes it back. `registry`: to those whom the registry's policy names.
    """

    persona: str
    parameters: tuple[str, ...] = ()
    limited: bool = False
    registry: bool = False


@dataclass(frozen=True, slots=True)
class Covered:
    """An action of the reference, the personas that give it, and the managed policies of AWS's own that do."""

    action: str
    access_level: str
    personas: tuple[Giver, ...]
    policies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Against:
    """What a managed policy of AWS's own gives that a persona does not (gained), and the reverse (lost).

    In short: `more` are the actions that the policy gives alone, those of other services as it names them, and `less`
    those of the persona alone. `wider` is whether the policy gives an action of both in more places or under fewer
    conditions, `narrower` the reverse.
    """

    policy: AwsPolicy
    differences: tuple[Difference, ...]
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    wider: bool = False
    narrower: bool = False


@dataclass(frozen=True, slots=True)
class ComparedPersona:
    """A persona with example arguments against the policies that give something of the same, the nearest one first.

    One of the `registry` is compared with none: they are for identities. `problems` say what of the persona could not
    be rendered, and so is not known.
    """

    persona: str
    arguments: Mapping[str, object]
    against: tuple[Against, ...] = ()
    problems: tuple[str, ...] = ()
    registry: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """The actions, the personas, and AWS's policies, those that were edited last first.

    The dates are those of the data: the reference's, which does not say since when it has an action, and the policies'.
    `since` is the day from which on what is new is asked for.
    """

    reference_date: date
    policies_date: date
    actions: tuple[Covered, ...]
    personas: tuple[ComparedPersona, ...]
    policies: tuple[AwsPolicy, ...]
    since: date | None = None

    @property
    def edited(self) -> tuple[AwsPolicy, ...] | None:
        """The policies that AWS edited on that day or later; None where none is asked for."""
        return None if self.since is None else tuple(each for each in self.policies if each.edited >= self.since)


# By action, whether it is limited.
Given = Mapping[str, bool]


def coverage(catalog: Catalog, target: Target, since: date | None = None) -> Coverage:
    """The coverage of a catalog's personas, each with example arguments; with `since`, what is new from that day on."""
    givers: dict[str, list[Giver]] = {}
    compared = []
    own = {name: actions_given(policy.document) for name, policy in aws_policies().items()}
    for persona in catalog.personas.values():
        problems: list[str] = []
        for giver, actions in givers_of(catalog, persona, target, problems):
            for action in actions:
                givers.setdefault(action, []).append(giver)
        compared.append(comparison(catalog, persona, target, own, tuple(problems)))
    newest = sorted(aws_policies().values(), key=lambda each: (-each.edited.toordinal(), each.name))
    return Coverage(
        reference.data_date(), aws_policies_date(), tuple(covered(givers, own)), tuple(compared), tuple(newest), since
    )


def covered(givers: Mapping[str, list[Giver]], own: Mapping[str, Given]) -> Iterator[Covered]:
    for name in every_action():
        action = reference.action(name)
        policies = tuple(policy for policy, given in own.items() if name in given)
        yield Covered(name, "" if action is None else action.access_level, tuple(givers.get(name, ())), policies)


def every_action() -> tuple[str, ...]:
    return tuple(name for service in OWN for name in reference.expand(f"{service}*"))


def givers_of(
    catalog: Catalog, persona: Persona, target: Target, problems: list[str]
) -> Iterator[tuple[Giver, Iterable[str]]]:
    """The actions of a persona without its optional parameters, and what comes by each of them and by all together."""
    optional = [parameter.name for parameter in persona.parameters.values() if not parameter.required]
    several = [tuple(optional)] if len(optional) > 1 else []
    told: dict[str, bool] = {}
    for chosen in ((), *((name,) for name in optional), *several):
        try:
            given = actions_given(example(catalog, persona, target, chosen))
        except EcrgenError as error:
            problems.extend(error.problems)
            continue
        new = {action: limited for action, limited in given.items() if limited < told.get(action, 2)}
        for limited in sorted(set(new.values())):
            yield (
                Giver(persona.name, chosen, limited, persona.of_registry),
                [action for action, each in new.items() if each is limited],
            )
        told |= new


def example(catalog: Catalog, persona: Persona, target: Target, beside: Iterable[str] = ()) -> PolicyDocument:
    """A persona's policy with example arguments. Raises EcrgenError for one that cannot be rendered."""
    return example_policy(catalog, persona, example_arguments(persona, beside), target)


def comparison(
    catalog: Catalog, persona: Persona, target: Target, own: Mapping[str, Given], problems: tuple[str, ...]
) -> ComparedPersona:
    arguments = example_arguments(persona)
    if persona.of_registry:
        return ComparedPersona(persona.name, arguments, (), problems, registry=True)
    try:
        document = example(catalog, persona, target)
    except EcrgenError:
        return ComparedPersona(persona.name, arguments, problems=problems)
    mine = actions_given(document)
    sharing = [
        policy for name, policy in aws_policies().items() if policy.attachable and own[name].keys() & mine.keys()
    ]
    against = [against_policy(document, mine, policy, own[policy.name]) for policy in sharing]
    against.sort(key=lambda each: (len(own[each.policy.name].keys() ^ mine.keys()), len(each.differences)))
    return ComparedPersona(persona.name, arguments, tuple(against), problems)


def against_policy(document: PolicyDocument, mine: Given, policy: AwsPolicy, its: Given) -> Against:
    differences = diff(document, policy.document)
    gained = [each for each in differences if each.direction == "gained"]
    lost = [each for each in differences if each.direction == "lost"]
    others = {each.pattern for one in gained for each in one.actions if not each.pattern.startswith(OWN)}
    both = mine.keys() & its.keys()
    return Against(
        policy,
        differences,
        (*sorted(its.keys() - mine.keys()), *sorted(others)),
        tuple(sorted(mine.keys() - its.keys())),
        any(names(each, action) for each in gained for action in both),
        any(names(each, action) for each in lost for action in both),
    )


def actions_given(document: PolicyDocument) -> Given:
    """The actions of ECR that a policy allows on something, and whether each is limited."""
    differences = diff(None, document)
    allowed = [each for each in differences if each.effect == "Allow"]
    denied = [each for each in differences if each.effect == "Deny"]
    given = {}
    for action in every_action():
        giving = [each for each in allowed if names(each, action)]
        if giving:
            surely = any(not each.conditions and not each.uncompared for each in giving)
            given[action] = not surely or any(names(each, action) for each in denied)
    return given


def names(difference: Difference, action: str) -> bool:
    return any(holds(each, action) for each in difference.actions)
