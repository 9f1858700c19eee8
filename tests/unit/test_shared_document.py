"""Shared documents: ours merged into what others wrote, which stays as it is, by case and by law."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrgen.account.shared_document import SharedDocument, is_same
from ecrgen.catalog.sids import sid_of, sid_prefix
from ecrgen.errors import PolicyError
from ecrgen.policy.document import Statement

ROLE = "arn:aws:iam::444455556666:role/ci"
ROOT = "arn:aws:iam::444455556666:root"
GONE = "AROAEXAMPLEEXAMPLE123"


def statement(sid: str = "", **elements: Any) -> dict[str, Any]:
    """A statement as AWS gives it."""
    plain = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": ["ecr:BatchGetImage", "ecr:ListImages"]}
    return {"Sid": sid or sid_of("pay", "web", 1), **plain, **elements}


def ours(*statements: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Statements as a grant gives them."""
    return tuple(Statement.from_dict(each).to_dict() for each in statements)


def text(*statements: Any, **elements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", **elements, "Statement": list(statements)}, ensure_ascii=False)


def read(*statements: Any, **elements: Any) -> SharedDocument:
    return SharedDocument.read(text(*statements, **elements), "pay")


THEIRS = statement("new policy", Action="ecr:*")
OF_PAY2 = statement(sid_of("pay2", "web", 1))

EQUAL_FORMS = [
    {"Action": ["ecr:ListImages", "ecr:BatchGetImage"]},
    {"Action": ["ECR:listimages", "ecr:BatchGetImage", "ecr:BatchGetImage"]},
    {"Principal": {"AWS": [ROLE]}},
]
OTHER_FORMS = [
    {"Action": "ecr:ListImages"},
    {"Action": ["ecr:ListImages", "ecr:BatchGetImage", "ecr:PutImage"]},
    {"Effect": "Deny"},
    {"Principal": {"AWS": ROOT}},
    {"Principal": {"AWS": GONE}},
    {"Principal": "*"},
    {"NotPrincipal": {"AWS": ROLE}},
    {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    {"Resource": "*"},
    {"Sid": sid_of("pay", "web", 2)},
    {"Sid": sid_of("pay", "web", 1) + "x"},
    {"Action": 1},  # what no reader takes
]


@pytest.mark.parametrize("form", EQUAL_FORMS, ids=str)
def test_what_aws_writes_otherwise_is_held(form: dict[str, Any]) -> None:
    """Order, case, lists of one and repetition are AWS's to choose: nothing is written for them."""
    assert read(THEIRS, statement(**form)).holds(ours(statement()))


@pytest.mark.parametrize("form", OTHER_FORMS, ids=str)
def test_what_says_something_else_is_not_held(form: dict[str, Any]) -> None:
    """Whatever else our statement says by now is a change, and so is one of ours too many or too few."""
    elements = {**statement(), **form}
    if "NotPrincipal" in form:
        del elements["Principal"]
    assert not read(elements).holds(ours(statement()))


def test_one_too_many_and_one_too_few() -> None:
    """Statements are counted: a copy of ours is not ours once more."""
    assert not read(THEIRS).holds(ours(statement()))
    assert not read(statement(), statement()).holds(ours(statement()))
    assert read(THEIRS, OF_PAY2).holds(())


@pytest.mark.parametrize(
    ("one", "other"),
    [({"AWS": ROOT}, {"AWS": "444455556666"}), ("*", {"AWS": "*"}), ({"AWS": [ROOT, ROLE]}, {"AWS": [ROLE, ROOT]})],
    ids=str,
)
def test_equal_principals(one: Any, other: Any) -> None:
    """An account is its root's ARN, and everybody is everybody."""
    assert is_same(ours(statement(Principal=one)), ours(statement(Principal=other)))
    assert read(statement(Principal=other)).holds(ours(statement(Principal=one)))


def test_services_are_not_accounts() -> None:
    """Only under AWS is a root's ARN an account."""
    service = {"Service": "lambda.amazonaws.com"}
    assert not is_same(ours(statement(Principal=service)), ours(statement(Principal={"AWS": "lambda.amazonaws.com"})))
    assert not is_same(ours(statement(Principal={"Service": "*"})), ours(statement(Principal="*")))


def test_ours_come_after_others_by_their_sids() -> None:
    """Others stay in their order, with their spelling and the document's own elements."""
    document = read(statement(), THEIRS, "no statement at all", OF_PAY2, Id="x y", Version="2008-10-17")
    second = statement(sid_of("pay", "api", 1))
    merged = document.with_ours(ours(statement(), second))
    assert merged.elements == {
        "Version": "2008-10-17",
        "Id": "x y",
        "Statement": [THEIRS, "no statement at all", OF_PAY2, second, statement()],
    }
    assert merged.with_ours(()).elements == {**(document.elements or {}), "Statement": list(document.others)}


def test_the_last_of_ours_takes_the_document_with_it() -> None:
    """A document in which nobody has a statement is deleted; one of others, and one that is empty, is not ours."""
    assert read(statement()).with_ours(()).text is None
    assert SharedDocument.read(None, "pay").with_ours(()).text is None
    assert read(statement(), THEIRS).with_ours(()).text is not None
    assert read().with_ours(()).elements == {"Version": "2012-10-17", "Statement": []}


def test_a_new_document_is_minified() -> None:
    """What is sent has no white space but in strings, and every character of it counts."""
    document = SharedDocument.read(None, "pay").with_ours(ours(statement()))
    assert document.text == json.dumps(json.loads(text(statement())), separators=(",", ":"))
    theirs = read(statement("Zürich ☃  two"))
    assert theirs.size == len(json.dumps(theirs.elements, ensure_ascii=False, separators=(",", ":")))
    assert theirs.room == 10_240 - theirs.size


def test_variables_need_their_version() -> None:
    """In a document of 2008 a variable of ours would be plain text; where nobody else has one, the Version is ours."""
    speaking = ours(statement(Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}))
    old = read(THEIRS, Version="2008-10-17")
    assert old.misreads(speaking)
    assert not old.misreads(ours(statement()))
    assert not read(THEIRS).misreads(speaking)
    alone = SharedDocument.read(text(speaking[0], Version="2008-10-17"), "pay")
    assert not alone.holds(speaking)
    assert alone.with_ours(speaking).holds(speaking)
    assert not SharedDocument.read(None, "pay").misreads(speaking)


def test_principals_that_are_gone() -> None:
    """A role or a user that was deleted is an id, in ours and in others'."""
    document = read(statement(Principal={"AWS": [ROOT, GONE]}), statement("x", Principal={"AWS": "AIDAEXAMPLE123456"}))
    assert document.gone == (GONE,)
    assert document.gone_of_others == ("AIDAEXAMPLE123456",)
    assert read(THEIRS, "x", statement("y", Principal="*"), statement("z", Principal={"AWS": 1})).gone_of_others == ()


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("{", "not JSON"),
        ("[]", "an object, and this is a list"),
        ("{}", "Statement: is no object"),
        ('{"Statement": "x"}', "Statement: is no object"),
        ('{"Statement": [], "Statement": []}', "duplicate key"),
        ('{"Statement": [{"Condition": {"Sid": "x", "Sid": "y"}}]}', "duplicate key"),
        ('{"Statement": [1e999]}', "a number beyond"),
    ],
)
def test_what_nobody_could_give_back_is_refused(document: str, problem: str) -> None:
    """A document that would not be written as it was read is never written."""
    with pytest.raises(PolicyError, match=problem):
        SharedDocument.read(document, "pay")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("aSid\u00e9 ", max_size=3), inner, max_size=3),
    max_leaves=8,
)
OTHERS = st.one_of(
    JSON,
    st.builds(statement, st.sampled_from(["x", "new policy", "ecrgen", sid_of("pay2", "web", 1), "Ecrgen"])),
    st.builds(lambda inner: {"Sid": inner, "Effect": "Allow"}, JSON),
).filter(lambda each: not (isinstance(each, dict) and str(each.get("Sid")).startswith(sid_prefix("pay"))))
OURS = st.builds(
    lambda name, number, actions: statement(sid_of("pay", name, number), Action=actions),
    st.sampled_from(["web", "api", "a-b"]),
    st.integers(1, 11),
    st.lists(st.sampled_from(["ecr:ListImages", "ecr:PutImage", "ecr:*"]), min_size=1, max_size=3, unique=True),
)
SOME_OF_OURS = st.lists(OURS, max_size=4, unique_by=lambda each: each["Sid"])


@st.composite
def documents(draw: st.DrawFn) -> SharedDocument:
    """Documents of many writers, ours among them anywhere, as old statements and as garbage."""
    written = draw(st.lists(st.one_of(OTHERS, OURS, st.builds(lambda: {"Sid": sid_prefix("pay"), "x": 1})), max_size=6))
    version = draw(st.sampled_from(["2012-10-17", "2008-10-17"]))
    extra = draw(st.dictionaries(st.sampled_from(["Id", "Zap"]), JSON, max_size=2))
    return SharedDocument.read(text(*written, **extra, Version=version), "pay")


def in_order(values: Sequence[Any]) -> str:
    """JSON values with the order of their keys."""
    return json.dumps(values)


@given(documents(), SOME_OF_OURS)
def test_others_stay_as_they_are(document: SharedDocument, wanted: list[dict[str, Any]]) -> None:
    """Whatever others wrote is there afterwards, value for value and key for key, in its order."""
    before = copy.deepcopy(document.elements)
    merged = document.with_ours(ours(*wanted))
    assert in_order(merged.others) == in_order(document.others)
    assert document.elements == before
    if merged.others:
        assert merged.elements is not None
        assert in_order(list(merged.elements)) == in_order(list(document.elements or ()))
        assert {**merged.elements, "Statement": 0} == {**(before or {}), "Statement": 0}


@given(documents(), SOME_OF_OURS)
def test_merging_twice_is_merging_once(document: SharedDocument, wanted: list[dict[str, Any]]) -> None:
    """What was merged holds ours, is left alone from then on, and says so also when AWS gives it back."""
    merged = document.with_ours(ours(*wanted))
    assert merged.holds(ours(*wanted))
    assert merged.with_ours(ours(*wanted)) is merged
    assert SharedDocument.read(merged.text, "pay").holds(ours(*wanted))


@given(documents(), SOME_OF_OURS)
def test_taking_ours_out_again_gives_what_was_there(document: SharedDocument, wanted: list[dict[str, Any]]) -> None:
    """Ours, put into a document of others and taken out again, leave no trace."""
    without = document.with_ours(())
    again = without.with_ours(ours(*wanted)).with_ours(())
    assert again.text == (without.text if without.others else again.text)
    assert without.others or not wanted or again.text is None
