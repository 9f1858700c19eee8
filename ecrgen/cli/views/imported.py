"""A catalog of what was imported: its grants as YAML, and in comments what they stand for and what is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ecrgen.audit.imported import Candidate, Found, Imported, Left, Near
from ecrgen.catalog.model import BoundPersona
from ecrgen.cli.views.formats import Item, Verbatim, json_text
from ecrgen.messages import in_words
from ecrgen.policy.access import Difference
from ecrgen.policy.access.difference import sentence
from ecrgen.policy.access.wording import HOLDER
from ecrgen.policy.reference import action, expand

__all__ = ["Adopted", "counted", "text", "values"]

# So many items stand in a line, more in a line each.
FEW = 3


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was imported, and the namespace of the catalog that it becomes.

    `beside` are the files of a site's catalog, of which it becomes a part; its settings are theirs then.
    """

    found: Imported
    namespace: str
    beside: tuple[str, ...] = ()


def text(adopted: Adopted) -> Iterator[Item]:
    """The lines of a catalog file: of its texts, only comments and quoted scalars."""
    for row in rows(adopted):
        yield Verbatim(row)


def rows(adopted: Adopted) -> Iterator[str]:
    found = adopted.found
    yield comment(f"Imported from {', '.join(found.sources)}: {'; '.join(counted(found))}")
    yield comment(
        "Each grant decides what the policies and statements decide that it is in place of: apply attaches and"
    )
    yield comment(
        "adds it beside them, and taking them away afterwards changes nothing. Not looked at: what boundaries"
    )
    yield comment("and organizations take away, and groups without users.")
    if adopted.beside:
        options = " ".join(f"-c {each}" for each in adopted.beside)
        yield comment(
            f"It goes with {in_words(adopted.beside)}: name it under `include` there, or say {options} -c THIS"
        )
    yield "version: 1"
    if not adopted.beside:
        yield "extends: builtin"
        yield f"namespace: {quoted(adopted.namespace)}"
    for key, value in settings(adopted).items():
        yield f"{key}: {quoted(value)}"
    yield "" if found.grants else "grants: {}"
    if found.grants:
        yield "grants:"
    for grant in found.grants:
        yield from grant_rows(grant, found)
    for left in found.left:
        yield ""
        yield from left_rows(left)


def settings(adopted: Adopted) -> dict[str, Any]:
    """The catalog's own account and regions, where its grants do not all say theirs."""
    found = adopted.found
    own: dict[str, Any] = {"account": found.home.account}
    if adopted.beside:
        return own
    if "region" not in found.home.examples:
        own["region"] = list(found.home.regions)
    elif found.home.partition != "aws":
        own["partition"] = found.home.partition
    return own


def grant_rows(grant: Found, found: Imported) -> Iterator[str]:
    yield f"  {grant.name}:"
    for each in (*grant.instead_of, *grant.statements):
        yield f"    {comment(f'in place of {each}')}"
    for account in grant.unseen:
        yield f"    {comment(f'its other half is in account {account}, of which no file was given: not looked at')}"
    if grant.others:
        yield f"    {comment(f'which also say something of {in_words(grant.others)}, and have to go on saying that')}"
    for key, value in grant_values(grant, found).items():
        if key == "persona":
            yield f"    persona: {value}"
        elif value and key not in ("name", "in_place_of", "statements", "others", "not_looked_at"):
            yield from entry(key, value)


def entry(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, list) and len(value) > FEW:
        yield f"    {key}:"
        yield from (f"      - {quoted(each)}" for each in value)
    else:
        yield f"    {key}: {quoted(value)}"


def quoted(value: Any) -> str:
    """A value as JSON, which is YAML, too."""
    return json_text(value, indent=None)


def comment(words: str) -> str:
    return f"# {words}"


def left_rows(left: Left) -> Iterator[str]:
    """What is left, as comments."""
    for each in left.policies:
        yield comment(f"not imported: {each}")
    yield comment(f"  {left.reason}")
    if left.near is not None:
        said = "whoever has it instead" if left.near.differences else "it says the same"
        yield comment(f"  nearest is {near_words(left.near)}; {said}")
        for difference in left.near.differences:
            yield comment(f"    {sentence(difference, HOLDER)}")
        managing = management(left.near.differences)
        if managing:
            yield comment(f"    which lets them manage permissions: {', '.join(managing)}")


def near_words(near: Near) -> str:
    bound = near.candidate.bound
    given = arguments(bound).items()
    words = [f"{name}: {', '.join(value) if isinstance(value, list) else value}" for name, value in given]
    words += [f"guard {guard}" for guard in bound.guards]
    return f"{bound.persona.name} ({'; '.join(words)})" if words else bound.persona.name


def management(differences: Iterable[Difference]) -> list[str]:
    """The actions for managing permissions that come by differences."""
    gained = {
        name
        for each in differences
        if each.direction == "gained" and each.effect == "Allow"
        for names in each.actions
        for name in expand(names.pattern)
    }
    known = (action(name) for name in sorted(gained))
    return [each.name for each in known if each is not None and each.access_level == "Permissions management"]


def counted(found: Imported) -> Iterator[str]:
    """How many policies became grants, and how many did not."""
    became = {name for each in found.grants for name in each.instead_of}
    said = {name for each in found.grants for name in each.statements}
    statements = [each for each in found.left if each.statement]
    more = f", of statements: {len(said)}" if said else ""
    yield f"grants: {len(found.grants)}, in place of policies: {len(became)}{more}"
    yield f"policies not imported: {sum(len(each.policies) for each in found.left if not each.statement)}"
    if statements:
        yield f"statements of resource-based policies not imported: {len(statements)}"
    yield f"policies that say nothing about ECR: {found.silent}"


def arguments(bound: BoundPersona) -> dict[str, list[str] | str]:
    """The arguments as a catalog has them; those that are the parameters' own defaults are left out."""
    return {
        name: list(map(str, value)) if isinstance(value, tuple) else str(value)
        for name, value in bound.arguments.items()
        if value is not None and value != bound.persona.parameters[name].default
    }


def values(adopted: Adopted) -> dict[str, Any]:
    found = adopted.found
    return {
        "sources": list(found.sources),
        "namespace": None if adopted.beside else adopted.namespace,
        "beside": list(adopted.beside),
        "account": found.home.account,
        "partition": found.home.partition,
        "grants": [grant_values(each, found) for each in found.grants],
        "left": [left_values(each) for each in found.left],
        "silent": found.silent,
    }


def grant_values(grant: Found, found: Imported) -> dict[str, Any]:
    """A grant with the keys that it has in a catalog's file; account and region where they are not the catalog's."""
    target, home = grant.target, found.home
    own_regions = "region" not in target.examples and (target.regions != home.regions or "region" in home.examples)
    return {
        "name": grant.name,
        "in_place_of": list(grant.instead_of),
        "statements": list(grant.statements),
        "not_looked_at": list(grant.unseen),
        "others": list(grant.others),
        "persona": grant.bound.persona.name,
        "with": arguments(grant.bound),
        "guards": list(map(str, grant.bound.guards)),
        "managed": grant.managed,
        "through": "registry" if grant.through else None,
        "account": target.account if target.account != home.account else None,
        "region": list(target.regions) if own_regions else [],
        "to": list(grant.to),
    }


def left_values(left: Left) -> dict[str, Any]:
    return {
        "policies": list(left.policies),
        "statement": left.statement,
        "reason": left.reason,
        "nearest": None if left.near is None else near_values(left.near.candidate, left.near),
    }


def near_values(candidate: Candidate, near: Near) -> dict[str, Any]:
    return {
        "persona": candidate.bound.persona.name,
        "with": arguments(candidate.bound),
        "guards": list(map(str, candidate.bound.guards)),
        "differences": [sentence(each, HOLDER) for each in near.differences],
    }
