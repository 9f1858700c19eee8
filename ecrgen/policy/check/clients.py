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


# As few letters of a word, before a wildcard, name no wish.
SHORTEST = 3


class Wish(NamedTuple):
    """What is written for an action by its beginnings in lower case, what is meant by it, and the actions it takes.

    `whole` says that nothing but an s may follow: ecr:GetImages is a wish, ecr:GetImageTagMutability is not this one.
    """

    begins: tuple[str, ...]
    meant: str
    actions: tuple[str, ...]
    whole: bool = False

    def is_meant_by(self, head: str) -> bool:
        """Tell if the name before a wildcard, in lower case and without hyphens, is this wish."""
        if self.whole:
            return head.removesuffix("s") in self.begins
        return any(
            head.startswith(begin) or (len(head) >= SHORTEST and begin.startswith(head)) for begin in self.begins
        )


WISHES = {
    "ecr": (
        Wish(("listrepositor", "getrepositories"), "listing repositories", ("ecr:DescribeRepositories",)),
        Wish(
            ("listimagereferrer", "getimage", "getmanifest"), "reading a manifest", ("ecr:BatchGetImage",), whole=True
        ),
        Wish(("deleteimage",), "deleting images", ("ecr:BatchDeleteImage",), whole=True),
        Wish(
            ("login", "getlogin", "dockerlogin", "authenticate", "getauth"), "a login", ("ecr:GetAuthorizationToken",)
        ),
        Wish(("scan",), "a scan", ("ecr:StartImageScan", "ecr:DescribeImageScanFindings")),
        Wish(("tagimage", "retag"), "giving an image another tag", ("ecr:BatchGetImage", "ecr:PutImage")),
        Wish(("pull", "read", "download", "fetch"), "a pull", PULL),
        Wish(("push", "write", "upload", "publish"), "a push", PUSH),
    ),
    "ecr-public": (
        Wish(("listrepositor", "getrepositories"), "listing repositories", ("ecr-public:DescribeRepositories",)),
        Wish(("login", "getlogin", "dockerlogin", "authenticate", "getauth"), "a login", PUBLIC_LOGIN),
        Wish(("pull", "read", "download", "fetch", "batchget", "getdownload"), "a pull from ECR Public", ()),
        Wish(("push", "write", "upload", "publish"), "a push", PUBLIC_PUSH),
    ),
}


def answer_to_wish(service: str, short: str) -> str | None:
    """What a wish takes, for a message about an action that there is not: `a pull takes …`. None where it is no wish.

    The name is in lower case; `pullimage` and `pul*` are both the wish to pull.
    """
    head = short.partition("*")[0].partition("?")[0].replace("-", "").replace("_", "")
    for wish in WISHES.get(service, ()):
        if wish.is_meant_by(head):
            return f"{wish.meant} takes {in_words(wish.actions) if wish.actions else 'no permission'}"
    return None
