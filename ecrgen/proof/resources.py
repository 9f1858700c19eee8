"""The resource of a question: a repository's name, an image's address or an ARN, as the ARN that AWS asks about.

A repository's name is one in the target's account and first region; an image's address says account and region.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from ecrgen.catalog.argument_types import repository
from ecrgen.catalog.model import Target
from ecrgen.errors import EcrgenError
from ecrgen.messages import quoted
from ecrgen.policy.arn import Arn, partition_of
from ecrgen.policy.image import Image, image_of, without_image
from ecrgen.policy.names import ACCOUNT

__all__ = ["Resource", "resource_of"]

EXAMPLES = {
    "ecr": "arn:aws:ecr:us-east-1:123456789012:repository/my-repo",
    "ecr-public": "arn:aws:ecr-public::123456789012:repository/my-repo",
}


class Resource(NamedTuple):
    """An ARN, and a note on what the text says beyond it; an empty one where that is nothing."""

    arn: str
    note: str = ""


def resource_of(text: str, service: str, target: Target) -> Resource:
    """The resource that a text is, for an action of this service. Raises EcrgenError for what is no single resource."""
    try:
        if service not in EXAMPLES:
            if Arn.parse(text) is None:
                raise ValueError(f"name what {service} acts on by its ARN")
            return Resource(text)
        by_arn = text.startswith("arn:")
        image = image_of(text) if by_arn else image_of(text) or named(text, service, target)
        if image is None or (by_arn and not complete(image, service)):
            place = " in a region of its partition and" if service == "ecr" else ""
            raise ValueError(f"not a repository's ARN, such as {EXAMPLES[service]},{place} an account of 12 digits")
        if image.service != service:
            raise ValueError(f"a repository of {image.service}, which an action of {service} is not asked of")
        if image.wrong:
            raise ValueError(image.wrong)
        repository(image.repository)
    except ValueError as error:
        raise EcrgenError(f"{quoted(text)}: {error}") from None
    if not image.account:
        image = replace(image, account=target.account)
        return Resource(image.arn, f"an alias does not tell the account: asked of {image.arn}")
    if image.image:
        return Resource(image.arn, f"policies decide about repositories, not about images: asked of {image.arn}")
    return Resource(image.arn)


def named(text: str, service: str, target: Target) -> Image:
    """The repository of that name in the target; what stands behind it as in an image's address."""
    name, image = without_image(text)
    region = target.regions[0] if service == "ecr" else ""
    return Image(service, target.partition, region, target.account, name, image)


def complete(image: Image, service: str) -> bool:
    """Whether the ARN that this image was read from can be that of a repository of the service."""
    in_place = partition_of(image.region) == image.partition if service == "ecr" else image.region == ""
    return image.service == service and in_place and re.fullmatch(ACCOUNT, image.account) is not None
