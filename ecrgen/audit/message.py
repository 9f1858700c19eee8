"""AWS's sentence about a denied request → a Denial.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from ecrgen.audit.cleaned import cleaned, readings
from ecrgen.audit.denial import Culprit, Denial
from ecrgen.policy.arn import Arn
from ecrgen.policy.layers import TERMS
from ecrgen.policy.reference import action as known_action

__all__ = ["TERM_OF", "sentences"]

TERM_OF: Mapping[Culprit, str] = dict([*TERMS.items(), ("trust", "role trust policy")])
CULPRITS: dict[str, Culprit] = {term.lower(): culprit for culprit, term in TERM_OF.items()} | {
    "sessions policy": "session",  # an older page's
    "permission boundary": "boundary",
    "permissions boundary policy": "boundary",
}
TERM = "|".join(map(re.escape, sorted(CULPRITS, key=len, reverse=True)))
SENTENCE = re.compile(
    r"(?:(?:User|Principal|Caller)\s*:\s*[\"']?(?P<principal>[\w.+=,@:/*<>{}$-]{1,2048}?)[\"']?\s+)?"
    r"is\s+not\s+authori[sz]ed\s+to\s+perform\s*:?\s*"
    r"(?P<action>[a-z][a-z0-9-]{0,62}:[A-Za-z]{1,100})?(?P<cut>\W*\Z)?"
    r"(?:\s*on\s+(?:this\s+)?resource\s*:?\s*[\"']?(?P<resource>\*(?!\*)|arn:[^\s\"',;)}\]]{1,2048})?[\"']?)?",
    re.IGNORECASE,
)
IMPLICIT = re.compile(rf"[\s.,]*because\s+no\s+(?P<term>{TERM})\s+allows", re.IGNORECASE)
EXPLICIT = re.compile(
    rf"[\s.,]*with\s+an\s+explicit\s+deny(?:\s+in\s+(?:an?|the)\s+(?P<term>{TERM})"
    rf"(?:\s+transitively\s+through\s+an?\s+(?P<through>{TERM}))?(?:\s*:\s*(?P<policy>arn:[^\s\"',;)]+))?)?",
    re.IGNORECASE,
)
CUT_REASON = re.compile(
    r"[\s.,]*(?:(?P<because>because\s+no)|with\s+an\s+explicit\s+deny\s+in\s+(?:an?|the))\s+"
    r"(?P<begun>[\w -]{3,}?)[\s.…\"']*\Z",
    re.IGNORECASE,
)
EITHER = re.compile(r"[\s.,]*because\s+the\s+resource\s+does\s+not\s+exist\s+in\s+this\s+Region", re.IGNORECASE)
AUTHORIZATION = re.compile(r"authorization[ -]id\s*:\s*([0-9a-z-]{1,256})|#/authorization-details/([0-9a-z-]{1,256})")
REGION = re.compile(r"[?&]region=([a-z0-9-]{1,32})#/(?:authorization-details|access-troubleshooter)")
MOST = 50


def sentences(text: str) -> tuple[Denial, ...]:
    """Every denial that a text tells in AWS's words, each once, in the order of the text."""
    plain = cleaned(text)
    read = [tuple(map(denial_of, SENTENCE.finditer(line))) for line in readings(plain)]
    best = max(read, key=lambda found: sum(map(told, found)))
    return tuple(dict.fromkeys(best[:MOST]))


def told(denial: Denial) -> int:
    """How much a denial says; an ARN that is none says nothing, so the reading that cuts one loses."""
    arns = (denial.principal, denial.resource)
    whole = sum(2 for text in arns if text and (text == "*" or is_whole(text)))
    return whole + (denial.action is not None) + 2 * (denial.layer is not None) + (denial.effect is not None)


def is_whole(text: str) -> bool:
    arn = Arn.parse(text)
    return arn is not None and bool(arn.resource) and re.fullmatch(r"[0-9]{12}|\*+|<[^>]*>|", arn.account) is not None


def denial_of(found: re.Match[str]) -> Denial:
    """The denial of a sentence; what follows the match is its reason."""
    rest = found.string[found.end() :]
    layer, effect, policy = reason(rest)
    resource = found["resource"]
    if resource is not None and resource != "*":
        at_end = not rest.strip(" .\"'")
        resource = resource.rstrip(".:…")
        if not is_whole(resource) or (at_end and resource.endswith(("/", ":"))):
            resource = None
    principal = found["principal"]
    if principal is not None:
        principal = principal.strip(".,:")
    authorization = AUTHORIZATION.search(rest)
    return Denial(
        principal=principal or None,
        action=spelled(found["action"], cut=found["cut"] is not None and not found["resource"]),
        resource=resource,
        layer=layer,
        effect=effect,
        policy=policy.rstrip(".") if policy else None,
        authorization=(authorization[1] or authorization[2]) if authorization else None,
        region=region[1] if (region := REGION.search(rest)) else None,
    )


def spelled(action: str | None, *, cut: bool) -> str | None:
    """The action in the reference's spelling. The last word of a text that is no action was cut, and says nothing."""
    if action is None:
        return None
    known = known_action(action)
    return known.name if known else None if cut else action


def reason(rest: str) -> tuple[Culprit | None, Literal["implicit", "explicit"] | None, str | None]:
    """The layer that denied, how, and the ARN of its policy."""
    if found := IMPLICIT.match(rest):
        return CULPRITS[words(found["term"])], "implicit", None
    if EITHER.match(rest):
        return "resource", None, None
    explicit = EXPLICIT.match(rest)
    if explicit and explicit["term"]:
        return CULPRITS[words(explicit["through"] or explicit["term"])], "explicit", explicit["policy"]
    if found := CUT_REASON.match(rest):
        begun = words(found["begun"])
        meant = {culprit for term, culprit in CULPRITS.items() if term.startswith(begun)}
        return (meant.pop() if len(meant) == 1 else None), "implicit" if found["because"] else "explicit", None
    if explicit:
        return None, "explicit", None
    return None, None, None


def words(text: str) -> str:
    return " ".join(text.lower().split())
