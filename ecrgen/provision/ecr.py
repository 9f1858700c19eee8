"""The calls that change resource policies: read again right before each write, so that nothing of others is lost

ECR knows no version of a policy, and the last writer wins: what others write between that read and the write is lost,
which nobody can exclude. A write that is sent again is made of what is there by then.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from ecrgen.account.connection import Connection
from ecrgen.account.faults import AwsError
from ecrgen.account.fetch_resources import named, parameters_of, policy_text
from ecrgen.account.resource_policies import SharedPlace
from ecrgen.account.shared_document import JsonStatement, SharedDocument, is_same
from ecrgen.catalog.places import Repository
from ecrgen.errors import EcrgenError, PolicyError
from ecrgen.messages import in_words
from ecrgen.provision.set_statements import SetStatements

__all__ = ["Ecr"]

# A role or a user that was made a moment ago is not found yet. So often a write is repeated, which takes 2 minutes, and
# after so many pauses they grow no longer.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html#troubleshoot_general_eventual-consistency
PATIENCE = 22
LONGEST_PAUSE = 7
NOT_FOUND = "Principal not found"
MOST_NAMED = 3


class Ecr:
    """The resource policies of one account, in which one namespace's statements are changed. Raises EcrgenError."""

    def __init__(self, connection: Connection, namespace: str) -> None:
        self.connection = connection
        self._namespace = namespace

    def set_statements(self, change: SetStatements) -> None:
        """Make our statements in a policy what a change says, whatever others have written there meanwhile.

        Ours have to be what they were when it was planned, or what they are to be already. `force` is never sent.
        """
        now = self._now(change)
        for attempt in count(1):
            if now is None:
                return
            try:
                self._write(change, now)
                return
            except AwsError as error:
                if NOT_FOUND in error.fault.message:
                    if attempt >= PATIENCE:
                        raise EcrgenError(not_found(change, now)) from None
                elif error.fault.meaning not in ("busy", "unclear") or attempt >= self.connection.attempts:
                    raise
            self.connection.wait(min(attempt, LONGEST_PAUSE))
            now = self._now(change)

    def _now(self, change: SetStatements) -> SharedDocument | None:
        """The policy as it is now; None where our statements are what they are to be."""
        try:
            now = self._read(change.place)
        except AwsError as error:
            if change.goes and error.fault.code == "RepositoryNotFoundException":
                return None
            raise
        if now.holds(change.statements):
            return None
        if not is_same(now.ours, change.document.ours):
            raise EcrgenError(
                f"{change.place}: ecrgen's statements in its policy are not what they were when this was planned, so "
                "nothing was written; plan again"
            )
        return now

    def _write(self, change: SetStatements, now: SharedDocument) -> None:
        place, merged = change.place, now.with_ours(change.statements)
        if merged.room < 0:
            raise EcrgenError(
                f"{place}: with what others wrote into its policy meanwhile, it would have {-merged.room} characters "
                "more than AWS takes; plan again"
            )
        if merged.misreads(change.statements):
            raise EcrgenError(f"{place}: others have given its policy another Version meanwhile; plan again")
        verb = "Delete" if merged.text is None else "Set" if isinstance(place, Repository) else "Put"
        parameters = parameters_of(place) | ({} if merged.text is None else {"policyText": merged.text})
        answer = self.connection.send(
            f"{verb}{named(place)}",
            str(place),
            parameters,
            region=place.region,
            attempts=1,
            done=lambda: self._read(place).holds(change.statements),
            gone_is_done=merged.text is None,
        )
        if merged.text is None and answer is not None and isinstance(answer.get("policyText"), str):
            self._give_back(place, answer["policyText"])

    def _give_back(self, place: SharedPlace, deleted: str) -> None:
        """Write again what others had written into a policy by the time it was deleted, unless there is one already."""
        document = self._document(place, deleted)
        if document.others and self._read(place).elements is None:
            operation = f"{'Set' if isinstance(place, Repository) else 'Put'}{named(place)}"
            parameters = parameters_of(place) | {"policyText": document.with_ours(()).text}
            self.connection.send(operation, str(place), parameters, region=place.region)

    def _read(self, place: SharedPlace) -> SharedDocument:
        if place.account != self.connection.account:
            raise EcrgenError(f"{place}: not of account {self.connection.account}, and ecrgen changes nothing else")
        return self._document(place, policy_text(self.connection, place))

    def _document(self, place: SharedPlace, text: str | None) -> SharedDocument:
        try:
            return SharedDocument.read(text, self._namespace)
        except PolicyError as error:
            raise EcrgenError(f"{place}: {error}") from None


def not_found(change: SetStatements, now: SharedDocument) -> str:
    """The words for a policy that AWS does not take because of somebody whom it names."""
    whom = list(dict.fromkeys(principals_in(change.statements)))
    others = list(dict.fromkeys(now.gone_of_others))
    if others:
        return (
            f"{change.place}: others' statements name {in_words(shortened(others))}, somebody who was deleted, and AWS "
            "takes no policy with that; its owner has to take it out"
        )
    return f"{change.place}: AWS does not find one of {in_words(shortened(whom), 'or')}; make it, or correct the grant"


def principals_in(statements: Iterable[JsonStatement]) -> Iterator[str]:
    for statement in statements:
        principal = statement.get("Principal")
        names = principal.get("AWS", ()) if isinstance(principal, dict) else ()
        yield from (names,) if isinstance(names, str) else names


def shortened(names: list[str]) -> list[str]:
    more = len(names) - MOST_NAMED
    return names if more <= 0 else [*names[:MOST_NAMED], f"{more} more"]
