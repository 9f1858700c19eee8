"""Another writer at work while ecrgen writes its statements: what it wrote is there afterwards, to the last value."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any, cast

import pytest
from accounts import ACCOUNT

from ecrgen.account.answers import Answer
from ecrgen.account.connection import Connection
from ecrgen.account.faults import AwsError, Fault
from ecrgen.account.fetch_resources import read_policies
from ecrgen.account.resource_policies import Resources
from ecrgen.account.shared_document import SharedDocument
from ecrgen.catalog.places import Registry, Repository
from ecrgen.catalog.sids import sid_of
from ecrgen.errors import EcrgenError
from ecrgen.policy.document import Statement
from ecrgen.provision.documents import statement_changes
from ecrgen.provision.ecr import Ecr

# A minute of processes, servers and examples.
pytestmark = pytest.mark.slow

ROLE = "arn:aws:iam::444455556666:role/ci"
PLACES = (Repository(f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/web"), Registry(ACCOUNT, "us-east-1"))


def statement(sid: str, action: str = "ecr:ListImages") -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": action}


class Writer:
    """Adds, changes, drops and moves statements of its own, and sometimes writes a document as if it were alone."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.count = 0

    def edit(self, document: dict[str, Any] | None) -> dict[str, Any] | None:
        statements = list((document or {}).get("Statement", ()))
        others = [each for each in statements if not each["Sid"].startswith("Ecrgen")]
        self.count += 1
        mine = statement(f"theirs {self.count}", self.random.choice(["ecr:ListImages", "ecr:PutImage"]))
        match self.random.randrange(6 if others else 2):
            case 0 | 1:
                statements.insert(self.random.randrange(len(statements) + 1), mine)
            case 2:
                statements.remove(self.random.choice(others))
            case 3:
                statements[statements.index(self.random.choice(others))] = mine
            case 4:
                self.random.shuffle(statements)
            case 5:
                statements = [*others, mine]
        return {"Id": f"{self.count}", "Version": "2008-10-17", "Statement": statements} if statements else None


class Registries:
    """AWS, as far as `Ecr` asks: a document for each place; another writer may come before any call."""

    account, partition, concurrency, attempts = ACCOUNT, "aws", 1, 8

    def __init__(self, random: Random, often: float, *, between: bool) -> None:
        """`between`: also between the last read and the write, where nobody can see it."""
        self.random, self.often, self.between = random, often, between
        self.writer = Writer(random)
        self.documents: dict[str, dict[str, Any] | None] = {}
        self.theirs: dict[str, list[Any]] = {}
        self.unseen = 0
        for place in PLACES:
            self.write(str(place))

    def write(self, place: str) -> None:
        """What the other writer does, at once."""
        self.documents[place] = self.writer.edit(self.documents.get(place))
        self.theirs[place] = self.others(place)

    def others(self, place: str) -> list[Any]:
        statements = (self.documents[place] or {"Statement": []})["Statement"]
        return [each for each in statements if not each["Sid"].startswith("Ecrgen")]

    def wait(self, attempt: int) -> None:
        self.meet(str(self.random.choice(PLACES)))

    def meet(self, place: str) -> None:
        while self.random.random() < self.often:
            self.write(place)

    def call(self, operation: str, entity: str = "", region: str = "", **parameters: str) -> Answer:
        self.meet(entity)
        document = self.documents[entity]
        if document is None:
            kind = "Repository" if operation.endswith("RepositoryPolicy") else "Registry"
            raise AwsError(Fault("absent", f"{kind}PolicyNotFoundException"), operation, entity)
        return Answer({"policyText": json.dumps(document, indent=1)}, "")

    def send(self, operation: str, entity: str, parameters: Mapping[str, str], **how: Any) -> dict[str, str] | None:
        if self.between:
            before = self.writer.count
            self.meet(entity)
            self.unseen += self.writer.count > before
        if how.get("attempts") == 1 and self.random.random() < 0.2:
            raise AwsError(Fault("busy", "ThrottlingException"), operation, entity)
        old = self.documents[entity]
        if operation.startswith("Delete"):
            self.documents[entity] = None
            return None if old is None else {"policyText": json.dumps(old)}
        self.documents[entity] = json.loads(parameters["policyText"])
        if how.get("attempts") == 1 and self.random.random() < 0.1:
            if how["done"]():
                return None
            raise AwsError(Fault("unclear", "NoAnswer"), operation, entity)
        return {"policyText": parameters["policyText"]}


def run(registries: Registries) -> None:
    """Plan and apply what a grant says by now, or that it says nothing any more."""
    connection = cast(Connection, registries)
    names = registries.random.sample(["ci", "web"], registries.random.randrange(3))
    action = registries.random.choice(["ecr:BatchGetImage", "ecr:PutImage"])
    asked = {
        place: tuple(Statement.from_dict(statement(sid_of("pay", name, 1), action)) for name in names)
        for place in PLACES
    }
    resources = Resources("pay", asked, read_policies(connection, "pay", PLACES))
    ecr = Ecr(connection, "pay")
    for change in statement_changes(resources, None):
        with suppress(EcrgenError):  # where ours moved, or AWS stayed busy
            ecr.set_statements(change)


def test_nothing_of_others_is_lost() -> None:
    """In 1,000 random interleavings with another writer, at each read and each pause, its statements are its own."""
    seen: Counter[bool] = Counter()
    for seed in range(1000):
        registries = Registries(Random(seed), 0.3, between=False)
        for _ in range(3):
            run(registries)
            for place in map(str, PLACES):
                assert registries.others(place) == registries.theirs[place], seed
                document = registries.documents[place]
                if document and registries.theirs[place]:
                    assert (document["Id"], document["Version"]) != ("", "2012-10-17")
                seen[bool(registries.theirs[place])] += 1
    assert min(seen.values()) > 100


def test_what_is_lost_was_written_between_the_last_read_and_the_write() -> None:
    """Nothing in the API excludes that: it takes another writer just then, and happens no other time."""
    lost = untouched = 0
    for seed in range(1000):
        registries = Registries(Random(seed), 0.1, between=True)
        run(registries)
        gone = sum(registries.others(str(place)) != registries.theirs[str(place)] for place in PLACES)
        assert gone <= registries.unseen, seed
        lost += gone > 0
        untouched += registries.unseen == 0
    assert 0 < lost < 1000 - untouched


def test_undisturbed_it_converges() -> None:
    """Whatever the other writer did, a run that nobody disturbs leaves what is asked, and the next has no change."""
    for seed in range(200):
        registries = Registries(Random(seed), 0.3, between=True)
        run(registries)
        registries.often, registries.between = 0, False
        connection = cast(Connection, registries)
        asked = {place: (Statement.from_dict(statement(sid_of("pay", "ci", 1))),) for place in PLACES}

        def changes() -> tuple[Any, ...]:
            found = read_policies(connection, "pay", PLACES)  # noqa: B023  # called in this turn only
            return statement_changes(Resources("pay", asked, found), None)  # noqa: B023  # the same

        for change in changes():
            Ecr(connection, "pay").set_statements(change)
        assert changes() == ()
        for place in PLACES:
            document = registries.documents[str(place)]
            assert SharedDocument.read(json.dumps(document), "pay").ours == (statement(sid_of("pay", "ci", 1)),)
