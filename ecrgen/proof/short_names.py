"""Names of repositories without the account and the regions, where these are those that the reader knows: `team/web`"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from ecrgen.catalog.model import Target
from ecrgen.policy.access import Names
from ecrgen.policy.arn import Arn, region_named

__all__ = ["short_names"]

REPOSITORY = "repository/"


def short_names(names: Iterable[Names], home: Target) -> Iterator[Names]:
    """Each by its name alone where it is so in every region of the home, else with its regions; others as they are."""
    names = tuple(names)
    regions: defaultdict[Names, set[str]] = defaultdict(set)
    found = [placed(each, home) for each in names]
    for each in found:
        if each is not None:
            regions[each[0]].add(each[1])
    told: set[Names] = set()
    for given, each in zip(names, found, strict=True):
        if each is None:
            yield given
        elif each[0] not in told:
            short = each[0]
            told.add(short)
            where = "" if regions[short] == set(home.regions) else f" in {', '.join(sorted(regions[short]))}"
            yield Names(f"{short.pattern}{where}", short.excepted, short.rest)


def placed(names: Names, home: Target) -> tuple[Names, str] | None:
    """The short name and its region; None for what is not in one region of the home's account."""
    texts = (names.pattern, *names.excepted)
    regions = {region_of(each, home) for text in texts for each in text.split(" matching ")}
    region = regions.pop()
    if regions or not region:
        return None
    prefix = str(Arn(home.partition, "ecr", region, home.account, ""))
    pattern, *excepted = (short(text, prefix) for text in texts)
    return Names(pattern, tuple(excepted), names.rest), region


def region_of(text: str, home: Target) -> str:
    """The region of a repository of the home's account; empty for what is none, or not in one region."""
    arn = Arn.parse(text)
    if arn is None or (arn.partition, arn.service, arn.account) != (home.partition, "ecr", home.account):
        return ""
    return region_named(text) if arn.resource.startswith(REPOSITORY) else ""


def short(text: str, prefix: str) -> str:
    parts = (each.removeprefix(prefix) for each in text.split(" matching "))
    return " matching ".join(each if each == f"{REPOSITORY}*" else each.removeprefix(REPOSITORY) for each in parts)
