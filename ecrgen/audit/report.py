"""The report: who can do what on which repository of whole accounts, as rows of those that are alike.

Every format is made from this one value. A row says of some users and roles what they can do on some repositories: all
of the ones together, on all of the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ecrgen.account.account import Account
from ecrgen.audit.access import Asked, Estate, access
from ecrgen.audit.accounts import Accounts
from ecrgen.audit.grants import Grants
from ecrgen.audit.known_repositories import repositories_of
from ecrgen.audit.rows import Cell, Cells, Row, rows_of
from ecrgen.audit.standing import Found, Standing, answer_of, standing_of
from ecrgen.audit.strangers import Stranger, strangers
from ecrgen.audit.who import NOBODY, RESOURCE_SIDE, able, covered, policies_of
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Target
from ecrgen.policy.arn import Arn
from ecrgen.policy.caller import caller_of
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.layers import LAYERS, Layer
from ecrgen.policy.open_question import Answer
from ecrgen.proof.operations import Question, Situation, question

__all__ = ["OPERATIONS", "Report", "report"]

# What an auditor asks for, in the order of the columns; of a catalog without an operation, it is left out. The actions
# are the ones by which somebody can give access to others.
OPERATIONS = (
    "login",
    "pull",
    "push",
    "delete-image",
    "create-repository",
    "delete-repository",
    "repository-settings",
    "lifecycle",
    "ecr:SetRepositoryPolicy",
    "ecr:PutRegistryPolicy",
    "ecr:PutReplicationConfiguration",
)


@dataclass(frozen=True, slots=True)
class Report:
    """The accounts, the operations asked for, and the rows: of the accounts' own users and roles, and of others.

    `not_considered` are the layers that could change an answer and that the files do not tell.
    """

    accounts: tuple[Account, ...]
    operations: tuple[str, ...]
    rows: tuple[Row, ...]
    others: tuple[Row, ...]
    unassumable: tuple[str, ...] = ()
    not_considered: tuple[Layer, ...] = ()


def report(catalog: Catalog, accounts: Accounts) -> Report:
    """The report of these accounts; what the catalog's grants explain is told apart. Raises EcrgenError."""
    operations = tuple(name for name in OPERATIONS if ":" in name or name in catalog.operations)
    asking = Asking(catalog, accounts)
    arns = repositories_of(accounts, asking.regions)
    on_each = tuple(name for name in operations if asking.needs_repository(name))
    on_none = tuple(name for name in operations if name not in on_each)
    rows = [*asking.rows(on_none, ()), *asking.rows(on_each, arns)]
    others = asking.others(on_each, arns)
    unassumable = [
        principal.arn
        for account in accounts.by_id.values()
        for principal in (account.principals or {}).values()
        if not principal.assumable
    ]
    considered = tuple(layer for layer in LAYERS if layer in asking.considered)
    return Report(
        tuple(accounts.by_id.values()), operations, tuple(rows), tuple(others), tuple(sorted(unassumable)), considered
    )


class Asking:
    """The questions of a report; `considered` gathers the layers that no file tells."""

    def __init__(self, catalog: Catalog, accounts: Accounts) -> None:
        self.catalog = catalog
        self.accounts = accounts
        self.considered: set[Layer] = set()
        self.grants = Grants(catalog, accounts)
        regions = dict.fromkeys(region for account in accounts.by_id.values() for region in account.regions)
        self.regions = tuple(regions) or catalog.target().regions

    def needs_repository(self, operation: str) -> bool:
        (account, *_) = self.accounts.by_id.values()
        arn = f"arn:{account.partition}:ecr:{self.regions[0]}:{account.id}:repository/any"
        asked = self.asked(operation, f"arn:{account.partition}:iam::{account.id}:root", arn)
        return asked.about != "*"

    def asked(self, operation: str, principal: str, repository: str, situation: Stranger | None = None) -> Question:
        arn = Arn.parse(repository or principal)
        assert arn is not None, "a repository and a caller have ARNs"
        target = Target(arn.partition, arn.account, (arn.region or self.regions[0],))
        context = situation.context if situation else {}
        return question(self.catalog, operation, repository or None, Situation(target, principal, context))

    def rows(self, operations: Sequence[str], arns: Sequence[str]) -> Iterator[Row]:
        """A row for all callers and repositories that have the same cells."""
        questions: list[Asked] = [lambda who, arn, name=name: self.asked(name, who, arn) for name in operations]  # type: ignore[misc]
        found: defaultdict[tuple[str, ...], list[tuple[tuple[str, ...], dict[str, Found]]]] = defaultdict(list)
        each = access(self.accounts, arns, questions, Standing(), self.grants.documents_for)
        for number, one in enumerate(each):
            if number % len(operations) == 0:
                found[one.callers].append((one.repositories, {}))
            self.considered |= set(one.found.not_considered)
            if one.found.answer != "no":
                found[one.callers][-1][1][operations[number % len(operations)]] = one.found
        for callers, parts in found.items():
            yield from self.merged(callers, parts)

    def merged(
        self, callers: tuple[str, ...], parts: Sequence[tuple[tuple[str, ...], dict[str, Found]]]
    ) -> Iterator[Row]:
        """The rows of callers who are alike, but for the names of their policies."""
        parts = [(repositories, answers) for repositories, answers in parts if answers]
        known = [
            {
                name: self.explained(callers[0], repositories[0] if repositories else "", name, found.answer)
                for name, found in answers.items()
            }
            for repositories, answers in parts
        ]
        together: defaultdict[tuple[Cells, ...], list[str]] = defaultdict(list)
        for caller in callers:
            cells = (
                tuple(
                    (name, Cell(replace(able(self.accounts, caller, found), principal=""), explained[name]))
                    for name, found in answers.items()
                )
                for (_, answers), explained in zip(parts, known, strict=True)
            )
            together[tuple(cells)].append(caller)
        for all_cells, those in together.items():
            yield from rows_of(those, zip(all_cells, (repositories for repositories, _ in parts), strict=True))

    def explained(self, caller: str, repository: str, operation: str, answer: Answer) -> bool | None:
        """Whether the catalog's grants give an operation; None where the catalog has none for the account."""
        principal = self.accounts.principal(caller)
        if principal is None:
            return None
        return self.grants.explain(principal, self.asked(operation, caller, repository), answer)

    def others(self, operations: Sequence[str], arns: Sequence[str]) -> Iterator[Row]:
        """Whom the policies of repositories and registries let in from elsewhere, a row for those of equal cells."""
        estate = Estate(self.accounts, arns)
        found: defaultdict[str, list[tuple[Cells, tuple[str, ...]]]] = defaultdict(list)
        for repositories in self.told_apart(estate):
            told: dict[tuple[str, str], Found] = {}
            for stranger in self.strangers_to(repositories[0]):
                cells = tuple(self.stranger_cells(operations, repositories[0], stranger, told))
                if cells:
                    found[stranger.principal].append((cells, repositories))
        for principal, parts in found.items():
            yield from rows_of([principal], parts)

    def told_apart(self, estate: Estate) -> Iterator[tuple[str, ...]]:
        """The repositories that neither their own policies nor what grants say of them tell apart."""
        for part in estate.by_policy():
            alike: defaultdict[tuple[PolicyDocument, ...], list[str]] = defaultdict(list)
            for arn in estate.repositories.members(part):
                alike[self.grants.documents_on(arn)].append(arn)
            yield from map(tuple, alike.values())

    def strangers_to(self, repository: str) -> tuple[Stranger, ...]:
        arn = Arn.parse(repository)
        assert arn is not None, "a repository has an ARN"
        (step,) = self.asked("ecr:DescribeImages", f"arn:{arn.partition}:iam::{arn.account}:root", repository).steps
        standing = standing_of(self.accounts, step.request, NOBODY)
        return strangers(self.accounts, *policies_of([standing]), arn.partition)

    def stranger_cells(
        self, operations: Sequence[str], repository: str, stranger: Stranger, told: dict[tuple[str, str], Found]
    ) -> Iterator[tuple[str, Cell]]:
        """What a stranger can; `told` has what others can, by their names and the operation."""
        caller = caller_of(stranger.example)
        assert caller is not None, "a stranger can ask"
        inside = caller.account in self.accounts.by_id or caller.type == "Service"
        for operation in operations:
            asked = self.asked(operation, stranger.example, repository, stranger)
            answered = answer_of(self.accounts, asked, Standing() if inside else NOBODY)
            told[stranger.principal, operation] = answered
            if answered.answer != "no" and not covered(answered, told.get((stranger.of, operation))):
                self.considered |= RESOURCE_SIDE & set(answered.not_considered)
                found = replace(able(self.accounts, stranger.principal, answered), principal="")
                yield operation, Cell(found, self.grants.explain_other(asked, repository, answered.answer))
