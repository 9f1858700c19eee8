"""Whom a resource's policies may let in beside the users and roles of the accounts that are known.

Of each only the resource's side can be told, so one is asked who has everything in its own account. A kind of caller
stands for all of it: a role of an account for the account, one of an organisation for the organisation. Where
conditions tell some of an account from the rest, by ARN, by name or by kind, one of those is asked, under the pattern
that they have in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ecrgen.audit.accounts import Accounts
from ecrgen.policy.arn import Arn
from ecrgen.policy.caller import caller_of
from ecrgen.policy.document import Condition, PolicyDocument, Statement
from ecrgen.policy.names import ACCOUNT, ACCOUNT_DIGITS, ORGANIZATION, SERVICE_PRINCIPAL
from ecrgen.policy.request import ContextValue, Request
from ecrgen.policy.statements import ConditionTest, compiled_document
from ecrgen.policy.variables import without_variables
from ecrgen.proof.parties import OUTSIDE

__all__ = ["Stranger", "strangers"]

NO_ACCOUNT = "000000000000"  # which is nobody's
ANY_SERVICE = "any-service.amazonaws.com"
# Of whoever is in no organisation, as AWS services are: these keys are in no request of theirs.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgid
NOWHERE: Mapping[str, ContextValue] = dict.fromkeys(OUTSIDE, ())
# A name that no pattern means but one that means all.
NAME = "ecrgen-stranger"
# Conditions that say what a key is, rather than what it is not.
POSITIVE = re.compile(r"(ForAnyValue:|ForAllValues:)?(String(Equals(IgnoreCase)?|Like)|Arn(Equals|Like))(IfExists)?")
# And those that say it in a Deny, whom it spares.
NEGATED = re.compile(r"(For\w+:)?(StringNot(Equals(IgnoreCase)?|Like)|ArnNot(Equals|Like))(IfExists)?")
# The keys that tell callers of one account apart, and those that tell of an organisation.
OF_CALLER = frozenset(("aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:username"))
OF_ORGANIZATION = frozenset(("aws:principalorgid", "aws:principalorgpaths"))
# In the requests that an AWS service makes itself, and in no others.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn
OF_SERVICE = frozenset(
    ("aws:principalisawsservice", "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")
)


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody outside: `principal` is what it is called, as grantees are, and how one of it asks.

    One whom another statement means is nothing by itself where another, of whom it is one, can anyway: `of` is that
    one's name.
    """

    principal: str
    example: str
    context: Mapping[str, ContextValue] = field(default_factory=dict, hash=False)
    of: str = ""


def strangers(
    accounts: Accounts, documents: Iterable[PolicyDocument], above: Iterable[PolicyDocument], partition: str
) -> tuple[Stranger, ...]:
    """Everybody whom these policies of a resource name, and those whom they mean by their conditions.

    An Allow means whom it lets in; a Deny, also of the resource control policies above, whom it spares. Two statements
    may mean those whom both do. The wider come before the narrower.

    A session and a federated user of a known account are among them: neither is listed with its users and roles.
    """
    ids = {one.organization.id for one in accounts.by_id.values() if one.organization is not None}
    found: dict[str, Stranger] = {}
    documents = tuple(documents)
    elsewhere = [
        (condition, (NEGATED if statement.effect == "Deny" else POSITIVE).fullmatch(condition.operator) is not None)
        for document in (*documents, *above)
        for statement in document.statements
        for condition in statement.conditions
    ]
    for document in documents:
        compiled = compiled_document(document, "resource")
        for index, statement in enumerate(document.statements):
            if statement.effect == "Allow":
                meaning = Meaning(statement, compiled.statement(index, statement).conditions, elsewhere, partition, ids)
                for each in (*meaning.named(), *meaning.by_organization(), *meaning.by_service()):
                    caller = caller_of(each.example)
                    own = caller is not None and caller.account in accounts.by_id
                    if caller is None or not own or caller.is_session or caller.type == "FederatedUser":
                        found.setdefault(each.principal, each)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Meaning:
    """An Allow statement of a resource's policy.

    `elsewhere` are the conditions of all, each with whether its values are those that it lets in or spares.
    `organizations` are the ids of those that are known.
    """

    statement: Statement
    tests: tuple[ConditionTest, ...]
    elsewhere: Iterable[tuple[Condition, bool]]
    partition: str
    organizations: Iterable[str]

    def named(self) -> Iterator[Stranger]:
        """Those whom Principal names; who NotPrincipal leaves is everybody."""
        if self.statement.not_principal is not None:
            yield from self.everybody()
        for kind, name in self.statement.principals:
            account = name if re.fullmatch(ACCOUNT, name) else account_of_root(name)
            if kind == "Service":
                yield of_service(name)
            elif name == "*":
                yield from self.everybody()
            elif account:
                yield from self.of_account(f"account/{account}", account)
            elif caller_of(name) is not None:
                yield Stranger(name, name)

    def everybody(self) -> Iterator[Stranger]:
        """Somebody whom no policy can name, and those of all whom a condition means."""
        yield Stranger("*", self.arn(NO_ACCOUNT, f"role/{NAME}"), OUTSIDE)
        yield from self.of_account("", NO_ACCOUNT)
        for value, spared in self.meant("aws:principalaccount"):
            account = value.replace("?", "0").replace("*", "0" * (ACCOUNT_DIGITS - len(value.replace("*", ""))), 1)
            if re.fullmatch(ACCOUNT, account.replace("*", "")):
                for each in self.of_account(f"account/{value}", account.replace("*", "")):
                    yield replace(each, of="*") if spared and not each.of else each

    def of_account(self, name: str, account: str) -> Iterator[Stranger]:
        """Somebody of an account, who is called so where nothing tells one of it from another; without a name, of any.

        Else those by their ARNs, their names or their kinds.
        """
        of = name.removeprefix("account/") or "*"
        role, user, root = (self.arn(account, one) for one in (f"role/{NAME}", f"user/{NAME}", "root"))
        called = {role: name, user: self.arn(of, "user/*"), root: self.arn(of, "root")}
        usual = next(filter(self.is_meant, called), role)
        if called[usual]:
            yield Stranger(called[usual], usual)
        wider = called[usual] or "*"
        for value, spared in self.meant("aws:principalarn"):
            parts = value.split(":", 5)
            own = len(parts) == len(Arn.__slots__) + 1 and not set("*?") & set(parts[4])
            example = next(filter(self.is_meant, self.arns(value, account)), None)
            if example and (not name or f"::{account}:" in example):
                called_so = value if own or not name else self.arn(of, parts[-1])
                yield Stranger(called_so, example, of=wider if spared else "")
        for value, spared in self.meant("aws:username"):
            example = self.arn(account, f"user/{filled(value)}")
            yield Stranger(self.arn(of, f"user/{value}"), example, of=wider if spared else "")
        if any(condition.key.lower() in OF_CALLER for condition, _ in self.elsewhere):
            yield from (Stranger(called[one], one, of=wider) for one in (user, root) if one != usual)

    def arns(self, pattern: str, account: str) -> Iterator[str]:
        """ARNs of an account's callers, or of the pattern's own account, that a pattern may match."""
        own = re.search(ACCOUNT, pattern)
        in_account = own[0] if own else account
        for name in ("x", *map(filled, self.values("aws:username"))):
            yield filled(pattern, name)
            resource = filled(pattern.rpartition(":")[2], name)
            yield from (self.arn(in_account, kind + resource) for kind in ("", "role/", "user/"))
        yield self.arn(in_account, "root")

    def is_meant(self, principal: str) -> bool:
        """Whether the conditions on who the caller is hold for one."""
        if caller_of(principal) is None:
            return False
        keys = Request("sts:GetCallerIdentity", principal=principal).keys
        return all(test.holds(keys) for test in self.tests if test.condition.key.lower() in OF_CALLER)

    def by_organization(self) -> Iterator[Stranger]:
        """Those of the organisations and units that conditions name; where they ask for none, one who is in none."""
        for value, spared in self.meant("aws:principalorgid", variables=True):
            for organization in self.organizations if "${" in value else (value,):
                yield self.member(organization, organization, spared=spared)
        for value, spared in self.meant("aws:principalorgpaths"):
            organization, _, units = value.partition("/")
            if units.strip("*/") or re.fullmatch(ORGANIZATION, organization):
                yield self.member(value.rstrip("*").rstrip("/"), organization, (filled(value),), spared=spared)
        tests = [test for test in self.tests if test.condition.key.lower() in OF_ORGANIZATION]
        outside = {key.lower(): value for key, value in OUTSIDE.items()}
        if all(test.holds({}) for test in tests) and not all(test.holds(outside) for test in tests):
            yield Stranger("whoever is in no organization", self.arn(NO_ACCOUNT, f"role/{NAME}"), NOWHERE)

    def member(self, name: str, organization: str, paths: tuple[str, ...] = (), *, spared: bool) -> Stranger:
        """Somebody of an organisation; in which of its units is open where no paths are given."""
        context: dict[str, ContextValue] = {"aws:PrincipalOrgID": filled(organization)}
        context |= {"aws:PrincipalOrgPaths": paths} if paths else {}
        of = "*" if spared else ""
        return Stranger(f"org/{name}", self.arn(NO_ACCOUNT, f"role/{NAME}"), context, of)

    def by_service(self) -> Iterator[Stranger]:
        """The AWS services that conditions name, and any where they ask what only a service's request has."""
        for key in ("aws:principalservicename", "aws:principalservicenameslist"):
            for value, spared in self.meant(key):
                if re.fullmatch(SERVICE_PRINCIPAL, filled(value)):
                    yield Stranger(f"service/{value}", filled(value), NOWHERE, of="*" if spared else "")
        own = any(test.condition.key.lower() in OF_SERVICE for test in self.tests)
        if own or any(condition.key.lower() in OF_SERVICE for condition, _ in self.elsewhere):
            yield Stranger("any AWS service", ANY_SERVICE, NOWHERE, of="" if own else "*")

    def values(self, key: str, *, variables: bool = False) -> Iterator[str]:
        """The texts of which conditions want one to be a key's; without `variables`, as patterns of what those make."""
        conditions: Iterable[Condition] = (test.condition for test in self.tests)
        for condition in conditions:
            if condition.key.lower() == key and POSITIVE.fullmatch(condition.operator):
                yield from condition.values if variables else map(without_variables, condition.values)

    def meant(self, key: str, *, variables: bool = False) -> Iterator[tuple[str, bool]]:
        """The same, and those that other statements let in or spare, each with whether it is such a one."""
        yield from ((value, False) for value in self.values(key, variables=variables))
        for condition, means in self.elsewhere:
            if means and condition.key.lower() == key:
                for value in condition.values:
                    yield value if variables else without_variables(value), True

    def arn(self, account: str, resource: str) -> str:
        service = "sts" if resource.startswith(("assumed-role/", "federated-user/")) else "iam"
        return f"arn:{self.partition}:{service}::{account}:{resource}"


def account_of_root(name: str) -> str:
    arn = Arn.parse(name)
    return arn.account if arn is not None and arn.resource == "root" else ""


def of_service(name: str) -> Stranger:
    return Stranger(f"service/{name}", name, NOWHERE)


def filled(pattern: str, by: str = "x") -> str:
    """A text that a pattern matches."""
    return pattern.replace("*", by).replace("?", "x")
