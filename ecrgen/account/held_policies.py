"""Policies that a file holds, as Held: known where it has the document, and where that is one of its layer"""

from __future__ import annotations

import re
from functools import lru_cache

from ecrgen.account.account import Held
from ecrgen.account.answers import Answer
from ecrgen.account.snapshot import policy_text
from ecrgen.errors import PolicyError
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.layers import Layer
from ecrgen.policy.names import UNIQUE_ID
from ecrgen.policy.statements import compiled_document

__all__ = ["assumable", "held"]

# What a principal that was deleted becomes in a policy.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
GONE = re.compile(UNIQUE_ID)
ASSUMING = ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity")


def held(name: str, document: Answer | None, layer: Layer = "identity", group: str = "") -> Held:
    """A policy whose document an answer holds; one that is not there, or that is no policy of the layer, is unknown."""
    if document is None:
        return Held(name, None, "the file does not hold its document", group)
    try:
        return Held(name, read(policy_text(document), layer), "", group)
    except PolicyError as error:
        return Held(name, None, f"ecrgen cannot read it: {error}", group)


@lru_cache(maxsize=4096)
def read(text: str, layer: Layer) -> PolicyDocument:
    """The document of a text, one value for equal texts: an account has the same policy many times.

    Raises PolicyError for what is no policy, or none of the layer.
    """
    document = PolicyDocument.from_json(text)
    compiled_document(document, layer)
    return document


def assumable(trust: Answer | None) -> bool:
    """Whether a trust policy lets somebody assume the role; True where that is not known."""
    document = None if trust is None else held("trust policy", trust, "resource").document
    if document is None:
        return True
    compiled = compiled_document(document, "resource")
    return any(
        statement.effect == "Allow"
        and (statement.source.not_principal is not None or not all(map(is_gone, statement.source.principals)))
        for action in ASSUMING
        for statement in compiled.naming(action)
    )


def is_gone(principal: tuple[str, str]) -> bool:
    return GONE.fullmatch(principal[1]) is not None
