"""Snapshots: any JSON ends in a plan or in an error with its place, and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accounts import ACCOUNT, allowing, grant, wanted
from hypothesis import event, given, settings
from hypothesis import strategies as st
from limits import within
from snapshots import GOOD

from ecrgen.account.snapshot import read_snapshot
from ecrgen.cli.planned import Planned
from ecrgen.cli.views import PLAN, shown
from ecrgen.errors import EcrgenError
from ecrgen.provision.plan import plan

SNAPSHOTS = Path(__file__).parents[1] / "hostile" / "snapshots"
DESIRED = wanted(
    grant("web", allowing("x", denied=["y"]), "role/ci", "group/devs"), grant("db", allowing("z"), "user/ann")
)


def planned(path: Path) -> None:
    """Reads a snapshot, plans with it and shows the plan in every format."""
    actual = read_snapshot(path, "pay")
    desired = DESIRED
    if actual.namespace.account != ACCOUNT:
        raise EcrgenError("of another account")
    made = Planned(plan(desired, actual), desired, actual)
    for form in ("text", "markdown", "json"):
        shown(PLAN, made, form)


@pytest.mark.parametrize("path", sorted(SNAPSHOTS.glob("*.json")), ids=lambda path: path.stem)
def test_a_snapshot_that_is_none(path: Path) -> None:
    """Each snapshot of the corpus ends in its error, which names the file and the place."""
    with within(1), pytest.raises(EcrgenError) as raised:
        planned(path)
    assert str(raised.value) == f"{path}: {path.with_suffix('.expect').read_text().rstrip()}"


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


PLACES = list(places(GOOD))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        (
            "",
            "v0",
            "v1.a-B3",
            "v²",
            "*",
            "arn:aws:iam::123456789012:role/ci",
            "arn:",
            "%7B%22",
            "/ecrgen/pay/",
            "\u202e",
        )
    ),
    st.sampled_from(
        ("{}", '{"Statement": []}', "[" * 5000, "arn:aws:iam::²:role/x", "arn:aws:iam::999999999999:role/ci")
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """The good snapshot with up to three values replaced, left out, doubled or moved."""
    data: Any = copy.deepcopy(GOOD)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(PLACES[1:]))
        holder = data
        try:
            for step in way:
                holder = holder[step]
            old = holder[last]
            match draw(st.integers(0, 3)):
                case 0:
                    holder[last] = draw(VALUES)
                case 1:
                    del holder[last]
                case 2:
                    holder[last] = [old, old]
                case _:
                    elsewhere = draw(st.sampled_from(PLACES))
                    value: Any = GOOD
                    for step in elsewhere:
                        value = value[step]
                    holder[last] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError):
            continue  # what an earlier change took away
    return data


def fuzz(data: Any, directory: Path) -> None:
    path = directory / "snapshot.json"
    path.write_text(json.dumps(data))
    with within(2):
        try:
            planned(path)
        except EcrgenError:
            event("an error")
        else:
            event("a plan")


@settings(max_examples=150, deadline=None)
@given(data=mutated())
def test_mutated_snapshots(data: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever stands at any place of a snapshot, there is a plan or an error."""
    fuzz(data, tmp_path_factory.getbasetemp())


@pytest.mark.slow
@settings(max_examples=4_000, deadline=None)
@given(data=mutated())
def test_many_mutated_snapshots(data: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same, for long."""
    fuzz(data, tmp_path_factory.getbasetemp())


@settings(max_examples=100, deadline=None)
@given(data=VALUES)
def test_any_json(data: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """JSON that has nothing to do with a snapshot is an error."""
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(data))
    with pytest.raises(EcrgenError, match="no snapshot"):
        planned(path)


def test_the_good_one(tmp_path: Path) -> None:
    """The snapshot that is mutated is a good one, with changes to plan."""
    path = tmp_path / "snapshot.json"
    path.write_text(json.dumps(GOOD))
    planned(path)
    actual = read_snapshot(path, "pay")
    assert [str(grantee) for grantee in actual.policies["ecrgen.pay.old"].bounds] == [
        "group/devs",
        "role/ci",
        "user/ann",
    ]
