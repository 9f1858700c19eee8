"""The regions that AWS has, by the data of the installed botocore, which is read and not imported.

https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Container, Mapping
from functools import lru_cache

from ecrgen.errors import EcrgenError
from ecrgen.messages import nearest
from ecrgen.policy.arn import partition_of

__all__ = ["is_region", "no_region", "regions"]


@lru_cache(maxsize=1)
def regions() -> Mapping[str, str]:
    """Every region and the partition that it is in. Raises EcrgenError where botocore is not installed as files."""
    # by hand, for start-up: importlib's ways to a package's data take longer than all that reads them
    places = (os.path.join(path, "botocore", "data", "partitions.json") for path in sys.path)
    file = next(filter(os.path.isfile, places), None)
    if file is None:
        raise EcrgenError("botocore/data/partitions.json is nowhere on Python's path; install boto3 again")
    with open(file, encoding="utf-8") as data:
        partitions = json.load(data)["partitions"]
    return {
        region: partition["id"]
        for partition in partitions
        for region in partition["regions"]
        if partition_of(region) == partition["id"]  # aws-global and its like are no regions
    }


@lru_cache(maxsize=1)
def data_version() -> str:
    from importlib.metadata import version  # for start-up: only a message needs it

    return f"botocore {version('botocore')}"


def is_region(text: str, new_regions: Container[str] = ()) -> bool:
    """True for the name of a region: one that is known, or one of those that a catalog names as new."""
    return text in regions() or text in new_regions


def no_region(text: str, hint: bool = True) -> str:
    """The reason that a text is no region, to be read after it and a colon; names the nearest region if `hint`."""
    near = nearest_region(text) if hint else None
    if partition_of(text) is None:
        return f"not the name of a region, such as {near or 'us-east-1'}"
    meant = f"; meant {near}?" if near else ""
    return f"no region that {data_version()} knows{meant} (for a newer one, name it in the catalog's new_regions)"


def nearest_region(text: str) -> str | None:
    """The region that was probably meant by a text: one that begins with it, else one that is like it."""
    begun = (name for name in sorted(regions()) if text and name.startswith(text.lower()))
    return next(begun, None) or nearest(text.lower(), regions())
