"""The typed values of condition operators, read from text: numbers, dates, IP addresses, bytes. None: no such value.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import binascii
import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple

__all__ = ["Instant", "Network", "address", "boolean", "instant", "network", "number", "octets", "w3c"]

NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
EPOCH = re.compile(r"(?P<seconds>-?[0-9]{1,15})(\.(?P<fraction>[0-9]+))?")
# the six forms of https://www.w3.org/TR/NOTE-datetime
W3C = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"(T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})(\.(?P<fraction>[0-9]+))?)?"
    r"(Z|(?P<sign>[+-])(?P<offset_hours>[0-9]{2}):(?P<offset_minutes>[0-9]{2})))?)?)?"
)
PREFIXED = re.compile(r"(?P<address>[0-9A-Fa-f:.]+)(/(?P<prefix>[0-9]{1,3}))?")

BOOLEANS = {"true": True, "false": False}
EPOCH_DAY = date(1970, 1, 1).toordinal()
DAY = 86400


class Instant(NamedTuple):
    """A point in time: whole seconds since 1970-01-01T00:00:00Z and the fraction after them."""

    seconds: int
    fraction: Decimal


class Network(NamedTuple):
    version: int
    base: int
    mask: int

    def holds(self, host: IPv4Address | IPv6Address) -> bool:
        return host.version == self.version and int(host) & self.mask == self.base


@lru_cache(maxsize=1024)
def number(text: str) -> Decimal | None:
    """An integer or decimal number."""
    return Decimal(text) if NUMBER.fullmatch(text) else None


def boolean(text: str) -> bool | None:
    """`true` or `false`, in any case."""
    return BOOLEANS.get(text.lower())


def octets(text: str) -> bytes | None:
    """The bytes of a base64 text."""
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def instant(text: str) -> Instant | None:
    """A date in a W3C form of ISO 8601, or seconds since 1970. Four digits are a year.

    A date without a time is its first moment, in UTC.
    """
    found = W3C.fullmatch(text)
    if found is None:
        epoch = EPOCH.fullmatch(text)
        if epoch is None or (epoch["fraction"] and text.startswith("-")):
            return None
        return Instant(int(epoch["seconds"]), Decimal(f"0.{epoch['fraction'] or 0}"))
    year, month, day, hour, minute, second, offset_hours, offset_minutes = (
        int(found[name] or least)
        for name, least in (
            ("year", 0),
            ("month", 1),
            ("day", 1),
            ("hour", 0),
            ("minute", 0),
            ("second", 0),
            ("offset_hours", 0),
            ("offset_minutes", 0),
        )
    )
    if hour > 23 or minute > 59 or second > 59 or offset_hours > 23 or offset_minutes > 59:
        return None
    try:
        days = date(year, month, day).toordinal() - EPOCH_DAY
    except ValueError:
        return None
    offset = (offset_hours * 60 + offset_minutes) * (-60 if found["sign"] == "-" else 60)
    seconds = days * DAY + hour * 3600 + minute * 60 + second - offset
    return Instant(seconds, Decimal(f"0.{found['fraction'] or 0}"))


def w3c(moment: Instant) -> str | None:
    """The moment's second as AWS writes aws:CurrentTime, or None for a year that has no four digits."""
    days, rest = divmod(moment.seconds, DAY)
    if not 1 <= days + EPOCH_DAY <= date.max.toordinal():
        return None
    return f"{date.fromordinal(days + EPOCH_DAY)}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"


@lru_cache(maxsize=1024)
def address(text: str) -> IPv4Address | IPv6Address | None:
    """An IPv4 or IPv6 address, without a zone."""
    if "%" in text:
        return None
    try:
        return ip_address(text)
    except ValueError:
        return None


def network(text: str) -> Network | None:
    """An address or a range in CIDR notation; without a prefix, the one address. Bits past the prefix do not count."""
    found = PREFIXED.fullmatch(text)
    if found is None:
        return None
    try:
        range_ = ip_network(text, strict=False)
    except ValueError:
        return None
    return Network(range_.version, int(range_.network_address), int(range_.netmask))
