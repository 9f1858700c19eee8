"""Outsiders: those whom resource policies name, and what these say for each of them before and after a plan"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ecrgen.account.resource_policies import SharedPlace
from ecrgen.account.shared_document import SharedDocument, comparable
from ecrgen.catalog.places import Repository
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.names import ACCOUNT
from ecrgen.provision.changes import Change
from ecrgen.provision.holdings import Had
from ecrgen.provision.set_statements import SetStatements

__all__ = ["Outsider", "letting_in"]


@dataclass(frozen=True, slots=True, order=True)
class Outsider:
    """Somebody whom a resource's policy names: an account, a service, a role or user by its ARN, or everybody."""

    kind: Literal["account", "everybody", "principal", "service"]
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" if self.kind in ("account", "service") else self.name


def letting_in(changes: Iterable[Change], held: Iterable[int]) -> dict[Outsider, tuple[tuple[Had, ...], ...]]:
    """What each outsider has by the documents that a plan changes: now, once what is not held is done, and at the end.

    What documents say that stay as they are is the same at all three times.
    """
    held = frozenset(held)
    times: tuple[dict[SharedPlace, SharedDocument], ...] = ({}, {}, {})
    for number, change in enumerate(changes):
        if isinstance(change, SetStatements):
            for documents in times:
                documents.setdefault(change.place, change.document)
            if number not in held:
                times[1][change.place] = change.after
            times[2][change.place] = change.after
    found = [of_documents(documents) for documents in times]
    outsiders = sorted({outsider for each in found for outsider in each})
    return {outsider: tuple(tuple(each.get(outsider, ())) for each in found) for outsider in outsiders}


def of_documents(documents: Mapping[SharedPlace, SharedDocument]) -> dict[Outsider, list[Had]]:
    """What each has by all documents together; what several say alike is one statement, which is quicker to compare."""
    found: dict[Outsider, list[Had]] = {}
    alike: dict[Outsider, dict[Statement, list[str]]] = {}
    for place, document in documents.items():
        for raw in document.ours:
            statement = comparable(raw)
            if not isinstance(statement, Statement):
                found.setdefault(Outsider("everybody", "everybody"), []).append(Had(str(place), None))
                continue
            where = (place.arn,) if isinstance(place, Repository) else statement.resources
            actions = tuple(sorted(Statement.from_dict(raw).actions))  # as written, which is not how they are compared
            what = replace(statement, sid=None, principal=None, resource=None, action=actions)
            for outsider in map(outsider_of, statement.principals):
                alike.setdefault(outsider, {}).setdefault(what, []).extend(where)
    for outsider, statements in alike.items():
        said = (replace(what, resource=tuple(dict.fromkeys(where))) for what, where in statements.items())
        found.setdefault(outsider, []).append(Had("policies of resources", PolicyDocument(tuple(said))))
    return found


def outsider_of(principal: tuple[str, str]) -> Outsider:
    kind, name = principal
    if name == "*":
        return Outsider("everybody", "everybody")
    if kind == "Service":
        return Outsider("service", name)
    return Outsider("account" if re.fullmatch(ACCOUNT, name) else "principal", name)
