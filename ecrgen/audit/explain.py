"""A message of denied access → which kind of policy stands in the way, and what lets the operation through."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ecrgen.account.authorization import Authorization
from ecrgen.audit.accounts import Accounts
from ecrgen.audit.asked_for import asked_for, of_another_registry
from ecrgen.audit.blame import Blame, by_accounts
from ecrgen.audit.by_authorization import Said, by_authorization, denial_of, keys_of, policies_of
from ecrgen.audit.causes import TABLE
from ecrgen.audit.cleaned import cleaned, readings
from ecrgen.audit.client import Shown, operations_of, shown
from ecrgen.audit.cloudtrail import events
from ecrgen.audit.denial import Denial
from ecrgen.audit.in_the_way import in_the_way
from ecrgen.audit.known import Known
from ecrgen.audit.message import sentences
from ecrgen.audit.remedy import Half, Remedy, grantee_of, grants_giving, of_repository, remedy
from ecrgen.catalog.catalog import Catalog
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words
from ecrgen.policy.layers import Layer
from ecrgen.policy.reference import action as known_action

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a text is about. `operation` is None where it may be several or none, `known` is False for a text that is
    none of those that are known. `half` is where the remedy has to be, and `causes` are sentences, the likely first.
    `policies` are those that AWS says it looked at, None where it was not asked.
    """

    denial: Denial
    known: bool = True
    operation: str | None = None
    remedy: Remedy | None = None
    half: Half | None = None
    causes: tuple[str, ...] = field(default=())
    policies: tuple[Said, ...] | None = None


class Told(NamedTuple):
    """What was found in a text: the denial, if one, the clients' requests that it shows, and the kinds of messages."""

    denial: Denial | None
    shown: Sequence[Shown]
    known: Known | None
    notes: tuple[str, ...] = ()


def explain(
    catalog: Catalog,
    text: str,
    accounts: Accounts | None = None,
    ask: Callable[[Denial], Authorization] | None = None,
) -> Explanation:
    """The explanation of a text: a message of AWS or of a client, or events of CloudTrail.

    With accounts, the causes begin with the statements that are to blame in them. With `ask`, which asks AWS about a
    denial that has an authorization id, they begin with what AWS says, and layer, effect and policies are AWS's. Raises
    EcrgenError for a text without such an id then, and whatever `ask` raises.
    """
    told = read(catalog, text)
    if ask is not None and (told.denial is None or told.denial.authorization is None):
        raise EcrgenError(
            "the text has no authorization id, by which AWS could be asked; such a message ends with "
            "'authorization id: ID', and few services give one yet"
        )
    if told.denial is not None:
        details = ask(told.denial) if ask else None
        denial = denial_of(told.denial, details) if details else told.denial
        blamed = Blame() if accounts is None else by_accounts(catalog, accounts, denial)
        keys = keys_of(told.denial, details) if details else None
        found = of_denial(catalog, denial, told, blamed.lacking, keys)
        by_aws = tuple(by_authorization(told.denial, details)) if details else ()
        policies = policies_of(told.denial, details) if details else None
        return replace(found, causes=(*by_aws, *blamed.causes, *found.causes), policies=policies)
    if told.known is not None and not (told.shown and told.known.vague):
        return of_known(catalog, told.known, told.shown, told.notes)
    if told.shown:
        return of_client(catalog, told.shown)
    return Explanation(Denial(), known=False, causes=told.notes)


def read(catalog: Catalog, text: str) -> Told:
    logged = events(text)
    if logged is not None:
        denials = tuple(dict.fromkeys(each.denial for each in logged if each.denial is not None))
        if denials:
            first = next(each for each in logged if each.denial == denials[0])
            return Told(denials[0], (), None, (*first.notes, *others(denials)))
        text = "\n".join(each.error for each in logged)
    found = sentences(text)
    lines = readings(cleaned(text))
    told = told_of(catalog, text)
    if found:
        return Told(found[0], told, None, others(found))
    known = next((each for each in TABLE if any(map(each.found, lines))), None)
    return Told(None, told, known)


def told_of(catalog: Catalog, text: str) -> tuple[Shown, ...]:
    """The requests that a text tells of: those of the clients that it shows, as far as the request itself agrees."""
    if of_another_registry(text):
        return ()
    by_client, by_request = shown(catalog, text), asked_for(catalog, text)
    # a client's words may be another's in another operation, which the rest of the text tells
    agreeing = {(each.operation.name, action) for each in by_request for action in each.actions}
    both = tuple(
        each for each in by_client if any((each.operation.name, action) in agreeing for action in each.actions)
    )
    return both or by_request or by_client


def others(denials: Sequence[Denial]) -> tuple[str, ...]:
    if len(denials) < 2:
        return ()
    actions = dict.fromkeys(each.action or "an action that it does not name" for each in denials[1:])
    return (f"The text tells of other denials, too, each to be explained by itself: {in_words(actions)}.",)


def of_denial(
    catalog: Catalog, denial: Denial, told: Told, lacking: Layer | None, keys: Mapping[str, Any] | None
) -> Explanation:
    """The explanation of AWS's sentence or an event.

    `lacking` allow nothing by the state; `keys` are those of the request, None where AWS was not asked for them.
    """
    names = operations_of(catalog, denial.action, told.shown) if denial.action else ()
    operation = names[0] if names else None
    causes = [*in_the_way(catalog, denial, lacking), *told.notes]
    if len(names) > 1:
        causes.append(f"{denial.action} is asked in more than one operation: {in_words(names)}.")
    if denial.authorization and keys is None:
        causes.append(
            "IAM keeps the details for 24 hours: with --authorization-details, ecrgen asks for them; "
            f"or aws iam-toolbox get-request-authorization-details --authorization-id {denial.authorization}"
        )
    half = half_of(denial, lacking)
    found = None
    wanted = operation or denial.action
    if half is not None and wanted is not None and mendable(denial):
        found = remedy(catalog, wanted, denial)
        if found is None:
            causes.append(f"No persona of the catalog does {wanted} without further arguments.")
        elif found.grant is None:
            causes.append("The text does not name a role or user that a grant could be to.")
        elif half == "repository" and denial.across_accounts:
            found = of_repository(found)
        if found is not None and denial.caller is not None and denial.caller.type == "Service":
            causes.append(
                "A grant to a service needs a guard, source-account=ID or source-arn=ARN, which says for whom the "
                "service works; the text does not."
            )
        causes += already(catalog, wanted, denial, keys)
    return Explanation(denial, True, operation, found, half if found else None, tuple(causes))


def mendable(denial: Denial) -> bool:
    """Whether a policy of a catalog's could be what is missing."""
    if denial.effect == "explicit" or denial.layer not in (None, "identity", "resource"):
        return False
    caller = denial.caller
    return caller is None or caller.type != "Account" or denial.across_accounts is True


def half_of(denial: Denial, lacking: Layer | None) -> Half | None:
    """The half of a grant that is missing, as far as a sentence tells, or a state."""
    caller = denial.caller
    if (caller is not None and caller.type in ("Service", "Account")) or (denial.account and denial.across_accounts):
        return "repository"
    if lacking == "identity":
        return "identity"
    if denial.layer == "resource" and denial.across_accounts is not False:
        return "repository"
    return "identity"


def already(catalog: Catalog, wanted: str, denial: Denial, keys: Mapping[str, Any] | None) -> Iterator[str]:
    """The catalog's grants that ought to have let it through, and those that are to somebody else."""
    to, caller = grantee_of(catalog, denial), denial.caller
    for grant, found in grants_giving(catalog, wanted, denial):
        mine = caller is not None and to is not None and bool({to, caller.arn, denial.role} & set(grant.to))
        guards = in_words(map(str, grant.guards)) if grant.guards else ""
        if mine and guards:
            asked = dict.fromkeys(key.key for key in found.conditions)
            yield f"Grant {grant.name} gives this already, under {guards}: {whether(asked, keys)}."
        elif mine:
            yield f"Grant {grant.name} gives this already, so add no other: see with ecrgen plan whether it is applied."
        elif grant.to:
            yield f"Grant {grant.name} gives this to {in_words(grant.to)}; the request came from another principal."


def whether(asked: Iterable[str], keys: Mapping[str, Any] | None) -> str:
    """Whether the keys of guards can hold: what the request had of them where AWS says so, else that one has to see."""
    named = tuple(asked)
    if not keys or not named:
        return f"see whether {in_words(named) if named else 'its keys'} can hold here"
    had = [f"{key} {in_words(shown_value(keys[key.lower()]))}" if key.lower() in keys else f"no {key}" for key in named]
    return f"by AWS, the request had {in_words(had)}"


def shown_value(value: Any) -> list[str]:
    """The values of a key as texts."""
    return [
        each if isinstance(each, str) else json.dumps(each) for each in (value if isinstance(value, list) else [value])
    ]


def of_known(catalog: Catalog, known: Known, told: Sequence[Shown], notes: Sequence[str]) -> Explanation:
    """The explanation of a message of the table."""
    resource = next((each.resource for each in told if each.resource), None)
    actions = {action for each in told for action in each.actions if each.operation.name == known.operation}
    told_action = actions.pop() if len(actions) == 1 and known.permission and known.operation != "login" else None
    denial = Denial(action=known.action or told_action, resource="*" if known.operation == "login" else resource)
    found = None
    if known.permission and known.operation is not None and known.operation in catalog.operations:
        found = remedy(catalog, known.operation, denial)
    half: Half | None = "identity" if found else None
    return Explanation(denial, True, known.operation, found, half, (*known.causes, *notes))


def of_client(catalog: Catalog, told: Sequence[Shown]) -> Explanation:
    """The explanation of what a client shows of a denial without AWS's sentence."""
    # an operation also tells of requests of what it needs
    told = [each for each in told if set(each.actions) & set(each.operation.actions)] or told
    actions = tuple(dict.fromkeys(action for each in told for action in each.actions))
    names = tuple({frozenset(each.operation.actions): each.operation.name for each in reversed(told)}.values())[::-1]
    clients = in_words(dict.fromkeys(each.client for each in told), "or")
    known = known_action(actions[0]) if len(actions) == 1 else None
    on_none = known is not None and not known.resource_types
    resource = "*" if on_none else next((each.resource for each in told if each.resource), None)
    denial = Denial(action=actions[0] if len(actions) == 1 else None, resource=resource)
    operation = names[0] if len(names) == 1 else None
    causes = [f"{clients} shows this where {in_words(actions, 'or')} is denied, in {in_words(names, 'or')}."]
    if not on_none:
        causes.append(
            "The answer does not say which policy: the principal's own, or, in another account, the repository's."
        )
    found = remedy(catalog, names[0], denial)
    half: Half | None = "identity" if found else None
    return Explanation(denial, True, operation, found, half, tuple(causes))
