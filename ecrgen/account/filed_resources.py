"""Resource policies from a snapshot's file, as ecrgen.account.fetch_resources reads them from AWS"""

from __future__ import annotations

from collections.abc import Iterable

from ecrgen.account.answers import Answer
from ecrgen.account.resource_policies import Listed, ResourcePolicies, Resources, SharedPlace, by_place
from ecrgen.account.shared_document import SharedDocument
from ecrgen.account.snapshot import policy_text
from ecrgen.catalog.halves import ResourceHalf
from ecrgen.catalog.places import Registry, Repositories, Repository
from ecrgen.errors import PolicyError

__all__ = ["filed_resources"]


def filed_resources(
    path: str,
    data: object,
    account: str,
    namespace: str,
    halves: Iterable[ResourceHalf],
    regions: Iterable[str],
    *,
    everywhere: bool,
) -> Resources | None:
    """What halves ask for and what the JSON values of a file have of it, as `read_resources`; None of IAM alone.

    Raises EcrgenError for what is no snapshot.
    """
    if not isinstance(data, dict) or "registries" not in data:
        return None
    snapshot = Answer(data, f"{path}: no snapshot")
    registries = {each.text("region"): each for each in snapshot.items("registries")}
    repositories = {Repository(each.text("arn")): each for each in snapshot.items("repositories")}
    unlisted = {
        region: f"{path}: {each.text('unlisted')}" for region, each in registries.items() if each.get("unlisted")
    }
    halves, wanted = tuple(halves), {*regions}
    patterns = {each.place.region for each in halves if isinstance(each.place, Repositories)}
    looked_through = patterns | (wanted if everywhere else set())
    listed = Listed(
        tuple(sorted(each for each in repositories if each.region in looked_through)),
        {
            region: unlisted.get(region) or lacking(path, region)
            for region in sorted(looked_through)
            if region in unlisted or region not in registries
        },
    )
    asked = by_place(halves, namespace, listed.repositories)
    places: set[SharedPlace] = {*asked, *(Registry(account, region) for region in wanted)}
    if everywhere:
        places.update(listed.repositories)
    documents: dict[SharedPlace, SharedDocument] = {}
    unread: dict[SharedPlace, str] = {}
    missing: list[Repository] = []
    for place in sorted(places, key=str):
        entry = registries.get(place.region) if isinstance(place, Registry) else repositories.get(place)
        if place.region not in registries:
            unread[place] = lacking(path, place.region)
        elif entry is None and place.region in unlisted:
            unread[place] = unlisted[place.region]
        elif entry is None:
            assert isinstance(place, Repository), "a registry that was read is there"
            missing.append(place)
        elif entry.get("unread") is not None:
            unread[place] = f"{path}: {entry.text('unread')}"
        else:
            try:
                policy = entry.get("policy")
                documents[place] = SharedDocument.read(None if policy is None else policy_text(policy), namespace)
            except PolicyError as error:
                unread[place] = f"{place}: {error}"
    return Resources(namespace, asked, ResourcePolicies(documents, tuple(missing), unread), halves, listed, everywhere)


def lacking(path: str, region: str) -> str:
    return f"{path}: does not hold the repositories of {region}; take the snapshot with --region {region}, too"
