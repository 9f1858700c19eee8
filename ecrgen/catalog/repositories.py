"""What an identity policy allows on repositories: each Allow's actions and ARNs, less what a Deny takes away.

All that has no equal in a resource policy is refused: what is left out would be a promise that is not kept, and what
is said more widely is access that nobody meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecrgen.errors import EcrgenError, PolicyError
from ecrgen.messages import in_words, quoted
from ecrgen.policy import reference
from ecrgen.policy.arn import Arn
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.patterns import Pattern

__all__ = ["Allowed", "allowed_on_repositories", "is_pattern", "whole_in_registry"]

SERVICES = ("ecr", "ecr-public")


@dataclass(frozen=True, slots=True)
class Allowed:
    """A statement that allows actions on a repository, or on those of a pattern, by their ARN.

    `actions` are all of the statement's that work on repositories and that no Deny takes away.
    """

    statement: Statement
    arn: Arn
    actions: tuple[str, ...]


def whole_in_registry(document: PolicyDocument, account: str) -> None:
    """Raises PolicyError for a statement that is not wholly about repositories of an account, or that denies."""
    for index, statement in enumerate(document.statements):
        place = f"Statement[{index}]"
        if statement.effect != "Allow":
            raise PolicyError("a Deny would also take from what other grants give", place)
        for text in statement.resources:
            arn = Arn.parse(text)
            if arn is None or (arn.service, arn.account) != ("ecr", account):
                raise PolicyError(f"{quoted(text)} is no repository of account {account}", f"{place}.Resource")
        for action in statement.actions:
            if not works(action, "ecr"):
                raise PolicyError(f"{quoted(action)} works on no repository", f"{place}.Action")


def is_pattern(arn: Arn) -> bool:
    """True where the ARN is of several repositories."""
    return "*" in arn.resource or "?" in arn.resource


def allowed_on_repositories(document: PolicyDocument, accounts: Iterable[str]) -> Iterator[Allowed]:
    """What is allowed on the repositories of these accounts, in the order of the document; not what is on `*`.

    Raises EcrgenError for what a resource policy cannot say.
    """
    accounts = tuple(accounts)
    for statement in document.statements:
        if statement.effect != "Allow":
            continue
        for text in statement.resources:
            arn = repository_arn(text, statement)
            if arn is None or not about(arn.account, accounts):
                continue
            refuse(document, statement, arn)
            actions = tuple(undenied(document, statement, arn))
            if actions:
                yield Allowed(statement, arn, actions)
        if statement.not_resource is not None and any(works(each, "ecr") for each in statement.actions or ("*",)):
            raise underived(statement, "NotResource names no repository; write Resource")


def about(account: str, accounts: Iterable[str]) -> bool:
    return any(Pattern.of(account, "text", False).matches(each) for each in accounts)


def repository_arn(text: str, statement: Statement) -> Arn | None:
    """The ARN of repositories that a Resource is; None for `*` and what is of other services."""
    arn = Arn.parse(text)
    if arn is None or arn.service not in SERVICES:
        return None
    if not arn.resource.startswith("repository/"):
        raise underived(statement, f"{text} is of no repository; write repository/NAME or repository/PREFIX/*")
    return arn


def refuse(document: PolicyDocument, statement: Statement, arn: Arn) -> None:
    """Raises EcrgenError for a statement that has no equal in the policies of these repositories."""
    place = f"{arn.partition}{arn.region}{arn.account}"
    if "*" in place or "?" in place:
        raise underived(statement, f"{arn} is of any account or region; name them")
    if "${" in str(arn) and document.has_variables:
        raise underived(statement, f"{arn} is another repository for each caller; write a pattern and a tag")
    if statement.not_action is not None:
        raise underived(statement, "NotAction may be any action; write Action")
    if not document.has_variables and "${" in repr(statement.condition):
        raise underived(statement, "its ${…} is plain text in this Version; write Version 2012-10-17")


def undenied(document: PolicyDocument, statement: Statement, arn: Arn) -> Iterator[str]:
    for action in statement.actions:
        service, _, name = action.partition(":")
        if not works(action, arn.service):
            continue
        if not any(takes_away(deny, action, arn, document) for deny in document.statements if deny.effect == "Deny"):
            # a resource policy of ECR names ECR's actions only
            yield action if service == arn.service else f"{arn.service}:{name or '*'}"


def works(action: str, service: str) -> bool:
    """True where an action, or one of those that its wildcard stands for, works on repositories of this service.

    One that the reference does not know is taken to do so.
    """
    if "*" not in action and "?" not in action:
        known = reference.action(action)
        return action.lower().startswith(f"{service}:") and (known is None or bool(known.resource_types))
    named = Pattern.of(action, "action")
    return any(named.matches(each.lower()) and not reference.asked_of_star(each) for each in all_of(service))


def all_of(service: str) -> tuple[str, ...]:
    return reference.expand(f"{service}:*")


def takes_away(deny: Statement, action: str, arn: Arn, document: PolicyDocument) -> bool:
    """True where a Deny takes the action on these repositories away, whoever asks.

    Raises EcrgenError where it takes away a part, or under conditions: only a Deny could say that.
    """
    asked, there = Pattern.of(action, "action"), Pattern.of(str(arn), "resource", document.has_variables)
    actions = [Pattern.of(each, "action") for each in deny.actions]
    resources = [Pattern.of(each, "resource", document.has_variables) for each in deny.resources]
    if deny.not_action is None and deny.not_resource is None:
        if not (any(each.meets(asked) for each in actions) and any(each.meets(there) for each in resources)):
            return False
        whole = any(each.contains(asked) for each in actions) and any(each.contains(there) for each in resources)
        if whole and deny.condition is None:
            return True
    what = in_words((f"Deny {deny.sid or 'without a Sid'}", f"{action} on {arn}"), "and")
    raise EcrgenError(
        f"{what} meet: a Deny in a policy that others share would also take from what other grants give; "
        "write the Allow without what the Deny takes away, or its condition into the Allow"
    )


def underived(statement: Statement, why: str) -> EcrgenError:
    return EcrgenError(f"statement {statement.sid or 'without a Sid'} has no repository half: {why}")
