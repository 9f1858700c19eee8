"""Resource policies from a snapshot's file, as ecrgen.account.fetch_resources reads them from AWS"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ecrgen.account.answers import Answer
from ecrgen.account.resource_policies import Listed, ResourcePolicies, SharedPlace
from ecrgen.account.shared_document import SharedDocument
from ecrgen.account.snapshot import policy_text
from ecrgen.catalog.places import PUBLIC, Registry, Repository
from ecrgen.errors import PolicyError

__all__ = ["filed_resources"]


@dataclass(frozen=True, slots=True)
class FromFile:
    """The resource policies that a file holds: the entries of registries by region, and of repositories."""

    path: str
    account: str
    registries: Mapping[str, Answer]
    repositories: Mapping[Repository, Answer]

    def listed(self, regions: Iterable[str]) -> Listed:
        asked = {*regions}
        unread = {region: why for region in sorted(asked) if (why := self.unlisted(region))}
        return Listed(tuple(sorted(each for each in self.repositories if each.region in asked)), unread)

    def policies(self, namespace: str, places: Iterable[SharedPlace]) -> ResourcePolicies:
        documents: dict[SharedPlace, SharedDocument] = {}
        unread: dict[SharedPlace, str] = {}
        missing: list[Repository] = []
        for place in places:
            entry = self.entry(place)
            if entry is not None and entry.get("unread") is not None:
                unread[place] = f"{self.path}: {entry.text('unread')}"
            elif entry is not None:
                try:
                    documents[place] = SharedDocument.read(text_of(entry), namespace)
                except PolicyError as error:
                    unread[place] = f"{place}: {error}"
            elif self.unlisted(place.region):
                unread[place] = self.unlisted(place.region)
            elif isinstance(place, Repository):
                missing.append(place)
        return ResourcePolicies(documents, tuple(missing), unread)

    def entry(self, place: SharedPlace) -> Answer | None:
        """What the file says of a place; None where it does not, or does not say that it was looked for."""
        registry = self.registries.get(place.region)
        return registry if registry is None or isinstance(place, Registry) else self.repositories.get(place)

    def unlisted(self, region: str) -> str:
        """Why it is not known which repositories a region has; empty where it is."""
        entry = self.registries.get(region)
        if entry is None:
            if not region:
                return f"{self.path}: a snapshot does not hold {PUBLIC}; plan with the account's credentials"
            words = f"does not hold the repositories of {region}; take the snapshot with --region {region}, too"
            return f"{self.path}: {words}"
        return f"{self.path}: {entry.text('unlisted')}" if entry.get("unlisted") else ""


def text_of(entry: Answer) -> str | None:
    policy = entry.get("policy")
    return None if policy is None else policy_text(policy)


def filed_resources(path: str, data: object, account: str) -> FromFile | None:
    """The resource policies in the JSON values of a file; None for one of IAM alone.

    Raises EcrgenError for what is no snapshot.
    """
    if not isinstance(data, dict) or "registries" not in data:
        return None
    snapshot = Answer(data, f"{path}: no snapshot")
    registries = {each.text("region"): each for each in snapshot.items("registries")}
    repositories = {Repository(each.text("arn")): each for each in snapshot.items("repositories")}
    return FromFile(path, account, registries, repositories)
