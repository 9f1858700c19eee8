"""Addresses of images, `REGISTRY/REPOSITORY:TAG@DIGEST`, and repositories' ARNs: which repository they mean.

Policies decide about repositories, not about images, so of an address only the repository counts.

Registries: https://docs.aws.amazon.com/general/latest/gr/ecr.html and
https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html
ECR Public's: https://docs.aws.amazon.com/AmazonECR/latest/public/public-ecr-requests.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ecrgen.policy.arn import Arn, partition_of
from ecrgen.policy.names import ACCOUNT

__all__ = ["PUBLIC_HOSTS", "Image", "image_of", "registry_host", "without_image"]

# Each partition's DNS suffix for ACCOUNT.dkr.ecr.REGION., and the one for ACCOUNT.dkr-ecr.REGION. (dual stack).
SUFFIXES = {
    "aws": ("amazonaws.com", "on.aws"),
    "aws-cn": ("amazonaws.com.cn", "on.amazonwebservices.com.cn"),
    "aws-us-gov": ("amazonaws.com", "on.aws"),
    "aws-iso": ("c2s.ic.gov", ""),
    "aws-iso-b": ("sc2s.sgov.gov", ""),
    "aws-iso-e": ("cloud.adc-e.uk", ""),
    "aws-iso-f": ("csp.hci.ic.gov", ""),
    "aws-eusc": ("amazonaws.eu", ""),
}
PUBLIC_HOSTS = ("public.ecr.aws", "ecr-public.aws.com")
# Loose, so that what is meant as a private registry's host is never taken for a part of a repository's name.
PRIVATE_HOST = r"(?:(.*)\.)?dkr([.-])ecr(?:-fips)?\.([^.]*)\.?(.*)"
AWS_HOSTS = tuple(f".{suffix}" for pair in SUFFIXES.values() for suffix in pair if suffix)
SCHEME = r"(?:https?|docker|oci)://"
PORT = ":443"
# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
TAG_AND_DIGEST = r"(?<![:@])(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@[a-z0-9]+:[A-Za-z0-9]+)?\Z"
LONGEST_HOST = 253  # https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4


@dataclass(frozen=True, slots=True)
class Image:
    """What an image's address or a repository's ARN means.

    `service` is ecr or ecr-public. An address of ECR Public has an alias, which does not tell the account: its
    `account` is empty. `image` is the tag and the digest as written. `wrong` is why no request can be for it, or empty.
    """

    service: str
    partition: str
    region: str
    account: str
    repository: str
    image: str = ""
    wrong: str = ""

    @property
    def arn(self) -> str:
        """The ARN of the repository."""
        return str(Arn(self.partition, self.service, self.region, self.account, f"repository/{self.repository}"))


def image_of(text: str) -> Image | None:
    """The repository, and the image in it, that a text means; None for a text that is no ECR address or ARN.

    Example: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web:1.2` is `team/web` of account 111122223333 in
    eu-west-1, and so is `arn:aws:ecr:eu-west-1:111122223333:repository/team/web:1.2`.
    """
    arn = Arn.parse(text)
    if arn is not None:
        kind, _, name = arn.resource.partition("/")
        if arn.service not in ("ecr", "ecr-public") or kind != "repository":
            return None
        return Image(arn.service, arn.partition, arn.region, arn.account, *without_image(name))
    address = re.sub(SCHEME, "", text, count=1) if "://" in text else text
    host, _, path = address.partition("/")
    host = host.lower().removesuffix(PORT)
    if host in PUBLIC_HOSTS:
        _, _, name = path.partition("/")
        wrong = "" if name else f"an address of ECR Public is {PUBLIC_HOSTS[0]}/ALIAS/REPOSITORY"
        return Image("ecr-public", "aws", "", "", *without_image(name or path), wrong)
    if len(host) > LONGEST_HOST:
        return None
    name, image = without_image(path)
    private = re.fullmatch(PRIVATE_HOST, host)
    if private is None:
        wrong = "the address of a private registry is ACCOUNT.dkr.ecr.REGION.amazonaws.com"
        return Image("ecr", "", "", "", name, image, wrong) if host.endswith(AWS_HOSTS) else None
    account, separator, region, suffix = private[1] or "", private[2], private[3], private[4]
    partition = partition_of(region)
    wrong = host_fault(account, region, partition, separator, suffix)
    if not wrong and not name:
        wrong = f"the address of a registry; add the repository: {host}/REPOSITORY"
    return Image("ecr", partition or "", region, account, name, image, wrong)


def without_image(name: str) -> tuple[str, str]:
    """A repository's name, and the tag and digest behind it: `team/web:1.2` is `team/web` and `:1.2`."""
    found = re.search(TAG_AND_DIGEST, name)
    end = found.start() if found else len(name)
    return name[:end], name[end:]


def host_fault(account: str, region: str, partition: str | None, separator: str, suffix: str) -> str:
    """What is wrong with the parts of a private registry's host; empty where nothing is."""
    if not re.fullmatch(ACCOUNT, account):
        return "the address of a private registry begins with an account id of 12 digits"
    if partition is None:
        return f"{region!a} in the address is not the name of a region"
    wanted = SUFFIXES[partition][separator == "-"]
    if suffix != wanted:
        right = f"{account}.dkr{separator}ecr.{region}.{wanted}" if wanted else registry_host(account, region)
        return f"no registry has this address; in {region} it is {right}"
    return ""


def registry_host(account: str, region: str) -> str:
    """The host of an account's private registry. Raises KeyError for what is no region's name."""
    return f"{account}.dkr.ecr.{region}.{SUFFIXES[partition_of(region) or ''][0]}"
