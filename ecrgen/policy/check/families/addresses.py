"""IP ranges in conditions. aws:SourceIp is an address on the internet, never a private one.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, analyzer_rule, shown
from ecrgen.policy.check.model import ConditionView, PolicyView
from ecrgen.policy.values import ADDRESS, Network, Unreadable, network

PRIVATE_IP_ADDRESS = analyzer_rule(
    "PRIVATE_IP_ADDRESS",
    "ERROR",
    "aws:SourceIp with private ranges only, which no request comes from",
    "Name public ranges, or use aws:VpcSourceIp with aws:SourceVpc.",
)
PRIVATE_NOT_IP_ADDRESS = analyzer_rule(
    "PRIVATE_NOT_IP_ADDRESS",
    "ERROR",
    "NotIpAddress on aws:SourceIp with private ranges only, which every request meets",
    "Name public ranges, or use aws:VpcSourceIp with aws:SourceVpc.",
)
PRIVATE_IP_ADDRESS_SUBSET = analyzer_rule(
    "PRIVATE_IP_ADDRESS_SUBSET",
    "SUGGESTION",
    "aws:SourceIp with some private ranges",
    "Remove them, or use aws:VpcSourceIp for them.",
)
PRIVATE_NOT_IP_ADDRESS_SUBSET = analyzer_rule(
    "PRIVATE_NOT_IP_ADDRESS_SUBSET",
    "SUGGESTION",
    "NotIpAddress on aws:SourceIp with some private ranges",
    "Remove them, or use aws:VpcSourceIp for them.",
)
IMPROVE_IP_RANGE = analyzer_rule(
    "IMPROVE_IP_RANGE", "SUGGESTION", "An IP range with bits beyond its mask", "Write the range the message names."
)

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")


def findings(policy: PolicyView) -> Iterator[Finding]:
    for statement in policy.statements:
        for condition in statement.conditions:
            if condition.operator.type is ADDRESS:
                yield from range_findings(condition)


def range_findings(condition: ConditionView) -> Iterator[Finding]:
    read = [(index, text, network(text)) for index, text in condition.strings()]
    known = [(index, text, range_) for index, text, range_ in read if not isinstance(range_, Unreadable)]
    for index, text, range_ in known:
        first = network(text.partition("/")[0])
        if isinstance(first, Network) and first.base != range_.base:
            yield IMPROVE_IP_RANGE.at(condition.at(index), f"{shown(text)} is {range_}")
    private = sum(is_private(range_) for _, _, range_ in known)
    if condition.lower != "aws:sourceip" or not private:
        return
    negated = condition.operator.negated
    if private == len(condition.values):
        rule = PRIVATE_NOT_IP_ADDRESS if negated else PRIVATE_IP_ADDRESS
        yield rule.at(condition.path, "every range is private; requests come from public addresses")
    else:
        rule = PRIVATE_NOT_IP_ADDRESS_SUBSET if negated else PRIVATE_IP_ADDRESS_SUBSET
        yield rule.at(condition.path, "some ranges are private; requests come from public addresses")


def is_private(range_: Network) -> bool:
    blocks = map(network, PRIVATE)
    return any(isinstance(block, Network) and block.contains(range_) for block in blocks)


FAMILY = Family(
    "addresses",
    rules=(
        PRIVATE_IP_ADDRESS,
        PRIVATE_NOT_IP_ADDRESS,
        PRIVATE_IP_ADDRESS_SUBSET,
        PRIVATE_NOT_IP_ADDRESS_SUBSET,
        IMPROVE_IP_RANGE,
    ),
    findings=findings,
)
