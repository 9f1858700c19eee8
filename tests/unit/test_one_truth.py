"""Facts and words that several rooms share: problems, lists, near names, and what a name is."""

from __future__ import annotations

import pytest

from ecrgen.catalog.argument_types import TYPES
from ecrgen.errors import EcrgenError, PolicyError, Problems, together
from ecrgen.messages import did_you_mean, in_words, nearest
from ecrgen.policy.caller import caller_of
from ecrgen.policy.check.service_principals import is_service_principal


def fail(*problems: str) -> None:
    raise EcrgenError(*problems)


def test_problems_are_raised_together_each_after_its_place() -> None:
    """A user reads every problem of every step at once, each after its place."""
    problems = Problems(["first"])
    with problems.collected("web: "):
        fail("no role", "no region")
    with problems.collected(str.upper):
        raise PolicyError("wrong", "Id")
    with pytest.raises(EcrgenError) as caught:
        problems.stop()
    assert caught.value.problems == ("first", "web: no role", "web: no region", "ID: WRONG")


def test_nothing_but_problems_is_kept() -> None:
    """Where nothing is wrong nothing is raised; an error of another kind is nobody's problem and goes on."""
    problems = Problems()
    problems.stop()
    with pytest.raises(ZeroDivisionError), problems.collected():
        _ = 1 / 0
    assert problems.found == []


def test_steps_that_do_not_need_each_other_are_all_taken() -> None:
    """The results of all steps, or the problems of all."""
    assert together(lambda: 1, lambda: "two") == (1, "two")
    with pytest.raises(EcrgenError, match="one\ntwo"):
        together(lambda: fail("one"), lambda: fail("two"))


def test_lists_and_near_names_in_words() -> None:
    """A list reads as a sentence does, and a slip gets the name that was meant."""
    assert [in_words("a"), in_words("ab"), in_words("abc", "or")] == ["a", "a and b", "a, b or c"]
    assert did_you_mean("pul", ("pull", "push")) == "meant pull?"
    assert did_you_mean("zzz", ("pull", "push")) == "one of: pull, push"
    assert did_you_mean("zzz", [f"name-{n:04}" for n in range(30)]).endswith(", name-0011 and 18 more")
    assert nearest("pull" * 100_000, ("pull", "push")) is None


SERVICES = ("ecs-tasks.amazonaws.com", "ec2.amazonaws.com.cn", "s3.eu-west-1.amazonaws.com", "a.aws.internal")
NO_SERVICES = ("A.amazonaws.com", "-a.amazonaws.com", "amazonaws.com", "a..amazonaws.com", "a.amazonaws.com.evil.org")


@pytest.mark.parametrize("name", [*SERVICES, *NO_SERVICES])
def test_a_service_principal_has_one_form_everywhere(name: str) -> None:
    """A catalog, a request and check agree about what the name of an AWS service is."""
    readings = {is_service_principal(name), caller_of(name) is not None, accepted("service-principal", name)}
    assert readings == {name in SERVICES}


def accepted(kind: str, text: str) -> bool:
    try:
        TYPES[kind].parse(text)
    except ValueError:
        return False
    return True
