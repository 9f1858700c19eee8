"""Fit identity policies into IAM's quota on their size, without changing what they give and deny.

The fewest parts come first; that little changes when the input changes a little comes second. The values of the largest
statement go, each in the order of its own hash, into the first part with room, in an order of preference that is the
value's own too. So a value that comes or goes moves the few that stood in its way or may take its place, and leaves
most parts as they are; only where a part is added or falls away may all of them change. The other statements stay whole
where they can, in the first part with room.

For example, three statements allow ecr:PutImage on the repositories a and b, ecr:ListImages on a, and ecr:PutImage on
c. `merge` makes two of them, ecr:ListImages on a and ecr:PutImage on a, b and c: 350 characters in one document. With
a limit of 320, `split` says what each of their values takes, and `bins` puts the smaller statement whole into the
first of two documents and the larger one into the second, which has room (first-fit). Were it too large for any, each
of its values would go into the document that it ranks first by hash and that has room (rendezvous hashing).

Quotas: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ecrgen.errors import EcrgenError, Problems
from ecrgen.policy import quotas
from ecrgen.policy.access import diff
from ecrgen.policy.access.work import Work
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.pack.bins import fewest
from ecrgen.policy.pack.merge import blocks_of, merged
from ecrgen.policy.pack.split import pieces_of

__all__ = ["pack"]

EMPTY = PolicyDocument(()).size


def pack(policies: Sequence[PolicyDocument], limit: int = quotas.MANAGED) -> tuple[PolicyDocument, ...]:
    """The fewest identity policies of at most `limit` characters that together decide as the given ones.

    Documents that fit come back as they are where they are as few already. Otherwise statements are merged where they
    can be, split where they must be, and proven to give and deny what the given ones do. Raises EcrgenError for the
    policy of a resource and for statements that cannot be split and do not fit, all at once.
    """
    refuse_resource_policies(policies)
    if not policies or (len(policies) == 1 and policies[0].size <= limit):
        return tuple(policies)
    room, work = limit - EMPTY, Work()
    pieces = [piece for block in merged(blocks_of(policies, work), work) for piece in pieces_of(block, room)]
    problems = Problems(
        dict.fromkeys(
            f"statement {piece.name} cannot be split into policies of {limit} characters:"
            f" its smallest part needs {EMPTY + piece.least}"
            for piece in pieces
            if piece.least > room
        )
    )
    problems.stop()
    parts = fewest(pieces, room)
    prove(policies, parts, limit)
    if len(policies) <= len(parts) and all(policy.size <= limit for policy in policies):
        return tuple(policies)
    return parts


def refuse_resource_policies(policies: Iterable[PolicyDocument]) -> None:
    for number, policy in enumerate(policies, 1):
        for index, statement in enumerate(policy.statements):
            if statement.principal is not None or statement.not_principal is not None:
                raise EcrgenError(
                    f"document {number}: Statement[{index}] names a principal; a resource has one policy,"
                    " which cannot be packed"
                )


def prove(policies: Sequence[PolicyDocument], parts: Sequence[PolicyDocument], limit: int) -> None:
    """Read the parts again and compare what they decide, so that a bug here never reaches an account."""
    again = [PolicyDocument.from_json(part.to_json(indent=None)) for part in parts]
    too_large = [f"a part has {part.size} characters" for part in again if part.size > limit]
    unread = ["a part is not read as it was written"] if again != [*parts] else []
    differences = diff(policies, again)
    if any(difference.uncompared for difference in differences):
        raise EcrgenError("cannot be packed: the policies are too much to prove that their parts decide the same")
    problems = [*too_large, *unread, *(difference.words for difference in differences)]
    if problems:
        raise EcrgenError(f"packing policies went wrong; this is a bug in ecrgen, please report it: {problems[0]}")
