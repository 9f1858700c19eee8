"""CloudTrail's events → what they say of denied requests.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/logging-using-cloudtrail.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ecrgen.audit.denial import Denial
from ecrgen.audit.message import sentences
from ecrgen.policy.arn import Arn, partition_of
from ecrgen.policy.names import ACCOUNT
from ecrgen.policy.reference import action as known_action

__all__ = ["Event", "events"]

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation"})
MOST = 10_000
# Each is read as far as it is JSON.
MOST_WRONG = 100
BEGINNING = re.compile(r"^[^\S\n]*([{\[])", re.MULTILINE)
DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Event:
    """An event with an error: its code and message, and the denial where it is one. `notes` say what it leaves open."""

    error: str
    denial: Denial | None
    notes: tuple[str, ...] = ()


def events(text: str) -> tuple[Event, ...] | None:
    """The events with an error in a text of JSON; None where the text holds no event."""
    found = [event for value in values(text) for event in inside(value)][:MOST]
    return tuple(filter(None, map(event_of, found))) if found else None


def values(text: str) -> Iterator[Any]:
    """The JSON value that a text is, or those that begin its lines: words of a log may stand beside them."""
    if len(text) > 64 * 1024 * 1024:
        return
    at = wrong = 0
    while wrong < MOST_WRONG and (found := BEGINNING.search(text, at)) is not None:
        try:
            value, at = DECODER.raw_decode(text, found.start(1))
            yield value
        except (ValueError, RecursionError):
            at, wrong = found.end(), wrong + 1


def inside(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every event in a value, as deep as it lies: in Records, messages of EventBridge and of Logs, rows of Lake."""
    if depth > 8:
        return
    match value:
        case {"eventName": str(), **_rest}:
            yield value
        case dict():
            for each in value.values():
                yield from inside(each, depth + 1)
        case [dict(), *_] if all(isinstance(each, dict) and len(each) == 1 for each in value):
            merged: dict[str, Any] = {}
            for each in value:
                merged.update(each)
            if isinstance(merged.get("eventName"), str):
                yield merged
            else:
                for each in value:
                    yield from inside(each, depth + 1)
        case list():
            for each in value:
                yield from inside(each, depth + 1)
        case str() if value.lstrip().startswith(("{", "[")):
            for each in values(value):
                yield from inside(each, depth + 1)


def event_of(event: dict[str, Any]) -> Event | None:
    code, message = text_of(event.get("errorCode")), text_of(event.get("errorMessage"))
    if not code and not message:
        return None
    error = f"{code}: {message}" if code and message else code or message
    if code not in DENIED:
        return Event(error, None)
    said = next(iter(sentences(message)), Denial())
    source = text_of(event.get("eventSource")).removesuffix(".amazonaws.com")
    name = f"{source}:{text_of(event.get('eventName'))}"
    known = known_action(name)
    principal, role = identity(event.get("userIdentity"))
    denial = replace(
        said,
        principal=said.principal or principal,
        action=said.action or (known.name if known else name if source else None),
        resource=said.resource or resource(event, known is not None and not known.resource_types),
        role=role,
        account=None if said.principal or principal else account_of(event.get("userIdentity")),
        region=said.region or text_of(event.get("awsRegion")) or None,
    )
    notes: tuple[str, ...] = ()
    if denial.account:
        notes += (
            "The event names no more of the caller than its account: whoever it was needs that account's own policies, "
            "too, besides the repository's.",
        )
    if text_of(event.get("sourceIPAddress")) == "ecr.amazonaws.com":
        notes += (
            "The event came through a registry's own address, so its source IP address and user agent are ECR's: "
            "whether a condition on aws:SourceIp held cannot be told from it.",
        )
    return Event(error, denial, notes)


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def identity(who: Any) -> tuple[str | None, str | None]:
    """The principal's ARN, or the service, and the ARN of an assumed role."""
    if isinstance(who, str):  # a row of CloudTrail Lake: {type=AssumedRole, arn=arn:…, …}
        arns = re.findall(r"\barn=(arn:[^,}\s]+)", who)
        roles = [arn for arn in arns if ":role/" in arn]
        return (arns[0] if arns else None), (roles[0] if roles and roles[0] != arns[0] else None)
    if not isinstance(who, dict):
        return None, None
    context = who.get("sessionContext")
    issuer = context.get("sessionIssuer") if isinstance(context, dict) else None
    role = text_of(issuer.get("arn")) if isinstance(issuer, dict) else ""
    if who.get("type") == "AWSService":
        return text_of(who.get("invokedBy")) or None, None
    return text_of(who.get("arn")) or None, role or None


def account_of(who: Any) -> str | None:
    """The account of a caller of whom an event in another account tells no more.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    account = text_of(who.get("accountId")) if isinstance(who, dict) and who.get("type") == "AWSAccount" else ""
    return account if re.fullmatch(ACCOUNT, account) else None


def resource(event: dict[str, Any], on_none: bool) -> str | None:
    """The repository of an event: by its resources, else by its request's parameters."""
    if on_none:
        return "*"
    for each in event.get("resources") or ():
        arn = each.get("ARN", each.get("arn")) if isinstance(each, dict) else None
        if isinstance(arn, str) and ":repository/" in arn:
            return arn
    asked = event.get("requestParameters")
    region = text_of(event.get("awsRegion"))
    if not isinstance(asked, dict) or not isinstance(asked.get("repositoryName"), str):
        return None
    account = text_of(asked.get("registryId")) or text_of(event.get("recipientAccountId"))
    partition = partition_of(region)
    if not account or partition is None:
        return None
    return str(Arn(partition, "ecr", region, account, f"repository/{asked['repositoryName']}"))
