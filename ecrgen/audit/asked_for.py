"""What a text tells of a request that was denied, whatever client shows it: an HTTP request of a registry, an API call.

The catalog's clients (ecrgen.audit.client) have their messages word for word. Here the request itself is read, which
every client names in words of its own: `HEAD https://REGISTRY/v2/NAME/blobs/…: 403`, `operation error ECR: PutImage`.

Requests: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
Their actions: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ecrgen.audit.cleaned import cleaned, readings
from ecrgen.audit.client import Shown, operations_of
from ecrgen.catalog.catalog import Catalog
from ecrgen.policy.image import image_of
from ecrgen.policy.reference import action as known_action

__all__ = ["asked_for", "of_another_registry"]

FORBIDDEN = re.compile(r"\b403\b|Forbidden|\bdenied\b", re.IGNORECASE)
DENIED_CALL = re.compile(r"AccessDenied|is not authori[sz]ed", re.IGNORECASE)
CALL = re.compile(r"(?:when calling the|operation error ECR(?P<public> PUBLIC)?:)\s+(?P<operation>[A-Z][A-Za-z]+)")
HOST = r"[\w.*<>-]+"
NAME = r"[\w./*<>-]+?"
PART = r"(?P<part>manifests|blobs/uploads|blobs|tags|referrers)"
# A name in the address of a request, such as of go-containerregistry, containerd, Go's net/http and Jib.
HTTP = re.compile(
    rf"\b(?P<method>HEAD|GET|PUT|POST|PATCH)\b(?:\s+request\s+to)?[\s\"'\\:]*"
    rf"https?://(?P<host>{HOST})/v2/(?P<name>{NAME})/{PART}\b",
    re.IGNORECASE,
)
READ = ("HEAD", "manifests")
# What containers/image says (podman, buildah, skopeo), and containerd without an address.
PHRASES = (
    (r"checking whether a blob \S+ exists in (?P<image>\S+?):? ", "HEAD", "blobs"),
    (r"initiating layer upload to /v2/(?P<name>\S+?)/blobs/uploads/ in (?P<host>\S+?):? ", "POST", "blobs/uploads"),
    (r"uploading layer (?:chunked|to) \S+ in (?P<image>\S+?):? ", "PATCH", "blobs/uploads"),
    (r"(?:uploading|writing) manifest \S+ (?:to|in) (?P<image>\S+?):? ", "PUT", "manifests"),
    (r"reading manifest \S+ in (?P<image>\S+?):? ", "GET", "manifests"),
    (r"reading tags for (?P<image>\S+?):? |fetching tags list", "GET", "tags"),
    (
        r"resolve ref(?:erence)? [\"'\\]*(?P<image>\w[^\s\"'\\]{0,400})[\"'\\]*: unexpected status code \[manifests ",
        *READ,
    ),
)
ACTIONS = {
    ("HEAD", "manifests"): ("ecr:BatchGetImage",),
    ("GET", "manifests"): ("ecr:BatchGetImage",),
    ("PUT", "manifests"): ("ecr:PutImage",),
    ("HEAD", "blobs"): ("ecr:BatchCheckLayerAvailability",),
    ("GET", "blobs"): ("ecr:GetDownloadUrlForLayer",),
    ("POST", "blobs/uploads"): ("ecr:InitiateLayerUpload",),
    ("PATCH", "blobs/uploads"): ("ecr:UploadLayerPart",),
    ("PUT", "blobs/uploads"): ("ecr:UploadLayerPart", "ecr:CompleteLayerUpload"),
    ("GET", "tags"): ("ecr:ListImages",),
    ("GET", "referrers"): ("ecr:BatchGetImage",),
}
READING = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSHES = re.compile(r"\bpush(ing)?\b(?! permissions? for)|failed to push", re.IGNORECASE)
OF_A_NODE = re.compile(r"failed to pull and unpack image", re.IGNORECASE)


class Asked(NamedTuple):
    """A request to a registry: its method, the part of the API, and the address of the repository, if it is named."""

    method: str
    part: str
    image: str


def asked_for(catalog: Catalog, text: str) -> tuple[Shown, ...]:
    """The request that a text says was denied, in each operation that it may belong to; empty where it tells none."""
    for line in readings(cleaned(text)):
        if FORBIDDEN.search(line):
            for asked in requests(line):
                found = tuple(of_request(catalog, asked, line))
                if found:
                    return found
        if DENIED_CALL.search(line):
            for call in CALL.finditer(line):
                known = known_action(f"{'ecr-public' if call['public'] else 'ecr'}:{call['operation']}")
                if known is not None:
                    operations = [catalog.operations[name] for name in operations_of(catalog, known.name, ())]
                    return tuple(Shown(each, "the API", (known.name,), None, len(known.name)) for each in operations)
    return ()


def requests(line: str) -> Iterator[Asked]:
    """The requests to registries that a line names."""
    for found in HTTP.finditer(line):
        yield Asked(found["method"].upper(), found["part"].lower(), f"{found['host']}/{found['name']}")
    for pattern, method, part in PHRASES:
        for found in re.finditer(pattern, line):
            named = found.groupdict()
            image = named.get("image") or "/".join(filter(None, (named.get("host"), named.get("name"))))
            yield Asked(method, part, image)


def of_request(catalog: Catalog, asked: Asked, line: str) -> Iterator[Shown]:
    """The request in the operation that the rest of the line tells of: of those that read, a push where it says so."""
    actions = ACTIONS.get((asked.method, asked.part))
    image = image_of(asked.image.strip("\"'")) if asked.image else None
    if actions is None or is_elsewhere(asked.image):
        return
    if actions[0] == "ecr:ListImages":
        names: tuple[str, ...] = ("list",)
    elif actions[0] in READING and not PUSHES.search(line):
        names = ("node-pull",) if OF_A_NODE.search(line) else ("pull",)
    else:
        names = ("push",)
    whole = image is not None and not image.wrong and bool(image.account)
    for name in names:
        if name in catalog.operations:
            arn = image.arn if image is not None and whole else None
            yield Shown(catalog.operations[name], "a client", actions, arn, len(asked.image) + len(asked.part))


def is_elsewhere(image: str) -> bool:
    """Whether an address is of another registry than ECR's; one without a host, or with one that is masked, is not."""
    host = image.partition("/")[0]
    return "." in host and not set("*<") & set(host) and "ecr" not in host


def of_another_registry(text: str) -> bool:
    """Whether a text tells of requests to registries, none of which is ECR's."""
    found = [asked for line in readings(cleaned(text)) for asked in requests(line) if asked.image]
    return bool(found) and all(is_elsewhere(asked.image) for asked in found)
