"""A parameter's pattern is matched in linear time, and means what it means to `re`."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import within

from ecrgen.catalog.arguments import Parameter, coerce
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.patterns import automaton

PIECES = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "(a|b)", "(ab)?", "(a|)", "\\w", "(?:b)"])
REPEATED = st.builds(
    "(?:{}){}".format, PIECES, st.sampled_from(["", "*", "+", "?", "{2}", "{1,2}", "{0,1}", "{1,}", "*?"])
)
SEQUENCES = st.lists(REPEATED, min_size=1, max_size=3).map("".join)
PATTERNS = st.one_of(SEQUENCES, st.builds("({})+".format, SEQUENCES), st.builds("^{}|{}$".format, SEQUENCES, SEQUENCES))


@given(PATTERNS, st.text("ab-", max_size=6))
def test_a_pattern_means_what_it_means_to_re(pattern: str, text: str) -> None:
    """The automaton and `re` agree on every small pattern and text."""
    assert automaton(pattern).fullmatch(text) == bool(re.fullmatch(pattern, text))


@pytest.mark.parametrize("pattern", ["([a-z]+-?)+", "(a*)*b", "(a|a)*b", "a*a*a*a*a*a*b", "(a?){30}a{30}b", "(.*)*x"])
def test_nothing_backtracks(pattern: str) -> None:
    """Patterns that take `re` for ever are done with at once, for the longest text that there may be."""
    parameter = Parameter("p", "string", pattern=pattern)
    with within(1):
        for text in ("a" * 28 + "!", "a" * 2047 + "!", "a" * 1_000_000):
            with pytest.raises(ValueError, match=r"must match|characters"):
                coerce(parameter, text)


@pytest.mark.parametrize(
    "pattern",
    [r"(a)\1", "(?=a)a", "(?<!a)b", r"\ba", "(a{100}){100}", "(?:){9999999999}", "a{9999999999}", "(a(?i:b))"],
)
def test_what_is_not_linear_is_refused(pattern: str) -> None:
    """Back references, look-around and what has too many states are errors of the catalog."""
    with pytest.raises(re.error):
        automaton(pattern)


def test_the_built_in_patterns_are_linear() -> None:
    """Every pattern of the built-in catalog has an automaton."""
    patterns = re.findall(r'pattern: "([^"]*)"', builtin_file().read_text())
    assert len(patterns) >= 3
    assert all(automaton(pattern) for pattern in patterns)
