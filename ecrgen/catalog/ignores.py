"""The findings that a catalog file accepts, each for the personas and grants that it names"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ecrgen.catalog.build import Contents, listed
from ecrgen.catalog.model import Ignore
from ecrgen.catalog.source import Place, Source
from ecrgen.messages import nearest, quoted

__all__ = ["ignores_of"]


def ignores_of(source: Source, contents: Contents, *, known: bool) -> Iterator[Ignore]:
    """What a file accepts, of personas and grants of all files, which have been read.

    A code that no rule has, and a name of no persona and no grant, go to the contents' problems. With `known` the codes
    are taken for those of rules: the built-in catalog's, so that not every command has to load the rules.
    """
    kinds: dict[str, Collection[str]] = {"persona": contents.personas, "grant": contents.grants}
    for index, data in enumerate(source.values.get("ignore") or ()):
        place: Place = ("ignore", index)
        if not known:
            from ecrgen.catalog.rules import not_ignorable  # for start-up: brings every rule

            wrong = not_ignorable(data["code"])
            if wrong:
                contents.problems.add(source.problem((*place, "code"), wrong))
        for name in listed(data["where"]):
            subjects = [f"{kind} {name}" for kind, named in kinds.items() if name in named]
            if not subjects and not {("personas", name), ("grants", name)} & contents.unreadable:
                near = nearest(name, (*contents.grants, *contents.personas))
                message = f"no persona and no grant {quoted(name)}" + (f"; meant {near}?" if near else "")
                contents.problems.add(source.problem((*place, "where"), message))
            yield from (Ignore(data["code"], subject, data["because"], source.at(place)) for subject in subjects)
