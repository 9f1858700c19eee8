"""Changes in words: what is done, and what access is gained and lost by it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from ecrgen.account.state import ManagedPolicy
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words
from ecrgen.policy.access import diff
from ecrgen.policy.document import PolicyDocument
from ecrgen.provision.changes import (
    Attach,
    Change,
    Create,
    Delete,
    Detach,
    SetDefault,
    Update,
    name_of,
    readable,
)
from ecrgen.provision.set_statements import SetStatements

__all__ = ["AWS_OWN", "Words", "done_to", "gained_and_lost"]

Words = tuple[tuple[str, ...], tuple[str, ...]]
AWS_OWN = "what AWS's own policy says, now and in future"


def done_to(change: Change) -> str:
    """A change in words: `create policy ecrgen.pay.ci`, `attach ecrgen.pay.ci to role/ci`, …"""
    name = name_of(change)
    match change:
        case SetStatements(place):
            whose = in_words(change.grants) if change.grants else "no grant"
            if change.after.text is None:
                return f"delete the policy of {place}, which holds nothing but the statements of {whose}"
            if change.takes_out:
                return f"take the statements of {whose} out of the policy of {place}"
            return f"set the statements of {whose} in the policy of {place}"
        case Create():
            return f"create policy {name}"
        case Update(goes=True):
            return f"leave {name} its Deny statements alone until it is deleted"
        case Update(_, actual, spare):
            odd = "" if readable(actual.default) else f", in place of {actual.default_version}, which cannot be read"
            room = f"; {spare}, the oldest, makes room" if spare else ""
            return f"new version of {name}{odd}{room}{bounding(actual)}"
        case SetDefault(actual, version):
            return (
                f"set {name} from {actual.default_version} back to {version.id} of {version.created}{bounding(actual)}"
            )
        case Attach(attachment):
            return f"attach {name} to {attachment.grantee}"
        case Detach(attachment):
            return f"detach {name} from {attachment.grantee}"
        case Delete(actual):
            count = len(actual.versions)
            return f"delete policy {name}" + (f" with its {count} versions" if count > 1 else "") + bounding(actual)
    assert_never(change)


def bounding(policy: ManagedPolicy) -> str:
    """The words for a policy that is somebody's permissions boundary, too: IAM does not delete it as long as it is."""
    whom = in_words(map(str, policy.bounds)) if policy.bounds else ""
    return f"; it is the permissions boundary of {whom}" if whom else ""


def gained_and_lost(before: Iterable[PolicyDocument | None], after: Iterable[PolicyDocument | None]) -> Words:
    """The access that documents after give and documents before do not, and the reverse, in sentences."""
    try:
        found = diff([document for document in before if document], [document for document in after if document])
    except EcrgenError as error:
        return ((f"(cannot be compared: {error})",), ())
    gained = tuple(each.words for each in found if each.direction == "gained")
    return gained, tuple(each.words for each in found if each.direction == "lost")
