"""IP ranges in conditions. aws:SourceIp is an address on the internet, never a private one.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network

from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, analyzer_rule, shown
from ecrgen.policy.check.model import ConditionView, PolicyView
from ecrgen.policy.check.networks import network_of

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

PRIVATE4 = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
PRIVATE6 = IPv6Network("fc00::/7")


def findings(policy: PolicyView) -> Iterator[Finding]:
    for statement in policy.statements:
        for condition in statement.conditions:
            if condition.operator.family == "IpAddress":
                yield from range_findings(condition)


def range_findings(condition: ConditionView) -> Iterator[Finding]:
    networks = [(index, text, network_of(text)) for index, text in condition.strings() if "${" not in text]
    known = [(index, text, network) for index, text, network in networks if network is not None]
    for index, text, network in known:
        address = text.partition("/")[0]
        if "/" in text and network_of(address) != network_of(str(network.network_address)):
            yield IMPROVE_IP_RANGE.at(condition.at(index), f"{shown(text)} is {network}")
    private = sum(is_private(network) for _, _, network in known)
    if condition.lower != "aws:sourceip" or not private:
        return
    negated = condition.operator.negated
    if private == len(condition.values):
        rule = PRIVATE_NOT_IP_ADDRESS if negated else PRIVATE_IP_ADDRESS
        yield rule.at(condition.path, "every range is private; requests come from public addresses")
    else:
        rule = PRIVATE_NOT_IP_ADDRESS_SUBSET if negated else PRIVATE_IP_ADDRESS_SUBSET
        yield rule.at(condition.path, "some ranges are private; requests come from public addresses")


def is_private(network: IPv4Network | IPv6Network) -> bool:
    if isinstance(network, IPv6Network):
        return network.subnet_of(PRIVATE6)
    return any(network.subnet_of(private) for private in PRIVATE4)


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
