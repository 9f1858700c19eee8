"""Identity policies with which a resource's own policies alone decide a request."""

from __future__ import annotations

from ecrgen.policy.arn import Arn
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.request import Request

__all__ = ["EVERYTHING", "whatever_allowed"]

EVERYTHING = PolicyDocument(Statement("Allow", action="*", resource="*"))


def whatever_allowed(request: Request) -> tuple[PolicyDocument, ...]:
    """A policy that allows everything to a caller of another account, who needs one there; for all others none.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    """
    arn, caller = Arn.parse(request.resource), request.caller
    needed = arn is not None and caller is not None and caller.type != "Service" and caller.account != arn.account
    return (EVERYTHING,) if needed else ()
