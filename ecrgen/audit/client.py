"""What a client shows → the request that was denied to it: the catalog's `clients`, read backwards.

A catalog says what each client shows for each of its requests (ecrgen.proof.clients). Here a text is looked for among
all that it says, so that a client that is added there is known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ecrgen.audit.cleaned import cleaned, readings
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import ClientRequest, Operation
from ecrgen.policy.image import image_of

__all__ = ["Shown", "operations_of", "operations_telling", "requests", "shown"]

DENIAL = "{denial}"
PLACEHOLDER = re.compile(r"(\{(?:principal|action|resource|denial|image|url|account|repository)\}(?::TAG)?)")
QUOTE = r"[\\\"']*"
IMAGE = r"[\w.-]+(?::\d+)?(?:/[\w.*-]+)*"
TAG = r"(?::[\w.-]{1,128})?(?:@sha256:\w*(?:…|\.\.\.)?)?"


@dataclass(frozen=True, slots=True)
class Shown:
    """A request that a text tells of: the operation, the client, the actions behind it, and the repository's ARN.

    `literal` is how many characters of the catalog's own text were found.
    """

    operation: Operation
    client: str
    actions: tuple[str, ...]
    resource: str | None
    literal: int


def shown(catalog: Catalog, text: str) -> tuple[Shown, ...]:
    """The requests that explain a text best, those of which it holds most."""
    found = [
        Shown(operation, client, request.actions, resource, literal)
        for line in readings(cleaned(text))
        for operation, client, request in requests(catalog)
        for resource, literal in matched(request, line)
    ]
    most = max((each.literal for each in found), default=0)
    best = (each for each in found if each.literal == most)
    return tuple({(each.operation.name, each.client, each.actions): each for each in best}.values())


def operations_telling(catalog: Catalog, action: str) -> tuple[Operation, ...]:
    """The operations in which some client shows AWS's sentence about this action."""
    telling = (
        operation
        for operation, _, request in requests(catalog)
        if DENIAL in request.shows and action in request.actions and action in operation.actions
    )
    return tuple({operation.name: operation for operation in telling}.values())


def operations_of(catalog: Catalog, action: str, told: Sequence[Shown]) -> tuple[str, ...]:
    """The operations that an action was denied in: those of which the text shows a client's message, else those in
    which a client shows the sentence at all, else those with the fewest actions. Of some with the same actions, one.
    """
    having = [each for each in catalog.operations.values() if action in each.actions]
    by_text = [each.operation for each in told if action in each.actions and each.operation in having]
    telling = [each for each in operations_telling(catalog, action) if len(each.actions) > 1 or len(having) == 1]
    # an action that AWS asks besides an operation's own
    beside = [operation for operation, _, request in requests(catalog) if action in request.actions]
    found = by_text or telling or sorted(having, key=lambda each: len(each.actions))[:1] or beside
    return tuple({frozenset(each.actions): each.name for each in reversed(found)}.values())[::-1]


def requests(catalog: Catalog) -> Iterator[tuple[Operation, str, ClientRequest]]:
    for operation in catalog.operations.values():
        for client in operation.clients:
            for request in client.requests:
                yield operation, client.name, request


def matched(request: ClientRequest, line: str) -> Iterator[tuple[str | None, int]]:
    """Where a text holds what a client shows for a request: the repository's ARN that it names, if it does."""
    pattern, literal = pattern_of(request.shows, request.request)
    # `denied: …` alone is any client's
    if literal < 12:
        return
    found = pattern.search(line)
    if found is not None:
        named = found.groupdict()
        image = image_of(re.sub(r"/v2/", "/", named.get("url") or "") or named.get("image") or "")
        whole = image is not None and not image.wrong and image.account
        yield (image.arn if image is not None and whole else None), literal


@lru_cache(maxsize=512)
def pattern_of(shows: str, request: str) -> tuple[re.Pattern[str], int]:
    """The pattern of a client's message, and how many characters of it are its own."""
    before = shows.split(DENIAL)[0].split("; and ")[0]
    path = request.rpartition(" ")[2]
    made, literal, names = [], 0, set()
    for part in PLACEHOLDER.split(before):
        name = part.removesuffix(":TAG").strip("{}")
        if not PLACEHOLDER.fullmatch(part):
            literal += len(part.strip())
            made.append(literal_pattern(part))
        elif name in names:
            made.append({"image": IMAGE}.get(name, r"\S+?") + (TAG if part.endswith(":TAG") else ""))
        else:
            names.add(name)
            made.append(value_pattern(name, path) + (TAG if part.endswith(":TAG") else ""))
    return re.compile("".join(made), re.IGNORECASE), literal


def literal_pattern(text: str) -> str:
    """A text whatever white space and quote marks it has."""
    parts = re.split(r"(\s+|[\"']+)", text)
    patterns = (r"\s+" if part.isspace() else QUOTE if part and part[0] in "\"'" else re.escape(part) for part in parts)
    return "".join(patterns)


def value_pattern(name: str, path: str) -> str:
    match name:
        case "image":
            return f"(?P<image>{IMAGE})"
        case "url":
            end = re.escape(path).replace("TAG", r"[\w.:-]+").replace("DIGEST", r"(?:sha256:)?\w*(?:…|\.\.\.)?")
            end = end.replace("UUID", r"[\w-]*(?:…|\.\.\.)?")
            return rf"https?://(?P<url>{IMAGE})/{end}(?:\?[^\s\"']*)?"
        case "account":
            return r"[\d*]+"
        case _:
            return r"[\w./*-]+?"
