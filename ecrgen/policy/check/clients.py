"""The actions that a docker client needs together, and the wishes that policies write down as if they were actions.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
https://docs.aws.amazon.com/AmazonECR/latest/public/public-repository-policy-examples.html
"""

from __future__ import annotations

from typing import NamedTuple

from ecrgen.messages import in_words

__all__ = ["PUBLIC_LOGIN", "PUBLIC_PUSH", "PULL", "PUSH", "WRITE", "answer_to_wish"]

UPLOAD = ("InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage")
WRITE = tuple(f"ecr:{name}" for name in UPLOAD)
PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSH = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", *WRITE)
PUBLIC_PUSH = tuple(f"ecr-public:{name}" for name in ("BatchCheckLayerAvailability", *UPLOAD))
PUBLIC_LOGIN = ("ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken")


class Wish(NamedTuple):
    """What is written for an action by its beginnings in lower case, what is meant by it, and the actions it takes."""

    begins: tuple[str, ...]
    meant: str
    actions: tuple[str, ...]


WISHES = {
    "ecr": (
        Wish(("listrepositor", "getrepositories"), "listing repositories", ("ecr:DescribeRepositories",)),
        Wish(("listimagereferrers", "getimage", "getmanifest"), "reading a manifest", ("ecr:BatchGetImage",)),
        Wish(("deleteimage",), "deleting images", ("ecr:BatchDeleteImage",)),
        Wish(("login", "getlogin", "dockerlogin", "authenticate"), "a login", ("ecr:GetAuthorizationToken",)),
        Wish(("pull", "read", "download", "fetch"), "a pull", PULL),
        Wish(("push", "write", "upload", "publish"), "a push", PUSH),
    ),
    "ecr-public": (
        Wish(("listrepositor", "getrepositories"), "listing repositories", ("ecr-public:DescribeRepositories",)),
        Wish(("login", "getlogin", "dockerlogin", "authenticate"), "a login", PUBLIC_LOGIN),
        Wish(("push", "write", "upload", "publish"), "a push", PUBLIC_PUSH),
    ),
}
# As few letters of a word, before a wildcard, name no wish.
SHORTEST = 3


def answer_to_wish(service: str, short: str) -> str | None:
    """What a wish takes, for a message about an action that there is not: `a pull takes …`. None where it is no wish.

    The name is in lower case; `pullimage` and `pul*` are both the wish to pull.
    """
    head = short.partition("*")[0].partition("?")[0].replace("-", "").replace("_", "")
    for wish in WISHES.get(service, ()):
        if any(head.startswith(begin) or (len(head) >= SHORTEST and begin.startswith(head)) for begin in wish.begins):
            return f"{wish.meant} takes {in_words(wish.actions)}"
    return None
