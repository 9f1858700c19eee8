"""Shared documents: the policy of a repository or of a registry, in which others have statements, too.

AWS knows no single statement: a policy is read and written whole, and the last writer wins. Ours are the statements
whose Sid begins as `sid_prefix` says; all else in a document is others', and stays as it is and in its order:

    read:        Id "x", [theirs, ours 1, theirs too]
    to be ours:  [ours 1, which says something else now, ours 2]
    written:     Id "x", [theirs, theirs too, ours 1, ours 2]

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ecrgen.catalog.sids import grant_of_sid, sid_prefix
from ecrgen.errors import PolicyError
from ecrgen.messages import json_type
from ecrgen.policy import quotas
from ecrgen.policy.document import Statement
from ecrgen.policy.elements import VERSION, Principals, parse_json
from ecrgen.policy.names import ACCOUNT, PARTITION, UNIQUE_ID

__all__ = ["JsonStatement", "SharedDocument", "comparable", "is_same"]

# A statement as JSON values, as it stands in a document.
JsonStatement = Mapping[str, Any]

ROOT = re.compile(f"arn:{PARTITION}:iam::({ACCOUNT}):root")
GONE = re.compile(UNIQUE_ID)
NO_DOCUMENT: Mapping[str, Any] = {"Version": VERSION, "Statement": []}


@dataclass(frozen=True, slots=True)
class SharedDocument:
    """A document as JSON values, which nobody changes, as one namespace sees it.

    `elements` are the document's own, Statement among them; None where there is no policy.
    """

    namespace: str
    elements: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, text: str | None, namespace: str) -> SharedDocument:
        """The document in a text; None for no policy. Raises PolicyError for what nobody could give back as it was."""
        if text is None:
            return cls(namespace)
        elements = parse_json(text)
        if not isinstance(elements, dict):
            raise PolicyError(f"a policy is an object, and this is {json_type(elements)}")
        if not isinstance(elements.get("Statement"), dict | list):
            raise PolicyError("is no object and no list", "Statement")
        try:
            json.dumps(elements, allow_nan=False)
        except RecursionError:
            raise PolicyError("not a policy: nested too deeply") from None
        except ValueError:
            raise PolicyError("it holds a number beyond what can be given back") from None
        return cls(namespace, elements)

    @property
    def statements(self) -> tuple[Any, ...]:
        """All statements as they are, also the one that stands in no list."""
        found = () if self.elements is None else self.elements["Statement"]
        return (found,) if isinstance(found, dict) else tuple(found)

    @property
    def ours(self) -> tuple[JsonStatement, ...]:
        """The statements of the namespace, as they are."""
        return tuple(each for each in self.statements if self.is_ours(each))

    def by_grant(self) -> dict[str | None, list[JsonStatement]]:
        """The statements of the namespace by their grants; None has those that no grant gives a Sid of this form."""
        found: dict[str | None, list[JsonStatement]] = {}
        for each in self.ours:
            found.setdefault(grant_of_sid(self.namespace, each["Sid"]), []).append(each)
        return found

    @property
    def others(self) -> tuple[Any, ...]:
        """The statements of all others, as they are."""
        return tuple(each for each in self.statements if not self.is_ours(each))

    def is_ours(self, statement: object) -> bool:
        sid = statement.get("Sid") if isinstance(statement, dict) else None
        return isinstance(sid, str) and sid.startswith(sid_prefix(self.namespace))

    def holds(self, ours: Iterable[JsonStatement]) -> bool:
        """True where our statements are these and no others, however AWS writes them, in whatever order."""
        wanted = tuple(ours)
        return is_same(self.ours, wanted) and not self.misreads(wanted)

    def with_ours(self, ours: Iterable[JsonStatement]) -> SharedDocument:
        """The document in which our statements are these and no others; others' stay. No statement: no policy.

        A document is given back as it is where it holds them. What others wrote keeps its Version: see `misreads`.
        """
        wanted = sorted(ours, key=lambda statement: str(statement.get("Sid")))
        if self.holds(wanted):
            return self
        others = self.others
        if not others and not wanted:
            return replace(self, elements=None)
        elements = {**(NO_DOCUMENT if self.elements is None else self.elements)}
        if not others:
            elements["Version"] = VERSION
        elements["Statement"] = [*others, *wanted]
        return replace(self, elements=elements)

    def misreads(self, ours: Iterable[JsonStatement]) -> bool:
        """True where statements speak of variables, and this document's Version makes plain text of them.

        The Version is not ours to change: in what others wrote, plain text would become variables.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
        """
        if self.elements is None or self.elements.get("Version") == VERSION:
            return False
        return any("${" in json.dumps(each) for each in ours)

    @property
    def text(self) -> str | None:
        """The document as it is sent, without white space between its elements; None where there is no policy."""
        if self.elements is None:
            return None
        return json.dumps(self.elements, ensure_ascii=False, separators=(",", ":"))

    @property
    def size(self) -> int:
        """The characters of the text, which are what AWS counts, spaces in it included."""
        return len(self.text or "")

    @property
    def room(self) -> int:
        """The characters that may still come; below zero, AWS refuses the document."""
        return quotas.ECR_POLICY - self.size

    @property
    def gone(self) -> tuple[str, ...]:
        """The ids that AWS shows in our statements in place of roles and users that were deleted."""
        return tuple(ids_in(self.ours))

    @property
    def gone_of_others(self) -> tuple[str, ...]:
        """The same in others' statements. AWS may take no document that has one."""
        return tuple(ids_in(self.others))


def is_same(one: Iterable[JsonStatement], other: Iterable[JsonStatement]) -> bool:
    """True where statements say the same, Sids included, in whatever order and however they are written."""
    return Counter(map(comparable, one)) == Counter(map(comparable, other))


def comparable(statement: JsonStatement) -> Statement | str:
    """A statement to compare; one that ecrgen's strict reader refuses is its text."""
    try:
        return alike(Statement.from_dict(statement))
    except PolicyError:
        return json.dumps(statement, sort_keys=True)


def alike(statement: Statement) -> Statement:
    """The normalised view, in which a principal is written in one way.

    AWS gives an account back as the ARN of its root user, and `{"AWS": "*"}` is `"*"`.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    view = statement.normalised()
    return replace(view, principal=one_form(view.principal), not_principal=one_form(view.not_principal))


def one_form(principals: Principals | None) -> Principals | None:
    if principals is None or principals == "*":
        return principals
    pairs = []
    for kind, values in principals:
        roots = {value: found[1] for value in values if kind == "AWS" and (found := ROOT.fullmatch(value))}
        pairs.append((kind, tuple(sorted({roots.get(value, value) for value in values}))))
    return "*" if pairs == [("AWS", ("*",))] else tuple(pairs)


def ids_in(statements: Iterable[Any]) -> Iterator[str]:
    """The unique ids of roles and users that statements name as principals.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
    """
    for statement in statements:
        principals = statement.get("Principal") if isinstance(statement, dict) else None
        names = principals.get("AWS") if isinstance(principals, dict) else None
        for name in names if isinstance(names, list) else [names]:
            if isinstance(name, str) and GONE.fullmatch(name):
                yield name
