"""Packing, held against the evaluator, against plain first-fit, and against itself after a small change."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from random_policies import REPOSITORY, effect, policies, requests

import ecrgen.policy.pack as packing
from ecrgen.errors import EcrgenError
from ecrgen.policy.access.work import MOST_STEPS, Work
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.policy.evaluate import Request
from ecrgen.policy.pack import pack
from ecrgen.policy.pack.merge import beyond, blocks_of, holders_of, merged

ACTIONS = [
    "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:GetRepositoryPolicy", "ecr:ListImages",
    "ecr:DescribeRepositories", "ecr:DescribeImages", "ecr:BatchGetImage", "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage",
]  # fmt: skip


def grant(repositories: Sequence[str]) -> PolicyDocument:
    """The documented policy for one repository, for many."""
    arns = [REPOSITORY + name for name in repositories]
    return PolicyDocument.from_dict(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "List", "Effect": "Allow", "Action": "ecr:ListImages", "Resource": arns},
                {"Sid": "Token", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
                {"Sid": "Manage", "Effect": "Allow", "Action": ACTIONS, "Resource": arns},
            ],
        }
    )


LIMITS = st.sampled_from([320, 400, 500, 700])
GIVEN = st.lists(policies(version="2012-10-17"), min_size=1, max_size=3)


def packed(given_policies: Sequence[PolicyDocument], limit: int) -> tuple[PolicyDocument, ...]:
    """The parts; an example that has none is no example."""
    try:
        return pack(given_policies, limit)
    except EcrgenError as error:
        if "cannot be split" not in str(error):
            raise
        reject()


@settings(max_examples=80, deadline=None)
@given(GIVEN, LIMITS, st.lists(requests(), min_size=8, max_size=16))
def test_packing_never_changes_a_decision(documents: list[PolicyDocument], limit: int, asked: list[Request]) -> None:
    """Every request is decided by the parts as by the policies, and every part is within the limit."""
    parts = packed(documents, limit)
    assert all(part.size <= limit for part in parts)
    for request in asked:
        assert effect(request, parts) == effect(request, documents)


@settings(max_examples=80, deadline=None)
@given(GIVEN, st.lists(requests(), min_size=8, max_size=16), st.sampled_from((0, 5, 20, MOST_STEPS, MOST_STEPS)))
def test_merging_statements_never_changes_a_decision(
    documents: list[PolicyDocument], asked: list[Request], steps: int
) -> None:
    """Merged statements decide every request as the statements did, and are not more, however soon the work ends."""
    work = Work()
    work.left = steps
    statements = tuple(block.statement() for block in merged(blocks_of(documents, work), work))
    assert len(statements) <= sum(len(document.statements) for document in documents)
    for request in asked:
        assert effect(request, [PolicyDocument(statements)]) == effect(request, documents)


@settings(max_examples=80, deadline=None)
@given(GIVEN)
def test_the_index_finds_every_statement_that_contains_a_part_of_another(documents: list[PolicyDocument]) -> None:
    """Whatever asking each pair of statements takes away, the index has pointed to."""
    blocks = blocks_of(documents, Work())
    holders = holders_of(blocks, Work())
    for block in blocks:
        assert {index for index, other in enumerate(blocks) if beyond(block, other) != block} <= holders(block)


@settings(max_examples=80, deadline=None)
@given(GIVEN, LIMITS, st.randoms(use_true_random=False))
def test_packing_is_repeatable(documents: list[PolicyDocument], limit: int, chance: random.Random) -> None:
    """Packing parts again leaves them, and neither the order nor the doubling of statements changes them."""
    parts = packed(documents, limit)
    assert pack(parts, limit) == parts
    joined = PolicyDocument(tuple(statement for document in documents for statement in document.statements))
    if joined.size > limit:
        shuffled = chance.sample(joined.statements, len(joined.statements))
        again = PolicyDocument((*shuffled, shuffled[0]))
        assert pack([again], limit) == pack([joined], limit)


NAMES = st.lists(
    st.text("abc-", min_size=1, max_size=60).map(lambda text: f"x{text}x"), min_size=1, max_size=60, unique=True
)


@settings(max_examples=100, deadline=None)
@given(NAMES, st.integers(900, 3000))
def test_never_more_parts_than_first_fit(names: list[str], limit: int) -> None:
    """Values put one after the other into the first part with room need as many parts or more."""
    assert len(pack([grant(names)], limit)) <= first_fit(grant(names), limit)


def first_fit(policy: PolicyDocument, limit: int) -> int:
    """The number of parts where each resource of each statement goes to the first part that has room for it."""
    parts: list[dict[int, list[str]]] = []
    for index, statement in enumerate(policy.statements):
        for resource in statement.resources:
            for part in parts:
                if part_size(policy, part, index, resource) <= limit:
                    part.setdefault(index, []).append(resource)
                    break
            else:
                parts.append({index: [resource]})
    return len(parts)


def part_size(policy: PolicyDocument, part: dict[int, list[str]], index: int, resource: str) -> int:
    contents = {**part, index: [*part.get(index, []), resource]}
    statements = [{**policy.statements[number].to_dict(), "Resource": values} for number, values in contents.items()]
    return len(json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":")))


@pytest.mark.parametrize("repositories", [60, 85, 86, 200, 500, 1000])
def test_the_number_of_parts_is_the_least(repositories: int) -> None:
    """With names of one length, every part is as full as it can be: the first has the token's statement too."""
    names = [f"repository-{number:04}" for number in range(repositories)]
    parts = pack([grant(names)])
    manage, token = parts[0].statements

    def most(*others: Statement) -> int:
        sizes = (PolicyDocument((*others, statement_for(manage, [names[0]] * number))).size for number in range(1, 200))
        return sum(size <= 6144 for size in sizes)

    assert len(parts) == 1 + max(0, -(-(repositories - most(token)) // most()))


def statement_for(statement: Statement, names: Sequence[str]) -> Statement:
    resources = tuple(REPOSITORY + name for name in names)
    return replace(statement, resource=resources if len(resources) > 1 else resources[0])


def test_a_repository_more_changes_few_parts() -> None:
    """One of up to 1,000 repositories more changes 1 part mostly, 3 or fewer nine times in ten, if none is added."""
    counts = []
    for seed in range(30):
        chance = random.Random(seed)
        names = {
            f"team-{chance.randrange(30)}/{''.join(chance.choices('abcdefghij', k=chance.randrange(4, 24)))}"
            for _ in range(chance.randrange(100, 1000))
        }
        without, others = pack([grant(sorted(names))]), pack([grant(sorted(names | {"one-more"}))])
        if len(without) == len(others):
            counts.append(sum(one != other for one, other in zip(without, others, strict=True)))
    counts.sort()
    assert len(counts) >= 25
    assert counts[len(counts) // 2] == 1
    assert counts[len(counts) * 9 // 10] <= 3
    assert max(counts) <= 7


def test_a_wrong_packing_is_a_bug_that_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts that would give something else never come out: an error says that it is a bug."""
    fewest = packing.fewest
    monkeypatch.setattr(packing, "fewest", lambda pieces, room: fewest(pieces, room)[1:])
    with pytest.raises(EcrgenError, match=r"this is a bug in ecrgen.*no longer grants"):
        pack([grant([f"repository-{number}" for number in range(200)])])


def crossed(actions: int, resources: int) -> PolicyDocument:
    """One statement with two long lists."""
    names = [f"ecr:Action{number:03}OfSomeLength" for number in range(actions)]
    arns = [f"{REPOSITORY}app-{number:03}" for number in range(resources)]
    return PolicyDocument.from_dict(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": names, "Resource": arns}}
    )


@pytest.mark.parametrize("limit", [6144, 10240])
def test_both_lists_of_a_statement_may_be_long(limit: int) -> None:
    """A statement with two lists that do not fit by themselves is cut by both, and no part is over the limit."""
    assert max(part.size for part in pack([crossed(400, 400)], limit)) <= limit


def test_a_long_list_is_cut_where_repeating_it_costs_more() -> None:
    """Half the actions with every repository, twice, take fewer parts than all of them with a few repositories each."""
    whole, half = crossed(170, 1), crossed(85, 1)
    resource = len(f'"{REPOSITORY}app-000",')
    repeated = -(-100 // ((6144 - whole.size) // resource))
    halved = 2 * -(-100 // ((6144 - half.size) // resource))
    assert len(pack([crossed(170, 100)])) <= halved < repeated
