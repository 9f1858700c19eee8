"""Provenance: what the tags of a policy prove: which of its documents ecrgen put in force, and with which others.

IAM's tags are a policy's, not a version's, and it does not say who made a version. So each change of a policy writes a
tag with the fingerprints of the documents that were put in force, newest first, each with the run that did it and the
number of policies that the grant had by then. A version whose document is not among them is of unknown origin.

A tag's value has at most 256 characters, which five entries fit into, as many as a policy has versions.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = [
    "CATALOG",
    "GRANT",
    "MANAGED_BY",
    "PERSONA",
    "VERSIONS",
    "InForce",
    "made_of",
    "tags_of",
    "with_newest",
    "written",
]

CATALOG, GRANT, PERSONA, VERSIONS = "ecrgen:catalog", "ecrgen:grant", "ecrgen:persona", "ecrgen:versions"
MANAGED_BY = "ecrgen:managed-by"  # what makes the namespace's policies where `apply` does not
KEPT = 5
ENTRY = re.compile(r"([0-9a-f]{32})/([0-9a-f]{8})/([1-9][0-9]{0,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class InForce:
    """A document that was put in force: its fingerprint, by which run, and how many policies the grant had by then.

    `run` are the first 8 digits of a plan's digest, the same for all parts of a grant that one plan changes.
    """

    document: str
    run: str
    parts: int


def tags_of(grant: str, persona: str, catalog: str) -> dict[str, str]:
    """The tags that say what a policy is for; without those of which nobody knows the value."""
    known = {PERSONA: persona, CATALOG: catalog}
    return {GRANT: grant, **{key: value for key, value in known.items() if value}}


def made_of(tags: Mapping[str, str]) -> tuple[InForce, ...]:
    """What the tag says, newest first; nothing from the first word on that ecrgen does not write."""
    found = []
    for word in tags.get(VERSIONS, "").split():
        match = ENTRY.fullmatch(word)
        if match is None:
            break
        found.append(InForce(match[1], match[2], int(match[3])))
    return tuple(found)


def with_newest(before: Iterable[InForce], newest: InForce) -> tuple[InForce, ...]:
    """What is in the tag once a new document is in force."""
    return (newest, *before)[:KEPT]


def written(entries: Iterable[InForce]) -> str:
    """The tag's value."""
    return " ".join(f"{entry.document}/{entry.run}/{entry.parts}" for entry in entries)
