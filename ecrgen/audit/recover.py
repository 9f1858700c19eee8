"""Recovering: a policy → the personas, with arguments and guards, that together decide what it decides

What is tried is read from the policy's text; what is found is proven by comparing access, so that a wrong reading costs
time and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from ecrgen.audit.imported import Candidate, Near
from ecrgen.audit.readings import Place, arguments_of, guards_of, places_of
from ecrgen.catalog.bind import bind_arguments
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.managed import ANY_TARGET
from ecrgen.catalog.model import BoundPersona, Persona, Target
from ecrgen.catalog.render import render
from ecrgen.errors import EcrgenError
from ecrgen.policy.access import Difference, diff
from ecrgen.policy.document import PolicyDocument
from ecrgen.proof.coverage import actions_given
from ecrgen.proof.samples import example_arguments

__all__ = [
    "MOST_NEAR",
    "Least",
    "actions_in",
    "bound_to",
    "example_texts",
    "is_contained",
    "least_actions",
    "nearest",
    "needed",
    "recovered",
]

# The actions that each persona names at least.
Least = Mapping[str, frozenset[str]]

# So many personas are compared to find the nearest one, and so many together are tried as a union.
MOST_NEAR = 4
MOST_TOGETHER = 64


def recovered(catalog: Catalog, least: Least, document: PolicyDocument, home: Target) -> tuple[Candidate, ...]:
    """The personas that together decide what a policy decides; none where there are no such.

    One where one does it, else those contained in it, without any that the others make needless. `least` is what
    `least_actions` says of the catalog.
    """
    places = places_of(document, home)
    contained: list[Candidate] = []
    for candidate in candidates(catalog, least, document, places):
        differences = diff(document, candidate.policy)
        if not differences:
            return (candidate,)
        if is_contained(differences):
            contained.append(candidate)
    found = needed(document, tuple(joined(catalog, contained)))
    if found or len(contained) > MOST_TOGETHER:
        return found
    known = {kind_of(each) for each in contained}
    apart = [each for place in places for each in one_by_one(place)]
    contained += [
        candidate
        for candidate in candidates(catalog, least, document, apart)
        if kind_of(candidate) not in known and is_contained(diff(document, candidate.policy))
    ]
    return needed(document, tuple(joined(catalog, contained)))


def is_contained(differences: Iterable[Difference]) -> bool:
    """True where whoever gets a persona in place of the policy gains nothing."""
    return all(each.direction == "lost" for each in differences)


def kind_of(candidate: Candidate) -> tuple[object, ...]:
    """All of a candidate but the names of repositories."""
    bound = candidate.bound
    others = tuple((name, value) for name, value in bound.arguments.items() if not names_repositories(bound, name))
    return bound.persona.name, candidate.target, bound.guards, others


def candidates(
    catalog: Catalog, least: Least, document: PolicyDocument, places: Iterable[Place]
) -> Iterator[Candidate]:
    """Every persona of whose actions the policy has all, with what could be its arguments and guards."""
    actions = {action.lower() for each in document.statements for action in each.actions}
    wide = any("*" in action or "?" in action for action in actions)
    for place in places:
        guards = guards_of(catalog, document, place.target)
        for persona in catalog.personas.values():
            if persona.name not in least or not (wide or least[persona.name] <= actions):
                continue
            for arguments in arguments_of(persona, place, document):
                for texts in guards:
                    found = candidate_of(catalog, persona, arguments, texts, place.target)
                    if found is not None and (wide or actions_in(found.policy) <= actions):
                        yield found


def candidate_of(
    catalog: Catalog,
    persona: Persona,
    arguments: Mapping[str, tuple[str, ...]],
    guards: tuple[str, ...],
    target: Target,
) -> Candidate | None:
    """The persona with these arguments and guards; None where it does not take them, or has no identity policy."""
    bound = None if persona.of_registry else bound_to(catalog, persona, arguments, guards)
    try:
        return None if bound is None else Candidate(bound, target, render(bound, target))
    except EcrgenError:
        return None


def bound_to(
    catalog: Catalog, persona: Persona, arguments: Mapping[str, tuple[str, ...]], guards: tuple[str, ...]
) -> BoundPersona | None:
    """The persona bound to these arguments and guards; None where it does not take them."""
    given = {name: list(values) if persona.parameters[name].many else values[0] for name, values in arguments.items()}
    if any(len(arguments[name]) > 1 for name in given if not persona.parameters[name].many):
        return None
    try:
        return catalog.bind(persona.name, given, guards)
    except EcrgenError:
        return None


def least_actions(catalog: Catalog) -> Least:
    """The actions that each persona names at least: with its required parameters alone, as examples have them."""
    found = {}
    for persona in catalog.personas.values():
        arguments = bind_arguments(persona.parameters, example_arguments(persona))[0]
        with suppress(EcrgenError):  # one that cannot be rendered is no candidate either
            found[persona.name] = actions_in(render(BoundPersona(persona, arguments), ANY_TARGET))
    return found


def actions_in(document: PolicyDocument) -> frozenset[str]:
    return frozenset(action.lower() for each in document.statements for action in each.actions)


def one_by_one(place: Place) -> Iterator[Place]:
    """Each repository of a place by itself, where there are several."""
    if len(place.names) + len(place.patterns) > 1:
        yield from (replace(place, names=(name,), patterns=()) for name in place.names)
        yield from (replace(place, names=(), patterns=(pattern,)) for pattern in place.patterns)


def joined(catalog: Catalog, contained: Iterable[Candidate]) -> Iterator[Candidate]:
    """Candidates that are alike but for the names of repositories, as one."""
    groups: dict[object, list[Candidate]] = {}
    for each in contained:
        groups.setdefault(kind_of(each), []).append(each)
    for alike in groups.values():
        first = alike[0].bound
        arguments = {
            name: tuple(dict.fromkeys(text for each in alike for text in texts(each.bound.arguments[name])))
            for name in first.arguments
        }
        found = candidate_of(
            catalog,
            first.persona,
            {name: values for name, values in arguments.items() if values},
            tuple(map(str, first.guards)),
            alike[0].target,
        )
        yield from alike if found is None else (found,)


def names_repositories(bound: BoundPersona, parameter: str) -> bool:
    found = bound.persona.parameters[parameter]
    return found.many and found.type in ("repository", "repository-pattern")


def texts(value: object) -> tuple[str, ...]:
    return () if value is None else tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


def needed(document: PolicyDocument, contained: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Those that together decide what the document decides, without any that the others make needless."""
    if not contained or len(contained) > MOST_TOGETHER or not together(document, contained):
        return ()
    kept = list(contained)
    smallest_first = sorted(enumerate(contained), key=lambda pair: (len(actions_in(pair[1].policy)), -pair[0]))
    for _, each in smallest_first:  # of alike ones the last goes
        others = [one for one in kept if one is not each]
        if others and together(document, others):
            kept = others
    return tuple(kept)


def together(document: PolicyDocument, some: Iterable[Candidate]) -> bool:
    return not diff(document, [each.policy for each in some])


def nearest(catalog: Catalog, document: PolicyDocument, home: Target) -> Near | None:
    """The persona that gives most of the same actions, by the difference of access; None where none gives any."""
    actions = {action.lower() for action in actions_given(document)}
    found: list[tuple[int, Candidate]] = []
    for place in places_of(document, home):
        for persona in catalog.personas.values():
            for candidate in near_candidates(catalog, persona, document, place):
                its = actions_in(candidate.policy)
                if its & actions:
                    found.append((len(its ^ actions), candidate))
    near = [
        Near(candidate, diff(document, candidate.policy))
        for _, candidate in sorted(found, key=lambda each: each[0])[:MOST_NEAR]
    ]
    return min(near, key=lambda each: len(each.differences), default=None)


def example_texts(persona: Persona) -> dict[str, tuple[str, ...]]:
    """The arguments of a persona's example."""
    return {name: texts(value) for name, value in example_arguments(persona).items()}


def near_candidates(catalog: Catalog, persona: Persona, document: PolicyDocument, place: Place) -> Iterator[Candidate]:
    """The persona with the first of what could be its arguments, else with an example's, and each set of guards."""
    first = next(iter(arguments_of(persona, place, document)), None)
    arguments = first or example_texts(persona)
    for guards in guards_of(catalog, document, place.target):
        found = candidate_of(catalog, persona, arguments, guards, place.target)
        if found is not None:
            yield found
