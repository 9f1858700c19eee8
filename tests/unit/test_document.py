"""Policy documents: parsed strictly, kept as written, written in one order, compared apart from order."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.iam.aws_managed_policies import aws_managed_policies_data

from ecrgen import PolicyDocument, PolicyError, Statement
from ecrgen.policy.elements import parse_json
from ecrgen.policy.operators import CONDITION_OPERATORS

VALID: dict[str, Any] = {
    "Version": "2012-10-17",
    "Id": "an id",
    "Statement": [
        {
            "Sid": "One",
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::123456789012:root"], "Service": "ecs.amazonaws.com"},
            "Action": ["ecr:PutImage"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-1"]}, "Bool": {"aws:SecureTransport": True}},
        },
        {"Effect": "Deny", "NotPrincipal": "*", "NotAction": "ecr:*", "NotResource": ["arn:aws:ecr:*:*:*"]},
    ],
}
SAMPLES: dict[str, Any] = {
    "null": None,
    "true": True,
    "7": 7,
    "1.5": 1.5,
    "text": "text",
    "[]": [],
    "[text]": ["text"],
    "[7]": [7],
    "[null]": [None],
    "{}": {},
    "{a: b}": {"a": "b"},
}
STRINGS = {"text", "[]", "[text]"}
SCALARS = {"true", "7", "1.5", "text"}
# What may stand at each place of VALID instead of what stands there; everything else is refused, naming the place.
ACCEPTED: dict[str, set[str]] = {
    "": set(),
    "Version": set(),
    "Id": {"text"},
    "Statement": set(),
    "Statement[0]": set(),
    "Statement[0].Sid": {"text"},
    "Statement[0].Effect": set(),
    "Statement[0].Principal": {"{}", "{a: b}"},
    "Statement[0].Principal.AWS": STRINGS,
    "Statement[0].Principal.AWS[0]": {"text"},
    "Statement[0].Principal.Service": STRINGS,
    "Statement[0].Action": STRINGS,
    "Statement[0].Action[0]": {"text"},
    "Statement[0].Resource": STRINGS,
    "Statement[0].Condition": {"{}"},
    "Statement[0].Condition.StringEquals": {"{}", "{a: b}"},
    "Statement[0].Condition.StringEquals.aws:PrincipalOrgID": {*SCALARS, "[]", "[text]", "[7]"},
    "Statement[0].Condition.StringEquals.aws:PrincipalOrgID[0]": SCALARS,
    "Statement[0].Condition.Bool": {"{}", "{a: b}"},
    "Statement[0].Condition.Bool.aws:SecureTransport": {*SCALARS, "[]", "[text]", "[7]"},
    "Statement[1]": set(),
    "Statement[1].Effect": set(),
    "Statement[1].NotPrincipal": {"{}", "{a: b}"},
    "Statement[1].NotAction": STRINGS,
    "Statement[1].NotResource": STRINGS,
    "Statement[1].NotResource[0]": {"text"},
}


def places(value: Any, path: str = "", steps: tuple[Any, ...] = ()) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Every place in JSON values, as a message names it and as steps that lead there."""
    yield path, steps
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, f"{path}.{key}" if path else key, (*steps, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, f"{path}[{index}]", (*steps, index))


def replaced(value: Any, steps: tuple[Any, ...], new: Any) -> Any:
    if not steps:
        return new
    out = copy.deepcopy(value)
    inner = out
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = new
    return out


@pytest.mark.parametrize(
    ("path", "steps"), [pytest.param(*place, id=place[0] or "document") for place in places(VALID)]
)
def test_a_wrong_type_is_refused_at_its_place(path: str, steps: tuple[Any, ...]) -> None:
    """At every place of a document, what the grammar does not allow is refused by place, and what it allows is kept."""
    for name, sample in SAMPLES.items():
        document = replaced(VALID, steps, sample)
        if name in ACCEPTED[path]:
            assert PolicyDocument.from_dict(document).to_dict() == document, name
            continue
        with pytest.raises(PolicyError) as caught:
            PolicyDocument.from_json(json.dumps(document))
        # a sample may be wrong by what it holds, such as [7]: then the place lies inside it
        assert caught.value.path.startswith(path), (name, caught.value)
        assert "\n" not in str(caught.value)


def test_every_place_has_its_row() -> None:
    """The table of accepted samples is about the document's places, and about no others."""
    assert {path for path, _ in places(VALID)} == set(ACCEPTED)


def test_every_element_but_the_needed_ones_may_be_left_out() -> None:
    """Statement, Effect, an action and a resource are needed; the rest is not."""
    needed = {
        ("Statement",): "a policy document needs Statement",
        ("Statement", 0, "Effect"): "a statement needs Effect",
        ("Statement", 0, "Action"): "needs Action or NotAction",
        ("Statement", 1, "Effect"): "a statement needs Effect",
        ("Statement", 1, "NotAction"): "needs Action or NotAction",
    }
    for _, steps in places(VALID):
        if not steps or isinstance(steps[-1], int):
            continue
        document = copy.deepcopy(VALID)
        inner = document
        for step in steps[:-1]:
            inner = inner[step]
        del inner[steps[-1]]
        if steps in needed:
            with pytest.raises(PolicyError, match=needed[steps]):
                PolicyDocument.from_dict(document)
        else:
            assert PolicyDocument.from_dict(document).to_dict() == document


def allow(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*", **elements}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"Version": "2012-10-17", "Statements": []}, "Statements: no such element; meant Statement?"),
        ({"version": "2012-10-17", "Statement": []}, "version: no such element; meant Version?"),
        ({"Statement": [{**allow(), "Actoin": "x"}]}, "Statement[0].Actoin: no such element; meant Action?"),
        ({"Statement": allow(Zzz="x")}, "Statement.Zzz: no such element; one of: Sid, Effect, Principal"),
        ({"Statement": allow(NotAction="x")}, "Statement: a statement has Action or NotAction, not both"),
        ({"Statement": allow(NotResource="x")}, "Statement: a statement has Resource or NotResource, not both"),
        ({"Statement": allow(Principal="*", NotPrincipal="*")}, "has Principal or NotPrincipal, not both"),
        ({"Statement": {"Effect": "Allow", "Action": "x"}}, "Statement: a statement needs Resource or NotResource"),
        ({"Statement": allow(Effect="allow")}, 'Statement.Effect: must be "Allow" or "Deny"'),
        ({"Statement": allow(Principal="alice")}, 'Statement.Principal: must be "*" or an object'),
        (
            {"Statement": [allow(Condition={"StringEqual": {}})]},
            "Statement[0].Condition.StringEqual: no such condition",
        ),
        ({"Statement": allow(Condition={"StringEqual": {}})}, "operator; meant StringEquals?"),
        ({"Statement": allow(Condition={"NullIfExists": {}})}, "Statement.Condition.NullIfExists: no such condition"),
        ({"Statement": allow(Condition={"?": {}})}, "Statement.Condition.?: no such condition operator"),
        ({"Version": "2012-10-18", "Statement": allow()}, 'Version: must be "2012-10-17"'),
        (
            {"Statement": allow(Condition={"Bool": {1: "x"}})},
            "Statement.Condition.Bool: must be a string, not a",
        ),
        ({"Statement": allow(Principal={None: "x"})}, "Statement.Principal: must be a string, not null"),
        (
            {"Statement": allow(Condition={"NumericEquals": {"k": float("nan")}})},
            "must be a number that JSON can write",
        ),
        ({"Statement": allow(Sid=b"x")}, "Statement.Sid: must be a string, not a bytes"),
        ({"Statement": (allow(),)}, "Statement: must be an object, not a tuple"),
        ({1: 2}, "1: no such element"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(document: object, message: str) -> None:
    """A fault of grammar names the place, and the name that was meant."""
    with pytest.raises(PolicyError) as caught:
        PolicyDocument.from_dict(document)
    assert message in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "not JSON: line 1 column 1"),
        (b"", "not JSON: line 1 column 1"),
        ("{", "not JSON: line 1 column 2"),
        ('{"Version": "2012-10-17",\n "Statement": [}', "not JSON: line 2 column 16"),
        ("'single'", "not JSON"),
        ("{} {}", "not JSON: line 1 column 4: Extra data"),
        ("// comment\n{}", "not JSON"),
        ('{"Statement": [],}', "not JSON"),
        ('{"a": 1, "a": 1}', 'duplicate key "a"'),
        ('{"Statement": [{"Condition": {"Bool": {"k": "1", "k": "2"}}}]}', 'duplicate key "k"'),
        ('{"Statement": [], "\\u0053tatement": []}', 'duplicate key "Statement"'),
        ('{"x": NaN}', "NaN is not JSON"),
        ('{"x": Infinity}', "Infinity is not JSON"),
        ('{"x": -Infinity}', "-Infinity is not JSON"),
        ('{"x": ' + "1" * 5000 + "}", "not JSON"),
        ("\ufeff{}", "not JSON: line 1 column 1"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8 text: byte 0 is 0xff"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8 text: byte 7 is 0xed"),
        ('{"a": "\\ud800"}', "half of a surrogate pair"),
        ('{"\\udfff": 1}', "half of a surrogate pair"),
        ('{"a": "\ud800"}', "half of a surrogate pair"),
        ("{\x00}", "not JSON"),
        ('{"a": "b\x00"}', "not JSON"),
        (b"\x00", "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("null", "must be an object, not null"),
        ("[]", "must be an object, not a list"),
        ('"text"', "must be an object, not a string"),
        ("7", "must be an object, not a number"),
        (
            '{"Statement": {"Effect": "Allow", "Action": "a", "Resource": "*", "Condition": {"Bool": {"k": 1e999}}}}',
            "Statement.Condition.Bool.k: must be a number that JSON can write",
        ),
    ],
)
def test_what_is_no_strict_json_is_refused(source: str | bytes, message: str) -> None:
    """Bad JSON, duplicate keys at any depth, NaN, surrogates, NUL and bottomless nesting are one clear error each."""
    with pytest.raises(PolicyError) as caught:
        PolicyDocument.from_json(source)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 250


def test_bytes_may_begin_with_a_byte_order_mark() -> None:
    """A file that an editor began with a byte order mark is read like any other."""
    assert PolicyDocument.from_json(b"\xef\xbb\xbf" + json.dumps(VALID).encode()) == PolicyDocument.from_dict(VALID)


def test_a_surrogate_pair_is_one_character() -> None:
    """Both halves of a pair together are a character outside the basic plane."""
    assert parse_json('{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_the_shape_of_the_author_is_kept() -> None:
    """A string stays a string, a list a list, one statement one statement, and empty lists and texts stay empty."""
    shapes: list[Any] = ["a", ["a"], ["b", "a", "b"], [], ""]
    for shape in shapes:
        document = {
            "Statement": {
                "Effect": "Deny",
                "Principal": {"AWS": shape},
                "Action": shape,
                "Resource": shape,
                "Condition": {"StringLike": {"k": shape}},
            }
        }
        assert PolicyDocument.from_dict(document).to_dict() == document
        assert PolicyDocument.from_dict({"Statement": [document["Statement"]]}).to_dict()["Statement"] == [
            document["Statement"]
        ]


def test_condition_values_keep_their_type() -> None:
    """true, 3600 and 1.5 are written back as they came, and read as text in the normalised view."""
    condition = {"Bool": {"a": [True, False]}, "NumericEquals": {"b": 3600, "c": 1.5}}
    document = PolicyDocument.from_dict({"Statement": allow(Condition=condition)})
    assert json.dumps(document.to_dict()["Statement"]["Condition"]) == json.dumps(condition)
    assert [values for _, _, values in document.statements[0].conditions] == [("true", "false"), ("3600",), ("1.5",)]


def test_elements_come_in_the_canonical_order() -> None:
    """Whatever order a document is written in, its elements are written in the order of IAM's grammar."""
    backwards = json.dumps(
        {
            "Statement": [dict(reversed(statement.items())) for statement in VALID["Statement"]],
            "Id": "an id",
            "Version": "2012-10-17",
        }
    )
    assert PolicyDocument.from_json(backwards).to_json() == PolicyDocument.from_dict(VALID).to_json()
    assert list(PolicyDocument.from_json(backwards).to_dict()) == ["Version", "Id", "Statement"]
    statements = PolicyDocument.from_json(backwards).to_dict()["Statement"]
    assert list(statements[0]) == ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"]
    assert list(statements[1]) == ["Effect", "NotPrincipal", "NotAction", "NotResource"]


def test_the_size_is_that_of_the_facts(documented: dict[str, Any]) -> None:
    """The three documented policies have 400, 502 and 679 characters without white space."""
    sizes = {name: PolicyDocument.from_dict(document).size for name, document in documented.items()}
    assert sizes == {"console-read-only": 400, "self-view": 502, "single-repo": 679}


def test_the_size_counts_characters_not_bytes() -> None:
    """A character outside ASCII counts once, though JSON text in ASCII needs six for it."""
    plain, accented = (PolicyDocument.from_dict({"Statement": allow(Sid=sid)}) for sid in ("e", "é"))
    assert plain.size == accented.size == len(plain.to_json(None))
    assert accented.to_json().isascii()


def test_a_repository_policy_may_leave_resource_out() -> None:
    """With a Principal no Resource is needed, as ECR wants it in repository policies."""
    document = {"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:*"}]}
    policy = PolicyDocument.from_dict(document)
    assert policy.to_dict() == document
    assert policy.statements[0].principals == (("*", "*"),)
    assert policy.statements[0].resources == ()


def test_the_normalised_view_is_always_tuples() -> None:
    """One value and a list of one look the same; what is absent is empty."""
    one, two = PolicyDocument.from_dict(VALID).statements
    assert one.principals == (("AWS", "arn:aws:iam::123456789012:root"), ("Service", "ecs.amazonaws.com"))
    assert (one.actions, one.resources, one.not_actions, one.not_resources) == (("ecr:PutImage",), ("*",), (), ())
    assert one.conditions == (
        ("StringEquals", "aws:PrincipalOrgID", ("o-1",)),
        ("Bool", "aws:SecureTransport", ("true",)),
    )
    assert (two.not_principals, two.not_actions, two.conditions) == ((("*", "*"),), ("ecr:*",), ())


def test_documents_are_values() -> None:
    """A document can be neither changed nor told from its equal."""
    document = PolicyDocument.from_dict(VALID)
    with pytest.raises(AttributeError):
        document.version = "x"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        document.statements[0].sid = "x"  # type: ignore[misc]
    assert len({document, PolicyDocument.from_dict(VALID)}) == 1


def test_a_key_given_in_two_cases_is_not_lost_in_comparison() -> None:
    """Condition keys compare without case, and yet a second one under the same operator still counts."""
    one, both = (
        PolicyDocument.from_dict({"Statement": allow(Condition={"StringEquals": keys})}).normalised()
        for keys in ({"aws:x": "1"}, {"AWS:X": "2", "aws:x": "1"})
    )
    assert one != both


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (allow(Action=["b", "a"]), allow(Action=["A", "b", "B"]), True),
        (allow(Resource=["b", "a"]), allow(Resource=["a", "b"]), True),
        (allow(Resource="a"), allow(Resource="A"), False),
        (allow(Action="a"), allow(Action=["a", "b"]), False),
        (allow(Sid="A"), allow(Sid="B"), False),
        (allow(Condition={"Bool": {"K": True}}), allow(Condition={"Bool": {"k": "true"}}), True),
        (allow(Condition={"Bool": {"k": True}}), allow(Condition={"Bool": {"k": 1}}), False),
        (allow(Condition={"Bool": {"k": "true"}}), allow(), False),
        (allow(Condition={}), allow(), True),
        (allow(Principal={"AWS": ["b", "a"]}), allow(Principal={"AWS": ["a", "b"]}), True),
        (allow(Principal={"AWS": "a"}), allow(NotPrincipal={"AWS": "a"}), False),
        (
            {"Effect": "Allow", "NotAction": "a", "Resource": "*"},
            {"Effect": "Allow", "Action": "a", "Resource": "*"},
            False,
        ),
    ],
)
def test_normalised_documents_compare_by_meaning(one: Any, other: Any, same: bool) -> None:
    """Order, repetition and string or list make no difference; every other change does."""
    left, right = (PolicyDocument.from_dict({"Statement": [s]}).normalised() for s in (one, other))
    assert (left == right) is same


characters = st.characters(exclude_categories=["Cs"])
texts = st.text(characters, max_size=6)


def one_or_list(item: Any) -> Any:
    return item | st.lists(item, max_size=3).map(tuple)


def pairs(keys: Any, values: Any) -> Any:
    return st.dictionaries(keys, values, max_size=3).map(lambda entries: tuple(entries.items()))


scalars = texts | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False)
principals = st.just("*") | pairs(texts, one_or_list(texts))
conditions = pairs(st.sampled_from(sorted(CONDITION_OPERATORS)), pairs(texts, one_or_list(scalars)))


@st.composite
def statements(draw: Any) -> Statement:
    chosen = {
        draw(st.sampled_from(["action", "not_action"])): draw(one_or_list(texts)),
        draw(st.sampled_from(["resource", "not_resource"])): draw(one_or_list(texts)),
        draw(st.sampled_from(["principal", "not_principal"])): draw(st.none() | principals),
    }
    return Statement(
        effect=draw(st.sampled_from(["Allow", "Deny"])),
        sid=draw(st.none() | texts),
        condition=draw(st.none() | conditions),
        **chosen,
    )


documents = st.builds(
    PolicyDocument,
    statement=statements() | st.lists(statements(), min_size=1, max_size=3).map(tuple),
    version=st.sampled_from([None, "2012-10-17", "2008-10-17"]),
    id=st.none() | texts,
)


@given(documents)
@settings(max_examples=150, deadline=None)
def test_parsing_undoes_serialising(document: PolicyDocument) -> None:
    """Whatever a document holds, its JSON text, indented or compact, reads back as the same document."""
    for indent in (2, None):
        read = PolicyDocument.from_json(document.to_json(indent))
        assert read == document
        assert read.to_json(indent) == document.to_json(indent)
    assert PolicyDocument.from_dict(json.loads(json.dumps(document.to_dict()))) == document


@given(documents, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_normalised_form_knows_no_order(document: PolicyDocument, shuffle: random.Random) -> None:
    """Normalising twice changes nothing, and shuffled statements, values, operators and keys normalise alike."""
    normal = document.normalised()
    assert normal.normalised() == normal

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = [(key, shuffled(item)) for key, item in value.items()]
            shuffle.shuffle(items)
            return dict(items)
        if isinstance(value, list):
            return shuffle.sample([shuffled(item) for item in value], len(value))
        return value

    assert PolicyDocument.from_dict(shuffled(document.to_dict())).normalised() == normal


def test_all_policies_that_aws_manages_read_and_write_back() -> None:
    """Each of the managed policies of AWS parses, and serialises back to what it was."""
    policies = json.loads(aws_managed_policies_data)
    assert len(policies) > 1000
    for name, data in policies.items():
        document = PolicyDocument.from_dict(data["Document"])
        assert document.to_dict() == data["Document"], name
        assert PolicyDocument.from_json(document.to_json()) == document, name
