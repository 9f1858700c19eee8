"""What is ecrgen's own in an account, and what it is called: names can be taken apart in one way only."""

from __future__ import annotations

import re

import pytest
from accounts import ACCOUNT, PAY, READ_ONLY
from hypothesis import example, given
from hypothesis import strategies as st

from ecrgen.account.namespace import Namespace
from ecrgen.policy.arn import Arn

NAMES = st.from_regex(re.compile(r"[A-Za-z0-9_-]{1,20}", re.ASCII), fullmatch=True)
NAMESPACES = st.builds(Namespace, st.sampled_from(["aws", "aws-cn"]), st.sampled_from([ACCOUNT, "9" * 12]), NAMES)
# what could be mistaken for a name that ecrgen gives
LOOSE = st.text(st.sampled_from("ecrgn.payoth012_-/é٣\n"), max_size=24)


@given(NAMESPACES, NAMES, st.integers(1, 999_999))
@example(PAY, "1", 1)
@example(PAY, "web", 2)
@example(PAY, "ecrgen", 10)
def test_a_policy_name_says_its_grant_and_part(namespace: Namespace, grant: str, part: int) -> None:
    """Whatever grant and part a name is made of are read from it again, and its ARN is owned."""
    name = namespace.policy_name(grant, part)
    assert namespace.grant_and_part(name) == (grant, part)
    assert namespace.owns(namespace.arn(name))


@given(NAMESPACES, LOOSE | st.builds(lambda end: f"ecrgen.pay.{end}", LOOSE))
@example(PAY, "ecrgen.pay.web.1")
@example(PAY, "ecrgen.pay.web.0")
@example(PAY, "ecrgen.pay.web.01")
@example(PAY, "ecrgen.pay.web.02")
@example(PAY, "ecrgen.pay.web\n")
def test_no_other_name_says_a_grant(namespace: Namespace, name: str) -> None:
    """A name that is read as a grant's is letter for letter the name that this grant's part is given."""
    found = namespace.grant_and_part(name)
    assert found is None or namespace.policy_name(*found) == name
    assert namespace.grant_of(name) == (found[0] if found else None)


@pytest.mark.parametrize(
    "name",
    [
        *("ecrgen.other.web", "ecrgen.pay2.web", "ecrgen.pay", "ecrgen.pay.", "ecrgen.pay..2", "Ecrgen.pay.web"),
        *("ecrgen.PAY.web", "ecrgen.pay.web.1", "ecrgen.pay.web.0", "ecrgen.pay.web.01", "ecrgen.pay.web.2.3"),
        *("ecrgen.pay.web.٣", "ecrgen.pay.web\n", "xecrgen.pay.web", "ecrgenxpay.web", "", "web"),
    ],
)
def test_names_made_by_hand(name: str) -> None:
    """A name that ecrgen never gives in this namespace belongs to no grant, also directly below the path."""
    assert PAY.grant_and_part(name) is None


@given(NAMESPACES, NAMESPACES, NAMES, st.integers(1, 99))
def test_nothing_of_another_namespace_is_owned(one: Namespace, other: Namespace, grant: str, part: int) -> None:
    """A policy is owned by one namespace of one account and partition, and by its name, too, belongs to one."""
    name = other.policy_name(grant, part)
    assert one.owns(other.arn(name)) == (one == other)
    assert (one.grant_and_part(name) is not None) == (one.name == other.name)


@given(LOOSE)
def test_owned_is_what_lies_directly_below_the_path(rest: str) -> None:
    """One level below the path and no deeper, whatever the name."""
    arn = f"arn:aws:iam::{ACCOUNT}:policy/ecrgen/pay/{rest}"
    assert PAY.owns(arn) == (rest != "" and "/" not in rest)


@pytest.mark.parametrize(
    "arn",
    [
        *(READ_ONLY, f"arn:aws:iam::{ACCOUNT}:policy/ecrgen.pay.web", f"arn:aws:iam::{ACCOUNT}:policy/ecrgen/pay"),
        f"arn:aws:iam::{ACCOUNT}:policy/ecrgen/ecrgen.pay.web",
        f"arn:aws:iam::{ACCOUNT}:policy/ecrgen/pay2/ecrgen.pay.web",
        f"arn:aws:iam::{ACCOUNT}:policy/ECRGEN/pay/ecrgen.pay.web",
        f"arn:aws:iam::{ACCOUNT}:policy/team/ecrgen/pay/ecrgen.pay.web",
        f"arn:aws:iam::{ACCOUNT}:role/ecrgen/pay/ecrgen.pay.web",
        "arn:aws:iam::999999999999:policy/ecrgen/pay/ecrgen.pay.web",
        f"arn:aws-cn:iam::{ACCOUNT}:policy/ecrgen/pay/ecrgen.pay.web",
        *("", "ecrgen.pay.web"),
    ],
)
def test_what_is_not_owned(arn: str) -> None:
    """No other path, account, partition or kind of resource."""
    assert not PAY.owns(arn)


def test_an_arn_is_one() -> None:
    """The ARN of a policy has the account, the path and the name where AWS has them."""
    arn = Arn.parse(PAY.arn(PAY.policy_name("web")))
    assert arn is not None
    assert (arn.service, arn.region, arn.account, arn.resource) == (
        *("iam", "", ACCOUNT),
        "policy/ecrgen/pay/ecrgen.pay.web",
    )
