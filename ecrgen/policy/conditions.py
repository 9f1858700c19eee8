"""A condition of a policy, compiled once and asked of many requests.

Operators: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
Many values: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html

What AWS's pages leave open is read so:
- A value that is not of the operator's type (in the policy or in the request) matches nothing; so its negation holds.
- An operator without ForAllValues or ForAnyValue, on a key of several values, holds in an Allow when it does for each
  of them, and in a Deny when it does for any.
- A variable whose value is an empty text may have that value or none. A condition of an Allow holds if it does either
  way, one of a Deny if it does one way. A variable without a value matches nothing, so a negated operator holds: that
  the page on variables says.
- Variables stand in string and ARN operators only; the page on variables rules out Bool, that on operators does not.
- BinaryEquals compares the bytes of two base64 texts. `Bool` and `Null` take true and false in any case.
- ForAllValues and ForAnyValue add nothing to Null, which looks at no value.
"""

from __future__ import annotations

from collections.abc import Callable

from ecrgen.policy.document import Condition
from ecrgen.policy.elements import Effect
from ecrgen.policy.matchers import Matcher
from ecrgen.policy.operators import operator_of
from ecrgen.policy.variables import Keys

__all__ = ["Test", "compile_condition", "is_null"]

# Says of the context keys of a request whether a condition holds.
Test = Callable[[Keys], bool]


def compile_condition(condition: Condition, effect: Effect, *, variables: bool) -> Test:
    """The test of one condition, of a statement of that effect; `variables` says whether its document has any.

    Raises PolicyError where IAM has no such operator.
    """
    operator = operator_of(condition.operator)
    key = condition.key.lower()
    negated = operator.negated
    # a match makes a negated operator fail, so an Allow's takes an empty value to match, and a Deny's not to
    matches = operator.comparison.matcher(condition.values, variables, negated == (effect == "Allow"))
    if operator.comparison.asks_presence:
        return null_test(key, matches)
    absent = operator.holds_absent
    if not operator.qualifier:
        return single_test(key, matches, negated, effect, absent=absent)
    empty, quantifier = (True, all) if operator.qualifier == "ForAllValues" else (False, any)

    def holds(keys: Keys) -> bool:
        value = keys.get(key)
        if value is None:
            return absent
        if is_null(value):
            return empty
        values = (value,) if isinstance(value, str) else value
        return quantifier(matches(each, keys) != negated for each in values)

    return holds


def single_test(key: str, matches: Matcher, negated: bool, effect: Effect, *, absent: bool) -> Test:
    """The test of an operator without a qualifier; of several values, it is about each in an Allow, any in a Deny."""
    quantifier = all if effect == "Allow" else any

    def holds(keys: Keys) -> bool:
        value = keys.get(key)
        if value is None or value == ():
            return absent
        if isinstance(value, str):
            return matches(value, keys) != negated
        return quantifier(matches(each, keys) != negated for each in value)

    return holds


def null_test(key: str, matches: Matcher) -> Test:
    """`Null`: "true" holds where the key is absent or empty, "false" where it has a value."""
    absent, present = matches("true", {}), matches("false", {})
    return lambda keys: absent if is_null(keys.get(key)) else present


def is_null(value: str | tuple[str, ...] | None) -> bool:
    """True where a key has no value: it is absent, or resolves to a null data set such as an empty string."""
    return value is None or value in ("", (), ("",))
