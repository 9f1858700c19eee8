"""A request as IAM sees it: who asks for what on what, and the context keys that follow from that.

Keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
Principals: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType

from ecrgen.errors import Problems
from ecrgen.policy import names, reference
from ecrgen.policy.arn import Arn
from ecrgen.policy.caller import Caller, caller_of
from ecrgen.policy.values import Unreadable, instant, w3c
from ecrgen.policy.variables import Keys

__all__ = ["LISTED_AS_ANY", "ContextValue", "Request"]

ContextValue = str | Sequence[str]

ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9-]+")
PARTITION = re.compile(names.PARTITION)
OWNER = re.compile(rf"|{names.ACCOUNT}|[a-z][a-z-]*")
ACCOUNT = re.compile(names.ACCOUNT)

# Asked of all repositories where the client names none: its messages of denied access say `repository/*`.
LISTED_AS_ANY = frozenset({"ecr:describerepositories", "ecr-public:describerepositories"})


@dataclass(frozen=True, slots=True)
class Request:
    """One question to policies: may this principal do this action on this resource, in this context?

    `action` is `service:Action`. `resource` is one ARN; `*` for an action without a resource type, whatever ARN is
    given, as AWS asks it (`ecr:GetAuthorizationToken`); `arn:…:repository/*` for a list of all repositories.
    `principal` is the ARN of a user, a role, a role session, a federated user or an account's root, or an AWS service
    (`lambda.amazonaws.com`), or `*`: someone in the resource's own account.

    `context` holds the other context keys, in any case: text for a single-valued key, a sequence of texts for a
    multivalued one, which no policy variable can stand for, and an empty sequence for a key that is absent. `all_of`
    are beginnings of keys in lower case, such as `aws:resourcetag/`, all of which the context holds.
    `management_account` is the id of the account that manages the organisation, where there is one: its service
    control policies do not bind that account's own principals, nor its resource control policies that account's
    resources.

    `keys` are all context keys in lower case, with those that follow from the rest: aws:PrincipalArn (of a session, the
    role without its path, which a session's ARN does not tell), aws:PrincipalAccount, aws:PrincipalType, aws:username,
    aws:userid (root and federated users), aws:PrincipalIsAWSService, aws:PrincipalServiceName, aws:ResourceAccount (of
    `*`, the caller's own account, unless the context has another), aws:RequestedRegion, and aws:CurrentTime and
    aws:EpochTime from each other. No clock is read, nothing else made up. The tags of a resource are left out where the
    request is for no resource, for more than one, or for one that has no tags.

    `caller` is the principal in its parts; None for `*`.

    Raises EcrgenError, every problem at once, also for a context that contradicts what follows from the request.
    """

    action: str
    resource: str = "*"
    principal: str = "*"
    context: Mapping[str, ContextValue] = field(default_factory=dict, hash=False)
    management_account: str | None = None
    all_of: tuple[str, ...] = ()
    keys: Keys = field(init=False, repr=False, compare=False)
    caller: Caller | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        Problems(self.problems()).stop()
        if reference.asked_of_star(self.action):
            object.__setattr__(self, "resource", "*")
        context = {key: value if isinstance(value, str) else tuple(value) for key, value in self.context.items()}
        given = {key.lower(): value for key, value in context.items()}
        caller = caller_of(self.principal)
        derived = {**resource_keys(self.resource), **(caller.keys if caller else {}), **time_keys(given)}
        Problems(contradictions(context, derived, caller)).stop()
        keys = {**self.own_account(caller), **derived, **self.carried(given)}
        keys = {key: value for key, value in keys.items() if value is not None and value != ()}
        object.__setattr__(self, "context", MappingProxyType(context))
        object.__setattr__(self, "keys", MappingProxyType(keys))
        object.__setattr__(self, "caller", caller)

    def own_account(self, caller: Caller | None) -> dict[str, str]:
        """The account of a request of `*`: ECR's actions without a resource are about the caller's own registry.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount
        """
        return {"aws:resourceaccount": caller.account} if self.resource == "*" and caller and caller.account else {}

    def carried(self, given: Keys) -> Keys:
        """The keys without the tags of resources where there is no one resource, or none that can have such tags.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourcetag
        """
        if not any(map(reference.is_resource_tag, given)):
            return given
        one = "*" not in self.resource
        return {
            key: value
            for key, value in given.items()
            if not reference.is_resource_tag(key) or (one and reference.carries(self.action, key))
        }

    def problems(self) -> Iterator[str]:
        """The problems of the fields, each taken by itself."""
        if not ACTION.fullmatch(self.action):
            yield f"action {self.action!r}: must be service:Action without wildcards, such as ecr:PutImage"
        if self.resource != "*":
            arn = Arn.parse(self.resource)
            if arn is None or not (PARTITION.fullmatch(arn.partition) and arn.service and arn.resource):
                yield f"resource {self.resource!r}: must be an ARN, or * for an action without a resource"
            elif ("*" in self.resource or "?" in self.resource) and not lists_all(self.action, arn):
                yield f"resource {self.resource!r}: a request is for one resource, so its ARN holds no * or ?"
            elif not OWNER.fullmatch(arn.account):
                yield f"resource {self.resource!r}: {arn.account!r} is no account id of 12 digits"
        if self.principal != "*" and caller_of(self.principal) is None:
            yield (
                f"principal {self.principal!r}: must be the ARN of a user, a role, a role session, a federated user or"
                " an account's root, or an AWS service such as lambda.amazonaws.com"
            )
        if self.management_account is not None and not ACCOUNT.fullmatch(self.management_account):
            yield f"management_account {self.management_account!r}: is no account id of 12 digits"
        yield from context_problems(self.context)


def lists_all(action: str, arn: Arn) -> bool:
    """Whether this is a request to list the repositories of a registry, whose resource is `repository/*`."""
    wild = set(str(replace(arn, resource=""))) & set("*?")
    return action.lower() in LISTED_AS_ANY and arn.resource == "repository/*" and not wild


def context_problems(context: Mapping[str, ContextValue]) -> Iterator[str]:
    names: dict[str, str] = {}
    for key, value in context.items():
        if not isinstance(key, str) or not key:
            yield f"context key {key!r}: must be text, such as aws:SourceIp"
            continue
        other = names.setdefault(key.lower(), key)
        if other != key:
            yield f"context: {other} and {key} are one key; give it once"
        values = [value] if isinstance(value, str) or not isinstance(value, Sequence) else value
        if not all(isinstance(each, str) for each in values):
            yield f'context {key}: must be text or a sequence of texts, such as "true" or "3600", not {value!r}'


@lru_cache(maxsize=1024)
def resource_keys(resource: str) -> Mapping[str, str | None]:
    """The context keys that follow from a resource's ARN: its owner and region, where the ARN has them."""
    arn = Arn.parse(resource)
    keys: dict[str, str | None] = {}
    if arn and ACCOUNT.fullmatch(arn.account):
        keys["aws:resourceaccount"] = arn.account
    if arn and arn.region:
        keys["aws:requestedregion"] = arn.region
    return keys


def time_keys(given: Keys) -> dict[str, str | None]:
    """aws:CurrentTime and aws:EpochTime from each other, where one of them is given and a date."""
    keys: dict[str, str | None] = {}
    for known, other in (("aws:currenttime", "aws:epochtime"), ("aws:epochtime", "aws:currenttime")):
        value = given.get(known)
        moment = instant(value) if isinstance(value, str) else Unreadable("several values")
        if not isinstance(moment, Unreadable):
            keys[other] = str(moment.seconds) if other == "aws:epochtime" else w3c(moment)
    return keys


def contradictions(context: Keys, derived: Mapping[str, str | None], caller: Caller | None) -> Iterator[str]:
    """A problem for each key of the context that contradicts the rest of the request."""
    for name, value in context.items():
        key = name.lower()
        expected = derived.get(key)
        if key not in derived or value == expected or same_fact(key, value, expected, caller):
            continue
        if expected is None:
            yield f"context {name}: no request of {caller.principal if caller else 'this kind'} has this key"
        else:
            yield f"context {name}: is {value!r}, but it follows from the request that it is {expected!r}"


def same_fact(key: str, value: str | tuple[str, ...], expected: str | None, caller: Caller | None) -> bool:
    """True where two texts are one value: a moment in two forms, or a session's role with its path."""
    if not isinstance(value, str):
        return False
    match key:
        case "aws:currenttime" | "aws:epochtime":
            ours, theirs = instant(value), instant(expected or "")
            if isinstance(ours, Unreadable) or isinstance(theirs, Unreadable):
                return False
            return ours.seconds == theirs.seconds
        case "aws:principalarn" if caller is not None and caller.is_session:
            role = caller_of(value)
            return (
                role is not None
                and (role.type, role.account, role.partition, role.name)
                == ("AssumedRole", caller.account, caller.partition, caller.name)
                and not role.is_session
            )
        case _:
            return False
